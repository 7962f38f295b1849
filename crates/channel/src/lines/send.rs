//! Our entries: which go where, and how far.

use super::bounds::{
    MAX_FETCHES_A_MINUTE, MAX_IN_FLIGHT, MAX_WAITING_CHECKPOINTS, MINUTE, WINDOW_STEP,
};
use super::line::Line;
use super::link::{Cursor, Link};
use super::record::OwnLogs;
use super::views::head_words;
use super::{LANES, Run, place};
use crate::effect::{Effect, OwnFrame};
use crate::input::{Class, Connection};
use model::code::Lane;
use model::event::Event;
use model::line::{Digest, Fault, LogHead, LogRef, Side};
use model::units::Timestamp;

/// A cosignature of one of our logs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Receipt {
    log: LogRef,
    head: LogHead,
    cosigned_at: Timestamp,
}

impl Line {
    /// Sends whatever there is and may go: stops on every connection for stops, the rest on the best path only. What is not
    /// durable yet is asked for at once all the same: the effect stands behind the entry and is held until that is.
    pub fn pump(&mut self, run: &mut Run) {
        let ready = self.live.links.iter().filter(|(_, link)| link.ready);
        let ready: Vec<(Connection, Class)> = ready
            .map(|(connection, link)| (*connection, link.class))
            .collect();
        for (connection, _) in &ready {
            self.tell(run, *connection);
        }
        // Before the record was compared, and until a new epoch is open where it must be, nothing is added to a log.
        if self.is_recovering() {
            return;
        }
        for (connection, class) in ready {
            match class {
                Class::Stop => self.transmit(run, connection, Lane::Stop),
                Class::Main => {}
            }
        }
        self.choose_active();
        let halted = self.is_halted() || run.main_stopped;
        if let Some(connection) = self.live.active.filter(|_| !halted) {
            self.transmit(run, connection, Lane::Main);
        }
    }

    /// `main` goes over the lowest-numbered path. On a change it begins where receipts end: what was in flight may be lost.
    fn choose_active(&mut self) {
        let main = self
            .live
            .links
            .iter()
            .filter(|(_, link)| link.ready && link.class == Class::Main);
        let stays = |connection: &Connection| Some(*connection) == self.live.active;
        let best = main
            .min_by_key(|(connection, link)| (link.path, !stays(connection)))
            .map(|(best, _)| *best);
        if best == self.live.active {
            return;
        }
        self.live.active = best;
        let own = &self.record.own;
        let Some(link) = best.and_then(|best| self.live.links.get_mut(&best)) else {
            return;
        };
        let receipt = Cursor::of(own.receipt(Lane::Main));
        // A peer that was restored holds less than it once signed for: what it greeted us with counts.
        link.cursor = match receipt > link.receipt_then {
            true => begin(own, Lane::Main, link.start.max(receipt)),
            false => begin(own, Lane::Main, link.start),
        };
    }

    fn transmit(&mut self, run: &mut Run, connection: Connection, lane: Lane) {
        while let Some((log, from, until)) = self.next_run(connection, lane) {
            run.effect(Effect::Transmit {
                connection,
                log,
                from,
                until,
            });
        }
    }

