//! What a peer may do wrong, in bad faith or in error. Each has a clear consequence; nothing is lost, and a stop call
//! sounds whatever else is wrong.

use crate::world::{EAST, WEST, World, line, own_log, signed, their};
use channel::effect::Effect;
use channel::input::{
    Arrived, Class, Connection, Entries, Hello, LinkInput, PeerFrame, SealedBy, SignedHead,
};
use channel::lines::bounds::{
    MAX_CONNECTIONS, MAX_EARLY, MAX_EPOCHS, MAX_FETCHES_A_MINUTE, MAX_FRAME_ENTRIES,
    MAX_MAIN_BYTES_A_MINUTE, MAX_PATHS, MAX_STOP_BYTES_A_MINUTE, MAX_WAITING_CHECKPOINTS,
    MAX_WAITING_HEADS,
};
use channel::lines::{LaneClosed, LineOutput, Lines};
use model::code::{Desk, Lane, Role, Urgency};
use model::event::Event;
use model::kind::Kind;
use model::line::{Digest, Fault, LogHead, Seen};
use model::message::{Content, Header};
use model::slot::Slots;
use model::units::Timestamp;
use tlog::{EMPTY_ROOT, Frontier, Hash};

const EMPTY: LogHead = LogHead {
    epoch: 1,
    size: 0,
    root: Digest(EMPTY_ROOT.0),
};

/// East with one path up, and a west that says whatever the test likes.
struct Liar {
    world: World,
    stop: Connection,
    main: Connection,
}

impl Liar {
    fn new() -> Self {
        let mut world = World::new(1);
        let stop = world.open(0, Class::Stop);
        let main = world.open(0, Class::Main);
        world.run(500);
        world.story();
        Self { world, stop, main }
    }

    fn tells(&mut self, connection: Connection, frame: PeerFrame) -> String {
        self.world
            .input(EAST, LinkInput::Frame { connection, frame });
        let story = self.world.story();
        let east = story
            .lines()
            .filter_map(|said| said.split_once("  east  ").map(|(_, words)| words));
        east.collect::<Vec<_>>().join("\n")
    }

    fn sends(
        &mut self,
        lane: Lane,
        entries: Vec<Arrived>,
        checkpoint: Option<SignedHead>,
    ) -> String {
        let connection = match lane {
            Lane::Stop => self.stop,
            Lane::Main => self.main,
        };
        self.tells(connection, frame(lane, 1, entries, checkpoint))
    }

    fn east(&self) -> &Lines {
        &self.world.parties[EAST].lines
    }

    fn faults(&self) -> Vec<(Fault, u32)> {
        let noted = self.world.parties[EAST]
            .events()
            .filter_map(|event| match event {
                Event::FaultNoted { fault, count, .. } => Some((*fault, *count)),
                _other => None,
            });
        noted.collect()
    }
}

fn frame(
    lane: Lane,
    epoch: u32,
    entries: Vec<Arrived>,
    checkpoint: Option<SignedHead>,
) -> PeerFrame {
    PeerFrame::Entries(Entries {
        log: their(lane, epoch, 0).log,
        entries,
        checkpoint,
    })
}

fn envelope(lane: Lane, index: u64, kind: Kind, text: &str) -> Arrived {
    Arrived {
        epoch: 1,
        lane,
        index,
        leaf: Digest(tlog::leaf_hash(text.as_bytes()).0),
        header: Header {
            kind: kind.number(),
            purpose: "safety".parse().expect("a name"),
            role: Role::Watch,
            urgency: Urgency::Immediate,
            desk: Desk::Air,
            sent_at: Timestamp::MIN,
        },
        seen: Seen {
            own_other: EMPTY,
            peer_stop: EMPTY,
            peer_main: EMPTY,
        },
        content: Content::Open(Slots::new()),
        unreadable: None,
        envelope: text.as_bytes().into(),
        opening: [0; 0].into(),
        sealed_by: SealedBy::KeyInForce,
    }
}

fn call(index: u64) -> Arrived {
    envelope(Lane::Stop, index, Kind::StopCall, &format!("call {index}"))
}

fn notice(index: u64) -> Arrived {
    envelope(
        Lane::Main,
        index,
        Kind::AirActivity,
        &format!("notice {index}"),
    )
}

fn head_of(entries: &[Arrived]) -> LogHead {
    let mut frontier = Frontier::new();
    entries
        .iter()
        .for_each(|entry| frontier.push(Hash(entry.leaf.0)));
    LogHead {
        epoch: 1,
        size: frontier.size(),
        root: Digest(frontier.root().0),
    }
}

fn covered(entries: &[Arrived]) -> Option<SignedHead> {
    Some(signed(head_of(entries)))
}

fn wrong(size: u64) -> LogHead {
    LogHead {
        epoch: 1,
        size,
        root: Digest([0xee; 32]),
    }
}

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

