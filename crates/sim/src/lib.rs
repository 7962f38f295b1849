//! Development only: seeded network, disk and clock; checkers for the invariants
