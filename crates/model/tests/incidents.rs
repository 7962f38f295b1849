//! Claims and warnings between two desks: what each side says stands beside what the other says, and nothing is inferred.
#![expect(
    clippy::unwrap_used,
    reason = "part of tests, outside the functions that clippy knows as such"
)]

#[expect(
    dead_code,
    reason = "made for whole stories of stop calls; not all of it is asked for here"
)]
mod two;

use model::admit::Incoming;
use model::code::{
    Certainty, ClaimAnswer, ClaimKind, Desk, Level, MediaType, RefusalReason, Role, Urgency,
    WarningKind, WithdrawalReason,
};
use model::command::{Acting, Command, IncidentCommand, ReleaseTerms, Words};
use model::decide::{CommandRefused, Decided, IncidentRefused};
use model::description::{Anchor, RawDescription, SecondDescription};
use model::event::{AlarmCause, Arrival, Event};
use model::ids::LineId;
use model::incident::{ANSWER_WITHIN, Incident, MAX_INCIDENTS, MAX_OF_CLAIM};
use model::kind::Kind;
use model::line::{Digest, EntryRef, LogHead, Side};
use model::message::{Content, Header};
use model::place::{Area, Circle, Position};
use model::slot::{Evidence, MAX_EVIDENCE, SlotCode, SlotRefusal, Slots, Value};
use model::units::{Bearing, Millimetres, Millis, Timestamp};
use model::window::Window;
use std::sync::Arc;
use two::{LINE, Two, Who};

fn terms() -> ReleaseTerms {
    ReleaseTerms {
        authority: "deconfliction".parse().unwrap(),
        purpose: "safety".parse().unwrap(),
        element: None,
    }
}

fn code(slots: Slots, slot: SlotCode, number: u16) -> Slots {
    slots.with(slot, Value::Code(number)).unwrap()
}

/// Two kilometres of ground, described twice.
fn somewhere() -> Slots {
    let centre = Position::from_e7(352_900_000, 401_800_000).unwrap();
    let circle = Circle::new(centre, Millimetres::from_metres(2_000)).unwrap();
    let second = SecondDescription::new(RawDescription {
        reference: "airfield".parse().unwrap(),
        anchor: Anchor::Centre,
        bearing: Bearing::from_millidegrees(35_000).unwrap(),
        bearing_precision: 1_000,
        distance: Millimetres::from_metres(630),
        distance_precision: Millimetres::from_metres(50),
    });
    Slots::new()
        .with(SlotCode::Area, Value::Area(Area::Circle(circle)))
        .and_then(|slots| slots.with(SlotCode::Second, Value::Second(second.unwrap())))
        .unwrap()
}

fn lasting(slots: Slots, two: &Two, from: i64, until: i64) -> Slots {
    let at =
        |seconds: i64| Timestamp::from_unix_ms(two.now.as_unix_ms() + seconds * 1_000).unwrap();
    let window = Window::new(at(from), at(until)).unwrap();
    slots.with(SlotCode::Window, Value::Window(window)).unwrap()
}

/// An air strike an hour ago that hit a force of ours.
fn strike(two: &Two) -> Slots {
    let slots = lasting(somewhere(), two, -3_600, -3_000);
    let slots = code(slots, SlotCode::Claim, ClaimKind::StrikeOnForces.number());
    code(slots, SlotCode::Certainty, Certainty::Probable.number())
        .with(
            SlotCode::Whose,
            Value::Name("air force of the government".into()),
        )
        .unwrap()
}

fn claim(slots: Slots) -> Command {
    Command::Incident(IncidentCommand::Claim {
        line: LINE,
        desk: Desk::Ground,
        slots,
        terms: terms(),
    })
}

fn answer(entry: EntryRef, answer: ClaimAnswer) -> Command {
    Command::Incident(IncidentCommand::Answer {
        entry,
        answer,
        name: Some("Maj Orlov".into()),
        words: None,
    })
}

fn withdraw(entry: EntryRef) -> Command {
    Command::Incident(IncidentCommand::Withdraw {
        entry,
        reason: WithdrawalReason::GivenInError,
    })
}

