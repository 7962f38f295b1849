//! Seals, makes durable, and only then lets be seen.

use super::recent::{Recent, Sealed};
use super::work::{Answer, Deed, Item, Outside, Signed, Work};
use crate::trust::{Trust, TrustedSnapshot};
use channel::effect::{Append, Effect, Outgoing, Refusal};
use channel::input::Disk;
use model::event::{Bytes, Event, Fact};
use model::ids::LineId;
use model::line::{Digest, EntryRef, Epoch, LogHead, LogRef, Seen, Side};
use model::message::Content;
use model::units::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;
use store::{AppendError, Batch, Entry, Head, Journal, NoteRow, NoteSlot, Origin, Record, Room};
use tlog::{Checkpoint, Cosignature, CosignerSigner};
use wire::keys::{Secret, Signer};

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

/// The form of snapshots that is written; another is passed over, and the journal read from its beginning.
pub const SNAPSHOT_VERSION: u16 = 6;

/// A node's durable state, as kept in a snapshot.
#[derive(Serialize, Deserialize)]
pub(super) struct Kept {
    pub version: u16,
    pub node: channel::Snapshot,
    pub trusted: Vec<TrustedSnapshot>,
    pub cosigned: Vec<(LogRef, LogHead)>,
    pub epochs: Vec<((LineId, Side), Epoch)>,
    pub logs: Vec<LogRef>,
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

/// Encodes and writes a snapshot.
pub type KeepSnapshot = Box<dyn FnOnce() + Send>;

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

enum Held {
    Effect(Box<Effect>),
    Answer(Answer),
}

impl Held {
    fn is_for_a_connection(&self) -> bool {
        match self {
            Self::Answer(_) => false,
            Self::Effect(effect) => match **effect {
                Effect::Transmit { .. }
                | Effect::TransmitFrame { .. }
                | Effect::Cosign { .. }
                | Effect::Pause { .. }
                | Effect::Close { .. } => true,
                Effect::Append(_)
                | Effect::Send(_)
                | Effect::AlarmNow(_)
                | Effect::Alarm(_)
                | Effect::AlarmEnded(_)
                | Effect::EpochNeeded { .. }
                | Effect::Reply { .. }
                | Effect::WakeAt(_) => false,
            },
        }
    }
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

    fn append(
        &mut self,
        append: Append,
        signed: Option<Signed>,
        now: Timestamp,
        pending: &mut Pending,
    ) -> Result<(), Unwritten> {
        let Append { fact, kept } = append;
        // A log has a name only once its line has a peer, which may be what this fact says.
        if let Event::ArrangementInForce { .. }
        | Event::ManifestTaken { .. }
        | Event::EpochOpened { .. } = &fact.event
        {
            self.fold(&fact);
        }
        if let Some(signed) = signed {
            self.keep_note(&fact.event, &signed, now, pending)?;
        }
        let entry = match kept {
            Some(kept) => {
                let sealed = Sealed {
                    envelope: kept.envelope,
                    opening: kept.opening,
                };
                Some((kept.entry, sealed))
            }
            None => None,
        };
        self.add(fact, entry, pending)
    }

    fn send(&mut self, outgoing: Outgoing, pending: &mut Pending) -> Result<(), Unwritten> {
        let line = outgoing.entry.log.line;
        let peer = self.trust.peer(line).ok_or(Unwritten::UnknownLine)?;
        let seen = self.seen(outgoing.entry.log);
        let mut has_random = true;
        let random = &mut self.seals.random;
        let sealed = wire::line::seal(
            &outgoing,
            &seen,
            self.trust.party(),
            peer,
            &self.seals.operational,
            &mut |bytes| has_random &= random(bytes),
        )?;
        if !has_random {
            return Err(Unwritten::Random);
        }
        let fact = Fact {
            at: outgoing.at,
            by: outgoing.by,
            event: Event::MessageSent {
                entry: outgoing.entry,
                leaf: sealed.leaf,
                header: sealed.header,
                content: Content::Open(outgoing.message.view().slots.clone()),
                authority: outgoing.message.authority(),
                notice: outgoing.notice,
            },
        };
        let entry = Sealed {
            envelope: sealed.envelope,
            opening: sealed.opening,
        };
        self.add(fact, Some((outgoing.entry, entry)), pending)
    }

