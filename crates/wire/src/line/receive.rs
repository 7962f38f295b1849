//! From the bytes of a frame to what the node is told: decoded, and every signature checked.

use channel::input::{Arrived, Echo, Entries, Heartbeat, PeerFrame, SealedBy, SignedHead};
use model::event::Bytes;
use model::kind::Kind;
use model::line::{Digest, Fault, LogHead, LogRef};
use model::units::Timestamp;
use tlog::{Checkpoint, Cosignature};

use super::envelope::{self, Rejected};
use super::frame::{self, Parsed, ParsedEntries, SentLog};
use super::keys::LineKeys;
use crate::cbor::{CborError, Reader};
use crate::cose::{Purpose, Sign1};
use crate::parts::{Read, ReadParts};
use crate::{epoch, manifest::ManifestRefused};

/// What a frame told.
#[derive(Clone, Debug, Default)]
pub struct Taken {
    /// In this order. Nothing where the frame was of a type that may be skipped, or told what is held already.
    pub frames: Vec<PeerFrame>,
    /// The signature behind [`PeerFrame::Cosigned`], to be kept beside our checkpoint: the receipt itself.
    pub cosignature: Option<Cosignature>,
}

impl Taken {
    fn one(frame: PeerFrame) -> Self {
        Self {
            frames: vec![frame],
            cosignature: None,
        }
    }
}

/// Decodes and verifies a frame of the peer, without the length in front.
///
/// What could not be taken is among the frames, as [`PeerFrame::Bad`] with the fault and the evidence; so one bad entry
/// hides no other. `Hello::held_roots` and the like are the shell's to look up.
pub fn receive(frame: &[u8], keys: &LineKeys) -> Taken {
    let taken = match frame::parse(frame) {
        Ok(parsed) => verify(parsed, keys),
        Err(error) => Err(error.fault()),
    };
    taken.unwrap_or_else(|fault| Taken::one(bad(Rejected::new(fault, frame))))
}

fn bad(Rejected { fault, evidence }: Rejected) -> PeerFrame {
    PeerFrame::Bad { fault, evidence }
}

fn verify(parsed: Parsed<'_>, keys: &LineKeys) -> Result<Taken, Fault> {
    match parsed {
        Parsed::Hello(hello) => Ok(Taken::one(PeerFrame::Hello(*hello))),
        Parsed::Entries(entries) => Ok(Taken {
            frames: verify_entries(&entries, keys),
            cosignature: None,
        }),
        Parsed::Cosigned {
            log,
            head,
            cosignature,
        } => cosigned(log, head, cosignature, keys),
        Parsed::Heartbeat(message) => heartbeat(message, keys)
            .map(PeerFrame::Heartbeat)
            .map(Taken::one),
        Parsed::Fetch { log, from } => {
            let log = log.here(keys.line());
            Ok(Taken::one(PeerFrame::Fetch { log, from }))
        }
        Parsed::Epoch(statement) => {
            let signed = epoch::open(statement, keys.line(), keys.peer())?;
            Ok(Taken::one(PeerFrame::Epoch {
                epoch: signed.statement.epoch,
                closes: signed.statement.closes,
                confirmed: signed.confirmed,
                statement: signed.bytes,
            }))
        }
        Parsed::Manifest(bytes) => manifest(bytes, keys),
        Parsed::Skipped(_) => Ok(Taken::default()),
    }
}

fn manifest(bytes: &[u8], keys: &LineKeys) -> Result<Taken, Fault> {
    match keys.peer().manifest().successor(bytes) {
        Ok(None) => Ok(Taken::default()),
        Ok(Some(next)) => Ok(Taken::one(PeerFrame::Manifest {
            version: next.manifest().version,
            manifest: next.bytes().clone(),
        })),
        Err(ManifestRefused::Form(error)) => Err(error.fault()),
        Err(ManifestRefused::TooLarge { .. }) => Err(Fault::TooLarge),
        Err(ManifestRefused::OtherParty { .. }) => Err(Fault::WrongParty),
        Err(
            ManifestRefused::Signature
            | ManifestRefused::Rollback { .. }
            | ManifestRefused::Forked { .. }
            | ManifestRefused::Exercise
            | ManifestRefused::Missing { .. }
            | ManifestRefused::SharedKey { .. }
            | ManifestRefused::TooMany
            | ManifestRefused::Key { .. },
        ) => Err(Fault::WrongManifest),
    }
}

fn heartbeat(message: &[u8], keys: &LineKeys) -> Result<Heartbeat, Fault> {
    let message = Sign1::parse(message, 1024).map_err(CborError::fault)?;
    let read = || -> Read<_> {
        let mut reader = Reader::new(message.payload());
        reader.array_of(6)?;
        let (line, from) = (reader.line()?, reader.party()?);
        let heartbeat = Heartbeat {
            sent_at: reader.time()?,
            echo: Echo {
                sent_at: reader.time()?,
                arrived_at: reader.time()?,
            },
            own: frame::read_heads(&mut reader)?,
        };
        reader.finish()?;
        Ok((line, from, heartbeat))
    };
    let (line, from, heartbeat) = read().map_err(CborError::fault)?;
    if line != keys.line() {
        return Err(Fault::WrongLine);
    }
    if from != keys.peer().party() {
        return Err(Fault::WrongParty);
    }
    keys.peer()
        .operational(message.key(), heartbeat.sent_at)
        .is_some_and(|key| message.verify(key, Purpose::Heartbeat))
        .then_some(heartbeat)
        .ok_or(Fault::WrongSignature)
}

