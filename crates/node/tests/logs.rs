//! The log carries opaque identifiers: no position, no name, no slot, no token; and nothing that is withheld leaves, by
//! any way out. A process has one log, so these tests have a process.
#![allow(clippy::unwrap_used, reason = "a test that cannot be set up fails")]

mod support;

use serde_json::json;
use std::io::Write;
use std::sync::{Arc, LazyLock, Mutex};
use support::Screen;

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

/// What this process logs, all of it, from the first test that asks.
static LOG: LazyLock<Kept> = LazyLock::new(|| {
    let kept = Kept::default();
    let writer = kept.clone();
    tracing_subscriber::fmt()
        .json()
        .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
        .with_writer(move || writer.clone())
        .init();
    kept
});

/// The lines of the log that this project wrote.
fn ours(log: &str) -> Vec<&str> {
    log.lines()
        .filter(|line| line.contains("\"target\":\"node"))
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_log_tells_what_happens_and_never_where_or_who() {
    let kept = &*LOG;
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
    // Whoever takes something out is named in no line either.
    for (method, path) in [
        ("POST", "/api/lines/air-line/export"),
        ("GET", "/api/export/geojson"),
        ("GET", "/api/export/kml"),
    ] {
        let (at, officer) = (first.node.http, first.officer.clone());
        let answer = support::request(at, method, path, &officer, "application/json", b"").await;
        assert_eq!(answer.0, 200, "{path}");
    }
    let (officer, admin) = (first.officer.clone(), first.admin.trim().to_owned());
    assert!(first.node.stop().await && second.node.stop().await);

    let log = String::from_utf8(kept.0.lock().unwrap().clone()).unwrap();
    let ours = ours(&log);
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

const RULES: &str = "@id(\"positions-coarse\") @coarsen(\"2 km\")\n\
    permit (principal, action == Action::\"area\", resource == Notice::\"position-area\");\n\
    @id(\"no-label\") forbid (principal, action == Action::\"label\", resource == Notice::\"position-area\");\n\
    @id(\"no-count\") forbid (principal, action == Action::\"count\", resource == Notice::\"position-area\");\n\
    @id(\"no-element\") forbid (principal, action == Action::\"element\", resource);\n";

async fn carry(from: &Screen, to: &Screen) -> Vec<u8> {
    let (status, file) = from.file("/api/admin/lines/air-line/export", b"").await;
    assert_eq!(status, 200, "{}", String::from_utf8_lossy(&file));
    let (status, answer) = to.file("/api/admin/lines/air-line/import", &file).await;
    assert_eq!(status, 200, "{}", String::from_utf8_lossy(&answer));
    file
}

/// Whatever is withheld or made coarse, and whatever was only planned, is in no byte that the other party can hold, in no
/// proof that is given away, and in no log.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_byte_that_leaves_holds_what_was_withheld_made_coarse_or_only_planned() {
    let log = &*LOG;
    let base = tempfile::tempdir().unwrap();
    let (first, second, a, b) = support::pair_by_file(base.path()).await;
    assert!(first.node.stop().await);
    let shipped = release::RuleSet::shipped().unwrap();
    let metadata = "name = \"own\"\nversion = 99\nsigned-off-by = \"a test\"\nvalid-from = \"010000Z JAN 2000\"\n\
        [[authority]]\nid = \"deconfliction\"\ntext = \"the watch\"\n";
    let rules = format!("{}\n{RULES}", shipped.text());
    std::fs::write(a.path.join("rules.cedar"), rules).unwrap();
    std::fs::write(a.path.join("rules.toml"), metadata).unwrap();
    let first = Screen::start(&a).await;

    // Ours, at a place that goes coarse, with all that the rules withhold; theirs is a plan that is never released.
    let from = node::clock::now().as_unix_ms() + 48 * 3_600_000;
    let window = json!({"from": from, "until": from + 3_600_000});
    let second_description =
        json!({"reference": "airfield", "bearing": "3.3719", "distance": "5.1437 km"});
    let notice = json!({"kind": "position-area", "desk": "air", "slots": {
        "area": {"circle": {"centre": "35.3317123 N 40.1793217 E", "radius": "317 m"}},
        "second-description": second_description,
        "band": "SFC to 3000 ft MSL", "window": window, "precision": "200 m", "presence": "troops",
        "label": "GREYHERON", "contact": "+1 555 0177 4321", "count": 717733,
    }});
    let (status, drafted) = first.post("/api/drafts", notice).await;
    assert_eq!(status, 200, "{drafted:#}");
    let draft = drafted["draft"].as_str().unwrap();
    let terms = json!({"authority": "deconfliction", "purpose": "flight-safety", "element": "heron-element"});
    let body = json!({"lines": ["air-line"], "terms": terms, "in_conflict": true});
    let path = format!("/api/drafts/{draft}/preview");
    let (status, preview) = first.post(&path, body.clone()).await;
    assert_eq!(status, 200, "{preview:#}");
    let path = format!("/api/drafts/{draft}/release");
    let (status, released) = first.post(&path, body).await;
    assert_eq!(status, 200, "{released:#}");
    let withheld = preview[0]["held_back"].to_string();
    for slot in ["label", "contact", "count"] {
        assert!(withheld.contains(slot), "{slot}: {preview:#}");
    }
    let entry = released["released"][0]["entry"].as_str().unwrap();

    let plan = json!({"kind": "hazard-area", "desk": "air", "slots": {
        "area": {"circle": {"centre": "35.3291731 N 40.1811913 E", "radius": "1313 m"}},
        "second-description": {"reference": "airfield", "bearing": "5.5", "distance": "4.90 km"},
        "band": "SFC to 31137 ft MSL", "window": window, "precision": "200 m", "hazard": "artillery",
        "label": "BLACKSTORK",
    }});
    let (status, planned) = second.post("/api/drafts", plan).await;
    assert_eq!(status, 200, "{planned:#}");
    let forth = carry(&first, &second).await;
    let there = second.until("/api/notices", |all| !all[0].is_null()).await;
    let notice = there[0]["entry"].as_str().unwrap().to_owned();
    let (status, checked) = second
        .post(
            "/api/conflicts/check",
            json!({"volumes": [{"draft": planned["draft"]}]}),
        )
        .await;
    assert_eq!(status, 200, "{checked:#}");
    let conflicts = checked.to_string();
    assert!(
        conflicts.contains(&notice),
        "the plan meets it: {checked:#}"
    );
    for (path, body) in [
        ("displayed", json!({})),
        ("answer", json!({"answer": "objection"})),
    ] {
        let path = format!("/api/notices/{notice}/{path}");
        let (status, answer) = second.post(&path, body).await;
        assert_eq!(status, 200, "{answer:#}");
    }
    let back = carry(&second, &first).await;
    carry(&first, &second).await;
    first
        .until("/api/notices", |all| all[0]["answer"] == "objection")
        .await;

    let in_clear = |file: &[u8], of: &support::Folder| {
        let key = node::party::Party::open(&of.path).unwrap().file;
        let carried = wire::file::decrypt(file, &[&key]).unwrap();
        carried.frames.concat()
    };
    let proof = first.get(&format!("/api/entries/{entry}/proof")).await;
    let shown = [
        second.get("/api/notices").await,
        second.get("/api/record").await,
        second.get("/api/conflicts").await,
        second.get(&format!("/api/entries/{notice}")).await,
    ];
    let mut hears = vec![
        ("the courier's file", in_clear(&forth, &b)),
        ("the proof", support::base64(&proof["envelope"])),
    ];
    hears.push(("the proof's words", proof.to_string().into_bytes()));
    hears.extend(shown.map(|told| ("what the other party shows", told.to_string().into_bytes())));
    for format in ["geojson", "kml"] {
        let path = format!("/api/export/{format}");
        let answer = support::request(
            second.node.http,
            "GET",
            &path,
            &second.officer,
            "application/json",
            b"",
        )
        .await;
        assert_eq!(answer.0, 200, "{format}");
        hears.push(("a file for maps", answer.2));
    }
    assert!(first.node.stop().await && second.node.stop().await);
    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    let log = ours(&log).concat().into_bytes();
    hears.push(("the log", log.clone()));

    let holds = |bytes: &[u8], part: &[u8]| bytes.windows(part.len()).any(|found| found == part);
    let never = |what: &str, bytes: &[u8], numbers: &[i32], words: &[&str]| {
        for number in numbers {
            assert!(
                !holds(bytes, &number.to_be_bytes()),
                "{what} holds {number}"
            );
        }
        for word in words {
            assert!(!holds(bytes, word.as_bytes()), "{what} holds {word}");
        }
    };
    let places = [353_317_123, 401_793_217, 317_000, 717_733];
    let words = [
        "GREYHERON",
        "555 0177",
        "heron-element",
        "717733",
        "35.3317",
        "40.1793",
        "353317123",
        "401793217",
        "3.3719",
        "5.1437",
    ];
    let coarse = &preview[0]["received"]["slots"]["area"]["circle"]["centre"];
    let coarse = i32::try_from(coarse["latitude_e7"].as_i64().unwrap()).unwrap();
    assert!(
        holds(&hears[0].1, &coarse.to_be_bytes()),
        "the file is read in clear, and the coarse place is in it"
    );
    for (what, bytes) in &hears {
        never(what, bytes, &places, &words);
    }
    // And nothing of the plan goes the other way, though an objection was made because of it.
    let places = [353_291_731, 401_811_913, 1_313_000];
    let words = [
        "BLACKSTORK",
        "35.3291",
        "40.1811",
        "353291731",
        "401811913",
        "31137",
    ];
    never(
        "the courier's file back",
        &in_clear(&back, &a),
        &places,
        &words,
    );
    never("the log", &log, &places, &words);
}

const NO_EVIDENCE: &str = "@id(\"no-evidence\") forbid (principal, action in [Action::\"evidence\", Action::\"whose\"], \
    resource is Claim);\n@id(\"not-whose\") forbid (principal, action == Action::\"whose\", resource is Warning);\n";

/// What the rules keep back of a claim or a warning is in nothing that the other party holds, and the words of a claim are in
/// no log.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_is_withheld_of_a_claim_is_in_no_byte_that_leaves_and_in_no_log() {
    let log = &*LOG;
    let base = tempfile::tempdir().unwrap();
    let (first, second, a, b) = support::pair_by_file(base.path()).await;
    assert!(first.node.stop().await);
    let shipped = release::RuleSet::shipped().unwrap();
    let metadata = "name = \"own\"\nversion = 99\nsigned-off-by = \"a test\"\nvalid-from = \"010000Z JAN 2000\"\n\
        [[authority]]\nid = \"deconfliction\"\ntext = \"the watch\"\n";
    let rules = format!("{}\n{NO_EVIDENCE}", shipped.text());
    std::fs::write(a.path.join("rules.cedar"), rules).unwrap();
    std::fs::write(a.path.join("rules.toml"), metadata).unwrap();
    let first = Screen::start(&a).await;
    let kept = support::request(
        first.node.http,
        "POST",
        "/api/evidence",
        &first.officer,
        "text/plain",
        b"seen by REDSHANK",
    )
    .await;
    assert_eq!(kept.0, 200);
    let kept: serde_json::Value = serde_json::from_slice(&kept.2).unwrap();
    let digest = kept["digest"].as_str().unwrap();
    let until = node::clock::now().as_unix_ms();
    let terms = json!({"authority": "deconfliction", "purpose": "flight-safety"});
    let claim = json!({"line": "air-line", "desk": "air", "terms": terms, "slots": {
        "claim": "shelling", "certainty": "reported", "whose": "GREYHERON", "evidence": [digest],
        "area": {"circle": {"centre": "35.3304 N 40.1760 E", "radius": "2 km"}},
        "second-description": {"reference": "airfield", "bearing": "0", "distance": "5.0 km"},
        "precision": "100 m", "window": {"from": until - 600_000, "until": until},
    }});
    let (status, preview) = first.post("/api/claims/preview", claim.clone()).await;
    assert_eq!(status, 200, "{preview:#}");
    let withheld = preview[0]["held_back"].to_string();
    assert!(
        withheld.contains("evidence") && withheld.contains("whose"),
        "{withheld}"
    );
    let (status, said) = first.post("/api/claims", claim).await;
    assert_eq!(status, 200, "{said:#}");
    let warning = json!({"line": "air-line", "desk": "air", "terms": terms, "slots": {
        "warning": "presence-of-forces", "level": "desk", "whose": "GREYHERON",
    }});
    let (status, said) = first.post("/api/warnings", warning).await;
    assert_eq!(status, 200, "{said:#}");
    let forth = carry(&first, &second).await;
    let claims = second.until("/api/claims", |all| !all[0].is_null()).await;
    assert_eq!(claims[0]["slots"]["claim"], "shelling");
    let claim = claims[0]["entry"].as_str().unwrap();
    let key = node::party::Party::open(&b.path).unwrap().file;
    let in_clear = wire::file::decrypt(&forth, &[&key])
        .unwrap()
        .frames
        .concat();
    let mut hears = vec![("the courier's file", in_clear)];
    for path in [
        "/api/claims".to_owned(),
        "/api/warnings".to_owned(),
        "/api/record".to_owned(),
        format!("/api/claims/{claim}/context"),
        format!("/api/entries/{claim}"),
    ] {
        hears.push((
            "what the other party shows",
            second.get(&path).await.to_string().into_bytes(),
        ));
    }
    assert!(first.node.stop().await && second.node.stop().await);
    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    hears.push(("the log", ours(&log).concat().into_bytes()));
    let mut raw = Vec::new();
    for pair in 0..32 {
        raw.push(u8::from_str_radix(&digest[2 * pair..2 * pair + 2], 16).unwrap());
    }
    for (what, bytes) in hears {
        for never in [&b"GREYHERON"[..], b"REDSHANK", digest.as_bytes(), &raw] {
            let held = bytes.windows(never.len()).any(|found| found == never);
            assert!(!held, "{what} holds {:?}", String::from_utf8_lossy(never));
        }
    }
}
