//! Two nodes, two journals, one line on loopback.
#![allow(clippy::unwrap_used, reason = "a test that cannot be set up fails")]

mod support;

use node::events::Told;
use serde_json::json;
use std::time::{Duration, Instant};
use support::socket::Socket;
use support::{Screen, pair};
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
    let again = Screen::start(&a).await;
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

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_notice_is_released_displayed_read_back_and_answered() {
    let base = tempfile::tempdir().unwrap();
    let (first, second, _a, _b) = pair(base.path()).await;
    first.is_up().await;
    let (status, drafted) = first.post("/api/drafts", support::notice()).await;
    assert_eq!(status, 200, "{drafted:#}");
    let draft = drafted["draft"].as_str().unwrap();
    let terms = json!({"authority": "deconfliction", "purpose": "flight-safety"});
    let body = json!({"lines": ["air-line"], "terms": terms});
    let (status, released) = first
        .post(&format!("/api/drafts/{draft}/release"), body)
        .await;
    assert_eq!(status, 200, "{released:#}");
    assert!(released["released"][0]["entry"].is_string(), "{released:#}");

    let there = second
        .until("/api/notices", |notices| notices[0]["entry"].is_string())
        .await;
    let entry = there[0]["entry"].as_str().unwrap();
    let slots = there[0]["slots"].clone();
    let (status, answer) = second
        .post(&format!("/api/notices/{entry}/displayed"), json!({}))
        .await;
    assert_eq!(status, 200, "{answer:#}");
    let window = &slots["window"];
    let asked: Vec<&str> = there[0]["read_back_items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item.as_str().unwrap())
        .collect();
    let typed = json!({
        "place": slots["area"]["circle"]["centre"]["decimal"],
        "band": "SFC to 3000 ft MSL",
        "window": window,
    });
    let items: serde_json::Map<String, serde_json::Value> = asked
        .iter()
        .map(|slot| ((*slot).to_owned(), typed[*slot].clone()))
        .collect();
    let (status, answer) = second
        .post(
            &format!("/api/notices/{entry}/read-back"),
            json!({"items": items}),
        )
        .await;
    assert_eq!(status, 200, "{answer:#}");
    let (status, answer) = second
        .post(
            &format!("/api/notices/{entry}/answer"),
            json!({"answer": "no-objection"}),
        )
        .await;
    assert_eq!(status, 200, "{answer:#}");
    let ours = first
        .until("/api/notices", |notices| {
            notices[0]["answer"] == "no-objection"
        })
        .await;
    assert!(
        ours[0]["delivered"].is_i64()
            && ours[0]["displayed"].is_i64()
            && ours[0]["read_back"].is_i64(),
        "{ours:#}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_one_cannot_send_another_carries_by_file() {
    let base = tempfile::tempdir().unwrap();
    let (first, second, _a, _b) = support::pair_by_file(base.path()).await;
    let (status, answer) = first.post("/api/calls", json!({"desk": "air"})).await;
    assert_eq!(status, 200, "{answer:#}");
    assert_eq!(answer["stopped"][0]["on_its_way"], false, "{answer:#}");
    assert!(
        answer["stopped"][0]["telephone"][0].is_string(),
        "{answer:#}"
    );

    let (status, file) = first.file("/api/admin/lines/air-line/export", b"").await;
    assert_eq!(status, 200, "{}", String::from_utf8_lossy(&file));
    let mut heard = second.node.served.shell.events.listen();
    let (status, answer) = second.file("/api/admin/lines/air-line/import", &file).await;
    assert_eq!(status, 200, "{}", String::from_utf8_lossy(&answer));
    stop_alarm(&mut heard).await;
    let (status, back) = second.file("/api/admin/lines/air-line/export", b"").await;
    assert_eq!(status, 200, "{}", String::from_utf8_lossy(&back));
    let (status, answer) = first.file("/api/admin/lines/air-line/import", &back).await;
    assert_eq!(status, 200, "{}", String::from_utf8_lossy(&answer));
    first
        .until("/api/calls", |calls| calls[0]["delivered"].is_i64())
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_failed_disk_says_nothing_more_and_still_sounds_stop_calls_as_not_recorded() {
    let base = tempfile::tempdir().unwrap();
    let disk = store::faults::FaultyDisk::new();
    let on = disk.clone();
    let (first, second, _a, _b) =
        support::pair_on(base.path(), move |options| options.on(on)).await;
    first.is_up().await;
    second.is_up().await;
    disk.fail_sync(1);
    // The first thing written finds out.
    second.post("/api/calls", json!({"desk": "air"})).await;
    let (status, answer) = second.post("/api/calls", json!({"desk": "air"})).await;
    assert_eq!(
        (status, answer["code"].as_str()),
        (503, Some("cannot-send")),
        "{answer:#}"
    );
    assert!(
        answer["detail"].as_str().unwrap().contains("telephone"),
        "{answer:#}"
    );

    let mut heard = second.node.served.shell.events.listen();
    first.post("/api/calls", json!({"desk": "air"})).await;
    let recorded = loop {
        let told = tokio::time::timeout(Duration::from_secs(10), heard.recv())
            .await
            .unwrap()
            .unwrap();
        if let Told::Alarm(alarm) = told.as_ref()
            && alarm.kind == "stop-call"
        {
            break alarm.recorded;
        }
    };
    assert!(!recorded, "it is marked as not recorded");
    // Whoever listens only now, or only asks, is told both, and that neither is in the record.
    let mut late = Socket::open(second.node.http, &second.officer, "?desk=air")
        .await
        .unwrap();
    for kind in ["cannot-send", "stop-call"] {
        let told = late.until(|told| told["kind"] == kind).await;
        assert_eq!(told["recorded"], false, "{told:#}");
    }
    let alarms = second.get("/api/alarms").await;
    let cannot_send = alarms.as_array().unwrap().iter();
    let mut cannot_send = cannot_send.filter(|alarm| alarm["kind"] == "cannot-send");
    let cannot_send = cannot_send.next().unwrap();
    assert_eq!(cannot_send["recorded"], false, "{cannot_send:#}");
    assert!(
        cannot_send["telephone"]
            .to_string()
            .contains("coalition, air: +1 555 0100"),
        "{cannot_send:#}"
    );
    let head = support::head(&second, "/api/calls").await;
    assert!(
        head.contains("standclear-desk: cannot-send, no-sounder:air"),
        "{head}"
    );
    tokio::time::sleep(Duration::from_millis(300)).await;
    let calls = first.get("/api/calls").await;
    assert!(
        calls[0]["delivered"].is_null(),
        "no receipt was signed: {calls:#}"
    );
}

/// What the node knew `ms` from now.
async fn rules_at(screen: &Screen, ms: i64) -> serde_json::Value {
    let at = node::clock::now().as_unix_ms() + ms;
    let state = screen.get(&format!("/api/state?at={at}")).await;
    state["rules"].clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_record_tells_what_the_rules_said_whose_version_a_decision_names() {
    let base = tempfile::tempdir().unwrap();
    let (first, second, a, _b) = pair(base.path()).await;
    let shipped = release::RuleSet::shipped().unwrap();
    first
        .until(
            &format!(
                "/api/state?at={}",
                model::units::Timestamp::MAX.as_unix_ms()
            ),
            |state| state["rules"]["rules"] == **shipped.text(),
        )
        .await;
    let before = node::clock::now().as_unix_ms();
    assert!(first.node.stop().await && second.node.stop().await);

    // Another text under the same version: then the record would not tell which of the two a decision means.
    let changed = format!("{}\n// reviewed\n", shipped.text());
    std::fs::write(a.path.join("rules.cedar"), &changed).unwrap();
    std::fs::write(a.path.join("rules.toml"), &**shipped.metadata_text()).unwrap();
    let refused = node::server::Node::start(&a.path)
        .await
        .map(|_| ())
        .unwrap_err();
    assert_eq!(
        node::http::problem::chain(&refused),
        "the release rules cannot be used: version 4 does not follow version 4: raise the version with every change"
    );

    let metadata = shipped
        .metadata_text()
        .replace("version = 4", "version = 5");
    std::fs::write(a.path.join("rules.toml"), &metadata).unwrap();
    let first = Screen::start(&a).await;
    first
        .until(
            &format!(
                "/api/state?at={}",
                model::units::Timestamp::MAX.as_unix_ms()
            ),
            |state| state["rules"]["version"] == 5 && state["rules"]["rules"] == *changed,
        )
        .await;
    let then = rules_at(&first, before - node::clock::now().as_unix_ms()).await;
    assert_eq!(then["version"], 4);
    assert_eq!(then["rules"], **shipped.text());
}
