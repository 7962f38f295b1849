//! The kinds of message that a line carries, and the fixed list of slots of each.
//!
//! INVARIANT: nothing here can express a target, a permissive measure, a track of the other side, or any other
//! cooperation. A new kind or slot is reviewed against that before all else.

use crate::code::{Lane, codes};
use crate::slot::SlotCode::{self, *};

codes! {
    /// What an envelope says. Numbers below 32 travel in the stop lane (receipts and refusals in both).
    Kind {
        /// "You are about to hit, or are hitting, ours or a protected site."
        StopCall = 1, "stop-call";
        StopDetails = 2, "stop-details";
        StopRenewal = 3, "stop-renewal";
        StopAcceptance = 4, "stop-acceptance";
        StopAnswer = 5, "stop-answer";
        /// The called party ends its own pause before the limit.
        StopEnd = 6, "stop-end";
        /// The caller: the danger is over.
        StopLifted = 7, "stop-lifted";
        /// The called party: we have resumed.
        StopResumed = 8, "stop-resumed";
        /// The caller: this call should not have been made.
        StopRaisedInError = 9, "stop-raised-in-error";
        /// When each entry of a batch arrived. Not itself receipted.
        Received = 14, "received";
        /// An entry that arrived whole but was not admitted, and why. Not itself receipted.
        Refused = 15, "refused";
        AirActivity = 32, "air-activity";
        HazardArea = 33, "hazard-area";
        PositionArea = 34, "position-area";
        Movement = 35, "movement";
        ProtectedSite = 36, "protected-site";
        NoFireArea = 37, "no-fire-area";
        RestrictedFireArea = 38, "restricted-fire-area";
        CoordinationLine = 39, "coordination-line";
        CautionArea = 40, "caution-area";
        TransitRequest = 41, "transit-request";
        Withdrawal = 49, "withdrawal";
        Displayed = 50, "displayed";
        ReadBack = 51, "read-back";
        Answer = 52, "answer";
        Downstream = 53, "downstream";
        LineCheck = 56, "line-check";
        LineCheckAnswer = 57, "line-check-answer";
        Standing = 60, "standing";
        /// Something of the hotline's catalogue: a code, a marker, and typed slots.
        Phrase = 64, "phrase";
        /// An interpreter's words beside those of a phrase. The original stays the authoritative one.
        Translation = 65, "translation";
        /// A translation is said to be wrong, and why.
        TranslationChallenge = 66, "translation-challenge";
        /// Something is said to have happened, on the record: what, where, when, and whose doing it is said to be.
        Claim = 68, "claim";
        /// The other party's answer to a claim, from a fixed set.
        ClaimAnswer = 69, "claim-answer";
        /// What either side says further of a claim. It changes nothing that was said before.
        ClaimStatement = 70, "claim-statement";
        /// A formal warning. It asks to be acknowledged as received, and nothing can agree to it.
        Warning = 72, "warning";
        /// A warning was received. This is not agreement.
        WarningReceived = 73, "warning-received";
    }
}

/// The slots that every notice has, in the order in which they travel.
macro_rules! notice {
    ($($own:ident),*) => {
        &[Element, Authority, Amends, Area, Second, Band, Window, Label, Precision, Contact, Remarks, $($own),*]
    };
}

impl Kind {
    /// The ten kinds of notice.
    pub const NOTICES: [Kind; 10] = [
        Kind::AirActivity,
        Kind::HazardArea,
        Kind::PositionArea,
        Kind::Movement,
        Kind::ProtectedSite,
        Kind::NoFireArea,
        Kind::RestrictedFireArea,
        Kind::CoordinationLine,
        Kind::CautionArea,
        Kind::TransitRequest,
    ];

