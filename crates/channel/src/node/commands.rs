//! What officers do: whether it can be done now, and what it led to.

use super::{Node, Step};
use crate::effect::{Done, Effect, NotStopped, Refusal};
use crate::ground;
use crate::input::Disk;
use crate::look::Looked;
use model::code::Desk;
use model::command::{Acting, Command, IncidentCommand};
use model::decide::Decided;
use model::event::{Actor, Event};
use model::ids::LineId;
use model::said::Says as _;
use model::slot::Slots;
use model::watch::{Order, WatchEvent};

impl Step<'_> {
    pub(super) fn command(
        &mut self,
        by: Acting,
        command: Command,
        looked: &[Looked],
    ) -> Result<Done, Refusal> {
        self.can_send(&command)?;
        self.node.geometry(&command)?;
        self.node.clear(&command, looked)?;
        let steps = self
            .node
            .state
            .decide(by, &command, self.now)
            .map_err(|refused| Refusal::Invalid(refused.said()))?;
        let actor = Actor::Officer(by.officer);
        let mut said = Vec::new();
        let mut stopped = Vec::new();
        let mut released = Vec::new();
        for step in steps {
            match step {
                Decided::Fact(event) => self.record(actor, event),
                Decided::Denied(event, refused) => {
                    self.record(actor, event);
                    return Err(Refusal::NotAllowed(refused.said()));
                }
                Decided::SayStanding(message) => {
                    let (line, desk) = (message.line, message.desk);
                    match (&command, self.say_standing(actor, message)) {
                        (Command::Stop { slots, .. }, Ok(call)) => {
                            stopped.push(Ok(self.stop_sent(call, call, desk, slots)));
                        }
                        (Command::StopForElement { element, slots, .. }, Ok(call)) => {
                            let element = *element;
                            self.record(actor, Event::CalledForElement { call, element });
                            stopped.push(Ok(self.stop_sent(call, call, desk, slots)));
                        }
                        (Command::Stop { .. } | Command::StopForElement { .. }, Err(refused)) => {
                            let telephone = self.node.telephone(line, desk);
                            stopped.push(Err(NotStopped {
                                line,
                                refused,
                                telephone,
                            }));
                        }
                        (_other, said_or_not) => said.push(said_or_not?),
                    }
                }
                Decided::SayByRules {
                    message,
                    terms,
                    notice,
                } => {
                    let line = message.line;
                    released.push((line, self.say_by_rules(actor, message, terms, notice)?));
                }
            }
        }
        if let Command::AcceptStop { call, .. } = &command {
            self.tell_units_to_pause(*call);
        }
        Ok(match command {
            Command::Stop { .. } | Command::StopForElement { .. } => match &stopped[..] {
                [Err(not), rest @ ..] if rest.iter().all(Result::is_err) => {
                    return Err(not.refused.clone());
                }
                _on_some => Done::Stopped(stopped),
            },
            Command::StopDetails { call, slots } if !said.is_empty() => {
                let desk = self.node.state.calls.get(&call).map(|call| call.desk);
                let desk = desk.unwrap_or(Desk::Air);
                Done::Detailed(
                    said[0],
                    Box::new(self.stop_sent(said[0], call, desk, &slots)),
                )
            }
            _other if !released.is_empty() => Done::Released(released),
            _other if !said.is_empty() => Done::Said(said),
            _other => Done::Done,
        })
    }

    /// As [`Self::command`], on somebody's order: that is recorded with what came of it, also where it was denied.
    pub(super) fn directed(
        &mut self,
        by: Acting,
        command: Command,
        looked: &[Looked],
        order: Order,
    ) -> Result<Done, Refusal> {
        let before = self.effects.len();
        let done = self.command(by, command, looked);
        let is_record = |effect: &&Effect| matches!(effect, Effect::Append(_) | Effect::Send(_));
        let acts = self.effects[before..].iter().filter(is_record).count();
        if acts > 0 {
            let event = WatchEvent::Directed {
                acts: u32::try_from(acts).unwrap_or(u32::MAX),
                order: Some(order),
            };
            self.record(Actor::Officer(by.officer), Event::Watch(event));
        }
        done
    }

    fn can_send(&self, command: &Command) -> Result<(), Refusal> {
        match self.node.disk {
            Disk::Well => Ok(()),
            Disk::Full if command.is_urgent() => Ok(()),
            Disk::Full => Err(Refusal::DiskFull(self.all_numbers())),
            Disk::Failed => Err(Refusal::CannotSend(self.all_numbers())),
        }
    }

    /// Of every other party, each with whose they are: no line is left to ask on.
    pub(super) fn all_numbers(&self) -> String {
        let numbers = self.node.state.lines.values().flat_map(|view| {
            let theirs = view.arrangement.fallback.iter();
            theirs
                .filter(|of| of.party == view.peer && !of.numbers.is_empty())
                .map(|of| format!("{}, {}: {}", of.party, of.desk, of.numbers.join(", ")))
        });
        numbers.collect::<Vec<_>>().join("; ")
    }
}

