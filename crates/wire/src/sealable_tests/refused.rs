//! What a peer may get wrong inside of a well-signed envelope: each is refused by its own reason, kept and told.

use model::altitude::{AltitudeUnit, Height, HeightReference, StatedAltitude, StatedBand};
use model::code::RefusalReason;
use model::description::{Anchor, RawDescription, SecondDescription};
use model::place::Circle;
use model::units::Bearing;

use super::*;
use crate::cbor::Writer;
use crate::line::opening;

// ---- bytes of which the types of `model` know nothing

/// An opening of an air activity that holds these bytes in `slot`, whatever they are.
fn with_raw(slot: u16, value: &dyn Fn(&mut Writer)) -> Result<Slots, RefusalReason> {
    let mut writer = Writer::new();
    writer.array(3).uint(1_u8).array(1);
    writer.array(3).uint(slot).bytes(&[0; opening::SALT]);
    value(&mut writer);
    assert!(crate::pad::pad(&mut writer, 0, opening::CLASSES));
    opening::read_kept(Kind::AirActivity, writer.as_slice())
}

/// What it is, the slot, its bytes, and why it is refused.
type Case<'a> = (&'a str, u16, &'a dyn Fn(&mut Writer), RefusalReason);

fn polygon(points: &[(i64, i64)]) -> impl Fn(&mut Writer) + '_ {
    move |writer| {
        writer.array(2).uint(2_u8).array(2 * points.len());
        points.iter().for_each(|(latitude, longitude)| {
            writer.int(*latitude).int(*longitude);
        });
    }
}

#[test]
fn a_value_that_cannot_be_is_refused_by_its_own_reason() {
    use RefusalReason::{
        BadBand, BadGeometry, BadWindow, UnknownCode, UnknownSlot, UnreadableSlots,
    };
    let many: Vec<(i64, i64)> = (0..=MAX_VERTICES as i64).map(|index| (index, 7)).collect();
    let circle = |radius: i64| {
        move |writer: &mut Writer| {
            writer.array(4).uint(1_u8).int(0).int(0).int(radius);
        }
    };
    let height = |metres: i64| {
        move |writer: &mut Writer| {
            writer.array(4).uint(4_u8).int(metres).uint(2_u8).uint(2_u8);
        }
    };
    let area = SlotCode::Area.number();
    let cases: &[Case<'_>] = &[
        ("10,001 vertices", area, &polygon(&many), UnreadableSlots),
        (
            "two vertices",
            area,
            &polygon(&[(0, 0), (1, 1)]),
            BadGeometry,
        ),
        (
            "a vertex twice",
            area,
            &polygon(&[(0, 0), (1, 1), (0, 0)]),
            BadGeometry,
        ),
        (
            "latitude of 100 degrees",
            area,
            &polygon(&[(1_000_000_000, 0), (0, 1), (1, 1)]),
            BadGeometry,
        ),
        ("no radius", area, &circle(0), BadGeometry),
        (
            "a radius of 1,000 km",
            area,
            &circle(1_000_000_000),
            BadGeometry,
        ),
        (
            "a window that ends first",
            SlotCode::Window.number(),
            &|writer| {
                writer.array(2).uint(2_000_u16).uint(1_000_u16);
            },
            BadWindow,
        ),
        (
            "a band upside down",
            SlotCode::Band.number(),
            &|writer| {
                writer.array(2);
                height(900)(writer);
                height(300)(writer);
            },
            BadBand,
        ),
        (
            "an unknown code",
            SlotCode::AirActivity.number(),
            &|writer| {
                writer.uint(999_u16);
            },
            UnknownCode,
        ),
        (
            "an unknown slot",
            9_999,
            &|writer| {
                writer.uint(1_u8);
            },
            UnknownSlot,
        ),
        (
            "the slot of another kind",
            SlotCode::StopCause.number(),
            &|writer| {
                writer.uint(1_u8);
            },
            UnknownSlot,
        ),
        // A half-precision NaN, where a number must stand.
        (
            "NaN",
            SlotCode::Count.number(),
            &|writer| {
                writer.raw(&[0xf9, 0x7e, 0x00]);
            },
            UnreadableSlots,
        ),
        (
            "a number not at its shortest",
            SlotCode::Count.number(),
            &|writer| {
                writer.raw(&[0x18, 0x05]);
            },
            UnreadableSlots,
        ),
        (
            "a label that is too long",
            SlotCode::Label.number(),
            &|writer| {
                writer.text(&"n".repeat(MAX_NAME + 1));
            },
            UnreadableSlots,
        ),
        (
            "a label that reads backwards",
            SlotCode::Label.number(),
            &|writer| {
                writer.text("a\u{202e}b");
            },
            UnreadableSlots,
        ),
    ];
    for (what, slot, value, reason) in cases {
        assert_eq!(with_raw(*slot, value), Err(*reason), "{what}");
    }
    let good = with_raw(SlotCode::Count.number(), &|writer| {
        writer.uint(5_u8);
    });
    assert_eq!(good.map(|slots| slots.number(SlotCode::Count)), Ok(Some(5)));
}

