//! Two parties on loopback, and what a screen would say to them.

use base64::Engine as _;
use model::code::{Desk, Role};
use model::ids::LineId;
use node::auth::{Officers, Right};
use node::party::create::{NewParty, create};
use node::party::{Party, read_manifest};
use node::server::Node;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use wire::arrangement::SignedArrangement;
use wire::card::Card;
use wire::keys::KeyRole;

pub const LINE: &str = "4c494e45000000000000000000000001";

/// A party's folder with an officer on every desk.
pub struct Folder {
    pub path: PathBuf,
    pub root_key: PathBuf,
    pub officer: String,
    pub admin: String,
}

pub fn folder(base: &Path, name: &str) -> Folder {
    let (path, root_key) = (base.join(name), base.join(format!("{name}-root.key")));
    let new = NewParty {
        name: name.parse().unwrap(),
        exercise: true,
        folder: &path,
        root_key: &root_key,
        at_rest_key: None,
        names: &[],
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
        root_key,
        officer,
        admin,
    }
}

/// An arrangement that both have signed.
pub fn arrangement(a: &Folder, b: &Folder) -> String {
    let parties = [party_of(a), party_of(b)];
    let line: LineId = LINE.parse().unwrap();
    let text = wire::arrangement::template(line, "air-line".parse().unwrap(), parties, true)
        .replace("[area]\n", "[area]\ncircle = { centre = \"35.3359, 40.1459\", radius = \"40 km\" }\n")
        .replace("numbers = []", "numbers = [\"+1 555 0100\"]")
        .replace(
            "# [[reference_point]]\n# id = \"airfield\"\n# name = \"Deir ez-Zor airfield, tower\"\n# position = \"35.2854, 40.1760\"",
            "[[reference_point]]\nid = \"airfield\"\nname = \"Deir ez-Zor airfield, tower\"\nposition = \"35.2854, 40.1760\"",
        );
    let mut signed = SignedArrangement::from_text(&text).unwrap();
    for of in [a, b] {
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
pub struct Desk1 {
    pub node: Node,
    pub officer: String,
    pub admin: String,
}

impl Desk1 {
    pub async fn start(folder: &Folder) -> Self {
        let node = Node::start(&folder.path).await.unwrap_or_else(|error| {
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
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    let answer = String::from_utf8(answer).unwrap();
    let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
    let text = answer.split_once("\r\n\r\n").unwrap().1;
    let value = serde_json::from_str(text).unwrap_or_else(|_| json!(text));
    (status, value)
}

/// Two nodes with a line in force between them: the second dials the first.
pub async fn pair(base: &Path) -> (Desk1, Desk1, Folder, Folder) {
    let (a, b) = (folder(base, "coalition"), folder(base, "federation"));
    configure(&a, "\"127.0.0.1:0\"", &[]);
    configure(&b, "", &[]);
    let first = Desk1::start(&a).await;
    configure(&b, "", &first.node.lines);
    let second = Desk1::start(&b).await;
    let text = arrangement(&a, &b);
    for (desk, peer) in [(&first, &b), (&second, &a)] {
        let body = json!({"arrangement": text, "peer_card": card(peer)});
        let (status, answer) = desk.administer("/api/admin/arrangement", body).await;
        assert_eq!(status, 200, "{answer:#}");
    }
    (first, second, a, b)
}

pub fn base64(text: &Value) -> Vec<u8> {
    base64::engine::general_purpose::STANDARD
        .decode(text.as_str().unwrap())
        .unwrap()
}
