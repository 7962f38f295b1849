//! What can be asked. Answers rest on nothing that is not durable.

use super::given::{About, Asked};
use super::identity::{Listener, Scraper, SignedIn};
use super::problem::{Answer, Refused};
use super::scope::Scope;
use super::views::{self, CallShown, DraftShown, LineShown, NoticeShown, Numbers};
use super::watch::{DutyShown, duty_shown};
use crate::clock;
use crate::events::AlarmTold;
use crate::names;
use crate::server::Served;
use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use channel::Node;
use channel::input::Disk;
use model::ids::LineId;
use model::line::EntryRef;
use model::notice::Notice;
use model::state::Check;
use model::stop::StopCall;
use model::units::Timestamp;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

type Here = State<Arc<Served>>;

/// Whether this node works. Anyone may ask; nothing else is told.
#[utoipa::path(get, path = "/healthz", responses((status = 200), (status = 503)))]
pub async fn health(State(served): Here) -> Response {
    let disk = served.shell.ask(Node::disk).await;
    match disk {
        Ok(Disk::Well) => (StatusCode::OK, "well\n"),
        Ok(Disk::Full) => (StatusCode::SERVICE_UNAVAILABLE, "disk full\n"),
        Ok(Disk::Failed) => (StatusCode::SERVICE_UNAVAILABLE, "cannot send\n"),
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "no answer\n"),
    }
    .into_response()
}

/// Counters and gauges, for Prometheus.
#[utoipa::path(get, path = "/metrics", responses((status = 200, body = String)))]
pub async fn metrics(State(served): Here, _who: Scraper) -> Response {
    let mut text = served.shell.metrics.text();
    let [local, stop, desk, main] = served.shell.inbox.waiting();
    let gauges = [
        (
            "connections",
            "Connections of lines that stand.",
            served.shell.registry.count(),
        ),
        (
            "listeners",
            "Screens and bells that listen.",
            served.shell.events.listeners(),
        ),
        ("inbox_local", "Local stop commands that wait.", local),
        ("inbox_stop", "Frames of stop connections that wait.", stop),
        (
            "inbox_desk",
            "Queries and commands of officers that wait.",
            desk,
        ),
        ("inbox_main", "Inputs of main that wait.", main),
    ];
    for (name, help, value) in gauges {
        text += &format!(
            "# HELP standclear_{name} {help}\n# TYPE standclear_{name} gauge\nstandclear_{name} {value}\n"
        );
    }
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], text).into_response()
}

/// The lines.
#[utoipa::path(get, path = "/api/lines", responses((status = 200, body = Vec<LineShown>)))]
pub async fn lines(State(served): Here, _who: Listener) -> Answer<Vec<LineShown>> {
    let now = clock::now();
    let shown = served.shell.ask(move |node| {
        let open = views::open_calls(node.state(), now);
        let of = |line| open.get(line).copied().unwrap_or_default();
        let lines = node.state().lines.iter();
        lines
            .map(|(line, view)| views::line(node, *line, view, of(line)))
            .collect()
    });
    Ok(Json(shown.await?))
}

/// The stop calls in view, newest last.
#[utoipa::path(get, path = "/api/calls", responses((status = 200, body = Vec<CallShown>)))]
pub async fn calls(State(served): Here, who: SignedIn) -> Answer<Vec<CallShown>> {
    let (now, scope) = (clock::now(), who.scope());
    let shown = served.shell.ask(move |node| {
        let mut calls: Vec<CallShown> = node
            .state()
            .calls
            .values()
            .filter_map(|call| shown_call(node, call, now, scope))
            .collect();
        calls.sort_by_key(|call| call.sent_at);
        calls
    });
    Ok(Json(shown.await?))
}

