//! Conflicts: those found between notices in force, and those that a plan would have.

use super::commands::{Here, line, parse};
use super::given::Given;
use super::identity::SignedIn;
use super::problem::{Answer, Refused};
use super::scope::Scope;
use super::slots::{self, Given as Slots};
use super::unfit::Unfit;
use super::views::{ms, place};
use crate::looks::{self, NotLooked};
use crate::{clock, names};
use axum::Json;
use axum::extract;
use channel::conflicts::{MAX_OF_ONE, in_words};
use channel::look::{Looked, Plan};
use channel::{Node, ground};
use model::conflict::Witness;
use model::ids::{LineId, NoticeId};
use model::kind::Kind;
use model::said::Said;
use model::state::State;
use model::units::{Millimetres, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

/// The most volumes of one plan that are checked at once.
pub const MAX_PLAN: usize = 100;

/// What shows that two notices conflict. Lengths in millimetres, times in milliseconds; below zero, by how much they
/// overlap.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct WitnessShown {
    /// For a person, in English.
    pub words: String,
    pub horizontal_mm: i64,
    pub vertical_mm: i64,
    pub time_ms: i64,
    pub asked_horizontal_mm: i64,
    pub asked_vertical_mm: i64,
    pub asked_time_ms: i64,
    /// The kinds that the arrangement keeps apart.
    pub kinds: [String; 2],
    /// The nearest place of ours, then of theirs; the same place in both where they overlap.
    #[schema(value_type = Vec<Object>)]
    pub at: [Value; 2],
    /// While both last, or the time between them.
    pub from: i64,
    pub until: i64,
    /// The heights are not known well enough to be sure.
    pub uncertain: bool,
}

/// A conflict between two notices in force, as this node found it.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ConflictShown {
    pub line: String,
    pub ours: String,
    /// Empty for an officer of an element, who sees nothing of the other party's notices.
    pub theirs: String,
    pub found_at: i64,
    pub engine: u16,
    /// `null` where it was destroyed, and for an officer of an element.
    pub witness: Option<WitnessShown>,
}

/// A conflict that a plan would have with a notice of the other party.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct PlanConflictShown {
    pub line: String,
    /// Which volume of the plan, from 0.
    pub volume: usize,
    pub theirs: String,
    pub witness: WitnessShown,
}

/// A plan, in volumes: each a draft that is kept here, or a kind and slots.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Plan)]
pub struct PlanGiven {
    pub volumes: Vec<PlanVolume>,
    /// Against what was declared on these lines; none: on every line.
    #[serde(default)]
    pub lines: Vec<String>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanVolume {
    #[serde(default)]
    pub draft: Option<String>,
    #[serde(default)]
    pub kind: Option<String>,
    #[serde(default)]
    #[schema(value_type = Object)]
    pub slots: Slots,
}

/// What was checked, and what was found.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Checked {
    pub conflicts: Vec<PlanConflictShown>,
    /// A volume met as many as are worked out for one, and perhaps more.
    pub and_more: bool,
}

enum Volume {
    Draft(NoticeId),
    Given(Kind, model::slot::Slots),
}

/// The conflicts between notices that are both still to be heeded.
#[utoipa::path(get, path = "/api/conflicts", responses((status = 200, body = Vec<ConflictShown>)))]
pub async fn conflicts(extract::State(served): Here, who: SignedIn) -> Answer<Vec<ConflictShown>> {
    let (now, scope) = (clock::now(), who.scope());
    let shown = served
        .shell
        .ask(move |node| shown(node.state(), scope, now).collect());
    Ok(Json(shown.await?))
}

/// The conflicts of `state` at `now` that somebody sees, without the other party's side for whom this party speaks for.
pub(super) fn shown(
    state: &State,
    scope: Scope,
    now: Timestamp,
) -> impl Iterator<Item = ConflictShown> + '_ {
    let sees_theirs = scope == Scope::Party;
    let found = state.conflicts(now);
    found
        .filter(move |(pair, _)| scope.notice(state, pair.ours))
        .map(move |(pair, found)| ConflictShown {
            line: pair.ours.log.line.to_string(),
            ours: names::entry(pair.ours),
            theirs: match sees_theirs {
                true => names::entry(pair.theirs),
                false => String::new(),
            },
            found_at: ms(found.at),
            engine: found.engine,
            witness: (found.witness.as_ref().filter(|_| sees_theirs)).map(shown_witness),
        })
}

