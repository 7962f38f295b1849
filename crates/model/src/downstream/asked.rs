//! What each unit is shown, and of what its receipt is asked.

use super::{ReceiptBy, UnitReceipt};
use crate::code::{Desk, StopAnswer};
use crate::event::{Actor, AlarmCause, Fact};
use crate::ids::{NoticeId, UnitId};
use crate::kind::Kind;
use crate::line::{EntryRef, Side};
use crate::notice::{Notice, NoticeState};
use crate::state::State;
use crate::stop::StopCall;
use crate::units::{HOUR_MS, Millis, Timestamp};
use std::collections::BTreeMap;

/// How long a unit is still shown that a pause is over.
const PAUSE_OVER_SHOWN: Millis = match Millis::new(HOUR_MS) {
    Ok(hour) => hour,
    Err(_) => Millis::ZERO,
};

/// A notice that a unit is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked {
    pub notice: EntryRef,
    /// What a receipt of it names: the entry that says how it stands now.
    pub subject: EntryRef,
    pub standing: Standing,
}

/// How a notice stands to a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// To be heeded, now or from the time that it says.
    InForce,
    /// Withdrawn. Shown until the unit has noted it.
    Withdrawn { at: Timestamp },
}

/// A stop call that a unit is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pause {
    /// The first of the calls that rang as one.
    pub call: EntryRef,
    pub since: Timestamp,
    /// Since when it is over, by this desk's word or the caller's; `None`: it stands.
    pub over: Option<Timestamp>,
}

/// Whether units must know of it: all that the other party gives notice of; of ours what restricts or warns us too. Where
/// we fly or stand ourselves is what units do, and what they have orders for.
pub fn concerns_units(notice: &Notice) -> bool {
    match (notice.side(), notice.kind) {
        (Side::Peer, _) => true,
        (Side::Own, kind) => matches!(
            kind,
            Kind::HazardArea
                | Kind::ProtectedSite
                | Kind::NoFireArea
                | Kind::RestrictedFireArea
                | Kind::CoordinationLine
                | Kind::CautionArea
        ),
    }
}

impl State {
    /// The notices that `unit` is shown, each with the entry that its receipt names. A notice of ours is one for each line
    /// that it was released on.
    pub fn asked_of(&self, unit: UnitId, now: Timestamp) -> Vec<Asked> {
        let subjects = self.units.subjects();
        let of_unit = subjects.filter(|subject| self.units.concerns(*subject, unit));
        of_unit
            .filter_map(|subject| self.asked(self.notices.get(&subject)?, unit, now))
            .collect()
    }

    fn asked(&self, notice: &Notice, unit: UnitId, now: Timestamp) -> Option<Asked> {
        let (subject, standing) = match notice.state(now) {
            NoticeState::Announced | NoticeState::Active | NoticeState::NotRenewed => {
                (notice.entry, Standing::InForce)
            }
            NoticeState::Withdrawn => {
                let withdrawn = notice.withdrawn?;
                (withdrawn.entry, Standing::Withdrawn { at: withdrawn.at })
            }
            // What takes its place concerns the same units.
            NoticeState::Amended
            | NoticeState::Expired
            | NoticeState::Refused
            | NoticeState::NotSaid
            | NoticeState::Closed => return None,
        };
        let noted = standing != Standing::InForce && self.units.receipt(subject, unit).is_some();
        (!noted).then_some(Asked {
            notice: notice.entry,
            subject,
            standing,
        })
    }

    /// `asked`, and what the same draft says to the unit on other lines: one act of a person is a receipt of all.
    pub fn alike(&self, unit: UnitId, asked: Asked, now: Timestamp) -> Vec<Asked> {
        let Some(draft) = self.draft_of(asked.notice) else {
            return vec![asked];
        };
        let is_alike = |other: &Asked| {
            let same =
                std::mem::discriminant(&other.standing) == std::mem::discriminant(&asked.standing);
            same && self.draft_of(other.notice) == Some(draft)
        };
        (self.asked_of(unit, now).into_iter())
            .filter(is_alike)
            .collect()
    }

    /// The draft that a notice of ours was released from.
    pub fn draft_of(&self, notice: EntryRef) -> Option<NoticeId> {
        self.notices.get(&notice)?.draft
    }

    /// The stop calls that `unit` is shown, oldest first: those for which it is to pause, and for an hour those that are over.
    pub fn pauses_of(&self, unit: UnitId, now: Timestamp) -> Vec<Pause> {
        let subjects = self.units.subjects();
        let of_unit = subjects.filter(|subject| self.units.concerns(*subject, unit));
        let mut pauses: Vec<Pause> = of_unit
            .filter_map(|subject| self.pause(subject, now))
            .filter(|pause| (pause.over).is_none_or(|over| now.since(over) <= PAUSE_OVER_SHOWN))
            .collect();
        pauses.sort_by_key(|pause| (pause.since, pause.call));
        pauses
    }

