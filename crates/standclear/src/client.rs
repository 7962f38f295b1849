//! The node's HTTP API, spoken over loopback, or over HTTPS elsewhere.

use crate::exit::{Banner, Exit, Failure, Outcome};
use crate::notes::Notes;
use crate::output::Style;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Bytes;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use hyper::{Method, Request, StatusCode};
use hyper_util::rt::TokioIo;
use node::http::identity::DIRECTED_BY;
use node::http::problem::Problem;
use node::link::tls::{Pin, screen};
use node::state_of_desk::HEADER;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto, version};
use tokio_tungstenite::tungstenite;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

/// Bytes of one answer: a file for a courier is the largest.
pub const MAX_ANSWER: usize = 72 << 20;
/// Bytes of one event.
pub const MAX_EVENT: usize = 64 << 10;
/// How long a connection may take.
pub const CONNECT_WITHIN: Duration = Duration::from_secs(3);
/// How long an answer may take.
pub const ANSWER_WITHIN: Duration = Duration::from_secs(60);

/// Where a node is: `http://127.0.0.1:7080`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    pub https: bool,
    pub host: String,
    pub port: u16,
}

impl FromStr for Address {
    type Err = Failure;

    fn from_str(text: &str) -> Result<Self, Failure> {
        let refused = || {
            Failure::usage(format!(
                "`{text}` is no address of a node: write http://127.0.0.1:7080, or https://host:port"
            ))
        };
        let (https, rest) = match text.split_once("://") {
            Some(("http", rest)) => (false, rest),
            Some(("https", rest)) => (true, rest),
            Some(_) | None => return Err(refused()),
        };
        let rest = rest.trim_end_matches('/');
        let (host, port) = rest.rsplit_once(':').ok_or_else(refused)?;
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let port = port.parse().map_err(|_| refused())?;
        if host.is_empty() || host.contains(['/', '@', ' ']) {
            return Err(refused());
        }
        // A node that listens on every address of this machine is reached here by loopback; nobody's certificate names
        // all of them.
        let host = match host.parse::<IpAddr>() {
            Ok(IpAddr::V4(ip)) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.to_string(),
            Ok(IpAddr::V6(ip)) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.to_string(),
            Ok(_) | Err(_) => host.to_owned(),
        };
        let address = Self { https, host, port };
        match https || address.is_loopback() {
            true => Ok(address),
            false => Err(Failure::usage(format!(
                "`{text}` would carry the token in clear: use https off this machine"
            ))),
        }
    }
}

impl Address {
    fn is_loopback(&self) -> bool {
        self.host == "localhost" || self.host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
    }

    fn authority(&self) -> String {
        match self.host.contains(':') {
            true => format!("[{}]:{}", self.host, self.port),
            false => format!("{}:{}", self.host, self.port),
        }
    }
}

impl std::fmt::Display for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let scheme = if self.https { "https" } else { "http" };
        write!(f, "{scheme}://{}", self.authority())
    }
}

/// A connection in clear, or inside TLS.
pub trait Carrier: AsyncRead + AsyncWrite + Unpin + Send {}
impl Carrier for TcpStream {}
impl Carrier for tokio_rustls::client::TlsStream<TcpStream> {}

/// What a WebSocket of the node is read from.
pub type Socket = WebSocketStream<Box<dyn Carrier>>;

/// How a node that speaks HTTPS is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trust {
    /// By the certificates in this PEM file, one of which signed the node's for the name it is asked by. `None`: nobody
    /// named any.
    Authority(Option<PathBuf>),
    /// As above, for a node on this machine: its own authority signs for loopback, whichever address it listens on.
    OwnAuthority(PathBuf),
    /// By its certificate itself, in this PEM file: the operator's, which stands in the folder of a node on this machine.
    Certificate(PathBuf),
}

/// A node, and as whom we speak to it.
#[derive(Clone)]
pub struct Client {
    pub address: Address,
    token: Option<String>,
    tls: Option<TlsConnector>,
    /// The name that the node's certificate must be for.
    name: String,
    /// How long an answer may take, connecting included.
    patience: Duration,
    /// Tells the officer what the node says is wrong with it; `None`: nobody reads here.
    notes: Option<Notes>,
    /// Said with every request: on whose order it is made.
    order: Option<String>,
}

