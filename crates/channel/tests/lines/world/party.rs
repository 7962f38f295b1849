//! A party: what its shell has beside its lines.

use super::log::{Log, Logs, own_log};
use super::{START, at, line};
use crate::desk::{self, MIDDLE, position};
use channel::effect::Effect;
use channel::input::Arrived;
use channel::lines::Lines;
use model::arrangement::Arrangement;
use model::code::Lane;
use model::event::{Actor, Event, Fact};
use model::line::{Digest, Epoch, LogHead, LogRef, Side};
use model::place::{Area, Circle};
use model::units::Millimetres;
use std::collections::VecDeque;
use std::sync::Arc;

/// A fact in the journal, and the entry that it brought.
#[derive(Clone)]
pub(super) struct Record {
    fact: Fact,
    entry: Option<Arrived>,
}

pub struct Party {
    pub name: &'static str,
    pub lines: Lines,
    pub(super) journal: Vec<Record>,
    /// How much of the journal is on disk.
    pub(super) durable: usize,
    /// What waits for the batch that ends there.
    pub(super) held_back: VecDeque<(usize, Effect)>,
    pub own: Logs,
    pub held: Logs,
    /// What this party's clock is ahead.
    pub skew: i64,
    /// Whether batches are written at once, after every step.
    pub prompt: bool,
    pub(super) said: u64,
    pub(super) wake: Option<i64>,
    pub(super) backup: usize,
    /// What left with its signature.
    pub cosigned: Vec<(LogRef, LogHead)>,
}

fn arrangement() -> Arc<Arrangement> {
    let area = Circle::new(position(MIDDLE), Millimetres::from_metres(50_000)).expect("a circle");
    Arc::new(Arrangement {
        line: line(),
        area: Area::Circle(area),
        purposes: vec![],
        reference_points: vec![],
        finest: Millimetres::from_metres(1),
        ..desk::arrangement()
    })
}

impl Party {
    pub(super) fn new(name: &'static str, peer: &str) -> Self {
        let mut party = Self {
            name,
            lines: Lines::new(),
            journal: Vec::new(),
            durable: 0,
            held_back: VecDeque::new(),
            own: Logs::new(),
            held: Logs::new(),
            skew: 0,
            prompt: true,
            said: 0,
            wake: None,
            backup: 0,
            cosigned: Vec::new(),
        };
        let event = Event::ArrangementInForce {
            line: line(),
            name: "east-west".parse().expect("a name"),
            peer: peer.parse().expect("a name"),
            arrangement: arrangement(),
            signatures: [0; 0].into(),
        };
        party.record(START, event, None);
        party.durable = party.journal.len();
        party.backup = party.durable;
        party
    }

    pub(super) fn record(&mut self, now: i64, event: Event, entry: Option<Arrived>) {
        let fact = Fact {
            at: at(now),
            by: Actor::Node,
            event,
        };
        let mut folded = fact.clone();
        if let Event::MessageSent { leaf, .. } = &mut folded.event {
            // Live, an entry of ours is folded before it is sealed.
            *leaf = Digest([0; 32]);
        }
        self.lines.fold(&folded);
        let record = Record { fact, entry };
        self.keep(&record);
        self.journal.push(record);
    }

    fn keep(&mut self, record: &Record) {
        let log = match &record.fact.event {
            Event::MessageSent { entry, .. } | Event::MessageReceived { entry, .. } => entry.log,
            _other => return,
        };
        let logs = match log.side {
            Side::Own => &mut self.own,
            Side::Peer => &mut self.held,
        };
        if let Some(entry) = &record.entry {
            logs.entry((log.lane, log.epoch))
                .or_default()
                .push(entry.clone());
        }
    }

    pub(super) fn heads(&self) -> Vec<(LogRef, LogHead)> {
        let head = |((lane, epoch), log): (&(Lane, Epoch), &Log)| {
            let head = log.head(*epoch, log.size()).expect("a head");
            (own_log(*lane, *epoch), head)
        };
        self.own.iter().map(head).collect()
    }

    /// The state as a replay of the journal makes it.
    pub fn replayed(&self) -> Lines {
        let mut lines = Lines::new();
        self.journal
            .iter()
            .for_each(|record| lines.fold(&record.fact));
        lines
    }

    pub fn events(&self) -> impl Iterator<Item = &Event> {
        self.journal.iter().map(|record| &record.fact.event)
    }

    /// What waited to be seen is lost with the process.
    pub fn forget_effects(&mut self) {
        self.held_back.clear();
    }

    /// Goes on from the first `records` of the journal.
    pub(super) fn restart(&mut self, records: usize) {
        self.journal.truncate(records);
        self.durable = records;
        self.held_back.clear();
        self.own.clear();
        self.held.clear();
        for record in self.journal.clone() {
            self.keep(&record);
        }
        self.lines = self.replayed();
    }
}
