//! What is in the journal. The journal is the only truth; every state is a fold over these.
//!
//! Each event has fields in clear and at most one sealed part (slots, a document, evidence). Hashes cover the sealed
//! part only by a salted commitment, so that it can be destroyed and the log still verifies.

use crate::arrangement::Arrangement;
use crate::code::{ConsentGiven, Desk, Level, RefusalReason};
use crate::conflict::{Pair, Witness};
use crate::downstream::Described;
use crate::export::ExportDenial;
use crate::ids::{
    AuthorityId, ElementId, ExportId, LineId, LineName, NoticeId, OfficerId, PartyId, SounderId,
    UnitId,
};
use crate::kind::Kind;
use crate::line::{Digest, EntryRef, Epoch, Fault, LinkState, LogHead, LogRef, Side};
use crate::message::{Content, Header};
use crate::slot::SlotCode;
use crate::units::{Millis, Timestamp};
use crate::watch::WatchEvent;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// An event, when it was decided, and on whose act.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    pub at: Timestamp,
    pub by: Actor,
    pub event: Event,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Actor {
    /// The node itself: receipts, refusals, timers.
    Node,
    Officer(OfficerId),
    /// Someone with the command line on the node's own machine.
    Administrator,
    /// The other party, by what it sent.
    Peer,
    /// A downstream unit of ours, at its telephone.
    Unit(UnitId),
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Event {
    // ---- parties and lines
    /// Both parties have signed. Sealed: the text and both signatures.
    ArrangementInForce {
        line: LineId,
        name: LineName,
        peer: PartyId,
        arrangement: Arc<Arrangement>,
        signatures: Bytes,
    },
    /// Sealed: the manifest's bytes.
    ManifestTaken {
        line: LineId,
        side: Side,
        version: u32,
        manifest: Bytes,
    },
    /// A log starts anew. `closes` names where each side's earlier logs ended, as this node holds them.
    /// Sealed: the signed statement.
    EpochOpened {
        line: LineId,
        side: Side,
        epoch: Epoch,
        /// Own stop, own main, peer's stop, peer's main.
        closes: [LogHead; 4],
        /// Until the root key confirms it, an epoch carries only the stop lane.
        confirmed: bool,
        statement: Bytes,
    },
    EpochConfirmed {
        line: LineId,
        side: Side,
        epoch: Epoch,
        statement: Bytes,
    },

    // ---- what is said
    /// We said it. Sealed: the slots, by the envelope's own commitments.
    MessageSent {
        entry: EntryRef,
        /// The leaf of the envelope; all zero until the shell has sealed it.
        leaf: Digest,
        header: Header,
        content: Content,
        authority: AuthorityId,
        /// The notice of ours that it releases.
        notice: Option<NoticeId>,
    },
    /// They said it. It is their claim, kept verbatim; never our fact. Sealed: the slots.
    MessageReceived {
        entry: EntryRef,
        leaf: Digest,
        header: Header,
        content: Content,
        arrived: Arrival,
        /// Why it is not acted on. It stays in the record as evidence.
        refused: Option<RefusalReason>,
    },
    /// The peer's cosignature of our log up to `head`: it cannot deny having received what is below.
    Delivered {
        log: LogRef,
        head: LogHead,
        /// Whole seconds, and the peer's own claim.
        cosigned_at: Timestamp,
    },
    /// We hold the peer's log up to `head`, durably, and sign that we do.
    Cosigned {
        log: LogRef,
        head: LogHead,
    },
    /// The release rules by which this node decides from here on. A decision names them by `version` alone. Sealed: their
    /// text, and the text of the metadata beside it; empty where they were destroyed.
    RulesInForce {
        version: u32,
        rules: Arc<str>,
        metadata: Arc<str>,
    },
    /// What left, or did not, and by which rules. Nothing withheld is repeated here.
    ReleaseDecided {
        line: LineId,
        kind: Kind,
        notice: Option<NoticeId>,
        decision: Decision,
    },

    // ---- the line itself
    LinkChanged {
        line: LineId,
        link: LinkState,
    },
    /// One per cause, peer and minute. Sealed: what was received, shortened, as evidence.
    FaultNoted {
        line: LineId,
        fault: Fault,
        count: u32,
        evidence: Bytes,
    },
    /// `main` carries nothing more until both parties have settled it; `stop` goes on. Sealed: the proof.
    MainHalted {
        line: LineId,
        fault: Fault,
        evidence: Bytes,
    },
    ClockOffsetNoted {
        line: LineId,
        offset: Millis,
        beyond_limit: bool,
    },

    // ---- notices of ours, before and beside the line
    /// Sealed: the slots.
    NoticeDrafted {
        notice: NoticeId,
        kind: Kind,
        desk: Desk,
        content: Content,
    },
    NoticeDiscarded {
        notice: NoticeId,
    },

    /// A notice of ours and one of the peer's come nearer than the arrangement allows, as this node works it out. The other
    /// node may find otherwise. Sealed: the witness; none where it was destroyed.
    ConflictFound {
        pair: Pair,
        /// The version of what worked it out.
        engine: u16,
        witness: Option<Witness>,
    },

    // ---- the desk
    WatchTaken {
        desk: Desk,
        officer: OfficerId,
    },
    WatchLeft {
        desk: Desk,
        officer: OfficerId,
    },
    SounderArmed {
        desk: Desk,
        sounder: SounderId,
    },
    SounderLost {
        desk: Desk,
        sounder: SounderId,
    },
    AlarmRaised {
        alarm: AlarmCause,
        desk: Desk,
    },
    AlarmClimbed {
        alarm: AlarmCause,
        level: Level,
    },
    /// The tone is off; the alarm is not accepted.
    AlarmSilenced {
        alarm: AlarmCause,
    },
    AlarmEnded {
        alarm: AlarmCause,
    },

    // ---- the record itself
    /// A full disk or a failed sync: `main` writes and sends nothing; the stop lane uses reserved space.
    MainStopped {
        cause: StopOfMain,
    },
    MainResumed,
    /// The folder was restored from a backup; a new epoch follows on every line.
    Restored {
        size: u64,
    },
    /// The opening of journal record `record` was destroyed.
    OpeningDestroyed {
        record: u64,
    },

    // ---- those whom this party speaks for
    /// Sealed: the name.
    ElementEnrolled {
        element: ElementId,
        name: String,
    },
    /// What the element's stop calls may carry to the other party of the line, from here on.
    ElementConsent {
        element: ElementId,
        line: LineId,
        place: bool,
        named: bool,
        how: ConsentGiven,
    },
    /// Whether the site of a draft, as it says now, may be told to the other party of the line.
    SiteConsent {
        notice: NoticeId,
        line: LineId,
        given: bool,
        how: ConsentGiven,
    },
    /// A stop call of ours was made by an officer of the element, whether the call says so or not.
    CalledForElement {
        call: EntryRef,
        element: ElementId,
    },
    /// This party speaks for it no more. What was said for it stands until somebody withdraws it.
    ElementUnenrolled {
        element: ElementId,
    },
    // ---- downstream units, known here alone
    /// Sealed: its name and area; none where they were destroyed.
    UnitEnrolled {
        unit: UnitId,
        desk: Desk,
        described: Option<Described>,
    },
    /// Sealed as in `UnitEnrolled`. What concerned it before concerns it no more, until that is found again.
    UnitChanged {
        unit: UnitId,
        desk: Desk,
        described: Option<Described>,
    },
    UnitStoodDown {
        unit: UnitId,
    },
    /// A notice, or the first of the stop calls that rang as one, concerns these units too, as this node works it out.
    UnitsConcerned {
        subject: EntryRef,
        units: Vec<UnitId>,
        /// The version of what worked it out.
        engine: u16,
    },
    /// The unit has it: by its own word, or by that of the officer whose act it is.
    UnitReceipt {
        unit: UnitId,
        /// The notice, the withdrawal of one, or the stop call.
        subject: EntryRef,
        /// The code on the unit's sheet was read back.
        read_back: bool,
    },
    // ---- a peer's protected sites, taken out of this node as a file
    /// An officer asks for those of a line. Sealed: why; empty where it was destroyed.
    ExportAsked {
        export: ExportId,
        line: LineId,
        /// How many there were.
        sites: u32,
        why: String,
    },
    /// Another officer lets it go, once and for a time.
    ExportAllowed {
        export: ExportId,
    },
    /// An officer refused it, or this node refused an attempt.
    ExportRefused {
        export: ExportId,
        why: ExportDenial,
    },
    /// The file left. Sealed: the SHA-256 of its bytes, since places can be guessed; none where it was destroyed.
    ExportCarriedOut {
        export: ExportId,
        /// How many it held.
        sites: u32,
        digest: Option<Digest>,
    },
    /// Handovers, the roster, orders over an officer's shoulder, wall pages. None of it leaves this node.
    Watch(WatchEvent),
}

/// Bytes kept as they came.
pub type Bytes = Arc<[u8]>;

/// How an entry reached us.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Arrival {
    Line {
        at: Timestamp,
    },
    File {
        at: Timestamp,
    },
    /// Fetched back from the peer after a restore: it was ours, or held by us, before.
    Recovered {
        at: Timestamp,
    },
}

