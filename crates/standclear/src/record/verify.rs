//! `log verify`: the journal and both directions of every line, offline, on all cores.

use super::{Parties, Place, bar, log_of, opening, reading};
use crate::exit::{Exit, Failure, Outcome};
use node::channel::input::SealedBy;
use node::model::ids::{LineId, PartyId};
use node::model::line::Side;
use node::store::{self, LogState, NoteRow, NoteSlot, Reader, Report, StoredEntry, VerifyError};
use node::tlog::{Checkpoint, CosignedCheckpoint};
use node::wire::line::LineKeys;
use node::wire::line::envelope::Envelope;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};

/// What was found.
#[derive(Debug, Serialize)]
pub struct Verified {
    pub sound: bool,
    pub records: u64,
    pub root: String,
    pub entries: u64,
    pub openings: u64,
    pub destroyed: u64,
    /// Entries that say a later time than that from which their key was revoked.
    pub by_revoked_keys: u64,
    pub logs: Vec<LogShown>,
    /// The first of them, in order of their places.
    pub faults: Vec<String>,
    pub fault_count: u64,
}

#[derive(Debug, Serialize)]
pub struct LogShown {
    pub log: String,
    pub size: u64,
    /// How far the peer has signed that it holds it, or we have.
    pub cosigned: Option<u64>,
}

/// The keys of every line, and whose log is whose.
pub struct Signatures {
    own: PartyId,
    /// Why there are none, where the record of them is damaged: then no signature can be checked.
    keys: Result<BTreeMap<LineId, LineKeys>, String>,
    revoked: AtomicU64,
}

impl Signatures {
    /// # Errors
    /// Where the journal cannot be read.
    pub fn of(place: &Place, reader: &Reader) -> Outcome<Self> {
        let parties = Parties::of(reader)?;
        let keys = parties
            .lines()
            .filter_map(|line| Some((line, parties.keys(line, &place.manifest)?)));
        Ok(Self {
            own: place.party(),
            keys: Ok(keys.collect()),
            revoked: AtomicU64::new(0),
        })
    }

    /// As [`Self::of`]; of a journal in which the keys cannot be read, so that all that is damaged can still be listed.
    fn of_any(place: &Place, reader: &Reader) -> Outcome<Self> {
        match Self::of(place, reader) {
            Err(failure) if failure.exit == Exit::Damaged => Ok(Self {
                own: place.party(),
                keys: Err(failure.text),
                revoked: AtomicU64::new(0),
            }),
            found => found,
        }
    }

    /// Whether an entry is what its log says, signed by the party whose log it is.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn check(&self, entry: &StoredEntry) -> Result<(), String> {
        let Ok(keys) = &self.keys else { return Ok(()) };
        let (log, party) = log_of(&entry.log, self.own).ok_or("its log has no name of ours")?;
        let keys = keys
            .get(&log.line)
            .ok_or("the parties of its line are not known")?;
        let signer = keys.party(log.side);
        let envelope =
            Envelope::parse(&entry.envelope).map_err(|fault| format!("its envelope is {fault}"))?;
        let place = (
            envelope.line,
            envelope.from,
            envelope.lane,
            envelope.epoch,
            envelope.index,
        );
        if place != (log.line, party, log.lane, log.epoch, entry.index) {
            return Err("its envelope belongs to another place".into());
        }
        match envelope
            .sealed_by(signer)
            .filter(|_| signer.party() == party)
        {
            Some(SealedBy::KeyInForce) => Ok(()),
            // It was taken before the revocation was known here, or its log vouched for it. That it says a later time is
            // no damage, but for people to judge.
            Some(SealedBy::RevokedKey) => {
                self.revoked.fetch_add(1, Ordering::Relaxed);
                Ok(())
            }
            None => Err(format!("it is not signed by a key of {party}")),
        }
    }

    /// Whether a kept note is signed by whom it should be, over the log as it is.
    fn check_note(&self, reader: &Reader, row: &NoteRow) -> Result<(), String> {
        let Ok(keys) = &self.keys else { return Ok(()) };
        let (log, _) = log_of(&row.log, self.own).ok_or("its log has no name of ours")?;
        let keys = keys
            .get(&log.line)
            .ok_or("the parties of its line are not known")?;
        let log_keys = keys.log_keys(log);
        let cosigners = keys.party(log.side.other()).cosigners();
        let opened = match row.slot {
            // Kept as evidence that somebody contradicted: it is not to fit.
            NoteSlot::Disputed => return Ok(()),
            NoteSlot::Checkpoint | NoteSlot::PeerCheckpoint => log_keys
                .iter()
                .find_map(|key| Checkpoint::open(&row.note, key).ok()),
            NoteSlot::Cosigned | NoteSlot::PeerCosigned => (log_keys.iter())
                .flat_map(|key| cosigners.iter().map(move |cosigner| (key, cosigner)))
                .find_map(|(key, cosigner)| CosignedCheckpoint::open(&row.note, key, cosigner).ok())
                .map(|cosigned| cosigned.checkpoint),
        };
        let checkpoint = opened.ok_or("it is not signed as it should be")?;
        let root = match checkpoint.size() {
            0 => node::tlog::EMPTY_ROOT,
            size => reader
                .view()
                .root_at(&row.log, size)
                .map_err(|error| error.to_string())?,
        };
        match *checkpoint.root() == root && checkpoint.size() == row.size {
            true => Ok(()),
            false => Err("it states another root than the entries have".into()),
        }
    }
}

