//! Heads that must agree. Whatever the peer says about the size and root of a log, ours or its own, is compared with
//! what is held here: now, or when that size is reached. Two roots of one size are a split view.

use super::bounds::{MAX_WAITING_CHECKPOINTS, MAX_WAITING_HEADS};
use super::line::Line;
use super::{LANES, Run, place};
use crate::input::{Arrived, SignedHead};
use model::code::Lane;
use model::event::Bytes;
use model::line::{Digest, Epoch, Fault, LogHead, Side};

/// A head that the peer named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct View {
    pub whose: Side,
    pub lane: Lane,
    pub head: LogHead,
}

impl View {
    fn place(self) -> (Side, Epoch) {
        (self.whose, self.head.epoch)
    }
}

/// A head to be compared later, and what proves that the peer named it.
#[derive(Clone, Debug)]
pub(super) struct Waiting {
    view: View,
    evidence: Bytes,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Known {
    Root(Digest),
    /// Not of that size yet, or its root is not known yet.
    NotYet,
    /// Of our own log, a size that it never had.
    Never,
    /// So long ago that it is not at hand.
    TooOld,
}

/// What a signed checkpoint is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Agrees,
    Contradicts,
    Later,
}

impl Line {
    /// Compares one head. A contradiction halts `main`; `evidence` is kept with it.
    pub fn look(&mut self, run: &mut Run, view: View, evidence: &Bytes) {
        let slot = place(view.lane) + if view.whose == Side::Own { 0 } else { 2 };
        if self.live.verified[slot] == Some(view.head) {
            return;
        }
        match self.known(view) {
            Known::Root(root) if root == view.head.root => {
                self.live.verified[slot] = Some(view.head)
            }
            Known::Root(_) | Known::Never => {
                self.contradicted(run, view.place(), Fault::SplitView, evidence)
            }
            Known::TooOld => self.live.unverifiable += 1,
            Known::NotYet => self.wait(view, evidence),
        }
    }

    /// Halts `main`; but what contradicts an epoch of `whose` logs that is over, under a root key, is noted alone, with its
    /// evidence. Else what was said before a halt was settled, and is said again on each new connection, would halt `main`
    /// without end.
    pub fn contradicted(
        &mut self,
        run: &mut Run,
        (whose, epoch): (Side, Epoch),
        fault: Fault,
        evidence: &[u8],
    ) {
        let (latest, confirmed) = match whose {
            Side::Own => {
                let own = self.record.own.current();
                (own.epoch, own.confirmed)
            }
            Side::Peer => {
                let peer = self.record.peer.latest();
                (peer.epoch, peer.confirmed)
            }
        };
        match epoch < latest && confirmed {
            true => self.fault(run, fault, evidence),
            false => self.halt(run, fault, evidence),
        }
    }

    /// Compares what is said in passing (a greeting, a heartbeat) with what is held now. It is not kept for later: a
    /// peer that dies before a log reaches us may begin that log anew.
    pub fn glance(&mut self, run: &mut Run, view: View, what: &str) {
        if let Known::Root(root) = self.known(view)
            && root != view.head.root
        {
            let words = head_words(what, view.head);
            self.contradicted(run, view.place(), Fault::SplitView, &words);
        }
    }

    /// What an envelope says that its sender held when it was sealed.
    pub fn look_at_seen(&mut self, run: &mut Run, arrived: &Arrived) {
        let other = match arrived.lane {
            Lane::Stop => Lane::Main,
            Lane::Main => Lane::Stop,
        };
        let seen = arrived.seen;
        for (whose, lane, head) in [
            (Side::Peer, other, seen.own_other),
            (Side::Own, Lane::Stop, seen.peer_stop),
            (Side::Own, Lane::Main, seen.peer_main),
        ] {
            self.look(run, self.view(whose, lane, head), &arrived.envelope);
        }
    }

    fn wait(&mut self, view: View, evidence: &Bytes) {
        if self.live.waiting.iter().any(|waiting| waiting.view == view) {
            return;
        }
        if self.live.waiting.len() >= MAX_WAITING_HEADS {
            self.live.unverifiable += 1;
            return;
        }
        self.live.waiting.push(Waiting {
            view,
            evidence: evidence.clone(),
        });
    }

    /// Looks again at what could not be compared.
    pub fn settle_views(&mut self, run: &mut Run) {
        for waiting in std::mem::take(&mut self.live.waiting) {
            match self.known(waiting.view) {
                Known::Root(root) if root == waiting.view.head.root => {}
                Known::Root(_) | Known::Never => self.contradicted(
                    run,
                    waiting.view.place(),
                    Fault::SplitView,
                    &waiting.evidence,
                ),
                Known::TooOld => self.live.unverifiable += 1,
                Known::NotYet => self.live.waiting.push(waiting),
            }
        }
    }

