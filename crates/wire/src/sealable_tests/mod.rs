//! What the rest of the node decides, this crate can write down and read again. After a decision it would be too late to
//! find that it cannot: the node has folded it, and writes nothing any more.

mod decided;
mod largest;
mod refused;

use std::sync::Arc;

use channel::effect::{Append, Effect, Kept, Outgoing};
use channel::input::{Administration, Entries, Input, LinkInput, PeerFrame, Request};
use channel::{Configuration, Node};
use model::arrangement::{Arrangement, MAX_DOCUMENT};
use model::code::{
    Answer, Desk, Lane, LineCheckResult, Role, Standing, StopAnswer, StopReason, WithdrawalReason,
};
use model::command::{Acting, Command, ReleaseTerms, Remarks};
use model::decide::Decided;
use model::event::{Actor, Arrival, Event, Fact};
use model::ids::NoticeId;
use model::kind::Kind;
use model::line::EntryRef;
use model::message::{Content, Message};
use model::place::{Area, MAX_VERTICES, Polygon, Position, StatedPosition};
use model::slot::{MAX_ITEMS, MAX_NAME, MAX_TEXT, MAX_TIMES, Shape, SlotCode, Slots, Value};
use model::units::{Millimetres, Timestamp};
use proptest::prelude::*;
use release::RuleSet;

use crate::line::envelope::{self, Place};
use crate::line::{MAX_ENVELOPE, MAX_OPENING, frame, open};
use crate::record;
use crate::testing::{Side, any_slots, any_value, arrangement_text, at, entry, line, random, seen};

/// Bytes of a record's head that the journal takes (`store::MAX_HEAD`).
const MAX_HEAD: usize = 64 * 1024;
const SALT: [u8; record::SALT] = [3; record::SALT];

// ---- what is written can be read

/// Writes and reads a fact as the journal does.
fn keeps(fact: &Fact, opening: Option<&[u8]>) {
    let encoded = record::encode(fact, opening, &SALT).unwrap();
    assert!(encoded.head.len() <= MAX_HEAD, "{}", encoded.head.len());
    let decoded = record::decode(&encoded.head, encoded.opening.as_deref());
    assert_eq!(decoded.as_ref(), Ok(fact));
}

fn fact(event: Event) -> Fact {
    Fact {
        at: at(0),
        by: Actor::Officer("m-weber".parse().unwrap()),
        event,
    }
}

/// Seals `message` as ours, opens it as the peer does, puts it in a frame, and keeps it.
fn seals(message: &Message, at_entry: EntryRef) {
    let (one, other, seen) = (Side::one(), Side::other(), seen());
    let place = Place {
        entry: at_entry,
        sent_at: at(0),
        seen: &seen,
        from: one.party(),
        to: other.party(),
    };
    let sealed = envelope::seal_view(message, &place, &one.signer, &mut random(1)).unwrap();
    assert!(sealed.envelope.len() <= MAX_ENVELOPE && sealed.opening.len() <= MAX_OPENING);
    let arrived = open(
        &sealed.envelope,
        &sealed.opening,
        line(),
        &one.keys(),
        other.party(),
    );
    assert_eq!(
        arrived.unwrap().content,
        Content::Open(message.slots.clone())
    );
    let pair = (&sealed.envelope[..], &sealed.opening[..]);
    frame::entries(
        at_entry.log,
        &[pair],
        Some(&[b'c'; crate::line::MAX_CHECKPOINT]),
    )
    .unwrap();
    let sent = fact(Event::MessageSent {
        entry: at_entry,
        leaf: sealed.leaf,
        header: sealed.header,
        content: Content::Open(message.slots.clone()),
        authority: "standing-release".parse().unwrap(),
        notice: None,
    });
    keeps(&sent, Some(&sealed.opening));
}

// ---- a desk where everything can be done

/// An arrangement in which most can be said: free text, one description.
fn arrangement() -> Arrangement {
    let kinds: Vec<String> = Kind::NOTICES
        .iter()
        .map(|kind| format!("\"{kind}\""))
        .collect();
    let single = format!("single_description = [{}]", kinds.join(", "));
    let text = arrangement_text()
        .replace("single_description = []", &single)
        .replace("free_text = false", "free_text = true");
    crate::arrangement::parse(&text).unwrap()
}

fn rules(text: &str) -> RuleSet {
    RuleSet::parse(text, include_str!("../../../release/rules/default.toml")).unwrap()
}

struct Watch {
    node: Node,
    /// An incoming call, an accepted one, one of ours, their notice, a draft of ours, their line check.
    call: EntryRef,
    accepted: EntryRef,
    ours: EntryRef,
    notice: EntryRef,
    draft: NoticeId,
    check: EntryRef,
    /// The reasons by which this node has refused, as it told them.
    refusals: Vec<model::code::RefusalReason>,
}

fn heard(kind: Kind, slots: Slots, lane: Lane, index: u64) -> (EntryRef, Event) {
    let mut entry = entry(lane, index);
    entry.log.side = model::line::Side::Peer;
    let header = model::message::Header {
        kind: kind.number(),
        purpose: "flight-safety".parse().unwrap(),
        role: Role::Watch,
        urgency: model::code::Urgency::Immediate,
        desk: Desk::Air,
        sent_at: at(0),
    };
    let event = Event::MessageReceived {
        entry,
        leaf: model::line::Digest([1; 32]),
        header,
        content: Content::Open(slots),
        arrived: Arrival::Line { at: at(0) },
        refused: None,
    };
    (entry, event)
}

