//! Opening a journal: the lock, the key, and the check of all that is there.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::Connection;
use tlog::Frontier;

use crate::check::{Fault, Place, compare_trees, rehash};
use crate::checkpointer::{Checkpointer, Failure};
use crate::folder::{DATABASE, Disk, Folder, Locked, MARK, RESERVE, private_file, sync_folder};
use crate::journal::{Cause, ReadError};
use crate::mark::{self, Acknowledged, Mark, Marked};
use crate::reserve::Reserve;
use crate::schema::{self, Meta, Purpose, SCHEMA_VERSION, Unusable, connect, read_trees};
use crate::seal::{Key, Seal};
use crate::snapshots::SNAPSHOTS;
use crate::sqlite::Store;
use crate::trees::{Log, Trees};
use crate::verify::check_belongings;
use crate::view::View;

/// How much is read and hashed again when a journal is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Check {
    /// Every record, with its opening, its envelope and its place in its log.
    #[default]
    Whole,
    /// All that, of a journal of at most so many records. Of a longer one the records since the latest snapshot that holds; all
    /// of them where none does. What is older than the snapshot is then found by [`crate::verify`], or when it is read.
    UpTo(u64),
}

/// Which journal to open, and how.
pub struct Options {
    pub folder: PathBuf,
    /// Openings and snapshots are sealed under it. A new journal is bound to it.
    pub key: Key,
    pub check: Check,
    /// Bytes kept for the stop lane when the disk is full.
    pub reserve: u64,
    pub(crate) disk: Disk,
}

impl Options {
    /// Bytes of the reserve unless said otherwise.
    pub const DEFAULT_RESERVE: u64 = 64 << 20;

    pub fn new(folder: impl Into<PathBuf>, key: Key) -> Self {
        Self {
            folder: folder.into(),
            key,
            check: Check::Whole,
            reserve: Self::DEFAULT_RESERVE,
            disk: Disk::Real,
        }
    }

    /// Puts the database on a disk that fails on demand.
    #[cfg(any(test, feature = "faults"))]
    pub fn on(mut self, disk: Arc<crate::faults::FaultyDisk>) -> Self {
        self.disk = Disk::Faulty(disk);
        self
    }
}

/// Why a journal was not opened. Nothing was changed, except that missing files may have been made.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("`{folder}` is in use{}: stop that node, or give this one its own folder", by(*.process))]
    InUse {
        folder: PathBuf,
        process: Option<u32>,
    },
    #[error(
        "the key does not fit the journal in `{folder}`: give the file-encryption key it was made with"
    )]
    WrongKey { folder: PathBuf },
    #[error(
        "there is no journal in `{folder}`: name the folder that has one, or start the node once"
    )]
    NoJournal { folder: PathBuf },
    #[error(
        "the journal in `{folder}` has format {found}, and this version reads {SCHEMA_VERSION}: run the version that wrote it, or a newer one"
    )]
    Version { folder: PathBuf, found: i64 },
    #[error("the journal in `{folder}` is damaged: verify it, then restore a backup")]
    Damaged {
        folder: PathBuf,
        #[source]
        fault: Fault,
    },
    #[error("cannot use `{folder}`: check its disk and its rights")]
    Disk {
        folder: PathBuf,
        #[source]
        cause: Cause,
    },
}

fn by(process: Option<u32>) -> String {
    process.map_or_else(String::new, |process| format!(" by process {process}"))
}

impl OpenError {
    pub(crate) fn disk(
        folder: &Path,
        error: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Self::Disk {
            folder: folder.to_owned(),
            cause: Cause::new(error),
        }
    }

    pub(crate) fn unusable(folder: &Path, unusable: Unusable) -> Self {
        let folder = folder.to_owned();
        match unusable {
            Unusable::Version(found) => Self::Version { folder, found },
            Unusable::Fault(fault) => Self::Damaged { folder, fault },
            Unusable::Disk(error) => Self::disk(&folder, error),
        }
    }

    fn read(folder: &Path, error: ReadError) -> Self {
        match error {
            ReadError::Damaged(fault) => Self::Damaged {
                folder: folder.to_owned(),
                fault,
            },
            ReadError::Disk(cause) => Self::Disk {
                folder: folder.to_owned(),
                cause,
            },
            ReadError::NoSuchLog { .. } | ReadError::NoProof(_) => Self::disk(folder, error),
        }
    }
}

