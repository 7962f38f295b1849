//! Two parties with real keys, and the arrangements of the lines between them. All of it follows from a seed.

use std::sync::{Arc, OnceLock};

use model::arrangement::Arrangement;
use model::code::Desk;
use model::ids::{LineId, PartyId};
use model::place::Position;
use model::units::Timestamp;
use node::core::writer::Seals;
use tlog::LogSigner;
use wire::keys::{KeyRole, Secret, Signer};
use wire::line::keys::{cosigner, log_signer};
use wire::manifest::{Manifest, NamedKey, SignedManifest};

use crate::plan::Rotated;
use crate::rng::Rng;

/// 17 September 2016, 12:55:00Z.
pub const START: i64 = 1_474_116_900_000;
/// What both parties are called, by their number.
pub const NAMES: [&str; 2] = ["coalition", "russia"];
/// The desks of every arrangement.
pub const DESKS: [Desk; 2] = [Desk::Air, Desk::Ground];

/// A party's keys.
#[derive(Clone)]
pub struct Party {
    pub id: PartyId,
    pub root: Signer,
    pub operational: Signer,
    log: Secret,
    cosigning: Secret,
    pub manifest: SignedManifest,
}

/// What cannot be made from this seed. None is known.
#[derive(Debug, thiserror::Error)]
#[error("the seed gives no keys: {0}")]
pub struct NoKeys(String);

fn no_keys(cause: impl ToString) -> NoKeys {
    NoKeys(cause.to_string())
}

impl Party {
    /// Party `number`, 0 or 1.
    ///
    /// # Errors
    /// None for any seed that is known.
    pub fn new(number: usize, rng: &mut Rng) -> Result<Self, NoKeys> {
        let id: PartyId = NAMES[number].parse().map_err(no_keys)?;
        // A year before: no clock that is merely wrong is outside the keys' time.
        let created = Timestamp::from_unix_ms(START - 31_536_000_000).map_err(no_keys)?;
        let mut secret = |role| Secret::new(role, id, true, created, rng.bytes());
        let root = secret(KeyRole::Root);
        let [operational, log, cosigning, file] = [
            KeyRole::Operational,
            KeyRole::Log,
            KeyRole::Cosigning,
            KeyRole::File,
        ]
        .map(&mut secret);
        let roles = [operational.clone(), log.clone(), cosigning.clone(), file];
        let manifest = Manifest::first(&roles, &root, Vec::new()).map_err(no_keys)?;
        let root = root.signer(KeyRole::Root).map_err(no_keys)?;
        Ok(Self {
            id,
            operational: operational.signer(KeyRole::Operational).map_err(no_keys)?,
            manifest: manifest.sign(&root).map_err(no_keys)?,
            log,
            cosigning,
            root,
        })
    }

    /// A new key for `role`, and the manifest that says so, as `standclear party rotate` makes them. The old key stays in
    /// the manifest: only a revocation would end what it is good for.
    ///
    /// # Errors
    /// None for the three roles that sign on a line.
    pub fn rotate(
        &mut self,
        rotated: Rotated,
        now: Timestamp,
        rng: &mut Rng,
    ) -> Result<(), NoKeys> {
        let role = match rotated {
            Rotated::Operational => KeyRole::Operational,
            Rotated::Log => KeyRole::Log,
            Rotated::Cosigning => KeyRole::Cosigning,
        };
        let secret = Secret::new(role, self.id, true, now, rng.bytes());
        let mut manifest = self.manifest.manifest().clone();
        manifest.version += 1;
        manifest.rotate(NamedKey::of(&secret).map_err(no_keys)?, now);
        self.manifest = manifest.sign(&self.root).map_err(no_keys)?;
        match rotated {
            Rotated::Operational => self.operational = secret.signer(role).map_err(no_keys)?,
            Rotated::Log => self.log = secret,
            Rotated::Cosigning => self.cosigning = secret,
        }
        Ok(())
    }

