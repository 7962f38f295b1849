//! A whole node, stepped by hand: what the line tests do not reach, because it takes alarms and time.

use channel::effect::{Done, Effect};
use channel::input::{Administration, Disk, Input, LinkInput, Request};
use channel::{Configuration, Node};
use model::arrangement::{Arrangement, Deadlines, Margins, StopTerms};
use model::code::{Desk, Role};
use model::command::{Acting, Command};
use model::event::{AlarmCause, Event};
use model::ids::LineId;
use model::place::{Area, Circle, Position};
use model::slot::Slots;
use model::units::{Millimetres, Millis, Timestamp};
use std::sync::Arc;

const START: i64 = 1_474_116_000_000;
/// How long a call may be undelivered, in seconds.
const UNDELIVERED: u32 = 5;

fn line() -> LineId {
    LineId::from_random([7; 16])
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix_ms(START + seconds * 1_000).expect("in bounds")
}

fn arrangement() -> Arc<Arrangement> {
    arrangement_of(line(), "east-west", "east")
}

fn arrangement_of(line: LineId, name: &str, peer: &str) -> Arc<Arrangement> {
    let seconds = Millis::from_seconds;
    let centre = Position::from_e7(353_300_000, 401_400_000).expect("a position");
    let area = Circle::new(centre, Millimetres::from_metres(50_000)).expect("a circle");
    Arc::new(Arrangement {
        line,
        name: name.parse().expect("a name"),
        version: 1,
        exercise: true,
        parties: ["west", peer].map(|name| name.parse().expect("a name")),
        area: Area::Circle(area),
        desks: vec![Desk::Air],
        purposes: vec![model::arrangement::Purpose {
            id: "safety".parse().expect("a name"),
            text: "nobody is harmed".into(),
        }],
        separations: vec![],
        reference_points: vec![],
        deadlines: Deadlines {
            answer: seconds(600),
            read_back: seconds(600),
            line_check: seconds(600),
            lead: seconds(600),
        },
        finest: Millimetres::from_metres(1),
        languages: vec![],
        line_checks: vec![],
        stop: StopTerms {
            accept: seconds(15),
            answer: seconds(60),
            confirm: seconds(300),
            limit: seconds(1800),
            climb: vec![],
            undelivered: seconds(UNDELIVERED),
        },
        margins: Margins {
            flight_level: Millimetres::from_metres(300),
            above_ground: None,
        },
        clock_offset: seconds(10),
        single_description: vec![],
        free_text: false,
        fallback: vec![],
        document: "".into(),
    })
}

/// A node of the west whose line is in force, and on which nobody has ever called.
fn node() -> Node {
    let mut node = Node::new(Configuration {
        party: "west".parse().expect("a name"),
        rules: release::RuleSet::shipped().expect("the shipped rules"),
    });
    let act = Administration::PutInForce {
        arrangement: arrangement(),
        name: "east-west".parse().expect("a name"),
        peer: "east".parse().expect("a name"),
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

fn raised(effects: &[Effect]) -> Vec<AlarmCause> {
    let raised = effects.iter().filter_map(|effect| match effect {
        Effect::Append(append) => match &append.fact.event {
            Event::AlarmRaised { alarm, .. } => Some(*alarm),
            _other_fact => None,
        },
        _other_effect => None,
    });
    raised.collect()
}

fn stop(node: &mut Node, now: Timestamp) -> Vec<Effect> {
    let by = Acting {
        officer: "watch-officer".parse().expect("a name"),
        role: Role::Watch,
    };
    let command = Command::Stop {
        lines: vec![],
        desk: Desk::Air,
        slots: Slots::new(),
    };
    let request = Request(2);
    let effects = node.step(
        now,
        Input::Command {
            request,
            by,
            command,
        },
    );
    assert!(
        effects
            .iter()
            .any(|effect| matches!(effect, Effect::Send(_)))
    );
    effects
}

#[test]
fn the_caller_is_told_in_time_although_the_clock_was_set_back_by_an_hour() {
    let mut node = node();
    stop(&mut node, at(10));
    let before = raised(&node.step(at(12), Input::Tick));
    assert!(
        before
            .iter()
            .all(|alarm| !matches!(alarm, AlarmCause::StopNotDelivered { .. }))
    );
    let told = raised(&node.step(at(13 - 3_600), Input::Tick));
    assert!(
        told.iter()
            .any(|alarm| matches!(alarm, AlarmCause::StopNotDelivered { .. })),
        "{told:?}"
    );
}

#[test]
fn a_dead_line_alarms_in_time_although_the_clock_was_set_back_while_that_was_waited_for() {
    let mut node = node();
    let down = AlarmCause::LinkDown { line: line() };
    // Down since 0; 25 s later the clock goes back by 20.
    assert!(!raised(&node.step(at(25), Input::Tick)).contains(&down));
    assert!(!raised(&node.step(at(6), Input::Tick)).contains(&down));
    assert!(raised(&node.step(at(11), Input::Tick)).contains(&down));
}

#[test]
fn a_stop_call_that_one_line_cannot_take_goes_out_on_the_other_and_says_so() {
    let mut node = node();
    // Restored from a backup: nothing may be said there before a new epoch is open.
    let restored = Administration::Restored { size: 1 };
    let request = Request(3);
    node.step(
        at(1),
        Input::Administer {
            request,
            act: restored,
        },
    );
    let north = LineId::from_random([8; 16]);
    let act = Administration::PutInForce {
        arrangement: arrangement_of(north, "north-west", "north"),
        name: "north-west".parse().expect("a name"),
        peer: "north".parse().expect("a name"),
        signatures: b"both".as_slice().into(),
    };
    node.step(at(2), Input::Administer { request, act });
    let effects = stop(&mut node, at(10));
    let answer = effects.iter().find_map(|effect| match effect {
        Effect::Reply { answer, .. } => Some(answer),
        _other_effect => None,
    });
    let Some(Ok(Done::Stopped(calls))) = answer else {
        panic!("{answer:?}");
    };
    let on = calls.iter().map(|call| match call {
        Ok(sent) => (sent.line, true),
        Err(not) => (not.line, false),
    });
    let on: std::collections::BTreeMap<LineId, bool> = on.collect();
    assert_eq!(on, [(line(), false), (north, true)].into());
}
