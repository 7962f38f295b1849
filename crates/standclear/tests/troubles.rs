//! Two nodes as processes of their own, while the path between them does its worst and they are killed with -9: nothing is
//! lost, nothing is doubled, and whoever called knows.
#![allow(clippy::unwrap_used, reason = "a test that cannot be set up fails")]

#[path = "../../../scenarios/src/path.rs"]
#[allow(dead_code, reason = "the replay uses what is not used here")]
mod path;
mod support;

use path::{Direction, Havoc, Path, Trouble};
use serde_json::Value;
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};
use support::{Party, Two, until, window};

/// Two parties with a line through `path`.
fn joined() -> (Two, Path) {
    let path = Path::open().unwrap();
    let two = Two::apart().join(|listens| {
        path.leads_to(listens.parse().unwrap());
        Some(path.address().to_string())
    });
    (two, path)
}

/// A stop call, made once: on its way, or the officer is told to telephone, at once either way.
fn call(party: &Party) {
    let asked = Instant::now();
    let ran = party.officer(&["stop", "--desk", "air", "--no-wait"]);
    assert!(ran.code == 0 || ran.code == 4, "{ran:?}");
    assert!(ran.code == 0 || ran.out.contains("it waits as"), "{ran:?}");
    assert!(asked.elapsed() < Duration::from_secs(5), "{ran:?}");
}

fn line(party: &Party) -> Value {
    party.ask(&["lines"])[0].clone()
}

/// Both have every call of both once, each signed for by the other; no fault was found on the way, and both records hold.
#[track_caller]
fn nothing_is_lost_or_doubled(two: &Two, what: &str) {
    for (from, to) in [(&two.first, &two.second), (&two.second, &two.first)] {
        until(
            &format!("what {} called arrives: {what}", from.name),
            || {
                let (ours, theirs) = (line(from), line(to));
                let made = ours["calls_own"].as_u64()?;
                (theirs["calls_peer"] == made && ours["waiting"][0] == 0).then_some(())
            },
        );
        let names = |party: &Party, side: &str| {
            let calls = party.ask(&["calls"]);
            let names = calls.as_array().unwrap().iter();
            let names = names.map(|call| call["call"].as_str().unwrap().replace(side, ""));
            let mut names: Vec<String> = names
                .filter(|name| !name.contains(".own.") && !name.contains(".peer."))
                .collect();
            names.sort();
            names
        };
        assert_eq!(names(from, ".own"), names(to, ".peer"), "{what}");
        assert_eq!(line(from)["main_halted"], false, "{what}");
    }
    for party in [&two.first, &two.second] {
        party.run(&["log", "verify"]).done();
    }
}

#[test]
fn bytes_lost_doubled_swapped_or_altered_on_the_path_drop_the_connection_and_no_call() {
    let (two, path) = joined();
    for (every, how) in [
        (2, Havoc::Lost),
        (3, Havoc::Doubled),
        (2, Havoc::Swapped),
        (1, Havoc::Altered),
    ] {
        path.suffers(Trouble::Bytes { every, how });
        call(&two.first);
        call(&two.second);
        thread::sleep(Duration::from_millis(500));
        path.suffers(Trouble::None);
        nothing_is_lost_or_doubled(&two, &format!("{how:?}"));
    }
}

#[test]
fn connections_that_end_stall_come_late_or_are_taken_in_silence_lose_no_call() {
    let (two, path) = joined();
    for trouble in [
        Trouble::EndAfter(700),
        Trouble::Late(Duration::from_millis(150)),
        Trouble::Silent,
        Trouble::Reset,
    ] {
        path.suffers(trouble);
        if matches!(trouble, Trouble::Silent | Trouble::Reset) {
            path.lose();
        }
        call(&two.first);
        call(&two.second);
        thread::sleep(Duration::from_millis(500));
        path.suffers(Trouble::None);
        path.lose();
        nothing_is_lost_or_doubled(&two, &format!("{trouble:?}"));
    }
}

#[test]
fn on_a_path_that_is_open_in_one_direction_only_the_caller_is_told_in_time_and_the_call_arrives_once()
 {
    let (two, path) = joined();
    for direction in [Direction::There, Direction::Back] {
        path.suffers(Trouble::HalfOpen(direction));
        let made = Instant::now();
        // The second dials: what it says goes there, what it is told comes back.
        call(&two.second);
        until("the caller is told", || {
            let alarms = two.second.ask(&["alarms"]);
            let told = alarms
                .as_array()?
                .iter()
                .any(|alarm| alarm["kind"] == "stop-not-delivered");
            told.then_some(())
        });
        assert!(
            made.elapsed() < Duration::from_secs(15),
            "{:?}",
            made.elapsed()
        );
        path.suffers(Trouble::None);
        nothing_is_lost_or_doubled(&two, &format!("half open, {direction:?}"));
    }
}

/// What a screen asks a node for.
struct Request {
    path: String,
    body: String,
}

