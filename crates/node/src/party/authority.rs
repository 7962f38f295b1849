//! A small certificate authority for the party's own screens. It signs nothing for lines, which pin keys.

use super::PartyError;
use super::files;
use model::ids::PartyId;
use model::line::Digest;
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, KeyUsagePurpose,
};
use sha2::{Digest as _, Sha256};
use std::path::Path;

/// Names in the certificate of one web server.
pub const MAX_NAMES: usize = 32;

fn refused(path: &Path) -> impl Fn(rcgen::Error) -> PartyError {
    let path = path.to_owned();
    move |cause| PartyError::Certificate {
        path: path.clone(),
        cause: cause.into(),
    }
}

/// Makes the authority; answers with the SHA-256 of its certificate, which the manifest names.
///
/// # Errors
/// [`PartyError`].
pub fn create(folder: &Path, party: PartyId) -> Result<Digest, PartyError> {
    let path = folder.join("authority.crt");
    let key = KeyPair::generate().map_err(refused(&path))?;
    let certificate = authority(party)
        .map_err(refused(&path))?
        .self_signed(&key)
        .map_err(refused(&path))?;
    files::write_new(
        &folder.join("authority.key"),
        key.serialize_pem().as_bytes(),
    )?;
    files::write_new(&path, certificate.pem().as_bytes())?;
    Ok(Digest(Sha256::digest(certificate.der()).into()))
}

fn authority(party: PartyId) -> Result<CertificateParams, rcgen::Error> {
    let mut params = CertificateParams::new(Vec::new())?;
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.distinguished_name = DistinguishedName::new();
    params
        .distinguished_name
        .push(DnType::CommonName, format!("{party} screens"));
    Ok(params)
}

/// Issues a certificate for the node's web server, for `names` (host names and addresses) and loopback, replacing the one
/// before.
///
/// # Errors
/// [`PartyError`].
pub fn issue(folder: &Path, party: PartyId, names: &[String]) -> Result<(), PartyError> {
    let path = folder.join("authority.crt");
    let authority_key = match files::read(&folder.join("authority.key")) {
        Err(files::FileError::Missing { .. }) => {
            return Err(PartyError::NoAuthority {
                folder: folder.to_owned(),
            });
        }
        read => read?,
    };
    let authority_key =
        KeyPair::from_pem(&String::from_utf8_lossy(&authority_key)).map_err(refused(&path))?;
    let issuer = Issuer::new(authority(party).map_err(refused(&path))?, authority_key);
    let mut all: Vec<String> = ["localhost", "127.0.0.1", "::1"]
        .map(str::to_owned)
        .to_vec();
    all.extend(names.iter().take(MAX_NAMES).cloned());
    let key = KeyPair::generate().map_err(refused(&path))?;
    let mut params = CertificateParams::new(all).map_err(refused(&path))?;
    params.distinguished_name = DistinguishedName::new();
    params
        .distinguished_name
        .push(DnType::CommonName, "standclear screens");
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    let certificate = params.signed_by(&key, &issuer).map_err(refused(&path))?;
    files::replace(&folder.join("screens.key"), key.serialize_pem().as_bytes())?;
    files::replace(&folder.join("screens.crt"), certificate.pem().as_bytes())
        .map_err(PartyError::from)
}
