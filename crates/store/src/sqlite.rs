//! The journal in a folder: [`Store`] writes it, [`Reader`] reads it from another thread or process.

use std::io;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, TransactionBehavior};
use tlog::{Frontier, Hash};

use crate::append::{Staged, Unstaged};
use crate::check::{Fault, Place, compare_trees, rehash};
use crate::checkpointer::{Checkpointer, Failure};
use crate::folder::{DATABASE, Disk, Folder, Locked, MARK, RESERVE, private_file, sync_folder};
use crate::journal::{
    AppendError, Cause, DestroyError, Health, Journal, ReadError, Snapshot, SnapshotError,
};
use crate::mark::{self, Mark, Marked};
use crate::record::{Batch, Head, MAX_SNAPSHOT, NoteRow, Origin, Room, Stored, StoredEntry};
use crate::reserve::Reserve;
use crate::schema::{self, Meta, Purpose, SCHEMA_VERSION, Unusable, connect, is_full, read_trees};
use crate::seal::{Key, Seal, Sealed};
use crate::trees::{Log, Trees, encode};
use crate::view::{LogState, Openings, View};

/// How much is hashed again when a journal is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Check {
    /// Every record.
    #[default]
    Whole,
    /// The records since the latest snapshot that holds; all of them where none does.
    FromSnapshot,
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
    #[error("there is no journal in `{folder}`")]
    NoJournal { folder: PathBuf },
    #[error(
        "the journal in `{folder}` has format {found}, and this version reads {SCHEMA_VERSION}"
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

