//! What is open at a desk, and what is folded of its watch.

use super::State;
use crate::code::Desk;
use crate::event::{AlarmCause, Fact};
use crate::export::ExportState;
use crate::ids::LineId;
use crate::line::Side;
use crate::units::Timestamp;
use crate::watch::{DirectedAct, Locked, MAX_HANDED, OnWatch, Open, OpenItem, WatchEvent};
use std::collections::BTreeMap;

impl Open {
    fn add(&mut self, item: OpenItem, due: Option<Timestamp>) {
        match self.items.len() < MAX_HANDED {
            true => self.items.push((item, due)),
            false => self.left_out = self.left_out.saturating_add(1),
        }
    }
}

impl State {
    /// What whoever takes the watch of `desk` must know of: what is most urgent in front.
    pub fn open_at(&self, desk: Desk, now: Timestamp) -> Open {
        let mut open = Open::default();
        for call in self.calls.values().filter(|call| call.desk == desk) {
            let Some(arrangement) = self.arrangement(call.entry.log.line) else {
                continue;
            };
            if !call.is_over(&arrangement.stop, now) {
                let owed = call.owed(&arrangement.stop, now);
                open.add(OpenItem::Call(call.entry), owed.map(|(_, at)| at));
            }
        }
        for (alarm, standing) in &self.alarms {
            let is_of_line = || {
                let line = alarm.sounds_on_all_of();
                let arrangement = line.and_then(|line| self.arrangement(line));
                arrangement.is_some_and(|arrangement| arrangement.desks.contains(&desk))
            };
            if standing.desk == desk || is_of_line() {
                open.add(OpenItem::Alarm(*alarm), None);
            }
        }
        for (_, of, due, entry) in &self.unanswered {
            if *of == desk {
                open.add(OpenItem::Notice(*entry), Some(*due));
            }
        }
        let is_ours = |entry| self.notices.get(&entry).is_some_and(|n| n.desk == desk);
        for (pair, _) in self.conflicts(now).filter(|(pair, _)| is_ours(pair.ours)) {
            open.add(OpenItem::Conflict(pair), None);
        }
        for (line, view) in self.lines_of(desk) {
            let waits = view.checks.iter().filter(|(entry, check)| {
                entry.log.side == Side::Peer && check.desk == desk && check.answered.is_none()
            });
            for (entry, check) in waits {
                let due = check
                    .sent_at
                    .saturating_add(view.arrangement.deadlines.line_check);
                open.add(OpenItem::Check(*entry), Some(due));
            }
            if let Some(due) = self.check_due(line, now) {
                open.add(OpenItem::CheckDue(line), Some(due));
            }
        }
        for (id, export) in self.exports.iter() {
            let of = self
                .arrangement(export.line)
                .and_then(|of| of.desk_for_elements());
            let waits = matches!(export.state(now), ExportState::Asked | ExportState::Allowed);
            if of == Some(desk) && waits {
                open.add(OpenItem::Export(id), export.lapses());
            }
        }
        self.silent_at(desk, now, &mut open);
        let plans = self.drafts.iter();
        for (id, _) in plans.filter(|(_, draft)| draft.desk == desk && draft.released.is_empty()) {
            open.add(OpenItem::Draft(*id), None);
        }
        open
    }

    fn silent_at(&self, desk: Desk, now: Timestamp, open: &mut Open) {
        for subject in self.units.subjects() {
            let is_asked = match self.notices.get(&subject) {
                Some(notice) => notice.is_live(now),
                None => (self.pause(subject, now)).is_some_and(|pause| pause.over.is_none()),
            };
            if !is_asked {
                continue;
            }
            for (unit, due) in self.units.concerned(subject) {
                let of_desk = self.units.get(unit).is_some_and(|of| of.desk == desk);
                if of_desk && self.units.receipt(subject, unit).is_none() {
                    open.add(OpenItem::Silent { subject, unit }, Some(due));
                }
            }
        }
    }

    /// How many officers the arrangements ask for on the watch of `desk`; 0 where none does.
    pub fn asked_on_watch(&self, desk: Desk) -> u8 {
        let lines = self.lines_of(desk);
        let asked = lines.filter_map(|(_, view)| view.arrangement.watch_officers);
        asked.max().unwrap_or_default()
    }

    /// Desks with too few on watch, and wall pages at which wrong PINs were tried.
    pub(crate) fn watches_due(&self, wanted: &mut BTreeMap<AlarmCause, Desk>) {
        for desk in self.desks() {
            let on = self.watch.get(&desk).map_or(0, |on| on.len());
            if on < usize::from(self.asked_on_watch(desk)) {
                wanted.insert(AlarmCause::WatchTooFew { desk }, desk);
            }
        }
        for (desk, _) in self.watchkeeping.locked() {
            wanted.insert(AlarmCause::WallLocked { desk }, desk);
        }
    }

    /// By when the scheduled check of `line` is due that people have not made; `None`: it is made, or none is.
    pub fn check_due(&self, line: LineId, now: Timestamp) -> Option<Timestamp> {
        let view = self.lines.get(&line)?;
        let (last, _) = self.checks_of(line, now);
        let scheduled = last.filter(|at| *at >= view.in_force_since)?;
        let is_open = view.last_check.is_none_or(|at| at < scheduled);
        is_open.then(|| scheduled.saturating_add(view.arrangement.deadlines.line_check))
    }

    pub(super) fn watch_fact(&mut self, fact: &Fact, event: &WatchEvent) {
        let at = fact.at;
        match event {
            WatchEvent::HandedOver { desk, from, to, .. } => {
                let watch = self.watch.entry(*desk).or_default();
                watch.insert(*to);
                if let Some(from) = from {
                    watch.remove(from);
                    self.watchkeeping.left(*desk, *from);
                }
                let on = OnWatch {
                    since: at,
                    handed_over: true,
                };
                self.watchkeeping.taken(*desk, *to, on);
            }
            // That it was taken is a fact of its own.
            WatchEvent::TakenUnread { .. } => {}
            WatchEvent::Rostered(duty) => self.watchkeeping.rostered(*duty),
            WatchEvent::DutyCancelled {
                desk,
                officer,
                from,
            } => self.watchkeeping.cancelled(*desk, *officer, *from),
            WatchEvent::Directed { acts, order } => {
                if let Some(officer) = super::officer(fact.by) {
                    self.watchkeeping.did_on_order(DirectedAct {
                        at,
                        officer,
                        acts: *acts,
                        order: order.clone(),
                    });
                }
            }
            WatchEvent::WallLocked {
                desk,
                wall,
                officer,
            } => {
                let locked = Locked {
                    at,
                    wall: *wall,
                    officer: *officer,
                };
                self.watchkeeping.lock(*desk, locked);
            }
        }
    }
}
