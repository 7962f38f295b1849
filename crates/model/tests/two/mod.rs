//! Two desks that talk without bytes, keys or a network: what one decides, the other admits and folds.
//!
//! A scenario is a few calls; what happened is a text that an officer can read.

#![expect(
    clippy::unwrap_used,
    reason = "part of tests, outside the functions that clippy knows as such"
)]

use model::admit::Incoming;
use model::arrangement::{
    Arrangement, Climb, Deadlines, Fallback, Margins, Purpose, ReferencePoint, StopTerms,
};
use model::code::{Desk, Level, Role};
use model::command::{Acting, Command};
use model::decide::Decided;
use model::event::{Actor, Arrival, Event, Fact};
use model::ids::LineId;
use model::line::{Digest, EntryRef, LinkState, LogHead, LogRef, Side};
use model::message::{Content, Header, Message};
use model::place::{Area, Circle, Position};
use model::slot::{SlotCode, Slots, Value};
use model::state::State;
use model::units::{Millimetres, Millis, Timestamp};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;

pub const LINE: LineId = LineId::from_random(*b"deir-ez-zor-2016");
/// 17 September 2016, 15:55 local: 12:55:00Z.
pub const START: i64 = 1_474_116_900_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    Coalition,
    Russia,
}

impl Who {
    fn other(self) -> Self {
        match self {
            Who::Coalition => Who::Russia,
            Who::Russia => Who::Coalition,
        }
    }
    fn name(self) -> &'static str {
        match self {
            Who::Coalition => "coalition",
            Who::Russia => "russia",
        }
    }
}

pub struct Two {
    pub coalition: State,
    pub russia: State,
    next: BTreeMap<(&'static str, model::code::Lane), u64>,
    pub now: Timestamp,
    /// Cut: what is said waits, in order.
    pub cut: bool,
    waiting: Vec<(Who, EntryRef, Header, Slots)>,
    story: String,
}

pub fn arrangement() -> Arrangement {
    let seconds = Millis::from_seconds;
    Arrangement {
        line: LINE,
        name: "air".parse().unwrap(),
        version: 1,
        exercise: true,
        parties: ["coalition".parse().unwrap(), "russia".parse().unwrap()],
        area: Area::Circle(
            Circle::new(
                Position::from_e7(353_359_000, 401_408_000).unwrap(),
                Millimetres::from_metres(150_000),
            )
            .unwrap(),
        ),
        desks: vec![Desk::Air, Desk::Ground],
        purposes: vec![Purpose {
            id: "safety".parse().unwrap(),
            text: "no harm to each other".into(),
        }],
        separations: Vec::new(),
        reference_points: vec![ReferencePoint {
            id: "airfield".parse().unwrap(),
            name: "Deir ez-Zor airfield".into(),
            position: Position::from_e7(352_854_000, 401_760_000).unwrap(),
        }],
        deadlines: Deadlines {
            answer: seconds(600),
            read_back: seconds(300),
            line_check: seconds(300),
            lead: seconds(3_600),
        },
        finest: Millimetres::from_metres(100),
        languages: Vec::new(),
        line_checks: Vec::new(),
        stop: StopTerms {
            accept: seconds(15),
            answer: seconds(60),
            confirm: seconds(180),
            limit: seconds(1_800),
            climb: vec![
                Climb {
                    level: Level::TwoStar,
                    after: seconds(20),
                },
                Climb {
                    level: Level::ThreeStar,
                    after: seconds(60),
                },
            ],
            undelivered: seconds(3),
        },
        margins: Margins {
            flight_level: Millimetres::from_metres(300),
            above_ground: None,
        },
        clock_offset: seconds(2),
        single_description: Vec::new(),
        free_text: true,
        watch_officers: None,
        fallback: vec![Fallback {
            party: "russia".parse().unwrap(),
            desk: Desk::Air,
            numbers: vec!["+7 000".into()],
        }],
        document: "".into(),
    }
}

impl Two {
    pub fn new() -> Self {
        let mut two = Self {
            coalition: State::default(),
            russia: State::default(),
            next: BTreeMap::new(),
            now: Timestamp::from_unix_ms(START).unwrap(),
            cut: false,
            waiting: Vec::new(),
            story: String::new(),
        };
        let arrangement = Arc::new(arrangement());
        for who in [Who::Coalition, Who::Russia] {
            two.fact(
                who,
                Event::ArrangementInForce {
                    line: LINE,
                    name: arrangement.name,
                    peer: arrangement.parties[(who == Who::Coalition) as usize],
                    arrangement: arrangement.clone(),
                    signatures: Arc::from(&b""[..]),
                },
            );
            two.fact(
                who,
                Event::LinkChanged {
                    line: LINE,
                    link: LinkState::Up,
                },
            );
            for desk in [Desk::Air, Desk::Ground] {
                two.fact(
                    who,
                    Event::SounderArmed {
                        desk,
                        sounder: "horn".parse().unwrap(),
                    },
                );
            }
        }
        two
    }

