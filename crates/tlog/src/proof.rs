//! Inclusion and consistency proofs (RFC 6962 section 2.1.1 and 2.1.2), and roots of past trees, over any store of
//! hashes.
//!
//! `read(level, index)` answers with the hash of a perfect subtree, or `None` where the store has none.
//! A proof says nothing about a tree's size: sizes and roots must come from a verified checkpoint.

use crate::frontier::Frontier;
use crate::hash::{EMPTY_ROOT, Hash, node_hash};
use crate::{HashTree, MAX_TREE_SIZE};

/// Hashes a proof may have: one for each level, and one more for a consistency proof's start.
pub const MAX_PROOF_HASHES: usize = 64;

/// Why a proof could not be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProveError {
    #[error("there is no entry {index} in a tree of {size}")]
    NoSuchEntry { index: u64, size: u64 },
    #[error("a tree of {from} entries is no earlier state of one of {to}")]
    NotEarlier { from: u64, to: u64 },
    #[error("{size} entries are more than a tree may have, {MAX_TREE_SIZE}")]
    TooLarge { size: u64 },
    #[error(
        "the hash at level {level}, index {index} is missing: rebuild the hashes from the entries"
    )]
    MissingHash { level: u8, index: u64 },
}

/// Why a proof does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    #[error("there is no entry {index} in a tree of {size}")]
    NoSuchEntry { index: u64, size: u64 },
    #[error("a tree of {from} entries is no earlier state of one of {to}")]
    NotEarlier { from: u64, to: u64 },
    #[error("{size} entries are more than a tree may have, {MAX_TREE_SIZE}")]
    TooLarge { size: u64 },
    #[error("the proof has {found} hashes, which does not fit these sizes")]
    WrongLength { found: usize },
    #[error("the proof does not lead to the root: entry, position, proof or root was altered")]
    WrongRoot,
    #[error("the later tree does not contain the earlier one: the log was rewritten")]
    NotAnExtension,
}

/// Where hash `(level, index)` stands when all are kept in one sequence in the order they were
/// completed (Crosby and Wallach 2009, section 3.3; as Go's `sumdb/tlog` does). `u64::MAX` for a node
/// that no tree of [`MAX_TREE_SIZE`] has.
pub fn stored_hash_index(level: u8, index: u64) -> u64 {
    if level >= 63 {
        return u64::MAX;
    }
    // The last leaf below the node; the node follows it by `level` places.
    let leaf = ((u128::from(index) + 1) << level) - 1;
    // Before leaf n stand, for each earlier leaf, one hash and one for each subtree it completes.
    let before = 2 * leaf - u128::from(leaf.count_ones());
    u64::try_from(before + u128::from(level)).unwrap_or(u64::MAX)
}

/// The root of the tree as it was at `size` entries.
pub fn root_at(size: u64, read: impl Fn(u8, u64) -> Option<Hash>) -> Result<Hash, ProveError> {
    if size == 0 {
        return Ok(EMPTY_ROOT);
    }
    range_root(0, checked(size)?, &read)
}

/// The frontier of the tree as it was at `size` entries, to go on appending from.
pub fn frontier_at(
    size: u64,
    read: impl Fn(u8, u64) -> Option<Hash>,
) -> Result<Frontier, ProveError> {
    let edge = perfect_subtrees(0, checked(size)?)
        .map(|(level, index)| read(level, index).ok_or(ProveError::MissingHash { level, index }))
        .collect::<Result<Vec<_>, _>>()?;
    Frontier::from_parts(size, edge).map_err(|_| ProveError::TooLarge { size })
}

