//! Small things that events hold.

use model::code::{Desk, RefusalReason};
use model::event::{Actor, AlarmCause, Arrival, StopOfMain, StopStage};
use model::ids::{ElementId, NoticeId, OfficerId, UnitId};
use model::line::LinkState;
use model::message::{Content, Header};

use crate::cbor::{Reader, Writer};
use crate::parts::{Read, ReadParts, WriteParts, expected};

/// Code and, for an officer or a unit, who: two items.
pub(super) fn write_actor(writer: &mut Writer, actor: Actor) {
    match actor {
        Actor::Node => writer.uint(1u8).null(),
        Actor::Officer(officer) => writer.uint(2u8).text(officer.as_str()),
        Actor::Administrator => writer.uint(3u8).null(),
        Actor::Peer => writer.uint(4u8).null(),
        Actor::Unit(unit) => writer.uint(15u8).text(unit.as_str()),
    };
}

pub(super) fn read_actor(reader: &mut Reader<'_>) -> Read<Actor> {
    let code: u8 = reader.number()?;
    let who = reader.optional(|reader| reader.slug())?;
    match (code, who) {
        (1, None) => Ok(Actor::Node),
        (2, Some(officer)) => Ok(Actor::Officer(OfficerId::new(officer))),
        (3, None) => Ok(Actor::Administrator),
        (4, None) => Ok(Actor::Peer),
        (15, Some(unit)) => Ok(Actor::Unit(UnitId::new(unit))),
        _unknown => expected("an actor"),
    }
}

pub(super) fn write_header<'w>(writer: &'w mut Writer, header: &Header) -> &'w mut Writer {
    writer
        .array(6)
        .uint(header.kind)
        .text(header.purpose.as_str());
    writer.uint(header.role.number());
    writer.uint(header.urgency.number());
    writer.uint(header.desk.number()).time(header.sent_at)
}

pub(super) fn read_header(reader: &mut Reader<'_>) -> Read<Header> {
    use model::code::{Role, Urgency};
    reader.array_of(6)?;
    Ok(Header {
        kind: reader.number()?,
        purpose: model::ids::PurposeId::new(reader.slug()?),
        role: reader.code(Role::from_number, "a role")?,
        urgency: reader.code(Urgency::from_number, "an urgency")?,
        desk: reader.code(Desk::from_number, "a desk")?,
        sent_at: reader.time()?,
    })
}

/// What of a content the head tells: whether there were slots, not which.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kept {
    Open,
    Unreadable,
    Expired,
}

impl Kept {
    pub fn of(content: &Content) -> Self {
        match content {
            Content::Open(_) => Kept::Open,
            Content::Unreadable => Kept::Unreadable,
            Content::Expired => Kept::Expired,
        }
    }

    pub const fn number(self) -> u16 {
        match self {
            Kept::Open => 1,
            Kept::Unreadable => 2,
            Kept::Expired => 3,
        }
    }

    pub fn from_number(number: u16) -> Option<Self> {
        let all = [Kept::Open, Kept::Unreadable, Kept::Expired];
        all.into_iter().find(|kept| kept.number() == number)
    }
}

pub(super) fn write_arrival(writer: &mut Writer, arrival: Arrival) -> &mut Writer {
    let code = match arrival {
        Arrival::Line { .. } => 1u8,
        Arrival::File { .. } => 2,
        Arrival::Recovered { .. } => 3,
    };
    writer.array(2).uint(code).time(arrival.at())
}

pub(super) fn read_arrival(reader: &mut Reader<'_>) -> Read<Arrival> {
    reader.array_of(2)?;
    let (code, at) = (reader.number::<u8>()?, reader.time()?);
    match code {
        1 => Ok(Arrival::Line { at }),
        2 => Ok(Arrival::File { at }),
        3 => Ok(Arrival::Recovered { at }),
        _unknown => expected("a way of arrival"),
    }
}

pub(super) fn write_refusal(writer: &mut Writer, reason: RefusalReason) {
    writer.uint(reason.number());
}

pub(super) fn read_refusal(reader: &mut Reader<'_>) -> Read<RefusalReason> {
    reader.code(RefusalReason::from_number, "a reason of refusal")
}

pub(super) fn write_notice_id(writer: &mut Writer, notice: NoticeId) {
    writer.bytes(notice.as_bytes());
}

pub(super) fn read_notice_id(reader: &mut Reader<'_>) -> Read<NoticeId> {
    reader.bytes_of().map(|bytes| NoticeId::from_random(*bytes))
}

pub(super) const fn link_number(link: LinkState) -> u16 {
    match link {
        LinkState::Up => 1,
        LinkState::Degraded => 2,
        LinkState::Down => 3,
        LinkState::ByFile => 4,
    }
}

pub(super) fn link_from_number(number: u16) -> Option<LinkState> {
    [
        LinkState::Up,
        LinkState::Degraded,
        LinkState::Down,
        LinkState::ByFile,
    ]
    .into_iter()
    .find(|link| link_number(*link) == number)
}

