//! What an append does: hash and seal first, then one transaction.

use std::collections::BTreeMap;

use aws_lc_rs::error::Unspecified;
use rusqlite::{Connection, params};
use tlog::{Frontier, Hash, leaf_hash};

use crate::record::{
    Batch, BatchRefusal, MAX_LOGS, MAX_RECORDS, NoteRow, Origin, Record, note_sum, short_sum,
};
use crate::seal::{Seal, Sealed};
use crate::trees::{JOURNAL_TREE, Log, Node, Trees, edge_bytes, grow};

/// A batch with all that is computed for it, not written yet.
pub(crate) struct Staged {
    journal: Frontier,
    /// The logs that the batch touches, as they are after it.
    logs: BTreeMap<Origin, Log>,
    next_tree: i64,
    records: Vec<StagedRecord>,
    nodes: Vec<Node>,
}

struct StagedRecord {
    sum: i64,
    /// The tree of its log, and its envelope's leaf.
    entry: Option<(i64, Hash)>,
    sealed: Option<Vec<u8>>,
}

/// Why a batch cannot be staged.
pub(crate) enum Unstaged {
    Refused(BatchRefusal),
    /// There is no randomness, or sealing failed.
    Sealing,
}

impl From<BatchRefusal> for Unstaged {
    fn from(refusal: BatchRefusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<Unspecified> for Unstaged {
    fn from(_: Unspecified) -> Self {
        Self::Sealing
    }
}

impl Staged {
    /// Hashes and seals `batch`, which has passed [`Batch::check`].
    pub(crate) fn new(trees: &Trees, seal: &Seal, batch: &Batch) -> Result<Self, Unstaged> {
        if trees.journal.size() + batch.records.len() as u64 > MAX_RECORDS {
            return Err(BatchRefusal::JournalFull.into());
        }
        let mut staged = Self {
            journal: trees.journal.clone(),
            logs: BTreeMap::new(),
            next_tree: trees.next_tree(),
            records: Vec::with_capacity(batch.records.len()),
            nodes: Vec::new(),
        };
        let mut buffer = Vec::new();
        for record in &batch.records {
            staged.add(trees, seal, record, &mut buffer)?;
        }
        for row in &batch.notes {
            staged.log(trees, &row.log)?;
        }
        Ok(staged)
    }

    fn add(
        &mut self,
        trees: &Trees,
        seal: &Seal,
        record: &Record,
        buffer: &mut Vec<u8>,
    ) -> Result<(), Unstaged> {
        let mut nodes = std::mem::take(&mut self.nodes);
        let entry = match &record.entry {
            None => None,
            Some(entry) => {
                let log = self.log(trees, &entry.log)?;
                let expected = log.frontier.size();
                if entry.index != expected {
                    let (log, index) = (entry.log.clone(), entry.index);
                    return Err(BatchRefusal::WrongIndex {
                        log,
                        index,
                        expected,
                    }
                    .into());
                }
                let leaf = leaf_hash(&entry.envelope);
                grow(log.tree, &mut log.frontier, leaf, |node| nodes.push(node));
                Some((log.tree, leaf))
            }
        };
        let seq = self.journal.size();
        let leaf = record.leaf_with(entry.as_ref().map(|(_, leaf)| leaf), buffer);
        let sealed = match &record.opening {
            None => None,
            Some(clear) => Some(seal.seal(Sealed::Opening, seq, &leaf, clear)?),
        };
        grow(JOURNAL_TREE, &mut self.journal, leaf, |node| {
            nodes.push(node)
        });
        self.nodes = nodes;
        self.records.push(StagedRecord {
            sum: short_sum(&leaf),
            entry,
            sealed,
        });
        Ok(())
    }

    /// The log named `origin`, as it is within this batch; a new one where there is none.
    fn log(&mut self, trees: &Trees, origin: &Origin) -> Result<&mut Log, Unstaged> {
        if !self.logs.contains_key(origin) {
            let log = match trees.logs.get(origin) {
                Some(log) => log.clone(),
                None if self.next_tree > MAX_LOGS as i64 => {
                    return Err(BatchRefusal::TooManyLogs.into());
                }
                None => {
                    let tree = self.next_tree;
                    self.next_tree += 1;
                    Log {
                        tree,
                        frontier: Frontier::new(),
                    }
                }
            };
            self.logs.insert(origin.clone(), log);
        }
        // It was put there above.
        self.logs
            .get_mut(origin)
            .ok_or(Unstaged::Refused(BatchRefusal::TooManyLogs))
    }

    /// Writes everything, within the caller's transaction.
    pub(crate) fn write(&self, conn: &Connection, batch: &Batch) -> rusqlite::Result<()> {
        let first = self.journal.size() - self.records.len() as u64;
        let mut journal = conn.prepare_cached(
            "INSERT INTO journal(seq, at, opening, tree, idx, leaf, sum, head) \
             VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        )?;
        let mut openings =
            conn.prepare_cached("INSERT INTO openings(seq, sealed) VALUES (?, ?)")?;
        let mut entries =
            conn.prepare_cached("INSERT INTO entries(tree, idx, seq) VALUES (?, ?, ?)")?;
        let mut envelopes =
            conn.prepare_cached("INSERT INTO envelopes(seq, envelope) VALUES (?, ?)")?;
        for (seq, (record, staged)) in (first..).zip(batch.records.iter().zip(&self.records)) {
            let index = record.entry.as_ref().map(|entry| entry.index);
            journal.execute(params![
                seq,
                record.at,
                staged.sealed.is_some(),
                staged.entry.map(|(tree, _)| tree),
                index,
                staged.entry.as_ref().map(|(_, leaf)| &leaf.0[..]),
                staged.sum,
                record.head,
            ])?;
            if let Some(sealed) = &staged.sealed {
                openings.execute(params![seq, sealed])?;
            }
            if let (Some(entry), Some((tree, _))) = (&record.entry, staged.entry) {
                entries.execute(params![tree, entry.index, seq])?;
                envelopes.execute(params![seq, entry.envelope])?;
            }
        }
        self.write_trees(conn)?;
        for row in &batch.notes {
            self.write_note(conn, row)?;
        }
        Ok(())
    }

    fn write_trees(&self, conn: &Connection) -> rusqlite::Result<()> {
        let mut nodes =
            conn.prepare_cached("INSERT INTO nodes(tree, level, idx, hash) VALUES (?, ?, ?, ?)")?;
        for node in &self.nodes {
            nodes.execute(params![node.tree, node.level, node.index, node.hash.0])?;
        }
        let mut trees = conn.prepare_cached(
            "INSERT INTO trees(tree, origin, size, edge) VALUES (?, ?, ?, ?) \
             ON CONFLICT(tree) DO UPDATE SET size = excluded.size, edge = excluded.edge",
        )?;
        let edge = edge_bytes(&self.journal);
        trees.execute(params![JOURNAL_TREE, "", self.journal.size(), edge])?;
        for (origin, log) in &self.logs {
            let edge = edge_bytes(&log.frontier);
            trees.execute(params![
                log.tree,
                origin.as_str(),
                log.frontier.size(),
                edge
            ])?;
        }
        Ok(())
    }

    fn write_note(&self, conn: &Connection, row: &NoteRow) -> rusqlite::Result<()> {
        let tree = self.logs.get(&row.log).map(|log| log.tree);
        let sum = note_sum(row.log.as_str(), row.slot, row.size, &row.note);
        conn.prepare_cached(
            "INSERT INTO notes(tree, slot, size, note, sum) VALUES (?, ?, ?, ?, ?) \
             ON CONFLICT(tree, slot) DO UPDATE \
             SET size = excluded.size, note = excluded.note, sum = excluded.sum",
        )?
        .execute(params![tree, row.slot as i64, row.size, row.note, sum.0])
        .map(|_| ())
    }

    /// Brings `trees` to where the batch, now durable, has left them.
    pub(crate) fn install(self, trees: &mut Trees) {
        trees.journal = self.journal;
        trees.logs.extend(self.logs);
    }
}
