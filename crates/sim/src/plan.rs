//! A schedule: what goes wrong and when, and when officers act. Plain data, all of it from a seed.

use channel::input::Class;

use crate::net::Path;
use crate::rng::Rng;

/// Longest and shortest time during which things go wrong, in ms of the simulation.
const TROUBLE: (u64, u64) = (30_000, 150_000);
/// Most faults and acts of a schedule.
const MAX_FAULTS: u64 = 14;
const MAX_ACTS: u64 = 45;

/// Something that goes wrong. `node` is 0 or 1; times are in ms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// What stands on the path is cut; both ends are told.
    Cut {
        path: Path,
        class: Option<Class>,
    },
    /// Nothing passes on the path for a while, and nobody is told.
    Partition {
        path: Path,
        lasts: u64,
    },
    /// No path of any line passes anything.
    Blackout {
        lasts: u64,
    },
    /// `deaf` hears nothing more on what stands on the path, while the other end hears all.
    HalfOpen {
        path: Path,
        deaf: usize,
    },
    /// What passes takes longer.
    Slow {
        path: Path,
        by: u64,
        lasts: u64,
    },
    /// A bit flips in the next bytes to `node`: TLS refuses them, and the connection ends there.
    Garble {
        path: Path,
        class: Class,
        node: usize,
    },
    /// Power goes after so many steps of writing and telling; up again after a while.
    Crash {
        node: usize,
        steps: u32,
        down: u64,
    },
    /// Stopped in order, and started again.
    Restart {
        node: usize,
        down: u64,
    },
    DiskFull {
        node: usize,
        lasts: u64,
    },
    DiskSlow {
        node: usize,
        by: u64,
        lasts: u64,
    },
    /// The next sync fails; someone restarts the node after a while.
    SyncFails {
        node: usize,
        until_restart: u64,
    },
    /// A backup is put aside.
    Backup {
        node: usize,
    },
    /// The node is restored from the last backup, if there is one.
    Restore {
        node: usize,
        down: u64,
    },
    ClockJump {
        node: usize,
        by: i64,
    },
    /// Sounders of a desk go and come.
    Sounder {
        node: usize,
        armed: bool,
    },
    /// The party makes a new key and restarts the node, which signs with it from then on.
    Rotate {
        node: usize,
        key: Rotated,
        down: u64,
    },
    /// Node 1 lies.
    Lie {
        line: usize,
        lie: Lie,
    },
}

/// The keys that sign on a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rotated {
    Operational,
    Log,
    Cosigning,
}

/// What a lying peer does beside its honest work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lie {
    /// Another envelope in the place of one that it has sent.
    EquivocateHeld { class: Class },
    /// Another envelope in the place of the next one.
    EquivocateNext { class: Class },
    /// A checkpoint of a size that the other holds, with another root.
    OtherRoot { class: Class },
    /// Old entries once more.
    Replay { class: Class },
    /// A frame of noise.
    Garbage { class: Class },
    /// A Hello that claims to hold more of the other's logs than there is.
    FalseHello,
    /// More bytes in the stop lane than are taken in a minute.
    Flood,
    /// A stop call that cannot be read, far ahead of its place.
    EarlyCall,
}

/// A fault and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct At<T> {
    pub at: u64,
    pub what: T,
}

/// An officer of `node` does something; what, follows from `draw` and the state by then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Act {
    pub node: usize,
    pub draw: u64,
}

/// A whole schedule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    pub seed: u64,
    /// Paths of each line.
    pub paths: Vec<u8>,
    pub latency: u64,
    pub jitter: u64,
    /// Bytes a millisecond on each path.
    pub rate: u64,
    /// What a batch takes, at least and at most.
    pub disk: (u64, u64),
    /// How far each clock is off at the start, in ms.
    pub skew: [i64; 2],
    /// Snapshots in a thousand batches.
    pub snapshots: u64,
    pub lying: bool,
    pub faults: Vec<At<Fault>>,
    pub acts: Vec<At<Act>>,
    /// When nothing goes wrong any more.
    pub heals_at: u64,
    /// What node 0 plans, and never releases.
    pub plans: Option<Plans>,
}

/// Where plans lie that are drafted before anything is said, and never released.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plans {
    /// Among the places that the parties give notice of.
    AmongTheNotices,
    /// As many, of the same shape and times, where nobody gives notice of anything.
    FarAway,
}

impl Plan {
    pub fn new(seed: u64) -> Self {
        let mut rng = Rng::new(seed);
        let lines = if rng.chance(250) { 2 } else { 1 };
        let paths: Vec<u8> = (0..lines)
            .map(|_| if rng.chance(400) { 2 } else { 1 })
            .collect();
        let heals_at = rng.between(TROUBLE.0, TROUBLE.1);
        let lying = rng.chance(150);
        let mut plan = Self {
            seed,
            latency: rng.between(1, 120),
            jitter: rng.between(0, 80),
            rate: if rng.chance(150) {
                rng.between(4, 40)
            } else {
                10_000
            },
            disk: if rng.chance(200) { (20, 400) } else { (1, 6) },
            skew: [Self::skew(&mut rng), Self::skew(&mut rng)],
            snapshots: if rng.chance(300) { 60 } else { 0 },
            lying,
            faults: Vec::new(),
            acts: Vec::new(),
            heals_at,
            plans: None,
            paths,
        };
        plan.draw_faults(&mut rng);
        plan.draw_acts(&mut rng);
        plan
    }

