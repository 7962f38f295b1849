//! What an officer or an administrator asks this node to do. Identifiers in it were chosen by the shell.

use crate::code::{
    Answer, ClaimAnswer, ConsentGiven, Desk, Downstream, LineCheckResult, Role, Standing,
    StopAnswer, StopReason, WithdrawalReason,
};
use crate::downstream::Described;
use crate::event::AlarmCause;
use crate::ids::{
    AuthorityId, ElementId, ExportId, LineId, NoticeId, OfficerId, PurposeId, Slug, UnitId,
};
use crate::kind::Kind;
use crate::line::{Digest, EntryRef};
use crate::slot::{SlotCode, Slots, Value};
use crate::units::Timestamp;
use crate::watch::WatchCommand;

/// A signed-in officer, and in which capacity they act.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Acting {
    pub officer: OfficerId,
    pub role: Role,
    /// The element that they speak for, and for nobody else. Of whoever acts as [`Role::Represented`], and only of them.
    pub element: Option<ElementId>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    TakeWatch {
        desk: Desk,
    },
    LeaveWatch {
        desk: Desk,
    },

    /// One gesture: to one line, or to all lines of the desk. `slots` may be empty: then it means "your activity in
    /// this desk's area; place follows".
    Stop {
        lines: Vec<LineId>,
        desk: Desk,
        slots: Slots,
    },
    StopDetails {
        call: EntryRef,
        slots: Slots,
    },
    /// The obligation goes on for the arrangement's limit, counted from now.
    RenewStop {
        call: EntryRef,
    },
    /// A person takes the call. It ends the alarm, and obliges to answer.
    AcceptStop {
        call: EntryRef,
        name: Option<String>,
    },
    AnswerStop {
        call: EntryRef,
        answer: StopAnswer,
        reason: Option<StopReason>,
        name: Option<String>,
    },
    /// The called party ends its own pause before the limit.
    EndPause {
        call: EntryRef,
        reason: StopReason,
        name: Option<String>,
    },
    /// The caller: the danger is over.
    LiftStop {
        call: EntryRef,
    },
    /// The called party: we have resumed.
    ResumeAfterStop {
        call: EntryRef,
    },
    StopRaisedInError {
        call: EntryRef,
    },

    DraftNotice {
        notice: NoticeId,
        kind: Kind,
        desk: Desk,
        slots: Slots,
    },
    DiscardNotice {
        notice: NoticeId,
    },
    ReleaseNotice {
        notice: NoticeId,
        lines: Vec<LineId>,
        terms: ReleaseTerms,
        in_conflict: InConflict,
    },
    WithdrawNotice {
        notice: NoticeId,
        reason: WithdrawalReason,
    },

    /// A signed-in officer's screen showed it, page visible, item in view, input recent.
    Displayed {
        entry: EntryRef,
    },
    ReadBack {
        entry: EntryRef,
        items: Vec<(SlotCode, Value)>,
    },
    AnswerNotice {
        entry: EntryRef,
        answer: Answer,
        name: Option<String>,
        remarks: Option<Remarks>,
    },

    /// A phrase of the catalogue, on one line. `terms`: asked for where it says a place or has words of its own.
    SayPhrase {
        line: LineId,
        desk: Desk,
        slots: Slots,
        terms: Option<ReleaseTerms>,
    },
    /// Beside the words of a phrase of either side; `amends`: in the place of an earlier translation of ours.
    TranslatePhrase {
        entry: EntryRef,
        amends: Option<EntryRef>,
        language: Slug,
        text: String,
        name: Option<String>,
        terms: ReleaseTerms,
    },
    ChallengeTranslation {
        /// The translation, of either side.
        entry: EntryRef,
        text: String,
        name: Option<String>,
        terms: ReleaseTerms,
    },

    CheckLine {
        line: LineId,
        desk: Desk,
        challenge: u64,
    },
    AnswerLineCheck {
        entry: EntryRef,
        challenge: u64,
        result: LineCheckResult,
    },
    SetStanding {
        line: LineId,
        standing: Standing,
        since: Timestamp,
        remarks: Option<Remarks>,
    },

    /// The tone only: silence is not acceptance.
    SilenceAlarm {
        alarm: AlarmCause,
    },
    /// For alarms that ask a person to know, not to act.
    AcknowledgeAlarm {
        alarm: AlarmCause,
    },

    /// This party speaks for it from now on; or it is called otherwise.
    EnrolElement {
        element: ElementId,
        name: String,
    },
    /// This party speaks for it no more. Its sites stay as they were told.
    UnenrolElement {
        element: ElementId,
    },
    /// What the stop calls of an element may carry to the other party of a line; `None`: as it was. `how`: as the desk was
    /// told; an officer of the element says it by doing so.
    ConsentToStopCalls {
        element: ElementId,
        line: LineId,
        place: Option<bool>,
        named: Option<bool>,
        how: Option<ConsentGiven>,
    },
    /// Whether the site of a draft may be told to the other party of a line. It asks the desk to release it, or to take it
    /// back, and does neither.
    ConsentToSite {
        notice: NoticeId,
        line: LineId,
        given: bool,
        how: Option<ConsentGiven>,
    },
    /// The stop call of an element: on each line at the desk that is for it. What it has not consented to stays here.
    StopForElement {
        element: ElementId,
        lines: Vec<LineId>,
        slots: Slots,
    },
    /// A downstream unit: known here alone.
    EnrolUnit {
        unit: UnitId,
        desk: Desk,
        described: Described,
    },
    ChangeUnit {
        unit: UnitId,
        desk: Desk,
        described: Described,
    },
    StandDownUnit {
        unit: UnitId,
    },
    /// A unit told the officer that it has it; `read_back`, by the code on its sheet.
    RelayReceipt {
        unit: UnitId,
        subject: EntryRef,
        read_back: bool,
    },
    /// Whether all units of ours have a notice of the other party's.
    TellDownstream {
        entry: EntryRef,
        said: Downstream,
    },

    /// To take the peer's protected sites of a line out of this node as a file. Another officer must allow it.
    AskExport {
        export: ExportId,
        line: LineId,
        why: String,
    },
    AllowExport {
        export: ExportId,
    },
    RefuseExport {
        export: ExportId,
    },
    /// The file, which is made already, leaves if it may: how many sites it holds, and the SHA-256 of its bytes.
    CarryOutExport {
        export: ExportId,
        sites: u32,
        digest: Digest,
    },
    /// Handovers and the roster.
    Watch(WatchCommand),
    /// Claims, what is said of them, and warnings.
    Incident(IncidentCommand),
}

