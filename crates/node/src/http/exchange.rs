//! Notices in and out as files: tables and maps in, as drafts; maps out.
//!
//! An import makes drafts and lets nothing go. It makes all of them or, unless it is asked for those that are good, none.
//! An export holds what the account may see anyway, less a peer's protected sites: a list of those is dangerous, and a
//! file goes anywhere. They leave by `site_exports` alone.

use super::given::{About, Asked, MapFile};
use super::identity::SignedIn;
use super::problem::{Answer, Refused};
use super::unfit::Unfit;
use crate::clock;
use crate::names;
use crate::random;
use crate::said::Text;
use crate::server::Served;
use crate::shell::Unanswered;
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderName, header};
use axum::response::{IntoResponse, Response};
use channel::{Node, ground};
use conflict::geodesy::destination;
use conflict::shape::Shape;
use futures_util::stream::{self, StreamExt as _};
use model::arrangement::Arrangement;
use model::code::{Desk, Role};
use model::command::{Acting, Command};
use model::decide::MAX_DRAFTS;
use model::dtg::DateTimeGroup;
use model::element::MAX_DRAFTS_OF_ELEMENT;
use model::export::is_their_protected_site;
use model::ids::NoticeId;
use model::kind::Kind;
use model::line::Side;
use model::notice::Notice;
use model::place::{Circle, Position};
use model::said::Says as _;
use model::slot::SlotCode;
use model::units::{Bearing, Timestamp};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};
use wire::sheet::{Drawn, Fault, Row, Sheet, Shown};
use wire::{csv, geojson, kml};

type Here = State<Arc<Served>>;

/// Drafts of one import that are made at a time: they share batches, and leave the queue room for others.
const AT_A_TIME: usize = 16;
/// What a file of a node that is in exercise says of itself, in every language: whoever finds it may read any of them.
pub const EXERCISE: &str = "EXERCISE · УЧЕНИЕ · تمرين";
/// Corners of the polygon by which a circle is drawn.
const CORNERS: u32 = 72;
/// How many notices an exported file holds.
pub const NOTICES: HeaderName = HeaderName::from_static("standclear-notices");
/// What was left out of it: `peers-protected-sites=2, unreadable=0, other-desks=0`.
pub const LEFT_OUT: HeaderName = HeaderName::from_static("standclear-left-out");

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Csv,
    GeoJson,
    Kml,
}

impl Format {
    fn read(name: &str) -> Result<Self, Refused> {
        match name {
            "csv" => Ok(Format::Csv),
            "geojson" => Ok(Format::GeoJson),
            "kml" => Ok(Format::Kml),
            other => Err(Refused::Unknown {
                what: "format",
                which: other.chars().take(40).collect(),
            }),
        }
    }

    /// As [`Format::read`], of a map that is written.
    pub(super) fn of_map(name: &str) -> Result<Self, Refused> {
        match Self::read(name)? {
            Format::Csv => Err(Refused::in_english(
                "no table is written: ask for geojson or kml".into(),
            )),
            map => Ok(map),
        }
    }

    /// Media types; the first is the one that we send.
    pub(super) const fn kinds(self) -> &'static [&'static str] {
        match self {
            Format::Csv => &["text/csv"],
            Format::GeoJson => &["application/geo+json", "application/json"],
            Format::Kml => &["application/vnd.google-earth.kml+xml"],
        }
    }

    const fn row(self) -> Row {
        match self {
            Format::Csv => Row::Line,
            Format::GeoJson => Row::Feature,
            Format::Kml => Row::Placemark,
        }
    }
}

/// Keys are of exercise or live, never both: so is whatever leaves.
pub(super) fn marking(served: &Served) -> Option<&'static str> {
    let own = served.trust.own();
    own.manifest().exercise.then_some(EXERCISE)
}

