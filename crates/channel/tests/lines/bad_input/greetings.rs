//! Greetings, and what they claim.

use super::{EMPTY, Liar, call, covered, greeted, hello, wrong};
use crate::world::{EAST, World, line};
use channel::input::{Class, Connection, Hello, LinkInput, PeerFrame};
use channel::lines::LaneClosed;
use model::code::Lane;
use model::kind::Kind;
use model::line::{Digest, LogHead};
use model::slot::Slots;
use model::units::Timestamp;

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
