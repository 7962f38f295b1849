//! Threads for work that must not be in the way: verifying what `main` brings, encoding snapshots, closer looks.
//!
//! A stop call passes through a dozen threads of two nodes. On a machine with fewer cores than work, each of them would wait
//! for its turn behind the signatures of notices; so those are checked by threads that stand back.

use rustix::process::setpriority_process;
use std::num::NonZero;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use tokio::sync::oneshot;

/// Threads, however many cores there are.
const MAX_THREADS: usize = 8;
/// How far such a thread stands back: of 19 (POSIX `nice`), which anybody may ask for.
const NICE: i32 = 10;

type Job = Box<dyn FnOnce() + Send>;

/// Threads that end with it. A caller waits for its answer, so at most as many jobs
/// wait as there are callers.
pub struct Background {
    jobs: Sender<Job>,
}

impl Background {
    /// With as many threads as cores, up to [`MAX_THREADS`].
    ///
    /// # Errors
    /// When the system has no threads left.
    pub fn on_all_cores() -> std::io::Result<Self> {
        let cores = thread::available_parallelism().map_or(1, NonZero::get);
        Self::start(cores.min(MAX_THREADS))
    }

    /// # Errors
    /// When the system has no threads left.
    pub fn start(threads: usize) -> std::io::Result<Self> {
        let (jobs, waiting) = channel::<Job>();
        let waiting = Arc::new(Mutex::new(waiting));
        for _ in 0..threads {
            let waiting = waiting.clone();
            thread::Builder::new()
                .name("background".into())
                .spawn(move || {
                    stand_back();
                    while let Some(job) = next(&waiting) {
                        // Whoever waits for it is told; the next job is another's.
                        let _ = catch_unwind(AssertUnwindSafe(job));
                    }
                })?;
        }
        Ok(Self { jobs })
    }

    /// Does `work` there. `None` if it panicked.
    pub async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Option<T> {
        let (answer, answered) = oneshot::channel();
        let job = move || {
            // Whoever asked may have gone.
            let _ = answer.send(work());
        };
        self.jobs.send(Box::new(job)).ok()?;
        answered.await.ok()
    }
}

fn next(waiting: &Mutex<Receiver<Job>>) -> Option<Job> {
    // The lock is held only while waiting, never while working.
    let waiting = waiting.lock().unwrap_or_else(PoisonError::into_inner);
    waiting.recv().ok()
}

/// The calling thread gives way to others from now on.
pub fn stand_back() {
    // A system that knows no such thing runs it like any other: slower under load, and no less right.
    let _ = setpriority_process(None, NICE);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn work_is_answered_and_a_panic_in_it_costs_no_later_work() {
        let background = Background::on_all_cores().unwrap();
        assert_eq!(background.run(|| 1 + 1).await, Some(2));
        for _ in 0..2 * MAX_THREADS {
            let none: Option<()> = background.run(|| panic!("on purpose")).await;
            assert_eq!(none, None);
        }
        assert_eq!(background.run(|| 2 + 2).await, Some(4));
    }
}
