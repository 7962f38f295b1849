use super::*;
use crate::altitude::ellipsoidal;
use crate::geodesy::{Degrees, destination, inverse};
use crate::index::Index;
use crate::shape::Shape;
use crate::volume::{Span, Volume};
use model::altitude::{AltitudeUnit, Height, HeightReference, StatedAltitude, StatedBand};
use model::arrangement::Margins;
use model::kind::Kind;
use model::place::{Area, Circle, Corridor, Polygon};
use proptest::prelude::*;

const NOW: i64 = 1_505_600_000_000;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix_ms(NOW + seconds * 1_000).unwrap()
}

fn metres(metres: i32) -> Millimetres {
    Millimetres::from_metres(metres)
}

fn place(latitude: f64, longitude: f64) -> Position {
    Degrees {
        latitude,
        longitude,
    }
    .rounded()
}

fn bearing(degrees: u32) -> Bearing {
    Bearing::from_millidegrees(degrees % 360 * 1_000).unwrap()
}

fn motion(position: Position, height: i32, course: u32, speed: i32, age: i64) -> Motion {
    climbing(position, height, (course, speed, 0), age)
}

fn climbing(
    position: Position,
    height: i32,
    (course, speed, climb): (u32, i32, i32),
    age: i64,
) -> Motion {
    Motion::new(
        (position, metres(height)),
        bearing(course),
        metres(speed),
        metres(climb),
        at(-age),
    )
    .unwrap()
}

fn own(key: u32, motion: Motion) -> Track<u32> {
    Track { key, motion }
}

fn volume(key: u32, area: Area, heights: [i32; 2], span: Span) -> Volume<u32> {
    let shape = Shape::new(area).unwrap();
    let height = |metres| {
        StatedAltitude::Height(
            Height::new(metres, AltitudeUnit::Metres, HeightReference::Ellipsoid).unwrap(),
        )
    };
    let margins = Margins {
        flight_level: Millimetres::ZERO,
        above_ground: None,
    };
    let stated = StatedBand::new(height(heights[0]), height(heights[1])).unwrap();
    Volume {
        key,
        party: "russia".parse().unwrap(),
        kind: Kind::HazardArea,
        band: ellipsoidal(stated, &shape, &margins).unwrap(),
        shape,
        span,
    }
}

fn circle(key: u32, centre: Position, radius: i32) -> Volume<u32> {
    let area = Area::Circle(Circle::new(centre, metres(radius)).unwrap());
    volume(key, area, [0, 5_000], Span::until_withdrawn(at(-60)))
}

struct Sky {
    watched: Watched<u32, u32>,
    index: Index<u32>,
    terms: Terms,
}

impl Sky {
    fn over(volumes: Vec<Volume<u32>>) -> Self {
        Self {
            watched: Watched::default(),
            index: volumes.into_iter().collect(),
            terms: Terms::USUAL,
        }
    }

    fn pass(&mut self, seconds: i64, own: &[Track<u32>]) -> Vec<Change<u32, u32>> {
        self.pass_with(seconds, own, &[]).unwrap()
    }

    fn pass_with(
        &mut self,
        seconds: i64,
        own: &[Track<u32>],
        disclosed: &[Disclosed<u32>],
    ) -> Result<Vec<Change<u32, u32>>, PassRefused> {
        self.watched.pass(&Pass {
            now: at(seconds),
            own,
            disclosed,
            declared: &self.index.snapshot(),
            among: Among::default(),
            terms: self.terms,
        })
    }
}

fn loss(tracks: &[Track<u32>]) -> Option<Loss> {
    let mut sky = Sky::over(Vec::new());
    sky.pass(0, tracks);
    sky.watched.losses().values().next().copied()
}

const HOME: (f64, f64) = (35.33, 40.14);

fn home() -> Position {
    place(HOME.0, HOME.1)
}

fn from_home(azimuth: u32, far: i32) -> Position {
    destination(home(), bearing(azimuth), metres(far))
}

#[test]
fn two_a_kilometre_apart_at_the_same_velocity_have_lost_separation() {
    let tracks = [
        own(1, motion(home(), 3_000, 70, 200, 0)),
        own(2, motion(from_home(0, 1_000), 3_000, 70, 200, 0)),
    ];
    let lost = loss(&tracks).unwrap();
    assert_eq!(lost.begins, at(0));
    assert!(
        (lost.least.as_mm() - 1_000_000).abs() < 5_000,
        "{}",
        lost.least
    );
}

