//! What every program here is told on its command line: with what, and where, it sets a stage up.

use crate::stage::Places;
use clap::Args;
use std::path::PathBuf;

#[derive(Args, Debug)]
pub struct Setting {
    /// Let the bells be heard
    #[arg(long)]
    sound: bool,
    /// The program of the nodes [beside this one]
    #[arg(long, value_name = "PROGRAM")]
    standclear: Option<PathBuf>,
    /// Where folders and journals go
    #[arg(long, value_name = "FOLDER", default_value = "target/demo")]
    folder: PathBuf,
    /// The verifier that shares no code with the nodes
    #[arg(
        long,
        value_name = "PROGRAM",
        default_value = "tests/independent/verify.py"
    )]
    verifier: PathBuf,
}

impl Setting {
    pub fn places(&self) -> Places {
        let beside = || {
            let own = std::env::current_exe().ok()?;
            Some(own.with_file_name("standclear"))
        };
        Places {
            binary: self
                .standclear
                .clone()
                .or_else(beside)
                .unwrap_or_else(|| "standclear".into()),
            folder: self.folder.clone(),
            verifier: self.verifier.clone(),
            sound: self.sound,
        }
    }
}
