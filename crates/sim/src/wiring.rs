//! Between nodes and network: dialling, reading, and doing what a node wants done.

use channel::effect::{Effect, OwnFrame};
use channel::input::{Class, Connection, Input, LinkInput};
use channel::look::Found;
use model::ids::LineId;
use model::line::{EntryRef, Fault, LogHead, LogRef};
use node::core::Deed;
use node::core::work::Pace;
use wire::epoch::{EpochReason, Statement};
use wire::line::preamble::PREAMBLE;
use wire::line::{Preamble, frame};

use crate::invariants::{logs, said};
use crate::net::{Arrival, Path};
use crate::party::line_id;
use crate::process::Process;
use crate::witness::{Verdict, What, broken};
use crate::world::{Event, World};

/// How long it takes a person with the root key to confirm an epoch, in ms.
const CONFIRMING: (u64, u64) = (500, 20_000);
/// Entries frames that are kept to be replayed by a liar.
const MAX_OVERHEARD: usize = 60;

impl World {
    // ---- dialling

    /// Dials, unless this node has a connection of its own on that path.
    pub(crate) fn dial(&mut self, node: usize, path: Path, class: Class) {
        self.dialling.remove(&(node, path, class));
        if self.hosts[node].process.is_none() {
            return;
        }
        let ours = |stream: &u64| {
            self.net
                .stream(*stream)
                .is_some_and(|s| s.ends[0].node == node && s.ends[0].open)
        };
        if self.net.on(path, Some(class)).iter().any(ours) {
            return;
        }
        if self.net.is_cut(path, self.now) || self.hosts[1 - node].process.is_none() {
            return self.dial_again(node, path, class);
        }
        let stream = self.net.dial(path, class, node, self.now);
        // TLS takes a round trip.
        self.at(
            self.now + 2 * self.plan.latency + 1,
            Event::Greeted { stream },
        );
    }

    /// Both ends know each other's keys: the dialler says what the connection is for.
    pub(crate) fn greeted(&mut self, stream: u64) -> Verdict {
        let Some(found) = self.net.stream(stream) else {
            return Ok(());
        };
        let (path, class, node) = (found.path, found.class, found.ends[0].node);
        if !found.ends[0].open {
            return Ok(());
        }
        let line = line_id(path.0);
        let peer_is_up = found.ends[1].open && self.hosts[1 - node].process.is_some();
        let knows = self.hosts[node]
            .process
            .as_ref()
            .is_some_and(|process| process.trust.keys(line).is_some());
        if !peer_is_up || !knows || self.net.is_cut(path, self.now) {
            self.net.abandon(stream, 0);
            self.net.abandon(stream, 1);
            self.dial_again(node, path, class);
            return Ok(());
        }
        let preamble = Preamble {
            line,
            class,
            path: path.1,
        };
        self.send(stream, 0, preamble.to_bytes().to_vec());
        self.opened(node, stream, 0, preamble)
    }

    fn opened(&mut self, node: usize, stream: u64, end: usize, preamble: Preamble) -> Verdict {
        let Preamble { line, class, path } = preamble;
        let Some(process) = self.hosts[node].process.as_mut() else {
            return Ok(());
        };
        let number = (0..self.plan.paths.len())
            .find(|number| line_id(*number) == line)
            .unwrap_or(0);
        let connection = process.open(number, class);
        if let Some(end) = self.net.end_mut(stream, end) {
            end.connection = Some(connection);
        }
        let name = self.name(node);
        self.trace.tell(
            self.now,
            format_args!("{name} {connection:?}: {class:?}, path {path} of line {number}"),
        );
        let opened = LinkInput::Opened {
            connection,
            line,
            path,
            class,
        };
        let pace = self.pace(node, connection);
        self.job(node, Input::Link(opened), None, pace)
    }

    // ---- reading

    pub(crate) fn deliver(&mut self, stream: u64, end: usize) -> Verdict {
        let arrived = self.net.take(stream, end, self.now);
        let Some(found) = self.net.stream(stream) else {
            return Ok(());
        };
        let (node, connection) = (found.ends[end].node, found.ends[end].connection);
        match (arrived, connection) {
            (Arrival::Nothing, _) => Ok(()),
            (Arrival::Bytes(bytes), Some(connection)) => self.read(node, connection, bytes),
            (Arrival::Bytes(bytes), None) => self.accept(node, stream, end, &bytes),
            (Arrival::Closed, Some(connection)) => {
                self.trace.tell(
                    self.now,
                    format_args!("{} {connection:?}: closed by the other", self.name(node)),
                );
                self.hang_up(node, connection)
            }
            (Arrival::Closed, None) => {
                self.net.abandon(stream, end);
                Ok(())
            }
        }
    }

