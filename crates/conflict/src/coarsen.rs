//! Making a place vaguer before it is released.
//!
//! A position becomes the square of a fixed grid that contains it; an area becomes one that covers it. What comes out
//! depends on nothing but the squares that the true points lie in and on sizes rounded up, so that a reader learns no
//! more than that. The grid is tied to the globe, not to the place.

use model::description::{DescriptionRefused, RawDescription, SecondDescription};
use model::ids::ReferencePointId;
use model::place::{Area, Circle, Corridor, DEGREE_E7, PlaceRefused, Polygon, Position};
use model::units::{Bearing, Millimetres};
use thiserror::Error;

use crate::geodesy::{inverse, leg, wrapped};
use crate::plane::side;
use crate::shape::Shape;
use crate::space::{Frame, Point2, mean_direction, on_ellipsoid};

/// Finest and coarsest squares: 10 m and 100 km.
pub const MIN_PRECISION: Millimetres = Millimetres::from_metres(10);
pub const MAX_PRECISION: Millimetres = Millimetres::from_metres(100_000);
/// However coarse an area is, its second description leads to it: vaguer ones are accepted by nobody, for they would not
/// find an error of a kilometre.
const DESCRIBED_WITHIN: Millimetres = Millimetres::from_metres(250);
/// Squares end here, in degrees of latitude north and south.
pub const MAX_LATITUDE: i32 = 85;
/// Widest polygon that is coarsened: every vertex within 500 km of the middle, in metres.
const MAX_POLYGON_REACH: f64 = 500_000.0;

#[derive(Debug, Clone, Copy, PartialEq, Error)]
pub enum CoarsenRefused {
    #[error(
        "a precision of {0} is not between {MIN_PRECISION} and {MAX_PRECISION}: give one that is"
    )]
    Precision(Millimetres),
    #[error(
        "no coarse position is carried beyond {MAX_LATITUDE} degrees north or south: describe the place in words"
    )]
    NearPole,
    #[error("the polygon is too wide to be made coarse: split it")]
    TooWide,
    #[error("the coarse area is too large to be carried: use a finer precision or split the area")]
    TooLarge(#[from] PlaceRefused),
}

model::says! { CoarsenRefused, "coarsen":
    "precision" Precision(precision);
    "near-pole" NearPole;
    "too-wide" TooWide;
    "too-large" TooLarge(because);
}

/// An area that stands for a truer one. Only this can be described anew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coarse {
    area: Area,
    /// How wide its squares are, at least.
    precision: Millimetres,
}

impl Coarse {
    pub fn area(&self) -> &Area {
        &self.area
    }

    pub fn into_area(self) -> Area {
        self.area
    }

    /// The second description of the coarse area, from a reference point at `position`, with no more digits than it is
    /// good for. It tells nothing that the coarse area does not.
    ///
    /// Refused if the reference point is too far away.
    pub fn describe(
        &self,
        reference: ReferencePointId,
        position: Position,
    ) -> Result<SecondDescription, DescriptionRefused> {
        let anchor = self.area.first_anchor();
        let leg = leg(position, self.area.position_of(anchor)?);
        let good_for = self.precision.min(DESCRIBED_WITHIN).as_mm();
        // Rounding puts it off by half a step at most, and each step is stated in full.
        let step = [100_000, 10_000]
            .into_iter()
            .find(|step| *step <= good_for)
            .unwrap_or(1_000);
        let distance = rounded(leg.distance.as_mm(), step);
        // How far a thousandth of a degree leads aside, in millimetres: 17.5 m at 1,000 km.
        let aside = distance / 57_295 + 1;
        let turns = [1_000, 100, 10];
        let turn = turns
            .into_iter()
            .find(|turn| turn * aside <= good_for)
            .unwrap_or(1);
        let bearing = rounded(i64::from(leg.bearing.as_millidegrees()), turn);
        let bearing = u32::try_from(bearing).unwrap_or_default() % Bearing::TURN;
        SecondDescription::new(RawDescription {
            reference,
            anchor,
            // INVARIANT: below a full turn.
            bearing: Bearing::from_millidegrees(bearing).unwrap_or(leg.bearing),
            bearing_precision: u32::try_from(turn).unwrap_or(1),
            distance: Millimetres::new(distance).unwrap_or(leg.distance),
            distance_precision: Millimetres::new(step).unwrap_or(Millimetres::ZERO),
        })
    }
}

