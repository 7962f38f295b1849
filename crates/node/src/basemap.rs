//! A basemap: a PMTiles archive (version 3), read where it lies. One comes out of the binary; [`crate::maps`] has the operator's.
//!
//! What must be shown with the one of the binary is in data/NOTICE.md; the console does. Directories are read whole when a map is
//! opened; a tile is then one look-up and a slice of the archive.

use flate2::read::GzDecoder;
use std::borrow::Cow;
use std::fs::File;
use std::io::Read as _;
use std::os::unix::fs::FileExt as _;
use std::sync::LazyLock;

/// Bytes of one directory, packed or unpacked.
pub const MAX_DIRECTORY: usize = 64 << 20;
/// Directories below the first.
pub const MAX_LEAVES: usize = 64 << 10;
/// Entries of all directories together.
pub const MAX_ENTRIES: usize = 4 << 20;
/// Bytes of one tile, as it lies in the archive.
pub const MAX_TILE: u64 = 8 << 20;
/// Bytes of what an archive says of itself, packed or unpacked.
pub const MAX_METADATA: usize = 1 << 20;
/// Layers that it may name.
pub const MAX_LAYERS: usize = 64;
/// Characters of its title, of whom it is owed to, and of a layer's name.
pub const MAX_SAID: usize = 200;
/// The specification allows leaves of leaves, and advises against more.
const MAX_DEPTH: u8 = 3;
/// Beyond it a tile's number would not fit.
const MAX_ZOOM: u8 = 31;

const HEADER: usize = 127;
const NONE: u8 = 1;
const GZIP: u8 = 2;

static SHIPPED: LazyLock<Result<Basemap, Unreadable>> = LazyLock::new(|| {
    let archive = include_bytes!("../data/basemap-syria-iraq.pmtiles");
    Basemap::read(Archive::Held(Cow::Borrowed(archive)), MAX_ENTRIES)
});

/// Why an archive cannot be used. What to do about it, whoever offers it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it is no PMTiles archive that can be shown: {0}")]
pub struct Unreadable(pub &'static str);

/// Where an archive's bytes are.
#[derive(Debug)]
pub enum Archive {
    Held(Cow<'static, [u8]>),
    /// A file, and how many bytes it had when it was opened.
    File(File, u64),
}

impl Archive {
    /// Bytes of it, if they are all there and no more than `most`.
    fn part(&self, offset: u64, length: u64, most: u64) -> Result<Cow<'_, [u8]>, Unreadable> {
        if length > most {
            return Err(Unreadable("a part of it is too large"));
        }
        let until = offset.checked_add(length).ok_or(BROKEN)?;
        match self {
            Archive::Held(bytes) => {
                let range = usize::try_from(offset)
                    .ok()
                    .zip(usize::try_from(until).ok());
                let part = range.and_then(|(from, until)| bytes.get(from..until));
                part.map(Cow::Borrowed).ok_or(BROKEN)
            }
            Archive::File(file, size) => {
                if until > *size {
                    return Err(BROKEN);
                }
                // INVARIANT: no more than `most`, which is some MiB.
                let mut part = vec![0; usize::try_from(length).map_err(|_| BROKEN)?];
                file.read_exact_at(&mut part, offset).map_err(|_| BROKEN)?;
                Ok(Cow::Owned(part))
            }
        }
    }

    fn size(&self) -> u64 {
        match self {
            Archive::Held(bytes) => bytes.len() as u64,
            Archive::File(_, size) => *size,
        }
    }
}

const BROKEN: Unreadable = Unreadable("it is broken off");
/// For what room there was.
pub const TOO_MANY: Unreadable = Unreadable("it has too many tiles");

/// What the tiles of a map are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tiles {
    /// Vector tiles, packed by gzip or not.
    Vector {
        gzip: bool,
    },
    Png,
    Jpeg,
    Webp,
    Avif,
}

impl Tiles {
    const fn of(kind: u8, packed: u8) -> Option<Self> {
        match (kind, packed) {
            (1, NONE) => Some(Tiles::Vector { gzip: false }),
            (1, GZIP) => Some(Tiles::Vector { gzip: true }),
            (2, 0 | NONE) => Some(Tiles::Png),
            (3, 0 | NONE) => Some(Tiles::Jpeg),
            (4, 0 | NONE) => Some(Tiles::Webp),
            (5, 0 | NONE) => Some(Tiles::Avif),
            _not_shown => None,
        }
    }

