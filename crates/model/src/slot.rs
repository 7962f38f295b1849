//! Slots: the named fields of a message. Each is committed to by itself, so that each can be withheld by itself.

use crate::altitude::StatedBand;
use crate::code::{self, MediaType, codes};
use crate::description::SecondDescription;
use crate::ids::Slug;
use crate::line::{Digest, SubjectRef};
use crate::place::{Area, StatedPosition};
use crate::units::Timestamp;
use crate::window::Window;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use text::carried;

mod text;

pub use text::MAX_MARKS;

/// The longest free text, in bytes of UTF-8.
pub const MAX_TEXT: usize = 2_000;
/// The longest name, label or contact, in bytes of UTF-8.
pub const MAX_NAME: usize = 200;
/// The most entries that one `received` speaks of.
pub const MAX_TIMES: usize = 256;
/// The most critical items in one read-back (domain.md, "Protocols to learn from").
pub const MAX_ITEMS: usize = 3;
/// The most files that one claim or statement names.
pub const MAX_EVIDENCE: usize = 16;

codes! {
    /// Which field. Numbers travel in the opening, never in the envelope: there, the kind's list gives the order.
    SlotCode {
        Element = 1, "element";
        Authority = 2, "authority";
        /// The entry this one speaks of.
        Subject = 3, "subject";
        /// The earlier notice this one takes the place of.
        Amends = 4, "amends";
        Area = 5, "area";
        Second = 6, "second-description";
        Band = 7, "band";
        Window = 8, "window";
        Label = 9, "label";
        Precision = 10, "precision";
        Contact = 11, "contact";
        Remarks = 12, "remarks";
        Place = 13, "place";
        Since = 14, "since";
        Until = 15, "until";
        Name = 16, "name";
        Times = 17, "times";
        Items = 18, "items";
        ShownAt = 19, "shown-at";
        ReviewBy = 20, "review-by";
        AnswerBy = 21, "answer-by";
        Count = 22, "count";
        Speed = 23, "speed";
        Challenge = 24, "challenge";
        /// A code of the hotline's catalogue. The peer's may be newer than ours.
        Phrase = 25, "phrase";
        /// In which language free text is: a short code, such as `en`.
        Language = 26, "language";
        /// A translation, or why one is wrong.
        Text = 27, "text";
        Bearing = 28, "bearing";
        Distance = 29, "distance";
        /// Files that stay at home, by their hashes.
        Evidence = 30, "evidence";
        /// Whose element it is said to be, as the speaker names it: a party may disown it.
        Whose = 31, "whose";
        StopWhom = 40, "stop-whom";
        StopCause = 41, "stop-cause";
        StopAnswer = 42, "stop-answer";
        StopReason = 43, "stop-reason";
        Answer = 44, "answer";
        Downstream = 45, "downstream";
        LineCheckResult = 46, "line-check-result";
        Standing = 47, "standing";
        Refusal = 48, "refusal";
        AirActivity = 49, "air-activity";
        Hazard = 50, "hazard";
        Presence = 51, "presence";
        Site = 52, "site";
        Restriction = 53, "restriction";
        Caution = 54, "caution";
        WithdrawalReason = 55, "withdrawal-reason";
        Marker = 56, "marker";
        Claim = 57, "claim";
        ClaimAnswer = 58, "claim-answer";
        Certainty = 59, "certainty";
        Warning = 60, "warning";
        /// Who speaks, in the chain of command.
        Level = 61, "level";
    }
}

/// What shape a slot's value has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    Code,
    Slug,
    Name,
    Text,
    /// A whole number from zero up; its unit is the slot's.
    Number,
    Time,
    Window,
    Band,
    Area,
    Place,
    Second,
    Subject,
    Times,
    Items,
    Evidence,
}