#[test]
fn two_that_stand_are_decided_to_the_centimetre() {
    for (far, lost) in [(9_259_980, true), (9_260_020, false)] {
        let there = destination(home(), bearing(90), Millimetres::new(far).unwrap());
        let tracks = [
            own(1, motion(home(), 3_000, 0, 0, 0)),
            own(2, motion(there, 3_000, 0, 0, 0)),
        ];
        assert_eq!(loss(&tracks).is_some(), lost, "{far} mm");
    }
}

#[test]
fn exactly_the_minimum_in_height_is_no_loss_and_a_millimetre_less_is() {
    let above = |mm: i64| {
        let height = Millimetres::new(3_000_000 + mm).unwrap();
        let still = Millimetres::ZERO;
        Motion::new((home(), height), bearing(0), still, still, at(0)).unwrap()
    };
    let tracks = |mm| [own(1, above(0)), own(2, above(mm))];
    assert!(loss(&tracks(304_800)).is_none());
    assert!(loss(&tracks(304_799)).is_some());
}

#[test]
fn head_on_separation_is_lost_when_the_way_between_is_used_up() {
    // 40 km apart at 400 m/s together: 9.26 km after 76.85 s.
    let tracks = [
        own(1, motion(home(), 3_000, 90, 200, 0)),
        own(2, motion(from_home(90, 40_000), 3_100, 270, 200, 0)),
    ];
    let lost = loss(&tracks).unwrap();
    let ms = lost.begins.since(at(0)).as_ms();
    assert!((76_840..76_860).contains(&ms), "{ms}");
}

#[test]
fn crossing_tracks_lose_separation_only_if_they_are_there_together() {
    let crossing = |far| {
        [
            own(1, motion(from_home(180, 15_000), 3_000, 0, 200, 0)),
            own(2, motion(from_home(270, far), 3_000, 90, 200, 0)),
        ]
    };
    assert!(loss(&crossing(15_000)).unwrap().least < metres(40));
    // 14 km later at right angles: never nearer than 9.9 km.
    assert!(loss(&crossing(29_000)).is_none());
}

#[test]
fn climbing_through_another_s_height_counts_while_both_are_too_near() {
    // On the same spot, 1,000 m lower and climbing by 10 m/s: 304.8 m below after 69.52 s.
    let tracks = [
        own(1, motion(home(), 3_000, 0, 0, 0)),
        own(2, climbing(home(), 2_000, (0, 0, 10), 0)),
    ];
    let ms = loss(&tracks).unwrap().begins.since(at(0)).as_ms();
    assert!((69_519..=69_521).contains(&ms), "{ms}");
}

#[test]
fn the_antimeridian_and_the_poles_are_places_like_any_other() {
    let antimeridian = [
        own(1, motion(place(0.0, 179.95), 3_000, 90, 100, 0)),
        own(2, motion(place(0.0, -179.95), 3_000, 270, 100, 0)),
    ];
    assert!(loss(&antimeridian).is_some());
    for latitude in [89.9, -89.9] {
        let course = if latitude > 0.0 { 0 } else { 180 };
        let over_the_pole = [
            own(1, motion(place(latitude, 0.0), 3_000, course, 100, 0)),
            own(2, motion(place(latitude, 180.0), 3_000, course, 100, 0)),
        ];
        assert!(loss(&over_the_pole).unwrap().least < metres(10));
    }
}

#[test]
fn two_disclosed_flights_are_not_held_against_each_other() {
    let here = motion(home(), 3_000, 0, 0, 0);
    let flights = [1, 2].map(|key| Disclosed { key, motion: here });
    let mut sky = Sky::over(vec![circle(9, home(), 1_000)]);
    assert_eq!(sky.pass_with(0, &[], &flights), Ok(Vec::new()));
    let changes = sky.pass_with(0, &[own(1, here)], &flights).unwrap();
    let begins = |change: &&Change<u32, u32>| matches!(change, Change::LossBegins(..));
    assert_eq!(changes.iter().filter(begins).count(), 2);
    assert!(changes.contains(&Change::Entered(1, 9)));
    assert_eq!(changes.len(), 3);
}

