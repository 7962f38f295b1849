//! Two parties, `west` and `east`, one line, and a network between them. Each party has what a shell has: a journal with
//! batches, the stored entries, and clocks of its own. Envelopes are words; leaves and roots are real.

use channel::effect::{Effect, OwnFrame};
use channel::input::{
    Arrived, Class, Connection, Entries, Heartbeat, Hello, LinkInput, PeerFrame, SealedBy,
    SignedHead,
};
use channel::lines::{LineOutput, Lines};
use model::arrangement::{Arrangement, Deadlines, Margins, StopTerms};
use model::code::{Desk, Lane, Role, Urgency};
use model::event::{Actor, Arrival, Event, Fact};
use model::ids::LineId;
use model::kind::Kind;
use model::line::{Digest, EntryRef, Epoch, Fault, LogHead, LogRef, Side};
use model::message::{Content, Header};
use model::place::{Area, Circle, Position};
use model::slot::Slots;
use model::units::{Millimetres, Millis, Timestamp};
use std::collections::{BTreeMap, VecDeque};
use std::fmt::Write;
use std::sync::Arc;
use tlog::{EMPTY_ROOT, Frontier, Hash};

pub const WEST: usize = 0;
pub const EAST: usize = 1;
pub const LANES: [Lane; 2] = [Lane::Stop, Lane::Main];
const START: i64 = 1_474_117_000_000;
const LATENCY: i64 = 20;

pub fn line() -> LineId {
    LineId::from_random([0xa1; 16])
}

/// Entries of one log, and its root at every size.
#[derive(Clone)]
pub struct Log {
    pub entries: Vec<Arrived>,
    roots: Vec<Digest>,
    frontier: Frontier,
}

impl Default for Log {
    fn default() -> Self {
        Self {
            entries: Vec::new(),
            roots: vec![Digest(EMPTY_ROOT.0)],
            frontier: Frontier::new(),
        }
    }
}

impl Log {
    pub fn push(&mut self, entry: Arrived) {
        assert_eq!(
            entry.index,
            self.entries.len() as u64,
            "entries come in order, once each"
        );
        self.frontier.push(Hash(entry.leaf.0));
        self.roots.push(Digest(self.frontier.root().0));
        self.entries.push(entry);
    }

    pub fn size(&self) -> u64 {
        self.entries.len() as u64
    }

    pub fn root(&self, size: u64) -> Option<Digest> {
        self.roots.get(usize::try_from(size).ok()?).copied()
    }

    pub fn head(&self, epoch: Epoch, size: u64) -> Option<LogHead> {
        self.root(size).map(|root| LogHead { epoch, size, root })
    }
}

pub type Logs = BTreeMap<(Lane, Epoch), Log>;

/// A fact in the journal, and the entry that it brought.
#[derive(Clone)]
struct Record {
    fact: Fact,
    entry: Option<Arrived>,
}

pub struct Party {
    pub name: &'static str,
    pub lines: Lines,
    journal: Vec<Record>,
    /// How much of the journal is on disk.
    durable: usize,
    /// What waits for the batch that ends there.
    held_back: VecDeque<(usize, Effect)>,
    pub own: Logs,
    pub held: Logs,
    /// What this party's clock is ahead.
    pub skew: i64,
    /// Whether batches are written at once, after every step.
    pub prompt: bool,
    said: u64,
    wake: Option<i64>,
    backup: usize,
    /// What left with its signature.
    pub cosigned: Vec<(LogRef, LogHead)>,
}

/// What travels, seen by its sender.
#[derive(Clone)]
#[allow(clippy::large_enum_variant, reason = "few are under way")]
pub enum Frame {
    Hello(Hello),
    Heartbeat(Heartbeat),
    Entries(LogRef, Vec<Arrived>, Option<SignedHead>),
    Cosigned(LogRef, LogHead, Timestamp),
    Fetch(LogRef, u64),
    Statement(Vec<u8>),
    Manifest(Vec<u8>),
}

pub struct Wire {
    pub path: u8,
    pub class: Class,
    pub open: bool,
    /// Nothing arrives, and nobody is told.
    pub black: bool,
    /// To west, to east: when it arrives, and what.
    pub under_way: [VecDeque<(i64, Frame)>; 2],
}