impl SlotCode {
    pub const fn shape(self) -> Shape {
        match self {
            SlotCode::Element | SlotCode::Authority | SlotCode::Phrase | SlotCode::Language => {
                Shape::Slug
            }
            SlotCode::Subject | SlotCode::Amends => Shape::Subject,
            SlotCode::Area => Shape::Area,
            SlotCode::Second => Shape::Second,
            SlotCode::Band => Shape::Band,
            SlotCode::Window => Shape::Window,
            SlotCode::Label | SlotCode::Contact | SlotCode::Name | SlotCode::Whose => Shape::Name,
            // Precision and distance in millimetres, speed in millimetres a second, a bearing in thousandths of a degree
            // from true north, a challenge of six digits.
            SlotCode::Precision
            | SlotCode::Count
            | SlotCode::Speed
            | SlotCode::Challenge
            | SlotCode::Bearing
            | SlotCode::Distance => Shape::Number,
            SlotCode::Remarks | SlotCode::Text => Shape::Text,
            SlotCode::Place => Shape::Place,
            SlotCode::Since
            | SlotCode::Until
            | SlotCode::ShownAt
            | SlotCode::ReviewBy
            | SlotCode::AnswerBy => Shape::Time,
            SlotCode::Times => Shape::Times,
            SlotCode::Items => Shape::Items,
            SlotCode::Evidence => Shape::Evidence,
            SlotCode::StopWhom
            | SlotCode::StopCause
            | SlotCode::StopAnswer
            | SlotCode::StopReason
            | SlotCode::Answer
            | SlotCode::Downstream
            | SlotCode::LineCheckResult
            | SlotCode::Standing
            | SlotCode::Refusal
            | SlotCode::AirActivity
            | SlotCode::Hazard
            | SlotCode::Presence
            | SlotCode::Site
            | SlotCode::Restriction
            | SlotCode::Caution
            | SlotCode::WithdrawalReason
            | SlotCode::Marker
            | SlotCode::Claim
            | SlotCode::ClaimAnswer
            | SlotCode::Certainty
            | SlotCode::Warning
            | SlotCode::Level => Shape::Code,
        }
    }

    /// Whether it carries whatever a person writes: only where the arrangement has free text, and by the rules.
    pub const fn is_free_text(self) -> bool {
        matches!(self, SlotCode::Remarks | SlotCode::Text)
    }

    /// The name of `number` in this slot's code table; `None` if the slot is not coded or the code is unknown.
    pub fn code_name(self, number: u16) -> Option<&'static str> {
        fn name<T>(found: Option<T>, name: fn(T) -> &'static str) -> Option<&'static str> {
            found.map(name)
        }
        match self {
            SlotCode::StopWhom => name(code::StopWhom::from_number(number), code::StopWhom::name),
            SlotCode::StopCause => {
                name(code::StopCause::from_number(number), code::StopCause::name)
            }
            SlotCode::StopAnswer => name(
                code::StopAnswer::from_number(number),
                code::StopAnswer::name,
            ),
            SlotCode::StopReason => name(
                code::StopReason::from_number(number),
                code::StopReason::name,
            ),
            SlotCode::Answer => name(code::Answer::from_number(number), code::Answer::name),
            SlotCode::Downstream => name(
                code::Downstream::from_number(number),
                code::Downstream::name,
            ),
            SlotCode::LineCheckResult => name(
                code::LineCheckResult::from_number(number),
                code::LineCheckResult::name,
            ),
            SlotCode::Standing => name(code::Standing::from_number(number), code::Standing::name),
            SlotCode::Refusal => name(
                code::RefusalReason::from_number(number),
                code::RefusalReason::name,
            ),
            SlotCode::AirActivity => name(
                code::AirActivity::from_number(number),
                code::AirActivity::name,
            ),
            SlotCode::Hazard => name(code::Hazard::from_number(number), code::Hazard::name),
            SlotCode::Presence => name(code::Presence::from_number(number), code::Presence::name),
            SlotCode::Site => name(code::Site::from_number(number), code::Site::name),
            SlotCode::Restriction => name(
                code::Restriction::from_number(number),
                code::Restriction::name,
            ),
            SlotCode::Caution => name(code::Caution::from_number(number), code::Caution::name),
            SlotCode::WithdrawalReason => name(
                code::WithdrawalReason::from_number(number),
                code::WithdrawalReason::name,
            ),
            SlotCode::Marker => name(code::Marker::from_number(number), code::Marker::name),
            SlotCode::Claim => name(code::ClaimKind::from_number(number), code::ClaimKind::name),
            SlotCode::ClaimAnswer => name(
                code::ClaimAnswer::from_number(number),
                code::ClaimAnswer::name,
            ),
            SlotCode::Certainty => {
                name(code::Certainty::from_number(number), code::Certainty::name)
            }
            SlotCode::Warning => name(
                code::WarningKind::from_number(number),
                code::WarningKind::name,
            ),
            SlotCode::Level => name(code::Level::from_number(number), code::Level::name),
            SlotCode::Element
            | SlotCode::Authority
            | SlotCode::Subject
            | SlotCode::Amends
            | SlotCode::Area
            | SlotCode::Second
            | SlotCode::Band
            | SlotCode::Window
            | SlotCode::Label
            | SlotCode::Precision
            | SlotCode::Contact
            | SlotCode::Remarks
            | SlotCode::Place
            | SlotCode::Since
            | SlotCode::Until
            | SlotCode::Name
            | SlotCode::Times
            | SlotCode::Items
            | SlotCode::ShownAt
            | SlotCode::ReviewBy
            | SlotCode::AnswerBy
            | SlotCode::Count
            | SlotCode::Speed
            | SlotCode::Challenge
            | SlotCode::Phrase
            | SlotCode::Language
            | SlotCode::Text
            | SlotCode::Bearing
            | SlotCode::Distance
            | SlotCode::Evidence
            | SlotCode::Whose => None,
        }
    }
}

