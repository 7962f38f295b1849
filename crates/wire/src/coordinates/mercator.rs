//! The transverse Mercator projection, by Krüger's series to the sixth order (Karney 2011, equations 7 to 36).
//!
//! Good to 5 nanometres within 3,900 km of the central meridian. One code serves UTM and Gauss-Krüger; `libm` makes it
//! the same on every machine.

/// An ellipsoid: equatorial radius in metres, flattening.
#[derive(Debug, Clone, Copy)]
pub struct Ellipsoid {
    pub a: f64,
    pub f: f64,
}

/// NGA.STND.0036.
pub const WGS84: Ellipsoid = Ellipsoid {
    a: 6_378_137.0,
    f: 1.0 / 298.257_223_563,
};
/// Krassowsky 1940 (EPSG:7024).
pub const KRASSOWSKY: Ellipsoid = Ellipsoid {
    a: 6_378_245.0,
    f: 1.0 / 298.3,
};

/// Scale on the central meridian.
pub const UTM_SCALE: f64 = 0.9996;
pub const GAUSS_KRUGER_SCALE: f64 = 1.0;

/// Geodetic latitude and longitude, in degrees.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Geodetic {
    pub latitude: f64,
    pub longitude: f64,
}

/// Metres north of the equator and east of the central meridian.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Projected {
    pub north: f64,
    pub east: f64,
}

#[derive(Debug, Clone, Copy)]
pub struct TransverseMercator {
    meridian: f64,
    /// Rectifying radius times scale.
    radius: f64,
    e: f64,
    alpha: [f64; 6],
    beta: [f64; 6],
}

impl TransverseMercator {
    /// Around a central meridian in degrees.
    pub fn new(ellipsoid: Ellipsoid, scale: f64, meridian: f64) -> Self {
        let f = ellipsoid.f;
        let n = f / (2.0 - f);
        let n2 = n * n;
        let rectifying =
            ellipsoid.a / (1.0 + n) * (1.0 + n2 * (0.25 + n2 * (1.0 / 64.0 + n2 / 256.0)));
        Self {
            meridian,
            radius: scale * rectifying,
            e: libm::sqrt(f * (2.0 - f)),
            alpha: alpha(n),
            beta: beta(n),
        }
    }

    pub fn project(&self, place: Geodetic) -> Projected {
        let longitude = libm::remainder(place.longitude - self.meridian, 360.0).to_radians();
        let tau = libm::tan(place.latitude.to_radians());
        let tau = conformal(tau, self.e);
        let (sin, cos) = libm::sincos(longitude);
        let xi = libm::atan2(tau, cos);
        let eta = libm::asinh(sin / libm::hypot(tau, cos));
        let (mut north, mut east) = (xi, eta);
        for (index, alpha) in self.alpha.iter().enumerate() {
            let (along, across) = wave(index, xi, eta);
            north += alpha * along;
            east += alpha * across;
        }
        Projected {
            north: self.radius * north,
            east: self.radius * east,
        }
    }

    pub fn unproject(&self, point: Projected) -> Geodetic {
        let (xi, eta) = (point.north / self.radius, point.east / self.radius);
        let (mut north, mut east) = (xi, eta);
        for (index, beta) in self.beta.iter().enumerate() {
            let (along, across) = wave(index, xi, eta);
            north -= beta * along;
            east -= beta * across;
        }
        let (sinh, cos) = (libm::sinh(east), libm::cos(north));
        let tau = libm::sin(north) / libm::hypot(sinh, cos);
        let longitude = self.meridian + libm::atan2(sinh, cos).to_degrees();
        Geodetic {
            latitude: libm::atan(geodetic(tau, self.e)).to_degrees(),
            longitude: libm::remainder(longitude, 360.0),
        }
    }
}

/// The term of the series with this index, along the meridian and across it.
fn wave(index: usize, xi: f64, eta: f64) -> (f64, f64) {
    let order = 2.0 * (index + 1) as f64;
    let (sin, cos) = libm::sincos(order * xi);
    (sin * libm::cosh(order * eta), cos * libm::sinh(order * eta))
}

/// Tangent of the conformal latitude from that of the geodetic one.
fn conformal(tau: f64, e: f64) -> f64 {
    let secant = libm::hypot(1.0, tau);
    let sigma = libm::sinh(e * libm::atanh(e * tau / secant));
    tau * libm::hypot(1.0, sigma) - sigma * secant
}

