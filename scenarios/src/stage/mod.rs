//! The parties, their nodes and bells as processes of their own, and the paths between them.

mod measure;
mod set_up;

pub use set_up::Places;

use crate::crew::Crew;
use crate::ear::Ear;
use crate::failed::Failed;
use crate::path::Path as LinePath;
use crate::program::Program;
use crate::seat::Seat;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

/// How long a node may take to start.
const STARTS_WITHIN: Duration = Duration::from_secs(30);
/// How long two nodes may take to find each other.
const UP_WITHIN: Duration = Duration::from_secs(45);

/// One party: its folder, its node, its bells, who may sit there.
struct Party {
    program: Program,
    /// Through which the other node reaches this one.
    path: LinePath,
    /// Officers by name, with their tokens.
    tokens: BTreeMap<String, String>,
    /// What the bells print, by desk.
    bells: BTreeMap<String, Ear>,
    node: Option<Running>,
}

struct Running {
    ear: Ear,
    seats: BTreeMap<String, Seat>,
}

pub struct Stage {
    crew: Crew,
    binary: PathBuf,
    folder: PathBuf,
    verifier: PathBuf,
    /// What both sides call each line, in the order of the agreements.
    lines: Vec<String>,
    parties: BTreeMap<String, Party>,
}

impl Stage {
    /// What both call the line; of several, the first.
    pub fn line(&self) -> &str {
        self.lines.first().map_or("", String::as_str)
    }

