//! The watch of a desk: who keeps it and how they came to it, who is due, how often it is called, and on whose word
//! something was done.
//!
//! None of it leaves this node. Who was handed what is in the journal, with the names of the things themselves.

use crate::code::Desk;
use crate::conflict::Pair;
use crate::event::AlarmCause;
use crate::ids::{ExportId, LineId, NoticeId, OfficerId, UnitId, WallId};
use crate::line::EntryRef;
use crate::slot::MAX_NAME;
use crate::units::{DAY_MS, MINUTE_MS, Millis, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// The most open items that one handover lists: the most urgent. Of the others their number is told, and recorded.
pub const MAX_HANDED: usize = 5_000;
/// The most duties on the roster. One that ended more than a day ago leaves it.
pub const MAX_DUTIES: usize = 1_000;
/// The longest duty.
pub const MAX_DUTY: Millis = match Millis::new(7 * DAY_MS) {
    Ok(week) => week,
    Err(_) => Millis::MAX,
};
/// The longest words of an order, and of a dissent from one, in bytes each.
pub const MAX_WORDS: usize = 1_000;
/// The newest acts done on somebody's order that stay in view. The journal keeps them all.
pub const MAX_DIRECTED: usize = 100;
/// The most officers whom an arrangement may ask for on the watch of each desk.
pub const MAX_OFFICERS_ON_WATCH: u8 = 9;

/// Alarms are counted in spans of ten minutes, over a day.
const SPAN: i64 = 10 * MINUTE_MS;
const SPANS_OF_HOUR: i64 = 6;
const SPANS_OF_DAY: i64 = 144;

/// Something at a desk that whoever takes the watch must know of. In the order in which a handover lists them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum OpenItem {
    /// A stop call that is not over: it sounds, an answer is owed, or a pause is in force.
    Call(EntryRef),
    Alarm(AlarmCause),
    /// A notice of the other party's that no person has answered.
    Notice(EntryRef),
    Conflict(Pair),
    /// The other party's line check, which waits for its answer.
    Check(EntryRef),
    /// A line check by people is due.
    CheckDue(LineId),
    /// An export of protected sites that waits for a second officer, or to be taken.
    Export(ExportId),
    /// A unit that a notice or a stop call concerns has given no receipt of it.
    Silent {
        subject: EntryRef,
        unit: UnitId,
    },
    /// A plan that was not released.
    Draft(NoticeId),
}

/// What is open at a desk.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Open {
    /// At most [`MAX_HANDED`], and by when each is due.
    pub items: Vec<(OpenItem, Option<Timestamp>)>,
    /// How many more there are.
    pub left_out: u32,
}

/// An officer is due on the watch of a desk. Both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Duty {
    pub from: Timestamp,
    pub desk: Desk,
    pub officer: OfficerId,
    pub until: Timestamp,
}

/// What was ordered over an officer's shoulder, by whom, and what the officer thinks of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    pub by: String,
    pub words: String,
    /// None: the officer did not dissent.
    pub dissent: Option<String>,
}

/// Why an order cannot be recorded as it was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OrderRefused {
    #[error("say who ordered it, by name and office: at most {MAX_NAME} bytes, on one line")]
    By,
    #[error("say in which words it was ordered: at most {MAX_WORDS} bytes")]
    Words,
    #[error("a dissent is at most {MAX_WORDS} bytes: shorten it, or leave it out")]
    Dissent,
}

crate::says! { OrderRefused, "directed":
    "by" By;
    "words" Words;
    "dissent" Dissent;
}

impl Order {
    /// # Errors
    /// [`OrderRefused`]: something is missing, or beyond its bound.
    pub fn new(by: &str, words: &str, dissent: Option<&str>) -> Result<Self, OrderRefused> {
        let (by, words) = (by.trim(), words.trim());
        if by.is_empty() || by.len() > MAX_NAME || by.chars().any(char::is_control) {
            return Err(OrderRefused::By);
        }
        if words.is_empty() || words.len() > MAX_WORDS {
            return Err(OrderRefused::Words);
        }
        let dissent = dissent.map(str::trim).filter(|dissent| !dissent.is_empty());
        if dissent.is_some_and(|dissent| dissent.len() > MAX_WORDS) {
            return Err(OrderRefused::Dissent);
        }
        Ok(Self {
            by: by.to_owned(),
            words: words.to_owned(),
            dissent: dissent.map(str::to_owned),
        })
    }
}

