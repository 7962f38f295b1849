//! The day at three desks, end to end: played straight through, and with somebody at one of the desks.

#![allow(clippy::unwrap_used, reason = "a test fails where it unwraps nothing")]

mod started;

use scenarios::seat::Seat;
use serde_json::{Value, json};
use started::{ends_without_orphans, here, play, running, said, signal};
use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

const DEMO: &str = env!("CARGO_BIN_EXE_demo");
/// How long the others take for each step.
const PAUSE: Duration = Duration::from_millis(200);

fn demo(timeline: &Path, folder: &Path) -> Command {
    let mut command = play(DEMO, timeline, folder);
    command.env("CI", "true");
    command
}

fn the_timeline() -> PathBuf {
    here("deir-ez-zor-2017.toml")
}

#[test]
fn the_day_reads_as_each_party_sees_it_and_leaves_nothing_running() {
    let folder = tempfile::tempdir().unwrap();
    let output = demo(&the_timeline(), folder.path()).output().unwrap();
    let said = said(&output);
    assert!(output.status.success(), "{said}");
    let (_, after) = said.split_once("\nThe day\n").unwrap();
    let (day, table) = after.split_once("\nWhat this showed").unwrap();
    insta::assert_snapshot!(day.trim());
    let held = table.matches("\n  yes  ").count();
    assert_eq!(held, day.matches("\n         ok: ").count(), "{table}");
    for shown in [
        "Shown and checked",
        "Measured: the machines",
        "Every step did what it should",
    ] {
        assert!(table.contains(shown), "`{shown}` is not in:\n{table}");
    }
    assert!(
        !table.contains("Assumed: people"),
        "nothing was assumed: {table}"
    );
    assert!(!said.contains("Open this"), "nobody is there to open it");
    ends_without_orphans(folder.path());
}

#[test]
fn a_step_that_comes_out_otherwise_fails_the_day_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let timeline = folder.path().join("wrong.toml");
    let text = fs::read_to_string(the_timeline()).unwrap();
    // Without what keeps them apart, the second flight is not held.
    let apart = "between = [\"air-activity\", \"air-activity\"]";
    fs::write(
        &timeline,
        text.replacen(apart, "between = [\"air-activity\", \"movement\"]", 1),
    )
    .unwrap();
    let output = demo(&timeline, folder.path()).output().unwrap();
    let said = said(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    let failed = "FAILED in step `morning-reconnaissance`: russia took what it should have refused";
    assert!(said.contains(failed), "{said}");
    ends_without_orphans(folder.path());
}

#[test]
fn a_timeline_or_a_party_that_is_not_understood_starts_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let wrong = folder.path().join("wrong.toml");
    fs::write(&wrong, "format = 2").unwrap();
    let runs = folder.path().join("runs");
    for (timeline, party) in [(&wrong, "russia"), (&the_timeline(), "nobody")] {
        let output = demo(timeline, &runs)
            .args(["--play", party])
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(2), "{}", said(&output));
    }
    assert!(!runs.exists());
}

/// A demonstration with somebody at it; ended when it is dropped.
struct Shown {
    child: Child,
    link: String,
}

impl Shown {
    /// Of a day that is over after its first step.
    fn begin(folder: &Path) -> Self {
        let text = fs::read_to_string(the_timeline()).unwrap();
        let second = text.match_indices("[[step]]").nth(1).unwrap().0;
        let timeline = folder.join("short.toml");
        fs::write(&timeline, &text[..second]).unwrap();
        let mut child = demo(&timeline, folder)
            .args([
                "--stay",
                "--play",
                "coalition",
                "--pause-ms",
                &PAUSE.as_millis().to_string(),
            ])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap())
            .lines()
            .map_while(Result::ok);
        let link = lines.find_map(|line| {
            line.trim()
                .starts_with("http://")
                .then(|| line.trim().to_owned())
        });
        // It never waits for whoever reads it.
        thread::spawn(move || lines.for_each(drop));
        let link = link.unwrap();
        Self { child, link }
    }

    /// The page, with links that are good once.
    fn open(&self) -> (String, Vec<Value>) {
        let mut came = ureq::get(&self.link).call().unwrap();
        let policy = came.headers()["content-security-policy"]
            .to_str()
            .unwrap()
            .to_owned();
        let page = came.body_mut().read_to_string().unwrap();
        let (_, given) = page.split_once("data-given=\"").unwrap();
        let (given, _) = given.split_once("\">").unwrap();
        let given = given
            .replace("&quot;", "\"")
            .replace("&lt;", "<")
            .replace("&amp;", "&");
        let given: Value = serde_json::from_str(&given).unwrap();
        (policy, given["desks"].as_array().unwrap().clone())
    }

    fn now(&self) -> Value {
        let mut came = ureq::get(format!("{}now", self.link)).call().unwrap();
        came.body_mut().read_json().unwrap()
    }

    fn plays(&self, party: &str) {
        let (origin, _) = self
            .link
            .rsplit_once('/')
            .unwrap()
            .0
            .rsplit_once('/')
            .unwrap();
        let request = ureq::post(format!("{}play", self.link)).header("Origin", origin);
        assert!(request.send(party).unwrap().status().is_success());
    }
}

impl Drop for Shown {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
    }
}