    fn accept(&mut self, node: usize, stream: u64, end: usize, bytes: &[u8]) -> Verdict {
        let preamble = <&[u8; PREAMBLE]>::try_from(bytes)
            .ok()
            .and_then(|bytes| Preamble::from_bytes(bytes).ok());
        let process = self.hosts[node].process.as_ref();
        let known = preamble
            .filter(|said| process.is_some_and(|process| process.trust.keys(said.line).is_some()));
        match known {
            Some(preamble) => self.opened(node, stream, end, preamble),
            None => {
                self.close(stream, end);
                Ok(())
            }
        }
    }

    fn read(&mut self, node: usize, connection: Connection, bytes: Vec<u8>) -> Verdict {
        let now = self.hosts[node].clock(self.now);
        let stall_due = self.stall_due();
        let Some(process) = self.hosts[node].process.as_mut() else {
            return Ok(());
        };
        let Some(reading) = process.readings.get_mut(&connection) else {
            return Ok(());
        };
        if reading.paused_until.is_some_and(|until| until > now) {
            reading.unread.push_back(bytes);
            return Ok(());
        }
        let line = reading.line;
        let (mut frames, mut rest) = (Vec::new(), &bytes[..]);
        let too_large = loop {
            match reading.frames.next(&mut rest) {
                Ok(Some(frame)) => frames.push(frame),
                Ok(None) => break false,
                Err(_too_large) => break true,
            }
        };
        let inside = reading.frames.is_inside();
        reading.due = inside.then_some(stall_due);
        // As the node's link does it: at most once a second.
        let tell =
            inside && frames.is_empty() && reading.told.is_none_or(|told| self.now >= told + 1_000);
        if tell {
            reading.told = Some(self.now);
        }
        for frame in frames {
            self.silent.insert((node, line), 0);
            self.take_frame(node, connection, line, &frame)?;
        }
        if tell {
            self.silent.insert((node, line), 0);
            let pace = self.pace(node, connection);
            self.job(
                node,
                Input::Link(LinkInput::Heard { connection }),
                None,
                pace,
            )?;
        }
        match too_large {
            true => self.bad(node, connection, Fault::TooLarge),
            false => Ok(()),
        }
    }

    fn take_frame(
        &mut self,
        node: usize,
        connection: Connection,
        line: usize,
        frame: &[u8],
    ) -> Verdict {
        let host = &mut self.hosts[node];
        let Some(process) = host.process.as_mut() else {
            return Ok(());
        };
        let (frames, cosignature) = process.receive(&host.party, connection, line_id(line), frame);
        let pace = self.pace(node, connection);
        for frame in frames {
            let words: String = format!("{frame:?}").chars().take(150).collect();
            self.trace.tell(
                self.now,
                format_args!("{} {connection:?} takes {words}", self.name(node)),
            );
            self.job(
                node,
                Process::frame_input(connection, frame),
                cosignature.clone(),
                pace,
            )?;
        }
        Ok(())
    }

    /// The pause is over, unless it was made longer.
    pub(crate) fn unpause(&mut self, node: usize, connection: Connection) -> Verdict {
        loop {
            let now = self.hosts[node].clock(self.now);
            let process = self.hosts[node].process.as_mut();
            let Some(reading) = process.and_then(|process| process.readings.get_mut(&connection))
            else {
                return Ok(());
            };
            if reading.paused_until.is_some_and(|until| until > now) {
                return Ok(());
            }
            let Some(bytes) = reading.unread.pop_front() else {
                return Ok(());
            };
            self.read(node, connection, bytes)?;
        }
    }

    // ---- ending

    /// This end of the stream is closed; the other is told, if anything gets there.
    pub(crate) fn close(&mut self, stream: u64, end: usize) {
        if let Some(at) = self.net.close(stream, end, self.now) {
            self.at(
                at,
                Event::Deliver {
                    stream,
                    end: 1 - end,
                },
            );
        }
    }

    /// The connection is over at this node, which may dial again.
    pub(crate) fn hang_up(&mut self, node: usize, connection: Connection) -> Verdict {
        if let Some((stream, end)) = self.net.find(node, connection) {
            let of = self
                .net
                .stream(stream)
                .map(|stream| (stream.path, stream.class));
            self.close(stream, end);
            if let Some((path, class)) = of.filter(|_| end == 0) {
                self.dial_again(node, path, class);
            }
        }
        let pace = self.pace(node, connection);
        let there = self.hosts[node]
            .process
            .as_mut()
            .and_then(|process| process.readings.remove(&connection));
        match there {
            Some(_) => self.later(node, Input::Link(LinkInput::Closed { connection }), pace),
            None => Ok(()),
        }
    }

