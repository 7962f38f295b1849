//! A disk that fails on demand, as a SQLite VFS: it fails syncs, fills up, dies in the middle of a write,
//! and forgets what was not synced. For tests only.
//!
//! `kill -9` proves nothing about durability, since the page cache stays. Here every write is remembered
//! with what it overwrote until its file is synced; [`FaultyDisk::power_up`] takes back what was not, all of
//! it or all but some torn rest.
//!
//! It wraps the operating system's VFS ([`vfs`]). Shared memory goes to the real file: it does not outlive a
//! machine.
#![allow(unsafe_code, reason = "SQLite calls a VFS through C function pointers")]

mod vfs;

use std::collections::HashMap;
use std::ffi::{CString, c_int};
use std::fs::{self, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::ptr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rusqlite::ffi;

/// What becomes of the writes that were not synced when the power went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unsynced {
    /// All are lost.
    Lost,
    /// Some arrived, whole or in part, in any order.
    Torn { seed: u64 },
    /// All arrived.
    Kept,
}

/// A disk that fails on demand. Give it to [`Options::on`](crate::Options::on).
pub struct FaultyDisk {
    name: CString,
    text: String,
    vfs: Box<ffi::sqlite3_vfs>,
    state: Box<State>,
}

// SAFETY: the raw pointers in `vfs` are written once, before it is registered; SQLite and this module only
// read them afterwards. All that changes is in `state`, behind a mutex.
unsafe impl Send for FaultyDisk {}
// SAFETY: as above.
unsafe impl Sync for FaultyDisk {}

struct State {
    real: *mut ffi::sqlite3_vfs,
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    /// What was not synced, by file, oldest first.
    unsynced: HashMap<PathBuf, Vec<Change>>,
    operations: u64,
    crash_at: Option<u64>,
    dead: bool,
    syncs: u64,
    /// The file, or any, and how many of its syncs until one fails.
    fail_sync: Option<(Option<String>, u64)>,
    lying: bool,
    quota: Option<(PathBuf, u64)>,
}

/// A change of a file, and what it takes to undo it.
enum Change {
    Write {
        offset: u64,
        new: Vec<u8>,
        old: Vec<u8>,
        old_length: u64,
    },
    Truncate {
        length: u64,
        old: Vec<u8>,
        old_length: u64,
    },
}

static NUMBER: AtomicU64 = AtomicU64::new(0);

impl FaultyDisk {
    /// A disk that works, until it is told otherwise.
    ///
    /// # Panics
    /// Where SQLite has no VFS to wrap.
    pub fn new() -> Arc<Self> {
        let text = format!("faulty-{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        let name = CString::new(text.clone()).unwrap_or_default();
        // SAFETY: a null name asks for the default VFS, which lives as long as the process.
        let real = unsafe { ffi::sqlite3_vfs_find(ptr::null()) };
        assert!(!real.is_null(), "sqlite has a default VFS");
        let state = Box::new(State {
            real,
            inner: Mutex::default(),
        });
        // SAFETY: `real` is valid, as above; the copy keeps its version, path length and functions.
        let mut vfs = Box::new(unsafe { *real });
        vfs.szOsFile += vfs::REAL_OFFSET as c_int;
        vfs.pNext = ptr::null_mut();
        vfs.zName = name.as_ptr();
        vfs.pAppData = ptr::from_ref::<State>(&state).cast_mut().cast();
        vfs.xOpen = Some(vfs::open);
        vfs.xDelete = Some(vfs::delete);
        vfs.xAccess = Some(vfs::access);
        vfs.xFullPathname = Some(vfs::full_pathname);
        // The other functions take no file, and the unix VFS does not look at its own pAppData in them.
        // SAFETY: `vfs` and all it points to live in boxes that `Drop` frees only after unregistering.
        let code = unsafe { ffi::sqlite3_vfs_register(&raw mut *vfs, 0) };
        assert_eq!(code, ffi::SQLITE_OK, "a VFS can be registered");
        Arc::new(Self {
            name,
            text,
            vfs,
            state,
        })
    }

    /// The name SQLite knows it by.
    pub fn name(&self) -> &str {
        &self.text
    }

    /// Writes, truncations and syncs so far.
    pub fn operations(&self) -> u64 {
        self.inner().operations
    }

    /// Syncs so far.
    pub fn syncs(&self) -> u64 {
        self.inner().syncs
    }

    /// Fails the `nth` sync from now on, counted from 1.
    pub fn fail_sync(&self, nth: u64) {
        self.inner().fail_sync = Some((None, nth));
    }

    /// Fails the `nth` sync of the file with this name from now on, counted from 1.
    pub fn fail_sync_of(&self, file: &str, nth: u64) {
        self.inner().fail_sync = Some((Some(file.to_owned()), nth));
    }

    /// Lets the files of `folder` hold at most `bytes` together, or any number again.
    pub fn set_quota(&self, quota: Option<(&Path, u64)>) {
        self.inner().quota = quota.map(|(folder, bytes)| (folder.to_owned(), bytes));
    }

    /// Dies at the `nth` write, truncation or sync from now on, counted from 1: nothing reaches it any more.
    pub fn crash_after(&self, nth: u64) {
        let mut inner = self.inner();
        inner.crash_at = Some(inner.operations + nth);
    }

    /// Dies now.
    pub fn crash(&self) {
        self.inner().dead = true;
    }

    /// From now on says that it has synced, and has not.
    pub fn lie_about_syncs(&self) {
        self.inner().lying = true;
    }

    /// Brings the disk back after a crash, with its files as the crash has left them. Close every
    /// connection first, as the crash would have.
    pub fn power_up(&self, unsynced: Unsynced) -> io::Result<()> {
        let mut inner = self.inner();
        for (path, changes) in std::mem::take(&mut inner.unsynced) {
            if path.exists() {
                roll_back(&path, &changes, unsynced)?;
            }
        }
        *inner = Inner {
            quota: inner.quota.take(),
            ..Inner::default()
        };
        Ok(())
    }

    /// Whether a file beside the database may grow by so much, under the quota.
    pub(crate) fn may_grow(&self, file: &Path, bytes: u64) -> bool {
        self.inner().has_room(file, bytes)
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.state.inner()
    }
}

impl Drop for FaultyDisk {
    fn drop(&mut self) {
        // INVARIANT: whoever opens connections on this disk holds an `Arc` of it until they are closed.
        // SAFETY: the VFS was registered by `new`, and no connection uses it any more.
        unsafe { ffi::sqlite3_vfs_unregister(&raw mut *self.vfs) };
        debug_assert_eq!(self.vfs.zName, self.name.as_ptr());
    }
}

impl State {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    /// Counts an operation that changes the disk; `false` once it is dead.
    fn tick(&mut self) -> bool {
        self.operations += 1;
        if self.crash_at.is_some_and(|at| self.operations >= at) {
            self.dead = true;
        }
        !self.dead
    }

