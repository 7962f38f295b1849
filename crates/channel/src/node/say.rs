//! What is said: released, given the next place in its lane, and queued.

use super::Step;
use crate::effect::{Effect, Outgoing, Refusal, StopSent};
use crate::{ground, preview};
use model::code::{Desk, Lane, RefusalReason, Role, Urgency};
use model::command::ReleaseTerms;
use model::event::{Actor, Event, Fact};
use model::ids::{LineId, NoticeId};
use model::kind::Kind;
use model::line::{Digest, EntryRef, LinkState};
use model::message::{Content, Header, Message};
use model::said::Says as _;
use model::slot::{SlotCode, Slots, Value};
use release::Released;

impl Step<'_> {
    pub(super) fn say_standing(
        &mut self,
        by: Actor,
        mut message: Message,
    ) -> Result<EntryRef, Refusal> {
        let arrangement =
            self.node
                .state
                .arrangement(message.line)
                .cloned()
                .ok_or(Refusal::Unknown {
                    what: "line",
                    which: message.line.to_string(),
                })?;
        // Finer than agreed it would be withheld: a coarser place is worth more than none.
        ground::coarsen_place(&mut message.slots, arrangement.finest);
        let lane = message.kind.lane().unwrap_or(Lane::Main);
        let peer = self
            .node
            .state
            .lines
            .get(&message.line)
            .map_or(self.node.party, |view| view.peer);
        let released = release::standing(&arrangement, peer, message)
            .map_err(|refused| Refusal::NotAllowed(refused.said()))?;
        self.say(by, released, lane, None)
    }

    pub(super) fn say_by_rules(
        &mut self,
        by: Actor,
        mut message: Message,
        terms: ReleaseTerms,
        notice: Option<NoticeId>,
    ) -> Result<Result<EntryRef, model::event::Decision>, Refusal> {
        let (line, kind) = (message.line, message.kind);
        self.rules_in_force();
        let node = &mut *self.node;
        let view = node
            .state
            .lines
            .get(&line)
            .ok_or_else(|| Refusal::Unknown {
                what: "line",
                which: line.to_string(),
            })?;
        ground::coarsen_place(&mut message.slots, view.arrangement.finest);
        let evaluation = preview::evaluate(
            &mut node.rules,
            view,
            node.areas.get(&line),
            &message,
            &terms,
            self.now,
        );
        let decision = evaluation.decision;
        self.record(
            by,
            Event::ReleaseDecided {
                line,
                kind,
                notice,
                decision: decision.clone(),
            },
        );
        match evaluation.released {
            Some(released) => self
                .say(by, released, kind.lane().unwrap_or(Lane::Main), notice)
                .map(Ok),
            None => Ok(Err(decision)),
        }
    }

    /// The only way anything is queued: what is released takes the next place in its lane's log.
    fn say(
        &mut self,
        by: Actor,
        message: Released<Message>,
        lane: Lane,
        notice: Option<NoticeId>,
    ) -> Result<EntryRef, Refusal> {
        let view = message.view();
        let entry = self
            .node
            .lines
            .next_entry(view.line, lane)
            .map_err(|refused| Refusal::NotNow(refused.said()))?;
        let fact = Fact {
            at: self.now,
            by,
            event: Event::MessageSent {
                entry,
                leaf: Digest([0; 32]),
                header: Header {
                    kind: view.kind.number(),
                    purpose: view.purpose,
                    role: view.role,
                    urgency: view.urgency,
                    desk: view.desk,
                    sent_at: self.now,
                },
                content: Content::Open(view.slots.clone()),
                authority: message.authority(),
                notice,
            },
        };
        self.node.fold(&fact);
        self.effects.push(Effect::Send(Outgoing {
            entry,
            at: self.now,
            by,
            message,
            notice,
        }));
        if notice.is_some() {
            self.look_at(entry);
        }
        Ok(entry)
    }

    /// What became of a call, or of its details: said in `entry`, about `call`, when `given` was given.
    pub(super) fn stop_sent(
        &self,
        entry: EntryRef,
        call: EntryRef,
        desk: Desk,
        given: &Slots,
    ) -> StopSent {
        let line = call.log.line;
        let sent = self.effects.iter().rev().find_map(|effect| match effect {
            Effect::Send(outgoing) if outgoing.entry == entry => Some(outgoing.message.view()),
            _other => None,
        });
        let mut slots = sent.map_or_else(Slots::new, |message| message.slots.clone());
        slots.remove(SlotCode::Subject);
        let withheld = given.iter().map(|(slot, _)| slot);
        let withheld = withheld
            .filter(|slot| slots.value(*slot).is_none())
            .collect();
        let place = slots.value(SlotCode::Place);
        let coarsened = place.is_some() && place != given.value(SlotCode::Place);
        let link = self
            .node
            .state
            .lines
            .get(&line)
            .map_or(LinkState::Down, |view| view.link);
        StopSent {
            line,
            call,
            on_its_way: matches!(link, LinkState::Up | LinkState::Degraded),
            telephone: self.node.telephone(line, desk),
            withheld,
            coarsened,
            doubts: self.node.doubts_about(line, given),
            slots,
        }
    }

    pub(super) fn say_refused(&mut self, entry: EntryRef, reason: RefusalReason) {
        let slots = Slots::new()
            .with(SlotCode::Subject, Value::Subject(entry.as_subject()))
            .and_then(|slots| slots.with(SlotCode::Refusal, Value::Code(reason.number())));
        if let Ok(slots) = slots {
            self.say_automatic(entry.log.line, entry.log.lane, Kind::Refused, slots);
        }
    }

    /// Receipts and refusals: said by the node itself, under the standing release.
    pub(super) fn say_automatic(&mut self, line: LineId, lane: Lane, kind: Kind, slots: Slots) {
        let Some(view) = self.node.state.lines.get(&line) else {
            return;
        };
        let arrangement = &view.arrangement;
        let (Some(purpose), Some(desk)) = (arrangement.purposes.first(), arrangement.desks.first())
        else {
            return;
        };
        let message = Message {
            line,
            kind,
            purpose: purpose.id,
            role: Role::Node,
            urgency: Urgency::Routine,
            desk: *desk,
            slots,
        };
        // A halted `main` says nothing more, receipts included; the record of what came stays.
        if let Ok(released) = release::standing(arrangement, view.peer, message) {
            let _not_while_halted = self.say(Actor::Node, released, lane, None);
        }
    }
}
