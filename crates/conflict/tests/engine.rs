//! The engine as a whole against a look at every pair, and the laws that its answers keep.
#![allow(clippy::unwrap_used, reason = "a test that cannot be set up fails")]

use conflict::altitude::ellipsoidal;
use conflict::index::{Among, Index};
use conflict::matrix::Matrix;
use conflict::pair::{Conflict, ENGINE, between};
use conflict::shape::Shape;
use conflict::volume::{Span, Volume};
use model::altitude::{FlightLevel, StatedAltitude, StatedBand};
use model::arrangement::{Margins, Separation};
use model::kind::Kind;
use model::place::{Area, Circle, Corridor, Polygon, Position};
use model::units::{Bearing, Millimetres, Millis, Timestamp};
use model::window::Window;
use proptest::prelude::*;

const KINDS: [Kind; 3] = [Kind::AirActivity, Kind::HazardArea, Kind::Movement];
const PARTIES: [&str; 3] = ["coalition", "russia", "un-aid"];

fn metres(metres: i32) -> Millimetres {
    Millimetres::from_metres(metres)
}

fn at(ms: i64) -> Timestamp {
    Timestamp::from_unix_ms(ms).unwrap()
}

fn volume(
    key: u32,
    party: usize,
    kind: Kind,
    shape: Shape,
    levels: [u16; 2],
    span: Span,
) -> Volume<u32> {
    let [lower, upper] =
        levels.map(|level| StatedAltitude::FlightLevel(FlightLevel::new(level).unwrap()));
    let margins = Margins {
        flight_level: metres(600),
        above_ground: None,
    };
    let band = ellipsoidal(StatedBand::new(lower, upper).unwrap(), &shape, &margins).unwrap();
    Volume {
        key,
        party: PARTIES[party].parse().unwrap(),
        kind,
        shape,
        band,
        span,
    }
}

fn separation(
    between: [Kind; 2],
    horizontal: Millimetres,
    vertical: Millimetres,
    ms: i64,
) -> Separation {
    Separation {
        between,
        horizontal,
        vertical,
        time: Millis::new(ms).unwrap(),
    }
}

/// Around a few places where coordinates do strange things, so that many volumes meet.
fn place() -> impl Strategy<Value = Position> {
    (
        0..4usize,
        -3_000_000..3_000_000i32,
        -1_799_999_999..1_800_000_000i32,
    )
        .prop_map(|(which, north, east)| {
            let near = east % 3_000_000;
            match which {
                0 => Position::from_e7(352_000_000 + north, 401_000_000 + near),
                1 => Position::from_e7(
                    north,
                    if near < 0 {
                        1_800_000_000 + near
                    } else {
                        -1_800_000_000 + near
                    },
                ),
                // Beside the pole, at any longitude.
                2 => Position::from_e7(897_000_000 + north.abs() % 2_900_000, east),
                _beside_a_quarter => Position::from_e7(north, 900_000_000 + near),
            }
            .unwrap()
        })
}

fn stepped(from: Position, azimuth: u32, metres: i32) -> Position {
    let bearing = Bearing::from_millidegrees(azimuth * 1_000).unwrap();
    conflict::geodesy::destination(from, bearing, Millimetres::from_metres(metres))
}

fn shape() -> impl Strategy<Value = Option<Shape>> {
    (
        place(),
        0..3usize,
        100..15_000i32,
        prop::collection::vec((0..360u32, 1_000..60_000i32), 3..6),
    )
        .prop_map(|(place, form, size, legs)| {
            let area = match form {
                0 => Area::Circle(Circle::new(place, metres(size)).ok()?),
                1 => {
                    let points = std::iter::once(place).chain(legs.iter().scan(
                        place,
                        |from, (azimuth, metres)| {
                            *from = stepped(*from, *azimuth, *metres);
                            Some(*from)
                        },
                    ));
                    Area::Corridor(Corridor::new(points.collect(), metres(size)).ok()?)
                }
                _polygon => {
                    let step = 360 / legs.len() as u32;
                    let vertices = (0..)
                        .zip(&legs)
                        .map(|(index, leg)| stepped(place, index * step, leg.1 / 2));
                    Area::Polygon(Polygon::new(vertices.collect()).ok()?)
                }
            };
            Shape::new(area).ok()
        })
}

