//! Connections: heartbeats, and whether the line is up.

use super::bounds::{
    BEAT_EVERY, DEAD_AFTER, MAX_CONNECTIONS, MAX_PATHS, MINUTE, NOTABLE_OFFSET, SETTLED_AFTER,
};
use super::clock::Offsets;
use super::line::Line;
use super::record::NotedOffset;
use super::{LANES, Run, place};
use crate::effect::OwnFrame;
use crate::input::{Class, Connection, Echo, Heartbeat};
use model::event::Event;
use model::line::{Epoch, Fault, LinkState, LogHead, Side};
use model::units::Timestamp;
use std::collections::VecDeque;

/// Heartbeats of ours that an echo may answer.
const MAX_ECHOED: usize = 8;
/// A clock that moved otherwise than time did, by more than this, spoils a measurement.
const MAX_CLOCK_SLIP: i64 = 100;

/// A place in a lane: the next entry to send, or to come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Cursor {
    pub epoch: Epoch,
    pub index: u64,
}

impl Cursor {
    pub fn of(head: LogHead) -> Self {
        Self {
            epoch: head.epoch,
            index: head.size,
        }
    }
}

/// One connection.
#[derive(Clone, Debug)]
pub(super) struct Link {
    pub path: u8,
    pub class: Class,
    /// Both Hellos were exchanged.
    pub ready: bool,
    /// When it was last heard, or opened.
    heard: u64,
    /// Until then we do not read from it.
    pub paused_until: u64,
    beat_at: u64,
    /// When our last heartbeats went out, by the clock and by elapsed time.
    beats: VecDeque<(Timestamp, u64)>,
    echo: Echo,
    /// What our Hello said we held of the peer's lane: nothing before it needs to be sent.
    pub named: Cursor,
    /// What the peer's Hello said it held of ours, and how far its receipts went then.
    pub start: Cursor,
    pub receipt_then: Cursor,
    /// The next entry of ours to send here.
    pub cursor: Cursor,
    /// The newest epoch of ours that was told here, and whether it was confirmed then.
    pub told: (Epoch, bool),
    pub told_manifest: u32,
    /// Where we were at the last heartbeat that said there is more.
    stuck: Option<Cursor>,
    /// A frame has begun to come, and is not whole.
    under_way: bool,
}

impl Link {
    pub fn due(&self) -> u64 {
        match self.ready {
            true => self.beat_at.min(self.dead_at()),
            false => self.dead_at(),
        }
    }

    fn dead_at(&self) -> u64 {
        self.heard.max(self.paused_until) + DEAD_AFTER
    }
}

/// What was journalled of the link, and when it changed.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Noted {
    /// When this was last looked at.
    pub looked: u64,
    dropped: Option<u64>,
    better_since: Option<u64>,
}

impl Noted {
    pub fn due(&self) -> Option<u64> {
        self.better_since.map(|since| since + SETTLED_AFTER)
    }
}

/// One path of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PathState {
    pub path: u8,
    /// A stop call can go over it.
    pub stop: bool,
    pub main: bool,
}

impl Line {
    pub fn opened(&mut self, run: &mut Run, connection: Connection, path: u8, class: Class) {
        if path >= MAX_PATHS {
            return run.close(connection, Some(Fault::Malformed));
        }
        if self.live.links.len() >= MAX_CONNECTIONS {
            let same = |link: &Link| (link.path, link.class) == (path, class);
            match self
                .live
                .links
                .iter()
                .find(|(_, link)| same(link))
                .map(|(oldest, _)| *oldest)
            {
                Some(oldest) => self.drop_link(run, oldest, None),
                None => return run.close(connection, None),
            }
        }
        let up = run.turn.up;
        let lane = class.lane();
        let link = Link {
            path,
            class,
            ready: false,
            heard: up,
            paused_until: 0,
            beat_at: up,
            beats: VecDeque::new(),
            echo: Echo {
                sent_at: Timestamp::MIN,
                arrived_at: Timestamp::MIN,
            },
            named: Cursor::of(self.record.peer.lane(lane).head()),
            start: Cursor::default(),
            receipt_then: Cursor::default(),
            cursor: Cursor::default(),
            told: (0, false),
            told_manifest: 0,
            stuck: None,
            under_way: false,
        };
        self.live.links.insert(connection, link);
        let hello = self.own_hello(run.turn.now);
        Self::transmit_frame(run, connection, OwnFrame::Hello(hello));
    }

