//! Phrases of the hotline, each in the reader's language, and what became of them.

use super::ms;
use super::values::{SlotsShown, slots};
use crate::names;
use crate::phrases::catalogue::{Catalogue, Phrase as Known};
use crate::phrases::said::said;
use crate::phrases::texts::Texts;
use channel::ground::repeated;
use model::hotline::{Phrase, ReadBack, Translation};
use model::line::EntryRef;
use model::slot::{SlotCode, Slots};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// A phrase of the catalogue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CataloguedShown {
    /// As people say it: `A07`.
    pub code: String,
    pub group: String,
    /// question, answer, information, intention, warning, request, correction, cancel.
    pub marker: String,
    pub required: Vec<String>,
    pub optional: Vec<String>,
    /// What the receiver enters again.
    pub read_back: Vec<String>,
    /// The phrases that answer it.
    pub response: Vec<String>,
    /// By language.
    pub texts: BTreeMap<String, PhraseText>,
}

/// A phrase in one language.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PhraseText {
    /// With `{slot}` where a slot is filled in. In English where the language lacks it: then `is_english` says so.
    pub text: String,
    pub meaning: String,
    /// What it requires of the receiver, in words.
    pub response: String,
    /// Who reviewed it, and when; `null`: machine-written and unreviewed, which is shown with it.
    pub reviewed: Option<String>,
    #[serde(default)]
    pub is_english: bool,
}

/// A language that is there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LanguageShown {
    pub code: String,
    /// What it is called in itself.
    pub name: String,
    pub right_to_left: bool,
    /// How many phrases have a reviewed text.
    pub reviewed: usize,
    /// Words that a screen says beside phrases, by name: `marker-question`, `group-air`, `slot-place`, `unreviewed`.
    pub words: BTreeMap<String, String>,
}

/// The catalogue, with the texts of every language.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PhrasesShown {
    pub version: u32,
    /// In the order in which they are shown.
    pub groups: Vec<String>,
    pub languages: Vec<LanguageShown>,
    pub phrases: Vec<CataloguedShown>,
    /// Files of languages that are not used, or not whole, and why.
    pub unread: Vec<String>,
}

/// A phrase of either side, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PhraseShown {
    pub entry: String,
    pub line: String,
    /// own or peer.
    pub from: String,
    pub desk: String,
    pub role: String,
    /// Our officer, where we said it.
    pub by: Option<String>,
    pub sent_at: i64,
    /// standing, cancelled, corrected, refused, not-said; unreadable where its slots are.
    pub state: String,
    /// As people say it: `A07`; `null`: unreadable.
    pub code: Option<String>,
    /// `false`: this node does not know the code. It is shown with its marker and slots; answer R02, not understood.
    pub known: bool,
    pub group: Option<String>,
    pub marker: Option<String>,
    /// In the language that was asked for, from the signed code and slots. Each slot is isolated by U+2066 or U+2068 and
    /// U+2069, so that no screen reorders it.
    pub text: String,
    /// The language of `text`: `en` where the one asked for lacks it.
    pub language: String,
    /// Who reviewed that text, and when; `null`: unreviewed.
    pub reviewed: Option<String>,
    /// What it requires of the receiver, in words.
    pub response: String,
    /// The phrases that answer it.
    pub responses: Vec<String>,
    /// What it should say by the catalogue, and does not: absent or withheld.
    pub missing: Vec<String>,
    /// What the receiver is asked to enter again.
    pub read_back_items: Vec<String>,
    /// `null`: unreadable, or destroyed.
    #[schema(value_type = Object)]
    pub slots: Option<SlotsShown>,
    /// Each slot as a person reads it.
    pub said: BTreeMap<String, String>,
    /// What it speaks of: a phrase, a stop call, a notice.
    pub subject: Option<String>,
    /// The sender's own words, and their language: the authoritative ones, whatever a translation says.
    pub original: Option<OriginalShown>,
    pub translations: Vec<TranslationShown>,
    pub delivered: Option<i64>,
    pub arrived: Option<i64>,
    pub displayed: Option<i64>,
    pub read_backs: Vec<ReadBackShown>,
    /// Phrases of the other side that speak of it.
    pub answers: Vec<String>,
    /// Phrases of the same side that correct it.
    pub corrections: Vec<String>,
    pub cancelled_by: Option<String>,
    pub cancelled_at: Option<i64>,
    pub refused: Option<String>,
}

/// Words of the sender's own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OriginalShown {
    pub language: String,
    pub text: String,
}

