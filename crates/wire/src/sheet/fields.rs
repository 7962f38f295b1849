//! Fields as typed, and what they make of a notice.

use super::{Geometry, MAX_FIELD, MAX_FIELDS, Outline, Wrong, corridor, excerpt, polygon};
use crate::coordinates::{self, parse_band, parse_bearing, parse_distance, parse_window};
use model::description::{Anchor, RawDescription, SecondDescription};
use model::dtg::DateTimeGroup;
use model::ids::NotASlug;
use model::kind::Kind;
use model::place::{Area, Circle, Position};
use model::said::{Said, Says};
use model::slot::{Shape, SlotCode, Slots, Value};
use model::units::{Millimetres, Timestamp};
use model::window::Window;

/// The fields that a row may have, in the order in which they are documented.
pub const FIELDS: &[&str] = &[
    "kind",
    "label",
    // ---- where
    "lat",
    "lon",
    "position",
    "radius",
    "polygon",
    "corridor",
    "width",
    "centre",
    // ---- where, from another source
    "reference",
    "bearing",
    "distance",
    "anchor",
    "bearing-precision",
    "distance-precision",
    // ---- how high, when
    "band",
    "from",
    "until",
    "window",
    // ---- the slots
    "precision",
    "contact",
    "remarks",
    "air-activity",
    "hazard",
    "presence",
    "site",
    "restriction",
    "caution",
    "count",
    "speed",
    "review-by",
    "answer-by",
];

/// What a node writes beside, about where a notice came from. An import passes it over: it is true of that notice alone.
pub const PASSED_OVER: &[&str] = &[
    "notice", "draft", "party", "line", "desk", "state", "sent", "element",
];

/// Slots that a field of the same name fills.
const SLOTS: &[SlotCode] = &[
    SlotCode::Label,
    SlotCode::Precision,
    SlotCode::Contact,
    SlotCode::Remarks,
    SlotCode::AirActivity,
    SlotCode::Hazard,
    SlotCode::Presence,
    SlotCode::Site,
    SlotCode::Restriction,
    SlotCode::Caution,
    SlotCode::Count,
    SlotCode::Speed,
    SlotCode::ReviewBy,
    SlotCode::AnswerBy,
];

/// Whether rows may have a field of that name.
pub fn is_known(name: &str) -> bool {
    FIELDS.contains(&name) || PASSED_OVER.contains(&name)
}

/// What is wrong: which field, why and what to do.
pub type At = (String, Said);

/// The fields of one row, and what was wrong with them already.
#[derive(Debug, Clone, Default)]
pub struct Fields {
    given: Vec<(String, String)>,
    wrong: Vec<At>,
}

impl Fields {
    /// Adds a field. An empty one is as good as none.
    pub fn add(&mut self, name: &str, text: &str) {
        let (name, text) = (name.trim(), text.trim());
        if text.is_empty() {
            return;
        }
        if !is_known(name) {
            return self.wrong(&excerpt(name), &Wrong::Unknown);
        }
        if text.len() > MAX_FIELD {
            return self.wrong(name, &Wrong::TooLong(text.len()));
        }
        if self.text(name).is_some() {
            return self.wrong(name, &Wrong::Twice);
        }
        if self.given.len() >= MAX_FIELDS {
            return self.wrong(name, &Wrong::TooMany);
        }
        self.given.push((name.to_owned(), text.to_owned()));
    }

    /// Adds what is wrong with a field; at most [`MAX_FIELDS`] times.
    pub fn wrong(&mut self, name: &str, why: &Wrong) {
        if self.wrong.len() < MAX_FIELDS {
            self.wrong.push((name.to_owned(), why.said()));
        }
    }

    pub fn text(&self, name: &str) -> Option<&str> {
        let found = self.given.iter().find(|(given, _)| given == name);
        found.map(|(_, text)| text.as_str())
    }

    fn any<'a>(&self, names: &[&'a str]) -> Option<&'a str> {
        names.iter().copied().find(|name| self.text(name).is_some())
    }
}

fn say<E: Says>(error: E) -> Said {
    error.said()
}

