//! The stop calls in view.

use super::{at_desk, named};
use crate::client::Client;
use crate::deaf;
use crate::exit::{Failure, Outcome};
use crate::options::Options;
use crate::output::{self, Table, dtg_or_dash, dtg_seconds, or_dash};
use crate::phrases::{Language, Phrases};
use clap::Args;
use node::http::views::{CallShown, Warning};
use std::collections::BTreeSet;
use std::fmt::Write as _;

#[derive(Args, Debug)]
pub struct Calls {
    /// One call, with everything that was said about it: its name, or the end of it
    call: Option<String>,
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
            delivered(call),
            dtg_or_dash(call.accepted_at),
            format!("{}{folded}", call.phase),
        ]);
    }
    not_delivered(calls) + &table.to_string()
}

fn delivered(call: &CallShown) -> String {
    match call.not_delivered {
        true => "NOT DELIVERED".to_owned(),
        false => dtg_or_dash(call.delivered.or(call.arrived_at)),
    }
}

/// The banner of what did not reach the other party, once a line and desk.
fn not_delivered(calls: &[CallShown]) -> String {
    let missing = calls.iter().filter(|call| call.not_delivered);
    let banners = missing.map(|call| {
        let telephone: Vec<&str> = call.telephone.iter().map(String::as_str).collect();
        output::plain(&deaf::not_delivered(&call.line_name, &telephone))
    });
    let banners: BTreeSet<String> = banners.collect();
    banners.into_iter().collect()
}

fn by(caller: &str) -> &'static str {
    if caller == "own" { "us" } else { "them" }
}

fn one(call: &CallShown) -> String {
    let mut text = not_delivered(std::slice::from_ref(call));
    text += &format!(
        "STOP CALL {}\nline {}, {} desk, called by {}\n{}\nsent {}, delivered {}\naccepted {}\nowed until {}\n",
        call.call,
        call.line_name,
        call.desk,
        by(&call.caller),
        call.phase.to_uppercase(),
        dtg_seconds(call.sent_at),
        delivered(call),
        accepted(call).unwrap_or_else(|| "by nobody yet".to_owned()),
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
    for (what, at) in [
        ("renewed", call.renewed_at),
        ("renewal not known to have arrived", call.renewing_since),
        (
            "made anew by a renewal that came after the limit",
            call.anew_at,
        ),
        ("lifted by the caller", call.lifted_at),
        ("resumed by the called party", call.resumed_at),
        ("raised in error", call.raised_in_error_at),
    ] {
        if let Some(at) = at {
            let _ = writeln!(text, "{what} {}", dtg_seconds(at));
        }
    }
    if let Some(ended) = &call.ended {
        let (reason, name) = (
            or_dash(ended.reason.as_deref()),
            or_dash(ended.name.as_deref()),
        );
        let _ = writeln!(
            text,
            "pause ended early {}: reason {reason}, name {}",
            dtg_seconds(ended.at),
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
    text.push_str(&doubts(call));
    text
}

/// Who accepted a call and when, as far as this side knows.
pub fn accepted(call: &CallShown) -> Option<String> {
    let at = dtg_seconds(call.accepted_at?);
    let role = or_dash(call.accepted_role.as_deref());
    let who = call
        .accepted_by
        .as_deref()
        .or(call.accepted_name.as_deref());
    let who = who.map_or_else(|| "the other party".to_owned(), output::plain);
    Some(format!("{at} by {who} ({role})"))
}

/// What this node doubts about the place, and what to do about it on this side of the line.
pub fn doubts(call: &CallShown) -> String {
    match call.caller.as_str() {
        "own" => say_again(&call.call, &call.warnings),
        _peer => ask_again(&call.warnings),
    }
}

/// For the caller: the call stands as it is, and the place is to be said again.
pub fn say_again(call: &str, warnings: &[Warning]) -> String {
    let mut text = String::new();
    for warning in warnings {
        // Writing to a string does not fail.
        let _ = writeln!(text, "  WARNING: {}", output::plain(&warning.text));
    }
    if let Some(first) = warnings.first() {
        let meant = first.perhaps.as_deref().map_or("POSITION", |meant| meant);
        let _ = writeln!(
            text,
            "  say the place again: standclear stop details {call} --place \"{meant}\""
        );
    }
    text
}

/// For the called desk: the pause does not wait for a better place.
fn ask_again(warnings: &[Warning]) -> String {
    let mut text = String::new();
    for warning in warnings {
        let _ = writeln!(text, "  WARNING: {}", output::plain(&warning.text));
    }
    if !warnings.is_empty() {
        let say = |language| Phrases::of(language).say("place-in-doubt", &[]);
        let _ = writeln!(text, "  {}", Language::ALL.map(say).join("\n  "));
    }
    text
}