fn presence() -> Slots {
    let slots = code(
        Slots::new(),
        SlotCode::Warning,
        WarningKind::PresenceOfForces.number(),
    );
    code(slots, SlotCode::Level, Level::TwoStar.number())
        .with(SlotCode::Whose, Value::Name("special forces".into()))
        .unwrap()
}

fn warn(slots: Slots) -> Command {
    Command::Incident(IncidentCommand::Warn {
        line: LINE,
        desk: Desk::Ground,
        slots,
        terms: terms(),
    })
}

fn receive(entry: EntryRef) -> Command {
    Command::Incident(IncidentCommand::Receive { entry, name: None })
}

fn stated(words: &str) -> Slots {
    Slots::new()
        .with(SlotCode::Remarks, Value::Text(words.into()))
        .and_then(|slots| slots.with(SlotCode::Language, Value::Slug("en".parse().unwrap())))
        .unwrap()
}

fn state(entry: EntryRef, slots: Slots) -> Command {
    Command::Incident(IncidentCommand::State {
        entry,
        slots,
        terms: terms(),
    })
}

fn claims(two: &mut Two) -> EntryRef {
    let strike = claim(strike(two));
    two.does(Who::Coalition, "smith", strike)[0]
}

fn held(two: &mut Two, who: Who, entry: EntryRef) -> Incident {
    two.state(who).incidents.said[&entry].clone()
}

fn sounds(two: &mut Two, who: Who, alarm: AlarmCause) -> bool {
    two.state(who).alarms.contains_key(&alarm)
}

const TO_READ: AlarmCause = AlarmCause::ClaimToRead {
    line: LINE,
    desk: Desk::Ground,
};
const DUE: AlarmCause = AlarmCause::ClaimAnswerDue {
    line: LINE,
    desk: Desk::Ground,
};
const TO_ACKNOWLEDGE: AlarmCause = AlarmCause::WarningToAcknowledge {
    line: LINE,
    desk: Desk::Ground,
};

fn refused(two: &mut Two, who: Who, command: &Command) -> CommandRefused {
    let acting = Acting {
        officer: "smith".parse().unwrap(),
        role: Role::Watch,
        element: None,
    };
    let now = two.now;
    two.state(who).decide(acting, command, now).unwrap_err()
}

/// What a peer's node would send that does not ask our rules.
fn forced(two: &mut Two, index: u64, kind: Kind, slots: Slots) -> Option<RefusalReason> {
    forced_at(two, index, kind, slots, two.now)
}

fn forced_at(
    two: &mut Two,
    index: u64,
    kind: Kind,
    slots: Slots,
    sent_at: Timestamp,
) -> Option<RefusalReason> {
    let entry = EntryRef {
        log: model::line::LogRef {
            line: LINE,
            side: Side::Peer,
            lane: model::code::Lane::Main,
            epoch: 1,
        },
        index,
    };
    let header = Header {
        kind: kind.number(),
        purpose: "safety".parse().unwrap(),
        role: Role::Watch,
        urgency: Urgency::Routine,
        desk: Desk::Ground,
        sent_at,
    };
    let content = Content::Open(slots);
    let incoming = Incoming {
        entry,
        header: &header,
        content: &content,
        unreadable: None,
        geometry: None,
    };
    let refused = two.coalition.admit(incoming).err();
    let arrived = Arrival::Line { at: two.now };
    two.fact(
        Who::Coalition,
        Event::MessageReceived {
            entry,
            leaf: Digest([0; 32]),
            header,
            content,
            arrived,
            refused,
        },
    );
    refused
}

fn without(slots: &Slots, slot: SlotCode) -> Slots {
    let mut slots = slots.clone();
    slots.remove(slot);
    slots
}

