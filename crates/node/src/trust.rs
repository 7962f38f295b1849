//! Who may say what on which line: the manifests in force, folded from the journal like everything else.

use crate::link::tls::{Pin, Pins};
use channel::input::PeerFrame;
use model::event::{Event, Fact};
use model::ids::{LineId, PartyId};
use model::line::{Epoch, Side};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};
use wire::line::{LineKeys, PartyKeys};
use wire::manifest::{ManifestRefused, SignedManifest};

#[derive(Default)]
struct Known {
    lines: BTreeMap<LineId, Trusted>,
}

#[derive(Clone, Default)]
struct Trusted {
    peer: Option<PartyId>,
    manifest: Option<SignedManifest>,
    /// The latest epochs, own and peer's.
    epochs: [Epoch; 2],
    /// The version of our own manifest that is journalled for the line.
    own_taken: u32,
    /// The epochs of our own logs that a statement opened, by number.
    own_epochs: BTreeMap<Epoch, Statement>,
    keys: Option<Arc<LineKeys>>,
}

/// The newest statement of an epoch of ours, and whether the root key confirmed it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Statement {
    confirmed: bool,
    bytes: Vec<u8>,
}

/// An epoch of our own logs, as a statement opened it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnEpoch {
    pub line: LineId,
    pub epoch: Epoch,
    pub confirmed: bool,
    pub statement: Vec<u8>,
}

impl Trusted {
    fn state(&mut self, epoch: Epoch, confirmed: bool, statement: &[u8]) {
        let statement = Statement {
            confirmed,
            bytes: statement.to_vec(),
        };
        self.own_epochs.insert(epoch, statement);
    }
}

/// What a snapshot keeps of a line's trust.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TrustedSnapshot {
    line: LineId,
    peer: Option<PartyId>,
    manifest: Option<Vec<u8>>,
    epochs: [Epoch; 2],
    own_taken: u32,
    own_epochs: BTreeMap<Epoch, Statement>,
}

/// The keys of every line. Shared by the links, which read, and the writer, which folds.
pub struct Trust {
    own: RwLock<SignedManifest>,
    known: RwLock<Known>,
    pins: Pins,
}

impl Trust {
    pub fn new(own: SignedManifest) -> Self {
        Self {
            own: RwLock::new(own),
            known: RwLock::default(),
            pins: Pins::default(),
        }
    }

    pub fn party(&self) -> PartyId {
        self.own().manifest().party
    }

    /// Our own manifest, newest.
    pub fn own(&self) -> SignedManifest {
        self.own
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Puts a newer manifest of our own in force; the lines then offer it.
    pub fn renew_own(&self, manifest: SignedManifest) {
        *self.own.write().unwrap_or_else(PoisonError::into_inner) = manifest;
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        let lines: Vec<LineId> = known.lines.keys().copied().collect();
        lines
            .into_iter()
            .for_each(|line| self.prepare(&mut known, line));
    }

    /// Lines whose journal does not know our newest manifest yet.
    pub fn own_to_take(&self) -> Vec<(LineId, SignedManifest)> {
        let own = self.own();
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let behind = known.lines.iter().filter(|(_, trusted)| {
            trusted.peer.is_some() && trusted.own_taken < own.manifest().version
        });
        behind.map(|(line, _)| (*line, own.clone())).collect()
    }

    /// The TLS keys of all peers, as the listener checks them.
    pub fn pins(&self) -> Pins {
        self.pins.clone()
    }

    /// The keys of `line`; none before both manifests are known.
    pub fn keys(&self, line: LineId) -> Option<Arc<LineKeys>> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        known.lines.get(&line)?.keys.clone()
    }

    /// Whether `pin` is a TLS key of the peer on `line`.
    pub fn is_peer(&self, line: LineId, pin: &Pin) -> bool {
        self.keys(line)
            .is_some_and(|keys| holds(keys.peer().manifest(), pin))
    }

