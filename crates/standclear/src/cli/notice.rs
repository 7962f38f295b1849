//! Notices.

use super::stop::line_names;
use super::terms::{Area, Release, Slots};
use super::{at_desk, named};
use crate::client::Client;
use crate::exit::{Failure, Outcome};
use crate::options::Options;
use crate::output::{self, Table, dtg_or_dash, dtg_seconds, is_interactive, or_dash};
use crate::phrases::{Language, Phrases};
use clap::{Args, Subcommand};
use node::http::commands::Drafted;
use node::http::conflicts::{Checked, ConflictShown};
use node::http::views::{
    DraftShown, NoticeShown, Outcome as Said, PreviewShown, ReleasedOn, RevealsShown,
};
use node::model::code::{Answer, Desk, WithdrawalReason};
use node::model::kind::Kind;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::time::{Duration, SystemTime};

/// How recent a person's input at the terminal must be for `displayed`.
pub const RECENT_INPUT: Duration = Duration::from_secs(120);

#[derive(Debug, Subcommand)]
pub enum Notice {
    /// Draft a notice, which stays here until it is released
    Draft(Box<Draft>),
    /// The notices in view, and the drafts
    List,
    /// Show a notice; at a terminal where someone sits, the other party is told that it was displayed
    Show {
        /// The notice, or the end of its name
        notice: String,
    },
    /// Show what the other party would receive of a draft, what would be held back, and why; nothing is sent
    Preview {
        /// The draft, or the beginning of its name
        draft: String,
        /// On which line, as it is called here; may be given more than once
        #[arg(long, value_name = "NAME", required = true)]
        line: Vec<String>,
        #[command(flatten)]
        terms: Release,
    },
    /// Let a draft go on named lines
    Release {
        /// The draft, or the beginning of its name
        draft: String,
        /// On which line, as it is called here; may be given more than once
        #[arg(long, value_name = "NAME", required = true)]
        line: Vec<String>,
        #[command(flatten)]
        terms: Release,
        /// Release it though it conflicts with what they have declared
        #[arg(long)]
        in_conflict: bool,
    },
    /// With what they have declared a draft would conflict
    Check {
        /// The draft, or the beginning of its name
        draft: String,
        /// On which line, as it is called here; none: on every line
        #[arg(long, value_name = "NAME")]
        line: Vec<String>,
    },
    /// The notices of both sides that come nearer than the arrangement allows
    Conflicts,
    /// Draft what a table or a map holds
    Import(super::map::Import),
    /// Write the notices to be heeded as a map, without the other party's protected sites
    Export(super::map::Export),
    /// Withdraw a notice of ours: finished, cancelled, replaced, given-in-error
    Withdraw {
        /// The draft that it was released from, or the beginning of its name
        draft: String,
        /// finished, cancelled, replaced, given-in-error
        #[arg(long)]
        reason: WithdrawalReason,
    },
    /// Throw a draft away
    Discard {
        /// The draft, or the beginning of its name
        draft: String,
    },
    /// Read a notice back: enter place, height and window again, from what you understood
    ReadBack {
        /// The notice, or the end of its name
        notice: String,
        #[command(flatten)]
        again: Box<Again>,
    },
    /// Answer a notice: no-objection, objection, concern, cannot-comply. Silence is no answer
    Answer {
        /// The notice, or the end of its name
        notice: String,
        /// no-objection, objection, concern, cannot-comply
        answer: Answer,
        /// Show what this answer would give away, and send nothing
        #[arg(long, conflicts_with = "name")]
        preview: bool,
        /// The name to give the other party, if one is given
        #[arg(long)]
        name: Option<String>,
    },
}

#[derive(Args, Debug)]
pub struct Draft {
    /// air-activity, hazard-area, position-area, movement, protected-site, no-fire-area, restricted-fire-area,
    /// coordination-line, caution-area, transit-request
    kind: Kind,
    /// Whose desk it is for: air, ground, protection, senior
    #[arg(long)]
    desk: Desk,
    #[command(flatten)]
    items: Items,
    /// Change this draft instead of making another; what is not given again stays as it is
    #[arg(long, value_name = "DRAFT")]
    change: Option<String>,
    /// With --change: take this slot out of the draft; may be given more than once
    #[arg(long, value_name = "NAME", requires = "change")]
    without: Vec<String>,
}

