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
use std::sync::Arc;
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{Notify, watch};
use tokio::time::{Instant, interval, interval_at, sleep, sleep_until, timeout};
use tokio_tungstenite::tungstenite::Message;

/// A desk that has heard nothing of its node for so long is deaf.
pub const DEAF_AFTER: Duration = Duration::from_secs(5);
/// Between two questions whether the node is there.
const ASK_EVERY: Duration = Duration::from_secs(1);
/// Between two tries to reach it.
const RETRY: Duration = Duration::from_millis(300);
/// Between two times that the telephone numbers are asked for: a bell's own account is told of alarms alone, and of no
/// arrangement that is put in force.
const NUMBERS_EVERY: Duration = Duration::from_secs(30);
/// How long one tone may play; a player that hangs is ended.
const MAX_PLAY: Duration = Duration::from_secs(10);
/// After how long a player that failed is tried again while nothing is to be heard.
const TRY_AGAIN: Duration = Duration::from_secs(15);

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
    let (says_works, works) = watch::channel(None);
    let numbers = Arc::new(Notify::new());
    let mut bell = Bell {
        numbers: numbers.clone(),
        armed: false,
        told_armed: false,
        told_silent: false,
        works,
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
    tokio::spawn(sound(speaker, heard, says_works));
    tokio::spawn(keep_numbers(bell.client.clone(), numbers));
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
    /// Asks for the telephone numbers for when the node is gone; no alarm waits for them.
    numbers: Arc<Notify>,
    /// Whether the node has ever let us listen.
    met: bool,
    deaf: bool,
    heard_at: Instant,
    voice: watch::Sender<Option<Tone>>,
    /// Whether a sound was made when one was tried last; `None`: none was yet.
    works: watch::Receiver<Option<bool>>,
    /// Whether the node was told that this sounds.
    armed: bool,
    /// Whether how that is was said here.
    told_armed: bool,
    /// Whether it was said that nothing sounds here.
    told_silent: bool,
}

impl Bell {
    /// Listens, and listens again whenever that ends.
    async fn attend(&mut self) -> Outcome {
        // Nobody is told that this desk would hear before a sound was made. The other end lives as long as we do.
        let _tried = self.works.wait_for(Option::is_some).await.is_ok();
        loop {
            self.look_at_sound()?;
            match self.open().await? {
                Some(socket) => self.hear(socket).await?,
                None => self.wait(RETRY).await?,
            }
        }
    }

    /// Whether to arm the desk. That it is not, or no longer, is said loudly.
    fn look_at_sound(&mut self) -> Outcome {
        let works = *self.works.borrow_and_update() == Some(true);
        if !works && !self.told_silent {
            let desk = self.wanted.desk.name();
            self.tell(
                &json!({"type": "not-armed", "desk": desk}),
                &format!(
                    "NOT ARMED: no sound can be made on this machine\n{}",
                    deaf::no_sounder(desk)
                ),
            )?;
            if let Some(command) = &self.wanted.run {
                let told = [
                    ("STANDCLEAR_KIND", "no-sounder".to_owned()),
                    ("STANDCLEAR_DESK", desk.to_owned()),
                ];
                hook::run(command, &told);
            }
        }
        self.told_silent = !works;
        self.told_armed = self.told_armed && works == self.armed;
        self.armed = works;
        Ok(())
    }

    /// One try to reach the node. It is noticed meanwhile when this desk falls deaf.
    async fn open(&mut self) -> Outcome<Option<Socket>> {
        let mut query = format!("desk={}", self.wanted.desk);
        if self.armed {
            query += &format!("&sounder={}", self.wanted.name);
        }
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
        let mut numbers = interval_at(Instant::now() + NUMBERS_EVERY, NUMBERS_EVERY);
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
                _ = numbers.tick() => self.numbers.notify_one(),
                () = sleep_until(gone_at) => return Ok(()),
                // The node is to know: we come again, and say so.
                Ok(()) = self.works.changed() => return Ok(()),
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
                self.tell(&alarm.event, &alarm.words())?;
                if let Some(command) = &self.wanted.run
                    && !self.alarms.only_doubt_is_new(&alarm)
                {
                    hook::run(command, &alarm.environment());
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
            Heard::Arrangement => self.numbers.notify_one(),
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
        let (is_news, was_deaf) = (!self.told_armed, self.deaf);
        (self.met, self.deaf, self.told_armed) = (true, false, true);
        if is_news || was_deaf {
            let words = format!(
                "the {} desk {}: {}",
                self.wanted.desk,
                if was_deaf { "HEARS AGAIN" } else { "hears" },
                if self.armed {
                    "armed"
                } else {
                    "NOT ARMED, nothing sounds here"
                }
            );
            self.tell(
                &json!({"type": "hears", "desk": self.wanted.desk.name(), "armed": self.armed}),
                &words,
            )?;
        }
        self.numbers.notify_one();
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

/// Keeps the telephone numbers on this machine, anew whenever they are `wanted`. What keeps it from that is said once.
async fn keep_numbers(client: Client, wanted: Arc<Notify>) {
    let mut told = None;
    loop {
        wanted.notified().await;
        let failed = fallback::refresh(&client).await.err();
        if let Some(failure) = failed.as_ref().filter(|_| failed != told) {
            output::say(&fallback::not_kept(failure));
        }
        told = failed;
    }
}

/// Plays what is to be heard, over and over, for as long as it is. `works` is told whether a sound was made: first of a
/// test sound, later of each; after a failure it is tried anew.
async fn sound(
    speaker: Speaker,
    mut voice: watch::Receiver<Option<Tone>>,
    works: watch::Sender<Option<bool>>,
) {
    let mut complained = false;
    let made = ring(&speaker, Tone::Attention, &mut complained).await;
    works.send_replace(Some(made));
    loop {
        let wanted = *voice.borrow_and_update();
        let works_now = *works.borrow() == Some(true);
        let tone = match wanted {
            Some(tone) => tone,
            None => tokio::select! {
                changed = voice.changed() => match changed {
                    Ok(()) => continue,
                    Err(_ended) => return,
                },
                () = sleep(TRY_AGAIN), if !works_now => Tone::Attention,
            },
        };
        let made = tokio::select! {
            made = ring(&speaker, tone, &mut complained) => made,
            changed = voice.changed() => match changed {
                Ok(()) => continue,
                Err(_ended) => return,
            },
        };
        works.send_if_modified(|held| held.replace(made) != Some(made));
        let pause = match made {
            true => speaker.pause(tone),
            false => Speaker::Terminal.pause(tone),
        };
        tokio::select! {
            () = sleep(pause) => {}
            _ = voice.changed() => {}
        }
    }
}

/// Makes one sound: by the player, or by this terminal where that fails. Answers with whether anything could be heard.
async fn ring(speaker: &Speaker, tone: Tone, complained: &mut bool) -> bool {
    let Err(why) = play(speaker, tone).await else {
        return true;
    };
    let rings = play(&Speaker::Terminal, tone).await.is_ok();
    if !*complained {
        let instead = match rings {
            true => "this terminal's bell sounds instead",
            false => "and there is no terminal to ring: NOTHING SOUNDS HERE",
        };
        output::say(&format!(
            "standclear: the player does not play ({why}): {instead}; check the sound device"
        ));
    }
    *complained = true;
    rings
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
