//! The node: one step at a time, from what happened to what is to be done.

use crate::doubt::{Doubt, doubts};
use crate::effect::{Alarm, Append, Done, Effect, Kept, NotStopped, Outgoing, Refusal, StopSent};
use crate::ground;
use crate::input::{Administration, Arrived, Disk, Input, LinkInput, PeerFrame};
use crate::lines::{LineOutput, Lines};
use conflict::shape::Shape;
use model::admit::Incoming;
use model::code::{Desk, Lane, Level, RefusalReason, Role, Urgency};
use model::command::{Acting, Command, ReleaseTerms};
use model::decide::Decided;
use model::due::SetBacks;
use model::event::{Actor, AlarmCause, Arrival, Event, Fact, StopOfMain};
use model::ids::{LineId, NoticeId, PartyId};
use model::kind::Kind;
use model::line::{Digest, EntryRef, LinkState, Side};
use model::message::{Content, Header, Message};
use model::slot::{SlotCode, Slots, Value};
use model::state::State;
use model::units::Timestamp;
use release::{Released, RuleSet, Terms};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What a node is told once, at start.
pub struct Configuration {
    pub party: PartyId,
    pub rules: RuleSet,
}

/// Everything a node knows. Durable parts are folds over the journal; the rest begins anew at each start.
pub struct Node {
    party: PartyId,
    rules: RuleSet,
    state: State,
    lines: Lines,
    /// The arrangements' areas, ready for geometry. Follows `state`.
    areas: BTreeMap<LineId, Shape>,
    /// Incoming stop calls whose place this node doubts. Follows `state`.
    doubtful: BTreeSet<EntryRef>,
    disk: Disk,
    due: DueAt,
    /// The clock at the last step, and how it was set back.
    last: Timestamp,
    set_backs: SetBacks,
    /// Stop calls that sounded ahead of the disk: their alarm, when it is recorded, does not sound again.
    sounded: BTreeSet<EntryRef>,
    /// Calls that can't be recorded are counted, so that a screen shows how many.
    unrecorded: u32,
    woken: Option<Timestamp>,
}

/// When the timers must be looked at again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum DueAt {
    Now,
    At(Option<Timestamp>),
}

/// The durable part, as kept in a snapshot.
#[derive(Serialize, Deserialize)]
pub struct Snapshot {
    state: State,
    lines: crate::lines::Durable,
}

/// Effects of one step, and the facts among them folded as they come.
struct Step<'a> {
    node: &'a mut Node,
    now: Timestamp,
    effects: Vec<Effect>,
}

impl Node {
    pub fn new(configuration: Configuration) -> Self {
        Self {
            lines: Lines::new(),
            party: configuration.party,
            rules: configuration.rules,
            state: State::default(),
            areas: BTreeMap::new(),
            doubtful: BTreeSet::new(),
            disk: Disk::Well,
            due: DueAt::Now,
            last: Timestamp::MIN,
            set_backs: SetBacks::default(),
            sounded: BTreeSet::new(),
            unrecorded: 0,
            woken: None,
        }
    }

    /// As it was when `snapshot` was taken; the facts after it are to be folded.
    pub fn resume(configuration: Configuration, snapshot: Snapshot) -> Self {
        let mut node = Self::new(configuration);
        node.lines = Lines::resume(snapshot.lines);
        node.state = snapshot.state;
        let lines: Vec<LineId> = node.state.lines.keys().copied().collect();
        lines.into_iter().for_each(|line| node.prepare_area(line));
        node
    }

    pub fn snapshot(&self) -> Snapshot {
        Snapshot {
            state: self.state.clone(),
            lines: self.lines.durable_part(),
        }
    }

    /// Folds in a fact that is in the journal. Never fails, decides nothing, does nothing.
    pub fn fold(&mut self, fact: &Fact) {
        self.state.apply(fact);
        self.lines.fold(fact);
        match &fact.event {
            Event::ArrangementInForce { line, .. } => self.prepare_area(*line),
            Event::MessageReceived {
                entry,
                header,
                content,
                refused: None,
                ..
            } => {
                if let Some(call) = given_in(*entry, header, content) {
                    self.look_at_place(call);
                }
            }
            _other => {}
        }
        if matters_to_timers(&fact.event) {
            self.due = DueAt::Now;
        }
    }

    /// What `input` leads to. Effects are to be carried out in order.
    pub fn step(&mut self, now: Timestamp, input: Input) -> Vec<Effect> {
        if now < self.last {
            // What was due in seconds must not be due in hours.
            self.set_backs.note(self.last, now);
            self.due = DueAt::Now;
        }
        self.last = now;
        let mut step = Step {
            node: self,
            now,
            effects: Vec::new(),
        };
        step.take(input);
        step.timers();
        step.effects
    }

