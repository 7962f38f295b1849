use std::sync::Arc;

use model::arrangement::Separation;
use model::code::{Desk, Lane, Level, RefusalReason};
use model::conflict::{Pair, Witness};
use model::downstream::Described;
use model::event::{
    Actor, AlarmCause, Arrival, Bytes, Decision, Event, Fact, StopOfMain, StopStage,
};
use model::ids::NoticeId;
use model::kind::Kind;
use model::line::{EntryRef, Fault, LinkState, LogRef, Side};
use model::message::Content;
use model::place::{Area, Circle, Position};
use model::slot::{SlotCode, Slots};
use model::units::{Millimetres, Millis};
use proptest::prelude::*;

use super::*;
use crate::testing::{
    any_kind, any_message, any_slots, at, circle_notice, entry, head, line, seal,
};

const SALT_BYTES: [u8; SALT] = [9; SALT];

fn bytes(text: &str) -> Bytes {
    text.as_bytes().into()
}

/// At least one event of each kind, with the opening of the line where it has one.
pub(crate) fn every_event() -> Vec<(Event, Option<Bytes>)> {
    let call = entry(Lane::Stop, 4);
    let log = call.log;
    let text = include_str!("../../tests/golden/arrangement.toml");
    let arrangement = crate::arrangement::SignedArrangement::from_text(text).unwrap();
    let arrangement = arrangement.arrangement().clone();
    let notice = NoticeId::from_random([4; 16]);
    let message = circle_notice();
    let sealed = seal(&message, 8);
    let opening = Some(sealed.opening.clone());
    let (desk, sounder) = (Desk::Ground, "bell-1".parse().unwrap());
    let officer = "m-weber".parse().unwrap();
    let said = |content: Content| Event::MessageSent {
        entry: entry(Lane::Main, 8),
        leaf: sealed.leaf,
        header: sealed.header.clone(),
        content,
        authority: "standing".parse().unwrap(),
        notice: Some(notice),
    };
    let heard = |content: Content, refused| Event::MessageReceived {
        entry: entry(Lane::Main, 8),
        leaf: sealed.leaf,
        header: sealed.header.clone(),
        content,
        arrived: Arrival::Line { at: at(3) },
        refused,
    };
    let open = || Content::Open(message.slots.clone());
    let closes = [head(1, 1), head(1, 2), head(1, 3), head(1, 4)];
    let mut events = vec![
        (said(open()), opening.clone()),
        (said(Content::Expired), None),
        (heard(open(), None), opening.clone()),
        (
            heard(Content::Unreadable, Some(RefusalReason::UnreadableSlots)),
            opening,
        ),
        (
            heard(Content::Expired, Some(RefusalReason::OutsideArea)),
            None,
        ),
    ];
    let arrivals = [
        Arrival::File { at: at(1) },
        Arrival::Recovered { at: at(2) },
    ];
    events.extend(arrivals.map(|arrived| {
        let Event::MessageReceived {
            entry,
            leaf,
            header,
            content,
            refused,
            ..
        } = heard(Content::Expired, None)
        else {
            unreachable!()
        };
        let event = Event::MessageReceived {
            entry,
            leaf,
            header,
            content,
            arrived,
            refused,
        };
        (event, None)
    }));
    let mut plain = vec![
        Event::ArrangementInForce {
            line: line(),
            name: "river".parse().unwrap(),
            peer: "russia".parse().unwrap(),
            arrangement: Arc::new(arrangement),
            signatures: bytes("two signatures"),
        },
        Event::ManifestTaken {
            line: line(),
            side: Side::Peer,
            version: 3,
            manifest: bytes("a manifest"),
        },
        Event::EpochOpened {
            line: line(),
            side: Side::Own,
            epoch: 2,
            closes,
            confirmed: false,
            statement: bytes("a statement"),
        },
        Event::EpochConfirmed {
            line: line(),
            side: Side::Own,
            epoch: 2,
            statement: bytes("confirmed"),
        },
        Event::Delivered {
            log,
            head: head(1, 9),
            cosigned_at: at(4000),
        },
        Event::Cosigned {
            log,
            head: head(1, 9),
        },
        Event::ReleaseDecided {
            line: line(),
            kind: Kind::AirActivity,
            notice: Some(notice),
            decision: Decision {
                allowed: true,
                rules: 7,
                because: vec!["air-to-peer".into(), "coarse".into()],
                authority: Some("jfacc".parse().unwrap()),
                withheld: vec![SlotCode::Count, SlotCode::Element],
            },
        },
        Event::ReleaseDecided {
            line: line(),
            kind: Kind::ProtectedSite,
            notice: None,
            decision: Decision {
                allowed: false,
                rules: 7,
                because: vec![],
                authority: None,
                withheld: vec![],
            },
        },
        Event::FaultNoted {
            line: line(),
            fault: Fault::WrongSignature,
            count: 3,
            evidence: bytes("what came"),
        },
        Event::FaultNoted {
            line: line(),
            fault: Fault::Stalled,
            count: 1,
            evidence: bytes(""),
        },
        Event::MainHalted {
            line: line(),
            fault: Fault::Equivocation,
            evidence: bytes("both envelopes"),
        },
        Event::ClockOffsetNoted {
            line: line(),
            offset: Millis::new(-2_500).unwrap(),
            beyond_limit: true,
        },
        Event::NoticeDrafted {
            notice,
            kind: Kind::AirActivity,
            desk,
            content: Content::Open(message.slots.clone()),
        },
        Event::NoticeDrafted {
            notice,
            kind: Kind::Movement,
            desk,
            content: Content::Open(Slots::new()),
        },
        Event::NoticeDrafted {
            notice,
            kind: Kind::Movement,
            desk,
            content: Content::Expired,
        },
        Event::NoticeDiscarded { notice },
        Event::WatchTaken { desk, officer },
        Event::WatchLeft { desk, officer },
        Event::SounderArmed { desk, sounder },
        Event::SounderLost { desk, sounder },
        Event::AlarmClimbed {
            alarm: AlarmCause::StopCall { call },
            level: Level::TwoStar,
        },
        Event::AlarmSilenced {
            alarm: AlarmCause::StopCall { call },
        },
        Event::AlarmEnded {
            alarm: AlarmCause::CannotSend,
        },
        Event::MainStopped {
            cause: StopOfMain::DiskFull,
        },
        Event::MainStopped {
            cause: StopOfMain::JournalFailed,
        },
        Event::MainResumed,
        Event::Restored { size: 1_000_000 },
        Event::OpeningDestroyed { record: 77 },
    ];
    let links = [
        LinkState::Up,
        LinkState::Degraded,
        LinkState::Down,
        LinkState::ByFile,
    ];
    plain.extend(links.map(|link| Event::LinkChanged { line: line(), link }));
    let line = line();
    let causes = [
        AlarmCause::StopCall { call },
        AlarmCause::StopNotDelivered { call },
        AlarmCause::StopObligationMissed {
            call,
            stage: StopStage::Accept,
        },
        AlarmCause::StopObligationMissed {
            call,
            stage: StopStage::Answer,
        },
        AlarmCause::StopAnswerDue {
            call,
            stage: StopStage::Confirm,
        },
        AlarmCause::StopEnded { call },
        AlarmCause::StopLimit { call },
        AlarmCause::LinkDown { line },
        AlarmCause::ClockOffset { line },
        AlarmCause::MainHalted { line },
        AlarmCause::NoSounder { desk },
        AlarmCause::AnswerDue { line, desk },
        AlarmCause::LineCheckDue { line },
        AlarmCause::CannotSend,
    ];
    plain.extend(causes.map(|alarm| Event::AlarmRaised { alarm, desk }));
    // New events come last: those before them are frozen under their numbers.
    plain.push(Event::RulesInForce {
        version: 7,
        rules: "@id(\"a\") permit(principal, action, resource);".into(),
        metadata: "version = 7".into(),
    });
    plain.extend(conflicts(call));
    plain.extend(units(call));
    events.extend(plain.into_iter().map(|event| (event, None)));
    events
}

