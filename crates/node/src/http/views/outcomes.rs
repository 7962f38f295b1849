//! What came of a command, line by line.

use super::values::{SlotsShown, slots};
use crate::names;
use crate::said::Text;
use channel::doubt::{Degrees, Doubt};
use channel::effect::{Done, NotStopped, StopSent};
use model::event::Decision;
use model::ids::LineId;
use model::line::EntryRef;
use model::said::{Said, Says};
use model::slot::SlotCode;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// What came of a command.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Outcome {
    /// Entries that carry it, a line each.
    pub said: Vec<String>,
    /// A stop call or details of one, line by line.
    pub stopped: Vec<Stopped>,
    /// A notice, line by line.
    pub released: Vec<ReleasedOn>,
    /// Of a stop call: what was not understood, slot by slot, and why. The call was made without it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schema(value_type = std::collections::BTreeMap<String, String>)]
    pub not_understood: BTreeMap<String, Text>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Stopped {
    pub line: String,
    pub call: String,
    /// `false`: it has not gone out. Telephone now.
    pub on_its_way: bool,
    /// The line is carried by file: no path will ever take it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub by_file: bool,
    pub telephone: Vec<String>,
    /// Why it was not even queued there; `call` is empty then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub refused: Option<Text>,
    /// What of it travels on this line, slot by slot, as it is shown there.
    #[schema(value_type = Object)]
    pub slots: SlotsShown,
    /// Slots that were given and do not travel: a stop call on this line carries none such.
    pub withheld: Vec<String>,
    /// The place was given more finely than agreed, and travels as the square that contains it.
    pub coarsened: bool,
    /// What is doubtful about the places as they were given. The call went all the same: say the place again.
    pub warnings: Vec<Warning>,
}

/// A doubt about the place of a stop call, worked out by this node itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Warning {
    #[schema(value_type = String)]
    pub text: Text,
    /// What was probably meant, where latitude and longitude look swapped; it can be typed as it stands.
    pub perhaps: Option<String>,
}

impl From<&Doubt> for Warning {
    fn from(doubt: &Doubt) -> Self {
        Self {
            text: doubt.said().into(),
            perhaps: doubt.swapped().map(|meant| Degrees(meant).to_string()),
        }
    }
}

fn stopped(sent: &StopSent) -> Stopped {
    Stopped {
        line: sent.line.to_string(),
        call: names::entry(sent.call),
        on_its_way: sent.on_its_way,
        by_file: false,
        telephone: sent.telephone.clone(),
        slots: slots(&sent.slots, &[]),
        withheld: sent.withheld.iter().map(SlotCode::to_string).collect(),
        coarsened: sent.coarsened,
        warnings: sent.doubts.iter().map(Warning::from).collect(),
        refused: None,
    }
}

/// A call that could not even be queued on `line`.
pub fn not_stopped(line: String, telephone: Vec<String>, refused: Said) -> Stopped {
    Stopped {
        line,
        call: String::new(),
        on_its_way: false,
        by_file: false,
        telephone,
        refused: Some(refused.into()),
        slots: SlotsShown::default(),
        withheld: Vec::new(),
        coarsened: false,
        warnings: Vec::new(),
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReleasedOn {
    pub line: String,
    /// The party that it was for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// The entry that carries it, if it was let go.
    pub entry: Option<String>,
    /// The rules that decided, if it was not.
    pub because: Vec<String>,
    pub withheld: Vec<String>,
    /// If it was not: why, and what to do about it, for the officer to read; a sentence each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<String>)]
    pub why: Vec<Text>,
    /// If it was not: the authorities under which the rules in force would let it go.
    #[serde(default)]
    pub authorities: Vec<String>,
}

/// What a command led to, for whoever asked.
pub fn outcome(done: &Done) -> Outcome {
    let mut outcome = Outcome::default();
    match done {
        Done::Done => {}
        Done::Said(entries) => outcome.said = entries.iter().copied().map(names::entry).collect(),
        Done::Stopped(calls) => {
            let on = |call: &Result<StopSent, NotStopped>| match call {
                Ok(sent) => stopped(sent),
                Err(not) => not_stopped(
                    not.line.to_string(),
                    not.telephone.clone(),
                    not.refused.said(),
                ),
            };
            outcome.stopped = calls.iter().map(on).collect();
        }
        Done::Detailed(entry, sent) => {
            outcome.said = vec![names::entry(*entry)];
            outcome.stopped = vec![stopped(sent)];
        }
        Done::Released(lines) => {
            outcome.released = lines
                .iter()
                .map(|(line, result)| released_on(*line, result))
                .collect();
        }
    }
    outcome
}

pub fn released_on(line: LineId, result: &Result<EntryRef, Decision>) -> ReleasedOn {
    let (entry, because, withheld) = match result {
        Ok(entry) => (Some(names::entry(*entry)), Vec::new(), Vec::new()),
        Err(decision) => (
            None,
            decision.because.clone(),
            decision.withheld.iter().map(SlotCode::to_string).collect(),
        ),
    };
    ReleasedOn {
        line: line.to_string(),
        to: None,
        entry,
        because,
        withheld,
        why: Vec::new(),
        authorities: Vec::new(),
    }
}
