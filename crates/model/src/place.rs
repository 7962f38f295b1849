//! Positions and areas on the WGS-84 ellipsoid, as integers.
//!
//! What is refused here needs no geometry. Crossing edges, poles, extent and the like are judged by
//! `conflict::shape`, which every area from outside must pass.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::units::Millimetres;

/// Units of 1e-7 degree in one degree.
pub const DEGREE_E7: i32 = 10_000_000;
const QUARTER_E7: i32 = 90 * DEGREE_E7;
const HALF_E7: i32 = 180 * DEGREE_E7;

/// Most vertices of a polygon.
pub const MAX_VERTICES: usize = 10_000;
/// Most points along a corridor.
pub const MAX_CORRIDOR_POINTS: usize = 1_000;
/// Radius of a circle: 1 m to 500 km.
pub const MIN_RADIUS: Millimetres = Millimetres::from_metres(1);
pub const MAX_RADIUS: Millimetres = Millimetres::from_metres(500_000);
/// Full width of a corridor, from edge to edge: 1 m to 200 km.
pub const MIN_WIDTH: Millimetres = Millimetres::from_metres(1);
pub const MAX_WIDTH: Millimetres = Millimetres::from_metres(200_000);

/// Why something is no position, or no area.
/// Corners and points count from 1, as people count them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum PlaceRefused {
    #[error("latitude `{}` is beyond 90 degrees: check that latitude and longitude are not swapped", Degrees(*.0))]
    Latitude(i32),
    #[error("longitude `{}` is beyond 180 degrees: give it between -180 and 180", Degrees(*.0))]
    Longitude(i32),
    #[error("polygon has {given} vertices, at most {MAX_VERTICES} are carried: simplify it")]
    TooManyVertices { given: usize },
    #[error("polygon has {given} vertices, at least 3 are needed: give more, or a circle")]
    TooFewVertices { given: usize },
    #[error(
        "polygon repeats corner {first} as corner {second}, at {at}: leave one of them out (the ring closes by itself)"
    )]
    RepeatedVertex {
        first: usize,
        second: usize,
        at: Position,
    },
    #[error("corridor has {given} points, at most {MAX_CORRIDOR_POINTS} are carried: split it")]
    TooManyPoints { given: usize },
    #[error("corridor has {given} points, at least 2 are needed: give more, or a circle")]
    TooFewPoints { given: usize },
    #[error(
        "corridor stands still at point {index}, {at}: leave the second of the equal points out"
    )]
    RepeatedPoint { index: usize, at: Position },
    #[error("radius of {given} is not between {MIN_RADIUS} and {MAX_RADIUS}: give one that is")]
    Radius { given: Millimetres },
    #[error(
        "corridor width of {given} is not between {MIN_WIDTH} and {MAX_WIDTH}: give one that is"
    )]
    Width { given: Millimetres },
}

crate::says! { PlaceRefused, "place":
    "latitude" Latitude(e7);
    "longitude" Longitude(e7);
    "too-many-vertices" TooManyVertices { given };
    "too-few-vertices" TooFewVertices { given };
    "repeated-vertex" RepeatedVertex { first, second, at };
    "too-many-points" TooManyPoints { given };
    "too-few-points" TooFewPoints { given };
    "repeated-point" RepeatedPoint { index, at };
    "radius" Radius { given };
    "width" Width { given };
}

/// Prints units of 1e-7 degree as degrees with seven decimals.
struct Degrees(i32);

impl fmt::Display for Degrees {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let (one, magnitude) = (DEGREE_E7.unsigned_abs(), self.0.unsigned_abs());
        write!(f, "{sign}{}.{:07}", magnitude / one, magnitude % one)
    }
}

/// Geodetic latitude in 1e-7 degree, north positive, within ±90 degrees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "i32", into = "i32")]
pub struct Latitude(i32);

impl Latitude {
    pub const fn from_e7(e7: i32) -> Result<Self, PlaceRefused> {
        if e7 < -QUARTER_E7 || e7 > QUARTER_E7 {
            return Err(PlaceRefused::Latitude(e7));
        }
        Ok(Self(e7))
    }

    pub const fn as_e7(self) -> i32 {
        self.0
    }

    pub const fn is_pole(self) -> bool {
        self.0 == QUARTER_E7 || self.0 == -QUARTER_E7
    }
}

impl TryFrom<i32> for Latitude {
    type Error = PlaceRefused;
    fn try_from(e7: i32) -> Result<Self, PlaceRefused> {
        Self::from_e7(e7)
    }
}

impl From<Latitude> for i32 {
    fn from(latitude: Latitude) -> i32 {
        latitude.0
    }
}

impl fmt::Display for Latitude {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Degrees(self.0).fmt(f)
    }
}

/// Longitude in 1e-7 degree, east positive, in [-180, 180): 180 is kept as -180.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "i32", into = "i32")]
pub struct Longitude(i32);

impl Longitude {
    pub const fn from_e7(e7: i32) -> Result<Self, PlaceRefused> {
        if e7 < -HALF_E7 || e7 > HALF_E7 {
            return Err(PlaceRefused::Longitude(e7));
        }
        Ok(Self(if e7 == HALF_E7 { -HALF_E7 } else { e7 }))
    }

