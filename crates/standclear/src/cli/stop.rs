//! Stop calls: made, and gone on with.

use super::calls::{accepted, doubts, say_again};
use super::receipt;
use super::terms::Slots;
use super::{at_desk, named, online};
use crate::client::Client;
use crate::exit::{Banner, Exit, Failure, Outcome};
use crate::fallback;
use crate::options::Options;
use crate::output;
use crate::phrases::{Language, Phrases};
use clap::{Args, Subcommand};
use node::http::views::{CallShown, LineShown, Outcome as Said, Stopped};
use node::model::code::{Desk, StopAnswer, StopReason};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

/// How long a node may take to say that it has a stop call. Beyond it the officer telephones.
const STOP_WITHIN: Duration = Duration::from_secs(5);
/// How long it may take to be asked for what only makes the answer easier to read.
const NAMES_WITHIN: Duration = Duration::from_secs(1);

/// Stop them: `standclear stop --desk air`. Nothing else is needed: it means "your activity in this desk's area; place
/// follows", and goes on every line of the desk. Nothing that is typed wrongly holds the call up: it goes without, and says
/// so. Then it waits until the call is delivered, or the arrangement's time for that has passed. Ends with 4, and the
/// numbers to telephone, whenever the call is not on its way or not delivered.
#[derive(Args, Debug)]
pub struct Stop {
    #[command(subcommand)]
    then: Option<Then>,
    /// Which of their desks is called: air, ground, protection, senior
    #[arg(long)]
    desk: Option<Desk>,
    /// Only on this line; may be given more than once
    #[arg(long, value_name = "NAME")]
    line: Vec<String>,
    /// Do not wait for the receipt: say only that it is on its way
    #[arg(long)]
    no_wait: bool,
    #[command(flatten)]
    details: Details,
}

/// Nothing of this is needed, and all of it can follow.
#[derive(Args, Debug, Default)]
#[group(skip)]
pub struct Details {
    /// What is happening: air-strike, artillery, direct-fire, drone, about-to-be-hit, unsafe-approach
    #[arg(long)]
    cause: Option<String>,
    /// Who is hit: own-forces, protected-site, convoy, civilians
    #[arg(long)]
    whom: Option<String>,
    /// Where, in any customary form: "35.25, 40.14", "35 15.0N 40 08.4E", "37S FV 03 00"
    #[arg(long, value_name = "POSITION", allow_hyphen_values = true)]
    place: Option<String>,
    #[command(flatten)]
    slots: Slots,
}

#[derive(Debug, Subcommand)]
pub enum Then {
    /// The caller: give details of a call made before, or say its place again
    Details {
        /// The call, or the end of its name; not needed where one is open
        call: Option<String>,
        #[command(flatten)]
        details: Details,
    },
    /// The caller: ask that the pause goes on for another limit's worth
    Renew {
        /// The call, or the end of its name; not needed where one is open
        call: Option<String>,
    },
    /// The called desk: take the call. The alarm ends, and an answer is owed
    Accept {
        /// The call, or the end of its name; not needed where one is open
        call: Option<String>,
        /// The name to give the other party, if one is given
        #[arg(long)]
        name: Option<String>,
    },
    /// The called desk: answer the call, and answer again whenever what you know has changed
    #[command(allow_missing_positional = true)]
    Answer {
        /// The call, or the end of its name; not needed where one is open
        call: Option<String>,
        /// pause-ordered (the units have not confirmed), pause-confirmed (they have), cannot-pause, not-ours, unknown
        #[arg(required = true)]
        answer: String,
        /// With cannot-pause: self-defence, troops-in-contact, weapons-in-flight, no-contact-with-unit,
        /// not-under-our-control, verified-otherwise, other
        #[arg(long)]
        reason: Option<StopReason>,
        /// The name to give the other party, if one is given
        #[arg(long)]
        name: Option<String>,
    },
    /// The called desk: end our own pause before the limit; that alarms the caller
    End {
        /// The call, or the end of its name; not needed where one is open
        call: Option<String>,
        /// self-defence, troops-in-contact, weapons-in-flight, no-contact-with-unit, not-under-our-control,
        /// verified-otherwise, other
        #[arg(long)]
        reason: StopReason,
        /// The name to give the other party, if one is given
        #[arg(long)]
        name: Option<String>,
    },
    /// The caller: the danger is over
    Lift {
        /// The call, or the end of its name; not needed where one is open
        call: Option<String>,
    },
    /// The called desk: we have resumed
    Resume {
        /// The call, or the end of its name; not needed where one is open
        call: Option<String>,
    },
    /// The caller: this call should not have been made
    Error {
        /// The call, or the end of its name; not needed where one is open
        call: Option<String>,
    },
}

impl Details {
    fn is_given(&self) -> bool {
        self.cause.is_some() || self.whom.is_some() || self.place.is_some() || self.slots.is_given()
    }

    /// The details that can be read here, and what cannot be, and why: no typing error holds a call up.
    fn read(&self) -> (Map<String, Value>, BTreeMap<String, String>) {
        let (mut slots, not_understood) = self.slots.understood();
        for (name, value) in [
            ("stop-cause", &self.cause),
            ("stop-whom", &self.whom),
            ("place", &self.place),
        ] {
            if let Some(value) = value {
                slots.insert(name.to_owned(), json!(value));
            }
        }
        (slots, not_understood)
    }
}

