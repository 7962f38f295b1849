//! An R-tree of nodes of sixteen, in which boxes come and go one by one.
//!
//! Each change touches one path and what splits along it, so none takes longer than a few microseconds, whoever chose the
//! boxes. A copy is as good as free (`Pages`), and stays as it was.

use super::key::{AXES, Key, weighed};
use super::lanes::{Boxes, LANES, Lanes, UNUSED, prefetch};
use super::pages::Pages;
use super::whereabouts::Whereabouts;
use std::ops::ControlFlow;

/// What a node keeps at least when it is divided.
const LEAST: usize = 5;
/// A leaf with fewer is taken apart, and what it held is put elsewhere.
const TOO_FEW: usize = 4;
/// How full nodes are made that are made at once: with room for what comes.
const PACKED: usize = 14;

/// Boxes that are asked about at once, so that no number of them makes one node take long.
const AT_ONCE: usize = 16;

/// Slots of volumes by their boxes, or nodes by theirs.
#[derive(Debug, Clone, Default)]
struct Node {
    boxes: Boxes,
    /// In a leaf the slots of volumes; above, nodes.
    of: [u32; LANES],
    len: u8,
    /// 0 for leaves.
    level: u8,
}

impl Node {
    #[inline]
    fn key(&self, lane: usize) -> Key {
        let mut key = UNUSED;
        for axis in 0..AXES {
            let sides = &self.boxes.axes[axis];
            (key.low[axis], key.high[axis]) = (sides.low[lane], sides.high[lane]);
        }
        key
    }

    fn set(&mut self, lane: usize, key: &Key) {
        for axis in 0..AXES {
            self.boxes.axes[axis].low[lane] = key.low[axis];
            self.boxes.axes[axis].high[lane] = key.high[axis];
        }
    }

    fn push(&mut self, key: &Key, of: u32) {
        let lane = usize::from(self.len);
        self.set(lane, key);
        self.of[lane] = of;
        self.len += 1;
    }

    /// The last takes its place.
    fn take(&mut self, lane: usize) {
        self.len -= 1;
        let last = usize::from(self.len);
        let key = self.key(last);
        self.set(lane, &key);
        self.of[lane] = self.of[last];
        self.set(last, &UNUSED);
    }

    fn clear(&mut self) {
        (self.len, self.boxes) = (0, Boxes::default());
    }

    fn all(&self) -> impl Iterator<Item = (Key, u32)> + '_ {
        (0..usize::from(self.len)).map(|lane| (self.key(lane), self.of[lane]))
    }

    /// Around all of it; none if it is empty.
    fn whole(&self) -> Option<Key> {
        self.all().map(|(key, _)| key).reduce(|a, b| a.joined(&b))
    }

    fn lane_of(&self, of: u32) -> Option<usize> {
        (0..usize::from(self.len)).find(|lane| self.of[*lane] == of)
    }

    /// The lane that grows least by taking `key` in.
    fn cheapest(&self, key: &Key) -> usize {
        let growth = |lane: usize| {
            let (now, then) = (self.key(lane).cost(), self.key(lane).joined(key).cost());
            (then - now, now)
        };
        let lanes = (0..usize::from(self.len)).map(|lane| (growth(lane), lane));
        let least = lanes.min_by(|(a, _), (b, _)| a.partial_cmp(b).unwrap_or(a.1.total_cmp(&b.1)));
        least.map_or(0, |(_, lane)| lane)
    }
}

/// What is in the tree at some time.
#[derive(Debug, Clone)]
pub struct View {
    nodes: Pages<Node>,
    root: u32,
    lanes: Lanes,
}

impl View {
    /// Calls `found` with the slot of each box that meets one of `asked`, with some several times, until it breaks off.
    pub fn visit(&self, asked: &[Key], mut found: impl FnMut(u32) -> ControlFlow<()>) {
        // Which are to be looked at yet, and on which level.
        let mut waiting = Vec::with_capacity(6 * LANES);
        // Neighbours lie together, and are mostly on the same way down.
        for asked in asked.chunks(AT_ONCE) {
            waiting.push((self.root, self.nodes.at(self.root).level));
            while let Some((node, level)) = waiting.pop() {
                let node = self.nodes.at(node);
                let meeting = |key| self.lanes.meeting(&node.boxes, key);
                let mut meeting = asked.iter().map(meeting).fold(0, |all, one| all | one);
                while meeting != 0 {
                    let of = node.of[meeting.trailing_zeros() as usize];
                    meeting &= meeting - 1;
                    if level == 0 {
                        if found(of).is_break() {
                            return;
                        }
                    } else {
                        let next = self.nodes.at(of);
                        for sides in &next.boxes.axes {
                            prefetch(&sides.low);
                            prefetch(&sides.high);
                        }
                        prefetch(&next.of);
                        waiting.push((of, level - 1));
                    }
                }
            }
        }
    }
}

