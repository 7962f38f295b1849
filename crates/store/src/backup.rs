//! A consistent copy of a running journal, and its restoration into an empty folder.
//!
//! A backup is a folder with `journal.db`, a database that is complete without a write-ahead log, and
//! `manifest`, lines of text that say what it must be. Openings stay sealed under the journal's key.
//! Openings that are destroyed later are still in it: the life of backups is part of the rules for that.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use aws_lc_rs::digest;
use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};

use crate::check::Fault;
use crate::folder::{DATABASE, Disk, create_private_folder, private_file, sync_folder};
use crate::journal::{Cause, ReadError};
use crate::open::{OpenError, mark_folder};
use crate::reader::Reader;
use crate::record::{Head, StoredEntry};
use crate::schema::{self, Purpose, connect};
use crate::seal::Key;
use crate::trees::Trees;
use crate::verify::{Report, VerifyError, verify_copy};

const MANIFEST: &str = "manifest";
const LEFT_BY_READERS: [&str; 2] = ["journal.db-wal", "journal.db-shm"];
const TITLE: &str = "standclear journal backup v1";
/// Bytes of a manifest.
const MAX_MANIFEST: u64 = 1024;
const PAGES_AT_A_TIME: i32 = 1024;

/// What a backup must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    /// Where the journal stood.
    pub head: Head,
    /// Bytes of `journal.db`.
    pub bytes: u64,
    /// SHA-256 of `journal.db`, in hexadecimal.
    pub sha256: String,
}

/// Why a backup was not made.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    #[error("`{folder}` is not empty: give an empty folder, or one that is not there yet")]
    NotEmpty { folder: PathBuf },
    #[error("cannot write the backup: check the disk and its rights")]
    Write(#[source] Cause),
    #[error("cannot read the journal")]
    Read(#[from] ReadError),
}

/// Why a backup does not verify, or was not restored. The target folder is as it was.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    #[error("`{folder}` is not empty: restore into an empty folder, or one that is not there yet")]
    NotEmpty { folder: PathBuf },
    #[error(
        "`{folder}` is no backup, its manifest is missing or cannot be read: name the folder that `standclear backup` wrote"
    )]
    NoManifest { folder: PathBuf },
    #[error(
        "the backup is not what its manifest says, {what}: copy it again, or take another backup"
    )]
    NotAsWritten { what: String },
    #[error("the backup is damaged in {count} places, first: {first}; take an older backup")]
    Damaged { count: u64, first: Fault },
    #[error("cannot open the backup")]
    Open(#[from] OpenError),
    #[error("cannot read or write a file: check the disks and their rights")]
    Disk(#[source] Cause),
}

impl From<io::Error> for RestoreError {
    fn from(error: io::Error) -> Self {
        Self::Disk(Cause::new(error))
    }
}

impl From<rusqlite::Error> for RestoreError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Disk(Cause::new(error))
    }
}

impl From<VerifyError> for RestoreError {
    fn from(error: VerifyError) -> Self {
        match error {
            VerifyError::Open(error) => Self::Open(error),
            VerifyError::Disk(cause) => Self::Disk(cause),
        }
    }
}

impl Reader {
    /// Copies the journal, as it stands when this begins, into the folder `to`, while its node goes on.
    /// `progress` gets pages done and pages in all. Meanwhile the write-ahead log grows.
    pub fn backup(
        &self,
        to: &Path,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<Manifest, BackupError> {
        let write = |error: io::Error| BackupError::Write(Cause::new(error));
        if !is_absent_or_empty(to).map_err(write)? {
            return Err(BackupError::NotEmpty {
                folder: to.to_owned(),
            });
        }
        create_private_folder(to).map_err(write)?;
        let database = to.join(DATABASE);
        private_file(&database).map_err(write)?;
        // A read transaction holds one state of the journal for as long as the copy takes.
        let transaction = self
            .conn()
            .unchecked_transaction()
            .map_err(|error| BackupError::Write(Cause::new(error)))?;
        let head = self.view().head()?;
        copy(&transaction, &database, progress)
            .map_err(|error| BackupError::Write(Cause::new(error)))?;
        drop(transaction);
        let (bytes, sha256) = digest_of(&database).map_err(write)?;
        let manifest = Manifest {
            head,
            bytes,
            sha256,
        };
        let path = to.join(MANIFEST);
        private_file(&path).map_err(write)?;
        fs::write(&path, manifest.to_text()).map_err(write)?;
        File::open(&path)
            .and_then(|file| file.sync_all())
            .map_err(write)?;
        sync_folder(to).map_err(write)?;
        Ok(manifest)
    }
}

fn copy(from: &Connection, to: &Path, progress: &mut dyn FnMut(u64, u64)) -> rusqlite::Result<()> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut copied = Connection::open_with_flags(to, flags)?;
    let backup = Backup::new(from, &mut copied)?;
    loop {
        let step = backup.step(PAGES_AT_A_TIME)?;
        let state = backup.progress();
        let all = u64::from(state.pagecount.unsigned_abs());
        progress(
            all - u64::from(state.remaining.unsigned_abs()).min(all),
            all,
        );
        match step {
            StepResult::Done => break,
            StepResult::More | StepResult::Busy | StepResult::Locked => {}
            // A non-exhaustive enum of the library: go on until it says done.
            _ => {}
        }
    }
    drop(backup);
    copied.close().map_err(|(_, error)| error)
}

