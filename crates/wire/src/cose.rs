//! COSE_Sign1 (RFC 9052, 4.2) in the one form that is used here: tagged, Ed25519, the protected header names algorithm
//! and key, the unprotected one is empty, the payload is inside.
//!
//! What a signature is for stands in the external data (RFC 9052, 4.4), so that a signature made for one purpose says
//! nothing for another. General COSE libraries allow many spellings of one message; these few lines allow one.

use crate::cbor::{CborError, Reader, Writer};
use crate::keys::{KeyId, PublicKey, Signer};

/// What a signature is for. Its text is the external data that is signed along.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    Envelope,
    Heartbeat,
    Epoch,
    EpochConfirmed,
    Manifest,
    Card,
    Arrangement,
}

impl Purpose {
    pub const ALL: [Purpose; 7] = [
        Purpose::Envelope,
        Purpose::Heartbeat,
        Purpose::Epoch,
        Purpose::EpochConfirmed,
        Purpose::Manifest,
        Purpose::Card,
        Purpose::Arrangement,
    ];

    /// The external data, as text.
    pub const fn text(self) -> &'static str {
        match self {
            Purpose::Envelope => "standclear/envelope/1",
            Purpose::Heartbeat => "standclear/heartbeat/1",
            Purpose::Epoch => "standclear/epoch/1",
            Purpose::EpochConfirmed => "standclear/epoch-confirmed/1",
            Purpose::Manifest => "standclear/manifest/1",
            Purpose::Card => "standclear/card/1",
            Purpose::Arrangement => "standclear/arrangement/1",
        }
    }
}

/// Bytes of the protected header: a map of algorithm (1) EdDSA (-8) and key id (4).
const PROTECTED_LEN: usize = 13;
const PROTECTED_START: [u8; 5] = [0xa2, 0x01, 0x27, 0x04, 0x48];
const TAG: u64 = 18;
const SIGNATURE_LEN: usize = 64;

/// What the message takes beside a payload of 256 bytes to 64 KiB: tag, array, headers, three bytes of length, signature.
pub(crate) const OVERHEAD: usize = 1 + 1 + (1 + PROTECTED_LEN) + 1 + 3 + (2 + SIGNATURE_LEN);

fn protected(key: KeyId) -> [u8; PROTECTED_LEN] {
    let mut bytes = [0; PROTECTED_LEN];
    let (start, id) = bytes.split_at_mut(PROTECTED_START.len());
    start.copy_from_slice(&PROTECTED_START);
    id.copy_from_slice(key.as_bytes());
    bytes
}

/// The bytes that are signed: `Sig_structure` of RFC 9052, 4.4.
fn signed_bytes(purpose: Purpose, protected: &[u8; PROTECTED_LEN], payload: &[u8]) -> Vec<u8> {
    let mut writer = Writer::with_capacity(payload.len() + 80);
    writer.array(4).text("Signature1").bytes(protected);
    writer.bytes(purpose.text().as_bytes()).bytes(payload);
    writer.into_bytes()
}

/// The signature alone, for where the payload travels elsewhere.
pub(crate) fn sign_detached(signer: &Signer, purpose: Purpose, payload: &[u8]) -> [u8; 64] {
    signer.sign(&signed_bytes(purpose, &protected(signer.id()), payload))
}

/// Checks what [`sign_detached`] made.
pub(crate) fn verify_detached(
    key: &PublicKey,
    purpose: Purpose,
    payload: &[u8],
    signature: &[u8; 64],
) -> bool {
    let message = signed_bytes(purpose, &protected(key.id()), payload);
    key.verify(&message, signature)
}

/// Signs `payload` and puts both in one message.
pub(crate) fn sign(signer: &Signer, purpose: Purpose, payload: &[u8]) -> Vec<u8> {
    let protected = protected(signer.id());
    let signature = signer.sign(&signed_bytes(purpose, &protected, payload));
    let mut writer = Writer::with_capacity(payload.len() + OVERHEAD);
    writer.tag(TAG).array(4).bytes(&protected).map(0);
    writer.bytes(payload).bytes(&signature);
    writer.into_bytes()
}

/// A message whose form is right. Nothing in it is to be believed before [`Sign1::verify`].
#[derive(Clone, Copy, Debug)]
pub struct Sign1<'a> {
    key: KeyId,
    payload: &'a [u8],
    signature: &'a [u8; 64],
}

impl<'a> Sign1<'a> {
    /// Takes a message apart whose payload has at most `most` bytes.
    ///
    /// # Errors
    /// Where it is not COSE_Sign1 in the one form used here.
    pub fn parse(bytes: &'a [u8], most: usize) -> Result<Self, CborError> {
        let mut reader = Reader::new(bytes);
        reader.tag(TAG)?;
        reader.array_of(4)?;
        let protected: &[u8; PROTECTED_LEN] = reader.bytes_of()?;
        let key = (protected.strip_prefix(&PROTECTED_START))
            .and_then(KeyId::from_slice)
            .ok_or(CborError::Unexpected {
                expected: "a protected header of EdDSA and a key id",
            })?;
        if reader.skip()? != [0xa0] {
            return Err(CborError::Unexpected {
                expected: "an empty unprotected header",
            });
        }
        let payload = reader.bytes(most)?;
        let signature = reader.bytes_of()?;
        reader.finish()?;
        Ok(Self {
            key,
            payload,
            signature,
        })
    }

    /// Which key it says it is signed by.
    pub fn key(&self) -> KeyId {
        self.key
    }

    pub fn payload(&self) -> &'a [u8] {
        self.payload
    }

    /// Whether `key` signed it for this purpose. Strict: see [`PublicKey::verify`].
    pub fn verify(&self, key: &PublicKey, purpose: Purpose) -> bool {
        key.id() == self.key && verify_detached(key, purpose, self.payload, self.signature)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signer() -> Signer {
        Signer::from_seed(&[7; 32]).unwrap()
    }

    #[test]
    fn a_signature_for_one_purpose_says_nothing_for_another() {
        let signer = signer();
        for made in Purpose::ALL {
            let message = sign(&signer, made, b"payload");
            for asked in Purpose::ALL {
                let verified = Sign1::parse(&message, 100)
                    .unwrap()
                    .verify(signer.public(), asked);
                assert_eq!(verified, made == asked, "{made:?} as {asked:?}");
            }
        }
    }

    #[test]
    fn every_flipped_bit_is_refused() {
        let signer = signer();
        let message = sign(&signer, Purpose::Manifest, &[1; 30]);
        for bit in 0..message.len() * 8 {
            let mut bad = message.clone();
            bad[bit / 8] ^= 1 << (bit % 8);
            let passed =
                Sign1::parse(&bad, 100).is_ok_and(|m| m.verify(signer.public(), Purpose::Manifest));
            assert!(!passed, "bit {bit}");
        }
    }

    #[test]
    fn an_independent_implementation_verifies_it() {
        use coset::{CoseSign1, TaggedCborSerializable};
        let signer = signer();
        let message = sign(&signer, Purpose::Envelope, b"payload");
        let theirs = CoseSign1::from_tagged_slice(&message).unwrap();
        let key = ed25519_dalek::VerifyingKey::from_bytes(signer.public().as_bytes()).unwrap();
        assert_eq!(theirs.protected.header.key_id, signer.id().as_bytes());
        theirs
            .verify_signature(Purpose::Envelope.text().as_bytes(), |signature, message| {
                key.verify_strict(message, &ed25519_dalek::Signature::from_slice(signature)?)
            })
            .unwrap();
    }
}
