//! One line: its record, and what lives only while the node runs.

use super::bounds::{
    ASK_EVERY, BEAT_EVERY, MAX_EARLY, MAX_HALT_EVIDENCE, MAX_HEADS, MINUTE, RECOVERY_PATIENCE,
};
use super::clock::Offsets;
use super::faults::{Faults, shortened};
use super::link::{Cursor, Link, Noted};
use super::recent::{EMPTY, empty_head};
use super::record::LineRecord;
use super::recover::Recovery;
use super::send::Receipt;
use super::views::{View, Waiting};
use super::{LANES, LaneClosed, LineOutput, Queue, Run, place};
use crate::effect::{Effect, OwnFrame};
use crate::input::{Arrived, Connection, PeerFrame, SealedBy, SignedHead};
use model::code::Lane;
use model::event::{Arrival, Event};
use model::kind::Kind;
use model::line::{Digest, EntryRef, Epoch, Fault, LogHead, LogRef, Side};
use model::units::Timestamp;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

#[derive(Clone, Debug)]
pub(super) struct Line {
    pub record: LineRecord,
    pub live: Live,
}

/// What is not in the journal: connections, and what was said and heard over them.
#[derive(Clone, Debug, Default)]
pub(super) struct Live {
    pub links: BTreeMap<Connection, Link>,
    /// As configured; `None` until the shell has said.
    pub paths: Option<u8>,
    pub noted: Noted,
    pub last_heard: Option<Timestamp>,
    pub offsets: Offsets,
    pub offset_noted: Option<u64>,
    pub own_heads: OwnHeads,
    /// Entries handed out in this step and not yet folded: lane, leaf and root, in order.
    pub ahead: VecDeque<(Lane, Digest, Digest)>,
    pub checkpoints: [Vec<SignedHead>; 2],
    pub waiting: Vec<Waiting>,
    pub verified: [Option<LogHead>; 4],
    pub unverifiable: u64,
    pub faults: Faults,
    /// A halt went out in this step and is not folded yet.
    pub halting: bool,
    pub intake: Intake,
    pub early: Early,
    pub asks: [Ask; 2],
    pub active: Option<Connection>,
    pub recovery: Option<Recovery>,
    /// What the peer signed for while we were recovering.
    pub receipts: Vec<Receipt>,
    /// Entries of ours came back in this step.
    pub came_back: bool,
    /// Heads were compared with the peer's in this run: we are not restored.
    pub compared: bool,
    pub floor: [Floor; 2],
    pub fetches: Fetches,
}

/// Durable heads of our own logs.
#[derive(Clone, Debug, Default)]
pub(super) struct OwnHeads {
    latest: BTreeMap<(Lane, Epoch), LogHead>,
    recent: [VecDeque<LogHead>; 2],
}

impl OwnHeads {
    pub fn reaches(&mut self, lane: Lane, head: LogHead) {
        let latest = self.latest.entry((lane, head.epoch)).or_insert(head);
        if head.size >= latest.size {
            *latest = head;
        }
        self.know(lane, head);
    }

    /// Our root at a size that the shell looked up.
    pub fn know(&mut self, lane: Lane, head: LogHead) {
        let recent = &mut self.recent[place(lane)];
        if recent.back() == Some(&head) {
            return;
        }
        recent.push_back(head);
        if recent.len() > MAX_HEADS {
            recent.pop_front();
        }
    }

    pub fn head(&self, lane: Lane, epoch: Epoch) -> LogHead {
        self.latest
            .get(&(lane, epoch))
            .copied()
            .unwrap_or(empty_head(epoch))
    }

    pub fn root(&self, lane: Lane, epoch: Epoch, size: u64) -> Option<Digest> {
        let mut recent = self.recent[place(lane)].iter().rev();
        recent
            .find(|head| (head.epoch, head.size) == (epoch, size))
            .map(|head| head.root)
    }
}

/// Below what nothing of a lane is cosigned.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Floor {
    /// What the peer says we cosigned; what comes before that came before.
    pub signed: Cursor,
    /// After a restore: what the peer had sent at most, and what we still held.
    pub sent: Cursor,
    pub held: Cursor,
}

/// Bytes taken within the minute.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Intake {
    pub since: u64,
    pub bytes: [u64; 2],
}

