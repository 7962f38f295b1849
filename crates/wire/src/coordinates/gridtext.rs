//! Grid references as they are typed: MGRS, UTM and Gauss-Krüger.

use super::angles::{rounded, stated};
use super::grid::{NoSquare, Reference, from_utm, in_band, locate};
use super::sk42::from_gauss_kruger;
use super::text::{Decimal, excerpt, latin_look_alike};
use super::{Datum, Form, Parsed, PositionUnreadable};

/// Reads MGRS or UTM; none if the text is neither by its looks.
pub fn parse(plain: &str) -> Option<Result<Parsed, PositionUnreadable>> {
    let latin: String = plain.chars().map(latin_look_alike).collect();
    let zone_digits = latin.bytes().take_while(u8::is_ascii_digit).count();
    let rest = latin[zone_digits..].trim_start();
    let letters: String = rest
        .chars()
        .filter(|c| *c != ' ')
        .take_while(char::is_ascii_alphabetic)
        .collect();
    if zone_digits == 0 && letters.len() == 3 {
        return polar(plain, &letters, rest);
    }
    let zone = (1..=2)
        .contains(&zone_digits)
        .then(|| latin[..zone_digits].parse::<u8>().ok())??;
    match letters.len() {
        3 => Some(parse_mgrs(plain, zone, rest)),
        1 => parse_utm(plain, zone, rest),
        _ if rest.starts_with("NORTH ") || rest.starts_with("SOUTH ") => {
            parse_utm(plain, zone, rest)
        }
        _ => None,
    }
}

/// The polar grid begins with its band letter.
fn polar(plain: &str, letters: &str, rest: &str) -> Option<Result<Parsed, PositionUnreadable>> {
    let digits = rest.bytes().filter(u8::is_ascii_digit).count();
    let looks = letters.starts_with(['A', 'B', 'Y', 'Z']) && digits > 0;
    let only = rest
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b' ');
    (looks && only).then(|| Err(PositionUnreadable::Polar(excerpt(plain))))
}

fn parse_mgrs(plain: &str, zone: u8, rest: &str) -> Result<Parsed, PositionUnreadable> {
    let form = || PositionUnreadable::Form(excerpt(plain));
    let compact: Vec<char> = rest.chars().filter(|c| *c != ' ').collect();
    let [band, column, row, numbers @ ..] = compact.as_slice() else {
        return Err(form());
    };
    if !numbers.iter().all(char::is_ascii_digit) {
        return Err(form());
    }
    let count = numbers.len();
    if count == 0 || count > 10 || count % 2 == 1 || !evenly_split(rest) {
        return Err(PositionUnreadable::Digits(excerpt(plain), count));
    }
    let number = |digits: &[char]| {
        digits.iter().fold(0, |sum, digit| {
            sum * 10 + i64::from(digit.to_digit(10).unwrap_or(0))
        })
    };
    let (east, north) = numbers.split_at(count / 2);
    let reference = Reference {
        zone,
        band: *band,
        column: *column,
        row: *row,
        easting: number(east),
        northing: number(north),
        digits: (count / 2) as u32,
    };
    let square = locate(reference).map_err(|refused| {
        let text = excerpt(plain);
        match refused {
            NoSquare::Zone if "ABYZ".contains(*band) => PositionUnreadable::Polar(text),
            NoSquare::Zone => PositionUnreadable::Zone(text),
            NoSquare::NoSuchZone => PositionUnreadable::NoSuchZone(text),
            NoSquare::Column => PositionUnreadable::Column(text),
            NoSquare::Row => PositionUnreadable::Row(text),
            NoSquare::OtherZone => PositionUnreadable::OtherZone(text),
        }
    })?;
    let position = rounded(square.corner()).ok_or_else(form)?;
    // The diagonal, on the ground where the grid is smallest against it.
    let precision = square.side as f64 * std::f64::consts::SQRT_2 * 1.001 + 0.03;
    Ok(stated(position, precision, Form::Mgrs, Datum::Wgs84))
}

/// Whether spaces, if any stand among the digits, part them in two equal halves.
fn evenly_split(rest: &str) -> bool {
    let digits = rest.trim_start_matches(|c: char| c.is_ascii_alphabetic() || c == ' ');
    let groups: Vec<usize> = digits.split(' ').map(str::len).collect();
    match groups.as_slice() {
        [_] => true,
        [east, north] => east == north,
        [..] => false,
    }
}

