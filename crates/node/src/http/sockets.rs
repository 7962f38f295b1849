//! The WebSocket: what happens, as it happens. A bell that listens here is the desk's sounder.

use super::identity::Listener;
use super::problem::Refused;
use crate::auth::AuthError;
use crate::events::{AlarmTold, Told};
use crate::server::Served;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::extract::{Query, State};
use axum::response::Response;
use channel::input::Input;
use model::code::Desk;
use model::ids::SounderId;
use serde::Deserialize;
use std::sync::Arc;
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

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub struct Listening {
    /// Only alarms of this desk, and all that is no alarm.
    pub desk: Option<String>,
    /// The listener sounds alarms for that desk, under this name, for as long as it stays.
    pub sounder: Option<String>,
}

/// Listens. First come the alarms that stand.
#[utoipa::path(get, path = "/api/events", params(Listening), responses((status = 101)))]
pub async fn events(
    State(served): State<Arc<Served>>,
    Listener(officer): Listener,
    Query(listening): Query<Listening>,
    upgrade: WebSocketUpgrade,
) -> Result<Response, Refused> {
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
        return Err(AuthError::NotAllowed(officer.name).into());
    }
    let armed = match (sounder, desk) {
        (Some(sounder), Some(desk)) => Some((desk, sounder)),
        (Some(_), None) => return Err(Refused::Invalid("a sounder is for a desk: name it".into())),
        (None, _) => None,
    };
    Ok(upgrade
        .max_message_size(MAX_SAID)
        .max_frame_size(MAX_SAID)
        .on_upgrade(move |socket| tell_all(served, socket, desk, armed)))
}

async fn tell_all(
    served: Arc<Served>,
    socket: WebSocket,
    desk: Option<Desk>,
    armed: Option<(Desk, SounderId)>,
) {
    // Armed for as long as this lives, whatever way it ends.
    let _armed = armed.map(|(desk, sounder)| Armed::arm(&served, desk, sounder));
    let why = tell(&served, socket, desk).await;
    tracing::debug!(why, "a listener left");
}

struct Armed {
    served: Arc<Served>,
    desk: Desk,
    sounder: SounderId,
}

impl Armed {
    fn arm(served: &Arc<Served>, desk: Desk, sounder: SounderId) -> Self {
        let this = Self {
            served: served.clone(),
            desk,
            sounder,
        };
        this.say(true);
        this
    }

    fn say(&self, armed: bool) {
        let (desk, sounder) = (self.desk, self.sounder);
        self.served.shell.tell(Input::Sounder {
            desk,
            sounder,
            armed,
        });
    }
}

impl Drop for Armed {
    fn drop(&mut self) {
        self.say(false);
    }
}

async fn tell(served: &Served, mut socket: WebSocket, desk: Option<Desk>) -> &'static str {
    // Listening begins before the alarms that stand are read, so that none falls between.
    let mut events = served.shell.events.listen();
    let standing = served.shell.ask(AlarmTold::standing);
    for alarm in standing.await.unwrap_or_default() {
        if is_for(desk, &alarm) && send(&mut socket, &Told::Alarm(alarm)).await.is_err() {
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
                    let wanted = match told.as_ref() {
                        Told::Alarm(alarm) => is_for(desk, alarm),
                        Told::AlarmEnded { .. }
                        | Told::AlarmSilenced { .. }
                        | Told::Changed { .. }
                        | Told::Ready
                        | Told::StartOver => true,
                    };
                    if wanted && send(&mut socket, &told).await.is_err() {
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
                Some(Ok(_)) => heard = Instant::now(),
                Some(Err(_)) => return "it broke",
            },
            _ = ping.tick() => {
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

fn is_for(desk: Option<Desk>, alarm: &AlarmTold) -> bool {
    // An alarm of priority one that is nobody's desk in particular is everybody's.
    desk.is_none_or(|desk| alarm.desk == desk.name() || alarm.kind == "cannot-send")
}

async fn send(socket: &mut WebSocket, told: &Told) -> Result<(), ()> {
    let text = serde_json::to_string(told).map_err(|_| ())?;
    match timeout(READ_WITHIN, socket.send(Message::text(text))).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) | Err(_) => Err(()),
    }
}
