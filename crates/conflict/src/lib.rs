//! Exact geometry on the WGS-84 ellipsoid, and which volumes conflict.
//!
//! *Exact* means: whatever has a margin of more than 1 mm is decided rightly, and what is nearer than [`TOUCH`]
//! touches. Edges are geodesics. Nothing here reads a clock, a disk, a network or a random source.
//!
//! A [`volume::Volume`] is an area, a band of heights and a span of time. An [`index::Index`] holds the live ones and
//! gives the [`pair::Conflict`]s of any volume with them, under the [`matrix::Matrix`] of an arrangement, each with a
//! witness.
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
pub mod index;
pub mod matrix;
mod near;
mod outline;
pub mod pair;
mod plane;
mod quick;
pub mod shape;
mod simple;
mod space;
pub mod tracks;
pub mod volume;

/// What is nearer than this, in metres, touches: 1 mm less what the calculation may be off.
pub const TOUCH: f64 = 0.000_75;
