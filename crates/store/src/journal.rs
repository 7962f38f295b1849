//! The contract of the journal.

use std::ops::ControlFlow;
use std::sync::Arc;

use tlog::Hash;

use crate::check::Fault;
use crate::record::{
    Batch, BatchRefusal, Head, MAX_SNAPSHOT, NoteRow, Origin, Stored, StoredEntry,
};
use crate::snapshots::KeepSnapshot;
use crate::view::{LogState, Openings};

/// The only truth of a node. Implemented by [`Store`](crate::Store) on SQLite, and by the simulator.
///
/// One writer. After [`AppendError::Failed`] nothing is ever written again; reading goes on.
pub trait Journal {
    /// The journal as it stands, all of it durable.
    fn head(&self) -> Head;

    /// Makes `batch` durable, all of it or nothing, if the journal stands at `expected`. An empty batch
    /// does nothing.
    fn append(&mut self, expected: Head, batch: &Batch) -> Result<Head, AppendError>;

    /// Whether batches are taken.
    fn health(&self) -> Health;

    /// After [`AppendError::DiskFull`], once room was made: fills the reserve again and takes batches again.
    ///
    /// # Errors
    /// [`AppendError::DiskFull`] while the reserve does not fit, [`AppendError::Failed`].
    fn try_resume(&mut self) -> Result<(), AppendError>;

    /// Records from `from` on, in order, until `visit` breaks. Answers with the place after the last one
    /// visited.
    fn read(
        &self,
        from: u64,
        openings: Openings,
        visit: &mut dyn FnMut(Stored) -> ControlFlow<()>,
    ) -> Result<u64, ReadError>;

    /// How many records, from the first, were written before the first one that is later than `at` (ms
    /// since 1970 UTC): the state at `at` is the fold of these.
    fn size_at(&self, at: i64) -> Result<u64, ReadError>;

    /// Entries of a log from index `from` on: at most `max_count`, and envelopes and openings of at most
    /// `max_bytes` together, but at least one if there is one. None for an unknown log.
    fn entries(
        &self,
        log: &Origin,
        from: u64,
        max_count: usize,
        max_bytes: usize,
    ) -> Result<Vec<StoredEntry>, ReadError>;

    /// Every log, by origin.
    fn logs(&self) -> Result<Vec<LogState>, ReadError>;

    /// The latest notes of a log, by slot.
    fn notes(&self, log: &Origin) -> Result<Vec<NoteRow>, ReadError>;

    /// The root of a log when it had `size` entries.
    fn root_at(&self, log: &Origin, size: u64) -> Result<Hash, ReadError>;

    /// The proof that a log of `size` entries holds entry `index` (`tlog::proof`).
    fn prove_inclusion(&self, log: &Origin, size: u64, index: u64) -> Result<Vec<Hash>, ReadError>;

    /// The proof that a log of `to` entries begins with the one of `from` entries.
    fn prove_consistency(&self, log: &Origin, from: u64, to: u64) -> Result<Vec<Hash>, ReadError>;

    /// Destroys the openings of these records, for good: rows, free pages and write-ahead log. Old
    /// backups still hold them, sealed. One that is destroyed already is passed over.
    fn destroy_openings(&mut self, seqs: &[u64]) -> Result<(), DestroyError>;

    /// A snapshot of the caller's state after the first `at.size` records, to be kept when the state is encoded; the
    /// last two are kept.
    fn begin_snapshot(&self, at: Head) -> Result<KeepSnapshot, SnapshotError>;

    /// The latest snapshot whose head is a state of this journal.
    fn latest_snapshot(&self) -> Result<Option<Snapshot>, ReadError>;
}

/// The caller's state after the first `at.size` records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    pub at: Head,
    pub state: Vec<u8>,
}

/// Whether a journal takes batches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Health {
    Well,
    /// Only the stop lane, in what is left of the reserve, in bytes.
    DiskFull {
        reserve: u64,
    },
    /// Nothing is written any more.
    Failed {
        cause: Arc<str>,
    },
}

/// What the machine underneath said. Opaque: print it, with its sources.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct Cause(Box<dyn std::error::Error + Send + Sync>);

impl Cause {
    pub fn new(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self(error.into())
    }
}

/// Why a batch is not in the journal.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AppendError {
    #[error("the journal stands at {actual}, not at {expected}: read its head again, then append")]
    Moved { expected: Head, actual: Head },
    #[error("the batch cannot be written")]
    Refused(#[source] BatchRefusal),
    #[error("the disk is full: only the stop lane goes on; make room, then resume")]
    DiskFull,
    #[error("the journal failed and is written no more ({cause}): restart on a sound disk")]
    Failed { cause: Arc<str> },
}

/// Why something could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    #[error("the journal is damaged: verify it, then restore a backup")]
    Damaged(#[source] Fault),
    #[error("there is no log `{log}`")]
    NoSuchLog { log: Origin },
    #[error("the log cannot prove that")]
    NoProof(#[source] tlog::proof::ProveError),
    #[error("cannot read the journal: check the disk")]
    Disk(#[source] Cause),
}

/// Why openings are still there.
#[derive(Debug, thiserror::Error)]
pub enum DestroyError {
    #[error("record {seq} has no opening")]
    NoOpening { seq: u64 },
    #[error("the disk is full: make room, then destroy again")]
    DiskFull,
    #[error("the journal failed and is written no more ({cause}): restart on a sound disk")]
    Failed { cause: Arc<str> },
}

/// Why a snapshot was not kept.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    #[error("{bytes} bytes are more than a snapshot may have, {MAX_SNAPSHOT}")]
    TooLarge { bytes: usize },
    #[error("the journal never stood at {at}: take the snapshot from a state of this journal")]
    NotAState { at: Head },
    #[error("the disk is full: snapshots wait until there is room")]
    DiskFull,
    #[error("the journal failed and is written no more ({cause}): restart on a sound disk")]
    Failed { cause: Arc<str> },
    #[error("the snapshot cannot be written")]
    Write(#[source] std::io::Error),
    #[error("the snapshot cannot be sealed: {0}")]
    Seal(String),
    #[error("cannot read what the snapshot stands on")]
    Read(#[from] ReadError),
}
