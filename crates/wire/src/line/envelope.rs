//! The envelope: what one party says to another, signed. The bytes are an entry of the sender's log.
//!
//! COSE_Sign1 over an array: version, line, from, to, epoch, lane, sequence, kind, purpose, role, urgency, desk, sent-at,
//! seen, proof (empty), commitments (one after the other), padding. Later versions may add items after these and may not
//! move them, so that an envelope of a version that is not known still says whose it is, where it stands and what rings.

use channel::effect::Outgoing;
use channel::input::{Arrived, SealedBy};
use model::code::{Desk, Lane, RefusalReason, Role, Urgency};
use model::event::Bytes;
use model::ids::{LineId, PartyId, PurposeId};
use model::kind::Kind;
use model::line::{Digest, EntryRef, Epoch, Fault, Seen, Side};
use model::message::{Content, Header, Message};
use model::slot::SlotCode;
use model::units::Timestamp;

use super::keys::PartyKeys;
use super::opening::{self, COMMITMENT, MAX_SLOTS};
use super::{MAX_ENVELOPE, MAX_EVIDENCE, MAX_OPENING};
use crate::cbor::{CborError, Reader, Writer};
use crate::cose::{self, Purpose, Sign1};
use crate::keys::{KeyId, Signer};
use crate::pad::{self, Classes};
use crate::parts::{ReadParts, WriteParts};

/// The version that is written.
pub const VERSION: u16 = 1;
const ITEMS: usize = 17;
/// Items that an envelope of a later version may have.
const MAX_LATER_ITEMS: usize = 64;

const CLASSES: Classes = Classes {
    least: 512,
    step: MAX_ENVELOPE,
    most: MAX_ENVELOPE,
};

/// Why a message cannot be sealed. Each is an error of this node, not of a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    #[error("the message was released to {released}, not to {to}")]
    OtherParty { released: PartyId, to: PartyId },
    #[error("the message is for another line than its entry")]
    OtherLine,
    #[error("a {kind} does not travel in the {lane} lane")]
    OtherLane { kind: Kind, lane: Lane },
    #[error("the entry is not in a log of ours")]
    NotOurs,
    #[error("a {kind} has no slot `{slot}`")]
    NotOfKind { kind: Kind, slot: SlotCode },
    #[error("nobody could read slot `{slot}` back: its times must rise")]
    Unreadable { slot: SlotCode },
    #[error("the message is larger than a line carries: leave something out")]
    TooLarge,
}

/// A message ready for the journal and the line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sealed {
    /// The entry of the log, byte for byte.
    pub envelope: Bytes,
    /// What opens it; it travels and is kept beside it.
    pub opening: Bytes,
    /// The entry's hash as a leaf of the log's tree.
    pub leaf: Digest,
    pub header: Header,
}

/// Seals what was released: the only way from a message to bytes on a line.
///
/// `random` fills its argument with random bytes; it is called once, for as many bytes as the kind asks, whatever is
/// open. `seen` is what this node holds durably now.
///
/// # Errors
/// [`SealError`].
pub fn seal(
    outgoing: &Outgoing,
    seen: &Seen,
    from: PartyId,
    to: PartyId,
    signer: &Signer,
    random: &mut dyn FnMut(&mut [u8]),
) -> Result<Sealed, SealError> {
    let released = outgoing.message.to();
    if released != to {
        return Err(SealError::OtherParty { released, to });
    }
    let place = Place {
        entry: outgoing.entry,
        sent_at: outgoing.at,
        seen,
        from,
        to,
    };
    seal_view(outgoing.message.view(), &place, signer, random)
}

pub(crate) struct Place<'a> {
    pub entry: EntryRef,
    pub sent_at: Timestamp,
    pub seen: &'a Seen,
    pub from: PartyId,
    pub to: PartyId,
}

