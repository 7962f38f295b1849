//! Mean sea level: the EGM96 geoid on a half-degree grid (see `data/README.md`).

use model::place::Position;
use model::units::Millimetres;

use crate::geodesy::{Degrees, millimetres};
use crate::shape::Extent;

static GRID: &[u8] = include_bytes!("../data/egm96-30min.i16");

const ROWS: usize = 361;
const COLUMNS: usize = 720;
/// Cells in one degree.
const PER_DEGREE: f64 = 2.0;

/// What a height from this grid may be off, either way: 4 m for the grid, 2 m for the model.
pub const UNCERTAINTY: Millimetres = Millimetres::from_metres(6);

/// Height of mean sea level above the ellipsoid, within `UNCERTAINTY`; between -107 m and 86 m.
pub fn height(position: Position) -> Millimetres {
    let Degrees {
        latitude,
        longitude,
    } = position.into();
    millimetres(interpolated(
        (90.0 - latitude) * PER_DEGREE,
        longitude * PER_DEGREE,
    ))
}

/// Lowest and highest, in metres, over an extent.
///
/// Within a cell the interpolation is bilinear, so its extremes over a rectangle are at the rectangle's corners.
pub(crate) fn range(extent: Extent) -> (f64, f64) {
    let rows = stops(
        (90.0 - extent.north) * PER_DEGREE,
        (90.0 - extent.south) * PER_DEGREE,
    );
    let width = (extent.east - extent.west).min(360.0);
    let west = extent.west * PER_DEGREE;
    let columns = stops(west, west + width * PER_DEGREE);
    let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
    for row in &rows {
        for column in &columns {
            let height = interpolated(*row, *column);
            (low, high) = (low.min(height), high.max(height));
        }
    }
    (low, high)
}

/// The two ends, and all whole numbers between them.
fn stops(from: f64, to: f64) -> Vec<f64> {
    let first = libm::floor(from) as i64 + 1;
    let last = libm::ceil(to) as i64;
    [from]
        .into_iter()
        .chain((first..last).map(|whole| whole as f64))
        .chain([to])
        .collect()
}

/// Metres at a row counted from the north pole, and a column counted from Greenwich.
fn interpolated(row: f64, column: f64) -> f64 {
    let row = row.clamp(0.0, (ROWS - 1) as f64);
    let (top, left) = (libm::floor(row).min((ROWS - 2) as f64), libm::floor(column));
    let (down, right) = (row - top, column - left);
    let node = |row: usize, column: usize| f64::from(centimetres(row, column % COLUMNS)) / 100.0;
    let (top, left) = (
        top as usize,
        (left as i64).rem_euclid(COLUMNS as i64) as usize,
    );
    let upper = node(top, left) * (1.0 - right) + node(top, left + 1) * right;
    let lower = node(top + 1, left) * (1.0 - right) + node(top + 1, left + 1) * right;
    upper * (1.0 - down) + lower * down
}

fn centimetres(row: usize, column: usize) -> i16 {
    let at = 2 * (row * COLUMNS + column);
    i16::from_le_bytes([GRID[at], GRID[at + 1]])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metres(latitude: f64, longitude: f64) -> f64 {
        height(
            Degrees {
                latitude,
                longitude,
            }
            .rounded(),
        )
        .as_mm() as f64
            / 1_000.0
    }

    #[test]
    fn the_grid_is_whole() {
        assert_eq!(GRID.len(), 2 * ROWS * COLUMNS);
    }

    #[test]
    fn published_heights_come_out_within_the_uncertainty() {
        // Check values of NGA's program F477 (OUTPUT.DAT).
        let published = [
            (38.628155, 269.779155, -31.628),
            (-14.621217, 305.021114, -2.969),
            (46.874319, 102.448729, -43.575),
            (-23.617446, 133.874712, 15.871),
            (38.625473, 359.9995, 50.066),
            (-0.466744, 0.0023, 17.329),
        ];
        for (latitude, longitude, expected) in published {
            let found = metres(latitude, longitude);
            assert!(
                (found - expected).abs() < 2.0,
                "{latitude} {longitude}: {found}"
            );
        }
    }

    #[test]
    fn poles_and_antimeridian_are_seamless() {
        assert!((metres(90.0, 0.0) - 13.61).abs() < 0.1);
        assert!((metres(-90.0, 0.0) - -29.53).abs() < 0.1);
        assert!((metres(10.0, 179.999_999) - metres(10.0, -179.999_999)).abs() < 0.01);
    }

    #[test]
    fn a_range_holds_every_height_in_it() {
        let extent = Extent {
            south: 34.1,
            north: 36.3,
            west: 179.3,
            east: 181.4,
        };
        let (low, high) = range(extent);
        for step in 0..=400 {
            let (row, column) = (f64::from(step / 20) / 20.0, f64::from(step % 20) / 20.0);
            let found = metres(34.1 + 2.2 * row, 179.3 + 2.1 * column);
            assert!(low - 0.001 <= found && found <= high + 0.001);
        }
    }
}
