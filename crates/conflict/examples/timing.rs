//! How long the engine takes: `cargo run --release -p conflict --example timing [volumes]`.
//!
//! Live volumes over 400 × 400 km around Deir ez-Zor and 7 days: 65 % polygons of 4 to 12 vertices, 30 % circles, 5 %
//! corridors 20 to 120 km long; radius median 1 km, duration median 30 minutes. Half are the other party's. Plans of 20
//! volumes of the same kinds are checked against them. Then pairs that are drawn to be slow.
#![allow(
    clippy::unwrap_used,
    reason = "a workload that cannot be drawn ends the run"
)]

use std::time::{Duration, Instant};

use conflict::altitude::ellipsoidal;
use conflict::geodesy::destination;
use conflict::index::Index;
use conflict::matrix::Matrix;
use conflict::pair::between;
use conflict::shape::Shape;
use conflict::volume::Volume;
use model::altitude::{
    AltitudeUnit, FlightLevel, Height, HeightReference, StatedAltitude, StatedBand,
};
use model::arrangement::{Margins, Separation};
use model::kind::Kind;
use model::place::{Area, Circle, Corridor, MAX_VERTICES, Polygon, Position};
use model::units::{Bearing, Millimetres, Millis, Timestamp};
use model::window::Window;

const BEGINS: i64 = 1_505_600_000_000;
const WEEK_MS: f64 = 604_800_000.0;

/// The same numbers in each run (xorshift64*).
struct Draw(u64);

impl Draw {
    fn unit(&mut self) -> f64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 11) as f64 / (1u64 << 53) as f64
    }

    fn between(&mut self, low: f64, high: f64) -> f64 {
        low + self.unit() * (high - low)
    }

    /// Lognormal, by its median and the deviation of its logarithm.
    fn around(&mut self, median: f64, deviation: f64) -> f64 {
        let normal = (0..12).map(|_| self.unit()).sum::<f64>() - 6.0;
        median * (deviation * normal).exp()
    }

    fn volume(&mut self, key: u32, party: &str) -> Volume<u32> {
        let e7 = |degrees: f64| (degrees * 1.0e7) as i32;
        let middle = (
            e7(35.33 + self.between(-1.8, 1.8)),
            e7(40.14 + self.between(-2.2, 2.2)),
        );
        let middle = Position::from_e7(middle.0, middle.1).unwrap();
        let shape = self.shape(middle);
        let from = BEGINS + self.between(0.0, WEEK_MS) as i64;
        let lasts = self.around(1_800_000.0, 0.8).min(2.0e8) as i64;
        let at = |ms| Timestamp::from_unix_ms(ms).unwrap();
        let span = Window::new(at(from), at(from + lasts)).unwrap().into();
        let (kind, stated) = self.heights();
        let margins = Margins {
            flight_level: Millimetres::from_metres(600),
            above_ground: Some(Millimetres::from_metres(600)),
        };
        let band = ellipsoidal(stated, &shape, &margins).unwrap();
        let party = party.parse().unwrap();
        Volume {
            key,
            party,
            kind,
            shape,
            band,
            span,
        }
    }

    fn shape(&mut self, middle: Position) -> Shape {
        let radius = self.around(1_000.0, 0.8).clamp(50.0, 20_000.0);
        let metres = |metres: f64| Millimetres::new((metres * 1_000.0) as i64).unwrap();
        let kind = self.unit();
        let area = if kind < 0.65 {
            let count = self.between(4.0, 13.0) as u32;
            let vertices = (0..count).map(|index| {
                let far = radius * self.between(0.5, 1.0);
                stepped(middle, f64::from(index) * 360.0 / f64::from(count), far)
            });
            Area::Polygon(Polygon::new(vertices.collect()).unwrap())
        } else if kind < 0.95 {
            Area::Circle(Circle::new(middle, metres(radius)).unwrap())
        } else {
            let (azimuth, legs) = (self.between(0.0, 360.0), 4);
            let leg = self.between(20_000.0, 120_000.0) / f64::from(legs);
            let mut points = vec![middle];
            for _ in 0..legs {
                points.push(stepped(
                    points[points.len() - 1],
                    azimuth + self.between(-20.0, 20.0),
                    leg,
                ));
            }
            Area::Corridor(Corridor::new(points, metres(self.between(500.0, 4_000.0))).unwrap())
        };
        Shape::new(area).unwrap()
    }

    fn heights(&mut self) -> (Kind, StatedBand) {
        let level =
            |level: f64| StatedAltitude::FlightLevel(FlightLevel::new(level as u16).unwrap());
        let msl = |metres: f64| {
            let height = Height::new(
                metres as i32,
                AltitudeUnit::Metres,
                HeightReference::MeanSeaLevel,
            );
            StatedAltitude::Height(height.unwrap())
        };
        let (kind, lower, upper) = match self.unit() {
            part if part < 0.4 => {
                let low = self.between(50.0, 300.0);
                (
                    Kind::AirActivity,
                    level(low),
                    level(low + self.between(10.0, 100.0)),
                )
            }
            part if part < 0.7 => {
                let low = self.between(0.0, 3_000.0);
                (
                    Kind::AirActivity,
                    msl(low),
                    msl(low + self.between(50.0, 2_000.0)),
                )
            }
            _hazard => (
                Kind::HazardArea,
                StatedAltitude::Surface,
                msl(self.between(300.0, 6_000.0)),
            ),
        };
        (kind, StatedBand::new(lower, upper).unwrap())
    }
}

