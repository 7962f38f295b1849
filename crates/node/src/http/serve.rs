//! The web server: who may connect, how long they may dawdle, and TLS.
//!
//! A connection is a visitor's until a request on it signs in. Visitors share a small room and give way to each other;
//! whoever has signed in is in nobody's way, and an event socket is bounded on its own (`sockets`).

use super::problem::{Problem, Refused};
use crate::config::Http;
use crate::gate::{Gate, Leave, Place, Room};
use crate::metrics::Minutely;
use crate::party::{Party, files};
use crate::server::{Served, StartError};
use axum::Router;
use axum::body::Body;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tower_service::Service as _;

/// Connections at a time, and who may have them.
pub const ROOM: Room = Room {
    strangers: 256,
    known: 0,
    per_source: 64,
    knocks_a_second: 1_000,
    vouched: 2_048,
};
/// How long a request's head may take, and how long a connection may wait between requests.
pub const HEAD_WITHIN: Duration = Duration::from_secs(20);
/// Fields of a request's head.
pub const MAX_FIELDS: usize = 64;
/// Bytes of a request's head.
pub const MAX_HEAD: usize = 32 * 1024;
/// How long a TLS handshake of a screen may take.
const TLS_WITHIN: Duration = Duration::from_secs(10);
/// After an error of the listener itself (no file handles left, say).
const PAUSE: Duration = Duration::from_millis(100);
/// The first byte of every TLS connection: a handshake record (RFC 8446, 5.1).
const TLS_BEGINS: u8 = 0x16;

/// A web server that listens and does not answer yet.
pub struct Web {
    pub address: SocketAddr,
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
}

/// Whether the web server at `address` speaks HTTPS: always where another machine could listen in.
pub fn needs_tls(address: IpAddr, config: &Http) -> bool {
    !address.to_canonical().is_loopback() || config.tls || config.certificate.is_some()
}

/// Listens. Off loopback only with TLS.
///
/// # Errors
/// [`StartError::Listen`], [`StartError::Web`].
pub async fn bind(config: &Http, folder: &Path, party: &Party) -> Result<Web, StartError> {
    let address = config.address;
    let failed = |cause| StartError::Listen { address, cause };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let tls = match needs_tls(address.ip(), config) {
        true => Some(acceptor(config, folder, party).map_err(StartError::Web)?),
        false => None,
    };
    Ok(Web {
        address: listener.local_addr().map_err(failed)?,
        listener,
        tls,
    })
}

