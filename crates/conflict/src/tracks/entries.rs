//! Which declared volumes own tracks are inside of, or will be.

use std::collections::BTreeMap;

use model::units::{Millis, Timestamp};

use super::motion::Path;
use super::{MAX_PAIRS, Mover, Pass, PassRefused, Standing};
use crate::TOUCH;
use crate::chain::Chain;
use crate::geodesy::Degrees;
use crate::outline::BLUR;
use crate::shape::Shape;
use crate::space::{Point3, chord_to_segment};
use crate::volume::Volume;

/// Steps along a path before all of the rest is held against the area at once.
const MAX_STEPS: usize = 64;
/// Metres between which positions of that rest cannot be told apart.
const FINEST: f64 = 0.02;
/// Pieces of that rest, in metres.
const CUT: f64 = 5_000.0;
/// Stretches of a path with a box each, in metres: one around all of it would meet what lies far beside.
const STRETCH: f64 = 4_000.0;

pub fn all<K: Copy + Ord, V: Copy + Ord>(
    paths: &[(Mover<K>, Path)],
    pass: &Pass<'_, K, V>,
) -> Result<BTreeMap<(K, V), Standing>, PassRefused> {
    let until = pass.now.saturating_add(pass.terms.look_ahead);
    let (mut found, mut pairs) = (Vec::new(), 0);
    for (mover, path) in paths {
        let Mover::Own(track) = mover else { continue };
        let near = pass.declared.in_the_way(
            [pass.now, until],
            &path.stretches(STRETCH),
            path.heights(),
            pass.among,
        );
        pairs += near.len();
        if pairs > MAX_PAIRS {
            return Err(PassRefused::TooDense);
        }
        let ends = [path.point(0.0), path.point(path.until)];
        for volume in near {
            if is_clear(&volume.shape, ends, path.rise()) {
                continue;
            }
            let standing = entry(path, &volume, pass.now).map(|t| match t > 0.0 {
                true => Standing::WillEnter(after(pass.now, t)),
                false => Standing::Inside,
            });
            found.extend(standing.map(|standing| ((*track, volume.key), standing)));
        }
    }
    Ok(found.into_iter().collect())
}

fn after(now: Timestamp, seconds: f64) -> Timestamp {
    now.saturating_add(Millis::new((seconds * 1_000.0) as i64).unwrap_or(Millis::ZERO))
}

/// Whether an area lies farther from the straight line between the ends of a path than the path strays from it. What it says to be
/// clear is; of the rest it says nothing.
fn is_clear(shape: &Shape, [from, to]: [Point3; 2], rise: f64) -> bool {
    shape.outline.as_ref().is_some_and(|outline| {
        let around = outline.reach() + outline.width() + 2.0 * BLUR + TOUCH;
        chord_to_segment(outline.hub(), from, to) > around + rise
    })
}

/// When a path is in the volume first, in seconds; 0 if it is now.
pub fn entry<V>(path: &Path, volume: &Volume<V>, now: Timestamp) -> Option<f64> {
    let heights = volume.band.ellipsoidal();
    let [from, until] = path.while_between(heights.floor().as_mm(), heights.ceiling().as_mm())?;
    let seconds = |at: Timestamp| at.since(now).as_ms() as f64 / 1_000.0;
    let from = from.max(seconds(volume.span.from()));
    let until = until.min(seconds(volume.span.until()));
    (from <= until).then_some(())?;
    reached(path, &volume.shape, from, until)
}

/// When a path is over an area first, between two instants. It cannot be there sooner than it can cover the way that is left.
fn reached(path: &Path, shape: &Shape, from: f64, until: f64) -> Option<f64> {
    let mut t = from;
    for _ in 0..MAX_STEPS {
        let left = shape.distance_place(path.place(t));
        if left <= TOUCH {
            return Some(t);
        }
        // Never again, if it does not move.
        t += left / path.speed;
        if t > until {
            return None;
        }
    }
    grazed(path, shape, t, until)
}

/// As `reached`, of a path that runs along an area: whether all of it touches, and if so, how little of it does.
fn grazed(path: &Path, shape: &Shape, from: f64, mut until: f64) -> Option<f64> {
    let start = path.place(from);
    let touches = |until: f64| touches(shape, start, path.place(until));
    if !touches(until) {
        return None;
    }
    let mut clear = from;
    while (until - clear) * path.speed > FINEST {
        let between = (clear + until) / 2.0;
        match touches(between) {
            true => until = between,
            false => clear = between,
        }
    }
    Some(until)
}

fn touches(shape: &Shape, from: Degrees, to: Degrees) -> bool {
    let ends = [from.rounded(), to.rounded()];
    match Chain::new(&ends, false, CUT) {
        Ok(line) if ends[0] != ends[1] => shape.touches_line(&line),
        // A path is never too long for a line; one of no length is a place.
        Ok(_) | Err(_) => shape.contains(ends[0]) || shape.contains(ends[1]),
    }
}
