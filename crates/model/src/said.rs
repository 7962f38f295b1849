//! What is said to an officer: which message it is and what fills its places, so that a node can say it in the language
//! of whoever reads it. The English is what the error itself says, for logs, programs and the command line.
//!
//! Nothing of this travels on a line or is journalled.

use crate::code::{Desk, Role, StopAnswer};
use crate::description::Anchor;
use crate::dtg::DateTimeGroup;
use crate::ids::{
    AuthorityId, ElementId, LineId, LineName, OfficerId, PartyId, PurposeId, ReferencePointId,
    Slug, UnitId,
};
use crate::kind::Kind;
use crate::place::Position;
use crate::slot::SlotCode;
use crate::units::{Bearing, Millimetres, Timestamp};
use std::fmt;

/// One thing said to a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// Which message of `phrases/node.LANGUAGE.ftl`; none: only English has it.
    pub id: Option<&'static str>,
    pub slots: Vec<(&'static str, Part)>,
    english: String,
}

/// What fills a place of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// Digits, times, positions, names of machines: the same in every language, from left to right.
    Verbatim(String),
    /// What somebody wrote, in whichever direction.
    Text(String),
    Length(Millimetres),
    /// A word that each language has, such as `kind-air-activity`: of what, and which.
    Word(&'static str, String),
    Said(Box<Said>),
    List(Vec<Part>),
}

/// A message that can be said: its name, and the places that it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Message {
    pub id: &'static str,
    pub slots: &'static [&'static str],
}

/// What an officer is told. [`says!`](crate::says) writes it, variant by variant, so that none is forgotten.
pub trait Says: fmt::Display {
    const MESSAGES: &'static [Message];

    fn said(&self) -> Said;
}

/// The place of a cause: where a message has it, its English is followed by that of the cause, as a chain of errors is.
pub const BECAUSE: &str = "because";

impl Said {
    /// `english`: what says it in English.
    pub fn of(id: &'static str, english: &(impl fmt::Display + ?Sized)) -> Self {
        Self {
            id: Some(id),
            slots: Vec::new(),
            english: english.to_string(),
        }
    }

    #[must_use]
    pub fn with(mut self, slot: &'static str, part: impl Into<Part>) -> Self {
        let part = part.into();
        if let (BECAUSE, Part::Said(cause)) = (slot, &part) {
            self.english = format!("{}: {}", self.english, cause.english);
        }
        self.slots.push((slot, part));
        self
    }

    pub fn english(&self) -> &str {
        &self.english
    }
}

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.english)
    }
}

/// What is said in English alone: to administrators and programs.
impl From<String> for Said {
    fn from(english: String) -> Self {
        Self {
            id: None,
            slots: Vec::new(),
            english,
        }
    }
}

impl From<&str> for Said {
    fn from(english: &str) -> Self {
        english.to_owned().into()
    }
}

/// Says of each variant of an error which message it is: `"name" Variant(slots);`, and `as Variant;` of one that says
/// what it holds, `given` of those that hold what is
/// said, `english` of those that only administrators and programs meet.
#[macro_export]
macro_rules! says {
    ($type:ty, $prefix:literal:
        $($id:literal $variant:ident $(($($part:ident),+))? $({$($field:ident),+})?;)*
        $(as $inner:ident;)*
        $(given $($given:ident),+;)?
        $(english $($english:ident),+;)?
    ) => {
        impl $crate::said::Says for $type {
            const MESSAGES: &'static [$crate::said::Message] = &[$($crate::said::Message {
                id: concat!($prefix, "-", $id),
                slots: &[$($(stringify!($part)),+)? $($(stringify!($field)),+)?],
            }),*];

            fn said(&self) -> $crate::said::Said {
                match self {
                    $(Self::$variant $(($($part),+))? $({$($field),+})? => {
                        $crate::said::Said::of(concat!($prefix, "-", $id), self)
                            $($(.with(stringify!($part), $part))+)?
                            $($(.with(stringify!($field), $field))+)?
                    })*
                    $(Self::$inner(inner) => $crate::said::Says::said(inner),)*
                    $($(Self::$given(said) => said.clone(),)+)?
                    $($(Self::$english { .. } => self.to_string().into(),)+)?
                }
            }
        }
    };
}

impl<T: Says> From<&T> for Part {
    fn from(says: &T) -> Self {
        Part::Said(Box::new(says.said()))
    }
}

impl From<Said> for Part {
    fn from(said: Said) -> Self {
        Part::Said(Box::new(said))
    }
}

