//! The one page beside the nodes: every desk in a frame, and what happens in words. Served on loopback, to whoever has
//! its link and to nobody else: it signs in to every desk.

use super::board::Board;
use super::timeline::{Language, Words};
use crate::failed::Failed;
use serde::Serialize;
use serde_json::{Value, json};
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

/// Bytes of a request: its head, and of what it says.
pub const MAX_HEAD: u64 = 8 * 1024;
pub const MAX_SAID: usize = 200;
/// Connections at a time; beyond it the newest are closed.
pub const MAX_VISITS: usize = 32;
/// How long a request may take to come.
const READ_WITHIN: Duration = Duration::from_secs(5);

const HTML: &str = include_str!("page.html");
const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// A desk that the page shows.
#[derive(Clone, Debug, Serialize)]
pub struct Desk {
    pub party: String,
    pub called: Words,
    pub language: Language,
    /// Of its node.
    pub origin: String,
}

/// What makes the links that sign in, one for each desk, anew each time the page is opened: each is good once.
pub type Links = Box<dyn Fn() -> Result<Vec<String>, Failed> + Send + Sync>;

/// A page that listens and is not served yet: the nodes must know its address before they start.
pub struct Page {
    listener: TcpListener,
    address: SocketAddr,
    key: String,
}

struct Served {
    address: SocketAddr,
    key: String,
    title: Words,
    about: Words,
    desks: Vec<Desk>,
    links: Links,
    board: Arc<Board>,
    visits: AtomicUsize,
}

impl Page {
    /// # Errors
    /// Where loopback gives no port, or the system no randomness.
    pub fn listen() -> Result<Self, Failed> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .map_err(Failed::system("listen on loopback"))?;
        let address = listener
            .local_addr()
            .map_err(Failed::system("listen on loopback"))?;
        let mut bytes = [0; 16];
        File::open("/dev/urandom")
            .and_then(|mut random| random.read_exact(&mut bytes))
            .map_err(Failed::system("read /dev/urandom"))?;
        let key = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Self {
            listener,
            address,
            key,
        })
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The one link.
    pub fn link(&self) -> String {
        format!("http://{}/{}/", self.address, self.key)
    }

    /// Answers from now on, until this process ends.
    ///
    /// # Errors
    /// Where the system gives no thread.
    pub fn serve(
        self,
        title: Words,
        about: Words,
        desks: Vec<Desk>,
        links: Links,
        board: Arc<Board>,
    ) -> Result<(), Failed> {
        let served = Arc::new(Served {
            address: self.address,
            key: self.key,
            title,
            about,
            desks,
            links,
            board,
            visits: AtomicUsize::new(0),
        });
        let listener = self.listener;
        let accept = move || {
            for stream in listener.incoming().flatten() {
                let served = served.clone();
                if served.visits.fetch_add(1, Ordering::SeqCst) >= MAX_VISITS {
                    served.visits.fetch_sub(1, Ordering::SeqCst);
                    continue;
                }
                let visit = served.clone();
                let begun = thread::Builder::new().name("page".into()).spawn(move || {
                    // Whoever asked may have gone.
                    let _ = visit.visit(&stream);
                    visit.visits.fetch_sub(1, Ordering::SeqCst);
                });
                if begun.is_err() {
                    served.visits.fetch_sub(1, Ordering::SeqCst);
                }
            }
        };
        let begun = thread::Builder::new().name("page".into()).spawn(accept);
        begun.map(drop).map_err(Failed::system("serve a page"))
    }
}

/// What was asked: method, path, whose page asks, and what it says.
struct Asked {
    method: String,
    path: String,
    origin: Option<String>,
    says: String,
}

struct Answer {
    status: &'static str,
    kind: &'static str,
    body: String,
}

impl Answer {
    fn of(kind: &'static str, body: impl Into<String>) -> Self {
        Self {
            status: "200 OK",
            kind,
            body: body.into(),
        }
    }

    fn refused(status: &'static str, body: &str) -> Self {
        Self {
            status,
            kind: "text/plain; charset=utf-8",
            body: body.to_owned(),
        }
    }
}

