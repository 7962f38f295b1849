use super::*;

const RESERVE: u64 = 1 << 20;
const QUOTA: u64 = 3 << 20;

fn batch(room: Room) -> Batch {
    let record = Record {
        at: 0,
        head: vec![3; 2000],
        opening: Some(vec![4; 2000]),
        entry: None,
    };
    Batch {
        records: vec![record; 4],
        notes: vec![],
        room,
    }
}

struct Filled {
    folder: tempfile::TempDir,
    disk: Arc<FaultyDisk>,
    store: Store,
    model: Model,
}

/// A journal whose main lane has just filled the disk.
fn filled() -> Filled {
    let folder = tempfile::tempdir().unwrap();
    let disk = FaultyDisk::new();
    disk.set_quota(Some((folder.path(), QUOTA)));
    let options = Options {
        reserve: RESERVE,
        ..options(folder.path())
    };
    let mut store = Store::open(options.on(Arc::clone(&disk))).unwrap();
    let mut model = Model::default();
    let main = batch(Room::Main);
    let error = loop {
        match store.append(store.head(), &main) {
            Ok(_) => model.apply(&main),
            Err(error) => break error,
        }
    };
    assert_eq!(error, AppendError::DiskFull);
    assert!(model.size() > 100, "{}", model.size());
    Filled {
        folder,
        disk,
        store,
        model,
    }
}

#[test]
fn a_full_disk_stops_main_and_the_stop_lane_goes_on_in_the_reserve() {
    let Filled {
        folder,
        disk,
        mut store,
        mut model,
    } = filled();
    assert_eq!(store.health(), Health::DiskFull { reserve: RESERVE });
    let (main, stop) = (batch(Room::Main), batch(Room::Reserved));
    for _ in 0..20 {
        store.append(store.head(), &stop).unwrap();
        model.apply(&stop);
        assert_eq!(
            store.append(store.head(), &main),
            Err(AppendError::DiskFull)
        );
    }
    assert!(matches!(
        put_snapshot(&store, store.head(), b""),
        Err(SnapshotError::DiskFull)
    ));
    model.assert_same(store.view());
    drop(store);
    let store = Store::open(options(folder.path()).on(disk)).unwrap();
    model.assert_same(store.view());
}

#[test]
fn when_the_reserve_is_spent_nothing_is_written_any_more() {
    let Filled {
        folder,
        disk,
        mut store,
        mut model,
    } = filled();
    let stop = batch(Room::Reserved);
    let error = loop {
        match store.append(store.head(), &stop) {
            Ok(_) => model.apply(&stop),
            Err(error) => break error,
        }
    };
    let AppendError::Failed { cause } = &error else {
        panic!("{error}")
    };
    assert!(cause.contains("the reserve is spent"), "{cause}");
    assert_eq!(folder.path().join("reserve").metadata().unwrap().len(), 0);
    assert_eq!(store.append(store.head(), &stop), Err(error));
    model.assert_same(store.view());
    drop(store);
    // The operator made room, and starts the node again.
    disk.set_quota(None);
    let mut store = open_on(folder.path(), &disk);
    model.assert_same(store.view());
    store.append(store.head(), &batch(Room::Main)).unwrap();
}

#[test]
fn once_there_is_room_the_reserve_is_filled_and_main_goes_on() {
    let Filled {
        folder,
        disk,
        mut store,
        mut model,
    } = filled();
    let (main, stop) = (batch(Room::Main), batch(Room::Reserved));
    let used = |store: &Store| match store.health() {
        Health::DiskFull { reserve } => RESERVE - reserve,
        Health::Well | Health::Failed { .. } => 0,
    };
    while used(&store) == 0 {
        store.append(store.head(), &stop).unwrap();
        model.apply(&stop);
    }
    assert_eq!(store.try_resume(), Err(AppendError::DiskFull));
    assert_eq!(
        store.append(store.head(), &main),
        Err(AppendError::DiskFull)
    );
    disk.set_quota(Some((folder.path(), 2 * QUOTA)));
    assert_eq!(
        store.append(store.head(), &main),
        Err(AppendError::DiskFull),
        "only on request"
    );
    store.try_resume().unwrap();
    assert_eq!(store.health(), Health::Well);
    assert_eq!(
        folder.path().join("reserve").metadata().unwrap().len(),
        RESERVE
    );
    store.append(store.head(), &main).unwrap();
    model.apply(&main);
    model.assert_same(store.view());
}

#[test]
fn a_node_that_starts_on_a_full_disk_still_carries_stop_calls() {
    let Filled {
        folder,
        disk,
        store,
        mut model,
    } = filled();
    drop(store);
    // Just what is used now, with a reserve that can never be filled.
    let used: u64 = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|file| file.unwrap().metadata().unwrap().len())
        .sum();
    disk.set_quota(Some((folder.path(), used)));
    let options = Options {
        reserve: 2 * RESERVE,
        ..options(folder.path())
    };
    let mut store = Store::open(options.on(Arc::clone(&disk))).unwrap();
    assert_eq!(store.health(), Health::DiskFull { reserve: RESERVE });
    let (main, stop) = (batch(Room::Main), batch(Room::Reserved));
    assert_eq!(
        store.append(store.head(), &main),
        Err(AppendError::DiskFull)
    );
    store.append(store.head(), &stop).unwrap();
    model.apply(&stop);
    model.assert_same(store.view());
}
