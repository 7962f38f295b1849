//! Which tracks come too near to each other.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use model::units::{Millis, Timestamp};

use super::motion::Path;
use super::{Loss, MAX_PAIRS, Mover, Pass, PassRefused, Terms};
use crate::geodesy::{inverse, millimetres};
use crate::index::key::Key;
use crate::index::lanes::Lanes;
use crate::index::tree::Tree;
use crate::space::{MAX_CURVATURE_RADIUS, MIN_CURVATURE_RADIUS, dot, minus};

/// Steps toward the least distance, and toward the instant at which separation is lost.
const MAX_STEPS: usize = 40;
/// Instants that are looked at where two hardly move against each other.
const INSTANTS: usize = 64;

type Paths<K> = [(Mover<K>, Path)];

/// Of all pairs with an own track in them.
pub fn all<K: Copy + Ord, V>(
    paths: &Paths<K>,
    pass: &Pass<'_, K, V>,
) -> Result<BTreeMap<[Mover<K>; 2], Loss>, PassRefused> {
    let minima = Minima::of(pass.terms);
    let key = |path: &Path| swept(path, pass.terms);
    let keys: Vec<(Key, u32)> = paths.iter().map(|(_, path)| key(path)).zip(0..).collect();
    let tree = Tree::of(keys.clone(), Lanes::detected());
    let (mut found, mut pairs) = (Vec::new(), 0);
    for ((one, path), (key, slot)) in paths.iter().zip(&keys) {
        if matches!(one, Mover::Disclosed(_)) {
            continue;
        }
        tree.view().visit(&[*key], |other| {
            let (mover, with) = &paths[other as usize];
            if matches!(mover, Mover::Own(_)) && other <= *slot {
                return ControlFlow::Continue(());
            }
            pairs += 1;
            if let Some((begins, least)) = minima.lost(path, with) {
                let ms = Millis::new((begins * 1_000.0) as i64).unwrap_or(Millis::ZERO);
                let begins: Timestamp = pass.now.saturating_add(ms);
                let pair = [*one.min(mover), *one.max(mover)];
                let least = millimetres(least).min(pass.terms.horizontal);
                found.push((pair, Loss { begins, least }));
            }
            match pairs > MAX_PAIRS {
                true => ControlFlow::Break(()),
                false => ControlFlow::Continue(()),
            }
        });
        if pairs > MAX_PAIRS {
            return Err(PassRefused::TooDense);
        }
    }
    Ok(found.into_iter().collect())
}

/// So that no height that is carried is below 0.
const DEEPEST: i64 = 1_000_000_000_000;

/// Half of what is asked around all of a path, on the ground and in height: what meets may be too near. Height takes the place
/// of time.
fn swept(path: &Path, terms: Terms) -> Key {
    let [low, high] = path.heights();
    let half = terms.vertical.as_mm() / 2 + 1;
    let around = path
        .bounds()
        .widened(terms.horizontal.as_mm() as f64 / 2_000.0 + 0.01);
    Key::new(low - half + DEEPEST, high + half + DEEPEST, &around)
}

/// What is asked, on the ground in metres and in height in millimetres.
pub struct Minima {
    metres: f64,
    vertical: i64,
    /// What is nearer than this in a straight line is nearer on the ground than asked.
    within: f64,
    /// What is not nearer than this is not.
    beyond: f64,
}

impl Minima {
    pub fn of(terms: Terms) -> Self {
        let metres = terms.horizontal.as_mm() as f64 / 1_000.0;
        // The shortest way of a curve is no more bent than the ellipsoid anywhere, and no less (Schur).
        let chord = |radius: f64| 2.0 * radius * libm::sin(metres / (2.0 * radius));
        Self {
            metres,
            vertical: terms.vertical.as_mm(),
            within: chord(MIN_CURVATURE_RADIUS),
            beyond: chord(MAX_CURVATURE_RADIUS),
        }
    }

    /// When separation is lost, in seconds from now, and how near they come, in metres.
    pub fn lost(&self, one: &Path, other: &Path) -> Option<(f64, f64)> {
        let [from, until] = one.while_nearer(other, self.vertical)?;
        let off = one.off() + other.off();
        let closest = Closest::of(one, other, from, until);
        if closest.metres - closest.slack - off >= self.beyond {
            return None;
        }
        let mut least = closest.metres;
        if least + off >= self.within {
            least = measured(one, other, closest, [from, until], off);
            if least >= self.metres {
                return None;
            }
        }
        Some((self.begins(one, other, from, closest.t), least))
    }

