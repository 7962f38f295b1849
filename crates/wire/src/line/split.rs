//! Cuts a stream of bytes into frames.

use super::MAX_FRAME;
use super::frame::PREFIX;

/// A frame whose stated length is over [`MAX_FRAME`]. Nothing of it was kept; close the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a frame of {stated} bytes is over {MAX_FRAME}")]
pub struct FrameTooLarge {
    pub stated: u32,
}

/// Keeps at most one unfinished frame, and never more of it than has arrived.
#[derive(Clone, Debug, Default)]
pub struct FrameReader {
    prefix: [u8; PREFIX],
    prefix_filled: usize,
    frame: Vec<u8>,
}

impl FrameReader {
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether a frame has begun and is not finished: what the stall clock watches.
    pub fn is_inside(&self) -> bool {
        self.prefix_filled > 0
    }

    /// Takes from the front of `input` up to the end of a frame, and gives the frame, without its length, once it is
    /// whole. Call again until it gives none: then all of `input` is taken.
    ///
    /// # Errors
    /// As soon as the length says so, before anything of the frame is kept.
    pub fn next(&mut self, input: &mut &[u8]) -> Result<Option<Vec<u8>>, FrameTooLarge> {
        let wanted = PREFIX - self.prefix_filled;
        let prefix = take(input, wanted);
        self.prefix[self.prefix_filled..][..prefix.len()].copy_from_slice(prefix);
        self.prefix_filled += prefix.len();
        if self.prefix_filled < PREFIX {
            return Ok(None);
        }
        let stated = u32::from_be_bytes(self.prefix);
        let len = match usize::try_from(stated) {
            Ok(len) if len <= MAX_FRAME => len,
            Ok(_) | Err(_) => return Err(FrameTooLarge { stated }),
        };
        self.frame
            .extend_from_slice(take(input, len - self.frame.len()));
        if self.frame.len() < len {
            return Ok(None);
        }
        self.prefix_filled = 0;
        Ok(Some(std::mem::take(&mut self.frame)))
    }
}

fn take<'a>(input: &mut &'a [u8], most: usize) -> &'a [u8] {
    let (taken, rest) = input.split_at(most.min(input.len()));
    *input = rest;
    taken
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn framed(body: &[u8]) -> Vec<u8> {
        [&(body.len() as u32).to_be_bytes()[..], body].concat()
    }

    #[test]
    fn a_frame_is_taken_at_its_limit_and_refused_beyond_by_its_length_alone() {
        let mut reader = FrameReader::new();
        let whole = framed(&vec![1; MAX_FRAME]);
        assert_eq!(
            reader.next(&mut &whole[..]).unwrap().map(|f| f.len()),
            Some(MAX_FRAME)
        );
        let over = (MAX_FRAME as u32 + 1).to_be_bytes();
        assert_eq!(
            reader.next(&mut &over[..]),
            Err(FrameTooLarge {
                stated: MAX_FRAME as u32 + 1
            })
        );
        assert!(reader.frame.capacity() == 0);
    }

    #[test]
    fn a_stalled_frame_is_seen() {
        let mut reader = FrameReader::new();
        assert!(!reader.is_inside());
        assert_eq!(reader.next(&mut &[0u8, 0][..]), Ok(None));
        assert!(reader.is_inside());
        assert_eq!(reader.next(&mut &[0u8, 1, 9][..]), Ok(Some(vec![9])));
        assert!(!reader.is_inside());
    }

    proptest! {
        #[test]
        fn frames_come_whole_however_the_stream_is_cut(
            frames in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..300), 0..8),
            cuts in proptest::collection::vec(1usize..50, 1..40),
        ) {
            let stream: Vec<u8> = frames.iter().flat_map(|frame| framed(frame)).collect();
            let mut reader = FrameReader::new();
            let (mut rest, mut got) = (&stream[..], Vec::new());
            for cut in cuts.iter().cycle() {
                if rest.is_empty() { break; }
                let mut piece = take(&mut rest, *cut);
                while let Some(frame) = reader.next(&mut piece).unwrap() {
                    got.push(frame);
                }
                prop_assert!(piece.is_empty());
            }
            prop_assert_eq!(got, frames);
        }
    }
}
