//! What carries out effects here: bells and screens, links, replies. And how requests reach the core.

use crate::clock;
use crate::core::inbox::{From, InboxError, Job};
use crate::core::{Deed, Inbox, Outside};
use crate::directory::Directory;
use crate::events::{AlarmTold, Events, Told};
use crate::link::outgoing::Out;
use crate::link::registry::Registry;
use crate::looks::{self, Looks, NotLooked};
use crate::metrics::Metrics;
use crate::names;
use crate::sounders::Sounders;
use crate::state_of_desk::StateOfDesk;
use channel::Node;
use channel::effect::{Alarm, Done, Effect, Refusal};
use channel::input::{Administration, Input, Request};
use channel::look::Looked;
use model::command::{Acting, Command};
use model::event::{Bytes, Event, Fact};
use model::ids::{LineId, PartyId, UnitId};
use model::line::{EntryRef, Epoch, LogHead, Side};
use model::slot::Slots;
use model::units::Millis;
use model::watch::Order;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Notify, oneshot};
use wire::epoch::{EpochReason, Statement};
use wire::keys::Signer;

mod requests;

use requests::Requests;

/// How often, and after how long, a new epoch is tried again while something is said.
const MAX_TRIES: u32 = 20;
const TRY_EVERY: Duration = Duration::from_millis(50);

/// How often what is to be released is looked at, while the other party goes on declaring things near it.
const MAX_LOOKS: u32 = 5;

/// Why a request has no answer.
#[derive(Debug, thiserror::Error)]
pub enum Unanswered {
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error(transparent)]
    Inbox(#[from] InboxError),
    #[error("this node could not record it: treat it as not done, and telephone")]
    Lost,
}

model::says! { Unanswered, "unanswered":
    "lost" Lost;
    as Refused;
    as Inbox;
}

/// Who acts, and on whose order if on anybody's.
#[derive(Clone, Debug)]
pub struct By {
    pub acting: Acting,
    pub order: Option<Order>,
}

impl std::convert::From<Acting> for By {
    fn from(acting: Acting) -> Self {
        Self {
            acting,
            order: None,
        }
    }
}

/// The outside of the core: what it asks for is done here, and what is asked of it goes in here.
pub struct Shell {
    pub inbox: Arc<Inbox>,
    pub events: Events,
    pub metrics: Arc<Metrics>,
    pub registry: Arc<Registry>,
    pub directory: Directory,
    pub sounders: Sounders,
    pub state_of_desk: StateOfDesk,
    /// Rung when lines, manifests or epochs changed: the diallers look again.
    pub lines_changed: Arc<Notify>,
    pub looks: Looks,
    requests: Requests,
    party: PartyId,
    operational: Signer,
}

impl Shell {
    pub fn new(
        inbox: Arc<Inbox>,
        metrics: Arc<Metrics>,
        registry: Arc<Registry>,
        party: PartyId,
        operational: Signer,
        looks: Looks,
    ) -> Self {
        Self {
            inbox,
            events: Events::default(),
            metrics,
            registry,
            directory: Directory::default(),
            sounders: Sounders::default(),
            state_of_desk: StateOfDesk::default(),
            lines_changed: Arc::new(Notify::new()),
            looks,
            requests: Requests::default(),
            party,
            operational,
        }
    }

    /// Does what an officer commands. Stop calls and what belongs to them wait behind nothing; a release that conflicts hold
    /// is looked at first, and again where the other party has said more by then.
    ///
    /// # Errors
    /// [`Unanswered`].
    pub async fn command(&self, by: impl Into<By>, command: Command) -> Result<Done, Unanswered> {
        let by = by.into();
        if !matches!(command, Command::ReleaseNotice { .. }) {
            return self.command_after(by, command, Vec::new()).await;
        }
        let mut done = Err(Refusal::LookAgain.into());
        for _ in 0..MAX_LOOKS {
            let asked = command.clone();
            let plans = self.ask(move |node| node.plans(&asked)).await?;
            let looked = match looks::at_plans(self, plans).await {
                Ok(looked) => looked,
                Err(NotLooked::Unanswered(unanswered)) => return Err(unanswered),
                Err(NotLooked::Unsound { why, .. }) => return Err(Refusal::Invalid(why).into()),
                // What nobody could look at is not released: the core asks for another look.
                Err(NotLooked::Failed) => Vec::new(),
            };
            done = self
                .command_after(by.clone(), command.clone(), looked)
                .await;
            if !matches!(done, Err(Unanswered::Refused(Refusal::LookAgain))) {
                break;
            }
        }
        done
    }

