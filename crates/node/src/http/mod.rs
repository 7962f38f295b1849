//! The API: what screens, bells and the command line speak. `/api/openapi.json` describes it.

pub mod administer;
pub mod arrangements;
pub mod commands;
pub mod conflicts;
pub mod console;
pub mod context;
pub mod elements;
pub mod entries;
pub mod exchange;
pub mod given;
pub mod hotline;
pub mod identity;
pub mod in_force;
pub mod incidents;
pub mod line_files;
pub mod openapi;
pub mod packed;
pub mod positions;
pub mod problem;
pub mod queries;
pub mod record;
pub mod same_origin;
pub mod scope;
pub mod serve;
pub mod site_exports;
pub mod slots;
pub mod sockets;
pub mod tiles;
pub mod unfit;
pub mod units;
pub mod views;
pub mod walls;
pub mod watch;

use crate::said;
use crate::server::Served;
use crate::state_of_desk;
use axum::Router;
use axum::extract::{Request, State};
use axum::http::HeaderValue;
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::{delete, get, post};
use commands::{desk, notices, stops};
use identity::Whose;
use problem::Refused;
use std::sync::Arc;

/// Every path of the API.
pub fn router(served: Arc<Served>) -> Router {
    let framed_by = served.framed_by;
    Router::new()
        .route("/healthz", get(queries::health))
        .route("/metrics", get(queries::metrics))
        .route("/api/openapi.json", get(openapi::document))
        .route(
            "/api/sessions",
            post(identity::sign_in).delete(identity::sign_out),
        )
        .route("/api/me", get(identity::me))
        .route("/api/events", get(sockets::events))
        .route("/api/lines", get(queries::lines))
        .route("/api/lines/{line}/checks", post(desk::check_line))
        .route("/api/lines/{line}/standing", post(desk::set_standing))
        .route("/api/lines/{line}/logs", get(line_files::logs))
        .route("/api/lines/{line}/export", post(line_files::export))
        .route("/api/lines/{line}/import", post(line_files::import))
        .route("/api/arrangements", get(arrangements::arrangements))
        .route("/api/positions", post(positions::read))
        .route("/tiles/{z}/{x}/{y}", get(tiles::tile))
        .route("/maps/{map}/{z}/{x}/{y}", get(tiles::tile_of))
        .route("/api/maps", get(tiles::maps))
        .route("/api/places", post(tiles::places))
        .route("/api/checks", get(queries::checks))
        .route("/api/checks/{entry}/answer", post(desk::answer_check))
        .route("/api/calls", get(queries::calls).post(stops::stop))
        .route("/api/calls/{entry}", get(queries::call))
        .route("/api/calls/{entry}/details", post(stops::details))
        .route("/api/calls/{entry}/renew", post(stops::renew))
        .route("/api/calls/{entry}/accept", post(stops::accept))
        .route("/api/calls/{entry}/answer", post(stops::answer_stop))
        .route("/api/calls/{entry}/end", post(stops::end_pause))
        .route("/api/calls/{entry}/lift", post(stops::lift))
        .route("/api/calls/{entry}/resume", post(stops::resume))
        .route("/api/calls/{entry}/error", post(stops::raised_in_error))
        .route("/api/drafts", get(queries::drafts).post(notices::draft))
        .route("/api/drafts/{draft}", delete(notices::discard))
        .route("/api/drafts/{draft}/preview", post(notices::preview))
        .route("/api/drafts/{draft}/release", post(notices::release))
        .route("/api/drafts/{draft}/withdraw", post(notices::withdraw))
        .route(
            "/api/drafts/{draft}/consent",
            post(elements::consent_to_site),
        )
        .route(
            "/api/elements",
            get(elements::elements).post(elements::enrol_element),
        )
        .route("/api/elements/{element}", delete(elements::unenrol_element))
        .route(
            "/api/elements/{element}/consent",
            post(elements::consent_to_stop_calls),
        )
        .route("/api/conflicts", get(conflicts::conflicts))
        .route("/api/conflicts/check", post(conflicts::check))
        .route("/api/notices", get(queries::notices))
        .route("/api/notices/{entry}/displayed", post(notices::displayed))
        .route("/api/notices/{entry}/read-back", post(notices::read_back))
        .route("/api/notices/{entry}/answer", post(notices::answer_notice))
        .route(
            "/api/notices/{entry}/answer/preview",
            post(notices::preview_answer),
        )
        .route("/api/phrases", get(hotline::phrases))
        .route("/api/phrases/preview", post(hotline::preview))
        .route("/api/hotline", get(hotline::hotline).post(hotline::say))
        .route("/api/hotline/{entry}/displayed", post(hotline::displayed))
        .route("/api/hotline/{entry}/read-back", post(hotline::read_back))
        .route("/api/hotline/{entry}/translation", post(hotline::translate))
        .route("/api/hotline/{entry}/challenge", post(hotline::challenge))
        .route("/api/claims", get(incidents::claims).post(incidents::claim))
        .route("/api/claims/preview", post(incidents::preview_claim))
        .route(
            "/api/claims/{entry}/displayed",
            post(incidents::claim_displayed),
        )
        .route("/api/claims/{entry}/answer", post(incidents::answer_claim))
        .route("/api/claims/{entry}/statement", post(incidents::state))
        .route(
            "/api/claims/{entry}/withdraw",
            post(incidents::withdraw_claim),
        )
        .route("/api/claims/{entry}/context", get(context::context))
        .route(
            "/api/warnings",
            get(incidents::warnings).post(incidents::warn),
        )
        .route("/api/warnings/preview", post(incidents::preview_warning))
        .route(
            "/api/warnings/{entry}/displayed",
            post(incidents::warning_displayed),
        )
        .route("/api/warnings/{entry}/received", post(incidents::received))
        .route(
            "/api/warnings/{entry}/withdraw",
            post(incidents::withdraw_warning),
        )
        .route(
            "/api/evidence",
            get(incidents::evidence_kept).post(incidents::add_evidence),
        )
        .route("/api/evidence/{digest}", get(incidents::evidence_file))
        .route("/api/import/{format}", post(exchange::import))
        .route("/api/export/{format}", get(exchange::export))
        .route(
            "/api/site-exports",
            get(site_exports::site_exports).post(site_exports::ask),
        )
        .route(
            "/api/site-exports/{export}/allow",
            post(site_exports::allow),
        )
        .route(
            "/api/site-exports/{export}/refuse",
            post(site_exports::refuse),
        )
        .route("/api/site-exports/{export}/file", post(site_exports::file))
        .route("/api/units", get(units::units).post(units::enrol))
        .route(
            "/api/units/{unit}",
            post(units::change).delete(units::stand_down),
        )
        .route(
            "/api/units/{unit}/link",
            post(units::link).delete(units::revoke),
        )
        .route("/api/units/{unit}/receipts", post(units::relay))
        .route("/api/units/{unit}/sheet", get(units::sheet::sheet))
        .route("/api/downstream", get(units::downstream))
        .route("/api/notices/{entry}/downstream", post(units::tell))
        .route("/api/unit", get(units::page::page))
        .route("/api/unit/telephone", post(units::page::enrol_telephone))
        .route("/api/unit/receipts", post(units::page::has))
        .route("/api/watch", get(queries::watch))
        .route(
            "/api/watch/{desk}",
            post(desk::take_watch).delete(desk::leave_watch),
        )
        .route(
            "/api/watch/{desk}/handover",
            get(watch::handover).post(watch::take_over),
        )
        .route("/api/roster", get(watch::roster).post(watch::put_on_roster))
        .route("/api/roster/{duty}", delete(watch::take_off_roster))
        .route("/api/directed", get(watch::directed))
        .route(
            "/api/me/pin",
            post(watch::set_pin).delete(watch::forget_pin),
        )
        .route("/api/walls", get(walls::walls).post(walls::add))
        .route("/api/walls/{wall}", delete(walls::revoke))
        .route("/api/wall", get(walls::page))
        .route("/api/wall/screen", post(walls::enrol))
        .route("/api/wall/events", get(walls::events))
        .route("/api/wall/accept", post(walls::accept))
        .route("/api/alarms", get(queries::alarms))
        .route("/api/alarms/{alarm}/silence", post(desk::silence))
        .route("/api/alarms/{alarm}/acknowledge", post(desk::acknowledge))
        .route("/api/fallback", get(queries::fallback))
        .route("/api/fishing", get(queries::fishing))
        .route("/api/record", get(record::record))
        .route("/api/state", get(record::state_at))
        .route("/api/in-force", post(in_force::in_force))
        .route("/api/entries/{entry}", get(entries::entry))
        .route("/api/entries/{entry}/proof", get(entries::proof))
        .route("/api/admin/arrangement", post(administer::put_in_force))
        .route("/api/admin/manifest", post(administer::take_manifest))
        .route(
            "/api/admin/epochs",
            get(administer::epochs).post(administer::open_epoch),
        )
        .route("/api/admin/epoch", post(administer::confirm_epoch))
        .route("/api/admin/lines/{line}/export", post(administer::export))
        .route("/api/admin/lines/{line}/import", post(administer::import))
        .merge(console::routes(framed_by))
        .fallback(no_such_path)
        .method_not_allowed_fallback(no_such_method)
        .layer(middleware::from_fn(said::in_language_of))
        .layer(middleware::from_fn_with_state(served.clone(), say_state))
        .layer(middleware::from_fn_with_state(served.clone(), count))
        .with_state(served)
}

