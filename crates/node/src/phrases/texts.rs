//! What the phrases are called in each language.

use super::BUILT_IN;
use super::catalogue::Phrase;
use super::said::{said, shown_slot};
use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use model::slot::{SlotCode, Slots};
use std::collections::{BTreeMap, BTreeSet};

/// Every language that is there, by its code.
pub struct Texts {
    languages: BTreeMap<String, Language>,
    /// Files that are not used, and why.
    pub unread: Vec<Unread>,
}

/// A file that is not used, or not all of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread {
    pub file: String,
    pub why: String,
}

/// One language.
pub struct Language {
    code: String,
    bundle: FluentBundle<FluentResource>,
}

/// The text of a phrase as a reader sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    pub text: String,
    /// In which language: English where the one asked for lacks it.
    pub language: String,
    /// Who reviewed that text, and when. `None`: it is machine-written and unreviewed.
    pub reviewed: Option<String>,
}

impl Texts {
    /// `files`: of a folder, each by its name. One of a language that is built in takes the place of what it says.
    pub(super) fn read(files: &BTreeMap<String, Result<String, String>>) -> Self {
        let mut texts = Self {
            languages: BTreeMap::new(),
            unread: Vec::new(),
        };
        for (code, text) in BUILT_IN {
            texts.add(code, text);
        }
        for (name, text) in files {
            match text {
                Ok(text) if is_code(name) => texts.add(name, text),
                Ok(_) => texts.unread(
                    name,
                    "a file is called by its language, such as `fa.ftl`: two to eight small letters",
                ),
                Err(why) => texts.unread(name, why),
            }
        }
        texts
    }

    fn unread(&mut self, name: &str, why: &str) {
        let file = format!("{}.ftl", name.chars().take(40).collect::<String>());
        let why = why.to_owned();
        self.unread.push(Unread { file, why });
    }

    fn add(&mut self, code: &str, text: &str) {
        // What a broken file still holds is said; what it lacks is found by the check.
        let resource = match FluentResource::try_new(text.to_owned()) {
            Ok(resource) => resource,
            Err((rest, errors)) => {
                let first = errors.first().map(ToString::to_string).unwrap_or_default();
                self.unread(code, &format!("not all of it can be read: {first}"));
                rest
            }
        };
        let language = self.languages.entry(code.to_owned());
        let language = language.or_insert_with(|| {
            let mut bundle = FluentBundle::new_concurrent(code.parse().into_iter().collect());
            // Each slot is isolated by `said`, in its own direction.
            bundle.set_use_isolating(false);
            Language {
                code: code.to_owned(),
                bundle,
            }
        });
        language.bundle.add_resource_overriding(resource);
    }

    pub fn languages(&self) -> impl Iterator<Item = &Language> {
        self.languages.values()
    }

    pub fn language(&self, code: &str) -> Option<&Language> {
        self.languages.get(code)
    }

    /// What that phrase says in that language, its slots filled in; those that its text has no place for follow it.
    pub fn say(&self, language: &str, phrase: &Phrase, slots: &Slots) -> Said {
        self.in_language_or_english(language, phrase, |of| of.phrase(phrase, slots))
    }

    /// The same, with the names of its slots in the place of what they hold.
    pub fn pattern(&self, language: &str, phrase: &Phrase) -> Said {
        self.in_language_or_english(language, phrase, |of| of.pattern(phrase))
    }

    fn in_language_or_english(
        &self,
        language: &str,
        phrase: &Phrase,
        text: impl Fn(&Language) -> Option<String>,
    ) -> Said {
        let found = [language, "en"].into_iter().find_map(|code| {
            let of = self.language(code)?;
            Some((of, text(of)?))
        });
        match found {
            Some((of, text)) => Said {
                text,
                language: of.code.clone(),
                reviewed: of.reviewed(phrase),
            },
            None => Said {
                text: phrase.code.as_str().to_ascii_uppercase(),
                language: language.to_owned(),
                reviewed: None,
            },
        }
    }

    /// A word of the file's own, such as `marker-question`; in English where the language lacks it.
    pub fn word(&self, language: &str, name: &str, code: &str) -> String {
        let word = [language, "en"].into_iter().find_map(|of| {
            self.language(of)?
                .message(name, None, &[("code", code.to_owned())])
        });
        word.unwrap_or_else(|| name.to_owned())
    }
}

impl Language {
    pub fn code(&self) -> &str {
        &self.code
    }

    /// What it is called in itself.
    pub fn name(&self) -> String {
        self.message("language", None, &[])
            .unwrap_or_else(|| self.code.clone())
    }

    pub fn is_right_to_left(&self) -> bool {
        self.message("direction", None, &[])
            .is_some_and(|way| way == "rtl")
    }

