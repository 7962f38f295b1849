//! The watch, from the command line of a desk: handed over, rostered, ordered about; wall pages and PINs.
#![allow(clippy::unwrap_used, reason = "a test that cannot be set up fails")]

mod support;

use serde_json::Value;
use support::{Party, Two, until};

fn air(party: &Party) -> Value {
    let watch = party.ask(&["watch", "show"]);
    let desks = watch.as_array().unwrap();
    let found = desks.iter().find(|shown| shown["desk"] == "air");
    found.unwrap().clone()
}

#[test]
fn a_watch_is_taken_over_by_reading_what_is_open_and_signing_for_it() {
    let two = Two::joined();
    two.second
        .officer(&["stop", "--desk", "air", "--no-wait"])
        .done();
    until("it is open", || {
        let open = two.first.ask(&["watch", "handover", "--desk", "air"]);
        (open["items"][0]["what"] == "call").then_some(())
    });
    let shown = two.first.officer(&["watch", "handover", "--desk", "air"]);
    shown.done().says("call:").says("alarm:stop-call");
    let over = |more: &[&str]| {
        let words = [
            &[
                "watch",
                "take-over",
                "--desk",
                "air",
                "--card-at-hand",
                "no",
            ],
            more,
        ]
        .concat();
        two.first.officer(&words)
    };
    // Neither without a word that it was read, nor without the sound.
    over(&["--sound-heard"]).ends(2);
    over(&["--read-all"]).ends(1).says("heard");
    over(&["--sound-heard", "--read", "draft:none"])
        .ends(1)
        .says("were not read");
    over(&["--sound-heard", "--read-all", "--from", "nobody"])
        .ends(1)
        .says("not on watch");
    over(&["--sound-heard", "--read-all"])
        .done()
        .says("standclear card");
    assert_eq!(air(&two.first)["on"][0]["handed_over"], true);
    two.first.officer(&["watch", "show"]).done().says("since");

    // On somebody's order, with a dissent: it is told here, and nowhere else.
    let order = [
        "--directed-by",
        "Gen. Alder, J3",
        "--words",
        "leave it",
        "--dissent",
        "too early",
    ];
    two.first
        .officer(&[&["watch", "leave", "--desk", "air"], &order[..]].concat())
        .done();
    two.first
        .officer(&["watch", "directed"])
        .done()
        .says("Gen. Alder, J3")
        .says("too early");
    two.second
        .officer(&["watch", "directed"])
        .done()
        .says("nothing was done");
    // Who ordered it goes with the words, or not at all.
    two.first
        .officer(&["watch", "leave", "--desk", "air", "--directed-by", "X"])
        .ends(2);

    let roster = [
        "watch", "roster", "add", "duty", "--desk", "air", "--from", "1", "--until", "2",
    ];
    two.first.officer(&roster).ends(1).says("commander");
    two.first
        .officer(&["watch", "roster", "list"])
        .done()
        .says("nobody is on the roster");
}

#[test]
fn a_wall_page_is_added_listed_and_revoked_and_a_pin_is_set_from_a_private_file() {
    let two = Two::joined();
    let link = two.first.ask(&["wall", "add", "ops-east", "--desk", "air"]);
    let page = format!("{}/wall#enrol=", two.first.url);
    assert!(link["open"].as_str().unwrap().starts_with(&page), "{link}");
    let walls = two.first.ask(&["wall", "list"]);
    assert_eq!(walls[0]["screen"], "linked");
    two.first
        .officer(&["wall", "list"])
        .done()
        .says("ops-east")
        .says("NO");
    two.first.officer(&["wall", "revoke", "ops-east"]).done();
    two.first.officer(&["wall", "revoke", "ops-east"]).ends(1);
    two.first
        .officer(&["wall", "revoke", "../me"])
        .ends(1)
        .says("no such name");
    let pin = two.first.file("pin");
    node::party::files::write_new(&pin, b"402718\n").unwrap();
    let path = pin.to_str().unwrap();
    two.first.officer(&["pin", "set", path]).done();
    two.first.officer(&["pin", "remove"]).done();
    std::fs::write(&pin, "123456").unwrap();
    two.first
        .officer(&["pin", "set", path])
        .ends(1)
        .says("6 to 12 digits");
}