    fn skew(rng: &mut Rng) -> i64 {
        match rng.below(4) {
            0 => rng.between(0, 20_000) as i64 - 10_000,
            _ => rng.between(0, 600) as i64 - 300,
        }
    }

    /// Some kinds of fault, not all: a schedule with little of everything finds less than one with much of something.
    fn draw_faults(&mut self, rng: &mut Rng) {
        let kinds: Vec<u64> = (0..KINDS).filter(|_| rng.chance(300)).collect();
        let count = rng.between(0, MAX_FAULTS);
        let mut faults = Vec::new();
        for _ in 0..count {
            let Some(&kind) = rng.pick(&kinds) else { break };
            let at = rng.between(500, self.heals_at);
            let what = self.fault(kind, rng);
            faults.push(At { at, what });
        }
        if self.lying {
            for _ in 0..rng.between(1, 4) {
                let at = rng.between(5_000, self.heals_at);
                let line = rng.index(self.paths.len());
                let what = Fault::Lie {
                    line,
                    lie: lie(rng),
                };
                faults.push(At { at, what });
            }
        }
        faults.sort_by_key(|fault| fault.at);
        self.faults = faults;
    }

    fn fault(&self, kind: u64, rng: &mut Rng) -> Fault {
        let line = rng.index(self.paths.len());
        let path = (line, rng.below(u64::from(self.paths[line])) as u8);
        let node = rng.index(2);
        let class = class(rng);
        let lasts = match rng.below(3) {
            0 => rng.between(35_000, 60_000),
            _ => rng.between(200, 25_000),
        };
        let down = rng.between(200, 20_000);
        match kind {
            0 => Fault::Cut {
                path,
                class: rng.chance(500).then_some(class),
            },
            1 => Fault::Partition { path, lasts },
            2 => Fault::Blackout { lasts },
            3 => Fault::HalfOpen { path, deaf: node },
            4 => Fault::Slow {
                path,
                by: rng.between(100, 9_000),
                lasts,
            },
            5 => Fault::Garble { path, class, node },
            6 | 7 => Fault::Crash {
                node,
                steps: rng.between(0, 40) as u32,
                down,
            },
            8 => Fault::Restart { node, down },
            9 => Fault::DiskFull { node, lasts },
            10 => Fault::DiskSlow {
                node,
                by: rng.between(50, 3_000),
                lasts,
            },
            11 => Fault::SyncFails {
                node,
                until_restart: rng.between(1_000, 25_000),
            },
            12 => match rng.chance(500) {
                true => Fault::Backup {
                    node: self.restored(),
                },
                false => Fault::Restore {
                    node: self.restored(),
                    down,
                },
            },
            13 => Fault::ClockJump {
                node,
                by: match rng.below(3) {
                    0 => rng.between(0, 14_400_000) as i64 - 7_200_000,
                    _ => rng.between(0, 60_000) as i64 - 30_000,
                },
            },
            14 => Fault::Rotate {
                node,
                key: *rng
                    .pick(&[Rotated::Operational, Rotated::Log, Rotated::Cosigning])
                    .unwrap_or(&Rotated::Log),
                down: rng.between(200, 5_000),
            },
            _ => Fault::Sounder {
                node,
                armed: rng.chance(500),
            },
        }
    }

    /// One node alone is ever restored: two that were both restored may have lost what both once held, and no protocol
    /// brings that back.
    fn restored(&self) -> usize {
        (self.seed % 2) as usize
    }

    fn draw_acts(&mut self, rng: &mut Rng) {
        let count = rng.between(4, MAX_ACTS);
        let act = |rng: &mut Rng| At {
            at: rng.between(200, self.heals_at),
            what: Act {
                node: rng.index(2),
                draw: rng.draw(),
            },
        };
        let mut acts: Vec<At<Act>> = (0..count).map(|_| act(rng)).collect();
        // Sometimes much at once: batches fill up, and run ahead of the disk.
        if rng.chance(250) {
            let (at, node) = (rng.between(3_000, self.heals_at), rng.index(2));
            for _ in 0..rng.between(50, 160) {
                let draw = rng.draw() | crate::acts::BURST;
                acts.push(At {
                    at: at + rng.below(400),
                    what: Act { node, draw },
                });
            }
        }
        acts.sort_by_key(|act| act.at);
        self.acts = acts;
    }
}

const KINDS: u64 = 16;

fn class(rng: &mut Rng) -> Class {
    match rng.chance(500) {
        true => Class::Stop,
        false => Class::Main,
    }
}

fn lie(rng: &mut Rng) -> Lie {
    let class = class(rng);
    match rng.below(8) {
        0 => Lie::EquivocateHeld { class },
        1 => Lie::EquivocateNext { class },
        2 => Lie::OtherRoot { class },
        3 => Lie::Replay { class },
        4 => Lie::Garbage { class },
        5 => Lie::FalseHello,
        6 => Lie::Flood,
        _ => Lie::EarlyCall,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_schedule() {
        assert_eq!(Plan::new(42), Plan::new(42));
        assert_ne!(Plan::new(42), Plan::new(43));
    }

    #[test]
    fn schedules_cover_every_kind_of_fault() {
        let kinds = (0..400).flat_map(|seed| Plan::new(seed).faults);
        let mut kinds: Vec<_> = kinds
            .map(|fault| std::mem::discriminant(&fault.what))
            .collect();
        kinds.sort_by_key(|kind| format!("{kind:?}"));
        kinds.dedup();
        assert_eq!(kinds.len(), 17);
    }
}
