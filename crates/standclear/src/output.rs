//! What is printed: tables by default, JSON where asked, times as date-time groups, positions in every form.

use crate::exit::{Exit, Failure, Outcome};
use node::model::dtg::DateTimeGroup;
use node::model::units::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value};
use std::fmt::{self, Write as _};
use std::io::{self, IsTerminal as _, Write as _};

/// How results are said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    Text,
    Json,
}

impl Style {
    /// Shows a result: as JSON on one page, or as the text that `text` makes of it.
    ///
    /// # Errors
    /// Where standard output takes nothing.
    pub fn show<T: Serialize + ?Sized>(
        self,
        result: &T,
        text: impl FnOnce(&T) -> String,
    ) -> Outcome {
        match self {
            Style::Text => print(&text(result)),
            Style::Json => print(&json(result)?),
        }
    }
}

/// # Errors
/// Where a value cannot be JSON; none of ours cannot.
pub fn json<T: Serialize + ?Sized>(value: &T) -> Outcome<String> {
    serde_json::to_string_pretty(value)
        .map_err(|error| Failure::refused(format!("this cannot be said as JSON: {error}")))
}

/// Prints text, ending its last line.
///
/// # Errors
/// Where standard output takes nothing. A reader that has gone is no error.
pub fn print(text: &str) -> Outcome {
    let mut out = io::stdout().lock();
    let end = if text.is_empty() || text.ends_with('\n') {
        ""
    } else {
        "\n"
    };
    match write!(out, "{text}{end}").and_then(|()| out.flush()) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        Err(error) => Err(Failure::new(
            Exit::Refused,
            format!("standard output takes nothing: {error}"),
        )),
    }
}

/// Prints a line on standard error.
pub fn say(text: &str) {
    // Where standard error takes nothing there is nowhere left to say it.
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// Whether a person sits at this terminal: both what they type and what they see.
pub fn is_interactive() -> bool {
    io::stdin().is_terminal() && io::stdout().is_terminal()
}

/// A table with a head.
pub struct Table {
    head: Vec<&'static str>,
    rows: Vec<Vec<String>>,
    empty: &'static str,
}

impl Table {
    /// `empty` is said instead of a table with no rows.
    pub fn new(head: &[&'static str], empty: &'static str) -> Self {
        Self {
            head: head.to_vec(),
            rows: Vec::new(),
            empty,
        }
    }

    pub fn row<const N: usize>(&mut self, cells: [String; N]) {
        self.rows.push(
            cells
                .iter()
                .map(|cell| plain(cell).replace('\n', " "))
                .collect(),
        );
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.rows.is_empty() {
            return f.write_str(self.empty);
        }
        let width = |column: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(column));
            let cells = cells.map(|cell| cell.chars().count());
            cells
                .chain(self.head.get(column).map(|head| head.len()))
                .max()
                .unwrap_or(0)
        };
        let widths: Vec<usize> = (0..self.head.len()).map(width).collect();
        let mut line = |cells: &mut dyn Iterator<Item = &str>| -> fmt::Result {
            let mut text = String::new();
            for (cell, width) in cells.zip(&widths) {
                write!(text, "{cell:width$}  ")?;
            }
            writeln!(f, "{}", text.trim_end())
        };
        line(&mut self.head.iter().copied())?;
        self.rows
            .iter()
            .try_for_each(|row| line(&mut row.iter().map(String::as_str)))
    }
}

/// What a peer or a person wrote, with all taken out that would make a terminal say something else: control characters,
/// and marks that turn the direction of what follows.
pub fn plain(text: &str) -> String {
    let turns = |c: char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' | '\u{61c}');
    text.chars()
        .map(|c| {
            if (c.is_control() && c != '\n') || turns(c) {
                '\u{fffd}'
            } else {
                c
            }
        })
        .collect()
}

/// A time as a date-time group, in UTC.
pub fn dtg(ms: i64) -> String {
    match Timestamp::from_unix_ms(ms) {
        Ok(at) => DateTimeGroup::of(at).to_string(),
        Err(_) => format!("{ms} ms"),
    }
}

/// As [`dtg`], with the seconds within its minute, where they matter.
pub fn dtg_seconds(ms: i64) -> String {
    format!("{} +{:02}s", dtg(ms), ms.div_euclid(1_000).rem_euclid(60))
}

/// As [`dtg_seconds`]; a dash where it has not happened.
pub fn dtg_or_dash(ms: Option<i64>) -> String {
    ms.map_or_else(|| "-".to_owned(), dtg_seconds)
}

pub fn or_dash(text: Option<&str>) -> String {
    text.unwrap_or("-").to_owned()
}

/// Slots for reading, one a line, positions in every form.
pub fn slots(slots: &Map<String, Value>) -> String {
    let mut text = String::new();
    for (name, value) in slots {
        // Writing to a string does not fail.
        let _ = writeln!(text, "  {name}: {}", slot(name, value));
    }
    text
}

const TIMES: [&str; 5] = ["since", "until", "shown-at", "review-by", "answer-by"];

fn slot(name: &str, value: &Value) -> String {
    match value {
        Value::Number(number) if TIMES.contains(&name) => number
            .as_i64()
            .map_or_else(|| number.to_string(), dtg_seconds),
        Value::Number(number) if name == "precision" => millimetres(number.as_i64()),
        Value::Object(parts) => structured(parts),
        Value::String(text) => plain(text),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => value.to_string(),
    }
}

