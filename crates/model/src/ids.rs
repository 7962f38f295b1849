//! Identifiers. Each is its own type, so that one cannot be passed where another is meant.

use crate::said::{Message, Said, Says};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// The longest short name, in bytes.
pub const MAX_SLUG: usize = 31;

/// A short name: 1 to [`MAX_SLUG`] of `a-z`, `0-9` and `-`, beginning with a letter. Copied, never allocated.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slug {
    bytes: [u8; MAX_SLUG],
    len: u8,
}

/// Why a short name was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a short name: use 1 to 31 of a-z, 0-9 and -, beginning with a letter")]
pub struct NotASlug(String);

impl Says for NotASlug {
    const MESSAGES: &'static [Message] = &[Message {
        id: "not-a-slug",
        slots: &["typed"],
    }];

    fn said(&self) -> Said {
        Said::of("not-a-slug", self).with("typed", &self.0)
    }
}

impl LineId {
    /// Before every other, in order.
    pub(crate) const FIRST: LineId = LineId([0; 16]);
}

impl Slug {
    pub fn as_str(&self) -> &str {
        // Only ASCII ever enters, so this cannot fail; an empty name is the harmless answer if it did.
        std::str::from_utf8(&self.bytes[..usize::from(self.len)]).unwrap_or("")
    }
}

impl FromStr for Slug {
    type Err = NotASlug;

    fn from_str(text: &str) -> Result<Self, NotASlug> {
        let refused = || NotASlug(text.chars().take(40).collect());
        let good = text.len() <= MAX_SLUG
            && text.starts_with(|c: char| c.is_ascii_lowercase())
            && text
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if !good {
            return Err(refused());
        }
        let mut bytes = [0; MAX_SLUG];
        bytes[..text.len()].copy_from_slice(text.as_bytes());
        Ok(Self {
            bytes,
            len: u8::try_from(text.len()).map_err(|_| refused())?,
        })
    }
}

impl fmt::Display for Slug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for Slug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.as_str())
    }
}

impl Serialize for Slug {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Slug {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

macro_rules! named {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Slug);

        impl $name {
            pub fn new(name: Slug) -> Self {
                Self(name)
            }
            pub fn slug(&self) -> Slug {
                self.0
            }
            pub fn as_str(&self) -> &str {
                self.0.as_str()
            }
        }

        impl FromStr for $name {
            type Err = NotASlug;
            fn from_str(text: &str) -> Result<Self, NotASlug> {
                text.parse().map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&self.0, f)
            }
        }
    )*};
}

named! {
    /// A principal with its own node, keys and desks. Agreed on the line's arrangement.
    PartyId,
    /// A force or organisation that a party speaks for.
    ElementId,
    /// A person with an account on this node. Local: never sent.
    OfficerId,
    /// A downstream unit. Local: never sent.
    UnitId,
    /// A reference point listed in an arrangement.
    ReferencePointId,
    /// A protective purpose listed in an arrangement.
    PurposeId,
    /// What a line is called on this node.
    LineName,
    /// An authority under which something is released, as named in the rule set.
    AuthorityId,
    /// A sounder: one `standclear bell` on one desk's machine.
    SounderId,
    /// A wall page: a screen that only sounds and shows one desk's alarms. Local: never sent.
    WallId,
}

macro_rules! random {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub struct $name([u8; 16]);

        impl $name {
            /// Sixteen bytes chosen at random by the shell, or read from where they were kept.
            pub const fn from_random(bytes: [u8; 16]) -> Self {
                Self(bytes)
            }
            pub fn as_bytes(&self) -> &[u8; 16] {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.iter().try_for_each(|b| write!(f, "{b:02x}"))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = NotAnId;
            fn from_str(text: &str) -> Result<Self, NotAnId> {
                hex16(text).map(Self)
            }
        }
    )*};
}

/// Why an identifier was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an identifier: 32 hexadecimal digits are expected")]
pub struct NotAnId(String);

impl Says for NotAnId {
    const MESSAGES: &'static [Message] = &[Message {
        id: "not-an-id",
        slots: &["typed"],
    }];

    fn said(&self) -> Said {
        Said::of("not-an-id", self).with("typed", &self.0)
    }
}

fn hex16(text: &str) -> Result<[u8; 16], NotAnId> {
    let refused = || NotAnId(text.chars().take(40).collect());
    if text.len() != 32 || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Err(refused());
    }
    let mut bytes = [0; 16];
    for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks(2)) {
        let pair = std::str::from_utf8(pair).map_err(|_| refused())?;
        *byte = u8::from_str_radix(pair, 16).map_err(|_| refused())?;
    }
    Ok(bytes)
}

random! {
    /// A line between two parties. Chosen when its arrangement is drawn up; the same on both nodes.
    LineId,
    /// A notice on this node. Local: on a line, a notice is named by the entry that opened it.
    NoticeId,
    /// What an officer asked to take out of this node. Local: never sent.
    ExportId,
    /// One request to this node, so that a repeated request is done once. Local.
    RequestId,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_name_keeps_its_text() {
        let name: PartyId = "un-aid".parse().expect("a short name");
        assert_eq!(name.as_str(), "un-aid");
        assert_eq!(format!("{name:>8}"), "  un-aid");
    }

    #[test]
    fn a_short_name_is_refused_at_its_limit_and_for_foreign_letters() {
        assert!("a".repeat(MAX_SLUG).parse::<Slug>().is_ok());
        for bad in [
            "",
            "Coalition",
            "9a",
            "-a",
            "россия",
            "a b",
            &"a".repeat(MAX_SLUG + 1),
        ] {
            assert!(bad.parse::<Slug>().is_err(), "{bad}");
        }
    }

    #[test]
    fn an_identifier_is_32_hexadecimal_digits() {
        let id = LineId::from_random(*b"0123456789abcdef");
        assert_eq!(id.to_string().parse::<LineId>(), Ok(id));
        assert!("zz".parse::<LineId>().is_err());
        assert!(
            "é1234567890123456789012345678901"
                .parse::<LineId>()
                .is_err()
        );
    }
}
