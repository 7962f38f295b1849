//! New keys for old, and keys that are trusted no more. The root key signs the manifest that says so.

use super::create::{fresh_secret, make_identity, sign};
use super::{
    PartyError, authority, authority_folder, files, key_path, read_manifest, read_secret,
    retired_key_path,
};
use crate::clock;
use model::line::Digest;
use model::units::Timestamp;
use std::path::Path;
use wire::keys::{KeyId, KeyRole, Secret};
use wire::manifest::{Manifest, NamedKey, RevocationReason, SignedManifest};

/// Makes a new key for `role`, retires the one before, and puts the manifest that says so in the folder. The old key file
/// stays beside the new one, with its key's name: what it signed still verifies, and old files still open.
///
/// # Errors
/// [`PartyError`]: [`PartyError::OtherRoot`] before anything is changed.
pub fn rotate(
    folder: &Path,
    root_path: &Path,
    role: KeyRole,
) -> Result<SignedManifest, PartyError> {
    let (root, mut manifest) = opened(folder, root_path)?;
    let secret = fresh_secret(role, manifest.party, manifest.exercise)?;
    let at = clock::now();
    manifest.version += 1;
    manifest.rotate(NamedKey::of(&secret)?, at);
    let next = sign(&manifest, &root, root_path)?;
    let path = key_path(folder, role);
    keep_old(
        folder,
        role,
        read_secret(&path, role)
            .ok()
            .and_then(|old| old.public().ok()),
    )?;
    files::replace(&path, secret.to_text()?.as_bytes())?;
    files::replace(&folder.join("manifest"), next.bytes())?;
    Ok(next)
}

/// Makes a new TLS key and pins it beside the one before, which the next rotation drops.
///
/// # Errors
/// [`PartyError`].
pub fn rotate_tls(folder: &Path, root_path: &Path) -> Result<SignedManifest, PartyError> {
    let (root, mut manifest) = opened(folder, root_path)?;
    let (key, certificate) = (
        folder.join("keys/tls.key.next"),
        folder.join("keys/tls.crt.next"),
    );
    for left_over in [&key, &certificate] {
        if left_over.exists() {
            std::fs::remove_file(left_over).map_err(|cause| files::FileError::Disk {
                path: left_over.clone(),
                cause,
            })?;
        }
    }
    let pin = make_identity(&key, &certificate)?;
    manifest.version += 1;
    let before = manifest.pins.pop();
    manifest.pins = before.into_iter().chain([Digest(pin.0)]).collect();
    let next = sign(&manifest, &root, root_path)?;
    for (from, to) in [(key, "keys/tls.key"), (certificate, "keys/tls.crt")] {
        std::fs::rename(&from, folder.join(to))
            .map_err(|cause| files::FileError::Disk { path: from, cause })?;
    }
    files::replace(&folder.join("manifest"), next.bytes())?;
    Ok(next)
}

/// Makes a new authority for the party's own screens, and a certificate of it for loopback, which
/// [`authority::issue`](super::authority::issue) replaces with one for names. The authority before stays beside it, in
/// `ca.old`, for screens that are not yet told.
///
/// # Errors
/// [`PartyError`].
pub fn rotate_authority(folder: &Path, root_path: &Path) -> Result<SignedManifest, PartyError> {
    let (root, mut manifest) = opened(folder, root_path)?;
    let (ca, next, old) = (
        authority_folder(folder),
        folder.join("ca.next"),
        folder.join("ca.old"),
    );
    remove_folder(&next)?;
    files::make_folder(&next)?;
    manifest.authority = Some(authority::create(&next, manifest.party)?);
    authority::issue(&next, manifest.party, &[])?;
    manifest.version += 1;
    let signed = sign(&manifest, &root, root_path)?;
    if ca.exists() {
        remove_folder(&old)?;
        rename(&ca, &old)?;
    }
    rename(&next, &ca)?;
    files::replace(&folder.join("manifest"), signed.bytes())?;
    Ok(signed)
}

/// The root key, and the manifest of `folder`, which it signed. Another party's is found before anything is made.
fn opened(folder: &Path, root_path: &Path) -> Result<(Secret, Manifest), PartyError> {
    let root = read_secret(root_path, KeyRole::Root)?;
    let manifest = read_manifest(folder)?.manifest().clone();
    match root.public()? == manifest.root {
        true => Ok((root, manifest)),
        false => Err(PartyError::OtherRoot {
            path: root_path.to_owned(),
        }),
    }
}

fn rename(from: &Path, to: &Path) -> Result<(), PartyError> {
    std::fs::rename(from, to).map_err(|cause| {
        files::FileError::Disk {
            path: from.to_owned(),
            cause,
        }
        .into()
    })
}

fn remove_folder(path: &Path) -> Result<(), PartyError> {
    match std::fs::remove_dir_all(path) {
        Ok(()) => Ok(()),
        Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(cause) => Err(files::FileError::Disk {
            path: path.to_owned(),
            cause,
        }
        .into()),
    }
}

/// Takes a key out of trust since `since`: nothing that arrives under it later is taken by any peer.
///
/// # Errors
/// [`PartyError`].
pub fn revoke(
    folder: &Path,
    root_path: &Path,
    key: KeyId,
    since: Timestamp,
    reason: RevocationReason,
) -> Result<SignedManifest, PartyError> {
    let (root, mut manifest) = opened(folder, root_path)?;
    manifest.version += 1;
    manifest.revoke(key, since, reason);
    let next = sign(&manifest, &root, root_path)?;
    files::replace(&folder.join("manifest"), next.bytes())?;
    Ok(next)
}

fn keep_old(folder: &Path, role: KeyRole, public: Option<[u8; 32]>) -> Result<(), PartyError> {
    let Some(public) = public else { return Ok(()) };
    let old = files::read(&key_path(folder, role))?;
    let kept = retired_key_path(folder, role, KeyId::of(&public));
    match files::write_new(&kept, &old) {
        Ok(()) | Err(files::FileError::Exists { .. }) => Ok(()),
        Err(error) => Err(error.into()),
    }
}
