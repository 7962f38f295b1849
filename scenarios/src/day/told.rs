//! What a screen shows of a notice, a call or a conflict, in words. Times are minutes from when the notice was entered, so
//! that a day reads the same whenever it is played.

use serde_json::Value;
use std::fmt::Write as _;

/// A notice, as `/api/notices` has it; `base`: when it was entered, in Unix milliseconds.
pub fn notice(shown: &Value, base: i64) -> String {
    let slots = &shown["slots"];
    let mut text = text_of(shown, "kind");
    let codes = [
        "air-activity",
        "hazard",
        "presence",
        "site",
        "restriction",
        "caution",
    ];
    let codes: Vec<&str> = codes
        .iter()
        .filter_map(|slot| slots[*slot].as_str())
        .collect();
    if !codes.is_empty() {
        let _ = write!(text, " ({})", codes.join(", "));
    }
    for (slot, before) in [("label", " "), ("element", ", element ")] {
        if let Some(said) = slots[slot].as_str() {
            let _ = write!(text, "{before}{said}");
        }
    }
    let _ = write!(text, ", {}", area(&slots["area"]));
    if let Some(band) = slots.pointer("/band/text").and_then(Value::as_str) {
        let _ = write!(text, ", {band}");
    }
    if let Some([from, until]) = window(&slots["window"], base) {
        let _ = write!(text, ", +{from} to +{until} min");
    }
    let _ = write!(text, "; {}; {}", text_of(shown, "state"), receipts(shown));
    text
}

/// Units and their receipts, as `/api/downstream` has them: no time is told.
pub fn units(units: &[Value]) -> String {
    let each = units.iter().map(|unit| {
        let receipt = unit.pointer("/receipt/words").and_then(Value::as_str);
        let name = text_of(unit, "name");
        format!("{name}: {}", receipt.unwrap_or("SILENT"))
    });
    each.collect::<Vec<_>>().join("; ")
}

/// The ladder of receipts as far as it was climbed. Silence is said.
fn receipts(shown: &Value) -> String {
    let climbed = |name: &str| shown[name].is_i64();
    let mut said: Vec<String> = [("displayed", "displayed"), ("read_back", "read back")]
        .iter()
        .filter(|(name, _)| climbed(name))
        .map(|(_, words)| (*words).to_owned())
        .collect();
    match shown["answer"].as_str() {
        Some(answer) => said.push(format!("answered {answer}")),
        None => said.push("no answer".to_owned()),
    }
    if let Some(units) = shown["downstream"].as_str() {
        said.push(format!("units: {units}"));
    }
    said.join(", ")
}

fn window(window: &Value, base: i64) -> Option<[i64; 2]> {
    let minutes = |name: &str| Some((window[name].as_i64()? - base) / 60_000);
    Some([minutes("from")?, minutes("until")?])
}

fn kilometres(mm: &Value) -> String {
    let km = mm.as_f64().unwrap_or(f64::NAN) / 1e6;
    format!("{km} km")
}

fn area(area: &Value) -> String {
    let at = |place: &Value| text_of(place, "decimal");
    let all = |places: &Value| {
        let places = places.as_array().into_iter().flatten();
        places.map(at).collect::<Vec<_>>().join(" - ")
    };
    if let Some(circle) = area.get("circle") {
        let (radius, centre) = (kilometres(&circle["radius_mm"]), at(&circle["centre"]));
        return format!("{radius} around {centre}");
    }
    if let Some(corridor) = area.get("corridor") {
        let width = kilometres(&corridor["width_mm"]);
        return format!("{width} wide along {}", all(&corridor["points"]));
    }
    match area.get("polygon") {
        Some(polygon) => format!("within {}", all(polygon)),
        None => "no area".to_owned(),
    }
}

/// A stop call, as `/api/calls` has it.
pub fn call(shown: &Value) -> String {
    let mut text = format!(
        "{} desk: {}",
        text_of(shown, "desk"),
        text_of(shown, "phase")
    );
    let details = &shown["details"];
    for slot in ["stop-whom", "stop-cause"] {
        if let Some(said) = details[slot].as_str() {
            let _ = write!(text, ", {said}");
        }
    }
    if let Some(place) = details.pointer("/place/mgrs").and_then(Value::as_str) {
        let _ = write!(text, ", at {place}");
    }
    if let Some(role) = shown["accepted_role"].as_str() {
        let _ = write!(text, "; accepted ({role})");
    }
    let answers = shown["answers"].as_array().into_iter().flatten();
    for answer in answers {
        let _ = write!(text, ", {}", text_of(answer, "answer"));
    }
    text
}

/// A conflict, as `/api/conflicts` has it; `base`: as in [`notice`].
pub fn conflict(shown: &Value, base: i64) -> String {
    let witness = &shown["witness"];
    let kinds = witness["kinds"].as_array().into_iter().flatten();
    let kinds: Vec<&str> = kinds.filter_map(Value::as_str).collect();
    let mut text = format!("CONFLICT of {}", kinds.join(" and "));
    for (name, of) in [("horizontal", "apart"), ("vertical", "in height")] {
        let found = &witness[format!("{name}_mm").as_str()];
        let asked = &witness[format!("asked_{name}_mm").as_str()];
        let found = match found.as_i64() {
            Some(mm) if mm <= 0 => "they overlap".to_owned(),
            Some(_) | None => metres(found),
        };
        let _ = write!(text, "; {of}: {found}, {} asked", metres(asked));
    }
    if let Some([from, until]) = window(witness, base) {
        let _ = write!(text, "; both from +{from} to +{until} min");
    }
    text
}

fn metres(mm: &Value) -> String {
    match mm.as_i64() {
        Some(mm) if mm % 1_000_000 == 0 => format!("{} km", mm / 1_000_000),
        Some(mm) => format!("{} m", mm / 1_000),
        None => "unknown".to_owned(),
    }
}

fn text_of(of: &Value, name: &str) -> String {
    of[name].as_str().unwrap_or("nothing").to_owned()
}
