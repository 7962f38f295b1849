//! Lines as an officer or an administrator would tell of them. The expected stories are in `snapshots`: seconds since
//! the start, who, what.

use crate::world::{EAST, Frame, LANES, WEST, World, line, own_log};
use channel::input::{Class, LinkInput};
use channel::lines::{LaneClosed, Queue};
use model::code::Lane;
use model::event::{Event, StopOfMain};
use model::kind::Kind;
use model::line::{EntryRef, LinkState};
use model::slot::Slots;
use model::units::Timestamp;

fn stop(world: &mut World, who: usize) -> bool {
    let said = world.utter(who, Lane::Stop, Kind::StopCall, Slots::new());
    world.commit(who);
    said
}

fn notices(world: &mut World, who: usize, count: usize) {
    for _ in 0..count {
        world.utter(who, Lane::Main, Kind::AirActivity, Slots::new());
    }
    world.commit(who);
}

fn open(world: &mut World, path: u8) {
    world.open(path, Class::Stop);
    world.open(path, Class::Main);
}

fn cut(world: &mut World, path: u8) {
    for class in [Class::Stop, Class::Main] {
        while let Some(connection) = world.find(path, class) {
            world.cut(connection);
        }
    }
}

fn blacken(world: &mut World, path: u8) {
    let wires = world.wires.values_mut().filter(|wire| wire.path == path);
    wires.for_each(|wire| {
        wire.black = true;
        wire.under_way.iter_mut().for_each(|queue| queue.clear());
    });
}

/// Both hold the same, and each knows that the other does.
fn agree(world: &World) {
    for who in [WEST, EAST] {
        let (sender, receiver) = (&world.parties[who], &world.parties[1 - who]);
        for (of, log) in &sender.own {
            let held = receiver.held.get(of).map_or(0, |held| held.size());
            assert_eq!(held, log.size(), "{} {of:?}", sender.name);
            let last = EntryRef {
                log: own_log(of.0, of.1),
                index: log.size() - 1,
            };
            assert!(sender.lines.is_delivered(last), "{} {of:?}", sender.name);
        }
        for lane in LANES {
            assert_eq!(sender.lines.queue(line(), lane), Queue::default());
        }
        assert_eq!(
            sender.lines.durable_part(),
            sender.replayed().durable_part()
        );
    }
}

fn link(world: &World, who: usize) -> LinkState {
    world.parties[who].lines.link(line()).expect("a line")
}

#[test]
fn what_is_said_arrives_is_signed_for_and_its_time_is_told() {
    let mut world = World::new(1);
    open(&mut world, 0);
    world.run(1_000);
    stop(&mut world, WEST);
    world.run(1_000);
    notices(&mut world, EAST, 3);
    world.run(1_000);
    insta::assert_snapshot!(world.story());
    agree(&world);
}

#[test]
fn a_stop_call_made_while_the_line_is_down_goes_on_the_first_path_up() {
    let mut world = World::new(2);
    world.run(1_000);
    assert!(stop(&mut world, WEST));
    notices(&mut world, WEST, 2);
    world.run(40_000);
    world.open(1, Class::Stop);
    world.run(500);
    insta::assert_snapshot!(world.story());
    assert_eq!(world.parties[EAST].held[&(Lane::Stop, 1)].size(), 1);
    world.redial = true;
    world.run(20_000);
    agree(&world);
}

#[test]
fn main_moves_to_the_other_path_and_nothing_is_lost_or_doubled() {
    let mut world = World::new(2);
    world.frame_entries = 2;
    open(&mut world, 0);
    open(&mut world, 1);
    world.run(1_000);
    world.story();
    notices(&mut world, WEST, 6);
    // Two of three frames arrive, then the path is gone, and the receipts with it.
    let main = world.find(0, Class::Main).expect("a connection");
    world.deliver(main, EAST);
    world.deliver(main, EAST);
    cut(&mut world, 0);
    world.run(1_000);
    insta::assert_snapshot!(world.story());
    agree(&world);
    // And back again, with receipts for all; nothing is missed and asked for.
    open(&mut world, 0);
    world.run(1_000);
    notices(&mut world, WEST, 6);
    world.run(1_000);
    blacken(&mut world, 0);
    notices(&mut world, WEST, 2);
    cut(&mut world, 0);
    world.run(1_000);
    agree(&world);
    let story = world.story();
    assert!(!story.contains("asks for"), "{story}");
    assert_eq!(world.parties[EAST].held[&(Lane::Main, 1)].size(), 14);
}

