//! The operator's maps: PMTiles files that were put into `maps/` of the party's folder. Looked for at the start and whenever a console
//! asks; nothing is asked of anyone else. What cannot be shown is named with the reason, in the log and by `/api/maps`; the map of the
//! binary stays whatever lies here.
//!
//! A file is put beside the folder first and then moved into it: one that is still being written counts as broken off until it is whole.

use crate::basemap::{Archive, Basemap, MAX_ENTRIES, TOO_MANY};
use std::collections::BTreeMap;
use std::fs::{File, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::SystemTime;

/// Maps of a node beside the one of the binary.
pub const MAX_MAPS: usize = 8;
/// Files in the folder that are looked at.
pub const MAX_FILES: usize = 64;
/// Bytes of one map.
pub const MAX_MAP: u64 = 64 << 30;
/// Characters of a map's name, which is its file's without the end.
pub const MAX_NAME: usize = 64;

/// What a file's name ends in.
const END: &str = "pmtiles";

/// Why a file of the folder is not shown as a map.
#[derive(Debug, thiserror::Error)]
pub enum NotShown {
    #[error("its name does not end in `.{END}`: put PMTiles archives here, and nothing else")]
    NotNamed,
    #[error(
        "its name is not made of at most {MAX_NAME} letters a to z, digits, `-` and `_`: rename it"
    )]
    Name,
    #[error("it is no file: put the map itself here")]
    NoFile,
    #[error(
        "it holds {0} bytes, at most {MAX_MAP} are taken: make it of a smaller area or fewer zooms"
    )]
    TooLarge(u64),
    #[error("there are {MAX_MAPS} maps already, which is all that are shown: take one away")]
    TooMany,
    #[error("it cannot be opened ({0}): let the user of this node read it")]
    Io(#[from] io::Error),
    #[error("{0}: make or copy it again, and move it here once it is whole")]
    Unreadable(#[from] crate::basemap::Unreadable),
}

impl NotShown {
    /// Whether it holds for as long as the file is what it is.
    fn lasts(&self) -> bool {
        match self {
            NotShown::TooLarge(_) => true,
            NotShown::Unreadable(why) => *why != TOO_MANY,
            NotShown::NotNamed
            | NotShown::Name
            | NotShown::NoFile
            | NotShown::TooMany
            | NotShown::Io(_) => false,
        }
    }
}

/// A file that is not shown, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedMap {
    pub file: String,
    pub why: String,
}

/// By what a file is known to be the one that was read.
type Seen = (u64, Option<SystemTime>);

#[derive(Clone, Default)]
struct Held {
    /// By name.
    maps: BTreeMap<String, (Seen, Arc<Basemap>)>,
    /// By the file's name. One whose refusal may end without its change is read again each time.
    refused: BTreeMap<String, (Option<Seen>, String)>,
}

/// The maps of a party's folder.
pub struct Maps {
    folder: PathBuf,
    held: RwLock<Held>,
    /// One looks at a time.
    looking: Mutex<()>,
}

impl Maps {
    pub fn in_folder(folder: &Path) -> Self {
        Self {
            folder: folder.join("maps"),
            held: RwLock::default(),
            looking: Mutex::default(),
        }
    }

    /// The map of that name, as it was when it was last looked at.
    pub fn map(&self, name: &str) -> Option<Arc<Basemap>> {
        let held = self.held.read().unwrap_or_else(PoisonError::into_inner);
        held.maps.get(name).map(|(_, map)| map.clone())
    }

    /// What was found when it was last looked.
    pub fn all(&self) -> (Vec<(String, Arc<Basemap>)>, Vec<RefusedMap>) {
        let held = self.held.read().unwrap_or_else(PoisonError::into_inner);
        let maps = held
            .maps
            .iter()
            .map(|(name, (_, map))| (name.clone(), map.clone()));
        let refused = held.refused.iter().map(|(file, (_, why))| RefusedMap {
            file: file.clone(),
            why: why.clone(),
        });
        (maps.collect(), refused.collect())
    }

