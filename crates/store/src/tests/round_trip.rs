use super::*;

#[derive(Debug, Clone)]
enum Step {
    Append(Vec<Wish>),
    Destroy(prop::sample::Index),
    Snapshot(prop::sample::Index),
    Reopen(Check),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        5 => wishes(120).prop_map(Step::Append),
        1 => any::<prop::sample::Index>().prop_map(Step::Destroy),
        1 => any::<prop::sample::Index>().prop_map(Step::Snapshot),
        1 => Just(Step::Reopen(Check::Whole)),
        1 => Just(Step::Reopen(Check::UpTo(0))),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn what_was_appended_is_read_back_after_any_number_of_restarts(
        steps in prop::collection::vec(step(), 1..16),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let mut store = open(folder.path());
        let mut model = Model::default();
        for step in steps {
            match step {
                Step::Append(wishes) => append(&mut store, &mut model, &wishes),
                Step::Destroy(any) => destroy_one(&mut store, &mut model, any),
                Step::Snapshot(any) if model.size() > 0 => {
                    let size = any.index(model.records.len()) + 1;
                    let part = Model { records: model.records[..size].to_vec(), ..Model::default() };
                    put_snapshot(&store, part.head(), &part.head().root.0).unwrap();
                    let found = store.latest_snapshot().unwrap().unwrap();
                    prop_assert_eq!(found.state, found.at.root.0.to_vec());
                }
                Step::Snapshot(_) => {}
                Step::Reopen(check) => {
                    drop(store);
                    store = Store::open(Options { check, ..options(folder.path()) }).unwrap();
                }
            }
            model.assert_same(store.view());
        }
        drop(store);
        model.assert_same(open(folder.path()).view());
        let report = verify(folder.path(), &key(), 2, &no_check, &quiet).unwrap();
        prop_assert_eq!(report.faults, vec![]);
    }
}

fn destroy_one(store: &mut Store, model: &mut Model, any: prop::sample::Index) {
    let with_opening: Vec<u64> = (0..)
        .zip(&model.records)
        .filter(|(_, record)| record.opening.is_some())
        .map(|(seq, _)| seq)
        .collect();
    if with_opening.is_empty() {
        return;
    }
    let seq = *any.get(&with_opening);
    store.destroy_openings(&[seq]).unwrap();
    model.destroyed.insert(seq);
}

#[test]
fn a_batch_for_another_state_is_not_written() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = open(folder.path());
    let model = sample(&mut store);
    let batch = Batch {
        records: vec![model.records[0].clone()],
        ..Batch::default()
    };
    let moved = AppendError::Moved {
        expected: Head::EMPTY,
        actual: store.head(),
    };
    assert_eq!(store.append(Head::EMPTY, &batch), Err(moved));
    model.assert_same(store.view());
}

#[test]
fn an_entry_out_of_order_is_not_written() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = open(folder.path());
    let model = sample(&mut store);
    let entry = Entry {
        log: log(0),
        index: 2,
        envelope: vec![],
    };
    let record = Record {
        at: 0,
        head: vec![],
        opening: None,
        entry: Some(entry),
    };
    let batch = Batch {
        records: vec![record],
        ..Batch::default()
    };
    let error = store.append(store.head(), &batch).unwrap_err();
    let wrong = matches!(
        error,
        AppendError::Refused(BatchRefusal::WrongIndex { index: 2, .. })
    );
    assert!(wrong, "{error}");
    model.assert_same(store.view());
}

#[test]
fn entries_come_up_to_a_count_and_up_to_a_size_but_never_none() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = open(folder.path());
    let model = sample(&mut store);
    let all = model.envelopes(&log(0)).len();
    let count = |from, count, bytes| store.entries(&log(0), from, count, bytes).unwrap().len();
    assert_eq!(count(0, 5, usize::MAX), 5);
    assert_eq!(count(0, usize::MAX, 1), 1);
    assert_eq!(count(0, usize::MAX, usize::MAX), all);
    assert_eq!(count(all as u64 - 2, usize::MAX, usize::MAX), 2);
    assert_eq!(count(all as u64, usize::MAX, usize::MAX), 0);
    assert_eq!(store.entries(&log(9), 0, 5, 5).unwrap(), []);
    let unknown = store.prove_inclusion(&log(9), 1, 0).unwrap_err();
    assert!(matches!(unknown, ReadError::NoSuchLog { .. }));
    let beyond = store
        .prove_consistency(&log(0), 1, all as u64 + 1)
        .unwrap_err();
    assert!(matches!(beyond, ReadError::NoProof(_)));
}

#[test]
fn the_state_at_a_time_is_what_came_before_the_first_later_record() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = open(folder.path());
    let at = |at| Record {
        at,
        head: vec![],
        opening: None,
        entry: None,
    };
    // The clock was set back after the third.
    let records = [10, 20, 30, 15, 25].map(at).to_vec();
    store
        .append(
            Head::EMPTY,
            &Batch {
                records,
                ..Batch::default()
            },
        )
        .unwrap();
    let sizes = [9, 10, 25, 30, 31].map(|at| store.size_at(at).unwrap());
    assert_eq!(sizes, [0, 1, 2, 5, 5]);
}

