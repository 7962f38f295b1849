//! How a refusal is said over HTTP: one function maps errors to a status, one body says what happened and what to do.

use super::views::ReleasedOn;
use crate::auth::AuthError;
use crate::auth::pins::PinDenied;
use crate::core::inbox::InboxError;
use crate::evidence::EvidenceRefused;
use crate::said::{self, Text};
use crate::shell::Unanswered;
use crate::telephones::TelephoneError;
use crate::walls::WallError;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use channel::effect::Refusal;
use model::said::{Message, Part, Said, Says};
use release::Why;
use serde::{Deserialize, Serialize};
use std::error::Error;
use utoipa::ToSchema;
use wire::file::FileError;

/// Why a request was refused: problem details (RFC 9457), with a `code` of our own.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Problem {
    /// `urn:standclear:problem:` and the code.
    #[serde(rename = "type", default)]
    pub kind: String,
    /// The status, in words.
    #[serde(default)]
    pub title: String,
    /// HTTP status.
    pub status: u16,
    /// What happened and what to do, for a person, in the language that `Accept-Language` asked for (en, ru, ar).
    #[serde(rename = "detail")]
    #[schema(value_type = String)]
    pub text: Text,
    /// In which language that is: some of what only administrators and programs meet is said in English alone.
    #[serde(default)]
    pub language: String,
    /// Which slot of what was given it is about, if it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slot: Option<String>,
    /// What a program may branch on; never changes its meaning. docs/integrators.md lists them.
    pub code: String,
    /// Of a release that was denied: line by line, why, and under which authorities it could go.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub released: Vec<ReleasedOn>,
}

/// What a handler answers with when it refuses.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    #[error(transparent)]
    Auth(#[from] AuthError),
    #[error(
        "admin.token administers lines, manifests and epochs, and does nothing else: use the token of an account \
         (`standclear officer add`)"
    )]
    OnlyAdministers,
    #[error(transparent)]
    Unanswered(#[from] Unanswered),
    #[error("{0}")]
    Invalid(Said),
    #[error("there is no {what} `{which}` here: list what there is, and name one of those")]
    Unknown { what: &'static str, which: String },
    #[error(
        "nothing proves yet that `{0}` was received: ask again once the receiver has signed for it"
    )]
    Unproven(String),
    #[error("the journal cannot be read")]
    Read(#[from] store::ReadError),
    #[error("the record cannot be understood: verify the journal")]
    Record(#[from] wire::record::RecordError),
    #[error("the operating system gives no random bytes")]
    Random(#[from] crate::random::NoRandomness),
    /// Only administrators ask for what reads the folder.
    #[error("the keys of this node's folder cannot be used")]
    Folder(#[from] crate::party::PartyError),
    #[error("this node failed at it: its log says more")]
    Internal(String),
    #[error(transparent)]
    File(#[from] FileError),
    #[error("{}", denied(.0))]
    Denied(Vec<ReleasedOn>),

    // ---- the request itself
    #[error("the body is no JSON ({0}): send one JSON object, as /api/openapi.json describes it")]
    NotJson(String),
    #[error(
        "the body is not as it should be ({0}): send what /api/openapi.json describes, and nothing else"
    )]
    NotAsDescribed(String),
    #[error("the question is not as it should be ({0}): ask as /api/openapi.json describes")]
    Query(String),
    #[error("that address cannot be read ({0}): write it in UTF-8, percent-encoded")]
    Path(String),
    #[error("the body is of another kind: send it with `Content-Type: {0}`")]
    Kind(&'static str),
    #[error("the body is over {0} bytes, which is all that is taken: send less")]
    TooLarge(usize),
    #[error("the body did not come within {0} s: send it again, in one go")]
    TooSlow(u64),
    #[error("the body broke off: send it again")]
    BrokenOff,
    #[error("there is no `{0}` here: /api/openapi.json lists what there is")]
    NoSuchPath(String),
    #[error("`{path}` does not take {method}: /api/openapi.json lists what it takes")]
    NoSuchMethod { method: String, path: String },
    #[error("this address speaks WebSocket: connect as one ({0})")]
    NoWebSocket(String),
    #[error("`{0}` listens {1} times already, which is all there may be: close one")]
    TooManyListeners(String, usize),
    #[error(
        "this address speaks HTTPS only: write https://, and name the authority that signed this node's certificate"
    )]
    OnlyHttps,
    #[error(transparent)]
    Telephone(#[from] TelephoneError),
    #[error(transparent)]
    Wall(#[from] WallError),
    #[error(transparent)]
    Pin(#[from] PinDenied),
    #[error(transparent)]
    Evidence(EvidenceRefused),
    #[error(
        "`/metrics` needs a token of its own, and this is none: make one with `standclear officer add NAME --right metrics`, \
         and send it as `Authorization: Bearer ...`"
    )]
    NoMetricsToken,
}

fn denied(lines: &[ReleasedOn]) -> String {
    let denied = lines.iter().filter(|line| line.entry.is_none());
    let each: Vec<String> = denied.map(|line| denied_on(line).to_string()).collect();
    format!("it was not released: {}", each.join("; "))
}

/// Why nothing went on a line, and under which authorities it would.
fn denied_on(line: &ReleasedOn) -> Said {
    let why = match (line.why.is_empty(), line.because.is_empty()) {
        (false, _) => {
            let english: Vec<String> = line.why.iter().map(Text::to_string).collect();
            let why = line.why.iter().map(|why| Part::from(why.said())).collect();
            Said::of("denied-because", &english.join("; ")).with("why", Part::List(why))
        }
        (true, true) => Why::NoRule.said(),
        (true, false) => {
            let by = line.because.join(", ");
            Said::of("denied-by", &format!("denied by {by}")).with("rules", Part::Verbatim(by))
        }
    };
    let under = match line.authorities.is_empty() {
        true => Said::of(
            "denied-under-none",
            "no authority of the rules in force could let it go",
        ),
        false => {
            let names = line.authorities.join(", ");
            let english = format!("it could go under {names}");
            Said::of("denied-under", &english).with("authorities", Part::Verbatim(names))
        }
    };
    let name = line.to.as_ref().unwrap_or(&line.line);
    Said::of(
        "denied-on",
        &format!("on line {}: {why}; {under}", line.line),
    )
    .with("party", Part::Verbatim(name.clone()))
    .with("why", why)
    .with("under", under)
}

impl Refused {
    /// What an officer gave cannot be used.
    pub fn invalid(why: &impl Says) -> Self {
        Self::Invalid(why.said())
    }

    /// What an administrator or a program gave: said in English alone.
    pub fn unusable(error: &dyn Error) -> Self {
        Self::in_english(chain(error))
    }

    /// As [`Refused::unusable`], in words.
    pub fn in_english(why: String) -> Self {
        Self::Invalid(why.into())
    }
}

/// An error and what caused it, in one sentence.
pub fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let cause_text = cause.to_string();
        // A transparent error says the same as its cause.
        if !text.ends_with(&cause_text) {
            text = format!("{text}: {cause_text}");
        }
        next = cause.source();
    }
    text
}

