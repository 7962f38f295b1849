//! A party's own tracks against all that is declared, and against the flights that others disclosed of their own.
//!
//! A track goes on along the geodesic of its course, at its speed and rate of climb. Told are changes from one pass to the
//! next: which declared volumes it is inside of, or will be within the look-ahead, and which losses of separation are
//! predicted. How, and why the answers are exact: docs/conflict-engine.md.

use std::collections::{BTreeMap, BTreeSet};

use model::place::Position;
use model::units::{Bearing, Millimetres, Millis, Timestamp};
use thiserror::Error;

use crate::index::{Among, Snapshot};

mod entries;
mod losses;
mod motion;

use motion::Path;

/// Tracks and flights in one pass.
pub const MAX_TRACKS: usize = 200_000;
/// Pairs that lie near each other in one pass: of tracks and volumes, and of tracks. All at one place would be billions.
pub const MAX_PAIRS: usize = 5_000_000;
/// Metres per second over the ground, or up and down.
pub const MAX_SPEED: i32 = 1_000;
/// How old a track may be and how far is looked ahead, together.
pub const MAX_AHEAD: Millis = Millis::from_seconds(300);

/// Why nothing was decided. What was said before stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum PassRefused {
    #[error("`{0}` tracks and flights are more than {MAX_TRACKS} in one pass: divide them by area")]
    TooMany(usize),
    #[error(
        "more than {MAX_PAIRS} pairs lie near each other: divide the tracks by area, or look less far ahead"
    )]
    TooDense,
    #[error("two tracks of one side have the same key: give each track once")]
    Twice,
    #[error(
        "look-ahead and greatest age are negative or together over {} s: look less far ahead",
        MAX_AHEAD.as_ms() / 1_000
    )]
    TooFar,
    #[error("a minimum is negative or over 100 km: check its unit")]
    Minimum,
}

/// Why a motion is not carried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum MotionRefused {
    #[error("a speed of `{0}` mm/s is negative or over {MAX_SPEED} m/s: check its unit")]
    Speed(i64),
    #[error("a climb of `{0}` mm/s is over {MAX_SPEED} m/s up or down: check its unit")]
    Climb(i64),
    #[error("a height of {0} is over 1,000 km from the ellipsoid: check its unit")]
    Height(Millimetres),
}

/// Where something was and how it moved, at an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Motion {
    position: Position,
    height: Millimetres,
    course: Bearing,
    speed: i64,
    climb: i64,
    at: Timestamp,
}

impl Motion {
    /// `height` is above the ellipsoid, `course` over the ground; `speed` over the ground and `climb` are a second's.
    pub fn new(
        (position, height): (Position, Millimetres),
        course: Bearing,
        speed: Millimetres,
        climb: Millimetres,
        at: Timestamp,
    ) -> Result<Self, MotionRefused> {
        let most = i64::from(MAX_SPEED) * 1_000;
        let (speed, climb) = (speed.as_mm(), climb.as_mm());
        if !(0..=most).contains(&speed) {
            return Err(MotionRefused::Speed(speed));
        }
        if climb.abs() > most {
            return Err(MotionRefused::Climb(climb));
        }
        if height.as_mm().abs() > 1_000_000_000 {
            return Err(MotionRefused::Height(height));
        }
        Ok(Self {
            position,
            height,
            course,
            speed,
            climb,
            at,
        })
    }
}

/// One of the party's own tracks.
///
/// INVARIANT: never another party's. What others do is known here only as what they declared or disclosed; nothing here takes
/// a track of theirs, and no track leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Track<K> {
    pub key: K,
    pub motion: Motion,
}

/// A flight that whoever flies it disclosed. It is held against own tracks only: not against volumes, and not against
/// another flight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Disclosed<K> {
    pub key: K,
    pub motion: Motion,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mover<K> {
    Own(K),
    Disclosed(K),
}

