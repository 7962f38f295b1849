//! Bearings and distances as they are typed.

use model::units::{Bearing, Millimetres};
use thiserror::Error;

use super::text::{Decimal, MAX_TEXT, Unsuitable, excerpt, plain};

#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RangeUnreadable {
    #[error(
        "the text is over {MAX_TEXT} bytes long, or holds control characters: type one bearing and distance"
    )]
    Unsuitable,
    #[error("`{0}` is no bearing: type degrees from true north such as 221° or 221.5, or 3929 mil")]
    Bearing(String),
    #[error("`{0}` is not from true north: convert it, and leave the letter out or write T")]
    NotTrue(String),
    #[error("`{0}` is over a full turn: check it")]
    OverATurn(String),
    #[error("`{0}` is no distance: type one such as 4.1 km, 4100 m or 2.2 NM")]
    Distance(String),
    #[error("`{0}` has no unit: add m, km or NM")]
    NoUnit(String),
    #[error(
        "`{0}` can be read in two ways: leave out what parts the thousands, as in 1500 m, or write other than three decimals"
    )]
    Thousands(String),
    #[error("`{0}` is farther than the Earth is round: check its unit")]
    TooFar(String),
    #[error("`{0}` is no bearing and distance: type both, such as 221° 4.1 km")]
    Both(String),
}

model::says! { RangeUnreadable, "range":
    "unsuitable" Unsuitable;
    "bearing" Bearing(typed);
    "not-true" NotTrue(typed);
    "over-a-turn" OverATurn(typed);
    "distance" Distance(typed);
    "no-unit" NoUnit(typed);
    "thousands" Thousands(typed);
    "too-far" TooFar(typed);
    "both" Both(typed);
}

impl From<Unsuitable> for RangeUnreadable {
    fn from(_: Unsuitable) -> Self {
        Self::Unsuitable
    }
}

/// A true bearing, good to one in the last digit that was typed: `precision` thousandths of a degree either way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StatedBearing {
    pub bearing: Bearing,
    pub precision: u32,
}

/// A distance, good to one in the last digit that was typed, either way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StatedDistance {
    pub distance: Millimetres,
    pub precision: Millimetres,
}

/// Reads a true bearing: `221`, `221.5°`, `221°30'`, `221° T`, `3929 mil` (6400 to the turn).
pub fn parse_bearing(text: &str) -> Result<StatedBearing, RangeUnreadable> {
    bearing(&plain(text)?)
}

/// Reads a distance: `4100 m`, `4.1 km`, `4,1 км`, `2.2 NM`, `13500 ft`.
pub fn parse_distance(text: &str) -> Result<StatedDistance, RangeUnreadable> {
    distance(&plain(text)?)
}

/// Reads both: `221° 4.1 km`, `221 / 4100 m`, `221°30' 2.2 NM`.
pub fn parse_bearing_and_distance(
    text: &str,
) -> Result<(StatedBearing, StatedDistance), RangeUnreadable> {
    let plain = plain(text)?;
    let neither = || RangeUnreadable::Both(excerpt(&plain));
    // The distance is the last number, with what follows it.
    let last_digit = plain
        .rfind(|c: char| c.is_ascii_digit())
        .ok_or_else(neither)?;
    let before = plain[..last_digit]
        .rfind(|c: char| !(c.is_ascii_digit() || c == '.' || c == ','))
        .ok_or_else(neither)?;
    let start = before + plain[before..].chars().next().map_or(1, char::len_utf8);
    let (first, second) = plain.split_at(start);
    let first = first.trim_end_matches([' ', '/', ',', ';']);
    if first.is_empty() {
        return Err(neither());
    }
    Ok((bearing(first)?, distance(second)?))
}

fn decimal(text: &str) -> Option<Decimal> {
    Decimal::read(&text.trim().replace(',', "."))
}