/// What the journal holds of watches.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum WatchEvent {
    /// The officer whose act it is has read and signed what is open, heard the sound, and has the watch. Sealed: the items;
    /// none where they were destroyed.
    HandedOver {
        desk: Desk,
        /// Who hands it over, and has left it with this; `None`: nobody leaves.
        from: Option<OfficerId>,
        to: OfficerId,
        /// Whether the fallback card was at hand.
        card_at_hand: bool,
        /// How many items were read, and how many more there were.
        count: u32,
        left_out: u32,
        items: Vec<OpenItem>,
    },
    /// The watch was taken at once, and this stood open, unread. Sealed as in `HandedOver`.
    TakenUnread {
        desk: Desk,
        officer: OfficerId,
        count: u32,
        items: Vec<OpenItem>,
    },
    Rostered(Duty),
    DutyCancelled {
        desk: Desk,
        officer: OfficerId,
        from: Timestamp,
    },
    /// The records directly before this one, so many of them, are an act that somebody ordered. Sealed: the order; none
    /// where it was destroyed.
    Directed {
        acts: u32,
        order: Option<Order>,
    },
    /// Too many wrong PINs at a wall page: it takes none for a while, and none of the officer's.
    WallLocked {
        desk: Desk,
        wall: WallId,
        /// Whose PIN was tried; `None`: names that have none.
        officer: Option<OfficerId>,
    },
}

/// What an officer asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WatchCommand {
    /// The watch, by handover.
    TakeOver {
        desk: Desk,
        from: Option<OfficerId>,
        /// What they have read.
        read: BTreeSet<OpenItem>,
        sound_heard: bool,
        card_at_hand: bool,
    },
    Roster(Duty),
    CancelDuty {
        desk: Desk,
        officer: OfficerId,
        from: Timestamp,
    },
}

/// How an officer came to a watch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OnWatch {
    pub since: Timestamp,
    /// What was open had been read and signed.
    pub handed_over: bool,
}

/// Wrong PINs at a wall page, at which no person has looked yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Locked {
    pub at: Timestamp,
    pub wall: WallId,
    pub officer: Option<OfficerId>,
}

/// An act on somebody's order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DirectedAct {
    pub at: Timestamp,
    pub officer: OfficerId,
    pub acts: u32,
    pub order: Option<Order>,
}

/// How often alarms began at a desk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rate {
    /// In the last hour, by tens of minutes.
    pub last_hour: u32,
    /// In the worst hour of the last day.
    pub worst_hour: u32,
}

/// Watches beyond who is on them. A fold over the journal.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watchkeeping {
    on: BTreeMap<(Desk, OfficerId), OnWatch>,
    roster: BTreeSet<Duty>,
    /// How many alarms began, by desk and span.
    rang: BTreeMap<(Desk, i64), u32>,
    locked: BTreeMap<Desk, Locked>,
    directed: VecDeque<DirectedAct>,
}

impl Watchkeeping {
    pub fn on(&self, desk: Desk, officer: OfficerId) -> Option<OnWatch> {
        self.on.get(&(desk, officer)).copied()
    }

    /// Earliest first.
    pub fn roster(&self) -> impl Iterator<Item = Duty> {
        self.roster.iter().copied()
    }

    pub fn has_room_for_duties(&self) -> bool {
        self.roster.len() < MAX_DUTIES
    }

    pub fn duty(&self, desk: Desk, officer: OfficerId, from: Timestamp) -> Option<Duty> {
        let is = |duty: &Duty| (duty.desk, duty.officer, duty.from) == (desk, officer, from);
        self.roster().find(is)
    }

    /// Newest last.
    pub fn directed(&self) -> impl Iterator<Item = &DirectedAct> {
        self.directed.iter()
    }

    pub fn locked(&self) -> impl Iterator<Item = (Desk, Locked)> {
        self.locked.iter().map(|(desk, locked)| (*desk, *locked))
    }

    pub fn rate(&self, desk: Desk, now: Timestamp) -> Rate {
        let last = span_of(now);
        let of_hour = |end: i64| -> u32 {
            let spans = (desk, end - SPANS_OF_HOUR + 1)..=(desk, end);
            self.rang.range(spans).map(|(_, count)| *count).sum()
        };
        let ends = self.rang.range((desk, last - SPANS_OF_DAY)..=(desk, last));
        let worst = ends.map(|((_, end), _)| of_hour(*end)).max();
        Rate {
            last_hour: of_hour(last),
            worst_hour: worst.unwrap_or_default(),
        }
    }

    // ---- the fold

    pub(crate) fn taken(&mut self, desk: Desk, officer: OfficerId, on: OnWatch) {
        self.on.insert((desk, officer), on);
    }

    pub(crate) fn left(&mut self, desk: Desk, officer: OfficerId) {
        self.on.remove(&(desk, officer));
    }

    pub(crate) fn rostered(&mut self, duty: Duty) {
        self.roster.insert(duty);
    }

    pub(crate) fn cancelled(&mut self, desk: Desk, officer: OfficerId, from: Timestamp) {
        if let Some(duty) = self.duty(desk, officer, from) {
            self.roster.remove(&duty);
        }
    }

