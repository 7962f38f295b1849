//! A network of byte streams: late, cut, half open, garbled, but within one stream in order.

use std::collections::{BTreeMap, VecDeque};

use channel::input::{Class, Connection};

use crate::rng::Rng;

/// What the line takes within so many ms arrives together.
const PIECE: u64 = 1_000;

/// A path of a line: the line's number, and the path's.
pub type Path = (usize, u8);

/// One stream of bytes each way, known to both nodes by numbers of their own.
#[derive(Debug)]
pub struct Stream {
    pub path: Path,
    pub class: Class,
    /// The dialler first.
    pub ends: [End; 2],
}

#[derive(Debug)]
pub struct End {
    pub node: usize,
    /// The connection as the process at this end calls it; none while it has not been opened there.
    pub connection: Option<Connection>,
    pub open: bool,
    /// What is under way to this end, and when it arrives.
    inbound: VecDeque<(u64, Segment)>,
    /// Nothing sent later arrives earlier.
    last_arrival: u64,
    /// When the line has taken all that was sent to this end.
    taken: u64,
    /// The next bytes to this end are damaged.
    garble: bool,
    /// Nothing arrives here any more, and nobody is told.
    deaf: bool,
}

#[derive(Debug)]
enum Segment {
    Bytes(Vec<u8>),
    Closed,
}

/// What arrives.
#[derive(Debug, PartialEq, Eq)]
pub enum Arrival {
    Bytes(Vec<u8>),
    Closed,
    /// Nothing yet, or never.
    Nothing,
}

/// How a path behaves. Times in ms of the simulation.
#[derive(Clone, Copy, Debug)]
pub struct Weather {
    pub latency: u64,
    pub jitter: u64,
    /// Bytes a millisecond.
    pub rate: u64,
    /// Until then nothing gets through and nothing can be dialled.
    pub cut_until: u64,
    pub slow_until: u64,
    pub slow_by: u64,
}

/// All streams.
#[derive(Debug)]
pub struct Net {
    streams: BTreeMap<u64, Stream>,
    next: u64,
    weather: BTreeMap<Path, Weather>,
    rng: Rng,
}

impl Net {
    pub fn new(weather: BTreeMap<Path, Weather>, rng: Rng) -> Self {
        Self {
            streams: BTreeMap::new(),
            next: 0,
            weather,
            rng,
        }
    }

