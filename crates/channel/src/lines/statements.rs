//! What the peer's root and operational keys say of its logs and keys: epochs and manifests.

use super::Run;
use super::bounds::MAX_EPOCHS;
use super::line::Line;
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
            let (was_confirmed, differs) = (
                known.confirmed,
                known.closes.is_some_and(|known| known != closes),
            );
            if known.closes.is_none() {
                return self.fault(run, Fault::WrongEpoch, &statement);
            }
            if differs {
                return self.halt(run, Fault::Equivocation, &statement);
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
        let follows = Some(epoch) == latest.checked_add(1)
            && closes[0].epoch == latest
            && closes[1].epoch == latest;
        if !follows || self.record.peer.epochs.len() >= MAX_EPOCHS {
            return self.fault(run, Fault::WrongEpoch, &statement);
        }
        let lost = closes[..2].iter().zip(&self.record.peer.lanes);
        if lost
            .into_iter()
            .any(|(end, lane)| lane.epoch == end.epoch && lane.log.size() > end.size)
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