    /// The next entries for this connection, all of one epoch.
    fn next_run(&mut self, connection: Connection, lane: Lane) -> Option<(LogRef, u64, u64)> {
        let own = &self.record.own;
        let link = self.live.links.get_mut(&connection)?;
        loop {
            let Some(epoch) = own.epoch(link.cursor.epoch) else {
                // It said that it holds an epoch of ours that there never was.
                let epoch = own.current();
                link.cursor = Cursor {
                    epoch: epoch.epoch,
                    index: epoch.delivered[place(lane)],
                };
                continue;
            };
            let size = epoch.sizes[place(lane)];
            let over = own.after(epoch.epoch);
            // Told to hold more than there is, or than there is any more.
            link.cursor.index = link.cursor.index.min(size);
            if epoch.epoch < link.start.epoch {
                // It holds all of what it has left behind.
                link.cursor.index = size;
            }
            let from = link.cursor.index;
            let until = match lane {
                Lane::Stop => size,
                Lane::Main if !epoch.confirmed => from,
                Lane::Main => {
                    let window = window(link, epoch.epoch, epoch.delivered[place(lane)]);
                    match size <= window || window >= from.saturating_add(WINDOW_STEP) {
                        true => size.min(window),
                        false => from,
                    }
                }
            };
            let log = LogRef {
                line: self.record.line,
                side: Side::Own,
                lane,
                epoch: epoch.epoch,
            };
            if from < until {
                link.cursor.index = until;
                return Some((log, from, until));
            }
            let next = over.filter(|next| from >= size && next.epoch <= link.told.0)?;
            link.cursor = if next.epoch == link.start.epoch {
                link.start
            } else {
                Cursor {
                    epoch: next.epoch,
                    index: 0,
                }
            };
            if epoch.delivered[place(lane)] < size {
                // It holds all of that epoch but has not signed for it: the last checkpoint, alone, lets it.
                return Some((log, size, size));
            }
        }
    }

    // ---- receipts for our entries

    pub fn cosigned(
        &mut self,
        run: &mut Run,
        log: LogRef,
        head: LogHead,
        cosigned_at: Timestamp,
        own_root: Option<Digest>,
    ) {
        let LogRef { lane, epoch, .. } = log;
        let right = log.line == self.record.line && log.side == Side::Own && head.epoch == epoch;
        let said = head_words("cosigned", head);
        if self.is_recovering() {
            // It may be of entries that are still to come back.
            return self.keep_receipt(Receipt {
                log,
                head,
                cosigned_at,
            });
        }
        let size = self.record.own.size(lane, epoch);
        if right && epoch < self.record.own.current().epoch && head.size > size {
            // It signed for what we have lost, and never got back.
            return;
        }
        let Some(root) = own_root
            .or_else(|| self.own_root(lane, epoch, head.size))
            .filter(|_| right && head.size <= size)
        else {
            return self.fault(run, Fault::WrongCosignature, &said);
        };
        if root != head.root {
            return self.contradicted(run, (Side::Own, epoch), Fault::SplitView, &said);
        }
        let newer = Cursor::of(head) > Cursor::of(self.record.own.receipt(lane));
        if head.size > 0 && (newer || head.size > self.record.own.delivered_size(lane, epoch)) {
            run.fact(Event::Delivered {
                log,
                head,
                cosigned_at,
            });
        }
    }

    /// Of each log the greatest: it covers the rest, and all of them are taken in one step.
    fn keep_receipt(&mut self, receipt: Receipt) {
        let kept = &mut self.live.receipts;
        let room = kept.len() < MAX_WAITING_CHECKPOINTS;
        match kept.iter_mut().find(|other| other.log == receipt.log) {
            Some(other) if other.head.size < receipt.head.size => *other = receipt,
            Some(_) => {}
            None if room => kept.push(receipt),
            None => {}
        }
    }

    /// Takes the receipts that came while we were recovering, now that what they are of is ours again. Where our root
    /// is not at hand the peer says it again in its next greeting.
    pub fn take_receipts(&mut self, run: &mut Run) {
        if self.is_recovering() {
            return;
        }
        for Receipt {
            log,
            head,
            cosigned_at,
        } in std::mem::take(&mut self.live.receipts)
        {
            let root = self.own_root(log.lane, log.epoch, head.size);
            if root.is_some() {
                self.cosigned(run, log, head, cosigned_at, root);
            }
        }
    }

    // ---- asking to send again, and being asked

    /// Asks the peer to go back to what we lack, not more often than is of use.
    pub fn ask(&mut self, run: &mut Run, lane: Lane) {
        self.live.asks[place(lane)].wanted = true;
        let Some(connection) = self.ready_link(lane) else {
            return;
        };
        let held = self.record.peer.lane(lane);
        let ahead = self
            .live
            .ahead
            .iter()
            .filter(|ahead| ahead.0 == lane)
            .count() as u64;
        let from = held.log.size() + ahead;
        let log = self.log(Side::Peer, lane, held.epoch);
        let at = Cursor {
            epoch: held.epoch,
            index: from,
        };
        let ask = &mut self.live.asks[place(lane)];
        if ask.may((connection, at), run.turn.up) {
            ask.wanted = false;
            Self::transmit_frame(run, connection, OwnFrame::Fetch { log, from });
        }
    }