/// [`seal`] without the proof of release: for it and for tests, never for another caller.
pub(crate) fn seal_view(
    message: &Message,
    place: &Place<'_>,
    signer: &Signer,
    random: &mut dyn FnMut(&mut [u8]),
) -> Result<Sealed, SealError> {
    let (log, kind) = (place.entry.log, message.kind);
    if log.line != message.line {
        return Err(SealError::OtherLine);
    }
    if log.side != Side::Own {
        return Err(SealError::NotOurs);
    }
    if kind.lane().is_some_and(|lane| lane != log.lane) {
        let lane = log.lane;
        return Err(SealError::OtherLane { kind, lane });
    }
    let header = Header {
        kind: kind.number(),
        purpose: message.purpose,
        role: message.role,
        urgency: message.urgency,
        desk: message.desk,
        sent_at: place.sent_at,
    };
    let committed = opening::commit(kind, &message.slots, random)?;
    let commitments = &committed.commitments[..kind.slots().len() * COMMITMENT];
    let payload = payload(place, &header, commitments).ok_or(SealError::TooLarge)?;
    let envelope = cose::sign(signer, Purpose::Envelope, &payload);
    Ok(Sealed {
        leaf: Digest(tlog::leaf_hash(&envelope).0),
        envelope: envelope.into(),
        opening: committed.opening.into(),
        header,
    })
}

fn payload(place: &Place<'_>, header: &Header, commitments: &[u8]) -> Option<Vec<u8>> {
    let log = place.entry.log;
    let mut writer = Writer::with_capacity(1024);
    writer.array(ITEMS).uint(VERSION).bytes(log.line.as_bytes());
    writer.text(place.from.as_str()).text(place.to.as_str());
    writer.uint(log.epoch).uint(log.lane.number());
    writer.uint(place.entry.index).uint(header.kind);
    writer.text(header.purpose.as_str());
    writer.uint(header.role.number());
    writer.uint(header.urgency.number());
    writer.uint(header.desk.number()).time(header.sent_at);
    writer.seen(place.seen).bytes(&[]).bytes(commitments);
    pad::pad(&mut writer, cose::OVERHEAD, CLASSES).then(|| writer.into_bytes())
}

/// An envelope taken apart. Nothing in it is to be believed before [`Envelope::sealed_by`].
#[derive(Clone, Debug)]
pub struct Envelope<'a> {
    pub version: u16,
    pub line: LineId,
    pub from: PartyId,
    pub to: PartyId,
    pub epoch: Epoch,
    pub lane: Lane,
    pub index: u64,
    pub header: Header,
    pub seen: Seen,
    /// One after the other, 32 bytes each.
    pub commitments: &'a [u8],
    /// Role, urgency or desk has a code that is not known. The header then names the one that is heard best: the watch,
    /// immediate, the senior desk.
    pub unknown_code: bool,
    message: Sign1<'a>,
}

impl<'a> Envelope<'a> {
    /// Takes an envelope apart.
    ///
    /// # Errors
    /// The fault of the peer that sent it.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, Fault> {
        if bytes.len() > MAX_ENVELOPE {
            return Err(Fault::TooLarge);
        }
        if !CLASSES.contains(bytes.len()) {
            return Err(Fault::Malformed);
        }
        let message = Sign1::parse(bytes, MAX_ENVELOPE).map_err(CborError::fault)?;
        Self::read(message).map_err(CborError::fault)
    }

    fn read(message: Sign1<'a>) -> Result<Self, CborError> {
        let mut reader = Reader::new(message.payload());
        let items = reader.array(MAX_LATER_ITEMS)?;
        let version = reader.number()?;
        let expected = match version {
            0 => false,
            VERSION => items == ITEMS,
            _later => items >= ITEMS,
        };
        if !expected {
            return Err(CborError::Unexpected {
                expected: "an envelope of a known form",
            });
        }
        let (line, from, to) = (reader.line()?, reader.party()?, reader.party()?);
        let (epoch, lane, index) = (reader.number()?, reader.lane()?, reader.uint()?);
        let kind = reader.number()?;
        let purpose = PurposeId::new(reader.slug()?);
        let role = Role::from_number(reader.number()?);
        let urgency = Urgency::from_number(reader.number()?);
        let desk = Desk::from_number(reader.number()?);
        let header = Header {
            kind,
            purpose,
            role: role.unwrap_or(Role::Watch),
            urgency: urgency.unwrap_or(Urgency::Immediate),
            desk: desk.unwrap_or(Desk::Senior),
            sent_at: reader.time()?,
        };
        let seen = reader.seen()?;
        reader.bytes_of::<0>()?;
        // A later kind may have more slots than any that is known here.
        let commitments = reader.bytes(MAX_ENVELOPE)?;
        pad::read_padding(&mut reader)?;
        for _ in ITEMS..items {
            reader.skip()?;
        }
        reader.finish()?;
        Ok(Self {
            version,
            line,
            from,
            to,
            epoch,
            lane,
            index,
            header,
            seen,
            commitments,
            unknown_code: role.is_none() || urgency.is_none() || desk.is_none(),
            message,
        })
    }

    /// Which key it says it is signed by.
    pub fn key(&self) -> KeyId {
        self.message.key()
    }

    /// By which key `party` sealed it; `None` where it did not. The time that counts for a key of the record is when the
    /// envelope says that it was sent.
    pub fn sealed_by(&self, party: &PartyKeys) -> Option<SealedBy> {
        let (key, sealed_by) = party.seal(self.key(), self.header.sent_at)?;
        let good = self.message.verify(key, Purpose::Envelope);
        good.then_some(sealed_by)
    }

    /// What `opening` shows of it, or why it shows nothing.
    pub fn content(&self, opening: &[u8]) -> Result<Content, RefusalReason> {
        if self.version != VERSION {
            return Err(RefusalReason::UnknownVersion);
        }
        let kind = self.header.known_kind().ok_or(RefusalReason::UnknownKind)?;
        if self.unknown_code {
            return Err(RefusalReason::UnknownCode);
        }
        if opening.len() > MAX_OPENING {
            return Err(RefusalReason::UnreadableSlots);
        }
        opening::read(kind, self.commitments, opening).map(Content::Open)
    }
}

