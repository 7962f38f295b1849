//! What officers do. Each handler checks the desk, makes a command, and says what came of it.

pub mod desk;
pub mod notices;
pub mod stops;

use super::identity::SignedIn;
use super::problem::Refused;
use super::unfit::Unfit;
use super::views::{self, Outcome, ReleasedOn, outcome, released_on};
use crate::auth::NotAllowed;
use crate::clock;
use crate::names;
use crate::said::Text;
use crate::server::Served;
use axum::Json;
use axum::extract;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use channel::effect::Done;
use channel::preview::Preview;
use model::code::{Desk, Role};
use model::command::{Acting, Command, IncidentCommand, ReleaseTerms, Remarks};
use model::ids::{AuthorityId, LineId, LineName};
use model::line::EntryRef;
use model::said::Says;
use model::state::State;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::str::FromStr;
use std::sync::Arc;
use utoipa::ToSchema;

pub use notices::Drafted;

/// The most lines that one request names.
const MAX_NAMED: usize = 1_000;

pub(super) type Here = extract::State<Arc<Served>>;

/// What came of a command. Where some lines took it and others did not, the status says so (207).
pub struct Came(pub Outcome);

impl IntoResponse for Came {
    fn into_response(self) -> Response {
        let is_denied = self.0.released.iter().any(|on| on.entry.is_none());
        let status = match is_denied {
            true => StatusCode::MULTI_STATUS,
            false => StatusCode::OK,
        };
        (status, Json(self.0)).into_response()
    }
}

/// What handlers of commands answer with.
pub(super) type Said = Result<Came, Refused>;

pub(super) fn parse<T: FromStr<Err: Says>>(text: &str) -> Result<T, Refused> {
    text.parse()
        .map_err(|error: T::Err| Refused::invalid(&error))
}

pub(super) fn parse_some<T: FromStr<Err: Says>>(
    text: Option<&String>,
) -> Result<Option<T>, Refused> {
    text.map(|text| parse(text)).transpose()
}

pub(super) fn entry(name: &str) -> Result<EntryRef, Refused> {
    names::parse_entry(name).map_err(|error| Refused::invalid(&error))
}

/// Who may say something for `desk`: its officers, and those of the senior desk above it. What is said is signed and the
/// other party holds us to it. An interpreter speaks for nobody.
pub(super) fn speaks_for(who: &SignedIn, desk: Desk) -> Result<(), Refused> {
    is_no_interpreter(who)?;
    who.for_desk(Desk::Senior).or_else(|_| who.for_desk(desk))
}

pub(super) fn is_no_interpreter(who: &SignedIn) -> Result<(), Refused> {
    match who.officer.role {
        Role::Interpreter => Err(NotAllowed::Interpreter.to(who.officer.name).into()),
        _may_speak => Ok(()),
    }
}

/// As [`speaks_for`], for the desk of something in the state. That there is no such thing is for the state to say.
async fn speaks_about(
    served: &Served,
    who: &SignedIn,
    desk: impl FnOnce(&State) -> Option<Desk> + Send + 'static,
) -> Result<(), Refused> {
    let desk = served.shell.ask(move |node| desk(node.state())).await?;
    desk.map_or(Ok(()), |desk| speaks_for(who, desk))
}

/// As [`speaks_about`], for what belongs to a stop call. Nothing else may ask so: there are few places ahead of all others,
/// and each is a stop call's.
async fn speaks_now_about(
    served: &Served,
    who: &SignedIn,
    desk: impl FnOnce(&State) -> Option<Desk> + Send + 'static,
) -> Result<(), Refused> {
    let desk = (served.shell.ask_now(move |node| desk(node.state()))).await?;
    desk.map_or(Ok(()), |desk| speaks_for(who, desk))
}

pub(super) async fn act(served: &Served, who: &SignedIn, command: Command) -> Said {
    let by = who.acting();
    let done = served.shell.command(who.by(), command.clone()).await?;
    let mut outcome = outcome(&done);
    if let Done::Released(lines) = &done
        && lines.iter().any(|(_, result)| result.is_err())
    {
        outcome.released = explained(served, by, &command, lines).await?;
        if outcome.released.iter().all(|on| on.entry.is_none()) {
            return Err(Refused::Denied(outcome.released));
        }
    }
    Ok(Came(outcome))
}

