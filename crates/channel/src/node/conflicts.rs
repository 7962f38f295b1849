//! Notices that come too near: a closer look is asked for, and what it found is journalled.

use super::Step;
use crate::effect::Effect;
use crate::input::Disk;
use crate::look::Found;
use conflict::pair::ENGINE;
use model::event::{Actor, Event};
use model::line::EntryRef;

impl Step<'_> {
    /// Asks for a closer look at a notice in force, if it comes near anything by the boxes.
    pub(super) fn look_at(&mut self, notice: EntryRef) {
        if self.node.conflicts.is_near_any(notice) {
            self.effects.push(Effect::Look(vec![notice]));
        }
    }

    /// What was to be looked at and never came to it, because the node ended or its disk was full, is made up for.
    pub(super) fn look_at_all(&mut self) {
        let peers = self.node.conflicts.peers();
        if !peers.is_empty() {
            self.effects.push(Effect::Look(peers));
        }
    }

    /// Journals each pair once, unless one of the two is over by now, and none that would not come into view.
    pub(super) fn conflicts_found(&mut self, found: &[Found]) {
        // With a full disk `main` writes nothing; when there is room again all is looked at again.
        if self.node.disk != Disk::Well {
            return;
        }
        for Found { pair, witness } in found {
            let state = &self.node.state;
            let is_new = state.conflict(*pair).is_none() && state.has_room_for_conflicts();
            if is_new && self.node.conflicts.are_in_force(*pair) {
                self.record(
                    Actor::Node,
                    Event::ConflictFound {
                        pair: *pair,
                        engine: ENGINE,
                        witness: Some(*witness),
                    },
                );
            }
        }
    }
}
