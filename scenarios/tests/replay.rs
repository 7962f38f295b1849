//! The replay, end to end: two real nodes, cut and killed, and nothing left running afterwards.
//!
//! Runs against the `standclear` beside the replay. `cargo test --workspace` builds it; where it is missing, it is built
//! here.

#![allow(clippy::unwrap_used, reason = "a test fails where it unwraps nothing")]

mod started;

use started::{ends_without_orphans, here, play, running, said, signal};
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

const REPLAY: &str = env!("CARGO_BIN_EXE_replay");

/// The replay, with a node program that is there.
fn replay(scenario: &Path, folder: &Path) -> Command {
    play(REPLAY, scenario, folder)
}

fn the_scenario() -> PathBuf {
    here("deir-ez-zor-2016.toml")
}

#[test]
fn the_demo_plays_every_step_and_leaves_nothing_running() {
    let folder = tempfile::tempdir().unwrap();
    let tables = folder.path().join("tables.md");
    let output = replay(&the_scenario(), folder.path())
        .arg("--record")
        .arg(&tables)
        .output()
        .unwrap();
    let said = said(&output);
    assert!(output.status.success(), "{said}");
    for shown in [
        "REFUSED. the two descriptions of the place are",
        "REFUSED. the place read back is",
        "NOT DELIVERED: telephone",
        "THIS DESK IS DEAF",
        "7 received, 7 alarms",
        "1 proofs verified",
        "FAILED:",
        "No figure here says what would have happened in 2016",
        "Every step did what it should",
    ] {
        assert!(said.contains(shown), "`{shown}` is not in:\n{said}");
    }
    let tables = fs::read_to_string(tables).unwrap();
    assert!(
        tables.contains("### Measured: the machines") && tables.contains("### Assumed: people"),
        "{tables}"
    );
    ends_without_orphans(folder.path());
}

#[test]
fn a_step_that_does_not_do_what_it_should_fails_the_replay_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let scenario = folder.path().join("wrong.toml");
    let text = fs::read_to_string(the_scenario()).unwrap();
    let expects = "expect = { refused = { apart_km = [5.0, 6.0] } }";
    fs::write(&scenario, text.replacen(expects, "expect = \"taken\"", 1)).unwrap();
    let output = replay(&scenario, folder.path()).output().unwrap();
    let said = said(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(
        said.contains(
            "FAILED in step `one-digit-wrong`: coalition refused what it should have taken"
        ),
        "{said}"
    );
    ends_without_orphans(folder.path());
}

#[test]
fn a_scenario_that_is_not_understood_starts_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let scenario = folder.path().join("wrong.toml");
    fs::write(&scenario, "format = 2").unwrap();
    let output = replay(&scenario, &folder.path().join("runs"))
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
    assert!(!folder.path().join("runs").exists());
}

/// A replay that has begun, with both nodes running.
fn begun(folder: &Path) -> Child {
    let mut child = replay(&the_scenario(), folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let prints = BufReader::new(child.stdout.take().unwrap());
    let begins = prints
        .lines()
        .map_while(Result::ok)
        .find(|line| line.starts_with("[ 1/"));
    assert!(begins.is_some(), "the replay does not begin");
    assert!(
        running(folder).len() >= 4,
        "two nodes and two bells run: {:?}",
        running(folder)
    );
    child
}

#[test]
fn an_interrupted_replay_ends_all_that_it_started() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = begun(folder.path());
    signal(&child, "-INT");
    assert_eq!(child.wait().unwrap().code(), Some(130));
    ends_without_orphans(folder.path());
}

#[test]
fn even_a_killed_replay_leaves_nothing_running() {
    if !Path::new("/usr/bin/setpriv").exists() {
        eprintln!(
            "without setpriv (util-linux) a replay that is killed with -9 leaves its nodes running"
        );
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut child = begun(folder.path());
    signal(&child, "-KILL");
    child.wait().unwrap();
    ends_without_orphans(folder.path());
}
