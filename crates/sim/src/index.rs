//! What is durable on a simulated disk, ready to be read and checked.

use std::collections::{BTreeMap, BTreeSet};

use store::{Batch, BatchRefusal, Head, MAX_LOGS, NoteRow, NoteSlot, Opening, Origin, Record};
use tlog::{Hash, HashTree, leaf_hash, proof};

/// A record as it lies there.
#[derive(Clone, Debug)]
pub struct Row {
    pub at: i64,
    pub head: Vec<u8>,
    pub opening: Option<Vec<u8>>,
    pub entry: Option<(Origin, u64)>,
}

/// A line log: its tree, and of each entry the record that holds it and the envelope.
#[derive(Debug, Default)]
pub struct Log {
    pub tree: HashTree,
    pub entries: Vec<(u64, Vec<u8>)>,
}

impl Log {
    /// The root when it had `size` entries; `None` where it never had.
    pub fn root_at(&self, size: u64) -> Option<Hash> {
        proof::root_at(size, |level, index| self.tree.hash(level, index)).ok()
    }
}

/// All of a journal that has been synced.
#[derive(Debug, Default)]
pub struct Index {
    pub rows: Vec<Row>,
    pub tree: HashTree,
    pub logs: BTreeMap<Origin, Log>,
    pub notes: BTreeMap<(Origin, NoteSlot), NoteRow>,
    pub destroyed: BTreeSet<u64>,
}

impl Index {
    pub fn head(&self) -> Head {
        Head {
            size: self.tree.size(),
            root: self.tree.root(),
        }
    }

    /// Adds a batch that is durable.
    pub fn take(&mut self, batch: &Batch) {
        for record in &batch.records {
            self.tree.push(record.leaf());
            let seq = self.rows.len() as u64;
            if let Some(entry) = &record.entry {
                let log = self.logs.entry(entry.log.clone()).or_default();
                log.tree.push(leaf_hash(&entry.envelope));
                log.entries.push((seq, entry.envelope.clone()));
            }
            self.rows.push(Row {
                at: record.at,
                head: record.head.clone(),
                opening: record.opening.clone(),
                entry: record
                    .entry
                    .as_ref()
                    .map(|entry| (entry.log.clone(), entry.index)),
            });
        }
        for note in &batch.notes {
            self.notes
                .insert((note.log.clone(), note.slot), note.clone());
        }
    }

    /// Whether the entries of a batch are the next ones of their logs.
    ///
    /// # Errors
    /// [`BatchRefusal::WrongIndex`], [`BatchRefusal::TooManyLogs`].
    pub fn check(&self, records: &[Record]) -> Result<(), BatchRefusal> {
        let mut next: BTreeMap<&Origin, u64> = BTreeMap::new();
        for entry in records.iter().filter_map(|record| record.entry.as_ref()) {
            let held = || self.logs.get(&entry.log).map_or(0, |log| log.tree.size());
            let expected = next.entry(&entry.log).or_insert_with(held);
            if *expected != entry.index {
                return Err(BatchRefusal::WrongIndex {
                    log: entry.log.clone(),
                    index: entry.index,
                    expected: *expected,
                });
            }
            *expected += 1;
        }
        let new = next
            .keys()
            .filter(|log| !self.logs.contains_key(*log))
            .count();
        match self.logs.len() + new > MAX_LOGS {
            true => Err(BatchRefusal::TooManyLogs),
            false => Ok(()),
        }
    }

    pub fn opening(&self, seq: u64) -> Opening {
        match self.rows.get(seq as usize).map(|row| &row.opening) {
            Some(Some(_)) if self.destroyed.contains(&seq) => Opening::Destroyed,
            Some(Some(opening)) => Opening::Clear(opening.clone()),
            Some(None) | None => Opening::None,
        }
    }
}