pub struct World {
    pub parties: [Party; 2],
    pub wires: BTreeMap<u64, Wire>,
    pub now: i64,
    pub said: String,
    pub frame_entries: usize,
    /// Root keys confirm every new epoch at once.
    pub confirm: bool,
    /// Closed connections are dialled again while a party runs.
    pub redial: bool,
    next_wire: u64,
}

fn leaf(text: &str) -> Digest {
    Digest(tlog::leaf_hash(text.as_bytes()).0)
}

pub fn arrangement() -> Arc<Arrangement> {
    let seconds = Millis::from_seconds;
    let centre = Position::from_e7(353_300_000, 401_400_000).expect("a position");
    Arc::new(Arrangement {
        line: line(),
        name: "east-west".parse().expect("a name"),
        version: 1,
        exercise: true,
        parties: ["west", "east"].map(|name| name.parse().expect("a name")),
        area: Area::Circle(
            Circle::new(centre, Millimetres::from_metres(50_000)).expect("a circle"),
        ),
        desks: vec![Desk::Air, Desk::Ground],
        purposes: vec![],
        separations: vec![],
        reference_points: vec![],
        deadlines: Deadlines {
            answer: seconds(600),
            read_back: seconds(600),
            line_check: seconds(600),
            lead: seconds(600),
        },
        finest: Millimetres::from_metres(1),
        languages: vec![],
        line_checks: vec![],
        stop: StopTerms {
            accept: seconds(15),
            answer: seconds(60),
            confirm: seconds(300),
            limit: seconds(1800),
            climb: vec![],
            undelivered: seconds(5),
        },
        margins: Margins {
            flight_level: Millimetres::from_metres(300),
            above_ground: None,
        },
        clock_offset: seconds(10),
        single_description: vec![],
        free_text: false,
        fallback: vec![],
        document: "".into(),
    })
}

impl Party {
    fn new(name: &'static str, peer: &str) -> Self {
        let mut party = Self {
            name,
            lines: Lines::new(),
            journal: Vec::new(),
            durable: 0,
            held_back: VecDeque::new(),
            own: Logs::new(),
            held: Logs::new(),
            skew: 0,
            prompt: true,
            said: 0,
            wake: None,
            backup: 0,
            cosigned: Vec::new(),
        };
        let event = Event::ArrangementInForce {
            line: line(),
            name: "east-west".parse().expect("a name"),
            peer: peer.parse().expect("a name"),
            arrangement: arrangement(),
            signatures: [0; 0].into(),
        };
        party.record(START, event, None);
        party.durable = party.journal.len();
        party.backup = party.durable;
        party
    }

    fn record(&mut self, now: i64, event: Event, entry: Option<Arrived>) {
        let fact = Fact {
            at: at(now),
            by: Actor::Node,
            event,
        };
        let mut folded = fact.clone();
        if let Event::MessageSent { leaf, .. } = &mut folded.event {
            // Live, an entry of ours is folded before it is sealed.
            *leaf = Digest([0; 32]);
        }
        self.lines.fold(&folded);
        let record = Record { fact, entry };
        self.keep(&record);
        self.journal.push(record);
    }

    fn keep(&mut self, record: &Record) {
        let log = match &record.fact.event {
            Event::MessageSent { entry, .. } | Event::MessageReceived { entry, .. } => entry.log,
            _other => return,
        };
        let logs = match log.side {
            Side::Own => &mut self.own,
            Side::Peer => &mut self.held,
        };
        if let Some(entry) = &record.entry {
            logs.entry((log.lane, log.epoch))
                .or_default()
                .push(entry.clone());
        }
    }

    fn heads(&self) -> Vec<(LogRef, LogHead)> {
        let head = |((lane, epoch), log): (&(Lane, Epoch), &Log)| {
            let head = log.head(*epoch, log.size()).expect("a head");
            (own_log(*lane, *epoch), head)
        };
        self.own.iter().map(head).collect()
    }

