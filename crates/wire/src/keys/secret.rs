//! A private key as a small text, for a file that only its owner may read (0600; the shell sees to that).

use std::fmt::{self, Write as _};

use model::ids::PartyId;
use model::units::Timestamp;
use zeroize::{Zeroize, Zeroizing};

use super::{KeyId, KeyRefused, KeyRole, Signer};
use crate::{hex, hpke};

/// The longest text that is looked at, in bytes.
pub const MAX_SECRET_TEXT: usize = 4096;

const BEGIN: &str = "-----BEGIN STANDCLEAR PRIVATE KEY-----";
const END: &str = "-----END STANDCLEAR PRIVATE KEY-----";

/// Why a text is no private key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SecretRefused {
    #[error("the file is over {MAX_SECRET_TEXT} bytes long: it is no private key")]
    TooLong,
    #[error(
        "the file is no private key: it must begin with `{BEGIN}` and end with `{END}`, with lines `name: value` between"
    )]
    Form,
    #[error("the private key has no line `{0}`, or has it twice: restore it from its copy")]
    Line(&'static str),
    #[error("line `{0}` of the private key cannot be read: restore it from its copy")]
    Value(&'static str),
    #[error(
        "the private key was altered: its seed gives key {found}, not {stated}: restore it from its copy"
    )]
    Altered { found: KeyId, stated: KeyId },
    #[error("the key is for {found}, not for {wanted}: give the file of the {wanted} key")]
    OtherRole { found: KeyRole, wanted: KeyRole },
}

/// A private key and what it is for. Its seed is never printed, and wiped on drop.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret {
    pub role: KeyRole,
    pub party: PartyId,
    /// Exercise and live keys cannot be joined.
    pub exercise: bool,
    pub created: Timestamp,
    seed: Zeroizing<[u8; 32]>,
}

impl Secret {
    /// `seed` is 32 random bytes that the shell chose.
    pub fn new(
        role: KeyRole,
        party: PartyId,
        exercise: bool,
        created: Timestamp,
        seed: [u8; 32],
    ) -> Self {
        Self {
            role,
            party,
            exercise,
            created,
            seed: Zeroizing::new(seed),
        }
    }

    pub fn seed(&self) -> &[u8; 32] {
        &self.seed
    }

    /// The public half: Ed25519, or for a file key X25519.
    ///
    /// # Errors
    /// None for a seed of random bytes.
    pub fn public(&self) -> Result<[u8; 32], KeyRefused> {
        match self.role {
            KeyRole::File => hpke::public_key(&self.seed).ok_or(KeyRefused),
            KeyRole::Root | KeyRole::Operational | KeyRole::Log | KeyRole::Cosigning => {
                Signer::from_seed(&self.seed).map(|signer| *signer.public().as_bytes())
            }
        }
    }

    /// The signer of this key.
    ///
    /// # Errors
    /// Where the key is for another role.
    pub fn signer(&self, wanted: KeyRole) -> Result<Signer, SecretRefused> {
        let found = self.role;
        if found != wanted {
            return Err(SecretRefused::OtherRole { found, wanted });
        }
        Signer::from_seed(&self.seed).map_err(|_| SecretRefused::Value("seed"))
    }

    /// The text of the file.
    pub fn to_text(&self) -> Result<Zeroizing<String>, KeyRefused> {
        let mut text = Zeroizing::new(String::with_capacity(600));
        let nature = if self.exercise { "exercise" } else { "live" };
        let mut seed = hex::encode(self.seed.as_slice());
        // Writing to a string does not fail.
        let _ = write!(
            text,
            "{BEGIN}\nrole: {}\nparty: {}\nfor: {nature}\ncreated: {}\npublic: {}\nseed: {seed}\n{END}\n",
            self.role,
            self.party,
            self.created.as_unix_ms(),
            hex::encode(&self.public()?),
        );
        seed.zeroize();
        Ok(text)
    }

