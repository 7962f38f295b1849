//! A new party: every key made here, the root key written elsewhere.

use super::authority;
use super::files::{self, FileError};
use super::{PartyError, admin_token, authority_folder, key_path};
use crate::clock;
use crate::link::tls::Pin;
use crate::random;
use model::ids::PartyId;
use model::line::Digest;
use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair};
use std::path::Path;
use wire::keys::{KeyRole, Secret};
use wire::manifest::{Manifest, SignedManifest};

/// The roles whose keys the node holds.
pub const NODE_ROLES: [KeyRole; 4] = [
    KeyRole::Operational,
    KeyRole::Log,
    KeyRole::Cosigning,
    KeyRole::File,
];

/// What a new party is to be.
pub struct NewParty<'a> {
    pub name: PartyId,
    pub exercise: bool,
    pub folder: &'a Path,
    /// Outside the folder, best on a medium that is taken out afterwards.
    pub root_key: &'a Path,
    /// Where the journal's key goes, if not into the folder.
    pub at_rest_key: Option<&'a Path>,
    /// Addresses at which this node's screens are reached, for the certificate of its web server.
    pub names: &'a [String],
    /// The text of `node.toml`.
    pub configuration: &'a str,
}

/// What was made.
pub struct Created {
    pub manifest: SignedManifest,
}

/// Makes a party, or nothing: what is in the way is found before anything is written, and what was written before a
/// failure is taken away again. Nothing that is there is overwritten.
///
/// # Errors
/// [`PartyError`]: above all where the folder holds a party already.
pub fn create(new: &NewParty<'_>) -> Result<Created, PartyError> {
    let inside = new.folder.join("keys/at-rest.key");
    let at_rest = new.at_rest_key.unwrap_or(&inside);
    nothing_is_in_the_way(new, at_rest)?;
    write_all(new, at_rest).inspect_err(|_| take_away(new, at_rest))
}

/// What `create` writes into the folder. The first that is there names a party, or the rest of one.
const WRITTEN: [&str; 5] = ["manifest", "keys", "ca", "admin.token", "node.toml"];

fn nothing_is_in_the_way(new: &NewParty<'_>, at_rest: &Path) -> Result<(), PartyError> {
    let inside = WRITTEN.map(|name| new.folder.join(name));
    let outside = [new.root_key, at_rest].map(Path::to_owned);
    for path in inside.into_iter().chain(outside) {
        if path.symlink_metadata().is_ok() {
            return Err(FileError::Exists { path }.into());
        }
    }
    if new.root_key == at_rest {
        let path = at_rest.to_owned();
        return Err(FileError::Exists { path }.into());
    }
    files::can_be_written(new.root_key)?;
    match new.at_rest_key {
        Some(path) => Ok(files::can_be_written(path)?),
        None => Ok(()),
    }
}

fn write_all(new: &NewParty<'_>, at_rest: &Path) -> Result<Created, PartyError> {
    files::make_folder(new.folder)?;
    files::make_folder(&new.folder.join("keys"))?;
    let ca = authority_folder(new.folder);
    files::make_folder(&ca)?;
    write_at_rest_key(at_rest)?;

    let secret = |role| fresh_secret(role, new.name, new.exercise);
    let root = secret(KeyRole::Root)?;
    write_secret(new.root_key, &root)?;
    let secrets: Vec<Secret> = NODE_ROLES
        .into_iter()
        .map(secret)
        .collect::<Result<_, _>>()?;
    for secret in &secrets {
        write_secret(&key_path(new.folder, secret.role), secret)?;
    }
    let pin = make_identity(
        &new.folder.join("keys/tls.key"),
        &new.folder.join("keys/tls.crt"),
    )?;

    let mut manifest = Manifest::first(&secrets, &root, vec![Digest(pin.0)])?;
    manifest.authority = Some(authority::create(&ca, new.name)?);
    authority::issue(&ca, new.name, new.names)?;
    let signed = sign(&manifest, &root, new.root_key)?;
    admin_token(new.folder)?;
    files::write_new(&new.folder.join("node.toml"), new.configuration.as_bytes())?;
    // Last: with it the folder is a party's.
    files::write_new(&new.folder.join("manifest"), signed.bytes())?;
    Ok(Created { manifest: signed })
}

/// None of it was there before, and no party came of it. The error that led here is what is told; what cannot be taken
/// away is named by the next try.
fn take_away(new: &NewParty<'_>, at_rest: &Path) {
    for path in WRITTEN.map(|name| new.folder.join(name)) {
        let _ = std::fs::remove_dir_all(&path).or_else(|_| std::fs::remove_file(&path));
    }
    for path in [new.root_key, at_rest] {
        let _ = std::fs::remove_file(path);
    }
}

/// Signs `manifest` with the root key.
///
/// # Errors
/// [`PartyError::Secret`] for a key that is no root key, [`PartyError::Manifest`].
pub fn sign(
    manifest: &Manifest,
    root: &Secret,
    root_path: &Path,
) -> Result<SignedManifest, PartyError> {
    let signer = root
        .signer(KeyRole::Root)
        .map_err(|cause| PartyError::Secret {
            path: root_path.to_owned(),
            cause,
        })?;
    manifest
        .sign(&signer)
        .map_err(|cause| PartyError::Manifest {
            path: "manifest".into(),
            cause,
        })
}