/// A circle's outline, its corners on it, against the clock.
pub fn outline(circle: &Circle) -> Vec<Position> {
    let turn = Bearing::TURN / CORNERS;
    let corner = |corner: u32| {
        // INVARIANT: less than a full turn.
        let bearing = Bearing::from_millidegrees((CORNERS - corner) % CORNERS * turn);
        destination(
            circle.centre(),
            bearing.unwrap_or(Bearing::NORTH),
            circle.radius(),
        )
    };
    (0..CORNERS).map(corner).collect()
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct Import {
    /// Whose drafts they become.
    pub desk: String,
    /// The kind of notice of rows that name none.
    #[serde(default)]
    pub kind: Option<String>,
    /// Drafts the good rows although others are bad.
    #[serde(default)]
    pub partial: bool,
    /// Drafts nothing, and only says what it would.
    #[serde(default)]
    pub check: bool,
}

/// What came of an import.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct SheetImported {
    /// What the file calls its rows: line, feature, placemark.
    pub row: String,
    /// How many rows are good.
    pub good: usize,
    /// Of those, how many have no second description: they stay drafts until one is given, unless the arrangement
    /// exempts their kind.
    pub without_second_description: usize,
    /// The drafts that were made, row by row.
    pub drafted: Vec<RowDrafted>,
    /// What is wrong, row by row.
    pub faults: Vec<RowFault>,
    /// Faults beyond those that are told.
    pub more_faults: u64,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct RowDrafted {
    /// Which row, from 1; of a table the line in the file.
    pub at: u64,
    pub draft: String,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct RowFault {
    /// Which row, from 1; of a table the line in the file.
    pub at: u64,
    /// Which column or property; empty where it is the row itself.
    pub field: String,
    /// What is wrong, and what to do.
    #[schema(value_type = String)]
    pub why: Text,
}

/// Drafts the notices of a file: a table (csv), or a map (geojson, kml). docs/integrators.md has the fields.
#[utoipa::path(post, path = "/api/import/{format}", operation_id = "import_notices",
    params(("format" = String, Path, description = "csv, geojson, kml"), Import),
    request_body = Vec<u8>, responses((status = 200, body = SheetImported)))]
pub async fn import(
    State(served): Here,
    who: SignedIn,
    About(format): About,
    Asked(asked): Asked<Import>,
    MapFile {
        kind: sent_as,
        bytes,
    }: MapFile,
) -> Answer<SheetImported> {
    let format = Format::read(&format)?;
    let desk = super::commands::notices::desk_of(&served, &who, Some(&asked.desk)).await?;
    let kind = asked
        .kind
        .as_deref()
        .map(super::commands::notices::kind)
        .transpose()?;
    let is_sent_right = format
        .kinds()
        .iter()
        .any(|kind| sent_as.eq_ignore_ascii_case(kind));
    if !is_sent_right {
        return Err(Refused::Kind(format.kinds()[0]));
    }
    let scope = who.scope();
    let (arrangements, room) = served
        .shell
        .ask(move |node| {
            let state = node.state();
            let room = match scope.element() {
                Some(of) => MAX_DRAFTS_OF_ELEMENT.saturating_sub(state.drafts_of_element(of)),
                None => MAX_DRAFTS.saturating_sub(state.drafts.len()),
            };
            let arrangements = state
                .lines_of(desk)
                .map(|(_, view)| view.arrangement.clone());
            (arrangements.collect::<Vec<_>>(), room)
        })
        .await?;
    let read =
        tokio::task::spawn_blocking(move || checked(read(format, &bytes, kind)?, &arrangements));
    let sheet = read
        .await
        .map_err(|error| Refused::Internal(error.to_string()))??;
    let sheet = of_element(&who, sheet);
    if sheet.drawn.len() > room {
        let count = sheet.drawn.len();
        return Err(Refused::invalid(&Unfit::NoRoom { room, count }));
    }
    if !asked.check && !asked.partial && !sheet.is_good() {
        return Err(Refused::invalid(&faulty(format.row(), &sheet)));
    }
    let mut imported = SheetImported {
        row: format.row().name().to_owned(),
        good: sheet.drawn.len(),
        without_second_description: sheet
            .drawn
            .iter()
            .filter(|drawn| drawn.slots.second().is_none())
            .count(),
        drafted: Vec::new(),
        faults: sheet.faults.into_iter().map(told).collect(),
        more_faults: sheet.more_faults,
    };
    if !asked.check {
        // Whoever asked may go; what was begun is made whole or undone.
        let by = who.acting();
        let made = tokio::spawn(draft_all(served.clone(), by, desk, sheet.drawn));
        imported.drafted = made
            .await
            .map_err(|error| Refused::Internal(error.to_string()))??;
        served.shell.metrics.imports.add(1);
        tracing::info!(
            drafts = imported.drafted.len(),
            "notices were imported as drafts"
        );
    }
    Ok(Json(imported))
}

fn read(format: Format, bytes: &[u8], kind: Option<Kind>) -> Result<Sheet, Refused> {
    let read = match format {
        Format::Csv => csv::read(bytes, kind),
        Format::GeoJson => geojson::read(bytes, kind, outline),
        Format::Kml => kml::read(bytes, kind, outline),
    };
    read.map_err(|refused| Refused::invalid(&refused))
}