fn conflicts(ours: EntryRef) -> [Event; 3] {
    let theirs = EntryRef {
        log: LogRef {
            side: Side::Peer,
            ..ours.log
        },
        ..ours
    };
    let metres = Millimetres::from_metres;
    let (here, there) = (
        Position::from_e7(353_359_000, 401_408_000).unwrap(),
        Position::from_e7(-353_359_001, -1_800_000_000).unwrap(),
    );
    let witness = Witness {
        asked: Separation {
            between: [Kind::AirActivity, Kind::HazardArea],
            horizontal: metres(9_260),
            vertical: metres(300),
            time: Millis::from_seconds(600),
        },
        horizontal: metres(-120),
        at: [here, there],
        vertical: metres(-1_000),
        time: Millis::from_seconds(60),
        from: at(5),
        until: at(9),
        uncertain: true,
    };
    let found = |witness| Event::ConflictFound {
        pair: Pair { ours, theirs },
        engine: 1,
        witness,
    };
    let alarm = AlarmCause::Conflict {
        line: line(),
        desk: Desk::Air,
    };
    let raised = Event::AlarmRaised {
        alarm,
        desk: Desk::Air,
    };
    [found(Some(witness)), found(None), raised]
}

fn units(call: EntryRef) -> [Event; 9] {
    let unit = "u1".parse().unwrap();
    let desk = Desk::Ground;
    let centre = Position::from_e7(353_359_000, 401_408_000).unwrap();
    let circle = Circle::new(centre, Millimetres::from_metres(2_000)).unwrap();
    let described = Some(Described {
        name: "Birch 2".into(),
        area: Area::Circle(circle),
    });
    let receipt = |read_back| Event::UnitReceipt {
        unit,
        subject: call,
        read_back,
    };
    [
        Event::UnitEnrolled {
            unit,
            desk,
            described: described.clone(),
        },
        Event::UnitEnrolled {
            unit,
            desk,
            described: None,
        },
        Event::UnitChanged {
            unit,
            desk,
            described,
        },
        Event::UnitChanged {
            unit,
            desk,
            described: None,
        },
        Event::UnitStoodDown { unit },
        Event::UnitsConcerned {
            subject: call,
            units: vec![unit, "u12".parse().unwrap()],
            engine: 1,
        },
        receipt(false),
        receipt(true),
        Event::AlarmRaised {
            alarm: AlarmCause::UnitsSilent { desk },
            desk,
        },
    ]
}