    /// Stepped when what is being carried out now is done.
    fn later(&mut self, node: usize, input: Input, pace: Pace) -> Verdict {
        self.hosts[node].jobs.push_back((input, None, pace));
        let life = self.hosts[node].life;
        self.at(self.now, Event::Jobs { node, life });
        Ok(())
    }

    // ---- doing

    /// Which line a deed is about, where it names a connection.
    pub(crate) fn line_of(&self, node: usize, what: &What) -> Option<LineId> {
        let What::Deed(Deed::Effect(Effect::TransmitFrame { connection, .. })) = what else {
            return None;
        };
        let reading = self.hosts[node]
            .process
            .as_ref()?
            .readings
            .get(connection)?;
        Some(line_id(reading.line))
    }

    pub(crate) fn deed(&mut self, node: usize, deed: Deed) -> Verdict {
        let name = self.name(node);
        match deed {
            Deed::Cosigned {
                connections,
                log,
                head,
                cosignature,
            } => self.cosigned(node, &connections, log, head, &cosignature),
            Deed::Effect(Effect::Transmit {
                connection,
                log,
                from,
                until,
            }) => {
                let (lane, epoch, whose) = (
                    log.lane,
                    log.epoch,
                    crate::invariants::end::side_word(log.side),
                );
                let words = format_args!(
                    "{name} {connection:?} sends {whose} {lane} {epoch}: {from}..{until}"
                );
                self.trace.tell(self.now, words);
                self.transmit(node, connection, log, from, until)
            }
            Deed::Effect(Effect::TransmitFrame { connection, frame }) => {
                self.own_frame(node, connection, &frame)
            }
            Deed::Effect(Effect::Pause { connection, until }) => {
                let span = until
                    .since(self.hosts[node].clock(self.now))
                    .as_ms()
                    .max(0)
                    .unsigned_abs();
                let host = &mut self.hosts[node];
                let reading = host
                    .process
                    .as_mut()
                    .and_then(|process| process.readings.get_mut(&connection));
                if let Some(reading) = reading {
                    reading.paused_until = Some(until);
                }
                let life = host.life;
                self.at(
                    self.now + span,
                    Event::Unpause {
                        node,
                        life,
                        connection,
                    },
                );
                Ok(())
            }
            Deed::Effect(Effect::Close { connection, fault }) => {
                self.trace.tell(
                    self.now,
                    format_args!("{name} {connection:?} closes: {fault:?}"),
                );
                self.hang_up(node, connection)
            }
            Deed::Effect(Effect::EpochNeeded {
                line,
                epoch,
                closes,
            }) => self.open_epoch(node, line, epoch, closes),
            Deed::Effect(Effect::Look(notices)) => self.look_closely(node, &notices),
            Deed::Effect(Effect::Reply { request, answer }) => {
                let words: String = format!("{answer:?}").chars().take(160).collect();
                self.trace.tell(
                    self.now,
                    format_args!("{name} answers {}: {words}", request.0),
                );
                Ok(())
            }
            Deed::Effect(Effect::Alarm(alarm)) => {
                self.trace
                    .tell(self.now, format_args!("{name} sounds {alarm:?}"));
                Ok(())
            }
            Deed::Effect(Effect::AlarmEnded(cause)) => {
                self.trace
                    .tell(self.now, format_args!("{name} ends {cause:?}"));
                Ok(())
            }
            Deed::Effect(
                Effect::Append(_)
                | Effect::Send(_)
                | Effect::AlarmNow(_)
                | Effect::Cosign { .. }
                | Effect::WakeAt(_),
            ) => Ok(()),
        }
    }

    /// What comes of it is stepped when the rest of this is done, as from a thread of its own.
    fn look_closely(&mut self, node: usize, notices: &[EntryRef]) -> Verdict {
        let Some(process) = self.hosts[node].process.as_ref() else {
            return Ok(());
        };
        let looks = notices
            .iter()
            .filter_map(|of| process.driver.node().look(*of));
        let found: Vec<Vec<Found>> = looks.map(|look| look.found()).collect();
        for found in found.into_iter().filter(|found| !found.is_empty()) {
            self.later(node, Input::ConflictsFound(found), Pace::Main)?;
        }
        Ok(())
    }

    pub(crate) fn send(&mut self, stream: u64, end: usize, bytes: Vec<u8>) {
        self.trace.sent(self.now, stream, &bytes);
        for at in self.net.send(stream, end, &bytes, self.now) {
            self.at(
                at,
                Event::Deliver {
                    stream,
                    end: 1 - end,
                },
            );
        }
    }

    fn send_on(&mut self, node: usize, connection: Connection, bytes: Vec<u8>) {
        if let Some((stream, end)) = self.net.find(node, connection) {
            self.send(stream, end, bytes);
        }
    }