#[test]
fn a_path_that_falls_silent_is_found_dead_within_twenty_seconds() {
    let mut world = World::new(2);
    open(&mut world, 0);
    open(&mut world, 1);
    world.run(10_000);
    assert_eq!(link(&world, WEST), LinkState::Up);
    world.story();
    blacken(&mut world, 0);
    notices(&mut world, WEST, 1);
    stop(&mut world, WEST);
    world.run(20_000);
    assert_eq!(link(&world, WEST), LinkState::Degraded);
    blacken(&mut world, 1);
    world.run(20_000);
    insta::assert_snapshot!(world.story());
    assert_eq!(link(&world, EAST), LinkState::Down);
    agree(&world);
}

#[test]
fn a_connection_on_which_a_large_frame_is_coming_slowly_is_alive() {
    let mut world = World::new(1);
    open(&mut world, 0);
    world.run(1_000);
    let main = world.find(0, Class::Main).expect("a connection");
    blacken(&mut world, 0);
    for _ in 0..8 {
        world.run(5_000);
        for who in [WEST, EAST] {
            let connection = main;
            world.input(who, LinkInput::Heard { connection });
        }
    }
    let paths = world.parties[EAST].lines.paths(line());
    assert_eq!((paths[0].stop, paths[0].main), (false, true));
}

#[test]
fn a_flapping_link_reads_as_down_until_it_holds() {
    let mut world = World::new(1);
    open(&mut world, 0);
    world.run(2_000);
    world.story();
    for _ in 0..6 {
        cut(&mut world, 0);
        world.run(4_000);
        open(&mut world, 0);
        world.run(1_000);
    }
    world.run(10_000);
    insta::assert_snapshot!(world.story());
}

#[test]
fn a_stop_call_passes_a_backlog_and_main_keeps_within_its_window() {
    let mut world = World::new(1);
    open(&mut world, 0);
    world.run(1_000);
    let main = world.find(0, Class::Main).expect("a connection");
    notices(&mut world, WEST, 2_600);
    let queue = world.parties[WEST].lines.queue(line(), Lane::Main);
    assert_eq!(
        queue,
        Queue {
            queued: 2_600 - 1_024,
            in_flight: 1_024
        }
    );
    stop(&mut world, WEST);
    let stop = world.find(0, Class::Stop).expect("a connection");
    while world.deliver(stop, EAST) {}
    assert_eq!(world.parties[EAST].held[&(Lane::Stop, 1)].size(), 1);
    assert!(
        world.wires[&main.0].under_way[EAST].len() >= 4,
        "main has not moved"
    );
    world.run(5_000);
    agree(&world);
    assert_eq!(world.parties[EAST].held[&(Lane::Main, 1)].size(), 2_600);
}

#[test]
fn a_restored_node_fetches_all_back_and_says_stop_at_once_and_the_rest_when_its_root_key_confirms()
{
    let mut world = World::new(1);
    world.confirm = false;
    open(&mut world, 0);
    world.run(500);
    notices(&mut world, WEST, 2);
    world.run(500);
    world.backup(WEST);
    notices(&mut world, WEST, 3);
    stop(&mut world, WEST);
    notices(&mut world, EAST, 2);
    world.run(1_000);
    let before = [
        world.parties[WEST].own.clone(),
        world.parties[WEST].held.clone(),
    ];
    world.story();

    world.restore(WEST, true);
    assert!(
        !stop(&mut world, WEST),
        "it may not add to a log that it does not know the end of"
    );
    open(&mut world, 0);
    world.run(1_000);
    assert!(stop(&mut world, WEST));
    notices(&mut world, WEST, 1);
    world.run(500);
    world.confirm(WEST);
    notices(&mut world, WEST, 1);
    world.run(500);
    insta::assert_snapshot!(world.story());
    for (logs, after) in before
        .iter()
        .zip([&world.parties[WEST].own, &world.parties[WEST].held])
    {
        for (of, log) in logs {
            assert_eq!(log.entries, after[of].entries[..log.entries.len()]);
        }
    }
    agree(&world);
}

#[test]
fn a_node_that_only_received_since_its_backup_is_found_to_be_behind() {
    let mut world = World::new(1);
    open(&mut world, 0);
    world.run(500);
    world.backup(WEST);
    // Receipts are in the stop lane's own log, which stays as it is: east is told of nothing but the cosignature.
    world.utter(EAST, Lane::Main, Kind::Received, Slots::new());
    world.commit(EAST);
    world.run(500);
    let cosigned = world.parties[WEST].cosigned.clone();
    world.story();
    world.restore(WEST, false);
    open(&mut world, 0);
    world.run(1_000);
    insta::assert_snapshot!(world.story());
    let again = &world.parties[WEST].cosigned[cosigned.len()..];
    assert!(again.iter().all(|(log, head)| {
        cosigned
            .iter()
            .all(|(old, was)| old != log || was.size <= head.size)
    }));
    assert!(stop(&mut world, WEST));
    world.run(500);
    agree(&world);
}

