//! A disk that fails on demand, as a SQLite VFS: it fails syncs, fills up, dies in the middle of a write,
//! and forgets what was not synced. For tests only.
//!
//! `kill -9` proves nothing about durability, since the page cache stays. Here every write is remembered
//! with what it overwrote until its file is synced; [`FaultyDisk::power_up`] takes back what was not, all of
//! it or all but some torn rest.
//!
//! It wraps the operating system's VFS. Each file SQLite opens is a [`FaultyFile`], with the real one in
//! the same allocation behind it. Shared memory goes to the real file: it does not outlive a machine.
#![allow(unsafe_code, reason = "SQLite calls a VFS through C function pointers")]

use std::collections::HashMap;
use std::ffi::{CStr, CString, c_char, c_int, c_void};
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
    fail_sync_at: Option<u64>,
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
        vfs.szOsFile += REAL_OFFSET as c_int;
        vfs.pNext = ptr::null_mut();
        vfs.zName = name.as_ptr();
        vfs.pAppData = ptr::from_ref::<State>(&state).cast_mut().cast();
        vfs.xOpen = Some(open);
        vfs.xDelete = Some(delete);
        vfs.xAccess = Some(access);
        vfs.xFullPathname = Some(full_pathname);
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
        let mut inner = self.inner();
        inner.fail_sync_at = Some(inner.syncs + nth);
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

/// A file as SQLite sees it. The real file's object begins [`REAL_OFFSET`] bytes after this one's start.
#[repr(C)]
struct FaultyFile {
    base: ffi::sqlite3_file,
    state: *const State,
    /// From `Box::into_raw`; freed by `close`.
    path: *mut PathBuf,
}

const REAL_OFFSET: usize = size_of::<FaultyFile>().next_multiple_of(16);

/// Version 2: with shared memory, without memory mapping, so that every write passes here.
static METHODS: ffi::sqlite3_io_methods = ffi::sqlite3_io_methods {
    iVersion: 2,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(file_size),
    xLock: Some(lock),
    xUnlock: Some(unlock),
    xCheckReservedLock: Some(check_reserved_lock),
    xFileControl: Some(file_control),
    xSectorSize: Some(sector_size),
    xDeviceCharacteristics: Some(device_characteristics),
    xShmMap: Some(shm_map),
    xShmLock: Some(shm_lock),
    xShmBarrier: Some(shm_barrier),
    xShmUnmap: Some(shm_unmap),
    xFetch: None,
    xUnfetch: None,
};

/// The state of the VFS that SQLite calls.
///
/// # Safety
/// `vfs` is one that [`FaultyDisk::new`] registered.
unsafe fn state_of<'a>(vfs: *mut ffi::sqlite3_vfs) -> &'a State {
    // SAFETY: `pAppData` points to the state, which lives as long as the VFS is registered.
    unsafe { &*(*vfs).pAppData.cast::<State>() }
}

/// Our part of a file, and the real file.
///
/// # Safety
/// `file` is one that [`open`] made and [`close`] has not seen.
unsafe fn parts<'a>(file: *mut ffi::sqlite3_file) -> (&'a State, &'a Path, *mut ffi::sqlite3_file) {
    // SAFETY: `open` filled the fields, and the allocation holds the real file behind them (`szOsFile`).
    unsafe {
        let ours = file.cast::<FaultyFile>();
        let real = file.cast::<u8>().add(REAL_OFFSET).cast();
        (&*(*ours).state, &*(*ours).path, real)
    }
}

/// Calls a method of the real file; one that it lacks answers with an I/O error.
macro_rules! real {
    ($real:expr, $method:ident $(, $argument:expr)*) => {{
        let real: *mut ffi::sqlite3_file = $real;
        // SAFETY: the real VFS has opened this file and set its methods.
        match unsafe { (*(*real).pMethods).$method } {
            // SAFETY: the arguments are the ones SQLite gave for just this method.
            Some(method) => unsafe { method(real $(, $argument)*) },
            None => ffi::SQLITE_IOERR,
        }
    }};
}

unsafe extern "C" fn open(
    vfs: *mut ffi::sqlite3_vfs,
    name: ffi::sqlite3_filename,
    file: *mut ffi::sqlite3_file,
    flags: c_int,
    out_flags: *mut c_int,
) -> c_int {
    // SAFETY: SQLite calls this for our VFS, with `szOsFile` bytes at `file`; a name, if any, is a C string.
    unsafe {
        let ours = file.cast::<FaultyFile>();
        (*ours).base.pMethods = ptr::null();
        let state = state_of(vfs);
        let path = if name.is_null() {
            PathBuf::new()
        } else {
            path_of(name)
        };
        let real: *mut ffi::sqlite3_file = file.cast::<u8>().add(REAL_OFFSET).cast();
        let Some(open) = (*state.real).xOpen else {
            return ffi::SQLITE_CANTOPEN;
        };
        let code = open(state.real, name, real, flags, out_flags);
        if code == ffi::SQLITE_OK {
            (*ours).state = state;
            (*ours).path = Box::into_raw(Box::new(path));
            (*ours).base.pMethods = &raw const METHODS;
        }
        code
    }
}

