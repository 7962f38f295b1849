//! The node: one step at a time, from what happened to what is to be done.

use crate::conflicts::Conflicts;
use crate::effect::{Append, Effect, Kept};
use crate::input::{Disk, Input};
use crate::lines::Lines;
use crate::units::Units;
use conflict::shape::Shape;
use model::code::Desk;
use model::due::SetBacks;
use model::event::{Actor, AlarmCause, Event, Fact};
use model::ids::{LineId, PartyId};
use model::line::{Digest, EntryRef, Side};
use model::state::State;
use model::units::Timestamp;
use model::watch::WatchEvent;
use places::given_in;
use release::RuleSet;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use timers::matters_to_timers;

mod administer;
mod alarms;
mod commands;
mod conflicts;
mod disk;
mod places;
mod receive;
mod say;
mod timers;
mod units;

/// What a node is told once, at start.
pub struct Configuration {
    pub party: PartyId,
    pub rules: RuleSet,
}

/// Everything a node knows. Durable parts are folds over the journal; the rest begins anew at each start.
pub struct Node {
    party: PartyId,
    rules: RuleSet,
    state: State,
    lines: Lines,
    /// The arrangements' areas, ready for geometry. Follows `state`.
    areas: BTreeMap<LineId, Shape>,
    /// What is in force on either side of each line. Follows `state`.
    pub(crate) conflicts: Conflicts,
    /// Incoming stop calls whose place this node doubts. Follows `state`.
    doubtful: BTreeSet<EntryRef>,
    /// Where our units are, and what is to be held against that. Follows `state`.
    units: Units,
    disk: Disk,
    due: DueAt,
    /// The clock at the last step, and how it was set back.
    last: Timestamp,
    set_backs: SetBacks,
    /// Stop calls that sounded ahead of the disk, and the envelope of each: their alarm, when it is recorded, does not
    /// sound again.
    sounded: BTreeMap<EntryRef, Digest>,
    /// Calls that can't be recorded are counted, so that a screen shows how many.
    unrecorded: u32,
    woken: Option<Timestamp>,
}

/// When the timers must be looked at again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum DueAt {
    Now,
    At(Option<Timestamp>),
}

/// The durable part, as kept in a snapshot.
#[derive(Serialize, Deserialize)]
pub struct Snapshot {
    state: State,
    lines: crate::lines::Durable,
}

/// Effects of one step, and the facts among them folded as they come.
struct Step<'a> {
    node: &'a mut Node,
    now: Timestamp,
    effects: Vec<Effect>,
}

impl Node {
    pub fn new(configuration: Configuration) -> Self {
        Self {
            lines: Lines::new(),
            party: configuration.party,
            rules: configuration.rules,
            state: State::default(),
            areas: BTreeMap::new(),
            conflicts: Conflicts::default(),
            doubtful: BTreeSet::new(),
            units: Units::default(),
            disk: Disk::Well,
            due: DueAt::Now,
            last: Timestamp::MIN,
            set_backs: SetBacks::default(),
            sounded: BTreeMap::new(),
            unrecorded: 0,
            woken: None,
        }
    }

    /// As it was when `snapshot` was taken; the facts after it are to be folded.
    pub fn resume(configuration: Configuration, snapshot: Snapshot) -> Self {
        let mut node = Self::new(configuration);
        node.lines = Lines::resume(snapshot.lines);
        node.state = snapshot.state;
        let lines: Vec<LineId> = node.state.lines.keys().copied().collect();
        for line in lines {
            node.prepare_area(line);
            node.conflicts.prepare(&node.state, node.party, line);
        }
        node.units.prepare(&node.state);
        node
    }

    pub fn snapshot(&self) -> Snapshot {
        Snapshot {
            state: self.state.clone(),
            lines: self.lines.durable_part(),
        }
    }

    /// Folds in a fact that is in the journal. Never fails, decides nothing, does nothing.
    pub fn fold(&mut self, fact: &Fact) {
        self.state.apply(fact);
        self.lines.fold(fact);
        self.conflicts.follow(&self.state, self.party, fact);
        self.units.follow(&self.state, fact);
        match &fact.event {
            Event::ArrangementInForce { line, .. } => self.prepare_area(*line),
            Event::MessageReceived {
                entry,
                header,
                content,
                refused: None,
                ..
            } => {
                if let Some(call) = given_in(*entry, header, content) {
                    self.look_at_place(call);
                }
            }
            _other => {}
        }
        if matters_to_timers(&fact.event) {
            self.due = DueAt::Now;
        }
    }

