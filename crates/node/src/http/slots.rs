//! Slots as people and programs give them: a JSON object, slot by slot, most values as typed text.
//!
//! | Shape | Given as |
//! |---|---|
//! | code | its name, `"pause-ordered"`, or its number |
//! | name, text, slug | text |
//! | number | a whole number; precision and distance also as `"100 m"`, bearing as `"224"` degrees, speed as `"60 km/h"` |
//! | time | Unix milliseconds, or a date-time group, `"171430Z SEP 16"` |
//! | window | `"171200Z SEP 16 to 171800Z SEP 16"`, or `{"from": time, "until": time}` |
//! | band | `"SFC to 3000 ft MSL"`, or structured as the model has it |
//! | area | `{"circle": {"centre": place, "radius": "500 m"}}`, `{"polygon": [place, ...]}`, `{"corridor": {"points": [place, ...], "width": "2 km"}}` |
//! | place | typed text in any customary form, or `{"latitude_e7", "longitude_e7", "precision_mm"}` |
//! | second | `{"reference": "airfield", "bearing": "224", "distance": "4.7 km", "anchor": "centre"}`, anchor also `{"vertex": 0}` |
//! | subject | the entry's name |
//! | evidence | a list of `{"digest": 64 hex digits, "media": "image/jpeg", "size": bytes}`, as `/api/evidence` tells them |
//!
//! What cannot be read is refused with the slot's name; nothing is guessed.

use super::problem::Refused;
use super::unfit::Unfit;
use crate::evidence;
use conflict::geodesy::leg;
use conflict::shape::Shape;
use model::code::UnknownCode;
use model::description::{Anchor, RawDescription, SecondDescription};
use model::dtg::DateTimeGroup;
use model::ids::{ReferencePointId, Slug};
use model::kind::Kind;
use model::place::{Area, Circle, Corridor, Polygon, Position, StatedPosition};
use model::said::{Said, Says};
use model::slot::{Evidence, Shape as Form, SlotCode, Slots, Value};
use model::units::{Bearing, Millimetres, Timestamp};
use model::window::Window;
use serde_json::{Map, Value as Json};
use std::collections::BTreeMap;
use wire::coordinates::{self, parse_band, parse_bearing, parse_distance, parse_window};

/// Slots by name.
pub type Given = Map<String, Json>;

/// # Errors
/// [`Refused::Invalid`], naming the slot.
pub fn slots(given: &Given) -> Result<Slots, Refused> {
    changed(Slots::new(), given)
}

/// `before`, changed: those given take their place in it, `null` takes one out, and what is not given stays as it is.
///
/// # Errors
/// [`Refused::Invalid`], naming the slot.
pub fn changed(before: Slots, given: &Given) -> Result<Slots, Refused> {
    let mut slots = before;
    for (name, json) in given {
        if json.is_null() {
            slots.remove(name.parse().map_err(|error| Refused::invalid(&error))?);
            continue;
        }
        let (slot, value) = pair(name, json)?;
        if slot == SlotCode::Area && !given.contains_key("precision") {
            state_precision(&mut slots, json)?;
        }
        slots
            .set(slot, value)
            .map_err(|refusal| Refused::invalid(&refusal))?;
    }
    Ok(slots)
}

/// An area whose places were typed to within this is taken as exactly there.
const TAKEN_AS_EXACT: Millimetres = Millimetres::from_metres(25);

/// States to what precision the places of an area were typed, unless something coarser is stated already.
fn state_precision(slots: &mut Slots, area: &Json) -> Result<(), Refused> {
    let slot = SlotCode::Area;
    let wrong = |because| Refused::invalid(&Unfit::Slot { slot, because });
    let typed = typed_precision(area).map_err(wrong)?;
    let before = slots.number(SlotCode::Precision).unwrap_or(0);
    let mm = typed.as_mm().unsigned_abs();
    if typed > TAKEN_AS_EXACT && mm > before {
        slots
            .set(SlotCode::Precision, Value::Number(mm))
            .map_err(|refusal| Refused::invalid(&refusal))?;
    }
    Ok(())
}

