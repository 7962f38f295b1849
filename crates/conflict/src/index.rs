//! The live volumes, and which of them come near a given one.
//!
//! Boxes in space and time, in a tree: space and not latitude and longitude, so that poles and the antimeridian are places
//! like any other. Nothing of the tree shows outside of this crate. How it works: docs/conflict-engine.md.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;

use model::ids::PartyId;
use model::kind::Kind;
use model::units::Timestamp;

use crate::TOUCH;
use crate::boxes::Bounds;
use crate::matrix::Matrix;
use crate::pair::{Conflict, between, may_conflict, time_gap};
use crate::volume::{Span, Volume};

mod heights;
pub(crate) mod key;
pub(crate) mod lanes;
mod pages;
pub(crate) mod tree;
mod whereabouts;

use heights::Heights;
use key::Key;
use lanes::{Lanes, prefetch};
use pages::Pages;
use tree::{Tree, View};

/// The volumes that are to be heeded, each under its key. One index a line: it is asked with that arrangement's matrix.
#[derive(Debug, Clone)]
pub struct Index<K> {
    tree: Tree,
    slots: BTreeMap<K, u32>,
    held: Pages<Held<K>>,
    free: Vec<u32>,
}

/// What an [`Index`] held at some time, and holds from then on whatever becomes of the index. Taking one is as quick as
/// counting to ten; the first change of each part of the index after it copies that part.
#[derive(Debug, Clone)]
pub struct Snapshot<K> {
    view: View,
    held: Pages<Held<K>>,
}

/// A slot: a volume, and of it what most questions are decided by.
#[derive(Debug, Clone)]
struct Held<K> {
    volume: Option<Arc<Volume<K>>>,
    kind: Kind,
    span: Span,
    heights: Heights,
}

impl<K> Default for Held<K> {
    fn default() -> Self {
        Self {
            volume: None,
            kind: Kind::AirActivity,
            span: Span::until_withdrawn(Timestamp::MIN),
            heights: Heights::default(),
        }
    }
}

/// Which volumes are asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Among<'a> {
    /// None: whoever's.
    pub of: Option<PartyId>,
    /// None: of all kinds.
    pub kinds: Option<&'a [Kind]>,
}

impl Among<'_> {
    fn holds<K>(&self, held: &Held<K>) -> bool {
        let is_of = |party| {
            held.volume
                .as_ref()
                .is_some_and(|volume| volume.party == party)
        };
        self.kinds.is_none_or(|kinds| kinds.contains(&held.kind)) && self.of.is_none_or(is_of)
    }
}

impl<K: Copy + Ord> Default for Index<K> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K: Copy + Ord> Index<K> {
    pub fn new() -> Self {
        Self {
            tree: Tree::default(),
            slots: BTreeMap::new(),
            held: Pages::default(),
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
        self.held.at(*self.slots.get(&key)?).volume.as_ref()
    }

    /// In order.
    pub fn keys(&self) -> impl Iterator<Item = K> + '_ {
        self.slots.keys().copied()
    }

    /// Adds a volume, and returns the one of the same key that it takes the place of.
    pub fn insert(&mut self, volume: Volume<K>) -> Option<Arc<Volume<K>>> {
        let before = self.remove(volume.key);
        let keys = keys(&volume);
        let slot = self.place(volume);
        for key in keys {
            self.tree.insert(key, slot);
        }
        before
    }

    /// Takes a volume out. What is not there is not taken out, and nothing else comes of it.
    pub fn remove(&mut self, key: K) -> Option<Arc<Volume<K>>> {
        let slot = self.slots.remove(&key)?;
        self.tree.remove(slot);
        self.free.push(slot);
        self.held.at_mut(slot).volume.take()
    }

    /// What it holds now.
    pub fn snapshot(&self) -> Snapshot<K> {
        Snapshot {
            view: self.tree.view().clone(),
            held: self.held.clone(),
        }
    }

