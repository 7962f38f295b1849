//! A line, looked at closely, and carried by file: what its logs hold and who has signed for it, and what a courier takes along.
//!
//! An administrator does the same by `/api/admin`, with no account.

use super::administer::{Imported, export_of, take_in};
use super::commands::{Here, is_no_interpreter, line, speaks_for};
use super::given::{About, Upload};
use super::identity::SignedIn;
use super::problem::{Answer, Refused};
use crate::auth::NotAllowed;
use crate::names;
use crate::server::Served;
use axum::Json;
use axum::extract::State;
use model::code::Lane;
use model::ids::LineId;
use model::line::{LogHead, LogRef, Side};
use serde::{Deserialize, Serialize};
use store::NoteSlot;
use utoipa::ToSchema;

const LANES: [Lane; 2] = [Lane::Stop, Lane::Main];

/// A log of a line, in the epoch that it is in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LogShown {
    /// As entries name it.
    pub log: String,
    /// own: ours; peer: theirs, as far as we hold it.
    pub side: String,
    /// stop, main.
    pub lane: String,
    pub epoch: u32,
    /// Entries.
    pub size: u64,
    /// For how many of them whoever received them has signed: of ours the other party, of theirs this node.
    pub cosigned: u64,
    /// What all of it hashes to, in hexadecimal digits: two parties that read out the same for the same size hold the same log.
    pub root: String,
}

/// The logs of a line, and how far each was signed for.
#[utoipa::path(get, path = "/api/lines/{line}/logs", responses((status = 200, body = Vec<LogShown>)))]
pub async fn logs(
    State(served): Here,
    _who: SignedIn,
    About(name): About,
) -> Answer<Vec<LogShown>> {
    let line = line(&served, &name)?;
    let asked = served.shell.ask(move |node| {
        let lines = node.lines();
        LANES.map(|lane| {
            let delivered = lines
                .delivered(line, lane)
                .filter(|of| Some(of.epoch) == lines.own_head(line, lane).map(|own| own.epoch));
            (
                lane,
                lines.own_head(line, lane),
                delivered.map_or(0, |head| head.size),
                lines.held(line, lane),
            )
        })
    });
    let found = asked.await?;
    let read = move || {
        let mut logs = Vec::new();
        for (lane, own, delivered, theirs) in found {
            if let Some(head) = own {
                logs.push(shown((line, Side::Own, lane), head, delivered));
            }
            if let Some(head) = theirs {
                let log = LogRef {
                    line,
                    side: Side::Peer,
                    lane,
                    epoch: head.epoch,
                };
                let signed = served.stored.note(log, NoteSlot::PeerCosigned);
                logs.push(shown(
                    (line, Side::Peer, lane),
                    head,
                    signed.map_or(0, |(size, _)| size),
                ));
            }
        }
        logs
    };
    let logs = tokio::task::spawn_blocking(read).await;
    logs.map(Json)
        .map_err(|error| Refused::Internal(error.to_string()))
}

fn shown((line, side, lane): (LineId, Side, Lane), head: LogHead, cosigned: u64) -> LogShown {
    LogShown {
        log: names::log(LogRef {
            line,
            side,
            lane,
            epoch: head.epoch,
        }),
        side: names::side(side).to_owned(),
        lane: lane.to_string(),
        epoch: head.epoch,
        size: head.size,
        cosigned,
        root: head.root.to_string(),
    }
}

/// What the other party does not hold yet, as a file for a courier, encrypted to that party: at most 64 MiB. It holds nothing that was not
/// released before.
#[utoipa::path(post, path = "/api/lines/{line}/export", operation_id = "export_line", responses((status = 200, body = Vec<u8>)))]
pub async fn export(
    State(served): Here,
    who: SignedIn,
    About(name): About,
) -> Result<Vec<u8>, Refused> {
    let line = carries(&served, &who, &name)?;
    let file = export_of(served, line).await?;
    tracing::info!(%line, bytes = file.len(), "a line was exported as a file");
    Ok(file)
}

/// Takes in a file that a courier brought from the other party: at most 64 MiB.
#[utoipa::path(post, path = "/api/lines/{line}/import", operation_id = "import_line", request_body = Vec<u8>, responses((status = 200, body = Imported)))]
pub async fn import(
    State(served): Here,
    who: SignedIn,
    About(name): About,
    Upload(body): Upload,
) -> Answer<Imported> {
    let line = carries(&served, &who, &name)?;
    let imported = take_in(served, line, body).await?;
    tracing::info!(%line, frames = imported.frames, "a file of a line was taken in");
    Ok(Json(imported))
}

/// The line of that name, for whoever speaks for one of its desks.
fn carries(served: &Served, who: &SignedIn, name: &str) -> Result<LineId, Refused> {
    let line = line(served, name)?;
    let desks = served.shell.directory.desks_of(line);
    if desks.iter().any(|desk| speaks_for(who, *desk).is_ok()) {
        return Ok(line);
    }
    is_no_interpreter(who)?;
    Err(NotAllowed::OtherLine.to(who.officer.name).into())
}
