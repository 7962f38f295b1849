//! The closer look: which of the volumes that boxes cannot tell apart really come too near.
//!
//! Two areas of 10,000 vertices each can take a second, and a peer chooses its own. So whoever steps a node never waits for
//! it: the node says what is near by the boxes ([`Node::look`], [`Node::look_for`]), any thread works out the rest, and
//! what it finds comes back as an input. Nothing here reads the node.

use crate::Node;
use crate::conflicts::{MAX_OF_ONE, in_words, near, volume, witness};
use crate::effect::Refusal;
use crate::ground::Unsound;
use conflict::matrix::Matrix;
use conflict::pair::{Conflict, between};
use conflict::volume::Volume;
use model::arrangement::Arrangement;
use model::command::{Command, InConflict};
use model::conflict::{Pair, Witness};
use model::ids::{LineId, PartyId};
use model::kind::Kind;
use model::line::{EntryRef, Side};
use model::said::{Message, Part, Said, Says};
use model::slot::Slots;
use std::sync::Arc;

/// A volume, and what a rule could keep it apart from.
#[derive(Clone, Debug)]
pub struct Look {
    pub(crate) volume: Arc<Volume<EntryRef>>,
    /// In the order of the keys.
    pub(crate) near: Vec<Arc<Volume<EntryRef>>>,
    pub(crate) matrix: Arc<Matrix>,
}

/// A conflict of two notices in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    pub pair: Pair,
    pub witness: Witness,
}

/// A conflict of a plan of ours with a notice of the peer's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlanConflict {
    pub theirs: EntryRef,
    pub witness: Witness,
}

/// What is to be held against the peer's notices on a line before it is released, on the terms of that line.
#[derive(Clone, Debug)]
pub struct Plan {
    pub line: LineId,
    pub kind: Kind,
    pub slots: Slots,
    pub(crate) party: PartyId,
    pub(crate) arrangement: Arc<Arrangement>,
}

/// A plan with its geometry worked out.
#[derive(Clone, Debug)]
pub struct PlanVolume {
    plan: Plan,
    volume: Option<Arc<Volume<EntryRef>>>,
}

/// A plan, and what it is to be looked at beside.
#[derive(Clone, Debug)]
pub struct PlanLook {
    plan: Plan,
    look: Option<Look>,
}

/// What came of looking at a plan.
#[derive(Clone, Debug)]
pub struct Looked {
    plan: Plan,
    volume: Option<Arc<Volume<EntryRef>>>,
    /// Beside what it was looked at, in order.
    beside: Vec<EntryRef>,
    conflicts: Vec<PlanConflict>,
}

impl Look {
    /// The conflicts of a notice in force, in the order of the others, at most [`MAX_OF_ONE`].
    pub fn found(&self) -> Vec<Found> {
        let conflicts = self.conflicts().map(|conflict| {
            let [asked, other] = conflict.keys;
            let (ours, theirs, turned) = match asked.log.side {
                Side::Own => (asked, other, false),
                Side::Peer => (other, asked, true),
            };
            Found {
                pair: Pair { ours, theirs },
                witness: witness(&conflict, turned),
            }
        });
        conflicts.take(MAX_OF_ONE).collect()
    }

    fn conflicts(&self) -> impl Iterator<Item = Conflict<EntryRef>> + '_ {
        let near = self.near.iter();
        near.filter_map(|other| between(&self.volume, other, &self.matrix))
    }
}

impl Plan {
    /// Its geometry; where it has no place or time yet it conflicts with nothing.
    ///
    /// # Errors
    /// Where its area cannot be drawn, or its heights not compared: whether it conflicts cannot be said then.
    pub fn volume(self) -> Result<PlanVolume, Unsound> {
        let Self {
            party,
            kind,
            ref slots,
            ref arrangement,
            ..
        } = self;
        let volume = volume(EntryRef::FIRST, party, kind, slots, arrangement)?;
        Ok(PlanVolume {
            plan: self,
            volume: volume.map(Arc::new),
        })
    }
}

impl PlanLook {
    /// Its conflicts, at most [`MAX_OF_ONE`].
    pub fn look(self) -> Looked {
        let of_look = |look: &Look| {
            let conflicts = look.conflicts().map(|conflict| PlanConflict {
                theirs: conflict.keys[1],
                witness: witness(&conflict, false),
            });
            conflicts.take(MAX_OF_ONE).collect()
        };
        let near = self.look.iter().flat_map(|look| &look.near);
        Looked {
            beside: near.map(|other| other.key).collect(),
            conflicts: self.look.as_ref().map(of_look).unwrap_or_default(),
            volume: self.look.map(|look| look.volume),
            plan: self.plan,
        }
    }
}

impl Looked {
    pub fn line(&self) -> LineId {
        self.plan.line
    }

    /// In the order of the peer's notices.
    pub fn conflicts(&self) -> &[PlanConflict] {
        &self.conflicts
    }

