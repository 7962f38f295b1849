//! Padding to size classes, so that a size says little about what is inside.
//!
//! The last item of a padded structure is a byte string of zeroes that fills it up to its class. A few lengths cannot be
//! filled exactly, because the head of a byte string grows by a byte at 24 and 256 bytes: those take the next class.

use crate::cbor::{CborError, Reader, Writer, bytes_len};

/// Which sizes a structure may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Classes {
    /// The smallest.
    pub least: usize,
    /// Doubling up to this size, then in steps of it.
    pub step: usize,
    /// The largest.
    pub most: usize,
}

impl Classes {
    /// The smallest class of at least `len`.
    fn holding(self, len: usize) -> usize {
        match len {
            len if len <= self.least => self.least,
            len if len <= self.step => len.next_power_of_two(),
            len => len.next_multiple_of(self.step),
        }
    }

    pub fn contains(self, len: usize) -> bool {
        len <= self.most && self.holding(len) == len
    }

    /// How many zeroes fill `used` bytes up to a class, the head of their byte string counted; `None`: too large.
    pub fn fill(self, used: usize) -> Option<usize> {
        let mut class = self.holding(used + 1);
        loop {
            if class > self.most {
                return None;
            }
            let room = class - used;
            let fits = |zeroes: usize| bytes_len(zeroes) == room;
            let zeroes = [1, 2, 3, 5]
                .into_iter()
                .filter_map(|head| room.checked_sub(head));
            if let Some(zeroes) = zeroes.into_iter().find(|zeroes| fits(*zeroes)) {
                return Some(zeroes);
            }
            class = self.holding(class + 1);
        }
    }
}

/// Fills up what `writer` holds, counted with `beside` bytes that will stand around it. `false`: too large.
#[must_use]
pub(crate) fn pad(writer: &mut Writer, beside: usize, classes: Classes) -> bool {
    match classes.fill(writer.len() + beside) {
        Some(zeroes) => {
            writer.zeroes(zeroes);
            true
        }
        None => false,
    }
}

/// Reads padding: zeroes and nothing else.
pub(crate) fn read_padding(reader: &mut Reader<'_>) -> Result<(), CborError> {
    let padding = reader.bytes(usize::MAX)?;
    match padding.iter().all(|byte| *byte == 0) {
        true => Ok(()),
        false => Err(CborError::Unexpected {
            expected: "padding of zeroes",
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLASSES: Classes = Classes {
        least: 256,
        step: 4096,
        most: 64 * 1024,
    };

    #[test]
    fn every_length_is_filled_to_a_class_exactly() {
        for used in 0..CLASSES.most {
            let mut writer = Writer::new();
            writer.raw(&vec![0; used]);
            match pad(&mut writer, 0, CLASSES) {
                true => assert!(CLASSES.contains(writer.len()), "{used}"),
                // Only what leaves no room for the empty byte string, or a gap at the very end.
                false => assert!(used > CLASSES.most - 300, "{used}"),
            }
        }
    }

    #[test]
    fn classes_double_and_then_step() {
        let classes: Vec<usize> = (0..=20_000).filter(|len| CLASSES.contains(*len)).collect();
        assert_eq!(classes, [256, 512, 1024, 2048, 4096, 8192, 12288, 16384]);
        assert!(!CLASSES.contains(CLASSES.most + 4096));
    }
}
