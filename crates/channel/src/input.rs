//! What happens to a node. Everything here was verified by `wire` as far as bytes and keys can tell.

use crate::look::{Found, Looked};
use model::code::{Desk, Lane};
use model::command::{Acting, Command};
use model::event::Bytes;
use model::ids::{LineId, OfficerId, PartyId, SounderId, UnitId, WallId};
use model::line::{Digest, EntryRef, Epoch, Fault, LogHead, LogRef, Seen};
use model::message::{Content, Header};
use model::units::Timestamp;
use model::watch::Order;
use std::sync::Arc;

/// One connection of one line, numbered by the shell; never used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Connection(pub u64);

/// What a connection is for. Stops have their own on every path, so that nothing is ever ahead of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    Stop,
    Main,
}

impl Class {
    pub const fn lane(self) -> Lane {
        match self {
            Class::Stop => Lane::Stop,
            Class::Main => Lane::Main,
        }
    }
}

/// Which request an effect answers; numbered by the shell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Request(pub u64);

#[derive(Clone, Debug)]
pub enum Input {
    Command {
        request: Request,
        by: Acting,
        command: Command,
        /// What [`crate::Node::plans`] asked to be looked at first.
        looked: Vec<Looked>,
    },
    /// As `Command`, on somebody's order.
    Directed {
        request: Request,
        by: Acting,
        command: Command,
        looked: Vec<Looked>,
        order: Order,
    },
    /// Too many wrong PINs at a wall page.
    WallLocked {
        desk: Desk,
        wall: WallId,
        officer: Option<OfficerId>,
    },
    /// What an administrator does with the command line on the node's own machine; the shell has checked signatures.
    Administer {
        request: Request,
        act: Administration,
    },
    Link(LinkInput),
    /// A batch is on disk: how far our own logs now reach, durably. In the order in which they were written.
    Durable {
        heads: Vec<(LogRef, LogHead)>,
    },
    /// What came of [`crate::effect::Effect::Look`].
    ConflictsFound(Vec<Found>),
    /// When it changes, and once at start, after the first `Durable`.
    Disk(Disk),
    Sounder {
        desk: Desk,
        sounder: SounderId,
        armed: bool,
    },
    /// The time asked for by `Effect::WakeAt` has come; harmless at any other time.
    Tick,
    /// A downstream unit of ours has it, by its own telephone.
    UnitReceipt {
        request: Request,
        unit: UnitId,
        subject: EntryRef,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disk {
    Well,
    /// `main` is stopped; the stop lane writes into reserved space.
    Full,
    /// Nothing is written or sent any more. Incoming stop calls still alarm, marked "not recorded".
    Failed,
}

#[derive(Clone, Debug)]
pub enum Administration {
    /// Both signatures were verified under the manifests in force.
    PutInForce {
        arrangement: Arc<model::arrangement::Arrangement>,
        name: model::ids::LineName,
        peer: PartyId,
        signatures: Bytes,
    },
    /// The peer's manifest, or a newer one of our own, verified against the pinned root.
    TakeManifest {
        line: LineId,
        side: model::line::Side,
        version: u32,
        manifest: Bytes,
    },
    /// A new epoch of our own logs, signed by the operational key; the shell knows the durable heads.
    OpenEpoch {
        line: LineId,
        epoch: Epoch,
        closes: [LogHead; 4],
        statement: Bytes,
    },
    /// The root key's signature over an epoch opened earlier.
    ConfirmEpoch {
        line: LineId,
        epoch: Epoch,
        statement: Bytes,
    },
    /// The node was started with these rules; nothing is journalled where the record names them already.
    PutRulesInForce,
    /// The folder was restored from a backup of `size` journal records. May be said at every start; it is journalled once.
    Restored { size: u64 },
}

#[derive(Clone, Debug)]
pub enum LinkInput {
    /// How many paths the line is expected to have, dialled or accepted, numbered from 0; none: it is carried by file.
    /// Said once at start and whenever the configuration changes.
    Paths {
        line: LineId,
        count: u8,
    },
    /// Mutual TLS stands, and the other end showed the peer's TLS key.
    Opened {
        connection: Connection,
        line: LineId,
        path: u8,
        class: Class,
    },
    Closed {
        connection: Connection,
    },
    /// Bytes came, and the frame that they belong to is not whole: a slow path takes long over a large one, and is alive.
    /// To be said at most once a second.
    Heard {
        connection: Connection,
    },
    Frame {
        connection: Connection,
        frame: PeerFrame,
    },
    /// From a file that a courier brought; answered by the next export.
    File {
        line: LineId,
        frame: PeerFrame,
    },
}

/// What the peer sent, decoded and with each signature checked under its manifest.
#[derive(Clone, Debug)]
pub enum PeerFrame {
    Hello(Hello),
    Entries(Entries),
    /// The peer's cosignature of one of our logs.
    Cosigned {
        log: LogRef,
        head: LogHead,
        cosigned_at: Timestamp,
        /// Our own root at that size, looked up by the receiving shell: `None` where the log has no such size durably.
        own_root: Option<Digest>,
    },
    Heartbeat(Heartbeat),
    /// Send us what you hold of `log` (as we see it) from `from` on: after a restore.
    Fetch {
        log: LogRef,
        from: u64,
    },
    /// The peer opened (or its root key confirmed) an epoch of its own logs.
    Epoch {
        epoch: Epoch,
        closes: [LogHead; 4],
        confirmed: bool,
        statement: Bytes,
    },
    /// The peer's manifest, newer than the one held, verified against its pinned root.
    Manifest {
        version: u32,
        manifest: Bytes,
    },
    /// What could not be taken at all.
    Bad {
        fault: Fault,
        evidence: Bytes,
    },
}

/// The first frame of each connection, each way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hello {
    /// Protocol versions offered, highest first.
    pub versions: Vec<u16>,
    pub manifest: u32,
    /// Version of the receiver's manifest that the sender holds.
    pub held_manifest: u32,
    pub sent_at: Timestamp,
    /// The sender's own two logs, durable: stop, main.
    pub own: [LogHead; 2],
    /// What the sender durably holds of the receiver's two logs: stop, main.
    pub held: [LogHead; 2],
    /// What the receiver has cosigned of the sender's own two logs, as the sender knows it: stop, main. A receiver that
    /// does not hold that much was restored.
    pub delivered: [LogHead; 2],
    /// The receiver's own root at each size in `held`, looked up by the receiving shell: `None` where it has no such size.
    pub held_roots: [Option<Digest>; 2],
}

/// Entries of one log, in order, and the checkpoint that covers them.
#[derive(Clone, Debug)]
pub struct Entries {
    pub log: LogRef,
    pub entries: Vec<Arrived>,
    /// Its signature was checked; whether it extends what we hold is for us to see.
    pub checkpoint: Option<SignedHead>,
}

/// A head with the note that signs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedHead {
    pub head: LogHead,
    pub note: Bytes,
}

