//! The world: two machines, the network between them, and everything that happens, one thing after the other.

use std::collections::{BTreeMap, BTreeSet};

use channel::input::{Class, Connection, Input};
use model::ids::LineId;
use node::core::work::Pace;

use crate::acts;
use crate::host::Host;
use crate::net::{Net, Path, Weather};
use crate::party::{NoKeys, Party};
use crate::plan::{Lie, Plan};
use crate::rng::Rng;
use crate::trace::Trace;
use crate::witness::{Broken, Verdict, broken};

mod looks;
mod machines;
mod steps;

/// How often the world looks at what only time can break, in ms.
const LOOK_EVERY: u64 = 500;

/// Pauses between two tries to dial, in ms.
const DIAL_PAUSE: (u64, u64) = (150, 2_500);
/// How long a frame that has begun may take, in ms, as the node's link has it.
const STALL: u64 = 10_000;

/// Things that happen in one run, at most: more is a node that talks to itself.
const MAX_EVENTS: usize = 300_000;

/// Something that will happen. `life` says to which process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    Deliver {
        stream: u64,
        end: usize,
    },
    Greeted {
        stream: u64,
    },
    Dial {
        node: usize,
        path: Path,
        class: Class,
    },
    Written {
        node: usize,
        life: u64,
    },
    Wake {
        node: usize,
        life: u64,
    },
    Resume {
        node: usize,
        life: u64,
    },
    Unpause {
        node: usize,
        life: u64,
        connection: Connection,
    },
    Up {
        node: usize,
        life: u64,
    },
    Confirm {
        node: usize,
        line: LineId,
        epoch: u32,
    },
    /// What was put off is stepped.
    Jobs {
        node: usize,
        life: u64,
    },
    /// The full disk has room again.
    Room {
        node: usize,
    },
    /// Someone looks whether the disk has failed.
    Attend {
        node: usize,
    },
    Act(usize),
    Fault(usize),
    Heal,
    Look,
}

/// The whole of one run.
pub struct World {
    pub(crate) plan: Plan,
    pub(crate) now: u64,
    queue: BTreeMap<(u64, u64), Event>,
    scheduled: u64,
    pub(crate) hosts: [Host; 2],
    pub(crate) net: Net,
    pub(crate) rng: Rng,
    pub trace: Trace,
    pub(crate) healed: bool,
    looked: u64,
    /// For how long nothing has come over each line, at each node, in ms of its being up.
    pub(crate) silent: BTreeMap<(usize, usize), u64>,
    /// Who is about to dial.
    pub(crate) dialling: BTreeSet<(usize, Path, Class)>,
    /// Frames that node 1 has sent, to be sent again.
    pub(crate) overheard: Vec<(usize, Class, Vec<u8>)>,
    pub(crate) lies_told: Vec<Lie>,
}

/// How a run ended.
#[derive(Debug)]
pub struct Outcome {
    pub broken: Option<Broken>,
    /// Events that happened, and a sum over all of them.
    pub sum: (u64, u64),
    /// A sum over every byte that left, and when.
    pub said: u64,
    /// What the liar said, in order, where there was anyone to hear it.
    pub lies_told: Vec<Lie>,
    /// When it ended, in ms of the simulation.
    pub ended: u64,
    pub trace: Vec<String>,
}

/// Runs a schedule to its end, or to the first law that is broken. `whole`: the trace keeps every line.
///
/// # Errors
/// [`NoKeys`], for no seed that is known.
pub fn run(plan: &Plan, whole: bool) -> Result<Outcome, NoKeys> {
    let mut world = World::new(plan.clone(), whole)?;
    let broken = world.run().err();
    if let Some(broken) = &broken {
        let words = format_args!("BROKEN {}: {}", broken.law, broken.words);
        world.trace.tell(world.now, words);
    }
    Ok(Outcome {
        broken,
        sum: world.trace.sum(),
        said: world.trace.said(),
        lies_told: std::mem::take(&mut world.lies_told),
        ended: world.now,
        trace: world.trace.lines().map(str::to_owned).collect(),
    })
}

impl World {
    fn new(plan: Plan, whole: bool) -> Result<Self, NoKeys> {
        let mut rng = Rng::new(plan.seed ^ 0x5eed);
        let mut weather = BTreeMap::new();
        for (line, paths) in plan.paths.iter().enumerate() {
            for path in 0..*paths {
                let fair = Weather {
                    latency: plan.latency,
                    jitter: plan.jitter,
                    rate: plan.rate,
                    cut_until: 0,
                    slow_until: 0,
                    slow_by: 0,
                };
                weather.insert((line, path), fair);
            }
        }
        let mut keys = rng.fork(1);
        let mut host = |number: usize| -> Result<Host, NoKeys> {
            let party = Party::new(number, &mut keys)?;
            Ok(Host::new(
                party,
                plan.skew[number],
                keys.fork(number as u64),
            ))
        };
        let hosts = [host(0)?, host(1)?];
        let net = Net::new(weather, rng.fork(2));
        Ok(Self {
            now: 0,
            queue: BTreeMap::new(),
            scheduled: 0,
            hosts,
            net,
            rng: rng.fork(3),
            trace: Trace::new(whole),
            healed: false,
            looked: 0,
            silent: BTreeMap::new(),
            dialling: BTreeSet::new(),
            overheard: Vec::new(),
            lies_told: Vec::new(),
            plan,
        })
    }

