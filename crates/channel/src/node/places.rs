//! What this node doubts of the places of stop calls.

use super::{Node, Step};
use crate::doubt::{Doubt, doubts};
use crate::effect::Effect;
use model::event::{AlarmCause, Event};
use model::ids::LineId;
use model::kind::Kind;
use model::line::{EntryRef, Side};
use model::message::{Content, Header};
use model::slot::Slots;

impl Node {
    /// What this node itself doubts about the place of a stop call, as last given.
    pub fn doubts(&self, call: EntryRef) -> Vec<Doubt> {
        let details = self
            .state
            .calls
            .get(&call)
            .and_then(|call| call.details.as_ref());
        details.map_or_else(Vec::new, |details| {
            self.doubts_about(call.log.line, details)
        })
    }

    pub(super) fn doubts_about(&self, line: LineId, slots: &Slots) -> Vec<Doubt> {
        match (self.state.arrangement(line), self.areas.get(&line)) {
            (Some(arrangement), Some(area)) => doubts(slots, arrangement, area),
            (None, _) | (_, None) => Vec::new(),
        }
    }

    /// Of the calls that sound as one.
    pub(super) fn is_place_doubted(&self, call: EntryRef) -> bool {
        let calls = self.state.calls_of_alarm(call);
        calls.iter().any(|call| self.doubtful.contains(call))
    }

    pub(super) fn look_at_place(&mut self, call: EntryRef) {
        let calls = &self.state.calls;
        self.doubtful.retain(|call| calls.contains_key(call));
        let in_view = self.state.calls.contains_key(&call);
        match in_view && !self.doubts(call).is_empty() {
            true => self.doubtful.insert(call),
            false => self.doubtful.remove(&call),
        };
    }
}

impl Step<'_> {
    /// The call that these details are about, and whether its place was in doubt before them.
    pub(super) fn doubted_call(&self, event: &Event) -> Option<(EntryRef, bool)> {
        let Event::MessageReceived {
            entry,
            header,
            content,
            refused: None,
            ..
        } = event
        else {
            return None;
        };
        let call = given_in(*entry, header, content).filter(|call| call != entry)?;
        Some((call, self.node.doubtful.contains(&call)))
    }

    /// Details that put the place in doubt are told with the alarm, if it still stands.
    pub(super) fn tell_of_doubt(&mut self, before: Option<(EntryRef, bool)>) {
        let Some((call, false)) = before else { return };
        if !self.node.doubtful.contains(&call) {
            return;
        }
        let first = self.node.state.calls_of_alarm(call)[0];
        let alarm = self.node.alarm(AlarmCause::StopCall { call: first });
        self.effects.extend(alarm.map(Effect::Alarm));
    }
}

/// The incoming stop call whose place this may have given: itself, or the one that its details are about.
pub(super) fn given_in(entry: EntryRef, header: &Header, content: &Content) -> Option<EntryRef> {
    if entry.log.side != Side::Peer {
        return None;
    }
    match header.known_kind()? {
        Kind::StopCall => Some(entry),
        Kind::StopDetails => {
            let subject = content.slots()?.subject()?;
            Some(subject.entry(entry.log.line, Side::Peer))
        }
        _other => None,
    }
}
