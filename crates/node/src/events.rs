//! What screens and bells are told as it happens. Events carry opaque names and codes, never a position.

use crate::directory::Directory;
use crate::names;
use channel::effect::Alarm;
use model::event::AlarmCause;
use model::ids::{LineId, PartyId};
use model::line::EntryRef;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use tokio::sync::broadcast;
use utoipa::ToSchema;

/// Events that a slow listener may be behind before it is told to start over.
pub const MAX_BEHIND: usize = 1_024;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum Told {
    /// An alarm began, climbed or sounds again.
    Alarm(AlarmTold),
    AlarmEnded {
        alarm: String,
    },
    /// Its tone is off, on every screen and bell, until it climbs or begins again. It is not accepted.
    AlarmSilenced {
        alarm: String,
    },
    /// All alarms that stand were told; from here on it is as it happens.
    Ready,
    /// Said to whatever a listener says: the connection works both ways. A page cannot see what lies below it.
    Here,
    /// The listener fell behind: connect again.
    StartOver,
    /// Something changed: read it again. `what` is the kind of fact, `id` names the fact.
    Changed {
        what: String,
        line: Option<String>,
        id: Option<String>,
        /// The stop call or notice that it concerns: itself, or the one that it speaks of.
        #[serde(default, with = "names::entry_or_none")]
        about: Option<EntryRef>,
    },
}

/// An alarm, as screens, bells and the command line are told of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AlarmTold {
    /// Names the alarm when it is silenced or acknowledged.
    pub alarm: String,
    pub kind: String,
    pub line: Option<String>,
    /// What the line is called here.
    #[serde(default)]
    pub line_name: Option<String>,
    /// Who is at its other end.
    #[serde(default)]
    pub party: Option<String>,
    /// The call or notice it is about.
    pub entry: Option<String>,
    pub desk: String,
    pub level: String,
    /// Unix milliseconds.
    pub at: i64,
    /// Unix milliseconds on this node's clock when it was handed to the listeners.
    pub told_at: i64,
    pub count: u32,
    pub recorded: bool,
    pub priority_one: bool,
    /// Somebody turned its tone off.
    pub silenced: bool,
    /// Of a stop call: this node itself doubts the place that was given. `/api/calls` says why; ask for it again.
    #[serde(default)]
    pub place_in_doubt: bool,
    /// Where a telephone is what helps: on which numbers the other party's desk is reached.
    #[serde(default)]
    pub telephone: Vec<String>,
}

/// What [`AlarmCause::CannotSend`] is called while stop calls still go.
pub const NOTICES_STOPPED: &str = "notices-stopped";

impl AlarmTold {
    /// As the node whose party is `own` tells it.
    pub fn of(alarm: &Alarm, own: PartyId, directory: &Directory) -> Self {
        let line = alarm.line.and_then(|line| directory.get(line));
        // It is in the journal only where that still takes it: a full disk has room for stop calls, a failed one for nothing.
        let only_notices = alarm.cause == AlarmCause::CannotSend && alarm.recorded;
        let telephone = match (helps_to_telephone(&alarm.cause), &line) {
            (false, _) => Vec::new(),
            (true, Some(line)) => line.telephone(own, alarm.desk),
            (true, None) => directory.all_numbers(own),
        };
        Self {
            alarm: crate::names::alarm(&alarm.cause),
            kind: match only_notices {
                true => NOTICES_STOPPED.to_owned(),
                false => kind_of(&alarm.cause).to_owned(),
            },
            line: alarm.line.map(|line| line.to_string()),
            line_name: line.as_ref().map(|line| line.name.to_string()),
            party: line
                .as_ref()
                .and_then(|line| line.peer(own))
                .map(|party| party.to_string()),
            entry: alarm.cause.call().map(crate::names::entry),
            desk: alarm.desk.to_string(),
            level: alarm.level.to_string(),
            at: alarm.at.as_unix_ms(),
            told_at: crate::clock::now().as_unix_ms(),
            count: alarm.count,
            recorded: alarm.recorded,
            priority_one: alarm.cause.is_priority_one() && !only_notices,
            silenced: alarm.silenced,
            place_in_doubt: alarm.place_in_doubt,
            telephone,
        }
    }

