//! The card that two parties exchange before they have a line: manifest, name and addresses, as a text.
//!
//! COSE_Sign1 by an operational key of the manifest inside. What makes a card worth anything is that two people compare
//! the fingerprint of its root key by voice.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use model::event::Bytes;
use model::slot::MAX_NAME;
use model::units::Timestamp;

use crate::cbor::{CborError, Reader, Writer};
use crate::cose::{self, Purpose, Sign1};
use crate::keys::{KeyRole, Signer};
use crate::manifest::{MAX_MANIFEST, ManifestRefused, SignedManifest};
use crate::parts::{Read, ReadParts, WriteParts, expected};
use crate::words::Fingerprint;

/// Bytes of a card's text.
pub const MAX_CARD: usize = 128 * 1024;
/// Addresses of a party: one for each path.
pub const MAX_ADDRESSES: usize = 8;
/// Bytes of an address.
pub const MAX_ADDRESS: usize = 255;

const FORMAT: u16 = 1;
const BEGIN: &str = "-----BEGIN STANDCLEAR CARD-----";
const END: &str = "-----END STANDCLEAR CARD-----";
const WIDTH: usize = 76;

/// Why a card was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CardRefused {
    #[error(
        "the card has {given} bytes, at most {MAX_CARD} are read: name the file that `standclear card export` wrote"
    )]
    TooLarge { given: usize },
    #[error("this is no card: it begins with `{BEGIN}` and ends with `{END}`")]
    NotACard,
    #[error("the card was damaged on its way: ask for it again")]
    Form(#[from] CborError),
    #[error("the manifest on the card was refused")]
    Manifest(#[from] ManifestRefused),
    #[error("the card is not signed by an operational key of its own manifest: ask for a new one")]
    Signature,
    #[error(
        "`{0}` is no address: give host and port, such as `node.example:7443` or `[2001:db8::1]:7443`"
    )]
    Address(String),
    #[error("a name is one line of 1 to {MAX_NAME} bytes: give one that is")]
    Name,
    #[error("a card holds at most {MAX_ADDRESSES} addresses: leave some out")]
    TooManyAddresses,
}

/// A card, verified as far as a card can be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Card {
    /// What the party calls itself; for people.
    pub name: String,
    /// Where its node is reached, the best path first; none: the line is carried by file, or only the other side dials.
    pub addresses: Vec<String>,
    pub signed: Timestamp,
    pub manifest: SignedManifest,
    bytes: Bytes,
}

impl Card {
    /// Makes a card and signs it.
    ///
    /// # Errors
    /// For a name or an address that nobody could use, or a signer whose key the manifest does not have in force.
    pub fn sign(
        manifest: &SignedManifest,
        name: &str,
        addresses: &[String],
        signed: Timestamp,
        operational: &Signer,
    ) -> Result<Self, CardRefused> {
        if addresses.len() > MAX_ADDRESSES {
            return Err(CardRefused::TooManyAddresses);
        }
        let mut writer = Writer::with_capacity(manifest.bytes().len() + 512);
        writer.array(5).uint(FORMAT).bytes(manifest.bytes());
        writer.text(name).array(addresses.len());
        for address in addresses {
            writer.text(address);
        }
        writer.time(signed);
        let bytes = cose::sign(operational, Purpose::Card, writer.as_slice());
        Self::open(&bytes)
    }

    fn open(bytes: &[u8]) -> Result<Self, CardRefused> {
        let message = Sign1::parse(bytes, MAX_CARD)?;
        let (manifest, name, addresses, signed) = read(message.payload())?;
        let manifest = SignedManifest::open_unpinned(manifest)?;
        let good = (manifest.manifest().in_force(KeyRole::Operational))
            .filter_map(|key| key.ed25519())
            .any(|key| message.verify(&key, Purpose::Card));
        if !good {
            return Err(CardRefused::Signature);
        }
        if name.trim().is_empty() || name.chars().any(char::is_control) {
            return Err(CardRefused::Name);
        }
        match addresses.iter().find(|address| !is_address(address)) {
            Some(bad) => Err(CardRefused::Address(bad.clone())),
            None => Ok(Self {
                name: name.to_owned(),
                addresses,
                signed,
                manifest,
                bytes: bytes.into(),
            }),
        }
    }

    /// What two people compare by voice before either pins the other's root key.
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(&self.manifest.manifest().root)
    }

    /// The text of the file. What stands before its first line is for people, and proves nothing.
    pub fn to_text(&self) -> String {
        let manifest = self.manifest.manifest();
        let nature = if manifest.exercise {
            "exercise"
        } else {
            "live"
        };
        let mut text = format!(
            "Standclear card of {} ({nature}), manifest {}. Compare its fingerprint by voice.\n{BEGIN}\n",
            manifest.party, manifest.version
        );
        let encoded = BASE64.encode(&self.bytes);
        let mut rest = encoded.as_str();
        while !rest.is_empty() {
            let (line, more) = rest.split_at(WIDTH.min(rest.len()));
            text.push_str(line);
            text.push('\n');
            rest = more;
        }
        text.push_str(END);
        text.push('\n');
        text
    }

    /// Reads a card's text, line ends of any kind.
    pub fn from_text(text: &str) -> Result<Self, CardRefused> {
        let given = text.len();
        if given > MAX_CARD {
            return Err(CardRefused::TooLarge { given });
        }
        let (_, rest) = text.split_once(BEGIN).ok_or(CardRefused::NotACard)?;
        let (body, _) = rest.split_once(END).ok_or(CardRefused::NotACard)?;
        let encoded: String = body.split_ascii_whitespace().collect();
        let bytes = BASE64.decode(encoded).map_err(|_| CardRefused::NotACard)?;
        Self::open(&bytes)
    }
}

