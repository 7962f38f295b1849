//! Wall pages: screens that hang in a room, each enrolled for one desk by a one-time link, with a token that can be taken
//! back.
//!
//! A wall's token opens its alarms and nothing else: it is kept apart from the officers' and is no account. The node alone
//! writes the file; tokens and codes are 256 random bits, of which only a hash is kept.

use crate::auth::{FreshToken, LINK_FOR, MAX_TOKEN, SignInLink, fresh_token, hash};
use crate::clock;
use crate::party::files::{self, FileError};
use crate::random::NoRandomness;
use model::code::Desk;
use model::ids::WallId;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Wall pages of one node.
pub const MAX_WALLS: usize = 100;

/// Why a screen is not let in, or nothing is kept of one.
#[derive(Debug, thiserror::Error)]
pub enum WallError {
    #[error(
        "this screen is enrolled as no wall page, or no more: open a new link, which `standclear wall add` makes"
    )]
    NotEnrolled,
    #[error(
        "there are {MAX_WALLS} wall pages, which is all there may be: take one away (`standclear wall revoke`)"
    )]
    TooMany,
    #[error("the file of the wall pages cannot be used")]
    File(#[from] FileError),
    #[error(
        "the file of the wall pages, `{path}`, cannot be understood: correct it, or take it from a backup"
    )]
    Text {
        path: PathBuf,
        #[source]
        cause: Box<dyn std::error::Error + Send + Sync>,
    },
    #[error(transparent)]
    Random(#[from] NoRandomness),
}

model::says! { WallError, "wall":
    "not-enrolled" NotEnrolled;
    "too-many" TooMany;
    english File, Text, Random;
}

/// A screen on a wall.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wall {
    pub name: WallId,
    pub desk: Desk,
    /// A screen has used the link.
    pub enrolled: bool,
    /// A link waits to be used.
    pub linked: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    name: WallId,
    desk: Desk,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    token: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    link: Option<SignInLink>,
}

impl Kept {
    fn shown(&self, now: i64) -> Wall {
        Wall {
            name: self.name,
            desk: self.desk,
            enrolled: self.token.is_some(),
            linked: self.link.as_ref().is_some_and(|link| link.until > now),
        }
    }
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WallsFile {
    #[serde(default)]
    wall: Vec<Kept>,
}

/// Decides which wall page a screen is.
pub struct Walls {
    path: PathBuf,
    held: Mutex<WallsFile>,
}

impl Walls {
    /// Reads `walls.toml`; a party that has no wall pages has none.
    ///
    /// # Errors
    /// [`WallError::File`], [`WallError::Text`].
    pub fn in_folder(folder: &Path) -> Result<Self, WallError> {
        let path = folder.join("walls.toml");
        let held = match files::read(&path) {
            Ok(bytes) => read(&path, &bytes)?,
            Err(FileError::Missing { .. }) => WallsFile::default(),
            Err(error) => return Err(error.into()),
        };
        Ok(Self {
            path,
            held: Mutex::new(held),
        })
    }

    /// A one-time code that enrols a screen as `name`, good for [`LINK_FOR`]. The screen that was enrolled stays until it is
    /// used, if it is of the same desk; another desk's is out at once.
    ///
    /// # Errors
    /// [`WallError::TooMany`], and where the file cannot be written.
    pub fn add(&self, name: WallId, desk: Desk) -> Result<String, WallError> {
        let FreshToken { token, hash } = fresh_token()?;
        let link = Some(SignInLink {
            code: hash,
            until: clock::now().saturating_add(LINK_FOR).as_unix_ms(),
        });
        self.change(|file| {
            let is_full = file.wall.len() >= MAX_WALLS;
            match file.wall.iter_mut().find(|kept| kept.name == name) {
                Some(kept) => {
                    if kept.desk != desk {
                        kept.token = None;
                    }
                    kept.desk = desk;
                    kept.link = link;
                }
                None if is_full => return Err(WallError::TooMany),
                None => file.wall.push(Kept {
                    name,
                    desk,
                    token: None,
                    link,
                }),
            }
            Ok(())
        })?;
        Ok(token)
    }

    /// Uses up a one-time code; answers with the screen's token. The one that was enrolled before is out.
    ///
    /// # Errors
    /// [`WallError::NotEnrolled`] for a code that is unknown, used or too old.
    pub fn enrol(&self, code: &str) -> Result<(String, Wall), WallError> {
        if code.is_empty() || code.len() > MAX_TOKEN {
            return Err(WallError::NotEnrolled);
        }
        let (given, now) = (hash(code), clock::now().as_unix_ms());
        let fresh = fresh_token()?;
        let wall = self.change(|file| {
            let is_for = |kept: &&mut Kept| {
                let link = kept.link.as_ref();
                link.is_some_and(|link| link.code == given && link.until > now)
            };
            let kept = file.wall.iter_mut().find(is_for);
            let kept = kept.ok_or(WallError::NotEnrolled)?;
            kept.link = None;
            kept.token = Some(fresh.hash);
            Ok(kept.shown(now))
        })?;
        Ok((fresh.token, wall))
    }

