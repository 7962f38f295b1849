//! What falls due with time: alarms that must begin, climb or end. Worked out from the state alone.

use crate::arrangement::StopTerms;
use crate::code::{Desk, Level, Marker};
use crate::event::{AlarmCause, Event, StopStage};
use crate::ids::LineId;
use crate::incident::Waits;
use crate::line::{LinkState, Side};
use crate::state::{LineView, State};
use crate::stop::StopCall;
use crate::units::{Millis, Timestamp};
use std::collections::BTreeMap;

/// A stop call that nobody has accepted sounds again so long after its tone was turned off.
const SILENT_FOR: Millis = Millis::from_seconds(60);
/// How long the end of a pause is announced beforehand, at most: a quarter of the limit if that is less.
const LIMIT_WARNING: Millis = Millis::from_seconds(120);
/// A link that is down for less is not yet an alarm (docs/line-protocol.md, "Heartbeat").
const LINK_DOWN_FOR: Millis = Millis::from_seconds(30);
/// A link must have been up for this long before its alarm ends: a flapping link is one alarm.
const LINK_UP_FOR: Millis = Millis::from_seconds(60);
/// A clock may be set back by less without anything being due for it.
const CLOCK_SLIP: Millis = Millis::from_seconds(1);
/// How long a phrase may wait to be seen before it sounds; a warning does not wait. As emergency calls are to be answered
/// (NENA: nine of ten within 15 s).
const PHRASE_SEEN_WITHIN: Millis = Millis::from_seconds(15);
const DAY: i64 = 24 * 3_600_000;

/// How often the clock was set back since the node came up, and from where to where: so that what was begun before is not
/// waited for a second time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SetBacks(Vec<SetBack>);

/// Times before `to` were given by a clock that has since lost `by`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct SetBack {
    to: Timestamp,
    by: Millis,
}

/// Of more, the oldest is forgotten: then a span is waited for longer.
const MAX_SET_BACKS: usize = 16;

impl SetBacks {
    /// The clock said `before`, and now says `after`, which is less.
    pub fn note(&mut self, before: Timestamp, after: Timestamp) {
        let mut by = before.since(after);
        // Set back beyond an earlier time: what was begun between those two may be of either clock, and is not corrected.
        while let Some(later) = self.0.pop_if(|earlier| earlier.to > after) {
            by = by.saturating_add(later.by);
        }
        if self.0.len() == MAX_SET_BACKS {
            self.0.remove(0);
        }
        self.0.push(SetBack { to: after, by });
    }

    /// What the clock has lost since it said `from`.
    fn since(&self, from: Timestamp) -> Millis {
        let since = self.0.iter().filter(|set_back| from < set_back.to);
        since.fold(Millis::ZERO, |sum, set_back| {
            sum.saturating_add(set_back.by)
        })
    }
}

/// What is due now, and when to look again.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Due {
    pub events: Vec<Event>,
    pub next: Option<Timestamp>,
    set_backs: SetBacks,
}

impl Due {
    /// Whether `at` has come; if not, it is when to look again at the latest.
    fn come(&mut self, at: Timestamp, now: Timestamp) -> bool {
        if at <= now {
            return true;
        }
        self.next = Some(self.next.map_or(at, |next| next.min(at)));
        false
    }

    /// Whether `span` has passed since `from`, a time that this node's own clock gave. Where that lies ahead of us the
    /// clock was set back since, and nobody can tell how much has passed: then enough has.
    fn passed(&mut self, from: Timestamp, span: Millis, now: Timestamp) -> bool {
        let at = earlier(from.saturating_add(span), self.set_backs.since(from));
        from > now.saturating_add(CLOCK_SLIP) || self.come(at, now)
    }
}

impl State {
    /// The alarms that must begin, climb or end at `now`, by a clock that was never set back.
    pub fn due(&self, now: Timestamp) -> Due {
        self.due_after(now, SetBacks::default())
    }

