//! The lines of this node: the other half of `step`. docs/line-protocol.md says what happens; here it does.
//!
//! What is durable of a line is a fold over the journal ([`Lines::fold`]); connections, clocks and what is in flight
//! begin anew at each start. What arrives is handed to the caller in order ([`LineOutput::Arrived`]), who decides,
//! journals and folds it before the next step.
//!
//! | Module | What |
//! |---|---|
//! | [`bounds`] | the limits and periods |
//! | `clock` | elapsed time, clock offset |
//! | `record`, `recent` | what is durable |
//! | `link` | one connection; up, degraded, down; heartbeats |
//! | `hello` | the first frames: versions, heads, manifests, epochs |
//! | `receive` | entries of the peer |
//! | `send` | our entries, cosignatures of them, requests to send again |
//! | `statements` | epochs and manifests of the peer |
//! | `views` | heads that must agree |
//! | `recover` | after a restore: fetch back, open a new epoch |
//! | `faults` | counted once for each cause, peer and minute |

pub mod bounds;
mod clock;
mod faults;
mod hello;
mod line;
mod link;
mod receive;
mod recent;
mod record;
mod recover;
mod send;
mod statements;
mod views;

pub use clock::ClockOffset;
pub use link::PathState;

use crate::effect::Effect;
use crate::input::{Arrived, Connection, LinkInput, PeerFrame};
use clock::{Clock, Turn};
use line::{Later, Line};
use model::code::Lane;
use model::event::{Arrival, Event, Fact, StopOfMain};
use model::ids::LineId;
use model::line::{Digest, EntryRef, Fault, LinkState, LogHead, LogRef, Seen, Side};
use model::message::{Content, Header};
use model::slot::Slots;
use model::units::Timestamp;
use record::LineRecord;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

pub(crate) const LANES: [Lane; 2] = [Lane::Stop, Lane::Main];

/// Where a lane stands in a pair: stop, then main.
pub(crate) const fn place(lane: Lane) -> usize {
    match lane {
        Lane::Stop => 0,
        Lane::Main => 1,
    }
}

/// All lines of this node.
#[derive(Clone, Debug, Default)]
pub struct Lines {
    lines: BTreeMap<LineId, Line>,
    /// The disk is full: `main` says and takes nothing.
    main_stopped: bool,
    /// The journal was begun anew after an earlier one was lost: on every line more may have been said than it knows.
    begun_anew: bool,
    /// Records of the backup that this folder was last restored from.
    restored: Option<u64>,
    /// As configured, line by line; a line may be configured before its arrangement is in force.
    paths: BTreeMap<LineId, u8>,
    clock: Clock,
}

/// What of the lines is a fold over the journal, as kept in a snapshot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Durable {
    lines: Vec<LineRecord>,
    main_stopped: bool,
    begun_anew: bool,
    restored: Option<u64>,
}

/// What a step leads to, in order.
#[derive(Clone, Debug)]
pub enum LineOutput {
    /// The next entry of the peer's log (or one of ours, fetched back), in order: to be admitted, journalled with its
    /// bytes, and folded.
    Arrived {
        entry: EntryRef,
        arrived: Arrived,
        how: Arrival,
    },
    /// A stop call that cannot be taken yet, or ever: sound it now. Not journalled by this.
    AlarmEarly {
        line: LineId,
        entry: EntryRef,
        leaf: Digest,
        header: Header,
        content: Content,
        /// `false`: this envelope is not taken, and nothing says that it will be.
        recorded: bool,
        /// Calls of one frame to one desk that fold into this.
        count: u32,
    },
    /// To be journalled and folded.
    Fact(Event),
    /// What the `received` for a batch of one lane says, under the standing release.
    Say {
        line: LineId,
        lane: Lane,
        slots: Slots,
    },
    /// `Transmit`, `TransmitFrame`, `Cosign`, `Pause`, `Close` or `EpochNeeded`.
    Effect(Effect),
}

/// Why nothing can be added to a lane now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LaneClosed {
    #[error("the line has no arrangement in force: put one in force first")]
    NoSuchLine,
    #[error(
        "this node was restored and must first compare its record with the other party's: telephone until the line is up"
    )]
    Recovering,
    #[error(
        "main is halted ({0}): both administrators settle it (`standclear epoch open`); stop calls go on"
    )]
    Halted(Fault),
    #[error("the root key has not confirmed our epoch: have it confirmed; the stop lane goes on")]
    EpochNotConfirmed,
    #[error("the disk is full, so main is stopped: make room; the stop lane goes on")]
    DiskFull,
}

model::says! { LaneClosed, "lane-closed":
    "no-such-line" NoSuchLine;
    "recovering" Recovering;
    "halted" Halted(fault);
    "epoch-not-confirmed" EpochNotConfirmed;
    "disk-full" DiskFull;
}

