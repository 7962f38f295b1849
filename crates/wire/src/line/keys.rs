//! The keys of both parties, as one line needs them.

use std::borrow::Cow;

use channel::input::SealedBy;
use model::code::Lane;
use model::ids::{LineId, PartyId};
use model::line::{Epoch, LogHead, LogRef, Side};
use model::units::Timestamp;
use tlog::key::KeyName;
use tlog::{Checkpoint, CosignerKey, CosignerSigner, LogKey, LogSigner};

use super::{cosigner_name, origin};
use crate::keys::{KeyId, KeyRole, PublicKey, Secret, SecretRefused};
use crate::manifest::{Manifest, NamedKey, SignedManifest};

/// An operational key, and when it was revoked if it was.
///
/// The times in a manifest between which a key is *meant* to sign refuse nothing: the two nodes' clocks differ, a clock may
/// be set back, and a node may sign with the old key until it is started anew. A stop call must not be lost to that. Only
/// a revocation, signed by the root key, ends what a key is good for (docs/decisions/0006 and 0008).
#[derive(Clone, Debug)]
struct Verifier {
    key: PublicKey,
    revoked: Option<Timestamp>,
}

/// The public keys of a party that verify what it says on a line.
#[derive(Clone, Debug)]
pub struct PartyKeys {
    manifest: SignedManifest,
    operational: Vec<Verifier>,
    log: Vec<PublicKey>,
    cosigners: Vec<CosignerKey>,
    revoked: Revoked,
}

/// Keys that are good for nothing by themselves.
#[derive(Clone, Debug)]
struct Revoked {
    operational: Vec<PublicKey>,
    log: Vec<PublicKey>,
}

impl Revoked {
    fn of(manifest: &Manifest) -> Self {
        let keys = |role| {
            let of_role = manifest.keys.iter().filter(move |key| key.role == role);
            let revoked = of_role.filter(|key| manifest.is_revoked(key.id()));
            revoked.filter_map(NamedKey::ed25519).collect()
        };
        Self {
            operational: keys(KeyRole::Operational),
            log: keys(KeyRole::Log),
        }
    }
}

impl PartyKeys {
    /// For what arrives: keys that were revoked are good for nothing, whatever time they claim.
    pub fn in_force(manifest: &SignedManifest) -> Self {
        Self::of(manifest, |manifest, key| {
            (!manifest.is_revoked(key.id())).then_some(None)
        })
    }

    /// For what is in the record, and arrived before it was known that a key was revoked: such a key is good until then.
    pub fn of_record(manifest: &SignedManifest) -> Self {
        Self::of(manifest, |manifest, key| {
            let revoked = manifest.revocations.iter().find(|r| r.key == key.id());
            Some(revoked.map(|r| r.since))
        })
    }

    fn of(
        signed: &SignedManifest,
        good: impl Fn(&Manifest, &NamedKey) -> Option<Option<Timestamp>>,
    ) -> Self {
        let manifest = signed.manifest();
        let keys = |role| {
            let good = &good;
            manifest.keys.iter().filter_map(move |key| {
                let revoked = good(manifest, key)?;
                let key = key.ed25519().filter(|_| key.role == role)?;
                Some(Verifier { key, revoked })
            })
        };
        let cosigner = |key: Verifier| {
            let name = KeyName::new(&cosigner_name(manifest.party)).ok()?;
            CosignerKey::new(name, key.key.as_bytes()).ok()
        };
        Self {
            operational: keys(KeyRole::Operational).collect(),
            log: keys(KeyRole::Log).map(|verifier| verifier.key).collect(),
            cosigners: keys(KeyRole::Cosigning).filter_map(cosigner).collect(),
            revoked: Revoked::of(manifest),
            manifest: signed.clone(),
        }
    }

    pub fn party(&self) -> PartyId {
        self.manifest.manifest().party
    }

    pub fn manifest(&self) -> &SignedManifest {
        &self.manifest
    }

    pub fn root(&self) -> &PublicKey {
        self.manifest.root()
    }

    /// The operational key of that name, unless it was revoked by `at`.
    pub fn operational(&self, id: KeyId, at: Timestamp) -> Option<&PublicKey> {
        self.operational
            .iter()
            .filter(|verifier| verifier.key.id() == id)
            .find(|verifier| verifier.revoked.is_none_or(|since| at < since))
            .map(|verifier| &verifier.key)
    }

    /// The key that sealed an envelope sent at `at`, and whether that is enough to take it.
    pub fn seal(&self, id: KeyId, at: Timestamp) -> Option<(&PublicKey, SealedBy)> {
        let revoked = || self.revoked.operational.iter().find(|key| key.id() == id);
        match self.operational(id, at) {
            Some(key) => Some((key, SealedBy::KeyInForce)),
            None => revoked().map(|key| (key, SealedBy::RevokedKey)),
        }
    }

