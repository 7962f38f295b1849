//! What parties hand each other as files, and what a journal from elsewhere may hold.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use wire::arrangement::SignedArrangement;
use wire::card::Card;
use wire::cbor::Writer;
use wire::cose::Purpose;
use wire::file::{FileHeader, decrypt, encrypt};
use wire::keys::Secret;
use wire::manifest::SignedManifest;

use crate::keys::{self, FILE_KEY, KEYS, OPERATIONAL, ROOT, SENDER};
use crate::{halves, signed};

/// A manifest, as sent and signed by its root key.
pub fn manifest(data: &[u8]) {
    let again = signed::again(data, &ROOT, Purpose::Manifest);
    for bytes in [Some(data.to_vec()), again].into_iter().flatten() {
        let _ = SENDER.successor(&bytes);
        if let Ok(opened) = SignedManifest::open_unpinned(&bytes) {
            assert_eq!(&opened.bytes()[..], &bytes[..]);
            // What a node does with it: keys for each role, and a new signature over the same.
            let _ = wire::line::PartyKeys::in_force(&opened);
            let _ = wire::line::PartyKeys::of_record(&opened);
            if opened.root() == ROOT.public() {
                let signed = opened.manifest().sign(&ROOT).expect("what was opened");
                assert_eq!(signed.bytes(), opened.bytes());
            }
        }
    }
}

/// A card: as text, and as bytes that are rightly signed.
pub fn card(data: &[u8]) {
    if let Ok(text) = std::str::from_utf8(data) {
        read_card(text);
    }
    let bytes = card_bytes(data).unwrap_or_else(|| data.to_vec());
    if let Some(signed) = signed::again(&bytes, &OPERATIONAL, Purpose::Card) {
        read_card(&card_text(&signed));
    }
}

const BEGIN: &str = "-----BEGIN STANDCLEAR CARD-----";
const END: &str = "-----END STANDCLEAR CARD-----";

fn card_text(bytes: &[u8]) -> String {
    format!("{BEGIN}\n{}\n{END}\n", BASE64.encode(bytes))
}

fn card_bytes(text: &[u8]) -> Option<Vec<u8>> {
    let (_, rest) = std::str::from_utf8(text).ok()?.split_once(BEGIN)?;
    let body: String = rest.split_once(END)?.0.split_ascii_whitespace().collect();
    BASE64.decode(body).ok()
}

fn read_card(text: &str) {
    if let Ok(card) = Card::from_text(text) {
        let again = Card::from_text(&card.to_text());
        assert_eq!(again.as_ref(), Ok(&card));
        let _words = card.fingerprint().to_string();
    }
}

/// An epoch statement, as sent and rightly signed; confirmed too.
pub fn epoch(data: &[u8]) {
    let open = |bytes: &[u8]| wire::epoch::open(bytes, keys::line(), KEYS.peer());
    let _ = open(data);
    let inner = wire::cbor::Reader::new(data)
        .array_of(2)
        .ok()
        .and_then(|()| {
            let mut reader = wire::cbor::Reader::new(data);
            reader.array_of(2).ok()?;
            reader.bytes(data.len()).ok()
        })
        .unwrap_or(data);
    let Some(message) = signed::again(inner, &OPERATIONAL, Purpose::Epoch) else {
        return;
    };
    let mut statement = Writer::new();
    statement.array(2).bytes(&message).null();
    if let Ok(opened) = open(statement.as_slice()) {
        let confirmed = wire::epoch::confirm(&opened.bytes, &ROOT).expect("a statement");
        // It may just not fit any more with the confirmation: then it is refused, and nothing else.
        if let Ok(again) = open(&confirmed) {
            assert!(again.confirmed);
            assert_eq!(again.statement, opened.statement);
        }
    }
}

/// The text of an arrangement, with signatures or without.
pub fn arrangement(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    if let Ok(signed) = SignedArrangement::from_text(text) {
        let again = SignedArrangement::from_text(&signed.to_text());
        assert_eq!(again.as_ref(), Ok(&signed));
        let _ = signed.verify([KEYS.us(), KEYS.peer()]);
    }
    let _ = wire::arrangement::read_signatures(data);
}

/// A file that says it is for us.
pub fn file(data: &[u8]) {
    let _ = decrypt(data, &[&FILE_KEY]);
}

/// A file that is for us, whatever is in it: what a peer encrypted need not be frames.
pub fn import(data: &[u8]) {
    let header = FileHeader {
        line: keys::line(),
        from: KEYS.peer().party(),
        to: KEYS.us().party(),
        created: keys::at(),
    };
    let public = FILE_KEY.public().expect("a file key");
    let Ok(file) = encrypt(&header, &[data.to_vec()], &public, &[9; 32]) else {
        return;
    };
    if let Ok(content) = decrypt(&file, &[&FILE_KEY]) {
        assert_eq!(content.header, header);
        for frame in content.frames {
            let _ = wire::line::receive(&frame, &KEYS);
        }
    }
}

/// Not a peer's bytes, but what a folder from elsewhere may hold: the head of a record, and its opening.
pub fn record(data: &[u8]) {
    let (head, opening) = halves(data);
    let _ = wire::record::decode(head, None);
    let _ = wire::record::decode(head, Some(opening));
}

/// The text of a private key: what is accepted is written back the same.
pub fn private_key(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    if let Ok(secret) = Secret::from_text(text) {
        let again = secret.to_text().expect("a key that was read");
        assert!(Secret::from_text(&again).as_ref() == Ok(&secret));
    }
}
