//! Files of evidence. They stay at home, in `evidence/` of the party's folder, named by the SHA-256 of their bytes; what
//! goes on a line is that hash, the type and the size, and only where a claim or a statement names them.
//!
//! No name that anybody gave a file is kept or used: a name could tell more than the file, or lead elsewhere.

use crate::party::files::{self, FileError};
use model::code::MediaType;
use model::line::Digest;
use model::slot::Evidence;
use sha2::{Digest as _, Sha256};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The folder, in that of the party.
pub const FOLDER: &str = "evidence";
/// Bytes of one file.
pub const MAX_FILE: usize = 32 << 20;
/// The most files that are kept.
pub const MAX_FILES: usize = 2_000;
/// Bytes of all files together.
pub const MAX_KEPT: u64 = 4 << 30;

/// Why a file is not taken, or not found.
#[derive(Debug, thiserror::Error)]
pub enum EvidenceRefused {
    #[error("the file is empty: name the one that is meant")]
    Empty,
    #[error(
        "the file is of no type that is taken as evidence: give one of {}",
        known()
    )]
    UnknownType,
    #[error("it is said to be `{said}`, and its bytes are those of `{found}`: say what it is")]
    OtherType { said: String, found: MediaType },
    #[error("`{0}` is no hash of a file: give the 64 digits that `standclear evidence add` prints")]
    NoDigest(String),
    #[error("no file of that hash is kept here: add it first (`standclear evidence add`)")]
    NotKept,
    #[error(
        "{MAX_FILES} files are kept, which is all: move some that no claim names out of `evidence/`"
    )]
    TooMany,
    #[error("the files that are kept have {} GiB, which is all: move some that no claim names out of `evidence/`", MAX_KEPT >> 30)]
    NoRoom,
    #[error("the folder of evidence cannot be used")]
    File(#[from] FileError),
}

model::says! { EvidenceRefused, "evidence":
    "empty" Empty;
    "unknown-type" UnknownType;
    "other-type" OtherType { said, found };
    "no-digest" NoDigest(typed);
    "not-kept" NotKept;
    "too-many" TooMany;
    "no-room" NoRoom;
    english File;
}

fn known() -> String {
    let names: Vec<&str> = MediaType::ALL.iter().map(|media| media.name()).collect();
    names.join(", ")
}

/// The files of one party.
#[derive(Debug)]
pub struct EvidenceFiles {
    folder: PathBuf,
    /// One writer at a time: what is counted is what is there.
    writing: Mutex<()>,
}

impl EvidenceFiles {
    pub fn new(party: &Path) -> Self {
        Self {
            folder: party.join(FOLDER),
            writing: Mutex::default(),
        }
    }

    /// Keeps a file, durably. One that is kept already stays as it is.
    ///
    /// # Errors
    /// [`EvidenceRefused`], where it is not what it is `said` to be, or there is no room.
    pub fn keep(&self, said: &str, bytes: &[u8]) -> Result<Evidence, EvidenceRefused> {
        if bytes.is_empty() {
            return Err(EvidenceRefused::Empty);
        }
        let found = media_of(bytes).ok_or(EvidenceRefused::UnknownType)?;
        if !said.eq_ignore_ascii_case(found.name()) {
            let said = said.chars().take(60).collect();
            return Err(EvidenceRefused::OtherType { said, found });
        }
        let file = Evidence {
            digest: Digest(Sha256::digest(bytes).into()),
            media: found,
            size: bytes.len() as u64,
        };
        let _one_writer = self.lock();
        files::make_folder(&self.folder)?;
        let kept = self.kept()?;
        if kept.contains(&file) {
            return Ok(file);
        }
        if kept.len() >= MAX_FILES {
            return Err(EvidenceRefused::TooMany);
        }
        let size: u64 = kept.iter().map(|file| file.size).sum();
        if size.saturating_add(file.size) > MAX_KEPT {
            return Err(EvidenceRefused::NoRoom);
        }
        // Whole or not at all: a name that says a hash has the bytes of that hash.
        files::replace(&self.path(file.digest, file.media), bytes)?;
        Ok(file)
    }

