//! Whether a stop call reached the other party: its receipt is waited for as long as the arrangement allows.

use crate::client::Client;
use crate::deaf;
use crate::exit::{Exit, Failure, Outcome};
use crate::output::{self, Style, dtg_seconds};
use crate::phrases::{Language, Phrases};
use node::http::views::{CallShown, Outcome as Said};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// Between two looks at a call.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// How long one look may take.
const LOOK_WITHIN: Duration = Duration::from_secs(3);
/// A node says by itself that the time has passed; if it does not by then, we do.
const SLACK: Duration = Duration::from_secs(3);

/// What became of a call on one line.
pub struct Receipt {
    call: String,
    delivered: Option<i64>,
}

/// Waits for every line that the call is on its way on, and says of each what became of it.
///
/// # Errors
/// Where the node is lost meanwhile: then nobody here knows, and the officer telephones.
pub async fn wait(client: &Client, said: &Said, style: Style) -> Outcome<Vec<Receipt>> {
    let client = client.within(LOOK_WITHIN);
    let sent = said.stopped.iter().filter(|call| call.on_its_way);
    let mut waiting: Vec<&str> = sent.map(|call| call.call.as_str()).collect();
    let mut receipts = Vec::new();
    let began = Instant::now();
    while !waiting.is_empty() {
        let mut still = Vec::new();
        for call in waiting {
            let shown = look(&client, call).await?;
            let patience = shown.undelivered_at.saturating_sub(shown.sent_at).max(0);
            let over = began.elapsed() > Duration::from_millis(patience.unsigned_abs()) + SLACK;
            if shown.delivered.is_none() && !shown.not_delivered && !over {
                still.push(call);
                continue;
            }
            if style == Style::Text {
                output::print(&output::plain(words(&shown).trim_end()))?;
            }
            receipts.push(Receipt {
                call: shown.call,
                delivered: shown.delivered,
            });
        }
        waiting = still;
        if !waiting.is_empty() {
            sleep(LOOK_EVERY).await;
        }
    }
    Ok(receipts)
}

async fn look(client: &Client, call: &str) -> Outcome<CallShown> {
    let shown = client.get(&format!("/api/calls/{call}")).await;
    shown.map_err(|failure| Failure {
        text: format!(
            "the call is made, and whether it arrived is not known: telephone; {}",
            failure.text
        ),
        exit: Exit::Telephone,
        ..failure
    })
}

fn words(call: &CallShown) -> String {
    match call.delivered {
        Some(at) => {
            let say = |language| Phrases::of(language).say("delivered", &[]);
            let delivered = Language::ALL.map(say).join(" / ");
            format!("{}: {delivered}, {}", call.line_name, dtg_seconds(at))
        }
        None => {
            let telephone: Vec<&str> = call.telephone.iter().map(String::as_str).collect();
            deaf::not_delivered(&call.line_name, &telephone)
        }
    }
}

/// # Errors
/// [`Exit::Telephone`] where one line has no receipt.
pub fn all_delivered(receipts: &[Receipt]) -> Outcome {
    match receipts.iter().all(|receipt| receipt.delivered.is_some()) {
        true => Ok(()),
        false => Err(Failure::new(
            Exit::Telephone,
            "the call was not delivered on every line: telephone now; it is still tried, and arrives when the path is back",
        )),
    }
}

/// What was said of the call, with `delivered` on each line that was waited for: when, or `null`.
///
/// # Errors
/// Where it cannot be said as JSON.
pub fn beside(said: &Said, receipts: &[Receipt]) -> Outcome<Value> {
    let mut shown = serde_json::to_value(said)
        .map_err(|error| Failure::refused(format!("this cannot be said as JSON: {error}")))?;
    let lines = shown["stopped"].as_array_mut().into_iter().flatten();
    for line in lines {
        let of = |receipt: &&Receipt| line["call"] == receipt.call.as_str();
        if let Some(receipt) = receipts.iter().find(of) {
            line["delivered"] = json!(receipt.delivered);
        }
    }
    Ok(shown)
}
