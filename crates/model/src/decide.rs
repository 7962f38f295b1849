//! What a command leads to, or why it is refused. Reads no clock and no disk.

use crate::code::{Desk, Role, Standing, StopAnswer, StopReason, Urgency};
use crate::command::{Acting, Command, ReleaseTerms, Remarks};
use crate::event::{AlarmCause, Event};
use crate::ids::{LineId, NoticeId, PurposeId};
use crate::kind::Kind;
use crate::line::{EntryRef, Side};
use crate::message::{Content, Message};
use crate::notice::Notice;
use crate::slot::{MAX_NAME, SlotCode, SlotRefusal, Slots, Value};
use crate::state::State;
use crate::stop::{Phase, StopCall};
use crate::units::Timestamp;

/// The most drafts kept at once, with those that were released and may be amended.
pub const MAX_DRAFTS: usize = 50_000;

/// A step that a command leads to, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decided {
    Fact(Event),
    /// Say it under the line's standing release.
    SayStanding(Message),
    /// Say it if the release rules let it go.
    SayByRules {
        message: Message,
        terms: ReleaseTerms,
        notice: Option<NoticeId>,
    },
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CommandRefused {
    #[error("there is no line in force that has the {0} desk: put an arrangement in force first")]
    NoLine(Desk),
    #[error("line `{0}` is not in force here: list the lines and name one of them")]
    UnknownLine(LineId),
    #[error("the arrangement of line {line} has no {desk} desk: name a desk that it has")]
    NoDesk { line: String, desk: Desk },
    #[error("there is no such stop call in view: list the calls and name one of them")]
    UnknownCall,
    #[error("there is no such notice in view: list the notices and name one of them")]
    UnknownNotice,
    #[error(
        "there is no such draft, it was discarded, or never made: list the drafts and name one of them"
    )]
    UnknownDraft,
    #[error("there is no such line check in view: list the line checks and name one of them")]
    UnknownCheck,
    #[error("there is no such alarm standing: it has ended")]
    UnknownAlarm,
    #[error(
        "only the party that was called can do that; this call is ours: renew it, lift it, or say that it was made in error"
    )]
    CallIsOurs,
    #[error(
        "only the caller can do that; this call came to us: accept it, answer it, or resume once it is lifted"
    )]
    CallIsTheirs,
    #[error(
        "only what came to us can be answered; this notice is ours: withdraw it where it is wrong"
    )]
    NoticeIsOurs,
    #[error("only our own notices can be changed; this one came to us: answer it")]
    NoticeIsTheirs,
    #[error("the call is {phase}: {hint}")]
    CallNotOpen {
        phase: &'static str,
        hint: &'static str,
    },
    #[error("{0}: it can be answered, as often as what you know changes")]
    Accepted(String),
    #[error("this alarm has ended: {0}")]
    AlarmOver(String),
    #[error("accept the call first: a person must have it before it is answered")]
    NotAccepted,
    #[error("`{0}` needs a reason: say why")]
    ReasonMissing(StopAnswer),
    #[error("a pause is confirmed only after it was ordered: say first that it is ordered")]
    NotOrdered,
    #[error("the notice is {0}: there is nothing to do with it any more")]
    NoticeNotLive(&'static str),
    #[error("a {0} cannot be carried as a notice: draft one of the kinds of notice")]
    NotANotice(Kind),
    #[error("a draft lacks its {0}: add it, then release")]
    DraftLacks(SlotCode),
    #[error("slot `{slot}` does not belong to a {kind}: take it out")]
    ForeignSlot { kind: Kind, slot: SlotCode },
    #[error("there are {MAX_DRAFTS} drafts: discard those that are not needed")]
    TooManyDrafts,
    #[error(
        "the line is suspended, and a transit request is not safety of life: it waits until the line is open"
    )]
    Suspended,
    #[error("an officer acting as {0} cannot do that: an officer of another role must do it")]
    Role(Role),
    #[error("the line check was answered already: make another check where it is in doubt")]
    CheckAnswered,
    #[error("the challenge is not the one that was sent: read it again")]
    WrongChallenge,
    #[error("this alarm ends when what it asks for is done; it can be silenced, not dismissed")]
    NotDismissable,
    #[error("the arrangement carries no free text: use the coded slots")]
    NoFreeText,
    #[error("a window that is over cannot be released: correct it")]
    WindowOver,
    #[error(
        "the caller has not lifted it, so there is nothing to resume from: to end a pause early, end it with its reason \
         (`standclear stop end --reason ...`), which tells them"
    )]
    NotLifted,
    #[error(
        "it was released and is in force: withdraw it (`standclear notice withdraw`), or wait until it is over"
    )]
    InForce,
    #[error("the line has no purpose agreed: agree one in its arrangement")]
    NoPurpose,
    #[error("a name is at most {MAX_NAME} bytes: shorten it")]
    NameTooLong,
    #[error(transparent)]
    Slot(#[from] SlotRefusal),
}