/// The proof that the tree of `size` entries holds entry `index`: sibling hashes, the leaf's first
/// ("PATH(m, D\[n\])", RFC 6962 section 2.1.1).
pub fn prove_inclusion(
    size: u64,
    index: u64,
    read: impl Fn(u8, u64) -> Option<Hash>,
) -> Result<Vec<Hash>, ProveError> {
    if index >= checked(size)? {
        return Err(ProveError::NoSuchEntry { index, size });
    }
    let (mut low, mut high) = (0, size);
    let mut siblings = Vec::with_capacity(MAX_PROOF_HASHES);
    while high - low > 1 {
        let middle = low + split(high - low);
        if index < middle {
            siblings.push((middle, high));
            high = middle;
        } else {
            siblings.push((low, middle));
            low = middle;
        }
    }
    siblings
        .into_iter()
        .rev()
        .map(|(low, high)| range_root(low, high, &read))
        .collect()
}

/// Checks that the entry with hash `leaf` is entry `index` of the tree with this size and root
/// (RFC 9162 section 2.1.3.2).
pub fn verify_inclusion(
    proof: &[Hash],
    size: u64,
    root: &Hash,
    index: u64,
    leaf: &Hash,
) -> Result<(), VerifyError> {
    if size > MAX_TREE_SIZE {
        return Err(VerifyError::TooLarge { size });
    }
    if index >= size {
        return Err(VerifyError::NoSuchEntry { index, size });
    }
    let wrong_length = VerifyError::WrongLength { found: proof.len() };
    let (mut node, mut last) = (index, size - 1);
    let mut hash = *leaf;
    for sibling in proof {
        if last == 0 {
            return Err(wrong_length);
        }
        if node & 1 == 1 || node == last {
            hash = node_hash(sibling, &hash);
            climb_to_right_child(&mut node, &mut last);
        } else {
            hash = node_hash(&hash, sibling);
        }
        node >>= 1;
        last >>= 1;
    }
    if last != 0 {
        return Err(wrong_length);
    }
    if hash == *root {
        Ok(())
    } else {
        Err(VerifyError::WrongRoot)
    }
}

/// The proof that the tree of `to` entries begins with the `from` entries of the earlier one
/// ("PROOF(m, D\[n\])", RFC 6962 section 2.1.2). It is empty where `from` is 0 or equal to `to`.
pub fn prove_consistency(
    from: u64,
    to: u64,
    read: impl Fn(u8, u64) -> Option<Hash>,
) -> Result<Vec<Hash>, ProveError> {
    if from > checked(to)? {
        return Err(ProveError::NotEarlier { from, to });
    }
    if from == 0 {
        return Ok(Vec::new());
    }
    let (mut low, mut high) = (0, to);
    let mut ranges = Vec::with_capacity(MAX_PROOF_HASHES);
    while high != from {
        let middle = low + split(high - low);
        if from <= middle {
            ranges.push((middle, high));
            high = middle;
        } else {
            ranges.push((low, middle));
            low = middle;
        }
    }
    // Where the earlier tree is itself a perfect subtree of the later one, its root is known already.
    if low != 0 {
        ranges.push((low, high));
    }
    ranges
        .into_iter()
        .rev()
        .map(|(low, high)| range_root(low, high, &read))
        .collect()
}

