//! Reading the journal's logs beside the writer, on a connection of its own.

use crate::core::recent::{Recent, Sealed};
use crate::trust::Trust;
use channel::lines::Lines;
use model::line::{Digest, LogHead, LogRef, Side};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use store::{NoteSlot, Opening, Origin, ReadError, Reader};

/// Entries that are read at once when the node starts.
const CHECKED_AT_ONCE: usize = 256;

/// Blocking: call it where waiting for the disk is allowed.
pub struct StoredLogs {
    reader: Mutex<Reader>,
    recent: Arc<Recent>,
    trust: Arc<Trust>,
}

impl StoredLogs {
    pub fn new(reader: Reader, recent: Arc<Recent>, trust: Arc<Trust>) -> Self {
        Self {
            reader: Mutex::new(reader),
            recent,
            trust,
        }
    }

    /// The name of a log; none where its line is not known.
    pub fn origin(&self, log: LogRef) -> Option<Origin> {
        let party = match log.side {
            Side::Own => self.trust.party(),
            Side::Peer => self.trust.peer(log.line)?,
        };
        Origin::new(&wire::line::origin(log.line, party, log.lane, log.epoch)).ok()
    }

    /// Whether [`StoredLogs::root_at`] answers from memory.
    pub fn has_root_at_hand(&self, log: LogRef, size: u64) -> bool {
        size == 0 || self.recent.root_at(log, size).is_some()
    }

    /// Whether [`StoredLogs::entries`] answers from memory.
    pub fn has_entry_at_hand(&self, log: LogRef, index: u64) -> bool {
        self.recent.has(log, index)
    }

    /// The root that `log` had at `size`; none where it never had that size, durably.
    pub fn root_at(&self, log: LogRef, size: u64) -> Option<Digest> {
        if size == 0 {
            return Some(Digest(tlog::EMPTY_ROOT.0));
        }
        if let Some(root) = self.recent.root_at(log, size) {
            return Some(root);
        }
        let origin = self.origin(log)?;
        let found = self.reader().view().root_at(&origin, size).ok()?;
        let root = Digest(found.0);
        // What we sign a checkpoint of comes back cosigned.
        self.recent.asked(log, size, root);
        Some(root)
    }

    /// Entries from `from` on, at most `count` and `bytes` but at least one if there is one.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn entries(
        &self,
        log: LogRef,
        from: u64,
        count: usize,
        bytes: usize,
    ) -> Result<Vec<Sealed>, ReadError> {
        if let Some(recent) = self.recent.entries(log, from, count, bytes) {
            return Ok(recent);
        }
        let Some(origin) = self.origin(log) else {
            return Ok(Vec::new());
        };
        let found = self.reader().view().entries(&origin, from, count, bytes)?;
        let entry = |stored: store::StoredEntry| Sealed {
            envelope: stored.envelope.into(),
            opening: match stored.opening {
                Opening::Clear(bytes) => bytes.into(),
                Opening::None | Opening::Destroyed | Opening::Skipped => Vec::new().into(),
            },
        };
        Ok(found.into_iter().map(entry).collect())
    }

    /// Reads what waits to be signed for by a peer, of our own logs at these durable heads: what cannot be read cannot be
    /// sent, and better the node does not start than that an officer calls through it.
    ///
    /// # Errors
    /// [`ReadError`], which says where.
    pub fn check_waiting(
        &self,
        lines: &Lines,
        heads: &[(LogRef, LogHead)],
    ) -> Result<(), ReadError> {
        for (log, head) in heads.iter().filter(|(log, _)| log.side == Side::Own) {
            let Some(origin) = self.origin(*log) else {
                continue;
            };
            let mut next = lines.delivered_of(*log);
            while next < head.size {
                let read =
                    self.with(|view| view.entries(&origin, next, CHECKED_AT_ONCE, usize::MAX));
                next += (read?.len() as u64).max(1);
            }
        }
        Ok(())
    }

    /// The newest note of `log` in `slot`, and the size it states.
    pub fn note(&self, log: LogRef, slot: NoteSlot) -> Option<(u64, Vec<u8>)> {
        let origin = self.origin(log)?;
        let rows = self.reader().view().notes(&origin).ok()?;
        let row = rows.into_iter().find(|row| row.slot == slot)?;
        Some((row.size, row.note))
    }

    /// Runs `read` on the journal.
    pub fn with<T>(&self, read: impl FnOnce(store::View<'_>) -> T) -> T {
        read(self.reader().view())
    }

    fn reader(&self) -> MutexGuard<'_, Reader> {
        // A reader changes nothing, so a panic while it was held left nothing half done.
        self.reader.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
