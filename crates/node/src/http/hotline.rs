//! The hotline: the catalogue of phrases, what was said in them, and what officers and interpreters say.

use super::commands::{Here, Said, Terms, act, authorities, entry, line, speaks_for};
use super::given::{About, Asked, Given};
use super::identity::SignedIn;
use super::problem::{Answer, Refused};
use super::slots::{self, Given as GivenSlots};
use super::unfit::Unfit;
use super::views::{
    self, CataloguedShown, LanguageShown, Outcome, PhraseShown, PhrasesShown, PreviewShown,
};
use crate::clock;
use crate::phrases::catalogue::GROUPS;
use crate::phrases::texts::{Texts, is_code};
use crate::phrases::{catalogue, check};
use crate::server::Served;
use crate::shell::Unanswered;
use axum::Json;
use axum::extract::State;
use channel::effect::Refusal;
use model::code::Desk;
use model::command::Command;
use model::ids::{LineId, Slug};
use model::line::EntryRef;
use model::slot::{SlotCode, Slots, Value};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;
use utoipa::ToSchema;

/// The texts as the files say now.
pub(super) async fn texts(served: &Arc<Served>) -> Result<Arc<Texts>, Refused> {
    let served = served.clone();
    let read = tokio::task::spawn_blocking(move || served.phrases.texts());
    read.await
        .map_err(|error| Refused::Internal(error.to_string()))
}

/// The catalogue of phrases, with its texts in every language, and which of them were reviewed.
#[utoipa::path(get, path = "/api/phrases", responses((status = 200, body = PhrasesShown)))]
pub async fn phrases(State(served): Here, _who: SignedIn) -> Answer<PhrasesShown> {
    let texts = texts(&served).await?;
    let known = catalogue().phrases();
    let languages = texts.languages().map(|language| {
        let words = check::words().into_iter().map(|name| {
            let word = texts.word(language.code(), &name, "{code}");
            (name, word)
        });
        LanguageShown {
            code: language.code().to_owned(),
            name: language.name(),
            right_to_left: language.is_right_to_left(),
            reviewed: known
                .iter()
                .filter(|of| language.reviewed(of).is_some())
                .count(),
            words: words.collect(),
        }
    });
    Ok(Json(PhrasesShown {
        version: catalogue().version,
        groups: GROUPS
            .iter()
            .map(|(group, _)| (*group).to_owned())
            .collect(),
        languages: languages.collect(),
        phrases: known
            .iter()
            .map(|phrase| views::catalogued(phrase, &texts))
            .collect::<Vec<CataloguedShown>>(),
        unread: texts
            .unread
            .iter()
            .map(|of| format!("{}: {}", of.file, of.why))
            .collect(),
    }))
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct Reading {
    /// What the line is called here, or its identifier; none: every line.
    pub line: Option<String>,
    /// In which language its texts are; English if not given.
    pub language: Option<String>,
}

/// What was said in phrases, by both sides, oldest first on each line.
#[utoipa::path(get, path = "/api/hotline", params(Reading), responses((status = 200, body = Vec<PhraseShown>)))]
pub async fn hotline(
    State(served): Here,
    _who: SignedIn,
    Asked(asked): Asked<Reading>,
) -> Answer<Vec<PhraseShown>> {
    let only = asked
        .line
        .as_deref()
        .map(|name| line(&served, name))
        .transpose()?;
    let language = language(asked.language)?;
    let texts = texts(&served).await?;
    // The core only tells them: what they say is worked out beside it.
    let told = served.shell.ask(move |node| {
        let state = node.state();
        let lines = state.lines.keys();
        let lines = lines.filter(|line| only.is_none_or(|only| **line == only));
        let phrases = lines.flat_map(|line| state.hotline.of_line(*line));
        let each = phrases.map(|phrase| (phrase.clone(), state.hotline.is_corrected(phrase)));
        each.collect::<Vec<_>>()
    });
    let told = told.await?;
    let shown = tokio::task::spawn_blocking(move || {
        let each = told.iter().map(|(phrase, corrected)| {
            views::phrase(phrase, *corrected, catalogue(), &texts, &language)
        });
        each.collect()
    });
    let shown = shown.await;
    shown
        .map(Json)
        .map_err(|error| Refused::Internal(error.to_string()))
}

pub(super) fn language(given: Option<String>) -> Result<String, Refused> {
    match given {
        None => Ok("en".to_owned()),
        Some(code) if is_code(&code) => Ok(code),
        Some(_) => Err(Refused::in_english(
            "`language` is a code such as en, ru or ar: two to eight small letters".into(),
        )),
    }
}

/// What is to be said.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SayPhrase {
    /// What the line is called here, or its identifier.
    pub line: String,
    /// Whose desk it is for: air, ground, protection, senior.
    pub desk: String,
    /// A code of the catalogue, `A07`. Its marker goes with it.
    pub phrase: String,
    #[serde(default)]
    #[schema(value_type = Object)]
    pub slots: GivenSlots,
    /// The entry that it speaks of: a phrase, a stop call, a notice.
    #[serde(default)]
    pub subject: Option<String>,
    /// Asked for where it says a place, a name, a contact, for whom, or words of its own: those go by the rules.
    #[serde(default)]
    pub terms: Option<Terms>,
}

