//! The data of the journal, its bounds, and the bytes that are hashed.

use std::fmt;
use std::sync::Arc;

use tlog::{Hash, leaf_hash};

/// Records of one batch.
pub const MAX_BATCH_RECORDS: usize = 256;
/// Notes of one batch.
pub const MAX_BATCH_NOTES: usize = 256;
/// Bytes of one batch: heads, openings, envelopes and notes. Callers aim far lower (256 KiB); this leaves
/// room for a few of the largest openings, which may have to go together.
pub const MAX_BATCH_BYTES: usize = 4 << 20;
/// Bytes of a record's head.
pub const MAX_HEAD: usize = 64 << 10;
/// Bytes of a record's opening.
pub const MAX_OPENING: usize = 1 << 20;
/// Bytes of an envelope.
pub const MAX_ENVELOPE: usize = 16 << 10;
/// Bytes of a signed note.
pub const MAX_NOTE: usize = 16 << 10;
/// Bytes of a log's origin.
pub const MAX_ORIGIN: usize = 128;
/// Logs of one journal: four for each of a thousand lines, and for sixteen epochs of each.
pub const MAX_LOGS: usize = 1 << 16;
/// Records of one journal. Openings are sealed under random 96-bit nonces, for which 2^32 messages
/// under one key are the bound (NIST SP 800-38D, 8.3).
pub const MAX_RECORDS: u64 = 1 << 32;
/// Bytes of a snapshot.
pub const MAX_SNAPSHOT: usize = 256 << 20;

/// The name of a line log: its C2SP origin, 1 to [`MAX_ORIGIN`] bytes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Origin(Arc<str>);

/// A name that cannot be a log's origin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a log's origin has 1 to {MAX_ORIGIN} bytes, not {bytes}")]
pub struct OriginError {
    pub bytes: usize,
}

impl Origin {
    pub fn new(name: &str) -> Result<Self, OriginError> {
        if name.is_empty() || name.len() > MAX_ORIGIN {
            return Err(OriginError { bytes: name.len() });
        }
        Ok(Self(name.into()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One line of the journal, to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// When, in ms since 1970 UTC, as the writer's clock had it. Not necessarily ascending.
    pub at: i64,
    /// What the hashes cover; up to [`MAX_HEAD`] bytes. Lasts as long as the journal.
    pub head: Vec<u8>,
    /// Salts and cleartext, up to [`MAX_OPENING`] bytes. Sealed at rest; can be destroyed later.
    pub opening: Option<Vec<u8>>,
    /// The envelope that this record made or received.
    pub entry: Option<Entry>,
}

/// An envelope of a line log, stored once and sent again byte for byte.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub log: Origin,
    /// Its index in that log, which is the log's size before it.
    pub index: u64,
    /// Up to [`MAX_ENVELOPE`] bytes.
    pub envelope: Vec<u8>,
}

/// Which signed artefact of a log a note is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum NoteSlot {
    /// Our latest checkpoint of our own log.
    Checkpoint = 1,
    /// Our checkpoint as the peer cosigned it: its receipt.
    Cosigned = 2,
    /// The peer's latest checkpoint of its log.
    PeerCheckpoint = 3,
    /// The peer's checkpoint as we cosigned it.
    PeerCosigned = 4,
    /// A checkpoint that contradicts what we hold, kept as evidence.
    Disputed = 5,
}

impl NoteSlot {
    pub const ALL: [Self; 5] = [
        Self::Checkpoint,
        Self::Cosigned,
        Self::PeerCheckpoint,
        Self::PeerCosigned,
        Self::Disputed,
    ];

    pub(crate) fn from_code(code: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|slot| *slot as i64 == code)
    }
}

impl fmt::Display for NoteSlot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Checkpoint => "checkpoint",
            Self::Cosigned => "cosigned checkpoint",
            Self::PeerCheckpoint => "peer's checkpoint",
            Self::PeerCosigned => "peer's checkpoint, cosigned",
            Self::Disputed => "disputed checkpoint",
        })
    }
}

/// The latest signed artefact of a log in one slot. Replaced in place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteRow {
    pub log: Origin,
    pub slot: NoteSlot,
    /// The tree size that the note states.
    pub size: u64,
    /// Up to [`MAX_NOTE`] bytes.
    pub note: Vec<u8>,
}