#[test]
fn a_claim_is_answered_more_than_once_and_every_answer_stays_beside_it() {
    let mut two = Two::new();
    let ours = claims(&mut two);
    let there = Two::theirs(ours);
    two.does(
        Who::Russia,
        "orlov",
        answer(there, ClaimAnswer::UnderReview),
    );
    two.wait(60);
    two.does(Who::Russia, "orlov", answer(there, ClaimAnswer::NotOurs));
    for (who, entry) in [(Who::Coalition, ours), (Who::Russia, there)] {
        let claim = held(&mut two, who, entry);
        let given: Vec<_> = claim
            .answers()
            .iter()
            .map(|of| of.answer().unwrap())
            .collect();
        assert_eq!(given, [ClaimAnswer::UnderReview, ClaimAnswer::NotOurs]);
        assert_eq!(claim.answer().unwrap().1, ClaimAnswer::NotOurs);
        assert!(claim.answers().iter().all(|of| !of.crossed));
    }
    let claim = held(&mut two, Who::Coalition, ours);
    assert!(claim.delivered.is_some() && claim.by.is_some());
    assert!(claim.answers()[0].arrived.is_some() && claim.answers()[0].by.is_none());
    assert_eq!(
        refused(
            &mut two,
            Who::Coalition,
            &answer(ours, ClaimAnswer::Accepted)
        ),
        IncidentRefused::ClaimIsOurs.into()
    );
}

/// September 2017, as it was reported: an air strike that hit a partner's members, and a warning in return.
#[test]
fn a_strike_is_claimed_and_not_accepted_and_a_warning_follows() {
    let mut two = Two::new();
    let ours = claims(&mut two);
    let there = Two::theirs(ours);
    two.wait(300);
    two.does(Who::Russia, "orlov", Command::Displayed { entry: there });
    two.does(
        Who::Russia,
        "orlov",
        answer(there, ClaimAnswer::UnderReview),
    );
    two.wait(3_600);
    two.does(
        Who::Russia,
        "orlov",
        answer(there, ClaimAnswer::NotAccepted),
    );
    let words = stated("our aircraft struck another party, and had warned of it");
    two.does(Who::Russia, "orlov", state(there, words));
    let words = stated("six members of the SDF were wounded");
    two.does(Who::Coalition, "smith", state(ours, words));
    let warned = two.does(Who::Russia, "orlov", warn(presence()))[0];
    two.wait(30);
    let heard = Two::theirs(warned);
    two.does(
        Who::Coalition,
        "smith",
        answer(heard, ClaimAnswer::Accepted),
    );
    two.does(Who::Coalition, "smith", receive(heard));
    insta::assert_snapshot!(two.story());
}

#[test]
fn nothing_but_an_answer_is_one_and_none_is_inferred() {
    let mut two = Two::new();
    let ours = claims(&mut two);
    let there = Two::theirs(ours);
    two.does(Who::Russia, "orlov", Command::Displayed { entry: there });
    two.does(
        Who::Russia,
        "orlov",
        state(there, stated("we look into it")),
    );
    two.wait(2 * 24 * 3_600);
    for (who, entry) in [(Who::Coalition, ours), (Who::Russia, there)] {
        let claim = held(&mut two, who, entry);
        assert_eq!(claim.answer(), None);
        assert!(claim.displayed.is_some());
        assert_eq!(claim.statements().len(), 1);
    }
}

#[test]
fn a_claim_alarms_until_it_is_shown_and_again_when_its_answer_is_due() {
    let mut two = Two::new();
    let ours = claims(&mut two);
    let there = Two::theirs(ours);
    assert!(sounds(&mut two, Who::Russia, TO_READ) && !sounds(&mut two, Who::Russia, DUE));
    assert!(!sounds(&mut two, Who::Coalition, TO_READ));
    two.does(Who::Russia, "orlov", Command::Displayed { entry: there });
    assert!(!sounds(&mut two, Who::Russia, TO_READ));
    let due = held(&mut two, Who::Russia, there).due().unwrap();
    assert_eq!(due.since(two.now), ANSWER_WITHIN);
    assert_eq!(held(&mut two, Who::Coalition, ours).due(), Some(due));
    two.wait(24 * 3_600 - 1);
    assert!(!sounds(&mut two, Who::Russia, DUE));
    two.wait(1);
    assert!(sounds(&mut two, Who::Russia, DUE));
    assert!(
        !sounds(&mut two, Who::Coalition, DUE),
        "it is not theirs to answer"
    );
    two.does(Who::Russia, "orlov", answer(there, ClaimAnswer::Unknown));
    assert!(!sounds(&mut two, Who::Russia, DUE));
}