/// The journal of a node, on SQLite. One a folder, held by a lock.
pub struct Store {
    // Dropped in this order: the connection after the checkpointer's, so that closing it empties the
    // write-ahead log; the lock last.
    checkpointer: Checkpointer,
    conn: Connection,
    seal: Arc<Seal>,
    trees: Trees,
    failure: Arc<Failure>,
    full: bool,
    reserve: Reserve,
    mark: Mark,
    restored: Option<u64>,
    disk: Disk,
    folder: Folder,
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
            mark.write(Head::EMPTY).map_err(io)?;
            let meta = Meta::fresh(&key).map_err(|error| OpenError::disk(&path, error))?;
            schema::create(&mut conn, &meta).map_err(|error| OpenError::disk(&path, error))?;
            sync_folder(&path).map_err(io)?;
        }
        let (meta, seal) = unlock(&conn, &key, &path)?;
        let trees = read_trees(&conn).map_err(|error| OpenError::unusable(&path, error))?;
        if !blank {
            let view = View {
                conn: &conn,
                seal: &seal,
            };
            check_records(view, &trees, check).map_err(|error| OpenError::read(&path, error))?;
            check_mark(view, &trees, marked).map_err(|error| OpenError::read(&path, error))?;
        }
        mark.write(trees.head()).map_err(io)?;

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
        })
    }

    /// The journal to read from, as far as it is durable.
    pub fn view(&self) -> View<'_> {
        View {
            conn: &self.conn,
            seal: &self.seal,
        }
    }

    /// A reader for another thread.
    pub fn reader(&self) -> Result<Reader, ReadError> {
        let conn = connect(&self.folder.file(DATABASE), &self.disk, Purpose::Read)
            .map_err(|error| ReadError::at(Place::File, error))?;
        Ok(Reader {
            conn,
            seal: Arc::clone(&self.seal),
            _disk: self.disk.clone(),
        })
    }

    /// How many records the journal had when it was last restored from a backup. A node that finds no new
    /// epoch recorded from there on must open one.
    pub fn restored(&self) -> Option<u64> {
        self.restored
    }

    /// Runs `write` in one durable transaction.
    fn commit(
        &mut self,
        write: impl Fn(&Connection) -> rusqlite::Result<()>,
    ) -> Result<(), Uncommitted> {
        let result = self
            .conn
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .and_then(|transaction| {
                write(&transaction)?;
                transaction.commit()
            });
        match result {
            Ok(()) => Ok(()),
            Err(error) if is_full(&error) && self.is_rolled_back() => Err(Uncommitted::DiskFull),
            Err(error) => Err(self.fail("append", error)),
        }
    }

    /// Whether, after a failed transaction, the database stands where it stood before.
    fn is_rolled_back(&self) -> bool {
        self.conn.is_autocommit()
            && self
                .view()
                .head()
                .is_ok_and(|stored| stored == self.trees.head())
    }

    /// Stops all writing, for good.
    fn fail(&self, what: &str, error: impl std::fmt::Display) -> Uncommitted {
        Uncommitted::Failed(self.failure.set(&format!("{what}: {error}")))
    }

    /// As [`commit`](Self::commit), with the reserve given up bit by bit for the stop lane.
    fn commit_in(
        &mut self,
        room: Room,
        write: impl Fn(&Connection) -> rusqlite::Result<()>,
    ) -> Result<(), Uncommitted> {
        loop {
            match (self.commit(&write), room) {
                (Err(Uncommitted::DiskFull), Room::Main) => {
                    self.full = true;
                    return Err(Uncommitted::DiskFull);
                }
                (Err(Uncommitted::DiskFull), Room::Reserved) => self.full = true,
                (result, _) => return result,
            }
            match self.reserve.release() {
                Ok(true) => {}
                Ok(false) => {
                    return Err(self.fail("append", "the disk is full and the reserve is spent"));
                }
                Err(error) => return Err(self.fail("reserve", error)),
            }
        }
    }

    fn refuse_if_failed(&self) -> Result<(), Uncommitted> {
        self.failure
            .get()
            .map_or(Ok(()), |cause| Err(Uncommitted::Failed(cause)))
    }

    /// Writes the mark for what is durable already. A full disk leaves the old one, which is still true.
    fn advance_mark(&mut self) {
        match self.mark.write(self.trees.head()) {
            Ok(()) => {}
            Err(error) if crate::reserve::is_full(&error) => {}
            // What was written stays; the next append is refused.
            Err(error) => drop(self.fail("mark", error)),
        }
    }

    fn trees_at(&self, at: Head) -> Result<Trees, SnapshotError> {
        if at == self.trees.head() {
            return Ok(self.trees.clone());
        }
        if at.size >= self.trees.journal.size() {
            return Err(SnapshotError::NotAState { at });
        }
        let view = self.view();
        let journal = view.journal_at(at.size)?;
        if journal.root() != at.root {
            return Err(SnapshotError::NotAState { at });
        }
        let mut trees = Trees {
            journal,
            ..Trees::default()
        };
        for (origin, log) in &self.trees.logs {
            let size = self.log_size_at(log.tree, at.size)?;
            let frontier = view.log_at(log, size)?;
            trees.logs.insert(
                origin.clone(),
                Log {
                    tree: log.tree,
                    frontier,
                },
            );
        }
        Ok(trees)
    }

    /// How many entries a log had when the journal had `records`.
    fn log_size_at(&self, tree: i64, records: u64) -> Result<u64, ReadError> {
        let last: Option<u64> = self
            .conn
            .prepare_cached(
                "SELECT idx FROM entries WHERE tree = ? AND seq < ? ORDER BY idx DESC LIMIT 1",
            )
            .and_then(|mut statement| {
                statement
                    .query_row((tree, records), |row| row.get(0))
                    .optional()
            })
            .map_err(|error| ReadError::at(Place::Head, error))?;
        Ok(last.map_or(0, |index| index + 1))
    }
}

/// Why a transaction is not in the database.
enum Uncommitted {
    DiskFull,
    Failed(Arc<str>),
}

impl From<Uncommitted> for AppendError {
    fn from(error: Uncommitted) -> Self {
        match error {
            Uncommitted::DiskFull => Self::DiskFull,
            Uncommitted::Failed(cause) => Self::Failed { cause },
        }
    }
}

impl From<Uncommitted> for DestroyError {
    fn from(error: Uncommitted) -> Self {
        match error {
            Uncommitted::DiskFull => Self::DiskFull,
            Uncommitted::Failed(cause) => Self::Failed { cause },
        }
    }
}

impl From<Uncommitted> for SnapshotError {
    fn from(error: Uncommitted) -> Self {
        match error {
            Uncommitted::DiskFull => Self::DiskFull,
            Uncommitted::Failed(cause) => Self::Failed { cause },
        }
    }
}

/// What pages of the write-ahead log a batch costs beyond its own bytes, roughly.
const BATCH_OVERHEAD: u64 = 16 << 10;

impl Journal for Store {
    fn head(&self) -> Head {
        self.trees.head()
    }

