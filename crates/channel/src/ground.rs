//! What geometry has to say about what is said: whether a notice's places agree, lie inside, and can be drawn.

use crate::doubt::around;
use conflict::altitude::ellipsoidal;
use conflict::coarsen::{covering, square_containing};
use conflict::contain::{Outside, area_inside, position_inside};
use conflict::description::compare;
use conflict::geodesy::leg;
use conflict::shape::{Shape, ShapeRefused};
use model::altitude::{AltitudeBand, StatedBand};
use model::arrangement::{Arrangement, Margins};
use model::code::RefusalReason;
use model::ids::ReferencePointId;
use model::notice::critical_items;
use model::place::{Area, StatedPosition};
use model::said::{Message, Said, Says};
use model::slot::{SlotCode, Slots, Value};
use model::units::{Bearing, Millimetres, Timestamp};
use model::window::Window;
use release::{Lies, MetadataRefused, RuleSet};

/// Why a place, height or read-back is not accepted: the code that travels, and the words for our own officer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsound {
    pub reason: RefusalReason,
    pub words: Said,
}

impl Unsound {
    /// Of a notice under an arrangement whose area cannot be drawn.
    pub(crate) fn area_undrawn() -> Self {
        unsound(RefusalReason::OutsideArea, &Unfit::AreaUndrawn)
    }
}

fn unsound(reason: RefusalReason, words: &impl Says) -> Unsound {
    Unsound {
        reason,
        words: words.said(),
    }
}

/// What is wrong with a place, a height or a read-back, beside what the shapes themselves refuse.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unfit {
    #[error(
        "the arrangement's area cannot be drawn, so that nothing can be held against it: agree on another version, and \
         telephone meanwhile"
    )]
    AreaUndrawn,
    #[error("the notice says no place and time that can be read")]
    NoPlaceAndTime,
    #[error("the arrangement lists no reference point")]
    NoReferencePoint,
    #[error("the arrangement lists no reference point `{0}`: use one that it lists")]
    UnknownReference(ReferencePointId),
    #[error(
        "bearing and distance are good to {vague} only, so that the second description says next to nothing; at most {most} \
         is accepted: measure them better, from a nearer point"
    )]
    TooVague {
        vague: Millimetres,
        most: Millimetres,
    },
    #[error(
        "the two descriptions of the place are {difference} apart, and both precisions together allow {allowance}: the shape \
         says one place, {bearing} and {distance} from {from} another; check both against their sources"
    )]
    Apart {
        difference: Millimetres,
        allowance: Millimetres,
        bearing: Bearing,
        distance: Millimetres,
        from: String,
    },
    #[error("nothing was read back: enter the critical items again")]
    NothingReadBack,
    #[error("not all was read back: enter the {} again as well", and_the(.0))]
    NotAllReadBack(Vec<SlotCode>),
    #[error(
        "the place read back is stated to {stated} only, which could be many places: enter it to {coarsest} or finer"
    )]
    ReadBackTooCoarse {
        stated: Millimetres,
        coarsest: Millimetres,
    },
    #[error("the notice gives no place to read back")]
    NoPlaceToReadBack,
    #[error(
        "the place read back is {apart} from the one in the notice, and {allowed} is allowed: one of the two is wrong; ask \
         the other side to correct or confirm"
    )]
    PlaceDiffers {
        apart: Millimetres,
        allowed: Millimetres,
    },
    #[error("the {0} read back is not the one in the notice")]
    Differs(SlotCode),
}

model::says! { Unfit, "ground":
    "area-undrawn" AreaUndrawn;
    "no-place-and-time" NoPlaceAndTime;
    "no-reference-point" NoReferencePoint;
    "unknown-reference" UnknownReference(point);
    "too-vague" TooVague { vague, most };
    "apart" Apart { difference, allowance, bearing, distance, from };
    "nothing-read-back" NothingReadBack;
    "not-all-read-back" NotAllReadBack(slots);
    "read-back-too-coarse" ReadBackTooCoarse { stated, coarsest };
    "no-place-to-read-back" NoPlaceToReadBack;
    "place-differs" PlaceDiffers { apart, allowed };
    "differs" Differs(slot);
}

/// What can be said of these.
pub const MESSAGES: &[Message] = Unfit::MESSAGES;

fn and_the(slots: &[SlotCode]) -> String {
    let names: Vec<String> = slots.iter().map(SlotCode::to_string).collect();
    names.join(" and the ")
}

/// The least precision that a re-entered place is granted: what a person reads off a grid reference.
const READ_BACK_WITHIN: Millimetres = Millimetres::from_metres(1);
/// How coarsely a place may be read back of a notice that is finer: six digits of a grid, a tenth of a minute.
const READ_BACK_TO: Millimetres = Millimetres::from_metres(200);
/// The vaguest pair of descriptions whose agreement is worth anything: well under the errors of kilometres that the
/// second description is there to catch.
const MAX_ALLOWANCE: Millimetres = Millimetres::from_metres(1_000);
/// People say times to the minute.
const MINUTE: i64 = 60_000;