fn bearing(plain: &str) -> Result<StatedBearing, RangeUnreadable> {
    let unreadable = || RangeUnreadable::Bearing(excerpt(plain));
    let number = plain.trim_end_matches(char::is_alphabetic).trim_end();
    let (millidegrees, precision) = match plain[number.len()..].trim() {
        "" | "T" | "TRUE" | "DEG" => degrees(number).ok_or_else(unreadable)?,
        "MIL" | "MILS" => {
            // 6400 to the turn: 56.25 thousandths of a degree.
            let read = decimal(number).ok_or_else(unreadable)?;
            (
                i64::try_from((read.in_units(56_250) + 500) / 1_000).ok(),
                read.last_digit_in_units(57),
            )
        }
        "M" | "MAG" | "MAGNETIC" | "G" | "GRID" => {
            return Err(RangeUnreadable::NotTrue(excerpt(plain)));
        }
        _ => return Err(unreadable()),
    };
    let turn = i64::from(Bearing::TURN);
    let millidegrees = millidegrees.filter(|value| *value <= turn);
    let millidegrees = millidegrees.ok_or_else(|| RangeUnreadable::OverATurn(excerpt(plain)))?;
    let bearing = Bearing::from_millidegrees((millidegrees % turn) as u32);
    let precision = u32::try_from(precision).map_err(|_| unreadable())?;
    Ok(StatedBearing {
        bearing: bearing.map_err(|_| unreadable())?,
        precision,
    })
}

/// Degrees, with minutes if they are marked; thousandths, and one in the last digit.
fn degrees(number: &str) -> Option<(Option<i64>, i64)> {
    let (degrees, minutes) = number.split_once('°').unwrap_or((number, ""));
    let (degrees, minutes) = (degrees.trim(), minutes.trim());
    if minutes.is_empty() {
        let read = decimal(degrees)?;
        return Some((
            i64::try_from(read.in_units(1_000)).ok(),
            read.last_digit_in_units(1_000),
        ));
    }
    let degrees = decimal(degrees).filter(|read| read.places == 0)?;
    let minutes = decimal(minutes.strip_suffix('\'')?)?;
    if minutes.digits >= 60 * minutes.scale() {
        return None;
    }
    let sixtieth = (i64::try_from(minutes.in_units(1_000)).ok()? + 30) / 60;
    let whole = i64::try_from(degrees.in_units(1_000)).ok()?;
    Some((
        Some(whole + sixtieth),
        (minutes.last_digit_in_units(1_000) + 59) / 60,
    ))
}

