//! Node 1 lies: beside its honest work it says, under its real keys, what an honest node never would.

use channel::effect::{Outgoing, OwnFrame};
use channel::input::{Class, Hello, Input, LinkInput, PeerFrame};
use model::code::{Desk, Lane, Role, Urgency};
use model::event::{Actor, Bytes};
use model::kind::Kind;
use model::line::{Digest, EntryRef, LinkState, LogHead, LogRef, Seen, Side};
use model::message::Message;
use model::slot::{SlotCode, Slots, Value};
use wire::line::{Preamble, frame};

use crate::frames::sign;
use crate::party::{arrangement, line_id};
use crate::plan::Lie;
use crate::witness::{Verdict, hash};
use crate::world::World;

const LIAR: usize = 1;
const VICTIM: usize = 0;
/// Frames of a flood, and calls in each with an opening of so many bytes: more than a minute's worth of `stop`.
const FLOOD: (u64, u64, usize) = (12, 3, 250_000);
/// A network slower than this (bytes a millisecond) is not flooded: the flood would outlast the run.
const LEAST_RATE: u64 = 1_000;

impl World {
    pub(crate) fn lie(&mut self, line: usize, lie: Lie) -> Verdict {
        let both_up = self.hosts.iter().all(|host| host.process.is_some());
        if !both_up {
            return Ok(());
        }
        let sent = match lie {
            Lie::EquivocateHeld { class } => self.equivocate(line, class, true),
            Lie::EquivocateNext { class } => self.equivocate(line, class, false),
            Lie::OtherRoot { class } => self.other_root(line, class),
            Lie::Replay { class } => self.replay(line, class),
            Lie::Garbage { class } => self.garbage(line, class),
            Lie::FalseHello => self.false_hello(line),
            Lie::Flood => self.flood(line),
            Lie::EarlyCall => self.early_call(line),
        };
        match sent {
            Some(()) => self.lies_told.push(lie),
            None => self
                .trace
                .tell(self.now, format_args!("the lie finds nobody to hear it")),
        }
        Ok(())
    }

    /// A stream of the class on which the victim takes entries.
    fn ready(&self, line: usize, class: Class) -> Option<(u64, usize)> {
        let victim = self.hosts[VICTIM].process.as_ref()?.driver.node().lines();
        let paths = victim.paths(line_id(line));
        let is_ready = |path: &&channel::lines::PathState| match class {
            Class::Stop => path.stop,
            Class::Main => path.main,
        };
        for path in paths.iter().filter(is_ready) {
            for stream in self.net.on((line, path.path), Some(class)) {
                let found = self.net.stream(stream)?;
                let whole = found
                    .ends
                    .iter()
                    .all(|end| end.open && end.connection.is_some());
                if whole {
                    return Some((stream, usize::from(found.ends[1].node == LIAR)));
                }
            }
        }
        None
    }

    /// What the victim holds of the liar's log.
    fn held(&self, line: usize, lane: Lane) -> Option<LogHead> {
        self.hosts[VICTIM]
            .process
            .as_ref()?
            .driver
            .node()
            .lines()
            .held(line_id(line), lane)
    }

    fn say(&mut self, line: usize, class: Class, bytes: Vec<u8>) -> Option<()> {
        let (stream, end) = self.ready(line, class)?;
        self.send(stream, end, bytes);
        Some(())
    }

