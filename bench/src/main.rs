//! Measures what the README and the issue promise, on this machine: `make bench` prints one table.
//!
//! Two real nodes as separate processes on loopback, driven over HTTP and WebSocket as screens do; the journal alone;
//! a start with a million events. What is measured is stated with each row. Nothing here fails on a time.

mod bare;
mod journal;
mod line;
mod plan;
mod start;
mod table;

use scenarios::scenario::Scenario;
use scenarios::stage::Places;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use table::Table;

/// How much is done: all of it, or enough to see that it runs.
#[derive(Clone, Copy)]
pub struct Scale {
    pub calls: usize,
    pub notices: usize,
    pub events: u64,
    /// Notices of the other party that plans are held against, and how many plans.
    pub declared: usize,
    pub plans: usize,
}

const FULL: Scale = Scale {
    calls: 400,
    notices: 10_000,
    events: 1_000_000,
    declared: 100_000,
    plans: 400,
};
const QUICK: Scale = Scale {
    calls: 20,
    notices: 200,
    events: 5_000,
    declared: 2_000,
    plans: 10,
};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.as_slice() {
        [flag, folder] if flag == "--write-and-sync" => {
            return line::write_and_sync(Path::new(folder));
        }
        [flag, folder] if flag == "--called" => return bare::called(Path::new(folder)),
        _other => {}
    }
    let (flags, parts): (Vec<&str>, Vec<&str>) = arguments
        .iter()
        .map(String::as_str)
        .partition(|argument| argument.starts_with("--"));
    let scale = match flags.as_slice() {
        [] => Some(FULL),
        ["--quick"] => Some(QUICK),
        _other => None,
    };
    let (Some(scale), true) = (scale, parts.iter().all(|part| PARTS.contains(part))) else {
        eprintln!("usage: bench [--quick] [{}]", PARTS.join("] ["));
        return ExitCode::from(2);
    };
    let wanted = |part: &str| parts.is_empty() || parts.contains(&part);
    let mut table = Table::default();
    match measure(scale, wanted, &mut table) {
        Ok(()) => {
            println!("{}", table.markdown(&machine()));
            ExitCode::SUCCESS
        }
        Err(failed) => {
            eprintln!("bench: {failed}");
            ExitCode::from(1)
        }
    }
}

/// What can be measured by itself.
const PARTS: [&str; 4] = ["line", "start", "plan", "journal"];

fn measure(
    scale: Scale,
    wanted: impl Fn(&str) -> bool,
    table: &mut Table,
) -> Result<(), Box<dyn Error>> {
    let binary = std::env::current_exe()?.with_file_name("standclear");
    let places = Places {
        binary: binary.clone(),
        folder: PathBuf::from("target/bench"),
        verifier: PathBuf::from("tests/independent/verify.py"),
        sound: false,
    };
    let scenario = Scenario::read(Path::new("scenarios/deir-ez-zor-2016.toml"))?;
    let folder = tempfile::tempdir_in("target")?;
    eprintln!("measuring; this takes some minutes");
    if wanted("line") {
        line::measure(scale, &scenario, &places, table)?;
    }
    if wanted("start") {
        start::measure(scale, &scenario, &places, table)?;
    }
    if wanted("plan") {
        plan::measure(scale, &scenario, &places, table)?;
    }
    if wanted("journal") {
        journal::measure(folder.path(), table)?;
    }
    Ok(())
}

/// The machine, in a line.
fn machine() -> String {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let cpu = read("/proc/cpuinfo");
    let model = cpu
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let memory = read("/proc/meminfo");
    let memory = memory
        .lines()
        .next()
        .and_then(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok());
    let load = read("/proc/loadavg");
    format!(
        "{} cores of {}, {} GiB, Linux {}; load average at the end {}",
        std::thread::available_parallelism().map_or(0, usize::from),
        model.map_or("unknown", |(_, name)| name.trim()),
        memory.unwrap_or(0) >> 20,
        read("/proc/sys/kernel/osrelease").trim(),
        load.split_whitespace().next().unwrap_or("?"),
    )
}
