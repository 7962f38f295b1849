//! What was in force at a place, at a time: as it was known then, and as it is known now.
//!
//! The two differ where something came late: a notice, its withdrawal, an amendment, a refusal.

use super::commands::Here;
use super::given::Given;
use super::identity::SignedIn;
use super::problem::{Answer, Refused};
use super::record::{blocking, fold};
use super::scope::Scope;
use super::slots::typed_time;
use super::views::{self, NoticeShown};
use axum::Json;
use axum::extract::State;
use conflict::shape::Shape;
use model::event::Event;
use model::line::EntryRef;
use model::notice::{Notice, NoticeState};
use model::place::Position;
use model::slot::Slots;
use model::state::State as NodeState;
use model::units::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use store::View;
use utoipa::ToSchema;
use wire::coordinates;

/// Bytes of a body that holds a place and a time.
const MAX_ASKED: usize = 4 << 10;
/// The most notices that one answer holds, as known then and as known now each.
pub const MAX_THERE: usize = 1_000;

/// A place and a time: in the body, so that no address holds a position.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlaceAndTime {
    /// In any customary form, as for `/api/positions`.
    pub place: String,
    /// Unix milliseconds, or a date-time group.
    pub at: String,
}

/// The notices in whose area the place lies, that were in force at the time.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ForceThen {
    pub at: i64,
    /// As it was understood, in every customary form.
    #[schema(value_type = Object)]
    pub place: Value,
    /// By what was in the record at that time.
    pub known_then: Vec<NoticeShown>,
    /// By all that is in the record. What was withdrawn or amended after that time was in force at it.
    pub known_now: Vec<NoticeShown>,
    /// There are more than [`MAX_THERE`]: ask for another place or time.
    pub and_more: bool,
}

/// What was in force at a place, at a time. Horizontally alone: a band of height is shown, and not asked for.
#[utoipa::path(post, path = "/api/in-force", request_body = PlaceAndTime, responses((status = 200, body = ForceThen)))]
pub async fn in_force(
    State(served): Here,
    who: SignedIn,
    Given(asked): Given<PlaceAndTime, MAX_ASKED>,
) -> Answer<ForceThen> {
    let at = typed_time(&asked.at)?;
    let stated = coordinates::parse(&asked.place)
        .map_err(|refused| Refused::invalid(&refused))?
        .stated;
    let (scope, position) = (who.scope(), stated.position);
    let read = move |view: View<'_>| {
        let found = found(view, scope, at, position)?;
        Ok(ForceThen {
            at: at.as_unix_ms(),
            place: views::place(position, stated.precision),
            known_then: found.then,
            known_now: found.now,
            and_more: found.and_more,
        })
    };
    blocking(served, read).await.map(Json)
}

struct Found {
    then: Vec<NoticeShown>,
    now: Vec<NoticeShown>,
    and_more: bool,
}

fn found(view: View<'_>, scope: Scope, at: Timestamp, place: Position) -> Result<Found, Refused> {
    let records = view.size_at(at.as_unix_ms())?;
    let mut state = NodeState::default();
    if records > 0 {
        fold(view, 0, |seq, fact| {
            state.apply(&fact);
            seq + 1 < records
        })?;
    }
    let sees = |state: &NodeState, notice: &Notice| {
        scope.notice(state, notice.entry) && covers(notice, place)
    };
    // Nothing that was in force then had left the view by then: it stays there for long after its end.
    let mut there: BTreeMap<EntryRef, Known> = BTreeMap::new();
    for notice in state.notices.values().filter(|n| sees(&state, n)) {
        there.insert(notice.entry, Known::of(&state, notice, at, None));
    }
    let then: Vec<NoticeShown> = (state.notices.values())
        .filter(|notice| there.contains_key(&notice.entry) && is_in_force(notice, at))
        .map(|notice| views::notice(&state, notice, at))
        .collect();

    fold(view, records, |_seq, fact| {
        state.apply(&fact);
        let entry = match &fact.event {
            Event::MessageSent { entry, .. } | Event::MessageReceived { entry, .. } => *entry,
            _no_message => return true,
        };
        if let Some(notice) = state.notices.get(&entry).filter(|n| sees(&state, n)) {
            there
                .entry(entry)
                .or_insert_with(|| Known::of(&state, notice, at, None));
        }
        // What was just said may withdraw, amend or refuse any of them.
        for (entry, known) in &mut there {
            if let Some(notice) = state.notices.get(entry) {
                *known = Known::of(&state, notice, at, known.replaced_at);
            }
        }
        there.len() <= MAX_THERE
    })?;
    let and_more = there.len() > MAX_THERE || then.len() > MAX_THERE;
    let now = there.into_values().filter(|known| known.was_in_force);
    Ok(Found {
        then: then.into_iter().take(MAX_THERE).collect(),
        now: now.map(|known| known.shown).take(MAX_THERE).collect(),
        and_more,
    })
}

/// What was last known of a notice before it left the view.
struct Known {
    shown: NoticeShown,
    was_in_force: bool,
    /// When what takes its place was said.
    replaced_at: Option<Timestamp>,
}

impl Known {
    /// `replaced_at`: as it was known before, should the later notice have left the view.
    fn of(
        state: &NodeState,
        notice: &Notice,
        at: Timestamp,
        replaced_at: Option<Timestamp>,
    ) -> Self {
        let replaced_at = notice.amended_by.and_then(|by| {
            let later = state.notices.get(&by).map(|later| later.header.sent_at);
            later.or(replaced_at)
        });
        let is_over = |ended: Option<Timestamp>| ended.is_some_and(|ended| ended <= at);
        let window = notice.content.slots().and_then(Slots::window);
        let was_in_force = notice.refused.is_none()
            && !notice.left_behind
            && notice.header.sent_at <= at
            && !is_over(notice.withdrawn.map(|withdrawn| withdrawn.at))
            && !is_over(replaced_at)
            && window.is_some_and(|window| window.from() <= at)
            && notice.ends().is_none_or(|ends| at <= ends);
        Self {
            shown: views::notice(state, notice, at),
            was_in_force,
            replaced_at,
        }
    }
}

fn is_in_force(notice: &Notice, at: Timestamp) -> bool {
    matches!(
        notice.state(at),
        NoticeState::Active | NoticeState::NotRenewed
    )
}

fn covers(notice: &Notice, place: Position) -> bool {
    let area = notice.content.slots().and_then(Slots::area);
    let shape = area.and_then(|area| Shape::new(area.clone()).ok());
    shape.is_some_and(|shape| shape.contains(place))
}
