//! Stop calls: made, detailed, renewed, accepted, answered, ended, lifted, resumed. They wait for nothing, not for the
//! questions of other officers either.

use super::super::given::{About, Given};
use super::super::identity::SignedIn;
use super::super::problem::Refused;
use super::super::slots::{self, Given as Slots};
use super::super::views::{self, Outcome, Stopped, outcome};
use super::{
    Came, Here, Said, act, entry, line, not_too_many, parse, parse_some, speaks_now_about,
};
use crate::http::unfit::Unfit;
use crate::said::Text;
use crate::server::Served;
use axum::extract::State;
use futures_util::future::join_all;
use model::code::Desk;
use model::command::Command;
use model::ids::{ElementId, LineId};
use model::line::{EntryRef, LinkState};
use model::said::Says as _;
use model::slot;
use serde::Deserialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// A stop call. With nothing but a desk it means "your activity in this desk's area; place follows".
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Stop {
    /// Whose call it is. An officer of an element gives none: on each line its desk for elements is called.
    #[serde(default)]
    pub desk: Option<String>,
    /// Names or identifiers; none: every line of the desk, and of an element every line.
    #[serde(default)]
    pub lines: Vec<String>,
    /// Slots by name; docs/integrators.md says how each is given.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub slots: Slots,
}

/// Makes a stop call: on each line by itself, so that one that cannot carry it holds up no other.
#[utoipa::path(post, path = "/api/calls", request_body = Stop, responses((status = 200, body = Outcome)))]
pub async fn stop(State(served): Here, who: SignedIn, Given(given): Given<Stop>) -> Said {
    let caller = Caller::of(&who, given.desk.as_deref())?;
    not_too_many(&given.lines)?;
    let (slots, not_understood) = slots::understood(&given.slots);
    let lines: Vec<(String, Result<LineId, Refused>)> = match given.lines.is_empty() {
        true => (caller.lines(&served).into_iter())
            .map(|line| (line.to_string(), Ok(line)))
            .collect(),
        false => (given.lines.iter())
            .map(|name| (name.clone(), line(&served, name)))
            .collect(),
    };
    let calls = lines
        .into_iter()
        .map(|(name, line)| call(&served, &who, caller, name, line, slots.clone()));
    let mut said = Outcome {
        not_understood: told(not_understood),
        ..Outcome::default()
    };
    let mut first_refused = None;
    for result in join_all(calls).await {
        match result {
            Ok(stopped) => said.stopped.extend(stopped),
            Err((name, refused)) => {
                said.stopped
                    .push(not_stopped(&served, name, caller, &refused).await);
                first_refused.get_or_insert(refused);
            }
        }
    }
    match first_refused {
        Some(refused) if said.stopped.iter().all(|on| on.refused.is_some()) => Err(refused),
        Some(_) => Ok(Came(said)),
        None if said.stopped.is_empty() => {
            // Why there is nobody to call is for the state to say.
            act(&served, &who, caller.command(Vec::new(), slots)).await
        }
        None => Ok(Came(said)),
    }
}

/// For whom a stop call is made.
#[derive(Clone, Copy)]
enum Caller {
    Desk(Desk),
    Element(ElementId),
}

impl Caller {
    fn of(who: &SignedIn, desk: Option<&str>) -> Result<Self, Refused> {
        // A desk that is named for an element holds nothing up: each line has its own.
        if let Some(element) = who.scope().element() {
            return Ok(Caller::Element(element));
        }
        let desk = desk.ok_or_else(|| Refused::invalid(&Unfit::NameTheDesk))?;
        let desk = parse(desk)?;
        who.for_desk(desk)?;
        Ok(Caller::Desk(desk))
    }

    fn lines(self, served: &Served) -> Vec<LineId> {
        match self {
            Caller::Desk(desk) => served.shell.directory.lines_of(desk),
            Caller::Element(_) => served.shell.directory.all(),
        }
    }

