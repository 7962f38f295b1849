use super::*;

fn shipped() -> &'static Basemap {
    Basemap::shipped().unwrap()
}

fn read(bytes: Vec<u8>) -> Result<Basemap, Unreadable> {
    Basemap::read(Archive::Held(Cow::Owned(bytes)), MAX_ENTRIES)
}

#[test]
fn tiles_are_numbered_as_the_specification_numbers_them() {
    for ((z, x, y), number) in [
        ((0, 0, 0), 0),
        ((1, 0, 0), 1),
        ((1, 0, 1), 2),
        ((1, 1, 1), 3),
        ((1, 1, 0), 4),
        ((2, 0, 0), 5),
        ((12, 3423, 1763), 19_078_479),
    ] {
        assert_eq!(tile_number(z, x, y), Some(number), "{z}/{x}/{y}");
    }
    assert_eq!(tile_number(1, 2, 0), None);
    assert_eq!(tile_number(32, 0, 0), None);
}

#[test]
fn every_tile_of_the_shipped_map_can_be_had_and_unpacked() {
    let mut found = 0;
    for z in 0..=9u8 {
        for x in 0..1u32 << z {
            for y in 0..1u32 << z {
                let Some(tile) = shipped().tile(z, x, y).unwrap() else {
                    continue;
                };
                let mut layers = Vec::new();
                GzDecoder::new(&*tile).read_to_end(&mut layers).unwrap();
                assert!(!layers.is_empty(), "{z}/{x}/{y}");
                found += 1;
            }
        }
    }
    assert_eq!(found, shipped().count());
    assert_eq!(found, 550);
}

#[test]
fn the_shipped_map_shows_where_the_line_is_and_nothing_elsewhere() {
    // Deir ez-Zor at zoom 9, and the Pacific.
    assert!(shipped().tile(9, 313, 202).unwrap().is_some());
    assert!(shipped().tile(9, 10, 202).unwrap().is_none());
}

#[test]
fn an_archive_that_is_cut_or_altered_is_refused_in_words() {
    let whole = include_bytes!("../../data/basemap-syria-iraq.pmtiles");
    let refused = |bytes: &[u8]| read(bytes.to_vec()).unwrap_err().to_string();
    assert!(refused(&whole[..126]).contains("too short"));
    assert!(refused(&whole[..whole.len() - 1]).contains("broken off"));
    assert!(refused(b"not a map".repeat(20).as_slice()).contains("does not begin"));
    let mut altered = whole.to_vec();
    altered[99] = 9;
    assert!(refused(&altered).contains("neither vector tiles"));
    let mut altered = whole.to_vec();
    altered[140] ^= 0xff;
    assert!(refused(&altered).contains("director"));
}

#[test]
fn an_archive_says_what_it_is_and_words_of_it_are_text_alone() {
    let about = &shipped().about;
    assert_eq!(about.tiles, Tiles::Vector { gzip: true });
    assert_eq!((about.min_zoom, about.max_zoom), (0, 9));
    assert!(
        about.layers.iter().any(|layer| layer == "places"),
        "{about:?}"
    );
    let [west, south, east, north] = about.bounds;
    assert!(west < 400_000_000 && east > 400_000_000 && south < 350_000_000 && north > 350_000_000);
    assert_eq!(plain("<a href='x'>© Us</a> & <b>you"), "© Us & you");
    assert_eq!(plain(&"x".repeat(MAX_SAID + 1)).len(), MAX_SAID);
}

#[test]
fn an_archive_may_have_so_many_entries_and_not_one_more() {
    let whole = || {
        Archive::Held(Cow::Borrowed(
            include_bytes!("../../data/basemap-syria-iraq.pmtiles").as_slice(),
        ))
    };
    let entries = shipped().entries();
    assert!(Basemap::read(whole(), entries).is_ok());
    let refused = Basemap::read(whole(), entries - 1).unwrap_err();
    assert!(refused.to_string().contains("too many tiles"));
}

#[test]
fn a_file_is_read_as_what_is_held_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("map.pmtiles");
    let whole = include_bytes!("../../data/basemap-syria-iraq.pmtiles");
    std::fs::write(&path, whole).unwrap();
    let open = || File::open(&path).unwrap();
    let map = Basemap::read(Archive::File(open(), whole.len() as u64), MAX_ENTRIES).unwrap();
    assert_eq!(
        map.tile(9, 313, 202).unwrap(),
        shipped().tile(9, 313, 202).unwrap()
    );
    // Cut under the open map: said, and nothing else is taken for a tile.
    std::fs::File::options()
        .write(true)
        .open(&path)
        .unwrap()
        .set_len(20_000)
        .unwrap();
    assert_eq!(map.tile(9, 313, 202), Err(BROKEN));
}