impl Says for Refused {
    const MESSAGES: &'static [Message] = &[
        Message {
            id: "http-only-administers",
            slots: &[],
        },
        Message {
            id: "http-unknown",
            slots: &["what", "which"],
        },
        Message {
            id: "http-unproven",
            slots: &["entry"],
        },
        Message {
            id: "http-journal",
            slots: &[],
        },
        Message {
            id: "http-failed",
            slots: &[],
        },
        Message {
            id: "http-not-released",
            slots: &["each"],
        },
        Message {
            id: "http-too-large",
            slots: &["bytes"],
        },
        Message {
            id: "http-too-slow",
            slots: &["seconds"],
        },
        Message {
            id: "http-broken-off",
            slots: &[],
        },
    ];

    fn said(&self) -> Said {
        // A program's errors, and those of whoever keeps the node, are English: nobody's screen sends such requests.
        let english = || Said::from(chain(self));
        match self {
            Refused::Auth(refused) => refused.said(),
            Refused::Unanswered(refused) => refused.said(),
            Refused::Invalid(said) => said.clone(),
            Refused::OnlyAdministers => Said::of("http-only-administers", self),
            Refused::Unknown { what, which } => Said::of("http-unknown", self)
                .with("what", what)
                .with("which", which),
            Refused::Unproven(entry) => Said::of("http-unproven", self).with("entry", entry),
            Refused::Read(_) | Refused::Record(_) => Said::of("http-journal", &english()),
            Refused::Random(_) | Refused::Folder(_) | Refused::Internal(_) => {
                Said::of("http-failed", &english())
            }
            Refused::Denied(lines) => {
                let denied = lines.iter().filter(|line| line.entry.is_none());
                let each = denied.map(|line| Part::from(denied_on(line))).collect();
                Said::of("http-not-released", self).with("each", Part::List(each))
            }
            Refused::TooLarge(bytes) => Said::of("http-too-large", self).with("bytes", bytes),
            Refused::TooSlow(seconds) => Said::of("http-too-slow", self).with("seconds", seconds),
            Refused::BrokenOff => Said::of("http-broken-off", self),
            Refused::Telephone(refused) => refused.said(),
            Refused::Wall(refused) => refused.said(),
            Refused::Pin(refused) => refused.said(),
            Refused::File(refused) => refused.said(),
            Refused::Evidence(refused) => refused.said(),
            Refused::NotJson(_)
            | Refused::NotAsDescribed(_)
            | Refused::Query(_)
            | Refused::Path(_)
            | Refused::Kind(_)
            | Refused::NoSuchPath(_)
            | Refused::NoSuchMethod { .. }
            | Refused::NoWebSocket(_)
            | Refused::TooManyListeners(..)
            | Refused::OnlyHttps
            | Refused::NoMetricsToken => english(),
        }
    }
}

