//! Notices on globes and in map programs: KML 2.3 (OGC 12-007r2), as text; not KMZ.
//!
//! A placemark is a notice; its `ExtendedData` holds fields ([`sheet::FIELDS`]), its `name` is the label. A `Polygon` is an
//! area, a `Point` with `radius` a circle, a `LineString` with `width` a corridor. Nothing that a file names is ever
//! looked up: document types and network links are refused.

use crate::sheet::{
    self, Fields, Geometry, MAX_FIELD, MAX_ROWS, Outline, Row, Sheet, SheetRefused, Shown, Wrong,
};
use model::kind::Kind;
use model::place::Position;
use model::said::{Said, Says as _};
use quick_xml::escape::{escape, resolve_predefined_entity, unescape};
use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::Reader;
use std::fmt::Write as _;

/// How deep elements may lie in each other.
pub const MAX_DEPTH: usize = 32;
/// The longest list of coordinates, in bytes: a polygon of 10,000 vertices is well below.
pub const MAX_COORDINATES: usize = 1 << 20;

/// Reads every placemark; `kind` is that of those that name none.
///
/// # Errors
/// Where no placemark can be read: the file is too large or no such XML, is too deep, names other files, or holds too many
/// placemarks. What is wrong with one placemark is among the faults.
pub fn read(bytes: &[u8], kind: Option<Kind>, outline: Outline) -> Result<Sheet, SheetRefused> {
    let text = sheet::text(bytes)?;
    let not_that = |why: String| SheetRefused::NotThat { format: "KML", why };
    let mut reader = Reader::from_str(text);
    reader.config_mut().expand_empty_elements = true;
    let mut reading = Reading::default();
    let mut found = Sheet::default();
    loop {
        let event = reader
            .read_event()
            .map_err(|error| not_that(format!("byte {}: {error}", reader.error_position())))?;
        match event {
            Event::Start(start) => reading.opens(&start)?,
            Event::End(_) => {
                if let Some(placemark) = reading.closes() {
                    let at = reading.placemarks;
                    if at > MAX_ROWS as u64 {
                        return Err(SheetRefused::TooManyRows(Row::Placemark.name()));
                    }
                    let geometry = placemark.geometry.unwrap_or(Ok(Geometry::None));
                    found.row(at, &placemark.fields, geometry, kind, outline);
                }
            }
            Event::Text(text) => reading.says(&text.xml10_content()),
            Event::CData(text) => reading.says(&text.xml10_content()),
            Event::GeneralRef(named) => {
                let one = match named.resolve_char_ref() {
                    Ok(Some(one)) => one.to_string(),
                    Ok(None) => resolve_predefined_entity(&named)
                        .ok_or(SheetRefused::Forbidden(
                            "a reference to an entity that is none of XML's own: write the text itself",
                        ))?
                        .to_owned(),
                    Err(error) => return Err(not_that(error.to_string())),
                };
                reading.says(&one);
            }
            Event::DocType(_) => {
                return Err(SheetRefused::Forbidden(
                    "a document type, which can name other files and grow without end: take out the line `<!DOCTYPE`",
                ));
            }
            // Expanded above.
            Event::Empty(_) | Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
            Event::Eof => break,
        }
    }
    match (reading.path.is_empty(), reading.is_kml, reading.placemarks) {
        (false, _, _) => Err(not_that("it ends before its last element does".into())),
        (true, false, _) => Err(not_that("its outermost element is no `kml`".into())),
        (true, true, 0) => Err(SheetRefused::Empty(Row::Placemark.name())),
        (true, true, _) => Ok(found),
    }
}

/// Where in the file the reader is.
#[derive(Default)]
struct Reading {
    /// The elements that are open, outermost first, by their local names.
    path: Vec<String>,
    is_kml: bool,
    placemarks: u64,
    placemark: Option<Placemark>,
    /// Which field the text belongs to, by `name` of its `Data` or `SimpleData`.
    field: Option<String>,
    text: String,
    is_too_long: bool,
}

#[derive(Default)]
struct Placemark {
    fields: Fields,
    geometry: Option<Result<Geometry, Said>>,
}

impl Placemark {
    fn draws(&mut self, geometry: Result<Geometry, Said>) {
        match &self.geometry {
            None => self.geometry = Some(geometry),
            Some(Ok(_)) => self.geometry = Some(Err(Wrong::SeveralAreas.said())),
            // What was said first stays.
            Some(Err(_)) => {}
        }
    }
}