fn volumes(count: usize) -> impl Strategy<Value = Vec<Volume<u32>>> {
    let one = (
        shape(),
        0..3usize,
        0..3usize,
        (0..40u16, 0..20u16),
        (0..5_000i64, 0..2_000i64),
        0..20u32,
    );
    prop::collection::vec(one, count).prop_map(|drawn| {
        let made = drawn.into_iter().zip(0..).filter_map(
            |((shape, party, kind, levels, times, open), key)| {
                let span = match open {
                    0 => Span::until_withdrawn(at(times.0)),
                    _closed => Window::new(at(times.0), at(times.0 + times.1))
                        .unwrap()
                        .into(),
                };
                Some(volume(
                    key,
                    party,
                    KINDS[kind],
                    shape?,
                    [levels.0 * 10, (levels.0 + levels.1) * 10],
                    span,
                ))
            },
        );
        made.collect()
    })
}

fn matrix(horizontal: i32, vertical: i32, ms: i64) -> Matrix {
    let [air, hazard, movement] = KINDS;
    let (all, half) = ([horizontal, vertical], [horizontal / 2, vertical / 2]);
    Matrix::new(&[
        separation([air, air], metres(all[0]), metres(all[1]), ms),
        separation([hazard, air], metres(half[0]), metres(half[1]), ms / 2),
        separation([movement, hazard], metres(0), metres(all[1]), 0),
    ])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn the_index_finds_what_a_look_at_every_pair_finds(
        volumes in volumes(120), replaced in volumes(30), removed in prop::collection::vec(0..120u32, 20),
        matrix in (0..20_000i32, 0..1_000i32, 0..2_000i64).prop_map(|(h, v, t)| matrix(h, v, t)),
    ) {
        let (early, late) = volumes.split_at(volumes.len() / 2);
        let mut index: Index<u32> = early.iter().cloned().collect();
        let mut kept: std::collections::BTreeMap<u32, Volume<u32>> =
            early.iter().cloned().map(|volume| (volume.key, volume)).collect();
        for volume in late.iter().chain(&replaced) {
            let before = index.insert(volume.clone()).map(|volume| volume.key);
            prop_assert_eq!(before, kept.insert(volume.key, volume.clone()).map(|volume| volume.key));
        }
        for key in removed {
            let gone = index.remove(key).map(|volume| volume.key);
            prop_assert_eq!(gone, kept.remove(&key).map(|volume| volume.key));
        }
        prop_assert_eq!(index.len(), kept.len());
        for volume in volumes.iter().chain(&replaced) {
            let slow: Vec<Conflict<u32>> = kept
                .values()
                .filter(|other| other.key != volume.key)
                .filter_map(|other| between(volume, other, &matrix))
                .collect();
            let fast: Vec<Conflict<u32>> = index.conflicts(volume, &matrix).collect();
            prop_assert_eq!(fast, slow);
            prop_assert_eq!(index.is_near_any(volume, &matrix), !index.near(volume, &matrix).is_empty());
        }
    }

    #[test]
    fn a_snapshot_stays_as_it_was_while_the_index_changes(
        volumes in volumes(80), later in volumes(80), matrix in Just(matrix(5_000, 500, 1_000)),
    ) {
        let mut index: Index<u32> = volumes.iter().cloned().collect();
        let snapshot = index.snapshot();
        let ask = |volume: &Volume<u32>| -> Vec<_> { snapshot.conflicts(volume, &matrix).collect() };
        let before: Vec<_> = volumes.iter().map(ask).collect();
        for (volume, old) in later.iter().zip(&volumes) {
            index.insert(Volume { key: volume.key + 40, ..volume.clone() });
            index.remove(old.key);
        }
        prop_assert_eq!(volumes.iter().map(ask).collect::<Vec<_>>(), before);
        prop_assert!(index.snapshot().at(at(1_000), Among::default()).iter().all(|volume| volume.key >= 40));
    }

    #[test]
    fn what_was_in_force_there_and_then_is_what_a_look_at_every_volume_finds(
        volumes in volumes(100), asked in shape(), from in 0..6_000i64, long in 0..1_000i64, of in 0..4usize, one in 0..4usize,
    ) {
        let (Some(asked), span) = (asked, Window::new(at(from), at(from + long)).unwrap().into()) else { return Ok(()) };
        let kinds = KINDS.get(one).map(std::slice::from_ref);
        let among = Among { of: PARTIES.get(of).map(|party| party.parse().unwrap()), kinds };
        let wanted = |volume: &&Volume<u32>| {
            among.of.is_none_or(|party| party == volume.party) && kinds.is_none_or(|kinds| kinds.contains(&volume.kind))
        };
        let then = |volume: &&Volume<u32>, from: i64, until: i64| {
            volume.span.from() <= at(until) && at(from) <= volume.span.until()
        };
        let snapshot = volumes.iter().cloned().collect::<Index<u32>>().snapshot();
        let keys = |found: Vec<std::sync::Arc<Volume<u32>>>| found.iter().map(|volume| volume.key).collect::<Vec<_>>();
        let there = volumes.iter().filter(|volume| then(volume, from, from + long) && volume.shape.touches(&asked));
        let there: Vec<u32> = there.filter(wanted).map(|volume| volume.key).collect();
        prop_assert_eq!(keys(snapshot.on_the_ground(&asked, span, among)), there);
        let all = volumes.iter().filter(|volume| then(volume, from, from)).filter(wanted);
        prop_assert_eq!(keys(snapshot.at(at(from), among)), all.map(|volume| volume.key).collect::<Vec<_>>());
    }

    #[test]
    fn a_conflict_is_the_same_from_either_side(
        volumes in volumes(40), matrix in (0..50_000i32, 0..5_000i32).prop_map(|(h, v)| matrix(h, v, 2_000)),
    ) {
        for one in &volumes {
            for other in &volumes {
                let (ours, theirs) = (between(one, other, &matrix), between(other, one, &matrix));
                prop_assert_eq!(ours.is_some(), theirs.is_some());
                let (Some(ours), Some(theirs)) = (ours, theirs) else { continue };
                prop_assert_eq!(ours.keys, [one.key, other.key]);
                prop_assert_eq!(theirs.keys, [other.key, one.key]);
                prop_assert_eq!(ours.parties, [one.party, other.party]);
                let [p, q] = ours.horizontal.at;
                prop_assert_eq!(theirs.horizontal.at, [q, p]);
                prop_assert_eq!(ours.horizontal.gap, theirs.horizontal.gap);
                prop_assert_eq!((ours.vertical, ours.time, ours.rule), (theirs.vertical, theirs.time, theirs.rule));
                prop_assert_eq!(ours.engine, ENGINE);
            }
        }
    }

    #[test]
    fn asking_for_more_separation_loses_no_conflict(
        volumes in volumes(40), asked in (1..20_000i32, 1..2_000i32, 0..2_000i64),
        more in (0..20_000i32, 0..2_000i32, 0..2_000i64),
    ) {
        let less = matrix(asked.0, asked.1, asked.2);
        let more = matrix(asked.0 + more.0, asked.1 + more.1, asked.2 + more.2);
        for one in &volumes {
            for other in &volumes {
                let (Some(found), wider) = (between(one, other, &less), between(one, other, &more)) else { continue };
                let wider = wider.expect("a conflict under less is one under more");
                // A tenth of a millimetre can lie to either side of a whole one.
                let change = found.horizontal.gap.as_mm() - wider.horizontal.gap.as_mm();
                prop_assert!(change.abs() <= 1, "{} against {}", found.horizontal.gap, wider.horizontal.gap);
                prop_assert_eq!((found.vertical, found.time), (wider.vertical, wider.time));
            }
        }
    }

    #[test]
    fn the_witness_can_be_checked_with_a_ruler(
        volumes in volumes(40), matrix in (0..50_000i32, 0..5_000i32).prop_map(|(h, v)| matrix(h, v, 2_000)),
    ) {
        for (one, other) in volumes.iter().zip(volumes.iter().skip(1)) {
            let Some(found) = between(one, other, &matrix) else { continue };
            let [here, there] = found.horizontal.at;
            let gap = found.horizontal.gap.max(Millimetres::ZERO);
            // Both places are rounded by up to 8 mm.
            prop_assert!((conflict::geodesy::leg(here, there).distance.as_mm() - gap.as_mm()).abs() <= 18);
            prop_assert!(one.shape.distance(here).as_mm() <= 9 && other.shape.distance(there).as_mm() <= 9);
            let short = found.shortfall();
            prop_assert!(short.horizontal >= Millimetres::ZERO && short.vertical >= Millimetres::ZERO);
            prop_assert!(short.time >= Millis::ZERO);
            prop_assert_eq!(found.time.until.since(found.time.from).as_ms(), found.time.gap.as_ms().abs());
        }
    }
}