// ---- what only the arrangement and geometry find

/// The arrangement of the golden file: two descriptions, no free text, no heights above ground.
fn strict() -> Arrangement {
    crate::arrangement::parse(&arrangement_text()).unwrap()
}

fn at_e7(latitude: i32, longitude: i32) -> Position {
    Position::from_e7(latitude, longitude).unwrap()
}

fn area_of(points: &[(i32, i32)]) -> Value {
    let vertices = points.iter().map(|(lat, lon)| at_e7(*lat, *lon)).collect();
    Value::Area(Area::Polygon(Polygon::new(vertices).unwrap()))
}

/// A notice that nothing is wrong with: both descriptions lead to the same place.
fn usual() -> Message {
    let mut message = crate::testing::circle_notice();
    let second = RawDescription {
        reference: "airfield".parse().unwrap(),
        anchor: Anchor::Centre,
        bearing: Bearing::from_millidegrees(334_000).unwrap(),
        bearing_precision: 500,
        distance: Millimetres::from_metres(6_234),
        distance_precision: Millimetres::from_metres(50),
    };
    let second = Value::Second(SecondDescription::new(second).unwrap());
    message.slots.set(SlotCode::Second, second).unwrap();
    message
}

/// The same with one slot otherwise.
fn but(slot: SlotCode, value: Value) -> Message {
    let mut message = usual();
    message.slots.set(slot, value).unwrap();
    message
}

fn without(slot: SlotCode) -> Message {
    let mut message = usual();
    message.slots.remove(slot);
    message
}

#[test]
fn what_the_arrangement_or_geometry_refuses_is_journalled_with_the_reason_and_told_the_peer() {
    use RefusalReason as Why;
    let circle = |centre: Position| {
        let circle = Circle::new(centre, Millimetres::from_metres(5_000)).unwrap();
        Value::Area(Area::Circle(circle))
    };
    let agl = |metres| {
        let height = Height::new(metres, AltitudeUnit::Metres, HeightReference::Ground);
        StatedAltitude::Height(height.unwrap())
    };
    let usual = usual();
    let bow_tie = [
        (353_000_000, 401_000_000),
        (354_000_000, 402_000_000),
        (354_000_000, 401_000_000),
        (353_000_000, 402_000_000),
    ];
    let polar = [
        (899_000_000, 0),
        (899_000_000, 1_200_000_000),
        (899_000_000, -1_200_000_000),
    ];
    let no_area = [
        (353_000_000, 401_000_000),
        (354_000_000, 401_000_000),
        (353_500_000, 401_000_000),
    ];
    let cases = [
        ("as usual", usual.clone(), None),
        (
            "a polygon that crosses itself",
            but(SlotCode::Area, area_of(&bow_tie)),
            Some(Why::BadGeometry),
        ),
        (
            "a polygon without area",
            but(SlotCode::Area, area_of(&no_area)),
            Some(Why::BadGeometry),
        ),
        (
            "a polygon over the pole",
            but(SlotCode::Area, area_of(&polar)),
            Some(Why::BadGeometry),
        ),
        (
            "latitude and longitude swapped",
            but(SlotCode::Area, circle(at_e7(401_459_000, 353_359_000))),
            Some(Why::OutsideArea),
        ),
        (
            "6 km from where its second description is",
            but(SlotCode::Area, circle(at_e7(353_359_000, 402_119_000))),
            Some(Why::DescriptionsDisagree),
        ),
        (
            "heights above a ground that nobody knows",
            but(
                SlotCode::Band,
                Value::Band(StatedBand::new(agl(0), agl(300)).unwrap()),
            ),
            Some(Why::BadBand),
        ),
        (
            "one description",
            without(SlotCode::Second),
            Some(Why::SingleDescription),
        ),
        (
            "no window",
            without(SlotCode::Window),
            Some(Why::MissingSlot),
        ),
        (
            "remarks where there is no free text",
            but(SlotCode::Remarks, Value::Text("hello".into())),
            Some(Why::FreeTextNotAllowed),
        ),
        (
            "an unknown purpose",
            Message {
                purpose: "targeting".parse().unwrap(),
                ..usual.clone()
            },
            Some(Why::UnknownPurpose),
        ),
        (
            "in the name of a node",
            Message {
                role: Role::Node,
                ..usual
            },
            Some(Why::RoleNotAllowed),
        ),
    ];
    for (what, message, refused) in cases {
        let mut watch = Watch::under(strict(), RuleSet::shipped().unwrap());
        let entry = watch.hears(&message, 2);
        let notices = &watch.node.state().notices;
        let notice = notices
            .get(&entry)
            .unwrap_or_else(|| panic!("{what}: not in the record"));
        assert_eq!(notice.refused, refused, "{what}");
        assert_eq!(
            watch.refusals,
            Vec::from_iter(refused),
            "{what}: what the peer is told"
        );
    }
}
