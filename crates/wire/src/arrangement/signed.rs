//! The arrangement with the parties' signatures, as a text that a person can read.
//!
//! The text of the arrangement, unchanged, then a line that begins the signatures, one line for each. A signature is
//! COSE_Sign1 by an operational key over line, version, party and the SHA-256 of the text.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use channel::input::SealedBy;
use model::arrangement::{Arrangement, MAX_DOCUMENT};
use model::event::Bytes;
use model::ids::PartyId;
use model::units::Timestamp;
use sha2::{Digest, Sha256};

use super::{ArrangementRefused, parse};
use crate::cbor::{CborError, Reader, Writer};
use crate::cose::{self, Purpose, Sign1};
use crate::keys::Signer;
use crate::line::keys::PartyKeys;
use crate::parts::{Read, ReadParts, WriteParts};

/// Bytes of what follows the text.
pub const MAX_SIGNATURES_TEXT: usize = 4 * 1024;

const MAX_SIGNATURE: usize = 512;
const BEGIN: &str = "-----BEGIN STANDCLEAR SIGNATURES-----";
const END: &str = "-----END STANDCLEAR SIGNATURES-----";

/// Why a signed arrangement was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignedRefused {
    #[error("the file has {given} bytes: it is no arrangement")]
    TooLarge { given: usize },
    #[error("the text of the arrangement was refused")]
    Text(#[from] ArrangementRefused),
    #[error("the text holds the line `{BEGIN}`, which begins the signatures: leave it out")]
    Marker,
    #[error(
        "the signatures cannot be read: they begin with `{BEGIN}`, end with `{END}`, a line for each party between"
    )]
    Form,
    #[error("`{party}` is no party of this arrangement: sign with the folder of a party that is")]
    NotAParty { party: PartyId },
    #[error("`{party}` has signed twice: remove one of the signatures")]
    Twice { party: PartyId },
    #[error("`{party}` has not signed: have them sign it with `standclear arrangement sign`")]
    NotSigned { party: PartyId },
    #[error(
        "the signature of `{party}` is wrong: it is of another text, or by a key that is not in its manifest"
    )]
    Wrong { party: PartyId },
    #[error(
        "the key with which `{party}` signed was revoked since: both sign a higher version (`standclear arrangement new --from`)"
    )]
    Revoked { party: PartyId },
    #[error(
        "the arrangement is for {arrangement}, the keys of `{party}` are for {keys}: exercise and live lines cannot be joined"
    )]
    Exercise {
        party: PartyId,
        arrangement: &'static str,
        keys: &'static str,
    },
}

/// A party's signature over the text, and when it says that it signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    pub party: PartyId,
    pub signed: Timestamp,
    bytes: Vec<u8>,
}

/// How a signature stands, by the keys of the party that is said to have made it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Right,
    /// Over this very text, by a key that is not to be trusted any more.
    Revoked,
    /// Of another text, or by a key that the party's manifest does not name.
    Wrong,
}

/// A text that reads as an arrangement, with none, one or both of the parties' signatures, unverified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedArrangement {
    arrangement: Arrangement,
    signatures: Vec<Signature>,
}

fn payload(arrangement: &Arrangement, party: PartyId, signed: Timestamp) -> Vec<u8> {
    let mut writer = Writer::with_capacity(128);
    writer.array(5).bytes(arrangement.line.as_bytes());
    writer
        .uint(arrangement.version)
        .text(party.as_str())
        .time(signed);
    writer.bytes(&Sha256::digest(arrangement.document.as_bytes()));
    writer.into_bytes()
}

/// The signature of `party` over the text of `arrangement`.
///
/// # Errors
/// Where `party` is none of its parties.
pub fn sign(
    arrangement: &Arrangement,
    party: PartyId,
    signed: Timestamp,
    operational: &Signer,
) -> Result<Signature, SignedRefused> {
    if !arrangement.parties.contains(&party) {
        return Err(SignedRefused::NotAParty { party });
    }
    let payload = payload(arrangement, party, signed);
    let bytes = cose::sign(operational, Purpose::Arrangement, &payload);
    Ok(Signature {
        party,
        signed,
        bytes,
    })
}

impl Signature {
    fn parse(bytes: &[u8]) -> Read<Self> {
        let message = Sign1::parse(bytes, MAX_SIGNATURE)?;
        let mut reader = Reader::new(message.payload());
        reader.array_of(5)?;
        reader.line()?;
        reader.number::<u32>()?;
        let (party, signed) = (reader.party()?, reader.time()?);
        reader.bytes_of::<32>()?;
        reader.finish()?;
        let bytes = bytes.to_vec();
        Ok(Self {
            party,
            signed,
            bytes,
        })
    }

    /// Whether `keys` made it over the text of `arrangement`.
    pub fn is_by(&self, keys: &PartyKeys, arrangement: &Arrangement) -> bool {
        self.verdict(keys, arrangement) == Verdict::Right
    }

    /// How it stands as a signature over the text of `arrangement`.
    pub fn verdict(&self, keys: &PartyKeys, arrangement: &Arrangement) -> Verdict {
        let Ok(message) = Sign1::parse(&self.bytes, MAX_SIGNATURE) else {
            return Verdict::Wrong;
        };
        let same = message.payload() == payload(arrangement, self.party, self.signed);
        let key = keys.seal(message.key(), self.signed);
        match key.filter(|(key, _)| message.verify(key, Purpose::Arrangement)) {
            Some((_, sealed_by)) if same && self.party == keys.party() => match sealed_by {
                SealedBy::KeyInForce => Verdict::Right,
                SealedBy::RevokedKey => Verdict::Revoked,
            },
            Some(_) | None => Verdict::Wrong,
        }
    }
}

