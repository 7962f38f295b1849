//! The places of the basemap by name: whoever searches finds one that no tile on the screen holds.
//!
//! They are read out of the vector tiles of its highest zoom (Mapbox Vector Tile 2.1), of which only what a point and its names need is
//! understood.

use crate::basemap::{Basemap, Unreadable};
use flate2::read::GzDecoder;
use std::collections::BTreeMap;
use std::f64::consts::PI;
use std::io::Read as _;
use std::sync::LazyLock;

/// Places of one answer, the best first.
pub const MAX_FOUND: usize = 12;
/// Places that are kept.
pub const MAX_PLACES: usize = 200_000;
/// Bytes of a tile, unpacked.
const MAX_UNPACKED: u64 = 16 << 20;
/// The layer, and its properties.
const LAYER: &[u8] = b"places";
const NAMES: [&[u8]; 4] = [b"name", b"en", b"ru", b"ar"];
const PEOPLE: &[u8] = b"pop";

static SHIPPED: LazyLock<Result<Gazetteer, Unreadable>> =
    LazyLock::new(|| Basemap::shipped().and_then(Gazetteer::of));

/// A place that has a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// As the map writes it, then in English, Russian and Arabic where it has that.
    pub names: Vec<String>,
    /// Ten-millionths of a degree: as exact as the map, which is some tens of metres.
    pub latitude: i32,
    pub longitude: i32,
    pub people: u64,
    /// `names`, as they are compared.
    folded: Vec<String>,
}

/// Every place of a map, the largest first.
#[derive(Debug)]
pub struct Gazetteer {
    places: Vec<Named>,
}

impl Gazetteer {
    /// The places of the map in this binary. The first who asks waits until they are read.
    ///
    /// # Errors
    /// [`Unreadable`], which a test rules out.
    pub fn shipped() -> Result<&'static Self, Unreadable> {
        SHIPPED.as_ref().map_err(|unreadable| *unreadable)
    }

    fn of(map: &Basemap) -> Result<Self, Unreadable> {
        let zoom = map.about.max_zoom;
        let [west, south, east, north] = map.about.bounds.map(|e7| f64::from(e7) / 1e7);
        let (columns, rows) = (
            column(west, zoom)..=column(east, zoom),
            row(north, zoom)..=row(south, zoom),
        );
        // A place near an edge lies in two tiles.
        let mut found: BTreeMap<(i32, i32, String), Named> = BTreeMap::new();
        for x in columns {
            for y in rows.clone() {
                let Some(tile) = map.tile(zoom, x, y)? else {
                    continue;
                };
                for place in places(&unpacked(&tile)?, (zoom, x, y)).ok_or(TORN)? {
                    // Neighbouring tiles round alike to a few metres.
                    let key = (
                        place.latitude / 2_000,
                        place.longitude / 2_000,
                        place.names[0].clone(),
                    );
                    if found.len() < MAX_PLACES {
                        found.insert(key, place);
                    }
                }
            }
        }
        let mut places: Vec<Named> = found.into_values().collect();
        places.sort_by_key(|place| std::cmp::Reverse(place.people));
        Ok(Self { places })
    }

    /// At most [`MAX_FOUND`]: first those that are called so, then those whose name begins so, then those that hold it; the largest
    /// first among each. None of less than two letters.
    pub fn find(&self, wanted: &str) -> Vec<&Named> {
        let wanted = folded(wanted);
        if wanted.chars().count() < 2 {
            return Vec::new();
        }
        let rank = |place: &Named| {
            let of = |name: &String| match name.find(&wanted) {
                Some(0) if name.len() == wanted.len() => Some(0),
                Some(0) => Some(1),
                Some(_) => Some(2),
                None => None,
            };
            place.folded.iter().filter_map(of).min()
        };
        let mut found: Vec<(u8, &Named)> = (self.places.iter())
            .filter_map(|place| rank(place).map(|rank| (rank, place)))
            .collect();
        found.sort_by_key(|(rank, _)| *rank);
        let best = found.into_iter().take(MAX_FOUND);
        best.map(|(_, place)| place).collect()
    }
}

