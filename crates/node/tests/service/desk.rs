//! Bells and sessions at the desk.

use crate::support::socket::Socket;
use crate::support::{self, Screen};
use channel::input::Input;
use model::code::{Desk, Role};
use node::auth::{Officers, Right};
use node::http::queries::MAX_NAMED;
use serde_json::{Value, json};
use std::time::Duration;

fn sounders(watch: &Value) -> &Value {
    let desks = watch.as_array().unwrap();
    &desks.iter().find(|shown| shown["desk"] == "air").unwrap()["sounders"]
}

async fn bell(screen: &Screen) -> Socket {
    let query = "?desk=air&sounder=bell";
    let mut socket = Socket::open(screen.node.http, &screen.officer, query)
        .await
        .unwrap();
    socket.ready().await;
    socket
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_bells_of_one_name_the_first_to_leave_does_not_disarm_the_other() {
    let base = tempfile::tempdir().unwrap();
    let (first, _second, _a, _b) = support::pair(base.path()).await;
    let (one, other) = (bell(&first).await, bell(&first).await);
    first
        .until("/api/watch", |watch| *sounders(watch) == json!(["bell"]))
        .await;
    drop(one);
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(*sounders(&first.get("/api/watch").await), json!(["bell"]));
    drop(other);
    first
        .until("/api/watch", |watch| *sounders(watch) == json!([]))
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_bell_that_was_armed_when_the_node_ended_is_not_armed_when_it_begins() {
    let base = tempfile::tempdir().unwrap();
    let (first, _second, a, _b) = support::pair(base.path()).await;
    // As a node leaves it that ends without a word: armed, with nobody behind it.
    first.node.served.shell.tell(Input::Sounder {
        desk: Desk::Air,
        sounder: "bell".parse().unwrap(),
        armed: true,
    });
    first
        .until("/api/watch", |watch| *sounders(watch) == json!(["bell"]))
        .await;
    assert!(first.node.stop().await);
    let again = Screen::start(&a).await;
    again
        .until("/api/watch", |watch| *sounders(watch) == json!([]))
        .await;
    again
        .until("/api/alarms", |alarms| {
            let alarms = alarms.as_array().unwrap();
            alarms
                .iter()
                .any(|alarm| alarm["alarm"] == "no-sounder:air")
        })
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn whoever_loses_the_account_loses_the_event_socket() {
    let base = tempfile::tempdir().unwrap();
    let (first, _second, a, _b) = support::pair(base.path()).await;
    let mut socket = Socket::open(first.node.http, &first.officer, "")
        .await
        .unwrap();
    socket.ready().await;
    Officers::in_folder(&a.path)
        .remove("duty".parse().unwrap())
        .unwrap();
    let gone = async { while socket.next().await.is_some() {} };
    tokio::time::timeout(Duration::from_secs(12), gone)
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_account_listens_up_to_its_limit_and_not_once_more() {
    let base = tempfile::tempdir().unwrap();
    let (first, _second, _a, _b) = support::pair(base.path()).await;
    let open = || Socket::open(first.node.http, &first.officer, "?desk=air");
    let mut sockets = Vec::new();
    for _ in 0..node::http::sockets::MAX_LISTENING {
        sockets.push(open().await.unwrap());
    }
    assert_eq!(open().await.err(), Some(429));
    sockets.pop();
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert!(open().await.is_ok());
}

fn on_watch(watch: &Value) -> &Value {
    let desks = watch.as_array().unwrap();
    &desks.iter().find(|shown| shown["desk"] == "air").unwrap()["officers"]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn whoever_loses_the_account_is_off_the_watch() {
    let base = tempfile::tempdir().unwrap();
    let (first, _second, a, _b) = support::pair(base.path()).await;
    let commander = signed_in_as(&a, Desk::Air, Role::Commander);
    let take = |token: String| {
        let http = first.node.http;
        async move { support::http(http, "POST", "/api/watch/air", &token, Some(&json!({}))).await }
    };
    assert_eq!(take(first.officer.clone()).await.0, 200);
    assert_eq!(take(commander).await.0, 200);
    first
        .until("/api/watch", |watch| {
            *on_watch(watch) == json!(["commander-air", "duty"])
        })
        .await;
    let remove = |name: &str| {
        let officers = Officers::in_folder(&a.path);
        officers.remove(name.parse().unwrap()).unwrap();
    };
    remove("commander-air");
    first
        .until("/api/watch", |watch| *on_watch(watch) == json!(["duty"]))
        .await;
    // Also where it was taken away while no node ran.
    assert!(first.node.stop().await);
    remove("duty");
    signed_in_as(&a, Desk::Air, Role::Liaison);
    let token = Officers::in_folder(&a.path)
        .add(
            "next".parse().unwrap(),
            Right::Officer,
            vec![Desk::Air],
            Role::Watch,
        )
        .unwrap();
    let node = node::server::Node::start(&a.path).await.unwrap();
    let end = tokio::time::Instant::now() + Duration::from_secs(30);
    loop {
        let (_, watch) = support::http(node.http, "GET", "/api/watch", &token, None).await;
        if *on_watch(&watch) == json!([]) {
            break;
        }
        assert!(tokio::time::Instant::now() < end, "{watch:#}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(node.stop().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_interpreter_takes_no_watch_and_is_told_why() {
    let base = tempfile::tempdir().unwrap();
    let (first, _second, a, _b) = support::pair(base.path()).await;
    let interpreter = signed_in_as(&a, Desk::Air, Role::Interpreter);
    let http = first.node.http;
    let (status, answer) = support::http(
        http,
        "POST",
        "/api/watch/air",
        &interpreter,
        Some(&json!({})),
    )
    .await;
    assert_eq!(status, 403, "{answer}");
    let why = answer["detail"].as_str().unwrap();
    assert!(
        why.contains("is an interpreter") && why.contains("an officer of the desk"),
        "{why}"
    );
    assert_eq!(*on_watch(&first.get("/api/watch").await), json!([]));
    let ground = signed_in_as(&a, Desk::Ground, Role::Watch);
    let (status, answer) =
        support::http(http, "POST", "/api/watch/air", &ground, Some(&json!({}))).await;
    assert_eq!(status, 403, "{answer}");
    let why = answer["detail"].as_str().unwrap();
    assert!(why.contains("no account for the air desk"), "{why}");
}

/// The token of a new account of this desk and role.
fn signed_in_as(folder: &support::Folder, desk: Desk, role: Role) -> String {
    let name = format!("{role}-{desk}").parse().unwrap();
    let officers = Officers::in_folder(&folder.path);
    officers
        .add(name, Right::Officer, vec![desk], role)
        .unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn only_the_called_desk_and_the_senior_desk_speak_for_it_and_an_interpreter_for_nobody() {
    let base = tempfile::tempdir().unwrap();
    let (first, second, _a, b) = support::pair(base.path()).await;
    first.is_up().await;
    let (status, _made) = first.post("/api/calls", json!({"desk": "air"})).await;
    assert_eq!(status, 200);
    let (_, drafted) = first.post("/api/drafts", support::notice()).await;
    let draft = drafted["draft"].as_str().unwrap();
    let terms = json!({"authority": "deconfliction", "purpose": "flight-safety"});
    let release = json!({"lines": ["air-line"], "terms": terms});
    let path = format!("/api/drafts/{draft}/release");
    assert_eq!(first.post(&path, release).await.0, 200);
    let stop = |alarm: &Value| alarm["kind"] == "stop-call";
    let alarms = second
        .until("/api/alarms", |alarms| {
            alarms.as_array().unwrap().iter().any(stop)
        })
        .await;
    let alarm = alarms
        .as_array()
        .unwrap()
        .iter()
        .find(|alarm| stop(alarm))
        .unwrap();
    let alarm = alarm["alarm"].as_str().unwrap();
    let there = second
        .until("/api/notices", |notices| notices[0]["entry"].is_string())
        .await;
    let notice = there[0]["entry"].as_str().unwrap();
    let acts = [
        (format!("/api/alarms/{alarm}/silence"), json!({})),
        (format!("/api/notices/{notice}/displayed"), json!({})),
        (
            format!("/api/notices/{notice}/answer"),
            json!({"answer": "no-objection"}),
        ),
    ];
    let ground = signed_in_as(&b, Desk::Ground, Role::Watch);
    let interpreter = signed_in_as(&b, Desk::Air, Role::Interpreter);
    let senior = signed_in_as(&b, Desk::Senior, Role::Watch);
    for (path, body) in &acts {
        for (token, may) in [(&ground, false), (&interpreter, false), (&senior, true)] {
            let (status, answer) =
                support::http(second.node.http, "POST", path, token, Some(body)).await;
            let expected = if may { 200 } else { 403 };
            assert_eq!(status, expected, "{path}: {answer}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_a_preview_shows_is_what_the_other_desk_reads_and_only_its_own_desk_may_ask() {
    let base = tempfile::tempdir().unwrap();
    let (first, second, a, _b) = support::pair(base.path()).await;
    first.is_up().await;
    let mut notice = support::notice();
    notice["slots"]["label"] = json!("Larch");
    notice["slots"]["contact"] = json!("the gate");
    let (status, drafted) = first.post("/api/drafts", notice).await;
    assert_eq!(status, 200, "{drafted}");
    let draft = drafted["draft"].as_str().unwrap();
    let preview = format!("/api/drafts/{draft}/preview");
    let under = |authority: &str| {
        let terms = json!({"authority": authority, "purpose": "flight-safety"});
        json!({"lines": ["air-line"], "terms": terms})
    };
    let (status, shown) = first.post(&preview, under("deconfliction")).await;
    assert_eq!(status, 200, "{shown}");
    let shown = &shown[0];
    assert_eq!(shown["held_back"][0]["slot"], "contact", "{shown:#}");
    assert_eq!(shown["held_back"][0]["why"], "no rule lets it go");
    assert!(
        shown["held_back"][0]["advice"]
            .as_str()
            .unwrap()
            .contains("ask whoever answers for")
    );
    let (status, denied) = first.post(&preview, under("nobody")).await;
    assert_eq!(status, 200, "{denied}");
    assert_eq!(denied[0]["received"], Value::Null);
    assert!(
        denied[0]["why"][0]
            .as_str()
            .unwrap()
            .contains("no authority `nobody`"),
        "{denied:#}"
    );
    assert_eq!(denied[0]["authorities"], json!(["deconfliction"]));
    let ground = signed_in_as(&a, Desk::Ground, Role::Watch);
    let http = first.node.http;
    let (status, _) = support::http(
        http,
        "POST",
        &preview,
        &ground,
        Some(&under("deconfliction")),
    )
    .await;
    assert_eq!(status, 403);
    // Nothing was said or recorded by asking.
    assert_eq!(first.get("/api/notices").await, json!([]));
    let record = first.get("/api/record").await;
    assert!(!record.to_string().contains("ReleaseDecided"));
    let path = format!("/api/drafts/{draft}/release");
    assert_eq!(first.post(&path, under("deconfliction")).await.0, 200);
    let there = second
        .until("/api/notices", |notices| notices[0]["entry"].is_string())
        .await;
    for same in ["slots", "measured", "read_back_items", "kind", "desk"] {
        assert_eq!(there[0][same], shown["received"][same], "{same}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn before_an_objection_the_officer_sees_what_it_reveals_and_whether_it_is_news() {
    let base = tempfile::tempdir().unwrap();
    let (first, second, _a, b) = support::pair(base.path()).await;
    first.is_up().await;
    second.is_up().await;
    let terms = json!({"authority": "deconfliction", "purpose": "flight-safety"});
    let (_, drafted) = first.post("/api/drafts", support::notice()).await;
    let path = format!("/api/drafts/{}/release", drafted["draft"].as_str().unwrap());
    let release = json!({"lines": ["air-line"], "terms": terms, "in_conflict": true});
    assert_eq!(first.post(&path, release.clone()).await.0, 200);
    let there = second
        .until("/api/notices", |notices| notices[0]["entry"].is_string())
        .await;
    let asked = format!(
        "/api/notices/{}/answer/preview",
        there[0]["entry"].as_str().unwrap()
    );
    let (status, alone) = second.post(&asked, json!({"answer": "objection"})).await;
    assert_eq!(status, 200, "{alone}");
    assert!(
        alone["concludes"]
            .as_str()
            .unwrap()
            .starts_with("that something of yours is")
    );
    assert_eq!(
        alone["area"], there[0]["slots"]["area"],
        "nothing smaller than its own area"
    );
    assert_eq!((&alone["told"], &alone["untold"]), (&json!([]), &json!([])));
    assert_eq!(alone["is_news"], true);
    // A plan of ours in the same place and hours, of which nothing was said.
    let (_, ours) = second.post("/api/drafts", support::notice()).await;
    let ours = ours["draft"].as_str().unwrap();
    let (_, planned) = second.post(&asked, json!({"answer": "concern"})).await;
    assert_eq!(planned["untold"], json!([ours]), "{planned:#}");
    assert_eq!(planned["is_news"], true);
    // Once it is told, an objection tells no more.
    let (status, said) = second
        .post(&format!("/api/drafts/{ours}/release"), release)
        .await;
    assert_eq!(status, 200, "{said}");
    let (_, told) = second.post(&asked, json!({"answer": "objection"})).await;
    assert_eq!(
        told["told"],
        json!([said["released"][0]["entry"]]),
        "{told:#}"
    );
    assert_eq!(
        (&told["untold"], &told["is_news"]),
        (&json!([]), &json!(false))
    );
    let (_, nothing) = second.post(&asked, json!({"answer": "no-objection"})).await;
    assert!(
        nothing["concludes"]
            .as_str()
            .unwrap()
            .starts_with("that nothing of yours")
    );
    // Another desk may not ask, and nothing was answered by asking.
    let ground = signed_in_as(&b, Desk::Ground, Role::Watch);
    let body = json!({"answer": "objection"});
    let http = second.node.http;
    let (status, _) = support::http(http, "POST", &asked, &ground, Some(&body)).await;
    assert_eq!(status, 403);
    assert_eq!(second.get("/api/notices").await[0]["answer"], Value::Null);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_changes_names_the_notice_and_that_one_is_read_by_its_name() {
    let base = tempfile::tempdir().unwrap();
    let (first, second, _a, _b) = support::pair(base.path()).await;
    let mut socket = Socket::open(second.node.http, &second.officer, "")
        .await
        .unwrap();
    socket.ready().await;
    let release = async || {
        let (_, drafted) = first.post("/api/drafts", support::notice()).await;
        let path = format!("/api/drafts/{}/release", drafted["draft"].as_str().unwrap());
        let terms = json!({"authority": "deconfliction", "purpose": "flight-safety"});
        let (status, said) = first
            .post(&path, json!({"lines": ["air-line"], "terms": terms}))
            .await;
        assert_eq!(status, 200, "{said:#}");
    };
    release().await;
    let told = socket.until(|told| told["what"] == "air-activity").await;
    let entry = told["about"].as_str().unwrap().to_owned();
    assert_eq!(told["id"], entry, "it is itself what it is about");
    release().await;
    let all = second
        .until("/api/notices", |all| all.as_array().unwrap().len() == 2)
        .await;
    let of = |entries: &str| format!("/api/notices?entries={entries}");
    assert_eq!(second.get(&of(&entry)).await, json!([all[0]]));
    let other = all[1]["entry"].as_str().unwrap();
    assert_eq!(
        second.get(&of(&format!("{other},{entry}"))).await,
        json!([all[1], all[0]])
    );
    // One that is not in view is left out.
    let gone = entry.replace(".1.0", ".1.9");
    assert_ne!(gone, entry);
    assert_eq!(
        second.get(&of(&format!("{gone},{other}"))).await,
        json!([all[1]])
    );
    // What was said about it names it.
    let (status, said) = second
        .post(&format!("/api/notices/{entry}/displayed"), json!({}))
        .await;
    assert_eq!(status, 200, "{said:#}");
    let told = socket.until(|told| told["what"] == "displayed").await;
    assert_eq!(told["about"], entry);
    assert_ne!(told["id"], entry);

    let most = vec![entry.as_str(); MAX_NAMED].join(",");
    assert_eq!(
        second.get(&of(&most)).await.as_array().unwrap().len(),
        MAX_NAMED
    );
    for (entries, why) in [
        (
            format!("{most},{entry}"),
            "64 notices are named at once at most",
        ),
        ("no-name".to_owned(), "no-name"),
        (String::new(), "entry"),
    ] {
        let path = of(&entries);
        let (status, refused) =
            support::http(second.node.http, "GET", &path, &second.officer, None).await;
        assert_eq!(status, 422, "{refused:#}");
        assert!(
            refused["detail"].as_str().unwrap().contains(why),
            "{refused:#}"
        );
    }
}
