//! Downstream units through the API: their telephones, sheets and receipts, and that none of it leaves.

use super::peer::against;
use crate::support::impostor::STOP;
use crate::support::{self, Folder, Screen, http};
use model::code::{Desk, Role};
use node::auth::{Officers, Right};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// What must never leave: a unit's name, and the latitude of its area in 1e-7 degree.
const NAME: &str = "Birch-Seven";
const LATITUDE: i32 = 353_312_340;

fn area(latitude: &str) -> Value {
    json!({"circle": {"centre": format!("{latitude} N 40.1760 E"), "radius": "3 km"}})
}

async fn enrol(screen: &Screen, name: &str) -> String {
    let body = json!({"name": name, "desk": "air", "area": area("35.331234")});
    let (status, enrolled) = screen.post("/api/units", body).await;
    assert_eq!(status, 200, "{enrolled:#}");
    enrolled["unit"].as_str().unwrap().to_owned()
}

async fn ask(
    screen: &Screen,
    method: &str,
    path: &str,
    token: &str,
    body: Option<Value>,
) -> (u16, Value) {
    http(screen.node.http, method, path, token, body.as_ref()).await
}

/// The token of a telephone that is enrolled for `unit` by a link.
async fn telephone(screen: &Screen, unit: &str) -> String {
    let (status, link) = screen
        .post(&format!("/api/units/{unit}/link"), json!({}))
        .await;
    assert_eq!(status, 200, "{link:#}");
    let code = json!({"code": link["code"]});
    let (status, enrolled) = ask(
        screen,
        "POST",
        "/api/unit/telephone",
        "",
        Some(code.clone()),
    )
    .await;
    assert_eq!(
        (status, enrolled["unit"].as_str()),
        (200, Some(unit)),
        "{enrolled:#}"
    );
    let (status, again) = ask(screen, "POST", "/api/unit/telephone", "", Some(code)).await;
    assert_eq!(status, 401, "{again:#}");
    enrolled["token"].as_str().unwrap().to_owned()
}

