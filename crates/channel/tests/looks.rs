//! Closer looks: the core asks for them and never waits, and what they find is journalled once.
#![allow(clippy::unwrap_used, reason = "a test that cannot be set up fails")]

mod desk;

use channel::Node;
use channel::effect::{Done, Effect, Refusal};
use channel::input::{Disk, Input, Request};
use channel::look::{Found, Looked};
use desk::*;
use model::arrangement::Separation;
use model::code::{Desk, Lane, RefusalReason, Role, Urgency};
use model::command::{Command, InConflict, ReleaseTerms};
use model::conflict::{MAX_CONFLICTS, Pair};
use model::event::{Actor, Arrival, Event, Fact};
use model::ids::NoticeId;
use model::kind::Kind;
use model::line::{Digest, EntryRef, LogRef, Side};
use model::message::{Content, Header};
use model::slot::{SlotCode, Slots, Value};
use model::units::{Millimetres, Millis};
use release::RuleSet;
use std::sync::Arc;

/// Some 10 km, in 1e-7 degree of latitude.
const FAR: i32 = 900_000;

/// Hazard areas are kept a kilometre apart.
fn west() -> Node {
    let mut agreed = arrangement();
    agreed.separations = vec![Separation {
        between: [Kind::HazardArea, Kind::HazardArea],
        horizontal: Millimetres::from_metres(1_000),
        vertical: Millimetres::ZERO,
        time: Millis::ZERO,
    }];
    node_under(RuleSet::shipped().unwrap(), Arc::new(agreed))
}

fn entry(side: Side, index: u64) -> EntryRef {
    let log = LogRef {
        line: line(),
        side,
        lane: Lane::Main,
        epoch: 1,
    };
    EntryRef { log, index }
}

fn header(kind: Kind) -> Header {
    Header {
        kind: kind.number(),
        purpose: "safety".parse().unwrap(),
        role: Role::Watch,
        urgency: Urgency::Routine,
        desk: Desk::Air,
        sent_at: at(60),
    }
}

fn fold(node: &mut Node, event: Event) {
    let by = Actor::Peer;
    node.fold(&Fact {
        at: at(60),
        by,
        event,
    });
}

/// The peer's, of 500 m.
fn theirs(node: &mut Node, index: u64, north: i32) -> EntryRef {
    let entry = entry(Side::Peer, index);
    let received = |kind, slots| Event::MessageReceived {
        entry,
        leaf: Digest([index as u8; 32]),
        header: header(kind),
        content: Content::Open(slots),
        arrived: Arrival::Line { at: at(60) },
        refused: None,
    };
    fold(node, received(Kind::HazardArea, notice(north, 0, 500)));
    entry
}

/// Withdraws what the peer said as `of`.
fn they_withdraw(node: &mut Node, of: EntryRef, index: u64) {
    // To them it is their own.
    let subject = entry(Side::Own, of.index).as_subject();
    let slots = Slots::new().with(SlotCode::Subject, Value::Subject(subject));
    let received = Event::MessageReceived {
        entry: entry(Side::Peer, index),
        leaf: Digest([index as u8; 32]),
        header: header(Kind::Withdrawal),
        content: Content::Open(slots.unwrap()),
        arrived: Arrival::Line { at: at(60) },
        refused: None,
    };
    fold(node, received);
}

fn ours(node: &mut Node, index: u64, north: i32) -> EntryRef {
    we_say(node, index, notice(north, 0, 500))
}

fn we_say(node: &mut Node, index: u64, slots: Slots) -> EntryRef {
    let entry = entry(Side::Own, index);
    let sent = Event::MessageSent {
        entry,
        leaf: Digest([index as u8; 32]),
        header: header(Kind::HazardArea),
        content: Content::Open(slots),
        authority: "deconfliction".parse().unwrap(),
        notice: None,
    };
    fold(node, sent);
    entry
}

fn draft(node: &mut Node, north: i32) -> Command {
    let notice = drafted(node, Kind::HazardArea, notice(north, 0, 500)).unwrap();
    release(notice)
}