fn structured(parts: &Map<String, Value>) -> String {
    let number = |name: &str| parts.get(name).and_then(Value::as_i64);
    if let (Some(from), Some(until)) = (number("from"), number("until")) {
        return format!("{} to {}", dtg(from), dtg(until));
    }
    if let Some(text) = parts.get("text").and_then(Value::as_str) {
        return plain(text);
    }
    if parts.contains_key("decimal") {
        return place(parts);
    }
    if let Some(circle) = parts.get("circle").and_then(Value::as_object) {
        let centre = circle.get("centre").and_then(Value::as_object);
        let radius = millimetres(circle.get("radius_mm").and_then(Value::as_i64));
        return format!(
            "circle of radius {radius} around{}",
            centre.map(corner).unwrap_or_default()
        );
    }
    if let Some(points) = parts.get("polygon").and_then(Value::as_array) {
        return format!("polygon of {} vertices{}", points.len(), places(points));
    }
    if let Some(corridor) = parts.get("corridor").and_then(Value::as_object) {
        let points = corridor
            .get("points")
            .and_then(Value::as_array)
            .map(|all| places(all));
        let width = millimetres(corridor.get("width_mm").and_then(Value::as_i64));
        return format!("corridor {width} wide{}", points.unwrap_or_default());
    }
    plain(&Value::Object(parts.clone()).to_string())
}

fn places(points: &[Value]) -> String {
    points
        .iter()
        .filter_map(Value::as_object)
        .map(corner)
        .collect()
}

/// A position of an area, form by form, each on a line of its own, so that a right-to-left text beside it turns nothing round.
/// How precise an area is stands in a slot of its own, or nowhere.
fn corner(forms: &Map<String, Value>) -> String {
    let form = |name: &str| forms.get(name).and_then(Value::as_str).map(plain);
    let lines = ["decimal", "minutes_seconds", "decimal_minutes", "mgrs"]
        .into_iter()
        .filter_map(form);
    lines.map(|line| format!("\n      {line}")).collect()
}

/// A position that says itself how precise it is.
fn place(forms: &Map<String, Value>) -> String {
    let precision = millimetres(forms.get("precision_mm").and_then(Value::as_i64));
    format!("{}\n      (precision {precision})", corner(forms))
}

pub fn millimetres(mm: Option<i64>) -> String {
    match mm {
        None => "-".to_owned(),
        Some(mm) if mm % 1_000_000 == 0 && mm != 0 => format!("{} km", mm / 1_000_000),
        Some(mm) if mm % 1_000 == 0 => format!("{} m", mm / 1_000),
        // Outward: what is not known to the metre is not said to the millimetre.
        Some(mm) if mm > 10_000 => format!("{} m", (mm + 999) / 1_000),
        Some(mm) => {
            let thousandths = format!("{:03}", mm % 1_000);
            format!("{}.{} m", mm / 1_000, thousandths.trim_end_matches('0'))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_table_is_as_wide_as_its_words_and_says_when_it_is_empty() {
        let mut table = Table::new(&["desk", "officers"], "nobody is on watch");
        assert_eq!(table.to_string(), "nobody is on watch");
        table.row(["air".into(), "duty-one".into()]);
        assert_eq!(table.to_string(), "desk  officers\nair   duty-one\n");
    }

    #[test]
    fn what_a_peer_wrote_cannot_steer_the_terminal() {
        assert_eq!(plain("a\u{1b}[2Jb\u{202e}c"), "a\u{fffd}[2Jb\u{fffd}c");
        let mut table = Table::new(&["name"], "");
        table.row(["one\ntwo".into()]);
        assert_eq!(table.to_string(), "name\none two\n");
    }

    #[test]
    fn times_are_date_time_groups() {
        assert_eq!(dtg(1_474_127_700_000), "171555Z SEP 16");
        assert_eq!(dtg_seconds(1_474_127_707_123), "171555Z SEP 16 +07s");
        assert_eq!(dtg_or_dash(None), "-");
    }

    #[test]
    fn a_length_is_said_as_people_say_it_and_never_finer_than_it_is() {
        for (mm, said) in [
            (Some(2_000_000), "2 km"),
            (Some(1_500), "1.5 m"),
            (Some(40), "0.04 m"),
            (Some(1_405_946), "1406 m"),
            (Some(100_000), "100 m"),
            (None, "-"),
        ] {
            assert_eq!(millimetres(mm), said);
        }
    }

    #[test]
    fn a_position_is_shown_in_every_form() {
        let shown = slots(json!({"place": {"decimal": "35.2850 N 40.1760 E", "mgrs": "37S FV 0706 0561", "decimal_minutes": "a",
            "minutes_seconds": "b", "precision_mm": 100_000}}).as_object().unwrap());
        for form in ["35.2850 N 40.1760 E", "37S FV 0706 0561", "precision 100 m"] {
            assert!(shown.contains(form), "{shown}");
        }
        let window = slots(
            json!({"window": {"from": 1_474_113_600_000_i64, "until": 1_474_135_200_000_i64}})
                .as_object()
                .unwrap(),
        );
        assert_eq!(window, "  window: 171200Z SEP 16 to 171800Z SEP 16\n");
    }
}
