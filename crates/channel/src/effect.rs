//! What a node wants done. Effects are values, carried out in order by the shell.
//!
//! INVARIANT: what follows an `Append` or `Send` is observed by nobody until the batch that holds it is durable. The
//! one exception is `AlarmNow`.

use crate::doubt::Doubt;
use crate::input::{Connection, Heartbeat, Hello, Request};
use model::code::{Desk, Level};
use model::event::{AlarmCause, Bytes, Fact};
use model::ids::{LineId, NoticeId};
use model::line::{EntryRef, Epoch, Fault, LogHead, LogRef};
use model::message::Message;
use model::said::Said;
use model::slot::{SlotCode, Slots};
use model::units::Timestamp;
use release::Released;

#[derive(Clone, Debug)]
pub enum Effect {
    /// Write it to the journal.
    Append(Append),
    /// Seal it as `entry`, write envelope, opening and fact to the journal. The node has already folded it.
    Send(Outgoing),
    /// Sound it before anything else, the disk included. Only incoming stop calls are that urgent.
    AlarmNow(Alarm),
    /// An alarm began or climbed (`Append` says which); sound it once that is durable.
    Alarm(Alarm),
    /// The alarm of this cause is over.
    AlarmEnded(AlarmCause),
    /// Stored entries `from..until` of `log` (never sealed again), in as many frames as needed, each with the checkpoint
    /// of size `until`: ours, or where the log is the peer's (it asked for it back) the newest signed one that is held.
    /// No entries (`from == until`): the checkpoint alone, or a frame without either. Written as the connection drains.
    /// Like all effects it comes behind what it tells of, and waits until that is durable.
    Transmit {
        connection: Connection,
        log: LogRef,
        from: u64,
        until: u64,
    },
    TransmitFrame {
        connection: Connection,
        frame: OwnFrame,
    },
    /// We hold `head` durably: sign that, and send it. No connections: keep it for the next export.
    Cosign {
        connections: Vec<Connection>,
        log: LogRef,
        head: LogHead,
    },
    /// Read nothing more from it before then: the peer is over its bound.
    Pause {
        connection: Connection,
        until: Timestamp,
    },
    Close {
        connection: Connection,
        fault: Option<Fault>,
    },
    /// The folder is behind what the peer holds, or was restored: all that could be fetched has been. Sign a new epoch
    /// that names these heads (own stop, own main, peer's stop, peer's main) and administer `OpenEpoch`.
    EpochNeeded {
        line: LineId,
        epoch: Epoch,
        closes: [LogHead; 4],
    },
    Reply {
        request: Request,
        answer: Result<Done, Refusal>,
    },
    /// Look closely at these notices, one by one and in no hurry ([`crate::Node::look`], [`crate::look::Look::found`]), and
    /// say what was found by `Input::ConflictsFound`.
    Look(Vec<EntryRef>),
    /// Ask for `Input::Tick` then. Later ones replace earlier ones.
    WakeAt(Timestamp),
}

/// A fact, and for an entry of the peer's log the bytes as they came.
#[derive(Clone, Debug)]
pub struct Append {
    pub fact: Fact,
    pub kept: Option<Kept>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    pub entry: EntryRef,
    pub envelope: Bytes,
    pub opening: Bytes,
}

#[derive(Clone, Debug)]
pub struct Outgoing {
    pub entry: EntryRef,
    pub at: Timestamp,
    pub by: model::event::Actor,
    pub message: Released<Message>,
    pub notice: Option<NoticeId>,
}

/// Frames that are no entries.
#[derive(Clone, Debug)]
#[allow(
    clippy::large_enum_variant,
    reason = "the large one is sent once for each connection"
)]
pub enum OwnFrame {
    Hello(Hello),
    Heartbeat(Heartbeat),
    Fetch {
        log: LogRef,
        from: u64,
    },
    /// Our newest statement for the epoch in force, as stored.
    Epoch {
        statement: Bytes,
    },
    Manifest {
        manifest: Bytes,
    },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alarm {
    pub cause: AlarmCause,
    pub line: Option<LineId>,
    pub desk: Desk,
    pub level: Level,
    pub at: Timestamp,
    /// How many calls are folded into it.
    pub count: u32,
    /// `false`: the journal could not take it, and nothing later will show it.
    pub recorded: bool,
    /// Somebody turned its tone off.
    pub silenced: bool,
    /// Of a stop call: this node itself doubts the place that was given. The call itself says why.
    pub place_in_doubt: bool,
}

/// What a command led to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Done {
    /// Nothing more to name.
    Done,
    /// The entries that carry it, a line each.
    Said(Vec<EntryRef>),
    /// A stop call, line by line: sent, or why not and whom to telephone.
    Stopped(Vec<Result<StopSent, NotStopped>>),
    /// Details of a stop call, and the entry that carries them.
    Detailed(EntryRef, Box<StopSent>),
    /// A notice, line by line: what became of it.
    Released(Vec<(LineId, Result<EntryRef, model::event::Decision>)>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StopSent {
    pub line: LineId,
    pub call: EntryRef,
    /// `false`: no path is up (or the line is carried by file). It waits, signed, and goes out when one is; telephone now.
    pub on_its_way: bool,
    pub telephone: Vec<String>,
    /// What of it travels on this line.
    pub slots: Slots,
    /// What was given and does not: the arrangement lets it go on no stop call.
    pub withheld: Vec<SlotCode>,
    /// The place was given more finely than agreed, and went as the square that contains it.
    pub coarsened: bool,
    /// What this node doubts about the places, as they were given. The call went all the same.
    pub doubts: Vec<Doubt>,
}

/// A line that a stop call could not even be queued on. It holds up no other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotStopped {
    pub line: LineId,
    pub refused: Refusal,
    pub telephone: Vec<String>,
}

/// Why a command was not done. Nothing withheld is revealed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("{0}")]
    NotAllowed(Said),
    #[error("there is no {what} `{which}` here")]
    Unknown { what: &'static str, which: String },
    #[error("{0}")]
    Invalid(Said),
    #[error("{0}")]
    NotNow(Said),
    /// What is to be released comes nearer to what the peer has declared than the arrangement allows.
    #[error("{0}")]
    InConflict(Said),
    /// It was not looked at beside all that the peer has declared by now.
    #[error(
        "the other party goes on declaring things near it, and it was not checked against all of them: look at what has come, \
         then release it again"
    )]
    LookAgain,
    #[error("this desk cannot send: the journal takes nothing more; telephone {0}")]
    CannotSend(String),
    #[error(
        "this node's disk is full: notices are stopped until there is room, and stop calls still go; make room, or telephone {0}"
    )]
    DiskFull(String),
}

model::says! { Refusal, "refusal":
    "unknown" Unknown { what, which };
    "look-again" LookAgain;
    "cannot-send" CannotSend(numbers);
    "disk-full" DiskFull(numbers);
    given NotAllowed, Invalid, NotNow, InConflict;
}