struct Asking {
    line: LineId,
    desk: Desk,
    command: Command,
    slots: Slots,
    code: Slug,
}

fn asking(served: &Served, who: &SignedIn, given: &SayPhrase) -> Result<Asking, Refused> {
    let desk = super::commands::parse(&given.desk)?;
    speaks_for(who, desk)?;
    let line = line(served, &given.line)?;
    let known = catalogue()
        .named(&given.phrase)
        .map_err(|refused| Refused::invalid(&refused))?;
    let mut slots = slots::slots(&given.slots)?;
    for own in [SlotCode::Phrase, SlotCode::Marker, SlotCode::Authority] {
        if slots.value(own).is_some() {
            return Err(Refused::invalid(&Unfit::NotGivenHere(own)));
        }
    }
    let set = |slots: &mut Slots, slot, value| {
        slots
            .set(slot, value)
            .map_err(|refused| Refused::invalid(&refused))
    };
    if let Some(subject) = &given.subject {
        let subject = entry(subject)?;
        if subject.log.line != line {
            return Err(Refused::invalid(&Unfit::OtherLine));
        }
        set(
            &mut slots,
            SlotCode::Subject,
            Value::Subject(subject.as_subject()),
        )?;
    }
    known
        .check(&slots)
        .map_err(|refused| Refused::invalid(&refused))?;
    set(&mut slots, SlotCode::Phrase, Value::Slug(known.code))?;
    set(
        &mut slots,
        SlotCode::Marker,
        Value::Code(known.marker.number()),
    )?;
    let terms = given.terms.as_ref().map(Terms::read).transpose()?;
    let command = Command::SayPhrase {
        line,
        desk,
        slots: slots.clone(),
        terms,
    };
    Ok(Asking {
        line,
        desk,
        command,
        slots,
        code: known.code,
    })
}

/// Says a phrase on a line.
#[utoipa::path(post, path = "/api/hotline", request_body = SayPhrase, responses((status = 200, body = Outcome)))]
pub async fn say(State(served): Here, who: SignedIn, Given(given): Given<SayPhrase>) -> Said {
    let asking = asking(&served, &who, &given)?;
    act(&served, &who, asking.command).await
}

/// What a phrase would say. Nothing was said or recorded by asking.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct PhrasePreview {
    pub line: String,
    pub desk: String,
    /// As people say it: `A07`.
    pub code: String,
    /// As each reader would see it, by language.
    pub texts: BTreeMap<String, String>,
    /// What the other desk is asked to enter again.
    pub read_back_items: Vec<String>,
    /// It is in fixed fields and goes under the standing release: no rule is asked.
    pub standing: bool,
    /// What the rules would let go; `null` where they are not asked.
    pub by_rules: Option<PreviewShown>,
}

/// What a phrase would say, in every language, and whether the rules would let it go. Nothing is said by it.
#[utoipa::path(post, path = "/api/phrases/preview", operation_id = "preview_phrase", request_body = SayPhrase, responses((status = 200, body = PhrasePreview)))]
pub async fn preview(
    State(served): Here,
    who: SignedIn,
    Given(given): Given<SayPhrase>,
) -> Answer<PhrasePreview> {
    let Asking {
        line,
        desk,
        command,
        slots,
        code,
    } = asking(&served, &who, &given)?;
    let (by, now) = (who.acting(), clock::now());
    let previewed = served.shell.ask(move |node| {
        let previews = node.preview(by, &command, now)?;
        let shown = previews.first().map(|preview| {
            let under = match preview.goes {
                Some(_) => Vec::new(),
                None => authorities(node, by, &command)
                    .remove(&line)
                    .unwrap_or_default(),
            };
            let under = under.iter().map(ToString::to_string).collect();
            (
                views::preview(node.state(), preview, under),
                preview.goes.clone(),
            )
        });
        Ok(shown)
    });
    let previewed: Result<_, Refusal> = previewed.await?;
    let by_rules = previewed.map_err(Unanswered::Refused)?;
    let goes = match &by_rules {
        None => Some(&slots),
        Some((_, goes)) => goes.as_ref(),
    };
    let texts = texts(&served).await?;
    let known = catalogue().phrase(code);
    let said = known.zip(goes).map(|(known, goes)| {
        let each = texts.languages().map(|of| {
            let said = texts.say(of.code(), known, goes);
            (of.code().to_owned(), said.text)
        });
        each.collect()
    });
    let items = known.map_or(&[][..], |known| &known.read_back);
    let items = items.iter().filter(|slot| slots.value(**slot).is_some());
    Ok(Json(PhrasePreview {
        line: line.to_string(),
        desk: desk.to_string(),
        code: views::spoken(code.as_str()),
        texts: said.unwrap_or_default(),
        read_back_items: items.map(SlotCode::to_string).collect(),
        standing: by_rules.is_none(),
        by_rules: by_rules.map(|(shown, _)| shown),
    }))
}

