//! Whether a ring crosses or touches itself: the sweep of Shamos and Hoey, in O(n log n).
//!
//! A line moves over the plane and meets the pieces in order; only pieces that are neighbours along it can be the first
//! to meet. Orientation is exact, so the order is consistent until the first crossing, where the sweep ends.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use crate::plane::{distance_to_segment, segments_meet, side};
use crate::space::Point2;

/// What is wrong with a ring, by the indices of its pieces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flaw {
    /// Two pieces cross or touch.
    Meet(usize, usize),
    /// This piece and the next lie on each other.
    Fold(usize),
}

/// The first flaw of a closed ring, whose last point repeats its first; pieces nearer than `tolerance` touch.
pub fn flaw(points: &[Point2], tolerance: f64) -> Option<Flaw> {
    let pieces: Vec<Piece> = points
        .windows(2)
        .enumerate()
        .map(|(index, ends)| Piece::new(index, ends))
        .collect();
    fold(points, tolerance).or_else(|| meeting(&pieces, tolerance))
}

fn fold(points: &[Point2], tolerance: f64) -> Option<Flaw> {
    let count = points.len() - 1;
    let length = |a: Point2, b: Point2| libm::hypot(b[0] - a[0], b[1] - a[1]);
    (0..count)
        .find(|index| {
            let (before, at) = (points[*index], points[index + 1]);
            let after = points[(index + 1) % count + 1];
            if length(at, before) < length(at, after) {
                distance_to_segment(before, at, after) <= tolerance
            } else {
                distance_to_segment(after, at, before) <= tolerance
            }
        })
        .map(Flaw::Fold)
}

/// A piece from its left end to its right end; where they are above each other, from the lower.
#[derive(Debug, Clone, Copy)]
struct Piece {
    index: usize,
    left: Point2,
    right: Point2,
}

impl Piece {
    fn new(index: usize, ends: &[Point2]) -> Self {
        let (left, right) = if lexical(&ends[0], &ends[1]).is_le() {
            (ends[0], ends[1])
        } else {
            (ends[1], ends[0])
        };
        Self { index, left, right }
    }
}

fn lexical(a: &Point2, b: &Point2) -> Ordering {
    a[0].total_cmp(&b[0]).then(a[1].total_cmp(&b[1]))
}

/// Pieces that the sweep line crosses, ordered from below, at the start of the later of the two.
impl Ord for Piece {
    fn cmp(&self, other: &Self) -> Ordering {
        if self.index == other.index {
            return Ordering::Equal;
        }
        if lexical(&self.left, &other.left).is_gt() {
            return other.cmp(self).reverse();
        }
        let above = |point: Point2| side(self.left, self.right, point);
        let by_start = above(other.left);
        let by = if by_start == 0.0 {
            above(other.right)
        } else {
            by_start
        };
        match by.partial_cmp(&0.0) {
            Some(Ordering::Greater) => Ordering::Less,
            Some(Ordering::Less) => Ordering::Greater,
            Some(Ordering::Equal) | None => self.index.cmp(&other.index),
        }
    }
}