    /// The state as a replay of the journal makes it.
    pub fn replayed(&self) -> Lines {
        let mut lines = Lines::new();
        self.journal
            .iter()
            .for_each(|record| lines.fold(&record.fact));
        lines
    }

    pub fn events(&self) -> impl Iterator<Item = &Event> {
        self.journal.iter().map(|record| &record.fact.event)
    }

    /// What waited to be seen is lost with the process.
    pub fn forget_effects(&mut self) {
        self.held_back.clear();
    }

    /// Goes on from the first `records` of the journal.
    fn restart(&mut self, records: usize) {
        self.journal.truncate(records);
        self.durable = records;
        self.held_back.clear();
        self.own.clear();
        self.held.clear();
        for record in self.journal.clone() {
            self.keep(&record);
        }
        self.lines = self.replayed();
    }
}

pub fn own_log(lane: Lane, epoch: Epoch) -> LogRef {
    LogRef {
        line: line(),
        side: Side::Own,
        lane,
        epoch,
    }
}

fn at(ms: i64) -> Timestamp {
    Timestamp::from_unix_ms(ms.max(0)).expect("a time")
}

fn flip(log: LogRef) -> LogRef {
    LogRef {
        side: log.side.other(),
        ..log
    }
}

impl World {
    pub fn new(paths: u8) -> Self {
        let mut world = Self {
            parties: [Party::new("west", "east"), Party::new("east", "west")],
            wires: BTreeMap::new(),
            now: START,
            said: String::new(),
            frame_entries: 256,
            confirm: true,
            redial: false,
            next_wire: 1,
        };
        for who in [WEST, EAST] {
            world.input(
                who,
                LinkInput::Paths {
                    line: line(),
                    count: paths,
                },
            );
        }
        world
    }

    pub fn say(&mut self, who: usize, words: &str) {
        let elapsed = self.now - START;
        let name = self.parties[who].name;
        writeln!(
            self.said,
            "{:>4}.{:03}  {name}  {words}",
            elapsed / 1_000,
            elapsed % 1_000
        )
        .expect("written");
    }

    /// What happened since this was last asked.
    pub fn story(&mut self) -> String {
        std::mem::take(&mut self.said)
    }

    fn clock(&self, who: usize) -> i64 {
        self.now + self.parties[who].skew
    }

    // ---- what a shell does

    pub fn input(&mut self, who: usize, input: LinkInput) {
        let now = at(self.clock(who));
        let outputs = self.parties[who].lines.step(now, input);
        self.outputs(who, outputs);
    }

    pub fn tick(&mut self, who: usize) {
        let now = at(self.clock(who));
        let outputs = self.parties[who].lines.tick(now);
        self.outputs(who, outputs);
    }

