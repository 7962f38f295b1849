//! What is doubtful about the place of a stop call.
//!
//! Nothing here holds a call up: it is carried as it was given. Each node works the doubts out for itself, on its own
//! arrangement, so that the called desk does not have to rely on the caller's word for it.

use crate::ground::{Unsound, agreement};
use conflict::geodesy::leg;
use conflict::shape::Shape;
use model::arrangement::Arrangement;
use model::description::{Anchor, RawDescription, SecondDescription};
use model::place::{Area, Circle, MIN_RADIUS, Position};
use model::said::{Message, Part, Said, Says};
use model::slot::{SlotCode, Slots, Value};
use model::units::Millimetres;
use std::fmt;

/// One thing about the place of a stop call that a person should ask about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// Farther outside the agreed area than its own precision explains.
    Outside {
        slot: SlotCode,
        given: Position,
        distance: Millimetres,
    },
    /// Outside the agreed area, and inside it with latitude and longitude the other way round.
    Swapped {
        slot: SlotCode,
        given: Position,
        distance: Millimetres,
        swapped: Position,
    },
    /// Bearing and distance lead elsewhere, or start from no point that the arrangement lists.
    Disagrees { words: Said },
}

impl Doubt {
    /// Where it would be if latitude and longitude were swapped, if that is what it looks like.
    pub fn swapped(&self) -> Option<Position> {
        match self {
            Doubt::Swapped { swapped, .. } => Some(*swapped),
            Doubt::Outside { .. } | Doubt::Disagrees { .. } => None,
        }
    }
}

impl fmt::Display for Doubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Doubt::Outside {
                slot,
                given,
                distance,
            } => write!(
                f,
                "the {slot} given, {}, is {} outside the agreed area",
                Degrees(*given),
                Kilometres(*distance)
            ),
            Doubt::Swapped {
                slot,
                given,
                distance,
                swapped,
            } => write!(
                f,
                "the {slot} given, {}, is {} outside the agreed area; {} is inside it: latitude and longitude look swapped",
                Degrees(*given),
                Kilometres(*distance),
                Degrees(*swapped)
            ),
            Doubt::Disagrees { words } => words.fmt(f),
        }
    }
}

impl Says for Doubt {
    const MESSAGES: &'static [Message] = &[
        Message {
            id: "doubt-outside",
            slots: &["slot", "given", "distance"],
        },
        Message {
            id: "doubt-swapped",
            slots: &["slot", "given", "distance", "swapped"],
        },
    ];

    fn said(&self) -> Said {
        let degrees = |position: &Position| Part::Verbatim(Degrees(*position).to_string());
        let said = |distance: &Millimetres| Part::Length(Kilometres(*distance).cut());
        match self {
            Doubt::Outside {
                slot,
                given,
                distance,
            } => Said::of("doubt-outside", self)
                .with("slot", slot)
                .with("given", degrees(given))
                .with("distance", said(distance)),
            Doubt::Swapped {
                slot,
                given,
                distance,
                swapped,
            } => Said::of("doubt-swapped", self)
                .with("slot", slot)
                .with("given", degrees(given))
                .with("distance", said(distance))
                .with("swapped", degrees(swapped)),
            Doubt::Disagrees { words } => words.clone(),
        }
    }
}

/// `35.3300N 40.1400E`: as it is said, and as it can be typed again. To about 10 m, cut off, for saying, not for use.
pub struct Degrees(pub Position);

impl fmt::Display for Degrees {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let half = |f: &mut fmt::Formatter<'_>, e7: i32, names: [char; 2]| {
            let (magnitude, name) = (e7.unsigned_abs(), names[usize::from(e7 < 0)]);
            let (whole, rest) = (magnitude / 10_000_000, magnitude % 10_000_000 / 1_000);
            write!(f, "{whole}.{rest:04}{name}")
        };
        half(f, self.0.latitude().as_e7(), ['N', 'S'])?;
        f.write_str(" ")?;
        half(f, self.0.longitude().as_e7(), ['E', 'W'])
    }
}

/// From 10 km up in whole kilometres, as it is said.
struct Kilometres(Millimetres);

impl Kilometres {
    /// Cut off to the kilometre from 10 km up.
    fn cut(&self) -> Millimetres {
        let mm = self.0.as_mm();
        let cut = match mm {
            10_000_000.. => mm / 1_000_000 * 1_000_000,
            _near => mm,
        };
        Millimetres::new(cut).unwrap_or(self.0)
    }
}

impl fmt::Display for Kilometres {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.as_mm() / 1_000_000 {
            whole @ 10.. => write!(f, "{whole} km"),
            _near => self.0.fmt(f),
        }
    }
}

/// What is doubtful about the places in `slots`, under an arrangement whose area is `within`. At most three: the place,
/// the area (by its first point or centre, so that it takes no time to speak of), and the second description.
pub fn doubts(slots: &Slots, arrangement: &Arrangement, within: &Shape) -> Vec<Doubt> {
    let mut found = Vec::new();
    let place = match slots.value(SlotCode::Place) {
        Some(Value::Place(place)) => Some(*place),
        _none => None,
    };
    if let Some(place) = place {
        found.extend(outside(
            SlotCode::Place,
            place.position,
            place.precision,
            within,
        ));
    }
    let anchor = slots.area().and_then(|area| {
        let centre = area.position_of(area.first_anchor()).ok()?;
        Some((centre, reach(area)))
    });
    if let Some((centre, reach)) = anchor {
        found.extend(outside(SlotCode::Area, centre, reach, within));
    }
    let disagrees = match (slots.area(), place, slots.second()) {
        (Some(_), _, Some(_)) => agreement(slots, arrangement).err(),
        (None, Some(place), Some(second)) => {
            let around = around(place.position, place.precision, &second);
            around.and_then(|slots| agreement(&slots, arrangement).err())
        }
        (_, _, _) => None,
    };
    found.extend(disagrees.map(|Unsound { words, .. }| Doubt::Disagrees { words }));
    found
}

