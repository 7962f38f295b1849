//! Proofs of ours, checked by tests/independent/verify.py, which shares no code with us and needs Python alone.
#![allow(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

mod fixture;

use fixture::{cosigner, entry, log_signer, proof, tree};
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

const SIZE: u64 = 300;
const INDEX: u64 = 147;

fn export(folder: &Path) {
    let vkeys = format!(
        "log {}\ncosigner {}\n",
        log_signer().verifier(),
        cosigner().verifier()
    );
    fs::write(folder.join("vkeys"), vkeys).unwrap();
    fs::write(
        folder.join("call.tlog-proof"),
        proof(&tree(SIZE), SIZE, INDEX).encode(),
    )
    .unwrap();
    fs::write(folder.join("call.entry"), entry(INDEX)).unwrap();
}

fn run(folder: &Path) -> Output {
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/independent/verify.py");
    Command::new("python3")
        .arg(program)
        .arg(folder)
        .output()
        .expect("python3, which the project needs")
}

#[test]
fn a_verifier_in_python_finds_a_proof_right_and_says_that_nothing_binds_its_keys() {
    let folder = tempfile::tempdir().unwrap();
    export(folder.path());
    let output = run(folder.path());
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(3), "{said}");
    assert!(
        said.contains("entry 147 of") && said.contains("signed for, by"),
        "{said}"
    );
    assert!(
        said.contains("NOT BOUND") && !said.contains("verified"),
        "{said}"
    );
}

#[test]
fn a_verifier_in_python_names_the_file_in_which_a_byte_was_flipped() {
    for file in ["call.entry", "call.tlog-proof", "vkeys"] {
        let folder = tempfile::tempdir().unwrap();
        export(folder.path());
        let path = folder.path().join(file);
        let whole = fs::read(&path).unwrap();
        // Some bytes of each: the whole of a proof takes Python minutes.
        for at in (0..whole.len()).step_by(whole.len().div_ceil(12)) {
            let mut bytes = whole.clone();
            bytes[at] ^= 1;
            fs::write(&path, bytes).unwrap();
            let output = run(folder.path());
            let said = String::from_utf8(output.stdout).unwrap();
            assert_eq!(
                output.status.code(),
                Some(1),
                "byte {at} of {file} passed: {said}"
            );
            assert!(said.starts_with("FAILED: "), "byte {at} of {file}: {said}");
        }
    }
}