    /// Looks into the folder, and reads what is new or has changed. Waits for the disk.
    pub fn look(&self) {
        let _alone = self.looking.lock().unwrap_or_else(PoisonError::into_inner);
        let before = {
            let held = self.held.read().unwrap_or_else(PoisonError::into_inner);
            held.clone()
        };
        let found = self.found(&before);
        for name in before
            .maps
            .keys()
            .filter(|name| !found.maps.contains_key(*name))
        {
            tracing::info!(map = name, "a map is no longer shown");
        }
        *self.held.write().unwrap_or_else(PoisonError::into_inner) = found;
    }

    fn found(&self, before: &Held) -> Held {
        let mut found = Held::default();
        let files = match files(&self.folder) {
            Ok(files) => files,
            // There need be none.
            Err(error) if error.kind() == io::ErrorKind::NotFound => return found,
            Err(error) => {
                let folder = self.folder.display().to_string();
                let why = NotShown::Io(error).to_string();
                tell(before, &folder, None, &why);
                found.refused.insert(folder, (None, why));
                return found;
            }
        };
        let mut entries = 0;
        for file in files {
            let now = std::fs::metadata(self.folder.join(&file))
                .map(|of| seen(&of))
                .ok();
            let known = before
                .refused
                .get(&file)
                .filter(|(then, _)| then.is_some() && *then == now);
            let read = match known {
                Some((then, why)) => Err((*then, why.clone())),
                None => self
                    .read(&file, before, &found, MAX_ENTRIES - entries)
                    .map_err(|why| (now.filter(|_| why.lasts()), why.to_string())),
            };
            match read {
                Ok((name, seen, map)) => {
                    entries += map.entries();
                    found.maps.insert(name, (seen, map));
                }
                Err((seen, why)) => {
                    tell(before, &file, seen, &why);
                    found.refused.insert(file, (seen, why));
                }
            }
        }
        found
    }

    fn read(
        &self,
        file: &str,
        before: &Held,
        found: &Held,
        entries: usize,
    ) -> Result<(String, Seen, Arc<Basemap>), NotShown> {
        let name = name_of(file)?;
        if found.maps.len() == MAX_MAPS {
            return Err(NotShown::TooMany);
        }
        let opened = File::open(self.folder.join(file))?;
        let of = opened.metadata()?;
        if !of.is_file() {
            return Err(NotShown::NoFile);
        }
        if of.len() > MAX_MAP {
            return Err(NotShown::TooLarge(of.len()));
        }
        let seen = seen(&of);
        if let Some((_, map)) = before
            .maps
            .get(name)
            .filter(|(then, map)| *then == seen && map.entries() <= entries)
        {
            return Ok((name.to_owned(), seen, map.clone()));
        }
        let map = Basemap::read(Archive::File(opened, of.len()), entries)?;
        tracing::info!(
            map = name,
            tiles = map.count(),
            "a map of the folder is shown"
        );
        Ok((name.to_owned(), seen, Arc::new(map)))
    }
}

/// Once for each file and reason.
fn tell(before: &Held, file: &str, seen: Option<Seen>, why: &str) {
    let is_new = before
        .refused
        .get(file)
        .is_none_or(|known| *known != (seen, why.to_owned()));
    if is_new {
        tracing::warn!(file, why, "a file in `maps` is not shown as a map");
    }
}

fn seen(of: &Metadata) -> Seen {
    (of.len(), of.modified().ok())
}

/// Its files by name, but those that are hidden.
fn files(folder: &Path) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder)?.take(16 * MAX_FILES) {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if !name.starts_with('.') {
            names.push(name);
        }
    }
    names.sort();
    names.truncate(MAX_FILES);
    Ok(names)
}

