//! A whole node, stepped by hand: what the line tests do not reach, because it takes alarms and time.

mod desk;

use channel::Node;
use channel::effect::{Done, Effect};
use channel::input::{Administration, Input, Request};
use desk::{MIDDLE, at, line, position};
use model::arrangement::{Arrangement, StopTerms};
use model::code::{Desk, Role};
use model::command::{Acting, Command};
use model::event::{AlarmCause, Event};
use model::ids::LineId;
use model::place::{Area, Circle};
use model::slot::Slots;
use model::units::{Millimetres, Millis, Timestamp};
use std::sync::Arc;

/// How long a call may be undelivered, in seconds.
const UNDELIVERED: u32 = 5;

fn arrangement() -> Arc<Arrangement> {
    arrangement_of(line(), "east-west", "east")
}

fn arrangement_of(line: LineId, name: &str, peer: &str) -> Arc<Arrangement> {
    let area = Circle::new(position(MIDDLE), Millimetres::from_metres(50_000)).expect("a circle");
    let usual = desk::arrangement();
    Arc::new(Arrangement {
        line,
        name: name.parse().expect("a name"),
        parties: ["west", peer].map(|name| name.parse().expect("a name")),
        area: Area::Circle(area),
        desks: vec![Desk::Air],
        reference_points: vec![],
        finest: Millimetres::from_metres(1),
        stop: StopTerms {
            undelivered: Millis::from_seconds(UNDELIVERED),
            ..usual.stop
        },
        ..usual
    })
}

/// A node of the west whose line is in force, and on which nobody has ever called.
fn node() -> Node {
    let rules = release::RuleSet::shipped().expect("the shipped rules");
    desk::node_under(rules, arrangement())
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
        element: None,
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
            looked: Vec::new(),
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