impl Stop {
    pub fn run(self, options: &Options) -> Outcome {
        match self.then {
            Some(_)
                if self.desk.is_some()
                    || !self.line.is_empty()
                    || self.no_wait
                    || self.details.is_given() =>
            {
                Err(Failure::usage(
                    "a new call and a step of an earlier one are two commands: give one",
                ))
            }
            Some(then) => {
                let step = then.step()?;
                at_desk(options, async |client: Client| {
                    step.run(options, &client).await
                })
            }
            None => self.call(options).map_err(not_made),
        }
    }

    fn call(self, options: &Options) -> Outcome {
        let desk = self
            .desk
            .ok_or_else(|| Failure::usage("name the desk: standclear stop --desk air"))?;
        let (slots, unread) = self.details.read();
        let body = json!({"desk": desk.name(), "lines": self.line, "slots": slots});
        let client = options.client()?;
        online(async {
            // Nothing is asked before: the call goes first.
            let urgent = client.within(STOP_WITHIN);
            let mut said: Said = urgent.post("/api/calls", &body).await?;
            said.not_understood.extend(unread);
            let names = line_names(&client).await;
            if !options.json {
                output::print(made(&said, &names).trim_end())?;
            }
            fallback::keep_fresh(&client.within(NAMES_WITHIN)).await;
            let receipts = match self.no_wait {
                true => Vec::new(),
                false => receipt::wait(&client, &said, options.style()).await?,
            };
            if options.json {
                options
                    .style()
                    .show(&receipt::beside(&said, &receipts)?, |_| String::new())?;
            }
            all_on_their_way(&said)?;
            receipt::all_delivered(&receipts)
        })
    }
}

/// Whatever keeps a stop call from being made ends the command alike: telephone, and here are the numbers.
pub fn not_made(failure: Failure) -> Failure {
    let banner = match failure.banner {
        Banner::Deaf => Banner::DeafNotSent,
        // It says already what it has to, with the numbers.
        kept @ (Banner::CannotSend | Banner::NotSent | Banner::DeafNotSent) => kept,
        Banner::None if failure.exit == Exit::Telephone => Banner::None,
        Banner::None => Banner::NotSent,
    };
    let text = match banner {
        Banner::DeafNotSent => format!(
            "{}; should the node have taken the call before it fell silent, it goes out all the same",
            failure.text
        ),
        Banner::None | Banner::Deaf | Banner::CannotSend | Banner::NotSent => failure.text,
    };
    Failure {
        exit: Exit::Telephone,
        text,
        banner,
    }
}

fn all_on_their_way(said: &Said) -> Outcome {
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

/// What lines are called here. Only for showing: where it fails, identifiers are shown.
pub async fn line_names(client: &Client) -> BTreeMap<String, String> {
    let quick = client.within(NAMES_WITHIN);
    let lines: Outcome<Vec<LineShown>> = quick.get("/api/lines").await;
    let lines = lines.unwrap_or_default();
    lines
        .into_iter()
        .map(|line| (line.line, line.name))
        .collect()
}

fn made(said: &Said, names: &BTreeMap<String, String>) -> String {
    let lines = said.stopped.iter().map(|call| on_line(call, names));
    lines.collect::<String>() + &left_out(&said.not_understood)
}

fn not_sent_in_every_language() -> String {
    let say = |language| Phrases::of(language).say("not-sent", &[]);
    Language::ALL.map(say).join(" / ")
}

fn numbers(telephone: &[String]) -> String {
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
        (None, false) if call.by_file => not_sent(),
        (Some(why), _) => not_sent() + &format!("  it was not made: {}\n", output::plain(why)),
        (None, true) => {
            format!("{line}: STOP CALL SENT, on its way as {}\n", call.call) + &what_went(call)
        }
        (None, false) => not_sent() + &format!("  it waits as {}\n", call.call) + &what_went(call),
    }
}

/// What of it travels, as it is shown there; what does not; and what is doubtful.
fn what_went(call: &Stopped) -> String {
    let mut text = match call.slots.is_empty() {
        true => format!(
            "  it says: {}\n",
            Phrases::of(Language::En).say("cause-unspecified", &[])
        ),
        false => format!("  it says:\n{}", indented(&output::slots(&call.slots))),
    };
    if call.coarsened {
        text.push_str("  NOTE: the place went as the square that contains it: the arrangement allows none finer\n");
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
fn left_out(not_understood: &BTreeMap<String, String>) -> String {
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

/// Whose calls a step is about.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Whose {
    Own,
    Peer,
}

/// A step, ready to be asked of the node.
struct Step {
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
    fn step(self) -> Outcome<Step> {
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
    async fn run(self, options: &Options, client: &Client) -> Outcome {
        let call = which(client, self.call.as_deref(), self.whose, self.name).await?;
        let path = format!("/api/calls/{call}/{}", self.name);
        let mut said: Said = client.post(&path, &self.body).await?;
        said.not_understood.extend(self.unread);
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

/// The call's own fields, and what came of its details.
fn beside(now: &CallShown, result: &Value) -> Outcome<Value> {
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

fn stepped(now: &CallShown, said: &Said) -> String {
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

    #[test]
    fn whatever_keeps_a_call_from_being_made_ends_with_telephone() {
        for exit in [
            Exit::Refused,
            Exit::Usage,
            Exit::Unreachable,
            Exit::Telephone,
            Exit::Damaged,
        ] {
            assert_eq!(not_made(Failure::new(exit, "why")).exit, Exit::Telephone);
        }
        let deaf = not_made(Failure::new(Exit::Unreachable, "gone"));
        assert_eq!(deaf.banner, Banner::DeafNotSent);
        assert_eq!(not_made(Failure::usage("what")).banner, Banner::NotSent);
    }
}
