//! Laws of the tree and its proofs, each against the recursive definition of RFC 6962 section 2.1.
#![allow(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

mod fixture;

use fixture::{entry, tree};
use proptest::prelude::*;
use tlog::frontier::FrontierError;
use tlog::proof::{
    ProveError, VerifyError, frontier_at, prove_inclusion, stored_hash_index, verify_consistency,
    verify_inclusion,
};
use tlog::{EMPTY_ROOT, Frontier, Hash, HashTree, MAX_TREE_SIZE, leaf_hash, node_hash};

/// `MTH(D[n])`.
fn naive_root(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => EMPTY_ROOT,
        [leaf] => *leaf,
        _ => {
            let (left, right) = leaves.split_at(naive_split(leaves.len()));
            node_hash(&naive_root(left), &naive_root(right))
        }
    }
}

/// `PATH(m, D[n])`.
fn naive_path(m: usize, leaves: &[Hash]) -> Vec<Hash> {
    if leaves.len() == 1 {
        return Vec::new();
    }
    let k = naive_split(leaves.len());
    let (left, right) = leaves.split_at(k);
    let (mut path, sibling) = if m < k {
        (naive_path(m, left), right)
    } else {
        (naive_path(m - k, right), left)
    };
    path.push(naive_root(sibling));
    path
}

/// `SUBPROOF(m, D[n], b)`.
fn naive_subproof(m: usize, leaves: &[Hash], known: bool) -> Vec<Hash> {
    if m == leaves.len() {
        return if known {
            Vec::new()
        } else {
            vec![naive_root(leaves)]
        };
    }
    let k = naive_split(leaves.len());
    let (left, right) = leaves.split_at(k);
    let (mut proof, sibling) = if m <= k {
        (naive_subproof(m, left, known), right)
    } else {
        (naive_subproof(m - k, right, false), left)
    };
    proof.push(naive_root(sibling));
    proof
}

fn naive_split(n: usize) -> usize {
    n.next_power_of_two() / 2
}

fn leaves(size: u64) -> Vec<Hash> {
    (0..size).map(|index| leaf_hash(&entry(index))).collect()
}

/// A tree size, an index in it, and an earlier size.
fn size_index_earlier() -> impl Strategy<Value = (u64, u64, u64)> {
    (1_u64..1500).prop_flat_map(|size| (Just(size), 0..size, 1..=size))
}

#[test]
fn every_proof_in_small_trees_is_the_defined_one_and_verifies() {
    let tree = tree(66);
    let leaves = leaves(66);
    for size in 1..=66_u64 {
        let known = &leaves[..size as usize];
        let root = naive_root(known);
        assert_eq!(tree.root_at(size), Ok(root));
        for index in 0..size {
            let proof = tree.prove_inclusion(size, index).unwrap();
            assert_eq!(proof, naive_path(index as usize, known));
            verify_inclusion(&proof, size, &root, index, &leaves[index as usize]).unwrap();
        }
        for from in 1..=size {
            let proof = tree.prove_consistency(from, size).unwrap();
            assert_eq!(proof, naive_subproof(from as usize, known, true));
            let earlier = naive_root(&leaves[..from as usize]);
            verify_consistency(&proof, from, &earlier, size, &root).unwrap();
        }
    }
}

#[test]
fn completed_hashes_come_in_the_order_of_their_stored_index() {
    let mut frontier = Frontier::new();
    let mut next = 0;
    for index in 0..1000 {
        frontier.push_with(leaf_hash(&entry(index)), |level, index, _| {
            assert_eq!(stored_hash_index(level, index), next);
            next += 1;
        });
    }
    assert_eq!(stored_hash_index(62, 0), MAX_TREE_SIZE * 2 - 2);
    assert_eq!(stored_hash_index(200, 3), u64::MAX);
    assert_eq!(stored_hash_index(62, u64::MAX), u64::MAX);
}

