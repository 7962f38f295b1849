//! Steps the state machine and puts what it wants in order.

use super::inbox::Query;
use super::work::{Deed, Item, Outside, Pace, Signed, Work};
use channel::Node;
use channel::effect::{Append, Effect, OwnFrame};
use channel::input::{Connection, Disk, Input, LinkInput, PeerFrame};
use model::event::{Bytes, Event};
use model::line::{LogRef, Side};
use model::units::{Millis, Timestamp};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

/// Signed heads of one log that wait for the fact that they belong to.
const MAX_WAITING_NOTES: usize = 64;

/// No wait for the next [`Input::Tick`] is longer: a clock that was set back while nothing else happens is noticed by
/// then, and a tick that is not needed does nothing.
pub const MAX_WAIT: Millis = Millis::from_seconds(5);

/// When a step is taken, and what it may overtake.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    pub now: Timestamp,
    pub pace: Pace,
    /// Nothing is being written, and nothing waits to be.
    pub quiet: bool,
}

/// The state machine, and what it needs remembered between a frame and the fact that comes of it.
pub struct Driver {
    node: Node,
    notes: BTreeMap<LogRef, VecDeque<(u64, Signed)>>,
    /// How far each log is durable.
    durable: BTreeMap<LogRef, u64>,
    wakes_at: Option<Timestamp>,
    /// Connections with a frame that all else follows, which waits for the disk: in the work that is gathered, and in that
    /// which is being written.
    held: [BTreeSet<Connection>; 2],
    /// The journal takes nothing more: what is folded and was not written by then never will be.
    failed: bool,
}

impl Driver {
    pub fn new(node: Node) -> Self {
        Self {
            node,
            notes: BTreeMap::new(),
            durable: BTreeMap::new(),
            wakes_at: None,
            held: Default::default(),
            failed: false,
        }
    }

    /// The gathered work goes to the disk.
    pub fn handed_over(&mut self) {
        let [gathered, written] = &mut self.held;
        written.append(gathered);
    }

    /// What was handed over is done, and all in it was seen; `disk`: what that has come to, if it changed.
    pub fn written(&mut self, disk: Option<Disk>) {
        self.held[1].clear();
        self.failed |= disk == Some(Disk::Failed);
    }

    /// The journal cannot be read: nothing more is seen as durable.
    pub fn damaged(&mut self) {
        self.failed = true;
    }

    /// For how long to wait for other input before [`Input::Tick`]; `None`: until something comes.
    pub fn wakes_in(&self, now: Timestamp) -> Option<Duration> {
        let ahead = self.wakes_at?.since(now).clamp(Millis::ZERO, MAX_WAIT);
        Some(Duration::from_millis(ahead.as_ms().unsigned_abs()))
    }

    pub fn node(&self) -> &Node {
        &self.node
    }

    /// Steps, and adds to `work` what must be durable or come after it. What may be seen at once is seen at once: the
    /// alarm of an incoming stop call, what tells only of what is durable already, and, where nothing at all is being
    /// written (`quiet`), whatever comes before the first record.
    pub fn step(
        &mut self,
        at: Moment,
        input: Input,
        cosignature: Option<Bytes>,
        work: &mut Work,
        outside: &dyn Outside,
    ) {
        let Moment { now, pace, quiet } = at;
        self.remember(&input, cosignature);
        work.now = Some(now);
        if matches!(input, Input::Tick) {
            self.wakes_at = None;
        }
        for effect in self.node.step(now, input) {
            match effect {
                Effect::AlarmNow(alarm) => outside.alarm_now(alarm),
                Effect::WakeAt(at) => self.wakes_at = Some(at),
                Effect::Append(append) => {
                    let signed = self.signed_for(&append);
                    work.push(
                        Item::Append {
                            append: Box::new(append),
                            signed,
                        },
                        pace,
                    );
                }
                Effect::Send(outgoing) => work.push(Item::Send(Box::new(outgoing)), pace),
                // Only the writer can sign, so even what is durable already goes by it.
                Effect::Cosign { .. } => work.push(Item::Effect(Box::new(effect)), pace),
                effect if self.may_go_now(&effect, quiet && work.items.is_empty()) => {
                    outside.do_now(Deed::Effect(effect));
                }
                effect => {
                    if let Effect::TransmitFrame { connection, frame } = &effect
                        && goes_first(frame)
                    {
                        self.held[0].insert(*connection);
                    }
                    work.push(Item::Effect(Box::new(effect)), pace);
                }
            }
        }
    }

    /// Answers `query` from the state as it is; the answer goes out when that is durable.
    pub fn ask(&mut self, query: Query, quiet: bool, work: &mut Work) {
        let answer = query(&self.node);
        if quiet && work.items.is_empty() {
            return answer();
        }
        work.push(Item::Answer(answer), Pace::Main);
    }