impl Store {
    /// Opens the journal in a folder, or makes an empty one. The folder is made where it is missing.
    ///
    /// # Errors
    /// [`OpenError`]. Before the key is known to fit and every hash to be right, no record is written.
    pub fn open(options: Options) -> Result<Self, OpenError> {
        let Options {
            folder: path,
            key,
            check,
            reserve,
            disk,
        } = options;
        let io = |error: io::Error| OpenError::disk(&path, error);
        let folder = Folder::lock(&path).map_err(|error| match error {
            Locked::By(process) => OpenError::InUse {
                folder: path.clone(),
                process,
            },
            Locked::Io(error) => io(error),
        })?;
        let mut reserve =
            Reserve::open(&folder.file(RESERVE), reserve, disk.clone()).map_err(io)?;
        let (mut mark, marked) = Mark::open(&folder.file(MARK)).map_err(io)?;
        let damaged = |fault| OpenError::Damaged {
            folder: path.clone(),
            fault,
        };

        let database = folder.file(DATABASE);
        private_file(&database).map_err(io)?;
        let (mut conn, blank) = connect_in_reserve(&database, &disk, &mut reserve)
            .map_err(|error| OpenError::unusable(&path, unusable(error)))?;
        if blank {
            refuse_if_acknowledged(marked).map_err(damaged)?;
            mark.write(state_of(&Trees::default())).map_err(io)?;
            let meta = Meta::fresh(&key).map_err(|error| OpenError::disk(&path, error))?;
            schema::create(&mut conn, &meta).map_err(|error| OpenError::disk(&path, error))?;
            sync_folder(&path).map_err(io)?;
        }
        let (meta, seal) = unlock(&conn, &key, &path)?;
        let trees = read_trees(&conn).map_err(|error| OpenError::unusable(&path, error))?;
        let snapshots = path.join(SNAPSHOTS);
        if !blank {
            let view = View {
                conn: &conn,
                seal: &seal,
                snapshots: &snapshots,
            };
            check_records(view, &trees, check).map_err(|error| OpenError::read(&path, error))?;
            check_mark(view, &trees, marked).map_err(|error| OpenError::read(&path, error))?;
        }
        mark.write(state_of(&trees)).map_err(io)?;

        let full = !reserve.fill().map_err(io)?;
        let failure = Arc::new(Failure::default());
        let mark_handle = mark.handle().map_err(io)?;
        let checkpointer = Checkpointer::start(&database, &disk, Arc::clone(&failure), mark_handle)
            .map_err(|error| OpenError::disk(&path, error))?;
        // Openings that were destroyed before a crash may still be in there.
        checkpointer.truncate();
        Ok(Self {
            checkpointer,
            conn,
            seal: Arc::new(seal),
            trees,
            failure,
            full,
            reserve,
            mark,
            restored: meta.restored,
            disk,
            folder,
            snapshots,
            destroyed: Arc::default(),
        })
    }
}

pub(crate) fn unusable(error: rusqlite::Error) -> Unusable {
    match schema::damage(Place::File, error) {
        Ok(fault) => Unusable::Fault(fault),
        Err(error) => Unusable::Disk(error),
    }
}

/// SQLite's error where the memory it shares between connections does not fit the disk.
const NO_ROOM_FOR_SHARED_MEMORY: i32 = rusqlite::ffi::SQLITE_IOERR_SHMSIZE;

/// Opens the database; on a full disk the files that this needs come out of the reserve.
fn connect_in_reserve(
    path: &Path,
    disk: &Disk,
    reserve: &mut Reserve,
) -> rusqlite::Result<(Connection, bool)> {
    let open = || {
        let conn = connect(path, disk, Purpose::Write)?;
        let blank = schema::is_blank(&conn)?;
        Ok((conn, blank))
    };
    match open() {
        Err(rusqlite::Error::SqliteFailure(cause, _))
            if cause.code == rusqlite::ErrorCode::DiskFull
                || cause.extended_code == NO_ROOM_FOR_SHARED_MEMORY =>
        {
            reserve
                .release()
                .map_err(|_| rusqlite::Error::SqliteFailure(cause, None))?;
            open()
        }
        result => result,
    }
}

