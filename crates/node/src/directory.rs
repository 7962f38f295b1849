//! The lines by name and desk, at hand without asking the core: a stop call waits for no question.

use model::arrangement::Arrangement;
use model::code::Desk;
use model::ids::{LineId, LineName};
use std::collections::BTreeMap;
use std::sync::{PoisonError, RwLock};

/// The lines in force. Follows the journal.
#[derive(Default)]
pub struct Directory(RwLock<BTreeMap<LineId, (LineName, Vec<Desk>)>>);

impl Directory {
    /// A line was put in force, or its arrangement changed.
    pub fn put(&self, line: LineId, name: LineName, arrangement: &Arrangement) {
        let mut lines = self.0.write().unwrap_or_else(PoisonError::into_inner);
        lines.insert(line, (name, arrangement.desks.clone()));
    }

    pub fn line(&self, name: LineName) -> Option<LineId> {
        let lines = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let mut named = lines.iter().filter(|(_, (of, _))| *of == name);
        named.next().map(|(line, _)| *line)
    }

    /// The desks that are agreed on `line`.
    pub fn desks_of(&self, line: LineId) -> Vec<Desk> {
        let lines = self.0.read().unwrap_or_else(PoisonError::into_inner);
        lines
            .get(&line)
            .map_or_else(Vec::new, |(_, desks)| desks.clone())
    }

    /// The lines on which `desk` is agreed.
    pub fn lines_of(&self, desk: Desk) -> Vec<LineId> {
        let lines = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let has = |(_, (_, desks)): &(&LineId, &(LineName, Vec<Desk>))| desks.contains(&desk);
        lines.iter().filter(has).map(|(line, _)| *line).collect()
    }
}
