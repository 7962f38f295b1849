//! Why something may go, or not, for people to read. Nothing of the content is repeated.

use crate::precision::TooFine;
use crate::released::advice::Advice;
use crate::rules::RuleSet;
use crate::rules::verdict::{RuleId, Ruling, Why};
use model::arrangement::Arrangement;
use model::code::Desk;
use model::ids::{AuthorityId, PartyId, PurposeId, Slug};
use model::kind::Kind;
use model::said::{Part, Said};
use model::slot::SlotCode;
use model::units::Millimetres;
use std::fmt;

/// Why a whole message may not go.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Denial {
    #[error("the message is for another line than the arrangement's: release it on its own line")]
    OtherLine,
    #[error("`{0}` is no party to the arrangement of this line: release it on a line of theirs")]
    Recipient(PartyId),
    #[error("desk `{0}` is not in the arrangement of this line: choose one that is")]
    Desk(Desk),
    #[error("purpose `{0}` is not in the arrangement of this line: choose one that is")]
    Purpose(PurposeId),
    #[error("version {0} of the rules does not hold at this time: put rules in force that do")]
    RulesNotInForce(u32),
    #[error("the rules list no authority `{0}`: choose one that they list")]
    Authority(AuthorityId),
    #[error(
        "the message names another authority than the one it is to be released under: take it out of the draft, or release \
         it under that one"
    )]
    AuthorityDiffers,
    #[error(
        "the message names another element than the one it is to be released for: take it out of the draft, or release it \
         for that one"
    )]
    ElementDiffers,
    #[error(transparent)]
    TooFine(#[from] TooFine),
    #[error(
        "`{0}` is not released under rules, but by the arrangement alone: say it by its own command"
    )]
    StandingOnly(Kind),
    #[error("the area goes only as coarse as {}, by {}: {why}", .coarsened.to, .coarsened.by.join(", "))]
    NotCoarsened { coarsened: Coarsened, why: Said },
    #[error(
        "whether it lies in area `{0}` of the rules cannot be told: have the administrator mend that area"
    )]
    Undrawable(Slug),
    #[error("`{kind}` may not go: {why}")]
    Message { kind: Kind, why: Why },
    #[error("`{slot}` may not go, and without it nothing does: {why}")]
    Required { slot: SlotCode, why: Why },
}

model::says! { Denial, "denial":
    "other-line" OtherLine;
    "recipient" Recipient(party);
    "desk" Desk(desk);
    "purpose" Purpose(purpose);
    "rules-not-in-force" RulesNotInForce(version);
    "authority" Authority(authority);
    "authority-differs" AuthorityDiffers;
    "element-differs" ElementDiffers;
    "standing-only" StandingOnly(kind);
    "not-coarsened" NotCoarsened { coarsened, why };
    "undrawable" Undrawable(area);
    "message" Message { kind, why };
    "required" Required { slot, why };
    as TooFine;
}

model::says! { Why, "why":
    "no-rule" NoRule;
    "forbidden" Forbidden { by };
    "rule-failed" RuleFailed { by };
    "no-free-text" NoFreeText;
    "not-of-this-kind" NotOfThisKind;
}

/// Of an area: how coarse, and by which rules.
impl From<&Coarsened> for Part {
    fn from(coarsened: &Coarsened) -> Self {
        let Coarsened { to, by } = coarsened;
        let english = format!("{to}, by {}", by.join(", "));
        Said::of("coarsened-to", &english)
            .with("to", to)
            .with("by", by)
            .into()
    }
}

impl Denial {
    /// What an officer can do about it, beside what the denial says itself: the choices that the arrangement and the rules
    /// leave, or the `@advice` of the rules that denied. `None`: it says so itself.
    pub fn advice(&self, arrangement: &Arrangement, rules: &RuleSet) -> Option<Advice> {
        match self {
            Denial::Desk(_) => Some(Advice::Desks(arrangement.desks.clone())),
            Denial::Purpose(_) => {
                let purposes = arrangement.purposes.iter();
                Some(Advice::Purposes(purposes.map(|known| known.id).collect()))
            }
            Denial::Authority(_) => {
                let authorities = rules.metadata().authorities.iter();
                Some(Advice::Authorities(
                    authorities.map(|known| known.id).collect(),
                ))
            }
            Denial::Message { why, .. } => Some(why.advice(rules)),
            Denial::Required { why, .. } => Some(why.advice(rules)),
            Denial::OtherLine
            | Denial::Recipient(_)
            | Denial::RulesNotInForce(_)
            | Denial::AuthorityDiffers
            | Denial::ElementDiffers
            | Denial::TooFine(_)
            | Denial::NotCoarsened { .. }
            | Denial::Undrawable(_)
            | Denial::StandingOnly(_) => None,
        }
    }

