//! The hotline's phrases: the catalogue of codes, and their texts in every language that is there.
//!
//! The catalogue and three languages are built in. More languages, and reviewed texts of those, are files in the party's
//! folder, `phrases/LANGUAGE.ftl`: they are read when they change, while the node runs. What travels is the code; no text
//! here is ever sent.

pub mod catalogue;
pub mod check;
pub mod said;
pub mod texts;

use catalogue::Catalogue;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::SystemTime;
use std::{fs, io};
use texts::Texts;

/// Files of languages that are read from a folder: the first, by name. The rest are told of and passed over.
pub const MAX_LANGUAGES: usize = 32;
/// Bytes of one such file.
pub const MAX_FILE: u64 = 1 << 20;
/// The folder of a party's own languages, in its folder.
pub const FOLDER: &str = "phrases";

/// Those that are built in, English first: it stands in for what another lacks.
const BUILT_IN: [(&str, &str); 3] = [
    ("en", include_str!("../../../phrases/hotline/en.ftl")),
    ("ru", include_str!("../../../phrases/hotline/ru.ftl")),
    ("ar", include_str!("../../../phrases/hotline/ar.ftl")),
];

static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| {
    // INVARIANT: a test reads it.
    Catalogue::read(include_str!("../../../phrases/hotline/catalogue.toml"))
        .expect("the catalogue is sound")
});

/// The phrases that this node knows.
pub fn catalogue() -> &'static Catalogue {
    &CATALOGUE
}

/// The texts of a running node, kept until a file of its folder changes.
pub struct Phrases {
    folder: PathBuf,
    held: Mutex<Option<(Stamp, Arc<Texts>)>>,
}

/// Each file's name, size and time: what tells that one was changed.
type Stamp = Vec<(PathBuf, u64, Option<SystemTime>)>;

impl Phrases {
    /// With the languages of a party's folder.
    pub fn of(party: &Path) -> Self {
        Self {
            folder: party.join(FOLDER),
            held: Mutex::default(),
        }
    }

    /// As the files say now. Reads the disk.
    pub fn texts(&self) -> Arc<Texts> {
        let stamp = stamp(&self.folder);
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((kept, texts)) = &*held
            && *kept == stamp
        {
            return texts.clone();
        }
        let texts = Arc::new(Texts::read(&files(&stamp)));
        for wrong in &texts.unread {
            tracing::warn!(
                file = wrong.file,
                why = wrong.why,
                "a file of phrases is not used"
            );
        }
        *held = Some((stamp, texts.clone()));
        texts
    }
}

/// The texts that are built in.
pub fn built_in() -> Texts {
    Texts::read(&BTreeMap::new())
}

/// The texts that are built in, with those of `folder`.
///
/// # Errors
/// Where it cannot be listed.
pub fn texts_in(folder: &Path) -> io::Result<Texts> {
    fs::read_dir(folder)?;
    Ok(Texts::read(&files(&stamp(folder))))
}

/// A folder that is not there holds none.
fn stamp(folder: &Path) -> Stamp {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut found: Stamp = entries
        .filter(|entry| entry.path().extension().is_some_and(|end| end == "ftl"))
        .filter_map(|entry| {
            let about = fs::metadata(entry.path()).ok()?;
            Some((entry.path(), about.len(), about.modified().ok()))
        })
        .collect();
    found.sort();
    found
}

/// Each file's name without its end, and what it holds or why it cannot be read.
fn files(stamp: &Stamp) -> BTreeMap<String, Result<String, String>> {
    let each = stamp.iter().enumerate().map(|(number, (path, size, _))| {
        let name = path.file_stem().unwrap_or_default();
        let read = match (number >= MAX_LANGUAGES, *size > MAX_FILE) {
            (true, _) => Err(format!(
                "{MAX_LANGUAGES} languages are read: take others out"
            )),
            (false, true) => Err(format!("it is longer than {MAX_FILE} bytes: shorten it")),
            (false, false) => fs::read_to_string(path).map_err(|error| error.to_string()),
        };
        (name.to_string_lossy().into_owned(), read)
    });
    each.collect()
}

#[cfg(test)]
mod tests;
