//! Laws that hold whatever the network, the processes and the clocks do.

use crate::world::{EAST, Frame, LANES, WEST, World, line, own_log};
use channel::input::{Class, Connection};
use channel::lines::Lines;
use model::event::Event;
use model::kind::Kind;
use model::line::{EntryRef, Fault, Side};
use model::slot::Slots;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

#[derive(Clone, Debug)]
enum Act {
    Say {
        who: usize,
        lane: usize,
        count: usize,
    },
    Open {
        path: u8,
        stop: bool,
    },
    Cut {
        which: usize,
    },
    Deliver {
        which: usize,
        who: usize,
        count: usize,
    },
    Drop {
        which: usize,
        who: usize,
    },
    Double {
        which: usize,
        who: usize,
    },
    Swap {
        which: usize,
        who: usize,
    },
    Commit {
        who: usize,
    },
    Crash {
        who: usize,
    },
    Wait {
        ms: i64,
    },
    ClockJump {
        who: usize,
        ms: i64,
    },
    /// Only west is ever restored: what both have lost is lost.
    Backup,
    Restore,
    Rekey {
        who: usize,
    },
}

fn act() -> impl Strategy<Value = Act> {
    let who = || 0..2usize;
    let which = || 0..8usize;
    prop_oneof![
        6 => (who(), 0..2usize, 1..6usize).prop_map(|(who, lane, count)| Act::Say { who, lane, count }),
        3 => (0..2u8, any::<bool>()).prop_map(|(path, stop)| Act::Open { path, stop }),
        2 => which().prop_map(|which| Act::Cut { which }),
        10 => (which(), who(), 1..6usize).prop_map(|(which, who, count)| Act::Deliver { which, who, count }),
        1 => (which(), who()).prop_map(|(which, who)| Act::Drop { which, who }),
        1 => (which(), who()).prop_map(|(which, who)| Act::Double { which, who }),
        1 => (which(), who()).prop_map(|(which, who)| Act::Swap { which, who }),
        6 => who().prop_map(|who| Act::Commit { who }),
        1 => who().prop_map(|who| Act::Crash { who }),
        3 => (1..20_000i64).prop_map(|ms| Act::Wait { ms }),
        1 => (who(), -7_200_000..7_200_000i64).prop_map(|(who, ms)| Act::ClockJump { who, ms }),
    ]
}

fn act_with_restores() -> impl Strategy<Value = Act> {
    let who = || 0..2usize;
    prop_oneof![
        30 => act(),
        2 => Just(Act::Backup),
        1 => Just(Act::Restore),
        1 => who().prop_map(|who| Act::Rekey { who }),
    ]
}

fn wire(world: &World, which: usize) -> Option<Connection> {
    let open: Vec<u64> = world.wires.keys().copied().collect();
    open.get(which % open.len().max(1)).copied().map(Connection)
}

fn perform(world: &mut World, act: Act) {
    match act {
        Act::Say { who, lane, count } => {
            let kind = [Kind::StopCall, Kind::AirActivity][lane];
            for _ in 0..count {
                world.utter(who, LANES[lane], kind, Slots::new());
            }
        }
        Act::Open { path, stop } => {
            let class = if stop { Class::Stop } else { Class::Main };
            world.open(path, class);
        }
        Act::Cut { which } => wire(world, which)
            .into_iter()
            .for_each(|connection| world.cut(connection)),
        Act::Deliver { which, who, count } => {
            for _ in 0..count {
                let connection = wire(world, which);
                if let Some(connection) = connection {
                    world.deliver(connection, who);
                }
            }
        }
        Act::Drop { which, who } => spoil(world, which, who, |queue| drop(queue.pop_front())),
        Act::Double { which, who } => spoil(world, which, who, |queue| {
            if let Some(first) = queue.front().cloned() {
                queue.push_back(first);
            }
        }),
        Act::Swap { which, who } => spoil(world, which, who, |queue| {
            if queue.len() > 1 {
                queue.swap(0, 1);
            }
        }),
        Act::Commit { who } => world.commit(who),
        Act::Crash { who } => world.crash(who),
        Act::Wait { ms } => {
            // A disk that hangs for long is another matter: a recovery has only so much patience.
            [WEST, EAST].into_iter().for_each(|who| world.commit(who));
            world.run(ms);
        }
        Act::ClockJump { who, ms } => world.parties[who].skew += ms,
        Act::Backup => world.backup(WEST),
        Act::Restore => world.restore(WEST, true),
        Act::Rekey { who } => {
            world.commit(who);
            if !world.parties[who].lines.is_recovering(line()) {
                world.rekey(who);
                world.commit(who);
            }
        }
    }
}

