//! Slots and their values, positions in every customary form.

use super::ms;
use model::place::Area;
use model::slot::{SlotCode, Slots, Value};
use model::units::Millimetres;
use serde_json::{Map, Value as Json, json};
use wire::coordinates;

/// Slots by name, for reading.
pub fn slots(slots: &Slots) -> Map<String, Json> {
    slots
        .iter()
        .map(|(slot, value)| (slot.to_string(), shown(slot, value)))
        .collect()
}

fn shown(slot: SlotCode, value: &Value) -> Json {
    match value {
        Value::Code(number) => slot
            .code_name(*number)
            .map_or_else(|| json!(number), |name| json!(name)),
        Value::Slug(slug) => json!(slug.as_str()),
        Value::Name(text) | Value::Text(text) => json!(text),
        Value::Number(number) => json!(number),
        Value::Time(at) => json!(ms(*at)),
        Value::Window(window) => json!({"from": ms(window.from()), "until": ms(window.until())}),
        Value::Band(band) => json!({"text": band.to_string(), "stated": band}),
        Value::Area(area) => area_shown(area),
        Value::Place(stated) => place(stated.position, stated.precision),
        Value::Second(second) => json!({"text": second.to_string(), "stated": second}),
        Value::Subject(subject) => json!(subject),
        Value::Times(times) => json!(
            times
                .iter()
                .map(|(index, at)| (index, ms(*at)))
                .collect::<Vec<_>>()
        ),
        Value::Items(items) => items
            .iter()
            .map(|(slot, value)| (slot.to_string(), shown(*slot, value)))
            .collect::<Map<_, _>>()
            .into(),
    }
}

pub fn place(position: model::place::Position, precision: Millimetres) -> Json {
    let forms = coordinates::forms(position, precision);
    json!({
        "decimal": forms.decimal,
        "decimal_minutes": forms.decimal_minutes,
        "minutes_seconds": forms.minutes_seconds,
        "mgrs": forms.mgrs,
        "latitude_e7": position.latitude().as_e7(),
        "longitude_e7": position.longitude().as_e7(),
        "precision_mm": precision.as_mm(),
    })
}

pub fn area_shown(area: &Area) -> Json {
    // Shapes are drawn and described to the metre.
    let at = |position| place(position, Millimetres::from_metres(1));
    match area {
        Area::Circle(circle) => {
            json!({"circle": {"centre": at(circle.centre()), "radius_mm": circle.radius().as_mm()}})
        }
        Area::Polygon(polygon) => {
            json!({"polygon": polygon.vertices().iter().map(|v| at(*v)).collect::<Vec<_>>()})
        }
        Area::Corridor(corridor) => json!({"corridor": {
            "points": corridor.points().iter().map(|p| at(*p)).collect::<Vec<_>>(),
            "width_mm": corridor.width().as_mm(),
        }}),
    }
}