    pub fn state(&mut self, who: Who) -> &mut State {
        match who {
            Who::Coalition => &mut self.coalition,
            Who::Russia => &mut self.russia,
        }
    }

    pub fn fact(&mut self, who: Who, event: Event) {
        let fact = Fact {
            at: self.now,
            by: Actor::Node,
            event,
        };
        self.state(who).apply(&fact);
    }

    pub fn tell(&mut self, words: &str) {
        let since = (self.now.as_unix_ms() - START) / 1_000;
        let _ = writeln!(self.story, "{:>4} s  {words}", since);
    }

    pub fn wait(&mut self, seconds: u32) {
        self.now = self.now.saturating_add(Millis::from_seconds(seconds));
        self.timers();
    }

    /// Folds what is due, and tells it.
    pub fn timers(&mut self) {
        for who in [Who::Coalition, Who::Russia] {
            for _round in 0..3 {
                let now = self.now;
                for event in self.state(who).due(now).events {
                    let words = match &event {
                        Event::AlarmRaised { alarm, desk } => {
                            format!("{} {desk}: ALARM {}", who.name(), cause(alarm))
                        }
                        Event::AlarmClimbed { alarm, level } => {
                            format!("{}: alarm climbs to {level}: {}", who.name(), cause(alarm))
                        }
                        Event::AlarmEnded { alarm } => {
                            format!("{}: alarm ends: {}", who.name(), cause(alarm))
                        }
                        other => format!("{other:?}"),
                    };
                    self.tell(&words);
                    self.fact(who, event);
                }
            }
        }
    }

    /// What `who`'s officer asks for; told with its refusal if it is refused. Returns the entries said.
    pub fn does(&mut self, who: Who, officer: &str, command: Command) -> Vec<EntryRef> {
        let acting = Acting {
            officer: officer.parse().unwrap(),
            role: Role::Watch,
            element: None,
        };
        let now = self.now;
        let steps = match self.state(who).decide(acting, &command, now) {
            Ok(steps) => steps,
            Err(refused) => {
                self.tell(&format!("{} {officer}: refused: {refused}", who.name()));
                return Vec::new();
            }
        };
        let mut said = Vec::new();
        for step in steps {
            match step {
                Decided::Fact(event) => {
                    let fact = Fact {
                        at: self.now,
                        by: Actor::Officer(acting.officer),
                        event,
                    };
                    self.state(who).apply(&fact);
                }
                Decided::Denied(event, refused) => {
                    self.tell(&format!("{} {officer}: refused: {refused}", who.name()));
                    let fact = Fact {
                        at: self.now,
                        by: Actor::Officer(acting.officer),
                        event,
                    };
                    self.state(who).apply(&fact);
                }
                Decided::SayStanding(message) => said.push(self.say(who, officer, message, None)),
                Decided::SayByRules {
                    message, notice, ..
                } => said.push(self.say(who, officer, message, notice)),
            }
        }
        self.timers();
        said
    }

