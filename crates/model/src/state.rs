//! What a node knows: a fold over its journal, at any past time.

use crate::arrangement::Arrangement;
use crate::code::{
    Answer, Desk, Downstream, Level, LineCheckResult, RefusalReason, Standing, WithdrawalReason,
};
use crate::event::{Actor, AlarmCause, Event, Fact, StopOfMain};
use crate::ids::{LineId, LineName, NoticeId, OfficerId, PartyId, SounderId};
use crate::kind::Kind;
use crate::line::{EntryRef, LinkState, LogRef, Side};
use crate::message::{Content, Header};
use crate::notice::{AnsweredNotice, Draft, Notice, Receipt, Withdrawn};
use crate::slot::{SlotCode, Slots, Value};
use crate::stop::StopCall;
use crate::units::{Millis, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

mod halt;

pub use halt::Halt;

/// How long a call that is over stays in view. The journal keeps it.
const CALL_KEPT: Millis = Millis::from_seconds(7 * 24 * 3_600);

/// What this node knows of lines, calls, notices, desks and alarms. Whole and equal on every replay.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    pub lines: BTreeMap<LineId, LineView>,
    pub calls: BTreeMap<EntryRef, StopCall>,
    pub notices: BTreeMap<EntryRef, Notice>,
    pub drafts: BTreeMap<NoticeId, Draft>,
    pub watch: BTreeMap<Desk, BTreeSet<OfficerId>>,
    pub sounders: BTreeMap<Desk, BTreeSet<SounderId>>,
    pub alarms: BTreeMap<AlarmCause, StandingAlarm>,
    pub main_stopped: Option<StopOfMain>,
    /// The release rules that decide; none before the first were put in force.
    pub rules: Option<RulesView>,
    /// Notices that came to us and have no answer yet, by line, desk and when the answer is due.
    unanswered: BTreeSet<(LineId, Desk, Timestamp, EntryRef)>,
    /// When the windows of those end: then no answer is owed.
    ending: BTreeSet<(Timestamp, EntryRef)>,
    /// Alarms that a person has acknowledged, and when: they are not raised again for the same occasion.
    pub(crate) acknowledged: BTreeMap<AlarmCause, Timestamp>,
    /// What we had said about entries of the peer, fetched back before those were: by what it speaks of.
    aside: BTreeMap<EntryRef, Vec<Fact>>,
    /// When what is over leaves the view.
    leaving: BTreeSet<(Timestamp, EntryRef)>,
}

/// A set of release rules, as the record has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RulesView {
    pub version: u32,
    pub since: Timestamp,
    pub rules: Arc<str>,
    pub metadata: Arc<str>,
}

/// A line as its desks see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineView {
    pub name: LineName,
    pub peer: PartyId,
    pub arrangement: Arc<Arrangement>,
    pub in_force_since: Timestamp,
    pub link: LinkState,
    pub link_since: Timestamp,
    pub standing_own: (Standing, Option<Timestamp>),
    pub standing_peer: (Standing, Option<Timestamp>),
    /// The last check that people made and answered, either way.
    pub last_check: Option<Timestamp>,
    pub checks: BTreeMap<EntryRef, Check>,
    /// `main` carries nothing until both parties have begun anew.
    pub halt: Option<Halt>,
    /// The clocks of the two parties are further apart than the arrangement allows.
    pub clocks_apart: bool,
    /// Stop calls made by each side, ever: visible to both.
    pub calls_own: u64,
    pub calls_peer: u64,
}

/// A line check that waits for its answer, or has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    pub desk: Desk,
    pub sent_at: Timestamp,
    pub challenge: Option<u64>,
    pub answered: Option<(Timestamp, Option<LineCheckResult>)>,
}

/// What was fetched back ahead of what it speaks of: so much at most. More stays in the record alone.
const MAX_ASIDE: usize = 4_096;
/// The most calls that are kept in view as folded into one alarm: of a flood that nobody accepts the oldest leave it, and
/// are counted. The journal keeps all.
pub const MAX_FOLDED: usize = 1_000;
/// The most line checks of a line that are kept in view.
const MAX_CHECKS: usize = 64;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StandingAlarm {
    pub desk: Desk,
    pub level: Level,
    pub since: Timestamp,
    /// Since when its tone is off.
    pub silenced: Option<Timestamp>,
    /// How many calls are folded into it.
    pub count: u32,
}