/// The coarsest of the places that an area is typed with. Refuses what is too coarse to say where so small an area is.
fn typed_precision(area: &Json) -> Read<Millimetres> {
    let (given, size) = match (
        area.get("circle"),
        area.get("polygon"),
        area.get("corridor"),
    ) {
        (Some(circle), _, _) => {
            let centre = circle.get("centre").ok_or_else(|| give("centre"))?;
            (
                vec![place(centre)?],
                length(circle.get("radius"), "radius")?,
            )
        }
        (None, polygon @ Some(_), _) => {
            let vertices = places(polygon, "polygon")?;
            let next = vertices.iter().cycle().skip(1);
            let sides = vertices.iter().zip(next);
            let sides = sides.map(|(one, other)| leg(one.position, other.position).distance);
            let shortest = sides.min().unwrap_or(Millimetres::MAX);
            (vertices, shortest)
        }
        (None, None, Some(corridor)) => (
            places(corridor.get("points"), "points")?,
            length(corridor.get("width"), "width")?,
        ),
        (None, None, None) => return Err(Unfit::GiveShape.said()),
    };
    let coarsest = given.into_iter().map(|place| place.precision).max();
    let coarsest = coarsest.unwrap_or(TAKEN_AS_EXACT);
    if coarsest > TAKEN_AS_EXACT && coarsest > size {
        let precision = coarsest;
        return Err(Unfit::TooCoarse { precision, size }.said());
    }
    Ok(coarsest)
}

/// The slots of a stop call that can be understood, and why the others cannot. A stop call waits for nothing, a typing
/// error included: what is not understood is told to the officer, and sent as details later.
pub fn understood(given: &Given) -> (Slots, BTreeMap<String, Said>) {
    let mut slots = Slots::new();
    let mut not_understood = BTreeMap::new();
    for (name, json) in given {
        let taken = pair(name, json)
            .map_err(|why| why.said())
            .and_then(|(slot, value)| {
                if !Kind::StopCall.slots().contains(&slot) || slot == SlotCode::Subject {
                    let has = Kind::StopCall.slots().iter();
                    let has = has.filter(|slot| **slot != SlotCode::Subject);
                    return Err(Unfit::NoSlotOfStop(has.copied().collect()).said());
                }
                if let Value::Area(area) = &value {
                    Shape::new(area.clone()).map_err(say)?;
                }
                slots.set(slot, value).map_err(say)
            });
        if let Err(why) = taken {
            not_understood.insert(name.chars().take(40).collect(), why);
        }
    }
    (slots, not_understood)
}

/// What a reader entered again, slot by slot.
///
/// # Errors
/// [`Refused::Invalid`], naming the slot.
pub fn items(given: &Given) -> Result<Vec<(SlotCode, Value)>, Refused> {
    given.iter().map(|(name, json)| pair(name, json)).collect()
}

fn pair(name: &str, json: &Json) -> Result<(SlotCode, Value), Refused> {
    let slot: SlotCode = name.parse().map_err(|error| Refused::invalid(&error))?;
    let value =
        value(slot, json).map_err(|because| Refused::invalid(&Unfit::Slot { slot, because }))?;
    Ok((slot, value))
}

type Read<T> = Result<T, Said>;

fn say<E: Says>(error: E) -> Said {
    error.said()
}

fn give(what: &'static str) -> Said {
    Unfit::Give(what).said()
}

fn text(json: &Json) -> Read<&str> {
    json.as_str().ok_or_else(|| Unfit::WriteText.said())
}

fn number(json: &Json) -> Read<u64> {
    json.as_u64().ok_or_else(|| Unfit::GiveNumber.said())
}

