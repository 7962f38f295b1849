//! Signed notes (c2sp.org/signed-note): text, and lines that sign it.

use crate::key::{self, KeyId, KeyName, LogKey, LogSigner, VerifierKey};
use crate::text;

/// Bytes of a note: 16 signatures of 5 kB ("post-quantum signatures can be up to nearly 5kB in size")
/// and their text.
pub const MAX_NOTE_BYTES: usize = 128 * 1024;
/// Signatures in a note: "verifiers MUST accept at least up to 16".
pub const MAX_SIGNATURES: usize = 16;

/// Em dash and space.
const SIGNATURE_PREFIX: &str = "\u{2014} ";

/// Why a note is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    #[error("the note has {length} bytes, the limit is {MAX_NOTE_BYTES}")]
    TooLong { length: usize },
    #[error("the note is not UTF-8")]
    NotUtf8,
    #[error("the note has a control character other than a newline")]
    ControlCharacter,
    #[error("the note text does not end in a newline and an empty line with signatures after it")]
    NoSignatures,
    #[error("signature line {line} does not read `\u{2014} <key name> <base64>`")]
    Malformed { line: usize },
    #[error("the note has more than {MAX_SIGNATURES} signatures")]
    TooManySignatures,
    #[error("the note is not signed by `{name}` with key {id}")]
    NotSigned { name: KeyName, id: KeyId },
    #[error("the note is signed twice by `{name}` with key {id}, which says nothing certain")]
    SignedTwice { name: KeyName, id: KeyId },
    #[error(
        "the signature of `{name}` with key {id} is wrong: the note was altered or signed by another key"
    )]
    BadSignature { name: KeyName, id: KeyId },
}

/// A note whose form is right. Its text "MUST be ignored unless the note is signed by a trusted key and
/// the signature has been verified".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note<'a> {
    text: &'a str,
    signatures: Vec<Signature<'a>>,
}

/// A signature line, not yet verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature<'a> {
    pub name: &'a str,
    pub id: KeyId,
    /// What the signature type puts behind the key ID; for Ed25519 64 bytes.
    pub bytes: Vec<u8>,
}

impl<'a> Note<'a> {
    /// Splits a note into text and signatures; "the text is separated from the signatures by the last
    /// empty line in the note". Verifies nothing.
    pub fn parse(note: &'a [u8]) -> Result<Self, NoteError> {
        if note.len() > MAX_NOTE_BYTES {
            return Err(NoteError::TooLong { length: note.len() });
        }
        let note = std::str::from_utf8(note).map_err(|_| NoteError::NotUtf8)?;
        if note.bytes().any(|byte| byte < b' ' && byte != b'\n') {
            return Err(NoteError::ControlCharacter);
        }
        let empty_line = note.rfind("\n\n").ok_or(NoteError::NoSignatures)?;
        let text = &note[..=empty_line];
        let lines = note[empty_line + 2..]
            .strip_suffix('\n')
            .ok_or(NoteError::NoSignatures)?;
        let mut signatures = Vec::new();
        for (line, content) in lines.split('\n').enumerate() {
            if signatures.len() == MAX_SIGNATURES {
                return Err(NoteError::TooManySignatures);
            }
            let signature = parse_signature(content);
            signatures.push(signature.ok_or(NoteError::Malformed { line: line + 1 })?);
        }
        Ok(Self { text, signatures })
    }

    /// The signed text, "the final newline but not the separating blank line" included.
    pub fn text(&self) -> &'a str {
        self.text
    }

    /// All signature lines, in order, from known and unknown keys.
    pub fn signatures(&self) -> &[Signature<'a>] {
        &self.signatures
    }

    /// Checks the log's Ed25519 signature (type `0x01`), strictly. Lines of other keys are ignored,
    /// as "verifiers MUST".
    ///
    /// # Errors
    /// [`NoteError::NotSigned`], [`NoteError::SignedTwice`] or [`NoteError::BadSignature`].
    pub fn verify(&self, key: &LogKey) -> Result<(), NoteError> {
        let signature = self.signature_by(key)?;
        match signature.try_into() {
            Ok(signature) if key.verify_strict(self.text.as_bytes(), signature) => Ok(()),
            Ok(_) | Err(_) => Err(bad_signature(key)),
        }
    }

    /// The one line of this key, unverified. The name and the key ID must both be the key's.
    pub(crate) fn signature_by<const ALGORITHM: u8>(
        &self,
        key: &VerifierKey<ALGORITHM>,
    ) -> Result<&[u8], NoteError> {
        let mut lines = (self.signatures.iter())
            .filter(|line| line.id == key.id() && line.name == key.name().as_str());
        let (name, id) = (key.name().clone(), key.id());
        match (lines.next(), lines.next()) {
            (None, _) => Err(NoteError::NotSigned { name, id }),
            (Some(line), None) => Ok(&line.bytes),
            (Some(_), Some(_)) => Err(NoteError::SignedTwice { name, id }),
        }
    }
}

fn parse_signature(line: &str) -> Option<Signature<'_>> {
    let (name, base64) = line.strip_prefix(SIGNATURE_PREFIX)?.split_once(' ')?;
    let bytes = text::base64_decode(base64)?;
    let (&id, rest) = bytes.split_first_chunk::<4>()?;
    if rest.is_empty() || !key::is_key_name(name) {
        return None;
    }
    let (id, bytes) = (KeyId(id), rest.to_vec());
    Some(Signature { name, id, bytes })
}

pub(crate) fn bad_signature<const ALGORITHM: u8>(key: &VerifierKey<ALGORITHM>) -> NoteError {
    let (name, id) = (key.name().clone(), key.id());
    NoteError::BadSignature { name, id }
}

/// A whole note: `text`, which ends in a newline, signed by `signer`.
///
/// # Errors
/// What [`Note::parse`] would say of the result.
pub fn sign(text: &str, signer: &LogSigner) -> Result<String, NoteError> {
    let signature = signer.sign_bytes(text.as_bytes());
    let line = signature_line(signer.verifier(), &signature);
    let note = format!("{text}\n{line}");
    // The text must come back as it is: an empty one, or one without its newline, would not.
    match Note::parse(note.as_bytes())?.text == text {
        true => Ok(note),
        false => Err(NoteError::NoSignatures),
    }
}

/// A signature line with its newline: what is appended to a note.
pub(crate) fn signature_line<const ALGORITHM: u8>(
    key: &VerifierKey<ALGORITHM>,
    signature: &[u8],
) -> String {
    let bytes = [&key.id().0, signature].concat();
    format!(
        "{SIGNATURE_PREFIX}{} {}\n",
        key.name(),
        text::base64_encode(&bytes)
    )
}
