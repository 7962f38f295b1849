//! The record: verified, copied, restored, proved, asked about the past.

use super::named;
use crate::begun;
use crate::exit::{Exit, Failure, OrExit as _, Outcome};
use crate::options::Options;
use crate::output::{Table, dtg_seconds};
use crate::record::prove::{self};
use crate::record::verify::{self, Signatures};
use crate::record::{Entries, Place, bar, facts, opening, reading};
use clap::{Args, Subcommand};
use node::http::problem::chain;
use node::http::views::notice;
use node::model::state::State as Folded;
use node::model::units::Timestamp;
use node::names;
use node::store::{self, BackupError, Reader, RestoreError};
use serde_json::{Value, json};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::thread::available_parallelism;

#[derive(Debug, Subcommand)]
pub enum Log {
    /// Verify the journal and both directions of every line, offline
    Verify {
        /// How many threads; as many as there are cores if not given
        #[arg(long)]
        threads: Option<usize>,
    },
}

#[derive(Args, Debug)]
pub struct Backup {
    /// An empty folder, or one that is not there yet
    #[arg(value_name = "TO")]
    to: PathBuf,
}

#[derive(Args, Debug)]
pub struct Restore {
    /// The folder that `backup` wrote
    #[arg(value_name = "FROM")]
    from: PathBuf,
}

#[derive(Debug, Subcommand)]
pub enum Prove {
    /// That an entry was received, signed by who received it
    Received {
        /// The entry's name, or the end of it
        entry: String,
        /// The folder to write into
        #[arg(long, value_name = "FOLDER")]
        out: PathBuf,
        /// Write what was said beside it, for whoever may read that
        #[arg(long)]
        with_contents: bool,
    },
}

#[derive(Args, Debug)]
pub struct State {
    /// A date-time group (the beginning of that minute), or Unix milliseconds
    #[arg(long, value_name = "TIME")]
    at: String,
}

fn threads(given: Option<usize>) -> usize {
    given.unwrap_or_else(|| available_parallelism().map_or(1, usize::from))
}

impl Log {
    pub fn run(self, options: &Options) -> Outcome {
        let Log::Verify { threads: given } = self;
        let place = Place::of(&options.party_folder()?)?;
        let found = verify::run(&place, threads(given))?;
        options.style().show(&found, verify::text)?;
        verify::verdict(&found)
    }
}

impl Backup {
    pub fn run(self, options: &Options) -> Outcome {
        let place = Place::of(&options.party_folder()?)?;
        let reader = place.reader()?;
        let bar = bar("copying");
        let made = reader.backup(&self.to, &mut |done, all| {
            bar.set_length(all);
            bar.set_position(done);
        });
        bar.finish_and_clear();
        let made = made.map_err(|error| match &error {
            BackupError::Read(cause) => reading(cause),
            BackupError::NotEmpty { .. } | BackupError::Write(_) => Failure::refused(chain(&error)),
        })?;
        self.verify(&place)?;
        let said = json!({"folder": self.to, "records": made.head.size, "root": made.head.root.to_string(), "bytes": made.bytes});
        options.style().show(&said, |_| {
            format!(
                "{}: {} records, {} bytes, root {}, verified\nkeys and node.toml are not in it: keep copies of those apart from it",
                self.to.display(),
                made.head.size,
                made.bytes,
                made.head.root
            )
        })
    }
}

impl Backup {
    /// What was written is read again, all of it: a copy of a damaged journal is no backup.
    fn verify(&self, place: &Place) -> Outcome {
        let of_no_use = |failure: Failure| match failure.exit {
            Exit::Damaged => Failure::new(
                Exit::Damaged,
                format!(
                    "the copy in `{}` cannot be restored, and the journal is likely damaged in the same place: {}; \
                     keep both as evidence, run `standclear log verify`, and keep the backups made before",
                    self.to.display(),
                    failure.text
                ),
            ),
            _other => failure,
        };
        let signatures = Reader::open(&self.to, &place.key)
            .map_err(|error| opening(&error))
            .and_then(|copied| Signatures::of(place, &copied))
            .map_err(of_no_use)?;
        let bar = bar("verifying");
        let progress = |done, all| {
            bar.set_length(all);
            bar.set_position(done);
        };
        let check = |entry: &store::StoredEntry| signatures.check(entry);
        let found = store::verify_backup(&self.to, &place.key, threads(None), &check, &progress);
        bar.finish_and_clear();
        found
            .map(|_sound| ())
            .map_err(|error| of_no_use(restoring(&error)))
    }
}

