//! Counters for `/metrics`, in the text format of Prometheus. No names of parties, officers or places.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

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

/// Counts what is worth one line of the log a minute, by cause.
#[derive(Debug, Default)]
pub struct Minutely(Mutex<BTreeMap<&'static str, (Instant, u64)>>);

impl Minutely {
    const MINUTE: Duration = Duration::from_secs(60);

    /// Counts one more. Says how many since the last time, at the first and then at most once a minute.
    pub fn count(&self, cause: &'static str) -> Option<u64> {
        self.count_at(cause, Instant::now())
    }

    fn count_at(&self, cause: &'static str, now: Instant) -> Option<u64> {
        // Entries are whole: whatever a panic elsewhere left is valid.
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some((said, count)) = counts.get_mut(cause) else {
            counts.insert(cause, (now, 0));
            return Some(1);
        };
        *count += 1;
        if now.duration_since(*said) < Self::MINUTE {
            return None;
        }
        *said = now;
        Some(std::mem::take(count))
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
    /// Connections to the lines' listener that were refused or sent away before their handshake, for room.
    handshakes_refused,
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
    /// Jumps of this machine's clock.
    clock_jumps,
    /// Times that the offset to a peer's clock was noted: it moved by a second, or passed the arrangement's limit.
    clock_offsets,
    /// Requests to the API.
    requests,
    /// Requests to the API that were refused.
    requests_refused,
    /// Files of notices that were imported as drafts.
    imports,
    /// Files of notices that were exported.
    exports,
    /// Connections to the API that were refused or sent away before they signed in, for room.
    visitors_refused,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_counted_is_said_at_first_and_then_once_a_minute_with_its_count() {
        let (minutely, began) = (Minutely::default(), Instant::now());
        let at = |seconds| began + Duration::from_secs(seconds);
        assert_eq!(minutely.count_at("a", at(0)), Some(1));
        assert_eq!(minutely.count_at("a", at(1)), None);
        assert_eq!(minutely.count_at("b", at(1)), Some(1));
        assert_eq!(minutely.count_at("a", at(59)), None);
        assert_eq!(minutely.count_at("a", at(60)), Some(3));
        assert_eq!(minutely.count_at("a", at(61)), None);
    }

    #[test]
    fn every_counter_is_in_the_text_with_its_help() {
        let metrics = Metrics::default();
        metrics.records.add(3);
        let text = metrics.text();
        assert!(text.contains("# HELP standclear_records Records made durable.\n# TYPE standclear_records counter\nstandclear_records 3\n"), "{text}");
    }
}
