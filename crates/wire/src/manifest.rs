//! The party manifest: which keys are a party's, since when, and which are not any more. Signed by the root key.
//!
//! COSE_Sign1 over an array: format, party, version, exercise, created, root key, keys, TLS pins, authority of own
//! screens, revocations. Keys name their algorithm; one that is not known here is kept and not used, so that ML-DSA can
//! join without a new format.

use std::collections::BTreeSet;

use model::event::Bytes;
use model::ids::PartyId;
use model::line::Digest;
use model::units::Timestamp;
use sha2::{Digest as _, Sha256};

use crate::cbor::{CborError, Reader, Writer};
use crate::codes::numbered;
use crate::cose::{self, Purpose, Sign1};
use crate::keys::{KeyId, KeyRefused, KeyRole, PublicKey, Secret, Signer};
use crate::parts::{Read, ReadParts, WriteParts, expected};

/// Bytes of a signed manifest.
pub const MAX_MANIFEST: usize = 64 * 1024;
/// Keys that a manifest names, of all roles, retired ones included.
pub const MAX_KEYS: usize = 64;
/// Bytes of a public key: ML-DSA-87 takes 2,592.
pub const MAX_PUBLIC_KEY: usize = 4 * 1024;
/// TLS keys pinned at a time.
pub const MAX_PINS: usize = 16;
/// Revocations a manifest keeps.
pub const MAX_REVOCATIONS: usize = 64;
/// Bytes of an algorithm's name.
pub const MAX_ALGORITHM: usize = 40;

/// The algorithm of all signatures of this version.
pub const ED25519: &str = "Ed25519";
/// The algorithm of file keys: HPKE (RFC 9180) with this key encapsulation.
pub const X25519: &str = "DHKEM(X25519, HKDF-SHA256)";

const FORMAT: u16 = 1;

numbered! {
    /// Why a key is not to be trusted any more.
    RevocationReason {
        /// Nobody holds it any more.
        Lost = 1, "lost";
        /// Somebody else may hold it: a captured or stolen machine.
        Captured = 2, "captured";
        Replaced = 3, "replaced";
        Other = 99, "other";
    }
}

/// A key as the manifest names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedKey {
    pub role: KeyRole,
    pub algorithm: String,
    pub public: Vec<u8>,
    pub from: Timestamp,
    /// Set once the key was retired: what it signed until then stays good.
    pub until: Option<Timestamp>,
}

impl NamedKey {
    pub fn id(&self) -> KeyId {
        KeyId::of(&self.public)
    }

    fn public_32(&self, algorithm: &str) -> Option<&[u8; 32]> {
        let known = self.algorithm == algorithm;
        known.then(|| self.public.as_slice().try_into().ok())?
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Revocation {
    pub key: KeyId,
    pub since: Timestamp,
    pub reason: RevocationReason,
}

/// How a key stands at some time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyStatus {
    NotYet,
    Active,
    Retired,
    Revoked,
}

/// What a manifest says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    pub party: PartyId,
    /// Rises with every change; the first is 1.
    pub version: u32,
    /// Exercise and live keys cannot be joined.
    pub exercise: bool,
    pub created: Timestamp,
    /// Ed25519; the other party pins it.
    pub root: [u8; 32],
    /// All keys but the root, of all roles.
    pub keys: Vec<NamedKey>,
    /// SHA-256 of the public key (SubjectPublicKeyInfo) of each TLS certificate in use: the current and the next.
    pub pins: Vec<Digest>,
    /// SHA-256 of the certificate of the authority of the party's own screens.
    pub authority: Option<Digest>,
    pub revocations: Vec<Revocation>,
}

