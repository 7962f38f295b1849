//! One table, and what it is made of.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

pub struct Row {
    pub who: &'static str,
    pub what: String,
    pub median: String,
    pub p99: String,
    pub reach: &'static str,
    pub note: String,
}

#[derive(Default)]
pub struct Table {
    rows: Vec<Row>,
    /// What could not be run, and how result sets differ.
    pub said: Vec<String>,
}

impl Table {
    /// Adds a row, and shows it at once: the whole takes minutes.
    pub fn add(&mut self, row: Row) {
        eprintln!(
            "  {}: {}: {} {} {}",
            row.who, row.what, row.median, row.p99, row.note
        );
        self.rows.push(row);
    }

    pub fn say(&mut self, line: String) {
        eprintln!("  {line}");
        self.said.push(line);
    }

    pub fn markdown(&self) -> String {
        let mut text = String::from(
            "| who | what | median | p99 | reach (aim) | note |\n|---|---|---|---|---|---|\n",
        );
        for row in &self.rows {
            let Row {
                who,
                what,
                median,
                p99,
                reach,
                note,
            } = row;
            let _ = writeln!(
                text,
                "| {who} | {what} | {median} | {p99} | {reach} | {note} |"
            );
        }
        for line in &self.said {
            let _ = write!(text, "\n- {line}");
        }
        text.push('\n');
        text
    }
}

pub fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let begin = Instant::now();
    let done = work();
    (done, begin.elapsed())
}

/// Of times in nanoseconds.
pub struct Times(Vec<u64>);

impl FromIterator<Duration> for Times {
    fn from_iter<I: IntoIterator<Item = Duration>>(times: I) -> Self {
        let mut times: Vec<u64> = times
            .into_iter()
            .map(|time| time.as_nanos() as u64)
            .collect();
        times.sort_unstable();
        Self(times)
    }
}

impl Times {
    /// The time that `part` of 1,000 stay under.
    pub fn at(&self, part: usize) -> u64 {
        let index = (self.0.len() * part / 1_000).min(self.0.len().saturating_sub(1));
        self.0.get(index).copied().unwrap_or(0)
    }

    pub fn row(
        &self,
        who: &'static str,
        what: impl Into<String>,
        reach: &'static str,
        note: impl Into<String>,
    ) -> Row {
        Row {
            who,
            what: what.into(),
            median: shown(self.at(500)),
            p99: shown(self.at(990)),
            reach,
            note: note.into(),
        }
    }
}

pub fn shown(ns: u64) -> String {
    let us = ns as f64 / 1.0e3;
    match us {
        us if us < 1.0 => format!("{ns} ns"),
        us if us < 1_000.0 => format!("{us:.2} µs"),
        us => format!("{:.2} ms", us / 1.0e3),
    }
}