/// Checks the places and heights of a notice, or of a stop call's details, against the arrangement.
///
/// # Errors
/// The first thing that is wrong.
pub fn check(slots: &Slots, arrangement: &Arrangement, within: &Shape) -> Result<(), Unsound> {
    if let Some(Value::Place(place)) = slots.value(SlotCode::Place) {
        position_inside(within, place.position).map_err(outside)?;
    }
    let shape = slots.area().map(shape).transpose()?;
    if let Some(shape) = &shape {
        area_inside(within, shape).map_err(outside)?;
        agreement(slots, arrangement)?;
    }
    if let Some(band) = slots.band() {
        check_band(band, shape.as_ref().unwrap_or(within), arrangement)?;
    }
    Ok(())
}

/// Checks where a claim or a warning says that it is: that it can be drawn, and that its two descriptions agree. It may lie
/// outside the agreed area: what happened there happened all the same.
///
/// # Errors
/// The first thing that is wrong.
pub fn check_where(slots: &Slots, arrangement: &Arrangement) -> Result<(), Unsound> {
    check_shape(slots)?;
    match (slots.area(), slots.value(SlotCode::Place), slots.second()) {
        (Some(_), _, _) => agreement(slots, arrangement),
        (None, Some(Value::Place(place)), Some(second)) => {
            match around(place.position, place.precision, &second) {
                Some(around) => agreement(&around, arrangement),
                None => Ok(()),
            }
        }
        (None, _, _) => Ok(()),
    }
}

/// How the first area lies to the second, as release rules ask it; `None` where one of them cannot be drawn.
pub fn lies(area: &Area, to: &Area) -> Option<Lies> {
    let (area, to) = (Shape::new(area.clone()).ok()?, Shape::new(to.clone()).ok()?);
    Some(Lies {
        within: area_inside(&to, &area).is_ok(),
        touches: area.touches(&to),
    })
}

/// Whether the area that an arrangement agrees on can be drawn. Nothing can be held against one that cannot.
///
/// # Errors
/// Why not.
pub fn check_agreed(area: &Area) -> Result<(), ShapeRefused> {
    Shape::new(area.clone()).map(|_| ())
}

/// Whether every area that the rules name can be drawn.
///
/// # Errors
/// Names the first that cannot.
pub fn check_areas(rules: &RuleSet) -> Result<(), MetadataRefused> {
    for named in &rules.metadata().areas {
        Shape::new(named.area.clone()).map_err(|refused| MetadataRefused::Undrawable {
            id: named.id,
            why: refused.to_string(),
        })?;
    }
    Ok(())
}

/// Makes a place that is stated more finely than `finest` the square that contains it: its south-west corner, and a
/// precision that reaches the far one. What cannot be made coarser is left, and will be withheld.
pub fn coarsen_place(slots: &mut Slots, finest: Millimetres) {
    let Some(Value::Place(place)) = slots.value(SlotCode::Place) else {
        return;
    };
    if place.precision >= finest {
        return;
    }
    let Ok(Area::Polygon(square)) =
        square_containing(place.position, finest).map(|coarse| coarse.area().clone())
    else {
        return;
    };
    let corners = square.vertices();
    let south_west = corners.iter().min_by_key(|corner| {
        i64::from(corner.latitude().as_e7()) + i64::from(corner.longitude().as_e7())
    });
    let Some(&corner) = south_west else { return };
    let reach = corners
        .iter()
        .map(|other| leg(corner, *other).distance)
        .max();
    let coarse = StatedPosition {
        position: corner,
        precision: reach.unwrap_or(finest).max(finest),
    };
    // The shape is the slot's own.
    let _same_shape = slots.set(SlotCode::Place, Value::Place(coarse));
}

