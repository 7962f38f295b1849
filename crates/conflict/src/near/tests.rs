use super::*;
use crate::TOUCH;
use crate::quick::{Told, told};
use model::place::{Area, Circle, Corridor, Polygon, Position};
use model::units::Millimetres;
use proptest::prelude::*;

/// Slow and plain: knows edges, widths and the geodesic problems, and shares nothing else with what is under test.
mod slow {
    use super::*;

    struct Plain {
        edges: Vec<(Degrees, f64, f64)>,
        ring: Vec<Degrees>,
        width: f64,
    }

    fn plain(area: &Area) -> Plain {
        let edges = |positions: &[Position], closed: bool| {
            let count = positions.len() - usize::from(!closed);
            (0..count)
                .map(|index| {
                    let from = positions[index].into();
                    let to = positions[(index + 1) % positions.len()].into();
                    let (metres, azimuth, _) = inverse(from, to);
                    (from, azimuth, metres)
                })
                .collect()
        };
        match area {
            Area::Circle(circle) => Plain {
                edges: vec![(circle.centre().into(), 0.0, 0.0)],
                ring: vec![],
                width: circle.radius().as_mm() as f64 / 1_000.0,
            },
            Area::Corridor(corridor) => Plain {
                edges: edges(corridor.points(), false),
                ring: vec![],
                width: corridor.width().as_mm() as f64 / 2_000.0,
            },
            Area::Polygon(polygon) => Plain {
                edges: edges(polygon.vertices(), true),
                ring: polygon.vertices().iter().map(|p| (*p).into()).collect(),
                width: 0.0,
            },
        }
    }

    fn on((from, azimuth, metres): (Degrees, f64, f64), part: f64) -> Degrees {
        match metres * part > 0.0 {
            true => direct(from, azimuth, metres * part).0,
            false => from,
        }
    }

    /// The least value of a function that falls, then rises; and where.
    fn least(steps: usize, value: impl Fn(f64) -> f64) -> (f64, f64) {
        let (mut from, mut to) = (0.0, 1.0);
        for _ in 0..steps {
            let (third, two) = (from + (to - from) / 3.0, to - (to - from) / 3.0);
            if value(third) < value(two) {
                to = two
            } else {
                from = third
            }
        }
        [0.0, (from + to) / 2.0, 1.0]
            .map(|at| (value(at), at))
            .into_iter()
            .min_by(|a, b| a.0.total_cmp(&b.0))
            .unwrap()
    }

    /// How often the ring goes around a place, from the turns of its edges as seen from there.
    fn inside(ring: &[Degrees], place: Degrees) -> bool {
        let seen: Vec<f64> = ring
            .iter()
            .map(|vertex| inverse(place, *vertex).1)
            .collect();
        let turn =
            |index: usize| libm::remainder(seen[(index + 1) % seen.len()] - seen[index], 360.0);
        (0..seen.len()).map(turn).sum::<f64>().abs() > 180.0
    }

    /// Metres between two areas; 0 or less where they overlap.
    pub fn gap(one: &Area, other: &Area) -> f64 {
        let (one, other) = (plain(one), plain(other));
        if inside(&one.ring, other.edges[0].0) || inside(&other.ring, one.edges[0].0) {
            return -one.width - other.width;
        }
        // A coarse look at all pairs of edges, then a patient one at the best.
        let mut pairs = Vec::new();
        for a in &one.edges {
            for b in &other.edges {
                let mut coarse = f64::INFINITY;
                for (s, t) in (0..25).map(|step| (step % 5, step / 5)) {
                    let (p, q) = (on(*a, f64::from(s) / 4.0), on(*b, f64::from(t) / 4.0));
                    coarse = coarse.min(inverse(p, q).0);
                }
                // A point of either edge is at most an eighth of it from one that was looked at.
                pairs.push((coarse - (a.2 + b.2) / 8.0, *a, *b));
            }
        }
        pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut best = f64::INFINITY;
        for (bound, a, b) in pairs {
            if bound > best {
                break;
            }
            let to_other = |s: f64, steps| least(steps, |t| inverse(on(a, s), on(b, t)).0).0;
            let (rough, _) = least(24, |s| to_other(s, 24));
            if rough < best + (a.2 + b.2) * 1.0e-3 {
                best = best.min(least(48, |s| to_other(s, 48)).0);
            }
        }
        best - one.width - other.width
    }

