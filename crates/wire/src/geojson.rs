//! Notices on maps: GeoJSON (RFC 7946).
//!
//! A feature is a notice, its properties are fields ([`sheet::FIELDS`]). A `Polygon` is an area, a `Point` with `radius` a
//! circle, a `LineString` with `width` a corridor. Out goes a circle as a polygon on the ellipsoid, with `centre` and
//! `radius` beside it, from which it comes back as a circle.

use crate::sheet::{
    self, Fault, Fields, Geometry, MAX_ROWS, Outline, Row, Sheet, SheetRefused, Shown, Wrong,
};
use model::kind::Kind;
use model::place::Position;
use model::said::{Said, Says as _};
use serde::Deserialize;
use serde::de::{
    DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor,
};
use serde_json::value::RawValue;
use serde_json::{Value, json};
use std::borrow::Cow;
use std::fmt;

/// The longest `crs` member that is looked at, in bytes.
const MAX_CRS: usize = 1_000;
/// What a reader of `crs` is told.
const OTHER_DATUM: &str =
    "positions on another datum than WGS 84 (`crs`): convert it, as RFC 7946 asks";

/// Reads a feature collection, or one feature; `kind` is that of features that name none.
///
/// # Errors
/// Where no feature can be read: the file is too large or no such JSON, holds too many features, or is on another datum.
/// What is wrong with one feature is among the faults.
pub fn read(bytes: &[u8], kind: Option<Kind>, outline: Outline) -> Result<Sheet, SheetRefused> {
    let text = sheet::text(bytes)?;
    let mut reading = Reading {
        found: Sheet::default(),
        features: 0,
        is_over: false,
        is_elsewhere: false,
        kind,
        outline,
    };
    let mut json = serde_json::Deserializer::from_str(text);
    let read = TopSeed(&mut reading)
        .deserialize(&mut json)
        .and_then(|form| json.end().map(|()| form));
    if reading.is_over {
        return Err(SheetRefused::TooManyRows(Row::Feature.name()));
    }
    let not_that = |why: String| SheetRefused::NotThat {
        format: "GeoJSON",
        why,
    };
    match read
        .map_err(|error| not_that(error.to_string()))?
        .as_deref()
    {
        Some("Feature") => reading.feature(text),
        Some("FeatureCollection") => {}
        Some(other) => {
            let why = format!(
                "it is a `{}`, not a FeatureCollection or a Feature",
                sheet::excerpt(other)
            );
            return Err(not_that(why));
        }
        None => return Err(not_that("it has no `type`".into())),
    }
    if reading.is_elsewhere {
        return Err(SheetRefused::Forbidden(OTHER_DATUM));
    }
    match reading.features {
        0 => Err(SheetRefused::Empty(Row::Feature.name())),
        _some => Ok(reading.found),
    }
}

/// What was read so far. Features are read one at a time: what is held is bounded by the file itself.
struct Reading {
    found: Sheet,
    features: u64,
    is_over: bool,
    is_elsewhere: bool,
    kind: Option<Kind>,
    outline: Outline,
}

impl Reading {
    fn feature(&mut self, text: &str) {
        self.features += 1;
        let at = self.features;
        match serde_json::from_str::<Feature<'_>>(text) {
            Ok(feature) if feature.kind == "Feature" => {
                let fields = feature.fields();
                let geometry = feature
                    .geometry
                    .as_ref()
                    .map_or(Ok(Geometry::None), GeometryGiven::read);
                self.found
                    .row(at, &fields, geometry, self.kind, self.outline);
            }
            Ok(other) => {
                let why = Wrong::NotAFeature(sheet::excerpt(&other.kind)).said();
                self.found.fault(Fault {
                    at,
                    field: String::new(),
                    why,
                });
            }
            Err(error) => {
                let why = Wrong::FeatureUnreadable(error.to_string()).said();
                self.found.fault(Fault {
                    at,
                    field: String::new(),
                    why,
                });
            }
        }
    }
}

/// The outermost object; gives its `type`.
struct TopSeed<'r>(&'r mut Reading);

impl<'de> DeserializeSeed<'de> for TopSeed<'_> {
    type Value = Option<String>;
    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Self::Value, D::Error> {
        json.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for TopSeed<'_> {
    type Value = Option<String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a FeatureCollection")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
        let (mut form, mut seen) = (None, false);
        while let Some(name) = members.next_key::<Cow<'de, str>>()? {
            match name.as_ref() {
                "type" if form.is_some() => return Err(A::Error::custom("`type` is there twice")),
                "type" => form = Some(members.next_value()?),
                "features" if seen => return Err(A::Error::custom("`features` is there twice")),
                "features" => {
                    seen = true;
                    members.next_value_seed(FeaturesSeed(self.0))?;
                }
                "crs" => {
                    let crs = members.next_value::<&RawValue>()?.get();
                    // What programs still write for WGS 84 with the longitude first.
                    let is_ours = crs == "null" || (crs.len() <= MAX_CRS && crs.contains("CRS84"));
                    self.0.is_elsewhere |= !is_ours;
                }
                _other => {
                    members.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(form)
    }
}

struct FeaturesSeed<'r>(&'r mut Reading);

impl<'de> DeserializeSeed<'de> for FeaturesSeed<'_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for FeaturesSeed<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of features")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut features: A) -> Result<(), A::Error> {
        while let Some(feature) = features.next_element::<&RawValue>()? {
            if self.0.features >= MAX_ROWS as u64 {
                self.0.is_over = true;
                return Err(A::Error::custom("too many features"));
            }
            self.0.feature(feature.get());
        }
        Ok(())
    }
}

