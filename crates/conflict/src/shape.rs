//! An area that was checked and is ready to be measured.

use std::sync::OnceLock;

use model::place::{Area, Position};
use model::units::Millimetres;
use thiserror::Error;

use crate::TOUCH;
use crate::boxes::{Bounds, Boxes};
use crate::chain::{Chain, MAX_EDGE, MAX_LENGTH, TooLong};
use crate::geodesy::{Degrees, inverse, millimetres};
use crate::outline::Outline;
use crate::plane::{distance_to_segment, ray_crosses};
use crate::simple::{Flaw, flaw};
use crate::space::{
    Frame, Point2, dot, mean_direction, minus, on_ellipsoid, piece_length, shortest_for_chord,
};

/// Farthest that a polygon's vertex or a corridor's point may lie from the middle of them all: 2,500 km, in metres.
pub const MAX_REACH: f64 = 2_500_000.0;

/// Why an area is not carried. Corners, points and edges count from 1, as people count them; edge 1 begins at corner 1.
#[derive(Debug, Clone, Copy, PartialEq, Error)]
pub enum ShapeRefused {
    #[error(
        "the polygon crosses or touches itself: edges {first} and {second} meet near {near}: check the order of its corners"
    )]
    Crosses {
        first: usize,
        second: usize,
        near: Position,
    },
    #[error(
        "the polygon folds back on itself at corner {vertex}, {at}, and encloses nothing there: leave that corner out"
    )]
    Folds { vertex: usize, at: Position },
    #[error("the area reaches the {pole} pole, and none over a pole is carried: keep clear of it")]
    Polar { pole: &'static str },
    #[error(
        "the area is wider than {} across: split it", millimetres(2.0 * MAX_REACH)
    )]
    TooWide,
    #[error(
        "edge {edge} is {length} long, at most {} are carried: add points between its ends",
        millimetres(MAX_EDGE)
    )]
    LongEdge { edge: usize, length: Millimetres },
    #[error(
        "the area's outline is over {} long: simplify it",
        millimetres(MAX_LENGTH)
    )]
    LongOutline,
}

model::says! { ShapeRefused, "shape":
    "crosses" Crosses { first, second, near };
    "folds" Folds { vertex, at };
    "polar" Polar { pole };
    "too-wide" TooWide;
    "long-edge" LongEdge { edge, length };
    "long-outline" LongOutline;
}

/// In which direction the vertices of a polygon run, seen from above. Both are carried, and mean the same area.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Winding {
    Clockwise,
    Counterclockwise,
}

/// An area that can be measured: not crossing itself, not over a pole, not too large.
///
/// What is kept of most is small. What else is needed to measure an area to the last is worked out when that is first wanted,
/// and kept from then on.
#[derive(Debug, Clone)]
pub struct Shape {
    area: Area,
    /// None for what is large or has many points.
    pub(crate) outline: Option<Outline>,
    form: OnceLock<Box<Form>>,
}

#[derive(Debug, Clone)]
pub(crate) enum Form {
    Disc { centre: Degrees, radius: f64 },
    Band { line: Chain, half_width: f64 },
    Ring(Ring),
}

/// The boundary of a polygon, and its plane.
#[derive(Debug, Clone)]
pub(crate) struct Ring {
    pub chain: Chain,
    pub frame: Frame,
    /// The chain's points in the frame.
    pub points: Vec<Point2>,
    pub boxes: Boxes<2>,
}

/// Latitudes and longitudes, in degrees, that an area lies within; `east` can exceed 180.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Extent {
    pub south: f64,
    pub north: f64,
    pub west: f64,
    pub east: f64,
}

impl Shape {
    /// Checks an area and makes it ready. A polygon of 10,000 vertices takes some tens of milliseconds.
    pub fn new(area: Area) -> Result<Self, ShapeRefused> {
        let form = Form::new(&area)?;
        if let (Form::Ring(ring), Area::Polygon(polygon)) = (&form, &area) {
            ring.checked(polygon.vertices())?;
        }
        for (latitude, pole) in [(90.0, "north"), (-90.0, "south")] {
            if form.contains(Degrees {
                latitude,
                longitude: 0.0,
            }) {
                return Err(ShapeRefused::Polar { pole });
            }
        }
        let outline = Outline::of(&form);
        let form = match outline {
            Some(_) => OnceLock::new(),
            None => OnceLock::from(Box::new(form)),
        };
        Ok(Self {
            area,
            outline,
            form,
        })
    }

