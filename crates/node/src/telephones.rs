//! The telephones of downstream units: one-time links, revocable tokens, and the key of the codes on printed sheets.
//!
//! A unit's token opens its own page and nothing else: it is kept apart from the officers' and is no account. The node
//! alone writes the file; tokens and codes are 256 random bits, of which only a hash is kept.

use crate::auth::{FreshToken, LINK_FOR, MAX_TOKEN, SignInLink, fresh_token, hash};
use crate::clock;
use crate::names;
use crate::party::files::{self, FileError};
use crate::random::{self, NoRandomness};
use model::ids::UnitId;
use model::line::EntryRef;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::{Semaphore, SemaphorePermit};

/// Letters of a sheet's code. Those that sound or look alike are left out, and vowels.
const LETTERS: &[u8; 20] = b"CDFGHJKLMNPQRTVWXY34";
/// How long a code is: one in 3.2 million.
pub const CODE: usize = 5;

/// Why a telephone is not let in, or nothing is kept of one.
#[derive(Debug, thiserror::Error)]
pub enum TelephoneError {
    #[error(
        "this telephone is enrolled for no unit, or no more: open a new link, which the desk makes with \
         `standclear unit link UNIT`"
    )]
    NotEnrolled,
    #[error("the file of the units' telephones cannot be used")]
    File(#[from] FileError),
    #[error(
        "the file of the units' telephones, `{path}`, cannot be understood: correct it, or take it from a backup"
    )]
    Text {
        path: PathBuf,
        #[source]
        cause: Box<dyn std::error::Error + Send + Sync>,
    },
    #[error(transparent)]
    Random(#[from] NoRandomness),
}

model::says! { TelephoneError, "telephone":
    "not-enrolled" NotEnrolled;
    english File, Text, Random;
}

/// What a unit's telephone is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Telephone {
    None,
    /// A link was made and not used yet.
    Linked,
    Enrolled,
}

impl Telephone {
    pub const fn name(self) -> &'static str {
        match self {
            Telephone::None => "none",
            Telephone::Linked => "linked",
            Telephone::Enrolled => "enrolled",
        }
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    unit: UnitId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    token: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    link: Option<SignInLink>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct UnitsFile {
    /// 32 bytes in hexadecimal digits: the codes on sheets come from it.
    sheet_key: String,
    #[serde(default)]
    telephone: Vec<Kept>,
}

/// Requests of telephones that are answered at a time: the others wait, and no officer behind them.
pub const MAX_AT_ONCE: usize = 32;

/// Decides which unit a telephone is of.
pub struct Telephones {
    path: PathBuf,
    held: Mutex<UnitsFile>,
    room: Semaphore,
}

impl Telephones {
    /// Reads `units.toml`; a party that has no units has none.
    ///
    /// # Errors
    /// [`TelephoneError::File`], [`TelephoneError::Text`], [`TelephoneError::Random`].
    pub fn in_folder(folder: &Path) -> Result<Self, TelephoneError> {
        let path = folder.join("units.toml");
        let mut held = match files::read(&path) {
            Ok(bytes) => read(&path, &bytes)?,
            Err(FileError::Missing { .. }) => UnitsFile::default(),
            Err(error) => return Err(error.into()),
        };
        if held.sheet_key.is_empty() {
            // It is kept once there is a telephone or a sheet.
            let key = random::bytes::<32>()?;
            held.sheet_key = key.iter().map(|byte| format!("{byte:02x}")).collect();
        }
        Ok(Self {
            path,
            held: Mutex::new(held),
            room: Semaphore::new(MAX_AT_ONCE),
        })
    }

    /// A one-time code, good for [`LINK_FOR`]; an earlier one ends. The telephone that is enrolled stays until the link is
    /// used.
    ///
    /// # Errors
    /// Where the file cannot be written, or there is no randomness.
    pub fn link(&self, unit: UnitId) -> Result<String, TelephoneError> {
        let FreshToken { token, hash } = fresh_token()?;
        let link = SignInLink {
            code: hash,
            until: clock::now().saturating_add(LINK_FOR).as_unix_ms(),
        };
        self.change(
            |file| match file.telephone.iter_mut().find(|kept| kept.unit == unit) {
                Some(kept) => kept.link = Some(link),
                None => file.telephone.push(Kept {
                    unit,
                    token: None,
                    link: Some(link),
                }),
            },
        )?;
        Ok(token)
    }

