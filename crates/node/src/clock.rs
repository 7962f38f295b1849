//! The clock. Nothing below the shell reads it.

use model::units::{Millis, Timestamp};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// How often the clock is compared with what has elapsed.
pub const LOOK_EVERY: Duration = Duration::from_secs(1);
/// A clock that moved otherwise than time did by less than this was slewed, or read late: no jump.
pub const JUMP: Millis = Millis::from_seconds(1);

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

/// Notices when the clock is set, or stood still with the machine.
#[derive(Clone, Copy, Debug)]
pub struct Watch {
    clock: Timestamp,
    elapsed: Instant,
}

impl Watch {
    pub fn new(clock: Timestamp, elapsed: Instant) -> Self {
        Self { clock, elapsed }
    }

    /// By how much the clock has jumped since the last look, ahead or back.
    pub fn jumped(&mut self, clock: Timestamp, elapsed: Instant) -> Option<Millis> {
        let by_clock = clock.since(self.clock).as_ms();
        let passed = elapsed.saturating_duration_since(self.elapsed).as_millis();
        let passed = i64::try_from(passed).unwrap_or(i64::MAX);
        *self = Self { clock, elapsed };
        let jump = Millis::new(by_clock.saturating_sub(passed)).ok()?;
        (jump.as_ms().abs() >= JUMP.as_ms()).then_some(jump)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_is_set_jumps_and_one_that_is_slewed_does_not() {
        let at = |ms: i64| Timestamp::from_unix_ms(1_000_000 + ms).unwrap();
        let began = Instant::now();
        let after = |ms| began + Duration::from_millis(ms);
        let mut watch = Watch::new(at(0), began);
        assert_eq!(watch.jumped(at(1_000), after(1_000)), None);
        assert_eq!(watch.jumped(at(2_900), after(2_000)), None);
        let ahead = watch.jumped(at(63_900), after(3_000));
        assert_eq!(ahead.map(Millis::as_ms), Some(60_000));
        assert_eq!(watch.jumped(at(64_900), after(4_000)), None);
        let back = watch.jumped(at(5_900), after(5_000));
        assert_eq!(back.map(Millis::as_ms), Some(-60_000));
    }
}
