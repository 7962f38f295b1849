use super::*;
use crate::rng::Rng;
use store::{BatchRefusal, Entry, Record};

fn log() -> Origin {
    Origin::new("line/stop").unwrap()
}

fn record(n: u8, index: Option<u64>) -> Record {
    Record {
        at: i64::from(n) * 1_000,
        head: vec![n; 40],
        opening: index.map(|_| vec![n; 9]),
        entry: index.map(|index| Entry {
            log: log(),
            index,
            envelope: vec![n; 700],
        }),
    }
}

fn batch(records: Vec<Record>, room: Room) -> Batch {
    Batch {
        records,
        notes: Vec::new(),
        room,
    }
}

fn append(journal: &mut MemoryJournal, records: Vec<Record>) -> Result<Head, AppendError> {
    let head = journal.head();
    journal.append(head, &batch(records, Room::Main))
}

#[test]
fn what_was_appended_is_read_after_a_crash() {
    let disk = Disk::new();
    let mut journal = MemoryJournal::open(&disk);
    append(&mut journal, vec![record(1, Some(0)), record(2, None)]).unwrap();
    let head = append(&mut journal, vec![record(3, Some(1))]).unwrap();
    disk.crash(&mut Rng::new(1));
    let journal = MemoryJournal::open(&disk);
    assert_eq!(journal.head(), head);
    let entries = journal.entries(&log(), 0, 9, usize::MAX).unwrap();
    assert_eq!(
        entries.iter().map(|entry| entry.seq).collect::<Vec<_>>(),
        [0, 2]
    );
    assert_eq!(entries[1].opening, Opening::Clear(vec![3; 9]));
    assert_eq!(journal.size_at(2_000).unwrap(), 2);
}

#[test]
fn a_batch_is_there_whole_or_not_at_all_wherever_the_power_goes() {
    for fuse in 0..4 {
        for seed in 0..50 {
            let disk = Disk::new();
            let mut journal = MemoryJournal::open(&disk);
            let before = append(&mut journal, vec![record(1, Some(0))]).unwrap();
            disk.set_fuse(fuse);
            let written = append(&mut journal, vec![record(2, Some(1)), record(3, Some(2))]);
            assert_eq!(written.is_ok(), fuse == 3, "three steps: write, sync, tell");
            disk.crash(&mut Rng::new(seed));
            let after = MemoryJournal::open(&disk).head();
            assert!(after == before || after.size == 3, "{after}");
            assert!(fuse < 2 || after.size == 3, "it was synced");
            assert!(fuse > 0 || after == before, "it was never written");
        }
    }
}

#[test]
fn a_failed_sync_stops_the_journal_for_good() {
    let disk = Disk::new();
    let mut journal = MemoryJournal::open(&disk);
    disk.fail_next_sync();
    assert!(matches!(
        append(&mut journal, vec![record(1, None)]),
        Err(AppendError::Failed { .. })
    ));
    assert!(matches!(
        append(&mut journal, vec![record(1, None)]),
        Err(AppendError::Failed { .. })
    ));
    assert!(matches!(journal.health(), Health::Failed { .. }));
    assert_eq!(journal.head(), Head::EMPTY);
}

#[test]
fn a_full_disk_stops_main_and_the_reserve_ends() {
    let disk = Disk::new();
    let mut journal = MemoryJournal::open(&disk);
    disk.set_full(true);
    assert_eq!(
        append(&mut journal, vec![record(1, None)]),
        Err(AppendError::DiskFull)
    );
    let reserved = batch(vec![record(1, None)], Room::Reserved);
    let head = journal.append(Head::EMPTY, &reserved).unwrap();
    assert_eq!(journal.try_resume(), Err(AppendError::DiskFull));
    disk.inner().reserve = 10;
    assert!(matches!(
        journal.append(head, &reserved),
        Err(AppendError::Failed { .. })
    ));
}

#[test]
fn a_batch_at_another_head_or_index_is_refused() {
    let disk = Disk::new();
    let mut journal = MemoryJournal::open(&disk);
    append(&mut journal, vec![record(1, Some(0))]).unwrap();
    let stale = journal.append(Head::EMPTY, &batch(vec![record(2, None)], Room::Main));
    assert!(matches!(stale, Err(AppendError::Moved { .. })));
    let skipping = append(&mut journal, vec![record(2, Some(2))]);
    assert!(matches!(
        skipping,
        Err(AppendError::Refused(BatchRefusal::WrongIndex { .. }))
    ));
}

#[test]
fn a_restored_backup_is_what_it_was() {
    let disk = Disk::new();
    let mut journal = MemoryJournal::open(&disk);
    let then = append(&mut journal, vec![record(1, Some(0))]).unwrap();
    let image = disk.image();
    append(&mut journal, vec![record(2, Some(1))]).unwrap();
    disk.restore(image);
    assert_eq!(MemoryJournal::open(&disk).head(), then);
}

#[test]
fn a_snapshot_of_another_journal_is_not_given_back() {
    let disk = Disk::new();
    let mut journal = MemoryJournal::open(&disk);
    append(&mut journal, vec![record(1, None)]).unwrap();
    let image = disk.image();
    let later = append(&mut journal, vec![record(2, None)]).unwrap();
    journal.begin_snapshot(later).unwrap()(b"state").unwrap();
    assert_eq!(
        journal.latest_snapshot().unwrap().map(|kept| kept.at),
        Some(later)
    );
    disk.restore(image);
    assert_eq!(MemoryJournal::open(&disk).latest_snapshot().unwrap(), None);
    let unknown = journal.begin_snapshot(later);
    assert!(matches!(unknown, Err(SnapshotError::NotAState { .. })));
}

#[test]
fn a_destroyed_opening_stays_destroyed_and_the_head_the_same() {
    let disk = Disk::new();
    let mut journal = MemoryJournal::open(&disk);
    let head = append(&mut journal, vec![record(1, Some(0)), record(2, None)]).unwrap();
    journal.destroy_openings(&[0]).unwrap();
    assert!(matches!(
        journal.destroy_openings(&[1]),
        Err(DestroyError::NoOpening { seq: 1 })
    ));
    disk.crash(&mut Rng::new(3));
    let journal = MemoryJournal::open(&disk);
    assert_eq!(journal.head(), head);
    assert_eq!(
        journal.entries(&log(), 0, 1, 1).unwrap()[0].opening,
        Opening::Destroyed
    );
}
