//! What goes wrong, and how it ends.

use channel::input::Disk;
use model::code::Lane;
use model::ids::LineId;

use crate::net::Path;
use crate::party::DESKS;
use crate::plan::{Fault, Rotated};
use crate::witness::{Verdict, broken};
use crate::world::{Event, World};

/// How long a node is down when a person restarts it, in ms.
const RESTARTS_WITHIN: u64 = 700;

impl World {
    pub(crate) fn fault(&mut self, fault: Fault) -> Verdict {
        self.trace.tell(self.now, format_args!("FAULT {fault:?}"));
        match fault {
            Fault::Cut { path, class } => {
                for stream in self.net.on(path, class) {
                    self.cut(stream)?;
                }
            }
            Fault::Partition { path, lasts } => self.partition(path, lasts),
            Fault::Blackout { lasts } => {
                for path in self.net.paths().collect::<Vec<_>>() {
                    self.partition(path, lasts);
                }
            }
            Fault::HalfOpen { path, deaf } => {
                for stream in self.net.on(path, None) {
                    let end = self
                        .net
                        .stream(stream)
                        .map(|stream| usize::from(stream.ends[1].node == deaf));
                    if let Some(end) = end {
                        self.net.deafen(stream, end);
                    }
                }
            }
            Fault::Slow { path, by, lasts } => {
                let until = self.now + lasts;
                if let Some(weather) = self.net.weather_mut(path) {
                    (weather.slow_until, weather.slow_by) = (until, by);
                }
            }
            Fault::Garble { path, class, node } => {
                for stream in self.net.on(path, Some(class)) {
                    let end = self
                        .net
                        .stream(stream)
                        .map(|stream| usize::from(stream.ends[1].node == node));
                    if let Some(end) = end {
                        self.net.garble(stream, end);
                    }
                }
            }
            Fault::Crash { node, steps, down } => {
                if self.hosts[node].process.is_some() {
                    self.hosts[node].down = down;
                    self.hosts[node].disk.set_fuse(steps);
                }
            }
            Fault::Restart { node, down } => self.restart(node, down)?,
            Fault::DiskFull { node, lasts } => {
                self.hosts[node].disk.set_full(true);
                self.at(self.now + lasts, Event::Room { node });
            }
            Fault::DiskSlow { node, by, lasts } => self.hosts[node].slow = (self.now + lasts, by),
            Fault::SyncFails {
                node,
                until_restart,
            } => {
                self.hosts[node].disk.fail_next_sync();
                self.at(self.now + until_restart, Event::Attend { node });
            }
            Fault::Backup { node } => self.back_up(node),
            Fault::Restore { node, down } => self.restore(node, down),
            Fault::ClockJump { node, by } => self.hosts[node].offset += by,
            Fault::Sounder { node, armed } => {
                let desk = DESKS[self.rng.index(DESKS.len())];
                self.sounder(node, desk, armed)?;
            }
            Fault::Rotate { node, key, down } => self.rotate(node, key, down)?,
            Fault::Lie { line, lie } => self.lie(line, lie)?,
        }
        Ok(())
    }

    /// Both ends are told that a stream is gone.
    fn cut(&mut self, stream: u64) -> Verdict {
        let Some(found) = self.net.stream(stream) else {
            return Ok(());
        };
        let ends: Vec<_> = found
            .ends
            .iter()
            .map(|end| (end.node, end.connection))
            .collect();
        let (path, class) = (found.path, found.class);
        for (end, (node, connection)) in ends.into_iter().enumerate() {
            match connection {
                Some(connection) => self.hang_up(node, connection)?,
                None => {
                    self.net.abandon(stream, end);
                    if end == 0 {
                        self.dial_again(node, path, class);
                    }
                }
            }
        }
        Ok(())
    }

    fn partition(&mut self, path: Path, lasts: u64) {
        let until = self.now + lasts;
        if let Some(weather) = self.net.weather_mut(path) {
            weather.cut_until = weather.cut_until.max(until);
        }
        self.net.lose(path);
    }

    /// Someone restarts the program: what was taken in is written first.
    fn restart(&mut self, node: usize, down: u64) -> Verdict {
        while self.hosts[node]
            .process
            .as_ref()
            .is_some_and(|process| !process.is_quiet())
        {
            self.finish_writing(node)?;
        }
        if self.hosts[node].process.is_some() {
            self.down(node, down, "it is restarted");
        }
        Ok(())
    }

    /// New keys are in the folder from now on; the node has them when it is started again.
    fn rotate(&mut self, node: usize, key: Rotated, down: u64) -> Verdict {
        // A process has the keys that it was started with, up to its end.
        self.restart(node, down)?;
        let host = &mut self.hosts[node];
        let now = host.clock(self.now);
        match host.party.rotate(key, now, &mut host.rng) {
            Ok(()) => Ok(()),
            Err(error) => broken("no_false_accusation", error.to_string()),
        }
    }

    fn back_up(&mut self, node: usize) {
        let lines = self.plan.paths.len();
        let set_up = self.hosts[node].witness.facts.iter();
        let set_up = set_up
            .filter(|fact| matches!(fact.event, model::event::Event::ManifestTaken { .. }))
            .count();
        if set_up >= lines {
            self.hosts[node].backup = Some(self.hosts[node].disk.image());
        }
    }

    fn restore(&mut self, node: usize, down: u64) {
        let Some(image) = self.hosts[node].backup.clone() else {
            return;
        };
        match self.hosts[node].process.is_some() {
            true => self.down(node, down, "it is restored from a backup"),
            // It comes up on the backup.
            false => self.trace.tell(
                self.now,
                format_args!("{} is restored while it is down", self.name(node)),
            ),
        }
        let host = &mut self.hosts[node];
        host.disk.restore(image);
        host.witness.rebooted();
        host.witness.lost = true;
        host.restored = Some(host.disk.look(|index| index.rows.len() as u64));
    }

    /// Someone looks at a node whose disk has failed, and restarts it.
    pub(crate) fn attend(&mut self, node: usize) {
        let failed = self.hosts[node]
            .process
            .as_ref()
            .is_some_and(|process| process.disk() == Disk::Failed);
        if failed {
            self.down(node, RESTARTS_WITHIN, "its disk had failed");
        }
    }

    /// Nothing goes wrong any more.
    pub(crate) fn heal(&mut self) -> Verdict {
        self.trace
            .tell(self.now, format_args!("nothing goes wrong any more"));
        self.healed = true;
        for path in self.net.paths().collect::<Vec<_>>() {
            if let Some(weather) = self.net.weather_mut(path) {
                (weather.cut_until, weather.slow_until) = (0, 0);
            }
        }
        for node in 0..2 {
            let host = &mut self.hosts[node];
            host.disk.mend();
            host.slow = (0, 0);
            self.attend(node);
            for desk in DESKS {
                if self.hosts[node].process.is_some() {
                    self.sounder(node, desk, true)?;
                }
            }
        }
        Ok(())
    }

    /// What must come to rest although node 1 lies: what the honest one says in the stop lane arrives, and is signed for.
    pub(crate) fn unsettled_beside_lies(
        node: usize,
        honest: &channel::Node,
        line: LineId,
    ) -> Option<String> {
        let queue = honest.lines().queue(line, Lane::Stop);
        match (node, queue.queued, queue.in_flight) {
            (0, 0, 0) => None,
            (0, queued, sent) => Some(format!("stop has {queued} queued, {sent} in flight")),
            (_liar, _, _) => None,
        }
    }
}