    pub fn party(&self) -> PartyId {
        self.party
    }

    pub fn state(&self) -> &State {
        &self.state
    }

    pub fn lines(&self) -> &Lines {
        &self.lines
    }

    pub fn rules(&self) -> &RuleSet {
        &self.rules
    }

    pub fn disk(&self) -> Disk {
        self.disk
    }

    /// The alarms that stand, as a screen that has just been opened must show and sound them.
    pub fn standing_alarms(&self) -> Vec<Alarm> {
        self.state
            .alarms
            .keys()
            .filter_map(|cause| self.alarm(*cause))
            .collect()
    }

    /// The numbers on which the other parties' `desk` is reached when the line is not.
    pub fn telephone(&self, line: LineId, desk: Desk) -> Vec<String> {
        self.state.lines.get(&line).map_or_else(Vec::new, |view| {
            view.arrangement.numbers(view.peer, desk).to_vec()
        })
    }

    fn alarm(&self, cause: AlarmCause) -> Option<Alarm> {
        self.state.alarms.get(&cause).map(|standing| Alarm {
            cause,
            line: line_of(&cause),
            desk: standing.desk,
            level: standing.level,
            at: standing.since,
            count: standing.count,
            recorded: true,
            silenced: standing.silenced.is_some(),
            place_in_doubt: matches!(cause, AlarmCause::StopCall { call } if self.is_place_doubted(call)),
        })
    }

    /// What this node itself doubts about the place of a stop call, as last given.
    pub fn doubts(&self, call: EntryRef) -> Vec<Doubt> {
        let details = self
            .state
            .calls
            .get(&call)
            .and_then(|call| call.details.as_ref());
        details.map_or_else(Vec::new, |details| {
            self.doubts_about(call.log.line, details)
        })
    }

    fn doubts_about(&self, line: LineId, slots: &Slots) -> Vec<Doubt> {
        match (self.state.arrangement(line), self.areas.get(&line)) {
            (Some(arrangement), Some(area)) => doubts(slots, arrangement, area),
            (None, _) | (_, None) => Vec::new(),
        }
    }

    /// Of the calls that sound as one.
    fn is_place_doubted(&self, call: EntryRef) -> bool {
        let calls = self.state.calls_of_alarm(call);
        calls.iter().any(|call| self.doubtful.contains(call))
    }

    fn look_at_place(&mut self, call: EntryRef) {
        let calls = &self.state.calls;
        self.doubtful.retain(|call| calls.contains_key(call));
        let in_view = self.state.calls.contains_key(&call);
        match in_view && !self.doubts(call).is_empty() {
            true => self.doubtful.insert(call),
            false => self.doubtful.remove(&call),
        };
    }

    fn prepare_area(&mut self, line: LineId) {
        let area = self.state.arrangement(line).map(|a| a.area.clone());
        if let Some(shape) = area.and_then(|area| Shape::new(area).ok()) {
            self.areas.insert(line, shape);
        }
        let calls = self.state.calls.keys();
        let calls: Vec<EntryRef> = calls
            .filter(|call| call.log.line == line && call.log.side == Side::Peer)
            .copied()
            .collect();
        calls.into_iter().for_each(|call| self.look_at_place(call));
    }
}

