//! A line carried by file: the frames that a connection would carry, encrypted to the other party's file key.
//!
//! Nothing in clear says whose file it is: a name of the format, a key share, then chunks of one size. The file as a whole
//! is padded to a class. Who sent it is proved by the signatures inside; encryption proves nothing about that.

use model::ids::{LineId, PartyId};
use model::units::Timestamp;

use crate::cbor::{Reader, Writer};
use crate::hpke::{self, Context, TAG};
use crate::keys::{KeyRole, Secret};
use crate::line::split::FrameReader;
use crate::parts::{Read, ReadParts, WriteParts, expected};

/// Bytes of a file.
pub const MAX_FILE: usize = 64 * 1024 * 1024;

const MAGIC: &[u8; 18] = b"STANDCLEAR FILE 1\n";
const INFO: &[u8] = b"standclear/file/1";
const FORMAT: u16 = 1;
/// Bytes of plaintext in a chunk. The last is as full as all others.
const CHUNK: usize = 64 * 1024;
const START: usize = MAGIC.len() + 32;

/// The most plaintext whose file is at most [`MAX_FILE`].
const MAX_PLAIN: usize = (MAX_FILE - START) / (CHUNK + TAG) * CHUNK;

/// Why a file cannot be made or read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FileError {
    #[error("the file would have over {MAX_FILE} bytes: export fewer entries at a time")]
    TooMuch,
    #[error(
        "the file has {given} bytes, at most {MAX_FILE} are read: have fewer entries exported at a time"
    )]
    TooLarge { given: usize },
    #[error("this is no file of a line: give the one that `standclear line export` wrote")]
    NotAFile,
    #[error(
        "none of this node's file keys opens it: it is for another party, its key is revoked or gone, or it was \
         damaged on the way; ask for it to be exported again"
    )]
    NotForUs,
    #[error("the file was damaged or cut short: ask for it again")]
    Damaged,
    #[error("the other party's file key cannot be used: ask for its manifest again")]
    Key,
}

model::says! { FileError, "courier":
    "too-much" TooMuch;
    "too-large" TooLarge { given };
    "no-file" NotAFile;
    "not-for-us" NotForUs;
    "damaged" Damaged;
    "key" Key;
}

/// Which line a file is for. Inside, encrypted; the signatures of the frames are what proves it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileHeader {
    pub line: LineId,
    pub from: PartyId,
    pub to: PartyId,
    pub created: Timestamp,
}

/// A file opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileContent {
    pub header: FileHeader,
    /// Without their lengths; `line::receive` takes each.
    pub frames: Vec<Vec<u8>>,
}

impl FileHeader {
    fn write(&self) -> Vec<u8> {
        let mut writer = Writer::new();
        writer.array(5).uint(FORMAT).bytes(self.line.as_bytes());
        writer.text(self.from.as_str()).text(self.to.as_str());
        writer.time(self.created);
        writer.into_bytes()
    }

    fn read(bytes: &[u8]) -> Read<Self> {
        let mut reader = Reader::new(bytes);
        reader.array_of(5)?;
        if reader.uint()? != u64::from(FORMAT) {
            return expected("a file of format 1");
        }
        let header = Self {
            line: reader.line()?,
            from: reader.party()?,
            to: reader.party()?,
            created: reader.time()?,
        };
        reader.finish()?;
        Ok(header)
    }
}

/// Doubling up to 1 MiB, then in steps of it; never more than [`MAX_PLAIN`].
fn class(len: usize) -> usize {
    const STEP: usize = 1024 * 1024;
    let class = match len {
        len if len <= CHUNK => CHUNK,
        len if len <= STEP => len.next_power_of_two(),
        len => len.next_multiple_of(STEP),
    };
    class.min(MAX_PLAIN)
}

/// Encrypts `frames`, each with its length in front as `line::frame` makes them, to the file key of `header.to`.
/// `ephemeral` is 32 random bytes, used for this file alone.
///
/// # Errors
/// [`FileError::TooMuch`], or [`FileError::Key`] for a key that is none.
pub fn encrypt(
    header: &FileHeader,
    frames: &[Vec<u8>],
    recipient: &[u8; 32],
    ephemeral: &[u8; 32],
) -> Result<Vec<u8>, FileError> {
    let header = header.write();
    let mut plain = Vec::new();
    let len = u32::try_from(header.len()).map_err(|_| FileError::TooMuch)?;
    plain.extend(len.to_be_bytes());
    plain.extend(header);
    // Four zeroes after the last frame: a frame of no length ends the list.
    let len = plain.len() + frames.iter().map(Vec::len).sum::<usize>() + 4;
    if len > MAX_PLAIN {
        return Err(FileError::TooMuch);
    }
    plain.reserve_exact(class(len) - plain.len());
    frames.iter().for_each(|frame| plain.extend(frame));
    plain.resize(class(len), 0);

    let (share, mut context) = hpke::sender(recipient, INFO, ephemeral).ok_or(FileError::Key)?;
    let mut file = Vec::with_capacity(START + plain.len() / CHUNK * (CHUNK + TAG));
    file.extend(MAGIC);
    file.extend(share);
    let count = plain.len().div_ceil(CHUNK);
    for (index, chunk) in plain.chunks(CHUNK).enumerate() {
        let sealed = context.seal(&[u8::from(index + 1 == count)], chunk.to_vec());
        file.extend(sealed.ok_or(FileError::Key)?);
    }
    Ok(file)
}

