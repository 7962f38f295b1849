//! Claims and warnings in view, and what is said of them.

use super::State;
use crate::code::RefusalReason;
use crate::ids::OfficerId;
use crate::incident::{Further, Incident, What, answer_due, withdrawal_reason};
use crate::kind::Kind;
use crate::line::{EntryRef, Side};
use crate::message::{Content, Header};
use crate::notice::Withdrawn;
use crate::slot::Slots;
use crate::units::Timestamp;

/// Something said on a line, as it is folded in.
#[derive(Clone, Copy)]
pub(super) struct Came<'a> {
    pub entry: EntryRef,
    pub kind: Kind,
    pub header: &'a Header,
    pub content: &'a Content,
}

impl State {
    /// A claim or a warning; or one that was refused, which asks nothing of anybody.
    pub(super) fn incident_begun(
        &mut self,
        came: Came<'_>,
        by: Option<OfficerId>,
        arrived: Option<Timestamp>,
        refused: Option<RefusalReason>,
    ) {
        let empty = Slots::new();
        let slots = came.content.slots().unwrap_or(&empty);
        let sent_at = came.header.sent_at;
        let arrangement = self.arrangement(came.entry.log.line);
        let what = match came.kind {
            Kind::Claim => What::Claim {
                due: arrangement.map_or(sent_at, |terms| answer_due(sent_at, slots, terms)),
                answers: Vec::new(),
                statements: Vec::new(),
            },
            _warning => What::Warning { received: None },
        };
        self.incidents.begin(Incident {
            entry: came.entry,
            desk: came.header.desk,
            header: came.header.clone(),
            content: came.content.clone(),
            by,
            delivered: None,
            arrived: arrived.filter(|_| came.entry.log.side == Side::Peer),
            displayed: None,
            withdrawn: None,
            refused,
            left_behind: false,
            what,
        });
        self.catch_up(came.entry);
    }

    /// An answer, a statement, or that a warning was received.
    pub(super) fn said_further(
        &mut self,
        came: Came<'_>,
        subject: Option<EntryRef>,
        by: Option<OfficerId>,
        arrived: Option<Timestamp>,
    ) {
        let of = subject.and_then(|of| self.incidents.said.get(&of));
        let further = Further {
            entry: came.entry,
            at: came.header.sent_at,
            arrived: arrived.filter(|_| came.entry.log.side == Side::Peer),
            by,
            content: came.content.clone(),
            crossed: of.is_some_and(|of| of.withdrawn.is_some()),
            refused: None,
        };
        self.incidents.go_on(subject, came.kind, further);
    }

    pub(super) fn incident_withdrawn(
        &mut self,
        subject: EntryRef,
        entry: EntryRef,
        at: Timestamp,
        slots: &Slots,
    ) {
        let reason = withdrawal_reason(slots);
        let withdrawn = Withdrawn { at, reason, entry };
        self.incidents.withdrawn(subject, withdrawn);
    }
}
