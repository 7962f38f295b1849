//! Notices from one desk to the other.
#![allow(clippy::unwrap_used, reason = "a test that cannot be set up fails")]

mod support;

use serde_json::Value;
use std::io::{Read as _, Write as _};
use std::process::{Command, Stdio};
use std::time::Duration;
use support::{Two, run, until, window};

const SHAPE: [&str; 4] = ["--centre", "35.2550 N 40.1400 E", "--radius", "500 m"];
const SECOND: [&str; 6] = [
    "--reference",
    "airfield",
    "--bearing",
    "224",
    "--distance",
    "4.7 km",
];

/// What drafts an air activity of [`SHAPE`], but for its second description.
fn air_activity<'a>(band: &'a str, window: &'a str) -> Vec<&'a str> {
    let mut args = vec!["notice", "draft", "air-activity", "--desk", "air"];
    args.extend(["--band", band, "--window", window]);
    args.extend(SHAPE);
    args
}

fn draft(two: &Two) -> Value {
    let window = window();
    let mut args = air_activity("SFC to 3000 ft MSL", &window);
    args.extend(SECOND);
    args.extend(["--slot", "air-activity=strike"]);
    two.first.ask(&args)
}

fn release(draft: &Value) -> Vec<&str> {
    let id = draft["draft"].as_str().unwrap();
    let mut args = vec!["notice", "release", id, "--line", "air-line"];
    args.extend(["--authority", "deconfliction", "--purpose", "flight-safety"]);
    args
}

fn released(two: &Two) -> Value {
    let said = two.first.ask(&release(&draft(two)));
    assert!(said["released"][0]["entry"].is_string(), "{said:#}");
    until("the notice is there", || {
        let there = two.second.ask(&["notice", "list"]);
        there["notices"].as_array()?.first().cloned()
    })
}

#[test]
fn a_release_on_a_line_by_file_is_said_to_wait_for_a_courier() {
    let two = Two::apart();
    two.first.add(&two.second);
    two.second.add(&two.first);
    let text = two.arrangement();
    run(two
        .first
        .standclear(&["line", "join", "--by-file"])
        .arg(&text))
    .done();
    let said = (two.first)
        .officer(&release(&draft(&two)))
        .done()
        .says("`standclear line export air-line FILE`");
    assert!(!said.err.contains("until the line is up"), "{said:?}");
}

#[test]
fn a_release_that_the_other_partys_node_refuses_is_said_to_be_refused() {
    let two = Two::joined();
    // The second has put a text in force that agrees on a smaller area; the first has not come to it yet.
    let text = two.base.path().join("air-line.toml");
    let next = text.with_extension("next.toml");
    let mut new = two.second.standclear(&["arrangement", "new", "--from"]);
    run(new.arg(&text).arg("--out").arg(&next)).done();
    let smaller = std::fs::read_to_string(&next)
        .unwrap()
        .replace("40 km", "6 km");
    std::fs::write(&next, smaller).unwrap();
    for party in [&two.first, &two.second] {
        run(party.standclear(&["arrangement", "sign"]).arg(&next)).done();
    }
    run(two.second.standclear(&["line", "join"]).arg(&next)).done();
    two.first
        .officer(&release(&draft(&two)))
        .ends(1)
        .says("refused it: outside-area");
}