    /// Which wall page the screen with this token is.
    ///
    /// # Errors
    /// [`WallError::NotEnrolled`].
    pub fn whose(&self, token: &str) -> Result<Wall, WallError> {
        if token.is_empty() || token.len() > MAX_TOKEN {
            return Err(WallError::NotEnrolled);
        }
        let (given, now) = (hash(token), clock::now().as_unix_ms());
        let held = self.lock();
        let mut all = held.wall.iter();
        all.find(|kept| kept.token.as_ref() == Some(&given))
            .map(|kept| kept.shown(now))
            .ok_or(WallError::NotEnrolled)
    }

    /// Whether the screen with this token is enrolled still.
    pub fn still(&self, token: &str) -> bool {
        self.whose(token).is_ok()
    }

    /// Takes a wall page away, its screen and its link. Whether there was one.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub fn revoke(&self, name: WallId) -> Result<bool, WallError> {
        self.change(|file| {
            let before = file.wall.len();
            file.wall.retain(|kept| kept.name != name);
            Ok(file.wall.len() < before)
        })
    }

    pub fn list(&self) -> Vec<Wall> {
        let now = clock::now().as_unix_ms();
        self.lock()
            .wall
            .iter()
            .map(|kept| kept.shown(now))
            .collect()
    }

    pub fn get(&self, name: WallId) -> Option<Wall> {
        self.list().into_iter().find(|wall| wall.name == name)
    }

    fn change<T>(
        &self,
        change: impl FnOnce(&mut WallsFile) -> Result<T, WallError>,
    ) -> Result<T, WallError> {
        let mut held = self.lock();
        let mut file = held.clone();
        let done = change(&mut file)?;
        let text = toml::to_string(&file).map_err(|cause| WallError::Text {
            path: self.path.clone(),
            cause: cause.into(),
        })?;
        files::replace(&self.path, text.as_bytes())?;
        *held = file;
        Ok(done)
    }

    fn lock(&self) -> MutexGuard<'_, WallsFile> {
        // It is replaced whole: whatever a panic elsewhere left is valid.
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn read(path: &Path, bytes: &[u8]) -> Result<WallsFile, WallError> {
    let text = |cause: Box<dyn std::error::Error + Send + Sync>| WallError::Text {
        path: path.to_owned(),
        cause,
    };
    std::str::from_utf8(bytes)
        .map_err(|cause| text(cause.into()))
        .and_then(|read| toml::from_str(read).map_err(|cause| text(cause.into())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(name: &str) -> WallId {
        name.parse().unwrap()
    }

    #[test]
    fn a_link_enrols_one_screen_once_and_a_revoked_one_is_out_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let walls = Walls::in_folder(folder.path()).unwrap();
        let code = walls.add(name("ops"), Desk::Air).unwrap();
        assert!(walls.get(name("ops")).unwrap().linked);
        let (token, wall) = walls.enrol(&code).unwrap();
        assert_eq!(
            (wall.name, wall.desk, wall.linked),
            (name("ops"), Desk::Air, false)
        );
        assert!(matches!(walls.enrol(&code), Err(WallError::NotEnrolled)));
        let again = Walls::in_folder(folder.path()).unwrap();
        assert!(again.whose(&token).unwrap().enrolled);
        let kept = std::fs::read_to_string(folder.path().join("walls.toml")).unwrap();
        assert!(!kept.contains(&token) && !kept.contains(&code));
        assert!(again.revoke(name("ops")).unwrap() && !again.revoke(name("ops")).unwrap());
        assert!(!again.still(&token));
        for wrong in ["", "x", &"x".repeat(MAX_TOKEN + 1)] {
            assert!(walls.enrol(wrong).is_err() && walls.whose(wrong).is_err());
        }
    }

    #[test]
    fn another_screen_takes_the_place_of_the_first_and_another_desk_puts_it_out() {
        let folder = tempfile::tempdir().unwrap();
        let walls = Walls::in_folder(folder.path()).unwrap();
        let enrol = |desk| {
            walls
                .enrol(&walls.add(name("ops"), desk).unwrap())
                .unwrap()
                .0
        };
        let first = enrol(Desk::Air);
        let code = walls.add(name("ops"), Desk::Air).unwrap();
        assert!(walls.still(&first), "until the new link is used");
        let second = walls.enrol(&code).unwrap().0;
        assert!(!walls.still(&first) && walls.still(&second));
        walls.add(name("ops"), Desk::Ground).unwrap();
        assert!(!walls.still(&second), "it was for another desk");
    }

    #[test]
    fn there_are_so_many_wall_pages_and_not_one_more() {
        let folder = tempfile::tempdir().unwrap();
        let walls = Walls::in_folder(folder.path()).unwrap();
        for number in 0..MAX_WALLS {
            walls
                .add(name(&format!("wall-{number}")), Desk::Air)
                .unwrap();
        }
        let more = walls.add(name("one-more"), Desk::Air);
        assert!(matches!(more, Err(WallError::TooMany)));
        // One that is there can be linked anew.
        assert!(walls.add(name("wall-0"), Desk::Air).is_ok());
    }
}
