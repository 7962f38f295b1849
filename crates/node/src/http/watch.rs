//! The watch: what is open at a desk, its handover, the roster, orders over an officer's shoulder, and the PIN.

use super::commands::{Here, Said, act, is_no_interpreter, parse};
use super::given::{About, Given};
use super::identity::SignedIn;
use super::problem::{Answer, Refused};
use super::slots::typed_time;
use super::unfit::Unfit;
use super::views::{Outcome, ms};
use crate::auth::{NotAllowed, Right, pins};
use crate::clock;
use crate::names;
use axum::Json;
use axum::extract::State;
use model::code::{Desk, Role};
use model::command::Command;
use model::ids::OfficerId;
use model::state::State as NodeState;
use model::units::Timestamp;
use model::watch::{DirectedAct, Duty, OpenItem, WatchCommand};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use utoipa::ToSchema;

/// Something at a desk that whoever takes its watch must know of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OpenShown {
    /// What it is signed for by: its kind and its name.
    pub item: String,
    /// call, alarm, notice, conflict, check, check-due, export, silent, draft.
    pub what: String,
    /// The stop call, notice or draft that a screen shows for it; of a conflict our own notice.
    pub id: Option<String>,
    pub line: Option<String>,
    /// Of an alarm its kind, of a notice or draft its kind, of a stop call its phase, of a silent unit its number.
    pub says: Option<String>,
    /// By when something is due; `null`: by no time.
    pub due: Option<i64>,
}

/// What a handover of a desk's watch comes to now.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct HandoverShown {
    pub desk: String,
    pub at: i64,
    /// Who is on watch, and may hand it over.
    pub on_watch: Vec<String>,
    /// What is most urgent in front.
    pub items: Vec<OpenShown>,
    /// How many more there are than a list holds.
    pub left_out: u32,
}

/// The name by which an open item is signed for.
pub fn item_name(item: OpenItem) -> String {
    match item {
        OpenItem::Call(call) => format!("call:{}", names::entry(call)),
        OpenItem::Alarm(alarm) => format!("alarm:{}", names::alarm(&alarm)),
        OpenItem::Notice(notice) => format!("notice:{}", names::entry(notice)),
        OpenItem::Conflict(pair) => {
            format!(
                "conflict:{}:{}",
                names::entry(pair.ours),
                names::entry(pair.theirs)
            )
        }
        OpenItem::Check(check) => format!("check:{}", names::entry(check)),
        OpenItem::CheckDue(line) => format!("check-due:{line}"),
        OpenItem::Export(export) => format!("export:{export}"),
        OpenItem::Silent { subject, unit } => format!("silent:{unit}:{}", names::entry(subject)),
        OpenItem::Draft(draft) => format!("draft:{draft}"),
    }
}

fn open_shown(
    state: &NodeState,
    item: OpenItem,
    due: Option<Timestamp>,
    now: Timestamp,
) -> OpenShown {
    let entry = |of| Some(names::entry(of));
    let kind_of_notice = |of| state.notices.get(&of).map(|notice| notice.kind.to_string());
    let (what, id, line, says) = match item {
        OpenItem::Call(of) => {
            let call = state.calls.get(&of);
            let arrangement = state.arrangement(of.log.line);
            let phase = call.zip(arrangement);
            let phase = phase.map(|(call, of)| call.phase(&of.stop, now).name().to_owned());
            ("call", entry(of), Some(of.log.line), phase)
        }
        OpenItem::Alarm(alarm) => {
            let says = crate::events::kind_of(&alarm).to_owned();
            let call = alarm.call();
            let line = call.map(|of| of.log.line).or(alarm.sounds_on_all_of());
            ("alarm", call.map(names::entry), line, Some(says))
        }
        OpenItem::Notice(of) => ("notice", entry(of), Some(of.log.line), kind_of_notice(of)),
        OpenItem::Conflict(pair) => {
            let says = kind_of_notice(pair.ours);
            ("conflict", entry(pair.ours), Some(pair.ours.log.line), says)
        }
        OpenItem::Check(of) => ("check", None, Some(of.log.line), None),
        OpenItem::CheckDue(line) => ("check-due", None, Some(line), None),
        OpenItem::Export(of) => {
            let export = state.exports.get(of);
            let says = export.map(|export| export.state(now).name().to_owned());
            ("export", None, export.map(|export| export.line), says)
        }
        OpenItem::Silent { subject, unit } => {
            let line = Some(subject.log.line);
            ("silent", entry(subject), line, Some(unit.to_string()))
        }
        OpenItem::Draft(of) => {
            let says = state.drafts.get(&of).map(|draft| draft.kind.to_string());
            ("draft", Some(of.to_string()), None, says)
        }
    };
    OpenShown {
        item: item_name(item),
        what: what.to_owned(),
        id,
        line: line.map(|line| line.to_string()),
        says,
        due: due.map(ms),
    }
}

