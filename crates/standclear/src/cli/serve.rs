//! Runs a node.
