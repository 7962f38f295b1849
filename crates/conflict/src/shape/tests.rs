use super::*;
use crate::contain::{Outside, area_inside, position_inside};
use crate::geodesy::{direct, leg, wrapped};
use model::place::{Circle, Corridor, MAX_VERTICES, Polygon};
use proptest::prelude::*;

fn at(latitude: f64, longitude: f64) -> Position {
    Degrees {
        latitude,
        longitude,
    }
    .rounded()
}

fn polygon(vertices: &[(f64, f64)]) -> Result<Shape, ShapeRefused> {
    let vertices = vertices
        .iter()
        .map(|(latitude, longitude)| at(*latitude, *longitude))
        .collect();
    Shape::new(Area::Polygon(Polygon::new(vertices).unwrap()))
}

fn circle(latitude: f64, longitude: f64, metres: i32) -> Result<Shape, ShapeRefused> {
    let circle = Circle::new(at(latitude, longitude), Millimetres::from_metres(metres));
    Shape::new(Area::Circle(circle.unwrap()))
}

fn corridor(points: &[(f64, f64)], metres: i32) -> Result<Shape, ShapeRefused> {
    let points = points
        .iter()
        .map(|(latitude, longitude)| at(*latitude, *longitude))
        .collect();
    Shape::new(Area::Corridor(
        Corridor::new(points, Millimetres::from_metres(metres)).unwrap(),
    ))
}

fn theatre() -> Shape {
    polygon(&[(33.0, 38.0), (33.0, 42.0), (37.0, 42.0), (37.0, 38.0)]).unwrap()
}

#[test]
fn a_polygon_that_crosses_itself_is_refused_with_both_edges() {
    let refused = polygon(&[(35.0, 40.0), (35.1, 40.1), (35.1, 40.0), (35.0, 40.1)]).unwrap_err();
    assert!(
        matches!(
            refused,
            ShapeRefused::Crosses {
                first: 1,
                second: 3,
                ..
            }
        ),
        "{refused}"
    );
    assert!(
        refused
            .to_string()
            .starts_with("the polygon crosses or touches itself: edges 1 and 3 meet near ")
    );
}

#[test]
fn a_polygon_that_touches_itself_with_a_vertex_is_refused() {
    // Vertex 3 stands exactly on the edge along the meridian from vertex 0 to vertex 1.
    let touching = [
        (35.0, 40.0),
        (35.4, 40.0),
        (35.4, 40.2),
        (35.2, 40.0),
        (35.0, 40.2),
    ];
    assert!(matches!(
        polygon(&touching),
        Err(ShapeRefused::Crosses { .. })
    ));
    let clear = [
        (35.0, 40.0),
        (35.4, 40.0),
        (35.4, 40.2),
        (35.2, 40.000_000_1),
        (35.0, 40.2),
    ];
    assert!(polygon(&clear).is_ok());
}

#[test]
fn a_polygon_without_area_is_refused() {
    let line = [(35.0, 40.0), (35.1, 40.0), (35.2, 40.0)];
    assert!(matches!(polygon(&line), Err(ShapeRefused::Folds { .. })));
    let spike = [
        (35.0, 40.0),
        (35.0, 40.2),
        (35.2, 40.2),
        (35.2, 40.1),
        (35.2, 40.3),
    ];
    assert!(polygon(&spike).is_err());
}

#[test]
fn areas_over_a_pole_are_refused_and_beside_it_accepted() {
    let around = [(89.0, 0.0), (89.0, 90.0), (89.0, 180.0), (89.0, -90.0)];
    assert_eq!(
        polygon(&around).unwrap_err(),
        ShapeRefused::Polar { pole: "north" }
    );
    assert_eq!(
        polygon(&[(-90.0, 0.0), (-89.0, 0.0), (-89.0, 90.0)])
            .unwrap_err()
            .to_string(),
        "the area reaches the south pole, and none over a pole is carried: keep clear of it"
    );
    assert!(circle(89.9, 0.0, 20_000).is_err());
    assert!(corridor(&[(89.5, 0.0), (89.5, 180.0)], 100).is_err());
    assert!(circle(89.5, 0.0, 20_000).is_ok());
    assert!(polygon(&[(89.0, 0.0), (89.9, 20.0), (89.0, 40.0)]).is_ok());
}

