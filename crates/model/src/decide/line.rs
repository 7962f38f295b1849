//! Lines: checked, suspended, open again.

use super::refusal::CommandRefused;
use super::{Outcome, say};
use crate::code::Standing;
use crate::command::{Acting, Remarks};
use crate::ids::LineId;
use crate::kind::Kind;
use crate::slot::{SlotCode, Slots, Value};
use crate::state::State;
use crate::units::Timestamp;

impl State {
    pub(super) fn set_standing(
        &self,
        acting: Acting,
        line: LineId,
        standing: Standing,
        since: Timestamp,
        remarks: Option<&Remarks>,
    ) -> Outcome {
        let view = self
            .lines
            .get(&line)
            .ok_or(CommandRefused::UnknownLine(line))?;
        let desk = *view
            .arrangement
            .desks
            .first()
            .ok_or(CommandRefused::UnknownLine(line))?;
        let mut slots = Slots::new()
            .with(SlotCode::Standing, Value::Code(standing.number()))?
            .with(SlotCode::Since, Value::Time(since))?;
        self.remark(line, &mut slots, remarks)?;
        let message = self.message(acting, line, desk, Kind::Standing, slots)?;
        Ok(vec![say(message, remarks)])
    }

    /// Whether either party says that the line is suspended. It stops nothing that is safety of life.
    pub fn is_suspended(&self, line: LineId) -> bool {
        self.lines.get(&line).is_some_and(|view| {
            view.standing_own.0 == Standing::Suspended
                || view.standing_peer.0 == Standing::Suspended
        })
    }
}
