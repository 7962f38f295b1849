//! Wall pages: enrolled by officers, and what such a screen may ask for, which is its own desk's alarms and nothing else.

use super::commands::{Here, parse};
use super::given::{About, Asked, Given, MAX_SIGN_IN};
use super::identity::{SignedIn, port_of};
use super::problem::{Answer, Refused, chain};
use super::serve::Visitor;
use super::sockets;
use super::{commands, same_origin};
use crate::auth::pins::{PinDenied, Wrong};
use crate::auth::{LINK_FOR, Right};
use crate::clock;
use crate::names;
use crate::server::Served;
use crate::walls::{Wall, WallError};
use axum::Json;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::{Extension, FromRequestParts, State};
use axum::http::HeaderMap;
use axum::http::header::{AUTHORIZATION, COOKIE, SET_COOKIE};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use channel::input::Input;
use model::code::Desk;
use model::command::{Acting, Command};
use model::ids::{OfficerId, WallId};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::Instant;
use utoipa::ToSchema;

/// For how long a browser keeps a screen enrolled: a year. It ends when the wall page is taken away.
const COOKIE_FOR_S: u32 = 365 * 24 * 3_600;

/// A wall page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WallShown {
    pub wall: String,
    pub desk: String,
    /// none, linked (a link waits to be used), enrolled.
    pub screen: String,
    /// It sounds now.
    pub sounds: bool,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GivenWall {
    /// A short name: where it hangs. It stays on this node.
    pub wall: String,
    pub desk: String,
}

/// A one-time link for a screen.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct WallLink {
    pub wall: String,
    pub desk: String,
    /// Opened at `/wall#enrol=` and this.
    pub code: String,
    pub until: i64,
}

/// The wall pages.
#[utoipa::path(get, path = "/api/walls", operation_id = "walls", responses((status = 200, body = Vec<WallShown>)))]
pub async fn walls(State(served): Here, who: SignedIn) -> Answer<Vec<WallShown>> {
    commands::is_no_interpreter(&who)?;
    let armed = served
        .shell
        .ask(|node| node.state().sounders.clone())
        .await?;
    let shown = served.walls.list().into_iter().map(|wall| WallShown {
        wall: wall.name.to_string(),
        desk: wall.desk.to_string(),
        screen: match (wall.enrolled, wall.linked) {
            (true, _) => "enrolled",
            (false, true) => "linked",
            (false, false) => "none",
        }
        .to_owned(),
        sounds: armed.get(&wall.desk).is_some_and(|armed| {
            armed
                .iter()
                .any(|sounder| sounder.slug() == wall.name.slug())
        }),
    });
    Ok(Json(shown.collect()))
}

/// Whoever speaks for the desk enrols its walls, and whoever administers this node.
fn enrols(who: &SignedIn, desk: Desk) -> Result<(), Refused> {
    match who.officer.right {
        Right::Administrator => Ok(()),
        Right::Officer | Right::Bell | Right::Metrics => commands::speaks_for(who, desk),
    }
}

/// A one-time link that enrols a screen as a wall page of a desk, good for 15 minutes. A page of that name is enrolled anew.
#[utoipa::path(post, path = "/api/walls", operation_id = "add_wall", request_body = GivenWall, responses((status = 200, body = WallLink)))]
pub async fn add(
    State(served): Here,
    who: SignedIn,
    Given(given): Given<GivenWall>,
) -> Answer<WallLink> {
    let (name, desk): (WallId, Desk) = (parse(&given.wall)?, parse(&given.desk)?);
    enrols(&who, desk)?;
    if let Some(before) = served.walls.get(name) {
        enrols(&who, before.desk)?;
    }
    let code = served.walls.add(name, desk)?;
    tell_of_walls(&served);
    Ok(Json(WallLink {
        wall: name.to_string(),
        desk: desk.to_string(),
        code,
        until: clock::now().saturating_add(LINK_FOR).as_unix_ms(),
    }))
}

/// Takes a wall page away, with its screen and any link that waits.
#[utoipa::path(delete, path = "/api/walls/{wall}", operation_id = "revoke_wall", responses((status = 200)))]
pub async fn revoke(State(served): Here, who: SignedIn, About(name): About) -> Answer<()> {
    let wall: WallId = parse(&name)?;
    let held = served.walls.get(wall).ok_or_else(|| Refused::Unknown {
        what: "wall page",
        which: name.clone(),
    })?;
    enrols(&who, held.desk)?;
    served.walls.revoke(wall)?;
    tell_of_walls(&served);
    Ok(Json(()))
}

fn tell_of_walls(served: &Served) {
    served.shell.events.tell(crate::events::Told::Changed {
        what: "wall".to_owned(),
        line: None,
        id: None,
        about: None,
    });
}

/// The wall page whose screen asks, with what it asks by.
pub struct OfWall {
    pub wall: Wall,
    pub token: String,
}

impl FromRequestParts<Arc<Served>> for OfWall {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, served: &Arc<Served>) -> Result<Self, Refused> {
        let token = token(parts).ok_or(WallError::NotEnrolled)?.to_owned();
        let wall = served.walls.whose(&token)?;
        if let Some(visitor) = parts.extensions.get::<Visitor>() {
            visitor.is_signed_in();
        }
        Ok(Self { wall, token })
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

/// Beside an officer's and a unit's, whose names it is not: a browser may have all three.
fn cookie_name(headers: &HeaderMap) -> String {
    format!("wall-standclear{}", port_of(headers))
}

/// A code from a wall page's link.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EnrolScreen {
    pub code: String,
}

