//! What a node knows: a fold over its journal, at any past time.

use crate::code::Desk;
use crate::conflict::{Found, Pair};
use crate::downstream::Units;
use crate::element::Elements;
use crate::event::{Actor, AlarmCause, Event, Fact, StopOfMain};
use crate::export::{Export, Exports, Stage};
use crate::hotline::Hotline;
use crate::ids::{LineId, NoticeId, OfficerId, SounderId};
use crate::incident::Incidents;
use crate::line::{EntryRef, Side};
use crate::message::Content;
use crate::notice::{Draft, Notice};
use crate::stop::StopCall;
use crate::units::Timestamp;
use crate::watch::{OnWatch, Watchkeeping};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

mod alarms;
mod conflicts;
mod elements;
mod halt;
mod incidents;
mod lines;
mod notices;
mod said;
mod stops;
mod watch;

pub use alarms::StandingAlarm;
pub use halt::Halt;
pub use lines::{Check, LineView};
pub use stops::MAX_FOLDED;

/// What this node knows of lines, calls, notices, desks and alarms. Whole and equal on every replay.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    pub lines: BTreeMap<LineId, LineView>,
    pub calls: BTreeMap<EntryRef, StopCall>,
    pub notices: BTreeMap<EntryRef, Notice>,
    pub drafts: BTreeMap<NoticeId, Draft>,
    pub watch: BTreeMap<Desk, BTreeSet<OfficerId>>,
    pub sounders: BTreeMap<Desk, BTreeSet<SounderId>>,
    pub alarms: BTreeMap<AlarmCause, StandingAlarm>,
    pub main_stopped: Option<StopOfMain>,
    /// The release rules that decide; none before the first were put in force.
    pub rules: Option<RulesView>,
    /// Notices that came to us and have no answer yet, by line, desk and when the answer is due.
    unanswered: BTreeSet<(LineId, Desk, Timestamp, EntryRef)>,
    /// When the windows of those end: then no answer is owed.
    ending: BTreeSet<(Timestamp, EntryRef)>,
    /// Alarms that a person has acknowledged, and when: they are not raised again for the same occasion.
    pub(crate) acknowledged: BTreeMap<AlarmCause, Timestamp>,
    /// What we had said about entries of the peer, fetched back before those were: by what it speaks of.
    aside: BTreeMap<EntryRef, Vec<Fact>>,
    conflicts: BTreeMap<Pair, Found>,
    /// Lines and desks with a conflict at which nobody has looked.
    unseen_conflicts: BTreeSet<(LineId, Desk)>,
    /// The units below our desks.
    pub units: Units,
    /// When what is over leaves the view.
    leaving: BTreeSet<(Timestamp, EntryRef)>,
    /// Those whom this party speaks for, and what they have consented to.
    pub elements: Elements,
    /// What officers asked to take out of this node.
    pub exports: Exports,
    /// What was said on each line in phrases, and what became of it.
    pub hotline: Hotline,
    /// What was claimed and warned of on each line, and what either side said of that.
    pub incidents: Incidents,
    /// How officers came to their watches, who is due, how often alarms begin, orders over a shoulder.
    pub watchkeeping: Watchkeeping,
}

/// A set of release rules, as the record has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RulesView {
    pub version: u32,
    pub since: Timestamp,
    pub rules: Arc<str>,
    pub metadata: Arc<str>,
}

