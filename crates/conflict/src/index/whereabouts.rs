//! In which leaves of the tree a slot is: nearly always in one.

use std::collections::BTreeMap;

/// Of a slot that is in no leaf, and of one that is in several.
const NOWHERE: u32 = u32::MAX;
const SEVERAL: u32 = u32::MAX - 1;

/// One leaf for each box of each slot.
#[derive(Debug, Clone, Default)]
pub struct Whereabouts {
    one: Vec<u32>,
    several: BTreeMap<u32, Vec<u32>>,
}

impl Whereabouts {
    pub fn add(&mut self, slot: u32, leaf: u32) {
        let at = slot as usize;
        if self.one.len() <= at {
            self.one.resize(at + 1, NOWHERE);
        }
        match self.one[at] {
            NOWHERE => self.one[at] = leaf,
            SEVERAL => self.several.entry(slot).or_default().push(leaf),
            first => {
                self.several.insert(slot, vec![first, leaf]);
                self.one[at] = SEVERAL;
            }
        }
    }

    /// One box went from one leaf to another.
    pub fn moved(&mut self, slot: u32, from: u32, to: u32) {
        match self.one[slot as usize] {
            SEVERAL => {
                let leaves = self.several.entry(slot).or_default();
                if let Some(leaf) = leaves.iter_mut().find(|leaf| **leaf == from) {
                    *leaf = to;
                }
            }
            _one => self.one[slot as usize] = to,
        }
    }

    /// Each leaf that the slot is in, once; it is in none then.
    pub fn take(&mut self, slot: u32) -> Vec<u32> {
        let Some(one) = self.one.get_mut(slot as usize) else {
            return Vec::new();
        };
        match std::mem::replace(one, NOWHERE) {
            NOWHERE => Vec::new(),
            SEVERAL => {
                let mut leaves = self.several.remove(&slot).unwrap_or_default();
                leaves.sort_unstable();
                leaves.dedup();
                leaves
            }
            leaf => vec![leaf],
        }
    }

    /// A box of the slot left `leaf`.
    pub fn left(&mut self, slot: u32, leaf: u32) {
        match self.one[slot as usize] {
            SEVERAL => {
                let leaves = self.several.entry(slot).or_default();
                if let Some(at) = leaves.iter().position(|in_leaf| *in_leaf == leaf) {
                    leaves.swap_remove(at);
                }
            }
            _one => self.one[slot as usize] = NOWHERE,
        }
    }
}