fn hello(own: LogHead, held: LogHead) -> Hello {
    Hello {
        versions: vec![1],
        manifest: 0,
        held_manifest: 0,
        sent_at: Timestamp::MIN,
        own: [own, EMPTY],
        held: [held, EMPTY],
        delivered: [EMPTY, EMPTY],
        held_roots: [Some(EMPTY.root), Some(EMPTY.root)],
    }
}

/// A fresh connection for stops, opened at east only.
fn greeted(liar: &mut Liar, id: u64, hello: Hello) -> String {
    let connection = Connection(id);
    liar.world.input(
        EAST,
        LinkInput::Opened {
            connection,
            line: line(),
            path: 0,
            class: Class::Stop,
        },
    );
    liar.tells(connection, PeerFrame::Hello(hello))
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
fn without_a_common_version_a_connection_is_closed_and_the_highest_common_one_is_taken() {
    let mut liar = Liar::new();
    let none = Hello {
        versions: vec![9, 7],
        ..hello(EMPTY, EMPTY)
    };
    let told = greeted(&mut liar, 900, none);
    assert!(told.contains("fault noted: no-common-version"), "{told}");
    assert!(told.contains("closes"), "{told}");
    let newer = Hello {
        versions: vec![9, 1],
        ..hello(EMPTY, EMPTY)
    };
    assert_eq!(greeted(&mut liar, 901, newer.clone()), "");
    let told = liar.tells(Connection(901), PeerFrame::Hello(newer));
    assert!(
        told.contains("fault noted: malformed") && told.contains("closes"),
        "{told}"
    );
}

#[test]
fn a_greeting_that_names_another_root_is_a_split_view() {
    let mut liar = Liar::new();
    liar.sends(Lane::Stop, vec![call(0)], covered(&[call(0)]));
    let told = greeted(&mut liar, 900, hello(wrong(1), EMPTY));
    assert!(
        told.contains("MAIN IS HALTED: split-view; evidence: hello, own log"),
        "{told}"
    );
    let mut liar = Liar::new();
    let held = Hello {
        held_roots: [Some(Digest([1; 32])), Some(EMPTY.root)],
        ..hello(EMPTY, EMPTY)
    };
    let told = greeted(
        &mut liar,
        900,
        Hello {
            held: [wrong(0), EMPTY],
            ..held
        },
    );
    assert!(
        told.contains("MAIN IS HALTED: split-view; evidence: hello, held of our log"),
        "{told}"
    );
}

#[test]
fn a_peer_that_says_it_holds_more_than_there_is_halts_main_and_stops_nothing() {
    let mut liar = Liar::new();
    let told = greeted(&mut liar, 900, hello(EMPTY, wrong(1 << 60)));
    assert!(told.contains("fault noted: behind-our-record"), "{told}");
    assert!(told.contains("MAIN IS HALTED: split-view"), "{told}");
    assert!(liar.east().next_entry(line(), Lane::Stop).is_ok());
    liar.world
        .utter(EAST, Lane::Stop, Kind::StopCall, Slots::new());
    liar.world.commit(EAST);
    let told = liar.world.story();
    assert!(told.contains("sends our stop (epoch 1) 0..1"), "{told}");
}

#[test]
fn a_peer_that_claims_at_first_sight_and_gives_nothing_back_costs_one_epoch_not_the_line() {
    let mut world = World::new(1);
    let connection = Connection(900);
    world.input(
        EAST,
        LinkInput::Opened {
            connection,
            line: line(),
            path: 0,
            class: Class::Stop,
        },
    );
    let frame = PeerFrame::Hello(hello(EMPTY, wrong(1 << 60)));
    world.input(EAST, LinkInput::Frame { connection, frame });
    assert_eq!(
        world.parties[EAST].lines.next_entry(line(), Lane::Stop),
        Err(LaneClosed::Recovering)
    );
    for _ in 0..8 {
        world.now += 5_000;
        let beat = channel::input::Heartbeat {
            sent_at: Timestamp::MIN,
            echo: channel::input::Echo {
                sent_at: Timestamp::MIN,
                arrived_at: Timestamp::MIN,
            },
            own: [EMPTY, EMPTY],
        };
        world.input(
            EAST,
            LinkInput::Frame {
                connection,
                frame: PeerFrame::Heartbeat(beat),
            },
        );
    }
    assert!(
        world.parties[EAST]
            .lines
            .next_entry(line(), Lane::Stop)
            .is_ok()
    );
    let story = world.story();
    assert!(story.contains("opens epoch 2"), "{story}");
    assert!(story.contains("fault noted: behind-our-record"), "{story}");
    // Again, in the epoch that we have just opened: now it is plainly false.
    let mut liar = Liar {
        world,
        stop: connection,
        main: connection,
    };
    let told = greeted(
        &mut liar,
        901,
        hello(
            EMPTY,
            LogHead {
                epoch: 2,
                ..wrong(5)
            },
        ),
    );
    assert!(told.contains("MAIN IS HALTED: split-view"), "{told}");
    assert!(liar.east().next_entry(line(), Lane::Stop).is_ok());
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
fn main_is_left_unread_at_its_limit_until_the_minute_is_over() {
    let mut liar = Liar::new();
    let bytes = 1 << 20;
    let heavy = |index: u64| Arrived {
        opening: vec![0; bytes].into(),
        ..notice(index)
    };
    let fits = MAX_MAIN_BYTES_A_MINUTE / (bytes as u64 + 16);
    for index in 0..fits {
        let told = liar.sends(Lane::Main, vec![heavy(index)], None);
        assert!(told.contains("arrived"), "{index}: {told}");
    }
    let told = liar.sends(Lane::Main, vec![heavy(fits)], None);
    insta::assert_snapshot!(told, @r"
    reads no more for now on path 0 main
    fault noted: flood, count 1
    ");
    let told = liar.sends(Lane::Stop, vec![call(0)], covered(&[call(0)]));
    assert!(
        told.contains("cosigns"),
        "the stop lane does not feel it: {told}"
    );
    liar.world.run(61_000);
    let story = liar.world.story();
    assert!(
        story.contains(&format!("asks for their main (epoch 1) from {fits}")),
        "{story}"
    );
    let told = liar.sends(Lane::Main, vec![heavy(fits)], None);
    assert!(told.contains("arrived"), "{told}");
}

#[test]
fn stop_calls_beyond_their_limit_sound_counted_and_not_recorded() {
    let mut liar = Liar::new();
    let bytes = 1 << 18;
    let heavy = |index: u64| Arrived {
        opening: vec![0; bytes].into(),
        ..call(index)
    };
    let fits = MAX_STOP_BYTES_A_MINUTE / (bytes as u64 + 8);
    for index in 0..fits {
        assert!(
            liar.sends(Lane::Stop, vec![heavy(index)], None)
                .contains("arrived")
        );
    }
    let told = liar.sends(Lane::Stop, (fits..fits + 5).map(heavy).collect(), None);
    assert_eq!(
        told,
        format!(
            "ALARM for their stop (epoch 1) {fits}, NOT RECORDED, count 5\nfault noted: flood, count 1"
        )
    );
    liar.world.run(61_000);
    let story = liar.world.story();
    assert!(
        story.contains(&format!("asks for their stop (epoch 1) from {fits}")),
        "{story}"
    );
}

#[test]
fn a_peer_may_ask_again_so_often_and_no_oftener() {
    let mut liar = Liar::new();
    liar.world
        .utter(EAST, Lane::Stop, Kind::StopCall, Slots::new());
    liar.world.commit(EAST);
    let again = || PeerFrame::Fetch {
        log: own_log(Lane::Stop, 1),
        from: 0,
    };
    let mut sent = 0;
    for _ in 0..MAX_FETCHES_A_MINUTE {
        sent += usize::from(
            liar.tells(liar.stop, again())
                .contains("sends our stop (epoch 1) 0..1"),
        );
    }
    assert_eq!(sent, MAX_FETCHES_A_MINUTE as usize);
    assert_eq!(
        liar.tells(liar.stop, again()),
        "fault noted: flood, count 1"
    );
}

#[test]
fn a_line_has_so_many_connections_and_the_oldest_of_its_kind_makes_room() {
    let mut world = World::new(1);
    let mut lines = std::mem::take(&mut world.parties[EAST].lines);
    let now = Timestamp::from_unix_ms(world.now).expect("a time");
    let open = |lines: &mut Lines, id: usize, path: u8, class: Class| {
        let connection = Connection(id as u64);
        lines.step(
            now,
            LinkInput::Opened {
                connection,
                line: line(),
                path,
                class,
            },
        )
    };
    let closed = |outputs: &[LineOutput]| {
        outputs.iter().find_map(|output| match output {
            LineOutput::Effect(Effect::Close { connection, .. }) => Some(connection.0),
            _other => None,
        })
    };
    for id in 0..MAX_CONNECTIONS {
        assert_eq!(closed(&open(&mut lines, id, 0, Class::Stop)), None);
    }
    assert_eq!(closed(&open(&mut lines, 100, 0, Class::Stop)), Some(0));
    assert_eq!(
        closed(&open(&mut lines, 101, 0, Class::Main)),
        Some(101),
        "no connection for stops makes room for main"
    );
    assert_eq!(lines.connections(line()), MAX_CONNECTIONS);
    assert_eq!(
        closed(&open(&mut lines, 102, MAX_PATHS, Class::Stop)),
        Some(102)
    );
}

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