type Outcome = Result<Vec<Decided>, CommandRefused>;

impl State {
    /// What `command` leads to now, or why it is refused. Whatever needs geometry (drafts, read-back) was checked before.
    ///
    /// # Errors
    /// A [`CommandRefused`], written for the officer.
    pub fn decide(&self, acting: Acting, command: &Command, now: Timestamp) -> Outcome {
        if acting.role == Role::Node {
            return Err(CommandRefused::Role(Role::Node));
        }
        match command {
            Command::TakeWatch { desk } => Ok(vec![Decided::Fact(Event::WatchTaken {
                desk: *desk,
                officer: acting.officer,
            })]),
            Command::LeaveWatch { desk } => Ok(vec![Decided::Fact(Event::WatchLeft {
                desk: *desk,
                officer: acting.officer,
            })]),
            Command::Stop { lines, desk, slots } => self.stop(acting, lines, *desk, slots),
            Command::StopDetails { call, slots } => {
                let call = self.our_call(*call, now)?;
                self.on_call(acting, call, Kind::StopDetails, slots.clone())
            }
            Command::RenewStop { call } => {
                let call = self.our_call(*call, now)?;
                self.on_call(acting, call, Kind::StopRenewal, Slots::new())
            }
            Command::LiftStop { call } => {
                let call = self.our_call(*call, now)?;
                if call.lifted.is_some() {
                    return Err(not_open(
                        call,
                        Phase::LiftedByCaller,
                        "it waits for the called party to resume",
                    ));
                }
                self.on_call(acting, call, Kind::StopLifted, Slots::new())
            }
            Command::StopRaisedInError { call } => {
                let call = self.our_call(*call, now)?;
                self.on_call(acting, call, Kind::StopRaisedInError, Slots::new())
            }
            Command::AcceptStop { call, name } => self.accept(acting, *call, name.as_deref(), now),
            Command::AnswerStop {
                call,
                answer,
                reason,
                name,
            } => self.answer_stop(acting, *call, *answer, *reason, name.as_deref(), now),
            Command::EndPause { call, reason, name } => {
                let call = self.their_call(*call, now)?;
                let slots = named(name.as_deref())?
                    .with(SlotCode::StopReason, Value::Code(reason.number()))?;
                let paused = |other: &StopCall| other.ended.is_none() && is_paused(other);
                self.on_each(acting, call, Kind::StopEnd, slots, now, paused)
            }
            Command::ResumeAfterStop { call } => {
                let call = self.their_call(*call, now)?;
                if call.lifted.is_none() {
                    return Err(CommandRefused::NotLifted);
                }
                if call.resumed.is_some() {
                    return Err(not_open(
                        call,
                        Phase::ResumedByCalled,
                        "it waits for the caller to lift",
                    ));
                }
                let stands = |other: &StopCall| other.resumed.is_none();
                self.on_each(acting, call, Kind::StopResumed, Slots::new(), now, stands)
            }
            Command::DraftNotice {
                notice,
                kind,
                desk,
                slots,
            } => self.draft(*notice, *kind, *desk, slots),
            Command::DiscardNotice { notice } => {
                let draft = self
                    .drafts
                    .get(notice)
                    .ok_or(CommandRefused::UnknownDraft)?;
                // Without it nobody could take back what was said.
                let mut said = draft
                    .released
                    .iter()
                    .filter_map(|said| self.notices.get(said));
                if said.any(|said| said.is_live(now)) {
                    return Err(CommandRefused::InForce);
                }
                Ok(vec![Decided::Fact(Event::NoticeDiscarded {
                    notice: *notice,
                })])
            }
            Command::ReleaseNotice {
                notice,
                lines,
                terms,
                in_conflict: _,
            } => self.release(acting, *notice, lines, terms, now),
            Command::WithdrawNotice { notice, reason } => {
                let draft = self
                    .drafts
                    .get(notice)
                    .ok_or(CommandRefused::UnknownDraft)?;
                let slots =
                    Slots::new().with(SlotCode::WithdrawalReason, Value::Code(reason.number()))?;
                let live = draft
                    .released
                    .iter()
                    .filter_map(|entry| self.notices.get(entry))
                    .filter(|notice| notice.is_live(now));
                let said = live
                    .map(|notice| {
                        self.about_notice(acting, notice, Kind::Withdrawal, slots.clone())
                    })
                    .collect::<Result<Vec<_>, _>>()?;
                if said.is_empty() {
                    return Err(CommandRefused::NoticeNotLive("not in force on any line"));
                }
                Ok(said.into_iter().map(Decided::SayStanding).collect())
            }
            Command::Displayed { entry } => self.displayed(acting, *entry, now),
            Command::ReadBack { entry, items } => {
                let notice = self.their_notice(*entry)?;
                let slots = Slots::new().with(SlotCode::Items, Value::Items(items.clone()))?;
                let message = self.about_notice(acting, notice, Kind::ReadBack, slots)?;
                Ok(vec![Decided::SayStanding(message)])
            }
            Command::AnswerNotice {
                entry,
                answer,
                name,
                remarks,
            } => {
                let notice = self.their_notice(*entry)?;
                if !notice.is_live(now) {
                    return Err(CommandRefused::NoticeNotLive(notice.state(now).name()));
                }
                let mut slots =
                    named(name.as_deref())?.with(SlotCode::Answer, Value::Code(answer.number()))?;
                self.remark(notice.line(), &mut slots, remarks.as_ref())?;
                let message = self.about_notice(acting, notice, Kind::Answer, slots)?;
                Ok(vec![say(message, remarks.as_ref())])
            }
            Command::CheckLine {
                line,
                desk,
                challenge,
            } => {
                let slots = Slots::new().with(SlotCode::Challenge, Value::Number(*challenge))?;
                let message = self.message(acting, *line, *desk, Kind::LineCheck, slots)?;
                Ok(vec![Decided::SayStanding(message)])
            }
            Command::AnswerLineCheck {
                entry,
                challenge,
                result,
            } => {
                let line = entry.log.line;
                let check = self
                    .lines
                    .get(&line)
                    .and_then(|view| view.checks.get(entry))
                    .filter(|_| entry.log.side == Side::Peer)
                    .ok_or(CommandRefused::UnknownCheck)?;
                if check.answered.is_some() {
                    return Err(CommandRefused::CheckAnswered);
                }
                if check.challenge.is_some_and(|sent| sent != *challenge) {
                    return Err(CommandRefused::WrongChallenge);
                }
                let slots = Slots::new()
                    .with(SlotCode::Subject, Value::Subject(entry.as_subject()))?
                    .with(SlotCode::Challenge, Value::Number(*challenge))?
                    .with(SlotCode::LineCheckResult, Value::Code(result.number()))?;
                let message =
                    self.message(acting, line, check.desk, Kind::LineCheckAnswer, slots)?;
                Ok(vec![Decided::SayStanding(message)])
            }
            Command::SetStanding {
                line,
                standing,
                since,
                remarks,
            } => self.set_standing(acting, *line, *standing, *since, remarks.as_ref()),
            Command::SilenceAlarm { alarm } => {
                self.stands(*alarm)?;
                Ok(vec![Decided::Fact(Event::AlarmSilenced { alarm: *alarm })])
            }
            Command::AcknowledgeAlarm { alarm } => {
                self.stands(*alarm)?;
                if !alarm.ends_by_acknowledgement() {
                    return Err(CommandRefused::NotDismissable);
                }
                Ok(vec![Decided::Fact(Event::AlarmEnded { alarm: *alarm })])
            }
        }
    }

