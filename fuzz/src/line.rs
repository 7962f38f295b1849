//! What comes over a connection, from its first byte.

use channel::effect::OwnFrame;
use channel::input::PeerFrame;
use model::code::{Desk, Role, Urgency};
use model::event::{Actor, Event, Fact};
use model::ids::NoticeId;
use model::kind::Kind;
use model::line::{Digest, EntryRef};
use model::message::{Content, Header};
use model::slot::Slots;
use wire::cose::Purpose;
use wire::line::envelope::Envelope;
use wire::line::frame::{self, Parsed};
use wire::line::preamble::PREAMBLE;
use wire::line::{FrameReader, MAX_ENTRIES, MAX_FRAME, Preamble};
use wire::record;

use crate::keys::{self, KEYS, OPERATIONAL};
use crate::{halves, signed};

/// `data`, and the same filled up with zeroes to a size class, so that more than the size is looked at.
fn padded(data: &[u8], least: usize) -> [Vec<u8>; 2] {
    let mut padded = data.to_vec();
    padded.resize(data.len().max(least).next_power_of_two(), 0);
    [data.to_vec(), padded]
}

/// Deterministic CBOR: what is accepted is one item, and no piece of it is.
pub fn cbor(data: &[u8]) {
    if wire::cbor::check(data).is_ok() {
        for len in [0, data.len() / 2, data.len() - 1] {
            assert!(wire::cbor::check(&data[..len]).is_err());
        }
    }
}

/// An envelope and its opening, as sent and rightly signed.
pub fn envelope(data: &[u8]) {
    let (sent, opening) = halves(data);
    let again = signed::again(sent, &OPERATIONAL, Purpose::Envelope);
    for envelope in [Some(sent.to_vec()), again].into_iter().flatten() {
        if let Ok(parsed) = Envelope::parse(&envelope) {
            let _ = parsed.content(opening);
        }
        let to = KEYS.us().party();
        let Ok(arrived) = wire::line::open(&envelope, opening, keys::line(), KEYS.peer(), to)
        else {
            continue;
        };
        assert_eq!(&arrived.envelope[..], &envelope[..]);
        assert_eq!(
            arrived.content == Content::Unreadable,
            arrived.unreadable.is_some()
        );
    }
}

/// An opening: the first byte chooses the kind. What it opens can be kept and read again.
pub fn opening(data: &[u8]) {
    let Some((first, opening)) = data.split_first() else {
        return;
    };
    let kind = Kind::ALL[usize::from(*first) % Kind::ALL.len()];
    let commitments = vec![0; kind.slots().len() * 32];
    for opening in padded(opening, 256) {
        let _ = wire::line::opening::read(kind, &commitments, &opening);
        let _ = wire::line::opening::without(&opening, &kind.slots()[..1]);
        // As the journal reads it: the commitments were checked before it was kept.
        let Ok(encoded) = record::encode(&said(kind), Some(&opening), &[0; record::SALT]) else {
            continue;
        };
        let Ok(fact) = record::decode(&encoded.head, Some(&opening)) else {
            continue;
        };
        if let Event::MessageSent {
            content: Content::Open(slots),
            ..
        } = fact.event
        {
            kept(kind, slots);
        }
    }
}

fn said(kind: Kind) -> Fact {
    let header = Header {
        kind: kind.number(),
        purpose: "flight-safety".parse().expect("a purpose"),
        role: Role::Watch,
        urgency: Urgency::Routine,
        desk: Desk::Air,
        sent_at: keys::at(),
    };
    let event = Event::MessageSent {
        entry: EntryRef {
            log: keys::log(),
            index: 0,
        },
        leaf: Digest([0; 32]),
        header,
        content: Content::Open(Slots::new()),
        authority: "standing-release".parse().expect("an authority"),
        notice: None,
    };
    fact(event)
}

fn fact(event: Event) -> Fact {
    Fact {
        at: keys::at(),
        by: Actor::Node,
        event,
    }
}

/// Slots that were read can be written, and read as the same.
fn kept(kind: Kind, slots: Slots) {
    let draft = fact(Event::NoticeDrafted {
        notice: NoticeId::from_random([1; 16]),
        kind,
        desk: Desk::Air,
        content: Content::Open(slots),
    });
    let encoded = record::encode(&draft, None, &[0; record::SALT]).expect("what was read is kept");
    let again = record::decode(&encoded.head, encoded.opening.as_deref());
    assert_eq!(again, Ok(draft));
}

/// A frame without its length, as sent and with what is in it rightly signed.
pub fn frame(data: &[u8]) {
    for mut frame in padded(data, 512) {
        taken(&frame);
        sign_inside(&mut frame);
        taken(&frame);
    }
}

fn taken(frame: &[u8]) {
    let taken = wire::line::receive(frame, &KEYS);
    assert!(taken.frames.len() <= 3 * MAX_ENTRIES + 2);
}

fn sign_inside(frame: &mut [u8]) {
    let places: Vec<(usize, usize, Purpose)> = match frame::parse(frame) {
        Ok(Parsed::Entries(entries)) => {
            let place = |envelope: &[u8]| {
                let at = signed::offset(frame, envelope);
                (at, envelope.len(), Purpose::Envelope)
            };
            entries.entries.iter().map(|(e, _)| place(e)).collect()
        }
        Ok(Parsed::Heartbeat(message)) => {
            let at = signed::offset(frame, message);
            vec![(at, message.len(), Purpose::Heartbeat)]
        }
        Ok(
            Parsed::Hello(_)
            | Parsed::Cosigned { .. }
            | Parsed::Fetch { .. }
            | Parsed::Epoch(_)
            | Parsed::Manifest(_)
            | Parsed::Skipped(_),
        )
        | Err(_) => Vec::new(),
    };
    for (at, len, purpose) in places {
        signed::again_within(frame, at, len, &OPERATIONAL, purpose);
    }
}

/// The first frame of a connection: what is accepted is written back byte for byte.
pub fn hello(data: &[u8]) {
    for frame in padded(data, 512) {
        let taken = wire::line::receive(&frame, &KEYS);
        if let Some(PeerFrame::Hello(hello)) = taken.frames.into_iter().next() {
            let own = OwnFrame::Hello(hello);
            let again = frame::own(&own, &KEYS, &OPERATIONAL).expect("a hello that was read");
            assert_eq!(&again[frame::PREFIX..], &frame[..]);
        }
    }
}

/// The dialler's first bytes.
pub fn preamble(data: &[u8]) {
    let Some((bytes, _)) = data.split_first_chunk::<PREAMBLE>() else {
        return;
    };
    if let Ok(preamble) = Preamble::from_bytes(bytes) {
        assert_eq!(&preamble.to_bytes(), bytes);
    }
}

/// A stream of frames: however it is cut, the same frames come out, and none over the limit.
pub fn stream(data: &[u8]) {
    let pieces = |size: usize| {
        let (mut reader, mut frames) = (FrameReader::new(), Vec::new());
        for mut piece in data.chunks(size) {
            loop {
                match reader.next(&mut piece) {
                    Ok(Some(frame)) => {
                        assert!(frame.len() <= MAX_FRAME);
                        frames.push(frame);
                    }
                    Ok(None) => break,
                    Err(too_large) => return (frames, Some(too_large)),
                }
            }
        }
        (frames, None)
    };
    assert_eq!(pieces(7), pieces(data.len().max(1)));
}
