//! What a shell does: inputs, batches, effects in their order.

use super::log::{Log, leaf, signed};
use super::network::Frame;
use super::{World, at, line};
use channel::effect::{Effect, OwnFrame};
use channel::input::{Arrived, Connection, SealedBy};
use channel::lines::LineOutput;
use model::code::{Desk, Lane, Role, Urgency};
use model::event::Event;
use model::kind::Kind;
use model::line::{Epoch, LogHead, LogRef, Side};
use model::message::{Content, Header};
use model::slot::Slots;

impl World {
    pub(super) fn outputs(&mut self, who: usize, outputs: Vec<LineOutput>) {
        self.set_timer(who);
        for output in outputs {
            self.describe(who, &output);
            let now = self.clock(who);
            match output {
                LineOutput::Arrived {
                    entry,
                    arrived,
                    how,
                } => {
                    let event = Event::MessageReceived {
                        entry,
                        leaf: arrived.leaf,
                        header: arrived.header.clone(),
                        content: arrived.content.clone(),
                        arrived: how,
                        refused: None,
                    };
                    self.parties[who].record(now, event, Some(arrived));
                }
                LineOutput::AlarmEarly { .. } => {}
                LineOutput::Fact(event) => {
                    self.parties[who].record(now, event, None);
                }
                LineOutput::Say { lane, slots, .. } => {
                    self.utter(who, lane, Kind::Received, slots);
                }
                LineOutput::Effect(effect) => {
                    let party = &mut self.parties[who];
                    party.held_back.push_back((party.journal.len(), effect));
                }
            }
        }
        if self.parties[who].prompt {
            self.commit(who);
        }
        self.carry_out(who);
    }

    /// Says something in the next place of its log; `false` if the lane is closed.
    pub fn utter(&mut self, who: usize, lane: Lane, kind: Kind, slots: Slots) -> bool {
        let now = self.clock(who);
        let party = &mut self.parties[who];
        let entry = match party.lines.next_entry(line(), lane) {
            Ok(entry) => entry,
            Err(closed) => {
                self.say(who, &format!("cannot say {kind}: {closed}"));
                return false;
            }
        };
        party.said += 1;
        let (epoch, index, count, name) = (entry.log.epoch, entry.index, party.said, party.name);
        let text = format!("{name} {lane} {epoch} {index}: {kind} {count}");
        let header = Header {
            kind: kind.number(),
            purpose: "safety".parse().expect("a name"),
            role: Role::Watch,
            urgency: Urgency::Immediate,
            desk: Desk::Air,
            sent_at: at(now),
        };
        let arrived = Arrived {
            epoch,
            lane,
            index,
            leaf: leaf(&text),
            header: header.clone(),
            seen: party.lines.seen(line(), lane).expect("a line"),
            content: Content::Open(slots.clone()),
            unreadable: None,
            envelope: text.as_bytes().into(),
            opening: [0; 0].into(),
            sealed_by: SealedBy::KeyInForce,
        };
        let event = Event::MessageSent {
            entry,
            leaf: arrived.leaf,
            header,
            content: Content::Open(slots),
            authority: "standing".parse().expect("a name"),
            notice: None,
        };
        party.record(now, event, Some(arrived));
        true
    }

    /// The batch is on disk.
    pub fn commit(&mut self, who: usize) {
        let now = at(self.clock(who));
        let party = &mut self.parties[who];
        if party.durable == party.journal.len() {
            return;
        }
        party.durable = party.journal.len();
        let heads = party.heads();
        let outputs = party.lines.durable(now, &heads);
        self.carry_out(who);
        self.outputs(who, outputs);
    }

    fn carry_out(&mut self, who: usize) {
        loop {
            let party = &mut self.parties[who];
            let Some((mark, _)) = party.held_back.front() else {
                return;
            };
            if *mark > party.durable {
                return;
            }
            let Some((_, effect)) = party.held_back.pop_front() else {
                return;
            };
            self.effect(who, effect);
        }
    }

