//! From empty folders to nodes on their lines, by the commands that the administrators type.

use super::{Party, Stage, log_file};
use crate::cast::{Agreement, Cast};
use crate::crew::Crew;
use crate::ear::Ear;
use crate::failed::{Failed, must};
use crate::path::Path as LinePath;
use crate::program::Program;
use crate::scenario::{LINE_ID, Scenario};
use crate::screen::Screen;
use std::collections::BTreeMap;
use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// What the folder of one run begins with; older ones are removed.
const RUN: &str = "run-";
/// Any free port, once; then the same again.
const ANY: &str = "127.0.0.1:0";
/// How long a bell may take until its desk hears.
const ARMED_WITHIN: Duration = Duration::from_secs(10);

/// Where things are that a replay needs.
pub struct Places {
    pub binary: PathBuf,
    pub folder: PathBuf,
    pub verifier: PathBuf,
    /// Whether bells are to be heard.
    pub sound: bool,
}

impl Stage {
    /// Sets both parties of a scenario up and starts their nodes.
    ///
    /// # Errors
    /// [`Failed`]: whatever a command refuses.
    pub fn set_up(
        crew: Crew,
        scenario: &Scenario,
        places: &Places,
        screen: &Screen,
    ) -> Result<Self, Failed> {
        Self::set_up_for(crew, &Cast::of(scenario), places, screen)
    }

    /// Sets every party of `cast` up and starts their nodes.
    ///
    /// # Errors
    /// [`Failed`]: whatever a command refuses.
    pub fn set_up_for(
        crew: Crew,
        cast: &Cast,
        places: &Places,
        screen: &Screen,
    ) -> Result<Self, Failed> {
        let binary = fs::canonicalize(&places.binary)
            .map_err(|_| Failed::NoProgram(places.binary.clone()))?;
        let verifier = fs::canonicalize(&places.verifier)
            .map_err(|_| Failed::NoVerifier(places.verifier.clone()))?;
        let python = Command::new("python3").arg("--version").output();
        python.map_err(Failed::system(
            "run python3, which the independent verifier needs: install it",
        ))?;
        let folder = fresh(&places.folder)?;
        let mut stage = Self {
            crew,
            binary,
            folder,
            verifier,
            lines: Vec::new(),
            parties: BTreeMap::new(),
        };
        screen.heading("Setting up, by the commands that the administrators type");
        screen.say(&format!(
            "Folders, journals and logs: {}",
            stage.folder.display()
        ));
        stage.make_parties(cast, screen)?;
        stage.exchange_cards(cast, screen)?;
        stage.add_officers(cast)?;
        let arrangements = stage.agree(cast, screen)?;
        stage.join(cast, &arrangements, screen)?;
        stage.man_the_desks(cast, places.sound, screen)?;
        Ok(stage)
    }

    fn make_parties(&mut self, cast: &Cast, screen: &Screen) -> Result<(), Failed> {
        for party in &cast.parties {
            let program = Program::new(&self.binary, &self.folder.join(&party.name));
            // The root key lies beside the folder, as it would on a medium that is taken out.
            let root_key = self.folder.join(format!("{}.root", party.name));
            let root_key = root_key.to_string_lossy().into_owned();
            let keys = [
                "party",
                "new",
                &party.name,
                "--exercise",
                "--root-key",
                &root_key,
            ];
            program.run(&[&keys[..], &["--listen", ANY, "--http", ANY]].concat())?;
            if let Some(page) = cast.framed_by {
                let_frame(program.folder(), page)?;
            }
            screen.act(&format!(
                "{}: standclear party new {} --exercise",
                party.about, party.name
            ));
            let made = Party {
                program,
                path: LinePath::open().map_err(Failed::system("listen on loopback"))?,
                tokens: BTreeMap::new(),
                bells: BTreeMap::new(),
                node: None,
            };
            self.parties.insert(party.name.clone(), made);
        }
        Ok(())
    }

    /// Each party's card goes to those it has an agreement with; the fingerprints would be read out over the telephone.
    fn exchange_cards(&mut self, cast: &Cast, screen: &Screen) -> Result<(), Failed> {
        for party in &cast.parties {
            let name = &party.name;
            let card = self.folder.join(format!("{name}.card"));
            let card = card.to_string_lossy().into_owned();
            let made = self.party(name)?;
            let address = made.path.address().to_string();
            made.program
                .run(&["card", "export", "--address", &address, "--out", &card])?;
            let shown = made.program.ask(&["card", "show", &card])?;
            let words = shown["fingerprint"].as_str().unwrap_or_default().to_owned();
            let agreed = cast.agreements.iter().filter(|agreed| agreed.is_of(name));
            for other in agreed.flat_map(|agreed| agreed.between.iter().filter(|one| *one != name))
            {
                let program = &self.party(other)?.program;
                program.run(&["line", "add", &card, "--fingerprint", &words])?;
                screen.act(&format!(
                    "{other}: standclear line add {name}.card; {name} reads out, and it is the same:"
                ));
                screen.say(&words);
            }
        }
        Ok(())
    }

