//! Two parties on this machine, each with its folder and its node as a process, driven by the real program.
#![allow(dead_code)]

use serde_json::Value;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// The verifier in another language, which shares no code with the program, told `roots` as `PARTY=WORDS`.
pub fn verifier(folder: &Path, roots: &[String]) -> Ran {
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/independent/verify.py");
    let mut command = Command::new("python3");
    command.arg(program).arg(folder);
    for root in roots {
        command.arg("--root").arg(root);
    }
    run(&mut command)
}

/// How long anything may take on a machine that does much else.
pub const WITHIN: Duration = Duration::from_secs(60);
pub const NUMBER: &str = "+1 555 0100";

/// From tomorrow noon for an hour, as people type it.
pub fn window() -> String {
    let date = |when: &str| {
        let output = Command::new("date")
            .args(["-u", "-d", when, "+%d%H%MZ %b %y"])
            .env("LC_ALL", "C")
            .output()
            .expect("date runs");
        let text = String::from_utf8(output.stdout).expect("text");
        text.trim().to_uppercase()
    };
    format!("{} to {}", date("tomorrow 12:00"), date("tomorrow 13:00"))
}

/// What came of a command.
#[derive(Debug)]
pub struct Ran {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Ran {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    #[track_caller]
    pub fn done(self) -> Self {
        assert_eq!(self.code, 0, "{self:?}");
        self
    }

    #[track_caller]
    pub fn ends(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{self:?}");
        self
    }

    #[track_caller]
    pub fn says(self, words: &str) -> Self {
        assert!(
            self.out.contains(words) || self.err.contains(words),
            "`{words}` in {self:?}"
        );
        self
    }
}

/// The program, with nothing of this machine's own settings.
pub fn standclear() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_standclear"));
    for variable in [
        "STANDCLEAR_FOLDER",
        "STANDCLEAR_NODE",
        "STANDCLEAR_TOKEN",
        "STANDCLEAR_TOKEN_FILE",
        "STANDCLEAR_CA",
    ] {
        command.env_remove(variable);
    }
    command.env("STANDCLEAR_LOG", "error").stdin(Stdio::null());
    command
}

