//! Whether the two descriptions of a place agree.

use model::description::{DescriptionRefused, SecondDescription};
use model::place::{Area, Position};
use model::units::Millimetres;

use crate::geodesy::{destination, leg};

/// What came of comparing the two descriptions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Agreement {
    /// They lie no farther apart than both precisions together allow.
    Agree {
        difference: Millimetres,
        allowance: Millimetres,
    },
    /// They lie farther apart: the notice is refused.
    Disagree {
        difference: Millimetres,
        allowance: Millimetres,
    },
}

impl Agreement {
    /// How far the place that the shape gives is from the place that bearing and distance give.
    pub const fn difference(self) -> Millimetres {
        match self {
            Self::Agree { difference, .. } | Self::Disagree { difference, .. } => difference,
        }
    }

    /// Both precisions together. If it is large, agreement says little.
    pub const fn allowance(self) -> Millimetres {
        match self {
            Self::Agree { allowance, .. } | Self::Disagree { allowance, .. } => allowance,
        }
    }
}

/// Compares the anchor of `area`, stated to within `shape_precision`, with the place to which bearing and distance lead
/// from `reference`, the position of the reference point that `second` names.
///
/// Refused if the area has no such anchor.
pub fn compare(
    area: &Area,
    shape_precision: Millimetres,
    second: &SecondDescription,
    reference: Position,
) -> Result<Agreement, DescriptionRefused> {
    let anchor = area.position_of(second.anchor())?;
    let described = destination(reference, second.bearing(), second.distance());
    let difference = leg(anchor, described).distance;
    let allowance = allowance(shape_precision, second);
    Ok(if difference <= allowance {
        Agreement::Agree {
            difference,
            allowance,
        }
    } else {
        Agreement::Disagree {
            difference,
            allowance,
        }
    })
}

/// Rounding of the described place to 1e-7 degree (8 mm), of both distances (1 mm), and upward.
const ROUNDING: i64 = 10;

fn allowance(shape_precision: Millimetres, second: &SecondDescription) -> Millimetres {
    // On the ellipsoid a small turn at the start moves the end by no more than the distance times the angle, but for
    // 0.7 % where the ellipsoid is flattest; 355/113 is just above pi.
    let turn = i128::from(second.bearing_precision()) * 355 * 1_007;
    let sideways = i128::from(second.distance().as_mm()) * turn / (113 * 180_000 * 1_000);
    let sideways = i64::try_from(sideways)
        .ok()
        .and_then(|mm| Millimetres::new(mm).ok());
    shape_precision
        .saturating_add(second.distance_precision())
        .saturating_add(sideways.unwrap_or(Millimetres::MAX))
        .saturating_add(Millimetres::new(ROUNDING).unwrap_or(Millimetres::ZERO))
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::description::{Anchor, RawDescription};
    use model::place::Circle;
    use model::units::Bearing;

    fn at(latitude: i32, longitude: i32) -> Position {
        Position::from_e7(latitude, longitude).unwrap()
    }

    fn airfield() -> Position {
        at(352_854_000, 401_760_000)
    }

    fn strike_area(latitude: i32, longitude: i32) -> Area {
        Area::Circle(Circle::new(at(latitude, longitude), Millimetres::from_metres(1_500)).unwrap())
    }

    /// As measured on a map: to the degree, and to 100 m.
    fn from_airfield(bearing: u32, metres: i32) -> SecondDescription {
        SecondDescription::new(RawDescription {
            reference: "airfield".parse().unwrap(),
            anchor: Anchor::Centre,
            bearing: Bearing::from_millidegrees(bearing * 1_000).unwrap(),
            bearing_precision: 1_000,
            distance: Millimetres::from_metres(metres),
            distance_precision: Millimetres::from_metres(100),
        })
        .unwrap()
    }

    fn compared(area: &Area, second: &SecondDescription) -> Agreement {
        compare(area, Millimetres::from_metres(100), second, airfield()).unwrap()
    }

    #[test]
    fn the_right_place_agrees_with_its_bearing_and_distance() {
        let agreement = compared(
            &strike_area(352_550_000, 401_400_000),
            &from_airfield(224, 4_700),
        );
        let Agreement::Agree {
            difference,
            allowance,
        } = agreement
        else {
            panic!("{agreement:?}")
        };
        assert!(difference < Millimetres::from_metres(60));
        // 100 m, and 100 m, and one degree at 4.7 km.
        assert_eq!(allowance.to_string(), "282 m");
    }

    #[test]
    fn the_wrong_place_of_2016_disagrees_by_kilometres() {
        // The shape lies 6 km from where bearing and distance lead.
        let agreement = compared(
            &strike_area(352_200_000, 400_900_000),
            &from_airfield(224, 4_700),
        );
        let Agreement::Disagree { difference, .. } = agreement else {
            panic!("{agreement:?}")
        };
        assert_eq!(difference.to_string(), "5.98 km");
    }

    #[test]
    fn a_description_of_another_anchor_is_refused() {
        let area = strike_area(352_550_000, 401_400_000);
        let second = SecondDescription::new(RawDescription {
            anchor: Anchor::Vertex(0),
            ..from_airfield(224, 4_700).into()
        });
        let compared = compare(&area, Millimetres::ZERO, &second.unwrap(), airfield());
        assert!(matches!(compared, Err(DescriptionRefused::Anchor { .. })));
    }
}
