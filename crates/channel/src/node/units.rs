//! What the node does for downstream units: finds what concerns them, and takes their receipts.

use super::Step;
use crate::effect::{Done, Refusal};
use crate::input::Disk;
use model::event::Actor;
use model::ids::UnitId;
use model::line::EntryRef;
use model::said::Says as _;

impl Step<'_> {
    /// Looks at what came a moment ago.
    pub(super) fn look_for_units(&mut self) {
        let node = &mut *self.node;
        let mut units = std::mem::take(&mut node.units);
        let doubted = |call| node.is_place_doubted(call);
        let found = units.look_some(&node.state, doubted, self.now);
        node.units = units;
        for event in found {
            self.record(Actor::Node, event);
        }
    }

    /// A stop call that a person has accepted goes to the units at once.
    pub(super) fn tell_units_to_pause(&mut self, call: EntryRef) {
        let node = &self.node;
        let calls = node.state.calls_of_alarm(call);
        let found = calls.first().and_then(|first| {
            let doubted = node.is_place_doubted(*first);
            node.units.of_call(&node.state, *first, doubted, self.now)
        });
        if let Some(found) = found {
            self.record(Actor::Node, found);
        }
    }

    /// A unit has it, by its own word.
    pub(super) fn unit_receipt(
        &mut self,
        unit: UnitId,
        subject: EntryRef,
    ) -> Result<Done, Refusal> {
        let is_of_call = self.node.state.calls.contains_key(&subject);
        match self.node.disk {
            Disk::Well => {}
            Disk::Full if is_of_call => {}
            Disk::Full => return Err(Refusal::DiskFull(self.all_numbers())),
            Disk::Failed => return Err(Refusal::CannotSend(self.all_numbers())),
        }
        let by = Actor::Unit(unit);
        let state = &self.node.state;
        let facts = state
            .receipt_of(by, unit, subject, false, self.now)
            .map_err(|refused| Refusal::Invalid(refused.said()))?;
        for fact in facts {
            self.record(by, fact);
        }
        Ok(Done::Done)
    }
}