    async fn command_after(
        &self,
        by: By,
        command: Command,
        looked: Vec<Looked>,
    ) -> Result<Done, Unanswered> {
        let from = match command.is_urgent() {
            true => From::Here,
            false => From::Desk,
        };
        let (request, answered) = self.requests.open();
        let input = match by.order {
            None => Input::Command {
                request,
                by: by.acting,
                command,
                looked,
            },
            Some(order) => Input::Directed {
                request,
                by: by.acting,
                command,
                looked,
                order,
            },
        };
        self.finish(from, request, input, answered).await
    }

    /// Records that a downstream unit has it, by its own telephone. Its turn is among the desks': units are many.
    ///
    /// # Errors
    /// [`Unanswered`].
    pub async fn receipt_of(&self, unit: UnitId, subject: EntryRef) -> Result<Done, Unanswered> {
        let (request, answered) = self.requests.open();
        let input = Input::UnitReceipt {
            request,
            unit,
            subject,
        };
        self.finish(From::Desk, request, input, answered).await
    }

    /// Does what an administrator commands.
    ///
    /// # Errors
    /// [`Unanswered`].
    pub async fn administer(&self, act: Administration) -> Result<Done, Unanswered> {
        let (request, answered) = self.requests.open();
        self.finish(
            From::Desk,
            request,
            Input::Administer { request, act },
            answered,
        )
        .await
    }

    async fn finish(
        &self,
        from: From,
        request: Request,
        input: Input,
        answered: oneshot::Receiver<Result<Done, Refusal>>,
    ) -> Result<Done, Unanswered> {
        let job = Job::Input {
            input: Box::new(input),
            cosignature: None,
        };
        if let Err(error) = self.inbox.try_put(from, job) {
            self.requests.forget(request);
            return Err(error.into());
        }
        match answered.await {
            Ok(result) => Ok(result?),
            Err(_dropped) => Err(Unanswered::Lost),
        }
    }

