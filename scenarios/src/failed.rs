//! Why a replay ends early. Every one of these ends it with a failure.

use std::error::Error;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

#[derive(Debug, thiserror::Error)]
pub enum Failed {
    /// Something ran, and what came of it is not what must come of it.
    #[error("{0}")]
    Outcome(String),
    #[error("{node} refused what it should have taken: {says}")]
    Refused { node: String, says: String },
    #[error("{node} took what it should have refused: {what}")]
    Taken { node: String, what: String },
    #[error("{node} did not answer: {says}")]
    NoAnswer { node: String, says: String },
    #[error("{node}'s answer lacks `{what}`: {answer}")]
    Lacks {
        node: String,
        what: String,
        answer: String,
    },
    #[error("{node} told nothing of {what} within {within:?}")]
    NotTold {
        node: String,
        what: String,
        within: Duration,
    },
    #[error("`{command}` failed: {says}")]
    Program { command: String, says: String },
    #[error(
        "there is no program `{0}`: build it with `cargo build -p standclear`, or name it with --standclear"
    )]
    NoProgram(PathBuf),
    #[error("there is no `{0}`: run this in the project's folder, where it lies")]
    NoVerifier(PathBuf),
    #[error("cannot {what}")]
    System {
        what: String,
        #[source]
        cause: io::Error,
    },
}

impl Failed {
    pub fn outcome(says: impl Into<String>) -> Self {
        Self::Outcome(says.into())
    }

    pub fn system(what: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let what = what.into();
        move |cause| Self::System { what, cause }
    }
}

/// An error and its causes, in one sentence.
pub fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text = format!("{text}: {cause}");
        next = cause.source();
    }
    text
}

/// Fails with what `says` unless `held`.
///
/// # Errors
/// [`Failed::Outcome`].
pub fn must(held: bool, says: impl FnOnce() -> String) -> Result<(), Failed> {
    match held {
        true => Ok(()),
        false => Err(Failed::Outcome(says())),
    }
}
