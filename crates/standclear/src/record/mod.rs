//! The record, offline: the journal of a party's folder, read beside a running node or without one.

pub mod prove;
pub mod verify;

use crate::exit::{Exit, Failure, OrExit as _, Outcome};
use indicatif::{ProgressBar, ProgressStyle};
use node::config::Config;
use node::core::replay::fact_of;
use node::model::code::Lane;
use node::model::event::{Event, Fact};
use node::model::ids::{LineId, PartyId};
use node::model::line::{Epoch, LogRef, Side};
use node::party::{self, files};
use node::store::{Key, OpenError, Openings, Origin, ReadError, Reader};
use node::wire::line::{LineKeys, PartyKeys};
use node::wire::manifest::SignedManifest;
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Where a folder's journal is, and what opens it.
pub struct Place {
    pub journal: PathBuf,
    pub key: Key,
    pub manifest: SignedManifest,
}

impl Place {
    /// # Errors
    /// Where the folder is no party's, or its configuration or key cannot be used.
    pub fn of(folder: &Path) -> Outcome<Self> {
        files::check_folder(folder).or_refuse()?;
        let config = Config::read(folder).or_refuse()?;
        Ok(Self {
            journal: folder.join(&config.journal),
            key: party::read_at_rest_key(&folder.join(&config.at_rest_key)).or_refuse()?,
            manifest: party::read_manifest(folder).or_refuse()?,
        })
    }

    pub fn party(&self) -> PartyId {
        self.manifest.manifest().party
    }

    /// # Errors
    /// Where there is no journal, it is damaged, or the key does not fit.
    pub fn reader(&self) -> Outcome<Reader> {
        Reader::open(&self.journal, &self.key).map_err(|error| opening(&error))
    }
}

/// How we end where a journal does not open.
pub fn opening(error: &OpenError) -> Failure {
    let exit = match error {
        OpenError::Damaged { .. } => Exit::Damaged,
        OpenError::InUse { .. }
        | OpenError::WrongKey { .. }
        | OpenError::NoJournal { .. }
        | OpenError::Version { .. }
        | OpenError::Disk { .. } => Exit::Refused,
    };
    Failure::new(exit, node::http::problem::chain(error))
}

/// How we end where a journal cannot be read on.
pub fn reading(error: &ReadError) -> Failure {
    let exit = match error {
        ReadError::Damaged(_) => Exit::Damaged,
        ReadError::Disk(_) | ReadError::NoSuchLog { .. } | ReadError::NoProof(_) => Exit::Refused,
    };
    Failure::new(exit, node::http::problem::chain(error))
}

/// Hands over facts in order, from the first, until `visit` has enough. Records of entries of the lines, by far the
/// most, are left out unless `entries`.
///
/// # Errors
/// [`Exit::Damaged`] at the first record that cannot be understood.
pub fn facts(
    reader: &Reader,
    entries: Entries,
    visit: &mut dyn FnMut(u64, Fact) -> ControlFlow<()>,
) -> Outcome {
    let mut refused = None;
    let bar = bar("reading");
    bar.set_length(reader.view().head().map_err(|error| reading(&error))?.size);
    let read = reader.view().read(0, Openings::Include, &mut |stored| {
        if stored.seq.is_multiple_of(BAR_STEP) {
            bar.set_position(stored.seq);
        }
        if entries == Entries::LeaveOut && stored.entry.is_some() {
            return ControlFlow::Continue(());
        }
        match fact_of(&stored) {
            Ok(fact) => visit(stored.seq, fact),
            Err(error) => {
                let what = node::http::problem::chain(&error);
                refused = Some(Failure::new(
                    Exit::Damaged,
                    format!(
                        "record {} cannot be understood, {what}: run `standclear log verify`, and restore a backup",
                        stored.seq
                    ),
                ));
                ControlFlow::Break(())
            }
        }
    });
    bar.finish_and_clear();
    read.map_err(|error| reading(&error))?;
    refused.map_or(Ok(()), Err)
}

/// Whether what was said on the lines is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entries {
    Include,
    LeaveOut,
}

/// The parties of each line, as the journal last knew their keys. What they signed before a key was revoked stays good.
#[derive(Default)]
pub struct Parties {
    peers: BTreeMap<LineId, SignedManifest>,
}

impl Parties {
    /// # Errors
    /// As [`facts`].
    pub fn of(reader: &Reader) -> Outcome<Self> {
        let mut parties = Self::default();
        let mut refused = None;
        facts(reader, Entries::LeaveOut, &mut |seq, fact| {
            let Event::ManifestTaken {
                line,
                side: Side::Peer,
                manifest,
                ..
            } = fact.event
            else {
                return ControlFlow::Continue(());
            };
            match parties.take(line, &manifest) {
                Ok(()) => ControlFlow::Continue(()),
                Err(why) => {
                    refused = Some(Failure::new(
                        Exit::Damaged,
                        format!(
                            "record {seq} holds a manifest that cannot be used, {why}: run `standclear log verify`, and \
                             restore a backup"
                        ),
                    ));
                    ControlFlow::Break(())
                }
            }
        })?;
        refused.map_or(Ok(parties), Err)
    }