impl Reading {
    fn opens(&mut self, start: &BytesStart<'_>) -> Result<(), SheetRefused> {
        if self.path.len() >= MAX_DEPTH {
            return Err(SheetRefused::Forbidden(
                "elements over 32 deep in each other: save its placemarks alone",
            ));
        }
        let name = start.local_name().as_ref().to_owned();
        match (name.as_str(), self.path.is_empty()) {
            ("kml", true) => self.is_kml = true,
            ("NetworkLink" | "NetworkLinkControl", _) => {
                return Err(SheetRefused::Forbidden(
                    "a network link, and nothing is ever fetched: save the placemarks that it leads to",
                ));
            }
            _other => {}
        }
        if name == "Placemark" && self.placemark.is_none() {
            self.placemarks += 1;
            self.placemark = Some(Placemark::default());
        }
        self.text.clear();
        self.is_too_long = false;
        if matches!(name.as_str(), "Data" | "SimpleData") {
            self.field = Some(named(start)?);
        }
        if let Some(placemark) = &mut self.placemark {
            let unread = match name.as_str() {
                "innerBoundaryIs" => Some(Wrong::Holes),
                "MultiGeometry" | "MultiTrack" => Some(Wrong::SeveralAreas),
                "Track" | "Model" | "LinearRing"
                    if name != "LinearRing" || !self.path.iter().any(|on| on == "Polygon") =>
                {
                    Some(Wrong::OtherGeometry)
                }
                _other => None,
            };
            if let Some(why) = unread {
                placemark.geometry = Some(Err(why.said()));
            }
            if matches!(name.as_str(), "TimeSpan" | "TimeStamp") {
                placemark.fields.wrong(&name, &Wrong::TimeNotRead);
            }
        }
        self.path.push(name);
        Ok(())
    }

    fn says(&mut self, text: &str) {
        let most = match self.path.last().map(String::as_str) {
            Some("coordinates") => MAX_COORDINATES,
            // One more than a field may hold, so that the field refuses it.
            Some(_) | None => MAX_FIELD + 1,
        };
        match self.placemark.is_some() && self.text.len() + text.len() <= most {
            true => self.text.push_str(text),
            false => self.is_too_long |= !text.trim().is_empty(),
        }
    }

    /// Ends the innermost element; a placemark that it ended.
    fn closes(&mut self) -> Option<Placemark> {
        let name = self.path.pop()?;
        let (text, is_too_long) = (
            std::mem::take(&mut self.text),
            std::mem::take(&mut self.is_too_long),
        );
        let parent = self.path.last().map_or("", String::as_str);
        if name == "Placemark" && !self.path.iter().any(|on| on == "Placemark") {
            return self.placemark.take();
        }
        let field = match (name.as_str(), parent) {
            ("name", "Placemark") => Some("label".to_owned()),
            ("description", "Placemark") => Some("remarks".to_owned()),
            ("value", "Data") => self.field.clone(),
            ("SimpleData", _) => self.field.take(),
            _other => None,
        };
        let placemark = self.placemark.as_mut()?;
        match field {
            Some(field) if is_too_long => {
                placemark
                    .fields
                    .wrong(&sheet::excerpt(&field), &Wrong::FieldTooLong);
            }
            // Some programs write a page of HTML there.
            Some(_) if name == "description" && text.contains('<') => {
                placemark.fields.wrong("remarks", &Wrong::Markup);
            }
            Some(field) => placemark.fields.add(&field, &text),
            None if name == "coordinates" => {
                let read = match is_too_long {
                    true => Err(Wrong::CoordinatesTooLong(MAX_COORDINATES).said()),
                    false => coordinates(&text),
                };
                let drawn = match parent {
                    "Point" => Some(read.and_then(|all| match all.as_slice() {
                        [one] => Ok(Geometry::Point(*one)),
                        _other => Err(Wrong::SeveralPositions.said()),
                    })),
                    "LineString" => Some(read.map(Geometry::Line)),
                    "LinearRing" => Some(read.and_then(sheet::open_ring).map(Geometry::Ring)),
                    _other => None,
                };
                if let Some(drawn) = drawn {
                    placemark.draws(drawn);
                }
            }
            None => {}
        }
        None
    }
}

