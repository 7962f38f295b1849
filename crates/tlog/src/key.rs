//! Named keys of signed notes (c2sp.org/signed-note): names, key IDs, verifier keys as text, signers.
//!
//! Every signature is checked strictly ([`PublicKey::verify_strict`]), and a public key that is not the one encoding of a
//! point of the prime-order group is refused: with such keys two honest verifiers can disagree about a
//! signature, and a party could later deny it.

use std::fmt;
use std::str::FromStr;

use sha2::{Digest, Sha256};

use crate::ed25519::{PrivateKey, PublicKey};
use crate::text;

/// "`0x01` — Ed25519 signatures as specified by this document" (c2sp.org/signed-note).
pub const ED25519: u8 = 0x01;
/// "`0x04` — Timestamped Ed25519 witness cosignatures" (c2sp.org/tlog-cosignature).
pub const COSIGNATURE_V1: u8 = 0x04;

/// Bytes of a key name.
pub const MAX_KEY_NAME_BYTES: usize = 255;
/// Bytes of a verifier key as text: name, `+`, 8 hexadecimal digits, `+`, 33 bytes in base64.
pub const MAX_VKEY_BYTES: usize = MAX_KEY_NAME_BYTES + 1 + 8 + 1 + 44;

/// Checks the log's signature on a checkpoint.
pub type LogKey = VerifierKey<ED25519>;
/// Checks a cosignature on a checkpoint.
pub type CosignerKey = VerifierKey<COSIGNATURE_V1>;
/// Signs checkpoints as the log.
pub type LogSigner = SigningKey<ED25519>;
/// Signs checkpoints as a cosigner. "The Ed25519 signed message format doesn't commit to the cosigner
/// name, so the same public key can't be used across multiple cosigners" (c2sp.org/tlog-cosignature).
pub type CosignerSigner = SigningKey<COSIGNATURE_V1>;

/// Why a name, a public key or a verifier key is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    #[error("a key name is 1 to {MAX_KEY_NAME_BYTES} bytes, this one is {length}")]
    NameLength { length: usize },
    #[error("a key name has no spaces, control characters or `+`")]
    NameCharacter,
    #[error(
        "a public key must be the canonical encoding of a point of the prime-order group: generate another key"
    )]
    PublicKey,
    #[error(
        "a verifier key reads `<name>+<8 lower-case hexadecimal digits>+<base64>`, at most {MAX_VKEY_BYTES} bytes"
    )]
    Format,
    #[error(
        "the verifier key is of signature type {found:#04x}, here one of {expected:#04x} is needed"
    )]
    Algorithm { found: u8, expected: u8 },
    #[error(
        "the key ID is {found}, by name and key it must be {expected}: the verifier key was altered or mistyped"
    )]
    KeyId { found: KeyId, expected: KeyId },
}

/// "Key names MUST be non-empty and MUST NOT contain any Unicode spaces or plus (U+002B) characters"
/// (c2sp.org/signed-note). At most [`MAX_KEY_NAME_BYTES`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyName(String);

