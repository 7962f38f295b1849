//! The watch: handed over with all that is open, taken at once, rostered, and ordered about over a shoulder.

use crate::support::socket::Socket;
use crate::support::{self, Folder, Screen};
use base64::Engine as _;
use model::code::{Desk, Role};
use node::auth::{Officers, Right};
use node::http::identity::{DIRECTED_BY, MAX_DIRECTED_BY};
use serde_json::{Value, json};
use std::net::SocketAddr;

/// Another officer at every desk.
fn officer(of: &Folder, name: &str, role: Role) -> String {
    let officers = Officers::in_folder(&of.path);
    let name = name.parse().unwrap();
    officers
        .add(name, Right::Officer, Desk::ALL.to_vec(), role)
        .unwrap()
}

async fn get(at: SocketAddr, token: &str, path: &str) -> Value {
    let (status, body) = support::http(at, "GET", path, token, None).await;
    assert_eq!(status, 200, "{path}: {body}");
    body
}

async fn post(at: SocketAddr, token: &str, path: &str, body: Value) -> (u16, Value) {
    support::http(at, "POST", path, token, Some(&body)).await
}

fn of_air(watch: &Value) -> &Value {
    let desks = watch.as_array().unwrap();
    desks.iter().find(|shown| shown["desk"] == "air").unwrap()
}

fn items(open: &Value) -> Vec<String> {
    let items = open["items"].as_array().unwrap().iter();
    items
        .map(|item| item["item"].as_str().unwrap().to_owned())
        .collect()
}

