//! What is at hand of the peer's log: its right edge, and leaf and root of its last entries.

use super::bounds::MAX_RECENT;
use model::line::{Digest, Epoch, LogHead};
use serde::de::{Error, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::VecDeque;
use std::fmt;
use tlog::{EMPTY_ROOT, Frontier, Hash};

/// The root of a log without entries.
pub(super) const EMPTY: Digest = Digest(EMPTY_ROOT.0);

pub(super) const fn empty_head(epoch: Epoch) -> LogHead {
    LogHead {
        epoch,
        size: 0,
        root: EMPTY,
    }
}

/// One log of the peer as far as it is held: enough to add to it, and to tell root and leaf of its last entries.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct HeldLog {
    edge: Edge,
    recent: Recent,
}

impl HeldLog {
    pub fn size(&self) -> u64 {
        self.edge.0.size()
    }

    pub fn head(&self, epoch: Epoch) -> LogHead {
        LogHead {
            epoch,
            size: self.size(),
            root: self.root_at(self.size()).unwrap_or(EMPTY),
        }
    }

    pub fn frontier(&self) -> &Frontier {
        &self.edge.0
    }

    /// Adds an entry; `root` is the root after it where that was worked out before.
    pub fn push(&mut self, leaf: Digest, root: Option<Digest>) {
        self.edge.0.push(Hash(leaf.0));
        let root = root.unwrap_or_else(|| Digest(self.edge.0.root().0));
        self.recent.0.push_back((leaf, root));
        if self.recent.0.len() > MAX_RECENT {
            self.recent.0.pop_front();
        }
    }

    /// The root at `size`; `None` where it is not held yet or no longer at hand.
    pub fn root_at(&self, size: u64) -> Option<Digest> {
        match size.checked_sub(1) {
            Some(index) => self.at(index).map(|(_, root)| root),
            None => Some(EMPTY),
        }
    }

    pub fn leaf_at(&self, index: u64) -> Option<Digest> {
        self.at(index).map(|(leaf, _)| leaf)
    }

    fn at(&self, index: u64) -> Option<(Digest, Digest)> {
        let first = self.size().checked_sub(self.recent.0.len() as u64)?;
        let place = usize::try_from(index.checked_sub(first)?).ok()?;
        self.recent.0.get(place).copied()
    }

    /// Its epoch is over: only the last `kept` entries stay at hand.
    pub fn shorten(&mut self, kept: usize) {
        let over = self.recent.0.len().saturating_sub(kept);
        self.recent.0.drain(..over);
        self.recent.0.shrink_to_fit();
    }
}

/// A frontier that can be kept in a snapshot.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Edge(Frontier);

impl Serialize for Edge {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (size, edge) = self.0.parts();
        let edge: Vec<Digest> = edge.iter().map(|hash| Digest(hash.0)).collect();
        (size, edge).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Edge {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (size, edge) = <(u64, Vec<Digest>)>::deserialize(deserializer)?;
        let edge = edge.into_iter().map(|digest| Hash(digest.0)).collect();
        Frontier::from_parts(size, edge)
            .map(Edge)
            .map_err(D::Error::custom)
    }
}

/// Leaf and root, oldest first. Kept as one run of bytes: a snapshot holds thousands of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Recent(VecDeque<(Digest, Digest)>);

const PAIR: usize = 64;

impl Serialize for Recent {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let pairs = self
            .0
            .iter()
            .flat_map(|(leaf, root)| leaf.0.into_iter().chain(root.0));
        serializer.serialize_bytes(&pairs.collect::<Vec<u8>>())
    }
}

impl<'de> Deserialize<'de> for Recent {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let bytes = deserializer.deserialize_byte_buf(BytesVisitor)?;
        if bytes.len() % PAIR != 0 || bytes.len() > MAX_RECENT * PAIR {
            return Err(D::Error::custom("the last leaves and roots are not whole"));
        }
        let half = |bytes: &[u8]| {
            let mut digest = [0; 32];
            digest.copy_from_slice(bytes);
            Digest(digest)
        };
        let pairs = bytes.chunks_exact(PAIR).map(|pair| {
            let (leaf, root) = pair.split_at(PAIR / 2);
            (half(leaf), half(root))
        });
        Ok(Recent(pairs.collect()))
    }
}

/// Bytes, in whatever way the format at hand has them.
struct BytesVisitor;

impl<'de> Visitor<'de> for BytesVisitor {
    type Value = Vec<u8>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("bytes")
    }

    fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Vec<u8>, E> {
        Ok(bytes.to_vec())
    }

    fn visit_byte_buf<E: Error>(self, bytes: Vec<u8>) -> Result<Vec<u8>, E> {
        Ok(bytes)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Vec<u8>, A::Error> {
        let mut bytes = Vec::new();
        while let Some(byte) = seq.next_element()? {
            bytes.push(byte);
        }
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::super::bounds::MAX_RECENT_CLOSED;
    use super::*;

    fn leaf(n: u64) -> Digest {
        Digest(tlog::leaf_hash(&n.to_be_bytes()).0)
    }

    #[test]
    fn the_last_roots_are_at_hand_and_older_ones_are_not() {
        let mut log = HeldLog::default();
        let mut roots = vec![EMPTY];
        let mut plain = Frontier::new();
        for n in 0..MAX_RECENT as u64 + 2 {
            log.push(leaf(n), None);
            plain.push(Hash(leaf(n).0));
            roots.push(Digest(plain.root().0));
        }
        let size = log.size();
        assert_eq!(log.root_at(size), Some(roots[size as usize]));
        assert_eq!(log.root_at(3), Some(roots[3]));
        assert_eq!(log.root_at(2), None);
        assert_eq!(log.root_at(size + 1), None);
        assert_eq!(log.root_at(0), Some(EMPTY));
        assert_eq!(log.leaf_at(2), Some(leaf(2)));
        assert_eq!(log.leaf_at(1), None);
        log.shorten(MAX_RECENT_CLOSED);
        assert_eq!(
            log.leaf_at(size - MAX_RECENT_CLOSED as u64),
            Some(leaf(size - MAX_RECENT_CLOSED as u64))
        );
        assert_eq!(log.leaf_at(size - MAX_RECENT_CLOSED as u64 - 1), None);
    }

    #[test]
    fn a_held_log_comes_back_from_a_snapshot_as_it_was() {
        let mut log = HeldLog::default();
        (0..11).for_each(|n| log.push(leaf(n), None));
        let kept = serde_json::to_string(&log).expect("written");
        let back: HeldLog = serde_json::from_str(&kept).expect("read");
        assert_eq!(back, log);
        assert!(serde_json::from_str::<HeldLog>(&kept.replace("[11,", "[12,")).is_err());
    }
}
