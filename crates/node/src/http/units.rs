//! Downstream units, as their desks see them: who has it and who is silent, links, sheets, and what officers relay.

use super::commands::{Came, Here, entry, parse, speaks_for};
use super::given::{About, Given};
use super::identity::SignedIn;
use super::problem::{Answer, Refused};
use super::scope::sees_units;
use super::slots;
use super::unfit::Unfit;
use super::views::{Outcome, area_shown, ms, outcome};
use crate::auth::LINK_FOR;
use crate::clock;
use crate::names;
use crate::server::Served;
use crate::telephones::typed_code;
use axum::Json;
use axum::extract::State;
use model::code::Desk;
use model::command::Command;
use model::downstream::{Described, ReceiptBy, UnitReceipt};
use model::ids::UnitId;
use model::line::EntryRef;
use model::place::Area;
use model::state::State as NodeState;
use model::units::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

pub mod page;
pub mod sheet;

/// How often an enrolment is tried while others take its number.
const MAX_TRIES: u32 = 5;

/// A downstream unit. It never leaves this node.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct UnitShown {
    /// The number that the node gave it.
    pub unit: String,
    /// `null`: destroyed.
    pub name: Option<String>,
    pub desk: String,
    #[schema(value_type = Object)]
    pub area: Option<Value>,
    pub enrolled_at: i64,
    /// none, linked (a link waits to be used), enrolled.
    pub telephone: String,
    /// Of how much that concerns it now no receipt is held.
    pub silent: usize,
}

/// What is known of a unit's receipt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReceiptShown {
    pub at: i64,
    /// `by the unit`, or `relayed by officer NAME`.
    pub words: String,
    /// Who relayed it; `null`: the unit itself said so.
    pub relayed_by: Option<String>,
    /// The code on the unit's sheet was read back.
    pub read_back: bool,
}

impl From<UnitReceipt> for ReceiptShown {
    fn from(receipt: UnitReceipt) -> Self {
        Self {
            at: ms(receipt.at),
            words: receipt.by.words(),
            relayed_by: match receipt.by {
                ReceiptBy::Unit => None,
                ReceiptBy::Officer(officer) => Some(officer.to_string()),
            },
            read_back: receipt.read_back,
        }
    }
}

/// A unit that a notice or a stop call concerns.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ConcernedShown {
    pub unit: String,
    pub name: Option<String>,
    pub desk: String,
    /// `null`: silent.
    pub receipt: Option<ReceiptShown>,
    /// By when its receipt is due.
    pub due: i64,
    /// That time has come, and it is silent.
    pub overdue: bool,
}

/// Who below our desks has a notice or a stop call. Of this the other party is told by an officer "all units" or "not all
/// yet", and nothing else.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct DownstreamShown {
    /// The notice, or the first of the stop calls that rang as one.
    pub entry: String,
    /// What a receipt names now: of a withdrawn notice its withdrawal.
    pub subject: String,
    /// notice, withdrawal, pause.
    pub what: String,
    pub silent: usize,
    /// What we have told the other party: not-all-yet, all-units; `null`: nothing.
    pub told: Option<String>,
    /// The silent ones in front.
    pub units: Vec<ConcernedShown>,
}

/// A unit, as it is enrolled or changed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GivenUnit {
    /// How it is called by radio.
    pub name: String,
    pub desk: String,
    /// Where it is and can do harm, as the area of a notice is given.
    #[schema(value_type = Object)]
    pub area: Value,
}

/// A unit's number.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Enrolled {
    pub unit: String,
}

/// A one-time link for a unit's telephone.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct LinkShown {
    pub unit: String,
    /// Opened at `/unit#enrol=` and this.
    pub code: String,
    pub until: i64,
}

/// What a unit told an officer.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Relayed {
    /// The code on its sheet, as the unit read it; it says what the receipt is of.
    #[serde(default)]
    pub code: Option<String>,
    /// Without a code: what the receipt is of.
    #[serde(default)]
    pub subject: Option<String>,
}

/// What the other party is told.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GivenDownstream {
    /// not-all-yet, all-units.
    pub said: String,
}

/// Units are this party's own: `scope` says who sees them.
fn may_see(who: &SignedIn) -> Result<(), Refused> {
    sees_units(&who.officer).map_err(|why| why.to(who.officer.name).into())
}

fn described(given: &GivenUnit) -> Result<Described, Refused> {
    Ok(Described {
        name: given.name.clone(),
        area: area(&given.area)?,
    })
}

fn area(given: &Value) -> Result<Area, Refused> {
    let given = [("area".to_owned(), given.clone())].into_iter().collect();
    let area = slots::slots(&given)?.area().cloned();
    area.ok_or_else(|| Refused::invalid(&Unfit::Give("area")))
}

