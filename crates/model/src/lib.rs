//! The domain as types and events: what is said on a line, and what follows from it
