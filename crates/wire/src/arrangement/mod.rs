//! The arrangement: the TOML text that both parties sign, and what it means.
//!
//! What is signed is the text, byte for byte. Errors are for the officers who wrote it: each names the key and says what
//! is allowed.

mod check;
mod read;
mod section;
mod signed;
mod template;
mod units;

pub use read::parse;
pub use signed::{
    MAX_SIGNATURES_TEXT, Signature, SignedArrangement, SignedRefused, Verdict, read_signatures,
    sign,
};
pub use template::template;

use model::arrangement::{MAX_DOCUMENT, MAX_LISTED};

/// Telephone numbers of one desk.
pub const MAX_NUMBERS: usize = 10;
/// Characters of a telephone number.
pub const MAX_NUMBER: usize = 40;
/// Desks that an arrangement names.
pub const MAX_DESKS: usize = 4;

/// Why a text is no arrangement. What it says of a key is said as the key is written in the text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ArrangementRefused {
    #[error("the arrangement has {given} bytes, at most {MAX_DOCUMENT} are read: shorten it")]
    TooLarge { given: usize },
    #[error(
        "the lines of the arrangement end in CR LF: save it with plain line ends, then sign it again"
    )]
    LineEnds,
    #[error("the arrangement is no TOML: mend the line that is named")]
    NotToml(#[source] toml::de::Error),
    #[error("`{key}` is not known: use {allowed}")]
    UnknownKey { key: String, allowed: String },
    #[error("`{key}` is missing: give {expected}")]
    Missing { key: String, expected: String },
    #[error("`{key}` is {given}: give {expected}")]
    Value {
        key: String,
        given: String,
        expected: String,
    },
    #[error("`{key}` has {given} items: give at most {most}")]
    TooMany {
        key: String,
        given: usize,
        most: usize,
    },
    #[error("`{key}`: {what}")]
    Rule { key: String, what: String },
}

pub(crate) const MOST: usize = MAX_LISTED;

#[cfg(test)]
mod tests;