    /// A line on which `pin` is a TLS key of the peer.
    pub fn line_of(&self, pin: &Pin) -> Option<LineId> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let mut lines = known.lines.iter();
        lines
            .find(|(_, trusted)| trusted.manifest.as_ref().is_some_and(|m| holds(m, pin)))
            .map(|(line, _)| *line)
    }

    pub fn peer(&self, line: LineId) -> Option<PartyId> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        known.lines.get(&line)?.peer
    }

    pub fn lines(&self) -> Vec<LineId> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        known.lines.keys().copied().collect()
    }

    /// The epochs of our own logs that a statement opened, line by line.
    pub fn own_epochs(&self) -> Vec<OwnEpoch> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let of_line = |(line, trusted): (&LineId, &Trusted)| {
            let line = *line;
            let opened = trusted.own_epochs.iter();
            let opened = opened.map(move |(epoch, statement)| OwnEpoch {
                line,
                epoch: *epoch,
                confirmed: statement.confirmed,
                statement: statement.bytes.clone(),
            });
            opened.collect::<Vec<_>>()
        };
        known.lines.iter().flat_map(of_line).collect()
    }

    /// What a snapshot keeps.
    pub fn snapshot(&self) -> Vec<TrustedSnapshot> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let kept = |(line, trusted): (&LineId, &Trusted)| TrustedSnapshot {
            line: *line,
            peer: trusted.peer,
            manifest: trusted.manifest.as_ref().map(|m| m.bytes().to_vec()),
            epochs: trusted.epochs,
            own_taken: trusted.own_taken,
            own_epochs: trusted.own_epochs.clone(),
        };
        known.lines.iter().map(kept).collect()
    }

    /// As it was when the snapshot was taken.
    ///
    /// # Errors
    /// Where a manifest in it does not open any more.
    pub fn resume(&self, snapshot: &[TrustedSnapshot]) -> Result<(), ManifestRefused> {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        for kept in snapshot {
            let manifest = kept
                .manifest
                .as_deref()
                .map(SignedManifest::open_unpinned)
                .transpose()?;
            let trusted = Trusted {
                peer: kept.peer,
                manifest,
                epochs: kept.epochs,
                own_taken: kept.own_taken,
                own_epochs: kept.own_epochs.clone(),
                keys: None,
            };
            known.lines.insert(kept.line, trusted);
            self.prepare(&mut known, kept.line);
        }
        Ok(())
    }

    /// Folds in a fact that is in the journal.
    pub fn fold(&self, fact: &Fact) {
        let line = match &fact.event {
            Event::ArrangementInForce { line, .. }
            | Event::ManifestTaken { line, .. }
            | Event::EpochOpened { line, .. }
            | Event::EpochConfirmed { line, .. } => *line,
            _other_fact => return,
        };
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        let trusted = known.lines.entry(line).or_default();
        match &fact.event {
            Event::ArrangementInForce { peer, .. } => trusted.peer = Some(*peer),
            Event::ManifestTaken {
                side: Side::Own,
                version,
                ..
            } => trusted.own_taken = (*version).max(trusted.own_taken),
            Event::ManifestTaken { manifest, .. } => match next(trusted, manifest) {
                Ok(Some(newer)) => trusted.manifest = Some(newer),
                Ok(None) => {}
                // It was verified before it was journalled; a manifest that no longer opens leaves the one before.
                Err(refused) => {
                    tracing::error!(%line, %refused, "a manifest in the journal cannot be used")
                }
            },
            Event::EpochConfirmed {
                side: Side::Own,
                epoch,
                statement,
                ..
            } => trusted.state(*epoch, true, statement),
            Event::EpochOpened {
                side,
                epoch,
                confirmed,
                statement,
                ..
            } => {
                if *side == Side::Own {
                    trusted.state(*epoch, *confirmed, statement);
                }
                let held = match side {
                    Side::Own => &mut trusted.epochs[0],
                    Side::Peer => &mut trusted.epochs[1],
                };
                *held = (*held).max(*epoch);
            }
            _other_fact => {}
        }
        self.prepare(&mut known, line);
    }

    fn prepare(&self, known: &mut Known, line: LineId) {
        let own = self.own();
        if let Some(trusted) = known.lines.get_mut(&line)
            && let Some(peer) = &trusted.manifest
        {
            let mut keys =
                LineKeys::new(line, PartyKeys::in_force(&own), PartyKeys::in_force(peer));
            let [ours, theirs] = trusted.epochs;
            keys.prepare(Side::Own, ours.max(1));
            keys.prepare(Side::Peer, theirs.max(1));
            trusted.keys = Some(Arc::new(keys));
        }
        let manifests = known.lines.values().filter_map(|t| t.manifest.as_ref());
        self.pins
            .set(manifests.flat_map(|m| m.manifest().pins.iter().map(|pin| Pin(pin.0))));
    }
}

