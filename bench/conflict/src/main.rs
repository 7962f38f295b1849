//! The conflict engine beside its peers: `make bench-conflict` prints one table.
//!
//! All are given the volumes and the questions of one seed. A time is shown only once the answers were compared, pair by
//! pair; where they differ, each difference is listed with what this engine measures of it. Nothing here fails on a time.

mod ours;
mod plot;
mod postgres;
mod rtree;
mod table;
mod tracks;
mod workload;

use plot::Line;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use table::Table;
use workload::Workload;

const USAGE: &str = "usage: bench-conflict [--volumes N] [--queries N] [--seed N] [--side KM] [--days N] [--without PEER]...\n    [--plot FILE.svg] [--tracks FOLDER]\n\
    peers: rstar, nd-gist, cells, bluesky";

struct Options {
    workload: Workload,
    without: Vec<String>,
    /// Where to write a chart of cost against size.
    plot: Option<PathBuf>,
    /// Where to write tracks and the losses that were predicted, for `bench/tracks-beside-bluesky`.
    tracks: Option<PathBuf>,
}

fn main() -> ExitCode {
    let Some(options) = options(std::env::args().skip(1)) else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    let mut table = Table::default();
    match measure(&options, &mut table) {
        Ok(()) => {
            println!("{}", table.markdown());
            ExitCode::SUCCESS
        }
        Err(failed) => {
            eprintln!("bench-conflict: {failed}");
            ExitCode::from(1)
        }
    }
}

fn options(mut given: impl Iterator<Item = String>) -> Option<Options> {
    let mut options = Options {
        workload: Workload {
            volumes: 1_000_000,
            queries: 10_000,
            seed: 2_017,
            side: 400.0,
            days: 7.0,
        },
        without: Vec::new(),
        plot: None,
        tracks: None,
    };
    let of = &mut options.workload;
    while let Some(flag) = given.next() {
        let value = given.next()?;
        match flag.as_str() {
            "--volumes" => of.volumes = value.parse().ok().filter(|count| *count <= 20_000_000)?,
            "--queries" => of.queries = value.parse().ok().filter(|count| *count <= 1_000_000)?,
            "--seed" => of.seed = value.parse().ok()?,
            // Around 35N: wider ones would reach where a degree is much shorter.
            "--side" => {
                of.side = value
                    .parse()
                    .ok()
                    .filter(|side| (1.0..=2_000.0).contains(side))?
            }
            "--days" => {
                of.days = value
                    .parse()
                    .ok()
                    .filter(|days| (0.01..=3_650.0).contains(days))?
            }
            "--without" => options.without.push(value),
            "--tracks" => options.tracks = Some(value.into()),
            "--plot" => options.plot = Some(value.into()),
            _other => return None,
        }
    }
    Some(options)
}

fn measure(options: &Options, table: &mut Table) -> Result<(), Box<dyn Error>> {
    let workload = options.workload;
    let Workload {
        volumes,
        queries,
        seed,
        side,
        days,
    } = workload;
    println!(
        "{volumes} volumes over {side} × {side} km and {days} days, {queries} queries, seed {seed}\n"
    );
    let asked = workload.queries()?;
    let (index, answers) = ours::run(workload, &asked, table)?;
    tracks::run(workload, &index, options.tracks.as_deref(), table)?;
    let wanted = |peer: &str| !options.without.iter().any(|without| without == peer);
    if wanted("rstar") {
        rtree::run(&index, volumes, &asked, &answers, table);
    }
    let peers: Vec<_> = postgres::Peer::ALL
        .into_iter()
        .filter(|peer| wanted(peer.option()))
        .collect();
    if let Err(failed) = postgres::run(&peers, &index, volumes, &asked, &answers, table) {
        table.say(format!(
            "not run: {}: {failed}",
            peers
                .iter()
                .map(|peer| peer.name())
                .collect::<Vec<_>>()
                .join(", ")
        ));
    }
    if wanted("bluesky") {
        table.say(
            "not run here: BlueSky's detector: `--tracks FOLDER`, then `bench/tracks-beside-bluesky FOLDER`".into(),
        );
    }
    match &options.plot {
        Some(file) => chart(workload, file),
        None => Ok(()),
    }
}

/// The same over the same ground and time with a thousandth, a hundredth and a tenth of the volumes.
fn chart(workload: Workload, file: &Path) -> Result<(), Box<dyn Error>> {
    let names = [
        "standclear, median",
        "standclear, p99",
        "rstar, median",
        "rstar, p99",
    ];
    let mut lines = names.map(|name| Line {
        name,
        points: Vec::new(),
    });
    for share in [1_000, 100, 10, 1] {
        let volumes = workload.volumes / share;
        let some = Workload {
            volumes,
            ..workload
        };
        let asked = some.queries()?;
        let (index, answers, own) = ours::asked(some, &asked)?;
        let peer = rtree::asked(&index, volumes, &asked);
        if peer.0 != answers {
            return Err(format!(
                "rstar answers otherwise over {volumes} volumes: run the table to see how"
            )
            .into());
        }
        let costs = [own.at(500), own.at(990), peer.1.at(500), peer.1.at(990)];
        for (line, cost) in lines.iter_mut().zip(costs) {
            line.points.push((f64::from(volumes), cost as f64));
        }
    }
    let title = format!(
        "one query, exact, over {0} × {0} km and {1} days, by volumes",
        workload.side, workload.days
    );
    let svg = plot::svg(&title, &lines).ok_or("nothing was measured")?;
    Ok(std::fs::write(file, svg)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The table at a small size, for every test run: the same answers from both trees.
    #[test]
    fn rstar_with_the_same_exact_stage_finds_what_the_engine_finds() -> Result<(), Box<dyn Error>> {
        for (side, seed) in [(10.0, 1), (400.0, 2)] {
            let workload = Workload {
                volumes: 3_000,
                queries: 200,
                seed,
                side,
                days: 0.2,
            };
            let asked = workload.queries()?;
            let (index, answers, _) = ours::asked(workload, &asked)?;
            assert_eq!(rtree::asked(&index, workload.volumes, &asked).0, answers);
            assert!(side > 100.0 || answers.iter().map(Vec::len).sum::<usize>() > 200);
        }
        Ok(())
    }

    #[test]
    fn a_seed_draws_the_same_volumes_each_time() -> Result<(), Box<dyn Error>> {
        let workload = Workload {
            volumes: 50,
            queries: 50,
            seed: 7,
            side: 100.0,
            days: 0.2,
        };
        let drawn = || {
            workload
                .volumes()
                .map(|volume| volume.map(|volume| (volume.shape.area().clone(), volume.span)))
        };
        let (one, other): (Vec<_>, Vec<_>) = (
            drawn().collect::<Result<_, _>>()?,
            drawn().collect::<Result<_, _>>()?,
        );
        assert_eq!(one, other);
        let asked = workload.queries()?;
        assert!(
            asked
                .iter()
                .zip(&one)
                .all(|(query, (area, _))| query.shape.area() != area)
        );
        Ok(())
    }

    #[test]
    fn options_that_make_no_sense_are_refused() {
        let given = |text: &str| options(text.split(' ').map(String::from));
        assert!(given("--volumes 1000 --side 50 --without cells").is_some());
        for bad in [
            "--volumes",
            "--volumes many",
            "--side 0",
            "--days -1",
            "--faster yes",
            "--volumes 99999999999",
        ] {
            assert!(given(bad).is_none(), "{bad}");
        }
    }
}
