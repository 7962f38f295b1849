//! What follows a call: which call is meant, and what the node is asked.

use super::Then;
use super::words::{beside, numbers, stepped};
use crate::cli::named;
use crate::client::Client;
use crate::exit::{Exit, Failure, Outcome};
use crate::options::Options;
use crate::output;
use node::http::views::{CallShown, Outcome as Said};
use node::model::code::StopAnswer;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Whose calls a step is about.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Whose {
    Own,
    Peer,
}

/// A step, ready to be asked of the node.
pub(super) struct Step {
    call: Option<String>,
    whose: Whose,
    name: &'static str,
    body: Value,
    unread: BTreeMap<String, String>,
}

impl Step {
    fn new(call: Option<String>, whose: Whose, name: &'static str, body: Value) -> Self {
        Self {
            call,
            whose,
            name,
            body,
            unread: BTreeMap::new(),
        }
    }
}

impl Then {
    pub(super) fn step(self) -> Outcome<Step> {
        Ok(match self {
            Then::Details { call, details } => {
                let (slots, unread) = details.read();
                Step {
                    unread,
                    ..Step::new(call, Whose::Own, "details", json!({"slots": slots}))
                }
            }
            Then::Renew { call } => Step::new(call, Whose::Own, "renew", json!({})),
            Then::Accept { call, name } => {
                Step::new(call, Whose::Peer, "accept", json!({"name": name}))
            }
            Then::Answer {
                call,
                answer,
                reason,
                name,
            } => {
                let (call, answer) = in_either_order(call, &answer)?;
                let reason = reason.map(|reason| reason.to_string());
                let body = json!({"answer": answer.to_string(), "reason": reason, "name": name});
                Step::new(call, Whose::Peer, "answer", body)
            }
            Then::End { call, reason, name } => {
                let body = json!({"reason": reason.to_string(), "name": name});
                Step::new(call, Whose::Peer, "end", body)
            }
            Then::Lift { call } => Step::new(call, Whose::Own, "lift", json!({})),
            Then::Resume { call } => Step::new(call, Whose::Peer, "resume", json!({})),
            Then::Error { call } => Step::new(call, Whose::Own, "error", json!({})),
        })
    }
}

impl Step {
    pub(super) async fn run(self, options: &Options, client: &Client) -> Outcome {
        let call = which(client, self.call.as_deref(), self.whose, self.name).await?;
        let path = format!("/api/calls/{call}/{}", self.name);
        let mut said: Said = client.post(&path, &self.body).await?;
        let unread = self.unread.into_iter();
        said.not_understood
            .extend(unread.map(|(slot, why)| (slot, why.into())));
        let now: CallShown = client.get(&format!("/api/calls/{call}")).await?;
        let result =
            json!({"call": now, "stopped": said.stopped, "not_understood": said.not_understood});
        match options.json {
            // The call as it stands, as it always was, with what came of details beside it.
            true => options
                .style()
                .show(&beside(&now, &result)?, |_| String::new())?,
            false => output::print(&stepped(&now, &said))?,
        }
        match said.stopped.iter().find(|sent| !sent.on_its_way) {
            None => Ok(()),
            Some(sent) if sent.by_file => Err(Failure::new(
                Exit::Telephone,
                format!(
                    "the details are not sent: telephone: {}",
                    numbers(&sent.telephone)
                ),
            )),
            Some(_) => Err(Failure::new(
                Exit::Telephone,
                "the details have not gone out: telephone; they go out by themselves when a path is up",
            )),
        }
    }
}

/// `CALL ANSWER`, as the other commands have it, or the other way round: no officer should be held up by that.
fn in_either_order(call: Option<String>, answer: &str) -> Outcome<(Option<String>, StopAnswer)> {
    let refused = |error| Failure::usage(format!("{error}"));
    match (answer.parse::<StopAnswer>(), call) {
        (Ok(answer), call) => Ok((call, answer)),
        (Err(error), Some(first)) => match first.parse() {
            Ok(found) => Ok((Some(answer.to_owned()), found)),
            Err(_neither) => Err(refused(error)),
        },
        (Err(error), None) => Err(refused(error)),
    }
}

/// The call that is meant: the one named, or the only one of its side that the step can be taken on.
async fn which(client: &Client, typed: Option<&str>, whose: Whose, step: &str) -> Outcome<String> {
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
    let of_side: Vec<&CallShown> = calls.iter().filter(|call| call.caller == side).collect();
    match typed {
        Some(typed) => {
            let names: Vec<String> = of_side.iter().map(|call| call.call.clone()).collect();
            named(typed, &names, "stop call")
        }
        None => meant(&of_side, step),
    }
}

