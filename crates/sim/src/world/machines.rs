//! Machines that come up and go down, and what their administrators do then.

use channel::input::{Administration, Class, Input, LinkInput, Request};
use model::event::Bytes;
use model::ids::{LineId, SounderId};
use model::line::Side;
use node::core::work::Pace;

use super::{Event, World};
use crate::acts;
use crate::invariants::logs;
use crate::party::{DESKS, arrangement, line_id};
use crate::process::Process;
use crate::witness::{Broken, Verdict, broken};

/// How often an administrator looks whether an epoch is confirmed, in ms.
const CONFIRMED_WITHIN: u64 = 2_000;

impl World {
    /// Starts the node of a machine on what its disk holds.
    pub(super) fn up(&mut self, node: usize) -> Verdict {
        let host = &mut self.hosts[node];
        let records = host.disk.look(|index| index.rows.len());
        let seals = host.party.seals(host.rng.fork(7)).map_err(|error| Broken {
            law: "replay_gives_the_same_state",
            words: error.to_string(),
        })?;
        let process = match Process::start(&host.party, seals, &host.disk) {
            Ok(process) => process,
            Err(error) => return broken("replay_gives_the_same_state", error.to_string()),
        };
        self.trace.tell(
            self.now,
            format_args!("{} comes up on {records} records", self.name(node)),
        );
        let host = &mut self.hosts[node];
        let heads = process.heads.clone();
        let standing = process.driver.node().standing_alarms();
        host.process = Some(process);
        self.look_at_facts(node)?;
        self.hosts[node].witness.begun(standing);
        self.hosts[node].witness.forgive_what_was_lost();
        self.hosts[node].witness.forget_calls_that_were_lost();
        if !self.hosts[node].witness.lost {
            logs::cosigned_is_durable_forever(&self.hosts[node].witness)?;
        }
        self.compare_with_replay(node)?;
        self.job(node, Input::Durable { heads }, None, Pace::Stop)?;
        self.job(
            node,
            Input::Disk(channel::input::Disk::Well),
            None,
            Pace::Stop,
        )?;
        if let Some(size) = self.hosts[node].restored {
            let request = self.request(node);
            let act = Administration::Restored { size };
            self.job(node, Input::Administer { request, act }, None, Pace::Stop)?;
        }
        let facts = self.hosts[node].witness.facts.iter();
        let taken = |fact: &&model::event::Fact| {
            matches!(
                fact.event,
                model::event::Event::ManifestTaken {
                    side: Side::Peer,
                    ..
                }
            )
        };
        // What a crash took of it, the administrators do once more.
        if facts.filter(taken).count() < self.plan.paths.len() {
            self.set_up(node)?;
        }
        let newer = self.hosts[node]
            .process
            .as_ref()
            .map(|process| process.trust.own_to_take());
        for (line, manifest) in newer.unwrap_or_default() {
            let act = Administration::TakeManifest {
                line,
                side: Side::Own,
                version: manifest.manifest().version,
                manifest: manifest.bytes().clone(),
            };
            let request = self.request(node);
            self.job(node, Input::Administer { request, act }, None, Pace::Stop)?;
        }
        for (line, count) in self.plan.paths.clone().into_iter().enumerate() {
            let paths = LinkInput::Paths {
                line: line_id(line),
                count,
            };
            self.job(node, Input::Link(paths), None, Pace::Stop)?;
        }
        for desk in DESKS {
            self.sounder(node, desk, true)?;
        }
        for path in self.net.paths().collect::<Vec<_>>() {
            for class in [Class::Stop, Class::Main] {
                self.dial_after(1, node, path, class);
            }
        }
        Ok(())
    }

    /// What both administrators do at first: arrangements in force, manifests exchanged.
    fn set_up(&mut self, node: usize) -> Verdict {
        let peer = &self.hosts[1 - node].party;
        let version = peer.manifest.manifest().version;
        let (peer, manifest): (_, Bytes) = (peer.id, peer.manifest.bytes().clone());
        for line in 0..self.plan.paths.len() {
            let arrangement = arrangement(line);
            let acts = [
                Administration::PutInForce {
                    name: arrangement.name,
                    peer,
                    arrangement,
                    signatures: b"both".as_slice().into(),
                },
                Administration::TakeManifest {
                    line: line_id(line),
                    side: Side::Peer,
                    version,
                    manifest: manifest.clone(),
                },
            ];
            for act in acts {
                let request = self.request(node);
                self.job(node, Input::Administer { request, act }, None, Pace::Stop)?;
            }
        }
        self.plan_in_secret(node)
    }

