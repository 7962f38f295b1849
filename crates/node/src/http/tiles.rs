//! Maps below what is known: the tiles of the one in the binary and of the operator's, what maps there are, and places by name. For
//! whoever is signed in.

use super::commands::Here;
use super::given::Given;
use super::identity::SignedIn;
use super::packed::{accepts_gzip, unpacked};
use super::problem::{Answer, Refused, chain};
use super::scope::Scope;
use crate::basemap::{Basemap, Tiles, Unreadable};
use crate::gazetteer::Gazetteer;
use axum::Json;
use axum::extract::Path;
use axum::extract::State;
use axum::extract::rejection::PathRejection;
use axum::http::header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, VARY};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Zoom, column and row, from the north-west.
type Tile = (u8, u32, u32);

/// Bytes of a body that holds the name of a place.
const MAX_SOUGHT: usize = 1 << 10;

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
    let Path(tile) = tile.map_err(|refused| Refused::Path(chain(&refused)))?;
    let map = Basemap::shipped().map_err(|unreadable| Refused::Internal(unreadable.to_string()))?;
    answer(map, tile, &asked, "private, max-age=86400")
}

/// A tile of a map of the operator's, as `/api/maps` names it; 204 where it has nothing.
#[utoipa::path(get, path = "/maps/{map}/{z}/{x}/{y}", responses(
    (status = 200, description = "of the kind that `/api/maps` says"),
    (status = 204, description = "the map has nothing there"),
))]
pub async fn tile_of(
    State(served): Here,
    _who: SignedIn,
    asked: HeaderMap,
    tile: Result<Path<(String, u8, u32, u32)>, PathRejection>,
) -> Result<Response, Refused> {
    let Path((name, z, x, y)) = tile.map_err(|refused| Refused::Path(chain(&refused)))?;
    let map = served.maps.map(&name).ok_or_else(|| Refused::Unknown {
        what: "map",
        which: name.chars().take(crate::maps::MAX_NAME).collect(),
    })?;
    // It may change under its name at any time.
    let answered = move || answer(&map, (z, x, y), &asked, "private, max-age=60");
    tokio::task::spawn_blocking(answered)
        .await
        .map_err(|error| Refused::Internal(error.to_string()))?
}

fn answer(
    map: &Basemap,
    (z, x, y): Tile,
    asked: &HeaderMap,
    kept: &'static str,
) -> Result<Response, Refused> {
    let kept = [(CACHE_CONTROL, kept), (VARY, "accept-encoding")];
    let torn = |why: Unreadable| Refused::Internal(why.to_string());
    let Some(tile) = map.tile(z, x, y).map_err(torn)? else {
        return Ok((StatusCode::NO_CONTENT, kept).into_response());
    };
    let kind = [(CONTENT_TYPE, map.about.tiles.media_type())];
    let is_packed = map.about.tiles == Tiles::Vector { gzip: true };
    Ok(match (is_packed, accepts_gzip(asked)) {
        (true, true) => {
            (kept, kind, [(CONTENT_ENCODING, "gzip")], tile.into_owned()).into_response()
        }
        (true, false) => (kept, kind, unpacked(&tile)?).into_response(),
        (false, _) => (kept, kind, tile.into_owned()).into_response(),
    })
}

/// The operator's maps.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct MapsShown {
    /// Beside the one of the program, which is always there.
    pub maps: Vec<MapShown>,
    /// Files in `maps/` of the node's folder that are not shown, and why: for whoever keeps the node.
    pub refused: Vec<RefusedMapShown>,
}

/// A map of the operator's.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct MapShown {
    /// Its tiles are at `/maps/{name}/{z}/{x}/{y}`.
    pub name: String,
    /// What it calls itself; may be empty.
    pub title: String,
    /// To whom it is owed: shown with it. Text, no HTML.
    pub attribution: String,
    /// vector, png, jpeg, webp, avif.
    pub tiles: String,
    /// Of vector tiles: their layers.
    pub layers: Vec<String>,
    pub min_zoom: u8,
    pub max_zoom: u8,
    /// West, south, east, north, in ten-millionths of a degree.
    pub bounds: [i32; 4],
    pub bytes: u64,
}

/// A file that is no map.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct RefusedMapShown {
    pub file: String,
    pub why: String,
}

/// The operator's maps, as they lie in the node's folder now.
#[utoipa::path(get, path = "/api/maps", responses((status = 200, body = MapsShown)))]
pub async fn maps(State(served): Here, who: SignedIn) -> Answer<MapsShown> {
    let looked = served.clone();
    tokio::task::spawn_blocking(move || looked.maps.look())
        .await
        .map_err(|error| Refused::Internal(error.to_string()))?;
    let (maps, refused) = served.maps.all();
    let shown = |(name, map): (String, std::sync::Arc<Basemap>)| {
        let about = &map.about;
        MapShown {
            name,
            title: about.title.clone(),
            attribution: about.attribution.clone(),
            tiles: about.tiles.name().to_owned(),
            layers: about.layers.clone(),
            min_zoom: about.min_zoom,
            max_zoom: about.max_zoom,
            bounds: about.bounds,
            bytes: map.size(),
        }
    };
    // What lies in the folder beside maps is the party's alone.
    let refused = refused.into_iter().filter(|_| who.scope() == Scope::Party);
    Ok(Json(MapsShown {
        maps: maps.into_iter().map(shown).collect(),
        refused: refused
            .map(|of| RefusedMapShown {
                file: of.file,
                why: of.why,
            })
            .collect(),
    }))
}

/// The name of a place, or a part of it: in the body, so that no address holds what somebody looks for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Sought {
    /// Two letters or more, in any script.
    pub name: String,
}

/// A place of the basemap.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct PlaceFound {
    /// The name by which it was found.
    pub name: String,
    /// All its names: as the map writes it, then in English, Russian and Arabic.
    pub names: Vec<String>,
    /// Ten-millionths of a degree. Where the map writes its name, which is no position to act by.
    pub latitude_e7: i32,
    pub longitude_e7: i32,
    /// How many people live there, as far as the map knows; 0: it does not.
    pub people: u64,
}

/// Places of the basemap by name: at most 12, the best first.
#[utoipa::path(post, path = "/api/places", request_body = Sought, responses((status = 200, body = Vec<PlaceFound>)))]
pub async fn places(
    _who: SignedIn,
    Given(sought): Given<Sought, MAX_SOUGHT>,
) -> Answer<Vec<PlaceFound>> {
    let find = move || {
        let all = Gazetteer::shipped().map_err(|why| Refused::Internal(why.to_string()))?;
        let found = all.find(&sought.name).into_iter().map(|place| PlaceFound {
            name: place.name_of(&sought.name).to_owned(),
            names: place.names.clone(),
            latitude_e7: place.latitude,
            longitude_e7: place.longitude,
            people: place.people,
        });
        Ok(Json(found.collect()))
    };
    tokio::task::spawn_blocking(find)
        .await
        .map_err(|error| Refused::Internal(error.to_string()))?
}
