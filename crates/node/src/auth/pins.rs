//! PINs: what an officer types at a wall page, where nobody is signed in.
//!
//! A PIN is short, so it is kept by a slow hash, and what really guards it is that few are tried: after [`MAX_WRONG`] wrong
//! ones in a row none is looked at for [`LOCKED_FOR`], and the desk is alarmed. At the console the officer goes on all the
//! same. Counts are this process's own: only whoever can restart the node could begin them anew.

use super::hex;
use crate::random::{self, NoRandomness};
use aws_lc_rs::pbkdf2;
use model::ids::OfficerId;
use model::said::{Message, Said, Says};
use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Digits of a PIN.
pub const MIN_PIN: usize = 6;
pub const MAX_PIN: usize = 12;
/// Wrong PINs in a row, of an officer or at a wall page, after which none is looked at.
pub const MAX_WRONG: u32 = 5;
/// For how long.
pub const LOCKED_FOR: Duration = Duration::from_secs(15 * 60);
/// Between two tries at one wall page.
pub const TRY_EVERY: Duration = Duration::from_secs(1);
/// What is counted at once; of more, the oldest is forgotten.
const MAX_COUNTED: usize = 4_096;

/// Rounds of PBKDF2-HMAC-SHA-512: a tenth of a second or so.
const ROUNDS: u32 = 210_000;
/// The most that a file may ask for.
const MAX_ROUNDS: u32 = 10_000_000;
/// Of nobody: looking at it takes as long as at another.
pub(super) const NOBODYS: &str = "pbkdf2-sha512$210000$00000000000000000000000000000000$\
     0000000000000000000000000000000000000000000000000000000000000000";
const SALT: usize = 16;
const HASH: usize = 32;
const KIND: &str = "pbkdf2-sha512";

/// Why a PIN is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a PIN is {MIN_PIN} to {MAX_PIN} digits, not all the same and not in a row such as 123456: choose another"
)]
pub struct PinRefused;

impl Says for PinRefused {
    const MESSAGES: &'static [Message] = &[Message {
        id: "pin-refused",
        slots: &[],
    }];

    fn said(&self) -> Said {
        Said::of("pin-refused", self)
    }
}

/// Why nobody is let in by a PIN.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PinDenied {
    /// One answer for all: whether a name has a PIN, and whether the PIN was right, is not told apart.
    #[error(
        "name and PIN do not belong together, or that officer does not speak for this desk: type them again, or accept at the console"
    )]
    Wrong,
    #[error(
        "too many wrong PINs were tried: none is looked at for {} min; accept at the console, or by `standclear stop accept`",
        LOCKED_FOR.as_secs() / 60
    )]
    Locked,
    #[error("one PIN a second is looked at: type it again")]
    TooSoon,
}

model::says! { PinDenied, "pin":
    "wrong" Wrong;
    "locked" Locked;
    "too-soon" TooSoon;
}

/// Whether `pin` is one that may be set.
///
/// # Errors
/// [`PinRefused`].
pub fn check(pin: &str) -> Result<(), PinRefused> {
    let digits = pin.as_bytes();
    let fits = (MIN_PIN..=MAX_PIN).contains(&digits.len()) && digits.iter().all(u8::is_ascii_digit);
    let steps =
        |by: i16| (digits.windows(2)).all(|two| i16::from(two[1]) - i16::from(two[0]) == by);
    match fits && ![-1, 0, 1].into_iter().any(steps) {
        true => Ok(()),
        false => Err(PinRefused),
    }
}

/// What is kept of a PIN: kind, rounds, salt and hash. It takes long, and is not for a thread that others wait for.
///
/// # Errors
/// [`NoRandomness`].
pub fn kept(pin: &str) -> Result<String, NoRandomness> {
    let salt = random::bytes::<SALT>()?;
    let mut hash = [0; HASH];
    let rounds = NonZeroU32::new(ROUNDS).unwrap_or(NonZeroU32::MIN);
    pbkdf2::derive(
        pbkdf2::PBKDF2_HMAC_SHA512,
        rounds,
        &salt,
        pin.as_bytes(),
        &mut hash,
    );
    Ok(format!("{KIND}${ROUNDS}${}${}", hex(&salt), hex(&hash)))
}