fn disc(key: u32, party: usize, levels: [u16; 2], times: [i64; 2]) -> Volume<u32> {
    let centre = Position::from_e7(352_550_000, 401_400_000).unwrap();
    let shape = Shape::new(Area::Circle(Circle::new(centre, metres(1_500)).unwrap())).unwrap();
    let span = Window::new(at(times[0]), at(times[1])).unwrap().into();
    volume(key, party, Kind::AirActivity, shape, levels, span)
}

#[test]
fn heights_and_times_are_closed_and_counted_in_whole_units() {
    let reach = 0..4i64;
    let pairs = |reach: std::ops::Range<i64>| {
        reach
            .clone()
            .flat_map(move |from| (from..reach.end).map(move |until| [from, until]))
    };
    // Whether something of the one and something of the other lie within `asked`.
    let near = |one: [i64; 2], other: [i64; 2], asked: i64| {
        (one[0]..=one[1]).any(|a| (other[0]..=other[1]).any(|b| (a - b).abs() <= asked))
    };
    for (one, other) in
        pairs(reach.clone()).flat_map(|one| pairs(0..6).map(move |other| (one, other)))
    {
        for asked in 0..3 {
            let hundreds_of_feet = Millimetres::new(asked * 30_480).unwrap();
            let kinds = [Kind::AirActivity; 2];
            let in_time = Matrix::new(&[separation(kinds, metres(0), metres(0), asked)]);
            let found = between(
                &disc(1, 0, [10, 20], one),
                &disc(2, 1, [10, 20], other),
                &in_time,
            );
            assert_eq!(
                found.is_some(),
                near(one, other, asked),
                "{one:?} {other:?} within {asked} ms"
            );
            let in_height = Matrix::new(&[separation(kinds, metres(0), hundreds_of_feet, 0)]);
            let [low, high] = [one, other].map(|levels| levels.map(|level| level as u16));
            let found = between(
                &disc(1, 0, low, [0, 0]),
                &disc(2, 1, high, [0, 0]),
                &in_height,
            );
            assert_eq!(
                found.is_some(),
                near(one, other, asked),
                "{one:?} {other:?} within {asked}00 ft"
            );
            assert!(found.is_none_or(|found| !found.uncertain));
        }
    }
}

