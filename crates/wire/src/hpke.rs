//! HPKE (RFC 9180), base mode, one suite: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, ChaCha20Poly1305.
//!
//! Built from the primitives that TLS and the journal use here already. It is one page; a crate for all suites and modes
//! would bring a second implementation of each primitive into the tree. Checked against the vectors of RFC 9180, A.2.

use aws_lc_rs::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::agreement::{PrivateKey, UnparsedPublicKey, X25519, agree};
use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Prk};
use aws_lc_rs::hmac;
use zeroize::Zeroizing;

/// Bytes that each sealed message is longer than its plaintext.
pub const TAG: usize = 16;

const KEM_SUITE: &[u8] = b"KEM\x00\x20";
const SUITE: &[u8] = b"HPKE\x00\x20\x00\x01\x00\x03";
const VERSION: &[u8] = b"HPKE-v1";

/// The X25519 public key of 32 private bytes.
pub(crate) fn public_key(private: &[u8; 32]) -> Option<[u8; 32]> {
    let key = PrivateKey::from_private_key(&X25519, private).ok()?;
    key.compute_public_key().ok()?.as_ref().try_into().ok()
}

/// One end of an encrypted sequence: seals, or opens, messages in order.
pub(crate) struct Context {
    key: LessSafeKey,
    base_nonce: [u8; 12],
    sequence: u64,
}

/// `SetupBaseS`: for `recipient`, with 32 random bytes as the ephemeral private key. Gives what the recipient needs.
pub(crate) fn sender(
    recipient: &[u8; 32],
    info: &[u8],
    ephemeral: &[u8; 32],
) -> Option<([u8; 32], Context)> {
    let encapsulated = public_key(ephemeral)?;
    let shared = shared_secret(ephemeral, recipient, &encapsulated, recipient)?;
    Some((encapsulated, schedule(&shared, info)?))
}

/// `SetupBaseR`.
pub(crate) fn recipient(
    encapsulated: &[u8; 32],
    private: &[u8; 32],
    info: &[u8],
) -> Option<Context> {
    let public = public_key(private)?;
    let shared = shared_secret(private, encapsulated, encapsulated, &public)?;
    schedule(&shared, info)
}

/// `ExtractAndExpand` over the Diffie-Hellman value; none where that is all zero.
fn shared_secret(
    private: &[u8; 32],
    public: &[u8; 32],
    encapsulated: &[u8; 32],
    recipient: &[u8; 32],
) -> Option<Zeroizing<[u8; 32]>> {
    let private = PrivateKey::from_private_key(&X25519, private).ok()?;
    let peer = UnparsedPublicKey::new(&X25519, public);
    let context = [&encapsulated[..], recipient].concat();
    agree(&private, peer, (), |shared| {
        let extracted = extract(KEM_SUITE, &[], b"eae_prk", shared);
        expand(KEM_SUITE, &extracted, b"shared_secret", &context).ok_or(())
    })
    .ok()
}

/// `KeySchedule` with mode_base: no pre-shared key.
fn schedule(shared: &[u8; 32], info: &[u8]) -> Option<Context> {
    let id_hash = extract(SUITE, &[], b"psk_id_hash", &[]);
    let info_hash = extract(SUITE, &[], b"info_hash", info);
    let context = [&[0][..], &id_hash[..], &info_hash[..]].concat();
    let secret = extract(SUITE, shared, b"secret", &[]);
    let key: Zeroizing<[u8; 32]> = expand(SUITE, &secret, b"key", &context)?;
    let base_nonce: Zeroizing<[u8; 12]> = expand(SUITE, &secret, b"base_nonce", &context)?;
    let key = UnboundKey::new(&CHACHA20_POLY1305, &key[..]).ok()?;
    Some(Context {
        key: LessSafeKey::new(key),
        base_nonce: *base_nonce,
        sequence: 0,
    })
}

fn extract(suite: &[u8], salt: &[u8], label: &[u8], secret: &[u8]) -> Zeroizing<[u8; 32]> {
    let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, salt));
    for part in [VERSION, suite, label, secret] {
        context.update(part);
    }
    let mut extracted = Zeroizing::new([0; 32]);
    extracted.copy_from_slice(context.sign().as_ref());
    extracted
}

