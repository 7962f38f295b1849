//! Past times: what was known then, and what was in force at a place.

use crate::support::{self, Screen, pair};
use node::clock::now;
use serde_json::{Value, json};

const AIR: &str = "35.3304 N 40.1760 E";

/// A notice whose window has been open for an hour, 5 km north of the airfield.
fn open_now() -> Value {
    let mut notice = support::notice();
    let from = now().as_unix_ms() - 3_600_000;
    notice["slots"]["window"] = json!({"from": from, "until": from + 7_200_000});
    notice
}

async fn released(on: &Screen, notice: Value) -> String {
    let (status, drafted) = on.post("/api/drafts", notice).await;
    assert_eq!(status, 200, "{drafted:#}");
    let draft = drafted["draft"].as_str().unwrap().to_owned();
    let terms = json!({"authority": "deconfliction", "purpose": "flight-safety"});
    let body = json!({"lines": ["air-line"], "terms": terms, "in_conflict": true});
    let (status, said) = on.post(&format!("/api/drafts/{draft}/release"), body).await;
    assert_eq!(status, 200, "{said:#}");
    draft
}

async fn in_force(on: &Screen, place: &str, at: i64) -> (usize, usize) {
    let body = json!({"place": place, "at": at.to_string()});
    let (status, found) = on.post("/api/in-force", body).await;
    assert_eq!(status, 200, "{found:#}");
    let count = |known: &str| found[known].as_array().unwrap().len();
    (count("known_then"), count("known_now"))
}

