//! The journal's records, as bytes: the head that hashes cover, and the opening that can be destroyed.
//!
//! A head is an array: version, time, actor, officer or null, event number, commitment or null, the event's fields. What
//! an event seals stands in the opening, `[salt, part]`, and the head covers it by SHA-256 over a domain string, event
//! number, salt and part. What was said on a line is covered by its envelope's leaf instead, and its opening is the one of
//! the line, byte for byte. Event numbers are never reused and a meaning never changes.

mod conflict;
mod decode;
mod element;
mod encode;
mod export;
mod parts;
mod unit;
mod watch;

pub use decode::decode;
pub use encode::{Encoded, encode, encode_sent};

use model::code::RefusalReason;
use model::ids::LineId;

use crate::arrangement::ArrangementRefused;
use crate::cbor::CborError;
use crate::value::Unread;

/// Bytes of a record's salt.
pub const SALT: usize = 16;
/// Bytes of a sealed part: a document, a manifest, evidence.
pub const MAX_SEALED: usize = 768 * 1024;
/// Rules that a release decision names: every rule of the largest rule set, and what is no rule's doing.
pub const MAX_RULES: usize = release::MAX_RULES + 32;
/// Bytes of the name of a rule.
pub const MAX_RULE_NAME: usize = release::MAX_RULE_ID;

const VERSION: u16 = 1;
const ITEMS: usize = 7;
const DOMAIN: &[u8] = b"standclear/record/1";

/// The numbers of the events. Never reused.
mod tag {
    pub const ARRANGEMENT_IN_FORCE: u16 = 1;
    pub const MANIFEST_TAKEN: u16 = 2;
    pub const EPOCH_OPENED: u16 = 3;
    pub const EPOCH_CONFIRMED: u16 = 4;
    pub const MESSAGE_SENT: u16 = 5;
    pub const MESSAGE_RECEIVED: u16 = 6;
    pub const DELIVERED: u16 = 7;
    pub const COSIGNED: u16 = 8;
    pub const RELEASE_DECIDED: u16 = 9;
    pub const LINK_CHANGED: u16 = 10;
    pub const FAULT_NOTED: u16 = 11;
    pub const MAIN_HALTED: u16 = 12;
    pub const CLOCK_OFFSET_NOTED: u16 = 13;
    pub const NOTICE_DRAFTED: u16 = 14;
    pub const NOTICE_DISCARDED: u16 = 15;
    pub const WATCH_TAKEN: u16 = 16;
    pub const WATCH_LEFT: u16 = 17;
    pub const SOUNDER_ARMED: u16 = 18;
    pub const SOUNDER_LOST: u16 = 19;
    pub const ALARM_RAISED: u16 = 20;
    pub const ALARM_CLIMBED: u16 = 21;
    pub const ALARM_SILENCED: u16 = 22;
    pub const ALARM_ENDED: u16 = 23;
    pub const MAIN_STOPPED: u16 = 24;
    pub const MAIN_RESUMED: u16 = 25;
    pub const RESTORED: u16 = 26;
    pub const OPENING_DESTROYED: u16 = 27;
    pub const RULES_IN_FORCE: u16 = 28;
    pub const CONFLICT_FOUND: u16 = 29;
    pub const ELEMENT_ENROLLED: u16 = 30;
    pub const ELEMENT_CONSENT: u16 = 31;
    pub const SITE_CONSENT: u16 = 32;
    pub const CALLED_FOR_ELEMENT: u16 = 33;
    pub const UNIT_ENROLLED: u16 = 40;
    pub const UNIT_CHANGED: u16 = 41;
    pub const UNIT_STOOD_DOWN: u16 = 42;
    pub const UNITS_CONCERNED: u16 = 43;
    pub const UNIT_RECEIPT: u16 = 44;
    pub const EXPORT_ASKED: u16 = 45;
    pub const EXPORT_ALLOWED: u16 = 46;
    pub const EXPORT_REFUSED: u16 = 47;
    pub const EXPORT_CARRIED_OUT: u16 = 48;
    pub const ELEMENT_UNENROLLED: u16 = 49;
    pub const WATCH_HANDED_OVER: u16 = 60;
    pub const WATCH_TAKEN_UNREAD: u16 = 61;
    pub const ROSTERED: u16 = 62;
    pub const DUTY_CANCELLED: u16 = 63;
    pub const DIRECTED: u16 = 64;
    pub const WALL_LOCKED: u16 = 65;
}

/// Why a record cannot be written or read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    #[error("the record is no record of this node")]
    Form(#[from] CborError),
    #[error("the record is of version {0}: it was written by a newer node; use that one")]
    Version(u64),
    #[error(
        "the record holds event {0}, which is not known here: it was written by a newer node; use that one"
    )]
    UnknownEvent(u16),
    #[error("the sealed part of the record is not the one that its head covers")]
    Altered,
    #[error("the slots of the record cannot be read: {0}")]
    Slots(RefusalReason),
    #[error(
        "version {version} of the arrangement of line {line} was destroyed: arrangements must be kept"
    )]
    ArrangementDestroyed { line: LineId, version: u32 },
    #[error("the arrangement in the record was refused")]
    Arrangement(#[from] ArrangementRefused),
    #[error("what was said needs the opening that travelled with it")]
    NoOpening,
    #[error("the record is over a bound: {0}")]
    TooLarge(&'static str),
}

impl From<Unread> for RecordError {
    fn from(unread: Unread) -> Self {
        RecordError::Slots(unread.0)
    }
}

fn commitment(event: u16, salt: &[u8], part: &[u8]) -> [u8; 32] {
    use sha2::{Digest, Sha256};
    Sha256::new()
        .chain_update(DOMAIN)
        .chain_update(event.to_be_bytes())
        .chain_update(salt)
        .chain_update(part)
        .finalize()
        .into()
}

#[cfg(test)]
pub(crate) use element::tests as element_tests;
#[cfg(test)]
pub(crate) use export::tests as export_tests;
#[cfg(test)]
pub(crate) mod samples;
#[cfg(test)]
mod tests;
#[cfg(test)]
pub(crate) use watch::tests as watch_tests;
