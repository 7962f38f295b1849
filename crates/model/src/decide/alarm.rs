//! Alarms: silenced, acknowledged.

use super::refusal::CommandRefused;
use crate::event::AlarmCause;
use crate::ids::LineId;
use crate::line::EntryRef;
use crate::state::State;
use crate::stop::StopCall;

impl State {
    /// Whether the alarm stands; where it does not, and somebody took the call, who and when.
    pub(super) fn stands(&self, alarm: AlarmCause) -> Result<(), CommandRefused> {
        if self.alarms.contains_key(&alarm) {
            return Ok(());
        }
        let over = alarm.call().and_then(|call| self.calls.get(&call));
        let how = over.and_then(StopCall::how_its_alarm_ended);
        Err(how.map_or(CommandRefused::UnknownAlarm, CommandRefused::AlarmOver))
    }
}

impl AlarmCause {
    /// The line that an alarm is about, if one.
    pub const fn line(self) -> Option<LineId> {
        match self {
            AlarmCause::StopCall { call }
            | AlarmCause::StopNotDelivered { call }
            | AlarmCause::StopObligationMissed { call, .. }
            | AlarmCause::StopAnswerDue { call, .. }
            | AlarmCause::StopEnded { call }
            | AlarmCause::StopLimit { call } => Some(call.log.line),
            AlarmCause::LinkDown { line }
            | AlarmCause::ClockOffset { line }
            | AlarmCause::MainHalted { line }
            | AlarmCause::AnswerDue { line, .. }
            | AlarmCause::Conflict { line, .. }
            | AlarmCause::LineCheckDue { line } => Some(line),
            AlarmCause::ConsentWithdrawn { line, .. }
            | AlarmCause::PhraseWaits { line, .. }
            | AlarmCause::ClaimToRead { line, .. }
            | AlarmCause::ClaimAnswerDue { line, .. }
            | AlarmCause::WarningToAcknowledge { line, .. } => Some(line),
            AlarmCause::NoSounder { .. }
            | AlarmCause::CannotSend
            | AlarmCause::ElementCalled { .. }
            | AlarmCause::UnitsSilent { .. }
            | AlarmCause::WallLocked { .. }
            | AlarmCause::WatchTooFew { .. } => None,
        }
    }

    /// The stop call that it is about, if one.
    pub const fn call(self) -> Option<EntryRef> {
        match self {
            AlarmCause::StopCall { call }
            | AlarmCause::StopNotDelivered { call }
            | AlarmCause::StopObligationMissed { call, .. }
            | AlarmCause::StopAnswerDue { call, .. }
            | AlarmCause::StopEnded { call }
            | AlarmCause::StopLimit { call } => Some(call),
            AlarmCause::LinkDown { .. }
            | AlarmCause::ClockOffset { .. }
            | AlarmCause::MainHalted { .. }
            | AlarmCause::NoSounder { .. }
            | AlarmCause::AnswerDue { .. }
            | AlarmCause::LineCheckDue { .. }
            | AlarmCause::Conflict { .. }
            | AlarmCause::CannotSend
            | AlarmCause::ElementCalled { .. }
            | AlarmCause::ConsentWithdrawn { .. }
            | AlarmCause::UnitsSilent { .. }
            | AlarmCause::WallLocked { .. }
            | AlarmCause::WatchTooFew { .. }
            | AlarmCause::PhraseWaits { .. }
            | AlarmCause::ClaimToRead { .. }
            | AlarmCause::ClaimAnswerDue { .. }
            | AlarmCause::WarningToAcknowledge { .. } => None,
        }
    }

    /// What asks a person to know of it, not to do something that the node would see.
    pub const fn ends_by_acknowledgement(self) -> bool {
        match self {
            AlarmCause::StopEnded { .. }
            | AlarmCause::StopLimit { .. }
            | AlarmCause::ClockOffset { .. }
            | AlarmCause::MainHalted { .. }
            | AlarmCause::LineCheckDue { .. }
            | AlarmCause::Conflict { .. }
            | AlarmCause::ElementCalled { .. }
            | AlarmCause::UnitsSilent { .. }
            | AlarmCause::WallLocked { .. }
            | AlarmCause::PhraseWaits { .. } => true,
            AlarmCause::StopCall { .. }
            | AlarmCause::StopNotDelivered { .. }
            | AlarmCause::StopObligationMissed { .. }
            | AlarmCause::StopAnswerDue { .. }
            | AlarmCause::LinkDown { .. }
            | AlarmCause::NoSounder { .. }
            | AlarmCause::AnswerDue { .. }
            | AlarmCause::CannotSend
            | AlarmCause::ConsentWithdrawn { .. }
            | AlarmCause::WatchTooFew { .. }
            | AlarmCause::ClaimToRead { .. }
            | AlarmCause::ClaimAnswerDue { .. }
            | AlarmCause::WarningToAcknowledge { .. } => false,
        }
    }
}