/// What a row says, or all that is wrong with it.
pub fn draw(
    fields: &Fields,
    geometry: Result<Geometry, Said>,
    default: Option<Kind>,
    outline: Outline,
) -> Result<(Kind, Slots), Vec<At>> {
    let mut wrong = fields.wrong.clone();
    let mut slots = Slots::new();
    let kind = take(&mut wrong, kind(fields, default));
    let geometry = take(
        &mut wrong,
        geometry.map_err(|why| ("geometry".to_owned(), why)),
    );
    let area = match geometry {
        Some(geometry) => take(&mut wrong, area(fields, geometry, outline)).flatten(),
        None => None,
    };
    let second = take(&mut wrong, second(fields, area.as_ref())).flatten();
    let window = take(&mut wrong, window(fields)).flatten();
    let band = fields.text("band").map(|typed| {
        let read = parse_band(typed).map(Value::Band);
        read.map_err(|error| ("band".to_owned(), say(error)))
    });
    let band = band.and_then(|band| take(&mut wrong, band));
    let whole = [
        (SlotCode::Area, area.map(Value::Area)),
        (SlotCode::Second, second.map(Value::Second)),
        (SlotCode::Window, window.map(Value::Window)),
        (SlotCode::Band, band),
    ];
    let alike = SLOTS.iter().map(|slot| {
        let typed = fields.text(slot.name());
        let read = typed.map(|typed| value(*slot, typed).map_err(|why| (slot.to_string(), why)));
        (*slot, read.and_then(|read| take(&mut wrong, read)))
    });
    let alike: Vec<_> = alike.collect();
    for (slot, value) in whole.into_iter().chain(alike) {
        let Some(value) = value else { continue };
        if let Some(kind) = kind.filter(|kind| !kind.slots().contains(&slot)) {
            wrong.push((slot.to_string(), Wrong::ForeignKind(kind).said()));
        } else if let Err(refused) = slots.set(slot, value) {
            wrong.push((slot.to_string(), refused.said()));
        }
    }
    match (kind, wrong.is_empty()) {
        (Some(kind), true) => Ok((kind, slots)),
        (Some(_) | None, _) => Err(wrong),
    }
}

fn take<T>(wrong: &mut Vec<At>, read: Result<T, At>) -> Option<T> {
    read.map_err(|why| wrong.push(why)).ok()
}

fn kind(fields: &Fields, default: Option<Kind>) -> Result<Kind, At> {
    let known = || Kind::NOTICES.map(Kind::name).join(", ");
    let refused = |why: Wrong| Err(("kind".to_owned(), why.said()));
    match (fields.text("kind"), default) {
        (None, Some(default)) => Ok(default),
        (None, None) => refused(Wrong::NoKind(known())),
        (Some(typed), _) => match Kind::NOTICES.into_iter().find(|kind| kind.name() == typed) {
            Some(kind) => Ok(kind),
            None => refused(Wrong::NotAKind {
                typed: excerpt(typed),
                known: known(),
            }),
        },
    }
}

fn value(slot: SlotCode, typed: &str) -> Result<Value, Said> {
    let number = || {
        let all_digits = typed.len() <= 19 && typed.bytes().all(|byte| byte.is_ascii_digit());
        let read = all_digits.then(|| typed.parse().ok()).flatten();
        read.ok_or_else(|| Wrong::NotWhole(excerpt(typed)).said())
    };
    Ok(match slot.shape() {
        Shape::Code => Value::Code(code(slot, typed)?),
        Shape::Name => Value::Name(typed.to_owned()),
        Shape::Text => Value::Text(typed.to_owned()),
        Shape::Time => Value::Time(time(typed)?),
        Shape::Number if slot == SlotCode::Precision => {
            let distance = parse_distance(typed).map_err(say)?.distance;
            Value::Number(distance.as_mm().unsigned_abs())
        }
        Shape::Number => Value::Number(number()?),
        // Not among `SLOTS`.
        Shape::Slug
        | Shape::Window
        | Shape::Band
        | Shape::Area
        | Shape::Place
        | Shape::Second
        | Shape::Subject
        | Shape::Times
        | Shape::Items
        | Shape::Evidence => return Err(Wrong::NoField.said()),
    })
}

fn code(slot: SlotCode, typed: &str) -> Result<u16, Said> {
    let numbers = || (0..1_000).filter_map(|number| Some((number, slot.code_name(number)?)));
    let found = numbers().find(|(_, name)| *name == typed);
    found.map(|(number, _)| number).ok_or_else(|| {
        let known: Vec<&str> = numbers().map(|(_, name)| name).collect();
        let (typed, known) = (excerpt(typed), known.join(", "));
        Wrong::NotOneOf { typed, known }.said()
    })
}

/// A date-time group, or Unix milliseconds.
fn time(typed: &str) -> Result<Timestamp, Said> {
    let is_number = typed.len() > 6 && typed.bytes().all(|byte| byte.is_ascii_digit());
    match typed.parse::<i64>() {
        Ok(ms) if is_number => Timestamp::from_unix_ms(ms).map_err(say),
        Ok(_) | Err(_) => Ok(typed.parse::<DateTimeGroup>().map_err(say)?.instant()),
    }
}

