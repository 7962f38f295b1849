//! Checkpoints, receipts and sizes seen that contradict what is held.

use super::{Liar, call, covered, notice, wrong};
use crate::world::{EAST, line, own_log, signed};
use channel::input::{Arrived, PeerFrame};
use channel::lines::bounds::{MAX_WAITING_CHECKPOINTS, MAX_WAITING_HEADS};
use model::code::Lane;
use model::kind::Kind;
use model::line::{Digest, LogHead};
use model::slot::Slots;
use model::units::Timestamp;

#[test]
fn a_checkpoint_that_contradicts_is_not_cosigned_and_its_frame_not_taken_on_main() {
    let mut liar = Liar::new();
    let entries: Vec<Arrived> = (0..2).map(notice).collect();
    let told = liar.sends(Lane::Main, entries, Some(signed(wrong(2))));
    assert!(
        told.starts_with("MAIN IS HALTED: split-view; evidence: signed: 1 2 eeee"),
        "{told}"
    );
    assert_eq!(
        liar.east().held(line(), Lane::Main).map(|head| head.size),
        Some(0)
    );
}

#[test]
fn a_checkpoint_that_contradicts_holds_up_no_stop_call_only_its_receipt() {
    let mut liar = Liar::new();
    let told = liar.sends(Lane::Stop, vec![call(0)], Some(signed(wrong(1))));
    assert!(told.contains("MAIN IS HALTED: split-view"), "{told}");
    assert!(
        told.contains("stop-call arrived: their stop (epoch 1) 0"),
        "{told}"
    );
    assert!(!told.contains("cosigns"), "{told}");
    let told = liar.sends(Lane::Stop, vec![call(1)], covered(&[call(0), call(1)]));
    assert!(
        told.contains("cosigns their stop (epoch 1) up to 2"),
        "{told}"
    );
}

#[test]
fn a_checkpoint_of_what_is_still_to_come_is_compared_when_it_comes() {
    let mut liar = Liar::new();
    let entries: Vec<Arrived> = (0..4).map(notice).collect();
    let (first, last) = entries.split_at(2);
    let told = liar.sends(Lane::Main, first.to_vec(), covered(&entries));
    assert!(
        !told.contains("cosigns"),
        "only what a checkpoint covers is cosigned: {told}"
    );
    let told = liar.sends(Lane::Main, last.to_vec(), None);
    assert!(
        told.contains("cosigns their main (epoch 1) up to 4"),
        "{told}"
    );
    // Two signed checkpoints of one size, neither reached.
    liar.sends(Lane::Main, vec![], Some(signed(wrong(9))));
    let told = liar.sends(
        Lane::Main,
        vec![],
        Some(signed(LogHead {
            root: Digest([0xdd; 32]),
            ..wrong(9)
        })),
    );
    assert!(told.contains("MAIN IS HALTED: split-view"), "{told}");
}

#[test]
fn a_receipt_is_never_smaller_than_one_before() {
    let mut liar = Liar::new();
    let entries: Vec<Arrived> = (0..4).map(notice).collect();
    liar.sends(Lane::Main, entries.clone(), covered(&entries));
    liar.sends(Lane::Main, vec![], covered(&entries[..2]));
    liar.sends(Lane::Main, entries[..1].to_vec(), covered(&entries[..1]));
    let sizes: Vec<u64> = liar.world.parties[EAST]
        .cosigned
        .iter()
        .map(|(_, head)| head.size)
        .collect();
    assert_eq!(sizes, [4, 4, 4]);
}

