//! The record: verified, proved, asked about the past, copied.
#![allow(clippy::unwrap_used, reason = "a test that cannot be set up fails")]

mod support;

use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use support::{Party, Ran, Two, run, until};

/// The verifier in another language, which shares no code with the program, told both root keys.
fn verified(two: &Two, folder: &Path) -> Ran {
    support::verifier(folder, &two.roots())
}

fn flip(path: &Path, at: impl FnOnce(&[u8]) -> usize) {
    let mut bytes = fs::read(path).unwrap();
    let at = at(&bytes);
    bytes[at] ^= 1;
    fs::write(path, bytes).unwrap();
}

/// One bit of an entry, where it lies in the database.
fn flip_entry(database: &Path, envelope: &[u8]) {
    flip(database, |bytes| {
        let part = &envelope[40..104];
        bytes
            .windows(part.len())
            .position(|window| window == part)
            .expect("the entry is in the file")
    });
}

/// The envelope of a call, out of the proof that it was received.
fn proved(two: &Two, call: &str) -> Vec<u8> {
    let proof = two.base.path().join("proof");
    run(two
        .first
        .standclear(&["prove", "received", call, "--out"])
        .arg(&proof))
    .done();
    fs::read(in_folder(&proof, ".entry")).unwrap()
}

fn in_folder(folder: &Path, ends: &str) -> PathBuf {
    let files = fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path());
    files
        .into_iter()
        .find(|path| path.to_string_lossy().ends_with(ends))
        .unwrap()
}

fn delivered(two: &Two) -> String {
    two.stop_call();
    let call = until("it is signed for", || {
        let call = two.first.call_is("sounding");
        call["delivered"].is_i64().then_some(call)
    });
    call["call"].as_str().unwrap().to_owned()
}

#[test]
fn what_was_received_is_proved_to_anyone_and_an_altered_byte_is_named() {
    let two = Two::joined();
    let call = delivered(&two);
    let folder = two.base.path().join("proof");
    let prove = |entry: &str| {
        run(two
            .first
            .standclear(&["prove", "received", entry, "--out"])
            .arg(&folder))
    };
    prove("own.stop.1.9").ends(1);
    prove("own.stop.1.0")
        .done()
        .says("received by russia at ")
        .says("first signed for by russia at ");
    verified(&two, &folder).done().says("1 proofs verified");

    let entry = folder.join(format!("{call}.entry"));
    flip(&entry, |bytes| bytes.len() / 2);
    verified(&two, &folder)
        .ends(1)
        .says(&format!("{call}.entry is not entry 0"));
}

#[test]
fn proofs_of_several_logs_go_into_one_folder() {
    let two = Two::joined();
    delivered(&two);
    two.second.officer(&["stop", "--desk", "air"]).done();
    let folder = two.base.path().join("proofs");
    for entry in ["own.stop.1.0", "peer.stop.1.1", "peer.stop.1.0"] {
        until("it is signed for", || {
            let proved = run(two
                .first
                .standclear(&["prove", "received", entry, "--out"])
                .arg(&folder));
            (proved.code == 0).then_some(())
        });
    }
    verified(&two, &folder).done().says("3 proofs verified");
}

#[test]
fn a_proof_says_when_it_was_received_first_however_often_it_was_signed_for_since() {
    let two = Two::joined();
    let call = delivered(&two);
    let prove = || {
        let folder = two.base.path().join("proof");
        let mut prove = two
            .first
            .standclear(&["prove", "received", &call, "--json", "--out"]);
        run(prove.arg(&folder)).done().json()
    };
    let first = until("the other party has said when it came", || {
        let proved = prove();
        proved["received_at"].is_i64().then_some(proved)
    });
    let sent = two.first.ask(&["calls", &call])["sent_at"]
        .as_i64()
        .unwrap();
    let received = first["received_at"].as_i64().unwrap();
    assert!((sent..sent + 60_000).contains(&received), "{first:#}");
    assert!(
        first["said_in"].as_str().unwrap().contains(".peer.stop.1."),
        "{first:#}"
    );
    // A signature's time is in whole seconds.
    std::thread::sleep(std::time::Duration::from_millis(1_100));
    two.first.officer(&["stop", "--desk", "ground"]).done();
    let later = until("the log is signed for again", || {
        let proved = prove();
        (proved["size"].as_u64() > first["size"].as_u64()).then_some(proved)
    });
    assert!(
        later["signed_at"].as_i64() > first["signed_at"].as_i64(),
        "{later:#}"
    );
    for same in ["received_at", "said_in", "first_signed_at"] {
        assert_eq!(first[same], later[same], "{later:#}");
    }
    assert_eq!(first["first_signed_at"], first["signed_at"], "{first:#}");
}

#[test]
fn both_sides_can_prove_it_and_their_entries_are_the_same_bytes() {
    let two = Two::joined();
    delivered(&two);
    let (ours, theirs) = (two.base.path().join("ours"), two.base.path().join("theirs"));
    run(two
        .first
        .standclear(&["prove", "received", "own.stop.1.0", "--out"])
        .arg(&ours))
    .done();
    run(two
        .second
        .standclear(&["prove", "received", "peer.stop.1.0", "--out"])
        .arg(&theirs))
    .done();
    let entry = |folder: &Path| fs::read(in_folder(folder, ".entry")).unwrap();
    assert_eq!(entry(&ours), entry(&theirs));
    verified(&two, &theirs).done();
}

