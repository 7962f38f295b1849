//! The command that a siren or a pager hangs on.

use crate::output::say;
use std::process::Stdio;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::process::Command;

/// Commands that run at a time; an alarm beyond is sounded, and runs none.
pub const MAX_RUNNING: usize = 16;

static RUNNING: AtomicUsize = AtomicUsize::new(0);

/// Starts `command` in a shell, and waits for it elsewhere.
pub fn run(command: &str, environment: &[(&'static str, String)]) {
    if RUNNING.fetch_add(1, Ordering::Relaxed) >= MAX_RUNNING {
        RUNNING.fetch_sub(1, Ordering::Relaxed);
        say(&format!(
            "standclear: {MAX_RUNNING} commands run already: this alarm runs none"
        ));
        return;
    }
    let started = Command::new("/bin/sh")
        .arg("-c")
        .arg(command)
        .envs(
            environment
                .iter()
                .map(|(name, value)| (*name, value.as_str())),
        )
        .env_remove("STANDCLEAR_TOKEN")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn();
    match started {
        Ok(mut child) => {
            tokio::spawn(async move {
                let ended = child.wait().await;
                RUNNING.fetch_sub(1, Ordering::Relaxed);
                match ended {
                    Ok(status) if status.success() => {}
                    Ok(status) => say(&format!(
                        "standclear: the alarm's command failed ({status}): check it"
                    )),
                    Err(error) => say(&format!(
                        "standclear: the alarm's command was lost: {error}"
                    )),
                }
            });
        }
        Err(error) => {
            RUNNING.fetch_sub(1, Ordering::Relaxed);
            say(&format!(
                "standclear: the alarm's command does not start: {error}"
            ));
        }
    }
}
