//! Date-time groups: `171555Z SEP 16`, the way an instant is written and read aloud.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use crate::units::{DAY_MS, MINUTE_MS, Timestamp};

/// Longest text that is looked at, in bytes.
pub const MAX_GROUP_LENGTH: usize = 64;

const MONTHS: [&str; 12] = [
    "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC",
];

#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum GroupRefused {
    #[error(
        "the date-time group is over {MAX_GROUP_LENGTH} bytes long: write it as 171555Z SEP 16"
    )]
    TooLong,
    #[error(
        "`{0}` is no date-time group: write it as 171555Z SEP 16, with day, time, Z, month and year"
    )]
    Form(String),
    #[error("zone `{0}` is not UTC: convert the time, and write Z")]
    Zone(char),
    #[error("`{0}` is no month: write JAN to DEC")]
    Month(String),
    #[error("there is no such day or time in `{0}`: check day, hour and minute")]
    Calendar(String),
    #[error("year `{0}` is not between 1970 and 2200: check it")]
    Year(u32),
}

crate::says! { GroupRefused, "group":
    "too-long" TooLong;
    "form" Form(typed);
    "zone" Zone(zone);
    "month" Month(typed);
    "calendar" Calendar(typed);
    "year" Year(year);
}

/// An instant on a whole minute, written `DDHHMMZ MON YY`.
///
/// Two digits of a year mean 1970 to 2069; other years are written with four.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DateTimeGroup(Timestamp);

impl DateTimeGroup {
    /// The group of the minute that `at` lies in: seconds are cut off, never rounded.
    pub fn of(at: Timestamp) -> Self {
        let ms = at.as_unix_ms();
        // INVARIANT: `Timestamp::MIN` is a whole minute, so the minute of a timestamp is one.
        Self(Timestamp::from_unix_ms(ms - ms % MINUTE_MS).unwrap_or(Timestamp::MIN))
    }

    /// The first instant of the minute.
    pub const fn instant(self) -> Timestamp {
        self.0
    }
}

impl fmt::Display for DateTimeGroup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ms = self.0.as_unix_ms();
        let (year, month, day) = civil(ms.div_euclid(DAY_MS));
        let minutes = ms.rem_euclid(DAY_MS) / MINUTE_MS;
        let month = MONTHS[(month - 1) as usize % 12];
        write!(
            f,
            "{day:02}{:02}{:02}Z {month} ",
            minutes / 60,
            minutes % 60
        )?;
        if (1970..2070).contains(&year) {
            write!(f, "{:02}", year % 100)
        } else {
            write!(f, "{year}")
        }
    }
}

/// Reads `171555Z SEP 16`, in any case, with or without the spaces, with a year of two or four digits. The zone is
/// required and must be Z.
impl FromStr for DateTimeGroup {
    type Err = GroupRefused;

    fn from_str(text: &str) -> Result<Self, GroupRefused> {
        if text.len() > MAX_GROUP_LENGTH {
            return Err(GroupRefused::TooLong);
        }
        let form = || GroupRefused::Form(text.trim().to_owned());
        let compact: String = text
            .chars()
            .filter(|c| !c.is_whitespace())
            .map(|c| c.to_ascii_uppercase())
            .collect();
        let (digits, rest) = split_digits(&compact);
        let mut letters = rest.chars();
        let zone = letters.next().ok_or_else(form)?;
        if digits.len() != 6 || !zone.is_alphabetic() {
            return Err(form());
        }
        if zone != 'Z' {
            return Err(GroupRefused::Zone(zone));
        }
        let (name, year) = split_letters(letters.as_str());
        let year = read_year(year).ok_or_else(form)?;
        if name.is_empty() {
            return Err(form());
        }
        let month = MONTHS
            .iter()
            .position(|month| *month == name)
            .ok_or_else(|| GroupRefused::Month(name.to_owned()))?;
        if !(1970..=2200).contains(&year) {
            return Err(GroupRefused::Year(year));
        }
        let part = |at: usize| digits[at..at + 2].parse::<i64>().map_err(|_| form());
        let (day, hour, minute) = (part(0)?, part(2)?, part(4)?);
        instant(i64::from(year), month as i64 + 1, day, hour, minute)
            .map(Self)
            .ok_or_else(|| GroupRefused::Calendar(text.trim().to_owned()))
    }
}

