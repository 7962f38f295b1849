//! Between effects and bytes, as the node's link does it: what is stored becomes frames, and what our own logs can tell
//! is filled into frames that came.

use std::sync::Arc;

use channel::input::PeerFrame;
use model::code::Lane;
use model::line::{Digest, LogHead, LogRef, Side};
use node::core::recent::{Recent, Sealed};
use node::trust::Trust;
use store::{Journal, NoteSlot, Opening, Origin};
use tlog::Checkpoint;
use wire::line::{MAX_ENTRIES, MAX_ENTRIES_BYTES, Taken, frame};

use crate::party::Party;

/// What frames are made from.
pub struct Framing<'a, J> {
    pub party: &'a Party,
    pub trust: &'a Arc<Trust>,
    pub recent: &'a Arc<Recent>,
    pub journal: &'a J,
}

impl<J: Journal> Framing<'_, J> {
    /// The name of a log; none where its line is not known.
    pub fn origin(&self, log: LogRef) -> Option<Origin> {
        let party = match log.side {
            Side::Own => self.trust.party(),
            Side::Peer => self.trust.peer(log.line)?,
        };
        Origin::new(&wire::line::origin(log.line, party, log.lane, log.epoch)).ok()
    }

    fn root_at(&self, log: LogRef, size: u64) -> Option<Digest> {
        if size == 0 {
            return Some(Digest(tlog::EMPTY_ROOT.0));
        }
        let kept = || {
            let root = self.journal.root_at(&self.origin(log)?, size).ok()?;
            Some(Digest(root.0))
        };
        self.recent.root_at(log, size).or_else(kept)
    }

    fn entries(&self, log: LogRef, from: u64, count: usize) -> Option<Vec<Sealed>> {
        if let Some(recent) = self.recent.entries(log, from, count, MAX_ENTRIES_BYTES) {
            return Some(recent);
        }
        let found = self
            .journal
            .entries(&self.origin(log)?, from, count, MAX_ENTRIES_BYTES)
            .ok()?;
        let entry = |stored: store::StoredEntry| Sealed {
            envelope: stored.envelope.into(),
            opening: match stored.opening {
                Opening::Clear(bytes) => bytes.into(),
                Opening::None | Opening::Destroyed | Opening::Skipped => Vec::new().into(),
            },
        };
        Some(found.into_iter().map(entry).collect())
    }

    /// Entries `from..until` of `log` in as many frames as needed, each with the checkpoint of size `until`. `None`: not
    /// all of it is there.
    pub fn transmit(&self, log: LogRef, from: u64, until: u64) -> Option<Vec<Vec<u8>>> {
        let note = self.checkpoint(log, until)?;
        let mut frames = Vec::new();
        let mut next = from;
        while next < until {
            let left = usize::try_from(until - next)
                .unwrap_or(usize::MAX)
                .min(MAX_ENTRIES);
            let found = self
                .entries(log, next, left)
                .filter(|found| !found.is_empty())?;
            let sizes = found
                .iter()
                .map(|entry| entry.envelope.len() + entry.opening.len());
            let count = frame::fits(sizes).min(found.len());
            let parts = found[..count]
                .iter()
                .map(|entry| (&entry.envelope[..], &entry.opening[..]));
            frames.push(frame::entries(log, &parts.collect::<Vec<_>>(), note.as_deref()).ok()?);
            next += count as u64;
        }
        if frames.is_empty() {
            frames.push(frame::entries(log, &[], note.as_deref()).ok()?);
        }
        Some(frames)
    }

    /// Our checkpoint of our log at `size`, or the newest that the peer signed of its own. The outer `None`: it should be
    /// there and is not.
    fn checkpoint(&self, log: LogRef, size: u64) -> Option<Option<Vec<u8>>> {
        if log.side == Side::Peer {
            let notes = self.journal.notes(&self.origin(log)?).ok()?;
            let newest = notes
                .into_iter()
                .find(|note| note.slot == NoteSlot::PeerCheckpoint);
            return Some(newest.map(|note| note.note));
        }
        let root = self.root_at(log, size)?;
        sign(
            self.party,
            log,
            LogHead {
                epoch: log.epoch,
                size,
                root,
            },
        )
        .map(Some)
    }

    /// Fills in what only our own logs can tell.
    pub fn look_up(&self, taken: &mut Taken, line: model::ids::LineId) {
        let own = |lane, epoch| LogRef {
            line,
            side: Side::Own,
            lane,
            epoch,
        };
        for frame in &mut taken.frames {
            match frame {
                PeerFrame::Hello(hello) => {
                    let lanes = [Lane::Stop, Lane::Main];
                    for ((held, root), lane) in
                        hello.held.iter().zip(&mut hello.held_roots).zip(lanes)
                    {
                        *root = self.root_at(own(lane, held.epoch), held.size);
                    }
                }
                PeerFrame::Cosigned {
                    log,
                    head,
                    own_root,
                    ..
                } => *own_root = self.root_at(*log, head.size),
                PeerFrame::Entries(_)
                | PeerFrame::Heartbeat(_)
                | PeerFrame::Fetch { .. }
                | PeerFrame::Epoch { .. }
                | PeerFrame::Manifest { .. }
                | PeerFrame::Bad { .. } => {}
            }
        }
    }
}

/// A checkpoint of a log of `party`, whether or not the log ever stood there.
pub fn sign(party: &Party, log: LogRef, head: LogHead) -> Option<Vec<u8>> {
    let origin = wire::line::origin(log.line, party.id, log.lane, log.epoch);
    let signer = party.log_signer(log.line, log.lane, log.epoch).ok()?;
    let checkpoint = Checkpoint::new(&origin, head.size, tlog::Hash(head.root.0)).ok()?;
    Some(checkpoint.sign(&signer).ok()?.into_bytes())
}
