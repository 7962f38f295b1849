//! What the world has seen of each node from outside: what became durable, what left, what sounded. The checkers of
//! [`crate::invariants`] compare these, and believe no node.

use std::collections::{BTreeMap, BTreeSet};

use channel::effect::{Alarm, Effect};
use channel::input::Request;
use model::command::Command;
use model::event::{AlarmCause, Event, Fact};
use model::ids::PartyId;
use model::kind::Kind;
use model::line::{Digest, EntryRef, LogRef, Side};
use node::core::Deed;
use store::Origin;
use tlog::{Hash, HashTree};

use crate::disk::Disk;
use crate::invariants::lies;
use crate::process;

/// Something that a node did, and how many records were durable then.
#[derive(Debug)]
pub struct Seen {
    pub durable: u64,
    pub what: What,
}

#[derive(Debug)]
pub enum What {
    AlarmNow(Alarm),
    Deed(Deed),
    Recorded(Fact),
}

/// A law that was broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    pub law: &'static str,
    pub words: String,
}

/// What a checker answers.
pub type Verdict = Result<(), Broken>;

/// `law` is broken, as `words` say.
pub fn broken<T>(law: &'static str, words: impl Into<String>) -> Result<T, Broken> {
    Err(Broken {
        law,
        words: words.into(),
    })
}

/// A stop call that was made here.
#[derive(Clone, Copy, Debug)]
pub struct OwnCall {
    pub entry: EntryRef,
    /// For how long the caller's node has been up and well since, in ms.
    pub waited: u64,
    pub settled: bool,
}

/// One node, from outside.
pub struct Witnessed {
    pub party: PartyId,
    pub disk: Disk,
    /// What is durable now, as far as it was looked at.
    pub facts: Vec<Fact>,
    /// Every envelope that was ever durable here, by its log and place: leaves.
    pub ever: BTreeMap<(Origin, u64), Hash>,
    /// Of our own logs, what has left: leaves.
    pub left: BTreeMap<(Origin, u64), Hash>,
    /// The greatest epoch of ours on each line of which anything has left.
    pub epochs_left: BTreeMap<model::ids::LineId, u32>,
    /// The greatest size of each log of the peer that we cosigned, and its root.
    pub cosigned: BTreeMap<Origin, (u64, Hash)>,
    /// Our own logs as they were first written.
    pub own: BTreeMap<Origin, HashTree>,
    pub calls: Vec<OwnCall>,
    /// Calls of the peer that have sounded since this process began, and ever: leaves.
    pub sounded: BTreeSet<Hash>,
    pub ever_sounded: BTreeSet<Hash>,
    /// It was restored, or its disk failed: what it knew may be lost.
    pub lost: bool,
    /// Where a lie was told to it, and the lie's bytes.
    pub lied_to: Vec<(model::ids::LineId, Vec<u8>)>,
    /// How often each log and place was journalled.
    pub counted: Counted,
    /// What the process that runs was asked and has told.
    pub life: Life,
    /// Alarms that a desk has ever heard, in whichever life.
    pub heard: BTreeSet<AlarmCause>,
}

/// What a screen and an officer had of one process, from its start.
#[derive(Clone, Debug, Default)]
pub struct Life {
    /// Records that were there when it began.
    pub began: usize,
    /// The disk has failed: nothing more is recorded, and a screen is shown what is not.
    pub failed: bool,
    /// What officers asked for.
    pub asked: BTreeMap<Request, Command>,
    /// How often each recorded alarm has sounded, climbing included, and ended.
    pub sounded: BTreeMap<AlarmCause, usize>,
    pub ended: BTreeMap<AlarmCause, usize>,
    /// Alarms that a desk hears: they have sounded and not ended. A screen that is opened sounds those that stand.
    pub sounding: BTreeSet<AlarmCause>,
}

/// Counts over the durable facts, begun anew when they are read again.
#[derive(Clone, Debug, Default)]
pub struct Counted {
    pub entries: BTreeSet<EntryRef>,
    pub calls: BTreeMap<(model::ids::LineId, model::code::Desk), u32>,
    pub raised: BTreeMap<(model::ids::LineId, model::code::Desk), u32>,
    pub own_epochs: BTreeMap<model::ids::LineId, u32>,
    pub peer_epochs: BTreeMap<model::ids::LineId, u32>,
    pub cosigned: BTreeMap<LogRef, u64>,
    pub delivered: BTreeMap<LogRef, u64>,
}

