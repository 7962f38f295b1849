//! The functions that SQLite calls. Each file it opens is a [`FaultyFile`], with the real one in the same
//! allocation behind it.

use std::ffi::{CStr, c_char, c_int, c_void};
use std::path::{Path, PathBuf};
use std::ptr;

use rusqlite::ffi;

use super::{Change, State};

/// A file as SQLite sees it. The real file's object begins [`REAL_OFFSET`] bytes after this one's start.
#[repr(C)]
struct FaultyFile {
    base: ffi::sqlite3_file,
    state: *const State,
    /// From `Box::into_raw`; freed by `close`.
    path: *mut PathBuf,
}

pub(super) const REAL_OFFSET: usize = size_of::<FaultyFile>().next_multiple_of(16);

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

pub(super) unsafe extern "C" fn open(
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

pub(super) unsafe extern "C" fn delete(
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

pub(super) unsafe extern "C" fn access(
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

pub(super) unsafe extern "C" fn full_pathname(
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
    if inner.fails_sync(path) {
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
