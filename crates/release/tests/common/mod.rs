//! A line between two parties, and messages from a few words. Not every test needs all of it.
#![allow(dead_code, clippy::unwrap_used)]

use model::arrangement::{Arrangement, Deadlines, Margins, Purpose, StopTerms};
use model::code::{Desk, Role, Urgency};
use model::ids::{AuthorityId, LineId, PartyId, Slug};
use model::kind::Kind;
use model::line::SubjectRef;
use model::message::Message;
use model::place::{Area, Circle, Position, StatedPosition};
use model::slot::{Shape, SlotCode, Slots, Value};
use model::units::{Millimetres, Millis, Timestamp};
use model::window::Window;
use release::{Geometry, Terms};

pub fn line() -> LineId {
    LineId::from_random([7; 16])
}

pub fn party(name: &str) -> PartyId {
    name.parse().unwrap()
}

pub fn now() -> Timestamp {
    Timestamp::from_unix_ms(1_474_127_700_000).unwrap()
}

pub fn circle(metres: i32) -> Area {
    let centre = Position::from_e7(353_300_000, 401_400_000).unwrap();
    Area::Circle(Circle::new(centre, Millimetres::from_metres(metres)).unwrap())
}

/// Blue and red; air and ground; force protection and aid; 100 m at the finest; no free text.
pub fn arrangement() -> Arrangement {
    let purpose = |id: &str| Purpose {
        id: id.parse().unwrap(),
        text: id.into(),
    };
    Arrangement {
        line: line(),
        name: "river".parse().unwrap(),
        version: 1,
        exercise: false,
        parties: [party("blue"), party("red")],
        area: circle(200_000),
        desks: vec![Desk::Air, Desk::Ground],
        purposes: vec![purpose("force-protection"), purpose("aid")],
        separations: vec![],
        reference_points: vec![],
        deadlines: Deadlines {
            answer: Millis::from_seconds(600),
            read_back: Millis::from_seconds(120),
            line_check: Millis::from_seconds(60),
            lead: Millis::from_seconds(86_400),
        },
        finest: Millimetres::from_metres(100),
        languages: vec![],
        line_checks: vec![],
        stop: StopTerms {
            accept: Millis::from_seconds(15),
            answer: Millis::from_seconds(60),
            confirm: Millis::from_seconds(300),
            limit: Millis::from_seconds(3_600),
            climb: vec![],
            undelivered: Millis::from_seconds(5),
        },
        margins: Margins {
            flight_level: Millimetres::from_metres(300),
            above_ground: None,
        },
        clock_offset: Millis::from_seconds(10),
        single_description: vec![],
        free_text: false,
        watch_officers: None,
        fallback: vec![],
        document: "".into(),
    }
}

pub fn terms() -> Terms {
    Terms {
        authority: authority("deconfliction"),
        element: None,
        now: now(),
    }
}

/// Makes nothing coarse.
pub fn no_geometry() -> Geometry<'static> {
    Geometry {
        coarsen: &|_, _| Err("there is no geometry here".into()),
        lies: &|_, _| None,
    }
}

pub fn authority(name: &str) -> AuthorityId {
    name.parse().unwrap()
}

/// A message of `kind` in which the slots of these names are filled in.
pub fn message(kind: Kind, slots: &str) -> Message {
    let mut filled = Slots::new();
    for name in slots.split_whitespace() {
        let slot: SlotCode = name.parse().unwrap();
        filled.set(slot, value(slot)).unwrap();
    }
    Message {
        line: line(),
        kind,
        purpose: "force-protection".parse().unwrap(),
        role: Role::Watch,
        urgency: Urgency::Routine,
        desk: Desk::Air,
        slots: filled,
    }
}

/// Every slot of the kind that can be filled in.
pub fn full(kind: Kind) -> Message {
    let names: Vec<&str> = kind.slots().iter().map(|slot| slot.name()).collect();
    message(kind, &names.join(" "))
}

/// The kinds that rules decide about: notices, and what may carry free text.
pub fn decided() -> Vec<Kind> {
    let free_text = |kind: Kind| kind.slots().iter().any(|slot| slot.is_free_text());
    Kind::ALL
        .iter()
        .copied()
        .filter(|&kind| free_text(kind))
        .collect()
}

pub fn slot_names(slots: &Slots) -> String {
    let names: Vec<&str> = slots.iter().map(|(slot, _)| slot.name()).collect();
    names.join(" ")
}

/// A harmless value of the slot's shape.
pub fn value(slot: SlotCode) -> Value {
    let window = Window::new(now(), now().saturating_add(Millis::from_seconds(3_600))).unwrap();
    match slot.shape() {
        Shape::Code => {
            let number = (0..200).find(|&n| slot.code_name(n).is_some()).unwrap();
            Value::Code(number)
        }
        Shape::Slug if slot == SlotCode::Authority => Value::Slug("deconfliction".parse().unwrap()),
        Shape::Slug => Value::Slug("sdf".parse::<Slug>().unwrap()),
        Shape::Name => Value::Name("Harrier".into()),
        Shape::Text => Value::Text("after dusk".into()),
        Shape::Number if slot == SlotCode::Precision => Value::Number(100_000),
        Shape::Number => Value::Number(4),
        Shape::Time => Value::Time(now()),
        Shape::Window => Value::Window(window),
        Shape::Band => Value::Band(band()),
        Shape::Area => Value::Area(circle(1_000)),
        Shape::Place => Value::Place(StatedPosition {
            position: Position::from_e7(353_300_000, 401_400_000).unwrap(),
            precision: Millimetres::from_metres(100),
        }),
        Shape::Second => Value::Second(second()),
        Shape::Subject => Value::Subject(SubjectRef {
            senders: false,
            lane: model::code::Lane::Main,
            epoch: 1,
            index: 3,
        }),
        Shape::Times => Value::Times(vec![(3, now())]),
        Shape::Items => Value::Items(vec![(SlotCode::Count, Value::Number(4))]),
        Shape::Evidence => Value::Evidence(vec![model::slot::Evidence {
            digest: model::line::Digest([7; 32]),
            media: model::code::MediaType::Jpeg,
            size: 4_096,
        }]),
    }
}

fn second() -> model::description::SecondDescription {
    model::description::SecondDescription::new(model::description::RawDescription {
        reference: "airfield".parse().unwrap(),
        anchor: model::description::Anchor::Centre,
        bearing: model::units::Bearing::NORTH,
        bearing_precision: 500,
        distance: Millimetres::from_metres(4_700),
        distance_precision: Millimetres::from_metres(100),
    })
    .unwrap()
}

fn band() -> model::altitude::StatedBand {
    use model::altitude::{StatedAltitude, StatedBand};
    StatedBand::new(StatedAltitude::Surface, StatedAltitude::Unlimited).unwrap()
}

/// A rule set of `rules` under the authority `deconfliction`, and one that nobody uses.
pub fn rule_set(rules: &str) -> release::RuleSet {
    release::RuleSet::parse(rules, METADATA).unwrap()
}

pub const METADATA: &str = r#"
name = "test"
version = 7
signed-off-by = "counsel"
valid-from = "010000Z JAN 2000"
valid-until = "010000Z JAN 2030"
[[authority]]
id = "deconfliction"
text = "the watch"
[[authority]]
id = "general"
text = "the general"
"#;
