//! A halted `main`, and the new epochs that end the halt.

use super::State;
use crate::code::Lane;
use crate::event::AlarmCause;
use crate::ids::LineId;
use crate::line::{EntryRef, Epoch, LogHead, LogRef, Side};
use serde::{Deserialize, Serialize};

/// `main` is halted: which side has begun anew since, and whether its root key has confirmed that.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Halt {
    own: Option<Begun>,
    peer: Option<Begun>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Begun {
    epoch: Epoch,
    confirmed: bool,
}

impl Halt {
    fn side(&mut self, side: Side) -> &mut Option<Begun> {
        match side {
            Side::Own => &mut self.own,
            Side::Peer => &mut self.peer,
        }
    }

    /// Both have, and both root keys stand by it.
    fn is_settled(&self) -> bool {
        [self.own, self.peer]
            .iter()
            .all(|begun| begun.is_some_and(|begun| begun.confirmed))
    }
}

impl State {
    pub(super) fn epoch_opened(&mut self, line: LineId, side: Side, epoch: Epoch, confirmed: bool) {
        self.settle(line, |halt| {
            *halt.side(side) = Some(Begun { epoch, confirmed })
        });
    }

    /// One that was opened before the halt settles nothing.
    pub(super) fn epoch_confirmed(&mut self, line: LineId, side: Side, epoch: Epoch) {
        self.settle(line, |halt| {
            if let Some(begun) = halt.side(side).as_mut().filter(|b| b.epoch == epoch) {
                begun.confirmed = true;
            }
        });
    }

    fn settle(&mut self, line: LineId, change: impl FnOnce(&mut Halt)) {
        let Some(view) = self.lines.get_mut(&line) else {
            return;
        };
        let Some(halt) = view.halt.as_mut() else {
            return;
        };
        change(halt);
        if halt.is_settled() {
            view.halt = None;
            self.acknowledged.remove(&AlarmCause::MainHalted { line });
        }
    }

    /// Our `main` goes on in a new epoch, and ended short: what lies beyond `end` never reached the peer, and will not. A
    /// notice among it was not said, and what it or a withdrawal took the place of is in force again.
    pub(super) fn leave_behind(&mut self, line: LineId, end: LogHead) {
        let log = LogRef {
            line,
            side: Side::Own,
            lane: Lane::Main,
            epoch: end.epoch,
        };
        let first = EntryRef {
            log,
            index: end.size,
        };
        let last = EntryRef {
            log,
            index: u64::MAX,
        };
        let beyond = |entry: EntryRef| (first..=last).contains(&entry);
        let mut left = Vec::new();
        for notice in self
            .notices
            .values_mut()
            .filter(|n| n.entry.log.line == line)
        {
            if beyond(notice.entry) {
                notice.left_behind = true;
                left.push((notice.entry, notice.draft));
            }
            if notice.amended_by.is_some_and(beyond) {
                notice.amended_by = None;
            }
            if notice
                .withdrawn
                .is_some_and(|withdrawn| beyond(withdrawn.entry))
            {
                notice.withdrawn = None;
            }
        }
        self.hotline.leave_behind(beyond);
        self.incidents.leave_behind(beyond);
        // The draft stays, to be released again.
        for (entry, draft) in left {
            if let Some(draft) = draft.and_then(|id| self.drafts.get_mut(&id)) {
                draft.released.retain(|released| *released != entry);
            }
        }
    }
}
