use super::*;
use rusqlite::Connection;

/// The files of a closed journal that holds the sample.
struct Kept {
    folder: tempfile::TempDir,
    model: Model,
    files: Vec<(std::path::PathBuf, Vec<u8>)>,
}

/// Where the sample's snapshot lies.
const SNAPSHOT: &str = "snapshots/00000000000000000700";

/// Every file, by its name under `folder`.
fn files(folder: &Path) -> Vec<(std::path::PathBuf, Vec<u8>)> {
    let read = |name: std::path::PathBuf| (name.clone(), std::fs::read(folder.join(name)).unwrap());
    let mut found = vec![read(SNAPSHOT.into())];
    for file in std::fs::read_dir(folder).unwrap() {
        let file = file.unwrap();
        if file.file_type().unwrap().is_file() {
            found.push(read(file.file_name().into()));
        }
    }
    found
}

fn flip(path: &Path, place: usize) {
    let mut bytes = std::fs::read(path).unwrap();
    bytes[place] ^= 1;
    std::fs::write(path, bytes).unwrap();
}

impl Kept {
    fn closed() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut store = open(folder.path());
        let model = sample(&mut store);
        drop(store);
        let files = files(folder.path());
        Self {
            folder,
            model,
            files,
        }
    }

    /// As a kill leaves it, with the last batches in the write-ahead log alone.
    fn killed() -> Self {
        let running = tempfile::tempdir().unwrap();
        let mut store = open(running.path());
        // A reader keeps the checkpointer from emptying the write-ahead log at a moment of its own choice.
        let reader = Connection::open(running.path().join("journal.db")).unwrap();
        reader
            .execute_batch("BEGIN; SELECT count(*) FROM sqlite_schema;")
            .unwrap();
        let model = sample(&mut store);
        let folder = tempfile::tempdir().unwrap();
        let files = files(running.path())
            .into_iter()
            .filter(|(path, _)| !path.to_string_lossy().ends_with("-shm"))
            .collect();
        Self {
            folder,
            model,
            files,
        }
    }

    fn restore(&self) {
        let folder = self.folder.path();
        std::fs::remove_dir_all(folder).unwrap();
        std::fs::create_dir_all(folder.join("snapshots")).unwrap();
        for (name, bytes) in &self.files {
            std::fs::write(folder.join(name), bytes).unwrap();
        }
    }

    fn bytes(&self, name: &str) -> &[u8] {
        let file = self.files.iter().find(|(path, _)| path.ends_with(name));
        &file.unwrap().1
    }

    /// What becomes of a journal with one byte changed: an error, or the very same content.
    fn with_flip(&self, name: &str, offset: usize, mask: u8) -> Result<(), String> {
        self.restore();
        let mut bytes = self.bytes(name).to_vec();
        bytes[offset] ^= mask;
        std::fs::write(self.folder.path().join(name), bytes).unwrap();
        let report = verify(self.folder.path(), &key(), 1, &no_check, &quiet)
            .map_err(|error| format!("{error:?}"))?;
        let store = Store::open(options(self.folder.path())).map_err(|e| format!("{e:?}"))?;
        self.model.compare(store.view())?;
        match report.faults.first() {
            Some(fault) => Err(fault.to_string()),
            None => Ok(()),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(6))]

    #[test]
    fn a_flipped_byte_anywhere_in_the_database_is_found_or_changes_nothing(
        flips in prop::collection::vec((any::<prop::sample::Index>(), 1..=255_u8), 24),
    ) {
        let kept = Kept::closed();
        for (place, mask) in flips {
            let offset = place.index(kept.bytes("journal.db").len());
            flip_is_found_or_harmless(&kept, "journal.db", offset, mask);
        }
    }

    #[test]
    fn a_flipped_byte_anywhere_in_the_write_ahead_log_is_found_or_changes_nothing(
        flips in prop::collection::vec((any::<prop::sample::Index>(), 1..=255_u8), 24),
    ) {
        let kept = Kept::killed();
        for (place, mask) in flips {
            let offset = place.index(kept.bytes("journal.db-wal").len());
            flip_is_found_or_harmless(&kept, "journal.db-wal", offset, mask);
        }
    }
}

#[track_caller]
fn flip_is_found_or_harmless(kept: &Kept, name: &str, offset: usize, mask: u8) {
    // A difference in content names what differs, in one of these words; errors are longer.
    let quiet_differences = ["head", "end", "records", "logs", "entries", "notes"];
    if let Err(what) = kept.with_flip(name, offset, mask) {
        assert!(
            !quiet_differences.contains(&what.as_str()),
            "byte {offset} of {name} ^ {mask:#x} changed the {what} and nobody said so"
        );
    }
}

#[test]
fn a_journal_that_was_only_killed_opens_as_it_was() {
    let kept = Kept::killed();
    kept.restore();
    kept.model.assert_same(open(kept.folder.path()).view());
}

