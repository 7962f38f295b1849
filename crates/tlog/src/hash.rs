//! SHA-256 hashes of the Merkle tree (RFC 6962 section 2.1).

use std::fmt;
use std::str::FromStr;

use sha2::{Digest, Sha256};

use crate::text;

/// Bytes of a hash.
pub const HASH_BYTES: usize = 32;

/// A node of the tree, a leaf or a root. Written as standard base64, as checkpoints and proofs do.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash(pub [u8; HASH_BYTES]);

/// "The hash of an empty list is the hash of an empty string" (RFC 6962 section 2.1).
pub const EMPTY_ROOT: Hash = Hash([
    0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24,
    0x27, 0xae, 0x41, 0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55,
]);

/// `SHA-256(0x00 || entry)`: the hash of an entry, as a leaf.
pub fn leaf_hash(entry: &[u8]) -> Hash {
    let mut hasher = Sha256::new();
    hasher.update([0x00]);
    hasher.update(entry);
    Hash(hasher.finalize().into())
}

/// `SHA-256(0x01 || left || right)`: the hash of an inner node.
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    let mut bytes = [0x01; 1 + 2 * HASH_BYTES];
    bytes[1..=HASH_BYTES].copy_from_slice(&left.0);
    bytes[1 + HASH_BYTES..].copy_from_slice(&right.0);
    Hash(Sha256::digest(bytes).into())
}

impl Hash {
    /// The hash as bytes, for a store or a message.
    pub fn as_bytes(&self) -> &[u8; HASH_BYTES] {
        &self.0
    }
}

impl AsRef<[u8]> for Hash {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl From<[u8; HASH_BYTES]> for Hash {
    fn from(bytes: [u8; HASH_BYTES]) -> Self {
        Hash(bytes)
    }
}

/// A slice that is no hash, or a text that is no hash in base64.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a hash is {HASH_BYTES} bytes, as text {} characters of standard base64", HASH_BYTES.div_ceil(3) * 4)]
pub struct HashError;

impl TryFrom<&[u8]> for Hash {
    type Error = HashError;

    fn try_from(bytes: &[u8]) -> Result<Self, HashError> {
        bytes.try_into().map(Hash).map_err(|_| HashError)
    }
}

impl FromStr for Hash {
    type Err = HashError;

    fn from_str(base64: &str) -> Result<Self, HashError> {
        // The length first, so that a long text costs nothing.
        if base64.len() != HASH_BYTES.div_ceil(3) * 4 {
            return Err(HashError);
        }
        let bytes = text::base64_decode(base64).ok_or(HashError)?;
        Hash::try_from(bytes.as_slice())
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&text::base64_encode(&self.0))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hash({self})")
    }
}