    /// Asks the state. What comes back rests on nothing that is not durable.
    ///
    /// # Errors
    /// [`Unanswered`].
    pub async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&Node) -> T + Send + 'static,
    ) -> Result<T, Unanswered> {
        self.ask_from(From::Desk, question).await
    }

    /// As [`Shell::ask`], for what belongs to a stop call: ahead of what others ask and say.
    ///
    /// # Errors
    /// [`Unanswered`].
    pub async fn ask_now<T: Send + 'static>(
        &self,
        question: impl FnOnce(&Node) -> T + Send + 'static,
    ) -> Result<T, Unanswered> {
        self.ask_from(From::Here, question).await
    }

    async fn ask_from<T: Send + 'static>(
        &self,
        from: From,
        question: impl FnOnce(&Node) -> T + Send + 'static,
    ) -> Result<T, Unanswered> {
        let (answer, answered) = oneshot::channel();
        let query = Job::Query(Box::new(move |node: &Node| {
            let found = question(node);
            Box::new(move || {
                // Whoever asked may have gone.
                let _ = answer.send(found);
            })
        }));
        self.inbox.try_put(from, query)?;
        answered.await.map_err(|_| Unanswered::Lost)
    }

    /// Puts in what came from outside by another way than a connection.
    ///
    /// # Errors
    /// When the node is stopping.
    pub async fn put(&self, input: Input, cosignature: Option<Bytes>) -> Result<(), Unanswered> {
        let job = Job::Input {
            input: Box::new(input),
            cosignature,
        };
        Ok(self.inbox.put(From::Main, job).await?)
    }

    /// Tells the core something that no request asked for.
    pub fn tell(&self, input: Input) {
        self.inbox.put_own(Job::Input {
            input: Box::new(input),
            cosignature: None,
        });
    }

    /// As [`Shell::tell`], for an act of the node's own.
    pub fn tell_administration(&self, act: Administration) {
        // Nobody waits for the answer: what came of it is in the journal.
        let request = self.requests.number();
        self.tell(Input::Administer { request, act });
    }

    /// The alarms that stand, with those that the journal did not take: they are told whether the core answers or not.
    pub async fn standing_alarms(&self) -> Vec<AlarmTold> {
        let recorded = match self.ask(Node::standing_alarms).await {
            Ok(alarms) => alarms,
            Err(error) => {
                tracing::warn!(%error, "only the alarms that are not recorded can be told");
                Vec::new()
            }
        };
        let told = recorded.iter().map(|alarm| self.told(alarm)).collect();
        self.state_of_desk.with_unrecorded(told)
    }

    fn told(&self, alarm: &Alarm) -> AlarmTold {
        AlarmTold::of(alarm, self.party, &self.directory)
    }

    /// `lost`: it was to be recorded, and was not.
    fn alarm(&self, alarm: &Alarm, lost: bool) {
        self.metrics.alarms.add(1);
        let told = self.told(alarm);
        self.state_of_desk.keep(alarm, &told, lost);
        self.events.tell(Told::Alarm(told));
        tracing::warn!(
            alarm = names::alarm(&alarm.cause),
            desk = %alarm.desk,
            level = %alarm.level,
            recorded = alarm.recorded,
            "alarm"
        );
    }

    /// The machine's clock was set, or stood still. Times that are said hang on it; what is due within hours does not.
    pub fn clock_jumped(&self, jump: Millis) {
        self.metrics.clock_jumps.add(1);
        tracing::error!(
            jump_ms = jump.as_ms(),
            "this machine's clock jumped: see what sets it, and check the time by telephone"
        );
        self.events.tell(Told::Changed {
            what: "clock-jump".into(),
            line: None,
            id: None,
            about: None,
        });
    }

    fn effect(&self, effect: Effect) {
        match effect {
            Effect::Alarm(alarm) => self.alarm(&alarm, !alarm.recorded),
            Effect::AlarmNow(alarm) => self.alarm(&alarm, false),
            Effect::AlarmEnded(cause) => {
                let alarm = names::alarm(&cause);
                self.state_of_desk.forget(&alarm);
                self.events.tell(Told::AlarmEnded { alarm });
            }
            Effect::Transmit {
                connection,
                log,
                from,
                until,
            } => self
                .registry
                .send(connection, Out::Entries { log, from, until }),
            Effect::TransmitFrame { connection, frame } => {
                self.registry.send(connection, Out::Own(Box::new(frame)));
            }
            Effect::Pause { connection, until } => self.registry.pause(connection, until),
            Effect::Close { connection, fault } => {
                self.registry.send(connection, Out::Close(fault));
            }
            Effect::Reply { request, answer } => self.requests.answer(request, answer),
            Effect::EpochNeeded {
                line,
                epoch,
                closes,
            } => self.open_epoch(line, epoch, closes),
            Effect::Look(notices) => self.looks.want(notices),
            // Carried out before they come here.
            Effect::Append(_) | Effect::Send(_) | Effect::Cosign { .. } | Effect::WakeAt(_) => {}
        }
    }

    /// Opens the epoch that the node itself found it needs.
    fn open_epoch(&self, line: LineId, epoch: Epoch, closes: [LogHead; 4]) {
        let act = self.opening(line, epoch, closes, EpochReason::Restored);
        tracing::warn!(%line, epoch, "a new epoch is opened; the root key must confirm it before main goes on");
        self.tell_administration(act);
    }

    /// Opens a new epoch of our own logs because an administrator wants it. What is said in between closes it elsewhere,
    /// so it is tried again; nothing has to wait for it.
    ///
    /// # Errors
    /// [`Unanswered`]: where the record is being compared with the peer's.
    pub async fn open_next_epoch(
        &self,
        line: LineId,
        reason: EpochReason,
    ) -> Result<Epoch, Unanswered> {
        for _ in 0..MAX_TRIES {
            let next = self.ask(move |node| node.lines().next_epoch(line)).await?;
            if let Some((epoch, closes)) = next {
                let act = self.opening(line, epoch, closes, reason);
                match self.administer(act).await {
                    Err(Unanswered::Refused(Refusal::NotNow(_))) => {}
                    Err(error) => return Err(error),
                    Ok(_done) => {
                        tracing::warn!(%line, epoch, %reason, "an administrator opened a new epoch; the root key must confirm it before main goes on");
                        return Ok(epoch);
                    }
                }
            }
            tokio::time::sleep(TRY_EVERY).await;
        }
        Err(Unanswered::Refused(Refusal::NotNow(
            "this line's record is being compared with the peer's, after which the node opens an epoch by itself where one is \
             needed: see `standclear epoch list`, or try again in a minute"
                .into(),
        )))
    }

    fn opening(
        &self,
        line: LineId,
        epoch: Epoch,
        closes: [LogHead; 4],
        reason: EpochReason,
    ) -> Administration {
        let statement = Statement {
            line,
            from: self.party,
            epoch,
            opened: clock::now(),
            closes,
            reason,
        };
        Administration::OpenEpoch {
            line,
            epoch,
            closes,
            statement: statement.sign(&self.operational),
        }
    }
}

