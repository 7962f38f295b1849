//! On the record: a claim of one side and the answers of the other, warnings, evidence that stays at home, and what the
//! record of each side holds of it.

use crate::support::{self, Screen, request};
use node::clock::now;
use serde_json::{Value, json};

fn terms() -> Value {
    json!({"authority": "deconfliction", "purpose": "flight-safety"})
}

/// The last half hour.
fn lately() -> Value {
    let until = now().as_unix_ms();
    json!({"from": until - 1_800_000, "until": until})
}

fn strike(more: Value) -> Value {
    let mut slots = json!({
        "claim": "strike-on-forces", "certainty": "probable", "whose": "the government's air force",
        "area": {"circle": {"centre": "35.3304 N 40.1760 E", "radius": "2 km"}},
        "second-description": {"reference": "airfield", "bearing": "0", "distance": "5.0 km"},
        "precision": "100 m", "window": lately(),
    });
    let fields = slots.as_object_mut().unwrap();
    for (name, value) in more.as_object().unwrap() {
        fields.insert(name.clone(), value.clone());
    }
    json!({"line": "air-line", "desk": "air", "slots": slots, "terms": terms()})
}

fn presence() -> Value {
    json!({"line": "air-line", "desk": "air", "terms": terms(), "slots": {
        "warning": "presence-of-forces", "level": "three-star", "whose": "special forces",
    }})
}

fn said(body: &Value) -> String {
    let entry = body["said"][0].as_str();
    let entry = entry.or_else(|| body["released"][0]["entry"].as_str());
    entry.unwrap_or_else(|| panic!("{body:#}")).to_owned()
}

fn theirs(entry: &str) -> String {
    match entry.contains(".own.") {
        true => entry.replace(".own.", ".peer."),
        false => entry.replace(".peer.", ".own."),
    }
}

async fn must(screen: &Screen, path: &str, body: Value) -> Value {
    let (status, answer) = screen.post(path, body).await;
    assert_eq!(status, 200, "{path}: {answer:#}");
    answer
}

/// The first claim that `screen` shows, once it is `wished`.
async fn first_of(screen: &Screen, path: &str, wished: impl Fn(&Value) -> bool) -> Value {
    let all = screen
        .until(path, |all| !all[0].is_null() && wished(&all[0]))
        .await;
    all[0].clone()
}

async fn alarms(screen: &Screen, kind: &str, stands: bool) {
    let has = |all: &Value| {
        let all = all.as_array().unwrap().iter();
        all.clone().any(|alarm| alarm["kind"] == kind)
    };
    screen.until("/api/alarms", |all| has(all) == stands).await;
}

