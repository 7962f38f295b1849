use super::*;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

#[test]
fn verifying_shows_every_entry_to_the_caller_once_and_counts() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = open(folder.path());
    let model = sample(&mut store);
    for threads in [1, 2, 5] {
        let seen = Mutex::new(BTreeSet::new());
        let done = AtomicU64::new(0);
        let check = |entry: &StoredEntry| {
            let new = seen
                .lock()
                .unwrap()
                .insert((entry.log.clone(), entry.index));
            if new { Ok(()) } else { Err("twice".to_owned()) }
        };
        let progress = |now: u64, all: u64| {
            assert!(now <= all);
            done.fetch_max(now, Ordering::Relaxed);
        };
        // While the node runs: only what it has made durable is checked.
        let report = verify(folder.path(), &key(), threads, &check, &progress).unwrap();
        assert_eq!(report.faults, []);
        assert_eq!(report.head, model.head());
        assert_eq!(report.entries, 525);
        assert_eq!((report.openings, report.destroyed), (461, 1));
        assert_eq!(seen.into_inner().unwrap().len(), 525);
        assert_eq!(done.into_inner(), 700 + 525);
        assert_eq!(report.logs, store.logs().unwrap());
    }
}

#[test]
fn what_the_caller_finds_wrong_is_named_by_log_and_index() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = open(folder.path());
    sample(&mut store);
    let check = |entry: &StoredEntry| match entry.index % 2 {
        0 => Err("its signature does not verify".to_owned()),
        _ => Ok(()),
    };
    let report = verify(folder.path(), &key(), 2, &check, &quiet).unwrap();
    assert_eq!(report.faults.len(), verify::MAX_FAULTS);
    assert_eq!(report.fault_count, 263);
    let text = report.faults[0].to_string();
    assert!(
        text.starts_with("entry 0 of log `standclear.example/line/0/main`"),
        "{text}"
    );
    assert!(text.ends_with("its signature does not verify"), "{text}");
}

#[test]
fn there_is_nothing_to_verify_in_an_empty_folder() {
    let folder = tempfile::tempdir().unwrap();
    let error = verify(folder.path(), &key(), 1, &no_check, &quiet).unwrap_err();
    assert!(
        matches!(error, VerifyError::Open(OpenError::NoJournal { .. })),
        "{error}"
    );
}