/// Entries of ours that wait.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Queue {
    /// Said, and not yet sent on any connection.
    pub queued: u64,
    /// Sent, and not yet cosigned.
    pub in_flight: u64,
}

impl Lines {
    pub fn new() -> Self {
        Self::default()
    }

    /// As they were when `durable` was taken; the facts after it are to be folded.
    pub fn resume(durable: Durable) -> Self {
        let lines = durable.lines.into_iter();
        Self {
            lines: lines
                .map(|record| (record.line, Line::new(record)))
                .collect(),
            main_stopped: durable.main_stopped,
            begun_anew: durable.begun_anew,
            restored: durable.restored,
            ..Self::default()
        }
    }

    pub fn durable_part(&self) -> Durable {
        Durable {
            lines: self
                .lines
                .values()
                .map(|line| line.record.clone())
                .collect(),
            main_stopped: self.main_stopped,
            begun_anew: self.begun_anew,
            restored: self.restored,
        }
    }

    /// Folds in a fact, on replay and live. Never fails.
    pub fn fold(&mut self, fact: &Fact) {
        match &fact.event {
            Event::ArrangementInForce { line, .. } => {
                let paths = self.paths.get(line).copied();
                let needs_epoch = self.begun_anew;
                let new = || {
                    let record = LineRecord {
                        needs_epoch,
                        ..LineRecord::new(*line)
                    };
                    Line::with_paths(record, paths)
                };
                self.lines
                    .entry(*line)
                    .or_insert_with(new)
                    .record
                    .fold(&fact.event);
            }
            Event::MessageSent { entry, .. } => self.fold_on(entry.log.line, &fact.event),
            Event::MessageReceived {
                entry,
                leaf,
                arrived,
                ..
            } => {
                if let Some(line) = self.lines.get_mut(&entry.log.line) {
                    line.fold_entry(*entry, *leaf, *arrived);
                }
            }
            Event::Delivered { log, .. } | Event::Cosigned { log, .. } => {
                self.fold_on(log.line, &fact.event)
            }
            Event::ManifestTaken { line, .. }
            | Event::EpochOpened { line, .. }
            | Event::EpochConfirmed { line, .. }
            | Event::LinkChanged { line, .. }
            | Event::MainHalted { line, .. }
            | Event::ClockOffsetNoted { line, .. } => self.fold_on(*line, &fact.event),
            Event::Restored { size } => {
                self.begun_anew |= *size == 0;
                self.restored = Some(*size);
                self.lines
                    .values_mut()
                    .for_each(|line| line.record.fold(&fact.event));
            }
            Event::MainStopped {
                cause: StopOfMain::DiskFull | StopOfMain::JournalFailed,
            } => self.main_stopped = true,
            Event::MainResumed => self.main_stopped = false,
            Event::RulesInForce { .. }
            | Event::ReleaseDecided { .. }
            | Event::FaultNoted { .. }
            | Event::NoticeDrafted { .. }
            | Event::NoticeDiscarded { .. }
            | Event::ConflictFound { .. }
            | Event::WatchTaken { .. }
            | Event::WatchLeft { .. }
            | Event::SounderArmed { .. }
            | Event::SounderLost { .. }
            | Event::AlarmRaised { .. }
            | Event::AlarmClimbed { .. }
            | Event::AlarmSilenced { .. }
            | Event::AlarmEnded { .. }
            | Event::OpeningDestroyed { .. }
            | Event::ElementEnrolled { .. }
            | Event::ElementUnenrolled { .. }
            | Event::ElementConsent { .. }
            | Event::SiteConsent { .. }
            | Event::CalledForElement { .. }
            | Event::UnitEnrolled { .. }
            | Event::UnitChanged { .. }
            | Event::UnitStoodDown { .. }
            | Event::UnitsConcerned { .. }
            | Event::UnitReceipt { .. }
            | Event::ExportAsked { .. }
            | Event::ExportAllowed { .. }
            | Event::ExportRefused { .. }
            | Event::ExportCarriedOut { .. }
            | Event::Watch(_) => {}
        }
    }

    fn fold_on(&mut self, line: LineId, event: &Event) {
        if let Some(line) = self.lines.get_mut(&line) {
            line.record.fold(event);
        }
    }

