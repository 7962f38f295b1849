//! Values from elsewhere: RFC 6962 test trees, Go's `sumdb/note`, examples of the C2SP specifications.
#![allow(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

use tlog::key::{KeyName, LogKey, LogSigner};
use tlog::note::{self, Note};
use tlog::tile::{Tile, TileKind};
use tlog::{Checkpoint, EMPTY_ROOT, Frontier, Hash, HashTree, leaf_hash, node_hash};

fn bytes(hex: &str) -> Vec<u8> {
    let digit = |at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
    (0..hex.len()).step_by(2).map(digit).collect()
}

fn hash(hex: &str) -> Hash {
    Hash::try_from(bytes(hex).as_slice()).unwrap()
}

/// The entries of the reference tree of the Certificate Transparency implementation.
const ENTRIES: [&str; 8] = [
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
];

const ROOTS: [&str; 9] = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];

fn reference_tree() -> HashTree {
    ENTRIES
        .iter()
        .map(|entry| leaf_hash(&bytes(entry)))
        .collect()
}

#[test]
fn the_reference_tree_has_the_known_roots() {
    let tree = reference_tree();
    let mut frontier = Frontier::new();
    assert_eq!(EMPTY_ROOT, hash(ROOTS[0]));
    for (size, root) in (0..).zip(ROOTS) {
        assert_eq!(frontier.root(), hash(root));
        assert_eq!(tree.root_at(size).unwrap(), hash(root));
        if let Some(entry) = ENTRIES.get(size as usize) {
            frontier.push(leaf_hash(&bytes(entry)));
        }
    }
}

#[test]
fn inner_nodes_are_prefixed_with_one() {
    let left = leaf_hash(&[]);
    let right = leaf_hash(&[0]);
    assert_eq!(node_hash(&left, &right), hash(ROOTS[2]));
}

#[test]
fn the_reference_tree_has_the_known_proofs() {
    let tree = reference_tree();
    let inclusion = [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ];
    assert_eq!(tree.prove_inclusion(8, 0).unwrap(), inclusion.map(hash));
    let consistency = [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ];
    assert_eq!(tree.prove_consistency(6, 8).unwrap(), consistency.map(hash));
}

/// The example of Go's package `golang.org/x/mod/sumdb/note`.
const NOTE: &str = "If you think cryptography is the answer to your problem,\n\
    then you don't know what your problem is.\n\n\
    \u{2014} PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
const NOTE_KEY: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";

#[test]
fn a_note_signed_by_another_implementation_verifies() {
    let key: LogKey = NOTE_KEY.parse().unwrap();
    let note = Note::parse(NOTE.as_bytes()).unwrap();
    note.verify(&key).unwrap();
    assert!(note.text().ends_with("your problem is.\n"));
}

#[test]
fn a_signed_note_equals_that_of_another_implementation() {
    // The seed of the example's private key, `AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz`.
    let key: LogKey = NOTE_KEY.parse().unwrap();
    let text = Note::parse(NOTE.as_bytes()).unwrap().text();
    let seed = bytes("810a1402d5146c8d84f2443330f54080ebf98ee17d9c74f6252fc5d5c7283173");
    let name = KeyName::new("PeterNeumann").unwrap();
    let signer = LogSigner::from_seed(name, seed.as_slice().try_into().unwrap()).unwrap();
    assert_eq!(signer.verifier(), &key);
    assert_eq!(signer.verifier().to_string(), NOTE_KEY);
    assert_eq!(note::sign(text, &signer).unwrap(), NOTE);
}

#[test]
fn the_checkpoint_of_the_specification_is_read() {
    let body =
        "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";
    let checkpoint = Checkpoint::parse(body).unwrap();
    assert_eq!(checkpoint.origin(), "example.com/behind-the-sofa");
    assert_eq!(checkpoint.size(), 20_852_163);
    assert_eq!(checkpoint.body(), body);
}

#[test]
fn the_cosigned_note_of_the_specification_is_read() {
    let note = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n\
        \u{2014} example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n\
        \u{2014} witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n";
    let note = Note::parse(note.as_bytes()).unwrap();
    let cosignature = tlog::Cosignature::from_bytes(&note.signatures()[1].bytes).unwrap();
    assert_eq!(cosignature.time(), 1_679_315_147);
}

#[test]
fn a_tree_of_70_000_has_the_tiles_of_the_specification() {
    let exists = |level, index, width| {
        Tile::new(TileKind::Hashes { level }, index, width).is_ok_and(|tile| tile.is_in(70_000))
    };
    assert!(exists(0, 272, 256) && !exists(0, 273, 256));
    assert!(exists(0, 273, 112) && !exists(0, 273, 113));
    assert!(exists(1, 0, 256) && exists(1, 1, 17) && !exists(1, 1, 18));
    assert!(exists(2, 0, 1) && !exists(2, 0, 2) && !exists(3, 0, 1));
}

#[test]
fn a_tile_has_the_path_of_the_specification() {
    let path = |kind, index, width| Tile::new(kind, index, width).unwrap().to_string();
    let level = TileKind::Hashes { level: 1 };
    assert_eq!(path(level, 1_234_067, 256), "tile/1/x001/x234/067");
    assert_eq!(
        path(TileKind::Entries, 1234, 5),
        "tile/entries/x001/234.p/5"
    );
    assert_eq!(path(TileKind::Entries, 0, 256), "tile/entries/000");
}
