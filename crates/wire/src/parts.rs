//! Small things that several formats hold: times, names, heads, references.

use model::code::Lane;
use model::ids::{LineId, MAX_SLUG, PartyId, Slug};
use model::line::{Digest, EntryRef, LogHead, LogRef, Seen, Side, SubjectRef};
use model::units::Timestamp;

use crate::cbor::{CborError, Reader, Writer};

pub(crate) type Read<T> = Result<T, CborError>;

pub(crate) fn expected<T>(expected: &'static str) -> Read<T> {
    Err(CborError::Unexpected { expected })
}

/// Items that several formats write.
pub(crate) trait WriteParts {
    fn time(&mut self, time: Timestamp) -> &mut Self;
    fn head_of(&mut self, head: &LogHead) -> &mut Self;
    fn seen(&mut self, seen: &Seen) -> &mut Self;
    fn entry(&mut self, entry: &EntryRef) -> &mut Self;
    fn log(&mut self, log: &LogRef) -> &mut Self;
    fn subject(&mut self, subject: &SubjectRef) -> &mut Self;
    /// Null, or what `write` writes.
    fn optional<T>(&mut self, value: Option<T>, write: impl FnOnce(&mut Self, T)) -> &mut Self;
}

impl WriteParts for Writer {
    fn time(&mut self, time: Timestamp) -> &mut Self {
        self.int(time.as_unix_ms())
    }

    fn head_of(&mut self, head: &LogHead) -> &mut Self {
        let LogHead { epoch, size, root } = head;
        self.array(3).uint(*epoch).uint(*size).bytes(&root.0)
    }

    fn seen(&mut self, seen: &Seen) -> &mut Self {
        self.array(3).head_of(&seen.own_other);
        self.head_of(&seen.peer_stop).head_of(&seen.peer_main)
    }

    fn entry(&mut self, entry: &EntryRef) -> &mut Self {
        self.array(2).log(&entry.log).uint(entry.index)
    }

    fn log(&mut self, log: &LogRef) -> &mut Self {
        self.array(4)
            .bytes(log.line.as_bytes())
            .uint(side_number(log.side));
        self.uint(log.lane.number()).uint(log.epoch)
    }

    fn subject(&mut self, subject: &SubjectRef) -> &mut Self {
        self.array(4)
            .bool(subject.senders)
            .uint(subject.lane.number());
        self.uint(subject.epoch).uint(subject.index)
    }

    fn optional<T>(&mut self, value: Option<T>, write: impl FnOnce(&mut Self, T)) -> &mut Self {
        match value {
            None => self.null(),
            Some(value) => {
                write(self, value);
                self
            }
        }
    }
}

/// The same items, read.
pub(crate) trait ReadParts {
    fn time(&mut self) -> Read<Timestamp>;
    fn slug(&mut self) -> Read<Slug>;
    fn party(&mut self) -> Read<PartyId>;
    fn line(&mut self) -> Read<LineId>;
    fn digest(&mut self) -> Read<Digest>;
    fn head_of(&mut self) -> Read<LogHead>;
    fn seen(&mut self) -> Read<Seen>;
    fn lane(&mut self) -> Read<Lane>;
    fn entry(&mut self) -> Read<EntryRef>;
    fn log(&mut self) -> Read<LogRef>;
    fn subject(&mut self) -> Read<SubjectRef>;
    /// A number that `find` knows.
    fn code<T>(&mut self, find: fn(u16) -> Option<T>, what: &'static str) -> Read<T>;
}

impl ReadParts for Reader<'_> {
    fn time(&mut self) -> Read<Timestamp> {
        Timestamp::from_unix_ms(self.int()?).or(expected("a time between 1970 and 2200"))
    }

    fn slug(&mut self) -> Read<Slug> {
        self.text(MAX_SLUG)?.parse().or(expected("a short name"))
    }

    fn party(&mut self) -> Read<PartyId> {
        self.slug().map(PartyId::new)
    }

    fn line(&mut self) -> Read<LineId> {
        self.bytes_of().map(|bytes| LineId::from_random(*bytes))
    }

    fn digest(&mut self) -> Read<Digest> {
        self.bytes_of().map(|bytes| Digest(*bytes))
    }

    fn head_of(&mut self) -> Read<LogHead> {
        self.array_of(3)?;
        Ok(LogHead {
            epoch: self.number()?,
            size: self.uint()?,
            root: self.digest()?,
        })
    }

    fn seen(&mut self) -> Read<Seen> {
        self.array_of(3)?;
        Ok(Seen {
            own_other: self.head_of()?,
            peer_stop: self.head_of()?,
            peer_main: self.head_of()?,
        })
    }

    fn lane(&mut self) -> Read<Lane> {
        self.code(Lane::from_number, "a lane")
    }

    fn entry(&mut self) -> Read<EntryRef> {
        self.array_of(2)?;
        Ok(EntryRef {
            log: self.log()?,
            index: self.uint()?,
        })
    }

    fn log(&mut self) -> Read<LogRef> {
        self.array_of(4)?;
        Ok(LogRef {
            line: self.line()?,
            side: self.code(side_from_number, "a side")?,
            lane: self.lane()?,
            epoch: self.number()?,
        })
    }

    fn subject(&mut self) -> Read<SubjectRef> {
        self.array_of(4)?;
        Ok(SubjectRef {
            senders: self.bool()?,
            lane: self.lane()?,
            epoch: self.number()?,
            index: self.uint()?,
        })
    }

    fn code<T>(&mut self, find: fn(u16) -> Option<T>, what: &'static str) -> Read<T> {
        find(self.number()?).map_or(expected(what), Ok)
    }
}

pub(crate) const fn side_number(side: Side) -> u16 {
    match side {
        Side::Own => 1,
        Side::Peer => 2,
    }
}

pub(crate) fn side_from_number(number: u16) -> Option<Side> {
    [Side::Own, Side::Peer]
        .into_iter()
        .find(|side| side_number(*side) == number)
}
