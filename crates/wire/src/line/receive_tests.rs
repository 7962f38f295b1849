use channel::effect::OwnFrame;
use channel::input::Hello;
use model::code::Lane;
use model::line::Side;
use model::message::Content;
use model::slot::Slots;
use proptest::prelude::*;
use tlog::Frontier;

use super::*;
use crate::epoch::{EpochReason, Statement};
use crate::keys::KeyRole;
use crate::line::frame::{PREFIX, cosigned as cosigned_frame, entries as entries_frame, own};
use crate::line::keys::{cosigner, log_signer};
use crate::manifest::RevocationReason;
use crate::testing::{
    Side as Of, any_head, at, circle_notice, entry, head, line, message, others_keys, seal,
};

/// What `frame`, made by side one, tells the other side.
fn told(frame: &[u8]) -> Taken {
    receive(&frame[PREFIX..], &others_keys())
}

fn fault(taken: Taken) -> Fault {
    match &taken.frames[..] {
        [PeerFrame::Bad { fault, .. }] => *fault,
        other => panic!("not one fault: {other:?}"),
    }
}

fn ones_keys() -> LineKeys {
    LineKeys::new(line(), Of::one().keys(), Of::other().keys())
}

fn made(frame: OwnFrame) -> Vec<u8> {
    own(&frame, &ones_keys(), &Of::one().signer).unwrap()
}

fn main_log() -> LogRef {
    entry(Lane::Main, 0).log
}

/// Three entries of the main log, and the checkpoint over them.
fn batch() -> (Vec<envelope::Sealed>, String) {
    let sealed: Vec<_> = (0..3).map(|index| seal(&circle_notice(), index)).collect();
    let mut tree = Frontier::new();
    sealed
        .iter()
        .for_each(|entry| tree.push(tlog::Hash(entry.leaf.0)));
    let one = Of::one();
    let signer = log_signer(line(), one.party(), Lane::Main, 1, one.secret(KeyRole::Log)).unwrap();
    let checkpoint = Checkpoint::new(signer.verifier().name().as_str(), 3, tree.root()).unwrap();
    (sealed, checkpoint.sign(&signer).unwrap())
}

fn entries_of(sealed: &[envelope::Sealed], note: Option<&str>) -> Vec<u8> {
    let items: Vec<(&[u8], &[u8])> = sealed
        .iter()
        .map(|s| (&s.envelope[..], &s.opening[..]))
        .collect();
    entries_frame(main_log(), &items, note.map(str::as_bytes)).unwrap()
}

#[test]
fn entries_arrive_with_their_checkpoint() {
    let (sealed, note) = batch();
    let taken = told(&entries_of(&sealed, Some(&note)));
    let [PeerFrame::Entries(entries)] = &taken.frames[..] else {
        panic!("{taken:?}");
    };
    assert_eq!(
        entries.log,
        LogRef {
            side: Side::Peer,
            ..main_log()
        }
    );
    assert_eq!(entries.entries.len(), 3);
    assert_eq!(
        entries.entries[2].content,
        Content::Open(circle_notice().slots)
    );
    let signed = entries.checkpoint.as_ref().unwrap();
    assert_eq!((signed.head.epoch, signed.head.size), (1, 3));
    assert_eq!(&*signed.note, note.as_bytes());
}

#[test]
fn one_bad_entry_hides_no_other() {
    let (mut sealed, note) = batch();
    let mut bad = sealed[1].envelope.to_vec();
    bad[100] ^= 1;
    sealed[1].envelope = bad.into();
    let taken = told(&entries_of(&sealed, Some(&note)));
    let [
        PeerFrame::Entries(before),
        PeerFrame::Bad { .. },
        PeerFrame::Entries(after),
    ] = &taken.frames[..]
    else {
        panic!("{taken:?}");
    };
    assert_eq!((before.entries[0].index, after.entries[0].index), (0, 2));
    // With an entry missing, the checkpoint would look like a split view.
    assert_eq!((&before.checkpoint, &after.checkpoint), (&None, &None));
}

