//! The basemap that comes out of the binary: a PMTiles archive (version 3), read where it lies.
//!
//! What must be shown with it is in data/NOTICE.md; the console does. Directories are read whole when the map is opened; a tile is then one look-up and a slice of the archive.

use flate2::read::GzDecoder;
use std::io::Read as _;
use std::sync::LazyLock;

/// Bytes of one directory, unpacked.
pub const MAX_DIRECTORY: usize = 64 << 20;
/// Entries of all directories together.
pub const MAX_ENTRIES: usize = 4 << 20;
/// The specification allows leaves of leaves, and advises against more.
const MAX_DEPTH: u8 = 3;
/// Beyond it a tile's number would not fit.
const MAX_ZOOM: u8 = 31;

const HEADER: usize = 127;
const GZIP: u8 = 2;
const VECTOR: u8 = 1;

static SHIPPED: LazyLock<Result<Basemap<'static>, Unreadable>> =
    LazyLock::new(|| Basemap::read(include_bytes!("../data/basemap-syria-iraq.pmtiles")));

/// Why an archive cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the basemap is no PMTiles archive that can be shown ({0}): build the program again")]
pub struct Unreadable(&'static str);

/// An archive of vector tiles, each packed by gzip.
#[derive(Debug)]
pub struct Basemap<'a> {
    tiles: &'a [u8],
    /// By number; runs do not overlap.
    runs: Vec<Run>,
}

/// Tiles that follow one another and are the same.
#[derive(Clone, Copy, Debug)]
struct Run {
    first: u64,
    count: u64,
    offset: u64,
    length: u64,
}

impl Basemap<'static> {
    /// The map of this binary.
    ///
    /// # Errors
    /// [`Unreadable`], which a test rules out.
    pub fn shipped() -> Result<&'static Self, Unreadable> {
        SHIPPED.as_ref().map_err(|unreadable| *unreadable)
    }
}

impl<'a> Basemap<'a> {
    /// # Errors
    /// [`Unreadable`]: not PMTiles 3, not vector tiles packed by gzip, broken off, or beyond a limit.
    pub fn read(archive: &'a [u8]) -> Result<Self, Unreadable> {
        let header = archive.get(..HEADER).ok_or(Unreadable("it is too short"))?;
        if !header.starts_with(b"PMTiles\x03") {
            return Err(Unreadable("it does not begin as one"));
        }
        if header[97..100] != [GZIP, GZIP, VECTOR] {
            return Err(Unreadable("its tiles are no vector tiles packed by gzip"));
        }
        let mut map = Self {
            tiles: part(archive, number(header, 56), number(header, 64))?,
            runs: Vec::new(),
        };
        let root = part(archive, number(header, 8), number(header, 16))?;
        let leaves = part(archive, number(header, 40), number(header, 48))?;
        map.take(root, leaves, 0)?;
        map.runs.sort_unstable_by_key(|run| run.first);
        Ok(map)
    }

    fn take(&mut self, packed: &[u8], leaves: &[u8], depth: u8) -> Result<(), Unreadable> {
        if depth > MAX_DEPTH {
            return Err(Unreadable("its directories are too deep"));
        }
        for (run, is_leaf) in directory(packed)? {
            if is_leaf {
                self.take(part(leaves, run.offset, run.length)?, leaves, depth + 1)?;
            } else if self.runs.len() < MAX_ENTRIES {
                part(self.tiles, run.offset, run.length)?;
                self.runs.push(run);
            } else {
                return Err(Unreadable("it has too many tiles"));
            }
        }
        Ok(())
    }

    /// The tile, packed by gzip; `None` where the map has nothing.
    pub fn tile(&self, z: u8, x: u32, y: u32) -> Option<&'a [u8]> {
        let number = tile_number(z, x, y)?;
        let after = self.runs.partition_point(|run| run.first <= number);
        let run = self.runs.get(after.checked_sub(1)?)?;
        let is_in = number - run.first < run.count;
        is_in.then(|| part(self.tiles, run.offset, run.length).ok())?
    }

    /// How many tiles can be asked for.
    pub fn count(&self) -> u64 {
        self.runs.iter().map(|run| run.count).sum()
    }
}