    fn command(self, lines: Vec<LineId>, slots: slot::Slots) -> Command {
        match self {
            Caller::Desk(desk) => Command::Stop { lines, desk, slots },
            Caller::Element(element) => Command::StopForElement {
                element,
                lines,
                slots,
            },
        }
    }
}

async fn call(
    served: &Served,
    who: &SignedIn,
    caller: Caller,
    name: String,
    line: Result<LineId, Refused>,
    slots: slot::Slots,
) -> Result<Vec<Stopped>, (String, Refused)> {
    let lines = match line {
        Ok(line) => vec![line],
        Err(refused) => return Err((name, refused)),
    };
    let command = caller.command(lines, slots);
    match served.shell.command(who.by(), command).await {
        Ok(done) => Ok(told_by_file(served, outcome(&done).stopped).await),
        Err(unanswered) => Err((name, unanswered.into())),
    }
}

/// What did not go out, with whether its line has a path at all.
async fn told_by_file(served: &Served, mut stopped: Vec<Stopped>) -> Vec<Stopped> {
    for sent in stopped.iter_mut().filter(|sent| !sent.on_its_way) {
        let Ok(line) = sent.line.parse::<LineId>() else {
            continue;
        };
        let by_file = served.shell.ask_now(move |node| {
            let view = node.state().lines.get(&line);
            view.is_some_and(|view| view.link == LinkState::ByFile)
        });
        // Without an answer it is said that it waits, and to telephone all the same.
        sent.by_file = by_file.await.unwrap_or(false);
    }
    stopped
}

fn told(not_understood: BTreeMap<String, model::said::Said>) -> BTreeMap<String, Text> {
    let each = not_understood.into_iter();
    each.map(|(slot, why)| (slot, why.into())).collect()
}

/// A call that could not even be queued on its line.
async fn not_stopped(served: &Served, name: String, caller: Caller, refused: &Refused) -> Stopped {
    let line = name.parse::<LineId>().ok();
    let numbers = served.shell.ask_now(move |node| {
        let line = line?;
        let desk = match caller {
            Caller::Desk(desk) => Some(desk),
            Caller::Element(_) => node.state().arrangement(line)?.desk_for_elements(),
        };
        Some(node.telephone(line, desk?))
    });
    // Without numbers the reason still says to telephone.
    let numbers = numbers.await.ok().flatten().unwrap_or_default();
    views::not_stopped(name, numbers, refused.said())
}

/// The call of that name, for those who speak for its desk: another desk's officer would end an alarm that the called desk
/// has not heard. An officer of an element speaks for the calls of that element.
async fn called(served: &Served, who: &SignedIn, name: &str) -> Result<EntryRef, Refused> {
    let call = entry(name)?;
    let scope = who.scope();
    if scope.element().is_some() {
        let is_theirs = (served.shell).ask_now(move |node| scope.call(node.state(), call));
        return is_theirs.await?.then_some(call).ok_or(Refused::Unknown {
            what: "stop call",
            which: name.to_owned(),
        });
    }
    speaks_now_about(served, who, move |state| Some(state.calls.get(&call)?.desk)).await?;
    Ok(call)
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Details {
    #[schema(value_type = Object)]
    pub slots: Slots,
}

/// Gives details of a stop call made before. What is not understood is left out, and said.
#[utoipa::path(post, path = "/api/calls/{entry}/details", request_body = Details, responses((status = 200, body = Outcome)))]
pub async fn details(
    State(served): Here,
    who: SignedIn,
    About(call): About,
    Given(given): Given<Details>,
) -> Said {
    let call = called(&served, &who, &call).await?;
    let (slots, not_understood) = slots::understood(&given.slots);
    if slots.is_empty() {
        let field = |(slot, why): (&String, &model::said::Said)| {
            let english = format!("`{slot}`: {why}");
            model::said::Said::of("given-field", &english)
                .with("slot", slot)
                .with("why", why)
        };
        let why: Vec<_> = not_understood.iter().map(field).collect();
        return Err(Refused::invalid(&match why.is_empty() {
            true => Unfit::NoDetails,
            false => Unfit::DetailsNotUnderstood(why),
        }));
    }
    let Came(outcome) = act(&served, &who, Command::StopDetails { call, slots }).await?;
    Ok(Came(Outcome {
        not_understood: told(not_understood),
        stopped: told_by_file(&served, outcome.stopped).await,
        ..outcome
    }))
}

/// Asks that the pause goes on for another limit's worth.
#[utoipa::path(post, path = "/api/calls/{entry}/renew", responses((status = 200, body = Outcome)))]
pub async fn renew(State(served): Here, who: SignedIn, About(call): About) -> Said {
    act(
        &served,
        &who,
        Command::RenewStop {
            call: called(&served, &who, &call).await?,
        },
    )
    .await
}

/// A name that may be given, or not.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Named {
    pub name: Option<String>,
}

