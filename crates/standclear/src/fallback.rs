//! The telephone numbers of the arrangements, kept on this machine for when its node is gone.

use crate::client::{Address, Client};
use crate::exit::{Failure, OrExit as _, Outcome};
use crate::output::dtg;
use node::clock;
use node::http::views::Numbers;
use node::party::files::{self, FileError};
use serde::{Deserialize, Serialize};
use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};
use std::{env, fs, process};

/// How old kept numbers may be before a command that reaches the node reads them again.
const FRESH_FOR: Duration = Duration::from_secs(60);

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
    /// Not kept: it hangs on what was asked for.
    #[serde(skip)]
    pub whose: Whose,
}

/// Whose numbers are told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Whose {
    /// Those of the node that was meant.
    #[default]
    Meant,
    /// The newest on this machine, for nothing said which node was meant.
    Newest,
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
    let entries = fs::read_dir(cache()?).ok()?;
    let files = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let ours = files.filter(|path| {
        let name = path.file_name().and_then(|name| name.to_str());
        name.is_some_and(|name| name.starts_with("fallback-") && name.ends_with(".json"))
    });
    let kept = ours.filter_map(|path| serde_json::from_slice(&files::read(&path).ok()?).ok());
    let newest = kept.max_by_key(|kept: &Kept| kept.at)?;
    Some(Kept {
        whose: Whose::Newest,
        ..newest
    })
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
        whose: Whose::Meant,
    };
    let path = path(&client.address).ok_or_else(|| {
        Failure::refused("no place for the telephone numbers: set STANDCLEAR_CACHE")
    })?;
    if let Some(folder) = path.parent() {
        files::make_folder(folder).or_refuse()?;
    }
    let text = crate::output::json(&kept)?;
    // A bell and a command of one desk may be at it together: each writes a file of its own, and the last one stays.
    let own = path.with_extension(format!("json.{}", process::id()));
    files::replace(&own, text.as_bytes()).or_refuse()?;
    fs::rename(&own, &path)
        .map_err(|cause| FileError::Disk { path, cause })
        .or_refuse()?;
    Ok(kept)
}

/// As [`refresh`], where what is kept is old.
///
/// # Errors
/// As [`refresh`].
pub async fn refresh_old(client: &Client) -> Outcome {
    let age = path(&client.address)
        .and_then(|path| fs::metadata(path).ok()?.modified().ok())
        .and_then(|at| SystemTime::now().duration_since(at).ok());
    match age.is_some_and(|age| age < FRESH_FOR) {
        true => Ok(()),
        false => refresh(client).await.map(|_kept| ()),
    }
}

/// As [`refresh_old`]. A command that was done is not undone by its failure, so it is only said.
pub async fn keep_fresh(client: &Client) {
    if let Err(failure) = refresh_old(client).await {
        crate::output::say(&not_kept(&failure));
    }
}

/// What is said where the numbers cannot be kept.
pub fn not_kept(failure: &Failure) -> String {
    format!("the telephone numbers are not kept on this machine: {failure}")
}

/// The numbers of every line, or of the lines that have `desk`; what to do where there are none.
pub fn numbers(kept: Option<&Kept>, desk: Option<&str>) -> String {
    let Some(kept) = kept else {
        return "  no numbers of this node are kept on this machine: take the printed fallback sheet\n"
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
                "  {}: {} {} desk{exercise}: {}",
                line.line,
                line.peer,
                numbers.desk,
                numbers.numbers.join(", ")
            );
        }
    }
    if text.is_empty() {
        text.push_str("  no line has numbers for this desk\n");
    }
    let _ = match (kept.whose, kept.lines.first()) {
        (Whose::Newest, Some(line)) => writeln!(
            text,
            "  (nothing says which node was meant: these are of the node of {}, as of {})",
            line.own,
            dtg(kept.at)
        ),
        _meant => writeln!(text, "  (as of {})", dtg(kept.at)),
    };
    text
}