/// One stop call.
#[utoipa::path(get, path = "/api/calls/{entry}", responses((status = 200, body = CallShown)))]
pub async fn call(State(served): Here, who: SignedIn, About(name): About) -> Answer<CallShown> {
    let entry = names::parse_entry(&name).map_err(|error| Refused::invalid(&error))?;
    let (now, scope) = (clock::now(), who.scope());
    let shown = served.shell.ask(move |node| {
        let call = node.state().calls.get(&entry)?;
        shown_call(node, call, now, scope)
    });
    shown.await?.map(Json).ok_or(Refused::Unknown {
        what: "stop call",
        which: name,
    })
}

/// A call, for whoever may see it.
fn shown_call(node: &Node, call: &StopCall, now: Timestamp, scope: Scope) -> Option<CallShown> {
    let state = node.state();
    if !scope.call(state, call.entry) {
        return None;
    }
    let shown = views::call(node, call, now)?;
    // What it rings with may be somebody else's.
    let rings_with = shown.folded_into.filter(|_| {
        call.folded_into
            .is_some_and(|first| scope.call(state, first))
    });
    Some(CallShown {
        folded_into: rings_with,
        ..shown
    })
}

/// The most notices that are asked for by name at once.
pub const MAX_NAMED: usize = 64;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct Which {
    /// Only these, by name, with commas between: 64 at most. One that is not in view is left out of the answer.
    pub entries: Option<String>,
}

impl Which {
    fn named(self) -> Result<Option<Vec<EntryRef>>, Refused> {
        let Some(entries) = self.entries else {
            return Ok(None);
        };
        if entries.split(',').count() > MAX_NAMED {
            let why =
                format!("{MAX_NAMED} notices are named at once at most: ask for all, or in turns");
            return Err(Refused::in_english(why));
        }
        let parsed: Result<Vec<_>, _> = entries.split(',').map(names::parse_entry).collect();
        parsed.map(Some).map_err(|error| Refused::invalid(&error))
    }
}

/// The notices in view, of both sides; for an officer of an element that element's.
#[utoipa::path(get, path = "/api/notices", params(Which), responses((status = 200, body = Vec<NoticeShown>)))]
pub async fn notices(
    State(served): Here,
    who: SignedIn,
    Asked(which): Asked<Which>,
) -> Answer<Vec<NoticeShown>> {
    let (now, scope, named) = (clock::now(), who.scope(), which.named()?);
    let shown = served.shell.ask(move |node| {
        let state = node.state();
        let notices: Vec<&Notice> = match &named {
            Some(named) => (named.iter())
                .filter_map(|entry| state.notices.get(entry))
                .collect(),
            None => state.notices.values().collect(),
        };
        notices
            .into_iter()
            .filter(|notice| scope.notice(state, notice.entry))
            .map(|notice| views::notice(state, notice, now))
            .collect()
    });
    Ok(Json(shown.await?))
}

/// Small notices of the other party that together sweep an area: it may be fishing for what is ours. Nothing is done
/// about it but to show it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SweepShown {
    pub line: String,
    pub line_name: String,
    pub kind: String,
    /// The notices, in the order of the log.
    pub notices: Vec<String>,
    /// When the first and the last of them came, in Unix milliseconds.
    pub from: i64,
    pub until: i64,
    /// In how many squares of 4 km, which meet, they lie.
    pub squares: usize,
}

/// What looks like fishing, line by line.
#[utoipa::path(get, path = "/api/fishing", responses((status = 200, body = Vec<SweepShown>)))]
pub async fn fishing(State(served): Here, _who: Listener) -> Answer<Vec<SweepShown>> {
    let now = clock::now();
    let shown = served.shell.ask(move |node| {
        let state = node.state();
        let name = |line: LineId| state.lines.get(&line).map(|view| view.name.to_string());
        let sweep = |sweep: &channel::fishing::Sweep| SweepShown {
            line: sweep.line.to_string(),
            line_name: name(sweep.line).unwrap_or_default(),
            kind: sweep.kind.to_string(),
            notices: sweep.notices.iter().copied().map(names::entry).collect(),
            from: sweep.from.as_unix_ms(),
            until: sweep.until.as_unix_ms(),
            squares: sweep.squares,
        };
        channel::fishing::sweeps(state, now)
            .iter()
            .map(sweep)
            .collect()
    });
    Ok(Json(shown.await?))
}

