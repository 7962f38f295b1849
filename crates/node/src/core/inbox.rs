//! How everything else reaches the core: four bounded queues, so that nothing is ever ahead of a stop call, and no
//! peer's flood ahead of the officers here.

use super::work::{Answer, Pace};
use super::writer::Written;
use channel::Node;
use channel::input::Input;
use model::event::Bytes;
use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Frames of main connections that wait, of all lines together.
pub const MAX_MAIN_QUEUED: usize = 1_024;
/// Frames of stop connections that wait, of all lines together.
pub const MAX_STOP_QUEUED: usize = 4_096;
/// What officers here ask and command that wait, beside stop calls.
pub const MAX_DESK_QUEUED: usize = 512;
/// Local stop commands that wait.
pub const MAX_LOCAL_QUEUED: usize = 256;

/// Runs against the state; the answer it gives is held until all that the state rests on is durable.
pub type Query = Box<dyn FnOnce(&Node) -> Answer + Send>;

pub enum Job {
    Input {
        input: Box<Input>,
        /// The bytes of a cosignature that the input tells of.
        cosignature: Option<Bytes>,
    },
    Query(Query),
    /// The writer has finished a piece of work.
    Written(Written),
    /// What is in the journal cannot be read: nothing more is to rest on it.
    Damaged,
    /// Take what is queued no further; write what is stepped.
    Stop,
}

/// Who puts it in, which says what it may wait for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum From {
    /// The node itself, or an officer's stop call on this machine: before the peer's frames.
    Here,
    /// A stop connection.
    StopLine,
    /// Queries and commands of officers here.
    Desk,
    /// A main connection.
    Main,
}

impl From {
    fn pace(self) -> Pace {
        match self {
            From::Here | From::StopLine => Pace::Stop,
            From::Desk | From::Main => Pace::Main,
        }
    }
}

/// Why nothing could be put in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InboxError {
    #[error("this node is overloaded: try again, or telephone")]
    Full,
    #[error("this node is stopping")]
    Closed,
}

model::says! { InboxError, "inbox":
    "full" Full;
    "closed" Closed;
}

struct Queues {
    here: VecDeque<(Job, Option<OwnedSemaphorePermit>)>,
    stop: VecDeque<(Job, Option<OwnedSemaphorePermit>)>,
    desk: VecDeque<(Job, Option<OwnedSemaphorePermit>)>,
    main: VecDeque<(Job, Option<OwnedSemaphorePermit>)>,
    closed: bool,
}

/// The four queues. Cheap to share.
pub struct Inbox {
    queues: Mutex<Queues>,
    bell: Condvar,
    local: Arc<Semaphore>,
    stop: Arc<Semaphore>,
    desk: Arc<Semaphore>,
    main: Arc<Semaphore>,
}

impl Default for Inbox {
    fn default() -> Self {
        Self {
            queues: Mutex::new(Queues {
                here: VecDeque::new(),
                stop: VecDeque::new(),
                desk: VecDeque::new(),
                main: VecDeque::new(),
                closed: false,
            }),
            bell: Condvar::new(),
            local: Arc::new(Semaphore::new(MAX_LOCAL_QUEUED)),
            stop: Arc::new(Semaphore::new(MAX_STOP_QUEUED)),
            desk: Arc::new(Semaphore::new(MAX_DESK_QUEUED)),
            main: Arc::new(Semaphore::new(MAX_MAIN_QUEUED)),
        }
    }
}

impl Inbox {
    /// Puts `job` in; waits for room, which pushes back on whoever sends.
    ///
    /// # Errors
    /// When the node is stopping.
    pub async fn put(&self, from: From, job: Job) -> Result<(), InboxError> {
        let room = match from {
            From::Here => &self.local,
            From::StopLine => &self.stop,
            From::Desk => &self.desk,
            From::Main => &self.main,
        };
        let permit = room
            .clone()
            .acquire_owned()
            .await
            .map_err(|_| InboxError::Closed)?;
        self.push(from, job, Some(permit))
    }

    /// As [`Inbox::put`], but refuses instead of waiting.
    ///
    /// # Errors
    /// When the queue is full, or the node is stopping.
    pub fn try_put(&self, from: From, job: Job) -> Result<(), InboxError> {
        let room = match from {
            From::Here => &self.local,
            From::StopLine => &self.stop,
            From::Desk => &self.desk,
            From::Main => &self.main,
        };
        let permit = room
            .clone()
            .try_acquire_owned()
            .map_err(|_| InboxError::Full)?;
        self.push(from, job, Some(permit))
    }

    /// What the node tells itself (the clock, the disk): at most one of each is under way, so there is no bound.
    pub fn put_own(&self, job: Job) {
        // Once the core is gone nobody is left to tell.
        let _ = self.push(From::Here, job, None);
    }

    fn push(
        &self,
        from: From,
        job: Job,
        permit: Option<OwnedSemaphorePermit>,
    ) -> Result<(), InboxError> {
        let mut queues = self.queues();
        // What the writer says is awaited to the last.
        if queues.closed && !matches!(job, Job::Written(_)) {
            return Err(InboxError::Closed);
        }
        match from {
            From::Here => queues.here.push_back((job, permit)),
            From::StopLine => queues.stop.push_back((job, permit)),
            From::Desk => queues.desk.push_back((job, permit)),
            From::Main => queues.main.push_back((job, permit)),
        }
        drop(queues);
        self.bell.notify_one();
        Ok(())
    }

