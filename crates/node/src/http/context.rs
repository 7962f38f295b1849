//! What this node's record holds of the place and time of a claim, of either side's: which notices, stop calls, conflicts
//! and warnings touched it, and what each side had been told, when. It is worked out here for whoever asks and is never
//! sent: the other party has a record of its own.

use super::commands::{Here, entry};
use super::given::About;
use super::identity::SignedIn;
use super::problem::{Answer, Refused};
use super::record::{blocking, fold};
use super::views::ms;
use crate::names;
use axum::Json;
use axum::extract::State;
use conflict::shape::Shape;
use model::conflict::Pair;
use model::event::{Event, Fact};
use model::incident::Incident;
use model::line::{EntryRef, Side};
use model::notice::Notice;
use model::place::{Area, Circle, MIN_RADIUS, StatedPosition};
use model::slot::{SlotCode, Slots, Value};
use model::state::State as NodeState;
use model::stop::StopCall;
use model::units::{Millimetres, Millis, Timestamp};
use model::window::Window;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use store::View;
use utoipa::ToSchema;

/// The most that one answer holds.
pub const MAX_CONTEXT: usize = 500;
/// A stop call belongs to a claim that was made so long before or after, and whose place, where it has one, is so near.
const CALL_AROUND: Millis = Millis::from_seconds(3_600);
const CALL_WITHIN: Millimetres = Millimetres::from_metres(10_000);

/// What the record of this node holds of a claim's place and time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ContextShown {
    pub claim: String,
    /// The time that the claim speaks of.
    pub from: i64,
    pub until: i64,
    /// By how much the clocks of the two parties may differ without anybody being told, in milliseconds: a step that is nearer
    /// to an end of that time is shown as `during`.
    pub clocks_within: i64,
    /// Oldest first.
    pub items: Vec<ContextItem>,
    /// There is more than [`MAX_CONTEXT`].
    pub and_more: bool,
}

/// A notice, stop call, warning or conflict that touched it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ContextItem {
    /// notice, stop-call, warning, conflict.
    pub what: String,
    pub line: String,
    /// Of a conflict, our notice.
    pub entry: String,
    /// Of a conflict, their notice.
    pub with: Option<String>,
    /// own or peer; of a conflict own, for this node found it.
    pub from: String,
    pub desk: Option<String>,
    /// Of a notice its kind; of a stop call what is said to happen; of a warning what it is.
    pub kind: Option<String>,
    pub label: Option<String>,
    /// From when and until when it was to hold.
    pub holds_from: Option<i64>,
    pub holds_until: Option<i64>,
    /// What was said of it, received, shown, read back and answered: oldest first, after its beginning.
    pub steps: Vec<ContextStep>,
}

/// Something that one side did, by the clock of the side that says so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ContextStep {
    /// sent, delivered, arrived, displayed, read-back, answered, downstream, withdrawn, amended, refused, accepted,
    /// ended, lifted, resumed, raised-in-error, received, found.
    pub step: String,
    /// The answer's code, or why it was refused.
    pub code: Option<String>,
    pub at: i64,
    /// Whose clock that is, own or peer: each states its own time.
    pub clock: String,
    /// before, during, after the time that the claim speaks of.
    pub when: String,
}

/// What the record here holds of a claim's place and time. It reads the whole journal, and nothing of it is sent.
#[utoipa::path(get, path = "/api/claims/{entry}/context", operation_id = "claim_context", responses((status = 200, body = ContextShown)))]
pub async fn context(
    State(served): Here,
    _who: SignedIn,
    About(name): About,
) -> Answer<ContextShown> {
    let claim = entry(&name)?;
    let asked = served.shell.ask(move |node| {
        let state = node.state();
        let said = state.incidents.claim(claim)?.content.slots()?;
        let arrangement = state.arrangement(claim.log.line)?;
        Around::of(said, arrangement.clock_offset)
    });
    let around = asked.await?.ok_or_else(|| Refused::Unknown {
        what: "claim",
        which: name,
    })?;
    let read = move |view: View<'_>| {
        let (items, and_more) = found(view, &around)?;
        Ok(ContextShown {
            claim: names::entry(claim),
            from: ms(around.window.from()),
            until: ms(around.window.until()),
            clocks_within: around.clocks.as_ms(),
            items,
            and_more,
        })
    };
    blocking(served, read).await.map(Json)
}

/// Where and when a claim says that it was.
struct Around {
    shape: Shape,
    window: Window,
    /// By how much the two clocks may differ.
    clocks: Millis,
}

