//! What an officer reads of claims, warnings and evidence: each side's words under its own name.

use crate::output::{Table, dtg_seconds, or_dash, plain};
use node::http::context::{ContextItem, ContextShown};
use node::http::views::{
    ClaimShown, EvidenceShown, FurtherShown, Outcome as Said, PreviewShown, SaidShown, WarningShown,
};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Said with every receipt of a warning.
pub(super) const NOT_AGREED: &str = "Received. This is not agreement.";

type Names = BTreeMap<String, String>;

fn us_or_them(from: &str) -> &'static str {
    if from == "own" { "us" } else { "them" }
}

fn line_of(said: &SaidShown, names: &Names) -> String {
    names.get(&said.line).unwrap_or(&said.line).clone()
}

/// A slot as it is shown, in one line.
fn slot(said: &SaidShown, name: &str) -> String {
    let slots = said.slots.as_ref().map(|slots| serde_json::json!(slots));
    let value = slots.as_ref().and_then(|slots| slots.get(name));
    value.map_or_else(String::new, shown)
}

fn shown(value: &Value) -> String {
    let time = |name: &str| value.get(name).and_then(Value::as_i64).map(dtg_seconds);
    let text = |name: &str| value.get(name).and_then(Value::as_str);
    if let Some(text) = value.as_str() {
        return plain(text);
    }
    if let (Some(from), Some(until)) = (time("from"), time("until")) {
        return format!("{from} to {until}");
    }
    if let Some(text) = text("mgrs")
        .or_else(|| text("decimal"))
        .or_else(|| text("text"))
    {
        return plain(text);
    }
    if let Some(circle) = value.get("circle") {
        let radius = circle.get("radius_mm").and_then(Value::as_i64).unwrap_or(0);
        let centre = circle.get("centre").map(shown).unwrap_or_default();
        return format!("{} m around {centre}", radius / 1_000);
    }
    plain(&value.to_string())
}

pub(super) fn claims(all: &[ClaimShown], names: &Names) -> String {
    let head = [
        "claim", "line", "by", "desk", "sent", "what", "whose", "state", "answer", "due",
    ];
    let mut table = Table::new(&head, "nothing was claimed\n");
    for of in all {
        let said = &of.said;
        let due = match of.overdue {
            true => format!("OVERDUE since {}", dtg_seconds(of.due)),
            false if of.answer.is_none() && said.state == "standing" => dtg_seconds(of.due),
            false => String::new(),
        };
        table.row([
            said.entry.clone(),
            line_of(said, names),
            us_or_them(&said.from).to_owned(),
            said.desk.clone(),
            dtg_seconds(said.sent_at),
            slot(said, "claim"),
            slot(said, "whose"),
            said.state.clone(),
            or_dash(of.answer.as_deref()),
            due,
        ]);
    }
    table.to_string()
}

pub(super) fn warnings(all: &[WarningShown], names: &Names) -> String {
    let head = [
        "warning", "line", "by", "desk", "sent", "what", "level", "whose", "words", "state",
        "received",
    ];
    let mut table = Table::new(&head, "nobody was warned\n");
    for of in all {
        let said = &of.said;
        let received = of.received.as_ref().map(|by| dtg_seconds(by.at));
        table.row([
            said.entry.clone(),
            line_of(said, names),
            us_or_them(&said.from).to_owned(),
            said.desk.clone(),
            dtg_seconds(said.sent_at),
            slot(said, "warning"),
            slot(said, "level"),
            slot(said, "whose"),
            slot(said, "remarks"),
            said.state.clone(),
            received.map_or_else(|| "-".to_owned(), |at| format!("{at} (not agreement)")),
        ]);
    }
    table.to_string()
}

pub(super) fn in_full(of: &ClaimShown, names: &Names) -> String {
    let mut page = String::new();
    let said = &of.said;
    line(&mut page, "claim", &said.entry);
    line(&mut page, "line", &line_of(said, names));
    line(&mut page, "claimed by", us_or_them(&said.from));
    line(&mut page, "said", &dtg_seconds(said.sent_at));
    for name in [
        "claim",
        "certainty",
        "whose",
        "place",
        "area",
        "second-description",
        "window",
        "remarks",
    ] {
        line(&mut page, &format!("  {name}"), &slot(said, name));
    }
    let slots = said.slots.as_ref().map(|slots| serde_json::json!(slots));
    let files = slots.as_ref().and_then(|slots| slots.get("evidence"));
    let files =
        files.and_then(|files| serde_json::from_value::<Vec<EvidenceShown>>(files.clone()).ok());
    for file in files.iter().flatten() {
        line(&mut page, "  evidence", &one_file(file));
    }
    line(&mut page, "state", &said.state);
    if let Some(at) = said.displayed {
        line(&mut page, "displayed", &dtg_seconds(at));
    }
    let due = if of.overdue { "OVERDUE since" } else { "due" };
    line(
        &mut page,
        "answer",
        of.answer.as_deref().unwrap_or("none, and none is inferred"),
    );
    line(&mut page, due, &dtg_seconds(of.due));
    for answer in &of.answers {
        line(&mut page, "  answered", &further(answer));
    }
    for statement in &of.statements {
        line(&mut page, "  stated", &further(statement));
    }
    if let Some(at) = said.withdrawn_at {
        let because = said.withdrawn_because.as_deref().unwrap_or_default();
        line(
            &mut page,
            "withdrawn",
            &format!("{} {because}", dtg_seconds(at)),
        );
    }
    page
}