    pub fn meaning(&self, phrase: &Phrase) -> Option<String> {
        self.message(phrase.code.as_str(), Some("meaning"), &[])
    }

    /// What it requires of the receiver, in words.
    pub fn response(&self, phrase: &Phrase) -> Option<String> {
        self.message(phrase.code.as_str(), Some("response"), &[])
    }

    /// `NAME, DATE`, of whoever reviewed it.
    pub fn reviewed(&self, phrase: &Phrase) -> Option<String> {
        let said = self.message(phrase.code.as_str(), Some("reviewed"), &[])?;
        is_review(&said).then_some(said)
    }

    pub fn has(&self, name: &str) -> bool {
        self.bundle
            .get_message(name)
            .is_some_and(|of| of.value().is_some())
    }

    /// The slots that the text of a phrase has a place for, and whatever else it would have filled in.
    pub(super) fn slots_said(&self, code: &str) -> BTreeSet<String> {
        let mut said = BTreeSet::new();
        let Some(pattern) = self.bundle.get_message(code).and_then(|of| of.value()) else {
            return said;
        };
        let mark = |slot: SlotCode| format!("\u{1}{slot}\u{2}");
        let mut slots = FluentArgs::new();
        for slot in SlotCode::ALL {
            slots.set(slot.name(), FluentValue::from(mark(*slot)));
        }
        let mut unfilled = Vec::new();
        let text = self
            .bundle
            .format_pattern(pattern, Some(&slots), &mut unfilled);
        let filled = SlotCode::ALL
            .iter()
            .filter(|slot| text.contains(&mark(**slot)));
        said.extend(filled.map(SlotCode::to_string));
        said.extend(unfilled.iter().map(ToString::to_string));
        said
    }

    pub(super) fn attribute(&self, name: &str, attribute: &str) -> Option<String> {
        self.message(name, Some(attribute), &[])
    }

    fn pattern(&self, phrase: &Phrase) -> Option<String> {
        let names: Vec<(&str, String)> = phrase
            .slots()
            .map(|slot| (slot.name(), format!("{{{slot}}}")))
            .collect();
        self.message(phrase.code.as_str(), None, &names)
    }

    fn phrase(&self, phrase: &Phrase, slots: &Slots) -> Option<String> {
        let given: Vec<(&str, String)> = slots
            .iter()
            .map(|(slot, value)| (slot.name(), said(slot, value)))
            .collect();
        let mut text = self.message(phrase.code.as_str(), None, &given)?;
        let beside = self.beside(slots, &phrase.required);
        let beside: Vec<String> = (beside.iter())
            .map(|(slot, value)| format!("{slot}: {value}"))
            .collect();
        if !beside.is_empty() {
            text = format!("{text} ({})", beside.join("; "));
        }
        Some(text)
    }

    /// What is there for the reader beside `told`, each with what its slot is called.
    pub fn beside(&self, slots: &Slots, told: &[SlotCode]) -> Vec<(String, String)> {
        let others = slots
            .iter()
            .filter(|(slot, _)| shown_slot(*slot) && !told.contains(slot));
        others
            .map(|(slot, value)| (self.slot(slot), said(slot, value)))
            .collect()
    }

    /// What a slot is called.
    pub fn slot(&self, slot: SlotCode) -> String {
        let name = format!("slot-{slot}");
        self.message(&name, None, &[])
            .unwrap_or_else(|| slot.to_string())
    }

    fn message(
        &self,
        name: &str,
        attribute: Option<&str>,
        given: &[(&str, String)],
    ) -> Option<String> {
        let message = self.bundle.get_message(name)?;
        let pattern = match attribute {
            None => message.value()?,
            Some(attribute) => message.get_attribute(attribute)?.value(),
        };
        let mut slots = FluentArgs::new();
        for (slot, value) in given {
            slots.set(*slot, FluentValue::from(value.as_str()));
        }
        // What could not be filled in stands in the text by its name.
        let mut unfilled = Vec::new();
        let text = self
            .bundle
            .format_pattern(pattern, Some(&slots), &mut unfilled);
        Some(text.into_owned())
    }
}

/// A language's code, as it stands in a file's name and travels in the slot `language`.
pub fn is_code(name: &str) -> bool {
    (2..=8).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_lowercase())
}

/// Whether it names somebody and a day.
pub(super) fn is_review(text: &str) -> bool {
    let marks = [", ", "، "];
    let parts = marks.iter().find_map(|mark| text.rsplit_once(mark));
    parts.is_some_and(|(name, day)| !name.trim().is_empty() && day.chars().any(|c| c.is_numeric()))
}
