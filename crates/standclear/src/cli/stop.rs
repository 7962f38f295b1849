//! Stop calls.

use super::terms::Slots;
use super::{at_desk, named, online};
use crate::client::Client;
use crate::exit::{Banner, Exit, Failure, Outcome};
use crate::fallback;
use crate::options::Options;
use crate::output::{self, Table, dtg_or_dash, dtg_seconds, or_dash};
use crate::phrases::{Language, Phrases};
use clap::{Args, Subcommand};
use node::http::views::{CallShown, LineShown, Outcome as Said, Stopped};
use node::model::code::{Desk, StopAnswer, StopReason};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// One gesture: `standclear stop --desk air`. It goes on every line of the desk, and says what follows later.
#[derive(Args, Debug)]
pub struct Stop {
    #[command(subcommand)]
    then: Option<Then>,
    /// Whose activity is to stop, seen from here: air, ground, protection, senior
    #[arg(long)]
    desk: Option<Desk>,
    /// Only on this line; may be given more than once
    #[arg(long, value_name = "NAME")]
    line: Vec<String>,
    #[command(flatten)]
    details: Details,
}

/// Nothing of this is needed, and all of it can follow.
#[derive(Args, Debug, Default)]
#[group(skip)]
pub struct Details {
    /// air-strike, artillery, direct-fire, drone, about-to-be-hit, unsafe-approach
    #[arg(long)]
    cause: Option<String>,
    /// Who is hit: own-forces, protected-site, convoy, civilians
    #[arg(long)]
    whom: Option<String>,
    /// Where, in any customary form
    #[arg(long, value_name = "POSITION", allow_hyphen_values = true)]
    place: Option<String>,
    #[command(flatten)]
    slots: Slots,
}

#[derive(Debug, Subcommand)]
pub enum Then {
    /// Give details of a call made before
    Details {
        call: Option<String>,
        #[command(flatten)]
        details: Details,
    },
    /// Ask that the pause goes on for another limit's worth
    Renew { call: Option<String> },
    /// Take a call: the alarm ends, and an answer is owed
    Accept {
        call: Option<String>,
        /// The name to give the other party, if one is given
        #[arg(long)]
        name: Option<String>,
    },
    /// Answer a call: pause-ordered, pause-confirmed, cannot-pause, not-ours, unknown
    Answer {
        answer: StopAnswer,
        call: Option<String>,
        /// With cannot-pause: self-defence, troops-in-contact, weapons-in-flight, no-contact-with-unit,
        /// not-under-our-control, verified-otherwise, other
        #[arg(long)]
        reason: Option<StopReason>,
        #[arg(long)]
        name: Option<String>,
    },
    /// End our own pause before the limit; that alarms the other party
    End {
        call: Option<String>,
        #[arg(long)]
        reason: StopReason,
        #[arg(long)]
        name: Option<String>,
    },
    /// The caller: the danger is over
    Lift { call: Option<String> },
    /// The called party: we have resumed
    Resume { call: Option<String> },
    /// The caller: this call should not have been made
    Error { call: Option<String> },
}

#[derive(Args, Debug)]
pub struct Calls {
    /// One call, with everything that was said about it
    call: Option<String>,
}

impl Details {
    fn is_given(&self) -> bool {
        self.cause.is_some() || self.whom.is_some() || self.place.is_some() || self.slots.is_given()
    }

    fn read(&self) -> Outcome<Map<String, Value>> {
        let mut slots = self.slots.read()?;
        for (name, value) in [
            ("stop-cause", &self.cause),
            ("stop-whom", &self.whom),
            ("place", &self.place),
        ] {
            if let Some(value) = value {
                slots.insert(name.to_owned(), json!(value));
            }
        }
        Ok(slots)
    }
}

impl Stop {
    pub fn run(self, options: &Options) -> Outcome {
        match self.then {
            Some(_) if self.desk.is_some() || !self.line.is_empty() || self.details.is_given() => {
                Err(Failure::usage(
                    "a new call and a step of an earlier one are two commands: give one",
                ))
            }
            Some(then) => at_desk(options, async |client: Client| {
                then.run(options, &client).await
            }),
            None => self.call(options),
        }
    }

