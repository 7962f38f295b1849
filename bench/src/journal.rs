//! The journal alone: durable appends, verification, opening.

use crate::table::{Row, Table};
use std::error::Error;
use std::path::Path;
use std::time::{Duration, Instant};
use store::{Batch, Check, Entry, Head, Journal, Key, Options, Origin, Record, Store};

fn options(folder: &Path, check: Check) -> Options {
    let mut options = Options::new(folder, Key::new([1; 32]));
    options.check = check;
    options
}

/// # Errors
/// Whatever the journal refuses.
pub fn measure(folder: &Path, table: &mut Table) -> Result<(), Box<dyn Error>> {
    for (what, group, envelope, opening, reach) in [
        (
            "journal: durable appends, 256 small records a batch",
            256,
            0,
            0,
            Some("50,000/s (aim 250,000)"),
        ),
        (
            "journal: the same, each with an envelope of 300 B and an opening of 200 B",
            256,
            300,
            200,
            None,
        ),
        ("journal: one small record a batch", 1, 0, 0, None),
    ] {
        let folder = folder.join(format!("appends-{group}-{envelope}"));
        let mut store = Store::open(options(&folder, Check::Whole))?;
        let measured = appends(&mut store, group, envelope, opening, Duration::from_secs(3))?;
        table.add(Row {
            what: what.into(),
            median: format!("{:.2} ms a batch", measured.p50),
            p99: format!("{:.2} ms a batch", measured.p99),
            rate: Some(format!("{:.0}/s", measured.rate)),
            reach: reach.map(str::to_owned),
            note: Some(format!("{:.1} µs of processor each", measured.cpu)),
        });
    }
    Ok(())
}

/// `count` records from `seq` on, each with an entry and an opening where their bytes are not 0.
fn batch(seq: u64, count: u64, envelope: usize, opening: usize) -> Batch {
    let record = |index: u64| {
        let mut head = vec![0; 80];
        head[..8].copy_from_slice(&index.to_be_bytes());
        let bytes = |length: usize| {
            let mut bytes = vec![index as u8; length];
            bytes[..8].copy_from_slice(&index.to_be_bytes());
            bytes
        };
        let entry = (envelope > 0).then(|| Entry {
            log: Origin::new("bench/main").expect("a short origin"),
            index,
            envelope: bytes(envelope),
        });
        let opening = (opening > 0).then(|| bytes(opening));
        Record {
            at: index as i64,
            head,
            opening,
            entry,
        }
    };
    Batch {
        records: (seq..seq + count).map(record).collect(),
        ..Batch::default()
    }
}

struct Appends {
    /// Records a second.
    rate: f64,
    /// Median and 99th percentile of a batch, in ms.
    p50: f64,
    p99: f64,
    /// Time of the processor for a record in the writer's thread, in µs: what is left on a busy machine.
    cpu: f64,
}

fn appends(
    store: &mut Store,
    group: u64,
    envelope: usize,
    opening: usize,
    time: Duration,
) -> Result<Appends, Box<dyn Error>> {
    let mut times = Vec::new();
    let mut cpu = 0;
    let start = Instant::now();
    let mut head = Head::EMPTY;
    while start.elapsed() < time {
        let batch = batch(head.size, group, envelope, opening);
        let (begun, cpu_begun) = (Instant::now(), on_processor());
        head = store.append(head, &batch)?;
        times.push(begun.elapsed());
        cpu += on_processor() - cpu_begun;
    }
    let spent: Duration = times.iter().sum();
    times.sort();
    let at = |share: usize| times[times.len() * share / 100].as_secs_f64() * 1e3;
    let records = head.size as f64;
    Ok(Appends {
        rate: records / spent.as_secs_f64(),
        p50: at(50),
        p99: at(99),
        cpu: cpu as f64 / 1e3 / records,
    })
}

/// Nanoseconds that this thread was on a processor; 0 where the system does not say.
fn on_processor() -> u64 {
    std::fs::read_to_string("/proc/thread-self/schedstat")
        .ok()
        .and_then(|text| text.split(' ').next()?.parse().ok())
        .unwrap_or(0)
}