#[derive(Args, Debug)]
#[group(skip)]
pub struct Items {
    #[command(flatten)]
    area: Area,
    /// Heights, with unit and reference: "SFC to 3000 ft MSL"
    #[arg(long)]
    band: Option<String>,
    /// "171200Z SEP 16 to 171800Z SEP 16"
    #[arg(long)]
    window: Option<String>,
    #[command(flatten)]
    slots: Slots,
}

/// At most three items, entered again from what was understood, never copied.
#[derive(Args, Debug)]
#[group(skip)]
pub struct Again {
    /// Where: the middle of the area
    #[arg(long, value_name = "POSITION", allow_hyphen_values = true)]
    place: Option<String>,
    /// How high
    #[arg(long)]
    band: Option<String>,
    /// When
    #[arg(long)]
    window: Option<String>,
    #[command(flatten)]
    slots: Slots,
}

impl Again {
    fn read(&self) -> Outcome<Value> {
        let mut slots = self.slots.read()?;
        for (name, value) in [
            ("place", &self.place),
            ("band", &self.band),
            ("window", &self.window),
        ] {
            if let Some(value) = value {
                slots.insert(name.to_owned(), json!(value));
            }
        }
        match slots.is_empty() {
            true => Err(Failure::usage(
                "enter again what you understood: --place, --band, --window",
            )),
            false => Ok(Value::Object(slots)),
        }
    }
}

impl Items {
    fn read(&self) -> Outcome<Map<String, Value>> {
        let mut slots = self.slots.read()?;
        self.area.add_to(&mut slots);
        for (name, value) in [("band", &self.band), ("window", &self.window)] {
            if let Some(value) = value {
                slots.insert(name.to_owned(), json!(value));
            }
        }
        Ok(slots)
    }
}

impl Notice {
    pub fn run(self, options: &Options) -> Outcome {
        at_desk(options, async |client: Client| {
            self.act(options, &client).await
        })
    }

    async fn act(self, options: &Options, client: &Client) -> Outcome {
        let style = options.style();
        match self {
            Notice::Draft(draft) => draft.act(options, client).await,
            Notice::List => list(options, client).await,
            Notice::Import(import) => import.act(options, client).await,
            Notice::Export(export) => export.act(options, client).await,
            Notice::Show { notice } => show(options, client, &notice).await,
            Notice::Preview { draft, line, terms } => {
                let draft = draft_named(client, &draft).await?;
                let body = json!({"lines": line, "terms": terms.json()});
                let previews: Vec<PreviewShown> = client
                    .post(&format!("/api/drafts/{draft}/preview"), &body)
                    .await?;
                let names = line_names(client).await;
                style.show(&previews, |previews| previewed(previews, &names))
            }
            Notice::Check { draft, line } => {
                let draft = draft_named(client, &draft).await?;
                let body = json!({"volumes": [{"draft": draft}], "lines": line});
                let checked: Checked = client.post("/api/conflicts/check", &body).await?;
                let names = line_names(client).await;
                style.show(&checked, |checked| would_conflict(checked, &names))
            }
            Notice::Conflicts => {
                let found: Vec<ConflictShown> = client.get("/api/conflicts").await?;
                let names = line_names(client).await;
                style.show(&found, |found| in_conflict_now(found, &names))
            }
            Notice::Release {
                draft,
                line,
                terms,
                in_conflict,
            } => {
                let draft = draft_named(client, &draft).await?;
                let body =
                    json!({"lines": line, "terms": terms.json(), "in_conflict": in_conflict});
                let said: Said = client
                    .post(&format!("/api/drafts/{draft}/release"), &body)
                    .await?;
                let names = line_names(client).await;
                style.show(&said, |said| released(&said.released, &names))?;
                match said.released.iter().all(|on| on.entry.is_some()) {
                    true => Ok(()),
                    false => Err(Failure::refused(
                        "the rules did not let it go on every line: see the reasons",
                    )),
                }
            }
            Notice::Withdraw { draft, reason } => {
                let draft = draft_named(client, &draft).await?;
                let body = json!({"reason": reason.to_string()});
                let said: Said = client
                    .post(&format!("/api/drafts/{draft}/withdraw"), &body)
                    .await?;
                style.show(&said, |said| {
                    format!("withdrawn on {} lines", said.said.len())
                })
            }
            Notice::Discard { draft } => {
                let draft = draft_named(client, &draft).await?;
                let said: Said = client.delete(&format!("/api/drafts/{draft}")).await?;
                style.show(&said, |_| "discarded".to_owned())
            }
            Notice::ReadBack { notice, again } => {
                let notice = notice_named(client, &notice).await?.entry;
                let said: Said = client
                    .post(
                        &format!("/api/notices/{notice}/read-back"),
                        &json!({"items": again.read()?}),
                    )
                    .await?;
                style.show(&said, |_| {
                    "read back: it is equal, and the other party is told".to_owned()
                })
            }
            Notice::Answer {
                notice,
                answer,
                preview: true,
                ..
            } => {
                let notice = notice_named(client, &notice).await?.entry;
                let body = json!({"answer": answer.to_string()});
                let found: RevealsShown = client
                    .post(&format!("/api/notices/{notice}/answer/preview"), &body)
                    .await?;
                style.show(&found, |found| reveals(answer, found))
            }
            Notice::Answer {
                notice,
                answer,
                name,
                preview: false,
            } => {
                let notice = notice_named(client, &notice).await?.entry;
                let body = json!({"answer": answer.to_string(), "name": name});
                let said: Said = client
                    .post(&format!("/api/notices/{notice}/answer"), &body)
                    .await?;
                let meaning = match answer {
                    Answer::NoObjection => {
                        format!("\n{}", Phrases::of(Language::En).say("no-objection", &[]))
                    }
                    Answer::Objection | Answer::Concern | Answer::CannotComply => String::new(),
                };
                style.show(&said, |_| format!("answered: {answer}{meaning}"))
            }
        }
    }
}