    pub(crate) fn form(&self) -> &Form {
        self.form.get_or_init(|| match Form::new(&self.area) {
            Ok(form) => Box::new(form),
            // INVARIANT: `new` did the same with the same area, and refused what cannot be drawn.
            Err(refused) => unreachable!("an area that was drawn before: {refused}"),
        })
    }

    pub fn area(&self) -> &Area {
        &self.area
    }

    /// Whether `position` lies in the area or on its boundary.
    pub fn contains(&self, position: Position) -> bool {
        self.contains_place(position.into())
    }

    /// From `position` to the nearest point of the area; 0 inside and on the boundary.
    pub fn distance(&self, position: Position) -> Millimetres {
        millimetres(self.distance_place(position.into()))
    }

    /// Whether the two share ground, an edge included.
    pub fn touches(&self, other: &Self) -> bool {
        self.near(other, crate::TOUCH).is_some()
    }

    /// None for circles and corridors.
    pub fn winding(&self) -> Option<Winding> {
        let Form::Ring(ring) = self.form() else {
            return None;
        };
        let twice: f64 = ring
            .points
            .windows(2)
            .map(|p| p[0][0] * p[1][1] - p[1][0] * p[0][1])
            .sum();
        Some(if twice < 0.0 {
            Winding::Clockwise
        } else {
            Winding::Counterclockwise
        })
    }

    pub(crate) fn contains_place(&self, place: Degrees) -> bool {
        self.form().contains(place)
    }

    pub(crate) fn distance_place(&self, place: Degrees) -> f64 {
        match self.form() {
            Form::Disc { centre, radius } => (inverse(*centre, place).0 - radius).max(0.0),
            Form::Band { line, half_width } => (line.distance(place) - half_width).max(0.0),
            Form::Ring(ring) if ring.contains(place) => 0.0,
            Form::Ring(ring) => ring.chain.distance(place),
        }
    }

    /// Somewhat more than the area, never less.
    pub(crate) fn extent(&self) -> Extent {
        if let Some(outline) = &self.outline {
            return extent(
                outline.places(),
                outline.width() + outline.piece() / 2.0 + 1.0,
            );
        }
        match self.form() {
            Form::Disc { centre, radius } => extent([*centre].into_iter(), *radius),
            // A point of a piece is at most half a piece from one of its ends.
            Form::Band { line, half_width } => {
                extent(line.starts_and_end(), half_width + line.cut() / 2.0)
            }
            Form::Ring(ring) => extent(ring.chain.starts_and_end(), ring.chain.cut() / 2.0),
        }
    }
}

impl Form {
    /// Draws an area. A polygon may cross itself.
    fn new(area: &Area) -> Result<Self, ShapeRefused> {
        Ok(match area {
            Area::Circle(circle) => Form::Disc {
                centre: circle.centre().into(),
                radius: circle.radius().as_mm() as f64 / 1_000.0,
            },
            Area::Corridor(corridor) => {
                let (_, cut) = hub(corridor.points())?;
                Form::Band {
                    line: chain(corridor.points(), false, cut)?,
                    half_width: corridor.width().as_mm() as f64 / 2_000.0,
                }
            }
            Area::Polygon(polygon) => Form::Ring(Ring::new(polygon.vertices())?),
        })
    }

    fn contains(&self, place: Degrees) -> bool {
        match self {
            Form::Disc { centre, radius } => inverse(*centre, place).0 <= radius + TOUCH,
            Form::Band { line, half_width } => line.is_nearer(place, half_width + TOUCH),
            Form::Ring(ring) => ring.contains(place),
        }
    }
}

/// The middle of positions, and how long pieces around it may be; refused if they spread too far.
fn hub(positions: &[Position]) -> Result<(Degrees, f64), ShapeRefused> {
    let points: Vec<_> = positions
        .iter()
        .map(|position| on_ellipsoid((*position).into()))
        .collect();
    let hub = mean_direction(&points).ok_or(ShapeRefused::TooWide)?;
    let middle = on_ellipsoid(hub);
    let farthest = points
        .iter()
        .map(|point| minus(*point, middle))
        .map(|off| dot(off, off))
        .fold(0.0, f64::max);
    // 0.7 % covers what the ellipsoid differs from the sphere of `shortest_for_chord`.
    let reach = 1.007 * shortest_for_chord(libm::sqrt(farthest));
    if reach > MAX_REACH {
        return Err(ShapeRefused::TooWide);
    }
    Ok((hub, piece_length(reach)))
}

