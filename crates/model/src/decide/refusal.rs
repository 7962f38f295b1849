//! Why a command is refused, and what to do instead: for the officer to read.

use super::MAX_DRAFTS;
use super::incident::IncidentRefused;
use crate::code::{Desk, Role, StopAnswer};
use crate::downstream::UnitRefused;
use crate::element::{MAX_DRAFTS_OF_ELEMENT, MAX_ELEMENTS};
use crate::export::{ExportDenial, MAX_EXPORTS};
use crate::ids::{ElementId, LineId, OfficerId};
use crate::kind::Kind;
use crate::said::{Message, Said, Says};
use crate::slot::{MAX_NAME, SlotCode, SlotRefusal};
use crate::watch::MAX_DUTIES;

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CommandRefused {
    #[error("there is no line in force that has the {0} desk: put an arrangement in force first")]
    NoLine(Desk),
    #[error("line `{0}` is not in force here: list the lines and name one of them")]
    UnknownLine(LineId),
    #[error("nobody is named to whom it is to go: name one line at least")]
    NoLineNamed,
    #[error("the arrangement of line {line} has no {desk} desk: name a desk that it has")]
    NoDesk { line: String, desk: Desk },
    #[error("there is no such stop call in view: list the calls and name one of them")]
    UnknownCall,
    #[error("there is no such notice in view: list the notices and name one of them")]
    UnknownNotice,
    #[error(
        "there is no such draft, it was discarded, or never made: list the drafts and name one of them"
    )]
    UnknownDraft,
    #[error("there is no such line check in view: list the line checks and name one of them")]
    UnknownCheck,
    #[error("there is no such alarm standing: it has ended")]
    UnknownAlarm,
    #[error(
        "only the party that was called can do that; this call is ours: renew it, lift it, or say that it was made in error"
    )]
    CallIsOurs,
    #[error(
        "only the caller can do that; this call came to us: accept it, answer it, or resume once it is lifted"
    )]
    CallIsTheirs,
    #[error(
        "only what came to us can be answered; this notice is ours: withdraw it where it is wrong"
    )]
    NoticeIsOurs,
    #[error("only our own notices can be changed; this one came to us: answer it")]
    NoticeIsTheirs,
    #[error("the call is {phase}: {hint}")]
    CallNotOpen {
        phase: &'static str,
        hint: &'static str,
    },
    #[error("{0}: it can be answered, as often as what you know changes")]
    Accepted(String),
    #[error("this alarm has ended: {0}")]
    AlarmOver(String),
    #[error("accept the call first: a person must have it before it is answered")]
    NotAccepted,
    #[error("`{0}` needs a reason: say why")]
    ReasonMissing(StopAnswer),
    #[error("a pause is confirmed only after it was ordered: say first that it is ordered")]
    NotOrdered,
    #[error("the notice is {0}: there is nothing to do with it any more")]
    NoticeNotLive(&'static str),
    #[error("a {0} cannot be carried as a notice: draft one of the kinds of notice")]
    NotANotice(Kind),
    #[error("a draft lacks its {0}: add it, then release")]
    DraftLacks(SlotCode),
    #[error("slot `{slot}` does not belong to a {kind}: take it out")]
    ForeignSlot { kind: Kind, slot: SlotCode },
    #[error("there are {MAX_DRAFTS} drafts: discard those that are not needed")]
    TooManyDrafts,
    #[error(
        "the line is suspended, and a transit request is not safety of life: it waits until the line is open"
    )]
    Suspended,
    #[error("an officer acting as {0} cannot do that: an officer of another role must do it")]
    Role(Role),
    #[error("the line check was answered already: make another check where it is in doubt")]
    CheckAnswered,
    #[error("the challenge is not the one that was sent: read it again")]
    WrongChallenge,
    #[error("this alarm ends when what it asks for is done; it can be silenced, not dismissed")]
    NotDismissable,
    #[error("the arrangement carries no free text: use the coded slots")]
    NoFreeText,
    #[error("a window that is over cannot be released: correct it")]
    WindowOver,
    #[error(
        "the caller has not lifted it, so there is nothing to resume from: to end a pause early, end it with its reason \
         (`standclear stop end --reason ...`), which tells them"
    )]
    NotLifted,
    #[error(
        "it was released and is in force: withdraw it (`standclear notice withdraw`), or wait until it is over"
    )]
    InForce,
    #[error("the line has no purpose agreed: agree one in its arrangement")]
    NoPurpose,
    #[error("a name is at most {MAX_NAME} bytes: shorten it")]
    NameTooLong,
    #[error(
        "this account speaks for no element: the administrator makes one with `standclear officer add NAME --role \
         represented --element ELEMENT`"
    )]
    NoElement,
    #[error("this account speaks for element `{0}` and for no other: leave the other out")]
    OtherElement(ElementId),
    #[error(
        "element `{0}` is not enrolled here: an officer of the desk enrols it (`standclear element enrol`)"
    )]
    NotEnrolled(ElementId),
    #[error(
        "there are {MAX_ELEMENTS} elements, which is all that one node speaks for: another party's node must speak for it"
    )]
    TooManyElements,
    #[error(
        "element `{0}` has {MAX_DRAFTS_OF_ELEMENT} drafts, which is all that one may have: discard those that are not needed"
    )]
    TooManyDraftsOfElement(ElementId),
    #[error("the element has no name: give the name that the desk knows it by")]
    ElementNameMissing,
    #[error("the draft speaks for no enrolled element, so nobody's consent is asked: release it")]
    NobodysSite,
    #[error("the draft is that of element `{0}`, and stays so: draft another for somebody else")]
    DraftOfElement(ElementId),
    #[error(
        "element `{element}` has not consented that this is told on line {line}, as it says now: ask it, and note the consent \
         (`standclear element consent`), or leave that line out"
    )]
    NoConsent { element: ElementId, line: String },
    #[error(
        "say how the consent was given or withdrawn: in-person, by-letter or by-telephone; only its own officer gives it at \
         this node"
    )]
    HowMissing,
    #[error(
        "the element has not consented that such details are told on this line; the call itself stands: note the consent \
         (`standclear element consent`), then give them"
    )]
    DetailsWithoutConsent,
    #[error("there is no line in force: put an arrangement in force first, and telephone")]
    NoLineAtAll,
    #[error("say why the sites are to leave this node: the other officer decides by that")]
    ExportWithoutWhy,
    #[error(
        "{MAX_EXPORTS} exports wait: allow or refuse those that were asked for, or wait until they lapse"
    )]
    TooManyExports,
    #[error(
        "the other party has declared no protected site on this line: there is nothing to export"
    )]
    NothingToExport,
    #[error(
        "there is no such export in view: list them and name one (`standclear notice sites list`)"
    )]
    UnknownExport,
    #[error("another officer has allowed it already: whoever asked for it can take it")]
    ExportAllowed,
    #[error("this export is over: ask anew where it is needed")]
    ExportOver,
    #[error(
        "{0} open items of this desk were not read: read the list again, which may have grown, and sign for all of it"
    )]
    HandoverNotRead(usize),
    #[error(
        "nobody has heard this desk sound: test the sound and mend it; in an emergency take the watch at once, without a \
         handover, which is recorded"
    )]
    SoundNotHeard,
    #[error("an officer takes the watch over from another: name who hands it over, or nobody")]
    HandoverToOneself,
    #[error(
        "`{0}` is not on watch at this desk: read who is (`standclear watch show`), and name one of those"
    )]
    NotOnWatch(OfficerId),
    #[error(
        "a duty ends after it begins, at most 7 days later, and not in the past: correct its times"
    )]
    DutyOutOfBounds,
    #[error("that officer is due at this desk from then already: cancel that duty first")]
    DutyThere,
    #[error("there are {MAX_DUTIES} duties on the roster: cancel some of them")]
    TooManyDuties,
    #[error(
        "there is no such duty on the roster: list them, and name desk, officer and beginning of one"
    )]
    UnknownDuty,
    #[error("{}", export_denied(*.0))]
    Export(ExportDenial),
    #[error("there is no such phrase in view: list the hotline and name one of them")]
    UnknownPhrase,
    #[error("there is no such translation in view: list the hotline and name one of them")]
    UnknownTranslation,
    #[error("a phrase lacks its {0}: add it, then say it")]
    PhraseLacks(SlotCode),
    #[error(
        "only what came to us is displayed and read back; this phrase is ours: cancel or correct it where it is wrong"
    )]
    PhraseIsOurs,
    #[error(
        "only a phrase of our own can be cancelled or corrected; this one came to us: answer it, or challenge its translation"
    )]
    PhraseIsTheirs,
    #[error("the phrase is {0}: say another")]
    PhraseNotLive(&'static str),
    #[error(
        "only words of their own are translated, and this phrase has none: each reader has its text already"
    )]
    NothingToTranslate,
    #[error("only a translation of ours can be corrected by us: challenge theirs")]
    TranslationIsTheirs,
    #[error(
        "a phrase that says a place, a name, a contact, for whom, or words of its own is released by the rules: name the \
         authority and the purpose"
    )]
    PhraseNeedsTerms,
    #[error(
        "say in which language the words are, such as `en`: the original is the authoritative one"
    )]
    LanguageMissing,
    #[error("say what is wrong with the translation: its interpreter corrects it by that")]
    ChallengeWithoutWords,
    #[error(transparent)]
    Slot(#[from] SlotRefusal),
    #[error(transparent)]
    Unit(#[from] UnitRefused),
    #[error(transparent)]
    Incident(#[from] IncidentRefused),
}

crate::says! { CommandRefused, "command":
    "no-line" NoLine(desk);
    "no-line-named" NoLineNamed;
    "unknown-line" UnknownLine(line);
    "no-desk" NoDesk { line, desk };
    "unknown-call" UnknownCall;
    "unknown-notice" UnknownNotice;
    "unknown-draft" UnknownDraft;
    "unknown-check" UnknownCheck;
    "unknown-alarm" UnknownAlarm;
    "call-is-ours" CallIsOurs;
    "call-is-theirs" CallIsTheirs;
    "notice-is-ours" NoticeIsOurs;
    "notice-is-theirs" NoticeIsTheirs;
    "call-not-open" CallNotOpen { phase, hint };
    "accepted" Accepted(by);
    "alarm-over" AlarmOver(how);
    "not-accepted" NotAccepted;
    "reason-missing" ReasonMissing(answer);
    "not-ordered" NotOrdered;
    "notice-not-live" NoticeNotLive(state);
    "not-a-notice" NotANotice(kind);
    "draft-lacks" DraftLacks(slot);
    "foreign-slot" ForeignSlot { kind, slot };
    "too-many-drafts" TooManyDrafts;
    "suspended" Suspended;
    "role" Role(role);
    "check-answered" CheckAnswered;
    "wrong-challenge" WrongChallenge;
    "not-dismissable" NotDismissable;
    "no-free-text" NoFreeText;
    "window-over" WindowOver;
    "not-lifted" NotLifted;
    "in-force" InForce;
    "no-purpose" NoPurpose;
    "name-too-long" NameTooLong;
    "no-element" NoElement;
    "other-element" OtherElement(element);
    "not-enrolled" NotEnrolled(element);
    "too-many-elements" TooManyElements;
    "too-many-drafts-of-element" TooManyDraftsOfElement(element);
    "element-name-missing" ElementNameMissing;
    "nobodys-site" NobodysSite;
    "draft-of-element" DraftOfElement(element);
    "no-consent" NoConsent { element, line };
    "how-missing" HowMissing;
    "details-without-consent" DetailsWithoutConsent;
    "no-line-at-all" NoLineAtAll;
    "export-without-why" ExportWithoutWhy;
    "too-many-exports" TooManyExports;
    "nothing-to-export" NothingToExport;
    "unknown-export" UnknownExport;
    "export-allowed" ExportAllowed;
    "export-over" ExportOver;
    "handover-not-read" HandoverNotRead(count);
    "sound-not-heard" SoundNotHeard;
    "handover-to-oneself" HandoverToOneself;
    "not-on-watch" NotOnWatch(officer);
    "duty-out-of-bounds" DutyOutOfBounds;
    "duty-there" DutyThere;
    "too-many-duties" TooManyDuties;
    "unknown-duty" UnknownDuty;
    "unknown-phrase" UnknownPhrase;
    "unknown-translation" UnknownTranslation;
    "phrase-lacks" PhraseLacks(slot);
    "phrase-is-ours" PhraseIsOurs;
    "phrase-is-theirs" PhraseIsTheirs;
    "phrase-not-live" PhraseNotLive(state);
    "nothing-to-translate" NothingToTranslate;
    "translation-is-theirs" TranslationIsTheirs;
    "phrase-needs-terms" PhraseNeedsTerms;
    "language-missing" LanguageMissing;
    "challenge-without-words" ChallengeWithoutWords;
    as Export;
    as Slot;
    as Unit;
    as Incident;
}

impl Says for ExportDenial {
    const MESSAGES: &'static [Message] = &[
        Message {
            id: "site-export-own-ask",
            slots: &[],
        },
        Message {
            id: "site-export-not-allowed",
            slots: &[],
        },
        Message {
            id: "site-export-lapsed",
            slots: &[],
        },
        Message {
            id: "site-export-other-officer",
            slots: &[],
        },
        Message {
            id: "site-export-over",
            slots: &[],
        },
        Message {
            id: "site-export-refused",
            slots: &[],
        },
    ];

    fn said(&self) -> Said {
        let id = match self {
            ExportDenial::OwnAsk => "site-export-own-ask",
            ExportDenial::NotAllowed => "site-export-not-allowed",
            ExportDenial::Lapsed => "site-export-lapsed",
            ExportDenial::OtherOfficer => "site-export-other-officer",
            ExportDenial::Over => "site-export-over",
            ExportDenial::ByOfficer | ExportDenial::TakenBack => "site-export-refused",
        };
        Said::of(id, export_denied(*self))
    }
}

/// What an officer reads whose attempt is in the journal.
fn export_denied(why: ExportDenial) -> &'static str {
    match why {
        ExportDenial::OwnAsk => {
            "whoever asks for the other party's protected sites cannot allow it: another officer must; the attempt is recorded"
        }
        ExportDenial::NotAllowed => {
            "no other officer has allowed it, and the other party's protected sites leave this node by two officers alone: \
             ask another officer of the desk to allow it; the attempt is recorded"
        }
        ExportDenial::Lapsed => {
            "it was asked for, or allowed, too long ago: ask anew; the attempt is recorded"
        }
        ExportDenial::OtherOfficer => {
            "only the officer who asked for it can take it: ask for one of your own; the attempt is recorded"
        }
        ExportDenial::Over => {
            "it was refused, or was taken already, and one allowance is for one export: ask anew; the attempt is recorded"
        }
        ExportDenial::ByOfficer | ExportDenial::TakenBack => "it was refused: ask anew",
    }
}