/// What a slot holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Value {
    Code(u16),
    Slug(Slug),
    /// Text of one line, at most [`MAX_NAME`] bytes.
    Name(String),
    /// Free text, at most [`MAX_TEXT`] bytes. Reviewed before release.
    Text(String),
    Number(u64),
    Time(Timestamp),
    Window(Window),
    Band(StatedBand),
    Area(Area),
    Place(StatedPosition),
    Second(SecondDescription),
    Subject(SubjectRef),
    /// Leaf index and when it arrived; indexes rise.
    Times(Vec<(u64, Timestamp)>),
    /// Read-back: what the reader re-entered, slot by slot.
    Items(Vec<(SlotCode, Value)>),
    Evidence(Vec<Evidence>),
}

/// A file that stays with whoever names it: what a person can show later, and that it is the same then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// Of its bytes.
    pub digest: Digest,
    pub media: MediaType,
    /// In bytes.
    pub size: u64,
}

impl Value {
    pub const fn shape(&self) -> Shape {
        match self {
            Value::Code(_) => Shape::Code,
            Value::Slug(_) => Shape::Slug,
            Value::Name(_) => Shape::Name,
            Value::Text(_) => Shape::Text,
            Value::Number(_) => Shape::Number,
            Value::Time(_) => Shape::Time,
            Value::Window(_) => Shape::Window,
            Value::Band(_) => Shape::Band,
            Value::Area(_) => Shape::Area,
            Value::Place(_) => Shape::Place,
            Value::Second(_) => Shape::Second,
            Value::Subject(_) => Shape::Subject,
            Value::Times(_) => Shape::Times,
            Value::Items(_) => Shape::Items,
            Value::Evidence(_) => Shape::Evidence,
        }
    }
}

/// The slots that are open to the reader. Absent and withheld look alike: both are missing here.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slots(BTreeMap<SlotCode, Value>);

