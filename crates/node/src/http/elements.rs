//! Those whom this party speaks for: enrolled by its desks, and what they have consented to.

use super::commands::notices::drafted;
use super::commands::{Here, Said, act, is_no_interpreter, line, parse, parse_some, speaks_for};
use super::given::{About, Given};
use super::identity::SignedIn;
use super::problem::{Answer, Refused};
use super::views::{Outcome, ms};
use crate::clock;
use crate::server::Served;
use axum::Json;
use axum::extract::State;
use model::code::Desk;
use model::command::Command;
use model::element::Enrolled;
use model::ids::{ElementId, LineId, OfficerId};
use model::said::Says as _;
use model::state::State as NodeState;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// An element that this party speaks for. Nothing of it leaves this node but what its consents let go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ElementShown {
    pub element: String,
    /// What it is called here; empty where that was destroyed.
    pub name: String,
    /// Since when it is enrolled, in Unix milliseconds.
    pub since: i64,
    /// When this party ended speaking for it, where something of it stands still: that is withdrawn by the desk, or stays.
    pub ended: Option<i64>,
    /// Every line in force, and what its stop calls may carry there.
    pub lines: Vec<ElementLineShown>,
}

/// What an element has consented to on one line. Without consent its stop calls go all the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ElementLineShown {
    pub line: String,
    pub name: String,
    /// The party at its other end.
    pub peer: String,
    /// The desk that is called there; `null`: the arrangement has none.
    pub desk: Option<String>,
    /// Its stop calls may say where it is.
    pub place: bool,
    /// Its stop calls, and notices that it consents to, may say which element it is.
    pub named: bool,
    /// When that was said last, in Unix milliseconds; `null`: nothing was ever said.
    pub at: Option<i64>,
    /// by-its-officer, in-person, by-letter, by-telephone.
    pub how: Option<String>,
}

/// The elements; for an officer of one, that one.
#[utoipa::path(get, path = "/api/elements", responses((status = 200, body = Vec<ElementShown>)))]
pub async fn elements(State(served): Here, who: SignedIn) -> Answer<Vec<ElementShown>> {
    let scope = who.scope();
    let shown = served.shell.ask(move |node| {
        let state = node.state();
        let enrolled = state.elements.enrolled();
        enrolled
            .filter(|(element, _)| scope.is_element(*element))
            .map(|(element, enrolled)| shown(state, element, enrolled))
            .collect()
    });
    Ok(Json(shown.await?))
}

fn shown(state: &NodeState, element: ElementId, enrolled: &Enrolled) -> ElementShown {
    let lines = state.lines.iter().map(|(line, view)| {
        let consent = enrolled.consents.get(line);
        let desk = view.arrangement.desk_for_elements();
        ElementLineShown {
            line: line.to_string(),
            name: view.name.to_string(),
            peer: view.peer.to_string(),
            desk: desk.map(|desk| desk.to_string()),
            place: consent.is_some_and(|consent| consent.place),
            named: consent.is_some_and(|consent| consent.named),
            at: consent.map(|consent| ms(consent.noted.at)),
            how: consent.map(|consent| consent.noted.how.to_string()),
        }
    });
    ElementShown {
        element: element.to_string(),
        name: enrolled.name.clone(),
        since: ms(enrolled.since),
        ended: enrolled.ended.map(ms),
        lines: lines.collect(),
    }
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Enrol {
    /// A short name, as accounts and drafts name it.
    pub element: String,
    /// What it is called here.
    pub name: String,
}

/// Enrols an element, or names it otherwise. For officers of a desk that speaks for elements on some line.
#[utoipa::path(post, path = "/api/elements", request_body = Enrol, responses((status = 200, body = Outcome)))]
pub async fn enrol_element(State(served): Here, who: SignedIn, Given(given): Given<Enrol>) -> Said {
    speaks_for_elements(&served, &who).await?;
    let command = Command::EnrolElement {
        element: parse(&given.element)?,
        name: given.name,
    };
    act(&served, &who, command).await
}

/// The accounts that ended with an element.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Unenrolled {
    pub accounts: Vec<String>,
}