    /// All that are kept, by their hashes.
    ///
    /// # Errors
    /// [`EvidenceRefused::File`].
    pub fn kept(&self) -> Result<Vec<Evidence>, EvidenceRefused> {
        let listed = match fs::read_dir(&self.folder) {
            Ok(listed) => listed,
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(cause) => return Err(self.disk(cause)),
        };
        let mut kept = Vec::new();
        for one in listed {
            let one = one.map_err(|cause| self.disk(cause))?;
            // What somebody else put there is none of ours.
            let Some((digest, media)) = one.file_name().to_str().and_then(named) else {
                continue;
            };
            let size = one.metadata().map_err(|cause| self.disk(cause))?.len();
            kept.push(Evidence {
                digest,
                media,
                size,
            });
        }
        kept.sort_by_key(|file| file.digest);
        Ok(kept)
    }

    /// The file of that hash.
    ///
    /// # Errors
    /// [`EvidenceRefused::NotKept`].
    pub fn find(&self, digest: Digest) -> Result<Evidence, EvidenceRefused> {
        let mut all = MediaType::ALL.iter();
        let found = all.find_map(|&media| {
            let found = fs::symlink_metadata(self.path(digest, media)).ok()?;
            found.is_file().then_some(Evidence {
                digest,
                media,
                size: found.len(),
            })
        });
        found.ok_or(EvidenceRefused::NotKept)
    }

    /// The bytes of that file.
    ///
    /// # Errors
    /// [`EvidenceRefused::NotKept`], [`EvidenceRefused::File`].
    pub fn read(&self, file: &Evidence) -> Result<Vec<u8>, EvidenceRefused> {
        fs::read(self.path(file.digest, file.media)).map_err(|cause| match cause.kind() {
            io::ErrorKind::NotFound => EvidenceRefused::NotKept,
            _other => self.disk(cause),
        })
    }

    fn path(&self, digest: Digest, media: MediaType) -> PathBuf {
        self.folder.join(format!("{digest}.{}", ending(media)))
    }

    fn disk(&self, cause: io::Error) -> EvidenceRefused {
        let path = self.folder.clone();
        FileError::Disk { path, cause }.into()
    }

    fn lock(&self) -> MutexGuard<'_, ()> {
        self.writing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A hash, as it is printed: 64 small hexadecimal digits, and nothing that could lead elsewhere.
///
/// # Errors
/// [`EvidenceRefused::NoDigest`].
pub fn digest(typed: &str) -> Result<Digest, EvidenceRefused> {
    let refused = || EvidenceRefused::NoDigest(typed.chars().take(80).collect());
    let small = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    if typed.len() != 64 || !typed.bytes().all(small) {
        return Err(refused());
    }
    let mut bytes = [0; 32];
    for (byte, pair) in bytes.iter_mut().zip(typed.as_bytes().chunks(2)) {
        let pair = std::str::from_utf8(pair).map_err(|_| refused())?;
        *byte = u8::from_str_radix(pair, 16).map_err(|_| refused())?;
    }
    Ok(Digest(bytes))
}

/// What a file of ours is called, taken apart.
fn named(name: &str) -> Option<(Digest, MediaType)> {
    let (stem, end) = name.split_once('.')?;
    let mut all = MediaType::ALL.iter().copied();
    let media = all.find(|media| ending(*media) == end)?;
    Some((digest(stem).ok()?, media))
}

pub const fn ending(media: MediaType) -> &'static str {
    match media {
        MediaType::Jpeg => "jpg",
        MediaType::Png => "png",
        MediaType::Tiff => "tif",
        MediaType::Pdf => "pdf",
        MediaType::Mp4 => "mp4",
        MediaType::Wav => "wav",
        MediaType::Text => "txt",
    }
}

