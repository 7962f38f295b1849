//! Two administrators set up a line; officers speak over it.
#![allow(clippy::unwrap_used, reason = "a test that cannot be set up fails")]

mod support;

use serde_json::{Value, json};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::time::{Duration, SystemTime};
use support::{NUMBER, Two, run, standclear, until};

#[test]
fn a_stop_call_sounds_there_is_accepted_answered_and_lifted_by_both() {
    let two = Two::joined();
    let said = run(two
        .first
        .standclear(&[
            "stop",
            "--desk",
            "air",
            "--cause",
            "air-strike",
            "--json",
            "--token-file",
        ])
        .arg(two.first.token_file()));
    let said = said.done().json();
    assert_eq!(said["stopped"][0]["on_its_way"], json!(true), "{said:#}");
    assert_eq!(said["stopped"][0]["telephone"], json!([NUMBER]));

    let there = two.second.call_is("sounding");
    assert_eq!(there["details"]["stop-cause"], "air-strike");
    let alarms = two.second.ask(&["alarms"]);
    assert!(
        alarms
            .as_array()
            .unwrap()
            .iter()
            .any(|alarm| alarm["kind"] == "stop-call"),
        "{alarms:#}"
    );
    two.second.officer(&["lines"]).done().says("0 out, 1 in");
    two.first.officer(&["lines"]).done().says("1 out, 0 in");
    two.second
        .officer(&["stop", "accept"])
        .done()
        .says("accepted");
    two.first.call_is("accepted");
    two.second
        .officer(&["stop", "answer", "pause-ordered"])
        .done();
    let here = two.first.call_is("pause ordered");
    assert!(here["delivered"].is_i64(), "{here:#}");
    two.second
        .officer(&["stop", "answer", "pause-confirmed"])
        .done();
    two.first.call_is("pause confirmed");
    // Only the caller lifts, and only the called party resumes.
    two.second.officer(&["stop", "lift"]).ends(1);
    two.first.officer(&["stop", "lift"]).done();
    two.second.call_is("lifted by the caller only");
    two.second.officer(&["stop", "resume"]).done();
    two.first.call_is("lifted by both");
    two.first.officer(&["calls"]).done().says("lifted by both");
    two.first.officer(&["lines"]).done().says("0 out, 0 in");
    let line = &two.first.ask(&["lines"])[0];
    assert_eq!(
        (&line["calls_own"], &line["calls_peer"]),
        (&json!(1), &json!(0))
    );
}

#[test]
fn a_call_that_cannot_go_out_ends_with_telephone_and_arrives_when_the_path_is_back() {
    let mut two = Two::joined();
    two.second.kill();
    until("the path is seen to be down", || {
        (two.first.ask(&["lines"])[0]["link"] == "down").then_some(())
    });
    two.first
        .officer(&["stop", "--desk", "air"])
        .ends(4)
        .says("NOT SENT: TELEPHONE")
        .says("НЕ ПЕРЕДАНО")
        .says(NUMBER);
    two.second.serve();
    two.second.call_is("sounding");
}

#[test]
fn a_card_is_added_only_with_the_fingerprint_that_was_heard() {
    let two = Two::apart();
    let add = |heard: Option<&str>| {
        let mut add = two.first.standclear(&["line", "add"]);
        add.arg(two.second.card());
        heard.map(|heard| add.args(["--fingerprint", heard]));
        run(&mut add)
    };
    add(None).ends(1).says("by voice");
    add(Some(&two.first.fingerprint()))
        .ends(1)
        .says("not the card's fingerprint");
    let heard = two.second.fingerprint();
    let other_words = heard.replacen(' ', "x ", 1);
    add(Some(&other_words)).ends(1).says("not the card's");
    add(Some(&heard.to_uppercase().replace(' ', "  "))).done();
    // Again, before the node ever served a line: there is nothing to do about it.
    let again = add(Some(&heard.replace(' ', ", "))).done();
    assert!(!again.out.contains("add the card again"), "{again:?}");
    // What was heard is compared with a card that is known as well.
    add(Some(&two.first.fingerprint()))
        .ends(1)
        .says("not the card's fingerprint");
    let shown = run(two
        .first
        .standclear(&["card", "show", "--json"])
        .arg(two.second.card()));
    let shown = shown.done().json();
    let digits = shown["fingerprint_digits"].as_str().unwrap();
    add(Some(&digits.replace(' ', "-"))).done();
    // Their own card is no peer's.
    let mut own = two.first.standclear(&["line", "add"]);
    run(own
        .arg(two.first.card())
        .args(["--fingerprint", &two.first.fingerprint()]))
    .ends(1)
    .says("our own card");
}

