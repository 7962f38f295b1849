//! A stop call as both desks live through it.

mod two;

use model::code::{Desk, StopAnswer, StopCause, StopReason};
use model::command::Command;
use model::event::AlarmCause;
use model::slot::{SlotCode, Slots, Value};
use model::stop::{MAX_ANSWERS, StopCall};
use model::units::Timestamp;
use two::{LINE, Two, Who, arrangement};

fn call(two: &mut Two) -> (model::line::EntryRef, model::line::EntryRef) {
    let said = two.does(
        Who::Russia,
        "ivanov",
        Command::Stop {
            lines: vec![],
            desk: Desk::Air,
            slots: Slots::new(),
        },
    );
    (said[0], Two::theirs(said[0]))
}

fn answer(call: model::line::EntryRef, answer: StopAnswer, reason: Option<StopReason>) -> Command {
    Command::AnswerStop {
        call,
        answer,
        reason,
        name: None,
    }
}

#[test]
fn any_officer_takes_the_call_orders_confirms_and_both_lift() {
    let mut two = Two::new();
    let (ours, theirs) = call(&mut two);
    let details = Slots::new()
        .with(
            SlotCode::StopCause,
            Value::Code(StopCause::AirStrike.number()),
        )
        .unwrap();
    two.wait(4);
    two.does(
        Who::Russia,
        "ivanov",
        Command::StopDetails {
            call: ours,
            slots: details,
        },
    );
    two.wait(3);
    two.does(
        Who::Coalition,
        "garcia",
        answer(theirs, StopAnswer::PauseOrdered, None),
    );
    two.does(
        Who::Coalition,
        "garcia",
        Command::AcceptStop {
            call: theirs,
            name: Some("Maj Garcia".into()),
        },
    );
    two.does(
        Who::Coalition,
        "garcia",
        answer(theirs, StopAnswer::PauseConfirmed, None),
    );
    two.does(
        Who::Coalition,
        "garcia",
        answer(theirs, StopAnswer::PauseOrdered, None),
    );
    let phases = two.phases(ours);
    two.tell(&format!("both see: {phases}"));
    two.wait(90);
    two.does(
        Who::Coalition,
        "garcia",
        answer(theirs, StopAnswer::PauseConfirmed, None),
    );
    two.wait(600);
    two.does(Who::Russia, "ivanov", Command::LiftStop { call: ours });
    let phases = two.phases(ours);
    two.tell(&format!("both see: {phases}"));
    two.does(
        Who::Coalition,
        "garcia",
        Command::ResumeAfterStop { call: theirs },
    );
    let phases = two.phases(ours);
    two.tell(&format!("both see: {phases}"));
    two.does(Who::Russia, "ivanov", Command::RenewStop { call: ours });
    insta::assert_snapshot!(two.story());
}

#[test]
fn a_call_that_nobody_takes_climbs_and_the_caller_is_told() {
    let mut two = Two::new();
    call(&mut two);
    for _ in 0..8 {
        two.wait(10);
    }
    insta::assert_snapshot!(two.story());
}

#[test]
fn a_call_while_the_path_is_cut_tells_the_caller_within_seconds_and_still_arrives() {
    let mut two = Two::new();
    two.cut = true;
    let (ours, _) = call(&mut two);
    two.wait(1);
    two.wait(2);
    two.tell("the path is back");
    two.cut = false;
    two.arrive();
    two.wait(1);
    let phases = two.phases(ours);
    two.tell(&format!("both see: {phases}"));
    insta::assert_snapshot!(two.story());
}

#[test]
fn a_clock_that_is_set_back_does_not_keep_the_caller_waiting() {
    let mut two = Two::new();
    two.cut = true;
    let (ours, _) = call(&mut two);
    two.now = Timestamp::from_unix_ms(two::START - 3_600_000).unwrap();
    two.timers();
    let cause = AlarmCause::StopNotDelivered { call: ours };
    assert!(two.russia.alarms.contains_key(&cause));
}