/// Does something to the frames under way. The greeting is left alone: a connection that loses it is closed, no more.
fn spoil(
    world: &mut World,
    which: usize,
    who: usize,
    how: impl Fn(&mut std::collections::VecDeque<(i64, Frame)>),
) {
    let Some(Connection(id)) = wire(world, which) else {
        return;
    };
    let Some(wire) = world.wires.get_mut(&id) else {
        return;
    };
    let queue = &mut wire.under_way[who];
    if !queue
        .iter()
        .any(|(_, frame)| matches!(frame, Frame::Hello(_)))
    {
        how(queue);
    }
}

/// The network is well again, and time passes.
fn heal(world: &mut World) {
    world.redial = true;
    for who in [WEST, EAST] {
        world.parties[who].prompt = true;
        world.commit(who);
    }
    world.dial();
    world.run(200_000);
}

fn play(acts: Vec<Act>) -> World {
    let mut world = World::new(2);
    world.frame_entries = 3;
    for who in [WEST, EAST] {
        world.parties[who].prompt = false;
    }
    acts.into_iter().for_each(|act| perform(&mut world, act));
    heal(&mut world);
    world
}

/// All that is left to check once things are quiet. `story` is printed when a law is broken.
fn laws(world: &World) -> Result<(), TestCaseError> {
    let story = &world.said;
    // A restored node whose main connection stays away for long opens its epoch without that lane's last entries.
    let gave_up = world.parties[WEST].events().any(|event| {
        let fault = Fault::BehindOurRecord;
        matches!(event, Event::FaultNoted { fault: noted, .. } if *noted == fault)
    });
    for who in [WEST, EAST] {
        once(world, who)?;
        replay(world, who)?;
    }
    if gave_up {
        return Ok(());
    }
    for who in [WEST, EAST] {
        let (sender, receiver) = (&world.parties[who], &world.parties[1 - who]);
        for (of, log) in &sender.own {
            let held = receiver
                .held
                .get(of)
                .map(|log| log.entries.clone())
                .unwrap_or_default();
            prop_assert!(
                held == log.entries,
                "{} {of:?}: both hold the same log\n{story}",
                sender.name
            );
            for entry in &log.entries {
                let entry = EntryRef {
                    log: own_log(of.0, of.1),
                    index: entry.index,
                };
                prop_assert!(
                    sender.lines.is_delivered(entry),
                    "{} {entry:?} was delivered\n{story}",
                    sender.name
                );
            }
        }
        let halted = sender.lines.halted(line());
        prop_assert!(
            halted.is_none(),
            "{} halted for {halted:?} though nobody lied\n{story}",
            sender.name
        );
        receipts(world, who)?;
    }
    Ok(())
}

/// Nothing is journalled twice.
fn once(world: &World, who: usize) -> Result<(), TestCaseError> {
    let mut known = BTreeSet::new();
    for event in world.parties[who].events() {
        if let Event::MessageReceived { entry, .. } | Event::MessageSent { entry, .. } = event {
            prop_assert!(
                known.insert(*entry),
                "{entry:?} is in the journal twice\n{}",
                world.said
            );
        }
    }
    Ok(())
}

/// Receipts only grow, and each is of a root that the sender's log has at that size.
fn receipts(world: &World, who: usize) -> Result<(), TestCaseError> {
    let mut last = BTreeMap::new();
    let sender = &world.parties[1 - who];
    for (log, head) in &world.parties[who].cosigned {
        prop_assert_eq!(log.side, Side::Peer);
        let before = last.insert(*log, head.size).unwrap_or(0);
        prop_assert!(
            before <= head.size,
            "a receipt of {log:?} shrank from {before} to {}\n{}",
            head.size,
            world.said
        );
        let root = sender
            .own
            .get(&(log.lane, log.epoch))
            .and_then(|own| own.root(head.size));
        prop_assert!(
            root == Some(head.root),
            "a receipt is not of the sender's log\n{}",
            world.said
        );
    }
    Ok(())
}

/// The journal alone gives the same state, and so does a snapshot of it.
fn replay(world: &World, who: usize) -> Result<(), TestCaseError> {
    let party = &world.parties[who];
    let durable = party.lines.durable_part();
    prop_assert_eq!(&party.replayed().durable_part(), &durable);
    let kept = serde_json::to_string(&durable).expect("written");
    let back = serde_json::from_str(&kept).expect("read");
    prop_assert_eq!(Lines::resume(back).durable_part(), durable);
    Ok(())
}

/// How many schedules each law is tried on: `LINE_CASES`, or 96.
fn cases() -> u32 {
    let asked = std::env::var("LINE_CASES").ok();
    asked.map_or(96, |cases| cases.parse().expect("LINE_CASES is a number"))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), max_shrink_iters: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_the_network_and_crashes_do_both_come_to_hold_the_same_once(
        acts in proptest::collection::vec(act(), 1..60)
    ) {
        let world = play(acts);
        laws(&world)?;
    }

    #[test]
    fn whatever_is_restored_or_rekeyed_both_come_to_hold_the_same_once(
        acts in proptest::collection::vec(act_with_restores(), 1..60)
    ) {
        let world = play(acts);
        laws(&world)?;
    }
}
