//! Two nodes, two journals, one line on loopback.

mod support;

use node::events::Told;
use serde_json::json;
use std::time::{Duration, Instant};
use support::{Desk1, pair};
use tokio::sync::broadcast::Receiver;

type Heard = Receiver<std::sync::Arc<Told>>;

async fn stop_alarm(heard: &mut Heard) -> String {
    let wait = async {
        loop {
            if let Told::Alarm(alarm) = heard.recv().await.unwrap().as_ref()
                && alarm.kind == "stop-call"
            {
                return alarm.entry.clone().unwrap();
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(10), wait)
        .await
        .unwrap()
}

fn phase_of(calls: &serde_json::Value) -> &str {
    calls[0]["phase"].as_str().unwrap_or("none")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_stop_call_alarms_there_is_accepted_answered_and_lifted_by_both() {
    let base = tempfile::tempdir().unwrap();
    let (first, second, _a, _b) = pair(base.path()).await;
    first.is_up().await;
    second.is_up().await;

    let mut heard = second.node.served.shell.events.listen();
    let began = Instant::now();
    let (status, answer) = first.post("/api/calls", json!({"desk": "air"})).await;
    assert_eq!(status, 200, "{answer:#}");
    assert_eq!(answer["stopped"][0]["on_its_way"], true, "{answer:#}");
    let there = stop_alarm(&mut heard).await;
    println!("stop call to alarm: {:?}", began.elapsed());
    let here = answer["stopped"][0]["call"].as_str().unwrap().to_owned();

    first
        .until("/api/calls", |calls| calls[0]["delivered"].is_i64())
        .await;
    let (status, answer) = second
        .post(&format!("/api/calls/{there}/accept"), json!({}))
        .await;
    assert_eq!(status, 200, "{answer:#}");
    first
        .until("/api/calls", |calls| phase_of(calls) == "accepted")
        .await;
    for said in ["pause-ordered", "pause-confirmed"] {
        let body = json!({"answer": said});
        let (status, answer) = second
            .post(&format!("/api/calls/{there}/answer"), body)
            .await;
        assert_eq!(status, 200, "{answer:#}");
        let shown = said.replace('-', " ");
        first
            .until("/api/calls", |calls| phase_of(calls) == shown)
            .await;
    }
    first
        .post(&format!("/api/calls/{here}/lift"), json!({}))
        .await;
    second
        .until("/api/calls", |calls| {
            phase_of(calls) == "lifted by the caller only"
        })
        .await;
    second
        .post(&format!("/api/calls/{there}/resume"), json!({}))
        .await;
    first
        .until("/api/calls", |calls| phase_of(calls) == "lifted by both")
        .await;
    assert!(first.node.stop().await && second.node.stop().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_received_call_is_proved_with_the_peers_cosignature_alone() {
    let base = tempfile::tempdir().unwrap();
    let (first, second, _a, _b) = pair(base.path()).await;
    first.is_up().await;
    let (_, answer) = first.post("/api/calls", json!({"desk": "air"})).await;
    let call = answer["stopped"][0]["call"].as_str().unwrap().to_owned();
    first
        .until("/api/calls", |calls| calls[0]["delivered"].is_i64())
        .await;

    let proof = first.get(&format!("/api/entries/{call}/proof")).await;
    let leaf = tlog::leaf_hash(&support::base64(&proof["envelope"]));
    let parsed = tlog::TlogProof::parse(proof["proof"].as_str().unwrap().as_bytes()).unwrap();
    let log: tlog::LogKey = proof["log_keys"][0].as_str().unwrap().parse().unwrap();
    let cosigner: tlog::CosignerKey = proof["cosigners"][0].as_str().unwrap().parse().unwrap();
    parsed.verify_cosigned(&leaf, &log, &cosigner).unwrap();
    let mut other = support::base64(&proof["envelope"]);
    other[40] ^= 1;
    assert!(
        parsed
            .verify_cosigned(&tlog::leaf_hash(&other), &log, &cosigner)
            .is_err()
    );
    drop((first, second));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_node_that_starts_again_knows_what_it_knew_and_goes_on() {
    let base = tempfile::tempdir().unwrap();
    let (first, second, a, _b) = pair(base.path()).await;
    first.is_up().await;
    first.post("/api/calls", json!({"desk": "air"})).await;
    first
        .until("/api/calls", |calls| calls[0]["delivered"].is_i64())
        .await;
    let address = first.node.lines[0];
    assert!(first.node.stop().await);

    support::configure(&a, &format!("\"{address}\""), &[]);
    let again = Desk1::start(&a).await;
    assert_eq!(again.get("/api/calls").await.as_array().unwrap().len(), 1);
    again.is_up().await;
    let mut heard = second.node.served.shell.events.listen();
    let (status, answer) = again.post("/api/calls", json!({"desk": "ground"})).await;
    assert_eq!(status, 200, "{answer:#}");
    stop_alarm(&mut heard).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nobody_is_anonymous() {
    let base = tempfile::tempdir().unwrap();
    let (first, _second, _a, _b) = pair(base.path()).await;
    for path in [
        "/api/lines",
        "/api/calls",
        "/api/openapi.json",
        "/metrics",
        "/api/events",
    ] {
        let (status, _) = support::http(first.node.http, "GET", path, "nobody", None).await;
        assert_eq!(status, 401, "{path}");
    }
    let (status, _) = support::http(first.node.http, "GET", "/healthz", "nobody", None).await;
    assert_eq!(status, 200);
    let (status, _) = support::http(
        first.node.http,
        "POST",
        "/api/admin/arrangement",
        &first.officer,
        Some(&json!({"arrangement": "", "peer_card": ""})),
    )
    .await;
    assert_eq!(status, 403, "an officer is no administrator");
}
