//! What sounds, and what of it is told ahead of the disk.

use super::{Node, Step};
use crate::effect::{Alarm, Effect};
use crate::input::{LinkInput, PeerFrame};
use model::code::Level;
use model::event::{Actor, AlarmCause, Event};
use model::kind::Kind;
use model::line::{Digest, EntryRef, Side};
use model::message::{Content, Header};

impl Node {
    /// The alarms that stand, as a screen that has just been opened must show and sound them.
    pub fn standing_alarms(&self) -> Vec<Alarm> {
        self.state
            .alarms
            .keys()
            .filter_map(|cause| self.alarm(*cause))
            .collect()
    }

    /// Whether a call is to sound ahead of the disk: this envelope has not. Another one that was shown in its place
    /// before its turn, and sounded, must not keep it silent.
    pub(super) fn is_to_sound(&mut self, entry: EntryRef, leaf: Digest) -> bool {
        self.sounded.insert(entry, leaf) != Some(leaf)
    }

    pub(super) fn alarm(&self, cause: AlarmCause) -> Option<Alarm> {
        self.state.alarms.get(&cause).map(|standing| Alarm {
            cause,
            line: cause.line(),
            desk: standing.desk,
            level: standing.level,
            at: standing.since,
            count: standing.count,
            recorded: true,
            silenced: standing.silenced.is_some(),
            place_in_doubt: matches!(cause, AlarmCause::StopCall { call } if self.is_place_doubted(call)),
        })
    }
}

impl Step<'_> {
    /// The journal takes nothing. A stop call alarms all the same.
    pub(super) fn alarm_unrecorded(&mut self, input: &LinkInput) {
        let (LinkInput::Frame {
            frame: PeerFrame::Entries(entries),
            ..
        }
        | LinkInput::File {
            frame: PeerFrame::Entries(entries),
            ..
        }) = input
        else {
            return;
        };
        for arrived in &entries.entries {
            let entry = EntryRef {
                log: entries.log,
                index: arrived.index,
            };
            if arrived.header.known_kind() == Some(Kind::StopCall)
                && self.node.is_to_sound(entry, arrived.leaf)
            {
                self.node.unrecorded += 1;
                let count = self.node.unrecorded;
                self.alarm_now(entry, &arrived.header, &arrived.content, count, false);
            }
        }
    }

    /// A call that folds into the alarm of an earlier one is counted in it.
    pub(super) fn fold_repeat(&mut self, entry: EntryRef, leaf: Digest) {
        let Some(call) = self.node.state.calls.get(&entry) else {
            return;
        };
        let (desk, into) = (call.desk, call.folded_into);
        if let Some(first) = into.filter(|_| entry.log.side == Side::Peer) {
            self.node.sounded.remove(&entry);
            self.node.sounded.insert(first, leaf);
            self.record(
                Actor::Node,
                Event::AlarmRaised {
                    alarm: AlarmCause::StopCall { call: first },
                    desk,
                },
            );
        }
    }

    pub(super) fn alarm_now(
        &mut self,
        entry: EntryRef,
        header: &Header,
        content: &Content,
        count: u32,
        recorded: bool,
    ) {
        let node = &self.node;
        let doubted = |slots| !node.doubts_about(entry.log.line, slots).is_empty();
        let place_in_doubt = content.slots().is_some_and(doubted);
        let state = &self.node.state;
        let desk = state.desk_that_rings(entry.log.line, header.desk);
        let first = state.open_alarm(entry.log, desk).unwrap_or(entry);
        let cause = AlarmCause::StopCall { call: first };
        let standing = state.alarms.get(&cause);
        let alarm = Alarm {
            cause,
            line: Some(entry.log.line),
            desk,
            level: standing.map_or(Level::Desk, |standing| standing.level),
            at: self.now,
            count: standing.map_or(0, |standing| standing.count) + count,
            recorded,
            silenced: false,
            place_in_doubt: place_in_doubt || node.is_place_doubted(first),
        };
        self.effects.push(Effect::AlarmNow(alarm));
    }
}
