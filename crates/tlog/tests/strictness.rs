//! What a dishonest party might send: weak keys, malleable signatures, other logs, doubled lines.
#![allow(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

mod fixture;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use curve25519_dalek::constants::{ED25519_BASEPOINT_POINT, EIGHT_TORSION};
use curve25519_dalek::edwards::{CompressedEdwardsY, EdwardsPoint};
use curve25519_dalek::scalar::Scalar;
use curve25519_dalek::traits::Identity;
use ed25519_dalek::Verifier;
use fixture::{COSIGNER, ORIGIN, TIME, checkpoint, cosigned, cosigner, log_signer, tree};
use sha2::{Digest, Sha512};
use tlog::checkpoint::CheckpointError;
use tlog::cosignature::{CosignatureError, MAX_TIME};
use tlog::key::{KeyError, KeyId, KeyName};
use tlog::note::{self, Note, NoteError};
use tlog::{Checkpoint, Cosignature, CosignedCheckpoint, CosignerKey, LogKey, LogSigner};

fn name() -> KeyName {
    KeyName::new(ORIGIN).unwrap()
}

#[test]
fn a_public_key_of_small_order_is_refused() {
    for point in EIGHT_TORSION {
        let key = point.compress().to_bytes();
        assert_eq!(LogKey::new(name(), &key), Err(KeyError::PublicKey));
    }
}

#[test]
fn a_public_key_with_a_torsion_component_is_refused() {
    let honest = CompressedEdwardsY(*log_signer().verifier().public_key())
        .decompress()
        .unwrap();
    for torsion in &EIGHT_TORSION[1..] {
        let key = (honest + torsion).compress().to_bytes();
        assert!(ed25519_dalek::VerifyingKey::from_bytes(&key).is_ok_and(|key| !key.is_weak()));
        assert_eq!(LogKey::new(name(), &key), Err(KeyError::PublicKey));
    }
}

#[test]
fn a_public_key_in_a_second_encoding_is_refused() {
    let mut accepted_elsewhere = 0;
    for low in 0xed..=0xff_u8 {
        for sign in [0x7f, 0xff_u8] {
            // All that there are: y = p + k, which means k, with either sign of x.
            let mut key = [0xff; 32];
            (key[0], key[31]) = (low, sign);
            accepted_elsewhere +=
                usize::from(ed25519_dalek::VerifyingKey::from_bytes(&key).is_ok());
            assert_eq!(LogKey::new(name(), &key), Err(KeyError::PublicKey));
        }
    }
    assert!(accepted_elsewhere > 0);
}

#[test]
fn a_public_key_that_is_no_point_is_refused() {
    let mut key = [0; 32];
    key[0] = 2;
    assert_eq!(LogKey::new(name(), &key), Err(KeyError::PublicKey));
}

/// A note whose only signature is `signature`, by the test log.
fn note_with(text: &str, signature: &[u8]) -> String {
    let bytes = [&log_signer().verifier().id().0, signature].concat();
    format!("{text}\n\u{2014} {ORIGIN} {}\n", STANDARD.encode(bytes))
}

fn verify(note: &str) -> Result<(), NoteError> {
    Note::parse(note.as_bytes())?.verify(log_signer().verifier())
}

fn bad_signature() -> Result<(), NoteError> {
    Err(NoteError::BadSignature {
        name: name(),
        id: log_signer().verifier().id(),
    })
}

#[test]
fn a_signature_with_a_second_spelling_of_its_scalar_is_refused() {
    let signed = note::sign("text\n", &log_signer()).unwrap();
    let note = Note::parse(signed.as_bytes()).unwrap();
    let mut signature = note.signatures()[0].bytes.clone();
    assert_eq!(verify(&note_with("text\n", &signature)), Ok(()));
    // s + L, where L is the order of the group, little-endian.
    let order = (Scalar::ZERO - Scalar::ONE).to_bytes();
    let mut carry = 1_u16;
    for (digit, order) in signature[32..].iter_mut().zip(order) {
        carry += u16::from(*digit) + u16::from(order);
        *digit = carry as u8;
        carry >>= 8;
    }
    assert_eq!(verify(&note_with("text\n", &signature)), bad_signature());
}

