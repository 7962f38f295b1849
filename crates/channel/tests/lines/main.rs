//! Two nodes' lines, wired together over a network that does whatever a test says.

mod bad_input;
mod laws;
mod scenarios;
mod world;