/// What became of a release, line by line; where it was denied, with what to do about it and the authorities under which it
/// could go.
async fn explained(
    served: &Served,
    by: Acting,
    command: &Command,
    lines: &[(LineId, Result<EntryRef, model::event::Decision>)],
) -> Result<Vec<ReleasedOn>, Refused> {
    let asked = command.clone();
    let (mut why, mut under, peers) = served
        .shell
        .ask(move |node| {
            let lines = node.state().lines.iter();
            let peers: BTreeMap<_, _> = lines.map(|(line, view)| (*line, view.peer)).collect();
            (
                why_not(node, by, &asked),
                authorities(node, by, &asked),
                peers,
            )
        })
        .await?;
    let each = lines.iter().map(|(line, result)| {
        let mut on = released_on(*line, result);
        on.to = peers.get(line).map(ToString::to_string);
        if result.is_err() {
            on.why = why.remove(line).unwrap_or_default();
            let found = under.remove(line).unwrap_or_default();
            on.authorities = found.iter().map(AuthorityId::to_string).collect();
        }
        on
    });
    Ok(each.collect())
}

/// Under which authorities of the rules in force `command` could let something go, line by line. Nothing is released,
/// and nothing journalled, by asking.
pub(in crate::http) fn authorities(
    node: &channel::Node,
    by: Acting,
    command: &Command,
) -> BTreeMap<LineId, Vec<AuthorityId>> {
    let listed = node.rules().metadata().authorities.iter();
    let mut found: BTreeMap<LineId, Vec<AuthorityId>> = BTreeMap::new();
    for authority in listed.map(|listed| listed.id) {
        for preview in previews(node, by, &under(command, authority)) {
            if preview.goes.is_some() {
                found.entry(preview.line).or_default().push(authority);
            }
        }
    }
    found
}

/// Why `command` lets nothing go, and what to do about it, line by line.
fn why_not(node: &channel::Node, by: Acting, command: &Command) -> BTreeMap<LineId, Vec<Text>> {
    let mut found: BTreeMap<LineId, Vec<Text>> = BTreeMap::new();
    for preview in previews(node, by, command) {
        let said = preview.denials.iter().map(views::denied);
        found.entry(preview.line).or_default().extend(said);
    }
    found
}

/// What `command` would let go, line by line; nothing where it is refused, which its answer says.
fn previews(node: &channel::Node, by: Acting, command: &Command) -> Vec<Preview> {
    node.preview(by, command, clock::now()).unwrap_or_default()
}

/// The same command under another authority.
fn under(command: &Command, authority: AuthorityId) -> Command {
    let mut command = command.clone();
    let terms = match &mut command {
        Command::ReleaseNotice { terms, .. } => Some(terms),
        Command::AnswerNotice { remarks, .. } | Command::SetStanding { remarks, .. } => {
            remarks.as_mut().map(|remarks| &mut remarks.terms)
        }
        Command::SayPhrase { terms, .. } => terms.as_mut(),
        Command::Incident(
            IncidentCommand::Claim { terms, .. }
            | IncidentCommand::State { terms, .. }
            | IncidentCommand::Warn { terms, .. },
        ) => Some(terms),
        Command::Incident(IncidentCommand::Answer { words, .. }) => {
            words.as_mut().map(|words| &mut words.terms)
        }
        Command::TranslatePhrase { terms, .. } | Command::ChallengeTranslation { terms, .. } => {
            Some(terms)
        }
        _asks_no_rules => None,
    };
    if let Some(terms) = terms {
        terms.authority = authority;
    }
    command
}

/// The line of that name, or with that identifier.
pub(super) fn line(served: &Served, name: &str) -> Result<LineId, Refused> {
    if let Ok(line) = name.parse::<LineId>() {
        return Ok(line);
    }
    let wanted: LineName = parse(name)?;
    served
        .shell
        .directory
        .line(wanted)
        .ok_or_else(|| Refused::Unknown {
            what: "line",
            which: name.to_owned(),
        })
}

fn not_too_many(named: &[String]) -> Result<(), Refused> {
    match named.len() > MAX_NAMED {
        true => Err(Refused::invalid(&Unfit::TooManyLines(MAX_NAMED))),
        false => Ok(()),
    }
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
    pub(in crate::http) fn read(&self) -> Result<ReleaseTerms, Refused> {
        Ok(ReleaseTerms {
            authority: parse(&self.authority)?,
            purpose: parse(&self.purpose)?,
            element: parse_some(self.element.as_ref())?,
        })
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_lines_are_named_at_a_time_and_not_one_more() {
        let named = |count: usize| vec!["air-line".to_owned(); count];
        assert!(not_too_many(&named(MAX_NAMED)).is_ok());
        assert!(not_too_many(&named(MAX_NAMED + 1)).is_err());
    }
}