impl State {
    /// Folds in a fact that is already decided. Never fails.
    pub fn apply(&mut self, fact: &Fact) {
        self.clear_view(fact.at);
        match &fact.event {
            Event::ArrangementInForce {
                line,
                name,
                peer,
                arrangement,
                ..
            } => {
                self.put_in_force(fact.at, *line, *name, *peer, arrangement);
            }
            Event::MessageSent {
                entry,
                header,
                content,
                notice,
                ..
            } => {
                self.said(fact, *entry, header, content, *notice, None);
            }
            Event::MessageReceived {
                entry,
                header,
                content,
                arrived,
                refused,
                ..
            } => match refused {
                None if self.is_ahead(*entry, header, content) => self.put_aside(fact, content),
                None => self.said(fact, *entry, header, content, None, Some(arrived.at())),
                Some(reason) => self.refused_here(*entry, header, content, *reason),
            },
            Event::Delivered {
                log,
                head,
                cosigned_at,
            } => self.delivered(*log, head.size, *cosigned_at),
            Event::LinkChanged { line, link } => {
                if let Some(view) = self.lines.get_mut(line) {
                    view.link = *link;
                    view.link_since = fact.at;
                }
            }
            Event::MainHalted { line, .. } => {
                if let Some(view) = self.lines.get_mut(line) {
                    view.halt.get_or_insert_default();
                }
            }
            Event::EpochOpened {
                line,
                side,
                epoch,
                closes,
                confirmed,
                ..
            } => {
                if *side == Side::Own {
                    self.leave_behind(*line, closes[1]);
                }
                self.epoch_opened(*line, *side, *epoch, *confirmed);
            }
            Event::EpochConfirmed {
                line, side, epoch, ..
            } => self.epoch_confirmed(*line, *side, *epoch),
            Event::ClockOffsetNoted {
                line, beyond_limit, ..
            } => {
                if let Some(view) = self.lines.get_mut(line) {
                    view.clocks_apart = *beyond_limit;
                }
                if !beyond_limit {
                    self.acknowledged
                        .remove(&AlarmCause::ClockOffset { line: *line });
                }
            }
            Event::NoticeDrafted {
                notice,
                kind,
                desk,
                content,
            } => {
                if let Content::Open(slots) = content {
                    let released = self
                        .drafts
                        .remove(notice)
                        .map_or_else(Vec::new, |d| d.released);
                    let draft = Draft {
                        kind: *kind,
                        desk: *desk,
                        slots: slots.clone(),
                        drafted_at: fact.at,
                        by: officer(fact.by),
                        released,
                    };
                    self.drafts.insert(*notice, draft);
                }
            }
            Event::NoticeDiscarded { notice } => {
                self.drafts.remove(notice);
            }
            Event::WatchTaken { desk, officer } => {
                self.watch.entry(*desk).or_default().insert(*officer);
            }
            Event::WatchLeft { desk, officer } => {
                if let Some(watch) = self.watch.get_mut(desk) {
                    watch.remove(officer);
                }
            }
            Event::SounderArmed { desk, sounder } => {
                self.sounders.entry(*desk).or_default().insert(*sounder);
            }
            Event::SounderLost { desk, sounder } => {
                if let Some(sounders) = self.sounders.get_mut(desk) {
                    sounders.remove(sounder);
                }
            }
            Event::AlarmRaised { alarm, desk } => self.alarm_raised(fact.at, *alarm, *desk),
            Event::AlarmClimbed { alarm, level } => {
                if let Some(standing) = self.alarms.get_mut(alarm) {
                    standing.level = standing.level.max(*level);
                    standing.silenced = None;
                }
            }
            Event::AlarmSilenced { alarm } => {
                if let Some(standing) = self.alarms.get_mut(alarm) {
                    standing.silenced = Some(fact.at);
                }
            }
            Event::AlarmEnded { alarm } => {
                self.alarms.remove(alarm);
                if officer(fact.by).is_some() && self.stays_acknowledged(*alarm) {
                    self.acknowledged.insert(*alarm, fact.at);
                }
            }
            Event::MainStopped { cause } => self.main_stopped = Some(*cause),
            Event::MainResumed => self.main_stopped = None,
            Event::RulesInForce {
                version,
                rules,
                metadata,
            } => {
                self.rules = Some(RulesView {
                    version: *version,
                    since: fact.at,
                    rules: rules.clone(),
                    metadata: metadata.clone(),
                });
            }
            // Folded elsewhere (`channel::lines`), or kept for the record alone.
            Event::ManifestTaken { .. }
            | Event::Cosigned { .. }
            | Event::ReleaseDecided { .. }
            | Event::FaultNoted { .. }
            | Event::Restored { .. }
            | Event::OpeningDestroyed { .. } => {}
        }
    }

