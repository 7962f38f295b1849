//! Frames: what is sent over a connection or in a file, each behind four bytes of length.
//!
//! A frame is `[type, required, body, padding]`. A type that is not known is skipped unless it says that it is required.

use channel::effect::OwnFrame;
use channel::input::{Heartbeat, Hello};
use model::code::Lane;
use model::line::{LogHead, LogRef, Side};
use tlog::Cosignature;

use super::keys::LineKeys;
use super::{
    MAX_CHECKPOINT, MAX_ENTRIES, MAX_ENTRIES_BYTES, MAX_ENVELOPE, MAX_FRAME, MAX_OPENING,
    MAX_VERSIONS,
};
use crate::cbor::{CborError, Reader, Writer};
use crate::codes::numbered;
use crate::cose::{self, Purpose};
use crate::keys::Signer;
use crate::pad::{self, Classes};
use crate::parts::{Read, ReadParts, WriteParts};

/// Bytes in front of a frame: its length, big-endian.
pub const PREFIX: usize = 4;

pub(crate) const CLASSES: Classes = Classes {
    least: 512,
    step: 4096,
    most: MAX_FRAME,
};

numbered! {
    /// What a frame is.
    FrameType {
        Hello = 1, "hello";
        /// Entries of one log and the checkpoint that covers them; either may be missing.
        Entries = 2, "entries";
        Cosigned = 3, "cosigned";
        Heartbeat = 4, "heartbeat";
        Fetch = 5, "fetch";
        Epoch = 6, "epoch";
        Manifest = 7, "manifest";
    }
}

/// Why a frame cannot be made. Each is an error of this node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    #[error("a frame holds {given} {what}, at most {most}")]
    TooMany {
        what: &'static str,
        given: usize,
        most: usize,
    },
    #[error("a frame of {bytes} bytes is over {MAX_FRAME}")]
    TooLarge { bytes: usize },
}

fn within(what: &'static str, given: usize, most: usize) -> Result<(), FrameError> {
    match given <= most {
        true => Ok(()),
        false => Err(FrameError::TooMany { what, given, most }),
    }
}

fn frame(kind: FrameType, body: impl FnOnce(&mut Writer)) -> Result<Vec<u8>, FrameError> {
    let mut writer = Writer::with_capacity(1024);
    writer.raw(&[0; PREFIX]);
    // Every type of this version is required: a node that skips one would miss what it says.
    writer.array(4).uint(kind.number()).bool(true);
    body(&mut writer);
    let bytes = writer.len();
    // The prefix is not counted in a class, so `fill` sees the frame without it.
    let zeroes = CLASSES.fill(bytes - PREFIX);
    writer.zeroes(zeroes.ok_or(FrameError::TooLarge { bytes })?);
    let mut frame = writer.into_bytes();
    let len = u32::try_from(frame.len() - PREFIX).map_err(|_| FrameError::TooLarge { bytes })?;
    frame[..PREFIX].copy_from_slice(&len.to_be_bytes());
    Ok(frame)
}

/// A frame of our own that holds no entries, with its length in front.
///
/// # Errors
/// [`FrameError`].
pub fn own(frame: &OwnFrame, keys: &LineKeys, signer: &Signer) -> Result<Vec<u8>, FrameError> {
    match frame {
        OwnFrame::Hello(hello) => self::hello(hello),
        OwnFrame::Heartbeat(heartbeat) => self::heartbeat(heartbeat, keys, signer),
        OwnFrame::Fetch { log, from } => self::frame(FrameType::Fetch, |writer| {
            write_log(writer.array(4), log).uint(*from);
        }),
        OwnFrame::Epoch { statement } => self::frame(FrameType::Epoch, |writer| {
            writer.bytes(statement);
        }),
        OwnFrame::Manifest { manifest } => self::frame(FrameType::Manifest, |writer| {
            writer.bytes(manifest);
        }),
    }
}

fn hello(hello: &Hello) -> Result<Vec<u8>, FrameError> {
    within("versions", hello.versions.len(), MAX_VERSIONS)?;
    frame(FrameType::Hello, |writer| {
        writer.array(7).array(hello.versions.len());
        for version in &hello.versions {
            writer.uint(*version);
        }
        writer.uint(hello.manifest).uint(hello.held_manifest);
        writer.time(hello.sent_at);
        for heads in [&hello.own, &hello.held, &hello.delivered] {
            write_heads(writer, heads);
        }
    })
}

fn write_heads<'w>(writer: &'w mut Writer, [stop, main]: &[LogHead; 2]) -> &'w mut Writer {
    writer.array(2).head_of(stop).head_of(main)
}

