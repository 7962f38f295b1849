//! What people type, and how it is echoed: positions in every customary form, altitudes, bearings and distances, windows.
//!
//! What can be read in two ways is refused with what to write instead. Everything read is meant to be echoed in its
//! canonical forms before it is used. No text makes these functions panic, and none over [`MAX_TEXT`] bytes is looked at.

mod altitude;
mod angles;
mod echo;
mod grid;
mod gridtext;
mod mercator;
mod range;
mod sk42;
mod text;
mod window;

pub use altitude::{AltitudeUnreadable, parse_altitude, parse_band};
pub use echo::{Forms, decimal, decimal_minutes, forms, mgrs, minutes_seconds};
pub use range::{
    RangeUnreadable, StatedBearing, StatedDistance, parse_bearing, parse_bearing_and_distance,
    parse_distance,
};
pub use sk42::TRANSFORMATION as SK42_TRANSFORMATION;
pub use text::MAX_TEXT;
pub use window::{WindowUnreadable, parse_window};

use model::place::{PlaceRefused, StatedPosition};
use thiserror::Error;

/// In which form a position was typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    DecimalDegrees,
    DecimalMinutes,
    MinutesSeconds,
    Mgrs,
    Utm,
    GaussKruger,
}

/// On which datum a position was typed. Only WGS-84 is kept; the other is transformed, which adds to the precision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Datum {
    Wgs84,
    /// Pulkovo 1942, by [`SK42_TRANSFORMATION`].
    Sk42,
}

/// A position as it was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parsed {
    /// On WGS-84. The precision is one in the last digit that was typed, north and east together, since some people cut
    /// off and some round; for a grid reference it reaches the far corner of its square.
    pub stated: StatedPosition,
    pub form: Form,
    pub datum: Datum,
}

/// Why a text is no position.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PositionUnreadable {
    #[error("the text is over {MAX_TEXT} bytes long: type one position")]
    TooLong,
    #[error("the text holds control characters: type it again")]
    Control,
    #[error(
        "`{0}` is no position: type one such as 35.2550 40.1400, 35°15'18\" N 40°08'24\" E or 37S FV 0370 0191"
    )]
    Form(String),
    #[error("`{0}` can be read in more than one way: {1}")]
    Ambiguous(String, &'static str),
    #[error("`{0}` has {1} of 60 or more: check it")]
    Sixty(String, &'static str),
    #[error("`{0}` has both a sign and a hemisphere letter: leave one of them out")]
    SignAndLetter(String),
    #[error(
        "`{0}` gives two values of the same axis: give one north or south and one east or west"
    )]
    SameAxis(String),
    #[error("the position is not possible")]
    Place(#[from] PlaceRefused),
    #[error(
        "`{0}` is no grid zone: write 1 to 60 and a letter from C to X without I and O, such as 37S"
    )]
    Zone(String),
    #[error("`{0}` names the polar grid, which is not carried: give latitude and longitude")]
    Polar(String),
    #[error("there is no grid zone `{0}`: near Svalbard zones 32, 34 and 36 are left out")]
    NoSuchZone(String),
    #[error(
        "column letter of `{0}` does not occur in its zone: check the zone and the two letters"
    )]
    Column(String),
    #[error("row letter of `{0}` does not occur in its band: check the band and the two letters")]
    Row(String),
    #[error(
        "the square `{0}` lies in another zone than it says: check the zone and the two letters"
    )]
    OtherZone(String),
    #[error(
        "`{0}` has {1} digits after its letters: give 2, 4, 6, 8 or 10, the same number east and north"
    )]
    Digits(String, usize),
    #[error("`{0}` is no place in that UTM zone: check zone, hemisphere, easting and northing")]
    Utm(String),
    #[error(
        "`{0}` is no Gauss-Krüger position: write northing X and easting Y, the latter with its zone, such as SK-42 X 3905123 Y 7604123"
    )]
    GaussKruger(String),
}

model::says! { PositionUnreadable, "position":
    "too-long" TooLong;
    "control" Control;
    "form" Form(typed);
    "ambiguous" Ambiguous(typed, how);
    "sixty" Sixty(typed, what);
    "sign-and-letter" SignAndLetter(typed);
    "same-axis" SameAxis(typed);
    "impossible" Place(because);
    "zone" Zone(typed);
    "polar" Polar(typed);
    "no-such-zone" NoSuchZone(typed);
    "column" Column(typed);
    "row" Row(typed);
    "other-zone" OtherZone(typed);
    "digits" Digits(typed, count);
    "utm" Utm(typed);
    "gauss-kruger" GaussKruger(typed);
}

/// Reads a position.
///
/// Latitude comes before longitude where no letters tell. Degrees can be decimal, with minutes, or with minutes and
/// seconds; letters N S E W, С Ю В З or ش ج ق غ, before or after; digits may be Arabic or Persian, and a decimal comma is
/// understood where it cannot be a separator. Grid references may have Cyrillic letters that look Latin. `SK-42` before
/// degrees or a Gauss-Krüger pair names that datum. Colons and d, m, s mark degrees as well; one pair of parentheses around
/// all, and `UTM` before a zone, say nothing.
pub fn parse(text: &str) -> Result<Parsed, PositionUnreadable> {
    let plain = text::plain(text).map_err(|unsuitable| match unsuitable {
        text::Unsuitable::TooLong => PositionUnreadable::TooLong,
        text::Unsuitable::Control => PositionUnreadable::Control,
    })?;
    if let Some(rest) = after_datum(&plain) {
        return gridtext::parse_gauss_kruger(&rest)
            .unwrap_or_else(|| angles::parse(&rest, Datum::Sk42));
    }
    let inside = plain
        .strip_prefix('(')
        .and_then(|rest| rest.strip_suffix(')'));
    let plain = inside.unwrap_or(&plain).trim();
    let grid = plain.strip_prefix("UTM").map_or(plain, str::trim_start);
    gridtext::parse(grid).unwrap_or_else(|| angles::parse(plain, Datum::Wgs84))
}

/// What follows a name of SK-42, if the text begins with one.
fn after_datum(plain: &str) -> Option<String> {
    const NAMES: [&str; 6] = ["SK-42", "SK42", "SK 42", "СК-42", "СК42", "СК 42"];
    const MORE: [&str; 3] = ["PULKOVO 1942", "ПУЛКОВО 1942", "CK-42"];
    let rest = NAMES
        .iter()
        .chain(&MORE)
        .find_map(|name| plain.strip_prefix(name))?;
    // `SK-421...` is no name of a datum.
    (!rest.starts_with(|c: char| c.is_ascii_digit()))
        .then(|| rest.trim_start_matches([' ', ':', ',', ';']).to_owned())
}

#[cfg(test)]
mod tests;
