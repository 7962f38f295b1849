//! Coded words: what is said by code, so that each reader sees it in their own language.
//!
//! A code's number is what travels. Numbers are never reused and a meaning never changes.

use crate::said::{Message, Part, Said, Says};

/// Declares an enumeration whose numbers travel and whose names are shown: `Name { Variant = number, "name" }`.
macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $number:literal, $text:literal;)+ })+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum $name { $($(#[$vdoc])* $variant = $number),+ }

        impl $name {
            /// Every value, in the order of their numbers.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The number that travels.
            pub const fn number(self) -> u16 {
                self as u16
            }

            /// The name used in files, the API and the command line.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }

            pub fn from_number(number: u16) -> Option<Self> {
                Self::ALL.iter().copied().find(|c| c.number() == number)
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::code::UnknownCode;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::ALL.iter().copied().find(|c| c.name() == text).ok_or_else(|| $crate::code::UnknownCode {
                    given: text.chars().take(40).collect(),
                    known: Self::ALL.iter().map(|c| c.name()).collect::<Vec<_>>().join(", "),
                })
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.name())
            }
        }
    )+};
}
pub(crate) use codes;

/// Why a coded word was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{given}` is not one of {known}")]
pub struct UnknownCode {
    pub given: String,
    pub known: String,
}

impl Says for UnknownCode {
    const MESSAGES: &'static [Message] = &[Message {
        id: "not-one-of",
        slots: &["typed", "known"],
    }];

    fn said(&self) -> Said {
        let known = Part::Verbatim(self.known.clone());
        Said::of("not-one-of", self)
            .with("typed", &self.given)
            .with("known", known)
    }
}