#[test]
fn an_arrangement_is_put_in_force_only_when_both_have_signed() {
    let two = Two::apart();
    two.first.add(&two.second);
    two.second.add(&two.first);
    let text = two.base.path().join("line.toml");
    run(two
        .first
        .standclear(&[
            "arrangement",
            "new",
            "--with",
            "russia",
            "--name",
            "air-line",
            "--out",
        ])
        .arg(&text))
    .done();
    run(two.first.standclear(&["arrangement", "check"]).arg(&text))
        .ends(1)
        .says("area");
    support::fill_in(&text);
    let exercise = fs::read_to_string(&text).unwrap();
    let live = exercise.replace("nature = \"exercise\"", "nature = \"live\"");
    assert_ne!(exercise, live);
    fs::write(&text, live).unwrap();
    run(two.first.standclear(&["arrangement", "check"]).arg(&text))
        .ends(1)
        .says("the keys of `coalition` are exercise keys");
    fs::write(&text, exercise).unwrap();
    run(two.first.standclear(&["arrangement", "sign"]).arg(&text)).done();
    run(two.first.standclear(&["arrangement", "sign"]).arg(&text))
        .ends(1)
        .says("twice");
    run(two.first.standclear(&["line", "join"]).arg(&text))
        .ends(1)
        .says("has not signed");
    let configuration = fs::read_to_string(two.first.folder.join("node.toml")).unwrap();
    assert!(
        !configuration.contains("air-line"),
        "a refusal leaves no trace: {configuration}"
    );
    // A text that was changed after it was signed is another text.
    let changed = fs::read_to_string(&text)
        .unwrap()
        .replace("radius = \"40 km\"", "radius = \"41 km\"");
    fs::write(&text, changed).unwrap();
    run(two.second.standclear(&["arrangement", "show"]).arg(&text))
        .done()
        .says("WRONG");
    run(two.second.standclear(&["arrangement", "sign"]).arg(&text))
        .ends(1)
        .says("this is not the text that");
    run(two.first.standclear(&["arrangement", "put"]).arg(&text)).ends(1);
}

#[test]
fn nobody_without_a_right_token_does_anything() {
    let two = Two::joined();
    let with = |token: &str| {
        run(two
            .first
            .standclear(&["lines"])
            .env("STANDCLEAR_TOKEN", token))
    };
    with("no-such-token").ends(1).says("no valid token");
    run(&mut two.first.standclear(&["lines"]))
        .ends(1)
        .says("not signed in");
    let token = fs::read_to_string(two.first.token_file()).unwrap();
    with(&token).done();
    // The other party's officers are nobody here.
    with(&fs::read_to_string(two.second.token_file()).unwrap()).ends(1);
    // A desk that is not the officer's.
    two.first.officer(&["stop", "--desk", "senior"]).ends(4);
    two.first.run(&["officer", "remove", "duty"]).done();
    with(&token).ends(1).says("no valid token");
}

#[test]
fn the_token_that_administers_lines_is_no_account_and_says_so() {
    let two = Two::apart();
    let token = two.first.folder.join("admin.token");
    run(two.first.standclear(&["calls", "--token-file"]).arg(token))
        .ends(1)
        .says("admin.token administers lines, manifests and epochs, and does nothing else");
}