/// Opens a file with whichever of `keys` it is for: the present file key and those retired.
///
/// # Errors
/// [`FileError`].
pub fn decrypt(file: &[u8], keys: &[&Secret]) -> Result<FileContent, FileError> {
    let given = file.len();
    if given > MAX_FILE {
        return Err(FileError::TooLarge { given });
    }
    let rest = file.strip_prefix(MAGIC).ok_or(FileError::NotAFile)?;
    let (share, chunks) = rest.split_first_chunk::<32>().ok_or(FileError::NotAFile)?;
    if chunks.is_empty() || chunks.len() % (CHUNK + TAG) != 0 {
        return Err(FileError::Damaged);
    }
    let mut chunks = chunks.chunks(CHUNK + TAG);
    let count = chunks.len();
    let first = chunks.next().ok_or(FileError::Damaged)?;
    let (mut context, mut plain) = keys
        .iter()
        .filter(|key| key.role == KeyRole::File)
        .find_map(|key| opened_by(key, share, first, count == 1))
        .ok_or(FileError::NotForUs)?;
    for (index, chunk) in chunks.enumerate() {
        let last = index + 2 == count;
        let opened = context.open(&[u8::from(last)], chunk.to_vec());
        plain.extend(opened.ok_or(FileError::Damaged)?);
    }
    content(&plain).ok_or(FileError::Damaged)
}

fn opened_by(
    key: &Secret,
    share: &[u8; 32],
    first: &[u8],
    last: bool,
) -> Option<(Context, Vec<u8>)> {
    let mut context = hpke::recipient(share, key.seed(), INFO)?;
    let plain = context.open(&[u8::from(last)], first.to_vec())?;
    Some((context, plain))
}

fn content(plain: &[u8]) -> Option<FileContent> {
    let (mut reader, mut rest) = (FrameReader::new(), plain);
    let header = reader.next(&mut rest).ok()??;
    let header = FileHeader::read(&header).ok()?;
    let mut frames = Vec::new();
    loop {
        let frame = reader.next(&mut rest).ok()??;
        if frame.is_empty() {
            break;
        }
        frames.push(frame);
    }
    let padded = rest.iter().all(|byte| *byte == 0);
    padded.then_some(FileContent { header, frames })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(seed: u8) -> Secret {
        let created = Timestamp::from_unix_ms(0).unwrap();
        Secret::new(
            KeyRole::File,
            "russia".parse().unwrap(),
            true,
            created,
            [seed; 32],
        )
    }

    fn header() -> FileHeader {
        FileHeader {
            line: LineId::from_random([3; 16]),
            from: "coalition".parse().unwrap(),
            to: "russia".parse().unwrap(),
            created: Timestamp::from_unix_ms(1_474_127_700_000).unwrap(),
        }
    }

    fn frames(count: usize, size: usize) -> Vec<Vec<u8>> {
        let frame = [&(size as u32).to_be_bytes()[..], &vec![7; size]].concat();
        vec![frame; count]
    }

    fn made(frames: &[Vec<u8>]) -> Result<Vec<u8>, FileError> {
        encrypt(&header(), frames, &key(1).public().unwrap(), &[9; 32])
    }

    #[test]
    fn a_file_comes_back_for_its_recipient_and_a_retired_key() {
        for count in [0, 1, 400] {
            let file = made(&frames(count, 512)).unwrap();
            let content = decrypt(&file, &[&key(2), &key(1)]).unwrap();
            assert_eq!(content.header, header());
            assert_eq!(content.frames, vec![vec![7; 512]; count]);
            assert_eq!(decrypt(&file, &[&key(2)]), Err(FileError::NotForUs));
        }
    }

    #[test]
    fn a_file_says_nothing_in_clear_and_little_by_its_size() {
        let (one, ten) = (
            made(&frames(1, 512)).unwrap(),
            made(&frames(10, 512)).unwrap(),
        );
        assert_eq!(one.len(), ten.len());
        for word in [&b"coalition"[..], b"russia", &[3; 16]] {
            assert!(!one.windows(word.len()).any(|part| part == word));
        }
    }

    #[test]
    fn a_file_cut_at_a_chunk_or_changed_is_refused() {
        let file = made(&frames(300, 1024)).unwrap();
        let cut = &file[..file.len() - (CHUNK + TAG)];
        assert_eq!(decrypt(cut, &[&key(1)]), Err(FileError::Damaged));
        for at in [20, 60, START + CHUNK + TAG + 5, file.len() - 1] {
            let mut bad = file.clone();
            bad[at] ^= 1;
            assert!(decrypt(&bad, &[&key(1)]).is_err(), "byte {at}");
        }
        assert_eq!(decrypt(b"", &[&key(1)]), Err(FileError::NotAFile));
    }

    #[test]
    fn a_file_is_made_up_to_its_limit() {
        let header_len = 4 + header().write().len();
        let most = MAX_PLAIN - header_len - 4;
        let mut frames = frames(most / (1 << 20), (1 << 20) - 4);
        let used: usize = frames.iter().map(Vec::len).sum();
        frames.extend(self::frames(1, most - used - 4));
        let file = made(&frames).unwrap();
        assert!(file.len() <= MAX_FILE);
        assert_eq!(
            decrypt(&file, &[&key(1)]).unwrap().frames.len(),
            frames.len()
        );
        frames.extend(self::frames(1, 1));
        assert_eq!(made(&frames), Err(FileError::TooMuch));
        assert_eq!(
            decrypt(&vec![0; MAX_FILE + 1], &[]),
            Err(FileError::TooLarge {
                given: MAX_FILE + 1
            })
        );
    }
}