impl Draft {
    async fn act(&self, options: &Options, client: &Client) -> Outcome {
        let mut slots = self.items.read()?;
        for name in &self.without {
            if slots.insert(name.clone(), Value::Null).is_some() {
                return Err(Failure::usage(format!(
                    "`{name}` is given and taken out: choose one"
                )));
            }
        }
        let mut body =
            json!({"kind": self.kind.to_string(), "desk": self.desk.name(), "slots": slots});
        if let Some(change) = &self.change {
            body["draft"] = json!(draft_named(client, change).await?);
        }
        let drafted: Drafted = client.post("/api/drafts", &body).await?;
        let drafts: Vec<DraftShown> = client.get("/api/drafts").await?;
        let shown = drafts.iter().find(|draft| draft.draft == drafted.draft);
        options.style().show(&drafted, |drafted| {
            let echo = shown.map_or_else(String::new, |draft| output::slots(&draft.slots));
            format!("draft {}, read as:\n{echo}nothing has left: `standclear notice release` lets it go", drafted.draft)
        })
    }
}

async fn drafts(client: &Client) -> Outcome<Vec<DraftShown>> {
    client.get("/api/drafts").await
}

async fn draft_named(client: &Client, typed: &str) -> Outcome<String> {
    let names: Vec<String> = drafts(client)
        .await?
        .into_iter()
        .map(|draft| draft.draft)
        .collect();
    named(typed, &names, "draft")
}

async fn notice_named(client: &Client, typed: &str) -> Outcome<NoticeShown> {
    let notices: Vec<NoticeShown> = client.get("/api/notices").await?;
    let names: Vec<String> = notices.iter().map(|notice| notice.entry.clone()).collect();
    let name = named(typed, &names, "notice")?;
    let found = notices.into_iter().find(|notice| notice.entry == name);
    found.ok_or_else(|| Failure::refused(format!("there is no notice `{typed}` here")))
}