#[test]
fn a_sound_journal_is_verified_beside_its_running_node_and_without_it() {
    let mut two = Two::joined();
    delivered(&two);
    let found = two.first.run(&["log", "verify", "--json"]).done().json();
    assert_eq!(found["sound"], true, "{found:#}");
    assert!(found["entries"].as_u64().unwrap() >= 2, "{found:#}");
    let logs = found["logs"].as_array().unwrap();
    assert!(
        logs.iter().any(
            |log| log["log"].as_str().unwrap().contains("/coalition/stop/1")
                && log["cosigned"].is_u64()
        ),
        "{found:#}"
    );
    assert_eq!(two.first.stop(), 0);
    two.first
        .run(&["log", "verify"])
        .done()
        .says("entries verified");
}

#[test]
fn one_byte_of_the_journal_altered_is_found_and_named() {
    let mut two = Two::joined();
    let call = delivered(&two);
    let envelope = proved(&two, &call);
    // Restored, so that all of it is in one file.
    let backup = two.base.path().join("backup");
    run(two.first.standclear(&["backup"]).arg(&backup)).done();
    assert_eq!(two.first.stop(), 0);
    fs::remove_dir_all(two.first.folder.join("journal")).unwrap();
    run(two.first.standclear(&["restore"]).arg(&backup)).done();
    let database = in_folder(&two.first.folder.join("journal"), "journal.db");
    flip_entry(&database, &envelope);
    let found = two.first.run(&["log", "verify"]).ends(5);
    found.says("DAMAGED").says("coalition/stop/1");
}

/// Alters one bit of the envelope that was journalled last.
fn alter_last_envelope(party: &Party) {
    let database = in_folder(&party.folder.join("journal"), "journal.db");
    let script = "import sqlite3, sys\n\
        with sqlite3.connect(sys.argv[1]) as db:\n\
        \x20   seq, envelope = db.execute('SELECT seq, envelope FROM envelopes ORDER BY seq DESC').fetchone()\n\
        \x20   db.execute('UPDATE envelopes SET envelope = ? WHERE seq = ?', (envelope[:-1] + bytes([envelope[-1] ^ 1]), seq))\n";
    let mut python = Command::new("python3");
    run(python.args(["-c", script]).arg(database)).done();
}

#[test]
fn a_node_whose_waiting_entry_is_damaged_does_not_start_and_says_where() {
    let mut two = Two::joined();
    delivered(&two);
    assert_eq!(two.second.stop(), 0);
    two.first
        .officer(&["stop", "--desk", "air", "--no-wait"])
        .says("it waits as");
    assert_eq!(two.first.stop(), 0);
    alter_last_envelope(&two.first);
    run(&mut two.first.standclear(&["serve"]))
        .ends(5)
        .says("is damaged: verify it")
        .says("coalition/stop/1");
}

#[test]
fn a_node_does_not_start_on_an_entry_or_an_opening_that_is_damaged_however_old_and_says_where() {
    let mut two = Two::joined();
    delivered(&two);
    assert_eq!((two.first.stop(), two.second.stop()), (0, 0));
    alter_last_envelope(&two.first);
    run(&mut two.first.standclear(&["serve"]))
        .ends(5)
        .says("is damaged: verify it")
        .says("its envelope is not the one it was written with");
    damage_first_opening(&two.second.folder.join("journal/journal.db"));
    run(&mut two.second.standclear(&["serve"]))
        .ends(5)
        .says("is damaged: verify it")
        .says("the opening of record ");
}

#[test]
fn a_node_that_finds_its_journal_damaged_while_it_sends_says_that_it_cannot_send() {
    let mut two = Two::joined();
    delivered(&two);
    let backup = two.base.path().join("backup");
    run(two.second.standclear(&["backup"]).arg(&backup)).done();
    delivered(&two);
    assert_eq!((two.first.stop(), two.second.stop()), (0, 0));
    fs::remove_dir_all(two.second.folder.join("journal")).unwrap();
    run(two.second.standclear(&["restore"]).arg(&backup)).done();
    // What is damaged, while the node runs, was delivered: nothing waits for it, until the other party has lost it.
    two.first.serve();
    alter_last_envelope(&two.first);
    two.second.serve();
    until("the node says that it cannot send", || {
        let ran = two.first.officer(&["lines"]);
        (ran.err.contains("CANNOT SEND") || ran.out.contains("CANNOT SEND")).then_some(())
    });
}