#[test]
fn anything_extends_the_empty_tree_and_nothing_else_does() {
    let tree = tree(5);
    let root = tree.root();
    assert_eq!(verify_consistency(&[], 0, &EMPTY_ROOT, 5, &root), Ok(()));
    assert_eq!(
        verify_consistency(&[], 0, &EMPTY_ROOT, 0, &EMPTY_ROOT),
        Ok(())
    );
    let refused = [
        verify_consistency(&[root], 0, &EMPTY_ROOT, 5, &root),
        verify_consistency(&[], 0, &root, 5, &root),
        verify_consistency(&[], 0, &EMPTY_ROOT, 0, &root),
        verify_consistency(&[], 5, &root, 5, &EMPTY_ROOT),
        verify_consistency(&[root], 5, &root, 5, &root),
        verify_consistency(&[], 4, &root, 5, &root),
    ];
    assert!(refused.iter().all(Result::is_err), "{refused:?}");
    let not_earlier = Err(VerifyError::NotEarlier { from: 6, to: 5 });
    assert_eq!(verify_consistency(&[], 6, &root, 5, &root), not_earlier);
}

#[test]
fn a_frontier_is_only_made_of_as_many_hashes_as_its_size_asks() {
    assert_eq!(Frontier::from_parts(0, Vec::new()), Ok(Frontier::new()));
    assert!(Frontier::from_parts(MAX_TREE_SIZE, vec![EMPTY_ROOT]).is_ok());
    let size = MAX_TREE_SIZE + 1;
    let too_large = Err(FrontierError::TooLarge { size });
    assert_eq!(Frontier::from_parts(size, vec![EMPTY_ROOT; 2]), too_large);
    let wrong = FrontierError::WrongCount {
        size: 7,
        expected: 3,
        found: 2,
    };
    assert_eq!(Frontier::from_parts(7, vec![EMPTY_ROOT; 2]), Err(wrong));
}

#[test]
fn what_a_tree_does_not_have_is_an_error_and_no_proof() {
    let tree = tree(10);
    let no_entry = ProveError::NoSuchEntry {
        index: 10,
        size: 10,
    };
    assert_eq!(tree.prove_inclusion(10, 10), Err(no_entry));
    let not_earlier = ProveError::NotEarlier { from: 10, to: 9 };
    assert_eq!(tree.prove_consistency(10, 9), Err(not_earlier));
    let missing = ProveError::MissingHash { level: 2, index: 2 };
    assert_eq!(tree.prove_inclusion(12, 0), Err(missing));
    let size = MAX_TREE_SIZE + 1;
    assert_eq!(tree.root_at(size), Err(ProveError::TooLarge { size }));
    let too_large = Err(VerifyError::TooLarge { size });
    assert_eq!(
        verify_inclusion(&[], size, &EMPTY_ROOT, 0, &EMPTY_ROOT),
        too_large
    );
    assert_eq!(
        verify_consistency(&[], 0, &EMPTY_ROOT, size, &EMPTY_ROOT),
        too_large
    );
}

