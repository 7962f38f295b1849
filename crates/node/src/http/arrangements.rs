//! What was agreed on each line, as far as a screen needs it: where, from which points, why, and under which authority.

use super::identity::SignedIn;
use super::problem::Answer;
use super::views;
use crate::server::Served;
use axum::Json;
use axum::extract::State;
use model::arrangement::Arrangement;
use model::code::Desk;
use model::ids::{LineId, LineName, PartyId};
use model::kind::Kind;
use model::units::Millimetres;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::sync::Arc;
use utoipa::ToSchema;

/// An arrangement in force.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ArrangementShown {
    pub line: String,
    pub name: String,
    pub own: String,
    pub peer: String,
    pub version: u32,
    pub exercise: bool,
    pub desks: Vec<String>,
    /// The area that was agreed on, as areas are shown in slots.
    #[schema(value_type = Object)]
    pub area: Value,
    pub reference_points: Vec<PointShown>,
    pub purposes: Vec<Listed>,
    /// The finest precision to which a position is sent on it.
    pub finest_mm: i64,
    /// Whether remarks may be sent at all.
    pub free_text: bool,
    /// The fewest officers who keep the watch of each desk; `null`: each party decides.
    #[serde(default)]
    pub watch_officers: Option<u8>,
    /// Kinds that need no second description.
    pub single_description: Vec<String>,
    pub stop: StopTermsShown,
    pub deadlines: DeadlinesShown,
    /// When people check the line, in minutes after 00:00 UTC.
    pub line_checks: Vec<u16>,
    /// Whose authority the rules in force know: under one of them something is let go.
    pub authorities: Vec<Listed>,
}

/// What has a name and a meaning in words.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Listed {
    pub id: String,
    pub text: String,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct PointShown {
    pub id: String,
    pub name: String,
    /// In every customary form.
    #[schema(value_type = Object)]
    pub place: Value,
}

/// Within what the arrangement asks for what people do about notices and line checks, in milliseconds.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct DeadlinesShown {
    pub answer_ms: i64,
    pub read_back_ms: i64,
    pub line_check_ms: i64,
    /// A notice that is said later than this before its window opens is late.
    pub lead_ms: i64,
}

/// What a stop call obliges, in milliseconds.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct StopTermsShown {
    pub accept_ms: i64,
    pub answer_ms: i64,
    pub confirm_ms: i64,
    pub limit_ms: i64,
    /// To which levels its alarm climbs, and when, until a person accepts: nobody raises it by hand.
    #[serde(default)]
    pub climb: Vec<ClimbShown>,
}

/// A level that an alarm climbs to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ClimbShown {
    /// two-star, three-star, four-star.
    pub level: String,
    /// Milliseconds after the alarm.
    pub after_ms: i64,
}

/// The arrangements in force, line by line.
#[utoipa::path(get, path = "/api/arrangements", responses((status = 200, body = Vec<ArrangementShown>)))]
pub async fn arrangements(
    State(served): State<Arc<Served>>,
    _who: SignedIn,
) -> Answer<Vec<ArrangementShown>> {
    let shown = served.shell.ask(|node| {
        let listed = node.rules().metadata().authorities.iter();
        let authorities: Vec<Listed> = listed
            .map(|authority| Listed {
                id: authority.id.to_string(),
                text: authority.text.clone(),
            })
            .collect();
        let lines = node.state().lines.iter();
        lines
            .map(|(line, view)| {
                shown(
                    *line,
                    view.name,
                    node.party(),
                    &view.arrangement,
                    &authorities,
                )
            })
            .collect()
    });
    Ok(Json(shown.await?))
}

fn shown(
    line: LineId,
    name: LineName,
    own: PartyId,
    agreed: &Arrangement,
    authorities: &[Listed],
) -> ArrangementShown {
    let point = |point: &model::arrangement::ReferencePoint| PointShown {
        id: point.id.to_string(),
        name: point.name.clone(),
        place: views::place(point.position, Millimetres::from_metres(1)),
    };
    let purpose = |purpose: &model::arrangement::Purpose| Listed {
        id: purpose.id.to_string(),
        text: purpose.text.clone(),
    };
    ArrangementShown {
        line: line.to_string(),
        name: name.to_string(),
        own: own.to_string(),
        peer: agreed
            .peer_of(own)
            .map_or_else(String::new, |peer| peer.to_string()),
        version: agreed.version,
        exercise: agreed.exercise,
        desks: agreed.desks.iter().map(Desk::to_string).collect(),
        area: views::area_shown(&agreed.area),
        reference_points: agreed.reference_points.iter().map(point).collect(),
        purposes: agreed.purposes.iter().map(purpose).collect(),
        finest_mm: agreed.finest.as_mm(),
        free_text: agreed.free_text,
        watch_officers: agreed.watch_officers,
        single_description: agreed
            .single_description
            .iter()
            .map(Kind::to_string)
            .collect(),
        stop: StopTermsShown {
            accept_ms: agreed.stop.accept.as_ms(),
            answer_ms: agreed.stop.answer.as_ms(),
            confirm_ms: agreed.stop.confirm.as_ms(),
            limit_ms: agreed.stop.limit.as_ms(),
            climb: (agreed.stop.climb.iter())
                .map(|step| ClimbShown {
                    level: step.level.to_string(),
                    after_ms: step.after.as_ms(),
                })
                .collect(),
        },
        deadlines: DeadlinesShown {
            answer_ms: agreed.deadlines.answer.as_ms(),
            read_back_ms: agreed.deadlines.read_back.as_ms(),
            line_check_ms: agreed.deadlines.line_check.as_ms(),
            lead_ms: agreed.deadlines.lead.as_ms(),
        },
        line_checks: agreed.line_checks.clone(),
        authorities: authorities.to_vec(),
    }
}