    /// As [`State::due`], by a clock that was.
    pub fn due_after(&self, now: Timestamp, set_backs: SetBacks) -> Due {
        let mut due = Due {
            set_backs,
            ..Due::default()
        };
        // Cause and desk of every alarm that should stand; those that stand already only need to climb or end.
        let mut wanted: BTreeMap<AlarmCause, Desk> = BTreeMap::new();
        for call in self.calls.values() {
            if let Some(view) = self.lines.get(&call.entry.log.line) {
                self.call_due(call, &view.arrangement.stop, now, &mut due, &mut wanted);
            }
        }
        for (line, view) in &self.lines {
            self.line_due(*line, view, now, &mut due, &mut wanted);
        }
        for desk in self.desks() {
            if !self.has_sounder(desk) {
                wanted.insert(AlarmCause::NoSounder { desk }, desk);
            }
        }
        self.answers_due(now, &mut due, &mut wanted);
        self.conflicts_due(now, &mut wanted);
        self.incidents_due(now, &mut due, &mut wanted);
        self.elements_due(now, &mut due, &mut wanted);
        self.watches_due(&mut wanted);
        self.phrases_due(now, &mut due, &mut wanted);
        self.silence_due(now, |at| due.come(at, now), &mut wanted);
        for (cause, desk) in &wanted {
            if !self.alarms.contains_key(cause) {
                due.events.push(Event::AlarmRaised {
                    alarm: *cause,
                    desk: *desk,
                });
            }
        }
        for (cause, _) in self
            .alarms
            .iter()
            .filter(|(cause, _)| ends_by_itself(cause))
        {
            if !wanted.contains_key(cause) {
                due.events.push(Event::AlarmEnded { alarm: *cause });
            }
        }
        due
    }

    fn call_due(
        &self,
        call: &StopCall,
        terms: &StopTerms,
        now: Timestamp,
        due: &mut Due,
        wanted: &mut BTreeMap<AlarmCause, Desk>,
    ) {
        let entry = call.entry;
        // Until they have signed for a renewal, the pause may run out there whatever is shown here.
        if let Some((_, at)) = call.renewing
            && call.lifted.is_none()
            && call.raised_in_error.is_none()
            && due.passed(at, terms.undelivered, now)
        {
            wanted.insert(AlarmCause::StopNotDelivered { call: entry }, call.desk);
        }
        if call.is_over(terms, now) {
            return;
        }
        match call.caller() {
            Side::Peer => self.incoming_due(call, terms, now, due, wanted),
            Side::Own => {
                if call.delivered.is_none() && due.passed(call.sent_at, terms.undelivered, now) {
                    wanted.insert(AlarmCause::StopNotDelivered { call: entry }, call.desk);
                }
                if let Some((stage, at)) = call.owed(terms, now)
                    && call.delivered.is_some()
                    && due.come(at, now)
                {
                    wanted.insert(
                        AlarmCause::StopObligationMissed { call: entry, stage },
                        call.desk,
                    );
                }
            }
        }
        // A peer that says it has resumed from a call that we hold has ended its pause as well, and given no reason; so has one
        // that answers otherwise than it did.
        let ended = call.ended.is_some()
            || (call.resumed.is_some() && call.lifted.is_none())
            || (call.taken_back().is_some() && call.lifted.is_none());
        if ended && call.caller() == Side::Own {
            let cause = AlarmCause::StopEnded { call: entry };
            self.once(cause, call.desk, due);
        }
        if call.accepted.is_some()
            && call.lifted.is_none()
            && call.resumed.is_none()
            && call.ended.is_none()
        {
            let until = call.owed_until(terms);
            let quarter = Millis::new(terms.limit.as_ms() / 4).unwrap_or(LIMIT_WARNING);
            let warn = earlier(until, LIMIT_WARNING.min(quarter));
            let cause = AlarmCause::StopLimit { call: entry };
            if call.is_paused() && due.come(warn, now) && !self.acknowledged.contains_key(&cause) {
                wanted.insert(cause, call.desk);
            }
            // To look again when the limit has passed, and the call is over.
            due.come(until.saturating_add(ONE_MS), now);
        }
    }

