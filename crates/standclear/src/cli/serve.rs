//! Runs a node.

use crate::begun;
use crate::exit::{Exit, Failure, OrExit as _, Outcome};
use crate::options::{ADDRESS_FILE, Options};
use crate::output::{self, Style};
use crate::record::opening;
use clap::Args;
use node::http::problem::chain;
use node::logging;
use node::party::files;
use node::server::{Node, StartError};
use serde_json::json;
use std::fs;
use std::path::Path;
use tokio::signal::unix::{SignalKind, signal};

#[derive(Args, Debug)]
pub struct Serve {
    /// Write the log as JSON, a line each
    #[arg(long)]
    log_json: bool,
    /// Begin a new journal, where the old one is lost and there is no backup. What the peers hold is fetched back, and
    /// every line opens a new epoch
    #[arg(long)]
    new_journal: bool,
}

impl Serve {
    pub fn run(self, options: &Options) -> Outcome {
        let folder = options.party_folder()?;
        logging::start(match self.log_json {
            true => logging::Style::Json,
            false => logging::Style::Text,
        });
        begun::check(&folder, self.new_journal)?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .or_refuse()?;
        runtime.block_on(serve(&folder, self.new_journal, options.style()))
    }
}

async fn serve(folder: &Path, new_journal: bool, style: Style) -> Outcome {
    let mut interrupted = signal(SignalKind::interrupt()).or_refuse()?;
    let mut terminated = signal(SignalKind::terminate()).or_refuse()?;
    let node = Node::start(folder)
        .await
        .map_err(|error| not_started(&error))?;
    if new_journal {
        node.begin_anew();
    }
    begun::mark(folder)?;
    let address = announce(folder, &node, style)?;
    tokio::select! {
        _ = interrupted.recv() => {}
        _ = terminated.recv() => {}
    }
    let written = node.stop().await;
    match fs::remove_file(&address) {
        Ok(()) => {}
        Err(error) => output::say(&format!(
            "standclear: `{}` stays behind: {error}",
            address.display()
        )),
    }
    match written {
        true => begun::mark(folder),
        false => Err(Failure::new(
            Exit::Telephone,
            "the journal took nothing more before the node stopped: check the disk",
        )),
    }
}

/// Says where the node is reached, on standard output and in the folder.
fn announce(folder: &Path, node: &Node, style: Style) -> Outcome<std::path::PathBuf> {
    let scheme = if node.https { "https" } else { "http" };
    let url = format!("{scheme}://{}", node.http);
    let path = folder.join(ADDRESS_FILE);
    files::replace(&path, url.as_bytes()).or_refuse()?;
    let lines: Vec<String> = node.lines.iter().map(ToString::to_string).collect();
    let unknown: Vec<String> = node.unknown_lines.iter().map(ToString::to_string).collect();
    for line in &node.unknown_lines {
        output::say(&format!(
            "standclear: line `{line}` is in node.toml, and this journal holds no arrangement of it (was a backup put back that \
             is older?): join it again with `standclear line join`. Until then nothing goes on it, and NO STOP CALL COMES IN on it"
        ));
    }
    match style {
        Style::Json => output::print(
            &json!({"node": url, "lines": lines, "unknown_lines": unknown}).to_string(),
        )?,
        Style::Text => {
            let peers = match lines.is_empty() {
                true => "not listening for peers".to_owned(),
                false => format!("peers at {}", lines.join(", ")),
            };
            output::print(&format!("standclear: node at {url}, {peers}"))?;
        }
    }
    Ok(path)
}

fn not_started(error: &StartError) -> Failure {
    match error {
        StartError::Journal(cause) => opening(cause),
        StartError::Replay(_) | StartError::Read(_) => Failure::new(Exit::Damaged, chain(error)),
        StartError::Config(_)
        | StartError::Party(_)
        | StartError::Secret(_)
        | StartError::Rules(_)
        | StartError::Tls(_)
        | StartError::Listen { .. }
        | StartError::Web(_)
        | StartError::Thread(_)
        | StartError::Telephones(_)
        | StartError::Walls(_) => Failure::refused(chain(error)),
    }
}
