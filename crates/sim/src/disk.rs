//! A disk of bytes that loses what was not synced, tears what it was writing, fills up, and fails.
//!
//! A [`Disk`] outlives the process that writes to it, and can be asked at any moment what is durable.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use store::{AppendError, Batch, Room, Snapshot};

use crate::index::Index;
use crate::platter;
use crate::rng::Rng;

/// Bytes that the stop lane may still write on a full disk.
pub const RESERVE: u64 = 512 * 1024;
/// Bytes that are written, or torn, together.
const SECTOR: usize = 512;

/// What the machine under a node holds. Shared by the process that runs and the world that watches.
#[derive(Clone, Debug, Default)]
pub struct Disk(Arc<Mutex<Inner>>);

#[derive(Debug, Default)]
pub(crate) struct Inner {
    synced: Vec<u8>,
    unsynced: Vec<u8>,
    pub(crate) index: Index,
    pub(crate) snapshots: Vec<Snapshot>,
    pub(crate) full: bool,
    pub(crate) reserve: u64,
    fail_next_sync: bool,
    /// Steps (before and after each write and sync, and before each deed) until the power goes.
    fuse: Option<u32>,
    dark: bool,
}

impl Disk {
    pub fn new() -> Self {
        let disk = Self::default();
        disk.inner().reserve = RESERVE;
        disk
    }

    pub(crate) fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Looks at what is durable now.
    pub fn look<T>(&self, at: impl FnOnce(&Index) -> T) -> T {
        at(&self.inner().index)
    }

    /// The power goes after so many more steps: 0, at the next one.
    pub fn set_fuse(&self, steps: u32) {
        self.inner().fuse = Some(steps);
    }

    /// Something is about to happen that the outside could see. `false`: the power is gone, it does not.
    pub fn step(&self) -> bool {
        self.inner().step()
    }

    pub fn is_dark(&self) -> bool {
        self.inner().dark
    }

    pub fn set_full(&self, full: bool) {
        self.inner().full = full;
    }

    pub fn is_full(&self) -> bool {
        self.inner().full
    }

    pub fn fail_next_sync(&self) {
        self.inner().fail_next_sync = true;
    }

    /// No power cut is due any more, no sync fails, and there is room.
    pub fn mend(&self) {
        let inner = &mut *self.inner();
        inner.full = false;
        inner.fail_next_sync = false;
        if !inner.dark {
            inner.fuse = None;
        }
    }

    /// The machine goes down and comes up again. Of what was not synced, some of the first bytes may be there, the last
    /// sector in shreds. What is not a whole batch, and all after it, is dropped.
    pub fn crash(&self, rng: &mut Rng) {
        let inner = &mut *self.inner();
        let kept = rng.between(0, inner.unsynced.len() as u64) as usize;
        let mut left: Vec<u8> = inner.unsynced.drain(..).take(kept).collect();
        if rng.chance(500) {
            let torn = left.len().saturating_sub(SECTOR);
            rng.fill(&mut left[torn..]);
        }
        inner.synced.extend(left);
        inner.fuse = None;
        inner.dark = false;
        inner.fail_next_sync = false;
        inner.read_again();
    }

    /// All that is durable, for a backup.
    pub fn image(&self) -> Vec<u8> {
        self.inner().synced.clone()
    }

    /// A backup takes the place of all there was.
    pub fn restore(&self, image: Vec<u8>) {
        let inner = &mut *self.inner();
        *inner = Inner {
            synced: image,
            reserve: RESERVE,
            full: inner.full,
            ..Inner::default()
        };
        inner.read_again();
    }
}

impl Inner {
    fn read_again(&mut self) {
        let (batches, whole) = platter::read_batches(&self.synced);
        self.synced.truncate(whole);
        let destroyed = std::mem::take(&mut self.index.destroyed);
        self.index = Index {
            destroyed,
            ..Index::default()
        };
        for batch in &batches {
            self.index.take(batch);
        }
    }

    pub(crate) fn step(&mut self) -> bool {
        match self.fuse {
            Some(0) => self.dark = true,
            Some(left) => self.fuse = Some(left - 1),
            None => {}
        }
        !self.dark
    }

    pub(crate) fn write(&mut self, batch: &Batch) -> Result<(), AppendError> {
        let failed = |cause: &str| AppendError::Failed {
            cause: cause.into(),
        };
        let mut bytes = Vec::new();
        platter::write_batch(&mut bytes, batch);
        if self.full {
            match (batch.room, self.reserve.checked_sub(bytes.len() as u64)) {
                (Room::Main, _) => return Err(AppendError::DiskFull),
                (Room::Reserved, None) => return Err(failed("the reserve is spent")),
                (Room::Reserved, Some(left)) => self.reserve = left,
            }
        }
        if !self.step() {
            return Err(failed("the power is gone"));
        }
        self.unsynced.extend(bytes);
        if std::mem::take(&mut self.fail_next_sync) {
            return Err(failed("the sync failed"));
        }
        if !self.step() {
            return Err(failed("the power is gone"));
        }
        self.synced.append(&mut self.unsynced);
        self.index.take(batch);
        match self.step() {
            true => Ok(()),
            // Durable, and nobody was told.
            false => Err(failed("the power is gone")),
        }
    }
}