#[test]
fn a_changed_draft_keeps_what_is_not_given_again() {
    let two = Two::joined();
    let draft = draft(&two);
    let id = draft["draft"].as_str().unwrap();
    let slots = || {
        let listed = two.first.ask(&["notice", "list"]);
        listed["drafts"][0]["slots"].as_object().unwrap().clone()
    };
    let before = slots();
    for needed in [
        "area",
        "second-description",
        "band",
        "window",
        "air-activity",
    ] {
        assert!(before.contains_key(needed), "{before:#?}");
    }
    let change = |more: &[&str]| {
        let mut words = vec![
            "notice",
            "draft",
            "air-activity",
            "--desk",
            "air",
            "--change",
            id,
        ];
        words.extend(more);
        two.first.officer(&words)
    };
    change(&["--band", "SFC to 4000 ft MSL"]).done();
    let after = slots();
    assert_ne!(after["band"], before["band"]);
    for (name, value) in before.iter().filter(|(name, _)| *name != "band") {
        assert_eq!(after.get(name), Some(value), "`{name}` stays");
    }
    change(&["--without", "air-activity"]).done();
    let mut without = after.clone();
    without.remove("air-activity");
    assert_eq!(slots(), without);
    change(&["--without", "band", "--band", "SFC to 2000 ft MSL"])
        .ends(2)
        .says("choose one");
    assert_eq!(slots(), without);
    let mut other = vec![
        "notice",
        "draft",
        "air-activity",
        "--desk",
        "air",
        "--without",
        "band",
    ];
    other.extend(SHAPE);
    two.first.officer(&other).ends(2);
}

#[test]
fn a_notice_is_drafted_released_shown_read_back_and_answered() {
    let two = Two::joined();
    let there = released(&two);
    assert_eq!(there["from"], "peer");
    let entry = there["entry"].as_str().unwrap();
    let shown = two.second.officer(&["notice", "show", entry]).done();
    let shown = shown.says("AIR-ACTIVITY").says("37S FV 03705 01917");
    // How precise an area is, it says itself or nobody does.
    assert!(!shown.out.contains("precision"), "{shown:?}");
    let window = window();
    two.second.officer(&["notice", "read-back", entry]).ends(2);
    // Seven kilometres off: the reader understood another place.
    two.second
        .officer(&[
            "notice",
            "read-back",
            entry,
            "--place",
            "35.3200 N 40.1400 E",
        ])
        .ends(1);
    let again = [
        "notice",
        "read-back",
        entry,
        "--place",
        "35 15.30 N 40 08.40 E",
        "--band",
        "SFC to 3000 ft MSL",
        "--window",
        &window,
    ];
    two.second.officer(&again).done();
    two.second
        .officer(&["notice", "answer", entry, "no-objection"])
        .done()
        .says("not permission");
    let answered = until("the answer is there", || {
        let here = two.first.ask(&["notice", "list"]);
        let notice = here["notices"][0].clone();
        (notice["answer"] == "no-objection").then_some(notice)
    });
    assert!(answered["read_back"].is_i64(), "{answered:#}");
    assert!(answered["delivered"].is_i64(), "{answered:#}");
}

/// What a terminal showed at which Enter is pressed: a while after it was asked for, or before it is shown.
fn at_terminal(mut script: Command, after_reading: bool) -> String {
    let piped = script.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut ran = piped.spawn().unwrap();
    let mut keys = ran.stdin.take().unwrap();
    let mut shown = ran.stdout.take().unwrap();
    let (mut all, mut byte) = (Vec::new(), [0]);
    if after_reading {
        while !String::from_utf8_lossy(&all).contains("press Enter") {
            assert_eq!(shown.read(&mut byte).unwrap(), 1, "{all:?}");
            all.push(byte[0]);
        }
        std::thread::sleep(Duration::from_secs(1));
    }
    keys.write_all(b"\n").unwrap();
    shown.read_to_end(&mut all).unwrap();
    drop(keys);
    ran.wait().unwrap();
    String::from_utf8_lossy(&all).into_owned()
}