    /// Whether this sync is the one to fail.
    fn fails_sync(&mut self, path: &Path) -> bool {
        let Some((file, left)) = &mut self.fail_sync else {
            return false;
        };
        if file.as_ref().is_none_or(|file| path.ends_with(file)) {
            *left = left.saturating_sub(1);
        }
        let fails = *left == 0;
        if fails {
            self.fail_sync = None;
        }
        fails
    }

    fn has_room(&self, file: &Path, growth: u64) -> bool {
        let Some((folder, bytes)) = &self.quota else {
            return true;
        };
        if growth == 0 || !file.starts_with(folder) {
            return true;
        }
        let used: u64 = fs::read_dir(folder)
            .into_iter()
            .flatten()
            .flatten()
            .filter(|file| !file.file_name().to_string_lossy().ends_with("-shm"))
            .filter_map(|file| file.metadata().ok())
            .map(|metadata| metadata.len())
            .sum();
        used + growth <= *bytes
    }
}

/// Takes the changes back, newest first, then does again those that arrived.
fn roll_back(path: &Path, changes: &[Change], unsynced: Unsynced) -> io::Result<()> {
    let file = OpenOptions::new().read(true).write(true).open(path)?;
    for change in changes.iter().rev() {
        let (at, old, old_length) = match change {
            Change::Write {
                offset,
                old,
                old_length,
                ..
            } => (*offset, old, *old_length),
            Change::Truncate {
                length,
                old,
                old_length,
            } => (*length, old, *old_length),
        };
        file.set_len(old_length)?;
        file.write_all_at(old, at)?;
    }
    let mut dice = match unsynced {
        Unsynced::Lost => return Ok(()),
        Unsynced::Kept => None,
        Unsynced::Torn { seed } => Some(Dice(seed | 1)),
    };
    for change in changes {
        let fate = dice.as_mut().map_or(Fate::Whole, Dice::fate);
        match (change, fate) {
            (_, Fate::Lost) => {}
            (Change::Truncate { length, .. }, Fate::Whole | Fate::Torn(_)) => {
                file.set_len(*length)?;
            }
            (Change::Write { offset, new, .. }, Fate::Whole) => file.write_all_at(new, *offset)?,
            (Change::Write { offset, new, .. }, Fate::Torn(share)) => {
                // Sectors arrive whole.
                let sectors = new.len() / 512;
                file.write_all_at(&new[..sectors * share / 256 * 512], *offset)?;
            }
        }
    }
    Ok(())
}

enum Fate {
    Whole,
    Lost,
    /// So many 256ths of it.
    Torn(usize),
}

/// A small generator: tests replay from a seed.
struct Dice(u64);

impl Dice {
    fn fate(&mut self) -> Fate {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        match self.0 >> 62 {
            0 | 1 => Fate::Whole,
            2 => Fate::Lost,
            _ => Fate::Torn((self.0 >> 20) as usize & 0xff),
        }
    }
}
