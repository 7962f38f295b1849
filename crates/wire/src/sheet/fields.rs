//! Fields as typed, and what they make of a notice.

use super::{Geometry, MAX_FIELD, MAX_FIELDS, Outline, corridor, excerpt, polygon};
use crate::coordinates::{self, parse_band, parse_bearing, parse_distance, parse_window};
use model::description::{Anchor, RawDescription, SecondDescription};
use model::dtg::DateTimeGroup;
use model::kind::Kind;
use model::place::{Area, Circle, Position};
use model::slot::{Shape, SlotCode, Slots, Value};
use model::units::{Millimetres, Timestamp};
use model::window::Window;
use std::error::Error;

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
pub type Wrong = (String, String);

/// The fields of one row, and what was wrong with them already.
#[derive(Debug, Clone, Default)]
pub struct Fields {
    given: Vec<(String, String)>,
    wrong: Vec<Wrong>,
}

impl Fields {
    /// Adds a field. An empty one is as good as none.
    pub fn add(&mut self, name: &str, text: &str) {
        let (name, text) = (name.trim(), text.trim());
        if text.is_empty() {
            return;
        }
        if !is_known(name) {
            let why =
                "is not known: take it out, or give it the name of a field of docs/integrators.md";
            return self.wrong(&excerpt(name), why);
        }
        if text.len() > MAX_FIELD {
            let why = format!(
                "holds {} bytes, at most {MAX_FIELD} are taken: shorten it, and check that every quote is closed",
                text.len()
            );
            return self.wrong(name, why);
        }
        if self.text(name).is_some() {
            return self.wrong(name, "is given twice: take one of them out");
        }
        if self.given.len() >= MAX_FIELDS {
            return self.wrong(
                name,
                format!("is one field more than the {MAX_FIELDS} that are taken"),
            );
        }
        self.given.push((name.to_owned(), text.to_owned()));
    }

    /// Adds what is wrong with a field; at most [`MAX_FIELDS`] times.
    pub fn wrong(&mut self, name: &str, why: impl Into<String>) {
        if self.wrong.len() < MAX_FIELDS {
            self.wrong.push((name.to_owned(), why.into()));
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

/// An error and its causes, in one sentence.
fn say(error: impl Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text = format!("{text}: {cause}");
        next = cause.source();
    }
    text
}

/// What a row says, or all that is wrong with it.
pub fn draw(
    fields: &Fields,
    geometry: Result<Geometry, String>,
    default: Option<Kind>,
    outline: Outline,
) -> Result<(Kind, Slots), Vec<Wrong>> {
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
            let why = format!("does not belong to a {kind}: take it out, or choose another kind");
            wrong.push((slot.to_string(), why));
        } else if let Err(refused) = slots.set(slot, value) {
            wrong.push((slot.to_string(), refused.to_string()));
        }
    }
    match (kind, wrong.is_empty()) {
        (Some(kind), true) => Ok((kind, slots)),
        (Some(_) | None, _) => Err(wrong),
    }
}

fn take<T>(wrong: &mut Vec<Wrong>, read: Result<T, Wrong>) -> Option<T> {
    read.map_err(|why| wrong.push(why)).ok()
}

fn kind(fields: &Fields, default: Option<Kind>) -> Result<Kind, Wrong> {
    let known = || Kind::NOTICES.map(Kind::name).join(", ");
    let refused = |why: String| Err(("kind".to_owned(), why));
    match (fields.text("kind"), default) {
        (None, Some(default)) => Ok(default),
        (None, None) => refused(format!("is not given: write one of {}", known())),
        (Some(typed), _) => match Kind::NOTICES.into_iter().find(|kind| kind.name() == typed) {
            Some(kind) => Ok(kind),
            None => refused(format!(
                "`{}` is no kind of notice: choose one of {}",
                excerpt(typed),
                known()
            )),
        },
    }
}

fn value(slot: SlotCode, typed: &str) -> Result<Value, String> {
    let number = || {
        let all_digits = typed.len() <= 19 && typed.bytes().all(|byte| byte.is_ascii_digit());
        let read = all_digits.then(|| typed.parse().ok()).flatten();
        read.ok_or_else(|| format!("`{}` is no whole number from zero up", excerpt(typed)))
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
        | Shape::Items => return Err("is no field of a row: take it out".to_owned()),
    })
}

fn code(slot: SlotCode, typed: &str) -> Result<u16, String> {
    let numbers = || (0..1_000).filter_map(|number| Some((number, slot.code_name(number)?)));
    let found = numbers().find(|(_, name)| *name == typed);
    found.map(|(number, _)| number).ok_or_else(|| {
        let known: Vec<&str> = numbers().map(|(_, name)| name).collect();
        format!("`{}` is not one of {}", excerpt(typed), known.join(", "))
    })
}

