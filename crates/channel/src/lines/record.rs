//! What the journal says about one line: a fold over facts.

use super::bounds::{MAX_CLOSED, MAX_HEADS, MAX_RECENT_CLOSED};
use super::recent::{HeldLog, empty_head};
use super::{LANES, place};
use model::code::Lane;
use model::event::{Arrival, Bytes, Event};
use model::ids::LineId;
use model::line::{Digest, EntryRef, Epoch, Fault, LinkState, LogHead, LogRef, Side};
use model::units::Millis;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// The first epoch of every log. It needs no statement.
pub(super) const FIRST_EPOCH: Epoch = 1;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct LineRecord {
    pub line: LineId,
    /// Beyond this a desk is alarmed, by the arrangement.
    pub offset_limit: Millis,
    pub own: OwnLogs,
    pub peer: PeerLogs,
    pub own_manifest: Option<Manifest>,
    pub peer_manifest: u32,
    pub halted: Option<Halt>,
    /// Restored, or something was fetched back: our logs may have been longer than we know, so that nothing may be
    /// added to them. A new epoch ends that.
    pub needs_epoch: bool,
    /// As last noted.
    pub link: LinkState,
    pub offset: Option<NotedOffset>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Manifest {
    pub version: u32,
    pub manifest: Bytes,
}

/// `main` carries nothing more until both sides have opened and confirmed a later epoch than these.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Halt {
    pub fault: Fault,
    pub own: Epoch,
    pub peer: Epoch,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct NotedOffset {
    pub offset: Millis,
    pub beyond_limit: bool,
}

/// Our own two logs, epoch by epoch, the last of which is in force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct OwnLogs {
    pub epochs: Vec<OwnEpoch>,
    /// Heads that the peer has cosigned, oldest first, at most [`MAX_HEADS`] of each lane.
    pub receipts: [VecDeque<LogHead>; 2],
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct OwnEpoch {
    pub epoch: Epoch,
    pub confirmed: bool,
    /// `None`: the first, or one that we know only by what was fetched back.
    pub statement: Option<Bytes>,
    /// Entries said so far.
    pub sizes: [u64; 2],
    /// Entries that the peer has signed for.
    pub delivered: [u64; 2],
}

impl OwnEpoch {
    fn new(epoch: Epoch, confirmed: bool, statement: Option<Bytes>) -> Self {
        Self {
            epoch,
            confirmed,
            statement,
            sizes: [0; 2],
            delivered: [0; 2],
        }
    }
}

/// The peer's two logs as far as we hold them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct PeerLogs {
    pub epochs: Vec<PeerEpoch>,
    pub lanes: [PeerLane; 2],
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct PeerEpoch {
    pub epoch: Epoch,
    pub confirmed: bool,
    /// As its statement says, seen by the peer: its own stop and main, our stop and main. `None` for the first.
    pub closes: Option<[LogHead; 4]>,
}

/// One lane of the peer. It is in the epoch whose entries come next: an epoch is left behind when all that a later one's
/// statement says it held has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct PeerLane {
    pub epoch: Epoch,
    pub log: HeldLog,
    /// The greatest head that we cosigned in each epoch, newest last.
    pub cosigned: VecDeque<LogHead>,
    /// The epochs that are over, newest last; of all but the last few, only how they ended.
    pub closed: VecDeque<ClosedLog>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ClosedLog {
    pub epoch: Epoch,
    pub log: HeldLog,
}

impl LineRecord {
    pub fn new(line: LineId) -> Self {
        let lane = || PeerLane {
            epoch: FIRST_EPOCH,
            log: HeldLog::default(),
            cosigned: VecDeque::new(),
            closed: VecDeque::new(),
        };
        Self {
            line,
            offset_limit: Millis::MAX,
            own: OwnLogs {
                epochs: vec![OwnEpoch::new(FIRST_EPOCH, true, None)],
                receipts: [VecDeque::new(), VecDeque::new()],
            },
            peer: PeerLogs {
                epochs: vec![PeerEpoch {
                    epoch: FIRST_EPOCH,
                    confirmed: true,
                    closes: None,
                }],
                lanes: [lane(), lane()],
            },
            own_manifest: None,
            peer_manifest: 0,
            halted: None,
            needs_epoch: false,
            link: LinkState::Down,
            offset: None,
        }
    }

    /// Folds in a fact about this line, other than an entry of the peer's log. Never fails.
    pub fn fold(&mut self, event: &Event) {
        match event {
            Event::ArrangementInForce { arrangement, .. } => {
                self.offset_limit = arrangement.clock_offset
            }
            Event::ManifestTaken {
                side,
                version,
                manifest,
                ..
            } => self.fold_manifest(*side, *version, manifest),
            Event::EpochOpened {
                side,
                epoch,
                closes,
                confirmed,
                statement,
                ..
            } => {
                match side {
                    Side::Own => self.open_own(*epoch, closes, *confirmed, statement),
                    Side::Peer => self.peer.open(*epoch, *closes, *confirmed),
                }
                self.settle();
            }
            Event::EpochConfirmed {
                side,
                epoch,
                statement,
                ..
            } => {
                match side {
                    Side::Own => self.own.confirm(*epoch, statement),
                    Side::Peer => self.peer.confirm(*epoch),
                }
                self.settle();
            }
            Event::MessageSent { entry, .. } => {
                self.own
                    .reaches(entry.log.lane, entry.log.epoch, entry.index + 1)
            }
            Event::Delivered { log, head, .. } => self.own.delivered(log.lane, *head),
            Event::Cosigned { log, head } => self.peer.cosigned(log.lane, *head),
            Event::LinkChanged { link, .. } => self.link = *link,
            Event::MainHalted { fault, .. } => {
                self.halted.get_or_insert(Halt {
                    fault: *fault,
                    own: self.own.current().epoch,
                    peer: self.peer.latest().epoch,
                });
            }
            Event::ClockOffsetNoted {
                offset,
                beyond_limit,
                ..
            } => {
                self.offset = Some(NotedOffset {
                    offset: *offset,
                    beyond_limit: *beyond_limit,
                });
            }
            Event::Restored { .. } => self.needs_epoch = true,
            Event::MessageReceived { .. }
            | Event::RulesInForce { .. }
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
            | Event::MainStopped { .. }
            | Event::MainResumed
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

    /// Folds in an entry that came; `root` is the root after it where that was worked out before.
    pub fn fold_entry(
        &mut self,
        entry: EntryRef,
        leaf: Digest,
        root: Option<Digest>,
        arrived: Arrival,
    ) {
        match entry.log.side {
            Side::Peer => self.peer.push(entry.log, entry.index, leaf, root),
            Side::Own => {
                self.own
                    .reaches(entry.log.lane, entry.log.epoch, entry.index + 1);
            }
        }
        self.needs_epoch |= matches!(arrived, Arrival::Recovered { .. });
    }

    fn fold_manifest(&mut self, side: Side, version: u32, manifest: &Bytes) {
        match side {
            Side::Own => {
                self.own_manifest = Some(Manifest {
                    version,
                    manifest: manifest.clone(),
                });
            }
            Side::Peer => self.peer_manifest = version,
        }
    }

    fn open_own(
        &mut self,
        epoch: Epoch,
        closes: &[LogHead; 4],
        confirmed: bool,
        statement: &Bytes,
    ) {
        if epoch <= self.own.current().epoch {
            return;
        }
        for lane in LANES {
            let closed = closes[place(lane)];
            if let Some(before) = self.own.epoch_mut(closed.epoch) {
                before.sizes[place(lane)] = closed.size;
            }
        }
        self.own
            .epochs
            .push(OwnEpoch::new(epoch, confirmed, Some(statement.clone())));
        self.needs_epoch = false;
    }

    /// What halted `main` is settled when both sides have begun anew under their root keys.
    fn settle(&mut self) {
        let (own, peer) = (self.own.current(), self.peer.latest());
        let settled = |halt: &Halt| {
            own.epoch > halt.own && own.confirmed && peer.epoch > halt.peer && peer.confirmed
        };
        if self.halted.as_ref().is_some_and(settled) {
            self.halted = None;
        }
    }
}

impl OwnLogs {
    pub fn current(&self) -> &OwnEpoch {
        // INVARIANT: made with one epoch, and none is ever taken away.
        &self.epochs[self.epochs.len() - 1]
    }

    pub fn epoch(&self, epoch: Epoch) -> Option<&OwnEpoch> {
        self.epochs.iter().find(|e| e.epoch == epoch)
    }

    fn epoch_mut(&mut self, epoch: Epoch) -> Option<&mut OwnEpoch> {
        self.epochs.iter_mut().find(|e| e.epoch == epoch)
    }

    pub fn after(&self, epoch: Epoch) -> Option<&OwnEpoch> {
        self.epochs.iter().find(|e| e.epoch > epoch)
    }

    /// Entries said in `lane` of `epoch`; none where there was no such epoch.
    pub fn size(&self, lane: Lane, epoch: Epoch) -> u64 {
        self.epoch(epoch).map_or(0, |e| e.sizes[place(lane)])
    }

    pub fn delivered_size(&self, lane: Lane, epoch: Epoch) -> u64 {
        self.epoch(epoch).map_or(0, |e| e.delivered[place(lane)])
    }

    /// What the peer has last cosigned of `lane`.
    pub fn receipt(&self, lane: Lane) -> LogHead {
        let last = self.receipts[place(lane)].back().copied();
        last.unwrap_or(empty_head(FIRST_EPOCH))
    }

    fn reaches(&mut self, lane: Lane, epoch: Epoch, size: u64) {
        if self.epoch(epoch).is_none() {
            // Fetched back: the statement that opened it is lost. The two lanes come back each at its own pace, and one may
            // have nothing in an epoch in which the other has.
            let at = self.epochs.partition_point(|held| held.epoch < epoch);
            self.epochs.insert(at, OwnEpoch::new(epoch, false, None));
        }
        if let Some(epoch) = self.epoch_mut(epoch) {
            let reached = &mut epoch.sizes[place(lane)];
            *reached = size.max(*reached);
        }
    }

    fn delivered(&mut self, lane: Lane, head: LogHead) {
        if let Some(epoch) = self.epoch_mut(head.epoch) {
            let delivered = &mut epoch.delivered[place(lane)];
            *delivered = head.size.max(*delivered);
        }
        let receipts = &mut self.receipts[place(lane)];
        // Receipts of one lane may overtake each other on two connections.
        let at =
            receipts.partition_point(|other| (other.epoch, other.size) < (head.epoch, head.size));
        receipts.insert(at, head);
        if receipts.len() > MAX_HEADS {
            receipts.pop_front();
        }
    }

    fn confirm(&mut self, epoch: Epoch, statement: &Bytes) {
        if let Some(epoch) = self.epoch_mut(epoch) {
            epoch.confirmed = true;
            epoch.statement = Some(statement.clone());
        }
    }
}

impl PeerLogs {
    pub fn lane(&self, lane: Lane) -> &PeerLane {
        &self.lanes[place(lane)]
    }

    pub fn latest(&self) -> &PeerEpoch {
        // INVARIANT: made with one epoch, and none is ever taken away.
        &self.epochs[self.epochs.len() - 1]
    }

    pub fn epoch(&self, epoch: Epoch) -> Option<&PeerEpoch> {
        self.epochs.iter().find(|e| e.epoch == epoch)
    }

    /// Whether nothing of `epoch` was taken, nor could be yet: what comes next is of one before it.
    pub fn is_ahead(&self, epoch: Epoch) -> bool {
        self.lanes.iter().all(|lane| lane.epoch < epoch)
    }

    fn open(&mut self, epoch: Epoch, closes: [LogHead; 4], confirmed: bool) {
        let latest = self.latest().epoch;
        if epoch < latest || epoch == FIRST_EPOCH {
            return;
        }
        if epoch == latest {
            // Begun again by a party that forgot that it had (`Line::peer_epoch`).
            self.epochs.pop();
        }
        self.epochs.push(PeerEpoch {
            epoch,
            confirmed,
            closes: Some(closes),
        });
        LANES.into_iter().for_each(|lane| self.advance(lane));
    }

    fn confirm(&mut self, epoch: Epoch) {
        if let Some(epoch) = self.epochs.iter_mut().find(|e| e.epoch == epoch) {
            epoch.confirmed = true;
        }
    }

    fn push(&mut self, log: LogRef, index: u64, leaf: Digest, root: Option<Digest>) {
        let lane = &mut self.lanes[place(log.lane)];
        if lane.epoch == log.epoch && lane.log.size() == index {
            lane.log.push(leaf, root);
            self.advance(log.lane);
        }
    }

    fn cosigned(&mut self, lane: Lane, head: LogHead) {
        let cosigned = &mut self.lanes[place(lane)].cosigned;
        match cosigned.iter_mut().find(|last| last.epoch == head.epoch) {
            Some(last) if last.size >= head.size => {}
            Some(last) => *last = head,
            None => {
                let at = cosigned.partition_point(|other| other.epoch < head.epoch);
                cosigned.insert(at, head);
            }
        }
    }

    /// At how many entries `lane`'s present epoch ends, if a later one was opened.
    pub fn end(&self, lane: Lane) -> Option<u64> {
        Some(self.successor(lane)?.1)
    }

    /// The epoch that comes after `lane`'s present one, and where that ends. The newest statement that closes this epoch
    /// or one before it counts: a party that was restored may have forgotten how far it went, and with it what an earlier
    /// statement promised. Where such a party closes an epoch before this, it knows nothing of this one.
    fn successor(&self, lane: Lane) -> Option<(Epoch, u64)> {
        let PeerLane { epoch, log, .. } = self.lane(lane);
        let later = self.epochs.iter().rev();
        let (next, end) = later
            .take_while(|later| later.epoch > *epoch)
            .filter_map(|later| Some((later.epoch, later.closes?[place(lane)])))
            .find(|(_, end)| end.epoch <= *epoch)?;
        let size = if end.epoch == *epoch {
            end.size
        } else {
            log.size()
        };
        Some((next, size))
    }

    fn advance(&mut self, lane: Lane) {
        while let Some((next, end)) = self.successor(lane) {
            if self.lane(lane).log.size() < end {
                return;
            }
            let lane = &mut self.lanes[place(lane)];
            let mut closed = ClosedLog {
                epoch: lane.epoch,
                log: std::mem::take(&mut lane.log),
            };
            closed.log.shorten(MAX_RECENT_CLOSED);
            lane.closed.push_back(closed);
            // Of those before, no more than how they ended.
            let before = lane.closed.len().checked_sub(MAX_CLOSED + 1);
            if let Some(old) = before.and_then(|at| lane.closed.get_mut(at)) {
                old.log.shorten(1);
            }
            lane.epoch = next;
        }
    }
}

impl PeerLane {
    pub fn head(&self) -> LogHead {
        self.log.head(self.epoch)
    }

    /// The newest head that we cosigned.
    pub fn receipt(&self) -> LogHead {
        self.cosigned
            .back()
            .copied()
            .unwrap_or(empty_head(FIRST_EPOCH))
    }

    /// The newest head of `epoch` that we cosigned.
    pub fn receipt_of(&self, epoch: Epoch) -> Option<LogHead> {
        let mut cosigned = self.cosigned.iter();
        cosigned.find(|head| head.epoch == epoch).copied()
    }

    /// What is held of `epoch`; `None` where it has not begun or was over long ago.
    pub fn log_of(&self, epoch: Epoch) -> Option<&HeldLog> {
        if epoch == self.epoch {
            return Some(&self.log);
        }
        self.closed
            .iter()
            .find(|closed| closed.epoch == epoch)
            .map(|closed| &closed.log)
    }
}