impl Client {
    /// `trust` is asked for only with HTTPS.
    ///
    /// # Errors
    /// Where its file is missing or none.
    pub fn new(address: Address, token: Option<String>, trust: &Trust) -> Outcome<Self> {
        let tls = match (address.https, trust) {
            (false, _) => None,
            (true, Trust::Authority(authority)) => Some(connector(authority.as_deref())?),
            (true, Trust::OwnAuthority(authority)) => Some(connector(Some(authority))?),
            (true, Trust::Certificate(certificate)) => Some(pinned(certificate)?),
        };
        let name = match trust {
            Trust::OwnAuthority(_) => "localhost".to_owned(),
            Trust::Authority(_) | Trust::Certificate(_) => address.host.clone(),
        };
        Ok(Self {
            address,
            token,
            tls,
            name,
            patience: ANSWER_WITHIN,
            notes: None,
            order: None,
        })
    }

    /// The same, on somebody's order: as [`DIRECTED_BY`] says it.
    pub fn directed(self, order: Option<String>) -> Self {
        Self { order, ..self }
    }

    /// The same; what the node says with its answers is wrong with it is said on standard error.
    pub fn says(self, style: Style) -> Self {
        let notes = Some(Notes::new(style));
        Self { notes, ..self }
    }

    /// The same, for what tells of such things by itself.
    pub fn silent(self) -> Self {
        Self {
            notes: None,
            ..self
        }
    }

    /// The same, with less patience.
    pub fn within(&self, patience: Duration) -> Self {
        Self {
            patience,
            ..self.clone()
        }
    }

    /// # Errors
    /// [`Exit::Unreachable`], or what the node refuses.
    pub async fn get<T: DeserializeOwned>(&self, path: &str) -> Outcome<T> {
        self.ask(Method::GET, path, None).await
    }

    /// # Errors
    /// [`Exit::Unreachable`], or what the node refuses.
    pub async fn post<T: DeserializeOwned>(&self, path: &str, body: &Value) -> Outcome<T> {
        self.ask(Method::POST, path, Some(body)).await
    }

    /// # Errors
    /// [`Exit::Unreachable`], or what the node refuses.
    pub async fn delete<T: DeserializeOwned>(&self, path: &str) -> Outcome<T> {
        self.ask(Method::DELETE, path, None).await
    }

    async fn ask<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Outcome<T> {
        let body = body.map(|body| ("application/json", body.to_string().into_bytes()));
        let answer = self.request(method, path, body).await?;
        serde_json::from_slice(&answer).map_err(|error| {
            let what = format!("the answer of the node cannot be understood ({error}): is this command line of its version?");
            Failure::refused(what)
        })
    }

    /// A request with a body of any kind; the answer's body as it came.
    ///
    /// # Errors
    /// [`Exit::Unreachable`], or what the node refuses.
    pub async fn request(
        &self,
        method: Method,
        path: &str,
        body: Option<(&str, Vec<u8>)>,
    ) -> Outcome<Vec<u8>> {
        match timeout(self.patience, self.exchange(method, path, body)).await {
            Ok(answer) => answer,
            Err(_late) => Err(self.unreachable(&format!(
                "it did not answer within {} s",
                self.patience.as_secs()
            ))),
        }
    }

