//! Downstream units: who is asked, who is silent, and what an officer may say of it to the other party.
#![expect(
    clippy::unwrap_used,
    reason = "part of tests, outside the functions that clippy knows as such"
)]

#[expect(dead_code, reason = "made for whole stories")]
mod two;

use model::code::{Desk, Downstream, StopAnswer, StopReason, WithdrawalReason};
use model::command::{Command, InConflict, ReleaseTerms};
use model::downstream::{Described, MAX_UNIT_NAME, MAX_UNITS, ReceiptBy, Standing, UnitRefused};
use model::event::{Actor, AlarmCause, Event, Fact};
use model::ids::{NoticeId, UnitId};
use model::kind::Kind;
use model::line::EntryRef;
use model::place::{Area, Circle, Position};
use model::slot::{SlotCode, Slots, Value};
use model::units::{Millimetres, Millis};
use model::window::Window;
use proptest::prelude::*;
use two::{LINE, Two, Who};

fn area() -> Area {
    let centre = Position::from_e7(353_359_000, 401_408_000).unwrap();
    Area::Circle(Circle::new(centre, Millimetres::from_metres(2_000)).unwrap())
}

fn described(name: &str) -> Described {
    Described {
        name: name.to_owned(),
        area: area(),
    }
}

fn unit(number: u32) -> UnitId {
    format!("u{number}").parse().unwrap()
}

/// Units of russia's ground desk.
fn with_units(count: u32) -> Two {
    let mut two = Two::new();
    for number in 1..=count {
        let command = Command::EnrolUnit {
            unit: unit(number),
            desk: Desk::Ground,
            described: described("Birch"),
        };
        two.does(Who::Russia, "ivanov", command);
    }
    assert_eq!(two.russia.units.len(), count as usize);
    two
}

/// Draws up and releases a no-fire area for `hours`; says it again where the draft was released before.
fn releases(two: &mut Two, who: Who, draft: u8, hours: u32) -> EntryRef {
    let until = two.now.saturating_add(Millis::from_seconds(hours * 3_600));
    let window = Window::new(two.now, until).unwrap();
    let second = model::description::SecondDescription::new(model::description::RawDescription {
        reference: "airfield".parse().unwrap(),
        anchor: model::description::Anchor::Centre,
        bearing: model::units::Bearing::NORTH,
        bearing_precision: 1,
        distance: Millimetres::from_metres(6_000),
        distance_precision: Millimetres::from_metres(1),
    });
    let slots = Slots::new()
        .with(SlotCode::Area, Value::Area(area()))
        .unwrap()
        .with(SlotCode::Second, Value::Second(second.unwrap()))
        .unwrap()
        .with(SlotCode::Window, Value::Window(window))
        .unwrap();
    let notice = NoticeId::from_random([draft; 16]);
    let command = Command::DraftNotice {
        notice,
        kind: Kind::NoFireArea,
        desk: Desk::Ground,
        slots,
    };
    two.does(who, "smith", command);
    let command = Command::ReleaseNotice {
        notice,
        lines: vec![LINE],
        terms: ReleaseTerms {
            authority: "test".parse().unwrap(),
            purpose: "safety".parse().unwrap(),
            element: None,
        },
        in_conflict: InConflict::Release,
    };
    two.does(who, "smith", command)[0]
}

fn withdraws(two: &mut Two, who: Who, draft: u8) {
    let command = Command::WithdrawNotice {
        notice: NoticeId::from_random([draft; 16]),
        reason: WithdrawalReason::Cancelled,
    };
    two.does(who, "smith", command);
}

fn concerns(two: &mut Two, subject: EntryRef, units: &[u32]) {
    let units = units.iter().copied().map(unit).collect();
    let event = Event::UnitsConcerned {
        subject,
        units,
        engine: 1,
    };
    two.fact(Who::Russia, event);
}

/// A notice of the coalition's, as russia sees it, that concerns these units.
fn concerned(two: &mut Two, units: &[u32]) -> EntryRef {
    let theirs = Two::theirs(releases(two, Who::Coalition, 1, 4));
    concerns(two, theirs, units);
    theirs
}

/// A receipt by the unit's own telephone, or by an officer's word.
fn receipt(two: &mut Two, by: Actor, number: u32, subject: EntryRef) -> Result<usize, UnitRefused> {
    let now = two.now;
    let facts = two
        .russia
        .receipt_of(by, unit(number), subject, false, now)?;
    let count = facts.len();
    for event in facts {
        two.russia.apply(&Fact { at: now, by, event });
    }
    two.timers();
    Ok(count)
}

fn has(two: &mut Two, number: u32, subject: EntryRef) {
    receipt(two, Actor::Unit(unit(number)), number, subject).unwrap();
}

