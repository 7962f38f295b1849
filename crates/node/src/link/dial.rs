//! Dialling the peers' addresses, for as long as they are configured.

use super::connection::{self, Purpose};
use super::tls::Pin;
use super::{HANDSHAKE, Link};
use crate::random;
use rustls::pki_types::ServerName;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use wire::line::Preamble;

/// The first pause after a connection that failed.
pub const SHORTEST: Duration = Duration::from_millis(200);
/// The longest pause.
pub const LONGEST: Duration = Duration::from_secs(5);
/// A connection that stood that long was a good one: the next pause is short again.
const GOOD: Duration = Duration::from_secs(10);

/// Dials `address` again and again; ends when the task is aborted.
pub async fn keep_dialling(link: Arc<Link>, purpose: Purpose, address: String) {
    let mut pause = SHORTEST;
    loop {
        let began = Instant::now();
        match timeout(HANDSHAKE, greet(&link, purpose, &address)).await {
            Ok(Some(stream)) => {
                pause = SHORTEST;
                connection::serve(link.clone(), purpose, stream).await;
            }
            Ok(None) | Err(_) => link.metrics.handshakes_failed.add(1),
        }
        if began.elapsed() >= GOOD {
            pause = SHORTEST;
        }
        tokio::time::sleep(jittered(pause)).await;
        pause = (pause * 2).min(LONGEST);
    }
}

/// Between half of `pause` and all of it, so that two nodes that lost each other do not dial in step.
fn jittered(pause: Duration) -> Duration {
    let part = random::bytes::<1>().map_or(128, |[byte]| byte);
    pause / 2 + pause * u32::from(part) / 512
}

async fn greet(link: &Link, purpose: Purpose, address: &str) -> Option<TlsStream<TcpStream>> {
    // Both manifests must be known: only then is there a key to expect.
    link.trust.keys(purpose.line)?;
    let stream = TcpStream::connect(address).await.ok()?;
    stream.set_nodelay(true).ok()?;
    let name = ServerName::try_from("standclear.invalid").ok()?;
    let connector = TlsConnector::from(link.dialling.clone());
    let mut stream = connector.connect(name, stream).await.ok()?;
    let (_, session) = stream.get_ref();
    let pin = Pin::of(session.peer_certificates()?.first()?).ok()?;
    if !link.trust.is_peer(purpose.line, &pin) {
        return None;
    }
    // Where we find the peer, the peer is likely to come from.
    if let Ok(address) = stream.get_ref().0.peer_addr() {
        link.gate.know(address.ip());
    }
    let preamble = Preamble {
        line: purpose.line,
        class: purpose.class,
        path: purpose.path,
    };
    stream.write_all(&preamble.to_bytes()).await.ok()?;
    stream.flush().await.ok()?;
    Some(stream)
}