#[derive(Deserialize)]
struct Feature<'a> {
    #[serde(rename = "type", borrow)]
    kind: Cow<'a, str>,
    #[serde(borrow, default)]
    geometry: Option<GeometryGiven<'a>>,
    #[serde(default)]
    properties: Option<Members>,
}

impl Feature<'_> {
    fn fields(&self) -> Fields {
        let mut fields = Fields::default();
        for (name, value) in self.properties.iter().flat_map(|members| &members.0) {
            match value {
                Value::Null => {}
                Value::String(text) => fields.add(name, text),
                Value::Number(number) => fields.add(name, &number.to_string()),
                Value::Bool(_) | Value::Array(_) | Value::Object(_) => {
                    fields.wrong(&sheet::excerpt(name), &Wrong::NotText);
                }
            }
        }
        fields
    }
}

/// An object's members in their order, names that are there twice twice.
struct Members(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Members;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("properties")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Members, A::Error> {
                let mut all = Vec::new();
                while let Some(member) = members.next_entry()? {
                    all.push(member);
                }
                Ok(Members(all))
            }
        }
        json.deserialize_map(InOrder)
    }
}

#[derive(Deserialize)]
struct GeometryGiven<'a> {
    #[serde(rename = "type", borrow)]
    kind: Cow<'a, str>,
    #[serde(borrow, default)]
    coordinates: Option<&'a RawValue>,
}

impl GeometryGiven<'_> {
    fn read(&self) -> Result<Geometry, Said> {
        match self.kind.as_ref() {
            "Point" => sheet::position(&self.numbers::<Vec<f64>>()?).map(Geometry::Point),
            "LineString" => positions(&self.numbers::<Vec<Vec<f64>>>()?).map(Geometry::Line),
            "Polygon" => match self.numbers::<Vec<Vec<Vec<f64>>>>()?.as_slice() {
                [ring] => sheet::open_ring(positions(ring)?).map(Geometry::Ring),
                [] => Err(Wrong::NoRing.said()),
                [_, ..] => Err(Wrong::Holes.said()),
            },
            several
            @ ("MultiPoint" | "MultiLineString" | "MultiPolygon" | "GeometryCollection") => {
                Err(Wrong::SeveralParts(several.to_owned()).said())
            }
            other => Err(Wrong::NoGeometry(sheet::excerpt(other)).said()),
        }
    }

    fn numbers<T: for<'de> Deserialize<'de>>(&self) -> Result<T, Said> {
        let text = self
            .coordinates
            .ok_or_else(|| Wrong::NoCoordinates.said())?;
        serde_json::from_str(text.get()).map_err(|error| {
            let (kind, why) = (self.kind.to_string(), error.to_string());
            Wrong::OtherCoordinates { kind, why }.said()
        })
    }
}

fn positions(list: &[Vec<f64>]) -> Result<Vec<Position>, Said> {
    let each = list.iter().zip(1..);
    each.map(|(numbers, number)| {
        sheet::position(numbers).map_err(|because| Wrong::AtPosition { number, because }.said())
    })
    .collect()
}

/// Writes a feature collection. `left_out` says of what was left out why and how many; `marking`, that it is none of live
/// operations, is the member `marking`, which is missing of live ones.
///
/// Markup in a text is written such that a page that holds the file shows it and does not obey it.
pub fn write(
    notices: &[Shown],
    left_out: &[(&'static str, usize)],
    marking: Option<&str>,
    outline: Outline,
) -> String {
    let features: Vec<Value> = notices
        .iter()
        .map(|notice| feature(notice, outline))
        .collect();
    let left_out: serde_json::Map<String, Value> = left_out
        .iter()
        .map(|(why, count)| ((*why).to_owned(), json!(count)))
        .collect();
    let mut all = json!({"type": "FeatureCollection", "left_out": left_out, "features": features});
    if let Some(marking) = marking {
        all["marking"] = json!(marking);
    }
    // Outside of texts JSON has none of these.
    let escaped = |text: String, from: &str, to: &str| text.replace(from, to);
    let text = escaped(all.to_string(), "<", "\\u003c");
    let text = escaped(text, ">", "\\u003e");
    escaped(text, "&", "\\u0026")
}

fn feature(notice: &Shown, outline: Outline) -> Value {
    let drawn = notice
        .slots
        .area()
        .map_or(Geometry::None, |area| sheet::drawn(area, outline));
    let fields = sheet::all_fields(notice).into_iter();
    let properties: serde_json::Map<String, Value> = fields
        .map(|(name, text)| (name.to_owned(), Value::String(text)))
        .collect();
    let list = |positions: &[Position]| positions.iter().map(pair).collect::<Vec<_>>();
    let geometry = match drawn {
        Geometry::None => Value::Null,
        Geometry::Point(position) => json!({"type": "Point", "coordinates": pair(&position)}),
        Geometry::Line(points) => json!({"type": "LineString", "coordinates": list(&points)}),
        Geometry::Ring(mut ring) => {
            // Rings are wound against the clock (RFC 7946, 3.1.6) only where the notice's is: an anchor counts vertices.
            ring.extend(ring.first().copied());
            json!({"type": "Polygon", "coordinates": [list(&ring)]})
        }
    };
    json!({"type": "Feature", "geometry": geometry, "properties": properties})
}

/// Longitude, then latitude, to the last 1e-7 degree: a double holds both exactly enough to be read as the same.
fn pair(position: &Position) -> Value {
    let degrees = |e7: i32| f64::from(e7) / 1e7;
    json!([
        degrees(position.longitude().as_e7()),
        degrees(position.latitude().as_e7())
    ])
}

#[cfg(test)]
mod tests;
