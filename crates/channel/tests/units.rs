//! Which units a notice or a stop call is found to concern, when, and that nobody outside can tell.
#![allow(clippy::unwrap_used, reason = "a test that cannot be set up fails")]

mod desk;

use channel::effect::Effect;
use channel::input::{Class, Connection, Input, LinkInput};
use channel::units::{MAX_LOOKS, MAX_PAIRS};
use channel::{Configuration, Node};
use desk::*;
use model::code::{Desk, Lane, Role, Urgency};
use model::command::Command;
use model::downstream::Described;
use model::event::{Actor, Arrival, Event, Fact};
use model::ids::UnitId;
use model::kind::Kind;
use model::line::{Digest, EntryRef, LogRef, Side};
use model::message::{Content, Header};
use model::place::{Area, Circle, StatedPosition};
use model::slot::{SlotCode, Slots, Value};
use model::units::{Millimetres, Timestamp};
use proptest::prelude::*;
use release::RuleSet;

fn unit(number: u32) -> UnitId {
    format!("u{number}").parse().unwrap()
}

fn circle(north: i32, east: i32, metres: i32) -> Area {
    let centre = position((MIDDLE.0 + north, MIDDLE.1 + east));
    Area::Circle(Circle::new(centre, Millimetres::from_metres(metres)).unwrap())
}

fn enrol(node: &mut Node, now: Timestamp, desk: Desk, area: Area) -> UnitId {
    let unit = node.state().units.next();
    let described = Described {
        name: "Birch".into(),
        area,
    };
    let command = Command::EnrolUnit {
        unit,
        desk,
        described,
    };
    commanded(node, now, command);
    assert!(node.state().units.get(unit).is_some());
    unit
}

fn theirs(lane: Lane, index: u64) -> EntryRef {
    EntryRef {
        log: LogRef {
            line: line(),
            side: Side::Peer,
            lane,
            epoch: 1,
        },
        index,
    }
}

fn arrives(node: &mut Node, now: Timestamp, entry: EntryRef, kind: Kind, slots: Slots) {
    let header = Header {
        kind: kind.number(),
        purpose: "safety".parse().unwrap(),
        role: Role::Watch,
        urgency: Urgency::Routine,
        desk: Desk::Ground,
        sent_at: now,
    };
    let event = Event::MessageReceived {
        entry,
        leaf: Digest([entry.index as u8; 32]),
        header,
        content: Content::Open(slots),
        arrived: Arrival::Line { at: now },
        refused: None,
    };
    let by = Actor::Peer;
    node.fold(&Fact { at: now, by, event });
}

/// A hazard area of 500 m arrives, where the units of most tests are.
fn mined(node: &mut Node, now: Timestamp, entry: EntryRef) {
    arrives(node, now, entry, Kind::HazardArea, notice(0, 0, 500));
}

fn found(effects: &[Effect]) -> Vec<(EntryRef, Vec<UnitId>)> {
    let facts = effects.iter().filter_map(|effect| match effect {
        Effect::Append(append) => match &append.fact.event {
            Event::UnitsConcerned { subject, units, .. } => Some((*subject, units.clone())),
            _other => None,
        },
        _other => None,
    });
    facts.collect()
}

/// Ticks until nothing is left to look at; all that was found.
fn looked(node: &mut Node, from: i64) -> Vec<(EntryRef, Vec<UnitId>)> {
    (1..40)
        .flat_map(|second| found(&node.step(at(from + second), Input::Tick)))
        .collect()
}

fn fresh() -> Node {
    node(RuleSet::shipped().unwrap())
}

#[test]
fn a_notice_concerns_the_units_whose_area_it_meets_of_every_desk() {
    let mut node = fresh();
    let near = enrol(&mut node, at(1), Desk::Ground, circle(0, 0, 1_000));
    let air = enrol(&mut node, at(1), Desk::Air, circle(0, 10_000, 1_000));
    enrol(&mut node, at(1), Desk::Ground, circle(1_000_000, 0, 1_000));
    let entry = theirs(Lane::Main, 0);
    mined(&mut node, at(2), entry);
    assert_eq!(looked(&mut node, 2), [(entry, vec![near, air])]);
    assert_eq!(looked(&mut node, 300), [], "it is found once");
}