#[test]
fn only_what_changed_is_told() {
    // East at 100 m/s toward a circle of 1 km that begins 9 km away.
    let mut sky = Sky::over(vec![circle(9, from_home(90, 10_000), 1_000)]);
    let track = [own(1, motion(home(), 3_000, 90, 100, 0))];
    sky.terms.stale_after = Millis::from_seconds(180);
    let told = sky.pass(0, &track);
    let [Change::WillEnter(1, 9, when)] = told[..] else {
        panic!("{told:?}");
    };
    assert!((when.since(at(0)).as_ms() - 90_000).abs() <= 1, "{when:?}");
    assert_eq!(sky.pass(50, &track), []);
    assert_eq!(sky.pass(100, &track), [Change::Entered(1, 9)]);
    assert_eq!(sky.pass(105, &track), []);
    assert_eq!(sky.pass(111, &track), [Change::Left(1, 9)]);
    let turned = [own(1, motion(home(), 3_000, 90, 100, -111))];
    assert!(matches!(
        sky.pass(111, &turned)[..],
        [Change::WillEnter(1, 9, _)]
    ));
    let turned = [own(1, motion(home(), 3_000, 270, 100, -112))];
    assert_eq!(sky.pass(112, &turned), [Change::WillNoLongerEnter(1, 9)]);
}

#[test]
fn a_loss_is_told_when_it_begins_to_be_predicted_and_when_it_no_longer_is() {
    let mut sky = Sky::over(Vec::new());
    let with = |far| {
        [
            own(1, motion(home(), 3_000, 0, 0, 0)),
            own(2, motion(from_home(0, far), 3_000, 0, 0, 0)),
        ]
    };
    let told = sky.pass(0, &with(5_000));
    assert!(matches!(
        told[..],
        [Change::LossBegins([Mover::Own(1), Mover::Own(2)], _)]
    ));
    assert_eq!(sky.pass(1, &with(4_000)), []);
    assert_eq!(
        sky.pass(2, &with(10_000)),
        [Change::LossEnds([Mover::Own(1), Mover::Own(2)])]
    );
}

#[test]
fn what_is_stale_is_said_to_be_and_never_told_as_clear() {
    let mut sky = Sky::over(vec![circle(9, home(), 1_000)]);
    let both = |height| [1, 2].map(|key| own(key, motion(home(), height, 0, 0, 0)));
    assert_eq!(sky.pass(0, &both(3_000)).len(), 3);
    assert_eq!(sky.pass(30, &both(3_000)), []);
    let stale = [1, 2].map(|key| Change::Stale(Mover::Own(key)));
    assert_eq!(sky.pass(31, &both(3_000)), stale);
    assert_eq!(
        (sky.watched.standings().len(), sky.watched.losses().len()),
        (2, 1)
    );
    assert_eq!(sky.pass(32, &both(3_000)), []);
    // Fresh again, and elsewhere; then not given any more.
    let fresh = [
        own(1, motion(from_home(0, 50_000), 3_000, 0, 0, -33)),
        both(3_000)[1],
    ];
    let told = [Change::Fresh(Mover::Own(1)), Change::Left(1, 9)];
    assert_eq!(sky.pass(33, &fresh), told);
    assert_eq!(sky.pass(33, &fresh[..1]), [Change::Dropped(Mover::Own(2))]);
    // From the future, as far as from the past.
    let early = [own(1, motion(home(), 3_000, 0, 0, -99))];
    assert_eq!(sky.pass(33, &early), [Change::Stale(Mover::Own(1))]);
}

#[test]
fn a_track_that_stands_enters_what_begins_around_it() {
    let area = || Area::Circle(Circle::new(home(), metres(1_000)).unwrap());
    let later = |from| Span::until_withdrawn(at(from));
    let volumes = vec![
        volume(1, area(), [0, 5_000], later(60)),
        volume(2, area(), [0, 5_000], later(121)),
        volume(3, area(), [3_001, 5_000], later(0)),
        volume(4, area(), [3_000, 5_000], Span::at(at(0))),
    ];
    let mut sky = Sky::over(volumes);
    let told = sky.pass(0, &[own(7, motion(home(), 3_000, 0, 0, 0))]);
    assert_eq!(
        told,
        [Change::WillEnter(7, 1, at(60)), Change::Entered(7, 4)]
    );
}