/// A private key of random bytes.
///
/// # Errors
/// [`PartyError::Random`].
pub fn fresh_secret(role: KeyRole, party: PartyId, exercise: bool) -> Result<Secret, PartyError> {
    Ok(Secret::new(
        role,
        party,
        exercise,
        clock::now(),
        random::bytes()?,
    ))
}

/// Writes a private key where there is none yet.
///
/// # Errors
/// [`FileError::Exists`], [`FileError::Disk`].
pub fn write_secret(path: &Path, secret: &Secret) -> Result<(), PartyError> {
    Ok(files::write_new(path, secret.to_text()?.as_bytes())?)
}

fn write_at_rest_key(path: &Path) -> Result<(), PartyError> {
    let key: [u8; 32] = random::bytes()?;
    let digits: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(files::write_new(path, format!("{digits}\n").as_bytes())?)
}

/// Makes the key of the lines and the certificate that wraps it.
///
/// # Errors
/// [`PartyError::Certificate`], [`PartyError::File`].
pub fn make_identity(key_path: &Path, certificate_path: &Path) -> Result<Pin, PartyError> {
    let refused = |cause: Box<dyn std::error::Error + Send + Sync>| PartyError::Certificate {
        path: certificate_path.to_owned(),
        cause,
    };
    let key = KeyPair::generate().map_err(|cause| refused(cause.into()))?;
    let mut params = CertificateParams::new(Vec::new()).map_err(|cause| refused(cause.into()))?;
    params.distinguished_name = DistinguishedName::new();
    // Nothing in it tells who the party is: an observer of the handshake sees it encrypted, a probe without a pinned
    // key sees no more than this.
    params
        .distinguished_name
        .push(DnType::CommonName, "standclear line");
    let certificate = params
        .self_signed(&key)
        .map_err(|cause| refused(cause.into()))?;
    files::write_new(key_path, key.serialize_pem().as_bytes())?;
    files::write_new(certificate_path, certificate.pem().as_bytes())?;
    Pin::of(certificate.der()).map_err(|cause| refused(cause.into()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;
    use std::path::PathBuf;

    struct Wanted {
        base: tempfile::TempDir,
        at_rest: PathBuf,
        names: Vec<String>,
    }

    impl Wanted {
        fn create(&self) -> Result<Created, PartyError> {
            let base = self.base.path();
            create(&NewParty {
                name: "alpha".parse().unwrap(),
                exercise: true,
                folder: &base.join("alpha"),
                root_key: &base.join("root.key"),
                at_rest_key: Some(&self.at_rest),
                names: &self.names,
                configuration: "listen = []\n",
            })
        }

        /// All that is there.
        fn left(&self) -> Vec<PathBuf> {
            let listed = |folder: PathBuf| {
                let files = fs::read_dir(folder).into_iter().flatten();
                files.map(|file| file.unwrap().path()).collect::<Vec<_>>()
            };
            let mut left = listed(self.base.path().join("alpha"));
            left.extend(
                self.base
                    .path()
                    .join("root.key")
                    .exists()
                    .then(|| "root.key".into()),
            );
            left
        }
    }

    fn wanted(at_rest: &str) -> Wanted {
        let base = tempfile::tempdir().unwrap();
        Wanted {
            at_rest: base.path().join(at_rest),
            names: Vec::new(),
            base,
        }
    }

    #[test]
    fn a_party_whose_journal_key_has_no_place_is_not_begun_and_is_made_once_it_has() {
        let wanted = wanted("keys/journal.key");
        let refused = wanted.create().err().unwrap().to_string();
        assert!(refused.contains("there is no folder"), "{refused}");
        assert_eq!(wanted.left(), Vec::<PathBuf>::new());
        fs::create_dir(wanted.base.path().join("keys")).unwrap();
        wanted.create().unwrap();
        assert!(wanted.at_rest.exists());
        assert_eq!(
            fs::read_dir(wanted.base.path().join("keys"))
                .unwrap()
                .count(),
            1
        );
    }

    #[test]
    fn a_key_that_is_there_already_is_not_overwritten_and_nothing_else_is_written() {
        let wanted = wanted("journal.key");
        fs::write(&wanted.at_rest, "of another party").unwrap();
        assert!(matches!(
            wanted.create(),
            Err(PartyError::File(FileError::Exists { .. }))
        ));
        assert_eq!(wanted.left(), Vec::<PathBuf>::new());
        assert_eq!(fs::read(&wanted.at_rest).unwrap(), b"of another party");
    }

    #[test]
    fn what_fails_half_way_leaves_nothing_behind() {
        let mut wanted = wanted("journal.key");
        // No certificate can be made for it: found when most is written.
        wanted.names = vec!["h\u{f6}st".into()];
        assert!(matches!(
            wanted.create(),
            Err(PartyError::Certificate { .. })
        ));
        assert_eq!(wanted.left(), Vec::<PathBuf>::new());
        assert!(!wanted.at_rest.exists());
        wanted.names.clear();
        wanted.create().unwrap();
        let mode = fs::metadata(&wanted.at_rest).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
