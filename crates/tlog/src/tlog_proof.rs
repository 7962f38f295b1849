//! Proof files (c2sp.org/tlog-proof): that an entry is in a log, checkable offline against the log's and
//! the cosigner's keys. "Proofs SHOULD be stored with file extension `.tlog-proof`."

use crate::checkpoint::{Checkpoint, CheckpointError};
use crate::cosignature::{CosignatureError, CosignedCheckpoint};
use crate::hash::Hash;
use crate::key::{CosignerKey, LogKey};
use crate::note::{MAX_NOTE_BYTES, Note, NoteError};
use crate::proof::{self, MAX_PROOF_HASHES, VerifyError};
use crate::text;

/// The first line.
pub const HEADER: &str = "c2sp.org/tlog-proof@v1";
/// Bytes of the extra data.
pub const MAX_EXTRA_BYTES: usize = 96 * 1024;
/// Bytes of a proof file: its checkpoint, the extra data in base64, header, index and hashes.
pub const MAX_PROOF_BYTES: usize =
    MAX_NOTE_BYTES + MAX_EXTRA_BYTES / 3 * 4 + MAX_PROOF_HASHES * 45 + 128;

/// Why a proof file cannot be read or written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TlogProofError {
    #[error("the proof has {length} bytes, the limit is {MAX_PROOF_BYTES}")]
    TooLong { length: usize },
    #[error("the proof is not UTF-8")]
    NotUtf8,
    #[error("the proof does not begin with the line `{HEADER}`")]
    Header,
    #[error("the extra data must be 1 to {MAX_EXTRA_BYTES} bytes in standard base64")]
    Extra,
    #[error("the index line must read `index <decimal without leading zeroes>`")]
    Index,
    #[error("line {line} is no hash in standard base64")]
    Hash { line: usize },
    #[error("the proof has more than {MAX_PROOF_HASHES} hashes")]
    TooManyHashes,
    #[error("the empty line before the checkpoint is missing")]
    NoCheckpoint,
    #[error("the checkpoint in the proof was refused")]
    Note(#[from] NoteError),
}

/// Why a proof file does not prove its entry.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TlogProofVerifyError {
    #[error("the checkpoint in the proof was refused")]
    Checkpoint(#[from] CheckpointError),
    #[error("the cosigned checkpoint in the proof was refused")]
    Cosignature(#[from] CosignatureError),
    #[error("the entry is not proved")]
    Inclusion(#[from] VerifyError),
}

/// A proof file, its form right, nothing verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlogProof {
    extra: Option<Vec<u8>>,
    index: u64,
    hashes: Vec<Hash>,
    checkpoint: String,
}

impl TlogProof {
    /// A proof of entry `index` under a signed checkpoint. Nothing is verified.
    ///
    /// # Errors
    /// [`TlogProofError::TooManyHashes`], or [`TlogProofError::Note`] where the checkpoint is no note.
    pub fn new(index: u64, hashes: Vec<Hash>, checkpoint: String) -> Result<Self, TlogProofError> {
        if hashes.len() > MAX_PROOF_HASHES {
            return Err(TlogProofError::TooManyHashes);
        }
        Note::parse(checkpoint.as_bytes())?;
        Ok(Self {
            extra: None,
            index,
            hashes,
            checkpoint,
        })
    }

    /// The same with extra data, 1 to [`MAX_EXTRA_BYTES`].
    pub fn with_extra(mut self, extra: Vec<u8>) -> Result<Self, TlogProofError> {
        if extra.is_empty() || extra.len() > MAX_EXTRA_BYTES {
            return Err(TlogProofError::Extra);
        }
        self.extra = Some(extra);
        Ok(self)
    }

    /// Reads a proof file. What is accepted, [`encode`](Self::encode) prints back byte for byte.
    pub fn parse(file: &[u8]) -> Result<Self, TlogProofError> {
        if file.len() > MAX_PROOF_BYTES {
            return Err(TlogProofError::TooLong { length: file.len() });
        }
        let file = std::str::from_utf8(file).map_err(|_| TlogProofError::NotUtf8)?;
        let (head, checkpoint) = file
            .split_once("\n\n")
            .ok_or(TlogProofError::NoCheckpoint)?;
        let mut lines = head.split('\n').zip(1..).peekable();
        if lines.next() != Some((HEADER, 1)) {
            return Err(TlogProofError::Header);
        }
        let extra = lines
            .peek()
            .and_then(|(line, _)| line.strip_prefix("extra "));
        let extra = extra.map(|base64| text::base64_decode(base64).ok_or(TlogProofError::Extra));
        let extra = extra.transpose()?;
        if extra.is_some() {
            lines.next();
        }
        let index = lines
            .next()
            .and_then(|(line, _)| line.strip_prefix("index "));
        let index = index.and_then(text::decimal).ok_or(TlogProofError::Index)?;
        let mut hashes = Vec::new();
        for (line, number) in lines {
            if hashes.len() == MAX_PROOF_HASHES {
                return Err(TlogProofError::TooManyHashes);
            }
            let hash = line
                .parse()
                .map_err(|_| TlogProofError::Hash { line: number })?;
            hashes.push(hash);
        }
        let proof = Self::new(index, hashes, checkpoint.to_owned())?;
        match extra {
            Some(extra) => proof.with_extra(extra),
            None => Ok(proof),
        }
    }

    /// The file.
    pub fn encode(&self) -> String {
        let mut file = format!("{HEADER}\n");
        if let Some(extra) = &self.extra {
            file += &format!("extra {}\n", text::base64_encode(extra));
        }
        file += &format!("index {}\n", self.index);
        for hash in &self.hashes {
            file += &format!("{hash}\n");
        }
        file.push('\n');
        file + &self.checkpoint
    }

    /// Opaque data carried along: "applications MUST NOT implicitly trust the extra data, as it is not
    /// authenticated".
    pub fn extra(&self) -> Option<&[u8]> {
        self.extra.as_deref()
    }

    /// "The zero-based index of the entry in the log".
    pub fn index(&self) -> u64 {
        self.index
    }

    /// The inclusion proof, "from the leaf's sibling hash up to the root's child hash".
    pub fn hashes(&self) -> &[Hash] {
        &self.hashes
    }

    /// The signed checkpoint, verbatim, with whatever cosignatures it carries.
    pub fn checkpoint(&self) -> &str {
        &self.checkpoint
    }

    /// Checks that the entry with hash `leaf` is in the log, by the log's word alone.
    pub fn verify(&self, leaf: &Hash, log: &LogKey) -> Result<Checkpoint, TlogProofVerifyError> {
        let checkpoint = Checkpoint::open(self.checkpoint.as_bytes(), log)?;
        self.verify_under(&checkpoint, leaf)?;
        Ok(checkpoint)
    }

    /// Checks that the entry with hash `leaf` is in the log and that `cosigner` holds that log: on a line,
    /// that the entry was said *and* delivered.
    pub fn verify_cosigned(
        &self,
        leaf: &Hash,
        log: &LogKey,
        cosigner: &CosignerKey,
    ) -> Result<CosignedCheckpoint, TlogProofVerifyError> {
        let cosigned = CosignedCheckpoint::open(self.checkpoint.as_bytes(), log, cosigner)?;
        self.verify_under(&cosigned.checkpoint, leaf)?;
        Ok(cosigned)
    }

    fn verify_under(&self, checkpoint: &Checkpoint, leaf: &Hash) -> Result<(), VerifyError> {
        proof::verify_inclusion(
            &self.hashes,
            checkpoint.size(),
            checkpoint.root(),
            self.index,
            leaf,
        )
    }
}
