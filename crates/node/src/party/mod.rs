//! A party's folder: its keys, its manifest, what its node keeps beside the journal.
//!
//! | File | What it is |
//! |---|---|
//! | `manifest` | the party's own manifest, signed by the offline root key |
//! | `keys/{operational,log,cosigning,file}.key` | private keys, one a role |
//! | `keys/ROLE.KEY.old` | a key that was retired; files on their way are still read with those of the role `file` |
//! | `keys/tls.key`, `keys/tls.crt` | the key of the lines, pinned by the manifest, and its certificate |
//! | `keys/at-rest.key` | seals positions in the journal; may lie on another disk (`node.toml`) |
//! | `ca/authority.key`, `ca/authority.crt` | a small certificate authority for the party's own screens |
//! | `officers.toml` | accounts, with hashed tokens |
//! | `admin.token` | what the command line on this machine signs in with; made at the start where it is missing |
//! | `node.toml` | the configuration |
//! | `journal/` | the journal |
//!
//! Folders are 0700, files 0600; looser ones are refused.

pub mod authority;
pub mod create;
pub mod files;
pub mod rotate;

use crate::link::tls::Identity;
use files::FileError;
use model::ids::PartyId;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::path::{Path, PathBuf};
use wire::keys::{KeyId, KeyRole, Secret, SecretRefused};
use wire::manifest::{ManifestRefused, SignedManifest};

/// Characters of the command line's token, at the least.
const MIN_ADMIN_TOKEN: usize = 43;

