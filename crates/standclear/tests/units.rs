//! Downstream units, from the command line of a desk.
#![allow(clippy::unwrap_used, reason = "a test that cannot be set up fails")]

mod support;

use serde_json::Value;
use support::{Party, Two, until, window};

fn enrol(party: &Party, name: &str) -> String {
    let enrolled = party.ask(&[
        "unit",
        "enrol",
        name,
        "--desk",
        "ground",
        "--centre",
        "35.2550 N 40.1400 E",
        "--radius",
        "3 km",
    ]);
    enrolled["unit"].as_str().unwrap().to_owned()
}

/// A no-fire area of the first party's, 4.7 km from the airfield, as the second lists it.
fn notice(two: &Two) -> String {
    let window = window();
    let draft = two.first.ask(&[
        "notice",
        "draft",
        "hazard-area",
        "--desk",
        "ground",
        "--window",
        &window,
        "--centre",
        "35.2550 N 40.1400 E",
        "--radius",
        "500 m",
        "--reference",
        "airfield",
        "--bearing",
        "224",
        "--distance",
        "4.7 km",
        "--slot",
        "hazard=mines",
    ]);
    let id = draft["draft"].as_str().unwrap();
    let said = two.first.ask(&[
        "notice",
        "release",
        id,
        "--line",
        "air-line",
        "--authority",
        "deconfliction",
        "--purpose",
        "flight-safety",
    ]);
    assert!(said["released"][0]["entry"].is_string(), "{said:#}");
    until("it is found whom it concerns", || {
        let all = two.second.ask(&["unit", "receipts"]);
        Some(all[0]["entry"].as_str()?.to_owned())
    })
}

#[test]
fn a_desk_enrols_units_prints_a_sheet_relays_its_codes_and_tells_the_other_party_all_units() {
    let two = Two::joined();
    let desk = &two.second;
    let (one, other) = (enrol(desk, "Birch 2"), enrol(desk, "Alder"));
    assert_eq!((one.as_str(), other.as_str()), ("u1", "u2"));
    let entry = notice(&two);

    let sheet = desk.officer(&["unit", "sheet", &one]).done();
    for words in [
        "UNIT u1 (Birch 2)",
        "HAZARD-AREA of the other party (coalition)",
        "hazard: mines",
        "READ BACK: 1",
    ] {
        assert!(sheet.out.contains(words), "`{words}` in {}", sheet.out);
    }
    let code = sheet.out.split("READ BACK: 1   ").nth(1).unwrap();
    let code = code.lines().next().unwrap().trim().to_owned();

    desk.officer(&["unit", "receipts"]).done().says("SILENT");
    desk.officer(&["unit", "relay", &one, "--code", "no such"])
        .ends(1)
        .says("no code");
    desk.officer(&["unit", "tell", &entry, "all-units"])
        .ends(1)
        .says("no receipt from u1, u2");
    desk.officer(&["unit", "relay", &one, "--code", &code])
        .done();
    desk.officer(&["unit", "receipts", &entry])
        .done()
        .says("relayed by officer duty, code read back");
    desk.officer(&["unit", "relay", &other, "--has", &entry])
        .done();
    desk.officer(&["unit", "tell", &entry, "all-units"]).done();
    until("the other party is told", || {
        let told = two.first.ask(&["notice", "list"]);
        (told["notices"][0]["downstream"] == "all-units").then_some(())
    });
    let silent: Vec<Value> = desk.ask(&["unit", "list"]).as_array().unwrap().clone();
    assert!(silent.iter().all(|unit| unit["silent"] == 0), "{silent:?}");

    let link = desk.ask(&["unit", "link", &one]);
    assert!(
        link["open"].as_str().unwrap().contains("/unit#enrol="),
        "{link:#}"
    );
    desk.officer(&["unit", "unlink", &one]).done();
    desk.officer(&["unit", "change", &one, "Birch 3", "--desk", "ground"])
        .ends(2)
        .says("--centre");
    desk.officer(&["unit", "stand-down", &other]).done();
    desk.officer(&["unit", "stand-down", &other])
        .ends(1)
        .says("no unit");
}
