//! A line of geodesics, cut into short pieces, and the exact distance to it.

use model::place::Position;

use crate::boxes::{Bounds, Boxes};
use crate::geodesy::{Degrees, direct, inverse};
use crate::space::{
    MAX_CURVATURE_RADIUS, Point3, chord_to_segment, on_ellipsoid, shortest_for_chord,
};

mod nearest;

pub use nearest::Nearest;

/// Longest edge between two vertices: 1,000 km, in metres.
pub const MAX_EDGE: f64 = 1_000_000.0;
/// Longest line, or boundary, over all edges: 20,000 km, in metres.
pub const MAX_LENGTH: f64 = 20_000_000.0;

/// Why a line of positions is not measured.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum TooLong {
    Edge { index: usize, metres: f64 },
    Whole { metres: f64 },
}

/// One piece: a geodesic from a start, in a direction, over a length.
#[derive(Debug, Clone, Copy)]
struct Piece {
    start: Degrees,
    azimuth: f64,
    metres: f64,
    edge: u32,
}

/// A line, or a ring whose last point is its first.
#[derive(Debug, Clone)]
pub struct Chain {
    pieces: Vec<Piece>,
    /// One more than there are pieces.
    points: Vec<Point3>,
    end: Degrees,
    boxes: Boxes<3>,
    cut: f64,
    /// The longest piece, in metres, and how far it can rise above its chord.
    longest: f64,
    rise: f64,
}

impl Chain {
    /// Joins `positions` in their order by geodesics cut to at most `cut` metres.
    pub fn new(positions: &[Position], closed: bool, cut: f64) -> Result<Self, TooLong> {
        let edges = if closed {
            positions.len()
        } else {
            positions.len() - 1
        };
        let (mut pieces, mut whole) = (Vec::with_capacity(edges), 0.0);
        for index in 0..edges {
            let end = positions[(index + 1) % positions.len()].into();
            let length = cut_edge(&mut pieces, index, positions[index].into(), end, cut);
            whole += length;
            if length > MAX_EDGE {
                return Err(TooLong::Edge {
                    index,
                    metres: length,
                });
            }
            if whole > MAX_LENGTH {
                return Err(TooLong::Whole { metres: whole });
            }
        }
        let end: Degrees = positions[edges % positions.len()].into();
        let points: Vec<Point3> = pieces
            .iter()
            .map(|piece| piece.start)
            .chain([end])
            .map(on_ellipsoid)
            .collect();
        let longest = pieces.iter().map(|piece| piece.metres).fold(0.0, f64::max);
        let boxes = points
            .windows(2)
            .zip(&pieces)
            .map(|(ends, piece)| Bounds::of_segment(ends[0], ends[1], bulge(piece.metres)))
            .collect();
        Ok(Self {
            pieces,
            points,
            end,
            boxes: Boxes::new(boxes),
            cut,
            longest,
            rise: bulge(longest),
        })
    }

    pub fn boxes(&self) -> &Boxes<3> {
        &self.boxes
    }

    /// Boxes in space around stretches of the line, each of at most `metres` or one piece.
    pub fn stretches(&self, metres: f64) -> Vec<Bounds<3>> {
        let (mut stretches, mut run): (Vec<Bounds<3>>, f64) = (Vec::new(), f64::INFINITY);
        for (piece, ends) in self.pieces.iter().zip(self.points.windows(2)) {
            let bounds = Bounds::of_segment(ends[0], ends[1], bulge(piece.metres));
            run += piece.metres;
            match stretches.last_mut().filter(|_| run <= metres) {
                Some(last) => *last = last.joined(bounds),
                None => {
                    stretches.push(bounds);
                    run = piece.metres;
                }
            }
        }
        stretches
    }

    pub fn points(&self) -> &[Point3] {
        &self.points
    }

    /// The longest piece that was allowed, in metres.
    pub const fn cut(&self) -> f64 {
        self.cut
    }

    pub const fn longest(&self) -> f64 {
        self.longest
    }

