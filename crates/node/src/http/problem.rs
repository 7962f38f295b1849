//! How a refusal is said over HTTP: one function maps errors to a status, one body says what happened and what to do.

use crate::auth::AuthError;
use crate::core::inbox::InboxError;
use crate::shell::Unanswered;
use axum::Json;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use channel::effect::Refusal;
use serde::{Deserialize, Serialize};
use std::error::Error;
use utoipa::ToSchema;

/// Why a request was refused (RFC 9457, with its own `code`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Problem {
    /// One of the codes in docs/errors.md; never changes its meaning.
    pub code: String,
    /// HTTP status.
    pub status: u16,
    /// What happened and what to do, for a person.
    pub text: String,
}

/// What a handler answers with when it refuses.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    #[error(transparent)]
    Auth(#[from] AuthError),
    #[error(transparent)]
    Unanswered(#[from] Unanswered),
    #[error("{0}")]
    Invalid(String),
    #[error("there is no {what} `{which}` here")]
    Unknown { what: &'static str, which: String },
    #[error("the journal cannot be read")]
    Read(#[from] store::ReadError),
    #[error("the record cannot be understood: verify the journal")]
    Record(#[from] wire::record::RecordError),
    #[error("the operating system gives no random bytes")]
    Random(#[from] crate::random::NoRandomness),
    #[error("this node failed at it: its log says more")]
    Internal(String),
}

impl Refused {
    pub fn invalid(error: &dyn Error) -> Self {
        Self::Invalid(chain(error))
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

/// The status and code of a refusal. The only place where either is chosen.
fn status(refused: &Refused) -> (StatusCode, &'static str) {
    match refused {
        Refused::Auth(AuthError::NotSignedIn) => (StatusCode::UNAUTHORIZED, "not-signed-in"),
        Refused::Auth(AuthError::NotAllowed(_)) => (StatusCode::FORBIDDEN, "not-allowed"),
        Refused::Auth(
            AuthError::Exists(_)
            | AuthError::Unknown(_)
            | AuthError::TooMany
            | AuthError::File(_)
            | AuthError::Text { .. }
            | AuthError::Random(_),
        ) => (StatusCode::INTERNAL_SERVER_ERROR, "accounts-unusable"),
        Refused::Unanswered(Unanswered::Refused(refusal)) => match refusal {
            Refusal::NotAllowed(_) => (StatusCode::FORBIDDEN, "not-allowed"),
            Refusal::Unknown { .. } => (StatusCode::NOT_FOUND, "unknown"),
            Refusal::Invalid(_) => (StatusCode::UNPROCESSABLE_ENTITY, "invalid"),
            Refusal::NotNow(_) => (StatusCode::CONFLICT, "not-now"),
            Refusal::CannotSend(_) => (StatusCode::SERVICE_UNAVAILABLE, "cannot-send"),
        },
        Refused::Unanswered(Unanswered::Inbox(InboxError::Full)) => {
            (StatusCode::SERVICE_UNAVAILABLE, "overloaded")
        }
        Refused::Unanswered(Unanswered::Inbox(InboxError::Closed)) => {
            (StatusCode::SERVICE_UNAVAILABLE, "stopping")
        }
        Refused::Unanswered(Unanswered::Lost) => (StatusCode::SERVICE_UNAVAILABLE, "cannot-send"),
        Refused::Invalid(_) => (StatusCode::UNPROCESSABLE_ENTITY, "invalid"),
        Refused::Unknown { .. } => (StatusCode::NOT_FOUND, "unknown"),
        Refused::Read(_) | Refused::Record(_) => {
            (StatusCode::INTERNAL_SERVER_ERROR, "journal-unreadable")
        }
        Refused::Random(_) | Refused::Internal(_) => {
            (StatusCode::INTERNAL_SERVER_ERROR, "internal")
        }
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let (status, code) = status(&self);
        if status.is_server_error() {
            tracing::error!(code, error = &self as &dyn Error, "a request failed");
        }
        let problem = Problem {
            code: code.to_owned(),
            status: status.as_u16(),
            text: chain(&self),
        };
        let kind = [(header::CONTENT_TYPE, "application/problem+json")];
        (status, kind, Json(problem)).into_response()
    }
}

/// What handlers answer with.
pub type Answer<T> = Result<Json<T>, Refused>;
