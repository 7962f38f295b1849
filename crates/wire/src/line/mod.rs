//! The line between two nodes, as bytes: envelopes, openings, frames (docs/line-protocol.md).

pub mod envelope;
pub mod frame;
pub mod keys;
pub mod opening;
pub mod preamble;
pub mod receive;
pub mod split;

use model::code::Lane;
use model::ids::{LineId, PartyId};
use model::line::Epoch;

pub use envelope::{Rejected, SealError, Sealed, open, seal};
pub use keys::{LineKeys, PartyKeys};
pub use preamble::Preamble;
pub use receive::{Taken, receive};
pub use split::FrameReader;

/// Versions of the protocol that this node speaks, highest first.
pub const PROTOCOL_VERSIONS: &[u16] = &[1];
/// The name of the protocol in the TLS handshake (ALPN, RFC 7301).
pub const ALPN: &[u8] = b"standclear/1";

/// Bytes of an envelope.
pub const MAX_ENVELOPE: usize = 16 * 1024;
/// Bytes of an opening.
pub const MAX_OPENING: usize = 256 * 1024;
/// Bytes of a frame, without the four that state its length.
pub const MAX_FRAME: usize = 1024 * 1024;
/// Entries in a frame.
pub const MAX_ENTRIES: usize = 256;
/// Bytes of envelopes and openings that a frame is filled with; one entry alone may be more.
pub const MAX_ENTRIES_BYTES: usize = 256 * 1024;
/// Bytes of a signed checkpoint, with its cosignatures.
pub const MAX_CHECKPOINT: usize = 4 * 1024;
/// Protocol versions offered in a `Hello`.
pub const MAX_VERSIONS: usize = 16;
/// Bytes of a fault's evidence.
pub const MAX_EVIDENCE: usize = 16 * 1024;

/// The name of a log: its C2SP origin, and the name of the key that signs its checkpoints.
pub fn origin(line: LineId, party: PartyId, lane: Lane, epoch: Epoch) -> String {
    format!("standclear/{line}/{party}/{lane}/{epoch}")
}

/// The name of the key with which a party cosigns.
pub fn cosigner_name(party: PartyId) -> String {
    format!("standclear/{party}/cosigner")
}
