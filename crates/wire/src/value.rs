//! What a slot holds, as bytes. Each shape has one encoding; numbers are the units of `model`.

use model::altitude::{
    AltitudeUnit, FlightLevel, Height, HeightReference, StatedAltitude, StatedBand,
};
use model::code::{MediaType, RefusalReason};
use model::description::{Anchor, RawDescription, SecondDescription};
use model::ids::ReferencePointId;
use model::line::Digest;
use model::place::{
    Area, Circle, Corridor, MAX_CORRIDOR_POINTS, MAX_VERTICES, Polygon, Position, StatedPosition,
};
use model::slot::{
    Evidence, MAX_EVIDENCE, MAX_ITEMS, MAX_NAME, MAX_TEXT, MAX_TIMES, Shape, SlotCode, SlotRefusal,
    Slots, Value,
};
use model::units::{Bearing, Millimetres};
use model::window::Window;

use crate::cbor::{CborError, Reader, Writer};
use crate::parts::{ReadParts, WriteParts};

/// Why a value cannot be read, in the words in which an entry is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Unread(pub RefusalReason);

impl From<CborError> for Unread {
    fn from(_: CborError) -> Self {
        Unread(RefusalReason::UnreadableSlots)
    }
}

impl From<SlotRefusal> for Unread {
    fn from(refusal: SlotRefusal) -> Self {
        Unread(match refusal {
            SlotRefusal::UnknownCode { .. } => RefusalReason::UnknownCode,
            SlotRefusal::WrongShape(_)
            | SlotRefusal::TooLarge { .. }
            | SlotRefusal::ForbiddenCharacter(_) => RefusalReason::UnreadableSlots,
        })
    }
}

fn bad<E>(reason: RefusalReason) -> impl FnOnce(E) -> Unread {
    move |_| Unread(reason)
}

type Read<T> = Result<T, Unread>;

mod altitude {
    pub const SURFACE: u8 = 1;
    pub const UNLIMITED: u8 = 2;
    pub const FLIGHT_LEVEL: u8 = 3;
    pub const HEIGHT: u8 = 4;
}

mod area {
    pub const CIRCLE: u8 = 1;
    pub const POLYGON: u8 = 2;
    pub const CORRIDOR: u8 = 3;
}

mod anchor {
    pub const CENTRE: u8 = 1;
    pub const VERTEX: u8 = 2;
    pub const POINT: u8 = 3;
}

pub(crate) fn write(writer: &mut Writer, value: &Value) {
    match value {
        Value::Code(number) => writer.uint(*number),
        Value::Slug(slug) => writer.text(slug.as_str()),
        Value::Name(text) | Value::Text(text) => writer.text(text),
        Value::Number(number) => writer.uint(*number),
        Value::Time(time) => writer.time(*time),
        Value::Window(window) => writer.array(2).time(window.from()).time(window.until()),
        Value::Band(band) => {
            writer.array(2);
            write_altitude(writer, band.lower());
            write_altitude(writer, band.upper())
        }
        Value::Area(area) => write_area(writer, area),
        Value::Place(place) => {
            write_position(writer.array(3), place.position).int(place.precision.as_mm())
        }
        Value::Second(second) => write_second(writer, second),
        Value::Subject(subject) => writer.subject(subject),
        Value::Times(times) => {
            writer.array(2 * times.len());
            times.iter().fold(writer, |writer, (index, time)| {
                writer.uint(*index).time(*time)
            })
        }
        Value::Items(items) => {
            writer.array(2 * items.len());
            for (slot, value) in items {
                writer.uint(slot.number());
                write(writer, value);
            }
            writer
        }
        Value::Evidence(files) => {
            writer.array(3 * files.len());
            for file in files {
                writer
                    .bytes(&file.digest.0)
                    .uint(file.media.number())
                    .uint(file.size);
            }
            writer
        }
    };
}

pub(crate) fn write_position(writer: &mut Writer, position: Position) -> &mut Writer {
    writer
        .int(position.latitude().as_e7())
        .int(position.longitude().as_e7())
}

