//! The journal in a folder, written: commits, crash-stop, full disk, destroyed openings, snapshots.

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rusqlite::{Connection, OptionalExtension, TransactionBehavior};
use tlog::Hash;

use crate::append::{Staged, Unstaged};
use crate::check::Place;
use crate::checkpointer::{Checkpointer, Failure};
use crate::folder::{DATABASE, Disk, Folder};
use crate::journal::{
    AppendError, DestroyError, Health, Journal, ReadError, Snapshot, SnapshotError,
};
use crate::mark::Mark;
use crate::open::state_of;
use crate::reader::Reader;
use crate::record::{Batch, Head, NoteRow, Origin, Room, Stored, StoredEntry};
use crate::reserve::Reserve;
use crate::schema::{Purpose, connect, is_full};
use crate::seal::Seal;
use crate::snapshots::{Due, KeepSnapshot};
use crate::trees::{JOURNAL_TREE, Log, Trees};
use crate::view::{LogState, Openings, View};

/// The journal of a node, on SQLite. One a folder, held by a lock.
pub struct Store {
    // Dropped in this order: the connection after the checkpointer's, so that closing it empties the
    // write-ahead log; the lock last.
    pub(crate) checkpointer: Checkpointer,
    pub(crate) conn: Connection,
    pub(crate) seal: Arc<Seal>,
    pub(crate) trees: Trees,
    pub(crate) failure: Arc<Failure>,
    pub(crate) full: bool,
    pub(crate) reserve: Reserve,
    pub(crate) mark: Mark,
    pub(crate) restored: Option<u64>,
    pub(crate) disk: Disk,
    pub(crate) folder: Folder,
    pub(crate) snapshots: PathBuf,
    /// How often openings were destroyed since the journal was opened.
    pub(crate) destroyed: Arc<AtomicU64>,
}

impl Store {
    /// The journal to read from, as far as it is durable.
    pub fn view(&self) -> View<'_> {
        View {
            conn: &self.conn,
            seal: &self.seal,
            snapshots: &self.snapshots,
        }
    }

    /// A reader for another thread.
    pub fn reader(&self) -> Result<Reader, ReadError> {
        let conn = connect(&self.folder.file(DATABASE), &self.disk, Purpose::Read)
            .map_err(|error| ReadError::at(Place::File, error))?;
        let (seal, snapshots) = (Arc::clone(&self.seal), self.snapshots.clone());
        Ok(Reader::on(conn, seal, snapshots, self.disk.clone()))
    }

    /// How many records the journal had when it was last restored from a backup. A node that finds no such restore in its
    /// record must open a new epoch.
    pub fn restored(&self) -> Option<u64> {
        self.restored
    }

    /// Runs `write` in one durable transaction.
    fn commit(
        &mut self,
        write: impl Fn(&Connection) -> rusqlite::Result<()>,
    ) -> Result<(), Uncommitted> {
        let commits = self.trees.commits + 1;
        let result = self
            .conn
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .and_then(|transaction| {
                write(&transaction)?;
                transaction
                    .prepare_cached("UPDATE trees SET commits = ? WHERE tree = ?")?
                    .execute((commits, JOURNAL_TREE))?;
                transaction.commit()
            });
        match result {
            Ok(()) => {
                self.trees.commits = commits;
                Ok(())
            }
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
        match self.mark.write(state_of(&self.trees)) {
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
        match self.trees.logs.get(log) {
            // What each commit asks for: it is in memory, and reading it back would take longer than the commit.
            Some(log) if log.frontier.size() == size => Ok(log.frontier.root()),
            _earlier => self.view().root_at(log, size),
        }
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
        self.advance_mark();
        // The old bytes are still in the write-ahead log, until it is cut, and the state in snapshots rests on them.
        self.checkpointer.truncate();
        self.destroyed.fetch_add(1, Ordering::SeqCst);
        crate::snapshots::remove_all(&self.snapshots)
            .map_err(|error| self.fail("snapshots", error))?;
        Ok(())
    }

    fn begin_snapshot(&self, at: Head) -> Result<KeepSnapshot, SnapshotError> {
        self.refuse_if_failed()?;
        if self.full {
            return Err(SnapshotError::DiskFull);
        }
        let due = Due {
            folder: self.snapshots.clone(),
            seal: Arc::clone(&self.seal),
            disk: self.disk.clone(),
            trees: self.trees_at(at)?,
            destroyed: (
                Arc::clone(&self.destroyed),
                self.destroyed.load(Ordering::SeqCst),
            ),
        };
        Ok(Box::new(move |state| due.keep(state)))
    }

    fn latest_snapshot(&self) -> Result<Option<Snapshot>, ReadError> {
        self.view().latest_snapshot()
    }
}