    fn append(&mut self, expected: Head, batch: &Batch) -> Result<Head, AppendError> {
        self.refuse_if_failed()?;
        let actual = self.trees.head();
        if expected != actual {
            return Err(AppendError::Moved { expected, actual });
        }
        batch.check().map_err(AppendError::Refused)?;
        if batch.is_empty() {
            return Ok(actual);
        }
        if self.full && batch.room == Room::Main {
            return Err(AppendError::DiskFull);
        }
        let staged = Staged::new(&self.trees, &self.seal, batch).map_err(|error| match error {
            Unstaged::Refused(refusal) => AppendError::Refused(refusal),
            Unstaged::Sealing => self.fail("append", "sealing failed").into(),
        })?;
        self.commit_in(batch.room, |conn| staged.write(conn, batch))?;
        staged.install(&mut self.trees);
        self.advance_mark();
        self.checkpointer
            .appended(batch.bytes() as u64 + BATCH_OVERHEAD);
        Ok(self.trees.head())
    }

    fn health(&self) -> Health {
        match self.failure.get() {
            Some(cause) => Health::Failed { cause },
            None if self.full => Health::DiskFull {
                reserve: self.reserve.length(),
            },
            None => Health::Well,
        }
    }

    fn try_resume(&mut self) -> Result<(), AppendError> {
        self.refuse_if_failed()?;
        match self.reserve.fill() {
            Ok(true) => {
                self.full = false;
                Ok(())
            }
            Ok(false) => Err(AppendError::DiskFull),
            Err(error) => Err(self.fail("reserve", error).into()),
        }
    }

    fn read(
        &self,
        from: u64,
        openings: Openings,
        visit: &mut dyn FnMut(Stored) -> ControlFlow<()>,
    ) -> Result<u64, ReadError> {
        self.view().read(from, openings, visit)
    }

    fn size_at(&self, at: i64) -> Result<u64, ReadError> {
        self.view().size_at(at)
    }

    fn entries(
        &self,
        log: &Origin,
        from: u64,
        max_count: usize,
        max_bytes: usize,
    ) -> Result<Vec<StoredEntry>, ReadError> {
        self.view().entries(log, from, max_count, max_bytes)
    }

    fn logs(&self) -> Result<Vec<LogState>, ReadError> {
        self.view().logs()
    }

    fn notes(&self, log: &Origin) -> Result<Vec<NoteRow>, ReadError> {
        self.view().notes(log)
    }

    fn root_at(&self, log: &Origin, size: u64) -> Result<Hash, ReadError> {
        self.view().root_at(log, size)
    }

    fn prove_inclusion(&self, log: &Origin, size: u64, index: u64) -> Result<Vec<Hash>, ReadError> {
        self.view().prove_inclusion(log, size, index)
    }

    fn prove_consistency(&self, log: &Origin, from: u64, to: u64) -> Result<Vec<Hash>, ReadError> {
        self.view().prove_consistency(log, from, to)
    }

    fn destroy_openings(&mut self, seqs: &[u64]) -> Result<(), DestroyError> {
        self.refuse_if_failed()?;
        for &seq in seqs {
            let has_opening = self
                .conn
                .prepare_cached("SELECT 1 FROM openings WHERE seq = ?")
                .and_then(|mut statement| statement.exists([seq]))
                .map_err(|error| self.fail("destroy", error))?;
            if !has_opening {
                return Err(DestroyError::NoOpening { seq });
            }
        }
        self.commit_in(Room::Main, |conn| {
            let mut destroy =
                conn.prepare_cached("UPDATE openings SET sealed = NULL WHERE seq = ?")?;
            seqs.iter()
                .try_for_each(|seq| destroy.execute([seq]).map(|_| ()))
        })?;
        // The old bytes are still in the write-ahead log, until it is cut.
        self.checkpointer.truncate();
        Ok(())
    }

    fn put_snapshot(&mut self, at: Head, state: &[u8]) -> Result<(), SnapshotError> {
        self.refuse_if_failed()?;
        if state.len() > MAX_SNAPSHOT {
            return Err(SnapshotError::TooLarge { bytes: state.len() });
        }
        if self.full {
            return Err(SnapshotError::DiskFull);
        }
        let clear = encode(&self.trees_at(at)?, state);
        let sealed = self
            .seal
            .seal(Sealed::Snapshot, at.size, &at.root, &clear)
            .map_err(|error| self.fail("snapshot", error))?;
        // A snapshot can be made again: it does not stop the lane when it does not fit.
        self.commit(|conn| {
            conn.execute(
                "INSERT OR REPLACE INTO snapshots(size, root, sealed) VALUES (?, ?, ?)",
                (at.size, at.root.0, &sealed),
            )?;
            conn.execute(
                "DELETE FROM snapshots WHERE size NOT IN \
                 (SELECT size FROM snapshots ORDER BY size DESC LIMIT 2)",
                [],
            )
            .map(|_| ())
        })?;
        self.checkpointer.appended(sealed.len() as u64);
        Ok(())
    }

