//! The canonical forms in which a position is echoed.

use model::place::{DEGREE_E7, Position};
use model::units::Millimetres;

use super::grid;

/// Decimals with which each form gives a position to its last 1e-7 degree.
pub const MAX_DECIMAL_PLACES: u32 = 7;
pub const MAX_MINUTE_PLACES: u32 = 6;
pub const MAX_SECOND_PLACES: u32 = 4;

/// A position in every form, none of them finer than the precision it was stated to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forms {
    /// `35.2550, 40.1400`.
    pub decimal: String,
    /// `35°15.30' N 40°08.40' E`.
    pub decimal_minutes: String,
    /// `35°15'18" N 40°08'24" E`.
    pub minutes_seconds: String,
    /// `37S FV 0370 0191`; none beyond the latitudes of the grid.
    pub mgrs: Option<String>,
}

/// Echoes a position that is known to within `precision`. A screen isolates each form from right-to-left text.
pub fn forms(position: Position, precision: Millimetres) -> Forms {
    Forms {
        decimal: decimal(position, places(111_320_000, MAX_DECIMAL_PLACES, precision)),
        decimal_minutes: decimal_minutes(position, places(1_855_334, MAX_MINUTE_PLACES, precision)),
        minutes_seconds: minutes_seconds(position, places(30_923, MAX_SECOND_PLACES, precision)),
        mgrs: mgrs(position, grid_digits(precision)),
    }
}

/// The fewest decimals of which the last is no coarser than the precision, where one whole is `one_mm` across.
fn places(one_mm: i64, most: u32, precision: Millimetres) -> u32 {
    (0..most)
        .find(|places| one_mm / 10i64.pow(*places) <= precision.as_mm())
        .unwrap_or(most)
}

/// The most digits of which the square's diagonal is no shorter than the precision.
fn grid_digits(precision: Millimetres) -> u32 {
    let diagonal = |digits: u32| 1_443 * 10i64.pow(grid::MAX_DIGITS - digits) + 100;
    (1..=grid::MAX_DIGITS)
        .rev()
        .find(|digits| diagonal(*digits) >= precision.as_mm())
        .unwrap_or(1)
}

/// `35.2550, 40.1400`: latitude, longitude, with up to 7 decimals, rounded.
pub fn decimal(position: Position, places: u32) -> String {
    let one = |e7: i32| {
        let places = places.min(MAX_DECIMAL_PLACES);
        let (negative, whole, fraction) = split(e7, 1, places);
        let sign = if negative { "-" } else { "" };
        format!("{sign}{whole}{}", decimals(fraction, places))
    };
    format!(
        "{}, {}",
        one(position.latitude().as_e7()),
        one(position.longitude().as_e7())
    )
}

/// `35°15.30' N 40°08.40' E`, with up to 6 decimals, rounded.
pub fn decimal_minutes(position: Position, places: u32) -> String {
    let places = places.min(MAX_MINUTE_PLACES);
    both(position, |e7, width| {
        let (_, minutes, fraction) = split(e7, 60, places);
        let (degrees, minutes) = (minutes / 60, minutes % 60);
        format!(
            "{degrees:0width$}°{minutes:02}{}'",
            decimals(fraction, places)
        )
    })
}

/// `35°15'18" N 40°08'24" E`, with up to 4 decimals, rounded.
pub fn minutes_seconds(position: Position, places: u32) -> String {
    let places = places.min(MAX_SECOND_PLACES);
    both(position, |e7, width| {
        let (_, seconds, fraction) = split(e7, 3_600, places);
        let (degrees, minutes, seconds) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
        format!(
            "{degrees:0width$}°{minutes:02}'{seconds:02}{}\"",
            decimals(fraction, places)
        )
    })
}

/// `37S FV 0370 0191`: the square of 1 to 5 digits each way that contains the position, cut off and never rounded.
///
/// None beyond 80 degrees south and 84 degrees north.
pub fn mgrs(position: Position, digits: u32) -> Option<String> {
    grid::print(position, digits)
}

fn both(position: Position, one: impl Fn(i32, usize) -> String) -> String {
    let (latitude, longitude) = (position.latitude().as_e7(), position.longitude().as_e7());
    let north = if latitude < 0 { 'S' } else { 'N' };
    let east = if longitude < 0 { 'W' } else { 'E' };
    format!("{} {north} {} {east}", one(latitude, 2), one(longitude, 3))
}

/// Sign, whole units of which `per_degree` are a degree, and the fraction in units of the last of `places` decimals.
fn split(e7: i32, per_degree: i64, places: u32) -> (bool, i64, i64) {
    let scale = 10i64.pow(places);
    let (one, magnitude) = (i64::from(DEGREE_E7), i64::from(e7.unsigned_abs()));
    let units = (2 * magnitude * per_degree * scale + one) / (2 * one);
    // What rounds to nothing has no sign.
    (e7 < 0 && units > 0, units / scale, units % scale)
}

fn decimals(fraction: i64, places: u32) -> String {
    if places == 0 {
        return String::new();
    }
    let width = places as usize;
    format!(".{fraction:0width$}")
}
