//! What an officer reads of a call.

use crate::cli::calls::{accepted, doubts, say_again};
use crate::exit::{Exit, Failure, Outcome};
use crate::output;
use crate::phrases::{Language, Phrases};
use node::http::views::{CallShown, Outcome as Said, Stopped};
use node::said::Text;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Write as _;

pub(super) fn all_on_their_way(said: &Said) -> Outcome {
    if said.stopped.is_empty() {
        return Err(Failure::refused(
            "the call went on no line: this desk has none",
        ));
    }
    let why = if said.stopped.iter().any(|call| call.refused.is_some()) {
        "the call was not made on every line: telephone now"
    } else if said.stopped.iter().all(|call| call.by_file) {
        "not sent: telephone"
    } else if said.stopped.iter().any(|call| call.by_file) {
        "not sent on every line: telephone now"
    } else if said.stopped.iter().any(|call| !call.on_its_way) {
        "the call has not gone out on every line: telephone now; it goes out by itself when a path is up"
    } else {
        return Ok(());
    };
    Err(Failure::new(Exit::Telephone, why))
}

pub(super) fn made(said: &Said, names: &BTreeMap<String, String>) -> String {
    let lines = said.stopped.iter().map(|call| on_line(call, names));
    lines.collect::<String>() + &left_out(&said.not_understood)
}

fn not_sent_in_every_language() -> String {
    let say = |language| Phrases::of(language).say("not-sent", &[]);
    Language::ALL.map(say).join(" / ")
}

pub(super) fn numbers(telephone: &[String]) -> String {
    match telephone.is_empty() {
        true => "no number is agreed".to_owned(),
        false => telephone.join(", "),
    }
}

fn on_line(call: &Stopped, names: &BTreeMap<String, String>) -> String {
    let line = names.get(&call.line).unwrap_or(&call.line);
    let not_sent = || {
        format!(
            "{line}: {}\n  telephone: {}\n",
            not_sent_in_every_language(),
            numbers(&call.telephone)
        )
    };
    match (&call.refused, call.on_its_way) {
        // No machine will carry it: nothing that could be taken for a promise is said beside the numbers.
        (None, false) if call.by_file => {
            let on_record = format!(
                "  it is on record as {}: say by telephone what stands here\n",
                call.call
            );
            not_sent() + &on_record + &what_went(call)
        }
        (Some(why), _) => not_sent() + &format!("  it was not made: {}\n", output::plain(why)),
        (None, true) => {
            format!("{line}: STOP CALL SENT, on its way as {}\n", call.call) + &what_went(call)
        }
        (None, false) => not_sent() + &format!("  it waits as {}\n", call.call) + &what_went(call),
    }
}

/// What of it travels (by file: once a courier brings it), as it is shown there; what does not; and what is doubtful.
fn what_went(call: &Stopped) -> String {
    let mut text = match call.slots.is_empty() {
        true => format!(
            "  it says: {}\n",
            Phrases::of(Language::En).say("cause-unspecified", &[])
        ),
        false => format!("  it says:\n{}", indented(&output::slots(&call.slots))),
    };
    if call.coarsened {
        text.push_str("  NOTE: the place is told as the square that contains it: the arrangement allows none finer\n");
    }
    if !call.withheld.is_empty() {
        // Writing to a string does not fail.
        let _ = writeln!(
            text,
            "  NOTE: not sent, as no stop call on this line carries it: {}; say it by telephone",
            call.withheld.join(", ")
        );
    }
    text + &say_again(&call.call, &call.warnings)
}

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("  {line}\n")).collect()
}

/// What was typed and not understood: the call went without it.
fn left_out(not_understood: &BTreeMap<String, Text>) -> String {
    let mut text = String::new();
    for (slot, why) in not_understood {
        // Writing to a string does not fail.
        let _ = writeln!(
            text,
            "  WARNING: it went without `{slot}`, which was not understood: {}",
            output::plain(why)
        );
    }
    if !not_understood.is_empty() {
        text.push_str("  give it again: standclear stop details\n");
    }
    text
}

/// The call's own fields, and what came of its details.
pub(super) fn beside(now: &CallShown, result: &Value) -> Outcome<Value> {
    let shown = serde_json::to_value(now)
        .map_err(|error| Failure::refused(format!("this cannot be said as JSON: {error}")))?;
    let Value::Object(mut shown) = shown else {
        return Ok(shown);
    };
    for name in ["stopped", "not_understood"] {
        shown.insert(name.to_owned(), result[name].clone());
    }
    Ok(Value::Object(shown))
}

pub(super) fn stepped(now: &CallShown, said: &Said) -> String {
    let mut text = format!("{}: {}\n", now.call, now.phase);
    if let (Some(accepted), "accepted") = (accepted(now), now.phase.as_str()) {
        // Writing to a string does not fail.
        let _ = writeln!(text, "  accepted {accepted}");
        let details = now.details.as_ref().filter(|details| !details.is_empty());
        if let Some(details) = details {
            text += &indented(&output::slots(details));
        }
        text += "  an answer is owed: standclear stop answer pause-ordered, cannot-pause, not-ours or unknown\n";
    }
    match said.stopped.first() {
        Some(sent) => text += &what_went(sent),
        None => text += &doubts(now),
    }
    text + &left_out(&said.not_understood)
}
