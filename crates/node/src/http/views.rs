//! What the API shows: plain data, times in Unix milliseconds, positions in every customary form.

use super::problem::chain;
use crate::names;
use channel::Node;
use channel::doubt::{Degrees, Doubt};
use channel::effect::{Done, NotStopped, StopSent};
use channel::objection::{Conclusion, Reveals};
use channel::preview::{Denied, Preview};
use conflict::geodesy::leg;
use model::code::{Desk, Lane};
use model::event::{Bytes, Decision};
use model::ids::LineId;
use model::line::{EntryRef, Side};
use model::notice::{Draft, Notice, NoticeState, critical_items};
use model::place::Area;
use model::slot::{SlotCode, Slots, Value};
use model::state::{LineView, State};
use model::stop::StopCall;
use model::units::{Millimetres, Millis, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeMap;
use std::error::Error;
use utoipa::ToSchema;
use wire::coordinates;

/// What came of a command.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Outcome {
    /// Entries that carry it, a line each.
    pub said: Vec<String>,
    /// A stop call or details of one, line by line.
    pub stopped: Vec<Stopped>,
    /// A notice, line by line.
    pub released: Vec<ReleasedOn>,
    /// Of a stop call: what was not understood, slot by slot, and why. The call was made without it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub not_understood: BTreeMap<String, String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Stopped {
    pub line: String,
    pub call: String,
    /// `false`: it has not gone out. Telephone now.
    pub on_its_way: bool,
    /// The line is carried by file: no path will ever take it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub by_file: bool,
    pub telephone: Vec<String>,
    /// Why it was not even queued there; `call` is empty then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
    /// What of it travels on this line, slot by slot, as it is shown there.
    #[schema(value_type = Object)]
    pub slots: Map<String, Json>,
    /// Slots that were given and do not travel: a stop call on this line carries none such.
    pub withheld: Vec<String>,
    /// The place was given more finely than agreed, and travels as the square that contains it.
    pub coarsened: bool,
    /// What is doubtful about the places as they were given. The call went all the same: say the place again.
    pub warnings: Vec<Warning>,
}

/// A doubt about the place of a stop call, worked out by this node itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Warning {
    pub text: String,
    /// What was probably meant, where latitude and longitude look swapped; it can be typed as it stands.
    pub perhaps: Option<String>,
}

impl From<&Doubt> for Warning {
    fn from(doubt: &Doubt) -> Self {
        Self {
            text: doubt.to_string(),
            perhaps: doubt.swapped().map(|meant| Degrees(meant).to_string()),
        }
    }
}

fn stopped(sent: &StopSent) -> Stopped {
    Stopped {
        line: sent.line.to_string(),
        call: names::entry(sent.call),
        on_its_way: sent.on_its_way,
        by_file: false,
        telephone: sent.telephone.clone(),
        slots: slots(&sent.slots),
        withheld: sent.withheld.iter().map(SlotCode::to_string).collect(),
        coarsened: sent.coarsened,
        warnings: sent.doubts.iter().map(Warning::from).collect(),
        refused: None,
    }
}

