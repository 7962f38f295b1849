//! Where two lines, or a line and a place, come nearest.
//!
//! On the ellipsoid two geodesics that do not cross are nearest at an end of one of them: its curvature is positive, so
//! a common perpendicular between them is never the shortest way. What remains is to find the pieces worth measuring.

use super::{Chain, bulge};
use crate::geodesy::{Degrees, direct};
use crate::plane::{segments_meet, side};
use crate::space::{
    Frame, Point2, Point3, chord_between_segments, chord_to_segment, on_ellipsoid,
    shortest_for_chord,
};

/// What would be nearer by less than this, in metres, is not looked for.
const ENOUGH: f64 = 0.000_1;

/// How far apart in metres along the geodesic, and the place on either side. Places may be off along their line by more
/// than the distance is.
#[derive(Debug, Clone, Copy)]
pub struct Nearest {
    pub metres: f64,
    pub at: [Degrees; 2],
}

impl Nearest {
    fn crossing(at: Degrees) -> Self {
        Self {
            metres: 0.0,
            at: [at, at],
        }
    }

    /// Seen from the other side.
    pub fn turned(self) -> Self {
        let [one, other] = self.at;
        Self {
            metres: self.metres,
            at: [other, one],
        }
    }
}

/// Where to measure first, or that nothing needs measuring.
enum Guess {
    Pieces(usize, usize),
    Crossing(Degrees),
}

/// The nearest that was found, and what something must be under to be worth measuring.
struct Search {
    best: Option<Nearest>,
    under: f64,
}

impl Search {
    fn new(limit: f64) -> Self {
        Self {
            best: None,
            under: limit,
        }
    }

    fn found(&mut self, nearest: Nearest) {
        if nearest.metres < self.under {
            self.under = nearest.metres - ENOUGH;
            self.best = Some(nearest);
        }
    }
}

impl Chain {
    /// Where the line comes nearest to `place`, if that is under `limit` metres: on the place, and on the line.
    ///
    /// The distance is good to 0.15 mm.
    pub fn nearest_place(&self, place: Degrees, limit: f64) -> Option<Nearest> {
        let point = on_ellipsoid(place);
        // A good guess first, so that few pieces need measuring: the nearest of their chords.
        let (_, guess) = self.nearest_chord(point, limit + self.rise)?;
        let mut search = Search::new(limit);
        self.measure_place(guess, place, &mut search);
        self.boxes.visit(
            &mut search,
            |search, bounds| shortest_for_chord(bounds.distance(point)) < search.under,
            |search, index| {
                if index != guess && self.at_least(index, point) < search.under {
                    self.measure_place(index, place, search);
                }
                true
            },
        );
        search.best
    }

    /// Straight distance in space to the nearest chord of the line, and which: if it is under `limit` metres.
    pub fn nearest_chord(&self, point: Point3, limit: f64) -> Option<(f64, usize)> {
        let mut nearest = (limit, None);
        self.boxes.visit(
            &mut nearest,
            |nearest, bounds| bounds.distance(point) < nearest.0,
            |nearest, index| {
                let [from, to] = self.segment(index);
                let chord = chord_to_segment(point, from, to);
                if chord < nearest.0 {
                    *nearest = (chord, Some(index));
                }
                true
            },
        );
        Some((nearest.0, nearest.1?))
    }

    /// Where this line and `other` come nearest, if that is under `limit` metres; 0 where they cross.
    ///
    /// The distance is good to 0.15 mm. Most pairs take microseconds; two of 10,000 pieces each, drawn to be slow, take
    /// longer (`examples/timing.rs`).
    pub fn nearest_line(&self, other: &Self, limit: f64) -> Option<Nearest> {
        let mut search = Search::new(limit);
        let guess = match self.nearest_chords(other, limit + self.rise + other.rise)? {
            Guess::Crossing(at) => return Some(Nearest::crossing(at)),
            Guess::Pieces(one, two) => (one, two),
        };
        self.measure_pieces(other, guess, &mut search);
        self.boxes.visit_pairs(
            &other.boxes,
            &mut search,
            |search, apart| shortest_for_chord(apart) < search.under,
            |search, one, two| {
                if (one, two) != guess {
                    self.measure_pieces(other, (one, two), search);
                }
                search.under > 0.0
            },
        );
        search.best
    }