fn write_positions<'w>(writer: &'w mut Writer, positions: &[Position]) -> &'w mut Writer {
    writer.array(2 * positions.len());
    positions.iter().copied().fold(writer, write_position)
}

fn write_altitude(writer: &mut Writer, stated: StatedAltitude) -> &mut Writer {
    match stated {
        StatedAltitude::Surface => writer.array(1).uint(altitude::SURFACE),
        StatedAltitude::Unlimited => writer.array(1).uint(altitude::UNLIMITED),
        StatedAltitude::FlightLevel(level) => writer
            .array(2)
            .uint(altitude::FLIGHT_LEVEL)
            .uint(level.as_hundreds_of_feet()),
        StatedAltitude::Height(height) => writer
            .array(4)
            .uint(altitude::HEIGHT)
            .int(height.value())
            .uint(match height.unit() {
                AltitudeUnit::Feet => 1u8,
                AltitudeUnit::Metres => 2,
            })
            .uint(match height.reference() {
                HeightReference::Ellipsoid => 1u8,
                HeightReference::MeanSeaLevel => 2,
                HeightReference::Ground => 3,
            }),
    }
}

fn write_area<'w>(writer: &'w mut Writer, stated: &Area) -> &'w mut Writer {
    match stated {
        Area::Circle(circle) => write_position(writer.array(4).uint(area::CIRCLE), circle.centre())
            .int(circle.radius().as_mm()),
        Area::Polygon(polygon) => {
            write_positions(writer.array(2).uint(area::POLYGON), polygon.vertices())
        }
        Area::Corridor(corridor) => {
            writer.array(3).uint(area::CORRIDOR);
            write_positions(writer.int(corridor.width().as_mm()), corridor.points())
        }
    }
}

fn write_second<'w>(writer: &'w mut Writer, second: &SecondDescription) -> &'w mut Writer {
    let (kind, index) = match second.anchor() {
        Anchor::Centre => (anchor::CENTRE, 0),
        Anchor::Vertex(index) => (anchor::VERTEX, index),
        Anchor::Point(index) => (anchor::POINT, index),
    };
    writer.array(7).text(second.reference().as_str());
    writer.uint(kind).uint(index);
    writer.uint(second.bearing().as_millidegrees());
    writer.uint(second.bearing_precision());
    writer.int(second.distance().as_mm());
    writer.int(second.distance_precision().as_mm())
}

/// Reads the value of `slot`.
pub(crate) fn read(reader: &mut Reader<'_>, slot: SlotCode) -> Read<Value> {
    Ok(match slot.shape() {
        Shape::Code => Value::Code(reader.number()?),
        Shape::Slug => Value::Slug(reader.slug()?),
        Shape::Name => Value::Name(reader.text(MAX_NAME)?.to_owned()),
        Shape::Text => Value::Text(reader.text(MAX_TEXT)?.to_owned()),
        Shape::Number => Value::Number(reader.uint()?),
        Shape::Time => Value::Time(reader.time()?),
        Shape::Window => {
            reader.array_of(2)?;
            let window = Window::new(reader.time()?, reader.time()?);
            Value::Window(window.map_err(bad(RefusalReason::BadWindow))?)
        }
        Shape::Band => {
            reader.array_of(2)?;
            let band = StatedBand::new(read_altitude(reader)?, read_altitude(reader)?);
            Value::Band(band.map_err(bad(RefusalReason::BadBand))?)
        }
        Shape::Area => Value::Area(read_area(reader)?),
        Shape::Place => {
            reader.array_of(3)?;
            Value::Place(StatedPosition {
                position: read_position(reader)?,
                precision: read_length(reader)?,
            })
        }
        Shape::Second => Value::Second(read_second(reader)?),
        Shape::Subject => Value::Subject(reader.subject()?),
        Shape::Times => read_times(reader)?,
        Shape::Items => read_items(reader)?,
        Shape::Evidence => read_evidence(reader)?,
    })
}

fn read_length(reader: &mut Reader<'_>) -> Read<Millimetres> {
    Millimetres::new(reader.int()?).map_err(bad(RefusalReason::BadGeometry))
}