/// The desk of a phrase, or of the phrase of a translation.
async fn desk_of(served: &Served, of: EntryRef) -> Result<Option<Desk>, Refused> {
    let desk = served.shell.ask(move |node| {
        let hotline = &node.state().hotline;
        let phrase = hotline.phrases.get(&of);
        phrase
            .or_else(|| Some(hotline.translation(of)?.0))
            .map(|phrase| phrase.desk)
    });
    Ok(desk.await?)
}

/// The phrase of that name, for those who speak for its desk.
async fn heard(served: &Served, who: &SignedIn, name: &str) -> Result<EntryRef, Refused> {
    let phrase = entry(name)?;
    match desk_of(served, phrase).await? {
        Some(desk) => speaks_for(who, desk)?,
        None => {
            return Err(Refused::Unknown {
                what: "phrase",
                which: name.to_owned(),
            });
        }
    }
    Ok(phrase)
}

/// A signed-in officer's screen showed it: page visible, item in view, input recent.
#[utoipa::path(post, path = "/api/hotline/{entry}/displayed", operation_id = "phrase_displayed", responses((status = 200, body = Outcome)))]
pub async fn displayed(State(served): Here, who: SignedIn, About(of): About) -> Said {
    let entry = heard(&served, &who, &of).await?;
    act(&served, &who, Command::Displayed { entry }).await
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PhraseReadBack {
    /// Entered again by the reader, never copied; at most three.
    #[schema(value_type = Object)]
    pub items: GivenSlots,
}

/// Reads a phrase back by entering its critical items again. It goes also where it differs, so that its sender sees what
/// was understood, and corrects it.
#[utoipa::path(post, path = "/api/hotline/{entry}/read-back", operation_id = "read_phrase_back", request_body = PhraseReadBack, responses((status = 200, body = Outcome)))]
pub async fn read_back(
    State(served): Here,
    who: SignedIn,
    About(of): About,
    Given(given): Given<PhraseReadBack>,
) -> Said {
    let command = Command::ReadBack {
        entry: heard(&served, &who, &of).await?,
        items: slots::items(&given.items)?,
    };
    act(&served, &who, command).await
}

/// Who may put words beside a phrase: whoever speaks for its desk, and an interpreter of that desk.
async fn interprets(served: &Served, who: &SignedIn, name: &str) -> Result<EntryRef, Refused> {
    let of = entry(name)?;
    match desk_of(served, of).await? {
        Some(desk) => who.for_desk(Desk::Senior).or_else(|_| who.for_desk(desk))?,
        None => {
            return Err(Refused::Unknown {
                what: "phrase or translation",
                which: name.to_owned(),
            });
        }
    }
    Ok(of)
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GivenTranslation {
    /// Into which language: en, ru, ar, or another code.
    pub language: String,
    pub text: String,
    /// The interpreter's name, if it is to be given to the other party.
    #[serde(default)]
    pub name: Option<String>,
    /// The earlier translation of ours that it corrects.
    #[serde(default)]
    pub amends: Option<String>,
    pub terms: Terms,
}

/// Puts a translation beside the words of a phrase. The original stays the authoritative one.
#[utoipa::path(post, path = "/api/hotline/{entry}/translation", request_body = GivenTranslation, responses((status = 200, body = Outcome)))]
pub async fn translate(
    State(served): Here,
    who: SignedIn,
    About(of): About,
    Given(given): Given<GivenTranslation>,
) -> Said {
    let of = interprets(&served, &who, &of).await?;
    let code = language(Some(given.language))?;
    let command = Command::TranslatePhrase {
        entry: of,
        amends: given.amends.as_deref().map(entry).transpose()?,
        language: super::commands::parse(&code)?,
        text: given.text,
        name: given.name,
        terms: given.terms.read()?,
    };
    act(&served, &who, command).await
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GivenChallenge {
    /// What is wrong with it.
    pub text: String,
    #[serde(default)]
    pub name: Option<String>,
    pub terms: Terms,
}

/// Says that a translation is wrong, and why. `entry` is the translation's.
#[utoipa::path(post, path = "/api/hotline/{entry}/challenge", request_body = GivenChallenge, responses((status = 200, body = Outcome)))]
pub async fn challenge(
    State(served): Here,
    who: SignedIn,
    About(of): About,
    Given(given): Given<GivenChallenge>,
) -> Said {
    let command = Command::ChallengeTranslation {
        entry: interprets(&served, &who, &of).await?,
        text: given.text,
        name: given.name,
        terms: given.terms.read()?,
    };
    act(&served, &who, command).await
}
