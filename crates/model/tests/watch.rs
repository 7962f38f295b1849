//! What is open at a desk, and who may sign for it.
#![allow(clippy::unwrap_used, reason = "a test that cannot be set up fails")]

use model::code::{Desk, Role};
use model::command::{Acting, Command};
use model::decide::{CommandRefused, Decided};
use model::event::{Actor, AlarmCause, Event, Fact};
use model::ids::{NoticeId, OfficerId};
use model::kind::Kind;
use model::message::Content;
use model::slot::Slots;
use model::state::State;
use model::units::{MINUTE_MS, Millis, Timestamp};
use model::watch::{Duty, MAX_DUTIES, MAX_DUTY, MAX_HANDED, OpenItem, WatchCommand, WatchEvent};
use std::collections::BTreeSet;

fn at(minutes: i64) -> Timestamp {
    Timestamp::from_unix_ms(1_500_000_000_000 + minutes * MINUTE_MS).unwrap()
}

fn officer(name: &str) -> OfficerId {
    name.parse().unwrap()
}

fn acting(name: &str, role: Role) -> Acting {
    Acting {
        officer: officer(name),
        role,
        element: None,
    }
}

fn apply(state: &mut State, event: Event) {
    let by = Actor::Officer(officer("duty"));
    state.apply(&Fact {
        at: at(0),
        by,
        event,
    });
}

fn draft(state: &mut State, number: u32) -> NoticeId {
    let mut bytes = [0; 16];
    bytes[..4].copy_from_slice(&number.to_be_bytes());
    let notice = NoticeId::from_random(bytes);
    apply(
        state,
        Event::NoticeDrafted {
            notice,
            kind: Kind::AirActivity,
            desk: Desk::Air,
            content: Content::Open(Slots::new()),
        },
    );
    notice
}

fn open(state: &State) -> BTreeSet<OpenItem> {
    let open = state.open_at(Desk::Air, at(1)).items.into_iter();
    open.map(|(item, _)| item).collect()
}

fn take_over(read: BTreeSet<OpenItem>, from: Option<&str>) -> Command {
    Command::Watch(WatchCommand::TakeOver {
        desk: Desk::Air,
        from: from.map(officer),
        read,
        sound_heard: true,
        card_at_hand: false,
    })
}

#[test]
fn what_opens_while_it_is_read_is_to_be_read_too_and_what_is_over_is_no_hindrance() {
    let mut state = State::default();
    let first = draft(&mut state, 1);
    apply(
        &mut state,
        Event::AlarmRaised {
            alarm: AlarmCause::NoSounder { desk: Desk::Air },
            desk: Desk::Air,
        },
    );
    let next = acting("next", Role::Watch);
    let read = open(&state);
    assert_eq!(read.len(), 2);
    draft(&mut state, 2);
    let refused = state.decide(next, &take_over(read.clone(), None), at(1));
    assert_eq!(refused, Err(CommandRefused::HandoverNotRead(1)));
    let read = open(&state);
    apply(&mut state, Event::NoticeDiscarded { notice: first });
    let decided = state.decide(next, &take_over(read, None), at(1)).unwrap();
    let [Decided::Fact(Event::Watch(event @ WatchEvent::HandedOver { count, items, .. }))] =
        &decided[..]
    else {
        panic!("{decided:?}");
    };
    assert_eq!((*count, items.len()), (2, 2));
    assert!(!items.contains(&OpenItem::Draft(first)));
    apply(&mut state, Event::Watch(event.clone()));
    assert!(state.watch[&Desk::Air].contains(&officer("next")));
    assert!(
        state
            .watchkeeping
            .on(Desk::Air, officer("next"))
            .unwrap()
            .handed_over
    );
}

