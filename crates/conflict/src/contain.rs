//! Whether an area lies inside another: above all, inside the arrangement's.

use model::place::Position;
use model::units::Millimetres;
use thiserror::Error;

use crate::TOUCH;
use crate::boxes::Bounds;
use crate::chain::Chain;
use crate::geodesy::{Degrees, inverse};
use crate::plane::near_part;
use crate::shape::{Form, Ring, Shape};
use crate::space::Point2;

/// Why a place is not accepted under an arrangement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Outside {
    #[error(
        "{given} is outside the arrangement's area, and {swapped} would be inside: latitude and longitude look swapped"
    )]
    Swapped { given: Position, swapped: Position },
    #[error(
        "{given} is {distance} outside the arrangement's area: check it, or agree on a wider area"
    )]
    Position {
        given: Position,
        distance: Millimetres,
    },
    #[error(
        "part of the area lies outside the arrangement's area: check its outline, or agree on a wider area"
    )]
    Partly,
    #[error("a corridor cannot be an arrangement's area: agree on a polygon or a circle")]
    CorridorAround,
}

model::says! { Outside, "outside":
    "swapped" Swapped { given, swapped };
    "position" Position { given, distance };
    "partly" Partly;
    "corridor-around" CorridorAround;
}

/// Accepts a position in `around` or on its boundary.
pub fn position_inside(around: &Shape, given: Position) -> Result<(), Outside> {
    if around.contains(given) {
        return Ok(());
    }
    match given.swapped().filter(|swapped| around.contains(*swapped)) {
        Some(swapped) => Err(Outside::Swapped { given, swapped }),
        None => Err(Outside::Position {
            given,
            distance: around.distance(given),
        }),
    }
}

/// Accepts an area all of which is in `around` or on its boundary.
///
/// `around` is a polygon or a circle. A refusal names the first vertex, point or centre that is outside, if one is.
pub fn area_inside(around: &Shape, inner: &Shape) -> Result<(), Outside> {
    use model::place::Area;
    if matches!(around.form(), Form::Band { .. }) {
        return Err(Outside::CorridorAround);
    }
    match inner.area() {
        Area::Circle(circle) => position_inside(around, circle.centre())?,
        Area::Polygon(polygon) => all_inside(around, polygon.vertices())?,
        Area::Corridor(corridor) => all_inside(around, corridor.points())?,
    }
    let inside = match (around.form(), inner.form()) {
        (Form::Band { .. }, _) => false,
        (Form::Disc { centre, radius }, form) => in_disc(*centre, *radius, form, inner),
        (Form::Ring(ring), Form::Disc { centre, radius }) => {
            !ring.chain.is_nearer(*centre, radius - TOUCH)
        }
        (Form::Ring(ring), Form::Ring(_)) => {
            let Area::Polygon(polygon) = inner.area() else {
                return Err(Outside::Partly);
            };
            line_in_ring(ring, polygon.vertices(), true)
        }
        (Form::Ring(ring), Form::Band { line, half_width }) => {
            let Area::Corridor(corridor) = inner.area() else {
                return Err(Outside::Partly);
            };
            line_in_ring(ring, corridor.points(), false)
                && keeps_clear(ring, line, corridor.points(), half_width - TOUCH)
        }
    };
    if inside { Ok(()) } else { Err(Outside::Partly) }
}

fn all_inside(around: &Shape, positions: &[Position]) -> Result<(), Outside> {
    positions
        .iter()
        .try_for_each(|position| position_inside(around, *position))
}

/// A disc of at most 500 km is convex, and the distance from its centre is greatest at a vertex.
fn in_disc(centre: Degrees, radius: f64, form: &Form, inner: &Shape) -> bool {
    use model::place::Area;
    let within = |position: &Position, beyond: f64| {
        inverse(centre, (*position).into()).0 + beyond <= radius + TOUCH
    };
    match (form, inner.area()) {
        (Form::Disc { radius, .. }, Area::Circle(circle)) => within(&circle.centre(), *radius),
        (Form::Band { half_width, .. }, Area::Corridor(corridor)) => corridor
            .points()
            .iter()
            .all(|point| within(point, *half_width)),
        // The vertices were looked at already.
        (Form::Ring(_), Area::Polygon(_)) => true,
        (Form::Disc { .. } | Form::Band { .. } | Form::Ring(_), _) => false,
    }
}

/// Whether the line between positions that are inside stays inside, or on the boundary.
///
/// Each piece is followed. What of it comes near the boundary counts as on it; what lies between two such parts does
/// not cross the boundary, so one point tells for all of it.
fn line_in_ring(ring: &Ring, positions: &[Position], closed: bool) -> bool {
    // Recut, so that the pieces are straight in this ring's plane. Their length was accepted before.
    let Ok(line) = Chain::new(positions, closed, ring.chain.cut()) else {
        return false;
    };
    let Some(points) = line
        .points()
        .iter()
        .map(|point| ring.frame.project(*point))
        .collect::<Option<Vec<Point2>>>()
    else {
        return false;
    };
    // Whether the stretch that the walk is in is known to be inside.
    let mut known = false;
    for ends in points.windows(2) {
        let inside_at = |fraction: f64| {
            let at = |axis: usize| ends[0][axis] + fraction * (ends[1][axis] - ends[0][axis]);
            ring.contains_point([at(0), at(1)])
        };
        let mut from = 0.0;
        for part in near_boundary(ring, ends[0], ends[1]) {
            if part[0] > from && !known && !inside_at((from + part[0]) / 2.0) {
                return false;
            }
            known = false;
            from = part[1].max(from);
        }
        if from < 1.0 {
            known = known || inside_at((from + 1.0) / 2.0);
            if !known {
                return false;
            }
        }
    }
    true
}

/// The parts of a piece that are near the boundary, as fractions, in order.
fn near_boundary(ring: &Ring, p: Point2, q: Point2) -> Vec<[f64; 2]> {
    let around = Bounds::of_segment(p, q, TOUCH);
    let mut parts = Vec::new();
    ring.boxes.visit(
        &mut parts,
        |_, bounds| bounds.meets(&around),
        |parts, index| {
            parts.extend(near_part(
                p,
                q,
                ring.points[index],
                ring.points[index + 1],
                TOUCH,
            ));
            true
        },
    );
    parts.sort_by(|one, other| one[0].total_cmp(&other[0]));
    parts
}

/// Whether a line inside a ring stays `metres` away from its boundary.
///
/// On the ellipsoid two geodesics that do not cross are nearest at an end of one of them.
fn keeps_clear(ring: &Ring, line: &Chain, positions: &[Position], metres: f64) -> bool {
    let line_clear = positions
        .iter()
        .all(|position| !ring.chain.is_nearer((*position).into(), metres));
    line_clear
        && ring
            .chain
            .starts_and_end()
            .all(|vertex| !line.is_nearer(vertex, metres))
}
