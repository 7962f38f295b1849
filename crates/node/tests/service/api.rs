//! Every refusal says what happened and what to do.

use crate::support::{self, Screen, request};
use serde_json::{Value, json};

async fn refused(
    screen: &Screen,
    method: &str,
    path: &str,
    kind: &str,
    body: &str,
) -> (u16, Value) {
    let officer = &screen.officer;
    refused_to(screen, officer, method, path, kind, body).await
}

async fn refused_to(
    screen: &Screen,
    token: &str,
    method: &str,
    path: &str,
    kind: &str,
    body: &str,
) -> (u16, Value) {
    let answer = request(screen.node.http, method, path, token, kind, body.as_bytes());
    let (status, head, body) = answer.await;
    let text = String::from_utf8_lossy(&body);
    assert!(
        head.contains("application/problem+json"),
        "{method} {path}: {head}\n{text}"
    );
    let problem: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(problem["status"], status, "{problem:#}");
    for member in ["type", "title", "detail", "code"] {
        assert!(!problem[member].as_str().unwrap().is_empty(), "{problem:#}");
    }
    (status, problem)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_refusal_is_a_problem_with_a_sentence() {
    let base = tempfile::tempdir().unwrap();
    let (first, _second, _a, _b) = support::pair(base.path()).await;
    let json = "application/json";
    for (method, path, kind, body, status, code) in [
        ("POST", "/api/calls", json, "{", 400, "not-json"),
        ("POST", "/api/calls", json, "", 400, "not-json"),
        (
            "POST",
            "/api/calls",
            json,
            "{\"desk\":\"air\",\"x\":1}",
            422,
            "not-as-described",
        ),
        (
            "POST",
            "/api/calls",
            json,
            "{\"desk\":7}",
            422,
            "not-as-described",
        ),
        (
            "POST",
            "/api/calls",
            json,
            "{\"desk\":\"sea\"}",
            422,
            "invalid",
        ),
        ("POST", "/api/calls", "text/plain", "{}", 415, "wrong-kind"),
        ("PUT", "/api/calls", json, "{}", 405, "no-such-method"),
        ("GET", "/api/nothing", json, "", 404, "no-such-path"),
        ("GET", "/nothing", json, "", 404, "no-such-path"),
        ("GET", "/api/record?from=-1", json, "", 400, "bad-question"),
        ("GET", "/api/record?x=1", json, "", 400, "bad-question"),
        ("GET", "/api/state", json, "", 400, "bad-question"),
        ("GET", "/api/calls/%FF", json, "", 400, "bad-question"),
        ("GET", "/api/calls/x", json, "", 422, "invalid"),
        ("GET", "/api/events", json, "", 426, "no-websocket"),
        (
            "POST",
            "/api/lines/nowhere/checks",
            json,
            "{\"desk\":\"air\"}",
            404,
            "unknown",
        ),
        (
            "DELETE",
            "/api/drafts/00000000000000000000000000000001",
            json,
            "",
            422,
            "invalid",
        ),
        ("POST", "/api/admin/epoch", json, "{}", 403, "not-allowed"),
    ] {
        let (found, problem) = refused(&first, method, path, kind, body).await;
        assert_eq!(
            (found, problem["code"].as_str()),
            (status, Some(code)),
            "{method} {path} {body}: {problem:#}"
        );
    }
    let large = "x".repeat(node::http::given::MAX_BODY + 1);
    let (status, problem) = refused(&first, "POST", "/api/calls", json, &large).await;
    assert_eq!((status, problem["code"].as_str()), (413, Some("too-large")));
    let (_, problem) = refused(
        &first,
        "POST",
        "/api/calls",
        json,
        "{\"desk\":\"air\",\"x\":1}",
    )
    .await;
    assert!(
        problem["detail"]
            .as_str()
            .unwrap()
            .contains("unknown field `x`"),
        "{problem:#}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_wrong_token_for_the_metrics_is_told_how_to_get_one() {
    let base = tempfile::tempdir().unwrap();
    let (first, _second, _a, _b) = support::pair(base.path()).await;
    let (status, problem) =
        refused_to(&first, "nobody", "GET", "/metrics", "application/json", "").await;
    assert_eq!(status, 401);
    let text = problem["detail"].as_str().unwrap();
    assert!(
        text.contains("standclear officer add NAME --right metrics"),
        "{text}"
    );
    let (status, problem) = refused(&first, "GET", "/metrics", "application/json", "").await;
    assert_eq!(
        (status, problem["code"].as_str()),
        (403, Some("not-allowed")),
        "an officer's is no metrics token"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_denied_release_is_refused_and_names_the_authorities_that_could_let_it_go() {
    let base = tempfile::tempdir().unwrap();
    let (first, _second, _a, _b) = support::pair(base.path()).await;
    first.is_up().await;
    let (_, drafted) = first.post("/api/drafts", support::notice()).await;
    let path = format!("/api/drafts/{}/release", drafted["draft"].as_str().unwrap());
    let under = |authority: &str| {
        let terms = json!({"authority": authority, "purpose": "flight-safety"});
        json!({"lines": ["air-line"], "terms": terms})
    };
    let (status, problem) = first.post(&path, under("counsel")).await;
    assert_eq!(
        (status, problem["code"].as_str()),
        (403, Some("release-denied")),
        "{problem:#}"
    );
    assert_eq!(
        problem["released"][0]["authorities"],
        json!(["deconfliction"]),
        "{problem:#}"
    );
    assert_eq!(
        problem["released"][0]["because"],
        json!(["rules:authority"]),
        "{problem:#}"
    );
    let text = problem["detail"].as_str().unwrap();
    assert!(
        text.contains("no authority `counsel`") && text.contains("there are deconfliction"),
        "{text}"
    );
    let (status, released) = first.post(&path, under("deconfliction")).await;
    assert_eq!(status, 200, "{released:#}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_release_that_a_rule_forbids_tells_the_officer_what_that_rule_advises() {
    let base = tempfile::tempdir().unwrap();
    let (first, second, a, _b) = support::pair(base.path()).await;
    assert!(first.node.stop().await && second.node.stop().await);
    let shipped = release::RuleSet::shipped().unwrap();
    let advised = "ask the duty legal adviser, who can lift it for a day";
    let rules = format!(
        "{}\n@id(\"no-transits\") @advice(\"{advised}\")\nforbid (principal, action == Action::\"send\", \
         resource == Notice::\"air-activity\");\n",
        shipped.text()
    );
    std::fs::write(a.path.join("rules.cedar"), rules).unwrap();
    let version = |text: &str| text.replace("version = 4", "version = 5");
    std::fs::write(a.path.join("rules.toml"), version(shipped.metadata_text())).unwrap();
    let first = Screen::start(&a).await;
    let (_, drafted) = first.post("/api/drafts", support::notice()).await;
    let path = format!("/api/drafts/{}/release", drafted["draft"].as_str().unwrap());
    let terms = json!({"authority": "deconfliction", "purpose": "flight-safety"});
    let (status, problem) = first
        .post(&path, json!({"lines": ["air-line"], "terms": terms}))
        .await;
    assert_eq!(status, 403, "{problem:#}");
    assert_eq!(problem["released"][0]["because"], json!(["no-transits"]));
    let why = problem["released"][0]["why"][0].as_str().unwrap();
    assert!(
        why.contains("no-transits") && why.ends_with(advised),
        "{why}"
    );
    assert!(
        problem["detail"].as_str().unwrap().contains(advised),
        "{problem:#}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_is_no_notice_is_refused_with_the_kinds_that_are() {
    let base = tempfile::tempdir().unwrap();
    let (first, _second, _a, _b) = support::pair(base.path()).await;
    for none in ["strike", "stop-call", "answer"] {
        let body = json!({"kind": none, "desk": "air", "slots": {}});
        let (status, problem) = first.post("/api/drafts", body).await;
        assert_eq!(status, 422, "{problem:#}");
        let text = problem["detail"].as_str().unwrap();
        for kind in model::kind::Kind::NOTICES {
            assert!(text.contains(kind.name()), "{text} lacks {kind}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_stop_call_goes_on_the_lines_that_are_there_whatever_else_is_named() {
    let base = tempfile::tempdir().unwrap();
    let (first, second, _a, _b) = support::pair(base.path()).await;
    first.is_up().await;
    let body = json!({"desk": "air", "lines": ["no-such-line", "air-line"]});
    let (status, answer) = first.post("/api/calls", body).await;
    assert_eq!(status, 200, "{answer:#}");
    let stopped = answer["stopped"].as_array().unwrap();
    assert_eq!(stopped.len(), 2, "{answer:#}");
    assert_eq!(
        stopped.iter().filter(|on| on["on_its_way"] == true).count(),
        1,
        "{answer:#}"
    );
    let refused = stopped.iter().find(|on| on["refused"].is_string()).unwrap();
    assert_eq!(refused["on_its_way"], false, "{answer:#}");
    second
        .until("/api/calls", |calls| calls[0]["caller"] == "peer")
        .await;
    let (status, problem) = first
        .post(
            "/api/calls",
            json!({"desk": "air", "lines": ["no-such-line"]}),
        )
        .await;
    assert_eq!(status, 404, "{problem:#}");
}

#[test]
fn the_description_names_every_path_once_and_the_problem() {
    let described = serde_json::to_value(node::http::openapi::describe()).unwrap();
    let operations: usize = (described["paths"].as_object().unwrap().values())
        .map(|path| path.as_object().unwrap().len())
        .sum();
    assert!(operations >= 48, "{operations}");
    assert!(described["components"]["schemas"]["Problem"]["properties"]["detail"].is_object());
    let mut names = std::collections::BTreeSet::new();
    for (name, path) in described["paths"].as_object().unwrap() {
        for (method, operation) in path.as_object().unwrap() {
            let called = operation["operationId"].as_str().unwrap();
            assert!(names.insert(called.to_owned()), "{called} twice: {name}");
            let refusal = &operation["responses"]["default"]["content"];
            assert!(
                refusal["application/problem+json"].is_object(),
                "{method} {name}"
            );
            let open = [
                "/healthz",
                "/api/sessions",
                "/api/unit/telephone",
                "/api/wall/screen",
            ];
            let open = open.contains(&name.as_str());
            assert_eq!(operation["security"].is_array(), !open, "{method} {name}");
        }
    }
}
