//! Quantities as officers write them: `5 NM`, `1000 ft`, `15 min`, `06:00Z`, `35.2855, 40.1757`. Exact, in integers.

use model::place::{DEGREE_E7, Position};
use model::units::{DAY_MS, HOUR_MS, MINUTE_MS, Millimetres, Millis, SECOND_MS};

/// A whole number, a space, and `ms`, `s`, `min`, `h` or `d`.
pub(crate) fn duration(text: &str) -> Option<Millis> {
    let (number, unit) = text.split_once(' ')?;
    let unit = match unit {
        "ms" => 1,
        "s" => SECOND_MS,
        "min" => MINUTE_MS,
        "h" => HOUR_MS,
        "d" => DAY_MS,
        _unknown => return None,
    };
    Millis::new(digits(number)?.checked_mul(unit)?).ok()
}

/// A number of at most three decimals, a space, and `m`, `km`, `ft` or `NM`. What is no whole millimetre is rounded up.
pub(crate) fn length(text: &str) -> Option<Millimetres> {
    let (number, unit) = text.split_once(' ')?;
    // Tenths of a millimetre: the finest unit in which all four are whole.
    let unit = match unit {
        "m" => 10_000,
        "km" => 10_000_000,
        "ft" => 3_048,
        "NM" => 18_520_000,
        _unknown => return None,
    };
    let tenths_of_thousandths = decimal(number, 3)?.checked_mul(unit)?;
    Millimetres::new(
        tenths_of_thousandths.div_euclid(10_000) + i64::from(tenths_of_thousandths % 10_000 != 0),
    )
    .ok()
}

/// Latitude, comma, longitude: decimal degrees of at most seven decimals, south and west negative.
pub(crate) fn position(text: &str) -> Option<Position> {
    let (latitude, longitude) = text.split_once(',')?;
    let degrees = |text: &str| {
        let text = text.trim();
        let (sign, number) = match text.strip_prefix('-') {
            Some(number) => (-1, number),
            None => (1, text),
        };
        i32::try_from(sign * decimal(number, 7)?).ok()
    };
    Position::from_e7(degrees(latitude)?, degrees(longitude)?).ok()
}

/// `06:00Z`, as minutes after midnight UTC.
pub(crate) fn time_of_day(text: &str) -> Option<u16> {
    let (hours, minutes) = text.strip_suffix('Z')?.split_once(':')?;
    if hours.len() != 2 || minutes.len() != 2 {
        return None;
    }
    let (hours, minutes) = (digits(hours)?, digits(minutes)?);
    let known = hours < 24 && minutes < 60;
    known.then(|| u16::try_from(hours * 60 + minutes).ok())?
}

fn digits(text: &str) -> Option<i64> {
    let good = !text.is_empty() && text.len() <= 12 && text.bytes().all(|b| b.is_ascii_digit());
    if good { text.parse().ok() } else { None }
}

/// A number without sign, times ten to the power of `places`; exact.
fn decimal(text: &str, places: usize) -> Option<i64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    if fraction.len() > places {
        return None;
    }
    let scale = (0..places).try_fold(1i64, |scale, _| scale.checked_mul(10))?;
    let fraction = digits(&format!("{fraction:0<places$}"))?;
    digits(whole)?.checked_mul(scale)?.checked_add(fraction)
}

const _: () = assert!(DEGREE_E7 == 10_000_000, "seven decimals of a degree");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_exact_and_rounded_up() {
        let mm = |text| length(text).map(|length| length.as_mm());
        assert_eq!(mm("5 NM"), Some(9_260_000));
        assert_eq!(mm("1000 ft"), Some(304_800));
        assert_eq!(mm("1 ft"), Some(305));
        assert_eq!(mm("1.5 km"), Some(1_500_000));
        assert_eq!(mm("0.001 m"), Some(1));
        for bad in [
            "5",
            "5NM",
            "5 nm",
            "-5 m",
            "1.2345 m",
            "1e3 m",
            "99999999999 km",
            " 5 m",
            "5.. m",
        ] {
            assert_eq!(mm(bad), None, "{bad}");
        }
    }

    #[test]
    fn durations_and_times_of_day_are_read() {
        let ms = |text| duration(text).map(|span| span.as_ms());
        assert_eq!(ms("15 min"), Some(900_000));
        assert_eq!(ms("250 ms"), Some(250));
        assert_eq!(ms("1.5 h"), None);
        assert_eq!(time_of_day("06:30Z"), Some(390));
        for bad in ["06:30", "24:00Z", "6:30Z", "06:60Z", "+6:30Z"] {
            assert_eq!(time_of_day(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_position_is_exact() {
        let at = position("35.2855, -40.1757000").unwrap();
        assert_eq!(at, Position::from_e7(352_855_000, -401_757_000).unwrap());
        for bad in [
            "35.2855 40.1757",
            "91, 0",
            "35.28550001, 40",
            "35,2, 40",
            "--1, 2",
        ] {
            assert_eq!(position(bad), None, "{bad}");
        }
    }
}