    /// What came over a line, or happened to a connection. All of its facts and arrivals are to be folded before the
    /// next step; what is not folded is as if it had not come.
    pub fn step(&mut self, now: Timestamp, input: LinkInput) -> Vec<LineOutput> {
        let mut run = self.run(now);
        match input {
            LinkInput::Paths { line, count } => {
                self.paths.insert(line, count.min(bounds::MAX_PATHS));
                if let Some(line) = self.lines.get_mut(&line) {
                    line.live.paths = Some(count.min(bounds::MAX_PATHS));
                }
            }
            LinkInput::Opened {
                connection,
                line,
                path,
                class,
            } => match self.lines.get_mut(&line) {
                Some(line) => line.opened(&mut run, connection, path, class),
                None => run.close(connection, Some(Fault::WrongLine)),
            },
            LinkInput::Closed { connection } => {
                if let Some(line) = self.line_of(connection) {
                    line.live.links.remove(&connection);
                }
            }
            LinkInput::Heard { connection } => {
                if let Some(line) = self.line_of(connection) {
                    line.under_way(&run, connection);
                }
            }
            LinkInput::Frame { connection, frame } => match self.line_of(connection) {
                Some(line) => line.frame(&mut run, connection, frame),
                None => self.frame_after_the_end(&mut run, frame),
            },
            LinkInput::File { line, frame } => {
                if let Some(line) = self.lines.get_mut(&line) {
                    line.file(&mut run, frame);
                }
            }
        }
        self.settle(run)
    }

    /// We are done with the connection, but closing it waits for the disk. A stop call waits for nothing.
    fn frame_after_the_end(&mut self, run: &mut Run, frame: PeerFrame) {
        if let PeerFrame::Entries(entries) = frame
            && entries.log.side == Side::Peer
            && let Some(line) = self.lines.get_mut(&entries.log.line)
        {
            line.sound(run, &entries.entries, Later::Recorded);
        }
    }

    /// How far our own logs (and what was fetched back of them) now reach on disk. To be told after a replay as well:
    /// the heads of all own logs, of every epoch, before the first connection.
    pub fn durable(&mut self, now: Timestamp, heads: &[(LogRef, LogHead)]) -> Vec<LineOutput> {
        let run = self.run(now);
        for (log, head) in heads {
            if let Some(line) = self
                .lines
                .get_mut(&log.line)
                .filter(|_| log.side == Side::Own)
            {
                line.live.own_heads.reaches(log.lane, *head);
            }
        }
        self.settle(run)
    }

    /// What time alone leads to. Harmless at any time.
    pub fn tick(&mut self, now: Timestamp) -> Vec<LineOutput> {
        let run = self.run(now);
        self.settle(run)
    }

    /// When to call [`Lines::tick`] again. Best waited for as a span from the last step, so that no clock is trusted.
    pub fn next_wake(&self) -> Option<Timestamp> {
        let due = self.lines.values().filter_map(Line::due).min()?;
        self.clock.instant(due)
    }

    fn run(&mut self, now: Timestamp) -> Run {
        let turn = self.clock.advance(now);
        self.lines.values_mut().for_each(Line::begin);
        Run {
            turn,
            main_stopped: self.main_stopped,
            outputs: Vec::new(),
        }
    }

    /// What follows of itself: timers, and whatever can now be sent.
    fn settle(&mut self, mut run: Run) -> Vec<LineOutput> {
        self.lines
            .values_mut()
            .for_each(|line| line.settle(&mut run));
        run.outputs
    }

    fn line_of(&mut self, connection: Connection) -> Option<&mut Line> {
        self.lines
            .values_mut()
            .find(|line| line.live.links.contains_key(&connection))
    }

    // ---- queries

    /// Where our next entry goes.
    ///
    /// # Errors
    /// Why the lane may not carry anything now. A call that cannot be said is for the telephone.
    pub fn next_entry(&self, line: LineId, lane: Lane) -> Result<EntryRef, LaneClosed> {
        let line = self.lines.get(&line).ok_or(LaneClosed::NoSuchLine)?;
        line.next_entry(lane, self.main_stopped)
    }

    /// Whose root key has yet to confirm an epoch that was opened, ours and the peer's: until then their `main` says nothing.
    pub fn waits_for_root(&self, line: LineId) -> [bool; 2] {
        self.lines.get(&line).map_or([false; 2], |line| {
            let own = line.record.own.current().confirmed;
            let peer = line.record.peer.latest().confirmed;
            [!own, !peer]
        })
    }

    /// What an envelope of `lane` sealed now says that it has seen: what is durable here, and of the peer's logs what
    /// was cosigned.
    pub fn seen(&self, line: LineId, lane: Lane) -> Option<Seen> {
        let line = self.lines.get(&line)?;
        let other = match lane {
            Lane::Stop => Lane::Main,
            Lane::Main => Lane::Stop,
        };
        Some(Seen {
            own_other: line.own_head(other),
            peer_stop: line.record.peer.lane(Lane::Stop).receipt(),
            peer_main: line.record.peer.lane(Lane::Main).receipt(),
        })
    }

