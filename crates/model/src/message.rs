//! What one party says to another.

use crate::code::{Desk, Role, Urgency};
use crate::ids::{LineId, PurposeId};
use crate::kind::Kind;
use crate::slot::Slots;
use crate::units::Timestamp;
use serde::{Deserialize, Serialize};

/// A message as this node would say it, before release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    pub line: LineId,
    pub kind: Kind,
    pub purpose: PurposeId,
    pub role: Role,
    pub urgency: Urgency,
    /// The desk it is for. Named in the envelope, so that an alarm rings the right desk even if no slot can be read.
    pub desk: Desk,
    pub slots: Slots,
}

/// What an envelope says in clear: everything but the slots.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// The kind's number: the sender may be newer than we are.
    pub kind: u16,
    pub purpose: PurposeId,
    pub role: Role,
    pub urgency: Urgency,
    pub desk: Desk,
    pub sent_at: Timestamp,
}

impl Header {
    pub fn known_kind(&self) -> Option<Kind> {
        Kind::from_number(self.kind)
    }
}

/// The slots of something in the record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Content {
    Open(Slots),
    /// It came, signed, but its openings do not fit its commitments or its kind's slots.
    Unreadable,
    /// Its openings were destroyed. The log still verifies.
    Expired,
}

impl Content {
    /// The slots that can be read: none where there are none.
    pub fn slots(&self) -> Option<&Slots> {
        match self {
            Content::Open(slots) => Some(slots),
            Content::Unreadable | Content::Expired => None,
        }
    }
}
