//! Which units of ours a notice or a stop call concerns: those whose area it meets.
//!
//! What arrives is looked at a moment later, in a step of its own, a few at a time: so neither what is said about it nor
//! when hangs on where our units are, and nothing waits for it. What was found is journalled, with the version of what
//! found it, and never worked out again.

use crate::effect::Refusal;
use conflict::geodesy::{leg, middle, reach};
use conflict::pair::ENGINE;
use conflict::shape::Shape;
use model::downstream::{Described, concerns_units};
use model::event::{Event, Fact};
use model::ids::UnitId;
use model::kind::Kind;
use model::line::{EntryRef, Side};
use model::place::{Area, Circle, MIN_RADIUS, Position};
use model::said::Says as _;
use model::slot::{SlotCode, Slots, Value};
use model::state::State;
use model::units::{Millimetres, Millis, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

/// How long after it came a notice is looked at.
pub const LOOK_AFTER: Millis = match Millis::new(50) {
    Ok(span) => span,
    Err(_) => Millis::ZERO,
};
/// How many are looked at in one step.
pub const MAX_LOOKS: usize = 16;
/// With how many units they are compared exactly in one step: the core waits for a few, never for all (decision 0011).
pub const MAX_PAIRS: usize = 16;

/// The areas of our units, ready for geometry, and what is to be looked at. Follows [`State`].
#[derive(Default)]
pub(crate) struct Units {
    areas: BTreeMap<UnitId, Measured>,
    to_look: BTreeSet<EntryRef>,
    /// With which unit the first of those was compared last, where a step did not come to the end of them.
    reached: Option<(EntryRef, UnitId)>,
    look_at: Option<Timestamp>,
}

/// An area, and a circle around it, which says quickly what is far.
struct Measured {
    shape: Shape,
    round: Round,
}

#[derive(Clone, Copy)]
struct Round {
    middle: Position,
    reach: Millimetres,
}

impl Round {
    fn of(area: &Area) -> Self {
        Self {
            middle: middle(area),
            reach: reach(area),
        }
    }

    fn meets(self, other: Self) -> bool {
        let between = leg(self.middle, other.middle).distance;
        between <= self.reach.saturating_add(other.reach).saturating_add(TOUCH)
    }
}

/// What the circles are off by, at the most: nothing that touches is passed over.
const TOUCH: Millimetres = Millimetres::from_metres(1);

impl Units {
    /// As the state is when a node begins: everything is looked at again, in case the node ended before it was.
    pub fn prepare(&mut self, state: &State) {
        let units: Vec<UnitId> = state.units.enrolled().map(|(unit, _)| unit).collect();
        units.into_iter().for_each(|unit| self.measure(state, unit));
        self.look_at_all(state, Timestamp::MIN);
    }

    /// Follows a fact that `state` has folded.
    pub fn follow(&mut self, state: &State, fact: &Fact) {
        match &fact.event {
            Event::UnitEnrolled { unit, .. } | Event::UnitChanged { unit, .. } => {
                self.measure(state, *unit);
                self.look_at_all(state, fact.at);
            }
            Event::UnitStoodDown { unit } => {
                self.areas.remove(unit);
            }
            Event::MessageSent { entry, header, .. }
            | Event::MessageReceived {
                entry,
                header,
                refused: None,
                ..
            } => match header.known_kind() {
                Some(kind) if kind.is_notice() => self.look(*entry, fact.at),
                // Where it is can be given, and corrected, after the units were told.
                Some(Kind::StopDetails) => self.look_at_calls(state, fact.at),
                _other => {}
            },
            _other => {}
        }
    }

    fn measure(&mut self, state: &State, unit: UnitId) {
        let described = state
            .units
            .get(unit)
            .and_then(|unit| unit.described.as_ref());
        let measured = described.and_then(|described| {
            let shape = Shape::new(described.area.clone()).ok()?;
            let round = Round::of(&described.area);
            Some(Measured { shape, round })
        });
        match measured {
            Some(measured) => self.areas.insert(unit, measured),
            None => self.areas.remove(&unit),
        };
    }

    fn look(&mut self, entry: EntryRef, now: Timestamp) {
        // Without units there is nobody to find.
        if !self.areas.is_empty() {
            self.to_look.insert(entry);
            self.look_at.get_or_insert(now.saturating_add(LOOK_AFTER));
        }
    }

    fn look_at_all(&mut self, state: &State, now: Timestamp) {
        for entry in state.notices.keys() {
            self.look(*entry, now);
        }
        self.look_at_calls(state, now);
    }

    fn look_at_calls(&mut self, state: &State, now: Timestamp) {
        for call in state.calls.values().filter(|call| call.accepted.is_some()) {
            self.look(call.folded_into.unwrap_or(call.entry), now);
        }
    }

    /// When to look next.
    pub fn next_look(&self) -> Option<Timestamp> {
        self.look_at
    }

    /// What is found of those whose time has come, so much at most as [`MAX_LOOKS`] and [`MAX_PAIRS`] say; the rest comes
    /// with the next look. `doubted`: whether the place of a stop call is in doubt.
    pub fn look_some(
        &mut self,
        state: &State,
        doubted: impl Fn(EntryRef) -> bool,
        now: Timestamp,
    ) -> Vec<Event> {
        if self.look_at.is_none_or(|at| at > now) {
            return Vec::new();
        }
        let mut found = Vec::new();
        let mut pairs = MAX_PAIRS;
        for _look in 0..MAX_LOOKS {
            let Some(subject) = self.to_look.first().copied() else {
                break;
            };
            match state.calls.contains_key(&subject) {
                true => found.extend(self.of_call(state, subject, doubted(subject), now)),
                false => {
                    let (units, looked) = self.of_notice(state, subject, &mut pairs, now);
                    found.extend(concerned(state, subject, units));
                    if let Looked::Until(unit) = looked {
                        self.reached = unit.map(|unit| (subject, unit));
                        break;
                    }
                }
            }
            self.to_look.pop_first();
        }
        self.look_at = (!self.to_look.is_empty()).then(|| now.saturating_add(LOOK_AFTER));
        found
    }

    /// The units that a notice is found to concern, of as many as there are pairs left.
    fn of_notice(
        &self,
        state: &State,
        entry: EntryRef,
        pairs: &mut usize,
        now: Timestamp,
    ) -> (Vec<UnitId>, Looked) {
        let mut units = Vec::new();
        let notice = state.notices.get(&entry);
        let notice = notice.filter(|notice| notice.is_live(now) && concerns_units(notice));
        let Some(area) = notice.and_then(|notice| notice.content.slots()?.area()) else {
            return (units, Looked::AtAll);
        };
        let round = Round::of(area);
        let mut shape = None;
        let reached = self.reached.filter(|(subject, _)| *subject == entry);
        let after = reached.map_or(Bound::Unbounded, |(_, unit)| Bound::Excluded(unit));
        let mut last = reached.map(|(_, unit)| unit);
        for (unit, of_unit) in self.areas.range((after, Bound::Unbounded)) {
            if state.units.concerns(entry, *unit) || !of_unit.round.meets(round) {
                continue;
            }
            if *pairs == 0 {
                return (units, Looked::Until(last));
            }
            *pairs -= 1;
            let Some(shape) = shape.get_or_insert_with(|| Shape::new(area.clone()).ok()) else {
                break;
            };
            if of_unit.shape.touches(shape) {
                units.push(*unit);
            }
            last = Some(*unit);
        }
        (units, Looked::AtAll)
    }

    /// The units of the called desk that a stop call is about. All of them where it says no place, where its place is in
    /// doubt, and where no unit's area meets it: a pause of too many is over sooner than one of nobody.
    pub fn of_call(
        &self,
        state: &State,
        first: EntryRef,
        doubted: bool,
        now: Timestamp,
    ) -> Option<Event> {
        let is_asked = first.log.side == Side::Peer
            && state
                .pause(first, now)
                .is_some_and(|pause| pause.over.is_none());
        if !is_asked {
            return None;
        }
        let desk = state.calls.get(&first)?.desk;
        let of_desk: Vec<UnitId> = (state.units.enrolled())
            .filter(|(_, unit)| unit.desk == desk)
            .map(|(unit, _)| unit)
            .collect();
        let calls = state.calls_of_alarm(first);
        let details = calls.iter().filter_map(|call| state.calls.get(call));
        let places: Vec<Vec<Round>> = details
            .filter(|call| call.accepted.is_some())
            .map(|call| call.details.as_ref().map_or_else(Vec::new, places))
            .collect();
        if doubted || places.iter().any(Vec::is_empty) {
            return concerned(state, first, of_desk);
        }
        let meets = |unit: &UnitId| {
            let area = self.areas.get(unit);
            // One that is not described any more may be anywhere. The circles are enough: nothing is to wait for more, and
            // whoever is only near pauses too.
            area.is_none_or(|area| {
                places
                    .iter()
                    .flatten()
                    .any(|place| area.round.meets(*place))
            })
        };
        let met: Vec<UnitId> = of_desk.iter().copied().filter(meets).collect();
        let met = match met.is_empty() {
            true => of_desk,
            false => met,
        };
        concerned(state, first, met)
    }
}

/// How far a notice was compared with our units.
enum Looked {
    AtAll,
    /// The last that it was compared with; `None`: with none yet.
    Until(Option<UnitId>),
}

/// That `subject` concerns those of `units` that it was not known to; nothing where it was of all.
fn concerned(state: &State, subject: EntryRef, mut units: Vec<UnitId>) -> Option<Event> {
    units.retain(|unit| !state.units.concerns(subject, *unit));
    (!units.is_empty()).then_some(Event::UnitsConcerned {
        subject,
        units,
        engine: ENGINE,
    })
}

/// Whether a unit's area can be drawn.
///
/// # Errors
/// Where it cannot, in words for the officer.
pub(crate) fn check(described: &Described) -> Result<(), Refusal> {
    Shape::new(described.area.clone())
        .map(|_| ())
        .map_err(|refused| Refusal::Invalid(refused.said()))
}

/// What a stop call says of where it is, as circles around it.
fn places(details: &Slots) -> Vec<Round> {
    let place = match details.value(SlotCode::Place) {
        // The square that it names begins at the position, and lies within the precision of it.
        Some(Value::Place(place)) => {
            Circle::new(place.position, place.precision.max(MIN_RADIUS)).ok()
        }
        _none => None,
    };
    let areas = details.area().cloned().into_iter();
    areas
        .chain(place.map(Area::Circle))
        .map(|area| Round::of(&area))
        .collect()
}
