use super::*;

#[test]
fn a_backup_of_a_running_journal_is_restored_as_it_was_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = open(&folder.path().join("journal"));
    let mut model = sample(&mut store);
    let reader = store.reader().unwrap();
    let backup = folder.path().join("backup");
    let at_backup = model.clone();
    let mut pages = (0, 0);
    let manifest = reader
        .backup(&backup, &mut |done, all| {
            pages = (done, all);
            // The journal goes on meanwhile.
            let wish = Wish {
                at: 1,
                head: vec![1],
                opening: None,
                entry: Some((0, vec![5])),
            };
            append(&mut store, &mut model, &[wish]);
        })
        .unwrap();
    assert_eq!(manifest.head, at_backup.head());
    assert!(pages.0 == pages.1 && pages.1 > 10, "{pages:?}");

    let restored = folder.path().join("restored");
    let report = restore(&backup, &restored, &key(), 2, &no_check, &quiet).unwrap();
    assert_eq!(report.head, manifest.head);
    let mut store = open(&restored);
    assert_eq!(store.restored(), Some(manifest.head.size));
    at_backup.assert_same(store.view());
    let mut model = at_backup;
    let wish = Wish {
        at: 1,
        head: vec![2],
        opening: None,
        entry: Some((0, vec![6])),
    };
    append(&mut store, &mut model, &[wish]);
    drop(store);
    model.assert_same(open(&restored).view());
}

/// A backup of the sample beside a journal that was never restored.
fn backed_up() -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let mut store = open(&folder.path().join("journal"));
    assert_eq!(store.restored(), None);
    sample(&mut store);
    let backup = folder.path().join("backup");
    store
        .reader()
        .unwrap()
        .backup(&backup, &mut |_, _| ())
        .unwrap();
    (folder, backup)
}

#[test]
fn nothing_is_overwritten_by_a_backup_or_a_restore() {
    let (folder, backup) = backed_up();
    let journal = folder.path().join("journal");
    let reader = Reader::open(&journal, &key()).unwrap();
    let error = reader.backup(&backup, &mut |_, _| ()).unwrap_err();
    assert!(matches!(error, BackupError::NotEmpty { .. }), "{error}");
    let error = restore(&backup, &journal, &key(), 1, &no_check, &quiet).unwrap_err();
    assert!(matches!(error, RestoreError::NotEmpty { .. }), "{error}");
}

#[test]
fn a_backup_that_is_not_as_it_was_written_is_not_restored() {
    let (folder, backup) = backed_up();
    let target = folder.path().join("target");
    let try_restore = |key: Key| {
        let error = restore(&backup, &target, &key, 1, &no_check, &quiet).unwrap_err();
        assert!(!target.exists(), "{error}");
        assert!(!folder.path().join("target.restoring").exists());
        error
    };
    let error = try_restore(Key::new([1; 32]));
    assert!(
        matches!(error, RestoreError::Open(OpenError::WrongKey { .. })),
        "{error}"
    );

    let database = backup.join("journal.db");
    let whole = std::fs::read(&database).unwrap();
    let mut flipped = whole.clone();
    flipped[whole.len() / 2] ^= 1;
    std::fs::write(&database, &flipped).unwrap();
    let error = try_restore(key());
    assert!(
        matches!(error, RestoreError::NotAsWritten { .. }),
        "{error}"
    );
    std::fs::write(&database, &whole).unwrap();

    let refuse = |_: &StoredEntry| Err("its signature does not verify".to_owned());
    let error = restore(&backup, &target, &key(), 1, &refuse, &quiet).unwrap_err();
    assert!(
        matches!(error, RestoreError::Damaged { count: 525, .. }),
        "{error}"
    );

    std::fs::remove_file(backup.join("manifest")).unwrap();
    let error = try_restore(key());
    assert!(matches!(error, RestoreError::NoManifest { .. }), "{error}");
}