/// The nearest multiple of `step`.
fn rounded(number: i64, step: i64) -> i64 {
    (number + step / 2).div_euclid(step) * step
}

/// The square that contains `position`: at least `precision` from side to side, and less than 1.2 times that, except
/// that in each row of the grid the last before the antimeridian can be almost twice as wide.
pub fn square_containing(
    position: Position,
    precision: Millimetres,
) -> Result<Coarse, CoarsenRefused> {
    let corners = Cell::of(position, precision)?.corners(0.0)?;
    Ok(Coarse {
        area: Area::Polygon(Polygon::new(corners.to_vec())?),
        precision,
    })
}

/// An area that covers all of `shape`.
///
/// A circle and a corridor are moved to the middles of squares and widened; a polygon becomes the hull of the squares
/// of its vertices.
pub fn covering(shape: &Shape, precision: Millimetres) -> Result<Coarse, CoarsenRefused> {
    let area = match shape.area() {
        Area::Circle(circle) => {
            let cell = Cell::of(circle.centre(), precision)?;
            around(&cell, circle.radius(), precision)?
        }
        Area::Corridor(corridor) => along(corridor, precision)?,
        Area::Polygon(polygon) => hull(polygon, precision)?,
    };
    Ok(Coarse { area, precision })
}

fn around(
    cell: &Cell,
    radius: Millimetres,
    precision: Millimetres,
) -> Result<Area, CoarsenRefused> {
    let wide = rounded_up(radius.saturating_add(cell.half_diagonal()?), precision);
    Ok(Area::Circle(Circle::new(cell.middle()?, wide)?))
}

fn along(corridor: &Corridor, precision: Millimetres) -> Result<Area, CoarsenRefused> {
    let mut cells = Vec::with_capacity(corridor.points().len());
    for point in corridor.points() {
        cells.push(Cell::of(*point, precision)?);
    }
    cells.dedup();
    let width = corridor.width();
    let half = Millimetres::new((width.as_mm() + 1) / 2).unwrap_or(width);
    if let [only] = cells.as_slice() {
        return around(only, half, precision);
    }
    let mut off = Millimetres::ZERO;
    for cell in &cells {
        off = off.max(cell.half_diagonal()?);
    }
    let points = cells
        .iter()
        .map(Cell::middle)
        .collect::<Result<Vec<_>, _>>()?;
    let wide = rounded_up(width.saturating_add(off).saturating_add(off), precision);
    Ok(Area::Corridor(Corridor::new(points, wide)?))
}

