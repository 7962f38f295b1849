//! Own tracks: against each other, and against what is declared.

use crate::table::{Table, Times, timed};
use crate::workload::Workload;
use conflict::index::{Among, Index};
use conflict::tracks::{Pass, Terms, Track, Watched};
use model::units::Timestamp;
use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

/// Tracks against each other, in a sky of `WIDE` km.
const SIZES: [(u32, &str); 3] = [(1_000, ""), (10_000, "4 ms (2)"), (100_000, "60 ms (25)")];
const WIDE: f64 = 4_000.0;

/// Passes against the volumes, each with tracks of its own over them: all in one pass would be refused as too dense.
const PASSES: u32 = 10;
const EACH: u32 = 10_000;

/// How often each is asked again.
const RUNS: usize = 5;

/// With a folder, tracks and the pairs that were found go there, for `bench/tracks-beside-bluesky`.
pub fn run(
    workload: Workload,
    declared: &Index<u32>,
    dump: Option<&Path>,
    table: &mut Table,
) -> Result<(), Box<dyn Error>> {
    let now = workload.amid()?;
    let nothing = Index::new();
    for (count, reach) in SIZES {
        let tracks = workload.tracks(count, WIDE, now)?;
        let (found, times) = passes(&tracks, &nothing, now)?;
        let note = format!(
            "{} losses predicted over {WIDE} km and 12 km of height; one thread",
            found.losses().len()
        );
        table.add(times.row(
            "standclear",
            format!("{count} tracks, one pass"),
            reach,
            note,
        ));
        if let Some(folder) = dump {
            std::fs::write(
                folder.join(format!("tracks-{count}.txt")),
                workload.listed(count, WIDE),
            )?;
            std::fs::write(folder.join(format!("losses-{count}.txt")), pairs(&found))?;
        }
    }
    over_volumes(workload, declared, now, table)
}

fn pairs(found: &Watched<u32, u32>) -> String {
    let mut text = String::new();
    for [one, other] in found.losses().keys() {
        if let (conflict::tracks::Mover::Own(one), conflict::tracks::Mover::Own(other)) =
            (one, other)
        {
            let _ = writeln!(text, "{one} {other}");
        }
    }
    text
}

fn passes(
    tracks: &[Track<u32>],
    declared: &Index<u32>,
    now: Timestamp,
) -> Result<(Watched<u32, u32>, Times), Box<dyn Error>> {
    let snapshot = declared.snapshot();
    let pass = Pass {
        now,
        own: tracks,
        disclosed: &[],
        declared: &snapshot,
        among: Among::default(),
        terms: Terms::USUAL,
    };
    let mut found = Watched::default();
    found.pass(&pass)?;
    let mut times = Vec::new();
    for _ in 0..RUNS {
        let (again, took) = timed(|| found.pass(&pass));
        if !again?.is_empty() {
            return Err("the same pass again changed something".into());
        }
        times.push(took);
    }
    Ok((found, times.into_iter().collect()))
}

fn over_volumes(
    workload: Workload,
    declared: &Index<u32>,
    now: Timestamp,
    table: &mut Table,
) -> Result<(), Box<dyn Error>> {
    let nothing = Index::new();
    let (mut whole, mut between, mut standings) = (0, 0, 0);
    for pass in 0..PASSES {
        let seeded = Workload {
            seed: workload.seed + u64::from(pass) * 7_919,
            ..workload
        };
        let tracks = seeded.tracks(EACH, workload.side, now)?;
        let (found, times) = passes(&tracks, declared, now)?;
        standings += found.standings().len();
        whole += times.at(500);
        between += passes(&tracks, &nothing, now)?.1.at(500);
    }
    let alone = Duration::from_nanos(whole.saturating_sub(between));
    let what = format!("{} tracks against volumes, {PASSES} passes", PASSES * EACH);
    let note = format!(
        "{standings} inside or entering one of {}; less what the tracks take among themselves; one thread",
        declared.len()
    );
    let times: Times = std::iter::once(alone).collect();
    table.add(times.row("standclear", what, "25 ms (10)", note));
    Ok(())
}
