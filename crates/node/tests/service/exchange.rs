//! Notices in and out as files.

use crate::support::{self, Screen, request};
use serde_json::{Value, json};

const TABLE: &str = "label,site,lat,lon,radius,reference,bearing,distance,from,until";

/// Sites inside of the arrangement's area, tomorrow for a day.
fn line(label: &str, lat: &str, second: &str) -> String {
    let from = (node::clock::now().as_unix_ms() / 60_000 + 1_440) * 60_000;
    format!(
        "{label},clinic,{lat},40.1760,200 m,{second},{from},{}",
        from + 86_400_000
    )
}

const SECOND: &str = "airfield,0,5.0 km";
const NONE: &str = ",,";

async fn import(screen: &Screen, how: &str, kind: &str, body: &[u8]) -> (u16, Value) {
    let path = format!("/api/import/{how}");
    let answer = request(screen.node.http, "POST", &path, &screen.officer, kind, body).await;
    (answer.0, serde_json::from_slice(&answer.2).unwrap())
}

async fn export(screen: &Screen, how: &str) -> (u16, String, String) {
    let path = format!("/api/export/{how}");
    let kind = "application/json";
    let (status, head, body) =
        request(screen.node.http, "GET", &path, &screen.officer, kind, b"").await;
    (status, head, String::from_utf8(body).unwrap())
}