async fn added(screen: &Screen, kind: &str, bytes: &[u8]) -> (u16, Value) {
    let answer = request(
        screen.node.http,
        "POST",
        "/api/evidence",
        &screen.officer,
        kind,
        bytes,
    )
    .await;
    let body = serde_json::from_slice(&answer.2).unwrap();
    (answer.0, body)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_claim_and_its_answers_stand_beside_each_other_on_both_sides() {
    let base = tempfile::tempdir().unwrap();
    let (first, second, _a, _b) = support::pair(base.path()).await;
    first.is_up().await;
    let preview = must(&first, "/api/claims/preview", strike(json!({}))).await;
    assert_eq!(preview[0]["received"]["slots"]["claim"], "strike-on-forces");
    assert_eq!(
        first.get("/api/claims").await,
        json!([]),
        "nothing was said by it"
    );
    let entry = said(&must(&first, "/api/claims", strike(json!({}))).await);
    let there = theirs(&entry);
    let heard = first_of(&second, "/api/claims", |_| true).await;
    assert_eq!(
        [&heard["entry"], &heard["from"]],
        [&json!(there), &json!("peer")]
    );
    assert_eq!(heard["slots"]["whose"], "the government's air force");
    assert_eq!(heard["answer"], Value::Null, "none is inferred");
    assert_eq!(
        heard["due"].as_i64().unwrap() - heard["sent_at"].as_i64().unwrap(),
        86_400_000
    );
    alarms(&second, "claim-to-read", true).await;

    let path = |what: &str| format!("/api/claims/{there}/{what}");
    must(&second, &path("displayed"), json!({})).await;
    alarms(&second, "claim-to-read", false).await;
    must(&second, &path("answer"), json!({"answer": "under-review"})).await;
    must(
        &second,
        &path("answer"),
        json!({"answer": "not-ours", "name": "Maj Orlov"}),
    )
    .await;
    let seen = first_of(&first, "/api/claims", |of| of["answer"] == "not-ours").await;
    let given: Vec<&Value> = seen["answers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|of| &of["answer"])
        .collect();
    assert_eq!(given, ["under-review", "not-ours"]);
    assert_eq!(seen["answers"][1]["name"], "Maj Orlov");
    assert_eq!(
        seen["answers"][1]["by"],
        Value::Null,
        "their accounts are theirs"
    );
    assert!(seen["displayed"].is_i64());

    // Each side's own; the other's is not to be answered or withdrawn.
    let own = format!("/api/claims/{entry}/answer");
    let (status, refused) = first.post(&own, json!({"answer": "accepted"})).await;
    assert_eq!(status, 422, "{refused:#}");
    let (status, _) = second
        .post(&path("withdraw"), json!({"reason": "finished"}))
        .await;
    assert_eq!(status, 422);
    // Free text is not agreed on this line.
    let words = json!({"text": "no", "language": "en", "terms": terms()});
    let spoken = json!({"answer": "not-accepted", "words": words});
    let (status, refused) = second.post(&path("answer"), spoken).await;
    assert_eq!(status, 422);
    assert!(
        refused["detail"].as_str().unwrap().contains("no free text"),
        "{refused:#}"
    );

    let withdraw = format!("/api/claims/{entry}/withdraw");
    must(&first, &withdraw, json!({"reason": "given-in-error"})).await;
    let over = first_of(&second, "/api/claims", |of| of["state"] == "withdrawn").await;
    assert_eq!(
        over["answers"].as_array().unwrap().len(),
        2,
        "what was said stays"
    );
    let (status, refused) = second
        .post(&path("answer"), json!({"answer": "accepted"}))
        .await;
    assert_eq!(status, 422, "{refused:#}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_a_claim_lacks_or_says_of_the_future_is_refused_in_the_readers_language() {
    let base = tempfile::tempdir().unwrap();
    let (first, _second, _a, _b) = support::pair(base.path()).await;
    first.is_up().await;
    let until = now().as_unix_ms() + 3_600_000;
    let future = strike(json!({"window": {"from": until - 60_000, "until": until}}));
    for (wrong, why) in [
        (future, "has not come"),
        (strike(json!({"certainty": null})), "lacks its certainty"),
        (
            strike(json!({"area": null, "precision": null, "second-description": null})),
            "say where",
        ),
        (strike(json!({"second-description": null})), "a second time"),
        (
            strike(
                json!({"second-description": {"reference": "airfield", "bearing": "180", "distance": "5.0 km"}}),
            ),
            "are 9.99 km apart",
        ),
        (strike(json!({"subject": "x"})), "leave it out"),
        (
            strike(json!({"evidence": ["../node.toml"]})),
            "no hash of a file",
        ),
        (
            strike(json!({"evidence": ["ab".repeat(32)]})),
            "add it first",
        ),
        (
            strike(json!({"evidence": vec!["ab".repeat(32); 17]})),
            "holds 17",
        ),
    ] {
        let (status, refused) = first.post("/api/claims", wrong).await;
        let detail = refused["detail"].as_str().unwrap().to_owned();
        assert_eq!(status, 422, "{detail}");
        let english = detail.contains(why) || refused.to_string().contains(why);
        assert!(english, "{why}: {detail}");
    }
    let rules = json!({"authority": "nobody", "purpose": "flight-safety"});
    let mut denied = strike(json!({}));
    denied["terms"] = rules;
    let (status, refused) = first.post("/api/claims", denied).await;
    assert_eq!(status, 403, "{refused:#}");
    assert_eq!(
        refused["released"][0]["authorities"],
        json!(["deconfliction"])
    );
    assert_eq!(first.get("/api/claims").await, json!([]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_warning_alarms_until_it_is_received_and_can_be_agreed_to_by_nobody() {
    let base = tempfile::tempdir().unwrap();
    let (first, second, _a, _b) = support::pair(base.path()).await;
    first.is_up().await;
    let entry = said(&must(&first, "/api/warnings", presence()).await);
    let there = theirs(&entry);
    let heard = first_of(&second, "/api/warnings", |_| true).await;
    assert_eq!(heard["slots"]["level"], "three-star");
    alarms(&second, "warning-to-acknowledge", true).await;
    let (status, refused) = second
        .post(
            &format!("/api/claims/{there}/answer"),
            json!({"answer": "accepted"}),
        )
        .await;
    assert_eq!(status, 404, "{refused:#}");
    let path = format!("/api/warnings/{there}/received");
    let (status, refused) = second.post(&path, json!({"answer": "accepted"})).await;
    assert_eq!(status, 422, "there is no room for an answer: {refused:#}");
    must(&second, &path, json!({"name": "Maj Orlov"})).await;
    alarms(&second, "warning-to-acknowledge", false).await;
    let seen = first_of(&first, "/api/warnings", |of| !of["received"].is_null()).await;
    assert_eq!(seen["received"]["name"], "Maj Orlov");
    assert_eq!(seen["received"]["answer"], Value::Null);
    let (status, _) = second.post(&path, json!({})).await;
    assert_eq!(status, 422, "once is enough");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn evidence_stays_at_home_and_is_named_by_its_hash() {
    let base = tempfile::tempdir().unwrap();
    let (first, second, a, b) = support::pair(base.path()).await;
    first.is_up().await;
    let photo = [&b"\xff\xd8\xff\xe0"[..], &[7; 900]].concat();
    let (status, kept) = added(&first, "image/jpeg", &photo).await;
    assert_eq!(status, 200, "{kept:#}");
    assert_eq!(kept["size"], 904);
    let digest = kept["digest"].as_str().unwrap().to_owned();
    let (status, lie) = added(&first, "application/pdf", &photo).await;
    assert_eq!(status, 422, "{lie:#}");
    assert!(
        lie["detail"]
            .as_str()
            .unwrap()
            .contains("those of `image/jpeg`"),
        "{lie:#}"
    );
    let (status, unknown) = added(&first, "text/plain", b"\x7fELF\0\0").await;
    assert_eq!(status, 422, "{unknown:#}");
    must(&first, "/api/claims", strike(json!({"evidence": [digest]}))).await;
    let heard = first_of(&second, "/api/claims", |_| true).await;
    assert_eq!(heard["slots"]["evidence"][0], kept);
    assert!(
        a.path
            .join("evidence")
            .join(format!("{digest}.jpg"))
            .is_file()
    );
    assert!(
        !b.path.join("evidence").exists(),
        "the file is nowhere else"
    );
    let path = format!("/api/evidence/{digest}");
    let got = request(first.node.http, "GET", &path, &first.officer, "", b"").await;
    assert_eq!((got.0, got.2), (200, photo));
    let gone = request(second.node.http, "GET", &path, &second.officer, "", b"").await;
    assert_eq!(gone.0, 404);
    for bad in ["..%2Fnode.toml", "node.toml"] {
        let path = format!("/api/evidence/{bad}");
        let answer = request(first.node.http, "GET", &path, &first.officer, "", b"").await;
        assert_eq!(answer.0, 422, "{bad}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_context_of_a_claim_tells_what_each_side_had_been_told_and_when() {
    let base = tempfile::tempdir().unwrap();
    let (first, second, _a, _b) = support::pair(base.path()).await;
    first.is_up().await;
    // A notice of ours there and then; one elsewhere; a stop call there, and a claim about it all.
    let mut notice = support::notice();
    notice["slots"]["window"] =
        json!({"from": now().as_unix_ms() - 3_600_000, "until": now().as_unix_ms() + 3_600_000});
    notice["slots"]["label"] = json!("PATROL 4");
    let mut elsewhere = notice.clone();
    elsewhere["slots"]["area"] =
        json!({"circle": {"centre": "35.1304 N 40.1760 E", "radius": "2 km"}});
    elsewhere["slots"]["second-description"] =
        json!({"reference": "airfield", "bearing": "180", "distance": "17.2 km"});
    for notice in [notice, elsewhere] {
        let drafted = must(&first, "/api/drafts", notice).await;
        let path = format!("/api/drafts/{}/release", drafted["draft"].as_str().unwrap());
        must(
            &first,
            &path,
            json!({"lines": ["air-line"], "terms": terms()}),
        )
        .await;
    }
    let there = second
        .until("/api/notices", |all| all.as_array().unwrap().len() == 2)
        .await;
    let patrol = there.as_array().unwrap().iter();
    let patrol = patrol.clone().find(|of| {
        of["slots"]["label"] == "PATROL 4"
            && of["slots"]["area"]["circle"]["centre"]["latitude_e7"] == 353_304_000
    });
    let patrol = patrol.unwrap()["entry"].as_str().unwrap().to_owned();
    must(
        &second,
        &format!("/api/notices/{patrol}/displayed"),
        json!({}),
    )
    .await;
    let answer = json!({"answer": "no-objection"});
    must(&second, &format!("/api/notices/{patrol}/answer"), answer).await;
    must(
        &second,
        "/api/calls",
        json!({"desk": "air", "slots": {"place": "35.3310 N 40.1770 E"}}),
    )
    .await;
    first.until("/api/calls", |all| !all[0].is_null()).await;
    let entry = said(&must(&second, "/api/claims", strike(json!({}))).await);
    first_of(&first, "/api/claims", |_| true).await;
    first
        .until("/api/notices", |all| {
            let all = all.as_array().unwrap().iter();
            all.clone().any(|of| of["answer"] == "no-objection")
        })
        .await;

    for (screen, claim, notice_from) in [
        (&first, theirs(&entry), "own"),
        (&second, entry.clone(), "peer"),
    ] {
        let around = screen.get(&format!("/api/claims/{claim}/context")).await;
        let items = around["items"].as_array().unwrap();
        let what: Vec<&str> = items
            .iter()
            .map(|of| of["what"].as_str().unwrap())
            .collect();
        assert_eq!(what, ["notice", "stop-call"], "{around:#}");
        assert_eq!(items[0]["label"], "PATROL 4");
        assert_eq!(items[0]["from"], notice_from);
        let step = |name: &str| {
            let steps = items[0]["steps"].as_array().unwrap().iter();
            let found = steps.clone().find(|of| of["step"] == name);
            found
                .unwrap_or_else(|| panic!("{name}: {around:#}"))
                .clone()
        };
        // Whose clock says so: the sender's own, and the reader's own.
        assert_eq!(step("sent")["clock"], notice_from);
        let reader = if notice_from == "own" { "peer" } else { "own" };
        for name in ["displayed", "answered"] {
            assert_eq!(step(name)["clock"], reader, "{name}");
            assert_eq!(step(name)["when"], "during");
        }
        assert_eq!(step("answered")["code"], "no-objection");
    }
    // It is asked of a claim alone, and by nobody of an element; and nothing of it is journalled.
    let before = first.get("/api/record").await.as_array().unwrap().len();
    let path = format!("/api/claims/{}/context", theirs(&entry));
    first.get(&path).await;
    assert_eq!(
        first.get("/api/record").await.as_array().unwrap().len(),
        before
    );
    let nowhere = patrol.replace(".peer.", ".own.");
    let path = format!("/api/claims/{nowhere}/context");
    let answer = request(first.node.http, "GET", &path, &first.officer, "", b"").await;
    assert_eq!(answer.0, 404);
}
