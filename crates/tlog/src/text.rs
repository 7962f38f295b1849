//! The two encodings that every text format of the log shares, read strictly.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// A decimal without sign or leading zeroes ("unless the index is `0`", c2sp.org/tlog-proof).
pub(crate) fn decimal(text: &str) -> Option<u64> {
    let canonical = match text.as_bytes() {
        [b'0'] => true,
        [] | [b'0', ..] => false,
        digits => digits.iter().all(u8::is_ascii_digit),
    };
    if canonical { text.parse().ok() } else { None }
}

/// Standard base64 (RFC 4648 section 4) with its padding and with no stray bits behind the last byte,
/// so that no two texts mean the same bytes.
pub(crate) fn base64_decode(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}

pub(crate) fn base64_encode(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// "MUST NOT contain any ASCII control characters (those below U+0020) other than newline"
/// (c2sp.org/signed-note); a single line has no newline either.
pub(crate) fn is_line(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte >= b' ')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decimal_has_one_spelling() {
        assert_eq!(decimal("0"), Some(0));
        assert_eq!(decimal("10"), Some(10));
        assert_eq!(decimal("18446744073709551615"), Some(u64::MAX));
        for bad in [
            "",
            "00",
            "01",
            "+1",
            "-1",
            " 1",
            "1 ",
            "1_0",
            "0x1",
            "١",
            "18446744073709551616",
        ] {
            assert_eq!(decimal(bad), None, "{bad}");
        }
    }

    #[test]
    fn base64_has_one_spelling() {
        assert_eq!(base64_decode("AA=="), Some(vec![0]));
        for bad in [
            "AB==", "AA", "AA=", "A", "AA==\n", " AA==", "_w==", "AA==AA==",
        ] {
            assert_eq!(base64_decode(bad), None, "{bad}");
        }
    }
}
