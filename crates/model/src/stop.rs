//! A stop call: what each side has said about it, and what is owed next.
//!
//! Both nodes fold the same entries and so see the same call; only the names differ (ours is the other's peer).

use crate::arrangement::StopTerms;
use crate::code::{Desk, Role, StopAnswer, StopReason};
use crate::dtg::DateTimeGroup;
use crate::event::StopStage;
use crate::ids::OfficerId;
use crate::kind::Kind;
use crate::line::{EntryRef, Side};
use crate::message::{Content, Header};
use crate::slot::{SlotCode, Slots};
use crate::units::Timestamp;
use serde::{Deserialize, Serialize};

/// The most answers of one call that are kept in view; the journal keeps all.
pub const MAX_ANSWERS: usize = 64;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StopCall {
    pub entry: EntryRef,
    pub desk: Desk,
    /// The caller's clock when it was sent.
    pub sent_at: Timestamp,
    /// Our clock when it reached us (theirs), or the peer's word for when it reached them (ours).
    pub arrived_at: Option<Timestamp>,
    /// The peer's cosignature covers it: it cannot be denied. Ours only.
    pub delivered: Option<Timestamp>,
    /// Details as last given, slot by slot. `None`: the slots that came could not be read.
    pub details: Option<Slots>,
    /// The earlier unaccepted call of the same desk into whose alarm this one folds.
    pub folded_into: Option<EntryRef>,
    pub accepted: Option<Accepted>,
    pub answers: Vec<Answered>,
    /// The caller asked for another limit's worth, last at: by its clock, or by ours where that said less when it came.
    pub renewed: Option<Timestamp>,
    /// A renewal of ours for which they have not signed: until then nothing counts on it.
    pub renewing: Option<(EntryRef, Timestamp)>,
    /// A renewal came when the limit had passed, at: the call was made anew by it, and what was said before counts no more.
    pub anew: Option<Timestamp>,
    /// The called party ended its own pause before the limit.
    pub ended: Option<Ended>,
    /// The caller said that the danger is over.
    pub lifted: Option<Timestamp>,
    /// The called party said that it has resumed.
    pub resumed: Option<Timestamp>,
    pub raised_in_error: Option<Timestamp>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Accepted {
    /// By the clock of the party that was called.
    pub at: Timestamp,
    /// From when the limit and the next step count here: the caller goes by its own clock where the acceptance reached it
    /// before it was made by the other, so that no clock that is ahead makes it count on a pause that is over.
    pub counts_from: Timestamp,
    /// Our officer, where the call came to us.
    pub by: Option<OfficerId>,
    pub role: Role,
    /// The name they chose to give.
    pub name: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answered {
    /// By the clock of the party that was called.
    pub at: Timestamp,
    /// From when the next step is waited for here: the caller's own clock where that says less, and never before the step
    /// that went ahead, so that no clock of theirs hides that a step is missed.
    pub counts_from: Timestamp,
    pub answer: StopAnswer,
    pub reason: Option<StopReason>,
    pub name: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ended {
    pub at: Timestamp,
    pub reason: Option<StopReason>,
    pub name: Option<String>,
}

/// Where a call stands, in one word for a screen. An order is never shown as a confirmed pause.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// Ours, and the peer's node has not signed for it.
    NotDelivered,
    /// Nobody has accepted it.
    Sounding,
    /// A person has it, and has not answered.
    Accepted,
    PauseOrdered,
    PauseConfirmed,
    CannotPause,
    NotOurs,
    Unknown,
    /// The called party ended its pause early; the caller has not lifted.
    EndedEarly,
    LiftedByCaller,
    ResumedByCalled,
    /// Lifted by both.
    Over,
    RaisedInError,
    /// The arrangement's limit passed without renewal.
    LimitReached,
}

impl Phase {
    pub const fn name(self) -> &'static str {
        match self {
            Phase::NotDelivered => "not delivered",
            Phase::Sounding => "sounding",
            Phase::Accepted => "accepted",
            Phase::PauseOrdered => "pause ordered",
            Phase::PauseConfirmed => "pause confirmed",
            Phase::CannotPause => "cannot pause",
            Phase::NotOurs => "not ours",
            Phase::Unknown => "unknown",
            Phase::EndedEarly => "pause ended early",
            Phase::LiftedByCaller => "lifted by the caller only",
            Phase::ResumedByCalled => "resumed by the called party only",
            Phase::Over => "lifted by both",
            Phase::RaisedInError => "raised in error",
            Phase::LimitReached => "limit reached",
        }
    }
}

impl StopCall {
    pub fn new(
        entry: EntryRef,
        header: &Header,
        content: &Content,
        arrived_at: Option<Timestamp>,
    ) -> Self {
        Self {
            entry,
            desk: header.desk,
            sent_at: header.sent_at,
            arrived_at,
            delivered: None,
            details: content.slots().cloned(),
            folded_into: None,
            accepted: None,
            answers: Vec::new(),
            renewed: None,
            renewing: None,
            anew: None,
            ended: None,
            lifted: None,
            resumed: None,
            raised_in_error: None,
        }
    }

    /// Who called: we did, or the peer.
    pub fn caller(&self) -> Side {
        self.entry.log.side
    }

    /// Until when the pause is owed: the arrangement's limit, counted from the call, its acceptance or its last renewal,
    /// whichever is the latest. A call that was held up for longer than the limit is owed a pause all the same. Where the
    /// clocks are apart, which is an alarm of its own, the caller never counts on more than the called party does.
    pub fn owed_until(&self, terms: &StopTerms) -> Timestamp {
        let accepted = self.accepted.as_ref().map(|taken| taken.counts_from);
        // A caller whose clock is ahead gains no time by it.
        let called = self.arrived_at.unwrap_or(self.sent_at).min(self.sent_at);
        [self.renewed, accepted]
            .into_iter()
            .flatten()
            .fold(called, Timestamp::max)
            .saturating_add(terms.limit)
    }

    /// When the order was given that is not confirmed yet. Saying again that it was given gains no time.
    fn ordered_at(&self) -> Option<Timestamp> {
        let orders = self.answers.iter().rev();
        let orders = orders.take_while(|answered| answered.answer == StopAnswer::PauseOrdered);
        orders.last().map(|first| first.counts_from)
    }

    /// A pause was ordered or confirmed last.
    pub fn is_paused(&self) -> bool {
        self.last_answer().is_some_and(|last| is_pause(last.answer))
    }

    /// When the called party took a pause back that it had ordered or confirmed, by another answer.
    pub fn taken_back(&self) -> Option<Timestamp> {
        let mut later = self.answers.iter().rev();
        let others = later
            .by_ref()
            .take_while(|answered| !is_pause(answered.answer));
        let first = others.last()?;
        let paused = self.answers.iter().any(|said| is_pause(said.answer));
        paused.then_some(first.counts_from)
    }

    /// Who accepted it and when; `None` while nobody has.
    pub fn taken_by(&self) -> Option<String> {
        let accepted = self.accepted.as_ref()?;
        let who = match (accepted.by, &accepted.name) {
            (Some(officer), _) => format!("{officer} ({})", accepted.role),
            (None, Some(name)) => format!("{name} ({})", accepted.role),
            (None, None) => format!("their {}", accepted.role),
        };
        Some(format!("{who} accepted it at {}", said_at(accepted.at)))
    }

    /// Why it sounds no more: taken by whom, or withdrawn by the caller; `None` while neither.
    pub fn how_its_alarm_ended(&self) -> Option<String> {
        let by_caller = |what: &str, at| format!("the caller {what} at {}", said_at(at));
        self.taken_by()
            .or_else(|| {
                self.raised_in_error
                    .map(|at| by_caller("said that the call was raised in error", at))
            })
            .or_else(|| self.lifted.map(|at| by_caller("lifted the call", at)))
    }

    pub fn last_answer(&self) -> Option<&Answered> {
        self.answers.last()
    }

    /// Neither side owes the other anything about it any more.
    pub fn is_over(&self, terms: &StopTerms, now: Timestamp) -> bool {
        match self.phase(terms, now) {
            Phase::Over | Phase::RaisedInError | Phase::LimitReached => true,
            Phase::NotDelivered
            | Phase::Sounding
            | Phase::Accepted
            | Phase::PauseOrdered
            | Phase::PauseConfirmed
            | Phase::CannotPause
            | Phase::NotOurs
            | Phase::Unknown
            | Phase::EndedEarly
            | Phase::LiftedByCaller
            | Phase::ResumedByCalled => false,
        }
    }

    pub fn phase(&self, terms: &StopTerms, now: Timestamp) -> Phase {
        if self.raised_in_error.is_some() {
            return Phase::RaisedInError;
        }
        match (self.lifted, self.resumed) {
            (Some(_), Some(_)) => return Phase::Over,
            (Some(_), None) => return Phase::LiftedByCaller,
            (None, Some(_)) => return Phase::ResumedByCalled,
            (None, None) => {}
        }
        if self.ended.is_some() {
            return Phase::EndedEarly;
        }
        // A call that nobody has accepted never runs out by itself.
        if self.accepted.is_some() && now > self.owed_until(terms) {
            return Phase::LimitReached;
        }
        match self.last_answer().map(|a| a.answer) {
            Some(StopAnswer::PauseOrdered) => Phase::PauseOrdered,
            Some(StopAnswer::PauseConfirmed) => Phase::PauseConfirmed,
            Some(StopAnswer::CannotPause) => Phase::CannotPause,
            Some(StopAnswer::NotOurs) => Phase::NotOurs,
            Some(StopAnswer::Unknown) => Phase::Unknown,
            None if self.accepted.is_some() => Phase::Accepted,
            None if self.caller() == Side::Own && self.delivered.is_none() => Phase::NotDelivered,
            None => Phase::Sounding,
        }
    }

    /// The next thing the called party owes, and when it is overdue; `None` when nothing is.
    pub fn owed(&self, terms: &StopTerms, now: Timestamp) -> Option<(StopStage, Timestamp)> {
        match self.phase(terms, now) {
            Phase::NotDelivered | Phase::Sounding => {
                // Of ours: between our saying it and our holding the receipt, whatever their clock says.
                let from = self.arrived_at.unwrap_or(self.sent_at);
                let from = match (self.anew, self.delivered) {
                    (None, Some(delivered)) => from.min(delivered).max(self.sent_at.min(delivered)),
                    (Some(_), _) | (None, None) => from,
                };
                Some((StopStage::Accept, from.saturating_add(terms.accept)))
            }
            Phase::Accepted => {
                let from = self.accepted.as_ref()?.counts_from;
                Some((StopStage::Answer, from.saturating_add(terms.answer)))
            }
            Phase::PauseOrdered => {
                let from = self.ordered_at()?;
                Some((StopStage::Confirm, from.saturating_add(terms.confirm)))
            }
            Phase::PauseConfirmed
            | Phase::CannotPause
            | Phase::NotOurs
            | Phase::Unknown
            | Phase::EndedEarly
            | Phase::LiftedByCaller
            | Phase::ResumedByCalled
            | Phase::Over
            | Phase::RaisedInError
            | Phase::LimitReached => None,
        }
    }

    /// A renewal that was made at `at` and came to the called party at `reached`, by our clock: when it reached us, or when their
    /// signature for it did. One that comes when the limit has passed, late or held up, revives no pause, for their units were free
    /// to go on: it makes the call anew, and a person must accept it.
    pub fn renewal(&mut self, at: Timestamp, reached: Timestamp, terms: &StopTerms) {
        if self.accepted.is_some() && reached > self.owed_until(terms) {
            self.accepted = None;
            self.answers.clear();
            self.ended = None;
            self.resumed = None;
            self.folded_into = None;
            self.arrived_at = Some(reached);
            self.anew = Some(reached);
        }
        self.renewing = None;
        self.renewed = Some(at.min(reached));
    }

    /// Folds in what either side said about the call, at `at` by the sayer's clock; `reached` says when it reached us, where
    /// the peer said it. Renewals are [`StopCall::renewal`]'s.
    pub fn said(
        &mut self,
        kind: Kind,
        at: Timestamp,
        reached: Option<Timestamp>,
        by: Option<OfficerId>,
        role: Role,
        slots: &Slots,
    ) {
        let name = || slots.text(SlotCode::Name).map(str::to_owned);
        let reason = || {
            slots
                .code(SlotCode::StopReason)
                .and_then(StopReason::from_number)
        };
        match kind {
            Kind::StopDetails => {
                let details = self.details.get_or_insert_default();
                for (slot, value) in slots.iter() {
                    // The shape was checked when the slots were read.
                    let _same_shape = details.set(slot, value.clone());
                }
            }
            Kind::StopAcceptance => {
                let taken = Accepted {
                    at,
                    counts_from: reached.map_or(at, |reached| reached.min(at)),
                    by,
                    role,
                    name: name(),
                };
                self.accepted.get_or_insert(taken);
            }
            Kind::StopAnswer => {
                let answer = slots
                    .code(SlotCode::StopAnswer)
                    .and_then(StopAnswer::from_number);
                let Some(answer) = answer else { return };
                let before = self.last_answer().map(|last| last.counts_from);
                let before = before.max(self.accepted.as_ref().map(|taken| taken.counts_from));
                let counts_from = reached.map_or(at, |reached| {
                    let not_before = before.unwrap_or(at).max(at);
                    not_before.min(reached)
                });
                self.answered(Answered {
                    at,
                    counts_from,
                    answer,
                    reason: reason(),
                    name: name(),
                });
            }
            Kind::StopEnd => {
                self.ended = Some(Ended {
                    at,
                    reason: reason(),
                    name: name(),
                })
            }
            Kind::StopLifted => self.lifted = self.lifted.or(Some(at)),
            Kind::StopResumed => self.resumed = self.resumed.or(Some(at)),
            Kind::StopRaisedInError => self.raised_in_error = self.raised_in_error.or(Some(at)),
            Kind::StopCall
            | Kind::StopRenewal
            | Kind::Received
            | Kind::Refused
            | Kind::AirActivity
            | Kind::HazardArea
            | Kind::PositionArea
            | Kind::Movement
            | Kind::ProtectedSite
            | Kind::NoFireArea
            | Kind::RestrictedFireArea
            | Kind::CoordinationLine
            | Kind::CautionArea
            | Kind::TransitRequest
            | Kind::Withdrawal
            | Kind::Displayed
            | Kind::ReadBack
            | Kind::Answer
            | Kind::Downstream
            | Kind::LineCheck
            | Kind::LineCheckAnswer
            | Kind::Standing
            | Kind::Phrase
            | Kind::Translation
            | Kind::TranslationChallenge
            | Kind::Claim
            | Kind::ClaimAnswer
            | Kind::ClaimStatement
            | Kind::Warning
            | Kind::WarningReceived => {}
        }
    }

    fn answered(&mut self, said: Answered) {
        // A pause that is ordered anew takes the place of the one that the called party had ended, or resumed from.
        if said.answer == StopAnswer::PauseOrdered && self.lifted.is_none() {
            self.ended = None;
            self.resumed = None;
        }
        // Of the same answer given again and again, the first and the last are kept in view.
        let mut last = self.answers.iter().rev().map(|held| held.answer);
        if (last.next(), last.next()) == (Some(said.answer), Some(said.answer)) {
            self.answers.pop();
        } else if self.answers.len() == MAX_ANSWERS {
            self.answers.remove(0);
        }
        self.answers.push(said);
    }
}

/// Whether an answer says that there is a pause, ordered or confirmed.
const fn is_pause(answer: StopAnswer) -> bool {
    matches!(
        answer,
        StopAnswer::PauseOrdered | StopAnswer::PauseConfirmed
    )
}

/// A time as people say it, with the seconds.
fn said_at(at: Timestamp) -> String {
    let seconds = at.as_unix_ms().div_euclid(1_000).rem_euclid(60);
    format!("{} +{seconds:02}s", DateTimeGroup::of(at))
}
