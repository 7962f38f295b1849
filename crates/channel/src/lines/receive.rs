//! Entries of the peer's log: what is taken, what only sounds, what is evidence.

use super::bounds::{MAX_FRAME_ENTRIES, MAX_MAIN_BYTES_A_MINUTE, MAX_STOP_BYTES_A_MINUTE, MINUTE};
use super::line::{Later, Line};
use super::link::Cursor;
use super::views::Verdict;
use super::{LineOutput, Run, place};
use crate::effect::Effect;
use crate::input::{Arrived, Connection, Entries, SealedBy, SignedHead};
use model::code::Lane;
use model::event::{Arrival, Event};
use model::kind::Kind;
use model::line::{Digest, EntryRef, Fault, LogHead, LogRef, Side};
use model::slot::{SlotCode, Slots, Value};
use model::units::{Millis, Timestamp};
use tlog::{Frontier, Hash};

/// Why none of a frame is taken.
struct NotTaken {
    fault: Option<Fault>,
    later: Later,
    closes: bool,
    /// So many of the first entries have sounded in an earlier life, if they had to.
    heard_before: usize,
}

impl NotTaken {
    fn quietly(later: Later) -> Self {
        Self {
            fault: None,
            later,
            closes: false,
            heard_before: 0,
        }
    }

    fn for_fault(fault: Fault, later: Later) -> Self {
        Self {
            fault: Some(fault),
            later,
            closes: false,
            heard_before: 0,
        }
    }

    fn closing(fault: Fault) -> Self {
        Self {
            fault: Some(fault),
            later: Later::Recorded,
            closes: true,
            heard_before: 0,
        }
    }
}

/// The entries of one frame that come next, and the roots after each.
struct Fresh {
    frontier: Frontier,
    entries: Vec<Arrived>,
    roots: Vec<Digest>,
}

impl Line {
    pub fn entries(&mut self, run: &mut Run, from: Option<Connection>, entries: Entries) {
        if let Some(refused) = self.not_taken(run, from, &entries) {
            return self.take_nothing(run, from, &entries, refused);
        }
        match entries.log.side {
            Side::Own => self.given_back(run, entries),
            Side::Peer => self.take(run, from, entries),
        }
    }

    /// Only what we asked for comes back to us; it may come twice.
    fn not_given_back(&self, frame: &Entries) -> Option<NotTaken> {
        let LogRef { lane, epoch, .. } = frame.log;
        let size = self.record.own.size(lane, epoch);
        if self.live.recovery.is_some() {
            None
        } else if frame.entries.iter().all(|entry| entry.index < size) {
            Some(NotTaken::quietly(Later::NotRecorded))
        } else {
            Some(NotTaken::for_fault(Fault::WrongParty, Later::NotRecorded))
        }
    }

    fn take_nothing(
        &mut self,
        run: &mut Run,
        from: Option<Connection>,
        entries: &Entries,
        refused: NotTaken,
    ) {
        if entries.log.side == Side::Peer {
            let new = entries.entries.get(refused.heard_before..);
            self.sound(run, new.unwrap_or_default(), refused.later);
        }
        if let Some(fault) = refused.fault {
            let evidence = entries
                .entries
                .first()
                .map_or(&[][..], |first| &first.envelope);
            self.fault(run, fault, evidence);
        }
        if let Some(connection) = from.filter(|_| refused.closes) {
            self.drop_link(run, connection, refused.fault);
        }
    }

    fn not_taken(
        &mut self,
        run: &mut Run,
        from: Option<Connection>,
        frame: &Entries,
    ) -> Option<NotTaken> {
        let LogRef {
            line,
            side,
            lane,
            epoch,
        } = frame.log;
        if frame.entries.len() > MAX_FRAME_ENTRIES {
            return Some(NotTaken::closing(Fault::TooLarge));
        }
        let link = from.map(|connection| self.live.links.get(&connection));
        let link = link.map(|link| link.map(|link| (link.ready, link.class.lane())));
        if matches!(link, Some(None | Some((false, _)))) {
            return Some(NotTaken::closing(Fault::WrongSequence));
        }
        if side == Side::Own {
            return self.not_given_back(frame);
        }
        // Counted before all that may be wrong with it: what is not taken sounds, and must be bounded as well.
        if let Some(flood) = self.flooded(run, from, frame) {
            return Some(flood);
        }
        if line != self.record.line {
            return Some(NotTaken::for_fault(Fault::WrongLine, Later::NotRecorded));
        }
        if link.flatten().is_some_and(|(_, carried)| carried != lane) {
            return Some(NotTaken::for_fault(Fault::WrongLane, Later::Recorded));
        }
        let peer = &self.record.peer;
        if peer.epoch(epoch).is_none() && epoch > peer.latest().epoch {
            return Some(NotTaken::for_fault(Fault::WrongEpoch, Later::Recorded));
        }
        if self.waits_for_own(lane) {
            return Some(self.wait_for_own(frame));
        }
        if lane == Lane::Main {
            if self.is_halted() || run.main_stopped {
                return Some(NotTaken::quietly(Later::Recorded));
            }
            if peer.epoch(epoch).is_some_and(|epoch| !epoch.confirmed) {
                return Some(NotTaken::for_fault(
                    Fault::EpochNotConfirmed,
                    Later::Recorded,
                ));
            }
        }
        None
    }