#[test]
fn who_answers_has_read_and_nobody_can_dismiss_a_claim() {
    let mut two = Two::new();
    let ours = claims(&mut two);
    assert_eq!(
        refused(
            &mut two,
            Who::Russia,
            &Command::AcknowledgeAlarm { alarm: TO_READ }
        ),
        CommandRefused::NotDismissable
    );
    two.does(
        Who::Russia,
        "orlov",
        answer(Two::theirs(ours), ClaimAnswer::NotAccepted),
    );
    assert!(!sounds(&mut two, Who::Russia, TO_READ));
}

#[test]
fn a_claim_may_ask_for_its_answer_within_bounds_and_the_called_desk_has_the_agreed_time() {
    let mut two = Two::new();
    let by = |two: &Two, seconds: u32| {
        let at = two.now.saturating_add(Millis::from_seconds(seconds));
        strike(two)
            .with(SlotCode::AnswerBy, Value::Time(at))
            .unwrap()
    };
    // The arrangement gives 10 minutes for answers.
    for bad in [599, 90 * 24 * 3_600 + 1] {
        let asked = claim(by(&two, bad));
        let refused = refused(&mut two, Who::Coalition, &asked);
        let CommandRefused::Incident(IncidentRefused::AnswerByOutOfBounds { .. }) = refused else {
            panic!("{refused}");
        };
    }
    let asked = claim(by(&two, 600));
    let ours = two.does(Who::Coalition, "smith", asked)[0];
    two.does(
        Who::Russia,
        "orlov",
        Command::Displayed {
            entry: Two::theirs(ours),
        },
    );
    two.wait(600);
    assert!(sounds(&mut two, Who::Russia, DUE));
    // A node that asks for less is not heeded.
    let hasty = by(&two, 1);
    assert_eq!(forced(&mut two, 40, Kind::Claim, hasty), None);
    let came = two.coalition.incidents.of_line(LINE).last().unwrap();
    assert_eq!(
        came.due().unwrap().since(two.now),
        Millis::from_seconds(600)
    );
}

#[test]
fn a_claim_about_the_future_is_refused_on_both_sides_but_for_what_the_clocks_may_differ() {
    let mut two = Two::new();
    let ahead = |two: &Two, seconds: i64| lasting(strike(two), two, -60, seconds);
    let future = claim(ahead(&two, 3));
    let refused = refused(&mut two, Who::Coalition, &future);
    assert!(
        refused.to_string().contains("which has not come"),
        "{refused}"
    );
    let slots = ahead(&two, 3);
    assert_eq!(
        forced(&mut two, 7, Kind::Claim, slots),
        Some(RefusalReason::InTheFuture)
    );
    // It stays, shown as refused, and asks nothing of anybody.
    let shown = two.coalition.incidents.of_line(LINE).next().unwrap();
    assert_eq!(shown.refused, Some(RefusalReason::InTheFuture));
    two.timers();
    assert!(!sounds(&mut two, Who::Coalition, TO_READ));
    let slots = ahead(&two, 2);
    assert_eq!(forced(&mut two, 8, Kind::Claim, slots), None);
    // By the clock of whoever claims: one that is ahead of ours is told of by itself.
    let slots = ahead(&two, 600);
    let sent = two.now.saturating_add(Millis::from_seconds(600));
    assert_eq!(forced_at(&mut two, 9, Kind::Claim, slots, sent), None);
}

#[test]
fn a_withdrawn_claim_is_answered_by_nobody_but_who_could_not_know() {
    let mut two = Two::new();
    let ours = claims(&mut two);
    let there = Two::theirs(ours);
    assert_eq!(
        refused(&mut two, Who::Russia, &withdraw(there)),
        IncidentRefused::ClaimIsTheirs.into()
    );
    two.cut = true;
    two.does(Who::Coalition, "smith", withdraw(ours));
    two.does(Who::Russia, "orlov", answer(there, ClaimAnswer::NotOurs));
    two.arrive();
    let claim = held(&mut two, Who::Coalition, ours);
    assert!(claim.answers()[0].crossed, "shown, and marked");
    assert_eq!(claim.answers()[0].refused, None);
    let heard = held(&mut two, Who::Russia, there);
    assert!(heard.withdrawn.is_some() && !heard.answers()[0].crossed);
    assert_eq!(
        refused(&mut two, Who::Russia, &answer(there, ClaimAnswer::Accepted)),
        IncidentRefused::ClaimNotLive("withdrawn").into()
    );
    assert!(!sounds(&mut two, Who::Russia, TO_READ));
    // Both may still say something of it, and it is withdrawn once.
    assert_eq!(
        two.does(Who::Russia, "orlov", state(there, stated("noted")))
            .len(),
        1
    );
    assert_eq!(
        refused(&mut two, Who::Coalition, &withdraw(ours)),
        IncidentRefused::ClaimNotLive("withdrawn").into()
    );
}

