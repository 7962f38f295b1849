//! What is sealed at rest: openings and snapshots, under AES-256-GCM.
//!
//! Sealed bytes are a random nonce (12 bytes), the ciphertext, the tag (16 bytes). The additional data
//! bind what it is, the journal's own random name, a number (the record, the snapshot's size) and a hash.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::{error::Unspecified, rand};
use tlog::Hash;

/// The key that openings and snapshots are sealed under. It need not lie on the journal's disk.
pub struct Key([u8; 32]);

impl Key {
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

impl Drop for Key {
    fn drop(&mut self) {
        self.0.fill(0);
        std::hint::black_box(&self.0);
    }
}

/// What sealed bytes are, so that one cannot stand for the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sealed {
    KeyCheck,
    Opening,
    Snapshot,
}

impl Sealed {
    fn label(self) -> &'static [u8] {
        match self {
            Self::KeyCheck => b"standclear key check v1",
            Self::Opening => b"standclear opening v1",
            Self::Snapshot => b"standclear snapshot v1",
        }
    }
}

/// The random name of a journal.
pub(crate) type JournalName = [u8; 16];

/// Seals and opens for one journal.
pub(crate) struct Seal {
    key: LessSafeKey,
    journal: JournalName,
}

impl Seal {
    pub(crate) fn new(key: &Key, journal: JournalName) -> Result<Self, Unspecified> {
        let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &key.0)?);
        Ok(Self { key, journal })
    }

    pub(crate) fn fresh_name() -> Result<JournalName, Unspecified> {
        let mut name = JournalName::default();
        rand::fill(&mut name)?;
        Ok(name)
    }

    pub(crate) fn seal(
        &self,
        what: Sealed,
        number: u64,
        bound: &Hash,
        clear: &[u8],
    ) -> Result<Vec<u8>, Unspecified> {
        let mut nonce = [0; NONCE_LEN];
        rand::fill(&mut nonce)?;
        let mut sealed = Vec::with_capacity(NONCE_LEN + clear.len() + AES_256_GCM.tag_len());
        sealed.extend(nonce);
        sealed.extend(clear);
        let tag = self.key.seal_in_place_separate_tag(
            Nonce::assume_unique_for_key(nonce),
            Aad::from(self.bound(what, number, bound)),
            &mut sealed[NONCE_LEN..],
        )?;
        sealed.extend(tag.as_ref());
        Ok(sealed)
    }

    /// The cleartext, or `None` where anything differs from what was sealed.
    pub(crate) fn open(
        &self,
        what: Sealed,
        number: u64,
        bound: &Hash,
        sealed: &[u8],
    ) -> Option<Vec<u8>> {
        let (nonce, rest) = sealed.split_at_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut clear = rest.to_vec();
        let aad = Aad::from(self.bound(what, number, bound));
        let length = self.key.open_in_place(nonce, aad, &mut clear).ok()?.len();
        clear.truncate(length);
        Some(clear)
    }

    fn bound(&self, what: Sealed, number: u64, bound: &Hash) -> Vec<u8> {
        let label = what.label();
        [
            label,
            &self.journal,
            &number.to_be_bytes(),
            bound.as_bytes(),
        ]
        .concat()
    }
}