impl Served {
    fn visit(&self, stream: &TcpStream) -> io::Result<()> {
        stream.set_read_timeout(Some(READ_WITHIN))?;
        stream.set_write_timeout(Some(READ_WITHIN))?;
        let answer = match asked(stream)? {
            Some(asked) => self.answer(&asked),
            None => Answer::refused("400 Bad Request", "this is no request that this page knows"),
        };
        let frames: Vec<&str> = self.desks.iter().map(|desk| desk.origin.as_str()).collect();
        let head = format!(
            "HTTP/1.1 {}\r\nContent-Type: {}\r\nContent-Length: {}\r\nConnection: close\r\nCache-Control: no-store\r\n\
             Referrer-Policy: no-referrer\r\nX-Content-Type-Options: nosniff\r\nContent-Security-Policy: default-src 'none'; \
             script-src 'self'; style-src 'self'; connect-src 'self'; frame-src {}; base-uri 'none'; form-action 'none'; \
             frame-ancestors 'none'\r\n\r\n",
            answer.status,
            answer.kind,
            answer.body.len(),
            frames.join(" ")
        );
        let mut stream = stream;
        stream.write_all(head.as_bytes())?;
        stream.write_all(answer.body.as_bytes())
    }

    fn answer(&self, asked: &Asked) -> Answer {
        // Without the key it is as if there were nothing.
        let path = asked
            .path
            .strip_prefix('/')
            .and_then(|path| path.strip_prefix(self.key.as_str()));
        match (asked.method.as_str(), path) {
            ("GET", Some("/")) => self.page(),
            ("GET", Some("/page.css")) => Answer::of("text/css; charset=utf-8", STYLE),
            ("GET", Some("/page.js")) => Answer::of("text/javascript; charset=utf-8", SCRIPT),
            ("GET", Some("/now")) => {
                Answer::of("application/json", json!(self.board.shown()).to_string())
            }
            ("POST", Some("/play")) => self.plays(asked),
            _elsewhere => Answer::refused(
                "404 Not Found",
                "there is nothing here: open the link that the demo printed",
            ),
        }
    }

    fn page(&self) -> Answer {
        let links = match (self.links)() {
            Ok(links) => links,
            Err(failed) => {
                return Answer::refused("500 Internal Server Error", &failed.to_string());
            }
        };
        self.board.open();
        let desks = self.desks.iter().zip(links).map(|(desk, link)| {
            let mut desk = json!(desk);
            desk["link"] = json!(in_language(&link, desk_language(&desk)));
            desk
        });
        let given = json!({"title": self.title, "about": self.about, "desks": desks.collect::<Vec<Value>>()});
        // Within an attribute, and nothing of it is markup.
        let given = given
            .to_string()
            .replace('&', "&amp;")
            .replace('"', "&quot;")
            .replace('<', "&lt;");
        Answer::of("text/html; charset=utf-8", HTML.replace("{given}", &given))
    }

    fn plays(&self, asked: &Asked) -> Answer {
        let own = format!("http://{}", self.address);
        if asked.origin.as_deref() != Some(own.as_str()) {
            return Answer::refused("403 Forbidden", "only this page itself says whom you play");
        }
        let party = Some(asked.says.as_str()).filter(|party| !party.is_empty());
        let is_known = |party: &str| self.desks.iter().any(|desk| desk.party == party);
        match party {
            Some(party) if !is_known(party) => {
                Answer::refused("400 Bad Request", "there is no such party")
            }
            party => {
                self.board.plays(party.map(str::to_owned));
                Answer::of("application/json", json!(self.board.shown()).to_string())
            }
        }
    }
}

fn desk_language(desk: &Value) -> &str {
    desk["language"].as_str().unwrap_or("en")
}

/// A link that signs in, with the language that the desk is shown in.
fn in_language(link: &str, language: &str) -> String {
    link.replacen("/#", &format!("/?language={language}#"), 1)
}

