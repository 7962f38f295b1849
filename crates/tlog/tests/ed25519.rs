//! Our verdict on signatures, held against `verify_strict` of ed25519-dalek: on honest ones, damaged ones, and those that
//! lenient verifiers are known to differ on (Chalkias, Garillot, Nikolaenko: "Taming the many EdDSAs", 2020).
#![allow(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

use curve25519_dalek::constants::{ED25519_BASEPOINT_POINT, EIGHT_TORSION};
use curve25519_dalek::edwards::EdwardsPoint;
use curve25519_dalek::scalar::Scalar;
use ed25519_dalek::Signer as _;
use proptest::prelude::*;
use sha2::{Digest, Sha512};
use tlog::ed25519::{PrivateKey, PublicKey};

/// The verdict, which both must share.
fn verdict(key: &PublicKey, message: &[u8], signature: &[u8; 64]) -> bool {
    let theirs = ed25519_dalek::VerifyingKey::from_bytes(key.as_bytes()).unwrap();
    let dalek = ed25519_dalek::Signature::from_bytes(signature);
    let ours = key.verify_strict(message, signature);
    assert_eq!(
        ours,
        theirs.verify_strict(message, &dalek).is_ok(),
        "{signature:x?}"
    );
    ours
}

proptest! {
    #[test]
    fn a_signature_is_made_and_judged_as_the_other_implementation_does(
        seed: [u8; 32], message in prop::collection::vec(any::<u8>(), 0..300), flip in 0_usize..1_024,
    ) {
        let key = PrivateKey::from_seed(&seed).unwrap();
        let signature = key.sign(&message);
        prop_assert_eq!(signature, ed25519_dalek::SigningKey::from_bytes(&seed).sign(&message).to_bytes());
        prop_assert!(verdict(key.public(), &message, &signature));
        // One bit of the signature, or for the other half of the cases nothing of it.
        let mut bad = signature;
        if let Some(byte) = bad.get_mut(flip / 8) {
            *byte ^= 1 << (flip % 8);
        }
        prop_assert_eq!(verdict(key.public(), &message, &bad), flip >= 512);
        let longer = [message.as_slice(), &[0]].concat();
        prop_assert!(!verdict(key.public(), &longer, &signature));
    }
}

/// What only the holder of the key can make: an `R` of his choice, as these bytes, and the `s` that satisfies lenient verifiers.
fn crafted(nonce: Scalar, r: [u8; 32], message: &[u8]) -> (PublicKey, [u8; 64]) {
    let key = ed25519_dalek::SigningKey::from_bytes(&[1; 32]);
    let public = key.verifying_key();
    let hash = Sha512::new()
        .chain_update(r)
        .chain_update(public.as_bytes())
        .chain_update(message)
        .finalize();
    let s = nonce + Scalar::from_bytes_mod_order_wide(&hash.into()) * key.to_scalar();
    let signature = [r, s.to_bytes()].concat().try_into().unwrap();
    (PublicKey::new(public.as_bytes()).unwrap(), signature)
}

#[test]
fn an_r_of_small_order_is_refused() {
    for point in EIGHT_TORSION {
        let r = point.compress().to_bytes();
        let (key, signature) = crafted(Scalar::ZERO, r, b"message");
        assert!(!verdict(&key, b"message", &signature));
    }
}

#[test]
fn an_r_with_a_torsion_component_is_refused_and_one_without_is_not() {
    let nonce = Scalar::from(7_u64);
    let r: EdwardsPoint = ED25519_BASEPOINT_POINT * nonce;
    for (index, torsion) in EIGHT_TORSION.iter().enumerate() {
        let (key, signature) = crafted(nonce, (r + torsion).compress().to_bytes(), b"message");
        assert_eq!(verdict(&key, b"message", &signature), index == 0);
    }
}

#[test]
fn an_r_in_a_second_encoding_is_refused() {
    for low in 0xed..=0xff_u8 {
        for sign in [0x7f, 0xff_u8] {
            let mut r = [0xff; 32];
            (r[0], r[31]) = (low, sign);
            let (key, signature) = crafted(Scalar::ZERO, r, b"message");
            assert!(!verdict(&key, b"message", &signature));
        }
    }
}

#[test]
fn every_s_that_is_not_reduced_is_refused() {
    let key = PrivateKey::from_seed(&[3; 32]).unwrap();
    let honest = key.sign(b"message");
    for times in 1..8 {
        let mut bad = honest;
        for _again in 0..times {
            let order = (Scalar::ZERO - Scalar::ONE).to_bytes();
            let mut carry = 1_u16;
            for (digit, order) in bad[32..].iter_mut().zip(order) {
                carry += u16::from(*digit) + u16::from(order);
                *digit = carry as u8;
                carry >>= 8;
            }
        }
        assert!(
            !verdict(key.public(), b"message", &bad),
            "s and {times} times the order"
        );
    }
}
