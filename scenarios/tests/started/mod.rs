//! Programs of this crate, started with a node program that is there, and what they left running.

#![allow(
    dead_code,
    reason = "each test file is a program of its own, and uses its part"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output};
use std::thread;
use std::time::{Duration, Instant};

pub fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// `program` of this crate, to play `scenario`, with a node program that is there.
pub fn play(program: &str, scenario: &Path, folder: &Path) -> Command {
    let standclear = Path::new(program).with_file_name("standclear");
    if !standclear.exists() {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut build = Command::new(cargo);
        build
            .args(["build", "-p", "standclear"])
            .current_dir(env!("CARGO_MANIFEST_DIR"));
        if !cfg!(debug_assertions) {
            build.arg("--release");
        }
        assert!(build.status().unwrap().success(), "standclear is built");
    }
    let mut command = Command::new(program);
    command.arg(scenario).arg("--folder").arg(folder);
    command.arg("--standclear").arg(standclear);
    command
        .arg("--verifier")
        .arg(here("../tests/independent/verify.py"));
    command
}

pub fn said(output: &Output) -> String {
    let both = [&output.stdout[..], &output.stderr[..]].concat();
    String::from_utf8_lossy(&both).into_owned()
}

/// Command lines of processes that have to do with `folder`.
pub fn running(folder: &Path) -> Vec<String> {
    let folder = fs::canonicalize(folder)
        .unwrap()
        .to_string_lossy()
        .into_owned();
    let processes = fs::read_dir("/proc").unwrap().flatten();
    let lines = processes.filter_map(|process| fs::read(process.path().join("cmdline")).ok());
    let lines = lines.map(|line| String::from_utf8_lossy(&line).replace('\0', " "));
    lines
        .filter(|line| line.contains(&folder) && line.contains("standclear"))
        .collect()
}

pub fn ends_without_orphans(folder: &Path) {
    let until = Instant::now() + Duration::from_secs(10);
    while !running(folder).is_empty() && Instant::now() < until {
        thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(running(folder), Vec::<String>::new());
}

pub fn signal(child: &Child, signal: &str) {
    // The shell's own `kill`: slim systems have no program of that name.
    let sent = Command::new("sh")
        .args(["-c", &format!("kill {signal} {}", child.id())])
        .status()
        .unwrap();
    assert!(sent.success());
}
