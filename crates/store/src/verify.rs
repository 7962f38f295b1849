//! The whole journal and every line log, checked offline by several threads.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

use tlog::{Frontier, Hash, HashTree, leaf_hash, proof};

use crate::check::{Fault, Origins, Place, ROW_COLUMNS, Row, node_place, stored_node};
use crate::journal::{Cause, ReadError};
use crate::mark::Marked;
use crate::open::{OpenError, check_mark, marked};
use crate::reader::Reader;
use crate::record::{Head, Opening, Origin, StoredEntry};
use crate::seal::Key;
use crate::trees::{JOURNAL_TREE, KEPT_LEVELS, Log, Node, Trees, head_of};
use crate::view::{LogState, View};

/// Faults that a report lists; the rest is only counted.
pub const MAX_FAULTS: usize = 100;
/// Threads that can be asked for.
pub const MAX_THREADS: usize = 64;

/// Leaves under one kept hash, and leaves that a thread takes at a time.
const BLOCK: u64 = 1 << KEPT_LEVELS;
const CHUNK: u64 = 16 * BLOCK;

/// What was checked, and what was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The journal that was checked; records that a running node has added since are not in it.
    pub head: Head,
    pub logs: Vec<LogState>,
    pub entries: u64,
    /// Openings that are there and open under the key.
    pub openings: u64,
    /// Openings that were destroyed.
    pub destroyed: u64,
    /// Up to [`MAX_FAULTS`], in the order of their places. None means that all is sound.
    pub faults: Vec<Fault>,
    pub fault_count: u64,
}

/// Why a journal could not be checked at all.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error("cannot read the journal: check the disk")]
    Disk(#[source] Cause),
}

/// Checks every record, envelope, opening, hash, note and snapshot of the journal in `folder`, by
/// `threads` threads. `check` is the caller's own test of an entry, its signature above all; what it
/// answers becomes a fault at the entry. `progress` gets leaves done and leaves in all (records, then
/// entries).
///
/// # Errors
/// [`VerifyError`] where the journal cannot be read at all; damage is in the report.
pub fn verify(
    folder: &Path,
    key: &Key,
    threads: usize,
    check: &(dyn Fn(&StoredEntry) -> Result<(), String> + Sync),
    progress: &(dyn Fn(u64, u64) + Sync),
) -> Result<Report, VerifyError> {
    // Read before the journal: what it says is in any later state of it.
    let mark = marked(folder).map_err(|error| OpenError::disk(folder, error))?;
    verify_against(Some(mark), folder, key, threads, check, progress)
}

/// As [`verify`], for a journal that has no mark: a copy, whose manifest says where it must stand.
pub(crate) fn verify_copy(
    folder: &Path,
    key: &Key,
    threads: usize,
    check: &(dyn Fn(&StoredEntry) -> Result<(), String> + Sync),
    progress: &(dyn Fn(u64, u64) + Sync),
) -> Result<Report, VerifyError> {
    verify_against(None, folder, key, threads, check, progress)
}

