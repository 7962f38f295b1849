//! The console: its files come out of the binary, as `build.rs` found them.

use crate::http::packed::{accepts_gzip, unpacked};
use crate::server::Served;
use axum::Router;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, VARY,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use std::net::SocketAddr;
use std::sync::Arc;

/// A file of the console.
#[derive(Clone, Copy, Debug)]
pub struct Asset {
    /// Where it is served, from `/`.
    pub path: &'static str,
    pub kind: &'static str,
    /// Whether `bytes` are packed by gzip.
    pub gzip: bool,
    pub bytes: &'static [u8],
}

/// The files of this binary's console; none where it was built without one.
pub const ASSETS: &[Asset] = include!(concat!(env!("OUT_DIR"), "/console.rs"));

/// Everything comes from this node, and nothing runs that did not. Images may be data: the map's own buttons are.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; \
     font-src 'self'; connect-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors ";

const WITHOUT: &str = "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>Standclear</title>\n\
    <h1>This node works, and has no console</h1>\n\
    <p>The program was built without one. Where it is built: <code>make console</code>, which needs Node.js 20.19 or \
    newer and npm, then <code>cargo build --release -p standclear</code>.</p>\n\
    <p>Without it: <code>standclear lines</code>, <code>standclear stop</code>, <code>standclear bell</code>; \
    the API is described at <a href=\"/api/openapi.json\">/api/openapi.json</a>.</p>\n";

/// The console's paths. Whoever has not signed in gets the page that asks them to: it holds nothing of the party. Nobody
/// shows it in a frame but a page at `framed_by`.
pub fn routes(framed_by: Option<SocketAddr>) -> Router<Arc<Served>> {
    routes_of(ASSETS, &policy(framed_by))
}

/// [`POLICY`], and who may frame the page.
fn policy(framed_by: Option<SocketAddr>) -> HeaderValue {
    let by = framed_by.map(|address| format!("http://{address}"));
    let policy = format!("{POLICY}{}", by.as_deref().unwrap_or("'none'"));
    // An address is always such text; nothing is shown at all rather than to everyone.
    HeaderValue::try_from(policy)
        .unwrap_or_else(|_| HeaderValue::from_static("sandbox; default-src 'none'"))
}

fn routes_of(assets: &'static [Asset], policy: &HeaderValue) -> Router<Arc<Served>> {
    let mut router = Router::new();
    for asset in assets {
        let path = match asset.path {
            "/index.html" => "/",
            "/unit.html" => "/unit",
            "/wall.html" => "/wall",
            other => other,
        };
        let policy = policy.clone();
        router = router.route(
            path,
            get(async move |headers: HeaderMap| serve(asset, &headers, &policy)),
        );
    }
    let policy = policy.clone();
    match assets.is_empty() {
        true => router.route(
            "/",
            get(async move || page(WITHOUT.into_response(), "text/html; charset=utf-8", &policy)),
        ),
        false => router,
    }
}

fn serve(asset: &Asset, asked: &HeaderMap, policy: &HeaderValue) -> Response {
    let as_it_is = !asset.gzip || accepts_gzip(asked);
    let body = match as_it_is {
        true => asset.bytes.into_response(),
        false => match unpacked(asset.bytes) {
            Ok(bytes) => bytes.into_response(),
            Err(refused) => return refused.into_response(),
        },
    };
    let mut response = page(body, asset.kind, policy);
    let headers = response.headers_mut();
    if asset.gzip {
        headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
        if as_it_is {
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
    }
    // Names below /assets carry a hash of what is in them.
    if asset.path.starts_with("/assets/") {
        let for_ever = HeaderValue::from_static("public, max-age=31536000, immutable");
        headers.insert(CACHE_CONTROL, for_ever);
    }
    response
}

fn page(mut response: Response, kind: &'static str, policy: &HeaderValue) -> Response {
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(CONTENT_SECURITY_POLICY, policy.clone());
    for (name, value) in [
        (CACHE_CONTROL, "no-cache"),
        (REFERRER_POLICY, "no-referrer"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (
            HeaderName::from_static("cross-origin-opener-policy"),
            "same-origin",
        ),
        (
            HeaderName::from_static("cross-origin-resource-policy"),
            "same-origin",
        ),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::to_bytes;
    use axum::http::header::ACCEPT_ENCODING;

    const MADE: Asset = Asset {
        path: "/assets/shell-1a2b.js",
        kind: "text/javascript; charset=utf-8",
        gzip: true,
        // `hello`, by gzip.
        bytes: &[
            31, 139, 8, 0, 0, 0, 0, 0, 2, 255, 203, 72, 205, 201, 201, 7, 0, 134, 166, 16, 54, 5,
            0, 0, 0,
        ],
    };

    async fn body(response: Response) -> Vec<u8> {
        to_bytes(response.into_body(), 1 << 20)
            .await
            .unwrap()
            .to_vec()
    }

    #[tokio::test]
    async fn a_packed_file_goes_as_it_is_to_whoever_can_unpack_it_and_unpacked_to_others() {
        let mut asked = HeaderMap::new();
        asked.insert(
            ACCEPT_ENCODING,
            HeaderValue::from_static("gzip, deflate, br"),
        );
        let packed = serve(&MADE, &asked, &policy(None));
        assert_eq!(packed.headers()[CONTENT_ENCODING], "gzip");
        assert_eq!(body(packed).await, MADE.bytes);
        let plain = serve(&MADE, &HeaderMap::new(), &policy(None));
        assert!(!plain.headers().contains_key(CONTENT_ENCODING));
        assert_eq!(plain.headers()[VARY], "accept-encoding");
        assert_eq!(body(plain).await, b"hello");
    }

    #[test]
    fn every_file_is_told_to_load_from_this_node_alone() {
        let response = serve(&MADE, &HeaderMap::new(), &policy(None));
        let policy = response.headers()[CONTENT_SECURITY_POLICY]
            .to_str()
            .unwrap();
        assert!(policy.starts_with("default-src 'none'"));
        assert!(policy.ends_with("frame-ancestors 'none'"), "{policy}");
        for loose in ["unsafe", "http", "*"] {
            assert!(!policy.contains(loose), "{policy}");
        }
        assert_eq!(response.headers()[X_CONTENT_TYPE_OPTIONS], "nosniff");
        assert!(
            response.headers()[CACHE_CONTROL]
                .to_str()
                .unwrap()
                .contains("immutable")
        );
    }

    #[test]
    fn only_the_page_that_is_named_may_frame_the_console() {
        let named = policy("127.0.0.1:4711".parse().ok());
        let named = named.to_str().unwrap();
        assert!(
            named.ends_with("; frame-ancestors http://127.0.0.1:4711"),
            "{named}"
        );
        let nobody = policy(None);
        let nobody = nobody.to_str().unwrap();
        let same_otherwise =
            |policy: &str| policy.rsplit_once(' ').map(|(rest, _)| rest.to_owned());
        assert_eq!(same_otherwise(named), same_otherwise(nobody));
    }

    #[test]
    fn whether_it_was_built_with_a_console_or_without_there_is_a_page_at_the_root() {
        // Building the routes panics where two files would be served at one path.
        let (_with, _without) = (
            routes_of(&[MADE], &policy(None)),
            routes_of(&[], &policy(None)),
        );
        let _this_binary = routes(None);
        assert!(WITHOUT.contains("make console"));
        let root = ASSETS.iter().find(|asset| asset.path == "/index.html");
        assert_eq!(root.is_some(), !ASSETS.is_empty());
    }
}
