//! A unit's own page: what concerns it, its receipts, and nothing else of this node.

use super::super::given::{Given, MAX_SIGN_IN};
use super::super::identity::port_of;
use super::super::problem::{Answer, Refused};
use super::super::same_origin;
use super::super::serve::Visitor;
use super::super::views::{ms, place};
use super::ReceiptShown;
use crate::clock;
use crate::names;
use crate::server::Served;
use crate::telephones::TelephoneError;
use axum::Json;
use axum::extract::{Extension, FromRequestParts, State};
use axum::http::HeaderMap;
use axum::http::header::{AUTHORIZATION, COOKIE, SET_COOKIE};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use channel::Node;
use conflict::geodesy::{leg, middle, reach};
use model::downstream::{Asked, Described, Standing, Unit};
use model::ids::UnitId;
use model::kind::Kind;
use model::line::{EntryRef, Side};
use model::slot::{SlotCode, Slots, Value};
use model::units::{Millimetres, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;
use utoipa::ToSchema;

type Here = State<Arc<Served>>;

/// For how long a browser keeps a telephone enrolled: a year. It ends when the desk takes it away.
const COOKIE_FOR_S: u32 = 365 * 24 * 3_600;

/// A notice, or its withdrawal, as a unit is shown it.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct AskedShown {
    /// What a receipt of it names.
    pub subject: String,
    pub kind: String,
    /// own: a measure of ours; peer: the other party's notice.
    pub from: String,
    /// Whose it is.
    pub party: String,
    /// in-force, withdrawn.
    pub standing: String,
    /// Since when it is withdrawn.
    pub withdrawn_at: Option<i64>,
    /// Unix milliseconds, both included; `null`: unreadable.
    pub window_from: Option<i64>,
    pub window_until: Option<i64>,
    /// What it is, slot by slot, in codes: `hazard` is `mines`.
    pub says: BTreeMap<String, String>,
    pub band: Option<String>,
    /// From the middle of the unit's area to the middle of this one: thousandths of a degree from true north.
    pub bearing: Option<u32>,
    pub distance_mm: Option<i64>,
    /// How far it reaches from its middle, at the most.
    pub reach_mm: Option<i64>,
    /// The middle of it.
    #[schema(value_type = Object)]
    pub place: Option<serde_json::Value>,
    pub receipt: Option<ReceiptShown>,
}

/// A stop call: the unit is to pause, or was.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct PauseShown {
    /// What a receipt of it names.
    pub subject: String,
    pub party: String,
    pub since: i64,
    /// Since when it is over; `null`: PAUSE.
    pub over: Option<i64>,
    /// Of what the call speaks, as last given.
    pub cause: Option<String>,
    pub whom: Option<String>,
    pub bearing: Option<u32>,
    pub distance_mm: Option<i64>,
    #[schema(value_type = Object)]
    pub place: Option<serde_json::Value>,
    /// This node doubts the place.
    pub place_in_doubt: bool,
    pub receipt: Option<ReceiptShown>,
}

/// All that a unit's telephone is told.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct PageShown {
    pub unit: String,
    pub name: Option<String>,
    pub desk: String,
    pub own: String,
    /// Every line of the desk is an exercise.
    pub exercise: bool,
    /// This node's clock.
    pub at: i64,
    /// The middle of the unit's area, from which bearings and distances are given.
    #[schema(value_type = Object)]
    pub middle: Option<serde_json::Value>,
    /// Oldest first.
    pub pauses: Vec<PauseShown>,
    /// Those without a receipt in front, then by when they begin.
    pub notices: Vec<AskedShown>,
}

/// A code from a unit's link.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Enrol {
    pub code: String,
}

/// The telephone is enrolled.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct TelephoneEnrolled {
    pub unit: String,
    /// For whatever is no browser.
    pub token: String,
}

/// A unit has it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Has {
    pub subject: String,
}

/// The unit whose telephone asks.
pub struct OfUnit(UnitId);

impl FromRequestParts<Arc<Served>> for OfUnit {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, served: &Arc<Served>) -> Result<Self, Refused> {
        let token = token(parts).ok_or(TelephoneError::NotEnrolled)?;
        let unit = served.telephones.whose(token)?;
        if let Some(visitor) = parts.extensions.get::<Visitor>() {
            visitor.is_signed_in();
        }
        Ok(Self(unit))
    }
}