#[test]
fn an_arriving_notice_is_looked_at_in_a_later_step_and_nothing_is_appended_with_it() {
    let mut node = fresh();
    enrol(&mut node, at(1), Desk::Ground, circle(0, 0, 1_000));
    looked(&mut node, 1);
    let entry = theirs(Lane::Main, 0);
    mined(&mut node, at(210), entry);
    assert_eq!(found(&node.step(at(210), Input::Tick)), [], "not yet");
    assert_eq!(found(&node.step(at(211), Input::Tick)).len(), 1);
}

#[test]
fn a_unit_that_is_enrolled_or_moves_is_found_to_be_concerned_by_what_is_in_force() {
    let mut node = fresh();
    let entry = theirs(Lane::Main, 0);
    mined(&mut node, at(1), entry);
    let unit = enrol(&mut node, at(2), Desk::Ground, circle(1_000_000, 0, 500));
    assert_eq!(looked(&mut node, 2), []);
    let command = Command::ChangeUnit {
        unit,
        desk: Desk::Ground,
        described: Described {
            name: "Birch".into(),
            area: circle(0, 0, 500),
        },
    };
    commanded(&mut node, at(300), command);
    assert_eq!(looked(&mut node, 300), [(entry, vec![unit])]);
}

#[test]
fn however_much_is_in_force_few_are_looked_at_in_one_step_and_all_in_the_end() {
    let mut node = fresh();
    let many = 3 * MAX_LOOKS as u64 + 1;
    for index in 0..many {
        let entry = theirs(Lane::Main, index);
        mined(&mut node, at(1), entry);
    }
    enrol(&mut node, at(2), Desk::Ground, circle(0, 0, 500));
    let mut all = 0;
    for second in 3..10 {
        let now = found(&node.step(at(second), Input::Tick)).len();
        assert!(now <= MAX_LOOKS, "{now}");
        all += now;
    }
    assert_eq!(all as u64, many);
}

#[test]
fn however_many_units_are_near_few_are_compared_in_one_step_and_all_in_the_end() {
    let mut node = fresh();
    let many = 2 * MAX_PAIRS + 3;
    for _unit in 0..many {
        enrol(&mut node, at(1), Desk::Ground, circle(0, 0, 500));
    }
    looked(&mut node, 1);
    let first = theirs(Lane::Main, 0);
    let second = theirs(Lane::Main, 1);
    for entry in [first, second] {
        mined(&mut node, at(210), entry);
    }
    for tick in 211..220 {
        let now = found(&node.step(at(tick), Input::Tick));
        let compared: usize = now.iter().map(|(_, units)| units.len()).sum();
        assert!(compared <= MAX_PAIRS, "{compared}");
    }
    for entry in [first, second] {
        assert_eq!(node.state().units.concerned(entry).count(), many);
    }
}

#[test]
fn a_node_that_begins_anew_finds_what_it_had_not_looked_at() {
    let mut node = fresh();
    let unit = enrol(&mut node, at(1), Desk::Ground, circle(0, 0, 500));
    looked(&mut node, 1);
    let entry = theirs(Lane::Main, 0);
    mined(&mut node, at(210), entry);
    let configuration = Configuration {
        party: node.party(),
        rules: RuleSet::shipped().unwrap(),
    };
    let mut again = Node::resume(configuration, node.snapshot());
    assert_eq!(looked(&mut again, 211), [(entry, vec![unit])]);
}

#[test]
fn our_own_measures_concern_units_and_where_we_fly_or_stand_does_not() {
    let mut node = fresh();
    enrol(&mut node, at(1), Desk::Ground, circle(0, 0, 1_000));
    for (index, kind) in Kind::NOTICES.into_iter().enumerate() {
        let own = EntryRef {
            log: LogRef {
                side: Side::Own,
                ..theirs(Lane::Main, 0).log
            },
            index: index as u64,
        };
        arrives(&mut node, at(2), own, kind, notice(0, 0, 500));
    }
    let found = looked(&mut node, 2);
    let kinds: Vec<Kind> = (found.iter())
        .map(|(subject, _)| node.state().notices[subject].kind)
        .collect();
    let ours = [
        Kind::HazardArea,
        Kind::ProtectedSite,
        Kind::NoFireArea,
        Kind::RestrictedFireArea,
        Kind::CoordinationLine,
        Kind::CautionArea,
    ];
    assert_eq!(kinds, ours);
}

