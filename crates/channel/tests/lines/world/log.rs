//! Entries of one log, and the names of logs.

use super::line;
use channel::input::{Arrived, SignedHead};
use model::code::Lane;
use model::line::{Digest, EntryRef, Epoch, LogHead, LogRef, Side};
use std::collections::BTreeMap;
use tlog::{EMPTY_ROOT, Frontier, Hash};

/// Entries of one log, and its root at every size.
#[derive(Clone)]
pub struct Log {
    pub entries: Vec<Arrived>,
    roots: Vec<Digest>,
    frontier: Frontier,
}

impl Default for Log {
    fn default() -> Self {
        Self {
            entries: Vec::new(),
            roots: vec![Digest(EMPTY_ROOT.0)],
            frontier: Frontier::new(),
        }
    }
}

impl Log {
    pub fn push(&mut self, entry: Arrived) {
        assert_eq!(
            entry.index,
            self.entries.len() as u64,
            "entries come in order, once each"
        );
        self.frontier.push(Hash(entry.leaf.0));
        self.roots.push(Digest(self.frontier.root().0));
        self.entries.push(entry);
    }

    pub fn size(&self) -> u64 {
        self.entries.len() as u64
    }

    pub fn root(&self, size: u64) -> Option<Digest> {
        self.roots.get(usize::try_from(size).ok()?).copied()
    }

    pub fn head(&self, epoch: Epoch, size: u64) -> Option<LogHead> {
        self.root(size).map(|root| LogHead { epoch, size, root })
    }
}

pub type Logs = BTreeMap<(Lane, Epoch), Log>;

pub(super) fn leaf(text: &str) -> Digest {
    Digest(tlog::leaf_hash(text.as_bytes()).0)
}

pub fn own_log(lane: Lane, epoch: Epoch) -> LogRef {
    LogRef {
        line: line(),
        side: Side::Own,
        lane,
        epoch,
    }
}

pub(super) fn flip(log: LogRef) -> LogRef {
    LogRef {
        side: log.side.other(),
        ..log
    }
}

pub fn signed(head: LogHead) -> SignedHead {
    SignedHead {
        head,
        note: format!("signed: {} {} {}", head.epoch, head.size, head.root)
            .as_bytes()
            .into(),
    }
}

/// Names an entry as its receiver does.
pub fn their(lane: Lane, epoch: Epoch, index: u64) -> EntryRef {
    EntryRef {
        log: flip(own_log(lane, epoch)),
        index,
    }
}
