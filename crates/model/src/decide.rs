//! What a command leads to, or why it is refused. Reads no clock and no disk.

use crate::code::{Desk, Urgency};
use crate::command::{Acting, Command, ReleaseTerms, Remarks};
use crate::event::Event;
use crate::export::ExportDenial;
use crate::ids::{ExportId, LineId, NoticeId, PurposeId};
use crate::kind::Kind;
use crate::line::Side;
use crate::message::Message;
use crate::slot::{MAX_NAME, SlotCode, Slots, Value};
use crate::state::State;
use crate::stop::{Phase, StopCall};
use crate::units::Timestamp;
use stop::not_open;

mod alarm;
mod elements;
mod hotline;
mod incident;
mod line;
mod notice;
mod refusal;
mod stop;
mod watch;

pub use hotline::BY_RULES;
pub use incident::IncidentRefused;
pub(crate) use incident::{
    is_in_the_future, is_of_area, lacks_second, says_where, states_something,
};
pub(crate) use notice::required;
pub use refusal::CommandRefused;

/// The most drafts kept at once, with those that were released and may be amended.
pub const MAX_DRAFTS: usize = 50_000;

/// A step that a command leads to, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decided {
    Fact(Event),
    /// It is refused, and the attempt is journalled.
    Denied(Event, CommandRefused),
    /// Say it under the line's standing release.
    SayStanding(Message),
    /// Say it if the release rules let it go.
    SayByRules {
        message: Message,
        terms: ReleaseTerms,
        notice: Option<NoticeId>,
    },
}

type Outcome = Result<Vec<Decided>, CommandRefused>;

