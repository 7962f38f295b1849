//! What was measured and what was assumed, never added up across the two.

use std::fmt::Write as _;
use std::time::Duration;

/// A duration that a clock of this machine saw.
#[derive(Debug)]
struct Measured {
    step: String,
    what: String,
    took: Duration,
    /// The bound that it was held to, where one was stated.
    within: Option<Duration>,
}

/// A duration that a person is taken to need.
#[derive(Debug)]
struct Assumed {
    step: String,
    seconds: u32,
    because: String,
}

/// A title, a head, and rows.
type Table = (&'static str, Vec<String>, Vec<Vec<String>>);

#[derive(Debug, Default)]
pub struct Ledger {
    measured: Vec<Measured>,
    assumed: Vec<Assumed>,
    shown: Vec<String>,
}

impl Ledger {
    pub fn measured(&mut self, step: &str, what: &str, took: Duration, within: Option<Duration>) {
        self.measured.push(Measured {
            step: step.to_owned(),
            what: what.to_owned(),
            took,
            within,
        });
    }

    pub fn assumed(&mut self, step: &str, seconds: u32, because: &str) {
        self.assumed.push(Assumed {
            step: step.to_owned(),
            seconds,
            because: because.to_owned(),
        });
    }

    /// One thing that was shown and checked.
    pub fn shown(&mut self, what: &str) {
        self.shown.push(what.to_owned());
    }

    /// For a terminal.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for (title, head, rows) in self
            .tables()
            .into_iter()
            .filter(|(_, _, rows)| !rows.is_empty())
        {
            // Writing to a string does not fail.
            let _ = writeln!(text, "\n{title}\n");
            let widths = widths(&head, &rows);
            for row in std::iter::once(&head).chain(&rows) {
                let _ = writeln!(text, "  {}", columns(row, &widths).trim_end());
            }
        }
        text
    }

    /// For docs/demo.md.
    pub fn markdown(&self) -> String {
        let mut text = String::new();
        for (title, head, rows) in self.tables() {
            let rule = head.iter().map(|_| "---".to_owned()).collect();
            let _ = writeln!(text, "\n### {title}\n");
            for row in [&head, &rule].into_iter().chain(&rows) {
                let cells: Vec<String> = row.iter().map(|cell| cell.replace('|', "\\|")).collect();
                let _ = writeln!(text, "| {} |", cells.join(" | "));
            }
        }
        text
    }

    fn tables(&self) -> [Table; 3] {
        let head = |cells: &[&str]| cells.iter().map(|cell| (*cell).to_owned()).collect();
        let measured = self.measured.iter().map(|row| {
            let within = row.within.map_or_else(|| "-".to_owned(), figure);
            vec![figure(row.took), within, row.what.clone(), row.step.clone()]
        });
        let assumed = self.assumed.iter().map(|row| {
            vec![
                format!("{} s", row.seconds),
                row.step.clone(),
                row.because.clone(),
            ]
        });
        let shown = self
            .shown
            .iter()
            .map(|what| vec!["yes".to_owned(), what.clone()]);
        [
            (
                "Shown and checked",
                head(&["held", "what"]),
                shown.collect(),
            ),
            (
                "Measured: the machines, on this machine",
                head(&["measured", "bound", "from what to what", "step"]),
                measured.collect(),
            ),
            (
                "Assumed: people. Nothing here was measured, and nobody was waited for",
                head(&["assumed", "step", "because"]),
                assumed.collect(),
            ),
        ]
    }
}

/// Three digits that mean something.
pub fn figure(took: Duration) -> String {
    let ms = took.as_secs_f64() * 1e3;
    match ms {
        ms if ms < 10.0 => format!("{ms:.2} ms"),
        ms if ms < 100.0 => format!("{ms:.1} ms"),
        ms if ms < 10_000.0 => format!("{ms:.0} ms"),
        ms => format!("{:.1} s", ms / 1e3),
    }
}

fn widths(head: &[String], rows: &[Vec<String>]) -> Vec<usize> {
    let mut widths: Vec<usize> = head.iter().map(|cell| cell.chars().count()).collect();
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    widths
}

fn columns(row: &[String], widths: &[usize]) -> String {
    row.iter()
        .zip(widths)
        .map(|(cell, width)| format!("{cell:<width$}  "))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_has_three_digits() {
        let figures: Vec<String> = [0.4512, 12.34, 123.4, 5_012.0, 12_345.0]
            .map(|ms| figure(Duration::from_secs_f64(ms / 1e3)))
            .into();
        assert_eq!(
            figures,
            ["0.45 ms", "12.3 ms", "123 ms", "5012 ms", "12.3 s"]
        );
    }

    #[test]
    fn what_was_measured_and_what_was_assumed_never_share_a_table() {
        let mut ledger = Ledger::default();
        ledger.measured(
            "call",
            "request to alarm",
            Duration::from_millis(2),
            Some(Duration::from_millis(500)),
        );
        ledger.assumed("accept", 15, "a person | reads");
        ledger.shown("it rang");
        let text = ledger.text();
        let (measured, assumed) = text.split_once("Assumed: people").unwrap();
        assert!(
            measured.contains("2.00 ms   500 ms  request to alarm   call"),
            "{text}"
        );
        assert!(
            !measured.contains("15 s") && assumed.contains("15 s"),
            "{text}"
        );
        assert!(
            ledger
                .markdown()
                .contains("| 15 s | accept | a person \\| reads |")
        );
    }
}
