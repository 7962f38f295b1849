//! What this node says to whoever reads it, in the language that the request names: en, ru or ar.
//!
//! The core says which message it is and what fills its places (`model::said`); here that becomes a text of
//! `phrases/node.LANGUAGE.ftl`, its words those of the console. A request that names no language gets the English of the
//! errors themselves, as logs and programs do.

use crate::phrases::said::{ITS_OWN, LEFT_TO_RIGHT, isolated};
use axum::extract::Request;
use axum::http::header::ACCEPT_LANGUAGE;
use axum::middleware::Next;
use axum::response::Response;
use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use model::said::{Part, Said};
use model::units::Millimetres;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::ops::Deref;
use std::sync::LazyLock;

/// A language that this node speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    English,
    Russian,
    Arabic,
}

impl Language {
    pub const ALL: [Self; 3] = [Self::English, Self::Russian, Self::Arabic];

    pub const fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Russian => "ru",
            Self::Arabic => "ar",
        }
    }

    /// The one of ours that `Accept-Language` wants most, if any of them.
    pub fn asked(header: &str) -> Option<Self> {
        let wanted = header.split(',').filter_map(|range| {
            let (tag, weight) = match range.split_once(';') {
                Some((tag, weight)) => (tag, weight.trim().strip_prefix("q=")?.parse().ok()?),
                None => (range, 1.0_f32),
            };
            let code = tag.trim().split('-').next()?;
            let language = Self::ALL
                .into_iter()
                .find(|language| language.code().eq_ignore_ascii_case(code))?;
            (weight > 0.0).then_some((language, weight))
        });
        // Of equals the first.
        let mut most: Option<(Self, f32)> = None;
        for (language, weight) in wanted {
            if most.is_none_or(|(_, before)| weight > before) {
                most = Some((language, weight));
            }
        }
        most.map(|(language, _)| language)
    }

    /// The parts of `separated` by what parts a list in this language.
    const fn comma(self) -> &'static str {
        match self {
            Self::English | Self::Russian => ", ",
            Self::Arabic => "، ",
        }
    }
}

tokio::task_local! {
    /// Of whoever sent the request that is being answered. An answer is written as JSON within its handler.
    static READER: Language;
}

/// The language of whoever reads what is being written; `None`: a program.
fn reader() -> Option<Language> {
    READER.try_with(|language| *language).ok()
}

/// Answers a request in the language that it asks for.
pub async fn in_language_of(request: Request, next: Next) -> Response {
    let header = request.headers().get(ACCEPT_LANGUAGE);
    let asked = header.and_then(|header| Language::asked(header.to_str().ok()?));
    match asked {
        Some(language) => READER.scope(language, next.run(request)).await,
        None => next.run(request).await,
    }
}

/// What is said to an officer: written in the language of whoever reads it, and read back as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text(Said);

impl Text {
    pub fn said(&self) -> Said {
        self.0.clone()
    }
}

impl Default for Text {
    fn default() -> Self {
        Self(String::new().into())
    }
}

impl From<Said> for Text {
    fn from(said: Said) -> Self {
        Self(said)
    }
}

impl From<String> for Text {
    fn from(english: String) -> Self {
        Self(english.into())
    }
}

impl Deref for Text {
    type Target = str;
    fn deref(&self) -> &str {
        self.0.english()
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for Text {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&to_reader(&self.0))
    }
}

/// What is said, in the language of whoever reads what is being written.
pub fn to_reader(said: &Said) -> String {
    match reader() {
        Some(language) => say(language, said),
        None => said.english().to_owned(),
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::from)
    }
}

/// In which language `said` goes to whoever reads what is being written.
pub fn language_of(said: &Said) -> &'static str {
    let language = reader().filter(|language| {
        let has = |id: &str| bundle(*language).has_message(id);
        said.id.is_some_and(has)
    });
    language.unwrap_or(Language::English).code()
}

/// Which slot of what was given a refusal is about, so that a form can say it there.
pub fn slot_of(said: &Said) -> Option<&str> {
    let named = said
        .slots
        .iter()
        .find_map(|(slot, part)| match (*slot, part) {
            ("slot", Part::Word("slot", name)) => Some(name.as_str()),
            _other => None,
        });
    // What stands under no slot's name is what one slot alone can be.
    let of = |prefixes: &[&str]| {
        let id = said.id.unwrap_or_default();
        prefixes.iter().any(|prefix| id.starts_with(prefix))
    };
    named.or_else(|| match () {
        () if of(&["ground-place-differs", "ground-read-back-too"]) => Some("place"),
        () if of(&[
            "description-",
            "ground-apart",
            "ground-too-vague",
            "ground-unknown-reference",
        ]) =>
        {
            Some("second-description")
        }
        () if of(&["window-", "group-", "command-window-over"]) => Some("window"),
        () if of(&["altitude-", "band-"]) => Some("band"),
        () if of(&["place-", "shape-", "outside-", "ground-area-undrawn"]) => Some("area"),
        () => None,
    })
}

