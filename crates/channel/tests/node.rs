//! A whole node, stepped by hand: what the line tests do not reach, because it takes alarms and time.

mod desk;

use channel::Node;
use channel::effect::{Done, Effect};
use channel::input::{
    Administration, Arrived, Entries, Input, LinkInput, PeerFrame, Request, SealedBy,
};
use desk::{MIDDLE, at, line, position};
use model::arrangement::{Arrangement, StopTerms};
use model::code::{Desk, Lane, Role, Urgency};
use model::command::{Acting, Command};
use model::event::{AlarmCause, Event};
use model::ids::LineId;
use model::kind::Kind;
use model::line::{Digest, LogHead, LogRef, Seen, Side};
use model::message::{Content, Header};
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

/// A stop call of the other party in its place, and in which envelope.
fn their_call(index: u64, envelope: &[u8]) -> Arrived {
    let empty = LogHead {
        epoch: 1,
        size: 0,
        root: Digest(tlog::EMPTY_ROOT.0),
    };
    Arrived {
        epoch: 1,
        lane: Lane::Stop,
        index,
        leaf: Digest(tlog::leaf_hash(envelope).0),
        header: Header {
            kind: Kind::StopCall.number(),
            purpose: "safety".parse().expect("a name"),
            role: Role::Watch,
            urgency: Urgency::Immediate,
            desk: Desk::Air,
            sent_at: at(10),
        },
        seen: Seen {
            own_other: empty,
            peer_stop: empty,
            peer_main: empty,
        },
        content: Content::Open(Slots::new()),
        unreadable: None,
        envelope: envelope.into(),
        opening: [0; 0].into(),
        sealed_by: SealedBy::KeyInForce,
    }
}

/// How often a call sounds ahead of the disk as it comes.
fn soundings(node: &mut Node, now: Timestamp, arrived: Arrived) -> usize {
    let log = LogRef {
        line: line(),
        side: Side::Peer,
        lane: Lane::Stop,
        epoch: 1,
    };
    let frame = PeerFrame::Entries(Entries {
        log,
        entries: vec![arrived],
        checkpoint: None,
    });
    let file = LinkInput::File {
        line: line(),
        frame,
    };
    let effects = node.step(now, Input::Link(file));
    let sounds = |effect: &&Effect| matches!(effect, Effect::AlarmNow(_));
    effects.iter().filter(sounds).count()
}

#[test]
fn a_call_sounds_although_another_envelope_was_shown_in_its_place_before_its_turn() {
    let mut node = node();
    assert_eq!(soundings(&mut node, at(10), their_call(1, b"false")), 1);
    assert_eq!(soundings(&mut node, at(11), their_call(1, b"false too")), 1);
    assert_eq!(soundings(&mut node, at(20), their_call(0, b"first")), 1);
    assert_eq!(soundings(&mut node, at(30), their_call(1, b"true")), 1);
}

#[test]
fn a_call_that_sounded_before_its_turn_does_not_sound_again_when_it_is_taken() {
    let mut node = node();
    assert_eq!(soundings(&mut node, at(10), their_call(1, b"second")), 1);
    assert_eq!(soundings(&mut node, at(20), their_call(0, b"first")), 1);
    assert_eq!(soundings(&mut node, at(30), their_call(1, b"second")), 0);
}
