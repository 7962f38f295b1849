//! From facts to records.

use channel::effect::Outgoing;
use model::code::Desk;
use model::downstream::Described;
use model::event::{Actor, Decision, Event, Fact};
use model::ids::{AuthorityId, NoticeId, SounderId};
use model::line::{Digest, EntryRef, LogHead, LogRef};
use model::message::{Content, Header};
use model::units::Timestamp;

use super::parts::{
    Kept, cause_number, link_number, write_actor, write_alarm, write_arrival, write_header,
    write_notice_id, write_refusal,
};
use super::{
    ITEMS, MAX_RULE_NAME, MAX_RULES, MAX_SEALED, RecordError, SALT, VERSION, commitment, tag, unit,
};
use crate::cbor::Writer;
use crate::line::envelope::Sealed;
use crate::parts::{WriteParts, side_number};
use crate::value;

/// A record, ready for the journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Encoded {
    /// What hashes cover. Holds no sealed part, only its commitment.
    pub head: Vec<u8>,
    /// What can be destroyed; none where the event seals nothing.
    pub opening: Option<Vec<u8>>,
}

/// What becomes of the sealed part of an event.
enum Part {
    None,
    /// The opening of the line, as it is: the envelope's leaf covers it.
    OfLine,
    /// Covered by a commitment in the head.
    Sealed(Vec<u8>),
}

/// Encodes a fact. `wire_opening` is the opening that travelled, for what was said on a line; `salt` is random and new.
///
/// # Errors
/// Over a bound, or without the opening that an open message needs.
pub fn encode(
    fact: &Fact,
    wire_opening: Option<&[u8]>,
    salt: &[u8; SALT],
) -> Result<Encoded, RecordError> {
    let mut fields = Writer::with_capacity(256);
    let (event, part) = write_event(&mut fields, &fact.event)?;
    let mut head = begin(fact.at, fact.by, event);
    let opening = match part {
        Part::None => {
            head.null();
            None
        }
        Part::OfLine => {
            head.null();
            let opening = wire_opening.filter(|opening| !opening.is_empty());
            if needs_opening(&fact.event) && opening.is_none() {
                return Err(RecordError::NoOpening);
            }
            opening.map(<[u8]>::to_vec)
        }
        Part::Sealed(part) => {
            if part.len() > MAX_SEALED {
                return Err(RecordError::TooLarge("the sealed part"));
            }
            head.bytes(&commitment(event, salt, &part));
            let mut opening = Writer::with_capacity(part.len() + 20);
            opening.array(2).bytes(salt).raw(&part);
            Some(opening.into_bytes())
        }
    };
    head.raw(fields.as_slice());
    let head = head.into_bytes();
    Ok(Encoded { head, opening })
}

/// Encodes the fact that `outgoing` was said, sealed as it now is: the same bytes as [`encode`] makes of it.
pub fn encode_sent(outgoing: &Outgoing, sealed: &Sealed) -> Encoded {
    let mut head = begin(outgoing.at, outgoing.by, tag::MESSAGE_SENT);
    let sent = Sent {
        entry: &outgoing.entry,
        leaf: &sealed.leaf,
        header: &sealed.header,
        kept: Kept::Open,
        authority: outgoing.message.authority(),
        notice: outgoing.notice,
    };
    sent.write(head.null());
    Encoded {
        head: head.into_bytes(),
        opening: Some(sealed.opening.to_vec()),
    }
}

fn begin(at: Timestamp, by: Actor, event: u16) -> Writer {
    let mut writer = Writer::with_capacity(256);
    writer.array(ITEMS).uint(VERSION).time(at);
    write_actor(&mut writer, by);
    writer.uint(event);
    writer
}

fn needs_opening(event: &Event) -> bool {
    matches!(
        event,
        Event::MessageSent {
            content: Content::Open(_),
            ..
        } | Event::MessageReceived {
            content: Content::Open(_),
            ..
        }
    )
}

struct Sent<'a> {
    entry: &'a EntryRef,
    leaf: &'a Digest,
    header: &'a Header,
    kept: Kept,
    authority: AuthorityId,
    notice: Option<NoticeId>,
}

