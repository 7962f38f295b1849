//! Plays the steps of a scenario, one after the other, and checks what comes of each.

mod calls;
mod notices;
mod record;
mod troubles;

use crate::failed::Failed;
use crate::ledger::Ledger;
use crate::scenario::{Act, Officer, Scenario, Step};
use crate::screen::Screen;
use crate::seat::Seat;
use crate::stage::Stage;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// How long a node may take to tell its screens what it has done, where no bound is stated.
const TOLD_WITHIN: Duration = Duration::from_secs(10);

/// A notice that was released, as each side names it.
struct MadeNotice {
    draft: String,
    own: String,
    peers: String,
    by: String,
    /// Height and window, which a reader enters again beside the place, and heard right.
    heard: Map<String, Value>,
}

/// A stop call, as each side names it.
struct MadeCall {
    own: String,
    peers: String,
    caller: String,
    called: String,
}

pub struct Play<'a> {
    scenario: &'a Scenario,
    pub stage: Stage,
    pub screen: Screen,
    pub ledger: Ledger,
    told: BTreeSet<&'a str>,
    notices: BTreeMap<&'a str, MadeNotice>,
    calls: BTreeMap<&'a str, MadeCall>,
}

impl<'a> Play<'a> {
    pub fn new(scenario: &'a Scenario, stage: Stage, screen: Screen) -> Self {
        Self {
            scenario,
            stage,
            screen,
            ledger: Ledger::default(),
            told: BTreeSet::new(),
            notices: BTreeMap::new(),
            calls: BTreeMap::new(),
        }
    }

    /// Plays every step. The first that does not do what it should ends the play.
    ///
    /// # Errors
    /// [`Failed`], with the step's name.
    pub fn all(&mut self) -> Result<(), (String, Failed)> {
        let scenario = self.scenario;
        for step in &scenario.step {
            self.announce(step);
            self.stage.forget_what_was_told();
            self.act(step)
                .map_err(|failed| (step.name.clone(), failed))?;
            if let Some(human) = &step.human {
                self.screen.assumed(human.seconds, &human.because);
                self.ledger
                    .assumed(&step.name, human.seconds, &human.because);
            }
            if let Some(shows) = &step.shows {
                self.screen.held(shows);
                self.ledger.shown(shows);
            }
        }
        Ok(())
    }

    /// Says what is shown next; what is known of history is told once.
    fn announce(&mut self, step: &'a Step) {
        self.screen.step(step.at.as_deref(), &step.title);
        for name in &step.facts {
            if let Some(fact) = self.scenario.fact.iter().find(|fact| fact.name == *name)
                && self.told.insert(name)
            {
                self.screen.fact(&fact.at, &fact.what, &fact.source);
            }
        }
        if let Some(say) = &step.say {
            self.screen.say(say);
        }
    }

    fn act(&mut self, step: &'a Step) -> Result<(), Failed> {
        match &step.act {
            Act::Notice(act) => self.notice(step, act),
            Act::Distance(act) => self.distance(act),
            Act::ReadBack(act) => self.read_back(act),
            Act::Withdraw(act) => self.withdraw(act),
            Act::Stop(act) => self.stop(step, act),
            Act::Details(act) => self.details(step, act),
            Act::Accept(act) => self.accept(step, act),
            Act::Answer(act) => self.answer(step, act),
            Act::Lift(act) => self.lift(act),
            Act::Resume(act) => self.resume(act),
            Act::Standing(act) => self.standing(act),
            Act::Count(_) => self.count(),
            Act::Prove(act) => self.prove(act),
            Act::Verify(_) => self.verify(),
        }
    }

    /// Prints a time that was measured, keeps it for the table, and holds it to its bound if it has one.
    fn measured(
        &mut self,
        step: &Step,
        what: &str,
        took: Duration,
        within: Option<Duration>,
    ) -> Result<(), Failed> {
        self.screen.measured(what, took);
        self.ledger.measured(&step.name, what, took, within);
        match within {
            Some(within) if took > within => Err(Failed::outcome(format!(
                "{what} took {} ms, and at most {} ms are allowed",
                took.as_millis(),
                within.as_millis()
            ))),
            Some(_) | None => Ok(()),
        }
    }

    fn officer(&self, name: &str) -> Result<&'a Officer, Failed> {
        // Every name was checked when the scenario was read.
        let missing = || Failed::outcome(format!("there is no officer `{name}` in the scenario"));
        self.scenario.officer(name).ok_or_else(missing)
    }

    /// An officer and their seat.
    fn seat(&self, name: &str) -> Result<(&'a Officer, Seat), Failed> {
        let officer = self.officer(name)?;
        Ok((officer, self.stage.seat(name)?))
    }

    /// Any seat at the node of `party`, to look at a screen there.
    fn look(&self, party: &str) -> Result<Seat, Failed> {
        let there = self
            .scenario
            .officer
            .iter()
            .find(|officer| officer.party == party);
        let officer = there.ok_or_else(|| Failed::outcome(format!("`{party}` has no officer")))?;
        self.stage.seat(&officer.name)
    }

    fn other(&self, party: &str) -> Result<String, Failed> {
        let other = self.scenario.party.iter().find(|other| other.name != party);
        Ok(other
            .ok_or_else(|| Failed::outcome("there is no other party"))?
            .name
            .clone())
    }

    fn made_call(&self, step: &str) -> Result<&MadeCall, Failed> {
        self.calls
            .get(step)
            .ok_or_else(|| Failed::outcome(format!("step `{step}` made no call")))
    }

    fn made_notice(&self, step: &str) -> Result<&MadeNotice, Failed> {
        let missing = || Failed::outcome(format!("step `{step}` released no notice"));
        self.notices.get(step).ok_or_else(missing)
    }
}

/// What the other side calls an entry of ours, and we one of theirs.
pub(crate) fn as_the_peer_says(entry: &str) -> String {
    match entry.contains(".own.") {
        true => entry.replacen(".own.", ".peer.", 1),
        false => entry.replacen(".peer.", ".own.", 1),
    }
}

/// The first distance that a sentence names, in kilometres.
pub(crate) fn kilometres(says: &str) -> Option<f64> {
    let words: Vec<&str> = says.split_whitespace().collect();
    words.windows(2).find_map(|pair| {
        let number: f64 = pair[0].parse().ok()?;
        match pair[1].trim_end_matches([',', ':', ';', '.']) {
            "km" => Some(number),
            "m" => Some(number / 1e3),
            _another_unit => None,
        }
    })
}

/// Unix milliseconds.
pub(crate) fn now() -> i64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_side_names_the_others_entries() {
        assert_eq!(as_the_peer_says("ab.own.stop.1.7"), "ab.peer.stop.1.7");
        assert_eq!(as_the_peer_says("ab.peer.stop.1.7"), "ab.own.stop.1.7");
    }

    #[test]
    fn the_first_distance_of_a_sentence_is_found() {
        assert_eq!(
            kilometres("the two descriptions are 5.547 km apart, 128 m are allowed"),
            Some(5.547)
        );
        assert_eq!(kilometres("128 m, and no more"), Some(0.128));
        assert_eq!(
            kilometres("the centre is 200.2° and 9.50 km from airfield"),
            Some(9.5)
        );
        assert_eq!(kilometres("nothing of the kind, at 5 o'clock"), None);
    }
}
