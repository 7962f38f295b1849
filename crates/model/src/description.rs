//! The second description of a place: true bearing and distance from a listed reference point.
//!
//! It is entered from another source than the shape. Nothing in this project derives one from the other, except the
//! coarsening of a release, which describes the coarse shape anew.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::ids::ReferencePointId;
use crate::place::{Area, Position};
use crate::units::{Bearing, Millimetres};

/// Farthest that a place may be described from its reference point: 1,000 km.
pub const MAX_DESCRIBED_DISTANCE: Millimetres = Millimetres::from_metres(1_000_000);
/// Vaguest bearing that may be stated: 5 degrees either way.
pub const MAX_BEARING_PRECISION: u32 = 5_000;
/// Vaguest distance that may be stated: 20 km either way.
pub const MAX_DISTANCE_PRECISION: Millimetres = Millimetres::from_metres(20_000);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum DescriptionRefused {
    #[error(
        "a distance of {0} is not between 0 and {MAX_DESCRIBED_DISTANCE}: use a nearer reference point"
    )]
    Distance(Millimetres),
    #[error(
        "a bearing good to `{0}` thousandths of a degree is not between 1 and {MAX_BEARING_PRECISION}: measure it again"
    )]
    BearingPrecision(u32),
    #[error(
        "a distance good to {0} is not between 1 mm and {MAX_DISTANCE_PRECISION}: measure it again"
    )]
    DistancePrecision(Millimetres),
    #[error("the anchor is {anchor}, but the area is {area}: name a point that the area has")]
    Anchor { anchor: Anchor, area: &'static str },
    #[error(
        "the anchor is {anchor}, but the area has only {count}: name a point that the area has"
    )]
    NoSuchPoint { anchor: Anchor, count: usize },
}

crate::says! { DescriptionRefused, "description":
    "distance" Distance(distance);
    "bearing-precision" BearingPrecision(precision);
    "distance-precision" DistancePrecision(precision);
    "anchor" Anchor { anchor, area };
    "no-such-point" NoSuchPoint { anchor, count };
}

/// The one point of an area that bearing and distance lead to. Indices count from 0, in the order stated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Anchor {
    /// The centre of a circle. Circles have no other anchor.
    Centre,
    /// A vertex of a polygon. Polygons have no other: a centroid is nothing that a person can point at on a map.
    Vertex(u16),
    /// A point of a corridor's line.
    Point(u16),
}

/// For people, who count from 1.
impl fmt::Display for Anchor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Centre => f.write_str("the centre"),
            Self::Vertex(index) => write!(f, "corner {}", u32::from(*index) + 1),
            Self::Point(index) => write!(f, "point {} of the line", u32::from(*index) + 1),
        }
    }
}

impl Area {
    /// The anchor that is meant where none was chosen: the centre, the first vertex, the first point.
    pub const fn first_anchor(&self) -> Anchor {
        match self {
            Self::Circle(_) => Anchor::Centre,
            Self::Polygon(_) => Anchor::Vertex(0),
            Self::Corridor(_) => Anchor::Point(0),
        }
    }

    /// Where `anchor` is; refused if this area has no such point.
    pub fn position_of(&self, anchor: Anchor) -> Result<Position, DescriptionRefused> {
        let (points, index) = match (self, anchor) {
            (Self::Circle(circle), Anchor::Centre) => return Ok(circle.centre()),
            (Self::Polygon(polygon), Anchor::Vertex(index)) => (polygon.vertices(), index),
            (Self::Corridor(corridor), Anchor::Point(index)) => (corridor.points(), index),
            (Self::Circle(_), Anchor::Vertex(_) | Anchor::Point(_)) => {
                return Err(DescriptionRefused::Anchor {
                    anchor,
                    area: "a circle",
                });
            }
            (Self::Polygon(_), Anchor::Centre | Anchor::Point(_)) => {
                return Err(DescriptionRefused::Anchor {
                    anchor,
                    area: "a polygon",
                });
            }
            (Self::Corridor(_), Anchor::Centre | Anchor::Vertex(_)) => {
                return Err(DescriptionRefused::Anchor {
                    anchor,
                    area: "a corridor",
                });
            }
        };
        points
            .get(usize::from(index))
            .copied()
            .ok_or(DescriptionRefused::NoSuchPoint {
                anchor,
                count: points.len(),
            })
    }
}

/// True bearing and distance, along the geodesic, from a listed reference point to the volume's anchor.
///
/// Each precision is how far the true value may be off, either way: the bearing's in thousandths of a degree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "RawDescription", into = "RawDescription")]
pub struct SecondDescription {
    reference: ReferencePointId,
    anchor: Anchor,
    bearing: Bearing,
    bearing_precision: u32,
    distance: Millimetres,
    distance_precision: Millimetres,
}

