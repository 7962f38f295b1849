//! Exact geometry on the WGS-84 ellipsoid.
//!
//! *Exact* means: whatever has a margin of more than 1 mm is decided rightly, and what is nearer than [`TOUCH`]
//! touches. Edges are geodesics. Nothing here reads a clock, a disk, a network or a random source.
//!
//! Inside, lengths are `f64` metres and angles `f64` degrees; what leaves is rounded to the integers of `model`.
//! Trigonometry is `libm`'s, not the platform's, except inside `geographiclib-rs`. Two machines can therefore differ
//! by some nanometres before rounding; that is why a decision is journalled and never recomputed on replay.

pub mod altitude;
mod boxes;
mod chain;
pub mod coarsen;
pub mod contain;
pub mod description;
pub mod geodesy;
pub mod geoid;
mod plane;
pub mod shape;
mod simple;
mod space;

/// What is nearer than this, in metres, touches: 1 mm less what the calculation may be off.
pub const TOUCH: f64 = 0.000_75;
