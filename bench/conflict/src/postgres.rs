//! PostgreSQL, in whichever database `psql` reaches: `scripts/bench-conflict` makes one and throws it away.
//!
//! Both peers decide on the ground by PostGIS's `geography` on the spheroid, and in height and time by whole numbers. They
//! differ in how they find what to look at: by an n-dimensional GiST index over the boxes that this engine has, or by lists
//! of cells of a grid under a GIN index, as InterUSS's store has them.

use crate::ours::{Answers, compared};
use crate::table::{Table, Times};
use conflict::index::Index;
use conflict::volume::Volume;
use model::place::{Area, Position};
use std::collections::BTreeSet;
use std::error::Error;
use std::io::Write;
use std::process::{Command, Stdio};
use std::time::Duration;

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Peer {
    NdGist,
    Cells,
}

impl Peer {
    pub const ALL: [Self; 2] = [Self::NdGist, Self::Cells];

    pub const fn name(self) -> &'static str {
        match self {
            Self::NdGist => "PostGIS nd-GiST",
            Self::Cells => "cells on PostgreSQL",
        }
    }

    /// What leaves it out.
    pub const fn option(self) -> &'static str {
        match self {
            Self::NdGist => "nd-gist",
            Self::Cells => "cells",
        }
    }

    /// Which volumes come into question for the query `r`.
    const fn candidates(self) -> &'static str {
        match self {
            Self::NdGist => {
                "v.id in (select b.id from vb b, qb c where c.id = r.id and b.box &&& c.box)"
            }
            Self::Cells => "v.cells && r.cells",
        }
    }
}

const TABLES: &str = "create extension if not exists postgis;
drop table if exists v, q, vb, qb;
create unlogged table v (id int, core geography, wide float8, t0 int8, t1 int8, low int8, high int8, cells int4[]);
create unlogged table q (like v);
create unlogged table vb (id int, box geometry);
create unlogged table qb (like vb);
";

const INDEXES: &str = "alter table v add primary key (id);
create index on vb using gist (box gist_geometry_ops_nd);
create index on qb (id);
create index on v using gin (cells);
vacuum analyze v; vacuum analyze vb; analyze q; analyze qb;
";

pub fn run(
    peers: &[Peer],
    volumes: &Index<u32>,
    count: u32,
    queries: &[Volume<u32>],
    ours: &Answers,
    table: &mut Table,
) -> Result<(), Box<dyn Error>> {
    if peers.is_empty() {
        return Ok(());
    }
    eprintln!("  filling PostgreSQL");
    fill(volumes, count, queries)?;
    for peer in peers {
        let asked = ask(*peer)?;
        let mut answers: Answers = vec![Vec::new(); queries.len()];
        let mut times = Vec::new();
        for line in asked.lines() {
            match line.split_once(' ') {
                Some(("t", us)) => times.push(Duration::from_secs_f64(us.parse::<f64>()? / 1.0e6)),
                Some((query, found)) => {
                    let query =
                        query.parse::<u32>()? - queries.first().map_or(0, |first| first.key);
                    let of = answers
                        .get_mut(query as usize)
                        .ok_or("an answer to no query")?;
                    of.push(found.parse()?);
                }
                None => {}
            }
        }
        answers.iter_mut().for_each(|of| of.sort_unstable());
        if compared(peer.name(), ours, &answers, volumes, queries, table) {
            let times: Times = times.into_iter().collect();
            table.add(times.row(
                peer.name(),
                "query, by `geography`",
                "",
                "within the server",
            ));
        }
    }
    Ok(())
}

fn fill(volumes: &Index<u32>, count: u32, queries: &[Volume<u32>]) -> Result<(), Box<dyn Error>> {
    let all = || {
        (0..count)
            .filter_map(|key| volumes.volume(key))
            .map(AsRef::as_ref)
    };
    psql(|to| {
        to.write_all(TABLES.as_bytes())?;
        rows(to, "v", "vb", all)?;
        rows(to, "q", "qb", || queries.iter())?;
        to.write_all(INDEXES.as_bytes())
    })?;
    Ok(())
}

/// One query after the other, with the time that each takes in the server.
fn ask(peer: Peer) -> Result<String, Box<dyn Error>> {
    let (candidates, mut text) = (peer.candidates(), String::new());
    text.push_str("create temp table answer (q int, v int); create temp table took (us float8);\n");
    text.push_str(&format!(
        "do $$ declare r record; t timestamptz; begin for r in select * from q order by id loop
           t := clock_timestamp();
           insert into answer select r.id, v.id from v where {candidates}
             and v.t0 <= r.t1 and r.t0 <= v.t1 and v.low <= r.high and r.low <= v.high
             and ST_DWithin(v.core, r.core, v.wide + r.wide);
           insert into took values (extract(epoch from clock_timestamp() - t) * 1e6);
         end loop; end $$;\n"
    ));
    text.push_str("select q || ' ' || v from answer; select 't ' || us from took;\n");
    psql(|to| to.write_all(text.as_bytes()))
}

