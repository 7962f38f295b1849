//! Two areas that are clearly apart or clearly share ground, told apart in well under a microsecond.
//!
//! Both are laid into one plane that touches the ellipsoid at the hub of one of them (`space::Frame`). There, over the `away`
//! metres that matter:
//! - lengths are those on the ground, or longer, by a factor of at most 1 + `stretch`;
//! - pieces of geodesics are straight lines, but for what they stray;
//! - points lie where they belong, but for their blur.
//!
//! So what is at least `far` apart in the plane is at least (`far` - strays - blurs) / (1 + stretch) apart on the ground, and
//! what lies `deep` within an area in the plane lies as much less within it on the ground. An answer is given where one of
//! the two settles it; anything else is left to the measure of `near`, which is exact. Derivation: docs/conflict-engine.md.

use crate::geodesy::Degrees;
use crate::outline::{BLUR, MAX_POINTS, Outline};
use crate::space::{Frame, MIN_CURVATURE_RADIUS, Point2, dot, minus};

/// Beyond this from its hub, in metres, a plane is not used: errors grow, and little is left to gain.
const MAX_AWAY: f64 = 300_000.0;
/// What an overlap must be deep, in metres, for the plane to be believed.
const DEEP: f64 = 0.001;

/// How many steps are taken to find such a place.
const MAX_STEPS: usize = 16;

/// What the plane tells of two areas.
#[derive(Debug, Clone, Copy)]
pub enum Told {
    /// At least as far apart as asked.
    Apart,
    /// They share ground: a place in both, and a length by which it lies within either at least, in metres.
    Shared { at: Degrees, depth: f64 },
    /// Nothing that could be relied on.
    Nothing,
}

/// An area in the plane.
struct Flat<'a> {
    points: &'a [Point2],
    width: f64,
    is_ring: bool,
}

/// What is known of lengths in the plane.
#[derive(Clone, Copy)]
struct Trust {
    /// By how much lengths in the plane exceed those on the ground at most, as a fraction.
    stretch: f64,
    /// What both areas together may be off, in metres.
    off: f64,
}

/// Whether two areas are at least `limit` metres apart, or share ground.
pub fn told(one: &Outline, other: &Outline, limit: f64) -> Told {
    let between = minus(one.hub(), other.hub());
    let between = libm::sqrt(dot(between, between));
    let widths = one.width() + other.width();
    // Straight through the Earth is never longer than over the ground.
    if between - one.reach() - other.reach() - widths - 2.0 * BLUR >= limit {
        return Told::Apart;
    }
    let (wide, narrow) = if one.reach() < other.reach() {
        (other, one)
    } else {
        (one, other)
    };
    let away = wide.reach().max(between + narrow.reach()) + widths;
    if away > MAX_AWAY {
        return Told::Nothing;
    }
    let frame = Frame::over(wide.hub());
    let (mut here, mut there) = ([[0.0; 2]; MAX_POINTS], [[0.0; 2]; MAX_POINTS]);
    let (Some(own), Some(their)) = (one.flat(&frame, &mut here), other.flat(&frame, &mut there))
    else {
        return Told::Nothing;
    };
    let (own, their) = (
        Flat::of(one, &here[..own]),
        Flat::of(other, &there[..their]),
    );
    let trust = |away: f64| {
        let angle = away / MIN_CURVATURE_RADIUS;
        Trust {
            stretch: 1.1 * angle * angle,
            off: one.stray(away) + other.stray(away) + 4.0 * BLUR,
        }
    };
    // How far boundaries are from each other at the least, in the plane, if they are far enough on the ground.
    let beyond = trust(away + limit);
    let far = match away + limit <= MAX_AWAY {
        true => (limit + widths + beyond.off) * (1.0 + beyond.stretch),
        false => f64::INFINITY,
    };
    let meeting = Meeting::of(&own, &their, far);
    // Boundaries that are far apart: one area is around the other, or they are apart.
    if meeting.is_none() && !own.goes_around(their.points[0]) && !their.goes_around(own.points[0]) {
        return Told::Apart;
    }
    // From here on nothing hangs on what was asked: an overlap is the same whoever asks.
    let trust = trust(away);
    let depth = |place: Point2| own.depth(place, trust).min(their.depth(place, trust));
    let halfway = || Some(meeting.as_ref()?.halfway(&own, &their));
    let begins = amid(&own, &their, meeting.as_ref()).or_else(halfway);
    match begins.and_then(|place| deeper(place, depth, own.size().min(their.size()))) {
        Some((depth, place)) => Told::Shared {
            at: frame.place(place),
            depth,
        },
        None => Told::Nothing,
    }
}

