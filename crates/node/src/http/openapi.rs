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
        commands::stop,
        commands::details,
        commands::renew,
        commands::accept,
        commands::answer_stop,
        commands::end_pause,
        commands::lift,
        commands::resume,
        commands::raised_in_error,
        commands::draft,
        commands::discard,
        commands::release,
        commands::withdraw,
        commands::displayed,
        commands::read_back,
        commands::answer_notice,
        commands::check_line,
        commands::answer_check,
        commands::set_standing,
        commands::take_watch,
        commands::leave_watch,
        commands::silence,
        commands::acknowledge,
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