/// Whether `pin` is the one of which that was kept. It takes as long as [`kept`].
pub fn is_right(kept: &str, pin: &str) -> bool {
    let read = || {
        let mut parts = kept.split('$');
        let kind = parts.next()?;
        let rounds = parts.next()?.parse().ok()?;
        let (salt, hash) = (unhex(parts.next()?)?, unhex(parts.next()?)?);
        let fits = kind == KIND && parts.next().is_none() && rounds <= MAX_ROUNDS;
        fits.then_some((NonZeroU32::new(rounds)?, salt, hash))
    };
    // What cannot be read is nobody's PIN.
    let Some((rounds, salt, hash)) = read() else {
        return false;
    };
    pbkdf2::verify(
        pbkdf2::PBKDF2_HMAC_SHA512,
        rounds,
        &salt,
        pin.as_bytes(),
        &hash,
    )
    .is_ok()
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes();
    let is_hex = digits.len().is_multiple_of(2) && digits.len() <= 128;
    let byte = |two: &[u8]| u8::from_str_radix(std::str::from_utf8(two).ok()?, 16).ok();
    is_hex.then(|| digits.chunks(2).map(byte).collect())?
}

/// Whose wrong PINs are counted: an officer's, wherever they were tried, and those of a wall page, whoever was named.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Counted {
    Officer(OfficerId),
    Wall(String),
}

#[derive(Clone, Copy, Debug)]
struct Count {
    wrong: u32,
    last: Instant,
}

/// How many wrong PINs were tried.
#[derive(Debug, Default)]
pub struct Tries(Mutex<BTreeMap<Counted, Count>>);

/// What came of a wrong PIN.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrong {
    Counted,
    /// It was one too many: now none is looked at for a while.
    Locks,
}

impl Tries {
    /// Whether a PIN of `officer` is looked at that was typed at `wall` now. It counts as a try.
    ///
    /// # Errors
    /// [`PinDenied::Locked`], [`PinDenied::TooSoon`].
    pub fn may_try(&self, wall: &str, officer: OfficerId, now: Instant) -> Result<(), PinDenied> {
        let mut counts = self.counts();
        for of in [Counted::Officer(officer), Counted::Wall(wall.to_owned())] {
            if let Some(count) = counts.get_mut(&of) {
                let since = now.saturating_duration_since(count.last);
                if count.wrong >= MAX_WRONG && since < LOCKED_FOR {
                    return Err(PinDenied::Locked);
                }
                if count.wrong >= MAX_WRONG {
                    count.wrong = 0;
                }
                if matches!(of, Counted::Wall(_)) && since < TRY_EVERY {
                    return Err(PinDenied::TooSoon);
                }
            }
        }
        let fresh = Count {
            wrong: 0,
            last: now,
        };
        counts
            .entry(Counted::Wall(wall.to_owned()))
            .or_insert(fresh)
            .last = now;
        Ok(())
    }

    /// `known`: there is an officer of that name who has a PIN.
    pub fn wrong(&self, wall: &str, officer: OfficerId, known: bool, now: Instant) -> Wrong {
        let mut counts = self.counts();
        let of_officer = known.then_some(Counted::Officer(officer));
        let mut came = Wrong::Counted;
        for of in [Some(Counted::Wall(wall.to_owned())), of_officer]
            .into_iter()
            .flatten()
        {
            let count = counts.entry(of).or_insert(Count {
                wrong: 0,
                last: now,
            });
            count.wrong += 1;
            count.last = now;
            if count.wrong == MAX_WRONG {
                came = Wrong::Locks;
            }
        }
        while counts.len() > MAX_COUNTED {
            let oldest = counts.iter().min_by_key(|(_, count)| count.last);
            let Some(oldest) = oldest.map(|(of, _)| of.clone()) else {
                break;
            };
            counts.remove(&oldest);
        }
        came
    }

    /// A right one: those in a row end.
    pub fn right(&self, wall: &str, officer: OfficerId) {
        let mut counts = self.counts();
        counts.remove(&Counted::Officer(officer));
        if let Some(count) = counts.get_mut(&Counted::Wall(wall.to_owned())) {
            count.wrong = 0;
        }
    }

