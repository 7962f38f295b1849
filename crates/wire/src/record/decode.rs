//! From records to facts.

use std::sync::Arc;

use model::code::{Desk, Level};
use model::conflict::Pair;
use model::event::{Bytes, Decision, Event, Fact};
use model::ids::{AuthorityId, LineName, OfficerId, PartyId, SounderId, UnitId};
use model::kind::Kind;
use model::line::{Fault, Side};
use model::message::{Content, Header};
use model::slot::SlotCode;
use model::units::Millis;

use super::parts::{
    Kept, cause_from_number, link_from_number, read_actor, read_alarm, read_arrival, read_header,
    read_notice_id, read_refusal,
};
use super::{
    ITEMS, MAX_RULE_NAME, MAX_RULES, MAX_SEALED, RecordError, SALT, VERSION, commitment, tag, unit,
};
use crate::cbor::{CborError, Reader};
use crate::line::opening;
use crate::parts::{Read, ReadParts, expected, side_from_number};
use crate::{arrangement, value};

/// Decodes a record. Without its opening, what it sealed reads as expired, or as no bytes.
///
/// # Errors
/// [`RecordError`]: for a journal that verified, only a newer node's record or a destroyed arrangement.
pub fn decode(head: &[u8], opening: Option<&[u8]>) -> Result<Fact, RecordError> {
    let mut reader = Reader::new(head);
    reader.array_of(ITEMS)?;
    let version = reader.uint()?;
    if version != u64::from(VERSION) {
        return Err(RecordError::Version(version));
    }
    let (at, by) = (reader.time()?, read_actor(&mut reader)?);
    let number = reader.number()?;
    let covered = reader.optional(|reader| reader.bytes_of::<32>())?;
    let part = match (covered, opening) {
        (Some(covered), Some(opening)) => Some(sealed(number, covered, opening)?),
        (None, Some(_)) if !is_said(number) => return Err(RecordError::Altered),
        (None, Some(_)) | (_, None) => None,
    };
    let event = read_event(&mut reader, number, part, opening)?;
    reader.finish()?;
    Ok(Fact { at, by, event })
}

/// Whether the event was said on a line: then its envelope covers its opening.
const fn is_said(number: u16) -> bool {
    matches!(number, tag::MESSAGE_SENT | tag::MESSAGE_RECEIVED)
}

/// The sealed part of an opening, if it is the one that the head covers.
fn sealed<'a>(number: u16, covered: &[u8; 32], opening: &'a [u8]) -> Result<&'a [u8], RecordError> {
    let mut reader = Reader::new(opening);
    reader.array_of(2)?;
    let salt: &[u8; SALT] = reader.bytes_of()?;
    let part = reader.skip()?;
    reader.finish()?;
    match commitment(number, salt, part) == *covered {
        true => Ok(part),
        false => Err(RecordError::Altered),
    }
}

/// Bytes kept as they came; none where they were destroyed.
fn bytes(part: Option<&[u8]>) -> Read<Bytes> {
    let Some(part) = part else {
        return Ok([].into());
    };
    let mut reader = Reader::new(part);
    let bytes = reader.bytes(MAX_SEALED)?.into();
    reader.finish()?;
    Ok(bytes)
}

fn desk(reader: &mut Reader<'_>) -> Read<Desk> {
    reader.code(Desk::from_number, "a desk")
}

fn side(reader: &mut Reader<'_>) -> Read<Side> {
    reader.code(side_from_number, "a side")
}

fn kind(reader: &mut Reader<'_>) -> Read<Kind> {
    reader.code(Kind::from_number, "a kind")
}

fn fault(reader: &mut Reader<'_>) -> Read<Fault> {
    reader.code(Fault::from_number, "a fault")
}