impl Named {
    /// The name by which it was found.
    pub fn name_of(&self, wanted: &str) -> &str {
        let wanted = folded(wanted);
        let at = self.folded.iter().position(|name| name.contains(&wanted));
        &self.names[at.unwrap_or(0)]
    }
}

/// As names are compared: without case, apostrophes and vowel marks; a hyphen is a space.
fn folded(name: &str) -> String {
    let lower = name.trim().to_lowercase();
    let kept = lower.chars().filter(|character| {
        let is_mark =
            matches!(character, '\u{300}'..='\u{36f}' | '\u{64b}'..='\u{652}' | '\u{640}');
        !is_mark
            && !matches!(
                character,
                '\'' | '\u{2018}' | '\u{2019}' | '\u{2bb}' | '\u{2bc}' | '`'
            )
    });
    kept.map(|character| if character == '-' { ' ' } else { character })
        .collect()
}

const TORN: Unreadable = Unreadable("a tile of it is no vector tile");

fn unpacked(tile: &[u8]) -> Result<Vec<u8>, Unreadable> {
    let mut whole = Vec::new();
    let read = GzDecoder::new(tile)
        .take(MAX_UNPACKED)
        .read_to_end(&mut whole);
    read.map(|_| whole).map_err(|_| TORN)
}

/// Columns and rows of tiles, from the north-west.
fn column(longitude: f64, zoom: u8) -> u32 {
    within((longitude + 180.0) / 360.0, zoom)
}

fn row(latitude: f64, zoom: u8) -> u32 {
    let phi = latitude.clamp(-85.0, 85.0).to_radians();
    within((1.0 - phi.tan().asinh() / PI) / 2.0, zoom)
}

fn within(share: f64, zoom: u8) -> u32 {
    let all = f64::from(1u32 << zoom);
    // INVARIANT: between nought and the last.
    (share * all).floor().clamp(0.0, all - 1.0) as u32
}

/// The places of a tile; `None`: it is no vector tile.
fn places(tile: &[u8], (zoom, x, y): (u8, u32, u32)) -> Option<Vec<Named>> {
    let all = f64::from(1u32 << zoom);
    let mut found = Vec::new();
    for (field, value) in fields(tile) {
        let (3, Value::Bytes(layer)) = (field, value?) else {
            continue;
        };
        let layer = Layer::read(layer)?;
        if layer.name != LAYER {
            continue;
        }
        for feature in &layer.features {
            let (Some((across, down)), tags) = layer.point(feature)? else {
                continue;
            };
            let extent = f64::from(layer.extent);
            let longitude = (f64::from(x) + f64::from(across) / extent) / all * 360.0 - 180.0;
            let mercator = PI * (1.0 - 2.0 * (f64::from(y) + f64::from(down) / extent) / all);
            let latitude = mercator.sinh().atan().to_degrees();
            let text = |name: &[u8]| match tags.get(name) {
                Some(Value::Bytes(text)) => std::str::from_utf8(text)
                    .ok()
                    .filter(|text| !text.is_empty()),
                Some(Value::Number(_) | Value::Real(_)) | None => None,
            };
            let names: Vec<String> = NAMES
                .iter()
                .filter_map(|name| text(name))
                .map(str::to_owned)
                .collect();
            if names.is_empty() {
                continue;
            }
            let people = match tags.get(PEOPLE) {
                Some(Value::Number(people)) => *people,
                // INVARIANT: a saturating cast; nobody lives where it is less than nought.
                Some(Value::Real(people)) => *people as u64,
                Some(Value::Bytes(_)) | None => 0,
            };
            found.push(Named {
                folded: names.iter().map(|name| folded(name)).collect(),
                names,
                latitude: (latitude * 1e7).round() as i32,
                longitude: (longitude * 1e7).round() as i32,
                people,
            });
        }
    }
    Some(found)
}