/// The units that are told to pause, once a call with these details is accepted.
fn paused(details: Slots, corrected: Option<Slots>) -> Vec<UnitId> {
    let mut node = fresh();
    enrol(&mut node, at(1), Desk::Ground, circle(0, 0, 1_000));
    enrol(&mut node, at(1), Desk::Ground, circle(1_000_000, 0, 1_000));
    enrol(&mut node, at(1), Desk::Air, circle(0, 0, 1_000));
    let call = theirs(Lane::Stop, 0);
    arrives(&mut node, at(5), call, Kind::StopCall, details);
    assert_eq!(looked(&mut node, 5), [], "nobody has accepted it");
    let accept = Command::AcceptStop { call, name: None };
    let mut units: Vec<UnitId> = (found(&commanded(&mut node, at(210), accept)).into_iter())
        .flat_map(|(subject, units)| {
            assert_eq!(subject, call);
            units
        })
        .collect();
    if let Some(corrected) = corrected {
        // As the caller names it: its own.
        let side = Side::Own;
        let named = EntryRef {
            log: LogRef { side, ..call.log },
            ..call
        };
        let subject = Value::Subject(named.as_subject());
        let slots = corrected.with(SlotCode::Subject, subject).unwrap();
        arrives(
            &mut node,
            at(215),
            theirs(Lane::Stop, 1),
            Kind::StopDetails,
            slots,
        );
        units.extend(
            looked(&mut node, 215)
                .into_iter()
                .flat_map(|(_, units)| units),
        );
    }
    units
}

fn place(north: i32, east: i32) -> Slots {
    let stated = StatedPosition {
        position: position((MIDDLE.0 + north, MIDDLE.1 + east)),
        precision: Millimetres::from_metres(100),
    };
    Slots::new()
        .with(SlotCode::Place, Value::Place(stated))
        .unwrap()
}

#[test]
fn an_accepted_call_pauses_the_units_of_its_desk_whose_area_its_place_meets() {
    assert_eq!(paused(place(0, 0), None), [unit(1)]);
    assert_eq!(paused(place(1_000_000, 0), None), [unit(2)]);
}

#[test]
fn a_call_without_a_place_in_doubt_or_near_nobody_pauses_every_unit_of_its_desk() {
    let all = [unit(1), unit(2)];
    assert_eq!(paused(Slots::new(), None), all);
    // Far outside of the agreed area.
    assert_eq!(paused(place(50_000_000, 0), None), all);
    // Inside, where no unit of the desk is.
    assert_eq!(paused(place(-2_000_000, 0), None), all);
}

#[test]
fn a_place_that_is_corrected_pauses_more_units_and_never_fewer() {
    assert_eq!(
        paused(place(0, 0), Some(place(1_000_000, 0))),
        [unit(1), unit(2)]
    );
}

type Deed = Box<dyn Fn(&mut Node, Timestamp) -> Vec<Effect>>;