    /// What a decision in the journal names: rules by their names; what is not a rule's doing with a colon, which no
    /// rule's name has. Nothing for a denial by default.
    pub fn because(&self) -> Vec<&str> {
        let bound = match self {
            Denial::OtherLine => "arrangement:line",
            Denial::Recipient(_) => "arrangement:recipient",
            Denial::Desk(_) => "arrangement:desk",
            Denial::Purpose(_) => "arrangement:purpose",
            Denial::TooFine(_) => "arrangement:finest",
            Denial::RulesNotInForce(_) => "rules:not-in-force",
            Denial::Authority(_) => "rules:authority",
            Denial::AuthorityDiffers => "message:authority",
            Denial::ElementDiffers => "message:element",
            Denial::Undrawable(_) => "rules:area",
            Denial::StandingOnly(_) => "message:standing-release-only",
            Denial::NotCoarsened { coarsened, .. } => {
                return coarsened.by.iter().map(AsRef::as_ref).collect();
            }
            Denial::Message { why, .. } | Denial::Required { why, .. } => {
                return why.because();
            }
        };
        vec![bound]
    }
}

impl Why {
    /// What an officer can do about it: the `@advice` of the rules that forbade it, or whom to ask.
    pub fn advice(&self, rules: &RuleSet) -> Advice {
        let version = rules.metadata().version;
        match self {
            Why::NoRule => Advice::OtherTerms { version },
            Why::Forbidden { by } => {
                let advised: Vec<&str> = by.iter().filter_map(|rule| rules.advice(rule)).collect();
                match advised.is_empty() {
                    true => Advice::Ask {
                        version,
                        by: by.clone(),
                    },
                    false => Advice::Advised(advised.join("; ")),
                }
            }
            Why::RuleFailed { by } => Advice::Mend {
                version,
                by: by.clone(),
            },
            Why::NoFreeText => Advice::NoFreeText,
            Why::NotOfThisKind => Advice::TakeOut,
        }
    }

    fn because(&self) -> Vec<&str> {
        match self {
            Why::Forbidden { by } | Why::RuleFailed { by } => {
                by.iter().map(AsRef::as_ref).collect()
            }
            Why::NoFreeText => vec!["arrangement:free-text"],
            Why::NoRule | Why::NotOfThisKind => Vec::new(),
        }
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Why::NoRule => f.write_str("no rule lets it go"),
            Why::Forbidden { by } => write!(f, "forbidden by {}", by.join(", ")),
            Why::RuleFailed { by } => write!(
                f,
                "{} could not be worked out, and until that is mended nothing goes",
                by.join(", ")
            ),
            Why::NoFreeText => f.write_str("the arrangement has no free text"),
            Why::NotOfThisKind => f.write_str("this kind of message has no such field"),
        }
    }
}

impl fmt::Display for Ruling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Ruling::LetGo { by } => write!(f, "goes: {}", by.join(", ")),
            Ruling::Withheld(why) => write!(f, "withheld: {why}"),
        }
    }
}

/// What would be decided, slot by slot, and by which rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// The version of the rules.
    pub rules: u32,
    /// Why nothing would go; none if something would.
    pub denials: Vec<Denial>,
    /// The ruling on the message as such; `None` where rules have no say in its kind.
    pub message: Option<Ruling>,
    /// The slots that are filled in, in their order.
    pub slots: Vec<SlotRuling>,
    /// That the area goes as one made of squares, where it goes.
    pub coarsened: Option<Coarsened>,
}

/// How wide the squares are that the area is made of, at least, and the rules that say so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Coarsened {
    pub to: Millimetres,
    pub by: Vec<RuleId>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlotRuling {
    pub slot: SlotCode,
    pub ruling: Ruling,
}

/// A line for the message, one for each slot, and one for each denial.
impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "rules, version {}", self.rules)?;
        if let Some(message) = &self.message {
            writeln!(f, "{:20} {message}", "the message")?;
        }
        for SlotRuling { slot, ruling } in &self.slots {
            writeln!(f, "{slot:20} {ruling}")?;
        }
        if let Some(Coarsened { to, by }) = &self.coarsened {
            writeln!(
                f,
                "{:20} made of squares of {to}: {}",
                "the area",
                by.join(", ")
            )?;
        }
        for denial in &self.denials {
            writeln!(f, "not released: {denial}")?;
        }
        Ok(())
    }
}