/// A date-time group, or Unix milliseconds.
fn time(typed: &str) -> Result<Timestamp, String> {
    let is_number = typed.len() > 6 && typed.bytes().all(|byte| byte.is_ascii_digit());
    match typed.parse::<i64>() {
        Ok(ms) if is_number => Timestamp::from_unix_ms(ms).map_err(say),
        Ok(_) | Err(_) => Ok(typed.parse::<DateTimeGroup>().map_err(say)?.instant()),
    }
}

fn window(fields: &Fields) -> Result<Option<Window>, Wrong> {
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
        (None, Some(_), None) => Err(wrong("until")(
            "is not given, and `from` is: give both".into(),
        )),
        (None, None, Some(_)) => Err(wrong("from")(
            "is not given, and `until` is: give both".into(),
        )),
        (Some(_), _, _) => Err(wrong("window")(
            "is given, and `from` or `until` too: give one or the other".into(),
        )),
    }
}

/// The second description, only ever from fields of its own. Where none of them is given there is none.
fn second(fields: &Fields, area: Option<&Area>) -> Result<Option<SecondDescription>, Wrong> {
    const NEEDED: [&str; 3] = ["reference", "bearing", "distance"];
    const MORE: [&str; 3] = ["anchor", "bearing-precision", "distance-precision"];
    let given = fields.any(&NEEDED).or_else(|| fields.any(&MORE));
    let Some(given) = given else { return Ok(None) };
    let part = |name: &'static str| {
        let why = || {
            format!(
                "is not given, and `{given}` is: a second description needs reference, bearing and distance"
            )
        };
        fields.text(name).ok_or_else(|| (name.to_owned(), why()))
    };
    let at = |name: &'static str| move |why: String| (name.to_owned(), why);
    let [reference, bearing, distance] = [part(NEEDED[0])?, part(NEEDED[1])?, part(NEEDED[2])?];
    let reference = reference
        .parse()
        .map_err(|error| at("reference")(say(error)))?;
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

fn anchor(typed: &str) -> Result<Anchor, String> {
    let refused = || {
        format!(
            "`{}` is no anchor: write centre, vertex 0 or point 0, counted from 0",
            excerpt(typed)
        )
    };
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

fn length(typed: &str) -> Result<Millimetres, String> {
    Ok(parse_distance(typed).map_err(say)?.distance)
}

fn place(typed: &str) -> Result<Position, String> {
    Ok(coordinates::parse(typed).map_err(say)?.stated.position)
}

/// Positions with `|` between them, which no form of a position has.
fn places(typed: &str) -> Result<Vec<Position>, String> {
    let each = typed.split('|').map(str::trim).zip(1..);
    each.map(|(one, number)| place(one).map_err(|why| format!("position {number}: {why}")))
        .collect()
}

/// The area that a row says. Only one way of saying it may be used.
fn area(fields: &Fields, geometry: Geometry, outline: Outline) -> Result<Option<Area>, Wrong> {
    let at = |name: &'static str| move |why: String| (name.to_owned(), why);
    let both = |one: &str, other: &str| {
        let why = format!("is given, and {one} too: say the place once, and take the other out");
        (other.to_owned(), why)
    };
    let typed = match fields.any(&["lat", "lon"]) {
        Some(_) => Some("lat"),
        None => fields.any(&["position", "polygon", "corridor"]),
    };
    if let Some(typed) = typed {
        let ways = ["lat", "position", "polygon", "corridor", "centre"];
        let other = ways
            .into_iter()
            .find(|way| *way != typed && fields.text(way).is_some());
        match (geometry != Geometry::None, other) {
            (true, _) => return Err(both("a geometry", typed)),
            (false, Some(other)) => return Err(both(&format!("`{typed}`"), other)),
            (false, None) => {}
        }
    }
    let unused = |names: &[&'static str], what: &str| match fields.any(names) {
        Some(name) => Err(at(name)(format!(
            "says nothing of {what}: take it out, or give another shape"
        ))),
        None => Ok(()),
    };
    let radius = || {
        let typed = fields
            .text("radius")
            .ok_or_else(|| at("radius")("is not given: a point needs one, such as 500 m".into()))?;
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
            .ok_or_else(|| at("width")("is not given: a line needs one, such as 2 km".into()))?;
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
        (Geometry::None, Some("position")) => {
            let typed = fields.text("position").unwrap_or_default();
            Area::Circle(circle(place(typed).map_err(at("position"))?)?)
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
            unused(&["radius", "width", "centre"], "no place")?;
            return Ok(None);
        }
    };
    Ok(Some(found))
}

/// Latitude and longitude from a column each, in any form that has them so.
fn lat_lon(fields: &Fields) -> Result<Position, Wrong> {
    let part = |name: &'static str, other: &str| {
        let why = || {
            (
                name.to_owned(),
                format!("is not given, and `{other}` is: give both"),
            )
        };
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
fn is_outline(circle: &Circle, vertices: &[Position], outline: Outline) -> Result<(), String> {
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
        false => Err("and `radius` say another circle than the polygon that is drawn: to take the polygon, leave both \
                      out; to take the circle, draw it as a point with a radius"
            .into()),
    }
}