pub(crate) fn unlock(
    conn: &Connection,
    key: &Key,
    folder: &Path,
) -> Result<(Meta, Seal), OpenError> {
    let meta = schema::inspect(conn).map_err(|error| OpenError::unusable(folder, error))?;
    let seal = meta.unlock(key).ok_or_else(|| OpenError::WrongKey {
        folder: folder.to_owned(),
    })?;
    Ok((meta, seal))
}

/// A database without tables is a new one only if nothing was ever acknowledged.
fn refuse_if_acknowledged(marked: Marked) -> Result<(), Fault> {
    let what = match marked {
        Marked::Nothing | Marked::At(Acknowledged { commits: 0, .. }) => return Ok(()),
        Marked::At(state) => {
            format!(
                "it is empty, but {} records were acknowledged as durable",
                state.head.size
            )
        }
        Marked::Damaged => "it is empty, and the file `head` is damaged".to_owned(),
    };
    Err(Fault::new(Place::File, what))
}

/// Hashes the records again, and compares what is kept of them and the notes.
fn check_records(view: View<'_>, stored: &Trees, check: Check) -> Result<(), ReadError> {
    let whole = match check {
        Check::Whole => true,
        Check::UpTo(most) => stored.journal.size() <= most,
    };
    if whole || !check_from_snapshot(view, stored)? {
        let hashed = rehash(view.conn, beside(stored, Trees::default()))?;
        compare_trees(&hashed, stored)?;
    }
    if whole {
        check_belongings(view, stored)?;
    }
    for origin in stored.logs.keys() {
        view.notes(origin)?;
    }
    Ok(())
}

/// Whether the records since the latest sound snapshot lead to the stored trees.
fn check_from_snapshot(view: View<'_>, stored: &Trees) -> Result<bool, ReadError> {
    for kept in view.snapshots()? {
        let Some((trees, _)) = kept.open(view.seal) else {
            continue;
        };
        // The records since then decide: they lead to the stored head from no other start.
        return Ok(rehash(view.conn, beside(stored, trees))
            .is_ok_and(|hashed| compare_trees(&hashed, stored).is_ok()));
    }
    Ok(false)
}

/// `start`, with every stored log in it, empty where it has none.
fn beside(stored: &Trees, mut start: Trees) -> Trees {
    for (origin, log) in &stored.logs {
        let empty = || Log {
            tree: log.tree,
            frontier: Frontier::new(),
        };
        start.logs.entry(origin.clone()).or_insert_with(empty);
    }
    start
}

/// Compares the journal with the last state that was acknowledged.
pub(crate) fn check_mark(view: View<'_>, stored: &Trees, marked: Marked) -> Result<(), ReadError> {
    let fault = |what: String| ReadError::Damaged(Fault::new(Place::Head, what));
    let Acknowledged { commits, head } = match marked {
        Marked::At(state) => state,
        Marked::Nothing => return Err(fault("the file `head` is missing".into())),
        Marked::Damaged => return Err(fault("the file `head` is damaged".into())),
    };
    let (size, acknowledged) = (stored.journal.size(), head.size);
    if acknowledged > size {
        return Err(fault(format!(
            "it ends at {size} records, but {acknowledged} were acknowledged as durable"
        )));
    }
    if commits > stored.commits {
        let missing = commits - stored.commits;
        return Err(fault(format!(
            "the last {missing} commits that were acknowledged are missing"
        )));
    }
    if view.journal_at(acknowledged)?.root() != head.root {
        return Err(fault(format!(
            "its first {acknowledged} records are not those that were acknowledged"
        )));
    }
    Ok(())
}

pub(crate) fn state_of(trees: &Trees) -> Acknowledged {
    Acknowledged {
        commits: trees.commits,
        head: trees.head(),
    }
}

/// What the mark in a folder says.
pub(crate) fn marked(folder: &Path) -> io::Result<Marked> {
    mark::peek(&folder.join(MARK))
}

/// Marks a folder whose journal stands at `trees`.
pub(crate) fn mark_folder(folder: &Path, trees: &Trees) -> io::Result<()> {
    let (mut mark, _) = Mark::open(&folder.join(MARK))?;
    mark.write(state_of(trees))?;
    mark.handle()?.sync_all()
}
