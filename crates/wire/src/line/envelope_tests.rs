use model::code::{RefusalReason, Role};
use model::slot::{Slots, Value};
use proptest::prelude::*;

use super::*;
use crate::testing::{
    Side, any_message, at, circle_notice, entry, lane_of, line, message, random, seal, seen,
};

fn opened(sealed: &Sealed) -> Result<Arrived, Rejected> {
    let (from, to) = (Side::one().keys(), Side::other().party());
    open(&sealed.envelope, &sealed.opening, line(), &from, to)
}

fn stop_call() -> Message {
    let place = Value::Name("+963 99 000".into());
    let slots = Slots::new().with(SlotCode::Contact, place).unwrap();
    message(Kind::StopCall, slots)
}

/// An envelope like that of `message`, its payload changed, and signed again.
fn forged(message: &Message, change: impl FnOnce(&mut Writer, &[&[u8]])) -> Sealed {
    let sealed = seal(message, 3);
    let inner = Sign1::parse(&sealed.envelope, MAX_ENVELOPE).unwrap();
    let mut reader = Reader::new(inner.payload());
    let items = reader.array(ITEMS).unwrap();
    let items: Vec<&[u8]> = (0..items).map(|_| reader.skip().unwrap()).collect();
    let mut payload = Writer::new();
    change(&mut payload, &items[..ITEMS - 1]);
    assert!(pad::pad(&mut payload, cose::OVERHEAD, CLASSES));
    let envelope = cose::sign(&Side::one().signer, Purpose::Envelope, payload.as_slice());
    Sealed {
        leaf: Digest(tlog::leaf_hash(&envelope).0),
        envelope: envelope.into(),
        ..sealed
    }
}

