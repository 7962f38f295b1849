//! Elements: the forces and organisations that this party speaks for, and what they have consented to.
//!
//! Enrolment and consent are facts of the journal, not settings: an oversight body asks who consented to what, when, and
//! how that was given. Consent is per recipient, which is per line; of a site it is per notice besides. What was never
//! consented to is refused, or goes without what would tell.

use crate::code::{ConsentGiven, Desk};
use crate::event::Actor;
use crate::ids::{ElementId, LineId, NoticeId};
use crate::line::EntryRef;
use crate::slot::{SlotCode, Slots};
use crate::units::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The most elements that one node speaks for.
pub const MAX_ELEMENTS: usize = 1_000;

/// The most drafts of one element kept at once: one organisation cannot take the room of the others.
pub const MAX_DRAFTS_OF_ELEMENT: usize = 5_000;

/// What a stop call says of where it is: each of them tells the place.
pub const TELLS_PLACE: [SlotCode; 3] = [SlotCode::Place, SlotCode::Second, SlotCode::Area];
/// What a stop call says of who calls.
pub const TELLS_NAME: [SlotCode; 2] = [SlotCode::Element, SlotCode::Contact];

/// An element that this party speaks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enrolled {
    /// What it is called here; empty where that was destroyed. It never leaves this node.
    pub name: String,
    pub since: Timestamp,
    /// When this party ended speaking for it. It is known still while something of it stands: that stays its own.
    pub ended: Option<Timestamp>,
    /// What its stop calls may carry to the party at the other end of each line. A line that is not here: neither.
    pub consents: BTreeMap<LineId, StopConsent>,
}

/// What the stop calls of an element may carry on one line. Without it they go all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StopConsent {
    /// Where it is.
    pub place: bool,
    /// Which element it is; in a notice too.
    pub named: bool,
    pub noted: Noted,
}

/// Whether a site may be told to the party at the other end of one line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SiteConsent {
    /// `false`: it was given, or never, and is withdrawn.
    pub given: bool,
    pub noted: Noted,
}

/// When a consent was noted, on whose act, and how it was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Noted {
    pub at: Timestamp,
    pub by: Actor,
    pub how: ConsentGiven,
}

/// The elements, their consents and their stop calls. A fold over the journal.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Elements {
    enrolled: BTreeMap<ElementId, Enrolled>,
    sites: BTreeMap<NoticeId, BTreeMap<LineId, SiteConsent>>,
    /// Of those, the ones that were withdrawn: what was said under them is to be taken back.
    withdrawn: BTreeSet<(NoticeId, LineId)>,
    /// Stop calls of ours in view that were made for an element, named in them or not.
    calls: BTreeMap<EntryRef, ElementId>,
    /// Elements that have called, and the desk that has not looked at it yet.
    unseen: BTreeMap<ElementId, Desk>,
}

impl Elements {
    pub fn enrolled(&self) -> impl Iterator<Item = (ElementId, &Enrolled)> {
        self.enrolled
            .iter()
            .map(|(element, enrolled)| (*element, enrolled))
    }

    pub fn element(&self, element: ElementId) -> Option<&Enrolled> {
        self.enrolled.get(&element)
    }

    pub fn len(&self) -> usize {
        self.enrolled.len()
    }

    pub fn is_empty(&self) -> bool {
        self.enrolled.is_empty()
    }

    /// What was said about telling the site of `notice`, line by line.
    pub fn of_site(&self, notice: NoticeId) -> impl Iterator<Item = (LineId, &SiteConsent)> {
        let of_lines = self.sites.get(&notice).into_iter().flatten();
        of_lines.map(|(line, consent)| (*line, consent))
    }

    /// Whether the site of `notice`, as it is drafted now, may be told on `line`.
    pub fn may_tell(&self, notice: NoticeId, line: LineId) -> bool {
        let of_lines = self.sites.get(&notice);
        of_lines.is_some_and(|of| of.get(&line).is_some_and(|consent| consent.given))
    }

    /// Sites whose consent was withdrawn, with the line.
    pub fn withdrawn(&self) -> impl Iterator<Item = (NoticeId, LineId)> {
        self.withdrawn.iter().copied()
    }

