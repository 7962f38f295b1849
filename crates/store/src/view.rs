//! Reading a journal: what [`Store`](crate::Store) and [`Reader`](crate::Reader) share.

use std::cell::RefCell;
use std::ops::ControlFlow;
use std::path::Path;

use rusqlite::Connection;
use tlog::proof::{self, ProveError};
use tlog::{Frontier, Hash};

use crate::check::{Fault, Origins, Place, ROW_COLUMNS, Row};
use crate::journal::{Cause, ReadError, Snapshot};
use crate::record::{Head, NoteRow, NoteSlot, Opening, Origin, Stored, StoredEntry, note_sum};
use crate::schema::{Unusable, damage, read_trees};
use crate::seal::{Seal, Sealed};
use crate::snapshots::SealedSnapshot;
use crate::trees::{JOURNAL_TREE, KEPT_LEVELS, Log, Trees, head_of};

/// Whether openings are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Openings {
    Include,
    Skip,
}

/// A log and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogState {
    pub log: Origin,
    pub head: Head,
}

/// A journal to read from. Each call sees all that was durable when it began.
#[derive(Clone, Copy)]
pub struct View<'a> {
    pub(crate) conn: &'a Connection,
    pub(crate) seal: &'a Seal,
    /// The folder that snapshots are in.
    pub(crate) snapshots: &'a Path,
}

impl ReadError {
    pub(crate) fn at(place: Place, error: rusqlite::Error) -> Self {
        match damage(place, error) {
            Ok(fault) => Self::Damaged(fault),
            Err(error) => Self::Disk(Cause::new(error)),
        }
    }

    fn fault(place: Place, what: &str) -> Self {
        Self::Damaged(Fault::new(place, what))
    }
}

impl From<Fault> for ReadError {
    fn from(fault: Fault) -> Self {
        Self::Damaged(fault)
    }
}

impl From<Unusable> for ReadError {
    fn from(unusable: Unusable) -> Self {
        match unusable {
            Unusable::Fault(fault) => Self::Damaged(fault),
            Unusable::Disk(error) => Self::Disk(Cause::new(error)),
            Unusable::Version(_) => Self::fault(Place::File, "it has another version"),
        }
    }
}

