//! The mark: the last state that was acknowledged as durable, in a file beside the database.
//!
//! SQLite reads its write-ahead log up to the first bad frame and drops the rest without a word. So a
//! damaged or vanished tail would look like a shorter, sound journal. The mark, written after each commit,
//! tells: a journal with fewer commits, or another root at its size, lost what was acknowledged.
//!
//! It is written without a sync of its own, so after a power cut it may be old, but never ahead. Two
//! slots in different sectors take turns, so that a torn write leaves the other.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

use tlog::{Hash, leaf_hash};

use crate::folder::private_file;
use crate::record::Head;

const MAGIC: &[u8; 8] = b"scmark1\n";
const SLOT_DISTANCE: u64 = 512;
const BODY: usize = 8 + 8 + 8 + 32;
const SLOT_BYTES: usize = BODY + 32;

pub(crate) struct Mark {
    file: File,
    next_slot: u64,
}

/// A state of the journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Acknowledged {
    /// Transactions so far, also those that add no record.
    pub(crate) commits: u64,
    pub(crate) head: Head,
}

/// What the mark's file says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Marked {
    /// There is no mark yet.
    Nothing,
    At(Acknowledged),
    /// Neither slot can be read.
    Damaged,
}

impl Mark {
    pub(crate) fn open(path: &Path) -> io::Result<(Self, Marked)> {
        let mut file = private_file(path)?;
        let marked = read(&mut file)?;
        let next_slot = match marked {
            Marked::At(_) => 1 - newest_slot(&mut file)?,
            Marked::Nothing | Marked::Damaged => 0,
        };
        Ok((Self { file, next_slot }, marked))
    }

    /// Writes `state` into the slot that does not hold the latest.
    pub(crate) fn write(&mut self, state: Acknowledged) -> io::Result<()> {
        self.file
            .seek(SeekFrom::Start(self.next_slot * SLOT_DISTANCE))?;
        self.file.write_all(&encode(state))?;
        self.next_slot = 1 - self.next_slot;
        Ok(())
    }

    /// A second handle, to sync with from another thread.
    pub(crate) fn handle(&self) -> io::Result<File> {
        self.file.try_clone()
    }
}

/// What the mark in `path` says, without opening it for writing.
pub(crate) fn peek(path: &Path) -> io::Result<Marked> {
    match File::open(path) {
        Ok(mut file) => read(&mut file),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Marked::Nothing),
        Err(error) => Err(error),
    }
}

fn read(file: &mut File) -> io::Result<Marked> {
    if file.metadata()?.len() == 0 {
        return Ok(Marked::Nothing);
    }
    let slots = [read_slot(file, 0)?, read_slot(file, 1)?];
    let latest = slots
        .into_iter()
        .flatten()
        .max_by_key(|state| state.commits);
    Ok(latest.map_or(Marked::Damaged, Marked::At))
}

fn newest_slot(file: &mut File) -> io::Result<u64> {
    let commits = [read_slot(file, 0)?, read_slot(file, 1)?].map(|slot| slot.map(|at| at.commits));
    Ok(u64::from(commits[1] > commits[0]))
}

fn read_slot(file: &mut File, slot: u64) -> io::Result<Option<Acknowledged>> {
    file.seek(SeekFrom::Start(slot * SLOT_DISTANCE))?;
    let mut bytes = Vec::with_capacity(SLOT_BYTES);
    file.take(SLOT_BYTES as u64).read_to_end(&mut bytes)?;
    Ok(decode(&bytes))
}

fn encode(state: Acknowledged) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(SLOT_BYTES);
    bytes.extend(MAGIC);
    bytes.extend(state.commits.to_be_bytes());
    bytes.extend(state.head.size.to_be_bytes());
    bytes.extend(state.head.root.as_bytes());
    bytes.extend(leaf_hash(&bytes).0);
    bytes
}

fn decode(bytes: &[u8]) -> Option<Acknowledged> {
    let (body, sum) = bytes.split_at_checked(BODY)?;
    let rest = body.strip_prefix(MAGIC)?;
    if leaf_hash(body).as_bytes() != sum {
        return None;
    }
    let (commits, rest) = rest.split_first_chunk::<8>()?;
    let (size, root) = rest.split_first_chunk::<8>()?;
    let head = Head {
        size: u64::from_be_bytes(*size),
        root: Hash::try_from(root).ok()?,
    };
    Some(Acknowledged {
        commits: u64::from_be_bytes(*commits),
        head,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The second commit adds no record.
    fn head(commits: u64) -> Acknowledged {
        let size = commits.max(2);
        let root = leaf_hash(&size.to_be_bytes());
        Acknowledged {
            commits,
            head: Head { size, root },
        }
    }

    #[test]
    fn a_torn_mark_leaves_the_one_before() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(MAGIC.len().to_string());
        let (mut mark, found) = Mark::open(&path).unwrap();
        assert_eq!(found, Marked::Nothing);
        for size in 1..=5 {
            mark.write(head(size)).unwrap();
            assert_eq!(Mark::open(&path).unwrap().1, Marked::At(head(size)));
        }
        let mut bytes = std::fs::read(&path).unwrap();
        bytes[10] ^= 1;
        std::fs::write(&path, &bytes).unwrap();
        let (mut mark, found) = Mark::open(&path).unwrap();
        assert_eq!(found, Marked::At(head(4)), "5 was in the first slot");
        mark.write(head(6)).unwrap();
        assert_eq!(Mark::open(&path).unwrap().1, Marked::At(head(6)));
        bytes[SLOT_DISTANCE as usize + 20] ^= 1;
        std::fs::write(&path, &bytes).unwrap();
        assert_eq!(Mark::open(&path).unwrap().1, Marked::Damaged);
    }
}