    pub(crate) fn at(&mut self, at: u64, event: Event) {
        self.scheduled += 1;
        self.queue.insert((at.max(self.now), self.scheduled), event);
    }

    fn run(&mut self) -> Verdict {
        for place in 0..self.plan.faults.len() {
            self.at(self.plan.faults[place].at, Event::Fault(place));
        }
        for place in 0..self.plan.acts.len() {
            self.at(self.plan.acts[place].at, Event::Act(place));
        }
        self.at(self.plan.heals_at, Event::Heal);
        self.at(LOOK_EVERY, Event::Look);
        for node in 0..2 {
            self.up(node)?;
        }
        for _ in 0..MAX_EVENTS {
            let Some(((at, _), event)) = self.queue.pop_first() else {
                break;
            };
            self.now = at;
            if self.happens(event)? {
                return Ok(());
            }
        }
        let words = format!(
            "{} things are still to happen at {} ms",
            self.queue.len(),
            self.now
        );
        broken("converges", format!("it does not come to an end: {words}"))
    }

    /// `true`: the run is over, and well.
    fn happens(&mut self, event: Event) -> Result<bool, Broken> {
        match event {
            Event::Deliver { stream, end } => self.deliver(stream, end)?,
            Event::Greeted { stream } => self.greeted(stream)?,
            Event::Dial { node, path, class } => self.dial(node, path, class),
            Event::Written { node, life } if self.lives(node, life) => self.written(node)?,
            Event::Wake { node, life } if self.lives(node, life) => {
                if self.hosts[node].wakes == Some(self.now) {
                    self.hosts[node].wakes = None;
                    self.job(node, Input::Tick, None, Pace::Stop)?;
                }
            }
            Event::Resume { node, life } if self.lives(node, life) => self.resume(node)?,
            Event::Unpause {
                node,
                life,
                connection,
            } if self.lives(node, life) => self.unpause(node, connection)?,
            Event::Up { node, life }
                if self.hosts[node].life == life && self.hosts[node].process.is_none() =>
            {
                self.up(node)?;
            }
            Event::Written { .. }
            | Event::Wake { .. }
            | Event::Resume { .. }
            | Event::Unpause { .. }
            | Event::Up { .. } => {}
            Event::Jobs { node, life } if self.lives(node, life) => self.work_off(node)?,
            Event::Jobs { .. } => {}
            Event::Room { node } => self.hosts[node].disk.set_full(false),
            Event::Attend { node } => self.attend(node),
            Event::Confirm { node, line, epoch } => self.confirm(node, line, epoch)?,
            Event::Act(place) => self.act(place)?,
            Event::Fault(place) => self.fault(self.plan.faults[place].what)?,
            Event::Heal => self.heal()?,
            Event::Look => {
                self.at(self.now + LOOK_EVERY, Event::Look);
                return self.look();
            }
        }
        Ok(false)
    }

    pub(crate) fn lives(&self, node: usize, life: u64) -> bool {
        self.hosts[node].life == life && self.hosts[node].process.is_some()
    }

    fn act(&mut self, place: usize) -> Verdict {
        let act = self.plan.acts[place].what;
        let host = &self.hosts[act.node];
        let Some(process) = &host.process else {
            return Ok(());
        };
        let commands = acts::choose(
            process.driver.node(),
            host.clock(self.now),
            self.plan.paths.len(),
            act.draw,
        );
        for command in commands {
            let words: String = format!("{command:?}").chars().take(160).collect();
            self.trace.tell(
                self.now,
                format_args!("{} officer: {words}", self.name(act.node)),
            );
            let pace = if command.is_urgent() {
                Pace::Stop
            } else {
                Pace::Main
            };
            let request = self.request(act.node);
            let by = acts::officer();
            self.job(
                act.node,
                Input::Command {
                    request,
                    by,
                    command,
                    // The simulated officers release whatever conflicts.
                    looked: Vec::new(),
                },
                None,
                pace,
            )?;
        }
        Ok(())
    }

    pub(crate) fn name(&self, node: usize) -> &'static str {
        crate::party::NAMES[node]
    }

    pub(crate) fn pace(&self, node: usize, connection: Connection) -> Pace {
        let reading = self.hosts[node]
            .process
            .as_ref()
            .and_then(|process| process.readings.get(&connection));
        match reading.map(|reading| reading.class) {
            Some(Class::Main) => Pace::Main,
            Some(Class::Stop) | None => Pace::Stop,
        }
    }

    pub(crate) fn dial_again(&mut self, node: usize, path: Path, class: Class) {
        let pause = self.rng.between(DIAL_PAUSE.0, DIAL_PAUSE.1);
        self.dial_after(pause, node, path, class);
    }

    fn dial_after(&mut self, pause: u64, node: usize, path: Path, class: Class) {
        if self.dialling.insert((node, path, class)) {
            self.at(self.now + pause, Event::Dial { node, path, class });
        }
    }

    pub(crate) const fn stall_due(&self) -> u64 {
        self.now + STALL
    }
}
