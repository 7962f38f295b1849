//! Tiles and entry bundles (c2sp.org/tlog-tiles): the paths and contents a log is published as.

use std::fmt;
use std::str::FromStr;

use crate::MAX_TREE_SIZE;
use crate::hash::{HASH_BYTES, Hash};
use crate::proof::ProveError;
use crate::text;

/// Hashes of a full tile, entries of a full bundle: "full tiles MUST be exactly 256 hashes wide".
pub const TILE_WIDTH: u16 = 256;
/// Bytes of an entry: "sequences of big-endian uint16 length-prefixed log entries".
pub const MAX_ENTRY_BYTES: usize = u16::MAX as usize;
/// Bytes of a tile's path: the longest is `tile/entries/x018/x014/x398/x509/x481/983.p/255`.
pub const MAX_TILE_PATH_BYTES: usize = 64;

/// Levels of the tree that a tile level spans.
const TILE_HEIGHT: u8 = 8;

/// Why a tile, a path or a bundle is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TileError {
    #[error(
        "a tile's path reads `tile/<level or entries>/<index as x001/234>`, and `.p/<width>` where it is partial"
    )]
    Path,
    #[error("a tile has 1 to {TILE_WIDTH} hashes or entries, not {width}")]
    Width { width: u16 },
    #[error("no tree of at most {MAX_TREE_SIZE} entries has this tile")]
    OutOfRange,
    #[error("the tile should have {expected} bytes and has {found}")]
    TileLength { expected: usize, found: usize },
    #[error("the bundle should have {expected} entries and has {found}")]
    BundleCount { expected: usize, found: usize },
    #[error("entry {index} of the bundle is cut short")]
    EntryTruncated { index: usize },
    #[error("an entry has at most {MAX_ENTRY_BYTES} bytes, this one has {length}")]
    EntryTooLong { length: usize },
}

/// What a tile holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TileKind {
    /// Hashes of the tree at level `8 * level`.
    Hashes { level: u8 },
    /// An entry bundle.
    Entries,
}

/// A tile's name, and with [`Display`](fmt::Display) and [`FromStr`] its path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tile {
    kind: TileKind,
    index: u64,
    width: u16,
}

impl Tile {
    /// A tile by kind, index in its level, and width (256 where it is full).
    ///
    /// # Errors
    /// [`TileError::Width`] or [`TileError::OutOfRange`].
    pub fn new(kind: TileKind, index: u64, width: u16) -> Result<Self, TileError> {
        if width == 0 || width > TILE_WIDTH {
            return Err(TileError::Width { width });
        }
        let nodes = u128::from(index) * u128::from(TILE_WIDTH) + u128::from(width);
        let most = MAX_TREE_SIZE.checked_shr(tree_level(kind)).unwrap_or(0);
        if nodes > u128::from(most) {
            return Err(TileError::OutOfRange);
        }
        Ok(Self { kind, index, width })
    }

    pub fn kind(&self) -> TileKind {
        self.kind
    }

    pub fn index(&self) -> u64 {
        self.index
    }

    /// Hashes or entries in it, 1 to 256.
    pub fn width(&self) -> u16 {
        self.width
    }

    pub fn is_full(&self) -> bool {
        self.width == TILE_WIDTH
    }

    /// Whether a tree of `size` entries has all that the tile holds.
    pub fn is_in(&self, size: u64) -> bool {
        let (_, first) = self.first_node();
        first + u64::from(self.width) <= size >> tree_level(self.kind)
    }

    /// Level and index, in the tree, of the first hash; for a bundle, of the first entry's leaf.
    pub fn first_node(&self) -> (u8, u64) {
        // INVARIANT: in range, so the level is below 64 and the product fits.
        (
            tree_level(self.kind) as u8,
            self.index * u64::from(TILE_WIDTH),
        )
    }

    /// The bytes of a tile of hashes; of a bundle, those of the level 0 tile beside it.
    ///
    /// # Errors
    /// [`ProveError::MissingHash`] where `read(level, index)` has none.
    pub fn hashes(&self, read: impl Fn(u8, u64) -> Option<Hash>) -> Result<Vec<u8>, ProveError> {
        let (level, first) = self.first_node();
        let mut bytes = Vec::with_capacity(usize::from(self.width) * HASH_BYTES);
        for index in first..first + u64::from(self.width) {
            let hash = read(level, index).ok_or(ProveError::MissingHash { level, index })?;
            bytes.extend_from_slice(hash.as_bytes());
        }
        Ok(bytes)
    }

