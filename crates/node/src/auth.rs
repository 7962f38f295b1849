//! Who may use this node: officers with hashed tokens, one-time sign-in links, sessions.
//!
//! Tokens are 256 random bits, so a plain SHA-256 of them is all that is kept: there is nothing to guess. The officers'
//! file is read again when it changes, so that a token that is withdrawn is withdrawn at once.

use crate::clock;
use crate::party::files::FileError;
use crate::random::{self, NoRandomness};
use model::code::{Desk, Role};
use model::ids::{ElementId, OfficerId};
use model::units::{Millis, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

mod officers;
pub mod pins;

pub use officers::{Officers, Stamp};

/// Officers of one node.
pub const MAX_OFFICERS: usize = 1_000;
/// Sessions of one node; beyond it the oldest ends.
pub const MAX_SESSIONS: usize = 4_096;
/// How long a one-time sign-in link is good for.
pub const LINK_FOR: Millis = Millis::from_seconds(15 * 60);
/// How long a session lasts: a watch, and the handover after it.
pub const SESSION_FOR: Millis = Millis::from_seconds(14 * 3_600);
/// The longest token that is looked at, in bytes.
pub const MAX_TOKEN: usize = 128;

/// What someone may do here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Right {
    /// Acts for a desk.
    Officer,
    /// May also administer lines, manifests and epochs.
    Administrator,
    /// Listens to alarms of a desk, and nothing else.
    Bell,
    /// Reads `/metrics`, and nothing else.
    Metrics,
}

/// Someone with an account on this node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Officer {
    pub name: OfficerId,
    pub right: Right,
    #[serde(default)]
    pub desks: Vec<Desk>,
    pub role: Role,
    /// The element that a represented officer speaks for, and for nobody else; of no other role.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub element: Option<ElementId>,
    /// SHA-256 of the token, in hexadecimal digits.
    pub token: String,
    /// SHA-256 of a one-time sign-in code, and when it expires in Unix milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<SignInLink>,
    /// What is kept of the PIN for wall pages, if they have set one: `pins` says in which form.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pin: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignInLink {
    pub code: String,
    pub until: i64,
}

/// Why an account could not be made, changed or used.
#[derive(Debug, thiserror::Error)]
pub enum AuthError {
    #[error(
        "no valid token: sign in with a link from `standclear officer link`, or send `Authorization: Bearer ...`"
    )]
    NotSignedIn,
    #[error("`{officer}` {why}")]
    NotAllowed { officer: OfficerId, why: NotAllowed },
    #[error("there is an officer `{0}` already: choose another name, or remove that one first")]
    Exists(OfficerId),
    #[error("there is no officer `{0}`: `standclear officer list` names those there are")]
    Unknown(OfficerId),
    #[error("there are {MAX_OFFICERS} officers, which is all there may be: remove one first")]
    TooMany,
    #[error(
        "who speaks for an element is an officer with the role `represented`, one element and no desk: give \
         `--role represented --element ELEMENT` and nothing else of these"
    )]
    Element,
    #[error("the officers' file cannot be used")]
    File(#[from] FileError),
    #[error(
        "the officers' file `{path}` cannot be understood: correct it, or take it from a backup"
    )]
    Text {
        path: PathBuf,
        #[source]
        cause: Box<dyn std::error::Error + Send + Sync>,
    },
    #[error(transparent)]
    Random(#[from] NoRandomness),
}

model::says! { AuthError, "auth":
    "not-signed-in" NotSignedIn;
    "not-allowed" NotAllowed { officer, why };
    english Exists, Unknown, TooMany, Element, File, Text, Random;
}

model::says! { NotAllowed, "not-allowed":
    "other-desk" OtherDesk(desk);
    "other-line" OtherLine;
    "interpreter" Interpreter;
    "rosters" Rosters;
    "other-right" OtherRight;
    "for-element" ForElement;
    "administers" Administers;
    "no-element" NoElement;
}

/// Why an account does not reach so far, and who can do it instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAllowed {
    #[error(
        "has no account for the {} desk: ask an officer of that desk, or the administrator for an account at it", .0.name()
    )]
    OtherDesk(Desk),
    #[error("has no account for a desk of this line: ask an officer of one of its desks")]
    OtherLine,
    #[error(
        "is an interpreter, who passes on and speaks for no desk: an officer of the desk must do it"
    )]
    Interpreter,
    #[error(
        "neither commands nor administers: a commander's or an administrator's account sets the roster"
    )]
    Rosters,
    #[error("has an account of another kind: use the token of one that is for this")]
    OtherRight,
    #[error(
        "speaks for an element, and sees and does what is that element's alone: ask an officer of the desk for this"
    )]
    ForElement,
    #[error(
        "administers this node, and whoever makes accounts would be both officers: two officers without that right must do it"
    )]
    Administers,
    #[error(
        "is to speak for an element, and the account names none: the administrator removes it and makes it anew with \
         `--role represented --element ELEMENT`"
    )]
    NoElement,
}

