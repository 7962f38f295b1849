//! The WebSocket: what happens, as it happens. A bell that listens here is the desk's sounder.

use super::given::Asked;
use super::identity::Listener;
use super::problem::{Refused, chain};
use super::scope::{Heard, Scope};
use crate::auth::{NotAllowed, Right};
use crate::directory::Directory;
use crate::events::{AlarmTold, Told};
use crate::server::Served;
use crate::sounders::Sounders;
use crate::walls::Wall;
use axum::extract::State;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::response::Response;
use model::code::{Desk, Level};
use model::ids::{ElementId, OfficerId, SounderId, WallId};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{Instant, timeout};

/// How often a listener is asked whether it is there.
pub const PING_EVERY: Duration = Duration::from_secs(5);
/// After how long without an answer it is gone.
pub const GONE_AFTER: Duration = Duration::from_secs(15);
/// How long a listener may take to read one event.
const READ_WITHIN: Duration = Duration::from_secs(10);
/// Bytes of what a listener may say.
const MAX_SAID: usize = 4 * 1024;
/// Listeners of one account at a time: as many screens and bells as one desk may have.
pub const MAX_LISTENING: usize = 64;

/// Whose a listener is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Of {
    Account(OfficerId),
    Wall(WallId),
}

impl std::fmt::Display for Of {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Of::Account(officer) => officer.fmt(f),
            Of::Wall(wall) => wall.fmt(f),
        }
    }
}

/// Who listens, and how often.
#[derive(Default)]
pub struct Listeners(Mutex<BTreeMap<Of, usize>>);

impl Listeners {
    /// One more for `of`, for as long as what comes back lives.
    ///
    /// # Errors
    /// [`Refused::TooManyListeners`].
    fn add(served: &Arc<Served>, of: Of) -> Result<Listening, Refused> {
        let mut counts = served.listeners.counts();
        let count = counts.entry(of.clone()).or_default();
        if *count >= MAX_LISTENING {
            return Err(Refused::TooManyListeners(of.to_string(), MAX_LISTENING));
        }
        *count += 1;
        Ok(Listening {
            served: served.clone(),
            of,
        })
    }

    fn counts(&self) -> MutexGuard<'_, BTreeMap<Of, usize>> {
        // Entries are whole: whatever a panic elsewhere left is valid.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One listener.
struct Listening {
    served: Arc<Served>,
    of: Of,
}

impl Drop for Listening {
    fn drop(&mut self) {
        let mut counts = self.served.listeners.counts();
        if let Some(count) = counts.get_mut(&self.of) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.of);
            }
        }
    }
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub struct Wish {
    /// Only alarms of this desk, and all that is no alarm.
    pub desk: Option<String>,
    /// The listener sounds alarms for that desk, under this name, for as long as it stays.
    pub sounder: Option<String>,
}

