//! The world: two machines, the network between them, and everything that happens, one thing after the other.

use std::collections::{BTreeMap, BTreeSet};

use channel::input::{Administration, Class, Connection, Input, LinkInput, PeerFrame, Request};
use model::event::Bytes;
use model::ids::{LineId, SounderId};
use model::line::Side;
use node::core::work::Pace;

use crate::acts;
use crate::host::{Host, Job};
use crate::invariants::{end, lies, logs, record, said, stops};
use crate::net::{Net, Path, Weather};
use crate::party::{DESKS, NoKeys, Party, arrangement, line_id};
use crate::plan::Plan;
use crate::process::{self, Process};
use crate::rng::Rng;
use crate::trace::Trace;
use crate::witness::{Broken, Verdict, What, broken};

/// How often the world looks at what only time can break, in ms.
const LOOK_EVERY: u64 = 500;
/// How long the nodes have to settle once nothing goes wrong any more, in ms.
const SETTLES_WITHIN: u64 = 240_000;
/// How often a full disk is tried again, in ms, as the node does it.
const RESUME_EVERY: u64 = 5_000;
/// How often an administrator looks whether an epoch is confirmed, in ms.
const CONFIRMED_WITHIN: u64 = 2_000;
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
}

/// How a run ended.
#[derive(Debug)]
pub struct Outcome {
    pub broken: Option<Broken>,
    /// Events that happened, and a sum over all of them.
    pub sum: (u64, u64),
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

    // ---- coming up and going down

    /// Starts the node of a machine on what its disk holds.
    fn up(&mut self, node: usize) -> Verdict {
        let host = &mut self.hosts[node];
        let records = host.disk.look(|index| index.rows.len());
        let seals = host.party.seals(host.rng.fork(7)).map_err(|error| Broken {
            law: "replay_gives_the_same_state",
            words: error.to_string(),
        })?;
        let process = match Process::start(&host.party, seals, &host.disk) {
            Ok(process) => process,
            Err(error) => return broken("replay_gives_the_same_state", error.to_string()),
        };
        self.trace.tell(
            self.now,
            format_args!("{} comes up on {records} records", self.name(node)),
        );
        let host = &mut self.hosts[node];
        let heads = process.heads.clone();
        host.process = Some(process);
        self.look_at_facts(node)?;
        self.hosts[node].witness.forgive_what_was_lost();
        self.hosts[node].witness.forget_calls_that_were_lost();
        if !self.hosts[node].witness.lost {
            logs::cosigned_is_durable_forever(&self.hosts[node].witness)?;
        }
        self.compare_with_replay(node)?;
        self.job(node, Input::Durable { heads }, None, Pace::Stop)?;
        self.job(
            node,
            Input::Disk(channel::input::Disk::Well),
            None,
            Pace::Stop,
        )?;
        if let Some(size) = self.hosts[node].restored {
            let request = self.request(node);
            let act = Administration::Restored { size };
            self.job(node, Input::Administer { request, act }, None, Pace::Stop)?;
        }
        let facts = self.hosts[node].witness.facts.iter();
        let taken = |fact: &&model::event::Fact| {
            matches!(
                fact.event,
                model::event::Event::ManifestTaken {
                    side: Side::Peer,
                    ..
                }
            )
        };
        // What a crash took of it, the administrators do once more.
        if facts.filter(taken).count() < self.plan.paths.len() {
            self.set_up(node)?;
        }
        let newer = self.hosts[node]
            .process
            .as_ref()
            .map(|process| process.trust.own_to_take());
        for (line, manifest) in newer.unwrap_or_default() {
            let act = Administration::TakeManifest {
                line,
                side: Side::Own,
                version: manifest.manifest().version,
                manifest: manifest.bytes().clone(),
            };
            let request = self.request(node);
            self.job(node, Input::Administer { request, act }, None, Pace::Stop)?;
        }
        for (line, count) in self.plan.paths.clone().into_iter().enumerate() {
            let paths = LinkInput::Paths {
                line: line_id(line),
                count,
            };
            self.job(node, Input::Link(paths), None, Pace::Stop)?;
        }
        for desk in DESKS {
            self.sounder(node, desk, true)?;
        }
        for path in self.net.paths().collect::<Vec<_>>() {
            for class in [Class::Stop, Class::Main] {
                self.dial_after(1, node, path, class);
            }
        }
        Ok(())
    }