fn stepped(from: Position, azimuth: f64, metres: f64) -> Position {
    let turned = (azimuth * 1_000.0) as i64;
    let bearing = Bearing::from_millidegrees(turned.rem_euclid(360_000) as u32).unwrap();
    destination(
        from,
        bearing,
        Millimetres::new((metres * 1_000.0) as i64).unwrap(),
    )
}

fn matrix(horizontal: i32, vertical: i32, minutes: i64) -> Matrix {
    let kinds = [
        [Kind::AirActivity; 2],
        [Kind::AirActivity, Kind::HazardArea],
        [Kind::HazardArea; 2],
    ];
    Matrix::new(&kinds.map(|between| Separation {
        between,
        horizontal: Millimetres::from_metres(horizontal),
        vertical: Millimetres::from_metres(vertical),
        time: Millis::new(minutes * 60_000).unwrap(),
    }))
}

fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let begin = Instant::now();
    let done = work();
    (done, begin.elapsed())
}

fn row(name: &str, mut times: Vec<Duration>) {
    times.sort_unstable();
    let at = |part: usize| {
        times[(times.len() * part / 1_000).min(times.len() - 1)].as_secs_f64() * 1.0e6
    };
    println!(
        "{name:<58} p50 {:>10.1} µs   p99 {:>10.1} µs   max {:>10.1} µs",
        at(500),
        at(990),
        at(1_000)
    );
}

/// A comb of 2,500 long teeth, each `width` metres wide and 8 m after the one before, the first at `first`. It is
/// slanted, so that boxes around its edges tell nothing. Its teeth reach from `root` to `tip`, metres from one line.
fn comb(first: f64, width: f64, root: f64, tip: f64) -> Shape {
    let middle = Position::from_e7(353_000_000, 401_000_000).unwrap();
    let at = |across: f64, along: f64| {
        let base = stepped(middle, 135.0, across);
        stepped(base, if along < 0.0 { 225.0 } else { 45.0 }, along.abs())
    };
    let teeth = MAX_VERTICES / 4 - 1;
    let mut vertices = Vec::new();
    for tooth in 0..teeth {
        let left = first + 8.0 * tooth as f64;
        let right = left + width;
        vertices.extend([
            at(left, root),
            at(left, tip),
            at(right, tip),
            at(right, root),
        ]);
    }
    let back = root - 50.0 * (tip - root).signum();
    vertices.extend([at(first + 8.0 * teeth as f64, back), at(first, back)]);
    Shape::new(Area::Polygon(Polygon::new(vertices).unwrap())).unwrap()
}