    /// vector, png, jpeg, webp, avif.
    pub const fn name(self) -> &'static str {
        match self {
            Tiles::Vector { .. } => "vector",
            Tiles::Png => "png",
            Tiles::Jpeg => "jpeg",
            Tiles::Webp => "webp",
            Tiles::Avif => "avif",
        }
    }

    /// As HTTP names it.
    pub const fn media_type(self) -> &'static str {
        match self {
            Tiles::Vector { .. } => "application/vnd.mapbox-vector-tile",
            Tiles::Png => "image/png",
            Tiles::Jpeg => "image/jpeg",
            Tiles::Webp => "image/webp",
            Tiles::Avif => "image/avif",
        }
    }
}

/// What a map says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct About {
    pub tiles: Tiles,
    pub min_zoom: u8,
    pub max_zoom: u8,
    /// West, south, east, north, in ten-millionths of a degree.
    pub bounds: [i32; 4],
    pub title: String,
    /// To whom it is owed: text alone, whatever the archive has there.
    pub attribution: String,
    /// Of vector tiles: their layers.
    pub layers: Vec<String>,
}

/// An archive of tiles.
#[derive(Debug)]
pub struct Basemap {
    archive: Archive,
    /// Where the tiles begin, and how many bytes they are.
    tiles: (u64, u64),
    /// By number; runs do not overlap.
    runs: Vec<Run>,
    pub about: About,
}

/// Tiles that follow one another and are the same.
#[derive(Clone, Copy, Debug)]
struct Run {
    first: u64,
    count: u64,
    offset: u64,
    length: u64,
}

impl Basemap {
    /// The map of this binary.
    ///
    /// # Errors
    /// [`Unreadable`], which a test rules out.
    pub fn shipped() -> Result<&'static Self, Unreadable> {
        SHIPPED.as_ref().map_err(|unreadable| *unreadable)
    }

    /// `most`: how many entries its directories may have together.
    ///
    /// # Errors
    /// [`Unreadable`]: not PMTiles 3, tiles of a kind that browsers do not draw, broken off, or beyond a limit.
    pub fn read(archive: Archive, most: usize) -> Result<Self, Unreadable> {
        let header = archive.part(0, HEADER as u64, HEADER as u64);
        let header = header.map_err(|_| Unreadable("it is too short"))?;
        if !header.starts_with(b"PMTiles\x03") {
            return Err(Unreadable("it does not begin as one of version 3"));
        }
        let packed = match header[97] {
            NONE => Packed::Not,
            GZIP => Packed::Gzip,
            _other => {
                return Err(Unreadable(
                    "its directories are packed by neither gzip nor nothing",
                ));
            }
        };
        let tiles = Tiles::of(header[99], header[98]).ok_or(Unreadable(
            "its tiles are neither vector tiles, packed by gzip or not, nor PNG, JPEG, WebP or AVIF",
        ))?;
        let zooms = (header[100], header[101]);
        if zooms.0 > zooms.1 || zooms.1 > MAX_ZOOM {
            return Err(Unreadable("its zooms are none"));
        }
        let bounds =
            [102, 106, 110, 114].map(|at| i32::from_le_bytes([0, 1, 2, 3].map(|n| header[at + n])));
        let [west, south, east, north] = bounds;
        let is_on_earth = west >= -1_800_000_000
            && east <= 1_800_000_000
            && south >= -900_000_000
            && north <= 900_000_000;
        if west >= east || south >= north || !is_on_earth {
            return Err(Unreadable("its bounds are none"));
        }
        let metadata = archive.part(
            number(&header, 24),
            number(&header, 32),
            MAX_METADATA as u64,
        )?;
        let metadata = packed.open(&metadata, MAX_METADATA)?;
        let at = (number(&header, 56), number(&header, 64));
        if at
            .0
            .checked_add(at.1)
            .is_none_or(|end| end > archive.size())
        {
            return Err(BROKEN);
        }
        let mut reading = Reading {
            leaves: (number(&header, 40), number(&header, 48)),
            tiles: at.1,
            packed,
            most,
            left: MAX_LEAVES,
            runs: Vec::new(),
        };
        reading.take(&archive, (number(&header, 8), number(&header, 16)), 0)?;
        let mut runs = reading.runs;
        runs.sort_unstable_by_key(|run| run.first);
        let said = Said::read(&metadata);
        drop((header, metadata));
        Ok(Self {
            archive,
            tiles: at,
            runs,
            about: About {
                tiles,
                min_zoom: zooms.0,
                max_zoom: zooms.1,
                bounds,
                title: said.name,
                attribution: said.attribution,
                layers: said.layers,
            },
        })
    }

    /// The tile, as it lies in the archive; `None` where the map has nothing.
    ///
    /// # Errors
    /// [`Unreadable`]: the file is no longer what it was when it was opened.
    pub fn tile(&self, z: u8, x: u32, y: u32) -> Result<Option<Cow<'_, [u8]>>, Unreadable> {
        let Some(number) = tile_number(z, x, y) else {
            return Ok(None);
        };
        let after = self.runs.partition_point(|run| run.first <= number);
        let run = after
            .checked_sub(1)
            .and_then(|before| self.runs.get(before));
        match run.filter(|run| number - run.first < run.count) {
            // INVARIANT: the sum was looked at when the map was opened.
            Some(run) => self
                .archive
                .part(self.tiles.0 + run.offset, run.length, MAX_TILE)
                .map(Some),
            None => Ok(None),
        }
    }

    /// How many tiles can be asked for.
    pub fn count(&self) -> u64 {
        self.runs.iter().map(|run| run.count).sum()
    }

    /// How many entries its directories have.
    pub fn entries(&self) -> usize {
        self.runs.len()
    }

    /// Bytes of the archive.
    pub fn size(&self) -> u64 {
        self.archive.size()
    }
}

