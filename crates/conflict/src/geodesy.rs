//! Distance and true bearing along geodesics (Karney 2013, by `geographiclib-rs`).
//!
//! The algorithm is good to 15 nanometres everywhere, antipodes included; what limits a result is its own unit.

use geographiclib_rs::{DirectGeodesic, Geodesic, InverseGeodesic};
use model::place::{Area, DEGREE_E7, Position};
use model::units::{Bearing, Millimetres};

use crate::space::{mean_direction, on_ellipsoid};

/// From one position to another: how far, and in which direction one sets out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Leg {
    /// Rounded to the nearest millimetre.
    pub distance: Millimetres,
    /// At the start of the leg, rounded to the nearest thousandth of a degree. North if the two positions are equal;
    /// at a pole it counts from the meridian of Greenwich.
    pub bearing: Bearing,
}

/// The geodesic from `from` to `to`. Between antipodes, where several are shortest, one of them.
pub fn leg(from: Position, to: Position) -> Leg {
    if from == to {
        return Leg {
            distance: Millimetres::ZERO,
            bearing: Bearing::NORTH,
        };
    }
    let (metres, azimuth, _) = inverse(from.into(), to.into());
    Leg {
        distance: millimetres(metres),
        bearing: bearing(azimuth),
    }
}

/// Where one arrives from `from` after `distance` in the direction `bearing`, rounded to 1e-7 degree (at most 8 mm off).
pub fn destination(from: Position, bearing: Bearing, distance: Millimetres) -> Position {
    let azimuth = f64::from(bearing.as_millidegrees()) / 1_000.0;
    let (place, _) = direct(from.into(), azimuth, distance.as_mm() as f64 / 1_000.0);
    place.rounded()
}

/// The centre of a circle; of another area the middle of its points, which need not lie in it. For saying where an area
/// is, not for deciding anything.
pub fn middle(area: &Area) -> Position {
    let points = match area {
        Area::Circle(circle) => return circle.centre(),
        Area::Polygon(polygon) => polygon.vertices(),
        Area::Corridor(corridor) => corridor.points(),
    };
    let directions: Vec<_> = (points.iter())
        .map(|point| on_ellipsoid((*point).into()))
        .collect();
    let first = points.first().copied().unwrap_or(ORIGIN);
    mean_direction(&directions).map_or(first, Degrees::rounded)
}

/// How far an area reaches from its [`middle`], at the most; good to a metre, rounded outward.
pub fn reach(area: &Area) -> Millimetres {
    let at = middle(area);
    let farthest = |points: &[Position]| {
        let legs = points.iter().map(|point| leg(at, *point).distance);
        legs.max().unwrap_or(Millimetres::ZERO)
    };
    match area {
        Area::Circle(circle) => circle.radius(),
        Area::Polygon(polygon) => farthest(polygon.vertices()).saturating_add(METRE),
        Area::Corridor(corridor) => {
            let half = Millimetres::new(corridor.width().as_mm() / 2).unwrap_or(Millimetres::ZERO);
            farthest(corridor.points())
                .saturating_add(half)
                .saturating_add(METRE)
        }
    }
}

const METRE: Millimetres = Millimetres::from_metres(1);

/// Geodetic latitude and longitude in degrees, not rounded.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Degrees {
    pub latitude: f64,
    pub longitude: f64,
}

impl From<Position> for Degrees {
    fn from(position: Position) -> Self {
        let one = f64::from(DEGREE_E7);
        Self {
            latitude: f64::from(position.latitude().as_e7()) / one,
            longitude: f64::from(position.longitude().as_e7()) / one,
        }
    }
}

impl Degrees {
    /// To the nearest position.
    pub fn rounded(self) -> Position {
        let e7 = |degrees: f64| libm::round(degrees * f64::from(DEGREE_E7)) as i32;
        let quarter = 90 * DEGREE_E7;
        let latitude = e7(self.latitude).clamp(-quarter, quarter);
        let longitude = wrapped(e7(libm::remainder(self.longitude, 360.0)));
        // INVARIANT: both are within their bounds by now.
        Position::from_e7(latitude, longitude).unwrap_or(ORIGIN)
    }
}

const ORIGIN: Position = match Position::from_e7(0, 0) {
    Ok(origin) => origin,
    Err(_) => unreachable!(),
};

