//! A notice's slots as fields, such that the fields read as the same slots.

use model::description::{Anchor, SecondDescription};
use model::dtg::DateTimeGroup;
use model::place::Area;
use model::slot::{SlotCode, Slots, Value};
use model::units::{Millimetres, Timestamp};

use crate::coordinates::decimal;

/// The fields that say what `slots` say, where they are said and to the last digit; the shape's points are the geometry's.
/// What is passed over on the way in (element, authority, what a notice amends) is left out.
pub fn typed(slots: &Slots) -> Vec<(&'static str, String)> {
    let mut fields = Vec::new();
    for (slot, value) in slots.iter() {
        match value {
            Value::Area(area) => match area {
                Area::Circle(circle) => {
                    fields.push(("centre", decimal(circle.centre(), 7)));
                    fields.push(("radius", length(circle.radius())));
                }
                Area::Corridor(corridor) => fields.push(("width", length(corridor.width()))),
                Area::Polygon(_) => {}
            },
            Value::Second(second) => fields.extend(described(second)),
            Value::Window(window) => {
                fields.push(("from", time(window.from())));
                fields.push(("until", time(window.until())));
            }
            Value::Band(band) => fields.push((slot.name(), band.to_string())),
            Value::Time(at) => fields.push((slot.name(), time(*at))),
            Value::Number(number) if slot == SlotCode::Precision => {
                let mm = i64::try_from(*number)
                    .ok()
                    .and_then(|mm| Millimetres::new(mm).ok());
                fields.extend(mm.map(|mm| (slot.name(), length(mm))));
            }
            Value::Number(number) => fields.push((slot.name(), number.to_string())),
            Value::Code(number) => {
                fields.extend(
                    slot.code_name(*number)
                        .map(|name| (slot.name(), name.to_owned())),
                );
            }
            Value::Name(text) | Value::Text(text) => fields.push((slot.name(), text.clone())),
            Value::Slug(_)
            | Value::Place(_)
            | Value::Subject(_)
            | Value::Times(_)
            | Value::Items(_)
            | Value::Evidence(_) => {}
        }
    }
    fields
}

fn described(second: &SecondDescription) -> [(&'static str, String); 6] {
    let degrees = |thousandths: u32| format!("{}.{:03}", thousandths / 1_000, thousandths % 1_000);
    let anchor = match second.anchor() {
        Anchor::Centre => "centre".to_owned(),
        Anchor::Vertex(index) => format!("vertex {index}"),
        Anchor::Point(index) => format!("point {index}"),
    };
    [
        ("reference", second.reference().to_string()),
        ("bearing", degrees(second.bearing().as_millidegrees())),
        ("distance", length(second.distance())),
        ("anchor", anchor),
        ("bearing-precision", degrees(second.bearing_precision())),
        ("distance-precision", length(second.distance_precision())),
    ]
}

/// In metres, to the millimetre: `2000 m`, `4.6700 m`. Three decimals would be refused, for they may part thousands.
fn length(length: Millimetres) -> String {
    let mm = length.as_mm();
    match mm % 1_000 {
        0 => format!("{} m", mm / 1_000),
        rest => format!("{}.{:03}0 m", mm / 1_000, rest.abs()),
    }
}

/// A date-time group, or Unix milliseconds where it is not on a whole minute.
fn time(at: Timestamp) -> String {
    let group = DateTimeGroup::of(at);
    match group.instant() == at {
        true => group.to_string(),
        false => at.as_unix_ms().to_string(),
    }
}
