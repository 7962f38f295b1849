//! Claims and warnings on the record, and what each side has said of them: two truths, side by side and never merged.
//!
//! A claim, the answers to it and what is said further of it are each their own side's words. Nothing here decides who is
//! right, and no answer is ever inferred. A warning is received or not; nothing can agree to it (decision 0017).

use crate::arrangement::Arrangement;
use crate::code::{ClaimAnswer, Desk, RefusalReason, WithdrawalReason};
use crate::ids::{LineId, OfficerId};
use crate::kind::Kind;
use crate::line::{EntryRef, Side};
use crate::message::{Content, Header};
use crate::notice::{Receipt, Withdrawn};
use crate::slot::{SlotCode, Slots};
use crate::units::{Millis, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// The most claims and warnings of a line that are kept in view, of both sides together. The journal keeps all.
pub const MAX_INCIDENTS: usize = 1_000;
/// The most answers, or further statements, of one claim that are kept in view, each: the newest.
pub const MAX_OF_CLAIM: usize = 32;
/// Within which a claim is to be answered where it does not say by when.
pub const ANSWER_WITHIN: Millis = Millis::from_seconds(24 * 3_600);
/// The longest that a claim can give for its answer.
pub const MAX_ANSWER_WITHIN: Millis = Millis::from_seconds(90 * 24 * 3_600);

/// What was claimed and warned of, on every line.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incidents {
    pub said: BTreeMap<EntryRef, Incident>,
    /// Of each line, oldest first, as this node came to know them.
    order: BTreeMap<LineId, VecDeque<EntryRef>>,
    /// To which claim or warning something further belongs.
    further: BTreeMap<EntryRef, EntryRef>,
    /// What of the peer's waits for a person here, and since or until when.
    waiting: BTreeSet<(LineId, Desk, Waits, Timestamp, EntryRef)>,
}

/// A claim or a warning, of ours or of the peer's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incident {
    pub entry: EntryRef,
    pub desk: Desk,
    pub header: Header,
    pub content: Content,
    /// Our officer, where we said it.
    pub by: Option<OfficerId>,
    /// The other node signed that it holds it: whole seconds, its claim.
    pub delivered: Option<Timestamp>,
    /// The other node's word for the millisecond; or, of theirs, when it came here.
    pub arrived: Option<Timestamp>,
    pub displayed: Option<Receipt>,
    pub withdrawn: Option<Withdrawn>,
    /// The peer (or we) refused it on arrival.
    pub refused: Option<RefusalReason>,
    /// Ours: it never reached the peer, and a new epoch began without it.
    pub left_behind: bool,
    pub what: What,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum What {
    Claim {
        /// When its answer is due, by its sender's clock.
        due: Timestamp,
        /// All that were given, in order: the last one counts.
        answers: Vec<Further>,
        /// Of both sides.
        statements: Vec<Further>,
    },
    Warning {
        received: Option<Further>,
    },
}

/// What either side said of a claim or a warning after it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Further {
    pub entry: EntryRef,
    pub at: Timestamp,
    /// When it came here, where it is the peer's.
    pub arrived: Option<Timestamp>,
    /// Our officer, where it is ours.
    pub by: Option<OfficerId>,
    pub content: Content,
    /// It reached this node after the claim had been withdrawn: the two crossed on the way.
    pub crossed: bool,
    pub refused: Option<RefusalReason>,
}

/// What asks something of a person at the called desk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Waits {
    /// A claim that no person has been shown.
    ToRead,
    /// A claim without an answer: until it is due.
    ToAnswer,
    /// A warning that nobody has acknowledged as received.
    ToAcknowledge,
}

impl Waits {
    const ALL: [Waits; 3] = [Waits::ToRead, Waits::ToAnswer, Waits::ToAcknowledge];
}

/// By when a claim is to be answered: as it says, and not before the arrangement's time for answers is over.
pub fn answer_due(sent_at: Timestamp, slots: &Slots, arrangement: &Arrangement) -> Timestamp {
    let earliest = sent_at.saturating_add(arrangement.deadlines.answer);
    let latest = sent_at.saturating_add(MAX_ANSWER_WITHIN).max(earliest);
    slots
        .time(SlotCode::AnswerBy)
        .unwrap_or_else(|| sent_at.saturating_add(ANSWER_WITHIN))
        .clamp(earliest, latest)
}

impl Incident {
    pub fn line(&self) -> LineId {
        self.entry.log.line
    }

    pub fn side(&self) -> Side {
        self.entry.log.side
    }

    pub fn is_claim(&self) -> bool {
        matches!(self.what, What::Claim { .. })
    }