    pub fn drop_link(&mut self, run: &mut Run, connection: Connection, fault: Option<Fault>) {
        self.live.links.remove(&connection);
        run.close(connection, fault);
    }

    pub fn heard(&mut self, run: &Run, connection: Connection) {
        if let Some(link) = self.live.links.get_mut(&connection) {
            link.heard = run.turn.up;
            link.under_way = false;
            self.live.last_heard = Some(run.turn.now);
        }
    }

    /// Part of a frame came.
    pub fn under_way(&mut self, run: &Run, connection: Connection) {
        self.heard(run, connection);
        if let Some(link) = self.live.links.get_mut(&connection) {
            link.under_way = true;
        }
    }

    pub fn drop_dead(&mut self, run: &mut Run) {
        let dead = |link: &Link| run.turn.up >= link.dead_at();
        let dead: Vec<Connection> = self
            .live
            .links
            .iter()
            .filter(|(_, link)| dead(link))
            .map(|(connection, _)| *connection)
            .collect();
        dead.into_iter()
            .for_each(|connection| self.drop_link(run, connection, None));
    }

    // ---- heartbeats

    /// At fixed times, whatever else goes on: nothing can be told from when they come.
    pub fn beat(&mut self, run: &mut Run) {
        let (now, up) = (run.turn.now, run.turn.up);
        let own = LANES.map(|lane| self.own_head(lane));
        for (connection, link) in &mut self.live.links {
            if !link.ready || up < link.beat_at {
                continue;
            }
            link.beat_at += BEAT_EVERY;
            if link.beat_at <= up {
                link.beat_at = up + BEAT_EVERY;
            }
            link.beats.push_back((now, up));
            if link.beats.len() > MAX_ECHOED {
                link.beats.pop_front();
            }
            let heartbeat = Heartbeat {
                sent_at: now,
                echo: link.echo,
                own,
            };
            Self::transmit_frame(run, *connection, OwnFrame::Heartbeat(heartbeat));
        }
    }

    pub fn heartbeat(&mut self, run: &mut Run, connection: Connection, heartbeat: &Heartbeat) {
        let Some(link) = self
            .live
            .links
            .get_mut(&connection)
            .filter(|link| link.ready)
        else {
            return;
        };
        link.echo = Echo {
            sent_at: heartbeat.sent_at,
            arrived_at: run.turn.now,
        };
        let echo = heartbeat.echo;
        let answered = link
            .beats
            .iter()
            .find(|(sent_at, _)| *sent_at == echo.sent_at)
            .copied();
        if let Some((sent_at, sent_up)) = answered {
            self.measure(run, sent_at, sent_up, heartbeat);
        }
        for lane in LANES {
            let view = self.view(Side::Peer, lane, heartbeat.own[place(lane)]);
            self.glance(run, view, "heartbeat, own log");
        }
        self.ask_if_stuck(run, connection, heartbeat);
    }

    /// The peer has had more than we hold for a whole period, and nothing came, nor is anything coming: ask for it. What
    /// a slow path is still busy with would only be sent again behind itself.
    fn ask_if_stuck(&mut self, run: &mut Run, connection: Connection, heartbeat: &Heartbeat) {
        let Some(lane) = self
            .live
            .links
            .get(&connection)
            .map(|link| link.class.lane())
        else {
            return;
        };
        let here = Cursor::of(self.record.peer.lane(lane).head());
        let mut carriers = self
            .live
            .links
            .values()
            .filter(|link| link.class.lane() == lane);
        let comes = carriers.any(|link| link.under_way);
        let more = Cursor::of(heartbeat.own[place(lane)]) > here && !comes && self.takes(lane, run);
        let Some(link) = self.live.links.get_mut(&connection) else {
            return;
        };
        let stuck = more && link.stuck == Some(here);
        link.stuck = more.then_some(here);
        if stuck {
            self.ask(run, lane);
        }
    }