impl Sent<'_> {
    fn write(&self, writer: &mut Writer) {
        writer.array(6).entry(self.entry);
        write_header(writer.bytes(&self.leaf.0), self.header);
        writer
            .uint(self.kept.number())
            .text(self.authority.as_str());
        writer.optional(self.notice, write_notice_id);
    }
}

/// Bytes kept as they came: a sealed part, unless there are none.
fn sealed(bytes: &[u8]) -> Part {
    if bytes.is_empty() {
        return Part::None;
    }
    let mut writer = Writer::with_capacity(bytes.len() + 8);
    writer.bytes(bytes);
    Part::Sealed(writer.into_bytes())
}

fn write_event(w: &mut Writer, event: &Event) -> Result<(u16, Part), RecordError> {
    let (number, part) = match event {
        Event::ArrangementInForce {
            line,
            name,
            peer,
            arrangement,
            signatures,
        } => {
            w.array(4);
            w.bytes(line.as_bytes()).text(name.as_str());
            w.text(peer.as_str()).uint(arrangement.version);
            let mut part = Writer::with_capacity(arrangement.document.len() + 1024);
            part.array(2).text(&arrangement.document).bytes(signatures);
            (tag::ARRANGEMENT_IN_FORCE, Part::Sealed(part.into_bytes()))
        }
        Event::ManifestTaken {
            line,
            side,
            version,
            manifest,
        } => {
            w.array(3).bytes(line.as_bytes());
            w.uint(side_number(*side)).uint(*version);
            (tag::MANIFEST_TAKEN, sealed(manifest))
        }
        Event::EpochOpened {
            line,
            side,
            epoch,
            closes,
            confirmed,
            statement,
        } => {
            w.array(5).bytes(line.as_bytes());
            w.uint(side_number(*side)).uint(*epoch).array(closes.len());
            closes.iter().for_each(|head| {
                w.head_of(head);
            });
            w.bool(*confirmed);
            (tag::EPOCH_OPENED, sealed(statement))
        }
        Event::EpochConfirmed {
            line,
            side,
            epoch,
            statement,
        } => {
            w.array(3).bytes(line.as_bytes());
            w.uint(side_number(*side)).uint(*epoch);
            (tag::EPOCH_CONFIRMED, sealed(statement))
        }
        Event::MessageSent {
            entry,
            leaf,
            header,
            content,
            authority,
            notice,
        } => {
            let sent = Sent {
                entry,
                leaf,
                header,
                kept: Kept::of(content),
                authority: *authority,
                notice: *notice,
            };
            sent.write(w);
            (tag::MESSAGE_SENT, Part::OfLine)
        }
        Event::MessageReceived {
            entry,
            leaf,
            header,
            content,
            arrived,
            refused,
        } => {
            w.array(6).entry(entry);
            write_header(w.bytes(&leaf.0), header);
            w.uint(Kept::of(content).number());
            write_arrival(w, *arrived).optional(*refused, write_refusal);
            (tag::MESSAGE_RECEIVED, Part::OfLine)
        }
        Event::Delivered {
            log,
            head,
            cosigned_at,
        } => {
            w.array(3).log(log);
            w.head_of(head).time(*cosigned_at);
            (tag::DELIVERED, Part::None)
        }
        Event::Cosigned { log, head } => (tag::COSIGNED, cosigned(w, log, head)),
        Event::RulesInForce {
            version,
            rules,
            metadata,
        } => {
            w.array(1).uint(*version);
            let mut part = Writer::with_capacity(rules.len() + metadata.len() + 16);
            part.array(2).text(rules).text(metadata);
            (tag::RULES_IN_FORCE, Part::Sealed(part.into_bytes()))
        }
        Event::ReleaseDecided {
            line,
            kind,
            notice,
            decision,
        } => {
            w.array(4).bytes(line.as_bytes());
            w.uint(kind.number()).optional(*notice, write_notice_id);
            write_decision(w, decision)?;
            (tag::RELEASE_DECIDED, Part::None)
        }
        Event::LinkChanged { line, link } => {
            w.array(2).bytes(line.as_bytes());
            w.uint(link_number(*link));
            (tag::LINK_CHANGED, Part::None)
        }
        Event::FaultNoted {
            line,
            fault,
            count,
            evidence,
        } => {
            w.array(3).bytes(line.as_bytes());
            w.uint(fault.number()).uint(*count);
            (tag::FAULT_NOTED, sealed(evidence))
        }
        Event::MainHalted {
            line,
            fault,
            evidence,
        } => {
            w.array(2).bytes(line.as_bytes());
            w.uint(fault.number());
            (tag::MAIN_HALTED, sealed(evidence))
        }
        Event::ClockOffsetNoted {
            line,
            offset,
            beyond_limit,
        } => {
            w.array(3);
            w.bytes(line.as_bytes())
                .int(offset.as_ms())
                .bool(*beyond_limit);
            (tag::CLOCK_OFFSET_NOTED, Part::None)
        }
        Event::NoticeDrafted {
            notice,
            kind,
            desk,
            content,
        } => {
            w.array(4).bytes(notice.as_bytes());
            w.uint(kind.number()).uint(desk.number());
            w.uint(Kept::of(content).number());
            (tag::NOTICE_DRAFTED, drafted(content))
        }
        Event::NoticeDiscarded { notice } => {
            w.array(1).bytes(notice.as_bytes());
            (tag::NOTICE_DISCARDED, Part::None)
        }
        Event::ConflictFound {
            pair,
            engine,
            witness,
        } => {
            w.array(3)
                .entry(&pair.ours)
                .entry(&pair.theirs)
                .uint(*engine);
            let part = witness.as_ref().map(super::conflict::write_witness);
            (tag::CONFLICT_FOUND, part.map_or(Part::None, Part::Sealed))
        }
        Event::WatchTaken { desk, officer } => {
            at_desk(w, tag::WATCH_TAKEN, *desk, officer.as_str())
        }
        Event::WatchLeft { desk, officer } => at_desk(w, tag::WATCH_LEFT, *desk, officer.as_str()),
        Event::SounderArmed { desk, sounder } => sounder_at(w, tag::SOUNDER_ARMED, *desk, sounder),
        Event::SounderLost { desk, sounder } => sounder_at(w, tag::SOUNDER_LOST, *desk, sounder),
        Event::AlarmRaised { alarm, desk } => {
            write_alarm(w.array(2), *alarm);
            w.uint(desk.number());
            (tag::ALARM_RAISED, Part::None)
        }
        Event::AlarmClimbed { alarm, level } => {
            write_alarm(w.array(2), *alarm);
            w.uint(level.number());
            (tag::ALARM_CLIMBED, Part::None)
        }
        Event::AlarmSilenced { alarm } => {
            write_alarm(w.array(1), *alarm);
            (tag::ALARM_SILENCED, Part::None)
        }
        Event::AlarmEnded { alarm } => {
            write_alarm(w.array(1), *alarm);
            (tag::ALARM_ENDED, Part::None)
        }
        Event::MainStopped { cause } => {
            w.array(1).uint(cause_number(*cause));
            (tag::MAIN_STOPPED, Part::None)
        }
        Event::MainResumed => {
            w.array(0);
            (tag::MAIN_RESUMED, Part::None)
        }
        Event::Restored { size } => {
            w.array(1).uint(*size);
            (tag::RESTORED, Part::None)
        }
        Event::OpeningDestroyed { record } => {
            w.array(1).uint(*record);
            (tag::OPENING_DESTROYED, Part::None)
        }
        Event::ElementEnrolled { element, name } => {
            let part = super::element::write_enrolled(w, *element, name);
            (tag::ELEMENT_ENROLLED, part.map_or(Part::None, Part::Sealed))
        }
        Event::ElementUnenrolled { element } => {
            w.array(1).text(element.as_str());
            (tag::ELEMENT_UNENROLLED, Part::None)
        }
        Event::ElementConsent {
            element,
            line,
            place,
            named,
            how,
        } => {
            w.array(5).text(element.as_str()).bytes(line.as_bytes());
            w.bool(*place).bool(*named).uint(how.number());
            (tag::ELEMENT_CONSENT, Part::None)
        }
        Event::SiteConsent {
            notice,
            line,
            given,
            how,
        } => {
            write_notice_id(w.array(4), *notice);
            w.bytes(line.as_bytes()).bool(*given).uint(how.number());
            (tag::SITE_CONSENT, Part::None)
        }
        Event::CalledForElement { call, element } => {
            w.array(2).entry(call).text(element.as_str());
            (tag::CALLED_FOR_ELEMENT, Part::None)
        }
        Event::UnitEnrolled {
            unit,
            desk,
            described,
        } => {
            unit::write_unit(w, *unit, *desk);
            (tag::UNIT_ENROLLED, of_unit(described.as_ref()))
        }
        Event::UnitChanged {
            unit,
            desk,
            described,
        } => {
            unit::write_unit(w, *unit, *desk);
            (tag::UNIT_CHANGED, of_unit(described.as_ref()))
        }
        Event::UnitStoodDown { unit } => {
            w.array(1).text(unit.as_str());
            (tag::UNIT_STOOD_DOWN, Part::None)
        }
        Event::UnitsConcerned {
            subject,
            units,
            engine,
        } => {
            unit::write_units(w.array(3).entry(subject), units)?;
            w.uint(*engine);
            (tag::UNITS_CONCERNED, Part::None)
        }
        Event::UnitReceipt {
            unit,
            subject,
            read_back,
        } => {
            w.array(3).text(unit.as_str());
            w.entry(subject).bool(*read_back);
            (tag::UNIT_RECEIPT, Part::None)
        }
        Event::ExportAsked {
            export,
            line,
            sites,
            why,
        } => {
            let part = super::export::write_asked(w, *export, *line, *sites, why);
            (tag::EXPORT_ASKED, part.map_or(Part::None, Part::Sealed))
        }
        Event::ExportAllowed { export } => {
            w.array(1).bytes(export.as_bytes());
            (tag::EXPORT_ALLOWED, Part::None)
        }
        Event::ExportRefused { export, why } => {
            w.array(2).bytes(export.as_bytes()).uint(why.number());
            (tag::EXPORT_REFUSED, Part::None)
        }
        Event::ExportCarriedOut {
            export,
            sites,
            digest,
        } => {
            let part = super::export::write_carried_out(w, *export, *sites, *digest);
            (
                tag::EXPORT_CARRIED_OUT,
                part.map_or(Part::None, Part::Sealed),
            )
        }
        Event::Watch(event) => {
            let (number, part) = super::watch::write(w, event);
            (number, part.map_or(Part::None, Part::Sealed))
        }
    };
    Ok((number, part))
}

