//! The Merkle trees of a journal: one over its records, one over the envelopes of each log.

use std::collections::BTreeMap;

use tlog::{Frontier, Hash};

use crate::record::{Head, Origin};

/// The tree over the journal in the tables; logs count from 1.
pub(crate) const JOURNAL_TREE: i64 = 0;

/// Levels whose inner hashes are kept are multiples of this: the hash of every 256 leaves, of every
/// 65,536, and so on (as in tiles of C2SP tlog-tiles). The ones between are folded from at most 256 rows.
pub(crate) const KEPT_LEVELS: u8 = 8;

/// The right edges of all trees.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Trees {
    /// Transactions so far.
    pub(crate) commits: u64,
    pub(crate) journal: Frontier,
    pub(crate) logs: BTreeMap<Origin, Log>,
}

/// The tree of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Log {
    pub(crate) tree: i64,
    pub(crate) frontier: Frontier,
}

/// An inner hash to keep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Node {
    pub(crate) tree: i64,
    pub(crate) level: u8,
    pub(crate) index: u64,
    pub(crate) hash: Hash,
}

impl Trees {
    pub(crate) fn head(&self) -> Head {
        head_of(&self.journal)
    }

    /// The next unused tree number.
    pub(crate) fn next_tree(&self) -> i64 {
        self.logs
            .values()
            .map(|log| log.tree)
            .max()
            .unwrap_or(JOURNAL_TREE)
            + 1
    }
}

pub(crate) fn head_of(frontier: &Frontier) -> Head {
    Head {
        size: frontier.size(),
        root: frontier.root(),
    }
}

/// Appends a leaf and hands over the inner hashes to keep.
pub(crate) fn grow(tree: i64, frontier: &mut Frontier, leaf: Hash, mut keep: impl FnMut(Node)) {
    frontier.push_with(leaf, |level, index, hash| {
        if level != 0 && level.is_multiple_of(KEPT_LEVELS) {
            keep(Node {
                tree,
                level,
                index,
                hash,
            });
        }
    });
}

pub(crate) fn edge_bytes(frontier: &Frontier) -> Vec<u8> {
    frontier.parts().1.iter().flat_map(|hash| hash.0).collect()
}

/// A frontier from its size and [`edge_bytes`]; `None` where they do not fit.
pub(crate) fn frontier_from(size: u64, edge: &[u8]) -> Option<Frontier> {
    let (hashes, rest) = edge.as_chunks::<32>();
    if !rest.is_empty() {
        return None;
    }
    Frontier::from_parts(size, hashes.iter().map(|hash| Hash(*hash)).collect()).ok()
}

/// The trees as bytes, for a snapshot: a count, then tree, origin, size and right edge of each, the
/// journal's first; integers big-endian, lengths in front. The caller's state follows.
pub(crate) fn encode(trees: &Trees, state: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(state.len() + 1024);
    bytes.extend((trees.logs.len() as u32 + 1).to_be_bytes());
    let mut add = |tree: i64, origin: &str, frontier: &Frontier| {
        bytes.extend(tree.to_be_bytes());
        // INVARIANT: an origin has at most MAX_ORIGIN bytes.
        bytes.push(origin.len() as u8);
        bytes.extend(origin.as_bytes());
        bytes.extend(frontier.size().to_be_bytes());
        bytes.extend(edge_bytes(frontier));
    };
    add(JOURNAL_TREE, "", &trees.journal);
    for (origin, log) in &trees.logs {
        add(log.tree, origin.as_str(), &log.frontier);
    }
    bytes.extend(state);
    bytes
}

/// The inverse of [`encode`].
pub(crate) fn decode(bytes: &[u8]) -> Option<(Trees, Vec<u8>)> {
    let (count, mut rest) = bytes.split_first_chunk::<4>()?;
    let mut trees = Trees::default();
    for place in 0..u32::from_be_bytes(*count) {
        let (tree, after) = rest.split_first_chunk::<8>()?;
        let (length, after) = after.split_first()?;
        let (origin, after) = after.split_at_checked(usize::from(*length))?;
        let (size, after) = after.split_first_chunk::<8>()?;
        let size = u64::from_be_bytes(*size);
        let (edge, after) = after.split_at_checked(32 * size.count_ones() as usize)?;
        let frontier = frontier_from(size, edge)?;
        rest = after;
        if place == 0 {
            trees.journal = frontier;
            continue;
        }
        let origin = Origin::new(std::str::from_utf8(origin).ok()?).ok()?;
        trees.logs.insert(
            origin,
            Log {
                tree: i64::from_be_bytes(*tree),
                frontier,
            },
        );
    }
    Some((trees, rest.to_vec()))
}