    /// The next job, what is urgent first; of `main` only where `main_may` run. Waits until `deadline`.
    pub fn take(&self, main_may: bool, deadline: Option<Instant>) -> Option<(Job, Pace)> {
        let mut queues = self.queues();
        loop {
            if let Some(found) = next(&mut queues, main_may) {
                return Some(found);
            }
            queues = match deadline {
                None => self
                    .bell
                    .wait(queues)
                    .unwrap_or_else(PoisonError::into_inner),
                Some(deadline) => {
                    let left = deadline.saturating_duration_since(Instant::now());
                    if left == Duration::ZERO {
                        return None;
                    }
                    let waited = self.bell.wait_timeout(queues, left);
                    waited.unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
    }

    /// The next job if there is one now.
    pub fn take_now(&self, main_may: bool) -> Option<(Job, Pace)> {
        next(&mut self.queues(), main_may)
    }

    /// Refuses whatever comes from now on.
    pub fn close(&self) {
        let mut queues = self.queues();
        queues.closed = true;
        queues
            .here
            .retain(|(job, _)| matches!(job, Job::Written(_)));
        queues.stop.clear();
        queues.desk.clear();
        queues.main.clear();
        self.local.close();
        self.stop.close();
        self.desk.close();
        self.main.close();
    }

    /// How many wait: local, stop, desk, main.
    pub fn waiting(&self) -> [usize; 4] {
        let queues = self.queues();
        [
            queues.here.len(),
            queues.stop.len(),
            queues.desk.len(),
            queues.main.len(),
        ]
    }

    fn queues(&self) -> MutexGuard<'_, Queues> {
        // A panic elsewhere leaves whole jobs behind: the queues are valid.
        self.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn next(queues: &mut Queues, main_may: bool) -> Option<(Job, Pace)> {
    if let Some((job, _permit)) = queues.here.pop_front() {
        return Some((job, From::Here.pace()));
    }
    if let Some((job, _permit)) = queues.stop.pop_front() {
        return Some((job, From::StopLine.pace()));
    }
    if !main_may {
        return None;
    }
    if let Some((job, _permit)) = queues.desk.pop_front() {
        return Some((job, From::Desk.pace()));
    }
    let (job, _permit) = queues.main.pop_front()?;
    Some((job, From::Main.pace()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tick() -> Job {
        Job::Input {
            input: Box::new(Input::Tick),
            cosignature: None,
        }
    }

    #[test]
    fn a_local_stop_call_is_taken_before_the_line_and_the_line_before_main() {
        let inbox = Inbox::default();
        inbox.try_put(From::Main, tick()).unwrap();
        inbox.try_put(From::StopLine, tick()).unwrap();
        inbox.try_put(From::Here, Job::Stop).unwrap();
        assert!(matches!(
            inbox.take_now(true),
            Some((Job::Stop, Pace::Stop))
        ));
        assert!(matches!(inbox.take_now(true), Some((_, Pace::Stop))));
        assert!(
            inbox.take_now(false).is_none(),
            "main waits while it may not run"
        );
        assert!(matches!(inbox.take_now(true), Some((_, Pace::Main))));
    }

    #[test]
    fn main_is_refused_at_its_limit_and_the_stop_line_is_not() {
        let inbox = Inbox::default();
        for _ in 0..MAX_MAIN_QUEUED {
            inbox.try_put(From::Main, tick()).unwrap();
        }
        assert_eq!(inbox.try_put(From::Main, tick()), Err(InboxError::Full));
        assert_eq!(inbox.try_put(From::StopLine, tick()), Ok(()));
        assert_eq!(
            inbox.try_put(From::Desk, tick()),
            Ok(()),
            "officers here are heard in a flood"
        );
        assert_eq!(inbox.try_put(From::Here, tick()), Ok(()));
    }

    #[test]
    fn each_queue_holds_so_much_and_no_more() {
        for (from, most) in [
            (From::Here, MAX_LOCAL_QUEUED),
            (From::StopLine, MAX_STOP_QUEUED),
            (From::Desk, MAX_DESK_QUEUED),
            (From::Main, MAX_MAIN_QUEUED),
        ] {
            let inbox = Inbox::default();
            for _ in 0..most {
                inbox.try_put(from, tick()).unwrap();
            }
            assert_eq!(inbox.try_put(from, tick()), Err(InboxError::Full));
        }
    }

    #[test]
    fn a_taken_job_gives_its_room_back() {
        let inbox = Inbox::default();
        for _ in 0..MAX_LOCAL_QUEUED {
            inbox.try_put(From::Here, tick()).unwrap();
        }
        assert_eq!(inbox.try_put(From::Here, tick()), Err(InboxError::Full));
        assert!(inbox.take_now(true).is_some());
        assert_eq!(inbox.try_put(From::Here, tick()), Ok(()));
    }
}