    fn add_officers(&mut self, cast: &Cast) -> Result<(), Failed> {
        for officer in &cast.officers {
            let mut typed = vec!["officer", "add", &officer.name, "--role", &officer.role];
            typed.extend(officer.desks.iter().flat_map(|desk| ["--desk", desk]));
            let token = self.token(&officer.party, &typed)?;
            self.party_mut(&officer.party)?
                .tokens
                .insert(officer.name.clone(), token);
        }
        Ok(())
    }

    /// The token of a new account.
    fn token(&self, party: &str, typed: &[&str]) -> Result<String, Failed> {
        let said = self.party(party)?.program.ask(typed)?;
        let token = said["token"].as_str().map(str::to_owned);
        token.ok_or_else(|| Failed::outcome("`officer add` gave no token"))
    }

    /// Each two sign one text; the files, in the order of the agreements.
    fn agree(&mut self, cast: &Cast, screen: &Screen) -> Result<Vec<String>, Failed> {
        let mut files = Vec::new();
        for (number, agreed) in cast.agreements.iter().enumerate() {
            let named = match cast.agreements.len() {
                1 => "arrangement.toml".to_owned(),
                _several => format!("arrangement-{}.toml", number + 1),
            };
            files.push(self.agree_on(agreed, &named, screen)?);
        }
        Ok(files)
    }

    fn agree_on(
        &mut self,
        agreed: &Agreement,
        named: &str,
        screen: &Screen,
    ) -> Result<String, Failed> {
        let [one, other] = &agreed.between;
        let file = self.folder.join(named).to_string_lossy().into_owned();
        let first = &self.party(one)?.program;
        let begun = first.ask(&[
            "arrangement",
            "new",
            "--with",
            other,
            "--name",
            "begun",
            "--out",
            &file,
        ])?;
        let line = begun["line"]
            .as_str()
            .ok_or_else(|| Failed::outcome("`arrangement new` named no line"))?;
        let text = agreed.text.replace(LINE_ID, line);
        fs::write(&file, text).map_err(Failed::system(format!("write `{file}`")))?;
        first.run(&["arrangement", "check", &file])?;
        first.run(&["arrangement", "sign", &file])?;
        let shown = self
            .party(other)?
            .program
            .ask(&["arrangement", "sign", &file])?;
        let name = shown["name"]
            .as_str()
            .ok_or_else(|| Failed::outcome("`arrangement sign` named no line"))?;
        self.lines.push(name.to_owned());
        let signatures = shown["signatures"].as_array().map_or(0, Vec::len);
        must(signatures == 2, || {
            format!("{signatures} parties have signed the arrangement, not 2")
        })?;
        let stop = &shown["stop"];
        screen.act(&format!(
            "{one}, then {other}: standclear arrangement sign {named}"
        ));
        screen.say(&format!(
            "one text, signed by both: {}; a stop call is accepted within {} s, answered within {} s, and obliges for {} s",
            shown["nature"].as_str().unwrap_or("-"),
            stop["accept_s"],
            stop["answer_s"],
            stop["limit_s"]
        ));
        Ok(file)
    }

    /// Starts every node, and puts each arrangement in force on both of its sides.
    fn join(
        &mut self,
        cast: &Cast,
        arrangements: &[String],
        screen: &Screen,
    ) -> Result<(), Failed> {
        for party in &cast.parties {
            self.start(&party.name)?;
            screen.act(&format!("{}: standclear serve", party.name));
        }
        for (agreed, file) in cast.agreements.iter().zip(arrangements) {
            let named = Path::new(file)
                .file_name()
                .unwrap_or_default()
                .to_string_lossy();
            for party in &agreed.between {
                self.party(party)?.program.run(&["line", "join", file])?;
                screen.act(&format!("{party}: standclear line join {named}"));
            }
        }
        self.wait_until_up()
    }

    /// Bells on every desk, and whoever is on watch.
    fn man_the_desks(&mut self, cast: &Cast, sound: bool, screen: &Screen) -> Result<(), Failed> {
        for officer in &cast.officers {
            for desk in &officer.desks {
                if !self.party(&officer.party)?.bells.contains_key(desk) {
                    self.hang_bell(&officer.party, desk, sound)?;
                    screen.act(&format!(
                        "{}: standclear bell --desk {desk}; the desk hears",
                        officer.party
                    ));
                }
                if officer.on_watch {
                    self.take_watch(&officer.name, desk)?;
                    screen.act(&format!(
                        "{} ({}): standclear watch take --desk {desk}",
                        officer.name, officer.party
                    ));
                }
            }
        }
        Ok(())
    }

    fn take_watch(&self, officer: &str, desk: &str) -> Result<(), Failed> {
        let (code, says) = self.type_as(officer, &["watch", "take", "--desk", desk])?;
        must(code == Some(0), || {
            format!("`watch take` was refused: {says}")
        })
    }

