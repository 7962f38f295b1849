//! Release: the act of letting named fields go to one party. The only maker of [`Released`].

mod released;

pub use released::Released;
