//! The record: verified, proved, asked about the past, copied.
#![allow(clippy::unwrap_used, reason = "a test that cannot be set up fails")]

mod support;

use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use support::{Ran, Two, run, until};

/// The verifier in another language, which shares no code with the program.
fn verified(folder: &Path) -> Ran {
    let verifier = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/independent/verify.py");
    run(Command::new("python3").arg(verifier).arg(folder))
}

fn flip(path: &Path, at: impl FnOnce(&[u8]) -> usize) {
    let mut bytes = fs::read(path).unwrap();
    let at = at(&bytes);
    bytes[at] ^= 1;
    fs::write(path, bytes).unwrap();
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
        .says("received and signed for by russia");
    verified(&folder).done().says("1 proofs verified");

    let entry = folder.join(format!("{call}.entry"));
    flip(&entry, |bytes| bytes.len() / 2);
    verified(&folder)
        .ends(1)
        .says(&format!("{call}.entry is not entry 0"));
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
    verified(&theirs).done();
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
    let proof = two.base.path().join("proof");
    run(two
        .first
        .standclear(&["prove", "received", &call, "--out"])
        .arg(&proof))
    .done();
    let envelope = fs::read(in_folder(&proof, ".entry")).unwrap();
    // Restored, so that all of it is in one file.
    let backup = two.base.path().join("backup");
    run(two.first.standclear(&["backup"]).arg(&backup)).done();
    assert_eq!(two.first.stop(), 0);
    fs::remove_dir_all(two.first.folder.join("journal")).unwrap();
    run(two.first.standclear(&["restore"]).arg(&backup)).done();
    let database = in_folder(&two.first.folder.join("journal"), "journal.db");
    flip(&database, |bytes| {
        let part = &envelope[40..104];
        bytes
            .windows(part.len())
            .position(|window| window == part)
            .expect("the entry is in the file")
    });
    let found = two.first.run(&["log", "verify"]).ends(5);
    found.says("DAMAGED").says("coalition/stop/1");
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
    run(two.first.standclear(&["restore"]).arg(&backup)).ends(5);
    flip(&database, |bytes| bytes.len() - 100);
    run(two.first.standclear(&["restore"]).arg(&backup)).done();
    two.first.run(&["log", "verify"]).done();
}
