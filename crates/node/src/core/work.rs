//! What steps want done, in order, between the state machine and the disk.

use channel::effect::{Alarm, Append, Effect, Outgoing};
use channel::input::Connection;
use model::event::Fact;
use model::line::{LogHead, LogRef};
use model::units::Timestamp;
use std::time::Duration;
use tlog::Cosignature;

/// Records of `main` in one piece of work. Small, so that a stop call, which joins the next piece, waits for little.
pub const MAX_MAIN_RECORDS: usize = 96;
/// Bytes of `main` in one piece of work.
pub const MAX_MAIN_BYTES: usize = 256 * 1024;

/// A reply that waits for its cause to be durable.
pub type Answer = Box<dyn FnOnce() + Send>;

/// One thing to do, in its turn.
pub enum Item {
    Append {
        append: Box<Append>,
        /// What the peer signed, where the fact is about that: its checkpoint or its cosignature.
        signed: Option<Signed>,
    },
    Send(Box<Outgoing>),
    /// To be seen once all before it is durable.
    Effect(Box<Effect>),
    Answer(Answer),
}

/// What the peer signed, as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Signed {
    /// A checkpoint of its own log.
    Checkpoint(model::event::Bytes),
    /// Its cosignature of ours: 72 bytes.
    Cosignature(model::event::Bytes),
}

/// A run of items. What it holds becomes durable together, or as many batches in order.
#[derive(Default)]
pub struct Work {
    pub items: Vec<Item>,
    /// The clock at the last step in it, in Unix milliseconds.
    pub now: Option<Timestamp>,
    /// The node's state after the last record in it.
    pub snapshot: Option<Box<channel::Snapshot>>,
    main_records: usize,
    main_bytes: usize,
}

/// Which lane an input belongs to, as far as waiting goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// Stop calls, clocks, the disk, what is needed for them: waits for nothing.
    Stop,
    Main,
}

impl Work {
    pub fn is_empty(&self) -> bool {
        self.items.is_empty() && self.snapshot.is_none()
    }

    /// Whether another step of `main` may still join.
    pub fn has_room(&self) -> bool {
        self.main_records < MAX_MAIN_RECORDS && self.main_bytes < MAX_MAIN_BYTES
    }

    pub fn push(&mut self, item: Item, pace: Pace) {
        if pace == Pace::Main {
            let bytes = match &item {
                Item::Append { append, .. } => append
                    .kept
                    .as_ref()
                    .map_or(256, |kept| kept.envelope.len() + kept.opening.len()),
                Item::Send(_) => 2_048,
                Item::Effect(_) | Item::Answer(_) => 0,
            };
            self.main_records += usize::from(bytes > 0);
            self.main_bytes += bytes;
        }
        self.items.push(item);
    }
}

/// What may be seen.
#[derive(Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "handed over once, never kept in number"
)]
pub enum Deed {
    /// As the state machine asked.
    Effect(Effect),
    /// We hold `head` durably: our cosignature, to be sent on `connections`.
    Cosigned {
        connections: Vec<Connection>,
        log: LogRef,
        head: LogHead,
        cosignature: Cosignature,
    },
}

/// Whatever carries out what the node decided: connections, bells and replies here, a seeded network in the simulator.
/// Called from both threads of the core; must not wait.
pub trait Outside: Send + Sync {
    /// Sound it now; the disk comes later.
    fn alarm_now(&self, alarm: Alarm);
    /// Its cause is durable.
    fn do_now(&self, deed: Deed);
    /// `fact` is in the journal.
    fn recorded(&self, fact: &Fact);
    /// A batch is in the journal, and took so long.
    fn committed(&self, _took: Duration) {}
}
