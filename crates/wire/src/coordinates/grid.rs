//! The UTM zones, and the letters and digits of MGRS (NGA.STND.0037).
//!
//! Between 80 degrees south and 84 degrees north; the polar grids are not carried.

use model::place::{DEGREE_E7, Position};

use super::mercator::{Geodetic, Projected, TransverseMercator, UTM_SCALE, WGS84};

const BANDS: &[u8; 20] = b"CDEFGHJKLMNPQRSTUVWX";
const COLUMNS: [&[u8; 8]; 3] = [b"STUVWXYZ", b"ABCDEFGH", b"JKLMNPQR"];
const ROWS: &[u8; 20] = b"ABCDEFGHJKLMNPQRSTUV";
const SQUARE: i64 = 100_000;
const FALSE_EASTING: f64 = 500_000.0;
const FALSE_NORTHING: f64 = 10_000_000.0;

/// Most digits of each of the two numbers: 1 m.
pub const MAX_DIGITS: u32 = 5;

/// Why a reference names no square.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoSquare {
    /// A zone from 1 to 60, and a band letter C to X without I and O.
    Zone,
    /// Band X has no zones 32, 34 and 36.
    NoSuchZone,
    /// This column letter is not used in this zone.
    Column,
    /// This row letter does not occur in this band.
    Row,
    /// The letters are possible, but the square lies in another zone.
    OtherZone,
}

/// A square of a grid reference: its south-west corner in whole metres, and its side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Square {
    pub zone: u8,
    pub north: bool,
    /// With the false easting.
    pub easting: i64,
    /// From the equator: negative in the south.
    pub northing: i64,
    pub side: i64,
}

/// A reference taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reference {
    pub zone: u8,
    pub band: char,
    pub column: char,
    pub row: char,
    /// Of the two numbers together, as they were written.
    pub easting: i64,
    pub northing: i64,
    /// In each of the two numbers: 1 to `MAX_DIGITS`.
    pub digits: u32,
}

fn projection(zone: u8) -> TransverseMercator {
    TransverseMercator::new(WGS84, UTM_SCALE, 6.0 * f64::from(zone) - 183.0)
}

/// Latitudes of a band, in degrees; X is half as high again.
fn band_limits(band: usize) -> (f64, f64) {
    let south = -80.0 + 8.0 * band as f64;
    (south, if band == 19 { 84.0 } else { south + 8.0 })
}

/// Longitudes of a zone in a band, in degrees, with the exceptions of Norway and Svalbard; none where there is no zone.
fn zone_limits(zone: u8, band: usize) -> Option<(f64, f64)> {
    let west = 6.0 * f64::from(zone) - 186.0;
    match (band, zone) {
        (17, 31) => Some((0.0, 3.0)),
        (17, 32) => Some((3.0, 12.0)),
        (19, 31) => Some((0.0, 9.0)),
        (19, 33) => Some((9.0, 21.0)),
        (19, 35) => Some((21.0, 33.0)),
        (19, 37) => Some((33.0, 42.0)),
        (19, 32 | 34 | 36) => None,
        (_, 1..=60) => Some((west, west + 6.0)),
        (_, _) => None,
    }
}

/// The band of a latitude, in degrees.
fn band_of(latitude: f64) -> Option<usize> {
    let band = (0..20).rev().find(|band| latitude >= band_limits(*band).0);
    band.filter(|_| latitude <= 84.0)
}

/// The zone in which a position is referenced.
fn zone_of(place: Geodetic, band: usize) -> Option<u8> {
    (1..=60).find(|zone| {
        zone_limits(*zone, band)
            .is_some_and(|(west, east)| west <= place.longitude && place.longitude < east)
    })
}

fn degrees(position: Position) -> Geodetic {
    let one = f64::from(DEGREE_E7);
    Geodetic {
        latitude: f64::from(position.latitude().as_e7()) / one,
        longitude: f64::from(position.longitude().as_e7()) / one,
    }
}

