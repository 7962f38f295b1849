//! Which notices of the two sides of a line come nearer than its arrangement allows.
//!
//! Two indexes a line hold what is still to be heeded, one of either side, as released: each is only ever asked about what
//! the other side says. Plans that have not left are held against the peer's, on demand. So nothing that the node does by itself, not even the time that it takes over an arriving
//! notice, depends on what was not released.

use crate::ground::{self, Unsound};
use crate::look::Look;
use conflict::index::Index;
use conflict::matrix::Matrix;
use conflict::pair::Conflict;
use conflict::volume::{Span, Volume};
use model::altitude::{StatedAltitude, StatedBand};
use model::arrangement::Arrangement;
use model::conflict::{Pair, Witness};
use model::event::{Event, Fact};
use model::ids::{LineId, PartyId};
use model::kind::Kind;
use model::line::{EntryRef, Side};
use model::notice::Notice;
use model::said::{Message, Said, Says};
use model::slot::{SlotCode, Slots, Value};
use model::state::State;
use model::units::{Millimetres, Millis, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The most conflicts of one notice or plan that are worked out: whoever meets so many has learned that it will not do.
pub const MAX_OF_ONE: usize = 64;

/// A look at the volumes in force, line by line. Follows [`State`].
#[derive(Default)]
pub(crate) struct Conflicts {
    lines: BTreeMap<LineId, OfLine>,
}

struct OfLine {
    matrix: Arc<Matrix>,
    own: Index<EntryRef>,
    peers: Index<EntryRef>,
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
                    Kind::Withdrawal | Kind::Refused => slots.subject(),
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
                // What a refused one was to take the place of is in force as before.
                if let Some(earlier) = of_refused(state, kind, before) {
                    of_line.hold(state, party, earlier, fact.at);
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
            matrix: Arc::new(Matrix::new(separations)),
            longest: separations
                .iter()
                .map(|separation| separation.time)
                .max()
                .unwrap_or(Millis::ZERO),
            own: Index::new(),
            peers: Index::new(),
            ends: BTreeSet::new(),
        };
        let of_notices = state
            .notices
            .values()
            .filter(|notice| notice.entry.log.line == line && is_in_force(notice));
        let (own, peers): (Vec<Volume<EntryRef>>, Vec<_>) = of_notices
            .filter_map(|notice| of_line.volume_of(state, party, notice))
            .partition(|volume| volume.key.log.side == Side::Own);
        of_line.ends = own
            .iter()
            .chain(&peers)
            .map(|volume| (of_line.over(volume.span), volume.key))
            .collect();
        of_line.own = own.into_iter().collect();
        of_line.peers = peers.into_iter().collect();
        self.lines.insert(line, of_line);
    }

    /// What a notice in force comes near to by the boxes; none if to nothing, or if it is in force no more.
    pub fn look(&self, entry: EntryRef) -> Option<Look> {
        let of_line = self.lines.get(&entry.log.line)?;
        let (said_by, held_by) = of_line.sides(entry.log.side);
        let volume = said_by.volume(entry)?;
        let near = held_by.near(volume, &of_line.matrix);
        let volume = volume.clone();
        (!near.is_empty()).then(|| of_line.beside(volume, near))
    }

    /// What of the peer's on a line a plan comes near to.
    pub fn look_for(&self, line: LineId, plan: Arc<Volume<EntryRef>>) -> Option<Look> {
        let of_line = self.lines.get(&line)?;
        let near = of_line.peers.near(&plan, &of_line.matrix);
        Some(of_line.beside(plan, near))
    }

    /// Whether there is anything to look at. Quick.
    pub fn is_near_any(&self, entry: EntryRef) -> bool {
        self.lines.get(&entry.log.line).is_some_and(|of_line| {
            let (said_by, held_by) = of_line.sides(entry.log.side);
            let volume = said_by.volume(entry);
            volume.is_some_and(|volume| held_by.is_near_any(volume, &of_line.matrix))
        })
    }

    pub fn are_in_force(&self, pair: Pair) -> bool {
        let is_in = |entry: EntryRef| {
            let of_line = self.lines.get(&entry.log.line);
            of_line.is_some_and(|of_line| of_line.sides(entry.log.side).0.volume(entry).is_some())
        };
        is_in(pair.ours) && is_in(pair.theirs)
    }

    /// What the peers have in force: whoever looks at all of it has looked at all that there is.
    pub fn peers(&self) -> Vec<EntryRef> {
        let lines = self.lines.values();
        lines.flat_map(|of_line| of_line.peers.keys()).collect()
    }
}

impl OfLine {
    /// What that side has said, and what it is held against.
    fn sides(&self, side: Side) -> (&Index<EntryRef>, &Index<EntryRef>) {
        match side {
            Side::Own => (&self.own, &self.peers),
            Side::Peer => (&self.peers, &self.own),
        }
    }

    fn beside(&self, volume: Arc<Volume<EntryRef>>, near: Vec<Arc<Volume<EntryRef>>>) -> Look {
        Look {
            volume,
            near,
            matrix: self.matrix.clone(),
        }
    }

    fn over(&self, span: Span) -> Timestamp {
        span.until().saturating_add(self.longest)
    }

    fn hold(&mut self, state: &State, party: PartyId, notice: &Notice, now: Timestamp) {
        if !is_in_force(notice) {
            return;
        }
        let volume = self.volume_of(state, party, notice);
        let Some(volume) = volume.filter(|volume| self.over(volume.span) >= now) else {
            return;
        };
        self.ends.insert((self.over(volume.span), volume.key));
        self.of_side(volume.key).insert(volume);
    }

