use super::*;
use crate::faults::Unsynced;

fn unsynced() -> impl Strategy<Value = Unsynced> {
    prop_oneof![
        2 => Just(Unsynced::Lost),
        3 => any::<u64>().prop_map(|seed| Unsynced::Torn { seed }),
        1 => Just(Unsynced::Kept),
    ]
}

/// A life of a node: it dies after so many operations of its disk, at the latest after these batches.
fn life() -> impl Strategy<Value = (u64, Vec<Vec<Wish>>, Unsynced)> {
    (
        1..200_u64,
        prop::collection::vec(wishes(20), 0..10),
        unsynced(),
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn no_crash_loses_an_acknowledged_batch_or_shows_half_of_one(
        lives in prop::collection::vec(life(), 1..6),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let disk = FaultyDisk::new();
        let mut model = Model::default();
        for (operations, batches, unsynced) in lives {
            disk.crash_after(operations);
            let in_flight = live(folder.path(), &disk, &mut model, &batches);
            disk.crash();
            disk.power_up(unsynced).unwrap();
            let store = open_on(folder.path(), &disk);
            if let Some(batch) = in_flight && store.head().size > model.size() {
                // It was not acknowledged, and is there all the same, all of it.
                model.apply(&batch);
            }
            model.assert_same(store.view());
        }
        let report = verify(folder.path(), &key(), 1, &no_check, &quiet).unwrap();
        prop_assert_eq!(report.faults, vec![]);
    }
}

/// Appends until the disk dies; answers with the batch that was not acknowledged.
fn live(
    folder: &Path,
    disk: &Arc<FaultyDisk>,
    model: &mut Model,
    batches: &[Vec<Wish>],
) -> Option<Batch> {
    let mut store = Store::open(options(folder).on(Arc::clone(disk))).ok()?;
    for wishes in batches {
        let batch = model.batch(wishes);
        match store.append(store.head(), &batch) {
            Ok(_) => model.apply(&batch),
            Err(AppendError::Failed { .. }) => return Some(batch),
            Err(error) => panic!("{error}"),
        }
    }
    None
}

#[test]
fn after_the_first_failed_sync_nothing_is_written_and_reading_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let disk = FaultyDisk::new();
    let mut store = open_on(folder.path(), &disk);
    let model = sample(&mut store);
    settle(&disk);
    disk.fail_sync(1);
    let wish = Wish {
        at: 1,
        head: vec![9; 9],
        opening: None,
        entry: Some((0, vec![1])),
    };
    let batch = model.batch(&[wish]);
    let first = store.append(store.head(), &batch).unwrap_err();
    assert!(matches!(first, AppendError::Failed { .. }), "{first}");
    let operations = disk.operations();
    assert_eq!(
        store.append(store.head(), &batch),
        Err(first.clone()),
        "the cause is kept"
    );
    let stop = Batch {
        room: Room::Reserved,
        ..batch
    };
    assert_eq!(store.append(store.head(), &stop), Err(first.clone()));
    assert_eq!(store.try_resume(), Err(first));
    assert!(store.destroy_openings(&[1]).is_err());
    assert!(put_snapshot(&store, store.head(), b"").is_err());
    assert!(matches!(store.health(), Health::Failed { .. }));
    assert_eq!(
        disk.operations(),
        operations,
        "the disk was not touched again"
    );
    model.assert_same(store.view());
}

/// Waits until the checkpointer leaves the disk alone.
fn settle(disk: &FaultyDisk) {
    let mut before = u64::MAX;
    while before != disk.operations() {
        before = disk.operations();
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
}

#[test]
fn a_failed_sync_of_a_checkpoint_stops_the_journal_too() {
    let folder = tempfile::tempdir().unwrap();
    let disk = FaultyDisk::new();
    let mut store = open_on(folder.path(), &disk);
    let mut model = sample(&mut store);
    settle(&disk);
    // The commit syncs the write-ahead log; only the checkpoint that follows syncs the database.
    disk.fail_sync_of("journal.db", 1);
    store.destroy_openings(&[1]).unwrap();
    model.destroyed.insert(1);
    for _ in 0..200 {
        if matches!(store.health(), Health::Failed { .. }) {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    let batch = Batch {
        records: vec![model.records[1].clone()],
        ..Batch::default()
    };
    let batch = Batch {
        records: vec![Record {
            entry: None,
            ..batch.records[0].clone()
        }],
        ..batch
    };
    let error = store.append(store.head(), &batch).unwrap_err();
    assert!(matches!(error, AppendError::Failed { .. }), "{error}");
    model.assert_same(store.view());
}

#[test]
fn a_disk_that_lied_about_its_syncs_is_found_out() {
    let folder = tempfile::tempdir().unwrap();
    let disk = FaultyDisk::new();
    let mut store = open_on(folder.path(), &disk);
    let mut model = sample(&mut store);
    settle(&disk);
    disk.lie_about_syncs();
    let wish = Wish {
        at: 1,
        head: vec![9; 9],
        opening: None,
        entry: None,
    };
    append(&mut store, &mut model, &[wish]);
    disk.crash();
    drop(store);
    disk.power_up(Unsynced::Lost).unwrap();
    let error = Store::open(options(folder.path())).err().unwrap();
    let OpenError::Damaged { fault, .. } = error else {
        panic!("{error}")
    };
    assert_eq!(
        fault.to_string(),
        "the journal's end: it ends at 700 records, but 701 were acknowledged as durable"
    );
}

#[test]
fn a_journal_whose_files_vanished_is_not_taken_for_a_new_one() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = open(folder.path());
    sample(&mut store);
    drop(store);
    let database = folder.path().join("journal.db");
    let mark = folder.path().join("head");
    let kept = std::fs::read(&mark).unwrap();
    std::fs::remove_file(&mark).unwrap();
    let error = Store::open(options(folder.path())).err().unwrap();
    assert!(matches!(error, OpenError::Damaged { .. }), "{error}");
    std::fs::write(&mark, &kept).unwrap();
    std::fs::remove_file(&database).unwrap();
    let error = Store::open(options(folder.path())).err().unwrap();
    assert!(matches!(error, OpenError::Damaged { .. }), "{error}");
}
