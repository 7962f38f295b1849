//! So much a minute, so many connections, and not one more.

use super::{Liar, call, covered, notice};
use crate::world::{EAST, World, line, own_log};
use channel::effect::Effect;
use channel::input::{Arrived, Class, Connection, LinkInput, PeerFrame};
use channel::lines::bounds::{
    MAX_CONNECTIONS, MAX_FETCHES_A_MINUTE, MAX_MAIN_BYTES_A_MINUTE, MAX_PATHS,
    MAX_STOP_BYTES_A_MINUTE,
};
use channel::lines::{LineOutput, Lines};
use model::code::Lane;
use model::kind::Kind;
use model::slot::Slots;
use model::units::Timestamp;

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