/// Changes a row, as a broken disk or a clumsy hand might, and says what opening and verifying answer.
fn after(kept: &Kept, sql: &str) -> (Option<String>, Vec<String>) {
    kept.restore();
    let conn = Connection::open(kept.folder.path().join("journal.db")).unwrap();
    conn.execute_batch(sql).unwrap();
    conn.close().unwrap();
    let opened = match Store::open(options(kept.folder.path())) {
        Ok(_) => None,
        Err(OpenError::Damaged { fault, .. }) => Some(fault.to_string()),
        Err(error) => panic!("{sql}: {error}"),
    };
    let faults = match verify(kept.folder.path(), &key(), 2, &no_check, &quiet) {
        Ok(report) => report.faults.iter().map(Fault::to_string).collect(),
        Err(VerifyError::Open(OpenError::Damaged { fault, .. })) => vec![fault.to_string()],
        Err(error) => panic!("{sql}: {error}"),
    };
    (opened, faults)
}

#[test]
fn damage_is_named_by_its_place() {
    let kept = Kept::closed();
    let main = log(0);
    let record = "record 300: its hash is not the one it was written with";
    let cases = [
        (
            "UPDATE journal SET head = x'00' WHERE seq = 300",
            Some(record),
            record,
        ),
        (
            "UPDATE journal SET at = at + 1 WHERE seq = 300",
            Some(record),
            record,
        ),
        (
            "UPDATE journal SET sum = sum + 1 WHERE seq = 300",
            Some(record),
            record,
        ),
        (
            "UPDATE journal SET opening = 1 - opening WHERE seq = 300",
            Some(record),
            record,
        ),
        (
            "UPDATE journal SET leaf = zeroblob(32) WHERE seq = 300",
            Some(record),
            record,
        ),
        (
            "UPDATE journal SET idx = idx + 1 WHERE seq = 300",
            Some(record),
            record,
        ),
        (
            "UPDATE journal SET tree = 9 WHERE seq = 300",
            Some("record 300: it belongs to a log that is not there"),
            "",
        ),
        (
            "DELETE FROM journal WHERE seq = 300",
            Some("record 300: it is missing"),
            "record 300: it is missing",
        ),
        (
            "DELETE FROM journal WHERE seq = 699",
            Some("the journal's end: there are 699 records, and 700 were written"),
            "record 699: it is missing",
        ),
        (
            "INSERT INTO journal(seq, at, opening, sum, head) VALUES (700, 0, 0, 0, x'')",
            Some("record 700: its hash is not the one it was written with"),
            "the database file: table journal has 701 rows, and 700 belong to something",
        ),
        (
            "UPDATE trees SET edge = zeroblob(length(edge)) WHERE tree = 0",
            Some("the journal's end: the hashes kept of it are not those of the records"),
            "the journal's end: the hashes kept of it are not the right ones",
        ),
        (
            "UPDATE trees SET size = size + 1 WHERE tree = 1",
            Some(&*format!("log `{main}`: its hashes do not fit its size")),
            "",
        ),
        (
            "UPDATE trees SET edge = zeroblob(length(edge)) WHERE tree = 1",
            Some(&*format!(
                "log `{main}`: the hashes kept of it are not those of its entries"
            )),
            "",
        ),
        (
            "UPDATE trees SET origin = 'another' WHERE tree = 1",
            Some("record 0: its hash is not the one it was written with"),
            "",
        ),
        (
            "UPDATE nodes SET hash = zeroblob(32) WHERE tree = 0 AND idx = 1",
            Some("records 256 to 511: the hash kept over them is another"),
            "records 256 to 511: the hash kept over them is another",
        ),
        (
            "DELETE FROM nodes WHERE tree = 1",
            Some(&*format!(
                "log `{main}`: the hash kept over them is another"
            )),
            "",
        ),
        (
            "UPDATE notes SET note = x'00' WHERE tree = 1",
            Some(&*format!(
                "the checkpoint of log `{main}`: its sum does not fit"
            )),
            "",
        ),
        (
            "UPDATE notes SET size = size + 1 WHERE tree = 1",
            Some(&*format!(
                "the checkpoint of log `{main}`: its sum does not fit"
            )),
            "",
        ),
        (
            "UPDATE meta SET restored = 3",
            Some("the journal's name and key check: its sum does not fit"),
            "",
        ),
        (
            "UPDATE meta SET name = zeroblob(16)",
            Some("the journal's name and key check: its sum does not fit"),
            "",
        ),
        (
            "UPDATE envelopes SET envelope = x'00' WHERE seq = 300",
            Some(
                "entry 150 of log `standclear.example/line/0/main` (record 300): its envelope is not the one it was written with",
            ),
            "entry 150 of log `standclear.example/line/0/main` (record 300): its envelope is not the one it was written with",
        ),
        (
            "DELETE FROM envelopes WHERE seq = 300",
            Some(
                "entry 150 of log `standclear.example/line/0/main` (record 300): its envelope is missing",
            ),
            "entry 150 of log `standclear.example/line/0/main` (record 300): its envelope is missing",
        ),
        (
            "DELETE FROM entries WHERE seq = 300",
            Some(
                "entry 150 of log `standclear.example/line/0/main` (record 300): its log does not lead to it",
            ),
            "entry 150 of log `standclear.example/line/0/main` (record 300): its log does not lead to it",
        ),
        (
            "UPDATE openings SET sealed = zeroblob(length(sealed)) WHERE seq = 301",
            Some("the opening of record 301: it is not as it was sealed"),
            "the opening of record 301: it is not as it was sealed",
        ),
        (
            "DELETE FROM openings WHERE seq = 301",
            Some("the opening of record 301: it is missing"),
            "the opening of record 301: it is missing",
        ),
        (
            "INSERT INTO openings(seq, sealed) VALUES (300, x'00')",
            Some("the opening of record 300: the record never had one"),
            "the opening of record 300: the record never had one",
        ),
        (
            "UPDATE openings SET sealed = (SELECT sealed FROM openings WHERE seq = 302) WHERE seq = 301",
            Some("the opening of record 301: it is not as it was sealed"),
            "the opening of record 301: it is not as it was sealed",
        ),
        // What belongs to no record is found by verifying.
        (
            "INSERT INTO envelopes(seq, envelope) VALUES (5000, x'00')",
            None,
            "the database file: table envelopes has 526 rows, and 525 belong to something",
        ),
    ];
    for (sql, opened, verified) in cases {
        let (found, faults) = after(&kept, sql);
        assert_eq!(found.as_deref(), opened, "{sql}");
        assert!(!faults.is_empty(), "{sql}");
        assert!(
            verified.is_empty() || faults.iter().any(|fault| fault == verified),
            "{sql}: {faults:?}"
        );
    }
}