fn fact(event: Event) -> Fact {
    Fact {
        at: at(0),
        by: Actor::Node,
        event,
    }
}

#[test]
fn what_a_unit_did_is_kept_under_its_number() {
    let unit = "u12".parse().unwrap();
    let fact = Fact {
        by: Actor::Unit(unit),
        ..fact(Event::UnitReceipt {
            unit,
            subject: entry(Lane::Main, 8),
            read_back: false,
        })
    };
    let encoded = encode(&fact, None, &SALT_BYTES).unwrap();
    // Code 15, and the number as text: they are frozen.
    let actor = [&[15, 0x63][..], b"u12"].concat();
    let head = &encoded.head;
    assert!(head.windows(actor.len()).any(|part| part == actor));
    assert_eq!(decode(head, None), Ok(fact));
}

#[test]
fn the_head_of_a_units_record_tells_neither_its_name_nor_its_area() {
    for event in units(entry(Lane::Stop, 4)) {
        let head = encode(&fact(event), None, &SALT_BYTES).unwrap().head;
        let holds = |part: &[u8]| head.windows(part.len()).any(|found| found == part);
        assert!(!holds(b"Birch") && !holds(&353_359_000_i32.to_be_bytes()));
    }
}

#[test]
fn more_units_than_there_may_be_are_not_written() {
    let concerned = |count: usize| {
        fact(Event::UnitsConcerned {
            subject: entry(Lane::Main, 8),
            units: vec!["u1".parse().unwrap(); count],
            engine: 1,
        })
    };
    let most = model::downstream::MAX_UNITS;
    let encoded = encode(&concerned(most), None, &SALT_BYTES).unwrap();
    assert_eq!(decode(&encoded.head, None), Ok(concerned(most)));
    let over = encode(&concerned(most + 1), None, &SALT_BYTES);
    assert_eq!(over, Err(RecordError::TooLarge("the number of units")));
}

#[test]
fn every_event_comes_back() {
    for (event, opening) in every_event() {
        let fact = fact(event);
        let encoded = encode(&fact, opening.as_deref(), &SALT_BYTES).unwrap();
        let decoded = decode(&encoded.head, encoded.opening.as_deref());
        assert_eq!(decoded, Ok(fact));
    }
}