#[test]
fn repeats_fold_into_one_alarm_and_one_acceptance_takes_them_all() {
    let mut two = Two::new();
    let (_, first) = call(&mut two);
    call(&mut two);
    let (last, theirs) = call(&mut two);
    assert_eq!(
        two.coalition
            .alarms
            .keys()
            .filter(|c| matches!(c, AlarmCause::StopCall { .. }))
            .count(),
        1
    );
    two.does(
        Who::Coalition,
        "garcia",
        Command::AcceptStop {
            call: theirs,
            name: None,
        },
    );
    assert!(
        two.coalition
            .calls
            .values()
            .all(|call| call.accepted.is_some())
    );
    assert!(two.russia.calls[&last].accepted.is_some());
    assert!(
        !two.coalition
            .alarms
            .contains_key(&AlarmCause::StopCall { call: first })
    );
    assert_eq!(two.coalition.lines[&LINE].calls_peer, 3);
    assert_eq!(two.russia.lines[&LINE].calls_own, 3);
    // Accepted as one, they are answered as one: nobody owes anything for the repeats.
    for given in [StopAnswer::PauseOrdered, StopAnswer::PauseConfirmed] {
        two.does(Who::Coalition, "garcia", answer(theirs, given, None));
    }
    let confirmed = |call: &StopCall| {
        call.last_answer().map(|last| last.answer) == Some(StopAnswer::PauseConfirmed)
    };
    assert!(two.coalition.calls.values().all(confirmed));
    assert!(two.russia.calls.values().all(confirmed));
    insta::assert_snapshot!(two.story());
}

#[test]
fn a_missed_obligation_alarms_again_on_both_sides() {
    let mut two = Two::new();
    let (_, theirs) = call(&mut two);
    two.does(
        Who::Coalition,
        "garcia",
        Command::AcceptStop {
            call: theirs,
            name: None,
        },
    );
    two.wait(61);
    two.does(
        Who::Coalition,
        "garcia",
        answer(theirs, StopAnswer::PauseOrdered, None),
    );
    two.wait(181);
    two.does(
        Who::Coalition,
        "garcia",
        answer(theirs, StopAnswer::CannotPause, None),
    );
    two.does(
        Who::Coalition,
        "garcia",
        answer(
            theirs,
            StopAnswer::CannotPause,
            Some(StopReason::NoContactWithUnit),
        ),
    );
    insta::assert_snapshot!(two.story());
}

#[test]
fn a_pause_ends_early_at_the_limit_and_by_error_each_in_its_own_way() {
    let mut two = Two::new();
    let (ours, theirs) = call(&mut two);
    two.does(
        Who::Coalition,
        "garcia",
        Command::AcceptStop {
            call: theirs,
            name: None,
        },
    );
    two.does(
        Who::Coalition,
        "garcia",
        answer(theirs, StopAnswer::PauseOrdered, None),
    );
    two.does(
        Who::Coalition,
        "garcia",
        answer(theirs, StopAnswer::PauseConfirmed, None),
    );
    two.wait(1_700);
    two.does(Who::Russia, "ivanov", Command::RenewStop { call: ours });
    two.wait(1_700);
    two.wait(101);
    let phases = two.phases(ours);
    two.tell(&format!("both see: {phases}"));
    let (second, theirs) = call(&mut two);
    two.does(
        Who::Coalition,
        "garcia",
        Command::AcceptStop {
            call: theirs,
            name: None,
        },
    );
    let end = Command::EndPause {
        call: theirs,
        reason: StopReason::SelfDefence,
        name: Some("Maj Garcia".into()),
    };
    two.does(Who::Coalition, "garcia", end);
    let ended = AlarmCause::StopEnded { call: second };
    two.does(
        Who::Russia,
        "ivanov",
        Command::AcknowledgeAlarm { alarm: ended },
    );
    two.wait(5);
    assert!(!two.russia.alarms.contains_key(&ended));
    let (third, theirs) = call(&mut two);
    two.does(
        Who::Russia,
        "ivanov",
        Command::StopRaisedInError { call: third },
    );
    two.does(
        Who::Coalition,
        "garcia",
        Command::AcceptStop {
            call: theirs,
            name: None,
        },
    );
    insta::assert_snapshot!(two.story());
}

