//! What was asked of the core, and waits for its answer.

use channel::effect::{Done, Refusal};
use channel::input::Request;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::oneshot;

type Answer = oneshot::Sender<Result<Done, Refusal>>;

/// Requests that wait for their answer.
#[derive(Default)]
pub(super) struct Requests {
    next: AtomicU64,
    waiting: Mutex<BTreeMap<Request, Answer>>,
}

impl Requests {
    pub fn number(&self) -> Request {
        Request(self.next.fetch_add(1, Ordering::Relaxed))
    }

    pub fn open(&self) -> (Request, oneshot::Receiver<Result<Done, Refusal>>) {
        let request = self.number();
        let (answer, answered) = oneshot::channel();
        self.waiting().insert(request, answer);
        (request, answered)
    }

    pub fn answer(&self, request: Request, result: Result<Done, Refusal>) {
        if let Some(waiting) = self.waiting().remove(&request) {
            // Whoever asked may have gone; what was done is in the journal.
            let _ = waiting.send(result);
        }
    }

    pub fn forget(&self, request: Request) {
        self.waiting().remove(&request);
    }

    fn waiting(&self) -> MutexGuard<'_, BTreeMap<Request, Answer>> {
        // Entries are whole: whatever a panic elsewhere left is valid.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