/// A call that could not even be queued on `line`.
pub fn not_stopped(line: String, telephone: Vec<String>, refused: &dyn Error) -> Stopped {
    Stopped {
        line,
        call: String::new(),
        on_its_way: false,
        by_file: false,
        telephone,
        refused: Some(chain(refused)),
        slots: Map::new(),
        withheld: Vec::new(),
        coarsened: false,
        warnings: Vec::new(),
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReleasedOn {
    pub line: String,
    /// The entry that carries it, if it was let go.
    pub entry: Option<String>,
    /// The rules that decided, if it was not.
    pub because: Vec<String>,
    pub withheld: Vec<String>,
    /// If it was not: why, and what to do about it, for the officer to read; a sentence each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub why: Vec<String>,
    /// If it was not: the authorities under which the rules in force would let it go.
    #[serde(default)]
    pub authorities: Vec<String>,
}

/// What a command led to, for whoever asked.
pub fn outcome(done: &Done) -> Outcome {
    let mut outcome = Outcome::default();
    match done {
        Done::Done => {}
        Done::Said(entries) => outcome.said = entries.iter().copied().map(names::entry).collect(),
        Done::Stopped(calls) => {
            let on = |call: &Result<StopSent, NotStopped>| match call {
                Ok(sent) => stopped(sent),
                Err(not) => not_stopped(not.line.to_string(), not.telephone.clone(), &not.refused),
            };
            outcome.stopped = calls.iter().map(on).collect();
        }
        Done::Detailed(entry, sent) => {
            outcome.said = vec![names::entry(*entry)];
            outcome.stopped = vec![stopped(sent)];
        }
        Done::Released(lines) => {
            outcome.released = lines
                .iter()
                .map(|(line, result)| released_on(*line, result))
                .collect();
        }
    }
    outcome
}

pub fn released_on(line: LineId, result: &Result<EntryRef, Decision>) -> ReleasedOn {
    let (entry, because, withheld) = match result {
        Ok(entry) => (Some(names::entry(*entry)), Vec::new(), Vec::new()),
        Err(decision) => (
            None,
            decision.because.clone(),
            decision.withheld.iter().map(SlotCode::to_string).collect(),
        ),
    };
    ReleasedOn {
        line: line.to_string(),
        entry,
        because,
        withheld,
        why: Vec::new(),
        authorities: Vec::new(),
    }
}

/// A line as its desks see it: link, standing and last check are three things.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct LineShown {
    pub line: String,
    pub name: String,
    pub peer: String,
    pub exercise: bool,
    pub arrangement: u32,
    pub desks: Vec<String>,
    /// up, degraded, down, by file.
    pub link: String,
    pub link_since: i64,
    pub standing_own: String,
    pub standing_peer: String,
    pub last_check: Option<i64>,
    pub main_halted: bool,
    /// Stop calls ever made on it: ours, theirs. Both sides count alike.
    pub calls_own: u64,
    pub calls_peer: u64,
    /// Of those, the ones that are not over: ours, theirs.
    #[serde(default)]
    pub calls_open: [u64; 2],
    pub connections: usize,
    pub last_heard: Option<i64>,
    pub clock_offset_ms: Option<i64>,
    /// Entries of ours that wait or are on their way: stop, main.
    pub waiting: [u64; 2],
    /// Entries of ours that the peer has signed for: stop, main.
    pub delivered: [u64; 2],
    pub telephone: Vec<Numbers>,
}

/// On which numbers a desk of the other party is reached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Numbers {
    pub desk: String,
    pub numbers: Vec<String>,
}

pub(super) fn ms(at: Timestamp) -> i64 {
    at.as_unix_ms()
}

pub fn numbers(view: &LineView) -> Vec<Numbers> {
    view.arrangement
        .fallback
        .iter()
        .filter(|fallback| fallback.party == view.peer)
        .map(|fallback| Numbers {
            desk: fallback.desk.to_string(),
            numbers: fallback.numbers.clone(),
        })
        .collect()
}

/// The stop calls that are not over, line by line: ours, theirs.
pub fn open_calls(state: &State, now: Timestamp) -> BTreeMap<LineId, [u64; 2]> {
    let mut open: BTreeMap<LineId, [u64; 2]> = BTreeMap::new();
    for call in state.calls.values() {
        let line = call.entry.log.line;
        let arrangement = state.arrangement(line);
        if arrangement.is_some_and(|arrangement| !call.is_over(&arrangement.stop, now)) {
            let [own, peer] = open.entry(line).or_default();
            match call.caller() {
                Side::Own => *own += 1,
                Side::Peer => *peer += 1,
            }
        }
    }
    open
}

/// `calls_open` as [`open_calls`] has them.
pub fn line(node: &Node, line: LineId, view: &LineView, calls_open: [u64; 2]) -> LineShown {
    let lines = node.lines();
    let waiting = |lane| {
        let queue = lines.queue(line, lane);
        queue.queued + queue.in_flight
    };
    let delivered = |lane| lines.delivered(line, lane).map_or(0, |head| head.size);
    LineShown {
        line: line.to_string(),
        name: view.name.to_string(),
        peer: view.peer.to_string(),
        exercise: view.arrangement.exercise,
        arrangement: view.arrangement.version,
        desks: view.arrangement.desks.iter().map(Desk::to_string).collect(),
        link: lines.link(line).unwrap_or(view.link).name().to_owned(),
        link_since: ms(view.link_since),
        standing_own: view.standing_own.0.to_string(),
        standing_peer: view.standing_peer.0.to_string(),
        last_check: view.last_check.map(ms),
        main_halted: view.halt.is_some(),
        calls_own: view.calls_own,
        calls_peer: view.calls_peer,
        calls_open,
        connections: lines.connections(line),
        last_heard: lines.last_heard(line).map(ms),
        clock_offset_ms: lines.clock_offset(line).map(|found| found.offset.as_ms()),
        waiting: [waiting(Lane::Stop), waiting(Lane::Main)],
        delivered: [delivered(Lane::Stop), delivered(Lane::Main)],
        telephone: numbers(view),
    }
}