impl State {
    /// Folds in a fact that is already decided. Never fails.
    pub fn apply(&mut self, fact: &Fact) {
        self.clear_view(fact.at);
        self.element_fact(fact);
        match &fact.event {
            Event::ArrangementInForce {
                line,
                name,
                peer,
                arrangement,
                ..
            } => {
                self.put_in_force(fact.at, *line, *name, *peer, arrangement);
            }
            Event::MessageSent {
                entry,
                header,
                content,
                notice,
                ..
            } => {
                self.said(fact, *entry, header, content, *notice, None);
            }
            Event::MessageReceived {
                entry,
                header,
                content,
                arrived,
                refused,
                ..
            } => match refused {
                None if self.is_ahead(*entry, header, content) => self.put_aside(fact, content),
                None => self.said(fact, *entry, header, content, None, Some(arrived.at())),
                Some(reason) => self.refused_here(fact.at, *entry, header, content, *reason),
            },
            Event::Delivered {
                log,
                head,
                cosigned_at,
            } => self.delivered(*log, head.size, *cosigned_at),
            Event::LinkChanged { line, link } => {
                if let Some(view) = self.lines.get_mut(line) {
                    view.link = *link;
                    view.link_since = fact.at;
                }
            }
            Event::MainHalted { line, .. } => {
                if let Some(view) = self.lines.get_mut(line) {
                    view.halt.get_or_insert_default();
                }
            }
            Event::EpochOpened {
                line,
                side,
                epoch,
                closes,
                confirmed,
                ..
            } => {
                if *side == Side::Own {
                    self.leave_behind(*line, closes[1]);
                }
                self.epoch_opened(*line, *side, *epoch, *confirmed);
            }
            Event::EpochConfirmed {
                line, side, epoch, ..
            } => self.epoch_confirmed(*line, *side, *epoch),
            Event::ClockOffsetNoted {
                line, beyond_limit, ..
            } => {
                if let Some(view) = self.lines.get_mut(line) {
                    view.clocks_apart = *beyond_limit;
                }
                if !beyond_limit {
                    self.acknowledged
                        .remove(&AlarmCause::ClockOffset { line: *line });
                }
            }
            Event::NoticeDrafted {
                notice,
                kind,
                desk,
                content,
            } => {
                if let Content::Open(slots) = content {
                    let before = self.drafts.remove(notice);
                    if before
                        .as_ref()
                        .is_none_or(|d| d.kind != *kind || d.slots != *slots)
                    {
                        self.elements.site_changed(*notice);
                    }
                    let released = before.map_or_else(Vec::new, |d| d.released);
                    let draft = Draft {
                        kind: *kind,
                        desk: *desk,
                        slots: slots.clone(),
                        drafted_at: fact.at,
                        by: officer(fact.by),
                        released,
                    };
                    self.drafts.insert(*notice, draft);
                }
            }
            Event::NoticeDiscarded { notice } => {
                self.drafts.remove(notice);
            }
            Event::WatchTaken { desk, officer } => {
                self.watch.entry(*desk).or_default().insert(*officer);
                let on = OnWatch {
                    since: fact.at,
                    handed_over: false,
                };
                self.watchkeeping.taken(*desk, *officer, on);
            }
            Event::WatchLeft { desk, officer } => {
                if let Some(watch) = self.watch.get_mut(desk) {
                    watch.remove(officer);
                }
                self.watchkeeping.left(*desk, *officer);
            }
            Event::SounderArmed { desk, sounder } => {
                self.sounders.entry(*desk).or_default().insert(*sounder);
            }
            Event::SounderLost { desk, sounder } => {
                if let Some(sounders) = self.sounders.get_mut(desk) {
                    sounders.remove(sounder);
                }
            }
            Event::ConflictFound {
                pair,
                engine,
                witness,
            } => self.conflict_found(
                *pair,
                Found {
                    at: fact.at,
                    engine: *engine,
                    witness: *witness,
                },
            ),
            Event::AlarmRaised { alarm, desk } => self.alarm_raised(fact.at, *alarm, *desk),
            Event::AlarmClimbed { alarm, level } => {
                if let Some(standing) = self.alarms.get_mut(alarm) {
                    standing.level = standing.level.max(*level);
                    standing.silenced = None;
                }
            }
            Event::AlarmSilenced { alarm } => {
                if let Some(standing) = self.alarms.get_mut(alarm) {
                    standing.silenced = Some(fact.at);
                }
            }
            Event::AlarmEnded { alarm } => {
                self.alarms.remove(alarm);
                if let (AlarmCause::Conflict { line, desk }, Some(_)) = (*alarm, officer(fact.by)) {
                    self.conflicts_seen(line, desk);
                }
                if let (AlarmCause::WallLocked { desk }, Some(_)) = (*alarm, officer(fact.by)) {
                    self.watchkeeping.seen_locked(desk);
                }
                if officer(fact.by).is_some() && self.stays_acknowledged(*alarm) {
                    self.acknowledged.insert(*alarm, fact.at);
                }
            }
            Event::MainStopped { cause } => self.main_stopped = Some(*cause),
            Event::MainResumed => self.main_stopped = None,
            Event::RulesInForce {
                version,
                rules,
                metadata,
            } => {
                self.rules = Some(RulesView {
                    version: *version,
                    since: fact.at,
                    rules: rules.clone(),
                    metadata: metadata.clone(),
                });
            }
            Event::UnitEnrolled {
                unit,
                desk,
                described,
            } => self.units.enrol(fact.at, *unit, *desk, described.clone()),
            Event::UnitChanged {
                unit,
                desk,
                described,
            } => self.units.change(fact.at, *unit, *desk, described.clone()),
            Event::UnitStoodDown { unit } => self.units.stand_down(*unit),
            Event::UnitsConcerned { subject, units, .. } => {
                let due = self.receipt_due(*subject, fact.at);
                self.units.found(*subject, units, due);
            }
            Event::UnitReceipt {
                unit,
                subject,
                read_back,
            } => self.unit_receipt(fact, *unit, *subject, *read_back),
            Event::ExportAsked { .. }
            | Event::ExportAllowed { .. }
            | Event::ExportRefused { .. }
            | Event::ExportCarriedOut { .. } => self.export_fact(fact),
            Event::Watch(event) => self.watch_fact(fact, event),
            // Folded elsewhere (`channel::lines`), or kept for the record alone.
            Event::ManifestTaken { .. }
            | Event::Cosigned { .. }
            | Event::ReleaseDecided { .. }
            | Event::FaultNoted { .. }
            | Event::Restored { .. }
            | Event::OpeningDestroyed { .. } => {}
            // Folded by `element_fact`.
            Event::ElementEnrolled { .. }
            | Event::ElementConsent { .. }
            | Event::SiteConsent { .. }
            | Event::CalledForElement { .. }
            | Event::ElementUnenrolled { .. } => {}
        }
    }

