//! An area in few bytes: what is kept of each, and enough for nearly every answer.
//!
//! The ends of all pieces as offsets from a hub, in whole tenths of a millimetre. What an area needs besides, to be measured
//! to the last, is worked out from it again when it is wanted (`shape::Form`).

use crate::boxes::Bounds;
use crate::chain::{Chain, bulge};
use crate::geodesy::Degrees;
use crate::shape::Form;
use crate::space::{A, Frame, Point2, Point3, dot, minus, on_ellipsoid, to_degrees};

/// Most points that an area has which is kept like this; one more than it has pieces.
pub const MAX_POINTS: usize = 32;
/// Farthest that a point may lie from the hub, in metres: what offsets can hold, and what errors are bounded for.
const MAX_OFFSET: f64 = 200_000.0;
/// Metres to the unit of offsets.
const GRAIN: f64 = 0.000_1;
/// How far a point may lie from where it belongs, in metres: half a unit along each axis, and what `f64` loses.
pub const BLUR: f64 = 0.000_09;

/// What is within `width` of a place or a line, or what a ring goes around.
#[derive(Debug, Clone)]
pub struct Outline {
    /// On the ellipsoid, in metres from the centre of the Earth.
    hub: Point3,
    /// None for a place, which is the hub.
    offsets: Box<[[i32; 3]]>,
    /// Radius, or half a corridor's width; 0 for rings.
    width: f64,
    /// No point of the place, line or ring is farther from the hub, straight through space, in metres.
    reach: f32,
    /// The longest piece, in metres.
    piece: f32,
    is_ring: bool,
    /// For each quarter of the equator, from longitude 0 eastward, whether the area holds its beginning.
    quarters: [bool; 4],
}

impl Outline {
    /// None for what is too large, or has too many points.
    pub fn of(form: &Form) -> Option<Self> {
        match form {
            Form::Disc { centre, radius } => Some(Self {
                hub: on_ellipsoid(*centre),
                offsets: Box::default(),
                width: *radius,
                reach: 0.0,
                piece: 0.0,
                is_ring: false,
                quarters: [false; 4],
            }),
            Form::Band { line, half_width } => Self::of_line(line, *half_width),
            Form::Ring(ring) => Some(Self {
                is_ring: true,
                quarters: QUARTERS.map(|quarter| ring.contains(quarter)),
                ..Self::of_line(&ring.chain, 0.0)?
            }),
        }
    }

    fn of_line(line: &Chain, width: f64) -> Option<Self> {
        let points = line.points();
        if points.len() > MAX_POINTS {
            return None;
        }
        let hub = on_ellipsoid(crate::space::mean_direction(points)?);
        let piece = line.longest();
        let off = |point: &Point3| minus(*point, hub);
        let far = points
            .iter()
            .map(off)
            .map(|off| dot(off, off))
            .fold(0.0, f64::max);
        let reach = libm::sqrt(far) + bulge(piece) + BLUR;
        if reach > MAX_OFFSET {
            return None;
        }
        let offsets = points.iter().map(off);
        Some(Self {
            hub,
            offsets: offsets
                .map(|off| off.map(|metres| libm::round(metres / GRAIN) as i32))
                .collect(),
            width,
            reach: up(reach),
            piece: up(piece),
            is_ring: false,
            quarters: [false; 4],
        })
    }

    pub fn hub(&self) -> Point3 {
        self.hub
    }

    pub fn width(&self) -> f64 {
        self.width
    }

    pub fn is_ring(&self) -> bool {
        self.is_ring
    }

    /// See the field; without the width.
    pub fn reach(&self) -> f64 {
        f64::from(self.reach)
    }

    pub fn piece(&self) -> f64 {
        f64::from(self.piece)
    }

    /// Where it lies in the plane of a frame; how many points there are. A place is one.
    #[inline]
    pub fn flat(&self, frame: &Frame, into: &mut [Point2; MAX_POINTS]) -> Option<usize> {
        let base = frame.seen(self.hub);
        if self.offsets.is_empty() {
            into[0] = frame.at_sight(base)?;
            return Some(1);
        }
        for (offset, place) in self.offsets.iter().zip(into.iter_mut()) {
            let [x, y, z] = *offset;
            let turned = frame.turned([
                f64::from(x) * GRAIN,
                f64::from(y) * GRAIN,
                f64::from(z) * GRAIN,
            ]);
            *place = frame.at_sight([
                base[0] + turned[0],
                base[1] + turned[1],
                base[2] + turned[2],
            ])?;
        }
        Some(self.offsets.len())
    }

    fn points(&self) -> impl Iterator<Item = Point3> + '_ {
        let point = |offset: &[i32; 3]| {
            let along = |axis: usize| self.hub[axis] + f64::from(offset[axis]) * GRAIN;
            [along(0), along(1), along(2)]
        };
        let place = self.offsets.is_empty().then_some(self.hub);
        self.offsets.iter().map(point).chain(place)
    }

    /// The ends of all pieces, good to a tenth of a millimetre.
    pub fn places(&self) -> impl Iterator<Item = Degrees> + '_ {
        self.points().map(to_degrees)
    }

    /// Boxes in space that together hold the area, each around stretches of a line of at most `metres` or one piece.
    pub fn boxes(&self, metres: f64) -> Vec<Bounds<3>> {
        let margin = self.width + bulge(self.piece()) + BLUR;
        let at = |point: Point3| Bounds {
            low: point,
            high: point,
        };
        if self.is_ring || self.offsets.is_empty() {
            // A coordinate in space is greatest or least on the boundary, or where the plumb line runs along its axis.
            let quarters = QUARTERS
                .into_iter()
                .zip(self.quarters)
                .filter(|(_, held)| *held);
            let bulges = quarters.map(|(quarter, _)| on_ellipsoid(quarter));
            let all = self.points().chain(bulges).map(at).reduce(Bounds::joined);
            return all.into_iter().map(|all| all.widened(margin)).collect();
        }
        let (mut stretches, mut run, mut last): (Vec<Bounds<3>>, f64, Option<Point3>) =
            (Vec::new(), 0.0, None);
        for point in self.points() {
            let Some(before) = last.replace(point) else {
                continue;
            };
            let (off, piece) = (minus(point, before), at(before).joined(at(point)));
            let long = libm::sqrt(dot(off, off));
            run += long;
            match stretches.last_mut().filter(|_| run <= metres) {
                Some(stretch) => *stretch = stretch.joined(piece),
                None => {
                    stretches.push(piece);
                    run = long;
                }
            }
        }
        stretches
            .into_iter()
            .map(|stretch| stretch.widened(margin))
            .collect()
    }

    /// How far a piece may stray from its straight line in a frame whose hub is `away` metres from all of it at the most.
    pub fn stray(&self, away: f64) -> f64 {
        let piece = self.piece();
        piece * piece / (8.0 * A) * crate::space::slant(away)
    }
}

/// Where the equator meets the axes: of all places only there, and at the poles, is a coordinate in space extreme. No area
/// holds a pole.
pub const QUARTERS: [Degrees; 4] = [quarter(0.0), quarter(90.0), quarter(180.0), quarter(-90.0)];

const fn quarter(longitude: f64) -> Degrees {
    Degrees {
        latitude: 0.0,
        longitude,
    }
}

/// To `f32`, and not less.
fn up(metres: f64) -> f32 {
    (metres as f32).next_up()
}