impl Arrival {
    pub fn at(self) -> Timestamp {
        match self {
            Arrival::Line { at } | Arrival::File { at } | Arrival::Recovered { at } => at,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    pub allowed: bool,
    /// Version of the rule set that decided.
    pub rules: u32,
    /// The rules that decided, by name; empty for a denial by default.
    pub because: Vec<String>,
    pub authority: Option<AuthorityId>,
    pub withheld: Vec<SlotCode>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum StopOfMain {
    DiskFull,
    JournalFailed,
}

/// What needs a person's response. What needs none is an event, not an alarm. An alarm is known by its cause: the
/// same cause folds into one alarm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum AlarmCause {
    /// Incoming: accept it.
    StopCall {
        call: EntryRef,
    },
    /// Ours did not reach the peer: telephone.
    StopNotDelivered {
        call: EntryRef,
    },
    /// They have not accepted, answered or confirmed in time.
    StopObligationMissed {
        call: EntryRef,
        stage: StopStage,
    },
    /// We have not answered or confirmed in time.
    StopAnswerDue {
        call: EntryRef,
        stage: StopStage,
    },
    /// The called party ended its pause before the limit.
    StopEnded {
        call: EntryRef,
    },
    /// The pause reaches its limit soon, or has: renew it or agree that it is over.
    StopLimit {
        call: EntryRef,
    },
    LinkDown {
        line: LineId,
    },
    ClockOffset {
        line: LineId,
    },
    MainHalted {
        line: LineId,
    },
    NoSounder {
        desk: Desk,
    },
    /// Notices wait for a person's answer beyond the arrangement's deadline.
    AnswerDue {
        line: LineId,
        desk: Desk,
    },
    LineCheckDue {
        line: LineId,
    },
    /// Notices of ours and the peer's come nearer than the arrangement allows: look at them, and settle it.
    Conflict {
        line: LineId,
        desk: Desk,
    },
    CannotSend,
    /// An element that we speak for has made a stop call by itself: know of it, and help.
    ElementCalled {
        element: ElementId,
    },
    /// Notices of ours tell what an element no longer consents to: withdraw them.
    ConsentWithdrawn {
        line: LineId,
        desk: Desk,
    },
    /// Units of this desk are silent beyond the time that they had: call them.
    UnitsSilent {
        desk: Desk,
    },
    /// Too many wrong PINs were tried at a wall page of this desk: see who stood there.
    WallLocked {
        desk: Desk,
    },
    /// Fewer officers are on watch at this desk than its arrangements ask for.
    WatchTooFew {
        desk: Desk,
    },
    /// Phrases of the peer's wait for somebody here to see them, or to answer them: open the hotline.
    PhraseWaits {
        line: LineId,
        desk: Desk,
    },
    /// A claim came, and no person has been shown it: open it, for it asks for an answer.
    ClaimToRead {
        line: LineId,
        desk: Desk,
    },
    /// A claim has no answer, and was to have one by now.
    ClaimAnswerDue {
        line: LineId,
        desk: Desk,
    },
    /// A formal warning came: say that it was received, which is no agreement.
    WarningToAcknowledge {
        line: LineId,
        desk: Desk,
    },
}

impl AlarmCause {
    /// A stop call can't be shelved; neither can the loss of the means to hear one.
    pub const fn is_priority_one(self) -> bool {
        matches!(
            self,
            AlarmCause::StopCall { .. }
                | AlarmCause::StopNotDelivered { .. }
                | AlarmCause::StopObligationMissed { .. }
                | AlarmCause::StopAnswerDue { .. }
                | AlarmCause::StopEnded { .. }
                | AlarmCause::StopLimit { .. }
                | AlarmCause::CannotSend
                | AlarmCause::ElementCalled { .. }
        )
    }

    /// The line whose desks all hear it, whichever it is raised for: none of them is heard there, or can rely on it.
    pub const fn sounds_on_all_of(self) -> Option<LineId> {
        match self {
            AlarmCause::LinkDown { line }
            | AlarmCause::MainHalted { line }
            | AlarmCause::ClockOffset { line } => Some(line),
            AlarmCause::StopCall { .. }
            | AlarmCause::StopNotDelivered { .. }
            | AlarmCause::StopObligationMissed { .. }
            | AlarmCause::StopAnswerDue { .. }
            | AlarmCause::StopEnded { .. }
            | AlarmCause::StopLimit { .. }
            | AlarmCause::NoSounder { .. }
            | AlarmCause::AnswerDue { .. }
            | AlarmCause::LineCheckDue { .. }
            | AlarmCause::Conflict { .. }
            | AlarmCause::CannotSend
            | AlarmCause::ElementCalled { .. }
            | AlarmCause::ConsentWithdrawn { .. }
            | AlarmCause::UnitsSilent { .. }
            | AlarmCause::WallLocked { .. }
            | AlarmCause::WatchTooFew { .. }
            | AlarmCause::PhraseWaits { .. }
            | AlarmCause::ClaimToRead { .. }
            | AlarmCause::ClaimAnswerDue { .. }
            | AlarmCause::WarningToAcknowledge { .. } => None,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum StopStage {
    Accept,
    Answer,
    Confirm,
}