/// Why a slot was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SlotRefusal {
    #[error(
        "slot `{0}` does not take a value of that shape: give it in the form that this slot has"
    )]
    WrongShape(SlotCode),
    #[error("slot `{slot}` has no code {number}: the other node may be newer, or in error")]
    UnknownCode { slot: SlotCode, number: u16 },
    #[error("slot `{slot}` holds {size}, at most {most} are carried: shorten it")]
    TooLarge {
        slot: SlotCode,
        size: usize,
        most: usize,
    },
    #[error(
        "slot `{0}` holds a character that is not carried: control and direction marks are refused, invisible ones, \
         and more than {MAX_MARKS} marks on one letter"
    )]
    ForbiddenCharacter(SlotCode),
}

crate::says! { SlotRefusal, "slot-refused":
    "wrong-shape" WrongShape(slot);
    "unknown-code" UnknownCode { slot, number };
    "too-large" TooLarge { slot, size, most };
    "forbidden-character" ForbiddenCharacter(slot);
}

impl Slots {
    pub fn new() -> Self {
        Self::default()
    }

    /// Puts `value` in `slot`.
    ///
    /// # Errors
    /// Where the value's shape is not the slot's, a code is unknown, or a text, list or read-back is over its limit.
    pub fn set(&mut self, slot: SlotCode, value: Value) -> Result<(), SlotRefusal> {
        check(slot, &value)?;
        self.0.insert(slot, value);
        Ok(())
    }

    /// As [`Slots::set`], for building in one expression.
    ///
    /// # Errors
    /// As [`Slots::set`].
    pub fn with(mut self, slot: SlotCode, value: Value) -> Result<Self, SlotRefusal> {
        self.set(slot, value)?;
        Ok(self)
    }

    pub fn remove(&mut self, slot: SlotCode) -> Option<Value> {
        self.0.remove(&slot)
    }

    pub fn value(&self, slot: SlotCode) -> Option<&Value> {
        self.0.get(&slot)
    }

