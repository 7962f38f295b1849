//! Two parties on loopback, and what a screen would say to them.

#![allow(dead_code, reason = "each test binary uses its part")]

pub mod impostor;
pub mod path;
pub mod socket;

use base64::Engine as _;
use model::code::{Desk, Role};
use model::ids::LineId;
use node::auth::{Officers, Right};
use node::party::create::{NewParty, create};
use node::party::{Party, read_manifest};
use node::server::Node;
use serde_json::{Value, json};
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use store::Options;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use wire::arrangement::SignedArrangement;
use wire::card::Card;
use wire::keys::KeyRole;

pub const LINE: &str = "4c494e45000000000000000000000001";

/// A party's folder with an officer on every desk.
pub struct Folder {
    pub path: PathBuf,
    pub officer: String,
    pub admin: String,
}

pub fn folder(base: &Path, name: &str) -> Folder {
    folder_with(base, name, None)
}

/// As [`folder`], with the journal's key where one wants it.
pub fn folder_with(base: &Path, name: &str, at_rest_key: Option<&Path>) -> Folder {
    let (path, root_key) = (base.join(name), base.join(format!("{name}-root.key")));
    let new = NewParty {
        name: name.parse().unwrap(),
        exercise: true,
        folder: &path,
        root_key: &root_key,
        at_rest_key,
        names: &[],
        configuration: "",
    };
    create(&new).unwrap();
    let officers = Officers::in_folder(&path);
    let officer = officers
        .add(
            "duty".parse().unwrap(),
            Right::Officer,
            Desk::ALL.to_vec(),
            Role::Watch,
        )
        .unwrap();
    let admin = std::fs::read_to_string(path.join("admin.token")).unwrap();
    Folder {
        path,
        officer,
        admin,
    }
}

/// A notice as an officer types it: 2 km around a place 5 km from the airfield.
pub fn notice() -> Value {
    let from = node::clock::now().as_unix_ms() + 48 * 3_600_000;
    json!({"kind": "air-activity", "desk": "air", "slots": {
        "area": {"circle": {"centre": "35.3304 N 40.1760 E", "radius": "2 km"}},
        "second-description": {"reference": "airfield", "bearing": "0", "distance": "5.0 km"},
        "band": "SFC to 3000 ft MSL",
        "window": {"from": from, "until": from + 3_600_000},
        "precision": "100 m",
        "air-activity": "transit",
    }})
}

/// An arrangement that both have signed.
pub fn arrangement(a: &Folder, b: &Folder) -> String {
    let parties = [party_of(a), party_of(b)];
    let line: LineId = LINE.parse().unwrap();
    let text = wire::arrangement::template(line, "air-line".parse().unwrap(), parties, true);
    signed(&filled_in(&text), [a, b])
}

/// A fresh text, with what a person would fill in.
pub fn filled_in(text: &str) -> String {
    text.replace("[area]\n", "[area]\ncircle = { centre = \"35.3359, 40.1459\", radius = \"40 km\" }\n")
        .replace("numbers = []", "numbers = [\"+1 555 0100\"]")
        .replace(
            "# [[reference_point]]\n# id = \"airfield\"\n# name = \"Deir ez-Zor airfield, tower\"\n# position = \"35.2854, 40.1760\"",
            "[[reference_point]]\nid = \"airfield\"\nname = \"Deir ez-Zor airfield, tower\"\nposition = \"35.2854, 40.1760\"",
        )
}

/// The text of an arrangement, with the signatures of both.
pub fn signed(text: &str, by: [&Folder; 2]) -> String {
    let mut signed = SignedArrangement::from_text(text).unwrap();
    for of in by {
        let party = Party::open(&of.path).unwrap();
        let signer = party.operational.signer(KeyRole::Operational).unwrap();
        let signature = wire::arrangement::sign(
            signed.arrangement(),
            party.id(),
            node::clock::now(),
            &signer,
        )
        .unwrap();
        signed.add(signature).unwrap();
    }
    signed.to_text()
}

fn party_of(folder: &Folder) -> model::ids::PartyId {
    read_manifest(&folder.path).unwrap().manifest().party
}