#[test]
fn a_damaged_end_of_the_journal_is_said_to_be_that_and_no_old_copy() {
    let mut two = Two::joined();
    delivered(&two);
    two.first.kill();
    // What was written since the database was last brought up to date lies in the write-ahead log.
    let wal = two.first.folder.join("journal/journal.db-wal");
    let mut bytes = fs::read(&wal).unwrap();
    let written = bytes.iter().rposition(|byte| *byte != 0).unwrap();
    for byte in &mut bytes[32..=written] {
        *byte ^= 1;
    }
    fs::write(&wal, bytes).unwrap();
    let found = two.first.run(&["log", "verify"]).ends(5);
    assert!(
        found.out.contains("DAMAGED: the journal's end"),
        "{found:?}"
    );
    let ran = two.first.run(&["serve"]).ends(5);
    assert!(ran.err.contains("were acknowledged as durable"), "{ran:?}");
}

fn damage_first_opening(database: &Path) {
    let change = "import sqlite3, sys; file = sqlite3.connect(sys.argv[1]); \
        file.execute('UPDATE openings SET sealed = zeroblob(length(sealed)) WHERE seq = \
        (SELECT min(e.seq) FROM entries e JOIN openings o ON o.seq = e.seq)'); file.commit(); file.close()";
    run(Command::new("python3").args(["-c", change]).arg(database)).done();
}

#[test]
fn a_damaged_opening_is_listed_as_damage_and_not_the_end_of_verifying() {
    let mut two = Two::joined();
    delivered(&two);
    let backup = two.base.path().join("backup");
    run(two.first.standclear(&["backup"]).arg(&backup)).done();
    assert_eq!(two.first.stop(), 0);
    damage_first_opening(&two.first.folder.join("journal/journal.db"));
    let found = two.first.run(&["log", "verify"]).ends(5);
    assert!(
        found.out.contains("DAMAGED: the opening of record "),
        "{found:?}"
    );
    assert!(found.out.contains("entries verified"), "{found:?}");
    fs::remove_dir_all(two.first.folder.join("journal")).unwrap();
    damage_first_opening(&backup.join("journal.db"));
    run(two.first.standclear(&["restore"]).arg(&backup))
        .ends(5)
        .says("nothing was restored: the backup `")
        .says(backup.to_str().unwrap());
}

#[test]
fn the_past_is_shown_as_it_was_known_then() {
    let two = Two::joined();
    let before = two.first.ask(&["lines"])[0]["link_since"].as_i64().unwrap();
    let called = two.stop_call()["sent_at"].as_i64().unwrap();
    let at = |ms: i64| {
        two.first
            .run(&["state", "--at", &ms.to_string(), "--json"])
            .done()
            .json()
    };
    assert_eq!(at(before)["calls"], Value::Array(Vec::new()));
    let then = at(called + 60_000);
    assert_eq!(then["calls"].as_array().unwrap().len(), 1, "{then:#}");
    assert_eq!(then["lines"][0]["peer"], "russia");
    assert_eq!(at(0)["records"], 0);
    two.first
        .run(&["state", "--at", "311200Z DEC 2098"])
        .done()
        .says("own.stop.1.0")
        .says("sounding");
    two.first.run(&["state", "--at", "yesterday"]).ends(2);
}

#[test]
fn a_backup_goes_into_an_empty_folder_and_one_that_was_altered_is_not_restored() {
    let mut two = Two::joined();
    two.stop_call();
    let backup = two.base.path().join("backup");
    let back_up = || run(two.first.standclear(&["backup"]).arg(&backup));
    back_up().done().says("keys and node.toml are not in it");
    back_up().ends(1).says("not empty");
    run(two.first.standclear(&["restore"]).arg(&backup))
        .ends(1)
        .says("not empty");
    assert_eq!(two.first.stop(), 0);
    fs::remove_dir_all(two.first.folder.join("journal")).unwrap();
    let database = backup.join("journal.db");
    flip(&database, |bytes| bytes.len() - 100);
    run(two.first.standclear(&["restore"]).arg(&backup))
        .ends(5)
        .says("nothing was restored: the backup `")
        .says(backup.to_str().unwrap());
    flip(&database, |bytes| bytes.len() - 100);
    run(two.first.standclear(&["restore"]).arg(&backup)).done();
    two.first.run(&["log", "verify"]).done();
}

#[test]
fn a_backup_of_a_damaged_journal_says_where_and_that_it_is_no_backup() {
    let mut two = Two::joined();
    let call = delivered(&two);
    let envelope = proved(&two, &call);
    let sound = two.base.path().join("sound");
    run(two.first.standclear(&["backup"]).arg(&sound))
        .done()
        .says("verified");
    let mut files: Vec<String> = fs::read_dir(&sound)
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect();
    files.sort();
    assert_eq!(files, ["journal.db", "manifest"], "and nothing else");
    assert_eq!(two.first.stop(), 0);
    fs::remove_dir_all(two.first.folder.join("journal")).unwrap();
    run(two.first.standclear(&["restore"]).arg(&sound)).done();
    flip_entry(&two.first.folder.join("journal/journal.db"), &envelope);
    let backup = two.base.path().join("damaged");
    run(two.first.standclear(&["backup"]).arg(&backup))
        .ends(5)
        .says("entry 0 of log")
        .says("coalition/stop/1")
        .says("keep the backups made before")
        .says("standclear log verify");
}