fn value(slot: SlotCode, json: &Json) -> Read<Value> {
    Ok(match slot.shape() {
        Form::Code => Value::Code(code(slot, json)?),
        Form::Slug => Value::Slug(text(json)?.parse::<Slug>().map_err(say)?),
        Form::Name => Value::Name(text(json)?.to_owned()),
        Form::Text => Value::Text(text(json)?.to_owned()),
        Form::Number => Value::Number(match (slot, json) {
            (SlotCode::Precision, Json::String(typed)) => {
                let distance = parse_distance(typed).map_err(say)?.distance;
                distance.as_mm().unsigned_abs()
            }
            (SlotCode::Distance, Json::String(typed)) => {
                let distance = parse_distance(typed).map_err(say)?.distance;
                distance.as_mm().unsigned_abs()
            }
            (SlotCode::Bearing, Json::String(typed)) => {
                let bearing = parse_bearing(typed).map_err(say)?.bearing;
                u64::from(bearing.as_millidegrees())
            }
            (SlotCode::Speed, Json::String(typed)) => speed(typed)?,
            (SlotCode::Bearing, json) => {
                let turn = u64::from(Bearing::TURN);
                let given = number(json)?;
                (given < turn)
                    .then_some(given)
                    .ok_or_else(|| Unfit::BearingTooLarge(turn).said())?
            }
            (_, json) => number(json)?,
        }),
        Form::Time => Value::Time(time(json)?),
        Form::Window => Value::Window(window(json)?),
        Form::Band => Value::Band(match json {
            Json::String(typed) => parse_band(typed).map_err(say)?,
            structured => serde_json::from_value(structured.clone())
                .map_err(|error| Said::from(error.to_string()))?,
        }),
        Form::Area => Value::Area(area(json)?),
        Form::Place => Value::Place(place(json)?),
        Form::Second => Value::Second(second(json)?),
        Form::Subject => Value::Subject(
            crate::names::parse_entry(text(json)?)
                .map_err(say)?
                .as_subject(),
        ),
        Form::Evidence => Value::Evidence(evidence(json)?),
        Form::Times | Form::Items => {
            return Err(Unfit::ByNodeAlone.said());
        }
    })
}

/// Files, each by the hash, type and size with which this node keeps it.
fn evidence(json: &Json) -> Read<Vec<Evidence>> {
    let files = json.as_array();
    let files = files.ok_or_else(|| Unfit::GiveList("evidence".to_owned()).said())?;
    let file = |json: &Json| {
        let part = |name: &str| {
            let found = json.get(name).and_then(Json::as_str);
            found.ok_or_else(|| Unfit::GiveText(name.to_owned()).said())
        };
        let digest = evidence::digest(part("digest")?).map_err(say)?;
        let size = json.get("size").ok_or_else(|| give("size"))?;
        Ok(Evidence {
            digest,
            media: part("media")?.parse().map_err(say)?,
            size: number(size)?,
        })
    };
    files.iter().map(file).collect()
}

fn code(slot: SlotCode, json: &Json) -> Read<u16> {
    if let Json::String(name) = json {
        return (0..=u16::MAX)
            .take(1_000)
            .find(|number| slot.code_name(*number) == Some(name))
            .ok_or_else(|| {
                let known: Vec<&str> = (0..1_000)
                    .filter_map(|number| slot.code_name(number))
                    .collect();
                let (given, known) = (name.chars().take(40).collect(), known.join(", "));
                UnknownCode { given, known }.said()
            });
    }
    u16::try_from(number(json)?).map_err(|_| Unfit::CodeTooHigh.said())
}

/// `60 km/h`, `35 kt`, `20 m/s`, in whole numbers: in millimetres a second, cut off.
fn speed(typed: &str) -> Read<u64> {
    let wrong = || Unfit::NoSpeed(typed.chars().take(40).collect()).said();
    let typed = typed.trim();
    // Millimetres an hour that one of each is.
    let units = [("km/h", 1_000_000), ("kt", 1_852_000), ("m/s", 3_600_000)];
    let (number, of) = units
        .iter()
        .find_map(|(unit, of)| Some((typed.strip_suffix(unit)?, of)))
        .ok_or_else(wrong)?;
    let number: u32 = number.trim().parse().map_err(|_| wrong())?;
    Ok(u64::from(number) * of / 3_600)
}

fn time(json: &Json) -> Read<Timestamp> {
    match json {
        Json::String(typed) => Ok(typed.parse::<DateTimeGroup>().map_err(say)?.instant()),
        json => {
            let ms = json.as_i64().ok_or_else(|| Unfit::GiveTime.said())?;
            Timestamp::from_unix_ms(ms).map_err(say)
        }
    }
}