#[test]
fn a_wrong_checkpoint_is_told_beside_the_entries() {
    let (sealed, note) = batch();
    let other = note.replace("\n3\n", "\n4\n");
    let taken = told(&entries_of(&sealed, Some(&other)));
    let [
        PeerFrame::Entries(entries),
        PeerFrame::Bad { fault, evidence },
    ] = &taken.frames[..]
    else {
        panic!("{taken:?}");
    };
    assert_eq!(entries.entries.len(), 3);
    assert_eq!(
        (*fault, &evidence[..]),
        (Fault::WrongCheckpoint, other.as_bytes())
    );
}

#[test]
fn a_stop_call_under_the_name_of_another_log_rings_all_the_same() {
    let call = seal(&message(Kind::StopCall, Slots::new()), 5);
    let taken = told(&entries_of(&[call], None));
    let [PeerFrame::Bad { fault, .. }, PeerFrame::Entries(entries)] = &taken.frames[..] else {
        panic!("{taken:?}");
    };
    assert_eq!((*fault, entries.log.lane), (Fault::WrongLane, Lane::Stop));
    let notice = seal(&circle_notice(), 5);
    let wrong = entries_frame(
        entry(Lane::Stop, 0).log,
        &[(&notice.envelope, &notice.opening)],
        None,
    );
    assert_eq!(fault_of(&wrong.unwrap()), Fault::WrongLane);
    let log = LogRef {
        epoch: 2,
        ..main_log()
    };
    let wrong = entries_frame(log, &[(&notice.envelope, &notice.opening)], None);
    assert_eq!(fault_of(&wrong.unwrap()), Fault::WrongEpoch);
}

fn fault_of(frame: &[u8]) -> Fault {
    fault(told(frame))
}

#[test]
fn our_own_entries_come_back_after_a_restore() {
    // Side one holds entries of the other's log and sends them back: for the other, its own log.
    let other = Of::other();
    let sealed = seal(&circle_notice(), 0);
    let log = LogRef {
        side: Side::Peer,
        ..main_log()
    };
    let frame = entries_frame(log, &[(&sealed.envelope, &sealed.opening)], None).unwrap();
    // What side one said is not the other's own entry.
    assert_eq!(fault(told(&frame)), Fault::WrongParty);
    let keys = LineKeys::new(line(), Of::one().keys(), other.keys());
    let taken = receive(&frame[PREFIX..], &keys);
    let [PeerFrame::Entries(entries)] = &taken.frames[..] else {
        panic!("{taken:?}");
    };
    assert_eq!(entries.log.side, Side::Own);
}

#[test]
fn a_cosignature_is_verified_and_given_back_as_the_receipt() {
    let (sealed, _) = batch();
    let one = Of::one();
    let signer = cosigner(one.party(), one.secret(KeyRole::Cosigning)).unwrap();
    let log = LogRef {
        side: Side::Peer,
        ..main_log()
    };
    let held = LogHead {
        epoch: 1,
        size: 3,
        root: sealed[0].leaf,
    };
    let checkpoint = ones_keys().checkpoint(log, held).unwrap();
    let cosignature = signer.cosign(&checkpoint, 1_474_127_800).unwrap();
    let frame = cosigned_frame(log, held, &cosignature).unwrap();
    let taken = told(&frame);
    assert_eq!(taken.cosignature, Some(cosignature));
    let [
        PeerFrame::Cosigned {
            log,
            head,
            cosigned_at,
            own_root,
        },
    ] = &taken.frames[..]
    else {
        panic!("{taken:?}");
    };
    assert_eq!((*log, *head), (main_log(), held));
    assert_eq!(
        (cosigned_at.as_unix_ms(), *own_root),
        (1_474_127_800_000, None)
    );

    let larger = LogHead { size: 4, ..held };
    let wrong = cosigned_frame(
        LogRef {
            side: Side::Peer,
            ..main_log()
        },
        larger,
        &cosignature,
    );
    assert_eq!(fault_of(&wrong.unwrap()), Fault::WrongCosignature);
    let wrong = cosigned_frame(main_log(), held, &cosignature).unwrap();
    assert_eq!(fault_of(&wrong), Fault::WrongCosignature);
}