impl State {
    /// What `command` leads to now, or why it is refused. Whatever needs geometry (drafts, read-back) was checked before.
    ///
    /// # Errors
    /// A [`CommandRefused`], written for the officer.
    pub fn decide(&self, acting: Acting, command: &Command, now: Timestamp) -> Outcome {
        self.may_act(acting, command)?;
        match command {
            Command::TakeWatch { desk } => self.take_watch(acting, *desk, now),
            Command::Watch(command) => self.watch_command(acting, command, now),
            Command::Incident(command) => self.incident_command(acting, command, now),
            Command::LeaveWatch { desk } => Ok(vec![Decided::Fact(Event::WatchLeft {
                desk: *desk,
                officer: acting.officer,
            })]),
            Command::Stop { lines, desk, slots } => self.stop(acting, lines, *desk, slots),
            Command::StopDetails { call, slots } => {
                let call = self.our_call(*call, now)?;
                self.stop_details(acting, call, slots)
            }
            Command::RenewStop { call } => {
                let call = self.our_call(*call, now)?;
                let terms = self.lines.get(&call.entry.log.line);
                let phase = terms.map(|view| call.phase(&view.arrangement.stop, now));
                if phase == Some(Phase::LimitReached) {
                    let hint = "if it is needed again, make a new stop call";
                    return Err(not_open(call, Phase::LimitReached, hint));
                }
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
                let paused = |other: &StopCall| other.ended.is_none() && other.is_paused();
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
            Command::Displayed { entry } if self.hotline.phrases.contains_key(entry) => {
                self.phrase_displayed(acting, *entry, now)
            }
            Command::Displayed { entry } => match self.incidents.said.get(entry) {
                Some(incident) => self.incident_displayed(acting, incident, now),
                None => self.displayed(acting, *entry, now),
            },
            Command::ReadBack { entry, items } if self.hotline.phrases.contains_key(entry) => {
                self.phrase_read_back(acting, *entry, items)
            }
            Command::ReadBack { entry, items } => {
                let notice = self.their_live_notice(*entry, now)?;
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
                let notice = self.their_live_notice(*entry, now)?;
                let mut slots =
                    named(name.as_deref())?.with(SlotCode::Answer, Value::Code(answer.number()))?;
                self.remark(notice.line(), &mut slots, remarks.as_ref())?;
                let message = self.about_notice(acting, notice, Kind::Answer, slots)?;
                Ok(vec![say(message, remarks.as_ref())])
            }
            Command::SayPhrase {
                line,
                desk,
                slots,
                terms,
            } => self.say_phrase(acting, *line, *desk, slots, terms.as_ref()),
            Command::TranslatePhrase {
                entry,
                amends,
                language,
                text,
                name,
                terms,
            } => {
                let slots = named(name.as_deref())?
                    .with(SlotCode::Language, Value::Slug(*language))?
                    .with(SlotCode::Text, Value::Text(text.clone()))?;
                self.translate(acting, *entry, *amends, slots, terms)
            }
            Command::ChallengeTranslation {
                entry,
                text,
                name,
                terms,
            } => {
                if text.trim().is_empty() {
                    return Err(CommandRefused::ChallengeWithoutWords);
                }
                let slots =
                    named(name.as_deref())?.with(SlotCode::Text, Value::Text(text.clone()))?;
                self.challenge(acting, *entry, slots, terms)
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
            Command::EnrolElement { element, name } => self.enrol(*element, name),
            Command::UnenrolElement { element } => self.unenrol(*element),
            Command::ConsentToStopCalls {
                element,
                line,
                place,
                named,
                how,
            } => self.consent_to_stop_calls(acting, *element, *line, [*place, *named], *how),
            Command::ConsentToSite {
                notice,
                line,
                given,
                how,
            } => self.consent_to_site(acting, *notice, *line, *given, *how),
            Command::StopForElement {
                element,
                lines,
                slots,
            } => self.stop_for_element(acting, *element, lines, slots),
            Command::EnrolUnit {
                unit,
                desk,
                described,
            } => self.enrol_unit(*unit, *desk, described),
            Command::ChangeUnit {
                unit,
                desk,
                described,
            } => self.change_unit(*unit, *desk, described),
            Command::StandDownUnit { unit } => self.stand_down_unit(*unit),
            Command::RelayReceipt {
                unit,
                subject,
                read_back,
            } => self.relay_receipt(acting, *unit, *subject, *read_back, now),
            Command::TellDownstream { entry, said } => {
                self.tell_downstream(acting, *entry, *said, now)
            }
            Command::AskExport { export, line, why } => {
                let asked = self.ask_export(*export, *line, why, now)?;
                Ok(vec![Decided::Fact(asked)])
            }
            Command::AllowExport { export } => {
                let allowed = self.allow_export(acting.officer, *export, now)?;
                Ok(vec![or_denied(*export, allowed)])
            }
            Command::RefuseExport { export } => {
                let refused = self.refuse_export(acting.officer, *export, now)?;
                Ok(vec![Decided::Fact(refused)])
            }
            Command::CarryOutExport {
                export,
                sites,
                digest,
            } => {
                let held = (*sites, *digest);
                let carried = self.carry_out_export(acting.officer, *export, held, now)?;
                Ok(vec![or_denied(*export, carried)])
            }
        }
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

/// A step of an export, or its refusal; both are in the journal.
fn or_denied(export: ExportId, decided: Result<Event, ExportDenial>) -> Decided {
    match decided {
        Ok(event) => Decided::Fact(event),
        Err(why) => Decided::Denied(
            Event::ExportRefused { export, why },
            CommandRefused::Export(why),
        ),
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

pub(crate) fn own_slots(kind: Kind, slots: &Slots) -> Result<(), CommandRefused> {
    match slots.iter().find(|(slot, _)| !kind.slots().contains(slot)) {
        Some((slot, _)) => Err(CommandRefused::ForeignSlot { kind, slot }),
        None => Ok(()),
    }
}

fn named(name: Option<&str>) -> Result<Slots, CommandRefused> {
    match name {
        Some(name) if name.len() > MAX_NAME => Err(CommandRefused::NameTooLong),
        Some(name) => Ok(Slots::new().with(SlotCode::Name, Value::Name(name.to_owned()))?),
        None => Ok(Slots::new()),
    }
}
