//! Lines as their desks see them.

use super::Halt;
use super::State;
use crate::arrangement::Arrangement;
use crate::code::{Desk, LineCheckResult, Standing};
use crate::ids::{LineId, LineName, PartyId};
use crate::line::{EntryRef, LinkState};
use crate::units::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A line as its desks see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineView {
    pub name: LineName,
    pub peer: PartyId,
    pub arrangement: Arc<Arrangement>,
    pub in_force_since: Timestamp,
    pub link: LinkState,
    pub link_since: Timestamp,
    pub standing_own: (Standing, Option<Timestamp>),
    pub standing_peer: (Standing, Option<Timestamp>),
    /// The last check that people made and answered, either way.
    pub last_check: Option<Timestamp>,
    pub checks: BTreeMap<EntryRef, Check>,
    /// `main` carries nothing until both parties have begun anew.
    pub halt: Option<Halt>,
    /// The clocks of the two parties are further apart than the arrangement allows.
    pub clocks_apart: bool,
    /// Stop calls made by each side, ever: visible to both.
    pub calls_own: u64,
    pub calls_peer: u64,
}

/// A line check that waits for its answer, or has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    pub desk: Desk,
    pub sent_at: Timestamp,
    pub challenge: Option<u64>,
    pub answered: Option<(Timestamp, Option<LineCheckResult>)>,
}

impl State {
    /// The arrangement of a line in force.
    pub fn arrangement(&self, line: LineId) -> Option<&Arc<Arrangement>> {
        self.lines.get(&line).map(|view| &view.arrangement)
    }

    /// The lines on which `desk` is agreed.
    pub fn lines_of(&self, desk: Desk) -> impl Iterator<Item = (LineId, &LineView)> {
        self.lines
            .iter()
            .filter(move |(_, view)| view.arrangement.desks.contains(&desk))
            .map(|(line, view)| (*line, view))
    }

    /// The desks of all arrangements in force.
    pub fn desks(&self) -> BTreeSet<Desk> {
        self.lines
            .values()
            .flat_map(|view| view.arrangement.desks.iter().copied())
            .collect()
    }

    pub(super) fn put_in_force(
        &mut self,
        at: Timestamp,
        line: LineId,
        name: LineName,
        peer: PartyId,
        arrangement: &Arc<Arrangement>,
    ) {
        let view = self.lines.entry(line).or_insert_with(|| LineView {
            name,
            peer,
            arrangement: arrangement.clone(),
            in_force_since: at,
            link: LinkState::Down,
            link_since: at,
            standing_own: (Standing::Open, None),
            standing_peer: (Standing::Open, None),
            last_check: None,
            checks: BTreeMap::new(),
            halt: None,
            clocks_apart: false,
            calls_own: 0,
            calls_peer: 0,
        });
        view.name = name;
        view.arrangement = arrangement.clone();
    }
}
