//! On the record: claims, what either side says of them, formal warnings, and files of evidence.

mod words;

use super::notice::tell_displayed;
use super::stop::line_names;
use super::terms::{Area, Release, Slots};
use super::{at_desk, named, read_named};
use crate::client::Client;
use crate::exit::{Failure, OrExit as _, Outcome};
use crate::options::Options;
use clap::{Args, Subcommand};
use hyper::Method;
use node::evidence::MAX_FILE;
use node::http::context::ContextShown;
use node::http::views::{
    ClaimShown, EvidenceShown, Outcome as Said, PreviewShown, SaidShown, WarningShown,
};
use node::model::code::{
    Certainty, ClaimAnswer, ClaimKind, Desk, Level, WarningKind, WithdrawalReason,
};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use std::path::{Path, PathBuf};
use std::time::Duration;
use words::{claims, context, evidence, in_full, previewed, warnings, went};

/// How long a file of evidence, or the reading of a whole journal, may take.
const WITHIN: Duration = Duration::from_secs(120);

#[derive(Debug, Subcommand)]
pub enum Claim {
    /// Say on the record that something has happened
    New(Box<NewClaim>),
    /// The claims of both sides, and what was answered
    List,
    /// Show a claim with what either side said of it; at a terminal where someone sits, the other party is told that it was
    /// displayed
    Show {
        /// The claim, or the end of its name
        claim: String,
        /// Also what this node's record holds of its place and time; it reads the whole journal, and nothing is sent
        #[arg(long)]
        context: bool,
    },
    /// Answer a claim of theirs; a later answer stands beside it, and counts
    Answer {
        /// The claim, or the end of its name
        claim: String,
        /// accepted, not-accepted, under-review, not-ours, not-under-our-control, unknown
        answer: ClaimAnswer,
        /// The name to give the other party, if one is given
        #[arg(long)]
        name: Option<String>,
        #[command(flatten)]
        words: Box<AnswerWords>,
    },
    /// State something further of a claim of either side
    State {
        /// The claim, or the end of its name
        claim: String,
        #[command(flatten)]
        stated: Box<Stated>,
        #[command(flatten)]
        terms: Release,
    },
    /// Withdraw a claim of ours; what was said of it stays
    Withdraw {
        /// The claim, or the end of its name
        claim: String,
        /// finished, cancelled, replaced, given-in-error
        #[arg(long)]
        reason: WithdrawalReason,
    },
}

#[derive(Debug, Subcommand)]
pub enum Warning {
    /// Give a formal warning
    New(Box<NewWarning>),
    /// The warnings of both sides, and whether they were received
    List,
    /// Show a warning; at a terminal where someone sits, the other party is told that it was displayed
    Show {
        /// The warning, or the end of its name
        warning: String,
    },
    /// Say that a warning was received. This is not agreement
    Received {
        /// The warning, or the end of its name
        warning: String,
        /// The name to give the other party, if one is given
        #[arg(long)]
        name: Option<String>,
    },
    /// Withdraw a warning of ours
    Withdraw {
        /// The warning, or the end of its name
        warning: String,
        /// finished, cancelled, replaced, given-in-error
        #[arg(long)]
        reason: WithdrawalReason,
    },
}

/// Files of evidence, which stay here.
#[derive(Debug, Subcommand)]
pub enum Evidence {
    /// Keep a file under its hash, for claims and statements to name
    Add {
        /// The file
        file: PathBuf,
        /// What it is: image/jpeg, image/png, image/tiff, application/pdf, video/mp4, audio/wav, text/plain; by its ending
        /// if not given
        #[arg(long = "type", value_name = "TYPE")]
        kind: Option<String>,
    },
    /// The files that are kept
    List,
}