impl NotAllowed {
    pub const fn to(self, officer: OfficerId) -> AuthError {
        AuthError::NotAllowed { officer, why: self }
    }
}

/// Whom a name and a PIN let in.
pub struct ByPin {
    /// `None`: they do not belong together.
    pub account: Option<Officer>,
    /// There is such a name, and it has a PIN.
    pub known: bool,
}

/// A fresh secret and what is kept of it.
pub struct FreshToken {
    pub token: String,
    pub hash: String,
}

/// 64 lower-case hexadecimal digits: a secret that begins with a hyphen would be an option to a command line, and one with
/// punctuation is copied in part by a double click.
///
/// # Errors
/// [`NoRandomness`].
pub fn fresh_token() -> Result<FreshToken, NoRandomness> {
    let token = hex(&random::bytes::<32>()?);
    let hash = hash(&token);
    Ok(FreshToken { token, hash })
}

/// What is kept of a token.
pub fn hash(token: &str) -> String {
    let digest = Sha256::new()
        .chain_update("standclear token v1\0")
        .chain_update(token)
        .finalize();
    hex(&digest)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

struct Session {
    officer: OfficerId,
    until: Timestamp,
}

#[derive(Default)]
struct Known {
    read_at: Option<Stamp>,
    by_token: BTreeMap<String, Officer>,
    by_name: BTreeMap<OfficerId, Officer>,
    sessions: BTreeMap<String, Session>,
}

/// Decides who a request is from.
pub struct Auth {
    officers: Officers,
    known: Mutex<Known>,
}

impl Auth {
    pub fn new(officers: Officers) -> Self {
        Self {
            officers,
            known: Mutex::new(Known::default()),
        }
    }

    /// Whose token or session this is.
    ///
    /// # Errors
    /// [`AuthError::NotSignedIn`], and where the officers' file cannot be read.
    pub fn who(&self, token: &str) -> Result<Officer, AuthError> {
        if token.is_empty() || token.len() > MAX_TOKEN {
            return Err(AuthError::NotSignedIn);
        }
        let mut known = self.fresh()?;
        let hash = hash(token);
        if let Some(officer) = known.by_token.get(&hash) {
            return Ok(officer.clone());
        }
        let now = clock::now();
        known.sessions.retain(|_, session| session.until > now);
        let session = known.sessions.get(&hash).ok_or(AuthError::NotSignedIn)?;
        known
            .by_name
            .get(&session.officer)
            .cloned()
            .ok_or(AuthError::NotSignedIn)
    }

    /// Uses up a one-time code; answers with the session's token.
    ///
    /// # Errors
    /// [`AuthError::NotSignedIn`] for a code that is unknown, used or too old.
    pub fn sign_in(&self, code: &str) -> Result<(String, Officer), AuthError> {
        if code.is_empty() || code.len() > MAX_TOKEN {
            return Err(AuthError::NotSignedIn);
        }
        let mut known = self.fresh()?;
        let hash = hash(code);
        let now = clock::now();
        let officer = known
            .by_name
            .values()
            .find(|officer| {
                officer
                    .link
                    .as_ref()
                    .is_some_and(|link| link.code == hash && link.until > now.as_unix_ms())
            })
            .cloned()
            .ok_or(AuthError::NotSignedIn)?;
        self.officers
            .change(officer.name, |officer| officer.link = None)?;
        known.read_at = None;
        let FreshToken { token, hash } = fresh_token()?;
        if known.sessions.len() >= MAX_SESSIONS
            && let Some(oldest) = known
                .sessions
                .iter()
                .min_by_key(|(_, session)| session.until)
                .map(|(hash, _)| hash.clone())
        {
            known.sessions.remove(&oldest);
        }
        let session = Session {
            officer: officer.name,
            until: now.saturating_add(SESSION_FOR),
        };
        known.sessions.insert(hash, session);
        Ok((token, officer))
    }

    /// Whether `name` still has an account. Where the file cannot be read nobody is cut off: an event socket may be all
    /// that sounds a stop call.
    pub fn still(&self, name: OfficerId) -> bool {
        match self.fresh() {
            Ok(known) => known.by_name.contains_key(&name),
            Err(error) => {
                let error = &error as &dyn std::error::Error;
                tracing::error!(error, "the officers' file cannot be read");
                true
            }
        }
    }

    /// Whether `name` may be on watch at `desk`. As [`Auth::still`], where the file cannot be read.
    pub fn may_watch(&self, name: OfficerId, desk: Desk) -> bool {
        match self.fresh() {
            Ok(known) => known.by_name.get(&name).is_some_and(|officer| {
                let speaks = matches!(officer.right, Right::Officer | Right::Administrator)
                    && !matches!(officer.role, Role::Interpreter | Role::Represented);
                speaks && officer.desks.contains(&desk)
            }),
            Err(error) => {
                let error = &error as &dyn std::error::Error;
                tracing::error!(error, "the officers' file cannot be read");
                true
            }
        }
    }

    /// Sets the PIN of `name`, or takes it away. It takes a tenth of a second or more.
    ///
    /// # Errors
    /// Where the officers' file cannot be read or written.
    pub fn set_pin(&self, name: OfficerId, pin: Option<&str>) -> Result<(), AuthError> {
        let kept = pin.map(pins::kept).transpose()?;
        let mut known = self.lock();
        self.officers.change(name, |officer| officer.pin = kept)?;
        known.read_at = None;
        Ok(())
    }

    /// Who `name` with that PIN is, among those who may take a stop call. It takes as long for a name that nobody has.
    pub fn by_pin(&self, name: OfficerId, pin: &str) -> ByPin {
        let found = self
            .fresh()
            .ok()
            .and_then(|known| known.by_name.get(&name).cloned());
        let found = found.filter(|officer| {
            let speaks = matches!(officer.right, Right::Officer | Right::Administrator)
                && !matches!(officer.role, Role::Interpreter | Role::Represented);
            speaks && officer.pin.is_some()
        });
        let known = found.is_some();
        let kept = found.as_ref().and_then(|officer| officer.pin.as_deref());
        let right = pins::is_right(kept.unwrap_or(pins::NOBODYS), pin);
        ByPin {
            account: found.filter(|_| right),
            known,
        }
    }

    /// Ends the accounts that speak for `element`. As [`Officers::remove_element`].
    ///
    /// # Errors
    /// Where the officers' file cannot be read or written.
    pub fn end_element(&self, element: ElementId) -> Result<Vec<OfficerId>, AuthError> {
        // Nobody signs in meanwhile, which writes the file too.
        let mut known = self.lock();
        let ended = self.officers.remove_element(element)?;
        known.read_at = None;
        Ok(ended)
    }

    /// Which officers' file is there; `None` where there is none.
    pub fn changed(&self) -> Option<Stamp> {
        self.officers.changed()
    }

    /// Ends the session of this token.
    pub fn sign_out(&self, token: &str) {
        self.lock().sessions.remove(&hash(token));
    }

    /// What is known, read again if the file has changed.
    fn fresh(&self) -> Result<MutexGuard<'_, Known>, AuthError> {
        let mut known = self.lock();
        let changed = self.officers.changed();
        if known.read_at.is_none() || known.read_at != changed {
            let officers = match self.officers.list() {
                Ok(officers) => officers,
                Err(error) if known.read_at.is_some() => {
                    // A typing error in a file must not leave a desk without anyone who can call.
                    known.read_at = changed;
                    let error = &error as &dyn std::error::Error;
                    tracing::error!(error, "the officers' file is not taken: it stays as it was");
                    return Ok(known);
                }
                Err(error) => return Err(error),
            };
            known.by_token = officers
                .iter()
                .map(|o| (o.token.clone(), o.clone()))
                .collect();
            known.by_name = officers.into_iter().map(|o| (o.name, o)).collect();
            known.read_at = changed;
        }
        Ok(known)
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        // Maps are replaced whole: whatever a panic elsewhere left is valid.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn officers() -> (tempfile::TempDir, Officers) {
        let folder = tempfile::tempdir().unwrap();
        let officers = Officers::in_folder(folder.path());
        (folder, officers)
    }

    fn name() -> OfficerId {
        "duty-one".parse().unwrap()
    }

    #[test]
    fn a_typing_error_in_the_file_leaves_the_officers_as_they_were() {
        let (folder, officers) = officers();
        let token = officers
            .add(name(), Right::Officer, vec![Desk::Air], Role::Watch)
            .unwrap();
        let auth = Auth::new(officers);
        assert_eq!(auth.who(&token).unwrap().name, name());
        std::fs::write(folder.path().join("officers.toml"), "[[officer\n").unwrap();
        assert_eq!(auth.who(&token).unwrap().name, name());
        std::fs::remove_file(folder.path().join("officers.toml")).unwrap();
        assert!(auth.who(&token).is_err(), "an account that is gone is gone");
    }

    #[test]
    fn accounts_that_follow_each_other_within_a_tick_of_the_file_system_are_all_known_at_once() {
        let (folder, officers) = officers();
        let auth = Auth::new(Officers::in_folder(folder.path()));
        for number in 0..20 {
            let name = format!("duty-{number}").parse().unwrap();
            let added = officers.add(name, Right::Officer, vec![Desk::Air], Role::Watch);
            assert_eq!(auth.who(&added.unwrap()).unwrap().name, name);
        }
    }

    #[test]
    fn no_secret_reads_as_an_option_of_a_command_line() {
        for _ in 0..500 {
            let token = fresh_token().unwrap().token;
            assert_eq!(token.len(), 64);
            assert!(
                token.bytes().all(|byte| byte.is_ascii_hexdigit()),
                "{token}"
            );
        }
    }

    #[test]
    fn a_token_is_kept_only_as_a_hash_and_opens_the_account() {
        let (folder, officers) = officers();
        let token = officers
            .add(name(), Right::Officer, vec![Desk::Air], Role::Watch)
            .unwrap();
        let kept = std::fs::read_to_string(folder.path().join("officers.toml")).unwrap();
        assert!(!kept.contains(&token));
        let auth = Auth::new(officers);
        assert_eq!(auth.who(&token).unwrap().name, name());
        assert!(matches!(auth.who("another"), Err(AuthError::NotSignedIn)));
        assert!(matches!(auth.who(""), Err(AuthError::NotSignedIn)));
        assert!(matches!(
            auth.who(&"x".repeat(MAX_TOKEN + 1)),
            Err(AuthError::NotSignedIn)
        ));
    }

    #[test]
    fn a_sign_in_link_works_once() {
        let (folder, officers) = officers();
        officers
            .add(name(), Right::Officer, vec![Desk::Air], Role::Watch)
            .unwrap();
        let code = officers.link(name()).unwrap();
        let auth = Auth::new(Officers::in_folder(folder.path()));
        let (session, officer) = auth.sign_in(&code).unwrap();
        assert_eq!(officer.name, name());
        assert_eq!(auth.who(&session).unwrap().name, name());
        assert!(matches!(auth.sign_in(&code), Err(AuthError::NotSignedIn)));
        auth.sign_out(&session);
        assert!(matches!(auth.who(&session), Err(AuthError::NotSignedIn)));
    }

    #[test]
    fn a_removed_officer_is_out_at_once_session_and_all() {
        let (folder, officers) = officers();
        let token = officers
            .add(name(), Right::Officer, vec![Desk::Air], Role::Watch)
            .unwrap();
        let code = officers.link(name()).unwrap();
        let auth = Auth::new(Officers::in_folder(folder.path()));
        let (session, _) = auth.sign_in(&code).unwrap();
        std::thread::sleep(std::time::Duration::from_millis(20));
        officers.remove(name()).unwrap();
        assert!(auth.who(&token).is_err());
        assert!(auth.who(&session).is_err());
    }

    #[test]
    fn there_are_so_many_accounts_and_not_one_more() {
        let (_folder, officers) = officers();
        officers
            .add(name(), Right::Officer, vec![Desk::Air], Role::Watch)
            .unwrap();
        let first = officers.list().unwrap().remove(0);
        let all = (1..MAX_OFFICERS).map(|number| Officer {
            name: format!("duty-{number}").parse().unwrap(),
            ..first.clone()
        });
        officers.write(all.collect()).unwrap();
        let add = |name: &str| {
            let name = name.parse().unwrap();
            officers.add(name, Right::Officer, vec![Desk::Air], Role::Watch)
        };
        assert!(add("the-last").is_ok());
        assert!(matches!(add("one-more"), Err(AuthError::TooMany)));
        assert_eq!(officers.list().unwrap().len(), MAX_OFFICERS);
    }

    #[test]
    fn beyond_so_many_sessions_the_oldest_ends() {
        let (folder, officers) = officers();
        officers
            .add(name(), Right::Officer, vec![Desk::Air], Role::Watch)
            .unwrap();
        let auth = Auth::new(Officers::in_folder(folder.path()));
        let (oldest, _) = auth.sign_in(&officers.link(name()).unwrap()).unwrap();
        for number in 1..MAX_SESSIONS {
            let session = Session {
                officer: name(),
                until: clock::now().saturating_add(SESSION_FOR),
            };
            let mut known = auth.known.lock().unwrap();
            known.sessions.insert(format!("{number}"), session);
        }
        assert!(auth.who(&oldest).is_ok(), "all of them stand");
        let (newest, _) = auth.sign_in(&officers.link(name()).unwrap()).unwrap();
        assert!(matches!(auth.who(&oldest), Err(AuthError::NotSignedIn)));
        assert!(auth.who(&newest).is_ok());
    }

    #[test]
    fn a_name_is_given_once() {
        let (_folder, officers) = officers();
        officers
            .add(name(), Right::Officer, vec![], Role::Watch)
            .unwrap();
        let again = officers.add(name(), Right::Officer, vec![], Role::Watch);
        assert!(matches!(again, Err(AuthError::Exists(_))));
    }
}