impl Around {
    fn of(claim: &Slots, clocks: Millis) -> Option<Self> {
        Some(Self {
            shape: drawn(claim)?,
            window: claim.window()?,
            clocks,
        })
    }

    fn touches(&self, slots: &Slots) -> bool {
        drawn(slots).is_some_and(|shape| shape.touches(&self.shape))
    }

    /// Whether it lasts at a time that the claim speaks of; `until`: `None`, it has no end.
    fn overlaps(&self, from: Timestamp, until: Option<Timestamp>) -> bool {
        let ends_before = |until: Timestamp| until.saturating_add(self.clocks) < self.window.from();
        from <= self.window.until().saturating_add(self.clocks) && !until.is_some_and(ends_before)
    }

    fn when(&self, at: Timestamp) -> &'static str {
        match at {
            at if at.saturating_add(self.clocks) < self.window.from() => "before",
            at if at > self.window.until().saturating_add(self.clocks) => "after",
            _nearer_than_clocks_tell => "during",
        }
    }

    fn is_of_notice(&self, notice: &Notice) -> bool {
        let Some(slots) = notice.content.slots() else {
            return false;
        };
        let window = slots.window();
        window.is_some_and(|window| self.overlaps(window.from(), notice.ends()))
            && self.touches(slots)
    }

    fn is_of_call(&self, call: &StopCall) -> bool {
        let (from, until) = (self.window.from(), self.window.until());
        let after = call.sent_at.saturating_add(CALL_AROUND) >= from;
        let before = call.sent_at <= until.saturating_add(CALL_AROUND);
        let place = call.details.as_ref().and_then(drawn);
        // With no place it is about all of what the other side does in that desk's area.
        after && before && place.is_none_or(|place| is_near(&place, &self.shape))
    }

    fn is_of_warning(&self, warning: &Incident) -> bool {
        let Some(slots) = warning.content.slots() else {
            return false;
        };
        let from = (slots.window()).map_or(warning.header.sent_at, |window| window.from());
        let until = slots.window().map(|window| window.until());
        let is_here = drawn(slots).is_none_or(|shape| shape.touches(&self.shape));
        is_here && self.overlaps(from, until)
    }
}

/// The ground that slots speak of: an area, or a place with all that its precision leaves open.
fn drawn(slots: &Slots) -> Option<Shape> {
    let area = match (slots.area(), slots.value(SlotCode::Place)) {
        (Some(area), _) => area.clone(),
        (
            None,
            Some(Value::Place(StatedPosition {
                position,
                precision,
            })),
        ) => Area::Circle(Circle::new(*position, (*precision).max(MIN_RADIUS)).ok()?),
        (None, _) => return None,
    };
    Shape::new(area).ok()
}

/// By the first point or centre of the one, from the other.
fn is_near(place: &Shape, shape: &Shape) -> bool {
    let area = place.area();
    let at = area.position_of(area.first_anchor());
    place.touches(shape) || at.is_ok_and(|at| shape.distance(at) <= CALL_WITHIN)
}

/// What was last known of something before it left the view.
enum Known {
    Notice(Box<Notice>),
    Call(Box<StopCall>),
    Warning(Box<Incident>),
}

fn found(view: View<'_>, around: &Around) -> Result<(Vec<ContextItem>, bool), Refused> {
    let mut state = NodeState::default();
    let mut there: BTreeMap<EntryRef, Known> = BTreeMap::new();
    let mut came: BTreeMap<EntryRef, Timestamp> = BTreeMap::new();
    let mut conflicts: Vec<(Pair, Timestamp)> = Vec::new();
    fold(view, 0, |_seq, fact| {
        state.apply(&fact);
        if let Event::ConflictFound { pair, .. } = &fact.event
            && (there.contains_key(&pair.ours) || there.contains_key(&pair.theirs))
        {
            conflicts.push((*pair, fact.at));
        }
        for entry in changed_by(&fact, &there) {
            if let Some(known) = known(&state, around, entry) {
                if let Event::MessageReceived { arrived, .. } = &fact.event {
                    came.entry(entry).or_insert(arrived.at());
                }
                there.insert(entry, known);
            }
        }
        there.len() + conflicts.len() <= MAX_CONTEXT
    })?;
    let mut items: Vec<ContextItem> = there
        .iter()
        .map(|(entry, known)| item(around, known, came.get(entry).copied()))
        .chain(conflicts.iter().map(|found| conflict(around, found)))
        .collect();
    let and_more = items.len() > MAX_CONTEXT;
    items.sort_by_key(|item| item.begun());
    items.truncate(MAX_CONTEXT);
    Ok((items, and_more))
}