pub(crate) fn read_position(reader: &mut Reader<'_>) -> Read<Position> {
    let (latitude, longitude) = (reader.int()?, reader.int()?);
    let geometry = RefusalReason::BadGeometry;
    let position = Position::from_e7(latitude, longitude).map_err(bad(geometry))?;
    // One point has one value: 180 degrees east is written as west, and a pole has longitude 0.
    match (position.latitude().as_e7(), position.longitude().as_e7()) == (latitude, longitude) {
        true => Ok(position),
        false => Err(Unread(geometry)),
    }
}

fn read_positions(reader: &mut Reader<'_>, most: usize) -> Read<Vec<Position>> {
    let numbers = reader.array(2 * most)?;
    if numbers % 2 != 0 {
        return Err(Unread(RefusalReason::UnreadableSlots));
    }
    (0..numbers / 2).map(|_| read_position(reader)).collect()
}

fn read_altitude(reader: &mut Reader<'_>) -> Read<StatedAltitude> {
    let (len, kind) = (reader.array(4)?, reader.number::<u8>()?);
    let refused = RefusalReason::BadBand;
    match (kind, len) {
        (altitude::SURFACE, 1) => Ok(StatedAltitude::Surface),
        (altitude::UNLIMITED, 1) => Ok(StatedAltitude::Unlimited),
        (altitude::FLIGHT_LEVEL, 2) => FlightLevel::new(reader.number()?)
            .map(StatedAltitude::FlightLevel)
            .map_err(bad(refused)),
        (altitude::HEIGHT, 4) => {
            let value = reader.int()?;
            let unit = match reader.number::<u8>()? {
                1 => AltitudeUnit::Feet,
                2 => AltitudeUnit::Metres,
                _unknown => return Err(Unread(RefusalReason::UnknownCode)),
            };
            let reference = match reader.number::<u8>()? {
                1 => HeightReference::Ellipsoid,
                2 => HeightReference::MeanSeaLevel,
                3 => HeightReference::Ground,
                _unknown => return Err(Unread(RefusalReason::UnknownCode)),
            };
            Height::new(value, unit, reference)
                .map(StatedAltitude::Height)
                .map_err(bad(refused))
        }
        _unknown => Err(Unread(RefusalReason::UnreadableSlots)),
    }
}

fn read_area(reader: &mut Reader<'_>) -> Read<Area> {
    let (len, kind) = (reader.array(4)?, reader.number::<u8>()?);
    let refused = RefusalReason::BadGeometry;
    match (kind, len) {
        (area::CIRCLE, 4) => {
            let circle = Circle::new(read_position(reader)?, read_length(reader)?);
            circle.map(Area::Circle).map_err(bad(refused))
        }
        (area::POLYGON, 2) => Polygon::new(read_positions(reader, MAX_VERTICES)?)
            .map(Area::Polygon)
            .map_err(bad(refused)),
        (area::CORRIDOR, 3) => {
            let width = read_length(reader)?;
            Corridor::new(read_positions(reader, MAX_CORRIDOR_POINTS)?, width)
                .map(Area::Corridor)
                .map_err(bad(refused))
        }
        _unknown => Err(Unread(RefusalReason::UnreadableSlots)),
    }
}

fn read_second(reader: &mut Reader<'_>) -> Read<SecondDescription> {
    reader.array_of(7)?;
    let reference = ReferencePointId::new(reader.slug()?);
    let anchor = match (reader.number::<u8>()?, reader.number::<u16>()?) {
        (anchor::CENTRE, 0) => Anchor::Centre,
        (anchor::VERTEX, index) => Anchor::Vertex(index),
        (anchor::POINT, index) => Anchor::Point(index),
        _unknown => return Err(Unread(RefusalReason::UnreadableSlots)),
    };
    let refused = RefusalReason::BadGeometry;
    SecondDescription::new(RawDescription {
        reference,
        anchor,
        bearing: Bearing::from_millidegrees(reader.number()?).map_err(bad(refused))?,
        bearing_precision: reader.number()?,
        distance: read_length(reader)?,
        distance_precision: read_length(reader)?,
    })
    .map_err(bad(refused))
}

