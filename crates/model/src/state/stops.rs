//! Stop calls in view, and those that fold into one alarm.

use super::State;
use crate::code::{Desk, Lane};
use crate::ids::LineId;
use crate::line::{EntryRef, LogRef, Side};
use crate::message::{Content, Header};
use crate::stop::StopCall;
use crate::units::{Millis, Timestamp};

/// How long a call that is over stays in view. The journal keeps it.
pub(super) const CALL_KEPT: Millis = Millis::from_seconds(7 * 24 * 3_600);

/// The most calls that are kept in view as folded into one alarm: of a flood that nobody accepts the oldest leave it, and
/// are counted. The journal keeps all.
pub const MAX_FOLDED: usize = 1_000;

impl State {
    /// A call and those folded into its alarm.
    pub fn calls_of_alarm(&self, call: EntryRef) -> Vec<EntryRef> {
        let first = self
            .calls
            .get(&call)
            .and_then(|c| c.folded_into)
            .unwrap_or(call);
        std::iter::once(first)
            .chain(
                self.calls
                    .values()
                    .filter(|c| c.folded_into == Some(first))
                    .map(|c| c.entry),
            )
            .collect()
    }

    /// The desk that a call for `desk` rings: that one, or where the arrangement has none such, its first.
    pub fn desk_that_rings(&self, line: LineId, desk: Desk) -> Desk {
        let desks = self
            .lines
            .get(&line)
            .map_or(&[][..], |view| &view.arrangement.desks);
        match desks.contains(&desk) {
            true => desk,
            false => desks.first().copied().unwrap_or(desk),
        }
    }

    /// The call, not yet accepted, into whose alarm another of the same side, line and desk folds.
    pub fn open_alarm(&self, log: LogRef, desk: Desk) -> Option<EntryRef> {
        self.calls
            .values()
            .find(|call| {
                call.entry.log.line == log.line
                    && call.entry.log.side == log.side
                    && call.desk == desk
                    && call.folded_into.is_none()
                    && call.accepted.is_none()
                    && call.raised_in_error.is_none()
                    && call.lifted.is_none()
            })
            .map(|call| call.entry)
    }

    pub(super) fn called(
        &mut self,
        entry: EntryRef,
        header: &Header,
        content: &Content,
        arrived_at: Option<Timestamp>,
    ) {
        let mut call = StopCall::new(entry, header, content, arrived_at);
        call.desk = self.desk_that_rings(entry.log.line, header.desk);
        call.folded_into = self.open_alarm(entry.log, call.desk);
        if let Some(view) = self.lines.get_mut(&entry.log.line) {
            match entry.log.side {
                Side::Own => view.calls_own += 1,
                Side::Peer => view.calls_peer += 1,
            }
        }
        let folded_into = call.folded_into;
        self.calls.insert(entry, call);
        if let Some(first) = folded_into {
            self.bound_fold(first);
        }
        self.catch_up(entry);
    }

    /// They have signed for renewals of ours, which then came no later than `at`, by our own clock.
    pub(super) fn renewals_delivered(&mut self, log: LogRef, size: u64, at: Timestamp) {
        let Some(view) = self.lines.get(&log.line) else {
            return;
        };
        if log.lane != Lane::Stop {
            return;
        }
        for call in self.calls.values_mut() {
            if let Some((entry, said)) = call.renewing
                && entry.log == log
                && entry.index < size
            {
                call.renewal(said, at, &view.arrangement.stop);
            }
        }
    }

    /// The call into whose alarm others fold was taken back before anybody accepted it: the oldest of those that are still open
    /// sounds in its place, and the rest fold into that one.
    pub(super) fn unfold(&mut self, head: EntryRef) {
        let is_open = |call: &StopCall| {
            call.accepted.is_none() && call.lifted.is_none() && call.raised_in_error.is_none()
        };
        let folded = self.calls.values_mut();
        let mut open = folded.filter(|call| call.folded_into == Some(head) && is_open(call));
        let Some(first) = open.next() else {
            return;
        };
        let next = first.entry;
        first.folded_into = None;
        open.for_each(|call| call.folded_into = Some(next));
    }

    fn bound_fold(&mut self, first: EntryRef) {
        let of_line = self.calls.range(first..).map(|(_, call)| call);
        let mut folded = of_line.filter(|call| call.folded_into == Some(first));
        let oldest = folded.next().map(|call| call.entry);
        if folded.count() >= MAX_FOLDED
            && let Some(oldest) = oldest
        {
            self.calls.remove(&oldest);
            self.elements.forget_call(oldest);
        }
    }
}