#[test]
fn a_track_that_runs_along_an_edge_is_decided_to_centimetres() {
    // A corridor of 1 km along the equator; a track along it, 20 cm outside and 20 cm inside of its side.
    let line = vec![place(0.0, 40.0), place(0.0, 40.5)];
    let area = Area::Corridor(Corridor::new(line, metres(1_000)).unwrap());
    let corridor = volume(1, area, [0, 5_000], Span::until_withdrawn(at(0)));
    for (mm, meets) in [(500_200, false), (499_800, true)] {
        let beside = Millimetres::new(mm).unwrap();
        let from = destination(place(0.0, 39.95), bearing(0), beside);
        let mut sky = Sky::over(vec![corridor.clone()]);
        sky.terms.look_ahead = Millis::from_seconds(60);
        let told = sky.pass(0, &[own(7, motion(from, 3_000, 90, 300, 0))]);
        assert_eq!(!told.is_empty(), meets, "{mm} mm: {told:?}");
    }
}

#[test]
fn a_pass_that_is_out_of_bounds_is_refused_and_what_stood_stands() {
    let track = own(1, motion(home(), 3_000, 0, 0, 0));
    let mut sky = Sky::over(vec![circle(9, home(), 1_000)]);
    sky.pass(0, &[track]);
    assert_eq!(sky.pass_with(0, &[track; 2], &[]), Err(PassRefused::Twice));
    let many = vec![track; MAX_TRACKS + 1];
    let refused = Err(PassRefused::TooMany(MAX_TRACKS + 1));
    assert_eq!(sky.pass_with(0, &many, &[]), refused);
    sky.terms.look_ahead = Millis::from_seconds(271);
    assert_eq!(sky.pass_with(0, &[track], &[]), Err(PassRefused::TooFar));
    sky.terms.look_ahead = Millis::from_seconds(270);
    assert_eq!(sky.pass_with(0, &[track], &[]), Ok(Vec::new()));
    sky.terms.horizontal = Millimetres::new(100_000_001).unwrap();
    assert_eq!(sky.pass_with(0, &[track], &[]), Err(PassRefused::Minimum));
    assert_eq!(sky.watched.standings().len(), 1);
}

#[test]
fn as_many_pairs_as_there_are_at_one_place_are_refused_and_not_worked_off() {
    let mut sky = Sky::over(Vec::new());
    // Each far above the next, so that none is a loss, but all within one box after a steep climb.
    let rising = |key: i32| climbing(home(), key % 90 * 400, (0, 0, 1_000), 0);
    let swarm: Vec<_> = (0..3_200).map(|key| own(key as u32, rising(key))).collect();
    sky.terms.horizontal = Millimetres::ZERO;
    assert_eq!(sky.pass_with(0, &swarm, &[]), Err(PassRefused::TooDense));
}

#[test]
fn motions_that_nothing_flies_are_refused() {
    let with = |speed, climb, height| {
        let (speed, climb) = (metres(speed), metres(climb));
        Motion::new((home(), metres(height)), bearing(0), speed, climb, at(0))
    };
    assert!(with(MAX_SPEED, -MAX_SPEED, 1_000_000).is_ok());
    let refused = [
        with(-1, 0, 0),
        with(MAX_SPEED + 1, 0, 0),
        with(0, MAX_SPEED + 1, 0),
        with(0, 0, 1_000_001),
    ];
    assert!(refused.iter().all(Result::is_err));
}

/// Where coordinates do strange things, and where they do not.
fn anywhere() -> impl Strategy<Value = Position> {
    let near = [
        (35.3, 40.1),
        (0.0, 180.0),
        (89.9, 0.0),
        (-89.8, 90.0),
        (0.0, 90.0),
    ];
    (prop::sample::select(near.to_vec()), 0..360u32, 0..30_000i32).prop_map(
        |((latitude, longitude), azimuth, far)| {
            destination(place(latitude, longitude), bearing(azimuth), metres(far))
        },
    )
}

fn moving() -> impl Strategy<Value = Motion> {
    let speed = prop_oneof![Just(0), Just(200), 0..600i32];
    (
        anywhere(),
        0..1_500i32,
        0..360u32,
        speed,
        -8..8i32,
        0..30i64,
    )
        .prop_map(|(at, height, course, speed, climb, age)| {
            climbing(at, height, (course, speed, climb), age)
        })
}

