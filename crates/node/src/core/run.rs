//! The core on two threads: one steps, one writes. Each waits for nothing but the other and the inbox.

use super::driver::{Driver, Moment};
use super::inbox::{Inbox, Job};
use super::work::{Outside, Pace, Work};
use super::writer::{KeepSnapshot, Writer};
use crate::background::stand_back;
use channel::input::{Disk, Input, LinkInput, PeerFrame};
use model::units::Timestamp;
use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};
use store::Journal;

/// How often a full disk is tried again.
const RESUME_EVERY: Duration = Duration::from_secs(5);
/// Records after which a snapshot is worth its time, when nothing else goes on or the node stops.
const SNAPSHOT_AFTER: usize = 1_000;
/// Records after which it is taken whatever goes on. The state is copied between two steps, which takes a moment; all
/// else is done on a thread of its own.
const SNAPSHOT_AT_LEAST_AFTER: usize = 100_000;
/// `main` stands back for so long after each step of a stop call: its next one is then not written behind a batch of
/// notices, nor computed beside their signatures.
const STAND_BACK: Duration = Duration::from_millis(20);
/// But not longer than this of any second, whatever a peer's stop lane does.
const STAND_BACK_OF_A_SECOND: Duration = Duration::from_millis(400);
/// How long nothing was written when nothing else goes on.
const QUIET: Duration = Duration::from_secs(1);

/// A core that runs. Ask it to stop through the inbox, then wait.
pub struct Running {
    core: JoinHandle<()>,
    writer: JoinHandle<bool>,
}

impl Running {
    /// Waits until all that was stepped is written. `false` if a thread ended by a panic.
    pub fn wait(self) -> bool {
        let core = self.core.join().is_ok();
        self.writer.join().unwrap_or(false) && core
    }
}

/// What the threads share.
pub struct Shared {
    pub inbox: Arc<Inbox>,
    pub outside: Arc<dyn Outside>,
    pub clock: fn() -> Timestamp,
    /// Records folded at start: how much the next start would take without a new snapshot.
    pub folded: u64,
}

/// Starts both threads.
///
/// # Errors
/// When the system has no threads left.
pub fn start<J: Journal + Send + 'static>(
    driver: Driver,
    writer: Writer<J>,
    shared: Shared,
) -> io::Result<Running> {
    let (to_writer, work) = sync_channel::<Work>(1);
    let (inbox, outside) = (shared.inbox.clone(), shared.outside.clone());
    // One waits at most while another is written; a third is not worth its memory.
    let (to_snapshots, snapshots) = sync_channel::<KeepSnapshot>(1);
    let snapshots = thread::Builder::new()
        .name("snapshots".into())
        .spawn(move || {
            stand_back();
            snapshots.into_iter().for_each(|keep| keep());
        })?;
    let writer = thread::Builder::new()
        .name("writer".into())
        .spawn(move || {
            write_all(writer, &work, &inbox, outside.as_ref(), to_snapshots);
            snapshots.join().is_ok()
        })?;
    let core = thread::Builder::new().name("core".into()).spawn(move || {
        Core {
            driver,
            work: Work::default(),
            busy: false,
            since_snapshot: usize::try_from(shared.folded).unwrap_or(usize::MAX),
            quiet_since: Instant::now(),
            ahead: Ahead::default(),
            to_writer,
            shared,
        }
        .run();
    })?;
    Ok(Running { core, writer })
}

struct Core {
    driver: Driver,
    work: Work,
    /// A piece of work is being written.
    busy: bool,
    since_snapshot: usize,
    quiet_since: Instant,
    ahead: Ahead,
    to_writer: SyncSender<Work>,
    shared: Shared,
}

/// How long `main` stands back for stop calls.
#[derive(Default)]
struct Ahead {
    until: Option<Instant>,
    /// The second that is counted, and how much of it is taken.
    counted: Option<(Instant, Duration)>,
}

impl Ahead {
    /// A step of a stop call was taken.
    fn step(&mut self, now: Instant) {
        let (since, taken) = match self.counted {
            Some((since, taken)) if now.duration_since(since) < Duration::from_secs(1) => {
                (since, taken)
            }
            Some(_) | None => (now, Duration::ZERO),
        };
        let until = now + STAND_BACK;
        // What was granted already is not counted twice.
        let more = until.duration_since(self.until.unwrap_or(now).max(now));
        if taken + more <= STAND_BACK_OF_A_SECOND {
            self.until = Some(until);
            self.counted = Some((since, taken + more));
        } else {
            self.counted = Some((since, taken));
        }
    }

    /// Until when `main` waits, if it does.
    fn lasts(&mut self, now: Instant) -> Option<Instant> {
        self.until = self.until.filter(|until| *until > now);
        self.until
    }
}

/// Whether `input`, which came ahead of `main`, belongs to a stop call.
fn is_of_a_stop_call(input: &Input) -> bool {
    match input {
        Input::Command { .. } | Input::Directed { .. } => true,
        Input::Link(LinkInput::Frame { frame, .. }) => {
            matches!(frame, PeerFrame::Entries(_) | PeerFrame::Cosigned { .. })
        }
        Input::Link(_)
        | Input::Administer { .. }
        | Input::Durable { .. }
        | Input::ConflictsFound(_)
        | Input::Disk(_)
        | Input::Sounder { .. }
        | Input::WallLocked { .. }
        | Input::Tick
        | Input::UnitReceipt { .. } => false,
    }
}