    pub fn iter(&self) -> impl Iterator<Item = (SlotCode, &Value)> {
        self.0.iter().map(|(slot, value)| (*slot, value))
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn code(&self, slot: SlotCode) -> Option<u16> {
        match self.value(slot)? {
            Value::Code(number) => Some(*number),
            _other => None,
        }
    }

    pub fn subject(&self) -> Option<SubjectRef> {
        match self.value(SlotCode::Subject)? {
            Value::Subject(subject) => Some(*subject),
            _other => None,
        }
    }

    pub fn time(&self, slot: SlotCode) -> Option<Timestamp> {
        match self.value(slot)? {
            Value::Time(time) => Some(*time),
            _other => None,
        }
    }

    pub fn number(&self, slot: SlotCode) -> Option<u64> {
        match self.value(slot)? {
            Value::Number(number) => Some(*number),
            _other => None,
        }
    }

    /// The files that it names; none where it names none.
    pub fn evidence(&self) -> &[Evidence] {
        match self.value(SlotCode::Evidence) {
            Some(Value::Evidence(files)) => files,
            _none => &[],
        }
    }

    /// The text of a name or free-text slot.
    pub fn text(&self, slot: SlotCode) -> Option<&str> {
        match self.value(slot)? {
            Value::Name(text) | Value::Text(text) => Some(text),
            Value::Slug(slug) => Some(slug.as_str()),
            _other => None,
        }
    }

    pub fn area(&self) -> Option<&Area> {
        match self.value(SlotCode::Area)? {
            Value::Area(area) => Some(area),
            _other => None,
        }
    }

    pub fn window(&self) -> Option<Window> {
        match self.value(SlotCode::Window)? {
            Value::Window(window) => Some(*window),
            _other => None,
        }
    }

    pub fn band(&self) -> Option<StatedBand> {
        match self.value(SlotCode::Band)? {
            Value::Band(band) => Some(*band),
            _other => None,
        }
    }

    pub fn second(&self) -> Option<SecondDescription> {
        match self.value(SlotCode::Second)? {
            Value::Second(second) => Some(*second),
            _other => None,
        }
    }
}

fn check(slot: SlotCode, value: &Value) -> Result<(), SlotRefusal> {
    if slot.shape() != value.shape() {
        return Err(SlotRefusal::WrongShape(slot));
    }
    let at_most = |size: usize, most: usize| {
        (size <= most)
            .then_some(())
            .ok_or(SlotRefusal::TooLarge { slot, size, most })
    };
    match value {
        Value::Code(number) => {
            slot.code_name(*number)
                .map(|_| ())
                .ok_or(SlotRefusal::UnknownCode {
                    slot,
                    number: *number,
                })
        }
        Value::Name(text) => {
            at_most(text.len(), MAX_NAME)?;
            carried(slot, text, false)
        }
        Value::Text(text) => {
            at_most(text.len(), MAX_TEXT)?;
            carried(slot, text, true)
        }
        Value::Times(times) => at_most(times.len(), MAX_TIMES),
        Value::Items(items) => {
            at_most(items.len(), MAX_ITEMS)?;
            items.iter().try_for_each(|(slot, value)| {
                let critical = is_critical(value.shape());
                let kept = critical.then_some(()).ok_or(SlotRefusal::WrongShape(*slot));
                kept.and_then(|()| check(*slot, value))
            })
        }
        Value::Evidence(files) => at_most(files.len(), MAX_EVIDENCE),
        Value::Slug(_)
        | Value::Number(_)
        | Value::Time(_)
        | Value::Window(_)
        | Value::Band(_)
        | Value::Area(_)
        | Value::Place(_)
        | Value::Second(_)
        | Value::Subject(_) => Ok(()),
    }
}

/// What can be read back: small values that a person enters again. An area is read back by its place, and words never.
const fn is_critical(shape: Shape) -> bool {
    match shape {
        Shape::Code
        | Shape::Number
        | Shape::Time
        | Shape::Window
        | Shape::Band
        | Shape::Place
        | Shape::Second => true,
        Shape::Slug
        | Shape::Name
        | Shape::Text
        | Shape::Area
        | Shape::Subject
        | Shape::Times
        | Shape::Items
        | Shape::Evidence => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_taken_at_its_limit_and_refused_beyond() {
        let mut slots = Slots::new();
        assert!(
            slots
                .set(SlotCode::Name, Value::Name("n".repeat(MAX_NAME)))
                .is_ok()
        );
        assert!(
            slots
                .set(SlotCode::Name, Value::Name("n".repeat(MAX_NAME + 1)))
                .is_err()
        );
        assert!(
            slots
                .set(SlotCode::Remarks, Value::Text("n".repeat(MAX_TEXT)))
                .is_ok()
        );
        assert!(
            slots
                .set(SlotCode::Remarks, Value::Text("n".repeat(MAX_TEXT + 1)))
                .is_err()
        );
    }

    #[test]
    fn an_unknown_code_and_a_wrong_shape_are_refused() {
        let mut slots = Slots::new();
        assert_eq!(
            slots.set(SlotCode::StopAnswer, Value::Code(77)),
            Err(SlotRefusal::UnknownCode {
                slot: SlotCode::StopAnswer,
                number: 77
            })
        );
        assert_eq!(
            slots.set(SlotCode::StopAnswer, Value::Number(1)),
            Err(SlotRefusal::WrongShape(SlotCode::StopAnswer))
        );
    }

    #[test]
    fn a_read_back_repeats_no_words() {
        let words = (SlotCode::Remarks, Value::Text("anything".into()));
        let refused = Slots::new().with(SlotCode::Items, Value::Items(vec![words]));
        assert_eq!(refused, Err(SlotRefusal::WrongShape(SlotCode::Remarks)));
    }

    #[test]
    fn a_read_back_takes_three_items_and_no_more() {
        let item = (SlotCode::Count, Value::Number(1));
        let mut slots = Slots::new();
        assert!(
            slots
                .set(SlotCode::Items, Value::Items(vec![item.clone(); MAX_ITEMS]))
                .is_ok()
        );
        assert!(
            slots
                .set(SlotCode::Items, Value::Items(vec![item; MAX_ITEMS + 1]))
                .is_err()
        );
    }
}
