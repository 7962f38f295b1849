//! Epochs of this party's own logs: after a restore, or a halt of `main`, the root key confirms the new one and `main`
//! goes on.

use super::online;
use crate::exit::{Failure, OrExit as _, Outcome};
use crate::options::Options;
use crate::output::Table;
use clap::{Args, Subcommand, ValueEnum};
use node::http::administer::{EpochIsOpen, EpochShown};
use node::party::{read_manifest, read_secret};
use node::wire::epoch::{self, EpochReason};
use node::wire::keys::KeyRole;
use node::wire::line::PartyKeys;
use serde_json::json;
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub enum Epoch {
    /// The epochs that a statement opened, and whether the root key has confirmed them
    List,
    /// Open a new one on a line whose `main` is halted, once both administrators know why
    Open(Open),
    /// Confirm what waits, with the root key
    Confirm(Confirm),
}

#[derive(Args, Debug)]
pub struct Open {
    /// What the line is called here
    line: String,
    /// What the other party is told as the reason
    #[arg(long)]
    reason: Reason,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Reason {
    /// An old copy of the record was in use here
    Restored,
    /// The other party holds more of what was said here than is on record here
    Behind,
    /// Keys were changed, or the halt came from the other side
    KeysChanged,
}

#[derive(Args, Debug)]
pub struct Confirm {
    /// The root key's file, brought for this
    #[arg(long, value_name = "FILE")]
    root_key: PathBuf,
    /// Only of this line, by its identifier
    #[arg(long, value_name = "LINE")]
    line: Option<String>,
}

impl Epoch {
    pub fn run(self, options: &Options) -> Outcome {
        match self {
            Epoch::List => {
                let epochs: Vec<EpochShown> =
                    online(options.administrator()?.get("/api/admin/epochs"))?;
                options.style().show(&epochs, |epochs| {
                    let mut table = Table::new(
                        &["line", "epoch", "confirmed"],
                        "no epoch but the first on any line",
                    );
                    for epoch in epochs {
                        let confirmed = if epoch.confirmed {
                            "yes"
                        } else {
                            "NO: only stop calls go"
                        };
                        table.row([
                            epoch.line.clone(),
                            epoch.epoch.to_string(),
                            confirmed.to_owned(),
                        ]);
                    }
                    table.to_string()
                })
            }
            Epoch::Open(open) => open.run(options),
            Epoch::Confirm(confirm) => confirm.run(options),
        }
    }
}

impl Open {
    fn run(self, options: &Options) -> Outcome {
        let reason = match self.reason {
            Reason::Restored => EpochReason::Restored,
            Reason::Behind => EpochReason::Behind,
            Reason::KeysChanged => EpochReason::KeysChanged,
        };
        let body = json!({"line": self.line, "reason": reason.name()});
        let opened: EpochIsOpen =
            online(options.administrator()?.post("/api/admin/epochs", &body))?;
        options.style().show(&opened, |opened| {
            format!(
                "epoch {} of line {} is open, and carries only stop calls until `standclear epoch confirm --root-key FILE`",
                opened.epoch, self.line
            )
        })
    }
}

impl Confirm {
    fn run(self, options: &Options) -> Outcome {
        let folder = options.party_folder()?;
        let root = read_secret(&self.root_key, KeyRole::Root).or_refuse()?;
        let root = root.signer(KeyRole::Root).or_refuse()?;
        let manifest = read_manifest(&folder).or_refuse()?;
        if manifest.root() != root.public() {
            return Err(Failure::refused(
                "this is not the root key of this party: take the right one",
            ));
        }
        let keys = PartyKeys::of_record(&manifest);
        let client = options.administrator()?;
        let epochs: Vec<EpochShown> = online(client.get("/api/admin/epochs"))?;
        let waits = |epoch: &&EpochShown| {
            !epoch.confirmed && self.line.as_ref().is_none_or(|line| *line == epoch.line)
        };
        let mut confirmed = Vec::new();
        for shown in epochs.iter().filter(waits) {
            let statement = decode(&shown.statement)?;
            let line = shown.line.parse().or_refuse()?;
            // The root key signs nothing that the party's own signing key has not.
            epoch::open(&statement, line, &keys).map_err(|fault| {
                Failure::refused(format!(
                    "the node offers a statement that is not this party's ({fault}): do not sign it"
                ))
            })?;
            let statement = epoch::confirm(&statement, &root).or_refuse()?;
            let body = json!({"line": shown.line, "statement": encode(&statement)});
            let _: serde_json::Value = online(client.post("/api/admin/epoch", &body))?;
            confirmed.push(json!({"line": shown.line, "epoch": shown.epoch}));
        }
        options
            .style()
            .show(&confirmed, |confirmed| match confirmed.len() {
                0 => "nothing waits to be confirmed".to_owned(),
                count => format!("{count} epochs are confirmed: everything goes on"),
            })
    }
}

fn decode(text: &str) -> Outcome<Vec<u8>> {
    node::http::administer::decode(text).or_refuse()
}

fn encode(bytes: &[u8]) -> String {
    node::http::views::base64(&bytes.into())
}
