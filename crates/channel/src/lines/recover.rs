//! After a restore, or when the peer holds more of our record than we do: fetch back what it holds, then open a new
//! epoch. Nothing is said meanwhile: an entry in the place of one that the peer has would be equivocation.

use super::bounds::{BEAT_EVERY, MAX_EPOCHS, MAX_IN_FLIGHT, RECOVERY_PATIENCE};
use super::line::Line;
use super::link::Cursor;
use super::receive::hello_words;
use super::recent::empty_head;
use super::{LANES, Run, place};
use crate::effect::{Effect, OwnFrame};
use crate::input::Hello;
use model::code::Lane;
use model::line::{Epoch, Fault, LogHead, LogRef, Side};

#[derive(Clone, Debug)]
pub(super) struct Recovery {
    /// What the peer holds of our logs.
    own: [LogHead; 2],
    /// What it says we cosigned of its own.
    peer: [LogHead; 2],
    lanes: [Fetching; 2],
    /// When something last came back.
    moved: u64,
    epoch_asked: Option<u64>,
}

/// How far one of our lanes has come back.
#[derive(Clone, Copy, Debug, Default)]
struct Fetching {
    epoch: Epoch,
    /// Entries up to here were asked for, and when.
    asked: Option<(u64, u64)>,
}

impl Line {
    pub fn begin_recovery(&mut self, run: &mut Run, hello: &Hello) {
        let current = self.record.own.current().epoch;
        let most = current.saturating_add(MAX_EPOCHS as Epoch);
        // An epoch so far ahead is no loss of ours: what can be fetched of it is nothing.
        let own = hello.held.map(|held| {
            if held.epoch > most {
                empty_head(current)
            } else {
                held
            }
        });
        let before = self.live.recovery.take();
        let moved = before
            .as_ref()
            .map_or(run.turn.up, |recovery| recovery.moved);
        let lanes = before.as_ref().map_or_else(
            || {
                [Fetching {
                    epoch: current,
                    asked: None,
                }; 2]
            },
            |recovery| {
                recovery.lanes.map(|lane| Fetching {
                    asked: None,
                    ..lane
                })
            },
        );
        self.live.recovery = Some(Recovery {
            own,
            peer: hello.delivered,
            lanes,
            moved,
            epoch_asked: before.and_then(|recovery| recovery.epoch_asked),
        });
    }

    /// Entries of ours came back (or none: then there are no more of that epoch).
    pub fn came_back(&mut self, run: &mut Run, log: LogRef, next: u64, taken: u64, ended: bool) {
        let Some(recovery) = self.live.recovery.as_mut() else {
            return;
        };
        let target = recovery.own[place(log.lane)];
        let lane = &mut recovery.lanes[place(log.lane)];
        if lane.epoch != log.epoch {
            return;
        }
        if taken > 0 {
            recovery.moved = run.turn.up;
        }
        if ended && lane.epoch < target.epoch {
            lane.epoch += 1;
            lane.asked = None;
            recovery.moved = run.turn.up;
        } else if lane.asked.is_some_and(|(until, _)| next >= until) {
            lane.asked = None;
        }
    }

    /// Asks for what is missing, and once nothing is, for a new epoch.
    pub fn recover(&mut self, run: &mut Run) {
        if self.recovered(run) {
            return;
        }
        let Some(recovery) = self.live.recovery.clone() else {
            return;
        };
        let connected = LANES.iter().any(|lane| self.ready_link(*lane).is_some());
        if !connected && self.live.paths != Some(0) {
            self.rest(run.turn.up);
            return;
        }
        let missing: Vec<Lane> = LANES
            .into_iter()
            .filter(|lane| self.lacks_own(&recovery, *lane))
            .collect();
        for lane in &missing {
            self.ask_back(run, *lane);
        }
        let behind = LANES.into_iter().any(|lane| {
            Cursor::of(self.record.peer.lane(lane).head()) < Cursor::of(recovery.peer[place(lane)])
        });
        if missing.is_empty() && !behind {
            self.need_epoch(run, &recovery);
        } else if run.turn.up >= recovery.moved + RECOVERY_PATIENCE {
            let claim = hello_words(
                "holds more of our log, but does not give it back",
                recovery.own[0],
            );
            self.fault(run, Fault::BehindOurRecord, &claim);
            self.need_epoch(run, &recovery);
        }
    }

