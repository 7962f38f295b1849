//! Which notices of the two sides of a line come nearer than its arrangement allows.
//!
//! One index a line holds what is still to be heeded of either side, as released; plans that have not left are only ever
//! held against it, on demand. So nothing that the node does by itself, not even the time that it takes over an arriving
//! notice, depends on what was not released.

use conflict::altitude::ellipsoidal;
use conflict::index::Index;
use conflict::matrix::Matrix;
use conflict::pair::{Conflict, ENGINE};
use conflict::shape::Shape;
use conflict::volume::{Span, Volume};
use model::altitude::{StatedAltitude, StatedBand};
use model::arrangement::Arrangement;
use model::conflict::{Pair, Witness};
use model::event::{Event, Fact};
use model::ids::{LineId, PartyId};
use model::kind::Kind;
use model::line::{EntryRef, Side};
use model::notice::Notice;
use model::slot::{SlotCode, Slots, Value};
use model::state::State;
use model::units::{Millimetres, Millis, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// The most conflicts of one notice or plan that are worked out: whoever meets so many has learned that it will not do.
pub const MAX_OF_ONE: usize = 64;

/// A conflict of a plan of ours with a notice of the peer's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlanConflict {
    pub theirs: EntryRef,
    pub witness: Witness,
}

/// A look at the volumes in force, line by line. Follows [`State`].
#[derive(Default)]
pub(crate) struct Conflicts {
    lines: BTreeMap<LineId, OfLine>,
}

struct OfLine {
    matrix: Matrix,
    index: Index<EntryRef>,
    /// When a volume is over, with the time that is kept between two.
    ends: BTreeSet<(Timestamp, EntryRef)>,
    longest: Millis,
}

impl Conflicts {
    /// Follows a fact that `state` has folded.
    pub fn follow(&mut self, state: &State, party: PartyId, fact: &Fact) {
        match &fact.event {
            Event::ArrangementInForce { line, .. } => self.prepare(state, party, *line),
            // What a new epoch left behind is in force no more, and what that took the place of is again.
            Event::EpochOpened {
                line,
                side: Side::Own,
                ..
            } => self.prepare(state, party, *line),
            Event::MessageSent {
                entry,
                header,
                content,
                ..
            }
            | Event::MessageReceived {
                entry,
                header,
                content,
                refused: None,
                ..
            } => {
                let kind = header.known_kind();
                let before = content.slots().and_then(|slots| match kind? {
                    Kind::Withdrawal => slots.subject(),
                    notice if notice.is_notice() => match slots.value(SlotCode::Amends)? {
                        Value::Subject(amends) => Some(*amends),
                        _other => None,
                    },
                    _other => None,
                });
                let before = before.map(|said| said.entry(entry.log.line, entry.log.side));
                let Some(of_line) = self.lines.get_mut(&entry.log.line) else {
                    return;
                };
                of_line.forget_what_is_over(fact.at);
                if let Some(before) = before {
                    of_line.remove(before);
                }
                if kind.is_some_and(Kind::is_notice)
                    && let Some(notice) = state.notices.get(entry)
                {
                    of_line.hold(state, party, notice, fact.at);
                }
            }
            _other => {}
        }
    }

    /// Begins the index of a line anew.
    pub fn prepare(&mut self, state: &State, party: PartyId, line: LineId) {
        let Some(view) = state.lines.get(&line) else {
            return;
        };
        let separations = &view.arrangement.separations;
        let mut of_line = OfLine {
            matrix: Matrix::new(separations),
            longest: separations
                .iter()
                .map(|separation| separation.time)
                .max()
                .unwrap_or(Millis::ZERO),
            index: Index::new(),
            ends: BTreeSet::new(),
        };
        let of_notices = state
            .notices
            .values()
            .filter(|notice| notice.entry.log.line == line && is_in_force(notice));
        let volumes: Vec<Volume<EntryRef>> = of_notices
            .filter_map(|notice| of_notice(state, party, notice))
            .collect();
        of_line.ends = volumes
            .iter()
            .map(|volume| (of_line.over(volume.span), volume.key))
            .collect();
        of_line.index = volumes.into_iter().collect();
        self.lines.insert(line, of_line);
    }

    /// The conflicts of a notice in force, each not more than once, in order.
    pub fn of_notice(&self, entry: EntryRef) -> Vec<Event> {
        let Some(of_line) = self.lines.get(&entry.log.line) else {
            return Vec::new();
        };
        let Some(volume) = of_line.index.volume(entry) else {
            return Vec::new();
        };
        let found = of_line.index.conflicts(volume, &of_line.matrix);
        found
            .take(MAX_OF_ONE)
            .map(|conflict| {
                let [asked, other] = conflict.keys;
                let (ours, theirs, turned) = match asked.log.side {
                    Side::Own => (asked, other, false),
                    Side::Peer => (other, asked, true),
                };
                Event::ConflictFound {
                    pair: Pair { ours, theirs },
                    engine: ENGINE,
                    witness: Some(witness(&conflict, turned)),
                }
            })
            .collect()
    }