/// With what a plan would conflict, before anything of it is released. Nothing is journalled, and nobody else learns of it.
#[utoipa::path(post, path = "/api/conflicts/check", request_body = PlanGiven, responses((status = 200, body = Checked)))]
pub async fn check(
    extract::State(served): Here,
    _who: SignedIn,
    Given(plan): Given<PlanGiven>,
) -> Answer<Checked> {
    if plan.volumes.len() > MAX_PLAN {
        let (count, most) = (plan.volumes.len(), MAX_PLAN);
        return Err(Refused::invalid(&Unfit::PlanTooLarge { count, most }));
    }
    let lines: Vec<LineId> =
        (plan.lines.iter().map(|name| line(&served, name))).collect::<Result<_, _>>()?;
    let volumes: Vec<Volume> = (plan.volumes.iter().map(volume)).collect::<Result<_, _>>()?;
    let count = volumes.len();
    let plans = served.shell.ask(move |node| plans(node, &lines, volumes));
    let (drawn, plans) = plans.await?.map_err(|draft| Refused::Unknown {
        what: "draft",
        which: draft.to_string(),
    })?;
    // With no line in force there is nothing to be held against, and what cannot be drawn is refused all the same.
    if plans.is_empty() {
        let drawn = tokio::task::spawn_blocking(move || undrawable(&drawn));
        let found = drawn
            .await
            .map_err(|error| Refused::Internal(error.to_string()))?;
        if let Some((number, why)) = found {
            return Err(unsound(count, Some(number), why));
        }
    }
    let (numbers, plans): (Vec<usize>, Vec<Plan>) = plans.into_iter().unzip();
    let looked = looks::at_plans(&served.shell, plans).await;
    let looked = looked.map_err(|not| match not {
        NotLooked::Unanswered(unanswered) => unanswered.into(),
        NotLooked::Unsound { plan, why } => unsound(count, numbers.get(plan).copied(), why),
        NotLooked::Failed => Refused::Internal("a look at the plan failed".into()),
    })?;
    Ok(Json(checked(&numbers, &looked)))
}

/// Which of `count` volumes cannot be checked, and why.
fn unsound(count: usize, volume: Option<usize>, because: Said) -> Refused {
    match volume.filter(|_| count > 1) {
        Some(number) => Refused::invalid(&Unfit::Volume { number, because }),
        None => Refused::Invalid(because),
    }
}

fn volume(given: &PlanVolume) -> Result<Volume, Refused> {
    match (&given.draft, &given.kind) {
        (Some(draft), None) => Ok(Volume::Draft(parse(draft)?)),
        (None, Some(kind)) => Ok(Volume::Given(
            super::commands::notices::kind(kind)?,
            slots::slots(&given.slots)?,
        )),
        (Some(_), Some(_)) | (None, None) => Err(Refused::in_english(
            "a volume is either a `draft` or a `kind` with `slots`: give one of them".into(),
        )),
    }
}

/// The first that cannot be drawn, and why.
fn undrawable(drawn: &[model::slot::Slots]) -> Option<(usize, Said)> {
    let each = drawn.iter().enumerate();
    each.filter_map(|(number, slots)| Some((number, ground::check_shape(slots).err()?.words)))
        .next()
}

/// What is to be looked at, each with the number of its volume; where that is nothing, what each volume says.
type Plans = (Vec<model::slot::Slots>, Vec<(usize, Plan)>);

/// On no lines for all lines. Or the first draft that is not there.
fn plans(node: &Node, lines: &[LineId], volumes: Vec<Volume>) -> Result<Plans, NoticeId> {
    let all: Vec<LineId>;
    let lines = match lines.is_empty() {
        true => {
            all = node.state().lines.keys().copied().collect();
            &all
        }
        false => lines,
    };
    let given = volumes.into_iter().map(|volume| match volume {
        Volume::Given(kind, slots) => Ok((kind, slots)),
        Volume::Draft(draft) => {
            let found = node.state().drafts.get(&draft).ok_or(draft)?;
            Ok((found.kind, found.slots.clone()))
        }
    });
    let given: Vec<(Kind, model::slot::Slots)> = given.collect::<Result<_, NoticeId>>()?;
    let plans = given
        .iter()
        .enumerate()
        .flat_map(|(number, (kind, slots))| {
            let on = move |line: &LineId| Some((number, node.plan(*line, *kind, slots.clone())?));
            lines.iter().filter_map(on)
        });
    let plans: Vec<(usize, Plan)> = plans.collect();
    let drawn = match plans.is_empty() {
        true => given.into_iter().map(|(_, slots)| slots).collect(),
        false => Vec::new(),
    };
    Ok((drawn, plans))
}

/// `numbers`: of the volume that each look was at.
fn checked(numbers: &[usize], looked: &[Looked]) -> Checked {
    let conflicts = numbers.iter().zip(looked).flat_map(|(number, looked)| {
        looked.conflicts().iter().map(|found| PlanConflictShown {
            line: looked.line().to_string(),
            volume: *number,
            theirs: names::entry(found.theirs),
            witness: shown_witness(&found.witness),
        })
    });
    Checked {
        conflicts: conflicts.collect(),
        and_more: looked
            .iter()
            .any(|looked| looked.conflicts().len() == MAX_OF_ONE),
    }
}

fn shown_witness(witness: &Witness) -> WitnessShown {
    let asked = witness.asked;
    WitnessShown {
        words: in_words(witness),
        horizontal_mm: witness.horizontal.as_mm(),
        vertical_mm: witness.vertical.as_mm(),
        time_ms: witness.time.as_ms(),
        asked_horizontal_mm: asked.horizontal.as_mm(),
        asked_vertical_mm: asked.vertical.as_mm(),
        asked_time_ms: asked.time.as_ms(),
        kinds: asked.between.map(|kind| kind.name().to_owned()),
        at: witness.at.map(|at| place(at, Millimetres::from_metres(1))),
        from: ms(witness.from),
        until: ms(witness.until),
        uncertain: witness.uncertain,
    }
}
