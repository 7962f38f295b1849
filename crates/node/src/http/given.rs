//! What a request gives: bodies, questions and paths, each within its limits, and refused in words where it is not.
//!
//! INVARIANT: a handler names who it is for before it names a body, so that no body of a stranger is read.

use super::problem::{Refused, chain};
use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::request::Parts;
use futures_util::StreamExt as _;
use serde::de::DeserializeOwned;
use std::time::Duration;
use tokio::time::timeout;

/// Bytes of a request's body. A polygon of 10,000 vertices is well below.
pub const MAX_BODY: usize = 2 << 20;
/// Bytes of the body of whoever signs in: until then they are a stranger.
pub const MAX_SIGN_IN: usize = 4 << 10;
/// How long a file of notices may take.
pub const MAP_WITHIN: Duration = Duration::from_secs(60);
/// How long a body may take.
pub const BODY_WITHIN: Duration = Duration::from_secs(10);
/// How long a courier's file may take.
pub const FILE_WITHIN: Duration = Duration::from_secs(300);
/// Bytes of a file that is refused for its length, and how long they may take, so that its sender comes to hear of it.
pub const MAX_THROWN_AWAY: usize = 256 << 20;
pub const THROWN_AWAY_WITHIN: Duration = Duration::from_secs(30);
/// Whoever sends nothing for so long has heard.
pub const STILL_SENDS_WITHIN: Duration = Duration::from_secs(1);

/// A JSON body, of `MAX` bytes at most.
pub struct Given<T, const MAX: usize = MAX_BODY>(pub T);

impl<S, T, const MAX: usize> FromRequest<S> for Given<T, MAX>
where
    S: Send + Sync,
    T: DeserializeOwned,
{
    type Rejection = Refused;

    async fn from_request(request: Request, _: &S) -> Result<Self, Refused> {
        let (parts, body) = request.into_parts();
        let kind = parts.headers.get(CONTENT_TYPE);
        let is_json = kind
            .and_then(|kind| kind.to_str().ok()?.split(';').next())
            .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"));
        if !is_json {
            return Err(Refused::Kind("application/json"));
        }
        let bytes = whole(&parts, body, MAX, BODY_WITHIN).await?;
        read(&bytes).map(Self)
    }
}

fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Refused> {
    serde_json::from_slice(bytes).map_err(|error| match error.classify() {
        serde_json::error::Category::Data => Refused::NotAsDescribed(error.to_string()),
        serde_json::error::Category::Io
        | serde_json::error::Category::Syntax
        | serde_json::error::Category::Eof => Refused::NotJson(error.to_string()),
    })
}

/// A courier's file.
pub struct Upload(pub Bytes);

impl<S: Send + Sync> FromRequest<S> for Upload {
    type Rejection = Refused;

    async fn from_request(request: Request, _: &S) -> Result<Self, Refused> {
        let (parts, body) = request.into_parts();
        whole(&parts, body, wire::file::MAX_FILE, FILE_WITHIN)
            .await
            .map(|bytes| Self(bytes.into()))
    }
}

/// A file of notices, and as what it was sent.
pub type MapFile = TypedFile<{ wire::sheet::MAX_IMPORT }>;

/// A file of `MAX` bytes at most, and as what it was sent.
pub struct TypedFile<const MAX: usize> {
    /// The media type, without its parameters.
    pub kind: String,
    pub bytes: Bytes,
}

impl<S: Send + Sync, const MAX: usize> FromRequest<S> for TypedFile<MAX> {
    type Rejection = Refused;

    async fn from_request(request: Request, _: &S) -> Result<Self, Refused> {
        let (parts, body) = request.into_parts();
        let kind = parts.headers.get(CONTENT_TYPE);
        let kind = kind.and_then(|kind| kind.to_str().ok()?.split(';').next());
        let kind = kind.unwrap_or_default().trim().to_owned();
        let bytes = whole(&parts, body, MAX, MAP_WITHIN).await?;
        Ok(Self {
            kind,
            bytes: bytes.into(),
        })
    }
}