    fn effect(&mut self, who: usize, effect: Effect) {
        match effect {
            Effect::Transmit {
                connection,
                log,
                from,
                until,
            } => self.transmit(who, connection, log, from, until),
            Effect::TransmitFrame { connection, frame } => {
                let frame = match frame {
                    OwnFrame::Hello(hello) => Frame::Hello(hello),
                    OwnFrame::Heartbeat(heartbeat) => Frame::Heartbeat(heartbeat),
                    OwnFrame::Fetch { log, from } => Frame::Fetch(log, from),
                    OwnFrame::Epoch { statement } => Frame::Statement(statement.to_vec()),
                    OwnFrame::Manifest { manifest } => Frame::Manifest(manifest.to_vec()),
                };
                self.send(who, connection, frame);
            }
            Effect::Cosign {
                connections,
                log,
                head,
            } => {
                self.parties[who].cosigned.push((log, head));
                let cosigned_at = at(self.clock(who));
                for connection in connections {
                    self.send(who, connection, Frame::Cosigned(log, head, cosigned_at));
                }
            }
            Effect::Close { connection, .. } => self.cut(connection),
            Effect::EpochNeeded { epoch, closes, .. } => self.open_epoch(who, epoch, closes),
            Effect::Pause { .. } => {}
            other => panic!("not an effect of a line: {other:?}"),
        }
    }

    fn transmit(&mut self, who: usize, connection: Connection, log: LogRef, from: u64, until: u64) {
        let party = &self.parties[who];
        let logs = match log.side {
            Side::Own => &party.own,
            Side::Peer => &party.held,
        };
        let none = Log::default();
        let stored = logs.get(&(log.lane, log.epoch)).unwrap_or(&none);
        let checkpoint = (until > 0).then(|| {
            let head = stored
                .head(log.epoch, until)
                .expect("a size that the log has");
            signed(head)
        });
        let run = &stored.entries[from as usize..until as usize];
        let mut frames: Vec<Vec<Arrived>> = run
            .chunks(self.frame_entries)
            .map(<[Arrived]>::to_vec)
            .collect();
        if frames.is_empty() {
            frames.push(Vec::new());
        }
        for entries in frames {
            self.send(
                who,
                connection,
                Frame::Entries(log, entries, checkpoint.clone()),
            );
        }
    }

    pub(super) fn open_epoch(&mut self, who: usize, epoch: Epoch, closes: [LogHead; 4]) {
        let statement = serde_json::to_vec(&(epoch, closes, self.confirm)).expect("written");
        let event = Event::EpochOpened {
            line: line(),
            side: Side::Own,
            epoch,
            closes,
            confirmed: self.confirm,
            statement: statement.into(),
        };
        let now = self.clock(who);
        self.parties[who].record(now, event, None);
        if self.parties[who].prompt {
            self.commit(who);
        }
    }

    /// The root key confirms the epoch that is in force.
    pub fn confirm(&mut self, who: usize) {
        let opened = self.parties[who].events().filter_map(|event| match event {
            Event::EpochOpened {
                side: Side::Own,
                epoch,
                closes,
                ..
            } => Some((*epoch, *closes)),
            _other => None,
        });
        let (epoch, closes) = opened.last().expect("an epoch was opened");
        let statement = serde_json::to_vec(&(epoch, closes, true)).expect("written");
        let event = Event::EpochConfirmed {
            line: line(),
            side: Side::Own,
            epoch,
            statement: statement.into(),
        };
        let now = self.clock(who);
        self.say(who, &format!("the root key confirms epoch {epoch}"));
        self.parties[who].record(now, event, None);
        self.commit(who);
    }

    pub fn fact(&mut self, who: usize, event: Event) {
        let now = self.clock(who);
        self.parties[who].record(now, event, None);
        if self.parties[who].prompt {
            self.commit(who);
        }
    }
}