async fn list(options: &Options, client: &Client) -> Outcome {
    let notices: Vec<NoticeShown> = client.get("/api/notices").await?;
    let drafts = drafts(client).await?;
    options
        .style()
        .show(&json!({"notices": notices, "drafts": drafts}), |_| {
            let head = [
                "notice",
                "from",
                "kind",
                "desk",
                "state",
                "sent",
                "delivered",
                "displayed",
                "read back",
                "answer",
            ];
            let mut table = Table::new(&head, "no notice\n");
            for notice in &notices {
                table.row([
                    notice.entry.clone(),
                    if notice.from == "own" { "us" } else { "them" }.to_owned(),
                    notice.kind.clone(),
                    notice.desk.clone(),
                    notice.state.clone(),
                    dtg_seconds(notice.sent_at),
                    dtg_or_dash(notice.delivered.or(notice.arrived)),
                    dtg_or_dash(notice.displayed),
                    dtg_or_dash(notice.read_back),
                    or_dash(notice.answer.as_deref()),
                ]);
            }
            let mut waiting = Table::new(
                &["draft", "kind", "desk", "drafted", "released"],
                "no draft\n",
            );
            for draft in &drafts {
                let released = draft.released.len().to_string();
                waiting.row([
                    draft.draft.clone(),
                    draft.kind.clone(),
                    draft.desk.clone(),
                    dtg_seconds(draft.drafted_at),
                    released,
                ]);
            }
            format!("{table}\n{waiting}")
        })
}

async fn show(options: &Options, client: &Client, typed: &str) -> Outcome {
    let notice = notice_named(client, typed).await?;
    options.style().show(&notice, text)?;
    let theirs_and_new =
        notice.from == "peer" && notice.displayed.is_none() && notice.refused.is_none();
    if !theirs_and_new || options.json || !someone_sits_here() {
        return Ok(());
    }
    let _: Said = client
        .post(
            &format!("/api/notices/{}/displayed", notice.entry),
            &json!({}),
        )
        .await?;
    output::print("the other party is told that it was displayed here")
}

/// Whether a person sees this: a terminal both ways, at which something was typed lately. The terminal keeps the time
/// of its last input.
fn someone_sits_here() -> bool {
    let input = fs::metadata("/dev/stdin").and_then(|terminal| terminal.accessed());
    let idle = input
        .ok()
        .map(|at| SystemTime::now().duration_since(at).unwrap_or_default());
    is_interactive() && idle.is_some_and(|idle| idle < RECENT_INPUT)
}

fn text(notice: &NoticeShown) -> String {
    let from = if notice.from == "own" { "us" } else { "them" };
    let mut text = format!(
        "{} {}\nfrom {from}, {} desk, {}\nsent {}, delivered {}\ndisplayed {}, read back {}, answered {} {}\n",
        notice.kind.to_uppercase(),
        notice.entry,
        notice.desk,
        notice.state,
        dtg_seconds(notice.sent_at),
        dtg_or_dash(notice.delivered.or(notice.arrived)),
        dtg_or_dash(notice.displayed),
        dtg_or_dash(notice.read_back),
        dtg_or_dash(notice.answered_at),
        or_dash(notice.answer.as_deref()),
    );
    // Writing to a string does not fail.
    if let Some(refused) = &notice.refused {
        let _ = writeln!(text, "REFUSED: {refused}");
    }
    if let Some(downstream) = &notice.downstream {
        let _ = writeln!(text, "units: {downstream}");
    }
    if let Some(measured) = &notice.measured {
        let _ = writeln!(text, "measured here: {}", output::plain(&measured.text));
    }
    match &notice.slots {
        None => text.push_str("its slots cannot be read, or were destroyed\n"),
        Some(slots) => text.push_str(&output::slots(slots)),
    }
    if !notice.read_back_items.is_empty() {
        let _ = writeln!(
            text,
            "read back by entering again: {}",
            notice.read_back_items.join(", ")
        );
    }
    text
}

fn called(names: &BTreeMap<String, String>, line: &str) -> String {
    names.get(line).map_or(line, String::as_str).to_owned()
}

fn would_conflict(checked: &Checked, names: &BTreeMap<String, String>) -> String {
    let mut table = Table::new(
        &["line", "theirs", "how"],
        "it conflicts with nothing that they have declared\n",
    );
    for found in &checked.conflicts {
        table.row([
            called(names, &found.line),
            found.theirs.clone(),
            found.witness.words.clone(),
        ]);
    }
    let more = match checked.and_more {
        true => "and perhaps more\n",
        false => "",
    };
    format!("{table}{more}")
}

