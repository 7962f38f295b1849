//! A party: made, shown, its keys rotated and revoked.
