//! What an officer of an element may ask of this node, and see of it. The one place that decides this.
//!
//! Deny by default, twice: a path that is not in [`OPEN`] is refused to them before its handler is reached, and a handler
//! that is reached shows them what [`Scope`] says is their own element's. What is not their own is to them as if it were
//! not there.

use crate::auth::{NotAllowed, Officer};
use crate::events::{AlarmTold, Told};
use crate::names;
use axum::extract::MatchedPath;
use axum::http::Method;
use axum::http::request::Parts;
use model::code::{Lane, Role};
use model::event::{Actor, AlarmCause, Event, Fact};
use model::ids::{ElementId, NoticeId};
use model::line::{EntryRef, LogRef, Side};
use model::state::State;
use model::watch::WatchEvent;
use std::collections::{BTreeMap, BTreeSet};

/// What is open to an officer of an element, and why nobody else's can be learnt there.
pub const OPEN: &[(Method, &str)] = &[
    // Themselves.
    (Method::GET, "/api/me"),
    (Method::DELETE, "/api/sessions"),
    // What was agreed with each party, and on which numbers it is reached: the same whoever is represented.
    (Method::GET, "/api/arrangements"),
    (Method::GET, "/api/fallback"),
    (Method::GET, "/tiles/{z}/{x}/{y}"),
    (Method::GET, "/maps/{map}/{z}/{x}/{y}"),
    (Method::GET, "/api/maps"),
    (Method::POST, "/api/places"),
    (Method::POST, "/api/positions"),
    // Their own: each handler asks `Scope`.
    (Method::GET, "/api/elements"),
    (Method::POST, "/api/elements/{element}/consent"),
    (Method::GET, "/api/calls"),
    (Method::POST, "/api/calls"),
    (Method::GET, "/api/calls/{entry}"),
    (Method::POST, "/api/calls/{entry}/details"),
    (Method::POST, "/api/calls/{entry}/renew"),
    (Method::POST, "/api/calls/{entry}/lift"),
    (Method::POST, "/api/calls/{entry}/error"),
    (Method::GET, "/api/drafts"),
    (Method::POST, "/api/drafts"),
    (Method::DELETE, "/api/drafts/{draft}"),
    (Method::POST, "/api/drafts/{draft}/preview"),
    (Method::POST, "/api/drafts/{draft}/consent"),
    (Method::GET, "/api/notices"),
    (Method::GET, "/api/conflicts"),
    (Method::GET, "/api/alarms"),
    (Method::GET, "/api/events"),
    (Method::GET, "/api/export/{format}"),
    (Method::POST, "/api/import/{format}"),
    (Method::GET, "/api/state"),
    (Method::GET, "/api/entries/{entry}"),
    (Method::GET, "/api/entries/{entry}/proof"),
];

/// Whether `officer` may ask for that at all.
///
/// # Errors
/// Why not.
pub fn may_ask(parts: &Parts, officer: &Officer) -> Result<(), NotAllowed> {
    match Scope::of(officer) {
        Scope::Party => Ok(()),
        Scope::Nothing => Err(NotAllowed::NoElement),
        Scope::Element(_) => {
            let path = parts.extensions.get::<MatchedPath>();
            let is_open = path.is_some_and(|path| {
                OPEN.iter()
                    .any(|(method, open)| *method == parts.method && *open == path.as_str())
            });
            is_open.then_some(()).ok_or(NotAllowed::ForElement)
        }
    }
}

/// What of this node's somebody sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// All that the party's officers see.
    Party,
    /// What is this element's.
    Element(ElementId),
    /// An account that is to speak for an element, and names none.
    Nothing,
}

impl Scope {
    pub const fn of(officer: &Officer) -> Self {
        match (officer.role, officer.element) {
            (_, Some(element)) => Scope::Element(element),
            (Role::Represented, None) => Scope::Nothing,
            (_of_the_desk, None) => Scope::Party,
        }
    }

    /// The element that they speak for.
    pub const fn element(self) -> Option<ElementId> {
        match self {
            Scope::Element(element) => Some(element),
            Scope::Party | Scope::Nothing => None,
        }
    }

    fn sees(self, of: impl FnOnce() -> Option<ElementId>) -> bool {
        match self {
            Scope::Party => true,
            Scope::Element(element) => of() == Some(element),
            Scope::Nothing => false,
        }
    }

    pub fn call(self, state: &State, call: EntryRef) -> bool {
        self.sees(|| state.element_of_call(call))
    }

    pub fn notice(self, state: &State, notice: EntryRef) -> bool {
        self.sees(|| state.element_of_notice(notice))
    }

    pub fn draft(self, state: &State, draft: NoticeId) -> bool {
        self.sees(|| state.element_of_draft(draft))
    }

