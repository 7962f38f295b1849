//! A fingerprint of a root key, as people compare it by voice.
//!
//! 128 bits of SHA-256 over a domain string and the key: sixteen words, or for those who share no English eight groups of
//! five digits. No two words begin with the same four letters or differ by one letter alone; none is one that officers use
//! on a line. The list never changes: a fingerprint on paper must read the same in ten years.

use std::fmt;

use sha2::{Digest, Sha256};

/// Words of a fingerprint.
pub const WORDS: usize = 16;

/// What two people compare aloud.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Fingerprint([u8; WORDS]);

impl Fingerprint {
    /// Of a root key, or of any key that is pinned.
    pub fn of(public: &[u8; 32]) -> Self {
        let digest: [u8; 32] = Sha256::new()
            .chain_update("standclear/fingerprint/1")
            .chain_update(public)
            .finalize()
            .into();
        let mut half = [0; WORDS];
        half.copy_from_slice(&digest[..WORDS]);
        Self(half)
    }

    /// Sixteen words.
    pub fn words(&self) -> [&'static str; WORDS] {
        self.0.map(|byte| LIST[usize::from(byte)])
    }

    /// Forty digits, in eight groups of five: each two bytes as a number.
    pub fn digits(&self) -> String {
        let group = |pair: &[u8]| {
            let number = pair
                .iter()
                .fold(0u32, |number, byte| number << 8 | u32::from(*byte));
            format!("{number:05}")
        };
        self.0.chunks(2).map(group).collect::<Vec<_>>().join(" ")
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words().join(" "))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[rustfmt::skip]
const LIST: [&str; 256] = [
    "acorn", "actor", "adobe", "album", "almond", "amber", "anchor", "ankle", "apron", "arch",
    "arrow", "attic", "autumn", "avenue", "bacon", "badge", "bamboo", "banana", "banjo", "barrel",
    "basket", "bazaar", "beach", "beaver", "berry", "biscuit", "blossom", "bonnet", "bottle",
    "branch", "bread", "bridge", "broom", "bubble", "buffalo", "butter", "cabin", "cactus",
    "camel", "candle", "canoe", "carpet", "castle", "cavern", "cedar", "chalk", "charm", "cheese",
    "chimney", "cinema", "circus", "clover", "cobalt", "cocoa", "coffee", "collar", "comet",
    "copper", "coral", "cotton", "cousin", "cradle", "cricket", "crystal", "curtain", "cushion",
    "daisy", "dancer", "desert", "diamond", "ditch", "doctor", "dolphin", "donkey", "dragon",
    "drawer", "drizzle", "duck", "eagle", "easel", "echo", "elbow", "emerald", "engine",
    "estuary", "fabric", "falcon", "feather", "fennel", "ferret", "fiddle", "finger", "fjord",
    "flower", "flute", "forest", "fossil", "furnace", "galaxy", "garlic", "gate", "gecko",
    "geyser", "giraffe", "glove", "goblet", "granite", "grape", "gravel", "guitar", "hamlet",
    "hammer", "harbor", "hazel", "helmet", "hermit", "heron", "horizon", "hyena", "igloo",
    "indigo", "inkwell", "insect", "iris", "island", "ivory", "jaguar", "jasmine", "jelly",
    "jewel", "jigsaw", "juniper", "kayak", "kettle", "kiosk", "kitchen", "knot", "koala",
    "ladder", "lagoon", "lantern", "lattice", "ledger", "lemon", "leopard", "library", "lily",
    "linen", "lobster", "locket", "lotus", "lunch", "magnet", "mango", "marble", "meadow",
    "mirror", "mitten", "mosaic", "mountain", "muffin", "mulberry", "museum", "napkin", "nectar",
    "needle", "nephew", "nickel", "nomad", "nugget", "nutmeg", "oasis", "oatmeal", "ocean",
    "octopus", "olive", "onion", "orange", "orbit", "orchard", "otter", "oyster", "palace",
    "panda", "paprika", "parrot", "parsley", "peanut", "pebble", "pelican", "pencil", "piano",
    "pigeon", "pirate", "planet", "plaza", "poet", "pony", "pretzel", "puppet", "puzzle",
    "pyramid", "quartz", "quilt", "quiver", "rabbit", "radish", "raisin", "rhubarb", "ribbon",
    "robin", "ruby", "saddle", "saffron", "salmon", "scarf", "school", "shelf", "silver",
    "slipper", "spider", "sugar", "summer", "sunset", "syrup", "tadpole", "teapot", "thimble",
    "tiger", "tomato", "topaz", "trumpet", "tulip", "tundra", "tunnel", "turnip", "turtle",
    "twilight", "umbrella", "uncle", "valley", "vanilla", "vineyard", "violin", "vulture",
    "wagon", "walnut", "walrus", "whistle", "willow", "window", "wizard", "yogurt", "zebra",
    "zigzag", "zipper",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn differ_by_one_letter(a: &str, b: &str) -> bool {
        a.len() == b.len() && a.bytes().zip(b.bytes()).filter(|(a, b)| a != b).count() <= 1
    }

    #[test]
    fn no_two_words_are_alike() {
        for (index, one) in LIST.iter().enumerate() {
            assert!((3..=9).contains(&one.len()) && one.bytes().all(|b| b.is_ascii_lowercase()));
            for other in &LIST[index + 1..] {
                assert!(one < other, "{one} before {other}");
                assert!(one.get(..4).unwrap_or(one) != other.get(..4).unwrap_or(other));
                assert!(!differ_by_one_letter(one, other), "{one} {other}");
            }
        }
    }

    #[test]
    fn a_fingerprint_reads_the_same_forever() {
        let fingerprint = Fingerprint::of(&[7; 32]);
        assert_eq!(fingerprint.words().len(), WORDS);
        assert_eq!(
            fingerprint.to_string(),
            "ocean echo cabin palace wagon cinema bonnet rabbit leopard jigsaw attic jaguar wagon rhubarb fossil furnace"
        );
        assert_eq!(
            fingerprint.digits(),
            "44368 09398 62769 07117 36994 02942 62928 24673"
        );
        assert_ne!(fingerprint, Fingerprint::of(&[8; 32]));
    }
}