#[test]
fn a_call_made_before_a_node_knew_that_it_was_restored_is_never_shown_as_delivered() {
    let mut world = World::new(1);
    open(&mut world, 0);
    world.run(500);
    world.backup(WEST);
    stop(&mut world, WEST);
    stop(&mut world, WEST);
    world.run(500);
    world.story();
    world.restore(WEST, false);
    assert!(stop(&mut world, WEST), "it does not know yet");
    open(&mut world, 0);
    world.run(2_000);
    insta::assert_snapshot!(world.story());
    let west = &world.parties[WEST].lines;
    let lost = EntryRef {
        log: own_log(Lane::Stop, 1),
        index: 0,
    };
    assert!(!west.is_delivered(lost));
    assert!(matches!(
        west.next_entry(line(), Lane::Main),
        Err(LaneClosed::Halted(_))
    ));
    assert!(stop(&mut world, WEST));
    world.run(500);
    let call = EntryRef {
        log: own_log(Lane::Stop, 2),
        index: 0,
    };
    assert!(world.parties[WEST].lines.is_delivered(call));
}

#[test]
fn receipts_that_come_on_two_paths_while_a_node_recovers_are_noted_once() {
    let mut world = World::new(2);
    open(&mut world, 0);
    world.run(500);
    stop(&mut world, WEST);
    world.backup(WEST);
    world.run(500);
    cut(&mut world, 0);
    world.restore(WEST, true);
    world.confirm = false;
    open(&mut world, 0);
    world.run(7);
    open(&mut world, 1);
    world.run(10_000);
    let noted = world.parties[WEST].events().filter(
        |event| matches!(event, Event::Delivered { log, .. } if *log == own_log(Lane::Stop, 1)),
    );
    assert_eq!(noted.count(), 1);
}

#[test]
fn a_receipt_that_was_lost_on_its_way_is_not_undercut_after_a_restore() {
    for lane in LANES {
        let mut world = World::new(1);
        open(&mut world, 0);
        world.run(500);
        // West signs for one, two and three. All receipts die with the connections, and then its folder is an old one.
        for index in 0..3 {
            world.utter(EAST, lane, Kind::StopCall, Slots::new());
            world.commit(EAST);
            for class in [Class::Stop, Class::Main] {
                let connection = world.find(0, class).expect("a connection");
                while world.deliver(connection, WEST) {}
            }
            if index == 0 {
                world.backup(WEST);
            }
        }
        let signed = |world: &World| {
            let cosigned = world.parties[WEST].cosigned.iter();
            let of_lane = cosigned.filter(|(log, _)| log.lane == lane);
            of_lane.map(|(_, head)| head.size).collect::<Vec<u64>>()
        };
        assert_eq!(signed(&world), [1, 2, 3]);
        cut(&mut world, 0);
        world.restore(WEST, true);
        open(&mut world, 0);
        world.run(2_000);
        let again = signed(&world).split_off(3);
        assert!(
            !again.is_empty() && again.iter().all(|size| *size >= 3),
            "{again:?}"
        );
        agree(&world);
    }
}

#[test]
fn a_restored_node_that_forgot_whole_epochs_gets_them_back() {
    let mut world = World::new(1);
    open(&mut world, 0);
    world.run(500);
    world.backup(WEST);
    for _ in 0..2 {
        notices(&mut world, WEST, 3);
        stop(&mut world, WEST);
        world.run(500);
        let backup = world.parties[WEST].events().count();
        world.restore_to(WEST, backup);
        open(&mut world, 0);
        world.run(1_000);
    }
    notices(&mut world, WEST, 2);
    world.run(500);
    let epochs = world.parties[WEST]
        .own
        .keys()
        .map(|(_, epoch)| *epoch)
        .max();
    assert_eq!(epochs, Some(3));
    world.restore(WEST, true);
    open(&mut world, 0);
    world.run(2_000);
    stop(&mut world, WEST);
    notices(&mut world, WEST, 1);
    world.run(1_000);
    agree(&world);
    assert_eq!(
        world.parties[WEST]
            .own
            .keys()
            .map(|(_, epoch)| *epoch)
            .max(),
        Some(4)
    );
}

