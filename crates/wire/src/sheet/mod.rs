//! Notices as spreadsheets and map programs have them: what [`crate::csv`], [`crate::geojson`] and [`crate::kml`] share.
//!
//! A *row* is a line of a table, a feature or a placemark: named fields, typed as an officer types them, and perhaps a
//! geometry. Each is read by itself, so that one bad row names itself and hides no other. No field is worked out from
//! another: a row without a second description gives a draft without one.

mod faults;
mod fields;
mod typed;

pub use faults::Wrong;
pub use fields::{FIELDS, Fields, PASSED_OVER};
pub use typed::typed;

use model::kind::Kind;
use model::place::{Area, Circle, Corridor, Polygon, Position};
use model::said::{Said, Says};
use model::slot::Slots;
use thiserror::Error;

/// The largest file, in bytes: 16 MiB.
pub const MAX_IMPORT: usize = 16 << 20;
/// The most rows of one file.
pub const MAX_ROWS: usize = 5_000;
/// The most fields of one row.
pub const MAX_FIELDS: usize = 64;
/// The longest field, in bytes: a polygon of some thousand vertices in one cell.
pub const MAX_FIELD: usize = 64 << 10;
/// The most faults of one file that are told one by one; the others are counted.
pub const MAX_FAULTS: usize = 1_000;

/// The polygon by which a circle is drawn, its vertices on the circle: geometry is not this crate's.
pub type Outline = fn(&Circle) -> Vec<Position>;

/// What a format calls its rows, for whoever reads a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Row {
    /// A line of a table, counted in the file from 1.
    Line,
    /// A feature, counted from 1.
    Feature,
    /// A placemark, counted from 1.
    Placemark,
}

impl Row {
    pub const fn name(self) -> &'static str {
        match self {
            Row::Line => "line",
            Row::Feature => "feature",
            Row::Placemark => "placemark",
        }
    }
}

/// One good row: a notice that can be drafted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drawn {
    /// Which row, from 1.
    pub at: u64,
    pub kind: Kind,
    pub slots: Slots,
}

/// What is wrong with one field of one row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Which row, from 1.
    pub at: u64,
    /// Which field; empty where it is the row itself.
    pub field: String,
    /// What is wrong, and what to do.
    pub why: Said,
}

/// What a file holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sheet {
    pub drawn: Vec<Drawn>,
    /// In the order of the rows, at most [`MAX_FAULTS`].
    pub faults: Vec<Fault>,
    /// Faults that are counted and not told.
    pub more_faults: u64,
}

impl Sheet {
    /// Whether every row is good.
    pub fn is_good(&self) -> bool {
        self.faults.is_empty()
    }

    /// Adds what is wrong.
    pub fn fault(&mut self, fault: Fault) {
        match self.faults.len() < MAX_FAULTS {
            true => self.faults.push(fault),
            false => self.more_faults += 1,
        }
    }

    /// Reads one row; `default` is the kind of a row that names none.
    pub(crate) fn row(
        &mut self,
        at: u64,
        fields: &Fields,
        geometry: Result<Geometry, Said>,
        default: Option<Kind>,
        outline: Outline,
    ) {
        match fields::draw(fields, geometry, default, outline) {
            Ok((kind, slots)) => self.drawn.push(Drawn { at, kind, slots }),
            Err(wrong) => wrong
                .into_iter()
                .for_each(|(field, why)| self.fault(Fault { at, field, why })),
        }
    }
}

/// Why nothing of a file was read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SheetRefused {
    #[error("the file holds {0} bytes, at most {MAX_IMPORT} are taken: split it")]
    TooLarge(usize),
    #[error("the file holds over {MAX_ROWS} {0}s: split it")]
    TooManyRows(&'static str),
    #[error("the file is no text in UTF-8, from byte {0} on: save it as UTF-8")]
    NotUtf8(usize),
    #[error("the file holds no {0}: check that it is the right one")]
    Empty(&'static str),
    #[error("column {number}, `{name}`, is not known: take it out, or name it one of {known}")]
    UnknownColumn {
        number: usize,
        name: String,
        known: String,
    },
    #[error("column {number}, `{name}`, is there twice: take one of them out")]
    RepeatedColumn { number: usize, name: String },
    #[error(
        "the table has {0} columns, at most {MAX_FIELDS} are taken: take out what is not needed"
    )]
    TooManyColumns(usize),
    #[error("the file is no {format} ({why}): check that it is the right file, and save it again")]
    NotThat { format: &'static str, why: String },
    #[error("the file holds {0}")]
    Forbidden(&'static str),
}

model::says! { SheetRefused, "file":
    "too-large" TooLarge(size);
    "too-many-rows" TooManyRows(row);
    "not-utf-8" NotUtf8(byte);
    "empty" Empty(row);
    "unknown-column" UnknownColumn { number, name, known };
    "repeated-column" RepeatedColumn { number, name };
    "too-many-columns" TooManyColumns(columns);
    "not-that" NotThat { format, why };
    "forbidden" Forbidden(what);
}

/// What a map program draws.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Geometry {
    None,
    Point(Position),
    Line(Vec<Position>),
    /// The outer ring, the last vertex not repeated.
    Ring(Vec<Position>),
}