#[test]
fn a_signature_that_only_lenient_verifiers_accept_is_refused() {
    // R of small order: R is the identity and s = k * a, which needs no nonce.
    let text = "text\n";
    let key = ed25519_dalek::SigningKey::from_bytes(&[1; 32]);
    let r = EdwardsPoint::identity().compress();
    let hash = Sha512::new()
        .chain_update(r.as_bytes())
        .chain_update(key.verifying_key().as_bytes())
        .chain_update(text)
        .finalize();
    let k = Scalar::from_bytes_mod_order_wide(&hash.into());
    let s = k * key.to_scalar();
    assert_eq!(
        (ED25519_BASEPOINT_POINT * key.to_scalar())
            .compress()
            .to_bytes(),
        key.verifying_key().to_bytes()
    );
    let signature = [r.to_bytes(), s.to_bytes()].concat();
    let lenient = ed25519_dalek::Signature::from_slice(&signature).unwrap();
    assert!(
        key.verifying_key()
            .verify(text.as_bytes(), &lenient)
            .is_ok()
    );
    assert_eq!(verify(&note_with(text, &signature)), bad_signature());
}

#[test]
fn a_signature_of_another_length_is_refused() {
    for length in [1, 63, 65] {
        assert_eq!(
            verify(&note_with("text\n", &vec![0; length])),
            bad_signature()
        );
    }
}

#[test]
fn lines_of_unknown_keys_are_ignored_and_never_stand_in_for_a_known_one() {
    let signed = note::sign("text\n", &log_signer()).unwrap();
    let line = signed.lines().last().unwrap();
    let same_name = LogSigner::from_seed(name(), &[9; 32]).unwrap();
    let other = note::sign("text\n", &same_name).unwrap();
    let stranger = other.lines().last().unwrap();
    assert_eq!(verify(&format!("text\n\n{stranger}\n{line}\n")), Ok(()));
    let id = log_signer().verifier().id();
    assert_eq!(
        verify(&other),
        Err(NoteError::NotSigned { name: name(), id })
    );
    let renamed = signed.replace(ORIGIN, "standclear.example/else");
    assert_eq!(
        verify(&renamed),
        Err(NoteError::NotSigned { name: name(), id })
    );
    let twice = format!("{signed}{line}\n");
    assert_eq!(
        verify(&twice),
        Err(NoteError::SignedTwice { name: name(), id })
    );
}

#[test]
fn a_key_name_has_no_spaces_and_no_plus() {
    for bad in ["a b", "a+b", "a\u{a0}b", "a\u{2003}b", "a\nb", "a\u{1}"] {
        assert_eq!(KeyName::new(bad), Err(KeyError::NameCharacter), "{bad:?}");
    }
    assert_eq!(KeyName::new(""), Err(KeyError::NameLength { length: 0 }));
    assert!(KeyName::new(&"n".repeat(255)).is_ok());
    assert_eq!(
        KeyName::new(&"n".repeat(256)),
        Err(KeyError::NameLength { length: 256 })
    );
}

#[test]
fn a_verifier_key_is_read_only_in_its_one_spelling() {
    let vkey = log_signer().verifier().to_string();
    assert_eq!(vkey.parse::<LogKey>().as_ref(), Ok(log_signer().verifier()));
    let id = log_signer().verifier().id();
    let other_id = vkey.replace(&id.to_string(), "00000000");
    let found = KeyId([0; 4]);
    assert_eq!(
        other_id.parse::<LogKey>(),
        Err(KeyError::KeyId {
            found,
            expected: id
        })
    );
    let upper = vkey.replace(&id.to_string(), &id.to_string().to_uppercase());
    assert_ne!(upper, vkey);
    let long = format!("{}+{}", "n".repeat(300), vkey);
    let short_key = format!("{ORIGIN}+{id}+{}", STANDARD.encode([1; 32]));
    for bad in [
        "",
        "a",
        "a+b",
        "a+00000000+",
        "a+0+AQ==",
        &upper,
        &long,
        &short_key,
        &format!("{vkey}\n"),
    ] {
        assert_eq!(bad.parse::<LogKey>(), Err(KeyError::Format), "{bad}");
    }
}

