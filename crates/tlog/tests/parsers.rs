//! Every parser: at its limits, on noise, on damaged input, and back to the same bytes.
#![allow(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

mod fixture;

use fixture::{checkpoint, cosigned, cosigner, entry, log_signer, proof, tree};
use proptest::prelude::*;
use tlog::checkpoint::{CheckpointError, MAX_EXTENSION_BYTES, MAX_EXTENSIONS};
use tlog::note::{MAX_NOTE_BYTES, MAX_SIGNATURES, Note, NoteError};
use tlog::proof::MAX_PROOF_HASHES;
use tlog::tile::{MAX_ENTRY_BYTES, Tile, TileError, TileKind, entries, push_entry};
use tlog::tlog_proof::{MAX_EXTRA_BYTES, MAX_PROOF_BYTES, TlogProofError};
use tlog::{Checkpoint, CosignedCheckpoint, CosignerKey, EMPTY_ROOT, Hash, LogKey, TlogProof};
use tlog::{MAX_TREE_SIZE, leaf_hash};

const LINE: &str = "\u{2014} a AAAAAAA=\n";

#[test]
fn a_note_has_at_most_sixteen_signatures() {
    let note = |count| format!("text\n\n{}", LINE.repeat(count));
    assert_eq!(
        Note::parse(note(MAX_SIGNATURES).as_bytes())
            .unwrap()
            .signatures()
            .len(),
        16
    );
    let refused = Note::parse(note(MAX_SIGNATURES + 1).as_bytes()).unwrap_err();
    assert_eq!(refused, NoteError::TooManySignatures);
}

#[test]
fn a_note_has_at_most_its_limit_of_bytes() {
    let end = format!("\n\n{LINE}");
    let note = |length: usize| "t".repeat(length - end.len()) + &end;
    assert!(Note::parse(note(MAX_NOTE_BYTES).as_bytes()).is_ok());
    let length = MAX_NOTE_BYTES + 1;
    let refused = Note::parse(note(length).as_bytes()).unwrap_err();
    assert_eq!(refused, NoteError::TooLong { length });
}

#[test]
fn the_last_empty_line_ends_the_text() {
    let note = format!("one\n\ntwo\n\n\n{LINE}");
    assert_eq!(
        Note::parse(note.as_bytes()).unwrap().text(),
        "one\n\ntwo\n\n"
    );
}

#[test]
fn a_note_out_of_form_is_refused_with_its_reason() {
    let cases = [
        (format!("text\n{LINE}"), NoteError::NoSignatures),
        ("text\n\n".to_owned(), NoteError::NoSignatures),
        (
            format!("text\n\n{}", LINE.trim_end()),
            NoteError::NoSignatures,
        ),
        (format!("te\rxt\n\n{LINE}"), NoteError::ControlCharacter),
        (
            format!("text\n\n{LINE}- a AAAAAAA=\n"),
            NoteError::Malformed { line: 2 },
        ),
        (
            "text\n\n\u{2014} a+b AAAAAAA=\n".to_owned(),
            NoteError::Malformed { line: 1 },
        ),
        (
            "text\n\n\u{2014} a  AAAAAAA=\n".to_owned(),
            NoteError::Malformed { line: 1 },
        ),
        (
            "text\n\n\u{2014} a AAAAAA==\n".to_owned(),
            NoteError::Malformed { line: 1 },
        ),
        (
            "text\n\n\u{2014} a AAAAAAB=\n".to_owned(),
            NoteError::Malformed { line: 1 },
        ),
        (
            "text\n\n\u{2014} AAAAAAA=\n".to_owned(),
            NoteError::Malformed { line: 1 },
        ),
    ];
    for (note, refused) in cases {
        assert_eq!(Note::parse(note.as_bytes()), Err(refused), "{note:?}");
    }
    assert_eq!(Note::parse(b"\xff\n\n"), Err(NoteError::NotUtf8));
}

#[test]
fn a_text_that_a_note_cannot_hold_is_not_signed() {
    for text in ["", "text", "a\tb\n"] {
        assert!(tlog::note::sign(text, &log_signer()).is_err(), "{text:?}");
    }
}