/// Why a party's folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PartyError {
    #[error(transparent)]
    File(#[from] FileError),
    #[error("`{path}` is not the private key it should be: put the right one there, from a copy")]
    Secret {
        path: PathBuf,
        #[source]
        cause: SecretRefused,
    },
    #[error("the manifest `{path}` cannot be used: put the newest one there")]
    Manifest {
        path: PathBuf,
        #[source]
        cause: ManifestRefused,
    },
    #[error("`{path}` is not the root key of this party: bring the right one")]
    OtherRoot { path: PathBuf },
    #[error(
        "the manifest does not name the {role} key in `{path}`: put the newest manifest in place"
    )]
    NotInManifest { role: KeyRole, path: PathBuf },
    #[error("the manifest does not name the TLS key in `{path}`: put the newest manifest in place")]
    NotPinned { path: PathBuf },
    #[error(
        "the certificate or key in `{path}` cannot be read: put the right one there, from a copy"
    )]
    Certificate {
        path: PathBuf,
        #[source]
        cause: Box<dyn std::error::Error + Send + Sync>,
    },
    #[error(
        "there is no authority for screens in `{folder}`: make one with `standclear party rotate screens --root-key FILE`"
    )]
    NoAuthority { folder: PathBuf },
    #[error(transparent)]
    Random(#[from] crate::random::NoRandomness),
    #[error("a key could not be made: try again")]
    Key(#[from] wire::keys::KeyRefused),
}

/// A party's folder, opened and checked.
pub struct Party {
    pub folder: PathBuf,
    pub manifest: SignedManifest,
    pub operational: Secret,
    pub log: Secret,
    pub cosigning: Secret,
    pub file: Secret,
    pub tls: Identity,
}

impl Party {
    /// Opens a folder: its rights, its keys, and that the manifest names each.
    ///
    /// # Errors
    /// [`PartyError`].
    pub fn open(folder: &Path) -> Result<Self, PartyError> {
        files::check_folder(folder)?;
        let manifest = read_manifest(folder)?;
        let secret = |role| read_secret(&key_path(folder, role), role);
        let party = Self {
            folder: folder.to_owned(),
            operational: secret(KeyRole::Operational)?,
            log: secret(KeyRole::Log)?,
            cosigning: secret(KeyRole::Cosigning)?,
            file: secret(KeyRole::File)?,
            tls: read_identity(folder)?,
            manifest,
        };
        party.check()?;
        Ok(party)
    }

    pub fn id(&self) -> PartyId {
        self.manifest.manifest().party
    }

    pub fn exercise(&self) -> bool {
        self.manifest.manifest().exercise
    }

    fn check(&self) -> Result<(), PartyError> {
        let manifest = self.manifest.manifest();
        for secret in [&self.operational, &self.log, &self.cosigning, &self.file] {
            let public = secret.public()?;
            if !manifest
                .in_force(secret.role)
                .any(|key| key.public == public)
            {
                return Err(PartyError::NotInManifest {
                    role: secret.role,
                    path: key_path(&self.folder, secret.role),
                });
            }
        }
        let path = self.folder.join("keys/tls.crt");
        let pin = crate::link::tls::Pin::of(&self.tls.certificate).map_err(|cause| {
            PartyError::Certificate {
                path: path.clone(),
                cause: cause.into(),
            }
        })?;
        match manifest.pins.iter().any(|held| held.0 == pin.0) {
            true => Ok(()),
            false => Err(PartyError::NotPinned { path }),
        }
    }
}

/// Where the private key of `role` lies.
pub fn key_path(folder: &Path, role: KeyRole) -> PathBuf {
    folder.join("keys").join(format!("{role}.key"))
}

/// Where the private key of `role` lies once it is retired.
pub fn retired_key_path(folder: &Path, role: KeyRole, key: KeyId) -> PathBuf {
    key_path(folder, role).with_extension(format!("{key}.old"))
}

/// The keys that open a courier's file, as the folder has them now: the present one, then those retired and not revoked,
/// newest first: a file may have been under way for weeks. A retired one whose file was removed is left out.
///
/// # Errors
/// [`PartyError`].
pub fn file_keys(folder: &Path) -> Result<Vec<Secret>, PartyError> {
    let role = KeyRole::File;
    let signed = read_manifest(folder)?;
    let manifest = signed.manifest();
    let mut keys = vec![read_secret(&key_path(folder, role), role)?];
    let retired = (manifest.keys.iter().rev())
        .filter(|key| key.role == role && key.until.is_some() && !manifest.is_revoked(key.id()));
    for key in retired {
        match read_secret(&retired_key_path(folder, role, key.id()), role) {
            Ok(secret) => keys.push(secret),
            Err(PartyError::File(FileError::Missing { .. })) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(keys)
}

/// Where the authority for the party's own screens lies.
pub fn authority_folder(folder: &Path) -> PathBuf {
    folder.join("ca")
}

/// Reads the party's own manifest. The root key in it is our own: nobody is to be convinced.
///
/// # Errors
/// [`PartyError::File`], [`PartyError::Manifest`].
pub fn read_manifest(folder: &Path) -> Result<SignedManifest, PartyError> {
    let path = folder.join("manifest");
    let bytes = files::read(&path)?;
    SignedManifest::open_unpinned(&bytes).map_err(|cause| PartyError::Manifest { path, cause })
}

/// Reads a private key's file.
///
/// # Errors
/// [`PartyError::File`], [`PartyError::Secret`].
pub fn read_secret(path: &Path, role: KeyRole) -> Result<Secret, PartyError> {
    let bytes = files::read(path)?;
    let refused = |cause| PartyError::Secret {
        path: path.to_owned(),
        cause,
    };
    let text = std::str::from_utf8(&bytes).map_err(|_| refused(SecretRefused::Form))?;
    let secret = Secret::from_text(text).map_err(refused)?;
    match secret.role == role {
        true => Ok(secret),
        false => Err(refused(SecretRefused::OtherRole {
            found: secret.role,
            wanted: role,
        })),
    }
}

fn read_identity(folder: &Path) -> Result<Identity, PartyError> {
    let (key_path, certificate_path) = (folder.join("keys/tls.key"), folder.join("keys/tls.crt"));
    let key = files::read(&key_path)?;
    let key = PrivateKeyDer::from_pem_slice(&key).map_err(|cause| PartyError::Certificate {
        path: key_path,
        cause: cause.into(),
    })?;
    let certificate = files::read(&certificate_path)?;
    let certificate =
        CertificateDer::from_pem_slice(&certificate).map_err(|cause| PartyError::Certificate {
            path: certificate_path,
            cause: cause.into(),
        })?;
    Ok(Identity { certificate, key })
}

/// The token that the command line on this machine signs in with. Where there is none it is made: on a new machine, or
/// after somebody removed the one before so that it stops working.
///
/// # Errors
/// [`PartyError::File`], or [`FileError::Content`] where the file is not a token.
pub fn admin_token(folder: &Path) -> Result<String, PartyError> {
    let path = folder.join("admin.token");
    let bytes = match files::read(&path) {
        Ok(bytes) => bytes,
        Err(FileError::Missing { .. }) => {
            let token = crate::auth::fresh_token()?.token;
            files::write_new(&path, token.as_bytes())?;
            return Ok(token);
        }
        Err(error) => return Err(error.into()),
    };
    let token = String::from_utf8_lossy(&bytes).trim().to_owned();
    // 256 bits, in base64 as earlier nodes wrote them: a short or empty one would let in whoever guesses it.
    match token.len() >= MIN_ADMIN_TOKEN {
        true => Ok(token),
        false => Err(FileError::Content {
            path,
            what: "a whole token",
            then: "remove it, and the node makes one when it starts",
        }
        .into()),
    }
}

/// Reads the key that seals the journal.
///
/// # Errors
/// [`PartyError::File`], or [`FileError::Content`] where it is not 64 hexadecimal digits.
pub fn read_at_rest_key(path: &Path) -> Result<store::Key, PartyError> {
    let bytes = files::read(path)?;
    let refused = || FileError::Content {
        path: path.to_owned(),
        what: "a key of 64 hexadecimal digits",
        then: "put the right one there, from a copy",
    };
    let digits = bytes.trim_ascii();
    if digits.len() != 64 {
        return Err(refused().into());
    }
    let mut key = [0; 32];
    for (byte, pair) in key.iter_mut().zip(digits.chunks(2)) {
        let pair = std::str::from_utf8(pair).map_err(|_| refused())?;
        *byte = u8::from_str_radix(pair, 16).map_err(|_| refused())?;
    }
    Ok(store::Key::new(key))
}