#[test]
fn statements_of_both_sides_stand_beside_each_other() {
    let mut two = Two::new();
    let ours = claims(&mut two);
    let there = Two::theirs(ours);
    let evidence = Value::Evidence(vec![Evidence {
        digest: Digest([7; 32]),
        media: MediaType::Jpeg,
        size: 70_000,
    }]);
    let shown = Slots::new().with(SlotCode::Evidence, evidence).unwrap();
    two.does(Who::Coalition, "smith", state(ours, shown));
    two.does(
        Who::Russia,
        "orlov",
        state(there, stated("no aircraft of ours was up")),
    );
    for (who, entry) in [(Who::Coalition, ours), (Who::Russia, there)] {
        let claim = held(&mut two, who, entry);
        let sides: Vec<Side> = claim.statements().iter().map(|of| of.side()).collect();
        let own = if who == Who::Coalition {
            Side::Own
        } else {
            Side::Peer
        };
        assert_eq!(sides, [own, own.other()]);
        assert_eq!(
            claim.statements()[0]
                .content
                .slots()
                .unwrap()
                .evidence()
                .len(),
            1
        );
    }
    assert_eq!(
        refused(&mut two, Who::Coalition, &state(ours, Slots::new())),
        IncidentRefused::NothingStated.into()
    );
}

#[test]
fn a_claim_says_what_how_surely_where_twice_and_when() {
    let mut two = Two::new();
    let whole = strike(&two);
    for (slot, why) in [
        (SlotCode::Claim, IncidentRefused::Lacks(SlotCode::Claim)),
        (
            SlotCode::Certainty,
            IncidentRefused::Lacks(SlotCode::Certainty),
        ),
        (SlotCode::Window, IncidentRefused::Lacks(SlotCode::Window)),
        (SlotCode::Area, IncidentRefused::LacksWhere),
        (SlotCode::Second, IncidentRefused::LacksSecond),
    ] {
        let lacking = without(&whole, slot);
        let why_here = refused(&mut two, Who::Coalition, &claim(lacking.clone()));
        assert_eq!(why_here, why.into());
        let there = forced(
            &mut two,
            60 + u64::from(slot.number()),
            Kind::Claim,
            lacking,
        );
        let expected = match slot {
            SlotCode::Second => RefusalReason::SingleDescription,
            _other => RefusalReason::MissingSlot,
        };
        assert_eq!(there, Some(expected));
    }
    // Whose it was, and for whom it is said, may be left out: nobody may know.
    let unnamed = claim(without(&whole, SlotCode::Whose));
    assert_eq!(two.does(Who::Coalition, "smith", unnamed).len(), 1);
}

#[test]
fn words_need_an_agreement_and_their_language() {
    let mut two = Two::new();
    let no_language = strike(&two)
        .with(
            SlotCode::Remarks,
            Value::Text("as seen from the ridge".into()),
        )
        .unwrap();
    assert_eq!(
        refused(&mut two, Who::Coalition, &claim(no_language.clone())),
        CommandRefused::LanguageMissing
    );
    assert_eq!(
        forced(&mut two, 5, Kind::Claim, no_language),
        Some(RefusalReason::MissingSlot)
    );
    let ours = claims(&mut two);
    for who in [Who::Coalition, Who::Russia] {
        let mut silent = two::arrangement();
        silent.free_text = false;
        silent.version = 2;
        let event = Event::ArrangementInForce {
            line: LINE,
            name: silent.name,
            peer: silent.parties[usize::from(who == Who::Coalition)],
            arrangement: Arc::new(silent),
            signatures: Arc::from(&b""[..]),
        };
        two.fact(who, event);
    }
    let spoken = Command::Incident(IncidentCommand::Answer {
        entry: Two::theirs(ours),
        answer: ClaimAnswer::NotAccepted,
        name: None,
        words: Some(Words {
            language: "ru".parse().unwrap(),
            text: "свои слова".into(),
            terms: terms(),
        }),
    });
    for (who, command) in [
        (Who::Russia, spoken),
        (Who::Russia, state(Two::theirs(ours), stated("no"))),
        (
            Who::Coalition,
            warn(
                stated("leave")
                    .iter()
                    .fold(presence(), |all, (slot, value)| {
                        all.with(slot, value.clone()).unwrap()
                    }),
            ),
        ),
    ] {
        assert_eq!(refused(&mut two, who, &command), CommandRefused::NoFreeText);
    }
    // In codes it is answered all the same.
    let bare = answer(Two::theirs(ours), ClaimAnswer::NotAccepted);
    assert_eq!(two.does(Who::Russia, "orlov", bare).len(), 1);
}

