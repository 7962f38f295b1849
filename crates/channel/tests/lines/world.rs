//! Two parties, `west` and `east`, one line, and a network between them. Each party has what a shell has: a journal with
//! batches, the stored entries, and clocks of its own. Envelopes are words; leaves and roots are real.

use channel::input::LinkInput;
use model::code::Lane;
use model::ids::LineId;
use model::units::Timestamp;
use std::collections::BTreeMap;
use std::fmt::Write;

mod log;
mod network;
mod party;
mod shell;
mod trouble;
mod words;

pub use log::{own_log, signed, their};
pub use network::{Frame, Wire};
pub use party::Party;

pub const WEST: usize = 0;
pub const EAST: usize = 1;
pub const LANES: [Lane; 2] = [Lane::Stop, Lane::Main];
const START: i64 = 1_474_117_000_000;

pub fn line() -> LineId {
    LineId::from_random([0xa1; 16])
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

fn at(ms: i64) -> Timestamp {
    Timestamp::from_unix_ms(ms.max(0)).expect("a time")
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
}