impl Intake {
    pub fn turn(&mut self, up: u64) {
        if up >= self.since + MINUTE {
            *self = Self {
                since: up,
                bytes: [0; 2],
            };
        }
    }
}

/// Requests of the peer within the minute.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Fetches {
    pub since: u64,
    pub count: u32,
}

/// Whether and when to ask for a lane of the peer's log again.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Ask {
    pub wanted: bool,
    pub not_before: u64,
    pub last: Option<Asked>,
}

/// What was last asked for, over which connection, and how long until the same is asked for again.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked {
    pub what: (Connection, Cursor),
    pub at: u64,
    pub pause: u64,
}

impl Ask {
    /// Notes a request, unless it comes too soon. What a slow path still carries is no sign that the last one was lost: the
    /// same is asked for ever less often.
    pub fn may(&mut self, what: (Connection, Cursor), up: u64) -> bool {
        let same = self.last.filter(|last| last.what == what);
        let pause = same.map_or(ASK_EVERY, |last| last.pause);
        let rested = self.last.is_none_or(|last| up >= last.at + pause);
        if up < self.not_before || !rested {
            return false;
        }
        let pause = same.map_or(ASK_EVERY, |last| (2 * last.pause).min(RECOVERY_PATIENCE));
        let at = up;
        self.last = Some(Asked { what, at, pause });
        true
    }
}

/// Envelopes that sounded without being taken.
#[derive(Clone, Debug, Default)]
pub(super) struct Early {
    order: VecDeque<Digest>,
    known: BTreeSet<Digest>,
}

impl Early {
    /// Whether `leaf` is new; it is remembered.
    fn is_new(&mut self, leaf: Digest) -> bool {
        if !self.known.insert(leaf) {
            return false;
        }
        self.order.push_back(leaf);
        if self.order.len() > MAX_EARLY
            && let Some(oldest) = self.order.pop_front()
        {
            self.known.remove(&oldest);
        }
        true
    }
}

/// Whether calls that are not taken may still be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Later {
    /// Its turn comes, or it can be fetched.
    Recorded,
    NotRecorded,
}

impl Line {
    pub fn new(record: LineRecord) -> Self {
        Self::with_paths(record, None)
    }

    pub fn with_paths(record: LineRecord, paths: Option<u8>) -> Self {
        Self {
            record,
            live: Live {
                paths,
                ..Live::default()
            },
        }
    }

    /// Forgets what an earlier step handed out and nobody folded.
    pub fn begin(&mut self) {
        self.live.ahead.clear();
        self.live.halting = false;
        self.live.came_back = false;
    }

    pub fn fold_entry(&mut self, entry: EntryRef, leaf: Digest, arrived: Arrival) {
        let worked_out = self
            .live
            .ahead
            .pop_front()
            .filter(|_| entry.log.side == Side::Peer);
        let root = worked_out
            .filter(|ahead| (ahead.0, ahead.1) == (entry.log.lane, leaf))
            .map(|ahead| ahead.2);
        self.record.fold_entry(entry, leaf, root, arrived);
    }

    pub fn frame(&mut self, run: &mut Run, connection: Connection, frame: PeerFrame) {
        if !matches!(frame, PeerFrame::Bad { .. }) {
            self.heard(run, connection);
        }
        match frame {
            PeerFrame::Hello(hello) => self.hello(run, connection, &hello),
            PeerFrame::Entries(entries) => self.entries(run, Some(connection), entries),
            PeerFrame::Cosigned {
                log,
                head,
                cosigned_at,
                own_root,
            } => {
                self.cosigned(run, log, head, cosigned_at, own_root);
            }
            PeerFrame::Heartbeat(heartbeat) => self.heartbeat(run, connection, &heartbeat),
            PeerFrame::Fetch { log, from } => self.fetch(run, connection, log, from),
            PeerFrame::Epoch {
                epoch,
                closes,
                confirmed,
                statement,
            } => {
                self.peer_epoch(run, epoch, closes, confirmed, statement);
            }
            PeerFrame::Manifest { version, manifest } => self.peer_manifest(run, version, manifest),
            PeerFrame::Bad { fault, evidence } => {
                self.fault(run, fault, &evidence);
                // What can be told from the next frame does not cost the connection.
                if matches!(
                    fault,
                    Fault::Malformed | Fault::Stalled | Fault::NoCommonVersion
                ) {
                    self.drop_link(run, connection, Some(fault));
                }
            }
        }
    }