/// The square of side 10 to the power of 5 - `digits` metres that contains `position`: cut off, never rounded.
///
/// None beyond 80 degrees south and 84 degrees north.
pub fn print(position: Position, digits: u32) -> Option<String> {
    let place = degrees(position);
    let band = band_of(place.latitude)?;
    let zone = zone_of(place, band)?;
    let point = projection(zone).project(place);
    let easting = libm::floor(point.east + FALSE_EASTING) as i64;
    let northing = libm::floor(point.north) as i64;
    let (column, row) = letters(zone, easting, northing)?;
    let digits = digits.clamp(1, MAX_DIGITS);
    let cut = 10i64.pow(MAX_DIGITS - digits);
    let number = |metres: i64| metres.rem_euclid(SQUARE) / cut;
    let (band, width) = (char::from(BANDS[band]), digits as usize);
    let (easting, northing) = (number(easting), number(northing));
    Some(format!(
        "{zone}{band} {column}{row} {easting:0width$} {northing:0width$}"
    ))
}

fn letters(zone: u8, easting: i64, northing: i64) -> Option<(char, char)> {
    let column = usize::try_from(easting.div_euclid(SQUARE) - 1).ok()?;
    let column = COLUMNS[usize::from(zone) % 3].get(column)?;
    let row = northing.div_euclid(SQUARE) + row_offset(zone);
    Some((
        char::from(*column),
        char::from(ROWS[row.rem_euclid(20) as usize]),
    ))
}

/// In even zones the rows begin with F at the equator.
fn row_offset(zone: u8) -> i64 {
    if zone.is_multiple_of(2) { 5 } else { 0 }
}

/// Finds the square that a reference names.
///
/// Refused unless some part of the square lies in the zone and band that the reference names.
pub fn locate(reference: Reference) -> Result<Square, NoSquare> {
    let index =
        |letters: &[u8], letter: char| letters.iter().position(|one| char::from(*one) == letter);
    let zone = reference.zone;
    let band = index(BANDS, reference.band).ok_or(NoSquare::Zone)?;
    if !(1..=60).contains(&zone) {
        return Err(NoSquare::Zone);
    }
    let limits = zone_limits(zone, band).ok_or(NoSquare::NoSuchZone)?;
    let column = index(COLUMNS[usize::from(zone) % 3], reference.column).ok_or(NoSquare::Column)?;
    let row = index(ROWS, reference.row).ok_or(NoSquare::Row)?;
    let side = 10i64.pow(MAX_DIGITS - reference.digits);
    let easting = (column as i64 + 1) * SQUARE + reference.easting * side;
    let first = (row as i64 - row_offset(zone)).rem_euclid(20) * SQUARE + reference.northing * side;
    // Rows repeat every 2,000 km; a band is 888 km high.
    let mut other_zone = false;
    for period in -5..5 {
        let northing = first + period * 20 * SQUARE;
        let square = Square {
            zone,
            north: northing >= 0,
            easting,
            northing,
            side,
        };
        let (in_band, in_zone) = overlap(&square, band_limits(band), limits);
        if in_band && in_zone {
            return Ok(square);
        }
        other_zone |= in_band;
    }
    Err(if other_zone {
        NoSquare::OtherZone
    } else {
        NoSquare::Row
    })
}

/// Whether a square has a part in these latitudes, and one in these longitudes.
fn overlap(square: &Square, band: (f64, f64), zone: (f64, f64)) -> (bool, bool) {
    let middle = (zone.0 + zone.1) / 2.0;
    let corners = [(0, 0), (0, 1), (1, 0), (1, 1)].map(|(up, aside)| {
        let corner = Square {
            easting: square.easting + aside * square.side,
            northing: square.northing + up * square.side,
            ..*square
        };
        let place = corner.geodetic(0.0);
        (
            place.latitude,
            middle + libm::remainder(place.longitude - middle, 360.0),
        )
    });
    let meets = |value: fn(&(f64, f64)) -> f64, limits: (f64, f64)| {
        let (low, high) = corners
            .iter()
            .map(value)
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
                (low.min(value), high.max(value))
            });
        low < limits.1 && high > limits.0
    };
    (
        meets(|corner| corner.0, band),
        meets(|corner| corner.1, zone),
    )
}

impl Square {
    /// A point this many metres north and east of the south-west corner.
    fn geodetic(&self, inward: f64) -> Geodetic {
        projection(self.zone).unproject(Projected {
            north: self.northing as f64 + inward,
            east: self.easting as f64 - FALSE_EASTING + inward,
        })
    }

