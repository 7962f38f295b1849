//! The one door by which a peer's protected sites leave this node as a file: two officers, or not at all
//! (docs/decisions/0012).

use super::commands::{Here, Said, act, line, parse, speaks_for};
use super::exchange::{Format, NOTICES, marking, outline, shown};
use super::given::{About, Asked, Given};
use super::identity::SignedIn;
use super::problem::{Answer, Refused};
use super::views::ms;
use crate::auth::{NotAllowed, Right};
use crate::clock;
use crate::random;
use crate::server::Served;
use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use model::command::Command;
use model::export::{Export, Stage};
use model::ids::{ExportId, LineId};
use model::line::Digest;
use model::state::State as NodeState;
use model::units::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use utoipa::{IntoParams, ToSchema};
use wire::{geojson, kml};

/// An export of the other party's protected sites on one line, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SiteExportShown {
    pub export: String,
    pub line: String,
    pub line_name: String,
    /// The other party, whose sites they are.
    pub peer: String,
    /// asked, allowed, refused, carried-out, lapsed.
    pub state: String,
    /// The officer who asked, and may take it.
    pub by: String,
    pub at: i64,
    /// Why; empty where that was destroyed.
    pub why: String,
    /// How many sites there were when it was asked for; of one that was carried out, how many the file held.
    pub sites: u32,
    /// The officer who allowed or refused it.
    pub answered_by: Option<String>,
    pub answered_at: Option<i64>,
    /// When it lapses; `null`: it is over.
    pub lapses_at: Option<i64>,
}

/// The exports in view, newest last.
#[utoipa::path(get, path = "/api/site-exports", responses((status = 200, body = Vec<SiteExportShown>)))]
pub async fn site_exports(State(served): Here, _who: SignedIn) -> Answer<Vec<SiteExportShown>> {
    let now = clock::now();
    let shown = served.shell.ask(move |node| {
        let state = node.state();
        let exports = state.exports.iter();
        let mut shown: Vec<SiteExportShown> = exports
            .map(|(id, export)| export_shown(state, id, export, now))
            .collect();
        shown.sort_by_key(|export| export.at);
        shown
    });
    Ok(Json(shown.await?))
}

fn export_shown(
    state: &NodeState,
    id: ExportId,
    export: &Export,
    now: Timestamp,
) -> SiteExportShown {
    let view = state.lines.get(&export.line);
    let answered = match export.stage {
        Stage::Asked => None,
        Stage::Allowed { by, at } | Stage::Refused { by, at } => Some((by, at)),
        Stage::CarriedOut { allowed_by, at, .. } => Some((allowed_by, at)),
    };
    let sites = match export.stage {
        Stage::CarriedOut { sites, .. } => sites,
        Stage::Asked | Stage::Allowed { .. } | Stage::Refused { .. } => export.sites,
    };
    SiteExportShown {
        export: id.to_string(),
        line: export.line.to_string(),
        line_name: view.map_or_else(String::new, |view| view.name.to_string()),
        peer: view.map_or_else(String::new, |view| view.peer.to_string()),
        state: export.state(now).name().to_owned(),
        by: export.by.to_string(),
        at: ms(export.at),
        why: export.why.clone(),
        sites,
        answered_by: answered.map(|(by, _)| by.to_string()),
        answered_at: answered.map(|(_, at)| ms(at)),
        lapses_at: export.lapses().map(ms),
    }
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AskSiteExport {
    /// Name or identifier of the line whose peer's sites they are.
    pub line: String,
    /// For whom and for what, in one line: another officer decides by that. It never leaves this node.
    pub why: String,
}

/// What was asked for.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct SiteExportAsked {
    pub export: String,
}

/// Asks for a file of the other party's protected sites on a line. It is denied until another officer allows it.
#[utoipa::path(post, path = "/api/site-exports", request_body = AskSiteExport, responses((status = 200, body = SiteExportAsked)))]
pub async fn ask(
    State(served): Here,
    who: SignedIn,
    Given(given): Given<AskSiteExport>,
) -> Answer<SiteExportAsked> {
    let line = line(&served, &given.line)?;
    takes_part(&served, &who, line).await?;
    let export = ExportId::from_random(random::bytes()?);
    let command = Command::AskExport {
        export,
        line,
        why: given.why,
    };
    served.shell.command(who.by(), command).await?;
    Ok(Json(SiteExportAsked {
        export: export.to_string(),
    }))
}