    async fn exchange(
        &self,
        method: Method,
        path: &str,
        body: Option<(&str, Vec<u8>)>,
    ) -> Outcome<Vec<u8>> {
        let gone = |error: hyper::Error| self.unreachable(&error.to_string());
        let carrier = TokioIo::new(self.connect().await?);
        let (mut sender, connection) = hyper::client::conn::http1::handshake(carrier)
            .await
            .map_err(gone)?;
        let connection = tokio::spawn(connection);
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(HOST, self.address.authority());
        if let Some(token) = &self.token {
            request = request.header(AUTHORIZATION, format!("Bearer {token}"));
        }
        if let Some(order) = &self.order {
            request = request.header(DIRECTED_BY, order);
        }
        if let Some((kind, _)) = &body {
            request = request.header(CONTENT_TYPE, *kind);
        }
        let body = Full::new(Bytes::from(body.map_or_else(Vec::new, |(_, body)| body)));
        let request = request
            .body(body)
            .map_err(|error| Failure::usage(format!("that cannot be asked of a node: {error}")))?;
        let answer = sender.send_request(request).await.map_err(gone)?;
        let status = answer.status();
        let state = answer.headers().get(HEADER).cloned();
        let read = Limited::new(answer.into_body(), MAX_ANSWER).collect().await;
        connection.abort();
        let bytes = read
            .map_err(|error| self.unreachable(&error.to_string()))?
            .to_bytes();
        let result = match status.is_success() {
            true => Ok(bytes.to_vec()),
            false => Err(refusal(status, &bytes)),
        };
        if let (Some(notes), Some(state)) = (&self.notes, state) {
            let said_anyway = result
                .as_ref()
                .is_err_and(|failure| failure.banner == Banner::CannotSend);
            notes.tell(
                &self.address,
                state.to_str().unwrap_or_default(),
                said_anyway,
            );
        }
        result
    }

    /// Opens the node's WebSocket with `query`.
    ///
    /// # Errors
    /// [`Exit::Unreachable`], or what the node refuses.
    pub async fn listen(&self, query: &str) -> Outcome<Socket> {
        let question = if query.is_empty() { "" } else { "?" };
        let url = format!(
            "ws://{}/api/events{question}{query}",
            self.address.authority()
        );
        let mut request = url
            .into_client_request()
            .map_err(|error| Failure::usage(format!("that cannot be asked of a node: {error}")))?;
        if let Some(token) = &self.token {
            let value = format!("Bearer {token}");
            let value = value.parse().map_err(|_| {
                Failure::refused("the token holds what no token holds: copy it again")
            })?;
            request.headers_mut().insert("Authorization", value);
        }
        let config = WebSocketConfig::default()
            .max_message_size(Some(MAX_EVENT))
            .max_frame_size(Some(MAX_EVENT));
        let carrier = self.connect().await?;
        let opened = timeout(
            CONNECT_WITHIN,
            client_async_with_config(request, carrier, Some(config)),
        )
        .await;
        match opened {
            Ok(Ok((socket, _))) => Ok(socket),
            Ok(Err(tungstenite::Error::Http(answer))) => {
                let body = answer.body().as_deref().unwrap_or_default();
                Err(refusal(answer.status(), body))
            }
            Ok(Err(error)) => Err(self.unreachable(&error.to_string())),
            Err(_late) => Err(self.unreachable("it did not answer")),
        }
    }

    async fn connect(&self) -> Outcome<Box<dyn Carrier>> {
        let reach = TcpStream::connect((self.address.host.as_str(), self.address.port));
        let stream = match timeout(CONNECT_WITHIN, reach).await {
            Ok(Ok(stream)) => stream,
            Ok(Err(error)) => return Err(self.unreachable(&error.to_string())),
            Err(_late) => return Err(self.unreachable("nothing answers there")),
        };
        // Without it a request may leave some milliseconds later, no more.
        let _ = stream.set_nodelay(true);
        let Some(tls) = &self.tls else {
            return Ok(Box::new(stream));
        };
        let name = ServerName::try_from(self.name.clone()).map_err(|_| {
            Failure::usage(format!(
                "`{}` is no name of a machine: name the node by its host name or address",
                self.name
            ))
        })?;
        match timeout(CONNECT_WITHIN, tls.connect(name, stream)).await {
            Ok(Ok(stream)) => Ok(Box::new(stream)),
            Ok(Err(error)) => Err(Failure::new(
                Exit::Unreachable,
                format!(
                    "the node at {} cannot be trusted ({error}): name its authority with --ca",
                    self.address
                ),
            )),
            Err(_late) => Err(self.unreachable("it did not answer")),
        }
    }