fn hull(polygon: &Polygon, precision: Millimetres) -> Result<Area, CoarsenRefused> {
    let mut cells = polygon
        .vertices()
        .iter()
        .map(|vertex| Cell::of(*vertex, precision))
        .collect::<Result<Vec<_>, _>>()?;
    cells.sort_unstable();
    cells.dedup();
    let mut corners = Vec::with_capacity(4 * cells.len());
    for cell in &cells {
        corners.extend(cell.corners(0.0)?);
    }
    let places: Vec<_> = corners
        .iter()
        .map(|corner| on_ellipsoid((*corner).into()))
        .collect();
    let hub = mean_direction(&places).ok_or(CoarsenRefused::TooWide)?;
    let reach = corners
        .iter()
        .map(|corner| inverse(hub, (*corner).into()).0)
        .fold(0.0, f64::max);
    if reach > MAX_POLYGON_REACH {
        return Err(CoarsenRefused::TooWide);
    }
    // What an edge as long as all this can stray from a straight line in the plane: of the true edges, and of the hull's.
    let slant = 0.0101 * reach / 6_350_000.0 + 1.0e-6;
    let stray = 2.0 * (2.0 * reach) * (2.0 * reach) / (8.0 * 6_350_000.0) * slant + 0.05;
    let frame = Frame::at(hub);
    let mut points = Vec::with_capacity(corners.len());
    for (index, cell) in cells.iter().enumerate() {
        // Where two squares of a row meet they share their corners: beside each other they would be there twice.
        let follows = |west: &Cell, east: &Cell| {
            west.south == east.south && west.west + west.width == east.west
        };
        let before = index.checked_sub(1).and_then(|before| cells.get(before));
        let aside = Aside {
            west: !before.is_some_and(|west| follows(west, cell)),
            east: !cells.get(index + 1).is_some_and(|east| follows(cell, east)),
        };
        for corner in cell.corners_aside(stray, aside)? {
            let point = frame
                .project(on_ellipsoid(corner.into()))
                .ok_or(CoarsenRefused::TooWide)?;
            points.push((point, corner));
        }
    }
    Ok(Area::Polygon(Polygon::new(convex(points))?))
}

/// Andrew's monotone chain, counterclockwise, leaving out points on the hull's edges.
fn convex(mut points: Vec<(Point2, Position)>) -> Vec<Position> {
    points.sort_by(|one, other| {
        one.0[0]
            .total_cmp(&other.0[0])
            .then(one.0[1].total_cmp(&other.0[1]))
    });
    points.dedup_by(|one, other| one.1 == other.1);
    let half = |points: &mut dyn Iterator<Item = &(Point2, Position)>| {
        let mut hull: Vec<(Point2, Position)> = Vec::new();
        for point in points {
            while let [.., before, last] = hull.as_slice()
                && side(before.0, last.0, point.0) <= 0.0
            {
                hull.pop();
            }
            hull.push(*point);
        }
        hull.pop();
        hull
    };
    let mut hull = half(&mut points.iter());
    hull.extend(half(&mut points.iter().rev()));
    hull.into_iter().map(|point| point.1).collect()
}

fn rounded_up(length: Millimetres, step: Millimetres) -> Millimetres {
    let (length, step) = (length.as_mm(), step.as_mm());
    Millimetres::new((length + step - 1).div_euclid(step) * step).unwrap_or(Millimetres::MAX)
}

/// One square of the grid, in 1e-7 degree; its south and west sides belong to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Cell {
    south: i32,
    north: i32,
    west: i32,
    /// East of `west`, beyond 180 degrees rather than wrapped.
    width: i32,
}

/// On which sides a square is moved out.
#[derive(Debug, Clone, Copy)]
struct Aside {
    west: bool,
    east: bool,
}

const TURN: i64 = 360 * DEGREE_E7 as i64;

impl Cell {
    fn of(position: Position, precision: Millimetres) -> Result<Self, CoarsenRefused> {
        if precision < MIN_PRECISION || precision > MAX_PRECISION {
            return Err(CoarsenRefused::Precision(precision));
        }
        let metres = precision.as_mm() as f64 / 1_000.0;
        // The shortest degree of latitude is 110,574 m, at the equator.
        let step = libm::ceil(metres / 110_574.0 * f64::from(DEGREE_E7)) as i32;
        let south = position.latitude().as_e7().div_euclid(step) * step;
        let north = south + step;
        let farthest = south.unsigned_abs().max(north.unsigned_abs());
        if farthest > MAX_LATITUDE.unsigned_abs() * DEGREE_E7.unsigned_abs() {
            return Err(CoarsenRefused::NearPole);
        }
        // A degree of longitude at the equator is 111,319.49 m; elsewhere it is at least that times the cosine.
        let cosine = libm::cos((f64::from(farthest) / f64::from(DEGREE_E7)).to_radians());
        let across = libm::ceil(metres / (111_319.0 * cosine) * f64::from(DEGREE_E7)) as i64;
        let count = TURN / across;
        let offset = i64::from(position.longitude().as_e7()) + TURN / 2;
        let column = (offset / across).min(count - 1);
        let width = if column == count - 1 {
            TURN - column * across
        } else {
            across
        };
        // INVARIANT: a square at 85 degrees is at most 21 degrees wide, so all of this fits.
        Ok(Self {
            south,
            north,
            west: (column * across - TURN / 2) as i32,
            width: width as i32,
        })
    }

