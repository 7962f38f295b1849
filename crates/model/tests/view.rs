//! What stays in view, and for how long; and what the fold makes of epochs, floods and clocks.
#![expect(
    clippy::unwrap_used,
    reason = "part of tests, outside the functions that clippy knows as such"
)]

#[expect(
    dead_code,
    reason = "made for whole stories; only facts are folded here"
)]
mod two;

use model::code::{Desk, Lane, RefusalReason, Role, Urgency};
use model::command::{Acting, Command};
use model::decide::{CommandRefused, MAX_DRAFTS};
use model::event::{AlarmCause, Arrival, Event};
use model::ids::NoticeId;
use model::kind::Kind;
use model::line::{Digest, EntryRef, Fault, LogHead, LogRef, Side};
use model::message::{Content, Header};
use model::slot::{SlotCode, Slots, Value};
use model::state::MAX_FOLDED;
use model::units::{Millis, Timestamp};
use model::window::Window;
use two::{LINE, Two, Who};

fn entry(index: u64) -> EntryRef {
    EntryRef {
        log: LogRef {
            line: LINE,
            side: Side::Own,
            lane: Lane::Main,
            epoch: 1,
        },
        index,
    }
}

fn window(two: &Two, hours: u32) -> Slots {
    let until = two.now.saturating_add(Millis::from_seconds(hours * 3_600));
    let window = Window::new(two.now, until).unwrap();
    Slots::new()
        .with(SlotCode::Window, Value::Window(window))
        .unwrap()
}

fn drafts(two: &mut Two, notice: NoticeId, slots: &Slots) {
    two.fact(
        Who::Coalition,
        Event::NoticeDrafted {
            notice,
            kind: Kind::CautionArea,
            desk: Desk::Air,
            content: Content::Open(slots.clone()),
        },
    );
}

fn says(two: &mut Two, index: u64, kind: Kind, notice: Option<NoticeId>, slots: Slots) {
    let header = Header {
        kind: kind.number(),
        purpose: "flight-safety".parse().unwrap(),
        role: Role::Watch,
        urgency: Urgency::Routine,
        desk: Desk::Air,
        sent_at: two.now,
    };
    two.fact(
        Who::Coalition,
        Event::MessageSent {
            entry: entry(index),
            leaf: Digest([0; 32]),
            header,
            content: Content::Open(slots),
            authority: "test".parse().unwrap(),
            notice,
        },
    );
}

#[test]
fn a_draft_leaves_the_view_with_the_last_notice_released_from_it() {
    let mut two = Two::new();
    let notice = NoticeId::from_random([7; 16]);
    for hours in [1, 5] {
        let slots = window(&two, hours);
        drafts(&mut two, notice, &slots);
        says(
            &mut two,
            hours.into(),
            Kind::CautionArea,
            Some(notice),
            slots,
        );
    }
    let drafts = |two: &Two| two.coalition.drafts.len();
    let anything = Event::AlarmEnded {
        alarm: AlarmCause::CannotSend,
    };
    two.wait(50 * 3_600);
    two.fact(Who::Coalition, anything.clone());
    assert_eq!((drafts(&two), two.coalition.notices.len()), (1, 1));
    two.wait(10 * 3_600);
    two.fact(Who::Coalition, anything);
    assert_eq!((drafts(&two), two.coalition.notices.len()), (0, 0));
}

fn opens(two: &mut Two, side: Side, epoch: u32, size: u64) {
    let head = |size| LogHead {
        epoch: epoch - 1,
        size,
        root: Digest([0; 32]),
    };
    two.fact(
        Who::Coalition,
        Event::EpochOpened {
            line: LINE,
            side,
            epoch,
            closes: [head(0), head(size), head(0), head(0)],
            confirmed: false,
            statement: [0; 0].into(),
        },
    );
}

fn confirms(two: &mut Two, side: Side, epoch: u32) {
    two.fact(
        Who::Coalition,
        Event::EpochConfirmed {
            line: LINE,
            side,
            epoch,
            statement: [0; 0].into(),
        },
    );
}

