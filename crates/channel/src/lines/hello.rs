//! The first frames of a connection: do we speak the same version, and do we hold the same record.

use super::bounds::{MAX_IN_FLIGHT, VERSION};
use super::line::{Floor, Line};
use super::link::Cursor;
use super::send::begin;
use super::views::head_words;
use super::{LANES, Run, place};
use crate::effect::{Effect, OwnFrame};
use crate::input::{Connection, Hello};
use model::code::Lane;
use model::event::Bytes;
use model::line::{Fault, LogHead, Side};
use model::units::Timestamp;
use std::cmp::Ordering;

impl Line {
    pub fn own_hello(&self, now: Timestamp) -> Hello {
        Hello {
            versions: vec![VERSION],
            manifest: self
                .record
                .own_manifest
                .as_ref()
                .map_or(0, |manifest| manifest.version),
            held_manifest: self.record.peer_manifest,
            sent_at: now,
            own: LANES.map(|lane| self.own_head(lane)),
            held: LANES.map(|lane| self.record.peer.lane(lane).head()),
            delivered: LANES.map(|lane| self.record.own.receipt(lane)),
            held_roots: [None, None],
        }
    }

    pub fn hello(&mut self, run: &mut Run, connection: Connection, hello: &Hello) {
        let Some(link) = self.live.links.get(&connection) else {
            return;
        };
        if link.ready {
            self.fault(run, Fault::Malformed, b"a second hello");
            return self.drop_link(run, connection, Some(Fault::Malformed));
        }
        if !hello.versions.contains(&VERSION) {
            let offered = format!(
                "versions offered: {:?}; spoken here: {VERSION}",
                hello.versions
            );
            self.fault(run, Fault::NoCommonVersion, offered.as_bytes());
            return self.drop_link(run, connection, Some(Fault::NoCommonVersion));
        }
        self.compare(run, hello);
        self.greet(run, connection, hello);
    }

    /// Compares all heads that both know, before anything is sent.
    fn compare(&mut self, run: &mut Run, hello: &Hello) {
        let mut beyond = false;
        for lane in LANES {
            let (own, held, delivered) = (
                hello.own[place(lane)],
                hello.held[place(lane)],
                hello.delivered[place(lane)],
            );
            beyond |= self.compare_held(run, lane, held, hello.held_roots[place(lane)]);
            let ours = Cursor::of(self.record.peer.lane(lane).head());
            if Cursor::of(delivered) > ours {
                // What we knew to be missing when we began anew is no news.
                let known = self.live.compared
                    && Cursor::of(delivered) <= self.live.floor[place(lane)].signed;
                beyond |= !known;
            } else {
                let view = self.view(Side::Peer, lane, delivered);
                self.glance(run, view, "hello, cosigned by us");
            }
            self.glance(run, self.view(Side::Peer, lane, own), "hello, own log");
        }
        let lie = beyond && self.live.compared;
        if lie {
            // We have been running since we last agreed, so we cannot have lost anything.
            let claim = head_words("hello, holds more of our log than there is", hello.held[0]);
            self.fault(run, Fault::BehindOurRecord, &claim);
            self.halt(run, Fault::SplitView, &claim);
        } else if beyond || self.record.needs_epoch {
            self.begin_recovery(run, hello);
        } else {
            self.live.compared = true;
        }
        if !lie {
            LANES
                .into_iter()
                .for_each(|lane| self.raise_floor(lane, hello));
        }
    }

    /// What we have signed for, and so may not undercut: what the peer knows of; after a restore whatever it may have
    /// sent before, receipts of which are lost.
    fn raise_floor(&mut self, lane: Lane, hello: &Hello) {
        let sent = Cursor::of(hello.own[place(lane)]);
        let held = Cursor::of(self.record.peer.lane(lane).head());
        let recovering = self.is_recovering();
        let floor = &mut self.live.floor[place(lane)];
        floor.signed = Cursor::of(hello.delivered[place(lane)]).max(floor.signed);
        if recovering {
            floor.held = held.max(floor.held);
            floor.sent = sent.max(floor.sent);
        }
    }

