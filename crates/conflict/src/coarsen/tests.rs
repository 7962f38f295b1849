use super::*;
use crate::contain::area_inside;
use crate::description::{Agreement, compare};
use proptest::prelude::*;

fn at(latitude: i32, longitude: i32) -> Position {
    Position::from_e7(latitude, wrapped(longitude)).unwrap()
}

fn metres(metres: i32) -> Millimetres {
    Millimetres::from_metres(metres)
}

fn place() -> impl Strategy<Value = Position> {
    (
        -838_000_000..838_000_000i32,
        -1_800_000_000..1_800_000_000i32,
    )
        .prop_map(|(a, b)| at(a, b))
}

fn precision() -> impl Strategy<Value = Millimetres> {
    prop::sample::select(vec![10, 100, 1_000, 10_000, 100_000]).prop_map(metres)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn the_square_contains_the_position_and_is_as_wide_as_asked(
        position in place(), precision in precision(),
    ) {
        let coarse = square_containing(position, precision).unwrap();
        prop_assert!(Shape::new(coarse.area().clone()).unwrap().contains(position));
        let Area::Polygon(square) = coarse.area() else { panic!("a square is a polygon") };
        let corner = square.vertices();
        for (one, other) in [(0, 1), (1, 2), (2, 3), (3, 0)] {
            let side = leg(corner[one], corner[other]).distance.as_mm();
            prop_assert!(side as f64 > 0.995 * precision.as_mm() as f64, "{}", side);
        }
    }

    #[test]
    fn neighbours_in_one_square_are_told_apart_by_nothing(
        position in place(), precision in precision(), steps in (0..1_000i64, 0..1_000i64),
    ) {
        let cell = Cell::of(position, precision).unwrap();
        let inside = |from: i32, span: i32, step: i64| from + (i64::from(span - 1) * step / 999) as i32;
        let latitude = inside(cell.south, cell.north - cell.south, steps.0);
        let longitude = shifted(cell.west, (i64::from(cell.width - 1) * steps.1 / 999) as i32);
        let other = at(latitude, longitude);
        prop_assert_eq!(square_containing(position, precision), square_containing(other, precision));
        // And the square covers all of its cell, along the sides too.
        let square = Shape::new(square_containing(position, precision).unwrap().into_area()).unwrap();
        prop_assert!(square.contains(other));
    }

    #[test]
    fn a_coarse_circle_covers_the_true_one(
        centre in place(), radius in 1..50_000i32, precision in precision(),
    ) {
        let shape = Shape::new(Area::Circle(Circle::new(centre, metres(radius)).unwrap())).unwrap();
        let coarse = Shape::new(covering(&shape, precision).unwrap().into_area()).unwrap();
        prop_assert_eq!(area_inside(&coarse, &shape), Ok(()));
    }

    #[test]
    fn a_coarse_polygon_covers_the_true_one(
        middle in place(),
        size in 50..20_000_000i32,
        corners in prop::collection::vec((-1.0..1.0, -1.0..1.0), 3..9),
        precision in precision(),
    ) {
        let moved = |(up, aside): &(f64, f64)| {
            let latitude = middle.latitude().as_e7() + (f64::from(size) * up) as i32;
            let longitude = shifted(middle.longitude().as_e7(), (f64::from(size) * aside) as i32);
            at(latitude.clamp(-835_000_000, 835_000_000), longitude)
        };
        let polygon = Polygon::new(corners.iter().map(moved).collect());
        prop_assume!(polygon.is_ok());
        let shape = Shape::new(Area::Polygon(polygon.unwrap()));
        prop_assume!(shape.is_ok());
        let shape = shape.unwrap();
        let coarse = Shape::new(covering(&shape, precision).unwrap().into_area()).unwrap();
        prop_assert_eq!(area_inside(&coarse, &shape), Ok(()));
    }

    #[test]
    fn a_coarse_corridor_covers_the_true_one(
        start in place(),
        steps in prop::collection::vec((-2_000_000..2_000_000i32, -2_000_000..2_000_000i32), 1..6),
        width in 1..5_000i32,
        precision in prop::sample::select(vec![10, 100, 1_000, 10_000]).prop_map(metres),
    ) {
        let (mut latitude, mut longitude) = (start.latitude().as_e7(), start.longitude().as_e7());
        let mut points = vec![start];
        for (up, aside) in steps {
            latitude = (latitude + up).clamp(-835_000_000, 835_000_000);
            longitude = shifted(longitude, aside);
            points.push(at(latitude, longitude));
        }
        points.dedup();
        prop_assume!(points.len() > 1);
        let corridor = Corridor::new(points.clone(), metres(width)).unwrap();
        let shape = Shape::new(Area::Corridor(corridor)).unwrap();
        let coarse = Shape::new(covering(&shape, precision).unwrap().into_area()).unwrap();
        // Points along the line, and half a width to each side of them, lie in the coarse corridor.
        for ends in points.windows(2) {
            let edge = leg(ends[0], ends[1]);
            for quarter in 0..=4 {
                let along = Millimetres::new(edge.distance.as_mm() * quarter / 4).unwrap();
                let on = crate::geodesy::destination(ends[0], edge.bearing, along);
                for turn in (0..360_000).step_by(45_000) {
                    let bearing = model::units::Bearing::from_millidegrees(turn).unwrap();
                    let half = Millimetres::new(i64::from(width) * 500 - 50).unwrap();
                    prop_assert!(coarse.contains(crate::geodesy::destination(on, bearing, half)));
                }
            }
        }
    }

    #[test]
    fn a_coarse_area_agrees_with_its_own_second_description(
        centre in place(), precision in precision(), off in (-4_000_000..4_000_000i32, -4_000_000..4_000_000i32),
    ) {
        let reference = at(
            centre.latitude().as_e7() + off.0,
            shifted(centre.longitude().as_e7(), off.1),
        );
        let coarse = square_containing(centre, precision).unwrap();
        let second = coarse.describe("airfield".parse().unwrap(), reference).unwrap();
        let agreement = compare(coarse.area(), Millimetres::ZERO, &second, reference).unwrap();
        prop_assert!(matches!(agreement, Agreement::Agree { .. }), "{:?}", agreement);
    }
}