    /// The conflicts of a plan with what the peer has in force. Nothing where the plan has no place or time yet.
    pub fn of_plan(
        &self,
        state: &State,
        party: PartyId,
        line: LineId,
        kind: Kind,
        slots: &Slots,
    ) -> Vec<PlanConflict> {
        let (Some(of_line), Some(arrangement)) = (self.lines.get(&line), state.arrangement(line))
        else {
            return Vec::new();
        };
        let Some(volume) = volume(EntryRef::FIRST, party, kind, slots, arrangement) else {
            return Vec::new();
        };
        let found = of_line.index.conflicts(&volume, &of_line.matrix);
        found
            .take(MAX_OF_ONE)
            .map(|conflict| PlanConflict {
                theirs: conflict.keys[1],
                witness: witness(&conflict, false),
            })
            .collect()
    }
}

impl OfLine {
    fn over(&self, span: Span) -> Timestamp {
        span.until().saturating_add(self.longest)
    }

    fn hold(&mut self, state: &State, party: PartyId, notice: &Notice, now: Timestamp) {
        let volume = of_notice(state, party, notice).filter(|_| is_in_force(notice));
        let Some(volume) = volume.filter(|volume| self.over(volume.span) >= now) else {
            return;
        };
        self.ends.insert((self.over(volume.span), volume.key));
        self.index.insert(volume);
    }

    fn remove(&mut self, entry: EntryRef) {
        if let Some(volume) = self.index.remove(entry) {
            self.ends.remove(&(self.over(volume.span), entry));
        }
    }

    fn forget_what_is_over(&mut self, now: Timestamp) {
        while let Some(&(end, entry)) = self.ends.first()
            && end < now
        {
            self.ends.pop_first();
            self.index.remove(entry);
        }
    }
}

/// Neither withdrawn, amended, refused nor left behind; whether its window is over is for the index.
fn is_in_force(notice: &Notice) -> bool {
    notice.withdrawn.is_none()
        && notice.amended_by.is_none()
        && notice.refused.is_none()
        && !notice.left_behind
}

fn of_notice(state: &State, party: PartyId, notice: &Notice) -> Option<Volume<EntryRef>> {
    let view = state.lines.get(&notice.entry.log.line)?;
    let party = match notice.side() {
        Side::Own => party,
        Side::Peer => view.peer,
    };
    let slots = notice.content.slots()?;
    volume(notice.entry, party, notice.kind, slots, &view.arrangement)
}

/// None without a readable area and window. Without a band it stands on all heights.
fn volume(
    key: EntryRef,
    party: PartyId,
    kind: Kind,
    slots: &Slots,
    arrangement: &Arrangement,
) -> Option<Volume<EntryRef>> {
    let window = slots.window()?;
    let shape = Shape::new(slots.area()?.clone()).ok()?;
    let stated = slots
        .band()
        .or_else(|| StatedBand::new(StatedAltitude::Surface, StatedAltitude::Unlimited).ok())?;
    let band = ellipsoidal(stated, &shape, &arrangement.margins).ok()?;
    let span = match kind {
        // It does not vanish with its window.
        Kind::ProtectedSite => Span::until_withdrawn(window.from()),
        _other => window.into(),
    };
    Some(Volume {
        key,
        party,
        kind,
        shape,
        band,
        span,
    })
}

/// `turned`: the conflict was asked about from their side.
fn witness(conflict: &Conflict<EntryRef>, turned: bool) -> Witness {
    let [one, other] = conflict.horizontal.at;
    Witness {
        asked: conflict.rule.separation,
        horizontal: conflict.horizontal.gap,
        at: match turned {
            false => [one, other],
            true => [other, one],
        },
        vertical: conflict.vertical.least,
        time: conflict.time.gap,
        from: conflict.time.from,
        until: conflict.time.until,
        uncertain: conflict.uncertain,
    }
}

/// In words, for an officer: how near on the ground, in height and in time, and what is asked.
pub fn in_words(witness: &Witness) -> String {
    let near = |overlaps: bool, apart: String, asked: String| match overlaps {
        true => format!("overlap ({asked} asked)"),
        false => format!("{apart} apart ({asked} asked)"),
    };
    let length = |gap: Millimetres, asked: Millimetres| {
        near(gap < Millimetres::ZERO, gap.to_string(), asked.to_string())
    };
    let seconds = |time: Millis| format!("{} s", time.as_ms() / 1_000);
    let asked = witness.asked;
    format!(
        "on the ground {}; in height {}{}; in time {}",
        length(witness.horizontal, asked.horizontal),
        length(witness.vertical, asked.vertical),
        if witness.uncertain { ", uncertain" } else { "" },
        near(
            witness.time.as_ms() <= 0,
            seconds(witness.time),
            seconds(asked.time)
        ),
    )
}