/// How we end where a backup does not verify, or is not restored.
fn restoring(error: &RestoreError) -> Failure {
    match error {
        RestoreError::Open(cause) => opening(cause),
        RestoreError::Damaged { .. } | RestoreError::NotAsWritten { .. } => {
            Failure::new(Exit::Damaged, chain(error))
        }
        RestoreError::NotEmpty { .. } | RestoreError::NoManifest { .. } | RestoreError::Disk(_) => {
            Failure::refused(chain(error))
        }
    }
}

impl Restore {
    pub fn run(self, options: &Options) -> Outcome {
        let place = Place::of(&options.party_folder()?)?;
        let named = |failure: Failure| match failure.exit {
            Exit::Damaged => Failure::new(
                Exit::Damaged,
                format!(
                    "nothing was restored: the backup `{}` is damaged, take another; {}",
                    self.from.display(),
                    failure.text
                ),
            ),
            _other => failure,
        };
        // The parties' keys are in the backup itself.
        let backed_up = Reader::open(&self.from, &place.key).map_err(|error| opening(&error));
        let backed_up = backed_up.map_err(named)?;
        let signatures = Signatures::of(&place, &backed_up).map_err(named)?;
        drop(backed_up);
        let bar = bar("restoring");
        let progress = |done, all| {
            bar.set_length(all);
            bar.set_position(done);
        };
        let check = |entry: &store::StoredEntry| signatures.check(entry);
        let report = store::restore(
            &self.from,
            &place.journal,
            &place.key,
            threads(None),
            &check,
            &progress,
        );
        bar.finish_and_clear();
        let report = report.map_err(|error| named(restoring(&error)))?;
        begun::mark(&options.party_folder()?)?;
        let said = json!({"journal": place.journal, "records": report.head.size, "root": report.head.root.to_string()});
        options.style().show(&said, |_| {
            format!(
                "{} records are restored and verified\nnow start the node: it fetches from each peer what is missing and opens a new epoch, \
                 which carries only stop calls until `standclear epoch confirm`. Lines and arrangements newer than the backup are \
                 not fetched: join them again with `standclear line join`",
                report.head.size
            )
        })
    }
}

impl Prove {
    pub fn run(self, options: &Options) -> Outcome {
        let Prove::Received {
            entry,
            out,
            with_contents,
        } = self;
        let contents = match with_contents {
            true => prove::Contents::Beside,
            false => prove::Contents::LeaveOut,
        };
        let place = Place::of(&options.party_folder()?)?;
        let entry = match names::parse_entry(&entry) {
            Ok(entry) => entry,
            Err(_) => {
                let name = named(&entry, &all_entries(&place)?, "entry")?;
                names::parse_entry(&name).or_refuse()?
            }
        };
        options
            .style()
            .show(&prove::run(&place, entry, &out, contents)?, prove::text)
    }
}

/// The names of the entries of all stop lanes and of all notices: what people ask proofs of.
fn all_entries(place: &Place) -> Outcome<Vec<String>> {
    let mut found = Vec::new();
    facts(&place.reader()?, Entries::Include, &mut |_, fact| {
        use node::model::event::Event;
        if let Event::MessageSent { entry, .. } | Event::MessageReceived { entry, .. } = fact.event
        {
            found.push(names::entry(entry));
        }
        ControlFlow::Continue(())
    })?;
    Ok(found)
}

impl State {
    pub fn run(self, options: &Options) -> Outcome {
        let at = match self.at.parse::<i64>() {
            Ok(ms) => Timestamp::from_unix_ms(ms).or_exit(Exit::Usage)?,
            Err(_) => self
                .at
                .parse::<node::model::dtg::DateTimeGroup>()
                .or_exit(Exit::Usage)?
                .instant(),
        };
        let shown = state_at(&options.party_folder()?, at)?;
        options.style().show(&shown, state_text)
    }
}

