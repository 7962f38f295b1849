//! Canonical integer units: instants, durations, lengths and true bearings.
//!
//! No floating point lives here: these numbers are signed, journalled and compared for equality.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Milliseconds in one second, minute, hour and day.
pub const SECOND_MS: i64 = 1_000;
pub const MINUTE_MS: i64 = 60 * SECOND_MS;
pub const HOUR_MS: i64 = 60 * MINUTE_MS;
pub const DAY_MS: i64 = 24 * HOUR_MS;

/// Why a number is not one of these units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum UnitRefused {
    #[error("`{0}` ms is not between the years 1970 and 2200: give Unix milliseconds in UTC")]
    Timestamp(i64),
    #[error("a duration of `{0}` ms is over 231 years: give a shorter one")]
    Duration(i64),
    #[error("a length of `{0}` mm is beyond 100,000 km: check its unit")]
    Length(i64),
    #[error(
        "a bearing of `{0}` thousandths of a degree is not between 0 and 359,999: give it clockwise from true north"
    )]
    Bearing(u32),
}

crate::says! { UnitRefused, "number":
    "timestamp" Timestamp(given);
    "duration" Duration(given);
    "length" Length(given);
    "bearing" Bearing(given);
}

/// An instant: Unix milliseconds in UTC, from 1970 to the end of 2200. No leap seconds, as Unix counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "i64", into = "i64")]
pub struct Timestamp(i64);

impl Timestamp {
    /// 1970-01-01T00:00:00.000Z.
    pub const MIN: Self = Self(0);
    /// 2200-12-31T23:59:59.999Z.
    pub const MAX: Self = Self(84_371 * DAY_MS - 1);

    pub const fn from_unix_ms(ms: i64) -> Result<Self, UnitRefused> {
        if ms < Self::MIN.0 || ms > Self::MAX.0 {
            return Err(UnitRefused::Timestamp(ms));
        }
        Ok(Self(ms))
    }

    pub const fn as_unix_ms(self) -> i64 {
        self.0
    }

    /// The instant `span` later (earlier if it is negative); none outside `MIN..=MAX`.
    pub fn checked_add(self, span: Millis) -> Option<Self> {
        Self::from_unix_ms(self.0 + span.0).ok()
    }

    /// The instant `span` later, held at `MIN` or `MAX`.
    pub fn saturating_add(self, span: Millis) -> Self {
        Self((self.0 + span.0).clamp(Self::MIN.0, Self::MAX.0))
    }

    /// The time from `earlier` to this; negative if `earlier` is in fact later.
    pub const fn since(self, earlier: Self) -> Millis {
        Millis(self.0 - earlier.0)
    }
}

impl TryFrom<i64> for Timestamp {
    type Error = UnitRefused;
    fn try_from(ms: i64) -> Result<Self, UnitRefused> {
        Self::from_unix_ms(ms)
    }
}

impl From<Timestamp> for i64 {
    fn from(at: Timestamp) -> i64 {
        at.0
    }
}

/// A span of time in milliseconds, of either sign, at most 231 years long.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(try_from = "i64", into = "i64")]
pub struct Millis(i64);

impl Millis {
    pub const ZERO: Self = Self(0);
    /// The longest span: that between the first and the last `Timestamp`.
    pub const MAX: Self = Self(Timestamp::MAX.0);

    pub const fn new(ms: i64) -> Result<Self, UnitRefused> {
        if ms < -Self::MAX.0 || ms > Self::MAX.0 {
            return Err(UnitRefused::Duration(ms));
        }
        Ok(Self(ms))
    }

    /// A span of whole seconds; a `u32` of seconds is always in bounds.
    pub const fn from_seconds(seconds: u32) -> Self {
        Self(seconds as i64 * SECOND_MS)
    }

    pub const fn as_ms(self) -> i64 {
        self.0
    }

    /// Both together, at most [`Millis::MAX`] either way.
    pub const fn saturating_add(self, other: Self) -> Self {
        let sum = self.0.saturating_add(other.0);
        match (sum > Self::MAX.0, sum < -Self::MAX.0) {
            (true, _) => Self::MAX,
            (_, true) => Self(-Self::MAX.0),
            (false, false) => Self(sum),
        }
    }
}

impl TryFrom<i64> for Millis {
    type Error = UnitRefused;
    fn try_from(ms: i64) -> Result<Self, UnitRefused> {
        Self::new(ms)
    }
}

impl From<Millis> for i64 {
    fn from(span: Millis) -> i64 {
        span.0
    }
}

/// A length or a height in millimetres, at most 100,000 km either way.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(try_from = "i64", into = "i64")]
pub struct Millimetres(i64);

impl Millimetres {
    pub const ZERO: Self = Self(0);
    pub const MAX: Self = Self(100_000_000_000);
    pub const MIN: Self = Self(-100_000_000_000);