    fn add(
        &mut self,
        fact: Fact,
        entry: Option<(EntryRef, Sealed)>,
        pending: &mut Pending,
    ) -> Result<(), Unwritten> {
        let mut salt = [0; wire::record::SALT];
        if !(self.seals.random)(&mut salt) {
            return Err(Unwritten::Random);
        }
        let travelled = entry.as_ref().map(|(_, sealed)| &sealed.opening[..]);
        let encoded = wire::record::encode(&fact, travelled, &salt)?;
        let stored = match &entry {
            Some((at, sealed)) => Some(Entry {
                log: self.origin(at.log)?,
                index: at.index,
                envelope: sealed.envelope.to_vec(),
            }),
            None => None,
        };
        let record = Record {
            at: fact.at.as_unix_ms(),
            head: encoded.head,
            opening: encoded.opening,
            entry: stored,
        };
        pending.bytes += record.head.len()
            + record.opening.as_ref().map_or(0, Vec::len)
            + record
                .entry
                .as_ref()
                .map_or(0, |entry| entry.envelope.len());
        pending.batch.records.push(record);
        pending.facts.push(fact);
        pending.entries.extend(entry);
        Ok(())
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
            self.commit(&mut pending.batch, written)?;
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

    fn cosign(&mut self, log: LogRef, head: LogHead, now: Timestamp) -> Option<Cosignature> {
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
    fn keep_note(
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

    /// What we hold durably as we seal an entry of `log`.
    fn seen(&self, log: LogRef) -> Seen {
        let empty = |epoch| LogHead {
            epoch,
            size: 0,
            root: Digest(tlog::EMPTY_ROOT.0),
        };
        let other = LogRef {
            lane: match log.lane {
                model::code::Lane::Stop => model::code::Lane::Main,
                model::code::Lane::Main => model::code::Lane::Stop,
            },
            ..log
        };
        let epoch = self
            .epochs
            .get(&(log.line, Side::Peer))
            .copied()
            .unwrap_or(1);
        let of_peer = |lane| {
            let of = LogRef {
                line: log.line,
                side: Side::Peer,
                lane,
                epoch,
            };
            self.cosigned.get(&of).copied().unwrap_or(empty(epoch))
        };
        Seen {
            own_other: self
                .durable
                .get(&other)
                .copied()
                .unwrap_or(empty(log.epoch)),
            peer_stop: of_peer(model::code::Lane::Stop),
            peer_main: of_peer(model::code::Lane::Main),
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

    fn begin_snapshot(&self, node: channel::Snapshot) -> Option<KeepSnapshot> {
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
    pub(super) fn resume(&mut self, kept: &Kept) -> Result<(), wire::manifest::ManifestRefused> {
        self.trust.resume(&kept.trusted)?;
        self.cosigned = kept.cosigned.iter().copied().collect();
        self.epochs = kept.epochs.iter().copied().collect();
        Ok(())
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

/// The effects, with entries that follow each other on a connection as one run: so it ends where the batch does, whose
/// root is at hand.
fn joined(held: Vec<Held>) -> Vec<Effect> {
    let mut all: Vec<Effect> = Vec::with_capacity(held.len());
    for held in held {
        let Held::Effect(effect) = held else {
            continue;
        };
        match (all.last_mut(), *effect) {
            (
                Some(Effect::Transmit {
                    connection,
                    log,
                    until,
                    ..
                }),
                Effect::Transmit {
                    connection: on,
                    log: of,
                    from,
                    until: end,
                },
            ) if (*connection, *log, *until) == (on, of, from) && end >= from => *until = end,
            (_, effect) => all.push(effect),
        }
    }
    all
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

/// What waited for a batch that never became durable.
fn release_after_failure(pending: Pending, outside: &dyn Outside) {
    for held in pending.held {
        match held {
            // Whoever waits for it is told that there is no answer.
            Held::Answer(answer) => drop(answer),
            Held::Effect(effect) => show_failed(*effect, outside),
        }
    }
}

/// A journal that has failed: alarms still sound, marked, and whoever waits is told. Nothing else is done.
fn show_failed(effect: Effect, outside: &dyn Outside) {
    match effect {
        Effect::Alarm(alarm) => {
            outside.do_now(Deed::Effect(Effect::Alarm(channel::effect::Alarm {
                recorded: false,
                ..alarm
            })))
        }
        Effect::AlarmEnded(_) | Effect::WakeAt(_) => outside.do_now(Deed::Effect(effect)),
        Effect::Reply { request, answer } => {
            let answer = answer.and_then(|_| Err(Refusal::CannotSend("the other party".into())));
            outside.do_now(Deed::Effect(Effect::Reply { request, answer }));
        }
        Effect::Append(_)
        | Effect::Send(_)
        | Effect::AlarmNow(_)
        | Effect::Transmit { .. }
        | Effect::TransmitFrame { .. }
        | Effect::Cosign { .. }
        | Effect::Pause { .. }
        | Effect::Close { .. }
        | Effect::EpochNeeded { .. } => {}
    }
}