    fn outputs(&mut self, who: usize, outputs: Vec<LineOutput>) {
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

    fn open_epoch(&mut self, who: usize, epoch: Epoch, closes: [LogHead; 4]) {
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

    // ---- the network

    pub fn open(&mut self, path: u8, class: Class) -> Connection {
        let id = self.next_wire;
        self.next_wire += 1;
        let wire = Wire {
            path,
            class,
            open: true,
            black: false,
            under_way: [VecDeque::new(), VecDeque::new()],
        };
        self.wires.insert(id, wire);
        let connection = Connection(id);
        for who in [WEST, EAST] {
            let opened = LinkInput::Opened {
                connection,
                line: line(),
                path,
                class,
            };
            self.input(who, opened);
        }
        connection
    }

    /// Both ends are told; what was under way is lost.
    pub fn cut(&mut self, connection: Connection) {
        let Some(wire) = self.wires.remove(&connection.0).filter(|wire| wire.open) else {
            return;
        };
        drop(wire);
        for who in [WEST, EAST] {
            self.input(who, LinkInput::Closed { connection });
        }
    }

    pub fn find(&self, path: u8, class: Class) -> Option<Connection> {
        let mut wires = self.wires.iter();
        wires
            .find(|(_, wire)| (wire.path, wire.class) == (path, class))
            .map(|(id, _)| Connection(*id))
    }

    fn send(&mut self, who: usize, connection: Connection, frame: Frame) {
        let at = self.now + LATENCY;
        if let Some(wire) = self.wires.get_mut(&connection.0).filter(|wire| !wire.black) {
            wire.under_way[1 - who].push_back((at, frame));
        }
    }

    /// Hands `who` the next frame that is under way on a connection; `false` if there is none.
    pub fn deliver(&mut self, connection: Connection, who: usize) -> bool {
        let next = self
            .wires
            .get_mut(&connection.0)
            .and_then(|wire| wire.under_way[who].pop_front());
        let Some((_, frame)) = next else {
            return false;
        };
        let frame = self.received(who, frame);
        self.input(who, LinkInput::Frame { connection, frame });
        true
    }

    /// What the receiving shell makes of it: sides as it sees them, its own roots looked up.
    pub fn received(&self, who: usize, frame: Frame) -> PeerFrame {
        let own = &self.parties[who].own;
        let own_root = |lane: Lane, head: LogHead| {
            own.get(&(lane, head.epoch))
                .and_then(|log| log.root(head.size))
        };
        match frame {
            Frame::Hello(mut hello) => {
                hello.held_roots = [
                    own_root(Lane::Stop, hello.held[0]),
                    own_root(Lane::Main, hello.held[1]),
                ];
                PeerFrame::Hello(hello)
            }
            Frame::Heartbeat(heartbeat) => PeerFrame::Heartbeat(heartbeat),
            Frame::Entries(log, entries, checkpoint) => PeerFrame::Entries(Entries {
                log: flip(log),
                entries,
                checkpoint,
            }),
            Frame::Cosigned(log, head, cosigned_at) => PeerFrame::Cosigned {
                log: flip(log),
                head,
                cosigned_at,
                own_root: own_root(log.lane, head),
            },
            Frame::Fetch(log, from) => PeerFrame::Fetch {
                log: flip(log),
                from,
            },
            Frame::Statement(statement) => {
                let (epoch, closes, confirmed) =
                    serde_json::from_slice(&statement).expect("a statement");
                PeerFrame::Epoch {
                    epoch,
                    closes,
                    confirmed,
                    statement: statement.into(),
                }
            }
            Frame::Manifest(manifest) => PeerFrame::Manifest {
                version: u32::from(manifest[0]),
                manifest: manifest.into(),
            },
        }
    }

    // ---- time

    /// Lets time pass: frames arrive in order, both nodes wake when they asked to.
    pub fn run(&mut self, ms: i64) {
        let until = self.now + ms;
        while let Some(next) = self.next_event().filter(|next| *next <= until) {
            self.now = next.max(self.now);
            let due = |wire: &Wire, who: usize| {
                wire.under_way[who]
                    .front()
                    .is_some_and(|(at, _)| *at <= self.now)
            };
            let arrives = self.wires.iter().find_map(|(id, wire)| {
                [WEST, EAST]
                    .into_iter()
                    .find(|who| due(wire, *who))
                    .map(|who| (Connection(*id), who))
            });
            match arrives {
                Some((connection, who)) => {
                    self.deliver(connection, who);
                }
                None => {
                    for who in [WEST, EAST] {
                        if self.wake(who).is_some_and(|at| at <= self.now) {
                            self.tick(who);
                        }
                    }
                }
            }
            if self.redial {
                self.dial();
            }
        }
        self.now = until;
    }

    fn wake(&self, who: usize) -> Option<i64> {
        self.parties[who].wake
    }

    /// By a timer that trusts no clock: so long after this step.
    fn set_timer(&mut self, who: usize) {
        let wake = self.parties[who].lines.next_wake();
        let clock = self.clock(who);
        self.parties[who].wake = wake.map(|wake| self.now + (wake.as_unix_ms() - clock).max(0));
    }

    fn next_event(&self) -> Option<i64> {
        let arrivals = self
            .wires
            .values()
            .flat_map(|wire| &wire.under_way)
            .filter_map(|queue| queue.front());
        let wakes = [WEST, EAST].into_iter().filter_map(|who| self.wake(who));
        arrivals.map(|(at, _)| *at).chain(wakes).min()
    }

    pub fn dial(&mut self) {
        for path in [0, 1] {
            for class in [Class::Stop, Class::Main] {
                if self.find(path, class).is_none() {
                    self.open(path, class);
                }
            }
        }
    }

    // ---- trouble

    /// Killed, and started again: what was in no batch is gone, and so are all connections.
    pub fn crash(&mut self, who: usize) {
        let durable = self.parties[who].durable;
        self.start_again(who, durable);
    }

    pub fn backup(&mut self, who: usize) {
        self.parties[who].backup = self.parties[who].durable;
    }

    /// An old copy of the folder takes its place; `Restored` is in the journal if an administrator did that.
    pub fn restore(&mut self, who: usize, knowingly: bool) {
        let backup = self.parties[who].backup;
        self.start_again(who, backup);
        if knowingly {
            let size = backup as u64;
            self.fact(who, Event::Restored { size });
            self.commit(who);
        }
    }

    /// As `restore`, to another point of the journal.
    pub fn restore_to(&mut self, who: usize, records: usize) {
        let backup = std::mem::replace(&mut self.parties[who].backup, records);
        self.restore(who, true);
        self.parties[who].backup = backup;
    }

    /// New keys, and so a new epoch, with whatever is on disk.
    pub fn rekey(&mut self, who: usize) {
        let party = &self.parties[who];
        let own = LANES.map(|lane| party.lines.own_head(line(), lane).expect("a line"));
        let held = LANES.map(|lane| party.lines.held(line(), lane).expect("a line"));
        let epoch = own[0].epoch + 1;
        self.say(who, &format!("opens epoch {epoch} for its new keys"));
        self.open_epoch(who, epoch, [own[0], own[1], held[0], held[1]]);
    }

    pub fn export(&self, who: usize, log: LogRef, from: u64, until: u64) -> PeerFrame {
        let stored = &self.parties[who].own[&(log.lane, log.epoch)];
        let entries = stored.entries[from as usize..until as usize].to_vec();
        let checkpoint = stored.head(log.epoch, until).map(signed);
        self.received(1 - who, Frame::Entries(log, entries, checkpoint))
    }

    pub fn export_receipt(&self, who: usize, log: LogRef, head: LogHead) -> PeerFrame {
        let cosigned_at = at(self.clock(who));
        self.received(1 - who, Frame::Cosigned(log, head, cosigned_at))
    }

    /// How often west wakes while nothing arrives.
    pub fn ticks(&mut self, ms: i64) -> u32 {
        let until = self.now + ms;
        let mut ticks = 0;
        while let Some(next) = self
            .wake(WEST)
            .filter(|next| *next <= until && ticks < 10_000)
        {
            self.now = next.max(self.now);
            self.tick(WEST);
            ticks += 1;
        }
        ticks
    }

    fn start_again(&mut self, who: usize, records: usize) {
        let paths = self.parties[1 - who].lines.paths(line()).len();
        let records = records.min(self.parties[who].journal.len());
        self.parties[who].restart(records);
        let connections: Vec<u64> = self.wires.keys().copied().collect();
        let now = at(self.clock(who));
        let heads = self.parties[who].heads();
        let outputs = self.parties[who].lines.durable(now, &heads);
        self.outputs(who, outputs);
        let count = u8::try_from(paths).expect("few paths");
        self.input(
            who,
            LinkInput::Paths {
                line: line(),
                count,
            },
        );
        connections
            .into_iter()
            .for_each(|id| self.cut(Connection(id)));
    }

    // ---- in words

    fn describe(&mut self, who: usize, output: &LineOutput) {
        if let Some(words) = in_words(self, output) {
            self.say(who, &words);
        }
    }
}

pub fn signed(head: LogHead) -> SignedHead {
    SignedHead {
        head,
        note: format!("signed: {} {} {}", head.epoch, head.size, head.root)
            .as_bytes()
            .into(),
    }
}

fn in_words(world: &World, output: &LineOutput) -> Option<String> {
    let of = |side: Side| match side {
        Side::Own => "our",
        Side::Peer => "their",
    };
    let on = |connection: &Connection| {
        world
            .wires
            .get(&connection.0)
            .map_or("a closed connection".into(), |wire| {
                format!("path {} {}", wire.path, wire.class.lane())
            })
    };
    let log = |log: &LogRef| format!("{} {} (epoch {})", of(log.side), log.lane, log.epoch);
    match output {
        LineOutput::Arrived {
            entry,
            arrived,
            how,
        } => {
            let kind = arrived.header.known_kind()?;
            let how = match how {
                Arrival::Line { .. } => "arrived",
                Arrival::File { .. } => "arrived by file",
                Arrival::Recovered { .. } => "came back",
            };
            Some(format!(
                "{} {how}: {} {}",
                kind,
                log(&entry.log),
                entry.index
            ))
        }
        LineOutput::AlarmEarly {
            entry,
            recorded,
            count,
            ..
        } => {
            let recorded = if *recorded {
                "not in the record yet"
            } else {
                "NOT RECORDED"
            };
            Some(format!(
                "ALARM for {} {}, {recorded}, count {count}",
                log(&entry.log),
                entry.index
            ))
        }
        LineOutput::Say { .. } => None,
        LineOutput::Fact(event) => Some(match event {
            Event::LinkChanged { link, .. } => format!("the link is {}", link.name()),
            Event::FaultNoted { fault, count, .. } => {
                format!("fault noted: {fault}, count {count}")
            }
            Event::MainHalted {
                fault, evidence, ..
            } => {
                format!(
                    "MAIN IS HALTED: {fault}; evidence: {}",
                    String::from_utf8_lossy(&evidence[..evidence.len().min(60)])
                )
            }
            Event::Delivered { log: of, head, .. } => {
                format!("delivered: {} up to {}", log(of), head.size)
            }
            Event::Cosigned { log: of, head } => format!("cosigns {} up to {}", log(of), head.size),
            Event::EpochOpened {
                epoch, confirmed, ..
            } => {
                format!(
                    "takes their epoch {epoch}{}",
                    if *confirmed { "" } else { ", not confirmed" }
                )
            }
            Event::EpochConfirmed { epoch, .. } => {
                format!("takes the confirmation of their epoch {epoch}")
            }
            Event::ManifestTaken { version, .. } => format!("takes their manifest {version}"),
            Event::ClockOffsetNoted {
                offset,
                beyond_limit,
                ..
            } => {
                let limit = if *beyond_limit {
                    "BEYOND the limit"
                } else {
                    "within the limit"
                };
                format!("their clock is {} ms ahead, {limit}", offset.as_ms())
            }
            other => format!("{other:?}"),
        }),
        LineOutput::Effect(effect) => match effect {
            Effect::Transmit {
                connection,
                log: of,
                from,
                until,
            } => Some(format!(
                "sends {} {from}..{until} on {}",
                log(of),
                on(connection)
            )),
            Effect::TransmitFrame {
                connection,
                frame: OwnFrame::Fetch { log: of, from },
            } => Some(format!(
                "asks for {} from {from} on {}",
                log(of),
                on(connection)
            )),
            Effect::TransmitFrame {
                connection,
                frame: OwnFrame::Epoch { .. },
            } => Some(format!("tells its epoch on {}", on(connection))),
            Effect::TransmitFrame {
                connection,
                frame: OwnFrame::Manifest { .. },
            } => Some(format!("tells its manifest on {}", on(connection))),
            Effect::TransmitFrame { .. } | Effect::Cosign { .. } => None,
            Effect::Pause { connection, .. } => {
                Some(format!("reads no more for now on {}", on(connection)))
            }
            Effect::Close { connection, fault } => {
                let why = fault.map_or(String::new(), |fault: Fault| format!(": {fault}"));
                Some(format!("closes {}{why}", on(connection)))
            }
            Effect::EpochNeeded { epoch, closes, .. } => {
                let [a, b, c, d] = closes.map(|head| head.size);
                Some(format!(
                    "opens epoch {epoch}: own logs end at stop {a}, main {b}; theirs held to stop {c}, main {d}"
                ))
            }
            other => Some(format!("{other:?}")),
        },
    }
}

/// Names an entry as its receiver does.
pub fn their(lane: Lane, epoch: Epoch, index: u64) -> EntryRef {
    EntryRef {
        log: flip(own_log(lane, epoch)),
        index,
    }
}
