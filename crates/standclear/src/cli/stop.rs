//! Stop calls: made, and gone on with.

use super::terms::Slots;
use super::{at_desk, online, receipt};
use crate::client::Client;
use crate::exit::{Banner, Exit, Failure, Outcome};
use crate::options::Options;
use crate::{fallback, output};
use clap::{Args, Subcommand};
use node::http::arrangements::ArrangementShown;
use node::http::views::{LineShown, Outcome as Said};
use node::model::code::{Desk, StopReason};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::time::Duration;
use words::{all_on_their_way, made};

mod steps;
mod words;

/// How long a node may take to say that it has a stop call. Beyond it the officer telephones.
const STOP_WITHIN: Duration = Duration::from_secs(5);
/// How long it may take to be asked for what only makes the answer easier to read.
const NAMES_WITHIN: Duration = Duration::from_secs(1);

/// Stop them: `standclear stop --desk air`. Nothing else is needed: it means "your activity in this desk's area; place
/// follows", and goes on every line of the desk. No detail that is typed wrongly holds the call up: it goes without, and
/// says so; a desk or a line that does not exist does. Then it waits until the call is delivered, or the arrangement's time for that has passed. Ends with 4, and the
/// numbers to telephone, whenever the call is not on its way or not delivered.
#[derive(Args, Debug)]
pub struct Stop {
    #[command(subcommand)]
    then: Option<Then>,
    /// Whose activity is to stop: air, ground, protection, senior. Their desk of that name is called by ours, so it is one of
    /// the desks of your own account. Who speaks for an element names none: its call goes on every line, to the desk that is
    /// for it
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
        let (slots, unread) = self.details.read();
        // Whose account it is the node knows: without a desk it takes the call of an element, and no other.
        let mut body = json!({"lines": self.line, "slots": slots});
        if let Some(desk) = self.desk {
            body["desk"] = json!(desk.name());
        }
        let client = options.client()?;
        online(async {
            // Nothing is asked before: the call goes first.
            let urgent = client.within(STOP_WITHIN);
            let mut said: Said = urgent.post("/api/calls", &body).await?;
            let unread = unread.into_iter();
            said.not_understood
                .extend(unread.map(|(slot, why)| (slot, why.into())));
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

/// What lines are called here. Only for showing: where it fails, identifiers are shown.
pub async fn line_names(client: &Client) -> BTreeMap<String, String> {
    let quick = client.within(NAMES_WITHIN);
    let lines: Outcome<Vec<LineShown>> = quick.get("/api/lines").await;
    if let Ok(lines) = lines {
        return lines
            .into_iter()
            .map(|line| (line.line, line.name))
            .collect();
    }
    // An officer of an element sees what was agreed, and not what goes on.
    let agreed: Outcome<Vec<ArrangementShown>> = quick.get("/api/arrangements").await;
    let agreed = agreed.unwrap_or_default().into_iter();
    agreed.map(|line| (line.line, line.name)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

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
