//! What is said on a line, by either side, and what it changes.

use super::incidents::Came;
use super::lines::Check;
use super::stops::CALL_KEPT;
use super::{State, officer};
use crate::code::{Answer, Downstream, LineCheckResult, RefusalReason, Standing, WithdrawalReason};
use crate::event::{AlarmCause, Event, Fact};
use crate::ids::NoticeId;
use crate::kind::Kind;
use crate::line::{EntryRef, Side};
use crate::message::{Content, Header};
use crate::notice::{AnsweredNotice, Receipt, Withdrawn};
use crate::slot::{SlotCode, Slots};
use crate::units::Timestamp;

/// What was fetched back ahead of what it speaks of: so much at most. More stays in the record alone.
const MAX_ASIDE: usize = 4_096;

/// The most line checks of a line that are kept in view.
const MAX_CHECKS: usize = 64;

impl State {
    /// Whether it was ours, was fetched back, and speaks of an entry of the peer that is not back yet.
    pub(super) fn is_ahead(&self, entry: EntryRef, header: &Header, content: &Content) -> bool {
        let own = entry.log.side == Side::Own && header.known_kind() != Some(Kind::Received);
        own && self.about(entry, content).is_some_and(|subject| {
            let checks = self.lines.get(&entry.log.line).map(|view| &view.checks);
            subject.log.side == Side::Peer
                && !self.calls.contains_key(&subject)
                && !self.notices.contains_key(&subject)
                && !self.hotline.knows(subject)
                && !self.incidents.said.contains_key(&subject)
                && !checks.is_some_and(|checks| checks.contains_key(&subject))
        })
    }

    fn about(&self, entry: EntryRef, content: &Content) -> Option<EntryRef> {
        let subject = content.slots()?.subject()?;
        Some(subject.entry(entry.log.line, entry.log.side))
    }

    pub(super) fn put_aside(&mut self, fact: &Fact, content: &Content) {
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
    pub(super) fn catch_up(&mut self, entry: EntryRef) {
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
    pub(super) fn said(
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
                    match (kind, reached, self.lines.get(&line)) {
                        (Kind::StopRenewal, Some(reached), Some(view)) => {
                            call.renewal(at, reached, &view.arrangement.stop);
                        }
                        // It came back to us, so they had it; of when, no word may be left.
                        (Kind::StopRenewal, None, Some(view)) if arrived_at.is_some() => {
                            call.renewal(at, at, &view.arrangement.stop);
                        }
                        (Kind::StopRenewal, _, _) => call.renewing = Some((entry, at)),
                        _step => call.said(kind, at, reached, by, header.role, slots),
                    }
                    // What a person knew of an earlier limit or end says nothing of the next one.
                    let call_entry = call.entry;
                    if kind == Kind::StopRenewal {
                        let cause = AlarmCause::StopLimit { call: call_entry };
                        self.acknowledged.remove(&cause);
                    }
                    let goes_on = call.ended.is_none() && call.resumed.is_none();
                    if goes_on && call.taken_back().is_none() {
                        let cause = AlarmCause::StopEnded { call: call_entry };
                        self.acknowledged.remove(&cause);
                    }
                    let over = call.raised_in_error.is_some()
                        || (call.lifted.is_some() && call.resumed.is_some());
                    if over {
                        self.leaving
                            .insert((fact.at.saturating_add(CALL_KEPT), call.entry));
                    }
                    if matches!(kind, Kind::StopLifted | Kind::StopRaisedInError) {
                        self.unfold(call_entry);
                    }
                }
            }
            Kind::Received => self.arrivals(entry, subject, slots),
            Kind::Refused => {
                let reason = slots
                    .code(SlotCode::Refusal)
                    .and_then(RefusalReason::from_number);
                if let Some(refused) = subject {
                    self.refused_there(refused, reason);
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
            | Kind::TransitRequest => self.notified(entry, kind, header, content, draft, None),
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
                    self.units.wait_no_more(subject);
                    self.incident_withdrawn(subject, entry, at, slots);
                }
            }
            Kind::Displayed => {
                let at = slots.time(SlotCode::ShownAt).unwrap_or(at);
                self.hotline.displayed(subject, Receipt { at, by });
                self.incidents.displayed(subject, Receipt { at, by });
                self.receipt(subject, |notice| {
                    notice.receipts.displayed.get_or_insert(Receipt { at, by });
                });
            }
            Kind::ReadBack => {
                self.hotline.read_back(subject, Receipt { at, by }, slots);
                self.receipt(subject, |notice| {
                    notice.receipts.read_back.get_or_insert(Receipt { at, by });
                });
            }
            Kind::Phrase | Kind::Translation | Kind::TranslationChallenge => {
                self.hotline.said(fact.at, entry, header, content, by, None);
                self.catch_up(entry);
            }
            Kind::Claim | Kind::Warning => {
                let came = Came {
                    entry,
                    kind,
                    header,
                    content,
                };
                self.incident_begun(came, by, arrived_at, None);
            }
            Kind::ClaimAnswer | Kind::ClaimStatement | Kind::WarningReceived => {
                let came = Came {
                    entry,
                    kind,
                    header,
                    content,
                };
                self.said_further(came, subject, by, arrived_at);
            }
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
}