    fn stop(&self, acting: Acting, lines: &[LineId], desk: Desk, slots: &Slots) -> Outcome {
        let all: Vec<LineId>;
        let lines = if lines.is_empty() {
            all = self.lines_of(desk).map(|(line, _)| line).collect();
            all.as_slice()
        } else {
            lines
        };
        if lines.is_empty() {
            return Err(CommandRefused::NoLine(desk));
        }
        lines
            .iter()
            .map(|line| {
                self.message(acting, *line, desk, Kind::StopCall, slots.clone())
                    .map(Decided::SayStanding)
            })
            .collect()
    }

    fn accept(
        &self,
        acting: Acting,
        call: EntryRef,
        name: Option<&str>,
        now: Timestamp,
    ) -> Outcome {
        self.their_call(call, now)?;
        let open: Vec<&StopCall> = self
            .calls_of_alarm(call)
            .into_iter()
            .filter_map(|entry| self.calls.get(&entry))
            .filter(|call| call.accepted.is_none())
            .collect();
        if open.is_empty() {
            let call = self.calls.get(&call).and_then(StopCall::taken_by);
            return Err(CommandRefused::Accepted(call.unwrap_or_default()));
        }
        let slots = named(name)?;
        let mut steps = Vec::new();
        for call in open {
            steps.extend(self.on_call(acting, call, Kind::StopAcceptance, slots.clone())?);
        }
        Ok(steps)
    }

