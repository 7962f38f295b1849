//! The real crate graph against the one that ARCHITECTURE.md allows.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

/// Each crate, and those of this workspace that it may know.
const ALLOWED: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("tlog", &[]),
    ("conflict", &["model"]),
    ("release", &["model"]),
    ("channel", &["model", "tlog", "conflict", "release"]),
    ("wire", &["model", "tlog", "release", "channel"]),
    ("store", &["model", "tlog"]),
    (
        "node",
        &[
            "model", "tlog", "conflict", "release", "channel", "wire", "store",
        ],
    ),
    ("standclear", &["node"]),
];

/// Crates that read no clock, disk, network or random source, and what would let them.
const PURE: &[&str] = &["model", "tlog", "conflict", "release", "channel", "wire"];
const IMPURE: &[&str] = &[
    "tokio",
    "rand",
    "getrandom",
    "rusqlite",
    "rustls",
    "hyper",
    "axum",
    "mio",
    "socket2",
];

struct Package {
    name: String,
    normal: BTreeSet<String>,
}

fn workspace() -> Vec<Package> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
    let output = Command::new(cargo)
        .args(["metadata", "--format-version=1", "--no-deps", "--offline"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo runs");
    let metadata: serde_json::Value =
        serde_json::from_slice(&output.stdout).expect("cargo prints JSON");
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    metadata["packages"]
        .as_array()
        .expect("packages")
        .iter()
        .map(|package| Package {
            name: text(&package["name"]),
            normal: package["dependencies"]
                .as_array()
                .expect("dependencies")
                .iter()
                .filter(|dependency| dependency["kind"].is_null())
                .map(|dependency| text(&dependency["name"]))
                .collect(),
        })
        .collect()
}

#[test]
fn every_crate_knows_only_those_below_it() {
    let packages = workspace();
    let ours: BTreeSet<&str> = packages
        .iter()
        .map(|package| package.name.as_str())
        .collect();
    let allowed: BTreeMap<&str, &[&str]> = ALLOWED.iter().copied().collect();
    let mut seen = 0;
    for package in &packages {
        // What is for development only may know everything.
        let Some(allowed) = allowed.get(package.name.as_str()) else {
            continue;
        };
        seen += 1;
        for known in package
            .normal
            .iter()
            .filter(|name| ours.contains(name.as_str()))
        {
            assert!(
                allowed.contains(&known.as_str()),
                "{} must not know {known}",
                package.name
            );
        }
    }
    assert_eq!(seen, ALLOWED.len(), "a crate of the house is missing");
}

#[test]
fn the_core_has_no_means_to_read_a_clock_a_disk_a_network_or_a_random_source() {
    for package in workspace()
        .iter()
        .filter(|package| PURE.contains(&package.name.as_str()))
    {
        for impure in IMPURE {
            assert!(
                !package.normal.contains(*impure),
                "{} must not know {impure}",
                package.name
            );
        }
    }
}