fn window(fields: &Fields) -> Result<Option<Window>, At> {
    let wrong = |name: &str| {
        let name = name.to_owned();
        move |why| (name, why)
    };
    match (
        fields.text("window"),
        fields.text("from"),
        fields.text("until"),
    ) {
        (None, None, None) => Ok(None),
        (Some(typed), None, None) => {
            let read = parse_window(typed).map_err(say);
            read.map(Some).map_err(wrong("window"))
        }
        (None, Some(from), Some(until)) => {
            let from = time(from).map_err(wrong("from"))?;
            let until = time(until).map_err(wrong("until"))?;
            let read = Window::new(from, until).map_err(say);
            read.map(Some).map_err(wrong("until"))
        }
        (None, Some(_), None) => Err(wrong("until")(Wrong::OtherGiven("from").said())),
        (None, None, Some(_)) => Err(wrong("from")(Wrong::OtherGiven("until").said())),
        (Some(_), _, _) => Err(wrong("window")(Wrong::WindowTwice.said())),
    }
}

/// The second description, only ever from fields of its own. Where none of them is given there is none.
fn second(fields: &Fields, area: Option<&Area>) -> Result<Option<SecondDescription>, At> {
    const NEEDED: [&str; 3] = ["reference", "bearing", "distance"];
    const MORE: [&str; 3] = ["anchor", "bearing-precision", "distance-precision"];
    let given = fields.any(&NEEDED).or_else(|| fields.any(&MORE));
    let Some(given) = given else { return Ok(None) };
    let part = |name: &'static str| {
        let why = || Wrong::SecondLacks(given.to_owned()).said();
        fields.text(name).ok_or_else(|| (name.to_owned(), why()))
    };
    let at = |name: &'static str| move |why: Said| (name.to_owned(), why);
    let [reference, bearing, distance] = [part(NEEDED[0])?, part(NEEDED[1])?, part(NEEDED[2])?];
    let reference = reference
        .parse()
        .map_err(|error: NotASlug| at("reference")(say(error)))?;
    let bearing = parse_bearing(bearing).map_err(|error| at("bearing")(say(error)))?;
    let distance = parse_distance(distance).map_err(|error| at("distance")(say(error)))?;
    let bearing_precision = match fields.text("bearing-precision") {
        Some(typed) => parse_bearing(typed)
            .map_err(|error| at("bearing-precision")(say(error)))?
            .bearing
            .as_millidegrees(),
        None => bearing.precision,
    };
    let distance_precision = match fields.text("distance-precision") {
        Some(typed) => length(typed).map_err(at("distance-precision"))?,
        None => distance.precision,
    };
    let anchor = match (fields.text("anchor"), area) {
        (Some(typed), _) => anchor(typed).map_err(at("anchor"))?,
        (None, Some(area)) => area.first_anchor(),
        (None, None) => Anchor::Centre,
    };
    if let Some(area) = area {
        area.position_of(anchor)
            .map_err(|error| at("anchor")(say(error)))?;
    }
    let second = SecondDescription::new(RawDescription {
        reference,
        anchor,
        bearing: bearing.bearing,
        bearing_precision,
        distance: distance.distance,
        distance_precision,
    });
    second.map(Some).map_err(|error| at("distance")(say(error)))
}

fn anchor(typed: &str) -> Result<Anchor, Said> {
    let refused = || Wrong::NotAnAnchor(excerpt(typed)).said();
    if typed == "centre" {
        return Ok(Anchor::Centre);
    }
    let (what, index) = typed.split_once(' ').ok_or_else(refused)?;
    let index = index.trim().parse().map_err(|_| refused())?;
    match what {
        "vertex" => Ok(Anchor::Vertex(index)),
        "point" => Ok(Anchor::Point(index)),
        _other => Err(refused()),
    }
}

fn length(typed: &str) -> Result<Millimetres, Said> {
    Ok(parse_distance(typed).map_err(say)?.distance)
}

fn place(typed: &str) -> Result<Position, Said> {
    Ok(coordinates::parse(typed).map_err(say)?.stated.position)
}

/// Positions with `|` between them, which no form of a position has.
fn places(typed: &str) -> Result<Vec<Position>, Said> {
    let each = typed.split('|').map(str::trim).zip(1..);
    let at = |number| move |because| Wrong::AtPosition { number, because }.said();
    each.map(|(one, number)| place(one).map_err(at(number)))
        .collect()
}

