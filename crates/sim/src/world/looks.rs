//! What is checked as time passes, and when all has come to rest.

use channel::input::{Connection, PeerFrame};

use super::World;
use crate::invariants::{end, lies, logs, record, said, stops};
use crate::party::{arrangement, line_id};
use crate::process::{self, Process};
use crate::witness::{Broken, Verdict, broken};

/// How long the nodes have to settle once nothing goes wrong any more, in ms.
const SETTLES_WITHIN: u64 = 240_000;

impl World {
    /// Checks what became durable since the last look.
    pub(super) fn look_at_facts(&mut self, node: usize) -> Verdict {
        let new = self.hosts[node].witness.new_facts()?;
        let honest = [1 - node, node].map(|of| self.peer_is_honest(of));
        for place in new {
            let (one, other) = self.hosts.split_at_mut(1);
            let (host, peer) = if node == 0 {
                (&mut one[0], &other[0])
            } else {
                (&mut other[0], &one[0])
            };
            let fact = &host.witness.facts[place];
            if !matches!(fact.event, model::event::Event::MessageReceived { .. }) {
                let words = format!("{:?}", fact.event);
                let words: String = words.chars().take(220).collect();
                self.trace.tell(
                    self.now,
                    format_args!("{} durable: {words}", crate::party::NAMES[node]),
                );
            }
            if !self.plan.lying {
                lies::no_false_accusation(fact)?;
            }
            said::released_only(&host.witness, place)?;
            record::nothing_twice(&mut host.witness, place)?;
            record::epochs_only_grow(&mut host.witness, peer.party.id, place)?;
            stops::note_call(&mut host.witness, place);
            logs::both_hold_the_same_entries(&mut host.witness, &peer.witness, place, honest)?;
        }
        Ok(())
    }

    /// Whether the other party writes one log and shows one log.
    pub(crate) fn peer_is_honest(&self, node: usize) -> bool {
        !(self.plan.lying && node == 0)
    }

    pub(super) fn compare_with_replay(&mut self, node: usize) -> Verdict {
        let host = &self.hosts[node];
        let Some(process) = host.process.as_ref().filter(|process| process.is_quiet()) else {
            return Ok(());
        };
        if process.disk() == channel::input::Disk::Failed || !self.rng.chance(30) {
            return Ok(());
        }
        match process::fold(&host.party, &host.disk) {
            Ok(folded) => record::replay_gives_the_same_state(process.driver.node(), &folded),
            Err(words) => broken("replay_gives_the_same_state", words),
        }
    }

    pub(super) fn look(&mut self) -> Result<bool, Broken> {
        let passed = self.now - self.looked;
        self.looked = self.now;
        let terms = arrangement(0).stop.clone();
        for node in 0..2 {
            let well = self.hosts[node].process.as_ref().map(Process::disk);
            let can_record = matches!(
                well,
                Some(channel::input::Disk::Well | channel::input::Disk::Full)
            );
            // What is to be told waits for the disk, and at most two batches are before it.
            let disk = self.plan.disk.1.max(self.hosts[node].slow.1) * 3;
            let passed = can_record.then_some(passed);
            let witness = &mut self.hosts[node].witness;
            stops::a_stop_call_always_alarms_or_the_caller_is_told(witness, &terms, disk, passed)?;
            let passed = passed.unwrap_or(0);
            self.look_at_silence(node, passed, can_record)?;
            self.stalled(node)?;
        }
        match self.healed {
            true => self.settled(),
            false => Ok(false),
        }
    }

    fn look_at_silence(&mut self, node: usize, passed: u64, up: bool) -> Verdict {
        for line in 0..self.plan.paths.len() {
            let silent = self.silent.entry((node, line)).or_default();
            *silent = if up { *silent + passed } else { 0 };
            let host = &self.hosts[node];
            if let Some(process) = host.process.as_ref().filter(|_| up) {
                let sounding = &host.witness.life.sounding;
                end::a_dead_line_alarms(process.driver.node(), sounding, line_id(line), *silent)?;
            }
        }
        Ok(())
    }

