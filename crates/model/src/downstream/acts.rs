//! What officers do for units, and units for themselves.

use super::{Described, MAX_UNIT_NAME, MAX_UNITS, ReceiptBy};
use crate::code::{Desk, Downstream};
use crate::command::Acting;
use crate::decide::{CommandRefused, Decided};
use crate::event::{Actor, Event};
use crate::ids::UnitId;
use crate::kind::Kind;
use crate::line::EntryRef;
use crate::slot::{SlotCode, SlotRefusal, Slots, Value};
use crate::state::State;
use crate::units::Timestamp;

/// Why nothing is done for a unit. Read by officers of this party, and by the unit's own telephone.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnitRefused {
    #[error("there is no unit `{0}`, or it was stood down: list the units and name one of them")]
    Unknown(UnitId),
    #[error("another unit was enrolled at the same moment: enrol this one again")]
    Taken,
    #[error(
        "{MAX_UNITS} units are enrolled, which is all there may be: stand down those that are gone"
    )]
    TooMany,
    #[error("a unit needs a name of 1 to {MAX_UNIT_NAME} bytes: say how it is called by radio")]
    Name,
    #[error("the unit's name cannot be used: {0}")]
    Text(#[from] SlotRefusal),
    #[error("that does not concern unit {0}, or does so no more: look again what it is asked")]
    NotConcerned(UnitId),
    #[error(
        "no enrolled unit is concerned by it, so nothing shows that any has it: enrol the units whose areas it meets"
    )]
    NobodyConcerned,
    #[error("`all-units` is not so: no receipt from {}; relay theirs, or say `not-all-yet`", listed(.0))]
    Silent(Vec<UnitId>),
}

crate::says! { UnitRefused, "of-units":
    "unknown" Unknown(unit);
    "taken" Taken;
    "too-many" TooMany;
    "name" Name;
    "text" Text(why);
    "not-concerned" NotConcerned(unit);
    "nobody-concerned" NobodyConcerned;
    "silent" Silent(units);
}

/// The first few, and how many more.
fn listed(units: &[UnitId]) -> String {
    const FEW: usize = 10;
    let few: Vec<String> = units.iter().take(FEW).map(UnitId::to_string).collect();
    match units.len().saturating_sub(FEW) {
        0 => few.join(", "),
        more => format!("{} and {more} more", few.join(", ")),
    }
}

impl Described {
    /// # Errors
    /// [`UnitRefused::Name`] and [`UnitRefused::Text`].
    pub fn check(&self) -> Result<(), UnitRefused> {
        if self.name.trim().is_empty() || self.name.len() > MAX_UNIT_NAME {
            return Err(UnitRefused::Name);
        }
        // The same characters as of any name that is carried.
        Slots::new().with(SlotCode::Name, Value::Name(self.name.clone()))?;
        Ok(())
    }
}

type Outcome = Result<Vec<Decided>, CommandRefused>;

impl State {
    pub(crate) fn enrol_unit(&self, unit: UnitId, desk: Desk, described: &Described) -> Outcome {
        if unit != self.units.next() {
            return Err(UnitRefused::Taken.into());
        }
        if self.units.len() >= MAX_UNITS {
            return Err(UnitRefused::TooMany.into());
        }
        described.check()?;
        self.lines_of(desk)
            .next()
            .ok_or(CommandRefused::NoLine(desk))?;
        Ok(vec![Decided::Fact(Event::UnitEnrolled {
            unit,
            desk,
            described: Some(described.clone()),
        })])
    }

    pub(crate) fn change_unit(&self, unit: UnitId, desk: Desk, described: &Described) -> Outcome {
        self.unit_enrolled(unit)?;
        described.check()?;
        self.lines_of(desk)
            .next()
            .ok_or(CommandRefused::NoLine(desk))?;
        Ok(vec![Decided::Fact(Event::UnitChanged {
            unit,
            desk,
            described: Some(described.clone()),
        })])
    }

    pub(crate) fn stand_down_unit(&self, unit: UnitId) -> Outcome {
        self.unit_enrolled(unit)?;
        Ok(vec![Decided::Fact(Event::UnitStoodDown { unit })])
    }

    /// What an officer heard from a unit.
    pub(crate) fn relay_receipt(
        &self,
        acting: Acting,
        unit: UnitId,
        subject: EntryRef,
        read_back: bool,
        now: Timestamp,
    ) -> Outcome {
        let by = Actor::Officer(acting.officer);
        let facts = self.receipt_of(by, unit, subject, read_back, now)?;
        Ok(facts.into_iter().map(Decided::Fact).collect())
    }

    /// The receipts that `by` gives for `unit`; none where they are held already. The unit's own word takes the place of an
    /// officer's, and an officer's adds nothing to the unit's.
    ///
    /// # Errors
    /// [`UnitRefused::Unknown`], [`UnitRefused::NotConcerned`].
    pub fn receipt_of(
        &self,
        by: Actor,
        unit: UnitId,
        subject: EntryRef,
        read_back: bool,
        now: Timestamp,
    ) -> Result<Vec<Event>, UnitRefused> {
        self.unit_enrolled(unit)?;
        let asked = self.asked_of(unit, now);
        let subjects: Vec<EntryRef> = match asked.iter().find(|asked| asked.subject == subject) {
            Some(asked) => {
                let alike = self.alike(unit, *asked, now).into_iter();
                alike.map(|asked| asked.subject).collect()
            }
            None if self.is_paused_for(unit, subject, now) => vec![subject],
            None => return Err(UnitRefused::NotConcerned(unit)),
        };
        let by_unit = by == Actor::Unit(unit);
        let is_new = |subject: &EntryRef| match self.units.receipt(*subject, unit) {
            None => true,
            Some(held) => by_unit && held.by != ReceiptBy::Unit,
        };
        let new = subjects.into_iter().filter(is_new);
        Ok(new
            .map(|subject| Event::UnitReceipt {
                unit,
                subject,
                read_back,
            })
            .collect())
    }

    fn is_paused_for(&self, unit: UnitId, call: EntryRef, now: Timestamp) -> bool {
        let mut pauses = self.pauses_of(unit, now).into_iter();
        pauses.any(|pause| pause.call == call)
    }

    fn unit_enrolled(&self, unit: UnitId) -> Result<(), UnitRefused> {
        (self.units.get(unit).map(|_| ())).ok_or(UnitRefused::Unknown(unit))
    }

    /// What the officer says to the other party of the units: never by itself, and "all" only where it is so.
    pub(crate) fn tell_downstream(
        &self,
        acting: Acting,
        entry: EntryRef,
        said: Downstream,
        now: Timestamp,
    ) -> Outcome {
        let notice = self.their_notice(entry)?;
        if !notice.is_live(now) {
            return Err(CommandRefused::NoticeNotLive(notice.state(now).name()));
        }
        if said == Downstream::AllUnits {
            if self.units.concerned(entry).next().is_none() {
                return Err(UnitRefused::NobodyConcerned.into());
            }
            let silent = self.silent(entry);
            if !silent.is_empty() {
                return Err(UnitRefused::Silent(silent).into());
            }
        }
        let slots = Slots::new().with(SlotCode::Downstream, Value::Code(said.number()))?;
        let message = self.about_notice(acting, notice, Kind::Downstream, slots)?;
        Ok(vec![Decided::SayStanding(message)])
    }
}
