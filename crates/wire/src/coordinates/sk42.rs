//! SK-42 (Pulkovo 1942) to WGS-84, and its Gauss-Krüger coordinates.
//!
//! The transformation is EPSG:5044, "Pulkovo 1942 to WGS 84 (20)", of GOST R 51794-2008: a coordinate frame rotation,
//! stated to be good to 3 m in Russia.

use super::mercator::{
    Ellipsoid, GAUSS_KRUGER_SCALE, Geodetic, KRASSOWSKY, Projected, TransverseMercator, WGS84,
};

/// The name under which the transformation is echoed.
pub const TRANSFORMATION: &str = "EPSG:5044 (GOST R 51794-2008)";
/// What the transformation may add to the error of a position, in metres. EPSG says 3 m, for Russia; the network was
/// carried on beyond by lesser surveys, and EPSG's own transformations for neighbours differ from it by up to 20 m.
pub const UNCERTAINTY_METRES: f64 = 25.0;

const SHIFT: [f64; 3] = [23.57, -140.95, -79.8];
/// Seconds of arc, of the coordinate frame.
const ROTATION: [f64; 3] = [0.0, -0.35, -0.79];
const SCALE: f64 = -0.22e-6;

/// Easting of the central meridian; the millions before it are the zone.
const FALSE_EASTING: f64 = 500_000.0;

/// Why a pair of numbers is no Gauss-Krüger position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotGaussKruger {
    /// The millions of the easting are no zone from 1 to 60.
    Zone,
    /// Too far from the zone's central meridian, or from the equator.
    OffZone,
}

/// SK-42 latitude and longitude of northing X and easting Y, the latter with the zone in its millions.
pub fn from_gauss_kruger(x: f64, y: f64) -> Result<Geodetic, NotGaussKruger> {
    let zone = libm::floor(y / 1.0e6);
    if !(1.0..=60.0).contains(&zone) {
        return Err(NotGaussKruger::Zone);
    }
    let east = y - zone * 1.0e6 - FALSE_EASTING;
    // A zone is at most 3 degrees, 334 km, to each side; maps overlap by a little.
    if east.abs() > 370_000.0 || x.abs() > 9_400_000.0 {
        return Err(NotGaussKruger::OffZone);
    }
    let projection = TransverseMercator::new(KRASSOWSKY, GAUSS_KRUGER_SCALE, 6.0 * zone - 3.0);
    Ok(projection.unproject(Projected { north: x, east }))
}

/// WGS-84 latitude and longitude of an SK-42 position on the ground.
pub fn to_wgs84(place: Geodetic) -> Geodetic {
    let [x, y, z] = in_space(place, KRASSOWSKY);
    let [rx, ry, rz] = ROTATION.map(|seconds| (seconds / 3_600.0f64).to_radians());
    let m = 1.0 + SCALE;
    on_ellipsoid(
        [
            SHIFT[0] + m * (x + rz * y - ry * z),
            SHIFT[1] + m * (-rz * x + y + rx * z),
            SHIFT[2] + m * (ry * x - rx * y + z),
        ],
        WGS84,
    )
}

fn in_space(place: Geodetic, ellipsoid: Ellipsoid) -> [f64; 3] {
    let e2 = ellipsoid.f * (2.0 - ellipsoid.f);
    let (sin_latitude, cos_latitude) = libm::sincos(place.latitude.to_radians());
    let (sin_longitude, cos_longitude) = libm::sincos(place.longitude.to_radians());
    let normal = ellipsoid.a / libm::sqrt(1.0 - e2 * sin_latitude * sin_latitude);
    [
        normal * cos_latitude * cos_longitude,
        normal * cos_latitude * sin_longitude,
        normal * (1.0 - e2) * sin_latitude,
    ]
}

/// Latitude and longitude of a point near the surface, by Bowring's iteration; its height is dropped.
fn on_ellipsoid([x, y, z]: [f64; 3], ellipsoid: Ellipsoid) -> Geodetic {
    let e2 = ellipsoid.f * (2.0 - ellipsoid.f);
    let across = libm::hypot(x, y);
    let mut latitude = libm::atan2(z, across * (1.0 - e2));
    for _ in 0..5 {
        let sin = libm::sin(latitude);
        let normal = ellipsoid.a / libm::sqrt(1.0 - e2 * sin * sin);
        latitude = libm::atan2(z + e2 * normal * sin, across);
    }
    Geodetic {
        latitude: latitude.to_degrees(),
        longitude: libm::atan2(y, x).to_degrees(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(found: Geodetic, latitude: f64, longitude: f64) {
        // 2e-8 degree is 2 mm: the reference carries a height through, this drops it.
        assert!((found.latitude - latitude).abs() < 2.0e-8, "{found:?}");
        assert!((found.longitude - longitude).abs() < 2.0e-8, "{found:?}");
    }

    #[test]
    fn gauss_kruger_comes_out_as_proj_has_it() {
        // PROJ 9, the pipeline of EPSG:5044.
        let known = [
            (3_905_123.0, 7_604_123.0, 35.268_891_566, 40.143_136_138),
            (6_179_000.0, 7_413_456.0, 55.725_827_099, 37.620_754_265),
        ];
        for (x, y, latitude, longitude) in known {
            close(
                to_wgs84(from_gauss_kruger(x, y).unwrap()),
                latitude,
                longitude,
            );
        }
        let place = Geodetic {
            latitude: 35.255,
            longitude: 40.14,
        };
        close(to_wgs84(place), 35.254_740_138, 40.138_824_442);
    }

    #[test]
    fn an_easting_without_its_zone_is_refused() {
        assert_eq!(
            from_gauss_kruger(3_905_123.0, 604_123.0),
            Err(NotGaussKruger::Zone)
        );
        assert_eq!(
            from_gauss_kruger(3_905_123.0, 61_500_000.0),
            Err(NotGaussKruger::Zone)
        );
        assert_eq!(
            from_gauss_kruger(3_905_123.0, 7_999_999.0),
            Err(NotGaussKruger::OffZone)
        );
        assert_eq!(
            from_gauss_kruger(9_900_000.0, 7_500_000.0),
            Err(NotGaussKruger::OffZone)
        );
    }
}