#[test]
fn one_party_and_kinds_that_no_rule_names_never_conflict() {
    let kinds = [Kind::AirActivity; 2];
    let matrix = Matrix::new(&[separation(kinds, metres(0), metres(0), 0)]);
    let (one, other) = (disc(1, 0, [10, 20], [0, 9]), disc(2, 1, [10, 20], [0, 9]));
    assert!(between(&one, &other, &matrix).is_some());
    let same_party = Volume {
        party: one.party,
        ..other.clone()
    };
    let other_kind = Volume {
        kind: Kind::CautionArea,
        ..other.clone()
    };
    let index: Index<u32> = [
        same_party,
        Volume {
            key: 3,
            ..other_kind.clone()
        },
    ]
    .into_iter()
    .collect();
    assert_eq!(index.conflicts(&one, &matrix).count(), 0);
    assert!(between(&one, &other_kind, &matrix).is_none());
    assert!(between(&one, &other, &Matrix::default()).is_none());
}

#[test]
fn a_protected_site_that_was_not_renewed_is_kept_apart_from_until_it_is_withdrawn() {
    let kinds = [Kind::AirActivity, Kind::ProtectedSite];
    let matrix = Matrix::new(&[separation(kinds, metres(0), metres(0), 0)]);
    let site = Volume {
        kind: Kind::ProtectedSite,
        span: Span::until_withdrawn(at(0)),
        ..disc(2, 1, [0, 999], [0, 1])
    };
    let mut index: Index<u32> = [site].into_iter().collect();
    let years_later = disc(1, 0, [10, 20], [4_000_000_000_000, 4_000_000_000_001]);
    assert_eq!(index.conflicts(&years_later, &matrix).count(), 1);
    index.remove(2);
    assert!(index.is_empty() && index.volume(2).is_none());
    assert_eq!(index.conflicts(&years_later, &matrix).count(), 0);
}