    /// The officer has set another PIN: wrong ones of the old do not count against it.
    pub fn forget(&self, officer: OfficerId) {
        self.counts().remove(&Counted::Officer(officer));
    }

    fn counts(&self) -> MutexGuard<'_, BTreeMap<Counted, Count>> {
        // Entries are whole: whatever a panic elsewhere left is valid.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn duty() -> OfficerId {
        "duty".parse().unwrap()
    }

    #[test]
    fn a_pin_is_kept_by_a_slow_hash_with_a_salt_and_is_known_again() {
        let (one, other) = (kept("402718").unwrap(), kept("402718").unwrap());
        assert_ne!(one, other, "each has a salt of its own");
        assert!(!one.contains("402718"));
        assert!(is_right(&one, "402718") && is_right(&other, "402718"));
        assert!(!is_right(&one, "402719") && !is_right(&one, ""));
        for broken in [
            "",
            "plain$1$00$00",
            "pbkdf2-sha512$0$00$00",
            "pbkdf2-sha512$99999999$00$00",
        ] {
            assert!(!is_right(broken, "402718"), "{broken}");
        }
    }

    #[test]
    fn a_pin_is_of_so_many_digits_and_none_that_everybody_tries_first() {
        assert!(check("402718").is_ok() && check("402718402718").is_ok());
        for bad in [
            "40271",
            "4027184027180",
            "40271a",
            "٤٠٢٧١٨",
            "000000",
            "123456",
            "987654",
            "",
        ] {
            assert_eq!(check(bad), Err(PinRefused), "{bad}");
        }
    }

    #[test]
    fn after_so_many_wrong_ones_none_is_looked_at_until_the_time_has_passed() {
        let tries = Tries::default();
        let begin = Instant::now();
        let at = |seconds: u64| begin + Duration::from_secs(seconds);
        for number in 1..=MAX_WRONG {
            let now = at(2 * u64::from(number));
            assert_eq!(tries.may_try("ops", duty(), now), Ok(()));
            let came = tries.wrong("ops", duty(), true, now);
            assert_eq!(came == Wrong::Locks, number == MAX_WRONG);
        }
        assert_eq!(tries.may_try("ops", duty(), at(60)), Err(PinDenied::Locked));
        // At another wall neither: it is the officer's PIN that was tried.
        assert_eq!(
            tries.may_try("hall", duty(), at(60)),
            Err(PinDenied::Locked)
        );
        // Nor another officer's at this one.
        let other = "other".parse().unwrap();
        assert_eq!(tries.may_try("ops", other, at(60)), Err(PinDenied::Locked));
        assert_eq!(tries.may_try("hall", other, at(60)), Ok(()));
        assert_eq!(tries.may_try("ops", duty(), at(10) + LOCKED_FOR), Ok(()));
        assert_eq!(
            tries.wrong("ops", duty(), true, at(12) + LOCKED_FOR),
            Wrong::Counted
        );
    }

    #[test]
    fn names_that_nobody_has_count_against_the_wall_alone_and_a_right_pin_ends_the_row() {
        let tries = Tries::default();
        let begin = Instant::now();
        let at = |seconds: u64| begin + Duration::from_secs(seconds);
        for number in 1..MAX_WRONG {
            let nobody = format!("nobody-{number}").parse().unwrap();
            assert_eq!(tries.wrong("ops", nobody, false, at(2)), Wrong::Counted);
        }
        tries.right("ops", duty());
        assert_eq!(tries.wrong("ops", duty(), false, at(4)), Wrong::Counted);
        assert_eq!(tries.may_try("ops", duty(), at(4)), Err(PinDenied::TooSoon));
        assert_eq!(tries.may_try("ops", duty(), at(5)), Ok(()));
    }

    #[test]
    fn names_without_end_fill_no_memory() {
        let tries = Tries::default();
        let now = Instant::now();
        for number in 0..MAX_COUNTED + 10 {
            tries.wrong(&format!("wall-{number}"), duty(), false, now);
        }
        assert_eq!(tries.counts().len(), MAX_COUNTED);
    }
}