    fn take(&mut self, line: LineId, manifest: &[u8]) -> Result<(), String> {
        let held = self.peers.get(&line);
        let next = match held {
            Some(held) => held.successor(manifest),
            // Its root key was compared by voice before the line began.
            None => SignedManifest::open_unpinned(manifest).map(Some),
        };
        if let Some(next) = next.map_err(|error| node::http::problem::chain(&error))? {
            self.peers.insert(line, next);
        }
        Ok(())
    }

    /// The keys of a line; none where its peer was never known.
    pub fn keys(&self, line: LineId, own: &SignedManifest) -> Option<LineKeys> {
        let peer = self.peers.get(&line)?;
        Some(LineKeys::new(
            line,
            PartyKeys::of_record(own),
            PartyKeys::of_record(peer),
        ))
    }

    pub fn lines(&self) -> impl Iterator<Item = LineId> {
        self.peers.keys().copied()
    }

    /// Each line, and the newest manifest of its peer.
    pub fn all(&self) -> impl Iterator<Item = (LineId, &SignedManifest)> {
        self.peers.iter().map(|(line, manifest)| (*line, manifest))
    }
}

/// The newest manifest of a party that is known in a folder: the one on its card, or one that came since, under the same
/// root key. A folder without a journal has the card alone.
///
/// # Errors
/// Where the journal cannot be read.
pub fn newest(folder: &Path, card: SignedManifest) -> Outcome<SignedManifest> {
    let place = Place::of(folder)?;
    let reader = match Reader::open(&place.journal, &place.key) {
        Err(OpenError::NoJournal { .. }) => return Ok(card),
        opened => opened.map_err(|error| opening(&error))?,
    };
    let parties = Parties::of(&reader)?;
    let newer = (parties.peers.into_values())
        .filter(|held| held.root() == card.root())
        .max_by_key(|held| held.manifest().version)
        .filter(|held| held.manifest().version > card.manifest().version);
    Ok(newer.unwrap_or(card))
}

/// What a log's name says: `standclear/<line>/<party>/<lane>/<epoch>`.
pub fn log_of(origin: &Origin, own: PartyId) -> Option<(LogRef, PartyId)> {
    let mut parts = origin.as_str().strip_prefix("standclear/")?.split('/');
    let line: LineId = parts.next()?.parse().ok()?;
    let party: PartyId = parts.next()?.parse().ok()?;
    let lane: Lane = parts.next()?.parse().ok()?;
    let epoch: Epoch = parts.next()?.parse().ok()?;
    let side = if party == own { Side::Own } else { Side::Peer };
    let log = LogRef {
        line,
        side,
        lane,
        epoch,
    };
    let whole = parts.next().is_none()
        && node::wire::line::origin(line, party, lane, epoch) == origin.as_str();
    whole.then_some((log, party))
}

/// So many records go by between two looks at a bar.
const BAR_STEP: u64 = 1_024;

/// What turns on standard error while a node works on something of unknown length, where a person sees it.
pub fn spinner(what: &'static str) -> ProgressBar {
    let spinner = ProgressBar::new_spinner().with_message(what);
    spinner.enable_steady_tick(Duration::from_millis(120));
    spinner
}

/// A bar on standard error, where a person sees it; nothing elsewhere.
pub fn bar(what: &'static str) -> ProgressBar {
    let style =
        ProgressStyle::with_template("{msg} {wide_bar} {human_pos}/{human_len} {per_sec} {eta}");
    let bar = ProgressBar::new(0);
    // The template is ours; where it did not parse, the plain one shows as well how far it is.
    let bar = match style {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    };
    bar.with_message(what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_is_known_by_its_name_and_by_no_other() {
        let own: PartyId = "coalition".parse().unwrap();
        let line = LineId::from_random([7; 16]);
        let name = node::wire::line::origin(line, "russia".parse().unwrap(), Lane::Stop, 2);
        let (log, party) = log_of(&Origin::new(&name).unwrap(), own).unwrap();
        assert_eq!(
            (log.line, log.side, log.lane, log.epoch),
            (line, Side::Peer, Lane::Stop, 2)
        );
        assert_eq!(party.as_str(), "russia");
        for bad in [
            name.replace("/2", "/02"),
            format!("{name}/x"),
            name.replace("standclear", "other"),
            "x".into(),
        ] {
            assert!(log_of(&Origin::new(&bad).unwrap(), own).is_none(), "{bad}");
        }
    }
}
