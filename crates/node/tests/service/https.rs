//! In clear on loopback alone; elsewhere HTTPS, with the operator's certificate or one of the party's authority.

use crate::support::{self, Folder, Screen, folder};
use node::auth::Officers;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use serde_json::json;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// What a client that trusts `authority` is answered.
async fn https(
    port: u16,
    name: &str,
    authority: &Path,
    request: &str,
) -> std::io::Result<(u16, String, Vec<u8>)> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(authority).unwrap() {
        roots.add(certificate.unwrap()).unwrap();
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let address = SocketAddr::from(([127, 0, 0, 1], port));
    let stream = TcpStream::connect(address).await?;
    let name = ServerName::try_from(name.to_owned()).unwrap();
    let mut stream = TlsConnector::from(Arc::new(config))
        .connect(name, stream)
        .await?;
    stream.write_all(request.as_bytes()).await?;
    Ok(support::read_answer(&mut stream).await)
}

const HEALTH: &str = "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

fn configure(of: &Folder, http: &str) {
    std::fs::write(of.path.join("node.toml"), format!("[http]\n{http}\n")).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn off_loopback_only_https_is_spoken_with_a_certificate_of_the_partys_authority() {
    let base = tempfile::tempdir().unwrap();
    let a = folder(base.path(), "coalition");
    // Every address of the machine: not loopback, and reached here by loopback.
    configure(&a, "address = \"0.0.0.0:0\"");
    let screen = Screen::start(&a).await;
    assert!(screen.node.https);
    let (port, authority) = (screen.node.http.port(), a.path.join("ca/authority.crt"));
    let (status, _, _) = https(port, "localhost", &authority, HEALTH).await.unwrap();
    assert_eq!(status, 200);
    assert!(
        https(port, "elsewhere.example", &authority, HEALTH)
            .await
            .is_err()
    );

    let in_clear = SocketAddr::from(([127, 0, 0, 1], port));
    let (status, problem) = support::http(in_clear, "GET", "/healthz", "x", None).await;
    assert_eq!(
        (status, problem["code"].as_str()),
        (400, Some("only-https")),
        "{problem:#}"
    );
    assert!(
        problem["detail"].as_str().unwrap().contains("https://"),
        "{problem:#}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_operators_own_certificate_is_served_and_a_session_cookie_stays_inside_tls() {
    let base = tempfile::tempdir().unwrap();
    let a = folder(base.path(), "coalition");
    let made = rcgen::generate_simple_self_signed(vec!["node.example".to_owned()]).unwrap();
    let certificate = a.path.join("operator.crt");
    std::fs::write(&certificate, made.cert.pem()).unwrap();
    node::party::files::write_new(
        &a.path.join("operator.key"),
        made.signing_key.serialize_pem().as_bytes(),
    )
    .unwrap();
    configure(
        &a,
        "address = \"127.0.0.1:0\"\ncertificate = \"operator.crt\"\nkey = \"operator.key\"",
    );
    let screen = Screen::start(&a).await;
    let port = screen.node.http.port();
    let (status, _, _) = https(port, "node.example", &certificate, HEALTH)
        .await
        .unwrap();
    assert_eq!(status, 200);
    let other = a.path.join("ca/authority.crt");
    assert!(https(port, "node.example", &other, HEALTH).await.is_err());

    let code = Officers::in_folder(&a.path)
        .link("duty".parse().unwrap())
        .unwrap();
    let body = json!({"code": code}).to_string();
    let sign_in = format!(
        "POST /api/sessions HTTP/1.1\r\nHost: node.example\r\nConnection: close\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let (status, head, _) = https(port, "node.example", &certificate, &sign_in)
        .await
        .unwrap();
    assert_eq!(status, 200, "{head}");
    let cookie = head
        .lines()
        .find(|line| line.to_lowercase().starts_with("set-cookie"))
        .unwrap();
    for needed in ["HttpOnly", "SameSite=Strict", "Secure"] {
        assert!(cookie.contains(needed), "{cookie}");
    }
    let (status, _, _) = https(port, "node.example", &certificate, &sign_in)
        .await
        .unwrap();
    assert_eq!(status, 401, "a link works once");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn on_loopback_in_clear_the_cookie_is_one_that_a_browser_sends_back() {
    let base = tempfile::tempdir().unwrap();
    let (first, _second, a, _b) = support::pair(base.path()).await;
    let code = Officers::in_folder(&a.path)
        .link("duty".parse().unwrap())
        .unwrap();
    let body = json!({"code": code}).to_string();
    let answer = support::request(
        first.node.http,
        "POST",
        "/api/sessions",
        "",
        "application/json",
        body.as_bytes(),
    );
    let (status, head, _) = answer.await;
    assert_eq!(status, 200, "{head}");
    assert!(
        head.contains("HttpOnly") && !head.contains("Secure"),
        "{head}"
    );
}
