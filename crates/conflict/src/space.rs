//! Points in space, and the local plane in which geodesics are straight.

use crate::geodesy::Degrees;

/// WGS-84 (NGA.STND.0036): equatorial radius in metres and flattening.
pub const A: f64 = 6_378_137.0;
const F: f64 = 1.0 / 298.257_223_563;
pub const E2: f64 = F * (2.0 - F);
/// The largest radius of curvature of any curve on the ellipsoid that is a geodesic: a² / b, in metres.
pub const MAX_CURVATURE_RADIUS: f64 = A / (1.0 - F);

/// The smallest: b² / a.
pub const MIN_CURVATURE_RADIUS: f64 = A * (1.0 - F) * (1.0 - F);

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

#[inline]
pub fn minus(a: Point3, b: Point3) -> Point3 {
    [a[0] - b[0], a[1] - b[1], a[2] - b[2]]
}

#[inline]
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

    /// As `at`, over a point of the ellipsoid, with axes of no particular direction, and without trigonometry.
    pub fn over(hub: Point3) -> Self {
        let up = unit([hub[0], hub[1], hub[2] / (1.0 - E2)]);
        // Whichever axis is not near the plumb line.
        let aside = if up[2].abs() < 0.8 {
            [0.0, 0.0, 1.0]
        } else {
            [1.0, 0.0, 0.0]
        };
        let east = unit(cross(aside, up));
        let radius = A * libm::sqrt(1.0 - E2) / (1.0 - E2 * up[2] * up[2]);
        Self {
            centre: [
                hub[0] - radius * up[0],
                hub[1] - radius * up[1],
                hub[2] - radius * up[2],
            ],
            axes: [east, cross(up, east), up],
            radius,
        }
    }

    /// In metres from the hub; none for what lies more than 72 degrees away.
    pub fn project(&self, point: Point3) -> Option<Point2> {
        self.at_sight(self.seen(point))
    }

    /// A point as seen from the centre, along the axes.
    pub fn seen(&self, point: Point3) -> Point3 {
        self.turned(minus(point, self.centre))
    }

    /// A direction along the axes.
    #[inline]
    pub fn turned(&self, direction: Point3) -> Point3 {
        let [east, north, up] = self.axes;
        [
            dot(direction, east),
            dot(direction, north),
            dot(direction, up),
        ]
    }

    /// Where the plane is met by the line of sight to what was `seen`.
    #[inline]
    pub fn at_sight(&self, [x, y, height]: Point3) -> Option<Point2> {
        if height < WIDEST * self.radius {
            return None;
        }
        let scale = self.radius / height;
        Some([x * scale, y * scale])
    }

    /// The place on the ellipsoid that is projected to `point`.
    pub fn place(&self, point: Point2) -> Degrees {
        let ([east, north, up], [x, y]) = (self.axes, point);
        let along = |axis: usize| self.radius * up[axis] + x * east[axis] + y * north[axis];
        let along = [along(0), along(1), along(2)];
        // Stretched along the axis of the Earth, the ellipsoid is a sphere.
        let stretched = |[x, y, z]: Point3| [x, y, z / (1.0 - F)];
        let (from, to) = (stretched(self.centre), stretched(along));
        let (square, mixed, rest) = (dot(to, to), dot(from, to), dot(from, from) - A * A);
        let far = (libm::sqrt(mixed * mixed - square * rest) - mixed) / square;
        let [x, y, z] = self.centre;
        to_degrees([x + far * along[0], y + far * along[1], z + far * along[2]])
    }
}

/// The place of a point on the ellipsoid.
pub fn to_degrees([x, y, z]: Point3) -> Degrees {
    Degrees {
        latitude: libm::atan2(z, libm::sqrt(x * x + y * y) * (1.0 - E2)).to_degrees(),
        longitude: libm::atan2(y, x).to_degrees(),
    }
}

fn unit(a: Point3) -> Point3 {
    let length = libm::sqrt(dot(a, a));
    [a[0] / length, a[1] / length, a[2] / length]
}

fn cross(a: Point3, b: Point3) -> Point3 {
    [
        a[1] * b[2] - a[2] * b[1],
        a[2] * b[0] - a[0] * b[2],
        a[0] * b[1] - a[1] * b[0],
    ]
}

/// No more than this is the angle, in radians, between the plumb line and the line of sight of a frame, `away` metres from
/// its hub.
pub fn slant(away: f64) -> f64 {
    1.5 * 2.0 * F * (away / A) + 1.0e-6
}

/// Length of a piece, in metres, that strays at most 0.1 mm in the plane of a hub no farther than `reach` metres away.
pub fn piece_length(reach: f64) -> f64 {
    libm::sqrt(8.0 * A * 1.0e-4 / slant(reach)).clamp(1_000.0, 10_000.0)
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
    Some(to_degrees(sum))
}