#[test]
fn where_squares_of_a_row_meet_a_coarse_polygon_has_one_corner() {
    // A strip of 12 km from west to east, in squares of 1 km.
    let corners = [
        (353_000_000, 400_000_000),
        (353_000_000, 401_300_000),
        (353_001_000, 400_600_000),
    ];
    let polygon = Polygon::new(corners.map(|(up, aside)| at(up, aside)).to_vec()).unwrap();
    let shape = Shape::new(Area::Polygon(polygon)).unwrap();
    let Area::Polygon(coarse) = covering(&shape, metres(1_000)).unwrap().into_area() else {
        panic!("a coarse polygon is a polygon")
    };
    let next = coarse.vertices().iter().cycle().skip(1);
    for (one, other) in coarse.vertices().iter().zip(next) {
        let apart = leg(*one, *other).distance;
        assert!(apart > metres(500), "{one} and {other} are {apart} apart");
    }
    // Squares beside each other: the middle one of three touches both.
    let beside = [
        (353_000_000, 400_000_000),
        (353_000_000, 400_110_000),
        (353_001_000, 400_220_000),
    ];
    let polygon = Polygon::new(beside.map(|(up, aside)| at(up, aside)).to_vec()).unwrap();
    let shape = Shape::new(Area::Polygon(polygon)).unwrap();
    let coarse = covering(&shape, metres(1_000)).unwrap();
    let Area::Polygon(hull) = coarse.area() else {
        panic!("a coarse polygon is a polygon")
    };
    let next = hull.vertices().iter().cycle().skip(1);
    for (one, other) in hull.vertices().iter().zip(next) {
        let apart = leg(*one, *other).distance;
        assert!(apart > metres(500), "{one} and {other} are {apart} apart");
    }
}

#[test]
fn a_second_description_has_no_more_digits_than_its_coarse_area_is_good_for() {
    let reference = at(352_854_000, 401_760_000);
    let of = |precision| {
        let coarse = square_containing(at(355_000_000, 404_000_000), metres(precision)).unwrap();
        coarse
            .describe("airfield".parse().unwrap(), reference)
            .unwrap()
    };
    let fine = of(10);
    assert_eq!(
        (fine.distance_precision(), fine.bearing_precision()),
        (metres(10), 10)
    );
    let coarse = of(5_000);
    assert_eq!(
        (coarse.distance_precision(), coarse.bearing_precision()),
        (metres(100), 100)
    );
    assert_eq!(coarse.distance().as_mm() % 100_000, 0);
    assert_eq!(coarse.bearing().as_millidegrees() % 100, 0);
}

#[test]
fn a_square_at_the_antimeridian_and_the_equator_is_whole() {
    for position in [
        at(0, 1_799_999_999),
        at(-1, -1_800_000_000),
        at(600_000_000, 1_799_999_999),
    ] {
        let coarse = square_containing(position, metres(1_000)).unwrap();
        assert!(Shape::new(coarse.into_area()).unwrap().contains(position));
    }
}

#[test]
fn precisions_and_latitudes_keep_to_their_bounds() {
    let position = at(350_000_000, 400_000_000);
    assert!(square_containing(position, MIN_PRECISION).is_ok());
    assert!(square_containing(position, MAX_PRECISION).is_ok());
    assert!(square_containing(position, metres(9)).is_err());
    assert!(square_containing(position, metres(100_001)).is_err());
    assert_eq!(
        square_containing(at(850_000_000, 0), metres(100)),
        Err(CoarsenRefused::NearPole)
    );
}
