//! What lies in the binary packed by gzip, and goes out so to whoever can unpack it.

use super::problem::Refused;
use axum::http::HeaderMap;
use axum::http::header::ACCEPT_ENCODING;
use flate2::read::GzDecoder;
use std::io::Read as _;

/// Whether whoever asks can unpack gzip (RFC 9110, 12.5.3).
pub fn accepts_gzip(asked: &HeaderMap) -> bool {
    let said = asked.get_all(ACCEPT_ENCODING).iter();
    said.filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|coding| {
            let mut parts = coding.split(';').map(str::trim);
            let is_gzip = parts
                .next()
                .is_some_and(|name| name.eq_ignore_ascii_case("gzip"));
            let is_refused = parts.any(|part| {
                let weight = part.strip_prefix("q=").and_then(|q| q.parse::<f32>().ok());
                weight == Some(0.0)
            });
            is_gzip && !is_refused
        })
}

/// # Errors
/// [`Refused::Internal`], which tests rule out for everything in the binary.
pub fn unpacked(bytes: &[u8]) -> Result<Vec<u8>, Refused> {
    let mut whole = Vec::new();
    match GzDecoder::new(bytes).read_to_end(&mut whole) {
        Ok(_) => Ok(whole),
        Err(error) => Err(Refused::Internal(error.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    #[test]
    fn whoever_says_so_can_unpack_gzip() {
        for (said, can) in [
            ("gzip, deflate, br, zstd", true),
            ("GZIP;q=0.5", true),
            ("br", false),
            ("gzip;q=0", false),
            ("identity, gzip; q=0.0", false),
        ] {
            let mut asked = HeaderMap::new();
            asked.insert(ACCEPT_ENCODING, HeaderValue::from_static(said));
            assert_eq!(accepts_gzip(&asked), can, "{said}");
        }
        assert!(!accepts_gzip(&HeaderMap::new()));
    }
}