/// The whole body, if it is of `most` bytes at most and there in time.
async fn whole(
    parts: &Parts,
    body: Body,
    most: usize,
    within: Duration,
) -> Result<Vec<u8>, Refused> {
    let said = parts.headers.get(CONTENT_LENGTH);
    let said = said.and_then(|said| said.to_str().ok()?.parse::<u64>().ok());
    if said.is_some_and(|said| said > most as u64) {
        // Many a program writes all of a file before it reads the answer, and would know of a broken connection alone.
        if most > MAX_BODY {
            tokio::spawn(throw_away(body));
        }
        return Err(Refused::TooLarge(most));
    }
    let read = async {
        let mut whole = Vec::new();
        let mut pieces = body.into_data_stream();
        while let Some(piece) = pieces.next().await {
            let piece = piece.map_err(|_| Refused::BrokenOff)?;
            if whole.len() + piece.len() > most {
                return Err(Refused::TooLarge(most));
            }
            whole.extend_from_slice(&piece);
        }
        Ok(whole)
    };
    match timeout(within, read).await {
        Ok(read) => read,
        Err(_late) => Err(Refused::TooSlow(within.as_secs())),
    }
}

/// Reads what nobody wants, so far and so long, and keeps nothing of it.
async fn throw_away(body: Body) {
    let mut pieces = body.into_data_stream();
    let mut read = 0;
    let all = async {
        while let Ok(Some(Ok(piece))) = timeout(STILL_SENDS_WITHIN, pieces.next()).await {
            read += piece.len();
            if read > MAX_THROWN_AWAY {
                break;
            }
        }
    };
    let _whole_or_late = timeout(THROWN_AWAY_WITHIN, all).await;
}

/// What stands after the question mark.
pub struct Asked<T>(pub T);

impl<S, T> FromRequestParts<S> for Asked<T>
where
    S: Send + Sync,
    T: DeserializeOwned,
{
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refused> {
        Query::try_from_uri(&parts.uri)
            .map(|Query(asked)| Self(asked))
            .map_err(|refused| Refused::Query(chain(&refused)))
    }
}

/// The part of the path that names what a request is about.
pub struct About(pub String);

impl<S: Send + Sync> FromRequestParts<S> for About {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refused> {
        Path::from_request_parts(parts, state)
            .await
            .map(|Path(name)| Self(name))
            .map_err(|refused| Refused::Path(chain(&refused)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http;
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Small {
        #[expect(dead_code, reason = "only whether it is read matters")]
        desk: String,
    }

    async fn give<const MAX: usize>(body: Body, kind: &str) -> Result<Small, Refused> {
        let request = http::Request::post("/").header(CONTENT_TYPE, kind);
        let request = request.body(body).unwrap();
        let given = Given::<Small, MAX>::from_request(request, &()).await;
        given.map(|Given(small)| small)
    }

    const SMALL: &str = r#"{"desk": "air"}"#;

    #[tokio::test]
    async fn a_body_is_taken_up_to_its_limit_and_not_a_byte_beyond() {
        let json = "application/json; charset=utf-8";
        assert!(give::<15>(SMALL.into(), json).await.is_ok());
        let over = give::<14>(SMALL.into(), json).await.unwrap_err();
        assert!(matches!(over, Refused::TooLarge(14)), "{over}");
        // With no length said, it is counted.
        let pieces = futures_util::stream::iter([Ok::<_, std::io::Error>(SMALL), Ok(SMALL)]);
        let over = give::<20>(Body::from_stream(pieces), json).await;
        assert!(matches!(over, Err(Refused::TooLarge(20))));
    }

    #[tokio::test]
    async fn a_body_that_dawdles_is_given_up() {
        let never = futures_util::stream::pending::<Result<&str, std::io::Error>>();
        let (parts, body) = Request::new(Body::from_stream(never)).into_parts();
        let slow = whole(&parts, body, 99, Duration::from_millis(20)).await;
        assert!(matches!(slow, Err(Refused::TooSlow(0))));
    }

    #[tokio::test]
    async fn what_is_wrong_with_a_body_is_said() {
        let json = "application/json";
        let said = |refused: Result<Small, Refused>| refused.unwrap_err().to_string();
        let syntax = said(give::<99>("{".into(), json).await);
        assert!(
            syntax.contains("no JSON") && syntax.contains("line 1"),
            "{syntax}"
        );
        let field = said(give::<99>(r#"{"desk":"air","x":1}"#.into(), json).await);
        assert!(field.contains("unknown field `x`"), "{field}");
        let kind = said(give::<99>(SMALL.into(), "text/plain").await);
        assert!(kind.contains("application/json"), "{kind}");
    }
}
