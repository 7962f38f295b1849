//! docs/bad-input.md against the tests that there are.
#![allow(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

use std::collections::BTreeSet;
use std::path::Path;
use std::{fs, io};

/// Words of at least two parts that are names of tests: in backticks, of letters and underscores.
fn names(text: &str) -> BTreeSet<&str> {
    let quoted = text.split('`').skip(1).step_by(2);
    let name = |word: &&str| {
        word.bytes().filter(|byte| *byte == b'_').count() > 1
            && word
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b == b'_' || b.is_ascii_digit())
    };
    quoted.filter(name).collect()
}

fn add_functions(folder: &Path, functions: &mut BTreeSet<String>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            add_functions(&path, functions)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path)?;
            let after = text.split("fn ").skip(1);
            functions.extend(after.filter_map(|rest| Some(rest.split_once('(')?.0.to_owned())));
        }
    }
    Ok(())
}

#[test]
fn every_test_that_the_table_of_bad_input_names_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut functions = BTreeSet::new();
    for folder in ["crates", "fuzz/tests"] {
        add_functions(&root.join(folder), &mut functions).unwrap();
    }
    let table = fs::read_to_string(root.join("docs/bad-input.md")).unwrap();
    let named = names(&table);
    assert!(named.len() > 80, "{}", named.len());
    let missing: Vec<_> = named
        .iter()
        .filter(|name| !functions.contains(**name))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}