/// # Safety
/// `name` is a C string.
unsafe fn path_of(name: *const c_char) -> PathBuf {
    // SAFETY: by contract.
    PathBuf::from(
        unsafe { CStr::from_ptr(name) }
            .to_string_lossy()
            .into_owned(),
    )
}

unsafe extern "C" fn delete(
    vfs: *mut ffi::sqlite3_vfs,
    name: *const c_char,
    sync_folder: c_int,
) -> c_int {
    // SAFETY: SQLite calls this for our VFS, with a C string.
    let (state, path) = unsafe { (state_of(vfs), path_of(name)) };
    let mut inner = state.inner();
    if !inner.tick() {
        return ffi::SQLITE_IOERR_DELETE;
    }
    inner.unsynced.remove(&path);
    // SAFETY: `real` is the default VFS.
    match unsafe { (*state.real).xDelete } {
        // SAFETY: the arguments are SQLite's.
        Some(delete) => unsafe { delete(state.real, name, sync_folder) },
        None => ffi::SQLITE_IOERR_DELETE,
    }
}

unsafe extern "C" fn access(
    vfs: *mut ffi::sqlite3_vfs,
    name: *const c_char,
    flags: c_int,
    out: *mut c_int,
) -> c_int {
    // SAFETY: SQLite calls this for our VFS; `real` is the default VFS and the arguments are SQLite's.
    unsafe {
        let real = state_of(vfs).real;
        (*real).xAccess.map_or(ffi::SQLITE_IOERR_ACCESS, |access| {
            access(real, name, flags, out)
        })
    }
}

unsafe extern "C" fn full_pathname(
    vfs: *mut ffi::sqlite3_vfs,
    name: *const c_char,
    length: c_int,
    out: *mut c_char,
) -> c_int {
    // SAFETY: as in `access`.
    unsafe {
        let real = state_of(vfs).real;
        (*real)
            .xFullPathname
            .map_or(ffi::SQLITE_CANTOPEN, |full| full(real, name, length, out))
    }
}

unsafe extern "C" fn close(file: *mut ffi::sqlite3_file) -> c_int {
    // SAFETY: SQLite closes a file once.
    let (_, _, real) = unsafe { parts(file) };
    let code = real!(real, xClose);
    // SAFETY: `open` made the path by `Box::into_raw`, and nobody uses the file any more.
    unsafe {
        let ours = file.cast::<FaultyFile>();
        drop(Box::from_raw((*ours).path));
        (*ours).path = ptr::null_mut();
        (*ours).base.pMethods = ptr::null();
        code
    }
}

unsafe extern "C" fn read(
    file: *mut ffi::sqlite3_file,
    to: *mut c_void,
    count: c_int,
    offset: i64,
) -> c_int {
    // SAFETY: SQLite calls this for a file that is open.
    let (_, _, real) = unsafe { parts(file) };
    real!(real, xRead, to, count, offset)
}

unsafe extern "C" fn write(
    file: *mut ffi::sqlite3_file,
    from: *const c_void,
    count: c_int,
    offset: i64,
) -> c_int {
    // SAFETY: SQLite calls this for a file that is open, with `count` bytes at `from`.
    let ((state, path, real), new) = unsafe {
        let length = usize::try_from(count).unwrap_or_default();
        (
            parts(file),
            std::slice::from_raw_parts(from.cast::<u8>(), length),
        )
    };
    let mut inner = state.inner();
    if !inner.tick() {
        return ffi::SQLITE_IOERR_WRITE;
    }
    let offset_bytes = offset.unsigned_abs();
    let Some(old_length) = length_of(real) else {
        return ffi::SQLITE_IOERR_WRITE;
    };
    let end = offset_bytes + new.len() as u64;
    if !inner.has_room(path, end.saturating_sub(old_length)) {
        return ffi::SQLITE_FULL;
    }
    let overwritten = end.min(old_length).saturating_sub(offset_bytes);
    let Some(old) = bytes_of(real, offset, overwritten) else {
        return ffi::SQLITE_IOERR_WRITE;
    };
    let code = real!(real, xWrite, from, count, offset);
    if code == ffi::SQLITE_OK {
        let change = Change::Write {
            offset: offset_bytes,
            new: new.to_vec(),
            old,
            old_length,
        };
        inner
            .unsynced
            .entry(path.to_owned())
            .or_default()
            .push(change);
    }
    code
}

unsafe extern "C" fn truncate(file: *mut ffi::sqlite3_file, length: i64) -> c_int {
    // SAFETY: SQLite calls this for a file that is open.
    let (state, path, real) = unsafe { parts(file) };
    let mut inner = state.inner();
    if !inner.tick() {
        return ffi::SQLITE_IOERR_TRUNCATE;
    }
    let Some(old_length) = length_of(real) else {
        return ffi::SQLITE_IOERR_TRUNCATE;
    };
    let cut = old_length.saturating_sub(length.unsigned_abs());
    let Some(old) = bytes_of(real, length, cut) else {
        return ffi::SQLITE_IOERR_TRUNCATE;
    };
    let code = real!(real, xTruncate, length);
    if code == ffi::SQLITE_OK {
        let change = Change::Truncate {
            length: length.unsigned_abs(),
            old,
            old_length,
        };
        inner
            .unsynced
            .entry(path.to_owned())
            .or_default()
            .push(change);
    }
    code
}

