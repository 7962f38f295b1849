//! An organisation that the first party speaks for, from the command line: enrolled, asked, heard.
#![allow(clippy::unwrap_used, reason = "a test that cannot be set up fails")]

mod support;

use support::{Party, Ran, Two, run, until};

/// An account of the first party besides the one that every party has.
fn account(party: &Party, name: &str, args: &[&str]) {
    let token = party.file(&format!("{name}.token"));
    let mut add = party.standclear(&["officer", "add", name]);
    run(add.args(args).arg("--out").arg(token)).done();
}

fn as_(party: &Party, name: &str, args: &[&str]) -> Ran {
    let token = party.file(&format!("{name}.token"));
    run(party.standclear(args).arg("--token-file").arg(token))
}

#[test]
fn an_organisation_is_enrolled_consents_and_stops_them_by_itself() {
    let two = Two::joined();
    let (un, peer) = (&two.first, &two.second);
    account(un, "shelter", &["--desk", "protection"]);
    let represented = ["--role", "represented", "--element", "aid-east"];
    account(un, "field", &represented);
    as_(un, "field", &["element", "list"])
        .done()
        .says("no element is enrolled");

    let enrol = ["element", "enrol", "aid-east", "--name", "Eastern Relief"];
    as_(un, "field", &enrol)
        .ends(1)
        .says("speaks for an element");
    as_(un, "shelter", &enrol)
        .done()
        .says("aid-east is enrolled");
    let shown = as_(un, "field", &["element", "list", "--json"])
        .done()
        .json();
    assert_eq!(shown[0]["element"], "aid-east", "{shown:#}");
    assert_eq!(shown[0]["lines"][0]["place"], false, "{shown:#}");

    // The desk says how it was told; the organisation's own officer does it by saying so.
    let place = [
        "element", "consent", "aid-east", "--line", "air-line", "--place",
    ];
    as_(un, "shelter", &place)
        .ends(1)
        .says("in-person, by-letter");
    as_(
        un,
        "shelter",
        &[&place[..], &["--how", "by-letter"]].concat(),
    )
    .done();
    as_(
        un,
        "field",
        &["element", "consent", "--line", "air-line", "--named"],
    )
    .done();
    let shown = as_(un, "shelter", &["element", "list"]).done();
    assert!(shown.out.contains("by-its-officer"), "{shown:?}");
    as_(
        un,
        "field",
        &[
            "element",
            "withdraw-consent",
            "--line",
            "air-line",
            "--named",
        ],
    )
    .done();
    let shown = as_(un, "shelter", &["element", "list", "--json"])
        .done()
        .json();
    let line = &shown[0]["lines"][0];
    assert_eq!(
        (&line["place"], &line["named"]),
        (&true.into(), &false.into())
    );

    let (cause, at) = ("air-strike", "35.2550 N 40.1400 E");
    as_(un, "field", &["stop", "--cause", cause, "--place", at])
        .done()
        .says("DELIVERED");
    let call = until("the call is there", || {
        peer.ask(&["calls"]).as_array()?.first().cloned()
    });
    assert_eq!(call["desk"], "protection", "{call:#}");
    assert!(!call["details"]["place"].is_null(), "{call:#}");
    assert!(call["details"]["element"].is_null(), "{call:#}");
    as_(un, "shelter", &["alarms"])
        .done()
        .says("element-called:aid-east");
    as_(un, "shelter", &["ack", "element-called:aid-east"]).done();
    as_(un, "field", &["calls"]).done().says("air-line");
    as_(un, "field", &["stop", "lift"]).done();
    as_(un, "field", &["lines"])
        .ends(1)
        .says("speaks for an element");
    as_(un, "shelter", &["element", "unenrol", "aid-east"])
        .done()
        .says("ended: field");
    as_(un, "field", &["calls"]).ends(1).says("no valid token");
    un.run(&["officer", "list"]).done().says("shelter");
    as_(un, "shelter", &["stop"])
        .ends(4)
        .says("name the desk: air, ground, protection or senior");
}

#[test]
fn an_account_of_an_element_has_that_and_no_desk_and_nobody_else_has_one() {
    let base = tempfile::tempdir().unwrap();
    let party = Party::new(base.path(), "un-aid", false);
    for wrong in [
        &["--role", "represented"][..],
        &["--role", "represented", "--desk", "air"],
        &[
            "--role",
            "represented",
            "--element",
            "aid-east",
            "--desk",
            "air",
        ],
        &["--role", "watch", "--desk", "air", "--element", "aid-east"],
        &[
            "--role",
            "represented",
            "--element",
            "aid-east",
            "--right",
            "administrator",
        ],
        &["--right", "bell", "--desk", "air", "--element", "aid-east"],
    ] {
        let args = [&["officer", "add", "field"], wrong].concat();
        party.run(&args).ends(2).says("--element ELEMENT");
    }
    party
        .run(&[
            "officer",
            "add",
            "field",
            "--role",
            "represented",
            "--element",
            "aid-east",
        ])
        .done();
    party.run(&["officer", "list"]).done().says("aid-east");
}
