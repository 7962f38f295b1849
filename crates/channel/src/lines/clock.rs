//! Time without trust in the clock, and how far the peer's clock is from ours.

use super::bounds::{BEAT_EVERY, MAX_ELAPSED};
use model::units::{Millis, Timestamp};
use std::collections::VecDeque;

/// When a step happens: by the clock, and by what has elapsed since the start.
#[derive(Clone, Copy, Debug)]
pub(super) struct Turn {
    pub now: Timestamp,
    /// Milliseconds that this node has been running, never less than before.
    pub up: u64,
}

/// Turns the clock into elapsed time. A jump back counts as nothing, a jump ahead as [`MAX_ELAPSED`] at most: periods
/// and time limits hang on this alone, so that no jump cuts a link or keeps one that is dead.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Clock {
    last: Option<Timestamp>,
    up: u64,
}

impl Clock {
    pub fn advance(&mut self, now: Timestamp) -> Turn {
        if let Some(last) = self.last {
            let elapsed = now.since(last).as_ms().clamp(0, MAX_ELAPSED);
            self.up += elapsed.unsigned_abs();
        }
        self.last = Some(now);
        Turn { now, up: self.up }
    }

    /// The instant at which `due` (by elapsed time) comes if the clock behaves.
    pub fn instant(&self, due: u64) -> Option<Timestamp> {
        let ahead = due.saturating_sub(self.up).min(BEAT_EVERY);
        let ahead = Millis::new(i64::try_from(ahead).ok()?).ok()?;
        Some(self.last?.saturating_add(ahead))
    }
}

/// How far the peer's clock is ahead of ours, and the round trip over which that was measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClockOffset {
    pub offset: Millis,
    pub round_trip: Millis,
}

/// Measurements that count at a time.
const MAX_SAMPLES: usize = 8;

/// The last measurements; the one with the least round trip is the best (RFC 5905, 10: the clock filter).
#[derive(Clone, Debug, Default)]
pub(super) struct Offsets {
    samples: VecDeque<ClockOffset>,
}

impl Offsets {
    /// `sent` (ours) reached the peer at `reached` (its clock), which answered at `answered` (its clock); that came now.
    pub fn measure(
        &mut self,
        sent: Timestamp,
        reached: Timestamp,
        answered: Timestamp,
        now: Timestamp,
    ) {
        let there = reached.since(sent).as_ms();
        let back = now.since(answered).as_ms();
        let round_trip = there + back;
        let (Ok(offset), Ok(round_trip)) =
            (Millis::new((there - back) / 2), Millis::new(round_trip))
        else {
            return;
        };
        if round_trip < Millis::ZERO {
            return;
        }
        if self.samples.len() == MAX_SAMPLES {
            self.samples.pop_front();
        }
        self.samples.push_back(ClockOffset { offset, round_trip });
    }

    pub fn best(&self) -> Option<ClockOffset> {
        // Of equals, the latest.
        let latest_first = self.samples.iter().rev();
        latest_first.min_by_key(|s| s.round_trip).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_unix_ms(ms).expect("in bounds")
    }

    #[test]
    fn elapsed_time_never_goes_back_and_never_leaps() {
        let mut clock = Clock::default();
        assert_eq!(clock.advance(at(1_000_000)).up, 0);
        assert_eq!(clock.advance(at(1_002_000)).up, 2_000);
        assert_eq!(clock.advance(at(5_000)).up, 2_000);
        assert_eq!(clock.advance(at(6_000)).up, 3_000);
        assert_eq!(clock.advance(at(900_000_000)).up, 9_000);
    }

    #[test]
    fn the_offset_is_half_the_difference_of_both_delays_over_the_quickest_round_trip() {
        let mut offsets = Offsets::default();
        // The peer is 500 ms ahead; 20 ms there and 20 ms back, then 20 ms there and 900 ms back.
        offsets.measure(at(1_000), at(1_520), at(3_520), at(3_040));
        offsets.measure(at(5_000), at(5_520), at(6_000), at(6_400));
        let best = offsets.best().expect("measured");
        assert_eq!(best.offset.as_ms(), 500);
        assert_eq!(best.round_trip.as_ms(), 40);
    }

    #[test]
    fn a_round_trip_that_took_less_than_nothing_is_no_measurement() {
        let mut offsets = Offsets::default();
        offsets.measure(at(9_000), at(1_000), at(2_000), at(1_000));
        assert_eq!(offsets.best(), None);
    }
}