    /// The last instant known at which they are far enough apart, before they are not; good to the model's accuracy.
    fn begins(&self, one: &Path, other: &Path, from: f64, nearest: f64) -> f64 {
        if one.chord(other, from) < self.beyond {
            return from;
        }
        let (mut apart, mut near) = (from, nearest);
        for _ in 0..MAX_STEPS {
            let between = (apart + near) / 2.0;
            match one.chord(other, between) < self.beyond {
                true => near = between,
                false => apart = between,
            }
        }
        near
    }
}

#[derive(Debug, Clone, Copy)]
struct Closest {
    t: f64,
    metres: f64,
    /// How much less it may be at some instant in between.
    slack: f64,
    /// How far from `t` that may be, in seconds.
    about: f64,
}

impl Closest {
    fn of(one: &Path, other: &Path, from: f64, until: f64) -> Self {
        let half = (until - from) / 2.0;
        let middle = from + half;
        let (d, v) = (
            one.offset(other, middle),
            minus(one.velocity(middle), other.velocity(middle)),
        );
        let bend = minus(one.acceleration(middle), other.acceleration(middle));
        let length = |a| libm::sqrt(dot(a, a));
        let bend = length(bend) + (one.jerk() + other.jerk()) * half;
        let speeds = [length(v) - bend * half, length(v) + bend * half];
        let far = length(d) + speeds[1] * half;
        // The square of the distance is convex where it is 2 (speed² - distance × bend) or more that it bends by.
        if speeds[0] > 0.0 && speeds[0] * speeds[0] > 1.01 * far * bend {
            return Self::convex(one, other, [from, until], dot(d, v), dot(v, v));
        }
        // They keep their distance all but exactly, if they have the same velocity: no dividing by what is nothing.
        let step = (until - from) / (INSTANTS as f64);
        let instants = (0..=INSTANTS).map(|index| from + step * index as f64);
        let all = instants.map(|t| (one.chord(other, t), t));
        let (metres, t) = all
            .min_by(|a, b| a.0.total_cmp(&b.0))
            .unwrap_or((f64::INFINITY, from));
        let sag = (speeds[1] * speeds[1] + far * bend) * step * step / 4.0;
        let least = libm::sqrt((metres * metres - sag).max(0.0));
        Self {
            t,
            metres,
            slack: metres - least,
            about: step,
        }
    }

    fn convex(one: &Path, other: &Path, [from, until]: [f64; 2], dv: f64, vv: f64) -> Self {
        let mut t = ((from + until) / 2.0 - dv / vv).clamp(from, until);
        for _ in 0..MAX_STEPS {
            let d = one.offset(other, t);
            let v = minus(one.velocity(t), other.velocity(t));
            let a = minus(one.acceleration(t), other.acceleration(t));
            let bends = dot(v, v) + dot(d, a);
            let before = t;
            t = (t - dot(d, v) / bends).clamp(from, until);
            if (t - before).abs() < 1.0e-6 {
                break;
            }
        }
        Self {
            t,
            metres: one.chord(other, t),
            slack: 1.0e-6,
            about: 0.0,
        }
    }
}

/// The least distance on the ellipsoid, about where the arcs are nearest.
fn measured(one: &Path, other: &Path, closest: Closest, [from, until]: [f64; 2], off: f64) -> f64 {
    let distance = |t: f64| inverse(one.place(t), other.place(t)).0;
    let about = closest.about + 4.0 * off + 0.001;
    let (mut low, mut high) = (
        (closest.t - about).max(from),
        (closest.t + about).min(until),
    );
    let mut least = distance(closest.t).min(distance(low)).min(distance(high));
    for _ in 0..MAX_STEPS {
        let thirds = [low + (high - low) / 3.0, high - (high - low) / 3.0];
        let [a, b] = thirds.map(distance);
        least = least.min(a).min(b);
        match a < b {
            true => high = thirds[1],
            false => low = thirds[0],
        }
    }
    least
}
