//! What goes out on a connection, and how it becomes frames.

use super::Link;
use crate::core::recent::Sealed;
use channel::effect::OwnFrame;
use model::line::{Digest, Fault, LogHead, LogRef, Side};
use std::collections::BTreeMap;
use std::sync::Arc;
use store::NoteSlot;
use tlog::{Checkpoint, Cosignature, LogSigner};
use wire::line::frame::{self, FrameError};
use wire::line::{LineKeys, MAX_ENTRIES, MAX_ENTRIES_BYTES};

/// Something to send.
#[derive(Clone, Debug)]
pub enum Out {
    Own(Box<OwnFrame>),
    Cosigned {
        log: LogRef,
        head: LogHead,
        cosignature: Cosignature,
    },
    /// Stored entries `from..until`, each frame with the checkpoint of size `until`.
    Entries {
        log: LogRef,
        from: u64,
        until: u64,
    },
    Close(Option<Fault>),
}

/// Why something is not sent. The connection is closed over it.
#[derive(Debug, thiserror::Error)]
pub enum NotSent {
    #[error("the frame cannot be made")]
    Frame(#[from] FrameError),
    #[error("the entries cannot be read")]
    Read(#[from] store::ReadError),
    #[error("entry {index} of the log is not there")]
    Missing { index: u64 },
    #[error("the checkpoint cannot be signed")]
    Checkpoint,
}

/// Makes frames for one connection.
pub struct Framer {
    link: Arc<Link>,
    signers: BTreeMap<LogRef, LogSigner>,
}

impl Framer {
    pub fn new(link: Arc<Link>) -> Self {
        Self {
            link,
            signers: BTreeMap::new(),
        }
    }

    /// The frame of something that is no entries.
    ///
    /// # Errors
    /// [`NotSent::Frame`].
    pub fn single(&self, out: &Out, keys: &LineKeys) -> Result<Option<Vec<u8>>, NotSent> {
        Ok(match out {
            Out::Own(own) => Some(frame::own(own, keys, &self.link.operational)?),
            Out::Cosigned {
                log,
                head,
                cosignature,
            } => Some(frame::cosigned(*log, *head, cosignature)?),
            Out::Entries { .. } | Out::Close(_) => None,
        })
    }

    /// The next frame of entries from `from` on, and where the one after it begins.
    ///
    /// # Errors
    /// [`NotSent`].
    pub fn entries(
        &mut self,
        log: LogRef,
        from: u64,
        until: u64,
    ) -> Result<(Vec<u8>, u64), NotSent> {
        let note = self.checkpoint(log, until)?;
        let left = usize::try_from(until.saturating_sub(from)).unwrap_or(usize::MAX);
        if left == 0 {
            return Ok((frame::entries(log, &[], note.as_deref())?, until));
        }
        let found =
            self.link
                .stored
                .entries(log, from, left.min(MAX_ENTRIES), MAX_ENTRIES_BYTES)?;
        if found.is_empty() {
            return Err(NotSent::Missing { index: from });
        }
        let size = |entry: &Sealed| entry.envelope.len() + entry.opening.len();
        let count = frame::fits(found.iter().map(size)).min(found.len());
        let parts: Vec<(&[u8], &[u8])> = found[..count]
            .iter()
            .map(|entry| (&entry.envelope[..], &entry.opening[..]))
            .collect();
        self.link.metrics.entries_sent.add(count as u64);
        let frame = frame::entries(log, &parts, note.as_deref())?;
        Ok((frame, from + count as u64))
    }

    /// The checkpoint of our log at `size`, or the newest that the peer signed of its own.
    fn checkpoint(&mut self, log: LogRef, size: u64) -> Result<Option<Vec<u8>>, NotSent> {
        if log.side == Side::Peer {
            return Ok(self
                .link
                .stored
                .note(log, NoteSlot::PeerCheckpoint)
                .map(|(_, note)| note));
        }
        let root = self
            .link
            .stored
            .root_at(log, size)
            .ok_or(NotSent::Checkpoint)?;
        let note = self.sign(log, size, root).ok_or(NotSent::Checkpoint)?;
        Ok(Some(note.into_bytes()))
    }

    fn sign(&mut self, log: LogRef, size: u64, root: Digest) -> Option<String> {
        let party = self.link.trust.party();
        if !self.signers.contains_key(&log) {
            let signer =
                wire::line::keys::log_signer(log.line, party, log.lane, log.epoch, &self.link.log)
                    .ok()?;
            self.signers.insert(log, signer);
        }
        let origin = wire::line::origin(log.line, party, log.lane, log.epoch);
        let checkpoint = Checkpoint::new(&origin, size, tlog::Hash(root.0)).ok()?;
        checkpoint.sign(self.signers.get(&log)?).ok()
    }
}
