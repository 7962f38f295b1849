//! How near two areas come to each other, and where.
//!
//! A circle is what lies within its radius of a place, a corridor what lies within half its width of a line. So the way
//! between two areas is the way between those places, lines and polygons, less the radii.

use crate::chain::{Chain, Nearest};
use crate::geodesy::{Degrees, direct, inverse};
use crate::quick::{Told, told};
use crate::shape::{Form, Ring, Shape};
use crate::space::{Point3, on_ellipsoid};

/// How many steps are taken to find a deeper place in an overlap.
const MAX_STEPS: usize = 16;

/// How near two areas come.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Near {
    /// Metres between the areas, good to 0.2 mm. Where they overlap, 0, or less by the width of a circle around the
    /// place that lies in both of them: one that was found, not always the widest.
    pub metres: f64,
    /// The nearest place of each area; where they overlap, one place in both.
    pub at: [Degrees; 2],
}

/// What an area is made of: all within a width of this.
enum Core<'a> {
    Place(Degrees),
    Line(&'a Chain),
    /// And all that it goes around.
    Ring(&'a Ring),
}

impl Shape {
    /// How near this area and `other` come, if that is under `limit` metres.
    pub(crate) fn near(&self, other: &Self, limit: f64) -> Option<Near> {
        if let (Some(own), Some(their)) = (&self.outline, &other.outline) {
            match told(own, their, limit) {
                Told::Apart => return None,
                Told::Shared { at, depth } => {
                    return Some(Near {
                        metres: -2.0 * depth,
                        at: [at, at],
                    });
                }
                Told::Nothing => {}
            }
        }
        self.measured(other, limit)
    }

    /// As `near`, whatever that takes.
    fn measured(&self, other: &Self, limit: f64) -> Option<Near> {
        let (own, own_width) = self.core();
        let (their, their_width) = other.core();
        if let Some(place) = own.within(&their).or_else(|| their.within(&own)) {
            return Some(overlap(self, other, place));
        }
        let widths = own_width + their_width;
        let nearest = own.nearest(&their, limit + widths)?;
        let [from, to] = nearest.at;
        let along = |metres: f64| match metres > 0.0 {
            true => direct(from, inverse(from, to).1, metres).0,
            false => from,
        };
        let between = nearest.metres - widths;
        if between <= 0.0 {
            // Half way through both, but on neither side beyond where the width is counted from.
            let halfway = (own_width - their_width + nearest.metres) / 2.0;
            let place = along(halfway.clamp(0.0, nearest.metres));
            return Some(overlap(self, other, place));
        }
        Some(Near {
            metres: between,
            at: [along(own_width), along(nearest.metres - their_width)],
        })
    }

    /// Whether a line that begins or ends outside of the area, or in it, comes as near as touching.
    pub(crate) fn touches_line(&self, line: &Chain) -> bool {
        let (own, width) = self.core();
        let line = Core::Line(line);
        line.within(&own).is_some() || own.nearest(&line, width + crate::TOUCH).is_some()
    }

    fn core(&self) -> (Core<'_>, f64) {
        match self.form() {
            Form::Disc { centre, radius } => (Core::Place(*centre), *radius),
            Form::Band { line, half_width } => (Core::Line(line), *half_width),
            Form::Ring(ring) => (Core::Ring(ring), 0.0),
        }
    }

    /// How deep inside a place lies, in metres to the boundary; below 0 outside. Good to 0.2 mm.
    fn depth(&self, place: Degrees) -> f64 {
        match self.form() {
            Form::Disc { centre, radius } => radius - inverse(*centre, place).0,
            Form::Band { line, half_width } => half_width - line.distance(place),
            Form::Ring(ring) => ring.signed(place, ring.chain.distance(place)),
        }
    }

    /// As `depth`, measured along chords in space: quick, for comparing places that lie near each other.
    fn rough_depth(&self, place: Degrees, point: Point3) -> f64 {
        let to = |line: &Chain| {
            line.nearest_chord(point, f64::INFINITY)
                .map_or(f64::INFINITY, |(metres, _)| metres)
        };
        match self.form() {
            Form::Disc { centre, radius } => {
                let off = crate::space::minus(on_ellipsoid(*centre), point);
                radius - libm::sqrt(crate::space::dot(off, off))
            }
            Form::Band { line, half_width } => half_width - to(line),
            Form::Ring(ring) => ring.signed(place, to(&ring.chain)),
        }
    }

    /// A length of the order of the area's size, in metres.
    fn size(&self) -> f64 {
        match self.form() {
            Form::Disc { radius, .. } => *radius,
            Form::Band { half_width, .. } => *half_width,
            Form::Ring(ring) => {
                let whole = ring.boxes.whole();
                libm::hypot(whole.high[0] - whole.low[0], whole.high[1] - whole.low[1])
            }
        }
    }
}

impl Core<'_> {
    fn line(&self) -> Option<&Chain> {
        match self {
            Core::Place(_) => None,
            Core::Line(line) => Some(line),
            Core::Ring(ring) => Some(&ring.chain),
        }
    }

    /// A place of this that lies inside `other`, if the two do not merely cross.
    fn within(&self, other: &Core<'_>) -> Option<Degrees> {
        let first = match self {
            Core::Place(place) => *place,
            Core::Line(line) => line.start(0),
            Core::Ring(ring) => ring.chain.start(0),
        };
        match other {
            Core::Ring(ring) if ring.contains(first) => Some(first),
            Core::Ring(_) | Core::Place(_) | Core::Line(_) => None,
        }
    }

    fn nearest(&self, other: &Core<'_>, limit: f64) -> Option<Nearest> {
        match (self, other) {
            (Core::Place(one), Core::Place(two)) => {
                let metres = inverse(*one, *two).0;
                let at = [*one, *two];
                (metres < limit).then_some(Nearest { metres, at })
            }
            (Core::Place(place), with_line) => with_line.line()?.nearest_place(*place, limit),
            (with_line, Core::Place(place)) => with_line
                .line()?
                .nearest_place(*place, limit)
                .map(Nearest::turned),
            (one, two) => one.line()?.nearest_line(two.line()?, limit),
        }
    }
}

