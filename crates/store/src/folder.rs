//! The folder of a journal: one node at a time, private to its user.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};
#[cfg(any(test, feature = "faults"))]
use std::sync::Arc;

#[cfg(any(test, feature = "faults"))]
use crate::faults::FaultyDisk;

pub(crate) const DATABASE: &str = "journal.db";
pub(crate) const MARK: &str = "head";
pub(crate) const RESERVE: &str = "reserve";
const LOCK: &str = "lock";

/// The disk that the database lies on.
#[derive(Clone, Default)]
pub(crate) enum Disk {
    #[default]
    Real,
    /// One that fails on demand, for tests.
    #[cfg(any(test, feature = "faults"))]
    Faulty(Arc<FaultyDisk>),
}

impl Disk {
    /// The name SQLite knows it by; `None` is the operating system's.
    pub(crate) fn vfs(&self) -> Option<&str> {
        match self {
            Self::Real => None,
            #[cfg(any(test, feature = "faults"))]
            Self::Faulty(disk) => Some(disk.name()),
        }
    }

    /// Whether a file outside the database may grow; a real disk answers when it is written.
    pub(crate) fn may_grow(&self, _file: &Path, _bytes: u64) -> bool {
        match self {
            Self::Real => true,
            #[cfg(any(test, feature = "faults"))]
            Self::Faulty(disk) => disk.may_grow(_file, _bytes),
        }
    }
}

/// A locked folder. The lock goes with the process, however that ends.
pub(crate) struct Folder {
    path: PathBuf,
    _lock: File,
}

/// Why a folder cannot be had.
pub(crate) enum Locked {
    By(Option<u32>),
    Io(io::Error),
}

impl From<io::Error> for Locked {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl Folder {
    /// Makes the folder where it is missing, and takes its lock.
    pub(crate) fn lock(path: &Path) -> Result<Self, Locked> {
        create_private_folder(path)?;
        let mut lock = private_file(&path.join(LOCK))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(Locked::By(holder(&mut lock))),
            Err(TryLockError::Error(error)) => return Err(error.into()),
        }
        lock.set_len(0)?;
        lock.rewind()?;
        write!(lock, "{}", std::process::id())?;
        Ok(Self {
            path: path.to_owned(),
            _lock: lock,
        })
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }
}

/// The process that wrote its number into the lock, if it can be read.
fn holder(lock: &mut File) -> Option<u32> {
    let mut text = String::new();
    lock.take(16).read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}

/// Makes a folder that only its owner may enter; one that is there is left as it is.
pub(crate) fn create_private_folder(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Opens or makes a file that only its owner may read and write. SQLite gives the files beside the
/// database the same rights.
pub(crate) fn private_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Makes a folder's list of files durable.
pub(crate) fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}