impl Witnessed {
    pub fn new(party: PartyId, disk: Disk) -> Self {
        Self {
            party,
            disk,
            facts: Vec::new(),
            ever: BTreeMap::new(),
            left: BTreeMap::new(),
            epochs_left: BTreeMap::new(),
            cosigned: BTreeMap::new(),
            own: BTreeMap::new(),
            calls: Vec::new(),
            sounded: BTreeSet::new(),
            ever_sounded: BTreeSet::new(),
            lost: false,
            lied_to: Vec::new(),
            counted: Counted::default(),
            life: Life::default(),
            heard: BTreeSet::new(),
        }
    }

    /// A process has begun on what is durable; `standing` alarms sound on the screens that are opened.
    pub fn begun(&mut self, standing: impl IntoIterator<Item = Alarm>) {
        self.life = Life {
            began: self.facts.len(),
            ..Life::default()
        };
        for alarm in standing {
            self.hears(alarm.cause);
        }
    }

    /// Notes which alarms a desk has heard begin and end.
    pub fn note_alarms(&mut self, what: &What) {
        match what {
            What::AlarmNow(alarm) => self.hears(alarm.cause),
            What::Deed(Deed::Effect(Effect::Alarm(alarm))) => {
                if alarm.recorded {
                    *self.life.sounded.entry(alarm.cause).or_default() += 1;
                }
                self.hears(alarm.cause);
            }
            What::Deed(Deed::Effect(Effect::AlarmEnded(cause))) => {
                *self.life.ended.entry(*cause).or_default() += 1;
                self.life.sounding.remove(cause);
            }
            What::Deed(_) | What::Recorded(_) => {}
        }
    }

    fn hears(&mut self, cause: AlarmCause) {
        self.life.sounding.insert(cause);
        self.heard.insert(cause);
    }

    /// Facts that became durable since the last look.
    ///
    /// # Errors
    /// Where a record cannot be read back.
    pub fn new_facts(&mut self) -> Result<std::ops::Range<usize>, Broken> {
        let from = self.facts.len();
        let durable = self.disk.look(|index| index.rows.len());
        if durable > from {
            match process::facts(&self.disk, from as u64) {
                Ok(facts) => self.facts.extend(facts),
                Err(words) => return broken("replay_gives_the_same_state", words),
            }
        }
        Ok(from..self.facts.len())
    }

    /// A lie that was heard, and lost with the process or with the disk, is nobody's evidence. To be asked once the facts
    /// of the new life were read.
    pub fn forgive_what_was_lost(&mut self) {
        let facts = &self.facts;
        self.lied_to
            .retain(|(line, lie)| lies::is_kept(facts, *line, lie));
    }

    /// A call that was lost with a restore, before it had left, is known to nobody: not to the node, which can tell no one,
    /// but to the officer, who was answered that it waits. One that had left comes back from the peer.
    pub fn forget_calls_that_were_lost(&mut self) {
        if !self.lost {
            return;
        }
        let facts = &self.facts;
        let there = |call: &OwnCall| {
            let mut sent = facts.iter().filter_map(|fact| match &fact.event {
                Event::MessageSent { entry, .. } => Some(*entry),
                _other_fact => None,
            });
            sent.any(|entry| entry == call.entry)
        };
        self.calls.retain(there);
    }

    /// The process has ended: what is durable is read again, and what only lived is forgotten.
    pub fn rebooted(&mut self) {
        self.facts.clear();
        self.sounded.clear();
        self.counted = Counted::default();
    }

    /// The name of a log, as this node's disk has it.
    pub fn origin(&self, log: LogRef, peer: PartyId) -> Option<Origin> {
        let party = match log.side {
            Side::Own => self.party,
            Side::Peer => peer,
        };
        Origin::new(&wire::line::origin(log.line, party, log.lane, log.epoch)).ok()
    }

    /// Whether the durable facts say that the peer has cosigned an entry of ours, or gave it back.
    pub fn is_delivered(&self, entry: EntryRef) -> bool {
        let covers = |fact: &Fact| match &fact.event {
            Event::Delivered { log, head, .. } => *log == entry.log && head.size > entry.index,
            Event::MessageReceived { entry: back, .. } => *back == entry,
            _other_fact => false,
        };
        self.facts.iter().any(covers)
    }
}

/// A stop call among what came, and the leaf of its envelope.
pub fn is_stop_call(kind: u16) -> bool {
    kind == Kind::StopCall.number()
}

pub fn hash(digest: Digest) -> Hash {
    Hash(digest.0)
}
