//! Accounts on a node.