fn tells(two: &mut Two, entry: EntryRef, said: Downstream) -> usize {
    two.does(
        Who::Russia,
        "ivanov",
        Command::TellDownstream { entry, said },
    )
    .len()
}

fn silence(two: &Two) -> bool {
    let cause = AlarmCause::UnitsSilent { desk: Desk::Ground };
    two.russia.alarms.contains_key(&cause)
}

#[test]
fn all_units_is_said_only_where_every_one_has_it_and_the_officer_is_told_who_is_silent() {
    let mut two = with_units(3);
    let notice = concerned(&mut two, &[1, 3]);
    assert_eq!(tells(&mut two, notice, Downstream::AllUnits), 0);
    assert_eq!(tells(&mut two, notice, Downstream::NotAllYet), 1);
    has(&mut two, 1, notice);
    assert_eq!(tells(&mut two, notice, Downstream::AllUnits), 0);
    has(&mut two, 3, notice);
    assert_eq!(tells(&mut two, notice, Downstream::AllUnits), 1);
    let ours = two.coalition.notices[&Two::theirs(notice)].clone();
    assert_eq!(ours.receipts.downstream.unwrap().1, Downstream::AllUnits);
    let story = two.story();
    assert!(story.contains("no receipt from u1, u3"), "{story}");
    assert!(story.contains("no receipt from u3;"), "{story}");
    // What was said on the line names no unit.
    let said: Vec<&str> = (story.lines())
        .filter(|line| line.contains("main/"))
        .collect();
    assert!(said.iter().all(|line| !line.contains("u3")), "{said:?}");
}

#[test]
fn all_units_is_refused_where_no_unit_is_concerned() {
    let mut two = with_units(1);
    let notice = concerned(&mut two, &[]);
    assert_eq!(tells(&mut two, notice, Downstream::AllUnits), 0);
    assert!(two.story().contains("no enrolled unit is concerned"));
}

#[test]
fn a_unit_found_later_is_silent_although_all_had_it() {
    let mut two = with_units(2);
    let notice = concerned(&mut two, &[1]);
    has(&mut two, 1, notice);
    assert_eq!(tells(&mut two, notice, Downstream::AllUnits), 1);
    concerns(&mut two, notice, &[2]);
    assert_eq!(two.russia.silent(notice), [unit(2)]);
    assert_eq!(tells(&mut two, notice, Downstream::AllUnits), 0);
}

#[test]
fn the_units_own_word_stands_before_an_officers_and_an_officers_adds_nothing_to_it() {
    let mut two = with_units(2);
    let notice = concerned(&mut two, &[1, 2]);
    let officer = Actor::Officer("ivanov".parse().unwrap());
    assert_eq!(receipt(&mut two, officer, 1, notice), Ok(1));
    let by = |two: &Two, number| two.russia.units.receipt(notice, unit(number)).unwrap().by;
    assert_eq!(by(&two, 1).words(), "relayed by officer ivanov");
    assert_eq!(receipt(&mut two, officer, 1, notice), Ok(0));
    has(&mut two, 1, notice);
    assert_eq!(by(&two, 1), ReceiptBy::Unit);
    has(&mut two, 2, notice);
    assert_eq!(receipt(&mut two, officer, 2, notice), Ok(0));
    assert_eq!(by(&two, 2).words(), "by the unit");
}

#[test]
fn a_unit_gives_no_receipt_of_what_does_not_concern_it() {
    let mut two = with_units(2);
    let notice = concerned(&mut two, &[1]);
    let refused = receipt(&mut two, Actor::Unit(unit(2)), 2, notice);
    assert_eq!(refused, Err(UnitRefused::NotConcerned(unit(2))));
    let refused = receipt(&mut two, Actor::Unit(unit(9)), 9, notice);
    assert_eq!(refused, Err(UnitRefused::Unknown(unit(9))));
}

#[test]
fn an_amendment_asks_everyone_again_who_was_asked_before() {
    let mut two = with_units(2);
    let notice = concerned(&mut two, &[1, 2]);
    has(&mut two, 1, notice);
    has(&mut two, 2, notice);
    let amended = Two::theirs(releases(&mut two, Who::Coalition, 1, 6));
    assert_ne!(amended, notice);
    assert_eq!(two.russia.silent(amended), [unit(1), unit(2)]);
    let asked = two.russia.asked_of(unit(1), two.now);
    assert_eq!(asked.len(), 1, "{asked:?}");
    assert_eq!(asked[0].subject, amended);
}

#[test]
fn a_withdrawal_is_shown_until_the_unit_has_noted_it() {
    let mut two = with_units(1);
    let notice = concerned(&mut two, &[1]);
    withdraws(&mut two, Who::Coalition, 1);
    let asked = two.russia.asked_of(unit(1), two.now);
    assert_eq!(asked.len(), 1);
    assert!(matches!(asked[0].standing, Standing::Withdrawn { .. }));
    assert_ne!(asked[0].subject, notice);
    has(&mut two, 1, asked[0].subject);
    assert_eq!(two.russia.asked_of(unit(1), two.now), []);
    assert!(two.russia.units.receipt(notice, unit(1)).is_none());
}