impl KeyName {
    /// # Errors
    /// [`KeyError::NameLength`] or [`KeyError::NameCharacter`].
    pub fn new(name: &str) -> Result<Self, KeyError> {
        if name.is_empty() || name.len() > MAX_KEY_NAME_BYTES {
            return Err(KeyError::NameLength { length: name.len() });
        }
        if !is_key_name(name) {
            return Err(KeyError::NameCharacter);
        }
        Ok(Self(name.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for KeyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether signed-note allows the name, whatever its length.
pub(crate) fn is_key_name(name: &str) -> bool {
    text::is_line(name) && !name.chars().any(|c| c.is_whitespace() || c == '+')
}

/// "An identifier, and not a cryptographically strong hash" (c2sp.org/signed-note): it only tells
/// which key to try.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(pub [u8; 4]);

impl KeyId {
    /// `SHA-256(key name || 0x0A || signature type || public key)[:4]`.
    pub fn of(name: &KeyName, algorithm: u8, public_key: &[u8; 32]) -> Self {
        let digest: [u8; 32] = Sha256::new()
            .chain_update(name.as_str())
            .chain_update([b'\n', algorithm])
            .chain_update(public_key)
            .finalize()
            .into();
        let [a, b, c, d, ..] = digest;
        Self([a, b, c, d])
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}", u32::from_be_bytes(self.0))
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyId({self})")
    }
}

/// A public key with its name, for one signature type. As text it is a *vkey*:
/// `<name>+<hex key ID>+<base64(signature type || public key)>`.
#[derive(Clone, PartialEq, Eq)]
pub struct VerifierKey<const ALGORITHM: u8> {
    name: KeyName,
    id: KeyId,
    key: PublicKey,
}

impl<const ALGORITHM: u8> VerifierKey<ALGORITHM> {
    /// # Errors
    /// [`KeyError::PublicKey`] for a key that is no point, not canonical, of small order, or has a
    /// torsion component.
    pub fn new(name: KeyName, public_key: &[u8; 32]) -> Result<Self, KeyError> {
        let key = PublicKey::new(public_key).ok_or(KeyError::PublicKey)?;
        let id = KeyId::of(&name, ALGORITHM, public_key);
        Ok(Self { name, id, key })
    }

    pub fn name(&self) -> &KeyName {
        &self.name
    }

    pub fn id(&self) -> KeyId {
        self.id
    }

    /// The public key as RFC 8032 encodes it.
    pub fn public_key(&self) -> &[u8; 32] {
        self.key.as_bytes()
    }

    pub(crate) fn verify_strict(&self, message: &[u8], signature: &[u8; 64]) -> bool {
        self.key.verify_strict(message, signature)
    }
}

impl<const ALGORITHM: u8> FromStr for VerifierKey<ALGORITHM> {
    type Err = KeyError;

    fn from_str(vkey: &str) -> Result<Self, KeyError> {
        if vkey.len() > MAX_VKEY_BYTES {
            return Err(KeyError::Format);
        }
        // Base64 may contain `+`, a name may not.
        let mut parts = vkey.splitn(3, '+');
        let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(KeyError::Format);
        };
        let name = KeyName::new(name)?;
        let found = hex_key_id(id).ok_or(KeyError::Format)?;
        let key = text::base64_decode(key).ok_or(KeyError::Format)?;
        let (&algorithm, public_key) = key.split_first().ok_or(KeyError::Format)?;
        if algorithm != ALGORITHM {
            let expected = ALGORITHM;
            return Err(KeyError::Algorithm {
                found: algorithm,
                expected,
            });
        }
        let public_key = public_key.try_into().map_err(|_| KeyError::Format)?;
        let verifier = Self::new(name, public_key)?;
        let expected = verifier.id;
        if found != expected {
            return Err(KeyError::KeyId { found, expected });
        }
        Ok(verifier)
    }
}

fn hex_key_id(id: &str) -> Option<KeyId> {
    let digits = id.len() == 8 && id.bytes().all(|c| matches!(c, b'0'..=b'9' | b'a'..=b'f'));
    let number = u32::from_str_radix(id, 16).ok()?;
    digits.then_some(KeyId(number.to_be_bytes()))
}

impl<const ALGORITHM: u8> fmt::Display for VerifierKey<ALGORITHM> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut key = [ALGORITHM; 33];
        key[1..].copy_from_slice(self.public_key());
        write!(f, "{}+{}+{}", self.name, self.id, text::base64_encode(&key))
    }
}

impl<const ALGORITHM: u8> fmt::Debug for VerifierKey<ALGORITHM> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VerifierKey({self})")
    }
}

/// A private key with its name, for one signature type. The seed comes from outside, is never printed,
/// and is wiped on drop.
#[derive(Clone)]
pub struct SigningKey<const ALGORITHM: u8> {
    verifier: VerifierKey<ALGORITHM>,
    key: PrivateKey,
}

impl<const ALGORITHM: u8> SigningKey<ALGORITHM> {
    /// A signer from the 32 bytes that RFC 8032 calls the private key.
    ///
    /// # Errors
    /// None for a seed of random bytes; [`KeyError::PublicKey`] is passed on from [`VerifierKey::new`].
    pub fn from_seed(name: KeyName, seed: &[u8; 32]) -> Result<Self, KeyError> {
        let key = PrivateKey::from_seed(seed).ok_or(KeyError::PublicKey)?;
        let verifier = VerifierKey::new(name, key.public().as_bytes())?;
        Ok(Self { verifier, key })
    }

    /// The public half.
    pub fn verifier(&self) -> &VerifierKey<ALGORITHM> {
        &self.verifier
    }

    pub(crate) fn sign_bytes(&self, message: &[u8]) -> [u8; 64] {
        self.key.sign(message)
    }
}

impl<const ALGORITHM: u8> fmt::Debug for SigningKey<ALGORITHM> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({})", self.verifier)
    }
}