fn split_digits(text: &str) -> (&str, &str) {
    text.split_at(
        text.find(|c: char| !c.is_ascii_digit())
            .unwrap_or(text.len()),
    )
}

fn split_letters(text: &str) -> (&str, &str) {
    text.split_at(
        text.find(|c: char| c.is_ascii_digit())
            .unwrap_or(text.len()),
    )
}

fn read_year(digits: &str) -> Option<u32> {
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let year = digits.parse::<u32>().ok()?;
    match digits.len() {
        2 if year >= 70 => Some(1900 + year),
        2 => Some(2000 + year),
        4 => Some(year),
        _ => None,
    }
}

fn instant(year: i64, month: i64, day: i64, hour: i64, minute: i64) -> Option<Timestamp> {
    let days = days_from_civil(year, month, day);
    if hour > 23 || minute > 59 || civil(days) != (year, month, day) {
        return None;
    }
    Timestamp::from_unix_ms(days * DAY_MS + (hour * 60 + minute) * MINUTE_MS).ok()
}

/// Days since 1970-01-01 of a date of the Gregorian calendar (Howard Hinnant, "chrono-compatible low-level date
/// algorithms"). A day that its month has not runs over into the next month.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// Year, month and day of a number of days since 1970-01-01: the inverse of `days_from_civil`.
fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = (shifted_month + 2) % 12 + 1;
    let year = era * 400 + year_of_era + i64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<DateTimeGroup, GroupRefused> {
        text.parse()
    }

    #[test]
    fn the_first_strike_reads_as_it_was_written() {
        let group = read("171555Z SEP 16").unwrap();
        assert_eq!(group.instant().as_unix_ms(), 1_474_127_700_000);
        assert_eq!(group.to_string(), "171555Z SEP 16");
        assert_eq!(read(" 171555zsep2016 "), Ok(group));
    }

    #[test]
    fn every_day_of_the_range_survives_print_and_parse() {
        for day in 0..=Timestamp::MAX.as_unix_ms() / DAY_MS {
            let at = Timestamp::from_unix_ms(day * DAY_MS + 754 * MINUTE_MS).unwrap();
            let group = DateTimeGroup::of(at);
            assert_eq!(read(&group.to_string()), Ok(group));
            assert_eq!(group.instant(), at);
        }
    }

    #[test]
    fn local_time_is_refused() {
        assert_eq!(read("171855C SEP 16"), Err(GroupRefused::Zone('C')));
        assert!(read("171855 SEP 16").is_err());
    }

    #[test]
    fn days_that_do_not_exist_are_refused() {
        assert!(read("290000Z FEB 16").is_ok());
        for text in [
            "290000Z FEB 15",
            "310000Z APR 16",
            "000000Z JAN 16",
            "012400Z JAN 16",
        ] {
            assert!(
                matches!(read(text), Err(GroupRefused::Calendar(_))),
                "{text}"
            );
        }
    }

    #[test]
    fn anything_else_is_refused() {
        assert!(matches!(
            read("171555Z СЕН 16"),
            Err(GroupRefused::Month(_))
        ));
        assert!(matches!(
            read("171555Z SEP 2300"),
            Err(GroupRefused::Year(2300))
        ));
        for text in [
            "",
            "Z",
            "171555Z",
            "171555Z SEP",
            "1715Z SEP 16",
            "171555Z SEP 1x",
            "171555é",
        ] {
            assert!(read(text).is_err(), "{text}");
        }
        assert_eq!(read(&"1".repeat(65)), Err(GroupRefused::TooLong));
    }
}