/// What is said, in that language; in English where no text of it has it.
pub fn say(language: Language, said: &Said) -> String {
    let found = said.id.and_then(|id| {
        let given = said.slots.iter();
        let given: Vec<(&str, String)> = given
            .map(|(slot, part)| (*slot, filled(language, part)))
            .collect();
        message(language, id, &given)
    });
    found.unwrap_or_else(|| said.english().to_owned())
}

/// What fills a place of a text.
fn filled(language: Language, part: &Part) -> String {
    match part {
        Part::Verbatim(text) => marked(language, LEFT_TO_RIGHT, text),
        // What somebody typed may be in any language, and in any direction.
        Part::Text(text) => isolated(ITS_OWN, text),
        Part::Length(length) => self::length(language, *length),
        Part::Word(of, name) => word(language, of, name),
        Part::Said(said) => say(language, said),
        Part::List(parts) => {
            let each: Vec<String> = parts.iter().map(|part| filled(language, part)).collect();
            let sentences = parts.iter().any(|part| matches!(part, Part::Said(_)));
            each.join(if sentences { "; " } else { language.comma() })
        }
    }
}

/// Only among letters from right to left do digits change places.
fn marked(language: Language, mark: char, text: &str) -> String {
    match language {
        Language::Arabic => isolated(mark, text),
        Language::English | Language::Russian => text.to_owned(),
    }
}

/// A length with its unit, in the words of the language: `4.67 km`, `4.67 км`.
pub fn length(language: Language, length: Millimetres) -> String {
    let text = length.to_string();
    let (number, unit) = text.split_once(' ').unwrap_or((&text, "m"));
    let number = number.strip_suffix(".00").unwrap_or(number);
    let number = marked(language, LEFT_TO_RIGHT, number);
    // No line is broken between them.
    format!("{number}\u{a0}{}", word(language, "unit", unit))
}

/// A word, such as `kind-air-activity`. One that no language has is said as it is: a newer party may have made it.
pub fn word(language: Language, of: &str, name: &str) -> String {
    let is_letter = |c: char| c.is_ascii_alphanumeric();
    let parts: Vec<String> = name
        .split(|c| !is_letter(c))
        .filter(|part| !part.is_empty())
        .map(str::to_ascii_lowercase)
        .collect();
    let id = format!("{of}-{}", parts.join("-"));
    message(language, &id, &[]).unwrap_or_else(|| marked(language, LEFT_TO_RIGHT, name))
}

fn message(language: Language, id: &str, given: &[(&str, String)]) -> Option<String> {
    let bundle = bundle(language);
    let pattern = bundle.get_message(id)?.value()?;
    let mut slots = FluentArgs::new();
    for (slot, text) in given {
        slots.set(*slot, FluentValue::from(text.as_str()));
    }
    // What could not be filled in stands in the text by its name; a test shows that there is nothing such.
    let mut unfilled = Vec::new();
    let text = bundle.format_pattern(pattern, Some(&slots), &mut unfilled);
    Some(text.into_owned())
}

type Bundle = FluentBundle<FluentResource>;

/// The words of the console's screens, and what the node says with them.
macro_rules! texts {
    ($($language:literal),+) => {[$((
        $language,
        [
            include_str!(concat!("../../../phrases/", $language, ".ftl")),
            include_str!(concat!("../../../phrases/console.", $language, ".ftl")),
            include_str!(concat!("../../../phrases/console-notices.", $language, ".ftl")),
            include_str!(concat!("../../../phrases/node.", $language, ".ftl")),
        ],
    )),+]};
}

const TEXTS: [(&str, [&str; 4]); 3] = texts!("en", "ru", "ar");

static BUNDLES: LazyLock<[Bundle; 3]> = LazyLock::new(|| {
    TEXTS.map(|(code, texts)| {
        let mut bundle = FluentBundle::new_concurrent(code.parse().into_iter().collect());
        // Each place is isolated as it is filled.
        bundle.set_use_isolating(false);
        for text in texts {
            // What can be read of a broken file is said; a test reads them all.
            let resource = FluentResource::try_new(text.to_owned());
            bundle.add_resource_overriding(resource.unwrap_or_else(|(rest, _)| rest));
        }
        bundle
    })
});

fn bundle(language: Language) -> &'static Bundle {
    match language {
        Language::English => &BUNDLES[0],
        Language::Russian => &BUNDLES[1],
        Language::Arabic => &BUNDLES[2],
    }
}

#[cfg(test)]
mod tests;