    pub fn is_element(self, element: ElementId) -> bool {
        self.sees(|| Some(element))
    }

    /// An entry of a line: a stop call or notice of theirs.
    pub fn entry(self, state: &State, entry: EntryRef) -> bool {
        self.call(state, entry) || self.notice(state, entry)
    }

    /// Alarms of their own stop calls; and what is wrong with the node or the line that their next call would take.
    pub fn alarm(self, state: &State, cause: &AlarmCause) -> bool {
        match cause {
            AlarmCause::StopNotDelivered { call }
            | AlarmCause::StopObligationMissed { call, .. }
            | AlarmCause::StopEnded { call }
            | AlarmCause::StopLimit { call } => self.call(state, *call),
            AlarmCause::LinkDown { .. } | AlarmCause::CannotSend => self != Scope::Nothing,
            AlarmCause::StopCall { .. }
            | AlarmCause::StopAnswerDue { .. }
            | AlarmCause::ClockOffset { .. }
            | AlarmCause::MainHalted { .. }
            | AlarmCause::NoSounder { .. }
            | AlarmCause::AnswerDue { .. }
            | AlarmCause::LineCheckDue { .. }
            | AlarmCause::Conflict { .. }
            | AlarmCause::ElementCalled { .. }
            | AlarmCause::ConsentWithdrawn { .. }
            | AlarmCause::UnitsSilent { .. }
            | AlarmCause::WallLocked { .. }
            | AlarmCause::WatchTooFew { .. }
            | AlarmCause::PhraseWaits { .. }
            | AlarmCause::ClaimToRead { .. }
            | AlarmCause::ClaimAnswerDue { .. }
            | AlarmCause::WarningToAcknowledge { .. } => self == Scope::Party,
        }
    }

    /// What of the journal they see. Whom this party represents see nothing of it: its numbers alone tell how much others say.
    pub const fn record(self) -> bool {
        match self {
            Scope::Party => true,
            Scope::Element(_) | Scope::Nothing => false,
        }
    }

    /// As [`Scope::alarm`], of alarms as they are told.
    pub fn alarms(self, state: &State, told: Vec<AlarmTold>) -> Vec<AlarmTold> {
        let seen = told
            .into_iter()
            .filter(|told| self.is_alarm_seen(state, &told.alarm));
        seen.collect()
    }

    fn is_alarm_seen(self, state: &State, alarm: &str) -> bool {
        match names::parse_alarm(alarm) {
            Ok(cause) => self.alarm(state, &cause),
            Err(_no_name) => self == Scope::Party,
        }
    }
}

/// Whether they see the units below the party's desks, in the lists and in the record: the party's own officers do, whatever
/// their desk, for who is silent concerns them all. An interpreter does not, who passes on words and needs no unit for that.
///
/// # Errors
/// Why not.
pub fn sees_units(officer: &Officer) -> Result<(), NotAllowed> {
    match (Scope::of(officer), officer.role) {
        (Scope::Element(_) | Scope::Nothing, _) => Err(NotAllowed::OtherRight),
        (Scope::Party, Role::Interpreter) => Err(NotAllowed::Interpreter),
        (Scope::Party, _speaks) => Ok(()),
    }
}

/// Whether a fact tells of a unit: its name, number, area, what concerns it, or that it has something.
pub fn tells_of_units(fact: &Fact) -> bool {
    let is_of_unit = match &fact.event {
        Event::UnitEnrolled { .. }
        | Event::UnitChanged { .. }
        | Event::UnitStoodDown { .. }
        | Event::UnitsConcerned { .. }
        | Event::UnitReceipt { .. } => true,
        Event::AlarmRaised { alarm, .. }
        | Event::AlarmClimbed { alarm, .. }
        | Event::AlarmSilenced { alarm }
        | Event::AlarmEnded { alarm } => matches!(alarm, AlarmCause::UnitsSilent { .. }),
        Event::ArrangementInForce { .. }
        | Event::ManifestTaken { .. }
        | Event::EpochOpened { .. }
        | Event::EpochConfirmed { .. }
        | Event::MessageSent { .. }
        | Event::MessageReceived { .. }
        | Event::Delivered { .. }
        | Event::Cosigned { .. }
        | Event::RulesInForce { .. }
        | Event::ReleaseDecided { .. }
        | Event::LinkChanged { .. }
        | Event::FaultNoted { .. }
        | Event::MainHalted { .. }
        | Event::ClockOffsetNoted { .. }
        | Event::NoticeDrafted { .. }
        | Event::NoticeDiscarded { .. }
        | Event::ConflictFound { .. }
        | Event::WatchTaken { .. }
        | Event::WatchLeft { .. }
        | Event::SounderArmed { .. }
        | Event::SounderLost { .. }
        | Event::MainStopped { .. }
        | Event::MainResumed
        | Event::Restored { .. }
        | Event::OpeningDestroyed { .. }
        | Event::ElementEnrolled { .. }
        | Event::ElementUnenrolled { .. }
        | Event::ElementConsent { .. }
        | Event::SiteConsent { .. }
        | Event::CalledForElement { .. }
        | Event::ExportAsked { .. }
        | Event::ExportAllowed { .. }
        | Event::ExportRefused { .. }
        | Event::ExportCarriedOut { .. } => false,
        // What was handed over names the units that were silent.
        Event::Watch(event) => matches!(
            event,
            WatchEvent::HandedOver { .. } | WatchEvent::TakenUnread { .. }
        ),
    };
    is_of_unit || matches!(fact.by, Actor::Unit(_))
}