/// A stop call.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct CallShown {
    pub call: String,
    pub line: String,
    pub line_name: String,
    /// own: we called; peer: they did.
    pub caller: String,
    pub desk: String,
    /// Where it stands. An order is never shown as a confirmed pause.
    pub phase: String,
    pub sent_at: i64,
    pub arrived_at: Option<i64>,
    pub delivered: Option<i64>,
    /// When the caller is told that it was not delivered, unless it is by then.
    pub undelivered_at: i64,
    /// That time has come, and it was not: on these numbers the other party's desk is reached.
    pub not_delivered: bool,
    pub telephone: Vec<String>,
    pub accepted_at: Option<i64>,
    pub accepted_name: Option<String>,
    /// In which role; whoever it was spoke for the called party.
    pub accepted_role: Option<String>,
    /// Our officer, where the call came to us. It never leaves this node.
    pub accepted_by: Option<String>,
    pub answers: Vec<AnswerShown>,
    pub owed_until: i64,
    pub folded_into: Option<String>,
    /// `null`: details unreadable.
    #[schema(value_type = Object)]
    pub details: Option<Map<String, Json>>,
    /// What this node itself doubts about the place, on whichever side it is.
    pub warnings: Vec<Warning>,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct AnswerShown {
    pub at: i64,
    pub answer: String,
    pub reason: Option<String>,
    pub name: Option<String>,
}

pub fn call(node: &Node, call: &StopCall, now: Timestamp) -> Option<CallShown> {
    let view = node.state().lines.get(&call.entry.log.line)?;
    let terms = &view.arrangement.stop;
    let undelivered_at = ms(call.sent_at) + terms.undelivered.as_ms();
    let answer = |answered: &model::stop::Answered| AnswerShown {
        at: ms(answered.at),
        answer: answered.answer.to_string(),
        reason: answered.reason.map(|reason| reason.to_string()),
        name: answered.name.clone(),
    };
    Some(CallShown {
        call: names::entry(call.entry),
        line: call.entry.log.line.to_string(),
        line_name: view.name.to_string(),
        caller: names::side(call.caller()).to_owned(),
        desk: call.desk.to_string(),
        phase: call.phase(terms, now).name().to_owned(),
        sent_at: ms(call.sent_at),
        arrived_at: call.arrived_at.map(ms),
        delivered: call.delivered.map(ms),
        undelivered_at,
        not_delivered: call.caller() == Side::Own
            && call.delivered.is_none()
            && ms(now) >= undelivered_at
            && !call.is_over(terms, now),
        telephone: node.telephone(call.entry.log.line, call.desk),
        accepted_at: call.accepted.as_ref().map(|accepted| ms(accepted.at)),
        accepted_name: call
            .accepted
            .as_ref()
            .and_then(|accepted| accepted.name.clone()),
        accepted_role: call
            .accepted
            .as_ref()
            .map(|accepted| accepted.role.to_string()),
        accepted_by: call
            .accepted
            .as_ref()
            .and_then(|accepted| accepted.by.map(|by| by.to_string())),
        answers: call.answers.iter().map(answer).collect(),
        owed_until: ms(call.owed_until(terms)),
        folded_into: call.folded_into.map(names::entry),
        details: call.details.as_ref().map(slots),
        warnings: node.doubts(call.entry).iter().map(Warning::from).collect(),
    })
}