#[test]
fn every_actor_comes_back() {
    let officer = Actor::Officer("m-weber".parse().unwrap());
    let unit = Actor::Unit("u12".parse().unwrap());
    for by in [
        Actor::Node,
        officer,
        Actor::Administrator,
        Actor::Peer,
        unit,
    ] {
        let fact = Fact {
            by,
            ..fact(Event::MainResumed)
        };
        let encoded = encode(&fact, None, &SALT_BYTES).unwrap();
        assert_eq!(decode(&encoded.head, None), Ok(fact));
    }
}

#[test]
fn without_its_opening_an_event_reads_as_expired_and_the_head_is_untouched() {
    for (event, opening) in every_event() {
        let encoded = encode(&fact(event.clone()), opening.as_deref(), &SALT_BYTES).unwrap();
        let destroyed = decode(&encoded.head, None);
        match (event, destroyed.map(|fact| fact.event)) {
            (Event::ArrangementInForce { .. }, Err(error)) => {
                assert!(matches!(
                    error,
                    RecordError::ArrangementDestroyed { version: 1, .. }
                ));
            }
            (
                Event::MessageSent {
                    content: Content::Open(_),
                    ..
                }
                | Event::MessageReceived {
                    content: Content::Open(_),
                    ..
                }
                | Event::NoticeDrafted {
                    content: Content::Open(_),
                    ..
                },
                Ok(
                    Event::MessageSent { content, .. }
                    | Event::MessageReceived { content, .. }
                    | Event::NoticeDrafted { content, .. },
                ),
            ) => assert_eq!(content, Content::Expired),
            (
                _,
                Ok(Event::ManifestTaken {
                    manifest: sealed, ..
                }),
            )
            | (
                _,
                Ok(Event::EpochOpened {
                    statement: sealed, ..
                }),
            )
            | (
                _,
                Ok(Event::EpochConfirmed {
                    statement: sealed, ..
                }),
            )
            | (
                _,
                Ok(Event::FaultNoted {
                    evidence: sealed, ..
                }),
            )
            | (
                _,
                Ok(Event::MainHalted {
                    evidence: sealed, ..
                }),
            ) => assert!(sealed.is_empty()),
            (
                Event::RulesInForce { version, .. },
                Ok(Event::RulesInForce {
                    version: kept,
                    rules,
                    metadata,
                }),
            ) => assert!(kept == version && rules.is_empty() && metadata.is_empty()),
            (
                Event::ConflictFound { pair, engine, .. },
                Ok(Event::ConflictFound {
                    pair: kept,
                    engine: by,
                    witness,
                }),
            ) => assert!((kept, by) == (pair, engine) && witness.is_none()),
            (
                Event::UnitEnrolled { unit, desk, .. } | Event::UnitChanged { unit, desk, .. },
                Ok(
                    Event::UnitEnrolled {
                        unit: kept,
                        desk: of,
                        described,
                    }
                    | Event::UnitChanged {
                        unit: kept,
                        desk: of,
                        described,
                    },
                ),
            ) => assert!((kept, of) == (unit, desk) && described.is_none()),
            (event, decoded) => assert_eq!(decoded, Ok(event)),
        }
    }
}

#[test]
fn no_cleartext_is_in_a_head_and_the_salt_hides_what_could_be_guessed() {
    let draft = fact(Event::NoticeDrafted {
        notice: NoticeId::from_random([4; 16]),
        kind: Kind::AirActivity,
        desk: Desk::Air,
        content: Content::Open(circle_notice().slots),
    });
    let one = encode(&draft, None, &[1; SALT]).unwrap();
    let two = encode(&draft, None, &[2; SALT]).unwrap();
    assert_ne!(one.head, two.head);
    for word in [&b"PATROL"[..], b"airfield", b"cjtf", &[1; SALT]] {
        assert!(!one.head.windows(word.len()).any(|part| part == word));
    }
}

#[test]
fn a_changed_opening_is_found() {
    let sealed = fact(Event::MainHalted {
        line: line(),
        fault: Fault::SplitView,
        evidence: bytes("two checkpoints"),
    });
    let encoded = encode(&sealed, None, &SALT_BYTES).unwrap();
    let opening = encoded.opening.unwrap();
    for byte in 0..opening.len() {
        let mut bad = opening.clone();
        bad[byte] ^= 1;
        assert!(decode(&encoded.head, Some(&bad)).is_err(), "byte {byte}");
    }
}

