//! Elements: enrolled, asked for their consent, and what their own officers may do.

use super::refusal::CommandRefused;
use super::{Decided, Outcome};
use crate::code::{ConsentGiven, Role};
use crate::command::{Acting, Command};
use crate::element::{MAX_DRAFTS_OF_ELEMENT, MAX_ELEMENTS, named_in};
use crate::event::Event;
use crate::ids::{ElementId, LineId, NoticeId};
use crate::kind::Kind;
use crate::line::EntryRef;
use crate::slot::{SlotCode, Slots, Value};
use crate::state::{LineView, State};

impl State {
    /// Whether whoever acts may ask for that at all. An officer of an element acts for it and for nobody else: what is not
    /// its own is to them as if it were not there.
    pub(super) fn may_act(&self, acting: Acting, command: &Command) -> Result<(), CommandRefused> {
        let element = match (acting.role, acting.element) {
            (Role::Node, _) => return Err(CommandRefused::Role(Role::Node)),
            (Role::Represented, Some(element)) => element,
            (Role::Represented, None) => return Err(CommandRefused::NoElement),
            (_of_the_desk, None) => return Ok(()),
            (role, Some(_)) => return Err(CommandRefused::Role(role)),
        };
        let is_its = |is: bool, else_: CommandRefused| is.then_some(()).ok_or(else_);
        let own_call = |call: &EntryRef| {
            let is = self.element_of_call(*call) == Some(element);
            is_its(is, CommandRefused::UnknownCall)
        };
        let own_draft = |draft: &NoticeId| {
            let is = self.element_of_draft(*draft) == Some(element);
            is_its(is, CommandRefused::UnknownDraft)
        };
        match command {
            Command::StopForElement { element: of, .. }
            | Command::ConsentToStopCalls { element: of, .. } => {
                is_its(*of == element, CommandRefused::OtherElement(element))
            }
            Command::StopDetails { call, .. }
            | Command::RenewStop { call }
            | Command::LiftStop { call }
            | Command::StopRaisedInError { call } => own_call(call),
            Command::DraftNotice { notice, slots, .. } => {
                self.enrolled(element)?;
                if self.drafts.contains_key(notice) {
                    own_draft(notice)?;
                }
                let is = named_in(slots) == Some(element);
                is_its(is, CommandRefused::OtherElement(element))
            }
            Command::DiscardNotice { notice } | Command::ConsentToSite { notice, .. } => {
                own_draft(notice)
            }
            Command::TakeWatch { .. }
            | Command::Watch(_)
            | Command::Incident(_)
            | Command::LeaveWatch { .. }
            | Command::Stop { .. }
            | Command::AcceptStop { .. }
            | Command::AnswerStop { .. }
            | Command::EndPause { .. }
            | Command::ResumeAfterStop { .. }
            | Command::ReleaseNotice { .. }
            | Command::WithdrawNotice { .. }
            | Command::Displayed { .. }
            | Command::ReadBack { .. }
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
            | Command::EnrolUnit { .. }
            | Command::ChangeUnit { .. }
            | Command::StandDownUnit { .. }
            | Command::RelayReceipt { .. }
            | Command::TellDownstream { .. }
            | Command::AskExport { .. }
            | Command::AllowExport { .. }
            | Command::RefuseExport { .. }
            | Command::CarryOutExport { .. } => Err(CommandRefused::Role(Role::Represented)),
        }
    }

    pub(super) fn enrol(&self, element: ElementId, name: &str) -> Outcome {
        if name.trim().is_empty() {
            return Err(CommandRefused::ElementNameMissing);
        }
        // As any name that a screen shows: of one line, with nothing hidden in it.
        Slots::new().with(SlotCode::Name, Value::Name(name.to_owned()))?;
        if self.elements.element(element).is_none() && self.elements.len() >= MAX_ELEMENTS {
            return Err(CommandRefused::TooManyElements);
        }
        let name = name.to_owned();
        Ok(vec![Decided::Fact(Event::ElementEnrolled {
            element,
            name,
        })])
    }

    /// Nothing is said to anybody by that: what stands of it is withdrawn by a person, or stays.
    pub(super) fn unenrol(&self, element: ElementId) -> Outcome {
        self.enrolled(element)?;
        Ok(vec![Decided::Fact(Event::ElementUnenrolled { element })])
    }

    pub(super) fn consent_to_stop_calls(
        &self,
        acting: Acting,
        element: ElementId,
        line: LineId,
        [place, named]: [Option<bool>; 2],
        how: Option<ConsentGiven>,
    ) -> Outcome {
        self.enrolled(element)?;
        self.line(line)?;
        Ok(vec![Decided::Fact(Event::ElementConsent {
            element,
            line,
            place: place.unwrap_or_else(|| self.elements.may_place(element, line)),
            named: named.unwrap_or_else(|| self.elements.may_name(element, line)),
            how: how_given(acting, how)?,
        })])
    }