    /// What the peer says may be about what we said and have lost: that comes back first, or it would be refused for
    /// speaking of nothing. What we had signed for has sounded before.
    fn wait_for_own(&mut self, frame: &Entries) -> NotTaken {
        let lane = frame.log.lane;
        self.live.asks[place(lane)].wanted = true;
        let signed = self.live.floor[place(lane)].signed;
        let place_of = |arrived: &Arrived| Cursor {
            epoch: arrived.epoch,
            index: arrived.index,
        };
        let old = |arrived: &&Arrived| place_of(arrived) < signed;
        NotTaken {
            heard_before: frame.entries.iter().take_while(old).count(),
            ..NotTaken::quietly(Later::Recorded)
        }
    }

    /// Counts the bytes; beyond the bound nothing is taken until the minute is over, and then it is asked for again.
    fn flooded(
        &mut self,
        run: &mut Run,
        from: Option<Connection>,
        frame: &Entries,
    ) -> Option<NotTaken> {
        let connection = from?;
        let lane = frame.log.lane;
        self.live.intake.turn(run.turn.up);
        let bytes = frame
            .entries
            .iter()
            .map(|entry| entry.envelope.len() + entry.opening.len());
        let bytes = u64::try_from(bytes.sum::<usize>()).unwrap_or(u64::MAX);
        let most = match lane {
            Lane::Stop => MAX_STOP_BYTES_A_MINUTE,
            Lane::Main => MAX_MAIN_BYTES_A_MINUTE,
        };
        let taken = &mut self.live.intake.bytes[place(lane)];
        if taken.saturating_add(bytes) <= most {
            *taken += bytes;
            return None;
        }
        let over = self.live.intake.since + MINUTE;
        let ask = &mut self.live.asks[place(lane)];
        ask.wanted = true;
        ask.not_before = ask.not_before.max(over);
        if lane == Lane::Main {
            self.pause(run, connection, over);
        }
        Some(NotTaken::for_fault(Fault::Flood, Later::NotRecorded))
    }

    fn pause(&mut self, run: &mut Run, connection: Connection, over: u64) {
        if let Some(link) = self.live.links.get_mut(&connection) {
            link.paused_until = over;
        }
        let left = i64::try_from(over.saturating_sub(run.turn.up))
            .ok()
            .and_then(|left| Millis::new(left).ok());
        let until = run.turn.now.saturating_add(left.unwrap_or(Millis::ZERO));
        run.effect(Effect::Pause { connection, until });
    }

    /// Whether entries of `lane` would be taken now.
    pub fn takes(&self, lane: Lane, run: &Run) -> bool {
        if self.waits_for_own(lane) {
            return false;
        }
        let peer = &self.record.peer;
        match lane {
            Lane::Stop => true,
            Lane::Main => {
                let confirmed = peer
                    .epoch(peer.lane(lane).epoch)
                    .is_some_and(|epoch| epoch.confirmed);
                confirmed && !self.is_halted() && !run.main_stopped
            }
        }
    }

    // ---- one frame

    fn take(&mut self, run: &mut Run, from: Option<Connection>, frame: Entries) {
        let Entries {
            log,
            entries,
            checkpoint,
        } = frame;
        let lane = log.lane;
        let mut fresh = self.sort(run, from, log, entries);
        let ahead = fresh.entries.iter().zip(&fresh.roots);
        self.live.ahead = ahead
            .map(|(arrived, root)| (lane, arrived.leaf, *root))
            .collect();
        let covered = self.covered(run, log, checkpoint);
        let (head, sound) = match covered {
            Ok(head) => (head, true),
            Err(()) => (None, false),
        };
        // An entry of the stop lane is signed by itself, and waits for no checkpoint: only its receipt does.
        if !sound && lane == Lane::Main {
            self.live.ahead.clear();
            return self.sound(run, &std::mem::take(&mut fresh.entries), Later::NotRecorded);
        }
        self.leave_disowned(run, log, head, &mut fresh);
        let how = |recovered: bool| match (from, recovered) {
            (_, true) => Arrival::Recovered { at: run.turn.now },
            (Some(_), false) => Arrival::Line { at: run.turn.now },
            (None, false) => Arrival::File { at: run.turn.now },
        };
        let signed = self.live.floor[place(lane)].signed;
        // Once a new epoch of ours is open, what is still to come of a lost life calls for no other.
        let recovering = self.is_recovering();
        let again = |index: u64| {
            let epoch = log.epoch;
            recovering && Cursor { epoch, index } < signed
        };
        let arrivals: Vec<Arrival> = fresh
            .entries
            .iter()
            .map(|arrived| how(again(arrived.index)))
            .collect();
        let said = received(log, &fresh.entries, &arrivals);
        for (arrived, how) in fresh.entries.iter().zip(&arrivals) {
            run.outputs.push(LineOutput::Arrived {
                entry: self.peer_entry(arrived),
                arrived: arrived.clone(),
                how: *how,
            });
        }
        fresh
            .entries
            .iter()
            .for_each(|arrived| self.look_at_seen(run, arrived));
        if let Some(slots) = said {
            let line = self.record.line;
            run.outputs.push(LineOutput::Say { line, lane, slots });
        }
        self.cosign(run, from, log, head);
    }