#[test]
fn a_sign_in_code_works_once() {
    let two = Two::apart();
    let link = two
        .first
        .run(&["officer", "link", "duty", "--json"])
        .done()
        .json();
    let code = link["code"].as_str().unwrap();
    let page = format!("{}/#sign-in={code}", two.first.url);
    assert_eq!(link["open"], page, "a browser finds this node by it");
    let session = two.first.file("session");
    let sign_in = |out| run(two.first.standclear(&["sign-in", code, "--out"]).arg(out));
    sign_in(&session).done();
    run(two
        .first
        .standclear(&["watch", "take", "--desk", "air", "--token-file"])
        .arg(&session))
    .done();
    sign_in(&two.first.file("again")).ends(1);
}

#[test]
fn files_that_others_may_read_are_refused_with_what_to_do() {
    let two = Two::apart();
    let loosen = |path: &std::path::Path, mode| {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap()
    };
    loosen(&two.first.token_file(), 0o644);
    two.first.officer(&["lines"]).ends(1).says("chmod 600");
    let key = two.second.folder.join("keys/operational.key");
    loosen(&key, 0o640);
    run(&mut two.second.standclear(&["card", "export"]))
        .ends(1)
        .says("chmod 600");
    loosen(&two.second.folder, 0o755);
    two.second.run(&["serve"]).ends(1).says("chmod 700");
    for name in [
        "keys/tls.key",
        "officers.toml",
        "admin.token",
        "manifest",
        "node.toml",
    ] {
        let mode = fs::metadata(two.first.folder.join(name))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o077, 0, "{name}");
    }
}

#[test]
fn over_https_the_node_is_known_by_its_own_authority_and_by_no_other() {
    let mut two = Two::apart();
    assert_eq!(two.first.stop(), 0);
    two.first
        .configure(|text| text.replace("[http]\n", "[http]\ntls = true\n"));
    two.first.serve();
    assert!(two.first.url.starts_with("https://"), "{}", two.first.url);
    two.first.officer(&["watch", "show"]).done();
    let theirs = two.second.folder.join("ca/authority.crt");
    let mut other = two.first.standclear(&["watch", "show", "--ca"]);
    run(other
        .arg(theirs)
        .arg("--token-file")
        .arg(two.first.token_file()))
    .ends(3)
    .says("cannot be trusted");
    let mut listen = two.first.standclear(&["events", "--json", "--token-file"]);
    support::Process::start(listen.arg(two.first.token_file())).hears("\"ready\"");
}

#[test]
fn a_node_on_every_address_of_this_machine_is_reached_here_by_loopback() {
    let mut two = Two::apart();
    assert_eq!(two.first.stop(), 0);
    two.first
        .configure(|text| text.replace("address = \"127.0.0.1:0\"", "address = \"0.0.0.0:0\""));
    two.first.serve();
    assert!(
        two.first.url.starts_with("https://0.0.0.0:"),
        "{}",
        two.first.url
    );
    two.first
        .officer(&["watch", "take", "--desk", "air"])
        .done();
    two.first.run(&["line", "peers"]).done();
    // As the node itself says that it is reached.
    let authority = two.first.folder.join("ca/authority.crt");
    let mut named = two
        .first
        .standclear(&["watch", "show", "--node", &two.first.url, "--ca"]);
    named
        .arg(authority)
        .arg("--token-file")
        .arg(two.first.token_file());
    run(&mut named).done();
    let mut listen = two.first.standclear(&["events", "--json", "--token-file"]);
    support::Process::start(listen.arg(two.first.token_file())).hears("\"ready\"");
    // And by the configuration alone, as before a node has ever said it.
    let port = two.first.url.rsplit_once(':').unwrap().1;
    two.first
        .configure(|text| text.replace("0.0.0.0:0", &format!("0.0.0.0:{port}")));
    std::fs::remove_file(two.first.folder.join("address")).unwrap();
    two.first.officer(&["watch", "show"]).done();
}