fn name_of(file: &str) -> Result<&str, NotShown> {
    let (name, end) = file.rsplit_once('.').ok_or(NotShown::NotNamed)?;
    if end != END {
        return Err(NotShown::NotNamed);
    }
    let is_plain = |byte: u8| {
        byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_')
    };
    match !name.is_empty() && name.len() <= MAX_NAME && name.bytes().all(is_plain) {
        true => Ok(name),
        false => Err(NotShown::Name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    const WHOLE: &[u8] = include_bytes!("../data/basemap-syria-iraq.pmtiles");

    fn folder() -> (tempfile::TempDir, Maps) {
        let base = tempfile::tempdir().unwrap();
        fs::create_dir(base.path().join("maps")).unwrap();
        let maps = Maps::in_folder(base.path());
        (base, maps)
    }

    fn why(maps: &Maps, file: &str) -> String {
        let (_, refused) = maps.all();
        let found = refused.into_iter().find(|of| of.file == file);
        found.map_or_else(String::new, |of| of.why)
    }

    #[test]
    fn a_map_that_is_put_there_is_found_and_one_that_is_taken_away_is_not() {
        let (base, maps) = folder();
        maps.look();
        assert!(maps.all().0.is_empty());
        let path = base.path().join("maps/east.pmtiles");
        fs::write(&path, WHOLE).unwrap();
        maps.look();
        assert!(maps.map("east").is_some_and(|map| map.count() == 550));
        // The same file is not read again.
        let first = maps.map("east").unwrap();
        maps.look();
        assert!(Arc::ptr_eq(&first, &maps.map("east").unwrap()));
        fs::remove_file(path).unwrap();
        maps.look();
        assert!(maps.map("east").is_none());
    }

    #[test]
    fn a_folder_that_is_not_there_holds_no_maps() {
        let base = tempfile::tempdir().unwrap();
        let maps = Maps::in_folder(base.path());
        maps.look();
        assert_eq!(maps.all().1, Vec::new());
    }

    #[test]
    fn what_cannot_be_shown_is_named_with_the_reason_and_a_whole_one_takes_its_place() {
        let (base, maps) = folder();
        let put = |name: &str, bytes: &[u8]| {
            fs::write(base.path().join("maps").join(name), bytes).unwrap()
        };
        put("torn.pmtiles", &WHOLE[..WHOLE.len() / 2]);
        put("empty.pmtiles", b"");
        put(
            "words.pmtiles",
            "no map at all, but longer than a header "
                .repeat(9)
                .as_bytes(),
        );
        put("readme.txt", b"hello");
        put("Upper Case.pmtiles", WHOLE);
        put(".hidden.pmtiles", WHOLE);
        fs::create_dir(base.path().join("maps/folder.pmtiles")).unwrap();
        maps.look();
        assert!(maps.all().0.is_empty());
        for (file, said) in [
            ("torn.pmtiles", "broken off"),
            ("empty.pmtiles", "too short"),
            ("words.pmtiles", "does not begin"),
            ("readme.txt", "does not end in `.pmtiles`"),
            ("Upper Case.pmtiles", "rename it"),
            ("folder.pmtiles", "no file"),
        ] {
            assert!(
                why(&maps, file).contains(said),
                "{file}: {}",
                why(&maps, file)
            );
        }
        assert_eq!(maps.all().1.len(), 6);
        put("torn.pmtiles", WHOLE);
        maps.look();
        assert!(maps.map("torn").is_some());
        assert_eq!(why(&maps, "torn.pmtiles"), "");
    }

    #[test]
    fn a_map_is_taken_up_to_its_limit_and_names_and_maps_up_to_theirs() {
        let (base, maps) = folder();
        let large = File::create(base.path().join("maps/large.pmtiles")).unwrap();
        large.set_len(MAX_MAP).unwrap();
        maps.look();
        assert!(
            why(&maps, "large.pmtiles").contains("does not begin"),
            "{}",
            why(&maps, "large.pmtiles")
        );
        large.set_len(MAX_MAP + 1).unwrap();
        maps.look();
        assert!(
            why(&maps, "large.pmtiles").contains("at most 68719476736"),
            "{}",
            why(&maps, "large.pmtiles")
        );

        let longest = "a".repeat(MAX_NAME);
        assert!(name_of(&format!("{longest}.pmtiles")).is_ok());
        assert!(matches!(
            name_of(&format!("{longest}a.pmtiles")),
            Err(NotShown::Name)
        ));
        for index in 0..=MAX_MAPS {
            fs::write(base.path().join(format!("maps/map-{index}.pmtiles")), WHOLE).unwrap();
        }
        maps.look();
        assert_eq!(maps.all().0.len(), MAX_MAPS);
        assert!(why(&maps, "map-8.pmtiles").contains("8 maps already"));
        // Once there is room it is shown, though it has not changed.
        fs::remove_file(base.path().join("maps/map-0.pmtiles")).unwrap();
        maps.look();
        assert!(maps.map("map-8").is_some());
    }
}
