//! Sixteen boxes against one at once. The only unsafe code of this crate.
//!
//! Which instructions are used is found out when an index is made. All ways give the same answers, which a property holds
//! them to.
#![allow(
    unsafe_code,
    reason = "vector instructions; each use says what it leans on"
)]

use super::key::{AXES, Key};

/// Boxes to a node of the tree.
pub const LANES: usize = 16;

/// Sixteen boxes, axis by axis: whoever finds that none meets on the first axes reads no others. A lane that is not in use
/// meets nothing.
#[derive(Debug, Clone)]
#[repr(C, align(64))]
pub struct Boxes {
    pub axes: [Sides; AXES],
}

/// Sixteen boxes on one axis.
#[derive(Debug, Clone)]
#[repr(C, align(64))]
pub struct Sides {
    pub low: [i32; LANES],
    pub high: [i32; LANES],
}

impl Default for Boxes {
    fn default() -> Self {
        let nothing = || Sides {
            low: [UNUSED.low[0]; LANES],
            high: [UNUSED.high[0]; LANES],
        };
        Self {
            axes: std::array::from_fn(|_| nothing()),
        }
    }
}

/// What meets no key: none reaches `i32::MAX`.
pub const UNUSED: Key = Key {
    low: [i32::MAX; AXES],
    high: [i32::MIN; AXES],
};

/// Asks the processor to read what it will be asked about soon.
#[inline]
pub fn prefetch<T>(of: &T) {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        // SAFETY: it reads nothing, and the address is that of a reference.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(std::ptr::from_ref(of).cast::<i8>()) }
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = of;
}

/// How sixteen boxes are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lanes(Instructions);

/// INVARIANT: only `Lanes::detected` and `Lanes::all` make one that is not `Scalar`, having asked the processor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Instructions {
    Scalar,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    #[cfg(target_arch = "x86_64")]
    Avx512,
}

impl Lanes {
    pub const SCALAR: Self = Self(Instructions::Scalar);

    /// The fastest that this processor has.
    pub fn detected() -> Self {
        #[cfg(target_arch = "x86_64")]
        {
            if is_x86_feature_detected!("avx512f") {
                return Self(Instructions::Avx512);
            }
            if is_x86_feature_detected!("avx2") {
                return Self(Instructions::Avx2);
            }
        }
        Self::SCALAR
    }

    /// All that this processor has.
    #[cfg(test)]
    pub fn all() -> Vec<Self> {
        let mut all = vec![Self::SCALAR];
        #[cfg(target_arch = "x86_64")]
        {
            if is_x86_feature_detected!("avx2") {
                all.push(Self(Instructions::Avx2));
            }
            if is_x86_feature_detected!("avx512f") {
                all.push(Self(Instructions::Avx512));
            }
        }
        all
    }

    /// A bit for each of the sixteen that meets `asked`, the lowest for the first.
    #[inline]
    pub fn meeting(self, boxes: &Boxes, asked: &Key) -> u16 {
        match self.0 {
            Instructions::Scalar => scalar(boxes, asked),
            // SAFETY: the processor has AVX2, by the invariant of `Instructions`.
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx2 => unsafe { avx2(boxes, asked) },
            // SAFETY: the processor has AVX-512F, by the invariant of `Instructions`.
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx512 => unsafe { avx512(boxes, asked) },
        }
    }
}