pub(super) const fn cause_number(cause: StopOfMain) -> u16 {
    match cause {
        StopOfMain::DiskFull => 1,
        StopOfMain::JournalFailed => 2,
    }
}

pub(super) fn cause_from_number(number: u16) -> Option<StopOfMain> {
    [StopOfMain::DiskFull, StopOfMain::JournalFailed]
        .into_iter()
        .find(|cause| cause_number(*cause) == number)
}

const fn stage_number(stage: StopStage) -> u16 {
    match stage {
        StopStage::Accept => 1,
        StopStage::Answer => 2,
        StopStage::Confirm => 3,
    }
}

fn stage_from_number(number: u16) -> Option<StopStage> {
    [StopStage::Accept, StopStage::Answer, StopStage::Confirm]
        .into_iter()
        .find(|stage| stage_number(*stage) == number)
}

mod alarm {
    pub const STOP_CALL: u16 = 1;
    pub const STOP_NOT_DELIVERED: u16 = 2;
    pub const STOP_OBLIGATION_MISSED: u16 = 3;
    pub const STOP_ANSWER_DUE: u16 = 4;
    pub const STOP_ENDED: u16 = 5;
    pub const STOP_LIMIT: u16 = 6;
    pub const LINK_DOWN: u16 = 7;
    pub const CLOCK_OFFSET: u16 = 8;
    pub const MAIN_HALTED: u16 = 9;
    pub const NO_SOUNDER: u16 = 10;
    pub const ANSWER_DUE: u16 = 11;
    pub const LINE_CHECK_DUE: u16 = 12;
    pub const CANNOT_SEND: u16 = 13;
    pub const CONFLICT: u16 = 14;
    pub const ELEMENT_CALLED: u16 = 15;
    pub const CONSENT_WITHDRAWN: u16 = 16;
    pub const UNITS_SILENT: u16 = 25;
    pub const WALL_LOCKED: u16 = 30;
    pub const WATCH_TOO_FEW: u16 = 31;
    pub const PHRASE_WAITS: u16 = 32;
    pub const CLAIM_TO_READ: u16 = 33;
    pub const CLAIM_ANSWER_DUE: u16 = 34;
    pub const WARNING_TO_ACKNOWLEDGE: u16 = 35;
}

pub(super) fn write_alarm(writer: &mut Writer, cause: AlarmCause) {
    match cause {
        AlarmCause::StopCall { call } => writer.array(2).uint(alarm::STOP_CALL).entry(&call),
        AlarmCause::StopNotDelivered { call } => {
            writer.array(2).uint(alarm::STOP_NOT_DELIVERED).entry(&call)
        }
        AlarmCause::StopObligationMissed { call, stage } => {
            writer.array(3).uint(alarm::STOP_OBLIGATION_MISSED);
            writer.entry(&call).uint(stage_number(stage))
        }
        AlarmCause::StopAnswerDue { call, stage } => {
            writer.array(3).uint(alarm::STOP_ANSWER_DUE);
            writer.entry(&call).uint(stage_number(stage))
        }
        AlarmCause::StopEnded { call } => writer.array(2).uint(alarm::STOP_ENDED).entry(&call),
        AlarmCause::StopLimit { call } => writer.array(2).uint(alarm::STOP_LIMIT).entry(&call),
        AlarmCause::LinkDown { line } => writer
            .array(2)
            .uint(alarm::LINK_DOWN)
            .bytes(line.as_bytes()),
        AlarmCause::ClockOffset { line } => writer
            .array(2)
            .uint(alarm::CLOCK_OFFSET)
            .bytes(line.as_bytes()),
        AlarmCause::MainHalted { line } => writer
            .array(2)
            .uint(alarm::MAIN_HALTED)
            .bytes(line.as_bytes()),
        AlarmCause::NoSounder { desk } => {
            writer.array(2).uint(alarm::NO_SOUNDER).uint(desk.number())
        }
        AlarmCause::AnswerDue { line, desk } => {
            writer.array(3).uint(alarm::ANSWER_DUE);
            writer.bytes(line.as_bytes()).uint(desk.number())
        }
        AlarmCause::LineCheckDue { line } => writer
            .array(2)
            .uint(alarm::LINE_CHECK_DUE)
            .bytes(line.as_bytes()),
        AlarmCause::Conflict { line, desk } => {
            writer.array(3).uint(alarm::CONFLICT);
            writer.bytes(line.as_bytes()).uint(desk.number())
        }
        AlarmCause::CannotSend => writer.array(1).uint(alarm::CANNOT_SEND),
        AlarmCause::ElementCalled { element } => writer
            .array(2)
            .uint(alarm::ELEMENT_CALLED)
            .text(element.as_str()),
        AlarmCause::ConsentWithdrawn { line, desk } => {
            writer.array(3).uint(alarm::CONSENT_WITHDRAWN);
            writer.bytes(line.as_bytes()).uint(desk.number())
        }
        AlarmCause::UnitsSilent { desk } => writer
            .array(2)
            .uint(alarm::UNITS_SILENT)
            .uint(desk.number()),
        AlarmCause::WallLocked { desk } => {
            writer.array(2).uint(alarm::WALL_LOCKED).uint(desk.number())
        }
        AlarmCause::WatchTooFew { desk } => writer
            .array(2)
            .uint(alarm::WATCH_TOO_FEW)
            .uint(desk.number()),
        AlarmCause::PhraseWaits { line, desk } => {
            writer.array(3).uint(alarm::PHRASE_WAITS);
            writer.bytes(line.as_bytes()).uint(desk.number())
        }
        AlarmCause::ClaimToRead { line, desk } => {
            writer.array(3).uint(alarm::CLAIM_TO_READ);
            writer.bytes(line.as_bytes()).uint(desk.number())
        }
        AlarmCause::ClaimAnswerDue { line, desk } => {
            writer.array(3).uint(alarm::CLAIM_ANSWER_DUE);
            writer.bytes(line.as_bytes()).uint(desk.number())
        }
        AlarmCause::WarningToAcknowledge { line, desk } => {
            writer.array(3).uint(alarm::WARNING_TO_ACKNOWLEDGE);
            writer.bytes(line.as_bytes()).uint(desk.number())
        }
    };
}

