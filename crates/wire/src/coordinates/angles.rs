//! Latitude and longitude in degrees, minutes and seconds.

use model::place::{DEGREE_E7, Position, StatedPosition};
use model::units::Millimetres;

use super::mercator::Geodetic;
use super::text::{Decimal, excerpt};
use super::{Datum, Form, Parsed, PositionUnreadable, sk42};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Axis {
    Latitude,
    Longitude,
}

/// North and east are positive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Hemisphere {
    axis: Axis,
    negative: bool,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Token {
    Number(Decimal),
    Minus,
    Plus,
    Degree,
    Minute,
    Second,
    Letter(Hemisphere),
    /// Between the two values.
    Separator,
}

/// One of the two values, before its bounds are checked.
#[derive(Debug, Clone, Copy)]
struct Value {
    hemisphere: Option<Hemisphere>,
    /// In 1e-7 degree, with its sign.
    e7: i64,
    /// One in the last digit, in 1e-7 degree.
    unit: i64,
    form: Form,
}

pub fn parse(plain: &str, datum: Datum) -> Result<Parsed, PositionUnreadable> {
    let plain = &marked(plain)?;
    let tokens = tokens(plain)?;
    let (first, second) = halves(&tokens, plain)?;
    let (first, second) = (value(first, plain)?, value(second, plain)?);
    let axis = |value: &Value| value.hemisphere.map(|hemisphere| hemisphere.axis);
    let (latitude, longitude) = match (axis(&first), axis(&second)) {
        (Some(one), Some(other)) if one == other => {
            return Err(PositionUnreadable::SameAxis(excerpt(plain)));
        }
        (Some(Axis::Longitude), _) | (_, Some(Axis::Latitude)) => (second, first),
        (Some(Axis::Latitude) | None, Some(Axis::Longitude) | None) => (first, second),
    };
    let form = finer(latitude.form, longitude.form);
    let bounded = |value: i64| i32::try_from(value).unwrap_or(i32::MAX);
    let position = Position::from_e7(bounded(latitude.e7), bounded(longitude.e7))?;
    let precision = precision(position, latitude.unit, longitude.unit);
    Ok(stated(position, precision, form, datum))
}

/// Brings a position to WGS-84, and adds what the transformation may be off.
pub fn stated(position: Position, metres: f64, form: Form, datum: Datum) -> Parsed {
    let (position, metres) = match datum {
        Datum::Wgs84 => (position, metres),
        Datum::Sk42 => {
            let one = f64::from(DEGREE_E7);
            let moved = sk42::to_wgs84(Geodetic {
                latitude: f64::from(position.latitude().as_e7()) / one,
                longitude: f64::from(position.longitude().as_e7()) / one,
            });
            (
                rounded(moved).unwrap_or(position),
                metres + sk42::UNCERTAINTY_METRES,
            )
        }
    };
    let precision = Millimetres::new(libm::ceil(metres * 1_000.0) as i64);
    let precision = precision.unwrap_or(Millimetres::MAX);
    Parsed {
        stated: StatedPosition {
            position,
            precision,
        },
        form,
        datum,
    }
}

/// To the nearest 1e-7 degree.
pub fn rounded(place: Geodetic) -> Option<Position> {
    let e7 = |degrees: f64| libm::round(degrees * f64::from(DEGREE_E7)) as i32;
    Position::from_e7(e7(place.latitude), e7(place.longitude)).ok()
}

/// Metres across one last digit of each value, rounded up.
fn precision(position: Position, latitude_unit: i64, longitude_unit: i64) -> f64 {
    let one = f64::from(DEGREE_E7);
    let cosine = libm::cos((f64::from(position.latitude().as_e7()) / one).to_radians());
    // The longest degrees on the ellipsoid are 111,695 m of latitude and 111,320 m of longitude at the equator.
    let north = latitude_unit as f64 / one * 111_695.0;
    let east = longitude_unit as f64 / one * 111_695.0 * cosine;
    libm::hypot(north, east)
}

/// The form that says more.
const fn finer(one: Form, other: Form) -> Form {
    match (one, other) {
        (Form::MinutesSeconds, _) | (_, Form::MinutesSeconds) => Form::MinutesSeconds,
        (Form::DecimalMinutes, _) | (_, Form::DecimalMinutes) => Form::DecimalMinutes,
        (
            Form::DecimalDegrees | Form::Mgrs | Form::Utm | Form::GaussKruger,
            Form::DecimalDegrees | Form::Mgrs | Form::Utm | Form::GaussKruger,
        ) => Form::DecimalDegrees,
    }
}

fn unreadable(plain: &str) -> PositionUnreadable {
    PositionUnreadable::Form(excerpt(plain))
}