/// As [`forged`], with one item replaced.
fn replaced(message: &Message, index: usize, item: &[u8]) -> Sealed {
    forged(message, |payload, items| {
        payload.array(ITEMS);
        for (at, kept) in items.iter().enumerate() {
            payload.raw(if at == index { item } else { kept });
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_sealed_opens(message in any_message(), index: u64) {
        let sealed = seal(&message, index);
        let arrived = opened(&sealed).unwrap();
        prop_assert_eq!(arrived.content, Content::Open(message.slots));
        prop_assert_eq!(arrived.unreadable, None);
        prop_assert_eq!(arrived.header, sealed.header);
        prop_assert_eq!((arrived.epoch, arrived.lane), (1, lane_of(message.kind)));
        prop_assert_eq!((arrived.index, arrived.leaf), (index, sealed.leaf));
        prop_assert_eq!(arrived.seen, seen());
        prop_assert_eq!(arrived.envelope, sealed.envelope);
    }

    #[test]
    fn sizes_are_classes(message in any_message()) {
        let sealed = seal(&message, 0);
        prop_assert!(CLASSES.contains(sealed.envelope.len()));
        prop_assert!(opening::CLASSES.contains(sealed.opening.len()));
    }

    #[test]
    fn an_opening_from_which_slots_were_destroyed_still_verifies(
        message in any_message(),
        gone in proptest::sample::subsequence(SlotCode::ALL.to_vec(), 0..40),
    ) {
        let sealed = seal(&message, 0);
        let left = opening::without(&sealed.opening, &gone).unwrap();
        let mut expected = message.slots;
        for slot in gone {
            expected.remove(slot);
        }
        let arrived = opened(&Sealed { opening: left.into(), ..sealed }).unwrap();
        prop_assert_eq!(arrived.content, Content::Open(expected));
    }

    #[test]
    fn arbitrary_bytes_are_no_envelope(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        prop_assert!(Envelope::parse(&bytes).is_err());
        let mut classed = bytes;
        classed.resize(512, 0);
        prop_assert!(Envelope::parse(&classed).is_err());
        let _ = opening::read(Kind::AirActivity, &[0; 13 * 32], &classed);
    }
}

#[test]
fn every_flipped_bit_of_an_envelope_is_refused() {
    let sealed = seal(&circle_notice(), 0);
    for byte in 0..sealed.envelope.len() {
        let mut envelope = sealed.envelope.to_vec();
        envelope[byte] ^= 1 << (byte % 8);
        let bad = Sealed {
            envelope: envelope.into(),
            ..sealed.clone()
        };
        assert!(opened(&bad).is_err(), "byte {byte}");
    }
}

#[test]
fn every_flipped_bit_of_an_opening_leaves_it_unreadable() {
    let sealed = seal(&circle_notice(), 0);
    for byte in 0..sealed.opening.len() {
        let mut opening = sealed.opening.to_vec();
        opening[byte] ^= 1 << (byte % 8);
        let bad = Sealed {
            opening: opening.into(),
            ..sealed.clone()
        };
        let arrived = opened(&bad).unwrap();
        assert_eq!(arrived.content, Content::Unreadable, "byte {byte}");
        assert!(arrived.unreadable.is_some());
    }
}

#[test]
fn absent_and_withheld_look_alike_and_so_do_different_contents() {
    let whole = circle_notice();
    let mut other = circle_notice();
    other
        .slots
        .set(SlotCode::Label, Value::Name("x".into()))
        .unwrap();
    let mut withheld = circle_notice();
    withheld.slots.remove(SlotCode::Element);
    let empty = message(Kind::AirActivity, Slots::new());
    let size = |message: &Message| seal(message, 0).envelope.len();
    assert_eq!(size(&whole), size(&other));
    assert_eq!(size(&whole), size(&withheld));
    assert_eq!(size(&whole), size(&empty));
    // The openings of two contents of about one length are of one class.
    let opening = |message: &Message| seal(message, 0).opening.len();
    assert_eq!(opening(&whole), opening(&other));
}

#[test]
fn as_many_random_bytes_are_asked_for_whatever_is_open() {
    let (one, other, seen) = (Side::one(), Side::other(), seen());
    let asked = |message: &Message| {
        let mut asked = Vec::new();
        let mut source = random(1);
        let place = Place {
            entry: entry(Lane::Main, 0),
            sent_at: at(0),
            seen: &seen,
            from: one.party(),
            to: other.party(),
        };
        let mut count = |bytes: &mut [u8]| {
            asked.push(bytes.len());
            source(bytes);
        };
        seal_view(message, &place, &one.signer, &mut count).unwrap();
        asked
    };
    let empty = message(Kind::AirActivity, Slots::new());
    assert_eq!(asked(&circle_notice()), asked(&empty));
}

#[test]
fn no_cleartext_is_in_an_envelope() {
    let sealed = seal(&circle_notice(), 0);
    for word in [&b"PATROL"[..], b"airfield", b"cjtf"] {
        let holds = |bytes: &[u8]| bytes.windows(word.len()).any(|part| part == word);
        assert!(!holds(&sealed.envelope));
        assert!(holds(&sealed.opening));
    }
}

#[test]
fn no_kind_has_more_slots_than_fit() {
    for kind in Kind::ALL {
        assert!(kind.slots().len() <= MAX_SLOTS, "{kind}");
    }
}

#[test]
fn line_parties_and_key_must_be_right() {
    let sealed = seal(&circle_notice(), 0);
    let (one, other) = (Side::one(), Side::other());
    let fault = |line, from: &Side, to| {
        open(&sealed.envelope, &sealed.opening, line, &from.keys(), to)
            .unwrap_err()
            .fault
    };
    let elsewhere = LineId::from_random([9; 16]);
    assert_eq!(fault(elsewhere, &one, other.party()), Fault::WrongLine);
    assert_eq!(fault(line(), &other, other.party()), Fault::WrongParty);
    assert_eq!(fault(line(), &one, one.party()), Fault::WrongParty);
    let mut stranger = Side::other();
    stranger.manifest = {
        let mut manifest = stranger.manifest.manifest().clone();
        manifest.party = one.party();
        manifest.sign(&stranger.root_signer()).unwrap()
    };
    assert_eq!(
        fault(line(), &stranger, other.party()),
        Fault::WrongSignature
    );
}

#[test]
fn a_retired_key_stays_good_and_a_revoked_one_is_for_nothing_that_arrives() {
    let (one, other) = (Side::one(), Side::other());
    let sealed = seal(&circle_notice(), 0);
    let opened_under = |change: &dyn Fn(&mut Manifest), record: bool| {
        let mut manifest = one.manifest.manifest().clone();
        let fresh = crate::keys::Secret::new(
            crate::keys::KeyRole::Operational,
            one.party(),
            true,
            at(-500),
            [77; 32],
        );
        manifest
            .keys
            .push(crate::manifest::NamedKey::of(&fresh).unwrap());
        change(&mut manifest);
        let manifest = manifest.sign(&one.root_signer()).unwrap();
        let keys = if record {
            PartyKeys::of_record(&manifest)
        } else {
            PartyKeys::in_force(&manifest)
        };
        open(
            &sealed.envelope,
            &sealed.opening,
            line(),
            &keys,
            other.party(),
        )
        .is_ok_and(|arrived| arrived.sealed_by == SealedBy::KeyInForce)
    };
    use crate::manifest::{Manifest, RevocationReason};
    let id = one.signer.id();
    let retire = |when| move |manifest: &mut Manifest| manifest.keys[0].until = Some(at(when));
    assert!(opened_under(&retire(1), false));
    // The node may sign with it until it is started anew, and its clock may differ: no stop call is lost to that.
    assert!(opened_under(&retire(0), false));
    let revoke = |when| {
        move |manifest: &mut Manifest| manifest.revoke(id, at(when), RevocationReason::Captured)
    };
    assert!(!opened_under(&revoke(1), false));
    assert!(opened_under(&revoke(1), true));
    assert!(!opened_under(&revoke(0), true));
}

#[test]
fn a_stop_call_comes_through_whatever_its_slots_are() {
    let sealed = seal(&stop_call(), 0);
    for opening in [vec![], vec![0xff; 256], vec![0; MAX_OPENING + 1]] {
        let bad = Sealed {
            opening: opening.into(),
            ..sealed.clone()
        };
        let arrived = opened(&bad).unwrap();
        assert_eq!(arrived.content, Content::Unreadable);
        assert_eq!(arrived.unreadable, Some(RefusalReason::UnreadableSlots));
        assert_eq!(arrived.header.desk, Desk::Air);
        assert!(arrived.opening.len() <= MAX_OPENING);
    }
    // A desk and a role that this node has never heard of.
    for index in [9, 11] {
        let arrived = opened(&replaced(&stop_call(), index, &[0x18, 99])).unwrap();
        assert_eq!(arrived.unreadable, Some(RefusalReason::UnknownCode));
        let heard = (arrived.header.desk, arrived.header.role);
        let expected = if index == 11 { Desk::Senior } else { Desk::Air };
        assert_eq!(heard, (expected, Role::Watch));
    }
}

#[test]
fn anything_else_with_an_opening_over_the_limit_is_not_taken() {
    let sealed = seal(&circle_notice(), 0);
    let at_limit = Sealed {
        opening: vec![0; MAX_OPENING].into(),
        ..sealed.clone()
    };
    assert_eq!(opened(&at_limit).unwrap().content, Content::Unreadable);
    let over = Sealed {
        opening: vec![0; MAX_OPENING + 1].into(),
        ..sealed
    };
    assert_eq!(opened(&over).unwrap_err().fault, Fault::TooLarge);
}

#[test]
fn an_unknown_kind_and_a_later_version_are_taken_and_say_so() {
    let arrived = opened(&replaced(&circle_notice(), 7, &[0x19, 0x03, 0xe7])).unwrap();
    assert_eq!(arrived.header.kind, 999);
    assert_eq!(arrived.unreadable, Some(RefusalReason::UnknownKind));

    let later = forged(&stop_call(), |payload, items| {
        // Version 2 with an item that version 1 does not have, where padding would stand.
        payload.array(ITEMS + 1).uint(2u8);
        for item in &items[1..] {
            payload.raw(item);
        }
        payload.zeroes(0);
    });
    let arrived = opened(&later).unwrap();
    assert_eq!(arrived.unreadable, Some(RefusalReason::UnknownVersion));
    assert_eq!(arrived.header.known_kind(), Some(Kind::StopCall));

    let zero = replaced(&stop_call(), 0, &[0]);
    assert_eq!(opened(&zero).unwrap_err().fault, Fault::Malformed);
}

#[test]
fn another_number_of_commitments_is_unreadable() {
    let few = replaced(&circle_notice(), 15, Writer::new().zeroes(32).as_slice());
    let arrived = opened(&few).unwrap();
    assert_eq!(arrived.unreadable, Some(RefusalReason::UnreadableSlots));
}

#[test]
fn a_payload_that_is_not_deterministic_is_refused_though_it_is_signed() {
    // The epoch as 18 01, which should be 01; the index as a float; the lane unknown.
    let bad = |index, item: &[u8]| {
        opened(&replaced(&circle_notice(), index, item))
            .unwrap_err()
            .fault
    };
    assert_eq!(bad(4, &[0x18, 1]), Fault::NotDeterministic);
    assert_eq!(bad(6, &[0xf9, 0, 0]), Fault::NotDeterministic);
    assert_eq!(bad(14, &[0x5f, 0xff]), Fault::NotDeterministic);
    assert_eq!(bad(5, &[9]), Fault::Malformed);
    assert_eq!(bad(14, &[0x41, 0]), Fault::TooLarge);
}

#[test]
fn an_envelope_over_the_limit_is_not_taken_and_its_evidence_is_shortened() {
    let rejected = |len: usize| {
        let (from, to) = (Side::one().keys(), Side::other().party());
        open(&vec![0xd2; len], &[], line(), &from, to).unwrap_err()
    };
    assert_eq!(rejected(MAX_ENVELOPE).fault, Fault::Malformed);
    let over = rejected(MAX_ENVELOPE + 1);
    assert_eq!(over.fault, Fault::TooLarge);
    assert_eq!(over.evidence.len(), MAX_EVIDENCE);
}

#[test]
fn what_does_not_fit_its_place_is_not_sealed() {
    let (one, other, seen) = (Side::one(), Side::other(), seen());
    let tried = |message: &Message, entry: EntryRef| {
        let place = Place {
            entry,
            sent_at: at(0),
            seen: &seen,
            from: one.party(),
            to: other.party(),
        };
        seal_view(message, &place, &one.signer, &mut random(1)).unwrap_err()
    };
    let main = entry(Lane::Main, 0);
    let mut theirs = main;
    theirs.log.side = Side2::Peer;
    use model::line::Side as Side2;
    assert_eq!(tried(&circle_notice(), theirs), SealError::NotOurs);
    let (kind, lane) = (Kind::StopCall, Lane::Main);
    assert_eq!(
        tried(&stop_call(), main),
        SealError::OtherLane { kind, lane }
    );
    let mut elsewhere = circle_notice();
    elsewhere.line = LineId::from_random([9; 16]);
    assert_eq!(tried(&elsewhere, main), SealError::OtherLine);
    let mut strange = circle_notice();
    strange
        .slots
        .set(SlotCode::StopWhom, Value::Code(1))
        .unwrap();
    let (kind, slot) = (Kind::AirActivity, SlotCode::StopWhom);
    assert_eq!(tried(&strange, main), SealError::NotOfKind { kind, slot });
    let times = Value::Times(vec![(2, at(0)), (1, at(0))]);
    let falling = message(
        Kind::Received,
        Slots::new().with(SlotCode::Times, times).unwrap(),
    );
    let slot = SlotCode::Times;
    assert_eq!(tried(&falling, main), SealError::Unreadable { slot });
}

#[test]
fn the_largest_polygon_fits_an_opening() {
    let vertex =
        |n: i32| model::place::Position::from_e7(n * 7_001 - 400_000_000, n * 7_003).unwrap();
    let polygon = model::place::Polygon::new((0..10_000).map(vertex).collect()).unwrap();
    let area = Value::Area(model::place::Area::Polygon(polygon));
    let mut notice = circle_notice();
    notice.slots.set(SlotCode::Area, area).unwrap();
    let sealed = seal(&notice, 0);
    assert_eq!(sealed.opening.len(), 128 * 1024);
    assert_eq!(
        opened(&sealed).unwrap().content,
        Content::Open(notice.slots)
    );
}