/// Which part of the disk a batch may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Room {
    /// Stops when the disk is full.
    #[default]
    Main,
    /// The stop lane: goes on in the reserve.
    Reserved,
}

/// What becomes durable together, or not at all.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Batch {
    pub records: Vec<Record>,
    pub notes: Vec<NoteRow>,
    pub room: Room,
}

/// The state of the journal, or of a log: entries, and the Merkle root over them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    pub size: u64,
    pub root: Hash,
}

impl Head {
    /// The head of an empty journal.
    pub const EMPTY: Self = Self {
        size: 0,
        root: tlog::EMPTY_ROOT,
    };
}

impl fmt::Display for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} records, root {}", self.size, self.root)
    }
}

/// What is left of a record's opening.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Opening {
    /// The record never had one.
    None,
    /// It was destroyed: show `expired`.
    Destroyed,
    /// It is there, but was not asked for.
    Skipped,
    /// Its bytes.
    Clear(Vec<u8>),
}

/// One line of the journal, as read back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// Its place, from 0.
    pub seq: u64,
    /// Ms since 1970 UTC.
    pub at: i64,
    pub head: Vec<u8>,
    pub opening: Opening,
    /// The log and index of its envelope; [`Journal::entries`](crate::Journal::entries) reads it.
    pub entry: Option<(Origin, u64)>,
}

/// An entry of a line log, as read back. The envelope was compared with its leaf hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredEntry {
    pub log: Origin,
    pub index: u64,
    /// The record that holds it.
    pub seq: u64,
    pub envelope: Vec<u8>,
    pub opening: Opening,
}

/// Why a batch can never be written as it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BatchRefusal {
    #[error("{given} records are more than a batch may have, {MAX_BATCH_RECORDS}")]
    TooManyRecords { given: usize },
    #[error("{given} notes are more than a batch may have, {MAX_BATCH_NOTES}")]
    TooManyNotes { given: usize },
    #[error("{bytes} bytes are more than a batch may have, {MAX_BATCH_BYTES}: split it")]
    TooLarge { bytes: usize },
    #[error("the {part} of item {item} has {bytes} bytes, more than {limit}")]
    PartTooLarge {
        part: &'static str,
        item: usize,
        bytes: usize,
        limit: usize,
    },
    #[error("the next entry of log `{log}` is {expected}, not {index}")]
    WrongIndex {
        log: Origin,
        index: u64,
        expected: u64,
    },
    #[error("a journal keeps at most {MAX_LOGS} logs")]
    TooManyLogs,
    #[error("the journal holds {MAX_RECORDS} records, which is all it may: start a new one")]
    JournalFull,
}

impl Batch {
    /// Whether there is nothing to write.
    pub fn is_empty(&self) -> bool {
        self.records.is_empty() && self.notes.is_empty()
    }

    /// Bytes of heads, openings, envelopes and notes.
    pub fn bytes(&self) -> usize {
        let records = self.records.iter().map(|record| {
            record.head.len()
                + record.opening.as_ref().map_or(0, Vec::len)
                + record
                    .entry
                    .as_ref()
                    .map_or(0, |entry| entry.envelope.len())
        });
        let notes = self.notes.iter().map(|row| row.note.len());
        records.chain(notes).sum()
    }

    /// Checks every bound that needs no knowledge of the journal. Every implementation calls it first.
    pub fn check(&self) -> Result<(), BatchRefusal> {
        if self.records.len() > MAX_BATCH_RECORDS {
            return Err(BatchRefusal::TooManyRecords {
                given: self.records.len(),
            });
        }
        if self.notes.len() > MAX_BATCH_NOTES {
            return Err(BatchRefusal::TooManyNotes {
                given: self.notes.len(),
            });
        }
        for (item, record) in self.records.iter().enumerate() {
            within("head", item, &record.head, MAX_HEAD)?;
            if let Some(opening) = &record.opening {
                within("opening", item, opening, MAX_OPENING)?;
            }
            if let Some(entry) = &record.entry {
                within("envelope", item, &entry.envelope, MAX_ENVELOPE)?;
            }
        }
        for (item, row) in self.notes.iter().enumerate() {
            within("note", item, &row.note, MAX_NOTE)?;
        }
        let bytes = self.bytes();
        if bytes > MAX_BATCH_BYTES {
            return Err(BatchRefusal::TooLarge { bytes });
        }
        Ok(())
    }
}

