//! A machine: what lasts while its node comes and goes.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use channel::effect::Alarm;
use channel::input::Input;
use model::event::{Bytes, Fact};
use model::units::Timestamp;
use node::core::work::Pace;
use node::core::{Deed, Outside};

use crate::disk::Disk;
use crate::party::{Party, START};
use crate::process::Process;
use crate::rng::Rng;
use crate::witness::{Seen, What, Witnessed};

/// Something that waits to be stepped.
pub type Job = (Input, Option<Bytes>, Pace);

/// A node's machine.
pub struct Host {
    pub party: Party,
    pub disk: Disk,
    pub witness: Witnessed,
    pub process: Option<Process>,
    /// Counts processes: what was meant for an earlier one is nothing to the next.
    pub life: u64,
    /// How far the clock is off, in ms, and how fast it drifts, in millionths.
    pub offset: i64,
    pub drift: i64,
    pub slow: (u64, u64),
    pub backup: Option<Vec<u8>>,
    /// Records in the backup that this node was last restored from, which the folder says at every start.
    pub restored: Option<u64>,
    /// How long the node stays down once the power goes.
    pub down: u64,
    /// When the node is next to be woken, by the simulation's clock.
    pub wakes: Option<u64>,
    pub jobs: VecDeque<Job>,
    pub observer: Arc<Observer>,
    pub rng: Rng,
}

impl Host {
    pub fn new(party: Party, offset: i64, mut rng: Rng) -> Self {
        let disk = Disk::new();
        Self {
            witness: Witnessed::new(party.id, disk.clone()),
            observer: Arc::new(Observer {
                disk: disk.clone(),
                seen: Mutex::default(),
            }),
            process: None,
            life: 0,
            offset,
            drift: rng.between(0, 400) as i64 - 200,
            slow: (0, 0),
            backup: None,
            restored: None,
            down: 0,
            wakes: None,
            jobs: VecDeque::new(),
            rng,
            party,
            disk,
        }
    }

    /// What this machine's clock says at `now` of the simulation.
    pub fn clock(&self, now: u64) -> Timestamp {
        let now = i64::try_from(now).unwrap_or(i64::MAX / 1_000_000);
        let ms = START + now + self.offset + now * self.drift / 1_000_000;
        Timestamp::from_unix_ms(ms).unwrap_or(Timestamp::MIN)
    }

    /// When the process wants to be woken, by the simulation's clock: as a span from now, so that no clock is trusted.
    pub fn wake_time(&self, now: u64) -> Option<u64> {
        let wait = self.process.as_ref()?.driver.wakes_in(self.clock(now))?;
        let at = now + wait.as_millis() as u64;
        // What was asked for earlier still comes, and does no harm.
        Some(self.wakes.map_or(at, |before| before.min(at)))
    }
}

/// Sees what a node does, as long as there is power.
pub struct Observer {
    disk: Disk,
    seen: Mutex<Vec<Seen>>,
}

impl Observer {
    fn see(&self, what: What) {
        if !self.disk.step() {
            return;
        }
        let durable = self.disk.look(|index| index.rows.len() as u64);
        self.seen
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(Seen { durable, what });
    }

    /// All that was seen since the last time, in order.
    pub fn take(&self) -> Vec<Seen> {
        std::mem::take(&mut self.seen.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Outside for Observer {
    fn alarm_now(&self, alarm: Alarm) {
        self.see(What::AlarmNow(alarm));
    }

    fn do_now(&self, deed: Deed) {
        self.see(What::Deed(deed));
    }

    fn recorded(&self, fact: &Fact) {
        self.see(What::Recorded(fact.clone()));
    }
}