/// What is asked. Separation is lost below both minima at once; at exactly one of them it is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    pub horizontal: Millimetres,
    pub vertical: Millimetres,
    pub look_ahead: Millis,
    /// A track that is older, or as far ahead of `now`, is said to be stale and not decided.
    pub stale_after: Millis,
}

impl Terms {
    /// 5 NM, 1,000 ft, 120 s; stale after 30 s.
    pub const USUAL: Self = Self {
        horizontal: Millimetres::from_metres(9_260),
        vertical: match Millimetres::new(304_800) {
            Ok(vertical) => vertical,
            Err(_) => unreachable!(),
        },
        look_ahead: Millis::from_seconds(120),
        stale_after: Millis::from_seconds(30),
    };

    fn checked(self) -> Result<Self, PassRefused> {
        let (ahead, stale) = (self.look_ahead.as_ms(), self.stale_after.as_ms());
        if ahead < 0 || stale < 0 || ahead + stale > MAX_AHEAD.as_ms() {
            return Err(PassRefused::TooFar);
        }
        let minimum = |length: Millimetres| (0..=100_000_000).contains(&length.as_mm());
        match minimum(self.horizontal) && minimum(self.vertical) {
            true => Ok(self),
            false => Err(PassRefused::Minimum),
        }
    }
}

/// What is looked at in one pass.
#[derive(Debug)]
pub struct Pass<'a, K, V> {
    pub now: Timestamp,
    pub own: &'a [Track<K>],
    pub disclosed: &'a [Disclosed<K>],
    pub declared: &'a Snapshot<V>,
    pub among: Among<'a>,
    pub terms: Terms,
}

/// Where a track stands to a declared volume, whose heights are taken at their widest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    Inside,
    /// At this instant, if it goes on like this.
    WillEnter(Timestamp),
}

/// A predicted loss of separation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Loss {
    /// Now, or later.
    pub begins: Timestamp,
    /// How near they come on the ground within the look-ahead while too near in height.
    pub least: Millimetres,
}

/// What is otherwise than in the pass before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change<K, V> {
    /// Not decided: neither clear nor in conflict. What was said of it stands until it is fresh again.
    Stale(Mover<K>),
    Fresh(Mover<K>),
    /// No longer given, with something said of it that nobody can tell now.
    Dropped(Mover<K>),
    Entered(K, V),
    Left(K, V),
    WillEnter(K, V, Timestamp),
    WillNoLongerEnter(K, V),
    LossBegins([Mover<K>; 2], Loss),
    LossEnds([Mover<K>; 2]),
}

/// What stands, from pass to pass.
#[derive(Debug, Clone)]
pub struct Watched<K, V> {
    standings: BTreeMap<(K, V), Standing>,
    losses: BTreeMap<[Mover<K>; 2], Loss>,
    stale: BTreeSet<Mover<K>>,
}

impl<K, V> Default for Watched<K, V> {
    fn default() -> Self {
        Self {
            standings: BTreeMap::new(),
            losses: BTreeMap::new(),
            stale: BTreeSet::new(),
        }
    }
}

impl<K: Copy + Ord, V: Copy + Ord> Watched<K, V> {
    pub fn standings(&self) -> &BTreeMap<(K, V), Standing> {
        &self.standings
    }

    /// By pairs, in order: own before disclosed.
    pub fn losses(&self) -> &BTreeMap<[Mover<K>; 2], Loss> {
        &self.losses
    }

    pub fn stale(&self) -> &BTreeSet<Mover<K>> {
        &self.stale
    }

