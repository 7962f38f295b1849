//! From the text to the arrangement, key by key.

use std::ops::RangeInclusive;
use std::str::FromStr;

use model::arrangement::{
    Arrangement, Climb, Deadlines, Fallback, Language, MAX_DOCUMENT, Margins, Purpose,
    ReferencePoint, Separation, StopTerms,
};
use model::code::{Desk, Level};
use model::ids::PartyId;
use model::kind::Kind;
use model::place::{Area, Circle, MAX_VERTICES, Polygon, Position};
use model::slot::MAX_NAME;
use model::units::{DAY_MS, HOUR_MS, MINUTE_MS, Millimetres, Millis, SECOND_MS};
use model::watch::MAX_OFFICERS_ON_WATCH;
use toml::{Table, Value};

use super::section::{Read, Section};
use super::{ArrangementRefused as Refused, MAX_DESKS, MAX_NUMBER, MAX_NUMBERS, MOST};
use super::{check, units};

const KEYS: &[&str] = &[
    "line",
    "name",
    "version",
    "nature",
    "parties",
    "desks",
    "finest",
    "free_text",
    "line_checks",
    "clock_offset",
    "single_description",
    "languages",
    "area",
    "purpose",
    "separation",
    "reference_point",
    "deadlines",
    "stop",
    "margins",
    "fallback",
    "watch_officers",
];

/// Reads the text of an arrangement.
///
/// # Errors
/// [`ArrangementRefused`](Refused): the first thing that is wrong, by its key.
pub fn parse(text: &str) -> Result<Arrangement, Refused> {
    let given = text.len();
    if given > MAX_DOCUMENT {
        return Err(Refused::TooLarge { given });
    }
    if text.contains('\r') {
        return Err(Refused::LineEnds);
    }
    let table: Table = text.parse().map_err(Refused::NotToml)?;
    let top = Section::new(&table, "", KEYS)?;
    let parties = parties(&top)?;
    let arrangement = Arrangement {
        line: parsed(&top, "line", "the line's identifier, 32 hexadecimal digits")?,
        name: parsed(&top, "name", SLUG)?,
        version: top.value("version", "a whole number from 1", |value| {
            u32::try_from(value.as_integer()?)
                .ok()
                .filter(|version| *version > 0)
        })?,
        exercise: nature(&top)?,
        parties,
        area: area(&top.table("area", &["circle", "polygon", "corridor"])?)?,
        desks: top.list("desks", MAX_DESKS, "air, ground, protection, senior", word)?,
        purposes: top.tables("purpose", &["id", "text"], purpose)?,
        separations: top.tables(
            "separation",
            &["between", "horizontal", "vertical", "time"],
            separation,
        )?,
        reference_points: top.tables(
            "reference_point",
            &["id", "name", "position"],
            reference_point,
        )?,
        deadlines: deadlines(&top)?,
        finest: length(&top, "finest", metres(1)..=metres(100_000), "1 m to 100 km")?,
        languages: languages(&top, parties)?,
        line_checks: top.list("line_checks", MOST, "times such as \"06:00Z\"", |value| {
            units::time_of_day(value.as_str()?)
        })?,
        stop: stop(&top)?,
        margins: margins(&top)?,
        clock_offset: duration(
            &top,
            "clock_offset",
            ms(100)..=ms(MINUTE_MS),
            "100 ms to 1 min",
        )?,
        single_description: top.list("single_description", MOST, "kinds of notice", notice)?,
        free_text: top.value("free_text", "true or false", Value::as_bool)?,
        watch_officers: watch_officers(&top)?,
        fallback: top.tables("fallback", &["party", "desk", "numbers"], fallback)?,
        document: text.into(),
    };
    check::check(&arrangement, &top)?;
    Ok(arrangement)
}

const SLUG: &str = "a short name of a-z, 0-9 and -, beginning with a letter";

fn word<T: FromStr>(value: &Value) -> Option<T> {
    value.as_str()?.parse().ok()
}

fn parsed<T: FromStr>(section: &Section<'_>, key: &str, expected: &str) -> Read<T> {
    section.value(key, expected, word)
}

fn notice(value: &Value) -> Option<Kind> {
    word(value).filter(|kind: &Kind| kind.is_notice())
}

/// Text of one line that a screen shows as it is.
fn name(section: &Section<'_>, key: &str) -> Read<String> {
    let expected = format!("a text of one line, at most {MAX_NAME} bytes");
    section.value(key, &expected, |value| {
        let text = value.as_str()?;
        let good = !text.trim().is_empty() && text.len() <= MAX_NAME;
        (good && !text.chars().any(char::is_control)).then(|| text.to_owned())
    })
}