    /// Uses up a one-time code; answers with the telephone's token. The one that was enrolled before is out.
    ///
    /// # Errors
    /// [`TelephoneError::NotEnrolled`] for a code that is unknown, used or too old.
    pub fn enrol(&self, code: &str) -> Result<(String, UnitId), TelephoneError> {
        if code.is_empty() || code.len() > MAX_TOKEN {
            return Err(TelephoneError::NotEnrolled);
        }
        let (given, now) = (hash(code), clock::now().as_unix_ms());
        let fresh = fresh_token()?;
        let mut unit = None;
        self.change(|file| {
            let is_for = |kept: &&mut Kept| {
                let link = kept.link.as_ref();
                link.is_some_and(|link| link.code == given && link.until > now)
            };
            if let Some(kept) = file.telephone.iter_mut().find(is_for) {
                kept.link = None;
                kept.token = Some(fresh.hash);
                unit = Some(kept.unit);
            }
        })?;
        let unit = unit.ok_or(TelephoneError::NotEnrolled)?;
        Ok((fresh.token, unit))
    }

    /// Of which unit the telephone with this token is.
    ///
    /// # Errors
    /// [`TelephoneError::NotEnrolled`].
    pub fn whose(&self, token: &str) -> Result<UnitId, TelephoneError> {
        if token.is_empty() || token.len() > MAX_TOKEN {
            return Err(TelephoneError::NotEnrolled);
        }
        let given = hash(token);
        let held = self.lock();
        let mut all = held.telephone.iter();
        all.find(|kept| kept.token.as_ref() == Some(&given))
            .map(|kept| kept.unit)
            .ok_or(TelephoneError::NotEnrolled)
    }

    /// Takes its telephone and its link away from a unit. Nothing happens where it has none.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub fn revoke(&self, unit: UnitId) -> Result<(), TelephoneError> {
        self.change(|file| file.telephone.retain(|kept| kept.unit != unit))
    }

    pub fn telephone(&self, unit: UnitId) -> Telephone {
        let held = self.lock();
        let now = clock::now().as_unix_ms();
        let kept = held.telephone.iter().find(|kept| kept.unit == unit);
        match kept {
            Some(kept) if kept.token.is_some() => Telephone::Enrolled,
            Some(kept) if kept.link.as_ref().is_some_and(|link| link.until > now) => {
                Telephone::Linked
            }
            Some(_) | None => Telephone::None,
        }
    }

    /// The code that stands on the sheet of `unit` beside what it is to give a receipt of: [`CODE`] letters and digits.
    /// Whoever reads it back has that sheet, at that number.
    ///
    /// # Errors
    /// Where the key of the codes cannot be kept: a sheet that is printed must be good after a restart.
    pub fn code(&self, unit: UnitId, subject: EntryRef) -> Result<String, TelephoneError> {
        if !self.path.exists() {
            self.change(|_| {})?;
        }
        let digest = Sha256::new()
            .chain_update("standclear sheet code v1\0")
            .chain_update(&self.lock().sheet_key)
            .chain_update(format!("\0{unit}\0{}", names::entry(subject)))
            .finalize();
        // 64 bits over 20 letters: how uneven that is does not matter.
        let mut number = digest
            .iter()
            .take(8)
            .fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
        let letters = (0..CODE).map(|_| {
            let letter = LETTERS[(number % 20) as usize];
            number /= 20;
            char::from(letter)
        });
        Ok(letters.collect())
    }

