//! Development only: two real nodes on a simulated network, disk and clock, and checkers for the invariants.
//!
//! A [`plan::Plan`] follows from a seed: what goes wrong and when, and when officers act. [`world::run`] carries it out,
//! one event after the other, over the real `channel`, `wire` and the core of `node`; the same seed does the same to the
//! last byte. After every step the laws of [`invariants`] are checked against what was seen from outside
//! ([`witness`]). docs/simulator.md says how to read a failure.
//!
//! | Module | What |
//! |---|---|
//! | [`rng`], [`plan`], [`shrink`] | chance, schedules, smaller schedules |
//! | [`disk`], [`journal`], `platter`, [`index`] | a disk that loses, tears, fills up and fails, and the journal on it |
//! | [`net`] | byte streams, late, cut, half open, garbled |
//! | [`party`], [`acts`] | keys, arrangements, what officers do |
//! | [`process`], [`frames`], [`host`] | one node, driven by hand, and its machine |
//! | [`world`], `wiring`, `trouble`, `liar` | everything together |
//! | [`witness`], [`invariants`] | what was seen, and what must hold |
//! | [`trace`] | the story, and a sum over it |

pub mod acts;
pub mod disk;
pub mod frames;
pub mod host;
pub mod index;
pub mod invariants;
pub mod journal;
mod liar;
pub mod net;
pub mod party;
pub mod plan;
mod platter;
pub mod process;
pub mod rng;
pub mod shrink;
pub mod trace;
mod trouble;
mod wiring;
pub mod witness;
pub mod world;
