//! How finely a message says where something is, against what the arrangement lets be said.
//!
//! What is too fine is denied; an area that a rule lets go coarse is judged as it would go.

use model::description::SecondDescription;
use model::place::{Area, Position};
use model::said::{Message, Said, Says};
use model::slot::{SlotCode, Slots, Value};
use model::units::Millimetres;

/// A slot that says where something is more finely than the arrangement lets it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{slot}` says where to within {stated}, the arrangement allows {finest} at the finest: give fewer digits"
)]
pub struct TooFine {
    pub slot: SlotCode,
    pub stated: Millimetres,
    pub finest: Millimetres,
}

impl Says for TooFine {
    const MESSAGES: &'static [Message] = &[Message {
        id: "too-fine",
        slots: &["slot", "stated", "finest"],
    }];

    fn said(&self) -> Said {
        let Self {
            slot,
            stated,
            finest,
        } = self;
        Said::of("too-fine", self)
            .with("slot", slot)
            .with("stated", stated)
            .with("finest", finest)
    }
}

/// The slots that say where something is more finely than `finest`.
///
/// A place is as fine as it is stated to be; an area as its `precision` slot says, or, where nothing is said, as its
/// smallness gives away: half of its narrowest side, for what it declares may be anywhere in it. The second description
/// leads to a point of the area, whose numbers travel anyway: it is judged only where no area goes with it.
/// A read-back is not judged: it repeats what the peer itself has said.
pub fn too_fine(slots: &Slots, finest: Millimetres) -> Vec<TooFine> {
    let judged = |slot, stated: Millimetres| {
        (stated < finest).then_some(TooFine {
            slot,
            stated,
            finest,
        })
    };
    let area = slots.area().and_then(|area| match stated_precision(slots) {
        Some(stated) => judged(SlotCode::Precision, stated).map(|found| TooFine {
            slot: SlotCode::Area,
            ..found
        }),
        None => judged(SlotCode::Area, reach(area)),
    });
    let place = match slots.value(SlotCode::Place) {
        Some(Value::Place(place)) => judged(SlotCode::Place, place.precision),
        _absent => None,
    };
    let area_goes = slots.area().is_some() && area.is_none();
    let second = slots
        .second()
        .filter(|_| !area_goes)
        .and_then(|second| judged(SlotCode::Second, good_to(&second)));
    [place, area, second].into_iter().flatten().collect()
}

/// To how many whole metres the message says where its area is: as stated, or else as its smallness gives away; 0 where it
/// has none.
pub(crate) fn metres(slots: &Slots) -> u32 {
    let to = slots.area().map_or(Millimetres::ZERO, |area| {
        stated_precision(slots).unwrap_or_else(|| reach(area))
    });
    u32::try_from(to.as_mm() / 1_000).unwrap_or(u32::MAX)
}

fn stated_precision(slots: &Slots) -> Option<Millimetres> {
    let mm = slots.number(SlotCode::Precision)?;
    let mm = i64::try_from(mm).unwrap_or(i64::MAX);
    Some(Millimetres::new(mm.min(Millimetres::MAX.as_mm())).unwrap_or(Millimetres::MAX))
}

/// How far, at least, the place meant may be from the described point: across or along, whichever is worse.
fn good_to(second: &SecondDescription) -> Millimetres {
    // Pi, rounded up: 1e9 mm times 5,000 thousandths of a degree times 3,142 stays far below 2^63.
    let across = second.distance().as_mm() * i64::from(second.bearing_precision()) * 3_142
        / (180 * 1_000 * 1_000);
    let across = Millimetres::new(across).unwrap_or(Millimetres::MAX);
    across.max(second.distance_precision())
}

/// Half of the narrowest side of an area, or less.
fn reach(area: &Area) -> Millimetres {
    match area {
        Area::Circle(circle) => circle.radius(),
        Area::Corridor(corridor) => halved(corridor.width().as_mm()),
        Area::Polygon(polygon) => box_reach(polygon.vertices()),
    }
}

fn halved(mm: i64) -> Millimetres {
    Millimetres::new(mm / 2).unwrap_or(Millimetres::ZERO)
}

/// Half of the narrower side of the box around `vertices`, or less: near the poles, and across the date line, the true
/// one is larger.
fn box_reach(vertices: &[Position]) -> Millimetres {
    let side = |coordinate: fn(&Position) -> i64| {
        let least = vertices.iter().map(coordinate).min().unwrap_or(0);
        let most = vertices.iter().map(coordinate).max().unwrap_or(0);
        most - least
    };
    let latitude = |p: &Position| i64::from(p.latitude().as_e7());
    let north_south = side(|p| i64::from(p.latitude().as_e7())) * MM_PER_1000_E7 / 1_000;
    let steepest = vertices
        .iter()
        .map(|p| latitude(p).abs())
        .max()
        .unwrap_or(0);
    let longitudes = side(|p| i64::from(p.longitude().as_e7()));
    let narrow = longitudes.min(WHOLE_TURN_E7 - longitudes);
    let east_west = narrow * MM_PER_1000_E7 / 1_000 * cosine_per_mille(steepest) / 1_000;
    halved(north_south.min(east_west))
}

const WHOLE_TURN_E7: i64 = 3_600_000_000;
/// A thousand units of 1e-7 degree are at least 11,057 mm of a meridian, and at the equator of a parallel.
const MM_PER_1000_E7: i64 = 11_057;