    fn known(&self, view: View) -> Known {
        match view.whose {
            Side::Own => self.known_own(view),
            Side::Peer => self.known_peer(view.lane, view.head),
        }
    }

    fn known_own(&self, View { lane, head, .. }: View) -> Known {
        let own = &self.record.own;
        if let Some(root) = self.own_root(lane, head.epoch, head.size) {
            return Known::Root(root);
        }
        let current = own.current().epoch;
        if head.epoch < current && head.size > own.size(lane, head.epoch) {
            // Lost with a restore, and never fetched back.
            return Known::TooOld;
        }
        if head.epoch > current || head.size > own.size(lane, head.epoch) {
            // Until we have compared, it may be us who are behind.
            return match self.live.compared {
                true => Known::Never,
                false => Known::NotYet,
            };
        }
        match own.delivered_size(lane, head.epoch) > head.size {
            true => Known::TooOld,
            false => Known::NotYet,
        }
    }

    fn known_peer(&self, lane: Lane, head: LogHead) -> Known {
        let held = self.record.peer.lane(lane);
        let Some(log) = held.log_of(head.epoch) else {
            return match head.epoch > held.epoch {
                true => Known::NotYet,
                false => Known::TooOld,
            };
        };
        if let Some(root) = log.root_at(head.size) {
            return Known::Root(root);
        }
        if head.size < log.size() {
            return Known::TooOld;
        }
        if head.epoch < held.epoch {
            // Beyond where its own statement says that this epoch ended.
            return Known::TooOld;
        }
        match self.ahead_root(lane, head.size - log.size()) {
            Some(root) => Known::Root(root),
            None => Known::NotYet,
        }
    }

    /// The root after `count` of the entries handed out in this step.
    fn ahead_root(&self, lane: Lane, count: u64) -> Option<Digest> {
        let count = usize::try_from(count).ok()?.checked_sub(1)?;
        let ahead = self.live.ahead.get(count).filter(|ahead| ahead.0 == lane)?;
        Some(ahead.2)
    }

    // ---- checkpoints

    /// Compares a signed checkpoint of the epoch that `lane` is in with what would be held after this step.
    pub fn judge(&mut self, lane: Lane, checkpoint: &SignedHead) -> Verdict {
        match self.known_peer(lane, checkpoint.head) {
            Known::Root(root) if root == checkpoint.head.root => Verdict::Agrees,
            Known::Root(_) => Verdict::Contradicts,
            Known::NotYet if self.contradicts_waiting(lane, checkpoint) => Verdict::Contradicts,
            Known::NotYet => Verdict::Later,
            Known::TooOld | Known::Never => {
                self.live.unverifiable += 1;
                Verdict::Later
            }
        }
    }

    fn contradicts_waiting(&self, lane: Lane, checkpoint: &SignedHead) -> bool {
        let head = checkpoint.head;
        let same = |other: &LogHead| (other.epoch, other.size) == (head.epoch, head.size);
        let mut others = self.live.checkpoints[place(lane)].iter();
        others.any(|other| same(&other.head) && other.head.root != head.root)
    }

    /// Remembers checkpoints of sizes that are still to come. Of too many, the greatest are kept: they cover the rest.
    pub fn wait_for_checkpoint(&mut self, lane: Lane, checkpoint: SignedHead) {
        let waiting = &mut self.live.checkpoints[place(lane)];
        if waiting.iter().any(|other| other.head == checkpoint.head) {
            return;
        }
        waiting.push(checkpoint);
        waiting.sort_by_key(|c| (c.head.epoch, c.head.size));
        if waiting.len() > MAX_WAITING_CHECKPOINTS {
            waiting.remove(0);
        }
    }

    /// Heads of a statement or a greeting, all of which must agree.
    pub fn look_at_heads(
        &mut self,
        run: &mut Run,
        whose: Side,
        heads: &[LogHead],
        evidence: &Bytes,
    ) {
        for lane in LANES {
            if let Some(head) = heads.get(place(lane)) {
                self.look(run, self.view(whose, lane, *head), evidence);
            }
        }
    }
}

/// A head in words, where there are no signed bytes to keep.
pub(super) fn head_words(what: &str, head: LogHead) -> Bytes {
    let words = format!(
        "{what}: epoch {} size {} root {}",
        head.epoch, head.size, head.root
    );
    words.as_bytes().into()
}
