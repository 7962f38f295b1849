//! The catalogue: which codes there are, what each carries, and what answers it.

use model::code::Marker;
use model::ids::Slug;
use model::kind::Kind;
use model::slot::{MAX_ITEMS, SlotCode, Slots};
use serde::Deserialize;
use std::collections::BTreeMap;

/// The groups, in the order in which they are shown, each with the letter that its codes begin with.
pub const GROUPS: [(&str, char); 13] = [
    ("air", 'a'),
    ("ground", 'g'),
    ("protection", 'p'),
    ("line", 'l'),
    ("stop", 's'),
    ("answers", 'r'),
    ("question", 'q'),
    ("cancel", 'c'),
    ("correction", 'k'),
    ("distress", 'd'),
    ("downed-crew", 'e'),
    ("medical-evacuation", 'm'),
    ("unsafe-approach", 'u'),
];

/// The code with which a phrase that is not understood is answered.
pub const NOT_UNDERSTOOD: &str = "r02";

/// Every phrase by its code, and their order.
#[derive(Clone, Debug)]
pub struct Catalogue {
    pub version: u32,
    phrases: Vec<Phrase>,
    by_code: BTreeMap<Slug, usize>,
}

/// One phrase.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Phrase {
    pub code: Slug,
    pub group: &'static str,
    pub marker: Marker,
    pub required: Vec<SlotCode>,
    pub optional: Vec<SlotCode>,
    /// What the receiver enters again, at most [`MAX_ITEMS`].
    pub read_back: Vec<SlotCode>,
    /// The phrases that answer it.
    pub response: Vec<Slug>,
}

/// Why what is to be said is no phrase of the catalogue.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotInCatalogue {
    #[error("there is no phrase `{0}`: list the phrases (`standclear phrase list`) and choose one")]
    Code(String),
    #[error("phrase `{code}` needs its `{slot}`: add it")]
    Lacks { code: Slug, slot: SlotCode },
    #[error("phrase `{code}` has no `{slot}`: take it out, or choose another phrase")]
    Foreign { code: Slug, slot: SlotCode },
}

model::says! { NotInCatalogue, "catalogue":
    "code" Code(typed);
    "lacks" Lacks { code, slot };
    "foreign" Foreign { code, slot };
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    version: u32,
    phrase: Vec<Written>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    code: Slug,
    group: String,
    marker: String,
    #[serde(default)]
    required: Vec<String>,
    #[serde(default)]
    optional: Vec<String>,
    #[serde(default)]
    read_back: Vec<String>,
    #[serde(default)]
    response: Vec<Slug>,
}

impl Catalogue {
    /// # Errors
    /// Which phrase is unsound, and why.
    pub fn read(text: &str) -> Result<Self, String> {
        let file: File = toml::from_str(text).map_err(|error| error.to_string())?;
        let mut phrases = Vec::new();
        let mut by_code = BTreeMap::new();
        for written in file.phrase {
            let code = written.code;
            let phrase = phrase(written).map_err(|why| format!("{code}: {why}"))?;
            if by_code.insert(code, phrases.len()).is_some() {
                return Err(format!("{code}: it is there twice"));
            }
            phrases.push(phrase);
        }
        for phrase in &phrases {
            let mut answers = phrase.response.iter();
            if let Some(answer) = answers.find(|answer| !by_code.contains_key(answer)) {
                return Err(format!("{}: no phrase {answer} answers it", phrase.code));
            }
        }
        Ok(Self {
            version: file.version,
            phrases,
            by_code,
        })
    }

    pub fn phrases(&self) -> &[Phrase] {
        &self.phrases
    }

    pub fn phrase(&self, code: Slug) -> Option<&Phrase> {
        self.phrases.get(*self.by_code.get(&code)?)
    }

    /// The phrase as typed: `A07` and `a07` are one.
    ///
    /// # Errors
    /// [`NotInCatalogue::Code`].
    pub fn named(&self, typed: &str) -> Result<&Phrase, NotInCatalogue> {
        let code: Option<Slug> = typed.trim().to_ascii_lowercase().parse().ok();
        code.and_then(|code| self.phrase(code))
            .ok_or_else(|| NotInCatalogue::Code(typed.chars().take(40).collect()))
    }
}

impl Phrase {
    /// The slots that it may have of its own.
    pub fn slots(&self) -> impl Iterator<Item = SlotCode> {
        self.required.iter().chain(&self.optional).copied()
    }

    /// What of `slots` it lacks.
    pub fn missing(&self, slots: &Slots) -> impl Iterator<Item = SlotCode> {
        let lacks = |slot: &SlotCode| slots.value(*slot).is_none();
        self.required.iter().copied().filter(lacks)
    }

    /// Whether `slots` are what it says: those that it needs, and none that it has not. For whom it is said, and words of
    /// the sender's own with their language, may go with any.
    ///
    /// # Errors
    /// [`NotInCatalogue`].
    pub fn check(&self, slots: &Slots) -> Result<(), NotInCatalogue> {
        let code = self.code;
        if let Some(slot) = self.missing(slots).next() {
            return Err(NotInCatalogue::Lacks { code, slot });
        }
        let with_any = [
            SlotCode::Element,
            SlotCode::Remarks,
            SlotCode::Language,
            SlotCode::Phrase,
            SlotCode::Marker,
        ];
        let foreign =
            |slot: &SlotCode| !with_any.contains(slot) && !self.slots().any(|own| own == *slot);
        match slots.iter().map(|(slot, _)| slot).find(foreign) {
            Some(slot) => Err(NotInCatalogue::Foreign { code, slot }),
            None => Ok(()),
        }
    }
}

fn phrase(written: Written) -> Result<Phrase, String> {
    let code = written.code;
    let group = GROUPS.iter().find(|(name, _)| *name == written.group);
    let (group, letter) = *group.ok_or_else(|| format!("there is no group {}", written.group))?;
    let mut rest = code.as_str().chars();
    let is_of_group = rest.next() == Some(letter);
    if !is_of_group || rest.clone().count() != 2 || !rest.all(|c| c.is_ascii_digit()) {
        return Err(format!("a code of {group} is {letter} and two digits"));
    }
    let slots = |names: &[String]| -> Result<Vec<SlotCode>, String> {
        names.iter().map(|name| slot(name)).collect()
    };
    let phrase = Phrase {
        code,
        group,
        marker: written
            .marker
            .parse()
            .map_err(|unknown| format!("{unknown}"))?,
        required: slots(&written.required)?,
        optional: slots(&written.optional)?,
        read_back: slots(&written.read_back)?,
        response: written.response,
    };
    if phrase.read_back.len() > MAX_ITEMS {
        return Err(format!("at most {MAX_ITEMS} slots are read back"));
    }
    let mut all: Vec<SlotCode> = phrase.slots().collect();
    if let Some(slot) = phrase.read_back.iter().find(|slot| !all.contains(slot)) {
        return Err(format!("{slot} is read back and is no slot of it"));
    }
    all.sort_unstable();
    match all.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => Err(format!("{} is there twice", pair[0])),
        None => Ok(phrase),
    }
}

/// A slot that a phrase may have of its own.
fn slot(name: &str) -> Result<SlotCode, String> {
    let slot: SlotCode = name.parse().map_err(|unknown| format!("{unknown}"))?;
    let fixed = [
        SlotCode::Element,
        SlotCode::Authority,
        SlotCode::Phrase,
        SlotCode::Marker,
    ];
    match Kind::Phrase.slots().contains(&slot) && !fixed.contains(&slot) {
        true => Ok(slot),
        false => Err(format!("{slot} is no slot of a phrase")),
    }
}
