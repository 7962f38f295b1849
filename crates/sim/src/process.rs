//! One node while it runs: the node's own core, driven by hand.
//!
//! What [`node::core::run`] does with two threads is done here step by step: the driver steps, work gathers, and while a
//! piece of it is being written the next one gathers behind it.

use std::collections::{BTreeMap, VecDeque};
use std::ops::ControlFlow;
use std::sync::{Arc, OnceLock};

use channel::Configuration;
use channel::input::{Class, Connection, Input, LinkInput, PeerFrame};
use model::event::{Bytes, Fact};
use model::ids::LineId;
use model::line::{LogHead, LogRef};
use model::units::Timestamp;
use node::core::driver::Moment;
use node::core::recent::Recent;
use node::core::replay::{ReplayError, Replayed, replay};
use node::core::work::{Pace, Work};
use node::core::writer::{Seals, Writer};
use node::core::{Driver, Outside};
use node::trust::{ConnectionKeys, Trust};
use release::RuleSet;
use store::{Journal, Openings};
use wire::line::FrameReader;

use crate::disk::Disk;
use crate::frames::Framing;
use crate::journal::MemoryJournal;
use crate::party::Party;

/// What a connection is for, and what has come of its next frame.
pub struct Reading {
    pub line: usize,
    pub class: Class,
    pub frames: FrameReader,
    /// When the frame that has begun must be whole, by the simulation's clock.
    pub due: Option<u64>,
    /// When the node was last told that a frame is under way.
    pub told: Option<u64>,
    keys: ConnectionKeys,
    pub paused_until: Option<Timestamp>,
    /// What came while paused.
    pub unread: VecDeque<Vec<u8>>,
}

type Waiting = (Input, Option<Bytes>);

/// A node that runs.
pub struct Process {
    pub driver: Driver,
    writer: Writer<MemoryJournal>,
    pub trust: Arc<Trust>,
    recent: Arc<Recent>,
    work: Work,
    writing: Option<Work>,
    main: VecDeque<Waiting>,
    pub readings: BTreeMap<Connection, Reading>,
    next_connection: u64,
    pub next_request: u64,
    /// Its own memory of the last record, to be compared with a replay when nothing is under way.
    pub heads: Vec<(LogRef, LogHead)>,
}

/// The shipped rules, read once.
pub fn rules() -> RuleSet {
    static RULES: OnceLock<RuleSet> = OnceLock::new();
    // INVARIANT: the shipped rules are read by a test of `release`.
    RULES
        .get_or_init(|| RuleSet::shipped().expect("the shipped rules"))
        .clone()
}

fn configuration(party: &Party) -> Configuration {
    Configuration {
        party: party.id,
        rules: rules(),
    }
}

impl Process {
    /// Starts a node on what its disk holds.
    ///
    /// # Errors
    /// Where the journal cannot be understood: never, for what nodes have written.
    pub fn start(party: &Party, seals: Seals, disk: &Disk) -> Result<Self, ReplayError> {
        let trust = Arc::new(Trust::new(party.manifest.clone()));
        let recent = Arc::new(Recent::default());
        let journal = MemoryJournal::open(disk);
        let Replayed {
            driver,
            writer,
            heads,
            folded: _,
        } = replay(
            journal,
            || configuration(party),
            seals,
            trust.clone(),
            recent.clone(),
        )?;
        Ok(Self {
            driver,
            writer,
            trust,
            recent,
            work: Work::default(),
            writing: None,
            main: VecDeque::new(),
            readings: BTreeMap::new(),
            next_connection: 1,
            next_request: 1,
            heads,
        })
    }

    pub fn disk(&self) -> channel::input::Disk {
        self.writer.disk()
    }

    /// Nothing is being written, and nothing waits to be.
    pub fn is_quiet(&self) -> bool {
        self.writing.is_none() && self.work.is_empty() && self.main.is_empty()
    }

    /// Steps now if `pace` may; what belongs to `main` waits for room.
    pub fn take(
        &mut self,
        now: Timestamp,
        input: Input,
        cosignature: Option<Bytes>,
        pace: Pace,
        outside: &dyn Outside,
    ) {
        if pace == Pace::Main && (!self.main.is_empty() || !self.work.has_room()) {
            self.main.push_back((input, cosignature));
            return;
        }
        self.step(now, input, cosignature, pace, outside);
    }

    /// Steps, whatever waits.
    pub fn step(
        &mut self,
        now: Timestamp,
        input: Input,
        cosignature: Option<Bytes>,
        pace: Pace,
        outside: &dyn Outside,
    ) {
        let quiet = self.writing.is_none();
        let at = Moment { now, pace, quiet };
        self.driver
            .step(at, input, cosignature, &mut self.work, outside);
    }

