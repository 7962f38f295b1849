//! Deterministic CBOR: RFC 8949 with the core requirements of its section 4.2.1, and nothing else.
//!
//! What [`Writer`] writes, [`Reader`] reads back to the same bytes. The reader refuses every other spelling: numbers and
//! lengths that are not the shortest, indefinite lengths, map keys that are unsorted or doubled, bytes left over, and
//! floating point, which this project has no use for. Formats here are arrays with fixed positions.

mod read;
mod write;

pub use read::{Reader, check};
pub use write::{Writer, bytes_len, head_len};

use model::line::Fault;

/// How deep items may lie in one another where their meaning is not known.
pub const MAX_DEPTH: usize = 16;

/// Why bytes are not the CBOR that was expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CborError {
    #[error("the bytes end in the middle of an item")]
    Truncated,
    #[error("a number or length is not in its shortest form")]
    NotShortest,
    #[error("an item has no stated length")]
    Indefinite,
    #[error("a floating point number is not carried")]
    Float,
    #[error("the keys of a map are unsorted or doubled")]
    KeyOrder,
    #[error("there are bytes after the last item")]
    Trailing,
    #[error("items lie more than {MAX_DEPTH} deep")]
    TooDeep,
    #[error("an item is of a form that CBOR reserves")]
    Reserved,
    #[error("a text is not UTF-8")]
    NotUtf8,
    #[error("{expected} was expected")]
    Unexpected { expected: &'static str },
    #[error("{given} is more than is carried, {most}")]
    TooLong { given: u64, most: u64 },
}

impl CborError {
    /// The fault of a peer that sent such bytes.
    pub const fn fault(self) -> Fault {
        match self {
            CborError::NotShortest
            | CborError::Indefinite
            | CborError::Float
            | CborError::KeyOrder => Fault::NotDeterministic,
            CborError::TooLong { .. } => Fault::TooLarge,
            CborError::Truncated
            | CborError::Trailing
            | CborError::TooDeep
            | CborError::Reserved
            | CborError::NotUtf8
            | CborError::Unexpected { .. } => Fault::Malformed,
        }
    }
}

/// The first three bits of an item.
mod major {
    pub const UINT: u8 = 0;
    pub const NEGATIVE: u8 = 1;
    pub const BYTES: u8 = 2;
    pub const TEXT: u8 = 3;
    pub const ARRAY: u8 = 4;
    pub const MAP: u8 = 5;
    pub const TAG: u8 = 6;
    pub const SIMPLE: u8 = 7;
}

const FALSE: u8 = 0xf4;
const TRUE: u8 = 0xf5;
const NULL: u8 = 0xf6;

#[cfg(test)]
mod tests;