/// The open items of a desk: what whoever takes its watch reads and signs for.
#[utoipa::path(get, path = "/api/watch/{desk}/handover", operation_id = "handover", responses((status = 200, body = HandoverShown)))]
pub async fn handover(
    State(served): Here,
    who: SignedIn,
    About(desk): About,
) -> Answer<HandoverShown> {
    let desk: Desk = parse(&desk)?;
    is_no_interpreter(&who)?;
    who.for_desk(desk)?;
    let now = clock::now();
    let shown = served.shell.ask(move |node| {
        let state = node.state();
        let open = state.open_at(desk, now);
        let items = open.items.into_iter();
        let on_watch = state.watch.get(&desk).into_iter().flatten();
        HandoverShown {
            desk: desk.to_string(),
            at: ms(now),
            on_watch: on_watch.map(OfficerId::to_string).collect(),
            items: items
                .map(|(item, due)| open_shown(state, item, due, now))
                .collect(),
            left_out: open.left_out,
        }
    });
    Ok(Json(shown.await?))
}

/// The signature of whoever takes a watch over.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TakeOver {
    /// Who hands it over, and leaves the watch with this; `null`: nobody leaves.
    #[serde(default)]
    pub from: Option<String>,
    /// The items that were read. What is over by now may be among them; what is open must be.
    pub items: Vec<String>,
    /// The desk sounded, and was heard.
    pub sound_heard: bool,
    /// Whether the fallback card is at hand. Either answer is recorded.
    pub card_at_hand: bool,
}

/// Takes a desk's watch over: all that is open there was read.
#[utoipa::path(post, path = "/api/watch/{desk}/handover", operation_id = "take_over", request_body = TakeOver, responses((status = 200, body = Outcome)))]
pub async fn take_over(
    State(served): Here,
    who: SignedIn,
    About(desk): About,
    Given(given): Given<TakeOver>,
) -> Said {
    let desk: Desk = parse(&desk)?;
    is_no_interpreter(&who)?;
    who.for_desk(desk)?;
    let from = given.from.as_deref().map(parse).transpose()?;
    let now = clock::now();
    let open = served.shell.ask(move |node| {
        let open = node.state().open_at(desk, now).items.into_iter();
        open.map(|(item, _)| (item_name(item), item))
            .collect::<BTreeMap<_, _>>()
    });
    let open = open.await?;
    // What is not among them is over, or never was.
    let read: BTreeSet<OpenItem> = (given.items.iter())
        .filter_map(|item| open.get(item).copied())
        .collect();
    let command = Command::Watch(WatchCommand::TakeOver {
        desk,
        from,
        read,
        sound_heard: given.sound_heard,
        card_at_hand: given.card_at_hand,
    });
    act(&served, &who, command).await
}

/// An officer who is due.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DutyShown {
    /// Names the duty when it is cancelled.
    pub duty: String,
    pub desk: String,
    pub officer: String,
    pub from: i64,
    pub until: i64,
    /// Now is between the two.
    pub is_due: bool,
}

pub fn duty_shown(duty: Duty, now: Timestamp) -> DutyShown {
    DutyShown {
        duty: format!("{}.{}.{}", duty.desk, duty.officer, ms(duty.from)),
        desk: duty.desk.to_string(),
        officer: duty.officer.to_string(),
        from: ms(duty.from),
        until: ms(duty.until),
        is_due: duty.from <= now && now <= duty.until,
    }
}