fn release(notice: NoticeId) -> Command {
    Command::ReleaseNotice {
        notice,
        lines: vec![line()],
        terms: ReleaseTerms {
            authority: "deconfliction".parse().unwrap(),
            purpose: "safety".parse().unwrap(),
            element: None,
        },
        in_conflict: InConflict::Hold,
    }
}

fn given(node: &mut Node, command: &Command, looked: Vec<Looked>) -> Result<Done, Refusal> {
    let input = Input::Command {
        request: Request(9),
        by: officer(),
        command: command.clone(),
        looked,
    };
    let mut effects = node.step(at(60), input).into_iter();
    let reply = effects.find_map(|effect| match effect {
        Effect::Reply { answer, .. } => Some(answer),
        _other => None,
    });
    reply.unwrap()
}

fn wanted(effects: &[Effect]) -> Vec<EntryRef> {
    let looks = effects.iter().filter_map(|effect| match effect {
        Effect::Look(notices) => Some(notices.clone()),
        _other => None,
    });
    looks.flatten().collect()
}

fn journalled(effects: &[Effect]) -> usize {
    let found = effects.iter().filter(|effect| match effect {
        Effect::Append(append) => matches!(append.fact.event, Event::ConflictFound { .. }),
        _other => false,
    });
    found.count()
}

fn found(node: &Node, notice: EntryRef) -> Vec<Found> {
    node.look(notice)
        .map(|look| look.found())
        .unwrap_or_default()
}

#[test]
fn a_release_that_was_not_looked_at_is_not_let_go() {
    let mut node = west();
    let command = draft(&mut node, 0);
    let refused = given(&mut node, &command, Vec::new());
    assert!(matches!(refused, Err(Refusal::LookAgain)), "{refused:?}");
    let looked = node.looked(&command);
    assert!(given(&mut node, &command, looked).is_ok());
}

#[test]
fn what_comes_near_between_the_look_and_the_release_wants_another_look() {
    let mut node = west();
    let command = draft(&mut node, 0);
    let before = node.looked(&command);
    theirs(&mut node, 0, FAR);
    assert!(
        node.looked(&command)[0].conflicts().is_empty(),
        "10 km away is not near"
    );
    theirs(&mut node, 1, 0);
    let refused = given(&mut node, &command, before);
    assert!(matches!(refused, Err(Refusal::LookAgain)), "{refused:?}");
    let looked = node.looked(&command);
    let refused = given(&mut node, &command, looked);
    assert!(
        matches!(refused, Err(Refusal::InConflict(_))),
        "{refused:?}"
    );
}

#[test]
fn what_was_withdrawn_since_the_look_holds_no_release() {
    let mut node = west();
    let command = draft(&mut node, 0);
    let there = theirs(&mut node, 0, 0);
    let looked = node.looked(&command);
    assert_eq!(looked[0].conflicts().len(), 1);
    they_withdraw(&mut node, there, 1);
    let released = given(&mut node, &command, looked);
    assert!(released.is_ok(), "{released:?}");
}

#[test]
fn a_look_at_another_draft_is_none_at_this_one() {
    let mut node = west();
    let far = draft(&mut node, FAR);
    let looked = node.looked(&far);
    let changed = Command::DraftNotice {
        notice: NoticeId::from_random([5; 16]),
        kind: Kind::HazardArea,
        desk: Desk::Air,
        slots: notice(0, 0, 500),
    };
    commanded(&mut node, at(60), changed);
    let refused = given(&mut node, &far, looked);
    assert!(matches!(refused, Err(Refusal::LookAgain)), "{refused:?}");
}

#[test]
fn a_released_notice_asks_for_a_look_only_where_something_is_near() {
    for (north, wants) in [(FAR, 0), (0, 1)] {
        let mut node = west();
        theirs(&mut node, 0, north);
        let Command::ReleaseNotice {
            notice,
            lines,
            terms,
            ..
        } = draft(&mut node, 0)
        else {
            unreachable!("what `draft` gives");
        };
        let knowing = Command::ReleaseNotice {
            notice,
            lines,
            terms,
            in_conflict: InConflict::Release,
        };
        let effects = commanded(&mut node, at(60), knowing);
        assert_eq!(wanted(&effects).len(), wants);
        assert_eq!(journalled(&effects), 0, "the step itself looks at nothing");
    }
}

