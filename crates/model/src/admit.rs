//! Whether what the peer said is acted on. What is refused stays in the record, signed and received, as evidence.

use crate::arrangement::Arrangement;
use crate::code::{Marker, RefusalReason, Role};
use crate::decide::{
    is_in_the_future, is_of_area, lacks_second, own_slots, required, says_where, states_something,
};
use crate::hotline::changes_earlier;
use crate::kind::Kind;
use crate::line::{EntryRef, Side};
use crate::message::{Content, Header};
use crate::slot::{SlotCode, Slots, Value};
use crate::state::State;

/// What came, as far as bytes and signatures can tell.
#[derive(Clone, Copy, Debug)]
pub struct Incoming<'a> {
    pub entry: EntryRef,
    pub header: &'a Header,
    pub content: &'a Content,
    /// Why the openings could not be read, if so.
    pub unreadable: Option<RefusalReason>,
    /// What is wrong with its places, heights or read-back, if anything: worked out where geometry is known.
    pub geometry: Option<RefusalReason>,
}

/// What the peer acknowledges or answers must be something that we said.
fn is_ours(side: Side) -> Result<(), RefusalReason> {
    match side {
        Side::Own => Ok(()),
        Side::Peer => Err(RefusalReason::NotYours),
    }
}

impl State {
    /// Why `incoming` is not acted on; `None`: it is.
    ///
    /// A stop call in its lane is never refused.
    pub fn admit(&self, incoming: Incoming<'_>) -> Result<(), RefusalReason> {
        let header = incoming.header;
        let kind = header.known_kind().ok_or(RefusalReason::UnknownKind)?;
        if kind
            .lane()
            .is_some_and(|lane| lane != incoming.entry.log.lane)
        {
            return Err(RefusalReason::WrongLane);
        }
        let view = self
            .lines
            .get(&incoming.entry.log.line)
            .ok_or(RefusalReason::NotInForce)?;
        let arrangement = &view.arrangement;
        if kind == Kind::StopCall {
            // Its slots may be unreadable: then it means "your activity in this desk's area".
            return Ok(());
        }
        if let Some(reason) = incoming.unreadable {
            return Err(reason);
        }
        let slots = incoming
            .content
            .slots()
            .ok_or(RefusalReason::UnreadableSlots)?;
        own_slots(kind, slots).map_err(|_| RefusalReason::UnknownSlot)?;
        if !arrangement.has_purpose(header.purpose) {
            return Err(RefusalReason::UnknownPurpose);
        }
        if !arrangement.desks.contains(&header.desk) {
            return Err(RefusalReason::DeskNotInArrangement);
        }
        if kind.is_automatic() != (header.role == Role::Node) {
            return Err(RefusalReason::RoleNotAllowed);
        }
        let has_words = slots.iter().any(|(slot, _)| slot.is_free_text());
        if has_words && !arrangement.free_text {
            return Err(RefusalReason::FreeTextNotAllowed);
        }
        self.admit_kind(incoming, kind, slots, arrangement)?;
        incoming.geometry.map_or(Ok(()), Err)
    }

