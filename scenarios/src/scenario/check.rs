//! What a scenario must keep to beyond its grammar: limits, and names that lead somewhere.

use super::{
    About, Act, Entry, LINE_ID, MAX_FACTS, MAX_HUMAN_SECONDS, MAX_KILL_AFTER_MS, MAX_OFFICERS,
    MAX_STEPS, MAX_TEXT, Scenario, ScenarioError, Step, Stop, Trouble,
};
use std::collections::BTreeSet;

/// The longest short name, in bytes; as the nodes have it.
const MAX_NAME: usize = 31;

impl Scenario {
    pub(super) fn check(&self) -> Result<(), ScenarioError> {
        if self.format != 1 {
            return Err(ScenarioError::Format(self.format));
        }
        self.counts()?;
        self.texts()?;
        self.names()?;
        if !self.arrangement.text.contains(LINE_ID) {
            return Err(ScenarioError::Placeholder(LINE_ID));
        }
        let mut earlier = Earlier::default();
        for step in &self.step {
            self.step(step, &earlier)?;
            earlier.add(step);
        }
        Ok(())
    }

    fn counts(&self) -> Result<(), ScenarioError> {
        let at_most = |what, given: usize, most: usize| match given > most {
            true => Err(ScenarioError::TooMany { what, given, most }),
            false => Ok(()),
        };
        at_most("steps", self.step.len(), MAX_STEPS)?;
        at_most("officers", self.officer.len(), MAX_OFFICERS)?;
        at_most("facts", self.fact.len(), MAX_FACTS)
    }

    fn texts(&self) -> Result<(), ScenarioError> {
        let mut texts: Vec<(String, &str)> = vec![
            ("the title".into(), &self.title),
            ("`about`".into(), &self.about),
            ("`times`".into(), &self.times),
        ];
        texts.extend(
            self.not_shown
                .iter()
                .map(|text| ("`not_shown`".into(), text.as_str())),
        );
        texts.extend(
            self.party
                .iter()
                .map(|party| (format!("party `{}`", party.name), party.about.as_str())),
        );
        texts.extend(self.officer.iter().map(|officer| {
            (
                format!("officer `{}`", officer.name),
                officer.about.as_str(),
            )
        }));
        for fact in &self.fact {
            texts.extend(
                [&fact.at, &fact.what, &fact.source]
                    .map(|text| (format!("fact `{}`", fact.name), text.as_str())),
            );
        }
        for step in &self.step {
            let optional = [&step.at, &step.say, &step.shows].into_iter().flatten();
            let because = step.human.iter().map(|human| &human.because);
            let all = optional.chain(because).chain([&step.title]);
            texts.extend(all.map(|text| (format!("step `{}`", step.name), text.as_str())));
        }
        match texts.into_iter().find(|(_, text)| text.len() > MAX_TEXT) {
            Some((where_, text)) => Err(ScenarioError::TextTooLong {
                where_,
                given: text.len(),
            }),
            None => Ok(()),
        }
    }

    fn names(&self) -> Result<(), ScenarioError> {
        let parties: Vec<&str> = self.party.iter().map(|party| party.name.as_str()).collect();
        if parties.len() != 2 || parties[0] == parties[1] {
            return Err(ScenarioError::Parties(format!(
                "`{}`",
                parties.join("`, `")
            )));
        }
        unique("parties", parties.iter().copied())?;
        unique(
            "officers",
            self.officer.iter().map(|officer| officer.name.as_str()),
        )?;
        unique("facts", self.fact.iter().map(|fact| fact.name.as_str()))?;
        unique("steps", self.step.iter().map(|step| step.name.as_str()))?;
        match self
            .officer
            .iter()
            .find(|officer| !parties.contains(&officer.party.as_str()))
        {
            Some(officer) => Err(ScenarioError::Parties(format!(
                "`{}`, whose officer is `{}`",
                officer.party, officer.name
            ))),
            None => Ok(()),
        }
    }