    fn latest_snapshot(&self) -> Result<Option<Snapshot>, ReadError> {
        self.view().latest_snapshot()
    }
}

/// Reads a journal from another thread, or from another process while its node runs. Takes no lock and changes
/// nothing.
pub struct Reader {
    conn: Connection,
    seal: Arc<Seal>,
    /// Keeps the disk while the connection lives.
    _disk: Disk,
}

impl Reader {
    /// # Errors
    /// [`OpenError::NoJournal`], [`OpenError::WrongKey`], and where the file cannot be read. Hashes are
    /// not checked here.
    pub fn open(folder: &Path, key: &Key) -> Result<Self, OpenError> {
        Self::open_on(folder, key, Disk::Real)
    }

    pub(crate) fn open_on(folder: &Path, key: &Key, disk: Disk) -> Result<Self, OpenError> {
        let database = folder.join(DATABASE);
        if !database.exists() {
            return Err(OpenError::NoJournal {
                folder: folder.to_owned(),
            });
        }
        let conn = connect(&database, &disk, Purpose::Read)
            .map_err(|error| OpenError::unusable(folder, unusable(error)))?;
        let (_, seal) = unlock(&conn, key, folder)?;
        Ok(Self {
            conn,
            seal: Arc::new(seal),
            _disk: disk,
        })
    }

    /// The journal to read from.
    pub fn view(&self) -> View<'_> {
        View {
            conn: &self.conn,
            seal: &self.seal,
        }
    }

    pub(crate) fn conn(&self) -> &Connection {
        &self.conn
    }
}

fn unusable(error: rusqlite::Error) -> Unusable {
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

fn unlock(conn: &Connection, key: &Key, folder: &Path) -> Result<(Meta, Seal), OpenError> {
    let meta = schema::inspect(conn).map_err(|error| OpenError::unusable(folder, error))?;
    let seal = meta.unlock(key).ok_or_else(|| OpenError::WrongKey {
        folder: folder.to_owned(),
    })?;
    Ok((meta, seal))
}

/// A database without tables is a new one only if no record was ever acknowledged.
fn refuse_if_acknowledged(marked: Marked) -> Result<(), Fault> {
    match marked {
        Marked::Nothing | Marked::At(Head { size: 0, .. }) => Ok(()),
        Marked::At(head) => {
            let what = format!(
                "it is empty, but {} records were acknowledged as durable",
                head.size
            );
            Err(Fault::new(Place::File, what))
        }
        Marked::Damaged => Err(Fault::new(
            Place::File,
            "it is empty, and the file `head` is damaged",
        )),
    }
}

/// Hashes the records again, and compares what is kept of them and the notes.
fn check_records(view: View<'_>, stored: &Trees, check: Check) -> Result<(), ReadError> {
    if check == Check::Whole || !check_from_snapshot(view, stored)? {
        let hashed = rehash(view.conn, beside(stored, Trees::default()))?;
        compare_trees(&hashed, stored)?;
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

/// Compares the journal with the last head that was acknowledged.
pub(crate) fn check_mark(view: View<'_>, stored: &Trees, marked: Marked) -> Result<(), ReadError> {
    let fault = |what: String| ReadError::Damaged(Fault::new(Place::Head, what));
    let head = match marked {
        Marked::At(head) => head,
        Marked::Nothing => return Err(fault("the file `head` is missing".into())),
        Marked::Damaged => return Err(fault("the file `head` is damaged".into())),
    };
    let size = stored.journal.size();
    if head.size > size {
        let acknowledged = head.size;
        return Err(fault(format!(
            "it ends at {size} records, but {acknowledged} were acknowledged as durable"
        )));
    }
    if view.journal_at(head.size)?.root() != head.root {
        let what = format!(
            "its first {} records are not those that were acknowledged",
            head.size
        );
        return Err(fault(what));
    }
    Ok(())
}

/// What the mark in a folder says.
pub(crate) fn marked(folder: &Path) -> io::Result<Marked> {
    mark::peek(&folder.join(MARK))
}

/// Marks a folder whose journal stands at `head`.
pub(crate) fn mark_folder(folder: &Path, head: Head) -> io::Result<()> {
    let (mut mark, _) = Mark::open(&folder.join(MARK))?;
    mark.write(head)?;
    mark.handle()?.sync_all()
}
