//! What is wrong with this node itself, at hand without asking the core: whoever listens late, or asks for something else,
//! is told it all the same.

use crate::directory::Directory;
use crate::events::AlarmTold;
use crate::sounders::Sounders;
use channel::effect::Alarm;
use model::code::Desk;
use model::event::{AlarmCause, Event};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The header of an answer that says what is wrong with this node: `cannot-send`, or `notices-stopped`, and
/// `no-sounder:DESK` for each desk of the account at which nothing would sound.
pub const HEADER: &str = "standclear-desk";

/// Alarms that the journal did not take are told to late listeners up to so many. Beyond it each was sounded once, and those
/// that are kept ring on.
pub const MAX_UNRECORDED: usize = 256;

/// What the journal did not take, and that notices are stopped.
#[derive(Default)]
pub struct StateOfDesk {
    /// The journal has failed: nothing is sent or recorded until the node starts anew.
    failed: AtomicBool,
    notices_stopped: AtomicBool,
    unrecorded: Mutex<BTreeMap<(String, String), AlarmTold>>,
}

impl StateOfDesk {
    pub fn cannot_send(&self) -> bool {
        self.failed.load(Ordering::Relaxed)
    }

    /// As the record said when the node started.
    pub fn resume(&self, notices_stopped: bool) {
        self.notices_stopped
            .store(notices_stopped, Ordering::Relaxed);
    }

    /// `event` is in the journal.
    pub fn note(&self, event: &Event) {
        if let Event::MainStopped { .. } | Event::MainResumed = event {
            self.resume(matches!(event, Event::MainStopped { .. }));
        }
    }

    /// An alarm that the journal lost, or that tells of its failure. `lost`: it was to be recorded, and was not.
    pub fn keep(&self, alarm: &Alarm, told: &AlarmTold, lost: bool) {
        if alarm.recorded {
            return;
        }
        if lost || alarm.cause == AlarmCause::CannotSend {
            self.failed.store(true, Ordering::Relaxed);
        }
        // While the journal works, what it does not take is a peer's doing, and passes.
        if !self.cannot_send() {
            return;
        }
        let mut unrecorded = self.unrecorded();
        let name = (told.alarm.clone(), told.desk.clone());
        // That nothing can be sent is kept whatever a peer has filled this with.
        let has_room = unrecorded.len() < MAX_UNRECORDED || unrecorded.contains_key(&name);
        if has_room || alarm.cause == AlarmCause::CannotSend {
            unrecorded.insert(name, told.clone());
        }
    }

    pub fn forget(&self, alarm: &str) {
        self.unrecorded().retain(|(name, _), _| name != alarm);
    }

    /// All that stand: those of the record, and those that it did not take, which take the place of one of the same name.
    pub fn with_unrecorded(&self, recorded: Vec<AlarmTold>) -> Vec<AlarmTold> {
        let unrecorded = self.unrecorded();
        let is_lost = |told: &AlarmTold| unrecorded.keys().any(|(name, _)| *name == told.alarm);
        let kept = recorded.into_iter().filter(|told| !is_lost(told));
        kept.chain(unrecorded.values().cloned()).collect()
    }

    /// What [`HEADER`] says to an account with `desks`; `None`: nothing is wrong.
    pub fn header(
        &self,
        desks: &[Desk],
        directory: &Directory,
        sounders: &Sounders,
    ) -> Option<String> {
        let mut said = Vec::new();
        if self.cannot_send() {
            said.push("cannot-send".to_owned());
        } else if self.notices_stopped.load(Ordering::Relaxed) {
            said.push("notices-stopped".to_owned());
        }
        let agreed = directory.desks();
        let own = desks.iter().filter(|desk| agreed.contains(desk));
        let silent = own.filter(|desk| !sounders.is_armed(**desk));
        said.extend(silent.map(|desk| format!("no-sounder:{desk}")));
        (!said.is_empty()).then(|| said.join(", "))
    }

    fn unrecorded(&self) -> MutexGuard<'_, BTreeMap<(String, String), AlarmTold>> {
        // Entries are whole: whatever a panic elsewhere left is valid.
        self.unrecorded
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}
