//! Claims and warnings from one desk to the other, as officers type and read them.
#![allow(clippy::unwrap_used, reason = "a test that cannot be set up fails")]

mod support;

use node::model::dtg::DateTimeGroup;
use serde_json::Value;
use std::fs;
use support::{Party, Two, until};

const RELEASE: [&str; 4] = ["--authority", "deconfliction", "--purpose", "flight-safety"];
const WHERE: [&str; 10] = [
    "--centre",
    "35.3304 N 40.1760 E",
    "--radius",
    "2 km",
    "--reference",
    "airfield",
    "--bearing",
    "0",
    "--distance",
    "5.0 km",
];

/// From so many minutes before now to so many.
fn lasting(from: i64, until: i64) -> String {
    let now = node::clock::now().as_unix_ms();
    let at = |minutes: i64| {
        DateTimeGroup::of(
            node::model::units::Timestamp::from_unix_ms(now - minutes * 60_000).unwrap(),
        )
    };
    format!("{} to {}", at(from), at(until))
}

/// The last of what `party` lists, once it is `wished`.
fn last(party: &Party, list: &[&str], wished: impl Fn(&Value) -> bool) -> Value {
    until("it is there", || {
        let all = party.ask(list);
        let last = all.as_array()?.last()?.clone();
        wished(&last).then_some(last)
    })
}

#[test]
fn a_claim_is_made_with_evidence_answered_stated_on_and_withdrawn() {
    let two = Two::joined();
    let photo = two.base.path().join("photo.jpg");
    fs::write(&photo, [&b"\xff\xd8\xff\xe0"[..], &[1; 60]].concat()).unwrap();
    let photo = photo.to_str().unwrap().to_owned();
    let window = lasting(60, 30);
    let with = |more: &[&'static str]| {
        let mut args: Vec<String> = [
            "claim",
            "new",
            "strike-on-forces",
            "--certainty",
            "probable",
        ]
        .map(String::from)
        .to_vec();
        args.extend(["--line", "air-line", "--desk", "air", "--window"].map(String::from));
        args.push(window.clone());
        args.extend(WHERE.map(String::from));
        args.extend(RELEASE.map(String::from));
        args.extend(["--whose", "the government's air force", "--evidence"].map(String::from));
        args.push(photo.clone());
        args.extend(more.iter().map(|of| (*of).to_owned()));
        args
    };
    let typed = |args: &[String]| {
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        two.first.officer(&args)
    };
    typed(&with(&["--preview"]))
        .done()
        .says("nothing is sent by this")
        .says("strike-on-forces");
    assert!(
        two.first
            .ask(&["claim", "list"])
            .as_array()
            .unwrap()
            .is_empty()
    );
    typed(&with(&[])).done().says("said as");
    two.first
        .officer(&["evidence", "list"])
        .done()
        .says("image/jpeg");
    let mut lie: Vec<&str> = vec!["evidence", "add", &photo];
    lie.extend(["--type", "application/pdf"]);
    let refused = two.first.officer(&lie).ends(1);
    assert!(refused.err.contains("those of `image/jpeg`"), "{refused:?}");

    let there = last(&two.second, &["claim", "list"], |_| true);
    let entry = there["entry"].as_str().unwrap();
    two.second
        .officer(&["claim", "show", entry, "--context"])
        .done()
        .says("claimed by          them")
        .says("the government's air force")
        .says("64 bytes, SHA-256")
        .says("none, and none is inferred")
        .says("nothing of it is sent");
    two.second
        .officer(&["claim", "answer", entry, "under-review"])
        .done();
    two.second
        .officer(&["claim", "answer", entry, "not-ours", "--name", "Maj Orlov"])
        .done()
        .says("answered as");
    two.second
        .officer(&["claim", "answer", entry, "perhaps"])
        .ends(2);
    let mut state = vec!["claim", "state", entry, "--certainty", "reported"];
    state.extend(RELEASE);
    two.second.officer(&state).done().says("stated as");
    let seen = last(&two.first, &["claim", "list"], |of| {
        of["answer"] == "not-ours" && !of["statements"][0].is_null()
    });
    let ours = seen["entry"].as_str().unwrap();
    two.first
        .officer(&["claim", "show", ours])
        .done()
        .says("by them")
        .says("under-review")
        .says("not-ours; name: Maj Orlov")
        .says("sure: reported");
    let refused = two
        .first
        .officer(&["claim", "answer", ours, "accepted"])
        .ends(1);
    assert!(refused.err.contains("this one is ours"), "{refused:?}");
    let withdraw = ["claim", "withdraw", ours, "--reason", "given-in-error"];
    two.first.officer(&withdraw).done().says("withdrawn as");
    last(&two.second, &["claim", "list"], |of| {
        of["state"] == "withdrawn"
    });
    let refused = two
        .second
        .officer(&["claim", "answer", entry, "unknown"])
        .ends(1);
    assert!(refused.err.contains("withdrawn"), "{refused:?}");
    // What has not come is claimed by nobody.
    let mut future = with(&[]);
    let at = future.iter().position(|of| *of == window).unwrap();
    future[at] = lasting(60, -60);
    let refused = typed(&future).ends(1);
    assert!(refused.err.contains("has not come"), "{refused:?}");
}

#[test]
fn a_warning_is_received_and_agreed_to_by_nobody() {
    let two = Two::joined();
    let mut warn = vec![
        "warning",
        "new",
        "presence-of-forces",
        "--level",
        "three-star",
    ];
    warn.extend([
        "--line",
        "air-line",
        "--desk",
        "air",
        "--whose",
        "special forces",
    ]);
    warn.extend(RELEASE);
    two.first.officer(&warn).done().says("said as");
    let there = last(&two.second, &["warning", "list"], |_| true);
    let entry = there["entry"].as_str().unwrap();
    two.second
        .officer(&["warning", "show", entry])
        .done()
        .says("three-star");
    two.second
        .officer(&["warning", "received", entry])
        .done()
        .says("Received. This is not agreement.");
    let seen = last(&two.first, &["warning", "list"], |of| {
        !of["received"].is_null()
    });
    two.first
        .officer(&["warning", "list"])
        .done()
        .says("not agreement");
    let ours = seen["entry"].as_str().unwrap();
    two.first
        .officer(&["warning", "withdraw", ours, "--reason", "finished"])
        .done();
    last(&two.second, &["warning", "list"], |of| {
        of["state"] == "withdrawn"
    });
}