    /// Whether it is for every desk, whichever it names.
    pub fn is_for_all(&self) -> bool {
        self.kind == "cannot-send" || self.kind == NOTICES_STOPPED
    }

    /// See [`AlarmCause::sounds_on_all_of`].
    pub fn sounds_on_all_of(&self) -> Option<LineId> {
        crate::names::parse_alarm(&self.alarm)
            .ok()?
            .sounds_on_all_of()
    }
}

/// Whether what is wrong is mended by telephone: the line did not carry it, or they did not do it.
const fn helps_to_telephone(cause: &AlarmCause) -> bool {
    match cause {
        AlarmCause::StopNotDelivered { .. }
        | AlarmCause::StopObligationMissed { .. }
        | AlarmCause::StopEnded { .. }
        | AlarmCause::LinkDown { .. }
        | AlarmCause::MainHalted { .. }
        | AlarmCause::LineCheckDue { .. }
        | AlarmCause::CannotSend => true,
        AlarmCause::StopCall { .. }
        | AlarmCause::StopAnswerDue { .. }
        | AlarmCause::StopLimit { .. }
        | AlarmCause::ClockOffset { .. }
        | AlarmCause::NoSounder { .. }
        | AlarmCause::AnswerDue { .. }
        | AlarmCause::Conflict { .. }
        | AlarmCause::ElementCalled { .. }
        | AlarmCause::ConsentWithdrawn { .. }
        | AlarmCause::UnitsSilent { .. }
        | AlarmCause::WallLocked { .. }
        | AlarmCause::WatchTooFew { .. }
        | AlarmCause::PhraseWaits { .. }
        | AlarmCause::ClaimToRead { .. }
        | AlarmCause::ClaimAnswerDue { .. }
        | AlarmCause::WarningToAcknowledge { .. } => false,
    }
}

/// The alarm's kind, in one word.
pub const fn kind_of(cause: &AlarmCause) -> &'static str {
    match cause {
        AlarmCause::StopCall { .. } => "stop-call",
        AlarmCause::StopNotDelivered { .. } => "stop-not-delivered",
        AlarmCause::StopObligationMissed { .. } => "stop-obligation-missed",
        AlarmCause::StopAnswerDue { .. } => "stop-answer-due",
        AlarmCause::StopEnded { .. } => "stop-ended",
        AlarmCause::StopLimit { .. } => "stop-limit",
        AlarmCause::LinkDown { .. } => "link-down",
        AlarmCause::ClockOffset { .. } => "clock-offset",
        AlarmCause::MainHalted { .. } => "main-halted",
        AlarmCause::NoSounder { .. } => "no-sounder",
        AlarmCause::AnswerDue { .. } => "answer-due",
        AlarmCause::LineCheckDue { .. } => "line-check-due",
        AlarmCause::Conflict { .. } => "conflict",
        AlarmCause::CannotSend => "cannot-send",
        AlarmCause::ElementCalled { .. } => "element-called",
        AlarmCause::ConsentWithdrawn { .. } => "consent-withdrawn",
        AlarmCause::UnitsSilent { .. } => "units-silent",
        AlarmCause::WallLocked { .. } => "wall-locked",
        AlarmCause::WatchTooFew { .. } => "watch-too-few",
        AlarmCause::PhraseWaits { .. } => "phrase-waits",
        AlarmCause::ClaimToRead { .. } => "claim-to-read",
        AlarmCause::ClaimAnswerDue { .. } => "claim-answer-due",
        AlarmCause::WarningToAcknowledge { .. } => "warning-to-acknowledge",
    }
}

/// Tells every listener, and waits for none.
#[derive(Clone, Debug)]
pub struct Events(broadcast::Sender<Arc<Told>>);

impl Default for Events {
    fn default() -> Self {
        Self(broadcast::channel(MAX_BEHIND).0)
    }
}

impl Events {
    pub fn tell(&self, told: Told) {
        // Nobody listening is no failure: what is told is in the journal, or in the alarms that stand.
        let _ = self.0.send(Arc::new(told));
    }

    pub fn listen(&self) -> broadcast::Receiver<Arc<Told>> {
        self.0.subscribe()
    }

    pub fn listeners(&self) -> usize {
        self.0.receiver_count()
    }
}
