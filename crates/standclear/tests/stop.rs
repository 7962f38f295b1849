//! Stop calls that were typed in a hurry, or could not be made.
#![allow(clippy::unwrap_used, reason = "a test that cannot be set up fails")]

mod support;

use std::fs;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use support::{NUMBER, Party, Process, Ran, Two, run, until};

/// Not made: telephone, and these are the numbers.
#[track_caller]
fn telephone(ran: Ran) -> Ran {
    ran.ends(4)
        .says("NOT SENT: TELEPHONE")
        .says("НЕ ПЕРЕДАНО: ЗВОНИТЕ")
        .says(NUMBER)
}

/// The only call at `party`, once it is there.
fn call_at(party: &Party) -> serde_json::Value {
    until("the call is there", || {
        party.ask(&["calls"]).as_array()?.last().cloned()
    })
}

#[test]
fn a_place_far_outside_the_agreed_area_is_carried_and_doubted_on_both_sides() {
    let two = Two::joined();
    let mut bell = two.second.standclear(&["bell", "--desk", "air", "--json"]);
    let token = two.second.token_file();
    let mut bell = Process::start(bell.args(["--player", "true", "--token-file"]).arg(&token));
    bell.hears("hears");
    // Deir ez-Zor, and a slip of two degrees north.
    let made = two
        .first
        .officer(&["stop", "--desk", "air", "--place", "37.3359N 40.1459E"]);
    let made = made.done().says("STOP CALL SENT").says("WARNING");
    assert!(made.out.find("SENT") < made.out.find("WARNING"), "{made:?}");
    made.says("km outside the agreed area")
        .says("say the place again: standclear stop details");
    assert!(bell.hears("stop-call").contains("\"place_in_doubt\":true"));
    let there = call_at(&two.second);
    let doubt = there["warnings"][0]["text"].as_str().unwrap();
    assert!(doubt.contains("181 km outside the agreed area"), "{doubt}");
    two.second.officer(&["alarms"]).done().says("IN DOUBT");
    two.second
        .officer(&["calls", "peer.stop.1.0"])
        .done()
        .says("ask them to say the place again");
    two.second
        .officer(&["stop", "accept"])
        .done()
        .says("WARNING");
    // Said again, it is in doubt no more, on either side.
    let again = two
        .first
        .officer(&["stop", "details", "--place", "35.3359N 40.1459E"]);
    let again = again.done();
    assert!(!again.out.contains("WARNING"), "{again:?}");
    until("the called desk has the right place", || {
        call_at(&two.second)["warnings"]
            .as_array()?
            .is_empty()
            .then_some(())
    });
}

#[test]
fn a_place_with_latitude_and_longitude_swapped_is_carried_with_what_was_probably_meant() {
    let two = Two::joined();
    let made = two
        .first
        .officer(&["stop", "--desk", "air", "--place", "40.1459N 35.3359E"]);
    let made = made.done().says("STOP CALL SENT").says("look swapped");
    let meant = "35.3359N 40.1459E";
    made.says(&format!("--place \"{meant}\""));
    let doubt = call_at(&two.second)["warnings"][0].clone();
    // The called desk works it out by itself, from the square that it was told.
    let perhaps = doubt["perhaps"].as_str().unwrap();
    assert!(
        perhaps.starts_with("35.33") && perhaps.contains("40.14"),
        "{doubt}"
    );
    // What is offered can be typed as it stands.
    two.first
        .officer(&["stop", "details", "--place", meant])
        .done();
    until("the called desk has the right place", || {
        call_at(&two.second)["warnings"]
            .as_array()?
            .is_empty()
            .then_some(())
    });
}

#[test]
fn details_that_put_the_place_in_doubt_are_told_with_the_alarm_that_stands() {
    let two = Two::joined();
    let mut events = two.second.standclear(&["events", "--json", "--token-file"]);
    let mut events = Process::start(events.arg(two.second.token_file()));
    events.hears("ready");
    two.stop_call();
    assert!(
        events
            .hears("stop-call")
            .contains("\"place_in_doubt\":false")
    );
    two.first
        .officer(&["stop", "details", "--place", "40.1459N 35.3359E"])
        .done();
    let told = events.hears("\"place_in_doubt\":true");
    for never in ["40.14", "35.33", "mgrs"] {
        assert!(!told.contains(never), "{told}");
    }
}

#[test]
fn a_place_and_a_bearing_that_disagree_are_carried_and_doubted() {
    let two = Two::joined();
    let second = "second-description={\"reference\":\"airfield\",\"bearing\":\"224\",\"distance\":\"10 km\"}";
    let made = two.first.officer(&[
        "stop",
        "--desk",
        "air",
        "--place",
        "35.2854N 40.1760E",
        "--slot",
        second,
    ]);
    made.done().says("STOP CALL SENT").says("10.00 km apart");
    assert!(
        !call_at(&two.second)["warnings"]
            .as_array()
            .unwrap()
            .is_empty()
    );
}