    /// Whether the alarm stands; where it does not, and somebody took the call, who and when.
    fn stands(&self, alarm: AlarmCause) -> Result<(), CommandRefused> {
        if self.alarms.contains_key(&alarm) {
            return Ok(());
        }
        let over = match alarm {
            AlarmCause::StopCall { call }
            | AlarmCause::StopNotDelivered { call }
            | AlarmCause::StopObligationMissed { call, .. }
            | AlarmCause::StopAnswerDue { call, .. }
            | AlarmCause::StopEnded { call }
            | AlarmCause::StopLimit { call } => self.calls.get(&call),
            AlarmCause::LinkDown { .. }
            | AlarmCause::ClockOffset { .. }
            | AlarmCause::MainHalted { .. }
            | AlarmCause::NoSounder { .. }
            | AlarmCause::AnswerDue { .. }
            | AlarmCause::LineCheckDue { .. }
            | AlarmCause::Conflict { .. }
            | AlarmCause::CannotSend => None,
        };
        let how = over.and_then(StopCall::how_its_alarm_ended);
        Err(how.map_or(CommandRefused::UnknownAlarm, CommandRefused::AlarmOver))
    }

    fn answer_stop(
        &self,
        acting: Acting,
        call: EntryRef,
        answer: StopAnswer,
        reason: Option<StopReason>,
        name: Option<&str>,
        now: Timestamp,
    ) -> Outcome {
        let call = self.their_call(call, now)?;
        if call.accepted.is_none() {
            return Err(CommandRefused::NotAccepted);
        }
        match answer {
            StopAnswer::CannotPause if reason.is_none() => {
                return Err(CommandRefused::ReasonMissing(answer));
            }
            // An order is never shown as a confirmed pause, so a confirmation must follow an order that still holds.
            StopAnswer::PauseConfirmed if call.ended.is_some() || !is_paused(call) => {
                return Err(CommandRefused::NotOrdered);
            }
            StopAnswer::CannotPause
            | StopAnswer::PauseConfirmed
            | StopAnswer::PauseOrdered
            | StopAnswer::NotOurs
            | StopAnswer::Unknown => {}
        }
        let mut slots = named(name)?.with(SlotCode::StopAnswer, Value::Code(answer.number()))?;
        if let Some(reason) = reason {
            slots.set(SlotCode::StopReason, Value::Code(reason.number()))?;
        }
        let confirms = answer == StopAnswer::PauseConfirmed;
        let fits = |other: &StopCall| {
            other.accepted.is_some() && (!confirms || (other.ended.is_none() && is_paused(other)))
        };
        self.on_each(acting, call, Kind::StopAnswer, slots, now, fits)
    }

