//! The telephone numbers of the arrangements, kept on this machine for when its node is gone.

use crate::client::{Address, Client};
use crate::exit::{Failure, OrExit as _, Outcome};
use crate::output::dtg;
use node::clock;
use node::http::views::Numbers;
use node::party::files;
use serde::{Deserialize, Serialize};
use std::env;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

/// How old kept numbers may be before a command that reaches the node reads them again.
const FRESH_FOR: Duration = Duration::from_secs(3_600);

/// One line's numbers, as the node tells them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fallback {
    pub line: String,
    /// Whose node it is.
    pub own: String,
    pub peer: String,
    pub exercise: bool,
    /// For how long a stop call obliges, unless renewed.
    pub stop_limit_ms: i64,
    pub telephone: Vec<Numbers>,
}

/// What is kept, and since when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    pub at: i64,
    pub lines: Vec<Fallback>,
}

/// The folder that they are kept in.
fn cache() -> Option<PathBuf> {
    let named = |name: &str| {
        env::var_os(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    named("STANDCLEAR_CACHE")
        .or_else(|| named("XDG_CACHE_HOME").map(|cache| cache.join("standclear")))
        .or_else(|| named("HOME").map(|home| home.join(".cache/standclear")))
}

/// The file for one node.
fn path(node: &Address) -> Option<PathBuf> {
    let safe = |c: char| {
        if c.is_ascii_alphanumeric() || c == '.' {
            c
        } else {
            '-'
        }
    };
    let host: String = node.host.chars().map(safe).collect();
    Some(cache()?.join(format!("fallback-{host}-{}.json", node.port)))
}

/// The newest that was kept on this machine for any node: for when it is not even known which node was meant.
pub fn any() -> Option<Kept> {
    let entries = std::fs::read_dir(cache()?).ok()?;
    let files = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let ours = files.filter(|path| {
        let name = path.file_name().and_then(|name| name.to_str());
        name.is_some_and(|name| name.starts_with("fallback-") && name.ends_with(".json"))
    });
    let kept = ours.filter_map(|path| serde_json::from_slice(&files::read(&path).ok()?).ok());
    kept.max_by_key(|kept: &Kept| kept.at)
}

/// What was kept for `node`, if anything.
pub fn kept(node: &Address) -> Option<Kept> {
    let bytes = files::read(&path(node)?).ok()?;
    serde_json::from_slice(&bytes).ok()
}

/// Asks the node, and keeps what it says.
///
/// # Errors
/// What the node refuses, or where nothing can be kept.
pub async fn refresh(client: &Client) -> Outcome<Kept> {
    let kept = Kept {
        at: clock::now().as_unix_ms(),
        lines: client.get("/api/fallback").await?,
    };
    let path = path(&client.address).ok_or_else(|| {
        Failure::refused("no place for the telephone numbers: set STANDCLEAR_CACHE")
    })?;
    if let Some(folder) = path.parent() {
        files::make_folder(folder).or_refuse()?;
    }
    let text = crate::output::json(&kept)?;
    files::replace(&path, text.as_bytes()).or_refuse()?;
    Ok(kept)
}

/// As [`refresh`] where what is kept is old. A command that was done is not undone by its failure, so it is only said.
pub async fn keep_fresh(client: &Client) {
    let age = path(&client.address)
        .and_then(|path| std::fs::metadata(path).ok()?.modified().ok())
        .and_then(|at| SystemTime::now().duration_since(at).ok());
    if age.is_some_and(|age| age < FRESH_FOR) {
        return;
    }
    if let Err(failure) = refresh(client).await {
        crate::output::say(&format!(
            "the telephone numbers are not kept on this machine: {failure}"
        ));
    }
}

/// The numbers of every line, or of the lines that have `desk`; what to do where there are none.
pub fn numbers(kept: Option<&Kept>, desk: Option<&str>) -> String {
    let Some(kept) = kept else {
        return "  no numbers are kept on this machine: take the printed fallback sheet\n"
            .to_owned();
    };
    let mut text = String::new();
    for line in &kept.lines {
        let wanted = |numbers: &&Numbers| desk.is_none_or(|desk| numbers.desk == desk);
        for numbers in line.telephone.iter().filter(wanted) {
            let exercise = if line.exercise { " (EXERCISE)" } else { "" };
            // Writing to a string does not fail.
            let _ = writeln!(
                text,
                "  {} {} desk{exercise}: {}",
                line.peer,
                numbers.desk,
                numbers.numbers.join(", ")
            );
        }
    }
    if text.is_empty() {
        text.push_str("  no line has numbers for this desk\n");
    }
    let _ = writeln!(text, "  (as of {})", dtg(kept.at));
    text
}
