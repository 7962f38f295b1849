//! The basemap's tiles, for whoever is signed in.

use super::identity::SignedIn;
use super::packed::{accepts_gzip, unpacked};
use super::problem::{Refused, chain};
use crate::basemap::Basemap;
use axum::extract::Path;
use axum::extract::rejection::PathRejection;
use axum::http::header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, VARY};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};

/// Zoom, column and row, from the north-west.
type Tile = (u8, u32, u32);

/// A vector tile of the basemap; 204 where it has nothing.
#[utoipa::path(get, path = "/tiles/{z}/{x}/{y}", responses(
    (status = 200, content_type = "application/vnd.mapbox-vector-tile"),
    (status = 204, description = "the map has nothing there"),
))]
pub async fn tile(
    _who: SignedIn,
    asked: HeaderMap,
    tile: Result<Path<Tile>, PathRejection>,
) -> Result<Response, Refused> {
    let Path((z, x, y)) = tile.map_err(|refused| Refused::Path(chain(&refused)))?;
    let map = Basemap::shipped().map_err(|unreadable| Refused::Internal(unreadable.to_string()))?;
    let kept = [
        (CACHE_CONTROL, "private, max-age=86400"),
        (VARY, "accept-encoding"),
    ];
    let Some(packed) = map.tile(z, x, y) else {
        return Ok((StatusCode::NO_CONTENT, kept).into_response());
    };
    let kind = [(CONTENT_TYPE, "application/vnd.mapbox-vector-tile")];
    Ok(match accepts_gzip(&asked) {
        true => (kept, kind, [(CONTENT_ENCODING, "gzip")], packed).into_response(),
        false => (kept, kind, unpacked(packed)?).into_response(),
    })
}