/// A notice as said on one line.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct NoticeShown {
    pub entry: String,
    pub line: String,
    /// own or peer.
    pub from: String,
    pub kind: String,
    pub desk: String,
    pub state: String,
    pub sent_at: i64,
    pub draft: Option<String>,
    pub delivered: Option<i64>,
    pub arrived: Option<i64>,
    pub displayed: Option<i64>,
    pub read_back: Option<i64>,
    pub answer: Option<String>,
    pub answered_at: Option<i64>,
    pub downstream: Option<String>,
    pub refused: Option<String>,
    /// It was said later before its window opens than the arrangement asks.
    #[serde(default)]
    pub late: bool,
    /// Until when the arrangement asks a person to read it back, and to answer it. Silence is neither.
    #[serde(default)]
    pub read_back_by: Option<i64>,
    #[serde(default)]
    pub answer_by: Option<i64>,
    /// The later notice that takes its place.
    #[serde(default)]
    pub amended_by: Option<String>,
    /// Where this node itself finds it, from the reference point that it names; else from the nearest one.
    pub measured: Option<Measured>,
    /// What the reader is asked to enter again.
    pub read_back_items: Vec<String>,
    /// `null`: unreadable, or destroyed.
    #[schema(value_type = Object)]
    pub slots: Option<Map<String, Json>>,
}

/// Where a notice's shape is from a reference point of the arrangement: measured here, on the shape, not taken from
/// what was said. A reader who knows the ground sees by it that a place is not the one that is meant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Measured {
    pub reference: String,
    /// Thousandths of a degree from true north.
    pub bearing: u32,
    pub distance_mm: i64,
    /// `the centre is 200.18° and 9.5 km from Deir ez-Zor airfield`.
    pub text: String,
}

fn measured(state: &State, line: LineId, slots: &Slots) -> Option<Measured> {
    let (area, second) = (slots.area()?, slots.second());
    let anchor = second.map_or_else(|| area.first_anchor(), |second| second.anchor());
    let at = area.position_of(anchor).ok()?;
    let points = &state.arrangement(line)?.reference_points;
    let named =
        second.and_then(|second| points.iter().find(|point| point.id == second.reference()));
    let point = named.or_else(|| {
        points
            .iter()
            .min_by_key(|point| leg(point.position, at).distance)
    })?;
    let leg = leg(point.position, at);
    Some(Measured {
        reference: point.id.to_string(),
        bearing: leg.bearing.as_millidegrees(),
        distance_mm: leg.distance.as_mm(),
        text: format!(
            "{anchor} is {} and {} from {}",
            leg.bearing, leg.distance, point.name
        ),
    })
}

/// What a notice says, as whoever reads it sees it: measured, to be read back, slot by slot.
fn read(
    state: &State,
    line: LineId,
    said: &Slots,
) -> (Option<Measured>, Vec<String>, Map<String, Json>) {
    let items = critical_items(said);
    (
        measured(state, line, said),
        items.iter().map(SlotCode::to_string).collect(),
        slots(said),
    )
}

pub fn notice(state: &State, notice: &Notice, now: Timestamp) -> NoticeShown {
    let said = notice.content.slots();
    let (measured, read_back_items, slots) = match said.map(|said| read(state, notice.line(), said))
    {
        Some((measured, items, slots)) => (measured, items, Some(slots)),
        None => (None, Vec::new(), None),
    };
    let receipts = &notice.receipts;
    let answered = receipts.answered.as_ref();
    let sent_at = notice.header.sent_at;
    let agreed = state
        .arrangement(notice.line())
        .map(|agreed| agreed.deadlines);
    let opens = said.and_then(Slots::window).map(|window| window.from());
    let by = |within: Millis| ms(sent_at.saturating_add(within));
    NoticeShown {
        entry: names::entry(notice.entry),
        line: notice.line().to_string(),
        from: names::side(notice.side()).to_owned(),
        kind: notice.kind.to_string(),
        desk: notice.desk.to_string(),
        state: NoticeState::name(notice.state(now)).to_owned(),
        sent_at: ms(notice.header.sent_at),
        draft: notice.draft.map(|draft| draft.to_string()),
        delivered: receipts.delivered.map(ms),
        arrived: receipts.arrived.map(ms),
        displayed: receipts.displayed.as_ref().map(|receipt| ms(receipt.at)),
        read_back: receipts.read_back.as_ref().map(|receipt| ms(receipt.at)),
        answer: answered.map(|answered| answered.answer.to_string()),
        answered_at: answered.map(|answered| ms(answered.at)),
        downstream: receipts.downstream.map(|(_, said)| said.to_string()),
        refused: notice.refused.map(|reason| reason.to_string()),
        late: agreed
            .zip(opens)
            .is_some_and(|(agreed, opens)| sent_at.saturating_add(agreed.lead) > opens),
        read_back_by: agreed.map(|agreed| by(agreed.read_back)),
        answer_by: agreed.map(|agreed| by(agreed.answer)),
        amended_by: notice.amended_by.map(names::entry),
        measured,
        read_back_items,
        slots,
    }
}