/// Checks that the later tree begins with the entries of the earlier one (RFC 9162 section 2.1.4.2). Any
/// tree extends the empty one, with an empty proof.
pub fn verify_consistency(
    proof: &[Hash],
    from: u64,
    from_root: &Hash,
    to: u64,
    to_root: &Hash,
) -> Result<(), VerifyError> {
    if to > MAX_TREE_SIZE {
        return Err(VerifyError::TooLarge { size: to });
    }
    if from > to {
        return Err(VerifyError::NotEarlier { from, to });
    }
    let wrong_length = VerifyError::WrongLength { found: proof.len() };
    if from == 0 || from == to {
        return match (proof.is_empty(), from) {
            (false, _) => Err(wrong_length),
            (true, 0) if *from_root != EMPTY_ROOT => Err(VerifyError::WrongRoot),
            (true, _) if from == to && from_root != to_root => Err(VerifyError::NotAnExtension),
            (true, _) => Ok(()),
        };
    }
    let (mut node, mut last) = (from - 1, to - 1);
    let shift = node.trailing_ones();
    node >>= shift;
    last >>= shift;
    // Where `from` is a power of two, its root is the start, and the proof leaves it out.
    let (start, path) = match (from.is_power_of_two(), proof.split_first()) {
        (_, None) => return Err(wrong_length),
        (true, Some(_)) => (from_root, proof),
        (false, Some((first, rest))) => (first, rest),
    };
    let (mut earlier, mut later) = (*start, *start);
    for sibling in path {
        if last == 0 {
            return Err(wrong_length);
        }
        if node & 1 == 1 || node == last {
            earlier = node_hash(sibling, &earlier);
            later = node_hash(sibling, &later);
            climb_to_right_child(&mut node, &mut last);
        } else {
            later = node_hash(&later, sibling);
        }
        node >>= 1;
        last >>= 1;
    }
    if last != 0 {
        return Err(wrong_length);
    }
    if earlier == *from_root && later == *to_root {
        Ok(())
    } else {
        Err(VerifyError::NotAnExtension)
    }
}

/// "If LSB(fn) is not set, then right-shift both fn and sn equally until either LSB(fn) is set or fn
/// is 0" (RFC 9162): passes the levels at which the right edge has no sibling.
fn climb_to_right_child(node: &mut u64, last: &mut u64) {
    while *node & 1 == 0 && *node != 0 {
        *node >>= 1;
        *last >>= 1;
    }
}

/// Joins the roots of perfect subtrees, largest first, into the root over them all.
pub(crate) fn fold(subtrees: &[Hash]) -> Option<Hash> {
    let (last, rest) = subtrees.split_last()?;
    Some(
        rest.iter()
            .rev()
            .fold(*last, |right, left| node_hash(left, &right)),
    )
}

fn checked(size: u64) -> Result<u64, ProveError> {
    if size <= MAX_TREE_SIZE {
        Ok(size)
    } else {
        Err(ProveError::TooLarge { size })
    }
}

/// "The largest power of two smaller than n" (RFC 6962 section 2.1), for n of at least 2.
fn split(entries: u64) -> u64 {
    1 << (entries - 1).ilog2()
}

/// The perfect subtrees of entries `low..high`, largest first, as level and index. `low` is a multiple
/// of a power of two that is not below the length, as for every range of a proof.
fn perfect_subtrees(mut low: u64, high: u64) -> impl Iterator<Item = (u8, u64)> {
    std::iter::from_fn(move || {
        let level = (high - low).checked_ilog2()?;
        let index = low >> level;
        low += 1 << level;
        // A level of a u64 is below 64.
        Some((level as u8, index))
    })
}

fn range_root(
    low: u64,
    high: u64,
    read: &impl Fn(u8, u64) -> Option<Hash>,
) -> Result<Hash, ProveError> {
    let mut hashes = [EMPTY_ROOT; 64];
    let mut count = 0;
    for (level, index) in perfect_subtrees(low, high) {
        hashes[count] = read(level, index).ok_or(ProveError::MissingHash { level, index })?;
        count += 1;
    }
    Ok(fold(&hashes[..count]).unwrap_or(EMPTY_ROOT))
}

impl HashTree {
    /// The root of the tree as it was at `size` entries.
    pub fn root_at(&self, size: u64) -> Result<Hash, ProveError> {
        root_at(size, |level, index| self.hash(level, index))
    }

    /// As [`prove_inclusion`], in this tree.
    pub fn prove_inclusion(&self, size: u64, index: u64) -> Result<Vec<Hash>, ProveError> {
        prove_inclusion(size, index, |level, index| self.hash(level, index))
    }

    /// As [`prove_consistency`], in this tree.
    pub fn prove_consistency(&self, from: u64, to: u64) -> Result<Vec<Hash>, ProveError> {
        prove_consistency(from, to, |level, index| self.hash(level, index))
    }
}