fn cosigned(w: &mut Writer, log: &LogRef, head: &LogHead) -> Part {
    w.array(2).log(log).head_of(head);
    Part::None
}

fn of_unit(described: Option<&Described>) -> Part {
    described.map_or(Part::None, |described| {
        Part::Sealed(unit::write_described(described))
    })
}

fn at_desk(w: &mut Writer, number: u16, desk: Desk, who: &str) -> (u16, Part) {
    w.array(2).uint(desk.number()).text(who);
    (number, Part::None)
}

fn sounder_at(w: &mut Writer, number: u16, desk: Desk, sounder: &SounderId) -> (u16, Part) {
    at_desk(w, number, desk, sounder.as_str())
}

fn drafted(content: &Content) -> Part {
    match content {
        Content::Open(slots) => {
            let mut part = Writer::with_capacity(512);
            value::write_slots(&mut part, slots);
            Part::Sealed(part.into_bytes())
        }
        Content::Unreadable | Content::Expired => Part::None,
    }
}

fn write_decision(w: &mut Writer, decision: &Decision) -> Result<(), RecordError> {
    let because = &decision.because;
    if because.len() > MAX_RULES {
        return Err(RecordError::TooLarge("the number of rules"));
    }
    if because.iter().any(|rule| rule.len() > MAX_RULE_NAME) {
        return Err(RecordError::TooLarge("the name of a rule"));
    }
    w.array(5).bool(decision.allowed).uint(decision.rules);
    w.array(because.len());
    for rule in because {
        w.text(rule);
    }
    w.optional(decision.authority, |w, authority| {
        w.text(authority.as_str());
    });
    w.array(decision.withheld.len());
    for slot in &decision.withheld {
        w.uint(slot.number());
    }
    Ok(())
}
