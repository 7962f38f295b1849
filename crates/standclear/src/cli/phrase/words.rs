//! What an officer reads of phrases.

use crate::output::{Table, dtg_seconds, or_dash, plain};
use node::http::hotline::PhrasePreview;
use node::http::views::{
    Outcome as Said, PhraseShown, PhrasesShown, ReadBackShown, TranslationShown,
};
use node::phrases::said::without_marks;
use std::collections::BTreeMap;
use std::fmt::Write as _;

pub(super) fn listed(shown: &PhrasesShown, language: &str) -> String {
    let unreviewed = shown
        .languages
        .iter()
        .find(|of| of.code == language)
        .and_then(|of| of.words.get("unreviewed").cloned())
        .unwrap_or_default();
    let head = [
        "code", "group", "marker", "text", "meaning", "response", "review",
    ];
    let mut table = Table::new(&head, "no phrase\n");
    for phrase in &shown.phrases {
        let Some(of) = phrase.texts.get(language) else {
            continue;
        };
        let english = if of.is_english { " [en]" } else { "" };
        table.row([
            phrase.code.clone(),
            phrase.group.clone(),
            phrase.marker.clone(),
            format!("{}{english}", of.text),
            of.meaning.clone(),
            of.response.clone(),
            of.reviewed.clone().unwrap_or_else(|| unreviewed.clone()),
        ]);
    }
    table.to_string()
}

fn us_or_them(from: &str) -> &'static str {
    if from == "own" { "us" } else { "them" }
}

pub(super) fn heard(all: &[PhraseShown], names: &BTreeMap<String, String>) -> String {
    let head = [
        "phrase", "line", "from", "desk", "sent", "code", "marker", "text", "state", "then",
    ];
    let mut table = Table::new(&head, "nothing was said in phrases\n");
    for phrase in all {
        let line = names.get(&phrase.line).unwrap_or(&phrase.line);
        table.row([
            phrase.entry.clone(),
            line.clone(),
            us_or_them(&phrase.from).to_owned(),
            phrase.desk.clone(),
            dtg_seconds(phrase.sent_at),
            or_dash(phrase.code.as_deref()),
            or_dash(phrase.marker.as_deref()),
            text(phrase),
            phrase.state.clone(),
            then(phrase),
        ]);
    }
    table.to_string()
}

/// As a terminal shows it, with what is uncertain about the text.
fn text(phrase: &PhraseShown) -> String {
    let review = if phrase.reviewed.is_none() && phrase.known {
        " [unreviewed]"
    } else {
        ""
    };
    let words = phrase
        .original
        .as_ref()
        .map(|own| format!(" \"{}\" [{}]", own.text, own.language));
    let said = without_marks(&phrase.text);
    format!("{said}{}{review}", words.unwrap_or_default())
}

/// How far it has come.
fn then(phrase: &PhraseShown) -> String {
    let mut came = Vec::new();
    if let Some(reason) = &phrase.refused {
        came.push(format!("refused: {reason}"));
    }
    if phrase.delivered.or(phrase.arrived).is_some() {
        came.push("delivered".to_owned());
    }
    if phrase.displayed.is_some() {
        came.push("displayed".to_owned());
    }
    if let Some(back) = phrase.read_backs.last() {
        came.push(compared(back));
    }
    for (what, entries) in [
        ("answered", &phrase.answers),
        ("corrected", &phrase.corrections),
    ] {
        if !entries.is_empty() {
            came.push(format!("{what} by {}", entries.join(" ")));
        }
    }
    or_dash(Some(came.join("; ").as_str()).filter(|said| !said.is_empty()))
}

pub(super) fn compared(back: &ReadBackShown) -> String {
    match back.matches {
        true => "read back, and it is what was said".to_owned(),
        false => {
            let wrong: Vec<&str> = (back.differs.iter().chain(&back.lacks))
                .map(String::as_str)
                .collect();
            format!("READ BACK OTHERWISE: {}", wrong.join(", "))
        }
    }
}

pub(super) fn in_full(phrase: &PhraseShown) -> String {
    let mut page = String::new();
    let mut line = |name: &str, value: &str| {
        if !value.is_empty() {
            // A string takes everything.
            let _ = writeln!(page, "{name:<12}{}", plain(value));
        }
    };
    line("phrase", &phrase.entry);
    line("from", us_or_them(&phrase.from));
    line("said", &dtg_seconds(phrase.sent_at));
    line("code", phrase.code.as_deref().unwrap_or("unreadable"));
    line("marker", phrase.marker.as_deref().unwrap_or_default());
    line("text", &text(phrase));
    line("about", phrase.subject.as_deref().unwrap_or_default());
    line("required", &phrase.response);
    line("read back", &phrase.read_back_items.join(", "));
    line("missing", &phrase.missing.join(", "));
    for (slot, value) in &phrase.said {
        line(&format!("  {slot}"), &without_marks(value));
    }
    line("state", &phrase.state);
    line("then", &then(phrase));
    for translation in &phrase.translations {
        line("translation", &translated(translation));
        for challenge in &translation.challenges {
            let by = challenge
                .name
                .as_deref()
                .unwrap_or(us_or_them(&challenge.from));
            line("  challenged", &format!("by {by}: {}", challenge.text));
        }
    }
    page
}

fn translated(of: &TranslationShown) -> String {
    let by = of.name.as_deref().unwrap_or(us_or_them(&of.from));
    format!(
        "[{}] \"{}\" by {by}, {}, {} ({})",
        of.language,
        of.text,
        dtg_seconds(of.at),
        of.state,
        of.entry
    )
}

pub(super) fn went(what: &str, said: &Said) -> String {
    let released = said.released.iter().filter_map(|on| on.entry.clone());
    let entries: Vec<String> = said.said.iter().cloned().chain(released).collect();
    format!("{what} as {}", entries.join(", "))
}

pub(super) fn previewed(preview: &PhrasePreview) -> String {
    let mut page = format!("{}: nothing is sent by this\n", preview.code);
    for (language, text) in &preview.texts {
        page.push_str(&format!("[{language}] {}\n", without_marks(text)));
    }
    if !preview.read_back_items.is_empty() {
        let items = preview.read_back_items.join(", ");
        page.push_str(&format!("they are asked to read back: {items}\n"));
    }
    match &preview.by_rules {
        None => page.push_str("it goes under the standing release\n"),
        Some(rules) if rules.received.is_some() => {
            page.push_str(&format!("the rules let it go to {}\n", rules.to));
        }
        Some(rules) => {
            page.push_str("NOTHING WOULD GO\n");
            for why in &rules.why {
                page.push_str(&format!("  {why}\n"));
            }
        }
    }
    page
}
