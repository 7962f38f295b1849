//! The witness of a conflict, as it is sealed beside the event.

use model::arrangement::Separation;
use model::conflict::Witness;
use model::kind::Kind;
use model::units::{Millimetres, Millis};

use crate::cbor::{Reader, Writer};
use crate::parts::{Read, ReadParts, WriteParts, expected};
use crate::value::{read_position, write_position};

use super::RecordError;

const ITEMS: usize = 12;

pub(super) fn write_witness(witness: &Witness) -> Vec<u8> {
    let mut w = Writer::with_capacity(128);
    let asked = witness.asked;
    let [one, other] = asked.between;
    w.array(ITEMS).uint(one.number()).uint(other.number());
    w.int(asked.horizontal.as_mm())
        .int(asked.vertical.as_mm())
        .int(asked.time.as_ms());
    w.int(witness.horizontal.as_mm())
        .int(witness.vertical.as_mm())
        .int(witness.time.as_ms());
    w.array(4);
    for at in witness.at {
        write_position(&mut w, at);
    }
    w.time(witness.from)
        .time(witness.until)
        .bool(witness.uncertain);
    w.into_bytes()
}

pub(super) fn read_witness(part: &[u8]) -> Result<Witness, RecordError> {
    let mut r = Reader::new(part);
    r.array_of(ITEMS)?;
    let kind = |r: &mut Reader<'_>| r.code(Kind::from_number, "a kind");
    let length = |r: &mut Reader<'_>| -> Read<Millimetres> {
        Millimetres::new(r.int()?).or(expected("a shorter length"))
    };
    let span = |r: &mut Reader<'_>| -> Read<Millis> {
        Millis::new(r.int()?).or(expected("a shorter time"))
    };
    let between = [kind(&mut r)?, kind(&mut r)?];
    let asked = Separation {
        between,
        horizontal: length(&mut r)?,
        vertical: length(&mut r)?,
        time: span(&mut r)?,
    };
    let (horizontal, vertical, time) = (length(&mut r)?, length(&mut r)?, span(&mut r)?);
    r.array_of(4)?;
    let at = [read_position(&mut r)?, read_position(&mut r)?];
    let (from, until, uncertain) = (r.time()?, r.time()?, r.bool()?);
    r.finish()?;
    Ok(Witness {
        asked,
        horizontal,
        at,
        vertical,
        time,
        from,
        until,
        uncertain,
    })
}
