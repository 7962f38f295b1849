//! The processes that a replay starts, and their end: at its own end, after a failure, on Ctrl-C, whatever happens.

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use std::collections::BTreeMap;
use std::io;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

/// Processes at once.
pub const MAX_PROCESSES: usize = 16;

static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// Waits for ever if this process is being ended by a signal: what fails then fails because of that.
pub fn wait_if_interrupted() {
    while INTERRUPTED.load(Ordering::SeqCst) {
        thread::park();
    }
}

#[derive(Default)]
struct State {
    running: BTreeMap<String, Child>,
    /// Nothing is started any more.
    over: bool,
}

/// Every process of this replay, by name. Dropping it ends them all.
pub struct Crew {
    state: Arc<Mutex<State>>,
    /// Runs a program such that it ends with its parent, even if that is killed with -9.
    leash: Option<&'static Path>,
}

impl Crew {
    /// Ends all processes, and this one, when it is interrupted.
    ///
    /// # Errors
    /// Where the system lets no signal be heard.
    pub fn new() -> io::Result<Self> {
        let state = Arc::new(Mutex::new(State::default()));
        let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP])?;
        let heard = state.clone();
        thread::Builder::new()
            .name("signals".into())
            .spawn(move || {
                if let Some(signal) = signals.forever().next() {
                    INTERRUPTED.store(true, Ordering::SeqCst);
                    end(&heard);
                    eprintln!("\ninterrupted: all that was started is ended");
                    std::process::exit(128 + signal);
                }
            })?;
        let leash = Path::new("/usr/bin/setpriv");
        let leash = leash.exists().then_some(leash);
        Ok(Self { state, leash })
    }

    /// The command that runs `program` on the leash, if this system has one.
    pub fn command(&self, program: &Path) -> Command {
        match self.leash {
            Some(leash) => {
                let mut command = Command::new(leash);
                command.args(["--pdeathsig", "KILL", "--"]).arg(program);
                command
            }
            None => Command::new(program),
        }
    }

    /// Starts `command` as `name`, with no input; what it prints is read from what comes back. On the leash it ends with
    /// the thread that calls this.
    ///
    /// # Errors
    /// Where it cannot be started, there are too many, or all are being ended.
    pub fn start(&self, name: &str, command: &mut Command) -> io::Result<ChildStdout> {
        let mut state = lock(&self.state);
        if state.over || state.running.len() >= MAX_PROCESSES {
            return Err(io::Error::other("no more processes are started"));
        }
        // In a group of its own, so that Ctrl-C is heard by us alone, and ends them all in one way.
        let mut child = command
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()?;
        let prints = child.stdout.take();
        if let Some(earlier) = state.running.insert(name.to_owned(), child) {
            finish(earlier);
        }
        prints.ok_or_else(|| io::Error::other("its output cannot be read"))
    }

    /// Ends it as `kill -9` does, and waits until it is gone. No such process is no failure.
    pub fn kill(&self, name: &str) {
        let child = lock(&self.state).running.remove(name);
        if let Some(child) = child {
            finish(child);
        }
    }

    /// The process that runs as `name`. On the leash it is the program itself, which took the leash's place.
    pub fn pid(&self, name: &str) -> Option<u32> {
        lock(&self.state).running.get(name).map(Child::id)
    }

    /// Asks it to end in order, and waits until it is gone.
    ///
    /// # Errors
    /// Where it cannot be asked.
    pub fn end_in_order(&self, name: &str) -> io::Result<()> {
        let child = lock(&self.state).running.remove(name);
        if let Some(mut child) = child {
            // The shell's own `kill`: slim systems have no program of that name.
            let asked = Command::new("sh")
                .args(["-c", &format!("kill -s TERM {}", child.id())])
                .status()?;
            if !asked.success() {
                return Err(io::Error::other("the process cannot be asked to end"));
            }
            child.wait()?;
        }
        Ok(())
    }

    /// Whether it runs; how it ended, if it has.
    pub fn has_ended(&self, name: &str) -> Option<String> {
        let mut state = lock(&self.state);
        match state.running.get_mut(name) {
            None => Some("it was not started".into()),
            Some(child) => match child.try_wait() {
                Ok(None) => None,
                Ok(Some(status)) => Some(status.to_string()),
                Err(cause) => Some(cause.to_string()),
            },
        }
    }
}

impl Drop for Crew {
    fn drop(&mut self) {
        end(&self.state);
    }
}

fn end(state: &Mutex<State>) {
    let mut state = lock(state);
    state.over = true;
    for (_, child) in std::mem::take(&mut state.running) {
        finish(child);
    }
}

fn finish(mut child: Child) {
    // Either fails only where the process is gone already.
    let _ = child.kill();
    let _ = child.wait();
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    // A panic elsewhere leaves whole entries behind.
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alive(pid: u32) -> bool {
        std::fs::read_to_string(format!("/proc/{pid}/stat"))
            .is_ok_and(|stat| !stat.contains(") Z "))
    }

    fn sleeping(crew: &Crew, name: &str) -> u32 {
        crew.start(name, crew.command(Path::new("/bin/sleep")).arg("1000"))
            .unwrap();
        lock(&crew.state).running[name].id()
    }

    #[test]
    fn whatever_was_started_ends_with_the_crew() {
        let crew = Crew::new().unwrap();
        let pids = [sleeping(&crew, "one"), sleeping(&crew, "two")];
        assert!(pids.iter().all(|pid| alive(*pid)));
        crew.kill("one");
        assert_eq!(pids.map(alive), [false, true]);
        assert!(crew.has_ended("one").is_some() && crew.has_ended("two").is_none());
        drop(crew);
        assert_eq!(pids.map(alive), [false, false]);
    }

    #[test]
    fn a_second_of_one_name_ends_the_first() {
        let crew = Crew::new().unwrap();
        let first = sleeping(&crew, "node");
        let second = sleeping(&crew, "node");
        assert_eq!([first, second].map(alive), [false, true]);
    }

    #[test]
    fn no_more_than_the_limit_are_started() {
        let crew = Crew::new().unwrap();
        for number in 0..MAX_PROCESSES {
            sleeping(&crew, &number.to_string());
        }
        assert!(
            crew.start("one too many", &mut Command::new("/bin/true"))
                .is_err()
        );
    }
}