/// What a release would send on one line. Nothing was journalled or sent by asking.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct PreviewShown {
    pub line: String,
    /// The party that would receive it.
    pub to: String,
    /// What it would receive, as its own screen would show it; `null`: nothing, and `why` says why.
    pub received: Option<ReceivedShown>,
    /// What is filled in and stays here. The other party cannot tell it from what was never filled in.
    pub held_back: Vec<HeldBackShown>,
    /// How wide the squares are, at least, of which the area is made that would go, in millimetres; `null`: it goes as
    /// it is.
    pub coarsened_mm: Option<i64>,
    /// Why nothing would go, and what to do about it, for the officer to read; a sentence each.
    pub why: Vec<String>,
    /// The rules that decided, by name.
    pub because: Vec<String>,
    /// The version of the rules.
    pub rules: u32,
    /// If nothing would go: the authorities under which the rules in force would let it go.
    pub authorities: Vec<String>,
}

/// A notice as the party that it goes to would read it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReceivedShown {
    pub kind: String,
    pub desk: String,
    pub purpose: String,
    pub role: String,
    pub urgency: String,
    /// Where the reader's own node would find it.
    pub measured: Option<Measured>,
    /// What the reader would be asked to enter again.
    pub read_back_items: Vec<String>,
    #[schema(value_type = Object)]
    pub slots: Map<String, Json>,
}

/// A slot that is held back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct HeldBackShown {
    pub slot: String,
    pub why: String,
    /// What to do about it.
    pub advice: String,
}

/// `authorities`: under which others it could go, where nothing would.
pub fn preview(state: &State, preview: &Preview, authorities: Vec<String>) -> PreviewShown {
    let message = &preview.message;
    let received = preview.goes.as_ref().map(|said| {
        let (measured, read_back_items, slots) = read(state, preview.line, said);
        ReceivedShown {
            kind: message.kind.to_string(),
            desk: message.desk.to_string(),
            purpose: message.purpose.to_string(),
            role: message.role.to_string(),
            urgency: message.urgency.to_string(),
            measured,
            read_back_items,
            slots,
        }
    });
    let held_back = preview.held_back.iter().map(|held| HeldBackShown {
        slot: held.slot.to_string(),
        why: held.why.to_string(),
        advice: held.advice.clone(),
    });
    PreviewShown {
        line: preview.line.to_string(),
        to: preview.to.to_string(),
        received,
        held_back: held_back.collect(),
        coarsened_mm: preview.coarsened.as_ref().map(|to| to.to.as_mm()),
        why: preview.denials.iter().map(denied).collect(),
        because: preview.decision.because.clone(),
        rules: preview.decision.rules,
        authorities,
    }
}

/// Why something is denied, and what to do about it, in one sentence.
pub fn denied(denied: &Denied) -> String {
    match &denied.advice {
        Some(advice) => format!("{}; {advice}", denied.denial),
        None => denied.denial.to_string(),
    }
}

/// What an answer to a notice of the other party would give away. Nothing was said or recorded by asking.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RevealsShown {
    /// What the other party can conclude, in words.
    pub concludes: String,
    /// The same as a code: something-is-there, nothing-is-there.
    #[serde(default)]
    pub conclusion: String,
    /// Whether that is more than our own notices on this line have told it.
    pub is_news: bool,
    /// The smallest area that it can conclude it of: the one it gave notice of.
    #[schema(value_type = Object)]
    pub area: Json,
    /// Unix milliseconds, both included.
    pub from: i64,
    pub until: i64,
    /// Our live notices on this line that share ground and time with it.
    pub told: Vec<String>,
    /// Our drafts that do, and of which nothing was told on this line.
    pub untold: Vec<String>,
}

