//! What goes out on a connection, and how it becomes frames.

use super::Link;
use crate::core::recent::Sealed;
use channel::effect::OwnFrame;
use model::code::Lane;
use model::line::{Digest, Fault, LogHead, LogRef, Side};
use std::collections::BTreeMap;
use std::sync::Arc;
use store::NoteSlot;
use tlog::{Checkpoint, Cosignature, LogSigner};
use tokio::sync::mpsc;
use wire::keys::KeyRole;
use wire::line::frame::{self, FrameError};
use wire::line::{LineKeys, MAX_ENTRIES, MAX_ENTRIES_BYTES};

/// Entries of `main` in one frame, well below what a frame may carry: the peer takes a frame in one step and writes it in one
/// batch, for which a stop call waits there.
const MAX_MAIN_ENTRIES: usize = 64;

/// Something to send.
#[derive(Clone, Debug)]
pub enum Out {
    Own(Box<OwnFrame>),
    Cosigned {
        log: LogRef,
        head: LogHead,
        cosignature: Cosignature,
    },
    /// Stored entries `from..until`, each frame with the checkpoint of size `until`, or of its own end.
    Entries {
        log: LogRef,
        from: u64,
        until: u64,
    },
    Close(Option<Fault>),
}

impl Out {
    /// Both as one, where `next`, which follows at once, goes on where this ends or says more of the same.
    fn joined(&self, next: &Self) -> Option<Self> {
        match (self, next) {
            (
                Self::Entries { log, from, until },
                Self::Entries {
                    log: of,
                    from: then,
                    until: end,
                },
            ) if log == of && until == then && end >= until => Some(Self::Entries {
                log: *log,
                from: *from,
                until: *end,
            }),
            // Whoever holds the larger log holds the smaller.
            (
                Self::Cosigned { log, head, .. },
                Self::Cosigned {
                    log: of,
                    head: then,
                    ..
                },
            ) if log == of && head.epoch == then.epoch && head.size <= then.size => {
                Some(next.clone())
            }
            _unlike => None,
        }
    }
}

/// What waits for one connection, with what belongs together joined: after a cut that the connection outlived, a
/// thousand entries that waited one by one go as few frames, under one checkpoint and for one cosignature.
pub struct Queue {
    out: mpsc::Receiver<Out>,
    /// Taken from `out`, and not part of what was answered last.
    held: Option<Out>,
}

impl Queue {
    pub fn new(out: mpsc::Receiver<Out>) -> Self {
        Self { out, held: None }
    }

    /// The next thing to send; none once nothing more will come.
    pub async fn next(&mut self) -> Option<Out> {
        let mut next = match self.held.take() {
            Some(held) => held,
            None => self.out.recv().await?,
        };
        while let Ok(more) = self.out.try_recv() {
            match next.joined(&more) {
                Some(both) => next = both,
                None => {
                    self.held = Some(more);
                    break;
                }
            }
        }
        Some(next)
    }
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

    /// Whether [`Framer::entries`] needs no disk.
    pub fn is_at_hand(&self, log: LogRef, from: u64, until: u64) -> bool {
        let stored = &self.link.stored;
        log.side == Side::Own
            && stored.has_root_at_hand(log, until)
            && (from >= until || stored.has_entry_at_hand(log, from))
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
        let left = usize::try_from(until.saturating_sub(from)).unwrap_or(usize::MAX);
        if left == 0 {
            let note = self.checkpoint(log, until)?;
            return Ok((frame::entries(log, &[], note.as_deref())?, until));
        }
        let most = match log.lane {
            Lane::Stop => MAX_ENTRIES,
            Lane::Main => MAX_MAIN_ENTRIES.min(MAX_ENTRIES),
        };
        let found = self
            .link
            .stored
            .entries(log, from, left.min(most), MAX_ENTRIES_BYTES)?;
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
        let next = from + count as u64;
        let size = match self.vouches() {
            true => next,
            false => until,
        };
        let note = self.checkpoint(log, size)?;
        let frame = frame::entries(log, &parts, note.as_deref())?;
        Ok((frame, next))
    }

    /// Whether each frame carries the checkpoint of its own end. What a key of ours sealed that was revoked since is taken
    /// where our log key stands by it in the same frame, and not otherwise (docs/decisions/0008).
    fn vouches(&self) -> bool {
        let own = self.link.trust.own();
        let manifest = own.manifest();
        let sealing = manifest
            .keys
            .iter()
            .filter(|key| key.role == KeyRole::Operational);
        sealing.into_iter().any(|key| manifest.is_revoked(key.id()))
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

#[cfg(test)]
mod tests {
    use super::*;
    use model::ids::LineId;

    fn entries(lane: Lane, from: u64, until: u64) -> Out {
        let log = LogRef {
            line: LineId::from_random([1; 16]),
            side: Side::Own,
            lane,
            epoch: 1,
        };
        Out::Entries { log, from, until }
    }

    async fn sent(all: Vec<Out>) -> Vec<String> {
        let (to, out) = mpsc::channel(16);
        for one in all {
            to.send(one).await.unwrap();
        }
        drop(to);
        let mut queue = Queue::new(out);
        let mut sent = Vec::new();
        while let Some(next) = queue.next().await {
            sent.push(match next {
                Out::Entries { log, from, until } => format!("{:?} {from}..{until}", log.lane),
                Out::Close(_) => "close".into(),
                Out::Own(_) | Out::Cosigned { .. } => "another".into(),
            });
        }
        sent
    }

    #[tokio::test]
    async fn entries_that_wait_one_after_the_other_go_together() {
        let waiting = vec![
            entries(Lane::Main, 3, 4),
            entries(Lane::Main, 4, 5),
            entries(Lane::Main, 5, 9),
        ];
        assert_eq!(sent(waiting).await, ["Main 3..9"]);
    }

    #[tokio::test]
    async fn what_is_sent_again_or_of_another_log_or_after_a_close_keeps_its_place() {
        let waiting = vec![
            entries(Lane::Main, 3, 4),
            entries(Lane::Main, 3, 4),
            entries(Lane::Stop, 4, 5),
            Out::Close(None),
            entries(Lane::Stop, 5, 6),
        ];
        let expected = ["Main 3..4", "Main 3..4", "Stop 4..5", "close", "Stop 5..6"];
        assert_eq!(sent(waiting).await, expected);
    }
}
