//! Accepting the connections that peers dial.

use super::connection::{self, Purpose};
use super::tls::Pin;
use super::{GREET, Link, TLS_WITHIN};
use crate::core::inbox::{From, Job};
use crate::gate::{Leave, Place, Room};
use crate::metrics::Counter;
use channel::input::{Input, LinkInput, PeerFrame};
use model::ids::LineId;
use model::line::Fault;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::AsyncReadExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use wire::line::Preamble;
use wire::line::preamble::PREAMBLE;

/// Handshakes at a time, and who may have them.
pub const ROOM: Room = Room {
    strangers: 64,
    known: 64,
    per_source: 16,
    knocks_a_second: 32,
    // Whoever was greeted is counted by the registry, line by line.
    vouched: 0,
};
/// After an error of the listener itself (no file handles left, say).
const PAUSE: Duration = Duration::from_millis(100);

/// Accepts for ever; ends, with the connections that it accepted, when it is dropped.
pub async fn accept_all(link: Arc<Link>, listener: TcpListener) {
    let mut accepted = JoinSet::new();
    loop {
        while accepted.try_join_next().is_some() {}
        let (stream, address) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "no connection is accepted for the moment");
                tokio::time::sleep(PAUSE).await;
                continue;
            }
        };
        match link.gate.enter(address.ip()) {
            Ok((place, leave)) => {
                accepted.spawn(take(link.clone(), stream, address, place, leave));
            }
            Err(_too_often) => Ended::TooOften.note(&link, address),
        }
    }
}

/// Why a connection ended before it was a peer's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Ended {
    TooOften,
    Crowded,
    Late,
    NoTls,
    NotAPeer,
}

impl Ended {
    const fn name(self) -> &'static str {
        match self {
            Ended::TooOften => "it knocked too often",
            Ended::Crowded => "its place went to another",
            Ended::Late => "it dawdled",
            Ended::NoTls => "it broke off, or showed no key that a manifest names",
            Ended::NotAPeer => "it is no peer on the line that it asked for",
        }
    }

    fn counter(self, link: &Link) -> &Counter {
        match self {
            Ended::TooOften | Ended::Crowded => &link.metrics.handshakes_refused,
            Ended::Late | Ended::NoTls | Ended::NotAPeer => &link.metrics.handshakes_failed,
        }
    }

    /// Counts it; says so in the log once for each cause and minute. Strangers are not journalled: the record is of what
    /// the parties did.
    fn note(self, link: &Link, address: SocketAddr) {
        self.counter(link).add(1);
        if let Some(count) = link.strangers.count(self.name()) {
            tracing::warn!(why = self.name(), count, from = %address.ip(), "a connection was not taken");
        }
    }
}

async fn take(link: Arc<Link>, stream: TcpStream, address: SocketAddr, place: Place, leave: Leave) {
    let greeted = tokio::select! {
        greeted = timeout(GREET, greet(&link, stream)) => greeted.unwrap_or(Err(Ended::Late)),
        _crowded = leave => Err(Ended::Crowded),
    };
    match greeted {
        Ok((purpose, stream)) => {
            link.gate.know(address.ip());
            drop(place);
            connection::serve(link, purpose, stream).await;
        }
        Err(why) => why.note(&link, address),
    }
}

/// TLS, then the preamble. Silent to whoever is not a peer.
async fn greet(link: &Link, stream: TcpStream) -> Result<(Purpose, TlsStream<TcpStream>), Ended> {
    stream.set_nodelay(true).map_err(|_| Ended::NoTls)?;
    let acceptor = TlsAcceptor::from(link.accepting.clone());
    let mut stream = match timeout(TLS_WITHIN, acceptor.accept(stream)).await {
        Ok(Ok(stream)) => stream,
        Ok(Err(_refused)) => return Err(Ended::NoTls),
        Err(_late) => return Err(Ended::Late),
    };
    let pin = {
        let (_, session) = stream.get_ref();
        let certificate = session.peer_certificates().and_then(|chain| chain.first());
        let certificate = certificate.ok_or(Ended::NoTls)?;
        Pin::of(certificate).map_err(|_| Ended::NoTls)?
    };
    let mut bytes = [0; PREAMBLE];
    stream
        .read_exact(&mut bytes)
        .await
        .map_err(|_| Ended::NoTls)?;
    let Ok(preamble) = Preamble::from_bytes(&bytes) else {
        note_fault(link, link.trust.line_of(&pin), Fault::Malformed, &bytes);
        return Err(Ended::NotAPeer);
    };
    // The key is pinned for some line; it must be for this one.
    if !link.trust.is_peer(preamble.line, &pin) {
        note_fault(link, link.trust.line_of(&pin), Fault::WrongLine, &bytes);
        return Err(Ended::NotAPeer);
    }
    let purpose = Purpose {
        line: preamble.line,
        class: preamble.class,
        path: preamble.path,
    };
    Ok((purpose, stream))
}

/// A fault of a peer before any connection of its line stood: it is journalled with those that come by no connection.
fn note_fault(link: &Link, line: Option<LineId>, fault: Fault, evidence: &[u8]) {
    link.metrics.faults.add(1);
    let Some(line) = line else {
        return;
    };
    let frame = PeerFrame::Bad {
        fault,
        evidence: evidence.into(),
    };
    let job = Job::Input {
        input: Box::new(Input::Link(LinkInput::File { line, frame })),
        cosignature: None,
    };
    // Where the core is flooded or stopping there is the metric.
    let _ = link.inbox.try_put(From::Main, job);
}
