//! A node of the west with one line in force, and an officer who drafts.
#![allow(
    dead_code,
    clippy::unwrap_used,
    reason = "each test uses its part of it; what cannot be set up fails"
)]

use channel::effect::Effect;
use channel::input::{Administration, Disk, Input, LinkInput, Request};
use channel::{Configuration, Node};
use model::arrangement::{Arrangement, Deadlines, Margins, Purpose, ReferencePoint, StopTerms};
use model::code::{Desk, Role};
use model::command::{Acting, Command};
use model::description::{Anchor, RawDescription, SecondDescription};
use model::ids::{LineId, NoticeId};
use model::kind::Kind;
use model::place::{Area, Circle, Position};
use model::slot::{SlotCode, Slots, Value};
use model::units::{Millimetres, Millis, Timestamp};
use model::window::Window;
use release::RuleSet;
use std::sync::Arc;

pub const START: i64 = 1_474_116_000_000;
/// The middle of the arrangement's area, and its reference point, in 1e-7 degree.
pub const MIDDLE: (i32, i32) = (353_300_000, 401_400_000);
const AIRFIELD: (i32, i32) = (353_000_000, 401_000_000);

pub fn line() -> LineId {
    LineId::from_random([7; 16])
}

pub fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix_ms(START + seconds * 1_000).unwrap()
}

pub fn officer() -> Acting {
    Acting {
        officer: "watch-officer".parse().unwrap(),
        role: Role::Watch,
        element: None,
    }
}

pub fn position((latitude, longitude): (i32, i32)) -> Position {
    Position::from_e7(latitude, longitude).unwrap()
}

pub fn airfield() -> Position {
    position(AIRFIELD)
}

pub fn arrangement() -> Arrangement {
    let seconds = Millis::from_seconds;
    let area = Circle::new(position(MIDDLE), Millimetres::from_metres(60_000)).unwrap();
    Arrangement {
        line: line(),
        name: "east-west".parse().unwrap(),
        version: 1,
        exercise: true,
        parties: ["west", "east"].map(|name| name.parse().unwrap()),
        area: Area::Circle(area),
        desks: vec![Desk::Air, Desk::Ground],
        purposes: vec![Purpose {
            id: "safety".parse().unwrap(),
            text: "nobody is harmed".into(),
        }],
        separations: vec![],
        reference_points: vec![ReferencePoint {
            id: "airfield".parse().unwrap(),
            name: "the airfield".into(),
            position: airfield(),
        }],
        deadlines: Deadlines {
            answer: seconds(600),
            read_back: seconds(600),
            line_check: seconds(600),
            lead: seconds(600),
        },
        finest: Millimetres::from_metres(100),
        languages: vec![],
        line_checks: vec![],
        stop: StopTerms {
            accept: seconds(15),
            answer: seconds(60),
            confirm: seconds(300),
            limit: seconds(1800),
            climb: vec![],
            undelivered: seconds(5),
        },
        margins: Margins {
            flight_level: Millimetres::from_metres(300),
            above_ground: None,
        },
        clock_offset: seconds(10),
        single_description: vec![],
        free_text: false,
        watch_officers: None,
        fallback: vec![],
        document: "".into(),
    }
}

pub fn node(rules: RuleSet) -> Node {
    node_under(rules, Arc::new(arrangement()))
}

/// A node whose line is in force under `arrangement`, and on which nobody has ever called.
pub fn node_under(rules: RuleSet, arrangement: Arc<Arrangement>) -> Node {
    let mut node = Node::new(Configuration {
        party: "west".parse().unwrap(),
        rules,
    });
    let act = Administration::PutInForce {
        arrangement,
        name: "east-west".parse().unwrap(),
        peer: "east".parse().unwrap(),
        signatures: b"both".as_slice().into(),
    };
    let request = Request(1);
    node.step(at(0), Input::Disk(Disk::Well));
    node.step(at(0), Input::Administer { request, act });
    let paths = LinkInput::Paths {
        line: line(),
        count: 1,
    };
    node.step(at(0), Input::Link(paths));
    node
}

/// What bearing and distance from the airfield lead to `place`, measured exactly.
pub fn measured(place: Position) -> SecondDescription {
    measured_from(Anchor::Centre, place)
}

pub fn measured_from(anchor: Anchor, place: Position) -> SecondDescription {
    let leg = conflict::geodesy::leg(airfield(), place);
    SecondDescription::new(RawDescription {
        reference: "airfield".parse().unwrap(),
        anchor,
        bearing: leg.bearing,
        bearing_precision: 1,
        distance: leg.distance,
        distance_precision: Millimetres::from_metres(1),
    })
    .unwrap()
}

/// A circle so far north and east of the middle, in 1e-7 degree; from now for an hour; both descriptions.
pub fn notice(north: i32, east: i32, radius: i32) -> Slots {
    let centre = position((MIDDLE.0 + north, MIDDLE.1 + east));
    let circle = Circle::new(centre, Millimetres::from_metres(radius)).unwrap();
    let window = Window::new(at(0), at(3_600)).unwrap();
    Slots::new()
        .with(SlotCode::Area, Value::Area(Area::Circle(circle)))
        .unwrap()
        .with(SlotCode::Second, Value::Second(measured(centre)))
        .unwrap()
        .with(SlotCode::Window, Value::Window(window))
        .unwrap()
}

pub fn commanded(node: &mut Node, now: Timestamp, command: Command) -> Vec<Effect> {
    let request = Request(2);
    let (by, looked) = (officer(), node.looked(&command));
    node.step(
        now,
        Input::Command {
            request,
            by,
            command,
            looked,
        },
    )
}

/// The draft, if it was taken.
pub fn drafted(node: &mut Node, kind: Kind, slots: Slots) -> Option<NoticeId> {
    let notice = NoticeId::from_random([5; 16]);
    let command = Command::DraftNotice {
        notice,
        kind,
        desk: Desk::Air,
        slots,
    };
    commanded(node, at(30), command);
    node.state().drafts.contains_key(&notice).then_some(notice)
}