fn number(header: &[u8], at: usize) -> u64 {
    let bytes = header[at..at + 8].iter().rev();
    bytes.fold(0, |number, byte| (number << 8) | u64::from(*byte))
}

fn part(of: &[u8], offset: u64, length: u64) -> Result<&[u8], Unreadable> {
    let from = usize::try_from(offset).ok();
    let until = offset
        .checked_add(length)
        .and_then(|end| usize::try_from(end).ok());
    let range = from
        .zip(until)
        .and_then(|(from, until)| of.get(from..until));
    range.ok_or(Unreadable("it is broken off"))
}

/// The runs of a directory, and which of them are leaves.
fn directory(packed: &[u8]) -> Result<Vec<(Run, bool)>, Unreadable> {
    let mut bytes = Vec::new();
    let most = MAX_DIRECTORY as u64 + 1;
    let unpacked = GzDecoder::new(packed).take(most).read_to_end(&mut bytes);
    unpacked.map_err(|_| Unreadable("a directory cannot be unpacked"))?;
    if bytes.len() > MAX_DIRECTORY {
        return Err(Unreadable("a directory is too large"));
    }
    let mut rest = bytes.as_slice();
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
mod tests {
    use super::*;

    fn shipped() -> &'static Basemap<'static> {
        Basemap::shipped().unwrap()
    }

    #[test]
    fn tiles_are_numbered_as_the_specification_numbers_them() {
        for ((z, x, y), number) in [
            ((0, 0, 0), 0),
            ((1, 0, 0), 1),
            ((1, 0, 1), 2),
            ((1, 1, 1), 3),
            ((1, 1, 0), 4),
            ((2, 0, 0), 5),
            ((12, 3423, 1763), 19_078_479),
        ] {
            assert_eq!(tile_number(z, x, y), Some(number), "{z}/{x}/{y}");
        }
        assert_eq!(tile_number(1, 2, 0), None);
        assert_eq!(tile_number(32, 0, 0), None);
    }

    #[test]
    fn every_tile_of_the_shipped_map_can_be_had_and_unpacked() {
        let mut found = 0;
        for z in 0..=9u8 {
            for x in 0..1u32 << z {
                for y in 0..1u32 << z {
                    let Some(tile) = shipped().tile(z, x, y) else {
                        continue;
                    };
                    let mut layers = Vec::new();
                    GzDecoder::new(tile).read_to_end(&mut layers).unwrap();
                    assert!(!layers.is_empty(), "{z}/{x}/{y}");
                    found += 1;
                }
            }
        }
        assert_eq!(found, shipped().count());
        assert_eq!(found, 550);
    }

    #[test]
    fn the_shipped_map_shows_where_the_line_is_and_nothing_elsewhere() {
        // Deir ez-Zor at zoom 9, and the Pacific.
        assert!(shipped().tile(9, 313, 202).is_some());
        assert!(shipped().tile(9, 10, 202).is_none());
    }

    #[test]
    fn an_archive_that_is_cut_or_altered_is_refused_in_words() {
        let whole = include_bytes!("../data/basemap-syria-iraq.pmtiles");
        let refused = |bytes: &[u8]| Basemap::read(bytes).unwrap_err().to_string();
        assert!(refused(&whole[..126]).contains("too short"));
        assert!(refused(&whole[..whole.len() - 1]).contains("broken off"));
        assert!(refused(b"not a map".repeat(20).as_slice()).contains("does not begin"));
        let mut altered = whole.to_vec();
        altered[99] = 2;
        assert!(refused(&altered).contains("no vector tiles"));
        let mut altered = whole.to_vec();
        altered[140] ^= 0xff;
        assert!(refused(&altered).contains("director"));
    }
}