/// What was sent cannot be taken, by which fault, and what was received, shortened to [`MAX_EVIDENCE`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejected {
    pub fault: Fault,
    pub evidence: Bytes,
}

impl Rejected {
    pub(crate) fn new(fault: Fault, evidence: &[u8]) -> Self {
        let shown = evidence.len().min(MAX_EVIDENCE);
        Self {
            fault,
            evidence: evidence[..shown].into(),
        }
    }
}

/// Opens what came over `line` from `from` to `to`.
///
/// One that a revoked key sealed says so, and is not to be taken by itself. Whatever its slots are, an envelope that is signed is taken: what cannot be read is `Unreadable`, with the reason. So
/// a stop call alarms even if nothing but its header is understood. An opening that is too large is not kept; a stop call
/// is taken without it, anything else is not taken.
///
/// # Errors
/// The fault of the line: wrong size, form, line, party or signature.
pub fn open(
    envelope: &[u8],
    opening: &[u8],
    line: LineId,
    from: &PartyKeys,
    to: PartyId,
) -> Result<Arrived, Rejected> {
    let rejected = |fault| Rejected::new(fault, envelope);
    let parsed = Envelope::parse(envelope).map_err(rejected)?;
    if parsed.line != line {
        return Err(rejected(Fault::WrongLine));
    }
    if parsed.from != from.party() || parsed.to != to {
        return Err(rejected(Fault::WrongParty));
    }
    let too_large = opening.len() > MAX_OPENING;
    if too_large && parsed.header.known_kind() != Some(Kind::StopCall) {
        return Err(rejected(Fault::TooLarge));
    }
    let sealed_by = parsed
        .sealed_by(from)
        .ok_or_else(|| rejected(Fault::WrongSignature))?;
    let (content, unreadable) = match parsed.content(opening) {
        Ok(content) => (content, None),
        Err(reason) => (Content::Unreadable, Some(reason)),
    };
    Ok(Arrived {
        epoch: parsed.epoch,
        lane: parsed.lane,
        index: parsed.index,
        leaf: Digest(tlog::leaf_hash(envelope).0),
        header: parsed.header,
        seen: parsed.seen,
        content,
        unreadable,
        envelope: envelope.into(),
        opening: if too_large { [].into() } else { opening.into() },
        sealed_by,
    })
}

const _: () = assert!(
    MAX_SLOTS * COMMITMENT + 400 < MAX_ENVELOPE,
    "every kind of this version fits an envelope"
);

#[cfg(test)]
#[path = "envelope_tests.rs"]
mod tests;