/// A person takes the call: the alarm ends, and an answer is owed.
#[utoipa::path(post, path = "/api/calls/{entry}/accept", request_body = Named, responses((status = 200, body = Outcome)))]
pub async fn accept(
    State(served): Here,
    who: SignedIn,
    About(call): About,
    Given(given): Given<Named>,
) -> Said {
    let (call, name) = (called(&served, &who, &call).await?, given.name);
    act(&served, &who, Command::AcceptStop { call, name }).await
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StopAnswer {
    /// pause-ordered, pause-confirmed, cannot-pause, not-ours, unknown.
    pub answer: String,
    /// With cannot-pause: a reason by code.
    #[serde(default)]
    pub reason: Option<String>,
    #[serde(default)]
    pub name: Option<String>,
}

/// Answers a stop call.
#[utoipa::path(post, path = "/api/calls/{entry}/answer", request_body = StopAnswer, responses((status = 200, body = Outcome)))]
pub async fn answer_stop(
    State(served): Here,
    who: SignedIn,
    About(call): About,
    Given(given): Given<StopAnswer>,
) -> Said {
    let command = Command::AnswerStop {
        call: called(&served, &who, &call).await?,
        answer: parse(&given.answer)?,
        reason: parse_some(given.reason.as_ref())?,
        name: given.name,
    };
    act(&served, &who, command).await
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EndPause {
    pub reason: String,
    #[serde(default)]
    pub name: Option<String>,
}

/// The called party ends its own pause before the limit.
#[utoipa::path(post, path = "/api/calls/{entry}/end", request_body = EndPause, responses((status = 200, body = Outcome)))]
pub async fn end_pause(
    State(served): Here,
    who: SignedIn,
    About(call): About,
    Given(given): Given<EndPause>,
) -> Said {
    let command = Command::EndPause {
        call: called(&served, &who, &call).await?,
        reason: parse(&given.reason)?,
        name: given.name,
    };
    act(&served, &who, command).await
}

/// The caller: the danger is over.
#[utoipa::path(post, path = "/api/calls/{entry}/lift", responses((status = 200, body = Outcome)))]
pub async fn lift(State(served): Here, who: SignedIn, About(call): About) -> Said {
    act(
        &served,
        &who,
        Command::LiftStop {
            call: called(&served, &who, &call).await?,
        },
    )
    .await
}

/// The called party: we have resumed.
#[utoipa::path(post, path = "/api/calls/{entry}/resume", responses((status = 200, body = Outcome)))]
pub async fn resume(State(served): Here, who: SignedIn, About(call): About) -> Said {
    act(
        &served,
        &who,
        Command::ResumeAfterStop {
            call: called(&served, &who, &call).await?,
        },
    )
    .await
}

/// The caller: this call should not have been made.
#[utoipa::path(post, path = "/api/calls/{entry}/error", responses((status = 200, body = Outcome)))]
pub async fn raised_in_error(State(served): Here, who: SignedIn, About(call): About) -> Said {
    act(
        &served,
        &who,
        Command::StopRaisedInError {
            call: called(&served, &who, &call).await?,
        },
    )
    .await
}