    /// Whether a place lies in an area or within a millimetre of it.
    pub fn contains(area: &Area, place: Degrees) -> bool {
        let plain = plain(area);
        let nearest = plain
            .edges
            .iter()
            .map(|edge| least(60, |part| inverse(place, on(*edge, part)).0).0)
            .fold(f64::INFINITY, f64::min);
        inside(&plain.ring, place) || nearest <= plain.width + 0.001
    }
}

#[derive(Debug, Clone)]
enum Sketch {
    Circle(f64),
    Star(Vec<f64>, f64),
    Corridor(Vec<(f64, f64)>, f64),
}

fn sketch() -> impl Strategy<Value = Sketch> {
    prop_oneof![
        (0.01..1.0).prop_map(Sketch::Circle),
        (prop::collection::vec(0.2..1.0, 3..7), 0.0..360.0)
            .prop_map(|(radii, turn)| Sketch::Star(radii, turn)),
        (
            prop::collection::vec((0.0..360.0, 0.2..1.0), 1..4),
            0.01..0.5
        )
            .prop_map(|(legs, width)| Sketch::Corridor(legs, width)),
    ]
}

/// A sketch of a given size in metres, drawn around a place.
fn drawn(sketch: &Sketch, middle: Degrees, size: f64) -> Option<Area> {
    let length = |metres: f64| Millimetres::new((metres * 1_000.0) as i64).unwrap();
    match sketch {
        Sketch::Circle(radius) => Some(Area::Circle(
            Circle::new(middle.rounded(), length(radius * size)).ok()?,
        )),
        Sketch::Star(radii, turn) => {
            let step = 360.0 / radii.len() as f64;
            let vertices = radii.iter().enumerate().map(|(index, radius)| {
                let azimuth = turn + index as f64 * step;
                direct(middle, azimuth, radius * size).0.rounded()
            });
            Some(Area::Polygon(Polygon::new(vertices.collect()).ok()?))
        }
        Sketch::Corridor(legs, width) => {
            let mut points = vec![middle.rounded()];
            for (azimuth, metres) in legs {
                let from: Degrees = (*points.last()?).into();
                points.push(direct(from, *azimuth, metres * size).0.rounded());
            }
            Some(Area::Corridor(
                Corridor::new(points, length(width * size)).ok()?,
            ))
        }
    }
}