/// Asks for the unit's page until it is as wished.
async fn page(screen: &Screen, token: &str, wished: impl Fn(&Value) -> bool) -> Value {
    for _ in 0..400 {
        let (status, page) = ask(screen, "GET", "/api/unit", token, None).await;
        assert_eq!(status, 200, "{page:#}");
        if wished(&page) {
            return page;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the page never was as wished");
}

async fn receive(screen: &Screen, token: &str, subject: &Value) -> (u16, Value) {
    let body = json!({"subject": subject});
    ask(screen, "POST", "/api/unit/receipts", token, Some(body)).await
}

async fn release(screen: &Screen) -> String {
    let (_, drafted) = screen.post("/api/drafts", support::notice()).await;
    let draft = drafted["draft"].as_str().unwrap().to_owned();
    let terms = json!({"authority": "deconfliction", "purpose": "flight-safety"});
    let body = json!({"lines": ["air-line"], "terms": terms, "in_conflict": true});
    let (status, answer) = screen
        .post(&format!("/api/drafts/{draft}/release"), body)
        .await;
    assert_eq!(status, 200, "{answer:#}");
    draft
}

async fn tell(screen: &Screen, notice: &str, said: &str) -> (u16, Value) {
    let path = format!("/api/notices/{notice}/downstream");
    screen.post(&path, json!({"said": said})).await
}

async fn two() -> (tempfile::TempDir, Screen, Screen, Folder) {
    let base = tempfile::tempdir().unwrap();
    let (first, second, _a, b) = support::pair(base.path()).await;
    first.is_up().await;
    second.is_up().await;
    (base, first, second, b)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_peer_hears_all_units_once_each_has_it_by_its_telephone_or_by_its_sheet() {
    let (_base, first, second, _b) = two().await;
    let (one, other) = (enrol(&second, NAME).await, enrol(&second, "Alder").await);
    let token = telephone(&second, &one).await;
    let draft = release(&first).await;

    let shown = page(&second, &token, |page| !page["notices"][0].is_null()).await;
    let asked = &shown["notices"][0];
    assert_eq!(asked["kind"], "air-activity");
    assert_eq!(asked["says"]["air-activity"], "transit");
    assert_eq!(asked["receipt"], Value::Null);
    // 93 m south of the middle of the unit's own area.
    let metres = asked["distance_mm"].as_i64().unwrap() / 1_000;
    assert!((80..100).contains(&metres), "{asked:#}");
    assert_eq!(asked["bearing"], 180_000);
    let (status, _) = receive(&second, &token, &asked["subject"]).await;
    assert_eq!(status, 200);

    let notice = asked["subject"].as_str().unwrap();
    let (status, refused) = tell(&second, notice, "all-units").await;
    assert_eq!(status, 422, "{refused:#}");
    let text = refused["detail"].as_str().unwrap();
    assert!(
        text.contains(&other) && !text.contains(&format!("{one},")),
        "{text}"
    );
    assert_eq!(tell(&second, notice, "not-all-yet").await.0, 200);
    first
        .until("/api/notices", |all| all[0]["downstream"] == "not-all-yet")
        .await;

    // The silent one in front.
    let downstream = second.get("/api/downstream").await;
    let units = &downstream[0]["units"];
    assert_eq!(
        (&units[0]["unit"], &units[0]["receipt"]),
        (&json!(other), &Value::Null)
    );
    assert_eq!(units[1]["receipt"]["words"], "by the unit");

    let sheet = second.get(&format!("/api/units/{other}/sheet")).await;
    let code = sheet["items"][0]["code"].as_str().unwrap();
    let relay = async |code: &str| {
        let path = format!("/api/units/{other}/receipts");
        second.post(&path, json!({"code": code})).await
    };
    let (status, refused) = relay("CCCCC").await;
    assert_eq!(status, 422, "{refused:#}");
    assert!(
        refused["detail"].as_str().unwrap().contains("no code"),
        "{refused:#}"
    );
    // The code of another unit's sheet is none of this one's.
    let others = second.get(&format!("/api/units/{one}/sheet")).await;
    let (status, _) = relay(others["items"][0]["code"].as_str().unwrap()).await;
    assert_eq!(status, 422);
    let spoken = format!("{} {}", &code[..3].to_lowercase(), &code[3..]);
    assert_eq!(relay(&spoken).await.0, 200);
    let downstream = second.get("/api/downstream").await;
    let relayed = (downstream[0]["units"].as_array().unwrap().iter())
        .find(|unit| unit["unit"] == json!(other));
    let receipt = &relayed.unwrap()["receipt"];
    assert_eq!(receipt["words"], "relayed by officer duty");
    assert_eq!(receipt["read_back"], true);
    assert_eq!(tell(&second, notice, "all-units").await.0, 200);
    first
        .until("/api/notices", |all| all[0]["downstream"] == "all-units")
        .await;

    // Withdrawn, it is shown until it is noted.
    let path = format!("/api/drafts/{draft}/withdraw");
    first.post(&path, json!({"reason": "cancelled"})).await;
    let shown = page(&second, &token, |page| {
        page["notices"][0]["standing"] == "withdrawn"
    })
    .await;
    let (status, _) = receive(&second, &token, &shown["notices"][0]["subject"]).await;
    assert_eq!(status, 200);
    page(&second, &token, |page| page["notices"] == json!([])).await;

    // Of all this the other party holds "not all yet", "all units", and nothing else.
    let held = first.get("/api/record").await.to_string();
    let state = first.get("/api/notices").await.to_string();
    for secret in [NAME, "Alder", "\"u1\"", "\"u2\"", "353312340", "35.3312"] {
        assert!(
            !held.contains(secret) && !state.contains(secret),
            "{secret}"
        );
    }
    let own = second.get("/api/record").await.to_string();
    assert!(
        own.contains(NAME) && own.contains("\"u1\""),
        "it was there to leak"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_accepted_stop_call_is_a_pause_on_the_units_page_and_its_confirmation_a_receipt() {
    let (_base, first, second, _b) = two().await;
    let unit = enrol(&second, NAME).await;
    let token = telephone(&second, &unit).await;
    first.post("/api/calls", json!({"desk": "air"})).await;
    let calls = second
        .until("/api/calls", |calls| calls[0]["phase"] == "sounding")
        .await;
    let call = calls[0]["call"].as_str().unwrap();
    let (_, shown) = ask(&second, "GET", "/api/unit", &token, None).await;
    assert_eq!(shown["pauses"], json!([]), "no person has accepted it");
    let accept = format!("/api/calls/{call}/accept");
    assert_eq!(second.post(&accept, json!({})).await.0, 200);
    let shown = page(&second, &token, |page| page["pauses"][0]["over"].is_null()).await;
    assert_eq!(shown["pauses"][0]["subject"], call);
    assert_eq!(receive(&second, &token, &json!(call)).await.0, 200);
    let downstream = second.get("/api/downstream").await;
    assert_eq!(
        (&downstream[0]["what"], &downstream[0]["silent"]),
        (&json!("pause"), &json!(0))
    );
    // What the caller is told is the officer's to say.
    let calls = first
        .until("/api/calls", |calls| calls[0]["phase"] == "accepted")
        .await;
    assert_eq!(calls[0]["answers"], json!([]));
    let raised = calls[0]["call"].as_str().unwrap();
    first
        .post(&format!("/api/calls/{raised}/error"), json!({}))
        .await;
    page(&second, &token, |page| page["pauses"][0]["over"].is_i64()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_telephone_opens_its_own_page_and_nothing_else_until_it_is_taken_away() {
    let (_base, _first, second, b) = two().await;
    let (one, other) = (enrol(&second, NAME).await, enrol(&second, "Alder").await);
    let token = telephone(&second, &one).await;
    for path in [
        "/api/me",
        "/api/lines",
        "/api/notices",
        "/api/units",
        "/api/downstream",
        "/api/record",
        "/api/alarms",
        "/api/openapi.json",
        "/metrics",
    ] {
        let (status, answer) = ask(&second, "GET", path, &token, None).await;
        assert_eq!(status, 401, "{path}: {answer:#}");
    }
    let (status, _) = ask(
        &second,
        "POST",
        "/api/calls",
        &token,
        Some(json!({"desk": "air"})),
    )
    .await;
    assert_eq!(status, 401);
    for stranger in [second.officer.as_str(), second.admin.as_str(), "", "x"] {
        let (status, _) = ask(&second, "GET", "/api/unit", stranger, None).await;
        assert_eq!(status, 401);
    }
    // What does not concern it, it has not received.
    let nothing = format!("{}.peer.main.1.0", support::LINE);
    assert_eq!(receive(&second, &token, &json!(nothing)).await.0, 422);

    // A second telephone takes the place of the first.
    let newer = telephone(&second, &one).await;
    assert_eq!(ask(&second, "GET", "/api/unit", &token, None).await.0, 401);
    assert_eq!(ask(&second, "GET", "/api/unit", &newer, None).await.0, 200);
    let path = format!("/api/units/{one}/link");
    assert_eq!(
        ask(&second, "DELETE", &path, &second.officer, None).await.0,
        200
    );
    assert_eq!(ask(&second, "GET", "/api/unit", &newer, None).await.0, 401);

    // Whoever is stood down is out with it.
    let last = telephone(&second, &other).await;
    let path = format!("/api/units/{other}");
    assert_eq!(
        ask(&second, "DELETE", &path, &second.officer, None).await.0,
        200
    );
    assert_eq!(ask(&second, "GET", "/api/unit", &last, None).await.0, 401);

    // Whom the party represents sees none of its units; nor does an officer of another desk act for them.
    let officers = Officers::in_folder(&b.path);
    let add = |name: &str, desk, role| {
        officers
            .add(name.parse().unwrap(), Right::Officer, vec![desk], role)
            .unwrap()
    };
    let represented = officers
        .add_represented("aid".parse().unwrap(), "aid-east".parse().unwrap())
        .unwrap();
    assert_eq!(
        ask(&second, "GET", "/api/units", &represented, None)
            .await
            .0,
        403
    );
    assert_eq!(
        ask(&second, "GET", "/api/downstream", &represented, None)
            .await
            .0,
        403
    );
    let ground = add("ground-one", Desk::Ground, Role::Watch);
    let (status, _) = ask(
        &second,
        "POST",
        &format!("/api/units/{one}/link"),
        &ground,
        Some(json!({})),
    )
    .await;
    assert_eq!(status, 403);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn telephones_receipts_and_what_concerns_a_unit_are_there_after_a_restart() {
    let (_base, first, second, b) = two().await;
    let unit = enrol(&second, NAME).await;
    let token = telephone(&second, &unit).await;
    release(&first).await;
    let shown = page(&second, &token, |page| !page["notices"][0].is_null()).await;
    receive(&second, &token, &shown["notices"][0]["subject"]).await;
    let before = second.get("/api/downstream").await;
    let sheet = second.get(&format!("/api/units/{unit}/sheet")).await;
    assert!(second.node.stop().await);
    let again = Screen::start(&b).await;
    assert_eq!(again.get("/api/downstream").await, before);
    let (_, page) = ask(&again, "GET", "/api/unit", &token, None).await;
    assert_eq!(page["notices"][0]["receipt"]["words"], "by the unit");
    let again = again.get(&format!("/api/units/{unit}/sheet")).await;
    assert_eq!(again["items"][0]["code"], sheet["items"][0]["code"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_byte_that_a_line_carries_tells_of_a_unit() {
    let base = tempfile::tempdir().unwrap();
    let (screen, impostor, _a) = against(base.path()).await;
    // A number so long that no salt holds it by chance.
    let mut unit = String::new();
    for _ in 0..101 {
        unit = enrol(&screen, NAME).await;
    }
    assert_eq!(unit, "u101");
    let token = telephone(&screen, &unit).await;
    let mut stream = impostor.greet(screen.node.lines[0]).await;
    stream
        .write_all(&impostor.first_call(Desk::Air))
        .await
        .unwrap();
    let calls = screen
        .until("/api/calls", |calls| calls[0]["phase"] == "sounding")
        .await;
    let call = calls[0]["call"].as_str().unwrap();
    screen
        .post(&format!("/api/calls/{call}/accept"), json!({}))
        .await;
    page(&screen, &token, |page| page["pauses"][0]["over"].is_null()).await;
    receive(&screen, &token, &json!(call)).await;
    let answer = json!({"answer": "pause-ordered"});
    let (status, said) = screen
        .post(&format!("/api/calls/{call}/answer"), answer)
        .await;
    assert_eq!(status, 200, "{said:#}");
    // Everything that comes within two heartbeats, in clear as the peer reads it.
    let mut bytes: Vec<u8> = Vec::new();
    let read = async {
        let mut part = [0; 4_096];
        while let Ok(1..) = stream
            .read(&mut part)
            .await
            .inspect(|count| bytes.extend(&part[..*count]))
        {}
    };
    let _while_it_says = tokio::time::timeout(Duration::from_secs(5), read).await;
    assert!(bytes.len() > 500, "{} bytes", bytes.len());
    let holds = |part: &[u8]| bytes.windows(part.len()).any(|found| found == part);
    assert!(holds(&STOP.line.as_bytes()[..]), "the bytes are in clear");
    assert!(!holds(NAME.as_bytes()) && !holds(unit.as_bytes()));
    assert!(!holds(&LATITUDE.to_be_bytes()));
}

/// What the record and the lists tell of units they tell the party's own officers, and neither interpreters nor elements.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_record_tells_of_units_to_the_partys_officers_alone() {
    let (_base, first, second, b) = two().await;
    let unit = enrol(&second, NAME).await;
    let token = telephone(&second, &unit).await;
    release(&first).await;
    let shown = page(&second, &token, |page| !page["notices"][0].is_null()).await;
    receive(&second, &token, &shown["notices"][0]["subject"]).await;
    let officers = Officers::in_folder(&b.path);
    let add = |name: &str, role| {
        let added = officers.add(
            name.parse().unwrap(),
            Right::Officer,
            vec![Desk::Ground],
            role,
        );
        added.unwrap()
    };
    let (other_desk, interpreter) = (add("ground", Role::Watch), add("tongue", Role::Interpreter));
    let represented = officers
        .add_represented("aid".parse().unwrap(), "aid-east".parse().unwrap())
        .unwrap();
    let record = async |token: &str| ask(&second, "GET", "/api/record", token, None).await;
    for token in [&second.officer, &other_desk] {
        let text = record(token).await.1.to_string();
        for told in ["UnitEnrolled", "UnitsConcerned", "UnitReceipt", NAME] {
            assert!(text.contains(told), "{told}");
        }
    }
    let (status, told) = record(&interpreter).await;
    let text = told.to_string();
    assert_eq!(status, 200, "{text}");
    assert!(text.contains("MessageReceived"));
    for never in [
        "UnitEnrolled",
        "UnitsConcerned",
        "UnitReceipt",
        "UnitsSilent",
        NAME,
        "\"u1\"",
        &LATITUDE.to_string(),
    ] {
        assert!(!text.contains(never), "{never}");
    }
    assert_eq!(record(&represented).await.0, 403);
    for path in ["/api/units", "/api/downstream"] {
        for token in [&interpreter, &represented] {
            assert_eq!(ask(&second, "GET", path, token, None).await.0, 403);
        }
        assert_eq!(ask(&second, "GET", path, &other_desk, None).await.0, 200);
    }
}

/// All that a node gives to the other party or writes to be carried away, while units are enrolled, moved, asked, answer by
/// themselves and by an officer, and are stood down.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nothing_that_is_carried_by_file_or_exported_tells_of_a_unit() {
    let base = tempfile::tempdir().unwrap();
    let (first, second, a, b) = support::pair_by_file(base.path()).await;
    // A number so long that no salt holds it by chance.
    let mut unit = String::new();
    for _ in 0..101 {
        unit = enrol(&second, NAME).await;
    }
    let token = telephone(&second, &unit).await;
    release(&first).await;
    let (_, file) = first.file("/api/admin/lines/air-line/export", b"").await;
    let (status, _) = second.file("/api/admin/lines/air-line/import", &file).await;
    assert_eq!(status, 200);
    let shown = page(&second, &token, |page| !page["notices"][0].is_null()).await;
    let notice = shown["notices"][0]["subject"].as_str().unwrap().to_owned();
    assert_eq!(receive(&second, &token, &json!(notice)).await.0, 200);
    let all = |told: &Value| {
        told[0]["units"]
            .as_array()
            .is_some_and(|units| units.len() == 101)
    };
    second.until("/api/downstream", all).await;
    // The rest by an officer's word, and one by its sheet.
    let sheet = second.get("/api/units/u1/sheet").await;
    let code = sheet["items"][0]["code"].as_str().unwrap().to_owned();
    let relayed = json!({"code": code});
    assert_eq!(second.post("/api/units/u1/receipts", relayed).await.0, 200);
    for number in 2..101 {
        let path = format!("/api/units/u{number}/receipts");
        let relayed = json!({"subject": notice});
        assert_eq!(second.post(&path, relayed).await.0, 200, "u{number}");
    }
    assert_eq!(tell(&second, &notice, "all-units").await.0, 200);
    let own = release(&second).await;
    let moved = json!({"name": NAME, "desk": "air", "area": area("35.331234")});
    assert_eq!(second.post("/api/units/u1", moved).await.0, 200);
    let path = "/api/units/u2";
    let (status, _) = ask(&second, "DELETE", path, &second.officer, None).await;
    assert_eq!(status, 200);
    assert!(!own.is_empty());

    let downstream = second.get("/api/downstream").await;
    let receipts = downstream[0]["units"].as_array().unwrap().iter();
    let times: Vec<i64> = receipts
        .filter_map(|unit| unit["receipt"]["at"].as_i64())
        .collect();
    assert!(times.len() >= 99, "{downstream:#}");
    // In clear, as the other party reads it.
    let (status, file) = second.file("/api/admin/lines/air-line/export", b"").await;
    assert_eq!(status, 200);
    let key = node::party::Party::open(&a.path).unwrap().file;
    let carried = wire::file::decrypt(&file, &[&key]).unwrap().frames.concat();
    let mut left = vec![("the courier's file", carried)];
    let scraper = Officers::in_folder(&b.path).add(
        "scraper".parse().unwrap(),
        Right::Metrics,
        vec![],
        Role::Watch,
    );
    let scraper = scraper.unwrap();
    for (what, path, token) in [
        ("a map", "/api/export/geojson?drafts=true", &second.officer),
        (
            "another map",
            "/api/export/kml?drafts=true",
            &second.officer,
        ),
        ("the metrics", "/metrics", &scraper),
    ] {
        let kind = "application/json";
        let answer = support::request(second.node.http, "GET", path, token, kind, b"").await;
        assert_eq!(answer.0, 200, "{what}");
        left.push((what, answer.2));
    }
    let seconds: Vec<[u8; 8]> = times.iter().map(|at| at.to_be_bytes()).collect();
    for (what, bytes) in &left {
        let holds = |part: &[u8]| bytes.windows(part.len()).any(|found| found == part);
        let words = [
            NAME,
            unit.as_str(),
            code.as_str(),
            token.as_str(),
            "35.331234",
            "353312340",
        ];
        for word in words {
            assert!(!holds(word.as_bytes()), "{what} holds {word}");
        }
        assert!(!holds(&LATITUDE.to_be_bytes()), "{what} holds the area");
        // Something else may have been said in the same millisecond as one of them; not as nearly all.
        let found = seconds.iter().filter(|receipt| holds(&receipt[..])).count();
        assert!(found < seconds.len() / 10, "{what} holds when units had it");
    }
    let holds = |of: usize, part: &[u8]| left[of].1.windows(part.len()).any(|found| found == part);
    assert!(left[0].1.len() > 2_000, "{}", left[0].1.len());
    assert!(
        holds(0, &353_304_000_i32.to_be_bytes()),
        "a notice was there in clear"
    );
    assert!(holds(1, b"air-activity") && holds(2, b"air-activity"));
}
