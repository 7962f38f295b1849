//! The record: facts of the journal, and what was known at a past time.

use super::commands::Here;
use super::conflicts::{self, ConflictShown};
use super::given::Asked;
use super::hotline;
use super::identity::SignedIn;
use super::problem::{Answer, Refused};
use super::scope::{Scope, sees_units, tells_of_units};
use super::slots::typed_time;
use super::views::{self, NoticeShown, PhraseShown};
use crate::auth::NotAllowed;
use crate::core::replay::fact_of;
use crate::events::kind_of;
use crate::names;
use crate::phrases::catalogue;
use crate::server::Served;
use axum::Json;
use axum::extract::State;
use model::event::{AlarmCause, Fact};
use model::ids::LineId;
use model::state::{LineView, StandingAlarm, State as NodeState};
use model::stop::StopCall;
use serde::{Deserialize, Serialize};
use std::ops::ControlFlow;
use std::sync::Arc;
use store::{Openings, View};
use utoipa::{IntoParams, ToSchema};

/// The most records that one answer holds.
pub const MAX_SHOWN: usize = 1_000;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct Range {
    /// The first record, from 0.
    #[serde(default)]
    pub from: u64,
    /// At most [`MAX_SHOWN`].
    #[serde(default = "all_shown")]
    pub count: usize,
}

fn all_shown() -> usize {
    MAX_SHOWN
}

/// A record of the journal.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RecordShown {
    pub seq: u64,
    #[schema(value_type = Object)]
    pub fact: Fact,
}

/// Records of the journal, in order; for an interpreter without what tells of units, whose numbers are then missing.
#[utoipa::path(get, path = "/api/record", params(Range), responses((status = 200, body = Vec<RecordShown>)))]
pub async fn record(
    State(served): Here,
    who: SignedIn,
    Asked(range): Asked<Range>,
) -> Answer<Vec<RecordShown>> {
    if !who.scope().record() {
        return Err(NotAllowed::ForElement.to(who.officer.name).into());
    }
    let count = range.count.min(MAX_SHOWN);
    let with_units = sees_units(&who.officer).is_ok();
    let read = move |view: View<'_>| {
        let mut shown = Vec::new();
        fold(view, range.from, |seq, fact| {
            if with_units || !tells_of_units(&fact) {
                shown.push(RecordShown { seq, fact });
            }
            shown.len() < count
        })?;
        Ok(shown)
    };
    blocking(served, read).await.map(Json)
}

/// Hands over facts until `more` is false.
pub(super) fn fold(
    view: View<'_>,
    from: u64,
    mut more: impl FnMut(u64, Fact) -> bool,
) -> Result<(), Refused> {
    let mut refused = None;
    view.read(from, Openings::Include, &mut |stored| {
        let seq = stored.seq;
        match fact_of(&stored) {
            Ok(fact) => match more(seq, fact) {
                true => ControlFlow::Continue(()),
                false => ControlFlow::Break(()),
            },
            Err(error) => {
                refused = Some(error);
                ControlFlow::Break(())
            }
        }
    })?;
    refused.map_or(Ok(()), |error| Err(error.into()))
}

pub(super) async fn blocking<T: Send + 'static>(
    served: Arc<Served>,
    read: impl FnOnce(View<'_>) -> Result<T, Refused> + Send + 'static,
) -> Result<T, Refused> {
    tokio::task::spawn_blocking(move || served.stored.with(read))
        .await
        .map_err(|error| Refused::Internal(error.to_string()))?
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct At {
    /// Unix milliseconds, or a date-time group.
    pub at: String,
    /// In which language phrases are; English if not given.
    pub language: Option<String>,
}

/// The state at a past time, folded anew from the journal.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct StateShown {
    pub at: i64,
    /// Records that were written by then; 0 for an officer of an element.
    pub records: u64,
    pub calls: Vec<CallThen>,
    pub notices: Vec<NoticeShown>,
    /// Of the hotline, oldest first on each line; none for an officer of an element.
    pub phrases: Vec<PhraseShown>,
    /// Their names.
    pub alarms: Vec<String>,
    /// The same alarms, the most urgent first.
    pub stood: Vec<AlarmThen>,
    /// Conflicts that had been found by then, of notices that were still to be heeded: at most [`MAX_SHOWN`].
    pub conflicts: Vec<ConflictShown>,
    /// There were more conflicts than [`MAX_SHOWN`].
    pub more_conflicts: bool,
    /// How every line stood; none for an officer of an element.
    pub lines: Vec<LineThen>,
    /// The release rules that decided then.
    pub rules: Option<RulesShown>,
}

/// A stop call, as it stood at a past time.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CallThen {
    pub call: String,
    pub line: String,
    /// own: we called; peer: they did.
    pub caller: String,
    pub desk: String,
    pub sent_at: i64,
    /// `null`: its line was not known yet.
    pub phase: Option<String>,
    /// As they were known then; `null`: unreadable, or destroyed since.
    #[schema(value_type = Object)]
    pub details: Option<views::SlotsShown>,
}

/// An alarm that stood at a past time.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AlarmThen {
    /// As `/api/alarms` names it.
    pub alarm: String,
    pub kind: String,
    pub line: Option<String>,
    /// The call or notice that it was about.
    pub entry: Option<String>,
    pub desk: String,
    /// How far it had climbed.
    pub level: String,
    pub since: i64,
    /// Somebody had turned its tone off.
    pub silenced: bool,
    pub count: u32,
    pub priority_one: bool,
}