fn heartbeat(
    heartbeat: &Heartbeat,
    keys: &LineKeys,
    signer: &Signer,
) -> Result<Vec<u8>, FrameError> {
    let mut payload = Writer::with_capacity(256);
    payload.array(6).bytes(keys.line().as_bytes());
    payload.text(keys.us().party().as_str());
    payload.time(heartbeat.sent_at);
    payload.time(heartbeat.echo.sent_at);
    payload.time(heartbeat.echo.arrived_at);
    write_heads(&mut payload, &heartbeat.own);
    let message = cose::sign(signer, Purpose::Heartbeat, payload.as_slice());
    frame(FrameType::Heartbeat, |writer| {
        writer.bytes(&message);
    })
}

/// Three items: whether the log is the sender's, its lane and its epoch. The line is the connection's.
fn write_log<'w>(writer: &'w mut Writer, log: &LogRef) -> &'w mut Writer {
    writer
        .bool(log.side == Side::Own)
        .uint(log.lane.number())
        .uint(log.epoch)
}

/// Stored entries (envelope and opening) of `log`, in order, and a signed checkpoint, with the length in front.
///
/// # Errors
/// Over [`MAX_ENTRIES`] entries or [`MAX_FRAME`] bytes; [`fits`] says how many to give.
pub fn entries(
    log: LogRef,
    entries: &[(&[u8], &[u8])],
    checkpoint: Option<&[u8]>,
) -> Result<Vec<u8>, FrameError> {
    within("entries", entries.len(), MAX_ENTRIES)?;
    for (envelope, opening) in entries {
        within("bytes of an envelope", envelope.len(), MAX_ENVELOPE)?;
        within("bytes of an opening", opening.len(), MAX_OPENING)?;
    }
    let note = checkpoint.map_or(0, <[u8]>::len);
    within("bytes of a checkpoint", note, MAX_CHECKPOINT)?;
    frame(FrameType::Entries, |writer| {
        write_log(writer.array(5), &log).array(2 * entries.len());
        for (envelope, opening) in entries {
            writer.bytes(envelope).bytes(opening);
        }
        writer.optional(checkpoint, |writer, note| {
            writer.bytes(note);
        });
    })
}

/// How many of the next entries, given by the bytes of envelope and opening together, go into one frame: at least one.
pub fn fits(sizes: impl IntoIterator<Item = usize>) -> usize {
    let mut bytes = 0;
    let full = |size: &usize| {
        bytes += size;
        bytes <= MAX_ENTRIES_BYTES
    };
    let count = sizes.into_iter().take(MAX_ENTRIES).take_while(full).count();
    count.max(1)
}

/// Our cosignature of `head` of the peer's `log`, with the length in front: the receipt "delivered".
///
/// # Errors
/// None for a log of this line.
pub fn cosigned(
    log: LogRef,
    head: LogHead,
    cosignature: &Cosignature,
) -> Result<Vec<u8>, FrameError> {
    frame(FrameType::Cosigned, |writer| {
        write_log(writer.array(5), &log).head_of(&LogHead {
            epoch: log.epoch,
            ..head
        });
        writer.bytes(&cosignature.to_bytes());
    })
}

/// A frame taken apart, not yet verified. Borrows from the bytes.
#[derive(Clone, Debug)]
pub enum Parsed<'a> {
    Hello(Box<Hello>),
    Entries(ParsedEntries<'a>),
    Cosigned {
        log: SentLog,
        head: LogHead,
        cosignature: Cosignature,
    },
    /// COSE_Sign1.
    Heartbeat(&'a [u8]),
    Fetch {
        log: SentLog,
        from: u64,
    },
    Epoch(&'a [u8]),
    Manifest(&'a [u8]),
    /// Of a type that is not known here and need not be.
    Skipped(u16),
}

/// A log as its sender names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SentLog {
    pub senders: bool,
    pub lane: Lane,
    pub epoch: u32,
}

impl SentLog {
    /// As the receiver names it.
    pub fn here(self, line: model::ids::LineId) -> LogRef {
        let side = if self.senders { Side::Peer } else { Side::Own };
        let (lane, epoch) = (self.lane, self.epoch);
        LogRef {
            line,
            side,
            lane,
            epoch,
        }
    }

    fn read(reader: &mut Reader<'_>) -> Read<Self> {
        Ok(Self {
            senders: reader.bool()?,
            lane: reader.lane()?,
            epoch: reader.number()?,
        })
    }
}

#[derive(Clone, Debug)]
pub struct ParsedEntries<'a> {
    pub log: SentLog,
    /// Envelope and opening.
    pub entries: Vec<(&'a [u8], &'a [u8])>,
    pub checkpoint: Option<&'a [u8]>,
}

/// Takes a frame apart, without the length in front.
///
/// # Errors
/// Why it is none.
pub fn parse(frame: &[u8]) -> Result<Parsed<'_>, CborError> {
    if frame.len() > MAX_FRAME {
        return Err(CborError::TooLong {
            given: frame.len() as u64,
            most: MAX_FRAME as u64,
        });
    }
    if !CLASSES.contains(frame.len()) {
        return Err(CborError::Unexpected {
            expected: "a frame of a size that is sent",
        });
    }
    let mut reader = Reader::new(frame);
    reader.array_of(4)?;
    let (number, required) = (reader.number()?, reader.bool()?);
    let parsed = match FrameType::from_number(number) {
        Some(kind) if required => body(&mut reader, kind)?,
        Some(_) => {
            return Err(CborError::Unexpected {
                expected: "a frame of this type to be required",
            });
        }
        None if required => {
            return Err(CborError::Unexpected {
                expected: "a frame of a known type",
            });
        }
        None => {
            reader.skip()?;
            Parsed::Skipped(number)
        }
    };
    pad::read_padding(&mut reader)?;
    reader.finish()?;
    Ok(parsed)
}