    /// As [`Line::frame`], from a file: there is nobody to greet, to time, or to ask again.
    pub fn file(&mut self, run: &mut Run, frame: PeerFrame) {
        match frame {
            PeerFrame::Entries(entries) => self.entries(run, None, entries),
            PeerFrame::Cosigned {
                log,
                head,
                cosigned_at,
                own_root,
            } => {
                self.cosigned(run, log, head, cosigned_at, own_root);
            }
            PeerFrame::Epoch {
                epoch,
                closes,
                confirmed,
                statement,
            } => {
                self.peer_epoch(run, epoch, closes, confirmed, statement);
            }
            PeerFrame::Manifest { version, manifest } => self.peer_manifest(run, version, manifest),
            PeerFrame::Bad { fault, evidence } => self.fault(run, fault, &evidence),
            PeerFrame::Hello(_) | PeerFrame::Heartbeat(_) | PeerFrame::Fetch { .. } => {
                self.fault(run, Fault::Malformed, b"a frame of a connection in a file");
            }
        }
    }

    /// What follows of itself at the end of every step.
    pub fn settle(&mut self, run: &mut Run) {
        self.live.intake.turn(run.turn.up);
        self.settle_views(run);
        self.drop_dead(run);
        self.recover(run);
        self.take_receipts(run);
        self.ask_again(run);
        self.beat(run);
        self.pump(run);
        self.note_link(run);
        let summed = self.live.faults.summed(run.turn.up, self.record.line);
        summed.into_iter().for_each(|event| run.fact(event));
    }

    /// The elapsed time at which something is due.
    pub fn due(&self) -> Option<u64> {
        let links = self.live.links.values().map(Link::due);
        let expected = self.live.paths.is_some_and(|paths| paths > 0);
        let steady = expected.then_some(self.live.noted.looked + BEAT_EVERY);
        let wanted = |lane: &Lane| {
            let ask = self.live.asks[place(*lane)];
            (ask.wanted && self.ready_link(*lane).is_some()).then_some(ask.not_before)
        };
        let asks = LANES.iter().filter_map(wanted);
        let soonest = self.live.noted.looked + ASK_EVERY;
        let tried = asks.chain(self.recovery_due()).map(|due| due.max(soonest));
        let others = [steady, self.live.noted.due(), self.live.faults.due()];
        links.chain(tried).chain(others.into_iter().flatten()).min()
    }

    // ---- what goes wrong

    pub fn fault(&mut self, run: &mut Run, fault: Fault, evidence: &[u8]) {
        let noted = self
            .live
            .faults
            .note(run.turn.up, self.record.line, fault, evidence);
        if let Some(event) = noted {
            run.fact(event);
        }
    }

    /// Halts `main`, once; what comes on top of a halt is counted.
    pub fn halt(&mut self, run: &mut Run, fault: Fault, evidence: &[u8]) {
        if self.is_halted() {
            self.fault(run, fault, evidence);
            return;
        }
        self.live.halting = true;
        run.fact(Event::MainHalted {
            line: self.record.line,
            fault,
            evidence: shortened(evidence, MAX_HALT_EVIDENCE),
        });
    }

    pub fn is_halted(&self) -> bool {
        self.live.halting || self.record.halted.is_some()
    }

    /// Sounds the stop calls among entries that are not taken: each at once, and each envelope once.
    pub fn sound(&mut self, run: &mut Run, entries: &[Arrived], later: Later) {
        // A revoked key is in other hands, and rings nothing by itself.
        let calls = entries.iter().filter(|arrived| {
            arrived.header.kind == Kind::StopCall.number()
                && arrived.sealed_by == SealedBy::KeyInForce
        });
        let new: Vec<&Arrived> = calls
            .filter(|call| self.live.early.is_new(call.leaf))
            .collect();
        match later {
            Later::Recorded => new
                .into_iter()
                .for_each(|call| run.outputs.push(self.early(call, later, 1))),
            Later::NotRecorded => {
                let mut desks: Vec<(&Arrived, u32)> = Vec::new();
                for call in new {
                    match desks
                        .iter_mut()
                        .find(|(first, _)| first.header.desk == call.header.desk)
                    {
                        Some((_, count)) => *count += 1,
                        None => desks.push((call, 1)),
                    }
                }
                desks
                    .into_iter()
                    .for_each(|(call, count)| run.outputs.push(self.early(call, later, count)));
            }
        }
    }

