//! What the nodes are given, and what they write and do by it.

use channel::input::Input;
use model::event::Bytes;
use node::core::work::Pace;

use super::{Event, World};
use crate::host::Job;
use crate::invariants::{said, stops};
use crate::process::Process;
use crate::witness::{Broken, Verdict, What};

/// How often a full disk is tried again, in ms, as the node does it.
const RESUME_EVERY: u64 = 5_000;

impl World {
    /// Steps a node, and all that follows at once.
    pub(crate) fn job(
        &mut self,
        node: usize,
        input: Input,
        cosignature: Option<Bytes>,
        pace: Pace,
    ) -> Verdict {
        self.hosts[node].jobs.push_back((input, cosignature, pace));
        self.work_off(node)
    }

    pub(super) fn work_off(&mut self, node: usize) -> Verdict {
        while let Some(job) = self.hosts[node].jobs.pop_front() {
            self.step(node, job, false)?;
        }
        Ok(())
    }

    /// `waited`: it has had its turn in the queue.
    fn step(&mut self, node: usize, (input, cosignature, pace): Job, waited: bool) -> Verdict {
        self.contradictions(node, &input);
        let host = &mut self.hosts[node];
        let now = host.clock(self.now);
        let Some(process) = host.process.as_mut() else {
            return Ok(());
        };
        let calls = stops::calls_in(&input);
        let calls = if pace == Pace::Stop {
            calls
        } else {
            Vec::new()
        };
        if let Input::Command {
            request, command, ..
        } = &input
        {
            host.witness.life.asked.insert(*request, command.clone());
        }
        let recovering = calls
            .iter()
            .any(|(line, _)| process.driver.node().lines().is_recovering(*line));
        let outside = host.observer.as_ref();
        match waited {
            true => process.step(now, input, cosignature, pace, outside),
            false => process.take(now, input, cosignature, pace, outside),
        }
        let alarms = self.carry_out(node)?;
        if !calls.is_empty() && !self.hosts[node].disk.is_dark() {
            stops::stop_waits_for_nothing(
                &mut self.hosts[node].witness,
                &calls,
                &alarms,
                recovering,
            )?;
        }
        self.after(node)
    }

    /// What is under way goes on: to the disk, and to the next time the node wakes.
    fn after(&mut self, node: usize) -> Verdict {
        if self.hosts[node].disk.is_dark() {
            let down = self.hosts[node].down;
            self.down(node, down, "the power went");
            return Ok(());
        }
        let with_snapshot = self.rng.chance(self.plan.snapshots);
        let host = &mut self.hosts[node];
        let Some(process) = host.process.as_mut() else {
            return Ok(());
        };
        if process.hand_over(with_snapshot) {
            let slow = if host.slow.0 > self.now {
                host.slow.1
            } else {
                0
            };
            let takes = self.rng.between(self.plan.disk.0, self.plan.disk.1) + slow;
            let life = host.life;
            self.at(self.now + takes, Event::Written { node, life });
        }
        let (wakes, life) = (self.hosts[node].wake_time(self.now), self.hosts[node].life);
        if wakes != self.hosts[node].wakes {
            self.hosts[node].wakes = wakes;
            if let Some(at) = wakes {
                self.at(at, Event::Wake { node, life });
            }
        }
        Ok(())
    }

    /// Waits for the disk at once, as a program does that is asked to stop.
    pub(crate) fn finish_writing(&mut self, node: usize) -> Verdict {
        if let Some(process) = self.hosts[node].process.as_mut() {
            process.hand_over(true);
        }
        self.written(node)
    }

    pub(super) fn written(&mut self, node: usize) -> Verdict {
        let host = &mut self.hosts[node];
        let Some(process) = host.process.as_mut() else {
            return Ok(());
        };
        let inputs = process.write(host.observer.as_ref());
        let full = process.disk() == channel::input::Disk::Full;
        self.look_at_facts(node)?;
        self.carry_out(node)?;
        if full && inputs.iter().any(|input| matches!(input, Input::Disk(_))) {
            let life = self.hosts[node].life;
            self.at(self.now + RESUME_EVERY, Event::Resume { node, life });
        }
        for input in inputs {
            self.job(node, input, None, Pace::Stop)?;
        }
        while let Some((input, cosignature)) = self.hosts[node]
            .process
            .as_mut()
            .and_then(Process::next_waiting)
        {
            self.step(node, (input, cosignature, Pace::Main), true)?;
        }
        self.after(node)?;
        self.compare_with_replay(node)
    }

    pub(super) fn resume(&mut self, node: usize) -> Verdict {
        let Some(process) = self.hosts[node].process.as_mut() else {
            return Ok(());
        };
        match process.try_resume() {
            Some(input) => self.job(node, input, None, Pace::Stop),
            None => {
                let life = self.hosts[node].life;
                self.at(self.now + RESUME_EVERY, Event::Resume { node, life });
                Ok(())
            }
        }
    }

    /// Checks and does what the node wants seen. Answers with the alarms that sounded ahead of the disk.
    fn carry_out(&mut self, node: usize) -> Result<Vec<channel::effect::Alarm>, Broken> {
        let seen = self.hosts[node].observer.take();
        let mut alarms = Vec::new();
        if seen.is_empty() {
            return Ok(alarms);
        }
        self.look_at_facts(node)?;
        let peer = self.hosts[1 - node].party.id;
        let disk = self.hosts[node].process.as_ref().map(Process::disk);
        self.hosts[node].witness.life.failed = disk == Some(channel::input::Disk::Failed);
        for seen in seen {
            let line = self.line_of(node, &seen.what);
            said::nothing_said_before_durable(&self.hosts[node].witness, peer, line, &seen)?;
            self.hosts[node].witness.note_alarms(&seen.what);
            match seen.what {
                What::AlarmNow(alarm) => {
                    self.trace.tell(
                        self.now,
                        format_args!("{} SOUNDS {alarm:?}", self.name(node)),
                    );
                    alarms.push(alarm);
                }
                What::Recorded(_) => {}
                What::Deed(deed) => self.deed(node, deed)?,
            }
        }
        Ok(alarms)
    }
}