    pub fn ask_again(&mut self, run: &mut Run) {
        for lane in LANES {
            if self.live.asks[place(lane)].wanted && self.takes(lane, run) {
                self.ask(run, lane);
            }
        }
    }

    /// A connection for `lane`, on the best path.
    pub fn ready_link(&self, lane: Lane) -> Option<Connection> {
        let ready = self
            .live
            .links
            .iter()
            .filter(|(_, link)| link.ready && link.class.lane() == lane);
        ready
            .min_by_key(|(connection, link)| (link.path, **connection))
            .map(|(connection, _)| *connection)
    }

    /// The peer asks for entries: ours again, or its own back.
    pub fn fetch(&mut self, run: &mut Run, connection: Connection, log: LogRef, from: u64) {
        let fetches = &mut self.live.fetches;
        if run.turn.up >= fetches.since + MINUTE {
            fetches.since = run.turn.up;
            fetches.count = 0;
        }
        fetches.count = fetches.count.saturating_add(1);
        if fetches.count > MAX_FETCHES_A_MINUTE {
            return self.fault(run, Fault::Flood, b"asked again too often");
        }
        let Some(link) = self.live.links.get(&connection).filter(|link| link.ready) else {
            return;
        };
        if log.line != self.record.line || link.class.lane() != log.lane {
            return self.fault(
                run,
                Fault::WrongLane,
                b"asked for a log that this connection does not carry",
            );
        }
        match log.side {
            Side::Own => self.go_back(
                connection,
                Cursor {
                    epoch: log.epoch,
                    index: from,
                },
            ),
            Side::Peer => self.give_back(run, connection, log, from),
        }
    }

    fn go_back(&mut self, connection: Connection, to: Cursor) {
        let Some(link) = self.live.links.get(&connection) else {
            return;
        };
        // `main` is on one connection, whichever the request came over.
        let carrier = match link.class {
            Class::Stop => Some(connection),
            Class::Main => self.live.active,
        };
        let known = self.record.own.epoch(to.epoch).is_some();
        if let Some(link) = carrier
            .and_then(|carrier| self.live.links.get_mut(&carrier))
            .filter(|_| known)
        {
            link.start = link.start.min(to);
            link.cursor = link.cursor.min(to);
        }
    }

    /// What we hold of the peer's log, to a peer that was restored. An empty answer tells it that there is no more.
    fn give_back(&mut self, run: &mut Run, connection: Connection, log: LogRef, from: u64) {
        let held = self
            .record
            .peer
            .lane(log.lane)
            .log_of(log.epoch)
            .map_or(0, |held| held.size());
        let until = held.min(from.saturating_add(MAX_IN_FLIGHT));
        run.effect(Effect::Transmit {
            connection,
            log,
            from: from.min(until),
            until,
        });
    }
}

/// Where to begin for a peer that holds a lane up to `held`: there, or at the end of an earlier epoch that it holds all of and
/// has not signed for. The checkpoint that lets it may have been lost with its connection.
pub(super) fn begin(own: &OwnLogs, lane: Lane, held: Cursor) -> Cursor {
    let unsigned = own.epochs.iter().find(|epoch| {
        epoch.epoch < held.epoch && epoch.delivered[place(lane)] < epoch.sizes[place(lane)]
    });
    unsigned.map_or(held, |epoch| Cursor {
        epoch: epoch.epoch,
        index: epoch.sizes[place(lane)],
    })
}

/// How far `main` may go: so many beyond what is cosigned, or beyond what the peer said it holds.
fn window(link: &Link, epoch: u32, delivered: u64) -> u64 {
    let start = if link.start.epoch == epoch {
        link.start.index
    } else {
        0
    };
    delivered.max(start).saturating_add(MAX_IN_FLIGHT)
}