/// The drafts, known to this node alone.
#[utoipa::path(get, path = "/api/drafts", responses((status = 200, body = Vec<DraftShown>)))]
pub async fn drafts(State(served): Here, who: SignedIn) -> Answer<Vec<DraftShown>> {
    let scope = who.scope();
    let shown = served.shell.ask(move |node| {
        let state = node.state();
        let drafts = state.drafts.iter();
        drafts
            .filter(|(id, _)| scope.draft(state, **id))
            .map(|(id, draft)| views::draft(state, *id, draft))
            .collect()
    });
    Ok(Json(shown.await?))
}

/// A line check of either side.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct CheckShown {
    pub check: String,
    pub line: String,
    /// own: we checked; peer: they did.
    pub from: String,
    pub desk: String,
    pub sent_at: i64,
    /// The number to read back; `null` where it could not be read.
    pub challenge: Option<u64>,
    pub answered_at: Option<i64>,
    pub result: Option<String>,
}

/// The line checks in view, oldest first.
#[utoipa::path(get, path = "/api/checks", responses((status = 200, body = Vec<CheckShown>)))]
pub async fn checks(State(served): Here, _who: SignedIn) -> Answer<Vec<CheckShown>> {
    let shown = served.shell.ask(|node| {
        let lines = node.state().lines.values();
        let mut checks: Vec<CheckShown> = lines
            .flat_map(|view| view.checks.iter().map(check))
            .collect();
        checks.sort_by_key(|check| check.sent_at);
        checks
    });
    Ok(Json(shown.await?))
}

fn check((entry, check): (&EntryRef, &Check)) -> CheckShown {
    let (answered_at, result) = check.answered.unzip();
    CheckShown {
        check: names::entry(*entry),
        line: entry.log.line.to_string(),
        from: names::side(entry.log.side).to_owned(),
        desk: check.desk.to_string(),
        sent_at: check.sent_at.as_unix_ms(),
        challenge: check.challenge,
        answered_at: answered_at.map(|at| at.as_unix_ms()),
        result: result.flatten().map(|result| result.to_string()),
    }
}

/// Who is on watch, and whether anything would sound.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct WatchShown {
    pub desk: String,
    pub officers: Vec<String>,
    pub sounders: Vec<String>,
    /// How each of those officers came to it.
    #[serde(default)]
    pub on: Vec<OnWatchShown>,
    /// The fewest officers whom the arrangements of this desk ask for; 0: they leave it to each party.
    #[serde(default)]
    pub asked: u8,
    /// Who is due now, and who is next.
    #[serde(default)]
    pub due: Vec<DutyShown>,
    /// Alarms that began at this desk in the last hour, counted by tens of minutes, and in the worst hour of the last day.
    #[serde(default)]
    pub alarms_last_hour: u32,
    #[serde(default)]
    pub alarms_worst_hour: u32,
    /// The checks that people are to make of each of its lines.
    #[serde(default)]
    pub checks: Vec<LineChecksShown>,
}

/// An officer on watch.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct OnWatchShown {
    pub officer: String,
    pub since: i64,
    /// What was open had been read and signed for.
    pub handed_over: bool,
}

/// When people are to check a line, and when they last did.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct LineChecksShown {
    pub line: String,
    pub line_name: String,
    /// The last that people made and answered, either way.
    pub done: Option<i64>,
    /// By when the one that is open is due; `null`: none is.
    pub due: Option<i64>,
    /// When the next one is to be made.
    pub next: Option<i64>,
}

