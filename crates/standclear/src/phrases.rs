//! What is said to people, in the reader's language, from the phrase catalogue. What travels is codes, never these texts.

use fluent_bundle::{FluentArgs, FluentBundle, FluentResource, FluentValue};

/// A language of the catalogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Language {
    En,
    Ru,
    Ar,
}

impl Language {
    pub const ALL: [Language; 3] = [Language::En, Language::Ru, Language::Ar];

    pub const fn code(self) -> &'static str {
        match self {
            Language::En => "en",
            Language::Ru => "ru",
            Language::Ar => "ar",
        }
    }

    /// The catalogue's text.
    pub const fn text(self) -> &'static str {
        match self {
            Language::En => include_str!("../../../phrases/en.ftl"),
            Language::Ru => include_str!("../../../phrases/ru.ftl"),
            Language::Ar => include_str!("../../../phrases/ar.ftl"),
        }
    }
}

/// One language, ready to be said.
pub struct Phrases {
    language: Language,
    bundle: FluentBundle<FluentResource>,
    /// For what the language lacks.
    english: Option<Box<Phrases>>,
}

impl Phrases {
    pub fn of(language: Language) -> Self {
        // What a broken file still holds is said; the test of the files finds what it lacks.
        let resource = match FluentResource::try_new(language.text().to_owned()) {
            Ok(resource) => resource,
            Err((rest, _errors)) => rest,
        };
        let mut bundle = FluentBundle::new(language.code().parse().into_iter().collect());
        // Marks around each slot help a screen that shows both directions, and litter a terminal that does not.
        bundle.set_use_isolating(false);
        bundle.add_resource_overriding(resource);
        Self {
            language,
            bundle,
            english: (language != Language::En).then(|| Box::new(Self::of(Language::En))),
        }
    }

    /// The phrase of that name. One that this language lacks is said in English, and marked.
    pub fn say(&self, name: &str, slots: &[(&str, &str)]) -> String {
        let pattern = self
            .bundle
            .get_message(name)
            .and_then(|message| message.value());
        let Some(pattern) = pattern else {
            return match &self.english {
                Some(english) => format!("{} [en]", english.say(name, slots)),
                None => format!("[{name}]"),
            };
        };
        let mut given = FluentArgs::new();
        for (slot, value) in slots {
            given.set(*slot, FluentValue::from(*value));
        }
        // What could not be filled in stands in the text by its name.
        let mut unfilled = Vec::new();
        self.bundle
            .format_pattern(pattern, Some(&given), &mut unfilled)
            .into_owned()
    }

    /// A desk, by its code. One that has no phrase is said by its code.
    pub fn desk(&self, code: &str) -> String {
        match self.bundle.has_message(&format!("desk-{code}")) {
            true => self.say(&format!("desk-{code}"), &[]),
            false => code.to_owned(),
        }
    }

    pub fn language(&self) -> Language {
        self.language
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use node::model::code::Desk;
    use std::collections::{BTreeMap, BTreeSet};

    /// Each phrase of a file, and the slots it has.
    fn phrases(language: Language) -> BTreeMap<String, BTreeSet<String>> {
        let mut all = BTreeMap::new();
        let mut name = String::new();
        for line in language
            .text()
            .lines()
            .filter(|line| !line.starts_with('#'))
        {
            if let Some((key, _)) = line.split_once(" = ").filter(|_| !line.starts_with(' ')) {
                name = key.to_owned();
                assert!(
                    all.insert(name.clone(), BTreeSet::new()).is_none(),
                    "{name} twice"
                );
            }
            let slots = line
                .split("{ $")
                .skip(1)
                .filter_map(|rest| rest.split_once(" }"));
            let slots = slots.map(|(slot, _)| slot.to_owned());
            all.entry(name.clone()).or_default().extend(slots);
        }
        all.remove("");
        all
    }

    #[test]
    fn every_language_has_the_same_phrases_with_the_same_slots() {
        let english = phrases(Language::En);
        assert!(english.len() > 30);
        for language in [Language::Ru, Language::Ar] {
            assert_eq!(phrases(language), english, "{}", language.code());
        }
    }

    #[test]
    fn every_file_is_whole_and_says_whether_it_was_reviewed() {
        for language in Language::ALL {
            let resource = FluentResource::try_new(language.text().to_owned());
            assert!(resource.is_ok(), "{}", language.code());
            assert!(language.text().starts_with("# "));
            assert!(!Phrases::of(language).say("reviewed", &[]).contains("[en]"));
        }
    }

    #[test]
    fn every_desk_is_named_in_every_language() {
        for desk in Desk::ALL {
            for language in Language::ALL {
                let said = Phrases::of(language).desk(desk.name());
                assert_eq!(said == desk.name(), language == Language::En, "{said}");
            }
        }
        assert_eq!(Phrases::of(Language::Ru).desk("sea"), "sea");
    }

    #[test]
    fn slots_are_filled_and_a_missing_phrase_is_marked() {
        for language in Language::ALL {
            let said = Phrases::of(language).say("card-script", &[("own", "coalition")]);
            assert!(
                said.contains("coalition") && !said.contains("[en]"),
                "{said}"
            );
        }
        assert_eq!(
            Phrases::of(Language::Ru).say("no-such", &[]),
            "[no-such] [en]"
        );
        assert_eq!(Phrases::of(Language::En).say("no-such", &[]), "[no-such]");
    }
}