    /// As [`Snapshot::conflicts`], of now.
    pub fn conflicts<'a>(
        &self,
        volume: &'a Volume<K>,
        matrix: &'a Matrix,
    ) -> impl Iterator<Item = Conflict<K>> + 'a {
        conflicts(self.near(volume, matrix), volume, matrix)
    }

    /// As [`Snapshot::near`], of now.
    pub fn near(&self, volume: &Volume<K>, matrix: &Matrix) -> Vec<Arc<Volume<K>>> {
        near(self.tree.view(), &self.held, volume, matrix)
    }

    /// Whether [`Self::near`] finds anything.
    pub fn is_near_any(&self, volume: &Volume<K>, matrix: &Matrix) -> bool {
        let Some(question) = Question::new(volume, matrix) else {
            return false;
        };
        let mut any = false;
        self.tree.view().visit(&question.keys, |slot| {
            any = question.wants(self.held.at(slot));
            match any {
                true => ControlFlow::Break(()),
                false => ControlFlow::Continue(()),
            }
        });
        any
    }

    /// Keeps a volume whose key is not there yet.
    fn place(&mut self, volume: Volume<K>) -> u32 {
        let slot = self.free.pop().unwrap_or_else(|| self.held.grow());
        self.slots.insert(volume.key, slot);
        *self.held.at_mut(slot) = Held {
            kind: volume.kind,
            span: volume.span,
            heights: Heights::of(volume.band),
            volume: Some(Arc::new(volume)),
        };
        slot
    }
}

impl<K: Copy + Ord> Snapshot<K> {
    /// The conflicts of `volume` with what is in the index, in the order of the other's key.
    ///
    /// `volume` need not be in the index; what has its key is passed over. Each conflict is worked out when it is asked
    /// for, so a caller that wants no more than a number of them takes no more.
    pub fn conflicts<'a>(
        &self,
        volume: &'a Volume<K>,
        matrix: &'a Matrix,
    ) -> impl Iterator<Item = Conflict<K>> + 'a {
        conflicts(self.near(volume, matrix), volume, matrix)
    }

    /// What a rule of the matrix could keep `volume` apart from: of another party, near by the boxes, and near enough in
    /// time and height; in the order of the keys. What has its key is passed over. Quick, where a closer look may take
    /// long: the two can be done in different places.
    pub fn near(&self, volume: &Volume<K>, matrix: &Matrix) -> Vec<Arc<Volume<K>>> {
        near(&self.view, &self.held, volume, matrix)
    }

    /// What shares ground with `shape` during `span`, at whatever heights, in the order of the keys: "what was in force
    /// there and then?"
    pub fn on_the_ground(
        &self,
        shape: &crate::shape::Shape,
        span: Span,
        among: Among<'_>,
    ) -> Vec<Arc<Volume<K>>> {
        let [from, until] = [span.from(), span.until()].map(Timestamp::as_unix_ms);
        let boxes = shape.boxes().into_iter();
        let asked: Vec<Key> = boxes
            .map(|bounds| Key::new(from, until, &bounds.widened(MARGIN)))
            .collect();
        let mut found = found(&self.view, &self.held, &asked, |held| {
            held.span.meets(span) && among.holds(held)
        });
        found.retain(|volume| volume.shape.touches(shape));
        found
    }

    /// What may be met between two instants and two heights, in millimetres, within one of these bounds; in the order of the
    /// keys.
    pub(crate) fn in_the_way(
        &self,
        [from, until]: [Timestamp; 2],
        bounds: &[Bounds<3>],
        [low, high]: [i64; 2],
        among: Among<'_>,
    ) -> Vec<Arc<Volume<K>>> {
        let [from, until] = [from, until].map(Timestamp::as_unix_ms);
        let key = |bounds: &Bounds<3>| Key::new(from, until, &bounds.widened(MARGIN));
        let asked: Vec<Key> = bounds.iter().map(key).collect();
        found(&self.view, &self.held, &asked, |held| {
            held.span.from().as_unix_ms() <= until
                && from <= held.span.until().as_unix_ms()
                && held.heights.may_hold(low, high)
                && among.holds(held)
        })
    }

    /// All that is in force at an instant, in the order of the keys.
    pub fn at(&self, instant: Timestamp, among: Among<'_>) -> Vec<Arc<Volume<K>>> {
        let ms = instant.as_unix_ms();
        let then = Span::at(instant);
        found(&self.view, &self.held, &[Key::everywhere(ms, ms)], |held| {
            held.span.meets(then) && among.holds(held)
        })
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
        let mut entries = Vec::with_capacity(last.len());
        for volume in last.into_values() {
            let keys = keys(&volume);
            let slot = index.place(volume);
            entries.extend(keys.into_iter().map(|key| (key, slot)));
        }
        index.tree = Tree::of(entries, Lanes::detected());
        index
    }
}