#[test]
fn what_is_exactly_as_far_apart_in_time_as_asked_is_found_through_the_index() {
    let kinds = [Kind::AirActivity; 2];
    for odd in (0..2_000).map(|step| step * 7_919) {
        let (asked, ends) = (300_000 + odd, 1_505_600_000_000 + odd * 31);
        let matrix = Matrix::new(&[separation(kinds, metres(0), metres(0), asked)]);
        let begins = ends + asked;
        let index: Index<u32> = [disc(2, 1, [10, 20], [ends - 9, ends])]
            .into_iter()
            .collect();
        let touching = disc(1, 0, [10, 20], [begins, begins + 9]);
        assert_eq!(index.conflicts(&touching, &matrix).count(), 1, "{asked} ms");
        let later = disc(1, 0, [10, 20], [begins + 1, begins + 9]);
        assert_eq!(index.conflicts(&later, &matrix).count(), 0, "{asked} ms");
    }
}

#[test]
fn what_touches_at_the_ends_of_time_is_found() {
    let kinds = [Kind::AirActivity; 2];
    let matrix = Matrix::new(&[separation(kinds, metres(0), metres(0), 0)]);
    let (first, last) = (Timestamp::MIN.as_unix_ms(), Timestamp::MAX.as_unix_ms());
    for (one, other, meet) in [
        ([first, first], [first, first], true),
        ([first, first + 1], [first + 1, first + 2], true),
        ([last, last], [last - 1, last], true),
        ([last, last], [last - 1, last - 1], false),
        ([first, first], [first + 1, first + 1], false),
    ] {
        let index: Index<u32> = [disc(2, 1, [10, 20], other)].into_iter().collect();
        let found = index.conflicts(&disc(1, 0, [10, 20], one), &matrix).count();
        assert_eq!(found, usize::from(meet), "{one:?} {other:?}");
    }
}

#[test]
fn a_volume_of_no_height_and_no_duration_conflicts_where_it_is() {
    let kinds = [Kind::AirActivity; 2];
    let matrix = Matrix::new(&[separation(kinds, metres(0), metres(0), 0)]);
    let mut index: Index<u32> = [disc(2, 1, [15, 15], [5, 5])].into_iter().collect();
    assert_eq!(
        index
            .conflicts(&disc(1, 0, [10, 15], [0, 5]), &matrix)
            .count(),
        1
    );
    assert_eq!(
        index
            .conflicts(&disc(1, 0, [16, 20], [0, 5]), &matrix)
            .count(),
        0
    );
    // What is not there is not taken out, and nothing else comes of it.
    assert!(index.remove(7).is_none());
    // What comes twice is there once.
    index.insert(disc(2, 1, [15, 15], [5, 5]));
    assert_eq!(
        (
            index.len(),
            index
                .conflicts(&disc(1, 0, [10, 15], [0, 5]), &matrix)
                .count()
        ),
        (1, 1)
    );
}