/// What `psql` prints of what it is told.
fn psql(
    tell: impl FnOnce(&mut dyn Write) -> std::io::Result<()>,
) -> Result<String, Box<dyn Error>> {
    let mut child = Command::new("psql")
        .args([
            "--no-psqlrc",
            "--quiet",
            "--tuples-only",
            "--no-align",
            "--set=ON_ERROR_STOP=1",
        ])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| format!("`psql` does not start ({error}): install postgresql-client"))?;
    if let Some(stdin) = child.stdin.take() {
        let mut to = std::io::BufWriter::new(stdin);
        // If it ends early, it says why itself.
        let told = tell(&mut to).and_then(|()| to.flush());
        drop(to);
        let done = child.wait_with_output()?;
        if !done.status.success() {
            return Err("`psql` failed, as it says above: run `scripts/bench-conflict`, which makes a database".into());
        }
        told?;
        return Ok(String::from_utf8(done.stdout)?);
    }
    Err("`psql` takes no input".into())
}

fn rows<'a, I: Iterator<Item = &'a Volume<u32>>>(
    to: &mut dyn Write,
    table: &str,
    boxes: &str,
    all: impl Fn() -> I,
) -> std::io::Result<()> {
    writeln!(to, "copy {table} from stdin;")?;
    for volume in all() {
        let (core, wide) = core(volume.shape.area());
        let [t0, t1] = [volume.span.from(), volume.span.until()].map(|at| at.as_unix_ms());
        let heights = volume.band.ellipsoidal();
        let (low, high) = (heights.floor().as_mm(), heights.ceiling().as_mm());
        let cells: Vec<String> = cells(volume.shape.area())
            .iter()
            .map(i32::to_string)
            .collect();
        let cells = cells.join(",");
        writeln!(
            to,
            "{}\t{core}\t{wide}\t{t0}\t{t1}\t{low}\t{high}\t{{{cells}}}",
            volume.key
        )?;
    }
    writeln!(to, "\\.\ncopy {boxes} from stdin;")?;
    for volume in all() {
        let [t0, t1] =
            [volume.span.from(), volume.span.until()].map(|at| at.as_unix_ms() as f64 / 1_000.0);
        for [[a, b, c], [d, e, f]] in volume.boxes() {
            writeln!(
                to,
                "{}\tLINESTRING ZM ({a} {b} {c} {t0}, {d} {e} {f} {t1})",
                volume.key
            )?;
        }
    }
    writeln!(to, "\\.")
}

/// The place, line or polygon, and what lies within how many metres of it.
fn core(area: &Area) -> (String, f64) {
    let listed = |points: &[Position], closing: Option<&Position>| {
        let points = points.iter().chain(closing);
        let points: Vec<String> = points
            .map(|point| format!("{:.7} {:.7}", degrees(*point)[1], degrees(*point)[0]))
            .collect();
        points.join(", ")
    };
    match area {
        Area::Circle(circle) => {
            let [latitude, longitude] = degrees(circle.centre());
            (
                format!("POINT ({longitude:.7} {latitude:.7})"),
                circle.radius().as_mm() as f64 / 1_000.0,
            )
        }
        Area::Corridor(corridor) => (
            format!("LINESTRING ({})", listed(corridor.points(), None)),
            corridor.width().as_mm() as f64 / 2_000.0,
        ),
        Area::Polygon(polygon) => (
            format!(
                "POLYGON (({}))",
                listed(polygon.vertices(), polygon.vertices().first())
            ),
            0.0,
        ),
    }
}

fn degrees(position: Position) -> [f64; 2] {
    [position.latitude().as_e7(), position.longitude().as_e7()].map(|e7| f64::from(e7) / 1.0e7)
}

/// Cells of a hundredth of a degree that together hold the area.
fn cells(area: &Area) -> BTreeSet<i32> {
    let mut cells = BTreeSet::new();
    // A box around points, wider by so many metres: edges of polygons bulge less than 50 m out of it.
    let mut cover = |points: &[[f64; 2]], metres: f64| {
        let (up, aside) = ((metres + 50.0) / 110_000.0, (metres + 50.0) / 80_000.0);
        let ends = |axis: usize, margin: f64| {
            let along = points.iter().map(|point| point[axis]);
            let (low, high) = along.fold((f64::MAX, f64::MIN), |(low, high), at| {
                (low.min(at), high.max(at))
            });
            [low - margin, high + margin].map(|at| (at * 100.0).floor() as i32)
        };
        let ([south, north], [west, east]) = (ends(0, up), ends(1, aside));
        for row in south..=north {
            cells.extend((west..=east).map(|column| row * 36_000 + column));
        }
    };
    match area {
        Area::Circle(circle) => cover(
            &[degrees(circle.centre())],
            circle.radius().as_mm() as f64 / 1_000.0,
        ),
        Area::Polygon(polygon) => cover(
            &polygon
                .vertices()
                .iter()
                .copied()
                .map(degrees)
                .collect::<Vec<_>>(),
            0.0,
        ),
        Area::Corridor(corridor) => {
            let half = corridor.width().as_mm() as f64 / 2_000.0;
            for ends in corridor.points().windows(2) {
                let [from, to] = [degrees(ends[0]), degrees(ends[1])];
                let at = |step: i32| {
                    [0, 1].map(|axis: usize| {
                        from[axis] + (to[axis] - from[axis]) * f64::from(step) / 32.0
                    })
                };
                (0..32).for_each(|step| cover(&[at(step), at(step + 1)], half));
            }
        }
    }
    cells
}