/// As [`Sheet`]; what no line of the desk could carry is among the faults. As `channel` judges a draft, but before any is
/// made, so that all can be told at once.
fn checked(sheet: Sheet, arrangements: &[Arc<Arrangement>]) -> Result<Sheet, Refused> {
    let internal = |error: &dyn std::error::Error| Refused::Internal(super::problem::chain(error));
    let mut within = Vec::new();
    for arrangement in arrangements {
        let area = Shape::new(arrangement.area.clone()).map_err(|error| internal(&error))?;
        within.push((arrangement, area));
    }
    let mut found = Sheet {
        more_faults: sheet.more_faults,
        ..Sheet::default()
    };
    let mut unsound = Vec::new();
    for drawn in sheet.drawn {
        let judged = ground::check_shape(&drawn.slots).and_then(|()| {
            let mut on = within
                .iter()
                .map(|(arrangement, area)| ground::check(&drawn.slots, arrangement, area));
            match on.next() {
                Some(Err(first)) => on.find(Result::is_ok).unwrap_or(Err(first)),
                Some(Ok(())) | None => Ok(()),
            }
        });
        match judged {
            Ok(()) => found.drawn.push(drawn),
            Err(why) => unsound.push(Fault {
                at: drawn.at,
                field: SlotCode::Area.to_string(),
                why: why.words,
            }),
        }
    }
    let mut faults: Vec<Fault> = sheet.faults.into_iter().chain(unsound).collect();
    faults.sort_by_key(|fault| fault.at);
    faults.into_iter().for_each(|fault| found.fault(fault));
    Ok(found)
}

/// What an officer of an element draws is that element's; a row that names another is a fault.
fn of_element(who: &SignedIn, mut sheet: Sheet) -> Sheet {
    let mut others = Vec::new();
    sheet.drawn.retain_mut(|drawn| {
        let named = super::commands::notices::name_element(who, &mut drawn.slots);
        others.extend(named.as_ref().err().map(|refused| Fault {
            at: drawn.at,
            field: SlotCode::Element.to_string(),
            why: refused.said(),
        }));
        named.is_ok()
    });
    others.into_iter().for_each(|fault| sheet.fault(fault));
    sheet.faults.sort_by_key(|fault| fault.at);
    sheet
}

fn told(fault: Fault) -> RowFault {
    RowFault {
        at: fault.at,
        field: fault.field,
        why: fault.why.into(),
    }
}

/// Why a file was not taken: the first faults, and how to have all of them.
fn faulty(row: Row, sheet: &Sheet) -> Unfit {
    const FIRST: usize = 3;
    let row = row.name();
    let told = |fault: &Fault| match fault.field.as_str() {
        "" => Unfit::Row {
            row,
            at: fault.at,
            why: fault.why.clone(),
        },
        field => Unfit::Field {
            row,
            at: fault.at,
            field: field.to_owned(),
            why: fault.why.clone(),
        },
    };
    Unfit::Faulty {
        count: sheet.faults.len() as u64 + sheet.more_faults,
        first: (sheet.faults.iter().take(FIRST))
            .map(|fault| told(fault).said())
            .collect(),
        good: sheet.drawn.len(),
        row,
    }
}

/// Makes all the drafts. Where one cannot be made, those that were are discarded.
async fn draft_all(
    served: Arc<Served>,
    by: Acting,
    desk: Desk,
    drawn: Vec<Drawn>,
) -> Result<Vec<RowDrafted>, Refused> {
    let one = |drawn: Drawn| {
        let served = served.clone();
        async move {
            let notice = NoticeId::from_random(random::bytes()?);
            let command = Command::DraftNotice {
                notice,
                kind: drawn.kind,
                desk,
                slots: drawn.slots,
            };
            served.shell.command(by, command).await?;
            Ok::<_, Refused>((drawn.at, notice))
        }
    };
    let made: Vec<Result<(u64, NoticeId), Refused>> = stream::iter(drawn)
        .map(one)
        .buffered(AT_A_TIME)
        .collect()
        .await;
    let (mut drafted, mut failed) = (Vec::new(), None);
    for result in made {
        match result {
            Ok(draft) => drafted.push(draft),
            Err(refused) => failed = failed.or(Some(refused)),
        }
    }
    let Some(failed) = failed else {
        let row = |(at, notice): (u64, NoticeId)| RowDrafted {
            at,
            draft: notice.to_string(),
        };
        return Ok(drafted.into_iter().map(row).collect());
    };
    for (at, notice) in drafted {
        let undone: Result<_, Unanswered> = served
            .shell
            .command(by, Command::DiscardNotice { notice })
            .await;
        if let Err(error) = undone {
            tracing::warn!(%error, at, draft = %notice, "a draft of an import that failed is left: discard it");
        }
    }
    Err(failed)
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct Export {
    /// The drafts of the account's desks too. They are known to this node alone.
    #[serde(default)]
    pub drafts: bool,
}

/// What is exported, and how many notices of which sort are not.
#[derive(Default)]
struct Exported {
    notices: Vec<Shown>,
    peers_protected_sites: usize,
    unreadable: usize,
    other_desks: usize,
}

/// The notices to be heeded, of both sides and of the account's desks, as a map: geojson or kml.
#[utoipa::path(get, path = "/api/export/{format}", operation_id = "export_notices", params(("format" = String, Path, description = "geojson, kml"), Export),
    responses((status = 200, body = Vec<u8>)))]