#[test]
fn silent_units_are_one_alarm_of_the_desk_and_again_for_those_that_fall_silent_later() {
    let mut two = with_units(3);
    let first = concerned(&mut two, &[1, 2]);
    two.wait(599);
    assert!(!silence(&two));
    two.wait(1);
    assert!(silence(&two));
    let cause = AlarmCause::UnitsSilent { desk: Desk::Ground };
    assert_eq!(two.russia.alarms[&cause].count, 1);
    two.does(
        Who::Russia,
        "ivanov",
        Command::AcknowledgeAlarm { alarm: cause },
    );
    two.wait(3_000);
    assert!(!silence(&two), "whoever acknowledged it knows");
    concerns(&mut two, first, &[3]);
    two.wait(600);
    assert!(silence(&two));
    has(&mut two, 3, first);
    assert!(!silence(&two), "of the others the desk knows");
}

#[test]
fn the_alarm_ends_with_the_last_receipt_the_withdrawal_or_the_standing_down() {
    for ends in 0..3 {
        let mut two = with_units(1);
        let notice = concerned(&mut two, &[1]);
        two.wait(600);
        assert!(silence(&two));
        match ends {
            0 => has(&mut two, 1, notice),
            1 => withdraws(&mut two, Who::Coalition, 1),
            _stands_down => {
                two.does(
                    Who::Russia,
                    "ivanov",
                    Command::StandDownUnit { unit: unit(1) },
                );
            }
        }
        assert!(!silence(&two), "{ends}");
    }
}

/// A stop call of the coalition's that russia has accepted, and that concerns these units.
fn stopped(two: &mut Two, units: &[u32]) -> EntryRef {
    let call = Two::theirs(
        two.does(
            Who::Coalition,
            "smith",
            Command::Stop {
                lines: Vec::new(),
                desk: Desk::Ground,
                slots: Slots::new(),
            },
        )[0],
    );
    two.does(
        Who::Russia,
        "ivanov",
        Command::AcceptStop { call, name: None },
    );
    concerns(two, call, units);
    call
}

fn answers(two: &mut Two, call: EntryRef, answer: StopAnswer) {
    let reason = (answer == StopAnswer::CannotPause).then_some(StopReason::TroopsInContact);
    let command = Command::AnswerStop {
        call,
        answer,
        reason,
        name: None,
    };
    two.does(Who::Russia, "ivanov", command);
}

#[test]
fn an_accepted_call_is_a_pause_until_the_desk_or_the_caller_says_that_it_is_over() {
    let stands = |two: &Two| {
        let pauses = two.russia.pauses_of(unit(1), two.now);
        pauses[0].over.is_none()
    };
    for ends in 0..4 {
        let mut two = with_units(1);
        let call = stopped(&mut two, &[1]);
        answers(&mut two, call, StopAnswer::PauseOrdered);
        assert!(stands(&two));
        let ours = Two::theirs(call);
        match ends {
            0 => answers(&mut two, call, StopAnswer::CannotPause),
            1 => {
                two.does(Who::Coalition, "smith", Command::LiftStop { call: ours });
                assert!(stands(&two), "lifted by the caller only");
                two.does(Who::Russia, "ivanov", Command::ResumeAfterStop { call });
            }
            2 => {
                two.does(
                    Who::Coalition,
                    "smith",
                    Command::StopRaisedInError { call: ours },
                );
            }
            _by_its_limit => two.wait(1_801),
        }
        assert!(!stands(&two), "{ends}");
        two.wait(3_601);
        assert_eq!(two.russia.pauses_of(unit(1), two.now), [], "{ends}");
    }
}

#[test]
fn a_units_confirmation_of_a_pause_is_a_receipt_and_the_answer_stays_the_officers() {
    let mut two = with_units(2);
    let call = stopped(&mut two, &[1, 2]);
    answers(&mut two, call, StopAnswer::PauseOrdered);
    has(&mut two, 1, call);
    has(&mut two, 2, call);
    assert_eq!(two.russia.silent(call), []);
    let last = two.russia.calls[&call].last_answer().unwrap().answer;
    assert_eq!(last, StopAnswer::PauseOrdered);
}

#[test]
fn units_that_do_not_confirm_a_pause_in_time_are_an_alarm() {
    let mut two = with_units(1);
    let call = stopped(&mut two, &[1]);
    answers(&mut two, call, StopAnswer::PauseOrdered);
    two.wait(179);
    assert!(!silence(&two));
    two.wait(1);
    assert!(silence(&two));
    has(&mut two, 1, call);
    assert!(!silence(&two));
}