#[test]
fn a_watch_is_handed_over_by_whoever_has_it_to_somebody_else() {
    let mut state = State::default();
    let next = acting("next", Role::Watch);
    let from = |from| state.decide(next, &take_over(BTreeSet::new(), Some(from)), at(1));
    assert_eq!(from("next"), Err(CommandRefused::HandoverToOneself));
    assert_eq!(
        from("duty"),
        Err(CommandRefused::NotOnWatch(officer("duty")))
    );
    let interpreter = acting("voice", Role::Interpreter);
    let refused = state.decide(interpreter, &take_over(BTreeSet::new(), None), at(1));
    assert_eq!(refused, Err(CommandRefused::Role(Role::Interpreter)));
    let taken = Command::TakeWatch { desk: Desk::Air };
    let duty = acting("duty", Role::Watch);
    let decided = state.decide(duty, &taken, at(1)).unwrap();
    assert_eq!(
        decided.len(),
        1,
        "nothing stood open, so nothing was left unread"
    );
    for step in decided {
        let Decided::Fact(event) = step else {
            panic!("{step:?}");
        };
        apply(&mut state, event);
    }
    let decided = state.decide(next, &take_over(BTreeSet::new(), Some("duty")), at(1));
    let [Decided::Fact(event)] = &decided.unwrap()[..] else {
        panic!("one fact");
    };
    apply(&mut state, event.clone());
    let on: Vec<_> = state.watch[&Desk::Air].iter().copied().collect();
    assert_eq!(on, [officer("next")]);
    assert_eq!(state.watchkeeping.on(Desk::Air, officer("duty")), None);
}

#[test]
fn a_handover_lists_so_many_items_and_says_how_many_more_there_are() {
    let mut state = State::default();
    for number in 0..MAX_HANDED as u32 {
        draft(&mut state, number);
    }
    assert_eq!(state.open_at(Desk::Air, at(1)).left_out, 0);
    for number in 0..3 {
        draft(&mut state, MAX_HANDED as u32 + number);
    }
    let all = state.open_at(Desk::Air, at(1));
    assert_eq!((all.items.len(), all.left_out), (MAX_HANDED, 3));
    let decided = state.decide(
        acting("next", Role::Watch),
        &take_over(open(&state), None),
        at(1),
    );
    let [
        Decided::Fact(Event::Watch(WatchEvent::HandedOver {
            count, left_out, ..
        })),
    ] = decided.unwrap()[..]
    else {
        panic!("handed over");
    };
    assert_eq!((count, left_out), (MAX_HANDED as u32, 3));
    // Another desk's are none of its own.
    assert!(state.open_at(Desk::Ground, at(1)).items.is_empty());
}

#[test]
fn the_roster_holds_so_many_duties_none_of_them_endless() {
    let mut state = State::default();
    let general = acting("general", Role::Commander);
    let duty = |from: Timestamp, until: Timestamp| Duty {
        desk: Desk::Air,
        officer: officer("duty"),
        from,
        until,
    };
    let decide = |state: &State, duty| {
        state.decide(general, &Command::Watch(WatchCommand::Roster(duty)), at(0))
    };
    let longest = at(1).saturating_add(MAX_DUTY);
    assert!(decide(&state, duty(at(1), longest)).is_ok());
    let ms = Millis::new(1).unwrap();
    for bad in [
        duty(at(1), longest.saturating_add(ms)),
        duty(at(2), at(2)),
        duty(at(3), at(2)),
        duty(at(-3), at(-2)),
    ] {
        assert_eq!(decide(&state, bad), Err(CommandRefused::DutyOutOfBounds));
    }
    for number in 0..MAX_DUTIES as i64 {
        let duty = duty(at(number), at(number + 1));
        apply(&mut state, Event::Watch(WatchEvent::Rostered(duty)));
    }
    let one_more = duty(at(9_000), at(9_001));
    assert_eq!(decide(&state, one_more), Err(CommandRefused::TooManyDuties));
    assert_eq!(
        decide(&state, duty(at(5), at(6))),
        Err(CommandRefused::DutyThere)
    );
}
