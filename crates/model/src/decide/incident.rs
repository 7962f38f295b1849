//! Claims, what is said of them, and warnings: who may say it, what it must have, and what is not to be said.

use super::refusal::CommandRefused;
use super::{Decided, Outcome, named};
use crate::arrangement::Arrangement;
use crate::code::{ClaimAnswer, Desk, Role, Urgency, WarningKind, WithdrawalReason};
use crate::command::{Acting, IncidentCommand, ReleaseTerms, Words};
use crate::dtg::DateTimeGroup;
use crate::ids::LineId;
use crate::incident::{Incident, MAX_ANSWER_WITHIN};
use crate::kind::Kind;
use crate::line::{EntryRef, Side};
use crate::message::Message;
use crate::slot::{SlotCode, Slots, Value};
use crate::state::State;
use crate::units::Timestamp;

/// Why a claim, an answer, a statement or a warning is not said.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IncidentRefused {
    #[error("there is no such claim in view: list the claims and name one of them")]
    UnknownClaim,
    #[error("there is no such warning in view: list the warnings and name one of them")]
    UnknownWarning,
    #[error(
        "a claim is answered by the party it was made to; this one is ours: state more of it, or withdraw it"
    )]
    ClaimIsOurs,
    #[error("only our own claims are withdrawn; this one came to us: answer it")]
    ClaimIsTheirs,
    #[error(
        "a warning is acknowledged by the party it was given to; this one is ours: withdraw it where it no longer holds"
    )]
    WarningIsOurs,
    #[error("only our own warnings are withdrawn; this one came to us: say that it was received")]
    WarningIsTheirs,
    #[error("the claim is {0}: there is nothing to answer any more")]
    ClaimNotLive(&'static str),
    #[error("the warning is {0}: there is nothing to do with it any more")]
    WarningNotLive(&'static str),
    #[error("it was said already that the warning was received")]
    AlreadyReceived,
    #[error("it lacks its {0}: add it, then say it")]
    Lacks(SlotCode),
    #[error("say where: a place or an area")]
    LacksWhere,
    #[error(
        "say where it is a second time, as bearing and distance from an agreed point, from another source than the first"
    )]
    LacksSecond,
    #[error(
        "a claim is about what has happened, and this one lasts until {}, which has not come: correct its times, or the clock",
        DateTimeGroup::of(*.until)
    )]
    InTheFuture { until: Timestamp },
    #[error(
        "the answer to a claim can be asked for from {} to {}: give a time between, or none",
        DateTimeGroup::of(*.from), DateTimeGroup::of(*.until)
    )]
    AnswerByOutOfBounds { from: Timestamp, until: Timestamp },
    #[error("a statement says something: words, a certainty, or evidence")]
    NothingStated,
}

crate::says! { IncidentRefused, "incident":
    "unknown-claim" UnknownClaim;
    "unknown-warning" UnknownWarning;
    "claim-is-ours" ClaimIsOurs;
    "claim-is-theirs" ClaimIsTheirs;
    "warning-is-ours" WarningIsOurs;
    "warning-is-theirs" WarningIsTheirs;
    "claim-not-live" ClaimNotLive(state);
    "warning-not-live" WarningNotLive(state);
    "already-received" AlreadyReceived;
    "lacks" Lacks(slot);
    "lacks-where" LacksWhere;
    "lacks-second" LacksSecond;
    "in-the-future" InTheFuture { until };
    "answer-by-out-of-bounds" AnswerByOutOfBounds { from, until };
    "nothing-stated" NothingStated;
}

/// Whether slots say where something is, and not twice although the arrangement has points to measure from.
pub(crate) fn lacks_second(slots: &Slots, arrangement: &Arrangement) -> bool {
    says_where(slots) && slots.second().is_none() && !arrangement.reference_points.is_empty()
}

pub(crate) fn says_where(slots: &Slots) -> bool {
    let has = |slot| slots.value(slot).is_some();
    has(SlotCode::Place) || has(SlotCode::Area)
}

/// Whether a claim is about what the clock of its sender had not reached, but for what the two clocks may differ.
pub(crate) fn is_in_the_future(
    slots: &Slots,
    sent_at: Timestamp,
    arrangement: &Arrangement,
) -> Option<Timestamp> {
    let latest = sent_at.saturating_add(arrangement.clock_offset);
    let until = slots.window()?.until();
    (until > latest).then_some(until)
}

