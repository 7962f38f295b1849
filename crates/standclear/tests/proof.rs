//! What a proof shows to a stranger: whose keys it rests on, and what was said.
#![allow(clippy::unwrap_used, reason = "a test that cannot be set up fails")]

mod support;

use node::model::code::{Desk, Lane};
use node::model::kind::Kind;
use node::model::slot::{Shape, SlotCode};
use node::wire::words::Fingerprint;
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use support::{Two, run, standclear, until, verifier};

const CALL: &str = "own.stop.1.0";

/// A stop call with a place, signed for, and its proof in a folder.
fn proved(two: &Two, more: &[&str]) -> PathBuf {
    two.first
        .officer(&[
            "stop",
            "--desk",
            "air",
            "--place",
            "35.25, 40.14",
            "--cause",
            "artillery",
        ])
        .done();
    let folder = two.base.path().join("proof");
    until("it is signed for", || {
        let mut prove = two.first.standclear(&["prove", "received", CALL]);
        prove.args(more).arg("--out").arg(&folder);
        (run(&mut prove).code == 0).then_some(())
    });
    folder
}

fn file(folder: &Path, ends: &str) -> PathBuf {
    let files = fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path());
    let mut found = files.filter(|path| path.to_string_lossy().ends_with(ends));
    found.next().unwrap()
}

