//! What no key says alone: that the parts of an arrangement fit each other.

use std::collections::BTreeSet;

use model::arrangement::Arrangement;
use model::code::Level;
use model::kind::Kind;
use model::place::{Area, DEGREE_E7, Position};

use super::section::{Read, Section};

/// How far beyond the area's outermost points a reference point may lie, in degrees of latitude: 3 degrees are 333 km.
const MAX_BEYOND: i64 = 3 * DEGREE_E7 as i64;

pub(crate) fn check(arrangement: &Arrangement, top: &Section<'_>) -> Read<()> {
    different(top, "desks", &arrangement.desks)?;
    if arrangement.desks.is_empty() {
        return Err(top.rule("desks", "give at least one desk"));
    }
    purposes(arrangement, top)?;
    separations(arrangement, top)?;
    reference_points(arrangement, top)?;
    different(top, "single_description", &arrangement.single_description)?;
    let rising = arrangement
        .line_checks
        .windows(2)
        .all(|pair| pair[0] < pair[1]);
    if !rising {
        return Err(top.rule("line_checks", "give each time once, the earliest first"));
    }
    climb(arrangement, top)?;
    fallback(arrangement, top)
}

fn different<T: Ord>(top: &Section<'_>, key: &str, items: &[T]) -> Read<()> {
    let mut seen = BTreeSet::new();
    match items.iter().all(|item| seen.insert(item)) {
        true => Ok(()),
        false => Err(top.rule(key, "give each only once")),
    }
}

fn purposes(arrangement: &Arrangement, top: &Section<'_>) -> Read<()> {
    if arrangement.purposes.is_empty() {
        return Err(top.rule("purpose", "give at least one protective purpose"));
    }
    let ids: Vec<_> = arrangement
        .purposes
        .iter()
        .map(|purpose| purpose.id)
        .collect();
    different(top, "purpose", &ids)
}

fn separations(arrangement: &Arrangement, top: &Section<'_>) -> Read<()> {
    let mut seen = BTreeSet::new();
    for separation in &arrangement.separations {
        let [a, b] = separation.between;
        if !seen.insert((a.min(b), a.max(b))) {
            let what = format!("{a} and {b} are kept apart twice: give each pair once");
            return Err(top.rule("separation", what));
        }
    }
    Ok(())
}

fn reference_points(arrangement: &Arrangement, top: &Section<'_>) -> Read<()> {
    let points = &arrangement.reference_points;
    let ids: Vec<_> = points.iter().map(|point| point.id).collect();
    different(top, "reference_point", &ids)?;
    let exempt = |kind| arrangement.single_description.contains(kind);
    if points.is_empty() && !Kind::NOTICES.iter().all(exempt) {
        let what = "give at least one, for bearing and distance, or exempt every kind under `single_description`";
        return Err(top.rule("reference_point", what));
    }
    match points
        .iter()
        .find(|point| !is_near(point.position, &arrangement.area))
    {
        None => Ok(()),
        Some(point) => {
            let what = format!(
                "`{}` at {} is far outside the area: check that latitude and longitude are not swapped",
                point.id, point.position
            );
            Err(top.rule("reference_point", what))
        }
    }
}

/// Whether `at` lies in the box around the area, widened by [`MAX_BEYOND`]. Coarse on purpose: it finds what was
/// mistyped, and needs no geometry.
fn is_near(at: Position, area: &Area) -> bool {
    let (points, reach_mm) = match area {
        Area::Circle(circle) => (vec![circle.centre()], circle.radius().as_mm()),
        Area::Polygon(polygon) => (polygon.vertices().to_vec(), 0),
        Area::Corridor(corridor) => (corridor.points().to_vec(), corridor.width().as_mm()),
    };
    // A degree of latitude has at least 110 km.
    let reach = MAX_BEYOND + reach_mm * i64::from(DEGREE_E7) / 110_000_000;
    // One degree of longitude is at least half as long up to 60 degrees, a quarter up to 75; beyond, any is near.
    let stretch = match at.latitude().as_e7().abs() / DEGREE_E7 {
        0..60 => 2,
        60..75 => 4,
        _polar => 120,
    };
    // Eastward of the first point, so that an area may lie across the date line.
    let origin = points.first().copied().unwrap_or(at);
    let east = |point: Position| {
        let turn = 360 * i64::from(DEGREE_E7);
        let difference =
            i64::from(point.longitude().as_e7()) - i64::from(origin.longitude().as_e7());
        (difference + turn / 2).rem_euclid(turn) - turn / 2
    };
    let north = |point: Position| i64::from(point.latitude().as_e7());
    let within = |measure: &dyn Fn(Position) -> i64, reach: i64| {
        let at = measure(at);
        points.iter().any(|point| measure(*point) - reach <= at)
            && points.iter().any(|point| at <= measure(*point) + reach)
    };
    within(&north, reach) && within(&east, reach * stretch)
}

fn climb(arrangement: &Arrangement, top: &Section<'_>) -> Read<()> {
    let climb = &arrangement.stop.climb;
    if climb.iter().any(|step| step.level == Level::Desk) {
        return Err(top.rule(
            "stop.climb",
            "the alarm begins at the desk: give the levels above it",
        ));
    }
    let rising = |pair: &[model::arrangement::Climb]| {
        pair[0].level < pair[1].level && pair[0].after < pair[1].after
    };
    if !climb.windows(2).all(rising) {
        let what = "give the levels in order, each higher and later than the one before";
        return Err(top.rule("stop.climb", what));
    }
    Ok(())
}

/// Every desk of both parties can be reached by telephone, and nothing else is listed.
fn fallback(arrangement: &Arrangement, top: &Section<'_>) -> Read<()> {
    let refused = |what| top.rule("fallback", what);
    let mut seen = BTreeSet::new();
    for fallback in &arrangement.fallback {
        let (party, desk) = (fallback.party, fallback.desk);
        if !arrangement.parties.contains(&party) {
            return Err(refused(format!(
                "`{party}` is no party of this arrangement"
            )));
        }
        if !arrangement.desks.contains(&desk) {
            return Err(refused(format!("`{desk}` is no desk of this arrangement")));
        }
        if !seen.insert((party, desk)) {
            return Err(refused(format!(
                "the {desk} desk of {party} is listed twice"
            )));
        }
    }
    for party in arrangement.parties {
        for &desk in &arrangement.desks {
            if arrangement.numbers(party, desk).is_empty() {
                let what = format!("the {desk} desk of {party} has no telephone number: give one");
                return Err(refused(what));
            }
        }
    }
    Ok(())
}