/// A little later than everything so far, and before everything after.
async fn moment() -> i64 {
    tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    let at = now().as_unix_ms();
    tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    at
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_was_in_force_at_a_place_is_told_as_known_then_and_as_known_now() {
    let base = tempfile::tempdir().unwrap();
    let (first, second, _a, _b) = pair(base.path()).await;
    first.is_up().await;
    let before = moment().await;
    let draft = released(&first, open_now()).await;
    second
        .until("/api/notices", |all| all[0]["state"] == "active")
        .await;
    let during = moment().await;
    let path = format!("/api/drafts/{draft}/withdraw");
    let (status, _) = first.post(&path, json!({"reason": "cancelled"})).await;
    assert_eq!(status, 200);
    let over = |all: &Value| all[0]["state"] == "withdrawn";
    second.until("/api/notices", over).await;
    let after = moment().await;

    for screen in [&first, &second] {
        // Its window was open by then, and nobody had said so: it was in force for nobody.
        assert_eq!(in_force(screen, AIR, before).await, (0, 0));
        // It is withdrawn by now, and was in force then.
        assert_eq!(in_force(screen, AIR, during).await, (1, 1));
        assert_eq!(in_force(screen, AIR, after).await, (0, 0));
        // Typed otherwise, and elsewhere.
        let dms = "35°19'50\"N 040°10'34\"E";
        assert_eq!(in_force(screen, dms, during).await, (1, 1));
        assert_eq!(in_force(screen, "35.40, 40.30", during).await, (0, 0));
    }
    let (status, refused) = first
        .post("/api/in-force", json!({"place": "nowhere", "at": "1"}))
        .await;
    assert_eq!(status, 422, "{refused:#}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_past_state_has_the_conflicts_and_lines_of_that_time() {
    let base = tempfile::tempdir().unwrap();
    let (first, second, _a, _b) = pair(base.path()).await;
    first.is_up().await;
    let before = moment().await;
    released(&second, open_now()).await;
    first
        .until("/api/notices", |all| all.as_array().unwrap().len() == 1)
        .await;
    let draft = released(&first, open_now()).await;
    let found = |all: &Value| all.as_array().unwrap().len() == 1;
    let conflicts = first.until("/api/conflicts", found).await;
    let during = moment().await;
    let path = format!("/api/drafts/{draft}/withdraw");
    first.post(&path, json!({"reason": "cancelled"})).await;
    first
        .until("/api/conflicts", |all| all.as_array().unwrap().is_empty())
        .await;
    let after = moment().await;

    let at = async |at: i64| first.get(&format!("/api/state?at={at}")).await;
    let then = at(during).await;
    assert_eq!(then["conflicts"], conflicts);
    assert_eq!(then["more_conflicts"], false);
    assert_eq!(then["lines"][0]["name"], "air-line");
    assert_eq!(then["lines"][0]["link"], "up");
    for other in [before, after] {
        assert_eq!(at(other).await["conflicts"], json!([]));
    }
    // Before anything was written there is no line either.
    assert_eq!(at(1).await["lines"], json!([]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_notice_that_reached_us_late_was_in_force_by_what_is_known_now_and_not_by_what_was_known_then()
 {
    let base = tempfile::tempdir().unwrap();
    let (first, second, _a, _b) = support::pair_by_file(base.path()).await;
    released(&first, open_now()).await;
    let between = moment().await;
    let (_, file) = first.file("/api/admin/lines/air-line/export", b"").await;
    let (status, _) = second.file("/api/admin/lines/air-line/import", &file).await;
    assert_eq!(status, 200);
    second
        .until("/api/notices", |all| all[0]["state"] == "active")
        .await;
    // Whoever said it knew of it; whoever was told later did not.
    assert_eq!(in_force(&first, AIR, between).await, (1, 1));
    assert_eq!(in_force(&second, AIR, between).await, (0, 1));
    let after = moment().await;
    assert_eq!(in_force(&second, AIR, after).await, (1, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_was_amended_was_in_force_until_then_and_what_amends_it_from_then() {
    const MOVED: &str = "35.4000 N 40.1760 E";
    let base = tempfile::tempdir().unwrap();
    let (first, second, _a, _b) = pair(base.path()).await;
    first.is_up().await;
    let draft = released(&first, open_now()).await;
    second
        .until("/api/notices", |all| all[0]["state"] == "active")
        .await;
    let before = moment().await;
    let mut moved = open_now();
    moved["draft"] = json!(draft);
    moved["slots"]["area"]["circle"]["centre"] = json!(MOVED);
    moved["slots"]["second-description"]["distance"] = json!("12.7 km");
    released(&first, moved).await;
    let amended = |all: &Value| {
        all.as_array()
            .unwrap()
            .iter()
            .any(|of| of["amended_by"].is_string())
    };
    second.until("/api/notices", amended).await;
    let after = moment().await;
    for screen in [&first, &second] {
        // At the old place: in force before, and that is so by what is known now too.
        assert_eq!(in_force(screen, AIR, before).await, (1, 1));
        assert_eq!(in_force(screen, AIR, after).await, (0, 0));
        // At the new one: its window was open before it was said, and nobody had said it.
        assert_eq!(in_force(screen, MOVED, before).await, (0, 0));
        assert_eq!(in_force(screen, MOVED, after).await, (1, 1));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_past_state_has_the_stop_calls_of_that_time_with_their_places_and_the_alarms_that_stood()
{
    let base = tempfile::tempdir().unwrap();
    let (first, second, _a, _b) = pair(base.path()).await;
    first.is_up().await;
    let before = moment().await;
    let place = json!({"desk": "air", "slots": {"place": "35.3304 N 40.1760 E"}});
    let (status, said) = first.post("/api/calls", place).await;
    assert_eq!(status, 200, "{said:#}");
    let placed = |all: &Value| all[0]["details"]["place"].is_object();
    let calls = second.until("/api/calls", placed).await;
    let call = calls[0]["call"].as_str().unwrap().to_owned();
    let rings = |all: &Value| {
        all.as_array()
            .unwrap()
            .iter()
            .any(|of| of["kind"] == "stop-call")
    };
    second.until("/api/alarms", rings).await;
    let during = moment().await;
    let accept = format!("/api/calls/{call}/accept");
    assert_eq!(second.post(&accept, json!({})).await.0, 200);
    second.until("/api/alarms", |all| !rings(all)).await;
    let after = moment().await;

    let at = async |at: i64| second.get(&format!("/api/state?at={at}")).await;
    let then = at(during).await;
    assert_eq!(then["calls"][0]["call"], calls[0]["call"]);
    assert_eq!(then["calls"][0]["caller"], "peer");
    assert_eq!(then["calls"][0]["phase"], "sounding");
    assert_eq!(
        then["calls"][0]["details"]["place"],
        calls[0]["details"]["place"]
    );
    // The most urgent stands first.
    assert_eq!(then["stood"][0]["kind"], "stop-call", "{then:#}");
    assert_eq!(then["stood"][0]["entry"], calls[0]["call"]);
    assert_eq!(then["stood"][0]["priority_one"], true);
    assert_eq!(
        then["alarms"].as_array().unwrap().len(),
        then["stood"].as_array().unwrap().len()
    );
    assert_eq!(at(before).await["calls"], json!([]));
    let later = at(after).await;
    assert_eq!(later["calls"][0]["phase"], "accepted", "{later:#}");
    let stood = later["stood"].as_array().unwrap();
    assert!(
        stood.iter().all(|of| of["kind"] != "stop-call"),
        "{later:#}"
    );
}