    pub(super) fn consent_to_site(
        &self,
        acting: Acting,
        notice: NoticeId,
        line: LineId,
        given: bool,
        how: Option<ConsentGiven>,
    ) -> Outcome {
        if !self.drafts.contains_key(&notice) {
            return Err(CommandRefused::UnknownDraft);
        }
        let element = self
            .element_of_draft(notice)
            .ok_or(CommandRefused::NobodysSite)?;
        // What is not given any more can be said of one that is gone, too.
        if given {
            self.enrolled(element)?;
        }
        self.line(line)?;
        Ok(vec![Decided::Fact(Event::SiteConsent {
            notice,
            line,
            given,
            how: how_given(acting, how)?,
        })])
    }

    /// On each line at the desk that is for elements. What was not consented to stays here, and holds nothing up.
    pub(super) fn stop_for_element(
        &self,
        acting: Acting,
        element: ElementId,
        lines: &[LineId],
        slots: &Slots,
    ) -> Outcome {
        let all: Vec<LineId>;
        let lines = if lines.is_empty() {
            all = self.lines.keys().copied().collect();
            all.as_slice()
        } else {
            lines
        };
        if lines.is_empty() {
            return Err(CommandRefused::NoLineAtAll);
        }
        let slots = slots
            .clone()
            .with(SlotCode::Element, Value::Slug(element.slug()))?;
        let each = lines.iter().map(|line| {
            let desk = self.line(*line)?.arrangement.desk_for_elements();
            let desk = desk.ok_or(CommandRefused::UnknownLine(*line))?;
            let slots = self.elements.within_consent(element, *line, slots.clone());
            let message = self.message(acting, *line, desk, Kind::StopCall, slots)?;
            Ok(Decided::SayStanding(message))
        });
        each.collect()
    }

    /// What of a stop call, or of details of one, may be said on `line`: where it is for an element, what that consents to.
    pub(super) fn consented(&self, of: Option<ElementId>, line: LineId, slots: &Slots) -> Slots {
        match of.or_else(|| self.enrolled_in(slots)) {
            Some(element) => self.elements.within_consent(element, line, slots.clone()),
            None => slots.clone(),
        }
    }

    /// A draft stays its element's: otherwise it could be told without asking.
    pub(super) fn keeps_element(
        &self,
        draft: NoticeId,
        slots: &Slots,
    ) -> Result<(), CommandRefused> {
        match self.element_of_draft(draft) {
            Some(element) if named_in(slots) != Some(element) => {
                Err(CommandRefused::DraftOfElement(element))
            }
            Some(_) | None => Ok(()),
        }
    }

    /// Whether a new draft of an element is within what one element may have. Counted only where there are so many at all.
    pub(super) fn has_room_for_element(
        &self,
        draft: NoticeId,
        slots: &Slots,
    ) -> Result<(), CommandRefused> {
        let is_new = !self.drafts.contains_key(&draft);
        match self.enrolled_in(slots) {
            Some(element)
                if is_new
                    && self.drafts.len() >= MAX_DRAFTS_OF_ELEMENT
                    && self.drafts_of_element(element) >= MAX_DRAFTS_OF_ELEMENT =>
            {
                Err(CommandRefused::TooManyDraftsOfElement(element))
            }
            Some(_) | None => Ok(()),
        }
    }

    /// Whether the draft of an element may be told on `line`.
    pub(super) fn may_tell(&self, draft: NoticeId, line: LineId) -> Result<(), CommandRefused> {
        let Some(element) = self.element_of_draft(draft) else {
            return Ok(());
        };
        self.enrolled(element)?;
        if self.elements.may_tell(draft, line) {
            return Ok(());
        }
        Err(CommandRefused::NoConsent {
            element,
            line: self.line(line)?.name.to_string(),
        })
    }

    fn enrolled(&self, element: ElementId) -> Result<(), CommandRefused> {
        let found = self.elements.element(element);
        let found = found.filter(|enrolled| enrolled.ended.is_none());
        found
            .map(|_| ())
            .ok_or(CommandRefused::NotEnrolled(element))
    }

    fn line(&self, line: LineId) -> Result<&LineView, CommandRefused> {
        self.lines
            .get(&line)
            .ok_or(CommandRefused::UnknownLine(line))
    }
}

/// How a consent was given: by an officer of the element, who acts, or as the desk was told.
fn how_given(acting: Acting, how: Option<ConsentGiven>) -> Result<ConsentGiven, CommandRefused> {
    match (acting.element, how) {
        (Some(_), _) => Ok(ConsentGiven::ByItsOfficer),
        (None, None | Some(ConsentGiven::ByItsOfficer)) => Err(CommandRefused::HowMissing),
        (None, Some(how)) => Ok(how),
    }
}