pub fn run(command: &mut Command) -> Ran {
    let output = command.output().unwrap();
    Ran {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// Asks again until it is so.
#[track_caller]
pub fn until<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + WITHIN;
    loop {
        if let Some(found) = ask() {
            return found;
        }
        assert!(Instant::now() < end, "not within {WITHIN:?}: {what}");
        thread::sleep(Duration::from_millis(20));
    }
}

/// A process whose lines are read as they come; it ends with its owner.
pub struct Process {
    child: Child,
    lines: mpsc::Receiver<String>,
    pub heard: String,
}

impl Process {
    pub fn start(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        let (sender, lines) = mpsc::channel();
        thread::spawn(move || {
            for line in out.lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        Self {
            child,
            lines,
            heard: String::new(),
        }
    }

    /// The next line that holds `words`.
    #[track_caller]
    pub fn hears(&mut self, words: &str) -> String {
        let end = Instant::now() + WITHIN;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            let line = self.lines.recv_timeout(left);
            let line = line.unwrap_or_else(|error| {
                panic!("`{words}` was not said ({error}); heard:\n{}", self.heard)
            });
            self.heard += &line;
            self.heard.push('\n');
            if line.contains(words) {
                return line;
            }
        }
    }

    /// By the shell's own `kill`: slim systems have no program of that name.
    fn signal(&self, name: &str) {
        let sent = Command::new("sh")
            .args(["-c", &format!("kill -s {name} {}", self.child.id())])
            .status()
            .unwrap();
        assert!(sent.success());
    }

    /// Lets it hang: there, and doing nothing.
    pub fn freeze(&self) {
        self.signal("STOP");
        let threads = format!("/proc/{}/task", self.child.id());
        until("every thread stands still", || {
            let mut threads = std::fs::read_dir(&threads).ok()?;
            let still = threads.all(|thread| {
                let state = thread.map(|thread| thread.path().join("stat"));
                let state = state.and_then(std::fs::read_to_string).unwrap_or_default();
                state.contains(") T ")
            });
            still.then_some(())
        });
    }

    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Asks it to end, as a person or the system does; answers with its exit code.
    pub fn interrupt(mut self) -> i32 {
        self.signal("TERM");
        until("the process ends", || self.child.try_wait().unwrap())
            .code()
            .unwrap_or(-1)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A party: its folder, an officer's token, and its node if it runs.
pub struct Party {
    pub name: &'static str,
    pub base: PathBuf,
    pub folder: PathBuf,
    pub node: Option<Process>,
    pub url: String,
    pub peers: Option<String>,
}

impl Party {
    pub fn new(base: &Path, name: &'static str, listens: bool) -> Self {
        let party = Self {
            name,
            base: base.to_owned(),
            folder: base.join(name),
            node: None,
            url: String::new(),
            peers: None,
        };
        let mut new =
            party.standclear(&["party", "new", name, "--exercise", "--http", "127.0.0.1:0"]);
        new.arg("--root-key").arg(party.root_key());
        if listens {
            new.args(["--listen", "127.0.0.1:0"]);
        }
        run(&mut new).done();
        party.configure(|text| format!("reserve = 1048576\n{text}"));
        let token = party.token_file();
        run(party
            .standclear(&[
                "officer", "add", "duty", "--desk", "air", "--desk", "ground", "--out",
            ])
            .arg(token))
        .done();
        party
    }

    pub fn root_key(&self) -> PathBuf {
        self.base.join(format!("{}-root.key", self.name))
    }

    pub fn token_file(&self) -> PathBuf {
        self.base.join(format!("{}.token", self.name))
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.base.join(format!("{}-{name}", self.name))
    }

    pub fn configure(&self, change: impl FnOnce(String) -> String) {
        let path = self.folder.join("node.toml");
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, change(text)).unwrap();
    }

    pub fn standclear(&self, args: &[&str]) -> Command {
        let mut command = standclear();
        command.arg("--folder").arg(&self.folder).env(
            "STANDCLEAR_CACHE",
            self.base.join(format!("{}-cache", self.name)),
        );
        command.args(args);
        command
    }

    /// At the folder.
    pub fn run(&self, args: &[&str]) -> Ran {
        run(&mut self.standclear(args))
    }

    /// With the officer's token.
    pub fn officer(&self, args: &[&str]) -> Ran {
        run(self
            .standclear(args)
            .arg("--token-file")
            .arg(self.token_file()))
    }

    pub fn ask(&self, args: &[&str]) -> Value {
        run(self
            .standclear(args)
            .arg("--json")
            .arg("--token-file")
            .arg(self.token_file()))
        .done()
        .json()
    }

    pub fn serve(&mut self) {
        let mut node = Process::start(
            self.standclear(&["serve", "--json"])
                .stderr(Stdio::inherit()),
        );
        let said: Value = serde_json::from_str(&node.hears("node")).unwrap();
        self.url = said["node"].as_str().unwrap().to_owned();
        if let Some(peers) = said["lines"][0].as_str() {
            // Found again there after a restart.
            let listen = format!("\"{peers}\"");
            self.configure(|text| {
                text.replace(
                    "listen = [\"127.0.0.1:0\"]",
                    &format!("listen = [{listen}]"),
                )
            });
            self.peers = Some(peers.to_owned());
        }
        self.node = Some(node);
    }

    pub fn kill(&mut self) {
        self.node.take().unwrap().kill();
    }

    pub fn stop(&mut self) -> i32 {
        self.node.take().unwrap().interrupt()
    }

    pub fn restart(&mut self) {
        assert_eq!(self.stop(), 0);
        self.serve();
    }

    pub fn card(&self) -> PathBuf {
        let path = self.file(&format!("{}.card", self.manifest_version()));
        if !path.exists() {
            let mut export = self.standclear(&["card", "export", "--out"]);
            export.arg(&path);
            if let Some(peers) = &self.peers {
                export.args(["--address", peers]);
            }
            run(&mut export).done();
        }
        path
    }

    fn manifest_version(&self) -> u64 {
        self.run(&["party", "show", "--json"]).done().json()["version"]
            .as_u64()
            .unwrap()
    }

    pub fn fingerprint(&self) -> String {
        self.run(&["party", "show", "--json"]).done().json()["fingerprint"]
            .as_str()
            .unwrap()
            .to_owned()
    }

    pub fn add(&self, other: &Party) {
        let mut add = self.standclear(&["line", "add"]);
        run(add
            .arg(other.card())
            .args(["--fingerprint", &other.fingerprint()]))
        .done();
    }

    #[track_caller]
    pub fn is_up(&self) {
        until("the line is up", || {
            let lines = self.ask(&["lines"]);
            (lines[0]["link"] == "up" && lines[0]["connections"].as_u64()? >= 2).then_some(())
        });
    }

    /// The only stop call here, once `phase` is where it stands.
    #[track_caller]
    pub fn call_is(&self, phase: &str) -> Value {
        until(&format!("the call is {phase}"), || {
            let calls = self.ask(&["calls"]);
            let last = calls.as_array()?.last()?.clone();
            (last["phase"] == phase).then_some(last)
        })
    }

    pub fn key(&self, role: &str) -> String {
        let shown = self.run(&["party", "show", "--json"]).done().json();
        let keys = shown["keys"].as_array().unwrap().clone();
        let key = keys.iter().rfind(|key| key["role"] == role).unwrap();
        key["key"].as_str().unwrap().to_owned()
    }
}

/// Two parties with a line between them. The first listens, the second dials.
pub struct Two {
    pub first: Party,
    pub second: Party,
    pub base: TempDir,
}

/// Fills in what a person would in a fresh text.
pub fn fill_in(path: &Path) {
    let text = std::fs::read_to_string(path).unwrap();
    let point = "[[reference_point]]\nid = \"airfield\"\nname = \"Deir ez-Zor airfield, tower\"\nposition = \"35.2854, 40.1760\"";
    let commented: String = point.lines().map(|line| format!("# {line}\n")).collect();
    let text = text
        .replace(
            "[area]\n",
            "[area]\ncircle = { centre = \"35.3359, 40.1459\", radius = \"40 km\" }\n",
        )
        .replace("numbers = []", &format!("numbers = [\"{NUMBER}\"]"))
        .replace(commented.trim_end(), point);
    std::fs::write(path, text).unwrap();
}

impl Two {
    /// Two parties whose nodes run, and who know nothing of each other.
    pub fn apart() -> Self {
        let base = tempfile::tempdir().unwrap();
        let mut first = Party::new(base.path(), "coalition", true);
        let mut second = Party::new(base.path(), "russia", false);
        first.serve();
        second.serve();
        Self {
            first,
            second,
            base,
        }
    }

    /// The text that both have signed.
    pub fn arrangement(&self) -> PathBuf {
        let (first, second) = (&self.first, &self.second);
        let text = self.base.path().join("air-line.toml");
        run(first
            .standclear(&[
                "arrangement",
                "new",
                "--with",
                second.name,
                "--name",
                "air-line",
                "--out",
            ])
            .arg(&text))
        .done();
        fill_in(&text);
        run(first.standclear(&["arrangement", "check"]).arg(&text)).done();
        run(first.standclear(&["arrangement", "sign"]).arg(&text)).done();
        run(second.standclear(&["arrangement", "sign"]).arg(&text)).done();
        text
    }

    /// With a line that is up.
    pub fn joined() -> Self {
        Self::apart().join(|_| None)
    }

    /// Puts a line in force; the second dials the address that `dial` makes of the first's.
    pub fn join(self, dial: impl FnOnce(&str) -> Option<String>) -> Self {
        self.first.add(&self.second);
        self.second.add(&self.first);
        let text = self.arrangement();
        run(self.first.standclear(&["line", "join"]).arg(&text)).done();
        let mut join = self.second.standclear(&["line", "join"]);
        if let Some(address) = dial(self.first.peers.as_deref().unwrap()) {
            join.args(["--dial", &address]);
        }
        run(join.arg(&text)).done();
        self.first.is_up();
        self.second.is_up();
        self
    }

    /// The fingerprints of both root keys, as the verifier is told them.
    pub fn roots(&self) -> [String; 2] {
        [&self.first, &self.second].map(|party| format!("{}={}", party.name, party.fingerprint()))
    }

    /// A stop call of the first, sounding at the second.
    pub fn stop_call(&self) -> Value {
        self.first
            .officer(&["stop", "--desk", "air"])
            .done()
            .says("on its way");
        self.second.call_is("sounding");
        self.first.call_is("sounding")
    }
}
