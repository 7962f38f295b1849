//! A peer with the right keys that lies, floods, stalls, or says it all again.

use super::paths::facts;
use crate::support::impostor::{Impostor, closed};
use crate::support::{self, Folder, Screen, configure, folder};
use model::code::Desk;
use serde_json::{Value, json};
use std::path::Path;
use std::time::{Duration, Instant};
use tokio::io::AsyncWriteExt;
use wire::line::preamble::PREAMBLE;

/// A node with a line in force to a peer that is not what it should be.
pub async fn against(base: &Path) -> (Screen, Impostor, Folder) {
    let (a, b) = (folder(base, "coalition"), folder(base, "federation"));
    configure(&a, "\"127.0.0.1:0\"", &[]);
    let first = Screen::start(&a).await;
    let body = json!({"arrangement": support::arrangement(&a, &b), "peer_card": support::card(&b)});
    let (status, answer) = first.administer("/api/admin/arrangement", body).await;
    assert_eq!(status, 200, "{answer:#}");
    let impostor = Impostor::new(&b, &a);
    (first, impostor, a)
}

async fn faults(screen: &Screen, fault: &str) -> Vec<Value> {
    let mut noted = facts(screen, "FaultNoted").await;
    noted.retain(|fact| fact["fault"] == fault);
    noted
}