/// Longitude in 1e-7 degree brought into [-180, 180).
pub(crate) fn wrapped(longitude: i32) -> i32 {
    let turn = 360 * i64::from(DEGREE_E7);
    let half = turn / 2;
    ((i64::from(longitude) + half).rem_euclid(turn) - half) as i32
}

/// Metres, and the azimuths in degrees at both ends, each in the direction of travel.
pub(crate) fn inverse(from: Degrees, to: Degrees) -> (f64, f64, f64) {
    let (metres, start, end, _) =
        Geodesic::wgs84().inverse(from.latitude, from.longitude, to.latitude, to.longitude);
    (metres, start, end)
}

/// Where the geodesic leads, and its azimuth there.
pub(crate) fn direct(from: Degrees, azimuth: f64, metres: f64) -> (Degrees, f64) {
    let (latitude, longitude, end) =
        Geodesic::wgs84().direct(from.latitude, from.longitude, azimuth, metres);
    (
        Degrees {
            latitude,
            longitude,
        },
        end,
    )
}

/// To the nearest millimetre. No distance on Earth leaves the bounds of the unit.
pub(crate) fn millimetres(metres: f64) -> Millimetres {
    Millimetres::new(libm::round(metres * 1_000.0) as i64).unwrap_or(Millimetres::MAX)
}

fn bearing(azimuth: f64) -> Bearing {
    let thousandths = libm::round(azimuth * 1_000.0) as i64;
    let turned = thousandths.rem_euclid(i64::from(Bearing::TURN)) as u32;
    Bearing::from_millidegrees(turned).unwrap_or(Bearing::NORTH)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(latitude: f64, longitude: f64) -> Position {
        Degrees {
            latitude,
            longitude,
        }
        .rounded()
    }

    #[test]
    fn the_strike_area_of_2016_is_told_from_the_airfield() {
        let leg = leg(at(35.2854, 40.1760), at(35.255, 40.140));
        assert_eq!(leg.distance.to_string(), "4.70 km");
        assert_eq!(leg.bearing.as_millidegrees() / 1_000, 224);
    }

    #[test]
    fn known_geodesics_come_out_to_the_millimetre() {
        // Karney's test set and first principles: a quarter of the equator, and a quarter meridian.
        let equator = leg(at(0.0, 0.0), at(0.0, 90.0));
        assert_eq!(equator.distance.as_mm(), 10_018_754_171);
        assert_eq!(equator.bearing.as_millidegrees(), 90_000);
        assert_eq!(
            leg(at(0.0, 0.0), at(90.0, 0.0)).distance.as_mm(),
            10_001_965_729
        );
        // Nearly antipodal, where simpler methods do not converge.
        let antipodal = leg(at(0.0, 0.0), at(0.5, 179.5));
        assert_eq!(antipodal.distance.as_mm(), 19_936_288_579);
    }

    #[test]
    fn legs_over_the_antimeridian_and_from_the_pole_are_short_and_straight() {
        assert_eq!(
            leg(at(0.0, 179.9), at(0.0, -179.9)).distance.as_mm(),
            22_263_898
        );
        let from_pole = leg(at(90.0, 0.0), at(89.0, 120.0));
        assert_eq!(from_pole.distance.as_mm(), 111_693_865);
        assert_eq!(leg(at(1.0, 1.0), at(1.0, 1.0)).bearing, Bearing::NORTH);
    }

    proptest! {
        #[test]
        fn there_and_measured_again_is_the_same_leg(
            latitude in -899_999_999..=899_999_999i32,
            longitude in -1_800_000_000..1_800_000_000i32,
            bearing in 0..360_000u32,
            metres in 1_000..1_000_000i32,
        ) {
            let from = Position::from_e7(latitude, longitude).unwrap();
            let bearing = Bearing::from_millidegrees(bearing).unwrap();
            let distance = Millimetres::from_metres(metres);
            let back = leg(from, destination(from, bearing, distance));
            prop_assert!((back.distance.as_mm() - distance.as_mm()).abs() <= 9);
        }

        #[test]
        fn distance_is_the_same_both_ways(
            a in -900_000_000..=900_000_000i32, b in -1_800_000_000..1_800_000_000i32,
            c in -900_000_000..=900_000_000i32, d in -1_800_000_000..1_800_000_000i32,
        ) {
            let one = Position::from_e7(a, b).unwrap();
            let other = Position::from_e7(c, d).unwrap();
            prop_assert_eq!(leg(one, other).distance, leg(other, one).distance);
        }
    }
}