    /// Whether a signature of `head` might be for less than one that we gave before.
    pub fn undercuts(&self, lane: Lane, head: LogHead) -> bool {
        let at = Cursor::of(head);
        let Floor { signed, sent, held } = self.live.floor[place(lane)];
        if at.epoch == signed.epoch && at.index < signed.index {
            return true;
        }
        if at.epoch > sent.epoch {
            return false;
        }
        let mut most = sent.index;
        if at.epoch < sent.epoch {
            let log = self.record.peer.lane(lane);
            let end = self.record.peer.end(lane).filter(|_| log.epoch == at.epoch);
            let closed = || {
                let over = log.log_of(at.epoch).filter(|_| at.epoch < log.epoch);
                over.map(|over| over.size())
            };
            most = end.or_else(closed).unwrap_or(u64::MAX);
        }
        if lane == Lane::Main {
            // More than this was never in flight, nor is again before we sign.
            let known = [signed, held]
                .into_iter()
                .filter(|known| known.epoch == at.epoch);
            let known = known.map(|known| known.index).max().unwrap_or(0);
            most = most.min(known + MAX_IN_FLIGHT);
        }
        at.index < most
    }

    /// Whether the peer holds more of our own log than we do.
    fn compare_held(
        &mut self,
        run: &mut Run,
        lane: Lane,
        held: LogHead,
        ours: Option<model::line::Digest>,
    ) -> bool {
        let own = &self.record.own;
        let current = own.current().epoch;
        if held.epoch > current || (held.epoch == current && held.size > own.size(lane, current)) {
            return true;
        }
        if let Some(root) = ours {
            self.live.own_heads.know(lane, LogHead { root, ..held });
        }
        let view = self.view(Side::Own, lane, held);
        self.glance(run, view, "hello, held of our log");
        false
    }

    fn greet(&mut self, run: &mut Run, connection: Connection, hello: &Hello) {
        let Some(link) = self.live.links.get_mut(&connection) else {
            return;
        };
        let lane = link.class.lane();
        link.ready = true;
        link.start = Cursor::of(hello.held[place(lane)]);
        link.cursor = begin(&self.record.own, lane, link.start);
        link.receipt_then = Cursor::of(self.record.own.receipt(lane));
        link.told = (
            hello
                .held
                .map(|head| head.epoch)
                .into_iter()
                .min()
                .unwrap_or(0),
            false,
        );
        link.told_manifest = hello.held_manifest;
        self.tell(run, connection);
        self.beat(run);
        self.give_receipts(run, connection, hello);
    }

    /// A newer manifest and newer epochs go ahead of all else.
    pub fn tell(&mut self, run: &mut Run, connection: Connection) {
        let Some(link) = self
            .live
            .links
            .get_mut(&connection)
            .filter(|link| link.ready)
        else {
            return;
        };
        if let Some(own) = self
            .record
            .own_manifest
            .as_ref()
            .filter(|own| own.version > link.told_manifest)
        {
            link.told_manifest = own.version;
            let manifest: Bytes = own.manifest.clone();
            Self::transmit_frame(run, connection, OwnFrame::Manifest { manifest });
        }
        for epoch in &self.record.own.epochs {
            let newer = (epoch.epoch, epoch.confirmed) > link.told;
            if let Some(statement) = epoch.statement.clone().filter(|_| newer) {
                link.told = (epoch.epoch, epoch.confirmed);
                Self::transmit_frame(run, connection, OwnFrame::Epoch { statement });
            }
        }
    }

    /// Receipts that the peer does not know of, on either side.
    fn give_receipts(&mut self, run: &mut Run, connection: Connection, hello: &Hello) {
        let Some(link) = self.live.links.get(&connection) else {
            return;
        };
        let lane = link.class.lane();
        let start = link.start;
        let known = Cursor::of(hello.delivered[place(lane)]);
        let unknown = self
            .record
            .peer
            .lane(lane)
            .cosigned
            .iter()
            .filter(|head| Cursor::of(**head) > known && !self.undercuts(lane, **head));
        for head in unknown {
            run.effect(Effect::Cosign {
                connections: vec![connection],
                log: self.log(Side::Peer, lane, head.epoch),
                head: *head,
            });
        }
        if !self.is_recovering() {
            self.ask_for_receipts(run, connection, lane, start);
        }
    }

    /// What the peer holds and has not signed for: the checkpoint alone lets it.
    fn ask_for_receipts(&self, run: &mut Run, connection: Connection, lane: Lane, held: Cursor) {
        for epoch in &self.record.own.epochs {
            let (size, signed) = (epoch.sizes[place(lane)], epoch.delivered[place(lane)]);
            let held = match epoch.epoch.cmp(&held.epoch) {
                Ordering::Less => size,
                Ordering::Equal => held.index.min(size),
                Ordering::Greater => 0,
            };
            if signed < held {
                run.effect(Effect::Transmit {
                    connection,
                    log: self.log(Side::Own, lane, epoch.epoch),
                    from: held,
                    until: held,
                });
            }
        }
    }
}