fn verify_against(
    mark: Option<Marked>,
    folder: &Path,
    key: &Key,
    threads: usize,
    check: &(dyn Fn(&StoredEntry) -> Result<(), String> + Sync),
    progress: &(dyn Fn(u64, u64) + Sync),
) -> Result<Report, VerifyError> {
    let open = || Reader::open(folder, key);
    let reader = open()?;
    reader
        .conn()
        .execute_batch("BEGIN")
        .map_err(|error| VerifyError::Disk(Cause::new(error)))?;
    let stored = match reader.view().trees() {
        Ok(trees) => trees,
        Err(ReadError::Damaged(fault)) => {
            return Err(OpenError::Damaged {
                folder: folder.to_owned(),
                fault,
            }
            .into());
        }
        Err(error) => return Err(VerifyError::Disk(Cause::new(error))),
    };
    let threads = threads.clamp(1, MAX_THREADS);
    let mut readers = (0..threads)
        .map(|_| open())
        .collect::<Result<Vec<_>, _>>()?;
    let entries = stored
        .logs
        .values()
        .map(|log| log.frontier.size())
        .sum::<u64>();
    let run = Run {
        origins: Origins::of(&stored),
        check,
        progress,
        total: stored.journal.size() + entries,
        done: AtomicU64::new(0),
        stop: AtomicBool::new(false),
        findings: Mutex::default(),
    };
    // What one thread does alone goes on beside the trees, so that no core is idle at the end.
    let (apart, alone) = (open()?, &run);
    thread::scope(|scope| {
        scope.spawn(move || {
            alone.snapshots(apart.view());
            alone.structure(apart.view());
        });
        run.tree(
            &mut readers,
            JOURNAL_TREE,
            &stored.journal,
            Place::Head,
            Run::records,
        );
        for (origin, log) in &stored.logs {
            let place = Place::Log {
                log: origin.clone(),
            };
            run.tree(
                &mut readers,
                log.tree,
                &log.frontier,
                place,
                |run, view, from, to| run.entries(view, origin, log.tree, from, to),
            );
        }
    });
    run.rows(reader.view(), &stored);
    if let Some(mark) = mark {
        run.note(check_mark(reader.view(), &stored, mark));
    }
    run.into_report(&stored)
}

/// Reads what belongs to the records again: openings, envelopes, places in logs.
///
/// # Errors
/// The first damage, or where the disk fails.
pub(crate) fn check_belongings(view: View<'_>, stored: &Trees) -> Result<(), ReadError> {
    let size = stored.journal.size();
    let run = Run {
        origins: Origins::of(stored),
        check: &|_entry| Ok(()),
        progress: &|_done, _total| {},
        total: size,
        done: AtomicU64::new(0),
        stop: AtomicBool::new(false),
        findings: Mutex::default(),
    };
    for from in (0..size).step_by(CHUNK as usize) {
        run.records(view, from, size.min(from + CHUNK));
        let mut findings = run.findings();
        if let Some(cause) = findings.disk.take() {
            return Err(ReadError::Disk(cause));
        }
        if !findings.faults.is_empty() {
            return Err(ReadError::Damaged(findings.faults.remove(0)));
        }
    }
    Ok(())
}

#[derive(Default)]
struct Findings {
    faults: Vec<Fault>,
    count: u64,
    /// Records that have an opening, destroyed or not.
    with_opening: u64,
    openings: u64,
    destroyed: u64,
    entries: u64,
    /// What kept a thread from reading on.
    disk: Option<Cause>,
}

struct Run<'a> {
    origins: Origins,
    check: &'a (dyn Fn(&StoredEntry) -> Result<(), String> + Sync),
    progress: &'a (dyn Fn(u64, u64) + Sync),
    total: u64,
    done: AtomicU64,
    stop: AtomicBool,
    findings: Mutex<Findings>,
}

/// The hashes of a chunk: a root for each whole block, and the leaves of the last, incomplete one.
#[derive(Default)]
struct Hashes {
    blocks: Vec<Hash>,
    tail: Vec<Hash>,
}

impl Hashes {
    fn of(leaves: &[Hash]) -> Self {
        let (blocks, tail) = leaves.as_chunks::<{ BLOCK as usize }>();
        let root = |block: &[Hash; BLOCK as usize]| {
            let mut frontier = Frontier::new();
            block.iter().for_each(|leaf| frontier.push(*leaf));
            frontier.root()
        };
        Self {
            blocks: blocks.iter().map(root).collect(),
            tail: tail.to_vec(),
        }
    }
}