fn parse_utm(plain: &str, zone: u8, rest: &str) -> Option<Result<Parsed, PositionUnreadable>> {
    let words: Vec<&str> = rest
        .split([' ', ',', ';'])
        .filter(|word| !word.is_empty())
        .collect();
    let (letter, numbers) = words.split_first()?;
    let [east, north] = numbers else { return None };
    let number = |word: &str, letter: char| {
        let bare = word.trim_end_matches(letter).trim_end_matches('M');
        Decimal::read(bare).filter(|read| read.whole_digits >= 6 && read.places <= 3)
    };
    // What has no six digits before the point is no UTM: perhaps degrees with a letter.
    let (east, north) = (number(east, 'E')?, number(north, 'N')?);
    Some(utm(plain, zone, letter, east, north))
}

fn utm(
    plain: &str,
    zone: u8,
    letter: &str,
    east: Decimal,
    north: Decimal,
) -> Result<Parsed, PositionUnreadable> {
    let refused = || PositionUnreadable::Utm(excerpt(plain));
    let metres = |read: Decimal| read.digits as f64 / read.scale() as f64;
    let at = |in_north: bool| from_utm(zone, in_north, metres(east), metres(north));
    let in_its_band =
        |in_north: bool, letter: char| at(in_north).filter(|place| in_band(place.latitude, letter));
    let place = match (letter, letter.chars().next()) {
        ("NORTH", _) => at(true),
        ("SOUTH", _) => at(false),
        // Band N lies in the north: both readings agree.
        ("N", _) => at(true),
        // S is south of the equator for some, and the band from 32 to 40 north for others.
        ("S", _) => match (in_its_band(true, 'S'), at(false)) {
            (Some(_), Some(_)) => {
                return Err(PositionUnreadable::Ambiguous(
                    excerpt(plain),
                    "write NORTH or SOUTH after the zone, or give the grid reference with its letters",
                ));
            }
            (Some(place), None) | (None, Some(place)) => Some(place),
            (None, None) => None,
        },
        (_, Some(band)) => in_its_band(true, band).or_else(|| in_its_band(false, band)),
        (_, None) => None,
    };
    let position = place.and_then(rounded).ok_or_else(refused)?;
    let unit = |read: Decimal| 1.0 / read.scale() as f64;
    let precision = libm::hypot(unit(east), unit(north)) * 1.001 + 0.01;
    Ok(stated(position, precision, Form::Utm, Datum::Wgs84))
}

/// Reads northing X and easting Y after the name of the datum; none if the text is no such pair by its looks.
pub fn parse_gauss_kruger(plain: &str) -> Option<Result<Parsed, PositionUnreadable>> {
    let latin: String = plain.chars().map(latin_look_alike).collect();
    let spaced = latin
        .replace(['=', ':', ',', ';'], " ")
        .replace('X', " X ")
        .replace('Y', " Y ");
    let words: Vec<&str> = spaced.split(' ').filter(|word| !word.is_empty()).collect();
    let (x, y) = match words.as_slice() {
        ["X", x, "Y", y] | ["Y", y, "X", x] | [x, y] => (*x, *y),
        [..] => return None,
    };
    let (x, y) = (Decimal::read(x)?, Decimal::read(y)?);
    if y.whole_digits < 6 || x.whole_digits < 4 {
        return None;
    }
    Some(gauss_kruger(plain, x, y))
}

fn gauss_kruger(plain: &str, x: Decimal, y: Decimal) -> Result<Parsed, PositionUnreadable> {
    let refused = || PositionUnreadable::GaussKruger(excerpt(plain));
    let metres = |read: Decimal| read.digits as f64 / read.scale() as f64;
    let place = from_gauss_kruger(metres(x), metres(y)).map_err(|_| refused())?;
    let position = rounded(place).ok_or_else(refused)?;
    let unit = |read: Decimal| 1.0 / read.scale() as f64;
    let precision = libm::hypot(unit(x), unit(y)) * 1.001 + 0.01;
    Ok(stated(position, precision, Form::GaussKruger, Datum::Sk42))
}