/// The tree as it grows.
#[derive(Debug, Clone)]
pub struct Tree {
    view: View,
    /// Of each node but the root, the one above it.
    above: Vec<u32>,
    free: Vec<u32>,
    /// In which leaves each slot is.
    leaves: Whereabouts,
}

impl Default for Tree {
    fn default() -> Self {
        Self::new(Lanes::detected())
    }
}

impl Tree {
    pub fn new(lanes: Lanes) -> Self {
        let mut nodes = Pages::default();
        let root = nodes.grow();
        Self {
            view: View { nodes, root, lanes },
            above: vec![root],
            free: Vec::new(),
            leaves: Whereabouts::default(),
        }
    }

    /// All at once, which is several times as fast as one by one, and packs better.
    pub fn of(mut entries: Vec<(Key, u32)>, lanes: Lanes) -> Self {
        let mut tree = Self::new(lanes);
        let (mut level, mut holds) = (0, PACKED);
        while holds < entries.len() {
            (level, holds) = (level + 1, holds * PACKED);
        }
        let root = tree.view.root;
        tree.pack(&mut entries, root, level, holds);
        tree
    }

    pub fn view(&self) -> &View {
        &self.view
    }

    /// How many boxes it holds.
    #[cfg(test)]
    pub fn len(&self) -> usize {
        let all = Key::everywhere(i64::MIN / 2, i64::MAX / 2);
        let mut boxes = 0;
        self.view.visit(&[all], |_| {
            boxes += 1;
            ControlFlow::Continue(())
        });
        boxes
    }

    pub fn insert(&mut self, key: Key, slot: u32) {
        let mut node = self.view.root;
        while self.at(node).level > 0 {
            let lane = self.at(node).cheapest(&key);
            let before = self.at(node).key(lane);
            let after = before.joined(&key);
            if after != before {
                self.at_mut(node).set(lane, &after);
            }
            node = self.at(node).of[lane];
        }
        self.put(node, &key, slot);
    }

    /// All boxes of a slot.
    pub fn remove(&mut self, slot: u32) {
        let leaves = self.leaves.take(slot);
        for leaf in &leaves {
            while let Some(lane) = self.at(*leaf).lane_of(slot) {
                self.at_mut(*leaf).take(lane);
            }
        }
        let mut homeless = Vec::new();
        for leaf in leaves {
            self.shrink(leaf, &mut homeless);
        }
        for (key, slot) in homeless {
            self.insert(key, slot);
        }
    }

    fn at(&self, node: u32) -> &Node {
        self.view.nodes.at(node)
    }

    fn at_mut(&mut self, node: u32) -> &mut Node {
        self.view.nodes.at_mut(node)
    }

    fn begin(&mut self, level: u8) -> u32 {
        let node = self.free.pop().unwrap_or_else(|| {
            self.above.push(0);
            self.view.nodes.grow()
        });
        let begun = self.at_mut(node);
        begun.clear();
        begun.level = level;
        node
    }

    /// Puts a box into a node in which there may be no room; all above it are wide enough already.
    fn put(&mut self, node: u32, key: &Key, of: u32) {
        if usize::from(self.at(node).len) == LANES {
            return self.divide(node, key, of);
        }
        self.at_mut(node).push(key, of);
        self.is_in(node, of);
    }

    fn is_in(&mut self, node: u32, of: u32) {
        match self.at(node).level {
            0 => self.leaves.add(of, node),
            _above => self.above[of as usize] = node,
        }
    }

    fn divide(&mut self, node: u32, key: &Key, of: u32) {
        let mut all: Vec<(Key, u32)> = self.at(node).all().chain([(*key, of)]).collect();
        self.is_in(node, of);
        let at = parted(&mut all);
        let level = self.at(node).level;
        let beside = self.begin(level);
        self.at_mut(node).clear();
        for (key, of) in &all[..at] {
            self.at_mut(node).push(key, *of);
        }
        for (key, of) in &all[at..] {
            self.at_mut(beside).push(key, *of);
            match level {
                0 => self.leaves.moved(*of, node, beside),
                _above => self.above[*of as usize] = beside,
            }
        }
        let halves = [around(&all[..at]), around(&all[at..])];
        self.raise(node, beside, level, halves);
    }

    /// Says above a node that was divided that there are two now.
    fn raise(&mut self, node: u32, beside: u32, level: u8, [own, other]: [Key; 2]) {
        if node == self.view.root {
            let root = self.begin(level + 1);
            self.view.root = root;
            self.put(root, &own, node);
            self.put(root, &other, beside);
            return;
        }
        let above = self.above[node as usize];
        if let Some(lane) = self.at(above).lane_of(node) {
            self.at_mut(above).set(lane, &own);
        }
        self.put(above, &other, beside);
    }