#[test]
fn claims_statements_and_warnings_ask_the_rules_and_answers_in_codes_do_not() {
    let mut two = Two::new();
    let ours = claims(&mut two);
    let acting = Acting {
        officer: "smith".parse().unwrap(),
        role: Role::Watch,
        element: None,
    };
    let now = two.now;
    let by_rules = |two: &mut Two, who: Who, command: Command| {
        let steps = two.state(who).decide(acting, &command, now).unwrap();
        matches!(steps[..], [Decided::SayByRules { .. }])
    };
    let strike = claim(strike(&two));
    assert!(by_rules(&mut two, Who::Coalition, strike));
    assert!(by_rules(&mut two, Who::Coalition, warn(presence())));
    assert!(by_rules(
        &mut two,
        Who::Coalition,
        state(ours, stated("more"))
    ));
    let there = Two::theirs(ours);
    assert!(!by_rules(
        &mut two,
        Who::Russia,
        answer(there, ClaimAnswer::NotOurs)
    ));
    assert!(!by_rules(&mut two, Who::Coalition, withdraw(ours)));
    for kind in [Kind::Claim, Kind::ClaimStatement, Kind::Warning] {
        assert!(!kind.has_standing_release(), "{kind}");
    }
}

#[test]
fn an_interpreter_and_an_element_say_nothing_on_the_record() {
    let mut two = Two::new();
    let ours = claims(&mut two);
    let now = two.now;
    let acting = |role, element| Acting {
        officer: "lee".parse().unwrap(),
        role,
        element,
    };
    for who in [
        acting(Role::Interpreter, None),
        acting(Role::Represented, Some("aid-east".parse().unwrap())),
    ] {
        for command in [claim(strike(&two)), withdraw(ours), warn(presence())] {
            let refused = two.coalition.decide(who, &command, now).unwrap_err();
            assert_eq!(refused, CommandRefused::Role(who.role));
        }
    }
}

#[test]
fn a_warning_alarms_and_climbs_until_it_is_received_which_is_no_agreement() {
    let mut two = Two::new();
    let ours = two.does(Who::Coalition, "smith", warn(presence()))[0];
    let there = Two::theirs(ours);
    assert!(sounds(&mut two, Who::Russia, TO_ACKNOWLEDGE));
    two.wait(60);
    let level = |two: &mut Two| two.russia.alarms[&TO_ACKNOWLEDGE].level;
    assert_eq!(level(&mut two), Level::ThreeStar);
    // Shown is not received, and a tone that is off comes back.
    two.does(Who::Russia, "orlov", Command::Displayed { entry: there });
    two.does(
        Who::Russia,
        "orlov",
        Command::SilenceAlarm {
            alarm: TO_ACKNOWLEDGE,
        },
    );
    two.wait(60);
    assert_eq!(two.russia.alarms[&TO_ACKNOWLEDGE].silenced, None);
    assert_eq!(
        refused(
            &mut two,
            Who::Russia,
            &Command::AcknowledgeAlarm {
                alarm: TO_ACKNOWLEDGE
            }
        ),
        CommandRefused::NotDismissable
    );
    two.does(Who::Russia, "orlov", receive(there));
    assert!(!sounds(&mut two, Who::Russia, TO_ACKNOWLEDGE));
    for (who, entry) in [(Who::Coalition, ours), (Who::Russia, there)] {
        let warning = held(&mut two, who, entry);
        assert!(warning.received().is_some() && warning.displayed.is_some());
        assert_eq!(warning.answer(), None);
    }
    assert_eq!(
        refused(&mut two, Who::Russia, &receive(there)),
        IncidentRefused::AlreadyReceived.into()
    );
    assert_eq!(
        refused(&mut two, Who::Coalition, &receive(ours)),
        IncidentRefused::WarningIsOurs.into()
    );
}

