//! The lines by name and desk, at hand without asking the core: a stop call waits for no question, and an alarm is told
//! with the line's name and the numbers to telephone.

use model::arrangement::{Arrangement, Fallback};
use model::code::Desk;
use model::ids::{LineId, LineName, PartyId};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, PoisonError, RwLock};

/// What is at hand of a line. Cheap to clone: an alarm is told with it.
#[derive(Clone, Debug)]
pub struct Entry {
    pub name: LineName,
    arrangement: Arc<Arrangement>,
}

impl Entry {
    /// The other party, as `own` sees it.
    pub fn peer(&self, own: PartyId) -> Option<PartyId> {
        let mut parties = self.arrangement.parties.into_iter();
        parties.find(|party| *party != own)
    }

    /// On which numbers the other party's `desk` is reached; all that it has where that desk has none.
    pub fn telephone(&self, own: PartyId, desk: Desk) -> Vec<String> {
        let numbers = |peer| self.arrangement.numbers(peer, desk).to_vec();
        match self.peer(own).map(numbers).unwrap_or_default() {
            none if none.is_empty() => self
                .of_peer(own)
                .flat_map(|of| of.numbers.clone())
                .collect(),
            of_desk => of_desk,
        }
    }

    fn of_peer(&self, own: PartyId) -> impl Iterator<Item = &Fallback> {
        let all = self.arrangement.fallback.iter();
        all.filter(move |of| of.party != own)
    }
}

/// The lines in force. Follows the journal.
#[derive(Default)]
pub struct Directory(RwLock<BTreeMap<LineId, Entry>>);

impl Directory {
    /// A line was put in force, or its arrangement changed.
    pub fn put(&self, line: LineId, name: LineName, arrangement: &Arc<Arrangement>) {
        let mut lines = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let arrangement = arrangement.clone();
        let entry = Entry { name, arrangement };
        lines.insert(line, entry);
    }

    pub fn get(&self, line: LineId) -> Option<Entry> {
        let lines = self.0.read().unwrap_or_else(PoisonError::into_inner);
        lines.get(&line).cloned()
    }

    pub fn line(&self, name: LineName) -> Option<LineId> {
        let lines = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let mut named = lines.iter().filter(|(_, of)| of.name == name);
        named.next().map(|(line, _)| *line)
    }

    /// The desks that are agreed on `line`.
    pub fn desks_of(&self, line: LineId) -> Vec<Desk> {
        let lines = self.0.read().unwrap_or_else(PoisonError::into_inner);
        lines
            .get(&line)
            .map_or_else(Vec::new, |of| of.arrangement.desks.clone())
    }

    /// The lines on which `desk` is agreed.
    pub fn lines_of(&self, desk: Desk) -> Vec<LineId> {
        let lines = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let has = |(_, of): &(&LineId, &Entry)| of.arrangement.desks.contains(&desk);
        lines.iter().filter(has).map(|(line, _)| *line).collect()
    }

    /// All lines.
    pub fn all(&self) -> Vec<LineId> {
        let lines = self.0.read().unwrap_or_else(PoisonError::into_inner);
        lines.keys().copied().collect()
    }

    /// The desks of all lines.
    pub fn desks(&self) -> BTreeSet<Desk> {
        let lines = self.0.read().unwrap_or_else(PoisonError::into_inner);
        lines
            .values()
            .flat_map(|of| of.arrangement.desks.clone())
            .collect()
    }

    /// All numbers of the other parties, each with whose it is, for when no line works.
    pub fn all_numbers(&self, own: PartyId) -> Vec<String> {
        let lines = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let all = lines.values().flat_map(|of| of.of_peer(own));
        let numbers: BTreeSet<String> = all
            .filter(|of| !of.numbers.is_empty())
            .map(|of| format!("{}, {}: {}", of.party, of.desk, of.numbers.join(", ")))
            .collect();
        numbers.into_iter().collect()
    }
}
