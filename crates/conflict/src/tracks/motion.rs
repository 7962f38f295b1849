//! A track as it goes on: along a geodesic, at a constant speed, up or down at a constant rate.

use model::units::{Millis, Timestamp};

use super::Motion;
use crate::boxes::Bounds;
use crate::geodesy::{Degrees, direct};
use crate::space::{A, E2, MIN_CURVATURE_RADIUS, Point3, dot, on_ellipsoid};

/// Where a track will be, by the seconds from `now` on until it is looked ahead no more.
#[derive(Debug, Clone)]
pub struct Path {
    from: Degrees,
    azimuth: f64,
    /// Metres a second.
    pub speed: f64,
    /// When it was at `from`.
    since: f64,
    /// Until when it is followed.
    pub until: f64,
    start: Point3,
    along: Point3,
    up: Point3,
    /// Of the geodesic where it begins, a metre.
    curvature: f64,
    /// Above the ellipsoid, in micrometres, at `now`; and by how many it changes in a millisecond.
    height: i64,
    climb: i64,
}

impl Path {
    pub fn new(motion: &Motion, now: Timestamp, look_ahead: Millis) -> Self {
        let from = Degrees::from(motion.position);
        let azimuth = f64::from(motion.course.as_millidegrees()) / 1_000.0;
        let (sin, cos) = libm::sincos(azimuth.to_radians());
        let (sin_latitude, cos_latitude) = libm::sincos(from.latitude.to_radians());
        let (sin_longitude, cos_longitude) = libm::sincos(from.longitude.to_radians());
        let north = [
            -sin_latitude * cos_longitude,
            -sin_latitude * sin_longitude,
            cos_latitude,
        ];
        let east = [-sin_longitude, cos_longitude, 0.0];
        let w2 = 1.0 - E2 * sin_latitude * sin_latitude;
        // Euler: the curvatures of the meridian and across it.
        let across = libm::sqrt(w2) / A;
        let meridian = across * w2 / (1.0 - E2);
        let age = now.since(motion.at).as_ms();
        Self {
            from,
            azimuth,
            speed: motion.speed as f64 / 1_000.0,
            since: -(age as f64) / 1_000.0,
            until: look_ahead.as_ms() as f64 / 1_000.0,
            start: on_ellipsoid(from),
            along: [0, 1, 2].map(|axis: usize| cos * north[axis] + sin * east[axis]),
            up: [
                cos_latitude * cos_longitude,
                cos_latitude * sin_longitude,
                sin_latitude,
            ],
            curvature: cos * cos * meridian + sin * sin * across,
            height: motion.height.as_mm() * 1_000 + motion.climb * age,
            climb: motion.climb,
        }
    }

    fn gone(&self, t: f64) -> f64 {
        self.speed * (t - self.since)
    }

    /// Exactly, by the solution of the direct problem.
    pub fn place(&self, t: f64) -> Degrees {
        direct(self.from, self.azimuth, self.gone(t)).0
    }

    /// In space, to within `off`: the geodesic's arc, to the third order.
    #[inline]
    pub fn point(&self, t: f64) -> Point3 {
        let s = self.gone(t);
        let bend = self.curvature * s;
        let (ahead, down) = (s * (1.0 - bend * bend / 6.0), s * bend / 2.0);
        [0, 1, 2]
            .map(|axis: usize| self.start[axis] + ahead * self.along[axis] - down * self.up[axis])
    }

    /// The velocity of `point`.
    #[inline]
    pub fn velocity(&self, t: f64) -> Point3 {
        let bend = self.curvature * self.gone(t);
        let (ahead, down) = (self.speed * (1.0 - bend * bend / 2.0), self.speed * bend);
        [0, 1, 2].map(|axis: usize| ahead * self.along[axis] - down * self.up[axis])
    }

    /// The acceleration of `point`.
    #[inline]
    pub fn acceleration(&self, t: f64) -> Point3 {
        let bend = self.curvature * self.gone(t);
        let toward = self.speed * self.speed * self.curvature;
        [0, 1, 2].map(|axis: usize| -toward * (bend * self.along[axis] + self.up[axis]))
    }