impl View<'_> {
    /// The journal as it stands.
    pub fn head(&self) -> Result<Head, ReadError> {
        Ok(self.trees()?.head())
    }

    /// See [`Journal::logs`](crate::Journal::logs).
    pub fn logs(&self) -> Result<Vec<LogState>, ReadError> {
        let state = |(log, tree): (Origin, Log)| LogState {
            log,
            head: head_of(&tree.frontier),
        };
        Ok(self.trees()?.logs.into_iter().map(state).collect())
    }

    /// See [`Journal::read`](crate::Journal::read).
    pub fn read(
        &self,
        from: u64,
        openings: Openings,
        visit: &mut dyn FnMut(Stored) -> ControlFlow<()>,
    ) -> Result<u64, ReadError> {
        let at = |seq| move |error| ReadError::at(Place::Record { seq }, error);
        let origins = Origins::read(self.conn).map_err(at(from))?;
        let sql = match openings {
            Openings::Skip => {
                format!("SELECT {ROW_COLUMNS} FROM journal j WHERE j.seq >= ? ORDER BY j.seq")
            }
            Openings::Include => format!(
                "SELECT {ROW_COLUMNS}, o.seq, o.sealed FROM journal j \
                 LEFT JOIN openings o ON o.seq = j.seq WHERE j.seq >= ? ORDER BY j.seq"
            ),
        };
        let mut statement = self.conn.prepare_cached(&sql).map_err(at(from))?;
        let mut rows = statement.query([from]).map_err(at(from))?;
        let mut buffer = Vec::new();
        let mut seq = from;
        while let Some(row) = rows.next().map_err(at(seq))? {
            let parsed = Row::from(row).map_err(at(seq))?;
            if parsed.seq != seq {
                return Err(ReadError::fault(Place::Record { seq }, "it is missing"));
            }
            let leaf = parsed.leaf(&origins, &mut buffer)?;
            let opening = match openings {
                Openings::Skip if parsed.has_opening => Opening::Skipped,
                Openings::Skip => Opening::None,
                Openings::Include => self.opening(row, &parsed, &leaf)?,
            };
            let entry = parsed.entry.as_ref().and_then(|entry| {
                origins
                    .get(entry.tree)
                    .map(|origin| (origin.clone(), entry.index))
            });
            let stored = Stored {
                seq,
                at: parsed.at,
                head: parsed.head.to_vec(),
                opening,
                entry,
            };
            seq += 1;
            if visit(stored).is_break() {
                break;
            }
        }
        Ok(seq)
    }

    /// See [`Journal::size_at`](crate::Journal::size_at). Reads every record up to there.
    pub fn size_at(&self, at: i64) -> Result<u64, ReadError> {
        let mut statement = self
            .conn
            .prepare_cached(
                "SELECT coalesce((SELECT seq FROM journal WHERE at > ? ORDER BY seq LIMIT 1), \
                 (SELECT size FROM trees WHERE tree = ?))",
            )
            .map_err(|error| ReadError::at(Place::File, error))?;
        statement
            .query_row((at, JOURNAL_TREE), |row| row.get(0))
            .map_err(|error| ReadError::at(Place::File, error))
    }

    /// See [`Journal::entries`](crate::Journal::entries).
    pub fn entries(
        &self,
        log: &Origin,
        from: u64,
        max_count: usize,
        max_bytes: usize,
    ) -> Result<Vec<StoredEntry>, ReadError> {
        let place = || Place::Log { log: log.clone() };
        let trees = self.trees()?;
        let Some(tree) = trees.logs.get(log) else {
            return Ok(Vec::new());
        };
        let origins = Origins::of(&trees);
        let sql = format!(
            "SELECT {ROW_COLUMNS}, o.seq, o.sealed, v.envelope FROM entries e \
             LEFT JOIN journal j ON j.seq = e.seq LEFT JOIN openings o ON o.seq = e.seq \
             LEFT JOIN envelopes v ON v.seq = e.seq \
             WHERE e.tree = ? AND e.idx >= ? ORDER BY e.idx LIMIT ?"
        );
        let count = i64::try_from(max_count).unwrap_or(i64::MAX);
        let at = |error| ReadError::at(place(), error);
        let mut statement = self.conn.prepare_cached(&sql).map_err(at)?;
        let mut rows = statement.query((tree.tree, from, count)).map_err(at)?;
        let (mut found, mut bytes) = (Vec::new(), 0);
        let mut buffer = Vec::new();
        while let Some(row) = rows.next().map_err(at)? {
            let index = from + found.len() as u64;
            let parsed = Row::from(row).map_err(at)?;
            let leaf = parsed.leaf(&origins, &mut buffer)?;
            let entry = self.entry(row, &parsed, &leaf, log, index, tree.tree)?;
            bytes += entry.envelope.len() + opening_bytes(&entry.opening);
            if bytes > max_bytes && !found.is_empty() {
                return Ok(found);
            }
            found.push(entry);
        }
        let next = from + found.len() as u64;
        if found.len() < max_count && next < tree.frontier.size() {
            return Err(ReadError::fault(
                place(),
                &format!("entry {next} is missing"),
            ));
        }
        Ok(found)
    }

    /// The entry in a joined row, its envelope compared with its leaf hash.
    fn entry(
        &self,
        row: &rusqlite::Row<'_>,
        parsed: &Row<'_>,
        leaf: &Hash,
        log: &Origin,
        index: u64,
        tree: i64,
    ) -> Result<StoredEntry, ReadError> {
        let seq = parsed.seq;
        let place = || Place::Entry {
            log: log.clone(),
            index,
            seq,
        };
        let expected = match &parsed.entry {
            Some(entry) if entry.tree == tree && entry.index == index => entry.leaf,
            _ => return Err(ReadError::fault(place(), "its record is another entry's")),
        };
        let envelope: Vec<u8> = row.get(10).map_err(|error| ReadError::at(place(), error))?;
        if tlog::leaf_hash(&envelope) != expected {
            return Err(ReadError::fault(
                place(),
                "its envelope is not the one it was written with",
            ));
        }
        let opening = self.opening(row, parsed, leaf)?;
        Ok(StoredEntry {
            log: log.clone(),
            index,
            seq,
            envelope,
            opening,
        })
    }

    /// The opening in columns 8 and 9 (its row's place, its sealed bytes).
    pub(crate) fn opening(
        &self,
        row: &rusqlite::Row<'_>,
        parsed: &Row<'_>,
        leaf: &Hash,
    ) -> Result<Opening, ReadError> {
        let seq = parsed.seq;
        let place = || Place::Opening { seq };
        let at = |error| ReadError::at(place(), error);
        let has_row = row.get::<_, Option<i64>>(8).map_err(at)?.is_some();
        match (parsed.has_opening, has_row) {
            (false, false) => return Ok(Opening::None),
            (true, true) => {}
            (true, false) => return Err(ReadError::fault(place(), "it is missing")),
            (false, true) => return Err(ReadError::fault(place(), "the record never had one")),
        }
        match row
            .get_ref(9)
            .and_then(|value| Ok(value.as_blob_or_null()?))
            .map_err(at)?
        {
            None => Ok(Opening::Destroyed),
            Some(sealed) => self
                .seal
                .open(Sealed::Opening, seq, leaf, sealed)
                .map(Opening::Clear)
                .ok_or_else(|| ReadError::fault(place(), "it is not as it was sealed")),
        }
    }

    /// See [`Journal::notes`](crate::Journal::notes).
    pub fn notes(&self, log: &Origin) -> Result<Vec<NoteRow>, ReadError> {
        let at = |error| ReadError::at(Place::Log { log: log.clone() }, error);
        let mut statement = self
            .conn
            .prepare_cached(
                "SELECT n.slot, n.size, n.note, n.sum FROM notes n JOIN trees t ON t.tree = n.tree \
                 WHERE t.origin = ? ORDER BY n.slot",
            )
            .map_err(at)?;
        let mut rows = statement.query([log.as_str()]).map_err(at)?;
        let mut notes = Vec::new();
        while let Some(row) = rows.next().map_err(at)? {
            let code = row.get(0).map_err(at)?;
            let slot = NoteSlot::from_code(code).ok_or_else(|| {
                ReadError::fault(
                    Place::Log { log: log.clone() },
                    "it has a note of no known slot",
                )
            })?;
            let place = || Place::Note {
                log: log.clone(),
                slot,
            };
            let parts = (|| Ok((row.get(1)?, row.get(2)?, Hash(row.get(3)?))))();
            let (size, note, sum): (u64, Vec<u8>, Hash) =
                parts.map_err(|error| ReadError::at(place(), error))?;
            if note_sum(log.as_str(), slot, size, &note) != sum {
                return Err(ReadError::fault(place(), "its sum does not fit"));
            }
            notes.push(NoteRow {
                log: log.clone(),
                slot,
                size,
                note,
            });
        }
        Ok(notes)
    }

    /// See [`Journal::root_at`](crate::Journal::root_at).
    pub fn root_at(&self, log: &Origin, size: u64) -> Result<Hash, ReadError> {
        self.prove(log, |read| proof::root_at(size, read), size)
    }

    /// See [`Journal::prove_inclusion`](crate::Journal::prove_inclusion).
    pub fn prove_inclusion(
        &self,
        log: &Origin,
        size: u64,
        index: u64,
    ) -> Result<Vec<Hash>, ReadError> {
        self.prove(log, |read| proof::prove_inclusion(size, index, read), size)
    }

    /// See [`Journal::prove_consistency`](crate::Journal::prove_consistency).
    pub fn prove_consistency(
        &self,
        log: &Origin,
        from: u64,
        to: u64,
    ) -> Result<Vec<Hash>, ReadError> {
        self.prove(log, |read| proof::prove_consistency(from, to, read), to)
    }

    fn prove<T>(
        &self,
        log: &Origin,
        prove: impl FnOnce(&dyn Fn(u8, u64) -> Option<Hash>) -> Result<T, ProveError>,
        size: u64,
    ) -> Result<T, ReadError> {
        let trees = self.trees()?;
        let Some(tree) = trees.logs.get(log) else {
            return Err(ReadError::NoSuchLog { log: log.clone() });
        };
        let to = tree.frontier.size();
        if size > to {
            return Err(ReadError::NoProof(ProveError::NotEarlier {
                from: size,
                to,
            }));
        }
        self.with_nodes(tree.tree, Place::Log { log: log.clone() }, prove)
    }

    /// The state of the journal when it had `size` records.
    pub(crate) fn journal_at(&self, size: u64) -> Result<Frontier, ReadError> {
        let prove = |read: &dyn Fn(u8, u64) -> Option<Hash>| proof::frontier_at(size, read);
        if size == 0 {
            return Ok(Frontier::new());
        }
        self.with_nodes(JOURNAL_TREE, Place::Head, prove)
    }

    /// The state of a log when it had `size` entries.
    pub(crate) fn log_at(&self, log: &Log, size: u64) -> Result<Frontier, ReadError> {
        let prove = |read: &dyn Fn(u8, u64) -> Option<Hash>| proof::frontier_at(size, read);
        if size == 0 {
            return Ok(Frontier::new());
        }
        self.with_nodes(log.tree, Place::Head, prove)
    }

    /// Runs `prove` over the hashes of a tree. An error while one is read comes first.
    fn with_nodes<T>(
        &self,
        tree: i64,
        place: Place,
        prove: impl FnOnce(&dyn Fn(u8, u64) -> Option<Hash>) -> Result<T, ProveError>,
    ) -> Result<T, ReadError> {
        let trouble = RefCell::new(None);
        let read = |level, index| match self.node(tree, level, index) {
            Ok(hash) => hash,
            Err(error) => {
                trouble.borrow_mut().get_or_insert(error);
                None
            }
        };
        let proof = prove(&read);
        if let Some(error) = trouble.into_inner() {
            return Err(error);
        }
        proof.map_err(|error| match error {
            ProveError::MissingHash { .. } => ReadError::fault(place, &error.to_string()),
            ProveError::NoSuchEntry { .. }
            | ProveError::NotEarlier { .. }
            | ProveError::TooLarge { .. } => ReadError::NoProof(error),
        })
    }

    /// The hash of a perfect subtree: kept, or folded from at most 256 kept hashes or leaves.
    fn node(&self, tree: i64, level: u8, index: u64) -> Result<Option<Hash>, ReadError> {
        let kept = level / KEPT_LEVELS * KEPT_LEVELS;
        let (first, count) = (index << (level - kept), 1_u64 << (level - kept));
        let hashes = match (kept, tree) {
            (0, JOURNAL_TREE) => self.record_leaves(first, count)?,
            (0, _) => self
                .hashes(
                    "SELECT j.leaf FROM entries e JOIN journal j ON j.seq = e.seq \
                     WHERE e.tree = ?1 AND ?2 = 0 AND e.idx >= ?3 AND e.idx < ?4 ORDER BY e.idx",
                    (tree, kept, first, first + count),
                )
                .map_err(|error| ReadError::at(Place::Head, error))?,
            (_, _) => self
                .hashes(
                    "SELECT hash FROM nodes \
                     WHERE tree = ?1 AND level = ?2 AND idx >= ?3 AND idx < ?4 ORDER BY idx",
                    (tree, kept, first, first + count),
                )
                .map_err(|error| ReadError::at(Place::Head, error))?,
        };
        if hashes.len() as u64 != count {
            return Ok(None);
        }
        let mut subtree = Frontier::new();
        hashes.into_iter().for_each(|hash| subtree.push(hash));
        Ok(Some(subtree.root()))
    }

    fn hashes(&self, sql: &str, range: (i64, u8, u64, u64)) -> rusqlite::Result<Vec<Hash>> {
        self.conn
            .prepare_cached(sql)?
            .query_map(range, |row| row.get(0).map(Hash))?
            .collect()
    }

    fn record_leaves(&self, first: u64, count: u64) -> Result<Vec<Hash>, ReadError> {
        let at = |error| {
            ReadError::at(
                Place::Records {
                    from: first,
                    to: first + count,
                },
                error,
            )
        };
        let origins = Origins::read(self.conn).map_err(at)?;
        let sql = format!(
            "SELECT {ROW_COLUMNS} FROM journal j WHERE j.seq >= ? AND j.seq < ? ORDER BY j.seq"
        );
        let mut statement = self.conn.prepare_cached(&sql).map_err(at)?;
        let mut rows = statement.query((first, first + count)).map_err(at)?;
        let (mut leaves, mut buffer) = (Vec::new(), Vec::new());
        while let Some(row) = rows.next().map_err(at)? {
            let parsed = Row::from(row).map_err(at)?;
            leaves.push(parsed.leaf(&origins, &mut buffer)?);
        }
        Ok(leaves)
    }

    /// See [`Journal::latest_snapshot`](crate::Journal::latest_snapshot).
    pub fn latest_snapshot(&self) -> Result<Option<Snapshot>, ReadError> {
        for kept in self.snapshots()? {
            let Some((trees, state)) = kept.open(self.seal) else {
                continue;
            };
            if self.stood_at(trees.head())? {
                let at = trees.head();
                return Ok(Some(Snapshot { at, state }));
            }
        }
        Ok(None)
    }

    /// Whether the journal ever had this head.
    pub(crate) fn stood_at(&self, at: Head) -> Result<bool, ReadError> {
        match self.journal_at(at.size) {
            Ok(frontier) => Ok(frontier.root() == at.root),
            Err(ReadError::Damaged(_) | ReadError::NoProof(_)) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// The snapshots as stored, latest first.
    pub(crate) fn snapshots(&self) -> Result<Vec<SealedSnapshot>, ReadError> {
        crate::snapshots::list(self.snapshots).map_err(|error| ReadError::Disk(Cause::new(error)))
    }

    pub(crate) fn trees(&self) -> Result<Trees, ReadError> {
        Ok(read_trees(self.conn)?)
    }
}

fn opening_bytes(opening: &Opening) -> usize {
    match opening {
        Opening::Clear(bytes) => bytes.len(),
        Opening::None | Opening::Destroyed | Opening::Skipped => 0,
    }
}
