//! The log carries opaque identifiers: no position, no name, no slot, no token. A process has one log, so this test
//! has a process.
#![allow(clippy::unwrap_used, reason = "a test that cannot be set up fails")]

mod support;

use serde_json::json;
use std::io::Write;
use std::sync::{Arc, Mutex};

#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_log_tells_what_happens_and_never_where_or_who() {
    let kept = Kept::default();
    let writer = kept.clone();
    tracing_subscriber::fmt()
        .json()
        .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
        .with_writer(move || writer.clone())
        .init();
    let base = tempfile::tempdir().unwrap();
    let (first, second, _a, _b) = support::pair(base.path()).await;
    first.is_up().await;
    second.is_up().await;
    let mut notice = support::notice();
    notice["slots"]["label"] = json!("BLUEHERON");
    let (_, drafted) = first.post("/api/drafts", notice).await;
    let path = format!("/api/drafts/{}/release", drafted["draft"].as_str().unwrap());
    let terms = json!({"authority": "deconfliction", "purpose": "flight-safety"});
    let (status, answer) = first
        .post(&path, json!({"lines": ["air-line"], "terms": terms}))
        .await;
    assert_eq!(status, 200, "{answer:#}");
    let slots = json!({"place": "35.3304 N 40.1760 E", "stop-cause": "hitting-ours"});
    first
        .post("/api/calls", json!({"desk": "air", "slots": slots}))
        .await;
    let there = second
        .until("/api/calls", |calls| calls[0]["caller"] == "peer")
        .await;
    let there = there[0]["call"].as_str().unwrap();
    second
        .post(
            &format!("/api/calls/{there}/accept"),
            json!({"name": "Major Hartnell"}),
        )
        .await;
    second
        .post(
            "/api/drafts",
            json!({"kind": "air-activity", "desk": "air", "slots": {"area": "35.4444"}}),
        )
        .await;
    support::http(first.node.http, "GET", "/api/lines", "a-wrong-token", None).await;
    // A unit, from its enrolment to its end.
    let area = json!({"circle": {"centre": "35.3355 N 40.1760 E", "radius": "3 km"}});
    let unit = json!({"name": "GREYWILLOW", "desk": "air", "area": area});
    let (status, enrolled) = second.post("/api/units", unit.clone()).await;
    assert_eq!(status, 200, "{enrolled:#}");
    let (_, link) = second.post("/api/units/u1/link", json!({})).await;
    let code = link["code"].as_str().unwrap().to_owned();
    let at = second.node.http;
    let body = json!({"code": code});
    let (_, telephone) = support::http(at, "POST", "/api/unit/telephone", "", Some(&body)).await;
    let telephone = telephone["token"].as_str().unwrap().to_owned();
    let there = second
        .until("/api/downstream", |all| !all[0].is_null())
        .await;
    let body = json!({"subject": there[0]["subject"]});
    let path = "/api/unit/receipts";
    let (status, had) = support::http(at, "POST", path, &telephone, Some(&body)).await;
    assert_eq!(status, 200, "{had:#}");
    assert_eq!(second.post("/api/units/u1", unit).await.0, 200);
    let officer = second.officer.clone();
    support::http(at, "DELETE", "/api/units/u1", &officer, None).await;
    first
        .until("/api/calls", |calls| calls[0]["phase"] == "accepted")
        .await;
    let (officer, admin) = (first.officer.clone(), first.admin.trim().to_owned());
    assert!(first.node.stop().await && second.node.stop().await);

    let log = String::from_utf8(kept.0.lock().unwrap().clone()).unwrap();
    let ours: Vec<&str> = log
        .lines()
        .filter(|line| line.contains("\"target\":\"node"))
        .collect();
    assert!(
        ours.iter().any(|line| line.contains("alarm")),
        "it tells that an alarm sounded"
    );
    assert!(
        ours.iter()
            .all(|line| serde_json::from_str::<serde_json::Value>(line).is_ok())
    );
    for never in [
        "35.33",
        "35.44",
        "40.17",
        "3533",
        "4017",
        "37SF",
        "BLUEHERON",
        "Hartnell",
        "duty",
        "a-wrong-token",
        "GREYWILLOW",
        &code,
        &telephone,
        "555 0100",
        "airfield",
        &officer,
        &admin,
    ] {
        let leaked: Vec<&&str> = ours.iter().filter(|line| line.contains(never)).collect();
        assert!(leaked.is_empty(), "`{never}` is in the log: {leaked:?}");
    }
}