fn outside(
    slot: SlotCode,
    given: Position,
    explained: Millimetres,
    within: &Shape,
) -> Option<Doubt> {
    if within.contains(given) {
        return None;
    }
    let distance = within.distance(given);
    let swapped = given
        .swapped()
        .filter(|swapped| within.contains(*swapped) && *swapped != given);
    match swapped {
        Some(swapped) => Some(Doubt::Swapped {
            slot,
            given,
            distance,
            swapped,
        }),
        None => (distance > explained).then_some(Doubt::Outside {
            slot,
            given,
            distance,
        }),
    }
}

/// How far an area reaches from its first point or centre, roughly: what that lies outside may still reach in.
fn reach(area: &Area) -> Millimetres {
    match area {
        Area::Circle(circle) => circle.radius(),
        Area::Polygon(polygon) => {
            let (first, mut others) = (polygon.vertices().first(), polygon.vertices().iter());
            let second = others.nth(1);
            first
                .zip(second)
                .map_or(Millimetres::ZERO, |(one, other)| leg(*one, *other).distance)
        }
        Area::Corridor(corridor) => corridor.width(),
    }
}

/// A place and its second description, as the smallest area with the same anchor, so that both are compared as for a
/// notice.
pub(crate) fn around(
    position: Position,
    precision: Millimetres,
    second: &SecondDescription,
) -> Option<Slots> {
    let area = Area::Circle(Circle::new(position, MIN_RADIUS).ok()?);
    let second = SecondDescription::new(RawDescription {
        reference: second.reference(),
        anchor: Anchor::Centre,
        bearing: second.bearing(),
        bearing_precision: second.bearing_precision(),
        distance: second.distance(),
        distance_precision: second.distance_precision(),
    })
    .ok()?;
    let precision = u64::try_from(precision.as_mm()).ok()?;
    Slots::new()
        .with(SlotCode::Area, Value::Area(area))
        .and_then(|slots| slots.with(SlotCode::Second, Value::Second(second)))
        .and_then(|slots| slots.with(SlotCode::Precision, Value::Number(precision)))
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(latitude: i32, longitude: i32) -> Position {
        Position::from_e7(latitude, longitude).unwrap()
    }

    fn area() -> Shape {
        let centre = at(353_359_000, 401_459_000);
        Shape::new(Area::Circle(
            Circle::new(centre, Millimetres::from_metres(40_000)).unwrap(),
        ))
        .unwrap()
    }

    fn place(position: Position, metres: i32) -> Option<Doubt> {
        let precision = Millimetres::from_metres(metres);
        outside(SlotCode::Place, position, precision, &area())
    }

    #[test]
    fn a_place_is_doubted_only_beyond_what_its_precision_explains() {
        assert_eq!(place(at(353_359_000, 401_459_000), 1), None);
        // 45 km north of the middle.
        let near = at(357_414_000, 401_459_000);
        let Some(Doubt::Outside { distance, .. }) = place(near, 100) else {
            panic!("not doubted");
        };
        let metres = i32::try_from(distance.as_mm() / 1_000).unwrap();
        assert!((4_500..5_500).contains(&metres), "{distance}");
        assert!(place(near, metres - 1).is_some());
        assert_eq!(place(near, metres + 1), None);
    }

    #[test]
    fn a_doubt_is_found_wherever_on_earth_the_place_is() {
        for (latitude, longitude) in [
            (0, 0),
            (-353_359_000, -1_398_541_000),
            (900_000_000, 0),
            (-900_000_000, 0),
            (353_359_000, -1_800_000_000),
        ] {
            assert!(place(at(latitude, longitude), 100).is_some());
        }
    }

    #[test]
    fn what_looks_swapped_is_said_with_what_was_probably_meant_in_a_form_that_can_be_typed() {
        let doubt = place(at(401_459_000, 353_359_000), 100).unwrap();
        let meant = doubt.swapped().unwrap();
        assert_eq!(Degrees(meant).to_string(), "35.3359N 40.1459E");
        assert!(
            doubt.to_string().starts_with(
                "the place given, 40.1459N 35.3359E, is 641 km outside the agreed area"
            ),
            "{doubt}"
        );
        let south_west = at(-5_000, -1_790_005_000);
        assert_eq!(Degrees(south_west).to_string(), "0.0005S 179.0005W");
    }

    #[test]
    fn a_large_area_that_may_reach_in_is_not_doubted() {
        let agreed = area();
        let circle = |radius| {
            let centre = at(360_000_000, 401_459_000);
            let circle = Circle::new(centre, Millimetres::from_metres(radius)).unwrap();
            let area = Area::Circle(circle);
            outside(SlotCode::Area, centre, reach(&area), &agreed)
        };
        assert!(circle(1_000).is_some());
        assert_eq!(circle(60_000), None);
    }
}