impl PartialOrd for Piece {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Piece {
    fn eq(&self, other: &Self) -> bool {
        self.index == other.index
    }
}

impl Eq for Piece {}

fn meeting(pieces: &[Piece], tolerance: f64) -> Option<Flaw> {
    let count = pieces.len();
    let meet = |one: Option<&Piece>, other: Option<&Piece>| {
        let (one, other) = (one?, other?);
        let apart = one.index.abs_diff(other.index);
        let neighbours = apart == 1 || apart == count - 1;
        let (first, second) = (one.index.min(other.index), one.index.max(other.index));
        (!neighbours && segments_meet([one.left, one.right], [other.left, other.right], tolerance))
            .then_some(Flaw::Meet(first, second))
    };
    let mut events: Vec<(Point2, bool, usize)> = pieces
        .iter()
        .flat_map(|piece| {
            [
                (piece.left, true, piece.index),
                (piece.right, false, piece.index),
            ]
        })
        .collect();
    // At one point, what begins there comes before what ends there goes: so pieces that only share it are neighbours.
    events.sort_by(|a, b| lexical(&a.0, &b.0).then(b.1.cmp(&a.1)));
    let mut crossed: BTreeSet<&Piece> = BTreeSet::new();
    for (_, begins, index) in events {
        let piece = &pieces[index];
        if !begins {
            crossed.remove(piece);
        }
        let below = crossed.range::<&Piece, _>(..piece).next_back().copied();
        let above = crossed.range::<&Piece, _>(piece..).next().copied();
        let found = if begins {
            meet(below, Some(piece)).or_else(|| meet(above, Some(piece)))
        } else {
            meet(below, above)
        };
        if found.is_some() {
            return found;
        }
        if begins {
            crossed.insert(piece);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn ring(points: &[Point2]) -> Vec<Point2> {
        let mut ring = points.to_vec();
        ring.push(points[0]);
        ring
    }

    /// Every pair, one by one.
    fn slow(points: &[Point2], tolerance: f64) -> bool {
        let count = points.len() - 1;
        let ends = |index: usize| [points[index], points[index + 1]];
        let pairs = (0..count).any(|one| {
            (one + 2..count)
                .filter(|other| one > 0 || *other < count - 1)
                .any(|other| segments_meet(ends(one), ends(other), tolerance))
        });
        pairs || fold(points, tolerance).is_some()
    }

    #[test]
    fn a_bow_tie_crosses_and_a_spike_folds() {
        let bow_tie = ring(&[[0.0, 0.0], [10.0, 10.0], [10.0, 0.0], [0.0, 10.0]]);
        assert_eq!(flaw(&bow_tie, 0.001), Some(Flaw::Meet(0, 2)));
        let spike = ring(&[[0.0, 0.0], [10.0, 0.1], [20.0, 0.0], [5.0, 0.0]]);
        assert_eq!(flaw(&spike, 0.001), None);
        let spike = ring(&[
            [0.0, 0.0],
            [10.0, 0.1],
            [20.0, 0.2],
            [5.0, 5.0],
            [10.0, 0.1001],
        ]);
        assert!(flaw(&spike, 0.001).is_some());
        let line = ring(&[[0.0, 0.0], [10.0, 10.0], [20.0, 20.0]]);
        assert!(matches!(flaw(&line, 0.001), Some(Flaw::Fold(_))));
        assert_eq!(
            flaw(&ring(&[[0.0, 0.0], [10.0, 1.0], [5.0, 9.0]]), 0.001),
            None
        );
    }

    #[test]
    fn corners_that_touch_tip_to_tip_are_found() {
        let tips = ring(&[
            [0.0, 0.0],
            [5.0, 5.0],
            [0.0, 9.0],
            [10.0, 9.0],
            [5.0, 5.0],
            [10.0, 0.0],
        ]);
        assert!(matches!(flaw(&tips, 1.0e-6), Some(Flaw::Meet(..))));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(5_000))]
        #[test]
        fn the_sweep_agrees_with_a_look_at_every_pair(
            points in prop::collection::vec((0..12i32, 0..12i32), 3..12),
        ) {
            // Whole numbers turned a little: touching and collinear pieces abound.
            let (sin, cos) = libm::sincos(0.3);
            let turned: Vec<Point2> = points
                .iter()
                .map(|(x, y)| (f64::from(*x), f64::from(*y)))
                .map(|(x, y)| [x * cos - y * sin, x * sin + y * cos])
                .collect();
            let ring = ring(&turned);
            prop_assert_eq!(flaw(&ring, 1.0e-6).is_some(), slow(&ring, 1.0e-6), "{:?}", points);
        }

        #[test]
        fn a_star_around_a_point_is_simple(
            radii in prop::collection::vec(1.0..50.0, 3..60),
        ) {
            let count = radii.len() as f64;
            let star: Vec<Point2> = radii
                .iter()
                .enumerate()
                .map(|(index, radius)| {
                    let (sin, cos) = libm::sincos(index as f64 / count * std::f64::consts::TAU);
                    [radius * cos, radius * sin]
                })
                .collect();
            prop_assert_eq!(flaw(&ring(&star), 1.0e-9), None);
        }
    }
}