    /// What both administrators do at first: arrangements in force, manifests exchanged.
    fn set_up(&mut self, node: usize) -> Verdict {
        let peer = &self.hosts[1 - node].party;
        let version = peer.manifest.manifest().version;
        let (peer, manifest): (_, Bytes) = (peer.id, peer.manifest.bytes().clone());
        for line in 0..self.plan.paths.len() {
            let arrangement = arrangement(line);
            let acts = [
                Administration::PutInForce {
                    name: arrangement.name,
                    peer,
                    arrangement,
                    signatures: b"both".as_slice().into(),
                },
                Administration::TakeManifest {
                    line: line_id(line),
                    side: Side::Peer,
                    version,
                    manifest: manifest.clone(),
                },
            ];
            for act in acts {
                let request = self.request(node);
                self.job(node, Input::Administer { request, act }, None, Pace::Stop)?;
            }
        }
        Ok(())
    }

    pub(crate) fn sounder(&mut self, node: usize, desk: model::code::Desk, armed: bool) -> Verdict {
        // INVARIANT: a short name.
        let sounder: SounderId = "horn".parse().expect("a short name");
        self.job(
            node,
            Input::Sounder {
                desk,
                sounder,
                armed,
            },
            None,
            Pace::Stop,
        )
    }

    pub(crate) fn request(&mut self, node: usize) -> Request {
        let Some(process) = self.hosts[node].process.as_mut() else {
            return Request(0);
        };
        process.next_request += 1;
        Request(process.next_request)
    }

    /// The node is gone; its machine is up again, and the node with it, after `down`.
    pub(crate) fn down(&mut self, node: usize, down: u64, why: &str) {
        self.trace.tell(
            self.now,
            format_args!("{} goes down: {why}", self.name(node)),
        );
        let host = &mut self.hosts[node];
        host.process = None;
        host.life += 1;
        host.wakes = None;
        host.jobs.clear();
        host.observer.take();
        host.disk.crash(&mut host.rng);
        host.witness.rebooted();
        for (stream, end) in self.net.of_node(node) {
            // A machine without power says goodbye to nobody; one that restarts its program does.
            match self.rng.chance(500) {
                true => self.close(stream, end),
                false => self.net.abandon(stream, end),
            }
        }
        let life = self.hosts[node].life;
        self.at(self.now + down, Event::Up { node, life });
    }

    /// Confirms an epoch with the root key.
    fn confirm(&mut self, node: usize, line: LineId, epoch: u32) -> Verdict {
        let confirmed = self.hosts[node]
            .witness
            .facts
            .iter()
            .any(|fact| match &fact.event {
                model::event::Event::EpochConfirmed {
                    line: of,
                    side: Side::Own,
                    epoch: at,
                    ..
                } => (*of, *at) == (line, epoch),
                _other_fact => false,
            });
        if confirmed {
            return Ok(());
        }
        // A crash may take the confirmation: the administrator looks again.
        self.at(
            self.now + CONFIRMED_WITHIN,
            Event::Confirm { node, line, epoch },
        );
        let opened = self.hosts[node]
            .witness
            .facts
            .iter()
            .rev()
            .find_map(|fact| match &fact.event {
                model::event::Event::EpochOpened {
                    line: of,
                    side: Side::Own,
                    epoch: at,
                    statement,
                    ..
                } if (*of, *at) == (line, epoch) => Some(statement.clone()),
                _other_fact => None,
            });
        let well = self.hosts[node]
            .process
            .as_ref()
            .is_some_and(|process| process.disk() == channel::input::Disk::Well);
        let Some(statement) = opened.filter(|_| well) else {
            return Ok(());
        };
        let Ok(statement) = wire::epoch::confirm(&statement, &self.hosts[node].party.root) else {
            return broken("epochs_only_grow", "a statement cannot be confirmed");
        };
        self.trace.tell(
            self.now,
            format_args!("{} confirms epoch {epoch}", self.name(node)),
        );
        let request = self.request(node);
        let act = Administration::ConfirmEpoch {
            line,
            epoch,
            statement,
        };
        self.job(node, Input::Administer { request, act }, None, Pace::Stop)
    }

    // ---- stepping