/// A time from a query: Unix milliseconds, or a date-time group.
///
/// # Errors
/// [`Refused::Invalid`].
pub fn typed_time(typed: &str) -> Result<Timestamp, Refused> {
    let json = typed
        .parse::<i64>()
        .map_or_else(|_| Json::String(typed.to_owned()), Json::from);
    time(&json).map_err(Refused::Invalid)
}

fn window(json: &Json) -> Read<Window> {
    match json {
        Json::String(typed) => parse_window(typed).map_err(say),
        structured => {
            let at = |name| structured.get(name).ok_or_else(|| give(name));
            Window::new(time(at("from")?)?, time(at("until")?)?).map_err(say)
        }
    }
}

fn place(json: &Json) -> Read<StatedPosition> {
    match json {
        Json::String(typed) => Ok(coordinates::parse(typed).map_err(say)?.stated),
        structured => {
            let whole = |name: &str| {
                let found = structured.get(name).and_then(Json::as_i64);
                found.ok_or_else(|| Unfit::GiveWhole(name.to_owned()).said())
            };
            let e7 = |name: &str| {
                whole(name).and_then(|value| {
                    i32::try_from(value).map_err(|_| Unfit::NoAngle(name.to_owned()).said())
                })
            };
            Ok(StatedPosition {
                position: Position::from_e7(e7("latitude_e7")?, e7("longitude_e7")?)
                    .map_err(say)?,
                precision: Millimetres::new(whole("precision_mm")?).map_err(say)?,
            })
        }
    }
}

fn length(json: Option<&Json>, name: &'static str) -> Read<Millimetres> {
    match json {
        Some(Json::String(typed)) => Ok(parse_distance(typed).map_err(say)?.distance),
        Some(json) => {
            let mm = json
                .as_i64()
                .ok_or_else(|| Unfit::GiveDistance(name.to_owned()).said())?;
            Millimetres::new(mm).map_err(say)
        }
        None => Err(give(name)),
    }
}

fn places(json: Option<&Json>, name: &str) -> Read<Vec<StatedPosition>> {
    let list = json
        .and_then(Json::as_array)
        .ok_or_else(|| Unfit::GiveList(name.to_owned()).said())?;
    list.iter().map(place).collect()
}

fn positions(places: Vec<StatedPosition>) -> Vec<Position> {
    places.into_iter().map(|stated| stated.position).collect()
}

fn area(json: &Json) -> Read<Area> {
    if let Some(circle) = json.get("circle") {
        let centre = place(circle.get("centre").ok_or_else(|| give("centre"))?)?;
        let radius = length(circle.get("radius"), "radius")?;
        return Circle::new(centre.position, radius)
            .map(Area::Circle)
            .map_err(say);
    }
    if let polygon @ Some(_) = json.get("polygon") {
        let vertices = places(polygon, "polygon")?;
        return Polygon::new(positions(vertices))
            .map(Area::Polygon)
            .map_err(say);
    }
    if let Some(corridor) = json.get("corridor") {
        let points = places(corridor.get("points"), "points")?;
        let width = length(corridor.get("width"), "width")?;
        return Corridor::new(positions(points), width)
            .map(Area::Corridor)
            .map_err(say);
    }
    Err(Unfit::GiveShape.said())
}

fn second(json: &Json) -> Read<SecondDescription> {
    let part = |name: &str| {
        let found = json.get(name).and_then(Json::as_str);
        found.ok_or_else(|| Unfit::GiveText(name.to_owned()).said())
    };
    let bearing = parse_bearing(part("bearing")?).map_err(say)?;
    let distance = parse_distance(part("distance")?).map_err(say)?;
    SecondDescription::new(RawDescription {
        reference: part("reference")?
            .parse::<ReferencePointId>()
            .map_err(say)?,
        anchor: anchor(json.get("anchor"))?,
        bearing: bearing.bearing,
        bearing_precision: bearing.precision,
        distance: distance.distance,
        distance_precision: distance.precision,
    })
    .map_err(say)
}

