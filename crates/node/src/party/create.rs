//! A new party: every key made here, the root key written elsewhere.

use super::authority;
use super::files::{self, FileError};
use super::{PartyError, key_path};
use crate::auth;
use crate::clock;
use crate::link::tls::Pin;
use crate::random;
use model::ids::PartyId;
use model::line::Digest;
use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair};
use std::path::{Path, PathBuf};
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
}

/// What was made.
pub struct Created {
    pub manifest: SignedManifest,
    pub admin_token: PathBuf,
}

/// Makes a party. Nothing that is there is overwritten.
///
/// # Errors
/// [`PartyError`]: above all where the folder holds a party already.
pub fn create(new: &NewParty<'_>) -> Result<Created, PartyError> {
    if new.folder.join("manifest").exists() {
        return Err(FileError::Exists {
            path: new.folder.join("manifest"),
        }
        .into());
    }
    files::make_folder(new.folder)?;
    files::make_folder(&new.folder.join("keys"))?;
    files::make_folder(&new.folder.join("ca"))?;

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
    manifest.authority = Some(authority::create(&new.folder.join("ca"), new.name)?);
    authority::issue(&new.folder.join("ca"), new.name, new.names)?;
    let signed = sign(&manifest, &root, new.root_key)?;
    files::write_new(&new.folder.join("manifest"), signed.bytes())?;

    let at_rest = new.folder.join("keys/at-rest.key");
    write_at_rest_key(new.at_rest_key.unwrap_or(&at_rest))?;
    let admin_token = new.folder.join("admin.token");
    let token = auth::fresh_token()?;
    files::write_new(&admin_token, token.token.as_bytes())?;
    Ok(Created {
        manifest: signed,
        admin_token,
    })
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