    /// Steps a node, and all that follows at once.
    pub(crate) fn job(
        &mut self,
        node: usize,
        input: Input,
        cosignature: Option<Bytes>,
        pace: Pace,
    ) -> Verdict {
        self.hosts[node].jobs.push_back((input, cosignature, pace));
        self.work_off(node)
    }

    fn work_off(&mut self, node: usize) -> Verdict {
        while let Some(job) = self.hosts[node].jobs.pop_front() {
            self.step(node, job, false)?;
        }
        Ok(())
    }

    /// `waited`: it has had its turn in the queue.
    fn step(&mut self, node: usize, (input, cosignature, pace): Job, waited: bool) -> Verdict {
        self.contradictions(node, &input);
        let host = &mut self.hosts[node];
        let now = host.clock(self.now);
        let Some(process) = host.process.as_mut() else {
            return Ok(());
        };
        let calls = stops::calls_in(&input);
        let calls = if pace == Pace::Stop {
            calls
        } else {
            Vec::new()
        };
        let recovering = calls
            .iter()
            .any(|(line, _)| process.driver.node().lines().is_recovering(*line));
        let outside = host.observer.as_ref();
        match waited {
            true => process.step(now, input, cosignature, pace, outside),
            false => process.take(now, input, cosignature, pace, outside),
        }
        let alarms = self.carry_out(node)?;
        if !calls.is_empty() && !self.hosts[node].disk.is_dark() {
            stops::stop_waits_for_nothing(
                &mut self.hosts[node].witness,
                &calls,
                &alarms,
                recovering,
            )?;
        }
        self.after(node)
    }

    /// What is under way goes on: to the disk, and to the next time the node wakes.
    fn after(&mut self, node: usize) -> Verdict {
        if self.hosts[node].disk.is_dark() {
            let down = self.hosts[node].down;
            self.down(node, down, "the power went");
            return Ok(());
        }
        let with_snapshot = self.rng.chance(self.plan.snapshots);
        let host = &mut self.hosts[node];
        let Some(process) = host.process.as_mut() else {
            return Ok(());
        };
        if process.hand_over(with_snapshot) {
            let slow = if host.slow.0 > self.now {
                host.slow.1
            } else {
                0
            };
            let takes = self.rng.between(self.plan.disk.0, self.plan.disk.1) + slow;
            let life = host.life;
            self.at(self.now + takes, Event::Written { node, life });
        }
        let (wakes, life) = (self.hosts[node].wake_time(self.now), self.hosts[node].life);
        if wakes != self.hosts[node].wakes {
            self.hosts[node].wakes = wakes;
            if let Some(at) = wakes {
                self.at(at, Event::Wake { node, life });
            }
        }
        Ok(())
    }

    /// Waits for the disk at once, as a program does that is asked to stop.
    pub(crate) fn finish_writing(&mut self, node: usize) -> Verdict {
        if let Some(process) = self.hosts[node].process.as_mut() {
            process.hand_over(true);
        }
        self.written(node)
    }

    fn written(&mut self, node: usize) -> Verdict {
        let host = &mut self.hosts[node];
        let Some(process) = host.process.as_mut() else {
            return Ok(());
        };
        let inputs = process.write(host.observer.as_ref());
        let full = process.disk() == channel::input::Disk::Full;
        self.look_at_facts(node)?;
        self.carry_out(node)?;
        if full && inputs.iter().any(|input| matches!(input, Input::Disk(_))) {
            let life = self.hosts[node].life;
            self.at(self.now + RESUME_EVERY, Event::Resume { node, life });
        }
        for input in inputs {
            self.job(node, input, None, Pace::Stop)?;
        }
        while let Some((input, cosignature)) = self.hosts[node]
            .process
            .as_mut()
            .and_then(Process::next_waiting)
        {
            self.step(node, (input, cosignature, Pace::Main), true)?;
        }
        self.after(node)?;
        self.compare_with_replay(node)
    }

    fn resume(&mut self, node: usize) -> Verdict {
        let Some(process) = self.hosts[node].process.as_mut() else {
            return Ok(());
        };
        match process.try_resume() {
            Some(input) => self.job(node, input, None, Pace::Stop),
            None => {
                let life = self.hosts[node].life;
                self.at(self.now + RESUME_EVERY, Event::Resume { node, life });
                Ok(())
            }
        }
    }