#[test]
fn a_checkpoint_out_of_form_is_refused_with_its_reason() {
    let root = Hash([7; 32]);
    let large = MAX_TREE_SIZE + 1;
    let cases = [
        (String::new(), CheckpointError::Truncated),
        (format!("o\n1\n{root}"), CheckpointError::Truncated),
        ("o\n1\n".to_owned(), CheckpointError::Truncated),
        (format!("\n1\n{root}\n"), CheckpointError::Origin),
        (
            format!("{}\n1\n{root}\n", "o".repeat(256)),
            CheckpointError::Origin,
        ),
        (format!("o\n01\n{root}\n"), CheckpointError::Size),
        (format!("o\n-1\n{root}\n"), CheckpointError::Size),
        (format!("o\n{large}\n{root}\n"), CheckpointError::Size),
        (format!("o\n0\n{root}\n"), CheckpointError::Root),
        ("o\n1\nAA==\n".to_owned(), CheckpointError::Root),
        (format!("o\n1\n{root} \n"), CheckpointError::Root),
        (format!("o\n1\n{root}\n\n"), CheckpointError::Extension),
    ];
    for (body, refused) in cases {
        assert_eq!(Checkpoint::parse(&body), Err(refused), "{body:?}");
    }
    assert!(Checkpoint::parse(&format!("o\n{MAX_TREE_SIZE}\n{root}\n")).is_ok());
    assert!(Checkpoint::parse(&format!("o\n0\n{EMPTY_ROOT}\n")).is_ok());
    assert!(Checkpoint::parse(&format!("{}\n1\n{root}\n", "o".repeat(255))).is_ok());
}

#[test]
fn a_checkpoint_has_at_most_its_limit_of_extension_lines() {
    let mut full = Checkpoint::new("o", 1, Hash([7; 32])).unwrap();
    for _ in 0..MAX_EXTENSIONS {
        full = full
            .with_extension(&"e".repeat(MAX_EXTENSION_BYTES))
            .unwrap();
    }
    assert_eq!(Checkpoint::parse(&full.body()), Ok(full.clone()));
    let refused = Err(CheckpointError::Extension);
    assert_eq!(Checkpoint::parse(&format!("{}e\n", full.body())), refused);
    assert_eq!(full.with_extension("e"), refused);
    let long = "e".repeat(MAX_EXTENSION_BYTES + 1);
    let one = Checkpoint::new("o", 1, Hash([7; 32])).unwrap();
    assert_eq!(one.with_extension(&long), refused);
}

#[test]
fn an_entry_has_at_most_65_535_bytes() {
    let mut bundle = Vec::new();
    push_entry(&mut bundle, &vec![1; MAX_ENTRY_BYTES]).unwrap();
    let length = MAX_ENTRY_BYTES + 1;
    let refused = push_entry(&mut bundle, &vec![1; length]);
    assert_eq!(refused, Err(TileError::EntryTooLong { length }));
    assert_eq!(
        entries(&bundle)
            .map(|entry| entry.unwrap().len())
            .collect::<Vec<_>>(),
        [65_535]
    );
}

#[test]
fn a_bundle_of_another_length_is_refused() {
    let mut bundle = Vec::new();
    (0..5).for_each(|index| push_entry(&mut bundle, &entry(index)).unwrap());
    let tile = |width| Tile::new(TileKind::Entries, 0, width).unwrap();
    assert_eq!(tile(5).parse_entries(&bundle).unwrap()[4], entry(4));
    let refused = |expected, found| Err(TileError::BundleCount { expected, found });
    assert_eq!(tile(6).parse_entries(&bundle), refused(6, 5));
    assert_eq!(tile(4).parse_entries(&bundle), refused(4, 5));
    bundle.pop();
    assert_eq!(
        tile(5).parse_entries(&bundle),
        Err(TileError::EntryTruncated { index: 4 })
    );
}

#[test]
fn a_tile_is_read_back_from_its_bytes() {
    let tree = tree(600);
    let read = |level, index| tree.hash(level, index);
    let tile: Tile = "tile/0/002.p/88".parse().unwrap();
    let bytes = tile.hashes(read).unwrap();
    assert_eq!(
        tile.parse_hashes(&bytes).unwrap()[87],
        leaf_hash(&entry(599))
    );
    let upper: Tile = "tile/1/000.p/2".parse().unwrap();
    assert_eq!(
        upper.parse_hashes(&upper.hashes(read).unwrap()).unwrap()[1],
        tree.hash(8, 1).unwrap()
    );
    assert!(tile.parse_hashes(&bytes[1..]).is_err());
    assert!(tile.parse_hashes(&bytes[32..]).is_err());
    let next: Tile = "tile/0/002.p/89".parse().unwrap();
    assert!(next.hashes(read).is_err());
}