    fn call(self, options: &Options) -> Outcome {
        let desk = self
            .desk
            .ok_or_else(|| Failure::usage("name the desk: standclear stop --desk air"))?;
        let body = json!({"desk": desk.name(), "lines": self.line, "slots": self.details.read()?});
        let client = options.client()?;
        online(async {
            // Nothing is asked before: the call goes first.
            let said: Said = client.post("/api/calls", &body).await.map_err(refused)?;
            let names = line_names(&client).await;
            options
                .style()
                .show(&said, |said| stopped(&said.stopped, &names))?;
            fallback::keep_fresh(&client).await;
            match said.stopped.iter().all(|call| call.on_its_way) && !said.stopped.is_empty() {
                true => Ok(()),
                false => Err(Failure::new(Exit::Telephone, not_sent(&said.stopped))),
            }
        })
    }
}

/// A stop call that the node does not take was not made: the numbers are said with the reason.
fn refused(failure: Failure) -> Failure {
    match failure.exit {
        Exit::Refused => Failure {
            banner: Banner::NotSent,
            ..failure
        },
        Exit::Done | Exit::Usage | Exit::Unreachable | Exit::Telephone | Exit::Damaged => failure,
    }
}

fn not_sent(stopped: &[Stopped]) -> String {
    match stopped.is_empty() {
        true => "the call went on no line: this desk has none; telephone".to_owned(),
        false if stopped.iter().any(|call| call.refused.is_some()) => {
            "the call was not made on every line: telephone now".to_owned()
        }
        false => "the call has not gone out on every line: telephone now; it goes out by itself when a path is up".to_owned(),
    }
}

/// What lines are called here. Only for showing: where it fails, identifiers are shown.
async fn line_names(client: &Client) -> BTreeMap<String, String> {
    let lines: Outcome<Vec<LineShown>> = client.get("/api/lines").await;
    let lines = lines.unwrap_or_default();
    lines
        .into_iter()
        .map(|line| (line.line, line.name))
        .collect()
}

fn stopped(calls: &[Stopped], names: &BTreeMap<String, String>) -> String {
    let not_sent = Language::ALL.map(|language| Phrases::of(language).say("not-sent", &[]));
    let mut text = String::new();
    for call in calls {
        let line = names.get(&call.line).unwrap_or(&call.line);
        // Writing to a string does not fail.
        let _ = match (call.on_its_way, &call.refused) {
            (true, _) => writeln!(text, "{line}: STOP CALL on its way, as {}", call.call),
            (false, Some(why)) => writeln!(
                text,
                "{line}: {}\n  telephone: {}\n  it was not made: {}",
                not_sent.join(" / "),
                call.telephone.join(", "),
                output::plain(why)
            ),
            (false, None) => writeln!(
                text,
                "{line}: {}\n  telephone: {}\n  it waits as {}",
                not_sent.join(" / "),
                call.telephone.join(", "),
                call.call
            ),
        };
    }
    text
}

/// Whose calls a step is about.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Whose {
    Own,
    Peer,
}

impl Then {
    async fn run(self, options: &Options, client: &Client) -> Outcome {
        let (call, whose, step, body) = match self {
            Then::Details { call, details } => (
                call,
                Whose::Own,
                "details",
                json!({"slots": details.read()?}),
            ),
            Then::Renew { call } => (call, Whose::Own, "renew", json!({})),
            Then::Accept { call, name } => (call, Whose::Peer, "accept", json!({"name": name})),
            Then::Answer {
                answer,
                call,
                reason,
                name,
            } => {
                let reason = reason.map(|reason| reason.to_string());
                (
                    call,
                    Whose::Peer,
                    "answer",
                    json!({"answer": answer.to_string(), "reason": reason, "name": name}),
                )
            }
            Then::End { call, reason, name } => (
                call,
                Whose::Peer,
                "end",
                json!({"reason": reason.to_string(), "name": name}),
            ),
            Then::Lift { call } => (call, Whose::Own, "lift", json!({})),
            Then::Resume { call } => (call, Whose::Peer, "resume", json!({})),
            Then::Error { call } => (call, Whose::Own, "error", json!({})),
        };
        let call = which(client, call.as_deref(), whose).await?;
        let _: Said = client
            .post(&format!("/api/calls/{call}/{step}"), &body)
            .await?;
        let now: CallShown = client.get(&format!("/api/calls/{call}")).await?;
        options
            .style()
            .show(&now, |now| format!("{}: {}\n", now.call, now.phase))
    }
}