    /// For whom a stop call of ours was made.
    pub fn caller(&self, call: EntryRef) -> Option<ElementId> {
        self.calls.get(&call).copied()
    }

    /// Elements that have called, with the desk that has not looked yet.
    pub fn unseen(&self) -> impl Iterator<Item = (ElementId, Desk)> {
        self.unseen.iter().map(|(element, desk)| (*element, *desk))
    }

    /// Whether `element` may be named to the party at the other end of `line`.
    pub fn may_name(&self, element: ElementId, line: LineId) -> bool {
        self.consent(element, line)
            .is_some_and(|consent| consent.named)
    }

    /// Whether stop calls for `element` may say where it is, to the party at the other end of `line`.
    pub fn may_place(&self, element: ElementId, line: LineId) -> bool {
        self.consent(element, line)
            .is_some_and(|consent| consent.place)
    }

    /// What a stop call for `element` carries on `line`: what was given, less what it has not consented to.
    pub fn within_consent(&self, element: ElementId, line: LineId, mut slots: Slots) -> Slots {
        let mut take_out = |told: &[SlotCode]| {
            for slot in told {
                slots.remove(*slot);
            }
        };
        if !self.may_place(element, line) {
            take_out(&TELLS_PLACE);
        }
        if !self.may_name(element, line) {
            take_out(&TELLS_NAME);
        }
        slots
    }

    fn consent(&self, element: ElementId, line: LineId) -> Option<&StopConsent> {
        self.enrolled.get(&element)?.consents.get(&line)
    }

    // ---- the fold

    /// Enrolled, or named otherwise: what was consented to stays.
    pub(crate) fn enrol(&mut self, element: ElementId, name: &str, at: Timestamp) {
        let enrolled = self.enrolled.entry(element).or_insert_with(|| Enrolled {
            name: String::new(),
            since: at,
            ended: None,
            consents: BTreeMap::new(),
        });
        if enrolled.ended.take().is_some() {
            enrolled.since = at;
        }
        name.clone_into(&mut enrolled.name);
    }

    /// What it consented to is over, and it is forgotten where nothing of it stands.
    pub(crate) fn unenrol(&mut self, element: ElementId, at: Timestamp, stands: bool) {
        if !stands {
            self.enrolled.remove(&element);
        } else if let Some(enrolled) = self.enrolled.get_mut(&element) {
            enrolled.ended = Some(at);
            enrolled.consents.clear();
        }
    }

    pub(crate) fn consented(&mut self, element: ElementId, line: LineId, consent: StopConsent) {
        if let Some(enrolled) = self.enrolled.get_mut(&element) {
            enrolled.consents.insert(line, consent);
        }
    }

    pub(crate) fn site_consented(&mut self, notice: NoticeId, line: LineId, consent: SiteConsent) {
        match consent.given {
            true => self.withdrawn.remove(&(notice, line)),
            false => self.withdrawn.insert((notice, line)),
        };
        self.sites.entry(notice).or_default().insert(line, consent);
    }

    /// The draft says something else now: what was consented to was another thing. A withdrawal stays.
    pub(crate) fn site_changed(&mut self, notice: NoticeId) {
        if let Some(of_lines) = self.sites.get_mut(&notice) {
            of_lines.retain(|_, consent| !consent.given);
        }
    }

    pub(crate) fn forget_site(&mut self, notice: NoticeId) {
        if let Some(of_lines) = self.sites.remove(&notice) {
            for line in of_lines.into_keys() {
                self.withdrawn.remove(&(notice, line));
            }
        }
    }

    pub(crate) fn called(&mut self, call: EntryRef, element: ElementId, desk: Desk) {
        self.calls.insert(call, element);
        self.unseen.insert(element, desk);
    }

    pub(crate) fn forget_call(&mut self, call: EntryRef) {
        self.calls.remove(&call);
    }

    /// A person of the desk has looked.
    pub(crate) fn seen(&mut self, element: ElementId) {
        self.unseen.remove(&element);
    }
}

/// The element that slots name, if they name one.
pub fn named_in(slots: &Slots) -> Option<ElementId> {
    slots.text(SlotCode::Element)?.parse().ok()
}