    /// The edge that a piece belongs to.
    pub fn edge(&self, piece: usize) -> usize {
        self.pieces[piece].edge as usize
    }

    /// Where a piece begins.
    pub fn start(&self, piece: usize) -> Degrees {
        self.pieces[piece].start
    }

    /// The ends of all pieces, in order.
    pub fn starts_and_end(&self) -> impl Iterator<Item = Degrees> + '_ {
        self.pieces
            .iter()
            .map(|piece| piece.start)
            .chain([self.end])
    }

    /// Metres from `place` to the nearest point of the line, along the geodesic; good to 0.05 mm.
    pub fn distance(&self, place: Degrees) -> f64 {
        self.nearest_place(place, f64::INFINITY)
            .map_or(f64::INFINITY, |nearest| nearest.metres)
    }

    /// Whether the line comes nearer to `place` than `metres`.
    pub fn is_nearer(&self, place: Degrees, metres: f64) -> bool {
        let point = on_ellipsoid(place);
        let mut nearer = false;
        self.boxes.visit(
            &mut nearer,
            |_, bounds| shortest_for_chord(bounds.distance(point)) < metres,
            |nearer, index| {
                *nearer = self.at_least(index, point) < metres
                    && self.pieces[index].nearest(place).0 < metres;
                !*nearer
            },
        );
        nearer
    }

    /// No less than this, in metres, is a piece away.
    fn at_least(&self, index: usize, point: Point3) -> f64 {
        let chord = chord_to_segment(point, self.points[index], self.points[index + 1]);
        shortest_for_chord(chord - bulge(self.pieces[index].metres))
    }
}

/// How far a geodesic of this length can rise above its chord, in metres.
pub fn bulge(metres: f64) -> f64 {
    // The smallest radius of curvature, b² / a, is 1 % under the largest.
    metres * metres / (8.0 * 0.98 * MAX_CURVATURE_RADIUS)
}

fn cut_edge(pieces: &mut Vec<Piece>, index: usize, from: Degrees, to: Degrees, cut: f64) -> f64 {
    let (length, azimuth, _) = inverse(from, to);
    let count = libm::ceil(length.min(MAX_EDGE) / cut).max(1.0);
    let metres = length / count;
    for step in 0..count as u32 {
        let (start, azimuth) = if step == 0 {
            (from, azimuth)
        } else {
            direct(from, azimuth, f64::from(step) * metres)
        };
        pieces.push(Piece {
            start,
            azimuth,
            metres,
            edge: index as u32,
        });
    }
    length
}

impl Piece {
    /// Metres from `place` to the nearest point of this piece, and how far along the piece that point is.
    ///
    /// Along the piece, distance times its own slope is nearly linear: its zero, found by false position, is the foot
    /// of the perpendicular.
    fn nearest(&self, place: Degrees) -> (f64, f64) {
        let (at_start, mut low) = self.slope(place, 0.0);
        if low >= 0.0 {
            return (at_start, 0.0);
        }
        let (at_end, mut high) = self.slope(place, self.metres);
        if high <= 0.0 {
            return (at_end, self.metres);
        }
        let (mut from, mut to) = (0.0, self.metres);
        let mut best = if at_start < at_end {
            (at_start, 0.0)
        } else {
            (at_end, self.metres)
        };
        for _ in 0..60 {
            let middle = from + (to - from) * (low / (low - high));
            let (metres, slope) = self.slope(place, middle);
            if metres < best.0 {
                best = (metres, middle);
            }
            // What the foot may be off, squared over twice the distance, is what the distance may be off.
            if slope.abs() < 1.0e-6 || slope * slope < 2.0e-5 * metres || to - from < 1.0e-5 {
                break;
            }
            if slope < 0.0 {
                (from, low, high) = (middle, slope, high / 2.0);
            } else {
                (to, high, low) = (middle, slope, low / 2.0);
            }
        }
        best
    }

    /// The point `along` the piece, and the azimuth there.
    fn at(&self, along: f64) -> (Degrees, f64) {
        if along > 0.0 {
            direct(self.start, self.azimuth, along)
        } else {
            (self.start, self.azimuth)
        }
    }