/// What the bytes themselves say that they are; `None`: nothing that is taken.
pub fn media_of(bytes: &[u8]) -> Option<MediaType> {
    let begins = |with: &[u8]| bytes.starts_with(with);
    let at = |from: usize, what: &[u8]| bytes.get(from..from + what.len()) == Some(what);
    if begins(b"\xff\xd8\xff") {
        return Some(MediaType::Jpeg);
    }
    if begins(b"\x89PNG\r\n\x1a\n") {
        return Some(MediaType::Png);
    }
    if begins(b"II*\0") || begins(b"MM\0*") {
        return Some(MediaType::Tiff);
    }
    if begins(b"%PDF-") {
        return Some(MediaType::Pdf);
    }
    if at(4, b"ftyp") {
        return Some(MediaType::Mp4);
    }
    if begins(b"RIFF") && at(8, b"WAVE") {
        return Some(MediaType::Wav);
    }
    let text = std::str::from_utf8(bytes).ok()?;
    let plain = |c: char| !c.is_control() || matches!(c, '\n' | '\r' | '\t');
    text.chars().all(plain).then_some(MediaType::Text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files() -> (tempfile::TempDir, EvidenceFiles) {
        let folder = tempfile::tempdir().unwrap();
        let files = EvidenceFiles::new(folder.path());
        (folder, files)
    }

    #[test]
    fn a_file_is_kept_under_its_hash_once_and_found_again() {
        let (folder, files) = files();
        assert!(files.kept().unwrap().is_empty());
        let bytes = b"%PDF-1.7 a letter";
        let kept = files.keep("application/pdf", bytes).unwrap();
        assert_eq!(files.keep("application/pdf", bytes).unwrap(), kept);
        assert_eq!(files.kept().unwrap(), [kept]);
        assert_eq!(files.find(kept.digest).unwrap(), kept);
        assert_eq!(files.read(&kept).unwrap(), bytes);
        let name = format!("{FOLDER}/{}.pdf", kept.digest);
        assert!(folder.path().join(name).is_file());
        assert_eq!(digest(&kept.digest.to_string()).unwrap(), kept.digest);
    }

    #[test]
    fn a_file_that_is_not_what_it_is_said_to_be_is_not_taken() {
        let (_folder, files) = files();
        let said = |said: &str, bytes: &[u8]| files.keep(said, bytes).unwrap_err().to_string();
        assert!(said("image/jpeg", b"%PDF-1.7").contains("those of `application/pdf`"));
        assert!(said("image/png", b"\x7fELF\x02\x01\x01\0").contains("no type that is taken"));
        assert!(said("text/plain", b"seen\x1b[2J").contains("no type that is taken"));
        assert!(said("text/plain", b"").contains("empty"));
        assert!(files.kept().unwrap().is_empty());
    }

    #[test]
    fn every_type_is_known_by_its_first_bytes() {
        for (bytes, media) in [
            (&b"\xff\xd8\xff\xe0 "[..], MediaType::Jpeg),
            (b"\x89PNG\r\n\x1a\n ", MediaType::Png),
            (b"II*\0\x08", MediaType::Tiff),
            (b"MM\0*\0", MediaType::Tiff),
            (b"%PDF-2.0", MediaType::Pdf),
            (b"\0\0\0\x18ftypmp42", MediaType::Mp4),
            (b"RIFF\x10\0\0\0WAVEfmt ", MediaType::Wav),
            ("видели в 14:30\n".as_bytes(), MediaType::Text),
        ] {
            assert_eq!(media_of(bytes), Some(media));
            assert_eq!(media.name().parse(), Ok(media));
        }
        assert_eq!(media_of(b"\x7fELF\x02\x01\x01\0"), None);
    }

    #[test]
    fn a_name_that_leads_elsewhere_is_no_hash() {
        for bad in [
            "../node.toml",
            "",
            "evidence/x",
            &"A".repeat(64),
            &"g".repeat(64),
            &"a".repeat(65),
        ] {
            assert!(
                matches!(digest(bad), Err(EvidenceRefused::NoDigest(_))),
                "{bad}"
            );
        }
    }

    #[test]
    fn what_somebody_else_put_into_the_folder_is_passed_over() {
        let (_folder, files) = files();
        files.keep("text/plain", b"as seen").unwrap();
        fs::write(files.folder.join("notes.txt"), b"x").unwrap();
        assert_eq!(files.kept().unwrap().len(), 1);
    }
}
