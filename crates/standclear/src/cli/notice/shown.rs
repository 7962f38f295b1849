//! Lists of notices, and one shown.

use super::words::{no_assurance, text};
use crate::cli::named;
use crate::client::Client;
use crate::exit::{Failure, OrExit as _, Outcome};
use crate::options::Options;
use crate::output::{self, Table, dtg_or_dash, dtg_seconds, is_interactive, or_dash};
use node::http::views::{DraftShown, NoticeShown, Outcome as Said};
use serde_json::json;
use std::io::{self, BufRead as _};
use std::time::{Duration, Instant};

/// Nobody has read a notice sooner than this: such a line was typed ahead.
const AT_ONCE: Duration = Duration::from_millis(200);

async fn drafts(client: &Client) -> Outcome<Vec<DraftShown>> {
    client.get("/api/drafts").await
}

/// Where it stands; first what the desk must do about it.
fn state(notice: &NoticeShown) -> String {
    match notice.consent_withdrawn {
        true => format!("CONSENT WITHDRAWN, withdraw it ({})", notice.state),
        false => notice.state.clone(),
    }
}

/// Whose draft it is, and on how many lines it may go.
fn consented(draft: &DraftShown) -> String {
    let given = draft.consents.iter().filter(|consent| consent.given);
    match &draft.element {
        Some(element) => format!("{element}, consents on {} lines", given.count()),
        None => or_dash(None),
    }
}

pub(in crate::cli) async fn draft_named(client: &Client, typed: &str) -> Outcome<String> {
    let names: Vec<String> = drafts(client)
        .await?
        .into_iter()
        .map(|draft| draft.draft)
        .collect();
    named(typed, &names, "draft")
}

pub(super) async fn notice_named(client: &Client, typed: &str) -> Outcome<NoticeShown> {
    let notices: Vec<NoticeShown> = client.get("/api/notices").await?;
    let names: Vec<String> = notices.iter().map(|notice| notice.entry.clone()).collect();
    let name = named(typed, &names, "notice")?;
    let found = notices.into_iter().find(|notice| notice.entry == name);
    found.ok_or_else(|| Failure::refused(format!("there is no notice `{typed}` here")))
}

pub(super) async fn list(options: &Options, client: &Client) -> Outcome {
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
                    state(notice),
                    dtg_seconds(notice.sent_at),
                    dtg_or_dash(notice.delivered.or(notice.arrived)),
                    dtg_or_dash(notice.displayed),
                    dtg_or_dash(notice.read_back),
                    or_dash(notice.answer.as_deref()),
                ]);
            }
            let mut waiting = Table::new(
                &["draft", "kind", "desk", "drafted", "released", "element"],
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
                    consented(draft),
                ]);
            }
            let none_objects = |of: &NoticeShown| of.answer.as_deref() == Some("no-objection");
            let meaning = match notices.iter().any(none_objects) {
                true => format!("no-objection:\n{}\n\n", no_assurance()),
                false => String::new(),
            };
            format!("{table}\n{meaning}{waiting}")
        })
}

pub(super) async fn show(options: &Options, client: &Client, typed: &str) -> Outcome {
    let notice = notice_named(client, typed).await?;
    options.style().show(&notice, text)?;
    let theirs_and_new =
        notice.from == "peer" && notice.displayed.is_none() && notice.refused.is_none();
    if !theirs_and_new {
        return Ok(());
    }
    let path = format!("/api/notices/{}/displayed", notice.entry);
    tell_displayed(options, client, &path).await
}

/// Tells the other party that something of theirs was shown, where a person says that they have read it.
pub(in crate::cli) async fn tell_displayed(
    options: &Options,
    client: &Client,
    path: &str,
) -> Outcome {
    if options.json || !is_interactive() {
        return Ok(());
    }
    if !someone_has_seen_it()? {
        return output::print("the other party is told nothing");
    }
    let _: Said = client.post(path, &json!({})).await?;
    output::print("the other party is told that it was displayed here")
}

/// Whether a person says so, after it was shown: a terminal alone may stand in an empty room, or be none. The end of the
/// input is no person. What was typed before it was shown counts for nothing.
fn someone_has_seen_it() -> Outcome<bool> {
    output::say("press Enter once you have read it: the other party is told that it was displayed");
    let begun = Instant::now();
    let mut typed = String::new();
    let read = io::stdin().lock().read_line(&mut typed).or_refuse()?;
    Ok(read > 0 && typed.ends_with('\n') && begun.elapsed() >= AT_ONCE)
}
