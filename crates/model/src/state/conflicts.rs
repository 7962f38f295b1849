//! Conflicts in view, and the alarm that asks a person to look at them.

use super::State;
use crate::code::Desk;
use crate::conflict::{Found, MAX_CONFLICTS, Pair};
use crate::event::AlarmCause;
use crate::ids::LineId;
use crate::line::EntryRef;
use crate::units::Timestamp;
use std::collections::BTreeMap;

impl State {
    /// The conflicts between notices that are both still to be heeded, on every line.
    pub fn conflicts(&self, now: Timestamp) -> impl Iterator<Item = (Pair, &Found)> {
        self.conflicts
            .iter()
            .filter(move |(pair, _)| self.is_open(**pair, now))
            .map(|(pair, found)| (*pair, found))
    }

    pub fn conflict(&self, pair: Pair) -> Option<&Found> {
        self.conflicts.get(&pair)
    }

    /// Whether another conflict comes into view. Beyond [`MAX_CONFLICTS`] none does, whatever a peer declares, until some are
    /// over: a desk that has so many in view has no use for one more.
    pub fn has_room_for_conflicts(&self) -> bool {
        self.conflicts.len() < MAX_CONFLICTS
    }

    fn is_open(&self, pair: Pair, now: Timestamp) -> bool {
        [pair.ours, pair.theirs]
            .iter()
            .all(|entry| self.notices.get(entry).is_some_and(|n| n.is_live(now)))
    }

    pub(super) fn conflict_found(&mut self, pair: Pair, found: Found) {
        let Some(ours) = self.notices.get(&pair.ours) else {
            return;
        };
        let of_desk = (pair.ours.log.line, ours.desk);
        if self.has_room_for_conflicts() {
            self.conflicts.insert(pair, found);
        }
        self.unseen_conflicts.insert(of_desk);
        let (line, desk) = of_desk;
        self.acknowledged
            .remove(&AlarmCause::Conflict { line, desk });
    }

    /// A person of the desk has looked.
    pub(super) fn conflicts_seen(&mut self, line: LineId, desk: Desk) {
        self.unseen_conflicts.remove(&(line, desk));
    }

    /// What left the view conflicts with nothing in it.
    pub(super) fn forget_conflicts(&mut self, entry: EntryRef) {
        if !self.conflicts.is_empty() {
            self.conflicts
                .retain(|pair, _| pair.ours != entry && pair.theirs != entry);
        }
    }

    /// One alarm a desk and line, for as long as nobody has looked and one of them is open.
    pub(crate) fn conflicts_due(&self, now: Timestamp, wanted: &mut BTreeMap<AlarmCause, Desk>) {
        for (line, desk) in &self.unseen_conflicts {
            let of_desk = |entry: EntryRef| {
                entry.log.line == *line && self.notices.get(&entry).is_some_and(|n| n.desk == *desk)
            };
            if self.conflicts(now).any(|(pair, _)| of_desk(pair.ours)) {
                let cause = AlarmCause::Conflict {
                    line: *line,
                    desk: *desk,
                };
                wanted.insert(cause, *desk);
            }
        }
    }
}