fn read_event(
    r: &mut Reader<'_>,
    number: u16,
    part: Option<&[u8]>,
    opening: Option<&[u8]>,
) -> Result<Event, RecordError> {
    Ok(match number {
        tag::ARRANGEMENT_IN_FORCE => read_arrangement(r, part)?,
        tag::RULES_IN_FORCE => read_rules(r, part)?,
        tag::MANIFEST_TAKEN => {
            r.array_of(3)?;
            Event::ManifestTaken {
                line: r.line()?,
                side: side(r)?,
                version: r.number()?,
                manifest: bytes(part)?,
            }
        }
        tag::EPOCH_OPENED => {
            r.array_of(5)?;
            let (line, side, epoch) = (r.line()?, side(r)?, r.number()?);
            r.array_of(4)?;
            Event::EpochOpened {
                line,
                side,
                epoch,
                closes: [r.head_of()?, r.head_of()?, r.head_of()?, r.head_of()?],
                confirmed: r.bool()?,
                statement: bytes(part)?,
            }
        }
        tag::EPOCH_CONFIRMED => {
            r.array_of(3)?;
            Event::EpochConfirmed {
                line: r.line()?,
                side: side(r)?,
                epoch: r.number()?,
                statement: bytes(part)?,
            }
        }
        tag::MESSAGE_SENT => {
            r.array_of(6)?;
            let (entry, leaf, header) = (r.entry()?, r.digest()?, read_header(r)?);
            Event::MessageSent {
                entry,
                leaf,
                content: said(r, &header, opening)?,
                header,
                authority: AuthorityId::new(r.slug()?),
                notice: r.optional(read_notice_id)?,
            }
        }
        tag::MESSAGE_RECEIVED => {
            r.array_of(6)?;
            let (entry, leaf, header) = (r.entry()?, r.digest()?, read_header(r)?);
            Event::MessageReceived {
                entry,
                leaf,
                content: said(r, &header, opening)?,
                header,
                arrived: read_arrival(r)?,
                refused: r.optional(read_refusal)?,
            }
        }
        tag::FAULT_NOTED => {
            r.array_of(3)?;
            Event::FaultNoted {
                line: r.line()?,
                fault: fault(r)?,
                count: r.number()?,
                evidence: bytes(part)?,
            }
        }
        tag::MAIN_HALTED => {
            r.array_of(2)?;
            Event::MainHalted {
                line: r.line()?,
                fault: fault(r)?,
                evidence: bytes(part)?,
            }
        }
        tag::NOTICE_DRAFTED => read_draft(r, part)?,
        tag::CONFLICT_FOUND => {
            r.array_of(3)?;
            Event::ConflictFound {
                pair: Pair {
                    ours: r.entry()?,
                    theirs: r.entry()?,
                },
                engine: r.number()?,
                witness: part.map(super::conflict::read_witness).transpose()?,
            }
        }
        tag::ELEMENT_ENROLLED
        | tag::ELEMENT_CONSENT
        | tag::SITE_CONSENT
        | tag::CALLED_FOR_ELEMENT
        | tag::ELEMENT_UNENROLLED => super::element::read(r, number, part)?,
        tag::EXPORT_ASKED | tag::EXPORT_ALLOWED | tag::EXPORT_REFUSED | tag::EXPORT_CARRIED_OUT => {
            super::export::read(r, number, part)?
        }
        tag::WATCH_HANDED_OVER
        | tag::WATCH_TAKEN_UNREAD
        | tag::ROSTERED
        | tag::DUTY_CANCELLED
        | tag::DIRECTED
        | tag::WALL_LOCKED => super::watch::read(r, number, part)?,
        tag::UNIT_ENROLLED | tag::UNIT_CHANGED => unit::read_unit(r, number, part)?,
        tag::UNITS_CONCERNED => {
            r.array_of(3)?;
            Event::UnitsConcerned {
                subject: r.entry()?,
                units: unit::read_units(r)?,
                engine: r.number()?,
            }
        }
        number => read_plain(r, number)?.ok_or(RecordError::UnknownEvent(number))?,
    })
}

