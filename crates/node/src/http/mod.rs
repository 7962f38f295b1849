//! The API: what screens, bells and the command line speak. `/api/openapi.json` describes it.

pub mod administer;
pub mod commands;
pub mod identity;
pub mod openapi;
pub mod problem;
pub mod queries;
pub mod slots;
pub mod sockets;
pub mod views;

use crate::config::Http;
use crate::party::{Party, files};
use crate::server::{Served, StartError};
use axum::Router;
use axum::extract::{DefaultBodyLimit, State};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::{delete, get, post};
use axum::serve::Listener;
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// Bytes of a request's body. A polygon of 10,000 vertices is well below.
pub const MAX_BODY: usize = 2 << 20;
/// How long a TLS handshake of a screen may take.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// A web server that listens and does not answer yet.
pub struct Web {
    pub address: SocketAddr,
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
}

/// Listens. Off loopback only with TLS.
///
/// # Errors
/// [`StartError::Listen`], [`StartError::Web`].
pub async fn bind(config: &Http, folder: &Path, party: &Party) -> Result<Web, StartError> {
    let address = config.address;
    let failed = |cause| StartError::Listen { address, cause };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let plain = address.ip().is_loopback() && !config.tls && config.certificate.is_none();
    let tls = match plain {
        true => None,
        false => Some(acceptor(config, folder, party).map_err(StartError::Web)?),
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

impl Web {
    pub fn is_tls(&self) -> bool {
        self.tls.is_some()
    }

    /// Answers for ever.
    pub async fn serve(self, served: Arc<Served>) {
        let router = router(served);
        let ended = match self.tls {
            None => {
                let plain = Plain(self.listener);
                axum::serve(plain, router).await
            }
            Some(acceptor) => axum::serve(Secure::start(self.listener, acceptor), router).await,
        };
        if let Err(error) = ended {
            tracing::error!(%error, "the web server ended");
        }
    }
}

/// Every small answer leaves at once.
struct Plain(TcpListener);

impl Listener for Plain {
    type Io = TcpStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (TcpStream, SocketAddr) {
        loop {
            match self.0.accept().await {
                Ok((stream, address)) => {
                    // Without it an answer may be some milliseconds later, no more.
                    let _ = stream.set_nodelay(true);
                    return (stream, address);
                }
                Err(_error) => tokio::time::sleep(Duration::from_millis(100)).await,
            }
        }
    }

    fn local_addr(&self) -> std::io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

/// Connections whose handshake is done; one that dawdles holds up nobody.
struct Secure {
    ready: mpsc::Receiver<(TlsStream<TcpStream>, SocketAddr)>,
    local: std::io::Result<SocketAddr>,
}

impl Secure {
    fn start(listener: TcpListener, acceptor: TlsAcceptor) -> Self {
        let local = listener.local_addr();
        let (done, ready) = mpsc::channel(64);
        tokio::spawn(async move {
            let mut plain = Plain(listener);
            loop {
                let (stream, address) = plain.accept().await;
                let (acceptor, done) = (acceptor.clone(), done.clone());
                tokio::spawn(async move {
                    if let Ok(Ok(stream)) = timeout(HANDSHAKE, acceptor.accept(stream)).await {
                        // A server that has ended takes no more.
                        let _ = done.send((stream, address)).await;
                    }
                });
            }
        });
        Self { ready, local }
    }
}

impl Listener for Secure {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, SocketAddr) {
        match self.ready.recv().await {
            Some(accepted) => accepted,
            // The accepting task never ends while this lives.
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> std::io::Result<SocketAddr> {
        match &self.local {
            Ok(address) => Ok(*address),
            Err(error) => Err(error.kind().into()),
        }
    }
}

/// Every path of the API.
pub fn router(served: Arc<Served>) -> Router {
    Router::new()
        .route("/healthz", get(queries::health))
        .route("/metrics", get(queries::metrics))
        .route("/api/openapi.json", get(openapi::document))
        .route(
            "/api/sessions",
            post(identity::sign_in).delete(identity::sign_out),
        )
        .route("/api/me", get(identity::me))
        .route("/api/events", get(sockets::events))
        .route("/api/lines", get(queries::lines))
        .route("/api/lines/{line}/checks", post(commands::check_line))
        .route("/api/lines/{line}/standing", post(commands::set_standing))
        .route("/api/checks", get(queries::checks))
        .route("/api/checks/{entry}/answer", post(commands::answer_check))
        .route("/api/calls", get(queries::calls).post(commands::stop))
        .route("/api/calls/{entry}", get(queries::call))
        .route("/api/calls/{entry}/details", post(commands::details))
        .route("/api/calls/{entry}/renew", post(commands::renew))
        .route("/api/calls/{entry}/accept", post(commands::accept))
        .route("/api/calls/{entry}/answer", post(commands::answer_stop))
        .route("/api/calls/{entry}/end", post(commands::end_pause))
        .route("/api/calls/{entry}/lift", post(commands::lift))
        .route("/api/calls/{entry}/resume", post(commands::resume))
        .route("/api/calls/{entry}/error", post(commands::raised_in_error))
        .route("/api/drafts", get(queries::drafts).post(commands::draft))
        .route("/api/drafts/{draft}", delete(commands::discard))
        .route("/api/drafts/{draft}/release", post(commands::release))
        .route("/api/drafts/{draft}/withdraw", post(commands::withdraw))
        .route("/api/notices", get(queries::notices))
        .route("/api/notices/{entry}/displayed", post(commands::displayed))
        .route("/api/notices/{entry}/read-back", post(commands::read_back))
        .route("/api/notices/{entry}/answer", post(commands::answer_notice))
        .route("/api/watch", get(queries::watch))
        .route(
            "/api/watch/{desk}",
            post(commands::take_watch).delete(commands::leave_watch),
        )
        .route("/api/alarms", get(queries::alarms))
        .route("/api/alarms/{alarm}/silence", post(commands::silence))
        .route(
            "/api/alarms/{alarm}/acknowledge",
            post(commands::acknowledge),
        )
        .route("/api/fallback", get(queries::fallback))
        .route("/api/record", get(queries::record))
        .route("/api/state", get(queries::state_at))
        .route("/api/entries/{entry}", get(queries::entry))
        .route("/api/entries/{entry}/proof", get(queries::proof))
        .route("/api/admin/arrangement", post(administer::put_in_force))
        .route("/api/admin/manifest", post(administer::take_manifest))
        .route("/api/admin/epochs", get(administer::epochs))
        .route("/api/admin/epoch", post(administer::confirm_epoch))
        .route("/api/admin/lines/{line}/export", post(administer::export))
        .route(
            "/api/admin/lines/{line}/import",
            post(administer::import).layer(DefaultBodyLimit::max(wire::file::MAX_FILE)),
        )
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(middleware::from_fn_with_state(served.clone(), count))
        .with_state(served)
}

async fn count(
    State(served): State<Arc<Served>>,
    request: axum::extract::Request,
    next: Next,
) -> Response {
    served.shell.metrics.requests.add(1);
    let response = next.run(request).await;
    if !response.status().is_success() {
        served.shell.metrics.requests_refused.add(1);
    }
    response
}