    /// Those of a claim, in order; none of a warning.
    pub fn answers(&self) -> &[Further] {
        match &self.what {
            What::Claim { answers, .. } => answers,
            What::Warning { .. } => &[],
        }
    }

    /// Those of a claim, in order; none of a warning.
    pub fn statements(&self) -> &[Further] {
        match &self.what {
            What::Claim { statements, .. } => statements,
            What::Warning { .. } => &[],
        }
    }

    /// The answer that counts: the last that was not refused.
    pub fn answer(&self) -> Option<(&Further, ClaimAnswer)> {
        let mut stand = self.answers().iter().rev();
        stand.find_map(|of| Some((of, of.answer()?)).filter(|_| of.refused.is_none()))
    }

    /// When the answer to a claim is due.
    pub fn due(&self) -> Option<Timestamp> {
        match self.what {
            What::Claim { due, .. } => Some(due),
            What::Warning { .. } => None,
        }
    }

    /// That a warning was received, where that was said and stands.
    pub fn received(&self) -> Option<&Further> {
        match &self.what {
            What::Warning { received } => received.as_ref().filter(|of| of.refused.is_none()),
            What::Claim { .. } => None,
        }
    }

    /// Why there is nothing to say to it any more; `None`: it stands.
    pub fn not_live(&self) -> Option<&'static str> {
        match (&self.refused, self.left_behind, &self.withdrawn) {
            (Some(_), _, _) => Some("refused"),
            (None, true, _) => Some("not said"),
            (None, false, Some(_)) => Some("withdrawn"),
            (None, false, None) => None,
        }
    }

    /// Since or until when it waits so for a person of ours; `None`: it does not.
    fn waits(&self, how: Waits) -> Option<Timestamp> {
        if self.side() == Side::Own || self.not_live().is_some() {
            return None;
        }
        match (how, &self.what) {
            (Waits::ToRead, What::Claim { .. }) => {
                let is_unread = self.displayed.is_none() && self.answer().is_none();
                is_unread.then_some(self.header.sent_at)
            }
            (Waits::ToAnswer, What::Claim { due, .. }) => self.answer().is_none().then_some(*due),
            (Waits::ToAcknowledge, What::Warning { .. }) => {
                self.received().is_none().then_some(self.header.sent_at)
            }
            (Waits::ToRead | Waits::ToAnswer, What::Warning { .. })
            | (Waits::ToAcknowledge, What::Claim { .. }) => None,
        }
    }

    fn all_further(&mut self) -> impl Iterator<Item = &mut Further> {
        let (answers, statements, received) = match &mut self.what {
            What::Claim {
                answers,
                statements,
                ..
            } => (Some(answers), Some(statements), None),
            What::Warning { received } => (None, None, received.as_mut()),
        };
        let lists = answers.into_iter().chain(statements).flatten();
        lists.chain(received)
    }
}

impl Further {
    pub fn side(&self) -> Side {
        self.entry.log.side
    }

    /// Of the fixed set, where it is an answer that can be read.
    pub fn answer(&self) -> Option<ClaimAnswer> {
        let slots = self.content.slots()?;
        slots
            .code(SlotCode::ClaimAnswer)
            .and_then(ClaimAnswer::from_number)
    }
}

impl Incidents {
    /// Those of a line in view, oldest first.
    pub fn of_line(&self, line: LineId) -> impl Iterator<Item = &Incident> {
        let order = self.order.get(&line).into_iter().flatten();
        order.filter_map(|entry| self.said.get(entry))
    }

    pub fn claim(&self, entry: EntryRef) -> Option<&Incident> {
        self.said.get(&entry).filter(|of| of.is_claim())
    }

    pub fn warning(&self, entry: EntryRef) -> Option<&Incident> {
        self.said.get(&entry).filter(|of| !of.is_claim())
    }

    /// The earliest of what waits so at `desk`: since or until when.
    pub fn first_waiting(&self, line: LineId, desk: Desk, how: Waits) -> Option<Timestamp> {
        let first = (line, desk, how, Timestamp::MIN, EntryRef::FIRST);
        let (of_line, of_desk, of, at, _) = self.waiting.range(first..).next()?;
        ((*of_line, *of_desk, *of) == (line, desk, how)).then_some(*at)
    }

    pub(crate) fn begin(&mut self, incident: Incident) {
        let (entry, line) = (incident.entry, incident.line());
        if self.said.insert(entry, incident).is_none() {
            self.order.entry(line).or_default().push_back(entry);
        }
        self.reckon(entry);
        self.bound(line);
    }

