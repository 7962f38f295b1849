//! Seals, makes durable, and only then lets be seen.

use super::recent::{Recent, Sealed};
use super::work::{Deed, Item, Outside, Work};
use crate::trust::Trust;
use channel::effect::Effect;
use channel::input::Disk;
use held::{Held, joined, release_after_failure, show_failed};
use model::event::{Event, Fact};
use model::ids::LineId;
use model::line::{Digest, EntryRef, Epoch, LogHead, LogRef, Side};
use model::units::Timestamp;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;
use store::{AppendError, Batch, Head, Journal, Origin, Room};
use tlog::{Cosignature, CosignerSigner};
use wire::keys::{Secret, Signer};

mod held;
mod receipts;
mod seal;
mod snapshots;

pub(super) use snapshots::Kept;
pub use snapshots::{KeepSnapshot, SNAPSHOT_VERSION};

/// Records of one batch.
pub const MAX_BATCH_RECORDS: usize = store::MAX_BATCH_RECORDS;
/// Bytes of one batch that more is not added to.
pub const MAX_BATCH_BYTES: usize = 256 * 1024;

/// Fills its argument with random bytes; `false` where there are none.
pub type Random = Box<dyn FnMut(&mut [u8]) -> bool + Send>;

/// Our own keys, as the writer needs them.
pub struct Seals {
    pub operational: Signer,
    pub log: Secret,
    pub cosigner: CosignerSigner,
    pub random: Random,
}

/// How a piece of work ended.
#[derive(Default)]
pub struct Written {
    /// How far our logs and the peers' now reach, durably.
    pub heads: Vec<(LogRef, LogHead)>,
    /// What the disk has come to, if that changed.
    pub disk: Option<Disk>,
    pub records: usize,
    /// It was work; not a try at resuming.
    pub was_work: bool,
    /// A snapshot that was asked for and is still to be encoded and written, on any thread.
    pub snapshot: Option<KeepSnapshot>,
}