/// The screen is enrolled.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct ScreenEnrolled {
    pub wall: String,
    pub desk: String,
    /// For whatever is no browser.
    pub token: String,
}

/// Enrols a screen by a one-time code. The one that the wall page had is out.
#[utoipa::path(post, path = "/api/wall/screen", operation_id = "enrol_screen", request_body = EnrolScreen, responses((status = 200, body = ScreenEnrolled)))]
pub async fn enrol(
    State(served): Here,
    visitor: Option<Extension<Visitor>>,
    headers: HeaderMap,
    Given(given): Given<EnrolScreen, MAX_SIGN_IN>,
) -> Result<Response, Refused> {
    let (token, wall) = served.walls.enrol(&given.code)?;
    if let Some(Extension(visitor)) = visitor {
        visitor.is_signed_in();
    }
    tell_of_walls(&served);
    // On loopback in clear a browser would not send a secure cookie back.
    let secure = if served.https { "; Secure" } else { "" };
    let name = cookie_name(&headers);
    let cookie = format!(
        "{name}={token}; Path=/api/wall; Max-Age={COOKIE_FOR_S}; HttpOnly; SameSite=Strict{secure}"
    );
    let enrolled = ScreenEnrolled {
        wall: wall.name.to_string(),
        desk: wall.desk.to_string(),
        token,
    };
    Ok(([(SET_COOKIE, cookie)], Json(enrolled)).into_response())
}

/// Which wall page this screen is: all that it may read beside its alarms.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct WallPage {
    pub wall: String,
    pub desk: String,
    pub own: String,
    /// Every line of the desk is an exercise.
    pub exercise: bool,
    /// This node's clock.
    pub at: i64,
}

/// Which wall page the screen is that asks.
#[utoipa::path(get, path = "/api/wall", operation_id = "wall_page", responses((status = 200, body = WallPage)))]
pub async fn page(State(served): Here, OfWall { wall, .. }: OfWall) -> Answer<WallPage> {
    let desk = wall.desk;
    let asked = served.shell.ask(move |node| {
        let mut lines = node.state().lines_of(desk).peekable();
        let exercise = lines.peek().is_some() && lines.all(|(_, view)| view.arrangement.exercise);
        (node.party().to_string(), exercise)
    });
    let (own, exercise) = asked.await?;
    Ok(Json(WallPage {
        wall: wall.name.to_string(),
        desk: desk.to_string(),
        own,
        exercise,
        at: clock::now().as_unix_ms(),
    }))
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct WallWish {
    /// The screen sounds: for as long as it listens, its desk has a sounder of the wall page's name.
    #[serde(default)]
    pub sounds: bool,
}

/// The alarms of the wall page's desk, as they happen. First come those that stand.
#[utoipa::path(get, path = "/api/wall/events", operation_id = "wall_events", params(WallWish), responses((status = 101)))]
pub async fn events(
    State(served): Here,
    of: OfWall,
    Asked(wish): Asked<WallWish>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, Refused> {
    let upgrade = upgrade.map_err(|refused| Refused::NoWebSocket(chain(&refused)))?;
    sockets::to_wall(&served, of.wall, of.token, wish.sounds, upgrade)
}

/// An officer at the wall.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AcceptAtWall {
    /// The stop call: the `entry` of its alarm.
    pub call: String,
    /// The officer's account.
    pub officer: String,
    pub pin: String,
}

/// Takes a stop call at the wall, by the PIN of an officer who speaks for the desk. It is that officer's act, in their role.
#[utoipa::path(post, path = "/api/wall/accept", operation_id = "accept_at_wall", request_body = AcceptAtWall, responses((status = 200)))]
pub async fn accept(
    State(served): Here,
    OfWall { wall, .. }: OfWall,
    Given(given): Given<AcceptAtWall, MAX_SIGN_IN>,
) -> Answer<()> {
    let call = names::parse_entry(&given.call).map_err(|error| Refused::invalid(&error))?;
    let desk = (served.shell)
        .ask_now(move |node| node.state().calls.get(&call).map(|call| call.desk))
        .await?;
    // Of another desk's it knows nothing.
    if desk != Some(wall.desk) {
        return Err(Refused::Unknown {
            what: "stop call",
            which: given.call,
        });
    }
    // What is no name is nobody's.
    let officer: OfficerId = given.officer.trim().parse().map_err(|_| PinDenied::Wrong)?;
    let name = wall.name.as_str();
    served.pins.may_try(name, officer, Instant::now())?;
    let asked = served.clone();
    let checked = tokio::task::spawn_blocking(move || asked.auth.by_pin(officer, &given.pin));
    let checked = checked
        .await
        .map_err(|error| Refused::Internal(error.to_string()))?;
    let (right, known) = (checked.account, checked.known);
    let speaks = right.filter(|officer| {
        let desks = &officer.desks;
        desks.contains(&wall.desk) || desks.contains(&Desk::Senior)
    });
    let Some(account) = speaks else {
        if served.pins.wrong(name, officer, known, Instant::now()) == Wrong::Locks {
            tracing::warn!(wall = name, "too many wrong PINs were tried at a wall page");
            served.shell.tell(Input::WallLocked {
                desk: wall.desk,
                wall: wall.name,
                officer: known.then_some(officer),
            });
        }
        return Err(PinDenied::Wrong.into());
    };
    served.pins.right(name, officer);
    let by = Acting {
        officer: account.name,
        role: account.role,
        element: None,
    };
    let command = Command::AcceptStop { call, name: None };
    served.shell.command(by, command).await?;
    Ok(Json(()))
}