    /// An envelope in the liar's log that its node never wrote.
    fn craft(&mut self, log: LogRef, index: u64) -> Option<(Bytes, Bytes)> {
        let (kind, slots) = match log.lane {
            Lane::Stop => (Kind::StopCall, Slots::new()),
            Lane::Main => {
                let challenge = Value::Number(self.rng.between(100_000, 999_999));
                (
                    Kind::LineCheck,
                    Slots::new().with(SlotCode::Challenge, challenge).ok()?,
                )
            }
        };
        let agreed = (0..self.plan.paths.len())
            .map(arrangement)
            .find(|agreed| agreed.line == log.line)?;
        let message = Message {
            line: log.line,
            kind,
            purpose: agreed.purposes.first()?.id,
            role: Role::Watch,
            urgency: Urgency::Immediate,
            desk: Desk::Ground,
            slots,
        };
        let (us, them) = (self.hosts[LIAR].party.id, self.hosts[VICTIM].party.id);
        let outgoing = Outgoing {
            entry: EntryRef { log, index },
            at: self.hosts[LIAR].clock(self.now),
            by: Actor::Node,
            message: release::standing(&agreed, them, message).ok()?,
            notice: None,
        };
        let empty = LogHead {
            epoch: 1,
            size: 0,
            root: Digest(tlog::EMPTY_ROOT.0),
        };
        let seen = Seen {
            own_other: empty,
            peer_stop: empty,
            peer_main: empty,
        };
        let (rng, signer) = (&mut self.rng, &self.hosts[LIAR].party.operational);
        let sealed = wire::line::seal(&outgoing, &seen, us, them, signer, &mut |bytes| {
            rng.fill(bytes)
        })
        .ok()?;
        Some((sealed.envelope, sealed.opening))
    }

    fn equivocate(&mut self, line: usize, class: Class, held_already: bool) -> Option<()> {
        let held = self.held(line, class.lane())?;
        let index = match (held_already, held.size) {
            (true, 1..) => self.rng.below(held.size),
            (_, size) => size,
        };
        let log = own_log(line, class.lane(), held.epoch);
        let (envelope, opening) = self.craft(log, index)?;
        let bytes = frame::entries(log, &[(&envelope[..], &opening[..])], None).ok()?;
        self.say(line, class, bytes)
    }

    fn other_root(&mut self, line: usize, class: Class) -> Option<()> {
        let held = self.held(line, class.lane()).filter(|held| held.size > 0)?;
        let log = own_log(line, class.lane(), held.epoch);
        let size = self.rng.between(1, held.size);
        let root = Digest(self.rng.bytes());
        let note = sign(&self.hosts[LIAR].party, log, LogHead { size, root, ..held })?;
        let bytes = frame::entries(log, &[], Some(&note)).ok()?;
        self.say(line, class, bytes)
    }

    fn replay(&mut self, line: usize, class: Class) -> Option<()> {
        let heard = self
            .overheard
            .iter()
            .filter(|(of, on, _)| (*of, *on) == (line, class));
        let heard: Vec<Vec<u8>> = heard.map(|(_, _, bytes)| bytes.clone()).collect();
        let bytes = self.rng.pick(&heard).cloned()?;
        self.say(line, class, bytes)
    }

    fn garbage(&mut self, line: usize, class: Class) -> Option<()> {
        let mut bytes = vec![0; frame::PREFIX + 512];
        self.rng.fill(&mut bytes);
        bytes[..frame::PREFIX].copy_from_slice(&512u32.to_be_bytes());
        self.say(line, class, bytes)
    }

    /// Dials by itself, and greets with a claim that nobody can hold.
    fn false_hello(&mut self, line: usize) -> Option<()> {
        let id = line_id(line);
        let keys = self.hosts[LIAR].process.as_ref()?.trust.keys(id)?;
        let (liar, victim) = (self.node(LIAR)?.lines(), self.node(VICTIM)?.lines());
        let own = [
            liar.own_head(id, Lane::Stop)?,
            liar.own_head(id, Lane::Main)?,
        ];
        let delivered = [victim.held(id, Lane::Stop)?, victim.held(id, Lane::Main)?];
        let held = [
            victim.own_head(id, Lane::Stop)?,
            victim.own_head(id, Lane::Main)?,
        ];
        let root = Digest(self.rng.bytes());
        let held = held.map(|head| LogHead {
            size: head.size + 7,
            root,
            ..head
        });
        let hello = Hello {
            versions: vec![1],
            manifest: 1,
            held_manifest: 1,
            sent_at: self.hosts[LIAR].clock(self.now),
            own,
            held,
            delivered,
            held_roots: [None, None],
        };
        let bytes = frame::own(
            &OwnFrame::Hello(hello),
            &keys,
            &self.hosts[LIAR].party.operational,
        )
        .ok()?;
        let path = (line, 0);
        if self.net.is_cut(path, self.now) {
            return None;
        }
        let stream = self.net.dial(path, Class::Stop, LIAR, self.now);
        let preamble = Preamble {
            line: id,
            class: Class::Stop,
            path: 0,
        };
        self.send(stream, 0, preamble.to_bytes().to_vec());
        self.send(stream, 0, bytes);
        Some(())
    }