fn token(parts: &Parts) -> Option<&str> {
    let bearer = parts
        .headers
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    let cookie = || {
        let name = cookie_name(&parts.headers);
        let cookies = parts.headers.get(COOKIE)?.to_str().ok()?;
        cookies
            .split(';')
            .find_map(|pair| pair.trim().strip_prefix(name.as_str())?.strip_prefix('='))
            .filter(|_| same_origin::is_own_page(parts))
    };
    bearer.or_else(cookie).map(str::trim)
}

/// Beside an officer's, whose name it is not: a browser may have both.
fn cookie_name(headers: &HeaderMap) -> String {
    format!("unit-standclear{}", port_of(headers))
}

/// Enrols a telephone by a one-time code. The one that the unit had is out.
#[utoipa::path(post, path = "/api/unit/telephone", request_body = Enrol, responses((status = 200, body = TelephoneEnrolled)))]
pub async fn enrol_telephone(
    State(served): Here,
    visitor: Option<Extension<Visitor>>,
    headers: HeaderMap,
    Given(given): Given<Enrol, MAX_SIGN_IN>,
) -> Result<Response, Refused> {
    let (token, unit) = served.telephones.enrol(&given.code)?;
    if let Some(Extension(visitor)) = visitor {
        visitor.is_signed_in();
    }
    super::tell_of_units(&served);
    // On loopback in clear a browser would not send a secure cookie back.
    let secure = if served.https { "; Secure" } else { "" };
    let name = cookie_name(&headers);
    let cookie = format!(
        "{name}={token}; Path=/api/unit; Max-Age={COOKIE_FOR_S}; HttpOnly; SameSite=Strict{secure}"
    );
    let enrolled = TelephoneEnrolled {
        unit: unit.to_string(),
        token,
    };
    Ok(([(SET_COOKIE, cookie)], Json(enrolled)).into_response())
}

/// What concerns the unit whose telephone asks.
#[utoipa::path(get, path = "/api/unit", responses((status = 200, body = PageShown)))]
pub async fn page(State(served): Here, OfUnit(unit): OfUnit) -> Answer<PageShown> {
    let now = clock::now();
    let _room = served.telephones.room().await;
    let told = served.shell.ask(move |node| told(node, unit, now)).await?;
    // A telephone of a unit that was stood down shows nothing.
    told.map(|told| Json(told.shown(now)))
        .ok_or(TelephoneError::NotEnrolled.into())
}

/// The unit has it.
#[utoipa::path(post, path = "/api/unit/receipts", request_body = Has, responses((status = 200)))]
pub async fn has(
    State(served): Here,
    OfUnit(unit): OfUnit,
    Given(given): Given<Has, MAX_SIGN_IN>,
) -> Answer<()> {
    let subject = names::parse_entry(&given.subject).map_err(|error| Refused::invalid(&error))?;
    let _room = served.telephones.room().await;
    served.shell.receipt_of(unit, subject).await?;
    Ok(Json(()))
}

/// What the core is asked for: copied out, so that shaping it holds up nothing.
pub(super) struct Told {
    pub unit: (UnitId, Unit),
    own: String,
    exercise: bool,
    pauses: Vec<PauseShown>,
    pub notices: Vec<ToldNotice>,
}

pub(super) struct ToldNotice {
    pub asked: Asked,
    kind: Kind,
    party: String,
    slots: Option<Slots>,
    receipt: Option<ReceiptShown>,
}

pub(super) fn told(node: &Node, id: UnitId, now: Timestamp) -> Option<Told> {
    let state = node.state();
    let unit = state.units.get(id)?.clone();
    let party = |of: EntryRef| match of.log.side {
        Side::Own => node.party().to_string(),
        Side::Peer => state
            .lines
            .get(&of.log.line)
            .map_or_else(String::new, |view| view.peer.to_string()),
    };
    let receipt = |subject| state.units.receipt(subject, id).map(ReceiptShown::from);
    let pauses = state.pauses_of(id, now).into_iter();
    let pauses = pauses.map(|pause| PauseShown {
        party: party(pause.call),
        since: ms(pause.since),
        over: pause.over.map(ms),
        receipt: receipt(pause.call),
        place_in_doubt: !node.doubts(pause.call).is_empty(),
        ..of_call(node, pause.call, unit.described.as_ref())
    });
    let mut notices: Vec<ToldNotice> = Vec::new();
    for asked in state.asked_of(id, now) {
        let Some(notice) = state.notices.get(&asked.notice) else {
            continue;
        };
        // What the same draft says on another line is the same to the unit, and its receipt is of both.
        let is_said = |held: &ToldNotice| {
            let same = std::mem::discriminant(&held.asked.standing)
                == std::mem::discriminant(&asked.standing);
            same && notice.draft.is_some() && state.draft_of(held.asked.notice) == notice.draft
        };
        if notices.iter().any(is_said) {
            continue;
        }
        notices.push(ToldNotice {
            asked,
            kind: notice.kind,
            party: party(asked.notice),
            slots: notice.content.slots().cloned(),
            receipt: receipt(asked.subject),
        });
    }
    let mut lines = state.lines_of(unit.desk).peekable();
    let exercise = lines.peek().is_some() && lines.all(|(_, view)| view.arrangement.exercise);
    let pauses = pauses.collect();
    Some(Told {
        unit: (id, unit),
        own: node.party().to_string(),
        exercise,
        pauses,
        notices,
    })
}

