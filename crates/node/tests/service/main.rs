//! What a node withstands and how it answers: strangers, liars, dead paths, full disks, wrong clocks, wrong requests.
#![allow(clippy::unwrap_used, reason = "a test that cannot be set up fails")]

#[path = "../support/mod.rs"]
mod support;

mod api;
mod clocks;
mod conflicts;
mod console;
mod crossing;
mod desk;
mod disk;
mod exchange;
mod hotline;
mod https;
mod incidents;
mod line_files;
mod maps;
mod past;
mod paths;
mod peer;
mod represented;
mod said;
mod site_exports;
mod strangers;
mod units;
mod watch;