pub fn card(of: &Folder) -> String {
    let party = Party::open(&of.path).unwrap();
    let signer = party.operational.signer(KeyRole::Operational).unwrap();
    Card::sign(&party.manifest, "test", &[], node::clock::now(), &signer)
        .unwrap()
        .to_text()
}

pub fn configure(folder: &Folder, listen: &str, dial: &[SocketAddr]) {
    let dial: Vec<String> = dial
        .iter()
        .map(|address| format!("\"{address}\""))
        .collect();
    let text = format!(
        "listen = [{listen}]\n[http]\naddress = \"127.0.0.1:0\"\n[[line]]\nname = \"air-line\"\ndial = [{}]\n",
        dial.join(", ")
    );
    std::fs::write(folder.path.join("node.toml"), text).unwrap();
}

/// A running node, and whoever speaks to it.
pub struct Screen {
    pub node: Node,
    pub officer: String,
    pub admin: String,
}

impl Screen {
    pub async fn start(folder: &Folder) -> Self {
        Self::start_on(folder, |options| options).await
    }

    pub async fn start_on(folder: &Folder, change: impl FnOnce(Options) -> Options) -> Self {
        Self::of(folder, Node::start_on(&folder.path, change).await)
    }

    /// A node whose core goes by another clock.
    pub async fn start_by(folder: &Folder, clock: fn() -> model::units::Timestamp) -> Self {
        Self::of(
            folder,
            Node::start_by(&folder.path, |options| options, clock).await,
        )
    }

    fn of(folder: &Folder, node: Result<Node, node::server::StartError>) -> Self {
        let node = node.unwrap_or_else(|error| {
            panic!("{}", node::http::problem::chain(&error));
        });
        Self {
            node,
            officer: folder.officer.clone(),
            admin: folder.admin.clone(),
        }
    }

    pub async fn post(&self, path: &str, body: Value) -> (u16, Value) {
        http(self.node.http, "POST", path, &self.officer, Some(&body)).await
    }

    pub async fn administer(&self, path: &str, body: Value) -> (u16, Value) {
        http(self.node.http, "POST", path, &self.admin, Some(&body)).await
    }

    pub async fn get(&self, path: &str) -> Value {
        let (status, body) = http(self.node.http, "GET", path, &self.officer, None).await;
        assert_eq!(status, 200, "{path}: {body}");
        body
    }