async fn drafts(screen: &Screen) -> Vec<Value> {
    screen.get("/api/drafts").await.as_array().unwrap().clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_table_becomes_drafts_only_if_every_line_is_good_or_the_good_ones_are_asked_for() {
    let base = tempfile::tempdir().unwrap();
    let (first, _second, _a, _b) = support::pair(base.path()).await;
    let how = "csv?desk=protection&kind=protected-site";
    let table = [
        TABLE.to_owned(),
        line("Clinic 1", "35.3304", SECOND),
        line("Clinic 2", "somewhere", SECOND),
        line("Clinic 3", "10.5", NONE),
        // The second description leads 5 km north, this place is 10 km north.
        line("Clinic 4", "35.3754", SECOND),
        line("Clinic 5", "35.3310", NONE),
    ]
    .join("\n");
    let (status, problem) = import(&first, how, "text/csv", table.as_bytes()).await;
    assert_eq!((status, problem["code"].as_str()), (422, Some("invalid")));
    let text = problem["detail"].as_str().unwrap();
    assert!(
        text.contains("3 faults") && text.contains("line 3, `lat`"),
        "{text}"
    );
    assert!(drafts(&first).await.is_empty());

    let check = format!("{how}&check=true");
    let (status, told) = import(&first, &check, "text/csv", table.as_bytes()).await;
    assert_eq!(status, 200, "{told:#}");
    let at: Vec<u64> = (told["faults"].as_array().unwrap().iter())
        .map(|fault| fault["at"].as_u64().unwrap())
        .collect();
    assert_eq!(at, [3, 4, 5], "{told:#}");
    assert!(told["faults"][2]["why"].as_str().unwrap().contains("apart"));
    assert!(drafts(&first).await.is_empty());

    let partial = format!("{how}&partial=true");
    let (status, done) = import(
        &first,
        &partial,
        "text/csv; charset=utf-8",
        table.as_bytes(),
    )
    .await;
    assert_eq!(status, 200, "{done:#}");
    assert_eq!(done["drafted"].as_array().unwrap().len(), 2, "{done:#}");
    assert_eq!(done["without_second_description"], 1);
    assert_eq!(drafts(&first).await.len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_import_without_a_second_description_stays_a_draft() {
    let base = tempfile::tempdir().unwrap();
    let (first, _second, _a, _b) = support::pair(base.path()).await;
    first.is_up().await;
    let table = format!("{TABLE}\n{}\n", line("Clinic 1", "35.3304", NONE));
    let how = "csv?desk=protection&kind=protected-site";
    let (status, done) = import(&first, how, "text/csv", table.as_bytes()).await;
    assert_eq!(status, 200, "{done:#}");
    let draft = done["drafted"][0]["draft"].as_str().unwrap();
    assert!(drafts(&first).await[0]["slots"]["second-description"].is_null());
    let terms = json!({"authority": "deconfliction", "purpose": "flight-safety"});
    let body = json!({"lines": ["air-line"], "terms": terms});
    let path = format!("/api/drafts/{draft}/release");
    let (status, problem) = first.post(&path, body).await;
    assert_ne!(status, 200, "{problem:#}");
    let text = problem["detail"].as_str().unwrap();
    assert!(text.contains("second-description"), "{text}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn files_of_the_wrong_kind_or_too_large_are_refused_at_once() {
    let base = tempfile::tempdir().unwrap();
    let (first, _second, _a, _b) = support::pair(base.path()).await;
    let how = "csv?desk=protection";
    for (how, kind, body, status, code) in [
        (how, "application/json", &b"{}"[..], 415, "wrong-kind"),
        (how, "text/csv", b"\xff\xfe", 422, "invalid"),
        (how, "text/csv", b"PK\x03\x04,x", 422, "invalid"),
        ("xls?desk=air", "text/csv", b"x", 404, "unknown"),
        (
            "geojson?desk=air",
            "application/geo+json",
            b"{",
            422,
            "invalid",
        ),
        ("kml?desk=sea", "text/csv", b"x", 422, "invalid"),
        ("kml?desk=air&x=1", "text/csv", b"x", 400, "bad-question"),
    ] {
        let (found, problem) = import(&first, how, kind, body).await;
        assert_eq!(
            (found, problem["code"].as_str()),
            (status, Some(code)),
            "{how}: {problem:#}"
        );
    }
    // Refused by what its head says: nothing of the 100 MB is sent, nor waited for.
    let mut stream = tokio::net::TcpStream::connect(first.node.http)
        .await
        .unwrap();
    let head = format!(
        "POST /api/import/{how} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {}\r\n\
         Content-Type: text/csv\r\nContent-Length: 100000000\r\n\r\n",
        first.officer
    );
    tokio::io::AsyncWriteExt::write_all(&mut stream, head.as_bytes())
        .await
        .unwrap();
    let (status, _, body) = support::read_answer(&mut stream).await;
    let problem: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!((status, problem["code"].as_str()), (413, Some("too-large")));
    // A program that writes all of it before it reads hears the same, and of no broken connection.
    let stream = tokio::net::TcpStream::connect(first.node.http);
    let mut stream = stream.await.unwrap();
    for piece in
        std::iter::once(head.as_bytes()).chain(std::iter::repeat_n(&[b'x'; 1_000_000][..], 100))
    {
        tokio::io::AsyncWriteExt::write_all(&mut stream, piece)
            .await
            .unwrap();
    }
    let (status, _, _) = support::read_answer(&mut stream).await;
    assert_eq!(status, 413);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_is_exported_comes_back_as_the_same_volumes_and_a_peers_protected_sites_are_left_out()
{
    let base = tempfile::tempdir().unwrap();
    let (first, second, _a, _b) = support::pair(base.path()).await;
    first.is_up().await;
    // One, so that all have one window.
    let notice = support::notice();
    let site = |kind: &str, own: Value| {
        let mut body = notice.clone();
        body["kind"] = json!(kind);
        let slots = body["slots"].as_object_mut().unwrap();
        slots.remove("air-activity");
        slots.extend(own.as_object().unwrap().clone());
        body
    };
    for body in [
        notice.clone(),
        site("protected-site", json!({"site": "hospital"})),
        site("no-fire-area", json!({"site": "school"})),
        site("caution-area", json!({})),
    ] {
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
        .until("/api/notices", |all| all.as_array().unwrap().len() == 4)
        .await;
    let types = [
        ("geojson", "application/geo+json"),
        ("kml", "application/vnd.google-earth.kml+xml"),
    ];
    for (format, kind) in types {
        let (status, head, theirs) = export(&second, format).await;
        assert_eq!(status, 200, "{theirs}");
        assert!(head.contains("standclear-notices: 2"), "{head}");
        assert!(head.contains("peers-protected-sites=2"), "{head}");
        assert!(!theirs.contains("hospital") && !theirs.contains("school"));

        let (_, head, ours) = export(&first, format).await;
        assert!(head.contains("standclear-notices: 4"), "{head}");
        let before = drafts(&first).await.len();
        let how = format!("{format}?desk=air");
        let (status, done) = import(&first, &how, kind, ours.as_bytes()).await;
        assert_eq!(status, 200, "{done:#}");
        assert_eq!(done["drafted"].as_array().unwrap().len(), 4);
        let after = drafts(&first).await;
        assert_eq!(after.len(), before + 4);
        for name in ["area", "second-description", "window", "band"] {
            let mut values: Vec<String> = after
                .iter()
                .map(|draft| draft["slots"][name].to_string())
                .collect();
            values.sort();
            values.dedup();
            assert_eq!(values.len(), 1, "{format} {name}: {values:?}");
        }
    }
    let (_, head, own) = export(&first, "geojson?drafts=true").await;
    assert!(head.contains("standclear-notices: 16"), "{head}");
    assert!(own.contains("\"draft\""));
    let (status, _, refused) = export(&first, "csv").await;
    assert_eq!(status, 422, "{refused}");
}

#[test]
fn the_outline_of_a_circle_lies_on_it() {
    let centre = model::place::Position::from_e7(352_854_000, 401_760_000).unwrap();
    let radius = model::units::Millimetres::from_metres(30_000);
    let circle = model::place::Circle::new(centre, radius).unwrap();
    let outline = node::http::exchange::outline(&circle);
    assert_eq!(outline.len(), 72);
    for corner in outline {
        let off = conflict::geodesy::leg(centre, corner).distance.as_mm() - radius.as_mm();
        assert!(off.abs() <= 10, "{off} mm");
    }
}
