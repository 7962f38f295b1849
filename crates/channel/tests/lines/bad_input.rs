//! What a peer may do wrong, in bad faith or in error. Each has a clear consequence; nothing is lost, and a stop call
//! sounds whatever else is wrong.

use crate::world::{EAST, World, line, signed, their};
use channel::input::{
    Arrived, Class, Connection, Entries, Hello, LinkInput, PeerFrame, SealedBy, SignedHead,
};
use channel::lines::Lines;
use model::code::{Desk, Lane, Role, Urgency};
use model::event::Event;
use model::kind::Kind;
use model::line::{Digest, Fault, LogHead, Seen};
use model::message::{Content, Header};
use model::slot::Slots;
use model::units::Timestamp;
use tlog::{EMPTY_ROOT, Frontier, Hash};

mod entries;
mod epochs;
mod greetings;
mod heads;
mod limits;

const EMPTY: LogHead = LogHead {
    epoch: 1,
    size: 0,
    root: Digest(EMPTY_ROOT.0),
};

/// East with one path up, and a west that says whatever the test likes.
struct Liar {
    world: World,
    stop: Connection,
    main: Connection,
}

impl Liar {
    fn new() -> Self {
        let mut world = World::new(1);
        let stop = world.open(0, Class::Stop);
        let main = world.open(0, Class::Main);
        world.run(500);
        world.story();
        Self { world, stop, main }
    }

    fn tells(&mut self, connection: Connection, frame: PeerFrame) -> String {
        self.world
            .input(EAST, LinkInput::Frame { connection, frame });
        let story = self.world.story();
        let east = story
            .lines()
            .filter_map(|said| said.split_once("  east  ").map(|(_, words)| words));
        east.collect::<Vec<_>>().join("\n")
    }

    fn sends(
        &mut self,
        lane: Lane,
        entries: Vec<Arrived>,
        checkpoint: Option<SignedHead>,
    ) -> String {
        let connection = match lane {
            Lane::Stop => self.stop,
            Lane::Main => self.main,
        };
        self.tells(connection, frame(lane, 1, entries, checkpoint))
    }

    fn east(&self) -> &Lines {
        &self.world.parties[EAST].lines
    }

    fn faults(&self) -> Vec<(Fault, u32)> {
        let noted = self.world.parties[EAST]
            .events()
            .filter_map(|event| match event {
                Event::FaultNoted { fault, count, .. } => Some((*fault, *count)),
                _other => None,
            });
        noted.collect()
    }
}

fn frame(
    lane: Lane,
    epoch: u32,
    entries: Vec<Arrived>,
    checkpoint: Option<SignedHead>,
) -> PeerFrame {
    PeerFrame::Entries(Entries {
        log: their(lane, epoch, 0).log,
        entries,
        checkpoint,
    })
}

fn envelope(lane: Lane, index: u64, kind: Kind, text: &str) -> Arrived {
    Arrived {
        epoch: 1,
        lane,
        index,
        leaf: Digest(tlog::leaf_hash(text.as_bytes()).0),
        header: Header {
            kind: kind.number(),
            purpose: "safety".parse().expect("a name"),
            role: Role::Watch,
            urgency: Urgency::Immediate,
            desk: Desk::Air,
            sent_at: Timestamp::MIN,
        },
        seen: Seen {
            own_other: EMPTY,
            peer_stop: EMPTY,
            peer_main: EMPTY,
        },
        content: Content::Open(Slots::new()),
        unreadable: None,
        envelope: text.as_bytes().into(),
        opening: [0; 0].into(),
        sealed_by: SealedBy::KeyInForce,
    }
}

fn call(index: u64) -> Arrived {
    envelope(Lane::Stop, index, Kind::StopCall, &format!("call {index}"))
}

fn notice(index: u64) -> Arrived {
    envelope(
        Lane::Main,
        index,
        Kind::AirActivity,
        &format!("notice {index}"),
    )
}

fn head_of(entries: &[Arrived]) -> LogHead {
    let mut frontier = Frontier::new();
    entries
        .iter()
        .for_each(|entry| frontier.push(Hash(entry.leaf.0)));
    LogHead {
        epoch: 1,
        size: frontier.size(),
        root: Digest(frontier.root().0),
    }
}

fn covered(entries: &[Arrived]) -> Option<SignedHead> {
    Some(signed(head_of(entries)))
}

fn wrong(size: u64) -> LogHead {
    LogHead {
        epoch: 1,
        size,
        root: Digest([0xee; 32]),
    }
}

fn hello(own: LogHead, held: LogHead) -> Hello {
    Hello {
        versions: vec![1],
        manifest: 0,
        held_manifest: 0,
        sent_at: Timestamp::MIN,
        own: [own, EMPTY],
        held: [held, EMPTY],
        delivered: [EMPTY, EMPTY],
        held_roots: [Some(EMPTY.root), Some(EMPTY.root)],
    }
}

/// A fresh connection for stops, opened at east only.
fn greeted(liar: &mut Liar, id: u64, hello: Hello) -> String {
    let connection = Connection(id);
    liar.world.input(
        EAST,
        LinkInput::Opened {
            connection,
            line: line(),
            path: 0,
            class: Class::Stop,
        },
    );
    liar.tells(connection, PeerFrame::Hello(hello))
}