fn sample_heartbeat() -> Heartbeat {
    Heartbeat {
        sent_at: at(5),
        echo: Echo {
            sent_at: at(1),
            arrived_at: at(2),
        },
        own: [head(1, 3), head(1, 0)],
    }
}

#[test]
fn a_heartbeat_is_signed_for_its_line() {
    let heartbeat = sample_heartbeat();
    let frame = made(OwnFrame::Heartbeat(heartbeat));
    assert!(matches!(told(&frame).frames[..], [PeerFrame::Heartbeat(told)] if told == heartbeat));
    let elsewhere = LineKeys::new(
        model::ids::LineId::from_random([9; 16]),
        Of::other().keys(),
        Of::one().keys(),
    );
    assert_eq!(
        fault(receive(&frame[PREFIX..], &elsewhere)),
        Fault::WrongLine
    );
    // Echoed back at its sender, it is not the peer's.
    assert_eq!(
        fault(receive(&frame[PREFIX..], &ones_keys())),
        Fault::WrongParty
    );
    for byte in PREFIX..frame.len() {
        let mut bad = frame.clone();
        bad[byte] ^= 1;
        let frames = told(&bad).frames;
        assert!(
            !matches!(frames[..], [PeerFrame::Heartbeat(_)]),
            "byte {byte}"
        );
    }
}

#[test]
fn a_fetch_names_the_log_as_the_receiver_does() {
    let log = LogRef {
        side: Side::Peer,
        ..main_log()
    };
    let taken = told(&made(OwnFrame::Fetch { log, from: 12 }));
    assert!(matches!(taken.frames[..], [PeerFrame::Fetch { log, from: 12 }] if log == main_log()));
}

#[test]
fn only_a_newer_manifest_of_the_pinned_root_is_taken() {
    let one = Of::one();
    let held = one.manifest.bytes().clone();
    assert!(
        told(&made(OwnFrame::Manifest { manifest: held }))
            .frames
            .is_empty()
    );
    let with = |version, change: &dyn Fn(&mut crate::manifest::Manifest), root| {
        let mut manifest = one.manifest.manifest().clone();
        manifest.version = version;
        change(&mut manifest);
        let manifest = cose_signed(&manifest, root);
        told(&made(OwnFrame::Manifest { manifest }))
    };
    let same = |_: &mut crate::manifest::Manifest| {};
    let newer = with(2, &same, one.root_signer());
    assert!(matches!(
        newer.frames[..],
        [PeerFrame::Manifest { version: 2, .. }]
    ));
    let forked = with(1, &|m| m.created = at(9), one.root_signer());
    assert_eq!(fault(forked), Fault::WrongManifest);
    let live = with(2, &|m| m.exercise = false, one.root_signer());
    assert_eq!(fault(live), Fault::WrongManifest);
    let stranger = with(
        2,
        &|m| m.root = *Of::other().root_signer().public().as_bytes(),
        Of::other().root_signer(),
    );
    assert_eq!(fault(stranger), Fault::WrongManifest);
    let mut held = one.manifest.manifest().clone();
    held.version = 5;
    held.revoke(one.signer.id(), at(0), RevocationReason::Lost);
    held.keys
        .push(crate::manifest::NamedKey::of(Of::other().secret(KeyRole::Operational)).unwrap());
    let held = held.sign(&one.root_signer()).unwrap();
    let keys = LineKeys::new(
        line(),
        Of::other().keys(),
        crate::line::PartyKeys::in_force(&held),
    );
    let old = made(OwnFrame::Manifest {
        manifest: one.manifest.bytes().clone(),
    });
    assert_eq!(fault(receive(&old[PREFIX..], &keys)), Fault::WrongManifest);
}

fn cose_signed(manifest: &crate::manifest::Manifest, root: crate::keys::Signer) -> Bytes {
    manifest.sign(&root).unwrap().bytes().clone()
}