    /// Says it of `call`, and of those that rang with it as one alarm where it `fits`: they were accepted as one, and whoever
    /// called twice is answered twice.
    fn on_each(
        &self,
        acting: Acting,
        call: &StopCall,
        kind: Kind,
        slots: Slots,
        now: Timestamp,
        fits: impl Fn(&StopCall) -> bool,
    ) -> Outcome {
        let mut steps = self.on_call(acting, call, kind, slots.clone())?;
        let others = (self.calls_of_alarm(call.entry).into_iter())
            .filter(|entry| *entry != call.entry)
            .filter_map(|entry| self.their_call(entry, now).ok());
        for other in others.filter(|other| fits(other)) {
            steps.extend(self.on_call(acting, other, kind, slots.clone())?);
        }
        Ok(steps)
    }

    fn draft(&self, notice: NoticeId, kind: Kind, desk: Desk, slots: &Slots) -> Outcome {
        if !kind.is_notice() {
            return Err(CommandRefused::NotANotice(kind));
        }
        own_slots(kind, slots)?;
        if self.drafts.len() >= MAX_DRAFTS && !self.drafts.contains_key(&notice) {
            return Err(CommandRefused::TooManyDrafts);
        }
        self.lines_of(desk)
            .next()
            .ok_or(CommandRefused::NoLine(desk))?;
        let content = Content::Open(slots.clone());
        Ok(vec![Decided::Fact(Event::NoticeDrafted {
            notice,
            kind,
            desk,
            content,
        })])
    }

    fn release(
        &self,
        acting: Acting,
        notice: NoticeId,
        lines: &[LineId],
        terms: &ReleaseTerms,
        now: Timestamp,
    ) -> Outcome {
        let draft = self
            .drafts
            .get(&notice)
            .ok_or(CommandRefused::UnknownDraft)?;
        for slot in required(draft.kind) {
            draft
                .slots
                .value(*slot)
                .ok_or(CommandRefused::DraftLacks(*slot))?;
        }
        if draft
            .slots
            .window()
            .is_some_and(|window| window.until() < now)
        {
            return Err(CommandRefused::WindowOver);
        }
        lines
            .iter()
            .map(|line| {
                let view = self
                    .lines
                    .get(line)
                    .ok_or(CommandRefused::UnknownLine(*line))?;
                let single = view.arrangement.single_description.contains(&draft.kind);
                if draft.slots.second().is_none() && !single {
                    return Err(CommandRefused::DraftLacks(SlotCode::Second));
                }
                if draft.kind == Kind::TransitRequest && self.is_suspended(*line) {
                    return Err(CommandRefused::Suspended);
                }
                if draft.slots.value(SlotCode::Remarks).is_some() && !view.arrangement.free_text {
                    return Err(CommandRefused::NoFreeText);
                }
                let mut message =
                    self.message(acting, *line, draft.desk, draft.kind, draft.slots.clone())?;
                message.purpose = terms.purpose;
                if let Some(earlier) = draft
                    .released
                    .iter()
                    .rev()
                    .find(|entry| entry.log.line == *line)
                    && self
                        .notices
                        .get(earlier)
                        .is_some_and(|n| n.withdrawn.is_none() && n.refused.is_none())
                {
                    // Said on this line before: the new one takes its place, and asks for new receipts.
                    message
                        .slots
                        .set(SlotCode::Amends, Value::Subject(earlier.as_subject()))?;
                }
                let terms = terms.clone();
                Ok(Decided::SayByRules {
                    message,
                    terms,
                    notice: Some(notice),
                })
            })
            .collect()
    }