#[test]
fn what_a_restored_node_forgot_before_anybody_had_it_holds_up_nothing() {
    let mut world = World::new(1);
    // In the first round of a lane of which nothing has come, in the second of one whose first entries are there.
    for (said, epoch) in [(1, 3), (2, 5)] {
        world.backup(WEST);
        notices(&mut world, WEST, said);
        world.open(0, Class::Stop);
        world.rekey(WEST);
        world.run(500);
        // East knows that main had more entries, and waits for them; nobody has them any more.
        world.restore(WEST, true);
        open(&mut world, 0);
        world.run(2_000);
        notices(&mut world, WEST, 1);
        world.run(1_000);
        agree(&world);
        let held = world.parties[EAST].held[&(Lane::Main, epoch)].size();
        assert_eq!(held, 1, "{}", world.said);
        cut(&mut world, 0);
    }
}

#[test]
fn a_checkpoint_of_an_earlier_epoch_that_was_lost_on_its_way_is_sent_again() {
    let mut world = World::new(1);
    notices(&mut world, EAST, 1);
    world.rekey(EAST);
    world.restore(WEST, true);
    let main = world.open(0, Class::Main);
    assert!(world.deliver(main, WEST) && world.deliver(main, EAST));
    // West takes the entry, and signs for nothing before it has compared its record; then the checkpoint is lost.
    world.wires.get_mut(&main.0).expect("a wire").under_way[WEST].pop_front();
    world.run(500);
    cut(&mut world, 0);
    open(&mut world, 0);
    world.run(40_000);
    agree(&world);
    let entry = EntryRef {
        log: own_log(Lane::Main, 1),
        index: 0,
    };
    assert!(
        world.parties[EAST].lines.is_delivered(entry),
        "{}",
        world.said
    );
}

#[test]
fn a_journal_begun_anew_gets_lanes_back_that_come_at_different_pace() {
    let mut world = World::new(1);
    world.backup(WEST);
    open(&mut world, 0);
    world.run(500);
    for _ in 0..12 {
        stop(&mut world, WEST);
    }
    world.run(500);
    // Stops alone in the second epoch, both lanes in the third: main is there before stop is.
    for (calls, said) in [(2, 0), (1, 1)] {
        world.rekey(WEST);
        world.run(500);
        (0..calls).for_each(|_| assert!(stop(&mut world, WEST)));
        notices(&mut world, WEST, said);
        world.run(500);
    }
    world.restore(WEST, true);
    world.open(0, Class::Main);
    world.run(1_000);
    world.open(0, Class::Stop);
    world.run(40_000);
    stop(&mut world, WEST);
    notices(&mut world, WEST, 1);
    world.run(1_000);
    agree(&world);
    let west = &world.parties[WEST];
    assert_eq!(west.held.len(), 2, "its own entries are not the peer's");
    let sizes = [1, 2, 3, 4]
        .map(|epoch| LANES.map(|lane| west.own.get(&(lane, epoch)).map_or(0, |log| log.size())));
    assert_eq!(sizes, [[12, 0], [2, 0], [1, 1], [1, 1]], "{}", world.said);
}

#[test]
fn a_restored_node_that_forgot_an_epoch_of_which_nothing_was_taken_begins_it_again() {
    let mut world = World::new(1);
    let main = world.open(0, Class::Main);
    world.run(500);
    notices(&mut world, WEST, 1);
    stop(&mut world, WEST);
    world.backup(WEST);
    notices(&mut world, WEST, 2);
    // East learns where the first epoch ends, and holds nothing of it.
    world.rekey(WEST);
    let under_way = &mut world.wires.get_mut(&main.0).expect("a wire").under_way[EAST];
    under_way.retain(|(_, frame)| matches!(frame, Frame::Statement(_)));
    while world.deliver(main, EAST) {}
    assert!(world.story().ends_with("east  takes their epoch 2\n"));
    world.cut(main);
    world.restore(WEST, true);
    open(&mut world, 0);
    world.run(40_000);
    notices(&mut world, WEST, 1);
    world.run(1_000);
    agree(&world);
    let east = &world.parties[EAST];
    assert_eq!(east.lines.halted(line()), None, "{}", world.said);
    assert_eq!(east.held[&(Lane::Main, 1)].size(), 1, "{}", world.said);
    assert_eq!(east.held[&(Lane::Main, 2)].size(), 1, "{}", world.said);
}

#[test]
fn entries_said_before_a_new_epoch_arrive_before_it() {
    let mut world = World::new(1);
    open(&mut world, 0);
    world.run(500);
    cut(&mut world, 0);
    stop(&mut world, WEST);
    notices(&mut world, WEST, 2);
    // New keys: the epoch is opened while entries of the old one are still to be sent.
    world.rekey(WEST);
    stop(&mut world, WEST);
    notices(&mut world, WEST, 1);
    world.story();
    open(&mut world, 0);
    world.run(1_000);
    insta::assert_snapshot!(world.story());
    agree(&world);
}