#[test]
fn what_is_piped_or_asked_for_as_json_was_displayed_to_nobody() {
    let two = Two::joined();
    let entry = released(&two)["entry"].as_str().unwrap().to_owned();
    two.second.officer(&["notice", "show", &entry]).done();
    let shown = two.second.ask(&["notice", "show", &entry]);
    assert!(shown["displayed"].is_null(), "{shown:#}");

    // `script` makes a terminal.
    let token = two.second.token_file();
    let command = format!(
        "{} --folder {} --token-file {} notice show {entry}",
        env!("CARGO_BIN_EXE_standclear"),
        two.second.folder.display(),
        token.display()
    );
    let log = two.second.file("typescript");
    let script = || {
        let mut script = Command::new("script");
        script.args(["-qec", &command]).arg(&log);
        script.env("STANDCLEAR_CACHE", two.second.file("cache"));
        script
    };
    // One at which nobody sits: as a job would make it.
    let alone = run(script().stdin(Stdio::null())).done();
    assert!(alone.out.contains("press Enter"), "{alone:?}");
    assert!(!alone.out.contains("displayed here"), "{alone:?}");
    // Nor is it somebody who typed ahead.
    let ahead = at_terminal(script(), false);
    assert!(!ahead.contains("displayed here"), "{ahead}");
    let shown = two.second.ask(&["notice", "show", &entry]);
    assert!(shown["displayed"].is_null(), "{shown:#}");

    // One where somebody reads it, and presses Enter.
    let read = at_terminal(script(), true);
    assert!(read.contains("displayed here"), "{read}");
    until("the other party is told", || {
        two.first.ask(&["notice", "list"])["notices"][0]["displayed"].as_i64()
    });
}

#[test]
fn two_descriptions_that_disagree_are_refused_at_entry_with_the_distance() {
    let two = Two::joined();
    let window = window();
    let mut args = air_activity("SFC to 3000 ft MSL", &window);
    args.extend([
        "--reference",
        "airfield",
        "--bearing",
        "224",
        "--distance",
        "9 km",
    ]);
    two.first
        .officer(&args)
        .ends(1)
        .says("km apart")
        .says("check both against their sources");
    two.first
        .officer(&["notice", "list"])
        .done()
        .says("no draft");
}

#[test]
fn a_notice_is_withdrawn_with_a_reason() {
    let two = Two::joined();
    released(&two);
    let draft = two.first.ask(&["notice", "list"])["drafts"][0]["draft"]
        .as_str()
        .unwrap()
        .to_owned();
    two.first
        .officer(&["notice", "withdraw", &draft, "--reason", "cancelled"])
        .done();
    until("they see it", || {
        (two.second.ask(&["notice", "list"])["notices"][0]["state"] == "withdrawn").then_some(())
    });
}

const TERMS: [&str; 6] = [
    "--line",
    "air-line",
    "--authority",
    "deconfliction",
    "--purpose",
    "flight-safety",
];

/// The second declares what the first has in mind to use at the same time and place.
fn both_want_it(two: &Two) -> String {
    let window = window();
    let mut args = air_activity("1000 ft MSL to 9000 ft MSL", &window);
    args.extend(SECOND);
    args.extend(["--slot", "air-activity=strike"]);
    let theirs = two.second.ask(&args);
    let mut release = vec!["notice", "release", theirs["draft"].as_str().unwrap()];
    release.extend(TERMS);
    two.second.ask(&release);
    until("the notice is there", || {
        let there = two.first.ask(&["notice", "list"]);
        there["notices"].as_array()?.first().map(|_| ())
    });
    let draft = draft(two);
    draft["draft"].as_str().unwrap().to_owned()
}