#[test]
fn areas_that_are_too_large_are_refused() {
    assert!(matches!(
        polygon(&[(0.0, 0.0), (0.0, 10.0), (5.0, 5.0)]),
        Err(ShapeRefused::LongEdge { edge: 1, .. })
    ));
    let belt: Vec<_> = (0..72)
        .map(|step| (f64::from(step % 2), f64::from(step) * 5.0))
        .collect();
    assert_eq!(polygon(&belt).unwrap_err(), ShapeRefused::TooWide);
    let to_and_fro: Vec<_> = (0..30)
        .map(|step| (0.1 * f64::from(step), 8.0 * f64::from(step % 2)))
        .collect();
    assert_eq!(
        corridor(&to_and_fro, 100).unwrap_err(),
        ShapeRefused::LongOutline
    );
}

#[test]
fn an_area_across_the_antimeridian_is_one_area() {
    let shape = polygon(&[(10.0, 179.5), (10.0, -179.5), (11.0, -179.5), (11.0, 179.5)]).unwrap();
    assert!(shape.contains(at(10.5, 180.0)) && shape.contains(at(10.5, -179.9)));
    assert!(!shape.contains(at(10.5, 0.0)) && !shape.contains(at(10.5, 179.4)));
}

#[test]
fn winding_is_told_and_changes_nothing() {
    let forth = [(35.0, 40.0), (35.0, 40.2), (35.2, 40.2)];
    let back = [(35.2, 40.2), (35.0, 40.2), (35.0, 40.0)];
    let (forth, back) = (polygon(&forth).unwrap(), polygon(&back).unwrap());
    assert_eq!(forth.winding(), Some(Winding::Counterclockwise));
    assert_eq!(back.winding(), Some(Winding::Clockwise));
    assert!(forth.contains(at(35.05, 40.15)) && back.contains(at(35.05, 40.15)));
}

#[test]
fn edges_are_geodesics_not_straight_lines_on_the_map() {
    // Half way along this edge of 437 km the geodesic runs about 2.3 km north of the parallel.
    let shape = polygon(&[(35.0, 38.0), (35.0, 42.8), (34.0, 40.4)]).unwrap();
    assert!(shape.contains(at(35.02, 40.4)));
    assert!(!shape.contains(at(35.03, 40.4)));
}

#[test]
fn distance_counts_from_the_boundary() {
    let shape = circle(35.0, 40.0, 1_500).unwrap();
    assert_eq!(shape.distance(at(35.0, 40.0)), Millimetres::ZERO);
    let from_centre = leg(at(35.0, 40.0), at(36.0, 40.0)).distance;
    let away = shape.distance(at(36.0, 40.0));
    assert_eq!(
        away,
        from_centre.saturating_sub(Millimetres::from_metres(1_500))
    );
    let line = corridor(&[(35.0, 40.0), (35.0, 40.5)], 2_000).unwrap();
    assert!(line.contains(at(35.008, 40.2)) && !line.contains(at(35.012, 40.2)));
    assert_eq!(theatre().distance(at(35.0, 40.0)), Millimetres::ZERO);
}

#[test]
fn a_swapped_position_is_named_as_such() {
    let refused = position_inside(&theatre(), at(40.1408, 35.3359)).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "40.1408000, 35.3359000 is outside the arrangement's area, and 35.3359000, 40.1408000 would be inside: \
         latitude and longitude look swapped"
    );
    assert!(matches!(
        position_inside(&theatre(), at(32.0, 40.0)),
        Err(Outside::Position { .. })
    ));
    assert_eq!(position_inside(&theatre(), at(33.0, 38.0)), Ok(()));
}

