//! The parties that nobody at the demonstration plays: what is owed at their desks is done by their own officers, each
//! step after the pause that a person would take.

use super::board::Board;
use super::owed::{Owed, Screens, owed};
use super::timeline::Timeline;
use crate::crew;
use crate::failed::Failed;
use crate::seat::Seat;
use crate::stage::Stage;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

/// How often the screens are looked at, at most, and so many times in each pause.
const LOOK_AT_MOST_EVERY: Duration = Duration::from_millis(50);
const LOOKS_IN_A_PAUSE: u32 = 8;

/// The officers of one party.
struct Officers {
    party: String,
    /// Who takes what is owed at a desk, by desk.
    seats: BTreeMap<String, Seat>,
    board: Arc<Board>,
    pause: Duration,
    /// Since when something is owed.
    since: BTreeMap<String, Instant>,
    /// What was refused; it is not tried again.
    refused: BTreeSet<String>,
}

/// Lets the officers of every party work from now on, until this process ends.
///
/// # Errors
/// Where a node does not run, or the system gives no thread.
pub fn begin(
    timeline: &Timeline,
    stage: &Stage,
    board: &Arc<Board>,
    pause: Duration,
) -> Result<(), Failed> {
    for party in &timeline.party {
        let mut seats = BTreeMap::new();
        let of_party = timeline
            .officer
            .iter()
            .filter(|officer| officer.party == party.name);
        // Never in the name of whoever sits at the demonstration.
        for officer in of_party.filter(|officer| officer.on_watch && officer.name != party.seat) {
            for desk in &officer.desks {
                seats.insert(desk.clone(), stage.seat(&officer.name)?);
            }
        }
        let officers = Officers {
            party: party.name.clone(),
            seats,
            board: board.clone(),
            pause,
            since: BTreeMap::new(),
            refused: BTreeSet::new(),
        };
        thread::Builder::new()
            .name(format!("played {}", party.name))
            .spawn(move || officers.work())
            .map_err(Failed::system("play a party"))?;
    }
    Ok(())
}

impl Officers {
    fn work(mut self) {
        let every = (self.pause / LOOKS_IN_A_PAUSE).max(LOOK_AT_MOST_EVERY);
        let mut trouble = String::new();
        loop {
            thread::sleep(every);
            // A person takes over at once, and what was left to them is not done the moment they leave.
            if self.board.is_you(&self.party) {
                self.since.clear();
                continue;
            }
            let said = match self.look() {
                Ok(()) => String::new(),
                Err(failed) => failed.to_string(),
            };
            if said != trouble && !said.is_empty() {
                crew::wait_if_interrupted();
                eprintln!("{}: nobody answers there for now: {said}", self.party);
            }
            trouble = said;
        }
    }

    /// Does what has been owed for a pause; one thing at a time.
    fn look(&mut self) -> Result<(), Failed> {
        let Some(seat) = self.seats.values().next() else {
            return Ok(());
        };
        let screens = Screens {
            notices: seat.read("/api/notices")?,
            conflicts: seat.read("/api/conflicts")?,
            checks: seat.read("/api/checks")?,
            calls: seat.read("/api/calls")?,
            sweeps: seat.read("/api/fishing")?,
        };
        let mut all = owed(&screens);
        all.retain(|owed| !self.board.is_kept(&owed.entry));
        let still: BTreeSet<String> = all.iter().map(key).collect();
        self.since.retain(|owed, _| still.contains(owed));
        let now = Instant::now();
        let due = all.iter().find(|owed| {
            let since = *self.since.entry(key(owed)).or_insert(now);
            !self.refused.contains(&key(owed)) && now - since >= self.pause * owed.pauses
        });
        match due {
            Some(owed) => self.does(owed),
            None => Ok(()),
        }
    }

    fn does(&mut self, owed: &Owed) -> Result<(), Failed> {
        let Some(seat) = self.seats.get(&owed.desk) else {
            return Ok(());
        };
        match seat.act(&owed.path, &owed.body) {
            Ok(_) => {
                self.since.remove(&key(owed));
                Ok(())
            }
            Err(failed @ Failed::Refused { .. }) => {
                self.refused.insert(key(owed));
                Err(failed)
            }
            Err(failed) => Err(failed),
        }
    }
}

/// A call is answered twice: what it is owed is part of it.
fn key(owed: &Owed) -> String {
    format!("{} {}", owed.path, owed.body)
}