#[test]
fn a_plan_that_conflicts_is_held_until_the_officer_knows_and_both_sides_find_the_conflict() {
    let two = Two::joined();
    let plan = both_want_it(&two);
    let checked = two.first.ask(&["notice", "check", &plan]);
    let conflict = &checked["conflicts"][0];
    let witness = &conflict["witness"];
    assert!(conflict["theirs"].as_str().unwrap().contains(".peer.main."));
    assert!(
        witness["horizontal_mm"].as_i64().unwrap() < 0,
        "{witness:#}"
    );
    assert!(witness["vertical_mm"].as_i64().unwrap() < 0, "{witness:#}");
    assert_eq!(witness["time_ms"], -3_600_000);
    let mut release = vec!["notice", "release", &plan];
    release.extend(TERMS);
    two.first.officer(&release).ends(1).says("--in-conflict");
    assert!(
        two.first
            .ask(&["notice", "conflicts"])
            .as_array()
            .unwrap()
            .is_empty()
    );
    release.push("--in-conflict");
    two.first.officer(&release).done();
    for party in [&two.first, &two.second] {
        let found = until("the conflict is found", || {
            party
                .ask(&["notice", "conflicts"])
                .as_array()?
                .first()
                .cloned()
        });
        assert!(
            found["ours"].as_str().unwrap().contains(".own.main."),
            "{found:#}"
        );
        assert_eq!(found["witness"]["time_ms"], -3_600_000);
        let alarm = until("the desk is alarmed", || {
            let alarms = party.ask(&["alarms"]);
            let of_kind = |alarm: &&Value| alarm["kind"] == "conflict";
            alarms.as_array()?.iter().find(of_kind).cloned()
        });
        party
            .officer(&["ack", alarm["alarm"].as_str().unwrap()])
            .done();
    }
    // What the journal holds of it is folded, and found no second time.
    let mut two = two;
    two.first.restart();
    two.first.is_up();
    let found = two.first.ask(&["notice", "conflicts"]);
    assert_eq!(found.as_array().unwrap().len(), 1, "{found:#}");
    two.first.run(&["log", "verify"]).done();
    two.first
        .officer(&["notice", "withdraw", &plan, "--reason", "cancelled"])
        .done();
    for party in [&two.first, &two.second] {
        until("the conflict is over", || {
            let found = party.ask(&["notice", "conflicts"]);
            found.as_array()?.is_empty().then_some(())
        });
    }
}

#[test]
fn a_preview_shows_what_would_be_received_and_what_would_be_held_back_and_sends_nothing() {
    let two = Two::joined();
    let drafted = draft(&two);
    let id = drafted["draft"].as_str().unwrap();
    let change = [
        "notice",
        "draft",
        "air-activity",
        "--desk",
        "air",
        "--change",
        id,
    ];
    let words = [&change[..], &["--slot", "contact=the gate"]].concat();
    two.first.officer(&words).done();
    let preview = |authority: &str| {
        let terms = ["--authority", authority, "--purpose", "flight-safety"];
        let words = [&["notice", "preview", id, "--line", "air-line"], &terms[..]].concat();
        two.first.officer(&words).done()
    };
    preview("deconfliction")
        .says("on air-line ")
        .says("would receive, and nothing else:")
        .says("AIR-ACTIVITY, air desk")
        .says("held back: contact, no rule lets it go; release it under another authority")
        .says("nothing has left");
    preview("nobody")
        .says("would receive NOTHING: the rules list no authority `nobody`")
        .says("it could go under deconfliction");
    assert_eq!(
        two.first.ask(&["notice", "list"])["notices"],
        serde_json::json!([])
    );
}

#[test]
fn an_answer_is_previewed_with_what_it_gives_away_and_not_sent() {
    let two = Two::joined();
    let notice = released(&two);
    let entry = notice["entry"].as_str().unwrap();
    let ask = ["notice", "answer", entry, "objection", "--preview"];
    two.second
        .officer(&ask)
        .done()
        .says("lets the other party conclude that something of yours is")
        .says("nothing smaller can be concluded than:")
        .says("this is more than it was told")
        .says("nothing was sent");
    let there = two.second.ask(&["notice", "list"]);
    assert_eq!(there["notices"][0]["answer"], Value::Null);
}

