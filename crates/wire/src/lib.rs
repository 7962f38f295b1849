//! Bytes to types and back, one module a format.
//!
//! | Module | Format |
//! |---|---|
//! | [`coordinates`] | what people type: positions, altitudes, bearings, windows |
//! | [`sheet`], [`csv`], [`geojson`], [`kml`] | notices as tables and map files: docs/integrators.md |
//! | [`cbor`] | deterministic CBOR, RFC 8949 section 4.2.1 |
//! | [`line`] | envelopes, openings, frames: docs/line-protocol.md; COSE_Sign1, RFC 9052 |
//! | [`epoch`], [`manifest`] | signed statements of a party about its logs and its keys |
//! | [`keys`], [`card`], [`words`] | private keys and cards as texts, fingerprints as words |
//! | [`arrangement`] | the arrangement, as TOML that both parties sign |
//! | [`record`] | the journal's records |
//! | [`file`] | a line carried by file; HPKE, RFC 9180 |
//!
//! No clock, disk, network or randomness: salts, seeds and times are given. Signatures cover the bytes received, which
//! are never encoded again. Parsers are strict and never panic.

pub mod arrangement;
pub mod card;
pub mod cbor;
mod codes;
pub mod coordinates;
pub mod cose;
pub mod csv;
pub mod epoch;
pub mod file;
pub mod geojson;
#[cfg(test)]
mod golden;
mod hex;
mod hpke;
pub mod keys;
pub mod kml;
pub mod line;
pub mod manifest;
mod pad;
mod parts;
pub mod record;
#[cfg(test)]
mod sealable_tests;
pub mod sheet;
#[cfg(test)]
mod testing;
mod value;
pub mod words;