#[test]
fn what_lies_inside_is_accepted_to_the_last_millimetre() {
    let around = theatre();
    assert_eq!(area_inside(&around, &theatre()), Ok(()));
    assert_eq!(
        area_inside(&around, &circle(35.0, 40.0, 100_000).unwrap()),
        Ok(())
    );
    assert_eq!(
        area_inside(&around, &circle(35.0, 38.5, 100_000).unwrap()),
        Err(Outside::Partly)
    );
    let notched = polygon(&[
        (33.0, 38.0),
        (33.0, 42.0),
        (37.0, 42.0),
        (35.0, 40.0),
        (37.0, 38.0),
    ])
    .unwrap();
    assert_eq!(area_inside(&around, &notched), Ok(()));
    // All corners are inside, but the upper edge passes over the notch.
    let over = polygon(&[(34.0, 39.0), (34.0, 41.0), (36.0, 41.2), (36.0, 38.8)]).unwrap();
    assert_eq!(area_inside(&notched, &over), Err(Outside::Partly));
    let beside = corridor(&[(33.5, 38.1), (36.5, 38.1)], 10_000).unwrap();
    assert_eq!(area_inside(&around, &beside), Ok(()));
    let wide = corridor(&[(33.5, 38.1), (36.5, 38.1)], 20_000).unwrap();
    assert_eq!(area_inside(&around, &wide), Err(Outside::Partly));
    assert_eq!(area_inside(&beside, &around), Err(Outside::CorridorAround));
    let disc = circle(35.0, 40.0, 100_000).unwrap();
    assert_eq!(
        area_inside(
            &disc,
            &polygon(&[(35.0, 40.0), (35.5, 40.0), (35.0, 40.5)]).unwrap()
        ),
        Ok(())
    );
    assert_eq!(
        area_inside(&disc, &circle(35.0, 40.5, 54_000).unwrap()),
        Ok(())
    );
    assert_eq!(
        area_inside(&disc, &circle(35.0, 40.5, 55_000).unwrap()),
        Err(Outside::Partly)
    );
    assert_eq!(
        area_inside(
            &disc,
            &corridor(&[(35.0, 40.0), (35.5, 40.0)], 80_000).unwrap()
        ),
        Ok(())
    );
}

/// A star of `count` vertices around a middle: simple whatever its radii.
fn star(middle: Degrees, radii: &[f64]) -> Vec<Position> {
    let step = 360.0 / radii.len() as f64;
    radii
        .iter()
        .enumerate()
        .map(|(index, metres)| direct(middle, index as f64 * step, *metres).0.rounded())
        .collect()
}

#[test]
fn the_largest_polygons_are_checked_quickly() {
    let middle = Degrees {
        latitude: 35.3,
        longitude: 40.1,
    };
    let jagged: Vec<f64> = (0..MAX_VERTICES)
        .map(|index| [99_000.0, 100_000.0][index % 2])
        .collect();
    // A slanted comb: five thousand long teeth side by side, where boxes say nothing.
    let comb: Vec<Position> = (0..MAX_VERTICES)
        .map(|index| {
            let base = direct(middle, 135.0, 4.0 * (index / 2) as f64).0;
            let along = match index {
                0 | 9_999 => -50.0,
                _ if index.div_ceil(2) % 2 == 1 => 1_900.0,
                _ => 0.0,
            };
            direct(base, 45.0, along).0.rounded()
        })
        .collect();
    for vertices in [star(middle, &jagged), comb] {
        let area = Area::Polygon(Polygon::new(vertices).unwrap());
        let begin = std::time::Instant::now();
        let made = Shape::new(area).map(|shape| shape.contains(at(35.3, 40.1)));
        let took = begin.elapsed();
        assert!(made.is_ok(), "{made:?}");
        // An optimised build takes some tens of milliseconds; a debug build on a busy machine gets more.
        let most = if cfg!(debug_assertions) { 4_000 } else { 400 };
        assert!(took.as_millis() < most, "{took:?}");
    }
}

