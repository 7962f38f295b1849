//! An alarm on the desk's machine, through the operating system.
//!
//! A bell that listens at the node is the desk's sounder. It sounds what the node tells it, louder with each level, until
//! a person accepts. If it hears nothing of the node for five seconds, this desk is deaf, and it says and sounds that.

mod alarms;
mod hook;
mod sound;

use crate::client::{Client, Socket};
use crate::deaf;
use crate::exit::{Exit, Failure, OrExit as _, Outcome};
use crate::fallback;
use crate::output::{self, Style, dtg_seconds};
use alarms::{Alarms, Heard};
use futures_util::{SinkExt as _, StreamExt as _};
use node::model::code::Desk;
use node::model::ids::SounderId;
use serde_json::json;
use sound::{Speaker, Tone};
use std::path::PathBuf;
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio::time::{Instant, interval, sleep, sleep_until, timeout};
use tokio_tungstenite::tungstenite::Message;

/// A desk that has heard nothing of its node for so long is deaf.
pub const DEAF_AFTER: Duration = Duration::from_secs(5);
/// Between two questions whether the node is there.
const ASK_EVERY: Duration = Duration::from_secs(1);
/// Between two tries to reach it.
const RETRY: Duration = Duration::from_millis(300);
/// How long one tone may play; a player that hangs is ended.
const MAX_PLAY: Duration = Duration::from_secs(10);

/// What the bell was told.
pub struct Wanted {
    pub desk: Desk,
    pub name: SounderId,
    pub run: Option<String>,
    pub player: Option<PathBuf>,
    pub style: Style,
}

/// Sounds until it is interrupted.
///
/// # Errors
/// Where the node refuses at the first meeting, there is nothing to sound with, or it is interrupted while deaf
/// ([`Exit::Telephone`]).
pub async fn run(client: Client, wanted: Wanted) -> Outcome {
    let speaker = Speaker::find(wanted.player.as_deref())?;
    let mut interrupted = signal(SignalKind::interrupt()).or_refuse()?;
    let mut terminated = signal(SignalKind::terminate()).or_refuse()?;
    let (voice, heard) = watch::channel(None);
    let mut bell = Bell {
        alarms: Alarms::default(),
        met: false,
        deaf: false,
        heard_at: Instant::now(),
        voice,
        client,
        wanted,
    };
    bell.tell(
        &json!({"type": "bell", "desk": bell.wanted.desk.name(), "sound": speaker.name()}),
        &speaker.name(),
    )?;
    tokio::spawn(sound(speaker, heard));
    tokio::select! {
        ended = bell.attend() => return ended,
        _ = interrupted.recv() => {}
        _ = terminated.recv() => {}
    }
    match bell.deaf {
        false => Ok(()),
        true => Err(Failure::new(
            Exit::Telephone,
            "the bell ended while this desk was deaf: nothing sounds here",
        )),
    }
}

struct Bell {
    client: Client,
    wanted: Wanted,
    alarms: Alarms,
    /// Whether the node has ever let us listen.
    met: bool,
    deaf: bool,
    heard_at: Instant,
    voice: watch::Sender<Option<Tone>>,
}

impl Bell {
    /// Listens, and listens again whenever that ends.
    async fn attend(&mut self) -> Outcome {
        loop {
            match self.open().await? {
                Some(socket) => self.hear(socket).await?,
                None => self.wait(RETRY).await?,
            }
        }
    }

    /// One try to reach the node. It is noticed meanwhile when this desk falls deaf.
    async fn open(&mut self) -> Outcome<Option<Socket>> {
        let query = format!("desk={}&sounder={}", self.wanted.desk, self.wanted.name);
        let client = self.client.clone();
        let mut attempt = std::pin::pin!(client.listen(&query));
        let opened = loop {
            let deaf_at = self.heard_at + DEAF_AFTER;
            tokio::select! {
                opened = &mut attempt => break opened,
                () = sleep_until(deaf_at), if !self.deaf => self.fall_deaf().await?,
            }
        };
        match opened {
            Ok(socket) => Ok(Some(socket)),
            // A node that has never let us in is to be heard out; one that did may be starting anew.
            Err(failure) if failure.exit != Exit::Unreachable && !self.met => Err(failure),
            Err(_) => Ok(None),
        }
    }

    async fn wait(&mut self, span: Duration) -> Outcome {
        let until = Instant::now() + span;
        let deaf_at = self.heard_at + DEAF_AFTER;
        if !self.deaf && deaf_at <= until {
            sleep_until(deaf_at).await;
            self.fall_deaf().await?;
        }
        sleep_until(until).await;
        Ok(())
    }