    /// A new epoch is open: we are ourselves again.
    fn recovered(&mut self, run: &Run) -> bool {
        let opened = |recovery: &Recovery| {
            let before = recovery
                .own
                .map(|head| head.epoch)
                .into_iter()
                .max()
                .unwrap_or(0);
            let current = self.record.own.current();
            recovery.epoch_asked.is_some()
                && !self.record.needs_epoch
                && current.epoch > before
                && current.statement.is_some()
        };
        if self.live.recovery.as_ref().is_some_and(opened) {
            self.live.recovery = None;
            self.live.compared = true;
        } else if self.live.recovery.is_none()
            && self.record.needs_epoch
            && self.live.paths == Some(0)
        {
            // Carried by file: there is nobody to ask.
            let own = LANES.map(|lane| self.own_head(lane));
            self.live.recovery = Some(Recovery {
                own,
                peer: LANES.map(|_| empty_head(0)),
                lanes: [Fetching {
                    epoch: self.record.own.current().epoch,
                    asked: None,
                }; 2],
                moved: run.turn.up,
                epoch_asked: None,
            });
        }
        self.live.recovery.is_none()
    }

    fn rest(&mut self, up: u64) {
        if let Some(recovery) = self.live.recovery.as_mut() {
            recovery.moved = up;
        }
    }

    fn lacks_own(&self, recovery: &Recovery, lane: Lane) -> bool {
        let target = recovery.own[place(lane)];
        let at = recovery.lanes[place(lane)].epoch;
        at < target.epoch || (at == target.epoch && self.record.own.size(lane, at) < target.size)
    }

    fn ask_back(&mut self, run: &mut Run, lane: Lane) {
        let up = run.turn.up;
        let connection = self.ready_link(lane);
        let Some(recovery) = self.live.recovery.as_mut() else {
            return;
        };
        let fetching = &mut recovery.lanes[place(lane)];
        let waits = fetching.asked.is_some_and(|(_, at)| up < at + BEAT_EVERY);
        let Some(connection) = connection.filter(|_| !waits) else {
            return;
        };
        let from = self.record.own.size(lane, fetching.epoch);
        fetching.asked = Some((from + MAX_IN_FLIGHT, up));
        let log = self.log(Side::Own, lane, recovery_epoch(&self.live.recovery, lane));
        Self::transmit_frame(run, connection, OwnFrame::Fetch { log, from });
    }

    fn need_epoch(&mut self, run: &mut Run, recovery: &Recovery) {
        let up = run.turn.up;
        if recovery
            .epoch_asked
            .is_some_and(|at| up < at + RECOVERY_PATIENCE)
        {
            return;
        }
        let known = recovery
            .own
            .map(|head| head.epoch)
            .into_iter()
            .max()
            .unwrap_or(0);
        let last = known.max(self.record.own.current().epoch);
        // What came back must be on disk first: its root is signed.
        let own = LANES.map(|lane| self.live.own_heads.head(lane, last));
        let durable = LANES
            .into_iter()
            .all(|lane| own[place(lane)].size >= self.record.own.size(lane, last));
        let Some(epoch) = last.checked_add(1).filter(|_| durable) else {
            return;
        };
        let peer = LANES.map(|lane| self.record.peer.lane(lane).head());
        if let Some(recovery) = self.live.recovery.as_mut() {
            recovery.epoch_asked = Some(up);
        }
        run.effect(Effect::EpochNeeded {
            line: self.record.line,
            epoch,
            closes: [own[0], own[1], peer[0], peer[1]],
        });
    }

    pub fn recovery_due(&self) -> Option<u64> {
        let recovery = self.live.recovery.as_ref()?;
        let asked = recovery
            .lanes
            .iter()
            .filter_map(|lane| lane.asked)
            .map(|(_, at)| at + BEAT_EVERY)
            .min();
        Some(
            asked
                .unwrap_or(u64::MAX)
                .min(recovery.moved + RECOVERY_PATIENCE),
        )
    }
}

fn recovery_epoch(recovery: &Option<Recovery>, lane: Lane) -> Epoch {
    recovery
        .as_ref()
        .map_or(0, |recovery| recovery.lanes[place(lane)].epoch)
}