fn distance(plain: &str) -> Result<StatedDistance, RangeUnreadable> {
    let unreadable = || RangeUnreadable::Distance(excerpt(plain));
    let end = plain.find(|c: char| !(c.is_ascii_digit() || c == '.' || c == ','));
    let (number, unit) = plain.split_at(end.unwrap_or(plain.len()));
    let read = decimal(number).ok_or_else(unreadable)?;
    // Nobody measures metres or feet to three decimals; many part thousands so.
    let thousands = read.places == 3 && read.digits >= read.scale();
    if thousands
        && matches!(
            unit.trim(),
            "M" | "М" | "METRES" | "METERS" | "م" | "FT" | "FEET"
        )
    {
        return Err(RangeUnreadable::Thousands(excerpt(plain)));
    }
    // Tenths of a millimetre, in which a foot is whole.
    let tenths = match unit.trim() {
        "M" | "М" | "METRES" | "METERS" | "م" => 10_000,
        "KM" | "КМ" | "كم" => 10_000_000,
        "NM" | "NMI" => 18_520_000,
        "FT" | "FEET" => 3_048,
        "" => return Err(RangeUnreadable::NoUnit(excerpt(plain))),
        _ => return Err(unreadable()),
    };
    let to_mm = |tenths: i64| Millimetres::new((tenths + 5) / 10).ok();
    let too_far = || RangeUnreadable::TooFar(excerpt(plain));
    let distance = i64::try_from(read.in_units(tenths)).ok().and_then(to_mm);
    // The shortest way to the other side of the Earth is 20,004 km.
    let distance = distance.filter(|distance| distance.as_mm() <= 20_004_000_000);
    let precision = Millimetres::new((read.last_digit_in_units(tenths) + 9) / 10);
    Ok(StatedDistance {
        distance: distance.ok_or_else(too_far)?,
        precision: precision.map_err(|_| too_far())?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn bearings_are_read_with_their_precision() {
        let known = [
            ("221", 221_000, 1_000),
            ("221.5°", 221_500, 100),
            ("221,5 °", 221_500, 100),
            ("221°30'", 221_500, 17),
            ("221° T", 221_000, 1_000),
            ("٢٢١", 221_000, 1_000),
            ("360", 0, 1_000),
            ("3929 mil", 221_006, 57),
        ];
        for (typed, bearing, precision) in known {
            let read = parse_bearing(typed).unwrap();
            assert_eq!(
                (read.bearing.as_millidegrees(), read.precision),
                (bearing, precision),
                "{typed}"
            );
        }
        assert!(matches!(
            parse_bearing("221 M"),
            Err(RangeUnreadable::NotTrue(_))
        ));
        assert!(matches!(
            parse_bearing("361"),
            Err(RangeUnreadable::OverATurn(_))
        ));
        assert!(matches!(
            parse_bearing("221°60'"),
            Err(RangeUnreadable::Bearing(_))
        ));
        assert!(matches!(
            parse_bearing("-1"),
            Err(RangeUnreadable::Bearing(_))
        ));
    }

    #[test]
    fn distances_are_read_with_their_precision() {
        let known = [
            ("4100 m", 4_100_000, 1_000),
            ("4.1 km", 4_100_000, 100_000),
            ("4,1км", 4_100_000, 100_000),
            ("٤٫١ كم", 4_100_000, 100_000),
            ("2.2 NM", 4_074_400, 185_200),
            ("3 ft", 914, 305),
        ];
        for (typed, distance, precision) in known {
            let read = parse_distance(typed).unwrap();
            assert_eq!(
                (read.distance.as_mm(), read.precision.as_mm()),
                (distance, precision),
                "{typed}"
            );
        }
        assert!(matches!(
            parse_distance("4.1"),
            Err(RangeUnreadable::NoUnit(_))
        ));
        assert!(matches!(
            parse_distance("4.1 mi"),
            Err(RangeUnreadable::Distance(_))
        ));
        assert!(matches!(
            parse_distance("20005 km"),
            Err(RangeUnreadable::TooFar(_))
        ));
        assert!(matches!(
            parse_distance("9999999999999999 km"),
            Err(RangeUnreadable::TooFar(_))
        ));
    }

    #[test]
    fn a_separator_that_may_part_thousands_is_refused() {
        for typed in [
            "1,500m",
            "1.500 m",
            "1.500м",
            "13,500 ft",
            "١٫٥٠٠ م",
            "1.500 METRES",
        ] {
            let refused = parse_distance(typed);
            assert!(
                matches!(refused, Err(RangeUnreadable::Thousands(_))),
                "{typed}: {refused:?}"
            );
        }
        for (typed, mm) in [
            ("1.5 m", 1_500),
            ("1,50 m", 1_500),
            ("0.500 m", 500),
            ("1.5000 m", 1_500),
            ("1,500 km", 1_500_000),
            ("1.852 NM", 3_429_904),
        ] {
            assert_eq!(
                parse_distance(typed).unwrap().distance.as_mm(),
                mm,
                "{typed}"
            );
        }
        assert!(matches!(
            parse_bearing_and_distance("221° 1,500 m"),
            Err(RangeUnreadable::Thousands(_))
        ));
    }

    #[test]
    fn both_are_read_from_one_text() {
        for typed in [
            "221° 4.1 km",
            "221 4.1 km",
            "221/4.1km",
            "221°, 4,1 км",
            "221°T 4.1 km",
        ] {
            let (bearing, distance) = parse_bearing_and_distance(typed).unwrap();
            assert_eq!(bearing.bearing.as_millidegrees(), 221_000, "{typed}");
            assert_eq!(distance.distance.as_mm(), 4_100_000, "{typed}");
        }
        let (bearing, _) = parse_bearing_and_distance("221°30' 2.2 NM").unwrap();
        assert_eq!(bearing.bearing.as_millidegrees(), 221_500);
        assert!(matches!(
            parse_bearing_and_distance("4.1 km"),
            Err(RangeUnreadable::Both(_))
        ));
        assert!(parse_bearing_and_distance("221 M 4.1 km").is_err());
    }

    proptest! {
        #[test]
        fn a_printed_bearing_reads_back(millidegrees in 0..360_000u32) {
            let bearing = Bearing::from_millidegrees(millidegrees).unwrap();
            prop_assert_eq!(parse_bearing(&bearing.to_string()).unwrap().bearing, bearing);
        }

        #[test]
        fn no_text_makes_it_panic(text in "\\PC*", other in "([0-9]{1,17}|°|'|,|\\.| |km|m|NM|T|mil|/){0,9}") {
            for text in [&text, &other] {
                let _ = (parse_bearing(text), parse_distance(text), parse_bearing_and_distance(text));
            }
        }
    }
}
