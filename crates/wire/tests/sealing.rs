//! From a release to bytes and back, by the public way alone.
#![allow(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

use channel::effect::Outgoing;
use model::arrangement::Arrangement;
use model::code::{Desk, Lane, Role, StopCause, Urgency};
use model::event::{Actor, Event, Fact};
use model::ids::PartyId;
use model::kind::Kind;
use model::line::{Digest, EntryRef, LogHead, LogRef, Seen, Side};
use model::message::{Content, Message};
use model::slot::{SlotCode, Slots, Value};
use model::units::Timestamp;
use wire::arrangement::SignedArrangement;
use wire::keys::{KeyRole, Secret};
use wire::line::{PartyKeys, SealError, open, seal};
use wire::manifest::Manifest;
use wire::record;

fn at(ms: i64) -> Timestamp {
    Timestamp::from_unix_ms(1_474_127_700_000 + ms).unwrap()
}

fn arrangement() -> Arrangement {
    let text = include_str!("golden/arrangement.toml");
    SignedArrangement::from_text(text)
        .unwrap()
        .arrangement()
        .clone()
}

fn parties() -> [PartyId; 2] {
    arrangement().parties
}

fn stop_call() -> Outgoing {
    let arrangement = arrangement();
    let cause = Value::Code(StopCause::AirStrike.number());
    let message = Message {
        line: arrangement.line,
        kind: Kind::StopCall,
        purpose: arrangement.purposes[0].id,
        role: Role::Watch,
        urgency: Urgency::Immediate,
        desk: Desk::Air,
        slots: Slots::new().with(SlotCode::StopCause, cause).unwrap(),
    };
    let log = LogRef {
        line: arrangement.line,
        side: Side::Own,
        lane: Lane::Stop,
        epoch: 1,
    };
    Outgoing {
        entry: EntryRef { log, index: 0 },
        at: at(0),
        by: Actor::Officer("m-weber".parse().unwrap()),
        message: release::standing(&arrangement, arrangement.parties[1], message).unwrap(),
        notice: None,
    }
}

fn seen() -> Seen {
    let head = LogHead {
        epoch: 1,
        size: 0,
        root: Digest(tlog::EMPTY_ROOT.0),
    };
    Seen {
        own_other: head,
        peer_stop: head,
        peer_main: head,
    }
}

fn keys() -> (Vec<Secret>, PartyKeys) {
    let secret = |role: KeyRole| {
        let seed = [role.number() as u8; 32];
        Secret::new(role, parties()[0], true, at(-1), seed)
    };
    let (root, rest) = KeyRole::ALL.split_first().unwrap();
    let secrets: Vec<_> = rest.iter().copied().map(secret).collect();
    let root = secret(*root);
    let manifest = Manifest::first(&secrets, &root, Vec::new()).unwrap();
    let manifest = manifest.sign(&root.signer(KeyRole::Root).unwrap()).unwrap();
    (secrets, PartyKeys::in_force(&manifest))
}

#[test]
fn what_was_released_to_a_party_opens_there_and_is_recorded_here() {
    let ([us, them], outgoing) = (parties(), stop_call());
    let (secrets, keys) = keys();
    let signer = secrets[0].signer(KeyRole::Operational).unwrap();
    let mut random = |bytes: &mut [u8]| bytes.fill(0x5a);
    let sealed = seal(&outgoing, &seen(), us, them, &signer, &mut random).unwrap();

    let line = outgoing.entry.log.line;
    let arrived = open(&sealed.envelope, &sealed.opening, line, &keys, them).unwrap();
    let content = Content::Open(outgoing.message.view().slots.clone());
    assert_eq!(arrived.content, content);

    let encoded = record::encode_sent(&outgoing, &sealed);
    let fact = Fact {
        at: outgoing.at,
        by: outgoing.by,
        event: Event::MessageSent {
            entry: outgoing.entry,
            leaf: sealed.leaf,
            header: sealed.header.clone(),
            content,
            authority: outgoing.message.authority(),
            notice: None,
        },
    };
    let again = record::encode(&fact, Some(&sealed.opening), &[0; record::SALT]).unwrap();
    assert_eq!(encoded, again);
    assert_eq!(
        record::decode(&encoded.head, encoded.opening.as_deref()),
        Ok(fact)
    );
}

#[test]
fn what_was_released_to_one_party_is_not_sealed_for_another() {
    let ([us, them], outgoing) = (parties(), stop_call());
    let (secrets, _) = keys();
    let signer = secrets[0].signer(KeyRole::Operational).unwrap();
    let mut random = |bytes: &mut [u8]| bytes.fill(0x5a);
    let refused = seal(&outgoing, &seen(), them, us, &signer, &mut random);
    assert_eq!(
        refused,
        Err(SealError::OtherParty {
            released: them,
            to: us
        })
    );
}