    pub(crate) fn did_on_order(&mut self, act: DirectedAct) {
        if self.directed.len() >= MAX_DIRECTED {
            self.directed.pop_front();
        }
        self.directed.push_back(act);
    }

    pub(crate) fn lock(&mut self, desk: Desk, locked: Locked) {
        self.locked.insert(desk, locked);
    }

    /// A person of the desk has looked.
    pub(crate) fn seen_locked(&mut self, desk: Desk) {
        self.locked.remove(&desk);
    }

    pub(crate) fn rang(&mut self, desk: Desk, at: Timestamp) {
        let now = span_of(at);
        // A clock that was set may have left some that lie ahead.
        self.rang
            .retain(|(_, span), _| (now - SPANS_OF_DAY..=now).contains(span));
        *self.rang.entry((desk, now)).or_default() += 1;
    }

    pub(crate) fn clear(&mut self, now: Timestamp) {
        let is_long_over = |duty: &Duty| now.since(duty.until).as_ms() > DAY_MS;
        if self.roster.first().is_some_and(is_long_over) {
            self.roster.retain(|duty| !is_long_over(duty));
        }
    }
}

const fn span_of(at: Timestamp) -> i64 {
    at.as_unix_ms() / SPAN
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minutes: i64) -> Timestamp {
        Timestamp::from_unix_ms(1_000 * DAY_MS + minutes * MINUTE_MS).unwrap()
    }

    #[test]
    fn alarms_are_counted_by_the_hour_and_those_of_yesterday_are_forgotten() {
        let mut watch = Watchkeeping::default();
        for minute in [0, 1, 2, 55, 61] {
            watch.rang(Desk::Air, at(minute));
        }
        watch.rang(Desk::Ground, at(61));
        let rate = watch.rate(Desk::Air, at(62));
        assert_eq!((rate.last_hour, rate.worst_hour), (2, 4));
        assert_eq!(watch.rate(Desk::Ground, at(62)).last_hour, 1);
        assert_eq!(watch.rate(Desk::Senior, at(62)), Rate::default());
        let later = at(2 * 24 * 60);
        assert_eq!(watch.rate(Desk::Air, later), Rate::default());
        for _ in 0..3 {
            watch.rang(Desk::Air, later);
        }
        assert_eq!(watch.rang.len(), 1, "what is older than a day is gone");
        // A clock that is set back by a year leaves nothing behind that lies ahead.
        watch.rang(Desk::Air, at(-365 * 24 * 60));
        assert_eq!(watch.rang.len(), 1);
    }

    #[test]
    fn an_order_names_who_gave_it_and_in_which_words_within_their_limits() {
        let fits = |by: usize, words: usize, dissent: usize| {
            let text = |len| "x".repeat(len);
            Order::new(&text(by), &text(words), Some(&text(dissent)))
        };
        assert!(fits(MAX_NAME, MAX_WORDS, MAX_WORDS).is_ok());
        assert_eq!(fits(MAX_NAME + 1, 1, 1), Err(OrderRefused::By));
        assert_eq!(fits(0, 1, 1), Err(OrderRefused::By));
        assert_eq!(fits(1, MAX_WORDS + 1, 1), Err(OrderRefused::Words));
        assert_eq!(fits(1, 0, 1), Err(OrderRefused::Words));
        assert_eq!(fits(1, 1, MAX_WORDS + 1), Err(OrderRefused::Dissent));
        assert_eq!(fits(1, 1, 0).unwrap().dissent, None);
        assert_eq!(Order::new("a\nb", "go", None), Err(OrderRefused::By));
    }

    #[test]
    fn only_the_newest_orders_stay_in_view() {
        let mut watch = Watchkeeping::default();
        for minute in 0..MAX_DIRECTED as i64 + 3 {
            watch.did_on_order(DirectedAct {
                at: at(minute),
                officer: "duty".parse().unwrap(),
                acts: 1,
                order: None,
            });
        }
        assert_eq!(watch.directed().count(), MAX_DIRECTED);
        assert_eq!(watch.directed().next().unwrap().at, at(3));
    }

    #[test]
    fn a_duty_that_ended_a_day_ago_leaves_the_roster() {
        let mut watch = Watchkeeping::default();
        let duty = |from: i64| Duty {
            desk: Desk::Air,
            officer: "duty".parse().unwrap(),
            from: at(from),
            until: at(from + 60),
        };
        watch.rostered(duty(0));
        watch.rostered(duty(100));
        watch.clear(at(60 + 24 * 60));
        assert_eq!(watch.roster().count(), 2);
        watch.clear(at(61 + 24 * 60));
        assert_eq!(watch.roster().collect::<Vec<_>>(), [duty(100)]);
        watch.cancelled(Desk::Air, "duty".parse().unwrap(), at(100));
        assert_eq!(watch.roster().count(), 0);
    }
}
