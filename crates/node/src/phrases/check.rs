//! What the languages lack: which code, slot, attribute or word.

use super::catalogue::{Catalogue, GROUPS};
use super::texts::{Texts, is_review};
use model::code::Marker;
use model::slot::SlotCode;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt;

/// One thing that is missing or wrong.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Lack {
    pub language: String,
    /// The phrase, or the word of the file's own.
    pub of: String,
    pub what: What,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum What {
    /// The language as a whole.
    Language,
    Text,
    /// The text does not say this slot, which the phrase needs.
    Slot(String),
    /// The text says this slot, which the phrase does not need.
    ForeignSlot(String),
    /// `meaning` or `response`.
    Attribute(String),
    /// `reviewed` is no name and date.
    Review,
    /// A file that is not used, or not all of it.
    File(String),
}

impl fmt::Display for Lack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Lack { language, of, what } = self;
        match what {
            What::Language => write!(
                f,
                "{language}: there is no such language: add `{language}.ftl`"
            ),
            What::Text => write!(f, "{language}: {of} has no text"),
            What::Slot(slot) => {
                write!(f, "{language}: the text of {of} does not say {{ ${slot} }}")
            }
            What::ForeignSlot(slot) => {
                write!(
                    f,
                    "{language}: the text of {of} says {{ ${slot} }}, which it does not need"
                )
            }
            What::Attribute(name) => write!(f, "{language}: {of} has no `.{name}`"),
            What::Review => write!(f, "{language}: `.reviewed` of {of} is no NAME, DATE"),
            What::File(why) => write!(f, "{of}: {why}"),
        }
    }
}

/// What `texts` lack of `catalogue`; `wanted`: languages that must be there.
pub fn check(catalogue: &Catalogue, texts: &Texts, wanted: &[String]) -> Vec<Lack> {
    let lack = |language: &str, of: &str, what| Lack {
        language: language.to_owned(),
        of: of.to_owned(),
        what,
    };
    let mut found = BTreeSet::new();
    for file in &texts.unread {
        found.insert(lack("", &file.file, What::File(file.why.clone())));
    }
    let absent = wanted.iter().filter(|code| texts.language(code).is_none());
    found.extend(absent.map(|code| lack(code, "", What::Language)));
    for language in texts.languages() {
        let words = words().into_iter().filter(|word| !language.has(word));
        found.extend(words.map(|word| lack(language.code(), &word, What::Text)));
        for phrase in catalogue.phrases() {
            let code = phrase.code.as_str();
            if !language.has(code) {
                found.insert(lack(language.code(), code, What::Text));
                continue;
            }
            let attributes = [
                ("meaning", language.meaning(phrase)),
                ("response", language.response(phrase)),
            ];
            for (name, said) in attributes {
                if said.is_none_or(|said| said.trim().is_empty()) {
                    let what = What::Attribute(name.to_owned());
                    found.insert(lack(language.code(), code, what));
                }
            }
            if language
                .attribute(code, "reviewed")
                .is_some_and(|said| !is_review(&said))
            {
                found.insert(lack(language.code(), code, What::Review));
            }
            let said = language.slots_said(code);
            let needed: BTreeSet<String> = phrase
                .required
                .iter()
                .filter(|slot| in_text(**slot))
                .map(|slot| slot.to_string())
                .collect();
            let missing = needed.difference(&said).cloned().map(What::Slot);
            let foreign = said.difference(&needed).cloned().map(What::ForeignSlot);
            let wrong = missing.chain(foreign);
            found.extend(wrong.map(|what| lack(language.code(), code, what)));
        }
    }
    found.into_iter().collect()
}

/// What is said about a phrase beside it, and not in its text.
fn in_text(slot: SlotCode) -> bool {
    !matches!(
        slot,
        SlotCode::Subject | SlotCode::Remarks | SlotCode::Language
    )
}

/// Words that a screen says beside phrases.
pub fn words() -> Vec<String> {
    let own = [
        "language",
        "direction",
        "unreviewed",
        "unknown-phrase",
        "missing-text",
    ];
    let markers = Marker::ALL.iter().map(|marker| format!("marker-{marker}"));
    let groups = GROUPS.iter().map(|(group, _)| format!("group-{group}"));
    let slots = model::kind::Kind::Phrase.slots().iter();
    let slots = slots.filter(|slot| {
        !matches!(
            slot,
            SlotCode::Authority | SlotCode::Phrase | SlotCode::Marker
        )
    });
    let slots = slots.map(|slot| format!("slot-{slot}"));
    let own = own.into_iter().map(str::to_owned);
    own.chain(markers).chain(groups).chain(slots).collect()
}