impl Node {
    /// What geometry has to say to a command, before it is decided.
    pub(crate) fn geometry(&self, command: &Command) -> Result<(), Refusal> {
        let node = self;
        let invalid = |unsound: ground::Unsound| Refusal::Invalid(unsound.words);
        let on_line = |line: &LineId, slots: &Slots| match (
            node.state.arrangement(*line),
            node.areas.get(line),
        ) {
            (Some(arrangement), Some(area)) => {
                ground::check(slots, arrangement, area).map_err(invalid)
            }
            (Some(_), None) => Err(invalid(ground::Unsound::area_undrawn())),
            // Whether the line is in force is for `decide` to say.
            (None, _) => Ok(()),
        };
        match command {
            Command::DraftNotice { desk, slots, .. } => {
                ground::check_shape(slots).map_err(invalid)?;
                // A draft must hold on at least one line of the desk; on release, on each that it goes to.
                let mut lines = node
                    .state
                    .lines_of(*desk)
                    .map(|(line, _)| on_line(&line, slots))
                    .collect::<Vec<_>>();
                match lines.iter().any(Result::is_ok) || lines.is_empty() {
                    true => Ok(()),
                    false => lines.swap_remove(0),
                }
            }
            Command::ReleaseNotice { notice, lines, .. } => match node.state.drafts.get(notice) {
                Some(draft) => (lines.iter()).try_for_each(|line| on_line(line, &draft.slots)),
                None => Ok(()),
            },
            Command::Stop { slots, .. } | Command::StopForElement { slots, .. } => {
                ground::check_shape(slots).map_err(invalid)
            }
            Command::StopDetails { slots, .. } => ground::check_shape(slots).map_err(invalid),
            Command::ReadBack { entry, items } => {
                let notice = node
                    .state
                    .notices
                    .get(entry)
                    .and_then(|notice| notice.content.slots());
                notice.map_or(Ok(()), |slots| {
                    ground::read_back(slots, items).map_err(invalid)
                })
            }
            Command::Incident(
                IncidentCommand::Claim { line, slots, .. }
                | IncidentCommand::Warn { line, slots, .. },
            ) => match node.state.arrangement(*line) {
                Some(arrangement) => ground::check_where(slots, arrangement).map_err(invalid),
                None => Ok(()),
            },
            Command::Incident(
                IncidentCommand::Answer { .. }
                | IncidentCommand::State { .. }
                | IncidentCommand::Withdraw { .. }
                | IncidentCommand::Receive { .. },
            )
            | Command::TakeWatch { .. }
            | Command::Watch(_)
            | Command::LeaveWatch { .. }
            | Command::RenewStop { .. }
            | Command::AcceptStop { .. }
            | Command::AnswerStop { .. }
            | Command::EndPause { .. }
            | Command::LiftStop { .. }
            | Command::ResumeAfterStop { .. }
            | Command::StopRaisedInError { .. }
            | Command::DiscardNotice { .. }
            | Command::WithdrawNotice { .. }
            | Command::Displayed { .. }
            | Command::AnswerNotice { .. }
            | Command::SayPhrase { .. }
            | Command::TranslatePhrase { .. }
            | Command::ChallengeTranslation { .. }
            | Command::CheckLine { .. }
            | Command::AnswerLineCheck { .. }
            | Command::SetStanding { .. }
            | Command::SilenceAlarm { .. }
            | Command::AcknowledgeAlarm { .. }
            | Command::EnrolElement { .. }
            | Command::UnenrolElement { .. }
            | Command::ConsentToStopCalls { .. }
            | Command::ConsentToSite { .. }
            | Command::StandDownUnit { .. }
            | Command::RelayReceipt { .. }
            | Command::TellDownstream { .. }
            | Command::AskExport { .. }
            | Command::AllowExport { .. }
            | Command::RefuseExport { .. }
            | Command::CarryOutExport { .. } => Ok(()),
            Command::EnrolUnit { described, .. } | Command::ChangeUnit { described, .. } => {
                crate::units::check(described)
            }
        }
    }
}
