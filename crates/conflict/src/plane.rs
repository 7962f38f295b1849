//! Segments in the plane of a `Frame`, in metres.

use robust::{Coord, orient2d};

use crate::space::Point2;

/// Positive if `c` lies to the left of the line from `a` to `b`, 0 if it lies on it: of these exact numbers, exactly.
pub fn side(a: Point2, b: Point2, c: Point2) -> f64 {
    let coord = |point: Point2| Coord {
        x: point[0],
        y: point[1],
    };
    orient2d(coord(a), coord(b), coord(c))
}

pub fn distance_to_segment(point: Point2, a: Point2, b: Point2) -> f64 {
    let along = [b[0] - a[0], b[1] - a[1]];
    let from = [point[0] - a[0], point[1] - a[1]];
    let square = along[0] * along[0] + along[1] * along[1];
    let t = if square > 0.0 {
        ((from[0] * along[0] + from[1] * along[1]) / square).clamp(0.0, 1.0)
    } else {
        0.0
    };
    libm::hypot(from[0] - t * along[0], from[1] - t * along[1])
}

/// Whether two segments cross, or come within `tolerance` of each other.
pub fn segments_meet(one: [Point2; 2], other: [Point2; 2], tolerance: f64) -> bool {
    let ([a, b], [c, d]) = (one, other);
    let apart = |p: f64, q: f64| (p > 0.0 && q > 0.0) || (p < 0.0 && q < 0.0);
    if !apart(side(a, b, c), side(a, b, d)) && !apart(side(c, d, a), side(c, d, b)) {
        // On one line, segments can still lie apart: then the ends decide.
        let on_one_line = side(a, b, c) == 0.0 && side(a, b, d) == 0.0;
        if !on_one_line {
            return true;
        }
    }
    distance_to_segment(a, c, d) <= tolerance
        || distance_to_segment(b, c, d) <= tolerance
        || distance_to_segment(c, a, b) <= tolerance
        || distance_to_segment(d, a, b) <= tolerance
}

/// Whether a ray from `point` along the first axis crosses the segment; one end of a segment counts, the other not.
pub fn ray_crosses(point: Point2, a: Point2, b: Point2) -> bool {
    if (a[1] > point[1]) == (b[1] > point[1]) {
        return false;
    }
    let (low, high) = if a[1] < b[1] { (a, b) } else { (b, a) };
    side(low, high, point) > 0.0
}

/// The part of the segment from `p` to `q`, as fractions of it, that lies within `tolerance` of the segment `a`-`b`.
pub fn near_part(p: Point2, q: Point2, a: Point2, b: Point2, tolerance: f64) -> Option<[f64; 2]> {
    // What is near a segment is convex: two discs and the rectangle between them, so the parts are one part.
    let parts = [
        in_disc(p, q, a, tolerance),
        in_disc(p, q, b, tolerance),
        in_rectangle(p, q, a, b, tolerance),
    ];
    parts
        .into_iter()
        .flatten()
        .reduce(|all, part| [all[0].min(part[0]), all[1].max(part[1])])
}

fn in_disc(p: Point2, q: Point2, centre: Point2, radius: f64) -> Option<[f64; 2]> {
    let along = [q[0] - p[0], q[1] - p[1]];
    let from = [p[0] - centre[0], p[1] - centre[1]];
    let length = libm::hypot(along[0], along[1]);
    if length == 0.0 {
        return (libm::hypot(from[0], from[1]) <= radius).then_some([0.0, 1.0]);
    }
    let foot = -(from[0] * along[0] + from[1] * along[1]) / length;
    let off = (from[0] * along[1] - from[1] * along[0]) / length;
    let half = libm::sqrt(radius * radius - off * off);
    // Not a number if the line misses the disc: then no comparison holds.
    clipped((foot - half) / length, (foot + half) / length)
}

fn in_rectangle(p: Point2, q: Point2, a: Point2, b: Point2, width: f64) -> Option<[f64; 2]> {
    let axis = [b[0] - a[0], b[1] - a[1]];
    let length = libm::hypot(axis[0], axis[1]);
    if length == 0.0 {
        return None;
    }
    let along =
        |point: Point2| ((point[0] - a[0]) * axis[0] + (point[1] - a[1]) * axis[1]) / length;
    let across =
        |point: Point2| ((point[0] - a[0]) * axis[1] - (point[1] - a[1]) * axis[0]) / length;
    let one = between(along(p), along(q), 0.0, length)?;
    let other = between(across(p), across(q), -width, width)?;
    clipped(one[0].max(other[0]), one[1].min(other[1]))
}

/// For which fractions a value that runs from `start` to `end` lies between `low` and `high`.
fn between(start: f64, end: f64, low: f64, high: f64) -> Option<[f64; 2]> {
    let run = end - start;
    if run == 0.0 {
        return (low <= start && start <= high).then_some([0.0, 1.0]);
    }
    let (one, other) = ((low - start) / run, (high - start) / run);
    clipped(one.min(other), one.max(other))
}

fn clipped(low: f64, high: f64) -> Option<[f64; 2]> {
    let (low, high) = if low.is_nan() {
        (low, high)
    } else {
        (low.max(0.0), high.min(1.0))
    };
    (low <= high).then_some([low, high])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn point() -> impl Strategy<Value = Point2> {
        (-10.0..10.0, -10.0..10.0).prop_map(|(x, y)| [x, y])
    }

    #[test]
    fn segments_on_one_line_meet_only_where_they_overlap() {
        let first = [[0.0, 0.0], [1.0, 1.0]];
        assert!(!segments_meet(first, [[2.0, 2.0], [3.0, 3.0]], 0.1));
        assert!(segments_meet(first, [[1.0, 1.0], [3.0, 3.0]], 0.0));
        assert!(segments_meet(first, [[0.0, 1.0], [1.0, 0.0]], 0.0));
        assert!(segments_meet(first, [[1.05, 1.0], [3.0, 0.0]], 0.1));
    }

    proptest! {
        #[test]
        fn the_near_part_is_where_points_are_near(
            p in point(), q in point(), a in point(), b in point(), tolerance in 0.1..5.0,
        ) {
            let part = near_part(p, q, a, b, tolerance);
            for step in 0..=50 {
                let t = f64::from(step) / 50.0;
                let at = [p[0] + t * (q[0] - p[0]), p[1] + t * (q[1] - p[1])];
                let off = distance_to_segment(at, a, b);
                let inside = part.is_some_and(|[low, high]| low <= t && t <= high);
                prop_assert!((off - tolerance).abs() < 1.0e-9 || inside == (off < tolerance));
            }
        }
    }
}
