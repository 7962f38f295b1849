//! Units below the desks of this party: what concerns each, and whose receipt is held.
//!
//! A headquarters' acknowledgement proves nothing about the crew. All of this is known here alone: the other party is
//! told, by an officer, "all units" or "not all yet", and never which.

mod acts;
mod asked;

pub use acts::UnitRefused;
pub use asked::{Asked, Pause, Standing, concerns_units};

use crate::code::Desk;
use crate::ids::{OfficerId, UnitId};
use crate::line::EntryRef;
use crate::place::Area;
use crate::units::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Units that are enrolled at a time.
pub const MAX_UNITS: usize = 500;
/// Bytes of a unit's name.
pub const MAX_UNIT_NAME: usize = 100;

/// What a unit is called, and where it is and can do harm: what lies in or touches that area concerns it. It never leaves
/// this node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Described {
    /// 1 to [`MAX_UNIT_NAME`] bytes of one line.
    pub name: String,
    pub area: Area,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unit {
    pub desk: Desk,
    /// `None`: destroyed. Nothing more is found to concern it until it is described anew.
    pub described: Option<Described>,
    pub enrolled_at: Timestamp,
    pub changed_at: Timestamp,
}

/// Who said that a unit has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ReceiptBy {
    Unit,
    /// An officer whom the unit told.
    Officer(OfficerId),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnitReceipt {
    pub at: Timestamp,
    pub by: ReceiptBy,
    /// The code on the unit's sheet was read back, and was right.
    pub read_back: bool,
}

/// The units, what concerns them, and their receipts. A fold over the journal.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Units {
    enrolled: BTreeMap<UnitId, Unit>,
    /// Numbers that were ever given.
    given: u32,
    /// The units that a notice or a call concerns, and until when the receipt of each is waited for.
    concerned: BTreeMap<EntryRef, BTreeMap<UnitId, Timestamp>>,
    receipts: BTreeMap<EntryRef, BTreeMap<UnitId, UnitReceipt>>,
    /// Of those without a receipt: by when it is due.
    waiting: BTreeSet<(Timestamp, EntryRef, UnitId)>,
}

impl Units {
    pub fn enrolled(&self) -> impl Iterator<Item = (UnitId, &Unit)> {
        self.enrolled.iter().map(|(id, unit)| (*id, unit))
    }

    pub fn get(&self, unit: UnitId) -> Option<&Unit> {
        self.enrolled.get(&unit)
    }

    pub fn is_empty(&self) -> bool {
        self.enrolled.is_empty()
    }

    pub fn len(&self) -> usize {
        self.enrolled.len()
    }

    /// What the next unit is to be called: `u` and a number that was never given.
    pub fn next(&self) -> UnitId {
        let name = format!("u{}", u64::from(self.given) + 1);
        // INVARIANT: a letter and at most ten digits are a short name.
        name.parse()
            .unwrap_or_else(|_| unreachable!("`{name}` is a short name"))
    }

    /// The units that `subject` concerns, and by when the receipt of each is due.
    pub fn concerned(&self, subject: EntryRef) -> impl Iterator<Item = (UnitId, Timestamp)> {
        let of = self.concerned.get(&subject).into_iter().flatten();
        of.map(|(unit, due)| (*unit, *due))
    }

    pub fn concerns(&self, subject: EntryRef, unit: UnitId) -> bool {
        (self.concerned.get(&subject)).is_some_and(|of| of.contains_key(&unit))
    }

    /// Everything that concerns some unit.
    pub fn subjects(&self) -> impl Iterator<Item = EntryRef> {
        self.concerned.keys().copied()
    }

    pub fn receipt(&self, subject: EntryRef, unit: UnitId) -> Option<UnitReceipt> {
        self.receipts.get(&subject)?.get(&unit).copied()
    }

    /// What `unit` has not given a receipt of, soonest due first, as far as it was due by `now`.
    pub(crate) fn waited_for(&self) -> impl Iterator<Item = (Timestamp, EntryRef, UnitId)> {
        self.waiting.iter().copied()
    }

    pub(crate) fn enrol(
        &mut self,
        at: Timestamp,
        unit: UnitId,
        desk: Desk,
        as_is: Option<Described>,
    ) {
        self.given = self.given.saturating_add(1);
        let unit_is = Unit {
            desk,
            described: as_is,
            enrolled_at: at,
            changed_at: at,
        };
        self.enrolled.insert(unit, unit_is);
    }

    /// What concerned it where it was before concerns it no more, until it is found to. Its receipts stand.
    pub(crate) fn change(
        &mut self,
        at: Timestamp,
        unit: UnitId,
        desk: Desk,
        as_is: Option<Described>,
    ) {
        if let Some(held) = self.enrolled.get_mut(&unit) {
            held.desk = desk;
            held.described = as_is;
            held.changed_at = at;
            self.concern_no_more(unit);
        }
    }

    pub(crate) fn stand_down(&mut self, unit: UnitId) {
        self.enrolled.remove(&unit);
        self.concern_no_more(unit);
        for of in self.receipts.values_mut() {
            of.remove(&unit);
        }
    }

    fn concern_no_more(&mut self, unit: UnitId) {
        self.concerned.retain(|_, of| {
            of.remove(&unit);
            !of.is_empty()
        });
        self.waiting.retain(|(_, _, of)| *of != unit);
    }

    /// `subject` concerns `units`, who are to give a receipt by `due`.
    pub(crate) fn found(&mut self, subject: EntryRef, units: &[UnitId], due: Timestamp) {
        for unit in units.iter().filter(|unit| self.enrolled.contains_key(unit)) {
            let of = self.concerned.entry(subject).or_default();
            if of.contains_key(unit) {
                continue;
            }
            of.insert(*unit, due);
            let has = self.receipts.get(&subject);
            if !has.is_some_and(|has| has.contains_key(unit)) {
                self.waiting.insert((due, subject, *unit));
            }
        }
    }

    /// `later` takes the place of `earlier`: whoever that concerned must know what became of it, wherever it is now.
    pub(crate) fn amended(&mut self, earlier: EntryRef, later: EntryRef, due: Timestamp) {
        let units: Vec<UnitId> = self.concerned(earlier).map(|(unit, _)| unit).collect();
        self.wait_no_more(earlier);
        self.found(later, &units, due);
    }

    /// The unit's own word stands before an officer's.
    pub(crate) fn received(&mut self, subject: EntryRef, unit: UnitId, receipt: UnitReceipt) {
        if !self.enrolled.contains_key(&unit) {
            return;
        }
        let of = self.receipts.entry(subject).or_default();
        let stands = of
            .get(&unit)
            .is_some_and(|held| held.by == ReceiptBy::Unit || receipt.by != ReceiptBy::Unit);
        if !stands {
            of.insert(unit, receipt);
        }
        let due = self.concerned.get(&subject).and_then(|of| of.get(&unit));
        if let Some(due) = due {
            self.waiting.remove(&(*due, subject, unit));
        }
    }

    /// No receipt of it is waited for any more; those that are held stand.
    pub(crate) fn wait_no_more(&mut self, subject: EntryRef) {
        for (unit, due) in self.concerned.get(&subject).into_iter().flatten() {
            self.waiting.remove(&(*due, subject, *unit));
        }
    }

    /// It left the view.
    pub(crate) fn forget(&mut self, subject: EntryRef) {
        self.wait_no_more(subject);
        self.concerned.remove(&subject);
        self.receipts.remove(&subject);
    }
}