#[test]
fn a_conflict_is_journalled_once_however_often_it_is_found() {
    let mut node = west();
    let (mine, yours) = (ours(&mut node, 0, 0), theirs(&mut node, 0, 0));
    let both = [found(&node, mine), found(&node, yours)];
    assert_eq!(both.each_ref().map(Vec::len), [1, 1]);
    assert_eq!(both[0][0].pair, both[1][0].pair);
    let first = node.step(at(61), Input::ConflictsFound(both[0].clone()));
    let again = node.step(at(62), Input::ConflictsFound(both[1].clone()));
    assert_eq!((journalled(&first), journalled(&again)), (1, 0));
}

#[test]
fn a_peer_that_conflicts_with_everything_fills_no_journal() {
    let mut node = west();
    let mine = ours(&mut node, 0, 0);
    let yours = theirs(&mut node, MAX_CONFLICTS as u64, 0);
    let look = found(&node, yours);
    for index in 0..MAX_CONFLICTS as u64 {
        let found = Event::ConflictFound {
            pair: Pair {
                ours: mine,
                theirs: entry(Side::Peer, index),
            },
            engine: 1,
            witness: None,
        };
        // The last place is left to the one that the node finds itself.
        if index > 0 {
            fold(&mut node, found);
        }
    }
    let more = theirs(&mut node, MAX_CONFLICTS as u64 + 1, 0);
    let one_more = found(&node, more);
    let last = node.step(at(61), Input::ConflictsFound(look));
    let beyond = node.step(at(62), Input::ConflictsFound(one_more.clone()));
    assert_eq!(
        (journalled(&last), one_more.len(), journalled(&beyond)),
        (1, 1, 0)
    );
}

#[test]
fn a_conflict_with_what_was_withdrawn_meanwhile_is_none() {
    let mut node = west();
    let (mine, yours) = (ours(&mut node, 0, 0), theirs(&mut node, 0, 0));
    let late = found(&node, mine);
    they_withdraw(&mut node, yours, 1);
    let effects = node.step(at(61), Input::ConflictsFound(late));
    assert_eq!(journalled(&effects), 0);
}

#[test]
fn a_notice_whose_amendment_they_refused_conflicts_as_before() {
    let mut node = west();
    let mine = ours(&mut node, 0, 0);
    theirs(&mut node, 0, 0);
    assert_eq!(found(&node, mine).len(), 1);
    let moved = notice(FAR, 0, 500).with(SlotCode::Amends, Value::Subject(mine.as_subject()));
    let moved = we_say(&mut node, 1, moved.unwrap());
    assert!(found(&node, mine).is_empty(), "it is amended");
    // To them ours is the peer's.
    let of = entry(Side::Peer, moved.index).as_subject();
    let slots = Slots::new().with(SlotCode::Subject, Value::Subject(of));
    let reason = Value::Code(RefusalReason::OutsideArea.number());
    let refused = Event::MessageReceived {
        entry: entry(Side::Peer, 1),
        leaf: Digest([9; 32]),
        header: header(Kind::Refused),
        content: Content::Open(slots.unwrap().with(SlotCode::Refusal, reason).unwrap()),
        arrived: Arrival::Line { at: at(60) },
        refused: None,
    };
    fold(&mut node, refused);
    assert_eq!(found(&node, mine).len(), 1);
}

#[test]
fn when_a_full_disk_has_room_again_and_at_each_start_all_is_looked_at() {
    let mut node = west();
    let (mine, yours) = (ours(&mut node, 0, 0), theirs(&mut node, 0, 0));
    let late = found(&node, mine);
    node.step(at(61), Input::Disk(Disk::Full));
    let effects = node.step(at(62), Input::ConflictsFound(late.clone()));
    assert_eq!(journalled(&effects), 0, "main writes nothing");
    let effects = node.step(at(63), Input::Disk(Disk::Well));
    assert_eq!(wanted(&effects), [yours]);
    let effects = node.step(at(64), Input::ConflictsFound(late));
    assert_eq!(journalled(&effects), 1);
}
