//! Stop calls: made, taken, answered, ended.

use super::refusal::CommandRefused;
use super::{Decided, Outcome, named};
use crate::code::{Desk, StopAnswer, StopReason};
use crate::command::Acting;
use crate::ids::LineId;
use crate::kind::Kind;
use crate::line::{EntryRef, Side};
use crate::slot::{SlotCode, Slots, Value};
use crate::state::State;
use crate::stop::{Phase, StopCall};
use crate::units::Timestamp;

impl State {
    pub(super) fn stop(
        &self,
        acting: Acting,
        lines: &[LineId],
        desk: Desk,
        slots: &Slots,
    ) -> Outcome {
        let all: Vec<LineId>;
        let lines = if lines.is_empty() {
            all = self.lines_of(desk).map(|(line, _)| line).collect();
            all.as_slice()
        } else {
            lines
        };
        if lines.is_empty() {
            return Err(CommandRefused::NoLine(desk));
        }
        lines
            .iter()
            .map(|line| {
                let slots = self.consented(None, *line, slots);
                self.message(acting, *line, desk, Kind::StopCall, slots)
                    .map(Decided::SayStanding)
            })
            .collect()
    }

    /// Details of a call of ours; of those that an element does not consent to, none.
    pub(super) fn stop_details(&self, acting: Acting, call: &StopCall, slots: &Slots) -> Outcome {
        let mut slots = slots.clone();
        if acting.element.is_some() {
            // For whom they call is said by the node.
            slots.remove(SlotCode::Element);
        }
        let of = self.element_of_call(call.entry);
        let said = self.consented(of, call.entry.log.line, &slots);
        if said.is_empty() && !slots.is_empty() {
            return Err(CommandRefused::DetailsWithoutConsent);
        }
        self.on_call(acting, call, Kind::StopDetails, said)
    }

    pub(super) fn accept(
        &self,
        acting: Acting,
        call: EntryRef,
        name: Option<&str>,
        now: Timestamp,
    ) -> Outcome {
        self.their_call(call, now)?;
        let open: Vec<&StopCall> = self
            .calls_of_alarm(call)
            .into_iter()
            .filter_map(|entry| self.calls.get(&entry))
            .filter(|call| call.accepted.is_none())
            .collect();
        if open.is_empty() {
            let call = self.calls.get(&call).and_then(StopCall::taken_by);
            return Err(CommandRefused::Accepted(call.unwrap_or_default()));
        }
        let slots = named(name)?;
        let mut steps = Vec::new();
        for call in open {
            steps.extend(self.on_call(acting, call, Kind::StopAcceptance, slots.clone())?);
        }
        Ok(steps)
    }

    pub(super) fn answer_stop(
        &self,
        acting: Acting,
        call: EntryRef,
        answer: StopAnswer,
        reason: Option<StopReason>,
        name: Option<&str>,
        now: Timestamp,
    ) -> Outcome {
        let call = self.their_call(call, now)?;
        if call.accepted.is_none() {
            return Err(CommandRefused::NotAccepted);
        }
        match answer {
            StopAnswer::CannotPause if reason.is_none() => {
                return Err(CommandRefused::ReasonMissing(answer));
            }
            // It ends a pause that they count on, and alarms them.
            StopAnswer::NotOurs | StopAnswer::Unknown if reason.is_none() && call.is_paused() => {
                return Err(CommandRefused::ReasonMissing(answer));
            }
            // An order is never shown as a confirmed pause, so a confirmation must follow an order that still holds.
            StopAnswer::PauseConfirmed if call.ended.is_some() || !call.is_paused() => {
                return Err(CommandRefused::NotOrdered);
            }
            StopAnswer::CannotPause
            | StopAnswer::PauseConfirmed
            | StopAnswer::PauseOrdered
            | StopAnswer::NotOurs
            | StopAnswer::Unknown => {}
        }
        let mut slots = named(name)?.with(SlotCode::StopAnswer, Value::Code(answer.number()))?;
        if let Some(reason) = reason {
            slots.set(SlotCode::StopReason, Value::Code(reason.number()))?;
        }
        let confirms = answer == StopAnswer::PauseConfirmed;
        let fits = |other: &StopCall| {
            other.accepted.is_some() && (!confirms || (other.ended.is_none() && other.is_paused()))
        };
        self.on_each(acting, call, Kind::StopAnswer, slots, now, fits)
    }

    /// Says it of `call`, and of those that rang with it as one alarm where it `fits`: they were accepted as one, and whoever
    /// called twice is answered twice.
    pub(super) fn on_each(
        &self,
        acting: Acting,
        call: &StopCall,
        kind: Kind,
        slots: Slots,
        now: Timestamp,
        fits: impl Fn(&StopCall) -> bool,
    ) -> Outcome {
        let mut steps = self.on_call(acting, call, kind, slots.clone())?;
        let others = (self.calls_of_alarm(call.entry).into_iter())
            .filter(|entry| *entry != call.entry)
            .filter_map(|entry| self.their_call(entry, now).ok());
        for other in others.filter(|other| fits(other)) {
            steps.extend(self.on_call(acting, other, kind, slots.clone())?);
        }
        Ok(steps)
    }

    pub(super) fn our_call(
        &self,
        call: EntryRef,
        now: Timestamp,
    ) -> Result<&StopCall, CommandRefused> {
        self.open_call(call, Side::Own, now)
    }

    pub(super) fn their_call(
        &self,
        call: EntryRef,
        now: Timestamp,
    ) -> Result<&StopCall, CommandRefused> {
        self.open_call(call, Side::Peer, now)
    }

    fn open_call(
        &self,
        call: EntryRef,
        caller: Side,
        now: Timestamp,
    ) -> Result<&StopCall, CommandRefused> {
        let call = self.calls.get(&call).ok_or(CommandRefused::UnknownCall)?;
        match (call.caller(), caller) {
            (Side::Own, Side::Peer) => return Err(CommandRefused::CallIsOurs),
            (Side::Peer, Side::Own) => return Err(CommandRefused::CallIsTheirs),
            (Side::Own, Side::Own) | (Side::Peer, Side::Peer) => {}
        }
        let view = self
            .lines
            .get(&call.entry.log.line)
            .ok_or(CommandRefused::UnknownLine(call.entry.log.line))?;
        match call.phase(&view.arrangement.stop, now) {
            phase @ (Phase::Over | Phase::RaisedInError) => Err(not_open(
                call,
                phase,
                "if it is needed again, make a new stop call",
            )),
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
            | Phase::ResumedByCalled
            | Phase::LimitReached => Ok(call),
        }
    }

    pub(super) fn on_call(
        &self,
        acting: Acting,
        call: &StopCall,
        kind: Kind,
        slots: Slots,
    ) -> Outcome {
        let slots = slots.with(SlotCode::Subject, Value::Subject(call.entry.as_subject()))?;
        let message = self.message(acting, call.entry.log.line, call.desk, kind, slots)?;
        Ok(vec![Decided::SayStanding(message)])
    }
}

pub(super) fn not_open(_call: &StopCall, phase: Phase, hint: &'static str) -> CommandRefused {
    CommandRefused::CallNotOpen {
        phase: phase.name(),
        hint,
    }
}
