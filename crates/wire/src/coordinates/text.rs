//! One spelling for what is typed in many: digits, minus signs, degree signs, separators, invisible marks.

/// Longest text that is looked at, in bytes.
pub const MAX_TEXT: usize = 160;

/// What is longer, or holds a control character, is not looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unsuitable {
    TooLong,
    Control,
}

/// Upper case; ASCII digits; `.` for the Arabic decimal point and `,` for its comma; `-` for every minus; `°`, `'` and
/// `"` for everything that stands for degrees, minutes and seconds; plain single spaces; no direction marks.
pub fn plain(text: &str) -> Result<String, Unsuitable> {
    if text.len() > MAX_TEXT {
        return Err(Unsuitable::TooLong);
    }
    let mut plain = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            // Direction marks, isolates, joiners and the byte order mark say nothing.
            '\u{200b}'..='\u{200f}' | '\u{061c}' | '\u{202a}'..='\u{202e}' => {}
            '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{0640}' => {}
            c if c.is_whitespace() => {
                if !plain.ends_with(' ') {
                    plain.push(' ');
                }
            }
            c if c.is_control() => return Err(Unsuitable::Control),
            c => plain.extend(one(c).to_uppercase()),
        }
    }
    Ok(plain.replace("''", "\"").trim().to_owned())
}

fn one(c: char) -> char {
    match c {
        '\u{0660}'..='\u{0669}' => digit(c, '\u{0660}'),
        '\u{06f0}'..='\u{06f9}' => digit(c, '\u{06f0}'),
        '\u{ff10}'..='\u{ff19}' => digit(c, '\u{ff10}'),
        '\u{066b}' => '.',
        '\u{060c}' => ',',
        '\u{061b}' => ';',
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{fe63}' | '\u{ff0d}' => '-',
        '°' | 'º' | '˚' | '∘' | '\u{1d52}' => '°',
        '\'' | '’' | '‘' | '′' | '´' | '`' | 'ʹ' | 'ʼ' => '\'',
        '"' | '”' | '“' | '„' | '″' | 'ʺ' | '«' | '»' => '"',
        other => other,
    }
}

fn digit(c: char, zero: char) -> char {
    char::from_digit(u32::from(c) - u32::from(zero), 10).unwrap_or(c)
}

/// The beginning of a text, for an error.
pub fn excerpt(text: &str) -> String {
    const SHOWN: usize = 48;
    let text = text.trim();
    let mut shown: String = text
        .chars()
        .filter(|c| !c.is_control())
        .take(SHOWN)
        .collect();
    if text.chars().count() > SHOWN {
        shown.push('…');
    }
    shown
}

/// Latin letters for the Cyrillic ones that look like them, as in a grid reference typed on a Russian keyboard.
pub fn latin_look_alike(c: char) -> char {
    match c {
        'А' => 'A',
        'В' => 'B',
        'Е' => 'E',
        'К' => 'K',
        'М' => 'M',
        'Н' => 'H',
        'О' => 'O',
        'Р' => 'P',
        'С' => 'C',
        'Т' => 'T',
        'У' => 'Y',
        'Х' => 'X',
        'Ѕ' => 'S',
        'Ј' => 'J',
        other => other,
    }
}

/// A decimal number as it was written: `digits` without the point, `places` of them after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decimal {
    pub digits: i64,
    pub places: u32,
    /// How many digits stood before the point.
    pub whole_digits: usize,
}

/// Most digits that a number may have in all: more than any instrument gives.
pub const MAX_DIGITS: usize = 16;

impl Decimal {
    /// Reads digits with at most one point; no sign.
    pub fn read(text: &str) -> Option<Self> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || !all_digits(whole) || !all_digits(fraction) {
            return None;
        }
        if text.ends_with('.') || whole.len() + fraction.len() > MAX_DIGITS {
            return None;
        }
        let digits = whole.bytes().chain(fraction.bytes());
        let digits = digits.fold(0, |sum, byte| sum * 10 + i64::from(byte - b'0'));
        Some(Self {
            digits,
            places: fraction.len() as u32,
            whole_digits: whole.len(),
        })
    }

    /// How many of these are one.
    pub const fn scale(self) -> i64 {
        10i64.pow(self.places)
    }

    /// In units of which `per_one` are one, rounded half up.
    pub const fn in_units(self, per_one: i64) -> i128 {
        let (scaled, scale) = (self.digits as i128 * per_one as i128, self.scale() as i128);
        (2 * scaled + scale) / (2 * scale)
    }

    /// One in the last digit, in units of which `per_one` are one, rounded up and at least 1.
    pub const fn last_digit_in_units(self, per_one: i64) -> i64 {
        let scale = self.scale();
        let units = (per_one + scale - 1) / scale;
        if units < 1 { 1 } else { units }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_spellings_become_one() {
        assert_eq!(plain(" ٣٥٫٣٣٥٩،  ۴۰٫۱۴۰۸ ").unwrap(), "35.3359, 40.1408");
        assert_eq!(plain("35º20’09’’ n").unwrap(), "35°20'09\" N");
        assert_eq!(plain("\u{2066}−35,5\u{2069}\u{a0}с").unwrap(), "-35,5 С");
        assert_eq!(plain("3\u{0}5"), Err(Unsuitable::Control));
        assert!(plain(&"1".repeat(MAX_TEXT)).is_ok());
        assert_eq!(plain(&"1".repeat(MAX_TEXT + 1)), Err(Unsuitable::TooLong));
    }

    #[test]
    fn decimals_keep_how_they_were_written() {
        let read = Decimal::read("040.50").unwrap();
        assert_eq!((read.digits, read.places, read.whole_digits), (4_050, 2, 3));
        assert_eq!(read.in_units(1_000), 40_500);
        assert_eq!(read.last_digit_in_units(1_000), 10);
        for bad in ["", ".5", "5.", "1.2.3", "-1", "1e5", "12345678901234567"] {
            assert_eq!(Decimal::read(bad), None, "{bad}");
        }
    }
}
