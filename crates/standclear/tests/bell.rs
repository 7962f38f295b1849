//! A bell on a desk's machine.
#![allow(clippy::unwrap_used, reason = "a test that cannot be set up fails")]

mod support;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use support::{NUMBER, Party, Process, Two, run, until};

const OTHER_NUMBER: &str = "+1 555 0199";

/// What was played, a name a line.
fn played(two: &Two) -> PathBuf {
    two.base.path().join("played")
}

/// Puts a program there whole: one that is being run cannot be written to.
fn put_program(path: &Path, text: &str) {
    let new = path.with_extension("new");
    fs::write(&new, text).unwrap();
    fs::set_permissions(&new, fs::Permissions::from_mode(0o700)).unwrap();
    fs::rename(&new, path).unwrap();
}

/// A player that writes down what it plays.
fn player(two: &Two) -> PathBuf {
    let program = two.base.path().join("player");
    let played = played(two);
    let text = format!(
        "#!/bin/sh\nbasename \"$1\" >> {}\nexec sleep 0.1\n",
        played.display()
    );
    put_program(&program, &text);
    program
}

fn bell(two: &Two, party: &Party, more: &[&str]) -> Process {
    let program = player(two);
    let mut bell = party.standclear(&["bell", "--desk", "air", "--player"]);
    bell.arg(program)
        .args(more)
        .arg("--token-file")
        .arg(party.token_file());
    Process::start(&mut bell)
}

fn is_played(two: &Two, tone: &str) {
    let played = played(two);
    until(&format!("{tone} is played"), || {
        fs::read_to_string(&played)
            .ok()?
            .contains(tone)
            .then_some(())
    });
}

#[test]
fn a_bell_arms_the_desk_and_sounds_a_stop_call_until_someone_accepts() {
    let two = Two::joined();
    let hooked = two.base.path().join("hooked");
    let hook = format!("env | grep ^STANDCLEAR_ >> {}", hooked.display());
    let mut bell = bell(&two, &two.second, &["--run", &hook]);
    bell.hears("armed");
    until("the desk has a sounder", || {
        let watch = two.second.ask(&["watch", "show"]);
        let air = watch.as_array()?.iter().find(|of| of["desk"] == "air")?;
        (air["sounders"][0] == "bell").then_some(())
    });
    two.first
        .officer(&["stop", "--desk", "air", "--place", "35.2850 N 40.1760 E"])
        .done();
    bell.hears("STOP CALL from coalition");
    bell.hears("СТОП-ВЫЗОВ");
    is_played(&two, "stop-0.wav");
    let told = until("the siren is told", || {
        fs::read_to_string(&hooked)
            .ok()
            .filter(|text| text.contains("STANDCLEAR_KIND=stop-call"))
    });
    assert!(told.contains("STANDCLEAR_DESK=air"), "{told}");
    assert!(!told.contains("35.28") && !told.contains("TOKEN"), "{told}");
    two.second.officer(&["stop", "accept"]).done();
    bell.hears("ended: stop-call");
    assert_eq!(bell.interrupt(), 0);
}

fn sounders(party: &Party) -> serde_json::Value {
    let watch = party.ask(&["watch", "show"]);
    let desks = watch.as_array().unwrap();
    let air = desks.iter().find(|of| of["desk"] == "air").unwrap();
    air["sounders"].clone()
}