fn body<'a>(reader: &mut Reader<'a>, kind: FrameType) -> Read<Parsed<'a>> {
    Ok(match kind {
        FrameType::Hello => Parsed::Hello(Box::new(read_hello(reader)?)),
        FrameType::Entries => Parsed::Entries(read_entries(reader)?),
        FrameType::Cosigned => {
            reader.array_of(5)?;
            let (log, head) = (SentLog::read(reader)?, reader.head_of()?);
            let cosignature = reader.bytes(tlog::cosignature::COSIGNATURE_BYTES)?;
            let cosignature = Cosignature::from_bytes(cosignature);
            Parsed::Cosigned {
                log,
                head,
                cosignature: cosignature.ok_or(CborError::Unexpected {
                    expected: "a cosignature",
                })?,
            }
        }
        FrameType::Heartbeat => Parsed::Heartbeat(reader.bytes(MAX_FRAME)?),
        FrameType::Fetch => {
            reader.array_of(4)?;
            Parsed::Fetch {
                log: SentLog::read(reader)?,
                from: reader.uint()?,
            }
        }
        FrameType::Epoch => Parsed::Epoch(reader.bytes(crate::epoch::MAX_STATEMENT)?),
        FrameType::Manifest => Parsed::Manifest(reader.bytes(crate::manifest::MAX_MANIFEST)?),
    })
}

fn read_hello(reader: &mut Reader<'_>) -> Read<Hello> {
    reader.array_of(7)?;
    let count = reader.array(MAX_VERSIONS)?;
    let versions: Vec<u16> = (0..count).map(|_| reader.number()).collect::<Read<_>>()?;
    if versions.is_empty() || versions.windows(2).any(|pair| pair[0] <= pair[1]) {
        return Err(CborError::Unexpected {
            expected: "versions, the highest first",
        });
    }
    Ok(Hello {
        versions,
        manifest: reader.number()?,
        held_manifest: reader.number()?,
        sent_at: reader.time()?,
        own: read_heads(reader)?,
        held: read_heads(reader)?,
        delivered: read_heads(reader)?,
        held_roots: [None, None],
    })
}

pub(crate) fn read_heads(reader: &mut Reader<'_>) -> Read<[LogHead; 2]> {
    reader.array_of(2)?;
    Ok([reader.head_of()?, reader.head_of()?])
}

fn read_entries<'a>(reader: &mut Reader<'a>) -> Read<ParsedEntries<'a>> {
    reader.array_of(5)?;
    let log = SentLog::read(reader)?;
    let items = reader.array(2 * MAX_ENTRIES)?;
    if items % 2 != 0 {
        return Err(CborError::Unexpected {
            expected: "an opening for every envelope",
        });
    }
    // Their own limits are the receiver's to judge, entry by entry.
    let entries = (0..items / 2)
        .map(|_| Ok((reader.bytes(MAX_FRAME)?, reader.bytes(MAX_FRAME)?)))
        .collect::<Read<_>>()?;
    let checkpoint = reader.optional(|reader| reader.bytes(MAX_CHECKPOINT))?;
    Ok(ParsedEntries {
        log,
        entries,
        checkpoint,
    })
}

#[cfg(test)]
#[path = "frame_tests.rs"]
pub(crate) mod tests;