pub(super) fn read_alarm(reader: &mut Reader<'_>) -> Read<AlarmCause> {
    let (len, code) = (reader.array(3)?, reader.number::<u16>()?);
    let stage = |reader: &mut Reader<'_>| reader.code(stage_from_number, "a stage");
    let desk = |reader: &mut Reader<'_>| reader.code(Desk::from_number, "a desk");
    Ok(match (code, len) {
        (alarm::STOP_CALL, 2) => AlarmCause::StopCall {
            call: reader.entry()?,
        },
        (alarm::STOP_NOT_DELIVERED, 2) => AlarmCause::StopNotDelivered {
            call: reader.entry()?,
        },
        (alarm::STOP_OBLIGATION_MISSED, 3) => AlarmCause::StopObligationMissed {
            call: reader.entry()?,
            stage: stage(reader)?,
        },
        (alarm::STOP_ANSWER_DUE, 3) => AlarmCause::StopAnswerDue {
            call: reader.entry()?,
            stage: stage(reader)?,
        },
        (alarm::STOP_ENDED, 2) => AlarmCause::StopEnded {
            call: reader.entry()?,
        },
        (alarm::STOP_LIMIT, 2) => AlarmCause::StopLimit {
            call: reader.entry()?,
        },
        (alarm::LINK_DOWN, 2) => AlarmCause::LinkDown {
            line: reader.line()?,
        },
        (alarm::CLOCK_OFFSET, 2) => AlarmCause::ClockOffset {
            line: reader.line()?,
        },
        (alarm::MAIN_HALTED, 2) => AlarmCause::MainHalted {
            line: reader.line()?,
        },
        (alarm::NO_SOUNDER, 2) => AlarmCause::NoSounder {
            desk: desk(reader)?,
        },
        (alarm::ANSWER_DUE, 3) => AlarmCause::AnswerDue {
            line: reader.line()?,
            desk: desk(reader)?,
        },
        (alarm::LINE_CHECK_DUE, 2) => AlarmCause::LineCheckDue {
            line: reader.line()?,
        },
        (alarm::CONFLICT, 3) => AlarmCause::Conflict {
            line: reader.line()?,
            desk: desk(reader)?,
        },
        (alarm::CANNOT_SEND, 1) => AlarmCause::CannotSend,
        (alarm::ELEMENT_CALLED, 2) => AlarmCause::ElementCalled {
            element: ElementId::new(reader.slug()?),
        },
        (alarm::CONSENT_WITHDRAWN, 3) => AlarmCause::ConsentWithdrawn {
            line: reader.line()?,
            desk: desk(reader)?,
        },
        (alarm::UNITS_SILENT, 2) => AlarmCause::UnitsSilent {
            desk: desk(reader)?,
        },
        (alarm::WALL_LOCKED, 2) => AlarmCause::WallLocked {
            desk: desk(reader)?,
        },
        (alarm::WATCH_TOO_FEW, 2) => AlarmCause::WatchTooFew {
            desk: desk(reader)?,
        },
        (alarm::PHRASE_WAITS, 3) => AlarmCause::PhraseWaits {
            line: reader.line()?,
            desk: desk(reader)?,
        },
        (alarm::CLAIM_TO_READ, 3) => AlarmCause::ClaimToRead {
            line: reader.line()?,
            desk: desk(reader)?,
        },
        (alarm::CLAIM_ANSWER_DUE, 3) => AlarmCause::ClaimAnswerDue {
            line: reader.line()?,
            desk: desk(reader)?,
        },
        (alarm::WARNING_TO_ACKNOWLEDGE, 3) => AlarmCause::WarningToAcknowledge {
            line: reader.line()?,
            desk: desk(reader)?,
        },
        _unknown => return expected("a cause of an alarm"),
    })
}
