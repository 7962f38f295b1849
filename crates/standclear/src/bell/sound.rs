//! The tones, made here, and the programs that play them.

use crate::exit::{Failure, OrExit as _, Outcome};
use std::env;
use std::f32::consts::TAU;
use std::fs;
use std::io::{IsTerminal as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use tokio::process::{Child, Command};

const RATE: u32 = 22_050;
/// Players of sound files, the best first, and what they are told beside the file.
const PLAYERS: [(&str, &[&str]); 4] = [
    ("pw-play", &[]),
    ("paplay", &[]),
    ("aplay", &["-q"]),
    ("afplay", &[]),
];

/// What is heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tone {
    /// Something asks for a person, and can wait a little.
    Attention,
    /// A stop call, or what belongs to one; faster and higher with each level it climbs, from 0.
    Stop(u8),
    /// This desk hears nothing. Like no alarm: low, falling.
    Deaf,
}

impl Tone {
    /// All there are.
    pub const ALL: [Tone; 6] = [
        Tone::Attention,
        Tone::Stop(0),
        Tone::Stop(1),
        Tone::Stop(2),
        Tone::Stop(3),
        Tone::Deaf,
    ];

    /// Hertz and milliseconds, note after note; 0 is silence.
    fn notes(self) -> Vec<(u16, u16)> {
        match self {
            Tone::Attention => vec![(740, 180), (0, 80), (740, 180), (0, 700)],
            Tone::Stop(level) => {
                let level = u16::from(level.min(3));
                let (low, high, ms) = (660 + 110 * level, 880 + 150 * level, 260 - 50 * level);
                [(high, ms), (low, ms)].repeat(3)
            }
            Tone::Deaf => vec![(330, 350), (262, 350), (196, 600), (0, 500)],
        }
    }

    /// A sound file: WAV, 16 bits, one channel.
    pub fn wav(self) -> Vec<u8> {
        let mut samples: Vec<i16> = Vec::new();
        for (hertz, ms) in self.notes() {
            let count = RATE * u32::from(ms) / 1_000;
            let edge = RATE / 200;
            for at in 0..count {
                // Rounded at both ends of a note, or it clicks.
                let shape = at.min(count - at).min(edge) as f32 / edge as f32;
                let wave = (TAU * f32::from(hertz) * at as f32 / RATE as f32).sin();
                samples.push((wave * shape * 24_000.0) as i16);
            }
        }
        let bytes = (samples.len() * 2) as u32;
        let mut wav = Vec::with_capacity(44 + samples.len() * 2);
        wav.extend(b"RIFF");
        wav.extend((36 + bytes).to_le_bytes());
        wav.extend(b"WAVEfmt ");
        wav.extend(16_u32.to_le_bytes());
        for (value, wide) in [
            (1, false),
            (1, false),
            (RATE, true),
            (RATE * 2, true),
            (2, false),
            (16, false),
        ] {
            match wide {
                true => wav.extend(value.to_le_bytes()),
                false => wav.extend((value as u16).to_le_bytes()),
            }
        }
        wav.extend(b"data");
        wav.extend(bytes.to_le_bytes());
        samples
            .iter()
            .for_each(|sample| wav.extend(sample.to_le_bytes()));
        wav
    }

    fn file(self) -> String {
        match self {
            Tone::Attention => "attention.wav".to_owned(),
            Tone::Stop(level) => format!("stop-{level}.wav"),
            Tone::Deaf => "deaf.wav".to_owned(),
        }
    }
}

/// What makes the sound.
pub enum Speaker {
    /// A program, with the folder of the sound files.
    Player {
        program: PathBuf,
        told: &'static [&'static str],
        folder: tempfile::TempDir,
    },
    /// The terminal's own bell: heard only where the terminal is.
    Terminal,
}

impl Speaker {
    /// The player given, or the first that is here; else the terminal.
    ///
    /// # Errors
    /// Where a player was named that is not here, or its files cannot be written.
    pub fn find(named: Option<&Path>) -> Outcome<Self> {
        let found = match named {
            Some(program) => {
                let there = match program.components().count() {
                    1 => on_path(program),
                    _with_folder => is_program(program).then(|| program.to_owned()),
                };
                let missing = || {
                    Failure::refused(format!(
                        "there is no program `{}` to play sounds with: install it, or name another with --player",
                        program.display()
                    ))
                };
                Some((there.ok_or_else(missing)?, &[][..]))
            }
            None => PLAYERS
                .into_iter()
                .find_map(|(name, told)| Some((on_path(Path::new(name))?, told))),
        };
        let Some((program, told)) = found else {
            return Ok(Self::Terminal);
        };
        let folder = tempfile::tempdir().or_refuse()?;
        for tone in Tone::ALL {
            fs::write(folder.path().join(tone.file()), tone.wav()).or_refuse()?;
        }
        Ok(Self::Player {
            program,
            told,
            folder,
        })
    }

    /// What it is, for a person.
    pub fn name(&self) -> String {
        match self {
            Speaker::Player { program, .. } => format!("sounds through {}", program.display()),
            Speaker::Terminal => "no player found: sounds only by this terminal's bell; install pipewire-bin, pulseaudio-utils or alsa-utils".to_owned(),
        }
    }

    /// Plays a tone once. Dropping what is returned ends it.
    pub fn play(&self, tone: Tone) -> std::io::Result<Option<Child>> {
        match self {
            Speaker::Player {
                program,
                told,
                folder,
            } => Command::new(program)
                .args(*told)
                .arg(folder.path().join(tone.file()))
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .kill_on_drop(true)
                .spawn()
                .map(Some),
            Speaker::Terminal => {
                if !std::io::stderr().is_terminal() {
                    return Err(std::io::Error::other(
                        "there is no player, and standard error is no terminal",
                    ));
                }
                let mut out = std::io::stderr().lock();
                out.write_all(b"\x07")
                    .and_then(|()| out.flush())
                    .map(|()| None)
            }
        }
    }

    /// Between two tones.
    pub fn pause(&self, tone: Tone) -> Duration {
        match (self, tone) {
            (_, Tone::Attention) => Duration::from_secs(8),
            (Speaker::Player { .. }, Tone::Stop(_) | Tone::Deaf) => Duration::from_millis(50),
            (Speaker::Terminal, Tone::Stop(_) | Tone::Deaf) => Duration::from_millis(700),
        }
    }
}

fn on_path(name: &Path) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path)
        .map(|folder| folder.join(name))
        .find(|program| is_program(program))
}

fn is_program(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_tone_is_a_sound_file_of_its_own() {
        let all: Vec<Vec<u8>> = Tone::ALL.into_iter().map(Tone::wav).collect();
        for (at, wav) in all.iter().enumerate() {
            assert_eq!(&wav[..4], b"RIFF");
            assert_eq!(
                u32::from_le_bytes(wav[40..44].try_into().unwrap()) as usize,
                wav.len() - 44
            );
            assert_eq!(
                u32::from_le_bytes(wav[4..8].try_into().unwrap()) as usize,
                wav.len() - 8
            );
            assert!(all[..at].iter().all(|other| other != wav));
        }
    }

    #[test]
    fn a_stop_call_sounds_faster_as_it_climbs() {
        let length = |level| Tone::Stop(level).wav().len();
        assert!(length(0) > length(1) && length(1) > length(2) && length(2) > length(3));
    }

    #[test]
    fn a_player_that_is_not_here_is_refused() {
        assert!(Speaker::find(Some(Path::new("/no/such/player"))).is_err());
        assert!(Speaker::find(Some(Path::new("no-such-player-anywhere"))).is_err());
    }
}