    /// The slots of this kind, in the order of their commitments in the envelope. An envelope of this kind always
    /// has exactly this many commitments: what is absent or withheld carries a decoy.
    pub const fn slots(self) -> &'static [SlotCode] {
        match self {
            Kind::StopCall | Kind::StopDetails => &[
                Element, Authority, Subject, Place, Second, Area, StopWhom, StopCause, Since,
                Contact,
            ],
            Kind::StopRenewal => &[Element, Authority, Subject, Until],
            Kind::StopAcceptance => &[Element, Authority, Subject, Name],
            Kind::StopAnswer => &[
                Element, Authority, Subject, StopAnswer, StopReason, Name, Until,
            ],
            Kind::StopEnd => &[Element, Authority, Subject, StopReason, Name],
            Kind::StopLifted | Kind::StopResumed | Kind::StopRaisedInError => {
                &[Element, Authority, Subject, Name]
            }
            Kind::Received => &[Subject, Times],
            Kind::Refused => &[Subject, Refusal],
            Kind::AirActivity => notice![AirActivity, Count],
            Kind::HazardArea => notice![Hazard],
            Kind::PositionArea => notice![Presence, Count],
            Kind::Movement => notice![Presence, Count, Speed],
            Kind::ProtectedSite => notice![Site, ReviewBy],
            Kind::NoFireArea => notice![Site],
            Kind::RestrictedFireArea => notice![Restriction],
            Kind::CoordinationLine => notice![Caution],
            Kind::CautionArea => notice![Caution],
            Kind::TransitRequest => notice![AirActivity, Count, AnswerBy],
            Kind::Withdrawal => &[Element, Authority, Subject, WithdrawalReason, Remarks],
            Kind::Displayed => &[Subject, ShownAt],
            Kind::ReadBack => &[Element, Authority, Subject, Items],
            Kind::Answer => &[Element, Authority, Subject, Answer, Name, Remarks],
            Kind::Downstream => &[Subject, Downstream],
            Kind::LineCheck => &[Element, Authority, Challenge],
            Kind::LineCheckAnswer => &[Element, Authority, Subject, Challenge, LineCheckResult],
            Kind::Standing => &[Element, Authority, Standing, Since, Remarks],
            Kind::Phrase => &[
                Element, Authority, Subject, Phrase, Marker, Place, Second, Band, Window, Since,
                Until, Count, Speed, Bearing, Distance, Label, Contact, Language, Remarks,
            ],
            Kind::Translation => &[Element, Authority, Subject, Amends, Language, Text, Name],
            Kind::TranslationChallenge => &[Element, Authority, Subject, Name, Text],
            Kind::Claim => &[
                Element, Authority, Claim, Certainty, Whose, Place, Area, Second, Precision,
                Window, AnswerBy, Evidence, Language, Remarks,
            ],
            Kind::ClaimAnswer => &[
                Element,
                Authority,
                Subject,
                ClaimAnswer,
                Name,
                Language,
                Remarks,
            ],
            Kind::ClaimStatement => &[
                Element, Authority, Subject, Certainty, Evidence, Name, Language, Remarks,
            ],
            Kind::Warning => &[
                Element, Authority, Warning, Level, Whose, Place, Area, Second, Precision, Window,
                Language, Remarks,
            ],
            Kind::WarningReceived => &[Element, Authority, Subject, Name],
        }
    }

    /// The lane this kind travels in; `None` for receipts and refusals, which follow what they speak of.
    pub const fn lane(self) -> Option<Lane> {
        match self {
            Kind::StopCall
            | Kind::StopDetails
            | Kind::StopRenewal
            | Kind::StopAcceptance
            | Kind::StopAnswer
            | Kind::StopEnd
            | Kind::StopLifted
            | Kind::StopResumed
            | Kind::StopRaisedInError => Some(Lane::Stop),
            Kind::Received | Kind::Refused => None,
            Kind::AirActivity
            | Kind::HazardArea
            | Kind::PositionArea
            | Kind::Movement
            | Kind::ProtectedSite
            | Kind::NoFireArea
            | Kind::RestrictedFireArea
            | Kind::CoordinationLine
            | Kind::CautionArea
            | Kind::TransitRequest
            | Kind::Withdrawal
            | Kind::Displayed
            | Kind::ReadBack
            | Kind::Answer
            | Kind::Downstream
            | Kind::LineCheck
            | Kind::LineCheckAnswer
            | Kind::Standing
            | Kind::Phrase
            | Kind::Translation
            | Kind::TranslationChallenge
            | Kind::Claim
            | Kind::ClaimAnswer
            | Kind::ClaimStatement
            | Kind::Warning
            | Kind::WarningReceived => Some(Lane::Main),
        }
    }

    pub fn is_notice(self) -> bool {
        Self::NOTICES.contains(&self)
    }

    /// Whether the node may send this by itself. No judgement is answered automatically.
    pub const fn is_automatic(self) -> bool {
        matches!(self, Kind::Received | Kind::Refused)
    }

    /// Whether this stands under the line's standing release: the closed set of messages in fixed fields that needs no
    /// evaluation once an arrangement is in force. Free text never does, and no notice, claim or warning does.
    pub fn has_standing_release(self) -> bool {
        let by_rules = matches!(
            self,
            Kind::Translation
                | Kind::TranslationChallenge
                | Kind::Claim
                | Kind::ClaimStatement
                | Kind::Warning
        );
        !self.is_notice() && !by_rules
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_names_each_of_its_slots_once() {
        for &kind in Kind::ALL {
            let mut slots = kind.slots().to_vec();
            slots.sort();
            slots.dedup();
            assert_eq!(slots.len(), kind.slots().len(), "{kind}");
        }
    }

    #[test]
    fn a_notice_always_has_room_for_both_descriptions_element_and_authority() {
        for kind in Kind::NOTICES {
            for slot in [Element, Authority, Area, Second, Band, Window] {
                assert!(kind.slots().contains(&slot), "{kind} lacks {slot}");
            }
        }
    }

    #[test]
    fn no_kind_or_slot_names_a_target_a_permission_or_a_track() {
        let words = Kind::ALL
            .iter()
            .map(|k| k.name())
            .chain(SlotCode::ALL.iter().map(|s| s.name()));
        for word in words {
            for banned in [
                "target",
                "permit",
                "approve",
                "clear",
                "free-fire",
                "kill",
                "track",
                "request-fire",
                "hostile",
            ] {
                assert!(!word.contains(banned), "{word}");
            }
        }
    }
}