pub async fn export(
    State(served): Here,
    who: SignedIn,
    About(format): About,
    Asked(asked): Asked<Export>,
) -> Result<Response, Refused> {
    let format = Format::of_map(&format)?;
    // An interpreter speaks for nobody, and carries nothing away.
    if who.officer.role == Role::Interpreter {
        super::commands::speaks_for(&who, Desk::Senior)?;
    }
    let (now, scope) = (clock::now(), who.scope());
    // Of an element all that is its own, whichever desk speaks for it.
    let of_all = who.officer.desks.contains(&Desk::Senior) || scope.element().is_some();
    let desks = match of_all {
        true => Desk::ALL.to_vec(),
        false => who.officer.desks.clone(),
    };
    let exported = served.shell.ask(move |node| {
        let mut exported = Exported::default();
        let state = node.state();
        let live = |notice: &&Notice| notice.is_live(now) && scope.notice(state, notice.entry);
        for notice in state.notices.values().filter(live) {
            let Some(shown) = shown(node, notice, now) else {
                exported.unreadable += 1;
                continue;
            };
            if !desks.contains(&notice.desk) {
                exported.other_desks += 1;
            } else if is_their_protected_site(notice) {
                exported.peers_protected_sites += 1;
            } else {
                exported.notices.push(shown);
            }
        }
        let drafts = state.drafts.iter().filter(|(id, draft)| {
            asked.drafts && desks.contains(&draft.desk) && scope.draft(state, **id)
        });
        for (id, draft) in drafts {
            exported.notices.push(Shown {
                kind: draft.kind,
                slots: draft.slots.clone(),
                facts: vec![
                    ("draft", id.to_string()),
                    ("desk", draft.desk.to_string()),
                    ("state", "draft".to_owned()),
                ],
            });
        }
        exported
    });
    let exported = exported.await?;
    let left_out = [
        ("peers-protected-sites", exported.peers_protected_sites),
        ("unreadable", exported.unreadable),
        ("other-desks", exported.other_desks),
    ];
    let (count, marking) = (exported.notices.len(), marking(&served));
    let written = tokio::task::spawn_blocking(move || match format {
        Format::Kml => kml::write(&exported.notices, &left_out, marking, outline),
        // A table was refused above.
        Format::GeoJson | Format::Csv => {
            geojson::write(&exported.notices, &left_out, marking, outline)
        }
    });
    let written = written
        .await
        .map_err(|error| Refused::Internal(error.to_string()))?;
    served.shell.metrics.exports.add(1);
    tracing::info!(
        notices = count,
        left_out = exported_less(&left_out),
        "notices were exported"
    );
    let said: Vec<String> = left_out
        .iter()
        .map(|(why, count)| format!("{why}={count}"))
        .collect();
    let headers = [
        (header::CONTENT_TYPE, format.kinds()[0].to_owned()),
        (NOTICES, count.to_string()),
        (LEFT_OUT, said.join(", ")),
    ];
    Ok((headers, written).into_response())
}

fn exported_less(left_out: &[(&str, usize)]) -> usize {
    left_out.iter().map(|(_, count)| count).sum()
}

/// A notice as a file shows it; `None` where its content was destroyed, or never could be read.
pub(super) fn shown(node: &Node, notice: &Notice, now: Timestamp) -> Option<Shown> {
    let slots = notice.content.slots()?;
    let view = node.state().lines.get(&notice.line());
    let party = match notice.side() {
        Side::Own => Some(node.party()),
        Side::Peer => view.map(|view| view.peer),
    };
    let mut facts = vec![
        ("notice", names::entry(notice.entry)),
        ("desk", notice.desk.to_string()),
        ("state", notice.state(now).name().to_owned()),
        ("sent", DateTimeGroup::of(notice.header.sent_at).to_string()),
    ];
    facts.extend(party.map(|party| ("party", party.to_string())));
    facts.extend(view.map(|view| ("line", view.name.to_string())));
    let element = slots.text(SlotCode::Element);
    facts.extend(element.map(|element| ("element", element.to_owned())));
    Some(Shown {
        kind: notice.kind,
        slots: slots.clone(),
        facts,
    })
}
