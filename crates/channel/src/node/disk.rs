//! What becomes of the node as its disk fills, has room again, or fails.

use super::Step;
use crate::effect::{Alarm, Effect};
use crate::input::Disk;
use model::code::Level;
use model::event::{Actor, AlarmCause, Event, StopOfMain};

impl Step<'_> {
    pub(super) fn disk(&mut self, disk: Disk) {
        let before = self.node.disk;
        self.node.disk = disk;
        let desk = self.node.state.desks().into_iter().next();
        // In an earlier life, perhaps: so it is the record that says.
        let stopped = self.node.state.main_stopped.is_some();
        match (before, disk) {
            (Disk::Failed, _) => {}
            (Disk::Well | Disk::Full, Disk::Well) if stopped => {
                self.record(Actor::Node, Event::MainResumed);
                self.record(
                    Actor::Node,
                    Event::AlarmEnded {
                        alarm: AlarmCause::CannotSend,
                    },
                );
            }
            (Disk::Well | Disk::Full, Disk::Full) if !stopped => {
                self.record(
                    Actor::Node,
                    Event::MainStopped {
                        cause: StopOfMain::DiskFull,
                    },
                );
                if let Some(desk) = desk {
                    self.record(
                        Actor::Node,
                        Event::AlarmRaised {
                            alarm: AlarmCause::CannotSend,
                            desk,
                        },
                    );
                }
            }
            (Disk::Well | Disk::Full, Disk::Failed) => {
                // Nothing can be recorded: it is only shown, on every desk.
                for desk in self.node.state.desks() {
                    self.effects.push(Effect::AlarmNow(Alarm {
                        cause: AlarmCause::CannotSend,
                        line: None,
                        desk,
                        level: Level::Desk,
                        at: self.now,
                        count: 1,
                        recorded: false,
                        silenced: false,
                        place_in_doubt: false,
                    }));
                }
            }
            (Disk::Well | Disk::Full, Disk::Well | Disk::Full) => {}
        }
        if disk == Disk::Well && before != Disk::Failed {
            self.look_at_all();
        }
    }
}