/// Makes the area one that covers it, made of squares of a fixed grid that are at least `precision` wide (decision 0007);
/// recomputes the second description from that, from the reference point nearest to it; and says the precision. Of the
/// true area nothing is left in `slots` but its size, rounded up.
///
/// # Errors
/// Where it cannot be made so coarse, or the other party would refuse what came of it.
pub fn coarsen_area(
    slots: &mut Slots,
    precision: Millimetres,
    arrangement: &Arrangement,
    within: &Shape,
) -> Result<(), Unsound> {
    let Some(area) = slots.area() else {
        return Ok(());
    };
    let covered = shape(area)?;
    let coarse = covering(&covered, precision).map_err(bad)?;
    let area = coarse.area().clone();
    let mut said = slots.clone();
    if slots.second().is_some() {
        // The point that the officer measured from would tell one true area from another.
        let anchor = area.position_of(area.first_anchor()).map_err(bad)?;
        let points = arrangement.reference_points.iter();
        let nearest = points.min_by_key(|point| leg(point.position, anchor).distance);
        let point = nearest.ok_or_else(|| {
            unsound(
                RefusalReason::UnknownReferencePoint,
                &Unfit::NoReferencePoint,
            )
        })?;
        let second = coarse.describe(point.id, point.position).map_err(bad)?;
        said.set(SlotCode::Second, Value::Second(second))
            .map_err(bad)?;
    }
    let stated = slots.number(SlotCode::Precision).unwrap_or(0);
    let precision = stated.max(precision.as_mm().unsigned_abs());
    said.set(SlotCode::Area, Value::Area(area)).map_err(bad)?;
    said.set(SlotCode::Precision, Value::Number(precision))
        .map_err(bad)?;
    check(&said, arrangement, within)?;
    *slots = said;
    Ok(())
}

/// Whether the shape can be drawn at all, whatever the arrangement.
///
/// # Errors
/// Where it cannot, for instance because its outline crosses itself.
pub fn check_shape(slots: &Slots) -> Result<(), Unsound> {
    match slots.area() {
        Some(area) => shape(area).map(|_| ()),
        None => Ok(()),
    }
}

fn outside(refused: Outside) -> Unsound {
    unsound(RefusalReason::OutsideArea, &refused)
}

fn bad<E: Says>(refused: E) -> Unsound {
    unsound(RefusalReason::BadGeometry, &refused)
}

/// The two descriptions of the place, each from its own source, must lead to the same point.
///
/// # Errors
/// Where they do not, or are too vague to tell, or the arrangement lists no such reference point.
pub(crate) fn agreement(slots: &Slots, arrangement: &Arrangement) -> Result<(), Unsound> {
    let (Some(area), Some(second)) = (slots.area(), slots.second()) else {
        return Ok(());
    };
    let Some(point) = arrangement.reference_point(second.reference()) else {
        let unknown = Unfit::UnknownReference(second.reference());
        return Err(unsound(RefusalReason::UnknownReferencePoint, &unknown));
    };
    let compared = |precision| compare(area, precision, &second, point.position).map_err(bad);
    let vague = compared(Millimetres::ZERO)?.allowance();
    let compared = compared(precision(slots))?;
    let (difference, both) = (compared.difference(), compared.allowance());
    // How far apart they are is what finds the wrong one: that is said first.
    if vague > MAX_ALLOWANCE && difference <= both {
        let most = MAX_ALLOWANCE;
        let vague = Unfit::TooVague { vague, most };
        return Err(unsound(RefusalReason::DescriptionsDisagree, &vague));
    }
    // However coarse the area is, its second description leads to it, and to nowhere kilometres away.
    let allowance = both.min(MAX_ALLOWANCE);
    match difference <= allowance {
        true => Ok(()),
        false => {
            let apart = Unfit::Apart {
                difference,
                allowance,
                bearing: second.bearing(),
                distance: second.distance(),
                from: point.name.clone(),
            };
            Err(unsound(RefusalReason::DescriptionsDisagree, &apart))
        }
    }
}

/// To what precision the shape is stated; where nothing is said, to one metre.
fn precision(slots: &Slots) -> Millimetres {
    slots
        .number(SlotCode::Precision)
        .and_then(|mm| i64::try_from(mm).ok())
        .and_then(|mm| Millimetres::new(mm).ok())
        .unwrap_or(READ_BACK_WITHIN)
}

/// Whether the heights can be compared with others over this ground.
fn check_band(stated: StatedBand, over: &Shape, arrangement: &Arrangement) -> Result<(), Unsound> {
    band(stated, over, &arrangement.margins).map(|_| ())
}

/// An area, ready for geometry.
pub(crate) fn shape(area: &Area) -> Result<Shape, Unsound> {
    Shape::new(area.clone()).map_err(bad)
}

/// What stated heights mean over this ground.
pub(crate) fn band(
    stated: StatedBand,
    over: &Shape,
    margins: &Margins,
) -> Result<AltitudeBand, Unsound> {
    ellipsoidal(stated, over, margins).map_err(|refused| unsound(RefusalReason::BadBand, &refused))
}

