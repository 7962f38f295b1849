//! One table, for a terminal and for docs/bench.md.

use std::fmt::Write as _;

pub struct Row {
    pub what: String,
    pub median: String,
    pub p99: String,
    pub rate: Option<String>,
    /// What the issue asks for.
    pub reach: Option<String>,
    pub note: Option<String>,
}

#[derive(Default)]
pub struct Table {
    rows: Vec<Row>,
}

impl Table {
    /// Adds a row, and shows it at once: the whole takes minutes.
    pub fn add(&mut self, row: Row) {
        eprintln!(
            "  {}: {} {}",
            row.what,
            row.median,
            row.rate.as_deref().unwrap_or("")
        );
        self.rows.push(row);
    }

    pub fn markdown(&self, machine: &str) -> String {
        let mut text = format!(
            "{machine}\n\n| what | median | p99 | rate | reach | note |\n|---|---|---|---|---|---|\n"
        );
        for row in &self.rows {
            let cell = |cell: &Option<String>| cell.clone().unwrap_or_else(|| "–".into());
            let _ = writeln!(
                text,
                "| {} | {} | {} | {} | {} | {} |",
                row.what,
                row.median,
                row.p99,
                cell(&row.rate),
                cell(&row.reach),
                cell(&row.note)
            );
        }
        text
    }
}

/// Median and 99th percentile, in milliseconds.
pub fn quantiles(times: &mut [std::time::Duration]) -> (String, String) {
    times.sort();
    let at = |share: usize| {
        let index = (times.len() * share / 100).min(times.len().saturating_sub(1));
        times.get(index).map_or_else(
            || "–".into(),
            |time| format!("{:.2} ms", time.as_secs_f64() * 1e3),
        )
    };
    (at(50), at(99))
}