fn known(state: &NodeState, around: &Around, entry: EntryRef) -> Option<Known> {
    if let Some(notice) = state.notices.get(&entry) {
        let is_here = around.is_of_notice(notice);
        return is_here.then(|| Known::Notice(Box::new(notice.clone())));
    }
    if let Some(call) = state.calls.get(&entry) {
        return around
            .is_of_call(call)
            .then(|| Known::Call(Box::new(call.clone())));
    }
    let warning = state.incidents.warning(entry)?;
    let is_here = around.is_of_warning(warning);
    is_here.then(|| Known::Warning(Box::new(warning.clone())))
}

/// What a fact may have changed of all that is looked at: what it says, what it speaks of, and what it is a receipt for.
fn changed_by(fact: &Fact, there: &BTreeMap<EntryRef, Known>) -> Vec<EntryRef> {
    let (entry, content) = match &fact.event {
        Event::MessageSent { entry, content, .. } => (*entry, content),
        Event::MessageReceived { entry, content, .. } => (*entry, content),
        Event::Delivered { log, head, .. } => {
            let (first, end) = (
                EntryRef {
                    log: *log,
                    index: 0,
                },
                EntryRef {
                    log: *log,
                    index: head.size,
                },
            );
            let waiting = there
                .range(first..end)
                .filter(|(_, known)| !known.is_delivered());
            return waiting.map(|(entry, _)| *entry).collect();
        }
        // What never reached them was not said.
        Event::EpochOpened { .. } => return there.keys().copied().collect(),
        _no_message => return Vec::new(),
    };
    let mut changed = vec![entry];
    let Some(slots) = content.slots() else {
        return changed;
    };
    let named = |slot| match slots.value(slot) {
        Some(Value::Subject(subject)) => Some(subject.entry(entry.log.line, entry.log.side)),
        _none => None,
    };
    let subject = named(SlotCode::Subject);
    changed.extend(subject);
    changed.extend(named(SlotCode::Amends));
    if let (Some(first), Some(Value::Times(times))) = (subject, slots.value(SlotCode::Times)) {
        let log = first.log;
        changed.extend(
            times
                .iter()
                .map(|(index, _)| EntryRef { log, index: *index }),
        );
    }
    changed
}

impl Known {
    fn is_delivered(&self) -> bool {
        match self {
            Known::Notice(notice) => notice.receipts.delivered.is_some(),
            Known::Call(call) => call.delivered.is_some(),
            Known::Warning(warning) => warning.delivered.is_some(),
        }
    }
}

/// The steps of one item, each by the clock of whoever took it.
struct Steps<'a> {
    around: &'a Around,
    /// Who said what the steps are about.
    sender: Side,
    steps: Vec<ContextStep>,
}

impl Steps<'_> {
    fn add(&mut self, step: &str, by: Side, at: Option<Timestamp>, code: Option<String>) {
        self.steps.extend(at.map(|at| ContextStep {
            step: step.to_owned(),
            code,
            at: ms(at),
            clock: names::side(by).to_owned(),
            when: self.around.when(at).to_owned(),
        }));
    }

    /// By whoever said it.
    fn said(&mut self, step: &str, at: Option<Timestamp>) {
        self.add(step, self.sender, at, None);
    }

    /// By whoever it was said to.
    fn heard(&mut self, step: &str, at: Option<Timestamp>, code: Option<String>) {
        self.add(step, self.sender.other(), at, code);
    }

    /// Another clock may say less, or say it to the second alone: what was sent was sent first.
    fn in_order(mut self) -> Vec<ContextStep> {
        self.steps.sort_by_key(|step| (step.step != SENT, step.at));
        self.steps
    }
}

const SENT: &str = "sent";

impl ContextItem {
    fn begun(&self) -> Option<i64> {
        self.steps.first().map(|step| step.at)
    }
}

