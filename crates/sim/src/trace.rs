//! What happened, for a person to read; and a sum over all of it, so that two runs can be compared.

use std::collections::VecDeque;
use std::fmt;

/// Lines that are kept of a run that nobody watches.
const KEPT: usize = 120;

/// Where a sum begins (FNV-1a).
const START: u64 = 0xcbf2_9ce4_8422_2325;

/// The story of one run.
#[derive(Debug)]
pub struct Trace {
    lines: VecDeque<String>,
    whole: bool,
    sum: u64,
    count: u64,
    said: u64,
}

impl Trace {
    /// `whole`: every line is kept.
    pub fn new(whole: bool) -> Self {
        Self {
            lines: VecDeque::new(),
            whole,
            sum: START,
            count: 0,
            said: START,
        }
    }

    /// Notes what happened at `at`, in ms of the simulation.
    pub fn tell(&mut self, at: u64, words: fmt::Arguments<'_>) {
        let line = format!("{:>7}.{:03}  {words}", at / 1_000, at % 1_000);
        for byte in line.bytes() {
            self.sum = (self.sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        self.count += 1;
        if !self.whole && self.lines.len() == KEPT {
            self.lines.pop_front();
        }
        self.lines.push_back(line);
    }

    /// Bytes that left at `at`, which make a difference to the sums alone.
    pub fn sent(&mut self, at: u64, stream: u64, bytes: &[u8]) {
        let mut said = Self::add(Self::add(self.said, at), stream);
        // Eight at a time: frames are long.
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            said = Self::add(said, u64::from_le_bytes(word));
        }
        self.said = said;
        self.sum = Self::add(self.sum, said);
    }

    fn add(sum: u64, word: u64) -> u64 {
        (sum ^ word).wrapping_mul(0x0100_0000_01b3).rotate_left(5)
    }

    /// Equal for two runs exactly if the same bytes left at the same times.
    pub fn said(&self) -> u64 {
        self.said
    }

    pub fn lines(&self) -> impl Iterator<Item = &str> {
        self.lines.iter().map(String::as_str)
    }

    /// Equal for two runs exactly if they did the same.
    pub fn sum(&self) -> (u64, u64) {
        (self.count, self.sum)
    }
}