/// Whether what a reader entered again is what the notice says, item by item.
///
/// # Errors
/// Names the item that differs, and for a place by how far.
pub fn read_back(notice: &Slots, items: &[(SlotCode, Value)]) -> Result<(), Unsound> {
    let differs = |unfit: Unfit| unsound(RefusalReason::ReadBackDiffers, &unfit);
    if items.is_empty() {
        return Err(differs(Unfit::NothingReadBack));
    }
    let given = |wanted: &SlotCode| items.iter().any(|(slot, _)| slot == wanted);
    let mut lacking = critical_items(notice);
    lacking.retain(|wanted| !given(wanted));
    if !lacking.is_empty() {
        return Err(differs(Unfit::NotAllReadBack(lacking)));
    }
    for (slot, entered) in items {
        match (slot, entered) {
            (SlotCode::Place, Value::Place(place)) => {
                let (stated, coarsest) = (place.precision, precision(notice).max(READ_BACK_TO));
                if stated > coarsest {
                    return Err(differs(Unfit::ReadBackTooCoarse { stated, coarsest }));
                }
                let anchor = notice.area().and_then(|area| {
                    let anchor = notice
                        .second()
                        .map_or_else(|| area.first_anchor(), |second| second.anchor());
                    area.position_of(anchor).ok()
                });
                let Some(anchor) = anchor else {
                    return Err(differs(Unfit::NoPlaceToReadBack));
                };
                let apart = leg(anchor, place.position).distance;
                let allowed = stated.max(precision(notice)).max(READ_BACK_WITHIN);
                if apart > allowed {
                    return Err(differs(Unfit::PlaceDiffers { apart, allowed }));
                }
            }
            (SlotCode::Window, Value::Window(window)) => {
                if notice.window().map(to_the_minute) != Some(to_the_minute(*window)) {
                    return Err(differs(Unfit::Differs(SlotCode::Window)));
                }
            }
            (slot, entered) => {
                if notice.value(*slot) != Some(entered) {
                    return Err(differs(Unfit::Differs(*slot)));
                }
            }
        }
    }
    Ok(())
}

/// Which of the items that a reader entered again are what the phrase says: places to within what both state, times to the
/// minute, all else exactly. An item that the phrase does not have is not what it says.
pub fn repeated(phrase: &Slots, items: &[(SlotCode, Value)]) -> Vec<(SlotCode, bool)> {
    let is_same = |slot: SlotCode, entered: &Value| match (phrase.value(slot), entered) {
        (Some(Value::Place(said)), Value::Place(entered)) => {
            // Stated too coarsely, it could be many places.
            let coarsest = said.precision.max(READ_BACK_TO);
            let allowed = said.precision.max(entered.precision).max(READ_BACK_WITHIN);
            entered.precision <= coarsest
                && leg(said.position, entered.position).distance <= allowed
        }
        (Some(Value::Window(said)), Value::Window(entered)) => {
            to_the_minute(*said) == to_the_minute(*entered)
        }
        (Some(Value::Time(said)), Value::Time(entered)) => minute(*said) == minute(*entered),
        (said, entered) => said == Some(entered),
    };
    let each = items
        .iter()
        .map(|(slot, entered)| (*slot, is_same(*slot, entered)));
    each.collect()
}

fn minute(at: Timestamp) -> i64 {
    at.as_unix_ms().div_euclid(MINUTE)
}

fn to_the_minute(window: Window) -> (i64, i64) {
    (minute(window.from()), minute(window.until()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::place::{Circle, Position};

    fn at(latitude: i32, longitude: i32, precision: i32) -> Value {
        Value::Place(StatedPosition {
            position: Position::from_e7(latitude, longitude).unwrap(),
            precision: Millimetres::from_metres(precision),
        })
    }

    fn notice() -> Slots {
        let centre = Position::from_e7(352_500_000, 401_400_000).unwrap();
        let circle = Circle::new(centre, Millimetres::from_metres(2_000)).unwrap();
        let from = Timestamp::from_unix_ms(1_474_116_000_000).unwrap();
        let until = Timestamp::from_unix_ms(1_474_119_600_000).unwrap();
        Slots::new()
            .with(SlotCode::Area, Value::Area(Area::Circle(circle)))
            .unwrap()
            .with(SlotCode::Window, window(from, until))
            .unwrap()
    }

    fn window(from: Timestamp, until: Timestamp) -> Value {
        Value::Window(Window::new(from, until).unwrap())
    }

    #[test]
    fn a_read_back_names_every_critical_item_and_no_place_that_could_be_many() {
        let notice = notice();
        let said = notice.window().unwrap();
        let window = (SlotCode::Window, window(said.from(), said.until()));
        let place = |place| vec![(SlotCode::Place, place), window.clone()];
        let fine = at(352_500_100, 401_400_000, 10);
        assert_eq!(read_back(&notice, &place(fine.clone())), Ok(()));
        let differs =
            |items: &[(SlotCode, Value)]| read_back(&notice, items).unwrap_err().words.to_string();
        let only = differs(&[(SlotCode::Place, fine)]);
        assert!(only.contains("enter the window again"), "{only}");
        let coarse = differs(&place(at(360_000_000, 410_000_000, 111_000)));
        assert!(coarse.contains("could be many places"), "{coarse}");
        let wrong = differs(&place(at(352_600_000, 401_400_000, 10)));
        assert!(wrong.contains("is allowed"), "{wrong}");
    }
}