    /// Asks until the answer is as wished.
    pub async fn until(&self, path: &str, wished: impl Fn(&Value) -> bool) -> Value {
        let began = Instant::now();
        loop {
            let body = self.get(path).await;
            if wished(&body) {
                return body;
            }
            assert!(
                began.elapsed() < Duration::from_secs(20),
                "{path} stayed {body:#}"
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// An administrator's request whose body or answer is a file.
    pub async fn file(&self, path: &str, body: &[u8]) -> (u16, Vec<u8>) {
        raw(self.node.http, "POST", path, &self.admin, body).await
    }

    pub async fn is_up(&self) {
        self.until("/api/lines", |lines| lines[0]["link"] == "up")
            .await;
    }
}

/// One request over a connection of its own.
pub async fn http(
    address: SocketAddr,
    method: &str,
    path: &str,
    token: &str,
    body: Option<&Value>,
) -> (u16, Value) {
    let body = body.map(Value::to_string).unwrap_or_default();
    let (status, answer) = raw(address, method, path, token, body.as_bytes()).await;
    let text = String::from_utf8_lossy(&answer);
    let value = serde_json::from_str(&text).unwrap_or_else(|_| json!(text));
    (status, value)
}

async fn raw(
    address: SocketAddr,
    method: &str,
    path: &str,
    token: &str,
    body: &[u8],
) -> (u16, Vec<u8>) {
    let kind = "application/json";
    let (status, _, answer) = request(address, method, path, token, kind, body).await;
    (status, answer)
}

/// One request over a connection of its own: status, head and body of the answer.
pub async fn request(
    address: SocketAddr,
    method: &str,
    path: &str,
    token: &str,
    kind: &str,
    body: &[u8],
) -> (u16, String, Vec<u8>) {
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer {token}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    let mut stream = TcpStream::connect(address).await.unwrap();
    // What is refused by its head is answered before all of it is there.
    if let Err(error) = stream.write_all(&[head.as_bytes(), body].concat()).await {
        assert_eq!(error.kind(), ErrorKind::BrokenPipe, "{error}");
    }
    read_answer(&mut stream).await
}

/// The head of an answer to the officer.
pub async fn head(screen: &Screen, path: &str) -> String {
    let kind = "application/json";
    let asked = request(screen.node.http, "GET", path, &screen.officer, kind, b"");
    asked.await.1
}

/// Reads an answer to its end.
pub async fn read_answer(stream: &mut (impl AsyncReadExt + Unpin)) -> (u16, String, Vec<u8>) {
    let mut answer = Vec::new();
    // A server may end TLS without saying so.
    let _ = stream.read_to_end(&mut answer).await;
    let end = answer
        .windows(4)
        .position(|four| four == b"\r\n\r\n")
        .unwrap();
    let head = String::from_utf8_lossy(&answer[..end]).into_owned();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, head, answer[end + 4..].to_vec())
}

/// Two nodes with a line in force between them: the second dials the first.
pub async fn pair(base: &Path) -> (Screen, Screen, Folder, Folder) {
    pair_on(base, |options| options).await
}

/// As [`pair`], under an arrangement whose text was changed.
pub async fn pair_where(
    base: &Path,
    change: impl FnOnce(String) -> String,
) -> (Screen, Screen, Folder, Folder) {
    let (a, b) = (folder(base, "coalition"), folder(base, "federation"));
    configure(&a, "\"127.0.0.1:0\"", &[]);
    let first = Screen::start(&a).await;
    configure(&b, "", &first.node.lines);
    let second = Screen::start(&b).await;
    let line: LineId = LINE.parse().unwrap();
    let parties = [party_of(&a), party_of(&b)];
    let text = wire::arrangement::template(line, "air-line".parse().unwrap(), parties, true);
    let text = signed(&change(filled_in(&text)), [&a, &b]);
    put_in_force(&first, &second, [&a, &b], &text).await;
    (first, second, a, b)
}

/// As [`pair`], the second node's journal on a disk of one's own.
pub async fn pair_on(
    base: &Path,
    change: impl FnOnce(Options) -> Options,
) -> (Screen, Screen, Folder, Folder) {
    let (a, b) = (folder(base, "coalition"), folder(base, "federation"));
    configure(&a, "\"127.0.0.1:0\"", &[]);
    let first = Screen::start(&a).await;
    configure(&b, "", &first.node.lines);
    let second = Screen::start_on(&b, change).await;
    join(&first, &second, &a, &b).await;
    (first, second, a, b)
}

/// Two nodes with a line that couriers carry.
pub async fn pair_by_file(base: &Path) -> (Screen, Screen, Folder, Folder) {
    let (a, b) = (folder(base, "coalition"), folder(base, "federation"));
    for of in [&a, &b] {
        let text =
            "[http]\naddress = \"127.0.0.1:0\"\n[[line]]\nname = \"air-line\"\nby_file = true\n";
        std::fs::write(of.path.join("node.toml"), text).unwrap();
    }
    let (first, second) = (Screen::start(&a).await, Screen::start(&b).await);
    join(&first, &second, &a, &b).await;
    for screen in [&first, &second] {
        screen
            .until("/api/lines", |lines| lines[0]["link"] == "by file")
            .await;
    }
    (first, second, a, b)
}

pub async fn join(first: &Screen, second: &Screen, a: &Folder, b: &Folder) {
    put_in_force(first, second, [a, b], &arrangement(a, b)).await;
}

async fn put_in_force(first: &Screen, second: &Screen, [a, b]: [&Folder; 2], text: &str) {
    for (desk, peer) in [(first, b), (second, a)] {
        let body = json!({"arrangement": text, "peer_card": card(peer)});
        let (status, answer) = desk.administer("/api/admin/arrangement", body).await;
        assert_eq!(status, 200, "{answer:#}");
    }
}

pub fn base64(text: &Value) -> Vec<u8> {
    base64::engine::general_purpose::STANDARD
        .decode(text.as_str().unwrap())
        .unwrap()
}
