//! Every target, on its seeds, on what little changes make of them, and on noise. The same inputs on every run.
#![allow(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use fuzz::{TARGETS, Target};

/// xorshift64*: small, and the same everywhere.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// Below `bound`; 0 where that is 0.
    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound.max(1) as u64) as usize
    }
}

/// Bytes on which parsers tend to turn: heads of CBOR, ends of ranges, separators.
const TURNING: &[u8] = &[
    0x00, 0x01, 0x17, 0x18, 0x19, 0x1a, 0x1b, 0x3b, 0x40, 0x5b, 0x5f, 0x60, 0x7b, 0x7f, 0x80, 0x9b,
    0x9f, 0xa0, 0xbf, 0xc0, 0xd2, 0xf4, 0xf5, 0xf6, 0xf9, 0xfb, 0xff, b' ', b'\n', b'"', b'-',
    b'9',
];

fn changed(seeds: &[Vec<u8>], chance: &mut Chance) -> Vec<u8> {
    let mut bytes = seeds[chance.below(seeds.len())].clone();
    for _ in 0..=chance.below(4) {
        let (at, other) = (chance.below(bytes.len()), chance.below(bytes.len()));
        let (low, high) = (at.min(other), at.max(other));
        match chance.below(9) {
            0 if !bytes.is_empty() => bytes[at] ^= 1 << chance.below(8),
            1 if !bytes.is_empty() => bytes[at] = TURNING[chance.below(TURNING.len())],
            2 => bytes.insert(at, TURNING[chance.below(TURNING.len())]),
            3 if !bytes.is_empty() => drop(bytes.remove(at)),
            4 => bytes.truncate(at),
            5 if high - low < 4096 => drop(bytes.drain(low..high)),
            6 if high - low < 4096 => {
                let piece = bytes[low..high].to_vec();
                bytes.splice(other..other, piece);
            }
            // A number as large as it can be, or nearly.
            7 if bytes.len() > at + 8 => {
                let large = u64::MAX >> chance.below(64);
                bytes[at..at + 8].copy_from_slice(&large.to_be_bytes());
            }
            _other => {
                let seed = &seeds[chance.below(seeds.len())];
                let from = chance.below(seed.len());
                let piece = &seed[from..seed.len().min(from + 64)];
                bytes.splice(at..at, piece.iter().copied());
            }
        }
    }
    bytes
}

fn noise(chance: &mut Chance) -> Vec<u8> {
    let len = 1 << chance.below(11);
    (0..chance.below(len))
        .map(|_| chance.next() as u8)
        .collect()
}

fn hold(target: &Target, input: &[u8]) {
    let ran = catch_unwind(AssertUnwindSafe(|| (target.run)(input)));
    if let Err(panic) = ran {
        let hex: String = input.iter().map(|byte| format!("{byte:02x}")).collect();
        eprintln!("target {} on {hex}", target.name);
        std::panic::resume_unwind(panic);
    }
}

fn try_all(targets: impl Iterator<Item = &'static Target>) {
    for target in targets {
        let seeds = (target.seeds)();
        assert!(!seeds.is_empty(), "{} has seeds", target.name);
        seeds.iter().for_each(|seed| hold(target, seed));
        let name = target.name.bytes();
        let mut chance = Chance(name.fold(0x5eed_u64, |seed, byte| {
            seed.wrapping_mul(31).wrapping_add(u64::from(byte))
        }));
        for turn in 0..target.tries {
            let input = match turn % 8 {
                0 => noise(&mut chance),
                _seven_of_eight => changed(&seeds, &mut chance),
            };
            hold(target, &input);
        }
    }
}

// In two, so that two cores share them.
#[test]
fn no_parser_of_what_comes_over_a_line_panics_or_breaks_a_promise() {
    try_all(TARGETS.iter().take(7));
}

#[test]
fn no_parser_of_documents_logs_and_typed_text_panics_or_breaks_a_promise() {
    try_all(TARGETS.iter().skip(7));
}

#[test]
fn what_the_golden_files_hold_is_accepted_so_that_changes_to_it_go_deep() {
    use fuzz::keys::KEYS;
    for frame in fuzz::seeds::frames() {
        let taken = wire::line::receive(&frame, &KEYS);
        let bad = |frame: &_| matches!(frame, channel::input::PeerFrame::Bad { .. });
        assert!(!taken.frames.iter().any(bad), "{:?}", taken.frames);
    }
    for seed in fuzz::seeds::envelopes() {
        let (envelope, opening) = fuzz::halves(&seed);
        let to = KEYS.us().party();
        let arrived =
            wire::line::open(envelope, opening, fuzz::keys::line(), KEYS.peer(), to).unwrap();
        assert_eq!(arrived.unreadable, None);
    }
}

#[test]
fn every_target_has_its_file_for_the_fuzzer_and_every_file_its_target() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/libfuzzer/fuzz_targets");
    let files: BTreeSet<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| path.file_stem().unwrap().to_string_lossy().into_owned())
        .collect();
    let manifest = include_str!("../libfuzzer/Cargo.toml");
    let targets: BTreeSet<String> = TARGETS.iter().map(|t| t.name.to_owned()).collect();
    assert_eq!(files, targets);
    for name in &targets {
        assert!(manifest.contains(&format!("name = \"{name}\"")), "{name}");
        let text = std::fs::read_to_string(format!("{folder}/{name}.rs")).unwrap();
        assert!(text.contains(&format!("::{name}(data)")), "{name}");
    }
}