/// Metres on the ground and millimetres in height between two, worked out without anything of the engine but the geodesic
/// problems.
fn apart(one: &Motion, other: &Motion, ms: i64) -> (f64, f64) {
    let now = |motion: &Motion| {
        let since = NOW + ms - motion.at.as_unix_ms();
        let course = f64::from(motion.course.as_millidegrees()) / 1_000.0;
        let far = motion.speed as f64 / 1_000.0 * since as f64 / 1_000.0;
        let (place, _) = crate::geodesy::direct(motion.position.into(), course, far);
        (
            place,
            motion.height.as_mm() as f64 + motion.climb as f64 * since as f64 / 1_000.0,
        )
    };
    let (one, other) = (now(one), now(other));
    (inverse(one.0, other.0).0, (one.1 - other.1).abs())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]
    #[test]
    fn losses_are_those_that_a_look_at_every_pair_and_instant_finds(
        motions in prop::collection::vec(moving(), 2..14),
    ) {
        let tracks: Vec<_> = (0..).zip(&motions).map(|(key, motion)| own(key, *motion)).collect();
        let mut sky = Sky::over(Vec::new());
        sky.pass(0, &tracks);
        for (first, one) in tracks.iter().enumerate() {
            for other in &tracks[first + 1..] {
                let lost = |ms: i64, spare: f64| {
                    let (ground, height) = apart(&one.motion, &other.motion, ms);
                    ground < 9_260.0 + spare && height < 304_800.0 + spare * 1_000.0
                };
                let instants = || (0..=120_000).step_by(200);
                let found = sky.watched.losses().get(&[Mover::Own(one.key), Mover::Own(other.key)]);
                match found {
                    None => prop_assert!(!instants().any(|ms| lost(ms, -0.000_2))),
                    // Between two instants they come as much nearer as they move.
                    Some(found) => {
                        prop_assert!(instants().any(|ms| lost(ms, 130.0)));
                        let begins = found.begins.as_unix_ms() - NOW;
                        prop_assert!(lost(begins, 0.6) || lost(begins + 1, 0.6));
                        prop_assert!(!instants().any(|ms| ms + 1 < begins && lost(ms, -0.02)));
                    }
                }
            }
        }
    }

    #[test]
    fn entries_are_those_that_a_look_at_every_volume_and_instant_finds(
        motions in prop::collection::vec(moving(), 1..6),
        areas in prop::collection::vec((anywhere(), 0..3u32, 100..6_000i32, -60..200i64, 0..100i64, 0..1_500i32), 1..10),
    ) {
        let volumes: Vec<_> = (0..).zip(&areas).filter_map(|(key, (centre, form, size, from, lasts, low))| {
            let step = |azimuth: u32| destination(*centre, bearing(azimuth), metres(*size));
            let area = match form {
                0 => Area::Circle(Circle::new(*centre, metres(*size)).ok()?),
                1 => Area::Corridor(Corridor::new(vec![step(20), step(200)], metres(*size)).ok()?),
                _ => Area::Polygon(Polygon::new(vec![step(0), step(100), step(210)]).ok()?),
            };
            Shape::new(area.clone()).ok()?;
            let window = model::window::Window::new(at(*from), at(*from + lasts + 1)).ok()?;
            Some(volume(key, area, [*low, *low + 500], window.into()))
        }).collect();
        let tracks: Vec<_> = (0..).zip(&motions).map(|(key, motion)| own(key, *motion)).collect();
        let mut sky = Sky::over(volumes.clone());
        sky.pass(0, &tracks);
        for track in &tracks {
            let path = Path::new(&track.motion, at(0), sky.terms.look_ahead);
            for volume in &volumes {
                let heights = volume.band.ellipsoidal();
                let inside = |ms: i64| {
                    let height = apart(&track.motion, &motion(home(), 0, 0, 0, 0), ms).1;
                    let instant = Timestamp::from_unix_ms(NOW + ms).unwrap();
                    volume.span.meets(Span::at(instant))
                        && (heights.floor().as_mm() as f64..=heights.ceiling().as_mm() as f64).contains(&height)
                        && volume.shape.contains_place(path.place(ms as f64 / 1_000.0))
                };
                let first = (0..=120_000).step_by(500).find(|ms| inside(*ms));
                match (sky.watched.standings().get(&(track.key, volume.key)), first) {
                    (None, first) => prop_assert!(first.is_none(), "missed at {first:?}"),
                    (Some(Standing::Inside), first) => prop_assert_eq!(first, Some(0)),
                    (Some(Standing::WillEnter(when)), first) => {
                        let ms = when.as_unix_ms() - NOW;
                        prop_assert!(first.is_none_or(|first| first >= ms), "{first:?} before {ms}");
                        prop_assert!(inside(ms) || inside(ms + 1) || first.is_none());
                    }
                }
            }
        }
    }
}