fn whats(open: &Value) -> Vec<&str> {
    let items = open["items"].as_array().unwrap().iter();
    items.map(|item| item["what"].as_str().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn whoever_takes_a_watch_over_has_read_all_that_is_open_and_that_is_in_the_record() {
    let base = tempfile::tempdir().unwrap();
    let (first, second, a, _b) = support::pair(base.path()).await;
    let next = officer(&a, "next", Role::Watch);
    let at = first.node.http;
    assert_eq!(first.post("/api/watch/air", json!({})).await.0, 200);
    // A plan, and a stop call that came.
    let (_, drafted) = first.post("/api/drafts", support::notice()).await;
    assert_eq!(
        second.post("/api/calls", json!({"desk": "air"})).await.0,
        200
    );
    first
        .until("/api/calls", |calls| calls.as_array().unwrap().len() == 1)
        .await;
    let open = get(at, &next, "/api/watch/air/handover").await;
    assert_eq!(open["on_watch"], json!(["duty"]));
    let read = items(&open);
    for what in ["call", "alarm", "draft"] {
        assert!(whats(&open).contains(&what), "{open:#}");
    }
    let draft = format!("draft:{}", drafted["draft"].as_str().unwrap());
    assert!(read.contains(&draft), "{read:?}");
    // The most urgent is in front.
    assert_eq!(open["items"][0]["what"], "call");

    let sign = |items: Vec<String>, heard: bool| json!({"from": "duty", "items": items, "sound_heard": heard, "card_at_hand": true});
    let path = "/api/watch/air/handover";
    let some: Vec<String> = read
        .iter()
        .filter(|item| **item != draft)
        .cloned()
        .collect();
    let (status, refused) = post(at, &next, path, sign(some, true)).await;
    assert_eq!(status, 422);
    assert!(
        refused["detail"]
            .as_str()
            .unwrap()
            .starts_with("1 open items"),
        "{refused}"
    );
    let (status, refused) = post(at, &next, path, sign(read.clone(), false)).await;
    assert_eq!(status, 422);
    assert!(
        refused["detail"].as_str().unwrap().contains("heard"),
        "{refused}"
    );
    assert_eq!(
        of_air(&first.get("/api/watch").await)["officers"],
        json!(["duty"])
    );
    // What is not open, or never was, is no hindrance.
    let with_more = [read.clone(), vec!["draft:nonsense".into()]].concat();
    let (status, answer) = post(at, &next, path, sign(with_more, true)).await;
    assert_eq!(status, 200, "{answer}");
    let watch = first.get("/api/watch").await;
    assert_eq!(of_air(&watch)["officers"], json!(["next"]));
    assert_eq!(of_air(&watch)["on"][0]["handed_over"], true);

    let record = first.get("/api/record").await;
    let records = record.as_array().unwrap().iter();
    let handed = records
        .filter_map(|record| record["fact"]["event"]["Watch"].get("HandedOver"))
        .next_back()
        .unwrap();
    assert_eq!(handed["from"], "duty");
    assert_eq!(handed["to"], "next");
    assert_eq!(handed["card_at_hand"], true);
    assert_eq!(handed["items"].as_array().unwrap().len(), read.len());
    assert_eq!(handed["count"], read.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn in_an_emergency_a_watch_is_taken_at_once_and_what_nobody_read_is_recorded() {
    let base = tempfile::tempdir().unwrap();
    let (first, _second, a, _b) = support::pair(base.path()).await;
    let interpreter = officer(&a, "voice", Role::Interpreter);
    first.post("/api/drafts", support::notice()).await;
    assert_eq!(first.post("/api/watch/air", json!({})).await.0, 200);
    let watch = first.get("/api/watch").await;
    assert_eq!(of_air(&watch)["on"][0]["handed_over"], false);
    let record = first.get("/api/record").await;
    let is_unread = |record: &Value| record["fact"]["event"]["Watch"].get("TakenUnread").cloned();
    let unread = record
        .as_array()
        .unwrap()
        .iter()
        .find_map(is_unread)
        .unwrap();
    assert!(unread["count"].as_u64().unwrap() >= 1, "{unread}");
    assert!(unread["items"].to_string().contains("Draft"), "{unread}");
    // Whoever passes on words has no watch, and reads nothing of what is handed over.
    let at = first.node.http;
    let refused = support::http(at, "GET", "/api/watch/air/handover", &interpreter, None).await;
    assert_eq!(refused.0, 403);
    let seen = get(at, &interpreter, "/api/record").await.to_string();
    assert!(!seen.contains("TakenUnread"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_commander_sets_the_roster_and_the_watch_shows_who_is_due() {
    let base = tempfile::tempdir().unwrap();
    let (first, _second, a, _b) = support::pair(base.path()).await;
    let commander = officer(&a, "general", Role::Commander);
    let at = first.node.http;
    let now = node::clock::now().as_unix_ms();
    let duty = |from: i64, until: i64| json!({"desk": "air", "officer": "duty", "from": from.to_string(), "until": until.to_string()});
    let hour = 3_600_000;
    let asked = duty(now - hour, now + hour);
    assert_eq!(first.post("/api/roster", asked.clone()).await.0, 403);
    assert_eq!(
        post(at, &commander, "/api/roster", asked.clone()).await.0,
        200
    );
    assert_eq!(
        post(at, &commander, "/api/roster", asked).await.0,
        422,
        "it is there"
    );
    let week = 7 * 24 * hour;
    for (from, until) in [
        (now, now),
        (now, now + week + 1),
        (now - 2 * hour, now - hour),
    ] {
        assert_eq!(
            post(at, &commander, "/api/roster", duty(from, until))
                .await
                .0,
            422
        );
    }
    assert_eq!(
        post(
            at,
            &commander,
            "/api/roster",
            duty(now + hour, now + hour + week)
        )
        .await
        .0,
        200
    );
    let nobody = json!({"desk": "air", "officer": "nobody", "from": now.to_string(), "until": (now + 1).to_string()});
    assert_eq!(post(at, &commander, "/api/roster", nobody).await.0, 422);
    let roster = first.get("/api/roster").await;
    assert_eq!(roster.as_array().unwrap().len(), 2);
    let watch = first.get("/api/watch").await;
    assert_eq!(of_air(&watch)["due"][0]["officer"], "duty");
    assert_eq!(of_air(&watch)["due"][0]["is_due"], true);
    assert_eq!(of_air(&watch)["due"][1]["is_due"], false);
    let path = format!("/api/roster/{}", roster[0]["duty"].as_str().unwrap());
    assert_eq!(
        support::http(at, "DELETE", &path, &first.officer, None)
            .await
            .0,
        403
    );
    assert_eq!(
        support::http(at, "DELETE", &path, &commander, None).await.0,
        200
    );
    assert_eq!(
        support::http(at, "DELETE", &path, &commander, None).await.0,
        422
    );
    assert_eq!(first.get("/api/roster").await.as_array().unwrap().len(), 1);
}

/// A request of the officer, ordered by somebody.
async fn ordered(screen: &Screen, path: &str, body: &Value, order: &str) -> (u16, String) {
    let mut stream = tokio::net::TcpStream::connect(screen.node.http)
        .await
        .unwrap();
    let body = body.to_string();
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer {}\r\n{DIRECTED_BY}: {order}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        screen.officer,
        body.len()
    );
    tokio::io::AsyncWriteExt::write_all(&mut stream, head.as_bytes())
        .await
        .unwrap();
    let (status, _, answer) = support::read_answer(&mut stream).await;
    (status, String::from_utf8_lossy(&answer).into_owned())
}

fn order(of: &Value) -> String {
    base64::engine::general_purpose::STANDARD.encode(of.to_string())
}

const WORDS: &str = "ruf sie jetzt an, sofort";
const DISSENT: &str = "the place is not verified";

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_act_on_somebodys_order_is_recorded_with_who_ordered_it_and_never_leaves_this_node() {
    let base = tempfile::tempdir().unwrap();
    let (first, second, a, b) = support::pair(base.path()).await;
    first.is_up().await;
    let said = order(&json!({"by": "Gen. Erle, J3", "words": WORDS, "dissent": DISSENT}));
    let (status, answer) = ordered(&first, "/api/calls", &json!({"desk": "air"}), &said).await;
    assert_eq!(status, 200, "{answer}");
    let acts = first.get("/api/directed").await;
    assert_eq!(acts[0]["officer"], "duty");
    assert_eq!(acts[0]["by"], "Gen. Erle, J3");
    assert_eq!(acts[0]["words"], WORDS);
    assert_eq!(acts[0]["dissent"], DISSENT);
    // The records that it names are the act: the one directly before it is the stop call.
    let record = first.get("/api/record").await;
    let records = record.as_array().unwrap();
    let of = records
        .iter()
        .position(|record| record["fact"]["event"]["Watch"].get("Directed").is_some())
        .unwrap();
    let count = usize::try_from(acts[0]["acts"].as_u64().unwrap()).unwrap();
    let act = &records[of - count..of];
    assert!(
        act.iter()
            .any(|record| record["fact"]["event"].get("MessageSent").is_some()),
        "{act:#?}"
    );
    assert!(
        act.iter()
            .all(|record| record["fact"]["at"] == records[of]["fact"]["at"])
    );

    // Nothing of it is at the other party's, in what it is told, or in what it keeps.
    second
        .until("/api/calls", |calls| calls.as_array().unwrap().len() == 1)
        .await;
    for path in ["/api/record", "/api/calls", "/api/alarms", "/api/directed"] {
        let told = second.get(path).await.to_string();
        for word in ["Erle", WORDS, DISSENT] {
            assert!(!told.contains(word), "{path} tells {word}");
        }
    }
    // An order that cannot be read is refused, and nothing is done as if nobody had given it.
    let long = order(&json!({"by": "x", "words": "x".repeat(1_001)}));
    let far_too_long = "A".repeat(MAX_DIRECTED_BY + 4);
    for bad in ["!!", &order(&json!({"by": "x"})), &long, &far_too_long] {
        assert_eq!(
            ordered(&first, "/api/watch/air", &json!({}), bad).await.0,
            422
        );
    }
    assert_eq!(
        of_air(&first.get("/api/watch").await)["officers"],
        json!([])
    );
    // It outlives a restart, and the files of the other party hold none of it in clear.
    assert!(first.node.stop().await);
    let again = Screen::start(&a).await;
    assert_eq!(again.get("/api/directed").await[0]["words"], WORDS);
    assert!(second.node.stop().await);
    for file in std::fs::read_dir(&b.path).unwrap() {
        let path = file.unwrap().path();
        let Ok(bytes) = std::fs::read(&path) else {
            continue;
        };
        let holds = |word: &str| {
            bytes
                .windows(word.len())
                .any(|part| part == word.as_bytes())
        };
        assert!(!holds(WORDS) && !holds(DISSENT), "{}", path.display());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn where_two_are_agreed_a_single_officer_on_watch_is_an_alarm() {
    let base = tempfile::tempdir().unwrap();
    let (a, b) = (
        support::folder(base.path(), "coalition"),
        support::folder(base.path(), "federation"),
    );
    support::configure(&a, "\"127.0.0.1:0\"", &[]);
    let first = Screen::start(&a).await;
    let text = support::arrangement(&a, &b);
    // The text itself, without the signatures that stand below it.
    let plain = wire::arrangement::SignedArrangement::from_text(&text).unwrap();
    let plain = plain.arrangement().document.to_string();
    let with_two = support::signed(&format!("watch_officers = 2\n{plain}"), [&a, &b]);
    let body = json!({"arrangement": with_two, "peer_card": support::card(&b)});
    let (status, answer) = first.administer("/api/admin/arrangement", body).await;
    assert_eq!(status, 200, "{answer}");
    let stands = |alarms: &Value| {
        let alarms = alarms.as_array().unwrap().iter();
        alarms
            .clone()
            .any(|alarm| alarm["alarm"] == "watch-too-few:air")
    };
    first.until("/api/alarms", stands).await;
    assert_eq!(first.post("/api/watch/air", json!({})).await.0, 200);
    assert!(
        stands(&first.get("/api/alarms").await),
        "one is one too few"
    );
    let watch = first.get("/api/watch").await;
    assert_eq!(of_air(&watch)["asked"], 2);
    let next = officer(&a, "next", Role::Watch);
    assert_eq!(
        post(first.node.http, &next, "/api/watch/air", json!({}))
            .await
            .0,
        200
    );
    first.until("/api/alarms", |alarms| !stands(alarms)).await;
    // How often it was called is shown to it.
    let watch = first.get("/api/watch").await;
    let rang = of_air(&watch)["alarms_last_hour"].as_u64().unwrap();
    assert!(rang >= 2, "no sounder, too few: {rang}");
    assert_eq!(of_air(&watch)["checks"][0]["line_name"], "air-line");
}

/// A wall page whose screen is enrolled: its token.
async fn wall(screen: &Screen, name: &str, desk: &str) -> String {
    let (status, link) = screen
        .post("/api/walls", json!({"wall": name, "desk": desk}))
        .await;
    assert_eq!(status, 200, "{link}");
    let code = link["code"].as_str().unwrap();
    let (status, enrolled) = post(
        screen.node.http,
        "",
        "/api/wall/screen",
        json!({"code": code}),
    )
    .await;
    assert_eq!(status, 200, "{enrolled}");
    let again = post(
        screen.node.http,
        "",
        "/api/wall/screen",
        json!({"code": code}),
    )
    .await;
    assert_eq!(again.0, 401, "a link is good once");
    enrolled["token"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_wall_page_hears_the_alarms_of_its_desk_and_reads_nothing_else() {
    let base = tempfile::tempdir().unwrap();
    let (first, second, _a, _b) = support::pair(base.path()).await;
    first.is_up().await;
    let token = wall(&first, "ops-east", "air").await;
    let at = first.node.http;
    let page = get(at, &token, "/api/wall").await;
    assert_eq!(page["desk"], "air");
    assert_eq!(page["own"], "coalition");
    // Of all that the API has, nothing else is open to it.
    let api = first.get("/api/openapi.json").await;
    let mut asked = 0;
    for (path, operations) in api["paths"].as_object().unwrap() {
        let is_open = path.starts_with("/api/wall/") || path == "/api/wall";
        if is_open || ["/healthz", "/api/sessions", "/api/unit/telephone"].contains(&path.as_str())
        {
            continue;
        }
        let path: String = path.replace(['{', '}'], "");
        for method in operations.as_object().unwrap().keys() {
            let method = method.to_uppercase();
            let body = (method != "GET").then(|| json!({}));
            let (status, _) = support::http(at, &method, &path, &token, body.as_ref()).await;
            assert_eq!(status, 401, "{method} {path}");
            asked += 1;
        }
    }
    assert!(asked > 60, "{asked}");
    let mut socket = Socket::open_at(at, &token, "/api/wall/events?sounds=true")
        .await
        .unwrap();
    socket.ready().await;
    first
        .until("/api/watch", |watch| {
            of_air(watch)["sounders"] == json!(["ops-east"])
        })
        .await;
    let walls = first.get("/api/walls").await;
    assert_eq!(walls[0]["sounds"], true);
    // Another desk's call is not told there; its own is, and nothing that is no alarm.
    second.post("/api/calls", json!({"desk": "ground"})).await;
    first.post("/api/drafts", support::notice()).await;
    second.post("/api/calls", json!({"desk": "air"})).await;
    loop {
        let told = socket.next().await.unwrap();
        assert_ne!(told["type"], "changed", "{told}");
        if told["type"] == "alarm" && told["kind"] == "stop-call" {
            assert_eq!(told["desk"], "air", "{told}");
            break;
        }
    }
    // Taken away, it is out at once, and hears nothing more.
    assert_eq!(
        support::http(at, "DELETE", "/api/walls/ops-east", &first.officer, None)
            .await
            .0,
        200
    );
    assert_eq!(
        support::http(at, "GET", "/api/wall", &token, None).await.0,
        401
    );
    let gone = async { while socket.next().await.is_some() {} };
    tokio::time::timeout(std::time::Duration::from_secs(12), gone)
        .await
        .unwrap();
    first
        .until("/api/watch", |watch| of_air(watch)["sounders"] == json!([]))
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_stop_call_is_taken_at_the_wall_by_an_officers_pin_and_wrong_ones_lock_it_with_an_alarm()
{
    let base = tempfile::tempdir().unwrap();
    let (first, second, a, _b) = support::pair(base.path()).await;
    first.is_up().await;
    let at = first.node.http;
    let commander = officer(&a, "general", Role::Commander);
    let pin = |pin: &str| json!({"pin": pin});
    for bad in ["12345", "1234567890123", "111111", "123456", "abcdef"] {
        assert_eq!(first.post("/api/me/pin", pin(bad)).await.0, 422, "{bad}");
    }
    assert_eq!(first.post("/api/me/pin", pin("402718")).await.0, 200);
    assert_eq!(
        post(at, &commander, "/api/me/pin", pin("815204")).await.0,
        200
    );
    let kept = std::fs::read_to_string(a.path.join("officers.toml")).unwrap();
    assert!(!kept.contains("402718") && kept.contains("pbkdf2-sha512$"));

    let token = wall(&first, "ops-east", "air").await;
    let elsewhere = wall(&first, "ops-west", "ground").await;
    second.post("/api/calls", json!({"desk": "air"})).await;
    let calls = first
        .until("/api/calls", |calls| calls.as_array().unwrap().len() == 1)
        .await;
    let call = calls[0]["call"].as_str().unwrap().to_owned();
    let accept = |officer: &str, pin: &str| json!({"call": call, "officer": officer, "pin": pin});
    let path = "/api/wall/accept";
    // Another desk's wall knows of no such call, and nobody accepts without a PIN.
    assert_eq!(
        post(at, &elsewhere, path, accept("duty", "402718")).await.0,
        404
    );
    assert_eq!(
        post(at, "nothing", path, accept("duty", "402718")).await.0,
        401
    );
    let wait = || tokio::time::sleep(node::auth::pins::TRY_EVERY);
    let (status, refused) = post(at, &token, path, accept("duty", "402719")).await;
    assert_eq!((status, refused["code"].as_str()), (403, Some("pin-wrong")));
    let (status, refused) = post(at, &token, path, accept("duty", "402718")).await;
    assert_eq!(
        (status, refused["code"].as_str()),
        (429, Some("pin-too-soon"))
    );
    wait().await;
    // Whether there is such a name is not told apart.
    let (status, unknown) = post(at, &token, path, accept("nobody", "402718")).await;
    assert_eq!((status, unknown["code"].as_str()), (403, Some("pin-wrong")));
    wait().await;
    let (status, answer) = post(at, &token, path, accept("general", "815204")).await;
    assert_eq!(status, 200, "{answer}");
    let record = first.get("/api/record").await;
    let accepted = record.as_array().unwrap().iter().rfind(|record| {
        record["fact"]["by"] == json!({"Officer": "general"})
            && record["fact"]["event"].get("MessageSent").is_some()
    });
    let header = &accepted.unwrap()["fact"]["event"]["MessageSent"]["header"];
    assert_eq!(header["role"], "commander");
    second
        .until("/api/calls", |calls| {
            calls[0]["accepted_at"].is_i64() || calls[0]["phase"] == "accepted"
        })
        .await;

    // A row of wrong ones, of which there was one: then none is looked at, and the desk is told.
    for _ in 1..node::auth::pins::MAX_WRONG {
        wait().await;
        assert_eq!(
            post(at, &token, path, accept("duty", "999998")).await.0,
            403
        );
    }
    wait().await;
    let (status, locked) = post(at, &token, path, accept("duty", "402718")).await;
    assert_eq!((status, locked["code"].as_str()), (429, Some("pin-locked")));
    let stands = |alarms: &Value| {
        let mut alarms = alarms.as_array().unwrap().iter();
        alarms.any(|alarm| alarm["alarm"] == "wall-locked:air")
    };
    first.until("/api/alarms", stands).await;
    let seen = first
        .post("/api/alarms/wall-locked:air/acknowledge", json!({}))
        .await;
    assert_eq!(seen.0, 200, "{}", seen.1);
    first.until("/api/alarms", |alarms| !stands(alarms)).await;
    // At the console the officer goes on all the same.
    assert_eq!(
        first
            .post(
                &format!("/api/calls/{call}/answer"),
                json!({"answer": "pause-ordered"})
            )
            .await
            .0,
        200
    );
}