/// `came`: when it came here, where it is theirs.
fn item(around: &Around, known: &Known, came: Option<Timestamp>) -> ContextItem {
    let (entry, sent_at) = match known {
        Known::Notice(notice) => (notice.entry, notice.header.sent_at),
        Known::Call(call) => (call.entry, call.sent_at),
        Known::Warning(warning) => (warning.entry, warning.header.sent_at),
    };
    let sender = entry.log.side;
    let mut steps = Steps {
        around,
        sender,
        steps: Vec::new(),
    };
    steps.said(SENT, Some(sent_at));
    let (slots, desk) = match known {
        Known::Notice(notice) => {
            of_notice(&mut steps, notice);
            (notice.content.slots(), notice.desk)
        }
        Known::Call(call) => {
            of_call(&mut steps, call);
            (call.details.as_ref(), call.desk)
        }
        Known::Warning(warning) => {
            steps.heard("arrived", warning.arrived, None);
            steps.heard("delivered", warning.delivered, None);
            steps.heard("displayed", warning.displayed.map(|shown| shown.at), None);
            steps.heard("received", warning.received().map(|of| of.at), None);
            steps.said("withdrawn", warning.withdrawn.map(|by| by.at));
            (warning.content.slots(), warning.desk)
        }
    };
    if !steps.steps.iter().any(|step| step.step == "arrived") {
        steps.heard("arrived", came.filter(|_| sender == Side::Peer), None);
    }
    let coded = |slot: SlotCode| {
        let number = slots?.code(slot)?;
        slot.code_name(number).map(str::to_owned)
    };
    let window = slots.and_then(Slots::window);
    let (what, kind) = match known {
        Known::Notice(notice) => ("notice", Some(notice.kind.to_string())),
        Known::Call(_) => ("stop-call", coded(SlotCode::StopCause)),
        Known::Warning(_) => ("warning", coded(SlotCode::Warning)),
    };
    ContextItem {
        what: what.to_owned(),
        line: entry.log.line.to_string(),
        entry: names::entry(entry),
        with: None,
        from: names::side(sender).to_owned(),
        desk: Some(desk.to_string()),
        kind,
        label: slots.and_then(|slots| slots.text(SlotCode::Label).map(str::to_owned)),
        holds_from: window.map(|window| ms(window.from())),
        holds_until: window.map(|window| ms(window.until())),
        steps: steps.in_order(),
    }
}

fn of_notice(steps: &mut Steps<'_>, notice: &Notice) {
    let receipts = &notice.receipts;
    let answered = receipts.answered.as_ref();
    let downstream = receipts.downstream;
    steps.heard("delivered", receipts.delivered, None);
    steps.heard("arrived", receipts.arrived, None);
    steps.heard("displayed", receipts.displayed.map(|shown| shown.at), None);
    steps.heard("read-back", receipts.read_back.map(|back| back.at), None);
    steps.heard(
        "answered",
        answered.map(|answered| answered.at),
        answered.map(|answered| answered.answer.to_string()),
    );
    steps.heard(
        "downstream",
        downstream.map(|(at, _)| at),
        downstream.map(|(_, said)| said.to_string()),
    );
    steps.said("withdrawn", notice.withdrawn.map(|by| by.at));
    if let Some(reason) = notice.refused {
        let at = receipts.arrived.or(receipts.delivered);
        let at = at.unwrap_or(notice.header.sent_at);
        steps.heard("refused", Some(at), Some(reason.to_string()));
    }
}

fn of_call(steps: &mut Steps<'_>, call: &StopCall) {
    steps.heard("delivered", call.delivered, None);
    steps.heard(
        "arrived",
        call.arrived_at.filter(|_| call.caller() == Side::Own),
        None,
    );
    steps.heard("accepted", call.accepted.as_ref().map(|by| by.at), None);
    for answered in &call.answers {
        let code = answered.answer.to_string();
        steps.heard("answered", Some(answered.at), Some(code));
    }
    steps.heard("ended", call.ended.as_ref().map(|by| by.at), None);
    steps.said("lifted", call.lifted);
    steps.heard("resumed", call.resumed, None);
    steps.said("raised-in-error", call.raised_in_error);
}

fn conflict(around: &Around, (pair, at): &(Pair, Timestamp)) -> ContextItem {
    let mut steps = Steps {
        around,
        sender: Side::Own,
        steps: Vec::new(),
    };
    steps.said("found", Some(*at));
    ContextItem {
        what: "conflict".to_owned(),
        line: pair.ours.log.line.to_string(),
        entry: names::entry(pair.ours),
        with: Some(names::entry(pair.theirs)),
        from: names::side(Side::Own).to_owned(),
        desk: None,
        kind: None,
        label: None,
        holds_from: None,
        holds_until: None,
        steps: steps.steps,
    }
}