    /// The arrangement of a line in force.
    pub fn arrangement(&self, line: LineId) -> Option<&Arc<Arrangement>> {
        self.lines.get(&line).map(|view| &view.arrangement)
    }

    /// The lines on which `desk` is agreed.
    pub fn lines_of(&self, desk: Desk) -> impl Iterator<Item = (LineId, &LineView)> {
        self.lines
            .iter()
            .filter(move |(_, view)| view.arrangement.desks.contains(&desk))
            .map(|(line, view)| (*line, view))
    }

    /// Whether an alarm that has ended is not to be raised again while what it is about goes on.
    fn stays_acknowledged(&self, alarm: AlarmCause) -> bool {
        let goes_on =
            |line: LineId, on: fn(&LineView) -> bool| self.lines.get(&line).is_some_and(on);
        match alarm {
            AlarmCause::StopEnded { .. }
            | AlarmCause::StopLimit { .. }
            | AlarmCause::LineCheckDue { .. } => true,
            AlarmCause::MainHalted { line } => goes_on(line, |view| view.halt.is_some()),
            AlarmCause::ClockOffset { line } => goes_on(line, |view| view.clocks_apart),
            AlarmCause::StopCall { .. }
            | AlarmCause::StopNotDelivered { .. }
            | AlarmCause::StopObligationMissed { .. }
            | AlarmCause::StopAnswerDue { .. }
            | AlarmCause::LinkDown { .. }
            | AlarmCause::NoSounder { .. }
            | AlarmCause::AnswerDue { .. }
            | AlarmCause::CannotSend => false,
        }
    }

    /// Whether anything in `desk`'s room would sound.
    pub fn has_sounder(&self, desk: Desk) -> bool {
        self.sounders
            .get(&desk)
            .is_some_and(|sounders| !sounders.is_empty())
    }

    /// The desks of all arrangements in force.
    pub fn desks(&self) -> BTreeSet<Desk> {
        self.lines
            .values()
            .flat_map(|view| view.arrangement.desks.iter().copied())
            .collect()
    }

    /// A call and those folded into its alarm.
    pub fn calls_of_alarm(&self, call: EntryRef) -> Vec<EntryRef> {
        let first = self
            .calls
            .get(&call)
            .and_then(|c| c.folded_into)
            .unwrap_or(call);
        std::iter::once(first)
            .chain(
                self.calls
                    .values()
                    .filter(|c| c.folded_into == Some(first))
                    .map(|c| c.entry),
            )
            .collect()
    }

    fn put_in_force(
        &mut self,
        at: Timestamp,
        line: LineId,
        name: LineName,
        peer: PartyId,
        arrangement: &Arc<Arrangement>,
    ) {
        let view = self.lines.entry(line).or_insert_with(|| LineView {
            name,
            peer,
            arrangement: arrangement.clone(),
            in_force_since: at,
            link: LinkState::Down,
            link_since: at,
            standing_own: (Standing::Open, None),
            standing_peer: (Standing::Open, None),
            last_check: None,
            checks: BTreeMap::new(),
            halt: None,
            clocks_apart: false,
            calls_own: 0,
            calls_peer: 0,
        });
        view.name = name;
        view.arrangement = arrangement.clone();
    }

