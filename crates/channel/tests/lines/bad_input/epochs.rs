//! New epochs, and keys that were revoked.

use super::{EMPTY, Liar, call, covered, frame, head_of, notice, wrong};
use crate::world::{EAST, WEST, World, line};
use channel::input::{Arrived, Class, PeerFrame, SealedBy};
use channel::lines::bounds::MAX_EPOCHS;
use model::code::Lane;
use model::event::Event;
use model::kind::Kind;
use model::line::{Fault, LogHead};
use model::slot::Slots;

#[test]
fn an_epoch_follows_the_one_before_and_has_one_statement() {
    let epoch = |epoch: u32, closes: [LogHead; 4], confirmed: bool| PeerFrame::Epoch {
        epoch,
        closes,
        confirmed,
        statement: format!("statement {epoch}").as_bytes().into(),
    };
    let mut liar = Liar::new();
    let told = liar.tells(liar.stop, epoch(3, [EMPTY; 4], true));
    assert_eq!(told, "fault noted: wrong-epoch, count 1");
    let told = liar.tells(liar.stop, epoch(2, [EMPTY; 4], false));
    assert_eq!(told, "takes their epoch 2, not confirmed");
    assert_eq!(
        liar.tells(liar.stop, epoch(2, [EMPTY; 4], false)),
        "",
        "the same again is nothing"
    );
    // Only the stop lane, until it is confirmed; and nothing of the old epoch any more.
    let in_two = |arrived: Arrived| Arrived {
        epoch: 2,
        ..arrived
    };
    let told = liar.tells(
        liar.main,
        frame(Lane::Main, 2, vec![in_two(notice(0))], None),
    );
    assert_eq!(told, "fault noted: epoch-not-confirmed, count 1");
    let told = liar.tells(liar.stop, frame(Lane::Stop, 2, vec![in_two(call(0))], None));
    assert!(
        told.contains("stop-call arrived: their stop (epoch 2) 0"),
        "{told}"
    );
    let told = liar.tells(liar.stop, frame(Lane::Stop, 1, vec![call(1)], None));
    assert!(
        told.contains("ALARM for their stop (epoch 1) 1, NOT RECORDED"),
        "{told}"
    );
    liar.world.run(61_000);
    assert_eq!(
        liar.faults(),
        [
            (Fault::WrongEpoch, 1),
            (Fault::EpochNotConfirmed, 1),
            (Fault::WrongEpoch, 1)
        ]
    );
    let told = liar.tells(liar.stop, epoch(2, [EMPTY; 4], true));
    assert!(
        told.contains("takes the confirmation of their epoch 2"),
        "{told}"
    );
    let told = liar.tells(liar.stop, epoch(2, [EMPTY, EMPTY, EMPTY, wrong(0)], true));
    assert!(
        told.contains("MAIN IS HALTED: equivocation; evidence: statement 2"),
        "{told}"
    );
}

#[test]
fn an_epoch_of_which_nothing_was_taken_may_be_begun_again_by_a_party_that_stands_by_no_more() {
    let [one, three] = [1, 3].map(|size| {
        let calls: Vec<Arrived> = (0..size).map(call).collect();
        head_of(&calls)
    });
    let other = LogHead {
        size: 5,
        ..wrong(5)
    };
    let epoch = |stop: LogHead, main: LogHead| PeerFrame::Epoch {
        epoch: 2,
        closes: [stop, main, EMPTY, EMPTY],
        confirmed: true,
        statement: b"statement".as_slice().into(),
    };
    let mut liar = Liar::new();
    let told = liar.tells(liar.stop, epoch(three, other));
    assert_eq!(told, "takes their epoch 2");
    let told = liar.tells(liar.stop, epoch(one, other));
    assert_eq!(
        told,
        "fault noted: behind-our-record, count 1\ntakes their epoch 2"
    );
    assert_eq!(
        liar.tells(liar.stop, epoch(three, other)),
        "",
        "the one that it forgot comes late: one fault a minute"
    );
    let less = LogHead {
        size: 4,
        ..wrong(4)
    };
    let told = liar.tells(liar.stop, epoch(three, less));
    assert!(told.contains("MAIN IS HALTED: equivocation"), "{told}");
    let told = liar.sends(Lane::Stop, vec![call(0)], None);
    assert!(told.contains("arrived: their stop (epoch 1) 0"), "{told}");
    assert_eq!(
        liar.east().held(line(), Lane::Stop),
        Some(LogHead { epoch: 2, ..EMPTY }),
        "it ends where the shorter statement says"
    );
}