    fn incoming_due(
        &self,
        call: &StopCall,
        terms: &StopTerms,
        now: Timestamp,
        due: &mut Due,
        wanted: &mut BTreeMap<AlarmCause, Desk>,
    ) {
        let entry = call.entry;
        if call.accepted.is_none() {
            // Those folded into it sound with it.
            if call.folded_into.is_none() && call.lifted.is_none() {
                let cause = AlarmCause::StopCall { call: entry };
                wanted.insert(cause, call.desk);
                self.climb(cause, terms, now, due);
            }
            return;
        }
        if let Some((stage @ (StopStage::Answer | StopStage::Confirm), at)) = call.owed(terms, now)
            && due.come(at, now)
        {
            wanted.insert(AlarmCause::StopAnswerDue { call: entry, stage }, call.desk);
        }
    }

    /// An alarm that nobody has accepted climbs by the arrangement's numbers.
    fn climb(&self, cause: AlarmCause, terms: &StopTerms, now: Timestamp, due: &mut Due) {
        let Some(standing) = self.alarms.get(&cause) else {
            return;
        };
        let mut reached: Option<Level> = None;
        for climb in &terms.climb {
            if due.passed(standing.since, climb.after, now) {
                reached = reached.max(Some(climb.level));
            }
        }
        // Silence is no acceptance: whoever turned the tone off may have been called away.
        let again = (standing.silenced)
            .is_some_and(|silenced| due.passed(silenced, SILENT_FOR, now))
            .then_some(standing.level);
        if let Some(level) = reached.filter(|level| *level > standing.level).or(again) {
            due.events.push(Event::AlarmClimbed {
                alarm: cause,
                level,
            });
        }
    }

    fn line_due(
        &self,
        line: LineId,
        view: &LineView,
        now: Timestamp,
        due: &mut Due,
        wanted: &mut BTreeMap<AlarmCause, Desk>,
    ) {
        let Some(&desk) = view.arrangement.desks.first() else {
            return;
        };
        let cause = AlarmCause::LinkDown { line };
        match view.link {
            LinkState::Down => {
                let stands = self.alarms.contains_key(&cause);
                if stands || due.passed(view.link_since, LINK_DOWN_FOR, now) {
                    wanted.insert(cause, desk);
                }
            }
            LinkState::Up | LinkState::Degraded => {
                let stands = self.alarms.contains_key(&cause);
                if stands && !due.passed(view.link_since, LINK_UP_FOR, now) {
                    wanted.insert(cause, desk);
                }
            }
            LinkState::ByFile => {}
        }
        let known = [
            (view.halt.is_some(), AlarmCause::MainHalted { line }),
            (view.clocks_apart, AlarmCause::ClockOffset { line }),
        ];
        for (goes_on, cause) in known {
            if goes_on && !self.acknowledged.contains_key(&cause) {
                wanted.insert(cause, desk);
            }
        }
        let checked = last_scheduled(&view.arrangement.line_checks, now);
        let next = next_scheduled(&view.arrangement.line_checks, now);
        if let Some(next) = next {
            due.come(
                next.saturating_add(view.arrangement.deadlines.line_check),
                now,
            );
        }
        if let Some(scheduled) = checked.filter(|at| *at >= view.in_force_since)
            && view.last_check.is_none_or(|at| at < scheduled)
            && self
                .acknowledged
                .get(&AlarmCause::LineCheckDue { line })
                .is_none_or(|at| *at < scheduled)
            && due.come(
                scheduled.saturating_add(view.arrangement.deadlines.line_check),
                now,
            )
        {
            wanted.insert(AlarmCause::LineCheckDue { line }, desk);
        }
    }

