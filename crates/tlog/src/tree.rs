//! A whole tree in memory, for small logs, tests and offline verification.

use crate::frontier::Frontier;
use crate::hash::Hash;

/// Every stored hash of a tree, 64 bytes an entry. Proofs and past roots are in [`crate::proof`].
#[derive(Debug, Clone, Default)]
pub struct HashTree {
    levels: Vec<Vec<Hash>>,
    frontier: Frontier,
}

impl HashTree {
    /// The empty tree.
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends a leaf.
    pub fn push(&mut self, leaf: Hash) {
        let levels = &mut self.levels;
        self.frontier.push_with(leaf, |level, _, hash| {
            let level = usize::from(level);
            if levels.len() == level {
                levels.push(Vec::new());
            }
            // Hashes of a level are completed in order, so the index is the place at the end.
            levels[level].push(hash);
        });
    }

    /// Entries so far.
    pub fn size(&self) -> u64 {
        self.frontier.size()
    }

    /// The root hash.
    pub fn root(&self) -> Hash {
        self.frontier.root()
    }

    /// The right edge, to append elsewhere without the inside.
    pub fn frontier(&self) -> &Frontier {
        &self.frontier
    }

    /// The hash at a level and index, `None` where its entries are not all there.
    pub fn hash(&self, level: u8, index: u64) -> Option<Hash> {
        let index = usize::try_from(index).ok()?;
        self.levels.get(usize::from(level))?.get(index).copied()
    }
}

impl Extend<Hash> for HashTree {
    fn extend<I: IntoIterator<Item = Hash>>(&mut self, leaves: I) {
        leaves.into_iter().for_each(|leaf| self.push(leaf));
    }
}

impl FromIterator<Hash> for HashTree {
    fn from_iter<I: IntoIterator<Item = Hash>>(leaves: I) -> Self {
        let mut tree = Self::new();
        tree.extend(leaves);
        tree
    }
}