#[test]
fn nothing_that_is_typed_wrongly_holds_a_stop_call_up() {
    let two = Two::joined();
    let made = two.first.officer(&[
        "stop",
        "--desk",
        "air",
        "--place",
        "by the river",
        "--cause",
        "bad-mood",
        "--whom",
        "convoy",
        "--slots",
        "/no/such/file",
        "--slot",
        "nonsense",
        "--slot",
        "band=SFC to FL100",
    ]);
    let made = made.done().says("STOP CALL SENT");
    for left_out in ["place", "stop-cause", "--slots", "nonsense", "band"] {
        let words = format!("it went without `{left_out}`");
        assert!(made.out.contains(&words), "{words} in {made:?}");
    }
    let there = call_at(&two.second);
    assert_eq!(there["details"]["stop-whom"], "convoy");
    // The details follow in the same way; where nothing of them is understood that is said, and that the call stands.
    two.first
        .officer(&[
            "stop",
            "details",
            "--place",
            "by the river",
            "--cause",
            "air-strike",
        ])
        .done()
        .says("it went without `place`");
    two.first
        .officer(&["stop", "details", "--place", "by the river"])
        .ends(1)
        .says("the call itself stands");
}

#[test]
fn a_place_finer_than_agreed_goes_as_a_square_and_the_caller_is_told() {
    let two = Two::joined();
    let made = two
        .first
        .officer(&["stop", "--desk", "air", "--place", "35.285412N 40.176034E"]);
    made.done()
        .says("STOP CALL SENT")
        .says("the square that contains it");
    let there = call_at(&two.second)["details"]["place"].clone();
    assert!(
        there["precision_mm"].as_i64().unwrap() >= 100_000,
        "{there:#}"
    );
}

#[test]
fn every_way_in_which_a_stop_call_is_not_made_ends_with_four_and_the_numbers() {
    let mut two = Two::joined();
    two.first.officer(&["lines"]).done();
    let stop = ["stop", "--desk", "air"];
    telephone(two.first.run(&stop)).says("not signed in");
    let with = |token: &str| run(two.first.standclear(&stop).env("STANDCLEAR_TOKEN", token));
    telephone(with("no-such-token")).says("no valid token");
    telephone(two.first.officer(&["stop", "--desk", "senior"])).says("senior");
    telephone(two.first.officer(&["stop", "--desk", "sea"])).says("sea");
    telephone(two.first.officer(&["stop"])).says("name the desk");
    telephone(
        two.first
            .officer(&["stop", "--desk", "air", "--at", "once"]),
    )
    .says("--at");
    telephone(
        two.first
            .officer(&["stop", "--desk", "air", "--line", "no-such-line"]),
    )
    .says("no-such-line");
    // Numbers of another node would be those of another force.
    let other = (two.first)
        .officer(&["stop", "--desk", "air", "--node", "http://127.0.0.1:1"])
        .ends(4)
        .says("NOT SENT: TELEPHONE")
        .says("THIS DESK IS DEAF")
        .says("no numbers of this node are kept");
    assert!(!other.err.contains(NUMBER), "{other:?}");
    telephone(
        two.first
            .officer(&["stop", "--desk", "air", "--node", "somewhere"]),
    )
    .says("no address");
    telephone(
        two.first
            .run(&["stop", "--desk", "air", "--token-file", "/no/such/file"]),
    );
    // As a program reads it.
    let failed = two.first.run(&["stop", "--desk", "air", "--json"]).ends(4);
    let said: serde_json::Value = serde_json::from_str(&failed.err).unwrap();
    assert_eq!(
        said["telephone"][0]["telephone"][0]["numbers"][0], NUMBER,
        "{said:#}"
    );

    // A node that hangs, and one that is gone.
    two.first.node.as_ref().unwrap().freeze();
    let asked = Instant::now();
    telephone(two.first.officer(&stop))
        .says("THIS DESK IS DEAF")
        .says("did not answer");
    assert!(
        asked.elapsed() < Duration::from_secs(9),
        "{:?}",
        asked.elapsed()
    );
    two.first.kill();
    telephone(two.first.officer(&stop)).says("THIS DESK IS DEAF");
}

