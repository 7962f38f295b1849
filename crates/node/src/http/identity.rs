//! Who a request is from. Handlers name what they need; nobody is anonymous.

use super::given::{Given, MAX_SIGN_IN};
use super::problem::{Answer, Refused};
use super::same_origin;
use super::scope::{self, Scope};
use super::serve::Visitor;
use crate::auth::{AuthError, NotAllowed, Officer, Right};
use crate::server::Served;
use crate::shell::By;
use axum::Json;
use axum::extract::{Extension, FromRequestParts, State};
use axum::http::HeaderMap;
use axum::http::header::{AUTHORIZATION, COOKIE, HOST, SET_COOKIE};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use model::code::{Desk, Role};
use model::command::Acting;
use model::watch::Order;
use serde::{Deserialize, Serialize};
use std::sync::{Arc, OnceLock};
use utoipa::ToSchema;

/// A signed-in officer, with what the request signs in by.
pub struct SignedIn {
    pub officer: Officer,
    token: String,
    /// On whose order they do what they ask, if on anybody's.
    order: Option<Order>,
}

impl SignedIn {
    /// Who acts, and on whose order.
    pub fn by(&self) -> By {
        By {
            acting: self.acting(),
            order: self.order.clone(),
        }
    }

    pub fn acting(&self) -> Acting {
        Acting {
            officer: self.officer.name,
            role: self.officer.role,
            element: self.officer.element,
        }
    }

    /// Whether they act for `desk`.
    ///
    /// # Errors
    /// [`AuthError::NotAllowed`].
    pub fn for_desk(&self, desk: Desk) -> Result<(), Refused> {
        match self.officer.desks.contains(&desk) {
            true => Ok(()),
            false => Err(NotAllowed::OtherDesk(desk).to(self.officer.name).into()),
        }
    }
}

impl SignedIn {
    /// What of this node's they see.
    pub fn scope(&self) -> Scope {
        Scope::of(&self.officer)
    }
}

/// An administrator: someone with the token in the party's folder, or an officer with that right.
pub struct Administrator;

/// Whose request it is, for whoever answers it once it is done. Empty until somebody has signed in.
#[derive(Clone, Default)]
pub struct Whose(Arc<OnceLock<Vec<Desk>>>);

impl Whose {
    /// Their desks; `None`: a stranger's request.
    pub fn desks(&self) -> Option<&[Desk]> {
        self.0.get().map(Vec::as_slice)
    }

    fn is(parts: &Parts, desks: impl IntoIterator<Item = Desk>) {
        if let Some(whose) = parts.extensions.get::<Self>() {
            // One request is one account's: whoever came first stays.
            let _ = whose.0.set(desks.into_iter().collect());
        }
    }
}

/// Whoever may listen to a desk's alarms: officers and bells.
pub struct Listener(pub Officer);

/// Whoever may read the metrics.
pub struct Scraper;

fn token(parts: &Parts) -> Result<&str, Refused> {
    let bearer = parts
        .headers
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    // A browser sends it whoever asks; only what this node's own page asks for is its officer's doing.
    let cookie = || {
        let cookies = parts.headers.get(COOKIE)?.to_str().ok()?;
        let name = cookie_name(&parts.headers);
        cookies
            .split(';')
            .find_map(|pair| pair.trim().strip_prefix(name.as_str())?.strip_prefix('='))
            .filter(|_| same_origin::is_own_page(parts))
    };
    bearer
        .or_else(cookie)
        .map(str::trim)
        .ok_or(AuthError::NotSignedIn.into())
}

/// Both sides hashed: the comparison tells nothing by its time.
fn is_admin_token(served: &Served, token: &str) -> bool {
    crate::auth::hash(token) == crate::auth::hash(&served.admin_token)
}

fn officer(parts: &Parts, served: &Served, rights: &[Right]) -> Result<(Officer, String), Refused> {
    let token = token(parts)?;
    let officer = match served.auth.who(token) {
        Err(AuthError::NotSignedIn) if is_admin_token(served, token) => {
            return Err(Refused::OnlyAdministers);
        }
        found => found?,
    };
    is_signed_in(parts);
    Whose::is(parts, officer.desks.iter().copied());
    if let Err(why) = scope::may_ask(parts, &officer) {
        return Err(why.to(officer.name).into());
    }
    match rights.contains(&officer.right) {
        true => Ok((officer, token.to_owned())),
        false => Err(NotAllowed::OtherRight.to(officer.name).into()),
    }
}

/// Says with a request that it was ordered over the officer's shoulder: base64 of JSON in UTF-8, as [`GivenOrder`] is.
pub const DIRECTED_BY: &str = "standclear-directed-by";
/// Bytes of it.
pub const MAX_DIRECTED_BY: usize = 8 << 10;

/// Who ordered it, in which words, and what the officer thinks of it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct GivenOrder {
    by: String,
    words: String,
    #[serde(default)]
    dissent: Option<String>,
}

