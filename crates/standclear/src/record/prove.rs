//! `prove received`: what convinces a stranger, offline, that the other party received an entry of ours (or we one of
//! theirs): keys, proof and entry, for any C2SP verifier, and the manifests that say whose the keys are.
//! tests/independent reads them.

use super::{Entries, Parties, Place, facts, reading};
use crate::exit::{Exit, Failure, OrExit as _, Outcome};
use crate::output::dtg_seconds;
use node::model::event::{Event, Fact};
use node::model::kind::Kind;
use node::model::line::{EntryRef, Side};
use node::model::slot::{SlotCode, Value};
use node::model::units::Timestamp;
use node::names;
use node::party::files;
use node::store::{NoteSlot, Opening, Origin, Reader};
use node::tlog::{TlogProof, leaf_hash};
use node::wire::keys::KeyId;
use node::wire::line::PartyKeys;
use node::wire::line::envelope::Envelope;
use serde::Serialize;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

/// What was written.
#[derive(Debug, Serialize)]
pub struct Proved {
    pub entry: String,
    pub log: String,
    /// Entries that the signed checkpoint covers.
    pub size: u64,
    /// Who signed that it holds them.
    pub received_by: String,
    /// When it had it, by its own clock, in Unix milliseconds: as it said in its `received`, to the millisecond; `None`
    /// where that has not come.
    pub received_at: Option<i64>,
    /// The entry that says so.
    pub said_in: Option<String>,
    /// When it first signed for it, in Unix milliseconds, by its own clock and to the second.
    pub first_signed_at: Option<i64>,
    /// The time in the proof: the latest signature, over all of `size`, is what is kept.
    pub signed_at: i64,
    /// Keys under the proof that were revoked since; whoever is shown it will ask.
    pub revoked: Vec<RevokedSince>,
    pub files: Vec<PathBuf>,
}

/// A key that signed something in a proof, and is not to be trusted any more.
#[derive(Debug, Serialize)]
pub struct RevokedSince {
    pub party: String,
    pub key: String,
    /// What it signed: `entry`, `log` or `receipt`.
    pub signed: &'static str,
    /// In Unix milliseconds.
    pub since: i64,
    pub reason: String,
}

/// Whether what was said goes beside the proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Contents {
    Beside,
    LeaveOut,
}

/// Writes the proof of `entry` into the folder `to`, after verifying it.
///
/// # Errors
/// Where nothing proves it yet, something there does not verify, or `contents` are wanted that are not there.
pub fn run(place: &Place, entry: EntryRef, to: &Path, contents: Contents) -> Outcome<Proved> {
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
        .ok_or_else(|| unproven("its line is not known here: check the name"))?;
    let origin = keys.origin(log);
    let stored = Origin::new(&origin).or_refuse()?;
    let slot = match log.side {
        Side::Own => NoteSlot::Cosigned,
        Side::Peer => NoteSlot::PeerCosigned,
    };
    let view = reader.view();
    let notes = view
        .notes(&stored)
        .map_err(|_| unproven("there is no such log: check the name"))?;
    let note = notes.into_iter().find(|row| row.slot == slot);
    let note = note.ok_or_else(|| {
        unproven("nothing of its log is signed for: ask again when the line has been up")
    })?;
    if note.size <= entry.index {
        return Err(unproven(
            "it is not signed for so far: ask again when the line has been up",
        ));
    }
    let entries = view
        .entries(&stored, entry.index, 1, 1)
        .map_err(|error| reading(&error))?;
    let stored_entry = entries
        .into_iter()
        .next()
        .ok_or_else(|| unproven("it is not in the journal: check the name"))?;
    let envelope = stored_entry.envelope;
    let opening = match (contents, stored_entry.opening) {
        (Contents::LeaveOut, _) => None,
        (Contents::Beside, Opening::Clear(bytes)) => Some(bytes),
        (Contents::Beside, Opening::None | Opening::Destroyed | Opening::Skipped) => {
            return Err(Failure::refused(format!(
                "what `{name}` said was destroyed, or never came: prove it without --with-contents"
            )));
        }
    };
    let hashes = view
        .prove_inclusion(&stored, note.size, entry.index)
        .map_err(|error| reading(&error))?;
    let damaged = |why: String| {
        Failure::new(
            Exit::Damaged,
            format!(
                "the record of `{name}` does not verify, {why}: run `standclear log verify`, and restore a backup"
            ),
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

    let known = Known::of(&reader, entry)?;
    files::make_folder(to).or_refuse()?;
    let (sender, receiver) = (keys.party(log.side), keys.party(log.side.other()));
    let revoked = [
        (sender, sealed_with(&envelope), "entry"),
        (sender, Some(KeyId::of(log_key.public_key())), "log"),
        (receiver, Some(KeyId::of(cosigner.public_key())), "receipt"),
    ];
    let revoked = (revoked.into_iter())
        .filter_map(|(party, key, signed)| revoked_since(party, key?, signed))
        .collect();
    // Beside each proof its own: two logs, or a key that was rotated between, may be proved in one folder.
    let vkeys = format!("log {log_key}\ncosigner {cosigner}\n");
    let mut written = vec![
        (format!("{name}.vkeys"), vkeys.into_bytes()),
        (format!("{name}.tlog-proof"), proof.encode().into_bytes()),
        (format!("{name}.entry"), envelope),
        (
            format!("{name}.log.manifest"),
            sender.manifest().bytes().to_vec(),
        ),
        (
            format!("{name}.cosigner.manifest"),
            receiver.manifest().bytes().to_vec(),
        ),
    ];
    written.extend(opening.map(|bytes| (format!("{name}.opening"), bytes)));
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
        received_by: receiver.party().to_string(),
        received_at: known.received.map(|(at, _)| at.as_unix_ms()),
        said_in: known.received.map(|(_, said_in)| names::entry(said_in)),
        first_signed_at: known.first_signed.map(Timestamp::as_unix_ms),
        signed_at: i64::try_from(cosigned.time)
            .map_or(i64::MAX, |seconds| seconds.saturating_mul(1_000)),
        revoked,
        files: paths,
    })
}