    /// Leaves out what a revoked key sealed, unless a checkpoint of its log covers it, and what comes after: whoever has
    /// the signing key does not have the log (docs/decisions/0008).
    fn leave_disowned(
        &mut self,
        run: &mut Run,
        log: LogRef,
        head: Option<LogHead>,
        fresh: &mut Fresh,
    ) {
        let covered = head
            .filter(|head| head.epoch == log.epoch)
            .map_or(0, |head| head.size);
        let disowned = |arrived: &Arrived| {
            arrived.sealed_by == SealedBy::RevokedKey && arrived.index >= covered
        };
        let Some(first) = fresh.entries.iter().position(disowned) else {
            return;
        };
        let left = fresh.entries.split_off(first);
        fresh.roots.truncate(first);
        self.live.ahead.truncate(first);
        if let Some(arrived) = left.first() {
            self.fault(run, Fault::WrongSignature, &arrived.envelope);
        }
        self.sound(run, &left, Later::Recorded);
    }

    /// Takes a frame apart: what comes next, what is held, what contradicts, what is too early.
    fn sort(
        &mut self,
        run: &mut Run,
        from: Option<Connection>,
        log: LogRef,
        entries: Vec<Arrived>,
    ) -> Fresh {
        let lane = self.record.peer.lane(log.lane);
        let (epoch, end) = (lane.epoch, self.record.peer.end(log.lane));
        let mut fresh = Fresh {
            frontier: lane.log.frontier().clone(),
            entries: Vec::new(),
            roots: Vec::new(),
        };
        let mut entries = entries.into_iter();
        while let Some(arrived) = entries.next() {
            if let Some(fault) = misplaced(log, &arrived) {
                self.fault(run, fault, &arrived.envelope);
                self.sound(run, &[arrived], Later::NotRecorded);
                self.sound(run, entries.as_slice(), Later::Recorded);
                break;
            }
            let over = end.is_some_and(|end| fresh.frontier.size() >= end);
            let next = arrived.epoch == epoch && arrived.index == fresh.frontier.size() && !over;
            if next {
                fresh.frontier.push(Hash(arrived.leaf.0));
                fresh.roots.push(Digest(fresh.frontier.root().0));
                fresh.entries.push(arrived);
            } else if self.is_held(&arrived, &fresh) {
                self.held_already(run, from, &arrived, &fresh);
            } else if arrived.epoch < epoch || over {
                self.fault(run, Fault::WrongEpoch, &arrived.envelope);
                self.sound(run, &[arrived], Later::NotRecorded);
            } else {
                self.fault(run, Fault::WrongSequence, &arrived.envelope);
                self.sound(run, &[arrived], Later::Recorded);
                self.sound(run, entries.as_slice(), Later::Recorded);
                self.ask(run, log.lane);
                break;
            }
        }
        fresh
    }

    fn is_held(&self, arrived: &Arrived, fresh: &Fresh) -> bool {
        let lane = self.record.peer.lane(arrived.lane);
        match lane.log_of(arrived.epoch) {
            Some(_) if arrived.epoch == lane.epoch => arrived.index < fresh.frontier.size(),
            Some(log) => arrived.index < log.size(),
            None => false,
        }
    }