/// Why a manifest was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ManifestRefused {
    #[error(
        "the manifest has {given} bytes, at most {MAX_MANIFEST} are read: get it from the other party again"
    )]
    TooLarge { given: usize },
    #[error("the manifest cannot be read: get it from the other party again")]
    Form(#[from] CborError),
    #[error(
        "the manifest is not signed by the root key that was pinned: compare the fingerprint by voice"
    )]
    Signature,
    #[error("the manifest is of {found}, not of {wanted}: get the right one from the other party")]
    OtherParty { found: PartyId, wanted: PartyId },
    #[error(
        "the manifest is version {found}, and {held} is held: an older one is never taken back"
    )]
    Rollback { held: u32, found: u32 },
    #[error(
        "there are two manifests of version {version}: the party must say which one is its own"
    )]
    Forked { version: u32 },
    #[error(
        "exercise and live keys cannot be joined: one manifest is for exercise, the other is live"
    )]
    Exercise,
    #[error("the manifest names no {role} key in force: add one")]
    Missing { role: KeyRole },
    #[error("key {key} is named for two roles: each role needs a key of its own")]
    SharedKey { key: KeyId },
    #[error(
        "the manifest is over a bound: at most {MAX_KEYS} keys, {MAX_PINS} pins, {MAX_REVOCATIONS} revocations"
    )]
    TooMany,
    #[error("the {role} key {key} is unfit: have that party put another in its place")]
    Key {
        role: KeyRole,
        key: KeyId,
        #[source]
        cause: KeyRefused,
    },
}

/// A manifest whose signature was verified, and the bytes that were signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedManifest {
    manifest: Manifest,
    root: PublicKey,
    bytes: Bytes,
}

impl Manifest {
    /// What a new party starts with: one key of each role, named by their secrets.
    ///
    /// # Errors
    /// None for seeds of random bytes.
    pub fn first(secrets: &[Secret], root: &Secret, pins: Vec<Digest>) -> Result<Self, KeyRefused> {
        let keys = secrets.iter().map(NamedKey::of).collect::<Result<_, _>>()?;
        Ok(Self {
            party: root.party,
            version: 1,
            exercise: root.exercise,
            created: root.created,
            root: root.public()?,
            keys,
            pins,
            authority: None,
            revocations: Vec::new(),
        })
    }

    /// How `key` stands at `at`.
    pub fn status(&self, key: &NamedKey, at: Timestamp) -> KeyStatus {
        match key.until {
            _ if self.is_revoked(key.id()) => KeyStatus::Revoked,
            _ if at < key.from => KeyStatus::NotYet,
            Some(until) if at >= until => KeyStatus::Retired,
            Some(_) | None => KeyStatus::Active,
        }
    }

    pub fn is_revoked(&self, key: KeyId) -> bool {
        self.revocations.iter().any(|revoked| revoked.key == key)
    }

    /// The keys of `role` that are neither retired nor revoked, newest last.
    pub fn in_force(&self, role: KeyRole) -> impl Iterator<Item = &NamedKey> {
        let good = |key: &&NamedKey| key.until.is_none() && !self.is_revoked(key.id());
        self.keys
            .iter()
            .filter(move |key| key.role == role)
            .filter(good)
    }

    /// The X25519 key to which files for this party are encrypted: the newest in force.
    pub fn file_key(&self) -> Option<&[u8; 32]> {
        self.in_force(KeyRole::File)
            .filter_map(|key| key.public_32(X25519))
            .last()
    }

    /// Retires the keys of `new`'s role at `at` and puts `new` in their place.
    pub fn rotate(&mut self, new: NamedKey, at: Timestamp) {
        for key in self.keys.iter_mut().filter(|key| key.role == new.role) {
            key.until.get_or_insert(at);
        }
        self.keys.push(new);
    }

    /// Takes `key` out of trust since `since`; nothing that arrives under it later is taken.
    pub fn revoke(&mut self, key: KeyId, since: Timestamp, reason: RevocationReason) {
        self.revocations.push(Revocation { key, since, reason });
    }

    /// Signs it with the root key.
    ///
    /// # Errors
    /// Where it would be refused: see [`ManifestRefused`].
    pub fn sign(&self, root: &Signer) -> Result<SignedManifest, ManifestRefused> {
        let bytes = cose::sign(root, Purpose::Manifest, &self.payload());
        let pinned = PublicKey::new(&self.root).map_err(|_| ManifestRefused::Signature)?;
        SignedManifest::open(&bytes, &pinned)
    }

