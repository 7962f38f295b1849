//! The desk: line checks, the standing of a line, watches, alarms.

use super::super::given::{About, Given};
use super::super::identity::SignedIn;
use super::super::problem::Refused;
use super::super::slots;
use super::super::views::Outcome;
use super::{
    GivenRemarks, Here, Said, act, entry, is_no_interpreter, line, parse, speaks_about, speaks_for,
    speaks_now_about,
};
use crate::auth::NotAllowed;
use crate::names;
use crate::random;
use crate::server::Served;
use axum::extract::State;
use model::code;
use model::command::Command;
use model::event::AlarmCause;
use serde::Deserialize;
use utoipa::ToSchema;

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
    About(name): About,
    Given(given): Given<OfDesk>,
) -> Said {
    let desk = parse(&given.desk)?;
    speaks_for(&who, desk)?;
    let number = u64::from(u32::from_be_bytes(random::bytes()?)) % 1_000_000;
    let command = Command::CheckLine {
        line: line(&served, &name)?,
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
    About(of): About,
    Given(given): Given<CheckAnswer>,
) -> Said {
    let check = entry(&of)?;
    let desk_of = move |state: &model::state::State| {
        let view = state.lines.get(&check.log.line)?;
        Some(view.checks.get(&check)?.desk)
    };
    speaks_about(&served, &who, desk_of).await?;
    let command = Command::AnswerLineCheck {
        entry: check,
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
    About(name): About,
    Given(given): Given<SetStanding>,
) -> Said {
    let since = match &given.since {
        Some(typed) => slots::typed_time(typed)?,
        None => crate::clock::now(),
    };
    let line = line(&served, &name)?;
    let desks = served.shell.directory.desks_of(line);
    // Whoever speaks for one desk of the line may say that this party holds it to be open.
    let may = desks.iter().any(|desk| speaks_for(&who, *desk).is_ok());
    if !may {
        is_no_interpreter(&who)?;
        return Err(NotAllowed::OtherLine.to(who.officer.name).into());
    }
    let command = Command::SetStanding {
        line,
        standing: parse::<code::Standing>(&given.standing)?,
        since,
        remarks: GivenRemarks::read(given.remarks)?,
    };
    act(&served, &who, command).await
}

/// Takes the watch of a desk. An interpreter cannot: whoever is on watch accepts and answers.
#[utoipa::path(post, path = "/api/watch/{desk}", responses((status = 200, body = Outcome)))]
pub async fn take_watch(State(served): Here, who: SignedIn, About(desk): About) -> Said {
    let desk = parse(&desk)?;
    is_no_interpreter(&who)?;
    who.for_desk(desk)?;
    act(&served, &who, Command::TakeWatch { desk }).await
}

/// Leaves it.
#[utoipa::path(delete, path = "/api/watch/{desk}", responses((status = 200, body = Outcome)))]
pub async fn leave_watch(State(served): Here, who: SignedIn, About(desk): About) -> Said {
    let desk = parse(&desk)?;
    who.for_desk(desk)?;
    act(&served, &who, Command::LeaveWatch { desk }).await
}

/// Turns the tone off. That is no acceptance.
#[utoipa::path(post, path = "/api/alarms/{alarm}/silence", responses((status = 200, body = Outcome)))]
pub async fn silence(State(served): Here, who: SignedIn, About(alarm): About) -> Said {
    let alarm = alarm_of(&served, &who, &alarm).await?;
    act(&served, &who, Command::SilenceAlarm { alarm }).await
}

/// The alarm of that name, for those whom it calls: another desk's officer would turn off what the called desk has not heard.
async fn alarm_of(served: &Served, who: &SignedIn, name: &str) -> Result<AlarmCause, Refused> {
    let alarm = names::parse_alarm(name).map_err(|error| Refused::invalid(&error))?;
    if let Some(line) = alarm.sounds_on_all_of() {
        // It sounds at every desk of the line.
        let desks = served.shell.directory.desks_of(line);
        if desks.iter().any(|desk| speaks_for(who, *desk).is_ok()) {
            return Ok(alarm);
        }
    }
    speaks_now_about(served, who, move |state| {
        Some(state.alarms.get(&alarm)?.desk)
    })
    .await?;
    Ok(alarm)
}

/// A person knows, where knowing is all that is asked.
#[utoipa::path(post, path = "/api/alarms/{alarm}/acknowledge", responses((status = 200, body = Outcome)))]
pub async fn acknowledge(State(served): Here, who: SignedIn, About(alarm): About) -> Said {
    let alarm = alarm_of(&served, &who, &alarm).await?;
    act(&served, &who, Command::AcknowledgeAlarm { alarm }).await
}