    fn node(&self, node: usize) -> Option<&channel::Node> {
        Some(self.hosts[node].process.as_ref()?.driver.node())
    }

    fn flood(&mut self, line: usize) -> Option<()> {
        let held = self
            .held(line, Lane::Stop)
            .filter(|_| self.plan.rate >= LEAST_RATE)?;
        let log = own_log(line, Lane::Stop, held.epoch);
        let (frames, calls, bytes) = FLOOD;
        for number in 0..frames {
            let mut entries = Vec::new();
            for call in 0..calls {
                let (envelope, _) = self.craft(log, held.size + 1_000 + number * calls + call)?;
                let mut opening = vec![0; bytes];
                self.rng.fill(&mut opening);
                entries.push((envelope, opening));
            }
            let parts: Vec<(&[u8], &[u8])> = entries
                .iter()
                .map(|(one, two)| (&one[..], &two[..]))
                .collect();
            let bytes = frame::entries(log, &parts, None).ok()?;
            self.say(line, Class::Stop, bytes)?;
        }
        Some(())
    }

    fn early_call(&mut self, line: usize) -> Option<()> {
        let held = self.held(line, Lane::Stop)?;
        let log = own_log(line, Lane::Stop, held.epoch);
        let (envelope, _) = self.craft(log, held.size + 50)?;
        let noise: [u8; 40] = self.rng.bytes();
        let bytes = frame::entries(log, &[(&envelope[..], &noise[..])], None).ok()?;
        self.say(line, Class::Stop, bytes)
    }

    // ---- what a lie must lead to

    /// Notes what is about to be stepped if it contradicts what the victim durably holds.
    pub(crate) fn contradictions(&mut self, node: usize, input: &Input) {
        if !self.plan.lying || node != VICTIM {
            return;
        }
        let Input::Link(LinkInput::Frame {
            connection,
            frame: PeerFrame::Entries(entries),
        }) = input
        else {
            return;
        };
        let Some(process) = self.hosts[VICTIM].process.as_ref() else {
            return;
        };
        let (lines, line) = (process.driver.node().lines(), entries.log.line);
        let listens = matches!(lines.link(line), Some(LinkState::Up | LinkState::Degraded))
            && lines.halted(line).is_none()
            && !lines.is_recovering(line)
            && process.disk() == channel::input::Disk::Well
            && lines.is_ready(line, *connection)
            && process
                .readings
                .get(connection)
                .is_some_and(|reading| reading.class.lane() == entries.log.lane)
            && lines
                .held(line, entries.log.lane)
                .is_some_and(|held| held.epoch == entries.log.epoch);
        if !listens || entries.log.side != Side::Peer {
            return;
        }
        let peer = self.hosts[LIAR].party.id;
        let Some(origin) = self.hosts[VICTIM].witness.origin(entries.log, peer) else {
            return;
        };
        let contradicts = self.hosts[VICTIM].disk.look(|index| {
            let log = index.logs.get(&origin)?;
            let other = entries.entries.iter().find(|arrived| {
                let held = log.entries.get(arrived.index as usize);
                held.is_some_and(|(_, envelope)| tlog::leaf_hash(envelope) != hash(arrived.leaf))
            });
            if let Some(other) = other {
                return Some(other.envelope.clone());
            }
            let note = entries
                .checkpoint
                .as_ref()
                .filter(|note| note.head.size <= log.tree.size())?;
            (log.root_at(note.head.size) != Some(hash(note.head.root))).then(|| note.note.clone())
        });
        if let Some(bytes) = contradicts {
            self.hosts[VICTIM]
                .witness
                .lied_to
                .push((line, bytes.to_vec()));
            self.trace
                .tell(self.now, format_args!("a contradiction arrives"));
        }
    }
}

/// A log of the liar, as it names it.
fn own_log(line: usize, lane: Lane, epoch: u32) -> LogRef {
    LogRef {
        line: line_id(line),
        side: Side::Own,
        lane,
        epoch,
    }
}