    fn payload(&self) -> Vec<u8> {
        let mut writer = Writer::with_capacity(2048);
        writer.array(10).uint(FORMAT).text(self.party.as_str());
        writer
            .uint(self.version)
            .bool(self.exercise)
            .time(self.created);
        writer.array(2).text(ED25519).bytes(&self.root);
        writer.array(self.keys.len());
        for key in &self.keys {
            writer.array(5).uint(key.role.number()).text(&key.algorithm);
            writer.bytes(&key.public).time(key.from);
            writer.optional(key.until, |writer, until| {
                writer.time(until);
            });
        }
        writer.array(self.pins.len());
        for pin in &self.pins {
            writer.bytes(&pin.0);
        }
        writer.optional(self.authority, |writer, authority| {
            writer.bytes(&authority.0);
        });
        writer.array(self.revocations.len());
        for revoked in &self.revocations {
            writer.array(3).bytes(revoked.key.as_bytes());
            writer.time(revoked.since).uint(revoked.reason.number());
        }
        writer.into_bytes()
    }

    fn read(payload: &[u8]) -> Read<Self> {
        let mut reader = Reader::new(payload);
        reader.array_of(10)?;
        if reader.uint()? != u64::from(FORMAT) {
            return expected("a manifest of format 1");
        }
        let party = reader.party()?;
        let (version, exercise, created) = (reader.number()?, reader.bool()?, reader.time()?);
        reader.array_of(2)?;
        if reader.text(MAX_ALGORITHM)? != ED25519 {
            return expected("a root key of algorithm Ed25519");
        }
        let root = *reader.bytes_of()?;
        let manifest = Self {
            party,
            version,
            exercise,
            created,
            root,
            keys: list(&mut reader, MAX_KEYS, NamedKey::read)?,
            pins: list(&mut reader, MAX_PINS, |reader| reader.digest())?,
            authority: reader.optional(|reader| reader.digest())?,
            revocations: list(&mut reader, MAX_REVOCATIONS, Revocation::read)?,
        };
        reader.finish()?;
        Ok(manifest)
    }

    fn check(&self) -> Result<(), ManifestRefused> {
        if self.keys.len() > MAX_KEYS
            || self.pins.len() > MAX_PINS
            || self.revocations.len() > MAX_REVOCATIONS
        {
            return Err(ManifestRefused::TooMany);
        }
        let mut ids = BTreeSet::from([KeyId::of(&self.root)]);
        for key in &self.keys {
            let id = key.id();
            if !ids.insert(id) {
                return Err(ManifestRefused::SharedKey { key: id });
            }
            if let Some(public) = key.public_32(ED25519) {
                let refused = |cause| ManifestRefused::Key {
                    role: key.role,
                    key: id,
                    cause,
                };
                PublicKey::new(public).map_err(refused)?;
            }
        }
        let usable = |role: KeyRole| match role {
            KeyRole::Root => true,
            KeyRole::File => self.file_key().is_some(),
            KeyRole::Operational | KeyRole::Log | KeyRole::Cosigning => {
                let known = |key: &NamedKey| key.public_32(ED25519).is_some();
                self.in_force(role).any(known)
            }
        };
        match KeyRole::ALL.iter().find(|role| !usable(**role)) {
            Some(&role) => Err(ManifestRefused::Missing { role }),
            None => Ok(()),
        }
    }
}