impl State {
    pub(super) fn incident_command(
        &self,
        acting: Acting,
        command: &IncidentCommand,
        now: Timestamp,
    ) -> Outcome {
        // Who translates puts what others say in other words, and speaks for nobody.
        if acting.role == Role::Interpreter {
            return Err(CommandRefused::Role(Role::Interpreter));
        }
        match command {
            IncidentCommand::Claim {
                line,
                desk,
                slots,
                terms,
            } => self.claim(acting, (*line, *desk), slots, terms, now),
            IncidentCommand::Answer {
                entry,
                answer,
                name,
                words,
            } => self.answer_claim(acting, *entry, *answer, name.as_deref(), words.as_ref()),
            IncidentCommand::State {
                entry,
                slots,
                terms,
            } => self.state_on_claim(acting, *entry, slots, terms),
            IncidentCommand::Withdraw { entry, reason } => {
                self.withdraw_incident(acting, *entry, *reason)
            }
            IncidentCommand::Warn {
                line,
                desk,
                slots,
                terms,
            } => self.warn(acting, (*line, *desk), slots, terms),
            IncidentCommand::Receive { entry, name } => {
                self.receive_warning(acting, *entry, name.as_deref())
            }
        }
    }

    fn claim(
        &self,
        acting: Acting,
        (line, desk): (LineId, Desk),
        slots: &Slots,
        terms: &ReleaseTerms,
        now: Timestamp,
    ) -> Outcome {
        let mut message = self.message(acting, line, desk, Kind::Claim, slots.clone())?;
        needs(
            slots,
            &[SlotCode::Claim, SlotCode::Certainty, SlotCode::Window],
        )?;
        if !says_where(slots) {
            return Err(IncidentRefused::LacksWhere.into());
        }
        let arrangement = self.arrangement(line);
        let arrangement = arrangement.ok_or(CommandRefused::UnknownLine(line))?;
        if let Some(until) = is_in_the_future(slots, now, arrangement) {
            return Err(IncidentRefused::InTheFuture { until }.into());
        }
        let from = now.saturating_add(arrangement.deadlines.answer);
        let until = now.saturating_add(MAX_ANSWER_WITHIN).max(from);
        let asked = slots.time(SlotCode::AnswerBy);
        if asked.is_some_and(|by| by < from || by > until) {
            return Err(IncidentRefused::AnswerByOutOfBounds { from, until }.into());
        }
        self.may_be_said(line, slots)?;
        message.urgency = Urgency::Priority;
        Ok(vec![by_the_rules(message, terms)])
    }

    fn warn(
        &self,
        acting: Acting,
        (line, desk): (LineId, Desk),
        slots: &Slots,
        terms: &ReleaseTerms,
    ) -> Outcome {
        let mut message = self.message(acting, line, desk, Kind::Warning, slots.clone())?;
        needs(slots, &[SlotCode::Warning, SlotCode::Level])?;
        if is_of_area(slots) && !says_where(slots) {
            return Err(IncidentRefused::LacksWhere.into());
        }
        self.may_be_said(line, slots)?;
        message.urgency = Urgency::Priority;
        Ok(vec![by_the_rules(message, terms)])
    }

    /// What holds of claims, statements and warnings alike: the second description, free text, and for whom it is said.
    fn may_be_said(&self, line: LineId, slots: &Slots) -> Result<(), CommandRefused> {
        let arrangement = self.arrangement(line);
        let arrangement = arrangement.ok_or(CommandRefused::UnknownLine(line))?;
        if lacks_second(slots, arrangement) {
            return Err(IncidentRefused::LacksSecond.into());
        }
        if slots.value(SlotCode::Remarks).is_some() {
            if !arrangement.free_text {
                return Err(CommandRefused::NoFreeText);
            }
            let language = slots.value(SlotCode::Language);
            language.ok_or(CommandRefused::LanguageMissing)?;
        }
        match self.enrolled_in(slots) {
            Some(element) if !self.elements.may_name(element, line) => {
                let view = self.lines.get(&line);
                let line = view.map_or_else(String::new, |view| view.name.to_string());
                Err(CommandRefused::NoConsent { element, line })
            }
            Some(_) | None => Ok(()),
        }
    }

    fn answer_claim(
        &self,
        acting: Acting,
        entry: EntryRef,
        answer: ClaimAnswer,
        name: Option<&str>,
        words: Option<&Words>,
    ) -> Outcome {
        let claim = self.one_claim(entry)?;
        match (claim.side(), claim.not_live()) {
            (Side::Own, _) => return Err(IncidentRefused::ClaimIsOurs.into()),
            (Side::Peer, Some(why)) => return Err(IncidentRefused::ClaimNotLive(why).into()),
            (Side::Peer, None) => {}
        }
        let mut slots = named(name)?.with(SlotCode::ClaimAnswer, Value::Code(answer.number()))?;
        if let Some(words) = words {
            slots.set(SlotCode::Language, Value::Slug(words.language))?;
            slots.set(SlotCode::Remarks, Value::Text(words.text.clone()))?;
            self.may_be_said(claim.line(), &slots)?;
        }
        let message = self.about_incident(acting, claim, Kind::ClaimAnswer, slots)?;
        Ok(vec![match words {
            None => Decided::SayStanding(message),
            Some(words) => by_the_rules(message, &words.terms),
        }])
    }

