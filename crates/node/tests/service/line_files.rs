//! A line looked at closely, and carried by file by its officers.

use crate::support::{Screen, pair, pair_by_file, request};
use model::code::{Desk, Role};
use node::auth::{Officers, Right};
use serde_json::{Value, json};

async fn file(on: &Screen, token: &str, path: &str, body: &[u8]) -> (u16, Vec<u8>) {
    let kind = "application/octet-stream";
    let (status, _, answer) = request(on.node.http, "POST", path, token, kind, body).await;
    (status, answer)
}

fn log<'a>(logs: &'a Value, side: &str, lane: &str) -> &'a Value {
    let all = logs.as_array().unwrap();
    all.iter()
        .find(|of| of["side"] == side && of["lane"] == lane)
        .unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_officer_of_the_line_carries_it_by_file_and_an_interpreter_does_not() {
    let base = tempfile::tempdir().unwrap();
    let (first, second, a, _b) = pair_by_file(base.path()).await;
    assert_eq!(
        first.post("/api/calls", json!({"desk": "air"})).await.0,
        200
    );
    let waits = |logs: &Value| log(logs, "own", "stop")["size"] == 1;
    let logs = first.until("/api/lines/air-line/logs", waits).await;
    assert_eq!(log(&logs, "own", "stop")["cosigned"], 0);

    let (status, carried) = file(&first, &first.officer, "/api/lines/air-line/export", b"").await;
    assert_eq!(status, 200, "{}", String::from_utf8_lossy(&carried));
    let (status, said) = file(
        &second,
        &second.officer,
        "/api/lines/air-line/import",
        &carried,
    )
    .await;
    let said: Value = serde_json::from_slice(&said).unwrap();
    assert_eq!(status, 200, "{said:#}");
    assert!(said["frames"].as_u64().unwrap() > 0);
    second
        .until("/api/calls", |all| all[0]["caller"] == "peer")
        .await;
    // The answer carries the receipt back.
    let (_, back) = file(&second, &second.officer, "/api/lines/air-line/export", b"").await;
    assert_eq!(
        file(&first, &first.officer, "/api/lines/air-line/import", &back)
            .await
            .0,
        200
    );
    let signed = |logs: &Value| log(logs, "own", "stop")["cosigned"] == 1;
    let ours = first.until("/api/lines/air-line/logs", signed).await;
    let theirs = second.get("/api/lines/air-line/logs").await;
    let held = log(&theirs, "peer", "stop");
    assert_eq!(
        held["root"],
        log(&ours, "own", "stop")["root"],
        "both hold the same"
    );
    assert_eq!((&held["size"], &held["cosigned"]), (&json!(1), &json!(1)));

    // What is no such file, and who does not speak for the line.
    let (status, refused) = file(
        &second,
        &second.officer,
        "/api/lines/air-line/import",
        b"a file",
    )
    .await;
    assert_eq!(status, 422, "{}", String::from_utf8_lossy(&refused));
    let interpreter = Officers::in_folder(&a.path)
        .add(
            "interpreter".parse().unwrap(),
            Right::Officer,
            vec![Desk::Air],
            Role::Interpreter,
        )
        .unwrap();
    let (status, refused) = file(&first, &interpreter, "/api/lines/air-line/export", b"").await;
    assert_eq!(status, 403, "{}", String::from_utf8_lossy(&refused));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_line_tells_its_ways_its_delay_and_how_far_each_log_was_signed_for() {
    let base = tempfile::tempdir().unwrap();
    let (first, second, _a, _b) = pair(base.path()).await;
    first.is_up().await;
    second.is_up().await;
    let measured = |lines: &Value| lines[0]["round_trip_ms"].is_i64();
    let lines = first.until("/api/lines", measured).await;
    assert_eq!(
        lines[0]["paths"],
        json!([{"path": 0, "stop": true, "main": true}])
    );
    assert!(lines[0]["round_trip_ms"].as_i64().unwrap() < 5_000);
    assert_eq!(
        first.post("/api/calls", json!({"desk": "air"})).await.0,
        200
    );
    let signed = |logs: &Value| {
        let stop = log(logs, "own", "stop");
        stop["size"] == 1 && stop["cosigned"] == 1
    };
    let ours = first.until("/api/lines/air-line/logs", signed).await;
    assert_eq!(ours.as_array().unwrap().len(), 4, "{ours:#}");
    let terms = first.get("/api/arrangements").await;
    let climb = terms[0]["stop"]["climb"].as_array().unwrap().clone();
    assert_eq!(climb[0]["level"], "two-star", "{terms:#}");
    assert!(climb.is_sorted_by_key(|step| step["after_ms"].as_i64()));
}
