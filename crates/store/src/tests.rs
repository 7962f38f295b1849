//! The journal against a model of it, on disks that work and disks that do not.

mod backups;
mod crashes;
mod damage;
mod full_disk;
mod limits;
mod round_trip;
mod verification;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use proptest::prelude::*;
use tlog::{HashTree, leaf_hash, proof};

use crate::faults::FaultyDisk;
use crate::*;

fn key() -> Key {
    Key::new([7; 32])
}

fn options(folder: &Path) -> Options {
    Options {
        reserve: 0,
        ..Options::new(folder, key())
    }
}

fn open(folder: &Path) -> Store {
    Store::open(options(folder)).unwrap()
}

fn open_on(folder: &Path, disk: &Arc<FaultyDisk>) -> Store {
    Store::open(options(folder).on(Arc::clone(disk))).unwrap()
}

fn log(number: u8) -> Origin {
    Origin::new(&format!("standclear.example/line/{number}/main")).unwrap()
}

/// A record as a test wants it; the index of its entry follows from the journal.
#[derive(Debug, Clone)]
struct Wish {
    at: i64,
    head: Vec<u8>,
    opening: Option<Vec<u8>>,
    entry: Option<(u8, Vec<u8>)>,
}

fn wish() -> impl Strategy<Value = Wish> {
    let bytes = |most| prop::collection::vec(any::<u8>(), 0..most);
    let opening = prop::option::of(bytes(300));
    let entry = prop::option::weighted(0.7, (0..3_u8, bytes(600)));
    (any::<i64>(), bytes(200), opening, entry).prop_map(|(at, head, opening, entry)| Wish {
        at,
        head,
        opening,
        entry,
    })
}

fn wishes(most: usize) -> impl Strategy<Value = Vec<Wish>> {
    prop::collection::vec(wish(), 1..=most)
}

/// What a journal must hold.
#[derive(Debug, Clone, Default)]
struct Model {
    records: Vec<Record>,
    notes: BTreeMap<(Origin, NoteSlot), NoteRow>,
    destroyed: BTreeSet<u64>,
}

impl Model {
    fn size(&self) -> u64 {
        self.records.len() as u64
    }

    fn envelopes(&self, log: &Origin) -> Vec<(u64, &Record, &Entry)> {
        (0..)
            .zip(&self.records)
            .filter_map(|(seq, record)| Some((seq, record, record.entry.as_ref()?)))
            .filter(|(_, _, entry)| entry.log == *log)
            .collect()
    }

    /// The batch that these wishes make, with a note for each log they touch.
    fn batch(&self, wishes: &[Wish]) -> Batch {
        let mut batch = Batch::default();
        let mut sizes = BTreeMap::new();
        for wish in wishes {
            let entry = wish.entry.as_ref().map(|(number, envelope)| {
                let log = log(*number);
                let size = sizes
                    .entry(log.clone())
                    .or_insert_with(|| self.envelopes(&log).len() as u64);
                let index = *size;
                *size += 1;
                Entry {
                    log,
                    index,
                    envelope: envelope.clone(),
                }
            });
            let (head, opening) = (wish.head.clone(), wish.opening.clone());
            batch.records.push(Record {
                at: wish.at,
                head,
                opening,
                entry,
            });
        }
        for (log, size) in sizes {
            let note = format!("{log}\n{size}\n").into_bytes();
            batch.notes.push(NoteRow {
                log,
                slot: NoteSlot::Checkpoint,
                size,
                note,
            });
        }
        batch
    }

    fn apply(&mut self, batch: &Batch) {
        self.records.extend(batch.records.iter().cloned());
        for row in &batch.notes {
            self.notes.insert((row.log.clone(), row.slot), row.clone());
        }
    }

    fn head(&self) -> Head {
        let tree: HashTree = self.records.iter().map(Record::leaf).collect();
        Head {
            size: tree.size(),
            root: tree.root(),
        }
    }

    fn opening(&self, seq: u64, record: &Record) -> Opening {
        match &record.opening {
            None => Opening::None,
            Some(_) if self.destroyed.contains(&seq) => Opening::Destroyed,
            Some(bytes) => Opening::Clear(bytes.clone()),
        }
    }

    fn logs(&self) -> BTreeMap<Origin, HashTree> {
        let mut logs: BTreeMap<Origin, HashTree> = BTreeMap::new();
        for (log, _) in self.notes.keys() {
            logs.entry(log.clone()).or_default();
        }
        for entry in self
            .records
            .iter()
            .filter_map(|record| record.entry.as_ref())
        {
            logs.entry(entry.log.clone())
                .or_default()
                .push(leaf_hash(&entry.envelope));
        }
        logs
    }