codes! {
    /// Who answers a call: a desk, never a person.
    Desk {
        Air = 1, "air";
        Ground = 2, "ground";
        Protection = 3, "protection";
        Senior = 4, "senior";
    }

    /// How high in the chain of command something has climbed.
    Level {
        Desk = 1, "desk";
        TwoStar = 2, "two-star";
        ThreeStar = 3, "three-star";
        FourStar = 4, "four-star";
    }

    /// The two logs of each direction. What a stop call needs never waits behind `main`.
    Lane {
        Stop = 1, "stop";
        Main = 2, "main";
    }

    /// In which capacity something is said. A role, never a name.
    Role {
        Watch = 1, "watch";
        Liaison = 2, "liaison";
        Commander = 3, "commander";
        Interpreter = 4, "interpreter";
        Represented = 5, "represented";
        /// The node itself: receipts and refusals only, never a judgement.
        Node = 6, "node";
    }

    /// How soon something must be seen.
    Urgency {
        Routine = 1, "routine";
        Priority = 2, "priority";
        Immediate = 3, "immediate";
    }

    /// The answer of a person to a notice. Silence is none of these.
    Answer {
        /// Not permission, approval or assurance.
        NoObjection = 1, "no-objection";
        Objection = 2, "objection";
        Concern = 3, "concern";
        CannotComply = 4, "cannot-comply";
    }

    /// The answer to a stop call. An order is never shown as a confirmed pause.
    StopAnswer {
        PauseOrdered = 1, "pause-ordered";
        /// The units have confirmed.
        PauseConfirmed = 2, "pause-confirmed";
        CannotPause = 3, "cannot-pause";
        NotOurs = 4, "not-ours";
        Unknown = 5, "unknown";
    }

    /// Why a pause cannot be given or is ended early.
    StopReason {
        SelfDefence = 1, "self-defence";
        TroopsInContact = 2, "troops-in-contact";
        WeaponsInFlight = 3, "weapons-in-flight";
        NoContactWithUnit = 4, "no-contact-with-unit";
        NotUnderOurControl = 5, "not-under-our-control";
        VerifiedOtherwise = 6, "verified-otherwise";
        LimitReached = 7, "limit-reached";
        Other = 99, "other";
    }

    /// What is happening to those for whom the stop call is made.
    StopCause {
        Unspecified = 0, "unspecified";
        AirStrike = 1, "air-strike";
        Artillery = 2, "artillery";
        DirectFire = 3, "direct-fire";
        Drone = 4, "drone";
        AboutToBeHit = 5, "about-to-be-hit";
        UnsafeApproach = 6, "unsafe-approach";
    }

    /// Who is being hit.
    StopWhom {
        Unspecified = 0, "unspecified";
        OwnForces = 1, "own-forces";
        ProtectedSite = 2, "protected-site";
        Convoy = 3, "convoy";
        Civilians = 4, "civilians";
    }

    /// Whether a party says the line is open. Suspension stops nothing that is safety of life.
    Standing {
        Open = 1, "open";
        Suspended = 2, "suspended";
    }

    /// What the units below a headquarters have said, as the peer may know it.
    Downstream {
        NotAllYet = 1, "not-all-yet";
        AllUnits = 2, "all-units";
    }

    /// What a scheduled check of the line found.
    LineCheckResult {
        Loud = 1, "received-and-read";
        Trouble = 2, "trouble";
    }

    /// What a declared air activity is.
    AirActivity {
        Unspecified = 0, "unspecified";
        Transit = 1, "transit";
        Patrol = 2, "patrol";
        Strike = 3, "strike";
        Reconnaissance = 4, "reconnaissance";
        Refuelling = 5, "refuelling";
        Transport = 6, "transport";
        Drone = 7, "drone";
        Training = 8, "training";
        Rescue = 9, "rescue";
    }

    /// What makes an area hazardous.
    Hazard {
        Unspecified = 0, "unspecified";
        Artillery = 1, "artillery";
        Demolition = 2, "demolition";
        Mines = 3, "mines";
        LiveFire = 4, "live-fire";
        AirDefence = 5, "air-defence";
        Jamming = 6, "jamming";
        Laser = 7, "laser";
        Drop = 8, "drop";
    }

    /// What kind of presence a position area or movement declares.
    Presence {
        Unspecified = 0, "unspecified";
        Troops = 1, "troops";
        Vehicles = 2, "vehicles";
        Headquarters = 3, "headquarters";
        Checkpoint = 4, "checkpoint";
        Logistics = 5, "logistics";
        Medical = 6, "medical";
        AidConvoy = 7, "aid-convoy";
        Evacuation = 8, "evacuation";
    }

    /// What a protected site is.
    Site {
        Unspecified = 0, "unspecified";
        Hospital = 1, "hospital";
        Clinic = 2, "clinic";
        Camp = 3, "camp";
        School = 4, "school";
        Water = 5, "water";
        Warehouse = 6, "warehouse";
        Worship = 7, "worship";
        Heritage = 8, "heritage";
        Office = 9, "office";
    }

    /// What a restricted-fire area asks for. Restrictive measures only.
    Restriction {
        Unspecified = 0, "unspecified";
        NoArtillery = 1, "no-artillery";
        NoAirWeapons = 2, "no-air-weapons";
        NoHeavyWeapons = 3, "no-heavy-weapons";
        NoNightFire = 4, "no-night-fire";
        CallBeforeFire = 5, "call-before-fire";
    }

    /// Why caution is asked for.
    Caution {
        Unspecified = 0, "unspecified";
        CloseForces = 1, "close-forces";
        CivilianMovement = 2, "civilian-movement";
        SearchAndRescue = 3, "search-and-rescue";
        UnexplodedOrdnance = 4, "unexploded-ordnance";
        DenseAirTraffic = 5, "dense-air-traffic";
    }

    /// Why a notice is withdrawn.
    WithdrawalReason {
        Finished = 1, "finished";
        Cancelled = 2, "cancelled";
        Replaced = 3, "replaced";
        GivenInError = 4, "given-in-error";
    }

    /// What a phrase of the hotline does. None of them orders or allows anything.
    Marker {
        Question = 1, "question";
        Answer = 2, "answer";
        Information = 3, "information";
        /// What the sender itself is about to do.
        Intention = 4, "intention";
        Warning = 5, "warning";
        /// A wish for restraint, or for something to be said again. It obliges to nothing.
        Request = 6, "request";
        /// Of an earlier phrase of the sender's, which it names.
        Correction = 7, "correction";
        /// An earlier phrase of the sender's, which it names, is taken back.
        Cancel = 8, "cancel";
    }

    /// What a claim says has happened.
    ClaimKind {
        StrikeOnForces = 1, "strike-on-forces";
        StrikeOnProtectedSite = 2, "strike-on-protected-site";
        FireOnForces = 3, "fire-on-forces";
        FireOnProtectedSite = 4, "fire-on-protected-site";
        Shelling = 5, "shelling";
        /// Bombs or missiles of a drone.
        DroneAttack = 6, "drone-attack";
        UnsafeApproach = 7, "unsafe-approach";
        /// An aircraft was where or as high as was agreed that it would not be.
        AirspaceViolation = 8, "airspace-violation";
        /// An agreed line on the ground was crossed.
        LineCrossed = 9, "line-crossed";
        DamageToConvoy = 10, "damage-to-convoy";
        DamageToSite = 11, "damage-to-site";
        Casualties = 12, "casualties";
        /// A stop call was not heeded.
        StopNotHeeded = 13, "stop-not-heeded";
        Other = 99, "other";
    }

    /// The answer to a claim. Never required to be true, and never inferred.
    ClaimAnswer {
        Accepted = 1, "accepted";
        NotAccepted = 2, "not-accepted";
        UnderReview = 3, "under-review";
        NotOurs = 4, "not-ours";
        NotUnderOurControl = 5, "not-under-our-control";
        Unknown = 6, "unknown";
    }

    /// How sure whoever claims says they are.
    Certainty {
        Certain = 1, "certain";
        Probable = 2, "probable";
        Possible = 3, "possible";
        /// Told by others, and not looked into.
        Reported = 4, "reported";
    }

    /// What a formal warning is.
    WarningKind {
        /// Forces are there that may not have been known of.
        PresenceOfForces = 1, "presence-of-forces";
        /// What will follow from what.
        Consequence = 2, "consequence";
        /// To keep out of an area.
        Area = 3, "area";
        /// It holds until it is withdrawn.
        Standing = 4, "standing";
    }

    /// What a file of evidence is, as its bytes show.
    MediaType {
        Jpeg = 1, "image/jpeg";
        Png = 2, "image/png";
        Tiff = 3, "image/tiff";
        Pdf = 4, "application/pdf";
        Mp4 = 5, "video/mp4";
        Wav = 6, "audio/wav";
        /// UTF-8 without control characters.
        Text = 7, "text/plain";
    }

    /// Why something that arrived whole and signed was refused. It stays in the record as evidence.
    RefusalReason {
        UnknownKind = 1, "unknown-kind";
        UnknownVersion = 2, "unknown-version";
        UnknownSlot = 3, "unknown-slot";
        UnknownCode = 4, "unknown-code";
        UnreadableSlots = 5, "unreadable-slots";
        MissingSlot = 6, "missing-slot";
        WrongLane = 7, "wrong-lane";
        UnknownPurpose = 8, "unknown-purpose";
        OutsideArea = 9, "outside-area";
        DescriptionsDisagree = 10, "descriptions-disagree";
        SingleDescription = 11, "single-description";
        BadGeometry = 12, "bad-geometry";
        BadBand = 13, "bad-band";
        BadWindow = 14, "bad-window";
        UnknownSubject = 15, "unknown-subject";
        NotYours = 16, "not-yours";
        NotInForce = 17, "not-in-force";
        TooPrecise = 18, "too-precise";
        UnknownReferencePoint = 19, "unknown-reference-point";
        DeskNotInArrangement = 20, "desk-not-in-arrangement";
        ReadBackDiffers = 21, "read-back-differs";
        RoleNotAllowed = 22, "role-not-allowed";
        FreeTextNotAllowed = 23, "free-text-not-allowed";
        /// A claim about what its own sender's clock had not reached.
        InTheFuture = 24, "in-the-future";
    }

    /// How an element gave its consent, or took it back.
    ConsentGiven {
        /// By an officer of its own, at this node.
        ByItsOfficer = 1, "by-its-officer";
        InPerson = 2, "in-person";
        ByLetter = 3, "by-letter";
        ByTelephone = 4, "by-telephone";
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_found_by_its_number_and_by_its_name() {
        for &answer in StopAnswer::ALL {
            assert_eq!(StopAnswer::from_number(answer.number()), Some(answer));
            assert_eq!(answer.name().parse(), Ok(answer));
        }
        assert_eq!(StopAnswer::from_number(0), None);
    }

    #[test]
    fn an_unknown_word_is_refused_with_the_known_ones() {
        let refused = "friend".parse::<Desk>().expect_err("not a desk");
        assert_eq!(
            refused.to_string(),
            "`friend` is not one of air, ground, protection, senior"
        );
    }
}
