//! The whole node as a pure state machine: `step(now, Input) -> Vec<Effect>`.
//!
//! Nothing here reads a clock, disk, network or random source.

pub mod conflicts;
pub mod doubt;
pub mod effect;
pub mod fishing;
pub mod ground;
pub mod input;
pub mod lines;
pub mod look;
mod node;
pub mod objection;
pub mod preview;
pub mod units;

pub use node::{Configuration, Node, Snapshot};
