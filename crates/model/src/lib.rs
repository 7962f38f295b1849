//! The domain as types and events: what is said on a line, and what follows from it.
//!
//! This crate knows nobody. It reads no clock, disk, network or random source: time and identifiers are given to it.

pub mod admit;
pub mod altitude;
pub mod arrangement;
pub mod code;
pub mod command;
pub mod conflict;
pub mod decide;
pub mod description;
pub mod downstream;
pub mod dtg;
pub mod due;
pub mod element;
pub mod event;
pub mod export;
pub mod hotline;
pub mod ids;
pub mod incident;
pub mod kind;
pub mod line;
pub mod message;
pub mod notice;
pub mod place;
pub mod said;
pub mod slot;
pub mod state;
pub mod stop;
pub mod units;
pub mod watch;
pub mod window;