/// Words and letters for the hemispheres; the longer ones first, so that none is read as the beginning of another.
const LETTERS: [(&str, Axis, bool); 30] = [
    ("NORTH", Axis::Latitude, false),
    ("SOUTH", Axis::Latitude, true),
    ("EAST", Axis::Longitude, false),
    ("WEST", Axis::Longitude, true),
    ("С.Ш.", Axis::Latitude, false),
    ("Ю.Ш.", Axis::Latitude, true),
    ("В.Д.", Axis::Longitude, false),
    ("З.Д.", Axis::Longitude, true),
    ("С. Ш.", Axis::Latitude, false),
    ("Ю. Ш.", Axis::Latitude, true),
    ("В. Д.", Axis::Longitude, false),
    ("З. Д.", Axis::Longitude, true),
    ("СШ", Axis::Latitude, false),
    ("ЮШ", Axis::Latitude, true),
    ("ВД", Axis::Longitude, false),
    ("ЗД", Axis::Longitude, true),
    ("شمال", Axis::Latitude, false),
    ("جنوب", Axis::Latitude, true),
    ("شرق", Axis::Longitude, false),
    ("غرب", Axis::Longitude, true),
    ("N", Axis::Latitude, false),
    ("S", Axis::Latitude, true),
    ("E", Axis::Longitude, false),
    ("W", Axis::Longitude, true),
    ("С", Axis::Latitude, false),
    ("Ю", Axis::Latitude, true),
    ("В", Axis::Longitude, false),
    ("З", Axis::Longitude, true),
    ("ج", Axis::Latitude, true),
    ("غ", Axis::Longitude, true),
];
/// Arabic short letters: the first of north, the last of east (both words begin alike).
const ARABIC: [(&str, Axis, bool); 2] =
    [("ش", Axis::Latitude, false), ("ق", Axis::Longitude, false)];

fn tokens(plain: &str) -> Result<Vec<Token>, PositionUnreadable> {
    let commas = commas(plain)?;
    let mut tokens = Vec::new();
    let mut rest = plain;
    while let Some(c) = rest.chars().next() {
        let digits = rest.find(|c: char| {
            !(c.is_ascii_digit() || c == '.' || c == ',' && commas == Commas::Decimal)
        });
        let length = digits.unwrap_or(rest.len());
        if c.is_ascii_digit() {
            // A comma at the end of a number separates, whatever others do.
            let number = rest[..length].trim_end_matches(',');
            let read = Decimal::read(&number.replace(',', ".")).ok_or_else(|| unreadable(plain))?;
            tokens.push(Token::Number(read));
            rest = &rest[number.len()..];
            continue;
        }
        let symbol = match c {
            ' ' => None,
            '-' if !signs(plain, plain.len() - rest.len()) => {
                return Err(PositionUnreadable::Ambiguous(
                    excerpt(plain),
                    "leave the dash out, or write S or W if it is a minus",
                ));
            }
            '-' => Some(Token::Minus),
            '+' => Some(Token::Plus),
            '°' => Some(Token::Degree),
            '\'' => Some(Token::Minute),
            '"' => Some(Token::Second),
            ',' | ';' | '/' => Some(Token::Separator),
            _ => {
                let (letter, length) = letter(rest).ok_or_else(|| unreadable(plain))?;
                tokens.push(Token::Letter(letter));
                rest = &rest[length..];
                continue;
            }
        };
        tokens.extend(symbol);
        rest = &rest[c.len_utf8()..];
    }
    Ok(tokens)
}

/// The marks of degrees, minutes and seconds for what stands in their place: `35:15:00`, `35d15m00s`.
fn marked(plain: &str) -> Result<String, PositionUnreadable> {
    const MARKS: [char; 3] = ['°', '\'', '"'];
    let mut marked = String::with_capacity(plain.len());
    // How many marks, and of which sort, this value has so far.
    let (mut colons, mut letters) = (0, 0);
    for (at, c) in plain.char_indices() {
        let after_digit = plain[..at].ends_with(|c: char| c.is_ascii_digit());
        let rest = &plain[at + c.len_utf8()..];
        let before_digit = rest.starts_with(|c: char| c.is_ascii_digit());
        match c {
            ':' if after_digit && before_digit && colons < 2 => {
                marked.push(MARKS[colons]);
                colons += 1;
            }
            'D' if after_digit => {
                marked.push('°');
                letters = 1;
            }
            'M' if after_digit && letters == 1 => {
                marked.push('\'');
                letters = 2;
            }
            'S' if after_digit && letters == 2 => {
                // Seconds where a hemisphere follows; else perhaps the south.
                if !rest.trim_start().starts_with(['N', 'S', 'E', 'W']) {
                    return Err(PositionUnreadable::Ambiguous(
                        excerpt(plain),
                        "write N or S, E or W after the s of the seconds",
                    ));
                }
                marked.push('"');
                letters = 3;
            }
            c => {
                if !(c.is_ascii_digit() || c == '.' || c == ',') {
                    colons = 0;
                }
                if !(c.is_ascii_digit() || c == '.' || c == ',' || c == ' ') {
                    letters = 0;
                }
                marked.push(c);
            }
        }
    }
    Ok(marked)
}