    /// The same again is ignored (and is a fault where our Hello said that we hold it); another envelope in its place
    /// proves that the peer says two things.
    fn held_already(
        &mut self,
        run: &mut Run,
        from: Option<Connection>,
        arrived: &Arrived,
        fresh: &Fresh,
    ) {
        let lane = self.record.peer.lane(arrived.lane);
        let of_frame = fresh
            .entries
            .iter()
            .find(|e| (e.epoch, e.index) == (arrived.epoch, arrived.index));
        let held = of_frame.map(|e| e.leaf);
        let held = held.or_else(|| lane.log_of(arrived.epoch)?.leaf_at(arrived.index));
        if held.is_some_and(|leaf| leaf != arrived.leaf) {
            self.sound(run, std::slice::from_ref(arrived), Later::NotRecorded);
            let place = (Side::Peer, arrived.epoch);
            return self.contradicted(run, place, Fault::Equivocation, &arrived.envelope);
        }
        let named = from
            .and_then(|from| self.live.links.get(&from))
            .map(|link| link.named);
        let place = Cursor {
            epoch: arrived.epoch,
            index: arrived.index,
        };
        if named.is_some_and(|named| place < named) {
            self.fault(run, Fault::Replayed, &arrived.envelope);
        }
    }

    // ---- checkpoints and receipts

    /// The greatest signed checkpoint that covers what is held after this step. `Err` where one contradicts it: then
    /// `main` halts.
    fn covered(
        &mut self,
        run: &mut Run,
        log: LogRef,
        newest: Option<SignedHead>,
    ) -> Result<Option<LogHead>, ()> {
        let waiting = std::mem::take(&mut self.live.checkpoints[place(log.lane)]);
        if let Some(other) = newest
            .as_ref()
            .filter(|checkpoint| checkpoint.head.epoch != log.epoch)
        {
            self.fault(run, Fault::WrongCheckpoint, &other.note);
        }
        let newest = newest.filter(|checkpoint| checkpoint.head.epoch == log.epoch);
        let waiting = waiting
            .into_iter()
            .filter(|checkpoint| checkpoint.head.epoch >= log.epoch);
        let mut covered: Option<LogHead> = None;
        let mut contradicted = false;
        for checkpoint in waiting.chain(newest) {
            match self.judge(log.lane, &checkpoint) {
                Verdict::Agrees => {
                    let greater =
                        covered.is_none_or(|head| Cursor::of(head) < Cursor::of(checkpoint.head));
                    covered = if greater {
                        Some(checkpoint.head)
                    } else {
                        covered
                    };
                }
                Verdict::Later => self.wait_for_checkpoint(log.lane, checkpoint),
                Verdict::Contradicts => {
                    contradicted = true;
                    let place = (Side::Peer, checkpoint.head.epoch);
                    self.contradicted(run, place, Fault::SplitView, &checkpoint.note);
                }
            }
        }
        match contradicted {
            true => Err(()),
            false => Ok(covered),
        }
    }

    /// Signs that we hold what `head` covers: never less than was signed before, never less than the peer says.
    fn cosign(
        &mut self,
        run: &mut Run,
        from: Option<Connection>,
        log: LogRef,
        head: Option<LogHead>,
    ) {
        let Some(head) = head.filter(|head| head.size > 0) else {
            return;
        };
        let connections: Vec<Connection> = from.into_iter().collect();
        let before = self.record.peer.lane(log.lane).receipt_of(head.epoch);
        if self.undercuts(log.lane, head) {
            return;
        }
        match before.filter(|before| before.size >= head.size) {
            None => {
                run.fact(Event::Cosigned { log, head });
                run.effect(Effect::Cosign {
                    connections,
                    log,
                    head,
                });
            }
            // It was sent on another connection, and may be lost with it.
            Some(before) if from.is_some() => run.effect(Effect::Cosign {
                connections,
                log,
                head: before,
            }),
            Some(_) => {}
        }
    }
}

/// An envelope that is not of the log whose frame it came in.
pub(super) fn misplaced(log: LogRef, arrived: &Arrived) -> Option<Fault> {
    if arrived.lane != log.lane {
        return Some(Fault::WrongLane);
    }
    (arrived.epoch != log.epoch).then_some(Fault::WrongEpoch)
}

/// What tells when each entry of a batch arrived; receipts and refusals are not themselves receipted.
fn received(log: LogRef, entries: &[Arrived], arrivals: &[Arrival]) -> Option<Slots> {
    let automatic = |arrived: &Arrived| arrived.header.known_kind().is_some_and(Kind::is_automatic);
    let fetched = |how: &Arrival| matches!(how, Arrival::Recovered { .. });
    let told = entries
        .iter()
        .zip(arrivals)
        .filter(|(arrived, how)| !automatic(arrived) && !fetched(how));
    let times: Vec<(u64, Timestamp)> = told
        .map(|(arrived, how)| (arrived.index, how.at()))
        .collect();
    let subject = EntryRef {
        log,
        index: times.first()?.0,
    };
    // INVARIANT: a frame has no more entries than a `received` has times.
    const { assert!(MAX_FRAME_ENTRIES <= model::slot::MAX_TIMES) };
    Slots::new()
        .with(SlotCode::Subject, Value::Subject(subject.as_subject()))
        .and_then(|slots| slots.with(SlotCode::Times, Value::Times(times)))
        .ok()
}