    fn plan_in_secret(&mut self, node: usize) -> Verdict {
        let (Some(plans), 0) = (self.plan.plans, node) else {
            return Ok(());
        };
        let now = self.hosts[node].clock(self.now);
        let Some(process) = self.hosts[node].process.as_ref() else {
            return Ok(());
        };
        for command in acts::plans(process.driver.node(), now, plans) {
            let (request, by) = (self.request(node), acts::officer());
            let input = Input::Command {
                request,
                by,
                command,
                looked: Vec::new(),
            };
            self.job(node, input, None, Pace::Main)?;
        }
        Ok(())
    }

    pub(crate) fn sounder(&mut self, node: usize, desk: model::code::Desk, armed: bool) -> Verdict {
        // INVARIANT: a short name.
        let sounder: SounderId = "horn".parse().expect("a short name");
        self.job(
            node,
            Input::Sounder {
                desk,
                sounder,
                armed,
            },
            None,
            Pace::Stop,
        )
    }

    pub(crate) fn request(&mut self, node: usize) -> Request {
        let Some(process) = self.hosts[node].process.as_mut() else {
            return Request(0);
        };
        process.next_request += 1;
        Request(process.next_request)
    }

    /// The node is gone; its machine is up again, and the node with it, after `down`.
    pub(crate) fn down(&mut self, node: usize, down: u64, why: &str) {
        self.trace.tell(
            self.now,
            format_args!("{} goes down: {why}", self.name(node)),
        );
        let host = &mut self.hosts[node];
        host.process = None;
        host.life += 1;
        host.wakes = None;
        host.jobs.clear();
        host.observer.take();
        host.disk.crash(&mut host.rng);
        host.witness.rebooted();
        for (stream, end) in self.net.of_node(node) {
            // A machine without power says goodbye to nobody; one that restarts its program does.
            match self.rng.chance(500) {
                true => self.close(stream, end),
                false => self.net.abandon(stream, end),
            }
        }
        let life = self.hosts[node].life;
        self.at(self.now + down, Event::Up { node, life });
    }

    /// Confirms an epoch with the root key.
    pub(super) fn confirm(&mut self, node: usize, line: LineId, epoch: u32) -> Verdict {
        let confirmed = self.hosts[node]
            .witness
            .facts
            .iter()
            .any(|fact| match &fact.event {
                model::event::Event::EpochConfirmed {
                    line: of,
                    side: Side::Own,
                    epoch: at,
                    ..
                } => (*of, *at) == (line, epoch),
                _other_fact => false,
            });
        if confirmed {
            return Ok(());
        }
        // A crash may take the confirmation: the administrator looks again.
        self.at(
            self.now + CONFIRMED_WITHIN,
            Event::Confirm { node, line, epoch },
        );
        let opened = self.hosts[node]
            .witness
            .facts
            .iter()
            .rev()
            .find_map(|fact| match &fact.event {
                model::event::Event::EpochOpened {
                    line: of,
                    side: Side::Own,
                    epoch: at,
                    statement,
                    ..
                } if (*of, *at) == (line, epoch) => Some(statement.clone()),
                _other_fact => None,
            });
        let well = self.hosts[node]
            .process
            .as_ref()
            .is_some_and(|process| process.disk() == channel::input::Disk::Well);
        let Some(statement) = opened.filter(|_| well) else {
            return Ok(());
        };
        let Ok(statement) = wire::epoch::confirm(&statement, &self.hosts[node].party.root) else {
            return broken("epochs_only_grow", "a statement cannot be confirmed");
        };
        self.trace.tell(
            self.now,
            format_args!("{} confirms epoch {epoch}", self.name(node)),
        );
        let request = self.request(node);
        let act = Administration::ConfirmEpoch {
            line,
            epoch,
            statement,
        };
        self.job(node, Input::Administer { request, act }, None, Pace::Stop)
    }
}