fn acceptor(
    config: &Http,
    folder: &Path,
    party: &Party,
) -> Result<TlsAcceptor, Box<dyn std::error::Error + Send + Sync>> {
    let (certificate, key) = match (&config.certificate, &config.key) {
        (Some(certificate), Some(key)) => (folder.join(certificate), folder.join(key)),
        (Some(_), None) | (None, Some(_)) | (None, None) => {
            if !folder.join("ca/screens.crt").exists() {
                crate::party::authority::issue(&folder.join("ca"), party.id(), &[])?;
            }
            (folder.join("ca/screens.crt"), folder.join("ca/screens.key"))
        }
    };
    let chain: Vec<CertificateDer<'static>> =
        CertificateDer::pem_slice_iter(&files::read_public(&certificate)?)
            .collect::<Result<_, _>>()?;
    let key = PrivateKeyDer::from_pem_slice(&files::read(&key)?)?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// The connection that a request came on. Requests carry it; whoever signs in vouches for it.
#[derive(Clone)]
pub struct Visitor(Arc<(Place, AtomicBool)>);

impl Visitor {
    /// A request on it was signed in.
    pub fn is_signed_in(&self) {
        let (place, vouched) = &*self.0;
        if !vouched.swap(true, Ordering::Relaxed) {
            place.vouch();
        }
    }
}

/// What every connection needs.
struct Reception {
    router: Router,
    served: Arc<Served>,
    tls: Option<TlsAcceptor>,
    crowds: Minutely,
}

impl Web {
    pub fn is_tls(&self) -> bool {
        self.tls.is_some()
    }

    /// Answers for ever; ends, with its connections, when it is dropped.
    pub async fn serve(self, served: Arc<Served>) {
        let gate = Gate::new(ROOM);
        let reception = Arc::new(Reception {
            router: super::router(served.clone()),
            served,
            tls: self.tls,
            crowds: Minutely::default(),
        });
        let mut visits = JoinSet::new();
        loop {
            while visits.try_join_next().is_some() {}
            let (stream, address) = match self.listener.accept().await {
                Ok(accepted) => accepted,
                Err(error) => {
                    tracing::warn!(%error, "no screen is accepted for the moment");
                    tokio::time::sleep(PAUSE).await;
                    continue;
                }
            };
            match gate.enter(address.ip()) {
                Ok((place, leave)) => {
                    visits.spawn(reception.clone().visit(stream, place, leave));
                }
                Err(_too_often) => reception.refuse("it knocked too often"),
            }
        }
    }
}

impl Reception {
    async fn visit(self: Arc<Self>, stream: TcpStream, place: Place, leave: Leave) {
        // Without it an answer may be some milliseconds later, no more.
        let _ = stream.set_nodelay(true);
        tokio::select! {
            () = self.receive(stream, place) => {}
            _crowded = leave => self.refuse("its place went to another"),
        }
    }

    fn refuse(&self, why: &'static str) {
        self.served.shell.metrics.visitors_refused.add(1);
        if let Some(count) = self.crowds.count(why) {
            tracing::warn!(why, count, "a connection of a screen was not taken");
        }
    }

    async fn receive(&self, mut stream: TcpStream, place: Place) {
        let Some(tls) = &self.tls else {
            return self.answer(stream, place).await;
        };
        let mut first = [0];
        match timeout(TLS_WITHIN, stream.peek(&mut first)).await {
            Ok(Ok(1)) if first[0] == TLS_BEGINS => {}
            Ok(Ok(1)) => {
                // Whoever speaks in clear may have gone by now.
                let _ = timeout(TLS_WITHIN, stream.write_all(&only_https())).await;
                return;
            }
            Ok(Ok(_) | Err(_)) | Err(_) => return,
        }
        if let Ok(Ok(stream)) = timeout(TLS_WITHIN, tls.accept(stream)).await {
            self.answer(stream, place).await;
        }
    }

    async fn answer(
        &self,
        stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
        place: Place,
    ) {
        let visitor = Visitor(Arc::new((place, AtomicBool::new(false))));
        let service = service_fn(|request: hyper::Request<hyper::body::Incoming>| {
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(visitor.clone());
            // Every route is ready at any time.
            self.router.clone().call(request)
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD_WITHIN)
            .max_headers(MAX_FIELDS)
            .max_buf_size(MAX_HEAD)
            .serve_connection(TokioIo::new(stream), service)
            .with_upgrades();
        if let Err(error) = connection.await {
            tracing::debug!(%error, "a connection of a screen ended");
        }
    }
}

/// What is said to whoever speaks HTTP in clear where only HTTPS is spoken.
fn only_https() -> Vec<u8> {
    let problem = Problem::of(&Refused::OnlyHttps);
    let body = serde_json::to_string(&problem).unwrap_or_default();
    format!(
        "HTTP/1.1 {} Bad Request\r\nContent-Type: application/problem+json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        problem.status,
        body.len()
    )
    .into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clear_text_is_spoken_on_loopback_alone() {
        let plain = Http::default();
        let needs = |address: &str, config| needs_tls(address.parse().unwrap(), config);
        for loopback in ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"] {
            assert!(!needs(loopback, &plain), "{loopback}");
        }
        for other in [
            "0.0.0.0",
            "::",
            "192.0.2.1",
            "10.0.0.1",
            "169.254.0.1",
            "fe80::1",
            "fd00::1",
        ] {
            assert!(needs(other, &plain), "{other}");
        }
        let asked = Http {
            tls: true,
            ..Http::default()
        };
        assert!(needs("127.0.0.1", &asked));
    }
}
