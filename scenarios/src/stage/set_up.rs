//! From two empty folders to two nodes on one line, by the commands that two administrators type.

use super::{Party, Stage};
use crate::crew::Crew;
use crate::failed::{Failed, must};
use crate::path::Path as LinePath;
use crate::program::Program;
use crate::scenario::{LINE_ID, Scenario};
use crate::screen::Screen;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

/// What the folder of one run begins with; older ones are removed.
const RUN: &str = "run-";

/// Where things are that a replay needs.
pub struct Places {
    pub binary: PathBuf,
    pub folder: PathBuf,
    pub verifier: PathBuf,
}

impl Stage {
    /// Sets both parties up and starts their nodes.
    ///
    /// # Errors
    /// [`Failed`]: whatever a command refuses.
    pub fn set_up(
        crew: Crew,
        scenario: &Scenario,
        places: &Places,
        screen: &Screen,
    ) -> Result<Self, Failed> {
        let binary = fs::canonicalize(&places.binary)
            .map_err(|_| Failed::NoProgram(places.binary.clone()))?;
        let verifier = fs::canonicalize(&places.verifier)
            .map_err(|_| Failed::NoVerifier(places.verifier.clone()))?;
        let folder = fresh(&places.folder)?;
        let mut stage = Self {
            crew,
            binary,
            folder,
            verifier,
            line: String::new(),
            parties: BTreeMap::new(),
        };
        screen.heading("Setting up, by the commands that two administrators type");
        stage.make_parties(scenario, screen)?;
        stage.exchange_cards(scenario, screen)?;
        stage.add_officers(scenario)?;
        let arrangement = stage.agree(scenario, screen)?;
        stage.join(scenario, &arrangement, screen)?;
        Ok(stage)
    }

    fn make_parties(&mut self, scenario: &Scenario, screen: &Screen) -> Result<(), Failed> {
        for party in &scenario.party {
            let program = Program::new(&self.binary, &self.folder.join(&party.name));
            // The root key lies beside the folder, as it would on a medium that is taken out.
            let root_key = self
                .folder
                .join(format!("{}.root", party.name))
                .to_string_lossy()
                .into_owned();
            let listen = ["--listen", "127.0.0.1:0", "--http", "127.0.0.1:0"];
            let mut typed = vec![
                "party",
                "new",
                &party.name,
                "--exercise",
                "--root-key",
                &root_key,
            ];
            typed.extend(listen);
            program.run(&typed)?;
            screen.act(&format!(
                "standclear party new {} --exercise   [{}: keys, manifest, journal]",
                party.name, party.about
            ));
            let made = Party {
                program,
                path: LinePath::open().map_err(Failed::system("listen on loopback"))?,
                tokens: BTreeMap::new(),
                node: None,
            };
            self.parties.insert(party.name.clone(), made);
        }
        Ok(())
    }

    /// Each party's card goes to the other; the fingerprints would be read out over the telephone.
    fn exchange_cards(&mut self, scenario: &Scenario, screen: &Screen) -> Result<(), Failed> {
        for party in &scenario.party {
            let card = self
                .folder
                .join(format!("{}.card", party.name))
                .to_string_lossy()
                .into_owned();
            let made = self.party(&party.name)?;
            let address = made.path.address().to_string();
            made.program
                .run(&["card", "export", "--address", &address, "--out", &card])?;
            let shown = made.program.ask(&["card", "show", &card])?;
            let words = shown["fingerprint"].as_str().unwrap_or_default().to_owned();
            for other in scenario
                .party
                .iter()
                .filter(|other| other.name != party.name)
            {
                self.party(&other.name)?.program.run(&[
                    "line",
                    "add",
                    &card,
                    "--fingerprint",
                    &words,
                ])?;
                screen.act(&format!(
                    "standclear line add {}.card   [at {}, who heard: {words}]",
                    party.name, other.name
                ));
            }
        }
        Ok(())
    }

    fn add_officers(&mut self, scenario: &Scenario) -> Result<(), Failed> {
        for officer in &scenario.officer {
            let party = self.party_mut(&officer.party)?;
            let typed = [
                "officer",
                "add",
                &officer.name,
                "--desk",
                &officer.desk,
                "--role",
                &officer.role,
            ];
            let said = party.program.ask(&typed)?;
            let token = said["token"]
                .as_str()
                .ok_or_else(|| Failed::outcome("`officer add` gave no token"))?;
            party.tokens.insert(officer.name.clone(), token.to_owned());
        }
        Ok(())
    }

    /// Both sign one text.
    fn agree(&mut self, scenario: &Scenario, screen: &Screen) -> Result<String, Failed> {
        let [one, other] = [&scenario.party[0].name, &scenario.party[1].name];
        let file = self
            .folder
            .join("arrangement.toml")
            .to_string_lossy()
            .into_owned();
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
        let text = scenario.arrangement.text.replace(LINE_ID, line);
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
        self.line = name.to_owned();
        let signatures = shown["signatures"].as_array().map_or(0, Vec::len);
        must(signatures == 2, || {
            format!("{signatures} parties have signed the arrangement, not 2")
        })?;
        screen.act(&format!(
            "standclear arrangement sign arrangement.toml   [at {one}, then at {other}: {}, stop call accepted within {} s]",
            shown["nature"].as_str().unwrap_or("-"),
            shown["stop"]["accept_s"]
        ));
        Ok(file)
    }

    /// Starts both nodes, and puts the arrangement in force on both.
    fn join(
        &mut self,
        scenario: &Scenario,
        arrangement: &str,
        screen: &Screen,
    ) -> Result<(), Failed> {
        for party in &scenario.party {
            self.start(&party.name)?;
            self.party(&party.name)?
                .program
                .run(&["line", "join", arrangement])?;
            screen.act(&format!(
                "standclear serve; standclear line join arrangement.toml   [at {}]",
                party.name
            ));
        }
        self.wait_until_up()?;
        for officer in scenario.officer.iter().filter(|officer| officer.on_watch) {
            let seat = self.seat(&officer.name)?;
            seat.act(&format!("/api/watch/{}", officer.desk), &json!({}))?;
        }
        for party in &scenario.party {
            let program = &self.party(&party.name)?.program;
            let folder = program.folder().display();
            screen.answer(
                &party.name,
                &format!(
                    "line `{}` is up; {}; folder {folder}",
                    self.line,
                    self.watch(&party.name)?
                ),
            );
        }
        Ok(())
    }

    fn watch(&self, party: &str) -> Result<String, Failed> {
        let officer = self
            .party(party)?
            .tokens
            .keys()
            .next()
            .map_or("", String::as_str);
        let watch = self.seat(officer)?.read("/api/watch")?;
        let desks = watch.as_array().into_iter().flatten().map(|desk| {
            let names: Vec<&str> = desk["officers"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(Value::as_str)
                .collect();
            format!(
                "{} desk: {} on watch",
                desk["desk"].as_str().unwrap_or("-"),
                names.join(", ")
            )
        });
        Ok(desks.collect::<Vec<_>>().join("; "))
    }
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
        if is_a_run(&earlier.path()) {
            fs::remove_dir_all(earlier.path()).map_err(Failed::system(format!(
                "remove `{}`",
                earlier.path().display()
            )))?;
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
}
