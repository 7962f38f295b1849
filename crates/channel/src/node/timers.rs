//! When alarms are looked at again.

use super::{DueAt, Step};
use crate::effect::Effect;
use crate::input::Disk;
use model::code::Lane;
use model::event::{Actor, Event};
use model::kind::Kind;

impl Step<'_> {
    pub(super) fn timers(&mut self) {
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
        let next = [self.node.lines.next_wake(), self.node.units.next_look()];
        let wake = desk.into_iter().chain(next.into_iter().flatten()).min();
        if let Some(wake) = wake.filter(|wake| self.node.woken != Some(*wake)) {
            self.node.woken = Some(wake);
            self.effects.push(Effect::WakeAt(wake));
        }
    }
}

/// Whether alarms may begin or end by it. The many events that carry notices do not, but for the first answer owed.
pub(super) fn matters_to_timers(event: &Event) -> bool {
    match event {
        Event::MessageSent { header, .. } => header.known_kind().is_none_or(touches_alarms),
        Event::MessageReceived { header, .. } => header
            .known_kind()
            .is_none_or(|kind| touches_alarms(kind) || kind.is_notice()),
        Event::Delivered { log, .. } => log.lane == Lane::Stop,
        Event::ArrangementInForce { .. }
        | Event::ConflictFound { .. }
        | Event::LinkChanged { .. }
        | Event::MainHalted { .. }
        | Event::EpochConfirmed { .. }
        | Event::ClockOffsetNoted { .. }
        | Event::SounderArmed { .. }
        | Event::SounderLost { .. }
        | Event::AlarmRaised { .. }
        | Event::AlarmClimbed { .. }
        | Event::AlarmSilenced { .. }
        | Event::AlarmEnded { .. }
        | Event::SiteConsent { .. }
        | Event::CalledForElement { .. }
        | Event::UnitChanged { .. }
        | Event::UnitStoodDown { .. }
        | Event::UnitsConcerned { .. }
        | Event::UnitReceipt { .. }
        | Event::WatchTaken { .. }
        | Event::WatchLeft { .. }
        | Event::Watch(_) => true,
        Event::ManifestTaken { .. }
        | Event::EpochOpened { .. }
        | Event::Cosigned { .. }
        | Event::RulesInForce { .. }
        | Event::ReleaseDecided { .. }
        | Event::FaultNoted { .. }
        | Event::NoticeDrafted { .. }
        | Event::NoticeDiscarded { .. }
        | Event::MainStopped { .. }
        | Event::MainResumed
        | Event::Restored { .. }
        | Event::OpeningDestroyed { .. }
        | Event::ElementEnrolled { .. }
        | Event::ElementUnenrolled { .. }
        | Event::ElementConsent { .. }
        | Event::UnitEnrolled { .. }
        | Event::ExportAsked { .. }
        | Event::ExportAllowed { .. }
        | Event::ExportRefused { .. }
        | Event::ExportCarriedOut { .. } => false,
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
                | Kind::Phrase
                | Kind::Claim
                | Kind::ClaimAnswer
                | Kind::Warning
                | Kind::WarningReceived
                | Kind::Displayed
                | Kind::Refused
        )
}
