//! The mark of a journal that was begun, in the party's folder and outside the journal: without it a party whose journal
//! is lost would start as one that never said anything, and number what it says from the beginning again.

use crate::exit::{Failure, OrExit as _, Outcome};
use crate::record::Place;
use node::config::Config;
use node::party::files::{self, FileError};
use node::store::OpenError;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// The mark's file.
const MARK: &str = "journal.begun";

/// How far the journal had come when it was last looked at. It never becomes shorter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Mark {
    records: u64,
}

/// What is known of a party's journal before its node starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// No journal, and nothing that says there ever was one.
    FirstStart,
    Journal {
        records: u64,
    },
    /// There was one.
    Lost,
    /// It is shorter than it was: an old copy was put there by hand.
    Older {
        records: u64,
        had: u64,
    },
}

/// Looks at the journal, without opening it for writing.
///
/// # Errors
/// Where it is there and cannot be read, or the mark cannot.
pub fn look(folder: &Path) -> Outcome<Found> {
    let place = Place::of(folder)?;
    let mark = read(folder)?;
    let records = match node::store::Reader::open(&place.journal, &place.key) {
        Ok(reader) => {
            let reading = |error| crate::record::reading(&error);
            let records = reader.view().head().map_err(reading)?.size;
            // A damaged end is shorter as well, and is no old copy.
            if records == 0 || mark.is_some_and(|mark| records < mark.records) {
                reader.check_end(&place.journal).map_err(reading)?;
            }
            Some(records)
        }
        Err(OpenError::NoJournal { .. }) => None,
        Err(error) => return Err(crate::record::opening(&error)),
    };
    // A line is written into node.toml only by a node that runs.
    let spoke = !Config::read(folder).or_refuse()?.line.is_empty();
    Ok(match (records.unwrap_or(0), mark) {
        (0, Some(Mark { records: 1.. })) => Found::Lost,
        (0, _) if spoke => Found::Lost,
        (records, Some(mark)) if records < mark.records => Found::Older {
            records,
            had: mark.records,
        },
        (0, _) => Found::FirstStart,
        (records, _) => Found::Journal { records },
    })
}

/// Whether the node may start, with `new_journal` if that was asked for.
///
/// # Errors
/// Says what to do where the journal is lost or old, or where it is not and a new one was asked for.
pub fn check(folder: &Path, new_journal: bool) -> Outcome {
    let there = match look(folder)? {
        Found::FirstStart | Found::Journal { .. } if !new_journal => return Ok(()),
        Found::Lost if new_journal => return Ok(()),
        Found::FirstStart => "this party never had a journal".to_owned(),
        Found::Journal { records } => format!("the journal is there, with {records} records"),
        Found::Lost => {
            return Err(Failure::refused(
                "this party's journal is gone, and what it said and heard with it: put a backup in its place with \
                 `standclear restore BACKUP`; only if there is none, `standclear serve --new-journal` begins a new one \
                 (docs/administrators.md, \"Lost journal\"). Until then telephone",
            ));
        }
        Found::Older { records, had } => {
            return Err(Failure::refused(format!(
                "the journal has {records} records, and had {had}: an old copy was put in its place. Move it away, and put \
                 the backup there with `standclear restore BACKUP`, so that the node asks its peers for what is missing \
                 (docs/administrators.md, \"Restored backup\")"
            )));
        }
    };
    Err(Failure::refused(format!(
        "{there}: start without --new-journal, which is for a journal that is lost"
    )))
}

/// Writes down how far the journal has come.
///
/// # Errors
/// Where the journal cannot be read, or the folder takes no file.
pub fn mark(folder: &Path) -> Outcome {
    let reader = Place::of(folder)?.reader()?;
    let head = reader.view().head();
    let records = head.map_err(|error| crate::record::reading(&error))?.size;
    let text = crate::output::json(&Mark { records })?;
    files::replace(&folder.join(MARK), text.as_bytes()).or_refuse()
}

fn read(folder: &Path) -> Outcome<Option<Mark>> {
    match files::read(&folder.join(MARK)) {
        Ok(bytes) => serde_json::from_slice(&bytes).map(Some).map_err(|_| {
            Failure::refused(format!(
                "`{MARK}` cannot be read: if the journal is sound (`standclear log verify`), remove that file and start again"
            ))
        }),
        Err(FileError::Missing { .. }) => Ok(None),
        Err(error) => Err(error).or_refuse(),
    }
}