    /// Reads the bytes of a tile of hashes. They prove nothing until a checkpoint's root is recomputed
    /// from them.
    pub fn parse_hashes(&self, bytes: &[u8]) -> Result<Vec<Hash>, TileError> {
        let expected = usize::from(self.width) * HASH_BYTES;
        let (chunks, rest) = bytes.as_chunks();
        if bytes.len() != expected || !rest.is_empty() {
            return Err(TileError::TileLength {
                expected,
                found: bytes.len(),
            });
        }
        Ok(chunks.iter().copied().map(Hash).collect())
    }

    /// Reads an entry bundle of this width.
    pub fn parse_entries<'a>(&self, bundle: &'a [u8]) -> Result<Vec<&'a [u8]>, TileError> {
        let expected = usize::from(self.width);
        let found = entries(bundle)
            .take(expected + 1)
            .collect::<Result<Vec<_>, _>>()?;
        if found.len() != expected {
            return Err(TileError::BundleCount {
                expected,
                found: found.len(),
            });
        }
        Ok(found)
    }
}

fn tree_level(kind: TileKind) -> u32 {
    match kind {
        TileKind::Hashes { level } => u32::from(level) * u32::from(TILE_HEIGHT),
        TileKind::Entries => 0,
    }
}

/// Appends an entry to a bundle. Bundles behind each other read as one: so a whole log can be written.
///
/// # Errors
/// [`TileError::EntryTooLong`]; the bundle is then as it was.
pub fn push_entry(bundle: &mut Vec<u8>, entry: &[u8]) -> Result<(), TileError> {
    let length = entry.len();
    let prefix = u16::try_from(length).map_err(|_| TileError::EntryTooLong { length })?;
    bundle.extend_from_slice(&prefix.to_be_bytes());
    bundle.extend_from_slice(entry);
    Ok(())
}

/// The entries of a bundle, or of several behind each other. After an error there is nothing more.
pub fn entries(mut bundle: &[u8]) -> impl Iterator<Item = Result<&[u8], TileError>> {
    let mut index = 0;
    std::iter::from_fn(move || {
        if bundle.is_empty() {
            return None;
        }
        let entry = split_entry(bundle).map(|(entry, rest)| {
            bundle = rest;
            entry
        });
        let entry = entry.ok_or(TileError::EntryTruncated { index });
        if entry.is_err() {
            bundle = &[];
        }
        index += 1;
        Some(entry)
    })
}

fn split_entry(bundle: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bundle.split_first_chunk()?;
    rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))
}

impl fmt::Display for Tile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            TileKind::Hashes { level } => write!(f, "tile/{level}/")?,
            TileKind::Entries => f.write_str("tile/entries/")?,
        }
        // "Zero-padded 3-digit path elements. All but the last path element MUST begin with an x."
        let groups = self.index.checked_ilog(1000).unwrap_or(0);
        for group in (1..=groups).rev() {
            write!(f, "x{:03}/", self.index / 1000_u64.pow(group) % 1000)?;
        }
        write!(f, "{:03}", self.index % 1000)?;
        if !self.is_full() {
            write!(f, ".p/{}", self.width)?;
        }
        Ok(())
    }
}

impl FromStr for Tile {
    type Err = TileError;

    fn from_str(path: &str) -> Result<Self, TileError> {
        if path.len() > MAX_TILE_PATH_BYTES {
            return Err(TileError::Path);
        }
        let rest = path.strip_prefix("tile/").ok_or(TileError::Path)?;
        let (kind, rest) = rest.split_once('/').ok_or(TileError::Path)?;
        let (index, width) = match rest.split_once(".p/") {
            Some((index, width)) => (index, small_decimal(width)?),
            None => (rest, TILE_WIDTH),
        };
        let kind = match kind {
            "entries" => TileKind::Entries,
            level => TileKind::Hashes {
                level: small_decimal(level)?,
            },
        };
        let tile = Self::new(kind, parse_index(index)?, width)?;
        // One tile has one path: whatever else was spelled otherwise is refused here.
        if tile.to_string() == path {
            Ok(tile)
        } else {
            Err(TileError::Path)
        }
    }
}

fn small_decimal<N: TryFrom<u64>>(digits: &str) -> Result<N, TileError> {
    let number = text::decimal(digits).ok_or(TileError::Path)?;
    N::try_from(number).map_err(|_| TileError::Path)
}

fn parse_index(elements: &str) -> Result<u64, TileError> {
    elements.split('/').try_fold(0_u64, |index, element| {
        let digits = element.strip_prefix('x').unwrap_or(element);
        if digits.len() != 3 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(TileError::Path);
        }
        let group: u64 = digits.parse().map_err(|_| TileError::Path)?;
        let index = index.checked_mul(1000).ok_or(TileError::OutOfRange)?;
        index.checked_add(group).ok_or(TileError::OutOfRange)
    })
}