    /// The distance from `place` to the point `along` the piece, and that distance times how fast it grows there.
    fn slope(&self, place: Degrees, along: f64) -> (f64, f64) {
        let (point, heading) = self.at(along);
        let (metres, _, arriving) = inverse(place, point);
        (
            metres,
            metres * libm::cos((heading - arriving).to_radians()),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(latitude: i32, longitude: i32) -> Position {
        Position::from_e7(latitude, longitude).unwrap()
    }

    /// Slow and plain: looks at points along each edge, ever more closely around the nearest.
    fn slow_distance(positions: &[Position], place: Degrees) -> f64 {
        let mut best = f64::INFINITY;
        for edge in positions.windows(2) {
            let (length, azimuth, _) = inverse(edge[0].into(), edge[1].into());
            let (mut from, mut to) = (0.0, length);
            let reach = |along: f64| inverse(place, direct(edge[0].into(), azimuth, along).0).0;
            for _ in 0..100 {
                let (third, two) = (from + (to - from) / 3.0, to - (to - from) / 3.0);
                if reach(third) < reach(two) {
                    to = two
                } else {
                    from = third
                }
            }
            best = best
                .min(reach((from + to) / 2.0))
                .min(reach(0.0))
                .min(reach(length));
        }
        best
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn distance_to_a_line_is_what_a_patient_search_finds(
            base in (-700_000_000..700_000_000i32, -1_800_000_000..1_800_000_000i32),
            steps in prop::collection::vec((-20_000_000..20_000_000i32, -20_000_000..20_000_000i32), 1..6),
            off in (-30_000_000..30_000_000i32, -30_000_000..30_000_000i32),
        ) {
            let start = at(base.0, base.1);
            let moved = |step: &(i32, i32)| {
                at(base.0 + step.0, crate::geodesy::wrapped(base.1.saturating_add(step.1).min(1_799_999_999)))
            };
            let mut positions = vec![start];
            positions.extend(steps.iter().map(moved));
            positions.dedup();
            prop_assume!(positions.len() > 1);
            let place = Degrees::from(moved(&off));
            let chain = Chain::new(&positions, false, 7_000.0).unwrap();
            let (fast, slow) = (chain.distance(place), slow_distance(&positions, place));
            prop_assert!((fast - slow).abs() < 1.0e-4, "{} against {}", fast, slow);
            prop_assert!(chain.is_nearer(place, slow + 1.0e-3));
            prop_assert!(!chain.is_nearer(place, slow - 1.0e-3));
        }
    }

    #[test]
    fn the_nearest_point_is_the_one_nearest_along_the_ground_not_through_it() {
        // A chord of 500 km is over a metre shorter along the meridian than along the parallel.
        let hub = Degrees {
            latitude: 35.0,
            longitude: 40.0,
        };
        let ends = [(0.0, 500_000.5), (45.0, 900_000.0), (90.0, 500_000.0)]
            .map(|(azimuth, metres)| direct(hub, azimuth, metres).0.rounded());
        let [north, east] = [ends[0], ends[2]].map(|end| inverse(hub, end.into()).0);
        let distance = Chain::new(&ends, false, 5_000.0).unwrap().distance(hub);
        assert!(east < north - 0.4);
        assert!(
            (distance - east).abs() < 1.0e-4,
            "{distance} against {east}"
        );
    }

    #[test]
    fn an_edge_or_a_line_that_is_too_long_is_not_measured() {
        let edge = Chain::new(&[at(0, 0), at(0, 90_000_000)], false, 10_000.0);
        assert!(
            matches!(edge, Err(TooLong::Edge { index: 0, .. })),
            "{edge:?}"
        );
        let to_and_fro: Vec<_> = (0..30).map(|index| at(0, index % 2 * 80_000_000)).collect();
        assert!(matches!(
            Chain::new(&to_and_fro, false, 10_000.0),
            Err(TooLong::Whole { .. })
        ));
    }
}