unsafe extern "C" fn sync(file: *mut ffi::sqlite3_file, flags: c_int) -> c_int {
    // SAFETY: SQLite calls this for a file that is open.
    let (state, path, real) = unsafe { parts(file) };
    let mut inner = state.inner();
    if !inner.tick() {
        return ffi::SQLITE_IOERR_FSYNC;
    }
    inner.syncs += 1;
    if inner.fail_sync_at == Some(inner.syncs) {
        return ffi::SQLITE_IOERR_FSYNC;
    }
    if !inner.lying {
        inner.unsynced.remove(path);
    }
    // What a simulated disk keeps need not reach the real one.
    let _ = (real, flags);
    ffi::SQLITE_OK
}

fn length_of(real: *mut ffi::sqlite3_file) -> Option<u64> {
    let mut length = 0_i64;
    let code = real!(real, xFileSize, &raw mut length);
    (code == ffi::SQLITE_OK).then_some(length.unsigned_abs())
}

fn bytes_of(real: *mut ffi::sqlite3_file, offset: i64, count: u64) -> Option<Vec<u8>> {
    let mut bytes = vec![0_u8; usize::try_from(count).ok()?];
    if bytes.is_empty() {
        return Some(bytes);
    }
    let length = c_int::try_from(count).ok()?;
    let code = real!(real, xRead, bytes.as_mut_ptr().cast(), length, offset);
    (code == ffi::SQLITE_OK).then_some(bytes)
}

unsafe extern "C" fn file_size(file: *mut ffi::sqlite3_file, out: *mut i64) -> c_int {
    // SAFETY: SQLite calls this, and each of the functions below, for a file that is open.
    let (_, _, real) = unsafe { parts(file) };
    real!(real, xFileSize, out)
}

unsafe extern "C" fn lock(file: *mut ffi::sqlite3_file, level: c_int) -> c_int {
    // SAFETY: as in `file_size`.
    let (_, _, real) = unsafe { parts(file) };
    real!(real, xLock, level)
}

unsafe extern "C" fn unlock(file: *mut ffi::sqlite3_file, level: c_int) -> c_int {
    // SAFETY: as in `file_size`.
    let (_, _, real) = unsafe { parts(file) };
    real!(real, xUnlock, level)
}

unsafe extern "C" fn check_reserved_lock(file: *mut ffi::sqlite3_file, out: *mut c_int) -> c_int {
    // SAFETY: as in `file_size`.
    let (_, _, real) = unsafe { parts(file) };
    real!(real, xCheckReservedLock, out)
}

unsafe extern "C" fn file_control(
    file: *mut ffi::sqlite3_file,
    operation: c_int,
    argument: *mut c_void,
) -> c_int {
    // A hint would let the real file grow behind our back.
    if operation == ffi::SQLITE_FCNTL_SIZE_HINT || operation == ffi::SQLITE_FCNTL_CHUNK_SIZE {
        return ffi::SQLITE_OK;
    }
    // SAFETY: as in `file_size`.
    let (_, _, real) = unsafe { parts(file) };
    real!(real, xFileControl, operation, argument)
}

unsafe extern "C" fn sector_size(file: *mut ffi::sqlite3_file) -> c_int {
    // SAFETY: as in `file_size`.
    let (_, _, real) = unsafe { parts(file) };
    real!(real, xSectorSize)
}

unsafe extern "C" fn device_characteristics(file: *mut ffi::sqlite3_file) -> c_int {
    // SAFETY: as in `file_size`.
    let (_, _, real) = unsafe { parts(file) };
    real!(real, xDeviceCharacteristics)
}

unsafe extern "C" fn shm_map(
    file: *mut ffi::sqlite3_file,
    region: c_int,
    size: c_int,
    extend: c_int,
    out: *mut *mut c_void,
) -> c_int {
    // SAFETY: as in `file_size`.
    let (_, _, real) = unsafe { parts(file) };
    real!(real, xShmMap, region, size, extend, out)
}

unsafe extern "C" fn shm_lock(
    file: *mut ffi::sqlite3_file,
    offset: c_int,
    count: c_int,
    flags: c_int,
) -> c_int {
    // SAFETY: as in `file_size`.
    let (_, _, real) = unsafe { parts(file) };
    real!(real, xShmLock, offset, count, flags)
}

unsafe extern "C" fn shm_barrier(file: *mut ffi::sqlite3_file) {
    // SAFETY: as in `file_size`; the method, where it is there, takes just the file.
    unsafe {
        let (_, _, real) = parts(file);
        if let Some(barrier) = (*(*real).pMethods).xShmBarrier {
            barrier(real);
        }
    }
}

unsafe extern "C" fn shm_unmap(file: *mut ffi::sqlite3_file, delete: c_int) -> c_int {
    // SAFETY: as in `file_size`.
    let (_, _, real) = unsafe { parts(file) };
    real!(real, xShmUnmap, delete)
}