impl From<&Said> for Part {
    fn from(said: &Said) -> Self {
        Part::Said(Box::new(said.clone()))
    }
}

impl From<&String> for Part {
    fn from(text: &String) -> Self {
        Part::Text(text.clone())
    }
}

/// The name of a rule, say.
impl From<&std::sync::Arc<str>> for Part {
    fn from(name: &std::sync::Arc<str>) -> Self {
        Part::Verbatim(name.to_string())
    }
}

impl From<String> for Part {
    fn from(text: String) -> Self {
        Part::Text(text)
    }
}

/// Words that the program itself chose: each language has them as `fixed-…`.
impl From<&&'static str> for Part {
    fn from(words: &&'static str) -> Self {
        Part::Word("fixed", (*words).to_owned())
    }
}

impl From<&Millimetres> for Part {
    fn from(length: &Millimetres) -> Self {
        Part::Length(*length)
    }
}

impl From<&Timestamp> for Part {
    fn from(at: &Timestamp) -> Self {
        Part::Verbatim(DateTimeGroup::of(*at).to_string())
    }
}

macro_rules! lists {
    ($($type:ty),+ $(,)?) => {$(
        impl From<&Vec<$type>> for Part {
            fn from(parts: &Vec<$type>) -> Self {
                Part::List(parts.iter().map(Part::from).collect())
            }
        }
    )+};
}

lists! { Said, SlotCode, Desk, PurposeId, AuthorityId, UnitId, std::sync::Arc<str> }

macro_rules! verbatim {
    ($($type:ty),+ $(,)?) => {$(
        impl From<&$type> for Part {
            fn from(value: &$type) -> Self {
                Part::Verbatim(value.to_string())
            }
        }
    )+};
}

verbatim! {
    u8, u16, u32, u64, usize, i32, i64, char,
    Position, Bearing, crate::altitude::StatedAltitude, crate::altitude::AltitudeUnit, crate::code::MediaType,
    Slug, AuthorityId, ElementId, LineId, LineName, OfficerId, PartyId, ReferencePointId, UnitId,
}

macro_rules! words {
    ($($type:ty => $of:literal),+ $(,)?) => {$(
        impl From<&$type> for Part {
            fn from(code: &$type) -> Self {
                Part::Word($of, code.to_string())
            }
        }
    )+};
}

words! { crate::line::Fault => "fault", Kind => "kind", SlotCode => "slot", Desk => "desk", Role => "role", StopAnswer => "answer", PurposeId => "purpose" }

impl Says for Anchor {
    const MESSAGES: &'static [Message] = &[
        Message {
            id: "anchor-centre",
            slots: &[],
        },
        Message {
            id: "anchor-vertex",
            slots: &["number"],
        },
        Message {
            id: "anchor-point",
            slots: &["number"],
        },
    ];

    fn said(&self) -> Said {
        let number = |index: &u16| u32::from(*index) + 1;
        match self {
            Anchor::Centre => Said::of("anchor-centre", self),
            Anchor::Vertex(index) => Said::of("anchor-vertex", self).with("number", &number(index)),
            Anchor::Point(index) => Said::of("anchor-point", self).with("number", &number(index)),
        }
    }
}

/// Where an anchor lies, from the reference point that people call `from`.
pub fn second_said(anchor: Anchor, bearing: Bearing, distance: Millimetres, from: &str) -> Said {
    let english = format!("{anchor} is {bearing} and {distance} from {from}");
    Said::of(SECOND.id, &english)
        .with("anchor", &anchor)
        .with("bearing", &bearing)
        .with("distance", &distance)
        .with("from", from.to_owned())
}

/// What [`second_said`] says.
pub const SECOND: Message = Message {
    id: "second-said",
    slots: &["anchor", "bearing", "distance", "from"],
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::slot::SlotRefusal;

    #[test]
    fn what_is_said_names_its_message_and_fills_its_places() {
        let refused = SlotRefusal::TooLarge {
            slot: SlotCode::Label,
            size: 201,
            most: 200,
        };
        let said = refused.said();
        assert_eq!(said.id, Some("slot-refused-too-large"));
        assert_eq!(said.english(), refused.to_string());
        let slot = Part::Word("slot", "label".into());
        assert_eq!(said.slots[0], ("slot", slot));
        assert_eq!(said.slots.len(), 3);
    }

    #[test]
    fn a_cause_follows_in_english_as_errors_are_chained() {
        let cause = Said::from("because of that");
        let said = Said::from("it is not so").with(BECAUSE, cause);
        assert_eq!(said.english(), "it is not so: because of that");
    }
}