/// Folds the journal up to a past time.
fn state_at(folder: &Path, at: Timestamp) -> Outcome<Value> {
    let place = Place::of(folder)?;
    let reader = place.reader()?;
    let mut state = Folded::default();
    let mut records: u64 = 0;
    let mut begins = None;
    facts(&reader, Entries::Include, &mut |seq, fact| {
        begins.get_or_insert(fact.at.as_unix_ms());
        if fact.at > at {
            return ControlFlow::Break(());
        }
        state.apply(&fact);
        records = seq + 1;
        ControlFlow::Continue(())
    })?;
    let lines = state.lines.values().map(|line| {
        json!({
            "line": line.name.as_str(),
            "peer": line.peer.as_str(),
            "arrangement": line.arrangement.version,
            "link": line.link.name(),
            "standing_own": line.standing_own.0.to_string(),
            "standing_peer": line.standing_peer.0.to_string(),
        })
    });
    let calls = state.calls.values().map(|call| {
        let phase = state
            .arrangement(call.entry.log.line)
            .map(|arrangement| call.phase(&arrangement.stop, at).name());
        json!({
            "call": names::entry(call.entry),
            "caller": names::side(call.caller()),
            "desk": call.desk.name(),
            "sent_at": call.sent_at.as_unix_ms(),
            "phase": phase,
        })
    });
    Ok(json!({
        "at": at.as_unix_ms(),
        "records": records,
        "journal_begins": begins,
        "lines": lines.collect::<Vec<_>>(),
        "calls": calls.collect::<Vec<_>>(),
        "notices": state.notices.values().map(|of| notice(&state, of, at)).collect::<Vec<_>>(),
        "alarms": state.alarms.keys().map(names::alarm).collect::<Vec<_>>(),
        "rules": state.rules.as_ref().map(|held| json!({
            "version": held.version,
            "since": held.since.as_unix_ms(),
            "rules": *held.rules,
            "metadata": *held.metadata,
        })),
    }))
}

fn state_text(shown: &Value) -> String {
    let word = |of: &Value, name: &str| of[name].as_str().unwrap_or("-").to_owned();
    let rows = |name: &str| shown[name].as_array().cloned().unwrap_or_default();
    let at = shown["at"].as_i64().unwrap_or_default();
    let mut lines = Table::new(&["line", "peer", "link", "ours", "theirs"], "no line\n");
    for line in rows("lines") {
        lines.row([
            word(&line, "line"),
            word(&line, "peer"),
            word(&line, "link"),
            word(&line, "standing_own"),
            word(&line, "standing_peer"),
        ]);
    }
    let mut calls = Table::new(
        &["stop call", "by", "desk", "sent", "phase"],
        "no stop call\n",
    );
    for call in rows("calls") {
        let sent = dtg_seconds(call["sent_at"].as_i64().unwrap_or_default());
        calls.row([
            word(&call, "call"),
            word(&call, "caller"),
            word(&call, "desk"),
            sent,
            word(&call, "phase"),
        ]);
    }
    let mut notices = Table::new(&["notice", "from", "kind", "desk", "state"], "no notice\n");
    for notice in rows("notices") {
        notices.row([
            word(&notice, "entry"),
            word(&notice, "from"),
            word(&notice, "kind"),
            word(&notice, "desk"),
            word(&notice, "state"),
        ]);
    }
    let alarms: Vec<String> = rows("alarms")
        .iter()
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect();
    let alarms = if alarms.is_empty() {
        "none".to_owned()
    } else {
        alarms.join(", ")
    };
    let begins = shown["journal_begins"]
        .as_i64()
        .filter(|begins| *begins > at);
    let nothing = begins.map_or_else(String::new, |begins| {
        format!("\nthe journal begins later, at {}", dtg_seconds(begins))
    });
    let rules = match shown["rules"]["version"].as_u64() {
        Some(version) => format!("version {version} (their text with --json)"),
        None => "none in the record yet".to_owned(),
    };
    format!(
        "what this node knew at {}, from {} records{nothing}\n\n{lines}\n{calls}\n{notices}\nalarms: {alarms}\nrelease rules: {rules}",
        dtg_seconds(at),
        shown["records"]
    )
}