/// Who is due on which desk's watch, earliest first.
#[utoipa::path(get, path = "/api/roster", operation_id = "roster", responses((status = 200, body = Vec<DutyShown>)))]
pub async fn roster(State(served): Here, _who: SignedIn) -> Answer<Vec<DutyShown>> {
    let now = clock::now();
    let shown = served.shell.ask(move |node| {
        let roster = node.state().watchkeeping.roster();
        roster.map(|duty| duty_shown(duty, now)).collect()
    });
    Ok(Json(shown.await?))
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GivenDuty {
    pub desk: String,
    pub officer: String,
    /// As a time slot; both ends included, at most 7 days.
    pub from: String,
    pub until: String,
}

/// Puts an officer on the roster. A commander or an administrator does.
#[utoipa::path(post, path = "/api/roster", operation_id = "put_on_roster", request_body = GivenDuty, responses((status = 200, body = Outcome)))]
pub async fn put_on_roster(
    State(served): Here,
    who: SignedIn,
    Given(given): Given<GivenDuty>,
) -> Said {
    rosters(&who)?;
    let duty = Duty {
        desk: parse(&given.desk)?,
        officer: parse(&given.officer)?,
        from: typed_time(&given.from)?,
        until: typed_time(&given.until)?,
    };
    if !served.auth.may_watch(duty.officer, duty.desk) {
        let (officer, desk) = (duty.officer, duty.desk);
        return Err(Refused::invalid(&Unfit::MayNotWatch { officer, desk }));
    }
    act(&served, &who, Command::Watch(WatchCommand::Roster(duty))).await
}

/// Takes a duty off it.
#[utoipa::path(delete, path = "/api/roster/{duty}", operation_id = "take_off_roster", responses((status = 200, body = Outcome)))]
pub async fn take_off_roster(State(served): Here, who: SignedIn, About(duty): About) -> Said {
    rosters(&who)?;
    let mut parts = duty.splitn(3, '.');
    let mut next = || parts.next().unwrap_or_default();
    let command = WatchCommand::CancelDuty {
        desk: parse(next())?,
        officer: parse(next())?,
        from: typed_time(next())?,
    };
    act(&served, &who, Command::Watch(command)).await
}

fn rosters(who: &SignedIn) -> Result<(), Refused> {
    let commands = who.officer.role == Role::Commander;
    match commands || who.officer.right == Right::Administrator {
        true => Ok(()),
        false => Err(NotAllowed::Rosters.to(who.officer.name).into()),
    }
}

/// An act that somebody ordered over an officer's shoulder. It never leaves this node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DirectedShown {
    pub at: i64,
    pub officer: String,
    /// How many records, directly before that of the order, are the act.
    pub acts: u32,
    /// Who ordered it, in which words, and what the officer thinks of it; `null` where that was destroyed.
    pub by: Option<String>,
    pub words: Option<String>,
    pub dissent: Option<String>,
}

impl From<&DirectedAct> for DirectedShown {
    fn from(act: &DirectedAct) -> Self {
        let order = act.order.as_ref();
        Self {
            at: ms(act.at),
            officer: act.officer.to_string(),
            acts: act.acts,
            by: order.map(|order| order.by.clone()),
            words: order.map(|order| order.words.clone()),
            dissent: order.and_then(|order| order.dissent.clone()),
        }
    }
}

/// The newest acts on somebody's order, newest last. The record holds them all.
#[utoipa::path(get, path = "/api/directed", operation_id = "directed", responses((status = 200, body = Vec<DirectedShown>)))]
pub async fn directed(State(served): Here, who: SignedIn) -> Answer<Vec<DirectedShown>> {
    is_no_interpreter(&who)?;
    let shown = served.shell.ask(|node| {
        let acts = node.state().watchkeeping.directed();
        acts.map(DirectedShown::from).collect()
    });
    Ok(Json(shown.await?))
}

/// What an officer types at a wall page.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GivenPin {
    /// 6 to 12 digits.
    pub pin: String,
}

/// Sets one's own PIN, or another one in its place.
#[utoipa::path(post, path = "/api/me/pin", operation_id = "set_pin", request_body = GivenPin, responses((status = 200)))]
pub async fn set_pin(
    State(served): Here,
    who: SignedIn,
    Given(given): Given<GivenPin>,
) -> Answer<()> {
    is_no_interpreter(&who)?;
    pins::check(&given.pin).map_err(|error| Refused::invalid(&error))?;
    let (served, officer) = (served.clone(), who.officer.name);
    let set = tokio::task::spawn_blocking(move || served.auth.set_pin(officer, Some(&given.pin)));
    set.await
        .map_err(|error| Refused::Internal(error.to_string()))??;
    Ok(Json(()))
}

/// Takes one's own PIN away: nobody acts at a wall page by that name.
#[utoipa::path(delete, path = "/api/me/pin", operation_id = "forget_pin", responses((status = 200)))]
pub async fn forget_pin(State(served): Here, who: SignedIn) -> Answer<()> {
    served.auth.set_pin(who.officer.name, None)?;
    Ok(Json(()))
}