impl Ring {
    /// `metres` to the boundary, as a depth.
    fn signed(&self, place: Degrees, metres: f64) -> f64 {
        if self.contains(place) {
            metres
        } else {
            -metres
        }
    }
}

/// Two areas overlap at `place`: looks around for a place that lies deeper in both.
fn overlap(one: &Shape, other: &Shape, place: Degrees) -> Near {
    let rings = matches!(one.form(), Form::Ring(_)) || matches!(other.form(), Form::Ring(_));
    let place = if rings {
        deeper(one, other, place)
    } else {
        place
    };
    let depth = one.depth(place).min(other.depth(place)).max(0.0);
    Near {
        metres: -2.0 * depth,
        at: [place, place],
    }
}

/// Steps in four directions while that leads deeper, then in smaller steps.
fn deeper(one: &Shape, other: &Shape, from: Degrees) -> Degrees {
    let depth = |place: Degrees| {
        let point = on_ellipsoid(place);
        one.rough_depth(place, point)
            .min(other.rough_depth(place, point))
    };
    let mut step = one.size().min(other.size()) / 2.0;
    let mut deepest = (depth(from), from);
    for _ in 0..MAX_STEPS {
        let around = [20.0, 110.0, 200.0, 290.0]
            .map(|azimuth| direct(deepest.1, azimuth, step).0)
            .map(|place| (depth(place), place));
        match around
            .into_iter()
            .filter(|found| found.0 > deepest.0)
            .max_by(|a, b| a.0.total_cmp(&b.0))
        {
            Some(found) => deepest = found,
            None => step /= 2.0,
        }
    }
    deepest.1
}

#[cfg(test)]
mod tests;
