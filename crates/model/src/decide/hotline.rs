//! The hotline: phrases said, shown, read back; translations beside them, challenged.

use super::refusal::CommandRefused;
use super::{Decided, Outcome};
use crate::code::{Desk, Marker, Role, Urgency};
use crate::command::{Acting, ReleaseTerms};
use crate::hotline::{Phrase, changes_earlier};
use crate::ids::LineId;
use crate::kind::Kind;
use crate::line::{EntryRef, Side};
use crate::slot::{SlotCode, Slots, Value};
use crate::state::State;
use crate::units::Timestamp;

/// The slots of a phrase that leave by the rules alone: where something is, for whom it is said, and what a person wrote.
/// All else in a phrase is a code, a number or a time, and goes under the standing release.
pub const BY_RULES: [SlotCode; 6] = [
    SlotCode::Element,
    SlotCode::Place,
    SlotCode::Second,
    SlotCode::Label,
    SlotCode::Contact,
    SlotCode::Remarks,
];

impl State {
    pub(super) fn say_phrase(
        &self,
        acting: Acting,
        line: LineId,
        desk: Desk,
        slots: &Slots,
        terms: Option<&ReleaseTerms>,
    ) -> Outcome {
        is_no_interpreter(acting)?;
        let mut message = self.message(acting, line, desk, Kind::Phrase, slots.clone())?;
        for slot in [SlotCode::Phrase, SlotCode::Marker] {
            slots.value(slot).ok_or(CommandRefused::PhraseLacks(slot))?;
        }
        let marker = slots.code(SlotCode::Marker).and_then(Marker::from_number);
        if marker.is_some_and(changes_earlier) {
            self.may_change(line, slots)?;
        }
        if marker == Some(Marker::Warning) {
            message.urgency = Urgency::Priority;
        }
        if slots.value(SlotCode::Remarks).is_some() {
            self.has_free_text(line)?;
            slots
                .value(SlotCode::Language)
                .ok_or(CommandRefused::LanguageMissing)?;
        }
        if let Some(element) = self.enrolled_in(slots)
            && !self.elements.may_name(element, line)
        {
            let view = self.lines.get(&line);
            let line = view.map_or_else(String::new, |view| view.name.to_string());
            return Err(CommandRefused::NoConsent { element, line });
        }
        let by_rules = BY_RULES.iter().any(|slot| slots.value(*slot).is_some());
        match (by_rules, terms) {
            (false, _) => Ok(vec![Decided::SayStanding(message)]),
            (true, None) => Err(CommandRefused::PhraseNeedsTerms),
            (true, Some(terms)) => {
                message.purpose = terms.purpose;
                Ok(vec![by_the_rules(message, terms)])
            }
        }
    }

    /// Whether the phrase that `slots` speak of is one of ours on that line, and stands.
    fn may_change(&self, line: LineId, slots: &Slots) -> Result<(), CommandRefused> {
        let subject = slots
            .subject()
            .ok_or(CommandRefused::PhraseLacks(SlotCode::Subject))?;
        let earlier = self.phrase(subject.entry(line, Side::Own))?;
        match (earlier.side(), earlier.not_live()) {
            (Side::Peer, _) => Err(CommandRefused::PhraseIsTheirs),
            (Side::Own, Some(why)) => Err(CommandRefused::PhraseNotLive(why)),
            (Side::Own, None) => Ok(()),
        }
    }

    pub(super) fn phrase_displayed(
        &self,
        acting: Acting,
        entry: EntryRef,
        now: Timestamp,
    ) -> Outcome {
        let phrase = self.their_phrase(acting, entry)?;
        if phrase.displayed.is_some() {
            return Ok(Vec::new());
        }
        let slots = about(phrase.entry)?.with(SlotCode::ShownAt, Value::Time(now))?;
        let message = self.message(acting, entry.log.line, phrase.desk, Kind::Displayed, slots)?;
        Ok(vec![Decided::SayStanding(message)])
    }

