//! Tables of notices, such as a list of hundreds of protected sites: CSV (RFC 4180), in UTF-8.
//!
//! The first line names the columns ([`sheet::FIELDS`], in any order), each further line is one notice. Commas,
//! semicolons or tabs separate; which of them, the first line tells. A cell that is empty says nothing.

use crate::sheet::{
    self, Fault, Fields, Geometry, MAX_FIELDS, MAX_ROWS, Row, Sheet, SheetRefused, Wrong,
};
use ::csv::{ReaderBuilder, StringRecord};
use model::kind::Kind;
use model::said::Says as _;
use std::collections::BTreeSet;

/// Reads a table; `kind` is that of lines that name none.
///
/// # Errors
/// Where no line can be read: the file is too large or no text, or has a column that is not known. What is wrong with one
/// line is among the faults.
pub fn read(bytes: &[u8], kind: Option<Kind>) -> Result<Sheet, SheetRefused> {
    let text = sheet::text(bytes)?;
    let first = text
        .lines()
        .find(|line| !line.trim().is_empty())
        .unwrap_or_default();
    if first.is_empty() {
        return Err(SheetRefused::Empty(Row::Line.name()));
    }
    let mut reader = ReaderBuilder::new()
        .delimiter(separator(first))
        .has_headers(false)
        .flexible(true)
        .from_reader(text.as_bytes());
    let not_csv = |error: ::csv::Error| SheetRefused::NotThat {
        format: "CSV",
        why: error.to_string(),
    };
    let mut record = StringRecord::new();
    if !reader.read_record(&mut record).map_err(not_csv)? {
        return Err(SheetRefused::Empty(Row::Line.name()));
    }
    let names = columns(&record)?;
    let mut found = Sheet::default();
    let mut rows = 0;
    while reader.read_record(&mut record).map_err(not_csv)? {
        let at = line(text, &record);
        if record.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        rows += 1;
        if rows > MAX_ROWS {
            return Err(SheetRefused::TooManyRows(Row::Line.name()));
        }
        if record.len() != names.len() {
            let why = Wrong::Cells {
                cells: record.len(),
                columns: names.len(),
            };
            found.fault(Fault {
                at,
                field: String::new(),
                why: why.said(),
            });
            continue;
        }
        let mut fields = Fields::default();
        for (name, cell) in names.iter().zip(&record) {
            fields.add(name, cell);
        }
        // No line has a geometry, so that no circle is drawn.
        found.row(at, &fields, Ok(Geometry::None), kind, |_circle| Vec::new());
    }
    match rows {
        0 => Err(SheetRefused::Empty(Row::Line.name())),
        _some => Ok(found),
    }
}

/// Which of the three the first line has most of. No name of a column holds any of them.
fn separator(first: &str) -> u8 {
    let count = |separator: u8| first.bytes().filter(|byte| *byte == separator).count();
    // Of equals the last is taken: the comma.
    [b'\t', b';', b',']
        .into_iter()
        .max_by_key(|separator| count(*separator))
        .unwrap_or(b',')
}

fn columns(record: &StringRecord) -> Result<Vec<String>, SheetRefused> {
    if record.len() > MAX_FIELDS {
        return Err(SheetRefused::TooManyColumns(record.len()));
    }
    let mut seen = BTreeSet::new();
    let mut names = Vec::new();
    for (cell, number) in record.iter().zip(1..) {
        let name = cell.trim().to_lowercase();
        let shown = || sheet::excerpt(cell);
        if !sheet::FIELDS.contains(&name.as_str()) && !sheet::PASSED_OVER.contains(&name.as_str()) {
            let known = sheet::FIELDS.join(", ");
            return Err(SheetRefused::UnknownColumn {
                number,
                name: shown(),
                known,
            });
        }
        if !seen.insert(name.clone()) {
            return Err(SheetRefused::RepeatedColumn {
                number,
                name: shown(),
            });
        }
        names.push(name);
    }
    Ok(names)
}

/// The line on which a record begins, empty lines before it not counted as its own.
fn line(text: &str, record: &StringRecord) -> u64 {
    let Some(position) = record.position() else {
        return 0;
    };
    let from = usize::try_from(position.byte()).unwrap_or(usize::MAX);
    let rest = text.as_bytes().get(from..).unwrap_or_default();
    let empty = rest.iter().take_while(|byte| matches!(byte, b'\r' | b'\n'));
    position.line() + empty.filter(|byte| **byte == b'\n').count() as u64
}

#[cfg(test)]
mod tests;