fn in_conflict_now(found: &[ConflictShown], names: &BTreeMap<String, String>) -> String {
    let mut table = Table::new(
        &["line", "ours", "theirs", "found", "how"],
        "no notice of ours comes nearer to one of theirs than the arrangements allow\n",
    );
    for found in found {
        let words = found.witness.as_ref().map(|witness| witness.words.clone());
        table.row([
            called(names, &found.line),
            found.ours.clone(),
            found.theirs.clone(),
            dtg_seconds(found.found_at),
            or_dash(words.as_deref()),
        ]);
    }
    table.to_string()
}

fn previewed(previews: &[PreviewShown], names: &BTreeMap<String, String>) -> String {
    let mut text = String::new();
    // Writing to a string does not fail.
    for preview in previews {
        let line = names.get(&preview.line).unwrap_or(&preview.line);
        match &preview.received {
            Some(received) => {
                let _ = writeln!(
                    text,
                    "on {line} {} would receive, and nothing else:\n{}, {} desk, {}, for {}, from the {}",
                    preview.to,
                    received.kind.to_uppercase(),
                    received.desk,
                    received.urgency,
                    received.purpose,
                    received.role,
                );
                if let Some(measured) = &received.measured {
                    let _ = writeln!(text, "measured there: {}", output::plain(&measured.text));
                }
                text.push_str(&output::slots(&received.slots));
                if let Some(to) = preview.coarsened_mm {
                    let squares = output::millimetres(Some(to));
                    let _ = writeln!(
                        text,
                        "the area is made of squares of {squares}; yours is finer and stays here"
                    );
                }
            }
            None => {
                let why: Vec<String> = preview.why.iter().map(|why| output::plain(why)).collect();
                let _ = writeln!(
                    text,
                    "on {line} {} would receive NOTHING: {}",
                    preview.to,
                    why.join("\n  ")
                );
                if !preview.authorities.is_empty() {
                    let under = preview.authorities.join(", ");
                    let _ = writeln!(text, "  it could go under {under}");
                }
            }
        }
        for held in &preview.held_back {
            let (why, advice) = (output::plain(&held.why), output::plain(&held.advice));
            let _ = writeln!(text, "held back: {}, {why}; {advice}", held.slot);
        }
    }
    text.push_str("nothing has left: `standclear notice release` lets it go\n");
    text
}

fn reveals(answer: Answer, found: &RevealsShown) -> String {
    let mut text = format!(
        "`{answer}` lets the other party conclude {}\n",
        found.concludes
    );
    let area = output::slots(&Map::from_iter([("area".to_owned(), found.area.clone())]));
    let (from, until) = (dtg_seconds(found.from), dtg_seconds(found.until));
    // Writing to a string does not fail.
    let _ = writeln!(
        text,
        "nothing smaller can be concluded than:\n{area}  from {from} to {until}"
    );
    for told in &found.told {
        let _ = writeln!(text, "it was told of {told} already, which is there");
    }
    for untold in &found.untold {
        let _ = writeln!(text, "it was NOT told of draft {untold}, which is there");
    }
    text.push_str(match found.is_news {
        true => {
            "this is more than it was told: telephone, if it should not stand in both records\n"
        }
        false => "this is no more than it was told\n",
    });
    text.push_str("heights and agreed distances were not looked at; nothing was sent\n");
    text
}

fn released(lines: &[ReleasedOn], names: &BTreeMap<String, String>) -> String {
    let mut text = String::new();
    for on in lines {
        let line = names.get(&on.line).unwrap_or(&on.line);
        // Writing to a string does not fail.
        let _ = match &on.entry {
            Some(entry) => writeln!(text, "released on {line} as {entry}"),
            None => {
                let mut why: Vec<String> = on.why.iter().map(|why| output::plain(why)).collect();
                if why.is_empty() {
                    why.push(match on.because.is_empty() {
                        true => "no rule allows it".to_owned(),
                        false => format!("denied by {}", on.because.join(", ")),
                    });
                }
                if !on.authorities.is_empty() {
                    why.push(format!("it could go under {}", on.authorities.join(", ")));
                }
                writeln!(text, "NOT released on {line}: {}", why.join("\n  "))
            }
        };
    }
    text
}
