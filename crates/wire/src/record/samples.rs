//! One event of each kind, for tests and golden files.

use std::sync::Arc;

use model::arrangement::Separation;
use model::code::{Desk, Lane, Level, RefusalReason};
use model::conflict::{Pair, Witness};
use model::downstream::Described;
use model::event::{AlarmCause, Arrival, Bytes, Decision, Event, Fact, StopOfMain, StopStage};
use model::ids::NoticeId;
use model::kind::Kind;
use model::line::{EntryRef, Fault, LinkState, LogRef, Side};
use model::message::Content;
use model::place::{Area, Circle, Position};
use model::slot::{SlotCode, Slots};
use model::units::{Millimetres, Millis};

use super::{SALT, decode, encode};
use crate::testing::{at, circle_notice, entry, head, line, seal};

/// A record says the very fact that was written.
pub(super) fn comes_back(name: &str, fact: &Fact) {
    let encoded = encode(fact, None, &[9; SALT]).unwrap();
    let decoded = decode(&encoded.head, encoded.opening.as_deref());
    assert_eq!(decoded.as_ref(), Ok(fact), "{name}");
}

pub(super) fn bytes(text: &str) -> Bytes {
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

pub(super) fn units(call: EntryRef) -> [Event; 9] {
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