struct Layer<'a> {
    name: &'a [u8],
    extent: u32,
    features: Vec<&'a [u8]>,
    keys: Vec<&'a [u8]>,
    values: Vec<Value<'a>>,
}

/// Where a point is in its tile, if it is one, and what is said of it.
type Point<'a> = (Option<(i32, i32)>, BTreeMap<&'a [u8], Value<'a>>);

impl<'a> Layer<'a> {
    fn read(bytes: &'a [u8]) -> Option<Self> {
        let mut layer = Self {
            name: b"",
            extent: 4096,
            features: Vec::new(),
            keys: Vec::new(),
            values: Vec::new(),
        };
        for (field, value) in fields(bytes) {
            match (field, value?) {
                (1, Value::Bytes(name)) => layer.name = name,
                (2, Value::Bytes(feature)) => layer.features.push(feature),
                (3, Value::Bytes(key)) => layer.keys.push(key),
                (4, Value::Bytes(value)) => layer.values.push(said(value)?),
                (5, Value::Number(extent)) => {
                    layer.extent = u32::try_from(extent).ok().filter(|of| *of > 0)?
                }
                (_other, _) => {}
            }
        }
        Some(layer)
    }

    fn point(&self, feature: &'a [u8]) -> Option<Point<'a>> {
        let (mut is_point, mut at, mut tags) = (false, None, BTreeMap::new());
        for (field, value) in fields(feature) {
            match (field, value?) {
                (2, Value::Bytes(packed)) => {
                    let pairs = numbers(packed)?;
                    for pair in pairs.chunks_exact(2) {
                        let index = |of: u64| usize::try_from(of).ok();
                        let key = self.keys.get(index(pair[0])?)?;
                        tags.insert(*key, *self.values.get(index(pair[1])?)?);
                    }
                }
                (3, Value::Number(kind)) => is_point = kind == 1,
                (4, Value::Bytes(packed)) => {
                    // Move to, once, then how far: across, down.
                    at = match numbers(packed)?.as_slice() {
                        [9, across, down] => Some((zigzag(*across)?, zigzag(*down)?)),
                        _other => None,
                    };
                }
                (_other, _) => {}
            }
        }
        Some((at.filter(|_| is_point), tags))
    }
}

fn zigzag(number: u64) -> Option<i32> {
    let half = i64::try_from(number >> 1).ok()?;
    i32::try_from(if number & 1 == 1 { -half - 1 } else { half }).ok()
}

/// A field's value, as protobuf has it.
#[derive(Clone, Copy, Debug)]
enum Value<'a> {
    Number(u64),
    Real(f64),
    Bytes(&'a [u8]),
}

/// A value of a layer: the one field that it has. A number below nought is none that is asked for.
fn said(bytes: &[u8]) -> Option<Value<'_>> {
    fields(bytes)
        .next()
        .map_or(Some(Value::Bytes(b"")), |(_, value)| value)
}

/// The fields of a message; `None` instead of a value, and no more, where it is broken off.
fn fields(bytes: &[u8]) -> impl Iterator<Item = (u64, Option<Value<'_>>)> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let Some((field, value)) = field(&mut rest) else {
            rest = &[];
            return Some((0, None));
        };
        Some((field, Some(value)))
    })
}

fn field<'a>(rest: &mut &'a [u8]) -> Option<(u64, Value<'a>)> {
    let tag = varint(rest)?;
    let value = match tag & 7 {
        0 => Value::Number(varint(rest)?),
        1 => Value::Real(f64::from_le_bytes(*taken(rest, 8)?.first_chunk()?)),
        2 => {
            let length = usize::try_from(varint(rest)?).ok()?;
            Value::Bytes(taken(rest, length)?)
        }
        5 => Value::Real(f64::from(f32::from_le_bytes(
            *taken(rest, 4)?.first_chunk()?,
        ))),
        _unknown => return None,
    };
    Some((tag >> 3, value))
}