/// Allows what another officer asked for: once, for 15 minutes.
#[utoipa::path(post, path = "/api/site-exports/{export}/allow", operation_id = "allow_site_export", responses((status = 200, body = super::views::Outcome)))]
pub async fn allow(State(served): Here, who: SignedIn, About(export): About) -> Said {
    let (export, _) = asked(&served, &who, &export).await?;
    act(&served, &who, Command::AllowExport { export }).await
}

/// Refuses what another officer asked for, or takes back what one asked for oneself.
#[utoipa::path(post, path = "/api/site-exports/{export}/refuse", operation_id = "refuse_site_export", responses((status = 200, body = super::views::Outcome)))]
pub async fn refuse(State(served): Here, who: SignedIn, About(export): About) -> Said {
    let (export, _) = asked(&served, &who, &export).await?;
    act(&served, &who, Command::RefuseExport { export }).await
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct AsFile {
    /// geojson, kml
    pub format: String,
}

/// Carries the export out: the file, for the officer who asked, once it is allowed. It is recorded before it is given, and
/// a file that is lost on the way is to be asked for anew.
#[utoipa::path(post, path = "/api/site-exports/{export}/file", operation_id = "carry_out_site_export", params(AsFile),
    responses((status = 200, body = Vec<u8>)))]
pub async fn file(
    State(served): Here,
    who: SignedIn,
    About(export): About,
    Asked(given): Asked<AsFile>,
) -> Result<Response, Refused> {
    let format = Format::of_map(&given.format)?;
    let (export, line) = asked(&served, &who, &export).await?;
    let now = clock::now();
    let sites = served.shell.ask(move |node| {
        let sites = node.state().their_protected_sites(line, now);
        let sites = sites.filter_map(|notice| shown(node, notice, now));
        sites.collect::<Vec<_>>()
    });
    let sites = sites.await?;
    let count = u32::try_from(sites.len()).map_err(|error| Refused::Internal(error.to_string()))?;
    let marking = marking(&served);
    let written = tokio::task::spawn_blocking(move || match format {
        Format::Kml => kml::write(&sites, &[], marking, outline),
        // A table was refused above.
        Format::GeoJson | Format::Csv => geojson::write(&sites, &[], marking, outline),
    });
    let written = written
        .await
        .map_err(|error| Refused::Internal(error.to_string()))?;
    let command = Command::CarryOutExport {
        export,
        sites: count,
        digest: Digest(Sha256::digest(&written).into()),
    };
    served.shell.command(who.by(), command).await?;
    served.shell.metrics.exports.add(1);
    tracing::warn!(%export, sites = count, "the other party's protected sites left as a file, as two officers agreed");
    let headers = [
        (header::CONTENT_TYPE, format.kinds()[0].to_owned()),
        (NOTICES, count.to_string()),
    ];
    Ok((headers, written).into_response())
}

/// The export of that name and its line, for whoever may take part in it.
async fn asked(served: &Served, who: &SignedIn, name: &str) -> Result<(ExportId, LineId), Refused> {
    let export: ExportId = parse(name)?;
    let line = (served.shell).ask(move |node| Some(node.state().exports.get(export)?.line));
    let line = line.await?.ok_or_else(|| Refused::Unknown {
        what: "export",
        which: name.to_owned(),
    })?;
    takes_part(served, who, line).await?;
    Ok((export, line))
}

/// Officers who speak for the desk that protected sites are for, on that line. An administrator makes accounts, and would
/// be both officers.
async fn takes_part(served: &Served, who: &SignedIn, line: LineId) -> Result<(), Refused> {
    if who.officer.right == Right::Administrator {
        return Err(NotAllowed::Administers.to(who.officer.name).into());
    }
    let desk = (served.shell).ask(move |node| {
        let arrangement = node.state().arrangement(line)?;
        arrangement.desk_for_elements()
    });
    // Whether the line is in force is for the state to say.
    desk.await?.map_or(Ok(()), |desk| speaks_for(who, desk))
}