#[test]
fn what_a_new_epoch_leaves_behind_was_not_said() {
    let mut two = Two::new();
    let ids = [1, 2, 3].map(|n| NoticeId::from_random([n; 16]));
    for (index, id) in (0..).zip(ids) {
        let slots = window(&two, 4);
        drafts(&mut two, id, &slots);
        says(&mut two, index, Kind::CautionArea, Some(id), slots);
    }
    let about = |slot, index| {
        let subject = Value::Subject(entry(index).as_subject());
        Slots::new().with(slot, subject).unwrap()
    };
    says(
        &mut two,
        3,
        Kind::Withdrawal,
        None,
        about(SlotCode::Subject, 0),
    );
    let mut amended = window(&two, 9);
    let subject = Value::Subject(entry(1).as_subject());
    amended.set(SlotCode::Amends, subject).unwrap();
    says(&mut two, 4, Kind::CautionArea, Some(ids[1]), amended);
    let state = |two: &Two, index| two.coalition.notices[&entry(index)].state(two.now).name();
    assert_eq!(
        [0, 1, 2].map(|index| state(&two, index)),
        ["withdrawn", "amended", "active"]
    );
    two.fact(
        Who::Coalition,
        Event::MainHalted {
            line: LINE,
            fault: Fault::SplitView,
            evidence: [0; 0].into(),
        },
    );
    // Two of them had reached the peer.
    opens(&mut two, Side::Own, 2, 2);
    assert_eq!(
        [0, 1, 2, 4].map(|index| state(&two, index)),
        ["active", "active", "not said", "not said"]
    );
    let released = ids.map(|id| two.coalition.drafts[&id].released.len());
    assert_eq!(released, [1, 1, 0]);
}

#[test]
fn main_stays_halted_until_both_root_keys_stand_by_an_epoch_opened_since() {
    let mut two = Two::new();
    let halted = |two: &Two| two.coalition.lines[&LINE].halt.is_some();
    opens(&mut two, Side::Peer, 2, 0);
    two.fact(
        Who::Coalition,
        Event::MainHalted {
            line: LINE,
            fault: Fault::Equivocation,
            evidence: [0; 0].into(),
        },
    );
    opens(&mut two, Side::Own, 2, 0);
    confirms(&mut two, Side::Own, 2);
    confirms(&mut two, Side::Peer, 2);
    assert!(
        halted(&two),
        "one side alone settles nothing, nor what was opened before"
    );
    opens(&mut two, Side::Peer, 3, 0);
    assert!(halted(&two), "nor does what no root key stands by");
    confirms(&mut two, Side::Peer, 3);
    assert!(!halted(&two));
}

fn stop_header(kind: Kind, sent_at: Timestamp) -> Header {
    Header {
        kind: kind.number(),
        purpose: "safety".parse().unwrap(),
        role: Role::Watch,
        urgency: Urgency::Immediate,
        desk: Desk::Air,
        sent_at,
    }
}

fn on_stop(side: Side, index: u64) -> EntryRef {
    let log = LogRef {
        line: LINE,
        side,
        lane: Lane::Stop,
        epoch: 1,
    };
    EntryRef { log, index }
}

#[test]
fn a_caller_counts_on_no_longer_pause_because_the_clock_of_the_called_party_is_ahead() {
    let mut two = Two::new();
    let call = on_stop(Side::Own, 0);
    let header = stop_header(Kind::StopCall, two.now);
    two.fact(
        Who::Coalition,
        Event::MessageSent {
            entry: call,
            leaf: Digest([0; 32]),
            header,
            content: Content::Open(Slots::new()),
            authority: "standing".parse().unwrap(),
            notice: None,
        },
    );
    two.wait(20);
    let ahead = two.now.saturating_add(Millis::from_seconds(600));
    let subject = Value::Subject(Two::theirs(call).as_subject());
    let header = stop_header(Kind::StopAcceptance, ahead);
    let now = two.now;
    two.fact(
        Who::Coalition,
        Event::MessageReceived {
            entry: on_stop(Side::Peer, 0),
            leaf: Digest([0; 32]),
            header,
            content: Content::Open(Slots::new().with(SlotCode::Subject, subject).unwrap()),
            arrived: Arrival::Line { at: now },
            refused: None,
        },
    );
    let terms = two::arrangement().stop;
    let call = &two.coalition.calls[&call];
    assert_eq!(call.accepted.as_ref().unwrap().at, ahead, "as they said it");
    assert_eq!(call.owed_until(&terms), now.saturating_add(terms.limit));
}

#[test]
fn of_a_flood_that_nobody_accepts_so_many_calls_stay_in_view_and_all_are_counted() {
    let mut two = Two::new();
    let all = MAX_FOLDED as u64 + 3;
    for index in 0..all {
        let header = stop_header(Kind::StopCall, two.now);
        let now = two.now;
        two.fact(
            Who::Coalition,
            Event::MessageReceived {
                entry: on_stop(Side::Peer, index),
                leaf: Digest([0; 32]),
                header,
                content: Content::Open(Slots::new()),
                arrived: Arrival::Line { at: now },
                refused: None,
            },
        );
    }
    let calls = &two.coalition.calls;
    assert_eq!(calls.len(), MAX_FOLDED + 1);
    assert!(
        calls.contains_key(&on_stop(Side::Peer, 0)),
        "the one that sounds"
    );
    assert!(
        calls.contains_key(&on_stop(Side::Peer, all - 1)),
        "the newest"
    );
    assert_eq!(two.coalition.lines[&LINE].calls_peer, all);
}