#[test]
fn a_reader_sees_what_is_durable_and_a_visitor_can_stop() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = open(folder.path());
    let reader = store.reader().unwrap();
    assert_eq!(reader.view().head().unwrap(), Head::EMPTY);
    let model = sample(&mut store);
    model.assert_same(reader.view());
    let other_process = Reader::open(folder.path(), &key()).unwrap();
    model.assert_same(other_process.view());
    let mut seen = Vec::new();
    let end = store
        .read(5, Openings::Skip, &mut |stored| {
            seen.push((stored.seq, stored.opening));
            if seen.len() == 2 {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        })
        .unwrap();
    assert_eq!(
        (end, seen),
        (7, vec![(5, Opening::Skipped), (6, Opening::None)])
    );
}

#[test]
fn a_second_node_on_the_folder_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let first = open(folder.path());
    let error = Store::open(options(folder.path())).err().unwrap();
    let text = error.to_string();
    assert!(
        text.contains(&folder.path().display().to_string()),
        "{text}"
    );
    assert!(
        text.contains(&format!("process {}", std::process::id())),
        "{text}"
    );
    drop(first);
    open(folder.path());
}

#[test]
fn another_key_is_refused_before_anything_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = open(folder.path());
    let model = sample(&mut store);
    drop(store);
    let before = std::fs::read(folder.path().join("journal.db")).unwrap();
    let other = Options {
        key: Key::new([8; 32]),
        ..options(folder.path())
    };
    let error = Store::open(other).err().unwrap();
    assert!(matches!(error, OpenError::WrongKey { .. }), "{error}");
    assert!(matches!(
        Reader::open(folder.path(), &Key::new([8; 32]))
            .err()
            .unwrap(),
        OpenError::WrongKey { .. }
    ));
    assert_eq!(
        std::fs::read(folder.path().join("journal.db")).unwrap(),
        before
    );
    model.assert_same(open(folder.path()).view());
}

#[test]
fn only_the_last_two_snapshots_are_kept_and_only_states_of_this_journal() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = open(folder.path());
    let mut model = Model::default();
    assert_eq!(store.latest_snapshot().unwrap(), None);
    for round in 0..4_u8 {
        let wish = Wish {
            at: 0,
            head: vec![round],
            opening: None,
            entry: Some((0, vec![round])),
        };
        append(&mut store, &mut model, &[wish]);
        put_snapshot(&store, store.head(), &[round]).unwrap();
    }
    assert_eq!(store.view().snapshots().unwrap().len(), 2);
    let at = store.head();
    let state = vec![3];
    assert_eq!(
        store.latest_snapshot().unwrap(),
        Some(Snapshot { at, state })
    );
    let elsewhere = Head {
        size: 2,
        root: at.root,
    };
    assert!(matches!(
        put_snapshot(&store, elsewhere, b""),
        Err(SnapshotError::NotAState { .. })
    ));
    let later = Head {
        size: 9,
        root: at.root,
    };
    assert!(matches!(
        put_snapshot(&store, later, b""),
        Err(SnapshotError::NotAState { .. })
    ));
}

#[test]
fn cleartext_is_not_on_the_disk_and_a_destroyed_opening_is_nowhere() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = open(folder.path());
    let mut model = Model::default();
    let secret = b"35.3359N 40.1459E, two vehicles, do not lose this".repeat(200);
    let wish = Wish {
        at: 0,
        head: b"head".to_vec(),
        opening: Some(secret.clone()),
        entry: None,
    };
    append(&mut store, &mut model, &[wish]);
    let sealed: Vec<u8> = store
        .view()
        .conn
        .query_row("SELECT sealed FROM openings", [], |row| row.get(0))
        .unwrap();
    assert!(!is_on_disk(folder.path(), &secret[..40]));
    eventually(|| is_on_disk(folder.path(), &sealed[100..200]));
    store.destroy_openings(&[0]).unwrap();
    store.destroy_openings(&[0]).unwrap();
    model.destroyed.insert(0);
    eventually(|| !is_on_disk(folder.path(), &sealed[100..200]));
    // Nor in a page that was freed.
    eventually(|| !is_on_disk(folder.path(), &sealed[5000..5100]));
    model.assert_same(store.view());
    let none = store.destroy_openings(&[1]).unwrap_err();
    assert!(matches!(none, DestroyError::NoOpening { seq: 1 }));
}

/// Waits until this holds, and still does a moment later: bytes can be between two files.
#[track_caller]
fn eventually(mut holds: impl FnMut() -> bool) {
    let mut in_a_row = 0;
    for _ in 0..500 {
        in_a_row = if holds() { in_a_row + 1 } else { 0 };
        if in_a_row == 3 {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    panic!("it never came to hold");
}

fn is_on_disk(folder: &Path, bytes: &[u8]) -> bool {
    std::fs::read_dir(folder).unwrap().any(|file| {
        let found = std::fs::read(file.unwrap().path()).unwrap_or_default();
        found.windows(bytes.len()).any(|window| window == bytes)
    })
}

#[cfg(unix)]
#[test]
fn only_the_owner_can_read_the_files() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("inner");
    let mut store = open(&path);
    sample(&mut store);
    let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
    let mut folders = vec![path];
    while let Some(folder) = folders.pop() {
        assert_eq!(mode(&folder), 0o700, "{}", folder.display());
        for file in std::fs::read_dir(&folder).unwrap() {
            let file = file.unwrap().path();
            match file.is_dir() {
                true => folders.push(file),
                false => assert_eq!(mode(&file), 0o600, "{}", file.display()),
            }
        }
    }
}