    /// The keys with which the party cosigns the other's checkpoints.
    pub fn cosigners(&self) -> &[CosignerKey] {
        &self.cosigners
    }

    fn log_keys(&self, side: Side, line: LineId, lane: Lane, epoch: Epoch) -> Vec<LogKey> {
        let origin = origin(line, self.party(), lane, epoch);
        let key = |key: &PublicKey| {
            let name = KeyName::new(&origin).ok()?;
            LogKey::new(name, key.as_bytes()).ok()
        };
        // What the peer gives back of our log was signed by whatever key we had then.
        let revoked = match side {
            Side::Own => &self.revoked.log[..],
            Side::Peer => &[],
        };
        let all = self.log.iter().chain(revoked);
        all.filter_map(key).collect()
    }
}

/// Everything that verifies what comes over one line.
#[derive(Clone, Debug)]
pub struct LineKeys {
    line: LineId,
    us: PartyKeys,
    peer: PartyKeys,
    prepared: Vec<(LogRef, Vec<LogKey>)>,
}

impl LineKeys {
    /// For the line between `us` and `peer`. Make it anew when a manifest changes.
    pub fn new(line: LineId, us: PartyKeys, peer: PartyKeys) -> Self {
        let prepared = Vec::new();
        Self {
            line,
            us,
            peer,
            prepared,
        }
    }

    /// The same, by a newer manifest of the peer.
    pub fn with_peer(&self, manifest: &SignedManifest) -> Self {
        let peer = PartyKeys::in_force(manifest);
        let mut keys = Self::new(self.line, self.us.clone(), peer);
        let prepared = self.prepared.iter();
        prepared.for_each(|(log, _)| keys.prepare(log.side, log.epoch));
        keys
    }

    /// Makes the log keys of an epoch ready. A checkpoint of any other epoch is verified all the same, in ten times the
    /// time.
    pub fn prepare(&mut self, side: Side, epoch: Epoch) {
        for &lane in Lane::ALL {
            let line = self.line;
            let log = LogRef {
                line,
                side,
                lane,
                epoch,
            };
            let keys = self.party(side).log_keys(side, line, lane, epoch);
            self.prepared.retain(|(kept, _)| *kept != log);
            self.prepared.push((log, keys));
        }
    }

    pub fn line(&self) -> LineId {
        self.line
    }

    pub fn us(&self) -> &PartyKeys {
        &self.us
    }

    pub fn peer(&self) -> &PartyKeys {
        &self.peer
    }

    pub fn party(&self, side: Side) -> &PartyKeys {
        match side {
            Side::Own => &self.us,
            Side::Peer => &self.peer,
        }
    }

    /// The C2SP name of `log`.
    pub fn origin(&self, log: LogRef) -> String {
        origin(log.line, self.party(log.side).party(), log.lane, log.epoch)
    }

    /// The keys that may have signed checkpoints of `log`.
    pub fn log_keys(&self, log: LogRef) -> Cow<'_, [LogKey]> {
        match self.prepared.iter().find(|(kept, _)| *kept == log) {
            Some((_, keys)) => Cow::Borrowed(keys),
            None => {
                let party = self.party(log.side);
                Cow::Owned(party.log_keys(log.side, log.line, log.lane, log.epoch))
            }
        }
    }

    /// The checkpoint of `log` at `head`, unsigned; `None` where the head cannot be one (a size beyond the bound, or an
    /// empty log with another root).
    pub fn checkpoint(&self, log: LogRef, head: LogHead) -> Option<Checkpoint> {
        Checkpoint::new(&self.origin(log), head.size, tlog::Hash(head.root.0)).ok()
    }
}

/// The signer of checkpoints of one of our own logs.
///
/// # Errors
/// Where `secret` is not a log key.
pub fn log_signer(
    line: LineId,
    party: PartyId,
    lane: Lane,
    epoch: Epoch,
    secret: &Secret,
) -> Result<LogSigner, SecretRefused> {
    require(secret, KeyRole::Log)?;
    KeyName::new(&origin(line, party, lane, epoch))
        .and_then(|name| LogSigner::from_seed(name, secret.seed()))
        .map_err(|_| SecretRefused::Value("seed"))
}

/// The signer of our receipts: it cosigns checkpoints of the peers' logs.
///
/// # Errors
/// Where `secret` is not a cosigning key.
pub fn cosigner(party: PartyId, secret: &Secret) -> Result<CosignerSigner, SecretRefused> {
    require(secret, KeyRole::Cosigning)?;
    KeyName::new(&cosigner_name(party))
        .and_then(|name| CosignerSigner::from_seed(name, secret.seed()))
        .map_err(|_| SecretRefused::Value("seed"))
}

fn require(secret: &Secret, wanted: KeyRole) -> Result<(), SecretRefused> {
    match secret.role == wanted {
        true => Ok(()),
        false => Err(SecretRefused::OtherRole {
            found: secret.role,
            wanted,
        }),
    }
}