#[test]
fn a_full_disk_stops_main_and_never_stop() {
    let mut world = World::new(1);
    open(&mut world, 0);
    world.run(500);
    world.fact(
        EAST,
        Event::MainStopped {
            cause: StopOfMain::DiskFull,
        },
    );
    notices(&mut world, WEST, 2);
    stop(&mut world, WEST);
    world.run(1_000);
    assert_eq!(
        world.parties[EAST].lines.next_entry(line(), Lane::Main),
        Err(LaneClosed::DiskFull)
    );
    assert_eq!(world.parties[EAST].held[&(Lane::Stop, 1)].size(), 1);
    assert!(!world.parties[EAST].held.contains_key(&(Lane::Main, 1)));
    world.fact(EAST, Event::MainResumed);
    world.run(15_000);
    agree(&world);
}

#[test]
fn a_line_carried_by_file_is_neither_up_nor_down() {
    let mut world = World::new(0);
    world.run(1_000);
    for who in [WEST, EAST] {
        world.tick(who);
    }
    stop(&mut world, WEST);
    notices(&mut world, WEST, 2);
    for (log, from, until) in world.parties[WEST].lines.undelivered(line()) {
        let frame = world.export(WEST, log, from, until);
        world.input(
            EAST,
            LinkInput::File {
                line: line(),
                frame,
            },
        );
    }
    for (log, head) in world.parties[EAST].cosigned.clone() {
        let frame = world.export_receipt(EAST, log, head);
        world.input(
            WEST,
            LinkInput::File {
                line: line(),
                frame,
            },
        );
    }
    insta::assert_snapshot!(world.story());
    assert_eq!(link(&world, EAST), LinkState::ByFile);
    let undelivered = world.parties[WEST].lines.undelivered(line());
    assert_eq!(undelivered, vec![]);
}

#[test]
fn a_wrong_clock_is_noted_and_a_clock_that_jumps_cuts_nothing() {
    let mut world = World::new(1);
    world.parties[EAST].skew = 4_000;
    open(&mut world, 0);
    world.run(30_000);
    let offset = world.parties[WEST]
        .lines
        .clock_offset(line())
        .expect("measured");
    assert_eq!(
        (offset.offset.as_ms(), offset.round_trip.as_ms()),
        (4_000, 40)
    );
    world.story();
    for jump in [3_600_000, -7_200_000, 86_400_000, -86_400_000] {
        world.parties[EAST].skew += jump;
        notices(&mut world, EAST, 1);
        world.run(30_000);
        stop(&mut world, WEST);
        world.run(30_000);
        assert_eq!(link(&world, WEST), LinkState::Up);
        assert_eq!(link(&world, EAST), LinkState::Up);
    }
    world.run(60_000);
    agree(&world);
    let story = world.story();
    let notes: Vec<&str> = story
        .lines()
        .filter(|said| said.contains("clock") || said.contains("link"))
        .collect();
    insta::assert_snapshot!(notes.join("\n"));
}

#[test]
fn a_node_that_is_dead_hears_nothing_and_is_heard_no_more() {
    let mut world = World::new(1);
    open(&mut world, 0);
    world.run(500);
    notices(&mut world, WEST, 4);
    // Killed between the arrival and the receipt.
    world.parties[EAST].prompt = false;
    world.run(500);
    world.crash(EAST);
    world.parties[EAST].prompt = true;
    open(&mut world, 0);
    world.run(1_000);
    agree(&world);
    // Killed when all was on disk but before its receipt left.
    notices(&mut world, WEST, 1);
    world.parties[EAST].prompt = false;
    world.run(100);
    world.parties[EAST].forget_effects();
    world.commit(EAST);
    world.crash(EAST);
    world.parties[EAST].prompt = true;
    open(&mut world, 0);
    world.run(1_000);
    agree(&world);
}

#[test]
fn it_wakes_when_something_is_due_and_not_all_the_time() {
    let mut world = World::new(1);
    open(&mut world, 0);
    world.run(1_000);
    let wake = world.parties[WEST]
        .lines
        .next_wake()
        .expect("a heartbeat is due");
    let now = Timestamp::from_unix_ms(world.now).expect("a time");
    assert!(wake > now && wake.since(now).as_ms() <= 5_000);
    blacken(&mut world, 0);
    let ticks = world.ticks(120_000);
    assert!(ticks < 120, "woken {ticks} times in two minutes");
}