struct Length(usize);

impl KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

fn expand<const N: usize>(
    suite: &[u8],
    secret: &[u8; 32],
    label: &[u8],
    info: &[u8],
) -> Option<Zeroizing<[u8; N]>> {
    let length = u16::try_from(N).ok()?.to_be_bytes();
    let parts = [&length[..], VERSION, suite, label, info];
    let mut expanded = Zeroizing::new([0; N]);
    let key = Prk::new_less_safe(HKDF_SHA256, secret);
    let material = key.expand(&parts, Length(N)).ok()?;
    material.fill(&mut expanded[..]).ok()?;
    Some(expanded)
}

impl Context {
    /// `ComputeNonce`, then one up.
    fn next_nonce(&mut self) -> Option<Nonce> {
        let mut nonce = self.base_nonce;
        for (byte, count) in nonce[4..].iter_mut().zip(self.sequence.to_be_bytes()) {
            *byte ^= count;
        }
        self.sequence = self.sequence.checked_add(1)?;
        Some(Nonce::assume_unique_for_key(nonce))
    }

    pub fn seal(&mut self, aad: &[u8], mut plain: Vec<u8>) -> Option<Vec<u8>> {
        let nonce = self.next_nonce()?;
        let sealed = (self.key).seal_in_place_append_tag(nonce, Aad::from(aad), &mut plain);
        sealed.ok().map(|()| plain)
    }

    pub fn open(&mut self, aad: &[u8], mut sealed: Vec<u8>) -> Option<Vec<u8>> {
        let nonce = self.next_nonce()?;
        let opened = self.key.open_in_place(nonce, Aad::from(aad), &mut sealed);
        let len = opened.ok()?.len();
        sealed.truncate(len);
        Some(sealed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hex;

    fn key(text: &str) -> [u8; 32] {
        hex::decode_32(text).unwrap()
    }

    /// RFC 9180, A.2.1.
    #[test]
    fn the_vectors_of_the_rfc_come_out() {
        let ephemeral = key("f4ec9b33b792c372c1d2c2063507b684ef925b8c75a42dbcbf57d63ccd381600");
        let public = key("4310ee97d88cc1f088a5576c77ab0cf5c3ac797f3d95139c6c84b5429c59662a");
        let private = key("8057991eef8f1f1af18f4a9491d16a1ce333f695d4db8e38da75975c4478e0fb");
        let info = hex::decode("4f6465206f6e2061204772656369616e2055726e").unwrap();
        let plain = b"Beauty is truth, truth beauty";

        let (encapsulated, mut sender) = sender(&public, &info, &ephemeral).unwrap();
        assert_eq!(
            encapsulated,
            key("1afa08d3dec047a643885163f1180476fa7ddb54c6a8029ea33f95796bf2ac4a")
        );
        let sealed = [
            sender.seal(b"Count-0", plain.to_vec()).unwrap(),
            sender.seal(b"Count-1", plain.to_vec()).unwrap(),
        ];
        assert_eq!(
            hex::encode(&sealed[0]),
            "1c5250d8034ec2b784ba2cfd69dbdb8af406cfe3ff938e131f0def8c8b60b4db21993c62ce81883d2dd1b51a28"
        );
        assert_eq!(
            hex::encode(&sealed[1]),
            "6b53c051e4199c518de79594e1c4ab18b96f081549d45ce015be002090bb119e85285337cc95ba5f59992dc98c"
        );
        let mut recipient = recipient(&encapsulated, &private, &info).unwrap();
        for (count, sealed) in sealed.into_iter().enumerate() {
            let opened = recipient.open(format!("Count-{count}").as_bytes(), sealed);
            assert_eq!(opened.as_deref(), Some(&plain[..]));
        }
    }

    #[test]
    fn a_public_key_of_small_order_is_refused() {
        assert!(sender(&[0; 32], b"", &[7; 32]).is_none());
        assert!(recipient(&[0; 32], &[7; 32], b"").is_none());
    }
}