/// The units that are enrolled.
#[utoipa::path(get, path = "/api/units", responses((status = 200, body = Vec<UnitShown>)))]
pub async fn units(State(served): Here, who: SignedIn) -> Answer<Vec<UnitShown>> {
    may_see(&who)?;
    let now = clock::now();
    let shown = served.shell.ask(move |node| {
        let state = node.state();
        let units = state.units.enrolled();
        units
            .map(|(id, unit)| {
                let described = unit.described.clone();
                (
                    id,
                    unit.desk,
                    described,
                    unit.enrolled_at,
                    silent(state, id, now),
                )
            })
            .collect::<Vec<_>>()
    });
    let shown = shown.await?.into_iter();
    let shown = shown.map(|(id, desk, described, at, silent)| UnitShown {
        unit: id.to_string(),
        area: described
            .as_ref()
            .map(|described| area_shown(&described.area)),
        name: described.map(|described| described.name),
        desk: desk.to_string(),
        enrolled_at: ms(at),
        telephone: served.telephones.telephone(id).name().to_owned(),
        silent,
    });
    Ok(Json(shown.collect()))
}

fn silent(state: &NodeState, unit: UnitId, now: Timestamp) -> usize {
    let asked = state.asked_of(unit, now).into_iter();
    let pauses = state.pauses_of(unit, now).into_iter();
    let pauses = pauses.filter(|pause| pause.over.is_none());
    asked
        .map(|asked| asked.subject)
        .chain(pauses.map(|pause| pause.call))
        .filter(|subject| state.units.receipt(*subject, unit).is_none())
        .count()
}

/// Who has what, and who is silent.
#[utoipa::path(get, path = "/api/downstream", responses((status = 200, body = Vec<DownstreamShown>)))]
pub async fn downstream(State(served): Here, who: SignedIn) -> Answer<Vec<DownstreamShown>> {
    may_see(&who)?;
    let now = clock::now();
    let shown = served.shell.ask(move |node| {
        let state = node.state();
        let subjects = state.units.subjects();
        subjects
            .filter_map(|subject| of(state, subject, now))
            .collect()
    });
    Ok(Json(shown.await?))
}

fn of(state: &NodeState, of: EntryRef, now: Timestamp) -> Option<DownstreamShown> {
    let notice = state.notices.get(&of);
    let (subject, what) = match notice {
        Some(notice) => match notice.withdrawn {
            Some(withdrawn) => (withdrawn.entry, "withdrawal"),
            None => (of, "notice"),
        },
        None => (state.calls.get(&of)?.entry, "pause"),
    };
    let is_asked = match notice {
        Some(notice) => notice.is_live(now),
        None => state
            .pause(of, now)
            .is_some_and(|pause| pause.over.is_none()),
    };
    let mut units: Vec<ConcernedShown> = (state.units.concerned(of))
        .filter_map(|(id, due)| {
            let unit = state.units.get(id)?;
            let receipt = state.units.receipt(subject, id);
            Some(ConcernedShown {
                unit: id.to_string(),
                name: unit
                    .described
                    .as_ref()
                    .map(|described| described.name.clone()),
                desk: unit.desk.to_string(),
                receipt: receipt.map(ReceiptShown::from),
                due: ms(due),
                overdue: is_asked && receipt.is_none() && due <= now,
            })
        })
        .collect();
    // The silent ones in front, whoever is due first before the others.
    units.sort_by_key(|unit| (unit.receipt.is_some(), unit.due));
    let told = notice.and_then(|notice| notice.receipts.downstream);
    Some(DownstreamShown {
        entry: names::entry(of),
        subject: names::entry(subject),
        what: what.to_owned(),
        silent: units.iter().filter(|unit| unit.receipt.is_none()).count(),
        told: told.map(|(_, said)| said.to_string()),
        units,
    })
}

/// Enrols a unit: from here on it is found what concerns it.
#[utoipa::path(post, path = "/api/units", request_body = GivenUnit, responses((status = 200, body = Enrolled)))]
pub async fn enrol(
    State(served): Here,
    who: SignedIn,
    Given(given): Given<GivenUnit>,
) -> Answer<Enrolled> {
    let desk = parse(&given.desk)?;
    own_desk(&who, desk)?;
    let described = described(&given)?;
    let mut tries = 0;
    loop {
        let unit = served.shell.ask(|node| node.state().units.next()).await?;
        let command = Command::EnrolUnit {
            unit,
            desk,
            described: described.clone(),
        };
        let done = served.shell.command(who.by(), command).await;
        tries += 1;
        let is_taken = served
            .shell
            .ask(move |node| node.state().units.next() != unit)
            .await?;
        match done {
            Ok(_done) => {
                return Ok(Json(Enrolled {
                    unit: unit.to_string(),
                }));
            }
            Err(_another_was_quicker) if is_taken && tries < MAX_TRIES => {}
            Err(error) => return Err(error.into()),
        }
    }
}

fn own_desk(who: &SignedIn, desk: Desk) -> Result<(), Refused> {
    may_see(who)?;
    speaks_for(who, desk)
}

/// The unit of that number, for those who speak for its desk.
async fn unit(served: &Served, who: &SignedIn, number: &str) -> Result<UnitId, Refused> {
    may_see(who)?;
    let unit: UnitId = parse(number)?;
    let desk = served
        .shell
        .ask(move |node| node.state().units.get(unit).map(|unit| unit.desk));
    let desk = desk.await?.ok_or_else(|| Refused::Unknown {
        what: "unit",
        which: number.chars().take(40).collect(),
    })?;
    speaks_for(who, desk)?;
    Ok(unit)
}

