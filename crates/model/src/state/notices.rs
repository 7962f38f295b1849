//! Notices in view, the drafts that they came of, and the answers owed.

use super::State;
use super::incidents::Came;
use crate::code::{Desk, RefusalReason};
use crate::ids::{LineId, NoticeId};
use crate::kind::Kind;
use crate::line::{EntryRef, LogRef, Side};
use crate::message::{Content, Header};
use crate::notice::Notice;
use crate::slot::{SlotCode, Slots, Value};
use crate::units::Timestamp;

impl State {
    pub(super) fn notified(
        &mut self,
        entry: EntryRef,
        kind: Kind,
        header: &Header,
        content: &Content,
        draft: Option<NoticeId>,
        refused: Option<RefusalReason>,
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
            refused,
            left_behind: false,
        };
        // What is refused takes no other's place.
        let amended = notice.amends().filter(|_| refused.is_none());
        if let Some(amended) = amended {
            if let Some(earlier) = self.notices.get_mut(&amended) {
                earlier.amended_by = Some(entry);
            }
            self.needs_no_answer(amended);
            let due = self.receipt_due(entry, header.sent_at);
            self.units.amended(amended, entry, due);
        }
        if let Some(draft) = draft.and_then(|id| self.drafts.get_mut(&id)) {
            draft.released.push(entry);
        }
        if let Some(leaves) = notice.leaves_view() {
            self.leaving.insert((leaves, entry));
        }
        if let (Side::Peer, None, Some(due)) = (entry.log.side, refused, self.answer_due(&notice)) {
            self.unanswered
                .insert((entry.log.line, notice.desk, due, entry));
            if let Some(window) = content.slots().and_then(Slots::window) {
                self.ending.insert((window.until(), entry));
            }
        }
        self.notices.insert(entry, notice);
        self.catch_up(entry);
    }

    pub(super) fn refused_here(
        &mut self,
        at: Timestamp,
        entry: EntryRef,
        header: &Header,
        content: &Content,
        reason: RefusalReason,
    ) {
        // A refused notice is shown as refused; whatever else was refused changes nothing.
        if let Some(kind) = header.known_kind().filter(|kind| kind.is_notice()) {
            self.notified(entry, kind, header, content, None, Some(reason));
        }
        if header.known_kind() == Some(Kind::Phrase) {
            self.hotline
                .said(at, entry, header, content, None, Some(reason));
        }
        if let Some(kind @ (Kind::Claim | Kind::Warning)) = header.known_kind() {
            let came = Came {
                entry,
                kind,
                header,
                content,
            };
            self.incident_begun(came, None, None, Some(reason));
        }
    }

    /// The other party refused a notice of ours: what that was to take the place of stands as before, there as here.
    pub(super) fn refused_there(&mut self, entry: EntryRef, reason: Option<RefusalReason>) {
        self.hotline.refused(entry, reason);
        self.incidents.refused(entry, reason);
        let Some(notice) = self.notices.get_mut(&entry) else {
            return;
        };
        notice.refused = reason;
        let amended = notice.amends().and_then(|of| self.notices.get_mut(&of));
        if let Some(earlier) = amended.filter(|earlier| earlier.amended_by == Some(entry)) {
            earlier.amended_by = None;
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

    pub(super) fn needs_no_answer(&mut self, entry: EntryRef) {
        let Some(notice) = self.notices.get(&entry) else {
            return;
        };
        if let Some(due) = self.answer_due(notice) {
            self.unanswered
                .remove(&(entry.log.line, notice.desk, due, entry));
        }
    }

    /// The peer's word for when ours arrived: a batch, from the entry named as subject.
    pub(super) fn arrivals(&mut self, said_in: EntryRef, subject: Option<EntryRef>, slots: &Slots) {
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
            if let Some(phrase) = self.hotline.phrases.get_mut(&entry) {
                phrase.arrived.get_or_insert(*at);
            }
            if let Some(incident) = self.incidents.said.get_mut(&entry) {
                incident.arrived.get_or_insert(*at);
            }
        }
    }

    pub(super) fn delivered(&mut self, log: LogRef, size: u64, at: Timestamp) {
        let first = EntryRef { log, index: 0 };
        let end = EntryRef { log, index: size };
        // Newest first: as soon as one is known to be delivered, all before it are.
        for (_, notice) in self.notices.range_mut(first..end).rev() {
            if notice.receipts.delivered.is_some() {
                break;
            }
            notice.receipts.delivered = Some(at);
        }
        for (_, phrase) in self.hotline.phrases.range_mut(first..end).rev() {
            if phrase.delivered.is_some() {
                break;
            }
            phrase.delivered = Some(at);
        }
        for (_, incident) in self.incidents.said.range_mut(first..end).rev() {
            if incident.delivered.is_some() {
                break;
            }
            incident.delivered = Some(at);
        }
        for (_, call) in self.calls.range_mut(first..end).rev() {
            if call.delivered.is_some() {
                break;
            }
            call.delivered = Some(at);
        }
        self.renewals_delivered(log, size, at);
    }

    pub(super) fn receipt(&mut self, subject: Option<EntryRef>, change: impl FnOnce(&mut Notice)) {
        if let Some(notice) = subject.and_then(|s| self.notices.get_mut(&s)) {
            change(notice);
        }
    }

    /// A draft leaves with the last notice that it was released as.
    pub(super) fn clear_draft(&mut self, draft: Option<NoticeId>, left: EntryRef) {
        let Some((id, draft)) = draft.and_then(|id| Some((id, self.drafts.get_mut(&id)?))) else {
            return;
        };
        draft.released.retain(|entry| *entry != left);
        if draft.released.is_empty() {
            self.drafts.remove(&id);
            self.elements.forget_site(id);
        }
    }
}
