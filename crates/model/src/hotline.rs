//! The hotline: phrases of both sides, in order, and what became of each.
//!
//! A phrase is a code, a marker and typed slots, so that each reader sees it in their own language. What the codes mean is
//! in the catalogue (`phrases/hotline`), which the shell reads: a code that this node does not know is kept and shown.

use crate::code::{Desk, Marker, RefusalReason};
use crate::ids::{LineId, OfficerId, Slug};
use crate::kind::Kind;
use crate::line::{EntryRef, Side};
use crate::message::{Content, Header};
use crate::notice::Receipt;
use crate::slot::{SlotCode, Slots, Value};
use crate::units::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, VecDeque};

/// The most phrases of a line that are kept in view, of both sides together. The journal keeps all.
pub const MAX_PHRASES: usize = 1_000;
/// The most read-backs, answers, corrections or translations of one phrase that are kept in view, each: the newest.
pub const MAX_OF_PHRASE: usize = 16;
/// The most challenges of one translation that are kept in view: the newest.
pub const MAX_CHALLENGES: usize = 8;

/// What was said in phrases, on every line.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hotline {
    pub phrases: BTreeMap<EntryRef, Phrase>,
    /// Of each line, oldest first, as this node came to know them.
    order: BTreeMap<LineId, VecDeque<EntryRef>>,
    /// To which phrase a translation belongs.
    translations: BTreeMap<EntryRef, EntryRef>,
}

/// A phrase of ours or of the peer's, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Phrase {
    pub entry: EntryRef,
    pub desk: Desk,
    pub header: Header,
    pub content: Content,
    /// Our officer, where we said it.
    pub by: Option<OfficerId>,
    /// When we said it, or came to hold it, by this node's clock.
    pub since: Timestamp,
    /// The other node signed that it holds it: whole seconds, its claim.
    pub delivered: Option<Timestamp>,
    /// The other node's word for the millisecond.
    pub arrived: Option<Timestamp>,
    pub displayed: Option<Receipt>,
    pub read_backs: Vec<ReadBack>,
    /// Phrases of the other side that speak of this one.
    pub answers: Vec<EntryRef>,
    pub cancelled: Option<Cancelled>,
    /// Phrases of the same side that correct this one.
    pub corrections: Vec<EntryRef>,
    pub translations: Vec<Translation>,
    /// The peer (or we) refused it on arrival.
    pub refused: Option<RefusalReason>,
    /// Ours: it never reached the peer, and a new epoch began without it.
    pub left_behind: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cancelled {
    pub at: Timestamp,
    /// The phrase that says so.
    pub by: EntryRef,
}

/// What a reader entered again. Whether it is what was said is for whoever shows it to compare: places are not equal by
/// their digits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadBack {
    pub receipt: Receipt,
    pub items: Vec<(SlotCode, Value)>,
}

/// Words of an interpreter beside those of a phrase.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Translation {
    pub entry: EntryRef,
    pub at: Timestamp,
    /// Our officer, where it is ours: the other party is told no account.
    pub by: Option<OfficerId>,
    /// The name that was chosen to be given with it.
    pub name: Option<String>,
    pub language: Slug,
    pub text: String,
    /// The earlier translation whose place it takes.
    pub amends: Option<EntryRef>,
    pub amended_by: Option<EntryRef>,
    pub challenges: Vec<Challenge>,
    pub refused: Option<RefusalReason>,
}

/// Somebody of either side says that a translation is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Challenge {
    pub entry: EntryRef,
    pub at: Timestamp,
    pub by: Option<OfficerId>,
    pub name: Option<String>,
    pub text: String,
    pub refused: Option<RefusalReason>,
}

/// Whether a phrase with that marker takes back or changes an earlier one of its sender.
pub const fn changes_earlier(marker: Marker) -> bool {
    matches!(marker, Marker::Cancel | Marker::Correction)
}

impl Phrase {
    pub fn line(&self) -> LineId {
        self.entry.log.line
    }

    pub fn side(&self) -> Side {
        self.entry.log.side
    }

    pub fn code(&self) -> Option<Slug> {
        match self.content.slots()?.value(SlotCode::Phrase)? {
            Value::Slug(code) => Some(*code),
            _other => None,
        }
    }

    pub fn marker(&self) -> Option<Marker> {
        let slots = self.content.slots()?;
        slots.code(SlotCode::Marker).and_then(Marker::from_number)
    }

    /// What it speaks of.
    pub fn subject(&self) -> Option<EntryRef> {
        let subject = self.content.slots()?.subject()?;
        Some(subject.entry(self.line(), self.side()))
    }

    /// The words of its sender, which are the authoritative ones.
    pub fn words(&self) -> Option<&str> {
        self.content.slots()?.text(SlotCode::Remarks)
    }

    pub fn translation(&self, entry: EntryRef) -> Option<&Translation> {
        self.translations.iter().find(|of| of.entry == entry)
    }