impl Core {
    fn run(mut self) {
        let mut stopping = false;
        while !(stopping && !self.busy && self.work.is_empty()) {
            let ahead = self.ahead.lasts(Instant::now());
            let main_may = self.work.has_room() && !stopping && ahead.is_none();
            let deadline = self.deadline().into_iter().chain(ahead).min();
            match self.shared.inbox.take(main_may, deadline) {
                None => self.step(Input::Tick, None, Pace::Stop),
                Some((Job::Input { input, cosignature }, pace)) => {
                    if pace == Pace::Stop && is_of_a_stop_call(&input) {
                        self.ahead.step(Instant::now());
                    }
                    self.step(*input, cosignature, pace)
                }
                Some((Job::Query(query), _)) => {
                    let quiet = self.is_quiet();
                    self.driver.ask(query, quiet, &mut self.work);
                }
                Some((Job::Written(written), _)) => self.written(written),
                Some((Job::Damaged, _)) => self.damaged(),
                Some((Job::Stop, _)) => {
                    stopping = true;
                    self.shared.inbox.close();
                }
            }
            self.hand_over(stopping);
        }
    }

    fn is_quiet(&self) -> bool {
        !self.busy && self.work.is_empty()
    }

    fn deadline(&self) -> Option<Instant> {
        let wait = self.driver.wakes_in((self.shared.clock)());
        let wakes = wait.map(|wait| Instant::now() + wait);
        let worth = self.since_snapshot >= SNAPSHOT_AFTER && self.is_quiet();
        let snapshot = worth.then(|| self.quiet_since + QUIET);
        wakes.into_iter().chain(snapshot).min()
    }

    fn snapshot_is_due(&self, stopping: bool) -> bool {
        match self.since_snapshot {
            SNAPSHOT_AT_LEAST_AFTER.. => true,
            SNAPSHOT_AFTER.. => {
                stopping || (self.work.is_empty() && self.quiet_since.elapsed() >= QUIET)
            }
            _too_few => false,
        }
    }

    fn step(&mut self, input: Input, cosignature: Option<model::event::Bytes>, pace: Pace) {
        let at = Moment {
            now: (self.shared.clock)(),
            pace,
            quiet: !self.busy,
        };
        let outside = self.shared.outside.clone();
        self.driver
            .step(at, input, cosignature, &mut self.work, outside.as_ref());
    }

    fn written(&mut self, written: super::writer::Written) {
        if written.was_work {
            self.busy = false;
            self.driver.written(written.disk);
        }
        self.since_snapshot = self.since_snapshot.saturating_add(written.records);
        self.quiet_since = Instant::now();
        if !written.heads.is_empty() {
            let heads = written.heads;
            self.step(Input::Durable { heads }, None, Pace::Stop);
        }
        if let Some(disk) = written.disk {
            self.step(Input::Disk(disk), None, Pace::Stop);
        }
    }

    /// As where a sync failed: the journal is what everything rests on, so nothing more is said or recorded.
    fn damaged(&mut self) {
        self.driver.damaged();
        self.step(Input::Disk(Disk::Failed), None, Pace::Stop);
    }

    fn hand_over(&mut self, stopping: bool) {
        if self.busy {
            return;
        }
        if self.snapshot_is_due(stopping) {
            self.since_snapshot = 0;
            self.work.snapshot = Some(Box::new(self.driver.node().snapshot()));
        }
        if self.work.is_empty() {
            return;
        }
        self.busy = true;
        self.driver.handed_over();
        // The writer ends only after this thread.
        let _ = self.to_writer.send(std::mem::take(&mut self.work));
    }
}

fn write_all<J: Journal>(
    mut writer: Writer<J>,
    work: &Receiver<Work>,
    inbox: &Inbox,
    outside: &dyn Outside,
    to_snapshots: SyncSender<KeepSnapshot>,
) {
    loop {
        let next = match writer.disk() {
            Disk::Full => work.recv_timeout(RESUME_EVERY),
            Disk::Well | Disk::Failed => work.recv().map_err(|_| RecvTimeoutError::Disconnected),
        };
        let mut written = match next {
            Ok(work) => writer.write(work, outside),
            Err(RecvTimeoutError::Timeout) => writer.try_resume(),
            Err(RecvTimeoutError::Disconnected) => return,
        };
        if let Some(keep) = written.snapshot.take() {
            // Where two are under way already this one is let go: the next covers more.
            let _ = to_snapshots.try_send(keep);
        }
        inbox.put_own(Job::Written(written));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn main_stands_back_after_a_step_of_a_stop_call_and_goes_on_after_the_last() {
        let mut ahead = Ahead::default();
        let began = Instant::now();
        assert_eq!(ahead.lasts(began), None);
        ahead.step(began);
        ahead.step(began + STAND_BACK / 2);
        assert!(ahead.lasts(began + STAND_BACK).is_some());
        assert_eq!(ahead.lasts(began + STAND_BACK * 2), None);
    }

    #[test]
    fn a_peer_that_floods_its_stop_lane_leaves_main_most_of_each_second() {
        let mut ahead = Ahead::default();
        let began = Instant::now();
        let mut waited = Duration::ZERO;
        for at in (0..5_000).map(Duration::from_millis) {
            ahead.step(began + at);
            if ahead.lasts(began + at).is_some() {
                waited += Duration::from_millis(1);
            }
        }
        assert!(waited <= STAND_BACK_OF_A_SECOND * 6, "{waited:?} of 5 s");
        assert!(waited >= STAND_BACK_OF_A_SECOND * 4, "{waited:?} of 5 s");
    }
}