    fn early(&self, call: &Arrived, later: Later, count: u32) -> LineOutput {
        LineOutput::AlarmEarly {
            line: self.record.line,
            entry: self.peer_entry(call),
            leaf: call.leaf,
            header: call.header.clone(),
            content: call.content.clone(),
            recorded: later == Later::Recorded,
            count,
        }
    }

    pub fn peer_entry(&self, arrived: &Arrived) -> EntryRef {
        EntryRef {
            log: self.log(Side::Peer, arrived.lane, arrived.epoch),
            index: arrived.index,
        }
    }

    pub fn log(&self, side: Side, lane: Lane, epoch: Epoch) -> LogRef {
        LogRef {
            line: self.record.line,
            side,
            lane,
            epoch,
        }
    }

    // ---- what may be said, and where it stands

    pub fn next_entry(&self, lane: Lane, main_stopped: bool) -> Result<EntryRef, LaneClosed> {
        if self.is_recovering() {
            return Err(LaneClosed::Recovering);
        }
        let epoch = self.record.own.current();
        if lane == Lane::Main {
            if let Some(halt) = self.record.halted {
                return Err(LaneClosed::Halted(halt.fault));
            }
            if !epoch.confirmed {
                return Err(LaneClosed::EpochNotConfirmed);
            }
            if main_stopped {
                return Err(LaneClosed::DiskFull);
            }
        }
        Ok(EntryRef {
            log: self.log(Side::Own, lane, epoch.epoch),
            index: epoch.sizes[place(lane)],
        })
    }

    pub fn is_recovering(&self) -> bool {
        self.record.needs_epoch || self.live.recovery.is_some()
    }

    /// The durable head of our own log of the epoch in force.
    pub fn own_head(&self, lane: Lane) -> LogHead {
        self.live
            .own_heads
            .head(lane, self.record.own.current().epoch)
    }

    /// Our own root where it is at hand.
    pub fn own_root(&self, lane: Lane, epoch: Epoch, size: u64) -> Option<Digest> {
        if size == 0 {
            return Some(EMPTY);
        }
        let receipt = || {
            let mut receipts = self.record.own.receipts[place(lane)].iter().rev();
            receipts
                .find(|head| (head.epoch, head.size) == (epoch, size))
                .map(|head| head.root)
        };
        self.live.own_heads.root(lane, epoch, size).or_else(receipt)
    }

    pub fn queue(&self, lane: Lane) -> Queue {
        let ready = self
            .live
            .links
            .values()
            .filter(|link| link.ready && link.class.lane() == lane);
        let sent = ready.map(|link| link.cursor).max().unwrap_or_default();
        let mut queue = Queue::default();
        for epoch in &self.record.own.epochs {
            let (size, delivered) = (epoch.sizes[place(lane)], epoch.delivered[place(lane)]);
            let sent = match sent.epoch.cmp(&epoch.epoch) {
                std::cmp::Ordering::Less => delivered,
                std::cmp::Ordering::Equal => sent.index.max(delivered),
                std::cmp::Ordering::Greater => size,
            };
            queue.queued += size.saturating_sub(sent);
            queue.in_flight += sent.saturating_sub(delivered);
        }
        queue
    }

    pub fn undelivered(&self) -> Vec<(LogRef, u64, u64)> {
        let of = |lane: Lane| {
            self.record.own.epochs.iter().filter_map(move |epoch| {
                let (from, until) = (epoch.delivered[place(lane)], epoch.sizes[place(lane)]);
                (from < until).then_some((self.log(Side::Own, lane, epoch.epoch), from, until))
            })
        };
        LANES.into_iter().flat_map(of).collect()
    }

    pub fn transmit_frame(run: &mut Run, connection: Connection, frame: OwnFrame) {
        run.effect(Effect::TransmitFrame { connection, frame });
    }

    pub fn view(&self, whose: Side, lane: Lane, head: LogHead) -> View {
        View { whose, lane, head }
    }
}