/// To whom something is said on the record, and where and when it is.
#[derive(Args, Debug)]
#[group(skip)]
pub struct OnRecord {
    /// On which line, as it is called here
    #[arg(long, value_name = "NAME")]
    line: String,
    /// Whose desk it is for: air, ground, protection, senior
    #[arg(long)]
    desk: Desk,
    /// Whose element it is said to be, as you name it
    #[arg(long, value_name = "NAME")]
    whose: Option<String>,
    /// Where, in any customary form; or draw an area
    #[arg(long, value_name = "POSITION", conflicts_with_all = ["centre", "vertex", "point"], allow_hyphen_values = true)]
    place: Option<String>,
    #[command(flatten)]
    area: Area,
    /// "161030Z SEP 17 to 161045Z SEP 17"
    #[arg(long)]
    window: Option<String>,
    /// Words of our own beside it, where the arrangement has free text
    #[arg(long, requires = "words_in")]
    words: Option<String>,
    /// In which language the words are, as a code: en, ru, ar
    #[arg(long, value_name = "CODE", requires = "words")]
    words_in: Option<String>,
    #[command(flatten)]
    slots: Slots,
    #[command(flatten)]
    terms: Release,
    /// Show what the other party would receive, and send nothing
    #[arg(long)]
    preview: bool,
}

impl OnRecord {
    fn slots(&self) -> Outcome<Map<String, Value>> {
        let mut slots = self.slots.read()?;
        self.area.add_to(&mut slots);
        let typed = [
            ("whose", &self.whose),
            ("place", &self.place),
            ("window", &self.window),
            ("remarks", &self.words),
            ("language", &self.words_in),
        ];
        for (name, value) in typed {
            if let Some(value) = value {
                slots.insert(name.to_owned(), json!(value));
            }
        }
        Ok(slots)
    }

    async fn say(
        &self,
        options: &Options,
        client: &Client,
        path: &str,
        slots: Map<String, Value>,
    ) -> Outcome {
        let body = json!({
            "line": self.line, "desk": self.desk.name(), "slots": slots, "terms": self.terms.json(),
        });
        let style = options.style();
        if self.preview {
            let shown: Vec<PreviewShown> = client.post(&format!("{path}/preview"), &body).await?;
            return style.show(&shown, |shown| previewed(shown));
        }
        let said: Said = client.post(path, &body).await?;
        style.show(&said, |said| went("said", said))
    }
}

#[derive(Args, Debug)]
pub struct NewClaim {
    /// strike-on-forces, strike-on-protected-site, fire-on-forces, fire-on-protected-site, shelling, drone-attack,
    /// unsafe-approach, airspace-violation, line-crossed, damage-to-convoy, damage-to-site, casualties, stop-not-heeded,
    /// other
    claim: ClaimKind,
    /// How sure: certain, probable, possible, reported
    #[arg(long)]
    certainty: Certainty,
    /// A file of evidence, which is kept here; may be given more than once
    #[arg(long, value_name = "FILE")]
    evidence: Vec<PathBuf>,
    /// By when an answer is asked for, as a date-time group; in 24 hours if not given
    #[arg(long, value_name = "DTG")]
    answer_by: Option<String>,
    #[command(flatten)]
    said: OnRecord,
}

#[derive(Args, Debug)]
pub struct NewWarning {
    /// presence-of-forces, consequence, area, standing
    warning: WarningKind,
    /// Who speaks: desk, two-star, three-star, four-star
    #[arg(long)]
    level: Level,
    #[command(flatten)]
    said: OnRecord,
}

/// Words of our own with an answer.
#[derive(Args, Debug)]
#[group(skip)]
pub struct AnswerWords {
    /// Words of our own beside it, where the arrangement has free text
    #[arg(long, requires_all = ["words_in", "authority", "purpose"])]
    words: Option<String>,
    /// In which language the words are, as a code: en, ru, ar
    #[arg(long, value_name = "CODE", requires = "words")]
    words_in: Option<String>,
    /// The authority, where there are words
    #[arg(long, requires = "words")]
    authority: Option<String>,
    /// The purpose, where there are words
    #[arg(long, requires = "words")]
    purpose: Option<String>,
}

/// What is stated.
#[derive(Args, Debug)]
#[group(skip)]
pub struct Stated {
    /// Words of our own, where the arrangement has free text
    #[arg(long, requires = "words_in")]
    words: Option<String>,
    /// In which language the words are, as a code: en, ru, ar
    #[arg(long, value_name = "CODE", requires = "words")]
    words_in: Option<String>,
    /// How sure: certain, probable, possible, reported
    #[arg(long)]
    certainty: Option<Certainty>,
    /// A file of evidence, which is kept here; may be given more than once
    #[arg(long, value_name = "FILE")]
    evidence: Vec<PathBuf>,
    /// The name to give the other party, if one is given
    #[arg(long)]
    name: Option<String>,
}

impl Claim {
    pub fn run(self, options: &Options) -> Outcome {
        at_desk(options, async |client: Client| {
            self.act(options, &client).await
        })
    }