/// What one listener of an element was told: what ends is told to whoever was told that it began.
#[derive(Debug, Default)]
pub struct Heard {
    alarms: BTreeSet<String>,
    drafts: BTreeSet<String>,
    /// How far the other party's receipts had come.
    delivered: BTreeMap<LogRef, u64>,
}

impl Heard {
    /// What stands when listening begins.
    pub fn new(state: &State, element: ElementId) -> Self {
        let scope = Scope::Element(element);
        let mut heard = Self::default();
        for draft in state.drafts.keys() {
            if scope.draft(state, *draft) {
                heard.drafts.insert(draft.to_string());
            }
        }
        let calls = state.calls.values().filter(|call| call.delivered.is_some());
        let notices = state.notices.values();
        let notices = notices.filter(|notice| notice.receipts.delivered.is_some());
        let entries = calls.map(|call| call.entry);
        for entry in entries.chain(notices.map(|notice| notice.entry)) {
            let size = heard.delivered.entry(entry.log).or_default();
            *size = entry.index.saturating_add(1).max(*size);
        }
        heard
    }

    /// What of `told` an officer of `element` is told; `None`: nothing.
    pub fn told(&mut self, state: &State, element: ElementId, told: &Told) -> Option<Told> {
        let scope = Scope::Element(element);
        match told {
            Told::Ready | Told::Here | Told::StartOver => Some(told.clone()),
            Told::Alarm(alarm) => {
                let is_seen = scope.is_alarm_seen(state, &alarm.alarm);
                is_seen.then(|| {
                    self.alarms.insert(alarm.alarm.clone());
                    told.clone()
                })
            }
            Told::AlarmEnded { alarm } => self.alarms.remove(alarm).then(|| told.clone()),
            Told::AlarmSilenced { alarm } => self.alarms.contains(alarm).then(|| told.clone()),
            Told::Changed {
                what,
                line,
                id,
                about,
            } => {
                let id = match (what.as_str(), about, id) {
                    ("delivered", _, Some(head)) => {
                        self.is_delivered(state, scope, head)?;
                        None
                    }
                    // What was said about a call or notice of theirs; not where it stands in the log.
                    (_, Some(about), _) if scope.entry(state, *about) => Some(names::entry(*about)),
                    ("draft" | "site-consent", None, Some(draft)) => {
                        Some(self.draft(state, scope, draft)?)
                    }
                    ("element", None, Some(of)) if *of == element.to_string() => Some(of.clone()),
                    ("link" | "arrangement" | "main-stopped" | "main-resumed", None, _) => None,
                    _not_theirs => return None,
                };
                Some(Told::Changed {
                    what: what.clone(),
                    line: line.clone(),
                    id,
                    about: about.filter(|about| scope.entry(state, *about)),
                })
            }
        }
    }

    fn draft(&mut self, state: &State, scope: Scope, id: &str) -> Option<String> {
        let draft: NoticeId = id.parse().ok()?;
        match scope.draft(state, draft) {
            true => {
                self.drafts.insert(id.to_owned());
                Some(id.to_owned())
            }
            // Thrown away, or gone.
            false => self.drafts.remove(id).then(|| id.to_owned()),
        }
    }

    /// Whether a call or notice of theirs is among what the other party signed for since the last time.
    fn is_delivered(&mut self, state: &State, scope: Scope, head: &str) -> Option<()> {
        let (log, size) = head.rsplit_once('.')?;
        let (log, size) = (names::parse_log(log).ok()?, size.parse::<u64>().ok()?);
        let before = self.delivered.insert(log, size).unwrap_or_default();
        let first = EntryRef { log, index: before };
        let end = EntryRef { log, index: size };
        if log.side == Side::Peer || before >= size {
            return None;
        }
        let is_theirs = match log.lane {
            Lane::Stop => (state.calls.range(first..end)).any(|(call, _)| scope.call(state, *call)),
            Lane::Main => {
                (state.notices.range(first..end)).any(|(notice, _)| scope.notice(state, *notice))
            }
        };
        is_theirs.then_some(())
    }
}