fn named(start: &BytesStart<'_>) -> Result<String, SheetRefused> {
    let refused = |why: String| SheetRefused::NotThat { format: "KML", why };
    let found = start
        .try_get_attribute("name")
        .map_err(|error| refused(error.to_string()))?;
    let found = found.ok_or_else(|| refused("a Data element has no name".into()))?;
    let name = unescape(&found.value).map_err(|error| refused(error.to_string()))?;
    Ok(name.into_owned())
}

/// `longitude,latitude[,height]`, with white space between positions.
fn coordinates(text: &str) -> Result<Vec<Position>, Said> {
    let each = text.split_whitespace().zip(1..);
    each.map(|(tuple, number)| {
        let numbers: Result<Vec<f64>, _> = tuple.split(',').take(4).map(str::parse).collect();
        let position = match numbers {
            Ok(numbers) => sheet::position(&numbers),
            Err(_) => Err(Wrong::NoLongitudeLatitude(sheet::excerpt(tuple)).said()),
        };
        position.map_err(|because| Wrong::AtPosition { number, because }.said())
    })
    .collect()
}

/// Writes a document. `left_out` says of what was left out why and how many; `marking`, that it is none of live operations, is
/// the document's name.
///
/// Every text is escaped, and the balloon of a placemark shows a fixed text: some programs would else obey markup in it.
pub fn write(
    notices: &[Shown],
    left_out: &[(&'static str, usize)],
    marking: Option<&str>,
    outline: Outline,
) -> String {
    let mut text = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<kml xmlns=\"http://www.opengis.net/kml/2.2\">\n<Document>\n",
    );
    // Writing to a string does not fail.
    if let Some(marking) = marking {
        let _ = writeln!(text, "<name>{}</name>", escape(marking));
    }
    for (why, count) in left_out {
        let _ = writeln!(text, "<!-- left out, {why}: {count} -->");
    }
    text.push_str(
        "<Style id=\"notice\"><BalloonStyle><text>A notice: see its data.</text></BalloonStyle>\
         <PolyStyle><fill>0</fill></PolyStyle></Style>\n",
    );
    for notice in notices {
        placemark(&mut text, notice, outline);
    }
    text.push_str("</Document>\n</kml>\n");
    text
}

fn placemark(text: &mut String, notice: &Shown, outline: Outline) {
    // Writing to a string does not fail.
    text.push_str("<Placemark>");
    let fields = sheet::all_fields(notice);
    let (labels, data): (Vec<_>, Vec<_>) =
        fields.into_iter().partition(|(name, _)| *name == "label");
    for (_, label) in labels {
        let _ = write!(text, "<name>{}</name>", escape(carried(&label).as_str()));
    }
    text.push_str("<styleUrl>#notice</styleUrl><ExtendedData>\n");
    for (name, value) in data {
        let _ = writeln!(
            text,
            "<Data name=\"{name}\"><value>{}</value></Data>",
            escape(carried(&value).as_str())
        );
    }
    text.push_str("</ExtendedData>");
    match notice.slots.area().map(|area| sheet::drawn(area, outline)) {
        None | Some(Geometry::None) => {}
        Some(Geometry::Point(position)) => {
            let _ = write!(
                text,
                "<Point><coordinates>{}</coordinates></Point>",
                list(&[position])
            );
        }
        Some(Geometry::Line(points)) => {
            let _ = write!(
                text,
                "<LineString><tessellate>1</tessellate><coordinates>{}</coordinates></LineString>",
                list(&points)
            );
        }
        Some(Geometry::Ring(mut ring)) => {
            ring.extend(ring.first().copied());
            let _ = write!(
                text,
                "<Polygon><tessellate>1</tessellate><outerBoundaryIs><LinearRing><coordinates>{}</coordinates>\
                 </LinearRing></outerBoundaryIs></Polygon>",
                list(&ring)
            );
        }
    }
    text.push_str("</Placemark>\n");
}

/// XML 1.0 has no way of writing two characters that a text may hold.
fn carried(text: &str) -> String {
    text.replace(['\u{fffe}', '\u{ffff}'], "\u{fffd}")
}

fn list(positions: &[Position]) -> String {
    let one = |position: &Position| format!("{},{}", position.longitude(), position.latitude());
    let each: Vec<String> = positions.iter().map(one).collect();
    each.join(" ")
}

#[cfg(test)]
mod tests;
