//! The live volumes, and which of them come near a given one.
//!
//! Boxes in space and time, in an R*-tree: space and not latitude and longitude, so that poles and the antimeridian are
//! places like any other. Nothing of the tree shows outside of this module; a faster one can take its place.

use std::collections::BTreeMap;
use std::sync::Arc;

use model::units::{Millis, SECOND_MS};
use rstar::{AABB, RTree, RTreeObject};

use crate::TOUCH;
use crate::boxes::Bounds;
use crate::matrix::Matrix;
use crate::pair::{Conflict, between};
use crate::volume::Volume;

/// Three axes of space in metres and one of time in seconds: a volume is about as long in either.
type Corner = [f64; 4];

/// The volumes that are to be heeded, each under its key. One index a line: it is asked with that arrangement's matrix.
#[derive(Debug, Clone, Default)]
pub struct Index<K> {
    tree: RTree<Entry>,
    slots: BTreeMap<K, u32>,
    volumes: Vec<Option<Arc<Volume<K>>>>,
    free: Vec<u32>,
}

/// One box of a volume.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Entry {
    low: Corner,
    high: Corner,
    slot: u32,
}

impl RTreeObject for Entry {
    type Envelope = AABB<Corner>;

    fn envelope(&self) -> Self::Envelope {
        AABB::from_corners(self.low, self.high)
    }
}

impl<K: Copy + Ord> Index<K> {
    pub fn new() -> Self {
        Self {
            tree: RTree::new(),
            slots: BTreeMap::new(),
            volumes: Vec::new(),
            free: Vec::new(),
        }
    }

    pub fn len(&self) -> usize {
        self.slots.len()
    }

    pub fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    pub fn volume(&self, key: K) -> Option<&Arc<Volume<K>>> {
        self.volumes[*self.slots.get(&key)? as usize].as_ref()
    }

    /// In order.
    pub fn keys(&self) -> impl Iterator<Item = K> + '_ {
        self.slots.keys().copied()
    }

    /// Adds a volume, and returns the one of the same key that it takes the place of.
    pub fn insert(&mut self, volume: Volume<K>) -> Option<Arc<Volume<K>>> {
        let before = self.remove(volume.key);
        for entry in self.place(volume) {
            self.tree.insert(entry);
        }
        before
    }

    pub fn remove(&mut self, key: K) -> Option<Arc<Volume<K>>> {
        let slot = self.slots.remove(&key)?;
        let volume = self.volumes[slot as usize].take()?;
        for entry in entries(&volume, slot) {
            self.tree.remove(&entry);
        }
        self.free.push(slot);
        Some(volume)
    }

    /// The conflicts of `volume` with what is in the index, in the order of the other's key.
    ///
    /// `volume` need not be in the index; what has its key is passed over. Each conflict is worked out when it is asked
    /// for, so a caller that wants no more than a number of them takes no more.
    pub fn conflicts<'a>(
        &self,
        volume: &'a Volume<K>,
        matrix: &'a Matrix,
    ) -> impl Iterator<Item = Conflict<K>> + 'a {
        self.near(volume, matrix)
            .into_iter()
            .filter_map(|other| between(volume, &other, matrix))
    }

    /// What a rule of the matrix could keep `volume` apart from, by the boxes alone; in the order of the keys. What has its
    /// key is passed over. Quick, where a closer look may take long: the two can be done in different places.
    pub fn near(&self, volume: &Volume<K>, matrix: &Matrix) -> Vec<Arc<Volume<K>>> {
        let mut slots: Vec<u32> = self.boxes_near(volume, matrix).collect();
        slots.sort_unstable();
        slots.dedup();
        let mut near: Vec<Arc<Volume<K>>> = slots
            .into_iter()
            .filter_map(|slot| self.volumes[slot as usize].clone())
            .filter(|other| other.key != volume.key)
            .collect();
        near.sort_unstable_by_key(|other| other.key);
        near
    }

    /// Whether [`Self::near`] finds anything.
    pub fn is_near_any(&self, volume: &Volume<K>, matrix: &Matrix) -> bool {
        let mut others = (self.boxes_near(volume, matrix))
            .filter_map(|slot| self.volumes[slot as usize].as_ref());
        others.any(|other| other.key != volume.key)
    }

    /// Of which volumes a box comes near, each as often as it has such boxes.
    fn boxes_near(&self, volume: &Volume<K>, matrix: &Matrix) -> impl Iterator<Item = u32> + '_ {
        let reach = matrix.reach(volume.kind);
        let around = reach.into_iter().flat_map(|reach| {
            let margin = reach.horizontal.as_mm() as f64 / 1_000.0 + TOUCH;
            let boxes = entries(volume, 0).into_iter();
            boxes.map(move |around| widened(&around, margin, reach.time))
        });
        let around: Vec<[Corner; 2]> = around.collect();
        around.into_iter().flat_map(|[low, high]| {
            let found = (self.tree).locate_in_envelope_intersecting(AABB::from_corners(low, high));
            found.map(|entry| entry.slot)
        })
    }

    /// Keeps a volume whose key is not there yet, and gives what the tree must hold of it.
    fn place(&mut self, volume: Volume<K>) -> Vec<Entry> {
        let slot = self.free.pop().unwrap_or_else(|| {
            self.volumes.push(None);
            (self.volumes.len() - 1) as u32
        });
        let entries = entries(&volume, slot);
        self.slots.insert(volume.key, slot);
        self.volumes[slot as usize] = Some(Arc::new(volume));
        entries
    }
}