    pub const fn as_e7(self) -> i32 {
        self.0
    }
}

impl TryFrom<i32> for Longitude {
    type Error = PlaceRefused;
    fn try_from(e7: i32) -> Result<Self, PlaceRefused> {
        Self::from_e7(e7)
    }
}

impl From<Longitude> for i32 {
    fn from(longitude: Longitude) -> i32 {
        longitude.0
    }
}

impl fmt::Display for Longitude {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Degrees(self.0).fmt(f)
    }
}

/// A point on the WGS-84 ellipsoid. One point has one value: at a pole the longitude is 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "RawPosition", into = "RawPosition")]
pub struct Position {
    latitude: Latitude,
    longitude: Longitude,
}

#[derive(Serialize, Deserialize)]
struct RawPosition {
    latitude: Latitude,
    longitude: Longitude,
}

impl From<RawPosition> for Position {
    fn from(raw: RawPosition) -> Self {
        Self::new(raw.latitude, raw.longitude)
    }
}

impl From<Position> for RawPosition {
    fn from(position: Position) -> Self {
        Self {
            latitude: position.latitude,
            longitude: position.longitude,
        }
    }
}

impl Position {
    pub const fn new(latitude: Latitude, longitude: Longitude) -> Self {
        if latitude.is_pole() {
            return Self {
                latitude,
                longitude: Longitude(0),
            };
        }
        Self {
            latitude,
            longitude,
        }
    }

    /// From units of 1e-7 degree, latitude first.
    pub const fn from_e7(latitude: i32, longitude: i32) -> Result<Self, PlaceRefused> {
        let latitude = match Latitude::from_e7(latitude) {
            Ok(latitude) => latitude,
            Err(refused) => return Err(refused),
        };
        match Longitude::from_e7(longitude) {
            Ok(longitude) => Ok(Self::new(latitude, longitude)),
            Err(refused) => Err(refused),
        }
    }

    pub const fn latitude(self) -> Latitude {
        self.latitude
    }

    pub const fn longitude(self) -> Longitude {
        self.longitude
    }

    /// The same two numbers the other way round, if they are a position at all.
    pub fn swapped(self) -> Option<Self> {
        Self::from_e7(self.longitude.0, self.latitude.0).ok()
    }
}

/// `35.2550000, 40.1400000`: latitude, then longitude, in degrees. A console isolates it from right-to-left text.
impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {}", self.latitude, self.longitude)
    }
}

/// A position as it was stated: the place meant lies within `precision` of `position`.
///
/// For a grid reference `position` is the south-west corner and `precision` reaches the far corner of its square.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct StatedPosition {
    pub position: Position,
    pub precision: Millimetres,
}

/// Ground that a volume covers, its boundary included.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Area {
    Polygon(Polygon),
    Circle(Circle),
    Corridor(Corridor),
}

/// A ring of 3 to `MAX_VERTICES` different vertices joined by geodesics; the last joins the first.
///
/// It is kept in the order and winding in which it was stated, because an anchor names a vertex by its index.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Vec<Position>", into = "Vec<Position>")]
pub struct Polygon {
    vertices: Vec<Position>,
}

impl Polygon {
    pub fn new(vertices: Vec<Position>) -> Result<Self, PlaceRefused> {
        let given = vertices.len();
        if given > MAX_VERTICES {
            return Err(PlaceRefused::TooManyVertices { given });
        }
        if given < 3 {
            return Err(PlaceRefused::TooFewVertices { given });
        }
        if let Some((first, second)) = repeated(&vertices) {
            return Err(PlaceRefused::RepeatedVertex {
                first: first + 1,
                second: second + 1,
                at: vertices[first],
            });
        }
        Ok(Self { vertices })
    }

    pub fn vertices(&self) -> &[Position] {
        &self.vertices
    }
}

/// Indices, ascending, of two equal positions.
fn repeated(vertices: &[Position]) -> Option<(usize, usize)> {
    let mut order: Vec<(Position, usize)> = vertices.iter().copied().zip(0..).collect();
    order.sort_unstable();
    order
        .windows(2)
        .filter(|pair| pair[0].0 == pair[1].0)
        .map(|pair| (pair[0].1, pair[1].1))
        .min()
}

impl TryFrom<Vec<Position>> for Polygon {
    type Error = PlaceRefused;
    fn try_from(vertices: Vec<Position>) -> Result<Self, PlaceRefused> {
        Self::new(vertices)
    }
}

impl From<Polygon> for Vec<Position> {
    fn from(polygon: Polygon) -> Self {
        polygon.vertices
    }
}

/// All points within `radius`, measured along geodesics, of `centre`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "RawCircle", into = "RawCircle")]
pub struct Circle {
    centre: Position,
    radius: Millimetres,
}

#[derive(Serialize, Deserialize)]
struct RawCircle {
    centre: Position,
    radius: Millimetres,
}

