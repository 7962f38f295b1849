//! The network, and time.

use super::log::flip;
use super::{EAST, WEST, World, line};
use channel::input::{
    Arrived, Class, Connection, Entries, Heartbeat, Hello, LinkInput, PeerFrame, SignedHead,
};
use model::code::Lane;
use model::line::{LogHead, LogRef};
use model::units::Timestamp;
use std::collections::VecDeque;

const LATENCY: i64 = 20;

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

impl World {
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

    pub(super) fn send(&mut self, who: usize, connection: Connection, frame: Frame) {
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
    pub(super) fn set_timer(&mut self, who: usize) {
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
}