impl Run<'_> {
    fn findings(&self) -> MutexGuard<'_, Findings> {
        self.findings.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn fault(&self, fault: Fault) {
        let mut findings = self.findings();
        findings.count += 1;
        if findings.faults.len() < MAX_FAULTS {
            findings.faults.push(fault);
        }
    }

    /// Takes damage as a finding; a disk that cannot be read ends the run.
    fn note<T>(&self, result: Result<T, ReadError>) -> Option<T> {
        match result {
            Ok(value) => return Some(value),
            Err(ReadError::Damaged(fault)) => self.fault(fault),
            Err(ReadError::Disk(cause)) => {
                self.stop.store(true, Ordering::Relaxed);
                self.findings().disk.get_or_insert(cause);
            }
            Err(error @ (ReadError::NoSuchLog { .. } | ReadError::NoProof(_))) => {
                self.fault(Fault::new(Place::Head, error.to_string()));
            }
        }
        None
    }

    /// Checks one tree: its leaves through `leaves`, which answers with those of a range, and every hash
    /// that is kept of it.
    fn tree(
        &self,
        readers: &mut [Reader],
        tree: i64,
        stored: &Frontier,
        place: Place,
        leaves: impl Fn(&Self, View<'_>, u64, u64) -> Option<Vec<Hash>> + Sync,
    ) {
        let size = stored.size();
        let Some(hashes) = self.spread(readers, size, &leaves) else {
            return;
        };
        let Some(reader) = readers.first() else {
            return;
        };
        let blocks: HashTree = hashes.blocks.into_iter().collect();
        let tail: HashTree = hashes.tail.into_iter().collect();
        let read = |level: u8, index: u64| match level.checked_sub(KEPT_LEVELS) {
            Some(above) => blocks.hash(above, index),
            None => {
                let before = blocks.size() << (KEPT_LEVELS - level);
                tail.hash(level, index.checked_sub(before)?)
            }
        };
        if size > 0 && proof::frontier_at(size, read).as_ref() != Ok(stored) {
            self.fault(Fault::new(
                place.clone(),
                "the hashes kept of it are not the right ones",
            ));
        }
        let nodes = self.note(self.kept_nodes(reader.view(), tree, &blocks));
        let count = "SELECT count(*) FROM nodes WHERE tree = ?";
        if let (Some(nodes), Some(found)) = (nodes, self.count(reader.view(), count, tree))
            && found != nodes
        {
            self.fault(Fault::new(
                place,
                format!("{found} hashes are kept of it, not {nodes}"),
            ));
        }
    }

    /// Compares the inner hashes that are kept with the right ones; answers with their number.
    fn kept_nodes(&self, view: View<'_>, tree: i64, blocks: &HashTree) -> Result<u64, ReadError> {
        let mut count = 0;
        for level in (0..64 - KEPT_LEVELS).step_by(usize::from(KEPT_LEVELS)) {
            for index in 0..blocks.size() >> level {
                let Some(hash) = blocks.hash(level, index) else {
                    break;
                };
                let node = Node {
                    tree,
                    level: level + KEPT_LEVELS,
                    index,
                    hash,
                };
                let place = node_place(&node, &self.origins);
                let found = stored_node(view.conn, tree, node.level, index)
                    .map_err(|error| ReadError::at(place.clone(), error))?;
                count += 1;
                if found != Some(hash) {
                    self.fault(Fault::new(place, "the hash kept over them is another"));
                }
            }
        }
        Ok(count)
    }

    /// Splits `size` leaves into chunks, lets the readers work on them, and joins their hashes in order.
    /// `None` where a chunk has no hashes, for which there is a fault already.
    fn spread(
        &self,
        readers: &mut [Reader],
        size: u64,
        leaves: &(impl Fn(&Self, View<'_>, u64, u64) -> Option<Vec<Hash>> + Sync),
    ) -> Option<Hashes> {
        let next = AtomicU64::new(0);
        let parts = Mutex::new(BTreeMap::new());
        let work = |reader: &mut Reader| {
            loop {
                let from = next.fetch_add(CHUNK, Ordering::Relaxed);
                if from >= size || self.stop.load(Ordering::Relaxed) {
                    break;
                }
                let to = size.min(from + CHUNK);
                let part = leaves(self, reader.view(), from, to).map(|leaves| Hashes::of(&leaves));
                parts
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .insert(from, part);
                let done = self.done.fetch_add(to - from, Ordering::Relaxed) + (to - from);
                (self.progress)(done, self.total);
            }
        };
        thread::scope(|scope| {
            for reader in readers {
                scope.spawn(|| work(reader));
            }
        });
        if self.stop.load(Ordering::Relaxed) {
            return None;
        }
        let parts = parts.into_inner().unwrap_or_else(PoisonError::into_inner);
        let mut joined = Hashes::default();
        for part in parts.into_values() {
            let part = part?;
            joined.blocks.extend(part.blocks);
            joined.tail = part.tail;
        }
        Some(joined)
    }

    /// Checks the records of a range with all that belongs to them, and answers with their leaves.
    fn records(&self, view: View<'_>, from: u64, to: u64) -> Option<Vec<Hash>> {
        let sql = format!(
            "SELECT {ROW_COLUMNS}, o.seq, o.sealed, v.envelope, e.seq FROM journal j \
             LEFT JOIN openings o ON o.seq = j.seq LEFT JOIN envelopes v ON v.seq = j.seq \
             LEFT JOIN entries e ON e.tree = j.tree AND e.idx = j.idx \
             WHERE j.seq >= ? AND j.seq < ? ORDER BY j.seq"
        );
        let mut leaves = Vec::new();
        let mut buffer = Vec::new();
        let mut seq = from;
        let at = |seq, error| ReadError::at(Place::Record { seq }, error);
        let mut statement = self.note(view.conn.prepare_cached(&sql).map_err(|e| at(from, e)))?;
        let mut rows = self.note(statement.query((from, to)).map_err(|e| at(from, e)))?;
        while let Some(row) = self.note(rows.next().map_err(|error| at(seq, error)))? {
            let Some(parsed) = self.note(Row::from(row).map_err(|error| at(seq, error))) else {
                seq += 1;
                continue;
            };
            for seq in seq..parsed.seq {
                self.fault(Fault::new(Place::Record { seq }, "it is missing"));
            }
            seq = parsed.seq + 1;
            let leaf = parsed
                .leaf(&self.origins, &mut buffer)
                .map_err(ReadError::from);
            if let Some(leaf) = self.note(leaf) {
                leaves.push(leaf);
                self.note(self.belongings(view, row, &parsed, &leaf));
            }
        }
        for seq in seq..to {
            self.fault(Fault::new(Place::Record { seq }, "it is missing"));
        }
        (leaves.len() as u64 == to - from).then_some(leaves)
    }

    /// The opening, envelope and place in its log of a record that is itself sound.
    fn belongings(
        &self,
        view: View<'_>,
        row: &rusqlite::Row<'_>,
        parsed: &Row<'_>,
        leaf: &Hash,
    ) -> Result<(), ReadError> {
        let seq = parsed.seq;
        let opening = self
            .note(view.opening(row, parsed, leaf))
            .unwrap_or(Opening::Skipped);
        {
            let mut findings = self.findings();
            findings.with_opening += u64::from(parsed.has_opening);
            findings.openings += u64::from(matches!(opening, Opening::Clear(_)));
            findings.destroyed += u64::from(opening == Opening::Destroyed);
            findings.entries += u64::from(parsed.entry.is_some());
        }
        let Some(entry) = &parsed.entry else {
            return Ok(());
        };
        let Some(log) = self.origins.get(entry.tree).cloned() else {
            return Ok(());
        };
        let place = || Place::Entry {
            log: log.clone(),
            index: entry.index,
            seq,
        };
        let at = |error| ReadError::at(place(), error);
        let fault = |what: &str| ReadError::Damaged(Fault::new(place(), what));
        if row.get::<_, Option<u64>>(11).map_err(at)? != Some(seq) {
            return Err(fault("its log does not lead to it"));
        }
        let Some(envelope) = row.get::<_, Option<Vec<u8>>>(10).map_err(at)? else {
            return Err(fault("its envelope is missing"));
        };
        if leaf_hash(&envelope) != entry.leaf {
            return Err(fault("its envelope is not the one it was written with"));
        }
        let index = entry.index;
        let stored = StoredEntry {
            log: log.clone(),
            index,
            seq,
            envelope,
            opening,
        };
        (self.check)(&stored).map_err(|what| fault(&what))
    }

    /// The leaves of a range of a log's entries, as its index finds them.
    fn entries(
        &self,
        view: View<'_>,
        log: &Origin,
        tree: i64,
        from: u64,
        to: u64,
    ) -> Option<Vec<Hash>> {
        let at = |error| ReadError::at(Place::Log { log: log.clone() }, error);
        let leaves = || {
            let mut statement = view.conn.prepare_cached(
                "SELECT j.leaf FROM entries e \
                 JOIN journal j ON j.seq = e.seq AND j.tree = e.tree AND j.idx = e.idx \
                 WHERE e.tree = ? AND e.idx >= ? AND e.idx < ? ORDER BY e.idx",
            )?;
            let rows = statement.query_map((tree, from, to), |row| row.get(0).map(Hash))?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        };
        let leaves = self.note(leaves().map_err(at))?;
        if leaves.len() as u64 == to - from {
            return Some(leaves);
        }
        let what = format!(
            "of entries {from} to {}, {} are there",
            to - 1,
            leaves.len()
        );
        self.fault(Fault::new(Place::Log { log: log.clone() }, what));
        None
    }

    fn snapshots(&self, view: View<'_>) {
        for kept in self.note(view.snapshots()).unwrap_or_default() {
            let size = kept.size;
            let opened = kept.open(view.seal).map(|(trees, _)| trees.head());
            let stood = |at| self.note(view.stood_at(at)).unwrap_or(false);
            if !opened.is_some_and(stood) {
                self.fault(Fault::new(
                    Place::Snapshot { size },
                    "it is no state of this journal",
                ));
            }
        }
    }

    /// Rows that belong to nothing.
    fn rows(&self, view: View<'_>, stored: &Trees) {
        let mut notes = 0;
        for origin in stored.logs.keys() {
            notes += self
                .note(view.notes(origin))
                .map_or(0, |notes| notes.len() as u64);
        }
        let (with_opening, entries) = {
            let findings = self.findings();
            (findings.with_opening, findings.entries)
        };
        let none = 0_i64;
        for (table, expected) in [
            ("journal", stored.journal.size()),
            ("openings", with_opening),
            ("entries", entries),
            ("envelopes", entries),
            ("notes", notes),
        ] {
            let sql = format!("SELECT count(*) FROM {table} WHERE ? = 0");
            match self.count(view, &sql, none) {
                Some(found) if found != expected => {
                    let what = format!(
                        "table {table} has {found} rows, and {expected} belong to something"
                    );
                    self.fault(Fault::new(Place::File, what));
                }
                Some(_) | None => {}
            }
        }
    }

    /// SQLite's own check of the file.
    fn structure(&self, view: View<'_>) {
        let found = view
            .conn
            .prepare("PRAGMA quick_check(10)")
            .and_then(|mut statement| {
                let lines = statement.query_map([], |row| row.get::<_, String>(0))?;
                lines.collect::<rusqlite::Result<Vec<_>>>()
            })
            .map_err(|error| ReadError::at(Place::File, error));
        for line in self.note(found).unwrap_or_default() {
            if line != "ok" {
                self.fault(Fault::new(Place::File, line));
            }
        }
    }

    fn count(&self, view: View<'_>, sql: &str, parameter: i64) -> Option<u64> {
        let count = view.conn.query_row(sql, [parameter], |row| row.get(0));
        self.note(count.map_err(|error| ReadError::at(Place::File, error)))
    }

    fn into_report(self, stored: &Trees) -> Result<Report, VerifyError> {
        let findings = self
            .findings
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(cause) = findings.disk {
            return Err(VerifyError::Disk(cause));
        }
        let mut faults = findings.faults;
        faults.sort();
        let state = |(log, tree): (&Origin, &Log)| LogState {
            log: log.clone(),
            head: head_of(&tree.frontier),
        };
        Ok(Report {
            head: stored.head(),
            logs: stored.logs.iter().map(state).collect(),
            entries: findings.entries,
            openings: findings.openings,
            destroyed: findings.destroyed,
            faults,
            fault_count: findings.count,
        })
    }
}