impl Step<'_> {
    fn take(&mut self, input: Input) {
        match input {
            Input::Command {
                request,
                by,
                command,
            } => {
                let answer = self.command(by, command);
                self.effects.push(Effect::Reply { request, answer });
            }
            Input::Administer { request, act } => {
                let answer = self.administer(act);
                self.effects.push(Effect::Reply { request, answer });
            }
            Input::Link(input) => self.link(input),
            Input::Durable { heads } => {
                let outputs = self.node.lines.durable(self.now, &heads);
                self.outputs(outputs);
            }
            Input::Disk(disk) => self.disk(disk),
            Input::Sounder {
                desk,
                sounder,
                armed,
            } => {
                let event = match armed {
                    true => Event::SounderArmed { desk, sounder },
                    false => Event::SounderLost { desk, sounder },
                };
                self.record(Actor::Node, event);
            }
            Input::Tick => {
                // What was asked for has come, perhaps a moment early by our clock: then it is asked for again.
                self.node.woken = None;
                let outputs = self.node.lines.tick(self.now);
                self.outputs(outputs);
            }
        }
    }

    // ---- facts

    /// Journals and folds.
    fn record(&mut self, by: Actor, event: Event) {
        self.append(
            Fact {
                at: self.now,
                by,
                event,
            },
            None,
        );
    }

    fn append(&mut self, fact: Fact, kept: Option<Kept>) {
        if self.node.disk == Disk::Failed {
            return;
        }
        self.node.fold(&fact);
        let event = fact.event.clone();
        self.effects.push(Effect::Append(Append { fact, kept }));
        match event {
            Event::AlarmRaised { alarm, .. } | Event::AlarmClimbed { alarm, .. } => {
                let ahead = matches!(alarm, AlarmCause::StopCall { call } if self.node.sounded.remove(&call));
                if let Some(alarm) = self.node.alarm(alarm).filter(|_| !ahead) {
                    self.effects.push(Effect::Alarm(alarm));
                }
            }
            Event::AlarmEnded { alarm } => self.effects.push(Effect::AlarmEnded(alarm)),
            _other => {}
        }
    }

    // ---- what officers and administrators do

    fn command(&mut self, by: Acting, command: Command) -> Result<Done, Refusal> {
        self.can_send(&command)?;
        self.geometry(&command)?;
        let steps = self
            .node
            .state
            .decide(by, &command, self.now)
            .map_err(|refused| Refusal::Invalid(refused.to_string()))?;
        let actor = Actor::Officer(by.officer);
        let mut said = Vec::new();
        let mut stopped = Vec::new();
        let mut released = Vec::new();
        for step in steps {
            match step {
                Decided::Fact(event) => self.record(actor, event),
                Decided::SayStanding(message) => {
                    let line = message.line;
                    match (&command, self.say_standing(actor, message)) {
                        (Command::Stop { desk, slots, .. }, Ok(call)) => {
                            stopped.push(Ok(self.stop_sent(call, call, *desk, slots)));
                        }
                        (Command::Stop { desk, .. }, Err(refused)) => {
                            let telephone = self.node.telephone(line, *desk);
                            stopped.push(Err(NotStopped {
                                line,
                                refused,
                                telephone,
                            }));
                        }
                        (_other, said_or_not) => said.push(said_or_not?),
                    }
                }
                Decided::SayByRules {
                    message,
                    terms,
                    notice,
                } => {
                    let line = message.line;
                    released.push((line, self.say_by_rules(actor, message, terms, notice)?));
                }
            }
        }
        Ok(match command {
            Command::Stop { .. } => match &stopped[..] {
                [Err(not), rest @ ..] if rest.iter().all(Result::is_err) => {
                    return Err(not.refused.clone());
                }
                _on_some => Done::Stopped(stopped),
            },
            Command::StopDetails { call, slots } if !said.is_empty() => {
                let desk = self.node.state.calls.get(&call).map(|call| call.desk);
                let desk = desk.unwrap_or(Desk::Air);
                Done::Detailed(
                    said[0],
                    Box::new(self.stop_sent(said[0], call, desk, &slots)),
                )
            }
            _other if !released.is_empty() => Done::Released(released),
            _other if !said.is_empty() => Done::Said(said),
            _other => Done::Done,
        })
    }

    fn can_send(&self, command: &Command) -> Result<(), Refusal> {
        match self.node.disk {
            Disk::Well => Ok(()),
            Disk::Full if command.is_urgent() => Ok(()),
            Disk::Full => Err(Refusal::DiskFull(self.all_numbers())),
            Disk::Failed => Err(Refusal::CannotSend(self.all_numbers())),
        }
    }

    fn all_numbers(&self) -> String {
        let numbers = self.node.state.lines.values().flat_map(|view| {
            view.arrangement
                .fallback
                .iter()
                .filter(|f| f.party == view.peer)
                .flat_map(|f| f.numbers.clone())
        });
        numbers.collect::<Vec<_>>().join(", ")
    }

    /// What geometry has to say to a command, before it is decided.
    fn geometry(&self, command: &Command) -> Result<(), Refusal> {
        let node = &self.node;
        let invalid = |unsound: ground::Unsound| Refusal::Invalid(unsound.words);
        let on_line = |line: &LineId, slots: &Slots| match (
            node.state.arrangement(*line),
            node.areas.get(line),
        ) {
            (Some(arrangement), Some(area)) => {
                ground::check(slots, arrangement, area).map_err(invalid)
            }
            // Whether the line is in force is for `decide` to say.
            (None, _) | (_, None) => Ok(()),
        };
        match command {
            Command::DraftNotice { desk, slots, .. } => {
                ground::check_shape(slots).map_err(invalid)?;
                // A draft must hold on at least one line of the desk; on release, on each that it goes to.
                let mut lines = node
                    .state
                    .lines_of(*desk)
                    .map(|(line, _)| on_line(&line, slots))
                    .collect::<Vec<_>>();
                match lines.iter().any(Result::is_ok) || lines.is_empty() {
                    true => Ok(()),
                    false => lines.swap_remove(0),
                }
            }
            Command::ReleaseNotice { notice, lines, .. } => match node.state.drafts.get(notice) {
                Some(draft) => lines
                    .iter()
                    .try_for_each(|line| on_line(line, &draft.slots)),
                None => Ok(()),
            },
            Command::Stop { slots, .. } => ground::check_shape(slots).map_err(invalid),
            Command::StopDetails { slots, .. } => ground::check_shape(slots).map_err(invalid),
            Command::ReadBack { entry, items } => {
                let notice = node
                    .state
                    .notices
                    .get(entry)
                    .and_then(|notice| notice.content.slots());
                notice.map_or(Ok(()), |slots| {
                    ground::read_back(slots, items).map_err(invalid)
                })
            }
            Command::TakeWatch { .. }
            | Command::LeaveWatch { .. }
            | Command::RenewStop { .. }
            | Command::AcceptStop { .. }
            | Command::AnswerStop { .. }
            | Command::EndPause { .. }
            | Command::LiftStop { .. }
            | Command::ResumeAfterStop { .. }
            | Command::StopRaisedInError { .. }
            | Command::DiscardNotice { .. }
            | Command::WithdrawNotice { .. }
            | Command::Displayed { .. }
            | Command::AnswerNotice { .. }
            | Command::CheckLine { .. }
            | Command::AnswerLineCheck { .. }
            | Command::SetStanding { .. }
            | Command::SilenceAlarm { .. }
            | Command::AcknowledgeAlarm { .. } => Ok(()),
        }
    }

    fn administer(&mut self, act: Administration) -> Result<Done, Refusal> {
        if self.node.disk != Disk::Well {
            return Err(Refusal::CannotSend(String::new()));
        }
        let event = match act {
            Administration::PutInForce {
                arrangement,
                name,
                peer,
                signatures,
            } => {
                let line = arrangement.line;
                if let Some(view) = self.node.state.lines.get(&line) {
                    if arrangement.version <= view.arrangement.version {
                        return Err(Refusal::Invalid(format!(
                            "version {} of the arrangement is in force, and {} is not newer",
                            view.arrangement.version, arrangement.version
                        )));
                    }
                    if view.peer != peer || view.arrangement.exercise != arrangement.exercise {
                        return Err(Refusal::Invalid(
                            "a line keeps its parties, and stays an exercise or live: draw up a new line".into(),
                        ));
                    }
                }
                if self
                    .node
                    .state
                    .lines
                    .iter()
                    .any(|(id, view)| *id != line && view.name == name)
                {
                    return Err(Refusal::Invalid(format!(
                        "another line is called `{name}` here: name it otherwise"
                    )));
                }
                if arrangement.peer_of(self.node.party) != Some(peer) {
                    return Err(Refusal::Invalid(
                        "the arrangement is not between this party and that one".into(),
                    ));
                }
                Event::ArrangementInForce {
                    line,
                    name,
                    peer,
                    arrangement,
                    signatures,
                }
            }
            Administration::TakeManifest {
                line,
                side,
                version,
                manifest,
            } => Event::ManifestTaken {
                line,
                side,
                version,
                manifest,
            },
            Administration::OpenEpoch {
                line,
                epoch,
                closes,
                statement,
            } => {
                let lines = &self.node.lines;
                // Nothing is said while the record is compared; at any other time something may have been since.
                if !lines.is_recovering(line) && lines.next_epoch(line) != Some((epoch, closes)) {
                    return Err(Refusal::NotNow(
                        "something was said since the statement was made: open the epoch again"
                            .into(),
                    ));
                }
                Event::EpochOpened {
                    line,
                    side: Side::Own,
                    epoch,
                    closes,
                    confirmed: false,
                    statement,
                }
            }
            Administration::ConfirmEpoch {
                line,
                epoch,
                statement,
            } => Event::EpochConfirmed {
                line,
                side: Side::Own,
                epoch,
                statement,
            },
            Administration::PutRulesInForce => {
                self.rules_in_force();
                return Ok(Done::Done);
            }
            Administration::Restored { size } => Event::Restored { size },
        };
        self.record(Actor::Administrator, event);
        Ok(Done::Done)
    }

    /// Journals the rules that decide, where the record does not end with them: it must tell what a version said.
    fn rules_in_force(&mut self) {
        let rules = &self.node.rules;
        let (version, text) = (rules.metadata().version, rules.text());
        let metadata = rules.metadata_text();
        let known = self.node.state.rules.as_ref().is_some_and(|known| {
            known.version == version && known.rules == *text && known.metadata == *metadata
        });
        if !known {
            let event = Event::RulesInForce {
                version,
                rules: text.clone(),
                metadata: metadata.clone(),
            };
            self.record(Actor::Administrator, event);
        }
    }

    // ---- saying

    fn say_standing(&mut self, by: Actor, mut message: Message) -> Result<EntryRef, Refusal> {
        let arrangement =
            self.node
                .state
                .arrangement(message.line)
                .cloned()
                .ok_or(Refusal::Unknown {
                    what: "line",
                    which: message.line.to_string(),
                })?;
        // Finer than agreed it would be withheld: a coarser place is worth more than none.
        ground::coarsen_place(&mut message.slots, arrangement.finest);
        let lane = message.kind.lane().unwrap_or(Lane::Main);
        let peer = self
            .node
            .state
            .lines
            .get(&message.line)
            .map_or(self.node.party, |view| view.peer);
        let released = release::standing(&arrangement, peer, message)
            .map_err(|refused| Refusal::NotAllowed(refused.to_string()))?;
        self.say(by, released, lane, None)
    }

    fn say_by_rules(
        &mut self,
        by: Actor,
        message: Message,
        terms: ReleaseTerms,
        notice: Option<NoticeId>,
    ) -> Result<Result<EntryRef, model::event::Decision>, Refusal> {
        let (line, kind) = (message.line, message.kind);
        self.rules_in_force();
        let node = &mut *self.node;
        let view = node
            .state
            .lines
            .get(&line)
            .ok_or_else(|| Refusal::Unknown {
                what: "line",
                which: line.to_string(),
            })?;
        let peer = view.peer;
        let terms = Terms {
            authority: terms.authority,
            element: terms.element,
            now: self.now,
        };
        let evaluation = node
            .rules
            .evaluate(&view.arrangement, &message, peer, &terms);
        let decision = evaluation.decision;
        self.record(
            by,
            Event::ReleaseDecided {
                line,
                kind,
                notice,
                decision: decision.clone(),
            },
        );
        match evaluation.released {
            Some(released) => self
                .say(by, released, kind.lane().unwrap_or(Lane::Main), notice)
                .map(Ok),
            None => Ok(Err(decision)),
        }
    }

    /// The only way anything is queued: what is released takes the next place in its lane's log.
    fn say(
        &mut self,
        by: Actor,
        message: Released<Message>,
        lane: Lane,
        notice: Option<NoticeId>,
    ) -> Result<EntryRef, Refusal> {
        let view = message.view();
        let entry = self
            .node
            .lines
            .next_entry(view.line, lane)
            .map_err(|refused| Refusal::NotNow(refused.to_string()))?;
        let fact = Fact {
            at: self.now,
            by,
            event: Event::MessageSent {
                entry,
                leaf: Digest([0; 32]),
                header: Header {
                    kind: view.kind.number(),
                    purpose: view.purpose,
                    role: view.role,
                    urgency: view.urgency,
                    desk: view.desk,
                    sent_at: self.now,
                },
                content: Content::Open(view.slots.clone()),
                authority: message.authority(),
                notice,
            },
        };
        self.node.fold(&fact);
        self.effects.push(Effect::Send(Outgoing {
            entry,
            at: self.now,
            by,
            message,
            notice,
        }));
        Ok(entry)
    }

    /// What became of a call, or of its details: said in `entry`, about `call`, when `given` was given.
    fn stop_sent(&self, entry: EntryRef, call: EntryRef, desk: Desk, given: &Slots) -> StopSent {
        let line = call.log.line;
        let sent = self.effects.iter().rev().find_map(|effect| match effect {
            Effect::Send(outgoing) if outgoing.entry == entry => Some(outgoing.message.view()),
            _other => None,
        });
        let mut slots = sent.map_or_else(Slots::new, |message| message.slots.clone());
        slots.remove(SlotCode::Subject);
        let withheld = given.iter().map(|(slot, _)| slot);
        let withheld = withheld
            .filter(|slot| slots.value(*slot).is_none())
            .collect();
        let place = slots.value(SlotCode::Place);
        let coarsened = place.is_some() && place != given.value(SlotCode::Place);
        let link = self
            .node
            .state
            .lines
            .get(&line)
            .map_or(LinkState::Down, |view| view.link);
        StopSent {
            line,
            call,
            on_its_way: matches!(link, LinkState::Up | LinkState::Degraded),
            telephone: self.node.telephone(line, desk),
            withheld,
            coarsened,
            doubts: self.node.doubts_about(line, given),
            slots,
        }
    }

    // ---- what comes over a line

    fn link(&mut self, input: LinkInput) {
        match self.node.disk {
            Disk::Failed => return self.alarm_unrecorded(&input),
            // `main` takes nothing: what is not cosigned is sent again when there is room.
            Disk::Full if is_main_entries(&input) => return,
            Disk::Full | Disk::Well => {}
        }
        let outputs = self.node.lines.step(self.now, input);
        self.outputs(outputs);
    }

    /// The journal takes nothing. A stop call alarms all the same.
    fn alarm_unrecorded(&mut self, input: &LinkInput) {
        let (LinkInput::Frame {
            frame: PeerFrame::Entries(entries),
            ..
        }
        | LinkInput::File {
            frame: PeerFrame::Entries(entries),
            ..
        }) = input
        else {
            return;
        };
        for arrived in &entries.entries {
            let entry = EntryRef {
                log: entries.log,
                index: arrived.index,
            };
            if arrived.header.known_kind() == Some(Kind::StopCall)
                && self.node.sounded.insert(entry)
            {
                self.node.unrecorded += 1;
                let count = self.node.unrecorded;
                self.alarm_now(entry, &arrived.header, &arrived.content, count, false);
            }
        }
    }

    fn outputs(&mut self, outputs: Vec<LineOutput>) {
        for output in outputs {
            match output {
                LineOutput::Arrived {
                    entry,
                    arrived,
                    how,
                } => self.arrived(entry, arrived, how),
                LineOutput::AlarmEarly {
                    entry,
                    header,
                    content,
                    recorded,
                    count,
                    ..
                } => {
                    if self.node.sounded.insert(entry) || !recorded {
                        self.alarm_now(entry, &header, &content, count, recorded);
                    }
                }
                LineOutput::Fact(event) => self.record(Actor::Node, event),
                LineOutput::Say { line, lane, slots } => {
                    self.say_automatic(line, lane, Kind::Received, slots)
                }
                LineOutput::Effect(effect) => self.effects.push(effect),
            }
        }
    }

    fn arrived(&mut self, entry: EntryRef, arrived: Arrived, how: Arrival) {
        let kind = arrived.header.known_kind();
        let recovered = matches!(how, Arrival::Recovered { .. });
        if kind == Some(Kind::StopCall)
            && entry.log.side == Side::Peer
            && !recovered
            && self.node.sounded.insert(entry)
        {
            self.alarm_now(entry, &arrived.header, &arrived.content, 1, true);
        }
        let refused = match entry.log.side {
            Side::Peer => self.admit(entry, &arrived),
            // Fetched back after a restore: it was ours, and released then.
            Side::Own => None,
        };
        let fact = Fact {
            at: self.now,
            by: Actor::Peer,
            event: Event::MessageReceived {
                entry,
                leaf: arrived.leaf,
                header: arrived.header,
                content: arrived.content,
                arrived: how,
                refused,
            },
        };
        let kept = Kept {
            entry,
            envelope: arrived.envelope,
            opening: arrived.opening,
        };
        let doubted = self.doubted_call(&fact.event);
        self.append(fact, Some(kept));
        self.fold_repeat(entry);
        self.tell_of_doubt(doubted);
        let answers = kind.is_none_or(|kind| !kind.is_automatic());
        if let Some(reason) = refused.filter(|_| answers && !recovered) {
            self.say_refused(entry, reason);
        }
    }

    fn admit(&self, entry: EntryRef, arrived: &Arrived) -> Option<RefusalReason> {
        let node = &self.node;
        let line = entry.log.line;
        let geometry = arrived.content.slots().and_then(|slots| {
            match (
                node.state.arrangement(line),
                node.areas.get(&line),
                arrived.header.known_kind(),
            ) {
                (Some(_), Some(_), Some(Kind::ReadBack)) => {
                    let subject = slots.subject()?.entry(line, Side::Peer);
                    let notice = node.state.notices.get(&subject)?.content.slots()?;
                    let Some(Value::Items(items)) = slots.value(SlotCode::Items) else {
                        return None;
                    };
                    ground::read_back(notice, items).err()
                }
                (Some(arrangement), Some(area), Some(kind)) if kind.is_notice() => {
                    ground::check(slots, arrangement, area).err()
                }
                (_, _, _) => None,
            }
        });
        node.state
            .admit(Incoming {
                entry,
                header: &arrived.header,
                content: &arrived.content,
                unreadable: arrived.unreadable,
                geometry: geometry.map(|unsound| unsound.reason),
            })
            .err()
    }

    /// A call that folds into the alarm of an earlier one is counted in it.
    fn fold_repeat(&mut self, entry: EntryRef) {
        let Some(call) = self.node.state.calls.get(&entry) else {
            return;
        };
        let (desk, into) = (call.desk, call.folded_into);
        if let Some(first) = into.filter(|_| entry.log.side == Side::Peer) {
            self.node.sounded.remove(&entry);
            self.node.sounded.insert(first);
            self.record(
                Actor::Node,
                Event::AlarmRaised {
                    alarm: AlarmCause::StopCall { call: first },
                    desk,
                },
            );
        }
    }

    /// The call that these details are about, and whether its place was in doubt before them.
    fn doubted_call(&self, event: &Event) -> Option<(EntryRef, bool)> {
        let Event::MessageReceived {
            entry,
            header,
            content,
            refused: None,
            ..
        } = event
        else {
            return None;
        };
        let call = given_in(*entry, header, content).filter(|call| call != entry)?;
        Some((call, self.node.doubtful.contains(&call)))
    }

    /// Details that put the place in doubt are told with the alarm, if it still stands.
    fn tell_of_doubt(&mut self, before: Option<(EntryRef, bool)>) {
        let Some((call, false)) = before else { return };
        if !self.node.doubtful.contains(&call) {
            return;
        }
        let first = self.node.state.calls_of_alarm(call)[0];
        let alarm = self.node.alarm(AlarmCause::StopCall { call: first });
        self.effects.extend(alarm.map(Effect::Alarm));
    }

    fn alarm_now(
        &mut self,
        entry: EntryRef,
        header: &Header,
        content: &Content,
        count: u32,
        recorded: bool,
    ) {
        let node = &self.node;
        let doubted = |slots| !node.doubts_about(entry.log.line, slots).is_empty();
        let place_in_doubt = content.slots().is_some_and(doubted);
        let state = &self.node.state;
        let desk = state.desk_that_rings(entry.log.line, header.desk);
        let first = state.open_alarm(entry.log, desk).unwrap_or(entry);
        let cause = AlarmCause::StopCall { call: first };
        let standing = state.alarms.get(&cause);
        let alarm = Alarm {
            cause,
            line: Some(entry.log.line),
            desk,
            level: standing.map_or(Level::Desk, |standing| standing.level),
            at: self.now,
            count: standing.map_or(0, |standing| standing.count) + count,
            recorded,
            silenced: false,
            place_in_doubt: place_in_doubt || node.is_place_doubted(first),
        };
        self.effects.push(Effect::AlarmNow(alarm));
    }

    fn say_refused(&mut self, entry: EntryRef, reason: RefusalReason) {
        let slots = Slots::new()
            .with(SlotCode::Subject, Value::Subject(entry.as_subject()))
            .and_then(|slots| slots.with(SlotCode::Refusal, Value::Code(reason.number())));
        if let Ok(slots) = slots {
            self.say_automatic(entry.log.line, entry.log.lane, Kind::Refused, slots);
        }
    }

    /// Receipts and refusals: said by the node itself, under the standing release.
    fn say_automatic(&mut self, line: LineId, lane: Lane, kind: Kind, slots: Slots) {
        let Some(view) = self.node.state.lines.get(&line) else {
            return;
        };
        let arrangement = &view.arrangement;
        let (Some(purpose), Some(desk)) = (arrangement.purposes.first(), arrangement.desks.first())
        else {
            return;
        };
        let message = Message {
            line,
            kind,
            purpose: purpose.id,
            role: Role::Node,
            urgency: Urgency::Routine,
            desk: *desk,
            slots,
        };
        // A halted `main` says nothing more, receipts included; the record of what came stays.
        if let Ok(released) = release::standing(arrangement, view.peer, message) {
            let _not_while_halted = self.say(Actor::Node, released, lane, None);
        }
    }

    // ---- the disk and the clock

    fn disk(&mut self, disk: Disk) {
        let before = self.node.disk;
        self.node.disk = disk;
        let desk = self.node.state.desks().into_iter().next();
        // In an earlier life, perhaps: so it is the record that says.
        let stopped = self.node.state.main_stopped.is_some();
        match (before, disk) {
            (Disk::Failed, _) => {}
            (Disk::Well | Disk::Full, Disk::Well) if stopped => {
                self.record(Actor::Node, Event::MainResumed);
                self.record(
                    Actor::Node,
                    Event::AlarmEnded {
                        alarm: AlarmCause::CannotSend,
                    },
                );
            }
            (Disk::Well | Disk::Full, Disk::Full) if !stopped => {
                self.record(
                    Actor::Node,
                    Event::MainStopped {
                        cause: StopOfMain::DiskFull,
                    },
                );
                if let Some(desk) = desk {
                    self.record(
                        Actor::Node,
                        Event::AlarmRaised {
                            alarm: AlarmCause::CannotSend,
                            desk,
                        },
                    );
                }
            }
            (Disk::Well | Disk::Full, Disk::Failed) => {
                // Nothing can be recorded: it is only shown, on every desk.
                for desk in self.node.state.desks() {
                    self.effects.push(Effect::AlarmNow(Alarm {
                        cause: AlarmCause::CannotSend,
                        line: None,
                        desk,
                        level: Level::Desk,
                        at: self.now,
                        count: 1,
                        recorded: false,
                        silenced: false,
                        place_in_doubt: false,
                    }));
                }
            }
            (Disk::Well | Disk::Full, Disk::Well | Disk::Full) => {}
        }
    }

    fn timers(&mut self) {
        if self.node.disk == Disk::Failed {
            return;
        }
        // Each round can only begin, climb or end what the one before made possible; three settle all there is.
        for _round in 0..3 {
            let look = match self.node.due {
                DueAt::Now => true,
                DueAt::At(next) => next.is_some_and(|next| next <= self.now),
            };
            if !look {
                break;
            }
            let due = self
                .node
                .state
                .due_after(self.now, self.node.set_backs.clone());
            self.node.due = DueAt::At(due.next);
            for event in due.events {
                self.record(Actor::Node, event);
            }
        }
        let desk = match self.node.due {
            DueAt::Now => Some(self.now),
            DueAt::At(next) => next,
        };
        let wake = desk.into_iter().chain(self.node.lines.next_wake()).min();
        if let Some(wake) = wake.filter(|wake| self.node.woken != Some(*wake)) {
            self.node.woken = Some(wake);
            self.effects.push(Effect::WakeAt(wake));
        }
    }
}

