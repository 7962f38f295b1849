//! Crashes, restored copies, new keys, entries that go by file.

use super::log::signed;
use super::network::Frame;
use super::{LANES, World, at, line};
use channel::input::{Connection, LinkInput, PeerFrame};
use model::event::Event;
use model::line::{LogHead, LogRef};

impl World {
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
}
