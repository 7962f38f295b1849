//! A day at several desks: parties, what each two have agreed, officers, and what is done in order. A TOML file;
//! `deir-ez-zor-2017.toml` beside this crate is one.

#[cfg(test)]
mod tests;

use crate::cast::{Agreement, Cast, MAX_PARTIES, Member, Sitting};
use crate::scenario::{LINE_ID, MAX_OFFICERS, MAX_STEPS, MAX_TEXT, ScenarioError, parsed, text_of};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::Path;

/// Notices of one sweep.
pub const MAX_SWEEP: usize = 30;
/// Units of one step.
pub const MAX_UNITS: usize = 10;
/// The longest from now to the end of a window, in minutes.
pub const MAX_MINUTES: u32 = 14 * 24 * 60;

/// What a person reads, in each language of the demonstration.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Words {
    pub en: String,
    pub ru: String,
    pub ar: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Timeline {
    /// Of this file; 1.
    pub format: u32,
    pub title: Words,
    /// What the reader must know beforehand.
    pub about: Words,
    /// What is not shown, said at the end.
    pub not_shown: Vec<String>,
    pub party: Vec<Party>,
    pub officer: Vec<Officer>,
    pub agreement: Vec<Agreement>,
    pub step: Vec<Step>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Party {
    pub name: String,
    pub about: String,
    pub called: Words,
    /// Of its console: en, ru, ar.
    pub language: Language,
    /// The officer in whose place a person at the demonstration sits. Nobody plays them.
    pub seat: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Language {
    En,
    Ru,
    Ar,
}

impl Language {
    pub fn tag(self) -> &'static str {
        match self {
            Language::En => "en",
            Language::Ru => "ru",
            Language::Ar => "ar",
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Officer {
    pub name: String,
    pub party: String,
    pub desks: Vec<String>,
    pub role: String,
    pub on_watch: bool,
    pub about: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    pub name: String,
    pub title: Words,
    pub say: Words,
    /// What is publicly known of it, and from where.
    pub reported: Option<String>,
    /// It is not among what was reported, and shown all the same.
    #[serde(default)]
    pub added: bool,
    /// What it shows, said when it has been shown.
    pub shows: String,
    #[serde(rename = "do")]
    pub act: Act,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Act {
    /// An officer enters a notice, and lets it go on the named lines.
    Notice(Box<Notice>),
    /// A notice that was held for a conflict is let go all the same.
    Release(By),
    /// A notice gets another window, and is let go anew.
    Amend(Amend),
    /// Both nodes show the conflict between two notices, or both do not.
    Conflict(Conflict),
    ReadBack(ReadBack),
    /// Displayed, read back, and answered.
    Acknowledge(Acknowledge),
    /// The units below a desk, and which of them have a notice.
    Units(Units),
    /// One desk sends a number, the other reads it back.
    CheckLine(CheckLine),
    /// Many small notices; what the other party's node says of them together.
    Sweep(Sweep),
    Stop(Stop),
    Accept(By),
    AnswerCall(AnswerCall),
    /// The caller: the danger is over.
    Lift(By),
    /// The called party: we have resumed.
    Resume(By),
    /// The caller: it should not have been made.
    RaisedInError(By),
    /// Something is said on the record to have happened.
    Claim(Box<Claim>),
    AnswerClaim(AnswerClaim),
    /// A formal warning.
    Warn(Box<OnRecord>),
    /// A warning was received, which is not agreement.
    Receive(By),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct By {
    pub by: String,
    pub of: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Notice {
    pub by: String,
    pub kind: String,
    pub desk: String,
    /// By name.
    pub lines: Vec<String>,
    pub purpose: String,
    pub authority: String,
    pub element: Option<String>,
    /// From so many minutes from now to so many.
    pub minutes: [u32; 2],
    /// As docs/integrators.md has them, the window apart.
    pub slots: Map<String, Value>,
    /// It is held, because it conflicts with what the other party has declared.
    #[serde(default)]
    pub held: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Amend {
    pub by: String,
    pub of: String,
    /// Counted from when the notice was entered.
    pub minutes: [u32; 2],
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Conflict {
    pub of: String,
    pub with: String,
    pub stands: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReadBack {
    pub by: String,
    pub of: String,
    /// As a person types it.
    pub place: String,
    /// Where it is wrong: the node refuses it, and names a distance in kilometres between these two.
    pub apart_km: Option<[f64; 2]>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Acknowledge {
    pub by: String,
    pub of: String,
    /// As a person types it; none: where it was read back already.
    pub place: Option<String>,
    pub answer: String,
}

/// Units are enrolled; those that answer by radio are relayed, and the other party is told what that comes to.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Units {
    pub by: String,
    pub of: String,
    pub desk: String,
    /// Up to [`MAX_UNITS`].
    pub unit: Vec<Unit>,
    /// all-units, not-all-yet.
    pub told: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unit {
    pub name: String,
    pub area: Map<String, Value>,
    /// It says by radio that it has the notice; else it is silent.
    pub has_it: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CheckLine {
    pub by: String,
    pub line: String,
    pub desk: String,
    pub answered_by: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sweep {
    pub by: String,
    pub kind: String,
    pub desk: String,
    pub lines: Vec<String>,
    pub purpose: String,
    pub authority: String,
    pub minutes: [u32; 2],
    /// What all of them say; the area and its second description are each one's own.
    pub slots: Map<String, Value>,
    pub radius: String,
    pub reference: String,
    /// Centre, bearing and distance of each.
    pub places: Vec<[String; 3]>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stop {
    pub by: String,
    pub desk: String,
    /// By name; none: every line of the desk.
    #[serde(default)]
    pub lines: Vec<String>,
    /// Place, whom and what, as docs/integrators.md has them.
    #[serde(default)]
    pub slots: Map<String, Value>,
    /// Until the alarm on each called desk's screens, at most.
    pub alarm_within_ms: u32,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnswerCall {
    pub by: String,
    pub of: String,
    pub answer: String,
    /// What both screens must then call it.
    pub phase: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OnRecord {
    pub by: String,
    pub desk: String,
    /// By name.
    pub line: String,
    pub purpose: String,
    pub authority: String,
    /// As docs/integrators.md has them; of a claim, the window apart.
    pub slots: Map<String, Value>,
}

#[derive(Debug, Deserialize)]
pub struct Claim {
    #[serde(flatten)]
    pub said: OnRecord,
    /// From so many minutes ago to so many.
    pub minutes_ago: [u32; 2],
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnswerClaim {
    pub by: String,
    pub of: String,
    pub answer: String,
}

impl Act {
    /// Whoever does it; of a conflict, the nodes do.
    pub fn by(&self) -> Vec<&str> {
        match self {
            Act::Notice(act) => vec![&act.by],
            Act::Release(act)
            | Act::Accept(act)
            | Act::Lift(act)
            | Act::Resume(act)
            | Act::RaisedInError(act)
            | Act::Receive(act) => vec![&act.by],
            Act::Amend(act) => vec![&act.by],
            Act::Conflict(_) => vec![],
            Act::ReadBack(act) => vec![&act.by],
            Act::Acknowledge(act) => vec![&act.by],
            Act::Units(act) => vec![&act.by],
            Act::CheckLine(act) => vec![&act.by, &act.answered_by],
            Act::Sweep(act) => vec![&act.by],
            Act::Stop(act) => vec![&act.by],
            Act::AnswerCall(act) => vec![&act.by],
            Act::Claim(act) => vec![&act.said.by],
            Act::AnswerClaim(act) => vec![&act.by],
            Act::Warn(act) => vec![&act.by],
        }
    }

    /// The earlier steps it is about, and whether those must have entered a notice or made a call.
    fn of(&self) -> Vec<(&str, Made)> {
        match self {
            Act::Notice(_)
            | Act::CheckLine(_)
            | Act::Sweep(_)
            | Act::Stop(_)
            | Act::Claim(_)
            | Act::Warn(_) => vec![],
            Act::AnswerClaim(act) => vec![(&act.of, Made::Claim)],
            Act::Receive(act) => vec![(&act.of, Made::Warning)],
            Act::Release(act) => vec![(&act.of, Made::Notice)],
            Act::Amend(act) => vec![(&act.of, Made::Notice)],
            Act::Conflict(act) => vec![(&act.of, Made::Notice), (&act.with, Made::Notice)],
            Act::ReadBack(act) => vec![(&act.of, Made::Notice)],
            Act::Acknowledge(act) => vec![(&act.of, Made::Notice)],
            Act::Units(act) => vec![(&act.of, Made::Notice)],
            Act::Accept(act) | Act::Lift(act) | Act::Resume(act) | Act::RaisedInError(act) => {
                vec![(&act.of, Made::Call)]
            }
            Act::AnswerCall(act) => vec![(&act.of, Made::Call)],
        }
    }

    fn makes(&self) -> Option<Made> {
        match self {
            Act::Notice(_) => Some(Made::Notice),
            Act::Stop(_) => Some(Made::Call),
            Act::Claim(_) => Some(Made::Claim),
            Act::Warn(_) => Some(Made::Warning),
            _other => None,
        }
    }

    fn minutes(&self) -> Option<[u32; 2]> {
        match self {
            Act::Notice(act) => Some(act.minutes),
            Act::Amend(act) => Some(act.minutes),
            Act::Sweep(act) => Some(act.minutes),
            _other => None,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Made {
    Notice,
    Call,
    Claim,
    Warning,
}

impl Timeline {
    /// # Errors
    /// [`ScenarioError`], written for whoever writes timelines.
    pub fn read(path: &Path) -> Result<Self, ScenarioError> {
        Self::parse(&text_of(path)?)
    }

    /// # Errors
    /// As [`Timeline::read`].
    pub fn parse(text: &str) -> Result<Self, ScenarioError> {
        let timeline: Self = parsed(text)?;
        timeline.check()?;
        Ok(timeline)
    }

    pub fn party(&self, name: &str) -> Option<&Party> {
        self.party.iter().find(|party| party.name == name)
    }

    pub fn officer(&self, name: &str) -> Option<&Officer> {
        self.officer.iter().find(|officer| officer.name == name)
    }

    /// What a stage needs of it; `framed_by`: the page that shows the desks.
    pub fn cast(&self, framed_by: Option<SocketAddr>) -> Cast {
        let parties = self.party.iter().map(|party| Member {
            name: party.name.clone(),
            about: party.about.clone(),
        });
        let officers = self.officer.iter().map(|officer| Sitting {
            name: officer.name.clone(),
            party: officer.party.clone(),
            desks: officer.desks.clone(),
            role: officer.role.clone(),
            on_watch: officer.on_watch,
        });
        Cast {
            parties: parties.collect(),
            officers: officers.collect(),
            agreements: self.agreement.clone(),
            framed_by,
        }
    }

    fn check(&self) -> Result<(), ScenarioError> {
        if self.format != 1 {
            return Err(ScenarioError::Format(self.format));
        }
        let at_most = |what, given: usize, most: usize| match given > most {
            true => Err(ScenarioError::TooMany { what, given, most }),
            false => Ok(()),
        };
        at_most("steps", self.step.len(), MAX_STEPS)?;
        at_most("officers", self.officer.len(), MAX_OFFICERS)?;
        at_most("parties", self.party.len(), MAX_PARTIES)?;
        self.texts()?;
        self.people()?;
        let mut earlier = BTreeSet::new();
        for step in &self.step {
            self.step(step, &earlier)?;
            earlier.extend(step.act.makes().map(|made| (step.name.as_str(), made)));
        }
        let mut names = BTreeSet::new();
        match self.step.iter().find(|step| !names.insert(&step.name)) {
            Some(twice) => Err(ScenarioError::Twice {
                what: "steps",
                name: twice.name.clone(),
            }),
            None => Ok(()),
        }
    }

    fn texts(&self) -> Result<(), ScenarioError> {
        let of_all = [("the title", &self.title), ("`about`", &self.about)];
        let of_all = of_all.map(|(place, words)| (place.to_owned(), words));
        let of_parties =
            (self.party.iter()).map(|party| (format!("party `{}`", party.name), &party.called));
        let of_steps = self.step.iter().flat_map(|step| {
            [&step.title, &step.say].map(|words| (format!("step `{}`", step.name), words))
        });
        for (where_, words) in of_all.into_iter().chain(of_parties).chain(of_steps) {
            for text in [&words.en, &words.ru, &words.ar] {
                if text.len() > MAX_TEXT {
                    let given = text.len();
                    return Err(ScenarioError::TextTooLong { where_, given });
                }
                if text.trim().is_empty() {
                    let what = format!("a text of {where_} is empty: say it in en, ru and ar");
                    return Err(ScenarioError::Text(what));
                }
            }
        }
        Ok(())
    }

    /// Parties, their seats, officers and agreements lead to each other.
    fn people(&self) -> Result<(), ScenarioError> {
        let known = |party: &str| self.party(party).is_some();
        for officer in &self.officer {
            if !known(&officer.party) || officer.desks.is_empty() {
                let what = "needs a party of this file and at least one desk";
                return Err(ScenarioError::Text(format!(
                    "officer `{}` {what}",
                    officer.name
                )));
            }
        }
        for party in &self.party {
            let sits = |officer: &Officer| officer.party == party.name;
            if !self.officer(&party.seat).is_some_and(sits) {
                let what = format!("the seat of `{}` is `{}`", party.name, party.seat);
                return Err(ScenarioError::Text(format!(
                    "{what}, no officer of that party: name one"
                )));
            }
            let twice = self
                .party
                .iter()
                .filter(|other| other.name == party.name)
                .count()
                > 1;
            if twice {
                let name = party.name.clone();
                return Err(ScenarioError::Twice {
                    what: "parties",
                    name,
                });
            }
        }
        for agreed in &self.agreement {
            let [one, other] = &agreed.between;
            if one == other || !known(one) || !known(other) {
                let what = format!("an agreement is between `{one}` and `{other}`");
                return Err(ScenarioError::Text(format!(
                    "{what}: name two different parties"
                )));
            }
            if !agreed.text.contains(LINE_ID) {
                return Err(ScenarioError::Placeholder(LINE_ID));
            }
        }
        Ok(())
    }

    fn step(&self, step: &Step, earlier: &BTreeSet<(&str, Made)>) -> Result<(), ScenarioError> {
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
        for officer in step.act.by() {
            if self.officer(officer).is_none() {
                return Err(unknown("the officer", officer, "name one of the officers"));
            }
        }
        for (of, made) in step.act.of() {
            if !earlier.contains(&(of, made)) {
                let (what, hint) = match made {
                    Made::Notice => (
                        "the notice of step",
                        "name an earlier step that enters a notice",
                    ),
                    Made::Call => (
                        "the stop call of step",
                        "name an earlier step that makes a stop call",
                    ),
                    Made::Claim => (
                        "the claim of step",
                        "name an earlier step that makes a claim",
                    ),
                    Made::Warning => (
                        "the warning of step",
                        "name an earlier step that gives a warning",
                    ),
                };
                return Err(unknown(what, of, hint));
            }
        }
        if let Some([from, until]) = step.act.minutes()
            && (from >= until || until > MAX_MINUTES)
        {
            let says = format!(
                "a window from {from} to {until} minutes from now: at most {MAX_MINUTES}, in order"
            );
            return Err(wrong(says));
        }
        if let Act::Sweep(sweep) = &step.act
            && sweep.places.len() > MAX_SWEEP
        {
            let says = format!(
                "{} places, and at most {MAX_SWEEP} are swept",
                sweep.places.len()
            );
            return Err(wrong(says));
        }
        if let Act::Units(units) = &step.act
            && units.unit.len() > MAX_UNITS
        {
            let says = format!(
                "{} units, and at most {MAX_UNITS} are below a desk here",
                units.unit.len()
            );
            return Err(wrong(says));
        }
        Ok(())
    }
}
