//! Small notices of the other party that together sweep an area. Each looks harmless; answered one by one, they would
//! map what is ours. It is shown to a person and does nothing by itself.
//!
//! What is found is a sweep over ground: rows *and* columns. A convoy that gives notice of each leg of its road goes
//! along a line and is none; nor is the same place given notice of again and again. Someone who probes along a line,
//! slowly, or under several kinds is not found: the officer who answers sees what each answer gives away (`objection`).

use conflict::geodesy::leg;
use model::ids::LineId;
use model::kind::Kind;
use model::line::{EntryRef, Side};
use model::notice::Notice;
use model::place::{Area, Position};
use model::state::State;
use model::units::{Millimetres, Millis, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// Notices that came within this time are looked at together.
pub const TOGETHER: Millis = Millis::from_seconds(24 * 3_600);
/// A notice is small if its area is no longer than this, nor wider. It is also how wide the squares are that are
/// counted.
pub const SMALL: Millimetres = Millimetres::from_metres(4_000);
/// A sweep has small notices in at least so many squares that meet, a corner included: 144 square kilometres.
pub const MIN_SQUARES: usize = 9;
/// It has at least so many rows of squares, and so many columns.
pub const MIN_ACROSS: i64 = 3;

/// How long a degree of latitude is at the least, in millimetres.
const DEGREE_MM: i64 = 110_574_000;
const DEGREE_E7: i64 = 10_000_000;

/// Small notices of one kind that together sweep an area.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sweep {
    pub line: LineId,
    pub kind: Kind,
    /// In the order of the log.
    pub notices: Vec<EntryRef>,
    /// When the first and the last of them came.
    pub from: Timestamp,
    pub until: Timestamp,
    /// In how many squares of [`SMALL`] they lie.
    pub squares: usize,
}

/// A square of the line's own grid: row, column.
type Square = (i64, i64);

/// The sweeps by other parties that are in view at `now`. Notices that were withdrawn or amended count: asking and
/// taking back is how one fishes. Refused ones were never asked.
pub fn sweeps(state: &State, now: Timestamp) -> Vec<Sweep> {
    let mut small: BTreeMap<(LineId, Kind), BTreeMap<Square, Vec<&Notice>>> = BTreeMap::new();
    let widths: BTreeMap<LineId, i64> = (state.lines.iter())
        .filter_map(|(line, view)| Some((*line, width(&view.arrangement.area)?)))
        .collect();
    for notice in state.notices.values() {
        let looked_at = notice.side() == Side::Peer
            && notice.refused.is_none()
            && now.since(came(notice)) <= TOGETHER;
        let width = widths.get(&notice.line()).filter(|_| looked_at);
        if let Some(square) = width.and_then(|width| square(*width, notice)) {
            let alike = small.entry((notice.line(), notice.kind)).or_default();
            alike.entry(square).or_default().push(notice);
        }
    }
    let mut found = Vec::new();
    for ((line, kind), squares) in small {
        for group in groups(&squares) {
            found.extend(sweep(line, kind, &group, &squares));
        }
    }
    found
}

fn came(notice: &Notice) -> Timestamp {
    notice.receipts.arrived.unwrap_or(notice.header.sent_at)
}

/// The square that the middle of a small area lies in; `None` for one that is not small, or cannot be read.
fn square(degree_east_mm: i64, notice: &Notice) -> Option<Square> {
    let area = notice.content.slots()?.area()?;
    let (south_west, north_east) = box_of(area)?;
    let margin = margin(area).as_mm();
    let north = |e7: i64| e7 * DEGREE_MM / DEGREE_E7;
    let east = |e7: i64| e7 * degree_east_mm / DEGREE_E7;
    let high = north(north_east.0 - south_west.0) + 2 * margin;
    let wide = east(north_east.1 - south_west.1) + 2 * margin;
    let is_small = high <= SMALL.as_mm() && wide <= SMALL.as_mm();
    let middle = |one: i64, other: i64| one + (other - one) / 2;
    is_small.then(|| {
        (
            north(middle(south_west.0, north_east.0)).div_euclid(SMALL.as_mm()),
            east(middle(south_west.1, north_east.1)).div_euclid(SMALL.as_mm()),
        )
    })
}

