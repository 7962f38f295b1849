//! What an officer can do about a denial: said beside it, and no error by itself.

use crate::rules::verdict::RuleId;
use model::code::Desk;
use model::ids::{AuthorityId, PurposeId};
use std::fmt;

model::says! { Advice, "advice":
    "desks" Desks(names);
    "purposes" Purposes(names);
    "authorities" Authorities(names);
    "other-terms" OtherTerms { version };
    "ask" Ask { version, by };
    "advised" Advised(words);
    "mend" Mend { version, by };
    "no-free-text" NoFreeText;
    "take-out" TakeOut;
}

fn listed(names: &[impl fmt::Display]) -> String {
    let names: Vec<String> = names.iter().map(ToString::to_string).collect();
    names.join(", ")
}

/// What an officer can do about a denial.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Advice {
    /// The choices that the arrangement and the rules leave.
    #[error("there are {}", listed(.0))]
    Desks(Vec<Desk>),
    #[error("there are {}", listed(.0))]
    Purposes(Vec<PurposeId>),
    #[error("there are {}", listed(.0))]
    Authorities(Vec<AuthorityId>),
    #[error(
        "release it under another authority or for another purpose, or ask whoever answers for the release rules (version \
         {version}) for a rule that permits it"
    )]
    OtherTerms { version: u32 },
    #[error("ask whoever answers for the release rules (version {version}) about {}", .by.join(", "))]
    Ask { version: u32, by: Vec<RuleId> },
    /// The `@advice` of the rules that forbade it: their author's own words.
    #[error("{0}")]
    Advised(String),
    #[error(
        "have the administrator mend {} in the release rules (version {version}); say it by telephone meanwhile",
        .by.join(", ")
    )]
    Mend { version: u32, by: Vec<RuleId> },
    #[error("leave the free text out, and say it by telephone")]
    NoFreeText,
    #[error("take it out of the draft")]
    TakeOut,
}