#[test]
fn a_stop_call_can_be_silenced_but_not_dismissed() {
    let mut two = Two::new();
    let (_, theirs) = call(&mut two);
    let alarm = AlarmCause::StopCall { call: theirs };
    two.does(Who::Coalition, "garcia", Command::SilenceAlarm { alarm });
    two.does(
        Who::Coalition,
        "garcia",
        Command::AcknowledgeAlarm { alarm },
    );
    assert!(two.coalition.alarms[&alarm].silenced.is_some());
    two.wait(20);
    assert!(
        two.coalition.alarms[&alarm].silenced.is_none(),
        "climbing sounds again"
    );
    insta::assert_snapshot!(two.story());
}

#[test]
fn only_the_called_party_answers_and_only_the_caller_lifts() {
    let mut two = Two::new();
    let (ours, theirs) = call(&mut two);
    two.does(
        Who::Russia,
        "ivanov",
        Command::AcceptStop {
            call: ours,
            name: None,
        },
    );
    two.does(Who::Coalition, "garcia", Command::LiftStop { call: theirs });
    insta::assert_snapshot!(two.story());
}

fn accept(call: model::line::EntryRef) -> Command {
    Command::AcceptStop {
        call,
        name: Some("Maj Garcia".into()),
    }
}

#[test]
fn a_pause_is_ordered_again_after_another_answer_and_after_it_was_ended() {
    let mut two = Two::new();
    let (ours, theirs) = call(&mut two);
    let mut story = String::new();
    two.does(Who::Coalition, "garcia", accept(theirs));
    let end = Command::EndPause {
        call: theirs,
        reason: StopReason::SelfDefence,
        name: None,
    };
    for (answered, ends) in [
        (StopAnswer::Unknown, false),
        (StopAnswer::PauseOrdered, false),
        (StopAnswer::PauseConfirmed, false),
        (StopAnswer::PauseOrdered, true),
        (StopAnswer::PauseConfirmed, false),
        (StopAnswer::PauseOrdered, false),
    ] {
        two.wait(10);
        two.does(Who::Coalition, "garcia", answer(theirs, answered, None));
        story += &format!("{answered}: {}\n", two.phases(ours));
        if ends {
            two.does(Who::Coalition, "garcia", end.clone());
            story += &format!("ended: {}\n", two.phases(ours));
        }
    }
    let confirmed_without_order = "pause-confirmed: pause ended early";
    assert!(story.contains(confirmed_without_order), "{story}");
    assert!(
        story
            .trim_end()
            .lines()
            .last()
            .unwrap()
            .contains("pause ordered"),
        "{story}"
    );
    assert_eq!(two.coalition.calls[&theirs].answers.len(), 5);
}

#[test]
fn a_second_early_end_alarms_the_caller_again() {
    let mut two = Two::new();
    let (ours, theirs) = call(&mut two);
    two.does(Who::Coalition, "garcia", accept(theirs));
    let ended = AlarmCause::StopEnded { call: ours };
    for _ in 0..2 {
        let ordered = answer(theirs, StopAnswer::PauseOrdered, None);
        two.does(Who::Coalition, "garcia", ordered);
        let end = Command::EndPause {
            call: theirs,
            reason: StopReason::TroopsInContact,
            name: None,
        };
        two.does(Who::Coalition, "garcia", end);
        two.timers();
        assert!(two.russia.alarms.contains_key(&ended));
        two.does(
            Who::Russia,
            "ivanov",
            Command::AcknowledgeAlarm { alarm: ended },
        );
        two.wait(5);
        assert!(!two.russia.alarms.contains_key(&ended));
    }
}

#[test]
fn saying_again_that_a_pause_is_ordered_gains_no_time() {
    let mut two = Two::new();
    let (_, theirs) = call(&mut two);
    two.does(Who::Coalition, "garcia", accept(theirs));
    for _ in 0..200 {
        let ordered = answer(theirs, StopAnswer::PauseOrdered, None);
        two.does(Who::Coalition, "garcia", ordered);
        two.wait(1);
    }
    let due = AlarmCause::StopAnswerDue {
        call: theirs,
        stage: model::event::StopStage::Confirm,
    };
    assert!(two.coalition.alarms.contains_key(&due));
    assert_eq!(two.coalition.calls[&theirs].answers.len(), 2);
}

