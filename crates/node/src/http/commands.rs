//! What officers do. Each handler checks the desk, makes a command, and says what came of it.

use super::identity::SignedIn;
use super::problem::{Answer, Refused};
use super::slots::{self, Given};
use super::views::{Outcome, outcome};
use crate::auth::AuthError;
use crate::names;
use crate::random;
use crate::server::Served;
use axum::Json;
use axum::extract::{Path, State};
use model::code::{self, Desk, Role};
use model::command::{Command, ReleaseTerms, Remarks};
use model::ids::{LineId, LineName, NoticeId};
use model::kind::Kind;
use model::line::EntryRef;
use serde::{Deserialize, Serialize};
use std::str::FromStr;
use std::sync::Arc;
use utoipa::ToSchema;

/// The most lines that one request names.
const MAX_NAMED: usize = 1_000;

type Here = State<Arc<Served>>;

fn parse<T: FromStr<Err: std::error::Error>>(text: &str) -> Result<T, Refused> {
    text.parse()
        .map_err(|error: T::Err| Refused::invalid(&error))
}

fn parse_some<T: FromStr<Err: std::error::Error>>(
    text: Option<&String>,
) -> Result<Option<T>, Refused> {
    text.map(|text| parse(text)).transpose()
}

fn entry(name: &str) -> Result<EntryRef, Refused> {
    names::parse_entry(name).map_err(|error| Refused::invalid(&error))
}

async fn act(served: &Served, who: &SignedIn, command: Command) -> Answer<Outcome> {
    let done = served.shell.command(who.acting(), command).await?;
    Ok(Json(outcome(&done)))
}

/// The line of that name, or with that identifier.
pub(super) async fn line(served: &Served, name: &str) -> Result<LineId, Refused> {
    if let Ok(line) = name.parse::<LineId>() {
        return Ok(line);
    }
    let wanted: LineName = parse(name)?;
    let found = served
        .shell
        .ask(move |node| {
            let mut lines = node.state().lines.iter();
            lines
                .find(|(_, view)| view.name == wanted)
                .map(|(line, _)| *line)
        })
        .await?;
    found.ok_or(Refused::Unknown {
        what: "line",
        which: name.to_owned(),
    })
}

async fn lines(served: &Served, named: &[String]) -> Result<Vec<LineId>, Refused> {
    if named.len() > MAX_NAMED {
        return Err(Refused::Invalid(format!(
            "at most {MAX_NAMED} lines are named at a time"
        )));
    }
    let mut found = Vec::with_capacity(named.len());
    for name in named {
        found.push(line(served, name).await?);
    }
    Ok(found)
}

/// The lines of `desk`: all that a stop call with none named goes to.
async fn lines_of(served: &Served, desk: Desk) -> Result<Vec<LineId>, Refused> {
    let found = served
        .shell
        .ask(move |node| node.state().lines_of(desk).map(|(line, _)| line).collect())
        .await?;
    Ok(found)
}

/// A stop call. With nothing but a desk it means "your activity in this desk's area; place follows".
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Stop {
    pub desk: String,
    /// Names or identifiers; none: every line of the desk.
    #[serde(default)]
    pub lines: Vec<String>,
    /// See docs/api.md.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub slots: Given,
}

/// Makes a stop call.
#[utoipa::path(post, path = "/api/calls", request_body = Stop, responses((status = 200, body = Outcome)))]
pub async fn stop(State(served): Here, who: SignedIn, Json(given): Json<Stop>) -> Answer<Outcome> {
    let desk = parse(&given.desk)?;
    who.for_desk(desk)?;
    let lines = match given.lines.is_empty() {
        true => lines_of(&served, desk).await?,
        false => lines(&served, &given.lines).await?,
    };
    let (slots, not_understood) = slots::understood(&given.slots);
    let Json(outcome) = act(&served, &who, Command::Stop { lines, desk, slots }).await?;
    Ok(Json(Outcome {
        not_understood,
        ..outcome
    }))
}

