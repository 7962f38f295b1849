//! The watch: taken, handed over; and the roster.

use super::refusal::CommandRefused;
use super::{Decided, Outcome};
use crate::code::{Desk, Role};
use crate::command::Acting;
use crate::event::Event;
use crate::ids::OfficerId;
use crate::state::State;
use crate::units::Timestamp;
use crate::watch::{Duty, MAX_DUTY, OpenItem, WatchCommand, WatchEvent};
use std::collections::BTreeSet;

impl State {
    /// At once. What stood open, and nobody has read, is recorded with it.
    pub(super) fn take_watch(&self, acting: Acting, desk: Desk, now: Timestamp) -> Outcome {
        let officer = acting.officer;
        let mut steps = vec![Decided::Fact(Event::WatchTaken { desk, officer })];
        let is_on = self
            .watch
            .get(&desk)
            .is_some_and(|on| on.contains(&officer));
        let open = self.open_at(desk, now);
        if !is_on && !open.items.is_empty() {
            let items: Vec<OpenItem> = open.items.iter().map(|(item, _)| *item).collect();
            steps.push(Decided::Fact(Event::Watch(WatchEvent::TakenUnread {
                desk,
                officer,
                count: number_of(&items).saturating_add(open.left_out),
                items,
            })));
        }
        Ok(steps)
    }

    pub(super) fn watch_command(
        &self,
        acting: Acting,
        command: &WatchCommand,
        now: Timestamp,
    ) -> Outcome {
        let event = match command {
            WatchCommand::TakeOver {
                desk,
                from,
                read,
                sound_heard,
                card_at_hand,
            } => {
                if !sound_heard {
                    return Err(CommandRefused::SoundNotHeard);
                }
                self.take_over(acting.officer, *desk, *from, read, *card_at_hand, now)?
            }
            WatchCommand::Roster(duty) => {
                self.roster(duty, now)?;
                WatchEvent::Rostered(*duty)
            }
            WatchCommand::CancelDuty {
                desk,
                officer,
                from,
            } => {
                let (desk, officer, from) = (*desk, *officer, *from);
                let duty = self.watchkeeping.duty(desk, officer, from);
                duty.ok_or(CommandRefused::UnknownDuty)?;
                WatchEvent::DutyCancelled {
                    desk,
                    officer,
                    from,
                }
            }
        };
        // Whoever passes on words keeps no watch and rosters nobody.
        match acting.role {
            Role::Interpreter => Err(CommandRefused::Role(Role::Interpreter)),
            _of_the_desk => Ok(vec![Decided::Fact(Event::Watch(event))]),
        }
    }

    fn take_over(
        &self,
        to: OfficerId,
        desk: Desk,
        from: Option<OfficerId>,
        read: &BTreeSet<OpenItem>,
        card_at_hand: bool,
        now: Timestamp,
    ) -> Result<WatchEvent, CommandRefused> {
        if from == Some(to) {
            return Err(CommandRefused::HandoverToOneself);
        }
        let on = self.watch.get(&desk);
        if let Some(from) = from.filter(|from| on.is_none_or(|on| !on.contains(from))) {
            return Err(CommandRefused::NotOnWatch(from));
        }
        let open = self.open_at(desk, now);
        let items: Vec<OpenItem> = open.items.iter().map(|(item, _)| *item).collect();
        let unread = items.iter().filter(|item| !read.contains(item)).count();
        if unread > 0 {
            return Err(CommandRefused::HandoverNotRead(unread));
        }
        Ok(WatchEvent::HandedOver {
            desk,
            from,
            to,
            card_at_hand,
            count: number_of(&items),
            left_out: open.left_out,
            items,
        })
    }

    fn roster(&self, duty: &Duty, now: Timestamp) -> Result<(), CommandRefused> {
        let span = duty.until.since(duty.from);
        if span.as_ms() <= 0 || span > MAX_DUTY || duty.until < now {
            return Err(CommandRefused::DutyOutOfBounds);
        }
        let known = self.watchkeeping.duty(duty.desk, duty.officer, duty.from);
        if known.is_some() {
            return Err(CommandRefused::DutyThere);
        }
        match self.watchkeeping.has_room_for_duties() {
            true => Ok(()),
            false => Err(CommandRefused::TooManyDuties),
        }
    }
}

/// Never beyond `watch::MAX_HANDED`.
fn number_of(items: &[OpenItem]) -> u32 {
    u32::try_from(items.len()).unwrap_or(u32::MAX)
}