    fn measure(&mut self, run: &mut Run, sent_at: Timestamp, sent_up: u64, heartbeat: &Heartbeat) {
        let now = run.turn.now;
        let by_clock = now.since(sent_at).as_ms();
        let elapsed = i64::try_from(run.turn.up - sent_up).unwrap_or(i64::MAX);
        // Our own clock was set meanwhile: neither this nor what was measured before tells anything.
        if (by_clock - elapsed).abs() > MAX_CLOCK_SLIP {
            self.live.offsets = Offsets::default();
            return;
        }
        self.live
            .offsets
            .measure(sent_at, heartbeat.echo.arrived_at, heartbeat.sent_at, now);
        self.note_offset(run);
    }

    fn note_offset(&mut self, run: &mut Run) {
        let Some(best) = self.live.offsets.best() else {
            return;
        };
        let up = run.turn.up;
        let offset = best.offset;
        let beyond_limit = offset.as_ms().abs() > self.record.offset_limit.as_ms();
        let before = self.record.offset.unwrap_or(NotedOffset {
            offset: model::units::Millis::ZERO,
            beyond_limit: false,
        });
        let moved = (offset.as_ms() - before.offset.as_ms()).abs() >= NOTABLE_OFFSET;
        let rested = self.live.offset_noted.is_none_or(|at| up >= at + MINUTE);
        if rested && (moved || beyond_limit != before.beyond_limit) {
            self.live.offset_noted = Some(up);
            run.fact(Event::ClockOffsetNoted {
                line: self.record.line,
                offset,
                beyond_limit,
            });
        }
    }

    // ---- up, degraded, down

    pub fn paths(&self) -> Vec<PathState> {
        let ready = |path: u8, class: Class| {
            let mut links = self.live.links.values();
            links.any(|link| link.ready && (link.path, link.class) == (path, class))
        };
        let dialled = self
            .live
            .links
            .values()
            .map(|link| link.path + 1)
            .max()
            .unwrap_or(0);
        let count = self.live.paths.unwrap_or(0).max(dialled);
        let path = |path: u8| PathState {
            path,
            stop: ready(path, Class::Stop),
            main: ready(path, Class::Main),
        };
        (0..count).map(path).collect()
    }

    pub fn link(&self) -> LinkState {
        let paths = self.paths();
        let reaches = paths.iter().any(|path| path.stop);
        match self.live.paths {
            Some(0) if !reaches => LinkState::ByFile,
            Some(_) | None if !reaches => LinkState::Down,
            Some(_) | None if paths.iter().all(|path| path.stop && path.main) => LinkState::Up,
            Some(_) | None => LinkState::Degraded,
        }
    }

    /// Journals the link: at once where it got worse, and where it got better; but one that dropped within the minute
    /// must hold for a while first, so that a flapping link reads as down.
    pub fn note_link(&mut self, run: &mut Run) {
        let up = run.turn.up;
        self.live.noted.looked = up;
        let (link, before) = (self.link(), self.record.link);
        if self.live.paths.is_none() && self.live.links.is_empty() && before == LinkState::Down {
            return;
        }
        if link == before {
            self.live.noted.better_since = None;
            return;
        }
        let noted = &mut self.live.noted;
        let worse = rank(link) < rank(before);
        if worse {
            // At a start the last run's link is noted as lost: that is no flapping.
            noted.dropped = self.live.last_heard.map(|_| up);
        } else if noted.dropped.is_some_and(|at| up < at + MINUTE) {
            let since = *noted.better_since.get_or_insert(up);
            if up < since + SETTLED_AFTER {
                return;
            }
        }
        noted.better_since = None;
        run.fact(Event::LinkChanged {
            line: self.record.line,
            link,
        });
    }
}

const fn rank(link: LinkState) -> u8 {
    match link {
        LinkState::Down => 0,
        LinkState::Degraded => 1,
        LinkState::Up => 2,
        LinkState::ByFile => 3,
    }
}