/// How often the boundary goes around a place: the sum of the turns of its edges as seen from there. Shares nothing with
/// the plane and the ray that are under test.
fn turns(vertices: &[Position], place: Degrees) -> bool {
    let seen: Vec<f64> = vertices
        .iter()
        .map(|vertex| inverse(place, (*vertex).into()).1)
        .collect();
    let turn = |from: f64, to: f64| libm::remainder(to - from, 360.0);
    let all: f64 = (0..seen.len())
        .map(|index| turn(seen[index], seen[(index + 1) % seen.len()]))
        .sum();
    all.abs() > 180.0
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn inside_is_where_the_boundary_goes_around(
        latitude in -80.0..80.0, longitude in -180.0..180.0,
        radii in prop::collection::vec(0.2..1.0, 3..20), size in 50.0..600_000.0,
        azimuth in 0.0..360.0, off in 0.0..1.2,
    ) {
        let middle = Degrees { latitude, longitude };
        let radii: Vec<f64> = radii.iter().map(|radius| radius * size).collect();
        let vertices = star(middle, &radii);
        let Ok(polygon) = Polygon::new(vertices.clone()) else { return Ok(()) };
        let Ok(shape) = Shape::new(Area::Polygon(polygon)) else { return Ok(()) };
        let place = direct(middle, azimuth, off * size).0;
        prop_assert_eq!(shape.contains_place(place), turns(&vertices, place));
    }

    #[test]
    fn two_millimetres_to_either_side_of_an_edge_are_told_apart(
        latitude in -80.0..80.0, longitude in -180.0..180.0,
        radii in prop::collection::vec(0.5..1.0, 3..12), size in 1_000.0..600_000.0,
        edge in 0usize..12, along in 0.05..0.95,
    ) {
        let middle = Degrees { latitude, longitude };
        let radii: Vec<f64> = radii.iter().map(|radius| radius * size).collect();
        let vertices = star(middle, &radii);
        let Ok(polygon) = Polygon::new(vertices.clone()) else { return Ok(()) };
        let Ok(shape) = Shape::new(Area::Polygon(polygon)) else { return Ok(()) };
        let (from, to) = (vertices[edge % vertices.len()], vertices[(edge + 1) % vertices.len()]);
        let (length, azimuth, _) = inverse(from.into(), to.into());
        let (on, heading) = direct(from.into(), azimuth, along * length);
        prop_assert!(shape.contains_place(on));
        for turn in [90.0, -90.0] {
            let place = direct(on, heading + turn, 0.002).0;
            prop_assert_eq!(shape.contains_place(place), turns(&vertices, place));
        }
    }

    #[test]
    fn two_millimetres_to_either_side_of_a_circle_or_a_corridor_are_told_apart(
        latitude in -80.0..80.0, longitude in -180.0..180.0, azimuth in 0.0..360.0, metres in 1..400_000i32,
    ) {
        let disc = circle(latitude, longitude, metres).unwrap();
        let Form::Disc { centre, radius } = *disc.form() else { panic!("a circle is a disc") };
        for (off, inside) in [(-0.002, true), (0.0, true), (0.002, false)] {
            prop_assert_eq!(disc.contains_place(direct(centre, azimuth, radius + off).0), inside);
        }
        // Beside the middle of one straight reach of 80 km, up to 90 km away.
        let half = f64::from(metres % 90_000 + 1);
        let (from, heading) = (centre, azimuth);
        let ends = [from.rounded(), direct(from, heading, 80_000.0).0.rounded()];
        let width = Millimetres::from_metres(2 * (metres % 90_000 + 1));
        let band = Shape::new(Area::Corridor(Corridor::new(ends.to_vec(), width).unwrap())).unwrap();
        let (length, azimuth, _) = inverse(ends[0].into(), ends[1].into());
        let (on, heading) = direct(ends[0].into(), azimuth, length / 2.0);
        for (off, inside) in [(-0.002, true), (0.0, true), (0.002, false)] {
            prop_assert_eq!(band.contains_place(direct(on, heading + 90.0, half + off).0), inside);
        }
    }

    #[test]
    fn an_area_is_inside_another_when_all_of_its_outline_is(
        a in prop::collection::vec(0.3..1.0, 3..8), b in prop::collection::vec(0.1..1.0, 3..8),
        shift in (0.0..360.0, 0.0..30_000.0), turned in 0.0..360.0,
    ) {
        let middle = Degrees { latitude: 35.3, longitude: 179.99 };
        let scaled = |radii: &[f64]| radii.iter().map(|radius| radius * 60_000.0).collect::<Vec<_>>();
        let inner_middle = direct(middle, shift.0, shift.1).0;
        let outer = Polygon::new(star(middle, &scaled(&a))).unwrap();
        let mut inner = star(inner_middle, &scaled(&b));
        inner.rotate_left((turned / 50.0) as usize % b.len());
        let inner = Polygon::new(inner).unwrap();
        let (Ok(outer), Ok(inner_shape)) =
            (Shape::new(Area::Polygon(outer)), Shape::new(Area::Polygon(inner.clone())))
        else { return Ok(()) };
        // Slow: many points along the inner outline.
        let vertices = inner.vertices();
        let slow = (0..vertices.len()).all(|index| {
            let (from, to) = (vertices[index], vertices[(index + 1) % vertices.len()]);
            let (length, azimuth, _) = inverse(from.into(), to.into());
            (0..=400).all(|step| {
                outer.contains_place(direct(from.into(), azimuth, length * f64::from(step) / 400.0).0)
            })
        });
        let fast = area_inside(&outer, &inner_shape).is_ok();
        // Between two of the slow look's points a notch can hide, never the other way round.
        prop_assert!(!fast || slow);
        prop_assert!(fast || !slow || length_outside(&outer, vertices) < 500.0);
    }

    #[test]
    fn pieces_stay_on_their_straight_lines_in_the_plane(
        latitude in -85.0..85.0, longitude in -180.0..180.0,
        azimuth in 0.0..360.0, off in 0.0..2_400_000.0, heading in 0.0..360.0,
    ) {
        let hub = Degrees { latitude, longitude };
        let frame = Frame::at(hub);
        let start = direct(hub, azimuth, off).0;
        let length = piece_length(off);
        let seen = |along: f64| frame.project(on_ellipsoid(direct(start, heading, along).0)).unwrap();
        let (a, middle, b) = (seen(0.0), seen(length / 2.0), seen(length));
        prop_assert!(distance_to_segment(middle, a, b) < 0.000_12);
    }
}

/// Longest run of an outline, in metres, that a point-by-point look can miss: a bound for the test above.
fn length_outside(outer: &Shape, vertices: &[Position]) -> f64 {
    let mut longest: f64 = 0.0;
    for index in 0..vertices.len() {
        let (from, to) = (vertices[index], vertices[(index + 1) % vertices.len()]);
        let (length, azimuth, _) = inverse(from.into(), to.into());
        let outside = (0..20_000)
            .filter(|step| {
                let along = length * f64::from(*step) / 20_000.0;
                !outer.contains_place(direct(from.into(), azimuth, along).0)
            })
            .count();
        longest = longest.max(outside as f64 * length / 20_000.0);
    }
    assert!(
        longest > 0.0,
        "the fast look finds something outside where there is nothing"
    );
    longest
}

#[test]
fn longitudes_wrap() {
    assert_eq!(wrapped(1_800_000_000), -1_800_000_000);
    assert_eq!(wrapped(-1_800_000_000), -1_800_000_000);
}