/// Ends speaking for an element. Its accounts end first. Its sites stay as they were told, until the desk withdraws them; none of its
/// drafts is told anew. For officers of a desk that speaks for elements on some line.
#[utoipa::path(delete, path = "/api/elements/{element}", responses((status = 200, body = Unenrolled)))]
pub async fn unenrol_element(
    State(served): Here,
    who: SignedIn,
    About(element): About,
) -> Answer<Unenrolled> {
    speaks_for_elements(&served, &who).await?;
    let element: ElementId = parse(&element)?;
    let (acting, by) = (who.acting(), who.by());
    let command = Command::UnenrolElement { element };
    // An account must not outlive it, whatever happens between the two; so they end first, and not where it would be refused.
    let asked = command.clone();
    let may = (served.shell).ask(move |node| {
        let decided = node.state().decide(acting, &asked, clock::now());
        decided.map(|_| ()).map_err(|refused| refused.said())
    });
    may.await?.map_err(Refused::Invalid)?;
    let (accounts, of) = (served.clone(), element);
    let ended = tokio::task::spawn_blocking(move || accounts.auth.end_element(of));
    let ended = ended
        .await
        .map_err(|error| Refused::Internal(error.to_string()))??;
    served.shell.command(by, command).await?;
    tracing::warn!(%element, accounts = ended.len(), "an element is spoken for no more, and its accounts have ended");
    Ok(Json(Unenrolled {
        accounts: ended.iter().map(OfficerId::to_string).collect(),
    }))
}

async fn speaks_for_elements(served: &Served, who: &SignedIn) -> Result<(), Refused> {
    is_no_interpreter(who)?;
    let desks = (served.shell).ask(|node| {
        let lines = node.state().lines.values();
        let desks = lines.filter_map(|view| view.arrangement.desk_for_elements());
        desks.collect::<Vec<Desk>>()
    });
    speaks_for_one(who, &desks.await?)
}

fn speaks_for_one(who: &SignedIn, desks: &[Desk]) -> Result<(), Refused> {
    let Some(first) = desks.first() else {
        // That no line is in force yet keeps nobody from beginning.
        return Ok(());
    };
    let may = desks.iter().any(|desk| speaks_for(who, *desk).is_ok());
    match may {
        true => Ok(()),
        false => speaks_for(who, *first),
    }
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StopCallConsent {
    /// Name or identifier.
    pub line: String,
    /// Whether its stop calls may say where it is, to the other party of that line; not given: as it was.
    #[serde(default)]
    pub place: Option<bool>,
    /// Whether they, and its notices, may say which element it is; not given: as it was.
    #[serde(default)]
    pub named: Option<bool>,
    /// in-person, by-letter, by-telephone: how the desk was told. An officer of the element gives none.
    #[serde(default)]
    pub how: Option<String>,
}

/// Notes what an element's stop calls may carry on a line: said by its own officer, or by the desk on its behalf.
#[utoipa::path(post, path = "/api/elements/{element}/consent", request_body = StopCallConsent, responses((status = 200, body = Outcome)))]
pub async fn consent_to_stop_calls(
    State(served): Here,
    who: SignedIn,
    About(element): About,
    Given(given): Given<StopCallConsent>,
) -> Said {
    let named: ElementId = parse(&element)?;
    if !who.scope().is_element(named) {
        return Err(Refused::Unknown {
            what: "element",
            which: element,
        });
    }
    let line = line(&served, &given.line)?;
    speaks_on(&served, &who, line).await?;
    let command = Command::ConsentToStopCalls {
        element: named,
        line,
        place: given.place,
        named: given.named,
        how: parse_some(given.how.as_ref())?,
    };
    act(&served, &who, command).await
}

/// Whether they speak for elements on that line: officers of its desk for that, and those of an element for themselves.
async fn speaks_on(served: &Served, who: &SignedIn, line: LineId) -> Result<(), Refused> {
    if who.scope().element().is_some() {
        return Ok(());
    }
    let desk = (served.shell).ask(move |node| {
        let arrangement = node.state().arrangement(line)?;
        arrangement.desk_for_elements()
    });
    desk.await?.map_or(Ok(()), |desk| speaks_for(who, desk))
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GivenSiteConsent {
    /// Name or identifier.
    pub line: String,
    /// `false` withdraws it, at any time: what was said is then to be withdrawn by the desk.
    pub given: bool,
    /// in-person, by-letter, by-telephone: how the desk was told. An officer of the element gives none.
    #[serde(default)]
    pub how: Option<String>,
}

/// Notes whether a draft of an element, as it says now, may be told on a line. That asks the desk to release it, and does
/// not release it.
#[utoipa::path(post, path = "/api/drafts/{draft}/consent", request_body = GivenSiteConsent, responses((status = 200, body = Outcome)))]
pub async fn consent_to_site(
    State(served): Here,
    who: SignedIn,
    About(draft): About,
    Given(given): Given<GivenSiteConsent>,
) -> Said {
    let command = Command::ConsentToSite {
        notice: drafted(&served, &who, &draft).await?,
        line: line(&served, &given.line)?,
        given: given.given,
        how: parse_some(given.how.as_ref())?,
    };
    act(&served, &who, command).await
}
