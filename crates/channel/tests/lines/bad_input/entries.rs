//! Entries that are not in their place, come twice, or cannot be read.

use super::{EMPTY, Liar, call, covered, envelope, frame, hello, notice};
use crate::world::{EAST, line, their};
use channel::input::{Arrived, Class, Connection, Entries, LinkInput, PeerFrame};
use channel::lines::bounds::{MAX_EARLY, MAX_FRAME_ENTRIES};
use channel::lines::{LaneClosed, LineOutput};
use model::code::Lane;
use model::kind::Kind;
use model::line::Fault;
use model::units::Timestamp;

#[test]
fn a_gap_is_not_taken_but_its_calls_sound_once_and_the_sender_is_asked_to_go_back() {
    let mut liar = Liar::new();
    let told = liar.sends(Lane::Stop, vec![call(1), call(2)], None);
    insta::assert_snapshot!(told, @r"
    fault noted: wrong-sequence, count 1
    ALARM for their stop (epoch 1) 1, not in the record yet, count 1
    ALARM for their stop (epoch 1) 2, not in the record yet, count 1
    asks for their stop (epoch 1) from 0 on path 0 stop
    ");
    let again = liar.sends(Lane::Stop, vec![call(1), call(2)], None);
    assert_eq!(
        again, "",
        "the same envelope sounds once, and the fault is counted"
    );
    let all: Vec<Arrived> = (0..3).map(call).collect();
    let whole = liar.sends(Lane::Stop, all.clone(), covered(&all));
    insta::assert_snapshot!(whole, @r"
    stop-call arrived: their stop (epoch 1) 0
    stop-call arrived: their stop (epoch 1) 1
    stop-call arrived: their stop (epoch 1) 2
    cosigns their stop (epoch 1) up to 3
    sends our stop (epoch 1) 0..1 on path 0 stop
    ");
}

#[test]
fn another_envelope_in_the_place_of_one_that_is_held_halts_main_and_is_kept() {
    let mut liar = Liar::new();
    let entries: Vec<Arrived> = (0..3).map(notice).collect();
    liar.sends(Lane::Main, entries.clone(), covered(&entries));
    let other = envelope(Lane::Main, 1, Kind::AirActivity, "another notice 1");
    let told = liar.sends(Lane::Main, vec![other], None);
    insta::assert_snapshot!(told, @"MAIN IS HALTED: equivocation; evidence: another notice 1");
    assert_eq!(
        liar.sends(Lane::Main, vec![notice(3)], None),
        "",
        "main takes nothing more"
    );
    assert_eq!(
        liar.east().next_entry(line(), Lane::Main),
        Err(LaneClosed::Halted(Fault::Equivocation))
    );
    let told = liar.sends(Lane::Stop, vec![call(0)], covered(&[call(0)]));
    assert!(
        told.contains("cosigns their stop (epoch 1) up to 1"),
        "{told}"
    );
    assert!(liar.east().next_entry(line(), Lane::Stop).is_ok());
}

#[test]
fn a_second_call_in_the_place_of_the_first_sounds_too() {
    let mut liar = Liar::new();
    liar.sends(Lane::Stop, vec![call(0)], covered(&[call(0)]));
    let other = envelope(Lane::Stop, 0, Kind::StopCall, "another call 0");
    let told = liar.sends(Lane::Stop, vec![other, call(1)], None);
    insta::assert_snapshot!(told, @r"
    ALARM for their stop (epoch 1) 0, NOT RECORDED, count 1
    MAIN IS HALTED: equivocation; evidence: another call 0
    stop-call arrived: their stop (epoch 1) 1
    sends our stop (epoch 1) 1..2 on path 0 stop
    ");
}

#[test]
fn frames_replayed_across_a_restart_are_ignored_and_noted_once() {
    let mut liar = Liar::new();
    let entries: Vec<Arrived> = (0..3).map(call).collect();
    liar.sends(Lane::Stop, entries.clone(), covered(&entries));
    liar.world.crash(EAST);
    liar.stop = liar.world.open(0, Class::Stop);
    liar.world.run(500);
    liar.world.story();
    let told = liar.sends(Lane::Stop, entries.clone(), covered(&entries));
    assert_eq!(told, "fault noted: replayed, count 1");
    liar.sends(Lane::Stop, entries, None);
    liar.world.run(61_000);
    assert_eq!(liar.faults(), [(Fault::Replayed, 1), (Fault::Replayed, 5)]);
}

#[test]
fn entries_out_of_place_are_not_taken_and_their_calls_sound() {
    type Spoil = fn(&mut Arrived);
    let spoilt: [(Spoil, Fault); 2] = [
        (|arrived| arrived.lane = Lane::Main, Fault::WrongLane),
        (|arrived| arrived.epoch = 2, Fault::WrongEpoch),
    ];
    for (spoil, fault) in spoilt {
        let mut liar = Liar::new();
        let mut arrived = call(0);
        spoil(&mut arrived);
        let told = liar.sends(Lane::Stop, vec![arrived], None);
        assert!(told.contains(&format!("fault noted: {fault}")), "{told}");
        assert!(told.contains("ALARM"), "{told}");
        assert!(!told.contains("arrived"), "{told}");
    }
    let mut liar = Liar::new();
    let told = liar.tells(liar.main, frame(Lane::Stop, 1, vec![call(0)], None));
    assert!(
        told.contains("fault noted: wrong-lane") && told.contains("ALARM"),
        "{told}"
    );
    let told = liar.tells(
        liar.stop,
        frame(
            Lane::Stop,
            5,
            vec![Arrived {
                epoch: 5,
                ..call(7)
            }],
            None,
        ),
    );
    assert!(
        told.contains("fault noted: wrong-epoch") && told.contains("ALARM"),
        "{told}"
    );
    let mut ours = their(Lane::Stop, 1, 0).log;
    ours.side = ours.side.other();
    let told = liar.tells(
        liar.stop,
        PeerFrame::Entries(Entries {
            log: ours,
            entries: vec![call(8)],
            checkpoint: None,
        }),
    );
    assert!(told.contains("fault noted: wrong-party"), "{told}");
    let mut elsewhere = their(Lane::Stop, 1, 0).log;
    elsewhere.line = model::ids::LineId::from_random([9; 16]);
    let told = liar.tells(
        liar.stop,
        PeerFrame::Entries(Entries {
            log: elsewhere,
            entries: vec![call(9)],
            checkpoint: None,
        }),
    );
    assert!(told.contains("fault noted: wrong-line"), "{told}");
}

#[test]
fn a_frame_holds_so_many_entries_and_not_one_more() {
    let mut liar = Liar::new();
    let most = MAX_FRAME_ENTRIES as u64;
    let entries: Vec<Arrived> = (0..most).map(notice).collect();
    liar.sends(Lane::Main, entries.clone(), covered(&entries));
    assert_eq!(
        liar.east().held(line(), Lane::Main).map(|head| head.size),
        Some(most)
    );
    let told = liar.sends(Lane::Main, (most..=2 * most).map(notice).collect(), None);
    assert_eq!(
        told,
        "fault noted: too-large, count 1\ncloses path 0 main: too-large\nthe link is degraded"
    );
}

#[test]
fn entries_before_a_hello_cost_the_connection_and_their_calls_sound() {
    let mut liar = Liar::new();
    let fresh = Connection(900);
    liar.world.input(
        EAST,
        LinkInput::Opened {
            connection: fresh,
            line: line(),
            path: 0,
            class: Class::Stop,
        },
    );
    let told = liar.tells(fresh, frame(Lane::Stop, 1, vec![call(0)], None));
    assert!(
        told.contains("ALARM for their stop (epoch 1) 0, not in the record yet"),
        "{told}"
    );
    assert!(
        told.contains("closes a closed connection: wrong-sequence"),
        "{told}"
    );
}

#[test]
fn a_stop_call_on_a_connection_that_is_being_closed_sounds() {
    let mut liar = Liar::new();
    let stop = liar.stop;
    let bad = PeerFrame::Bad {
        fault: Fault::Stalled,
        evidence: Vec::new().into(),
    };
    assert!(liar.tells(stop, bad).contains("closes"));
    let call = envelope(Lane::Stop, 0, Kind::StopCall, "a call that was under way");
    let told = liar.sends(Lane::Stop, vec![call.clone()], None);
    assert!(told.contains("ALARM"), "{told}");
    assert_eq!(liar.sends(Lane::Stop, vec![call], None), "", "and once");
}

#[test]
fn the_same_gap_is_asked_for_ever_less_often() {
    let mut liar = Liar::new();
    let mut asked = 0;
    for index in 5..35 {
        liar.world.run(1_000);
        let told = liar.sends(Lane::Stop, vec![call(index)], None);
        asked += told.matches("asks for").count();
    }
    assert!((3..=6).contains(&asked), "{asked} times in 30 s");
}

#[test]
fn what_could_not_be_read_at_all_is_counted_once_a_minute() {
    let mut liar = Liar::new();
    let bad = |fault: Fault| PeerFrame::Bad {
        fault,
        evidence: b"bytes".as_slice().into(),
    };
    for _ in 0..10 {
        liar.tells(liar.stop, bad(Fault::WrongSignature));
    }
    liar.world.run(61_000);
    assert_eq!(
        liar.faults(),
        [(Fault::WrongSignature, 1), (Fault::WrongSignature, 9)]
    );
    let told = liar.tells(liar.main, bad(Fault::Stalled));
    assert!(told.contains("closes path 0 main: stalled"), "{told}");
}

#[test]
fn what_nobody_folded_is_as_if_it_had_not_come() {
    let mut liar = Liar::new();
    let before = liar.east().durable_part();
    let now = Timestamp::from_unix_ms(liar.world.now).expect("a time");
    let connection = liar.stop;
    let stop = |index| LinkInput::Frame {
        connection,
        frame: frame(Lane::Stop, 1, vec![call(index)], None),
    };
    let east = &mut liar.world.parties[EAST].lines;
    let arrived = |outputs: Vec<LineOutput>| {
        outputs
            .iter()
            .any(|output| matches!(output, LineOutput::Arrived { .. }))
    };
    assert!(arrived(east.step(now, stop(0))));
    assert_eq!(east.durable_part(), before);
    assert!(arrived(east.step(now, stop(0))));
    assert!(!arrived(east.step(now, stop(1))));
}

#[test]
fn a_frame_of_a_connection_has_no_place_in_a_file() {
    let mut liar = Liar::new();
    let frame = PeerFrame::Hello(hello(EMPTY, EMPTY));
    liar.world.input(
        EAST,
        LinkInput::File {
            line: line(),
            frame,
        },
    );
    assert_eq!(liar.faults(), [(Fault::Malformed, 1)]);
}

#[test]
fn calls_that_are_not_taken_sound_once_however_many_came_since_up_to_a_limit() {
    let mut liar = Liar::new();
    let far = |index: u64| vec![call(10 + index)];
    let sounds =
        |liar: &mut Liar, index: u64| liar.sends(Lane::Stop, far(index), None).contains("ALARM");
    let most = MAX_EARLY as u64;
    assert!((0..most).all(|index| sounds(&mut liar, index)));
    assert!(!sounds(&mut liar, 0), "it is remembered");
    assert!(sounds(&mut liar, most));
    assert!(
        sounds(&mut liar, 0),
        "too long ago: better twice than never"
    );
}