    fn step(&self, step: &Step, earlier: &Earlier<'_>) -> Result<(), ScenarioError> {
        let unknown = |what, name: &str, hint| ScenarioError::Unknown {
            step: step.name.clone(),
            what,
            name: name.to_owned(),
            hint,
        };
        let wrong = |says: String| ScenarioError::Step {
            step: step.name.clone(),
            says,
        };
        if let Some(name) = step
            .facts
            .iter()
            .find(|name| !self.fact.iter().any(|fact| fact.name == **name))
        {
            return Err(unknown("the fact", name, "add it with its source"));
        }
        if let Some(name) = step.act.by()
            && self.officer(name).is_none()
        {
            return Err(unknown("the officer", name, "add them, with their desk"));
        }
        match step.act.of() {
            Some(About::Notice(name)) if !earlier.notices.contains(name) => {
                return Err(unknown(
                    "the notice of step",
                    name,
                    "name an earlier step in which a notice is taken",
                ));
            }
            Some(About::Call(name)) if !earlier.calls.contains(name) => {
                return Err(unknown(
                    "the stop call of step",
                    name,
                    "name an earlier step that makes a stop call",
                ));
            }
            Some(About::Notice(_) | About::Call(_)) | None => {}
        }
        if let Some(human) = &step.human
            && human.seconds > MAX_HUMAN_SECONDS
        {
            let says = format!(
                "a person is taken to need {} s, and at most {MAX_HUMAN_SECONDS} are assumed",
                human.seconds
            );
            return Err(wrong(says));
        }
        if let Act::Stop(Stop {
            trouble: Some(Trouble::CallerKilled { after_ms }),
            ..
        }) = &step.act
            && *after_ms > MAX_KILL_AFTER_MS
        {
            return Err(wrong(format!(
                "a node is killed after {after_ms} ms, and at most {MAX_KILL_AFTER_MS} are waited"
            )));
        }
        match range(&step.act) {
            Some([least, most]) if !(0.0 <= least && least <= most && most.is_finite()) => Err(
                wrong(format!("no distance lies between {least} and {most} km")),
            ),
            Some(_) | None => Ok(()),
        }
    }
}

/// The kilometres between which a result must lie.
fn range(act: &Act) -> Option<[f64; 2]> {
    match act {
        Act::Notice(act) => within(&act.expect),
        Act::ReadBack(act) => within(&act.expect),
        Act::Distance(act) => Some(act.km),
        _other => None,
    }
}

fn within(entry: &Entry) -> Option<[f64; 2]> {
    match entry {
        Entry::Refused { apart_km } => Some(*apart_km),
        Entry::Taken => None,
    }
}

/// What steps before this one have made.
#[derive(Default)]
struct Earlier<'a> {
    notices: BTreeSet<&'a str>,
    calls: BTreeSet<&'a str>,
}

impl<'a> Earlier<'a> {
    fn add(&mut self, step: &'a Step) {
        match &step.act {
            Act::Notice(act) if matches!(act.expect, Entry::Taken) => {
                self.notices.insert(&step.name);
            }
            Act::Stop(_) => {
                self.calls.insert(&step.name);
            }
            Act::Notice(_)
            | Act::Distance(_)
            | Act::ReadBack(_)
            | Act::Withdraw(_)
            | Act::Details(_)
            | Act::Accept(_)
            | Act::Answer(_)
            | Act::Lift(_)
            | Act::Resume(_)
            | Act::Standing(_)
            | Act::Count(_)
            | Act::Prove(_)
            | Act::Verify(_) => {}
        }
    }
}

fn unique<'a>(
    what: &'static str,
    names: impl Iterator<Item = &'a str>,
) -> Result<(), ScenarioError> {
    let mut seen = BTreeSet::new();
    for name in names {
        let good = name.len() <= MAX_NAME
            && name.starts_with(|c: char| c.is_ascii_lowercase())
            && name
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if !good {
            return Err(ScenarioError::Name(name.chars().take(40).collect()));
        }
        if !seen.insert(name) {
            return Err(ScenarioError::Twice {
                what,
                name: name.to_owned(),
            });
        }
    }
    Ok(())
}
