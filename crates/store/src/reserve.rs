//! Space kept for the stop lane: a file that is shortened when the disk is full.

use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use crate::folder::{Disk, private_file};

const BLOCK: usize = 64 << 10;

pub(crate) struct Reserve {
    file: File,
    path: PathBuf,
    disk: Disk,
    length: u64,
    target: u64,
}

impl Reserve {
    pub(crate) fn open(path: &Path, target: u64, disk: Disk) -> io::Result<Self> {
        let file = private_file(path)?;
        let length = file.metadata()?.len();
        Ok(Self {
            file,
            path: path.to_owned(),
            disk,
            length,
            target,
        })
    }

    /// Bytes that are still kept.
    pub(crate) fn length(&self) -> u64 {
        self.length
    }

    /// Brings the file to its full length. Answers whether the disk had room for it; if not, what fitted
    /// before is kept.
    pub(crate) fn fill(&mut self) -> io::Result<bool> {
        if self.length >= self.target {
            self.file.set_len(self.target)?;
            self.length = self.target;
            return Ok(true);
        }
        let before = self.length;
        match self.write_to_target() {
            Ok(true) => Ok(true),
            Ok(false) => self.shorten_to(before).map(|()| false),
            Err(error) if is_full(&error) => self.shorten_to(before).map(|()| false),
            Err(error) => Err(error),
        }
    }

    /// Gives a part of the reserve back to the disk. Answers `false` when there is none left.
    pub(crate) fn release(&mut self) -> io::Result<bool> {
        if self.length == 0 {
            return Ok(false);
        }
        let step = (self.target / 16).clamp(BLOCK as u64, 4 << 20);
        self.shorten_to(self.length.saturating_sub(step))?;
        Ok(true)
    }

    fn write_to_target(&mut self) -> io::Result<bool> {
        // Bytes that no file system compresses or leaves out as a hole.
        let mut block = vec![0_u8; BLOCK];
        let mut noise = 0x9e37_79b9_7f4a_7c15_u64;
        self.file.seek(SeekFrom::Start(self.length))?;
        while self.length < self.target {
            let count = BLOCK.min(usize::try_from(self.target - self.length).unwrap_or(BLOCK));
            for word in block.as_chunks_mut::<8>().0 {
                noise ^= noise << 13;
                noise ^= noise >> 7;
                noise ^= noise << 17;
                *word = noise.to_le_bytes();
            }
            if !self.disk.may_grow(&self.path, count as u64) {
                return Ok(false);
            }
            self.file.write_all(&block[..count])?;
            self.length += count as u64;
        }
        self.file.sync_all()?;
        Ok(true)
    }

    fn shorten_to(&mut self, length: u64) -> io::Result<()> {
        self.file.set_len(length)?;
        self.length = length;
        // Some file systems hand freed blocks out only after this.
        self.file.sync_all()
    }
}

pub(crate) fn is_full(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reserve_is_given_back_in_steps_and_filled_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("reserve");
        let mut reserve = Reserve::open(&path, 3 << 20, Disk::Real).unwrap();
        assert!(reserve.fill().unwrap());
        assert_eq!(path.metadata().unwrap().len(), 3 << 20);
        let mut steps = 0;
        while reserve.release().unwrap() {
            steps += 1;
            assert_eq!(path.metadata().unwrap().len(), reserve.length());
        }
        assert_eq!((steps, reserve.length()), (16, 0));
        assert!(reserve.fill().unwrap());
        assert_eq!(
            Reserve::open(&path, 1 << 20, Disk::Real).unwrap().length(),
            3 << 20
        );
    }
}