    /// The keys as a process holds them, with random bytes of its own.
    ///
    /// # Errors
    /// None for the keys of [`Party::new`].
    pub fn seals(&self, mut random: Rng) -> Result<Seals, NoKeys> {
        Ok(Seals {
            operational: self.operational.clone(),
            log: self.log.clone(),
            cosigner: cosigner(self.id, &self.cosigning).map_err(no_keys)?,
            random: Box::new(move |bytes| {
                random.fill(bytes);
                true
            }),
        })
    }

    /// What signs the checkpoints of a log of this party.
    ///
    /// # Errors
    /// None for the keys of [`Party::new`].
    pub fn log_signer(
        &self,
        line: LineId,
        lane: model::code::Lane,
        epoch: u32,
    ) -> Result<LogSigner, NoKeys> {
        log_signer(line, self.id, lane, epoch, &self.log).map_err(no_keys)
    }
}

/// Line `number` of the two parties.
pub fn line_id(number: usize) -> LineId {
    let mut bytes = *b"simulated line 0";
    bytes[15] += number as u8;
    LineId::from_random(bytes)
}

/// [`airfield`], as the arrangements have it.
const AIRFIELD: &str = "35.2854, 40.1760";

/// The point that second descriptions are measured from.
pub fn airfield() -> Position {
    // INVARIANT: on Earth.
    Position::from_e7(352_854_000, 401_760_000).expect("a position")
}

/// What both have agreed for line `number`, from the text that both signed.
pub fn arrangement(number: usize) -> Arc<Arrangement> {
    static AGREED: [OnceLock<Arc<Arrangement>>; 2] = [OnceLock::new(), OnceLock::new()];
    let agreed = AGREED[number].get_or_init(|| {
        // INVARIANT: a test reads both.
        Arc::new(wire::arrangement::parse(&text(number)).expect("an arrangement"))
    });
    agreed.clone()
}

/// Kinds to keep apart, and how far: horizontally, vertically, in time.
const SEPARATIONS: [(&str, &str, &str, &str, &str); 4] = [
    ("air-activity", "hazard-area", "2 km", "300 m", "5 min"),
    ("hazard-area", "hazard-area", "10 km", "0 m", "30 min"),
    ("movement", "position-area", "20 km", "0 m", "1 h"),
    ("no-fire-area", "movement", "0 m", "0 m", "0 s"),
];

fn text(number: usize) -> String {
    let line = line_id(number);
    let [one, other] = NAMES;
    let mut text = format!(
        r#"line = "{line}"
name = "line-{number}"
version = 1
nature = "exercise"
parties = ["{one}", "{other}"]
desks = ["air", "ground"]
finest = "1 m"
free_text = true
line_checks = []
clock_offset = "2 s"
single_description = ["caution-area"]
[languages]
{one} = ["en"]
{other} = ["ru"]
[area]
circle = {{ centre = "{AIRFIELD}", radius = "150 km" }}
[[purpose]]
id = "safety"
text = "no harm to each other"
[[reference_point]]
id = "airfield"
name = "the airfield"
position = "{AIRFIELD}"
[deadlines]
answer = "10 min"
read_back = "5 min"
line_check = "5 min"
lead = "1 h"
[stop]
accept = "15 s"
answer = "60 s"
confirm = "3 min"
limit = "30 min"
undelivered = "3 s"
[[stop.climb]]
level = "two-star"
after = "20 s"
[margins]
flight_level = "300 m"
"#
    );
    for (one, other, horizontal, vertical, time) in SEPARATIONS {
        text += &format!(
            "[[separation]]\nbetween = [\"{one}\", \"{other}\"]\nhorizontal = \"{horizontal}\"\n\
             vertical = \"{vertical}\"\ntime = \"{time}\"\n"
        );
    }
    for party in NAMES {
        for desk in DESKS {
            text += &format!(
                "[[fallback]]\nparty = \"{party}\"\ndesk = \"{desk}\"\nnumbers = [\"+963 11 {number}\"]\n"
            );
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_lines_have_an_arrangement_that_is_read() {
        for number in 0..2 {
            assert_eq!(arrangement(number).line, line_id(number));
            assert_eq!(
                arrangement(number)
                    .area
                    .position_of(model::description::Anchor::Centre),
                Ok(airfield())
            );
        }
    }
}