    fn unreachable(&self, why: &str) -> Failure {
        let what = format!(
            "no node answers at {} ({why}): start it with `standclear serve`, or name it with --node",
            self.address
        );
        Failure::new(Exit::Unreachable, what)
    }
}

/// What the node says when it refuses, and how we end for it.
fn refusal(status: StatusCode, body: &[u8]) -> Failure {
    let Ok(problem) = serde_json::from_slice::<Problem>(body) else {
        let said = crate::output::plain(&String::from_utf8_lossy(&body[..body.len().min(400)]));
        return Failure::refused(format!("the node refused ({status}): {said}"));
    };
    let text = crate::output::plain(&problem.text);
    match problem.code.as_str() {
        "cannot-send" => Failure::cannot_send(text),
        "journal-unreadable" | "damaged" => Failure::new(Exit::Damaged, text),
        _any_other_code => Failure::refused(text),
    }
}

fn pinned(path: &Path) -> Outcome<TlsConnector> {
    let refused = |why: String| {
        Failure::refused(format!(
            "`{}`, the node's certificate in node.toml, cannot be used ({why}): put the right one there, or name its \
             authority with --ca",
            path.display()
        ))
    };
    let certificate =
        CertificateDer::from_pem_file(path).map_err(|error| refused(error.to_string()))?;
    let pin = Pin::of(&certificate).map_err(|error| refused(error.to_string()))?;
    let config = screen(pin).map_err(|error| refused(error.to_string()))?;
    Ok(TlsConnector::from(config))
}

fn connector(authority: Option<&Path>) -> Outcome<TlsConnector> {
    let missing = "https needs the certificate of the authority that signed the node's: name its PEM file with --ca";
    let path = authority.ok_or_else(|| Failure::usage(missing))?;
    let refused = |why: String| {
        Failure::refused(format!(
            "`{}` holds no certificates ({why}): name a PEM file",
            path.display()
        ))
    };
    let certificates =
        CertificateDer::pem_file_iter(path).map_err(|error| refused(error.to_string()))?;
    let mut roots = RootCertStore::empty();
    for certificate in certificates {
        let certificate = certificate.map_err(|error| refused(error.to_string()))?;
        roots
            .add(certificate)
            .map_err(|error| refused(error.to_string()))?;
    }
    if roots.is_empty() {
        return Err(refused("none is in it".into()));
    }
    let provider = Arc::new(crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&version::TLS13])
        .map_err(|error| Failure::refused(error.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_and_said_again() {
        for good in [
            "http://127.0.0.1:7080",
            "https://node.example:443",
            "http://[::1]:1",
            "http://localhost:7080",
        ] {
            assert_eq!(good.parse::<Address>().unwrap().to_string(), good);
        }
    }

    #[test]
    fn a_node_on_every_address_of_this_machine_is_reached_by_loopback() {
        for (given, reached) in [
            ("https://0.0.0.0:7080", "https://127.0.0.1:7080"),
            ("https://[::]:7080", "https://[::1]:7080"),
        ] {
            assert_eq!(given.parse::<Address>().unwrap().to_string(), reached);
        }
    }

    #[test]
    fn a_token_never_leaves_the_machine_in_clear() {
        let refused = "http://node.example:7080".parse::<Address>().unwrap_err();
        assert_eq!(refused.exit, Exit::Usage);
        assert!(refused.text.contains("https"), "{refused}");
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for bad in [
            "",
            "127.0.0.1:7080",
            "ftp://h:1",
            "http://",
            "http://:80",
            "http://h",
            "http://u@127.0.0.1:1/",
        ] {
            assert_eq!(
                bad.parse::<Address>().unwrap_err().exit,
                Exit::Usage,
                "{bad}"
            );
        }
    }

    #[test]
    fn a_node_that_cannot_send_ends_with_telephone() {
        let body = br#"{"code":"cannot-send","status":503,"detail":"this desk cannot send"}"#;
        assert_eq!(
            refusal(StatusCode::SERVICE_UNAVAILABLE, body).exit,
            Exit::Telephone
        );
        assert_eq!(
            refusal(StatusCode::BAD_GATEWAY, b"<html>").exit,
            Exit::Refused
        );
    }
}