/// Only those of the called desk, or of the senior desk above it, speak for it: another desk's officer would end an alarm
/// that the called desk has not heard. An interpreter speaks for nobody.
async fn called(served: &Served, who: &SignedIn, name: &str) -> Result<EntryRef, Refused> {
    let call = entry(name)?;
    if who.officer.role == Role::Interpreter {
        return Err(AuthError::NotAllowed(who.officer.name).into());
    }
    let desk = served
        .shell
        .ask(move |node| node.state().calls.get(&call).map(|call| call.desk))
        .await?;
    // That there is no such call is for the state to say.
    if let Some(desk) = desk
        && who.for_desk(Desk::Senior).is_err()
    {
        who.for_desk(desk)?;
    }
    Ok(call)
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Details {
    #[schema(value_type = Object)]
    pub slots: Given,
}

/// Gives details of a stop call made before.
#[utoipa::path(post, path = "/api/calls/{entry}/details", request_body = Details, responses((status = 200, body = Outcome)))]
pub async fn details(
    State(served): Here,
    who: SignedIn,
    Path(call): Path<String>,
    Json(given): Json<Details>,
) -> Answer<Outcome> {
    let (call, slots) = (
        called(&served, &who, &call).await?,
        slots::slots(&given.slots)?,
    );
    act(&served, &who, Command::StopDetails { call, slots }).await
}

/// Asks that the pause goes on for another limit's worth.
#[utoipa::path(post, path = "/api/calls/{entry}/renew", responses((status = 200, body = Outcome)))]
pub async fn renew(
    State(served): Here,
    who: SignedIn,
    Path(call): Path<String>,
) -> Answer<Outcome> {
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
    Path(call): Path<String>,
    Json(given): Json<Named>,
) -> Answer<Outcome> {
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
    Path(call): Path<String>,
    Json(given): Json<StopAnswer>,
) -> Answer<Outcome> {
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
    Path(call): Path<String>,
    Json(given): Json<EndPause>,
) -> Answer<Outcome> {
    let command = Command::EndPause {
        call: called(&served, &who, &call).await?,
        reason: parse(&given.reason)?,
        name: given.name,
    };
    act(&served, &who, command).await
}

/// The caller: the danger is over.
#[utoipa::path(post, path = "/api/calls/{entry}/lift", responses((status = 200, body = Outcome)))]
pub async fn lift(State(served): Here, who: SignedIn, Path(call): Path<String>) -> Answer<Outcome> {
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
pub async fn resume(
    State(served): Here,
    who: SignedIn,
    Path(call): Path<String>,
) -> Answer<Outcome> {
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
pub async fn raised_in_error(
    State(served): Here,
    who: SignedIn,
    Path(call): Path<String>,
) -> Answer<Outcome> {
    act(
        &served,
        &who,
        Command::StopRaisedInError {
            call: called(&served, &who, &call).await?,
        },
    )
    .await
}

/// A notice that stays here until it is released.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Draft {
    pub kind: String,
    pub desk: String,
    #[schema(value_type = Object)]
    pub slots: Given,
    /// Changes the draft of that number; none: a new one.
    #[serde(default)]
    pub draft: Option<String>,
}

/// The draft's number.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Drafted {
    pub draft: String,
}

/// Drafts a notice, or changes a draft.
#[utoipa::path(post, path = "/api/drafts", request_body = Draft, responses((status = 200, body = Drafted)))]
pub async fn draft(
    State(served): Here,
    who: SignedIn,
    Json(given): Json<Draft>,
) -> Answer<Drafted> {
    let desk = parse(&given.desk)?;
    who.for_desk(desk)?;
    let notice = match parse_some(given.draft.as_ref())? {
        Some(notice) => notice,
        None => NoticeId::from_random(random::bytes()?),
    };
    let command = Command::DraftNotice {
        notice,
        kind: parse::<Kind>(&given.kind)?,
        desk,
        slots: slots::slots(&given.slots)?,
    };
    served.shell.command(who.acting(), command).await?;
    Ok(Json(Drafted {
        draft: notice.to_string(),
    }))
}

/// Throws a draft away.
#[utoipa::path(delete, path = "/api/drafts/{draft}", responses((status = 200, body = Outcome)))]
pub async fn discard(
    State(served): Here,
    who: SignedIn,
    Path(draft): Path<String>,
) -> Answer<Outcome> {
    act(
        &served,
        &who,
        Command::DiscardNotice {
            notice: parse(&draft)?,
        },
    )
    .await
}

/// Under what something is let go.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    pub authority: String,
    pub purpose: String,
    #[serde(default)]
    pub element: Option<String>,
}