fn sealed_with(envelope: &[u8]) -> Option<KeyId> {
    Envelope::parse(envelope)
        .ok()
        .map(|envelope| envelope.key())
}

fn revoked_since(party: &PartyKeys, key: KeyId, signed: &'static str) -> Option<RevokedSince> {
    let manifest = party.manifest().manifest();
    let revoked = manifest.revocations.iter().find(|of| of.key == key)?;
    Some(RevokedSince {
        party: party.party().to_string(),
        key: key.to_string(),
        signed,
        since: revoked.since.as_unix_ms(),
        reason: revoked.reason.to_string(),
    })
}

/// What the record knows of when an entry was received, beside the signature in the proof: that is the latest, for only
/// the latest is kept.
#[derive(Clone, Copy, Debug, Default)]
struct Known {
    /// As the receiver's first `received` about it says, and which entry that is.
    received: Option<(Timestamp, EntryRef)>,
    first_signed: Option<Timestamp>,
}

impl Known {
    fn of(reader: &Reader, entry: EntryRef) -> Outcome<Self> {
        let mut known = Self::default();
        facts(reader, Entries::Include, &mut |_, fact| {
            known.take(entry, &fact);
            match (known.received, known.first_signed) {
                (Some(_), Some(_)) => ControlFlow::Break(()),
                _more => ControlFlow::Continue(()),
            }
        })?;
        Ok(known)
    }

    fn take(&mut self, entry: EntryRef, fact: &Fact) {
        match &fact.event {
            Event::Delivered {
                log,
                head,
                cosigned_at,
            } if *log == entry.log && head.size > entry.index => {
                self.first_signed.get_or_insert(*cosigned_at);
            }
            Event::Cosigned { log, head } if *log == entry.log && head.size > entry.index => {
                self.first_signed.get_or_insert(fact.at);
            }
            Event::MessageReceived {
                entry: said_in,
                header,
                content,
                refused: None,
                ..
            }
            | Event::MessageSent {
                entry: said_in,
                header,
                content,
                ..
            } if said_in.log.side != entry.log.side
                && header.known_kind() == Some(Kind::Received) =>
            {
                let slots = content.slots();
                let first = slots
                    .and_then(|slots| slots.subject())
                    .map(|subject| subject.entry(said_in.log.line, said_in.log.side));
                if first.map(|first| first.log) != Some(entry.log) {
                    return;
                }
                if let Some(Value::Times(times)) =
                    slots.and_then(|slots| slots.value(SlotCode::Times))
                    && let Some((_, at)) = times.iter().find(|(index, _)| *index == entry.index)
                {
                    self.received.get_or_insert((*at, *said_in));
                }
            }
            _not_about_it => {}
        }
    }
}

/// For a person.
pub fn text(proved: &Proved) -> String {
    let files: String = proved
        .files
        .iter()
        .map(|path| format!("  {}\n", path.display()))
        .collect();
    let by = &proved.received_by;
    let received = match (proved.received_at, &proved.said_in) {
        (Some(at), Some(said_in)) => {
            format!(
                "received by {by} at {}, as it says in {said_in}\n",
                dtg_seconds(at)
            )
        }
        _not_said => String::new(),
    };
    let first = proved.first_signed_at.map_or_else(String::new, |at| {
        format!("first signed for by {by} at {}\n", dtg_seconds(at))
    });
    let revoked: String = (proved.revoked.iter())
        .map(|of| {
            let (party, key, signed) = (&of.party, &of.key, of.signed);
            let (since, reason) = (dtg_seconds(of.since), &of.reason);
            format!(
                "WARNING: the key {key} of {party}, which signed the {signed}, was revoked since {since} ({reason}): whoever \
                 is shown this will hold it in doubt\n"
            )
        })
        .collect();
    format!(
        "{} is in {}, of {} entries\n{received}{first}\
         the proof holds the latest signature of {by}, of {}; all times by its own clock\n{revoked}{files}\
         anyone can check it who has the fingerprints of both parties from their cards:\n\
         python3 tests/independent/verify.py --root PARTY=\"WORDS\" --root PARTY=\"WORDS\" FOLDER\n",
        proved.entry,
        proved.log,
        proved.size,
        dtg_seconds(proved.signed_at)
    )
}
