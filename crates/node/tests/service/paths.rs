//! Several addresses, dead ones among them.

use crate::support::path::{State, Way};
use crate::support::socket::Socket;
use crate::support::{self, Folder, Screen, configure, folder};
use model::code::{Desk, Role};
use node::auth::{Officers, Right};
use node::events::Told;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::net::TcpListener;
use tokio::sync::broadcast::Receiver;

/// Two nodes; the second dials the first by `ways`.
async fn over(base: &Path, ways: &[SocketAddr], first: Screen, a: &Folder) -> (Screen, Screen) {
    let b = folder(base, "federation");
    configure(&b, "", ways);
    let second = Screen::start(&b).await;
    support::join(&first, &second, a, &b).await;
    (first, second)
}

async fn listening(base: &Path) -> (Screen, Folder) {
    let a = folder(base, "coalition");
    configure(&a, "\"127.0.0.1:0\"", &[]);
    (Screen::start(&a).await, a)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn where_the_first_address_is_dead_the_second_carries_the_line() {
    let base = tempfile::tempdir().unwrap();
    let (first, a) = listening(base.path()).await;
    // Nobody listens there any more.
    let dead = TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap();
    let ways = [dead, first.node.lines[0]];
    let (first, second) = over(base.path(), &ways, first, &a).await;
    second
        .until("/api/lines", |lines| lines[0]["link"] == "degraded")
        .await;
    let (status, answer) = second.post("/api/calls", json!({"desk": "air"})).await;
    assert_eq!(
        (status, &answer["stopped"][0]["on_its_way"]),
        (200, &json!(true)),
        "{answer:#}"
    );
    first
        .until("/api/calls", |calls| calls[0]["caller"] == "peer")
        .await;
    second
        .until("/api/calls", |calls| calls[0]["delivered"].is_i64())
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_stop_call_on_a_path_that_is_lost_arrives_once_by_the_other() {
    let base = tempfile::tempdir().unwrap();
    let (first, a) = listening(base.path()).await;
    let (one, other) = (
        Way::to(first.node.lines[0]).await,
        Way::to(first.node.lines[0]).await,
    );
    let ways = [one.address, other.address];
    let (first, second) = over(base.path(), &ways, first, &a).await;
    first.is_up().await;
    second.is_up().await;
    let mut heard = first.node.served.shell.events.listen();
    // What goes out on the first path now is swallowed, and then the path is gone.
    one.set(State::Silent);
    let (status, answer) = second.post("/api/calls", json!({"desk": "air"})).await;
    assert_eq!(status, 200, "{answer:#}");
    one.set(State::Cut);
    second
        .until("/api/calls", |calls| calls[0]["delivered"].is_i64())
        .await;
    one.set(State::Open);
    second.is_up().await;
    let calls = first.get("/api/calls").await;
    assert_eq!(calls.as_array().unwrap().len(), 1, "{calls:#}");
    assert_eq!(raised(&mut heard, "stop-call"), 1);
    assert_eq!(facts(&first, "MessageReceived").await.len(), 1);
}

/// How often an alarm of that kind has sounded.
fn raised(heard: &mut Receiver<Arc<Told>>, kind: &str) -> usize {
    let mut count = 0;
    while let Ok(told) = heard.try_recv() {
        count += usize::from(matches!(told.as_ref(), Told::Alarm(alarm) if alarm.kind == kind));
    }
    count
}

/// The facts of that name in the record.
pub async fn facts(screen: &Screen, name: &str) -> Vec<Value> {
    let record = screen.get("/api/record").await;
    let facts = record.as_array().unwrap().iter();
    facts
        .filter_map(|shown| shown["fact"]["event"].get(name))
        .cloned()
        .collect()
}

async fn link_down_alarms(screen: &Screen) -> usize {
    let raised = facts(screen, "AlarmRaised").await;
    let link_down = |fact: &&Value| fact["alarm"].get("LinkDown").is_some();
    raised.iter().filter(link_down).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_link_that_dies_without_a_word_is_an_alarm_within_a_minute() {
    let base = tempfile::tempdir().unwrap();
    let (first, a) = listening(base.path()).await;
    let way = Way::to(first.node.lines[0]).await;
    let (first, second) = over(base.path(), &[way.address], first, &a).await;
    first.is_up().await;
    second.is_up().await;
    way.set(State::Silent);
    let began = Instant::now();
    while link_down_alarms(&first).await == 0 || link_down_alarms(&second).await == 0 {
        assert!(
            began.elapsed() < Duration::from_secs(60),
            "no alarm within a minute"
        );
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
    println!(
        "a silent link was an alarm on both sides after {:?}",
        began.elapsed()
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_link_that_flaps_is_one_alarm() {
    let base = tempfile::tempdir().unwrap();
    let (first, a) = listening(base.path()).await;
    let way = Way::to(first.node.lines[0]).await;
    let (first, _second) = over(base.path(), &[way.address], first, &a).await;
    first.is_up().await;
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(45) {
        way.set(State::Cut);
        tokio::time::sleep(Duration::from_millis(2_500)).await;
        way.set(State::Open);
        tokio::time::sleep(Duration::from_millis(2_500)).await;
    }
    assert_eq!(link_down_alarms(&first).await, 1);
    let ended = facts(&first, "AlarmEnded").await;
    assert!(
        !ended
            .iter()
            .any(|fact| fact["alarm"].get("LinkDown").is_some()),
        "{ended:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_line_that_is_down_alarms_every_desk_of_it_and_any_of_them_may_silence_it() {
    let base = tempfile::tempdir().unwrap();
    let (first, second, a, _b) = support::pair(base.path()).await;
    first.is_up().await;
    let ground = Officers::in_folder(&a.path)
        .add(
            "ground-watch".parse().unwrap(),
            Right::Officer,
            vec![Desk::Ground],
            Role::Watch,
        )
        .unwrap();
    let mut socket = Socket::open(first.node.http, &ground, "?desk=ground")
        .await
        .unwrap();
    socket.ready().await;
    assert!(second.node.stop().await);
    let hears = async {
        loop {
            let told = socket.next().await.expect("the socket stands");
            if told["kind"] == "link-down" {
                return told;
            }
        }
    };
    let down = tokio::time::timeout(Duration::from_secs(90), hears)
        .await
        .unwrap();
    let path = format!("/api/alarms/{}/silence", down["alarm"].as_str().unwrap());
    let (status, answer) =
        support::http(first.node.http, "POST", &path, &ground, Some(&json!({}))).await;
    assert_eq!(status, 200, "{answer}");
}