type Parts<'a> = (&'a [u8], &'a str, Vec<String>, Timestamp);

fn read(payload: &[u8]) -> Read<Parts<'_>> {
    let mut reader = Reader::new(payload);
    reader.array_of(5)?;
    if reader.uint()? != u64::from(FORMAT) {
        return expected("a card of format 1");
    }
    let (manifest, name) = (reader.bytes(MAX_MANIFEST)?, reader.text(MAX_NAME)?);
    let addresses = (0..reader.array(MAX_ADDRESSES)?)
        .map(|_| reader.text(MAX_ADDRESS).map(str::to_owned))
        .collect::<Read<_>>()?;
    let signed = reader.time()?;
    reader.finish()?;
    Ok((manifest, name, addresses, signed))
}

/// Whether `text` is a host name or address and a port.
pub fn is_address(text: &str) -> bool {
    if text.parse::<std::net::SocketAddr>().is_ok() {
        return true;
    }
    let Some((host, port)) = text.rsplit_once(':') else {
        return false;
    };
    let label = |label: &str| {
        let fits = (1..=63).contains(&label.len());
        fits && label
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    };
    let digits = port.bytes().all(|b| b.is_ascii_digit());
    let port = port.parse::<u16>().is_ok_and(|port| port > 0);
    text.len() <= MAX_ADDRESS && host.split('.').all(label) && digits && port
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Side, at};

    fn card(side: &Side) -> Card {
        let addresses = [
            "node.example:7443".to_owned(),
            "[2001:db8::1]:7443".to_owned(),
        ];
        Card::sign(
            &side.manifest,
            "Coalition CAOC",
            &addresses,
            at(5),
            &side.signer,
        )
        .unwrap()
    }

    #[test]
    fn a_card_survives_its_text_and_a_mail_program() {
        let card = card(&Side::one());
        let text = card.to_text();
        assert_eq!(Card::from_text(&text), Ok(card.clone()));
        let mailed = format!("Dear colleagues,\r\n\r\n{}", text.replace('\n', "\r\n"));
        assert_eq!(
            Card::from_text(&mailed).unwrap().fingerprint(),
            card.fingerprint()
        );
    }

    #[test]
    fn an_address_has_so_many_bytes_and_not_one_more() {
        let side = Side::one();
        let sign = |length: usize| {
            let label = "a".repeat(50);
            let host = [label.as_str(); 5].join(".");
            let address = format!("{}:7443", &host[..length - 5]);
            assert_eq!(address.len(), length);
            let card = Card::sign(&side.manifest, "name", &[address], at(5), &side.signer)?;
            Card::from_text(&card.to_text())
        };
        assert!(sign(MAX_ADDRESS).is_ok());
        assert!(sign(MAX_ADDRESS + 1).is_err());
    }

    #[test]
    fn a_changed_card_is_refused() {
        let card = card(&Side::one());
        for at in 0..card.bytes.len() {
            let mut bad = card.bytes.to_vec();
            bad[at] ^= 1;
            assert!(Card::open(&bad).is_err(), "byte {at}");
        }
    }

    #[test]
    fn a_card_is_signed_by_the_party_it_is_of() {
        let (one, other) = (Side::one(), Side::other());
        let refused = Card::sign(&one.manifest, "name", &[], at(5), &other.signer);
        assert_eq!(refused, Err(CardRefused::Signature));
    }

    #[test]
    fn names_and_addresses_are_checked_and_counted() {
        let side = Side::one();
        let made = |name: &str, addresses: &[&str]| {
            let addresses: Vec<_> = addresses.iter().map(|a| (*a).to_owned()).collect();
            Card::sign(&side.manifest, name, &addresses, at(5), &side.signer)
        };
        assert!(made("n", &["h:1"; MAX_ADDRESSES]).is_ok());
        let over = made("n", &["h:1"; MAX_ADDRESSES + 1]);
        assert_eq!(over, Err(CardRefused::TooManyAddresses));
        for bad in [
            "h",
            "h:0",
            "h:99999",
            "h:+1",
            "a b:1",
            "http://h:1",
            ":1",
            "a..b:1",
        ] {
            assert_eq!(made("n", &[bad]), Err(CardRefused::Address(bad.into())));
        }
        for good in ["127.0.0.1:7443", "[::1]:7443", "caoc.example.org:443"] {
            assert!(made("n", &[good]).is_ok(), "{good}");
        }
        assert_eq!(made(" ", &[]), Err(CardRefused::Name));
        assert!(made(&"n".repeat(MAX_NAME), &[]).is_ok());
        assert!(made(&"n".repeat(MAX_NAME + 1), &[]).is_err());
    }

    #[test]
    fn arbitrary_text_is_no_card() {
        assert_eq!(Card::from_text("hello"), Err(CardRefused::NotACard));
        let text = format!("{BEGIN}\n####\n{END}");
        assert_eq!(Card::from_text(&text), Err(CardRefused::NotACard));
        let over = " ".repeat(MAX_CARD + 1);
        assert!(matches!(
            Card::from_text(&over),
            Err(CardRefused::TooLarge { .. })
        ));
    }
}