/// Whether the dash at this byte is the sign of a number, rather than something between two numbers.
fn signs(plain: &str, at: usize) -> bool {
    let before = plain[..at].chars().next_back();
    let signed = plain.starts_with(['-', '+']);
    let apart = before.is_none_or(|c| !c.is_ascii_digit()) || signed;
    apart && plain[at + 1..].starts_with(|c: char| c.is_ascii_digit())
}

fn letter(rest: &str) -> Option<(Hemisphere, usize)> {
    LETTERS
        .iter()
        .chain(&ARABIC)
        .find_map(|(word, axis, negative)| {
            let after = rest.strip_prefix(word)?;
            // A letter is not the beginning of some other word.
            let ends = !after.starts_with(char::is_alphabetic);
            ends.then_some((
                Hemisphere {
                    axis: *axis,
                    negative: *negative,
                },
                word.len(),
            ))
        })
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Commas {
    Decimal,
    Separator,
}

/// Whether a comma between two digits is a decimal comma.
fn commas(plain: &str) -> Result<Commas, PositionUnreadable> {
    let chars: Vec<char> = plain.chars().collect();
    let tight = |window: &&[char]| {
        window[1] == ',' && window[0].is_ascii_digit() && window[2].is_ascii_digit()
    };
    let count = chars.windows(3).filter(tight).count();
    // The points of `с.ш.` are no decimal points.
    let points = chars
        .windows(3)
        .any(|window| window[1] == '.' && window[2].is_ascii_digit());
    if count == 0 || points {
        return Ok(Commas::Separator);
    }
    // With two decimal commas something else must stand between the two values; so it must with one, or it is the one.
    let other =
        plain.contains([' ', ';', '/', '°', '\'', '"']) || plain.chars().any(|c| c.is_alphabetic());
    if !other {
        return Err(PositionUnreadable::Ambiguous(
            excerpt(plain),
            "put a space after the comma that separates, or write decimal points",
        ));
    }
    // `35, 40,5`: one with a space, one without.
    Ok(Commas::Decimal)
}

/// Splits the tokens into those of the first value and those of the second.
fn halves<'a>(
    tokens: &'a [Token],
    plain: &str,
) -> Result<(&'a [Token], &'a [Token]), PositionUnreadable> {
    let places = |wanted: fn(&Token) -> bool| -> Vec<usize> {
        (0..tokens.len())
            .filter(|index| wanted(&tokens[*index]))
            .collect()
    };
    let separators = places(|token| matches!(token, Token::Separator));
    match separators.as_slice() {
        [] => {}
        [one] => return Ok((&tokens[..*one], &tokens[one + 1..])),
        [_, ..] => return Err(unreadable(plain)),
    }
    let letters = places(|token| matches!(token, Token::Letter(_)));
    match letters.as_slice() {
        [] => {}
        [0, second] => return Ok(tokens.split_at(*second)),
        [first, last] if *last == tokens.len() - 1 => return Ok(tokens.split_at(first + 1)),
        [..] => return Err(unreadable(plain)),
    }
    let signs = places(|token| matches!(token, Token::Minus | Token::Plus));
    if let Some(second) = signs.iter().find(|index| **index > 0) {
        return Ok(tokens.split_at(*second));
    }
    let degrees = places(|token| matches!(token, Token::Degree));
    if let [first, second] = degrees.as_slice()
        && *second > first + 1
    {
        return Ok(tokens.split_at(second - 1));
    }
    let numbers = places(|token| matches!(token, Token::Number(_)));
    match numbers.as_slice() {
        [_, second] => Ok(tokens.split_at(*second)),
        [_, _, _, ..] => Err(PositionUnreadable::Ambiguous(
            excerpt(plain),
            "say which numbers are degrees, minutes and seconds, as in 35°20' N 40°08' E",
        )),
        [] | [_] => Err(unreadable(plain)),
    }
}