    fn displayed(&self, acting: Acting, entry: EntryRef, now: Timestamp) -> Outcome {
        let notice = self.their_notice(entry)?;
        if notice.receipts.displayed.is_some() {
            return Ok(Vec::new());
        }
        let slots = Slots::new().with(SlotCode::ShownAt, Value::Time(now))?;
        let message = self.about_notice(acting, notice, Kind::Displayed, slots)?;
        Ok(vec![Decided::SayStanding(message)])
    }

    fn set_standing(
        &self,
        acting: Acting,
        line: LineId,
        standing: Standing,
        since: Timestamp,
        remarks: Option<&Remarks>,
    ) -> Outcome {
        let view = self
            .lines
            .get(&line)
            .ok_or(CommandRefused::UnknownLine(line))?;
        let desk = *view
            .arrangement
            .desks
            .first()
            .ok_or(CommandRefused::UnknownLine(line))?;
        let mut slots = Slots::new()
            .with(SlotCode::Standing, Value::Code(standing.number()))?
            .with(SlotCode::Since, Value::Time(since))?;
        self.remark(line, &mut slots, remarks)?;
        let message = self.message(acting, line, desk, Kind::Standing, slots)?;
        Ok(vec![say(message, remarks)])
    }

    fn remark(
        &self,
        line: LineId,
        slots: &mut Slots,
        remarks: Option<&Remarks>,
    ) -> Result<(), CommandRefused> {
        let Some(remarks) = remarks else {
            return Ok(());
        };
        if !self
            .arrangement(line)
            .is_some_and(|arrangement| arrangement.free_text)
        {
            return Err(CommandRefused::NoFreeText);
        }
        slots.set(SlotCode::Remarks, Value::Text(remarks.text.clone()))?;
        Ok(())
    }

    /// Whether either party says that the line is suspended. It stops nothing that is safety of life.
    pub fn is_suspended(&self, line: LineId) -> bool {
        self.lines.get(&line).is_some_and(|view| {
            view.standing_own.0 == Standing::Suspended
                || view.standing_peer.0 == Standing::Suspended
        })
    }

    fn our_call(&self, call: EntryRef, now: Timestamp) -> Result<&StopCall, CommandRefused> {
        self.open_call(call, Side::Own, now)
    }

    fn their_call(&self, call: EntryRef, now: Timestamp) -> Result<&StopCall, CommandRefused> {
        self.open_call(call, Side::Peer, now)
    }

    fn open_call(
        &self,
        call: EntryRef,
        caller: Side,
        now: Timestamp,
    ) -> Result<&StopCall, CommandRefused> {
        let call = self.calls.get(&call).ok_or(CommandRefused::UnknownCall)?;
        match (call.caller(), caller) {
            (Side::Own, Side::Peer) => return Err(CommandRefused::CallIsOurs),
            (Side::Peer, Side::Own) => return Err(CommandRefused::CallIsTheirs),
            (Side::Own, Side::Own) | (Side::Peer, Side::Peer) => {}
        }
        let view = self
            .lines
            .get(&call.entry.log.line)
            .ok_or(CommandRefused::UnknownLine(call.entry.log.line))?;
        match call.phase(&view.arrangement.stop, now) {
            phase @ (Phase::Over | Phase::RaisedInError) => Err(not_open(
                call,
                phase,
                "if it is needed again, make a new stop call",
            )),
            Phase::NotDelivered
            | Phase::Sounding
            | Phase::Accepted
            | Phase::PauseOrdered
            | Phase::PauseConfirmed
            | Phase::CannotPause
            | Phase::NotOurs
            | Phase::Unknown
            | Phase::EndedEarly
            | Phase::LiftedByCaller
            | Phase::ResumedByCalled
            | Phase::LimitReached => Ok(call),
        }
    }

    fn their_notice(&self, entry: EntryRef) -> Result<&Notice, CommandRefused> {
        let notice = self
            .notices
            .get(&entry)
            .ok_or(CommandRefused::UnknownNotice)?;
        match notice.side() {
            Side::Peer => Ok(notice),
            Side::Own => Err(CommandRefused::NoticeIsOurs),
        }
    }