/// What leaves, and when: everything that the line's shell is asked to send, in order.
fn leaves(with_units: bool, area: &Area) -> Vec<String> {
    let mut node = fresh();
    if with_units {
        for desk in [Desk::Ground, Desk::Air] {
            enrol(&mut node, at(1), desk, area.clone());
        }
    }
    let mut said = Vec::new();
    let mut wake: Option<Timestamp> = None;
    let mut steps = 0;
    let connection = Connection(7);
    // What happens, in milliseconds from the start.
    let script: Vec<(i64, Deed)> = vec![
        (
            3_000,
            Box::new(move |node, now| {
                let class = Class::Main;
                let opened = LinkInput::Opened {
                    connection,
                    line: line(),
                    path: 0,
                    class,
                };
                node.step(now, Input::Link(opened))
            }),
        ),
        (
            5_250,
            Box::new(|node, now| {
                arrives(
                    node,
                    now,
                    theirs(Lane::Main, 0),
                    Kind::HazardArea,
                    notice(0, 0, 500),
                );
                node.step(now, Input::Tick)
            }),
        ),
        (
            8_125,
            Box::new(|node, now| {
                arrives(
                    node,
                    now,
                    theirs(Lane::Stop, 0),
                    Kind::StopCall,
                    place(0, 0),
                );
                let call = theirs(Lane::Stop, 0);
                commanded(node, now, Command::AcceptStop { call, name: None })
            }),
        ),
        (
            20_000,
            Box::new(|node, now| {
                let entry = theirs(Lane::Main, 0);
                commanded(node, now, Command::Displayed { entry })
            }),
        ),
        (60_000, Box::new(|node, now| node.step(now, Input::Tick))),
    ];
    let ms = |ms: i64| Timestamp::from_unix_ms(START + ms).unwrap();
    for (when, deed) in script {
        // The node's own wishes first, as its shell grants them.
        while let Some(now) = wake.filter(|at| *at < ms(when)) {
            steps += 1;
            assert!(steps < 5_000, "it wakes without end");
            wake = None;
            let effects = node.step(now, Input::Tick);
            note(&mut said, &mut wake, now, effects);
        }
        let effects = deed(&mut node, ms(when));
        note(&mut said, &mut wake, ms(when), effects);
    }
    said
}

fn note(
    said: &mut Vec<String>,
    wake: &mut Option<Timestamp>,
    now: Timestamp,
    effects: Vec<Effect>,
) {
    for effect in effects {
        match effect {
            Effect::WakeAt(at) => *wake = Some(at.max(now)),
            Effect::Append(_)
            | Effect::Alarm(_)
            | Effect::AlarmNow(_)
            | Effect::AlarmEnded(_)
            | Effect::Reply { .. } => {}
            leaves => said.push(format!("{} {leaves:?}", now.as_unix_ms())),
        }
    }
}

#[test]
fn nothing_that_leaves_and_no_time_at_which_it_does_tells_where_our_units_are() {
    let without = leaves(false, &circle(0, 0, 1_000));
    assert!(without.len() > 3, "{without:#?}");
    for area in [circle(0, 0, 1_000), circle(1_000_000, 0, 1_000)] {
        assert_eq!(leaves(true, &area), without);
    }
    assert!(
        !without
            .iter()
            .any(|said| said.contains("Birch") || said.contains("\"u1\""))
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn who_is_concerned_is_whoever_the_area_touches_and_replay_finds_the_same(
        units in prop::collection::vec((-400_000..400_000_i32, -400_000..400_000_i32, 10..3_000_i32), 1..6),
        notices in prop::collection::vec((-400_000..400_000_i32, -400_000..400_000_i32, 10..3_000_i32), 1..6),
    ) {
        let mut node = fresh();
        for (north, east, radius) in &units {
            enrol(&mut node, at(1), Desk::Ground, circle(*north, *east, *radius));
        }
        for (index, (north, east, radius)) in notices.iter().enumerate() {
            let slots = notice(*north, *east, *radius);
            arrives(&mut node, at(2), theirs(Lane::Main, index as u64), Kind::HazardArea, slots);
        }
        looked(&mut node, 2);
        for (index, (north, east, radius)) in notices.iter().enumerate() {
            let subject = theirs(Lane::Main, index as u64);
            for (number, of) in units.iter().enumerate() {
                let centre = |(north, east): (i32, i32)| position((MIDDLE.0 + north, MIDDLE.1 + east));
                let apart = conflict::geodesy::leg(centre((*north, *east)), centre((of.0, of.1))).distance;
                let reach = Millimetres::from_metres(radius + of.2);
                let is_concerned = node.state().units.concerns(subject, unit(number as u32 + 1));
                // Slower, and independent of the engine: two circles meet where their middles are near enough.
                prop_assert_eq!(is_concerned, apart <= reach);
            }
        }
        let configuration = Configuration { party: node.party(), rules: RuleSet::shipped().unwrap() };
        let mut again = Node::resume(configuration, node.snapshot());
        prop_assert_eq!(looked(&mut again, 300), []);
        prop_assert_eq!(&again.state().units, &node.state().units);
    }
}