/// The parts of a second description, before they are checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RawDescription {
    pub reference: ReferencePointId,
    pub anchor: Anchor,
    pub bearing: Bearing,
    /// Thousandths of a degree, 1 to `MAX_BEARING_PRECISION`.
    pub bearing_precision: u32,
    /// 0 to `MAX_DESCRIBED_DISTANCE`.
    pub distance: Millimetres,
    /// 1 mm to `MAX_DISTANCE_PRECISION`.
    pub distance_precision: Millimetres,
}

impl SecondDescription {
    pub fn new(raw: RawDescription) -> Result<Self, DescriptionRefused> {
        if raw.distance < Millimetres::ZERO || raw.distance > MAX_DESCRIBED_DISTANCE {
            return Err(DescriptionRefused::Distance(raw.distance));
        }
        if raw.bearing_precision == 0 || raw.bearing_precision > MAX_BEARING_PRECISION {
            return Err(DescriptionRefused::BearingPrecision(raw.bearing_precision));
        }
        if raw.distance_precision <= Millimetres::ZERO
            || raw.distance_precision > MAX_DISTANCE_PRECISION
        {
            return Err(DescriptionRefused::DistancePrecision(
                raw.distance_precision,
            ));
        }
        Ok(Self {
            reference: raw.reference,
            anchor: raw.anchor,
            bearing: raw.bearing,
            bearing_precision: raw.bearing_precision,
            distance: raw.distance,
            distance_precision: raw.distance_precision,
        })
    }

    pub const fn reference(&self) -> ReferencePointId {
        self.reference
    }

    pub const fn anchor(&self) -> Anchor {
        self.anchor
    }

    pub const fn bearing(&self) -> Bearing {
        self.bearing
    }

    /// Thousandths of a degree, either way.
    pub const fn bearing_precision(&self) -> u32 {
        self.bearing_precision
    }

    pub const fn distance(&self) -> Millimetres {
        self.distance
    }

    pub const fn distance_precision(&self) -> Millimetres {
        self.distance_precision
    }
}

impl TryFrom<RawDescription> for SecondDescription {
    type Error = DescriptionRefused;
    fn try_from(raw: RawDescription) -> Result<Self, DescriptionRefused> {
        Self::new(raw)
    }
}

impl From<SecondDescription> for RawDescription {
    fn from(second: SecondDescription) -> Self {
        Self {
            reference: second.reference,
            anchor: second.anchor,
            bearing: second.bearing,
            bearing_precision: second.bearing_precision,
            distance: second.distance,
            distance_precision: second.distance_precision,
        }
    }
}

/// `the centre is 224.1° and 4.67 km from airfield`.
impl fmt::Display for SecondDescription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} is {} and {} from {}",
            self.anchor, self.bearing, self.distance, self.reference
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::place::{Circle, Polygon};

    fn raw() -> RawDescription {
        RawDescription {
            reference: "airfield".parse().unwrap(),
            anchor: Anchor::Centre,
            bearing: Bearing::from_millidegrees(224_000).unwrap(),
            bearing_precision: 500,
            distance: Millimetres::from_metres(4_700),
            distance_precision: Millimetres::from_metres(50),
        }
    }

    #[test]
    fn a_description_keeps_to_its_bounds() {
        assert!(SecondDescription::new(raw()).is_ok());
        let limit = RawDescription {
            distance: MAX_DESCRIBED_DISTANCE,
            bearing_precision: MAX_BEARING_PRECISION,
            distance_precision: MAX_DISTANCE_PRECISION,
            ..raw()
        };
        assert!(SecondDescription::new(limit).is_ok());
        let over = MAX_DESCRIBED_DISTANCE.saturating_add(Millimetres::from_metres(1));
        assert!(
            SecondDescription::new(RawDescription {
                distance: over,
                ..raw()
            })
            .is_err()
        );
        for bearing_precision in [0, MAX_BEARING_PRECISION + 1] {
            assert!(
                SecondDescription::new(RawDescription {
                    bearing_precision,
                    ..raw()
                })
                .is_err()
            );
        }
        for distance_precision in [Millimetres::ZERO, over] {
            assert!(
                SecondDescription::new(RawDescription {
                    distance_precision,
                    ..raw()
                })
                .is_err()
            );
        }
    }

    #[test]
    fn an_anchor_is_a_point_that_the_area_has() {
        let at = |latitude| Position::from_e7(latitude, 0).unwrap();
        let circle = Area::Circle(Circle::new(at(7), Millimetres::from_metres(5)).unwrap());
        let polygon = Area::Polygon(Polygon::new(vec![at(0), at(1), at(2)]).unwrap());
        assert_eq!(circle.position_of(circle.first_anchor()), Ok(at(7)));
        assert_eq!(polygon.position_of(Anchor::Vertex(2)), Ok(at(2)));
        assert_eq!(
            polygon
                .position_of(Anchor::Vertex(3))
                .unwrap_err()
                .to_string(),
            "the anchor is corner 4, but the area has only 3: name a point that the area has"
        );
        assert!(circle.position_of(Anchor::Vertex(0)).is_err());
        assert!(polygon.position_of(Anchor::Centre).is_err());
    }
}