#[test]
fn a_seen_that_contradicts_what_is_held_is_cosigned_as_evidence_and_halts_main() {
    let mut liar = Liar::new();
    liar.sends(Lane::Stop, vec![call(0)], covered(&[call(0)]));
    let mut lying = notice(0);
    lying.seen.own_other = wrong(1);
    let told = liar.sends(Lane::Main, vec![lying.clone()], covered(&[lying]));
    insta::assert_snapshot!(told, @r"
    air-activity arrived: their main (epoch 1) 0
    MAIN IS HALTED: split-view; evidence: notice 0
    cannot say received: main is halted (split-view): both administrators settle it (`standclear epoch open`); stop calls go on
    cosigns their main (epoch 1) up to 1
    ");
}

#[test]
fn a_seen_of_a_size_still_to_come_is_compared_when_it_comes() {
    let mut liar = Liar::new();
    let mut lying = notice(0);
    lying.seen.own_other = wrong(2);
    let told = liar.sends(Lane::Main, vec![lying.clone()], covered(&[lying]));
    assert!(!told.contains("HALTED"), "{told}");
    let calls = [call(0), call(1)];
    let told = liar.sends(Lane::Stop, calls.to_vec(), covered(&calls));
    assert!(
        told.contains("cosigns their stop (epoch 1) up to 2"),
        "{told}"
    );
    assert!(
        told.contains("MAIN IS HALTED: split-view; evidence: notice 0"),
        "{told}"
    );
}

#[test]
fn a_seen_of_more_than_we_ever_said_is_a_split_view() {
    let mut liar = Liar::new();
    let mut lying = call(0);
    lying.seen.peer_main = wrong(7);
    let told = liar.sends(Lane::Stop, vec![lying.clone()], covered(&[lying]));
    assert!(told.contains("stop-call arrived"), "{told}");
    assert!(
        told.contains("MAIN IS HALTED: split-view; evidence: call 0"),
        "{told}"
    );
}

#[test]
fn a_cosignature_of_what_we_never_said_or_of_another_root_is_no_receipt() {
    let mut liar = Liar::new();
    liar.world
        .utter(EAST, Lane::Stop, Kind::StopCall, Slots::new());
    liar.world.commit(EAST);
    liar.world.story();
    let log = own_log(Lane::Stop, 1);
    let true_root = liar.world.parties[EAST].own[&(Lane::Stop, 1)].root(1);
    let cosigned = |head: LogHead, own_root: Option<Digest>| PeerFrame::Cosigned {
        log,
        head,
        cosigned_at: Timestamp::MIN,
        own_root,
    };
    let told = liar.tells(liar.stop, cosigned(wrong(2), None));
    assert_eq!(told, "fault noted: wrong-cosignature, count 1");
    let told = liar.tells(liar.stop, cosigned(wrong(1), true_root));
    assert!(
        told.contains("MAIN IS HALTED: split-view; evidence: cosigned"),
        "{told}"
    );
    assert!(
        !liar
            .east()
            .is_delivered(model::line::EntryRef { log, index: 0 })
    );
    let right = LogHead {
        root: true_root.expect("a root"),
        ..wrong(1)
    };
    let told = liar.tells(liar.stop, cosigned(right, true_root));
    assert_eq!(told, "delivered: our stop (epoch 1) up to 1");
    assert!(
        liar.east()
            .is_delivered(model::line::EntryRef { log, index: 0 })
    );
}

#[test]
fn heads_that_wait_to_be_compared_are_bounded_and_the_rest_left_to_offline_verification() {
    let mut liar = Liar::new();
    let most = MAX_WAITING_HEADS as u64;
    let naming = |index: u64| {
        let mut entry = call(index);
        entry.seen.own_other = wrong(1_000 + index);
        entry
    };
    let send = |liar: &mut Liar, index: u64| liar.sends(Lane::Stop, vec![naming(index)], None);
    (0..most).for_each(|index| drop(send(&mut liar, index)));
    assert_eq!(liar.east().unverifiable(line()), 0);
    send(&mut liar, most);
    assert_eq!(liar.east().unverifiable(line()), 1);
    assert_eq!(liar.east().halted(line()), None);
}

#[test]
fn of_too_many_checkpoints_the_greatest_are_kept() {
    let mut liar = Liar::new();
    let most = MAX_WAITING_CHECKPOINTS as u64;
    let entries: Vec<Arrived> = (0..most + 1).map(notice).collect();
    for size in 1..=most + 1 {
        liar.sends(Lane::Main, vec![], covered(&entries[..size as usize]));
    }
    let told = liar.sends(Lane::Main, entries[..1].to_vec(), None);
    assert!(!told.contains("cosigns"), "the least was let go: {told}");
    let told = liar.sends(Lane::Main, entries[1..].to_vec(), None);
    assert!(
        told.contains(&format!("cosigns their main (epoch 1) up to {}", most + 1)),
        "{told}"
    );
}
