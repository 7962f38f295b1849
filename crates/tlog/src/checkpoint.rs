//! Checkpoints (c2sp.org/tlog-checkpoint): a log's name, size and root, as a signed note.

use crate::MAX_TREE_SIZE;
use crate::hash::{EMPTY_ROOT, Hash};
use crate::key::{LogKey, LogSigner, MAX_KEY_NAME_BYTES};
use crate::note::{self, Note, NoteError};
use crate::text;

/// Bytes of an origin: it is also the log's key name.
pub const MAX_ORIGIN_BYTES: usize = MAX_KEY_NAME_BYTES;
/// Extension lines of a checkpoint; their use "is NOT RECOMMENDED".
pub const MAX_EXTENSIONS: usize = 8;
/// Bytes of an extension line.
pub const MAX_EXTENSION_BYTES: usize = 1024;

/// Why a checkpoint is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    #[error("the checkpoint needs three lines, origin, size and root, each with a newline")]
    Truncated,
    #[error("an origin is one line of 1 to {MAX_ORIGIN_BYTES} bytes without control characters")]
    Origin,
    #[error("the size must be a decimal without leading zeroes, at most {MAX_TREE_SIZE}")]
    Size,
    #[error("the root must be 32 bytes in standard base64, and for size 0 the hash of nothing")]
    Root,
    #[error(
        "a checkpoint has at most {MAX_EXTENSIONS} extension lines, each of 1 to {MAX_EXTENSION_BYTES} bytes without control characters"
    )]
    Extension,
    #[error("the checkpoint is of `{found}`, not of `{expected}`")]
    OtherLog { found: String, expected: String },
    #[error("the checkpoint's note was refused")]
    Note(#[from] NoteError),
}

/// A log's state: whose, how many entries, and the root over them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    origin: String,
    size: u64,
    root: Hash,
    extensions: Vec<String>,
}

impl Checkpoint {
    /// A checkpoint without extension lines.
    ///
    /// # Errors
    /// [`CheckpointError::Origin`], [`CheckpointError::Size`], [`CheckpointError::Root`].
    pub fn new(origin: &str, size: u64, root: Hash) -> Result<Self, CheckpointError> {
        if origin.len() > MAX_ORIGIN_BYTES || !text::is_line(origin) {
            return Err(CheckpointError::Origin);
        }
        if size > MAX_TREE_SIZE {
            return Err(CheckpointError::Size);
        }
        if size == 0 && root != EMPTY_ROOT {
            return Err(CheckpointError::Root);
        }
        let (origin, extensions) = (origin.to_owned(), Vec::new());
        Ok(Self {
            origin,
            size,
            root,
            extensions,
        })
    }

    /// The same with one more extension line, "opaque", without its newline.
    pub fn with_extension(mut self, line: &str) -> Result<Self, CheckpointError> {
        let fits = line.len() <= MAX_EXTENSION_BYTES && text::is_line(line);
        if !fits || self.extensions.len() == MAX_EXTENSIONS {
            return Err(CheckpointError::Extension);
        }
        self.extensions.push(line.to_owned());
        Ok(self)
    }

    /// Reads a note text, unverified. What is accepted, [`body`](Self::body) prints back byte for byte.
    pub fn parse(body: &str) -> Result<Self, CheckpointError> {
        let body = body.strip_suffix('\n').ok_or(CheckpointError::Truncated)?;
        let mut lines = body.split('\n');
        let (Some(origin), Some(size), Some(root)) = (lines.next(), lines.next(), lines.next())
        else {
            return Err(CheckpointError::Truncated);
        };
        let size = text::decimal(size).ok_or(CheckpointError::Size)?;
        let root = root.parse().map_err(|_| CheckpointError::Root)?;
        lines.try_fold(Self::new(origin, size, root)?, Self::with_extension)
    }

    /// "A unique identifier for the log identity which issued the checkpoint".
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// "The number of leaves in the tree".
    pub fn size(&self) -> u64 {
        self.size
    }

    /// "The root of the RFC 6962 Merkle hash tree at the specified tree size".
    pub fn root(&self) -> &Hash {
        &self.root
    }

    /// Extension lines without their newlines.
    pub fn extensions(&self) -> &[String] {
        &self.extensions
    }

    /// The note text: what the log signs, and what cosigners sign with a time.
    pub fn body(&self) -> String {
        let mut body = format!("{}\n{}\n{}\n", self.origin, self.size, self.root);
        for line in &self.extensions {
            body.push_str(line);
            body.push('\n');
        }
        body
    }

    /// The checkpoint as a note signed by its log. A log must never sign two that are not consistent;
    /// only the caller, who keeps the last one, can see to that.
    ///
    /// # Errors
    /// [`CheckpointError::OtherLog`] where the signer's name is not the origin: "the log's key name in
    /// its signature line SHOULD match the origin line", and here it always does.
    pub fn sign(&self, signer: &LogSigner) -> Result<String, CheckpointError> {
        self.check_log(signer.verifier())?;
        Ok(note::sign(&self.body(), signer)?)
    }

    /// Opens a signed checkpoint: the log's signature first, strictly, then the text.
    pub fn open(note: &[u8], log: &LogKey) -> Result<Self, CheckpointError> {
        Self::from_note(&Note::parse(note)?, log)
    }

    pub(crate) fn from_note(note: &Note<'_>, log: &LogKey) -> Result<Self, CheckpointError> {
        note.verify(log)?;
        let checkpoint = Self::parse(note.text())?;
        checkpoint.check_log(log)?;
        Ok(checkpoint)
    }

    fn check_log(&self, log: &LogKey) -> Result<(), CheckpointError> {
        if self.origin == log.name().as_str() {
            return Ok(());
        }
        let (found, expected) = (self.origin.clone(), log.name().to_string());
        Err(CheckpointError::OtherLog { found, expected })
    }
}