    /// After something was taken out of a node: makes the boxes above as small as they can be, and takes out what is
    /// empty, or a leaf with hardly anything in it.
    fn shrink(&mut self, mut node: u32, homeless: &mut Vec<(Key, u32)>) {
        while node != self.view.root {
            let above = self.above[node as usize];
            // INVARIANT: `above` holds every node but the root.
            let Some(lane) = self.at(above).lane_of(node) else {
                return;
            };
            let held = self.at(node);
            match held.whole() {
                Some(whole) if held.level > 0 || usize::from(held.len) >= TOO_FEW => {
                    if self.at(above).key(lane) == whole {
                        return;
                    }
                    self.at_mut(above).set(lane, &whole);
                }
                _few => {
                    for (key, slot) in self.view.nodes.at(node).all() {
                        self.leaves.left(slot, node);
                        homeless.push((key, slot));
                    }
                    self.at_mut(above).take(lane);
                    self.free.push(node);
                }
            }
            node = above;
        }
        self.lower_root();
    }

    fn lower_root(&mut self) {
        while self.at(self.view.root).level > 0 {
            let root = self.view.root;
            match self.at(root).len {
                0 => self.at_mut(root).level = 0,
                1 => {
                    self.view.root = self.at(root).of[0];
                    self.free.push(root);
                }
                _more => return,
            }
        }
    }

    /// Fills `node`, which is on `level` and can hold `holds` boxes, with `entries`; says what is around them.
    fn pack(
        &mut self,
        entries: &mut [(Key, u32)],
        node: u32,
        level: u8,
        holds: usize,
    ) -> Option<Key> {
        self.at_mut(node).level = level;
        if level == 0 {
            for (key, slot) in entries.iter() {
                self.at_mut(node).push(key, *slot);
                self.leaves.add(*slot, node);
            }
            return self.at(node).whole();
        }
        let each = holds / PACKED;
        let parts = entries.len().div_ceil(each);
        self.pack_parts(entries, parts, node, level - 1, each);
        self.at(node).whole()
    }

    fn pack_parts(
        &mut self,
        entries: &mut [(Key, u32)],
        parts: usize,
        node: u32,
        level: u8,
        each: usize,
    ) {
        if parts == 1 {
            let below = self.begin(level);
            if let Some(key) = self.pack(entries, below, level, each) {
                self.at_mut(node).push(&key, below);
                self.above[below as usize] = node;
            }
            return;
        }
        let at = entries.len() * (parts / 2) / parts;
        let axis = widest(entries);
        entries.select_nth_unstable_by_key(at, |(key, _)| key.middle(axis));
        let (left, right) = entries.split_at_mut(at);
        self.pack_parts(left, parts / 2, node, level, each);
        self.pack_parts(right, parts - parts / 2, node, level, each);
    }
}

fn around(entries: &[(Key, u32)]) -> Key {
    let first = entries[0].0;
    entries.iter().fold(first, |all, (key, _)| all.joined(key))
}

/// The axis along which middles spread most.
fn widest(entries: &[(Key, u32)]) -> usize {
    let spread = |axis: usize| {
        let middles = entries.iter().map(|(key, _)| key.middle(axis));
        let (low, high) = middles.fold((i64::MAX, i64::MIN), |(low, high), at| {
            (low.min(at), high.max(at))
        });
        weighed(axis, (high - low) as f32)
    };
    (0..AXES)
        .max_by(|a, b| spread(*a).total_cmp(&spread(*b)))
        .unwrap_or(0)
}

/// Puts boxes in an order, and says where to part it so that the two halves cost least together.
fn parted(all: &mut [(Key, u32)]) -> usize {
    let mut best: (f32, usize, usize) = (f32::INFINITY, 0, all.len() / 2);
    for axis in 0..AXES {
        all.sort_unstable_by_key(|(key, _)| key.middle(axis));
        let mut after = [0.0; LANES + 1];
        let mut around = all[all.len() - 1].0;
        for at in (LEAST..all.len()).rev() {
            around = around.joined(&all[at].0);
            after[at] = around.cost();
        }
        around = all[0].0;
        for at in 1..=all.len() - LEAST {
            around = around.joined(&all[at - 1].0);
            if at >= LEAST && around.cost() + after[at] < best.0 {
                best = (around.cost() + after[at], axis, at);
            }
        }
    }
    if best.1 != AXES - 1 {
        all.sort_unstable_by_key(|(key, _)| key.middle(best.1));
    }
    best.2
}

#[cfg(test)]
mod tests;