    /// Why there is nothing to change in it any more; `None`: it stands.
    pub fn not_live(&self) -> Option<&'static str> {
        match (&self.refused, self.left_behind, &self.cancelled) {
            (Some(_), _, _) => Some("refused"),
            (None, true, _) => Some("not said"),
            (None, false, Some(_)) => Some("cancelled"),
            (None, false, None) => None,
        }
    }
}

impl Hotline {
    /// The phrases of a line in view, oldest first.
    pub fn of_line(&self, line: LineId) -> impl Iterator<Item = &Phrase> {
        let order = self.order.get(&line).into_iter().flatten();
        order.filter_map(|entry| self.phrases.get(entry))
    }

    pub fn translation(&self, entry: EntryRef) -> Option<(&Phrase, &Translation)> {
        let phrase = self.phrases.get(self.translations.get(&entry)?)?;
        Some((phrase, phrase.translation(entry)?))
    }

    /// Phrases of the peer's that ask for a person here and that nobody has answered, taken back or corrected.
    pub fn waiting(&self) -> impl Iterator<Item = &Phrase> {
        let theirs = self.phrases.values().filter(|of| of.side() == Side::Peer);
        theirs.filter(|phrase| {
            let settles = matches!(phrase.marker(), Some(Marker::Answer | Marker::Cancel));
            !settles
                && phrase.not_live().is_none()
                && phrase.answers.is_empty()
                && !self.is_corrected(phrase)
        })
    }

    /// Whether another phrase of its side corrects it, and was not itself taken back.
    pub fn is_corrected(&self, phrase: &Phrase) -> bool {
        phrase.corrections.iter().any(|by| {
            let correction = self.phrases.get(by);
            correction.is_none_or(|correction| correction.not_live().is_none())
        })
    }

    /// Whether it is a phrase or a translation in view.
    pub(crate) fn knows(&self, entry: EntryRef) -> bool {
        self.phrases.contains_key(&entry) || self.translations.contains_key(&entry)
    }

    /// A phrase, a translation or a challenge, admitted; or a phrase that was refused, which changes nothing else.
    pub(crate) fn said(
        &mut self,
        at: Timestamp,
        entry: EntryRef,
        header: &Header,
        content: &Content,
        by: Option<OfficerId>,
        refused: Option<RefusalReason>,
    ) {
        match header.known_kind() {
            Some(Kind::Phrase) => self.phrase(at, entry, header, content, by, refused),
            Some(Kind::Translation) => self.translated(entry, header, content, by),
            Some(Kind::TranslationChallenge) => self.challenged(entry, header, content, by),
            _other => {}
        }
    }

    fn phrase(
        &mut self,
        at: Timestamp,
        entry: EntryRef,
        header: &Header,
        content: &Content,
        by: Option<OfficerId>,
        refused: Option<RefusalReason>,
    ) {
        let phrase = Phrase {
            entry,
            desk: header.desk,
            header: header.clone(),
            content: content.clone(),
            by,
            since: at,
            delivered: None,
            arrived: None,
            displayed: None,
            read_backs: Vec::new(),
            answers: Vec::new(),
            cancelled: None,
            corrections: Vec::new(),
            translations: Vec::new(),
            refused,
            left_behind: false,
        };
        let (subject, marker) = (phrase.subject(), phrase.marker());
        if let Some(earlier) = subject.and_then(|of| self.phrases.get_mut(&of))
            && refused.is_none()
        {
            let at = header.sent_at;
            match (marker, earlier.side() == entry.log.side) {
                (Some(Marker::Cancel), true) => {
                    earlier.cancelled.get_or_insert(Cancelled { at, by: entry });
                }
                (Some(Marker::Correction), true) => {
                    keep(&mut earlier.corrections, entry, MAX_OF_PHRASE);
                }
                (_, true) => {}
                (_, false) => {
                    keep(&mut earlier.answers, entry, MAX_OF_PHRASE);
                }
            }
        }
        let line = entry.log.line;
        if self.phrases.insert(entry, phrase).is_none() {
            self.order.entry(line).or_default().push_back(entry);
        }
        self.bound(line);
    }

    fn bound(&mut self, line: LineId) {
        while let Some(order) = self.order.get_mut(&line)
            && order.len() > MAX_PHRASES
            && let Some(oldest) = order.pop_front()
        {
            let left = self.phrases.remove(&oldest);
            for translation in left.iter().flat_map(|phrase| &phrase.translations) {
                self.translations.remove(&translation.entry);
            }
        }
    }

