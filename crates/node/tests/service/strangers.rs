//! Whoever has not said who they are takes little, and keeps nobody out.

use super::peer::against;
use crate::support;
use crate::support::socket::Socket;
use model::code::Desk;
use node::http::serve;
use node::link::listen;
use serde_json::json;
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

async fn idle(address: SocketAddr, count: usize) -> Vec<TcpStream> {
    let mut held = Vec::new();
    for _ in 0..count {
        held.push(TcpStream::connect(address).await.unwrap());
    }
    held
}

/// Opens idle connections for ever, well below what is refused for coming too often.
fn keep_coming(address: SocketAddr) -> tokio::task::JoinHandle<()> {
    tokio::spawn(async move {
        let mut held = Vec::new();
        loop {
            held.push(TcpStream::connect(address).await);
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn strangers_who_hold_every_place_keep_neither_the_peer_nor_its_stop_call_out() {
    let base = tempfile::tempdir().unwrap();
    let (first, impostor, _a) = against(base.path()).await;
    let address = first.node.lines[0];
    // As many as a second may bring of one source, again and again, until more are held than there are places.
    let batch = usize::try_from(listen::ROOM.knocks_a_second).unwrap() * 3 / 4;
    let mut held = Vec::new();
    let began = Instant::now();
    while held.len() <= listen::ROOM.strangers {
        held.extend(idle(address, batch).await);
        tokio::time::sleep(Duration::from_millis(1_010)).await;
    }
    assert!(
        began.elapsed() < node::link::TLS_WITHIN,
        "the first of them still hold their places"
    );
    let crowd = keep_coming(address);
    // From the very address of the crowd, and not known yet.
    let greeted = tokio::time::timeout(Duration::from_secs(2), impostor.greet(address));
    let mut stream = greeted.await.expect("the peer is let in at once");
    stream
        .write_all(&impostor.first_call(Desk::Air))
        .await
        .unwrap();
    first
        .until("/api/calls", |calls| calls[0]["caller"] == "peer")
        .await;
    assert!(first.node.served.shell.metrics.handshakes_refused.value() > 0);
    crowd.abort();
    drop(held);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn visitors_who_dawdle_keep_no_officer_out_and_end_no_event_socket() {
    let base = tempfile::tempdir().unwrap();
    let (first, second, _a, _b) = support::pair(base.path()).await;
    first.is_up().await;
    let mut socket = Socket::open(first.node.http, &first.officer, "?desk=air")
        .await
        .unwrap();
    socket.ready().await;
    let held = idle(first.node.http, 2 * serve::ROOM.strangers).await;
    let crowd = keep_coming(first.node.http);

    let began = Instant::now();
    first.get("/api/lines").await;
    assert!(began.elapsed() < Duration::from_secs(2));
    second.is_up().await;
    second.post("/api/calls", json!({"desk": "air"})).await;
    socket.until(|told| told["kind"] == "stop-call").await;
    assert!(first.node.served.shell.metrics.visitors_refused.value() > 0);
    crowd.abort();
    drop(held);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_body_of_ten_gigabytes_is_refused_before_it_is_read_and_a_strangers_is_never_read() {
    let base = tempfile::tempdir().unwrap();
    let (first, _second, _a, _b) = support::pair(base.path()).await;
    for (token, expected) in [(first.officer.as_str(), 413), ("nobody", 401)] {
        let head = format!(
            "POST /api/calls HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer {token}\r\n\
             Content-Type: application/json\r\nContent-Length: 10000000000\r\n\r\n{{"
        );
        let mut stream = TcpStream::connect(first.node.http).await.unwrap();
        stream.write_all(head.as_bytes()).await.unwrap();
        let answer = support::read_answer(&mut stream);
        let (status, head, _) = tokio::time::timeout(Duration::from_secs(5), answer)
            .await
            .unwrap();
        assert_eq!(status, expected, "{head}");
        assert!(head.contains("application/problem+json"), "{head}");
    }
}
