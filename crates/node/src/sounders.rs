//! Which bells would sound: each for as long as at least one connection says so.
//!
//! Two bells of one name at one desk are one sounder to everyone else; the first to leave must not silence the other.

use crate::shell::Shell;
use channel::input::Input;
use model::code::Desk;
use model::ids::SounderId;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How many connections arm each sounder.
#[derive(Default)]
pub struct Sounders(Mutex<BTreeMap<(Desk, SounderId), usize>>);

impl Sounders {
    /// Arms a sounder for as long as what comes back lives.
    pub fn arm(shell: &Arc<Shell>, desk: Desk, sounder: SounderId) -> Armed {
        let mut counts = shell.sounders.counts();
        let count = counts.entry((desk, sounder)).or_default();
        *count += 1;
        if *count == 1 {
            // INVARIANT: said while the count is held, so that what is said last is how it stands.
            say(shell, desk, sounder, true);
        }
        drop(counts);
        Armed {
            shell: shell.clone(),
            desk,
            sounder,
        }
    }

    /// Whether anything would sound at `desk`.
    pub fn is_armed(&self, desk: Desk) -> bool {
        self.counts().keys().any(|(of, _)| *of == desk)
    }

    fn counts(&self) -> MutexGuard<'_, BTreeMap<(Desk, SounderId), usize>> {
        // Entries are whole: whatever a panic elsewhere left is valid.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn say(shell: &Shell, desk: Desk, sounder: SounderId, armed: bool) {
    shell.tell(Input::Sounder {
        desk,
        sounder,
        armed,
    });
}

/// One connection that sounds alarms.
pub struct Armed {
    shell: Arc<Shell>,
    desk: Desk,
    sounder: SounderId,
}

impl Drop for Armed {
    fn drop(&mut self) {
        let mut counts = self.shell.sounders.counts();
        let of = (self.desk, self.sounder);
        let Some(count) = counts.get_mut(&of) else {
            return;
        };
        *count -= 1;
        if *count == 0 {
            counts.remove(&of);
            say(&self.shell, self.desk, self.sounder, false);
        }
    }
}
