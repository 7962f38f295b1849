//! Points in space, and the local plane in which geodesics are straight.

use crate::geodesy::Degrees;

/// WGS-84 (NGA.STND.0036): equatorial radius in metres and flattening.
const A: f64 = 6_378_137.0;
const F: f64 = 1.0 / 298.257_223_563;
const E2: f64 = F * (2.0 - F);
/// The largest radius of curvature of any curve on the ellipsoid that is a geodesic: a² / b, in metres.
pub const MAX_CURVATURE_RADIUS: f64 = A / (1.0 - F);

pub type Point3 = [f64; 3];
pub type Point2 = [f64; 2];

/// Earth-centred, Earth-fixed coordinates in metres of a point on the ellipsoid.
pub fn on_ellipsoid(place: Degrees) -> Point3 {
    let (sin_latitude, cos_latitude) = libm::sincos(place.latitude.to_radians());
    let (sin_longitude, cos_longitude) = libm::sincos(place.longitude.to_radians());
    let normal = A / libm::sqrt(1.0 - E2 * sin_latitude * sin_latitude);
    [
        normal * cos_latitude * cos_longitude,
        normal * cos_latitude * sin_longitude,
        normal * (1.0 - E2) * sin_latitude,
    ]
}

pub fn minus(a: Point3, b: Point3) -> Point3 {
    [a[0] - b[0], a[1] - b[1], a[2] - b[2]]
}

pub fn dot(a: Point3, b: Point3) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

/// Straight distance in space from `point` to the segment from `a` to `b`.
pub fn chord_to_segment(point: Point3, a: Point3, b: Point3) -> f64 {
    let (along, from) = (minus(b, a), minus(point, a));
    let length = dot(along, along);
    let t = if length > 0.0 {
        (dot(from, along) / length).clamp(0.0, 1.0)
    } else {
        0.0
    };
    let off = [
        from[0] - t * along[0],
        from[1] - t * along[1],
        from[2] - t * along[2],
    ];
    libm::sqrt(dot(off, off))
}

/// Straight distance in space between two segments; where they are all but parallel, within a tenth of a millimetre.
pub fn chord_between_segments(one: [Point3; 2], other: [Point3; 2]) -> f64 {
    let ([a, b], [c, d]) = (one, other);
    let at_an_end = chord_to_segment(a, c, d)
        .min(chord_to_segment(b, c, d))
        .min(chord_to_segment(c, a, b))
        .min(chord_to_segment(d, a, b));
    let (u, v, w) = (minus(b, a), minus(d, c), minus(a, c));
    let (uu, uv, vv, uw, vw) = (dot(u, u), dot(u, v), dot(v, v), dot(u, w), dot(v, w));
    let spread = uu * vv - uv * uv;
    let (s, t) = ((uv * vw - vv * uw) / spread, (uu * vw - uv * uw) / spread);
    // Not a number, or anything, if they are parallel: then an end is nearest.
    if !(0.0..=1.0).contains(&s) || !(0.0..=1.0).contains(&t) {
        return at_an_end;
    }
    let off = [0, 1, 2].map(|axis: usize| w[axis] + s * u[axis] - t * v[axis]);
    at_an_end.min(libm::sqrt(dot(off, off)))
}

/// A geodesic between two points that are `chord` apart in space is at least this long.
pub fn shortest_for_chord(chord: f64) -> f64 {
    if chord <= 0.0 {
        return 0.0;
    }
    let diameter = 2.0 * MAX_CURVATURE_RADIUS;
    diameter * libm::asin((chord / diameter).min(1.0))
}

/// A plane that touches the ellipsoid at a hub, seen from the centre of the sphere that fits it best there.
///
/// A great circle through the hub is a straight line, and other geodesics nearly are: a piece of length `l` at a
/// distance `r` from the hub strays from its straight line by at most `l² / 8R × slant(r)`, where `slant` is the angle
/// between the plumb line and the line of sight. Lengths in the plane are those on the ground, or longer: 1.18 times
/// at 2,500 km.
#[derive(Debug, Clone)]
pub struct Frame {
    centre: Point3,
    axes: [Point3; 3],
    radius: f64,
}

/// The axes are turned by this, in radians, so that no meridian or parallel is parallel to them: a sweep along an
/// axis would otherwise meet whole rows of vertices at once.
const TURN: f64 = 0.643_5;
/// Cosine of the widest angle from the hub that is shown: 72 degrees, far beyond any area.
const WIDEST: f64 = 0.3;

impl Frame {
    pub fn at(hub: Degrees) -> Self {
        let (sin_latitude, cos_latitude) = libm::sincos(hub.latitude.to_radians());
        let (sin_longitude, cos_longitude) = libm::sincos(hub.longitude.to_radians());
        let up = [
            cos_latitude * cos_longitude,
            cos_latitude * sin_longitude,
            sin_latitude,
        ];
        let east = [-sin_longitude, cos_longitude, 0.0];
        let north = [
            -sin_latitude * cos_longitude,
            -sin_latitude * sin_longitude,
            cos_latitude,
        ];
        let w2 = 1.0 - E2 * sin_latitude * sin_latitude;
        // Gaussian radius: the geometric mean of the two principal ones.
        let radius = A * libm::sqrt(1.0 - E2) / w2;
        let hub = on_ellipsoid(hub);
        let (sin, cos) = libm::sincos(TURN);
        let turned = |p: f64, q: f64| [0, 1, 2].map(|axis: usize| p * east[axis] + q * north[axis]);
        Self {
            centre: [0, 1, 2].map(|axis: usize| hub[axis] - radius * up[axis]),
            axes: [turned(cos, sin), turned(-sin, cos), up],
            radius,
        }
    }

    /// In metres from the hub; none for what lies more than 72 degrees away.
    pub fn project(&self, point: Point3) -> Option<Point2> {
        let seen = minus(point, self.centre);
        let height = dot(seen, self.axes[2]);
        if height < WIDEST * self.radius {
            return None;
        }
        let scale = self.radius / height;
        Some([
            dot(seen, self.axes[0]) * scale,
            dot(seen, self.axes[1]) * scale,
        ])
    }
}

/// Length of a piece, in metres, that strays at most 0.1 mm in the plane of a hub no farther than `reach` metres away.
pub fn piece_length(reach: f64) -> f64 {
    let slant = 1.5 * 2.0 * F * (reach / A) + 1.0e-6;
    libm::sqrt(8.0 * A * 1.0e-4 / slant).clamp(1_000.0, 10_000.0)
}

/// The point of the ellipsoid in the mean direction of `points`; none if they cancel out.
pub fn mean_direction(points: &[Point3]) -> Option<Degrees> {
    let sum = points.iter().fold([0.0; 3], |sum: Point3, point| {
        [sum[0] + point[0], sum[1] + point[1], sum[2] + point[2]]
    });
    let length = libm::sqrt(dot(sum, sum));
    if length < 0.3 * A * points.len() as f64 {
        return None;
    }
    let across = libm::hypot(sum[0], sum[1]);
    Some(Degrees {
        latitude: libm::atan2(sum[2], across * (1.0 - E2)).to_degrees(),
        longitude: libm::atan2(sum[1], sum[0]).to_degrees(),
    })
}
