//! Closer looks at what may come too near, beside the core: it never waits for one.

use crate::background::Background;
use crate::shell::{Shell, Unanswered};
use channel::ground::Unsound;
use channel::input::Input;
use channel::look::{Look, Looked, Plan, PlanVolume};
use model::line::EntryRef;
use std::io;
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// Notices of which the core is asked at once what they are near to. It is busy with that for a millisecond.
const AT_ONCE: usize = 64;
/// One for the notices in force, so that a peer whose areas take long holds up no plan of an officer's; one for those.
const THREADS: usize = 2;
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
        why: String,
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
    let volumes = background.run(move || {
        let volumes = plans.into_iter().enumerate().map(|(plan, given)| {
            let unsound = |unsound: Unsound| NotLooked::Unsound {
                plan,
                why: unsound.words,
            };
            given.volume().map_err(unsound)
        });
        volumes.collect::<Result<Vec<_>, _>>()
    });
    let volumes = volumes.await.ok_or(NotLooked::Failed)??;
    let looks = shell.ask(move |node| {
        let look_for = |plan: PlanVolume| node.look_for(plan);
        volumes.into_iter().map(look_for).collect::<Vec<_>>()
    });
    let looks = looks.await?.into_iter();
    let looked = background.run(move || looks.map(channel::look::PlanLook::look).collect());
    looked.await.ok_or(NotLooked::Failed)
}
