//! What the record holds of downstream units: a unit's name and area are sealed beside the event.

use model::code::Desk;
use model::downstream::{Described, MAX_UNIT_NAME, MAX_UNITS};
use model::event::Event;
use model::ids::UnitId;
use model::slot::{SlotCode, Value};

use crate::cbor::{Reader, Writer};
use crate::parts::{ReadParts, expected};
use crate::value;

use super::{RecordError, tag};

pub(super) fn write_described(described: &Described) -> Vec<u8> {
    let mut w = Writer::with_capacity(256);
    w.array(2).text(&described.name);
    value::write(&mut w, &Value::Area(described.area.clone()));
    w.into_bytes()
}

fn read_described(part: &[u8]) -> Result<Described, RecordError> {
    let mut r = Reader::new(part);
    r.array_of(2)?;
    let name = r.text(MAX_UNIT_NAME)?.to_owned();
    let Value::Area(area) = value::read(&mut r, SlotCode::Area)? else {
        return Ok(expected("an area")?);
    };
    r.finish()?;
    Ok(Described { name, area })
}

/// The fields of `UnitEnrolled` and `UnitChanged`.
pub(super) fn write_unit(w: &mut Writer, unit: UnitId, desk: Desk) {
    w.array(2).text(unit.as_str()).uint(desk.number());
}

/// `UnitEnrolled` or `UnitChanged`; described no more where that was destroyed.
pub(super) fn read_unit(
    r: &mut Reader<'_>,
    number: u16,
    part: Option<&[u8]>,
) -> Result<Event, RecordError> {
    r.array_of(2)?;
    let unit = UnitId::new(r.slug()?);
    let desk = r.code(Desk::from_number, "a desk")?;
    let described = part.map(read_described).transpose()?;
    Ok(match number {
        tag::UNIT_ENROLLED => Event::UnitEnrolled {
            unit,
            desk,
            described,
        },
        _changed => Event::UnitChanged {
            unit,
            desk,
            described,
        },
    })
}

pub(super) fn write_units(w: &mut Writer, units: &[UnitId]) -> Result<(), RecordError> {
    if units.len() > MAX_UNITS {
        return Err(RecordError::TooLarge("the number of units"));
    }
    w.array(units.len());
    for unit in units {
        w.text(unit.as_str());
    }
    Ok(())
}

pub(super) fn read_units(r: &mut Reader<'_>) -> Result<Vec<UnitId>, RecordError> {
    let count = r.array(MAX_UNITS)?;
    (0..count).map(|_| Ok(UnitId::new(r.slug()?))).collect()
}