/// A place that is deep enough: the one given, or one that a few steps from it lead to.
fn deeper(begins: Point2, depth: impl Fn(Point2) -> f64, size: f64) -> Option<(f64, Point2)> {
    let (mut best, mut step) = ((depth(begins), begins), size / 4.0);
    for _ in 0..MAX_STEPS {
        if best.0 > DEEP {
            return Some(best);
        }
        let before = best.0;
        for [x, y] in [[1.0, 0.4], [-0.4, 1.0], [-1.0, -0.4], [0.4, -1.0]] {
            let place = [best.1[0] + x * step, best.1[1] + y * step];
            let found = depth(place);
            if found > best.0 {
                best = (found, place);
            }
        }
        if best.0 == before {
            step /= 2.0;
        }
    }
    (best.0 > DEEP).then_some(best)
}

/// Amid what is known of the ground that both share: where they cross, and the points of each within the other.
fn amid(own: &Flat<'_>, their: &Flat<'_>, meeting: Option<&Meeting>) -> Option<Point2> {
    let (mut count, mut sum) =
        meeting.map_or((0.0, [0.0; 2]), |meeting| (meeting.crossings, meeting.sum));
    for (one, other) in [(own, their), (their, own)] {
        // The last of a ring is its first.
        let last = one.points.len() - usize::from(one.is_ring);
        for point in one.points[..last]
            .iter()
            .filter(|point| other.holds(**point))
        {
            count += 1.0;
            sum = [sum[0] + point[0], sum[1] + point[1]];
        }
    }
    (count > 0.0).then(|| [sum[0] / count, sum[1] / count])
}

impl<'a> Flat<'a> {
    fn of(outline: &Outline, points: &'a [Point2]) -> Self {
        Self {
            points,
            width: outline.width(),
            is_ring: outline.is_ring(),
        }
    }

    /// Whether it is a ring with the place inside; what lies on the boundary may go either way.
    fn goes_around(&self, [x, y]: Point2) -> bool {
        self.is_ring
            && self.points.windows(2).fold(false, |odd, ends| {
                let ([x0, y0], [x1, y1]) = (ends[0], ends[1]);
                odd ^ ((y0 > y) != (y1 > y)
                    && ((x1 - x0) * (y - y0) - (x - x0) * (y1 - y0) > 0.0) == (y1 > y0))
            })
    }

    /// To the nearest point of the place, line or ring.
    fn distance(&self, place: Point2) -> f64 {
        let mut least = square(place, self.points[0]);
        for ends in self.points.windows(2) {
            least = least.min(foot(place, ends[0], ends[1]).0);
        }
        libm::sqrt(least)
    }

    /// On the ground, how deep a place lies in the area at the least; below 0 outside.
    fn depth(&self, place: Point2, trust: Trust) -> f64 {
        let off = self.distance(place);
        match (self.is_ring, self.goes_around(place)) {
            (true, true) => (off - trust.off) / (1.0 + trust.stretch),
            (true, false) => -off - trust.off,
            (false, _) => self.width - off - trust.off,
        }
    }

    fn bounds(&self) -> [Point2; 2] {
        let first = self.points[0];
        self.points
            .iter()
            .fold([first, first], |[low, high], [x, y]| {
                [
                    [low[0].min(*x), low[1].min(*y)],
                    [high[0].max(*x), high[1].max(*y)],
                ]
            })
    }

    /// A length of the order of its size.
    fn size(&self) -> f64 {
        let [low, high] = self.bounds();
        match self.is_ring {
            true => (high[0] - low[0]).min(high[1] - low[1]),
            false => self.width,
        }
    }

    /// How many segments it has; a place is one without length.
    fn segments(&self) -> usize {
        (self.points.len() - 1).max(1)
    }

    fn segment(&self, index: usize) -> [Point2; 2] {
        [
            self.points[index],
            self.points[(index + 1).min(self.points.len() - 1)],
        ]
    }

    /// Which of its segments come within `far` of a box, and how many do.
    fn near(&self, [low, high]: [Point2; 2], far: f64) -> ([u8; MAX_POINTS], usize) {
        let (mut near, mut count) = ([0; MAX_POINTS], 0);
        for index in 0..self.segments() {
            let [a, b] = self.segment(index);
            let apart = |axis: usize| {
                a[axis].max(b[axis]) < low[axis] - far || a[axis].min(b[axis]) > high[axis] + far
            };
            if !apart(0) && !apart(1) {
                near[count] = index as u8;
                count += 1;
            }
        }
        (near, count)
    }
}