    pub const fn new(mm: i64) -> Result<Self, UnitRefused> {
        if mm < Self::MIN.0 || mm > Self::MAX.0 {
            return Err(UnitRefused::Length(mm));
        }
        Ok(Self(mm))
    }

    /// Whole metres, up to 2,147 km either way: always in bounds.
    pub const fn from_metres(metres: i32) -> Self {
        Self(metres as i64 * 1_000)
    }

    pub const fn as_mm(self) -> i64 {
        self.0
    }

    /// The sum, held at the bounds.
    pub const fn saturating_add(self, other: Self) -> Self {
        let sum = self.0 + other.0;
        if sum > Self::MAX.0 {
            Self::MAX
        } else if sum < Self::MIN.0 {
            Self::MIN
        } else {
            Self(sum)
        }
    }

    /// The difference, held at the bounds.
    pub const fn saturating_sub(self, other: Self) -> Self {
        self.saturating_add(Self(-other.0))
    }
}

impl TryFrom<i64> for Millimetres {
    type Error = UnitRefused;
    fn try_from(mm: i64) -> Result<Self, UnitRefused> {
        Self::new(mm)
    }
}

impl From<Millimetres> for i64 {
    fn from(length: Millimetres) -> i64 {
        length.0
    }
}

/// For reading, not for computing: `1.250 m` or `5 m` under ten metres, `850 m` under one kilometre, else `4.13 km`.
/// Cut off, never rounded up.
impl fmt::Display for Millimetres {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let mm = self.0.unsigned_abs();
        if mm < 10_000 && !mm.is_multiple_of(1_000) {
            write!(f, "{sign}{}.{:03} m", mm / 1_000, mm % 1_000)
        } else if mm < 1_000_000 {
            write!(f, "{sign}{} m", mm / 1_000)
        } else {
            write!(
                f,
                "{sign}{}.{:02} km",
                mm / 1_000_000,
                mm % 1_000_000 / 10_000
            )
        }
    }
}

/// A true bearing, clockwise from true (not magnetic, not grid) north, in thousandths of a degree: 0 to 359,999.
///
/// One unit is 1.75 m across at a distance of 100 km.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct Bearing(u32);

impl Bearing {
    pub const NORTH: Self = Self(0);
    /// A full turn: one more than the greatest bearing.
    pub const TURN: u32 = 360_000;

    pub const fn from_millidegrees(millidegrees: u32) -> Result<Self, UnitRefused> {
        if millidegrees >= Self::TURN {
            return Err(UnitRefused::Bearing(millidegrees));
        }
        Ok(Self(millidegrees))
    }

    pub const fn as_millidegrees(self) -> u32 {
        self.0
    }
}

impl TryFrom<u32> for Bearing {
    type Error = UnitRefused;
    fn try_from(millidegrees: u32) -> Result<Self, UnitRefused> {
        Self::from_millidegrees(millidegrees)
    }
}

impl From<Bearing> for u32 {
    fn from(bearing: Bearing) -> u32 {
        bearing.0
    }
}

/// `221.4°`: three digits before the point, and as many after it as are not zero.
impl fmt::Display for Bearing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, thousandths) = (self.0 / 1_000, self.0 % 1_000);
        if thousandths == 0 {
            return write!(f, "{whole:03}°");
        }
        let digits = format!("{thousandths:03}");
        write!(f, "{whole:03}.{}°", digits.trim_end_matches('0'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timestamp_keeps_to_its_years() {
        assert!(Timestamp::from_unix_ms(-1).is_err());
        assert!(Timestamp::from_unix_ms(Timestamp::MAX.as_unix_ms()).is_ok());
        assert!(Timestamp::from_unix_ms(Timestamp::MAX.as_unix_ms() + 1).is_err());
        assert_eq!(Timestamp::MAX.checked_add(Millis::from_seconds(1)), None);
        assert_eq!(Timestamp::MAX.saturating_add(Millis::MAX), Timestamp::MAX);
        assert_eq!(Timestamp::MAX.since(Timestamp::MIN), Millis::MAX);
    }

    #[test]
    fn lengths_read_as_an_officer_says_them() {
        let read = |mm| Millimetres::new(mm).unwrap().to_string();
        assert_eq!(read(1_250), "1.250 m");
        assert_eq!(read(5_000), "5 m");
        assert_eq!(read(850_999), "850 m");
        assert_eq!(read(4_137_000), "4.13 km");
        assert_eq!(read(-20_000), "-20 m");
    }

    #[test]
    fn a_bearing_of_a_full_turn_is_refused() {
        assert_eq!(
            Bearing::from_millidegrees(359_999).unwrap().to_string(),
            "359.999°"
        );
        assert_eq!(
            Bearing::from_millidegrees(45_500).unwrap().to_string(),
            "045.5°"
        );
        assert!(Bearing::from_millidegrees(360_000).is_err());
    }
}
