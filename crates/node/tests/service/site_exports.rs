//! The other party's protected sites leave a node as a file by two officers, or not at all.

use crate::support::{self, Folder, Screen, http, request};
use model::code::{Desk, Role};
use node::auth::{Officers, Right};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

/// An account of the party besides `duty`, who has every desk.
fn account(folder: &Folder, name: &str, right: Right, desk: Desk, role: Role) -> String {
    let officers = Officers::in_folder(&folder.path);
    (officers.add(name.parse().unwrap(), right, vec![desk], role)).unwrap()
}

async fn asked(screen: &Screen, token: &str, path: &str, body: Value) -> (u16, Value) {
    http(screen.node.http, "POST", path, token, Some(&body)).await
}

/// Tries to take the file: status, head and body.
async fn takes(screen: &Screen, token: &str, export: &str, format: &str) -> (u16, String, Vec<u8>) {
    let path = format!("/api/site-exports/{export}/file?format={format}");
    request(
        screen.node.http,
        "POST",
        &path,
        token,
        "application/json",
        b"",
    )
    .await
}

/// The first party tells the second of a hospital, of a no-fire area around a school, and of what is no site.
async fn with_sites(first: &Screen, second: &Screen) {
    for (kind, own) in [
        ("protected-site", json!({"site": "hospital"})),
        ("no-fire-area", json!({"site": "school"})),
        ("caution-area", json!({})),
    ] {
        let mut body = support::notice();
        body["kind"] = json!(kind);
        let slots = body["slots"].as_object_mut().unwrap();
        slots.remove("air-activity");
        slots.extend(own.as_object().unwrap().clone());
        let (status, drafted) = first.post("/api/drafts", body).await;
        assert_eq!(status, 200, "{drafted:#}");
        let path = format!("/api/drafts/{}/release", drafted["draft"].as_str().unwrap());
        let terms = json!({"authority": "deconfliction", "purpose": "flight-safety"});
        let (status, said) = first
            .post(&path, json!({"lines": ["air-line"], "terms": terms}))
            .await;
        assert_eq!(status, 200, "{said:#}");
    }
    second
        .until("/api/notices", |all| all.as_array().unwrap().len() == 3)
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_peers_protected_sites_leave_as_a_file_once_by_two_officers_and_all_of_it_is_journalled()
{
    let base = tempfile::tempdir().unwrap();
    let (first, second, _a, b) = support::pair(base.path()).await;
    first.is_up().await;
    with_sites(&first, &second).await;
    let duty = second.officer.clone();
    let watch = Role::Watch;
    let shelter = account(&b, "shelter", Right::Officer, Desk::Protection, watch);
    let pilot = account(&b, "pilot", Right::Officer, Desk::Air, watch);
    let chief = account(&b, "chief", Right::Administrator, Desk::Protection, watch);
    let tongue = account(
        &b,
        "tongue",
        Right::Officer,
        Desk::Protection,
        Role::Interpreter,
    );

    // Neither another desk, nor an interpreter, nor whoever makes accounts takes any part in it.
    let body = json!({"line": "air-line", "why": "printed list for the corps"});
    for token in [&pilot, &chief, &tongue] {
        let (status, problem) = asked(&second, token, "/api/site-exports", body.clone()).await;
        assert_eq!(
            (status, &problem["code"]),
            (403, &json!("not-allowed")),
            "{problem:#}"
        );
    }
    let (status, done) = asked(&second, &duty, "/api/site-exports", body).await;
    assert_eq!(status, 200, "{done:#}");
    let export = done["export"].as_str().unwrap();
    let allow = format!("/api/site-exports/{export}/allow");

    // Not without the other, and the other is not oneself.
    let (status, _, body) = takes(&second, &duty, export, "geojson").await;
    let text = String::from_utf8(body).unwrap();
    assert!(
        status == 403 && text.contains("two officers alone"),
        "{text}"
    );
    let (status, problem) = asked(&second, &duty, &allow, json!({})).await;
    assert!(
        status == 403 && problem.to_string().contains("cannot allow it"),
        "{problem:#}"
    );
    for token in [&pilot, &chief, &tongue] {
        assert_eq!(asked(&second, token, &allow, json!({})).await.0, 403);
        assert_eq!(takes(&second, token, export, "geojson").await.0, 403);
    }
    let (status, problem) = asked(&second, &b.admin, &allow, json!({})).await;
    assert_eq!(status, 403, "{problem:#}");

    assert_eq!(asked(&second, &shelter, &allow, json!({})).await.0, 200);
    assert_eq!(takes(&second, &duty, export, "csv").await.0, 422);
    assert_eq!(takes(&second, &shelter, export, "geojson").await.0, 403);
    let (status, head, file) = takes(&second, &duty, export, "geojson").await;
    let text = String::from_utf8(file.clone()).unwrap();
    assert_eq!(status, 200, "{text}");
    assert!(head.contains("standclear-notices: 2"), "{head}");
    assert!(text.contains("hospital") && text.contains("school") && !text.contains("caution-area"));
    let (status, _, body) = takes(&second, &duty, export, "kml").await;
    let again = String::from_utf8(body).unwrap();
    assert!(
        status == 403 && again.contains("one allowance is for one export"),
        "{again}"
    );

    let shown = second.get("/api/site-exports").await;
    let one = &shown[0];
    assert_eq!(shown.as_array().unwrap().len(), 1);
    assert_eq!(
        [
            &one["state"],
            &one["by"],
            &one["answered_by"],
            &one["sites"],
            &one["lapses_at"]
        ],
        [
            &json!("carried-out"),
            &json!("duty"),
            &json!("shelter"),
            &json!(2),
            &Value::Null
        ]
    );

    // The record says who, which line, why, how many, and what left.
    let record = second.get("/api/record").await;
    let facts = record
        .as_array()
        .unwrap()
        .iter()
        .map(|record| &record["fact"]);
    let of = |fact: &Value| {
        let (name, what) = fact["event"].as_object()?.iter().next()?;
        let is = name.starts_with("Export");
        is.then(|| {
            (
                name.clone(),
                fact["by"]["Officer"].as_str().unwrap().to_owned(),
                what.clone(),
            )
        })
    };
    let steps: Vec<(String, String, Value)> = facts.filter_map(of).collect();
    let told: Vec<String> = steps
        .iter()
        .map(|(name, by, what)| format!("{name} {by} {}", what["why"].as_str().unwrap_or("-")))
        .collect();
    assert_eq!(
        told,
        [
            "ExportAsked duty printed list for the corps",
            "ExportRefused duty not-allowed",
            "ExportRefused duty own-ask",
            "ExportAllowed shelter -",
            "ExportRefused shelter other-officer",
            "ExportCarriedOut duty -",
            "ExportRefused duty over",
        ]
    );
    assert_eq!(steps[0].2["sites"], 2);
    let digest: Vec<u8> = serde_json::from_value(steps[5].2["digest"].clone()).unwrap();
    assert_eq!(digest, Sha256::digest(&file).to_vec());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_was_asked_can_be_refused_and_what_is_wrong_is_said() {
    let base = tempfile::tempdir().unwrap();
    let (first, second, _a, b) = support::pair(base.path()).await;
    first.is_up().await;
    let ask = |line: &str, why: &str| json!({"line": line, "why": why});
    let (status, problem) = second.post("/api/site-exports", ask("air-line", "x")).await;
    assert!(
        status == 422 && problem.to_string().contains("no protected site"),
        "{problem:#}"
    );
    with_sites(&first, &second).await;
    for (body, status) in [
        (ask("air-line", ""), 422),
        (ask("other", "x"), 404),
        (json!({"line": "air-line"}), 422),
    ] {
        assert_eq!(second.post("/api/site-exports", body).await.0, status);
    }
    let unknown = "0".repeat(32);
    for step in ["allow", "refuse", "file?format=kml"] {
        let path = format!("/api/site-exports/{unknown}/{step}");
        assert_eq!(second.post(&path, json!({})).await.0, 404);
    }
    let (_, done) = second.post("/api/site-exports", ask("air-line", "x")).await;
    let export = done["export"].as_str().unwrap();
    let shelter = account(&b, "shelter", Right::Officer, Desk::Protection, Role::Watch);
    let path = format!("/api/site-exports/{export}/refuse");
    assert_eq!(asked(&second, &shelter, &path, json!({})).await.0, 200);
    assert_eq!(asked(&second, &shelter, &path, json!({})).await.0, 422);
    assert_eq!(takes(&second, &second.officer, export, "kml").await.0, 403);
    let shown = second.get("/api/site-exports").await;
    assert_eq!(
        (&shown[0]["state"], &shown[0]["answered_by"]),
        (&json!("refused"), &json!("shelter"))
    );
}