    /// Waits for a place among those that are answered; kept for as long as what comes back lives.
    pub async fn room(&self) -> Option<SemaphorePermit<'_>> {
        // It is never closed.
        self.room.acquire().await.ok()
    }

    fn change(&self, change: impl FnOnce(&mut UnitsFile)) -> Result<(), TelephoneError> {
        let mut held = self.lock();
        let mut file = held.clone();
        change(&mut file);
        let text = toml::to_string(&file).map_err(|cause| TelephoneError::Text {
            path: self.path.clone(),
            cause: cause.into(),
        })?;
        files::replace(&self.path, text.as_bytes())?;
        *held = file;
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, UnitsFile> {
        // It is replaced whole: whatever a panic elsewhere left is valid.
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A code as it was heard and typed: spaces and hyphens are nothing, small letters are large.
pub fn typed_code(text: &str) -> String {
    let said = text.chars().filter(|c| !c.is_whitespace() && *c != '-');
    said.take(2 * CODE).flat_map(char::to_uppercase).collect()
}

fn read(path: &Path, bytes: &[u8]) -> Result<UnitsFile, TelephoneError> {
    let text = |cause: Box<dyn std::error::Error + Send + Sync>| TelephoneError::Text {
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
    use model::ids::LineId;
    use model::line::{LogRef, Side};

    fn telephones() -> (tempfile::TempDir, Telephones) {
        let folder = tempfile::tempdir().unwrap();
        let telephones = Telephones::in_folder(folder.path()).unwrap();
        (folder, telephones)
    }

    fn unit(name: &str) -> UnitId {
        name.parse().unwrap()
    }

    fn entry(index: u64) -> EntryRef {
        EntryRef {
            log: LogRef {
                line: LineId::from_random([7; 16]),
                side: Side::Peer,
                lane: model::code::Lane::Main,
                epoch: 1,
            },
            index,
        }
    }

    #[test]
    fn a_link_enrols_one_telephone_once_and_it_stays_enrolled_after_a_restart() {
        let (folder, telephones) = telephones();
        let code = telephones.link(unit("u1")).unwrap();
        assert_eq!(telephones.telephone(unit("u1")), Telephone::Linked);
        let (token, whose) = telephones.enrol(&code).unwrap();
        assert_eq!(whose, unit("u1"));
        assert!(matches!(
            telephones.enrol(&code),
            Err(TelephoneError::NotEnrolled)
        ));
        let again = Telephones::in_folder(folder.path()).unwrap();
        assert_eq!(again.whose(&token).unwrap(), unit("u1"));
        assert_eq!(again.telephone(unit("u1")), Telephone::Enrolled);
        let kept = std::fs::read_to_string(folder.path().join("units.toml")).unwrap();
        assert!(!kept.contains(&token) && !kept.contains(&code));
    }

    #[test]
    fn another_telephone_takes_the_place_of_the_first_and_a_revoked_one_is_out_at_once() {
        let (_folder, telephones) = telephones();
        let enrol = || {
            let code = telephones.link(unit("u1")).unwrap();
            telephones.enrol(&code).unwrap().0
        };
        let first = enrol();
        let second = enrol();
        assert!(matches!(
            telephones.whose(&first),
            Err(TelephoneError::NotEnrolled)
        ));
        assert_eq!(telephones.whose(&second).unwrap(), unit("u1"));
        telephones.revoke(unit("u1")).unwrap();
        assert!(matches!(
            telephones.whose(&second),
            Err(TelephoneError::NotEnrolled)
        ));
        for wrong in ["", "x", &"x".repeat(MAX_TOKEN + 1)] {
            assert!(matches!(
                telephones.whose(wrong),
                Err(TelephoneError::NotEnrolled)
            ));
            assert!(matches!(
                telephones.enrol(wrong),
                Err(TelephoneError::NotEnrolled)
            ));
        }
    }

    #[test]
    fn a_code_is_of_one_unit_and_one_notice_and_stays_after_a_restart() {
        let (folder, telephones) = telephones();
        let code = telephones.code(unit("u1"), entry(4)).unwrap();
        assert_eq!(code.len(), CODE);
        assert_ne!(code, telephones.code(unit("u2"), entry(4)).unwrap());
        assert_ne!(code, telephones.code(unit("u1"), entry(5)).unwrap());
        let again = Telephones::in_folder(folder.path()).unwrap();
        assert_eq!(code, again.code(unit("u1"), entry(4)).unwrap());
        let said = format!(" {}-{} ", code[..2].to_lowercase(), &code[2..]);
        assert_eq!(typed_code(&said), code);
    }
}