    /// Whether the units that `first` concerns are to pause: as long as one of the calls that rang with it asks for it, and
    /// no officer of ours has said otherwise.
    pub fn pause(&self, first: EntryRef, now: Timestamp) -> Option<Pause> {
        let terms = &self.arrangement(first.log.line)?.stop;
        let calls = self.calls_of_alarm(first);
        let calls: Vec<&StopCall> = (calls.iter())
            .filter_map(|call| self.calls.get(call))
            .filter(|call| call.accepted.is_some() && call.caller() == Side::Peer)
            .collect();
        let since = calls.iter().map(|call| call.sent_at).min()?;
        let over = |call: &&StopCall| {
            let refused = call.last_answer().filter(|last| {
                matches!(last.answer, StopAnswer::CannotPause | StopAnswer::NotOurs)
            });
            let ended = [
                call.raised_in_error,
                call.resumed,
                call.ended.as_ref().map(|ended| ended.at),
                refused.map(|refused| refused.at),
            ];
            let limit = call.owed_until(terms);
            (ended.into_iter().flatten().min()).or((now > limit).then_some(limit))
        };
        let all_over: Option<Vec<Timestamp>> = calls.iter().map(over).collect();
        Some(Pause {
            call: first,
            since,
            over: all_over.and_then(|over| over.into_iter().max()),
        })
    }

    /// The units that `subject` concerns and that are silent: no receipt of theirs is held, nor one that an officer relayed.
    pub fn silent(&self, subject: EntryRef) -> Vec<UnitId> {
        let of = self.units.concerned(subject);
        of.filter(|(unit, _)| self.units.receipt(subject, *unit).is_none())
            .map(|(unit, _)| unit)
            .collect()
    }

    /// Units that are silent beyond the time that they had: one alarm a desk. Whoever has acknowledged it knows of those
    /// that were silent then.
    pub(crate) fn silence_due(
        &self,
        now: Timestamp,
        mut come: impl FnMut(Timestamp) -> bool,
        wanted: &mut BTreeMap<AlarmCause, Desk>,
    ) {
        for (due, subject, unit) in self.units.waited_for() {
            if !come(due) {
                break;
            }
            let Some(desk) = self.units.get(unit).map(|unit| unit.desk) else {
                continue;
            };
            let cause = AlarmCause::UnitsSilent { desk };
            let known = self.acknowledged.get(&cause).is_some_and(|at| *at >= due);
            if !known && self.is_asked(subject, now) {
                wanted.insert(cause, desk);
            }
        }
    }

    /// Whether a receipt of it is still of use.
    fn is_asked(&self, subject: EntryRef, now: Timestamp) -> bool {
        match self.notices.get(&subject) {
            Some(notice) => notice.is_live(now),
            None => (self.pause(subject, now)).is_some_and(|pause| pause.over.is_none()),
        }
    }

    /// By when a receipt of `subject` is due that is found at `at` to concern a unit: of a notice as an answer is, of a stop
    /// call as the confirmation of the pause is.
    pub(crate) fn receipt_due(&self, subject: EntryRef, at: Timestamp) -> Timestamp {
        let span = self.arrangement(subject.log.line).map(|arrangement| {
            match self.calls.contains_key(&subject) {
                true => arrangement.stop.confirm,
                false => arrangement.deadlines.answer,
            }
        });
        at.saturating_add(span.unwrap_or(Millis::ZERO))
    }
}

impl State {
    pub(crate) fn unit_receipt(
        &mut self,
        fact: &Fact,
        unit: UnitId,
        subject: EntryRef,
        read_back: bool,
    ) {
        let by = match fact.by {
            Actor::Officer(officer) => ReceiptBy::Officer(officer),
            Actor::Unit(_) | Actor::Node | Actor::Administrator | Actor::Peer => ReceiptBy::Unit,
        };
        let receipt = UnitReceipt {
            at: fact.at,
            by,
            read_back,
        };
        self.units.received(subject, unit, receipt);
    }
}

impl ReceiptBy {
    /// `by the unit`, `relayed by officer X`.
    pub fn words(self) -> String {
        match self {
            ReceiptBy::Unit => "by the unit".to_owned(),
            ReceiptBy::Officer(officer) => format!("relayed by officer {officer}"),
        }
    }
}