    fn hang_bell(&mut self, party: &str, desk: &str, sound: bool) -> Result<(), Failed> {
        let account = format!("bell-{desk}");
        let token = self.token(
            party,
            &[
                "officer", "add", &account, "--right", "bell", "--desk", desk,
            ],
        )?;
        let program = self.party(party)?.program.signed_in(&token);
        let (_, written) = log_file(&program, "bell")?;
        let mut command = program.prepare(self.crew.command(&self.binary));
        command
            .args(["--json", "bell", "--desk", desk])
            .stderr(written);
        if !sound {
            // A player that plays nothing.
            command.args(["--player", "true"]);
        }
        let prints = self
            .crew
            .start(&format!("{party}'s bell, {desk} desk"), &mut command);
        let mut bell = Ear::of_output(
            &format!("{party}'s bell"),
            prints.map_err(Failed::system("start a bell"))?,
        )?;
        bell.hear("the desk hearing", ARMED_WITHIN, |event| {
            event["type"] == "hears"
        })?;
        self.party_mut(party)?.bells.insert(desk.to_owned(), bell);
        Ok(())
    }
}

/// Lets a node that was started on any free ports have the same again: its bells and screens come back to it.
pub(super) fn keep_ports(folder: &Path, web: SocketAddr, lines: SocketAddr) -> Result<(), Failed> {
    let path = folder.join("node.toml");
    let what = format!("change `{}`", path.display());
    let text = fs::read_to_string(&path).map_err(Failed::system(&what))?;
    let kept = text
        .replace(
            &format!("listen = [\"{ANY}\"]"),
            &format!("listen = [\"{lines}\"]"),
        )
        .replace(
            &format!("address = \"{ANY}\""),
            &format!("address = \"{web}\""),
        );
    fs::write(&path, kept).map_err(Failed::system(&what))
}

/// Lets the page at `page` show the console of a node that has not started yet.
fn let_frame(folder: &Path, page: SocketAddr) -> Result<(), Failed> {
    let path = folder.join("node.toml");
    let what = format!("change `{}`", path.display());
    let text = fs::read_to_string(&path).map_err(Failed::system(&what))?;
    let framed = text.replacen("[http]\n", &format!("[http]\nframed_by = \"{page}\"\n"), 1);
    must(framed != text, || {
        format!("`{}` has no part `[http]`", path.display())
    })?;
    fs::write(&path, framed).map_err(Failed::system(&what))
}

/// A new folder for this run within `base`, in place of those of earlier runs.
fn fresh(base: &Path) -> Result<PathBuf, Failed> {
    let what = format!("make a folder in `{}`", base.display());
    fs::create_dir_all(base).map_err(Failed::system(&what))?;
    let base = fs::canonicalize(base).map_err(Failed::system(&what))?;
    for earlier in fs::read_dir(&base)
        .map_err(Failed::system(&what))?
        .flatten()
    {
        let path = earlier.path();
        if is_a_run(&path) {
            fs::remove_dir_all(&path)
                .map_err(Failed::system(format!("remove `{}`", path.display())))?;
        }
    }
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let folder = base.join(format!("{RUN}{}-{}", since.as_millis(), std::process::id()));
    fs::DirBuilder::new()
        .mode(0o700)
        .create(&folder)
        .map_err(Failed::system(&what))?;
    Ok(folder)
}

/// A folder that an earlier replay, which has ended, made.
fn is_a_run(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let ended = |process: &str| !Path::new("/proc").join(process).exists();
    name.strip_prefix(RUN)
        .and_then(|rest| rest.split_once('-'))
        .is_some_and(|(at, process)| digits(at) && digits(process) && ended(process))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_an_ended_replay_left_is_removed() {
        let base = tempfile::tempdir().unwrap();
        let beside =
            ["run-1-4194305", "run-1-x", "mine", "run-"].map(|name| base.path().join(name));
        let running = base.path().join(format!("run-1-{}", std::process::id()));
        for folder in beside.iter().chain([&running]) {
            fs::create_dir(folder).unwrap();
        }
        let made = fresh(base.path()).unwrap();
        assert!(made.is_dir() && running.is_dir());
        assert_eq!(
            beside.map(|folder| folder.is_dir()),
            [false, true, true, true]
        );
    }

    #[test]
    fn a_node_keeps_the_ports_that_it_was_given() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("node.toml");
        fs::write(
            &path,
            format!("listen = [\"{ANY}\"]\n[http]\naddress = \"{ANY}\"\n"),
        )
        .unwrap();
        for _ in 0..2 {
            let at = |port| SocketAddr::from(([127, 0, 0, 1], port));
            keep_ports(folder.path(), at(4001), at(4002)).unwrap();
        }
        let kept = fs::read_to_string(&path).unwrap();
        assert_eq!(
            kept,
            "listen = [\"127.0.0.1:4002\"]\n[http]\naddress = \"127.0.0.1:4001\"\n"
        );
    }
}