#[test]
fn nothing_can_agree_to_a_warning() {
    let mut two = Two::new();
    let ours = two.does(Who::Coalition, "smith", warn(presence()))[0];
    let there = Two::theirs(ours);
    // What says that it was received has room for no answer, in a code or in words.
    let room: Vec<SlotCode> = Kind::WarningReceived.slots().to_vec();
    assert_eq!(
        room,
        [
            SlotCode::Element,
            SlotCode::Authority,
            SlotCode::Subject,
            SlotCode::Name
        ]
    );
    assert_eq!(
        refused(&mut two, Who::Russia, &answer(there, ClaimAnswer::Accepted)),
        IncidentRefused::UnknownClaim.into()
    );
    let subject = Value::Subject(there.as_subject());
    let about = Slots::new().with(SlotCode::Subject, subject).unwrap();
    for (index, (kind, slots)) in [
        (
            Kind::ClaimAnswer,
            code(about.clone(), SlotCode::ClaimAnswer, 1),
        ),
        (Kind::Answer, code(about.clone(), SlotCode::Answer, 1)),
    ]
    .into_iter()
    .enumerate()
    {
        // As the peer would name it.
        let refused = forced(&mut two, 70 + index as u64, kind, slots);
        assert_eq!(refused, Some(RefusalReason::UnknownSubject), "{kind}");
    }
}

#[test]
fn no_part_of_a_warning_travels_as_a_line_check() {
    let only_of_a_check = [SlotCode::Element, SlotCode::Authority, SlotCode::Challenge];
    assert_eq!(Kind::LineCheck.slots(), only_of_a_check);
    let mut two = Two::new();
    let challenge = Slots::new()
        .with(SlotCode::Challenge, Value::Number(123_456))
        .unwrap();
    let whole = presence()
        .with(SlotCode::Remarks, Value::Text("leave by noon".into()))
        .unwrap();
    for (index, (slot, value)) in whole.iter().enumerate() {
        let disguised = challenge.clone().with(slot, value.clone()).unwrap();
        let refused = forced(&mut two, 80 + index as u64, Kind::LineCheck, disguised);
        assert_eq!(refused, Some(RefusalReason::UnknownSlot), "{slot}");
    }
    // Nor without its challenge, which is a number of six digits and nothing else.
    assert_eq!(
        forced(&mut two, 90, Kind::LineCheck, Slots::new()),
        Some(RefusalReason::MissingSlot)
    );
    assert!(two.coalition.lines[&LINE].checks.is_empty());
    assert_eq!(forced(&mut two, 91, Kind::LineCheck, challenge), None);
}

#[test]
fn a_warning_to_keep_out_says_where_and_a_withdrawn_one_asks_nothing_more() {
    let mut two = Two::new();
    let area = code(presence(), SlotCode::Warning, WarningKind::Area.number());
    assert_eq!(
        refused(&mut two, Who::Coalition, &warn(area.clone())),
        IncidentRefused::LacksWhere.into()
    );
    assert_eq!(
        forced(&mut two, 3, Kind::Warning, area),
        Some(RefusalReason::MissingSlot)
    );
    // What is to come is what warnings are of.
    let soon = lasting(presence(), &two, 600, 7_200);
    let ours = two.does(Who::Coalition, "smith", warn(soon))[0];
    assert!(sounds(&mut two, Who::Russia, TO_ACKNOWLEDGE));
    two.does(Who::Coalition, "smith", withdraw(ours));
    assert!(!sounds(&mut two, Who::Russia, TO_ACKNOWLEDGE));
    let there = Two::theirs(ours);
    assert_eq!(
        refused(&mut two, Who::Russia, &receive(there)),
        IncidentRefused::WarningNotLive("withdrawn").into()
    );
}