/// Listens. First come the alarms that stand.
#[utoipa::path(get, path = "/api/events", params(Wish), responses((status = 101)))]
pub async fn events(
    State(served): State<Arc<Served>>,
    Listener(officer): Listener,
    Asked(listening): Asked<Wish>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, Refused> {
    let upgrade = upgrade.map_err(|refused| Refused::NoWebSocket(chain(&refused)))?;
    let desk: Option<Desk> = listening
        .desk
        .map(|desk| desk.parse())
        .transpose()
        .map_err(|error| Refused::invalid(&error))?;
    let sounder: Option<SounderId> = listening
        .sounder
        .map(|name| name.parse())
        .transpose()
        .map_err(|error| Refused::invalid(&error))?;
    if let Some(desk) = desk
        && !officer.desks.contains(&desk)
    {
        return Err(NotAllowed::OtherDesk(desk).to(officer.name).into());
    }
    let armed = match (sounder, desk) {
        (Some(sounder), Some(desk)) => Some((desk, sounder)),
        (Some(_), None) => {
            return Err(Refused::in_english(
                "a sounder is for a desk: name it".into(),
            ));
        }
        (None, _) => None,
    };
    let listening = Listeners::add(&served, Of::Account(officer.name))?;
    let wanted = Wanted {
        desk,
        // A bell rings and reads nothing: at an alarm it is not to be woken for anything else.
        changes: officer.right != Right::Bell,
        scope: Scope::of(&officer),
    };
    Ok(upgrade
        .max_message_size(MAX_SAID)
        .max_frame_size(MAX_SAID)
        .on_upgrade(move |socket| tell_all(listening, socket, wanted, armed, None)))
}

/// Tells a wall page the alarms of its desk, for as long as its screen is enrolled.
pub fn to_wall(
    served: &Arc<Served>,
    wall: Wall,
    token: String,
    sounds: bool,
    upgrade: WebSocketUpgrade,
) -> Result<Response, Refused> {
    let listening = Listeners::add(served, Of::Wall(wall.name))?;
    let wanted = Wanted {
        desk: Some(wall.desk),
        // It shows alarms, and reads nothing else.
        changes: false,
        scope: Scope::Party,
    };
    let sounder = SounderId::new(wall.name.slug());
    let armed = sounds.then_some((wall.desk, sounder));
    Ok(upgrade
        .max_message_size(MAX_SAID)
        .max_frame_size(MAX_SAID)
        .on_upgrade(move |socket| tell_all(listening, socket, wanted, armed, Some(token))))
}

async fn tell_all(
    listening: Listening,
    socket: WebSocket,
    wanted: Wanted,
    armed: Option<(Desk, SounderId)>,
    screen: Option<String>,
) {
    let served = &listening.served;
    // Armed for as long as this lives, whatever way it ends.
    let _armed = armed.map(|(desk, sounder)| Sounders::arm(&served.shell, desk, sounder));
    let still = || match (&listening.of, &screen) {
        (Of::Account(officer), _) => served.auth.still(*officer),
        (Of::Wall(_), token) => token
            .as_deref()
            .is_some_and(|token| served.walls.still(token)),
    };
    let why = tell(served, still, socket, wanted).await;
    tracing::debug!(why, "a listener left");
}

async fn tell(
    served: &Served,
    still: impl Fn() -> bool,
    mut socket: WebSocket,
    wanted: Wanted,
) -> &'static str {
    let mut closing = served.closing.subscribe();
    // Listening begins before the alarms that stand are read, so that none falls between.
    let mut events = served.shell.events.listen();
    let mut own = match wanted.scope.element() {
        Some(element) => match Own::of(served, element).await {
            Some(own) => Some(own),
            None => return "this node does not answer",
        },
        None => None,
    };
    for alarm in served.shell.standing_alarms().await {
        if !wanted.alarm(&alarm, &served.shell.directory) {
            continue;
        }
        let told = Arc::new(Told::Alarm(alarm));
        let Some(told) = theirs(served, &mut own, told).await else {
            return "this node does not answer";
        };
        if send_all(&mut socket, &told).await.is_err() {
            return "it did not read";
        }
    }
    if send(&mut socket, &Told::Ready).await.is_err() {
        return "it did not read";
    }
    let mut heard = Instant::now();
    let mut ping = tokio::time::interval(PING_EVERY);
    loop {
        tokio::select! {
            told = events.recv() => match told {
                Ok(told) => {
                    if !wanted.is(&told, &served.shell.directory) {
                        continue;
                    }
                    let Some(told) = theirs(served, &mut own, told).await else {
                        return "this node does not answer";
                    };
                    if send_all(&mut socket, &told).await.is_err() {
                        return "it did not read";
                    }
                }
                Err(RecvError::Lagged(_)) => {
                    // It connects again and is told what stands; if it has gone, so much the better.
                    let _ = send(&mut socket, &Told::StartOver).await;
                    return "it fell behind";
                }
                Err(RecvError::Closed) => return "this node is stopping",
            },
            said = socket.recv() => match said {
                Some(Ok(Message::Close(_))) | None => return "it closed",
                Some(Ok(said)) => {
                    heard = Instant::now();
                    if matches!(said, Message::Text(_)) && send(&mut socket, &Told::Here).await.is_err() {
                        return "it did not read";
                    }
                }
                Some(Err(_)) => return "it broke",
            },
            // The sender lives as long as the node.
            _ = closing.changed() => return "this node is stopping",
            _ = ping.tick() => {
                if !still() {
                    return "its account was taken away";
                }
                if heard.elapsed() > GONE_AFTER {
                    return "it does not answer";
                }
                if !matches!(timeout(READ_WITHIN, socket.send(Message::Ping(Vec::new().into()))).await, Ok(Ok(()))) {
                    return "it broke";
                }
            }
        }
    }
}

/// What a listener is told.
#[derive(Clone, Copy)]
struct Wanted {
    /// Alarms of this desk only.
    desk: Option<Desk>,
    changes: bool,
    /// Whose.
    scope: Scope,
}

/// A listener that speaks for an element, and what it has heard.
struct Own {
    element: ElementId,
    heard: Heard,
}

impl Own {
    async fn of(served: &Served, element: ElementId) -> Option<Self> {
        let heard = (served.shell).ask(move |node| Heard::new(node.state(), element));
        let heard = heard.await.ok()?;
        Some(Self { element, heard })
    }
}

/// What of `told` this listener is told: all of it, or, speaking for an element, what is that element's. `None`: the node
/// does not answer, and nobody is told what is not known to be theirs.
async fn theirs(
    served: &Served,
    own: &mut Option<Own>,
    told: Arc<Told>,
) -> Option<Option<Arc<Told>>> {
    let Some(Own { element, mut heard }) = own.take() else {
        return Some(Some(told));
    };
    let asked = served.shell.ask(move |node| {
        let told = heard.told(node.state(), element, &told);
        (heard, told)
    });
    let (heard, told) = asked.await.ok()?;
    *own = Some(Own { element, heard });
    Some(told.map(Arc::new))
}

async fn send_all(socket: &mut WebSocket, told: &Option<Arc<Told>>) -> Result<(), ()> {
    match told {
        Some(told) => send(socket, told).await,
        None => Ok(()),
    }
}

impl Wanted {
    fn is(self, told: &Told, directory: &Directory) -> bool {
        match told {
            Told::Alarm(alarm) => self.alarm(alarm, directory),
            Told::Changed { .. } => self.changes,
            Told::AlarmEnded { .. }
            | Told::AlarmSilenced { .. }
            | Told::Ready
            | Told::Here
            | Told::StartOver => true,
        }
    }

    fn alarm(self, alarm: &AlarmTold, directory: &Directory) -> bool {
        let Some(desk) = self.desk else {
            return true;
        };
        let is_of_its_line = || {
            let line = alarm.sounds_on_all_of();
            line.is_some_and(|line| directory.desks_of(line).contains(&desk))
        };
        // What nobody has accepted in time sounds higher up as well.
        let has_climbed = desk == Desk::Senior && alarm.level != Level::Desk.name();
        // An alarm of priority one that is nobody's desk in particular is everybody's.
        alarm.desk == desk.name() || alarm.is_for_all() || has_climbed || is_of_its_line()
    }
}

async fn send(socket: &mut WebSocket, told: &Told) -> Result<(), ()> {
    let text = serde_json::to_string(told).map_err(|_| ())?;
    match timeout(READ_WITHIN, socket.send(Message::text(text))).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) | Err(_) => Err(()),
    }
}