fn scalar(boxes: &Boxes, asked: &Key) -> u16 {
    let mut meets = [true; LANES];
    for axis in 0..AXES {
        let Sides { low, high } = &boxes.axes[axis];
        for lane in 0..LANES {
            meets[lane] &= low[lane] <= asked.high[axis] && asked.low[axis] <= high[lane];
        }
    }
    (0..LANES).fold(0, |mask, lane| mask | u16::from(meets[lane]) << lane)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn avx2(boxes: &Boxes, asked: &Key) -> u16 {
    use std::arch::x86_64::{
        __m256i, _mm256_castsi256_ps, _mm256_cmpgt_epi32, _mm256_load_si256, _mm256_movemask_ps,
        _mm256_or_si256, _mm256_set1_epi32, _mm256_setzero_si256,
    };
    let half = |first: usize| -> u16 {
        let mut misses = _mm256_setzero_si256();
        for axis in 0..AXES {
            // SAFETY: eight lanes from 0 or 8 lie within the sixteen of an array; each array is 64 bytes within a
            // struct that is aligned to 64, so either half is aligned to 32.
            let (low, high) = unsafe {
                (
                    _mm256_load_si256(boxes.axes[axis].low.as_ptr().add(first).cast::<__m256i>()),
                    _mm256_load_si256(boxes.axes[axis].high.as_ptr().add(first).cast::<__m256i>()),
                )
            };
            let beyond = _mm256_cmpgt_epi32(low, _mm256_set1_epi32(asked.high[axis]));
            let before = _mm256_cmpgt_epi32(_mm256_set1_epi32(asked.low[axis]), high);
            misses = _mm256_or_si256(misses, _mm256_or_si256(beyond, before));
        }
        !_mm256_movemask_ps(_mm256_castsi256_ps(misses)) as u16 & 0xFF
    };
    half(0) | half(8) << 8
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
fn avx512(boxes: &Boxes, asked: &Key) -> u16 {
    use std::arch::x86_64::{
        __m512i, _mm512_load_si512, _mm512_mask_cmple_epi32_mask, _mm512_set1_epi32,
    };
    let mut meets = u16::MAX;
    for axis in 0..AXES {
        // SAFETY: an array has sixteen lanes of four bytes, is 64 bytes long within a struct that is aligned to 64, and so
        // is aligned to 64 itself.
        let (low, high) = unsafe {
            (
                _mm512_load_si512(boxes.axes[axis].low.as_ptr().cast::<__m512i>()),
                _mm512_load_si512(boxes.axes[axis].high.as_ptr().cast::<__m512i>()),
            )
        };
        let (from, until) = (
            _mm512_set1_epi32(asked.low[axis]),
            _mm512_set1_epi32(asked.high[axis]),
        );
        meets = _mm512_mask_cmple_epi32_mask(meets, low, until);
        meets = _mm512_mask_cmple_epi32_mask(meets, from, high);
        // What lies at another time lies in lines of memory that need not be read.
        if meets == 0 {
            break;
        }
    }
    meets
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Few values, so that equal ones abound, and those at the ends.
    fn number() -> impl Strategy<Value = i32> {
        prop_oneof![4 => -3..4i32, 1 => Just(i32::MIN), 1 => Just(i32::MAX), 1 => any::<i32>()]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]
        #[test]
        fn all_instructions_give_the_answer_of_the_plain_loop(
            numbers in prop::collection::vec(number(), 2 * LANES * AXES), asked in prop::collection::vec(number(), 2 * AXES),
        ) {
            let mut boxes = Boxes::default();
            for (at, number) in numbers.iter().enumerate() {
                let (axis, lane) = (at / 2 / LANES, at / 2 % LANES);
                if at % 2 == 0 { boxes.axes[axis].low[lane] = *number } else { boxes.axes[axis].high[lane] = *number }
            }
            let asked = Key {
                low: std::array::from_fn(|axis| asked[axis]),
                high: std::array::from_fn(|axis| asked[AXES + axis]),
            };
            let one_by_one = (0..LANES).filter(|lane| (0..AXES).all(|axis| {
                boxes.axes[axis].low[*lane] <= asked.high[axis] && asked.low[axis] <= boxes.axes[axis].high[*lane]
            }));
            let expected = one_by_one.fold(0u16, |mask, lane| mask | 1 << lane);
            for lanes in Lanes::all() {
                prop_assert_eq!(lanes.meeting(&boxes, &asked), expected, "{:?}", lanes);
            }
        }
    }
}
