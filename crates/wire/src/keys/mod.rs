//! Keys of a party: what they are for, how they are named, and how their signatures are checked.

mod secret;

pub use secret::{MAX_SECRET_TEXT, Secret, SecretRefused};

use std::fmt;

use sha2::{Digest, Sha256};
use tlog::ed25519;

use crate::codes::numbered;

numbered! {
    /// What a key of a party is for. Each role has keys of its own; none is used for two.
    KeyRole {
        /// Offline. Signs manifests and confirms epochs; the other party pins it.
        Root = 1, "root";
        /// Signs what is said: envelopes, heartbeats, epochs, cards, arrangements.
        Operational = 2, "operational";
        /// Signs checkpoints of the party's own logs.
        Log = 3, "log";
        /// Cosigns checkpoints of the other party's logs: the receipt "delivered".
        Cosigning = 4, "cosigning";
        /// Opens files that the other party encrypted to this one.
        File = 5, "file";
    }
}

/// Names a key: the first 8 bytes of SHA-256 over a domain string and the public key. It tells which key to try, and
/// nothing more.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId([u8; 8]);

impl KeyId {
    pub fn of(public: &[u8]) -> Self {
        let digest: [u8; 32] = Sha256::new()
            .chain_update("standclear/key/1")
            .chain_update(public)
            .finalize()
            .into();
        let [a, b, c, d, e, f, g, h, ..] = digest;
        Self([a, b, c, d, e, f, g, h])
    }

    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    pub fn as_bytes(&self) -> &[u8; 8] {
        &self.0
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|b| write!(f, "{b:02x}"))
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Why a public key was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a public key must be the one encoding of a point of the prime-order group: generate another"
)]
pub struct KeyRefused;

/// An Ed25519 public key with which no two honest verifiers can disagree about a signature.
#[derive(Clone, PartialEq, Eq)]
pub struct PublicKey {
    key: ed25519::PublicKey,
    id: KeyId,
}

impl PublicKey {
    /// # Errors
    /// For a key that is no point, is not canonical, or is of small or mixed order.
    pub fn new(bytes: &[u8; 32]) -> Result<Self, KeyRefused> {
        let key = ed25519::PublicKey::new(bytes).ok_or(KeyRefused)?;
        let id = KeyId::of(bytes);
        Ok(Self { key, id })
    }

    pub fn id(&self) -> KeyId {
        self.id
    }

    pub fn as_bytes(&self) -> &[u8; 32] {
        self.key.as_bytes()
    }

    /// Whether this key signed `message`. Strict: the only verdict that all verifiers share.
    pub fn verify(&self, message: &[u8], signature: &[u8; 64]) -> bool {
        self.key.verify_strict(message, signature)
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({})", self.id)
    }
}

/// An Ed25519 private key. Made from a seed, never printed, wiped on drop.
#[derive(Clone)]
pub struct Signer {
    key: ed25519::PrivateKey,
    public: PublicKey,
}

impl Signer {
    /// From the 32 bytes that RFC 8032 calls the private key.
    ///
    /// # Errors
    /// None for a seed of random bytes; passed on from [`PublicKey::new`].
    pub fn from_seed(seed: &[u8; 32]) -> Result<Self, KeyRefused> {
        let key = ed25519::PrivateKey::from_seed(seed).ok_or(KeyRefused)?;
        let public = PublicKey::new(key.public().as_bytes())?;
        Ok(Self { key, public })
    }

    pub fn public(&self) -> &PublicKey {
        &self.public
    }

    pub fn id(&self) -> KeyId {
        self.public.id
    }

    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.key.sign(message)
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signer({})", self.public.id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weak_and_crooked_public_keys_are_refused() {
        let mut identity = [0; 32];
        identity[0] = 1;
        let mut not_canonical = [0xff; 32];
        not_canonical[0] = 0xee;
        not_canonical[31] = 0x7f;
        for bad in [[0; 32], identity, not_canonical, [2; 32]] {
            assert_eq!(PublicKey::new(&bad), Err(KeyRefused), "{bad:x?}");
        }
        assert!(Signer::from_seed(&[1; 32]).is_ok());
    }

    #[test]
    fn a_private_key_is_not_printed() {
        let signer = Signer::from_seed(&[9; 32]).unwrap();
        let printed = format!("{signer:?}");
        assert_eq!(printed, format!("Signer({})", signer.id()));
    }
}