fn taken<'a>(rest: &mut &'a [u8], length: usize) -> Option<&'a [u8]> {
    let (taken, after) = rest.split_at_checked(length)?;
    *rest = after;
    Some(taken)
}

fn varint(rest: &mut &[u8]) -> Option<u64> {
    let mut number = 0u64;
    for shift in (0..64).step_by(7) {
        let (byte, after) = rest.split_first()?;
        *rest = after;
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

fn numbers(packed: &[u8]) -> Option<Vec<u64>> {
    let mut rest = packed;
    let mut numbers = Vec::new();
    while !rest.is_empty() {
        numbers.push(varint(&mut rest)?);
    }
    Some(numbers)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(wanted: &str) -> Vec<&'static Named> {
        Gazetteer::shipped().unwrap().find(wanted)
    }

    #[test]
    fn places_of_the_whole_map_are_found_by_name_the_largest_first() {
        let all = &Gazetteer::shipped().unwrap().places;
        assert!(all.len() > 500, "{}", all.len());
        // Far apart: no screen shows tiles of both at the zoom at which small places are drawn.
        for (wanted, latitude, longitude) in [
            ("aleppo", 36.2, 37.16),
            ("Mosul", 36.34, 43.12),
            ("baghdad", 33.3, 44.4),
        ] {
            let [first, ..] = found(wanted)[..] else {
                panic!("{wanted} is not found");
            };
            let at = (
                f64::from(first.latitude) / 1e7,
                f64::from(first.longitude) / 1e7,
            );
            assert!(
                (at.0 - latitude).abs() < 0.1 && (at.1 - longitude).abs() < 0.1,
                "{wanted}: {at:?}"
            );
        }
        let people: Vec<u64> = found("al").iter().map(|place| place.people).collect();
        assert_eq!(people.len(), MAX_FOUND);
    }

    #[test]
    fn a_name_is_found_however_it_is_marked_and_the_whole_name_before_a_part_of_it() {
        assert_eq!(folded("Dayr az-Zawr "), "dayr az zawr");
        assert_eq!(folded("Ma\u{2018}arrat"), "maarrat");
        assert_eq!(folded("É").chars().count(), 1);
        let first = found("homs");
        let is_exact = |place: &Named| place.folded.iter().any(|name| name == "homs");
        let exact: Vec<bool> = first.iter().map(|place| is_exact(place)).collect();
        assert!(exact.is_sorted_by(|one, other| one >= other), "{exact:?}");
    }

    #[test]
    fn one_letter_finds_nothing_and_no_place_is_there_twice() {
        assert!(found("a").is_empty());
        assert!(found(" ").is_empty());
        let all = &Gazetteer::shipped().unwrap().places;
        let mut seen = std::collections::BTreeSet::new();
        for place in all {
            let near = (
                place.latitude / 10_000,
                place.longitude / 10_000,
                &place.names[0],
            );
            assert!(seen.insert(near), "{place:?}");
        }
    }

    #[test]
    fn a_tile_that_is_broken_off_is_no_tile_and_nothing_panics() {
        let map = Basemap::shipped().unwrap();
        let tile = unpacked(&map.tile(9, 313, 202).unwrap().unwrap()).unwrap();
        assert!(places(&tile, (9, 313, 202)).is_some());
        let torn = (0..tile.len())
            .step_by(7)
            .filter(|end| places(&tile[..*end], (9, 313, 202)).is_none());
        assert!(torn.count() > 0);
        for at in (0..tile.len()).step_by(3) {
            let mut altered = tile.clone();
            altered[at] ^= 0xff;
            let _ = places(&altered, (9, 313, 202));
        }
    }
}
