//! What comes over a line: admitted or refused, recorded, answered by the node itself.

use super::Step;
use crate::effect::Kept;
use crate::ground;
use crate::input::{Arrived, Disk, LinkInput, PeerFrame};
use crate::lines::LineOutput;
use model::admit::Incoming;
use model::code::{Lane, RefusalReason};
use model::event::{Actor, Arrival, Event, Fact};
use model::kind::Kind;
use model::line::{EntryRef, Side};
use model::slot::{SlotCode, Slots, Value};

impl Step<'_> {
    pub(super) fn link(&mut self, input: LinkInput) {
        match self.node.disk {
            Disk::Failed => return self.alarm_unrecorded(&input),
            // `main` takes nothing: what is not cosigned is sent again when there is room.
            Disk::Full if is_main_entries(&input) => return,
            Disk::Full | Disk::Well => {}
        }
        let outputs = self.node.lines.step(self.now, input);
        self.outputs(outputs);
    }

    pub(super) fn outputs(&mut self, outputs: Vec<LineOutput>) {
        for output in outputs {
            match output {
                LineOutput::Arrived {
                    entry,
                    arrived,
                    how,
                } => self.arrived(entry, arrived, how),
                LineOutput::AlarmEarly {
                    entry,
                    leaf,
                    header,
                    content,
                    recorded,
                    count,
                    ..
                } => {
                    if self.node.is_to_sound(entry, leaf) || !recorded {
                        self.alarm_now(entry, &header, &content, count, recorded);
                    }
                }
                LineOutput::Fact(event) => self.record(Actor::Node, event),
                LineOutput::Say { line, lane, slots } => {
                    self.say_automatic(line, lane, Kind::Received, slots)
                }
                LineOutput::Effect(effect) => self.effects.push(effect),
            }
        }
    }

    fn arrived(&mut self, entry: EntryRef, arrived: Arrived, how: Arrival) {
        let (kind, leaf) = (arrived.header.known_kind(), arrived.leaf);
        let recovered = matches!(how, Arrival::Recovered { .. });
        if kind == Some(Kind::StopCall)
            && entry.log.side == Side::Peer
            && !recovered
            && self.node.is_to_sound(entry, arrived.leaf)
        {
            self.alarm_now(entry, &arrived.header, &arrived.content, 1, true);
        }
        let refused = match entry.log.side {
            Side::Peer => self.admit(entry, &arrived),
            // Fetched back after a restore: it was ours, and released then.
            Side::Own => None,
        };
        let said_of = match (kind, arrived.content.slots().and_then(Slots::subject)) {
            (Some(Kind::Refused), Some(of)) => Some(of.entry(entry.log.line, entry.log.side)),
            (_other, _) => None,
        };
        let fact = Fact {
            at: self.now,
            by: Actor::Peer,
            event: Event::MessageReceived {
                entry,
                leaf: arrived.leaf,
                header: arrived.header,
                content: arrived.content,
                arrived: how,
                refused,
            },
        };
        let kept = Kept {
            entry,
            envelope: arrived.envelope,
            opening: arrived.opening,
        };
        let doubted = self.doubted_call(&fact.event);
        self.append(fact, Some(kept));
        self.fold_repeat(entry, leaf);
        self.tell_of_doubt(doubted);
        if kind.is_some_and(Kind::is_notice) && refused.is_none() {
            self.look_at(entry);
        }
        // What a refused one was to take the place of is in force again.
        let again = said_of.and_then(|of| self.node.state.notices.get(&of)?.amends());
        if let Some(again) = again {
            self.look_at(again);
        }
        let answers = kind.is_none_or(|kind| !kind.is_automatic());
        if let Some(reason) = refused.filter(|_| answers && !recovered) {
            self.say_refused(entry, reason);
        }
    }

    fn admit(&self, entry: EntryRef, arrived: &Arrived) -> Option<RefusalReason> {
        let node = &self.node;
        let line = entry.log.line;
        let geometry = arrived.content.slots().and_then(|slots| {
            match (
                node.state.arrangement(line),
                node.areas.get(&line),
                arrived.header.known_kind(),
            ) {
                (Some(_), Some(_), Some(Kind::ReadBack)) => {
                    let subject = slots.subject()?.entry(line, Side::Peer);
                    let notice = node.state.notices.get(&subject)?.content.slots()?;
                    let Some(Value::Items(items)) = slots.value(SlotCode::Items) else {
                        return None;
                    };
                    ground::read_back(notice, items).err()
                }
                (Some(arrangement), Some(area), Some(kind)) if kind.is_notice() => {
                    ground::check(slots, arrangement, area).err()
                }
                (Some(arrangement), _, Some(Kind::Claim | Kind::Warning)) => {
                    ground::check_where(slots, arrangement).err()
                }
                (Some(_), None, Some(kind)) if kind.is_notice() => {
                    Some(ground::Unsound::area_undrawn())
                }
                (_, _, _) => None,
            }
        });
        node.state
            .admit(Incoming {
                entry,
                header: &arrived.header,
                content: &arrived.content,
                unreadable: arrived.unreadable,
                geometry: geometry.map(|unsound| unsound.reason),
            })
            .err()
    }
}

fn is_main_entries(input: &LinkInput) -> bool {
    match input {
        LinkInput::Frame {
            frame: PeerFrame::Entries(entries),
            ..
        }
        | LinkInput::File {
            frame: PeerFrame::Entries(entries),
            ..
        } => entries.log.lane == Lane::Main,
        LinkInput::Frame { .. }
        | LinkInput::File { .. }
        | LinkInput::Paths { .. }
        | LinkInput::Opened { .. }
        | LinkInput::Closed { .. }
        | LinkInput::Heard { .. } => false,
    }
}
