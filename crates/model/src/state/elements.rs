//! What belongs to which element, and what was said that it no longer consents to.

use super::{State, officer};
use crate::arrangement::Arrangement;
use crate::code::{ConsentGiven, Desk};
use crate::element::{Noted, SiteConsent, StopConsent, named_in};
use crate::event::{AlarmCause, Event, Fact};
use crate::ids::{ElementId, NoticeId};
use crate::line::{EntryRef, Side};
use crate::notice::Notice;
use crate::slot::Slots;
use crate::units::Timestamp;

/// Which desk speaks for elements, the first first.
const FOR_ELEMENTS: [Desk; 4] = [Desk::Protection, Desk::Ground, Desk::Air, Desk::Senior];

impl Arrangement {
    /// The desk that speaks for elements on this line, and that their stop calls ring: protection where it is agreed, else
    /// ground, air, senior.
    pub fn desk_for_elements(&self) -> Option<Desk> {
        FOR_ELEMENTS
            .into_iter()
            .find(|desk| self.desks.contains(desk))
    }
}

impl State {
    /// The desk that speaks for elements: the first such desk of any line.
    pub fn desk_for_elements(&self) -> Option<Desk> {
        let on_lines = |desk: &Desk| {
            let mut lines = self.lines.values();
            lines.any(|view| view.arrangement.desk_for_elements() == Some(*desk))
        };
        FOR_ELEMENTS.into_iter().find(on_lines)
    }

    /// Whose draft it is: that of the element which it names, if that is enrolled.
    pub fn element_of_draft(&self, draft: NoticeId) -> Option<ElementId> {
        self.enrolled_in(&self.drafts.get(&draft)?.slots)
    }

    /// How many drafts are this element's.
    pub fn drafts_of_element(&self, element: ElementId) -> usize {
        let drafts = self.drafts.values();
        let of = drafts.filter(|draft| self.enrolled_in(&draft.slots) == Some(element));
        of.count()
    }

    /// Of which element a notice of ours speaks: by its draft, which the other party may not have been told of in full.
    pub fn element_of_notice(&self, entry: EntryRef) -> Option<ElementId> {
        let notice = self.notices.get(&entry)?;
        if notice.side() == Side::Peer {
            return None;
        }
        let by_draft = notice.draft.and_then(|draft| self.element_of_draft(draft));
        by_draft.or_else(|| self.enrolled_in(notice.content.slots()?))
    }

    /// For which element a stop call of ours was made, named in it or not.
    pub fn element_of_call(&self, entry: EntryRef) -> Option<ElementId> {
        let call = self.calls.get(&entry)?;
        if call.caller() == Side::Peer {
            return None;
        }
        let named = || self.enrolled_in(call.details.as_ref()?);
        self.elements.caller(entry).or_else(named)
    }

    /// The element that slots name, where this node speaks for it.
    pub fn enrolled_in(&self, slots: &Slots) -> Option<ElementId> {
        named_in(slots).filter(|element| self.elements.element(*element).is_some())
    }

    /// Notices of ours that are to be heeded and whose element no longer consents to the line: to be withdrawn, by a person.
    pub fn told_without_consent(&self, now: Timestamp) -> impl Iterator<Item = &Notice> {
        self.elements.withdrawn().flat_map(move |(draft, line)| {
            let said = self.drafts.get(&draft).map(|draft| &draft.released);
            let said = said.into_iter().flatten();
            said.filter_map(|entry| self.notices.get(entry))
                .filter(move |notice| notice.line() == line && notice.is_live(now))
        })
    }

    /// Whether that was withdrawn for a notice of ours.
    pub fn is_told_without_consent(&self, notice: &Notice, now: Timestamp) -> bool {
        notice.is_live(now)
            && notice.draft.is_some_and(|draft| {
                self.elements
                    .of_site(draft)
                    .any(|(line, consent)| line == notice.line() && !consent.given)
            })
    }

    /// Folds in what became of elements; any other fact is none of it.
    pub(super) fn element_fact(&mut self, fact: &Fact) {
        let noted = |how: ConsentGiven| Noted {
            at: fact.at,
            by: fact.by,
            how,
        };
        match &fact.event {
            Event::ElementEnrolled { element, name } => {
                self.elements.enrol(*element, name, fact.at);
            }
            Event::ElementUnenrolled { element } => self.unenrolled(*element, fact.at),
            Event::ElementConsent {
                element,
                line,
                place,
                named,
                how,
            } => self.elements.consented(
                *element,
                *line,
                StopConsent {
                    place: *place,
                    named: *named,
                    noted: noted(*how),
                },
            ),
            Event::SiteConsent {
                notice,
                line,
                given,
                how,
            } if self.drafts.contains_key(notice) => {
                let consent = SiteConsent {
                    given: *given,
                    noted: noted(*how),
                };
                self.elements.site_consented(*notice, *line, consent);
            }
            Event::CalledForElement { call, element } => self.called_for(*call, *element),
            Event::AlarmEnded {
                alarm: AlarmCause::ElementCalled { element },
            } if officer(fact.by).is_some() => self.elements.seen(*element),
            Event::NoticeDiscarded { notice } => self.elements.forget_site(*notice),
            _other => {}
        }
    }

    /// Its drafts are told nowhere anew, and stay its own, so that they cannot be told as nobody's; what was told stays in
    /// force until somebody withdraws it.
    fn unenrolled(&mut self, element: ElementId, at: Timestamp) {
        let drafts = self.drafts.iter();
        let drafts: Vec<NoticeId> = drafts
            .filter(|(_, draft)| self.enrolled_in(&draft.slots) == Some(element))
            .map(|(id, _)| *id)
            .collect();
        let stands = !drafts.is_empty()
            || self
                .notices
                .keys()
                .any(|entry| self.element_of_notice(*entry) == Some(element))
            || self
                .calls
                .keys()
                .any(|entry| self.element_of_call(*entry) == Some(element));
        for draft in drafts {
            self.elements.site_changed(draft);
        }
        self.elements.unenrol(element, at, stands);
    }

    fn called_for(&mut self, entry: EntryRef, element: ElementId) {
        let desk = self.calls.get(&entry).map(|call| call.desk);
        if let Some(desk) = desk {
            self.elements.called(entry, element, desk);
        }
    }
}