impl Circle {
    pub fn new(centre: Position, radius: Millimetres) -> Result<Self, PlaceRefused> {
        if radius < MIN_RADIUS || radius > MAX_RADIUS {
            return Err(PlaceRefused::Radius { given: radius });
        }
        Ok(Self { centre, radius })
    }

    pub const fn centre(&self) -> Position {
        self.centre
    }

    pub const fn radius(&self) -> Millimetres {
        self.radius
    }
}

impl TryFrom<RawCircle> for Circle {
    type Error = PlaceRefused;
    fn try_from(raw: RawCircle) -> Result<Self, PlaceRefused> {
        Self::new(raw.centre, raw.radius)
    }
}

impl From<Circle> for RawCircle {
    fn from(circle: Circle) -> Self {
        Self {
            centre: circle.centre,
            radius: circle.radius,
        }
    }
}

/// All points within half of `width` of a line of 2 to `MAX_CORRIDOR_POINTS` points joined by geodesics.
///
/// The ends are round. The line may cross itself and pass a point again, but not stand still.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "RawCorridor", into = "RawCorridor")]
pub struct Corridor {
    points: Vec<Position>,
    width: Millimetres,
}

#[derive(Serialize, Deserialize)]
struct RawCorridor {
    points: Vec<Position>,
    width: Millimetres,
}

impl Corridor {
    pub fn new(points: Vec<Position>, width: Millimetres) -> Result<Self, PlaceRefused> {
        let given = points.len();
        if given > MAX_CORRIDOR_POINTS {
            return Err(PlaceRefused::TooManyPoints { given });
        }
        if given < 2 {
            return Err(PlaceRefused::TooFewPoints { given });
        }
        if let Some(index) = points.windows(2).position(|pair| pair[0] == pair[1]) {
            return Err(PlaceRefused::RepeatedPoint {
                index: index + 1,
                at: points[index],
            });
        }
        if width < MIN_WIDTH || width > MAX_WIDTH {
            return Err(PlaceRefused::Width { given: width });
        }
        Ok(Self { points, width })
    }

    pub fn points(&self) -> &[Position] {
        &self.points
    }

    /// The full width, from edge to edge.
    pub const fn width(&self) -> Millimetres {
        self.width
    }
}

impl TryFrom<RawCorridor> for Corridor {
    type Error = PlaceRefused;
    fn try_from(raw: RawCorridor) -> Result<Self, PlaceRefused> {
        Self::new(raw.points, raw.width)
    }
}

impl From<Corridor> for RawCorridor {
    fn from(corridor: Corridor) -> Self {
        Self {
            points: corridor.points,
            width: corridor.width,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(latitude: i32, longitude: i32) -> Position {
        Position::from_e7(latitude, longitude).unwrap()
    }

    fn row(count: usize) -> Vec<Position> {
        (0..count).map(|index| at(index as i32, 0)).collect()
    }

    #[test]
    fn one_point_has_one_value() {
        assert_eq!(at(0, HALF_E7), at(0, -HALF_E7));
        assert_eq!(at(QUARTER_E7, 12), at(QUARTER_E7, 34));
    }

    #[test]
    fn a_latitude_over_ninety_hints_at_a_swap() {
        let refused = Position::from_e7(1_000_000_000, 0).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "latitude `100.0000000` is beyond 90 degrees: check that latitude and longitude are not swapped"
        );
        assert!(Position::from_e7(0, HALF_E7 + 1).is_err());
    }

    #[test]
    fn a_polygon_is_carried_up_to_its_limit() {
        assert!(Polygon::new(row(MAX_VERTICES)).is_ok());
        assert_eq!(
            Polygon::new(row(MAX_VERTICES + 1)).unwrap_err().to_string(),
            "polygon has 10001 vertices, at most 10000 are carried: simplify it"
        );
        assert!(Polygon::new(row(2)).is_err());
    }

    #[test]
    fn a_polygon_that_repeats_a_vertex_names_both() {
        let mut vertices = row(4);
        vertices.push(at(1, 0));
        assert_eq!(
            Polygon::new(vertices),
            Err(PlaceRefused::RepeatedVertex {
                first: 2,
                second: 5,
                at: at(1, 0)
            })
        );
    }

    #[test]
    fn a_corridor_may_cross_itself_but_not_stand_still() {
        let width = Millimetres::from_metres(100);
        assert!(Corridor::new(vec![at(0, 0), at(1, 1), at(0, 0)], width).is_ok());
        assert!(Corridor::new(vec![at(0, 0), at(0, 0), at(1, 1)], width).is_err());
        assert!(Corridor::new(row(MAX_CORRIDOR_POINTS), width).is_ok());
        assert!(Corridor::new(row(MAX_CORRIDOR_POINTS + 1), width).is_err());
        assert!(
            Corridor::new(
                row(2),
                MAX_WIDTH.saturating_add(Millimetres::from_metres(1))
            )
            .is_err()
        );
    }

    #[test]
    fn a_circle_keeps_to_its_radii() {
        assert!(Circle::new(at(0, 0), MIN_RADIUS).is_ok());
        assert!(Circle::new(at(0, 0), MAX_RADIUS).is_ok());
        assert!(Circle::new(at(0, 0), Millimetres::ZERO).is_err());
    }
}