#[test]
fn a_bell_whose_player_cannot_play_arms_nothing_until_it_can_and_disarms_when_it_fails() {
    let two = Two::joined();
    let mut bell = bell(&two, &two.second, &[]);
    bell.hears("hears: armed");
    drop(bell);
    let program = player(&two);
    let plays = fs::read_to_string(&program).unwrap();
    put_program(&program, "#!/bin/sh\nexit 1\n");
    let mut ring = two
        .second
        .standclear(&["bell", "--desk", "air", "--player"]);
    ring.arg(&program)
        .arg("--token-file")
        .arg(two.second.token_file())
        .stderr(std::process::Stdio::null());
    let mut bell = Process::start(&mut ring);
    bell.hears("NOTHING SOUNDS AT THE air DESK");
    bell.hears("hears: NOT ARMED");
    until("no sounder is left of the first", || {
        (sounders(&two.second) == serde_json::json!([])).then_some(())
    });
    // Every command of the desk's officers says so.
    let silent = "NOTHING SOUNDS AT THE air DESK";
    for command in ["calls", "lines", "alarms"] {
        two.second.officer(&[command]).done().says(silent);
    }
    let ran = two.second.officer(&["stop", "--desk", "air"]).done();
    assert!(ran.err.contains("НИЧЕГО НЕ ЗВУЧИТ"), "{ran:?}");
    // It was mended.
    put_program(&program, &plays);
    bell.hears("hears: armed");
    until("it is armed", || {
        (sounders(&two.second) == serde_json::json!(["bell"])).then_some(())
    });
    let ran = two.second.officer(&["calls"]).done();
    assert!(!ran.err.contains(silent), "{ran:?}");
    // It breaks again, and the first alarm shows it.
    put_program(&program, "#!/bin/sh\nexit 1\n");
    two.first.officer(&["stop", "--desk", "air"]).done();
    bell.hears(silent);
    until("it is disarmed", || {
        (sounders(&two.second) == serde_json::json!([])).then_some(())
    });
}

#[test]
fn a_bell_that_connects_while_an_alarm_stands_says_who_calls_and_on_which_line() {
    let two = Two::joined();
    two.stop_call();
    let mut bell = bell(&two, &two.second, &[]);
    bell.hears("STOP CALL from coalition");
    bell.hears("line air-line");
}

#[test]
fn a_caller_whose_stop_call_does_not_arrive_is_told_in_three_languages_with_the_numbers() {
    let two = Two::joined();
    let mut bell = bell(&two, &two.first, &[]);
    bell.hears("armed");
    two.second.node.as_ref().unwrap().freeze();
    let began = std::time::Instant::now();
    let said = two.first.officer(&["stop", "--desk", "air"]).ends(4);
    assert!(began.elapsed() < std::time::Duration::from_secs(20));
    for needed in ["STOP CALL SENT", "NOT DELIVERED", "НЕ ДОСТАВЛЕН", "لم يُسلَّم"]
    {
        assert!(said.out.contains(needed), "{needed}: {said:?}");
    }
    assert!(said.out.contains("air-line") && said.out.contains(NUMBER));
    bell.hears("STOP CALL NOT DELIVERED on line air-line");
    bell.hears("СТОП-ВЫЗОВ НЕ ДОСТАВЛЕН");
    bell.hears(NUMBER);
    for command in ["calls", "alarms"] {
        let said = two.first.officer(&[command]).done();
        assert!(said.out.contains("НЕ ДОСТАВЛЕН"), "{said:?}");
        assert!(said.out.contains(NUMBER), "{said:?}");
    }
    let told = two.first.ask(&["alarms"]);
    let told = told.as_array().unwrap().iter();
    let mut told = told.filter(|alarm| alarm["kind"] == "stop-not-delivered");
    assert_eq!(told.next().unwrap()["telephone"][0], NUMBER);
}

#[test]
fn an_alarm_that_nobody_accepts_climbs_and_sounds_faster() {
    let two = Two::joined();
    let mut bell = bell(&two, &two.second, &[]);
    bell.hears("armed");
    two.first.officer(&["stop", "--desk", "air"]).done();
    bell.hears("level two-star");
    is_played(&two, "stop-1.wav");
}