    fn is_of(&self, line: LineId, arrangement: &Arrangement, kind: Kind, slots: &Slots) -> bool {
        let plan = &self.plan;
        plan.line == line
            && plan.arrangement.version == arrangement.version
            && plan.kind == kind
            && plan.slots == *slots
    }
}

impl Node {
    /// What a notice in force comes near to by the boxes; `None` if to nothing, or if it is in force no more.
    pub fn look(&self, notice: EntryRef) -> Option<Look> {
        self.conflicts.look(notice)
    }

    /// A plan of ours, as it is or may be drafted. Nothing is worked out yet. `None` without an arrangement in force.
    pub fn plan(&self, line: LineId, kind: Kind, slots: Slots) -> Option<Plan> {
        let view = self.state().lines.get(&line)?;
        Some(Plan {
            line,
            kind,
            slots,
            party: self.party(),
            arrangement: view.arrangement.clone(),
        })
    }

    /// What a plan comes near to, by the boxes. Journals nothing; nobody but the asking officer learns of it.
    pub fn look_for(&self, plan: PlanVolume) -> PlanLook {
        let PlanVolume { plan, volume } = plan;
        let look = volume.and_then(|volume| self.conflicts.look_for(plan.line, volume));
        PlanLook { plan, look }
    }

    /// What is to be looked at before `command` is given: nothing but a release that conflicts hold back.
    pub fn plans(&self, command: &Command) -> Vec<Plan> {
        let Command::ReleaseNotice {
            notice,
            lines,
            in_conflict: InConflict::Hold,
            ..
        } = command
        else {
            return Vec::new();
        };
        let Some(draft) = self.state().drafts.get(notice) else {
            return Vec::new();
        };
        let plans = lines
            .iter()
            .filter_map(|line| self.plan(*line, draft.kind, draft.slots.clone()));
        plans.collect()
    }

    /// All of a look at once, for whoever has time. What cannot be drawn is passed over: the command itself is refused.
    pub fn looked(&self, command: &Command) -> Vec<Looked> {
        let volumes = self.plans(command).into_iter().map(Plan::volume);
        volumes
            .filter_map(Result::ok)
            .map(|volume| self.look_for(volume).look())
            .collect()
    }

    /// Whether what `command` releases keeps clear of what the peer has declared, as far as that `was looked at`: what has
    /// come since then wants another look.
    pub(crate) fn clear(&self, command: &Command, looked: &[Looked]) -> Result<(), Refusal> {
        for plan in self.plans(command) {
            let is_of_it = |looked: &&Looked| {
                looked.is_of(plan.line, &plan.arrangement, plan.kind, &plan.slots)
            };
            let looked = looked.iter().find(is_of_it).ok_or(Refusal::LookAgain)?;
            let look = looked
                .volume
                .clone()
                .and_then(|volume| self.conflicts.look_for(plan.line, volume));
            let near: Vec<EntryRef> = look
                .iter()
                .flat_map(|look| look.near.iter().map(|other| other.key))
                .collect();
            if near
                .iter()
                .any(|new| looked.beside.binary_search(new).is_err())
            {
                return Err(Refusal::LookAgain);
            }
            let still = |found: &&PlanConflict| near.binary_search(&found.theirs).is_ok();
            let conflicts: Vec<&PlanConflict> = looked.conflicts.iter().filter(still).collect();
            if let Some(first) = conflicts.first() {
                return Err(self.in_conflict(plan.line, conflicts.len(), &first.witness));
            }
        }
        Ok(())
    }

    fn in_conflict(&self, line: LineId, conflicts: usize, first: &Witness) -> Refusal {
        let name = self.state().lines.get(&line).map(|view| view.name);
        let in_conflict = Conflicting {
            conflicts,
            line: name.map_or_else(String::new, |name| name.to_string()),
            first: *first,
        };
        Refusal::InConflict(in_conflict.said())
    }
}

/// What is to be released conflicts with what the other party has declared.
#[derive(Clone, Debug, thiserror::Error)]
#[error(
    "it conflicts with {conflicts} of their notices on line {line}; the first: {}. Look at them (`standclear notice check`), \
     change it or settle it with them, or release it all the same (`--in-conflict`)",
    in_words(.first)
)]
struct Conflicting {
    conflicts: usize,
    line: String,
    first: Witness,
}

/// What can be said of that.
pub const MESSAGES: &[Message] = Conflicting::MESSAGES;

impl Says for Conflicting {
    const MESSAGES: &'static [Message] = &[Message {
        id: "in-conflict",
        slots: &["conflicts", "line", "ground", "height", "time"],
    }];

    fn said(&self) -> Said {
        let Self {
            conflicts,
            line,
            first,
        } = self;
        let ([ground, height, time], said) = (near(first), Said::of("in-conflict", self));
        said.with("conflicts", conflicts)
            .with("line", Part::Verbatim(line.clone()))
            .with("ground", &ground)
            .with("height", &height)
            .with("time", &time)
    }
}