    fn state_on_claim(
        &self,
        acting: Acting,
        entry: EntryRef,
        slots: &Slots,
        terms: &ReleaseTerms,
    ) -> Outcome {
        let claim = self.one_claim(entry)?;
        if let Some(why) = claim.not_live().filter(|why| *why != "withdrawn") {
            return Err(IncidentRefused::ClaimNotLive(why).into());
        }
        if !states_something(slots) {
            return Err(IncidentRefused::NothingStated.into());
        }
        self.may_be_said(claim.line(), slots)?;
        let message = self.about_incident(acting, claim, Kind::ClaimStatement, slots.clone())?;
        Ok(vec![by_the_rules(message, terms)])
    }

    fn withdraw_incident(
        &self,
        acting: Acting,
        entry: EntryRef,
        reason: WithdrawalReason,
    ) -> Outcome {
        let of = self.incidents.said.get(&entry);
        let of = of.ok_or(IncidentRefused::UnknownClaim)?;
        match (of.side(), of.is_claim(), of.not_live()) {
            (Side::Peer, true, _) => return Err(IncidentRefused::ClaimIsTheirs.into()),
            (Side::Peer, false, _) => return Err(IncidentRefused::WarningIsTheirs.into()),
            (Side::Own, true, Some(why)) => return Err(IncidentRefused::ClaimNotLive(why).into()),
            (Side::Own, false, Some(why)) => {
                return Err(IncidentRefused::WarningNotLive(why).into());
            }
            (Side::Own, _, None) => {}
        }
        let slots = Slots::new().with(SlotCode::WithdrawalReason, Value::Code(reason.number()))?;
        let message = self.about_incident(acting, of, Kind::Withdrawal, slots)?;
        Ok(vec![Decided::SayStanding(message)])
    }

    fn receive_warning(&self, acting: Acting, entry: EntryRef, name: Option<&str>) -> Outcome {
        let warning = self.incidents.warning(entry);
        let warning = warning.ok_or(IncidentRefused::UnknownWarning)?;
        match (warning.side(), warning.not_live(), warning.received()) {
            (Side::Own, _, _) => Err(IncidentRefused::WarningIsOurs.into()),
            (Side::Peer, Some(why), _) => Err(IncidentRefused::WarningNotLive(why).into()),
            (Side::Peer, None, Some(_)) => Err(IncidentRefused::AlreadyReceived.into()),
            (Side::Peer, None, None) => {
                let kind = Kind::WarningReceived;
                let message = self.about_incident(acting, warning, kind, named(name)?)?;
                Ok(vec![Decided::SayStanding(message)])
            }
        }
    }

    pub(super) fn incident_displayed(
        &self,
        acting: Acting,
        incident: &Incident,
        now: Timestamp,
    ) -> Outcome {
        match (incident.side(), incident.is_claim()) {
            (Side::Own, true) => return Err(IncidentRefused::ClaimIsOurs.into()),
            (Side::Own, false) => return Err(IncidentRefused::WarningIsOurs.into()),
            (Side::Peer, _) => {}
        }
        if acting.role == Role::Interpreter {
            return Err(CommandRefused::Role(Role::Interpreter));
        }
        if incident.displayed.is_some() || incident.refused.is_some() {
            return Ok(Vec::new());
        }
        let slots = Slots::new().with(SlotCode::ShownAt, Value::Time(now))?;
        let message = self.about_incident(acting, incident, Kind::Displayed, slots)?;
        Ok(vec![Decided::SayStanding(message)])
    }

    fn one_claim(&self, entry: EntryRef) -> Result<&Incident, IncidentRefused> {
        let claim = self.incidents.claim(entry);
        claim.ok_or(IncidentRefused::UnknownClaim)
    }

    fn about_incident(
        &self,
        acting: Acting,
        of: &Incident,
        kind: Kind,
        slots: Slots,
    ) -> Result<Message, CommandRefused> {
        let slots = slots.with(SlotCode::Subject, Value::Subject(of.entry.as_subject()))?;
        self.message(acting, of.line(), of.desk, kind, slots)
    }
}

/// Whether a warning is one to keep out of an area.
pub(crate) fn is_of_area(slots: &Slots) -> bool {
    slots.code(SlotCode::Warning) == Some(WarningKind::Area.number())
}

/// Whether a statement says anything.
pub(crate) fn states_something(slots: &Slots) -> bool {
    let has = |slot| slots.value(slot).is_some();
    has(SlotCode::Remarks) || has(SlotCode::Certainty) || !slots.evidence().is_empty()
}

fn needs(slots: &Slots, all: &[SlotCode]) -> Result<(), IncidentRefused> {
    let lacking = all.iter().find(|slot| slots.value(**slot).is_none());
    lacking.map_or(Ok(()), |slot| Err(IncidentRefused::Lacks(*slot)))
}

fn by_the_rules(mut message: Message, terms: &ReleaseTerms) -> Decided {
    message.purpose = terms.purpose;
    Decided::SayByRules {
        message,
        terms: terms.clone(),
        notice: None,
    }
}