fn chain(positions: &[Position], closed: bool, cut: f64) -> Result<Chain, ShapeRefused> {
    Chain::new(positions, closed, cut).map_err(|refused| match refused {
        TooLong::Edge { index, metres } => ShapeRefused::LongEdge {
            edge: index + 1,
            length: millimetres(metres),
        },
        TooLong::Whole { .. } => ShapeRefused::LongOutline,
    })
}

impl Ring {
    fn new(vertices: &[Position]) -> Result<Self, ShapeRefused> {
        let (hub, cut) = hub(vertices)?;
        let chain = chain(vertices, true, cut)?;
        let frame = Frame::at(hub);
        // INVARIANT: `hub` refused what lies beyond the view of the frame.
        let points: Vec<Point2> = chain
            .points()
            .iter()
            .filter_map(|point| frame.project(*point))
            .collect();
        let boxes = Boxes::new(
            points
                .windows(2)
                .map(|ends| Bounds::of_segment(ends[0], ends[1], 0.0))
                .collect(),
        );
        Ok(Self {
            chain,
            frame,
            points,
            boxes,
        })
    }

    /// Refuses a polygon that crosses, touches or folds back on itself.
    fn checked(&self, vertices: &[Position]) -> Result<(), ShapeRefused> {
        let chain = &self.chain;
        match flaw(&self.points, TOUCH) {
            None => Ok(()),
            Some(Flaw::Meet(one, other)) => Err(ShapeRefused::Crosses {
                first: chain.edge(one) + 1,
                second: chain.edge(other) + 1,
                near: chain.start(other).rounded(),
            }),
            Some(Flaw::Fold(piece)) => {
                let vertex = (chain.edge(piece) + 1) % vertices.len();
                Err(ShapeRefused::Folds {
                    vertex: vertex + 1,
                    at: vertices[vertex],
                })
            }
        }
    }

    pub fn contains(&self, place: Degrees) -> bool {
        self.frame
            .project(on_ellipsoid(place))
            .is_some_and(|point| self.contains_point(point))
    }

    /// Counts the boundary's crossings with a ray; an odd number is inside. On the boundary is inside.
    pub fn contains_point(&self, point: Point2) -> bool {
        let mut odd = false;
        let mut touches = false;
        self.boxes.visit(
            &mut (),
            |(), bounds| {
                bounds.low[1] <= point[1] + TOUCH
                    && point[1] - TOUCH <= bounds.high[1]
                    && point[0] - TOUCH <= bounds.high[0]
            },
            |(), index| {
                let (a, b) = (self.points[index], self.points[index + 1]);
                touches = distance_to_segment(point, a, b) <= TOUCH;
                odd ^= ray_crosses(point, a, b);
                !touches
            },
        );
        touches || odd
    }
}

/// Bounds of everything within `margin` metres of the places, which follow one another closely.
fn extent(places: impl Iterator<Item = Degrees>, margin: f64) -> Extent {
    // The shortest degree of latitude is 110.57 km; the radius of a small sphere makes angles larger, never smaller.
    let up = margin / 110_000.0;
    let (mut all, mut last) = (None::<Extent>, None::<f64>);
    for place in places {
        let step = last.map_or(0.0, |last| libm::remainder(place.longitude - last, 360.0));
        let longitude = last.map_or(place.longitude, |last| last + step);
        last = Some(longitude);
        let cos_latitude = libm::cos(place.latitude.to_radians());
        let sin = libm::sin(margin / 6_300_000.0) / cos_latitude;
        let aside = if sin < 1.0 {
            libm::asin(sin).to_degrees()
        } else {
            180.0
        };
        let one = Extent {
            south: place.latitude - up,
            north: place.latitude + up,
            west: longitude - aside,
            east: longitude + aside,
        };
        all = Some(all.map_or(one, |all| Extent {
            south: all.south.min(one.south),
            north: all.north.max(one.north),
            west: all.west.min(one.west),
            east: all.east.max(one.east),
        }));
    }
    let all = all.unwrap_or(Extent {
        south: -90.0,
        north: 90.0,
        west: -180.0,
        east: 180.0,
    });
    Extent {
        south: all.south.max(-90.0),
        north: all.north.min(90.0),
        ..all
    }
}

#[cfg(test)]
mod tests;