#[test]
fn a_number_is_never_given_again() {
    let mut two = with_units(2);
    two.does(
        Who::Russia,
        "ivanov",
        Command::StandDownUnit { unit: unit(2) },
    );
    assert_eq!(two.russia.units.next(), unit(3));
    let taken = Command::EnrolUnit {
        unit: unit(2),
        desk: Desk::Ground,
        described: described("Alder"),
    };
    two.does(Who::Russia, "ivanov", taken);
    assert!(two.russia.units.get(unit(2)).is_none());
}

#[test]
fn a_unit_that_moves_is_asked_only_what_is_found_where_it_is_now_and_keeps_its_receipts() {
    let mut two = with_units(1);
    let notice = concerned(&mut two, &[1]);
    has(&mut two, 1, notice);
    let change = Command::ChangeUnit {
        unit: unit(1),
        desk: Desk::Ground,
        described: described("Birch"),
    };
    two.does(Who::Russia, "ivanov", change);
    assert_eq!(two.russia.asked_of(unit(1), two.now), []);
    concerns(&mut two, notice, &[1]);
    assert_eq!(two.russia.silent(notice), []);
}

#[test]
fn enrolment_keeps_its_limits() {
    let mut two = with_units(MAX_UNITS as u32);
    let enrol = |name: &str| Command::EnrolUnit {
        unit: unit(MAX_UNITS as u32 + 1),
        desk: Desk::Ground,
        described: described(name),
    };
    two.does(Who::Russia, "ivanov", enrol("One more"));
    assert_eq!(two.russia.units.len(), MAX_UNITS);
    two.does(
        Who::Russia,
        "ivanov",
        Command::StandDownUnit { unit: unit(1) },
    );
    for bad in [
        "",
        "  ",
        "a\u{202e}b",
        "a\nb",
        &"x".repeat(MAX_UNIT_NAME + 1),
    ] {
        two.does(Who::Russia, "ivanov", enrol(bad));
        assert_eq!(two.russia.units.len(), MAX_UNITS - 1, "{bad:?}");
    }
    two.does(Who::Russia, "ivanov", enrol(&"x".repeat(MAX_UNIT_NAME)));
    assert_eq!(two.russia.units.len(), MAX_UNITS);
}

#[derive(Clone, Copy, Debug)]
enum Deed {
    Concerns(u32),
    Has(u32),
    Relays(u32),
    Changes(u32),
    StandsDown(u32),
    Amends,
    Waits,
}

fn deeds() -> impl Strategy<Value = Vec<Deed>> {
    let number = 1..5_u32;
    let deed = prop_oneof![
        3 => number.clone().prop_map(Deed::Concerns),
        3 => number.clone().prop_map(Deed::Has),
        2 => number.clone().prop_map(Deed::Relays),
        1 => number.clone().prop_map(Deed::Changes),
        1 => number.prop_map(Deed::StandsDown),
        1 => Just(Deed::Amends),
        1 => Just(Deed::Waits),
    ];
    prop::collection::vec(deed, 0..40)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn all_units_can_be_said_exactly_where_each_unit_concerned_has_a_receipt(deeds in deeds()) {
        let mut two = with_units(4);
        let mut notice = concerned(&mut two, &[]);
        let officer = Actor::Officer("ivanov".parse().unwrap());
        for deed in deeds {
            match deed {
                Deed::Concerns(number) => concerns(&mut two, notice, &[number]),
                Deed::Has(number) => {
                    let _perhaps = receipt(&mut two, Actor::Unit(unit(number)), number, notice);
                }
                Deed::Relays(number) => {
                    let _perhaps = receipt(&mut two, officer, number, notice);
                }
                Deed::Changes(number) => {
                    let change = Command::ChangeUnit {
                        unit: unit(number),
                        desk: Desk::Ground,
                        described: described("Birch"),
                    };
                    two.does(Who::Russia, "ivanov", change);
                }
                Deed::StandsDown(number) => {
                    two.does(Who::Russia, "ivanov", Command::StandDownUnit { unit: unit(number) });
                }
                Deed::Amends => notice = Two::theirs(releases(&mut two, Who::Coalition, 1, 4)),
                Deed::Waits => two.wait(60),
            }
            let units = &two.russia.units;
            let concerned: Vec<UnitId> = units.concerned(notice).map(|(unit, _)| unit).collect();
            let every = concerned.iter().all(|unit| units.receipt(notice, *unit).is_some());
            let all = !concerned.is_empty() && every;
            prop_assert_eq!(two.russia.silent(notice).is_empty(), every);
            prop_assert!(concerned.iter().all(|unit| units.get(*unit).is_some()));
            prop_assert_eq!(tells(&mut two, notice, Downstream::AllUnits) == 1, all);
        }
    }
}