/// What is added to boxes on every side, in metres, so that no rounding parts what touches.
const MARGIN: f64 = TOUCH + 0.001;

fn keys<K>(volume: &Volume<K>) -> Vec<Key> {
    let [from, until] = [volume.span.from(), volume.span.until()].map(Timestamp::as_unix_ms);
    let boxes = volume.shape.boxes().into_iter();
    boxes.map(|bounds| Key::new(from, until, &bounds)).collect()
}

fn conflicts<'a, K: Copy + Ord>(
    near: Vec<Arc<Volume<K>>>,
    volume: &'a Volume<K>,
    matrix: &'a Matrix,
) -> impl Iterator<Item = Conflict<K>> + 'a {
    let near = near.into_iter();
    near.filter_map(|other| between(volume, &other, matrix))
}

fn near<K: Copy + Ord>(
    view: &View,
    held: &Pages<Held<K>>,
    volume: &Volume<K>,
    matrix: &Matrix,
) -> Vec<Arc<Volume<K>>> {
    Question::new(volume, matrix).map_or_else(Vec::new, |question| {
        found(view, held, &question.keys, |held| question.wants(held))
    })
}

/// What a rule of the matrix could keep a volume apart from.
struct Question<'a, K> {
    volume: &'a Volume<K>,
    matrix: &'a Matrix,
    keys: Vec<Key>,
    heights: Heights,
}

impl<'a, K: Copy + Ord> Question<'a, K> {
    /// None if no rule names the volume's kind.
    fn new(volume: &'a Volume<K>, matrix: &'a Matrix) -> Option<Self> {
        let reach = matrix.reach(volume.kind)?;
        let [from, until] = [volume.span.from(), volume.span.until()].map(Timestamp::as_unix_ms);
        let (metres, ms) = (
            reach.horizontal.as_mm() as f64 / 1_000.0,
            reach.time.as_ms(),
        );
        let boxes = volume.shape.boxes_of(ASKED_STRETCH.max(metres)).into_iter();
        let key = |space: Bounds<3>| {
            let around = space.widened(metres + MARGIN);
            Key::new(from.saturating_sub(ms), until.saturating_add(ms), &around)
        };
        Some(Self {
            volume,
            matrix,
            keys: boxes.map(key).collect(),
            heights: Heights::of(volume.band),
        })
    }

    /// Near by the boxes, is it near in time and height too, and another party's? What is held tells most apart, and lies
    /// closer than the volume.
    fn wants(&self, held: &Held<K>) -> bool {
        let Some(rule) = self.matrix.rule(self.volume.kind, held.kind) else {
            return false;
        };
        let asked = rule.separation;
        time_gap(self.volume.span, held.span).gap <= asked.time
            && self.heights.may_meet(held.heights, asked.vertical)
            && held.volume.as_ref().is_some_and(|other| {
                other.key != self.volume.key && may_conflict(self.volume, other, rule)
            })
    }
}

/// Lines that are asked about are cut finer than those that are held, in metres: it costs no memory.
const ASKED_STRETCH: f64 = 8_000.0;

/// The volumes with a box that meets one of `asked`, and that are `wanted`; in the order of the keys.
fn found<K: Copy + Ord>(
    view: &View,
    held: &Pages<Held<K>>,
    asked: &[Key],
    wanted: impl Fn(&Held<K>) -> bool,
) -> Vec<Arc<Volume<K>>> {
    let mut slots = Vec::with_capacity(32);
    view.visit(asked, |slot| {
        prefetch(held.at(slot));
        slots.push(slot);
        ControlFlow::Continue(())
    });
    // What has several boxes, or is asked about by several, is met several times.
    slots.sort_unstable();
    slots.dedup();
    let mut found = Vec::with_capacity(slots.len().min(16));
    for slot in slots {
        let held = held.at(slot);
        if wanted(held) {
            found.extend(held.volume.clone());
        }
    }
    found.sort_unstable_by_key(|volume| volume.key);
    found
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
        let boxes = index.tree.len();
        assert!(boxes >= 60, "{boxes} boxes");
        for key in (0..10).chain(0..5) {
            assert!(index.insert(corridor(key)).is_some());
        }
        assert_eq!((index.tree.len(), index.held.len()), (boxes, 10));
        for key in 0..10 {
            assert!(index.remove(key).is_some() && index.remove(key).is_none());
        }
        assert_eq!((index.tree.len(), index.len()), (0, 0));
    }
}