#[test]
fn proofs_hold_at_the_largest_size() {
    // A tree of one hash repeated: every perfect subtree of a level is the same.
    let mut levels = vec![leaf_hash(b"again")];
    for level in 0..62 {
        levels.push(node_hash(&levels[level], &levels[level]));
    }
    let read = |level: u8, _| levels.get(usize::from(level)).copied();
    for size in [MAX_TREE_SIZE, MAX_TREE_SIZE - 1] {
        let root = tlog::proof::root_at(size, read).unwrap();
        for index in [0, 1, size / 2, size - 1] {
            let proof = prove_inclusion(size, index, read).unwrap();
            assert!(proof.len() <= 62);
            verify_inclusion(&proof, size, &root, index, &levels[0]).unwrap();
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_frontier_the_tree_and_the_definition_agree((size, _, earlier) in size_index_earlier()) {
        let tree = tree(size);
        let leaves = leaves(size);
        prop_assert_eq!(tree.root(), naive_root(&leaves));
        prop_assert_eq!(tree.root_at(earlier).unwrap(), naive_root(&leaves[..earlier as usize]));
        let mut frontier = frontier_at(earlier, |level, index| tree.hash(level, index)).unwrap();
        leaves[earlier as usize..].iter().for_each(|leaf| frontier.push(*leaf));
        prop_assert_eq!(&frontier, tree.frontier());
        let (size, edge) = frontier.parts();
        prop_assert_eq!(Frontier::from_parts(size, edge.to_vec()).unwrap(), frontier);
    }

    #[test]
    fn an_inclusion_proof_verifies_and_no_altered_one_does(
        (size, index, _) in size_index_earlier(),
        flip in 1_u8..,
        byte in 0_usize..32,
        at in any::<prop::sample::Index>(),
    ) {
        let tree = tree(size);
        let root = tree.root();
        let leaf = tree.hash(0, index).unwrap();
        let proof = tree.prove_inclusion(size, index).unwrap();
        prop_assert_eq!(verify_inclusion(&proof, size, &root, index, &leaf), Ok(()));

        let flipped = |hash: &Hash| { let mut hash = *hash; hash.0[byte] ^= flip; hash };
        prop_assert!(verify_inclusion(&proof, size, &flipped(&root), index, &leaf).is_err());
        prop_assert!(verify_inclusion(&proof, size, &root, index, &flipped(&leaf)).is_err());
        for other in [index + 1, index ^ 1, index / 2, size - 1, 0] {
            let result = verify_inclusion(&proof, size, &root, other, &leaf);
            prop_assert_eq!(result.is_ok(), other == index);
        }
        if !proof.is_empty() {
            let mut altered = proof.clone();
            let at = at.index(proof.len());
            altered[at] = flipped(&altered[at]);
            prop_assert!(verify_inclusion(&altered, size, &root, index, &leaf).is_err());
            altered = proof.clone();
            altered.remove(at);
            prop_assert!(verify_inclusion(&altered, size, &root, index, &leaf).is_err());
        }
        let longer = [proof.as_slice(), &[root]].concat();
        prop_assert!(verify_inclusion(&longer, size, &root, index, &leaf).is_err());
    }

    #[test]
    fn a_consistency_proof_verifies_and_no_altered_one_does(
        (size, _, from) in size_index_earlier(),
        flip in 1_u8..,
        byte in 0_usize..32,
        at in any::<prop::sample::Index>(),
    ) {
        let tree = tree(size);
        let root = tree.root();
        let earlier = tree.root_at(from).unwrap();
        let proof = tree.prove_consistency(from, size).unwrap();
        prop_assert_eq!(verify_consistency(&proof, from, &earlier, size, &root), Ok(()));

        let flipped = |hash: &Hash| { let mut hash = *hash; hash.0[byte] ^= flip; hash };
        prop_assert!(verify_consistency(&proof, from, &flipped(&earlier), size, &root).is_err());
        prop_assert!(verify_consistency(&proof, from, &earlier, size, &flipped(&root)).is_err());
        if !proof.is_empty() {
            let mut altered = proof.clone();
            let at = at.index(proof.len());
            altered[at] = flipped(&altered[at]);
            prop_assert!(verify_consistency(&altered, from, &earlier, size, &root).is_err());
            altered = proof.clone();
            altered.remove(at);
            prop_assert!(verify_consistency(&altered, from, &earlier, size, &root).is_err());
        }
        let longer = [proof.as_slice(), &[root]].concat();
        prop_assert!(verify_consistency(&longer, from, &earlier, size, &root).is_err());
    }

    #[test]
    fn a_rewritten_log_is_not_consistent((size, rewritten, from) in size_index_earlier()) {
        let honest = tree(size);
        let forged: HashTree = (0..size)
            .map(|index| if index == rewritten { leaf_hash(b"forged") } else { honest.hash(0, index).unwrap() })
            .collect();
        let proof = forged.prove_consistency(from, size).unwrap();
        let result = verify_consistency(&proof, from, &honest.root_at(from).unwrap(), size, &forged.root());
        prop_assert_eq!(result.is_ok(), rewritten >= from);
    }

    #[test]
    fn no_proof_makes_a_verifier_panic(
        proof in prop::collection::vec(any::<[u8; 32]>().prop_map(Hash), 0..70),
        sizes in any::<(u64, u64)>(),
        small in (0_u64..20, 0_u64..20),
    ) {
        for (one, other) in [sizes, small] {
            prop_assert!(verify_inclusion(&proof, one, &EMPTY_ROOT, other, &EMPTY_ROOT).is_err());
            let _ = verify_consistency(&proof, one, &EMPTY_ROOT, other, &EMPTY_ROOT);
            let _ = stored_hash_index(one as u8, other);
            let _ = prove_inclusion(one, other, |_, _| None);
        }
    }
}
