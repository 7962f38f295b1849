//! The operating system's random source. The shell alone uses it.

use aws_lc_rs::rand;

/// Why there are no random bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the operating system gives no random bytes, so nothing can be signed or sealed: restart the machine, and telephone meanwhile"
)]
pub struct NoRandomness;

/// # Errors
/// [`NoRandomness`].
pub fn bytes<const N: usize>() -> Result<[u8; N], NoRandomness> {
    let mut bytes = [0; N];
    fill(&mut bytes)?;
    Ok(bytes)
}

/// # Errors
/// [`NoRandomness`].
pub fn fill(bytes: &mut [u8]) -> Result<(), NoRandomness> {
    rand::fill(bytes).map_err(|_| NoRandomness)
}