fn ms(ms: i64) -> Millis {
    Millis::new(ms).unwrap_or(Millis::MAX)
}

const fn metres(metres: i32) -> Millimetres {
    Millimetres::from_metres(metres)
}

fn duration(
    section: &Section<'_>,
    key: &str,
    range: RangeInclusive<Millis>,
    expected: &str,
) -> Read<Millis> {
    let expected = format!("a time such as \"90 s\", from {expected}");
    section.value(key, &expected, |value| {
        units::duration(value.as_str()?).filter(|span| range.contains(span))
    })
}

fn length(
    section: &Section<'_>,
    key: &str,
    range: RangeInclusive<Millimetres>,
    expected: &str,
) -> Read<Millimetres> {
    let expected = format!("a length such as \"500 m\" or \"5 NM\", from {expected}");
    section.value(key, &expected, |value| {
        units::length(value.as_str()?).filter(|length| range.contains(length))
    })
}

fn position(value: &Value) -> Option<Position> {
    units::position(value.as_str()?)
}

const POSITION: &str =
    "positions such as \"35.2855, 40.1757\": latitude, then longitude, in degrees";

fn parties(top: &Section<'_>) -> Read<[PartyId; 2]> {
    let parties: Vec<PartyId> = top.list("parties", 2, "two short names", word)?;
    match parties.as_slice() {
        [a, b] if a != b => Ok([*a, *b]),
        _other => Err(top.rule("parties", "give two different parties")),
    }
}

fn nature(top: &Section<'_>) -> Read<bool> {
    top.value("nature", "\"exercise\" or \"live\"", |value| {
        match value.as_str()? {
            "exercise" => Some(true),
            "live" => Some(false),
            _other => None,
        }
    })
}

fn area(section: &Section<'_>) -> Read<Area> {
    let mut keys = section.keys();
    let (Some(key), None) = (keys.next(), keys.next()) else {
        return Err(section.rule("", "give one of circle, polygon"));
    };
    let refused = |error: model::place::PlaceRefused| section.rule(key, error.to_string());
    let any = metres(0)..=Millimetres::MAX;
    match key {
        "polygon" => Polygon::new(section.list(key, MAX_VERTICES, POSITION, position)?)
            .map(Area::Polygon)
            .map_err(refused),
        "circle" => {
            let circle = section.table(key, &["centre", "radius"])?;
            let centre = circle.value("centre", POSITION, position)?;
            Circle::new(centre, length(&circle, "radius", any, "1 m to 500 km")?)
                .map(Area::Circle)
                .map_err(refused)
        }
        // Nothing could be found to lie inside it (`conflict::contain`), so that every notice would be refused.
        _corridor => Err(section.rule(
            key,
            "no notice can be held against a corridor: give a polygon around it",
        )),
    }
}

fn purpose(section: Section<'_>) -> Read<Purpose> {
    Ok(Purpose {
        id: parsed(&section, "id", SLUG)?,
        text: name(&section, "text")?,
    })
}

fn separation(section: Section<'_>) -> Read<Separation> {
    let between = section.list("between", 2, "two kinds of notice", notice)?;
    let [one, other] = between[..] else {
        return Err(section.rule("between", "give two kinds of notice; they may be the same"));
    };
    Ok(Separation {
        between: [one, other],
        horizontal: length(
            &section,
            "horizontal",
            metres(0)..=metres(500_000),
            "0 m to 500 km",
        )?,
        vertical: length(
            &section,
            "vertical",
            metres(0)..=metres(30_000),
            "0 m to 30 km",
        )?,
        time: duration(&section, "time", ms(0)..=ms(DAY_MS), "0 s to 1 d")?,
    })
}

fn reference_point(section: Section<'_>) -> Read<ReferencePoint> {
    Ok(ReferencePoint {
        id: parsed(&section, "id", SLUG)?,
        name: name(&section, "name")?,
        position: section.value("position", POSITION, position)?,
    })
}

fn deadlines(top: &Section<'_>) -> Read<Deadlines> {
    let section = top.table("deadlines", &["answer", "read_back", "line_check", "lead"])?;
    let day = ms(DAY_MS);
    let seconds = |seconds| ms(seconds * SECOND_MS);
    Ok(Deadlines {
        answer: duration(
            &section,
            "answer",
            seconds(10)..=ms(7 * DAY_MS),
            "10 s to 7 d",
        )?,
        read_back: duration(&section, "read_back", seconds(10)..=day, "10 s to 1 d")?,
        line_check: duration(&section, "line_check", seconds(10)..=day, "10 s to 1 d")?,
        lead: duration(&section, "lead", ms(0)..=ms(30 * DAY_MS), "0 s to 30 d")?,
    })
}

