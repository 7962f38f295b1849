use super::*;
use proptest::prelude::*;
use std::collections::BTreeMap;

/// Each node holds what its parent says, no more and no less; each box is where it is said to be.
fn checked(tree: &Tree) -> usize {
    let mut boxes = 0;
    let mut waiting = vec![tree.view.root];
    while let Some(node) = waiting.pop() {
        let held = tree.at(node);
        boxes += if held.level == 0 {
            usize::from(held.len)
        } else {
            0
        };
        assert!(node == tree.view.root || held.len > 0, "an empty node");
        for (key, of) in held.all().filter(|_| held.level > 0) {
            assert_eq!(tree.above[of as usize], node);
            assert_eq!(tree.at(of).level + 1, held.level);
            assert_eq!(tree.at(of).whole(), Some(key));
            waiting.push(of);
        }
    }
    boxes
}

fn found(view: &View, asked: &Key) -> Vec<u32> {
    let mut found = Vec::new();
    view.visit(&[*asked], |slot| {
        found.push(slot);
        ControlFlow::Continue(())
    });
    found.sort_unstable();
    found
}

fn slow(kept: &BTreeMap<u32, Vec<Key>>, asked: &Key) -> Vec<u32> {
    let meets = |key: &Key| {
        (0..AXES).all(|axis| key.low[axis] <= asked.high[axis] && asked.low[axis] <= key.high[axis])
    };
    let all = kept.iter();
    all.flat_map(|(slot, keys)| keys.iter().filter(|key| meets(key)).map(|_| *slot))
        .collect()
}

/// Small, large and empty boxes, equal ones, and such as reach the ends of the axes.
fn key() -> impl Strategy<Value = Key> {
    let side = prop_oneof![
        6 => (-300..300i32, 0..60i32).prop_map(|(at, long)| [at * 1_000, (at + long) * 1_000]),
        2 => Just([5_000, 5_000]),
        1 => Just([i32::MIN, i32::MAX - 1]),
        1 => Just([i32::MAX - 1, i32::MAX - 1]),
    ];
    prop::array::uniform4(side).prop_map(|sides| Key {
        low: sides.map(|side| side[0]),
        high: sides.map(|side| side[1]),
    })
}

/// One box, or several that lie anywhere.
fn boxes() -> impl Strategy<Value = Vec<Key>> {
    prop_oneof![6 => prop::collection::vec(key(), 1), 1 => prop::collection::vec(key(), 2..40)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn the_tree_finds_what_a_look_at_every_box_finds(
        first in prop::collection::vec(boxes(), 0..300), then in prop::collection::vec((boxes(), any::<bool>()), 0..300),
        asked in prop::collection::vec(key(), 20),
    ) {
        for lanes in Lanes::all() {
            let entries = (0..).zip(&first).flat_map(|(slot, keys)| keys.iter().map(move |key| (*key, slot)));
            let mut tree = Tree::of(entries.collect(), lanes);
            let mut kept: BTreeMap<u32, Vec<Key>> = (0..).zip(first.iter().cloned()).collect();
            checked(&tree);
            for (slot, (keys, stays)) in (0..).zip(&then) {
                // What is there already is taken out first, as by an index; some of it comes back.
                tree.remove(slot);
                kept.remove(&slot);
                if *stays {
                    keys.iter().for_each(|key| tree.insert(*key, slot));
                    kept.insert(slot, keys.clone());
                }
            }
            prop_assert_eq!(checked(&tree), kept.values().map(Vec::len).sum::<usize>());
            for asked in &asked {
                prop_assert_eq!(found(tree.view(), asked), slow(&kept, asked));
            }
        }
    }

    #[test]
    fn a_copy_of_the_tree_stays_as_it_was(
        first in prop::collection::vec(boxes(), 1..200), then in prop::collection::vec(boxes(), 1..200),
        asked in prop::collection::vec(key(), 20),
    ) {
        let mut tree = Tree::default();
        for (slot, keys) in (0..).zip(&first) {
            keys.iter().for_each(|key| tree.insert(*key, slot));
        }
        let (before, kept) = (tree.view().clone(), (0..).zip(first.iter().cloned()).collect());
        for (slot, keys) in (0..).zip(&then) {
            tree.remove(slot);
            keys.iter().for_each(|key| tree.insert(*key, slot + 1_000));
        }
        for asked in &asked {
            prop_assert_eq!(found(&before, asked), slow(&kept, asked));
        }
    }
}

#[test]
fn what_is_all_in_one_place_is_found_and_taken_out_again() {
    let one = Key {
        low: [0; AXES],
        high: [9; AXES],
    };
    let mut tree = Tree::of(
        (0..5_000).map(|slot| (one, slot)).collect(),
        Lanes::detected(),
    );
    (5_000..10_000).for_each(|slot| tree.insert(one, slot));
    assert_eq!(found(tree.view(), &one).len(), 10_000);
    checked(&tree);
    let elsewhere = Key {
        low: [10; AXES],
        high: [20; AXES],
    };
    assert!(found(tree.view(), &elsewhere).is_empty());
    (0..10_000).rev().for_each(|slot| tree.remove(slot));
    tree.remove(77);
    assert_eq!((checked(&tree), tree.at(tree.view.root).level), (0, 0));
}

#[test]
fn nodes_that_became_empty_are_used_again() {
    let at = |place: i32| Key {
        low: [place; AXES],
        high: [place + 5; AXES],
    };
    let mut tree = Tree::default();
    for round in 0..50 {
        (0..400).for_each(|slot| tree.insert(at(round * 1_000 + slot as i32), slot));
        (0..400).for_each(|slot| tree.remove(slot));
    }
    assert!(
        tree.view.nodes.len() < 150,
        "{} nodes",
        tree.view.nodes.len()
    );
}
