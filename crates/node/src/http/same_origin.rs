//! Whether a browser's request comes from this node's own page. A cookie signs in nobody else's: not a page of another
//! site, not one of another port of this machine, whatever it makes the browser send.

use axum::http::header::{HOST, ORIGIN};
use axum::http::request::Parts;
use axum::http::{HeaderName, Method};

const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Browsers say the origin with everything that changes something and with every WebSocket; with the rest those that can
/// say whose page asks (Fetch Metadata).
pub fn is_own_page(parts: &Parts) -> bool {
    let said = |name| {
        parts
            .headers
            .get(name)
            .map(|value| value.to_str().unwrap_or(""))
    };
    match (said(ORIGIN), said(FETCH_SITE)) {
        (Some(origin), _) => {
            let asked = origin.split_once("://").map(|(_, host)| host);
            asked.is_some() && asked == said(HOST)
        }
        (None, Some(site)) => is_reading(parts) && matches!(site, "same-origin" | "none"),
        (None, None) => is_reading(parts),
    }
}

fn is_reading(parts: &Parts) -> bool {
    parts.method == Method::GET && !parts.headers.contains_key("sec-websocket-key")
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::Request;

    fn is_own(method: &str, headers: &[(&str, &str)]) -> bool {
        let mut request = Request::builder()
            .method(method)
            .header(HOST, "127.0.0.1:8443");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        is_own_page(&request.body(()).unwrap().into_parts().0)
    }

    #[test]
    fn only_this_nodes_own_page_acts_by_a_cookie() {
        let own = ("origin", "http://127.0.0.1:8443");
        assert!(is_own("POST", &[own]));
        assert!(is_own("GET", &[own, ("sec-websocket-key", "x")]));
        for origin in [
            "http://127.0.0.1:9999",
            "https://elsewhere.example",
            "null",
            "",
            "http://127.0.0.1",
        ] {
            assert!(!is_own("POST", &[("origin", origin)]), "{origin}");
            assert!(!is_own("GET", &[("origin", origin)]), "{origin}");
        }
        // No browser leaves the origin out of these.
        assert!(!is_own("POST", &[]));
        assert!(!is_own("DELETE", &[("sec-fetch-site", "same-origin")]));
        assert!(!is_own("GET", &[("sec-websocket-key", "x")]));
    }

    #[test]
    fn a_page_is_read_from_itself_or_from_the_address_bar() {
        assert!(is_own("GET", &[]));
        assert!(is_own("GET", &[("sec-fetch-site", "same-origin")]));
        assert!(is_own("GET", &[("sec-fetch-site", "none")]));
        assert!(!is_own("GET", &[("sec-fetch-site", "cross-site")]));
        assert!(!is_own("GET", &[("sec-fetch-site", "same-site")]));
    }
}
