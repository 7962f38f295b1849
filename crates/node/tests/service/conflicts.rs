//! What a plan is told before anything of it is released.

use crate::support::{self, Folder, Screen, folder};
use serde_json::{Value, json};

async fn alone() -> (tempfile::TempDir, Screen, Folder) {
    let base = tempfile::tempdir().unwrap();
    let a = folder(base.path(), "coalition");
    support::configure(&a, "\"127.0.0.1:0\"", &[]);
    let screen = Screen::start(&a).await;
    (base, screen, a)
}

fn polygon(corners: &[&str]) -> Value {
    let from = node::clock::now().as_unix_ms();
    json!({"kind": "air-activity", "slots": {
        "area": {"polygon": corners},
        "band": "SFC to 3000 ft MSL",
        "window": {"from": from, "until": from + 3_600_000},
    }})
}

const SQUARE: [&str; 4] = [
    "35.33 N 40.14 E",
    "35.33 N 40.16 E",
    "35.35 N 40.16 E",
    "35.35 N 40.14 E",
];

fn crossing() -> Value {
    let [a, b, c, d] = SQUARE;
    polygon(&[a, c, b, d])
}

async fn check(screen: &Screen, volumes: Value) -> (u16, Value) {
    let body = json!({"volumes": volumes});
    screen.post("/api/conflicts/check", body).await
}

/// No conflicts is not the answer to what could not be compared with anything.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_plan_that_cannot_be_drawn_is_refused_whether_anything_is_declared_or_not() {
    let refused = |(status, problem): (u16, Value), volume: &str| {
        let told = problem["detail"].as_str().unwrap().to_owned();
        assert_eq!(status, 422, "{problem:#}");
        assert!(told.contains("crosses or touches itself"), "{told}");
        assert!(told.starts_with(volume), "{told}");
    };
    // Without a line at all.
    let (_base, screen, _a) = alone().await;
    refused(check(&screen, json!([crossing()])).await, "the polygon");
    let (status, checked) = check(&screen, json!([polygon(&SQUARE)])).await;
    assert_eq!((status, &checked["conflicts"]), (200, &json!([])));
    drop(screen);

    let base = tempfile::tempdir().unwrap();
    let (first, second, _a, _b) = support::pair(base.path()).await;
    first.is_up().await;
    // With a line and nothing declared; also of what has no time yet.
    let mut timeless = crossing();
    timeless["slots"].as_object_mut().unwrap().remove("window");
    refused(check(&first, json!([timeless])).await, "the polygon");
    let volumes = json!([polygon(&SQUARE), crossing()]);
    refused(check(&first, volumes.clone()).await, "volume 1");
    // With something declared there.
    let (_, drafted) = second.post("/api/drafts", support::notice()).await;
    let path = format!("/api/drafts/{}/release", drafted["draft"].as_str().unwrap());
    let terms = json!({"authority": "deconfliction", "purpose": "flight-safety"});
    let body = json!({"lines": ["air-line"], "terms": terms});
    assert_eq!(second.post(&path, body).await.0, 200);
    first
        .until("/api/notices", |all| all.as_array().unwrap().len() == 1)
        .await;
    refused(check(&first, volumes).await, "volume 1");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_plan_whose_heights_cannot_be_compared_or_whose_draft_is_gone_is_refused() {
    let base = tempfile::tempdir().unwrap();
    let (first, _second, _a, _b) = support::pair(base.path()).await;
    let mut above_ground = polygon(&SQUARE);
    above_ground["slots"]["band"] = json!("SFC to 500 ft AGL");
    let (status, problem) = check(&first, json!([above_ground])).await;
    let told = problem["detail"].as_str().unwrap();
    assert!(
        status == 422 && told.contains("height of the ground"),
        "{problem:#}"
    );
    let gone = json!([{"draft": "0".repeat(32)}]);
    let (status, problem) = check(&first, gone).await;
    assert_eq!(
        (status, &problem["code"]),
        (404, &json!("unknown")),
        "{problem:#}"
    );
}