/// Restores the backup in `from` into the folder `to`, which is empty or not there yet, after checking
/// all of it, entries also by `check` (see [`verify`]). The journal then says that it was
/// [restored](crate::Store::restored), so that its node opens a new epoch.
pub fn restore(
    from: &Path,
    to: &Path,
    key: &Key,
    threads: usize,
    check: &(dyn Fn(&StoredEntry) -> Result<(), String> + Sync),
    progress: &(dyn Fn(u64, u64) + Sync),
) -> Result<Report, RestoreError> {
    if !is_absent_or_empty(to)? {
        return Err(RestoreError::NotEmpty {
            folder: to.to_owned(),
        });
    }
    let no_manifest = || RestoreError::NoManifest {
        folder: from.to_owned(),
    };
    let manifest = read_manifest(from).ok_or_else(no_manifest)?;
    let partial = partial_folder(to);
    create_private_folder(&partial)?;
    let result = restore_into(from, &partial, &manifest, key, threads, check, progress);
    let result = result.and_then(|report| {
        // Replaces an empty folder in one step.
        fs::rename(&partial, to)?;
        if let Some(parent) = to.parent().filter(|parent| !parent.as_os_str().is_empty()) {
            sync_folder(parent)?;
        }
        Ok(report)
    });
    if result.is_err() {
        // The first error is the one to report; a rest that stays is named after its target.
        let _ = fs::remove_dir_all(&partial);
    }
    result
}

/// Checks all of the backup in `folder`, against its manifest and as [`verify`](crate::verify()) checks a journal: a copy
/// of a damaged journal is whole, and of no use.
///
/// # Errors
/// [`RestoreError`], as `restore` would refuse it.
pub fn verify_backup(
    folder: &Path,
    key: &Key,
    threads: usize,
    check: &(dyn Fn(&StoredEntry) -> Result<(), String> + Sync),
    progress: &(dyn Fn(u64, u64) + Sync),
) -> Result<Report, RestoreError> {
    let manifest = read_manifest(folder).ok_or_else(|| RestoreError::NoManifest {
        folder: folder.to_owned(),
    })?;
    let report = verify_against_manifest(folder, &manifest, key, threads, check, progress);
    // SQLite leaves them by every database it has read; empty, and no part of a backup.
    for left_over in LEFT_BY_READERS {
        match fs::remove_file(folder.join(left_over)) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error.into()),
        }
    }
    report
}

/// The copy in `folder`: its bytes, then all that is in it, then where it stands. It has no mark; the manifest stands for it.
fn verify_against_manifest(
    folder: &Path,
    manifest: &Manifest,
    key: &Key,
    threads: usize,
    check: &(dyn Fn(&StoredEntry) -> Result<(), String> + Sync),
    progress: &(dyn Fn(u64, u64) + Sync),
) -> Result<Report, RestoreError> {
    let (bytes, sha256) = digest_of(&folder.join(DATABASE))?;
    if (bytes, &sha256) != (manifest.bytes, &manifest.sha256) {
        let what = format!("journal.db has {bytes} bytes and SHA-256 {sha256}");
        return Err(RestoreError::NotAsWritten { what });
    }
    let report = verify_copy(folder, key, threads, check, progress)?;
    if report.head != manifest.head {
        let what = format!("it stands at {}", report.head);
        return Err(RestoreError::NotAsWritten { what });
    }
    match report.faults.first() {
        None => Ok(report),
        Some(first) => Err(RestoreError::Damaged {
            count: report.fault_count,
            first: first.clone(),
        }),
    }
}

