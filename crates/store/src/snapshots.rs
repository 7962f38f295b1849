//! Snapshots: files beside the database, written by any thread while appends go on.
//!
//! Each holds the right edges of all trees and the caller's state, sealed together. A snapshot only saves time: one
//! that is torn, damaged or of another journal is passed over, and none is ever needed. So they are no part of the
//! database, its write-ahead log or its backups.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tlog::Hash;

use crate::folder::{Disk, create_private_folder, private_file, sync_folder};
use crate::journal::SnapshotError;
use crate::record::{Head, MAX_SNAPSHOT};
use crate::seal::{Seal, Sealed};
use crate::trees::{Trees, decode, encode};

/// The folder, beside the database.
pub(crate) const SNAPSHOTS: &str = "snapshots";
const MAGIC: &[u8; 8] = b"scsnap1\n";
const HEADER: usize = MAGIC.len() + 8 + 32;
/// Bytes of a file beyond the state: the trees, the seal, the header.
const MAX_BESIDE: u64 = 64 << 20;
/// How many are kept.
const KEPT: usize = 2;

/// A snapshot that is due: call it with the state, on any thread. The journal is not needed for it any more.
pub type KeepSnapshot = Box<dyn FnOnce(&[u8]) -> Result<(), SnapshotError> + Send>;

/// A snapshot to be written.
pub(crate) struct Due {
    pub(crate) folder: PathBuf,
    pub(crate) seal: Arc<Seal>,
    pub(crate) disk: Disk,
    pub(crate) trees: Trees,
    /// How often openings were destroyed, now and when this was begun: its state may rest on one of them.
    pub(crate) destroyed: (Arc<AtomicU64>, u64),
}

impl Due {
    pub(crate) fn keep(self, state: &[u8]) -> Result<(), SnapshotError> {
        if state.len() > MAX_SNAPSHOT {
            return Err(SnapshotError::TooLarge { bytes: state.len() });
        }
        let at = self.trees.head();
        let clear = encode(&self.trees, state);
        let sealed = self
            .seal
            .seal(Sealed::Snapshot, at.size, &at.root, &clear)
            .map_err(|error| SnapshotError::Seal(error.to_string()))?;
        drop(clear);
        create_private_folder(&self.folder)?;
        let path = self.folder.join(name(at.size));
        if !self.disk.may_grow(&path, sealed.len() as u64) {
            return Err(SnapshotError::DiskFull);
        }
        let written = write(&path, at, &sealed);
        if let Err(error) = written {
            // What is half written would be passed over; it only takes room.
            let _ = fs::remove_file(path.with_extension("part"));
            return Err(error.into());
        }
        let (now, begun) = &self.destroyed;
        if now.load(Ordering::SeqCst) != *begun {
            fs::remove_file(&path)?;
            return Ok(());
        }
        let mut all = files(&self.folder)?;
        all.drain(..all.len().min(KEPT));
        for (_, old) in all {
            fs::remove_file(old)?;
        }
        Ok(())
    }
}

impl From<io::Error> for SnapshotError {
    fn from(error: io::Error) -> Self {
        match crate::reserve::is_full(&error) {
            true => Self::DiskFull,
            false => Self::Write(error),
        }
    }
}

fn write(path: &Path, at: Head, sealed: &[u8]) -> io::Result<()> {
    let part = path.with_extension("part");
    let mut file = private_file(&part)?;
    file.set_len(0)?;
    file.write_all(MAGIC)?;
    file.write_all(&at.size.to_be_bytes())?;
    file.write_all(at.root.as_bytes())?;
    file.write_all(sealed)?;
    file.sync_all()?;
    fs::rename(&part, path)?;
    path.parent().map_or(Ok(()), sync_folder)
}

fn name(size: u64) -> String {
    format!("{size:020}")
}

/// The files by the size that they are named after, latest first. None where there is no folder.
fn files(folder: &Path) -> io::Result<Vec<(u64, PathBuf)>> {
    let listed = match fs::read_dir(folder) {
        Ok(listed) => listed,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut found = Vec::new();
    for file in listed {
        let path = file?.path();
        let size = path
            .file_name()
            .and_then(|name| name.to_str()?.parse().ok());
        found.extend(size.map(|size| (size, path)));
    }
    found.sort_unstable_by(|a, b| b.cmp(a));
    Ok(found)
}

/// Those in `folder`, latest first, unread.
pub(crate) fn list(folder: &Path) -> io::Result<Vec<SealedSnapshot>> {
    let of = |(size, path)| SealedSnapshot { size, path };
    Ok(files(folder)?.into_iter().map(of).collect())
}

/// Removes all, with what they hold of openings that are to be destroyed.
pub(crate) fn remove_all(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _gone => Ok(()),
    }
}

/// A snapshot as stored.
pub(crate) struct SealedSnapshot {
    /// Records at which it says that it was taken.
    pub(crate) size: u64,
    path: PathBuf,
}

impl SealedSnapshot {
    /// Where it was taken, the trees and the state; `None` where it is not as it was sealed.
    pub(crate) fn open(&self, seal: &Seal) -> Option<(Trees, Vec<u8>)> {
        let length = fs::metadata(&self.path).ok()?.len();
        if length > MAX_SNAPSHOT as u64 + MAX_BESIDE {
            return None;
        }
        let bytes = fs::read(&self.path).ok()?;
        let (header, sealed) = bytes.split_at_checked(HEADER)?;
        let rest = header.strip_prefix(MAGIC)?;
        let (size, root) = rest.split_at_checked(8)?;
        let size = u64::from_be_bytes(size.try_into().ok()?);
        let root = Hash(root.try_into().ok()?);
        let (trees, state) = decode(&seal.open(Sealed::Snapshot, size, &root, sealed)?)?;
        let whole = size == self.size && trees.head() == Head { size, root };
        whole.then_some((trees, state))
    }
}
