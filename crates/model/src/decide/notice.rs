//! Notices: drafted, released, withdrawn, shown, answered.

use super::refusal::CommandRefused;
use super::{Decided, MAX_DRAFTS, Outcome, own_slots};
use crate::code::Desk;
use crate::command::{Acting, ReleaseTerms};
use crate::element::TELLS_NAME;
use crate::event::Event;
use crate::ids::{LineId, NoticeId};
use crate::kind::Kind;
use crate::line::{EntryRef, Side};
use crate::message::{Content, Message};
use crate::notice::Notice;
use crate::slot::{SlotCode, Slots, Value};
use crate::state::State;
use crate::units::Timestamp;

impl State {
    pub(super) fn draft(&self, notice: NoticeId, kind: Kind, desk: Desk, slots: &Slots) -> Outcome {
        if !kind.is_notice() {
            return Err(CommandRefused::NotANotice(kind));
        }
        own_slots(kind, slots)?;
        self.keeps_element(notice, slots)?;
        if self.drafts.len() >= MAX_DRAFTS && !self.drafts.contains_key(&notice) {
            return Err(CommandRefused::TooManyDrafts);
        }
        self.has_room_for_element(notice, slots)?;
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

    pub(super) fn release(
        &self,
        acting: Acting,
        notice: NoticeId,
        lines: &[LineId],
        terms: &ReleaseTerms,
        now: Timestamp,
    ) -> Outcome {
        if !self.drafts.contains_key(&notice) {
            return Err(CommandRefused::UnknownDraft);
        }
        for line in lines.iter().filter(|line| self.lines.contains_key(line)) {
            self.may_tell(notice, *line)?;
        }
        self.would_release(acting, notice, lines, terms, now)
    }

    /// As a release would be decided if every consent that it needs were given: what an element is shown before it consents.
    ///
    /// # Errors
    /// As [`State::decide`], less those for want of consent.
    pub fn would_release(
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
        if lines.is_empty() {
            return Err(CommandRefused::NoLineNamed);
        }
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
                let mut terms = terms.clone();
                if let Some(element) = self.enrolled_in(&draft.slots) {
                    if terms.element.is_some_and(|named| named != element) {
                        return Err(CommandRefused::DraftOfElement(element));
                    }
                    terms.element = Some(element);
                    if !self.elements.may_name(element, *line) {
                        TELLS_NAME.iter().for_each(|slot| {
                            message.slots.remove(*slot);
                        });
                    }
                }
                let stands = |entry: &&EntryRef| {
                    entry.log.line == *line
                        && self.notices.get(entry).is_some_and(|said| {
                            said.withdrawn.is_none()
                                && said.refused.is_none()
                                && said.amended_by.is_none()
                        })
                };
                if let Some(earlier) = draft.released.iter().rev().find(stands) {
                    // Said on this line before: the new one takes its place, and asks for new receipts.
                    message
                        .slots
                        .set(SlotCode::Amends, Value::Subject(earlier.as_subject()))?;
                }
                Ok(Decided::SayByRules {
                    message,
                    terms,
                    notice: Some(notice),
                })
            })
            .collect()
    }

    pub(super) fn displayed(&self, acting: Acting, entry: EntryRef, now: Timestamp) -> Outcome {
        let notice = self.their_notice(entry)?;
        if notice.receipts.displayed.is_some() {
            return Ok(Vec::new());
        }
        let slots = Slots::new().with(SlotCode::ShownAt, Value::Time(now))?;
        let message = self.about_notice(acting, notice, Kind::Displayed, slots)?;
        Ok(vec![Decided::SayStanding(message)])
    }

    pub(crate) fn their_notice(&self, entry: EntryRef) -> Result<&Notice, CommandRefused> {
        let notice = self
            .notices
            .get(&entry)
            .ok_or(CommandRefused::UnknownNotice)?;
        match notice.side() {
            Side::Peer => Ok(notice),
            Side::Own => Err(CommandRefused::NoticeIsOurs),
        }
    }

    /// One that there is still something to do with.
    pub(crate) fn their_live_notice(
        &self,
        entry: EntryRef,
        now: Timestamp,
    ) -> Result<&Notice, CommandRefused> {
        let notice = self.their_notice(entry)?;
        match notice.is_live(now) {
            true => Ok(notice),
            false => Err(CommandRefused::NoticeNotLive(notice.state(now).name())),
        }
    }

    pub(crate) fn about_notice(
        &self,
        acting: Acting,
        notice: &Notice,
        kind: Kind,
        slots: Slots,
    ) -> Result<Message, CommandRefused> {
        let slots = slots.with(SlotCode::Subject, Value::Subject(notice.entry.as_subject()))?;
        self.message(acting, notice.line(), notice.desk, kind, slots)
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
