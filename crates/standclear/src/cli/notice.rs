//! Notices.

use super::at_desk;
use super::stop::line_names;
use super::terms::{Area, Release, Slots};
use crate::client::Client;
use crate::exit::{Failure, Outcome};
use crate::options::Options;
use crate::output;
use clap::{Args, Subcommand};
use node::http::commands::Drafted;
use node::http::conflicts::{Checked, ConflictShown};
use node::http::views::{
    DraftShown, LineShown, NoticeShown, Outcome as Said, PreviewShown, ReleasedOn, RevealsShown,
};
use node::model::code::{Answer, Desk, WithdrawalReason};
use node::model::kind::Kind;
use serde_json::{Map, Value, json};
pub(super) use shown::{draft_named, tell_displayed};
use shown::{list, notice_named, show};
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::time::{Instant, sleep};
use words::{in_conflict_now, no_assurance, previewed, released, reveals, would_conflict};

mod shown;
mod words;

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
    /// The other party's protected sites as a map: one officer asks, another allows, and the first takes it, once
    #[command(subcommand)]
    Sites(super::sites::Sites),
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
            Notice::Sites(sites) => sites.act(options, client).await,
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
                not_refused(client, &said.released, &names).await?;
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
                    Answer::NoObjection => format!("\n{}", no_assurance()),
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

/// How long the other party's node is waited for. It receives or refuses at once; where the line is down the notice waits.
const HEARD_WITHIN: Duration = Duration::from_secs(3);
/// After it has signed for a notice, its refusal follows at once, or never.
const REFUSED_WITHIN: Duration = Duration::from_millis(500);

/// Waits for what the other parties' nodes make of what was released: a refusal that nobody reads helps nobody.
async fn not_refused(
    client: &Client,
    released: &[ReleasedOn],
    names: &BTreeMap<String, String>,
) -> Outcome {
    let lines: Vec<LineShown> = client.get("/api/lines").await?;
    let goes_by_file = |on: &&ReleasedOn| {
        let mut by_file = lines.iter().filter(|line| line.link == "by file");
        by_file.any(|line| line.line == on.line)
    };
    let let_go = released.iter().filter(|on| on.entry.is_some());
    let (by_file, sent): (Vec<&ReleasedOn>, Vec<&ReleasedOn>) = let_go.partition(goes_by_file);
    for on in by_file {
        let line = names.get(&on.line).unwrap_or(&on.line);
        output::say(&format!(
            "line `{line}` is carried by file, and nothing has left: it goes with the next file, which an administrator \
             writes for a courier with `standclear line export {line} FILE`"
        ));
    }
    let mut until = Instant::now() + HEARD_WITHIN;
    let mut all_signed = sent.is_empty();
    while !sent.is_empty() && Instant::now() < until {
        let notices: Vec<NoticeShown> = client.get("/api/notices").await?;
        let found: Vec<&NoticeShown> = (sent.iter())
            .filter_map(|on| {
                notices
                    .iter()
                    .find(|of| Some(&of.entry) == on.entry.as_ref())
            })
            .collect();
        if let Some((refused, reason)) = found
            .iter()
            .find_map(|notice| Some((notice, notice.refused.as_ref()?)))
        {
            let line = names.get(&refused.line).unwrap_or(&refused.line);
            return Err(Failure::refused(format!(
                "the other party's node on {line} refused it: {reason}. It is not heeded there: correct the draft and release \
                 it again, or settle it by telephone"
            )));
        }
        if !all_signed && found.iter().all(|notice| notice.delivered.is_some()) {
            all_signed = true;
            until = until.min(Instant::now() + REFUSED_WITHIN);
        }
        sleep(Duration::from_millis(50)).await;
    }
    if !all_signed {
        output::say(
            "not signed for yet: it waits until the line is up, and `standclear notice list` says what became of it",
        );
    }
    Ok(())
}