    /// Also where it differs: whoever said it must see what was understood, and correct it.
    pub(super) fn phrase_read_back(
        &self,
        acting: Acting,
        entry: EntryRef,
        items: &[(SlotCode, Value)],
    ) -> Outcome {
        let phrase = self.their_phrase(acting, entry)?;
        if items.is_empty() {
            return Err(CommandRefused::PhraseLacks(SlotCode::Items));
        }
        let slots = about(phrase.entry)?.with(SlotCode::Items, Value::Items(items.to_vec()))?;
        let message = self.message(acting, entry.log.line, phrase.desk, Kind::ReadBack, slots)?;
        Ok(vec![Decided::SayStanding(message)])
    }

    pub(super) fn translate(
        &self,
        acting: Acting,
        entry: EntryRef,
        amends: Option<EntryRef>,
        slots: Slots,
        terms: &ReleaseTerms,
    ) -> Outcome {
        let phrase = self.phrase(entry)?;
        phrase.words().ok_or(CommandRefused::NothingToTranslate)?;
        let mut slots = slots.with(SlotCode::Subject, Value::Subject(entry.as_subject()))?;
        if let Some(earlier) = amends {
            let of = phrase
                .translation(earlier)
                .ok_or(CommandRefused::UnknownTranslation)?;
            if of.entry.log.side == Side::Peer {
                return Err(CommandRefused::TranslationIsTheirs);
            }
            slots.set(SlotCode::Amends, Value::Subject(earlier.as_subject()))?;
        }
        self.words_about(acting, phrase, Kind::Translation, slots, terms)
    }

    pub(super) fn challenge(
        &self,
        acting: Acting,
        entry: EntryRef,
        slots: Slots,
        terms: &ReleaseTerms,
    ) -> Outcome {
        let (phrase, _) = self
            .hotline
            .translation(entry)
            .ok_or(CommandRefused::UnknownTranslation)?;
        let slots = slots.with(SlotCode::Subject, Value::Subject(entry.as_subject()))?;
        self.words_about(acting, phrase, Kind::TranslationChallenge, slots, terms)
    }

    fn words_about(
        &self,
        acting: Acting,
        phrase: &Phrase,
        kind: Kind,
        slots: Slots,
        terms: &ReleaseTerms,
    ) -> Outcome {
        self.has_free_text(phrase.line())?;
        let mut message = self.message(acting, phrase.line(), phrase.desk, kind, slots)?;
        message.purpose = terms.purpose;
        Ok(vec![by_the_rules(message, terms)])
    }

    fn has_free_text(&self, line: LineId) -> Result<(), CommandRefused> {
        let agreed = self.arrangement(line).is_some_and(|of| of.free_text);
        agreed.then_some(()).ok_or(CommandRefused::NoFreeText)
    }

    fn phrase(&self, entry: EntryRef) -> Result<&Phrase, CommandRefused> {
        let phrase = self.hotline.phrases.get(&entry);
        phrase.ok_or(CommandRefused::UnknownPhrase)
    }

    fn their_phrase(&self, acting: Acting, entry: EntryRef) -> Result<&Phrase, CommandRefused> {
        is_no_interpreter(acting)?;
        let phrase = self.phrase(entry)?;
        match (phrase.side(), phrase.refused) {
            (Side::Own, _) => Err(CommandRefused::PhraseIsOurs),
            (Side::Peer, Some(_)) => Err(CommandRefused::PhraseNotLive("refused")),
            (Side::Peer, None) => Ok(phrase),
        }
    }
}

fn about(entry: EntryRef) -> Result<Slots, CommandRefused> {
    let subject = Value::Subject(entry.as_subject());
    Ok(Slots::new().with(SlotCode::Subject, subject)?)
}

fn by_the_rules(message: crate::message::Message, terms: &ReleaseTerms) -> Decided {
    Decided::SayByRules {
        message,
        terms: terms.clone(),
        notice: None,
    }
}

/// Who translates puts what others say in other words, and speaks for nobody.
fn is_no_interpreter(acting: Acting) -> Result<(), CommandRefused> {
    match acting.role {
        Role::Interpreter => Err(CommandRefused::Role(Role::Interpreter)),
        _may_speak => Ok(()),
    }
}