fn partial_folder(to: &Path) -> PathBuf {
    let mut name = to.file_name().unwrap_or_default().to_owned();
    name.push(".restoring");
    to.with_file_name(name)
}

fn restore_into(
    from: &Path,
    partial: &Path,
    manifest: &Manifest,
    key: &Key,
    threads: usize,
    check: &(dyn Fn(&StoredEntry) -> Result<(), String> + Sync),
    progress: &(dyn Fn(u64, u64) + Sync),
) -> Result<Report, RestoreError> {
    let database = partial.join(DATABASE);
    let mut target = private_file(&database)?;
    target.set_len(0)?;
    io::copy(&mut File::open(from.join(DATABASE))?, &mut target)?;
    target.sync_all()?;
    let report = verify_against_manifest(partial, manifest, key, threads, check, progress)?;
    let trees = trees_of(partial, key)?;
    mark_folder(partial, &trees)?;
    let conn = connect(&database, &Disk::Real, Purpose::Write)?;
    let mut meta = schema::inspect(&conn)
        .map_err(|error| RestoreError::Open(OpenError::unusable(partial, error)))?;
    meta.restored = Some(report.head.size);
    meta.write(&conn)?;
    conn.close().map_err(|(_, error)| error)?;
    sync_folder(partial)?;
    Ok(report)
}

/// The trees as stored, for the mark; [`verify`] tells whether they are right.
fn trees_of(folder: &Path, key: &Key) -> Result<Trees, RestoreError> {
    let reader = Reader::open(folder, key)?;
    reader.view().trees().map_err(|error| match error {
        ReadError::Damaged(first) => RestoreError::Damaged { count: 1, first },
        ReadError::Disk(cause) => RestoreError::Disk(cause),
        ReadError::NoSuchLog { .. } | ReadError::NoProof(_) => {
            RestoreError::Disk(Cause::new(error))
        }
    })
}

fn is_absent_or_empty(folder: &Path) -> io::Result<bool> {
    match fs::read_dir(folder) {
        Ok(mut files) => Ok(files.next().is_none()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(true),
        Err(error) => Err(error),
    }
}

/// Length and SHA-256 of a file.
fn digest_of(path: &Path) -> io::Result<(u64, String)> {
    let mut file = File::open(path)?;
    let mut context = digest::Context::new(&digest::SHA256);
    let mut block = vec![0; 1 << 20];
    let mut length = 0;
    loop {
        let count = file.read(&mut block)?;
        if count == 0 {
            return Ok((length, hex(context.finish().as_ref())));
        }
        context.update(&block[..count]);
        length += count as u64;
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

impl Manifest {
    fn to_text(&self) -> String {
        let Self {
            head,
            bytes,
            sha256,
        } = self;
        let (records, root) = (head.size, head.root);
        format!("{TITLE}\nrecords {records}\nroot {root}\nbytes {bytes}\nsha256 {sha256}\n")
    }

    fn parse(text: &str) -> Option<Self> {
        let mut lines = text.strip_suffix('\n')?.split('\n');
        if lines.next()? != TITLE {
            return None;
        }
        let mut field = |name: &str| lines.next()?.strip_prefix(name)?.strip_prefix(' ');
        let manifest = Self {
            head: Head {
                size: field("records")?.parse().ok()?,
                root: field("root")?.parse().ok()?,
            },
            bytes: field("bytes")?.parse().ok()?,
            sha256: field("sha256")?.to_owned(),
        };
        (lines.next().is_none() && manifest.to_text() == text).then_some(manifest)
    }
}

fn read_manifest(folder: &Path) -> Option<Manifest> {
    let mut text = String::new();
    let file = File::open(folder.join(MANIFEST)).ok()?;
    file.take(MAX_MANIFEST).read_to_string(&mut text).ok()?;
    Manifest::parse(&text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_is_read_as_it_was_written_and_in_no_other_way() {
        let manifest = Manifest {
            head: Head {
                size: 7,
                root: tlog::leaf_hash(b"x"),
            },
            bytes: 4096,
            sha256: hex(&[0xab; 32]),
        };
        let text = manifest.to_text();
        assert_eq!(Manifest::parse(&text), Some(manifest));
        for other in [
            "",
            TITLE,
            &text[1..],
            &text.replace("bytes 4", "bytes +4"),
            &format!("{text}\n"),
        ] {
            assert_eq!(Manifest::parse(other), None, "{other:?}");
        }
    }
}