    /// Checks and does what the node wants seen. Answers with the alarms that sounded ahead of the disk.
    fn carry_out(&mut self, node: usize) -> Result<Vec<channel::effect::Alarm>, Broken> {
        let seen = self.hosts[node].observer.take();
        let mut alarms = Vec::new();
        if seen.is_empty() {
            return Ok(alarms);
        }
        self.look_at_facts(node)?;
        let peer = self.hosts[1 - node].party.id;
        for seen in seen {
            let line = self.line_of(node, &seen.what);
            said::nothing_said_before_durable(&self.hosts[node].witness, peer, line, &seen)?;
            match seen.what {
                What::AlarmNow(alarm) => {
                    self.trace.tell(
                        self.now,
                        format_args!("{} SOUNDS {alarm:?}", self.name(node)),
                    );
                    alarms.push(alarm);
                }
                What::Recorded(_) => {}
                What::Deed(deed) => self.deed(node, deed)?,
            }
        }
        Ok(alarms)
    }

    // ---- looking

    /// Checks what became durable since the last look.
    fn look_at_facts(&mut self, node: usize) -> Verdict {
        let new = self.hosts[node].witness.new_facts()?;
        let honest = self.peer_is_honest(node);
        for place in new {
            let (one, other) = self.hosts.split_at_mut(1);
            let (host, peer) = if node == 0 {
                (&mut one[0], &other[0])
            } else {
                (&mut other[0], &one[0])
            };
            let fact = &host.witness.facts[place];
            if !matches!(fact.event, model::event::Event::MessageReceived { .. }) {
                let words = format!("{:?}", fact.event);
                let words: String = words.chars().take(220).collect();
                self.trace.tell(
                    self.now,
                    format_args!("{} durable: {words}", crate::party::NAMES[node]),
                );
            }
            if !self.plan.lying {
                lies::no_false_accusation(fact)?;
            }
            said::released_only(&host.witness, place)?;
            record::nothing_twice(&mut host.witness, place)?;
            record::epochs_only_grow(&mut host.witness, peer.party.id, place)?;
            stops::note_call(&mut host.witness, place);
            logs::both_hold_the_same_entries(&mut host.witness, &peer.witness, place, honest)?;
            // Not one from an earlier restore, which the backup had.
            if let model::event::Event::Restored { size } = host.witness.facts[place].event {
                host.restored = host.restored.filter(|restored| *restored != size);
            }
        }
        Ok(())
    }

    /// Whether the other party writes one log and shows one log.
    pub(crate) fn peer_is_honest(&self, node: usize) -> bool {
        !(self.plan.lying && node == 0)
    }

    fn compare_with_replay(&mut self, node: usize) -> Verdict {
        let host = &self.hosts[node];
        let Some(process) = host.process.as_ref().filter(|process| process.is_quiet()) else {
            return Ok(());
        };
        if process.disk() == channel::input::Disk::Failed || !self.rng.chance(30) {
            return Ok(());
        }
        match process::fold(&host.party, &host.disk) {
            Ok(folded) => record::replay_gives_the_same_state(process.driver.node(), &folded),
            Err(words) => broken("replay_gives_the_same_state", words),
        }
    }

    fn look(&mut self) -> Result<bool, Broken> {
        let passed = self.now - self.looked;
        self.looked = self.now;
        let terms = arrangement(0).stop.clone();
        for node in 0..2 {
            let well = self.hosts[node].process.as_ref().map(Process::disk);
            let can_record = matches!(
                well,
                Some(channel::input::Disk::Well | channel::input::Disk::Full)
            );
            // What is to be told waits for the disk, and at most two batches are before it.
            let disk = self.plan.disk.1.max(self.hosts[node].slow.1) * 3;
            let passed = can_record.then_some(passed);
            let witness = &mut self.hosts[node].witness;
            stops::a_stop_call_always_alarms_or_the_caller_is_told(witness, &terms, disk, passed)?;
            let passed = passed.unwrap_or(0);
            self.look_at_silence(node, passed, can_record)?;
            self.stalled(node)?;
        }
        match self.healed {
            true => self.settled(),
            false => Ok(false),
        }
    }