fn of_call(node: &Node, call: EntryRef, unit: Option<&Described>) -> PauseShown {
    let details = node.state().calls.get(&call);
    let details = details.and_then(|call| call.details.as_ref());
    let code = |slot: SlotCode| {
        let number = details?.code(slot)?;
        slot.code_name(number).map(str::to_owned)
    };
    let stated = match details.and_then(|details| details.value(SlotCode::Place)) {
        Some(Value::Place(stated)) => Some(*stated),
        _none => None,
    };
    let area = details.and_then(Slots::area);
    let at = stated
        .map(|stated| stated.position)
        .or_else(|| area.map(middle));
    let from = unit.map(|unit| middle(&unit.area));
    let leg = from.zip(at).map(|(from, at)| leg(from, at));
    let precision = stated.map_or(Millimetres::from_metres(1), |stated| stated.precision);
    PauseShown {
        subject: names::entry(call),
        party: String::new(),
        since: 0,
        over: None,
        cause: code(SlotCode::StopCause),
        whom: code(SlotCode::StopWhom),
        bearing: leg.map(|leg| leg.bearing.as_millidegrees()),
        distance_mm: leg.map(|leg| leg.distance.as_mm()),
        place: at.map(|at| place(at, precision)),
        place_in_doubt: false,
        receipt: None,
    }
}

impl Told {
    pub(super) fn shown(self, now: Timestamp) -> PageShown {
        let (id, unit) = self.unit;
        let from = unit.described.as_ref().map(|unit| middle(&unit.area));
        let metre = Millimetres::from_metres(1);
        let mut notices: Vec<AskedShown> = (self.notices.into_iter())
            .map(|notice| notice.shown(unit.described.as_ref()))
            .collect();
        notices.sort_by_key(|notice| (notice.receipt.is_some(), notice.window_from));
        PageShown {
            unit: id.to_string(),
            name: unit.described.map(|described| described.name),
            desk: unit.desk.to_string(),
            own: self.own,
            exercise: self.exercise,
            at: ms(now),
            middle: from.map(|from| place(from, metre)),
            pauses: self.pauses,
            notices,
        }
    }
}

/// The codes that say what a notice is.
const SAYS: [SlotCode; 6] = [
    SlotCode::AirActivity,
    SlotCode::Hazard,
    SlotCode::Presence,
    SlotCode::Site,
    SlotCode::Restriction,
    SlotCode::Caution,
];

impl ToldNotice {
    pub(super) fn shown(self, unit: Option<&Described>) -> AskedShown {
        let slots = self.slots.unwrap_or_default();
        let area = slots.area();
        let at = area.map(middle);
        let leg = unit.zip(at).map(|(unit, at)| leg(middle(&unit.area), at));
        let says = SAYS.into_iter().filter_map(|slot| {
            let name = slot.code_name(slots.code(slot)?)?;
            Some((slot.to_string(), name.to_owned()))
        });
        let (standing, withdrawn_at) = match self.asked.standing {
            Standing::InForce => ("in-force", None),
            Standing::Withdrawn { at } => ("withdrawn", Some(ms(at))),
        };
        AskedShown {
            subject: names::entry(self.asked.subject),
            kind: self.kind.to_string(),
            from: names::side(self.asked.notice.log.side).to_owned(),
            party: self.party,
            standing: standing.to_owned(),
            withdrawn_at,
            window_from: slots.window().map(|window| ms(window.from())),
            window_until: slots.window().map(|window| ms(window.until())),
            says: says.collect(),
            band: slots.band().map(|band| band.to_string()),
            bearing: leg.map(|leg| leg.bearing.as_millidegrees()),
            distance_mm: leg.map(|leg| leg.distance.as_mm()),
            reach_mm: area.map(|area| reach(area).as_mm()),
            place: at.map(|at| place(at, Millimetres::from_metres(1))),
            receipt: self.receipt,
        }
    }
}