    fn admit_kind(
        &self,
        incoming: Incoming<'_>,
        kind: Kind,
        slots: &Slots,
        arrangement: &Arrangement,
    ) -> Result<(), RefusalReason> {
        let line = incoming.entry.log.line;
        let subject = slots.subject().map(|s| s.entry(line, Side::Peer));
        let needs = |slot: SlotCode| {
            slots
                .value(slot)
                .map(|_| ())
                .ok_or(RefusalReason::MissingSlot)
        };
        match kind {
            Kind::StopCall => Ok(()),
            Kind::StopDetails | Kind::StopRenewal | Kind::StopLifted | Kind::StopRaisedInError => {
                self.admit_about_call(subject, Side::Peer)
            }
            Kind::StopAcceptance | Kind::StopEnd | Kind::StopResumed => {
                self.admit_about_call(subject, Side::Own)
            }
            Kind::StopAnswer => {
                needs(SlotCode::StopAnswer)?;
                self.admit_about_call(subject, Side::Own)
            }
            Kind::Received => {
                needs(SlotCode::Times)?;
                subject
                    .filter(|s| s.log.side == Side::Own)
                    .map(|_| ())
                    .ok_or(RefusalReason::UnknownSubject)
            }
            Kind::Refused => {
                needs(SlotCode::Refusal)?;
                subject
                    .filter(|s| s.log.side == Side::Own)
                    .map(|_| ())
                    .ok_or(RefusalReason::UnknownSubject)
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
            | Kind::TransitRequest => self.admit_notice(incoming, kind, slots, arrangement),
            Kind::Withdrawal => {
                if let Some(of) = subject.and_then(|s| self.incidents.said.get(&s)) {
                    return match (of.side(), of.withdrawn) {
                        (Side::Own, _) => Err(RefusalReason::NotYours),
                        (Side::Peer, Some(_)) => Err(RefusalReason::NotInForce),
                        (Side::Peer, None) => Ok(()),
                    };
                }
                let notice = subject
                    .and_then(|s| self.notices.get(&s))
                    .ok_or(RefusalReason::UnknownSubject)?;
                if notice.side() == Side::Own {
                    return Err(RefusalReason::NotYours);
                }
                match notice.withdrawn {
                    Some(_) => Err(RefusalReason::NotInForce),
                    None => Ok(()),
                }
            }
            Kind::Displayed | Kind::ReadBack | Kind::Answer | Kind::Downstream => {
                match kind {
                    Kind::Answer => needs(SlotCode::Answer)?,
                    Kind::ReadBack => needs(SlotCode::Items)?,
                    Kind::Downstream => needs(SlotCode::Downstream)?,
                    _displayed => {}
                }
                let incident = subject.and_then(|s| self.incidents.said.get(&s));
                if let (Some(of), Kind::Displayed) = (incident, kind) {
                    return is_ours(of.side());
                }
                let phrase = subject.and_then(|s| self.hotline.phrases.get(&s));
                if let (Some(phrase), Kind::Displayed | Kind::ReadBack) = (phrase, kind) {
                    // What was read back amiss is what its sender must see: it is kept, and shown as such.
                    return match phrase.side() {
                        Side::Own => Ok(()),
                        Side::Peer => Err(RefusalReason::NotYours),
                    };
                }
                let notice = subject
                    .and_then(|s| self.notices.get(&s))
                    .ok_or(RefusalReason::UnknownSubject)?;
                match notice.side() {
                    Side::Own => Ok(()),
                    Side::Peer => Err(RefusalReason::NotYours),
                }
            }
            Kind::LineCheck => needs(SlotCode::Challenge),
            Kind::LineCheckAnswer => {
                let check = subject
                    .filter(|s| s.log.side == Side::Own)
                    .and_then(|s| self.lines.get(&line)?.checks.get(&s))
                    .ok_or(RefusalReason::UnknownSubject)?;
                match check.challenge == slots.number(SlotCode::Challenge) {
                    true => Ok(()),
                    false => Err(RefusalReason::ReadBackDiffers),
                }
            }
            Kind::Standing => needs(SlotCode::Standing),
            Kind::Phrase => {
                needs(SlotCode::Phrase)?;
                needs(SlotCode::Marker)?;
                if slots.value(SlotCode::Remarks).is_some() {
                    needs(SlotCode::Language)?;
                }
                self.admit_phrase(subject, slots)
            }
            Kind::Translation => {
                needs(SlotCode::Language)?;
                needs(SlotCode::Text)?;
                let phrase = subject
                    .and_then(|s| self.hotline.phrases.get(&s))
                    .filter(|phrase| phrase.words().is_some())
                    .ok_or(RefusalReason::UnknownSubject)?;
                match slots.value(SlotCode::Amends) {
                    Some(Value::Subject(earlier)) => {
                        let earlier = earlier.entry(line, Side::Peer);
                        let earlier = phrase.translation(earlier);
                        let earlier = earlier.ok_or(RefusalReason::UnknownSubject)?;
                        match earlier.entry.log.side {
                            Side::Own => Err(RefusalReason::NotYours),
                            Side::Peer => Ok(()),
                        }
                    }
                    _first => Ok(()),
                }
            }
            Kind::Claim | Kind::Warning => {
                self.admit_incident(incoming.header, kind, slots, arrangement)
            }
            // The answer to a claim that was withdrawn meanwhile crossed that on the way: it is kept, and shown as such.
            Kind::ClaimAnswer => {
                needs(SlotCode::ClaimAnswer)?;
                let claim = subject.and_then(|s| self.incidents.claim(s));
                is_ours(claim.ok_or(RefusalReason::UnknownSubject)?.side())
            }
            Kind::ClaimStatement => {
                if !states_something(slots) {
                    return Err(RefusalReason::MissingSlot);
                }
                let claim = subject.and_then(|s| self.incidents.claim(s));
                claim.map(|_| ()).ok_or(RefusalReason::UnknownSubject)
            }
            Kind::WarningReceived => {
                let warning = subject.and_then(|s| self.incidents.warning(s));
                is_ours(warning.ok_or(RefusalReason::UnknownSubject)?.side())
            }
            Kind::TranslationChallenge => {
                needs(SlotCode::Text)?;
                subject
                    .and_then(|s| self.hotline.translation(s))
                    .map(|_| ())
                    .ok_or(RefusalReason::UnknownSubject)
            }
        }
    }

    fn admit_incident(
        &self,
        header: &Header,
        kind: Kind,
        slots: &Slots,
        arrangement: &Arrangement,
    ) -> Result<(), RefusalReason> {
        let needed: &[SlotCode] = match kind {
            Kind::Claim => &[SlotCode::Claim, SlotCode::Certainty, SlotCode::Window],
            _warning => &[SlotCode::Warning, SlotCode::Level],
        };
        let in_words = slots.value(SlotCode::Remarks).map(|_| &SlotCode::Language);
        let lacks = |slot: &SlotCode| slots.value(*slot).is_none();
        let has_to_say_where = kind == Kind::Claim || is_of_area(slots);
        if needed.iter().chain(in_words).any(lacks) || (has_to_say_where && !says_where(slots)) {
            return Err(RefusalReason::MissingSlot);
        }
        if lacks_second(slots, arrangement) {
            return Err(RefusalReason::SingleDescription);
        }
        // By its sender's clock: of how far the two are apart a desk is told anyway.
        let ahead = is_in_the_future(slots, header.sent_at, arrangement);
        match (kind, ahead) {
            (Kind::Claim, Some(_)) => Err(RefusalReason::InTheFuture),
            (_, _) => Ok(()),
        }
    }

    /// What it says is free to be unknown to us; what it cancels or corrects must be an earlier phrase of its sender.
    fn admit_phrase(&self, subject: Option<EntryRef>, slots: &Slots) -> Result<(), RefusalReason> {
        let marker = slots.code(SlotCode::Marker).and_then(Marker::from_number);
        if !marker.is_some_and(changes_earlier) {
            return Ok(());
        }
        let earlier = subject
            .and_then(|s| self.hotline.phrases.get(&s))
            .ok_or(RefusalReason::UnknownSubject)?;
        match (earlier.side(), earlier.not_live()) {
            (Side::Own, _) => Err(RefusalReason::NotYours),
            (Side::Peer, Some(_)) => Err(RefusalReason::NotInForce),
            (Side::Peer, None) => Ok(()),
        }
    }

    /// `caller`: who must have made the call that is spoken of.
    fn admit_about_call(
        &self,
        subject: Option<EntryRef>,
        caller: Side,
    ) -> Result<(), RefusalReason> {
        let call = subject
            .and_then(|s| self.calls.get(&s))
            .ok_or(RefusalReason::UnknownSubject)?;
        if call.caller() != caller {
            return Err(RefusalReason::NotYours);
        }
        // What the called party said before it heard that the call was raised in error crosses that on the way, and is as true
        // as it was: refused here, it would stand there alone.
        match call.raised_in_error {
            Some(_) if caller == Side::Peer => Err(RefusalReason::NotInForce),
            Some(_) | None => Ok(()),
        }
    }

    fn admit_notice(
        &self,
        incoming: Incoming<'_>,
        kind: Kind,
        slots: &Slots,
        arrangement: &Arrangement,
    ) -> Result<(), RefusalReason> {
        for slot in required(kind) {
            slots.value(*slot).ok_or(RefusalReason::MissingSlot)?;
        }
        if slots.second().is_none() && !arrangement.single_description.contains(&kind) {
            return Err(RefusalReason::SingleDescription);
        }
        let Some(Value::Subject(amends)) = slots.value(SlotCode::Amends) else {
            return Ok(());
        };
        let earlier = self
            .notices
            .get(&amends.entry(incoming.entry.log.line, Side::Peer))
            .ok_or(RefusalReason::UnknownSubject)?;
        if earlier.side() == Side::Own {
            return Err(RefusalReason::NotYours);
        }
        if earlier.withdrawn.is_some() || earlier.amended_by.is_some() {
            return Err(RefusalReason::NotInForce);
        }
        Ok(())
    }
}