/// What is wrong with this node itself is said with every answer to whoever is signed in.
async fn say_state(
    State(served): State<Arc<Served>>,
    mut request: Request,
    next: Next,
) -> Response {
    let whose = Whose::default();
    request.extensions_mut().insert(whose.clone());
    let mut response = next.run(request).await;
    let shell = &served.shell;
    let said = whose.desks().and_then(|desks| {
        shell
            .state_of_desk
            .header(desks, &shell.directory, &shell.sounders)
    });
    if let Some(said) = said.and_then(|said| HeaderValue::from_str(&said).ok()) {
        response.headers_mut().insert(state_of_desk::HEADER, said);
    }
    response
}

async fn count(State(served): State<Arc<Served>>, request: Request, next: Next) -> Response {
    served.shell.metrics.requests.add(1);
    let response = next.run(request).await;
    if !response.status().is_success() {
        served.shell.metrics.requests_refused.add(1);
    }
    response
}

async fn no_such_path(request: Request) -> Refused {
    Refused::NoSuchPath(shown(request.uri().path()))
}

async fn no_such_method(request: Request) -> Refused {
    Refused::NoSuchMethod {
        method: shown(request.method().as_str()),
        path: shown(request.uri().path()),
    }
}

/// What a stranger wrote, shortened.
fn shown(text: &str) -> String {
    text.chars().take(200).collect()
}