fn watch_shown(state: &model::state::State, desk: model::code::Desk, now: Timestamp) -> WatchShown {
    let kept = &state.watchkeeping;
    let on_watch = state.watch.get(&desk).into_iter().flatten();
    let on = on_watch.filter_map(|officer| {
        let on = kept.on(desk, *officer)?;
        Some(OnWatchShown {
            officer: officer.to_string(),
            since: on.since.as_unix_ms(),
            handed_over: on.handed_over,
        })
    });
    let of_desk = kept
        .roster()
        .filter(|duty| duty.desk == desk && duty.until >= now);
    let (due, next): (Vec<_>, Vec<_>) = of_desk.partition(|duty| duty.from <= now);
    let checks = state.lines_of(desk).map(|(line, view)| LineChecksShown {
        line: line.to_string(),
        line_name: view.name.to_string(),
        done: view.last_check.map(|at| at.as_unix_ms()),
        due: state.check_due(line, now).map(|at| at.as_unix_ms()),
        next: state.checks_of(line, now).1.map(|at| at.as_unix_ms()),
    });
    let rate = kept.rate(desk, now);
    WatchShown {
        desk: model::code::Desk::to_string(&desk),
        officers: names_of(state.watch.get(&desk)),
        sounders: names_of(state.sounders.get(&desk)),
        on: on.collect(),
        asked: state.asked_on_watch(desk),
        due: (due.into_iter().chain(next.into_iter().take(1)))
            .map(|duty| duty_shown(duty, now))
            .collect(),
        alarms_last_hour: rate.last_hour,
        alarms_worst_hour: rate.worst_hour,
        checks: checks.collect(),
    }
}

/// The desks' watches.
#[utoipa::path(get, path = "/api/watch", responses((status = 200, body = Vec<WatchShown>)))]
pub async fn watch(State(served): Here, _who: Listener) -> Answer<Vec<WatchShown>> {
    let now = clock::now();
    let shown = served.shell.ask(move |node| {
        let state = node.state();
        let desks = state.desks().into_iter();
        desks.map(|desk| watch_shown(state, desk, now)).collect()
    });
    Ok(Json(shown.await?))
}

fn names_of<T: ToString>(of: Option<&std::collections::BTreeSet<T>>) -> Vec<String> {
    of.map_or_else(Vec::new, |all| all.iter().map(T::to_string).collect())
}

/// The alarms that stand.
#[utoipa::path(get, path = "/api/alarms", responses((status = 200, body = Vec<AlarmTold>)))]
pub async fn alarms(State(served): Here, who: Listener) -> Answer<Vec<AlarmTold>> {
    let told = served.shell.standing_alarms().await;
    let scope = Scope::of(&who.0);
    if scope == Scope::Party {
        // Whether the core answers or not.
        return Ok(Json(told));
    }
    let seen = (served.shell).ask(move |node| scope.alarms(node.state(), told));
    Ok(Json(seen.await?))
}

/// What a bell or a sheet of paper needs when this node is gone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FallbackShown {
    pub line: String,
    /// Whose node this is.
    pub own: String,
    pub peer: String,
    pub exercise: bool,
    /// For how long a stop call obliges to pause, unless renewed.
    pub stop_limit_ms: i64,
    pub telephone: Vec<Numbers>,
}

/// The fallback numbers of every line.
#[utoipa::path(get, path = "/api/fallback", responses((status = 200, body = Vec<FallbackShown>)))]
pub async fn fallback(State(served): Here, _who: Listener) -> Answer<Vec<FallbackShown>> {
    let shown = served.shell.ask(|node| {
        let lines = node.state().lines.values();
        lines
            .map(|view| FallbackShown {
                line: view.name.to_string(),
                own: node.party().to_string(),
                peer: view.peer.to_string(),
                exercise: view.arrangement.exercise,
                stop_limit_ms: view.arrangement.stop.limit.as_ms(),
                telephone: views::numbers(view),
            })
            .collect()
    });
    Ok(Json(shown.await?))
}