/// What cannot be read is refused: an act is not to be done as if nobody had ordered it.
fn order(parts: &Parts) -> Result<Option<Order>, Refused> {
    let Some(given) = parts.headers.get(DIRECTED_BY) else {
        return Ok(None);
    };
    let unread = |why: &str| {
        Refused::in_english(format!(
            "who ordered it cannot be read ({why}): send `{DIRECTED_BY}` as base64 of JSON with `by` and `words`, of at most \
             {MAX_DIRECTED_BY} bytes"
        ))
    };
    if given.len() > MAX_DIRECTED_BY {
        return Err(unread("it is too long"));
    }
    let bytes = base64::engine::general_purpose::STANDARD.decode(given.as_bytes());
    let bytes = bytes.map_err(|error| unread(&error.to_string()))?;
    let read: GivenOrder =
        serde_json::from_slice(&bytes).map_err(|error| unread(&error.to_string()))?;
    let order = Order::new(&read.by, &read.words, read.dissent.as_deref());
    order.map(Some).map_err(|error| Refused::invalid(&error))
}

fn is_signed_in(parts: &Parts) {
    if let Some(visitor) = parts.extensions.get::<Visitor>() {
        visitor.is_signed_in();
    }
}

impl FromRequestParts<Arc<Served>> for SignedIn {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, served: &Arc<Served>) -> Result<Self, Refused> {
        let (officer, token) = officer(parts, served, &[Right::Officer, Right::Administrator])?;
        let order = order(parts)?;
        Ok(Self {
            officer,
            token,
            order,
        })
    }
}

impl FromRequestParts<Arc<Served>> for Administrator {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, served: &Arc<Served>) -> Result<Self, Refused> {
        if is_admin_token(served, token(parts)?) {
            is_signed_in(parts);
            Whose::is(parts, []);
            return Ok(Self);
        }
        officer(parts, served, &[Right::Administrator]).map(|_| Self)
    }
}

impl FromRequestParts<Arc<Served>> for Listener {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, served: &Arc<Served>) -> Result<Self, Refused> {
        let rights = [Right::Officer, Right::Administrator, Right::Bell];
        officer(parts, served, &rights).map(|(officer, _)| Self(officer))
    }
}

impl FromRequestParts<Arc<Served>> for Scraper {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, served: &Arc<Served>) -> Result<Self, Refused> {
        match officer(parts, served, &[Right::Metrics, Right::Administrator]) {
            Ok(_) => Ok(Self),
            Err(Refused::Auth(AuthError::NotSignedIn)) => Err(Refused::NoMetricsToken),
            Err(other) => Err(other),
        }
    }
}

/// Browsers keep one jar for all ports of a host: two nodes on one machine must not sign each other's officers out.
fn cookie_name(headers: &HeaderMap) -> String {
    format!("standclear{}", port_of(headers))
}

/// The port that was asked, as the end of a cookie's name: `-8443`, or nothing.
pub(super) fn port_of(headers: &HeaderMap) -> String {
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    host.and_then(|host| host.rsplit_once(':')?.1.parse::<u16>().ok())
        .map_or_else(String::new, |port| format!("-{port}"))
}

/// A one-time code from a sign-in link.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignIn {
    pub code: String,
}

/// Who is signed in.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Me {
    pub name: String,
    pub right: String,
    pub desks: Vec<String>,
    pub role: String,
    /// The element that they speak for, and for nobody else; `null`: they speak for desks.
    #[serde(default)]
    pub element: Option<String>,
    /// Only in answer to a sign-in: the session's token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
}

impl Me {
    fn of(officer: &Officer, token: Option<String>) -> Self {
        Self {
            name: officer.name.to_string(),
            right: match officer.right {
                Right::Officer => "officer",
                Right::Administrator => "administrator",
                Right::Bell => "bell",
                Right::Metrics => "metrics",
            }
            .to_owned(),
            desks: officer.desks.iter().map(Desk::to_string).collect(),
            role: Role::to_string(&officer.role),
            element: officer.element.map(|element| element.to_string()),
            token,
        }
    }
}

/// Uses up a one-time code, and begins a session.
#[utoipa::path(post, path = "/api/sessions", request_body = SignIn, responses((status = 200, body = Me)))]
pub async fn sign_in(
    State(served): State<Arc<Served>>,
    visitor: Option<Extension<Visitor>>,
    headers: HeaderMap,
    Given(given): Given<SignIn, MAX_SIGN_IN>,
) -> Result<Response, Refused> {
    let (token, officer) = served.auth.sign_in(&given.code)?;
    if let Some(Extension(visitor)) = visitor {
        visitor.is_signed_in();
    }
    // On loopback in clear a browser would not send a secure cookie back.
    let secure = if served.https { "; Secure" } else { "" };
    let name = cookie_name(&headers);
    let cookie = format!("{name}={token}; Path=/; HttpOnly; SameSite=Strict{secure}");
    let me = Me::of(&officer, Some(token));
    Ok(([(SET_COOKIE, cookie)], Json(me)).into_response())
}

/// Ends the session.
#[utoipa::path(delete, path = "/api/sessions", responses((status = 200)))]
pub async fn sign_out(State(served): State<Arc<Served>>, who: SignedIn) -> Answer<()> {
    served.auth.sign_out(&who.token);
    Ok(Json(()))
}

/// Who is signed in.
#[utoipa::path(get, path = "/api/me", responses((status = 200, body = Me)))]
pub async fn me(Listener(officer): Listener) -> Answer<Me> {
    Ok(Json(Me::of(&officer, None)))
}
