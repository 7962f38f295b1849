//! The epoch statement: a party opens its logs anew, and says where all earlier ones ended.
//!
//! An array of two: COSE_Sign1 by the operational key over line, from, epoch, opened-at, the four closing heads and the
//! reason; and null, or the root key's signature over the same statement, which confirms it.

use channel::input::SealedBy;
use model::event::Bytes;
use model::ids::{LineId, PartyId};
use model::line::{Epoch, Fault, LogHead};
use model::units::Timestamp;

use crate::cbor::{CborError, Reader, Writer};
use crate::codes::numbered;
use crate::cose::{self, Purpose, Sign1};
use crate::keys::Signer;
use crate::line::keys::PartyKeys;
use crate::parts::{Read, ReadParts, WriteParts, expected};

/// Bytes of a statement, confirmed or not.
pub const MAX_STATEMENT: usize = 2 * 1024;

const FORMAT: u16 = 1;

numbered! {
    /// Why a party opens a new epoch.
    EpochReason {
        /// Its folder was restored from a backup.
        Restored = 1, "restored";
        /// The other party holds more of its logs than it does itself.
        Behind = 2, "behind";
        /// Its log or signing key was changed or revoked.
        KeysChanged = 3, "keys-changed";
    }
}

/// What a statement says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Statement {
    pub line: LineId,
    /// Who opens the epoch.
    pub from: PartyId,
    pub epoch: Epoch,
    pub opened: Timestamp,
    /// Where the earlier logs ended, as `from` holds them: its own stop and main, then the other party's stop and main.
    pub closes: [LogHead; 4],
    pub reason: EpochReason,
}

/// A statement with its signatures verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedStatement {
    pub statement: Statement,
    /// The root key has signed it as well. Until then its epoch carries only the stop lane.
    pub confirmed: bool,
    /// As it travels and is kept.
    pub bytes: Bytes,
}

impl Statement {
    fn payload(&self) -> Vec<u8> {
        let mut writer = Writer::with_capacity(320);
        writer.array(7).uint(FORMAT).bytes(self.line.as_bytes());
        writer.text(self.from.as_str()).uint(self.epoch);
        writer.time(self.opened).array(4);
        for head in &self.closes {
            writer.head_of(head);
        }
        writer.uint(self.reason.number());
        writer.into_bytes()
    }

    fn read(payload: &[u8]) -> Read<Self> {
        let mut reader = Reader::new(payload);
        reader.array_of(7)?;
        if reader.uint()? != u64::from(FORMAT) {
            return expected("an epoch statement of format 1");
        }
        let (line, from) = (reader.line()?, reader.party()?);
        let (epoch, opened) = (reader.number()?, reader.time()?);
        reader.array_of(4)?;
        let statement = Self {
            line,
            from,
            epoch,
            opened,
            closes: [
                reader.head_of()?,
                reader.head_of()?,
                reader.head_of()?,
                reader.head_of()?,
            ],
            reason: reader.code(EpochReason::from_number, "a reason of an epoch")?,
        };
        reader.finish()?;
        Ok(statement)
    }

    /// Signs it with the operational key: the epoch is open, for the stop lane.
    pub fn sign(&self, operational: &Signer) -> Bytes {
        enclose(
            &cose::sign(operational, Purpose::Epoch, &self.payload()),
            None,
        )
    }
}

fn enclose(statement: &[u8], confirmation: Option<&[u8; 64]>) -> Bytes {
    let mut writer = Writer::with_capacity(statement.len() + 80);
    writer.array(2).bytes(statement);
    writer.optional(confirmation, |writer, signature| {
        writer.bytes(signature);
    });
    writer.into_bytes().into()
}

struct Parsed<'a> {
    inner: &'a [u8],
    message: Sign1<'a>,
    confirmation: Option<&'a [u8; 64]>,
}

fn parse(bytes: &[u8]) -> Read<Parsed<'_>> {
    let mut reader = Reader::new(bytes);
    reader.array_of(2)?;
    let inner = reader.bytes(MAX_STATEMENT)?;
    let confirmation = reader.optional(|reader| reader.bytes_of::<64>())?;
    reader.finish()?;
    Ok(Parsed {
        inner,
        message: Sign1::parse(inner, MAX_STATEMENT)?,
        confirmation,
    })
}

/// The statement `bytes` with the root key's confirmation. The caller has verified `bytes` with [`open`].
///
/// # Errors
/// Where `bytes` is no statement.
pub fn confirm(bytes: &[u8], root: &Signer) -> Result<Bytes, CborError> {
    let parsed = parse(bytes)?;
    let payload = parsed.message.payload();
    let signature = cose::sign_detached(root, Purpose::EpochConfirmed, payload);
    Ok(enclose(parsed.inner, Some(&signature)))
}

