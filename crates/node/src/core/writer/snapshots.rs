//! Snapshots: a start without folding all. They only save time.

use super::Writer;
use crate::trust::TrustedSnapshot;
use model::ids::LineId;
use model::line::{Epoch, LogHead, LogRef, Side};
use serde::{Deserialize, Serialize};
use store::Journal;

/// The form of snapshots that is written; another is passed over, and the journal read from its beginning.
pub const SNAPSHOT_VERSION: u16 = 15;

/// A node's durable state, as kept in a snapshot.
#[derive(Serialize, Deserialize)]
pub(in crate::core) struct Kept {
    pub version: u16,
    pub node: channel::Snapshot,
    pub trusted: Vec<TrustedSnapshot>,
    pub cosigned: Vec<(LogRef, LogHead)>,
    pub epochs: Vec<((LineId, Side), Epoch)>,
    pub logs: Vec<LogRef>,
}

/// Encodes and writes a snapshot.
pub type KeepSnapshot = Box<dyn FnOnce() + Send>;

impl<J: Journal> Writer<J> {
    pub(super) fn begin_snapshot(&self, node: channel::Snapshot) -> Option<KeepSnapshot> {
        let kept = Kept {
            version: SNAPSHOT_VERSION,
            node,
            trusted: self.trust.snapshot(),
            cosigned: self
                .cosigned
                .iter()
                .map(|(log, head)| (*log, *head))
                .collect(),
            epochs: self
                .epochs
                .iter()
                .map(|(of, epoch)| (*of, *epoch))
                .collect(),
            logs: self.durable.keys().copied().collect(),
        };
        match self.journal.begin_snapshot(self.journal.head()) {
            Ok(keep) => Some(Box::new(move || keep_snapshot(&kept, keep))),
            Err(error) => {
                no_snapshot(&error);
                None
            }
        }
    }

    /// As it was when `kept` was taken.
    pub(in crate::core) fn resume(
        &mut self,
        kept: &Kept,
    ) -> Result<(), wire::manifest::ManifestRefused> {
        self.trust.resume(&kept.trusted)?;
        self.cosigned = kept.cosigned.iter().copied().collect();
        self.epochs = kept.epochs.iter().copied().collect();
        Ok(())
    }
}

fn keep_snapshot(kept: &Kept, keep: store::KeepSnapshot) {
    match postcard::to_allocvec(kept) {
        Err(error) => no_snapshot(&error),
        Ok(state) => match keep(&state) {
            Err(error) => no_snapshot(&error),
            Ok(()) => tracing::info!(bytes = state.len(), "a snapshot was kept"),
        },
    }
}

/// A node without a snapshot starts more slowly, and that is all.
fn no_snapshot(error: &impl std::fmt::Display) {
    tracing::warn!(%error, "no snapshot was kept");
}