fn list<T>(
    reader: &mut Reader<'_>,
    most: usize,
    read: impl Fn(&mut Reader<'_>) -> Read<T>,
) -> Read<Vec<T>> {
    (0..reader.array(most)?).map(|_| read(reader)).collect()
}

impl NamedKey {
    /// A key in force since its secret was made.
    ///
    /// # Errors
    /// None for a seed of random bytes.
    pub fn of(secret: &Secret) -> Result<Self, KeyRefused> {
        let algorithm = match secret.role {
            KeyRole::File => X25519,
            KeyRole::Root | KeyRole::Operational | KeyRole::Log | KeyRole::Cosigning => ED25519,
        };
        Ok(Self {
            role: secret.role,
            algorithm: algorithm.to_owned(),
            public: secret.public()?.to_vec(),
            from: secret.created,
            until: None,
        })
    }

    /// The Ed25519 key, if it is one.
    pub fn ed25519(&self) -> Option<PublicKey> {
        PublicKey::new(self.public_32(ED25519)?).ok()
    }

    fn read(reader: &mut Reader<'_>) -> Read<Self> {
        reader.array_of(5)?;
        let role = reader.code(KeyRole::from_number, "a role of a key")?;
        if role == KeyRole::Root {
            return expected("a role other than root");
        }
        Ok(Self {
            role,
            algorithm: reader.text(MAX_ALGORITHM)?.to_owned(),
            public: reader.bytes(MAX_PUBLIC_KEY)?.to_vec(),
            from: reader.time()?,
            until: reader.optional(|reader| reader.time())?,
        })
    }
}

impl Revocation {
    fn read(reader: &mut Reader<'_>) -> Read<Self> {
        reader.array_of(3)?;
        let key: &[u8; 8] = reader.bytes_of()?;
        Ok(Self {
            key: KeyId::from_slice(key).map_or(expected("a key id"), Ok)?,
            since: reader.time()?,
            reason: reader.code(RevocationReason::from_number, "a reason of a revocation")?,
        })
    }
}

impl SignedManifest {
    /// Opens what the holder of `root` signed.
    ///
    /// # Errors
    /// [`ManifestRefused`].
    pub fn open(bytes: &[u8], root: &PublicKey) -> Result<Self, ManifestRefused> {
        let opened = Self::open_unpinned(bytes)?;
        match opened.root == *root {
            true => Ok(opened),
            false => Err(ManifestRefused::Signature),
        }
    }

    /// Opens a manifest by the root key that it names itself. Only a person who compares the fingerprint by voice makes
    /// that key worth anything: for a card, and nothing else.
    ///
    /// # Errors
    /// [`ManifestRefused`].
    pub fn open_unpinned(bytes: &[u8]) -> Result<Self, ManifestRefused> {
        let given = bytes.len();
        if given > MAX_MANIFEST {
            return Err(ManifestRefused::TooLarge { given });
        }
        let message = Sign1::parse(bytes, MAX_MANIFEST)?;
        let manifest = Manifest::read(message.payload())?;
        let root = PublicKey::new(&manifest.root).map_err(|_| ManifestRefused::Signature)?;
        if !message.verify(&root, Purpose::Manifest) {
            return Err(ManifestRefused::Signature);
        }
        manifest.check()?;
        Ok(Self {
            manifest,
            root,
            bytes: bytes.into(),
        })
    }

    /// Opens a manifest that may take the place of this one: the same party and root key, a higher version.
    ///
    /// # Errors
    /// [`ManifestRefused`]. The very same manifest again is no error: `None`.
    pub fn successor(&self, bytes: &[u8]) -> Result<Option<Self>, ManifestRefused> {
        if *bytes == *self.bytes {
            return Ok(None);
        }
        let next = Self::open(bytes, &self.root)?;
        let (held, found) = (&self.manifest, &next.manifest);
        if found.party != held.party {
            let (found, wanted) = (found.party, held.party);
            return Err(ManifestRefused::OtherParty { found, wanted });
        }
        if found.exercise != held.exercise {
            return Err(ManifestRefused::Exercise);
        }
        match found.version.cmp(&held.version) {
            std::cmp::Ordering::Greater => Ok(Some(next)),
            std::cmp::Ordering::Equal => Err(ManifestRefused::Forked {
                version: held.version,
            }),
            std::cmp::Ordering::Less => Err(ManifestRefused::Rollback {
                held: held.version,
                found: found.version,
            }),
        }
    }

    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The bytes that travel and are kept.
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// The root key that signed it.
    pub fn root(&self) -> &PublicKey {
        &self.root
    }

    pub fn digest(&self) -> Digest {
        Digest(Sha256::digest(&self.bytes).into())
    }
}

#[cfg(test)]
#[path = "manifest_tests.rs"]
mod tests;