    /// A bound on how fast that changes, in metres a second cubed.
    pub fn jerk(&self) -> f64 {
        self.speed * self.speed * self.speed * 1.02 / (MIN_CURVATURE_RADIUS * MIN_CURVATURE_RADIUS)
    }

    /// By how many metres `point` is off at the most. What the third order leaves out: that the ellipsoid's curvature changes
    /// along a geodesic and twists it (at most 2.6 e² / R² together), and the fourth order.
    pub fn off(&self) -> f64 {
        let s = self.gone(self.until).abs().max(self.gone(0.0).abs());
        let r = MIN_CURVATURE_RADIUS;
        let third = 2.7 * E2 / 6.0 * s * s * s / (r * r);
        1.0e-6 + third + 1.1 / 24.0 * s * s * s * s / (r * r * r)
    }

    /// A box around all of it on the ground.
    pub fn bounds(&self) -> Bounds<3> {
        Bounds::of_segment(self.point(0.0), self.point(self.until), self.rise())
    }

    /// As `bounds`, around stretches of at most so many metres.
    pub fn stretches(&self, metres: f64) -> Vec<Bounds<3>> {
        let count = libm::ceil(self.speed * self.until / metres).max(1.0);
        let ends = |index: u32| self.until * f64::from(index) / count;
        (0..count as u32)
            .map(|index| {
                let [one, other] = [ends(index), ends(index + 1)];
                Bounds::of_segment(self.point(one), self.point(other), self.rise())
            })
            .collect()
    }

    /// How far it strays from the straight line between its ends, at the most, in metres.
    pub fn rise(&self) -> f64 {
        let s = self.speed * self.until;
        1.05 * s * s / (8.0 * MIN_CURVATURE_RADIUS) + self.off()
    }

    /// Least and greatest height, in millimetres, rounded outward.
    pub fn heights(&self) -> [i64; 2] {
        let until = (self.until * 1_000.0) as i64;
        let (one, other) = (self.height, self.height + self.climb * until);
        let (low, high) = (one.min(other), one.max(other));
        [low.div_euclid(1_000), high.div_euclid(1_000) + 1]
    }

    /// When its height is between two, in millimetres, both included; within the time that it is followed.
    pub fn while_between(&self, floor: i64, ceiling: i64) -> Option<[f64; 2]> {
        let (down, up) = (floor * 1_000 - self.height, ceiling * 1_000 - self.height);
        if self.climb == 0 {
            return (down <= 0 && up >= 0).then_some([0.0, self.until]);
        }
        let [from, until] = crossed(down, up, self.climb);
        let (from, until) = (from.max(0.0), until.min(self.until));
        (from <= until).then_some([from, until])
    }

    /// When two are less than so many millimetres apart in height; the ends, where they may be exactly as far apart, with it.
    pub fn while_nearer(&self, other: &Self, mm: i64) -> Option<[f64; 2]> {
        let (apart, closing) = (self.height - other.height, self.climb - other.climb);
        let within = mm * 1_000;
        if closing == 0 {
            return (apart.abs() < within).then_some([0.0, self.until]);
        }
        let [from, until] = crossed(-within - apart, within - apart, closing);
        (within > 0 && until > 0.0 && from < self.until)
            .then_some([from.max(0.0), until.min(self.until)])
    }

    pub fn offset(&self, other: &Self, t: f64) -> Point3 {
        crate::space::minus(self.point(t), other.point(t))
    }

    /// Metres in a straight line through the Earth.
    #[inline]
    pub fn chord(&self, other: &Self, t: f64) -> f64 {
        let off = self.offset(other, t);
        libm::sqrt(dot(off, off))
    }
}

/// When something that changes by `rate` micrometres a millisecond has changed by `one` and by `other`, in seconds, in order.
fn crossed(one: i64, other: i64, rate: i64) -> [f64; 2] {
    let at = |change: i64| change as f64 / rate as f64 / 1_000.0;
    let (one, other) = (at(one), at(other));
    [one.min(other), one.max(other)]
}
