use proptest::prelude::*;

use super::*;
use crate::testing::{Side, any_slug, any_time, at};

fn changed(change: impl FnOnce(&mut Manifest)) -> Result<SignedManifest, ManifestRefused> {
    let side = Side::one();
    let mut manifest = side.manifest.manifest().clone();
    change(&mut manifest);
    manifest.sign(&side.root_signer())
}

fn key(role: KeyRole, seed: u8) -> NamedKey {
    NamedKey::of(&Secret::new(
        role,
        "coalition".parse().unwrap(),
        true,
        at(0),
        [seed; 32],
    ))
    .unwrap()
}

#[test]
fn a_manifest_opens_by_the_pinned_root_alone() {
    let (one, other) = (Side::one(), Side::other());
    let bytes = one.manifest.bytes();
    assert_eq!(
        SignedManifest::open(bytes, one.manifest.root()),
        Ok(one.manifest.clone())
    );
    let refused = SignedManifest::open(bytes, other.manifest.root());
    assert_eq!(refused, Err(ManifestRefused::Signature));
    let not_root = one.manifest.manifest().sign(&one.signer);
    assert_eq!(not_root, Err(ManifestRefused::Signature));
}

#[test]
fn every_changed_byte_is_refused() {
    let one = Side::one();
    for byte in 0..one.manifest.bytes().len() {
        let mut bad = one.manifest.bytes().to_vec();
        bad[byte] ^= 1;
        assert!(SignedManifest::open_unpinned(&bad).is_err(), "byte {byte}");
    }
}

#[test]
fn versions_rise_and_never_fall_back() {
    let held = changed(|m| m.version = 3).unwrap();
    let next = |version, pins: u8| {
        let next = changed(|m| {
            m.version = version;
            m.pins = vec![Digest([pins; 32])];
        });
        held.successor(next.unwrap().bytes())
    };
    assert_eq!(held.successor(held.bytes()), Ok(None));
    assert_eq!(next(4, 1).unwrap().unwrap().manifest().version, 4);
    assert_eq!(next(3, 9), Err(ManifestRefused::Forked { version: 3 }));
    assert_eq!(
        next(2, 1),
        Err(ManifestRefused::Rollback { held: 3, found: 2 })
    );
    let live = changed(|m| {
        m.version = 4;
        m.exercise = false;
    });
    assert_eq!(
        held.successor(live.unwrap().bytes()),
        Err(ManifestRefused::Exercise)
    );
    let other = changed(|m| {
        m.version = 4;
        m.party = "nobody".parse().unwrap();
    });
    assert!(matches!(
        held.successor(other.unwrap().bytes()),
        Err(ManifestRefused::OtherParty { .. })
    ));
}

#[test]
fn every_role_needs_a_key_in_force_and_of_its_own() {
    for role in [
        KeyRole::Operational,
        KeyRole::Log,
        KeyRole::Cosigning,
        KeyRole::File,
    ] {
        let gone = changed(|m| m.keys.retain(|key| key.role != role));
        assert_eq!(gone, Err(ManifestRefused::Missing { role }));
        let revoked = changed(|m| {
            let id = m.in_force(role).next().unwrap().id();
            m.revoke(id, at(0), RevocationReason::Captured);
        });
        assert_eq!(revoked, Err(ManifestRefused::Missing { role }));
    }
    let shared = changed(|m| m.keys[0].public = m.keys[1].public.clone());
    assert!(matches!(shared, Err(ManifestRefused::SharedKey { .. })));
    let root_again = changed(|m| m.keys[0].public = m.root.to_vec());
    assert!(matches!(root_again, Err(ManifestRefused::SharedKey { .. })));
    let weak = changed(|m| m.keys[0].public = vec![0; 32]);
    assert!(matches!(
        weak,
        Err(ManifestRefused::Key {
            role: KeyRole::Operational,
            ..
        })
    ));
}

#[test]
fn a_key_of_a_later_algorithm_is_kept_and_not_used() {
    let later = NamedKey {
        role: KeyRole::Operational,
        algorithm: "ML-DSA-65".into(),
        public: vec![5; 1952],
        from: at(0),
        until: None,
    };
    let signed = changed(|m| m.keys.push(later.clone())).unwrap();
    let again = SignedManifest::open_unpinned(signed.bytes()).unwrap();
    assert!(again.manifest().keys.contains(&later));
    assert!(later.ed25519().is_none());
}

#[test]
fn a_key_that_is_rotated_retires_and_stays_good_for_what_it_signed() {
    let fresh = key(KeyRole::Operational, 77);
    let signed = changed(|m| m.rotate(fresh.clone(), at(50))).unwrap();
    let manifest = signed.manifest();
    let old = &manifest.keys[0];
    assert_eq!(manifest.status(old, at(49)), KeyStatus::Active);
    assert_eq!(manifest.status(old, at(50)), KeyStatus::Retired);
    assert_eq!(manifest.status(&fresh, at(-1)), KeyStatus::NotYet);
    let in_force: Vec<_> = manifest.in_force(KeyRole::Operational).collect();
    assert_eq!(in_force, [&fresh]);
    let newest = key(KeyRole::File, 99);
    let signed = changed(|m| m.rotate(newest.clone(), at(50))).unwrap();
    assert_eq!(
        signed.manifest().file_key().map(|k| k.to_vec()),
        Some(newest.public)
    );
}

#[test]
fn lists_are_taken_at_their_limits_and_refused_beyond() {
    let key = |n: usize| NamedKey {
        role: KeyRole::Log,
        algorithm: "later".into(),
        public: n.to_be_bytes().to_vec(),
        from: at(0),
        until: None,
    };
    let revocation = |_| Revocation {
        key: KeyId::of(b"gone"),
        since: at(0),
        reason: RevocationReason::Lost,
    };
    let fill = |keys: usize, pins: usize, revocations: usize| {
        changed(|m| {
            let more = (m.keys.len()..keys).map(key);
            m.keys.extend(more);
            m.pins = vec![Digest([1; 32]); pins];
            m.revocations = (0..revocations).map(revocation).collect();
        })
    };
    assert!(fill(MAX_KEYS, MAX_PINS, MAX_REVOCATIONS).is_ok());
    assert!(fill(MAX_KEYS + 1, 1, 0).is_err());
    assert!(fill(4, MAX_PINS + 1, 0).is_err());
    assert!(fill(4, 1, MAX_REVOCATIONS + 1).is_err());
    let over = SignedManifest::open_unpinned(&vec![0; MAX_MANIFEST + 1]);
    assert_eq!(
        over,
        Err(ManifestRefused::TooLarge {
            given: MAX_MANIFEST + 1
        })
    );
}

proptest! {
    #[test]
    fn manifests_come_back(party in any_slug(), version in 1u32.., created in any_time(), pins: [u8; 32], authority: Option<[u8; 32]>) {
        let signed = changed(|m| {
            m.party = PartyId::new(party);
            m.version = version;
            m.created = created;
            m.pins.push(Digest(pins));
            m.authority = authority.map(Digest);
        }).unwrap();
        let again = SignedManifest::open_unpinned(signed.bytes()).unwrap();
        prop_assert_eq!(again, signed);
    }

    #[test]
    fn arbitrary_bytes_are_no_manifest(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        prop_assert!(SignedManifest::open_unpinned(&bytes).is_err());
    }
}
