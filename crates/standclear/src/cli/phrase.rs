//! The hotline: phrases said, read in the reader's own language, read back, translated; and the check of their texts.

mod words;

use super::stop::line_names;
use super::terms::Slots;
use super::{at_desk, named};
use crate::client::Client;
use crate::exit::{Failure, OrExit as _, Outcome};
use crate::options::Options;
use clap::{Args, Subcommand};
use node::http::hotline::PhrasePreview;
use node::http::views::{Outcome as Said, PhraseShown, PhrasesShown};
use node::model::code::Desk;
use node::phrases::check::{Lack, check};
use node::phrases::{self, FOLDER};
use serde_json::{Map, Value, json};
use std::path::PathBuf;
use words::{compared, heard, in_full, listed, previewed, went};

#[derive(Debug, Subcommand)]
pub enum Phrase {
    /// The phrases that can be said, with their meaning and the response they require
    List {
        /// Only this group: air, ground, protection, line, stop, answers, question, cancel, correction, distress,
        /// downed-crew, medical-evacuation, unsafe-approach
        #[arg(long)]
        group: Option<String>,
        /// In which language
        #[arg(long, default_value = "en")]
        language: String,
    },
    /// Read a phrase back: enter its critical items again, from what you understood
    ReadBack {
        /// The phrase, or the end of its name
        phrase: String,
        #[command(flatten)]
        items: Items,
    },
    /// Tell the other party that a phrase was displayed to a person
    Displayed {
        /// The phrase, or the end of its name
        phrase: String,
    },
    /// Put a translation beside the words of a phrase; the original stays the authoritative one
    Translate {
        /// The phrase, or the end of its name
        phrase: String,
        /// Into which language, as a code: en, ru, ar
        #[arg(long)]
        language: String,
        /// The translation
        #[arg(long)]
        text: String,
        /// The name to give the other party, if one is given
        #[arg(long)]
        name: Option<String>,
        /// The earlier translation that it corrects, or the end of its name
        #[arg(long, value_name = "TRANSLATION")]
        amends: Option<String>,
        #[command(flatten)]
        terms: super::terms::Release,
    },
    /// Say that a translation is wrong, and why
    Challenge {
        /// The translation, or the end of its name
        translation: String,
        /// What is wrong with it
        #[arg(long)]
        text: String,
        /// The name to give the other party, if one is given
        #[arg(long)]
        name: Option<String>,
        #[command(flatten)]
        terms: super::terms::Release,
    },
}

/// The texts of the phrases.
#[derive(Debug, Subcommand)]
pub enum Phrases {
    /// Say which code, slot, attribute or language is missing in the texts of the phrases
    Check {
        /// A folder of LANGUAGE.ftl beside those that are built in; none: `phrases` in the party's folder
        #[arg(value_name = "FOLDER")]
        texts: Option<PathBuf>,
        /// A language that must be there; may be given more than once
        #[arg(long, value_name = "CODE")]
        language: Vec<String>,
    },
}

/// What a phrase carries.
#[derive(Args, Debug)]
#[group(skip)]
pub struct Items {
    /// Where, in any customary form
    #[arg(long, value_name = "POSITION", allow_hyphen_values = true)]
    place: Option<String>,
    /// How high: "SFC to 3000 ft MSL"
    #[arg(long)]
    band: Option<String>,
    /// "171200Z SEP 16 to 171800Z SEP 16"
    #[arg(long)]
    window: Option<String>,
    /// Since when, as a date-time group
    #[arg(long, value_name = "DTG")]
    since: Option<String>,
    /// Until when, as a date-time group
    #[arg(long, value_name = "DTG")]
    until: Option<String>,
    /// How many
    #[arg(long)]
    count: Option<u64>,
    /// How fast: 60 km/h, 35 kt, 20 m/s
    #[arg(long)]
    speed: Option<String>,
    /// In degrees from true north
    #[arg(long)]
    bearing: Option<String>,
    /// 500 m, 2 km, 1 NM
    #[arg(long)]
    distance: Option<String>,
    #[command(flatten)]
    slots: Slots,
}

impl Items {
    fn read(&self) -> Outcome<Map<String, Value>> {
        let mut slots = self.slots.read()?;
        let typed = [
            ("place", &self.place),
            ("band", &self.band),
            ("window", &self.window),
            ("since", &self.since),
            ("until", &self.until),
            ("speed", &self.speed),
            ("bearing", &self.bearing),
            ("distance", &self.distance),
        ];
        for (name, value) in typed {
            if let Some(value) = value {
                slots.insert(name.to_owned(), json!(value));
            }
        }
        if let Some(count) = self.count {
            slots.insert("count".to_owned(), json!(count));
        }
        Ok(slots)
    }
}

