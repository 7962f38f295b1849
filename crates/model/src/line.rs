//! Lines, their logs, and how one entry names another.

use crate::code::{Lane, codes};
use crate::ids::LineId;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Whose log: ours, or the peer's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Side {
    Own,
    Peer,
}

impl Side {
    pub const fn other(self) -> Self {
        match self {
            Side::Own => Side::Peer,
            Side::Peer => Side::Own,
        }
    }
}

/// A run of a log: a restore or a new set of keys opens the next one. The first is 1.
pub type Epoch = u32;

/// One of the logs of one line, in one epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct LogRef {
    pub line: LineId,
    pub side: Side,
    pub lane: Lane,
    pub epoch: Epoch,
}

/// One entry of one log. This is what names a notice, a call or any other message between the two nodes: both can
/// work it out, nothing else identifies it, and it needs no slot to be readable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct EntryRef {
    pub log: LogRef,
    pub index: u64,
}

/// An entry as named inside a message: seen from its sender.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SubjectRef {
    /// In the sender's own log, not in the one of the party it speaks to.
    pub senders: bool,
    pub lane: Lane,
    pub epoch: Epoch,
    pub index: u64,
}

impl SubjectRef {
    /// What `sender` (as seen from this node) means by it, on `line`.
    pub fn entry(self, line: LineId, sender: Side) -> EntryRef {
        let side = if self.senders { sender } else { sender.other() };
        EntryRef {
            log: LogRef {
                line,
                side,
                lane: self.lane,
                epoch: self.epoch,
            },
            index: self.index,
        }
    }
}

impl EntryRef {
    /// Before every other, in order: where a search begins.
    pub const FIRST: EntryRef = EntryRef {
        log: LogRef {
            line: LineId::FIRST,
            side: Side::Own,
            lane: Lane::Stop,
            epoch: 0,
        },
        index: 0,
    };

    /// How this node names the entry in a message of its own.
    pub fn as_subject(self) -> SubjectRef {
        SubjectRef {
            senders: self.log.side == Side::Own,
            lane: self.log.lane,
            epoch: self.log.epoch,
            index: self.index,
        }
    }
}

/// A SHA-256 hash.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Digest(pub [u8; 32]);

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|b| write!(f, "{b:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// How far a log had grown: its size and Merkle root.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct LogHead {
    pub epoch: Epoch,
    pub size: u64,
    pub root: Digest,
}

/// What the sender of an envelope durably held when it signed: its own other lane, and both lanes of the peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Seen {
    pub own_other: LogHead,
    pub peer_stop: LogHead,
    pub peer_main: LogHead,
}

/// The link of a line, whatever its standing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LinkState {
    /// Every path is up.
    Up,
    /// At least one path is up, and at least one is not.
    Degraded,
    /// No path is up.
    Down,
    /// The line is carried by file; there is no heartbeat to miss.
    ByFile,
}

impl LinkState {
    pub const fn name(self) -> &'static str {
        match self {
            LinkState::Up => "up",
            LinkState::Degraded => "degraded",
            LinkState::Down => "down",
            LinkState::ByFile => "by file",
        }
    }
}

codes! {
    /// What was wrong with bytes that came over a line. Faults of the line itself are never cosigned.
    Fault {
        WrongSignature = 1, "wrong-signature";
        WrongSequence = 2, "wrong-sequence";
        WrongEpoch = 3, "wrong-epoch";
        WrongLane = 4, "wrong-lane";
        WrongLine = 5, "wrong-line";
        WrongParty = 6, "wrong-party";
        TooLarge = 7, "too-large";
        NotDeterministic = 8, "not-deterministic";
        Malformed = 9, "malformed";
        WrongCheckpoint = 10, "wrong-checkpoint";
        WrongCosignature = 11, "wrong-cosignature";
        WrongProof = 12, "wrong-proof";
        WrongCommitment = 13, "wrong-commitment";
        Flood = 14, "flood";
        Stalled = 15, "stalled";
        Equivocation = 16, "equivocation";
        SplitView = 17, "split-view";
        NoCommonVersion = 18, "no-common-version";
        WrongManifest = 19, "wrong-manifest";
        Replayed = 20, "replayed";
        BehindOurRecord = 21, "behind-our-record";
        EpochNotConfirmed = 22, "epoch-not-confirmed";
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_nodes_mean_the_same_entry_by_a_subject() {
        let line = LineId::from_random([7; 16]);
        let ours = EntryRef {
            log: LogRef {
                line,
                side: Side::Own,
                lane: Lane::Stop,
                epoch: 2,
            },
            index: 5,
        };
        // We name our own entry; the peer, for whom we are the peer, finds it in the peer's log.
        let seen_by_peer = ours.as_subject().entry(line, Side::Peer);
        assert_eq!(seen_by_peer.log.side, Side::Peer);
        assert_eq!(seen_by_peer.as_subject().entry(line, Side::Peer), ours);
    }
}