async fn fault_is_noted(screen: &Screen, fault: &str) {
    let began = Instant::now();
    while faults(screen, fault).await.is_empty() {
        assert!(
            began.elapsed() < Duration::from_secs(20),
            "no `{fault}` in the record"
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_envelopes_under_one_sequence_halt_main_with_the_proof_kept_and_the_desk_alarmed() {
    let base = tempfile::tempdir().unwrap();
    let (first, impostor, _a) = against(base.path()).await;
    let address = first.node.lines[0];
    let mut stream = impostor.greet(address).await;
    stream
        .write_all(&impostor.first_call(Desk::Air))
        .await
        .unwrap();
    first
        .until("/api/calls", |calls| calls[0]["desk"] == "air")
        .await;
    stream
        .write_all(&impostor.first_call(Desk::Ground))
        .await
        .unwrap();

    first
        .until("/api/lines", |lines| lines[0]["main_halted"] == true)
        .await;
    let halted = facts(&first, "MainHalted").await;
    assert_eq!(halted.len(), 1);
    assert_eq!(halted[0]["fault"], "equivocation", "{halted:?}");
    let evidence = halted[0]["evidence"].as_array().unwrap();
    assert!(evidence.len() > 200, "{} bytes of evidence", evidence.len());
    let alarms = first
        .until("/api/alarms", |alarms| {
            let alarms = alarms.as_array().unwrap();
            alarms.iter().any(|alarm| alarm["kind"] == "main-halted")
        })
        .await;
    let alarm = (alarms.as_array().unwrap().iter()).find(|a| a["kind"] == "main-halted");
    let name = alarm.unwrap()["alarm"].as_str().unwrap();
    // What a person has acknowledged is not said again.
    let (status, answer) = first
        .post(&format!("/api/alarms/{name}/acknowledge"), json!({}))
        .await;
    assert_eq!(status, 200, "{answer:#}");
    first
        .until("/api/alarms", |alarms| {
            let alarms = alarms.as_array().unwrap();
            alarms.iter().all(|alarm| alarm["kind"] != "main-halted")
        })
        .await;
    // The stop lane goes on, and main does not.
    let (status, answer) = first.post("/api/calls", json!({"desk": "air"})).await;
    assert_eq!(status, 200, "{answer:#}");
    let (_, drafted) = first.post("/api/drafts", support::notice()).await;
    let path = format!("/api/drafts/{}/release", drafted["draft"].as_str().unwrap());
    let terms = json!({"authority": "deconfliction", "purpose": "flight-safety"});
    let (status, answer) = first
        .post(&path, json!({"lines": ["air-line"], "terms": terms}))
        .await;
    assert_eq!(
        (status, answer["code"].as_str()),
        (409, Some("not-now")),
        "{answer:#}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_a_peer_says_again_after_a_restart_is_taken_once() {
    let base = tempfile::tempdir().unwrap();
    let (first, impostor, a) = against(base.path()).await;
    let call = impostor.first_call(Desk::Air);
    let mut stream = impostor.greet(first.node.lines[0]).await;
    stream.write_all(&call).await.unwrap();
    first
        .until("/api/calls", |calls| calls[0]["desk"] == "air")
        .await;
    drop(stream);
    assert!(first.node.stop().await);

    let again = Screen::start(&a).await;
    for _ in 0..3 {
        let mut stream = impostor.greet(again.node.lines[0]).await;
        stream.write_all(&call).await.unwrap();
        stream.flush().await.unwrap();
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
    assert_eq!(again.get("/api/calls").await.as_array().unwrap().len(), 1);
    assert_eq!(facts(&again, "MessageReceived").await.len(), 1);
    assert_eq!(again.get("/api/lines").await[0]["main_halted"], false);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_frame_of_ten_gigabytes_ends_the_connection_and_is_one_line_of_the_record() {
    let base = tempfile::tempdir().unwrap();
    let (first, impostor, _a) = against(base.path()).await;
    for _ in 0..5 {
        let mut stream = impostor.greet(first.node.lines[0]).await;
        // It says four gigabytes, and goes on for as long as it is let.
        stream.write_all(&[0xff; 4]).await.unwrap();
        let pour = async {
            let mut poured = 0_u64;
            while poured < 10_000_000_000 && stream.write_all(&[0; 65_536]).await.is_ok() {
                poured += 65_536;
            }
            poured
        };
        let poured = tokio::time::timeout(Duration::from_secs(10), pour)
            .await
            .unwrap();
        assert!(poured < 100_000_000, "{poured} bytes were taken");
    }
    fault_is_noted(&first, "too-large").await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(
        faults(&first, "too-large").await.len(),
        1,
        "one a minute, with a count"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_peer_that_stalls_is_cut_off_and_noted() {
    let base = tempfile::tempdir().unwrap();
    let (first, impostor, _a) = against(base.path()).await;
    // Not a word after the preamble.
    let mut silent = impostor.dial(first.node.lines[0]).await;
    let preamble = wire::line::Preamble {
        line: support::impostor::STOP.line,
        class: channel::input::Class::Stop,
        path: 0,
    };
    silent.write_all(&preamble.to_bytes()).await.unwrap();
    // Half a frame, and no more.
    let mut half = impostor.greet(first.node.lines[0]).await;
    half.write_all(&impostor.first_call(Desk::Air)[..100])
        .await
        .unwrap();
    let began = Instant::now();
    let patience = Duration::from_secs(2);
    assert!(closed(&mut silent, node::link::FIRST_FRAME + patience).await);
    assert!(closed(&mut half, node::link::STALL + patience).await);
    assert!(began.elapsed() > node::link::FIRST_FRAME - patience);
    fault_is_noted(&first, "stalled").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_peer_that_floods_with_rubbish_holds_up_no_officer_and_fills_no_record() {
    let base = tempfile::tempdir().unwrap();
    let (first, impostor, _a) = against(base.path()).await;
    let address = first.node.lines[0];
    let flood = async {
        for _ in 0..60 {
            let mut stream = impostor.greet(address).await;
            // A frame of a right size that is no frame.
            let mut rubbish = impostor.first_call(Desk::Air);
            rubbish[4..].fill(0xee);
            let _ = stream.write_all(&rubbish).await;
            closed(&mut stream, Duration::from_secs(5)).await;
        }
    };
    let officer = async {
        let mut slowest = Duration::ZERO;
        for _ in 0..20 {
            let began = Instant::now();
            first.get("/api/lines").await;
            slowest = slowest.max(began.elapsed());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        slowest
    };
    let ((), slowest) = tokio::join!(flood, officer);
    assert!(
        slowest < Duration::from_secs(1),
        "an officer waited {slowest:?}"
    );
    fault_is_noted(&first, "malformed").await;
    assert_eq!(
        faults(&first, "malformed").await.len(),
        1,
        "one a minute, with a count"
    );
    let (status, answer) = first.post("/api/calls", json!({"desk": "air"})).await;
    assert_eq!(status, 200, "{answer:#}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_peer_that_begins_wrongly_or_on_a_line_that_is_not_its_own_is_noted() {
    let base = tempfile::tempdir().unwrap();
    let (first, impostor, _a) = against(base.path()).await;
    let other = wire::line::Preamble {
        line: model::ids::LineId::from_random([9; 16]),
        class: channel::input::Class::Main,
        path: 0,
    };
    for (bytes, fault) in [
        ([0xee; PREAMBLE], "malformed"),
        (other.to_bytes(), "wrong-line"),
    ] {
        let mut stream = impostor.dial(first.node.lines[0]).await;
        stream.write_all(&bytes).await.unwrap();
        assert!(closed(&mut stream, Duration::from_secs(5)).await);
        fault_is_noted(&first, fault).await;
    }
}
