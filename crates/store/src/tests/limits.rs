use super::*;

fn record() -> Record {
    Record {
        at: 0,
        head: vec![],
        opening: None,
        entry: None,
    }
}

fn with(records: Vec<Record>) -> Batch {
    Batch {
        records,
        ..Batch::default()
    }
}

fn entry(log: Origin, index: u64, bytes: usize) -> Option<Entry> {
    Some(Entry {
        log,
        index,
        envelope: vec![1; bytes],
    })
}

#[track_caller]
fn refused(store: &mut Store, batch: &Batch) -> BatchRefusal {
    let before = store.head();
    match store.append(before, batch) {
        Err(AppendError::Refused(refusal)) => {
            assert_eq!(store.head(), before);
            refusal
        }
        other => panic!("not refused: {other:?}"),
    }
}

#[test]
fn each_part_may_be_as_large_as_its_limit_and_no_larger() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = open(folder.path());
    type OfSize = fn(usize) -> Batch;
    let parts: [(&str, OfSize, usize); 4] = [
        (
            "head",
            |bytes| {
                with(vec![Record {
                    head: vec![1; bytes],
                    ..record()
                }])
            },
            MAX_HEAD,
        ),
        (
            "opening",
            |bytes| {
                with(vec![Record {
                    opening: Some(vec![1; bytes]),
                    ..record()
                }])
            },
            MAX_OPENING,
        ),
        (
            "envelope",
            |bytes| {
                with(vec![Record {
                    entry: entry(log(0), 0, bytes),
                    ..record()
                }])
            },
            MAX_ENVELOPE,
        ),
        (
            "note",
            |bytes| {
                let row = NoteRow {
                    log: log(1),
                    slot: NoteSlot::Disputed,
                    size: 0,
                    note: vec![1; bytes],
                };
                Batch {
                    notes: vec![row],
                    ..Batch::default()
                }
            },
            MAX_NOTE,
        ),
    ];
    for (name, batch, limit) in parts {
        let refusal = refused(&mut store, &batch(limit + 1));
        let expected = BatchRefusal::PartTooLarge {
            part: name,
            item: 0,
            bytes: limit + 1,
            limit,
        };
        assert_eq!(refusal, expected);
        store.append(store.head(), &batch(limit)).unwrap();
    }
    drop(store);
    open(folder.path());
}

#[test]
fn a_batch_may_have_so_many_records_notes_and_bytes_and_no_more() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = open(folder.path());
    let refusal = refused(&mut store, &with(vec![record(); MAX_BATCH_RECORDS + 1]));
    assert_eq!(
        refusal,
        BatchRefusal::TooManyRecords {
            given: MAX_BATCH_RECORDS + 1
        }
    );
    store
        .append(store.head(), &with(vec![record(); MAX_BATCH_RECORDS]))
        .unwrap();

    let note = NoteRow {
        log: log(0),
        slot: NoteSlot::Cosigned,
        size: 1,
        note: vec![],
    };
    let notes = |count| Batch {
        notes: vec![note.clone(); count],
        ..Batch::default()
    };
    let refusal = refused(&mut store, &notes(MAX_BATCH_NOTES + 1));
    assert_eq!(
        refusal,
        BatchRefusal::TooManyNotes {
            given: MAX_BATCH_NOTES + 1
        }
    );
    store.append(store.head(), &notes(MAX_BATCH_NOTES)).unwrap();

    let opening = |bytes| Record {
        opening: Some(vec![1; bytes]),
        ..record()
    };
    let mut records = vec![opening(MAX_OPENING); MAX_BATCH_BYTES / MAX_OPENING];
    store.append(store.head(), &with(records.clone())).unwrap();
    records.push(opening(1));
    let refusal = refused(&mut store, &with(records));
    assert_eq!(
        refusal,
        BatchRefusal::TooLarge {
            bytes: MAX_BATCH_BYTES + 1
        }
    );
}

#[test]
fn a_journal_keeps_so_many_logs_and_no_more() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = open(folder.path());
    let row = |number: usize| NoteRow {
        log: Origin::new(&format!("log {number}")).unwrap(),
        slot: NoteSlot::Checkpoint,
        size: 0,
        note: vec![],
    };
    for first in (0..MAX_LOGS).step_by(MAX_BATCH_NOTES) {
        let notes = (first..first + MAX_BATCH_NOTES).map(row).collect();
        store
            .append(
                store.head(),
                &Batch {
                    notes,
                    ..Batch::default()
                },
            )
            .unwrap();
    }
    let one_more = Batch {
        notes: vec![row(MAX_LOGS)],
        ..Batch::default()
    };
    assert_eq!(refused(&mut store, &one_more), BatchRefusal::TooManyLogs);
    assert_eq!(store.logs().unwrap().len(), MAX_LOGS);
}

#[test]
fn an_origin_has_at_least_one_byte_and_at_most_the_limit() {
    assert_eq!(Origin::new(""), Err(OriginError { bytes: 0 }));
    assert!(Origin::new(&"a".repeat(MAX_ORIGIN)).is_ok());
    let long = "a".repeat(MAX_ORIGIN + 1);
    assert_eq!(
        Origin::new(&long),
        Err(OriginError {
            bytes: MAX_ORIGIN + 1
        })
    );
}

#[test]
fn a_snapshot_over_its_limit_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    // Zeroed memory that is never touched costs nothing.
    let state = vec![0; MAX_SNAPSHOT + 1];
    let error = put_snapshot(&store, Head::EMPTY, &state).unwrap_err();
    assert!(matches!(error, SnapshotError::TooLarge { .. }), "{error}");
}

#[test]
fn an_empty_batch_does_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = open(folder.path());
    assert_eq!(
        store.append(Head::EMPTY, &Batch::default()),
        Ok(Head::EMPTY)
    );
}