/// Verifies the journal at `place` with `threads` threads.
///
/// # Errors
/// Where it cannot be read at all; damage is in what is found.
pub fn run(place: &Place, threads: usize) -> Outcome<Verified> {
    let reader = place.reader()?;
    let signatures = Signatures::of_any(place, &reader)?;
    let bar = bar("verifying");
    let progress = |done, all| {
        bar.set_length(all);
        bar.set_position(done);
    };
    let report = store::verify(
        &place.journal,
        &place.key,
        threads,
        &|entry| signatures.check(entry),
        &progress,
    );
    bar.finish_and_clear();
    let report = report.map_err(|error| match error {
        VerifyError::Open(error) => opening(&error),
        VerifyError::Disk(_) => Failure::refused(node::http::problem::chain(&error)),
    })?;
    verified(&reader, &signatures, &report)
}

fn verified(reader: &Reader, signatures: &Signatures, report: &Report) -> Outcome<Verified> {
    let mut faults: Vec<String> = report.faults.iter().map(ToString::to_string).collect();
    if let Err(why) = &signatures.keys {
        faults.push(format!(
            "no signature was checked, for the parties' keys cannot be read: {why}"
        ));
    }
    let mut logs = Vec::new();
    for state in &report.logs {
        let notes = reader
            .view()
            .notes(&state.log)
            .map_err(|error| reading(&error))?;
        for row in &notes {
            if let Err(why) = signatures.check_note(reader, row) {
                faults.push(format!("the {} of log `{}`: {why}", row.slot, state.log));
            }
        }
        logs.push(shown(state, &notes, signatures.own));
    }
    let fault_count = report.fault_count + (faults.len() - report.faults.len()) as u64;
    Ok(Verified {
        sound: fault_count == 0,
        records: report.head.size,
        root: report.head.root.to_string(),
        entries: report.entries,
        openings: report.openings,
        destroyed: report.destroyed,
        by_revoked_keys: signatures.revoked.load(Ordering::Relaxed),
        logs,
        faults,
        fault_count,
    })
}

fn shown(state: &LogState, notes: &[NoteRow], own: PartyId) -> LogShown {
    let slot = match log_of(&state.log, own) {
        Some((log, _)) if log.side == Side::Own => NoteSlot::Cosigned,
        Some(_) | None => NoteSlot::PeerCosigned,
    };
    LogShown {
        log: state.log.to_string(),
        size: state.head.size,
        cosigned: notes
            .iter()
            .find(|row| row.slot == slot)
            .map(|row| row.size),
    }
}

/// For a person.
pub fn text(found: &Verified) -> String {
    let mut table =
        crate::output::Table::new(&["log", "entries", "cosigned"], "no log of any line\n");
    for log in &found.logs {
        let cosigned = log
            .cosigned
            .map_or_else(|| "-".to_owned(), |size| size.to_string());
        table.row([log.log.clone(), log.size.to_string(), cosigned]);
    }
    let mut text = table.to_string();
    // Writing to a string does not fail.
    let _ = writeln!(
        text,
        "{} records and {} entries verified, {} openings read, {} destroyed\nroot {}",
        found.records, found.entries, found.openings, found.destroyed, found.root
    );
    if found.by_revoked_keys > 0 {
        let _ = writeln!(
            text,
            "{} entries were sealed by a key after the time from which it was revoked: find out who had it, and what they \
             said",
            found.by_revoked_keys
        );
    }
    for fault in &found.faults {
        let _ = writeln!(text, "DAMAGED: {fault}");
    }
    text
}

/// The exit of a journal that was verified.
///
/// # Errors
/// [`Exit::Damaged`] with the number of faults.
pub fn verdict(found: &Verified) -> Outcome {
    match found.sound {
        true => Ok(()),
        false => Err(Failure::new(
            Exit::Damaged,
            format!(
                "the journal is damaged in {} places: keep it as evidence, and restore a backup",
                found.fault_count
            ),
        )),
    }
}