fn anchor(json: Option<&Json>) -> Read<Anchor> {
    let index = |json: &Json| {
        let found = json.as_u64().and_then(|index| u16::try_from(index).ok());
        found.ok_or_else(|| Unfit::CountFromZero.said())
    };
    match json {
        None => Ok(Anchor::Centre),
        Some(Json::String(name)) if name == "centre" => Ok(Anchor::Centre),
        Some(Json::Object(map)) => match (map.get("vertex"), map.get("point")) {
            (Some(vertex), None) => index(vertex).map(Anchor::Vertex),
            (None, Some(point)) => index(point).map(Anchor::Point),
            (Some(_), Some(_)) | (None, None) => Err(Unfit::GiveAnchor.said()),
        },
        Some(_) => Err(Unfit::NoAnchor.said()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(given: Json) -> Result<Slots, String> {
        slots(given.as_object().unwrap()).map_err(|refused| refused.to_string())
    }

    #[test]
    fn an_area_typed_coarsely_states_it_and_one_too_coarse_for_its_size_is_refused() {
        let circle =
            |centre: &str, radius: &str| json!({"circle": {"centre": centre, "radius": radius}});
        let precision = |given: Json| read(given).unwrap().number(SlotCode::Precision);
        let fine = circle("35.2850 N 40.1760 E", "500 m");
        assert_eq!(precision(json!({"area": fine})), None);
        // Three figures of a grid reference: a square of 100 m.
        let coarse = circle("37S FV 106 096", "5 km");
        let stated = precision(json!({"area": coarse})).unwrap();
        assert!((100_000..200_000).contains(&stated), "{stated}");
        let given = json!({"area": coarse, "precision": "1 km"});
        assert_eq!(precision(given), Some(1_000_000));
        for (area, size) in [
            (circle("37S FV 1 0", "500 m"), "500 m"),
            (
                json!({"corridor": {"points": ["35, 40", "35.5, 40"], "width": "2 km"}}),
                "2.00 km",
            ),
            (json!({"polygon": ["35, 40", "35, 41", "36, 41"]}), "91"),
        ] {
            let refused = read(json!({"area": area})).unwrap_err();
            assert!(
                refused.contains("`area`: a place is typed to within"),
                "{refused}"
            );
            assert!(refused.contains(size), "{refused}");
        }
    }

    #[test]
    fn a_notice_is_read_as_people_type_it() {
        let slots = read(json!({
            "area": {"circle": {"centre": "35.2850 N 40.1760 E", "radius": "500 m"}},
            "second-description": {"reference": "airfield", "bearing": "224", "distance": "4.7 km"},
            "band": "SFC to 3000 ft MSL",
            "window": "171200Z SEP 16 to 171800Z SEP 16",
            "air-activity": "strike",
            "count": 2,
        }))
        .unwrap();
        assert!(slots.area().is_some() && slots.second().is_some() && slots.band().is_some());
        assert_eq!(slots.number(SlotCode::Count), Some(2));
    }

    #[test]
    fn bearings_distances_and_speeds_are_read_as_people_type_them() {
        let typed = json!({"bearing": "224.5", "distance": "4.7 km", "speed": "36 km/h"});
        let slots = read(typed).unwrap();
        assert_eq!(slots.number(SlotCode::Bearing), Some(224_500));
        assert_eq!(slots.number(SlotCode::Distance), Some(4_700_000));
        assert_eq!(slots.number(SlotCode::Speed), Some(10_000));
        let speed = |typed: &str| read(json!({"speed": typed}));
        let slots = speed("20 m/s").unwrap();
        assert_eq!(slots.number(SlotCode::Speed), Some(20_000));
        assert!(speed("fast").is_err() && speed("60").is_err());
        assert!(read(json!({"bearing": 359_999})).is_ok());
        assert!(read(json!({"bearing": 360_000})).is_err());
    }

    #[test]
    fn what_cannot_be_read_is_refused_by_its_slot() {
        for (bad, named) in [
            (
                json!({"area": {"circle": {"centre": "somewhere", "radius": "500 m"}}}),
                "slot `area`",
            ),
            (json!({"area": {"square": 1}}), "slot `area`"),
            (json!({"stop-cause": "bad-mood"}), "slot `stop-cause`"),
            (json!({"window": "tomorrow"}), "slot `window`"),
            (json!({"times": []}), "slot `times`"),
            (json!({"count": -1}), "slot `count`"),
            (json!({"target": "x"}), "target"),
        ] {
            let refused = read(bad).unwrap_err();
            assert!(refused.contains(named), "{refused}");
        }
    }
}
