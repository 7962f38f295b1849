//! Slots and their values, positions in every customary form.

use super::ms;
use crate::said;
use model::arrangement::ReferencePoint;
use model::description::SecondDescription;
use model::place::Area;
use model::said::{Said, second_said};
use model::slot::{SlotCode, Slots, Value};
use model::units::Millimetres;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value as Json, json};
use std::ops::Deref;
use wire::coordinates;

/// Slots by name, for reading. The second description is said in the reader's language.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SlotsShown {
    of: Map<String, Json>,
    second: Option<Said>,
}

impl Deref for SlotsShown {
    type Target = Map<String, Json>;
    fn deref(&self) -> &Self::Target {
        &self.of
    }
}

impl From<Map<String, Json>> for SlotsShown {
    fn from(of: Map<String, Json>) -> Self {
        Self { of, second: None }
    }
}

impl Serialize for SlotsShown {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Some(second) = &self.second else {
            return self.of.serialize(serializer);
        };
        let mut said = self.of.clone();
        if let Some(Json::Object(described)) = said.get_mut(SlotCode::Second.name()) {
            described.insert("text".to_owned(), said::to_reader(second).into());
        }
        said.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for SlotsShown {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Map::deserialize(deserializer).map(Self::from)
    }
}

/// `points`: those that a second description can start from, each with its name.
pub fn slots(slots: &Slots, points: &[ReferencePoint]) -> SlotsShown {
    let mut of = values(slots);
    let second = slots.second().map(|second| described(&second, points));
    if let (Some(said), Some(Json::Object(shown))) = (&second, of.get_mut(SlotCode::Second.name()))
    {
        shown.insert("text".to_owned(), json!(said.english()));
    }
    SlotsShown { of, second }
}

/// What a second description says, its reference point by name; by its identifier where `points` has it not.
fn described(second: &SecondDescription, points: &[ReferencePoint]) -> Said {
    let named = points.iter().find(|point| point.id == second.reference());
    let from = named.map_or(second.reference().as_str().to_owned(), |point| {
        point.name.clone()
    });
    second_said(second.anchor(), second.bearing(), second.distance(), &from)
}

fn values(slots: &Slots) -> Map<String, Json> {
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
        Value::Evidence(files) => files
            .iter()
            .map(|file| {
                json!({
                    "digest": file.digest.to_string(),
                    "media": file.media.name(),
                    "size": file.size,
                })
            })
            .collect(),
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