    /// Whether it was ours, was fetched back, and speaks of an entry of the peer that is not back yet.
    fn is_ahead(&self, entry: EntryRef, header: &Header, content: &Content) -> bool {
        let own = entry.log.side == Side::Own && header.known_kind() != Some(Kind::Received);
        own && self.about(entry, content).is_some_and(|subject| {
            let checks = self.lines.get(&entry.log.line).map(|view| &view.checks);
            subject.log.side == Side::Peer
                && !self.calls.contains_key(&subject)
                && !self.notices.contains_key(&subject)
                && !checks.is_some_and(|checks| checks.contains_key(&subject))
        })
    }

    fn about(&self, entry: EntryRef, content: &Content) -> Option<EntryRef> {
        let subject = content.slots()?.subject()?;
        Some(subject.entry(entry.log.line, entry.log.side))
    }

    fn put_aside(&mut self, fact: &Fact, content: &Content) {
        let Event::MessageReceived { entry, .. } = &fact.event else {
            return;
        };
        if let Some(subject) = self.about(*entry, content)
            && self.aside.values().map(Vec::len).sum::<usize>() < MAX_ASIDE
        {
            self.aside.entry(subject).or_default().push(fact.clone());
        }
    }

    /// What we had said about `entry`, which has come back as well.
    fn catch_up(&mut self, entry: EntryRef) {
        for fact in self.aside.remove(&entry).unwrap_or_default() {
            if let Event::MessageReceived {
                entry,
                header,
                content,
                arrived,
                ..
            } = &fact.event
            {
                self.said(&fact, *entry, header, content, None, Some(arrived.at()));
            }
        }
    }