#[test]
fn a_proof_is_verified_only_by_the_root_keys_of_both_parties() {
    let two = Two::joined();
    let folder = proved(&two, &[]);
    // A proof is made in the party's folder, not through a node.
    let elsewhere = two.base.path().join("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    let mut prove = standclear();
    prove.args(["prove", "received", CALL, "--out", "proof", "--node"]);
    prove.arg(&two.first.url).arg("--token-file");
    run(prove.arg(two.first.token_file()).current_dir(&elsewhere))
        .ends(1)
        .says("`.` is no party's folder")
        .says("--folder");
    let [ours, theirs] = two.roots();
    let alone = verifier(&folder, &[]).ends(3);
    assert!(!alone.out.contains("verified"), "{alone:?}");
    alone
        .says(&two.first.fingerprint())
        .says(&two.second.fingerprint())
        .says("compare the root key of coalition and of russia");
    verifier(&folder, std::slice::from_ref(&ours))
        .ends(3)
        .says("compare the root key of russia above");
    verifier(&folder, &[ours.clone(), theirs.clone()])
        .done()
        .says("stop-call from coalition to russia, desk air, sent ")
        .says("1 proofs verified");
    // As a person types them who hears them.
    let typed = theirs.to_uppercase().replacen("RUSSIA", "russia", 1);
    verifier(&folder, &[ours.clone(), typed.replace(' ', ", ")]).done();
    let mixed = format!("russia={}", two.first.fingerprint());
    verifier(&folder, &[ours, mixed])
        .ends(1)
        .says("the root key of `russia` here is not the one that you gave");
    verifier(&folder, &["bravo=acorn".to_owned()])
        .ends(1)
        .says("no proof here is of `bravo`");
}

#[test]
fn keys_that_somebody_made_up_for_a_party_verify_nothing() {
    // Whoever proves has made a party of the other's name as well.
    let (real, made_up) = (Two::joined(), Two::joined());
    let folder = proved(&made_up, &[]);
    verifier(&folder, &made_up.roots()).done();
    let roots = [made_up.roots()[0].clone(), real.roots()[1].clone()];
    verifier(&folder, &roots)
        .ends(1)
        .says("the root key of `russia` here is not the one that you gave");
    // The real manifest beside it does not make the keys theirs.
    fs::copy(
        real.second.folder.join("manifest"),
        file(&folder, ".cosigner.manifest"),
    )
    .unwrap();
    verifier(&folder, &roots)
        .ends(1)
        .says("the key of `standclear/russia/cosigner` is none of `russia`");
    // Nor does one that was altered, or none.
    let manifest = file(&folder, ".cosigner.manifest");
    let mut bytes = fs::read(&manifest).unwrap();
    let at = bytes.len() / 2;
    bytes[at] ^= 1;
    fs::write(&manifest, bytes).unwrap();
    verifier(&folder, &roots).ends(1).says("FAILED");
    fs::remove_file(&manifest).unwrap();
    verifier(&folder, &[]).ends(3).says("NOT BOUND");
}

#[test]
fn a_proof_with_contents_shows_what_was_said_as_it_was_signed() {
    let two = Two::joined();
    let folder = proved(&two, &["--with-contents"]);
    verifier(&folder, &two.roots())
        .done()
        .says("place: 35.2500000, 40.1400000, good to 1443 m")
        .says("stop-cause: artillery");
    let opening = file(&folder, ".opening");
    let mut bytes = fs::read(&opening).unwrap();
    // Within the first field: array, version, array, field, slot, length and salt, and a few bytes of the value.
    bytes[24] ^= 1;
    fs::write(&opening, bytes).unwrap();
    verifier(&folder, &two.roots())
        .ends(1)
        .says("is not what the sender signed");
    fs::remove_file(&opening).unwrap();
    let closed = verifier(&folder, &two.roots()).done();
    assert!(!closed.out.contains("place:"), "{closed:?}");
}

#[test]
fn a_proof_under_a_key_that_was_revoked_since_says_so() {
    let two = Two::joined();
    let folder = proved(&two, &[]);
    let captured = two.first.key("operational");
    let with_root = |args: &[&str]| {
        let mut party = two.first.standclear(args);
        run(party.arg("--root-key").arg(two.first.root_key())).done();
    };
    with_root(&["party", "rotate", "operational"]);
    with_root(&["party", "revoke", &captured, "--reason", "captured"]);
    let prove = |more: &[&str]| {
        let mut prove = two.first.standclear(&["prove", "received", CALL]);
        run(prove.args(more).arg("--out").arg(&folder)).done()
    };
    prove(&[]).says(&format!(
        "WARNING: the key {captured} of coalition, which signed the entry, was revoked since "
    ));
    let told = prove(&["--json"]).json();
    assert_eq!(told["revoked"][0]["key"], captured.as_str(), "{told:#}");
    assert_eq!(told["revoked"][0]["reason"], "captured", "{told:#}");
    let found = verifier(&folder, &two.roots()).ends(3);
    assert!(!found.out.contains("verified"), "{found:?}");
    found.says("REVOKED: the key of coalition that signed the entry was revoked since ");
}

#[test]
fn the_verifier_knows_every_word_that_a_line_knows() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/independent");
    let print = "import json, verify as v; \
        print(json.dumps([v.KINDS, v.SLOTS, v.CODES, v.DESKS, v.LANES, v.WORDS]))";
    let mut python = Command::new("python3");
    python.args(["-B", "-c", print]).current_dir(folder);
    let [kinds, slots, codes, desks, lanes, words] = [0, 1, 2, 3, 4, 5].map({
        let tables = run(&mut python).done().json();
        move |at: usize| tables[at].clone()
    });
    let table = |of: Vec<(u16, &str)>| -> Value {
        (of.into_iter())
            .map(|(number, name)| (number.to_string(), json!(name)))
            .collect::<serde_json::Map<_, _>>()
            .into()
    };
    let named = |all: &[Kind]| {
        all.iter()
            .map(|kind| (kind.number(), kind.name()))
            .collect()
    };
    assert_eq!(kinds, table(named(Kind::ALL)));
    let all = SlotCode::ALL.iter();
    assert_eq!(
        slots,
        table(all.map(|slot| (slot.number(), slot.name())).collect())
    );
    let coded = SlotCode::ALL
        .iter()
        .filter(|slot| slot.shape() == Shape::Code);
    for slot in coded.clone() {
        let known = (0..=u16::MAX).filter_map(|number| Some((number, slot.code_name(number)?)));
        assert_eq!(codes[slot.name()], table(known.collect()), "{slot}");
    }
    assert_eq!(codes.as_object().unwrap().len(), coded.count());
    let all = Desk::ALL.iter();
    assert_eq!(
        desks,
        table(all.map(|desk| (desk.number(), desk.name())).collect())
    );
    let all = Lane::ALL.iter();
    assert_eq!(
        lanes,
        table(all.map(|lane| (lane.number(), lane.name())).collect())
    );
    // A fingerprint takes its words from all of them.
    let words: Vec<&str> = words
        .as_array()
        .unwrap()
        .iter()
        .filter_map(Value::as_str)
        .collect();
    assert_eq!(words.len(), 256);
    for seed in 0..=255 {
        for word in Fingerprint::of(&[seed; 32]).words() {
            assert!(words.contains(&word), "{word}");
        }
    }
}