    /// Whether a journal answers just as this model does; what differs, or the error, otherwise.
    fn compare(&self, view: View<'_>) -> Result<(), String> {
        let text = |error: ReadError| format!("{error:?}");
        let same = |what: &str, same: bool| if same { Ok(()) } else { Err(what.to_owned()) };
        same("head", view.head().map_err(text)? == self.head())?;
        let mut records = Vec::new();
        let end = view
            .read(0, Openings::Include, &mut |stored| {
                records.push(stored);
                ControlFlow::Continue(())
            })
            .map_err(text)?;
        same("end", end == self.size())?;
        let expected: Vec<_> = (0..)
            .zip(&self.records)
            .map(|(seq, record)| Stored {
                seq,
                at: record.at,
                head: record.head.clone(),
                opening: self.opening(seq, record),
                entry: record
                    .entry
                    .as_ref()
                    .map(|entry| (entry.log.clone(), entry.index)),
            })
            .collect();
        same("records", records == expected)?;
        let logs = self.logs();
        let states: Vec<_> = logs
            .iter()
            .map(|(log, tree)| LogState {
                log: log.clone(),
                head: Head {
                    size: tree.size(),
                    root: tree.root(),
                },
            })
            .collect();
        same("logs", view.logs().map_err(text)? == states)?;
        for (log, tree) in &logs {
            let expected: Vec<_> = self
                .envelopes(log)
                .into_iter()
                .map(|(seq, record, entry)| StoredEntry {
                    log: log.clone(),
                    index: entry.index,
                    seq,
                    envelope: entry.envelope.clone(),
                    opening: self.opening(seq, record),
                })
                .collect();
            let found = view.entries(log, 0, usize::MAX, usize::MAX).map_err(text)?;
            same("entries", found == expected)?;
            let notes: Vec<_> = self
                .notes
                .values()
                .filter(|row| row.log == *log)
                .cloned()
                .collect();
            same("notes", view.notes(log).map_err(text)? == notes)?;
            check_proofs(view, log, tree).map_err(text)?;
        }
        Ok(())
    }

    #[track_caller]
    fn assert_same(&self, view: View<'_>) {
        assert_eq!(self.compare(view), Ok(()));
    }
}

/// Proofs from the stored hashes hold against a tree in memory, at a few sizes and places.
fn check_proofs(view: View<'_>, log: &Origin, tree: &HashTree) -> Result<(), ReadError> {
    let size = tree.size();
    for from in [0, 1, size / 3, size / 2, size.saturating_sub(1), size] {
        let from = from.min(size);
        let from_root = tree.root_at(from).unwrap();
        assert_eq!(view.root_at(log, from)?, from_root);
        let consistency = view.prove_consistency(log, from, size)?;
        proof::verify_consistency(&consistency, from, &from_root, size, &tree.root()).unwrap();
        if from < size {
            let inclusion = view.prove_inclusion(log, size, from)?;
            let leaf = tree.hash(0, from).unwrap();
            proof::verify_inclusion(&inclusion, size, &tree.root(), from, &leaf).unwrap();
        }
    }
    Ok(())
}

/// A fixed journal with everything in it: 700 records, two logs, notes, openings (one destroyed), a snapshot.
fn sample(store: &mut Store) -> Model {
    let mut model = Model::default();
    for step in 0..7_u8 {
        let wishes: Vec<_> = (0..100_u8)
            .map(|number| Wish {
                at: i64::from(step) * 1000 + i64::from(number),
                head: vec![number; 40 + usize::from(number % 7)],
                opening: (number % 3 != 0).then(|| vec![number ^ 0x55; 60]),
                entry: (number % 4 != 1).then(|| (number % 2, vec![step ^ number; 150])),
            })
            .collect();
        append(store, &mut model, &wishes);
    }
    store.destroy_openings(&[4]).unwrap();
    model.destroyed.insert(4);
    put_snapshot(store, store.head(), b"the state of the caller").unwrap();
    model
}

fn put_snapshot(store: &Store, at: Head, state: &[u8]) -> Result<(), SnapshotError> {
    store.begin_snapshot(at)?(state)
}

fn append(store: &mut Store, model: &mut Model, wishes: &[Wish]) {
    let batch = model.batch(wishes);
    store.append(store.head(), &batch).unwrap();
    model.apply(&batch);
    for LogState { log, head } in store.logs().unwrap() {
        assert_eq!(store.root_at(&log, head.size).unwrap(), head.root);
        assert_eq!(store.view().root_at(&log, head.size).unwrap(), head.root);
    }
}

fn no_check(_: &StoredEntry) -> Result<(), String> {
    Ok(())
}

fn quiet(_: u64, _: u64) {}