    fn say(
        &mut self,
        who: Who,
        officer: &str,
        message: Message,
        notice: Option<model::ids::NoticeId>,
    ) -> EntryRef {
        let lane = message.kind.lane().unwrap();
        let next = self.next.entry((who.name(), lane)).or_default();
        let entry = EntryRef {
            log: LogRef {
                line: LINE,
                side: Side::Own,
                lane,
                epoch: 1,
            },
            index: *next,
        };
        *next += 1;
        let header = Header {
            kind: message.kind.number(),
            purpose: message.purpose,
            role: message.role,
            urgency: message.urgency,
            desk: message.desk,
            sent_at: self.now,
        };
        self.tell(&format!(
            "{} {officer}: {} {lane}/{}{}",
            who.name(),
            message.kind,
            entry.index,
            words(&message.slots)
        ));
        let fact = Fact {
            at: self.now,
            by: Actor::Officer(officer.parse().unwrap()),
            event: Event::MessageSent {
                entry,
                leaf: Digest([0; 32]),
                header: header.clone(),
                content: Content::Open(message.slots.clone()),
                authority: "test".parse().unwrap(),
                notice,
            },
        };
        self.state(who).apply(&fact);
        self.waiting.push((who, entry, header, message.slots));
        if !self.cut {
            self.arrive();
        }
        entry
    }

    /// All that waits arrives, is admitted or refused, and is signed for.
    pub fn arrive(&mut self) {
        for (who, entry, header, slots) in std::mem::take(&mut self.waiting) {
            let theirs = EntryRef {
                log: LogRef {
                    side: Side::Peer,
                    ..entry.log
                },
                index: entry.index,
            };
            let content = Content::Open(slots);
            let incoming = Incoming {
                entry: theirs,
                header: &header,
                content: &content,
                unreadable: None,
                geometry: None,
            };
            let refused = self.state(who.other()).admit(incoming).err();
            if let Some(reason) = refused {
                self.tell(&format!("{} node: refused {reason}", who.other().name()));
            }
            let at = self.now;
            self.fact(
                who.other(),
                Event::MessageReceived {
                    entry: theirs,
                    leaf: Digest([0; 32]),
                    header,
                    content,
                    arrived: Arrival::Line { at },
                    refused,
                },
            );
            let head = LogHead {
                epoch: 1,
                size: entry.index + 1,
                root: Digest([0; 32]),
            };
            self.fact(
                who,
                Event::Delivered {
                    log: entry.log,
                    head,
                    cosigned_at: at,
                },
            );
        }
        self.timers();
    }

    /// The same call as the other node names it.
    pub fn theirs(entry: EntryRef) -> EntryRef {
        EntryRef {
            log: LogRef {
                side: entry.log.side.other(),
                ..entry.log
            },
            index: entry.index,
        }
    }

    pub fn phases(&mut self, call: EntryRef) -> String {
        let (now, terms) = (self.now, arrangement().stop);
        let ours = self
            .coalition
            .calls
            .values()
            .chain(self.russia.calls.values());
        let phases = ours
            .filter(|c| c.entry.index == call.index)
            .map(|c| c.phase(&terms, now).name())
            .collect::<Vec<_>>();
        phases.join(" / ")
    }

    pub fn story(self) -> String {
        self.story
    }
}

fn words(slots: &Slots) -> String {
    let mut words = String::new();
    for (slot, value) in slots.iter().filter(|(slot, _)| *slot != SlotCode::Subject) {
        let shown = match value {
            Value::Code(number) => slot.code_name(*number).unwrap_or("?").to_owned(),
            Value::Name(text) | Value::Text(text) => format!("\"{text}\""),
            Value::Number(number) => number.to_string(),
            other => format!("{:?}", other.shape()),
        };
        let _ = write!(words, ", {slot} {shown}");
    }
    words
}

fn cause(alarm: &model::event::AlarmCause) -> String {
    let text = format!("{alarm:?}");
    let end = text.find(' ').unwrap_or(text.len());
    let stage = text
        .split("stage: ")
        .nth(1)
        .map(|s| s.trim_end_matches(" }").to_lowercase());
    match stage {
        Some(stage) => format!("{} ({stage})", &text[..end]),
        None => text[..end].to_owned(),
    }
}