fn middle() -> impl Strategy<Value = Degrees> {
    let place = |latitude, longitude| Degrees {
        latitude,
        longitude,
    };
    prop_oneof![
        3 => (-70.0..70.0, -180.0..180.0).prop_map(move |(a, b)| place(a, b)),
        1 => (85.0..89.9, -180.0..180.0).prop_map(move |(a, b)| place(a, b)),
        1 => (-70.0..70.0, 179.9..180.0).prop_map(move |(a, b)| place(a, b)),
        1 => (-0.5..0.5, prop::sample::select(vec![-90.0, 0.0, 90.0, 180.0]))
            .prop_map(move |(a, b)| place(a, b)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn areas_are_as_far_apart_as_a_patient_search_finds(
        one in sketch(), other in sketch(), middle in middle(),
        sizes in (2.0f64..5.5, 0.1f64..1.0), off in (0.0..360.0, 0.0..3.0),
    ) {
        let size = libm::pow(10.0, sizes.0);
        let there = direct(middle, off.0, off.1 * size).0;
        let (Some(one), Some(other)) = (drawn(&one, middle, size), drawn(&other, there, sizes.1 * size))
        else { return Ok(()) };
        let (Ok(a), Ok(b)) = (Shape::new(one.clone()), Shape::new(other.clone())) else { return Ok(()) };
        let gap = slow::gap(&one, &other);
        let near = a.near(&b, f64::INFINITY).unwrap();
        let turned = b.near(&a, f64::INFINITY).unwrap();
        for (near, [here, there]) in [(near, [&one, &other]), (turned, [&other, &one])] {
            if gap > 0.000_3 {
                prop_assert!((near.metres - gap).abs() < 0.000_3, "{} against {gap}", near.metres);
                let [p, q] = near.at;
                prop_assert!((inverse(p, q).0 - near.metres).abs() < 0.001);
            } else {
                prop_assert!(near.metres < 0.000_3, "{} against {gap}", near.metres);
            }
            prop_assert!(slow::contains(here, near.at[0]), "{:?}", near);
            prop_assert!(slow::contains(there, near.at[1]), "{:?}", near);
        }
        // What is promised: more than 1 mm to either side is decided rightly.
        let asked = gap.max(0.0) - 0.001;
        prop_assert!(asked < 0.0 || a.near(&b, asked + TOUCH).is_none());
        for part in [0.3, 0.9, 0.999, 0.999_99] {
            prop_assert!(asked * part <= 0.0 || a.near(&b, asked * part).is_none());
            prop_assert!(a.near(&b, gap.max(0.0) / part + 0.001).is_some());
        }
        prop_assert!(a.near(&b, gap.max(0.0) + TOUCH).is_some());
    }

    #[test]
    fn the_plane_and_the_measure_never_disagree(
        one in sketch(), other in sketch(), middle in middle(), sizes in (2.0f64..5.0, 0.1f64..1.0),
        off in (0.0..360.0, 0.0..2.5), asked in prop::sample::select(vec![TOUCH, 50.0, 9_260.0]),
    ) {
        let size = libm::pow(10.0, sizes.0);
        let there = direct(middle, off.0, off.1 * size).0;
        let (Some(one), Some(other)) = (drawn(&one, middle, size), drawn(&other, there, sizes.1 * size))
        else { return Ok(()) };
        let (Ok(a), Ok(b)) = (Shape::new(one), Shape::new(other)) else { return Ok(()) };
        let (Some(own), Some(their)) = (&a.outline, &b.outline) else { return Ok(()) };
        let measured = a.measured(&b, asked + 0.001).map(|near| near.metres);
        match told(own, their, asked) {
            Told::Apart => prop_assert!(measured.is_none_or(|metres| metres > asked - 0.000_3), "{measured:?}"),
            Told::Shared { depth, .. } => {
                prop_assert!(measured.is_some_and(|metres| metres <= 0.0), "{measured:?} but {depth} deep");
                // Whoever asks for more is told the same.
                let wider = told(own, their, asked * 3.0);
                prop_assert!(matches!(wider, Told::Shared { depth: same, .. } if same == depth), "{wider:?}");
            }
            Told::Nothing => {}
        }
    }

    #[test]
    fn what_overlaps_holds_a_circle_of_the_width_that_is_said(
        one in sketch(), other in sketch(), middle in middle(), size in 100.0..50_000.0, azimuth in 0.0..360.0,
    ) {
        let there = direct(middle, azimuth, 0.3 * size).0;
        let (Some(one), Some(other)) = (drawn(&one, middle, size), drawn(&other, there, size))
        else { return Ok(()) };
        let (Ok(a), Ok(b)) = (Shape::new(one.clone()), Shape::new(other.clone())) else { return Ok(()) };
        let near = a.near(&b, f64::INFINITY).unwrap();
        // A depth is good to 0.2 mm: what overlaps by less than a hair has no circle to look at.
        prop_assume!(near.metres < -0.001);
        for step in 0..8 {
            let place = direct(near.at[0], f64::from(step) * 45.0, -near.metres / 2.0 - 0.000_3).0;
            prop_assert!(slow::contains(&one, place) && slow::contains(&other, place));
        }
    }
}

fn polygon(vertices: &[(f64, f64)]) -> Shape {
    let vertices = vertices.iter().map(|(a, b)| at(*a, *b)).collect();
    Shape::new(Area::Polygon(Polygon::new(vertices).unwrap())).unwrap()
}

fn at(latitude: f64, longitude: f64) -> Position {
    Degrees {
        latitude,
        longitude,
    }
    .rounded()
}

#[test]
fn areas_that_share_an_edge_or_a_corner_touch() {
    let west = polygon(&[(35.0, 40.0), (35.0, 41.0), (36.0, 41.0), (36.0, 40.0)]);
    // The shared edge is given in pieces on the eastern side, and in the other direction.
    let east = polygon(&[
        (36.0, 41.0),
        (35.5, 41.0),
        (35.0, 41.0),
        (35.0, 42.0),
        (36.0, 42.0),
    ]);
    let corner = polygon(&[(36.0, 41.0), (36.0, 42.0), (37.0, 42.0)]);
    for other in [&east, &corner] {
        let near = west.near(other, TOUCH).unwrap();
        assert!(near.metres <= 0.0 && near.metres > -0.002, "{near:?}");
    }
    assert!(east.near(&corner, TOUCH).is_some());
    // One unit of the seventh decimal, 9 mm, and they are apart.
    let beside = polygon(&[
        (35.0, 41.000_000_1),
        (35.0, 42.0),
        (36.0, 42.0),
        (36.0, 41.000_000_1),
    ]);
    assert!(west.near(&beside, TOUCH).is_none());
    let near = west.near(&beside, 1.0).unwrap();
    assert!(near.metres > 0.008 && near.metres < 0.010, "{near:?}");
}

#[test]
fn an_area_within_another_overlaps_it_though_no_edges_cross() {
    let outer = polygon(&[(35.0, 40.0), (35.0, 41.0), (36.0, 41.0), (36.0, 40.0)]);
    let inner = polygon(&[(35.4, 40.4), (35.4, 40.6), (35.6, 40.6), (35.6, 40.4)]);
    for near in [outer.near(&inner, TOUCH), inner.near(&outer, TOUCH)] {
        // The inner one is some 18 km wide, and its middle is found nearly enough.
        let width = -near.unwrap().metres;
        assert!(width > 15_000.0 && width < 18_500.0, "{width}");
    }
}

#[test]
fn a_place_beside_a_long_edge_is_judged_by_the_geodesic_not_by_the_straight_line_on_the_map() {
    // Half way along this edge of 437 km the geodesic runs 2.6 km north of the parallel.
    let area = polygon(&[(35.0, 38.0), (35.0, 42.8), (34.0, 40.4)]);
    let [north, on_the_map] = [35.024, 35.0].map(|latitude| {
        let circle = Circle::new(at(latitude, 40.4), Millimetres::from_metres(10)).unwrap();
        Shape::new(Area::Circle(circle)).unwrap()
    });
    assert!(area.near(&on_the_map, TOUCH).unwrap().metres <= -20.0 + 0.001);
    let near = area.near(&north, 1_000.0).unwrap();
    assert!(near.metres > 0.0 && near.metres < 100.0, "{near:?}");
}

#[test]
fn nearly_all_pairs_of_the_usual_size_are_told_without_measuring() {
    // Squares of 2 km at all distances up to 4 km, and circles.
    let square = |east: f64| {
        let west = 40.0 + east / 90_000.0;
        polygon(&[
            (35.0, west),
            (35.0, west + 0.022),
            (35.018, west + 0.022),
            (35.018, west),
        ])
    };
    let circle = |east: f64| {
        let centre = at(35.01, 40.0 + east / 90_000.0);
        Shape::new(Area::Circle(
            Circle::new(centre, Millimetres::from_metres(900)).unwrap(),
        ))
        .unwrap()
    };
    let mut open = 0;
    for step in 0..1_000 {
        for other in [square(f64::from(step) * 4.0), circle(f64::from(step) * 4.0)] {
            let (own, their) = (square(0.0), other);
            let (Some(own), Some(their)) = (&own.outline, &their.outline) else {
                panic!("small ones have one")
            };
            open += usize::from(matches!(told(own, their, TOUCH), Told::Nothing));
        }
    }
    assert!(open <= 4, "{open} of 2,000");
}