#[test]
fn so_many_line_checks_stay_in_view_the_newest_of_them() {
    let mut two = Two::new();
    for index in 0..70 {
        let challenge = Value::Number(index);
        let slots = Slots::new().with(SlotCode::Challenge, challenge).unwrap();
        they_say(&mut two, index, Kind::LineCheck, slots, None);
    }
    let checks = &two.coalition.lines[&LINE].checks;
    let kept: Vec<u64> = checks.keys().map(|entry| entry.index).collect();
    assert_eq!(kept, (6..70).collect::<Vec<u64>>());
}

#[test]
fn there_are_so_many_drafts_and_an_old_one_may_still_be_changed() {
    let mut two = Two::new();
    let slots = window(&two, 2);
    let draft = |number: usize| {
        let mut id = [0; 16];
        id[..8].copy_from_slice(&(number as u64).to_be_bytes());
        NoticeId::from_random(id)
    };
    for number in 0..MAX_DRAFTS {
        drafts(&mut two, draft(number), &slots);
    }
    let asked = |number: usize| Command::DraftNotice {
        notice: draft(number),
        kind: Kind::CautionArea,
        desk: Desk::Air,
        slots: slots.clone(),
    };
    let acting = Acting {
        officer: "garcia".parse().unwrap(),
        role: Role::Watch,
        element: None,
    };
    let decided = |number| two.coalition.decide(acting, &asked(number), two.now);
    assert_eq!(
        decided(MAX_DRAFTS).err(),
        Some(CommandRefused::TooManyDrafts)
    );
    assert!(decided(0).is_ok());
}

/// What the other party says of ours, or of its own.
fn they_say(two: &mut Two, index: u64, kind: Kind, slots: Slots, refused: Option<RefusalReason>) {
    let header = Header {
        kind: kind.number(),
        purpose: "flight-safety".parse().unwrap(),
        role: Role::Watch,
        urgency: Urgency::Routine,
        desk: Desk::Air,
        sent_at: two.now,
    };
    let received = Event::MessageReceived {
        entry: theirs(index),
        leaf: Digest([1; 32]),
        header,
        content: Content::Open(slots),
        arrived: Arrival::Line { at: two.now },
        refused,
    };
    two.fact(Who::Coalition, received);
}

fn theirs(index: u64) -> EntryRef {
    let ours = entry(index);
    EntryRef {
        log: LogRef {
            side: Side::Peer,
            ..ours.log
        },
        index,
    }
}

fn amending(two: &Two, earlier: u64) -> Slots {
    let amends = Value::Subject(entry(earlier).as_subject());
    window(two, 2).with(SlotCode::Amends, amends).unwrap()
}

#[test]
fn an_amendment_of_theirs_that_is_refused_takes_no_notices_place() {
    let mut two = Two::new();
    let first = window(&two, 1);
    they_say(&mut two, 0, Kind::CautionArea, first, None);
    let second = amending(&two, 0);
    let refused = Some(RefusalReason::OutsideArea);
    they_say(&mut two, 1, Kind::CautionArea, second, refused);
    let notices = &two.coalition.notices;
    assert!(notices[&theirs(0)].is_live(two.now));
    assert_eq!(notices[&theirs(1)].refused, refused);
    // It is still owed an answer, and the refused one is owed none.
    let due = two.coalition.first_unanswered(LINE, Desk::Air);
    assert_eq!(due, Some(two.now.saturating_add(Millis::from_seconds(600))));
}

#[test]
fn an_amendment_of_ours_that_they_refuse_leaves_what_it_amended_in_force_to_be_amended_again() {
    let mut two = Two::new();
    let draft = NoticeId::from_random([1; 16]);
    let first = window(&two, 1);
    drafts(&mut two, draft, &first);
    says(&mut two, 0, Kind::CautionArea, Some(draft), first);
    let second = amending(&two, 0);
    says(&mut two, 1, Kind::CautionArea, Some(draft), second);
    assert!(!two.coalition.notices[&entry(0)].is_live(two.now));
    let of = Value::Subject(theirs(1).as_subject());
    let reason = Value::Code(RefusalReason::OutsideArea.number());
    let refused = Slots::new().with(SlotCode::Subject, of).unwrap();
    let refused = refused.with(SlotCode::Refusal, reason).unwrap();
    they_say(&mut two, 0, Kind::Refused, refused, None);
    assert_eq!(
        two.coalition.notices[&entry(1)].refused,
        Some(RefusalReason::OutsideArea)
    );
    assert!(two.coalition.notices[&entry(0)].is_live(two.now));
}
