//! The arrangement: the agreed, signed, versioned text that a line runs under.
//!
//! Its text (TOML) is parsed in `wire::arrangement`; what both parties sign is the text, byte for byte.

use crate::code::{Desk, Level};
use crate::ids::{LineId, LineName, PartyId, PurposeId, ReferencePointId};
use crate::kind::Kind;
use crate::place::{Area, Position};
use crate::units::{Millimetres, Millis};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The longest text of an arrangement, in bytes.
pub const MAX_DOCUMENT: usize = 256 * 1024;
/// The most purposes, reference points, separations, telephone numbers or line-check times, each.
pub const MAX_LISTED: usize = 200;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Arrangement {
    pub line: LineId,
    /// What both call the line; a node may call it otherwise locally.
    pub name: LineName,
    /// Rises with every change; the first is 1.
    pub version: u32,
    /// Exercise and live lines cannot be joined: the parties' keys say the same.
    pub exercise: bool,
    pub parties: [PartyId; 2],
    pub area: Area,
    pub desks: Vec<Desk>,
    pub purposes: Vec<Purpose>,
    pub separations: Vec<Separation>,
    pub reference_points: Vec<ReferencePoint>,
    pub deadlines: Deadlines,
    /// The finest precision to which a position may be sent.
    pub finest: Millimetres,
    pub languages: Vec<(PartyId, Vec<Language>)>,
    /// When people check the line, in minutes after 00:00 UTC.
    pub line_checks: Vec<u16>,
    pub stop: StopTerms,
    pub margins: Margins,
    /// Clock offset beyond which a desk is alarmed.
    pub clock_offset: Millis,
    /// Kinds that need no second description. Shown as `single description`.
    pub single_description: Vec<Kind>,
    /// Whether remarks may be sent at all.
    pub free_text: bool,
    /// The fewest officers who keep the watch of each desk; `None`: it is left to each party.
    pub watch_officers: Option<u8>,
    pub fallback: Vec<Fallback>,
    /// The text that both parties signed.
    pub document: Arc<str>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Purpose {
    pub id: PurposeId,
    pub text: String,
}

/// Two kinds to keep apart, and how far. In time as well, where a window ends before the next begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Separation {
    pub between: [Kind; 2],
    pub horizontal: Millimetres,
    pub vertical: Millimetres,
    pub time: Millis,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReferencePoint {
    pub id: ReferencePointId,
    pub name: String,
    pub position: Position,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deadlines {
    /// From delivery of a notice to a person's answer.
    pub answer: Millis,
    pub read_back: Millis,
    /// From a line check to its answer.
    pub line_check: Millis,
    /// A notice released later than this before its window opens is flagged as late.
    pub lead: Millis,
}

/// What a stop call obliges, agreed beforehand: pause and verify.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StopTerms {
    /// Within which a person accepts; then it climbs.
    pub accept: Millis,
    /// Within which the accepted call is answered.
    pub answer: Millis,
    /// Within which an ordered pause is confirmed by the units.
    pub confirm: Millis,
    /// How long a pause lasts unless renewed.
    pub limit: Millis,
    /// Levels the alarm climbs to, each `after` the alarm, until a person accepts.
    pub climb: Vec<Climb>,
    /// Within which the caller is told that the call was not delivered.
    pub undelivered: Millis,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Climb {
    pub level: Level,
    pub after: Millis,
}

/// What is added where heights cannot be compared exactly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Margins {
    /// Flight level against a geometric height.
    pub flight_level: Millimetres,
    /// The highest ground of the area, above mean sea level, where there is no terrain; `None`: heights above ground, and
    /// the surface as an upper limit, are refused.
    pub above_ground: Option<Millimetres>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    En,
    Ru,
    Ar,
}

/// The telephone to take when the line cannot carry it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fallback {
    pub party: PartyId,
    pub desk: Desk,
    pub numbers: Vec<String>,
}

impl Arrangement {
    pub fn peer_of(&self, party: PartyId) -> Option<PartyId> {
        match self.parties {
            [a, b] if a == party => Some(b),
            [a, b] if b == party => Some(a),
            _neither => None,
        }
    }

    pub fn reference_point(&self, id: ReferencePointId) -> Option<&ReferencePoint> {
        self.reference_points.iter().find(|point| point.id == id)
    }

    pub fn has_purpose(&self, id: PurposeId) -> bool {
        self.purposes.iter().any(|purpose| purpose.id == id)
    }

    /// The numbers on which `desk` of `party` is reached by telephone.
    pub fn numbers(&self, party: PartyId, desk: Desk) -> &[String] {
        self.fallback
            .iter()
            .find(|f| f.party == party && f.desk == desk)
            .map_or(&[], |f| &f.numbers)
    }
}
