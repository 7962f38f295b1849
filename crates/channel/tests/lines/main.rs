//! Two nodes' lines, wired together over a network that does whatever a test says.

mod bad_input;
#[path = "../desk/mod.rs"]
mod desk;
mod laws;
mod scenarios;
mod world;