#[test]
fn so_many_answers_to_a_call_stay_in_view_the_newest_of_them() {
    let mut two = Two::new();
    let (_, theirs) = call(&mut two);
    two.does(Who::Coalition, "garcia", accept(theirs));
    for round in 0..MAX_ANSWERS {
        let given = if round % 2 == 0 {
            StopAnswer::PauseOrdered
        } else {
            StopAnswer::NotOurs
        };
        let reason = Some(StopReason::VerifiedOtherwise);
        two.does(Who::Coalition, "garcia", answer(theirs, given, reason));
        assert_eq!(two.coalition.calls[&theirs].answers.len(), round + 1);
    }
    two.does(
        Who::Coalition,
        "garcia",
        answer(theirs, StopAnswer::PauseOrdered, None),
    );
    let answers = &two.coalition.calls[&theirs].answers;
    assert_eq!(answers.len(), MAX_ANSWERS);
    assert_eq!(answers[0].answer, StopAnswer::NotOurs, "the first has gone");
}

#[test]
fn an_alarm_that_ended_says_who_took_the_call_and_when() {
    let mut two = Two::new();
    let (_, theirs) = call(&mut two);
    two.wait(7);
    two.does(Who::Coalition, "garcia", accept(theirs));
    two.timers();
    let alarm = AlarmCause::StopCall { call: theirs };
    let acting = model::command::Acting {
        officer: "lee".parse().unwrap(),
        role: model::code::Role::Watch,
        element: None,
    };
    for late in [
        Command::SilenceAlarm { alarm },
        Command::AcknowledgeAlarm { alarm },
        accept(theirs),
    ] {
        let refused = two.coalition.decide(acting, &late, two.now).unwrap_err();
        let words = refused.to_string();
        assert!(
            words.contains("garcia (watch) accepted it at 171255Z SEP 16 +07s"),
            "{words}"
        );
    }
}

#[test]
fn an_acknowledged_limit_stays_quiet_until_the_pause_is_renewed() {
    let mut two = Two::new();
    let (ours, theirs) = call(&mut two);
    two.does(Who::Coalition, "garcia", accept(theirs));
    let ordered = answer(theirs, StopAnswer::PauseOrdered, None);
    two.does(Who::Coalition, "garcia", ordered);
    let limit = AlarmCause::StopLimit { call: ours };
    two.wait(1_700);
    assert!(two.russia.alarms.contains_key(&limit));
    let known = Command::AcknowledgeAlarm { alarm: limit };
    two.does(Who::Russia, "ivanov", known);
    two.timers();
    assert!(!two.russia.alarms.contains_key(&limit));
    two.does(Who::Russia, "ivanov", Command::RenewStop { call: ours });
    two.wait(1_700);
    assert!(two.russia.alarms.contains_key(&limit));
}

#[test]
fn a_silenced_stop_call_that_nobody_accepts_sounds_again_at_the_top_level_too() {
    let mut two = Two::new();
    let (_, theirs) = call(&mut two);
    let alarm = AlarmCause::StopCall { call: theirs };
    two.wait(600);
    let level = two.coalition.alarms[&alarm].level;
    two.does(Who::Coalition, "garcia", Command::SilenceAlarm { alarm });
    two.wait(59);
    assert!(two.coalition.alarms[&alarm].silenced.is_some());
    two.wait(1);
    let standing = &two.coalition.alarms[&alarm];
    assert_eq!((standing.silenced, standing.level), (None, level));
}

#[test]
fn a_call_that_was_held_up_for_longer_than_the_limit_is_owed_a_pause_all_the_same() {
    let mut two = Two::new();
    let (ours, theirs) = call(&mut two);
    let limit = arrangement().stop.limit.as_ms() / 1_000;
    two.wait(u32::try_from(limit).unwrap() + 60);
    let accept = Command::AcceptStop {
        call: theirs,
        name: None,
    };
    two.does(Who::Coalition, "garcia", accept);
    two.does(
        Who::Coalition,
        "garcia",
        answer(theirs, StopAnswer::PauseOrdered, None),
    );
    let phases = two.phases(ours);
    assert!(phases.contains("pause ordered"), "{phases}");
}

