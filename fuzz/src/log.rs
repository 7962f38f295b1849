//! The formats of the log: a peer's checkpoints, and proofs and tiles from anywhere.

use tlog::note::Note;
use tlog::proof::{verify_consistency, verify_inclusion};
use tlog::tile::{Tile, TileKind, entries, push_entry};
use tlog::{
    Checkpoint, Cosignature, CosignedCheckpoint, CosignerKey, EMPTY_ROOT, Hash, LogKey, TlogProof,
};

use crate::keys::{COSIGNER, LOG};

/// A signed note; verifier keys as texts too.
pub fn note(data: &[u8]) {
    if let Ok(note) = Note::parse(data) {
        assert_eq!(data.get(..note.text().len()), Some(note.text().as_bytes()));
        let _ = note.verify(LOG.verifier());
    }
    let _ = Cosignature::from_bytes(data).map(|cosignature| {
        assert_eq!(&cosignature.to_bytes()[..], data);
    });
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    if let Ok(key) = text.parse::<LogKey>() {
        assert_eq!(key.to_string(), text);
    }
    if let Ok(key) = text.parse::<CosignerKey>() {
        assert_eq!(key.to_string(), text);
    }
}

/// A checkpoint: bare, as a note of the log, and cosigned. What its log did not sign is signed here.
pub fn checkpoint(data: &[u8]) {
    let _ = Checkpoint::open(data, LOG.verifier());
    let _ = CosignedCheckpoint::open(data, LOG.verifier(), COSIGNER.verifier());
    let text = match Note::parse(data) {
        Ok(note) => note.text(),
        Err(_) => match std::str::from_utf8(data) {
            Ok(text) => text,
            Err(_) => return,
        },
    };
    let Ok(checkpoint) = Checkpoint::parse(text) else {
        return;
    };
    assert_eq!(checkpoint.body(), text);
    if let Ok(note) = tlog::note::sign(text, &LOG) {
        let opened = Checkpoint::open(note.as_bytes(), LOG.verifier());
        assert!(opened.is_err() || opened == Ok(checkpoint));
    }
}

/// A proof file.
pub fn proof(data: &[u8]) {
    if let Ok(proof) = TlogProof::parse(data) {
        assert_eq!(proof.encode().as_bytes(), data);
        let leaf = tlog::leaf_hash(data);
        let _ = proof.verify(&leaf, LOG.verifier());
        let _ = proof.verify_cosigned(&leaf, LOG.verifier(), COSIGNER.verifier());
    }
}

/// Two numbers, two hashes and a list of hashes: an inclusion proof, or a consistency proof.
pub fn inclusion(data: &[u8]) {
    let Some((numbers, rest)) = data.split_first_chunk::<16>() else {
        return;
    };
    let (one, other) = numbers.split_at(8);
    let number = |bytes: &[u8]| bytes.iter().fold(0, |n: u64, b| n << 8 | u64::from(*b));
    let (one, other) = (number(one), number(other));
    let mut hashes = rest.as_chunks::<32>().0.iter().map(|hash| Hash(*hash));
    let first = hashes.next().unwrap_or(EMPTY_ROOT);
    let second = hashes.next().unwrap_or(EMPTY_ROOT);
    let path: Vec<Hash> = hashes.collect();
    let _ = verify_inclusion(&path, one, &first, other, &second);
    let _ = verify_consistency(&path, one, &first, other, &second);
}

/// The path of a tile, a tile of hashes, an entry bundle.
pub fn tile(data: &[u8]) {
    if let Ok(text) = std::str::from_utf8(data)
        && let Ok(tile) = text.parse::<Tile>()
    {
        assert_eq!(tile.to_string(), text);
    }
    let width = u16::try_from(data.len() / 32).unwrap_or(u16::MAX);
    if let Ok(tile) = Tile::new(TileKind::Hashes { level: 0 }, 0, width) {
        let _ = tile.parse_hashes(data);
    }
    let whole: Result<Vec<&[u8]>, _> = entries(data).collect();
    if let Ok(found) = whole {
        let mut again = Vec::new();
        for entry in &found {
            push_entry(&mut again, entry).expect("an entry that was read");
        }
        assert_eq!(again, data);
        let width = u16::try_from(found.len()).unwrap_or(u16::MAX);
        if let Ok(tile) = Tile::new(TileKind::Entries, 0, width) {
            assert_eq!(tile.parse_entries(data), Ok(found));
        }
    }
}