    /// Looks at all once, and says what changed. If it refuses, what stood stands.
    pub fn pass(&mut self, pass: &Pass<'_, K, V>) -> Result<Vec<Change<K, V>>, PassRefused> {
        let terms = pass.terms.checked()?;
        let count = pass.own.len().saturating_add(pass.disclosed.len());
        if count > MAX_TRACKS {
            return Err(PassRefused::TooMany(count));
        }
        let (mut given, mut found) = (BTreeSet::new(), Self::default());
        let mut paths = Vec::with_capacity(count);
        let own = pass
            .own
            .iter()
            .map(|track| (Mover::Own(track.key), &track.motion));
        let disclosed = pass.disclosed.iter();
        let disclosed = disclosed.map(|flight| (Mover::Disclosed(flight.key), &flight.motion));
        for (mover, motion) in own.chain(disclosed) {
            if !given.insert(mover) {
                return Err(PassRefused::Twice);
            }
            if pass.now.since(motion.at).as_ms().abs() > terms.stale_after.as_ms() {
                found.stale.insert(mover);
            } else {
                paths.push((mover, Path::new(motion, pass.now, terms.look_ahead)));
            }
        }
        found.losses = losses::all(&paths, pass)?;
        found.standings = entries::all(&paths, pass)?;
        self.keep_undecided(&mut found, &given);
        let changes = self.changes(&found, &given);
        *self = found;
        Ok(changes)
    }

    /// What was said of the stale stands.
    fn keep_undecided(&self, found: &mut Self, given: &BTreeSet<Mover<K>>) {
        for (pair, standing) in &self.standings {
            if found.stale.contains(&Mover::Own(pair.0)) {
                found.standings.insert(*pair, *standing);
            }
        }
        for (pair, loss) in &self.losses {
            let stale = pair.iter().any(|mover| found.stale.contains(mover));
            if stale && pair.iter().all(|mover| given.contains(mover)) {
                found.losses.insert(*pair, *loss);
            }
        }
    }

    fn changes(&self, found: &Self, given: &BTreeSet<Mover<K>>) -> Vec<Change<K, V>> {
        let mut changes: Vec<Change<K, V>> = Vec::new();
        let said = self.standings.keys().map(|pair| Mover::Own(pair.0));
        let said = said.chain(self.losses.keys().flatten().copied());
        let said: BTreeSet<_> = said.chain(self.stale.iter().copied()).collect();
        changes.extend(said.difference(given).copied().map(Change::Dropped));
        changes.extend(
            found
                .stale
                .difference(&self.stale)
                .copied()
                .map(Change::Stale),
        );
        let fresh = self.stale.difference(&found.stale).copied();
        changes.extend(
            fresh
                .filter(|mover| given.contains(mover))
                .map(Change::Fresh),
        );
        for (pair, before) in &self.standings {
            let after = found.standings.get(pair);
            match (before, after) {
                _ if !given.contains(&Mover::Own(pair.0)) => {}
                (Standing::Inside, None | Some(Standing::WillEnter(_))) => {
                    changes.push(Change::Left(pair.0, pair.1));
                }
                (Standing::WillEnter(_), None) => {
                    changes.push(Change::WillNoLongerEnter(pair.0, pair.1));
                }
                (Standing::Inside | Standing::WillEnter(_), Some(_)) => {}
            }
        }
        for (pair, after) in &found.standings {
            match (self.standings.get(pair), after) {
                (None | Some(Standing::WillEnter(_)), Standing::Inside) => {
                    changes.push(Change::Entered(pair.0, pair.1));
                }
                (None | Some(Standing::Inside), Standing::WillEnter(at)) => {
                    changes.push(Change::WillEnter(pair.0, pair.1, *at));
                }
                (Some(_), Standing::Inside | Standing::WillEnter(_)) => {}
            }
        }
        let ended = self
            .losses
            .keys()
            .filter(|pair| !found.losses.contains_key(*pair));
        let ended = ended.filter(|pair| pair.iter().all(|mover| given.contains(mover)));
        changes.extend(ended.copied().map(Change::LossEnds));
        let begun = found
            .losses
            .iter()
            .filter(|(pair, _)| !self.losses.contains_key(*pair));
        changes.extend(begun.map(|(pair, loss)| Change::LossBegins(*pair, *loss)));
        changes
    }
}

#[cfg(test)]
mod tests;