fn cosigned(
    log: SentLog,
    head: LogHead,
    cosignature: Cosignature,
    keys: &LineKeys,
) -> Result<Taken, Fault> {
    let log = log.here(keys.line());
    // A party cosigns the other's logs; of its own its signature says nothing.
    if log.side != model::line::Side::Own || head.epoch != log.epoch {
        return Err(Fault::WrongCosignature);
    }
    let checkpoint = keys.checkpoint(log, head);
    let good = checkpoint.is_some_and(|checkpoint| {
        let mut cosigners = keys.peer().cosigners().iter();
        cosigners.any(|key| key.verify(&checkpoint, &cosignature).is_ok())
    });
    let cosigned_at = i64::try_from(cosignature.time())
        .ok()
        .and_then(|seconds| seconds.checked_mul(1000))
        .and_then(|ms| Timestamp::from_unix_ms(ms).ok());
    match cosigned_at {
        Some(cosigned_at) if good => Ok(Taken {
            frames: vec![PeerFrame::Cosigned {
                log,
                head,
                cosigned_at,
                own_root: None,
            }],
            cosignature: Some(cosignature),
        }),
        Some(_) | None => Err(Fault::WrongCosignature),
    }
}

/// Runs of good entries, with what was bad between them. The checkpoint goes with the last run, and only if nothing was
/// bad: with an entry missing it says nothing that could be checked.
fn verify_entries(sent: &ParsedEntries<'_>, keys: &LineKeys) -> Vec<PeerFrame> {
    let log = sent.log.here(keys.line());
    let from = keys.party(log.side);
    let to = keys.party(log.side.other()).party();
    let (mut frames, mut strays) = (Vec::new(), Vec::new());
    let mut run = Vec::with_capacity(sent.entries.len());
    for (envelope, opening) in &sent.entries {
        let wrong = match envelope::open(envelope, opening, keys.line(), from, to) {
            Ok(arrived) => match wrong_log(&arrived, log) {
                None => {
                    run.push(arrived);
                    continue;
                }
                Some(wrong) => {
                    strays.extend(stray_call(arrived, log));
                    wrong
                }
            },
            Err(rejected) => rejected,
        };
        frames.extend(entries(log, std::mem::take(&mut run)));
        frames.push(bad(wrong));
    }
    if !frames.is_empty() {
        frames.extend(entries(log, run));
        frames.extend(strays);
        return frames;
    }
    let (checkpoint, wrong) = match sent.checkpoint.map(|note| checkpoint(note, log, keys)) {
        Some(Ok(head)) => (Some(head), None),
        Some(Err(rejected)) => (None, Some(bad(rejected))),
        None => (None, None),
    };
    frames.push(PeerFrame::Entries(Entries {
        log,
        entries: run,
        checkpoint,
    }));
    frames.extend(wrong);
    frames
}

fn entries(log: LogRef, entries: Vec<Arrived>) -> Option<PeerFrame> {
    (!entries.is_empty()).then_some(PeerFrame::Entries(Entries {
        log,
        entries,
        checkpoint: None,
    }))
}

fn wrong_log(arrived: &Arrived, log: LogRef) -> Option<Rejected> {
    let fault = if arrived.lane != log.lane {
        Fault::WrongLane
    } else if arrived.epoch != log.epoch {
        Fault::WrongEpoch
    } else {
        return None;
    };
    Some(Rejected::new(fault, &arrived.envelope))
}

/// A stop call that came under the name of another log rings all the same, under its own.
fn stray_call(arrived: Arrived, log: LogRef) -> Option<PeerFrame> {
    if arrived.header.known_kind() != Some(Kind::StopCall)
        || arrived.sealed_by == SealedBy::RevokedKey
    {
        return None;
    }
    let own = LogRef {
        lane: arrived.lane,
        epoch: arrived.epoch,
        ..log
    };
    entries(own, vec![arrived])
}

fn checkpoint(note: &[u8], log: LogRef, keys: &LineKeys) -> Result<SignedHead, Rejected> {
    let opened = (keys.log_keys(log).iter()).find_map(|key| Checkpoint::open(note, key).ok());
    let checkpoint = opened
        .filter(|checkpoint| checkpoint.extensions().is_empty())
        .ok_or_else(|| Rejected::new(Fault::WrongCheckpoint, note))?;
    let note: Bytes = note.into();
    Ok(SignedHead {
        head: LogHead {
            epoch: log.epoch,
            size: checkpoint.size(),
            root: Digest(checkpoint.root().0),
        },
        note,
    })
}

#[cfg(test)]
#[path = "receive_tests.rs"]
mod tests;
