//! A bell on a desk's machine.
#![allow(clippy::unwrap_used, reason = "a test that cannot be set up fails")]

mod support;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use support::{NUMBER, Party, Process, Two, run, until};

/// A player that writes down what it plays.
fn player(two: &Two) -> (PathBuf, PathBuf) {
    let (program, played) = (
        two.base.path().join("player"),
        two.base.path().join("played"),
    );
    fs::write(
        &program,
        format!(
            "#!/bin/sh\nbasename \"$1\" >> {}\nexec sleep 0.1\n",
            played.display()
        ),
    )
    .unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o700)).unwrap();
    (program, played)
}

fn bell(two: &Two, party: &Party, more: &[&str]) -> Process {
    let (program, _) = player(two);
    let mut bell = party.standclear(&["bell", "--desk", "air", "--player"]);
    bell.arg(program)
        .args(more)
        .arg("--token-file")
        .arg(party.token_file());
    Process::start(&mut bell)
}

fn is_played(two: &Two, tone: &str) {
    let (_, played) = player(two);
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
    let (_, played) = player(&two);
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
    // Where it was, so that it is found again.
    let port = two.second.url.rsplit_once(':').unwrap().1.to_owned();
    two.second
        .configure(|text| text.replace("127.0.0.1:0", &format!("127.0.0.1:{port}")));
    two.second.kill();
    bell.hears("THIS DESK IS DEAF");
    bell.hears("ЭТОТ ПОСТ НЕ СЛЫШИТ");
    bell.hears("هذا المكتب لا يسمع");
    bell.hears(NUMBER);
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
