//! Which slots a message makes no sense without.

use model::kind::Kind;
use model::slot::SlotCode::{self, *};

/// The slots that a message of `kind`, where rules decide about it, says nothing without, or says something else. Where
/// one of them is filled in and may not go, the message does not go: the peer would refuse it, or misread it.
///
/// An amendment without its `amends` would read as a second notice. Whether a second description is required too is for
/// the arrangement to say.
pub(crate) const fn required(kind: Kind) -> &'static [SlotCode] {
    match kind {
        Kind::AirActivity | Kind::TransitRequest => &[Area, Window, Band, Amends],
        Kind::HazardArea
        | Kind::PositionArea
        | Kind::Movement
        | Kind::ProtectedSite
        | Kind::NoFireArea
        | Kind::RestrictedFireArea
        | Kind::CoordinationLine
        | Kind::CautionArea => &[Area, Window, Amends],
        Kind::Withdrawal => &[Subject],
        Kind::Answer => &[Subject, Answer],
        Kind::Standing => &[Standing],
        // A phrase with a hole in it says something else.
        Kind::Phrase => &[
            Subject, Phrase, Marker, Place, Second, Band, Window, Since, Until, Count, Speed,
            Bearing, Distance, Label, Contact, Language, Remarks,
        ],
        Kind::Translation => &[Subject, Amends, Language, Text],
        Kind::TranslationChallenge => &[Subject, Text],
        // Whose it was, on what evidence and for whom can stay here: what happened, where and when cannot.
        Kind::Claim => &[
            Claim, Certainty, Place, Area, Second, Window, AnswerBy, Language,
        ],
        Kind::ClaimAnswer => &[Subject, ClaimAnswer, Language],
        Kind::ClaimStatement => &[Subject, Certainty, Language, Remarks],
        Kind::Warning => &[
            Warning, Level, Place, Area, Second, Window, Language, Remarks,
        ],
        // These go under the standing release alone.
        Kind::StopCall
        | Kind::StopDetails
        | Kind::StopRenewal
        | Kind::StopAcceptance
        | Kind::StopAnswer
        | Kind::StopEnd
        | Kind::StopLifted
        | Kind::StopResumed
        | Kind::StopRaisedInError
        | Kind::Received
        | Kind::Refused
        | Kind::Displayed
        | Kind::ReadBack
        | Kind::Downstream
        | Kind::LineCheck
        | Kind::LineCheckAnswer
        | Kind::WarningReceived => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_kind_requires_is_among_its_slots() {
        for &kind in Kind::ALL {
            for slot in required(kind) {
                assert!(kind.slots().contains(slot), "{kind} has no {slot}");
            }
        }
    }
}