    fn remember(&mut self, input: &Input, cosignature: Option<Bytes>) {
        if let Input::Durable { heads } = input {
            self.durable
                .extend(heads.iter().map(|(log, head)| (*log, head.size)));
        }
        let frame = match input {
            Input::Link(LinkInput::Frame { frame, .. } | LinkInput::File { frame, .. }) => frame,
            Input::Link(_)
            | Input::Command { .. }
            | Input::Directed { .. }
            | Input::WallLocked { .. }
            | Input::Administer { .. }
            | Input::Durable { .. }
            | Input::ConflictsFound(_)
            | Input::Disk(_)
            | Input::Sounder { .. }
            | Input::Tick
            | Input::UnitReceipt { .. } => return,
        };
        match frame {
            PeerFrame::Entries(entries) => {
                // Of our own log it is a checkpoint of ours, given back with what was fetched: no receipt of theirs.
                let of_theirs = entries.log.side == Side::Peer;
                if let Some(signed) = entries.checkpoint.as_ref().filter(|_| of_theirs) {
                    let note = Signed::Checkpoint(signed.note.clone());
                    self.keep_note(entries.log, signed.head.size, note);
                }
            }
            PeerFrame::Cosigned { log, head, .. } => {
                if let Some(bytes) = cosignature {
                    self.keep_note(*log, head.size, Signed::Cosignature(bytes));
                }
            }
            PeerFrame::Hello(_)
            | PeerFrame::Heartbeat(_)
            | PeerFrame::Fetch { .. }
            | PeerFrame::Epoch { .. }
            | PeerFrame::Manifest { .. }
            | PeerFrame::Bad { .. } => {}
        }
    }

    fn keep_note(&mut self, log: LogRef, size: u64, note: Signed) {
        let notes = self.notes.entry(log).or_default();
        if notes.back().is_some_and(|(last, _)| *last == size) {
            return;
        }
        notes.push_back((size, note));
        if notes.len() > MAX_WAITING_NOTES {
            notes.pop_front();
        }
    }

    /// What the peer signed that `append` tells of.
    fn signed_for(&mut self, append: &Append) -> Option<Signed> {
        let (log, size) = match &append.fact.event {
            Event::Cosigned { log, head } if log.side == Side::Peer => (log, head.size),
            Event::Delivered { log, head, .. } => (log, head.size),
            _other_fact => return None,
        };
        let notes = self.notes.get_mut(log)?;
        let at = notes.iter().position(|(of, _)| *of == size)?;
        // Those before it are overtaken.
        notes.drain(..=at).next_back().map(|(_, note)| note)
    }

    /// Nothing waits for the disk that goes first on that connection. What is signed by a new key, or is of a new epoch,
    /// must not overtake the manifest or the statement that tells of it.
    fn is_free(&self, connection: Connection) -> bool {
        self.held.iter().all(|held| !held.contains(&connection))
    }

    /// `nothing_waits`: nothing is being written, nor is to be.
    fn may_go_now(&self, effect: &Effect, nothing_waits: bool) -> bool {
        let is_closing = matches!(effect, Effect::Close { .. });
        // Once the disk has failed, that nothing waits does not mean that all is durable. What is left goes by the writer,
        // which knows what may still be seen.
        let all_durable = nothing_waits && (!self.failed || is_closing);
        all_durable || self.tells_only_of_durable(effect)
    }

    /// INVARIANT: these reveal nothing that a later batch holds, so they need not wait for it.
    fn tells_only_of_durable(&self, effect: &Effect) -> bool {
        match effect {
            Effect::Transmit {
                connection,
                log,
                until,
                ..
            } => {
                let durable = self.durable.get(log).copied().unwrap_or(0);
                durable >= *until && self.is_free(*connection)
            }
            // Heads in a heartbeat are durable ones by definition; the clock is nobody's secret.
            Effect::TransmitFrame { connection, frame } => {
                matches!(frame, OwnFrame::Heartbeat(_)) && self.is_free(*connection)
            }
            Effect::WakeAt(_) | Effect::Pause { .. } => true,
            Effect::Append(_)
            | Effect::Send(_)
            | Effect::AlarmNow(_)
            | Effect::Alarm(_)
            | Effect::AlarmEnded(_)
            | Effect::Cosign { .. }
            | Effect::Close { .. }
            | Effect::EpochNeeded { .. }
            | Effect::Look(_)
            | Effect::Reply { .. } => false,
        }
    }
}

/// Whether what else goes out on the connection must come after it.
const fn goes_first(frame: &OwnFrame) -> bool {
    match frame {
        OwnFrame::Hello(_) | OwnFrame::Manifest { .. } | OwnFrame::Epoch { .. } => true,
        OwnFrame::Heartbeat(_) | OwnFrame::Fetch { .. } => false,
    }
}
