//! The officers' file: who has an account, changed by the command line.

use super::{
    AuthError, FreshToken, LINK_FOR, MAX_OFFICERS, Officer, Right, SignInLink, fresh_token,
};
use crate::clock;
use crate::party::files::{self, FileError};
use model::code::{Desk, Role};
use model::ids::{ElementId, OfficerId};
use serde::{Deserialize, Serialize};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct OfficersFile {
    #[serde(default)]
    officer: Vec<Officer>,
}

/// The officers' file. Changed by the command line; a running node sees the change.
pub struct Officers {
    path: PathBuf,
}

impl Officers {
    pub fn in_folder(folder: &Path) -> Self {
        Self {
            path: folder.join("officers.toml"),
        }
    }

    /// # Errors
    /// [`AuthError::File`], [`AuthError::Text`]. A missing file holds nobody.
    pub fn list(&self) -> Result<Vec<Officer>, AuthError> {
        let bytes = match files::read(&self.path) {
            Ok(bytes) => bytes,
            Err(FileError::Missing { .. }) => return Ok(Vec::new()),
            Err(error) => return Err(error.into()),
        };
        let text = |cause: Box<dyn std::error::Error + Send + Sync>| AuthError::Text {
            path: self.path.clone(),
            cause,
        };
        let file: OfficersFile = std::str::from_utf8(&bytes)
            .map_err(|cause| text(cause.into()))
            .and_then(|read| toml::from_str(read).map_err(|cause| text(cause.into())))?;
        Ok(file.officer)
    }

    /// Adds an officer; the token is shown once and kept only as a hash.
    ///
    /// # Errors
    /// [`AuthError::Exists`], [`AuthError::TooMany`], [`AuthError::Element`], and where the file cannot be written.
    pub fn add(
        &self,
        name: OfficerId,
        right: Right,
        desks: Vec<Desk>,
        role: Role,
    ) -> Result<String, AuthError> {
        if role == Role::Represented {
            return Err(AuthError::Element);
        }
        self.add_account(name, right, desks, role, None)
    }

    /// As [`Officers::add`], an officer who speaks for one element.
    ///
    /// # Errors
    /// As [`Officers::add`].
    pub fn add_represented(
        &self,
        name: OfficerId,
        element: ElementId,
    ) -> Result<String, AuthError> {
        let role = Role::Represented;
        self.add_account(name, Right::Officer, Vec::new(), role, Some(element))
    }

    fn add_account(
        &self,
        name: OfficerId,
        right: Right,
        desks: Vec<Desk>,
        role: Role,
        element: Option<ElementId>,
    ) -> Result<String, AuthError> {
        let mut officers = self.list()?;
        if officers.iter().any(|officer| officer.name == name) {
            return Err(AuthError::Exists(name));
        }
        if officers.len() >= MAX_OFFICERS {
            return Err(AuthError::TooMany);
        }
        let FreshToken { token, hash } = fresh_token()?;
        officers.push(Officer {
            name,
            right,
            desks,
            role,
            element,
            token: hash,
            link: None,
            pin: None,
        });
        self.write(officers)?;
        Ok(token)
    }

    /// Takes the account away; tokens, links and sessions end with it.
    ///
    /// # Errors
    /// [`AuthError::Unknown`], and where the file cannot be written.
    pub fn remove(&self, name: OfficerId) -> Result<(), AuthError> {
        let mut officers = self.list()?;
        let before = officers.len();
        officers.retain(|officer| officer.name != name);
        if officers.len() == before {
            return Err(AuthError::Unknown(name));
        }
        self.write(officers)
    }

    /// Takes away every account that speaks for `element`; tokens, links and sessions end with it. Answers with their names.
    ///
    /// # Errors
    /// Where the file cannot be read or written.
    pub fn remove_element(&self, element: ElementId) -> Result<Vec<OfficerId>, AuthError> {
        let (of_it, others): (Vec<Officer>, Vec<Officer>) =
            (self.list()?.into_iter()).partition(|officer| officer.element == Some(element));
        if !of_it.is_empty() {
            self.write(others)?;
        }
        Ok(of_it.into_iter().map(|officer| officer.name).collect())
    }

    /// A one-time sign-in code, good for [`LINK_FOR`].
    ///
    /// # Errors
    /// [`AuthError::Unknown`], and where the file cannot be written.
    pub fn link(&self, name: OfficerId) -> Result<String, AuthError> {
        let FreshToken { token, hash } = fresh_token()?;
        self.change(name, |officer| {
            officer.link = Some(SignInLink {
                code: hash,
                until: clock::now().saturating_add(LINK_FOR).as_unix_ms(),
            });
        })?;
        Ok(token)
    }

    pub(super) fn change(
        &self,
        name: OfficerId,
        change: impl FnOnce(&mut Officer),
    ) -> Result<(), AuthError> {
        let mut officers = self.list()?;
        let officer = officers
            .iter_mut()
            .find(|officer| officer.name == name)
            .ok_or(AuthError::Unknown(name))?;
        change(officer);
        self.write(officers)
    }

    pub(super) fn write(&self, officer: Vec<Officer>) -> Result<(), AuthError> {
        let text = toml::to_string(&OfficersFile { officer }).map_err(|cause| AuthError::Text {
            path: self.path.clone(),
            cause: cause.into(),
        })?;
        Ok(files::replace(&self.path, text.as_bytes())?)
    }

    pub(super) fn changed(&self) -> Option<Stamp> {
        let found = std::fs::metadata(&self.path).ok()?;
        Some(Stamp {
            modified: found.modified().ok()?,
            inode: found.ino(),
        })
    }
}

/// Which file is there. Times of files advance in steps of milliseconds, and two changes can fall into one; but each change
/// by this program is a file of its own, which takes the place of the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    modified: SystemTime,
    inode: u64,
}
