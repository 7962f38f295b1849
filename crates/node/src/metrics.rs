//! Counters for `/metrics`, in the text format of Prometheus. No names of parties, officers or places.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};

macro_rules! counters {
    ($($(#[doc = $help:literal])+ $name:ident),+ $(,)?) => {
        /// What is counted since the process began.
        #[derive(Debug, Default)]
        pub struct Metrics { $($(#[doc = $help])+ pub $name: Counter),+ }

        impl Metrics {
            /// The text that a scraper reads.
            pub fn text(&self) -> String {
                let mut text = String::new();
                $(
                    let help = concat!($($help),+).trim();
                    let name = concat!("standclear_", stringify!($name));
                    // Writing to a string does not fail.
                    let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} counter\n{name} {}", self.$name.value());
                )+
                text
            }
        }
    };
}

/// A number that only rises.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    pub fn add(&self, more: u64) {
        self.0.fetch_add(more, Ordering::Relaxed);
    }

    pub fn value(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

counters! {
    /// Records made durable.
    records,
    /// Batches made durable.
    batches,
    /// Microseconds spent in making batches durable.
    batch_microseconds,
    /// Alarms handed to listeners.
    alarms,
    /// Alarms of incoming stop calls handed to listeners ahead of the disk.
    stop_alarms,
    /// Connections of lines that were opened.
    connections_opened,
    /// Connections of lines that were closed.
    connections_closed,
    /// Handshakes of lines that failed.
    handshakes_failed,
    /// Frames received on lines.
    frames_received,
    /// Frames sent on lines.
    frames_sent,
    /// Entries received on lines.
    entries_received,
    /// Entries sent on lines.
    entries_sent,
    /// Frames of peers that could not be taken.
    faults,
    /// Requests to the API.
    requests,
    /// Requests to the API that were refused.
    requests_refused,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_counter_is_in_the_text_with_its_help() {
        let metrics = Metrics::default();
        metrics.records.add(3);
        let text = metrics.text();
        assert!(text.contains("# HELP standclear_records Records made durable.\n# TYPE standclear_records counter\nstandclear_records 3\n"), "{text}");
    }
}