    /// Something said on a line, by either side, and admitted.
    fn said(
        &mut self,
        fact: &Fact,
        entry: EntryRef,
        header: &Header,
        content: &Content,
        draft: Option<NoticeId>,
        arrived_at: Option<Timestamp>,
    ) {
        let Some(kind) = header.known_kind() else {
            return;
        };
        let line = entry.log.line;
        let empty = Slots::new();
        let slots = content.slots().unwrap_or(&empty);
        let subject = slots.subject().map(|s| s.entry(line, entry.log.side));
        let by = officer(fact.by);
        let at = header.sent_at;
        match kind {
            Kind::StopCall => self.called(entry, header, content, arrived_at),
            Kind::StopDetails
            | Kind::StopRenewal
            | Kind::StopAcceptance
            | Kind::StopAnswer
            | Kind::StopEnd
            | Kind::StopLifted
            | Kind::StopResumed
            | Kind::StopRaisedInError => {
                if let Some(call) = subject.and_then(|s| self.calls.get_mut(&s)) {
                    let reached = arrived_at.filter(|_| entry.log.side == Side::Peer);
                    call.said(kind, at, reached, by, header.role, slots);
                    // What a person knew of an earlier limit or end says nothing of the next one.
                    let call_entry = call.entry;
                    if kind == Kind::StopRenewal {
                        let cause = AlarmCause::StopLimit { call: call_entry };
                        self.acknowledged.remove(&cause);
                    }
                    if call.ended.is_none() && call.resumed.is_none() {
                        let cause = AlarmCause::StopEnded { call: call_entry };
                        self.acknowledged.remove(&cause);
                    }
                    let over = call.raised_in_error.is_some()
                        || (call.lifted.is_some() && call.resumed.is_some());
                    if over {
                        self.leaving
                            .insert((fact.at.saturating_add(CALL_KEPT), call.entry));
                    }
                }
            }
            Kind::Received => self.arrivals(entry, subject, slots),
            Kind::Refused => {
                let reason = slots
                    .code(SlotCode::Refusal)
                    .and_then(RefusalReason::from_number);
                if let Some(notice) = subject.and_then(|s| self.notices.get_mut(&s)) {
                    notice.refused = reason;
                }
            }
            Kind::AirActivity
            | Kind::HazardArea
            | Kind::PositionArea
            | Kind::Movement
            | Kind::ProtectedSite
            | Kind::NoFireArea
            | Kind::RestrictedFireArea
            | Kind::CoordinationLine
            | Kind::CautionArea
            | Kind::TransitRequest => self.notified(entry, kind, header, content, draft),
            Kind::Withdrawal => {
                let reason = slots
                    .code(SlotCode::WithdrawalReason)
                    .and_then(WithdrawalReason::from_number);
                if let Some(notice) = subject.and_then(|s| self.notices.get_mut(&s)) {
                    notice
                        .withdrawn
                        .get_or_insert(Withdrawn { at, reason, entry });
                    if let Some(leaves) = notice.leaves_view() {
                        self.leaving.insert((leaves, notice.entry));
                    }
                }
                if let Some(subject) = subject {
                    self.needs_no_answer(subject);
                }
            }
            Kind::Displayed => {
                let at = slots.time(SlotCode::ShownAt).unwrap_or(at);
                self.receipt(subject, |notice| {
                    notice.receipts.displayed.get_or_insert(Receipt { at, by });
                });
            }
            Kind::ReadBack => self.receipt(subject, |notice| {
                notice.receipts.read_back.get_or_insert(Receipt { at, by });
            }),
            Kind::Answer => {
                let Some(answer) = slots.code(SlotCode::Answer).and_then(Answer::from_number)
                else {
                    return;
                };
                let text = |slot| slots.text(slot).map(str::to_owned);
                let answered = AnsweredNotice {
                    at,
                    by,
                    answer,
                    name: text(SlotCode::Name),
                    remarks: text(SlotCode::Remarks),
                };
                if let Some(subject) = subject {
                    self.needs_no_answer(subject);
                }
                self.receipt(subject, |notice| notice.receipts.answered = Some(answered));
            }
            Kind::Downstream => {
                let Some(said) = slots
                    .code(SlotCode::Downstream)
                    .and_then(Downstream::from_number)
                else {
                    return;
                };
                self.receipt(subject, |notice| {
                    notice.receipts.downstream = Some((at, said))
                });
            }
            Kind::LineCheck => {
                let challenge = slots.number(SlotCode::Challenge);
                if let Some(view) = self.lines.get_mut(&line) {
                    let check = Check {
                        desk: header.desk,
                        sent_at: at,
                        challenge,
                        answered: None,
                    };
                    view.checks.insert(entry, check);
                    while view.checks.len() > MAX_CHECKS {
                        view.checks.pop_first();
                    }
                }
                self.catch_up(entry);
            }
            Kind::LineCheckAnswer => {
                let result = slots
                    .code(SlotCode::LineCheckResult)
                    .and_then(LineCheckResult::from_number);
                if let (Some(view), Some(subject)) = (self.lines.get_mut(&line), subject)
                    && let Some(check) = view.checks.get_mut(&subject)
                {
                    check.answered.get_or_insert((at, result));
                    view.last_check = view.last_check.max(Some(at));
                }
            }
            Kind::Standing => {
                let Some(standing) = slots
                    .code(SlotCode::Standing)
                    .and_then(Standing::from_number)
                else {
                    return;
                };
                let since = slots.time(SlotCode::Since).or(Some(at));
                if let Some(view) = self.lines.get_mut(&line) {
                    match entry.log.side {
                        Side::Own => view.standing_own = (standing, since),
                        Side::Peer => view.standing_peer = (standing, since),
                    }
                }
            }
        }
    }

    /// The desk that a call for `desk` rings: that one, or where the arrangement has none such, its first.
    pub fn desk_that_rings(&self, line: LineId, desk: Desk) -> Desk {
        let desks = self
            .lines
            .get(&line)
            .map_or(&[][..], |view| &view.arrangement.desks);
        match desks.contains(&desk) {
            true => desk,
            false => desks.first().copied().unwrap_or(desk),
        }
    }

