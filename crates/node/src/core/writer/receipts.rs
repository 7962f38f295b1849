//! Checkpoints, cosignatures, and the notes that prove a receipt offline.

use super::{Pending, Unwritten, Writer};
use crate::core::work::Signed;
use model::event::{Bytes, Event};
use model::line::{LogHead, LogRef};
use model::units::Timestamp;
use store::{Journal, NoteRow, NoteSlot, Origin};
use tlog::{Checkpoint, Cosignature};

impl<J: Journal> Writer<J> {
    pub(super) fn cosign(
        &mut self,
        log: LogRef,
        head: LogHead,
        now: Timestamp,
    ) -> Option<Cosignature> {
        if let Some((of, made)) = self.cosignatures.get(&log)
            && *of == head
        {
            return Some(*made);
        }
        let checkpoint = self.checkpoint(log, head)?;
        let seconds = u64::try_from(now.as_unix_ms() / 1_000).ok()?;
        let made = self.seals.cosigner.cosign(&checkpoint, seconds).ok()?;
        self.cosignatures.insert(log, (head, made));
        Some(made)
    }

    fn checkpoint(&self, log: LogRef, head: LogHead) -> Option<Checkpoint> {
        let origin = self.origins.get(&log)?;
        Checkpoint::new(origin.as_str(), head.size, tlog::Hash(head.root.0)).ok()
    }

    /// Keeps what the peer signed beside the log, so that a receipt can be proved offline.
    pub(super) fn keep_note(
        &mut self,
        event: &Event,
        signed: &Signed,
        now: Timestamp,
        pending: &mut Pending,
    ) -> Result<(), Unwritten> {
        let mut keep = |log: &Origin, slot, size, note: Vec<u8>| {
            pending.batch.notes.push(NoteRow {
                log: log.clone(),
                slot,
                size,
                note,
            });
        };
        match (event, signed) {
            (Event::Cosigned { log, head }, Signed::Checkpoint(note)) => {
                let origin = self.origin(*log)?;
                keep(&origin, NoteSlot::PeerCheckpoint, head.size, note.to_vec());
                let ours = self.cosign(*log, *head, now).and_then(|cosignature| {
                    let text = std::str::from_utf8(note).ok()?;
                    cosignature
                        .attach(text, self.seals.cosigner.verifier())
                        .ok()
                });
                if let Some(cosigned) = ours {
                    keep(
                        &origin,
                        NoteSlot::PeerCosigned,
                        head.size,
                        cosigned.into_bytes(),
                    );
                }
            }
            (Event::Delivered { log, head, .. }, Signed::Cosignature(bytes)) => {
                let origin = self.origin(*log)?;
                if let Some(note) = self.receipt(*log, *head, bytes) {
                    keep(&origin, NoteSlot::Cosigned, head.size, note.into_bytes());
                }
            }
            _not_about_this => {}
        }
        Ok(())
    }

    /// Our checkpoint at `head` with the peer's cosignature.
    fn receipt(&self, log: LogRef, head: LogHead, cosignature: &Bytes) -> Option<String> {
        let checkpoint = self.checkpoint(log, head)?;
        let cosignature = Cosignature::from_bytes(cosignature)?;
        let signer = wire::line::keys::log_signer(
            log.line,
            self.trust.party(),
            log.lane,
            log.epoch,
            &self.seals.log,
        )
        .ok()?;
        let note = checkpoint.sign(&signer).ok()?;
        let keys = self.trust.keys(log.line)?;
        let cosigner = keys
            .peer()
            .cosigners()
            .iter()
            .find(|key| key.verify(&checkpoint, &cosignature).is_ok())?;
        cosignature.attach(&note, cosigner).ok()
    }
}