fn line(page: &mut String, name: &str, value: &str) {
    if !value.is_empty() {
        // A string takes everything.
        let _ = writeln!(page, "{name:<20}{}", plain(value));
    }
}

fn further(of: &FurtherShown) -> String {
    let mut said = format!("by {}, {}", us_or_them(&of.from), dtg_seconds(of.at));
    for (what, value) in [
        ("", &of.answer),
        ("sure: ", &of.certainty),
        ("name: ", &of.name),
    ] {
        if let Some(value) = value {
            said.push_str(&format!("; {what}{value}"));
        }
    }
    if let (Some(text), language) = (&of.text, of.language.as_deref().unwrap_or("?")) {
        said.push_str(&format!("; \"{text}\" [{language}]"));
    }
    for file in &of.evidence {
        said.push_str(&format!("; {}", one_file(file)));
    }
    if of.crossed {
        said.push_str("; CROSSED its withdrawal on the way");
    }
    if let Some(reason) = &of.refused {
        said.push_str(&format!("; refused: {reason}"));
    }
    said
}

fn one_file(file: &EvidenceShown) -> String {
    format!(
        "{} of {} bytes, SHA-256 {}",
        file.media, file.size, file.digest
    )
}

pub(super) fn context(of: &ContextShown, names: &Names) -> String {
    let mut page = format!(
        "\nIn this node's record, of that place, {} to {} (clocks may differ by {} ms); nothing of it is sent:\n",
        dtg_seconds(of.from),
        dtg_seconds(of.until),
        of.clocks_within
    );
    if of.items.is_empty() {
        page.push_str("  nothing touched it\n");
    }
    for item in &of.items {
        page.push_str(&format!("  {}\n", headed(item, names)));
        for step in &item.steps {
            let code = step
                .code
                .as_deref()
                .map_or_else(String::new, |code| format!(" {code}"));
            let _ = writeln!(
                page,
                "    {:<8}{} {}{code} (clock: {})",
                step.when,
                dtg_seconds(step.at),
                step.step,
                us_or_them(&step.clock)
            );
        }
    }
    if of.and_more {
        page.push_str("  and more: see the record\n");
    }
    page
}

fn headed(item: &ContextItem, names: &Names) -> String {
    let on = names.get(&item.line).unwrap_or(&item.line);
    let kind = item
        .kind
        .as_deref()
        .map_or_else(String::new, |kind| format!(" {kind}"));
    let label = item
        .label
        .as_deref()
        .map_or_else(String::new, |label| format!(" \"{}\"", plain(label)));
    format!(
        "{}{kind}{label} by {} on {on}, {}",
        item.what,
        us_or_them(&item.from),
        item.entry
    )
}

pub(super) fn evidence(kept: &[EvidenceShown]) -> String {
    let mut table = Table::new(
        &["sha-256", "type", "bytes"],
        "no file of evidence is kept\n",
    );
    for file in kept {
        table.row([
            file.digest.clone(),
            file.media.clone(),
            file.size.to_string(),
        ]);
    }
    table.to_string()
}

pub(super) fn went(what: &str, said: &Said) -> String {
    let released = said.released.iter().filter_map(|on| on.entry.clone());
    let entries: Vec<String> = said.said.iter().cloned().chain(released).collect();
    format!("{what} as {}", entries.join(", "))
}

pub(super) fn previewed(shown: &[PreviewShown]) -> String {
    let mut page = "nothing is sent by this\n".to_owned();
    for of in shown {
        match &of.received {
            Some(received) => {
                page.push_str(&format!("the rules let it go to {}:\n", of.to));
                let slots = serde_json::json!(received.slots);
                for (name, value) in slots.as_object().into_iter().flatten() {
                    page.push_str(&format!("  {name}: {}\n", self::shown(value)));
                }
            }
            None => {
                page.push_str("NOTHING WOULD GO\n");
                for why in &of.why {
                    page.push_str(&format!("  {why}\n"));
                }
            }
        }
        for held in &of.held_back {
            page.push_str(&format!("held back: {}: {}\n", held.slot, held.why));
        }
    }
    page
}
