//! A C2SP transparency log: tiles, checkpoints, proofs, cosignatures. It knows nothing of airspace
//! and reads no clock, disk, network or random source: keys come as seeds, times as numbers, hashes
//! through a closure.
//!
//! | Module | Specification |
//! |---|---|
//! | [`hash`], [`frontier`], [`proof`], [`tree`] | RFC 6962 section 2.1, RFC 9162 section 2.1 |
//! | [`tile`] | c2sp.org/tlog-tiles |
//! | [`ed25519`] | RFC 8032, and what it leaves open |
//! | [`key`], [`note`] | c2sp.org/signed-note |
//! | [`checkpoint`] | c2sp.org/tlog-checkpoint |
//! | [`cosignature`] | c2sp.org/tlog-cosignature, the Ed25519 type |
//! | [`tlog_proof`] | c2sp.org/tlog-proof |
//!
//! A node of the tree is named by its level and index: node `(l, i)` covers the entries
//! `i * 2^l .. (i + 1) * 2^l`. Only nodes whose entries are all there are ever stored or read; the
//! incomplete right edge is computed. Whoever keeps hashes gets each one from
//! [`Frontier::push_with`], and gives it back through a `Fn(level, index) -> Option<Hash>`.
//!
//! Parsers are strict: what they accept, they print back byte for byte. They never panic.

pub mod checkpoint;
pub mod cosignature;
pub mod ed25519;
pub mod frontier;
pub mod hash;
pub mod key;
pub mod note;
pub mod proof;
mod text;
pub mod tile;
pub mod tlog_proof;
pub mod tree;

pub use checkpoint::Checkpoint;
pub use cosignature::{Cosignature, CosignedCheckpoint};
pub use frontier::Frontier;
pub use hash::{EMPTY_ROOT, Hash, leaf_hash, node_hash};
pub use key::{CosignerKey, CosignerSigner, LogKey, LogSigner};
pub use tlog_proof::TlogProof;
pub use tree::HashTree;

/// Entries a tree may have. At this bound every index of a stored hash still fits a signed 64-bit
/// integer, which is what databases and other implementations hold them in.
pub const MAX_TREE_SIZE: u64 = 1 << 62;