    /// The south-west corner. It is taken 2 cm inside, so that, rounded to 1e-7 degree, it still lies in the square
    /// and prints as the same reference.
    pub fn corner(&self) -> Geodetic {
        self.geodetic(0.02)
    }
}

/// The latitude and longitude of UTM coordinates, the northing counted as the hemisphere has it.
///
/// None outside the zone by more than the customary overlap, or beyond the latitudes of the grid.
pub fn from_utm(zone: u8, north: bool, easting: f64, northing: f64) -> Option<Geodetic> {
    if !(1..=60).contains(&zone) || !(100_000.0..900_000.0).contains(&easting) {
        return None;
    }
    let from_equator = if north {
        northing
    } else {
        northing - FALSE_NORTHING
    };
    let right_side = if north {
        from_equator >= 0.0
    } else {
        from_equator <= 0.0
    };
    if !right_side || from_equator.abs() > 9_400_000.0 {
        return None;
    }
    let east = easting - FALSE_EASTING;
    let place = projection(zone).unproject(Projected {
        north: from_equator,
        east,
    });
    (-80.0..=84.0).contains(&place.latitude).then_some(place)
}

/// Whether a latitude in degrees lies in the band of this letter.
pub fn in_band(latitude: f64, letter: char) -> bool {
    let band = BANDS.iter().position(|one| char::from(*one) == letter);
    band.map(band_limits)
        .is_some_and(|(south, north)| south <= latitude && latitude <= north)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(latitude: f64, longitude: f64) -> Position {
        let e7 = |degrees: f64| libm::round(degrees * f64::from(DEGREE_E7)) as i32;
        Position::from_e7(e7(latitude), e7(longitude)).unwrap()
    }

    #[test]
    fn references_come_out_as_geotrans_has_them() {
        let known = [
            (35.255, 40.14, "37S FV 03705 01917"),
            (35.2854, 40.176, "37S FV 06940 05327"),
            (35.3359, 40.1408, "37S FV 03674 10891"),
            (60.5, 4.5, "32V KN 52928 15548"),
            (78.2, 15.6, "33X WG 13696 80760"),
            (-33.86, 151.21, "56H LH 34416 51925"),
            (0.000_01, 0.000_01, "31N AA 66022 00001"),
            (-0.000_01, -179.999_99, "01M AV 66022 99998"),
            (83.9, 179.9, "60X WU 34390 17795"),
            (-79.9, -0.1, "30C WS 56752 28161"),
            (71.99, 10.0, "32W NE 34507 88103"),
            (72.01, 10.0, "33X UV 27817 97198"),
        ];
        for (latitude, longitude, expected) in known {
            let printed = print(at(latitude, longitude), 5).unwrap();
            assert_eq!(
                printed,
                expected.trim_start_matches('0'),
                "{latitude} {longitude}"
            );
        }
        assert_eq!(print(at(84.1, 0.0), 5), None);
        assert_eq!(print(at(-80.1, 0.0), 5), None);
    }

    #[test]
    fn digits_are_cut_off_never_rounded() {
        let position = at(35.255, 40.14);
        assert_eq!(print(position, 4).unwrap(), "37S FV 0370 0191");
        assert_eq!(print(position, 1).unwrap(), "37S FV 0 0");
    }

    fn reference(zone: u8, letters: &str) -> Reference {
        let mut letters = letters.chars();
        let mut next = || letters.next().unwrap();
        let (band, column, row) = (next(), next(), next());
        Reference {
            zone,
            band,
            column,
            row,
            easting: 37,
            northing: 19,
            digits: 3,
        }
    }

    #[test]
    fn a_square_in_the_wrong_zone_is_refused_with_the_reason() {
        assert!(locate(reference(37, "SFV")).is_ok());
        assert_eq!(locate(reference(36, "SFV")), Err(NoSquare::Column));
        assert_eq!(locate(reference(37, "SFK")), Err(NoSquare::Row));
        assert_eq!(locate(reference(37, "IFV")), Err(NoSquare::Zone));
        assert_eq!(locate(reference(61, "SFV")), Err(NoSquare::Zone));
        assert_eq!(locate(reference(32, "XNE")), Err(NoSquare::NoSuchZone));
        // Column A of zone 37 lies 300 to 400 km west of its meridian: at 60 N that is zone 36.
        assert_eq!(locate(reference(37, "VAG")), Err(NoSquare::OtherZone));
    }
}