/// Changes what a unit is called, its desk, or where it is.
#[utoipa::path(post, path = "/api/units/{unit}", request_body = GivenUnit, responses((status = 200, body = Outcome)))]
pub async fn change(
    State(served): Here,
    who: SignedIn,
    About(number): About,
    Given(given): Given<GivenUnit>,
) -> Result<Came, Refused> {
    let unit = unit(&served, &who, &number).await?;
    let desk = parse(&given.desk)?;
    speaks_for(&who, desk)?;
    let command = Command::ChangeUnit {
        unit,
        desk,
        described: described(&given)?,
    };
    did(&served, &who, command).await
}

/// Stands a unit down: it is asked nothing more, and its telephone is out.
#[utoipa::path(delete, path = "/api/units/{unit}", responses((status = 200, body = Outcome)))]
pub async fn stand_down(
    State(served): Here,
    who: SignedIn,
    About(number): About,
) -> Result<Came, Refused> {
    let unit = unit(&served, &who, &number).await?;
    served.telephones.revoke(unit)?;
    did(&served, &who, Command::StandDownUnit { unit }).await
}

/// A one-time link that enrols a telephone for a unit; the one that it had is out once the link is used.
#[utoipa::path(post, path = "/api/units/{unit}/link", responses((status = 200, body = LinkShown)))]
pub async fn link(State(served): Here, who: SignedIn, About(number): About) -> Answer<LinkShown> {
    let unit = unit(&served, &who, &number).await?;
    let code = served.telephones.link(unit)?;
    tell_of_units(&served);
    Ok(Json(LinkShown {
        unit: unit.to_string(),
        code,
        until: clock::now().saturating_add(LINK_FOR).as_unix_ms(),
    }))
}

/// Takes the telephone away from a unit, and any link that waits.
#[utoipa::path(delete, path = "/api/units/{unit}/link", responses((status = 200)))]
pub async fn revoke(State(served): Here, who: SignedIn, About(number): About) -> Answer<()> {
    let unit = unit(&served, &who, &number).await?;
    served.telephones.revoke(unit)?;
    tell_of_units(&served);
    Ok(Json(()))
}

fn tell_of_units(served: &Served) {
    served.shell.events.tell(crate::events::Told::Changed {
        what: "unit".to_owned(),
        line: None,
        id: None,
        about: None,
    });
}

/// Records what a unit told an officer: by the code on its sheet, or by what it said it has.
#[utoipa::path(post, path = "/api/units/{unit}/receipts", request_body = Relayed, responses((status = 200, body = Outcome)))]
pub async fn relay(
    State(served): Here,
    who: SignedIn,
    About(number): About,
    Given(given): Given<Relayed>,
) -> Result<Came, Refused> {
    let unit = unit(&served, &who, &number).await?;
    let (subject, read_back) = match (&given.code, &given.subject) {
        (Some(code), None) => (by_code(&served, unit, code).await?, true),
        (None, Some(subject)) => (entry(subject)?, false),
        (Some(_), Some(_)) | (None, None) => {
            return Err(Refused::in_english(
                "give either the `code` that the unit read from its sheet, or the `subject` that it has".into(),
            ));
        }
    };
    let command = Command::RelayReceipt {
        unit,
        subject,
        read_back,
    };
    did(&served, &who, command).await
}

/// What the code on the sheet of `unit` stands beside.
async fn by_code(served: &Served, unit: UnitId, code: &str) -> Result<EntryRef, Refused> {
    let (given, now) = (typed_code(code), clock::now());
    let asked = served
        .shell
        .ask(move |node| node.state().asked_of(unit, now));
    for asked in asked.await? {
        if served.telephones.code(unit, asked.subject)? == given {
            return Ok(asked.subject);
        }
    }
    let code = given.chars().take(40).collect();
    Err(Refused::invalid(&Unfit::NoSuchCode { code, unit }))
}

/// Says to the other party whether all units have its notice: never which, and only ever by an officer.
#[utoipa::path(post, path = "/api/notices/{entry}/downstream", request_body = GivenDownstream, responses((status = 200, body = Outcome)))]
pub async fn tell(
    State(served): Here,
    who: SignedIn,
    About(name): About,
    Given(given): Given<GivenDownstream>,
) -> Result<Came, Refused> {
    may_see(&who)?;
    let notice = entry(&name)?;
    let desk = served
        .shell
        .ask(move |node| node.state().notices.get(&notice).map(|notice| notice.desk));
    if let Some(desk) = desk.await? {
        speaks_for(&who, desk)?;
    }
    let command = Command::TellDownstream {
        entry: notice,
        said: parse(&given.said)?,
    };
    did(&served, &who, command).await
}

async fn did(served: &Served, who: &SignedIn, command: Command) -> Result<Came, Refused> {
    let done = served.shell.command(who.by(), command).await?;
    Ok(Came(outcome(&done)))
}
