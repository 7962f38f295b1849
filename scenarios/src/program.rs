//! The real program, run as a person runs it.

use crate::failed::Failed;
use serde_json::Value;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

/// `standclear`, with the folder of one party.
#[derive(Clone)]
pub struct Program {
    binary: PathBuf,
    folder: PathBuf,
}

impl Program {
    pub fn new(binary: &Path, folder: &Path) -> Self {
        Self {
            binary: binary.to_owned(),
            folder: folder.to_owned(),
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
        command.arg("--folder").arg(&self.folder);
        command
    }

    /// Runs it with `arguments`; what it prints.
    ///
    /// # Errors
    /// [`Failed::Program`] where it ends with anything but success, [`Failed::System`] where it cannot be run.
    pub fn run<A: AsRef<OsStr>>(&self, arguments: &[A]) -> Result<String, Failed> {
        let mut command = self.prepare(Command::new(&self.binary));
        let output = command.args(arguments).output();
        let output = output.map_err(Failed::system(format!("run `{}`", self.binary.display())))?;
        let says = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
        match output.status.success() {
            true => Ok(says(&output.stdout)),
            false => Err(Failed::Program {
                command: typed(arguments),
                says: format!(
                    "{} {} ({})",
                    says(&output.stdout),
                    says(&output.stderr),
                    output.status
                ),
            }),
        }
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