/// How the directories of an archive, and what it says of itself, are packed.
#[derive(Clone, Copy)]
enum Packed {
    Not,
    Gzip,
}

impl Packed {
    fn open(self, bytes: &[u8], most: usize) -> Result<Cow<'_, [u8]>, Unreadable> {
        let Packed::Gzip = self else {
            return Ok(Cow::Borrowed(bytes));
        };
        let mut whole = Vec::new();
        let unpacked = GzDecoder::new(bytes)
            .take(most as u64 + 1)
            .read_to_end(&mut whole);
        match unpacked {
            Ok(_) if whole.len() <= most => Ok(Cow::Owned(whole)),
            Ok(_) => Err(Unreadable("a part of it is too large")),
            Err(_) => Err(Unreadable(
                "a directory of it, or what it says of itself, cannot be unpacked",
            )),
        }
    }
}

/// Its directories, while they are read.
struct Reading {
    leaves: (u64, u64),
    /// Bytes of the tiles.
    tiles: u64,
    packed: Packed,
    most: usize,
    /// How many more directories may be read.
    left: usize,
    runs: Vec<Run>,
}

impl Reading {
    fn take(
        &mut self,
        archive: &Archive,
        (offset, length): (u64, u64),
        depth: u8,
    ) -> Result<(), Unreadable> {
        if depth > MAX_DEPTH {
            return Err(Unreadable("its directories are too deep"));
        }
        let bytes = archive.part(offset, length, MAX_DIRECTORY as u64)?;
        let bytes = self.packed.open(&bytes, MAX_DIRECTORY)?;
        for (run, is_leaf) in directory(&bytes)? {
            let end = run.offset.checked_add(run.length);
            let is_in = |size: u64| end.is_some_and(|end| end <= size);
            if is_leaf {
                self.left = self
                    .left
                    .checked_sub(1)
                    .ok_or(Unreadable("it has too many directories"))?;
                if !is_in(self.leaves.1) {
                    return Err(BROKEN);
                }
                let at = self.leaves.0.checked_add(run.offset).ok_or(BROKEN)?;
                self.take(archive, (at, run.length), depth + 1)?;
            } else if self.runs.len() == self.most {
                return Err(TOO_MANY);
            } else if run.length > MAX_TILE {
                return Err(Unreadable("a tile of it is too large"));
            } else if is_in(self.tiles) {
                self.runs.push(run);
            } else {
                return Err(BROKEN);
            }
        }
        Ok(())
    }
}

/// What an archive says of itself in words: shown to officers, and trusted for nothing.
#[derive(Default)]
struct Said {
    name: String,
    attribution: String,
    layers: Vec<String>,
}