#[test]
fn an_epoch_statement_is_told_and_so_is_its_confirmation() {
    let one = Of::one();
    let statement = Statement {
        line: line(),
        from: one.party(),
        epoch: 2,
        opened: at(4),
        closes: [head(1, 1), head(1, 2), head(1, 3), head(1, 4)],
        reason: EpochReason::Restored,
    };
    let open = statement.sign(&one.signer);
    let confirmed = epoch::confirm(&open, &one.root_signer()).unwrap();
    for (statement, expected) in [(open, false), (confirmed, true)] {
        let taken = told(&made(OwnFrame::Epoch { statement }));
        let [
            PeerFrame::Epoch {
                epoch: 2,
                closes,
                confirmed,
                ..
            },
        ] = &taken.frames[..]
        else {
            panic!("{taken:?}");
        };
        assert_eq!((closes[3].size, *confirmed), (4, expected));
    }
}

#[test]
fn of_what_a_revoked_key_signed_only_what_the_root_key_confirmed_and_envelopes_are_read() {
    let one = Of::one();
    let mut manifest = one.manifest.manifest().clone();
    manifest.version += 1;
    manifest
        .keys
        .push(crate::manifest::NamedKey::of(Of::other().secret(KeyRole::Operational)).unwrap());
    manifest.revoke(one.signer.id(), at(0), RevocationReason::Captured);
    let manifest = manifest.sign(&one.root_signer()).unwrap();
    let keys = LineKeys::new(
        line(),
        Of::other().keys(),
        crate::line::PartyKeys::in_force(&manifest),
    );
    let statement = Statement {
        line: line(),
        from: one.party(),
        epoch: 2,
        opened: at(4),
        closes: [head(1, 1), head(1, 2), head(1, 3), head(1, 4)],
        reason: EpochReason::KeysChanged,
    };
    let open = statement.sign(&one.signer);
    let confirmed = epoch::confirm(&open, &one.root_signer()).unwrap();
    let statement = |statement| receive(&made(OwnFrame::Epoch { statement })[PREFIX..], &keys);
    assert_eq!(fault(statement(open)), Fault::WrongSignature);
    assert!(matches!(
        statement(confirmed).frames[..],
        [PeerFrame::Epoch {
            confirmed: true,
            ..
        }]
    ));
    let heartbeat = made(OwnFrame::Heartbeat(sample_heartbeat()));
    assert_eq!(
        fault(receive(&heartbeat[PREFIX..], &keys)),
        Fault::WrongSignature
    );
}

#[test]
fn a_hello_comes_as_it_was_said() {
    let hello = Hello {
        versions: vec![2, 1],
        ..frame::tests::sample_hello()
    };
    let taken = told(&made(OwnFrame::Hello(hello.clone())));
    assert!(matches!(&taken.frames[..], [PeerFrame::Hello(told)] if *told == hello));
}

proptest! {
    #[test]
    fn hellos_come_back(heads in proptest::array::uniform6(any_head()), manifest: u32, held_manifest: u32) {
        let [a, b, c, d, e, f] = heads;
        let hello = Hello {
            versions: vec![1],
            manifest,
            held_manifest,
            sent_at: at(0),
            own: [a, b],
            held: [c, d],
            delivered: [e, f],
            held_roots: [None, None],
        };
        let taken = told(&made(OwnFrame::Hello(hello.clone())));
        prop_assert!(matches!(&taken.frames[..], [PeerFrame::Hello(told)] if *told == hello));
    }

    #[test]
    fn arbitrary_bytes_are_one_fault(bytes in proptest::collection::vec(any::<u8>(), 0..1200)) {
        let taken = receive(&bytes, &others_keys());
        let faulty = matches!(taken.frames[..], [PeerFrame::Bad { .. }]);
        prop_assert!(faulty);
    }

    #[test]
    fn a_frame_with_any_byte_changed_tells_nothing_false(byte in 0usize..4096, to: u8) {
        let (sealed, note) = batch();
        let mut frame = entries_of(&sealed, Some(&note));
        let at = PREFIX + byte % (frame.len() - PREFIX);
        let before = frame[at];
        frame[at] = to;
        for told in told(&frame).frames {
            if let PeerFrame::Entries(entries) = told {
                for arrived in entries.entries {
                    let index = arrived.index as usize;
                    prop_assert_eq!(&arrived.envelope, &sealed[index].envelope);
                    if to == before {
                        prop_assert_eq!(arrived.unreadable, None);
                    }
                }
            }
        }
    }
}
