//! A situation that runs: parties, the arrangement between them, officers, what is known of history, and the steps.
//!
//! A scenario is a TOML file; `deir-ez-zor-2016.toml` beside this crate is one, and says in its comments what each part
//! means. A step is one act of one person, or one trouble of the machines, and what must come of it. What people took,
//! or are assumed to take, is stated in the file and never slept.

mod check;
#[cfg(test)]
mod tests;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The longest scenario file, in bytes.
pub const MAX_SCENARIO: u64 = 256 * 1024;
/// Steps of one scenario.
pub const MAX_STEPS: usize = 100;
/// Officers of one scenario.
pub const MAX_OFFICERS: usize = 20;
/// Facts of history in one scenario.
pub const MAX_FACTS: usize = 50;
/// The longest text to be shown, in bytes.
pub const MAX_TEXT: usize = 1_000;
/// The longest wait before a node is killed, in milliseconds.
pub const MAX_KILL_AFTER_MS: u32 = 10_000;
/// The longest that a person may be assumed to take, in seconds.
pub const MAX_HUMAN_SECONDS: u32 = 24 * 3_600;

/// Why a scenario cannot be played.
#[derive(Debug, thiserror::Error)]
pub enum ScenarioError {
    #[error("cannot read the scenario `{path}`")]
    Read {
        path: PathBuf,
        #[source]
        cause: std::io::Error,
    },
    #[error("the scenario `{0}` is larger than {MAX_SCENARIO} bytes: leave out what is not played")]
    TooLarge(PathBuf),
    #[error("the scenario cannot be understood: {0}")]
    Text(String),
    #[error("the scenario's format is {0}, and this program plays format 1")]
    Format(u32),
    #[error("there are {given} {what}, and at most {most} are played")]
    TooMany {
        what: &'static str,
        given: usize,
        most: usize,
    },
    #[error("a text of {where_} is {given} bytes long, and at most {MAX_TEXT} are shown")]
    TextTooLong { where_: String, given: usize },
    #[error("a scenario is between two different parties, and this names {0}")]
    Parties(String),
    #[error("`{0}` is not a short name: use 1 to 31 of a-z, 0-9 and -, beginning with a letter")]
    Name(String),
    #[error("there are two {what} called `{name}`: give each its own name")]
    Twice { what: &'static str, name: String },
    #[error("step `{step}` names {what} `{name}`, which is not in the scenario: {hint}")]
    Unknown {
        step: String,
        what: &'static str,
        name: String,
        hint: &'static str,
    },
    #[error("step `{step}`: {says}")]
    Step { step: String, says: String },
    #[error("the arrangement's text lacks `{0}`, which the set-up fills in")]
    Placeholder(&'static str),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// Of this file; 1.
    pub format: u32,
    pub title: String,
    /// What the reader must know before the first step.
    pub about: String,
    /// How history's times are to be read.
    pub times: String,
    /// What is not shown, said before the table.
    pub not_shown: Vec<String>,
    pub party: Vec<Party>,
    pub officer: Vec<Officer>,
    pub arrangement: Arrangement,
    pub fact: Vec<Fact>,
    pub step: Vec<Step>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Party {
    pub name: String,
    pub about: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Officer {
    pub name: String,
    pub party: String,
    pub desk: String,
    pub role: String,
    /// Whether they are on watch from the beginning.
    pub on_watch: bool,
    pub about: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Arrangement {
    /// What both parties sign. The set-up fills in [`LINE_ID`], which is chosen at random for each line.
    pub text: String,
}

/// Where the arrangement's text takes the line's identifier.
pub const LINE_ID: &str = "{line}";

/// What is publicly known, and from where.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fact {
    pub name: String,
    pub at: String,
    pub what: String,
    pub source: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    pub name: String,
    /// When it happened, in history's own words; `None` for what never happened and is shown all the same.
    pub at: Option<String>,
    pub title: String,
    /// Facts that it stands on.
    #[serde(default)]
    pub facts: Vec<String>,
    /// What to say of it beforehand.
    pub say: Option<String>,
    /// What it shows, said when it has been shown.
    pub shows: Option<String>,
    /// How long a person is taken to need for it.
    pub human: Option<Human>,
    #[serde(rename = "do")]
    pub act: Act,
}

/// An assumption, never a measurement.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Human {
    pub seconds: u32,
    pub because: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Act {
    /// An officer enters a notice; if it is good it is released.
    Notice(Box<Notice>),
    /// How far each side's screen says that a notice is from a reference point.
    Distance(Distance),
    /// The receiver enters again what they understood.
    ReadBack(ReadBack),
    /// The notice is taken back.
    Withdraw(Withdraw),
    /// One gesture: stop.
    Stop(Stop),
    /// Where, whom and what, after the call.
    Details(Details),
    /// A person takes the call.
    Accept(OnCall),
    Answer(Answer),
    Lift(OnCall),
    Resume(OnCall),
    /// A party says that the line is suspended, or open again.
    Standing(Standing),
    /// Counts what became of every stop call, in both journals.
    Count(Nothing),
    /// A proof that a call was received, checked by a program that shares no code with the nodes; then one byte altered.
    Prove(Prove),
    /// Both journals, verified offline.
    Verify(Nothing),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}

/// All of it as a person types it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Notice {
    pub by: String,
    pub kind: String,
    /// Why it is said, and under which authority it leaves.
    pub purpose: String,
    pub authority: String,
    pub centre: String,
    pub radius: String,
    /// How far off the shape may be.
    pub precision: String,
    /// Where the shape was taken from.
    pub centre_from: String,
    pub second: Second,
    pub band: String,
    /// Coded slots by name.
    #[serde(default)]
    pub codes: BTreeMap<String, String>,
    /// From now, because a node refuses a window that is over.
    pub opens_in_minutes: u32,
    pub lasts_minutes: u32,
    pub expect: Entry,
}

/// Bearing and distance, from another source than the shape.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Second {
    pub reference: String,
    pub bearing: String,
    pub distance: String,
    pub from: String,
}

/// What must become of what was entered.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Entry {
    /// The node refuses it, and names a distance in kilometres between these two.
    Refused {
        apart_km: [f64; 2],
    },
    Taken,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Distance {
    pub of: String,
    pub reference: String,
    /// Between these, on both sides, and the same on both.
    pub km: [f64; 2],
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReadBack {
    pub by: String,
    pub of: String,
    /// As a person types it.
    pub place: String,
    pub place_from: String,
    pub expect: Entry,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Withdraw {
    pub by: String,
    pub of: String,
    pub reason: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stop {
    pub by: String,
    pub trouble: Option<Trouble>,
    /// Until the alarm at the other desk, at most: from the request, or from when the trouble is over.
    pub alarm_within_ms: u32,
    /// Only the call itself is shown: when it has been, the caller says that it was raised in error.
    #[serde(default)]
    pub taken_back: bool,
}

/// What goes wrong around a stop call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Trouble {
    /// The path between the nodes passes nothing on, and closes nothing, until the caller has been told.
    PathCut,
    /// The caller's node is killed with -9 so long after the request was sent, whether it has answered or not.
    CallerKilled { after_ms: u32 },
    /// The caller's node is killed with -9 after it said that it has the call, which could not leave.
    CallerKilledAfterwards,
    /// The called node is killed with -9 as it alarms.
    CalledKilled,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Details {
    pub by: String,
    pub of: String,
    pub place: String,
    pub whom: String,
    pub cause: String,
    /// Both nodes must doubt the place: it is outside the agreed area.
    #[serde(default)]
    pub doubted: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OnCall {
    pub by: String,
    pub of: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    pub by: String,
    pub of: String,
    pub answer: String,
    /// What the caller's screen must then call it.
    pub phase: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Standing {
    pub by: String,
    pub standing: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prove {
    pub by: String,
    /// The stop call.
    pub of: String,
}

/// The text of a file of at most [`MAX_SCENARIO`] bytes.
///
/// # Errors
/// [`ScenarioError::Read`], [`ScenarioError::TooLarge`].
pub(crate) fn text_of(path: &Path) -> Result<String, ScenarioError> {
    let failed = |cause| ScenarioError::Read {
        path: path.to_owned(),
        cause,
    };
    if std::fs::metadata(path).map_err(failed)?.len() > MAX_SCENARIO {
        return Err(ScenarioError::TooLarge(path.to_owned()));
    }
    std::fs::read_to_string(path).map_err(failed)
}

/// # Errors
/// [`ScenarioError::Text`].
pub(crate) fn parsed<T: DeserializeOwned>(text: &str) -> Result<T, ScenarioError> {
    toml::from_str(text).map_err(|cause| ScenarioError::Text(cause.to_string()))
}

impl Scenario {
    /// # Errors
    /// [`ScenarioError`], written for whoever writes scenarios.
    pub fn read(path: &Path) -> Result<Self, ScenarioError> {
        Self::parse(&text_of(path)?)
    }

    /// # Errors
    /// As [`Scenario::read`].
    pub fn parse(text: &str) -> Result<Self, ScenarioError> {
        let scenario: Self = parsed(text)?;
        scenario.check()?;
        Ok(scenario)
    }

    /// The officer of that name; every name was checked when the scenario was read.
    pub fn officer(&self, name: &str) -> Option<&Officer> {
        self.officer.iter().find(|officer| officer.name == name)
    }
}

impl Act {
    /// Who does it, where a person does.
    pub fn by(&self) -> Option<&str> {
        match self {
            Act::Notice(act) => Some(&act.by),
            Act::ReadBack(act) => Some(&act.by),
            Act::Withdraw(act) => Some(&act.by),
            Act::Stop(act) => Some(&act.by),
            Act::Details(act) => Some(&act.by),
            Act::Accept(act) | Act::Lift(act) | Act::Resume(act) => Some(&act.by),
            Act::Answer(act) => Some(&act.by),
            Act::Standing(act) => Some(&act.by),
            Act::Prove(act) => Some(&act.by),
            Act::Distance(_) | Act::Count(_) | Act::Verify(_) => None,
        }
    }

    /// The earlier step it is about.
    pub fn of(&self) -> Option<About<'_>> {
        match self {
            Act::Distance(act) => Some(About::Notice(&act.of)),
            Act::ReadBack(act) => Some(About::Notice(&act.of)),
            Act::Withdraw(act) => Some(About::Notice(&act.of)),
            Act::Details(act) => Some(About::Call(&act.of)),
            Act::Accept(act) | Act::Lift(act) | Act::Resume(act) => Some(About::Call(&act.of)),
            Act::Answer(act) => Some(About::Call(&act.of)),
            Act::Prove(act) => Some(About::Call(&act.of)),
            Act::Notice(_) | Act::Stop(_) | Act::Standing(_) | Act::Count(_) | Act::Verify(_) => {
                None
            }
        }
    }
}

/// What an act is about, by the step that made it.
#[derive(Clone, Copy, Debug)]
pub enum About<'a> {
    Notice(&'a str),
    Call(&'a str),
}
