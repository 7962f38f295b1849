//! The journal on SQLite: group commit, a log over the journal, crash-stop, reserved space.
//!
//! The journal is the only truth of a node. It is a list of [`Record`]s; a Merkle tree (RFC 6962,
//! crate `tlog`) stands over it, and one over the envelopes of each line log. A batch is durable, with
//! every tree brought up to date, when [`Journal::append`] returns, or it is not there at all.
//!
//! **What is hashed.** The leaf of a record is `tlog::leaf_hash` over: version `1`; flags (1: has an
//! opening, 2: has an entry); the time, 8 bytes; for an entry the log's origin (length, bytes), its
//! index, 8 bytes, and the leaf hash of its envelope; then the head. Integers are big-endian. So the
//! journal's root covers every head, every envelope and its place, and no opening: an opening is sealed
//! (AES-256-GCM, bound to journal, record and leaf) and can be destroyed without touching a hash.
//!
//! | Module | What it holds |
//! |---|---|
//! | [`record`] | the data of the journal, its bounds, the bytes that are hashed |
//! | [`journal`] | the contract [`Journal`], held by SQLite here and by the simulator elsewhere |
//! | [`open`] | the lock, the key, and the check of all that is there |
//! | [`sqlite`], [`append`] | [`Store`]: commit, crash-stop, full disk |
//! | [`view`], [`reader`] | reading: records, entries, notes, proofs |
//! | [`check`], [`verify`] | the checks when a node starts, and the offline ones |
//! | [`backup`] | online copy, and restore into an empty folder |
//! | `checkpointer`, `folder`, `mark`, `reserve`, `schema`, `seal` | the parts of a journal's folder |
//! | `faults` | a disk that fails on demand, behind the feature `faults` |
//!
//! No type of SQLite leaves this crate.

pub mod append;
pub mod backup;
pub mod check;
mod checkpointer;
#[cfg(any(test, feature = "faults"))]
pub mod faults;
mod folder;
pub mod journal;
mod mark;
pub mod open;
pub mod reader;
pub mod record;
mod reserve;
mod schema;
mod seal;
mod snapshots;
pub mod sqlite;
mod trees;
pub mod verify;
pub mod view;

#[cfg(test)]
mod tests;

pub use backup::{BackupError, Manifest, RestoreError, restore, verify_backup};
pub use check::{Fault, Place};
pub use journal::{
    AppendError, Cause, DestroyError, Health, Journal, ReadError, Snapshot, SnapshotError,
};
pub use open::{Check, OpenError, Options};
pub use reader::Reader;
pub use record::{
    Batch, BatchRefusal, Entry, Head, MAX_BATCH_BYTES, MAX_BATCH_NOTES, MAX_BATCH_RECORDS,
    MAX_ENVELOPE, MAX_HEAD, MAX_LOGS, MAX_NOTE, MAX_OPENING, MAX_ORIGIN, MAX_RECORDS, MAX_SNAPSHOT,
    NoteRow, NoteSlot, Opening, Origin, OriginError, Record, Room, Stored, StoredEntry,
};
pub use seal::Key;
pub use snapshots::KeepSnapshot;
pub use sqlite::Store;
pub use verify::{Report, VerifyError, verify};
pub use view::{LogState, Openings, View};