/// Opens a statement of `from` about `line`.
///
/// # Errors
/// The fault of the party that sent it.
pub fn open(bytes: &[u8], line: LineId, from: &PartyKeys) -> Result<SignedStatement, Fault> {
    if bytes.len() > MAX_STATEMENT {
        return Err(Fault::TooLarge);
    }
    let parsed = parse(bytes).map_err(CborError::fault)?;
    let payload = parsed.message.payload();
    let statement = Statement::read(payload).map_err(CborError::fault)?;
    if statement.line != line {
        return Err(Fault::WrongLine);
    }
    if statement.from != from.party() {
        return Err(Fault::WrongParty);
    }
    let signer = from
        .seal(parsed.message.key(), statement.opened)
        .filter(|(key, _)| parsed.message.verify(key, Purpose::Epoch))
        .map(|(_, sealed_by)| sealed_by);
    let root = from.root();
    let confirmed = parsed
        .confirmation
        .map(|signature| cose::verify_detached(root, Purpose::EpochConfirmed, payload, signature));
    // What the root key has confirmed outlives the key that signed it first.
    let signed = match signer {
        Some(SealedBy::KeyInForce) => true,
        Some(SealedBy::RevokedKey) => confirmed == Some(true),
        None => false,
    };
    if !signed || confirmed == Some(false) {
        return Err(Fault::WrongSignature);
    }
    Ok(SignedStatement {
        statement,
        confirmed: confirmed == Some(true),
        bytes: bytes.into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Side, any_head, any_time, at, head, line};
    use proptest::prelude::*;

    fn statement() -> Statement {
        Statement {
            line: line(),
            from: Side::one().party(),
            epoch: 2,
            opened: at(4),
            closes: [head(1, 1), head(1, 2), head(1, 3), head(1, 4)],
            reason: EpochReason::KeysChanged,
        }
    }

    fn opened(bytes: &[u8]) -> Result<SignedStatement, Fault> {
        open(bytes, line(), &Side::one().keys())
    }

    #[test]
    fn only_the_root_key_confirms() {
        let (one, other) = (Side::one(), Side::other());
        let bytes = statement().sign(&one.signer);
        assert_eq!(opened(&bytes).map(|s| s.confirmed), Ok(false));
        let confirmed = confirm(&bytes, &one.root_signer()).unwrap();
        assert_eq!(opened(&confirmed).map(|s| s.confirmed), Ok(true));
        for stranger in [other.root_signer(), one.signer.clone()] {
            let wrong = confirm(&bytes, &stranger).unwrap();
            assert_eq!(opened(&wrong), Err(Fault::WrongSignature));
        }
        let by_root = statement().sign(&one.root_signer());
        assert_eq!(opened(&by_root), Err(Fault::WrongSignature));
    }

    #[test]
    fn every_changed_byte_is_refused() {
        let one = Side::one();
        let bytes = confirm(&statement().sign(&one.signer), &one.root_signer()).unwrap();
        for byte in 0..bytes.len() {
            let mut bad = bytes.to_vec();
            bad[byte] ^= 1;
            assert!(opened(&bad).is_err(), "byte {byte}");
        }
        assert_eq!(opened(&[0; MAX_STATEMENT + 1]), Err(Fault::TooLarge));
    }

    #[test]
    fn a_statement_is_of_its_line_and_party() {
        let mut elsewhere = statement();
        elsewhere.line = LineId::from_random([9; 16]);
        let bytes = elsewhere.sign(&Side::one().signer);
        assert_eq!(opened(&bytes), Err(Fault::WrongLine));
        let mut other = statement();
        other.from = Side::other().party();
        let bytes = other.sign(&Side::one().signer);
        assert_eq!(opened(&bytes), Err(Fault::WrongParty));
    }

    proptest! {
        #[test]
        fn statements_come_back(closes in proptest::array::uniform4(any_head()), epoch: u32, opened_at in any_time()) {
            prop_assume!(opened_at >= at(-1000));
            let statement = Statement { epoch, closes, opened: opened_at, ..statement() };
            let signed = opened(&statement.sign(&Side::one().signer)).unwrap();
            prop_assert_eq!(signed.statement, statement);
        }

        #[test]
        fn arbitrary_bytes_are_no_statement(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            prop_assert!(opened(&bytes).is_err());
        }
    }
}
