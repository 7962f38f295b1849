//! The right edge of a growing tree: all that an append and a root need.

use crate::hash::{EMPTY_ROOT, Hash, node_hash};
use crate::{MAX_TREE_SIZE, proof};

/// A Merkle tree without its inside: its size, and the roots of the perfect subtrees it splits into,
/// largest (leftmost) first, one for each set bit of the size. An append costs one `node_hash` on
/// average, a root at most 61, a clone one small allocation.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Frontier {
    size: u64,
    edge: Vec<Hash>,
}

/// Parts that are no frontier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FrontierError {
    #[error("{size} entries are more than a tree may have, {MAX_TREE_SIZE}")]
    TooLarge { size: u64 },
    #[error("the right edge of {size} entries has {expected} hashes, not {found}")]
    WrongCount {
        size: u64,
        expected: usize,
        found: usize,
    },
}

impl Frontier {
    /// The empty tree.
    pub fn new() -> Self {
        Self::default()
    }

    /// A frontier kept by [`parts`](Self::parts). That the hashes are the right ones only its root can
    /// tell: compare it with one that is trusted.
    ///
    /// # Errors
    /// [`FrontierError`] where the size is over [`MAX_TREE_SIZE`] or the number of hashes is not its
    /// number of set bits.
    pub fn from_parts(size: u64, edge: Vec<Hash>) -> Result<Self, FrontierError> {
        if size > MAX_TREE_SIZE {
            return Err(FrontierError::TooLarge { size });
        }
        let expected = size.count_ones() as usize;
        if edge.len() != expected {
            return Err(FrontierError::WrongCount {
                size,
                expected,
                found: edge.len(),
            });
        }
        Ok(Self { size, edge })
    }

    /// The size, and the roots of the perfect subtrees, largest first.
    pub fn parts(&self) -> (u64, &[Hash]) {
        (self.size, &self.edge)
    }

    /// Entries so far, which is the index of the next.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Appends a leaf.
    pub fn push(&mut self, leaf: Hash) {
        self.push_with(leaf, |_, _, _| {});
    }

    /// Appends a leaf and hands over each hash that this completes, as `(level, index, hash)`, the leaf
    /// first, then upwards: in this order they are the ones at
    /// [`stored_hash_index(0, size)`](proof::stored_hash_index) and the places after it.
    pub fn push_with(&mut self, leaf: Hash, mut completed: impl FnMut(u8, u64, Hash)) {
        let (mut level, mut index, mut hash) = (0, self.size, leaf);
        completed(level, index, hash);
        while index & 1 == 1 {
            // INVARIANT: `edge` has one hash for each set bit of `size`, so there is one to take.
            let Some(left) = self.edge.pop() else { break };
            hash = node_hash(&left, &hash);
            level += 1;
            index >>= 1;
            completed(level, index, hash);
        }
        self.edge.push(hash);
        self.size += 1;
    }

    /// The root hash of the tree as it stands.
    pub fn root(&self) -> Hash {
        proof::fold(&self.edge).unwrap_or(EMPTY_ROOT)
    }
}