#[test]
fn a_silenced_alarm_sounds_no_more_and_still_stands() {
    let two = Two::joined();
    let mut bell = bell(&two, &two.second, &[]);
    bell.hears("armed");
    two.stop_call();
    is_played(&two, "stop-0.wav");
    let alarms = two.second.ask(&["alarms"]);
    let alarm = alarms
        .as_array()
        .unwrap()
        .iter()
        .find(|alarm| alarm["kind"] == "stop-call")
        .unwrap()
        .clone();
    two.second
        .officer(&["silence", alarm["alarm"].as_str().unwrap()])
        .done();
    let played = played(&two);
    // Nothing more is played, once what plays has ended: until it climbs, 30 s later.
    until("it is silent", || {
        let before = fs::read_to_string(&played).ok()?;
        std::thread::sleep(std::time::Duration::from_millis(700));
        (fs::read_to_string(&played).ok()? == before).then_some(())
    });
    let still = two.second.ask(&["alarms"]);
    let still = still
        .as_array()
        .unwrap()
        .iter()
        .find(|alarm| alarm["kind"] == "stop-call")
        .cloned();
    assert_eq!(still.unwrap()["silenced"], true);
    two.second
        .officer(&["ack", alarm["alarm"].as_str().unwrap()])
        .ends(1)
        .says("not dismissed");
}

#[test]
fn a_desk_whose_node_is_gone_is_deaf_and_hears_again_when_it_is_back() {
    let mut two = Two::joined();
    let mut bell = bell(&two, &two.second, &[]);
    bell.hears("armed");
    let number = until("the numbers are kept", || {
        let folder = fs::read_dir(two.second.file("cache")).ok()?;
        let file = folder.into_iter().next()?.ok()?.path();
        fs::read_to_string(file)
            .ok()
            .filter(|text| text.contains(NUMBER))
    });
    assert!(number.contains("coalition"));
    // Other numbers are agreed while it listens: they are here before the node can go.
    let next = two.base.path().join("next.toml");
    let mut new = two.second.standclear(&["arrangement", "new", "--from"]);
    let from = two.base.path().join("air-line.toml");
    run(new.arg(from).arg("--out").arg(&next)).done();
    let text = fs::read_to_string(&next).unwrap();
    fs::write(&next, text.replace(NUMBER, OTHER_NUMBER)).unwrap();
    for party in [&two.first, &two.second] {
        run(party.standclear(&["arrangement", "sign"]).arg(&next)).done();
    }
    run(two.second.standclear(&["line", "join"]).arg(&next)).done();
    let agreed = Instant::now();
    until("the other numbers are kept", || {
        let folder = fs::read_dir(two.second.file("cache")).ok()?;
        let file = folder.into_iter().next()?.ok()?.path();
        fs::read_to_string(file)
            .ok()
            .filter(|text| text.contains(OTHER_NUMBER))
    });
    // It was told of the change, and did not only come to ask again.
    assert!(agreed.elapsed() < Duration::from_secs(20), "{agreed:?}");
    // Where it was, so that it is found again.
    let port = two.second.url.rsplit_once(':').unwrap().1.to_owned();
    two.second
        .configure(|text| text.replace("127.0.0.1:0", &format!("127.0.0.1:{port}")));
    two.second.kill();
    bell.hears("THIS DESK IS DEAF");
    bell.hears("ЭТОТ ПОСТ НЕ СЛЫШИТ");
    bell.hears("هذا المكتب لا يسمع");
    bell.hears(&format!(
        "air-line: coalition air desk (EXERCISE): {OTHER_NUMBER}"
    ));
    is_played(&two, "deaf.wav");
    two.second.serve();
    bell.hears("HEARS AGAIN");
    two.second.kill();
    bell.hears("THIS DESK IS DEAF");
    assert_eq!(bell.interrupt(), 4);
}

#[test]
fn a_bell_is_nobody_without_a_token_and_nothing_without_its_player() {
    let two = Two::apart();
    let ring = |more: &[&str]| {
        run(two
            .first
            .standclear(&["bell", "--desk", "air"])
            .args(more)
            .env("STANDCLEAR_TOKEN", "wrong"))
    };
    ring(&[]).ends(1).says("no valid token");
    ring(&["--player", "/no/such/player"])
        .ends(1)
        .says("no program");
    ring(&["--name", "Not A Name"]).ends(2);
}