/// Reads one value: an optional letter or sign, up to three numbers with their marks, an optional letter.
fn value(tokens: &[Token], plain: &str) -> Result<Value, PositionUnreadable> {
    let (leading, tokens) = match tokens {
        [Token::Letter(letter), rest @ ..] => (Some(*letter), rest),
        rest => (None, rest),
    };
    let (trailing, tokens) = match tokens {
        [rest @ .., Token::Letter(letter)] => (Some(*letter), rest),
        rest => (None, rest),
    };
    if leading.is_some() && trailing.is_some() {
        return Err(unreadable(plain));
    }
    let hemisphere = leading.or(trailing);
    let (sign, tokens) = match tokens {
        [Token::Minus, rest @ ..] => (Some(true), rest),
        [Token::Plus, rest @ ..] => (Some(false), rest),
        rest => (None, rest),
    };
    if sign.is_some() && hemisphere.is_some() {
        return Err(PositionUnreadable::SignAndLetter(excerpt(plain)));
    }
    let numbers = numbers(tokens).ok_or_else(|| unreadable(plain))?;
    let (e7, unit, form) = match (numbers.as_slice(), hemisphere) {
        ([run], Some(letter)) if run.whole_digits > 3 => packed(*run, letter.axis, plain)?,
        (parts, _) => joined(parts, plain)?,
    };
    let negative = sign.unwrap_or(false) || hemisphere.is_some_and(|letter| letter.negative);
    Ok(Value {
        hemisphere,
        e7: if negative { -e7 } else { e7 },
        unit,
        form,
    })
}

/// The numbers of one value. Marks may be left out, all or the last, but none may be out of order.
fn numbers(tokens: &[Token]) -> Option<Vec<Decimal>> {
    const MARKS: [Token; 3] = [Token::Degree, Token::Minute, Token::Second];
    let mut numbers = Vec::new();
    let mut tokens = tokens.iter().peekable();
    while let Some(token) = tokens.next() {
        let Token::Number(number) = token else {
            return None;
        };
        let mark = MARKS.get(numbers.len())?;
        numbers.push(*number);
        if let Some(Token::Degree | Token::Minute | Token::Second) = tokens.peek()
            && tokens.next() != Some(mark)
        {
            return None;
        }
    }
    // Only the last may have a fraction.
    let (_, before) = numbers.split_last()?;
    before
        .iter()
        .all(|number| number.places == 0)
        .then_some(numbers)
}

/// Degrees, minutes and seconds in one number, as in `352009N 0400827E`: DDMM, DDMMSS, DDDMM, DDDMMSS.
fn packed(run: Decimal, axis: Axis, plain: &str) -> Result<(i64, i64, Form), PositionUnreadable> {
    let degree_digits = match axis {
        Axis::Latitude => 2,
        Axis::Longitude => 3,
    };
    let whole = run.digits / run.scale();
    let last = |value: i64| Decimal {
        digits: value * run.scale() + run.digits % run.scale(),
        places: run.places,
        whole_digits: 2,
    };
    let plain_number = |value: i64| Decimal {
        digits: value,
        places: 0,
        whole_digits: 2,
    };
    match run.whole_digits - degree_digits {
        2 => joined(&[plain_number(whole / 100), last(whole % 100)], plain),
        4 => joined(
            &[
                plain_number(whole / 10_000),
                plain_number(whole / 100 % 100),
                last(whole % 100),
            ],
            plain,
        ),
        _ => Err(unreadable(plain)),
    }
}

/// Value and last digit in 1e-7 degree, without sign.
fn joined(parts: &[Decimal], plain: &str) -> Result<(i64, i64, Form), PositionUnreadable> {
    const NAMES: [&str; 3] = ["degrees", "minutes", "seconds"];
    for (part, name) in parts.iter().zip(NAMES).skip(1) {
        if part.digits >= 60 * part.scale() {
            return Err(PositionUnreadable::Sixty(excerpt(plain), name));
        }
    }
    let form = match parts.len() {
        1 => Form::DecimalDegrees,
        2 => Form::DecimalMinutes,
        _ => Form::MinutesSeconds,
    };
    let Some((last, before)) = parts.split_last() else {
        return Err(unreadable(plain));
    };
    // Everything in the unit of the last number; then one division.
    let per_degree = [1, 60, 3_600][before.len().min(2)];
    let scale = i128::from(last.scale());
    let mut whole = 0i128;
    for part in before {
        whole = (whole + i128::from(part.digits)) * 60;
    }
    let sum = whole * scale + i128::from(last.digits);
    let (numerator, denominator) = (sum * i128::from(DEGREE_E7), scale * per_degree);
    let e7 = (2 * numerator + denominator) / (2 * denominator);
    let e7 = i64::try_from(e7).map_err(|_| unreadable(plain))?;
    let unit = last.last_digit_in_units(i64::from(DEGREE_E7));
    let per_degree = per_degree as i64;
    Ok((e7, (unit + per_degree - 1) / per_degree, form))
}