/// `None` for what is no request, or too long.
fn asked(stream: &TcpStream) -> io::Result<Option<Asked>> {
    let mut reader = BufReader::new(stream.take(MAX_HEAD));
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let mut words = line.split_whitespace();
    let (Some(method), Some(path)) = (words.next(), words.next()) else {
        return Ok(None);
    };
    let (mut origin, mut length) = (None, 0);
    loop {
        let mut field = String::new();
        reader.read_line(&mut field)?;
        // The head is at its limit before it is at its end.
        if !field.ends_with('\n') {
            return Ok(None);
        }
        let Some((name, value)) = field.trim_end().split_once(':') else {
            break;
        };
        match name.to_ascii_lowercase().as_str() {
            "origin" => origin = Some(value.trim().to_owned()),
            "content-length" => length = value.trim().parse().unwrap_or(usize::MAX),
            _another => {}
        }
    }
    if length > MAX_SAID {
        return Ok(None);
    }
    let mut says = vec![0; length];
    reader.read_exact(&mut says)?;
    Ok(String::from_utf8(says).ok().map(|says| Asked {
        method: method.to_owned(),
        path: path.to_owned(),
        origin,
        says,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Words {
        Words {
            en: text.into(),
            ru: text.into(),
            ar: text.into(),
        }
    }

    fn served() -> (String, SocketAddr, Arc<Board>) {
        let page = Page::listen().unwrap();
        let (link, address) = (page.link(), page.address());
        let board = Arc::new(Board::new(3, None));
        let desk = Desk {
            party: "north".into(),
            called: words("\"><script>"),
            language: Language::Ar,
            origin: "http://127.0.0.1:9".into(),
        };
        let links: Links = Box::new(|| Ok(vec!["http://127.0.0.1:9/#sign-in=abc".into()]));
        page.serve(words("t"), words("a"), vec![desk], links, board.clone())
            .unwrap();
        let path = link
            .strip_prefix(&format!("http://{address}"))
            .unwrap()
            .to_owned();
        (path, address, board)
    }

    fn says(address: SocketAddr, request: &str) -> String {
        let mut stream = TcpStream::connect(address).unwrap();
        // It may answer, and close, before it has read all.
        let _ = stream.write_all(request.as_bytes());
        let mut said = String::new();
        let _ = stream.read_to_string(&mut said);
        said
    }

    #[test]
    fn only_who_has_the_link_sees_the_page_and_its_links_sign_in_once_opened() {
        let (path, address, board) = served();
        for other in [
            "/",
            "/0123456789abcdef0123456789abcdef/",
            &path[..path.len() - 3],
        ] {
            assert!(
                says(address, &format!("GET {other} HTTP/1.1\r\n\r\n")).starts_with("HTTP/1.1 404"),
                "{other}"
            );
        }
        assert!(!board.is_open());
        let page = says(address, &format!("GET {path} HTTP/1.1\r\n\r\n"));
        assert!(
            page.starts_with("HTTP/1.1 200") && board.is_open(),
            "{page}"
        );
        assert!(
            page.contains("http://127.0.0.1:9/?language=ar#sign-in=abc"),
            "{page}"
        );
        assert!(!page.contains("<script>"), "names are text: {page}");
        for held in [
            "frame-src http://127.0.0.1:9;",
            "frame-ancestors 'none'",
            "no-referrer",
            "no-store",
        ] {
            assert!(page.contains(held), "{held}: {page}");
        }
    }

    #[test]
    fn whom_the_person_plays_is_said_by_the_page_alone() {
        let (path, address, board) = served();
        let play = |origin: &str, party: &str| {
            let length = party.len();
            says(
                address,
                &format!(
                    "POST {path}play HTTP/1.1\r\nOrigin: {origin}\r\nContent-Length: {length}\r\n\r\n{party}"
                ),
            )
        };
        let own = format!("http://{address}");
        assert!(play("http://127.0.0.1:9", "north").starts_with("HTTP/1.1 403"));
        assert!(play(&own, "nobody").starts_with("HTTP/1.1 400"));
        assert!(!board.is_you("north"));
        assert!(play(&own, "north").starts_with("HTTP/1.1 200"));
        assert!(board.is_you("north"));
        assert!(play(&own, "").starts_with("HTTP/1.1 200"));
        assert!(!board.is_you("north"));
    }

    #[test]
    fn a_request_at_its_limit_is_answered_and_a_longer_one_refused() {
        let (path, address, _) = served();
        let most = usize::try_from(MAX_HEAD).unwrap();
        let head = |length: usize| {
            let before = format!("GET {path}now HTTP/1.1\r\nX: ");
            let fill = "x".repeat(length - before.len() - 4);
            format!("{before}{fill}\r\n\r\n")
        };
        assert!(says(address, &head(most)).starts_with("HTTP/1.1 200"));
        assert!(!says(address, &head(most + 1)).starts_with("HTTP/1.1 200"));
        let said = |length: usize| {
            let body = "x".repeat(length);
            says(
                address,
                &format!("POST {path}now HTTP/1.1\r\nContent-Length: {length}\r\n\r\n{body}"),
            )
        };
        assert!(said(MAX_SAID).starts_with("HTTP/1.1 404"));
        assert!(said(MAX_SAID + 1).starts_with("HTTP/1.1 400"));
        assert!(says(address, "\r\n\r\n").starts_with("HTTP/1.1 400"));
    }

    #[test]
    fn more_visitors_than_the_limit_are_turned_away_and_the_room_is_free_again() {
        let (path, address, _) = served();
        let waiting: Vec<TcpStream> = (0..MAX_VISITS)
            .map(|_| TcpStream::connect(address).unwrap())
            .collect();
        thread::sleep(Duration::from_millis(200));
        let now = format!("GET {path}now HTTP/1.1\r\n\r\n");
        assert!(!says(address, &now).starts_with("HTTP/1.1 200"));
        drop(waiting);
        thread::sleep(Duration::from_millis(200));
        assert!(says(address, &now).starts_with("HTTP/1.1 200"));
    }
}