#[test]
fn a_stop_call_that_the_disk_does_not_take_ends_with_four_and_the_numbers() {
    let mut two = Two::joined();
    two.first.officer(&["lines"]).done();
    assert_eq!(two.first.stop(), 0);
    // Nothing can be written beyond the bytes that the largest file has already.
    let largest = fs::read_dir(two.first.folder.join("journal")).unwrap();
    let largest = largest
        .map(|file| file.unwrap().metadata().unwrap().len())
        .max()
        .unwrap();
    let serve = two.first.standclear(&["serve", "--json"]);
    let mut limited = Command::new("sh");
    let limit = format!(
        "trap '' XFSZ; ulimit -f {}; exec \"$@\"",
        largest.div_ceil(512) + 16
    );
    limited
        .args(["-c", &limit, "sh"])
        .arg(serve.get_program())
        .args(serve.get_args());
    for (name, value) in serve.get_envs() {
        match value {
            Some(value) => limited.env(name, value),
            None => limited.env_remove(name),
        };
    }
    let mut node = Process::start(limited.stdin(Stdio::null()).stderr(Stdio::inherit()));
    node.hears("node");
    two.first.node = Some(node);
    let told = until("the disk takes no more", || {
        let ran = two.first.officer(&["stop", "--desk", "air"]);
        (ran.code == 4 && ran.err.contains("THIS DESK CANNOT SEND")).then_some(ran)
    });
    told.says("НЕ МОЖЕТ ПЕРЕДАВАТЬ").says(NUMBER);
    // It stands: any later command says so, and whoever listens only now is told.
    for command in ["calls", "lines"] {
        let ran = two.first.officer(&[command]).done();
        assert!(ran.err.contains("THIS DESK CANNOT SEND"), "{ran:?}");
        assert!(ran.err.contains(NUMBER), "{ran:?}");
    }
    two.first.officer(&["alarms"]).done().says("NOT RECORDED");
    let mut bell = two
        .first
        .standclear(&["bell", "--desk", "air", "--token-file"]);
    let mut bell = Process::start(bell.arg(two.first.token_file()).stderr(Stdio::null()));
    bell.hears("THIS DESK CANNOT SEND");
}

#[test]
fn an_alarm_that_ended_says_who_took_the_call_and_when() {
    let two = Two::joined();
    two.stop_call();
    two.second
        .officer(&["stop", "accept", "--name", "Maj Garcia"])
        .done()
        .says("by duty (watch)");
    for late in ["silence", "ack"] {
        two.second
            .officer(&[late, "peer.stop.1.0"])
            .ends(1)
            .says("by duty (watch)")
            .says("accepted");
    }
    two.second
        .officer(&["stop", "accept", "peer.stop.1.0"])
        .ends(1)
        .says("duty (watch) accepted it at");
    // The caller sees the name that was given, and no other.
    let here = until("the caller knows", || {
        let call = call_at(&two.first);
        call["accepted_at"].is_i64().then_some(call)
    });
    assert_eq!(
        (&here["accepted_name"], &here["accepted_by"]),
        (&"Maj Garcia".into(), &serde_json::Value::Null)
    );
}

#[test]
fn without_a_name_the_call_that_can_take_the_step_is_meant() {
    let two = Two::joined();
    let air = two.stop_call()["call"].as_str().unwrap().to_owned();
    two.second.officer(&["stop", "accept"]).done();
    two.second
        .officer(&["stop", "answer", "pause-ordered"])
        .done();
    two.first.call_is("pause ordered");
    two.first.officer(&["stop", "--desk", "ground"]).done();
    let ground = two.second.call_is("sounding")["call"].clone();
    // Two are open, and one of them is there to be accepted.
    let accepted = two.second.ask(&["stop", "accept"]);
    assert_eq!(accepted["call"], ground, "{accepted:#}");
    two.second
        .officer(&["stop", "answer", "pause-ordered"])
        .ends(1)
        .says("name one");
    two.first.officer(&["stop", "lift", &air]).done();
    until("it is known there that the first is lifted", || {
        let calls = two.second.ask(&["calls"]);
        (calls[0]["phase"] == "lifted by the caller only").then_some(())
    });
    let resumed = two.second.ask(&["stop", "resume"]);
    assert_eq!(resumed["desk"], "air", "{resumed:#}");
    assert_eq!(resumed["phase"], "lifted by both", "{resumed:#}");
}

#[test]
fn an_answer_is_given_again_as_what_is_known_changes_in_either_order_of_words() {
    let two = Two::joined();
    two.stop_call();
    two.second.officer(&["stop", "accept"]).done();
    for (typed, phase) in [
        (&["peer.stop.1.0", "unknown"][..], "unknown"),
        (&["pause-ordered", "peer.stop.1.0"][..], "pause ordered"),
        (&["peer.stop.1.0", "pause-ordered"][..], "pause ordered"),
        (&["pause-confirmed"][..], "pause confirmed"),
        (&["pause-ordered"][..], "pause ordered"),
    ] {
        let mut words = vec!["stop", "answer"];
        words.extend(typed);
        two.second.officer(&words).done().says(phase);
        two.first.call_is(phase);
    }
    two.second
        .officer(&["stop", "end", "--reason", "self-defence"])
        .done();
    two.first.call_is("pause ended early");
    two.second
        .officer(&["stop", "answer", "pause-ordered"])
        .done();
    two.first.call_is("pause ordered");
}

#[test]
fn a_line_that_cannot_take_a_stop_call_holds_up_no_other() {
    let two = Two::joined();
    let nowhere = "00000000000000000000000000000001";
    let made = two.first.officer(&[
        "stop", "--desk", "air", "--line", nowhere, "--line", "air-line",
    ]);
    let made = made.ends(4).says("air-line: STOP CALL SENT");
    made.says(&format!("{nowhere}: NOT SENT"))
        .says("was not made on every line");
    two.second.call_is("sounding");
}