    /// Reads a file's text. Lines before the first and after the last are for people and ignored.
    pub fn from_text(text: &str) -> Result<Self, SecretRefused> {
        if text.len() > MAX_SECRET_TEXT {
            return Err(SecretRefused::TooLong);
        }
        let (_, rest) = text.split_once(BEGIN).ok_or(SecretRefused::Form)?;
        let (body, _) = rest.split_once(END).ok_or(SecretRefused::Form)?;
        let line = |name: &'static str| {
            let mut found = body
                .lines()
                .filter_map(|line| line.trim().strip_prefix(name)?.strip_prefix(": "));
            match (found.next(), found.next()) {
                (Some(value), None) => Ok(value.trim()),
                (None, _) | (Some(_), Some(_)) => Err(SecretRefused::Line(name)),
            }
        };
        let bad = |name| move || SecretRefused::Value(name);
        let role = KeyRole::from_name(line("role")?).ok_or_else(bad("role"))?;
        let exercise = match line("for")? {
            "exercise" => true,
            "live" => false,
            _other => return Err(SecretRefused::Value("for")),
        };
        let created = (line("created")?.parse().ok())
            .and_then(|ms| Timestamp::from_unix_ms(ms).ok())
            .ok_or_else(bad("created"))?;
        let party = line("party")?
            .parse()
            .map_err(|_| SecretRefused::Value("party"))?;
        let seed = hex::decode_32(line("seed")?).ok_or_else(bad("seed"))?;
        let stated = hex::decode_32(line("public")?).ok_or_else(bad("public"))?;
        let secret = Self::new(role, party, exercise, created, seed);
        let public = secret.public().map_err(|_| SecretRefused::Value("seed"))?;
        let (found, stated) = (KeyId::of(&public), KeyId::of(&stated));
        match found == stated {
            true => Ok(secret),
            false => Err(SecretRefused::Altered { found, stated }),
        }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret({} of {})", self.role, self.party)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(role: KeyRole) -> Secret {
        let created = Timestamp::from_unix_ms(1_474_127_700_000).unwrap();
        Secret::new(role, "coalition".parse().unwrap(), true, created, [7; 32])
    }

    #[test]
    fn a_private_key_survives_its_file() {
        for &role in KeyRole::ALL {
            let text = secret(role).to_text().unwrap();
            assert_eq!(Secret::from_text(&text), Ok(secret(role)), "{role}");
            let crlf = text.replace('\n', "\r\n");
            assert_eq!(
                Secret::from_text(&format!("# note\n{crlf}\n")),
                Ok(secret(role))
            );
        }
    }

    #[test]
    fn a_mistyped_seed_is_found() {
        let text = secret(KeyRole::Log)
            .to_text()
            .unwrap()
            .replace("seed: 07", "seed: 08");
        assert!(matches!(
            Secret::from_text(&text),
            Err(SecretRefused::Altered { .. })
        ));
    }

    #[test]
    fn a_missing_or_doubled_line_is_named() {
        let text = secret(KeyRole::Log).to_text().unwrap();
        let without = text.replace("role: log\n", "");
        assert_eq!(
            Secret::from_text(&without),
            Err(SecretRefused::Line("role"))
        );
        let twice = text.replace("role: log\n", "role: log\nrole: root\n");
        assert_eq!(Secret::from_text(&twice), Err(SecretRefused::Line("role")));
        assert_eq!(Secret::from_text("hello"), Err(SecretRefused::Form));
        assert_eq!(
            Secret::from_text(&" ".repeat(MAX_SECRET_TEXT + 1)),
            Err(SecretRefused::TooLong)
        );
    }

    #[test]
    fn a_key_signs_only_in_its_role_and_its_seed_is_not_printed() {
        assert!(secret(KeyRole::Log).signer(KeyRole::Operational).is_err());
        assert!(secret(KeyRole::Log).signer(KeyRole::Log).is_ok());
        assert_eq!(
            format!("{:?}", secret(KeyRole::Log)),
            "Secret(log of coalition)"
        );
    }
}
