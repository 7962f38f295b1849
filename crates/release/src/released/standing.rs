//! The standing release: what an arrangement in force lets go for good.

use super::Released;
use crate::precision::too_fine;
use model::arrangement::Arrangement;
use model::code::Desk;
use model::decide::BY_RULES;
use model::ids::{AuthorityId, PartyId, PurposeId};
use model::kind::Kind;
use model::message::Message;
use model::slot::SlotCode;

/// The authority of every standing release. No rule set may list one of this name.
pub const STANDING_RELEASE: &str = "standing-release";

/// [`STANDING_RELEASE`], as an authority.
pub fn standing_authority() -> AuthorityId {
    // INVARIANT: a test holds that it is a short name.
    STANDING_RELEASE.parse().expect("a short name")
}

/// Why a message has no standing release.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotStanding {
    #[error("`{0}` has no standing release: release it under the rules")]
    Kind(Kind),
    #[error("`{0}` is no party to the arrangement of this line")]
    Recipient(PartyId),
    #[error("the message is for another line than the arrangement's")]
    OtherLine,
    #[error("desk `{0}` is not in the arrangement of this line: choose one that is")]
    Desk(Desk),
    #[error("purpose `{0}` is not in the arrangement of this line: choose one that is")]
    Purpose(PurposeId),
}

model::says! { NotStanding, "standing-release":
    "kind" Kind(kind);
    "recipient" Recipient(party);
    "other-line" OtherLine;
    "desk" Desk(desk);
    "purpose" Purpose(purpose);
}

/// Lets `message` go `to` the other party of `arrangement`, which is in force, without asking any rule: for a stop call
/// waits for none. For those kinds only of which [`Kind::has_standing_release`] says so.
///
/// What [`standing_withholds`] names does not go with it, and holds nothing up. The time it takes does not depend on
/// rules, and on the content only by its size.
///
/// # Errors
/// Where the kind has none; line, recipient, desk or purpose are not those of the arrangement.
pub fn standing(
    arrangement: &Arrangement,
    to: PartyId,
    mut message: Message,
) -> Result<Released<Message>, NotStanding> {
    if !message.kind.has_standing_release() {
        return Err(NotStanding::Kind(message.kind));
    }
    if !arrangement.parties.contains(&to) {
        return Err(NotStanding::Recipient(to));
    }
    if message.line != arrangement.line {
        return Err(NotStanding::OtherLine);
    }
    if !arrangement.desks.contains(&message.desk) {
        return Err(NotStanding::Desk(message.desk));
    }
    if !arrangement.has_purpose(message.purpose) {
        return Err(NotStanding::Purpose(message.purpose));
    }
    for slot in standing_withholds(arrangement, &message) {
        message.slots.remove(slot);
    }
    Ok(Released::new(to, message, standing_authority()))
}

/// The slots of `message` that its standing release does not cover, in their order: for a screen to show beforehand.
///
/// These are slots that the kind does not have; remarks, which go by the rules or not at all; a contact, which is a line
/// of free text, where the arrangement has none; an authority other than the standing release; and a place finer than the
/// arrangement allows. A name goes: the officer chose to give it, and a `cannot-pause` without one is no answer.
pub fn standing_withholds(arrangement: &Arrangement, message: &Message) -> Vec<SlotCode> {
    let fine = too_fine(&message.slots, arrangement.finest);
    message
        .slots
        .iter()
        .map(|(slot, _)| slot)
        .filter(|&slot| {
            let covered = match slot {
                SlotCode::Authority => message.slots.text(slot) == Some(STANDING_RELEASE),
                slot if slot.is_free_text() => false,
                // Where something is, and whose words they are, is for the rules to let go.
                slot if message.kind == Kind::Phrase && BY_RULES.contains(&slot) => false,
                SlotCode::Contact => arrangement.free_text,
                slot => message.kind.slots().contains(&slot),
            };
            let known = message.kind.slots().contains(&slot);
            !covered || !known || fine.iter().any(|fine| fine.slot == slot)
        })
        .collect()
}