impl Request {
    fn stop_call() -> Self {
        Self {
            path: "/api/calls".into(),
            body: r#"{"desk":"air"}"#.into(),
        }
    }

    /// The release of a notice that `party` drafts first.
    fn release(party: &Party) -> Self {
        let window = window();
        let drafted = party.ask(&[
            "notice",
            "draft",
            "caution-area",
            "--desk",
            "air",
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
            "--band",
            "SFC to 3000 ft MSL",
            "--window",
            &window,
        ]);
        Self {
            path: format!("/api/drafts/{}/release", drafted["draft"].as_str().unwrap()),
            body: r#"{"lines":["air-line"],"terms":{"authority":"deconfliction","purpose":"flight-safety"}}"#
                .into(),
        }
    }
}

/// Asks as a screen does, and answers with whether the node said that it has done it before one is killed.
fn request_and_kill(
    caller: &mut Party,
    Request { path, body }: Request,
    killed: Option<&mut Party>,
    after: Duration,
) -> bool {
    let token = fs::read_to_string(caller.token_file()).unwrap();
    let address = caller.url.strip_prefix("http://").unwrap().to_owned();
    let mut stream = TcpStream::connect(&address).unwrap();
    let request = format!(
        "POST {path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
        token.trim(),
        body.len()
    );
    stream.write_all(request.as_bytes()).unwrap();
    let asked = Instant::now();
    while asked.elapsed() < after {
        std::hint::spin_loop();
    }
    match killed {
        Some(called) => called.kill(),
        None => caller.kill(),
    }
    let mut answer = String::new();
    // A node that was killed answers with nothing, or is reset.
    let _ = stream.read_to_string(&mut answer);
    let done = answer.starts_with("HTTP/1.1 200");
    assert!(done || answer.is_empty(), "{answer}");
    done
}

const MOMENTS: [u64; 6] = [0, 300, 800, 1_500, 3_000, 8_000];

#[test]
fn a_caller_killed_at_any_moment_of_a_send_has_said_nothing_or_the_call_arrives_once() {
    let (mut two, _path) = joined();
    for (round, after) in MOMENTS.into_iter().enumerate() {
        let before = line(&two.first)["calls_own"].as_u64().unwrap();
        let told = request_and_kill(
            &mut two.first,
            Request::stop_call(),
            None,
            Duration::from_micros(after),
        );
        two.first.serve();
        two.first.is_up();
        let made = line(&two.first)["calls_own"].as_u64().unwrap() - before;
        assert!(made <= 1, "round {round}: made {made} times");
        assert!(
            !told || made == 1,
            "round {round}: the officer was told that it was made, and it was not"
        );
        nothing_is_lost_or_doubled(&two, &format!("the caller is killed after {after} µs"));
    }
}

#[test]
fn a_called_node_killed_at_any_moment_of_a_receipt_takes_the_call_once_after_its_restart() {
    let (mut two, _path) = joined();
    for after in MOMENTS {
        let Two { first, second, .. } = &mut two;
        assert!(
            request_and_kill(
                first,
                Request::stop_call(),
                Some(second),
                Duration::from_micros(after)
            ),
            "{after}"
        );
        two.second.serve();
        two.second.is_up();
        nothing_is_lost_or_doubled(&two, &format!("the called node is killed after {after} µs"));
        let alarms = two.second.ask(&["alarms"]);
        let sounding = alarms
            .as_array()
            .unwrap()
            .iter()
            .any(|alarm| alarm["kind"] == "stop-call");
        assert!(sounding, "it sounds there: {alarms:#}");
    }
}

#[test]
fn a_notice_is_released_and_received_once_or_not_at_all_whichever_node_is_killed_at_whatever_moment()
 {
    let (mut two, _path) = joined();
    let count = |party: &Party, own: &str| {
        let listed = party.ask(&["notice", "list"]);
        let notices = listed["notices"].as_array().unwrap();
        let of = notices
            .iter()
            .filter(|shown| shown["entry"].as_str().unwrap().contains(own));
        of.count()
    };
    for (round, after) in MOMENTS.into_iter().enumerate() {
        let before = count(&two.first, ".own.");
        let request = Request::release(&two.first);
        let Two { first, second, .. } = &mut two;
        let sender_dies = round % 2 == 0;
        let killed = if sender_dies {
            None
        } else {
            Some(&mut *second)
        };
        let told = request_and_kill(first, request, killed, Duration::from_micros(after));
        let killed = if sender_dies { first } else { second };
        killed.serve();
        killed.is_up();
        let made = count(&two.first, ".own.") - before;
        assert!(made <= 1, "round {round}: released {made} times");
        assert!(
            !told || made == 1,
            "round {round}: it was said to be released, and is not"
        );
        assert!(
            sender_dies || told,
            "round {round}: the other node's end is no reason not to release"
        );
        until("each notice is there", || {
            (count(&two.second, ".peer.") == before + made).then_some(())
        });
        nothing_is_lost_or_doubled(
            &two,
            &format!("a node is killed {after} µs after a release"),
        );
    }
}