/// A position of numbers in degrees, to the nearest 1e-7: longitude, latitude, and a height that may only be nought.
pub(crate) fn position(numbers: &[f64]) -> Result<Position, Said> {
    let (longitude, latitude) = match numbers {
        [longitude, latitude] => (longitude, latitude),
        [longitude, latitude, height] if *height == 0.0 => (longitude, latitude),
        [_, _, _] => {
            return Err(Wrong::HasHeight.said());
        }
        _other => return Err(Wrong::NotAPair.said()),
    };
    let e7 = |degrees: f64| {
        // No position is beyond; the bounds of the angle are checked after.
        (degrees.is_finite() && degrees.abs() <= 200.0)
            .then(|| libm::round(degrees * 1e7) as i32)
            .ok_or_else(|| Wrong::NotAnAngle(degrees.to_string()).said())
    };
    Position::from_e7(e7(*latitude)?, e7(*longitude)?).map_err(|refused| refused.said())
}

/// A ring as map programs close it: the last vertex repeats the first, and is taken off.
pub(crate) fn open_ring(mut ring: Vec<Position>) -> Result<Vec<Position>, Said> {
    match ring.len() >= 4 && ring.first() == ring.last() {
        true => {
            ring.pop();
            Ok(ring)
        }
        false => Err(Wrong::RingOpen.said()),
    }
}

/// An area as map programs draw it: a circle by its outline.
pub(crate) fn drawn(area: &Area, outline: Outline) -> Geometry {
    match area {
        Area::Circle(circle) => Geometry::Ring(outline(circle)),
        Area::Polygon(polygon) => Geometry::Ring(polygon.vertices().to_vec()),
        Area::Corridor(corridor) => Geometry::Line(corridor.points().to_vec()),
    }
}

pub(crate) fn polygon(vertices: Vec<Position>) -> Result<Area, Said> {
    let polygon = Polygon::new(vertices).map(Area::Polygon);
    polygon.map_err(|refused| refused.said())
}

pub(crate) fn corridor(
    points: Vec<Position>,
    width: model::units::Millimetres,
) -> Result<Area, Said> {
    let corridor = Corridor::new(points, width).map(Area::Corridor);
    corridor.map_err(|refused| refused.said())
}

/// Refuses what is too large, before it is looked at.
pub(crate) fn not_too_large(bytes: &[u8]) -> Result<(), SheetRefused> {
    match bytes.len() > MAX_IMPORT {
        true => Err(SheetRefused::TooLarge(bytes.len())),
        false => Ok(()),
    }
}

/// The file as text, a byte order mark taken off.
pub(crate) fn text(bytes: &[u8]) -> Result<&str, SheetRefused> {
    not_too_large(bytes)?;
    let text =
        std::str::from_utf8(bytes).map_err(|error| SheetRefused::NotUtf8(error.valid_up_to()))?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
}

/// The beginning of what a file says, for an error; what would not show is left out.
pub(crate) fn excerpt(text: &str) -> String {
    let shown = |c: &char| {
        !c.is_control()
            && !matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
    };
    text.trim().chars().filter(shown).take(40).collect()
}

/// A notice to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    pub kind: Kind,
    pub slots: Slots,
    /// What the node says of it (where it came from, its state): names out of [`PASSED_OVER`].
    pub facts: Vec<(&'static str, String)>,
}

/// All fields of a notice to be written: its kind, its slots, its facts.
pub(crate) fn all_fields(shown: &Shown) -> Vec<(&'static str, String)> {
    let mut all = vec![("kind", shown.kind.to_string())];
    all.extend(typed(&shown.slots));
    all.extend(shown.facts.iter().cloned());
    all
}

#[cfg(test)]
mod tests;