#[test]
fn what_the_peer_refused_or_never_had_changed_nothing() {
    let mut two = Two::new();
    let ours = claims(&mut two);
    let there = Two::theirs(ours);
    let said = two.does(Who::Russia, "orlov", answer(there, ClaimAnswer::Accepted))[0];
    let warning = two.does(Who::Coalition, "smith", warn(presence()))[0];
    let acknowledged = two.does(Who::Russia, "orlov", receive(Two::theirs(warning)))[0];
    // The coalition's node refuses the answer: it counts no more, and is owed again.
    let of_theirs = Value::Subject(Two::theirs(said).as_subject());
    let refusal = Slots::new().with(SlotCode::Subject, of_theirs).unwrap();
    let reason = RefusalReason::UnreadableSlots;
    let refusal = code(refusal, SlotCode::Refusal, reason.number());
    let mut header = held(&mut two, Who::Russia, there).header;
    header.kind = Kind::Refused.number();
    let at = two.now;
    two.fact(
        Who::Russia,
        Event::MessageReceived {
            entry: EntryRef {
                log: there.log,
                index: 99,
            },
            leaf: Digest([0; 32]),
            header,
            content: Content::Open(refusal),
            arrived: Arrival::Line { at },
            refused: None,
        },
    );
    let heard = held(&mut two, Who::Russia, there);
    assert_eq!(heard.answers()[0].refused, Some(reason));
    assert_eq!(heard.answer(), None);
    // A new epoch of theirs begins without the acknowledgement: it is owed again.
    let head = LogHead {
        epoch: 1,
        size: acknowledged.index,
        root: Digest([0; 32]),
    };
    two.fact(
        Who::Russia,
        Event::EpochOpened {
            line: LINE,
            side: Side::Own,
            epoch: 2,
            closes: [head; 4],
            confirmed: true,
            statement: Arc::from(&b""[..]),
        },
    );
    two.timers();
    assert!(sounds(&mut two, Who::Russia, TO_ACKNOWLEDGE));
}

#[test]
fn a_claim_holds_so_many_answers_and_a_line_so_many_claims() {
    let mut two = Two::new();
    let ours = claims(&mut two);
    let there = Two::theirs(ours);
    for _ in 0..MAX_OF_CLAIM {
        two.does(
            Who::Russia,
            "orlov",
            answer(there, ClaimAnswer::UnderReview),
        );
    }
    two.does(Who::Russia, "orlov", answer(there, ClaimAnswer::NotOurs));
    let claim = held(&mut two, Who::Coalition, ours);
    assert_eq!(claim.answers().len(), MAX_OF_CLAIM);
    assert_eq!(claim.answer().unwrap().1, ClaimAnswer::NotOurs);
    let slots = strike(&two);
    for index in 0..MAX_INCIDENTS as u64 {
        assert_eq!(
            forced(&mut two, 1_000 + index, Kind::Claim, slots.clone()),
            None
        );
    }
    let in_view = two.coalition.incidents.of_line(LINE).count();
    assert_eq!(in_view, MAX_INCIDENTS);
    assert!(
        !two.coalition.incidents.said.contains_key(&ours),
        "the oldest left"
    );
}

#[test]
fn evidence_is_named_up_to_its_limit() {
    let file = |n: u8| Evidence {
        digest: Digest([n; 32]),
        media: MediaType::Pdf,
        size: 1,
    };
    let named = |many: usize| {
        let files = (0..many as u8).map(file).collect();
        Slots::new().with(SlotCode::Evidence, Value::Evidence(files))
    };
    assert!(named(MAX_EVIDENCE).is_ok());
    let slot = SlotCode::Evidence;
    assert_eq!(
        named(MAX_EVIDENCE + 1),
        Err(SlotRefusal::TooLarge {
            slot,
            size: MAX_EVIDENCE + 1,
            most: MAX_EVIDENCE
        })
    );
}

#[test]
fn a_claim_on_a_line_that_is_not_in_force_is_refused() {
    let mut two = Two::new();
    let slots = strike(&two);
    let elsewhere = Command::Incident(IncidentCommand::Claim {
        line: LineId::from_random([9; 16]),
        desk: Desk::Ground,
        slots,
        terms: terms(),
    });
    let refused = refused(&mut two, Who::Coalition, &elsewhere);
    assert!(
        matches!(refused, CommandRefused::UnknownLine(_)),
        "{refused}"
    );
}