/// What a reader entered again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReadBackShown {
    pub at: i64,
    /// Our officer, where we read it back.
    pub by: Option<String>,
    /// Each item as a person reads it.
    pub said: BTreeMap<String, String>,
    #[schema(value_type = Object)]
    pub items: SlotsShown,
    /// Whether all that was asked for was entered again, and is what was said, as this node compares it.
    pub matches: bool,
    /// Items that are not what was said.
    pub differs: Vec<String>,
    /// Items that were asked for and not entered again.
    pub lacks: Vec<String>,
}

/// An interpreter's words beside the original.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TranslationShown {
    pub entry: String,
    /// own or peer: whose interpreter.
    pub from: String,
    pub at: i64,
    /// Our officer, where it is ours.
    pub by: Option<String>,
    /// The name that was given with it.
    pub name: Option<String>,
    pub language: String,
    pub text: String,
    /// standing, challenged, corrected, refused.
    pub state: String,
    /// The later translation that takes its place.
    pub amended_by: Option<String>,
    pub challenges: Vec<ChallengeShown>,
}

/// Why a translation is said to be wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ChallengeShown {
    pub entry: String,
    pub from: String,
    pub at: i64,
    pub by: Option<String>,
    pub name: Option<String>,
    pub text: String,
    pub refused: Option<String>,
}

/// A code as people say it.
pub fn spoken(code: &str) -> String {
    code.to_ascii_uppercase()
}

fn names_of(slots: &[SlotCode]) -> Vec<String> {
    slots.iter().map(SlotCode::to_string).collect()
}

fn spoken_all(codes: &[model::ids::Slug]) -> Vec<String> {
    codes.iter().map(|code| spoken(code.as_str())).collect()
}

/// A phrase of the catalogue, in `languages` of `texts`.
pub fn catalogued(phrase: &Known, texts: &Texts) -> CataloguedShown {
    let each = texts.languages().map(|language| {
        let said = texts.pattern(language.code(), phrase);
        let in_english = || texts.language("en");
        let meaning = language.meaning(phrase);
        let response = language.response(phrase);
        let shown = PhraseText {
            is_english: said.language != language.code(),
            meaning: meaning
                .or_else(|| in_english()?.meaning(phrase))
                .unwrap_or_default(),
            response: response
                .or_else(|| in_english()?.response(phrase))
                .unwrap_or_default(),
            reviewed: said.reviewed,
            text: said.text,
        };
        (language.code().to_owned(), shown)
    });
    CataloguedShown {
        code: spoken(phrase.code.as_str()),
        group: phrase.group.to_owned(),
        marker: phrase.marker.to_string(),
        required: names_of(&phrase.required),
        optional: names_of(&phrase.optional),
        read_back: names_of(&phrase.read_back),
        response: spoken_all(&phrase.response),
        texts: each.collect(),
    }
}

/// What is said of a phrase whose code this node does not know.
fn unknown(texts: &Texts, language: &str, code: &str, slots: &Slots) -> String {
    let mut text = texts.word(language, "unknown-phrase", &spoken(code));
    if let Some(of) = texts.language(language).or_else(|| texts.language("en")) {
        for (slot, value) in of.beside(slots, &[]) {
            text = format!("{text} {slot}: {value}.");
        }
    }
    text
}

