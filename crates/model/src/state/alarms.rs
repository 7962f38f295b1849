//! Alarms that stand, and those that a person has acknowledged.

use super::State;
use super::lines::LineView;
use crate::code::{Desk, Level};
use crate::event::AlarmCause;
use crate::ids::LineId;
use crate::units::Timestamp;
use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StandingAlarm {
    pub desk: Desk,
    pub level: Level,
    pub since: Timestamp,
    /// Since when its tone is off.
    pub silenced: Option<Timestamp>,
    /// How many calls are folded into it.
    pub count: u32,
}

impl State {
    /// Whether an alarm that has ended is not to be raised again while what it is about goes on.
    pub(super) fn stays_acknowledged(&self, alarm: AlarmCause) -> bool {
        let goes_on =
            |line: LineId, on: fn(&LineView) -> bool| self.lines.get(&line).is_some_and(on);
        match alarm {
            AlarmCause::StopEnded { .. }
            | AlarmCause::StopLimit { .. }
            | AlarmCause::LineCheckDue { .. }
            | AlarmCause::UnitsSilent { .. }
            | AlarmCause::PhraseWaits { .. } => true,
            AlarmCause::MainHalted { line } => goes_on(line, |view| view.halt.is_some()),
            AlarmCause::ClockOffset { line } => goes_on(line, |view| view.clocks_apart),
            AlarmCause::StopCall { .. }
            | AlarmCause::StopNotDelivered { .. }
            | AlarmCause::StopObligationMissed { .. }
            | AlarmCause::StopAnswerDue { .. }
            | AlarmCause::LinkDown { .. }
            | AlarmCause::NoSounder { .. }
            | AlarmCause::AnswerDue { .. }
            | AlarmCause::Conflict { .. }
            | AlarmCause::CannotSend
            | AlarmCause::ElementCalled { .. }
            | AlarmCause::ConsentWithdrawn { .. }
            | AlarmCause::WallLocked { .. }
            | AlarmCause::WatchTooFew { .. }
            | AlarmCause::ClaimToRead { .. }
            | AlarmCause::ClaimAnswerDue { .. }
            | AlarmCause::WarningToAcknowledge { .. } => false,
        }
    }

    /// Whether anything in `desk`'s room would sound.
    pub fn has_sounder(&self, desk: Desk) -> bool {
        self.sounders
            .get(&desk)
            .is_some_and(|sounders| !sounders.is_empty())
    }

    pub(super) fn alarm_raised(&mut self, at: Timestamp, alarm: AlarmCause, desk: Desk) {
        self.watchkeeping.rang(desk, at);
        let standing = self.alarms.entry(alarm).or_insert(StandingAlarm {
            desk,
            level: Level::Desk,
            since: at,
            silenced: None,
            count: 0,
        });
        standing.count += 1;
        standing.silenced = None;
    }
}