    /// What makes links that open the console as `officer`; each is good once, for 15 minutes.
    ///
    /// # Errors
    /// Where there is no such officer.
    pub fn signs_in(
        &self,
        officer: &str,
    ) -> Result<impl Fn() -> Result<String, Failed> + Send + Sync + 'static, Failed> {
        let program = self.party_of(officer)?.1.program.clone();
        let officer = officer.to_owned();
        Ok(move || {
            let said = program.ask(&["officer", "link", &officer])?;
            let link = said["open"].as_str().map(str::to_owned);
            link.ok_or_else(|| Failed::outcome("`officer link` gave no address"))
        })
    }

    /// Whether the program of the nodes was built with a console.
    ///
    /// # Errors
    /// Where a node does not answer.
    pub fn has_consoles(&self) -> Result<bool, Failed> {
        let running = self
            .parties
            .values()
            .filter_map(|party| party.node.as_ref());
        for seat in running.filter_map(|node| node.seats.values().next()) {
            if !seat.page("/")?.contains("id=\"page\"") {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The independent verifier's program.
    pub fn verifier(&self) -> &Path {
        &self.verifier
    }

    fn party(&self, name: &str) -> Result<&Party, Failed> {
        self.parties.get(name).ok_or_else(|| no_party(name))
    }

    fn party_mut(&mut self, name: &str) -> Result<&mut Party, Failed> {
        self.parties.get_mut(name).ok_or_else(|| no_party(name))
    }

    /// The party of an officer, by name.
    fn party_of(&self, officer: &str) -> Result<(&str, &Party), Failed> {
        let mut parties = self.parties.iter();
        let found = parties.find(|(_, party)| party.tokens.contains_key(officer));
        let (name, party) =
            found.ok_or_else(|| Failed::outcome(format!("there is no officer `{officer}`")))?;
        Ok((name, party))
    }

    /// The seat of an officer, at their party's node as it runs now.
    ///
    /// # Errors
    /// Where there is no such officer, or the node does not run.
    pub fn seat(&self, officer: &str) -> Result<Seat, Failed> {
        let (name, party) = self.party_of(officer)?;
        let seat = party.node.as_ref().and_then(|node| node.seats.get(officer));
        seat.cloned().ok_or_else(|| not_running(name))
    }

    /// Types a command as an officer; its exit code, and what it says.
    ///
    /// # Errors
    /// Where there is no such officer, or the program cannot be run.
    pub fn type_as(
        &self,
        officer: &str,
        arguments: &[&str],
    ) -> Result<(Option<i32>, String), Failed> {
        let (_, party) = self.party_of(officer)?;
        let token = party.tokens.get(officer).map_or("", String::as_str);
        party.program.signed_in(token).try_to(arguments)
    }

    /// What the node of `party` tells its screens.
    ///
    /// # Errors
    /// Where it does not run.
    pub fn ear(&mut self, party: &str) -> Result<&mut Ear, Failed> {
        let node = self.party_mut(party)?.node.as_mut();
        Ok(&mut node.ok_or_else(|| not_running(party))?.ear)
    }

    /// What the bell of a desk prints.
    ///
    /// # Errors
    /// Where that desk has none.
    pub fn bell(&mut self, party: &str, desk: &str) -> Result<&mut Ear, Failed> {
        let none = || Failed::outcome(format!("the {desk} desk of {party} has no bell"));
        self.party_mut(party)?.bells.get_mut(desk).ok_or_else(none)
    }

    /// From here on only what is told later counts.
    pub fn forget_what_was_told(&mut self) {
        for party in self.parties.values_mut() {
            let node = party.node.iter_mut().map(|node| &mut node.ear);
            node.chain(party.bells.values_mut()).for_each(Ear::forget);
        }
    }

    /// When the screens of `party` were told that the peer has signed for `entry`.
    ///
    /// # Errors
    /// [`Failed::NotTold`].
    pub fn hear_delivered(
        &mut self,
        party: &str,
        entry: &str,
        within: Duration,
    ) -> Result<Instant, Failed> {
        let no_entry = || Failed::outcome(format!("`{entry}` names no entry"));
        let (log, index) = entry.rsplit_once('.').ok_or_else(no_entry)?;
        let index: u64 = index.parse().map_err(|_| no_entry())?;
        let covers = |event: &Value| {
            let id = event["id"]
                .as_str()
                .filter(|_| event["what"] == "delivered");
            let size =
                id.and_then(|id| id.strip_prefix(log)?.strip_prefix('.')?.parse::<u64>().ok());
            size.is_some_and(|size| size > index)
        };
        Ok(self
            .ear(party)?
            .hear("the other side's signature", within, covers)?
            .at)
    }

    /// The line as the screens of a node show it.
    ///
    /// # Errors
    /// Where the node does not answer, or has no such line.
    pub fn line_at(&self, seat: &Seat) -> Result<Value, Failed> {
        let lines = seat.read("/api/lines")?;
        let mut all = lines.as_array().into_iter().flatten();
        let found = all.find(|line| line["name"] == self.line());
        found
            .cloned()
            .ok_or_else(|| seat.lacks(&lines, self.line()))
    }

    pub fn cut(&self) {
        self.parties.values().for_each(|party| party.path.cut());
    }

    pub fn mend(&self) {
        self.parties.values().for_each(|party| party.path.mend());
    }

    /// All that is under way between the nodes is lost.
    pub fn lose(&self) {
        self.parties.values().for_each(|party| party.path.lose());
    }

    /// Ends the node of `party` as `kill -9` does.
    pub fn kill(&mut self, party: &str) {
        self.crew.kill(party);
        if let Some(party) = self.parties.get_mut(party) {
            party.node = None;
        }
    }

    /// Starts the node of `party`, and listens to it.
    ///
    /// # Errors
    /// Where it does not start: with what it says.
    pub fn start(&mut self, name: &str) -> Result<(), Failed> {
        let program = self.party(name)?.program.clone();
        let (log, written) = log_file(&program, "node")?;
        let mut command = program.prepare(self.crew.command(&self.binary));
        command.args(["--json", "serve"]).stderr(written);
        let prints = self
            .crew
            .start(name, &mut command)
            .map_err(Failed::system("start a node"))?;
        let mut said = Ear::of_output(name, prints)?;
        let said = said.hear("where it listens", STARTS_WITHIN, |said| {
            said["node"].is_string()
        });
        let found = said.ok().and_then(|said| addresses(&said.event));
        let (web, lines) = found.ok_or_else(|| self.not_started(name, &log))?;
        set_up::keep_ports(program.folder(), web, lines)?;
        let party = self.party_mut(name)?;
        party.path.leads_to(lines);
        let tokens = party.tokens.iter();
        let seats: BTreeMap<String, Seat> = tokens
            .map(|(officer, token)| (officer.clone(), Seat::new(name, web, token)))
            .collect();
        let anyone = seats.values().next().ok_or_else(|| not_running(name))?;
        let ear = Ear::open(anyone)?;
        party.node = Some(Running { ear, seats });
        Ok(())
    }

    fn not_started(&self, name: &str, log: &Path) -> Failed {
        let ended = self
            .crew
            .has_ended(name)
            .unwrap_or_else(|| "it still runs".into());
        let text = fs::read_to_string(log).unwrap_or_default();
        let last: Vec<&str> = text.lines().rev().take(3).collect();
        Failed::outcome(format!(
            "{name}'s node did not say where it listens ({ended}); its log `{}` ends with: {}",
            log.display(),
            last.into_iter().rev().collect::<Vec<_>>().join(" / ")
        ))
    }

    /// Waits until every node says that each of its lines is up.
    ///
    /// # Errors
    /// Where it is not, in time.
    pub fn wait_until_up(&self) -> Result<(), Failed> {
        let until = Instant::now() + UP_WITHIN;
        loop {
            let mut up = 0;
            for party in self.parties.values() {
                let officer = party.tokens.keys().next().map_or("", String::as_str);
                let lines = self.seat(officer)?.read("/api/lines")?;
                let lines = lines.as_array().into_iter().flatten();
                up += lines.filter(|line| line["link"] == "up").count();
            }
            // Each line is seen from two sides.
            if up == 2 * self.lines.len() {
                return Ok(());
            }
            if Instant::now() > until {
                return Err(Failed::outcome("the nodes do not find each other"));
            }
            thread::sleep(Duration::from_millis(50));
        }
    }

    /// Writes the proof that the other side received an entry; the folder that holds it.
    ///
    /// # Errors
    /// [`Failed::Program`].
    pub fn prove(&self, seat: &Seat, entry: &str) -> Result<PathBuf, Failed> {
        let out = self.folder.join("proof");
        let folder = out.to_string_lossy().into_owned();
        let program = &self.party(seat.node())?.program;
        program.run(&["prove", "received", entry, "--out", &folder])?;
        Ok(out)
    }

    /// The fingerprints of both parties' root keys, as `PARTY=WORDS`: as they stand on their cards.
    ///
    /// # Errors
    /// [`Failed::Program`].
    pub fn roots(&self) -> Result<Vec<String>, Failed> {
        let root = |(name, party): (&String, &Party)| {
            let shown = party.program.ask(&["party", "show"])?;
            let words = shown["fingerprint"].as_str().unwrap_or_default();
            Ok(format!("{name}={words}"))
        };
        self.parties.iter().map(root).collect()
    }

    /// Verifies the journal of `party` offline; what is found.
    ///
    /// # Errors
    /// [`Failed::Program`] where it is not whole.
    pub fn verify_journal(&self, party: &str) -> Result<Value, Failed> {
        self.party(party)?.program.ask(&["log", "verify"])
    }
}

fn no_party(name: &str) -> Failed {
    Failed::outcome(format!("there is no party `{name}`"))
}

fn not_running(party: &str) -> Failed {
    Failed::outcome(format!("{party}'s node does not run"))
}

/// The file that takes what a process complains of, opened at its end.
fn log_file(program: &Program, of: &str) -> Result<(PathBuf, File), Failed> {
    let path = program.folder().join(format!("{of}.log"));
    let file = OpenOptions::new().create(true).append(true).open(&path);
    let file = file.map_err(Failed::system(format!("write `{}`", path.display())))?;
    Ok((path, file))
}

/// Where a node says that it listens: for screens, and for its peers.
fn addresses(said: &Value) -> Option<(SocketAddr, SocketAddr)> {
    let web = said["node"]
        .as_str()?
        .strip_prefix("http://")?
        .parse()
        .ok()?;
    let lines = said["lines"].as_array()?.first()?.as_str()?.parse().ok()?;
    Some((web, lines))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_node_says_where_it_listens() {
        let said = json!({"node": "http://127.0.0.1:4001", "lines": ["127.0.0.1:4002"]});
        let found = addresses(&said).map(|(web, lines)| (web.port(), lines.port()));
        assert_eq!(found, Some((4001, 4002)));
        for bad in [
            json!({}),
            json!({"node": "http://127.0.0.1:4001", "lines": []}),
        ] {
            assert!(addresses(&bad).is_none(), "{bad}");
        }
    }
}