/// The call that is meant: the one named, or the only one of its side that is not over.
async fn which(client: &Client, typed: Option<&str>, whose: Whose) -> Outcome<String> {
    if let Some(typed) = typed
        && node::names::parse_entry(typed).is_ok()
    {
        return Ok(typed.to_owned());
    }
    let calls: Vec<CallShown> = client.get("/api/calls").await?;
    let side = match whose {
        Whose::Own => "own",
        Whose::Peer => "peer",
    };
    let over = |call: &CallShown| {
        ["lifted by both", "raised in error", "limit reached"].contains(&call.phase.as_str())
    };
    let of_side = calls.iter().filter(|call| call.caller == side);
    if let Some(typed) = typed {
        let names: Vec<String> = of_side.map(|call| call.call.clone()).collect();
        return named(typed, &names, "stop call");
    }
    let mut open = of_side.filter(|call| !over(call) && call.folded_into.is_none());
    match (open.next(), open.next()) {
        (Some(call), None) => Ok(call.call.clone()),
        (Some(_), Some(_)) => Err(Failure::refused(
            "more than one stop call is open: name one, see `standclear calls`",
        )),
        (None, _) => Err(Failure::refused(
            "no stop call is open: see `standclear calls`",
        )),
    }
}

impl Calls {
    pub fn run(self, options: &Options) -> Outcome {
        at_desk(options, async |client: Client| {
            let calls: Vec<CallShown> = client.get("/api/calls").await?;
            let Some(typed) = &self.call else {
                return options.style().show(&calls, |calls| table(calls));
            };
            let names: Vec<String> = calls.iter().map(|call| call.call.clone()).collect();
            let name = named(typed, &names, "stop call")?;
            let call = calls.iter().find(|call| call.call == name);
            let call = call
                .ok_or_else(|| Failure::refused(format!("there is no stop call `{typed}` here")))?;
            options.style().show(call, one)
        })
    }
}

fn table(calls: &[CallShown]) -> String {
    let mut table = Table::new(
        &[
            "call",
            "line",
            "by",
            "desk",
            "sent",
            "delivered",
            "accepted",
            "phase",
        ],
        "no stop call",
    );
    for call in calls {
        let folded = if call.folded_into.is_some() {
            " (repeated)"
        } else {
            ""
        };
        table.row([
            call.call.clone(),
            call.line_name.clone(),
            by(&call.caller).to_owned(),
            call.desk.clone(),
            dtg_seconds(call.sent_at),
            dtg_or_dash(call.delivered.or(call.arrived_at)),
            dtg_or_dash(call.accepted_at),
            format!("{}{folded}", call.phase),
        ]);
    }
    table.to_string()
}

fn by(caller: &str) -> &'static str {
    if caller == "own" { "us" } else { "them" }
}

fn one(call: &CallShown) -> String {
    let mut text = format!(
        "STOP CALL {}\nline {}, {} desk, called by {}\n{}\nsent {}, delivered {}, accepted {} {}\nowed until {}\n",
        call.call,
        call.line_name,
        call.desk,
        by(&call.caller),
        call.phase.to_uppercase(),
        dtg_seconds(call.sent_at),
        dtg_or_dash(call.delivered.or(call.arrived_at)),
        dtg_or_dash(call.accepted_at),
        output::plain(&or_dash(call.accepted_name.as_deref())),
        dtg_seconds(call.owed_until),
    );
    for answer in &call.answers {
        let (reason, name) = (
            or_dash(answer.reason.as_deref()),
            or_dash(answer.name.as_deref()),
        );
        // Writing to a string does not fail.
        let _ = writeln!(
            text,
            "answered {}: {}, reason {reason}, name {}",
            dtg_seconds(answer.at),
            answer.answer,
            output::plain(&name)
        );
    }
    match &call.details {
        None => text.push_str("details unreadable\n"),
        Some(details) if details.is_empty() => {
            let _ = writeln!(
                text,
                "{}",
                Phrases::of(Language::En).say("cause-unspecified", &[])
            );
        }
        Some(details) => text.push_str(&output::slots(details)),
    }
    text
}