/// The incoming stop call whose place this may have given: itself, or the one that its details are about.
fn given_in(entry: EntryRef, header: &Header, content: &Content) -> Option<EntryRef> {
    if entry.log.side != Side::Peer {
        return None;
    }
    match header.known_kind()? {
        Kind::StopCall => Some(entry),
        Kind::StopDetails => {
            let subject = content.slots()?.subject()?;
            Some(subject.entry(entry.log.line, Side::Peer))
        }
        _other => None,
    }
}

fn is_main_entries(input: &LinkInput) -> bool {
    match input {
        LinkInput::Frame {
            frame: PeerFrame::Entries(entries),
            ..
        }
        | LinkInput::File {
            frame: PeerFrame::Entries(entries),
            ..
        } => entries.log.lane == Lane::Main,
        LinkInput::Frame { .. }
        | LinkInput::File { .. }
        | LinkInput::Paths { .. }
        | LinkInput::Opened { .. }
        | LinkInput::Closed { .. }
        | LinkInput::Heard { .. } => false,
    }
}

/// Whether alarms may begin or end by it. The many events that carry notices do not, but for the first answer owed.
fn matters_to_timers(event: &Event) -> bool {
    match event {
        Event::MessageSent { header, .. } => header.known_kind().is_none_or(touches_alarms),
        Event::MessageReceived { header, .. } => header
            .known_kind()
            .is_none_or(|kind| touches_alarms(kind) || kind.is_notice()),
        Event::Delivered { log, .. } => log.lane == Lane::Stop,
        Event::ArrangementInForce { .. }
        | Event::LinkChanged { .. }
        | Event::MainHalted { .. }
        | Event::EpochConfirmed { .. }
        | Event::ClockOffsetNoted { .. }
        | Event::SounderArmed { .. }
        | Event::SounderLost { .. }
        | Event::AlarmRaised { .. }
        | Event::AlarmClimbed { .. }
        | Event::AlarmSilenced { .. }
        | Event::AlarmEnded { .. } => true,
        Event::ManifestTaken { .. }
        | Event::EpochOpened { .. }
        | Event::Cosigned { .. }
        | Event::RulesInForce { .. }
        | Event::ReleaseDecided { .. }
        | Event::FaultNoted { .. }
        | Event::NoticeDrafted { .. }
        | Event::NoticeDiscarded { .. }
        | Event::WatchTaken { .. }
        | Event::WatchLeft { .. }
        | Event::MainStopped { .. }
        | Event::MainResumed
        | Event::Restored { .. }
        | Event::OpeningDestroyed { .. } => false,
    }
}

fn touches_alarms(kind: Kind) -> bool {
    kind.lane() == Some(Lane::Stop)
        || matches!(
            kind,
            Kind::Answer
                | Kind::Received
                | Kind::LineCheck
                | Kind::LineCheckAnswer
                | Kind::Withdrawal
        )
}

/// The line that an alarm is about, if one.
fn line_of(cause: &AlarmCause) -> Option<LineId> {
    match cause {
        AlarmCause::StopCall { call }
        | AlarmCause::StopNotDelivered { call }
        | AlarmCause::StopObligationMissed { call, .. }
        | AlarmCause::StopAnswerDue { call, .. }
        | AlarmCause::StopEnded { call }
        | AlarmCause::StopLimit { call } => Some(call.log.line),
        AlarmCause::LinkDown { line }
        | AlarmCause::ClockOffset { line }
        | AlarmCause::MainHalted { line }
        | AlarmCause::AnswerDue { line, .. }
        | AlarmCause::LineCheckDue { line } => Some(*line),
        AlarmCause::NoSounder { .. } | AlarmCause::CannotSend => None,
    }
}