impl Said {
    /// Whatever can be made out of it.
    fn read(metadata: &[u8]) -> Self {
        let said: serde_json::Value = serde_json::from_slice(metadata).unwrap_or_default();
        let text = |name: &str| plain(said[name].as_str().unwrap_or_default());
        // An archive that was made out of MBTiles may have its layers in a text of JSON, as those have.
        let inner = said["json"]
            .as_str()
            .map(serde_json::from_str::<serde_json::Value>);
        let inner = inner.and_then(Result::ok).unwrap_or_default();
        let of = match said["vector_layers"].is_array() {
            true => &said,
            false => &inner,
        };
        let layers = of["vector_layers"].as_array().into_iter().flatten();
        let layers = layers.filter_map(|layer| layer["id"].as_str());
        Self {
            name: text("name"),
            attribution: text("attribution"),
            layers: layers
                .take(MAX_LAYERS)
                .map(|name| name.chars().take(MAX_SAID).collect())
                .collect(),
        }
    }
}

/// Text without marks of HTML or anything that is not shown: whose map it is may be said as a link.
fn plain(text: &str) -> String {
    let mut is_mark = false;
    let kept = text.chars().filter(|character| {
        is_mark = match character {
            '<' => true,
            '>' if is_mark => {
                is_mark = false;
                return false;
            }
            _other => is_mark,
        };
        !is_mark && !character.is_control()
    });
    kept.take(MAX_SAID).collect::<String>().trim().to_owned()
}

fn number(header: &[u8], at: usize) -> u64 {
    let bytes = header[at..at + 8].iter().rev();
    bytes.fold(0, |number, byte| (number << 8) | u64::from(*byte))
}

/// The runs of a directory, and which of them are leaves.
fn directory(bytes: &[u8]) -> Result<Vec<(Run, bool)>, Unreadable> {
    let mut rest = bytes;
    let count = usize::try_from(varint(&mut rest)?).unwrap_or(usize::MAX);
    // Each entry takes four bytes at least.
    if count > rest.len() / 4 {
        return Err(Unreadable("a directory is broken off"));
    }
    let column = |rest: &mut &[u8]| {
        (0..count)
            .map(|_| varint(rest))
            .collect::<Result<Vec<u64>, _>>()
    };
    let (steps, counts, lengths, offsets) = (
        column(&mut rest)?,
        column(&mut rest)?,
        column(&mut rest)?,
        column(&mut rest)?,
    );
    let mut runs: Vec<(Run, bool)> = Vec::with_capacity(count);
    let mut first = 0u64;
    for index in 0..count {
        let sum = |a: u64, b: u64| {
            a.checked_add(b)
                .ok_or(Unreadable("a number in it is too high"))
        };
        first = sum(first, steps[index])?;
        let offset = match (offsets[index], runs.last()) {
            // Nought: it follows the one before.
            (0, Some((before, _))) => sum(before.offset, before.length)?,
            (0, None) => return Err(Unreadable("its first entry follows nothing")),
            (given, _) => given - 1,
        };
        let run = Run {
            first,
            count: counts[index],
            offset,
            length: lengths[index],
        };
        sum(first, run.count)?;
        runs.push((run, run.count == 0));
    }
    Ok(runs)
}

fn varint(rest: &mut &[u8]) -> Result<u64, Unreadable> {
    let mut number = 0u64;
    for shift in (0..64).step_by(7) {
        let (byte, after) = rest
            .split_first()
            .ok_or(Unreadable("a directory is broken off"))?;
        *rest = after;
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Ok(number);
        }
    }
    Err(Unreadable("a number in it is too high"))
}

/// A tile's number on the Hilbert curve of its zoom, after all tiles of lower zooms.
fn tile_number(z: u8, x: u32, y: u32) -> Option<u64> {
    if z > MAX_ZOOM || u64::from(x) >> z != 0 || u64::from(y) >> z != 0 {
        return None;
    }
    let before = ((1u64 << (2 * z)) - 1) / 3;
    let (mut x, mut y) = (u64::from(x), u64::from(y));
    let mut along = 0;
    for bit in (0..z).rev() {
        let side = 1u64 << bit;
        let (east, south) = (x & side != 0, y & side != 0);
        along += side * side * ((3 * u64::from(east)) ^ u64::from(south));
        if !south {
            if east {
                x = (side - 1) & !x;
                y = (side - 1) & !y;
            }
            (x, y) = (y, x);
        }
        x &= side - 1;
        y &= side - 1;
    }
    Some(before + along)
}

#[cfg(test)]
mod tests;
