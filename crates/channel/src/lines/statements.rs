//! What the peer's root and operational keys say of its logs and keys: epochs and manifests.

use super::Run;
use super::bounds::MAX_EPOCHS;
use super::line::Line;
use super::link::Cursor;
use model::event::{Bytes, Event};
use model::line::{Epoch, Fault, LogHead, Side};

impl Line {
    pub fn peer_epoch(
        &mut self,
        run: &mut Run,
        epoch: Epoch,
        closes: [LogHead; 4],
        confirmed: bool,
        statement: Bytes,
    ) {
        let line = self.record.line;
        let side = Side::Peer;
        if let Some(known) = self.record.peer.epoch(epoch) {
            let was_confirmed = known.confirmed;
            let Some(before) = known.closes else {
                return self.fault(run, Fault::WrongEpoch, &statement);
            };
            if before != closes {
                return self.peer_epoch_again(run, epoch, [before, closes], confirmed, statement);
            }
            if confirmed && !was_confirmed {
                run.fact(Event::EpochConfirmed {
                    line,
                    side,
                    epoch,
                    statement,
                });
            }
            return;
        }
        let latest = self.record.peer.latest().epoch;
        // A party that was restored closes each of its logs at the last epoch that it knows of or we hold.
        let follows = Some(epoch) == latest.checked_add(1)
            && closes[..2].iter().all(|end| end.epoch <= latest);
        if !follows || self.record.peer.epochs.len() >= MAX_EPOCHS {
            return self.fault(run, Fault::WrongEpoch, &statement);
        }
        let lost = closes[..2].iter().zip(&self.record.peer.lanes);
        if lost
            .into_iter()
            .any(|(end, lane)| lane.log.size() > 0 && Cursor::of(lane.head()) > Cursor::of(*end))
        {
            // It was restored and could not fetch all back. What we hold beyond stays in the record, signed.
            self.fault(run, Fault::BehindOurRecord, &statement);
        }
        self.look_at_heads(run, Side::Peer, &closes[..2], &statement);
        self.look_at_heads(run, Side::Own, &closes[2..], &statement);
        run.fact(Event::EpochOpened {
            line,
            side,
            epoch,
            closes,
            confirmed,
            statement,
        });
    }

    /// A second statement for one epoch, which closes otherwise than the one we hold (`closes`: that one's, and its own). A
    /// party that was restored before we took anything of that epoch cannot know of it, and opens it anew: it stands by no
    /// more of its logs than before, and nobody loses what he holds. Anything else is equivocation.
    fn peer_epoch_again(
        &mut self,
        run: &mut Run,
        epoch: Epoch,
        [before, closes]: [[LogHead; 4]; 2],
        confirmed: bool,
        statement: Bytes,
    ) {
        let stands_by_no_more = |less: [LogHead; 4], more: [LogHead; 4]| {
            let mut ends = less.into_iter().zip(more).take(2);
            ends.all(|(less, more)| Cursor::of(less) <= Cursor::of(more))
        };
        let newest = epoch == self.record.peer.latest().epoch;
        if !newest || !self.record.peer.is_ahead(epoch) {
            return self.halt(run, Fault::Equivocation, &statement);
        }
        if stands_by_no_more(closes, before) {
            self.fault(run, Fault::BehindOurRecord, &statement);
            self.look_at_heads(run, Side::Peer, &closes[..2], &statement);
            self.look_at_heads(run, Side::Own, &closes[2..], &statement);
            run.fact(Event::EpochOpened {
                line: self.record.line,
                side: Side::Peer,
                epoch,
                closes,
                confirmed,
                statement,
            });
        } else if stands_by_no_more(before, closes) {
            // The one that it forgot, on its way for long.
            self.fault(run, Fault::BehindOurRecord, &statement);
        } else {
            self.halt(run, Fault::Equivocation, &statement);
        }
    }

    pub fn peer_manifest(&mut self, run: &mut Run, version: u32, manifest: Bytes) {
        if version > self.record.peer_manifest {
            // A key that signed what waits may be revoked now.
            self.live.checkpoints = Default::default();
            let line = self.record.line;
            run.fact(Event::ManifestTaken {
                line,
                side: Side::Peer,
                version,
                manifest,
            });
        }
    }
}