fn next(trusted: &Trusted, bytes: &[u8]) -> Result<Option<SignedManifest>, ManifestRefused> {
    match &trusted.manifest {
        Some(held) => held.successor(bytes),
        // The first one is pinned: an administrator compared its fingerprint by voice.
        None => SignedManifest::open_unpinned(bytes).map(Some),
    }
}

fn holds(manifest: &SignedManifest, pin: &Pin) -> bool {
    manifest.manifest().pins.iter().any(|held| held.0 == pin.0)
}

/// The keys that verify what comes over one connection: those of the journal, or, until that has it, those of a manifest
/// that has just come over it. What the peer signs next may be signed by those, and a stop call waits for no disk.
#[derive(Debug, Default)]
pub struct ConnectionKeys {
    newer: Option<Arc<LineKeys>>,
}

impl ConnectionKeys {
    /// None before both manifests are known.
    pub fn now(&mut self, trust: &Trust, line: LineId) -> Option<Arc<LineKeys>> {
        let known = trust.keys(line)?;
        let ahead = |newer: &Arc<LineKeys>| version(newer) > version(&known);
        self.newer = self.newer.take().filter(ahead);
        Some(self.newer.clone().unwrap_or(known))
    }

    /// Looks for a manifest, verified by `keys`, in what came.
    pub fn took(&mut self, keys: &LineKeys, frames: &[PeerFrame]) {
        for frame in frames {
            if let PeerFrame::Manifest { manifest, .. } = frame
                && let Ok(Some(newer)) = keys.peer().manifest().successor(manifest)
            {
                self.newer = Some(Arc::new(keys.with_peer(&newer)));
            }
        }
    }
}

fn version(keys: &LineKeys) -> u32 {
    keys.peer().manifest().manifest().version
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::party::create::{NewParty, create};
    use model::event::Actor;
    use model::line::{Digest, LogHead};
    use model::units::Timestamp;

    fn fact(event: Event) -> Fact {
        Fact {
            at: Timestamp::MIN,
            by: Actor::Node,
            event,
        }
    }

    fn opened(line: LineId, side: Side, epoch: Epoch) -> Fact {
        let head = LogHead {
            epoch: 1,
            size: 0,
            root: Digest([0; 32]),
        };
        fact(Event::EpochOpened {
            line,
            side,
            epoch,
            closes: [head; 4],
            confirmed: false,
            statement: b"opened".as_slice().into(),
        })
    }

    #[test]
    fn own_epochs_are_known_without_reading_the_journal_and_outlive_a_snapshot() {
        let base = tempfile::tempdir().unwrap();
        let new = NewParty {
            name: "alpha".parse().unwrap(),
            exercise: true,
            folder: &base.path().join("alpha"),
            root_key: &base.path().join("root.key"),
            at_rest_key: None,
            names: &[],
            configuration: "",
        };
        let own = create(&new).unwrap().manifest;
        let trust = Trust::new(own.clone());
        let line = LineId::from_random([1; 16]);
        trust.fold(&opened(line, Side::Own, 2));
        trust.fold(&opened(line, Side::Peer, 3));
        trust.fold(&opened(line, Side::Own, 4));
        trust.fold(&fact(Event::EpochConfirmed {
            line,
            side: Side::Own,
            epoch: 4,
            statement: b"confirmed".as_slice().into(),
        }));
        let expected = vec![
            OwnEpoch {
                line,
                epoch: 2,
                confirmed: false,
                statement: b"opened".to_vec(),
            },
            OwnEpoch {
                line,
                epoch: 4,
                confirmed: true,
                statement: b"confirmed".to_vec(),
            },
        ];
        assert_eq!(trust.own_epochs(), expected);
        let again = Trust::new(own);
        again.resume(&trust.snapshot()).unwrap();
        assert_eq!(again.own_epochs(), expected);
    }
}