/// The status and code of a refusal. The only place where either is chosen.
fn status(refused: &Refused) -> (StatusCode, &'static str) {
    match refused {
        Refused::Auth(AuthError::NotSignedIn)
        | Refused::NoMetricsToken
        | Refused::Telephone(TelephoneError::NotEnrolled)
        | Refused::Wall(WallError::NotEnrolled) => (StatusCode::UNAUTHORIZED, "not-signed-in"),
        Refused::Pin(PinDenied::Wrong) => (StatusCode::FORBIDDEN, "pin-wrong"),
        Refused::Pin(PinDenied::Locked) => (StatusCode::TOO_MANY_REQUESTS, "pin-locked"),
        Refused::Pin(PinDenied::TooSoon) => (StatusCode::TOO_MANY_REQUESTS, "pin-too-soon"),
        Refused::Wall(WallError::TooMany) => (StatusCode::UNPROCESSABLE_ENTITY, "invalid"),
        Refused::Auth(AuthError::NotAllowed { .. }) => (StatusCode::FORBIDDEN, "not-allowed"),
        Refused::Auth(
            AuthError::Exists(_)
            | AuthError::Unknown(_)
            | AuthError::TooMany
            | AuthError::Element
            | AuthError::File(_)
            | AuthError::Text { .. }
            | AuthError::Random(_),
        )
        | Refused::Telephone(
            TelephoneError::File(_) | TelephoneError::Text { .. } | TelephoneError::Random(_),
        )
        | Refused::Wall(WallError::File(_) | WallError::Text { .. } | WallError::Random(_)) => {
            (StatusCode::INTERNAL_SERVER_ERROR, "accounts-unusable")
        }
        Refused::OnlyAdministers => (StatusCode::FORBIDDEN, "not-allowed"),
        Refused::Unanswered(Unanswered::Refused(refusal)) => match refusal {
            Refusal::NotAllowed(_) => (StatusCode::FORBIDDEN, "not-allowed"),
            Refusal::Unknown { .. } => (StatusCode::NOT_FOUND, "unknown"),
            Refusal::Invalid(_) => (StatusCode::UNPROCESSABLE_ENTITY, "invalid"),
            Refusal::NotNow(_) => (StatusCode::CONFLICT, "not-now"),
            Refusal::InConflict(_) => (StatusCode::CONFLICT, "in-conflict"),
            Refusal::LookAgain => (StatusCode::CONFLICT, "look-again"),
            Refusal::CannotSend(_) => (StatusCode::SERVICE_UNAVAILABLE, "cannot-send"),
            Refusal::DiskFull(_) => (StatusCode::SERVICE_UNAVAILABLE, "disk-full"),
        },
        Refused::Unanswered(Unanswered::Inbox(InboxError::Full)) => {
            (StatusCode::SERVICE_UNAVAILABLE, "overloaded")
        }
        Refused::Unanswered(Unanswered::Inbox(InboxError::Closed)) => {
            (StatusCode::SERVICE_UNAVAILABLE, "stopping")
        }
        Refused::Unanswered(Unanswered::Lost) => (StatusCode::SERVICE_UNAVAILABLE, "cannot-send"),
        Refused::File(FileError::Damaged) => (StatusCode::UNPROCESSABLE_ENTITY, "damaged"),
        Refused::Evidence(EvidenceRefused::NotKept) => (StatusCode::NOT_FOUND, "unknown"),
        Refused::Evidence(EvidenceRefused::File(_)) => {
            (StatusCode::INTERNAL_SERVER_ERROR, "internal")
        }
        Refused::Invalid(_) | Refused::File(_) | Refused::Evidence(_) => {
            (StatusCode::UNPROCESSABLE_ENTITY, "invalid")
        }
        Refused::Unknown { .. } | Refused::Unproven(_) => (StatusCode::NOT_FOUND, "unknown"),
        Refused::Read(_) | Refused::Record(_) => {
            (StatusCode::INTERNAL_SERVER_ERROR, "journal-unreadable")
        }
        Refused::Random(_) | Refused::Folder(_) | Refused::Internal(_) => {
            (StatusCode::INTERNAL_SERVER_ERROR, "internal")
        }
        Refused::Denied(_) => (StatusCode::FORBIDDEN, "release-denied"),
        Refused::NotJson(_) => (StatusCode::BAD_REQUEST, "not-json"),
        Refused::NotAsDescribed(_) => (StatusCode::UNPROCESSABLE_ENTITY, "not-as-described"),
        Refused::Query(_) | Refused::Path(_) => (StatusCode::BAD_REQUEST, "bad-question"),
        Refused::Kind(_) => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "wrong-kind"),
        Refused::TooLarge(_) => (StatusCode::PAYLOAD_TOO_LARGE, "too-large"),
        Refused::TooSlow(_) => (StatusCode::REQUEST_TIMEOUT, "too-slow"),
        Refused::BrokenOff => (StatusCode::BAD_REQUEST, "broken-off"),
        Refused::NoSuchPath(_) => (StatusCode::NOT_FOUND, "no-such-path"),
        Refused::NoSuchMethod { .. } => (StatusCode::METHOD_NOT_ALLOWED, "no-such-method"),
        Refused::NoWebSocket(_) => (StatusCode::UPGRADE_REQUIRED, "no-websocket"),
        Refused::TooManyListeners(..) => (StatusCode::TOO_MANY_REQUESTS, "too-many-listeners"),
        Refused::OnlyHttps => (StatusCode::BAD_REQUEST, "only-https"),
    }
}