    fn look_at_silence(&mut self, node: usize, passed: u64, up: bool) -> Verdict {
        for line in 0..self.plan.paths.len() {
            let silent = self.silent.entry((node, line)).or_default();
            *silent = if up { *silent + passed } else { 0 };
            if let Some(process) = self.hosts[node].process.as_ref().filter(|_| up) {
                end::a_dead_line_alarms(process.driver.node(), line_id(line), *silent)?;
            }
        }
        Ok(())
    }

    /// A frame that has begun and is not whole in time costs the connection.
    fn stalled(&mut self, node: usize) -> Verdict {
        let Some(process) = self.hosts[node].process.as_ref() else {
            return Ok(());
        };
        let late = process
            .readings
            .iter()
            .filter(|(_, reading)| reading.due.is_some_and(|due| due <= self.now));
        for connection in late.map(|(connection, _)| *connection).collect::<Vec<_>>() {
            self.bad(node, connection, model::line::Fault::Stalled)?;
        }
        Ok(())
    }

    /// What the link itself finds wrong with a connection ends it.
    pub(crate) fn bad(
        &mut self,
        node: usize,
        connection: Connection,
        fault: model::line::Fault,
    ) -> Verdict {
        self.trace.tell(
            self.now,
            format_args!("{} finds {fault} on {connection:?}", self.name(node)),
        );
        let evidence = Vec::new().into();
        let frame = PeerFrame::Bad { fault, evidence };
        let pace = self.pace(node, connection);
        self.job(node, Process::frame_input(connection, frame), None, pace)?;
        self.hang_up(node, connection)
    }

    /// Whether all has come to rest, and what must hold then.
    fn settled(&mut self) -> Result<bool, Broken> {
        let unsettled = self.unsettled();
        let late = self.now > self.plan.heals_at + SETTLES_WITHIN;
        match unsettled {
            Some(why) if late => broken("converges", why),
            Some(_) => Ok(false),
            None => {
                self.at_rest()?;
                Ok(true)
            }
        }
    }

    fn unsettled(&self) -> Option<String> {
        let [Some(one), Some(other)] = [&self.hosts[0].process, &self.hosts[1].process] else {
            return Some("a node is down".into());
        };
        let pairs = [(0, one, other), (1, other, one)];
        for (node, process, _) in pairs {
            if !process.is_quiet() {
                return Some(format!("{} has work under way", self.name(node)));
            }
            if process.disk() != channel::input::Disk::Well {
                return Some(format!(
                    "the disk of {} is {:?}",
                    self.name(node),
                    process.disk()
                ));
            }
        }
        for line in 0..self.plan.paths.len() {
            for (node, process, peer) in pairs {
                let (process, peer) = (process.driver.node(), peer.driver.node());
                let why = match self.plan.lying {
                    true => Self::unsettled_beside_lies(node, process, line_id(line)),
                    false => end::unsettled(process, peer, line_id(line)),
                };
                if let Some(why) = why {
                    return Some(format!("{} on line {line}: {why}", self.name(node)));
                }
            }
        }
        None
    }

    fn at_rest(&mut self) -> Verdict {
        let [Some(one), Some(other)] = [&self.hosts[0].process, &self.hosts[1].process] else {
            return Ok(());
        };
        self.trace.tell(self.now, format_args!("all is at rest"));
        if !self.plan.lying {
            end::states_agree(
                one.driver.node(),
                other.driver.node(),
                self.hosts[0].clock(self.now),
            )?;
        }
        for node in 0..2 {
            let (witness, peer) = (&self.hosts[node].witness, &self.hosts[1 - node].witness);
            if self.peer_is_honest(1 - node) {
                stops::every_call_has_sounded(witness, peer)?;
            }
            // Beside lies nobody waits until a restored node has fetched back what it had signed for.
            if self.peer_is_honest(node) && !(self.plan.lying && witness.lost) {
                logs::cosigned_is_durable_forever(witness)?;
            }
            lies::equivocation_is_evidence(witness)?;
            if let Some(process) = &self.hosts[node].process {
                let folded = process::fold(&self.hosts[node].party, &self.hosts[node].disk);
                match folded {
                    Ok(folded) => {
                        record::replay_gives_the_same_state(process.driver.node(), &folded)?
                    }
                    Err(words) => return broken("replay_gives_the_same_state", words),
                }
            }
        }
        Ok(())
    }

    // ---- officers

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
                },
                None,
                pace,
            )?;
        }
        Ok(())
    }

    // ---- small things

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