/// All at once, which is several times as fast as one by one. Of two with one key the later stays.
impl<K: Copy + Ord> FromIterator<Volume<K>> for Index<K> {
    fn from_iter<I: IntoIterator<Item = Volume<K>>>(volumes: I) -> Self {
        let last: BTreeMap<K, Volume<K>> = volumes
            .into_iter()
            .map(|volume| (volume.key, volume))
            .collect();
        let mut index = Self::new();
        let entries = last
            .into_values()
            .flat_map(|volume| index.place(volume))
            .collect();
        index.tree = RTree::bulk_load(entries);
        index
    }
}

fn entries<K>(volume: &Volume<K>, slot: u32) -> Vec<Entry> {
    let [from, until] =
        [volume.span.from(), volume.span.until()].map(|instant| seconds(instant.as_unix_ms()));
    volume
        .shape
        .boxes()
        .into_iter()
        .map(|Bounds { low, high }| Entry {
            low: [low[0], low[1], low[2], from],
            high: [high[0], high[1], high[2], until],
            slot,
        })
        .collect()
}

fn widened(entry: &Entry, metres: f64, time: Millis) -> [Corner; 2] {
    // A millisecond more, so that no rounding parts what touches; `between` counts in whole ones.
    let by = [metres, metres, metres, seconds(time.as_ms() + 1)];
    [
        std::array::from_fn(|axis| entry.low[axis] - by[axis]),
        std::array::from_fn(|axis| entry.high[axis] + by[axis]),
    ]
}

fn seconds(ms: i64) -> f64 {
    ms as f64 / SECOND_MS as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::altitude::ellipsoidal;
    use crate::shape::Shape;
    use crate::volume::Span;
    use model::altitude::{StatedAltitude, StatedBand};
    use model::arrangement::Margins;
    use model::kind::Kind;
    use model::place::{Area, Corridor, Position};
    use model::units::{Millimetres, Timestamp};

    /// A corridor of some 100 km, which lies in the tree in several boxes.
    fn corridor(key: u32) -> Volume<u32> {
        let point = |latitude| Position::from_e7(latitude, 400_000_000 + key as i32).unwrap();
        let points = (0..11)
            .map(|step| point(350_000_000 + step * 1_000_000))
            .collect();
        let width = Millimetres::from_metres(500);
        let shape = Shape::new(Area::Corridor(Corridor::new(points, width).unwrap())).unwrap();
        let stated = StatedBand::new(StatedAltitude::Surface, StatedAltitude::Unlimited).unwrap();
        let margins = Margins {
            flight_level: Millimetres::ZERO,
            above_ground: None,
        };
        Volume {
            key,
            party: "russia".parse().unwrap(),
            kind: Kind::Movement,
            band: ellipsoidal(stated, &shape, &margins).unwrap(),
            shape,
            span: Span::until_withdrawn(Timestamp::MIN),
        }
    }

    #[test]
    fn what_is_removed_or_replaced_leaves_nothing_behind() {
        let mut index: Index<u32> = (0..10).map(corridor).collect();
        let boxes = index.tree.size();
        assert!(boxes >= 60, "{boxes} boxes");
        for key in (0..10).chain(0..5) {
            assert!(index.insert(corridor(key)).is_some());
        }
        assert_eq!((index.tree.size(), index.volumes.len()), (boxes, 10));
        for key in 0..10 {
            assert!(index.remove(key).is_some() && index.remove(key).is_none());
        }
        assert_eq!((index.tree.size(), index.len()), (0, 0));
    }
}