    async fn act(self, options: &Options, client: &Client) -> Outcome {
        let style = options.style();
        match self {
            Claim::New(new) => {
                let mut slots = new.said.slots()?;
                slots.insert("claim".to_owned(), json!(new.claim.name()));
                slots.insert("certainty".to_owned(), json!(new.certainty.name()));
                if let Some(by) = &new.answer_by {
                    slots.insert("answer-by".to_owned(), json!(by));
                }
                keep_all(client, &new.evidence, &mut slots).await?;
                new.said.say(options, client, "/api/claims", slots).await
            }
            Claim::List => {
                let all: Vec<ClaimShown> = client.get("/api/claims").await?;
                let names = line_names(client).await;
                style.show(&all, |all| claims(all, &names))
            }
            Claim::Show {
                claim,
                context: with_context,
            } => {
                let of = claim_named(client, &claim).await?;
                let entry = &of.said.entry;
                let around: Option<ContextShown> = match with_context {
                    false => None,
                    true => {
                        let path = format!("/api/claims/{entry}/context");
                        Some(client.within(WITHIN).get(&path).await?)
                    }
                };
                let shown = json!({"claim": of, "context": around});
                let names = line_names(client).await;
                style.show(&shown, |_| {
                    let around = around.as_ref().map(|around| context(around, &names));
                    format!("{}{}", in_full(&of, &names), around.unwrap_or_default())
                })?;
                let path = format!("/api/claims/{entry}/displayed");
                match is_new(&of.said) {
                    true => tell_displayed(options, client, &path).await,
                    false => Ok(()),
                }
            }
            Claim::Answer {
                claim,
                answer,
                name,
                words,
            } => {
                let entry = claim_named(client, &claim).await?.said.entry;
                let words = words.words.as_ref().map(|text| {
                    let terms = json!({"authority": words.authority, "purpose": words.purpose});
                    json!({"text": text, "language": words.words_in, "terms": terms})
                });
                let body = json!({"answer": answer.name(), "name": name, "words": words});
                let said: Said = client
                    .post(&format!("/api/claims/{entry}/answer"), &body)
                    .await?;
                style.show(&said, |said| went("answered", said))
            }
            Claim::State {
                claim,
                stated,
                terms,
            } => {
                let entry = claim_named(client, &claim).await?.said.entry;
                let mut slots = Map::new();
                let typed = [
                    ("remarks", &stated.words),
                    ("language", &stated.words_in),
                    ("name", &stated.name),
                ];
                for (name, value) in typed {
                    if let Some(value) = value {
                        slots.insert(name.to_owned(), json!(value));
                    }
                }
                if let Some(certainty) = stated.certainty {
                    slots.insert("certainty".to_owned(), json!(certainty.name()));
                }
                keep_all(client, &stated.evidence, &mut slots).await?;
                let body = json!({"slots": slots, "terms": terms.json()});
                let said: Said = client
                    .post(&format!("/api/claims/{entry}/statement"), &body)
                    .await?;
                style.show(&said, |said| went("stated", said))
            }
            Claim::Withdraw { claim, reason } => {
                let entry = claim_named(client, &claim).await?.said.entry;
                let body = json!({"reason": reason.name()});
                let said: Said = client
                    .post(&format!("/api/claims/{entry}/withdraw"), &body)
                    .await?;
                style.show(&said, |said| went("withdrawn", said))
            }
        }
    }
}

impl Warning {
    pub fn run(self, options: &Options) -> Outcome {
        at_desk(options, async |client: Client| {
            self.act(options, &client).await
        })
    }

