//! Commitments and openings: each slot is committed to by itself, so that each can be withheld, and later destroyed, by
//! itself.
//!
//! A commitment is SHA-256 over a domain string, the kind, the slot, 16 bytes of salt and the value's CBOR. Where a slot
//! is absent or withheld there is a decoy of 32 random bytes: a hash under an unknown salt looks the same.
//!
//! An opening is `[version, [[slot, salt, value], ...], padding]`, in the order of the kind's slots.

use model::code::RefusalReason;
use model::kind::Kind;
use model::slot::{SlotCode, Slots};
use sha2::{Digest, Sha256};

use super::MAX_OPENING;
use super::envelope::SealError;
use crate::cbor::{CborError, Reader, Writer};
use crate::pad::{self, Classes};
use crate::value::{self, Unread};

/// The most slots that a kind has.
pub const MAX_SLOTS: usize = 20;
/// Bytes of a commitment.
pub const COMMITMENT: usize = 32;
/// Bytes of a salt.
pub const SALT: usize = 16;

const VERSION: u16 = 1;
const DOMAIN: &[u8] = b"standclear/slot/1";

pub(crate) const CLASSES: Classes = Classes {
    least: 256,
    step: MAX_OPENING,
    most: MAX_OPENING,
};

fn commitment(kind: Kind, slot: SlotCode, salt: &[u8], value: &[u8]) -> [u8; COMMITMENT] {
    Sha256::new()
        .chain_update(DOMAIN)
        .chain_update(kind.number().to_be_bytes())
        .chain_update(slot.number().to_be_bytes())
        .chain_update(salt)
        .chain_update(value)
        .finalize()
        .into()
}

/// What an envelope commits to, and what opens it.
pub(crate) struct Committed {
    /// One after the other, in the order of the kind's slots.
    pub commitments: [u8; MAX_SLOTS * COMMITMENT],
    pub opening: Vec<u8>,
}

/// Commits to `slots`. As many random bytes are asked for whatever is open.
pub(crate) fn commit(
    kind: Kind,
    slots: &Slots,
    random: &mut dyn FnMut(&mut [u8]),
) -> Result<Committed, SealError> {
    let list = kind.slots();
    if let Some((slot, _)) = slots.iter().find(|(slot, _)| !list.contains(slot)) {
        return Err(SealError::NotOfKind { kind, slot });
    }
    // INVARIANT: no kind has more than MAX_SLOTS slots; a test says so.
    let mut commitments = [0; MAX_SLOTS * COMMITMENT];
    random(&mut commitments[..list.len() * COMMITMENT]);
    let mut writer = Writer::with_capacity(1024);
    writer.array(3).uint(VERSION).array(slots.iter().count());
    for (slot, place) in list.iter().zip(commitments.chunks_exact_mut(COMMITMENT)) {
        let Some(value) = slots.value(*slot) else {
            continue;
        };
        if !value::is_readable(value) {
            return Err(SealError::Unreadable { slot: *slot });
        }
        let mut salt = [0; SALT];
        salt.copy_from_slice(&place[..SALT]);
        writer.array(3).uint(slot.number()).bytes(&salt);
        let start = writer.len();
        value::write(&mut writer, value);
        let hash = commitment(kind, *slot, &salt, &writer.as_slice()[start..]);
        place.copy_from_slice(&hash);
    }
    if !pad::pad(&mut writer, 0, CLASSES) {
        return Err(SealError::TooLarge);
    }
    Ok(Committed {
        commitments,
        opening: writer.into_bytes(),
    })
}

/// The slots that `opening` opens. Those destroyed since are missing; those that are there must fit `commitments`.
///
/// # Errors
/// Why nothing in it can be read. That is no fault of the line: the entry is kept, and refused by that reason.
pub fn read(kind: Kind, commitments: &[u8], opening: &[u8]) -> Result<Slots, RefusalReason> {
    if commitments.len() != kind.slots().len() * COMMITMENT {
        return Err(RefusalReason::UnreadableSlots);
    }
    slots(kind, Some(commitments), opening).map_err(|unread| unread.0)
}

/// As [`read`], where the commitments were checked before the opening was kept.
pub(crate) fn read_kept(kind: Kind, opening: &[u8]) -> Result<Slots, RefusalReason> {
    slots(kind, None, opening).map_err(|unread| unread.0)
}

const UNREADABLE: Unread = Unread(RefusalReason::UnreadableSlots);

fn slots(kind: Kind, commitments: Option<&[u8]>, opening: &[u8]) -> Result<Slots, Unread> {
    if !CLASSES.contains(opening.len()) {
        return Err(UNREADABLE);
    }
    let list = kind.slots();
    let mut reader = Reader::new(opening);
    reader.array_of(3)?;
    if reader.uint()? != u64::from(VERSION) {
        return Err(Unread(RefusalReason::UnknownVersion));
    }
    let (mut slots, mut from) = (Slots::new(), 0);
    for _ in 0..reader.array(list.len())? {
        reader.array_of(3)?;
        let number: u16 = reader.number()?;
        let salt: &[u8; SALT] = reader.bytes_of()?;
        let rest = list.get(from..).unwrap_or(&[]);
        let found = rest.iter().position(|slot| slot.number() == number);
        let index = from + found.ok_or_else(|| not_in_order(number, list))?;
        from = index + 1;
        let (slot, start) = (list[index], reader.position());
        let value = value::read(&mut reader, slot)?;
        if let Some(commitments) = commitments {
            let hash = commitment(kind, slot, salt, reader.since(start));
            if commitments.chunks_exact(COMMITMENT).nth(index) != Some(&hash[..]) {
                return Err(UNREADABLE);
            }
        }
        slots.set(slot, value)?;
    }
    pad::read_padding(&mut reader)?;
    reader.finish()?;
    Ok(slots)
}

fn not_in_order(number: u16, list: &[SlotCode]) -> Unread {
    match list.iter().any(|slot| slot.number() == number) {
        true => UNREADABLE,
        false => Unread(RefusalReason::UnknownSlot),
    }
}

/// `opening` without the slots in `destroy`. What is left still verifies; what is gone looks as if it was never let go.
///
/// # Errors
/// Where `opening` is not one.
pub fn without(opening: &[u8], destroy: &[SlotCode]) -> Result<Vec<u8>, CborError> {
    let mut reader = Reader::new(opening);
    reader.array_of(3)?;
    let version = reader.uint()?;
    let mut kept = Vec::new();
    for _ in 0..reader.array(MAX_SLOTS)? {
        let start = reader.position();
        reader.array_of(3)?;
        let number = reader.uint()?;
        reader.skip()?;
        reader.skip()?;
        if !destroy
            .iter()
            .any(|slot| u64::from(slot.number()) == number)
        {
            kept.push(reader.since(start));
        }
    }
    pad::read_padding(&mut reader)?;
    reader.finish()?;
    let mut writer = Writer::with_capacity(opening.len());
    writer.array(3).uint(version).array(kept.len());
    for entry in kept {
        writer.raw(entry);
    }
    match pad::pad(&mut writer, 0, CLASSES) {
        true => Ok(writer.into_bytes()),
        false => Err(CborError::TooLong {
            given: opening.len() as u64,
            most: MAX_OPENING as u64,
        }),
    }
}