#[test]
fn a_log_key_is_no_cosigner_key() {
    let vkey = log_signer().verifier().to_string();
    let refused = Err(KeyError::Algorithm {
        found: 1,
        expected: 4,
    });
    assert_eq!(vkey.parse::<CosignerKey>(), refused);
    let vkey = cosigner().verifier().to_string();
    assert_eq!(
        vkey.parse::<LogKey>(),
        Err(KeyError::Algorithm {
            found: 4,
            expected: 1
        })
    );
}

#[test]
fn debug_output_shows_no_seed() {
    let shown = format!("{:?}", log_signer());
    assert_eq!(shown, format!("SigningKey({})", log_signer().verifier()));
}

#[test]
fn a_cosigned_checkpoint_gives_state_and_time() {
    let tree = tree(11);
    let note = cosigned(&tree, 11);
    let opened = open(&note).unwrap();
    assert_eq!(opened.checkpoint, checkpoint(&tree, 11));
    assert_eq!(opened.time, TIME);
}

fn open(note: &str) -> Result<CosignedCheckpoint, CosignatureError> {
    CosignedCheckpoint::open(
        note.as_bytes(),
        log_signer().verifier(),
        cosigner().verifier(),
    )
}

#[test]
fn a_cosignature_holds_for_one_checkpoint_and_one_time() {
    let tree = tree(11);
    let (now, before) = (checkpoint(&tree, 11), checkpoint(&tree, 10));
    let cosignature = cosigner().cosign(&now, TIME).unwrap();
    assert_eq!(cosigner().verifier().verify(&now, &cosignature), Ok(()));
    let wrong = Err(CosignatureError::Wrong);
    assert_eq!(cosigner().verifier().verify(&before, &cosignature), wrong);
    let mut bytes = cosignature.to_bytes();
    assert_eq!(Cosignature::from_bytes(&bytes), Some(cosignature));
    bytes[7] ^= 1;
    let later = Cosignature::from_bytes(&bytes).unwrap();
    assert_eq!(cosigner().verifier().verify(&now, &later), wrong);
}

#[test]
fn a_cosignature_time_ends_at_two_to_the_63() {
    let checkpoint = checkpoint(&tree(1), 1);
    let last = cosigner().cosign(&checkpoint, MAX_TIME).unwrap();
    assert_eq!(cosigner().verifier().verify(&checkpoint, &last), Ok(()));
    let beyond = Err(CosignatureError::Time);
    assert_eq!(cosigner().cosign(&checkpoint, MAX_TIME + 1), beyond);
    let mut bytes = last.to_bytes();
    bytes[0] = 0x80;
    let bytes = Cosignature::from_bytes(&bytes).unwrap();
    assert_eq!(
        cosigner().verifier().verify(&checkpoint, &bytes),
        Err(CosignatureError::Time)
    );
}

#[test]
fn a_checkpoint_without_the_cosigners_line_is_not_cosigned() {
    let tree = tree(3);
    let signed = checkpoint(&tree, 3).sign(&log_signer()).unwrap();
    let (name, id) = (KeyName::new(COSIGNER).unwrap(), cosigner().verifier().id());
    let missing = Err(CosignatureError::Note(NoteError::NotSigned { name, id }));
    assert_eq!(open(&signed), missing);
    let cosignature = cosigner().cosign(&checkpoint(&tree, 3), TIME).unwrap();
    let again = cosignature.attach(&cosigned(&tree, 3), cosigner().verifier());
    assert_eq!(again, Err(CosignatureError::AlreadyCosigned));
}

#[test]
fn a_log_signs_and_opens_only_its_own_origin() {
    let other = Checkpoint::new("elsewhere", 1, *checkpoint(&tree(1), 1).root()).unwrap();
    let expected = ORIGIN.to_owned();
    let refused = CheckpointError::OtherLog {
        found: "elsewhere".to_owned(),
        expected,
    };
    assert_eq!(other.sign(&log_signer()), Err(refused.clone()));
    let forged = note::sign(&other.body(), &log_signer()).unwrap();
    let opened = Checkpoint::open(forged.as_bytes(), log_signer().verifier());
    assert_eq!(opened, Err(refused));
}