fn stop(top: &Section<'_>) -> Read<StopTerms> {
    let keys = [
        "accept",
        "answer",
        "confirm",
        "limit",
        "undelivered",
        "climb",
    ];
    let section = top.table("stop", &keys)?;
    let (minute, hour) = (ms(MINUTE_MS), ms(HOUR_MS));
    let seconds = |seconds| ms(seconds * SECOND_MS);
    Ok(StopTerms {
        accept: duration(
            &section,
            "accept",
            seconds(5)..=ms(10 * MINUTE_MS),
            "5 s to 10 min",
        )?,
        answer: duration(&section, "answer", seconds(5)..=hour, "5 s to 1 h")?,
        confirm: duration(
            &section,
            "confirm",
            seconds(10)..=ms(2 * HOUR_MS),
            "10 s to 2 h",
        )?,
        limit: duration(&section, "limit", minute..=ms(DAY_MS), "1 min to 1 d")?,
        climb: section.tables("climb", &["level", "after"], climb)?,
        undelivered: duration(&section, "undelivered", seconds(1)..=minute, "1 s to 1 min")?,
    })
}

fn climb(section: Section<'_>) -> Read<Climb> {
    let level: Level = parsed(&section, "level", "two-star, three-star or four-star")?;
    Ok(Climb {
        level,
        after: duration(&section, "after", ms(SECOND_MS)..=ms(HOUR_MS), "1 s to 1 h")?,
    })
}

fn margins(top: &Section<'_>) -> Read<Margins> {
    let section = top.table("margins", &["flight_level", "above_ground"])?;
    let range = || metres(0)..=metres(5_000);
    let expected = "0 m to 5 km";
    let above_ground = section.keys().any(|key| key == "above_ground");
    Ok(Margins {
        flight_level: length(&section, "flight_level", range(), expected)?,
        above_ground: match above_ground {
            true => Some(length(&section, "above_ground", range(), expected)?),
            false => None,
        },
    })
}

/// A key that came later: a text without it means what it meant before.
fn watch_officers(top: &Section<'_>) -> Read<Option<u8>> {
    if !top.keys().any(|key| key == "watch_officers") {
        return Ok(None);
    }
    let expected = format!("a whole number from 1 to {MAX_OFFICERS_ON_WATCH}");
    let officers = top.value("watch_officers", &expected, |value| {
        let officers = u8::try_from(value.as_integer()?).ok()?;
        (1..=MAX_OFFICERS_ON_WATCH)
            .contains(&officers)
            .then_some(officers)
    });
    officers.map(Some)
}

fn languages(top: &Section<'_>, parties: [PartyId; 2]) -> Read<Vec<(PartyId, Vec<Language>)>> {
    let names = parties.map(|party| party.to_string());
    let keys = names.each_ref().map(String::as_str);
    let section = top.table("languages", &keys)?;
    let language = |value: &Value| match value.as_str()? {
        "en" => Some(Language::En),
        "ru" => Some(Language::Ru),
        "ar" => Some(Language::Ar),
        _unknown => None,
    };
    let of = |party: PartyId| {
        let list = section.list(party.as_str(), 3, "en, ru, ar", language)?;
        match list.is_empty() {
            true => Err(section.rule(party.as_str(), "give at least one of en, ru, ar")),
            false => Ok((party, list)),
        }
    };
    parties.into_iter().map(of).collect()
}

fn fallback(section: Section<'_>) -> Read<Fallback> {
    let desk: Desk = parsed(&section, "desk", "a desk of this arrangement")?;
    let number = |value: &Value| {
        let text = value.as_str()?;
        let good =
            |c: char| c.is_ascii_digit() || "+ -().,#*ABCDEFGHIJKLMNOPQRSTUVWXYZ".contains(c);
        let digits = text.bytes().filter(u8::is_ascii_digit).count();
        let fits = digits >= 3 && text.len() <= MAX_NUMBER && text.chars().all(good);
        fits.then(|| text.to_owned())
    };
    let expected = "telephone numbers such as \"+44 1632 960000\"";
    Ok(Fallback {
        party: parsed(&section, "party", "a party of this arrangement")?,
        desk,
        numbers: section.list("numbers", MAX_NUMBERS, expected, number)?,
    })
}