    /// A frame that has begun and is not whole in time costs the connection.
    fn stalled(&mut self, node: usize) -> Verdict {
        let Some(process) = self.hosts[node].process.as_ref() else {
            return Ok(());
        };
        let late = process
            .readings
            .iter()
            .filter(|(_, reading)| reading.due.is_some_and(|due| due <= self.now));
        for connection in late.map(|(connection, _)| *connection).collect::<Vec<_>>() {
            self.bad(node, connection, model::line::Fault::Stalled)?;
        }
        Ok(())
    }

    /// What the link itself finds wrong with a connection ends it.
    pub(crate) fn bad(
        &mut self,
        node: usize,
        connection: Connection,
        fault: model::line::Fault,
    ) -> Verdict {
        self.trace.tell(
            self.now,
            format_args!("{} finds {fault} on {connection:?}", self.name(node)),
        );
        let evidence = Vec::new().into();
        let frame = PeerFrame::Bad { fault, evidence };
        let pace = self.pace(node, connection);
        self.job(node, Process::frame_input(connection, frame), None, pace)?;
        self.hang_up(node, connection)
    }

    /// Whether all has come to rest, and what must hold then.
    fn settled(&mut self) -> Result<bool, Broken> {
        let unsettled = self.unsettled();
        let late = self.now > self.plan.heals_at + SETTLES_WITHIN;
        match unsettled {
            Some(why) if late => broken("converges", why),
            Some(_) => Ok(false),
            None => {
                self.at_rest()?;
                Ok(true)
            }
        }
    }

    fn unsettled(&self) -> Option<String> {
        let [Some(one), Some(other)] = [&self.hosts[0].process, &self.hosts[1].process] else {
            return Some("a node is down".into());
        };
        let pairs = [(0, one, other), (1, other, one)];
        for (node, process, _) in pairs {
            if !process.is_quiet() {
                return Some(format!("{} has work under way", self.name(node)));
            }
            if process.disk() != channel::input::Disk::Well {
                return Some(format!(
                    "the disk of {} is {:?}",
                    self.name(node),
                    process.disk()
                ));
            }
        }
        for line in 0..self.plan.paths.len() {
            for (node, process, peer) in pairs {
                let (process, peer) = (process.driver.node(), peer.driver.node());
                let why = match self.plan.lying {
                    true => Self::unsettled_beside_lies(node, process, line_id(line)),
                    false => end::unsettled(process, peer, line_id(line)),
                };
                if let Some(why) = why {
                    return Some(format!("{} on line {line}: {why}", self.name(node)));
                }
            }
        }
        None
    }

    fn at_rest(&mut self) -> Verdict {
        let [Some(one), Some(other)] = [&self.hosts[0].process, &self.hosts[1].process] else {
            return Ok(());
        };
        self.trace.tell(self.now, format_args!("all is at rest"));
        if !self.plan.lying {
            end::states_agree(
                one.driver.node(),
                other.driver.node(),
                self.hosts[0].clock(self.now),
            )?;
        }
        for node in 0..2 {
            let (witness, peer) = (&self.hosts[node].witness, &self.hosts[1 - node].witness);
            if self.peer_is_honest(1 - node) {
                stops::every_call_has_sounded(witness, peer)?;
            }
            // Beside lies nobody waits until a restored node has fetched back what it had signed for.
            if self.peer_is_honest(node) && !(self.plan.lying && witness.lost) {
                logs::cosigned_is_durable_forever(witness)?;
            }
            lies::equivocation_is_evidence(witness)?;
            if let Some(process) = &self.hosts[node].process {
                record::every_conflict_is_found(process.driver.node())?;
                end::an_open_call_sounds(process.driver.node())?;
            }
            if let Some(process) = &self.hosts[node].process {
                let folded = process::fold(&self.hosts[node].party, &self.hosts[node].disk);
                match folded {
                    Ok(folded) => {
                        record::replay_gives_the_same_state(process.driver.node(), &folded)?
                    }
                    Err(words) => return broken("replay_gives_the_same_state", words),
                }
            }
        }
        Ok(())
    }
}