    fn export_fact(&mut self, fact: &Fact) {
        // Only officers do these.
        let Some(by) = officer(fact.by) else {
            return;
        };
        match &fact.event {
            Event::ExportAsked {
                export,
                line,
                sites,
                why,
            } => {
                let asked = Export {
                    line: *line,
                    by,
                    at: fact.at,
                    why: why.clone(),
                    sites: *sites,
                    stage: Stage::Asked,
                };
                self.exports.asked(*export, asked);
            }
            Event::ExportAllowed { export } => self.exports.allowed(*export, by, fact.at),
            Event::ExportRefused { export, why } => {
                self.exports.refused(*export, *why, by, fact.at);
            }
            Event::ExportCarriedOut { export, sites, .. } => {
                self.exports.carried_out(*export, *sites, fact.at);
            }
            _other => {}
        }
    }

    /// What is long over leaves the view, so that a node that runs for years stays small. The journal keeps it.
    fn clear_view(&mut self, now: Timestamp) {
        self.watchkeeping.clear(now);
        while let Some(&(until, entry)) = self.ending.first() {
            if until >= now {
                break;
            }
            self.ending.pop_first();
            self.needs_no_answer(entry);
        }
        while let Some(&(at, entry)) = self.leaving.first() {
            if at > now {
                break;
            }
            self.leaving.pop_first();
            // It may have been extended since: then its own time is later.
            if self
                .notices
                .get(&entry)
                .is_some_and(|n| n.leaves_view().is_some_and(|leaves| leaves <= now))
            {
                self.needs_no_answer(entry);
                self.forget_conflicts(entry);
                let left = self.notices.remove(&entry);
                self.units.forget(entry);
                if let Some(withdrawn) = left.as_ref().and_then(|notice| notice.withdrawn) {
                    self.units.forget(withdrawn.entry);
                }
                let draft = left.and_then(|notice| notice.draft);
                self.clear_draft(draft, entry);
            }
            if self.calls.remove(&entry).is_some() {
                self.elements.forget_call(entry);
                self.units.forget(entry);
                self.acknowledged
                    .remove(&AlarmCause::StopEnded { call: entry });
                self.acknowledged
                    .remove(&AlarmCause::StopLimit { call: entry });
            }
        }
    }
}

fn officer(by: Actor) -> Option<OfficerId> {
    match by {
        Actor::Officer(officer) => Some(officer),
        Actor::Node | Actor::Administrator | Actor::Peer | Actor::Unit(_) => None,
    }
}