/// The only one of `calls` that can take `step` now; of those that rang as one, the first stands for all. Where none can and
/// one is open, that one: the node says why not.
fn meant(calls: &[&CallShown], step: &str) -> Outcome<String> {
    let over = ["lifted by both", "raised in error", "limit reached"];
    let open: Vec<&CallShown> = (calls.iter().copied())
        .filter(|call| !over.contains(&call.phase.as_str()))
        .collect();
    let can: Vec<&CallShown> = (open.iter().copied())
        .filter(|call| can_take(call, step))
        .collect();
    let alone = |of: &[&CallShown]| {
        let rang_with = |call: &CallShown| {
            let first = call.folded_into.as_deref();
            of.iter().any(|other| Some(other.call.as_str()) == first)
        };
        let mut alone = of.iter().filter(|call| !rang_with(call));
        match (alone.next(), alone.next()) {
            (Some(call), None) => Some(call.call.clone()),
            (Some(_), Some(_)) | (None, _) => None,
        }
    };
    alone(&can)
        .or_else(|| can.is_empty().then(|| alone(&open)).flatten())
        .ok_or_else(|| {
            Failure::refused(match (open.is_empty(), can.is_empty()) {
                (true, _) => "no stop call is open: see `standclear calls`".to_owned(),
                (false, true) => format!(
                    "none of the open stop calls can take `{step}` now: see `standclear calls`, and name one"
                ),
                (false, false) => {
                    "more than one stop call is open: name one, see `standclear calls`".to_owned()
                }
            })
        })
}

/// Whether a call that is not over stands where `step` is its next, as far as it is shown. The node decides; this only spares
/// an officer the naming.
fn can_take(call: &CallShown, step: &str) -> bool {
    match step {
        "accept" => call.accepted_at.is_none(),
        "answer" => call.accepted_at.is_some(),
        "end" => ["pause ordered", "pause confirmed"].contains(&call.phase.as_str()),
        "lift" => call.phase != "lifted by the caller only",
        "resume" => call.phase == "lifted by the caller only",
        _on_any => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_call_and_the_answer_are_taken_in_either_order() {
        let call = || Some("peer.stop.1.0".to_owned());
        let ordered = (call(), StopAnswer::PauseOrdered);
        assert_eq!(in_either_order(call(), "pause-ordered").unwrap(), ordered);
        let turned = in_either_order(Some("pause-ordered".into()), "peer.stop.1.0");
        assert_eq!(turned.unwrap(), ordered);
        assert_eq!(
            in_either_order(None, "unknown").unwrap(),
            (None, StopAnswer::Unknown)
        );
        assert_eq!(in_either_order(None, "yes").unwrap_err().exit, Exit::Usage);
    }

    fn call(name: &str, phase: &str, accepted: bool, folded_into: Option<&str>) -> CallShown {
        serde_json::from_value(json!({
            "call": name, "line": "l", "line_name": "air-line", "caller": "peer", "desk": "air", "phase": phase,
            "sent_at": 0, "arrived_at": 0, "delivered": null, "undelivered_at": 0, "not_delivered": false, "telephone": [],
            "accepted_at": accepted.then_some(1), "accepted_name": null, "accepted_role": null, "accepted_by": null,
            "answers": [], "owed_until": 0, "folded_into": folded_into, "details": {}, "warnings": [],
        }))
        .unwrap()
    }

    #[test]
    fn without_a_name_the_only_call_that_can_take_the_step_is_meant() {
        let resumed = call("resumed", "resumed by the called party only", true, None);
        let sounding = call("sounding", "sounding", false, None);
        let lifted = call("lifted", "lifted by the caller only", true, None);
        let paused = call("paused", "pause ordered", true, None);
        let again = call("again", "sounding", false, Some("sounding"));
        let late = call("late", "sounding", false, Some("resumed"));
        let over = call("over", "lifted by both", true, None);
        let is = |calls: &[&CallShown], step| meant(calls, step).map_err(|failure| failure.text);
        let all = [&resumed, &sounding, &lifted, &paused, &over];
        for (step, name) in [
            ("accept", "sounding"),
            ("resume", "lifted"),
            ("end", "paused"),
        ] {
            assert_eq!(is(&all, step).as_deref(), Ok(name), "{step}");
        }
        assert!(is(&all, "answer").unwrap_err().contains("more than one"));
        assert_eq!(
            is(&[&sounding, &again], "accept").as_deref(),
            Ok("sounding")
        );
        // What it rang with can be accepted no more: it is accepted by itself.
        assert_eq!(is(&[&resumed, &late], "accept").as_deref(), Ok("late"));
        // The node says why not.
        assert_eq!(is(&[&paused], "accept").as_deref(), Ok("paused"));
        assert!(
            is(&[&paused, &lifted], "accept")
                .unwrap_err()
                .contains("none of the open")
        );
        assert!(
            is(&[&over], "accept")
                .unwrap_err()
                .contains("no stop call is open")
        );
    }
}