/// The area that a row says. Only one way of saying it may be used.
fn area(fields: &Fields, geometry: Geometry, outline: Outline) -> Result<Option<Area>, At> {
    let at = |name: &'static str| move |why: Said| (name.to_owned(), why);
    let both = |why: Wrong, other: &str| (other.to_owned(), why.said());
    let typed = match fields.any(&["lat", "lon"]) {
        Some(_) => Some("lat"),
        // A circle's centre is as good a place as any, unless it goes with what is drawn.
        None if geometry == Geometry::None => {
            fields.any(&["position", "polygon", "corridor", "centre"])
        }
        None => fields.any(&["position", "polygon", "corridor"]),
    };
    if let Some(typed) = typed {
        let ways = ["lat", "position", "polygon", "corridor", "centre"];
        let other = ways
            .into_iter()
            .find(|way| *way != typed && fields.text(way).is_some());
        match (geometry != Geometry::None, other) {
            (true, _) => return Err(both(Wrong::PlaceDrawn, typed)),
            (false, Some(other)) => {
                return Err(both(Wrong::PlaceTwice(format!("`{typed}`")), other));
            }
            (false, None) => {}
        }
    }
    let unused = |names: &[&'static str], what: &'static str| match fields.any(names) {
        Some(name) => Err(at(name)(Wrong::Unused(what).said())),
        None => Ok(()),
    };
    let radius = || {
        let typed = fields
            .text("radius")
            .ok_or_else(|| at("radius")(Wrong::NoRadius.said()))?;
        length(typed).map_err(at("radius"))
    };
    let circle = |centre: Position| {
        unused(&["width"], "a circle")?;
        let circle = Circle::new(centre, radius()?).map_err(say);
        circle.map_err(at("radius"))
    };
    let corridor = |points: Vec<Position>, name: &'static str| {
        unused(&["radius", "centre"], "a corridor")?;
        let width = fields
            .text("width")
            .ok_or_else(|| at("width")(Wrong::NoWidth.said()))?;
        corridor(points, length(width).map_err(at("width"))?).map_err(at(name))
    };
    let found = match (geometry, typed) {
        (Geometry::Point(centre), _) => {
            unused(&["centre"], "a point")?;
            Area::Circle(circle(centre)?)
        }
        (Geometry::Line(points), _) => corridor(points, "geometry")?,
        (Geometry::Ring(vertices), _) => match fields.text("centre") {
            Some(centre) => {
                let circle = circle(place(centre).map_err(at("centre"))?)?;
                is_outline(&circle, &vertices, outline).map_err(at("centre"))?;
                Area::Circle(circle)
            }
            None => {
                unused(&["radius", "width"], "a polygon")?;
                polygon(vertices).map_err(at("geometry"))?
            }
        },
        (Geometry::None, Some("lat")) => Area::Circle(circle(lat_lon(fields)?)?),
        (Geometry::None, Some(name @ ("position" | "centre"))) => {
            let typed = fields.text(name).unwrap_or_default();
            let wrong = |why| (name.to_owned(), why);
            Area::Circle(circle(place(typed).map_err(wrong)?)?)
        }
        (Geometry::None, Some("polygon")) => {
            unused(&["radius", "width"], "a polygon")?;
            let vertices =
                places(fields.text("polygon").unwrap_or_default()).map_err(at("polygon"))?;
            polygon(vertices).map_err(at("polygon"))?
        }
        (Geometry::None, Some(_corridor)) => {
            let points =
                places(fields.text("corridor").unwrap_or_default()).map_err(at("corridor"))?;
            corridor(points, "corridor")?
        }
        (Geometry::None, None) => {
            return match fields.any(&["radius", "width"]) {
                Some(name) => Err(at(name)(Wrong::NoPlace.said())),
                None => Ok(None),
            };
        }
    };
    Ok(Some(found))
}

/// Latitude and longitude from a column each, in any form that has them so.
fn lat_lon(fields: &Fields) -> Result<Position, At> {
    let part = |name: &'static str, other: &'static str| {
        let why = || (name.to_owned(), Wrong::OtherGiven(other).said());
        fields.text(name).ok_or_else(why)
    };
    let (lat, lon) = (part("lat", "lon")?, part("lon", "lat")?);
    // A cell holds one angle: a comma in it can only be a decimal one.
    let plain = |angle: &str| angle.replace(',', ".");
    place(&format!("{}, {}", plain(lat), plain(lon))).map_err(|why| ("lat".to_owned(), why))
}

/// How far a vertex may lie off where it was written, in 1e-7 degree: programs keep six decimals.
const OUTLINE_WITHIN: i64 = 10;

/// A circle goes out as a polygon with `centre` and `radius`. Whoever moved the polygon and left those would else have
/// the old place imported.
fn is_outline(circle: &Circle, vertices: &[Position], outline: Outline) -> Result<(), Said> {
    let near = |one: i32, other: i32| (i64::from(one) - i64::from(other)).abs() <= OUTLINE_WITHIN;
    let drawn = outline(circle);
    let pairs = || drawn.iter().zip(vertices);
    let same = drawn.len() == vertices.len()
        && pairs().all(|(one, other)| {
            near(one.latitude().as_e7(), other.latitude().as_e7())
                && near(one.longitude().as_e7(), other.longitude().as_e7())
        });
    match same {
        true => Ok(()),
        false => Err(Wrong::OtherCircle.said()),
    }
}