fn within(part: &'static str, item: usize, bytes: &[u8], limit: usize) -> Result<(), BatchRefusal> {
    if bytes.len() <= limit {
        return Ok(());
    }
    Err(BatchRefusal::PartTooLarge {
        part,
        item,
        bytes: bytes.len(),
        limit,
    })
}

impl Record {
    /// The record's leaf in the tree over the journal (see the crate's documentation). Every
    /// implementation of the journal uses this one.
    pub fn leaf(&self) -> Hash {
        let envelope_leaf = self.entry.as_ref().map(|entry| leaf_hash(&entry.envelope));
        self.leaf_with(envelope_leaf.as_ref(), &mut Vec::new())
    }

    /// As [`leaf`](Self::leaf), with the envelope's leaf hash known already and a buffer to reuse.
    pub(crate) fn leaf_with(&self, envelope_leaf: Option<&Hash>, buffer: &mut Vec<u8>) -> Hash {
        let entry = self
            .entry
            .as_ref()
            .zip(envelope_leaf)
            .map(|(entry, leaf)| (entry.log.as_str(), entry.index, leaf));
        record_leaf(self.at, self.opening.is_some(), entry, &self.head, buffer)
    }
}

const LEAF_VERSION: u8 = 1;
const FLAG_OPENING: u8 = 1;
const FLAG_ENTRY: u8 = 2;

/// The leaf of a record from its parts; `entry` is origin, index and envelope leaf.
pub(crate) fn record_leaf(
    at: i64,
    has_opening: bool,
    entry: Option<(&str, u64, &Hash)>,
    head: &[u8],
    buffer: &mut Vec<u8>,
) -> Hash {
    let opening_flag = if has_opening { FLAG_OPENING } else { 0 };
    let entry_flag = if entry.is_some() { FLAG_ENTRY } else { 0 };
    buffer.clear();
    buffer.extend([LEAF_VERSION, opening_flag | entry_flag]);
    buffer.extend(at.to_be_bytes());
    if let Some((origin, index, leaf)) = entry {
        // INVARIANT: an origin has at most MAX_ORIGIN bytes, so its length fits a byte; one that a damaged file
        // holds may be longer, and then the hash differs, as it should.
        buffer.push(origin.len() as u8);
        buffer.extend(origin.as_bytes());
        buffer.extend(index.to_be_bytes());
        buffer.extend(leaf.as_bytes());
    }
    buffer.extend(head);
    leaf_hash(buffer)
}

/// The first 8 bytes of a record's leaf, kept in its row so that damage is found at the record.
pub(crate) fn short_sum(leaf: &Hash) -> i64 {
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&leaf.as_bytes()[..8]);
    i64::from_be_bytes(bytes)
}

/// The sum kept beside a note, over all of its row.
pub(crate) fn note_sum(origin: &str, slot: NoteSlot, size: u64, note: &[u8]) -> Hash {
    let mut bytes = Vec::with_capacity(origin.len() + note.len() + 10);
    bytes.push(origin.len() as u8);
    bytes.extend(origin.as_bytes());
    bytes.push(slot as u8);
    bytes.extend(size.to_be_bytes());
    bytes.extend(note);
    leaf_hash(&bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(hash: Hash) -> String {
        hash.0.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    // Worked out by hand from the crate's documentation, with another program. Every journal there is depends on it.
    #[test]
    fn the_leaf_of_a_record_is_frozen() {
        let plain = Record {
            at: 1_474_127_700_000,
            head: b"a head".to_vec(),
            opening: None,
            entry: None,
        };
        assert_eq!(
            hex(plain.leaf()),
            "d7460d98032e33b5b3930c67637751ac0e47b1e41750daf22d2964866064e754"
        );
        let full = Record {
            opening: Some(b"no hash covers it".to_vec()),
            entry: Some(Entry {
                log: Origin::new("standclear/line/coalition/main/1").unwrap(),
                index: 7,
                envelope: b"an envelope".to_vec(),
            }),
            ..plain
        };
        assert_eq!(
            hex(full.leaf()),
            "ca67984d917e272b5877178d319fc0d124fc859e888eb1e10760588dfa1d61f3"
        );
    }
}
