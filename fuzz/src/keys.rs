//! The parties of the golden files: `coalition` sends, `russia` receives. Everybody knows these keys.

use std::sync::LazyLock;

use model::code::Lane;
use model::ids::LineId;
use model::line::{LogRef, Side};
use model::units::Timestamp;
use tlog::{CosignerSigner, LogSigner};
use wire::keys::{KeyRole, Secret, Signer};
use wire::line::{LineKeys, PartyKeys};
use wire::manifest::{Manifest, SignedManifest};

/// The line of the golden files.
pub fn line() -> LineId {
    LineId::from_random([0x11; 16])
}

/// The sender's `main` as the receiver names it.
pub fn log() -> LogRef {
    LogRef {
        line: line(),
        side: Side::Peer,
        lane: Lane::Main,
        epoch: 1,
    }
}

/// 17 September 2016, 15:55 UTC.
pub fn at() -> Timestamp {
    Timestamp::from_unix_ms(1_474_127_700_000).expect("a time")
}

fn secret(party: &str, role: KeyRole, seed: u8) -> Secret {
    let party = party.parse().expect("a party");
    Secret::new(role, party, true, at(), [seed + role.number() as u8; 32])
}

/// A key of the sender.
pub fn senders(role: KeyRole) -> Secret {
    secret("coalition", role, 1)
}

/// A key of the receiver.
pub fn receivers(role: KeyRole) -> Secret {
    secret("russia", role, 101)
}

fn signer(secret: &Secret) -> Signer {
    secret.signer(secret.role).expect("a key that signs")
}

fn manifest(key: fn(KeyRole) -> Secret) -> SignedManifest {
    let roles = KeyRole::ALL.iter().filter(|role| **role != KeyRole::Root);
    let secrets: Vec<_> = roles.map(|role| key(*role)).collect();
    let root = key(KeyRole::Root);
    let manifest = Manifest::first(&secrets, &root, Vec::new()).expect("a manifest");
    manifest.sign(&signer(&root)).expect("a signed manifest")
}

pub static SENDER: LazyLock<SignedManifest> = LazyLock::new(|| manifest(senders));
/// What the sender signs what it says with.
pub static OPERATIONAL: LazyLock<Signer> = LazyLock::new(|| signer(&senders(KeyRole::Operational)));
pub static ROOT: LazyLock<Signer> = LazyLock::new(|| signer(&senders(KeyRole::Root)));
/// The receiver's file key.
pub static FILE_KEY: LazyLock<Secret> = LazyLock::new(|| receivers(KeyRole::File));

/// What the receiver verifies with.
pub static KEYS: LazyLock<LineKeys> = LazyLock::new(|| {
    let us = PartyKeys::in_force(&manifest(receivers));
    LineKeys::new(line(), us, PartyKeys::in_force(&SENDER))
});

/// The signer of the sender's checkpoints.
pub static LOG: LazyLock<LogSigner> = LazyLock::new(|| {
    let log = log();
    let party = KEYS.peer().party();
    wire::line::keys::log_signer(log.line, party, log.lane, log.epoch, &senders(KeyRole::Log))
        .expect("a log key")
});

/// The receiver, as it cosigns.
pub static COSIGNER: LazyLock<CosignerSigner> = LazyLock::new(|| {
    wire::line::keys::cosigner(KEYS.us().party(), &receivers(KeyRole::Cosigning))
        .expect("a cosigning key")
});
