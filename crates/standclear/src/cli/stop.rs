//! Stop calls.