/// Says a phrase on a line.
#[derive(Args, Debug)]
pub struct Say {
    /// Its code, such as A07
    phrase: String,
    /// On which line, as it is called here
    #[arg(long, value_name = "NAME")]
    line: String,
    /// Whose desk it is for: air, ground, protection, senior
    #[arg(long)]
    desk: Desk,
    /// What it speaks of: a phrase, a stop call or a notice, or the end of a phrase's name
    #[arg(long, value_name = "ENTRY")]
    about: Option<String>,
    #[command(flatten)]
    items: Items,
    /// Words of our own beside it, where the arrangement has free text
    #[arg(long, requires = "words_in")]
    words: Option<String>,
    /// In which language the words are, as a code: en, ru, ar
    #[arg(long, value_name = "CODE", requires = "words")]
    words_in: Option<String>,
    /// The authority, where it says a place, a name, a contact, for whom, or words of our own
    #[arg(long, requires = "purpose")]
    authority: Option<String>,
    /// The purpose, as the arrangement lists it
    #[arg(long, requires = "authority")]
    purpose: Option<String>,
    /// The element it is about
    #[arg(long, requires = "authority")]
    element: Option<String>,
    /// Show what each reader would see and what the rules would let go, and send nothing
    #[arg(long)]
    preview: bool,
}

/// Reads the hotline.
#[derive(Args, Debug)]
pub struct Hotline {
    /// Only this line, as it is called here
    #[arg(long, value_name = "NAME")]
    line: Option<String>,
    /// In which language
    #[arg(long, default_value = "en")]
    language: String,
    /// Only this phrase, or the end of its name, with all that became of it
    phrase: Option<String>,
}

impl Phrase {
    pub fn run(self, options: &Options) -> Outcome {
        at_desk(options, async |client: Client| {
            self.act(options, &client).await
        })
    }

    async fn act(self, options: &Options, client: &Client) -> Outcome {
        let style = options.style();
        match self {
            Phrase::List { group, language } => {
                let mut shown: PhrasesShown = client.get("/api/phrases").await?;
                if let Some(group) = group {
                    if !shown.groups.contains(&group) {
                        let known = shown.groups.join(", ");
                        return Err(Failure::refused(format!(
                            "there is no group `{group}`: choose one of {known}"
                        )));
                    }
                    shown.phrases.retain(|phrase| phrase.group == group);
                }
                if !shown.languages.iter().any(|of| of.code == language) {
                    let known: Vec<&str> = shown.languages.iter().map(|of| &*of.code).collect();
                    return Err(Failure::refused(format!(
                        "there is no language `{language}` here: choose one of {}, or put `{language}.ftl` into the folder \
                         `{FOLDER}` of the party",
                        known.join(", ")
                    )));
                }
                style.show(&shown, |shown| listed(shown, &language))
            }
            Phrase::ReadBack { phrase, items } => {
                let items = items.read()?;
                if items.is_empty() {
                    return Err(Failure::usage(
                        "enter again what you understood: --place, --band, --window, --since, --until, --count",
                    ));
                }
                let entry = phrase_named(client, &phrase).await?;
                let path = format!("/api/hotline/{entry}/read-back");
                let said: Said = client.post(&path, &json!({"items": items})).await?;
                let all: Vec<PhraseShown> = client.get("/api/hotline").await?;
                let of = all.into_iter().find(|of| of.entry == entry);
                let last = of.and_then(|of| of.read_backs.into_iter().next_back());
                style.show(&json!({"said": said.said, "read_back": last}), |_| {
                    last.as_ref()
                        .map_or_else(|| "read back".to_owned(), compared)
                })?;
                match last.is_none_or(|back| back.matches) {
                    true => Ok(()),
                    false => Err(Failure::refused(
                        "what was read back is not what was said: read the phrase again, and ask for a correction where it is \
                         in doubt",
                    )),
                }
            }
            Phrase::Displayed { phrase } => {
                let entry = phrase_named(client, &phrase).await?;
                let path = format!("/api/hotline/{entry}/displayed");
                let said: Said = client.post(&path, &json!({})).await?;
                style.show(&said, |_| {
                    "the other party is told that it was displayed".to_owned()
                })
            }
            Phrase::Translate {
                phrase,
                language,
                text,
                name,
                amends,
                terms,
            } => {
                let all: Vec<PhraseShown> = client.get("/api/hotline").await?;
                let entry = named(&phrase, &entries(&all), "phrase")?;
                let amends = amends.map(|typed| translation_named(&all, &typed));
                let body = json!({
                    "language": language, "text": text, "name": name, "amends": amends.transpose()?,
                    "terms": terms.json(),
                });
                let path = format!("/api/hotline/{entry}/translation");
                let said: Said = client.post(&path, &body).await?;
                style.show(&said, |said| went("translated", said))
            }
            Phrase::Challenge {
                translation,
                text,
                name,
                terms,
            } => {
                let all: Vec<PhraseShown> = client.get("/api/hotline").await?;
                let entry = translation_named(&all, &translation)?;
                let body = json!({"text": text, "name": name, "terms": terms.json()});
                let path = format!("/api/hotline/{entry}/challenge");
                let said: Said = client.post(&path, &body).await?;
                style.show(&said, |said| went("challenged", said))
            }
        }
    }
}

