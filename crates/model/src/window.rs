//! Time windows: closed intervals of instants.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::units::{DAY_MS, Millis, Timestamp};

/// Longest window: 400 days, so that a protected site can be renewed once a year with time to spare.
pub const MAX_WINDOW: Millis = match Millis::new(400 * DAY_MS) {
    Ok(span) => span,
    Err(_) => Millis::ZERO,
};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum WindowRefused {
    #[error("the window ends before it begins: check its two times")]
    Inverted { from: Timestamp, until: Timestamp },
    #[error("the window is over 400 days long: shorten it, and renew it in time")]
    TooLong { from: Timestamp, until: Timestamp },
}

crate::says! { WindowRefused, "window":
    "inverted" Inverted { from, until };
    "too-long" TooLong { from, until };
}

/// From one instant until another, both included; `from <= until`, at most `MAX_WINDOW` apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "RawWindow", into = "RawWindow")]
pub struct Window {
    from: Timestamp,
    until: Timestamp,
}

#[derive(Serialize, Deserialize)]
struct RawWindow {
    from: Timestamp,
    until: Timestamp,
}

impl Window {
    pub fn new(from: Timestamp, until: Timestamp) -> Result<Self, WindowRefused> {
        if until < from {
            return Err(WindowRefused::Inverted { from, until });
        }
        if until.since(from) > MAX_WINDOW {
            return Err(WindowRefused::TooLong { from, until });
        }
        Ok(Self { from, until })
    }

    pub const fn from(self) -> Timestamp {
        self.from
    }

    pub const fn until(self) -> Timestamp {
        self.until
    }

    pub fn contains(self, at: Timestamp) -> bool {
        self.from <= at && at <= self.until
    }

    /// Whether the two share an instant; touching counts.
    pub fn overlaps(self, other: Self) -> bool {
        self.from <= other.until && other.from <= self.until
    }
}

impl TryFrom<RawWindow> for Window {
    type Error = WindowRefused;
    fn try_from(raw: RawWindow) -> Result<Self, WindowRefused> {
        Self::new(raw.from, raw.until)
    }
}

impl From<Window> for RawWindow {
    fn from(window: Window) -> Self {
        Self {
            from: window.from,
            until: window.until,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_unix_ms(ms).unwrap()
    }

    #[test]
    fn an_inverted_window_is_refused_and_an_instant_is_a_window() {
        assert!(Window::new(at(2), at(1)).is_err());
        assert!(Window::new(at(2), at(2)).is_ok());
    }

    #[test]
    fn a_window_is_carried_up_to_its_limit() {
        let limit = MAX_WINDOW.as_ms();
        assert_eq!(limit, 400 * DAY_MS);
        assert!(Window::new(at(0), at(limit)).is_ok());
        assert!(Window::new(at(0), at(limit + 1)).is_err());
    }

    #[test]
    fn windows_that_touch_overlap() {
        let window = |from, until| Window::new(at(from), at(until)).unwrap();
        assert!(window(0, 5).overlaps(window(5, 9)));
        assert!(!window(0, 5).overlaps(window(6, 9)));
        assert!(window(0, 5).contains(at(5)));
    }
}
