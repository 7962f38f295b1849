//! The API's description, made from the handlers themselves.

use super::identity::Listener;
use super::{
    administer, arrangements, commands, conflicts, context, elements, entries, exchange, hotline,
    identity, in_force, incidents, line_files, positions, problem, queries, record, site_exports,
    sockets, tiles, units, walls, watch,
};
use axum::Json;
use utoipa::openapi::path::Operation;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{ContentBuilder, Ref, ResponseBuilder};
use utoipa::{Modify, OpenApi};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Standclear",
        description = "One party's node: lines, stop calls, notices, the record."
    ),
    paths(
        queries::health,
        queries::metrics,
        queries::lines,
        queries::calls,
        queries::call,
        queries::notices,
        queries::fishing,
        queries::drafts,
        queries::checks,
        arrangements::arrangements,
        positions::read,
        line_files::logs,
        line_files::export,
        line_files::import,
        tiles::tile,
        tiles::tile_of,
        tiles::maps,
        tiles::places,
        queries::watch,
        queries::alarms,
        queries::fallback,
        record::record,
        record::state_at,
        in_force::in_force,
        entries::entry,
        entries::proof,
        identity::sign_in,
        identity::sign_out,
        identity::me,
        sockets::events,
        commands::stops::stop,
        commands::stops::details,
        commands::stops::renew,
        commands::stops::accept,
        commands::stops::answer_stop,
        commands::stops::end_pause,
        commands::stops::lift,
        commands::stops::resume,
        commands::stops::raised_in_error,
        commands::notices::draft,
        commands::notices::discard,
        commands::notices::preview,
        commands::notices::release,
        commands::notices::withdraw,
        commands::notices::displayed,
        commands::notices::read_back,
        commands::notices::answer_notice,
        commands::notices::preview_answer,
        commands::desk::check_line,
        commands::desk::answer_check,
        commands::desk::set_standing,
        commands::desk::take_watch,
        commands::desk::leave_watch,
        commands::desk::silence,
        commands::desk::acknowledge,
        conflicts::conflicts,
        conflicts::check,
        elements::elements,
        elements::enrol_element,
        elements::unenrol_element,
        elements::consent_to_stop_calls,
        elements::consent_to_site,
        hotline::phrases,
        hotline::preview,
        hotline::hotline,
        hotline::say,
        hotline::displayed,
        hotline::read_back,
        hotline::translate,
        hotline::challenge,
        incidents::claims,
        incidents::claim,
        incidents::preview_claim,
        incidents::claim_displayed,
        incidents::answer_claim,
        incidents::state,
        incidents::withdraw_claim,
        incidents::warnings,
        incidents::warn,
        incidents::preview_warning,
        incidents::warning_displayed,
        incidents::received,
        incidents::withdraw_warning,
        incidents::evidence_kept,
        incidents::add_evidence,
        incidents::evidence_file,
        context::context,
        exchange::import,
        exchange::export,
        site_exports::site_exports,
        site_exports::ask,
        site_exports::allow,
        site_exports::refuse,
        site_exports::file,
        units::units,
        units::enrol,
        units::change,
        units::stand_down,
        units::link,
        units::revoke,
        units::relay,
        units::downstream,
        units::tell,
        units::sheet::sheet,
        units::page::page,
        units::page::enrol_telephone,
        units::page::has,
        watch::handover,
        watch::take_over,
        watch::roster,
        watch::put_on_roster,
        watch::take_off_roster,
        watch::directed,
        watch::set_pin,
        watch::forget_pin,
        walls::walls,
        walls::add,
        walls::revoke,
        walls::enrol,
        walls::page,
        walls::events,
        walls::accept,
        administer::put_in_force,
        administer::take_manifest,
        administer::epochs,
        administer::open_epoch,
        administer::confirm_epoch,
        administer::export,
        administer::import,
    ),
    components(schemas(problem::Problem)),
    modifiers(&Common)
)]
struct Api;

/// Where nobody need sign in.
const OPEN: [&str; 4] = [
    "/healthz",
    "/api/sessions",
    "/api/unit/telephone",
    "/api/wall/screen",
];

/// What holds for every operation: a token, and how a refusal is said.
struct Common;

impl Modify for Common {
    fn modify(&self, api: &mut utoipa::openapi::OpenApi) {
        let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
        if let Some(components) = &mut api.components {
            components.add_security_scheme("token", SecurityScheme::Http(bearer));
        }
        for (name, path) in &mut api.paths.paths {
            let operations = [&mut path.get, &mut path.post, &mut path.delete];
            for operation in operations.into_iter().flatten() {
                refuses(operation);
                if !OPEN.contains(&name.as_str()) {
                    let token = SecurityRequirement::new("token", Vec::<String>::new());
                    operation.security = Some(vec![token]);
                }
            }
        }
    }
}

fn refuses(operation: &mut Operation) {
    let problem = ContentBuilder::new()
        .schema(Some(Ref::from_schema_name("Problem")))
        .build();
    let response = ResponseBuilder::new()
        .description("refused: what happened, and what to do")
        .content("application/problem+json", problem)
        .build();
    let responses = &mut operation.responses.responses;
    responses.insert("default".to_owned(), response.into());
}

/// The description, as a document.
pub fn describe() -> utoipa::openapi::OpenApi {
    Api::openapi()
}

/// The description, for whoever is signed in.
pub async fn document(_who: Listener) -> Json<utoipa::openapi::OpenApi> {
    Json(describe())
}