/// A polygon of the most vertices, all but a circle.
fn round(metres: f64, from: f64) -> Shape {
    let middle = Position::from_e7(353_000_000, 401_000_000).unwrap();
    let half = MAX_VERTICES / 2;
    // An arc outward and another back, so that two of them can lie in each other at one distance all along.
    let arc = |index: usize| from + 300.0 * index as f64 / (half - 1) as f64;
    let outer = (0..half).map(|index| stepped(middle, arc(index), metres + 1_000.0));
    let inner = (0..half)
        .rev()
        .map(|index| stepped(middle, arc(index), metres));
    Shape::new(Area::Polygon(
        Polygon::new(outer.chain(inner).collect()).unwrap(),
    ))
    .unwrap()
}

fn main() {
    let count: u32 = std::env::args()
        .nth(1)
        .map_or(100_000, |count| count.parse().unwrap());
    let mut draw = Draw(2_017);
    let volumes: Vec<_> = (0..count)
        .map(|key| draw.volume(key, if key % 2 == 0 { "russia" } else { "coalition" }))
        .collect();
    let (mut index, took) = timed(|| volumes.iter().cloned().collect::<Index<u32>>());
    println!(
        "{count} volumes, read at once: {:.0} ms",
        took.as_secs_f64() * 1.0e3
    );

    let extra: Vec<_> = (0..5_000)
        .map(|more| draw.volume(count + more, "russia"))
        .collect();
    row(
        "insert one",
        extra
            .into_iter()
            .map(|volume| timed(|| index.insert(volume)).1)
            .collect(),
    );
    row(
        "remove one",
        (0..5_000)
            .map(|more| timed(|| index.remove(count + more)).1)
            .collect(),
    );

    let plans: Vec<Vec<_>> = (0..500)
        .map(|plan| {
            (0..20)
                .map(|one| draw.volume(count + plan * 20 + one, "coalition"))
                .collect()
        })
        .collect();
    for (horizontal, vertical, minutes) in [(0, 0, 0), (2_000, 300, 5), (9_260, 300, 5)] {
        let matrix = matrix(horizontal, vertical, minutes);
        let (mut found, mut ones, mut wholes) = (0, Vec::new(), Vec::new());
        for plan in &plans {
            let mut whole = Duration::ZERO;
            for volume in plan {
                let (conflicts, took) = timed(|| index.conflicts(volume, &matrix).count());
                found += conflicts;
                whole += took;
                ones.push(took);
            }
            wholes.push(whole);
        }
        let asked = format!("{horizontal} m, {vertical} m, {minutes} min");
        println!(
            "{asked}: {:.2} conflicts a volume",
            found as f64 / ones.len() as f64
        );
        row("  check one volume", ones);
        row("  check a plan of 20", wholes);
    }

    println!("pairs of {MAX_VERTICES} vertices each:");
    let base = draw.volume(0, "russia");
    let pairs = [
        (
            "combs that cross",
            comb(0.0, 4.0, 100.0, 1_900.0),
            comb(5.0, 6.0, 1_950.0, 150.0),
            0,
        ),
        (
            "combs in each other, 1 m apart all along, 0 m asked",
            comb(0.0, 4.0, 100.0, 1_900.0),
            comb(5.0, 2.0, 1_950.0, 150.0),
            0,
        ),
        (
            "arcs in each other, 50 m apart all along, 49 m asked",
            round(20_000.0, 0.0),
            round(21_050.0, 0.0),
            49,
        ),
        (
            "arcs in each other, 50 m apart all along, 51 m asked",
            round(20_000.0, 0.0),
            round(21_050.0, 0.0),
            51,
        ),
    ];
    for (name, one, other, asked) in pairs {
        let one = Volume {
            key: 1,
            shape: one,
            ..base.clone()
        };
        let other = Volume {
            key: 2,
            shape: other,
            party: "un-aid".parse().unwrap(),
            ..base.clone()
        };
        let (found, took) = timed(|| between(&one, &other, &matrix(asked, 0, 0)));
        println!(
            "  {name:<56} {:>8.1} ms, conflict: {}",
            took.as_secs_f64() * 1.0e3,
            found.is_some()
        );
    }
}