/// How long a degree of longitude is at the beginning of a line's area, in millimetres. One for the whole line, so that
/// squares of different rows meet.
fn width(of_line: &Area) -> Option<i64> {
    let latitude = of_line
        .position_of(of_line.first_anchor())
        .ok()?
        .latitude()
        .as_e7();
    let meridian = |e7| Position::from_e7(latitude, e7).ok();
    let degree = leg(meridian(0)?, meridian(DEGREE_E7 as i32)?);
    Some(degree.distance.as_mm().max(1))
}

/// What an area reaches beyond the box around its points.
fn margin(area: &Area) -> Millimetres {
    match area {
        Area::Circle(circle) => circle.radius(),
        Area::Corridor(corridor) => {
            Millimetres::new(corridor.width().as_mm() / 2).unwrap_or(Millimetres::ZERO)
        }
        Area::Polygon(_) => Millimetres::ZERO,
    }
}

/// The corners of the box around an area's points, in 1e-7 degree, latitude first.
fn box_of(area: &Area) -> Option<((i64, i64), (i64, i64))> {
    let points = match area {
        Area::Circle(circle) => vec![circle.centre()],
        Area::Polygon(polygon) => polygon.vertices().to_vec(),
        Area::Corridor(corridor) => corridor.points().to_vec(),
    };
    let latitudes = || points.iter().map(|p| i64::from(p.latitude().as_e7()));
    let longitudes = || points.iter().map(|p| i64::from(p.longitude().as_e7()));
    Some((
        (latitudes().min()?, longitudes().min()?),
        (latitudes().max()?, longitudes().max()?),
    ))
}

/// The squares, those together that meet.
fn groups(squares: &BTreeMap<Square, Vec<&Notice>>) -> Vec<BTreeSet<Square>> {
    let mut left: BTreeSet<Square> = squares.keys().copied().collect();
    let mut groups = Vec::new();
    while let Some(first) = left.pop_first() {
        let mut group = BTreeSet::from([first]);
        let mut open = vec![first];
        while let Some((row, column)) = open.pop() {
            for north in -1..=1 {
                for east in -1..=1 {
                    let next = (row + north, column + east);
                    if left.remove(&next) {
                        group.insert(next);
                        open.push(next);
                    }
                }
            }
        }
        groups.push(group);
    }
    groups
}

fn sweep(
    line: LineId,
    kind: Kind,
    group: &BTreeSet<Square>,
    squares: &BTreeMap<Square, Vec<&Notice>>,
) -> Option<Sweep> {
    let across = |of: fn(&Square) -> i64| {
        let least = group.iter().map(of).min()?;
        Some(group.iter().map(of).max()? - least + 1)
    };
    let (rows, columns) = (across(|square| square.0)?, across(|square| square.1)?);
    // A road, also one that runs across the grid, fills few of the squares around it.
    let fills_half = 2 * i64::try_from(group.len()).ok()? >= rows * columns;
    let is_sweep =
        group.len() >= MIN_SQUARES && rows >= MIN_ACROSS && columns >= MIN_ACROSS && fills_half;
    if !is_sweep {
        return None;
    }
    let notices: Vec<&Notice> = group
        .iter()
        .flat_map(|square| &squares[square])
        .copied()
        .collect();
    let mut entries: Vec<EntryRef> = notices.iter().map(|notice| notice.entry).collect();
    entries.sort();
    Some(Sweep {
        line,
        kind,
        notices: entries,
        from: notices.iter().map(|notice| came(notice)).min()?,
        until: notices.iter().map(|notice| came(notice)).max()?,
        squares: group.len(),
    })
}