type Harm = (&'static str, fn(&Path));

#[test]
fn a_damaged_snapshot_is_passed_over_and_the_whole_journal_is_hashed() {
    let kept = Kept::closed();
    let harms: [Harm; 6] = [
        ("a byte of its root", |path| flip(path, 20)),
        ("a byte of what is sealed", |path| flip(path, 99)),
        ("torn", |path| {
            let bytes = std::fs::read(path).unwrap();
            std::fs::write(path, &bytes[..bytes.len() / 2]).unwrap();
        }),
        ("empty", |path| std::fs::write(path, b"").unwrap()),
        ("under another size", |path| {
            std::fs::rename(path, path.with_file_name(format!("{:020}", 600))).unwrap();
        }),
        ("gone", |path| std::fs::remove_file(path).unwrap()),
    ];
    for (harm, done) in harms {
        kept.restore();
        let path = kept.folder.path().join(SNAPSHOT);
        done(&path);
        let faults = verify(kept.folder.path(), &key(), 2, &no_check, &quiet)
            .unwrap()
            .faults;
        let named = faults.iter().any(|fault| {
            fault
                .to_string()
                .ends_with("records: it is no state of this journal")
        });
        assert_eq!(named, harm != "gone", "{harm}: {faults:?}");
        let options = Options {
            check: Check::UpTo(0),
            ..options(kept.folder.path())
        };
        let store = Store::open(options).unwrap();
        assert_eq!(store.latest_snapshot().unwrap(), None, "{harm}");
        kept.model.assert_same(store.view());
    }
}

#[test]
fn the_tail_after_a_snapshot_is_checked_from_there() {
    let kept = Kept::closed();
    kept.restore();
    let mut model = kept.model.clone();
    let mut store = open(kept.folder.path());
    let wish = Wish {
        at: 7,
        head: vec![1; 30],
        opening: None,
        entry: Some((1, vec![2; 20])),
    };
    append(&mut store, &mut model, &vec![wish; 80]);
    drop(store);
    let quick = || Options {
        check: Check::UpTo(0),
        ..options(kept.folder.path())
    };
    model.assert_same(Store::open(quick()).unwrap().view());
    let conn = Connection::open(kept.folder.path().join("journal.db")).unwrap();
    conn.execute_batch("UPDATE journal SET head = x'00' WHERE seq = 750")
        .unwrap();
    conn.close().unwrap();
    let error = Store::open(quick()).err().unwrap();
    let OpenError::Damaged { fault, .. } = error else {
        panic!("{error}")
    };
    assert_eq!(fault.place, Place::Record { seq: 750 });
}

/// Of a long journal, what is older than its newest snapshot is not read again at each start.
#[test]
fn what_belongs_to_the_records_is_read_again_up_to_a_number_of_them() {
    let kept = Kept::closed();
    for (harm, what) in [
        (
            "UPDATE envelopes SET envelope = x'00' WHERE seq = 300",
            "its envelope is not the one it was written with",
        ),
        (
            "UPDATE openings SET sealed = x'00' WHERE seq = 301",
            "it is not as it was sealed",
        ),
    ] {
        kept.restore();
        let conn = Connection::open(kept.folder.path().join("journal.db")).unwrap();
        conn.execute_batch(harm).unwrap();
        conn.close().unwrap();
        let up_to = |most| Options {
            check: Check::UpTo(most),
            ..options(kept.folder.path())
        };
        let Some(OpenError::Damaged { fault, .. }) = Store::open(up_to(700)).err() else {
            panic!("{harm}");
        };
        assert_eq!(fault.what, what);
        assert!(Store::open(up_to(699)).is_ok(), "{harm}");
    }
}
