//! Accepting the connections that peers dial.

use super::connection::{self, Purpose};
use super::tls::Pin;
use super::{HANDSHAKE, Link};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::AsyncReadExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use wire::line::Preamble;
use wire::line::preamble::PREAMBLE;

/// Handshakes at a time; more wait.
pub const MAX_HANDSHAKES: usize = 64;
/// After an error of the listener itself (no file handles left, say).
const PAUSE: Duration = Duration::from_millis(100);

/// Accepts for ever.
pub async fn accept_all(link: Arc<Link>, listener: TcpListener) {
    let room = Arc::new(Semaphore::new(MAX_HANDSHAKES));
    loop {
        let Ok(permit) = room.clone().acquire_owned().await else {
            return;
        };
        let stream = match listener.accept().await {
            Ok((stream, _address)) => stream,
            Err(error) => {
                tracing::warn!(%error, "no connection is accepted for the moment");
                tokio::time::sleep(PAUSE).await;
                continue;
            }
        };
        let link = link.clone();
        tokio::spawn(async move {
            let greeted = timeout(HANDSHAKE, greet(&link, stream)).await;
            drop(permit);
            match greeted {
                Ok(Some((purpose, stream))) => connection::serve(link, purpose, stream).await,
                Ok(None) | Err(_) => link.metrics.handshakes_failed.add(1),
            }
        });
    }
}

/// TLS, then the preamble. Silent to whoever is not a peer.
async fn greet(link: &Link, stream: TcpStream) -> Option<(Purpose, TlsStream<TcpStream>)> {
    stream.set_nodelay(true).ok()?;
    let acceptor = TlsAcceptor::from(link.accepting.clone());
    let mut stream = acceptor.accept(stream).await.ok()?;
    let mut bytes = [0; PREAMBLE];
    stream.read_exact(&mut bytes).await.ok()?;
    let preamble = Preamble::from_bytes(&bytes).ok()?;
    let (_, session) = stream.get_ref();
    let pin = Pin::of(session.peer_certificates()?.first()?).ok()?;
    // The key is pinned for some line; it must be for this one.
    let purpose = Purpose {
        line: preamble.line,
        class: preamble.class,
        path: preamble.path,
    };
    link.trust
        .is_peer(preamble.line, &pin)
        .then_some((purpose, stream))
}
