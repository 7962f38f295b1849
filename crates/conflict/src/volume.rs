//! A volume: ground, heights and time, held by one party, of one kind.

use model::altitude::AltitudeBand;
use model::ids::PartyId;
use model::kind::Kind;
use model::units::Timestamp;
use model::window::Window;

use crate::boxes::Bounds;
use crate::outline::QUARTERS;
use crate::shape::{Form, Ring, Shape};
use crate::space::{Point3, on_ellipsoid};

/// A long line is cut into stretches of at most this, in metres, each with a box of its own: one box around all of it
/// would be as good as none.
const STRETCH: f64 = 16_000.0;

/// A volume that somebody has declared or plans, with all of its boundaries included.
#[derive(Debug, Clone)]
pub struct Volume<K> {
    /// What names it to the caller. It also gives conflicts their order.
    pub key: K,
    pub party: PartyId,
    pub kind: Kind,
    pub shape: Shape,
    pub band: AltitudeBand,
    pub span: Span,
}

impl<K> Volume<K> {
    /// Boxes that together hold its area, by their least and greatest corner, in metres from the centre of the Earth.
    pub fn boxes(&self) -> Vec<[Point3; 2]> {
        let boxes = self.shape.boxes().into_iter();
        boxes.map(|bounds| [bounds.low, bounds.high]).collect()
    }
}

/// From one instant until another, both included; `from <= until`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    from: Timestamp,
    until: Timestamp,
}

impl Span {
    /// From an instant on, with no end yet: a protected site whose window is over stays until it is withdrawn.
    pub const fn until_withdrawn(from: Timestamp) -> Self {
        Self {
            from,
            until: Timestamp::MAX,
        }
    }

    /// One instant.
    pub const fn at(instant: Timestamp) -> Self {
        Self {
            from: instant,
            until: instant,
        }
    }

    /// Whether they share an instant.
    pub fn meets(self, other: Self) -> bool {
        self.from <= other.until && other.from <= self.until
    }

    pub const fn from(self) -> Timestamp {
        self.from
    }

    pub const fn until(self) -> Timestamp {
        self.until
    }
}

impl From<Window> for Span {
    fn from(window: Window) -> Self {
        Self {
            from: window.from(),
            until: window.until(),
        }
    }
}

impl Shape {
    /// Boxes in space that together hold the area, each around a part of it.
    pub(crate) fn boxes(&self) -> Vec<Bounds<3>> {
        self.boxes_of(STRETCH)
    }

    /// As `boxes`, each around at most `metres` of a line, or as much as it is wide.
    pub(crate) fn boxes_of(&self, metres: f64) -> Vec<Bounds<3>> {
        if let Some(outline) = &self.outline {
            return outline.boxes(metres.max(2.0 * outline.width()));
        }
        match self.form() {
            Form::Disc { centre, radius } => vec![at(on_ellipsoid(*centre)).widened(*radius)],
            Form::Band { line, half_width } => line
                .stretches(metres.max(2.0 * half_width))
                .into_iter()
                .map(|stretch| stretch.widened(*half_width))
                .collect(),
            Form::Ring(ring) => vec![ring.in_space()],
        }
    }
}

impl Ring {
    /// A box in space around the boundary and all that it goes around.
    ///
    /// A coordinate in space is greatest or least on the boundary, or where the plumb line runs along its axis: on the
    /// equator at a whole quarter of a turn, or at a pole, and no area holds a pole.
    fn in_space(&self) -> Bounds<3> {
        QUARTERS
            .into_iter()
            .filter(|quarter| self.contains(*quarter))
            .fold(self.chain.boxes().whole(), |all, quarter| {
                all.joined(at(on_ellipsoid(quarter)))
            })
    }
}

fn at(point: Point3) -> Bounds<3> {
    Bounds {
        low: point,
        high: point,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geodesy::{Degrees, direct};
    use model::place::{Area, Circle, Corridor, Polygon, Position};
    use model::units::Millimetres;
    use proptest::prelude::*;

    fn held(boxes: &[Bounds<3>], place: Degrees) -> bool {
        let point = at(on_ellipsoid(place)).widened(crate::TOUCH);
        boxes.iter().any(|bounds| bounds.meets(&point))
    }

    proptest! {
        #[test]
        fn the_boxes_hold_the_area(
            latitude in -85.0..85.0,
            longitude in prop::sample::select(vec![-180.0, -90.0, -0.2, 0.0, 40.0, 90.1, 179.9]),
            size in 100.0..900_000.0, parts in prop::collection::vec((0.0..360.0, 0.0..1.0), 20), low in any::<bool>(),
        ) {
            let middle = Degrees { latitude: if low { latitude / 85.0 } else { latitude }, longitude };
            let place = |azimuth: f64, metres: f64| direct(middle, azimuth, metres).0;
            let corners: Vec<Position> = (0..5).map(|corner| place(f64::from(corner) * 72.0, size).rounded()).collect();
            let width = Millimetres::new((size * 200.0) as i64).unwrap().max(model::place::MIN_WIDTH);
            let radius = Millimetres::new((size * 500.0) as i64).unwrap();
            let areas = [
                Area::Polygon(Polygon::new(corners.clone()).unwrap()),
                Area::Corridor(Corridor::new(corners, width).unwrap()),
                Area::Circle(Circle::new(middle.rounded(), radius).unwrap()),
            ];
            for area in areas {
                let Ok(shape) = Shape::new(area) else { continue };
                let boxes = shape.boxes();
                for (azimuth, part) in &parts {
                    let place = place(*azimuth, part * size);
                    prop_assert!(!shape.contains_place(place) || held(&boxes, place));
                }
            }
        }
    }

    #[test]
    fn the_middle_of_an_area_on_the_equator_bulges_out_of_the_box_of_its_edges() {
        let corner = |a: i32, b: i32| Position::from_e7(a * 10_000_000, b * 10_000_000).unwrap();
        let ring = [corner(-4, -4), corner(-4, 4), corner(4, 4), corner(4, -4)];
        let shape = Shape::new(Area::Polygon(Polygon::new(ring.to_vec()).unwrap())).unwrap();
        let middle = Degrees {
            latitude: 0.0,
            longitude: 0.0,
        };
        assert!(held(&shape.boxes(), middle));
    }
}