    fn cosigned(
        &mut self,
        node: usize,
        connections: &[Connection],
        log: LogRef,
        head: LogHead,
        cosignature: &tlog::Cosignature,
    ) -> Verdict {
        let honest = self.peer_is_honest(node);
        let (one, other) = self.hosts.split_at_mut(1);
        let (host, peer) = if node == 0 {
            (&mut one[0], &other[0])
        } else {
            (&mut other[0], &one[0])
        };
        let (witness, peer) = (&mut host.witness, &peer.witness);
        logs::never_cosign_a_smaller_or_contradicting_size(witness, peer, log, head, honest)?;
        let words = format_args!(
            "{} cosigns {} {} at {}",
            self.name(node),
            log.lane,
            log.epoch,
            head.size
        );
        self.trace.tell(self.now, words);
        let Ok(bytes) = frame::cosigned(log, head, cosignature) else {
            return broken("converges", "a cosignature has no frame");
        };
        for connection in connections {
            self.send_on(node, *connection, bytes.clone());
        }
        Ok(())
    }

    fn own_frame(&mut self, node: usize, connection: Connection, own: &OwnFrame) -> Verdict {
        let host = &self.hosts[node];
        let Some(process) = &host.process else {
            return Ok(());
        };
        let Some(reading) = process.readings.get(&connection) else {
            return Ok(());
        };
        let Some(keys) = process.trust.keys(line_id(reading.line)) else {
            return Ok(());
        };
        match frame::own(own, &keys, &host.party.operational) {
            Ok(bytes) => {
                self.send_on(node, connection, bytes);
                Ok(())
            }
            Err(error) => broken("converges", format!("a frame cannot be made: {error}")),
        }
    }

    fn transmit(
        &mut self,
        node: usize,
        connection: Connection,
        log: LogRef,
        from: u64,
        until: u64,
    ) -> Verdict {
        let host = &self.hosts[node];
        let Some(process) = &host.process else {
            return Ok(());
        };
        let framing = process.framing(&host.party);
        let Some(origin) = framing.origin(log) else {
            return Ok(());
        };
        let Some(frames) = framing.transmit(log, from, until) else {
            return broken(
                "converges",
                format!("entries {from}..{until} of {origin} are to be sent and are not there"),
            );
        };
        let mut index = from;
        for bytes in frames {
            let envelopes: Vec<tlog::Hash> = match frame::parse(&bytes[frame::PREFIX..]) {
                Ok(frame::Parsed::Entries(parsed)) => {
                    let mut leaves = Vec::new();
                    for (envelope, _) in &parsed.entries {
                        said::sent_as_stored(
                            &self.hosts[node].witness,
                            &origin,
                            index + leaves.len() as u64,
                            envelope,
                        )?;
                        leaves.push(tlog::leaf_hash(envelope));
                    }
                    leaves
                }
                Ok(_) | Err(_) => {
                    return broken("both_hold_the_same_entries", "what is sent cannot be read");
                }
            };
            let (one, other) = self.hosts.split_at_mut(1);
            let (host, peer) = if node == 0 {
                (&mut one[0], &other[0])
            } else {
                (&mut other[0], &one[0])
            };
            for leaf in envelopes {
                logs::leaves(&mut host.witness, log, index, leaf, &peer.witness)?;
                index += 1;
            }
            self.overhear(node, connection, &bytes);
            self.send_on(node, connection, bytes);
        }
        Ok(())
    }

    fn overhear(&mut self, node: usize, connection: Connection, bytes: &[u8]) {
        if !self.plan.lying || node != 1 || self.overheard.len() >= MAX_OVERHEARD {
            return;
        }
        let reading = self.hosts[node]
            .process
            .as_ref()
            .and_then(|process| process.readings.get(&connection));
        if let Some((line, class)) = reading.map(|reading| (reading.line, reading.class)) {
            self.overheard.push((line, class, bytes.to_vec()));
        }
    }

    fn open_epoch(
        &mut self,
        node: usize,
        line: LineId,
        epoch: u32,
        closes: [LogHead; 4],
    ) -> Verdict {
        self.trace.tell(
            self.now,
            format_args!("{} opens epoch {epoch}", self.name(node)),
        );
        let statement = Statement {
            line,
            from: self.hosts[node].party.id,
            epoch,
            opened: self.hosts[node].clock(self.now),
            closes,
            reason: EpochReason::Restored,
        };
        let statement = statement.sign(&self.hosts[node].party.operational);
        let request = self.request(node);
        let act = channel::input::Administration::OpenEpoch {
            line,
            epoch,
            closes,
            statement,
        };
        let takes = self.rng.between(CONFIRMING.0, CONFIRMING.1);
        self.at(self.now + takes, Event::Confirm { node, line, epoch });
        self.later(node, Input::Administer { request, act }, Pace::Stop)
    }
}