    pub fn paths(&self) -> impl Iterator<Item = Path> + '_ {
        self.weather.keys().copied()
    }

    pub fn weather_mut(&mut self, path: Path) -> Option<&mut Weather> {
        self.weather.get_mut(&path)
    }

    pub fn is_cut(&self, path: Path, now: u64) -> bool {
        self.weather
            .get(&path)
            .is_none_or(|weather| weather.cut_until > now)
    }

    pub fn stream(&self, id: u64) -> Option<&Stream> {
        self.streams.get(&id)
    }

    pub fn end_mut(&mut self, id: u64, end: usize) -> Option<&mut End> {
        self.streams
            .get_mut(&id)
            .map(|stream| &mut stream.ends[end])
    }

    /// The streams that stand on `path`, and of `class` if one is given.
    pub fn on(&self, path: Path, class: Option<Class>) -> Vec<u64> {
        let on = |stream: &Stream| {
            stream.path == path && class.is_none_or(|class| stream.class == class)
        };
        self.streams
            .iter()
            .filter(|(_, stream)| on(stream))
            .map(|(id, _)| *id)
            .collect()
    }

    pub fn of_node(&self, node: usize) -> Vec<(u64, usize)> {
        let ends = self.streams.iter().flat_map(|(id, stream)| {
            stream
                .ends
                .iter()
                .enumerate()
                .map(move |(place, end)| (*id, place, end))
        });
        let of_node = ends.filter(|(_, _, end)| end.node == node && end.open);
        of_node.map(|(id, place, _)| (id, place)).collect()
    }

    /// Where `node` knows a stream as `connection`.
    pub fn find(&self, node: usize, connection: Connection) -> Option<(u64, usize)> {
        let mut ends = self.of_node(node).into_iter();
        ends.find(|(id, end)| self.streams[id].ends[*end].connection == Some(connection))
    }

    /// A new stream from `dialler` to the other node, open at the dialler's end alone. Answers when its first byte may
    /// arrive.
    pub fn dial(&mut self, path: Path, class: Class, dialler: usize, now: u64) -> u64 {
        let end = |node, open| End {
            node,
            connection: None,
            open,
            inbound: VecDeque::new(),
            last_arrival: now,
            taken: now,
            garble: false,
            deaf: false,
        };
        let id = self.next;
        self.next += 1;
        let ends = [end(dialler, true), end(1 - dialler, true)];
        self.streams.insert(id, Stream { path, class, ends });
        id
    }

    /// When so many bytes arrive at that end: after what was sent there before, and not before the line has taken them.
    fn arrival(&mut self, id: u64, end: usize, bytes: usize, now: u64) -> Option<u64> {
        let stream = self.streams.get_mut(&id)?;
        let weather = *self.weather.get(&stream.path)?;
        let slow = if weather.slow_until > now {
            weather.slow_by
        } else {
            0
        };
        let jitter = self.rng.between(0, weather.jitter);
        let end = &mut stream.ends[end];
        end.taken = end.taken.max(now) + bytes as u64 / weather.rate.max(1);
        end.last_arrival = (end.taken + weather.latency + jitter + slow).max(end.last_arrival);
        Some(end.last_arrival)
    }

    /// Sends bytes from one end to the other. Answers when they arrive; `None`: they never do.
    ///
    /// Damaged ones never reach the node: their record fails the check of TLS, which ends the connection. What a peer says
    /// in a Hello is not signed by itself, and leans on that.
    fn send_piece(&mut self, id: u64, from: usize, bytes: Vec<u8>, now: u64) -> Option<u64> {
        let stream = self.streams.get(&id)?;
        let (path, target) = (stream.path, &stream.ends[1 - from]);
        if !stream.ends[from].open || !target.open || target.deaf || self.is_cut(path, now) {
            return None;
        }
        let at = self.arrival(id, 1 - from, bytes.len(), now)?;
        let target = &mut self.streams.get_mut(&id)?.ends[1 - from];
        let damaged = std::mem::take(&mut target.garble);
        target.inbound.push_back(match damaged {
            true => (at, Segment::Closed),
            false => (at, Segment::Bytes(bytes)),
        });
        target.deaf |= damaged;
        Some(at)
    }

    /// Sends bytes from one end to the other, in pieces where the path is slow. Answers when each arrives.
    pub fn send(&mut self, id: u64, from: usize, bytes: &[u8], now: u64) -> Vec<u64> {
        let path = self.streams.get(&id).map(|stream| stream.path);
        let rate = path
            .and_then(|path| self.weather.get(&path))
            .map_or(1, |weather| weather.rate.max(1));
        let most = usize::try_from(rate * PIECE).unwrap_or(usize::MAX);
        let pieces = bytes.chunks(most).map(<[u8]>::to_vec);
        pieces
            .filter_map(|piece| self.send_piece(id, from, piece, now))
            .collect()
    }

    /// Closes one end. Answers when the other end learns of it, if it does.
    pub fn close(&mut self, id: u64, from: usize, now: u64) -> Option<u64> {
        let stream = self.streams.get_mut(&id)?;
        stream.ends[from].open = false;
        stream.ends[from].inbound.clear();
        let path = stream.path;
        let target = &stream.ends[1 - from];
        let reached = target.open && !target.deaf;
        if !target.open {
            self.streams.remove(&id);
            return None;
        }
        if !reached || self.is_cut(path, now) {
            return None;
        }
        let at = self.arrival(id, 1 - from, 0, now)?;
        let target = &mut self.streams.get_mut(&id)?.ends[1 - from];
        target.inbound.push_back((at, Segment::Closed));
        Some(at)
    }

    /// One end vanishes: what was under way to it is gone, and the other is not told.
    pub fn abandon(&mut self, id: u64, end: usize) {
        let Some(stream) = self.streams.get_mut(&id) else {
            return;
        };
        stream.ends[end].open = false;
        stream.ends[end].inbound.clear();
        if stream.ends.iter().all(|end| !end.open) {
            self.streams.remove(&id);
        }
    }

    /// Damages the next bytes to that end.
    pub fn garble(&mut self, id: u64, end: usize) {
        if let Some(end) = self.end_mut(id, end) {
            end.garble = true;
        }
    }

    /// From now on nothing arrives at that end, and what is under way is lost.
    pub fn deafen(&mut self, id: u64, end: usize) {
        if let Some(end) = self.end_mut(id, end) {
            end.deaf = true;
            end.inbound.clear();
        }
    }

    /// What has arrived at that end by now.
    pub fn take(&mut self, id: u64, end: usize, now: u64) -> Arrival {
        let Some(end) = self.end_mut(id, end) else {
            return Arrival::Nothing;
        };
        if !end.open || end.inbound.front().is_none_or(|(at, _)| *at > now) {
            return Arrival::Nothing;
        }
        match end.inbound.pop_front() {
            Some((_, Segment::Bytes(bytes))) => Arrival::Bytes(bytes),
            Some((_, Segment::Closed)) => Arrival::Closed,
            None => Arrival::Nothing,
        }
    }

    /// All that is under way on `path` is lost: the path is cut.
    pub fn lose(&mut self, path: Path) {
        for stream in self
            .streams
            .values_mut()
            .filter(|stream| stream.path == path)
        {
            for end in &mut stream.ends {
                end.deaf = true;
                end.inbound.clear();
            }
        }
    }
}