/// The inverse of `conformal`, by Newton's method; three steps suffice, more do no harm.
fn geodetic(conformal_tau: f64, e: f64) -> f64 {
    let flat = 1.0 - e * e;
    let mut tau = conformal_tau / flat;
    for _ in 0..6 {
        let off = conformal(tau, e);
        let step = (conformal_tau - off) * (1.0 + flat * tau * tau)
            / (flat * libm::hypot(1.0, off) * libm::hypot(1.0, tau));
        tau += step;
        if step.abs() < 1.0e-15 * tau.abs().max(1.0) {
            break;
        }
    }
    tau
}

/// `coefficients` of n, n², n³, ...
fn series(n: f64, coefficients: &[f64]) -> f64 {
    coefficients
        .iter()
        .rev()
        .fold(0.0, |sum, coefficient| (sum + coefficient) * n)
}

#[rustfmt::skip]
fn alpha(n: f64) -> [f64; 6] {
    [
        series(n, &[1.0 / 2.0, -2.0 / 3.0, 5.0 / 16.0, 41.0 / 180.0, -127.0 / 288.0, 7_891.0 / 37_800.0]),
        series(n, &[0.0, 13.0 / 48.0, -3.0 / 5.0, 557.0 / 1_440.0, 281.0 / 630.0, -1_983_433.0 / 1_935_360.0]),
        series(n, &[0.0, 0.0, 61.0 / 240.0, -103.0 / 140.0, 15_061.0 / 26_880.0, 167_603.0 / 181_440.0]),
        series(n, &[0.0, 0.0, 0.0, 49_561.0 / 161_280.0, -179.0 / 168.0, 6_601_661.0 / 7_257_600.0]),
        series(n, &[0.0, 0.0, 0.0, 0.0, 34_729.0 / 80_640.0, -3_418_889.0 / 1_995_840.0]),
        series(n, &[0.0, 0.0, 0.0, 0.0, 0.0, 212_378_941.0 / 319_334_400.0]),
    ]
}

#[rustfmt::skip]
fn beta(n: f64) -> [f64; 6] {
    [
        series(n, &[1.0 / 2.0, -2.0 / 3.0, 37.0 / 96.0, -1.0 / 360.0, -81.0 / 512.0, 96_199.0 / 604_800.0]),
        series(n, &[0.0, 1.0 / 48.0, 1.0 / 15.0, -437.0 / 1_440.0, 46.0 / 105.0, -1_118_711.0 / 3_870_720.0]),
        series(n, &[0.0, 0.0, 17.0 / 480.0, -37.0 / 840.0, -209.0 / 4_480.0, 5_569.0 / 90_720.0]),
        series(n, &[0.0, 0.0, 0.0, 4_397.0 / 161_280.0, -11.0 / 504.0, -830_251.0 / 7_257_600.0]),
        series(n, &[0.0, 0.0, 0.0, 0.0, 4_583.0 / 161_280.0, -108_847.0 / 3_991_680.0]),
        series(n, &[0.0, 0.0, 0.0, 0.0, 0.0, 20_648_693.0 / 638_668_800.0]),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn utm_comes_out_as_proj_has_it() {
        // PROJ 9, EPSG:32637 and EPSG:32756.
        let known = [
            (
                39.0,
                35.255,
                40.14,
                603_705.434_4 - 500_000.0,
                3_901_917.751_7,
            ),
            (
                39.0,
                83.5,
                36.000_1,
                462_102.598_8 - 500_000.0,
                9_273_261.843_1,
            ),
            (
                153.0,
                -33.86,
                151.21,
                334_416.394_0 - 500_000.0,
                6_251_925.360_4 - 10_000_000.0,
            ),
        ];
        for (meridian, latitude, longitude, east, north) in known {
            let point = TransverseMercator::new(WGS84, UTM_SCALE, meridian).project(Geodetic {
                latitude,
                longitude,
            });
            assert!((point.east - east).abs() < 1.0e-4, "{point:?}");
            assert!((point.north - north).abs() < 1.0e-4, "{point:?}");
        }
    }

    proptest! {
        #[test]
        fn projecting_and_back_is_the_same_place(
            latitude in -84.5..84.5, off in -8.0..8.0, zone in 0..60,
        ) {
            let meridian = f64::from(zone) * 6.0 - 177.0;
            let projection = TransverseMercator::new(WGS84, UTM_SCALE, meridian);
            let longitude = libm::remainder(meridian + off, 360.0);
            let back = projection.unproject(projection.project(Geodetic { latitude, longitude }));
            // 1e-12 degree is 0.1 micrometre.
            prop_assert!((back.latitude - latitude).abs() < 1.0e-12);
            prop_assert!(libm::remainder(back.longitude - longitude, 360.0).abs() < 1.0e-11);
        }
    }
}