    /// Notices that came to us and that no person has answered by the arrangement's deadline: one alarm a desk and line.
    fn answers_due(&self, now: Timestamp, due: &mut Due, wanted: &mut BTreeMap<AlarmCause, Desk>) {
        for (line, view) in &self.lines {
            for desk in &view.arrangement.desks {
                if let Some(at) = self.first_unanswered(*line, *desk)
                    && due.come(at, now)
                {
                    wanted.insert(
                        AlarmCause::AnswerDue {
                            line: *line,
                            desk: *desk,
                        },
                        *desk,
                    );
                }
            }
        }
    }

    /// Claims that nobody has been shown, or that are not answered in time, and warnings that nobody has acknowledged.
    fn incidents_due(
        &self,
        now: Timestamp,
        due: &mut Due,
        wanted: &mut BTreeMap<AlarmCause, Desk>,
    ) {
        for (&line, view) in &self.lines {
            for &desk in &view.arrangement.desks {
                let first = |how| self.incidents.first_waiting(line, desk, how);
                if first(Waits::ToRead).is_some() {
                    wanted.insert(AlarmCause::ClaimToRead { line, desk }, desk);
                }
                if first(Waits::ToAnswer).is_some_and(|at| due.come(at, now)) {
                    wanted.insert(AlarmCause::ClaimAnswerDue { line, desk }, desk);
                }
                if first(Waits::ToAcknowledge).is_some() {
                    let cause = AlarmCause::WarningToAcknowledge { line, desk };
                    wanted.insert(cause, desk);
                    self.climb(cause, &view.arrangement.stop, now, due);
                }
            }
        }
    }

    /// What elements have done that a desk must know of, or act on.
    fn elements_due(&self, now: Timestamp, due: &mut Due, wanted: &mut BTreeMap<AlarmCause, Desk>) {
        for (element, desk) in self.elements.unseen() {
            wanted.insert(AlarmCause::ElementCalled { element }, desk);
        }
        for notice in self.told_without_consent(now) {
            let (line, desk) = (notice.line(), notice.desk);
            wanted.insert(AlarmCause::ConsentWithdrawn { line, desk }, desk);
            if let Some(leaves) = notice.ends() {
                due.come(leaves.saturating_add(ONE_MS), now);
            }
        }
    }

    /// Phrases that nobody has seen, or that nobody has answered: one alarm a desk and line.
    fn phrases_due(&self, now: Timestamp, due: &mut Due, wanted: &mut BTreeMap<AlarmCause, Desk>) {
        for phrase in self.hotline.waiting() {
            let (line, desk) = (phrase.line(), phrase.desk);
            let Some(view) = self.lines.get(&line) else {
                continue;
            };
            let within = match (&phrase.displayed, phrase.marker()) {
                (Some(_), _) => view.arrangement.deadlines.read_back,
                (None, Some(Marker::Warning)) => Millis::ZERO,
                (None, _other) => PHRASE_SEEN_WITHIN,
            };
            let cause = AlarmCause::PhraseWaits { line, desk };
            // Whoever acknowledged it knew of what was due by then, and of nothing later.
            let at = phrase.since.saturating_add(within);
            let known = self.acknowledged.get(&cause);
            if known.is_some_and(|known| *known >= at) || !due.passed(phrase.since, within, now) {
                continue;
            }
            wanted.insert(cause, desk);
            // So with the tone that was turned off: what came later sounds.
            let standing = self.alarms.get(&cause);
            let raised = Event::AlarmRaised { alarm: cause, desk };
            if standing.is_some_and(|of| of.silenced.is_some_and(|silenced| silenced < at))
                && !due.events.contains(&raised)
            {
                due.events.push(raised);
            }
        }
    }

    /// The last time at or before `now`, and the next one, at which people are to check the line.
    pub fn checks_of(
        &self,
        line: LineId,
        now: Timestamp,
    ) -> (Option<Timestamp>, Option<Timestamp>) {
        self.lines.get(&line).map_or((None, None), |view| {
            let minutes = &view.arrangement.line_checks;
            (last_scheduled(minutes, now), next_scheduled(minutes, now))
        })
    }

