//! The API's description, made from the handlers themselves.

use super::identity::Listener;
use super::{administer, commands, identity, problem, queries, sockets};
use axum::Json;
use utoipa::OpenApi;

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
        queries::drafts,
        queries::checks,
        queries::watch,
        queries::alarms,
        queries::fallback,
        queries::record,
        queries::state_at,
        queries::entry,
        queries::proof,
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
        commands::notices::release,
        commands::notices::withdraw,
        commands::notices::displayed,
        commands::notices::read_back,
        commands::notices::answer_notice,
        commands::desk::check_line,
        commands::desk::answer_check,
        commands::desk::set_standing,
        commands::desk::take_watch,
        commands::desk::leave_watch,
        commands::desk::silence,
        commands::desk::acknowledge,
        administer::put_in_force,
        administer::take_manifest,
        administer::epochs,
        administer::confirm_epoch,
        administer::export,
        administer::import,
    ),
    components(schemas(problem::Problem))
)]
struct Api;

/// The description, as a document.
pub fn describe() -> utoipa::openapi::OpenApi {
    Api::openapi()
}

/// The description, for whoever is signed in.
pub async fn document(_who: Listener) -> Json<utoipa::openapi::OpenApi> {
    Json(describe())
}
