//! Closer looks at what may come too near, beside the core: it never waits for one.

use crate::background::Background;
use crate::shell::{Shell, Unanswered};
use channel::ground::Unsound;
use channel::input::Input;
use channel::look::{Look, Looked, Plan, PlanVolume};
use futures_util::future::join_all;
use model::line::EntryRef;
use model::said::Said;
use std::io;
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// Notices of which the core is asked at once what they are near to. It is busy with that for a millisecond.
const AT_ONCE: usize = 64;
/// Threads for plans, among which the volumes of each are divided: an officer waits for it.
const FOR_PLANS: usize = 2;
/// One more for the notices in force: a peer whose areas take long holds up no plan.
const THREADS: usize = FOR_PLANS + 1;
/// After which a core that had no room for a question is asked again.
const ASKED_AGAIN_AFTER: Duration = Duration::from_millis(50);

/// Takes the looks that the core asks for, one after the other, and those that officers ask for.
pub struct Looks {
    background: Background,
    wanted: UnboundedSender<EntryRef>,
    waiting: Mutex<UnboundedReceiver<EntryRef>>,
}

impl Looks {
    /// # Errors
    /// When the system has no threads left.
    pub fn start() -> io::Result<Self> {
        let (wanted, waiting) = unbounded_channel();
        Ok(Self {
            background: Background::start(THREADS)?,
            wanted,
            waiting: Mutex::new(waiting),
        })
    }

    /// They wait their turn: each notice in force is wanted once when it comes, and once when the node starts.
    pub(crate) fn want(&self, notices: Vec<EntryRef>) {
        for notice in notices {
            // Nobody waits for it once the node is stopping; the next start looks again.
            let _ = self.wanted.send(notice);
        }
    }
}

/// Looks at the notices in force that the core asks about, until the node stops.
pub async fn keep(shell: std::sync::Arc<Shell>) {
    let mut waiting = shell.looks.waiting.lock().await;
    let mut notices = Vec::new();
    while waiting.recv_many(&mut notices, AT_ONCE).await > 0 {
        let Some(near) = near(&shell, std::mem::take(&mut notices)).await else {
            return;
        };
        for look in near {
            let found = shell.looks.background.run(move || look.found()).await;
            let found = found.unwrap_or_default();
            if !found.is_empty() && (shell.put(Input::ConflictsFound(found), None).await).is_err() {
                return;
            }
        }
    }
}

/// `None` once the node is stopping.
async fn near(shell: &Shell, notices: Vec<EntryRef>) -> Option<Vec<Look>> {
    loop {
        let asked = notices.clone();
        let near = shell.ask(move |node| asked.iter().filter_map(|of| node.look(*of)).collect());
        match near.await {
            Ok(near) => return Some(near),
            Err(Unanswered::Inbox(crate::core::inbox::InboxError::Full)) => {
                tokio::time::sleep(ASKED_AGAIN_AFTER).await;
            }
            Err(_stopping) => return None,
        }
    }
}

/// Why plans were not looked at.
#[derive(Debug)]
pub enum NotLooked {
    Unanswered(Unanswered),
    /// One of them, counted from 0, cannot be drawn, or its heights not compared.
    Unsound {
        plan: usize,
        why: Said,
    },
    /// The geometry of one of them panicked.
    Failed,
}

impl From<Unanswered> for NotLooked {
    fn from(unanswered: Unanswered) -> Self {
        NotLooked::Unanswered(unanswered)
    }
}

/// Looks at plans of an officer's.
///
/// # Errors
/// [`NotLooked`].
pub async fn at_plans(shell: &Shell, plans: Vec<Plan>) -> Result<Vec<Looked>, NotLooked> {
    if plans.is_empty() {
        return Ok(Vec::new());
    }
    let background = &shell.looks.background;
    let volumes = divided(background, plans, |plan, given| {
        given
            .volume()
            .map_err(|unsound: Unsound| NotLooked::Unsound {
                plan,
                why: unsound.words,
            })
    });
    let volumes = volumes.await.ok_or(NotLooked::Failed)?;
    let volumes = volumes.into_iter().collect::<Result<Vec<_>, _>>()?;
    let looks = shell.ask(move |node| {
        let look_for = |plan: PlanVolume| node.look_for(plan);
        volumes.into_iter().map(look_for).collect::<Vec<_>>()
    });
    let looked = divided(background, looks.await?, |_, look| look.look());
    looked.await.ok_or(NotLooked::Failed)
}

/// Does `work` on each of `all`, counted from 0, on as many threads as there are for plans. `None` if it panicked.
async fn divided<T: Send + 'static, U: Send + 'static>(
    background: &Background,
    all: Vec<T>,
    work: fn(usize, T) -> U,
) -> Option<Vec<U>> {
    let each = all.len().div_ceil(FOR_PLANS);
    let mut numbered = all.into_iter().enumerate();
    let parts = (0..FOR_PLANS).map(|_| {
        let part: Vec<(usize, T)> = numbered.by_ref().take(each).collect();
        let done = move || {
            part.into_iter()
                .map(|(number, one)| work(number, one))
                .collect()
        };
        background.run(done)
    });
    let parts: Vec<Option<Vec<U>>> = join_all(parts.collect::<Vec<_>>()).await;
    let done: Vec<Vec<U>> = parts.into_iter().collect::<Option<_>>()?;
    Some(done.into_iter().flatten().collect())
}