    /// The link as it is this moment; what is journalled as [`Event::LinkChanged`] is steadier.
    pub fn link(&self, line: LineId) -> Option<LinkState> {
        self.lines.get(&line).map(Line::link)
    }

    /// Each path, by number.
    pub fn paths(&self, line: LineId) -> Vec<PathState> {
        self.lines.get(&line).map_or_else(Vec::new, Line::paths)
    }

    /// Whether both have said hello on it: before that no entry is taken.
    pub fn is_ready(&self, line: LineId, connection: Connection) -> bool {
        let link = (self.lines.get(&line)).and_then(|line| line.live.links.get(&connection));
        link.is_some_and(|link| link.ready)
    }

    /// How many connections stand, ready or not.
    pub fn connections(&self, line: LineId) -> usize {
        self.lines
            .get(&line)
            .map_or(0, |line| line.live.links.len())
    }

    /// When anything was last heard over a connection, by our clock.
    pub fn last_heard(&self, line: LineId) -> Option<Timestamp> {
        self.lines.get(&line)?.live.last_heard
    }

    pub fn clock_offset(&self, line: LineId) -> Option<ClockOffset> {
        self.lines.get(&line)?.live.offsets.best()
    }

    /// The durable head of our own log.
    pub fn own_head(&self, line: LineId, lane: Lane) -> Option<LogHead> {
        self.lines.get(&line).map(|line| line.own_head(lane))
    }

    /// What is journalled of the peer's log.
    pub fn held(&self, line: LineId, lane: Lane) -> Option<LogHead> {
        self.lines
            .get(&line)
            .map(|line| line.record.peer.lane(lane).head())
    }

    /// Up to where the peer has cosigned one of our logs, of whichever epoch.
    pub fn delivered_of(&self, log: LogRef) -> u64 {
        let line = self.lines.get(&log.line);
        line.map_or(0, |line| {
            line.record.own.delivered_size(log.lane, log.epoch)
        })
    }

    /// Whether the restore of a backup of so many records is in the journal: it is told at every start, and means one.
    pub(crate) fn knows_restored(&self, size: u64) -> bool {
        size > 0 && self.restored == Some(size)
    }

    /// What the peer has last cosigned of our log.
    pub fn delivered(&self, line: LineId, lane: Lane) -> Option<LogHead> {
        self.lines
            .get(&line)
            .map(|line| line.record.own.receipt(lane))
    }

    /// Whether the peer has cosigned (or given back) this entry of ours.
    pub fn is_delivered(&self, entry: EntryRef) -> bool {
        let LogRef {
            line,
            side,
            lane,
            epoch,
        } = entry.log;
        let own = self.lines.get(&line).filter(|_| side == Side::Own);
        own.is_some_and(|line| line.record.own.delivered_size(lane, epoch) > entry.index)
    }

    pub fn queue(&self, line: LineId, lane: Lane) -> Queue {
        self.lines
            .get(&line)
            .map_or_else(Queue::default, |line| line.queue(lane))
    }

    /// Own entries that the peer is not known to hold, from and until: what an export by file carries.
    pub fn undelivered(&self, line: LineId) -> Vec<(LogRef, u64, u64)> {
        self.lines
            .get(&line)
            .map_or_else(Vec::new, Line::undelivered)
    }

    pub fn halted(&self, line: LineId) -> Option<Fault> {
        self.lines.get(&line)?.record.halted.map(|halt| halt.fault)
    }

    /// The epoch of our own logs that may be opened now, and the heads at which it closes. None while the record is
    /// compared with the peer's, or something of ours is still on its way to the disk.
    pub fn next_epoch(&self, line: LineId) -> Option<(model::line::Epoch, [LogHead; 4])> {
        self.lines.get(&line)?.next_epoch()
    }

    /// Whether nothing can be said until the record was compared with the peer's.
    pub fn is_recovering(&self, line: LineId) -> bool {
        self.lines.get(&line).is_some_and(Line::is_recovering)
    }

    /// Heads that the peer named and that are too old to be checked here: left to offline verification.
    pub fn unverifiable(&self, line: LineId) -> u64 {
        self.lines
            .get(&line)
            .map_or(0, |line| line.live.unverifiable)
    }
}

/// One step under way.
struct Run {
    turn: Turn,
    main_stopped: bool,
    outputs: Vec<LineOutput>,
}

impl Run {
    fn fact(&mut self, event: Event) {
        self.outputs.push(LineOutput::Fact(event));
    }

    fn effect(&mut self, effect: Effect) {
        self.outputs.push(LineOutput::Effect(effect));
    }

    fn close(&mut self, connection: Connection, fault: Option<Fault>) {
        self.effect(Effect::Close { connection, fault });
    }
}