#[test]
fn main_goes_on_when_both_have_begun_anew_under_their_root_keys() {
    let mut world = World::new(1);
    let stop = world.open(0, Class::Stop);
    world.open(0, Class::Main);
    world.run(500);
    let evidence = Vec::new().into();
    world.fact(
        EAST,
        Event::MainHalted {
            line: line(),
            fault: Fault::SplitView,
            evidence,
        },
    );
    world.rekey(WEST);
    world.run(500);
    assert!(world.parties[EAST].lines.halted(line()).is_some());
    world.confirm = false;
    world.rekey(EAST);
    world.run(500);
    assert!(world.parties[EAST].lines.halted(line()).is_some());
    world.confirm(EAST);
    assert_eq!(world.parties[EAST].lines.halted(line()), None);
    assert!(world.utter(EAST, Lane::Main, Kind::AirActivity, Slots::new()));
    world.commit(EAST);
    world.run(500);
    assert_eq!(world.parties[WEST].held[&(Lane::Main, 2)].size(), 1);
    assert!(world.wires.contains_key(&stop.0));
}

#[test]
fn a_side_has_so_many_epochs_and_not_one_more() {
    let mut liar = Liar::new();
    let open = |epoch: u32| PeerFrame::Epoch {
        epoch,
        closes: [
            LogHead {
                epoch: epoch - 1,
                ..EMPTY
            },
            LogHead {
                epoch: epoch - 1,
                ..EMPTY
            },
            EMPTY,
            EMPTY,
        ],
        confirmed: true,
        statement: [0; 0].into(),
    };
    let most = MAX_EPOCHS as u32;
    for epoch in 2..=most {
        let told = liar.tells(liar.stop, open(epoch));
        assert_eq!(told, format!("takes their epoch {epoch}"));
    }
    let told = liar.tells(liar.stop, open(most + 1));
    assert_eq!(told, "fault noted: wrong-epoch, count 1");
}

#[test]
fn an_epoch_ends_where_its_successor_says_it_does() {
    let mut liar = Liar::new();
    let calls: Vec<Arrived> = (0..3).map(call).collect();
    let closes = [head_of(&calls[..2]), EMPTY, EMPTY, EMPTY];
    let statement = b"statement".as_slice().into();
    liar.tells(
        liar.stop,
        PeerFrame::Epoch {
            epoch: 2,
            closes,
            confirmed: true,
            statement,
        },
    );
    let told = liar.sends(Lane::Stop, calls.clone(), covered(&calls[..2]));
    assert!(
        told.contains("ALARM for their stop (epoch 1) 2, NOT RECORDED"),
        "{told}"
    );
    assert!(told.contains("fault noted: wrong-epoch"), "{told}");
    assert!(
        told.contains("cosigns their stop (epoch 1) up to 2"),
        "{told}"
    );
    assert_eq!(
        liar.east().held(line(), Lane::Stop),
        Some(LogHead { epoch: 2, ..EMPTY })
    );
}

fn disowned(arrived: Arrived) -> Arrived {
    let sealed_by = SealedBy::RevokedKey;
    Arrived {
        sealed_by,
        ..arrived
    }
}

#[test]
fn what_a_revoked_key_sealed_rings_nothing_and_is_not_taken_unless_its_log_stands_by_it() {
    let mut liar = Liar::new();
    let waiting: Vec<Arrived> = vec![call(0), disowned(call(1)), call(2)];
    let told = liar.sends(Lane::Stop, waiting.clone(), None);
    insta::assert_snapshot!(told, @r"
    fault noted: wrong-signature, count 1
    ALARM for their stop (epoch 1) 2, not in the record yet, count 1
    stop-call arrived: their stop (epoch 1) 0
    sends our stop (epoch 1) 0..1 on path 0 stop
    ");
    // A checkpoint of less than all of it stands by no more than it covers.
    let short = liar.sends(Lane::Stop, waiting.clone(), covered(&waiting[..1]));
    insta::assert_snapshot!(short, @"cosigns their stop (epoch 1) up to 1");
    let whole = liar.sends(Lane::Stop, waiting.clone(), covered(&waiting));
    insta::assert_snapshot!(whole, @r"
    stop-call arrived: their stop (epoch 1) 1
    stop-call arrived: their stop (epoch 1) 2
    cosigns their stop (epoch 1) up to 3
    sends our stop (epoch 1) 1..2 on path 0 stop
    ");
    let notices: Vec<Arrived> = vec![notice(0), disowned(notice(1))];
    let told = liar.sends(Lane::Main, notices.clone(), None);
    insta::assert_snapshot!(told, @r"
    air-activity arrived: their main (epoch 1) 0
    sends our main (epoch 1) 0..1 on path 0 main
    ");
    let whole = liar.sends(Lane::Main, notices.clone(), covered(&notices));
    insta::assert_snapshot!(whole, @r"
    air-activity arrived: their main (epoch 1) 1
    cosigns their main (epoch 1) up to 2
    sends our main (epoch 1) 1..2 on path 0 main
    ");
    // Out of its place it rings as little.
    let told = liar.sends(Lane::Stop, vec![disowned(call(9))], None);
    insta::assert_snapshot!(told, @r"
    fault noted: wrong-sequence, count 1
    asks for their stop (epoch 1) from 3 on path 0 stop
    ");
}