/// Events that seal nothing.
fn read_plain(r: &mut Reader<'_>, number: u16) -> Read<Option<Event>> {
    Ok(Some(match number {
        tag::DELIVERED => {
            r.array_of(3)?;
            Event::Delivered {
                log: r.log()?,
                head: r.head_of()?,
                cosigned_at: r.time()?,
            }
        }
        tag::COSIGNED => {
            r.array_of(2)?;
            Event::Cosigned {
                log: r.log()?,
                head: r.head_of()?,
            }
        }
        tag::RELEASE_DECIDED => {
            r.array_of(4)?;
            Event::ReleaseDecided {
                line: r.line()?,
                kind: kind(r)?,
                notice: r.optional(read_notice_id)?,
                decision: read_decision(r)?,
            }
        }
        tag::LINK_CHANGED => {
            r.array_of(2)?;
            Event::LinkChanged {
                line: r.line()?,
                link: r.code(link_from_number, "the state of a link")?,
            }
        }
        tag::CLOCK_OFFSET_NOTED => {
            r.array_of(3)?;
            Event::ClockOffsetNoted {
                line: r.line()?,
                offset: Millis::new(r.int()?).or(expected("a shorter time"))?,
                beyond_limit: r.bool()?,
            }
        }
        tag::NOTICE_DISCARDED => {
            r.array_of(1)?;
            Event::NoticeDiscarded {
                notice: read_notice_id(r)?,
            }
        }
        tag::WATCH_TAKEN => {
            r.array_of(2)?;
            Event::WatchTaken {
                desk: desk(r)?,
                officer: OfficerId::new(r.slug()?),
            }
        }
        tag::WATCH_LEFT => {
            r.array_of(2)?;
            Event::WatchLeft {
                desk: desk(r)?,
                officer: OfficerId::new(r.slug()?),
            }
        }
        tag::SOUNDER_ARMED => {
            r.array_of(2)?;
            Event::SounderArmed {
                desk: desk(r)?,
                sounder: SounderId::new(r.slug()?),
            }
        }
        tag::SOUNDER_LOST => {
            r.array_of(2)?;
            Event::SounderLost {
                desk: desk(r)?,
                sounder: SounderId::new(r.slug()?),
            }
        }
        tag::ALARM_RAISED => {
            r.array_of(2)?;
            Event::AlarmRaised {
                alarm: read_alarm(r)?,
                desk: desk(r)?,
            }
        }
        tag::ALARM_CLIMBED => {
            r.array_of(2)?;
            Event::AlarmClimbed {
                alarm: read_alarm(r)?,
                level: r.code(Level::from_number, "a level")?,
            }
        }
        tag::ALARM_SILENCED => {
            r.array_of(1)?;
            Event::AlarmSilenced {
                alarm: read_alarm(r)?,
            }
        }
        tag::ALARM_ENDED => {
            r.array_of(1)?;
            Event::AlarmEnded {
                alarm: read_alarm(r)?,
            }
        }
        tag::MAIN_STOPPED => {
            r.array_of(1)?;
            Event::MainStopped {
                cause: r.code(cause_from_number, "a cause")?,
            }
        }
        tag::MAIN_RESUMED => {
            r.array_of(0)?;
            Event::MainResumed
        }
        tag::RESTORED => {
            r.array_of(1)?;
            Event::Restored { size: r.uint()? }
        }
        tag::OPENING_DESTROYED => {
            r.array_of(1)?;
            Event::OpeningDestroyed { record: r.uint()? }
        }
        tag::UNIT_STOOD_DOWN => {
            r.array_of(1)?;
            Event::UnitStoodDown {
                unit: UnitId::new(r.slug()?),
            }
        }
        tag::UNIT_RECEIPT => {
            r.array_of(3)?;
            Event::UnitReceipt {
                unit: UnitId::new(r.slug()?),
                subject: r.entry()?,
                read_back: r.bool()?,
            }
        }
        _unknown => return Ok(None),
    }))
}