impl Problem {
    pub fn of(refused: &Refused) -> Self {
        let (status, code) = status(refused);
        let said = refused.said();
        Self {
            kind: format!("urn:standclear:problem:{code}"),
            title: status.canonical_reason().unwrap_or_default().to_owned(),
            status: status.as_u16(),
            language: said::language_of(&said).to_owned(),
            slot: said::slot_of(&said).map(str::to_owned),
            text: said.into(),
            code: code.to_owned(),
            released: match refused {
                Refused::Denied(lines) => lines.clone(),
                _other_refusal => Vec::new(),
            },
        }
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let (status, code) = status(&self);
        if status.is_server_error() {
            tracing::error!(code, error = &self as &dyn Error, "a request failed");
        }
        // A struct of plain fields always becomes JSON.
        let body = serde_json::to_string(&Problem::of(&self)).unwrap_or_default();
        let kind = [(header::CONTENT_TYPE, "application/problem+json")];
        let mut response = (status, kind, body).into_response();
        let headers = response.headers_mut();
        match status {
            StatusCode::UNAUTHORIZED => {
                let scheme = header::HeaderValue::from_static("Bearer realm=\"standclear\"");
                headers.insert(header::WWW_AUTHENTICATE, scheme);
            }
            StatusCode::UPGRADE_REQUIRED => {
                let upgrade = header::HeaderValue::from_static("websocket");
                headers.insert(header::UPGRADE, upgrade);
            }
            _other_status => {}
        }
        response
    }
}

/// What handlers answer with.
pub type Answer<T> = Result<axum::Json<T>, Refused>;

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    /// The texts in `between` that look like a code.
    fn codes(text: &str, between: char) -> BTreeSet<&str> {
        let parts = text.split(between).skip(1).step_by(2);
        parts.filter(|part| is_code(part)).collect()
    }

    fn is_code(text: &str) -> bool {
        !text.is_empty() && text.bytes().all(|b| b.is_ascii_lowercase() || b == b'-')
    }

    #[test]
    fn the_documents_list_every_code_and_no_other() {
        let source = include_str!("problem.rs");
        let (_, source) = source.split_once("fn status(").unwrap();
        let (source, _) = source.split_once("impl Problem").unwrap();
        let book = include_str!("../../../../docs/integrators.md");
        let (_, book) = book.split_once("| code | status |").unwrap();
        let (book, _) = book.split_once("\n\n").unwrap();
        assert_eq!(codes(source, '"'), codes(book, '`'));
    }
}