    /// Raised once, ended by acknowledgement: never raised again for the same cause.
    fn once(&self, cause: AlarmCause, desk: Desk, due: &mut Due) {
        if !self.alarms.contains_key(&cause) && !self.acknowledged.contains_key(&cause) {
            due.events.push(Event::AlarmRaised { alarm: cause, desk });
        }
    }
}

const ONE_MS: Millis = match Millis::new(1) {
    Ok(ms) => ms,
    Err(_) => Millis::from_seconds(1),
};

/// Whether an alarm ends when its cause does.
fn ends_by_itself(cause: &AlarmCause) -> bool {
    match cause {
        AlarmCause::StopEnded { .. } | AlarmCause::CannotSend => false,
        AlarmCause::StopCall { .. }
        | AlarmCause::StopNotDelivered { .. }
        | AlarmCause::StopObligationMissed { .. }
        | AlarmCause::StopAnswerDue { .. }
        | AlarmCause::StopLimit { .. }
        | AlarmCause::LinkDown { .. }
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
        | AlarmCause::WarningToAcknowledge { .. } => true,
    }
}

fn earlier(at: Timestamp, span: Millis) -> Timestamp {
    Timestamp::from_unix_ms(at.as_unix_ms() - span.as_ms()).unwrap_or(at)
}

/// The last scheduled time at or before `now`; minutes after 00:00 UTC.
fn last_scheduled(minutes: &[u16], now: Timestamp) -> Option<Timestamp> {
    scheduled(minutes, now).filter(|at| *at <= now).max()
}

fn next_scheduled(minutes: &[u16], now: Timestamp) -> Option<Timestamp> {
    scheduled(minutes, now).filter(|at| *at > now).min()
}

/// The scheduled times of yesterday, today and tomorrow.
fn scheduled(minutes: &[u16], now: Timestamp) -> impl Iterator<Item = Timestamp> {
    let midnight = now.as_unix_ms().div_euclid(DAY) * DAY;
    [midnight - DAY, midnight, midnight + DAY]
        .into_iter()
        .flat_map(move |day| {
            minutes
                .iter()
                .filter_map(move |m| Timestamp::from_unix_ms(day + i64::from(*m) * 60_000).ok())
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_unix_ms(1_000_000_000 + seconds * 1_000).unwrap()
    }

    fn passed(set_backs: &SetBacks, from: i64, now: i64) -> bool {
        let mut due = Due {
            set_backs: set_backs.clone(),
            ..Due::default()
        };
        due.passed(at(from), Millis::from_seconds(30), at(now))
    }

    #[test]
    fn what_was_begun_before_the_clock_was_set_back_is_not_waited_for_a_second_time() {
        let mut set_backs = SetBacks::default();
        assert!(!passed(&set_backs, 0, 29) && passed(&set_backs, 0, 30));
        // 25 s after its beginning the clock goes back by 20.
        set_backs.note(at(25), at(5));
        assert!(!passed(&set_backs, 0, 9) && passed(&set_backs, 0, 10));
        // What begins after that is waited for in full.
        assert!(!passed(&set_backs, 6, 35) && passed(&set_backs, 6, 36));
        // And once more, by 3 and by 100.
        set_backs.note(at(9), at(6));
        assert!(!passed(&set_backs, 0, 6) && passed(&set_backs, 0, 7));
        set_backs.note(at(7), at(-93));
        assert!(passed(&set_backs, 0, -93), "it lies ahead");
        assert!(!passed(&set_backs, -92, -63) && passed(&set_backs, -92, -62));
        assert!(passed(&set_backs, -94, -93), "begun long before");
    }

    #[test]
    fn a_clock_that_is_set_back_all_the_time_fills_no_memory() {
        let mut set_backs = SetBacks::default();
        for second in 0..3 * MAX_SET_BACKS as i64 {
            set_backs.note(at(10 * second + 2), at(10 * second));
        }
        assert_eq!(set_backs.0.len(), MAX_SET_BACKS);
    }
}