/// Where two places, lines or rings come nearest in the plane.
struct Meeting {
    square: f64,
    at: [Point2; 2],
    /// Where they cross: how often, and the sum of the places.
    crossings: f64,
    sum: Point2,
}

impl Meeting {
    /// None if they are more than `far` apart everywhere.
    fn of(own: &Flat<'_>, their: &Flat<'_>, far: f64) -> Option<Self> {
        let (here, count) = own.near(their.bounds(), far);
        let here = &here[..count];
        let (there, count) = their.near(own.bounds(), far);
        let there = &there[..count];
        let mut meeting = Self {
            square: f64::INFINITY,
            at: [[0.0; 2]; 2],
            crossings: 0.0,
            sum: [0.0; 2],
        };
        for one in here {
            for other in there {
                meeting.look(
                    own.segment(usize::from(*one)),
                    their.segment(usize::from(*other)),
                    far,
                );
            }
        }
        (meeting.square <= far * far).then_some(meeting)
    }

    fn look(&mut self, [a, b]: [Point2; 2], [c, d]: [Point2; 2], far: f64) {
        let apart = |axis: usize| {
            a[axis].max(b[axis]) + far < c[axis].min(d[axis])
                || c[axis].max(d[axis]) + far < a[axis].min(b[axis])
        };
        if apart(0) || apart(1) {
            return;
        }
        if let Some(at) = crossing([a, b], [c, d]) {
            self.square = 0.0;
            self.at = [at, at];
            self.crossings += 1.0;
            self.sum = [self.sum[0] + at[0], self.sum[1] + at[1]];
            return;
        }
        for (point, own) in [(a, true), (b, true), (c, false), (d, false)] {
            let (square, at) = if own {
                foot(point, c, d)
            } else {
                foot(point, a, b)
            };
            if square < self.square {
                self.square = square;
                self.at = if own { [point, at] } else { [at, point] };
            }
        }
    }

    /// Half way through both widths, where the two come nearest. A width counts from a place or line; a ring has none, and
    /// what is beyond its boundary is half way too.
    fn halfway(&self, own: &Flat<'_>, their: &Flat<'_>) -> Point2 {
        let ([from, to], apart) = (self.at, libm::sqrt(self.square));
        if apart == 0.0 {
            return from;
        }
        let along = (own.width - their.width + apart) / 2.0;
        let least = if own.is_ring { along } else { 0.0 };
        let most = if their.is_ring { along } else { apart };
        let part = along.max(least).min(most) / apart;
        [
            from[0] + part * (to[0] - from[0]),
            from[1] + part * (to[1] - from[1]),
        ]
    }
}

impl Flat<'_> {
    fn holds(&self, place: Point2) -> bool {
        self.goes_around(place) || (self.width > 0.0 && self.distance(place) < self.width)
    }
}

fn square(a: Point2, b: Point2) -> f64 {
    let (x, y) = (a[0] - b[0], a[1] - b[1]);
    x * x + y * y
}

/// The square of the distance from `point` to the segment from `a` to `b`, and its nearest point.
#[inline]
fn foot(point: Point2, a: Point2, b: Point2) -> (f64, Point2) {
    let along = [b[0] - a[0], b[1] - a[1]];
    let long = along[0] * along[0] + along[1] * along[1];
    let by = (point[0] - a[0]) * along[0] + (point[1] - a[1]) * along[1];
    let part = match long > 0.0 {
        true => (by / long).clamp(0.0, 1.0),
        false => 0.0,
    };
    let at = [a[0] + part * along[0], a[1] + part * along[1]];
    (square(point, at), at)
}

/// Where two segments cross, if they do for certain. Where it hangs on the last bits, an end of one lies on the other.
#[inline]
fn crossing([a, b]: [Point2; 2], [c, d]: [Point2; 2]) -> Option<Point2> {
    let side = |p: Point2, q: Point2, r: Point2| {
        (q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0])
    };
    let (from, to) = (side(c, d, a), side(c, d, b));
    if (from > 0.0) == (to > 0.0) || (side(a, b, c) > 0.0) == (side(a, b, d) > 0.0) {
        return None;
    }
    let along = from / (from - to);
    Some([a[0] + along * (b[0] - a[0]), a[1] + along * (b[1] - a[1])])
}
