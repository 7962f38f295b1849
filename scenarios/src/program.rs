//! The real program, run as a person runs it.

use crate::failed::Failed;
use serde_json::Value;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// `standclear`, with the folder of one party.
#[derive(Clone)]
pub struct Program {
    binary: PathBuf,
    folder: PathBuf,
    token: Option<String>,
}

impl Program {
    pub fn new(binary: &Path, folder: &Path) -> Self {
        Self {
            binary: binary.to_owned(),
            folder: folder.to_owned(),
            token: None,
        }
    }

    /// As an officer, or a bell, runs it.
    pub fn signed_in(&self, token: &str) -> Self {
        Self {
            token: Some(token.to_owned()),
            ..self.clone()
        }
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// What it takes to run it: with no settings of whoever runs the replay.
    pub fn prepare(&self, mut command: Command) -> Command {
        for setting in ["FOLDER", "NODE", "TOKEN", "TOKEN_FILE", "AUTHORITY"] {
            command.env_remove(format!("STANDCLEAR_{setting}"));
        }
        if let Some(token) = &self.token {
            command.env("STANDCLEAR_TOKEN", token);
        }
        // Telephone numbers are kept here, not in the home of whoever runs the replay.
        command.env("STANDCLEAR_CACHE", self.folder.join("cache"));
        command.arg("--folder").arg(&self.folder);
        command
    }

    /// Runs it with `arguments`; what it prints.
    ///
    /// # Errors
    /// [`Failed::Program`] where it ends with anything but success, [`Failed::System`] where it cannot be run.
    pub fn run<A: AsRef<OsStr>>(&self, arguments: &[A]) -> Result<String, Failed> {
        let (code, says) = self.try_to(arguments)?;
        match code {
            Some(0) => Ok(says),
            code => Err(Failed::Program {
                command: typed(arguments),
                says: format!("{says} (exit code {code:?})"),
            }),
        }
    }

    /// As [`Program::run`], where it may well fail: its exit code, and what it says; if it fails, on either output.
    ///
    /// # Errors
    /// [`Failed::System`] where it cannot be run.
    pub fn try_to<A: AsRef<OsStr>>(
        &self,
        arguments: &[A],
    ) -> Result<(Option<i32>, String), Failed> {
        let mut command = self.prepare(Command::new(&self.binary));
        let output = command.args(arguments).stdin(Stdio::null()).output();
        let output = output.map_err(Failed::system(format!("run `{}`", self.binary.display())))?;
        let mut says = String::from_utf8_lossy(&output.stdout).into_owned();
        if !output.status.success() {
            says.push_str(&String::from_utf8_lossy(&output.stderr));
        }
        Ok((output.status.code(), says.trim().to_owned()))
    }

    /// As [`Program::run`], for what is said as JSON.
    ///
    /// # Errors
    /// As [`Program::run`].
    pub fn ask<A: AsRef<OsStr>>(&self, arguments: &[A]) -> Result<Value, Failed> {
        let mut all: Vec<&OsStr> = vec![OsStr::new("--json")];
        all.extend(arguments.iter().map(AsRef::as_ref));
        let says = self.run(&all)?;
        serde_json::from_str(&says).map_err(|cause| Failed::Program {
            command: typed(arguments),
            says: format!("it says no JSON ({cause}): {says}"),
        })
    }
}

/// A command line as it would be typed.
pub fn typed<A: AsRef<OsStr>>(arguments: &[A]) -> String {
    let words = arguments
        .iter()
        .map(|argument| argument.as_ref().to_string_lossy());
    std::iter::once("standclear".into())
        .chain(words)
        .collect::<Vec<_>>()
        .join(" ")
}
