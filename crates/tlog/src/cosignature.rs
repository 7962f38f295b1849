//! Cosignatures (c2sp.org/tlog-cosignature, the Ed25519 type): another party's statement that, at a
//! time, a checkpoint was the largest state of the log it had seen, and consistent with all before.

use crate::checkpoint::{Checkpoint, CheckpointError};
use crate::key::{CosignerKey, CosignerSigner, LogKey};
use crate::note::{self, Note, NoteError};

/// "It MUST NOT exceed 2^63 - 1": seconds since 1970.
pub const MAX_TIME: u64 = i64::MAX as u64;
/// Bytes of a cosignature: the time, big-endian, and the Ed25519 signature.
pub const COSIGNATURE_BYTES: usize = 8 + 64;

/// Why a cosignature is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CosignatureError {
    #[error("the cosignature's time is beyond 2^63 - 1 seconds")]
    Time,
    #[error("the cosignature is wrong: it is of another checkpoint, time or key")]
    Wrong,
    #[error("the note has this cosigner's line already")]
    AlreadyCosigned,
    #[error("the checkpoint was refused")]
    Checkpoint(#[from] CheckpointError),
    #[error("the cosigned note was refused")]
    Note(#[from] NoteError),
}

/// The specification's `timestamped_signature`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cosignature {
    time: u64,
    signature: [u8; 64],
}

/// A checkpoint with both signatures verified, and the cosigner's time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CosignedCheckpoint {
    pub checkpoint: Checkpoint,
    /// Seconds since 1970, by the cosigner's clock: its claim, no more.
    pub time: u64,
}

impl CosignerSigner {
    /// Cosigns a checkpoint at `time`, in seconds since 1970. The caller must have seen that it is
    /// consistent with, and not smaller than, all it cosigned of this log before.
    ///
    /// # Errors
    /// [`CosignatureError::Time`] beyond [`MAX_TIME`].
    pub fn cosign(
        &self,
        checkpoint: &Checkpoint,
        time: u64,
    ) -> Result<Cosignature, CosignatureError> {
        if time > MAX_TIME {
            return Err(CosignatureError::Time);
        }
        let signature = self.sign_bytes(message(&checkpoint.body(), time).as_bytes());
        Ok(Cosignature { time, signature })
    }
}

impl CosignerKey {
    /// Checks a cosignature of a checkpoint, strictly.
    ///
    /// # Errors
    /// [`CosignatureError::Time`] or [`CosignatureError::Wrong`].
    pub fn verify(
        &self,
        checkpoint: &Checkpoint,
        cosignature: &Cosignature,
    ) -> Result<(), CosignatureError> {
        if cosignature.time > MAX_TIME {
            return Err(CosignatureError::Time);
        }
        let message = message(&checkpoint.body(), cosignature.time);
        match self.verify_strict(message.as_bytes(), &cosignature.signature) {
            true => Ok(()),
            false => Err(CosignatureError::Wrong),
        }
    }
}

/// "Two newline (U+000A) terminated lines (one header line and one timestamp line) followed by the
/// whole note body of the cosigned checkpoint".
fn message(body: &str, time: u64) -> String {
    format!("cosignature/v1\ntime {time}\n{body}")
}

impl Cosignature {
    /// Seconds since 1970, by the cosigner's clock.
    pub fn time(&self) -> u64 {
        self.time
    }

    /// The form of the note's signature line, for a message or a store.
    pub fn to_bytes(&self) -> [u8; COSIGNATURE_BYTES] {
        let mut bytes = [0; COSIGNATURE_BYTES];
        bytes[..8].copy_from_slice(&self.time.to_be_bytes());
        bytes[8..].copy_from_slice(&self.signature);
        bytes
    }

    /// Reads [`to_bytes`](Self::to_bytes), unverified. `None` for another length.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (time, signature) = bytes.split_first_chunk()?;
        let (time, signature) = (u64::from_be_bytes(*time), *signature.as_array()?);
        Some(Self { time, signature })
    }

    /// The signed checkpoint `note` with this cosignature's line at its end. Verifies nothing.
    ///
    /// # Errors
    /// [`CosignatureError::AlreadyCosigned`], or what [`Note::parse`] says of the note and the result.
    pub fn attach(&self, note: &str, cosigner: &CosignerKey) -> Result<String, CosignatureError> {
        match Note::parse(note.as_bytes())?.signature_by(cosigner) {
            Err(NoteError::NotSigned { .. }) => {}
            Ok(_) | Err(_) => return Err(CosignatureError::AlreadyCosigned),
        }
        let cosigned = note.to_owned() + &note::signature_line(cosigner, &self.to_bytes());
        Note::parse(cosigned.as_bytes())?;
        Ok(cosigned)
    }
}

impl CosignedCheckpoint {
    /// Opens a checkpoint that must carry the log's signature and this cosigner's, both right.
    pub fn open(
        note: &[u8],
        log: &LogKey,
        cosigner: &CosignerKey,
    ) -> Result<Self, CosignatureError> {
        let note = Note::parse(note)?;
        let checkpoint = Checkpoint::from_note(&note, log)?;
        let cosignature = Cosignature::from_bytes(note.signature_by(cosigner)?)
            .ok_or_else(|| note::bad_signature(cosigner))?;
        cosigner.verify(&checkpoint, &cosignature)?;
        Ok(Self {
            checkpoint,
            time: cosignature.time,
        })
    }
}
