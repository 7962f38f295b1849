//! What a person is told when something is refused says what happened and, in a second half, what to do.
#![allow(clippy::unwrap_used, reason = "a test that cannot be set up fails")]

use std::fs;
use std::path::Path;

/// The sources whose errors officers and administrators read, from the folder of the crates on.
const READ_BY_PEOPLE: [&str; 23] = [
    "conflict/src/altitude.rs",
    "conflict/src/coarsen.rs",
    "model/src/altitude.rs",
    "model/src/decide/refusal.rs",
    "model/src/dtg.rs",
    "model/src/place.rs",
    "model/src/slot.rs",
    "model/src/window.rs",
    "node/src/auth.rs",
    "node/src/config.rs",
    "node/src/http/problem.rs",
    "node/src/party/files.rs",
    "node/src/party/mod.rs",
    "node/src/random.rs",
    "node/src/server.rs",
    "release/src/released/explanation.rs",
    "release/src/rules.rs",
    "release/src/rules/metadata.rs",
    "store/src/backup.rs",
    "store/src/open.rs",
    "wire/src/arrangement/mod.rs",
    "wire/src/card.rs",
    "wire/src/manifest.rs",
];

/// An error's text, and whether it goes on with that of its cause.
fn errors(source: &str) -> Vec<(String, bool)> {
    let mut found = Vec::new();
    for part in source.split("#[error(").skip(1) {
        // Up to the next error, or the end of the enum.
        let part = part.split("\n}").next().unwrap();
        let Some(text) = part.trim_start().strip_prefix('"') else {
            continue;
        };
        let (text, after) = text.split_once("\"").unwrap();
        let joined: String = text.split("\\\n").map(str::trim_start).collect();
        found.push((
            joined,
            after.contains("#[source]") || after.contains("#[from]"),
        ));
    }
    found
}

/// Whether a text has a second half, or is made elsewhere, whole.
fn says_what_to_do(text: &str) -> bool {
    let fixed = text
        .split('{')
        .map(|part| part.split_once('}').map_or(part, |(_, rest)| rest));
    let fixed: String = fixed.collect();
    fixed.contains([':', ';']) || fixed.trim_matches(['`', ' ']).is_empty()
}

#[test]
fn every_refusal_says_what_to_do_or_goes_on_with_its_cause() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let (mut seen, mut bare) = (0, Vec::new());
    for file in READ_BY_PEOPLE {
        let source = fs::read_to_string(crates.join(file)).unwrap();
        for (text, has_cause) in errors(&source) {
            seen += 1;
            if !has_cause && !says_what_to_do(&text) {
                bare.push(format!("{file}: {text}"));
            }
        }
    }
    assert!(seen > 150, "{seen}");
    assert!(bare.is_empty(), "{bare:#?}");
}

#[test]
fn a_text_without_a_second_half_is_found() {
    let source = "enum E {\n    #[error(\"no such `{0}`\")]\n    A(u8),\n    #[error(\n        \"no: \\\n         go\"\n    )]\n    B,\n    \
                  #[error(\"bad\")]\n    C(#[source] X),\n    #[error(transparent)]\n    D(#[from] Y),\n}\n";
    let found = errors(source);
    let is = |text: &str, cause| (text.to_owned(), cause);
    assert_eq!(
        found,
        [
            is("no such `{0}`", false),
            is("no: go", false),
            is("bad", true)
        ]
    );
    assert!(!says_what_to_do("no such `{0:?}`"));
    assert!(says_what_to_do("no such `{0}`: list them"));
    assert!(says_what_to_do("`{officer}` {why}"));
}
