//! The dialler's first bytes: which line, what for, over which path. TLS has said by then who it is.

use channel::input::Class;
use model::ids::LineId;

/// Bytes of a preamble, always.
pub const PREAMBLE: usize = 32;

const MAGIC: &[u8; 8] = b"STANDCLR";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Preamble {
    pub line: LineId,
    pub class: Class,
    /// The dialler's number of the address, from 0.
    pub path: u8,
}

/// Bytes that are no preamble.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the connection does not begin as a line does")]
pub struct NotAPreamble;

impl Preamble {
    pub fn to_bytes(self) -> [u8; PREAMBLE] {
        let mut bytes = [0; PREAMBLE];
        bytes[..8].copy_from_slice(MAGIC);
        bytes[8..24].copy_from_slice(self.line.as_bytes());
        bytes[24] = match self.class {
            Class::Stop => 1,
            Class::Main => 2,
        };
        bytes[25] = self.path;
        bytes
    }

    /// # Errors
    /// Where the bytes begin otherwise, name an unknown class, or are not filled with zeroes.
    pub fn from_bytes(bytes: &[u8; PREAMBLE]) -> Result<Self, NotAPreamble> {
        let (magic, rest) = bytes.split_first_chunk::<8>().ok_or(NotAPreamble)?;
        let (line, rest) = rest.split_first_chunk::<16>().ok_or(NotAPreamble)?;
        let class = match rest[0] {
            1 => Class::Stop,
            2 => Class::Main,
            _unknown => return Err(NotAPreamble),
        };
        if magic != MAGIC || rest[2..].iter().any(|byte| *byte != 0) {
            return Err(NotAPreamble);
        }
        Ok(Self {
            line: LineId::from_random(*line),
            class,
            path: rest[1],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_preamble_comes_back_and_nothing_else_passes() {
        let preamble = Preamble {
            line: LineId::from_random([7; 16]),
            class: Class::Main,
            path: 3,
        };
        let bytes = preamble.to_bytes();
        assert_eq!(Preamble::from_bytes(&bytes), Ok(preamble));
        for at in (0..8).chain(24..25).chain(26..PREAMBLE) {
            let mut bad = bytes;
            bad[at] ^= 0x40;
            assert_eq!(Preamble::from_bytes(&bad), Err(NotAPreamble), "byte {at}");
        }
    }
}