fn read_times(reader: &mut Reader<'_>) -> Read<Value> {
    let numbers = reader.array(2 * MAX_TIMES)?;
    if numbers % 2 != 0 {
        return Err(Unread(RefusalReason::UnreadableSlots));
    }
    let times = (0..numbers / 2)
        .map(|_| Ok((reader.uint()?, reader.time()?)))
        .collect::<Result<Vec<_>, CborError>>()?;
    match rising(&times) {
        true => Ok(Value::Times(times)),
        false => Err(Unread(RefusalReason::UnreadableSlots)),
    }
}

fn rising<T>(times: &[(u64, T)]) -> bool {
    times.windows(2).all(|pair| pair[0].0 < pair[1].0)
}

fn read_items(reader: &mut Reader<'_>) -> Read<Value> {
    let numbers = reader.array(2 * MAX_ITEMS)?;
    if numbers % 2 != 0 {
        return Err(Unread(RefusalReason::UnreadableSlots));
    }
    let item = |reader: &mut Reader<'_>| -> Read<_> {
        let slot = SlotCode::from_number(reader.number()?);
        let slot = slot.ok_or(Unread(RefusalReason::UnknownSlot))?;
        // An item is a field that a person re-entered, never another read-back.
        if slot.shape() == Shape::Items {
            return Err(Unread(RefusalReason::UnreadableSlots));
        }
        Ok((slot, read(reader, slot)?))
    };
    (0..numbers / 2)
        .map(|_| item(reader))
        .collect::<Read<_>>()
        .map(Value::Items)
}

fn read_evidence(reader: &mut Reader<'_>) -> Read<Value> {
    let numbers = reader.array(3 * MAX_EVIDENCE)?;
    if numbers % 3 != 0 {
        return Err(Unread(RefusalReason::UnreadableSlots));
    }
    let file = |reader: &mut Reader<'_>| -> Read<_> {
        let digest = Digest(*reader.bytes_of()?);
        let media = MediaType::from_number(reader.number()?);
        Ok(Evidence {
            digest,
            media: media.ok_or(Unread(RefusalReason::UnknownCode))?,
            size: reader.uint()?,
        })
    };
    (0..numbers / 3)
        .map(|_| file(reader))
        .collect::<Read<_>>()
        .map(Value::Evidence)
}

/// Whether the other side could read `value` back: what the types do not promise by themselves.
pub(crate) fn is_readable(value: &Value) -> bool {
    match value {
        Value::Times(times) => rising(times),
        Value::Code(_)
        | Value::Slug(_)
        | Value::Name(_)
        | Value::Text(_)
        | Value::Number(_)
        | Value::Time(_)
        | Value::Window(_)
        | Value::Band(_)
        | Value::Area(_)
        | Value::Place(_)
        | Value::Second(_)
        | Value::Subject(_)
        | Value::Items(_)
        | Value::Evidence(_) => true,
    }
}

/// Slots as an array of slot number and value in turn, for our own record: no salts, no commitments.
pub(crate) fn write_slots(writer: &mut Writer, slots: &Slots) {
    writer.array(2 * slots.iter().count());
    for (slot, value) in slots.iter() {
        writer.uint(slot.number());
        write(writer, value);
    }
}

/// Reads [`write_slots`]; the slots rise.
pub(crate) fn read_slots(reader: &mut Reader<'_>) -> Read<Slots> {
    let numbers = reader.array(2 * SlotCode::ALL.len())?;
    if numbers % 2 != 0 {
        return Err(Unread(RefusalReason::UnreadableSlots));
    }
    let (mut slots, mut last) = (Slots::new(), 0);
    for _ in 0..numbers / 2 {
        let number = reader.number()?;
        let slot = SlotCode::from_number(number).ok_or(Unread(RefusalReason::UnknownSlot))?;
        if number <= last {
            return Err(Unread(RefusalReason::UnreadableSlots));
        }
        last = number;
        let value = read(reader, slot)?;
        slots.set(slot, value)?;
    }
    Ok(slots)
}