    fn middle(&self) -> Result<Position, CoarsenRefused> {
        let latitude = self.south + (self.north - self.south) / 2;
        Ok(Position::from_e7(
            latitude,
            shifted(self.west, self.width / 2),
        )?)
    }

    /// No point of the square is farther than this from its middle.
    fn half_diagonal(&self) -> Result<Millimetres, CoarsenRefused> {
        let middle = self.middle()?;
        let longest = self
            .corners(0.0)?
            .iter()
            .map(|corner| leg(middle, *corner).distance)
            .max();
        // 1 % for edges of 1,000 km, which can lie farther apart between their ends than at them.
        let mm = longest.unwrap_or(Millimetres::ZERO).as_mm();
        Ok(Millimetres::new(mm + mm / 100 + 100).unwrap_or(Millimetres::MAX))
    }

    /// Corners whose geodesics go around all of the square, `stray` metres away; counterclockwise from the south-west.
    ///
    /// A geodesic between two points of one parallel bulges to the pole. On the side that faces the equator it would cut
    /// into the square, so that side is moved out by as much.
    fn corners(&self, stray: f64) -> Result<[Position; 4], CoarsenRefused> {
        let both = Aside {
            west: true,
            east: true,
        };
        self.corners_aside(stray, both)
    }

    /// The same, moved out to the west and to the east only where nothing else covers what lies there.
    fn corners_aside(&self, stray: f64, out: Aside) -> Result<[Position; 4], CoarsenRefused> {
        let one = f64::from(DEGREE_E7);
        let up = libm::ceil(stray / 110_000.0 * one) as i32;
        let farthest = self.south.unsigned_abs().max(self.north.unsigned_abs());
        let cosine = libm::cos((f64::from(farthest) / one).to_radians());
        let aside = libm::ceil(stray / (110_000.0 * cosine) * one) as i32;
        let mut south = self.south - up;
        let mut north = self.north + up;
        if self.south > 0 {
            south -= bulge(self.south, self.width);
        } else if self.north < 0 {
            north += bulge(self.north, self.width);
        }
        let moved = |is_out: bool| if is_out { aside } else { 0 };
        let (west, east) = (
            shifted(self.west, -moved(out.west)),
            shifted(self.west, self.width + moved(out.east)),
        );
        Ok([
            Position::from_e7(south, west)?,
            Position::from_e7(south, east)?,
            Position::from_e7(north, east)?,
            Position::from_e7(north, west)?,
        ])
    }
}

fn shifted(longitude: i32, by: i32) -> i32 {
    let sum = i64::from(longitude) + i64::from(by);
    let turned = (sum + TURN / 2).rem_euclid(TURN) - TURN / 2;
    wrapped(turned as i32)
}

/// How far, in 1e-7 degree of latitude and rounded up, a geodesic between two points of a parallel leaves it.
fn bulge(parallel: i32, width: i32) -> i32 {
    let one = f64::from(DEGREE_E7);
    let latitude = (f64::from(parallel.unsigned_abs()) / one).to_radians();
    let half = (f64::from(width) / one / 2.0).to_radians();
    // On the sphere; 2 % covers the ellipsoid.
    let middle = libm::atan(libm::tan(latitude) / libm::cos(half));
    libm::ceil(1.02 * (middle - latitude).to_degrees() * one) as i32 + 1
}

#[cfg(test)]
mod tests;