pub fn reveals(found: &Reveals) -> RevealsShown {
    let concludes = match found.conclusion {
        Conclusion::SomethingIsThere => {
            "that something of yours is or will be in or near this area, in this window; not what, and not where in it"
        }
        Conclusion::NothingIsThere => {
            "that nothing of yours that minds is in this area in this window, as far as this desk knows"
        }
    };
    let conclusion = match found.conclusion {
        Conclusion::SomethingIsThere => "something-is-there",
        Conclusion::NothingIsThere => "nothing-is-there",
    };
    RevealsShown {
        concludes: concludes.to_owned(),
        conclusion: conclusion.to_owned(),
        is_news: found.is_news(),
        area: area_shown(&found.area),
        from: ms(found.window.from()),
        until: ms(found.window.until()),
        told: found.told.iter().copied().map(names::entry).collect(),
        untold: found.untold.iter().map(ToString::to_string).collect(),
    }
}

/// A notice of ours that has not been released; only this node knows it.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct DraftShown {
    pub draft: String,
    pub kind: String,
    pub desk: String,
    pub drafted_at: i64,
    pub released: Vec<String>,
    #[schema(value_type = Object)]
    pub slots: Map<String, Json>,
}

pub fn draft(id: model::ids::NoticeId, draft: &Draft) -> DraftShown {
    DraftShown {
        draft: id.to_string(),
        kind: draft.kind.to_string(),
        desk: draft.desk.to_string(),
        drafted_at: ms(draft.drafted_at),
        released: draft.released.iter().copied().map(names::entry).collect(),
        slots: slots(&draft.slots),
    }
}

/// Slots by name, for reading.
pub fn slots(slots: &Slots) -> Map<String, Json> {
    slots
        .iter()
        .map(|(slot, value)| (slot.to_string(), shown(slot, value)))
        .collect()
}

fn shown(slot: SlotCode, value: &Value) -> Json {
    match value {
        Value::Code(number) => slot
            .code_name(*number)
            .map_or_else(|| json!(number), |name| json!(name)),
        Value::Slug(slug) => json!(slug.as_str()),
        Value::Name(text) | Value::Text(text) => json!(text),
        Value::Number(number) => json!(number),
        Value::Time(at) => json!(ms(*at)),
        Value::Window(window) => json!({"from": ms(window.from()), "until": ms(window.until())}),
        Value::Band(band) => json!({"text": band.to_string(), "stated": band}),
        Value::Area(area) => area_shown(area),
        Value::Place(stated) => place(stated.position, stated.precision),
        Value::Second(second) => json!({"text": second.to_string(), "stated": second}),
        Value::Subject(subject) => json!(subject),
        Value::Times(times) => json!(
            times
                .iter()
                .map(|(index, at)| (index, ms(*at)))
                .collect::<Vec<_>>()
        ),
        Value::Items(items) => items
            .iter()
            .map(|(slot, value)| (slot.to_string(), shown(*slot, value)))
            .collect::<Map<_, _>>()
            .into(),
    }
}

pub fn place(position: model::place::Position, precision: Millimetres) -> Json {
    let forms = coordinates::forms(position, precision);
    json!({
        "decimal": forms.decimal,
        "decimal_minutes": forms.decimal_minutes,
        "minutes_seconds": forms.minutes_seconds,
        "mgrs": forms.mgrs,
        "latitude_e7": position.latitude().as_e7(),
        "longitude_e7": position.longitude().as_e7(),
        "precision_mm": precision.as_mm(),
    })
}

pub fn area_shown(area: &Area) -> Json {
    // Shapes are drawn and described to the metre.
    let at = |position| place(position, Millimetres::from_metres(1));
    match area {
        Area::Circle(circle) => {
            json!({"circle": {"centre": at(circle.centre()), "radius_mm": circle.radius().as_mm()}})
        }
        Area::Polygon(polygon) => {
            json!({"polygon": polygon.vertices().iter().map(|v| at(*v)).collect::<Vec<_>>()})
        }
        Area::Corridor(corridor) => json!({"corridor": {
            "points": corridor.points().iter().map(|p| at(*p)).collect::<Vec<_>>(),
            "width_mm": corridor.width().as_mm(),
        }}),
    }
}

/// Bytes as standard base64.
pub fn base64(bytes: &Bytes) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}