    fn translated(
        &mut self,
        entry: EntryRef,
        header: &Header,
        content: &Content,
        by: Option<OfficerId>,
    ) {
        let Some(slots) = content.slots() else { return };
        let of = |subject: crate::line::SubjectRef| subject.entry(entry.log.line, entry.log.side);
        let Some(phrase) = slots
            .subject()
            .and_then(|subject| self.phrases.get_mut(&of(subject)))
        else {
            return;
        };
        let Some(Value::Slug(language)) = slots.value(SlotCode::Language) else {
            return;
        };
        let amends = match slots.value(SlotCode::Amends) {
            Some(Value::Subject(earlier)) => Some(of(*earlier)),
            _first => None,
        };
        let mut all = phrase.translations.iter_mut();
        if let Some(earlier) = all.find(|earlier| Some(earlier.entry) == amends) {
            earlier.amended_by = Some(entry);
        }
        let translation = Translation {
            entry,
            at: header.sent_at,
            by,
            name: slots.text(SlotCode::Name).map(str::to_owned),
            language: *language,
            text: slots.text(SlotCode::Text).unwrap_or_default().to_owned(),
            amends,
            amended_by: None,
            challenges: Vec::new(),
            refused: None,
        };
        self.translations.insert(entry, phrase.entry);
        let gone = keep(&mut phrase.translations, translation, MAX_OF_PHRASE);
        if let Some(gone) = gone {
            self.translations.remove(&gone.entry);
        }
    }

    fn challenged(
        &mut self,
        entry: EntryRef,
        header: &Header,
        content: &Content,
        by: Option<OfficerId>,
    ) {
        let Some(slots) = content.slots() else { return };
        let subject = slots
            .subject()
            .map(|s| s.entry(entry.log.line, entry.log.side));
        let Some(translation) = subject.and_then(|of| self.translation_mut(of)) else {
            return;
        };
        let challenge = Challenge {
            entry,
            at: header.sent_at,
            by,
            name: slots.text(SlotCode::Name).map(str::to_owned),
            text: slots.text(SlotCode::Text).unwrap_or_default().to_owned(),
            refused: None,
        };
        keep(&mut translation.challenges, challenge, MAX_CHALLENGES);
    }

    fn translation_mut(&mut self, entry: EntryRef) -> Option<&mut Translation> {
        let phrase = self.phrases.get_mut(self.translations.get(&entry)?)?;
        phrase.translations.iter_mut().find(|of| of.entry == entry)
    }

    pub(crate) fn displayed(&mut self, subject: Option<EntryRef>, receipt: Receipt) {
        if let Some(phrase) = subject.and_then(|of| self.phrases.get_mut(&of)) {
            phrase.displayed.get_or_insert(receipt);
        }
    }

    pub(crate) fn read_back(&mut self, subject: Option<EntryRef>, receipt: Receipt, slots: &Slots) {
        let Some(Value::Items(items)) = slots.value(SlotCode::Items) else {
            return;
        };
        if let Some(phrase) = subject.and_then(|of| self.phrases.get_mut(&of)) {
            let items = items.clone();
            keep(
                &mut phrase.read_backs,
                ReadBack { receipt, items },
                MAX_OF_PHRASE,
            );
        }
    }

    /// The other party refused something of ours: what it changed stands as before, there as here.
    pub(crate) fn refused(&mut self, entry: EntryRef, reason: Option<RefusalReason>) {
        if let Some(phrase) = self.phrases.get_mut(&entry) {
            phrase.refused = reason;
            let subject = phrase.subject();
            if let Some(earlier) = subject.and_then(|of| self.phrases.get_mut(&of)) {
                earlier.undo(|by| by == entry);
            }
            return;
        }
        if let Some(translation) = self.translation_mut(entry) {
            translation.refused = reason;
            let amends = translation.amends;
            if let Some(earlier) = amends.and_then(|of| self.translation_mut(of)) {
                earlier.amended_by = None;
            }
            return;
        }
        let phrases = self.phrases.values_mut();
        let mut challenges = phrases.flat_map(|phrase| {
            let translations = phrase.translations.iter_mut();
            translations.flat_map(|of| of.challenges.iter_mut())
        });
        if let Some(challenge) = challenges.find(|challenge| challenge.entry == entry) {
            challenge.refused = reason;
        }
    }

    /// What never reached the peer was not said, and changed nothing.
    pub(crate) fn leave_behind(&mut self, beyond: impl Fn(EntryRef) -> bool) {
        for phrase in self.phrases.values_mut() {
            phrase.left_behind |= beyond(phrase.entry);
            phrase.undo(&beyond);
            phrase.translations.retain(|of| !beyond(of.entry));
            for translation in &mut phrase.translations {
                translation.challenges.retain(|of| !beyond(of.entry));
                if translation.amended_by.is_some_and(&beyond) {
                    translation.amended_by = None;
                }
            }
        }
        self.translations.retain(|entry, _| !beyond(*entry));
    }
}

impl Phrase {
    /// What these entries changed of it was not so.
    fn undo(&mut self, is: impl Fn(EntryRef) -> bool) {
        if self.cancelled.is_some_and(|cancelled| is(cancelled.by)) {
            self.cancelled = None;
        }
        self.corrections.retain(|entry| !is(*entry));
        self.answers.retain(|entry| !is(*entry));
    }
}

/// One more, and the oldest out where there are too many: which it gives back.
fn keep<T>(kept: &mut Vec<T>, one: T, most: usize) -> Option<T> {
    kept.push(one);
    (kept.len() > most).then(|| kept.remove(0))
}