#[test]
fn a_table_is_drafted_whole_or_every_bad_line_is_listed_and_a_map_comes_back() {
    let two = Two::joined();
    let base = tempfile::tempdir().unwrap();
    let path = |name: &str| base.path().join(name).to_str().unwrap().to_owned();
    let window = window();
    let line = |lat: &str, second: &str| {
        format!("air-activity,{lat},40.1400 E,500 m,{second},SFC to 3000 ft MSL,{window}\n")
    };
    let head = "kind,lat,lon,radius,reference,bearing,distance,band,window\n";
    let good = line("35.2550 N", "airfield,224,4.7 km");
    let table = format!("{head}{good}{}", line("nowhere", ",,"));
    std::fs::write(path("sites.csv"), table).unwrap();
    let import = |name: &str, more: &[&str]| {
        let file = path(name);
        let mut words = vec!["notice", "import", &file, "--desk", "air"];
        words.extend(more);
        two.first.officer(&words)
    };
    let drafts = || {
        let listed = two.first.ask(&["notice", "list"]);
        listed["drafts"].as_array().unwrap().len()
    };
    import("sites.csv", &[])
        .ends(1)
        .says("line 3, lat: ")
        .says("--partial");
    assert_eq!(drafts(), 0);
    import("sites.csv", &["--partial"])
        .ends(1)
        .says("1 were drafted");
    assert_eq!(drafts(), 1);
    import("sites.xls", &[]).ends(2).says("--format");
    for format in ["geojson", "kml"] {
        let name = format!("map.{format}");
        let out = path(&name);
        let export = [
            "notice", "export", "--format", format, "--drafts", "--out", &out,
        ];
        two.first.officer(&export).done().says("written to");
        two.first.officer(&export).ends(1);
        let before = drafts();
        import(&name, &[]).done();
        assert_eq!(drafts(), 2 * before, "{format}");
    }
}

#[test]
fn their_protected_sites_are_written_once_by_two_officers() {
    let two = Two::joined();
    let window = window();
    let mut args = vec!["notice", "draft", "protected-site", "--desk", "ground"];
    args.extend(["--centre", "35.2550 N 40.1400 E", "--radius", "500 m"]);
    args.extend(["--window", &window, "--slot", "site=hospital"]);
    args.extend(SECOND);
    two.first.ask(&release(&two.first.ask(&args)));
    until("the site is there", || {
        let there = two.second.ask(&["notice", "list"]);
        there["notices"].as_array()?.first().map(|_| ())
    });
    let base = tempfile::tempdir().unwrap();
    let path = |name: &str| base.path().join(name).to_str().unwrap().to_owned();
    for name in ["shelter", "relief"] {
        let add = ["officer", "add", name, "--desk", "protection", "--out"];
        two.second.run(&[&add[..], &[&path(name)]].concat()).done();
    }
    let as_ = |name: &str, args: &[&str]| {
        let mut command = two.second.standclear(args);
        support::run(command.arg("--token-file").arg(path(name)))
    };

    let list = ["notice", "sites", "list"];
    as_("relief", &list).done().says("nothing was asked for");
    let ask = [
        "notice",
        "sites",
        "ask",
        "--line",
        "air-line",
        "--why",
        "a list for the corps",
    ];
    two.second.officer(&ask).ends(1).says("protection desk");
    as_("relief", &ask)
        .done()
        .says("another officer of the desk decides");
    let asked = two.second.ask(&list);
    let export = &asked[0]["export"].as_str().unwrap()[..8];
    let out = path("sites.kml");
    let take = [
        "notice", "sites", "take", export, "--format", "kml", "--out", &out,
    ];
    let allow = ["notice", "sites", "allow", export];
    as_("relief", &take).ends(1).says("by two officers alone");
    as_("relief", &allow).ends(1).says("another officer must");
    as_("shelter", &list).done().says("a list for the corps");
    as_("shelter", &allow).done().says("within 15 minutes");
    as_("relief", &take).done().says("written to");
    assert!(std::fs::read_to_string(&out).unwrap().contains("hospital"));
    as_("relief", &take).ends(1).says("is there already");
    std::fs::remove_file(&out).unwrap();
    as_("relief", &take)
        .ends(1)
        .says("one allowance is for one export");
    as_("shelter", &["notice", "sites", "refuse", export])
        .ends(1)
        .says("is over");
    as_("shelter", &list).done().says("carried-out");
}
