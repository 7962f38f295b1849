//! The clock. Nothing below the shell reads it.

use model::units::Timestamp;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// Now, in Unix milliseconds; held at the bounds of [`Timestamp`] where the machine's clock is out of its mind.
pub fn now() -> Timestamp {
    let ms = match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_millis()).unwrap_or(i64::MAX),
        Err(_) => 0,
    };
    Timestamp::from_unix_ms(ms).unwrap_or(match ms <= 0 {
        true => Timestamp::MIN,
        false => Timestamp::MAX,
    })
}

/// When the monotonic clock will stand at `at` if the wall clock does not jump meanwhile.
pub fn instant_of(at: Timestamp) -> Instant {
    let ahead = at.since(now()).as_ms().max(0);
    Instant::now() + std::time::Duration::from_millis(ahead.unsigned_abs())
}