/// Why something is not written. The node has folded it already: after this nothing is written any more.
#[derive(Debug, thiserror::Error)]
enum Unwritten {
    #[error("a message cannot be sealed")]
    Seal(#[from] wire::line::SealError),
    #[error("a fact cannot be encoded")]
    Record(#[from] wire::record::RecordError),
    #[error("no random bytes")]
    Random,
    #[error("the line of an entry is not known")]
    UnknownLine,
    #[error("the name of a log is refused")]
    Origin(#[from] store::OriginError),
    #[error("the batch is not taken")]
    Append(#[from] AppendError),
    #[error("what was written cannot be read back")]
    Read(#[from] store::ReadError),
}

/// Writes work to a journal, alone.
pub struct Writer<J> {
    journal: J,
    seals: Seals,
    trust: Arc<Trust>,
    recent: Arc<Recent>,
    durable: BTreeMap<LogRef, LogHead>,
    /// What we have cosigned of the peers' logs: sizes of which the peer has signed a checkpoint.
    cosigned: BTreeMap<LogRef, LogHead>,
    epochs: BTreeMap<(LineId, Side), Epoch>,
    origins: BTreeMap<LogRef, Origin>,
    cosignatures: BTreeMap<LogRef, (LogHead, Cosignature)>,
    disk: Disk,
}

/// A batch under way, and what waits for it.
#[derive(Default)]
struct Pending {
    batch: Batch,
    bytes: usize,
    facts: Vec<Fact>,
    entries: Vec<(EntryRef, Sealed)>,
    held: Vec<Held>,
}

impl<J: Journal> Writer<J> {
    pub fn new(journal: J, seals: Seals, trust: Arc<Trust>, recent: Arc<Recent>) -> Self {
        Self {
            journal,
            seals,
            trust,
            recent,
            durable: BTreeMap::new(),
            cosigned: BTreeMap::new(),
            epochs: BTreeMap::new(),
            origins: BTreeMap::new(),
            cosignatures: BTreeMap::new(),
            disk: Disk::Well,
        }
    }

    pub fn journal(&self) -> &J {
        &self.journal
    }

    /// Folds in a fact that was in the journal when the node began.
    pub fn fold(&mut self, fact: &Fact) {
        self.trust.fold(fact);
        match &fact.event {
            Event::Cosigned { log, head } => {
                self.cosigned.insert(*log, *head);
            }
            Event::EpochOpened {
                line, side, epoch, ..
            } => {
                let held = self.epochs.entry((*line, *side)).or_insert(1);
                *held = (*held).max(*epoch);
            }
            _other_fact => {}
        }
    }

    /// The durable heads of all logs, as they are when the node begins.
    ///
    /// # Errors
    /// Where the journal cannot be read.
    pub fn begin(
        &mut self,
        logs: impl IntoIterator<Item = LogRef>,
    ) -> Result<Vec<(LogRef, LogHead)>, store::ReadError> {
        let states = self.journal.logs()?;
        for log in logs {
            let Ok(origin) = self.origin(log) else {
                continue;
            };
            if let Some(state) = states.iter().find(|state| state.log == origin) {
                self.reached(log, state.head);
            }
        }
        Ok(self
            .durable
            .iter()
            .map(|(log, head)| (*log, *head))
            .collect())
    }

    /// Makes `work` durable, in order, and hands on what waited for it.
    pub fn write(&mut self, work: Work, outside: &dyn Outside) -> Written {
        let mut written = Written {
            was_work: true,
            ..Written::default()
        };
        let mut pending = Pending::default();
        let now = work.now.unwrap_or(Timestamp::MIN);
        for item in work.items {
            let result = match item {
                Item::Effect(effect) => {
                    pending.held.push(Held::Effect(effect));
                    continue;
                }
                Item::Answer(answer) => {
                    pending.held.push(Held::Answer(answer));
                    continue;
                }
                _write if self.disk == Disk::Failed => continue,
                Item::Append { append, signed } => self.append(*append, signed, now, &mut pending),
                Item::Send(outgoing) => self.send(*outgoing, &mut pending),
            };
            let full = pending.bytes >= MAX_BATCH_BYTES
                || pending.batch.records.len() >= MAX_BATCH_RECORDS
                || pending.batch.notes.len() + 2 > store::MAX_BATCH_NOTES;
            let result = match result {
                Ok(()) if full => self.flush(&mut pending, now, &mut written, outside),
                other => other,
            };
            if let Err(cause) = result {
                self.fail(&cause, &mut pending, &mut written, outside);
            }
        }
        if let Err(cause) = self.flush(&mut pending, now, &mut written, outside) {
            self.fail(&cause, &mut pending, &mut written, outside);
        }
        if let Some(state) = work.snapshot {
            written.snapshot = self.begin_snapshot(*state);
        }
        written
    }

    /// Tries whether a full disk has room again.
    pub fn try_resume(&mut self) -> Written {
        let mut written = Written::default();
        if self.disk == Disk::Full && self.journal.try_resume().is_ok() {
            self.disk = Disk::Well;
            written.disk = Some(Disk::Well);
        }
        written
    }

    pub fn disk(&self) -> Disk {
        self.disk
    }

    /// Writes what is pending, then hands on what waited.
    fn flush(
        &mut self,
        pending: &mut Pending,
        now: Timestamp,
        written: &mut Written,
        outside: &dyn Outside,
    ) -> Result<(), Unwritten> {
        if self.disk != Disk::Failed && !pending.batch.is_empty() {
            let began = Instant::now();
            self.commit(&mut pending.batch, written)?;
            outside.committed(began.elapsed());
        }
        let Pending {
            batch,
            facts,
            entries,
            held,
            bytes: _,
        } = std::mem::take(pending);
        written.records += batch.records.len();
        self.advance(&entries, written)?;
        for (entry, sealed) in entries {
            self.recent.add(entry.log, entry.index, sealed);
        }
        for fact in &facts {
            self.fold(fact);
        }
        let failed = self.disk == Disk::Failed;
        // The other party first: screens here can wait for the moment that telling them takes.
        let (first, held): (Vec<_>, Vec<_>) =
            (held.into_iter()).partition(|held| !failed && held.is_for_a_connection());
        for effect in joined(first) {
            self.release(effect, now, outside);
        }
        for fact in &facts {
            outside.recorded(fact);
        }
        for held in held {
            match held {
                Held::Answer(answer) => answer(),
                Held::Effect(effect) if failed => show_failed(*effect, outside),
                Held::Effect(effect) => self.release(*effect, now, outside),
            }
        }
        Ok(())
    }

    /// INVARIANT: a full disk stops `main` by what the node does next, not by losing what it has folded already: that
    /// much, at most two pieces of work, goes into the reserve.
    fn commit(&mut self, batch: &mut Batch, written: &mut Written) -> Result<(), Unwritten> {
        let head = self.journal.head();
        batch.room = match self.disk {
            Disk::Well => Room::Main,
            Disk::Full | Disk::Failed => Room::Reserved,
        };
        match self.journal.append(head, batch) {
            Ok(_) => Ok(()),
            Err(AppendError::DiskFull) if batch.room == Room::Main => {
                self.disk = Disk::Full;
                written.disk = Some(Disk::Full);
                batch.room = Room::Reserved;
                self.journal.append(head, batch)?;
                Ok(())
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Works out how far the logs of `entries` now reach.
    fn advance(
        &mut self,
        entries: &[(EntryRef, Sealed)],
        written: &mut Written,
    ) -> Result<(), Unwritten> {
        let mut sizes: BTreeMap<LogRef, u64> = BTreeMap::new();
        for (entry, _) in entries {
            sizes.insert(entry.log, entry.index + 1);
        }
        for (log, size) in sizes {
            let origin = self.origin(log)?;
            let root = self.journal.root_at(&origin, size)?;
            let head = self.reached(log, Head { size, root });
            written.heads.retain(|(of, _)| *of != log);
            written.heads.push((log, head));
        }
        Ok(())
    }

    fn reached(&mut self, log: LogRef, head: Head) -> LogHead {
        let head = LogHead {
            epoch: log.epoch,
            size: head.size,
            root: Digest(head.root.0),
        };
        self.durable.insert(log, head);
        self.recent.reached(log, head.size, head.root);
        head
    }

    fn release(&mut self, effect: Effect, now: Timestamp, outside: &dyn Outside) {
        let Effect::Cosign {
            connections,
            log,
            head,
        } = effect
        else {
            return outside.do_now(Deed::Effect(effect));
        };
        match self.cosign(log, head, now) {
            Some(cosignature) => outside.do_now(Deed::Cosigned {
                connections,
                log,
                head,
                cosignature,
            }),
            None => tracing::error!(log = crate::names::log(log), "a head cannot be cosigned"),
        }
    }

    fn origin(&mut self, log: LogRef) -> Result<Origin, Unwritten> {
        if let Some(origin) = self.origins.get(&log) {
            return Ok(origin.clone());
        }
        let party = match log.side {
            Side::Own => self.trust.party(),
            Side::Peer => self.trust.peer(log.line).ok_or(Unwritten::UnknownLine)?,
        };
        let origin = Origin::new(&wire::line::origin(log.line, party, log.lane, log.epoch))?;
        self.origins.insert(log, origin.clone());
        Ok(origin)
    }

    fn fail(
        &mut self,
        cause: &Unwritten,
        pending: &mut Pending,
        written: &mut Written,
        outside: &dyn Outside,
    ) {
        if self.disk != Disk::Failed {
            let cause = cause as &dyn std::error::Error;
            tracing::error!(cause, "nothing is written or sent any more");
        }
        self.disk = Disk::Failed;
        written.disk = Some(Disk::Failed);
        release_after_failure(std::mem::take(pending), outside);
    }
}