    /// The call, not yet accepted, into whose alarm another of the same side, line and desk folds.
    pub fn open_alarm(&self, log: LogRef, desk: Desk) -> Option<EntryRef> {
        self.calls
            .values()
            .find(|call| {
                call.entry.log.line == log.line
                    && call.entry.log.side == log.side
                    && call.desk == desk
                    && call.folded_into.is_none()
                    && call.accepted.is_none()
                    && call.raised_in_error.is_none()
                    && call.lifted.is_none()
            })
            .map(|call| call.entry)
    }

    fn called(
        &mut self,
        entry: EntryRef,
        header: &Header,
        content: &Content,
        arrived_at: Option<Timestamp>,
    ) {
        let mut call = StopCall::new(entry, header, content, arrived_at);
        call.desk = self.desk_that_rings(entry.log.line, header.desk);
        call.folded_into = self.open_alarm(entry.log, call.desk);
        if let Some(view) = self.lines.get_mut(&entry.log.line) {
            match entry.log.side {
                Side::Own => view.calls_own += 1,
                Side::Peer => view.calls_peer += 1,
            }
        }
        let folded_into = call.folded_into;
        self.calls.insert(entry, call);
        if let Some(first) = folded_into {
            self.bound_fold(first);
        }
        self.catch_up(entry);
    }

    fn bound_fold(&mut self, first: EntryRef) {
        let of_line = self.calls.range(first..).map(|(_, call)| call);
        let mut folded = of_line.filter(|call| call.folded_into == Some(first));
        let oldest = folded.next().map(|call| call.entry);
        if folded.count() >= MAX_FOLDED
            && let Some(oldest) = oldest
        {
            self.calls.remove(&oldest);
        }
    }

    fn notified(
        &mut self,
        entry: EntryRef,
        kind: Kind,
        header: &Header,
        content: &Content,
        draft: Option<NoticeId>,
    ) {
        let notice = Notice {
            entry,
            kind,
            desk: header.desk,
            header: header.clone(),
            content: content.clone(),
            draft,
            receipts: Default::default(),
            amended_by: None,
            withdrawn: None,
            refused: None,
            left_behind: false,
        };
        if let Some(Value::Subject(amends)) =
            content.slots().and_then(|s| s.value(SlotCode::Amends))
        {
            let amended = amends.entry(entry.log.line, entry.log.side);
            if let Some(earlier) = self.notices.get_mut(&amended) {
                earlier.amended_by = Some(entry);
            }
            self.needs_no_answer(amended);
        }
        if let Some(draft) = draft.and_then(|id| self.drafts.get_mut(&id)) {
            draft.released.push(entry);
        }
        if let Some(leaves) = notice.leaves_view() {
            self.leaving.insert((leaves, entry));
        }
        if let (Side::Peer, Some(due)) = (entry.log.side, self.answer_due(&notice)) {
            self.unanswered
                .insert((entry.log.line, notice.desk, due, entry));
            if let Some(window) = content.slots().and_then(Slots::window) {
                self.ending.insert((window.until(), entry));
            }
        }
        self.notices.insert(entry, notice);
        self.catch_up(entry);
    }

    fn refused_here(
        &mut self,
        entry: EntryRef,
        header: &Header,
        content: &Content,
        reason: RefusalReason,
    ) {
        // A refused notice is shown as refused; whatever else was refused changes nothing.
        if let Some(kind) = header.known_kind().filter(|kind| kind.is_notice()) {
            self.notified(entry, kind, header, content, None);
            if let Some(notice) = self.notices.get_mut(&entry) {
                notice.refused = Some(reason);
            }
            self.needs_no_answer(entry);
        }
    }

    /// When the earliest answer that `desk` owes on `line` is due.
    pub fn first_unanswered(&self, line: LineId, desk: Desk) -> Option<Timestamp> {
        let first = (line, desk, Timestamp::MIN, EntryRef::FIRST);
        let (of_line, of_desk, at, _) = self.unanswered.range(first..).next()?;
        (*of_line == line && *of_desk == desk).then_some(*at)
    }

