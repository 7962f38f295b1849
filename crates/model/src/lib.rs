//! The domain as types and events: what is said on a line, and what follows from it.
//!
//! This crate knows nobody. It reads no clock, disk, network or random source: time and identifiers are given to it.

pub mod altitude;
pub mod arrangement;
pub mod code;
pub mod command;
pub mod description;
pub mod dtg;
pub mod event;
pub mod ids;
pub mod kind;
pub mod line;
pub mod message;
pub mod place;
pub mod slot;
pub mod units;
pub mod window;