impl SignedArrangement {
    /// An arrangement that nobody has signed yet.
    ///
    /// # Errors
    /// Where the text holds the line that begins the signatures.
    pub fn unsigned(arrangement: Arrangement) -> Result<Self, SignedRefused> {
        if arrangement.document.contains(BEGIN) {
            return Err(SignedRefused::Marker);
        }
        let signatures = Vec::new();
        Ok(Self {
            arrangement,
            signatures,
        })
    }

    /// Reads a file: the bare text of an arrangement, or one with signatures.
    pub fn from_text(file: &str) -> Result<Self, SignedRefused> {
        let given = file.len();
        if given > MAX_DOCUMENT + MAX_SIGNATURES_TEXT {
            return Err(SignedRefused::TooLarge { given });
        }
        let (text, signatures) = match file.find(BEGIN) {
            Some(at) => file.split_at(at),
            None => (file, ""),
        };
        let arrangement = parse(text)?;
        // Of a text that is in the journal this was asked before it went there.
        channel::ground::check_agreed(&arrangement.area).map_err(|refused| {
            ArrangementRefused::Rule {
                key: "area".to_owned(),
                what: refused.to_string(),
            }
        })?;
        let mut signed = Self::unsigned(arrangement)?;
        if signatures.is_empty() {
            return Ok(signed);
        }
        let body = signatures
            .strip_prefix(BEGIN)
            .and_then(|rest| rest.trim_end().strip_suffix(END))
            .ok_or(SignedRefused::Form)?;
        for line in body.lines().filter(|line| !line.trim().is_empty()) {
            let (party, encoded) = line.trim().split_once(' ').ok_or(SignedRefused::Form)?;
            let bytes = BASE64.decode(encoded).map_err(|_| SignedRefused::Form)?;
            let signature = Signature::parse(&bytes).map_err(|_| SignedRefused::Form)?;
            if signature.party.as_str() != party {
                return Err(SignedRefused::Form);
            }
            signed.add(signature)?;
        }
        Ok(signed)
    }

    /// Adds a party's signature.
    ///
    /// # Errors
    /// Where the party is none of the arrangement's, or has signed.
    pub fn add(&mut self, signature: Signature) -> Result<(), SignedRefused> {
        let party = signature.party;
        if !self.arrangement.parties.contains(&party) {
            return Err(SignedRefused::NotAParty { party });
        }
        if self.signatures.iter().any(|held| held.party == party) {
            return Err(SignedRefused::Twice { party });
        }
        self.signatures.push(signature);
        Ok(())
    }

    pub fn arrangement(&self) -> &Arrangement {
        &self.arrangement
    }

    pub fn signatures(&self) -> &[Signature] {
        &self.signatures
    }

    /// The file: the text, then the signatures.
    pub fn to_text(&self) -> String {
        let mut text = self.arrangement.document.to_string();
        if self.signatures.is_empty() {
            return text;
        }
        text.push_str(BEGIN);
        for signature in &self.signatures {
            let encoded = BASE64.encode(&signature.bytes);
            text.push_str(&format!("\n{} {encoded}", signature.party));
        }
        text.push('\n');
        text.push_str(END);
        text.push('\n');
        text
    }

    /// That both parties signed this very text, with keys of their manifests, which are for exercise or live as it is.
    /// Gives the signatures as the journal keeps them.
    pub fn verify(&self, keys: [&PartyKeys; 2]) -> Result<Bytes, SignedRefused> {
        for party in self.arrangement.parties {
            let keys = keys.into_iter().find(|keys| keys.party() == party);
            let keys = keys.ok_or(SignedRefused::NotAParty { party })?;
            self.verify_one(party, keys)?;
        }
        let mut writer = Writer::with_capacity(512);
        writer.array(self.signatures.len());
        for signature in &self.signatures {
            writer.bytes(&signature.bytes);
        }
        Ok(writer.into_bytes().into())
    }

    fn verify_one(&self, party: PartyId, keys: &PartyKeys) -> Result<(), SignedRefused> {
        let (wanted, found) = (
            self.arrangement.exercise,
            keys.manifest().manifest().exercise,
        );
        let nature = |exercise| if exercise { "exercise" } else { "live" };
        if wanted != found {
            return Err(SignedRefused::Exercise {
                party,
                arrangement: nature(wanted),
                keys: nature(found),
            });
        }
        let signature = self.signatures.iter().find(|held| held.party == party);
        let signature = signature.ok_or(SignedRefused::NotSigned { party })?;
        match signature.verdict(keys, &self.arrangement) {
            Verdict::Right => Ok(()),
            Verdict::Revoked => Err(SignedRefused::Revoked { party }),
            Verdict::Wrong => Err(SignedRefused::Wrong { party }),
        }
    }
}

/// Reads the signatures that [`SignedArrangement::verify`] gave, as the journal kept them.
///
/// # Errors
/// Where the bytes are none.
pub fn read_signatures(bytes: &[u8]) -> Result<Vec<Signature>, CborError> {
    let mut reader = Reader::new(bytes);
    let count = reader.array(2)?;
    let signatures = (0..count)
        .map(|_| Signature::parse(reader.bytes(MAX_SIGNATURE)?))
        .collect::<Read<_>>()?;
    reader.finish()?;
    Ok(signatures)
}