/// Signs in by a link, as the browser does; the seat, and the cookie's name.
fn sign_in(desk: &Value) -> Result<(Seat, String), ureq::Error> {
    let (node, code) = desk["link"]
        .as_str()
        .unwrap()
        .split_once("/?language=")
        .unwrap();
    let (language, code) = code.split_once("#sign-in=").unwrap();
    assert_eq!(desk["language"], language);
    assert_eq!(desk["origin"], node);
    let mut came = ureq::post(format!("{node}/api/sessions")).send_json(json!({"code": code}))?;
    let cookie = came.headers()["set-cookie"].to_str().unwrap().to_owned();
    let (name, _) = cookie.split_once('=').unwrap();
    let me: Value = came.body_mut().read_json().unwrap();
    let address: SocketAddr = node.strip_prefix("http://").unwrap().parse().unwrap();
    let seat = Seat::new(
        desk["party"].as_str().unwrap(),
        address,
        me["token"].as_str().unwrap(),
    );
    Ok((seat, name.to_owned()))
}

fn until<T>(what: &str, mut found: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + Duration::from_secs(20);
    loop {
        if let Some(found) = found() {
            return found;
        }
        assert!(Instant::now() < end, "not in time: {what}");
        thread::sleep(Duration::from_millis(20));
    }
}

/// What `seat` reads at `path`, of the one that `key` names `name`.
fn shown(seat: &Seat, path: &str, key: &str, name: &str) -> Value {
    let all = seat.read(path).unwrap();
    let all = all.as_array().unwrap();
    all.iter().find(|one| one[key] == name).cloned().unwrap()
}

/// Gives notice of a flight to Russia; its entry.
fn gives_notice(seat: &Seat) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let from = i64::try_from(now.as_millis()).unwrap() + 3_600_000;
    let slots = json!({
        "area": {"circle": {"centre": "35.2000, 40.3000", "radius": "5 km"}},
        "second-description": {"reference": "airfield", "bearing": "130.0", "distance": "14.74 km", "anchor": "centre"},
        "precision": "500 m",
        "band": "FL100 to FL120",
        "window": {"from": from, "until": from + 3_600_000},
        "air-activity": "transit"
    });
    let body = json!({"kind": "air-activity", "desk": "air", "slots": slots});
    let draft = seat.act("/api/drafts", &body).unwrap()["draft"]
        .as_str()
        .unwrap()
        .to_owned();
    let terms = json!({"authority": "deconfliction", "purpose": "flight-safety"});
    let body = json!({"lines": ["coalition-russia"], "terms": terms});
    let released = seat
        .act(&format!("/api/drafts/{draft}/release"), &body)
        .unwrap();
    released["released"][0]["entry"]
        .as_str()
        .unwrap()
        .to_owned()
}

#[test]
fn whoever_sits_at_one_desk_is_answered_by_the_parties_that_they_do_not_play() {
    let folder = tempfile::tempdir().unwrap();
    let mut demonstration = Shown::begin(folder.path());
    let (policy, desks) = demonstration.open();
    let parties: Vec<(&str, &str)> = (desks.iter())
        .map(|desk| {
            (
                desk["party"].as_str().unwrap(),
                desk["language"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        parties,
        [("coalition", "en"), ("russia", "ru"), ("un-aid", "ar")]
    );

    let page = demonstration.link.split('/').nth(2).unwrap();
    let mut cookies = BTreeSet::new();
    for desk in &desks {
        let origin = desk["origin"].as_str().unwrap();
        assert!(
            policy.contains(origin),
            "the page may show {origin}: {policy}"
        );
        let console = ureq::get(origin).call().unwrap();
        let console = console.headers()["content-security-policy"]
            .to_str()
            .unwrap();
        assert!(
            console.ends_with(&format!("frame-ancestors http://{page}")),
            "{console}"
        );
        cookies.insert(sign_in(desk).unwrap().1);
        assert!(sign_in(desk).is_err(), "a link is good once");
    }
    assert_eq!(
        cookies.len(),
        3,
        "one desk's session takes no other's place: {cookies:?}"
    );
    let (_, again) = demonstration.open();
    let coalition = sign_in(&again[0]).unwrap().0;
    sign_in(&again[2]).unwrap();
    until("the end of the day", || {
        (demonstration.now()["over"] == true).then_some(())
    });

    let entry = gives_notice(&coalition);
    until("an answer", || {
        let notice = shown(&coalition, "/api/notices", "entry", &entry);
        assert!(
            notice["answer"].is_null() || notice["read_back"].is_i64(),
            "{notice}"
        );
        (notice["answer"] == "no-objection").then_some(())
    });
    let call = coalition
        .act("/api/calls", &json!({"desk": "ground"}))
        .unwrap();
    let call = call["stopped"][0]["call"].as_str().unwrap().to_owned();
    let phase = |wanted: &str| {
        until(wanted, || {
            (shown(&coalition, "/api/calls", "call", &call)["phase"] == wanted).then_some(())
        });
    };
    phase("pause confirmed");
    coalition
        .act(&format!("/api/calls/{call}/lift"), &json!({}))
        .unwrap();
    phase("lifted by both");

    // Whom they play is left to them, until they play another.
    demonstration.plays("russia");
    let entry = gives_notice(&coalition);
    thread::sleep(PAUSE * 5);
    assert!(shown(&coalition, "/api/notices", "entry", &entry)["displayed"].is_null());
    demonstration.plays("");
    until("an answer", || {
        let notice = shown(&coalition, "/api/notices", "entry", &entry);
        (notice["answer"] == "no-objection").then_some(())
    });

    assert!(running(folder.path()).len() >= 3);
    signal(&demonstration.child, "-INT");
    assert_eq!(demonstration.child.wait().unwrap().code(), Some(130));
    ends_without_orphans(folder.path());
}