#[test]
fn a_tile_path_has_one_spelling() {
    let last = "tile/entries/x018/x014/x398/x509/x481/983";
    for path in [
        "tile/0/000",
        "tile/7/000.p/64",
        "tile/entries/x999/999.p/255",
        last,
    ] {
        assert_eq!(
            path.parse::<Tile>().map(|tile| tile.to_string()).as_deref(),
            Ok(path)
        );
    }
    for path in [
        "",
        "tile",
        "tile/0/",
        "tile/0/0",
        "tile/0/0000",
        "tile/00/000",
        "tile/-1/000",
        "/tile/0/000",
        "tile/0/000/",
        "tile/0/x000/001",
        "tile/0/x001",
        "tile/0/001/001",
        "tile/0/000.p/256",
        "tile/0/000.p/01",
        "tile/0/000.p/",
        "tile/0/000.p/1.p/1",
        "tile/Entries/000",
        "tile/256/000",
        "tile/0/x001/+01",
    ] {
        assert_eq!(path.parse::<Tile>(), Err(TileError::Path), "{path}");
    }
    assert_eq!(
        "tile/0/000.p/0".parse::<Tile>(),
        Err(TileError::Width { width: 0 })
    );
    for path in [
        "tile/8/000",
        "tile/63/000.p/1",
        "tile/7/000",
        "tile/entries/x018/x014/x398/x509/x481/984",
    ] {
        assert_eq!(path.parse::<Tile>(), Err(TileError::OutOfRange), "{path}");
    }
    let long = "tile/0/".to_owned() + &"x001/".repeat(12) + "001";
    assert_eq!(long.parse::<Tile>(), Err(TileError::Path));
}

#[test]
fn a_proof_file_out_of_form_is_refused_with_its_reason() {
    let file = proof(&tree(5), 5, 3).encode();
    assert!(TlogProof::parse(file.as_bytes()).is_ok());
    let header = "c2sp.org/tlog-proof@v1\n";
    let cases = [
        (file.replace(header, ""), TlogProofError::Header),
        (file.replace("v1", "v2"), TlogProofError::Header),
        (file.replace("index 3", "index 03"), TlogProofError::Index),
        (file.replace("index 3\n", ""), TlogProofError::Index),
        (
            file.replace("index 3", "extra \nindex 3"),
            TlogProofError::Extra,
        ),
        (
            file.replace("index 3", "extra A\nindex 3"),
            TlogProofError::Extra,
        ),
        (
            file.replace("index 3\n", "index 3\nAA==\n"),
            TlogProofError::Hash { line: 3 },
        ),
        (
            file.replace("index 3\n", "index 3\nindex 3\n"),
            TlogProofError::Hash { line: 3 },
        ),
        (
            header.to_owned() + "index 3\n",
            TlogProofError::NoCheckpoint,
        ),
        (
            header.to_owned() + "index 3\n\nx",
            TlogProofError::Note(NoteError::NoSignatures),
        ),
    ];
    for (file, refused) in cases {
        assert_eq!(TlogProof::parse(file.as_bytes()), Err(refused), "{file}");
    }
}

#[test]
fn a_proof_file_keeps_its_limits() {
    let note = cosigned(&tree(1), 1);
    let hashes = |count| TlogProof::new(0, vec![EMPTY_ROOT; count], note.clone());
    let full = hashes(MAX_PROOF_HASHES).unwrap();
    assert_eq!(
        hashes(MAX_PROOF_HASHES + 1),
        Err(TlogProofError::TooManyHashes)
    );
    let longer = full
        .encode()
        .replace("index 0\n", &format!("index 0\n{EMPTY_ROOT}\n"));
    assert_eq!(
        TlogProof::parse(longer.as_bytes()),
        Err(TlogProofError::TooManyHashes)
    );
    let extra = full.clone().with_extra(vec![1; MAX_EXTRA_BYTES]).unwrap();
    assert_eq!(TlogProof::parse(extra.encode().as_bytes()), Ok(extra));
    let refused = full.clone().with_extra(vec![1; MAX_EXTRA_BYTES + 1]);
    assert_eq!(refused, Err(TlogProofError::Extra));
    assert_eq!(full.with_extra(Vec::new()), Err(TlogProofError::Extra));
    let length = MAX_PROOF_BYTES + 1;
    let refused = TlogProof::parse(&vec![b'a'; length]);
    assert_eq!(refused, Err(TlogProofError::TooLong { length }));
    assert_eq!(
        TlogProof::parse(&vec![b'a'; length - 1]),
        Err(TlogProofError::NoCheckpoint)
    );
}

