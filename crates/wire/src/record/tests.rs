use model::code::{Desk, Lane};
use model::event::{Actor, Decision, Event, Fact};
use model::ids::NoticeId;
use model::kind::Kind;
use model::line::Fault;
use model::message::Content;
use proptest::prelude::*;

use super::samples::{bytes, every_event, units};
use super::*;
use crate::testing::{any_kind, any_message, any_slots, at, circle_notice, entry, line, seal};

const SALT_BYTES: [u8; SALT] = [9; SALT];

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
