//! Writing.

use super::{FALSE, NULL, TRUE, major};

/// Writes items one after the other, each in its one deterministic form. Lengths of arrays and maps are the caller's
/// promise; so is the order of map keys.
#[derive(Clone, Debug, Default)]
pub struct Writer {
    bytes: Vec<u8>,
}

impl Writer {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn with_capacity(bytes: usize) -> Self {
        Self {
            bytes: Vec::with_capacity(bytes),
        }
    }

    /// Goes on behind what `bytes` holds already.
    pub fn after(bytes: Vec<u8>) -> Self {
        Self { bytes }
    }

    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    pub fn as_slice(&self) -> &[u8] {
        &self.bytes
    }

    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    fn head(&mut self, major: u8, argument: u64) -> &mut Self {
        let first = major << 5;
        match argument {
            0..=23 => self.bytes.push(first | argument as u8),
            24..=0xff => self.bytes.extend([first | 24, argument as u8]),
            0x100..=0xffff => {
                self.bytes.push(first | 25);
                self.bytes.extend((argument as u16).to_be_bytes());
            }
            0x1_0000..=0xffff_ffff => {
                self.bytes.push(first | 26);
                self.bytes.extend((argument as u32).to_be_bytes());
            }
            0x1_0000_0000..=u64::MAX => {
                self.bytes.push(first | 27);
                self.bytes.extend(argument.to_be_bytes());
            }
        }
        self
    }

    pub fn uint(&mut self, number: impl Into<u64>) -> &mut Self {
        self.head(major::UINT, number.into())
    }

    pub fn int(&mut self, number: impl Into<i64>) -> &mut Self {
        let number = number.into();
        match u64::try_from(number) {
            Ok(number) => self.head(major::UINT, number),
            // -1 - n is written as n, which is what the complement is.
            Err(_) => self.head(major::NEGATIVE, !number as u64),
        }
    }

    pub fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        self.head(major::BYTES, bytes.len() as u64);
        self.bytes.extend_from_slice(bytes);
        self
    }

    /// A byte string of `len` zeroes.
    pub fn zeroes(&mut self, len: usize) -> &mut Self {
        self.head(major::BYTES, len as u64);
        self.bytes.resize(self.bytes.len() + len, 0);
        self
    }

    pub fn text(&mut self, text: &str) -> &mut Self {
        self.head(major::TEXT, text.len() as u64);
        self.bytes.extend_from_slice(text.as_bytes());
        self
    }

    /// The head of an array; its `len` items follow.
    pub fn array(&mut self, len: usize) -> &mut Self {
        self.head(major::ARRAY, len as u64)
    }

    /// The head of a map; `len` keys follow, each with its value, in the order of the keys' bytes.
    pub fn map(&mut self, len: usize) -> &mut Self {
        self.head(major::MAP, len as u64)
    }

    /// A tag; the item that it names follows.
    pub fn tag(&mut self, tag: u64) -> &mut Self {
        self.head(major::TAG, tag)
    }

    pub fn bool(&mut self, value: bool) -> &mut Self {
        self.bytes.push(if value { TRUE } else { FALSE });
        self
    }

    pub fn null(&mut self) -> &mut Self {
        self.bytes.push(NULL);
        self
    }

    /// Bytes that are items already.
    pub fn raw(&mut self, items: &[u8]) -> &mut Self {
        self.bytes.extend_from_slice(items);
        self
    }
}

/// How many bytes the head of an item with this argument takes.
pub const fn head_len(argument: usize) -> usize {
    match argument {
        0..=23 => 1,
        24..=0xff => 2,
        0x100..=0xffff => 3,
        0x1_0000..=0xffff_ffff => 5,
        _larger => 9,
    }
}

/// How many bytes a byte string of `len` takes, its head included.
pub const fn bytes_len(len: usize) -> usize {
    head_len(len) + len
}