    /// What the index holds of a notice: nothing of one whose kind no rule of the arrangement keeps apart from any.
    fn volume_of(
        &self,
        state: &State,
        party: PartyId,
        notice: &Notice,
    ) -> Option<Volume<EntryRef>> {
        match self.matrix.names(notice.kind) {
            true => of_notice(state, party, notice),
            false => None,
        }
    }

    fn of_side(&mut self, entry: EntryRef) -> &mut Index<EntryRef> {
        match entry.log.side {
            Side::Own => &mut self.own,
            Side::Peer => &mut self.peers,
        }
    }

    fn remove(&mut self, entry: EntryRef) {
        if let Some(volume) = self.of_side(entry).remove(entry) {
            self.ends.remove(&(self.over(volume.span), entry));
        }
    }

    fn forget_what_is_over(&mut self, now: Timestamp) {
        while let Some(&(end, entry)) = self.ends.first()
            && end < now
        {
            self.ends.pop_first();
            self.of_side(entry).remove(entry);
        }
    }
}

/// The notice that a refused one was to take the place of.
fn of_refused(state: &State, kind: Option<Kind>, refused: Option<EntryRef>) -> Option<&Notice> {
    let refused = refused.filter(|_| kind == Some(Kind::Refused))?;
    state.notices.get(&state.notices.get(&refused)?.amends()?)
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
    let volume = volume(notice.entry, party, notice.kind, slots, &view.arrangement);
    // What was admitted can be drawn; what cannot conflicts with nothing.
    volume.ok().flatten()
}

/// `None` without an area or a window. Without a band it stands on all heights.
///
/// # Errors
/// Where it cannot be drawn, or its heights not compared with others.
pub(crate) fn volume(
    key: EntryRef,
    party: PartyId,
    kind: Kind,
    slots: &Slots,
    arrangement: &Arrangement,
) -> Result<Option<Volume<EntryRef>>, Unsound> {
    let Some(area) = slots.area() else {
        return Ok(None);
    };
    // Also of what has no window yet: an officer draws first, and is told at once.
    let shape = ground::shape(area)?;
    let all_heights = || StatedBand::new(StatedAltitude::Surface, StatedAltitude::Unlimited).ok();
    let (Some(window), Some(stated)) = (slots.window(), slots.band().or_else(all_heights)) else {
        return Ok(None);
    };
    let band = ground::band(stated, &shape, &arrangement.margins)?;
    let span = match kind {
        // It does not vanish with its window.
        Kind::ProtectedSite => Span::until_withdrawn(window.from()),
        _other => window.into(),
    };
    Ok(Some(Volume {
        key,
        party,
        kind,
        shape,
        band,
        span,
    }))
}

/// `turned`: the conflict was asked about from their side.
pub(crate) fn witness(conflict: &Conflict<EntryRef>, turned: bool) -> Witness {
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

/// How near two things come in one dimension, and what is asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Near {
    #[error("overlap ({asked} asked)")]
    Overlap { asked: Millimetres },
    #[error("{apart} apart ({asked} asked)")]
    Apart {
        apart: Millimetres,
        asked: Millimetres,
    },
    #[error("overlap ({asked} s asked)")]
    AtOnce { asked: i64 },
    #[error("{apart} s apart ({asked} s asked)")]
    Later { apart: i64, asked: i64 },
    /// The reference or the geoid leave it open.
    #[error("{0}, uncertain")]
    Uncertain(Box<Near>),
}

impl Says for Near {
    const MESSAGES: &'static [Message] = &[
        Message {
            id: "near-overlap",
            slots: &["asked"],
        },
        Message {
            id: "near-apart",
            slots: &["apart", "asked"],
        },
        Message {
            id: "near-at-once",
            slots: &["asked"],
        },
        Message {
            id: "near-later",
            slots: &["apart", "asked"],
        },
        Message {
            id: "near-uncertain",
            slots: &["near"],
        },
    ];

    fn said(&self) -> Said {
        match self {
            Near::Overlap { asked } => Said::of("near-overlap", self).with("asked", asked),
            Near::Apart { apart, asked } => Said::of("near-apart", self)
                .with("apart", apart)
                .with("asked", asked),
            Near::AtOnce { asked } => Said::of("near-at-once", self).with("asked", asked),
            Near::Later { apart, asked } => Said::of("near-later", self)
                .with("apart", apart)
                .with("asked", asked),
            Near::Uncertain(near) => Said::of("near-uncertain", self).with("near", near.as_ref()),
        }
    }
}

/// On the ground, in height and in time.
pub fn near(witness: &Witness) -> [Near; 3] {
    let asked = witness.asked;
    let length = |gap: Millimetres, asked: Millimetres| match gap < Millimetres::ZERO {
        true => Near::Overlap { asked },
        false => Near::Apart { apart: gap, asked },
    };
    let seconds = |time: Millis| time.as_ms() / 1_000;
    let height = length(witness.vertical, asked.vertical);
    let time = match witness.time.as_ms() <= 0 {
        true => Near::AtOnce {
            asked: seconds(asked.time),
        },
        false => Near::Later {
            apart: seconds(witness.time),
            asked: seconds(asked.time),
        },
    };
    [
        length(witness.horizontal, asked.horizontal),
        match witness.uncertain {
            true => Near::Uncertain(Box::new(height)),
            false => height,
        },
        time,
    ]
}

/// In words, for an officer: how near on the ground, in height and in time, and what is asked.
pub fn in_words(witness: &Witness) -> String {
    let [ground, height, time] = near(witness);
    format!("on the ground {ground}; in height {height}; in time {time}")
}