    fn on_call(&self, acting: Acting, call: &StopCall, kind: Kind, slots: Slots) -> Outcome {
        let slots = slots.with(SlotCode::Subject, Value::Subject(call.entry.as_subject()))?;
        let message = self.message(acting, call.entry.log.line, call.desk, kind, slots)?;
        Ok(vec![Decided::SayStanding(message)])
    }

    fn about_notice(
        &self,
        acting: Acting,
        notice: &Notice,
        kind: Kind,
        slots: Slots,
    ) -> Result<Message, CommandRefused> {
        let slots = slots.with(SlotCode::Subject, Value::Subject(notice.entry.as_subject()))?;
        self.message(acting, notice.line(), notice.desk, kind, slots)
    }

    /// A message on `line`, with the first purpose of its arrangement.
    fn message(
        &self,
        acting: Acting,
        line: LineId,
        desk: Desk,
        kind: Kind,
        slots: Slots,
    ) -> Result<Message, CommandRefused> {
        let view = self
            .lines
            .get(&line)
            .ok_or(CommandRefused::UnknownLine(line))?;
        if !view.arrangement.desks.contains(&desk) {
            return Err(CommandRefused::NoDesk {
                line: view.name.to_string(),
                desk,
            });
        }
        own_slots(kind, &slots)?;
        let purpose: PurposeId = view
            .arrangement
            .purposes
            .first()
            .map(|p| p.id)
            .ok_or(CommandRefused::NoPurpose)?;
        let urgency = match kind.lane() {
            Some(crate::code::Lane::Stop) => Urgency::Immediate,
            Some(crate::code::Lane::Main) | None => Urgency::Routine,
        };
        Ok(Message {
            line,
            kind,
            purpose,
            role: acting.role,
            urgency,
            desk,
            slots,
        })
    }
}

/// In fixed fields under the standing release; with free text only as the rules let go.
fn say(message: Message, remarks: Option<&Remarks>) -> Decided {
    match remarks {
        None => Decided::SayStanding(message),
        Some(remarks) => Decided::SayByRules {
            message,
            terms: remarks.terms.clone(),
            notice: None,
        },
    }
}

/// What a notice must have before it can be released, and to be admitted.
pub(crate) fn required(kind: Kind) -> &'static [SlotCode] {
    match kind {
        Kind::AirActivity | Kind::TransitRequest => {
            &[SlotCode::Area, SlotCode::Window, SlotCode::Band]
        }
        _ground if kind.is_notice() => &[SlotCode::Area, SlotCode::Window],
        _other => &[],
    }
}

pub(crate) fn own_slots(kind: Kind, slots: &Slots) -> Result<(), CommandRefused> {
    match slots.iter().find(|(slot, _)| !kind.slots().contains(slot)) {
        Some((slot, _)) => Err(CommandRefused::ForeignSlot { kind, slot }),
        None => Ok(()),
    }
}

/// A pause was ordered or confirmed last. An order is never shown as a confirmed pause, so a confirmation must follow one.
fn is_paused(call: &StopCall) -> bool {
    call.last_answer().is_some_and(|last| {
        matches!(
            last.answer,
            StopAnswer::PauseOrdered | StopAnswer::PauseConfirmed
        )
    })
}

fn named(name: Option<&str>) -> Result<Slots, CommandRefused> {
    match name {
        Some(name) if name.len() > MAX_NAME => Err(CommandRefused::NameTooLong),
        Some(name) => Ok(Slots::new().with(SlotCode::Name, Value::Name(name.to_owned()))?),
        None => Ok(Slots::new()),
    }
}

fn not_open(_call: &StopCall, phase: Phase, hint: &'static str) -> CommandRefused {
    CommandRefused::CallNotOpen {
        phase: phase.name(),
        hint,
    }
}

impl AlarmCause {
    /// What asks a person to know of it, not to do something that the node would see.
    pub const fn ends_by_acknowledgement(self) -> bool {
        match self {
            AlarmCause::StopEnded { .. }
            | AlarmCause::StopLimit { .. }
            | AlarmCause::ClockOffset { .. }
            | AlarmCause::MainHalted { .. }
            | AlarmCause::LineCheckDue { .. }
            | AlarmCause::Conflict { .. } => true,
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
}
