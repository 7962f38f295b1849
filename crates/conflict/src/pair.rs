//! Whether two volumes conflict, with a witness: where, when, by how much, and which rule says so.

use model::ids::PartyId;
use model::place::Position;
use model::units::{Millimetres, Millis, Timestamp};

use crate::TOUCH;
use crate::altitude::{Ground, VerticalGap, gap};
use crate::geodesy::Degrees;
use crate::matrix::{Matrix, Rule};
use crate::volume::{Span, Volume};

/// The version of all that decides on a conflict. It rises with any change after which one could come out differently.
/// It goes into the journal with each conflict, which is never worked out again.
pub const ENGINE: u16 = 2;

/// Two volumes that come nearer to each other than the arrangement allows, in space and in time at once.
///
/// Below 0, a gap is an overlap. A gap of exactly the separation asked is a conflict. On the ground one that is greater
/// by less than 1 mm may be one too; from 1 mm on, none is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Conflict<K> {
    /// The volume that was asked about, then the one that it comes near.
    pub keys: [K; 2],
    /// Whose they are, in the same order.
    pub parties: [PartyId; 2],
    pub rule: Rule,
    pub horizontal: HorizontalGap,
    pub vertical: VerticalGap,
    pub time: TimeGap,
    /// The heights are not known well enough: a flight level was measured against a height by the arrangement's
    /// margin, or the two are far enough apart if the geoid or the ground is as kind as it may be.
    pub uncertain: bool,
    /// The [`ENGINE`] that found it.
    pub engine: u16,
}

/// How near two areas come on the ground.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HorizontalGap {
    /// Along the geodesic between `at`. Where the areas overlap, 0, or less by the width of a circle around `at` that
    /// lies in both: one that was found, not always the widest.
    pub gap: Millimetres,
    /// The nearest place of each area, the one first that was asked about; where they overlap, one place in both.
    /// Rounded to 1e-7 degree, which is at most 8 mm.
    pub at: [Position; 2],
}

/// How near two volumes come in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeGap {
    /// From the end of the earlier to the beginning of the later; below 0, how long they last together.
    pub gap: Millis,
    /// The two instants that this lies between. While both last, or else the time between them; both included.
    pub from: Timestamp,
    pub until: Timestamp,
}

/// How much more separation a rule asks than there is: 0 or more, each for itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shortfall {
    pub horizontal: Millimetres,
    /// With the heights at their worst.
    pub vertical: Millimetres,
    pub time: Millis,
}

/// Whether two volumes conflict under an arrangement: different parties, kinds that it keeps apart, and nearer than it
/// asks on the ground, in height and in time. The same answer whichever is asked about, turned around.
pub fn between<K: Copy + Ord>(
    one: &Volume<K>,
    other: &Volume<K>,
    matrix: &Matrix,
) -> Option<Conflict<K>> {
    if one.party == other.party {
        return None;
    }
    let rule = matrix.rule(one.kind, other.kind)?;
    // In one order, so that both see the same to the last bit.
    if other.key < one.key {
        return judge(other, one, rule).map(Conflict::turned);
    }
    judge(one, other, rule)
}

/// Whether two volumes are of different parties and near enough in time and height: all but the ground.
pub(crate) fn may_conflict<K>(one: &Volume<K>, other: &Volume<K>, rule: Rule) -> bool {
    one.party != other.party
        && time_gap(one.span, other.span).gap <= rule.separation.time
        && gap(one.band, other.band, ground(rule)).least <= rule.separation.vertical
}

/// With nothing asked on the ground, what conflicts shares ground.
fn ground(rule: Rule) -> Ground {
    match rule.separation.horizontal == Millimetres::ZERO {
        true => Ground::Shared,
        false => Ground::Differing,
    }
}

fn judge<K: Copy>(one: &Volume<K>, other: &Volume<K>, rule: Rule) -> Option<Conflict<K>> {
    let asked = rule.separation;
    let time = time_gap(one.span, other.span);
    if time.gap > asked.time {
        return None;
    }
    let vertical = gap(one.band, other.band, ground(rule));
    if vertical.least > asked.vertical {
        return None;
    }
    let horizontal = asked.horizontal.as_mm() as f64 / 1_000.0;
    let near = one.shape.near(&other.shape, horizontal + TOUCH)?;
    Some(Conflict {
        keys: [one.key, other.key],
        parties: [one.party, other.party],
        rule,
        horizontal: HorizontalGap {
            gap: rounded_down(near.metres).min(asked.horizontal),
            at: near.at.map(Degrees::rounded),
        },
        vertical,
        time,
        uncertain: vertical.pressure_against_height || vertical.most > asked.vertical,
        engine: ENGINE,
    })
}

pub(crate) fn time_gap(one: Span, other: Span) -> TimeGap {
    let (begins, ends) = (one.from().max(other.from()), one.until().min(other.until()));
    TimeGap {
        gap: begins.since(ends),
        from: begins.min(ends),
        until: begins.max(ends),
    }
}

fn rounded_down(metres: f64) -> Millimetres {
    Millimetres::new(libm::floor(metres * 1_000.0) as i64).unwrap_or(Millimetres::MIN)
}

impl<K> Conflict<K> {
    /// By how much the separation falls short.
    pub fn shortfall(&self) -> Shortfall {
        let asked = self.rule.separation;
        let time = asked.time.as_ms() - self.time.gap.as_ms();
        Shortfall {
            horizontal: asked.horizontal.saturating_sub(self.horizontal.gap),
            vertical: asked.vertical.saturating_sub(self.vertical.least),
            time: Millis::new(time).unwrap_or(Millis::MAX),
        }
    }

    /// Seen from the other volume.
    fn turned(self) -> Self {
        let ([one, other], [ours, theirs]) = (self.keys, self.parties);
        let [here, there] = self.horizontal.at;
        Self {
            keys: [other, one],
            parties: [theirs, ours],
            horizontal: HorizontalGap {
                gap: self.horizontal.gap,
                at: [there, here],
            },
            ..self
        }
    }
}