    /// The two pieces whose chords are nearest, if they are under `limit` metres apart; or the first crossing met with.
    fn nearest_chords(&self, other: &Self, limit: f64) -> Option<Guess> {
        let mut nearest = (limit, None);
        self.boxes.visit_pairs(
            &other.boxes,
            &mut nearest,
            |nearest, apart| apart < nearest.0,
            |nearest, one, two| {
                let chord = chord_between_segments(self.segment(one), other.segment(two));
                if chord >= nearest.0 {
                    return true;
                }
                let crossing = self.crossing(other, (one, two), chord);
                let guess = crossing.map_or(Guess::Pieces(one, two), Guess::Crossing);
                *nearest = (chord, Some(guess));
                crossing.is_none()
            },
        );
        nearest.1
    }

    fn measure_place(&self, index: usize, place: Degrees, search: &mut Search) {
        let piece = &self.pieces[index];
        let (metres, along) = piece.nearest(place);
        search.found(Nearest {
            metres,
            at: [place, piece.at(along).0],
        });
    }

    fn measure_pieces(&self, other: &Self, (one, two): (usize, usize), search: &mut Search) {
        let (here, there) = (self.segment(one), other.segment(two));
        let chord = chord_between_segments(here, there);
        if shortest_for_chord(chord - self.rise(other, (one, two))) >= search.under {
            return;
        }
        if let Some(at) = self.crossing(other, (one, two), chord) {
            search.found(Nearest::crossing(at));
            return;
        }
        for (place, point) in self.own_ends(one) {
            if other.at_least(two, point) < search.under {
                other.measure_place(two, place, search);
            }
        }
        for (place, point) in other.own_ends(two) {
            if self.at_least(one, point) < search.under {
                let mut turned = Search::new(search.under);
                self.measure_place(one, place, &mut turned);
                if let Some(nearest) = turned.best {
                    search.found(nearest.turned());
                }
            }
        }
    }

    /// How far two geodesics together can rise above their chords, in metres.
    fn rise(&self, other: &Self, (one, two): (usize, usize)) -> f64 {
        bulge(self.pieces[one].metres) + bulge(other.pieces[two].metres)
    }

    /// Where two pieces cross, whose chords are `chord` metres apart.
    ///
    /// Both are straight to 0.1 mm in the plane that touches the ellipsoid where one begins; where that leaves it open
    /// whether they cross, an end of one lies within 0.2 mm of the other, and is measured.
    fn crossing(&self, other: &Self, (one, two): (usize, usize), chord: f64) -> Option<Degrees> {
        if chord > self.rise(other, (one, two)) + ENOUGH {
            return None;
        }
        let piece = &self.pieces[one];
        let frame = Frame::at(piece.start);
        let seen = |ends: [Point3; 2]| -> Option<[Point2; 2]> {
            Some([frame.project(ends[0])?, frame.project(ends[1])?])
        };
        let (own, their) = (seen(self.segment(one))?, seen(other.segment(two))?);
        if !segments_meet(own, their, 0.0) {
            return None;
        }
        let (from, to) = (
            side(their[0], their[1], own[0]),
            side(their[0], their[1], own[1]),
        );
        // On one line: the ends tell where they meet.
        let along = (from != to).then(|| from / (from - to))?;
        Some(direct(piece.start, piece.azimuth, along * piece.metres).0)
    }

    /// The start of a piece, and of the last its end: over all pieces, each point of the line once.
    fn own_ends(&self, index: usize) -> impl Iterator<Item = (Degrees, Point3)> {
        let last = index + 1 == self.pieces.len();
        let end = last.then_some((self.end, self.points[index + 1]));
        [(self.pieces[index].start, self.points[index])]
            .into_iter()
            .chain(end)
    }

    fn segment(&self, index: usize) -> [Point3; 2] {
        [self.points[index], self.points[index + 1]]
    }
}