#[test]
fn with_the_operators_own_certificate_the_node_is_reached_from_its_folder() {
    let mut two = Two::apart();
    assert_eq!(two.first.stop(), 0);
    // For a name that nobody on this machine asks by.
    let mut other = two.second.standclear(&["party", "screens", "node.example"]);
    run(&mut other).done();
    for (from, to) in [
        ("screens.crt", "operator.crt"),
        ("screens.key", "operator.key"),
    ] {
        let from = two.second.folder.join("ca").join(from);
        std::fs::copy(from, two.first.folder.join(to)).unwrap();
    }
    two.first.configure(|text| {
        text.replace(
            "address = \"127.0.0.1:0\"",
            "address = \"0.0.0.0:0\"\ncertificate = \"operator.crt\"\nkey = \"operator.key\"",
        )
    });
    two.first.serve();
    two.first.officer(&["watch", "show"]).done();
    // Another certificate than the one in the folder is not taken.
    let own = two.first.folder.join("ca/screens.crt");
    if !own.exists() {
        two.first.run(&["party", "screens", "node.example"]).done();
    }
    two.first
        .configure(|text| text.replace("operator.crt", "ca/screens.crt"));
    two.first
        .officer(&["watch", "show"])
        .ends(3)
        .says("cannot be trusted");
}

#[test]
fn a_step_of_a_call_takes_its_options_in_any_order_and_is_never_mixed_with_a_new_call() {
    let two = Two::joined();
    two.stop_call();
    let token = two.second.token_file();
    let token = token.to_str().unwrap();
    two.second
        .run(&["stop", "--desk", "air", "--token-file", token, "accept"])
        .ends(2);
    two.second
        .run(&["stop", "--token-file", token, "accept"])
        .done();
}

#[test]
fn a_second_node_on_the_same_folder_is_refused() {
    let two = Two::apart();
    two.first.run(&["serve"]).ends(1).says("in use");
}

#[test]
fn a_command_that_reaches_no_node_says_that_this_desk_is_deaf_with_the_numbers() {
    let mut two = Two::joined();
    two.first.officer(&["lines"]).done();
    // Numbers older than a minute are asked for again, whatever the command, and whether it was done.
    for (command, code) in [(&["calls"][..], 0), (&["stop", "accept", "none"][..], 1)] {
        let folder = fs::read_dir(two.first.file("cache")).unwrap();
        let kept = folder.into_iter().next().unwrap().unwrap().path();
        let kept = || fs::OpenOptions::new().write(true).open(&kept).unwrap();
        let old = SystemTime::now() - Duration::from_secs(61);
        kept().set_modified(old).unwrap();
        two.first.officer(command).ends(code);
        let now = kept().metadata().unwrap().modified().unwrap();
        assert!(now > old + Duration::from_secs(60), "{command:?}");
    }
    two.first.kill();
    // Not the numbers of another node than the one that was named.
    let other = two
        .first
        .officer(&["calls", "--node", "http://127.0.0.1:1"])
        .ends(3)
        .says("no numbers of this node are kept");
    assert!(!other.err.contains(NUMBER), "{other:?}");
    // Where nothing says which, the newest, and whose they are.
    let elsewhere = two.first.file("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    run(standclear()
        .args(["stop", "--desk", "air"])
        .env("STANDCLEAR_CACHE", two.first.file("cache"))
        .current_dir(&elsewhere))
    .ends(4)
    .says(NUMBER)
    .says("of the node of coalition");
    let told = two.first.officer(&["calls"]).ends(3);
    told.says("THIS DESK IS DEAF")
        .says("ЭТОТ ПОСТ НЕ СЛЫШИТ")
        .says("هذا المكتب لا يسمع")
        .says(NUMBER);
    // The sheet is printed all the same.
    for (language, words) in [
        ("en", "FALLBACK SHEET"),
        ("ru", "ЗАПАСНАЯ ПАМЯТКА"),
        ("ar", "ورقة الطوارئ"),
        ("all", "FALLBACK SHEET"),
    ] {
        two.first
            .officer(&["card", "--language", language])
            .done()
            .says(words)
            .says(NUMBER);
    }
}