    async fn act(self, options: &Options, client: &Client) -> Outcome {
        let style = options.style();
        match self {
            Warning::New(new) => {
                let mut slots = new.said.slots()?;
                slots.insert("warning".to_owned(), json!(new.warning.name()));
                slots.insert("level".to_owned(), json!(new.level.name()));
                new.said.say(options, client, "/api/warnings", slots).await
            }
            Warning::List => {
                let all: Vec<WarningShown> = client.get("/api/warnings").await?;
                let names = line_names(client).await;
                style.show(&all, |all| warnings(all, &names))
            }
            Warning::Show { warning } => {
                let entry = warning_named(client, &warning).await?;
                let mut all: Vec<WarningShown> = client.get("/api/warnings").await?;
                all.retain(|of| of.said.entry == entry);
                let names = line_names(client).await;
                style.show(&all, |all| warnings(all, &names))?;
                let path = format!("/api/warnings/{entry}/displayed");
                match all.iter().any(|of| is_new(&of.said)) {
                    true => tell_displayed(options, client, &path).await,
                    false => Ok(()),
                }
            }
            Warning::Received { warning, name } => {
                let entry = warning_named(client, &warning).await?;
                let path = format!("/api/warnings/{entry}/received");
                let said: Said = client.post(&path, &json!({"name": name})).await?;
                style.show(&said, |said| {
                    format!("{}\n{}", words::NOT_AGREED, went("said", said))
                })
            }
            Warning::Withdraw { warning, reason } => {
                let entry = warning_named(client, &warning).await?;
                let path = format!("/api/warnings/{entry}/withdraw");
                let said: Said = client
                    .post(&path, &json!({"reason": reason.name()}))
                    .await?;
                style.show(&said, |said| went("withdrawn", said))
            }
        }
    }
}

impl Evidence {
    pub fn run(self, options: &Options) -> Outcome {
        at_desk(options, async |client: Client| {
            let style = options.style();
            let kept = match self {
                Evidence::Add { file, kind } => vec![keep(&client, &file, kind).await?],
                Evidence::List => client.get("/api/evidence").await?,
            };
            style.show(&kept, |kept| evidence(kept))
        })
    }
}

/// Whether it is theirs, and no person was shown it.
fn is_new(said: &SaidShown) -> bool {
    said.from == "peer" && said.displayed.is_none() && said.state == "standing"
}

/// Keeps files, and names them in `slots` by their hashes.
async fn keep_all(client: &Client, files: &[PathBuf], slots: &mut Map<String, Value>) -> Outcome {
    let mut named = Vec::new();
    for file in files {
        named.push(json!(keep(client, file, None).await?.digest));
    }
    if !named.is_empty() {
        slots.insert("evidence".to_owned(), json!(named));
    }
    Ok(())
}

async fn keep(client: &Client, file: &Path, kind: Option<String>) -> Outcome<EvidenceShown> {
    let bytes = read_named(file, MAX_FILE, |size| {
        format!(
            "`{}` is of {size} bytes, and {MAX_FILE} are taken: give a part of it",
            file.display()
        )
    })?;
    let kind = match kind {
        Some(kind) => kind,
        None => by_ending(file)?.to_owned(),
    };
    let sent = Some((kind.as_str(), bytes));
    let answer = client
        .within(WITHIN)
        .request(Method::POST, "/api/evidence", sent)
        .await?;
    understood(&answer)
}

fn understood<T: DeserializeOwned>(answer: &[u8]) -> Outcome<T> {
    serde_json::from_slice(answer).or_refuse()
}

/// What a file is by the ending of its name: the node holds that against its bytes.
fn by_ending(file: &Path) -> Outcome<&'static str> {
    let ending = file.extension().and_then(|ending| ending.to_str());
    Ok(match ending.map(str::to_ascii_lowercase).as_deref() {
        Some("jpg" | "jpeg") => "image/jpeg",
        Some("png") => "image/png",
        Some("tif" | "tiff") => "image/tiff",
        Some("pdf") => "application/pdf",
        Some("mp4" | "m4v") => "video/mp4",
        Some("wav") => "audio/wav",
        Some("txt") => "text/plain",
        _other => {
            return Err(Failure::usage(format!(
                "the name of `{}` does not tell what it is: say it with --type",
                file.display()
            )));
        }
    })
}

async fn claim_named(client: &Client, typed: &str) -> Outcome<ClaimShown> {
    let all: Vec<ClaimShown> = client.get("/api/claims").await?;
    let names: Vec<String> = all.iter().map(|of| of.said.entry.clone()).collect();
    let name = named(typed, &names, "claim")?;
    let found = all.into_iter().find(|of| of.said.entry == name);
    found.ok_or_else(|| Failure::refused(format!("there is no claim `{name}` here")))
}

async fn warning_named(client: &Client, typed: &str) -> Outcome<String> {
    let all: Vec<WarningShown> = client.get("/api/warnings").await?;
    let names: Vec<String> = all.iter().map(|of| of.said.entry.clone()).collect();
    named(typed, &names, "warning")
}