#[test]
fn the_largest_proof_file_is_read_back() {
    let end = format!("\n\n{LINE}");
    let note = "t".repeat(MAX_NOTE_BYTES - end.len()) + &end;
    let proof = TlogProof::new(u64::MAX, vec![EMPTY_ROOT; MAX_PROOF_HASHES], note).unwrap();
    let proof = proof.with_extra(vec![1; MAX_EXTRA_BYTES]).unwrap();
    assert_eq!(TlogProof::parse(proof.encode().as_bytes()), Ok(proof));
}

/// Every parser on the same bytes. What is accepted prints back as it was.
fn read_as_everything(bytes: &[u8]) {
    if let Ok(note) = Note::parse(bytes) {
        assert!(bytes.starts_with(note.text().as_bytes()));
    }
    if let Ok(proof) = TlogProof::parse(bytes) {
        assert_eq!(proof.encode().as_bytes(), bytes);
    }
    let mut bundle = Vec::new();
    if entries(bytes).all(|entry| entry.is_ok_and(|entry| push_entry(&mut bundle, entry).is_ok())) {
        assert_eq!(bundle, bytes);
    }
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    if let Ok(checkpoint) = Checkpoint::parse(text) {
        assert_eq!(checkpoint.body(), text);
    }
    if let Ok(tile) = text.parse::<Tile>() {
        assert_eq!(tile.to_string(), text);
    }
    if let Ok(hash) = text.parse::<Hash>() {
        assert_eq!(hash.to_string(), text);
    }
    if let Ok(key) = text.parse::<LogKey>() {
        assert_eq!(key.to_string(), text);
    }
    if let Ok(key) = text.parse::<CosignerKey>() {
        assert_eq!(key.to_string(), text);
    }
}

/// One of each format, to be damaged.
fn samples() -> Vec<Vec<u8>> {
    let tree = tree(21);
    let mut bundle = Vec::new();
    (0..21).for_each(|index| push_entry(&mut bundle, &entry(index)).unwrap());
    let with_extra = proof(&tree, 21, 8).with_extra(b"opening".to_vec()).unwrap();
    let extension = checkpoint(&tree, 21)
        .with_extension("an extension")
        .unwrap();
    vec![
        cosigned(&tree, 21).into_bytes(),
        proof(&tree, 21, 13).encode().into_bytes(),
        with_extra.encode().into_bytes(),
        extension.body().into_bytes(),
        log_signer().verifier().to_string().into_bytes(),
        cosigner().verifier().to_string().into_bytes(),
        b"tile/entries/x001/x234/067.p/9".to_vec(),
        tree.root().to_string().into_bytes(),
        bundle,
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn no_parser_panics_on_noise(bytes in prop::collection::vec(any::<u8>(), 0..400), text in "(\\PC|\n|\u{2014}|/|\\+){0,80}") {
        read_as_everything(&bytes);
        read_as_everything(text.as_bytes());
    }

    #[test]
    fn no_parser_panics_on_damaged_input(
        at in any::<prop::sample::Index>(),
        value in any::<u8>(),
        cut in any::<prop::sample::Index>(),
        doubled in any::<bool>(),
    ) {
        for mut sample in samples() {
            read_as_everything(&sample);
            let at = at.index(sample.len());
            sample[at] = value;
            read_as_everything(&sample);
            let cut = cut.index(sample.len());
            let rest = sample.split_off(cut);
            read_as_everything(&sample);
            read_as_everything(&if doubled { rest.repeat(2) } else { rest });
        }
    }

    #[test]
    fn any_flipped_byte_of_a_cosigned_checkpoint_is_refused(at in any::<prop::sample::Index>(), flip in 1_u8..) {
        let mut note = cosigned(&tree(21), 21).into_bytes();
        let at = at.index(note.len());
        note[at] ^= flip;
        let opened = CosignedCheckpoint::open(&note, log_signer().verifier(), cosigner().verifier());
        prop_assert!(opened.is_err());
    }

    #[test]
    fn any_flipped_byte_of_a_proof_file_is_refused(
        size in 1_u64..200,
        index in any::<prop::sample::Index>(),
        at in any::<prop::sample::Index>(),
        flip in 1_u8..,
    ) {
        let index = index.index(size as usize) as u64;
        let file = proof(&tree(size), size, index).encode();
        let leaf = leaf_hash(&entry(index));
        let proves = |file: &[u8]| TlogProof::parse(file).is_ok_and(|proof| {
            proof.verify_cosigned(&leaf, log_signer().verifier(), cosigner().verifier()).is_ok()
        });
        prop_assert!(proves(file.as_bytes()));
        let mut altered = file.into_bytes();
        let at = at.index(altered.len());
        altered[at] ^= flip;
        prop_assert!(!proves(&altered));
    }
}