/// As `language` says it; `corrected`: see `Hotline::is_corrected`. The texts are this node's; what travelled is the code.
pub fn phrase(
    phrase: &Phrase,
    corrected: bool,
    catalogue: &Catalogue,
    texts: &Texts,
    language: &str,
) -> PhraseShown {
    let empty = Slots::new();
    let open = phrase.content.slots();
    let slots_open = open.unwrap_or(&empty);
    let code = phrase.code();
    let known = code.and_then(|code| catalogue.phrase(code));
    let (text, in_language, reviewed) = match (known, code) {
        (Some(known), _) => {
            let said = texts.say(language, known, slots_open);
            (said.text, said.language, said.reviewed)
        }
        (None, Some(code)) => {
            let text = unknown(texts, language, code.as_str(), slots_open);
            (text, language.to_owned(), None)
        }
        (None, None) => (String::new(), language.to_owned(), None),
    };
    let required = known.and_then(|known| {
        let of = [language, "en"].into_iter();
        of.filter_map(|code| texts.language(code)?.response(known))
            .next()
    });
    // Of a code that is not known, whatever can be read back.
    let items = known.map_or_else(Vec::new, |known| known.read_back.clone());
    let items: Vec<SlotCode> = items
        .into_iter()
        .filter(|slot| slots_open.value(*slot).is_some())
        .collect();
    let language_of_words = slots_open.text(SlotCode::Language);
    PhraseShown {
        entry: names::entry(phrase.entry),
        line: phrase.line().to_string(),
        from: names::side(phrase.side()).to_owned(),
        desk: phrase.desk.to_string(),
        role: phrase.header.role.to_string(),
        by: phrase.by.map(|by| by.to_string()),
        sent_at: ms(phrase.header.sent_at),
        state: state_of(phrase, corrected).to_owned(),
        code: code.map(|code| spoken(code.as_str())),
        known: known.is_some(),
        group: known.map(|known| known.group.to_owned()),
        marker: phrase.marker().map(|marker| marker.to_string()),
        text,
        language: in_language,
        reviewed,
        response: required.unwrap_or_default(),
        responses: match known {
            Some(known) => spoken_all(&known.response),
            None => vec![spoken(crate::phrases::catalogue::NOT_UNDERSTOOD)],
        },
        missing: known.map_or_else(Vec::new, |known| {
            known
                .missing(slots_open)
                .map(|slot| slot.to_string())
                .collect()
        }),
        read_back_items: names_of(&items),
        slots: open.map(|open| slots(open, &[])),
        said: slots_open
            .iter()
            .map(|(slot, value)| (slot.to_string(), said(slot, value)))
            .collect(),
        subject: phrase.subject().map(names::entry),
        original: phrase.words().map(|words| OriginalShown {
            language: language_of_words.unwrap_or_default().to_owned(),
            text: words.to_owned(),
        }),
        translations: phrase.translations.iter().map(translation).collect(),
        delivered: phrase.delivered.map(ms),
        arrived: phrase.arrived.map(ms),
        displayed: phrase.displayed.as_ref().map(|receipt| ms(receipt.at)),
        read_backs: phrase
            .read_backs
            .iter()
            .map(|back| read_back(back, slots_open, &items))
            .collect(),
        answers: entries(&phrase.answers),
        corrections: entries(&phrase.corrections),
        cancelled_by: phrase.cancelled.map(|cancelled| names::entry(cancelled.by)),
        cancelled_at: phrase.cancelled.map(|cancelled| ms(cancelled.at)),
        refused: phrase.refused.map(|reason| reason.to_string()),
    }
}

fn entries(of: &[EntryRef]) -> Vec<String> {
    of.iter().copied().map(names::entry).collect()
}

fn state_of(phrase: &Phrase, corrected: bool) -> &'static str {
    match phrase.not_live() {
        Some("not said") => "not-said",
        Some(why) => why,
        None if phrase.content.slots().is_none() => "unreadable",
        None if corrected => "corrected",
        None => "standing",
    }
}

fn read_back(back: &ReadBack, said_first: &Slots, wanted: &[SlotCode]) -> ReadBackShown {
    let compared = repeated(said_first, &back.items);
    let given = |slot: &SlotCode| back.items.iter().any(|(of, _)| of == slot);
    let lacks: Vec<SlotCode> = wanted.iter().copied().filter(|slot| !given(slot)).collect();
    let differs: Vec<SlotCode> = compared
        .iter()
        .filter(|(_, same)| !same)
        .map(|(slot, _)| *slot)
        .collect();
    let entered = back.items.iter().cloned();
    let entered = entered.fold(Slots::new(), |mut all, (slot, value)| {
        // It was in a message already, so it can be in one.
        let _fits = all.set(slot, value);
        all
    });
    ReadBackShown {
        at: ms(back.receipt.at),
        by: back.receipt.by.map(|by| by.to_string()),
        said: back
            .items
            .iter()
            .map(|(slot, value)| (slot.to_string(), said(*slot, value)))
            .collect(),
        items: slots(&entered, &[]),
        matches: differs.is_empty() && lacks.is_empty(),
        differs: names_of(&differs),
        lacks: names_of(&lacks),
    }
}

fn translation(of: &Translation) -> TranslationShown {
    let state = match (of.refused, of.amended_by, of.challenges.is_empty()) {
        (Some(_), _, _) => "refused",
        (None, Some(_), _) => "corrected",
        (None, None, false) => "challenged",
        (None, None, true) => "standing",
    };
    TranslationShown {
        entry: names::entry(of.entry),
        from: names::side(of.entry.log.side).to_owned(),
        at: ms(of.at),
        by: of.by.map(|by| by.to_string()),
        name: of.name.clone(),
        language: of.language.to_string(),
        text: of.text.clone(),
        state: state.to_owned(),
        amended_by: of.amended_by.map(names::entry),
        challenges: of
            .challenges
            .iter()
            .map(|challenge| ChallengeShown {
                entry: names::entry(challenge.entry),
                from: names::side(challenge.entry.log.side).to_owned(),
                at: ms(challenge.at),
                by: challenge.by.map(|by| by.to_string()),
                name: challenge.name.clone(),
                text: challenge.text.clone(),
                refused: challenge.refused.map(|reason| reason.to_string()),
            })
            .collect(),
    }
}
