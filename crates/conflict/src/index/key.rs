//! Boxes in whole numbers: what the index compares.
//!
//! Each axis goes through one function that never falls. So two boxes that meet as numbers of the domain meet as keys, and
//! no rounding can lose a pair; keys that meet may belong to boxes that do not, and are looked at more closely. What lies
//! beyond an axis is held at its end, which never falls either.

use crate::boxes::Bounds;

/// Time, then the three axes of space. Time comes first because it parts most.
pub const AXES: usize = 4;

/// Keys to the metre. The Earth with the widest area on it takes 84 % of the axis.
const TO_THE_METRE: f64 = 256.0;
const LAST: i32 = i32::MAX - 1;
/// Milliseconds to the key: all instants that are carried, 1970 to 2200, have keys of their own.
const MS: i64 = 2_000;

/// About what one volume takes up on each axis, an hour and two kilometres: what costs are weighed by.
const TYPICAL: [f32; AXES] = [1_800.0, 512_000.0, 512_000.0, 512_000.0];

/// A box of keys, both ends included. None reaches `i32::MAX`, which stands for nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key {
    pub low: [i32; AXES],
    pub high: [i32; AXES],
}

impl Key {
    /// Of instants in Unix milliseconds and a box in space in metres.
    pub fn new(from_ms: i64, until_ms: i64, space: &Bounds<3>) -> Self {
        let ([x0, y0, z0], [x1, y1, z1]) = (space.low, space.high);
        Self {
            low: [instant(from_ms), metres(x0), metres(y0), metres(z0)],
            high: [instant(until_ms), metres(x1), metres(y1), metres(z1)],
        }
    }

    /// All of space, from one instant until another.
    pub fn everywhere(from_ms: i64, until_ms: i64) -> Self {
        let all = Bounds {
            low: [f64::NEG_INFINITY; 3],
            high: [f64::INFINITY; 3],
        };
        Self::new(from_ms, until_ms, &all)
    }

    #[inline]
    pub fn joined(&self, other: &Self) -> Self {
        let mut all = *self;
        for axis in 0..AXES {
            all.low[axis] = all.low[axis].min(other.low[axis]);
            all.high[axis] = all.high[axis].max(other.high[axis]);
        }
        all
    }

    /// Twice the middle, on one axis.
    pub fn middle(&self, axis: usize) -> i64 {
        i64::from(self.low[axis]) + i64::from(self.high[axis])
    }

    /// How many questions of typical size meet this box: its sides, each with a typical one added, multiplied.
    #[inline]
    pub fn cost(&self) -> f32 {
        let mut cost = 1.0;
        for (axis, typical) in TYPICAL.into_iter().enumerate() {
            cost *= (self.high[axis] as f32 - self.low[axis] as f32) / typical + 1.0;
        }
        cost
    }
}

/// A length on one axis, in typical ones.
pub fn weighed(axis: usize, length: f32) -> f32 {
    length / TYPICAL[axis]
}

fn metres(metres: f64) -> i32 {
    // Rounded toward 0, which never falls either. A float that is too large becomes the end of the axis.
    ((metres * TO_THE_METRE) as i32).min(LAST)
}

fn instant(ms: i64) -> i32 {
    let key = ms.div_euclid(MS) + i64::from(i32::MIN);
    key.clamp(i64::from(i32::MIN), i64::from(LAST)) as i32
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::units::Timestamp;
    use proptest::prelude::*;

    #[test]
    fn every_instant_that_is_carried_has_a_key_of_its_own() {
        let [first, last] = [Timestamp::MIN, Timestamp::MAX].map(Timestamp::as_unix_ms);
        assert!(instant(first) < instant(first + MS));
        assert!(instant(last - MS) < instant(last) && instant(last) < LAST);
        assert_eq!(instant(i64::MAX / 2), LAST);
        assert_eq!(instant(i64::MIN / 2), i32::MIN);
        assert_eq!(metres(f64::INFINITY), LAST);
    }

    proptest! {
        #[test]
        fn keys_never_fall(a in -7.0e6..7.0e6f64, b in -7.0e6..7.0e6f64, t in any::<i32>(), u in any::<i32>()) {
            prop_assert!((a <= b && metres(a) <= metres(b)) || (b <= a && metres(b) <= metres(a)));
            let (t, u) = (i64::from(t) * 2_999, i64::from(u) * 2_999);
            prop_assert!((t <= u && instant(t) <= instant(u)) || (u <= t && instant(u) <= instant(t)));
        }
    }
}