    /// Takes what the node tells until nothing comes any more.
    async fn hear(&mut self, mut socket: Socket) -> Outcome {
        let mut ask = interval(ASK_EVERY);
        self.heard_at = Instant::now();
        loop {
            let gone_at = self.heard_at + DEAF_AFTER;
            tokio::select! {
                message = socket.next() => match message {
                    Some(Ok(Message::Text(text))) => {
                        self.heard_at = Instant::now();
                        if self.take(text.as_str()).await? == Go::Again {
                            return Ok(());
                        }
                    }
                    Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Binary(_) | Message::Frame(_))) => {
                        self.heard_at = Instant::now();
                    }
                    Some(Ok(Message::Close(_)) | Err(_)) | None => return Ok(()),
                },
                _ = ask.tick() => {
                    let asked = timeout(ASK_EVERY, socket.send(Message::Ping(Vec::new().into()))).await;
                    if !matches!(asked, Ok(Ok(()))) {
                        return Ok(());
                    }
                }
                () = sleep_until(gone_at) => return Ok(()),
            }
        }
    }

    async fn take(&mut self, text: &str) -> Outcome<Go> {
        match Heard::read(text) {
            Heard::Ready => {
                self.alarms.settle();
                self.hears().await?;
            }
            Heard::StartOver => return Ok(Go::Again),
            Heard::Alarm(alarm) => {
                self.tell(&alarm.event, &alarm.words(&self.alarms))?;
                if let Some(command) = &self.wanted.run
                    && !self.alarms.only_doubt_is_new(&alarm)
                {
                    hook::run(command, &alarm.environment(&self.alarms));
                }
                self.alarms.add(alarm);
            }
            Heard::Silenced(alarm) => self.alarms.silence(&alarm),
            Heard::Ended(alarm) => {
                if self.alarms.remove(&alarm) {
                    self.tell(
                        &json!({"type": "alarm-ended", "alarm": alarm}),
                        &format!("ended: {alarm}"),
                    )?;
                }
            }
            Heard::Other => {}
        }
        self.speak();
        Ok(Go::On)
    }

    fn speak(&self) {
        let tone = self.alarms.tone().or(self.deaf.then_some(Tone::Deaf));
        self.voice
            .send_if_modified(|held| std::mem::replace(held, tone) != tone);
    }

    /// The node told all that stands: this desk hears.
    async fn hears(&mut self) -> Outcome {
        let (first, was_deaf) = (!self.met, self.deaf);
        (self.met, self.deaf) = (true, false);
        if first || was_deaf {
            let words = format!(
                "the {} desk {}",
                self.wanted.desk,
                if was_deaf {
                    "HEARS AGAIN"
                } else {
                    "hears: armed"
                }
            );
            self.tell(
                &json!({"type": "hears", "desk": self.wanted.desk.name()}),
                &words,
            )?;
        }
        // The names of lines, and the numbers for when the node is gone; the alarm does not wait for either.
        self.alarms.learn(&self.client);
        let client = self.client.clone();
        tokio::spawn(async move {
            if let Err(failure) = fallback::refresh(&client).await {
                output::say(&format!(
                    "the telephone numbers are not kept on this machine: {failure}"
                ));
            }
        });
        Ok(())
    }

    async fn fall_deaf(&mut self) -> Outcome {
        self.deaf = true;
        self.speak();
        let (kept, desk) = (
            fallback::kept(&self.client.address),
            self.wanted.desk.name(),
        );
        let telephone = kept.as_ref().map(|kept| &kept.lines);
        self.tell(
            &json!({"type": "deaf", "desk": desk, "telephone": telephone}),
            &deaf::banner(kept.as_ref(), Some(desk)),
        )?;
        if let Some(command) = &self.wanted.run {
            hook::run(
                command,
                &[
                    ("STANDCLEAR_KIND", "deaf".to_owned()),
                    ("STANDCLEAR_DESK", desk.to_owned()),
                ],
            );
        }
        Ok(())
    }

    fn tell(&self, event: &serde_json::Value, words: &str) -> Outcome {
        match self.wanted.style {
            Style::Json => output::print(&event.to_string()),
            Style::Text => output::print(&format!(
                "{}  {words}",
                dtg_seconds(node::clock::now().as_unix_ms())
            )),
        }
    }
}

#[derive(PartialEq, Eq)]
enum Go {
    On,
    Again,
}

/// Plays what is to be heard, over and over, for as long as it is.
async fn sound(speaker: Speaker, mut voice: watch::Receiver<Option<Tone>>) {
    let mut complained = false;
    loop {
        let wanted = *voice.borrow_and_update();
        let Some(tone) = wanted else {
            match voice.changed().await {
                Ok(()) => continue,
                Err(_ended) => return,
            }
        };
        let played = tokio::select! {
            played = play(&speaker, tone) => played,
            changed = voice.changed() => match changed {
                Ok(()) => continue,
                Err(_ended) => return,
            },
        };
        if let Err(why) = played {
            if !complained {
                output::say(&format!(
                    "standclear: the player does not play ({why}): this terminal's bell sounds instead; check the sound device"
                ));
            }
            complained = true;
            // Where the terminal takes no bell either, what stands is on its screen.
            let _ = Speaker::Terminal.play(tone);
            sleep(Speaker::Terminal.pause(tone)).await;
        }
        tokio::select! {
            () = sleep(speaker.pause(tone)) => {}
            _ = voice.changed() => {}
        }
    }
}

async fn play(speaker: &Speaker, tone: Tone) -> Result<(), String> {
    let Some(mut player) = speaker.play(tone).map_err(|error| error.to_string())? else {
        return Ok(());
    };
    match timeout(MAX_PLAY, player.wait()).await {
        Ok(Ok(status)) if status.success() => Ok(()),
        Ok(Ok(status)) => Err(status.to_string()),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_hangs) => Err("it hangs".to_owned()),
    }
}