fn alarm_then(cause: AlarmCause, of: &StandingAlarm) -> AlarmThen {
    AlarmThen {
        alarm: names::alarm(&cause),
        kind: kind_of(&cause).to_owned(),
        line: cause.line().map(|line| line.to_string()),
        entry: cause.call().map(names::entry),
        desk: of.desk.to_string(),
        level: of.level.to_string(),
        since: of.since.as_unix_ms(),
        silenced: of.silenced.is_some(),
        count: of.count,
        priority_one: cause.is_priority_one(),
    }
}

/// How a line stood at a past time, as the record has it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct LineThen {
    pub line: String,
    pub name: String,
    pub peer: String,
    pub exercise: bool,
    /// Which version of the arrangement was in force.
    pub arrangement: u32,
    /// up, degraded, down, by file.
    pub link: String,
    pub link_since: i64,
    pub standing_own: String,
    pub standing_peer: String,
    pub last_check: Option<i64>,
    pub main_halted: bool,
}

/// Release rules, as they were put in force.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RulesShown {
    /// What decisions name them by.
    pub version: u32,
    /// Unix milliseconds.
    pub since: i64,
    /// Cedar; empty where it was destroyed.
    pub rules: String,
    /// TOML.
    pub metadata: String,
}

fn line_then(line: LineId, of: &LineView) -> LineThen {
    LineThen {
        line: line.to_string(),
        name: of.name.to_string(),
        peer: of.peer.to_string(),
        exercise: of.arrangement.exercise,
        arrangement: of.arrangement.version,
        link: of.link.name().to_owned(),
        link_since: of.link_since.as_unix_ms(),
        standing_own: of.standing_own.0.to_string(),
        standing_peer: of.standing_peer.0.to_string(),
        last_check: of.last_check.map(|at| at.as_unix_ms()),
        main_halted: of.halt.is_some(),
    }
}

/// What this node knew at a past time.
#[utoipa::path(get, path = "/api/state", params(At), responses((status = 200, body = StateShown)))]
pub async fn state_at(
    State(served): Here,
    who: SignedIn,
    Asked(given): Asked<At>,
) -> Answer<StateShown> {
    let (at, scope) = (typed_time(&given.at)?, who.scope());
    let language = hotline::language(given.language)?;
    let texts = hotline::texts(&served).await?;
    let read = move |view: View<'_>| {
        let records = view.size_at(at.as_unix_ms())?;
        let mut state = NodeState::default();
        if records > 0 {
            fold(view, 0, |seq, fact| {
                state.apply(&fact);
                seq + 1 < records
            })?;
        }
        let call = |call: &StopCall| {
            let phase = state
                .arrangement(call.entry.log.line)
                .map(|arrangement| call.phase(&arrangement.stop, at).name());
            CallThen {
                call: names::entry(call.entry),
                line: call.entry.log.line.to_string(),
                caller: names::side(call.caller()).to_owned(),
                desk: call.desk.name().to_owned(),
                sent_at: call.sent_at.as_unix_ms(),
                phase: phase.map(str::to_owned),
                details: (call.details.as_ref())
                    .map(|said| views::slots(said, views::points_of(&state, call.entry.log.line))),
            }
        };
        Ok(StateShown {
            at: at.as_unix_ms(),
            records: match scope {
                Scope::Party => records,
                Scope::Element(_) | Scope::Nothing => 0,
            },
            calls: (state.calls.values())
                .filter(|call| scope.call(&state, call.entry))
                .map(call)
                .collect(),
            notices: state
                .notices
                .values()
                .filter(|notice| scope.notice(&state, notice.entry))
                .map(|n| views::notice(&state, n, at))
                .collect(),
            phrases: (state.lines.keys())
                .filter(|_| scope == Scope::Party)
                .flat_map(|line| state.hotline.of_line(*line))
                .map(|phrase| {
                    let corrected = state.hotline.is_corrected(phrase);
                    views::phrase(phrase, corrected, catalogue(), &texts, &language)
                })
                .collect(),
            alarms: (state.alarms.keys())
                .filter(|cause| scope.alarm(&state, cause))
                .map(names::alarm)
                .collect(),
            stood: {
                let seen = state
                    .alarms
                    .iter()
                    .filter(|(cause, _)| scope.alarm(&state, cause));
                let mut stood: Vec<AlarmThen> =
                    seen.map(|(cause, of)| alarm_then(*cause, of)).collect();
                stood.sort_by_key(|of| (!of.priority_one, of.since));
                stood
            },
            more_conflicts: conflicts::shown(&state, scope, at).nth(MAX_SHOWN).is_some(),
            conflicts: conflicts::shown(&state, scope, at)
                .take(MAX_SHOWN)
                .collect(),
            lines: match scope {
                Scope::Party => (state.lines.iter())
                    .map(|(line, of)| line_then(*line, of))
                    .collect(),
                Scope::Element(_) | Scope::Nothing => Vec::new(),
            },
            rules: (state.rules.as_ref().filter(|_| scope == Scope::Party)).map(|held| {
                RulesShown {
                    version: held.version,
                    since: held.since.as_unix_ms(),
                    rules: held.rules.to_string(),
                    metadata: held.metadata.to_string(),
                }
            }),
        })
    };
    blocking(served, read).await.map(Json)
}