#[test]
fn what_was_said_needs_its_opening() {
    let (event, _) = every_event().swap_remove(0);
    let refused = encode(&fact(event), None, &SALT_BYTES);
    assert_eq!(refused, Err(RecordError::NoOpening));
}

#[test]
fn bounds_are_held() {
    let decided = |rules: usize, name: usize| {
        let because = vec!["r".repeat(name); rules];
        let decision = Decision {
            allowed: false,
            rules: 1,
            because,
            authority: None,
            withheld: vec![],
        };
        let event = Event::ReleaseDecided {
            line: line(),
            kind: Kind::Answer,
            notice: None,
            decision,
        };
        encode(&fact(event), None, &SALT_BYTES)
    };
    let most = decided(MAX_RULES, MAX_RULE_NAME).unwrap();
    assert!(decode(&most.head, None).is_ok() && most.head.len() < 64 * 1024);
    assert!(decided(MAX_RULES + 1, 1).is_err());
    assert!(decided(1, MAX_RULE_NAME + 1).is_err());
    let evidence = |len: usize| {
        let evidence = vec![1; len].into();
        let event = Event::MainHalted {
            line: line(),
            fault: Fault::SplitView,
            evidence,
        };
        encode(&fact(event), None, &SALT_BYTES)
    };
    assert!(evidence(MAX_SEALED - 5).is_ok());
    assert!(evidence(MAX_SEALED).is_err());
}

#[test]
fn a_record_of_a_later_node_is_named() {
    let encoded = encode(&fact(Event::MainResumed), None, &SALT_BYTES).unwrap();
    let mut later = encoded.head.clone();
    later[1] = 2;
    assert_eq!(decode(&later, None), Err(RecordError::Version(2)));
    let at = later.len() - 4;
    let mut unknown = encoded.head;
    assert_eq!(unknown[at..], [0x18, 25, 0xf6, 0x80]);
    unknown[at + 1] = 250;
    assert_eq!(decode(&unknown, None), Err(RecordError::UnknownEvent(250)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_is_said_comes_back(message in any_message(), index: u64) {
        let sealed = seal(&message, index);
        let fact = fact(Event::MessageSent {
            entry: entry(crate::testing::lane_of(message.kind), index),
            leaf: sealed.leaf,
            header: sealed.header.clone(),
            content: Content::Open(message.slots),
            authority: "standing".parse().unwrap(),
            notice: None,
        });
        let encoded = encode(&fact, Some(&sealed.opening), &SALT_BYTES).unwrap();
        prop_assert_eq!(encoded.opening.as_deref(), Some(&sealed.opening[..]));
        prop_assert_eq!(decode(&encoded.head, encoded.opening.as_deref()), Ok(fact));
    }

    #[test]
    fn whatever_is_drafted_comes_back((kind, slots) in any_kind().prop_flat_map(|kind| (Just(kind), any_slots(kind)))) {
        let fact = fact(Event::NoticeDrafted {
            notice: NoticeId::from_random([4; 16]),
            kind,
            desk: Desk::Air,
            content: Content::Open(slots),
        });
        let encoded = encode(&fact, None, &SALT_BYTES).unwrap();
        prop_assert_eq!(decode(&encoded.head, encoded.opening.as_deref()), Ok(fact));
    }

    #[test]
    fn arbitrary_bytes_are_read_or_refused(head in proptest::collection::vec(any::<u8>(), 0..200), opening: Option<Vec<u8>>) {
        let _ = decode(&head, opening.as_deref());
    }

    #[test]
    fn a_changed_head_is_read_or_refused(which: proptest::sample::Index, at: proptest::sample::Index, to: u8) {
        let events = every_event();
        let (event, opening) = &events[which.index(events.len())];
        let mut encoded = encode(&fact(event.clone()), opening.as_deref(), &SALT_BYTES).unwrap();
        let at = at.index(encoded.head.len());
        encoded.head[at] = to;
        let _ = decode(&encoded.head, encoded.opening.as_deref());
    }
}