fn where_and_when() -> Slots {
    let usual = crate::testing::circle_notice().slots;
    let wanted = [SlotCode::Area, SlotCode::Window, SlotCode::Band];
    wanted.into_iter().fold(Slots::new(), |slots, slot| {
        slots
            .with(slot, usual.value(slot).unwrap().clone())
            .unwrap()
    })
}

impl Watch {
    fn new(rules: RuleSet) -> Self {
        Self::under(arrangement(), rules)
    }

    fn under(arrangement: Arrangement, rules: RuleSet) -> Self {
        let party = Side::one().party();
        let mut node = Node::new(Configuration { party, rules });
        let put = Administration::PutInForce {
            arrangement: Arc::new(arrangement),
            name: "river".parse().unwrap(),
            peer: Side::other().party(),
            signatures: b"both"[..].into(),
        };
        let request = Request(1);
        node.step(at(0), Input::Administer { request, act: put });
        let draft = NoticeId::from_random([5; 16]);
        let challenge = Slots::new()
            .with(SlotCode::Challenge, Value::Number(7))
            .unwrap();
        let (call, first) = heard(Kind::StopCall, Slots::new(), Lane::Stop, 0);
        let (accepted, second) = heard(Kind::StopCall, Slots::new(), Lane::Stop, 1);
        let (notice, third) = heard(Kind::AirActivity, where_and_when(), Lane::Main, 0);
        let (check, fourth) = heard(Kind::LineCheck, challenge, Lane::Main, 1);
        for event in [first, second, third, fourth] {
            node.fold(&fact(event));
        }
        let mut watch = Self {
            node,
            call,
            accepted,
            ours: entry(Lane::Stop, 0),
            notice,
            draft,
            check,
            refusals: Vec::new(),
        };
        watch.does(Command::DraftNotice {
            notice: draft,
            kind: Kind::AirActivity,
            desk: Desk::Air,
            slots: where_and_when(),
        });
        watch.does(Command::Stop {
            lines: vec![],
            desk: Desk::Air,
            slots: Slots::new(),
        });
        watch.does(Command::AcceptStop {
            call: accepted,
            name: None,
        });
        watch
    }

    /// Steps, and seals and keeps all that comes of it. Whether it was done.
    fn takes(&mut self, input: Input) -> bool {
        let mut done = true;
        for effect in self.node.step(at(0), input) {
            match effect {
                Effect::Append(Append { fact, kept }) => {
                    let opening = kept.as_ref().map(|Kept { opening, .. }| &opening[..]);
                    keeps(&fact, opening);
                }
                Effect::Send(Outgoing { entry, message, .. }) => {
                    let message = message.view();
                    let reason = message.slots.code(SlotCode::Refusal);
                    self.refusals
                        .extend(reason.and_then(model::code::RefusalReason::from_number));
                    seals(message, entry);
                }
                Effect::Reply { answer, .. } => done = answer.is_ok(),
                _other => {}
            }
        }
        done
    }

    /// The peer says `message` as the next entry of its log, carried by file.
    fn hears(&mut self, message: &Message, index: u64) -> EntryRef {
        let (one, other) = (Side::one(), Side::other());
        let nothing = crate::testing::head(1, 0);
        let seen = model::line::Seen {
            own_other: nothing,
            peer_stop: nothing,
            peer_main: nothing,
        };
        let mut place = Place {
            entry: entry(crate::testing::lane_of(message.kind), index),
            sent_at: at(0),
            seen: &seen,
            from: other.party(),
            to: one.party(),
        };
        let sealed = envelope::seal_view(message, &place, &other.signer, &mut random(1)).unwrap();
        let (envelope, opening) = (&sealed.envelope, &sealed.opening);
        let arrived = open(envelope, opening, line(), &other.keys(), one.party()).unwrap();
        place.entry.log.side = model::line::Side::Peer;
        let frame = PeerFrame::Entries(Entries {
            log: place.entry.log,
            entries: vec![arrived],
            checkpoint: None,
        });
        let line = line();
        self.takes(Input::Link(LinkInput::Paths { line, count: 0 }));
        self.takes(Input::Link(LinkInput::File { line, frame }));
        place.entry
    }

    fn does(&mut self, command: Command) -> bool {
        let (request, by) = (Request(2), acting());
        self.takes(Input::Command {
            request,
            by,
            command,
            looked: Vec::new(),
        })
    }

    /// Decides, and seals and keeps all that comes of it, whatever geometry and release would have said.
    fn decides(&self, command: &Command) -> bool {
        let Ok(steps) = self.node.state().decide(acting(), command, at(0)) else {
            return false;
        };
        for step in steps {
            match step {
                Decided::Fact(event) | Decided::Denied(event, _) => keeps(&fact(event), None),
                Decided::SayStanding(message) | Decided::SayByRules { message, .. } => {
                    let lane = message.kind.lane().unwrap_or(Lane::Main);
                    seals(&message, entry(lane, u64::MAX >> 1));
                }
            }
        }
        true
    }
}

fn acting() -> Acting {
    Acting {
        officer: "m-weber".parse().unwrap(),
        role: Role::Watch,
        element: None,
    }
}

fn terms() -> ReleaseTerms {
    ReleaseTerms {
        authority: "deconfliction".parse().unwrap(),
        purpose: "flight-safety".parse().unwrap(),
        element: None,
    }
}
