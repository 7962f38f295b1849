//! Measures the journal on this machine's disk: `cargo run --release -p store --example figures [FOLDER]`.

use std::error::Error;
use std::hint::black_box;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use store::{
    Batch, Check, Entry, Head, Journal, Key, Openings, Options, Origin, Record, Store, verify,
};

const RECORDS: u64 = 1_000_000;

fn main() -> Result<(), Box<dyn Error>> {
    let parent = std::env::args_os()
        .nth(1)
        .map_or_else(std::env::temp_dir, PathBuf::from);
    let folder = parent.join(format!("store-figures-{}", std::process::id()));
    let result = measure(&folder);
    std::fs::remove_dir_all(&folder)?;
    result
}

fn options(folder: &Path, check: Check) -> Options {
    let mut options = Options::new(folder, Key::new([1; 32]));
    options.check = check;
    options
}

fn measure(folder: &Path) -> Result<(), Box<dyn Error>> {
    println!("durable appends, one writer");
    for (name, group, envelope, opening) in [
        ("one small record a batch", 1, 0, 0),
        ("256 small records a batch", 256, 0, 0),
        ("256 records with envelope a batch", 256, 300, 0),
        (
            "256 records with envelope and opening a batch",
            256,
            300,
            200,
        ),
    ] {
        let folder = folder.join(name.replace(' ', "-"));
        let mut store = Store::open(options(&folder, Check::Whole))?;
        let Appends {
            rate,
            p50,
            p99,
            cpu,
        } = appends(&mut store, group, envelope, opening, Duration::from_secs(2))?;
        println!(
            "  {name:<46} {rate:>9.0}/s  p50 {p50:>6.2} ms  p99 {p99:>6.2} ms  {cpu:>6.2} µs CPU each"
        );
    }
    let folder = folder.join("million");
    let mut store = Store::open(options(&folder, Check::Whole))?;
    let start = Instant::now();
    while store.head().size < RECORDS {
        let index = store.head().size;
        store.append(store.head(), &batch(index, 200, 300, 200))?;
        if index == RECORDS / 2 {
            store.put_snapshot(store.head(), &vec![1; 1 << 20])?;
        }
    }
    let rate = RECORDS as f64 / start.elapsed().as_secs_f64();
    println!("{RECORDS} records with envelope and opening written: {rate:.0}/s");
    for file in ["journal.db", "journal.db-wal"] {
        println!(
            "  {file}: {} MiB",
            folder.join(file).metadata()?.len() >> 20
        );
    }
    proofs(&store)?;
    drop(store);
    for (name, check) in [
        ("whole", Check::Whole),
        ("from a snapshot", Check::FromSnapshot),
    ] {
        let start = Instant::now();
        let store = Store::open(options(&folder, check))?;
        println!(
            "opened, hashes checked {name}: {:.2} s",
            start.elapsed().as_secs_f64()
        );
        drop(store);
    }
    let store = Store::open(options(&folder, Check::FromSnapshot))?;
    for openings in [Openings::Skip, Openings::Include] {
        let start = Instant::now();
        store.read(0, openings, &mut |record| {
            black_box(record);
            ControlFlow::Continue(())
        })?;
        println!(
            "read, openings {openings:?}: {:.2} s",
            start.elapsed().as_secs_f64()
        );
    }
    drop(store);
    for threads in [1, 2] {
        let start = Instant::now();
        let report = verify(
            &folder,
            &Key::new([1; 32]),
            threads,
            &|_| Ok(()),
            &|_, _| (),
        )?;
        let rate = report.entries as f64 / start.elapsed().as_secs_f64();
        println!(
            "verified by {threads} threads, signatures not counted: {rate:.0} entries/s, {} faults",
            report.fault_count
        );
    }
    Ok(())
}

fn proofs(store: &Store) -> Result<(), Box<dyn Error>> {
    let log = Origin::new("bench/main")?;
    let size = store.logs()?.first().map_or(0, |state| state.head.size);
    let start = Instant::now();
    for number in 0..100 {
        black_box(store.prove_inclusion(&log, size - number, size / 100 * number)?);
        black_box(store.prove_consistency(&log, size / 100 * number + 1, size)?);
    }
    let each = start.elapsed().as_secs_f64() * 1e6 / 200.0;
    println!("proofs over {size} entries: {each:.0} µs each");
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