impl Outside for Shell {
    fn alarm_now(&self, alarm: Alarm) {
        self.metrics.stop_alarms.add(1);
        self.alarm(&alarm, false);
    }

    fn do_now(&self, deed: Deed) {
        match deed {
            Deed::Effect(effect) => self.effect(effect),
            Deed::Cosigned {
                connections,
                log,
                head,
                cosignature,
            } => {
                for connection in connections {
                    self.registry.send(
                        connection,
                        Out::Cosigned {
                            log,
                            head,
                            cosignature,
                        },
                    );
                }
            }
        }
    }

    fn committed(&self, took: Duration) {
        self.metrics.batches.add(1);
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        self.metrics.batch_microseconds.add(micros);
    }

    fn recorded(&self, fact: &Fact) {
        self.metrics.records.add(1);
        self.state_of_desk.note(&fact.event);
        let (what, line, id) = match &fact.event {
            Event::MessageSent { entry, header, .. }
            | Event::MessageReceived { entry, header, .. } => {
                let kind = header
                    .known_kind()
                    .map_or("unknown-kind", |kind| kind.name());
                (kind, Some(entry.log.line), Some(names::entry(*entry)))
            }
            Event::Delivered { log, head, .. } => (
                "delivered",
                Some(log.line),
                Some(format!("{}.{}", names::log(*log), head.size)),
            ),
            Event::ArrangementInForce {
                line,
                name,
                arrangement,
                ..
            } => {
                self.directory.put(*line, *name, arrangement);
                self.lines_changed.notify_one();
                ("arrangement", Some(*line), None)
            }
            Event::ManifestTaken { line, side, .. } => {
                self.lines_changed.notify_one();
                if *side == Side::Peer {
                    tracing::info!(%line, "a manifest of the peer was taken");
                }
                ("manifest", Some(*line), None)
            }
            Event::EpochOpened { line, .. } | Event::EpochConfirmed { line, .. } => {
                ("epoch", Some(*line), None)
            }
            Event::LinkChanged { line, link } => {
                tracing::warn!(%line, link = link.name(), "the link changed");
                ("link", Some(*line), None)
            }
            Event::ClockOffsetNoted {
                line,
                offset,
                beyond_limit,
            } => {
                self.metrics.clock_offsets.add(1);
                tracing::warn!(%line, offset_ms = offset.as_ms(), beyond_limit, "the peer's clock and ours are apart");
                ("clock", Some(*line), None)
            }
            Event::FaultNoted {
                line, fault, count, ..
            } => {
                tracing::warn!(%line, %fault, count, "a fault of the peer was noted");
                ("fault", Some(*line), None)
            }
            Event::MainHalted { line, fault, .. } => {
                tracing::error!(%line, %fault, "main is halted, with evidence kept");
                ("main-halted", Some(*line), None)
            }
            Event::NoticeDrafted { notice, .. } | Event::NoticeDiscarded { notice } => {
                ("draft", None, Some(notice.to_string()))
            }
            Event::ReleaseDecided { line, .. } => ("release", Some(*line), None),
            Event::WatchTaken { desk, .. } | Event::WatchLeft { desk, .. } => {
                ("watch", None, Some(desk.to_string()))
            }
            Event::Watch(_) => ("watch", None, None),
            Event::SounderArmed { desk, .. } | Event::SounderLost { desk, .. } => {
                ("sounder", None, Some(desk.to_string()))
            }
            Event::MainStopped { .. } => ("main-stopped", None, None),
            Event::MainResumed => ("main-resumed", None, None),
            Event::AlarmSilenced { alarm } => {
                let alarm = names::alarm(alarm);
                return self.events.tell(Told::AlarmSilenced { alarm });
            }
            Event::ConflictFound { pair, .. } => (
                "conflict",
                Some(pair.ours.log.line),
                Some(names::entry(pair.ours)),
            ),
            Event::ElementEnrolled { element, .. } | Event::ElementUnenrolled { element } => {
                ("element", None, Some(element.to_string()))
            }
            Event::ElementConsent { element, line, .. } => {
                ("element", Some(*line), Some(element.to_string()))
            }
            Event::SiteConsent { notice, line, .. } => {
                ("site-consent", Some(*line), Some(notice.to_string()))
            }
            Event::CalledForElement { call, .. } => (
                "called-for-element",
                Some(call.log.line),
                Some(names::entry(*call)),
            ),
            Event::UnitEnrolled { unit, .. }
            | Event::UnitChanged { unit, .. }
            | Event::UnitStoodDown { unit }
            | Event::UnitReceipt { unit, .. } => ("unit", None, Some(unit.to_string())),
            Event::UnitsConcerned { subject, .. } => {
                ("unit", Some(subject.log.line), Some(names::entry(*subject)))
            }
            Event::ExportAsked { export, .. }
            | Event::ExportAllowed { export }
            | Event::ExportRefused { export, .. }
            | Event::ExportCarriedOut { export, .. } => {
                ("site-export", None, Some(export.to_string()))
            }
            // Nothing that a screen shows, or told as an alarm.
            Event::Cosigned { .. }
            | Event::AlarmRaised { .. }
            | Event::AlarmClimbed { .. }
            | Event::AlarmEnded { .. }
            | Event::RulesInForce { .. }
            | Event::Restored { .. }
            | Event::OpeningDestroyed { .. } => return,
        };
        self.events.tell(Told::Changed {
            what: what.to_owned(),
            line: line.map(|line| line.to_string()),
            id,
            about: about(&fact.event),
        });
    }
}

/// The stop call or notice that a fact concerns: itself, or the one that it speaks of.
fn about(event: &Event) -> Option<EntryRef> {
    match event {
        Event::MessageSent { entry, content, .. }
        | Event::MessageReceived { entry, content, .. } => {
            let subject = content.slots().and_then(Slots::subject);
            Some(subject.map_or(*entry, |of| of.entry(entry.log.line, entry.log.side)))
        }
        Event::ConflictFound { pair, .. } => Some(pair.ours),
        Event::CalledForElement { call, .. } => Some(*call),
        _other => None,
    }
}