#[test]
fn what_is_not_understood_ends_with_two() {
    run(standclear().arg("stop-them")).ends(2);
    run(standclear().args(["stop", "answer", "perhaps"])).ends(2);
    run(standclear().args(["notice", "draft"])).ends(2);
    run(standclear()
        .args(["lines", "--node", "http://node.example:1"])
        .env("STANDCLEAR_TOKEN", "x"))
    .ends(2)
    .says("https");
}

#[test]
fn what_is_not_understood_is_one_line_of_json_where_json_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    for (typed, code, why) in [
        (&["--json", "stop-them"][..], 2, "stop-them"),
        (&["lines", "--json", "--colour"], 2, "--colour"),
        (&["notice", "draft", "--json"], 2, "<KIND>"),
        (&["stop", "answer", "perhaps", "--json"], 2, "perhaps"),
        (&["stop", "--json", "--dsk", "air"], 4, "--dsk"),
        (&["stop", "--json", "--desk", "sea"], 4, "sea"),
        (&["--json"], 2, "Usage"),
    ] {
        let mut command = standclear();
        command
            .env("STANDCLEAR_CACHE", folder.path())
            .env("STANDCLEAR_TOKEN", "x");
        let ran = run(command.args(typed)).ends(code);
        assert_eq!(ran.out, "", "{typed:?}");
        assert_eq!(ran.err.lines().count(), 1, "{typed:?}: {}", ran.err);
        let said: Value = serde_json::from_str(&ran.err).unwrap();
        assert_eq!(said["exit"], code, "{typed:?}");
        assert_eq!(said["deaf"], false, "{typed:?}");
        assert!(
            said["text"].as_str().unwrap().contains(why),
            "{typed:?}: {said}"
        );
    }
    // What is asked for is no failure.
    run(standclear().args(["--json", "--help"]))
        .done()
        .says("Usage");
}

#[test]
fn a_line_is_checked_by_reading_a_number_back() {
    let two = Two::joined();
    two.first
        .officer(&["line", "check", "air-line", "--desk", "air"])
        .done();
    let check = until("the check is there", || {
        let checks = two.second.ask(&["line", "checks"]);
        checks.as_array()?.first().cloned()
    });
    let number = check["challenge"].as_u64().unwrap();
    let wrong = ((number + 1) % 1_000_000).to_string();
    two.second
        .officer(&["line", "answer-check", "peer.main.1.0", &wrong])
        .ends(1);
    two.second
        .officer(&["line", "answer-check", "peer.main.1.0", &number.to_string()])
        .done();
    until("the caller sees it", || {
        two.first.ask(&["lines"])[0]["last_check"].as_i64()
    });
}

#[test]
fn a_suspended_line_is_shown_as_such_and_carries_a_stop_call() {
    let two = Two::joined();
    two.second.officer(&["line", "suspend", "air-line"]).done();
    until("the peer sees it", || {
        (two.first.ask(&["lines"])[0]["standing_peer"] == "suspended").then_some(())
    });
    two.stop_call();
    two.second.officer(&["line", "open", "air-line"]).done();
    until("the peer sees it", || {
        (two.first.ask(&["lines"])[0]["standing_peer"] == "open").then_some(())
    });
}

#[test]
fn events_are_told_as_they_happen() {
    let two = Two::joined();
    let mut listen = two.second.standclear(&["events", "--json", "--token-file"]);
    let mut events = support::Process::start(listen.arg(two.second.token_file()));
    events.hears("\"ready\"");
    two.first.officer(&["stop", "--desk", "air"]).done();
    let alarm = events.hears("stop-call");
    for never in ["latitude", "35.", "mgrs"] {
        assert!(!alarm.contains(never), "{alarm}");
    }
}