#[test]
fn a_pause_is_not_resumed_from_before_the_caller_has_lifted_it() {
    let mut two = Two::new();
    let (_, theirs) = call(&mut two);
    two.does(
        Who::Coalition,
        "garcia",
        Command::ResumeAfterStop { call: theirs },
    );
    assert!(two.coalition.calls[&theirs].resumed.is_none());
}

#[test]
fn what_the_called_party_said_while_the_call_was_taken_back_stands_on_both_sides() {
    let mut two = Two::new();
    let (ours, theirs) = call(&mut two);
    two.cut = true;
    let error = Command::StopRaisedInError { call: ours };
    two.does(Who::Russia, "ivanov", error);
    two.does(Who::Coalition, "garcia", accept(theirs));
    let ordered = answer(theirs, StopAnswer::PauseOrdered, None);
    two.does(Who::Coalition, "garcia", ordered);
    two.cut = false;
    two.arrive();
    for (who, call) in [(Who::Russia, ours), (Who::Coalition, theirs)] {
        let call = &two.state(who).calls[&call];
        assert!(call.raised_in_error.is_some());
        assert!(call.accepted.is_some(), "nobody refuses what is true");
        assert_eq!(call.answers.len(), 1);
    }
    // But the caller says nothing more about it.
    let details = Command::RenewStop { call: ours };
    two.does(Who::Russia, "ivanov", details);
    assert!(two.story().contains("refused: the call is raised in error"));
}

/// Two officers call, and one takes his back: the other's call still sounds, whoever of them was first.
#[test]
fn a_repeat_sounds_on_when_the_call_that_it_rang_with_is_taken_back() {
    for back in [
        |call| Command::StopRaisedInError { call },
        |call| Command::LiftStop { call },
    ] {
        let mut two = Two::new();
        let (first_ours, first) = call(&mut two);
        let (_, second) = call(&mut two);
        let (_, third) = call(&mut two);
        two.does(Who::Russia, "ivanov", back(first_ours));
        two.timers();
        let sounds = |two: &Two, call| {
            let alarm = AlarmCause::StopCall { call };
            two.coalition.alarms.contains_key(&alarm)
        };
        assert!(!sounds(&two, first) && sounds(&two, second) && !sounds(&two, third));
        assert_eq!(two.coalition.calls_of_alarm(third), [second, third]);
        two.does(Who::Coalition, "garcia", accept(third));
        assert!(two.coalition.calls[&second].accepted.is_some());
        assert!(!sounds(&two, second));
    }
}

fn confirmed(two: &mut Two, theirs: model::line::EntryRef) {
    two.does(Who::Coalition, "garcia", accept(theirs));
    for given in [StopAnswer::PauseOrdered, StopAnswer::PauseConfirmed] {
        two.does(Who::Coalition, "garcia", answer(theirs, given, None));
    }
}

/// Their units were free to go on: nothing may show the old confirmation again.
#[test]
fn a_renewal_after_the_limit_is_refused_and_one_that_comes_after_it_makes_the_call_anew() {
    let mut two = Two::new();
    let (ours, theirs) = call(&mut two);
    confirmed(&mut two, theirs);
    // In time, and held up on its way.
    two.wait(1_790);
    two.cut = true;
    two.does(Who::Russia, "ivanov", Command::RenewStop { call: ours });
    two.wait(20);
    let shown = two.phases(ours);
    assert!(!shown.contains("pause confirmed"), "{shown}");
    let not_delivered = AlarmCause::StopNotDelivered { call: ours };
    assert!(two.russia.alarms.contains_key(&not_delivered));
    two.cut = false;
    two.arrive();
    two.timers();
    let alarm = AlarmCause::StopCall { call: theirs };
    assert!(two.coalition.alarms.contains_key(&alarm), "it sounds again");
    assert!(!two.russia.alarms.contains_key(&not_delivered));
    for state in [&two.russia.calls[&ours], &two.coalition.calls[&theirs]] {
        assert!(state.accepted.is_none() && state.answers.is_empty() && state.anew.is_some());
    }
    confirmed(&mut two, theirs);
    let shown = two.phases(ours);
    assert!(shown.contains("pause confirmed"), "{shown}");
    // And too late from the start.
    two.wait(1_900);
    two.does(Who::Russia, "ivanov", Command::RenewStop { call: ours });
    let shown = two.phases(ours);
    assert!(shown.contains("limit reached"), "{shown}");
}