    /// An answer, a statement, or that a warning was received: admitted, or said by us.
    pub(crate) fn go_on(&mut self, of: Option<EntryRef>, kind: Kind, further: Further) {
        let Some(incident) = of.and_then(|of| self.said.get_mut(&of)) else {
            return;
        };
        let gone = match (kind, &mut incident.what) {
            (Kind::ClaimAnswer, What::Claim { answers, .. }) => keep(answers, further.clone()),
            (Kind::ClaimStatement, What::Claim { statements, .. }) => {
                keep(statements, further.clone())
            }
            (Kind::WarningReceived, What::Warning { received }) => {
                match received.as_ref().is_some_and(|of| of.refused.is_none()) {
                    true => return,
                    false => received.replace(further.clone()),
                }
            }
            _of_another_kind => return,
        };
        let of = incident.entry;
        self.further.insert(further.entry, of);
        if let Some(gone) = gone {
            self.further.remove(&gone.entry);
        }
        self.reckon(of);
    }

    pub(crate) fn withdrawn(&mut self, of: EntryRef, withdrawn: Withdrawn) {
        self.change(of, |incident| {
            incident.withdrawn.get_or_insert(withdrawn);
        });
    }

    pub(crate) fn displayed(&mut self, of: Option<EntryRef>, receipt: Receipt) {
        if let Some(of) = of {
            self.change(of, |incident| {
                incident.displayed.get_or_insert(receipt);
            });
        }
    }

    /// The other party refused something of ours: what it changed stands as before, there as here.
    pub(crate) fn refused(&mut self, entry: EntryRef, reason: Option<RefusalReason>) {
        if let Some(of) = self.further.get(&entry).copied() {
            self.change(of, |incident| {
                for further in incident.all_further().filter(|of| of.entry == entry) {
                    further.refused = reason;
                }
            });
        }
        self.change(entry, |incident| incident.refused = reason);
        self.take_back_withdrawals(|of| of == entry);
    }

    /// What never reached the peer was not said, and changed nothing.
    pub(crate) fn leave_behind(&mut self, beyond: impl Fn(EntryRef) -> bool) {
        self.take_back_withdrawals(&beyond);
        let all: Vec<EntryRef> = self.said.keys().copied().collect();
        for entry in all {
            self.change(entry, |incident| {
                incident.left_behind |= beyond(incident.entry);
                match &mut incident.what {
                    What::Claim {
                        answers,
                        statements,
                        ..
                    } => {
                        answers.retain(|of| !beyond(of.entry));
                        statements.retain(|of| !beyond(of.entry));
                    }
                    What::Warning { received } => {
                        received.take_if(|of| beyond(of.entry));
                    }
                }
            });
        }
        self.further.retain(|entry, _| !beyond(*entry));
    }

    fn take_back_withdrawals(&mut self, said_in: impl Fn(EntryRef) -> bool) {
        let is = |of: &&Incident| of.withdrawn.is_some_and(|by| said_in(by.entry));
        let all: Vec<EntryRef> = (self.said.values().filter(is)).map(|of| of.entry).collect();
        for entry in all {
            self.change(entry, |incident| incident.withdrawn = None);
        }
    }

    fn change(&mut self, entry: EntryRef, change: impl FnOnce(&mut Incident)) {
        if let Some(incident) = self.said.get_mut(&entry) {
            change(incident);
            self.reckon(entry);
        }
    }

    /// What a claim or warning waits for now. Its times never change, so what it waited for before is found by them.
    fn reckon(&mut self, entry: EntryRef) {
        let Some(incident) = self.said.get(&entry) else {
            return;
        };
        for how in Waits::ALL {
            let at = match how {
                Waits::ToRead | Waits::ToAcknowledge => incident.header.sent_at,
                Waits::ToAnswer => incident.due().unwrap_or(incident.header.sent_at),
            };
            let key = (incident.line(), incident.desk, how, at, entry);
            match incident.waits(how) {
                Some(_) => self.waiting.insert(key),
                None => self.waiting.remove(&key),
            };
        }
    }

    fn bound(&mut self, line: LineId) {
        while let Some(order) = self.order.get_mut(&line)
            && order.len() > MAX_INCIDENTS
            && let Some(oldest) = order.pop_front()
        {
            self.said.remove(&oldest);
            self.further.retain(|_, of| *of != oldest);
            self.waiting.retain(|(.., of)| *of != oldest);
        }
    }
}

/// Why it was withdrawn, as its slots say.
pub(crate) fn withdrawal_reason(slots: &Slots) -> Option<WithdrawalReason> {
    slots
        .code(SlotCode::WithdrawalReason)
        .and_then(WithdrawalReason::from_number)
}

/// One more, and the oldest out where there are too many: which it gives back.
fn keep(kept: &mut Vec<Further>, one: Further) -> Option<Further> {
    kept.push(one);
    (kept.len() > MAX_OF_CLAIM).then(|| kept.remove(0))
}