/// What is said on the record: that something happened, what is said of that, and warnings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IncidentCommand {
    Claim {
        line: LineId,
        desk: Desk,
        slots: Slots,
        terms: ReleaseTerms,
    },
    /// To a claim of the other party. It may change: each is another answer, and the last one counts.
    Answer {
        entry: EntryRef,
        answer: ClaimAnswer,
        name: Option<String>,
        words: Option<Words>,
    },
    /// Something further, of a claim of either side.
    State {
        entry: EntryRef,
        slots: Slots,
        terms: ReleaseTerms,
    },
    /// A claim or a warning of our own is taken back.
    Withdraw {
        entry: EntryRef,
        reason: WithdrawalReason,
    },
    Warn {
        line: LineId,
        desk: Desk,
        slots: Slots,
        terms: ReleaseTerms,
    },
    /// A warning of theirs was received. This is not agreement.
    Receive {
        entry: EntryRef,
        name: Option<String>,
    },
}

impl Command {
    /// Whether it must wait for nothing, and has room on a full disk: all that belongs to a stop call, and what it sounds.
    pub const fn is_urgent(&self) -> bool {
        match self {
            Self::Stop { .. }
            | Self::StopDetails { .. }
            | Self::RenewStop { .. }
            | Self::AcceptStop { .. }
            | Self::AnswerStop { .. }
            | Self::EndPause { .. }
            | Self::LiftStop { .. }
            | Self::ResumeAfterStop { .. }
            | Self::StopRaisedInError { .. }
            | Self::SilenceAlarm { .. }
            | Self::AcknowledgeAlarm { .. }
            | Self::StopForElement { .. } => true,
            Self::TakeWatch { .. }
            | Self::LeaveWatch { .. }
            | Self::DraftNotice { .. }
            | Self::DiscardNotice { .. }
            | Self::ReleaseNotice { .. }
            | Self::WithdrawNotice { .. }
            | Self::Displayed { .. }
            | Self::ReadBack { .. }
            | Self::AnswerNotice { .. }
            | Self::SayPhrase { .. }
            | Self::TranslatePhrase { .. }
            | Self::ChallengeTranslation { .. }
            | Self::CheckLine { .. }
            | Self::AnswerLineCheck { .. }
            | Self::SetStanding { .. }
            | Self::EnrolElement { .. }
            | Self::UnenrolElement { .. }
            | Self::ConsentToStopCalls { .. }
            | Self::ConsentToSite { .. }
            | Self::EnrolUnit { .. }
            | Self::ChangeUnit { .. }
            | Self::StandDownUnit { .. }
            | Self::RelayReceipt { .. }
            | Self::TellDownstream { .. }
            | Self::AskExport { .. }
            | Self::AllowExport { .. }
            | Self::RefuseExport { .. }
            | Self::CarryOutExport { .. }
            | Self::Watch(_)
            | Self::Incident(_) => false,
        }
    }
}

/// What becomes of a release that would come nearer to what the peer has declared than the arrangement allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InConflict {
    /// It is held, and the officer is told with what it conflicts.
    Hold,
    /// The officer knows, and releases it all the same.
    Release,
}

/// Under what a release is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReleaseTerms {
    pub authority: AuthorityId,
    pub purpose: PurposeId,
    pub element: Option<ElementId>,
}

/// Free text. It leaves only under a release, never under the standing one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remarks {
    pub text: String,
    pub terms: ReleaseTerms,
}

/// Words of one's own, which leave only under a release, and in which language they are: the original is the
/// authoritative one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    pub language: Slug,
    pub text: String,
    pub terms: ReleaseTerms,
}