impl Terms {
    fn read(&self) -> Result<ReleaseTerms, Refused> {
        Ok(ReleaseTerms {
            authority: parse(&self.authority)?,
            purpose: parse(&self.purpose)?,
            element: parse_some(self.element.as_ref())?,
        })
    }
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Release {
    pub lines: Vec<String>,
    pub terms: Terms,
}

/// Lets a draft go on named lines.
#[utoipa::path(post, path = "/api/drafts/{draft}/release", request_body = Release, responses((status = 200, body = Outcome)))]
pub async fn release(
    State(served): Here,
    who: SignedIn,
    Path(draft): Path<String>,
    Json(given): Json<Release>,
) -> Answer<Outcome> {
    let command = Command::ReleaseNotice {
        notice: parse(&draft)?,
        lines: lines(&served, &given.lines).await?,
        terms: given.terms.read()?,
    };
    act(&served, &who, command).await
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Withdraw {
    /// finished, cancelled, replaced, given-in-error.
    pub reason: String,
}

/// Withdraws a notice from every line it was released on.
#[utoipa::path(post, path = "/api/drafts/{draft}/withdraw", request_body = Withdraw, responses((status = 200, body = Outcome)))]
pub async fn withdraw(
    State(served): Here,
    who: SignedIn,
    Path(draft): Path<String>,
    Json(given): Json<Withdraw>,
) -> Answer<Outcome> {
    let command = Command::WithdrawNotice {
        notice: parse(&draft)?,
        reason: parse(&given.reason)?,
    };
    act(&served, &who, command).await
}

/// A signed-in officer's screen showed it: page visible, item in view, input recent.
#[utoipa::path(post, path = "/api/notices/{entry}/displayed", responses((status = 200, body = Outcome)))]
pub async fn displayed(
    State(served): Here,
    who: SignedIn,
    Path(of): Path<String>,
) -> Answer<Outcome> {
    act(&served, &who, Command::Displayed { entry: entry(&of)? }).await
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReadBack {
    /// Entered again by the reader, never copied.
    #[schema(value_type = Object)]
    pub items: Given,
}

/// Reads a notice back by entering its critical items again.
#[utoipa::path(post, path = "/api/notices/{entry}/read-back", request_body = ReadBack, responses((status = 200, body = Outcome)))]
pub async fn read_back(
    State(served): Here,
    who: SignedIn,
    Path(of): Path<String>,
    Json(given): Json<ReadBack>,
) -> Answer<Outcome> {
    let command = Command::ReadBack {
        entry: entry(&of)?,
        items: slots::items(&given.items)?,
    };
    act(&served, &who, command).await
}

/// Free text, and under what it is let go.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GivenRemarks {
    pub text: String,
    pub terms: Terms,
}

impl GivenRemarks {
    fn read(given: Option<Self>) -> Result<Option<Remarks>, Refused> {
        given
            .map(|given| {
                Ok(Remarks {
                    terms: given.terms.read()?,
                    text: given.text,
                })
            })
            .transpose()
    }
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NoticeAnswer {
    /// no-objection, objection, concern, cannot-comply.
    pub answer: String,
    #[serde(default)]
    pub name: Option<String>,
    #[serde(default)]
    pub remarks: Option<GivenRemarks>,
}

/// Answers a notice. Silence is no answer.
#[utoipa::path(post, path = "/api/notices/{entry}/answer", request_body = NoticeAnswer, responses((status = 200, body = Outcome)))]
pub async fn answer_notice(
    State(served): Here,
    who: SignedIn,
    Path(of): Path<String>,
    Json(given): Json<NoticeAnswer>,
) -> Answer<Outcome> {
    let command = Command::AnswerNotice {
        entry: entry(&of)?,
        answer: parse(&given.answer)?,
        name: given.name,
        remarks: GivenRemarks::read(given.remarks)?,
    };
    act(&served, &who, command).await
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OfDesk {
    pub desk: String,
}

/// Checks a line: the other desk reads the number back.
#[utoipa::path(post, path = "/api/lines/{line}/checks", request_body = OfDesk, responses((status = 200, body = Outcome)))]
pub async fn check_line(
    State(served): Here,
    who: SignedIn,
    Path(name): Path<String>,
    Json(given): Json<OfDesk>,
) -> Answer<Outcome> {
    let desk = parse(&given.desk)?;
    who.for_desk(desk)?;
    let number = u64::from(u32::from_be_bytes(random::bytes()?)) % 1_000_000;
    let command = Command::CheckLine {
        line: line(&served, &name).await?,
        desk,
        challenge: number,
    };
    act(&served, &who, command).await
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CheckAnswer {
    /// The six digits that the check showed, entered by hand.
    pub challenge: u64,
    /// received-and-read, trouble.
    pub result: String,
}

/// Answers a line check.
#[utoipa::path(post, path = "/api/checks/{entry}/answer", request_body = CheckAnswer, responses((status = 200, body = Outcome)))]
pub async fn answer_check(
    State(served): Here,
    who: SignedIn,
    Path(of): Path<String>,
    Json(given): Json<CheckAnswer>,
) -> Answer<Outcome> {
    let command = Command::AnswerLineCheck {
        entry: entry(&of)?,
        challenge: given.challenge,
        result: parse(&given.result)?,
    };
    act(&served, &who, command).await
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetStanding {
    /// open, suspended. Suspension stops nothing that is safety of life.
    pub standing: String,
    /// Since when; now if not given. As a time slot.
    #[serde(default)]
    pub since: Option<String>,
    #[serde(default)]
    pub remarks: Option<GivenRemarks>,
}

/// Says whether this party holds the line to be open.
#[utoipa::path(post, path = "/api/lines/{line}/standing", request_body = SetStanding, responses((status = 200, body = Outcome)))]
pub async fn set_standing(
    State(served): Here,
    who: SignedIn,
    Path(name): Path<String>,
    Json(given): Json<SetStanding>,
) -> Answer<Outcome> {
    let since = match &given.since {
        Some(typed) => slots::typed_time(typed)?,
        None => crate::clock::now(),
    };
    let command = Command::SetStanding {
        line: line(&served, &name).await?,
        standing: parse::<code::Standing>(&given.standing)?,
        since,
        remarks: GivenRemarks::read(given.remarks)?,
    };
    act(&served, &who, command).await
}

/// Takes the watch of a desk.
#[utoipa::path(post, path = "/api/watch/{desk}", responses((status = 200, body = Outcome)))]
pub async fn take_watch(
    State(served): Here,
    who: SignedIn,
    Path(desk): Path<String>,
) -> Answer<Outcome> {
    let desk = parse(&desk)?;
    who.for_desk(desk)?;
    act(&served, &who, Command::TakeWatch { desk }).await
}

/// Leaves it.
#[utoipa::path(delete, path = "/api/watch/{desk}", responses((status = 200, body = Outcome)))]
pub async fn leave_watch(
    State(served): Here,
    who: SignedIn,
    Path(desk): Path<String>,
) -> Answer<Outcome> {
    act(
        &served,
        &who,
        Command::LeaveWatch {
            desk: parse(&desk)?,
        },
    )
    .await
}

/// Turns the tone off. That is no acceptance.
#[utoipa::path(post, path = "/api/alarms/{alarm}/silence", responses((status = 200, body = Outcome)))]
pub async fn silence(
    State(served): Here,
    who: SignedIn,
    Path(alarm): Path<String>,
) -> Answer<Outcome> {
    let alarm = names::parse_alarm(&alarm).map_err(|error| Refused::invalid(&error))?;
    act(&served, &who, Command::SilenceAlarm { alarm }).await
}

/// A person knows, where knowing is all that is asked.
#[utoipa::path(post, path = "/api/alarms/{alarm}/acknowledge", responses((status = 200, body = Outcome)))]
pub async fn acknowledge(
    State(served): Here,
    who: SignedIn,
    Path(alarm): Path<String>,
) -> Answer<Outcome> {
    let alarm = names::parse_alarm(&alarm).map_err(|error| Refused::invalid(&error))?;
    act(&served, &who, Command::AcknowledgeAlarm { alarm }).await
}