    /// The next of `main` that has waited for room, if there is some now.
    pub fn next_waiting(&mut self) -> Option<Waiting> {
        match self.work.has_room() {
            true => self.main.pop_front(),
            false => None,
        }
    }

    /// Hands the gathered work to the disk, unless it is busy. `true`: it will be written.
    pub fn hand_over(&mut self, with_snapshot: bool) -> bool {
        if self.writing.is_some() || self.work.is_empty() {
            return false;
        }
        if with_snapshot {
            self.work.snapshot = Some(Box::new(self.driver.node().snapshot()));
        }
        self.writing = Some(std::mem::take(&mut self.work));
        self.driver.handed_over();
        true
    }

    /// The disk has done what it was handed. What the node is to be told of it.
    pub fn write(&mut self, outside: &dyn Outside) -> Vec<Input> {
        let Some(work) = self.writing.take() else {
            return Vec::new();
        };
        let mut written = self.writer.write(work, outside);
        if let Some(keep) = written.snapshot.take() {
            keep();
        }
        self.driver.written(written.disk);
        let heads = (!written.heads.is_empty()).then_some(Input::Durable {
            heads: written.heads,
        });
        heads
            .into_iter()
            .chain(written.disk.map(Input::Disk))
            .collect()
    }

    /// Tries whether a full disk has room again.
    pub fn try_resume(&mut self) -> Option<Input> {
        self.writer.try_resume().disk.map(Input::Disk)
    }

    /// A number for a new connection, which is read from now on.
    pub fn open(&mut self, line: usize, class: Class) -> Connection {
        let connection = Connection(self.next_connection);
        self.next_connection += 1;
        let reading = Reading {
            line,
            class,
            frames: FrameReader::new(),
            due: None,
            told: None,
            keys: ConnectionKeys::default(),
            paused_until: None,
            unread: VecDeque::new(),
        };
        self.readings.insert(connection, reading);
        connection
    }

    pub fn framing<'a>(&'a self, party: &'a Party) -> Framing<'a, MemoryJournal> {
        Framing {
            party,
            trust: &self.trust,
            recent: &self.recent,
            journal: self.writer.journal(),
        }
    }

    /// Decodes a whole frame. Nothing where the line's keys are not known yet, or the connection is gone.
    pub fn receive(
        &mut self,
        party: &Party,
        connection: Connection,
        line: LineId,
        frame: &[u8],
    ) -> (Vec<PeerFrame>, Option<Bytes>) {
        let Some(reading) = self.readings.get_mut(&connection) else {
            return (Vec::new(), None);
        };
        let Some(keys) = reading.keys.now(&self.trust, line) else {
            return (Vec::new(), None);
        };
        let mut taken = wire::line::receive(frame, &keys);
        reading.keys.took(&keys, &taken.frames);
        self.framing(party).look_up(&mut taken, line);
        let cosignature = taken
            .cosignature
            .map(|cosignature| cosignature.to_bytes().as_slice().into());
        (taken.frames, cosignature)
    }

    /// What the connection is told of a frame.
    pub fn frame_input(connection: Connection, frame: PeerFrame) -> Input {
        Input::Link(LinkInput::Frame { connection, frame })
    }
}

/// Every fact on a disk, from record `from` on.
///
/// # Errors
/// Where a record cannot be understood: which, and why.
pub fn facts(disk: &Disk, from: u64) -> Result<Vec<Fact>, String> {
    let journal = MemoryJournal::open(disk);
    let mut facts = Vec::new();
    let mut refused = None;
    let read = journal.read(
        from,
        Openings::Include,
        &mut |stored| match node::core::replay::fact_of(&stored) {
            Ok(fact) => {
                facts.push(fact);
                ControlFlow::Continue(())
            }
            Err(cause) => {
                refused = Some(format!("record {}: {cause}", stored.seq));
                ControlFlow::Break(())
            }
        },
    );
    match (read, refused) {
        (Err(cause), _) => Err(cause.to_string()),
        (Ok(_), Some(refused)) => Err(refused),
        (Ok(_), None) => Ok(facts),
    }
}

/// A node folded anew from the first record on.
///
/// # Errors
/// As [`facts`].
pub fn fold(party: &Party, disk: &Disk) -> Result<channel::Node, String> {
    let mut node = channel::Node::new(configuration(party));
    facts(disk, 0)?.iter().for_each(|fact| node.fold(fact));
    Ok(node)
}