/// Which of its sender's keys sealed an envelope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SealedBy {
    KeyInForce,
    /// The root key has revoked it. Such an entry is taken only where a checkpoint of its log, signed by a log key in force,
    /// covers it: by that its sender stands by it (docs/decisions/0008).
    RevokedKey,
}

/// An envelope whose signature, line, sender and recipient are right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrived {
    pub epoch: Epoch,
    pub lane: Lane,
    pub index: u64,
    pub leaf: Digest,
    pub header: Header,
    pub seen: Seen,
    pub content: Content,
    /// Why its openings cannot be read, if so.
    pub unreadable: Option<model::code::RefusalReason>,
    pub envelope: Bytes,
    pub opening: Bytes,
    pub sealed_by: SealedBy,
}

/// Signed, at fixed times, whatever else is going on. No log entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heartbeat {
    pub sent_at: Timestamp,
    /// The peer's clock when it last heard us, and what our clock said in that heartbeat; zero before the first.
    pub echo: Echo,
    /// The sender's own two logs, durable: stop, main.
    pub own: [LogHead; 2],
}

/// For the clock offset: when the answered heartbeat was sent by its sender's clock, and arrived by the answerer's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Echo {
    pub sent_at: Timestamp,
    pub arrived_at: Timestamp,
}
