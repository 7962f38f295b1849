//! What the console stands on: its page, the map below it, the session in a cookie, the events.

use crate::support::socket::Socket;
use crate::support::{self, Screen, http, read_answer, request};
use node::auth::Officers;
use serde_json::json;
use std::path::Path;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

async fn asked(
    screen: &Screen,
    method: &str,
    path: &str,
    headers: &[String],
) -> (u16, String, Vec<u8>) {
    let host = screen.node.http;
    let headers: String = headers
        .iter()
        .map(|header| format!("{header}\r\n"))
        .collect();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Length: 0\r\n{headers}\r\n"
    );
    let mut stream = TcpStream::connect(host).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    read_answer(&mut stream).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_stranger_gets_the_page_and_nothing_of_the_party() {
    let base = tempfile::tempdir().unwrap();
    let (first, _second, _a, _b) = support::pair(base.path()).await;
    let (status, head, body) = asked(&first, "GET", "/", &[]).await;
    assert_eq!(status, 200);
    assert!(
        head.contains("content-security-policy: default-src 'none'"),
        "{head}"
    );
    let page = String::from_utf8(body).unwrap();
    assert!(page.contains("<title>Standclear</title>"), "{page}");
    for secret in ["coalition", "federation", "air-line"] {
        assert!(!page.contains(secret), "{page}");
    }
    for path in ["/tiles/0/0/0", "/api/arrangements", "/api/me"] {
        assert_eq!(asked(&first, "GET", path, &[]).await.0, 401, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_map_is_served_tile_by_tile_packed_for_whoever_can_unpack_it() {
    let base = tempfile::tempdir().unwrap();
    let (first, _second, _a, _b) = support::pair(base.path()).await;
    let bearer = format!("Authorization: Bearer {}", first.officer);
    let tile = |path: &'static str, more: &str| {
        let headers = [bearer.clone(), more.to_owned()];
        let first = &first;
        async move { asked(first, "GET", path, &headers).await }
    };
    let (status, head, packed) = tile("/tiles/9/313/202", "Accept-Encoding: gzip").await;
    assert_eq!(status, 200, "{head}");
    assert!(head.contains("content-encoding: gzip"), "{head}");
    assert!(
        head.contains("application/vnd.mapbox-vector-tile"),
        "{head}"
    );
    assert_eq!(packed[..2], [0x1f, 0x8b]);
    let (status, head, plain) = tile("/tiles/9/313/202", "Accept: */*").await;
    assert_eq!(status, 200);
    assert!(!head.contains("content-encoding"), "{head}");
    assert!(plain.len() > packed.len());
    assert_eq!(tile("/tiles/9/10/202", "Accept: */*").await.0, 204);
    for no_tile in ["/tiles/9/x/202", "/tiles/900/1/1", "/tiles/9/-1/1"] {
        let kind = "application/json";
        let answer = request(first.node.http, "GET", no_tile, &first.officer, kind, b"").await;
        assert_eq!(answer.0, 400, "{no_tile}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_cookie_acts_for_this_nodes_own_page_and_for_no_other() {
    let base = tempfile::tempdir().unwrap();
    let (first, _second, a, _b) = support::pair(base.path()).await;
    let own = format!("http://{}", first.node.http);
    let code = Officers::in_folder(&a.path)
        .link("duty".parse().unwrap())
        .unwrap();
    let body = json!({"code": code}).to_string();
    let head = format!(
        "POST /api/sessions HTTP/1.1\r\nHost: {}\r\nOrigin: {own}\r\nConnection: close\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        first.node.http,
        body.len()
    );
    let mut stream = TcpStream::connect(first.node.http).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    let (status, head, _) = read_answer(&mut stream).await;
    assert_eq!(status, 200, "{head}");
    let set = head
        .lines()
        .find_map(|line| line.strip_prefix("set-cookie: "))
        .unwrap();
    assert!(
        set.contains("HttpOnly") && set.contains("SameSite=Strict"),
        "{set}"
    );
    let port = first.node.http.port();
    assert!(set.starts_with(&format!("standclear-{port}=")), "{set}");
    let cookie = format!("Cookie: {}", set.split(';').next().unwrap());

    let from = |origin: &str| format!("Origin: {origin}");
    let upgrade = [
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    ];
    let me = asked(&first, "GET", "/api/me", std::slice::from_ref(&cookie)).await;
    assert_eq!(me.0, 200);
    for (origin, act, listen) in [
        (own.as_str(), 200, 101),
        ("http://127.0.0.1:1", 401, 401),
        ("https://elsewhere.example", 401, 401),
        ("null", 401, 401),
    ] {
        let headers = [cookie.clone(), from(origin)];
        let (status, _, _) = asked(&first, "POST", "/api/watch/air", &headers).await;
        assert_eq!(status, act, "{origin}");
        let mut headers = headers.to_vec();
        headers.extend(upgrade.map(str::to_owned));
        let (status, _) = upgraded(&first, &headers).await;
        assert_eq!(status, listen, "{origin}");
    }
    let silent = asked(&first, "POST", "/api/watch/air", &[cookie]).await;
    assert_eq!(
        silent.0, 401,
        "a browser says its origin with whatever changes something"
    );
}

/// Status of a request that may become a socket, which never ends by itself.
async fn upgraded(screen: &Screen, headers: &[String]) -> (u16, String) {
    use tokio::io::AsyncReadExt as _;
    let host = screen.node.http;
    let headers = headers.join("\r\n");
    let head = format!("GET /api/events HTTP/1.1\r\nHost: {host}\r\n{headers}\r\n\r\n");
    let mut stream = TcpStream::connect(host).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\n") {
        answer.push(stream.read_u8().await.unwrap());
    }
    let head = String::from_utf8(answer).unwrap();
    (head[9..12].parse().unwrap(), head)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_page_that_speaks_on_its_socket_is_answered_at_once() {
    let base = tempfile::tempdir().unwrap();
    let (first, _second, _a, _b) = support::pair(base.path()).await;
    let mut socket = Socket::open(first.node.http, &first.officer, "")
        .await
        .unwrap();
    socket.ready().await;
    socket.say("there?").await;
    socket.until(|told| told["type"] == "here").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_typed_position_is_echoed_and_an_ambiguous_one_refused() {
    let base = tempfile::tempdir().unwrap();
    let (first, _second, _a, _b) = support::pair(base.path()).await;
    let (status, read) = first
        .post("/api/positions", json!({"text": "37S FV 0370 0191"}))
        .await;
    assert_eq!(status, 200, "{read:#}");
    assert_eq!(read["form"], "mgrs");
    assert_eq!(read["datum"], "wgs-84");
    assert_eq!(read["place"]["mgrs"], "37S FV 0370 0191");
    let decimal = read["place"]["decimal"].as_str().unwrap();
    assert!(decimal.starts_with("35.25"), "{decimal}");
    let (_, read) = first
        .post("/api/positions", json!({"text": "35°15,30' N 40°08,40' E"}))
        .await;
    assert_eq!(read["form"], "decimal_minutes");
    for unclear in ["somewhere", "35,3359,40,1459", ""] {
        let (status, refused) = first.post("/api/positions", json!({"text": unclear})).await;
        assert_eq!(status, 422, "{refused:#}");
        assert!(
            refused["detail"].as_str().unwrap().len() > 10,
            "{refused:#}"
        );
    }
    let long = json!({"text": "3".repeat(5_000)});
    let (status, _) = first.post("/api/positions", long).await;
    assert_eq!(status, 413);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_screen_is_told_what_was_agreed_on_each_line() {
    let base = tempfile::tempdir().unwrap();
    let (first, second, _a, _b) = support::pair(base.path()).await;
    let agreed = first.get("/api/arrangements").await;
    let line = &agreed[0];
    assert_eq!(
        (&line["own"], &line["peer"]),
        (&json!("coalition"), &json!("federation"))
    );
    assert_eq!(line["reference_points"][0]["id"], "airfield");
    assert_eq!(line["area"]["circle"]["radius_mm"], 40_000_000);
    assert_eq!(line["authorities"][0]["id"], "deconfliction");
    assert!(!line["purposes"].as_array().unwrap().is_empty(), "{line:#}");
    assert!(line["stop"]["accept_ms"].as_i64().unwrap() > 0, "{line:#}");
    let (_, other) = http(
        second.node.http,
        "GET",
        "/api/arrangements",
        &second.officer,
        None,
    )
    .await;
    assert_eq!(other[0]["peer"], "coalition");
}

/// The console's client is made from this file. `OPENAPI=write cargo test -p node --test service api` writes it anew.
#[test]
fn the_api_that_the_console_is_built_against_is_this_one() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../console/openapi.json");
    let described = serde_json::to_string_pretty(&node::http::openapi::describe()).unwrap() + "\n";
    if std::env::var("OPENAPI").as_deref() == Ok("write") {
        std::fs::write(&path, &described).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap();
    assert!(
        kept == described,
        "the API has changed: OPENAPI=write cargo test -p node --test service the_api"
    );
}
