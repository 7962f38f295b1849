//! Notices on a line, the ladder of their receipts, and drafts that have not left.

use crate::code::{Answer, Desk, Downstream, RefusalReason, WithdrawalReason};
use crate::ids::{LineId, NoticeId, OfficerId};
use crate::kind::Kind;
use crate::line::{EntryRef, Side};
use crate::message::{Content, Header};
use crate::slot::{SlotCode, Slots, Value};
use crate::units::{Millis, Timestamp};
use serde::{Deserialize, Serialize};

/// How long a notice stays in view after its window has closed. A protected site stays until it is withdrawn.
pub const KEPT_AFTER_WINDOW: Millis = Millis::from_seconds(48 * 3_600);

/// A notice of ours or of the peer's, as said on one line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    pub entry: EntryRef,
    pub kind: Kind,
    pub desk: Desk,
    pub header: Header,
    pub content: Content,
    /// Ours: the draft it was released from.
    pub draft: Option<NoticeId>,
    pub receipts: Receipts,
    /// A later notice that takes its place.
    pub amended_by: Option<EntryRef>,
    pub withdrawn: Option<Withdrawn>,
    /// The peer (or we) refused it on arrival, for a reason that stays in the record.
    pub refused: Option<RefusalReason>,
    /// Ours: it never reached the peer, and a new epoch began without it.
    pub left_behind: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Withdrawn {
    pub at: Timestamp,
    pub reason: Option<WithdrawalReason>,
    /// The entry that says so.
    pub entry: EntryRef,
}

/// Different facts, each with its own time. Silence is none of them, and none stands for another.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipts {
    /// The other node signed that it holds it: whole seconds, its claim.
    pub delivered: Option<Timestamp>,
    /// The other node's word for the millisecond.
    pub arrived: Option<Timestamp>,
    /// A person's screen showed it.
    pub displayed: Option<Receipt>,
    /// Critical items were re-entered and are equal.
    pub read_back: Option<Receipt>,
    pub answered: Option<AnsweredNotice>,
    /// What the peer says of the units below it; never which.
    pub downstream: Option<(Timestamp, Downstream)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    pub at: Timestamp,
    /// Our officer, where the notice came to us.
    pub by: Option<OfficerId>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnsweredNotice {
    pub at: Timestamp,
    pub by: Option<OfficerId>,
    pub answer: Answer,
    pub name: Option<String>,
    pub remarks: Option<String>,
}

/// Where a notice stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NoticeState {
    /// Its window has not opened.
    Announced,
    Active,
    /// Its window is over.
    Expired,
    /// A protected site past its window: drawn until withdrawn.
    NotRenewed,
    Amended,
    Withdrawn,
    Refused,
    /// It never reached the other party, and will not: to be released again.
    NotSaid,
    /// Its openings were destroyed, or could never be read.
    Closed,
}

impl NoticeState {
    pub const fn name(self) -> &'static str {
        match self {
            NoticeState::Announced => "announced",
            NoticeState::Active => "active",
            NoticeState::Expired => "expired",
            NoticeState::NotRenewed => "protection not renewed",
            NoticeState::Amended => "amended",
            NoticeState::Withdrawn => "withdrawn",
            NoticeState::Refused => "refused",
            NoticeState::NotSaid => "not said",
            NoticeState::Closed => "closed",
        }
    }
}

impl Notice {
    pub fn line(&self) -> LineId {
        self.entry.log.line
    }

    pub fn side(&self) -> Side {
        self.entry.log.side
    }

    /// The notice whose place this one was to take.
    pub fn amends(&self) -> Option<EntryRef> {
        match self.content.slots()?.value(SlotCode::Amends)? {
            Value::Subject(amends) => Some(amends.entry(self.entry.log.line, self.entry.log.side)),
            _no_subject => None,
        }
    }

    pub fn state(&self, now: Timestamp) -> NoticeState {
        if self.refused.is_some() {
            return NoticeState::Refused;
        }
        if self.left_behind {
            return NoticeState::NotSaid;
        }
        if self.withdrawn.is_some() {
            return NoticeState::Withdrawn;
        }
        if self.amended_by.is_some() {
            return NoticeState::Amended;
        }
        let Some(window) = self.content.slots().and_then(Slots::window) else {
            return NoticeState::Closed;
        };
        if now < window.from() {
            NoticeState::Announced
        } else if now <= window.until() {
            NoticeState::Active
        } else if self.kind == Kind::ProtectedSite {
            NoticeState::NotRenewed
        } else {
            NoticeState::Expired
        }
    }

    /// Still to be heeded: neither over, replaced, withdrawn nor refused.
    pub fn is_live(&self, now: Timestamp) -> bool {
        matches!(
            self.state(now),
            NoticeState::Announced | NoticeState::Active | NoticeState::NotRenewed
        )
    }

    /// When it is over by itself. A protected site never is.
    pub fn ends(&self) -> Option<Timestamp> {
        match self.kind {
            Kind::ProtectedSite => None,
            _other => self.content.slots()?.window().map(|window| window.until()),
        }
    }

    /// When it may leave the view: some time after its window. The journal keeps it.
    pub fn leaves_view(&self) -> Option<Timestamp> {
        let ended = match (&self.withdrawn, self.kind) {
            (Some(withdrawn), _) => withdrawn.at,
            (None, Kind::ProtectedSite) => return None,
            (None, _) => match self.content.slots().and_then(Slots::window) {
                Some(window) => window.until(),
                None => self.header.sent_at,
            },
        };
        Some(ended.saturating_add(KEPT_AFTER_WINDOW))
    }

    /// The most critical items: what a reader enters again, at most three.
    pub fn read_back_items(&self) -> Vec<SlotCode> {
        self.content.slots().map_or_else(Vec::new, critical_items)
    }
}

/// What a reader enters again of a notice that says `slots`.
pub fn critical_items(slots: &Slots) -> Vec<SlotCode> {
    // An area is read back by its place: the anchor that bearing and distance lead to.
    [
        (SlotCode::Area, SlotCode::Place),
        (SlotCode::Band, SlotCode::Band),
        (SlotCode::Window, SlotCode::Window),
    ]
    .into_iter()
    .filter(|(said, _)| slots.value(*said).is_some())
    .map(|(_, item)| item)
    .collect()
}

/// A notice of ours that has not been released; only this node knows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    pub kind: Kind,
    pub desk: Desk,
    pub slots: Slots,
    pub drafted_at: Timestamp,
    pub by: Option<OfficerId>,
    /// The entries that carry it, a line each, newest last.
    pub released: Vec<EntryRef>,
}