/// The cosine of a latitude (in 1e-7 degree) in thousandths, or less: 1 - x²/2, in integers.
fn cosine_per_mille(e7: i64) -> i64 {
    let milliradians = e7 * 17_454 / 10_000_000_000 + 1;
    (1_000 - milliradians * milliradians / 2_000 - 1).max(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::description::{Anchor, RawDescription};
    use model::place::{Circle, Corridor, Polygon, StatedPosition};
    use model::units::Bearing;

    fn metres(m: i32) -> Millimetres {
        Millimetres::from_metres(m)
    }

    fn at(latitude: i32, longitude: i32) -> Position {
        Position::from_e7(latitude, longitude).unwrap()
    }

    fn circle(radius: i32) -> Value {
        Value::Area(Area::Circle(
            Circle::new(at(353_300_000, 401_400_000), metres(radius)).unwrap(),
        ))
    }

    fn slots(entries: Vec<(SlotCode, Value)>) -> Slots {
        let mut slots = Slots::new();
        for (slot, value) in entries {
            slots.set(slot, value).unwrap();
        }
        slots
    }

    fn found(entries: Vec<(SlotCode, Value)>, finest: i32) -> Vec<SlotCode> {
        too_fine(&slots(entries), metres(finest))
            .into_iter()
            .map(|fine| fine.slot)
            .collect()
    }

    #[test]
    fn a_place_is_as_fine_as_it_is_stated_to_be() {
        let place = |precision| {
            Value::Place(StatedPosition {
                position: at(1, 1),
                precision: metres(precision),
            })
        };
        assert_eq!(found(vec![(SlotCode::Place, place(100))], 100), []);
        assert_eq!(
            found(vec![(SlotCode::Place, place(99))], 100),
            [SlotCode::Place]
        );
    }

    #[test]
    fn an_area_is_as_fine_as_stated_and_else_as_small_as_it_is() {
        assert_eq!(found(vec![(SlotCode::Area, circle(100))], 100), []);
        assert_eq!(
            found(vec![(SlotCode::Area, circle(99))], 100),
            [SlotCode::Area]
        );
        let stated = |mm| {
            vec![
                (SlotCode::Area, circle(5_000)),
                (SlotCode::Precision, Value::Number(mm)),
            ]
        };
        assert_eq!(found(stated(100_000), 100), []);
        assert_eq!(found(stated(99_999), 100), [SlotCode::Area]);
        assert_eq!(found(stated(u64::MAX), 100), []);
        let corridor = Corridor::new(vec![at(0, 0), at(900, 900)], metres(200)).unwrap();
        let corridor = vec![(SlotCode::Area, Value::Area(Area::Corridor(corridor)))];
        assert_eq!(found(corridor.clone(), 100), []);
        assert_eq!(found(corridor, 101), [SlotCode::Area]);
    }

    #[test]
    fn a_polygon_is_never_taken_for_larger_than_it_is() {
        // 0.01 degree each way at 60 N: about 1,114 m by 557 m.
        let polygon = |latitude: i32, longitude: i32| {
            let far = longitude + 100_000;
            let ring = vec![
                at(latitude, longitude),
                at(latitude + 100_000, longitude),
                at(latitude, far),
            ];
            reach(&Area::Polygon(Polygon::new(ring).unwrap()))
        };
        let at_sixty = polygon(600_000_000, 0);
        assert!(
            at_sixty > metres(230) && at_sixty <= metres(279),
            "{at_sixty}"
        );
        let equator = polygon(0, 0);
        assert!(equator > metres(545) && equator <= metres(557), "{equator}");
        assert_eq!(polygon(899_000_000, 0), Millimetres::ZERO);
        let across = polygon(0, 1_799_950_000 - 100_000);
        assert!(across > metres(545), "{across}");
    }

    #[test]
    fn a_polygon_over_the_date_line_is_not_taken_for_a_wide_one() {
        let ring = vec![
            at(0, 1_799_999_000),
            at(100_000, 1_799_999_000),
            at(0, -1_799_999_000),
        ];
        let reach = reach(&Area::Polygon(Polygon::new(ring).unwrap()));
        assert!(reach <= metres(12), "{reach}");
    }

    #[test]
    fn a_second_description_is_judged_only_where_no_area_goes_with_it() {
        let second = |bearing_precision, distance_precision| {
            Value::Second(
                SecondDescription::new(RawDescription {
                    reference: "airfield".parse().unwrap(),
                    anchor: Anchor::Centre,
                    bearing: Bearing::NORTH,
                    bearing_precision,
                    distance: metres(10_000),
                    distance_precision: metres(distance_precision),
                })
                .unwrap(),
            )
        };
        // A thousandth of a degree at 10 km is 17 cm.
        assert_eq!(
            found(vec![(SlotCode::Second, second(1, 50))], 100),
            [SlotCode::Second]
        );
        assert_eq!(found(vec![(SlotCode::Second, second(1, 100))], 100), []);
        assert_eq!(found(vec![(SlotCode::Second, second(600, 50))], 100), []);
        assert_eq!(
            found(
                vec![
                    (SlotCode::Second, second(1, 50)),
                    (SlotCode::Area, circle(500))
                ],
                100
            ),
            []
        );
        assert_eq!(
            found(
                vec![
                    (SlotCode::Second, second(1, 50)),
                    (SlotCode::Area, circle(50))
                ],
                100
            ),
            [SlotCode::Area, SlotCode::Second]
        );
    }

    #[test]
    fn the_reason_names_slot_stated_and_allowed() {
        let fine = too_fine(&slots(vec![(SlotCode::Area, circle(5))]), metres(100));
        assert_eq!(
            fine[0].to_string(),
            "`area` says where to within 5 m, the arrangement allows 100 m at the finest: give fewer digits"
        );
    }
}
