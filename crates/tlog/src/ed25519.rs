//! Ed25519 (RFC 8032) with one verdict: what is accepted here, every strict verifier accepts, and the other way round.
//!
//! *Strict* means that the public key is the one encoding of a point of the prime-order group, that `s` is below the
//! order of the group, and that `R` is the one encoding of `s·B - k·A` and not of small order. It is what
//! `verify_strict` of ed25519-dalek decides; a test holds the two against each other. The arithmetic is aws-lc's, which
//! takes half the time, and which TLS brings along anyway (docs/decisions/0019).

use std::sync::Arc;

use aws_lc_rs::signature::{self, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use curve25519_dalek::edwards::CompressedEdwardsY;

/// The encoding of the neutral element: the only point of small order that lies in the prime-order group.
const IDENTITY: [u8; 32] = {
    let mut bytes = [0; 32];
    bytes[0] = 1;
    bytes
};

/// A public key with which no two honest verifiers can disagree about a signature.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PublicKey([u8; 32]);

impl PublicKey {
    /// `None` for a key that is no point, not canonical, of small order, or has a torsion component.
    pub fn new(bytes: &[u8; 32]) -> Option<Self> {
        // The few points with a second encoding all have a torsion component, so this refuses those too; a test goes
        // through them.
        let point = CompressedEdwardsY(*bytes).decompress()?;
        (!point.is_small_order() && point.is_torsion_free()).then_some(Self(*bytes))
    }

    /// As RFC 8032 encodes it.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Whether this key signed `message`.
    pub fn verify_strict(&self, message: &[u8], signature: &[u8; 64]) -> bool {
        // aws-lc refuses an `s` that is not reduced, works out `s·B - k·A`, and compares its encoding with `R` byte by
        // byte. With `A` in the prime-order group that point lies in it too, so `R` is canonical and of small order only
        // where it is the neutral element.
        signature[..32] != IDENTITY
            && UnparsedPublicKey::new(&signature::ED25519, &self.0)
                .verify(message, signature)
                .is_ok()
    }
}

/// A private key. It is wiped when the last copy is dropped, and has no `Debug` that could print it.
#[derive(Clone)]
pub struct PrivateKey {
    pair: Arc<Ed25519KeyPair>,
    public: PublicKey,
}

impl PrivateKey {
    /// From the 32 bytes that RFC 8032 calls the private key. `None` is not known to happen: its public key is a multiple
    /// of the base point, and none of the few scalars is a multiple of the group's order.
    pub fn from_seed(seed: &[u8; 32]) -> Option<Self> {
        let pair = Ed25519KeyPair::from_seed_unchecked(seed).ok()?;
        let public = PublicKey::new(pair.public_key().as_ref().try_into().ok()?)?;
        Some(Self {
            pair: Arc::new(pair),
            public,
        })
    }

    pub const fn public(&self) -> &PublicKey {
        &self.public
    }

    /// Deterministic (RFC 8032, 5.1.6).
    ///
    /// # Panics
    /// Where aws-lc has no memory left for a digest.
    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        let mut signature = [0; 64];
        signature.copy_from_slice(self.pair.sign(message).as_ref());
        signature
    }
}