impl Say {
    pub fn run(self, options: &Options) -> Outcome {
        at_desk(options, async |client: Client| {
            self.act(options, &client).await
        })
    }

    async fn act(self, options: &Options, client: &Client) -> Outcome {
        let mut slots = self.items.read()?;
        if let (Some(words), Some(language)) = (&self.words, &self.words_in) {
            slots.insert("remarks".to_owned(), json!(words));
            slots.insert("language".to_owned(), json!(language));
        }
        if let Some(element) = &self.element {
            slots.insert("element".to_owned(), json!(element));
        }
        let subject = match &self.about {
            None => None,
            // A stop call or a notice is named in full.
            Some(entry) if entry.matches('.').count() >= 4 => Some(entry.clone()),
            Some(typed) => Some(phrase_named(client, typed).await?),
        };
        let mut body = json!({
            "line": self.line, "desk": self.desk.name(), "phrase": self.phrase, "slots": slots, "subject": subject,
        });
        if let (Some(authority), Some(purpose)) = (&self.authority, &self.purpose) {
            let mut terms = json!({"authority": authority, "purpose": purpose});
            if let Some(element) = &self.element {
                terms["element"] = json!(element);
            }
            body["terms"] = terms;
        }
        let style = options.style();
        if self.preview {
            let preview: PhrasePreview = client.post("/api/phrases/preview", &body).await?;
            return style.show(&preview, previewed);
        }
        let said: Said = client.post("/api/hotline", &body).await?;
        style.show(&said, |said| went("said", said))
    }
}

impl Hotline {
    pub fn run(self, options: &Options) -> Outcome {
        at_desk(options, async |client: Client| {
            self.act(options, &client).await
        })
    }

    async fn act(self, options: &Options, client: &Client) -> Outcome {
        let mut path = format!("/api/hotline?language={}", self.language);
        if let Some(line) = &self.line {
            path = format!("{path}&line={line}");
        }
        let mut all: Vec<PhraseShown> = client.get(&path).await?;
        let names = line_names(client).await;
        let style = options.style();
        match &self.phrase {
            None => style.show(&all, |all| heard(all, &names)),
            Some(typed) => {
                let name = named(typed, &entries(&all), "phrase")?;
                all.retain(|phrase| phrase.entry == name);
                style.show(&all, |all| all.iter().map(in_full).collect())
            }
        }
    }
}

impl Phrases {
    pub fn run(self, options: &Options) -> Outcome {
        let Phrases::Check {
            texts: folder,
            language,
        } = self;
        let texts = match &folder {
            Some(folder) => phrases::texts_in(folder).map_err(|error| {
                Failure::refused(format!(
                    "`{}` cannot be read: {error}; name a folder of LANGUAGE.ftl",
                    folder.display()
                ))
            })?,
            None => {
                let own = options.folder().join(FOLDER);
                match own.is_dir() {
                    true => phrases::texts_in(&own).or_refuse()?,
                    // No languages of the party's own: those that are built in are checked.
                    false => phrases::built_in(),
                }
            }
        };
        let lacks = check(phrases::catalogue(), &texts, &language);
        let languages: Vec<&str> = texts.languages().map(|of| of.code()).collect();
        options
            .style()
            .show(&lacks, |lacks| found(lacks, &languages))?;
        match lacks.len() {
            0 => Ok(()),
            many => Err(Failure::refused(format!(
                "{many} things are missing in the texts of the phrases: add them to the files named"
            ))),
        }
    }
}

fn found(lacks: &[Lack], languages: &[&str]) -> String {
    match lacks.is_empty() {
        true => format!(
            "{} phrases in {}: nothing is missing",
            phrases::catalogue().phrases().len(),
            languages.join(", ")
        ),
        false => lacks.iter().map(|lack| format!("{lack}\n")).collect(),
    }
}

fn entries(all: &[PhraseShown]) -> Vec<String> {
    all.iter().map(|phrase| phrase.entry.clone()).collect()
}

async fn phrase_named(client: &Client, typed: &str) -> Outcome<String> {
    let all: Vec<PhraseShown> = client.get("/api/hotline").await?;
    named(typed, &entries(&all), "phrase")
}

fn translation_named(all: &[PhraseShown], typed: &str) -> Outcome<String> {
    let of = all.iter().flat_map(|phrase| &phrase.translations);
    let names: Vec<String> = of.map(|of| of.entry.clone()).collect();
    named(typed, &names, "translation")
}