    /// What `input` leads to. Effects are to be carried out in order.
    pub fn step(&mut self, now: Timestamp, input: Input) -> Vec<Effect> {
        if now < self.last {
            // What was due in seconds must not be due in hours.
            self.set_backs.note(self.last, now);
            self.due = DueAt::Now;
        }
        self.last = now;
        let mut step = Step {
            node: self,
            now,
            effects: Vec::new(),
        };
        step.take(input);
        step.timers();
        step.effects
    }

    pub fn party(&self) -> PartyId {
        self.party
    }

    pub fn state(&self) -> &State {
        &self.state
    }

    pub fn lines(&self) -> &Lines {
        &self.lines
    }

    pub fn rules(&self) -> &RuleSet {
        &self.rules
    }

    /// The area of the line's arrangement, ready for geometry.
    pub(crate) fn area(&self, line: LineId) -> Option<&Shape> {
        self.areas.get(&line)
    }

    pub fn disk(&self) -> Disk {
        self.disk
    }

    /// The numbers on which the other parties' `desk` is reached when the line is not.
    pub fn telephone(&self, line: LineId, desk: Desk) -> Vec<String> {
        self.state.lines.get(&line).map_or_else(Vec::new, |view| {
            view.arrangement.numbers(view.peer, desk).to_vec()
        })
    }

    fn prepare_area(&mut self, line: LineId) {
        let area = self.state.arrangement(line).map(|a| a.area.clone());
        // No text that is put in force has an area that cannot be drawn (`ground::check_agreed`); never is another's kept.
        match area.and_then(|area| Shape::new(area).ok()) {
            Some(shape) => self.areas.insert(line, shape),
            None => self.areas.remove(&line),
        };
        let calls = self.state.calls.keys();
        let calls: Vec<EntryRef> = calls
            .filter(|call| call.log.line == line && call.log.side == Side::Peer)
            .copied()
            .collect();
        calls.into_iter().for_each(|call| self.look_at_place(call));
    }
}

impl Step<'_> {
    fn take(&mut self, input: Input) {
        match input {
            Input::Command {
                request,
                by,
                command,
                looked,
            } => {
                let answer = self.command(by, command, &looked);
                self.effects.push(Effect::Reply { request, answer });
            }
            Input::Directed {
                request,
                by,
                command,
                looked,
                order,
            } => {
                let answer = self.directed(by, command, &looked, order);
                self.effects.push(Effect::Reply { request, answer });
            }
            Input::WallLocked {
                desk,
                wall,
                officer,
            } => {
                let locked = WatchEvent::WallLocked {
                    desk,
                    wall,
                    officer,
                };
                self.record(Actor::Node, Event::Watch(locked));
            }
            Input::Administer { request, act } => {
                let answer = self.administer(act);
                self.effects.push(Effect::Reply { request, answer });
            }
            Input::Link(input) => self.link(input),
            Input::Durable { heads } => {
                let outputs = self.node.lines.durable(self.now, &heads);
                self.outputs(outputs);
            }
            Input::ConflictsFound(found) => self.conflicts_found(&found),
            Input::Disk(disk) => self.disk(disk),
            Input::Sounder {
                desk,
                sounder,
                armed,
            } => {
                let event = match armed {
                    true => Event::SounderArmed { desk, sounder },
                    false => Event::SounderLost { desk, sounder },
                };
                self.record(Actor::Node, event);
            }
            Input::Tick => {
                // What was asked for has come, perhaps a moment early by our clock: then it is asked for again.
                self.node.woken = None;
                let outputs = self.node.lines.tick(self.now);
                self.outputs(outputs);
                self.look_for_units();
            }
            Input::UnitReceipt {
                request,
                unit,
                subject,
            } => {
                let answer = self.unit_receipt(unit, subject);
                self.effects.push(Effect::Reply { request, answer });
            }
        }
    }

    /// Journals and folds.
    fn record(&mut self, by: Actor, event: Event) {
        self.append(
            Fact {
                at: self.now,
                by,
                event,
            },
            None,
        );
    }

    fn append(&mut self, fact: Fact, kept: Option<Kept>) {
        if self.node.disk == Disk::Failed {
            return;
        }
        self.node.fold(&fact);
        let event = fact.event.clone();
        self.effects.push(Effect::Append(Append { fact, kept }));
        match event {
            Event::AlarmRaised { alarm, .. } | Event::AlarmClimbed { alarm, .. } => {
                let ahead = matches!(alarm, AlarmCause::StopCall { call } if self.node.sounded.remove(&call).is_some());
                if let Some(alarm) = self.node.alarm(alarm).filter(|_| !ahead) {
                    self.effects.push(Effect::Alarm(alarm));
                }
            }
            Event::AlarmEnded { alarm } => self.effects.push(Effect::AlarmEnded(alarm)),
            _other => {}
        }
    }
}
