//! `prove received`: what convinces a stranger, offline, that the other party received an entry of ours (or we one of
//! theirs): keys, proof and entry, for any C2SP verifier. tests/independent reads them.

use super::{Parties, Place, reading};
use crate::exit::{Exit, Failure, OrExit as _, Outcome};
use node::model::line::{EntryRef, Side};
use node::party::files;
use node::store::{NoteSlot, Origin};
use node::tlog::{TlogProof, leaf_hash};
use node::{names, wire};
use serde::Serialize;
use std::path::{Path, PathBuf};

/// What was written.
#[derive(Debug, Serialize)]
pub struct Proved {
    pub entry: String,
    pub log: String,
    /// Entries that the signed checkpoint covers.
    pub size: u64,
    /// Who signed that it holds them, and when by its own clock, in Unix milliseconds.
    pub received_by: String,
    pub signed_at: i64,
    pub files: Vec<PathBuf>,
}

/// Writes the proof of `entry` into the folder `to`, after verifying it.
///
/// # Errors
/// Where nothing proves it yet, or something there does not verify.
pub fn run(place: &Place, entry: EntryRef, to: &Path) -> Outcome<Proved> {
    let name = names::entry(entry);
    let unproven = |why: &str| {
        Failure::refused(format!(
            "nothing proves yet that `{name}` was received: {why}"
        ))
    };
    let reader = place.reader()?;
    let parties = Parties::of(&reader)?;
    let log = entry.log;
    let keys = parties
        .keys(log.line, &place.manifest)
        .ok_or_else(|| unproven("its line is not known here"))?;
    let origin = keys.origin(log);
    let stored = Origin::new(&origin).or_refuse()?;
    let slot = match log.side {
        Side::Own => NoteSlot::Cosigned,
        Side::Peer => NoteSlot::PeerCosigned,
    };
    let view = reader.view();
    let notes = view
        .notes(&stored)
        .map_err(|_| unproven("there is no such log"))?;
    let note = notes.into_iter().find(|row| row.slot == slot);
    let note = note.ok_or_else(|| unproven("no checkpoint of its log was cosigned"))?;
    if note.size <= entry.index {
        return Err(unproven("the last cosigned checkpoint does not cover it"));
    }
    let entries = view
        .entries(&stored, entry.index, 1, 1)
        .map_err(|error| reading(&error))?;
    let envelope = entries
        .into_iter()
        .next()
        .ok_or_else(|| unproven("it is not in the journal"))?
        .envelope;
    let hashes = view
        .prove_inclusion(&stored, note.size, entry.index)
        .map_err(|error| reading(&error))?;
    let damaged = |why: String| {
        Failure::new(
            Exit::Damaged,
            format!("the record of `{name}` does not verify: {why}"),
        )
    };
    let note = String::from_utf8(note.note).map_err(|error| damaged(error.to_string()))?;
    let proof =
        TlogProof::new(entry.index, hashes, note).map_err(|error| damaged(error.to_string()))?;

    let leaf = leaf_hash(&envelope);
    let cosigner_keys = keys.party(log.side.other()).cosigners();
    let log_keys = keys.log_keys(log);
    let (log_key, cosigner, cosigned) = (log_keys.iter())
        .flat_map(|key| cosigner_keys.iter().map(move |cosigner| (key, cosigner)))
        .find_map(|(key, cosigner)| {
            Some((
                key,
                cosigner,
                proof.verify_cosigned(&leaf, key, cosigner).ok()?,
            ))
        })
        .ok_or_else(|| damaged("no keys of the two parties fit the signatures".into()))?;

    files::make_folder(to).or_refuse()?;
    let vkeys = format!("log {log_key}\ncosigner {cosigner}\n");
    let written = [
        ("vkeys".to_owned(), vkeys.into_bytes()),
        (format!("{name}.tlog-proof"), proof.encode().into_bytes()),
        (format!("{name}.entry"), envelope),
    ];
    let mut paths = Vec::new();
    for (file, bytes) in written {
        let path = to.join(file);
        files::replace(&path, &bytes).or_refuse()?;
        paths.push(path);
    }
    Ok(Proved {
        entry: name,
        log: origin,
        size: cosigned.checkpoint.size(),
        received_by: wire::line::LineKeys::party(&keys, log.side.other())
            .party()
            .to_string(),
        signed_at: i64::try_from(cosigned.time)
            .map_or(i64::MAX, |seconds| seconds.saturating_mul(1_000)),
        files: paths,
    })
}

/// For a person.
pub fn text(proved: &Proved) -> String {
    let files: String = proved
        .files
        .iter()
        .map(|path| format!("  {}\n", path.display()))
        .collect();
    format!(
        "{} is in {}, of {} entries\nreceived and signed for by {} at {}, by its own clock\n{files}\
         anyone can check it: python3 tests/independent/verify.py FOLDER\n",
        proved.entry,
        proved.log,
        proved.size,
        proved.received_by,
        crate::output::dtg_seconds(proved.signed_at)
    )
}
