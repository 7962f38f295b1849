//! What an officer reads of notices.

use crate::output::{self, Table, dtg_or_dash, dtg_seconds, or_dash};
use crate::phrases::{Language, Phrases};
use node::http::conflicts::{Checked, ConflictShown};
use node::http::views::{NoticeShown, PreviewShown, ReleasedOn, RevealsShown};
use node::model::code::Answer;
use serde_json::Map;
use std::collections::BTreeMap;
use std::fmt::Write as _;

pub(super) fn text(notice: &NoticeShown) -> String {
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
    if notice.answer.as_deref() == Some(Answer::NoObjection.name()) {
        let _ = writeln!(text, "{}", no_assurance());
    }
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

/// What goes with every `no-objection`, in every language: who reads it may read another than who gave it.
pub(super) fn no_assurance() -> String {
    let said = Language::ALL.map(|language| Phrases::of(language).say("no-objection", &[]));
    said.join("\n")
}

fn called(names: &BTreeMap<String, String>, line: &str) -> String {
    names.get(line).map_or(line, String::as_str).to_owned()
}

pub(super) fn would_conflict(checked: &Checked, names: &BTreeMap<String, String>) -> String {
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

pub(super) fn in_conflict_now(found: &[ConflictShown], names: &BTreeMap<String, String>) -> String {
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

pub(super) fn previewed(previews: &[PreviewShown], names: &BTreeMap<String, String>) -> String {
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

pub(super) fn reveals(answer: Answer, found: &RevealsShown) -> String {
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

pub(super) fn released(lines: &[ReleasedOn], names: &BTreeMap<String, String>) -> String {
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