/// It ends a pause that the caller counts on, whatever the word.
#[test]
fn an_answer_that_takes_a_pause_back_needs_a_reason_and_alarms_the_caller() {
    for other in [
        StopAnswer::NotOurs,
        StopAnswer::CannotPause,
        StopAnswer::Unknown,
    ] {
        let mut two = Two::new();
        let (ours, theirs) = call(&mut two);
        confirmed(&mut two, theirs);
        two.does(Who::Coalition, "garcia", answer(theirs, other, None));
        let ended = AlarmCause::StopEnded { call: ours };
        two.timers();
        assert!(
            !two.russia.alarms.contains_key(&ended),
            "{other}: no reason"
        );
        let with_reason = answer(theirs, other, Some(StopReason::VerifiedOtherwise));
        two.does(Who::Coalition, "garcia", with_reason);
        two.timers();
        assert!(two.russia.alarms.contains_key(&ended), "{other}");
        let known = Command::AcknowledgeAlarm { alarm: ended };
        two.does(Who::Russia, "ivanov", known);
        two.wait(5);
        assert!(!two.russia.alarms.contains_key(&ended));
    }
}

#[test]
fn no_pause_is_said_to_reach_its_limit_where_none_was_ordered() {
    let mut two = Two::new();
    let (ours, theirs) = call(&mut two);
    two.does(Who::Coalition, "garcia", accept(theirs));
    two.does(
        Who::Coalition,
        "garcia",
        answer(theirs, StopAnswer::NotOurs, None),
    );
    two.wait(1_790);
    assert!(
        !two.russia
            .alarms
            .contains_key(&AlarmCause::StopLimit { call: ours })
    );
    assert!(
        !two.coalition
            .alarms
            .contains_key(&AlarmCause::StopLimit { call: theirs })
    );
}

/// A peer whose clock is ahead, or that lies about it, hides no obligation that it misses.
#[test]
fn a_step_is_overdue_by_the_callers_own_clock_whatever_theirs_says() {
    let terms = arrangement().stop;
    let mut two = Two::new();
    let (ours, theirs) = call(&mut two);
    two.does(Who::Coalition, "garcia", accept(theirs));
    let now = two.now;
    let ahead = now.saturating_add(terms.limit);
    let role = model::code::Role::Watch;
    let mut held = two.russia.calls[&ours].clone();
    held.arrived_at = Some(ahead);
    held.accepted = None;
    let (_, due) = held.owed(&terms, now).unwrap();
    assert!(due <= now.saturating_add(terms.accept), "{due:?}");
    held.said(
        model::kind::Kind::StopAcceptance,
        ahead,
        Some(now),
        None,
        role,
        &Slots::new(),
    );
    let (_, due) = held.owed(&terms, now).unwrap();
    assert_eq!(due, now.saturating_add(terms.answer));
    let ordered = Value::Code(StopAnswer::PauseOrdered.number());
    let ordered = Slots::new().with(SlotCode::StopAnswer, ordered).unwrap();
    held.said(
        model::kind::Kind::StopAnswer,
        ahead,
        Some(now),
        None,
        role,
        &ordered,
    );
    let (_, due) = held.owed(&terms, now).unwrap();
    assert_eq!(due, now.saturating_add(terms.confirm));
    // Nor does a caller whose clock is ahead gain time at the called desk.
    let mut held = two.coalition.calls[&theirs].clone();
    held.sent_at = ahead;
    assert_eq!(held.owed_until(&terms), now.saturating_add(terms.limit));
}