fn read_arrangement(r: &mut Reader<'_>, part: Option<&[u8]>) -> Result<Event, RecordError> {
    r.array_of(4)?;
    let (line, name) = (r.line()?, LineName::new(r.slug()?));
    let (peer, version) = (PartyId::new(r.slug()?), r.number()?);
    let part = part.ok_or(RecordError::ArrangementDestroyed { line, version })?;
    let mut reader = Reader::new(part);
    reader.array_of(2)?;
    let arrangement = arrangement::parse(reader.text(MAX_SEALED)?)?;
    let signatures = reader.bytes(MAX_SEALED)?.into();
    reader.finish()?;
    Ok(Event::ArrangementInForce {
        line,
        name,
        peer,
        arrangement: Arc::new(arrangement),
        signatures,
    })
}

/// Rules whose text was destroyed read as empty: what was decided by them stands all the same.
fn read_rules(r: &mut Reader<'_>, part: Option<&[u8]>) -> Result<Event, RecordError> {
    r.array_of(1)?;
    let version = r.number()?;
    let mut reader = Reader::new(part.unwrap_or(&[0x82, 0x60, 0x60]));
    reader.array_of(2)?;
    let rules = reader.text(MAX_SEALED)?.into();
    let metadata = reader.text(MAX_SEALED)?.into();
    reader.finish()?;
    Ok(Event::RulesInForce {
        version,
        rules,
        metadata,
    })
}

fn kept(r: &mut Reader<'_>) -> Read<Kept> {
    r.code(Kept::from_number, "whether there are slots")
}

fn read_draft(r: &mut Reader<'_>, part: Option<&[u8]>) -> Result<Event, RecordError> {
    r.array_of(4)?;
    let (notice, kind, desk) = (read_notice_id(r)?, kind(r)?, desk(r)?);
    let content = match (kept(r)?, part) {
        (Kept::Open, Some(part)) => {
            let mut reader = Reader::new(part);
            let slots = value::read_slots(&mut reader)?;
            reader.finish()?;
            Content::Open(slots)
        }
        (Kept::Unreadable, _) => Content::Unreadable,
        (Kept::Open | Kept::Expired, _) => Content::Expired,
    };
    Ok(Event::NoticeDrafted {
        notice,
        kind,
        desk,
        content,
    })
}

/// What was said on a line: its commitments were checked before it was kept, and the envelope beside it still has them.
fn said(
    r: &mut Reader<'_>,
    header: &Header,
    opening: Option<&[u8]>,
) -> Result<Content, RecordError> {
    match (kept(r)?, opening) {
        (Kept::Open, Some(opening)) => {
            let kind = header.known_kind().ok_or(CborError::Unexpected {
                expected: "a kind whose slots could be read",
            })?;
            let slots = opening::read_kept(kind, opening).map_err(RecordError::Slots)?;
            Ok(Content::Open(slots))
        }
        (Kept::Unreadable, _) => Ok(Content::Unreadable),
        (Kept::Open, None) | (Kept::Expired, _) => Ok(Content::Expired),
    }
}

fn read_decision(r: &mut Reader<'_>) -> Read<Decision> {
    r.array_of(5)?;
    let (allowed, rules) = (r.bool()?, r.number()?);
    let because = (0..r.array(MAX_RULES)?)
        .map(|_| r.text(MAX_RULE_NAME).map(str::to_owned))
        .collect::<Read<_>>()?;
    let authority = r.optional(|r| r.slug().map(AuthorityId::new))?;
    let withheld = (0..r.array(SlotCode::ALL.len())?)
        .map(|_| r.code(SlotCode::from_number, "a slot"))
        .collect::<Read<_>>()?;
    Ok(Decision {
        allowed,
        rules,
        because,
        authority,
        withheld,
    })
}
