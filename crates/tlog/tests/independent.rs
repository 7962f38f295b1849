//! A log of ours, checked by tests/independent/verify.go, which shares no code with us.
#![allow(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

#[path = "../../../tests/independent/build.rs"]
mod build;
mod fixture;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use fixture::{cosigned, cosigner, entry, log_signer, proof, tree};
use tempfile::TempDir;
use tlog::HashTree;
use tlog::tile::push_entry;

const SIZE: u64 = 300;
const EARLIER: [u64; 4] = [0, 1, 128, 299];
const PROVED: [u64; 3] = [0, 147, 299];

/// The built program, in a folder of its own: tests run at the same time.
struct Verifier {
    _folder: TempDir,
    program: PathBuf,
}

fn verifier() -> Option<Verifier> {
    let folder = tempfile::tempdir().unwrap();
    let program = build::verifier(folder.path())?;
    Some(Verifier {
        _folder: folder,
        program,
    })
}

/// All evidence of a log of [`SIZE`] entries.
fn export(folder: &Path) {
    let tree = tree(SIZE);
    let mut entries = Vec::new();
    let mut leaves = Vec::new();
    for index in 0..SIZE {
        push_entry(&mut entries, &entry(index)).unwrap();
        leaves.extend_from_slice(tree.hash(0, index).unwrap().as_bytes());
    }
    write_vkeys(folder);
    fs::write(folder.join("checkpoint"), cosigned(&tree, SIZE)).unwrap();
    fs::write(folder.join("entries"), entries).unwrap();
    fs::write(folder.join("leaves"), leaves).unwrap();
    for size in EARLIER {
        fs::write(
            folder.join(format!("{size}.checkpoint")),
            cosigned(&tree, size),
        )
        .unwrap();
        fs::write(
            folder.join(format!("{size}.consistency")),
            consistency(&tree, size),
        )
        .unwrap();
    }
    for index in PROVED {
        let file = proof(&tree, SIZE, index).encode();
        fs::write(folder.join(format!("{index}.tlog-proof")), file).unwrap();
    }
}

fn write_vkeys(folder: &Path) {
    let (log, cosigner) = (log_signer(), cosigner());
    let vkeys = format!("log {}\ncosigner {}\n", log.verifier(), cosigner.verifier());
    fs::write(folder.join("vkeys"), vkeys).unwrap();
}

/// A c2sp.org/tlog-witness request.
fn consistency(tree: &HashTree, old: u64) -> String {
    let hashes = tree.prove_consistency(old, SIZE).unwrap();
    let lines: String = hashes.iter().map(|hash| format!("{hash}\n")).collect();
    format!("old {old}\n{lines}\n{}", cosigned(tree, SIZE))
}

fn run(verifier: &Verifier, folder: &Path) -> Output {
    Command::new(&verifier.program)
        .arg(folder)
        .output()
        .unwrap()
}

fn accepts(verifier: &Verifier, folder: &Path, expected: &str) {
    let output = run(verifier, folder);
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert_eq!(said, expected);
}

/// Runs the verifier, which must fail and name `culprit` first.
fn names(verifier: &Verifier, folder: &Path, culprit: &str) {
    let output = run(verifier, folder);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{culprit} passed");
    assert!(
        said.starts_with(&format!("FAILED: {culprit}")),
        "{culprit}: {said}"
    );
}

fn flip(file: &Path, at: usize) {
    let mut bytes = fs::read(file).unwrap();
    bytes[at] ^= 1;
    fs::write(file, bytes).unwrap();
}

/// Where entry `index` begins in the entries file, behind its length.
fn offset(index: u64) -> usize {
    (0..index)
        .map(|index| 2 + entry(index).len())
        .sum::<usize>()
        + 2
}

#[test]
fn an_independent_verifier_accepts_the_log_and_names_one_flipped_byte() {
    let Some(verifier) = verifier() else { return };
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    export(folder);
    let good = "300 entries verified\n3 proof files, 4 consistency proofs, 4 earlier checkpoints\n";
    accepts(&verifier, folder, good);

    let flips = [
        ("entries", offset(137), "entry 137: altered"),
        ("entries", offset(299), "entry 299: altered"),
        ("entries", offset(42) - 1, "entry 42: altered"),
        ("leaves", 32 * 8 + 5, "leaves: "),
        ("vkeys", 10, "vkeys: line 1: "),
        ("147.tlog-proof", 36, "147.tlog-proof: "),
        ("128.consistency", 12, "128.consistency: "),
        ("128.checkpoint", 34, "128.checkpoint: "),
        ("1.checkpoint", 34, "1.checkpoint: "),
    ];
    for (file, at, culprit) in flips {
        flip(&folder.join(file), at);
        names(&verifier, folder, culprit);
        flip(&folder.join(file), at);
    }
    accepts(&verifier, folder, good);
}

#[test]
fn an_independent_verifier_checks_every_byte_of_a_cosigned_checkpoint() {
    let Some(verifier) = verifier() else { return };
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    write_vkeys(folder);
    let file = folder.join("0.tlog-proof");
    let mut proof = proof(&tree(2), 2, 1).encode();
    fs::write(folder.join("0.entry"), entry(1)).unwrap();
    fs::write(&file, &proof).unwrap();
    accepts(
        &verifier,
        folder,
        "1 entries verified\n1 proof files, 0 consistency proofs, 0 earlier checkpoints\n",
    );
    // The last character of the cosignature's base64 holds stray bits, which lenient decoders ignore.
    for at in (0..proof.len())
        .step_by(7)
        .chain(proof.len() - 4..proof.len())
    {
        flip(&file, at);
        names(&verifier, folder, "0.tlog-proof: ");
        flip(&file, at);
    }
    proof.truncate(proof.trim_end().rfind('\n').unwrap() + 1);
    fs::write(&file, &proof).unwrap();
    names(
        &verifier,
        folder,
        "0.tlog-proof: no signature of standclear.example/party/north/cosigner",
    );
}

#[test]
fn an_independent_verifier_takes_a_proof_with_keys_of_its_own() {
    let Some(verifier) = verifier() else { return };
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    write_vkeys(folder);
    fs::rename(folder.join("vkeys"), folder.join("0.vkeys")).unwrap();
    fs::write(folder.join("0.entry"), entry(1)).unwrap();
    fs::write(folder.join("0.tlog-proof"), proof(&tree(2), 2, 1).encode()).unwrap();
    let good = "1 entries verified\n1 proof files, 0 consistency proofs, 0 earlier checkpoints\n";
    accepts(&verifier, folder, good);
    flip(&folder.join("0.vkeys"), 10);
    names(&verifier, folder, "0.tlog-proof: 0.vkeys: line 1: ");
    fs::remove_file(folder.join("0.vkeys")).unwrap();
    names(&verifier, folder, "0.tlog-proof: there is no vkeys file");
}

#[test]
fn an_independent_verifier_refuses_a_rewritten_log() {
    let Some(verifier) = verifier() else { return };
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    export(folder);
    // The same log, rightly signed, but with an earlier state that it never had.
    let forged: HashTree = (5..SIZE)
        .map(|index| tlog::leaf_hash(&entry(index)))
        .collect();
    fs::write(folder.join("128.checkpoint"), cosigned(&forged, 128)).unwrap();
    names(
        &verifier,
        folder,
        "128.checkpoint: the log was rewritten after it",
    );
}