    fn answer_due(&self, notice: &Notice) -> Option<Timestamp> {
        let view = self.lines.get(&notice.entry.log.line)?;
        Some(
            notice
                .header
                .sent_at
                .saturating_add(view.arrangement.deadlines.answer),
        )
    }

    fn needs_no_answer(&mut self, entry: EntryRef) {
        let Some(notice) = self.notices.get(&entry) else {
            return;
        };
        if let Some(due) = self.answer_due(notice) {
            self.unanswered
                .remove(&(entry.log.line, notice.desk, due, entry));
        }
    }

    /// The peer's word for when ours arrived: a batch, from the entry named as subject.
    fn arrivals(&mut self, said_in: EntryRef, subject: Option<EntryRef>, slots: &Slots) {
        let (Some(first), Some(Value::Times(times))) = (subject, slots.value(SlotCode::Times))
        else {
            return;
        };
        if first.log.side == said_in.log.side {
            return;
        }
        for (index, at) in times {
            let entry = EntryRef {
                log: first.log,
                index: *index,
            };
            if let Some(call) = self.calls.get_mut(&entry) {
                call.arrived_at.get_or_insert(*at);
            }
            if let Some(notice) = self.notices.get_mut(&entry) {
                notice.receipts.arrived.get_or_insert(*at);
            }
        }
    }

    fn delivered(&mut self, log: LogRef, size: u64, at: Timestamp) {
        let first = EntryRef { log, index: 0 };
        let end = EntryRef { log, index: size };
        // Newest first: as soon as one is known to be delivered, all before it are.
        for (_, notice) in self.notices.range_mut(first..end).rev() {
            if notice.receipts.delivered.is_some() {
                break;
            }
            notice.receipts.delivered = Some(at);
        }
        for (_, call) in self.calls.range_mut(first..end).rev() {
            if call.delivered.is_some() {
                break;
            }
            call.delivered = Some(at);
        }
    }

    fn receipt(&mut self, subject: Option<EntryRef>, change: impl FnOnce(&mut Notice)) {
        if let Some(notice) = subject.and_then(|s| self.notices.get_mut(&s)) {
            change(notice);
        }
    }

    fn alarm_raised(&mut self, at: Timestamp, alarm: AlarmCause, desk: Desk) {
        let standing = self.alarms.entry(alarm).or_insert(StandingAlarm {
            desk,
            level: Level::Desk,
            since: at,
            silenced: None,
            count: 0,
        });
        standing.count += 1;
        standing.silenced = None;
    }

    /// A draft leaves with the last notice that it was released as.
    fn clear_draft(&mut self, draft: Option<NoticeId>, left: EntryRef) {
        let Some((id, draft)) = draft.and_then(|id| Some((id, self.drafts.get_mut(&id)?))) else {
            return;
        };
        draft.released.retain(|entry| *entry != left);
        if draft.released.is_empty() {
            self.drafts.remove(&id);
        }
    }

    /// What is long over leaves the view, so that a node that runs for years stays small. The journal keeps it.
    fn clear_view(&mut self, now: Timestamp) {
        while let Some(&(until, entry)) = self.ending.first() {
            if until >= now {
                break;
            }
            self.ending.pop_first();
            self.needs_no_answer(entry);
        }
        while let Some(&(at, entry)) = self.leaving.first() {
            if at > now {
                break;
            }
            self.leaving.pop_first();
            // It may have been extended since: then its own time is later.
            if self
                .notices
                .get(&entry)
                .is_some_and(|n| n.leaves_view().is_some_and(|leaves| leaves <= now))
            {
                self.needs_no_answer(entry);
                let draft = self.notices.remove(&entry).and_then(|notice| notice.draft);
                self.clear_draft(draft, entry);
            }
            if self.calls.remove(&entry).is_some() {
                self.acknowledged
                    .remove(&AlarmCause::StopEnded { call: entry });
                self.acknowledged
                    .remove(&AlarmCause::StopLimit { call: entry });
            }
        }
    }
}

fn officer(by: Actor) -> Option<OfficerId> {
    match by {
        Actor::Officer(officer) => Some(officer),
        Actor::Node | Actor::Administrator | Actor::Peer => None,
    }
}
