//! The operator's maps, and places by name.

use crate::support::{self, Screen, http, pair, request};
use serde_json::{Value, json};

const SHIPPED: &[u8] = include_bytes!("../../data/basemap-syria-iraq.pmtiles");

fn put(folder: &support::Folder, name: &str, bytes: &[u8]) {
    let maps = folder.path.join("maps");
    std::fs::create_dir_all(&maps).unwrap();
    // As the guide says: beside it first, then moved.
    let beside = folder.path.join("being-copied");
    std::fs::write(&beside, bytes).unwrap();
    std::fs::rename(beside, maps.join(name)).unwrap();
}

/// One tile of raster, and nothing else: PMTiles version 3 by hand.
fn picture(tile: &[u8]) -> Vec<u8> {
    // One entry: tile 0, a run of one, its length, the first offset and one.
    let directory = [1, 0, 1, u8::try_from(tile.len()).unwrap(), 1];
    let metadata =
        br#"{"name": "From above", "attribution": "<a href='https://example.com'>Us</a>"}"#;
    let mut archive = b"PMTiles\x03".to_vec();
    let root = 127u64;
    let (said, tiles) = (root + 5, root + 5 + metadata.len() as u64);
    for number in [
        root,
        5,
        said,
        metadata.len() as u64,
        tiles,
        0,
        tiles,
        tile.len() as u64,
        1,
        1,
        1,
    ] {
        archive.extend(number.to_le_bytes());
    }
    // Clustered; directories and tiles not packed; PNG; zooms.
    archive.extend([1, 1, 1, 2, 0, 3]);
    for e7 in [390_000_000i32, 340_000_000, 410_000_000, 360_000_000] {
        archive.extend(e7.to_le_bytes());
    }
    archive.push(0);
    archive.extend([0; 8]);
    assert_eq!(archive.len(), 127);
    archive.extend(directory);
    archive.extend(metadata);
    archive.extend(tile);
    archive
}

async fn tile(screen: &Screen, path: &str) -> (u16, String, Vec<u8>) {
    let kind = "application/json";
    request(screen.node.http, "GET", path, &screen.officer, kind, b"").await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_map_that_is_dropped_into_the_folder_is_listed_and_served_and_the_built_in_one_stays() {
    let base = tempfile::tempdir().unwrap();
    let (first, _second, a, _b) = pair(base.path()).await;
    assert_eq!(
        first.get("/api/maps").await,
        json!({"maps": [], "refused": []})
    );
    put(&a, "east.pmtiles", SHIPPED);
    put(
        &a,
        "above.pmtiles",
        &picture(b"\x89PNG\r\n\x1a\n and so on"),
    );
    let found = first.get("/api/maps").await;
    let [above, east] = found["maps"].as_array().unwrap().as_slice() else {
        panic!("{found:#}");
    };
    assert_eq!(above["title"], "From above");
    assert_eq!(above["attribution"], "Us", "text, and no link to anyone");
    assert_eq!(
        (&above["tiles"], &above["max_zoom"]),
        (&json!("png"), &json!(3))
    );
    assert_eq!(
        above["bounds"],
        json!([390_000_000, 340_000_000, 410_000_000, 360_000_000])
    );
    assert_eq!(
        (&east["name"], &east["tiles"]),
        (&json!("east"), &json!("vector"))
    );
    assert!(
        east["layers"]
            .as_array()
            .unwrap()
            .contains(&json!("places"))
    );

    let (status, head, body) = tile(&first, "/maps/above/0/0/0").await;
    assert_eq!(
        (status, body.as_slice()),
        (200, b"\x89PNG\r\n\x1a\n and so on".as_slice())
    );
    assert!(head.contains("content-type: image/png"), "{head}");
    assert_eq!(tile(&first, "/maps/above/1/0/0").await.0, 204);
    let (_, _, theirs) = tile(&first, "/maps/east/9/313/202").await;
    let (_, _, ours) = tile(&first, "/tiles/9/313/202").await;
    assert_eq!(theirs, ours);
    for (path, expected) in [
        ("/maps/nowhere/0/0/0", 404),
        ("/maps/..%2Fnode/0/0/0", 404),
        ("/maps/east/x/0/0", 400),
    ] {
        assert_eq!(tile(&first, path).await.0, expected, "{path}");
    }
    let stranger = http(first.node.http, "GET", "/maps/east/0/0/0", "none", None).await;
    assert_eq!(stranger.0, 401);

    std::fs::remove_file(a.path.join("maps/east.pmtiles")).unwrap();
    assert_eq!(
        first.get("/api/maps").await["maps"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    assert_eq!(tile(&first, "/maps/east/0/0/0").await.0, 404);
    assert_eq!(tile(&first, "/tiles/9/313/202").await.0, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_file_that_is_no_map_or_torn_is_named_with_the_reason_and_the_others_are_shown() {
    let base = tempfile::tempdir().unwrap();
    let (first, _second, a, _b) = pair(base.path()).await;
    put(&a, "torn.pmtiles", &SHIPPED[..SHIPPED.len() - 1]);
    put(&a, "notes.txt", b"what the maps are");
    put(&a, "good.pmtiles", SHIPPED);
    let found = first.get("/api/maps").await;
    assert_eq!(found["maps"][0]["name"], "good");
    let why = |file: &str| {
        let refused = found["refused"].as_array().unwrap();
        let of = refused.iter().find(|of| of["file"] == file);
        of.map_or_else(String::new, |of| of["why"].as_str().unwrap().to_owned())
    };
    assert!(why("torn.pmtiles").contains("broken off"), "{found:#}");
    assert!(why("notes.txt").contains(".pmtiles"), "{found:#}");
    assert_eq!(tile(&first, "/maps/torn/0/0/0").await.0, 404);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn places_of_the_whole_basemap_are_found_by_a_part_of_their_name() {
    let base = tempfile::tempdir().unwrap();
    let (first, _second, _a, _b) = pair(base.path()).await;
    let ask = async |name: &str| first.post("/api/places", json!({"name": name})).await;
    let (status, found) = ask("mosu").await;
    assert_eq!(status, 200, "{found:#}");
    assert_eq!(found[0]["name"], "Mosul", "{found:#}");
    let latitude = found[0]["latitude_e7"].as_i64().unwrap();
    assert!((363_000_000..364_000_000).contains(&latitude), "{found:#}");
    assert!(found.as_array().unwrap().len() <= 12);
    assert_eq!(ask("").await.1, Value::Array(Vec::new()));
    assert_eq!(ask("no such place").await.1, Value::Array(Vec::new()));
    assert_eq!(ask(&"x".repeat(2_000)).await.0, 413);
}
