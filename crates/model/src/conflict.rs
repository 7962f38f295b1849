//! Conflicts as found: two volumes of different parties that come nearer than the arrangement allows.
//!
//! Geometry is not done here. What was found when the later of the two came is journalled with its witness and the
//! version of the engine, and is never worked out again: the other node may find otherwise, and each states its own.

use crate::arrangement::Separation;
use crate::line::EntryRef;
use crate::place::Position;
use crate::units::{Millimetres, Millis, Timestamp};
use serde::{Deserialize, Serialize};

/// The most conflicts that are kept in view. More stay in the record alone.
pub const MAX_CONFLICTS: usize = 20_000;

/// A notice of ours and one of the peer's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Pair {
    pub ours: EntryRef,
    pub theirs: EntryRef,
}

/// What shows that two volumes conflict: where, when, by how much, and what the arrangement asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Witness {
    pub asked: Separation,
    /// Between the two areas, along the geodesic between `at`. Below 0 where they overlap.
    pub horizontal: Millimetres,
    /// The nearest place of our area, then of theirs; where they overlap, one place in both.
    pub at: [Position; 2],
    /// Between the two bands with every limit at its worst; below 0 where they overlap.
    pub vertical: Millimetres,
    /// From the end of the earlier to the beginning of the later; below 0, how long they last together.
    pub time: Millis,
    /// While both last, or else the time between them; both ends included.
    pub from: Timestamp,
    pub until: Timestamp,
    /// The heights are not known well enough to be sure.
    pub uncertain: bool,
}

/// A conflict that was found on a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    pub at: Timestamp,
    pub engine: u16,
    /// None where it was destroyed.
    pub witness: Option<Witness>,
}
