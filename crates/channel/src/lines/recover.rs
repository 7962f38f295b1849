//! After a restore, or when the peer holds more of our record than we do: fetch back what it holds, then open a new
//! epoch. Nothing is said meanwhile: an entry in the place of one that the peer has would be equivocation.

use super::bounds::{BEAT_EVERY, MAX_EPOCHS, MAX_IN_FLIGHT, RECOVERY_PATIENCE};
use super::line::Line;
use super::link::Cursor;
use super::receive::misplaced;
use super::recent::empty_head;
use super::record::FIRST_EPOCH;
use super::views::head_words;
use super::{LANES, LineOutput, Run, place};
use crate::effect::{Effect, OwnFrame};
use crate::input::{Connection, Entries, Hello};
use model::code::Lane;
use model::event::Arrival;
use model::line::{EntryRef, Epoch, Fault, LogHead, LogRef, Side};

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
    asked: Option<Asked>,
}

#[derive(Clone, Copy, Debug)]
struct Asked {
    connection: Connection,
    at: u64,
    /// No more than this comes in one answer.
    until: u64,
}

/// What came back in one frame.
struct CameBack {
    taken: u64,
    /// What we hold of that log now.
    next: u64,
    /// Where the answer ends, by its checkpoint.
    until: u64,
    /// The answer is empty: there is no more of that epoch.
    ended: bool,
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
        let fresh = Fetching {
            epoch: current,
            asked: None,
        };
        let moved = before
            .as_ref()
            .map_or(run.turn.up, |recovery| recovery.moved);
        let lanes = before
            .as_ref()
            .map_or([fresh; 2], |recovery| recovery.lanes);
        self.live.recovery = Some(Recovery {
            own,
            peer: hello.delivered,
            lanes,
            moved,
            epoch_asked: before.and_then(|recovery| recovery.epoch_asked),
        });
    }

    /// Takes what comes next of our own log.
    pub fn given_back(&mut self, run: &mut Run, frame: Entries) {
        let log = frame.log;
        let mut next = self.record.own.size(log.lane, log.epoch);
        let mut taken = 0;
        for arrived in frame.entries.iter() {
            if let Some(fault) = misplaced(log, arrived) {
                self.fault(run, fault, &arrived.envelope);
                break;
            }
            if arrived.index < next {
                continue;
            }
            if arrived.index > next {
                self.fault(run, Fault::WrongSequence, &arrived.envelope);
                break;
            }
            next += 1;
            taken += 1;
            run.outputs.push(LineOutput::Arrived {
                entry: EntryRef {
                    log,
                    index: arrived.index,
                },
                arrived: arrived.clone(),
                how: Arrival::Recovered { at: run.turn.now },
            });
        }
        let back = CameBack {
            taken,
            next,
            until: frame
                .checkpoint
                .map_or(0, |checkpoint| checkpoint.head.size),
            ended: frame.entries.is_empty(),
        };
        self.came_back(run, log, &back);
    }

    /// Entries of ours came back (or none: then there are no more of that epoch).
    fn came_back(&mut self, run: &mut Run, log: LogRef, back: &CameBack) {
        let Some(recovery) = self.live.recovery.as_mut() else {
            return;
        };
        let target = recovery.own[place(log.lane)];
        let lane = &mut recovery.lanes[place(log.lane)];
        if lane.epoch != log.epoch {
            return;
        }
        let over = back.ended && lane.epoch < target.epoch;
        self.live.came_back = back.taken > 0;
        if back.taken > 0 || over {
            recovery.moved = run.turn.up;
        }
        if over {
            lane.epoch += 1;
            lane.asked = None;
        } else if back.taken > 0
            && lane
                .asked
                .is_some_and(|asked| back.next >= asked.until.min(back.until))
        {
            lane.asked = None;
        }
    }

    /// Asks for what is missing, and once nothing is, for a new epoch.
    pub fn recover(&mut self, run: &mut Run) {
        // What came back in this step is not folded yet.
        if self.recovered(run) || self.live.came_back {
            return;
        }
        let Some(recovery) = self.live.recovery.clone() else {
            return;
        };
        // Patience runs only while a new epoch would be of use: while a stop call could go.
        if self.ready_link(Lane::Stop).is_none() && self.live.paths != Some(0) {
            self.rest(run.turn.up);
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
            let claim = head_words(
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

    /// Whether some of our own entries of `lane` are still to come back.
    pub fn waits_for_own(&self, lane: Lane) -> bool {
        let recovery = self.live.recovery.as_ref();
        recovery.is_some_and(|recovery| self.lacks_own(recovery, lane))
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
        let links = &self.live.links;
        let waits =
            |asked: &Asked| up < asked.at + BEAT_EVERY && links.contains_key(&asked.connection);
        let Some(connection) = connection.filter(|_| !fetching.asked.as_ref().is_some_and(waits))
        else {
            return;
        };
        let epoch = fetching.epoch;
        let from = self.record.own.size(lane, epoch);
        fetching.asked = Some(Asked {
            connection,
            at: up,
            until: from + MAX_IN_FLIGHT,
        });
        let log = self.log(Side::Own, lane, epoch);
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
        let ends = LANES.map(|lane| self.last_known(recovery.own[place(lane)].epoch.min(last)));
        let own = LANES.map(|lane| self.live.own_heads.head(lane, ends[place(lane)]));
        let durable = LANES
            .into_iter()
            .all(|lane| own[place(lane)].size >= self.record.own.size(lane, ends[place(lane)]));
        let Some(epoch) = last.checked_add(1).filter(|_| durable) else {
            return;
        };
        self.compare_with_given(run, recovery);
        if let Some(recovery) = self.live.recovery.as_mut() {
            recovery.epoch_asked = Some(up);
        }
        run.effect(Effect::EpochNeeded {
            line: self.record.line,
            epoch,
            closes: self.closes(own),
        });
    }

    /// The last epoch of one of our logs of which we know how it began or the peer holds entries (`held`): how those before
    /// it ended is known. What we opened and forgot after it held nothing that either side has.
    fn last_known(&self, held: Epoch) -> Epoch {
        let mut own = self.record.own.epochs.iter().rev();
        let stated = own.find(|own| own.statement.is_some());
        stated.map_or(FIRST_EPOCH, |own| own.epoch).max(held)
    }

    /// The epoch that may be opened now without a recovery, and where it closes.
    pub fn next_epoch(&self) -> Option<(Epoch, [LogHead; 4])> {
        let own = self.record.own.current();
        let epoch = own.epoch.checked_add(1)?;
        let durable = LANES.map(|lane| self.own_head(lane));
        let all = LANES
            .into_iter()
            .all(|lane| durable[place(lane)].size >= own.sizes[place(lane)]);
        if self.is_recovering() || !all || self.record.own.epochs.len() >= MAX_EPOCHS {
            return None;
        }
        Some((epoch, self.closes(durable)))
    }

    /// Where a new epoch closes the logs before it, of which `durable` is on disk.
    fn closes(&self, durable: [LogHead; 2]) -> [LogHead; 4] {
        let [stop, mut main] = durable;
        if self.is_halted() {
            // Both hold what the peer signed for, or named with our own root. Beyond it the records may differ, and a peer
            // that holds something else there could never take the rest, nor leave the epoch. The stop lane is taken entry
            // by entry.
            let signed = self.record.own.receipt(Lane::Main);
            let named = self.live.verified[place(Lane::Main)];
            let both = [Some(signed), named].into_iter().flatten();
            main = both
                .filter(|head| head.epoch == main.epoch && head.size <= main.size)
                .max_by_key(|head| head.size)
                .unwrap_or(empty_head(main.epoch));
        }
        let [peer_stop, peer_main] = LANES.map(|lane| self.record.peer.lane(lane).head());
        [stop, main, peer_stop, peer_main]
    }

    /// What we said before we knew that we were restored may stand in the place of what the peer holds.
    fn compare_with_given(&mut self, run: &mut Run, recovery: &Recovery) {
        for lane in LANES {
            let given = recovery.own[place(lane)];
            let view = self.view(Side::Own, lane, given);
            self.glance(run, view, "what we said differs from what was given back");
        }
    }

    pub fn recovery_due(&self) -> Option<u64> {
        let recovery = self.live.recovery.as_ref()?;
        self.live.links.values().find(|link| link.ready)?;
        let asked = recovery
            .lanes
            .iter()
            .filter_map(|lane| lane.asked)
            .map(|asked| asked.at + BEAT_EVERY)
            .min();
        Some(
            asked
                .unwrap_or(u64::MAX)
                .min(recovery.moved + RECOVERY_PATIENCE),
        )
    }
}
