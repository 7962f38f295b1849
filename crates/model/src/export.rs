//! Bulk export of a peer's protected sites: denied, unless two officers let it go together.
//!
//! A list of protected sites is dangerous, and a file goes anywhere. One officer asks for it with a reason, another
//! allows it, and the one who asked takes it, once, before the allowance lapses. Each step is in the journal, and so is
//! each attempt that was refused.

use crate::code::codes;
use crate::decide::CommandRefused;
use crate::event::Event;
use crate::ids::{ExportId, LineId, OfficerId};
use crate::kind::Kind;
use crate::line::{Digest, Side};
use crate::notice::Notice;
use crate::slot::{MAX_NAME, SlotCode, Slots, Value};
use crate::state::State;
use crate::units::{Millis, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How long an allowance is good for, from when it was given.
pub const ALLOWED_FOR: Millis = Millis::from_seconds(15 * 60);
/// How long what was asked for waits for a second officer.
pub const ASKED_FOR: Millis = Millis::from_seconds(12 * 3_600);
/// The most that are in view at once. Of those that are over the oldest leaves it for a new one.
pub const MAX_EXPORTS: usize = 100;
/// The longest reason, in bytes.
pub const MAX_WHY: usize = MAX_NAME;

codes! {
    /// Why an export of a peer's protected sites was refused.
    ExportDenial {
        /// Another officer said no.
        ByOfficer = 1, "by-officer";
        /// The officer who asked took it back.
        TakenBack = 2, "taken-back";
        /// The officer who asked tried to allow it.
        OwnAsk = 3, "own-ask";
        /// Nobody has allowed it.
        NotAllowed = 4, "not-allowed";
        /// It was asked for, or allowed, too long ago.
        Lapsed = 5, "lapsed";
        /// Another officer than the one who asked tried to take it.
        OtherOfficer = 6, "other-officer";
        /// It was refused, or was carried out before.
        Over = 7, "over";
    }
}

impl ExportDenial {
    /// Whether it ends what was asked for. An attempt that is refused ends nothing.
    pub const fn ends(self) -> bool {
        match self {
            ExportDenial::ByOfficer | ExportDenial::TakenBack => true,
            ExportDenial::OwnAsk
            | ExportDenial::NotAllowed
            | ExportDenial::Lapsed
            | ExportDenial::OtherOfficer
            | ExportDenial::Over => false,
        }
    }
}

/// What an officer asked for, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Export {
    pub line: LineId,
    pub by: OfficerId,
    pub at: Timestamp,
    /// Why; empty where that was destroyed. It never leaves this node.
    pub why: String,
    /// How many sites there were when it was asked for.
    pub sites: u32,
    pub stage: Stage,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stage {
    Asked,
    Allowed {
        by: OfficerId,
        at: Timestamp,
    },
    Refused {
        by: OfficerId,
        at: Timestamp,
    },
    /// `sites`: how many the file held.
    CarriedOut {
        allowed_by: OfficerId,
        at: Timestamp,
        sites: u32,
    },
}

/// Where an export stands at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportState {
    Asked,
    Allowed,
    Refused,
    CarriedOut,
    /// Nobody allowed it, or took it, in time.
    Lapsed,
}

impl ExportState {
    pub const fn name(self) -> &'static str {
        match self {
            ExportState::Asked => "asked",
            ExportState::Allowed => "allowed",
            ExportState::Refused => "refused",
            ExportState::CarriedOut => "carried-out",
            ExportState::Lapsed => "lapsed",
        }
    }
}

impl Export {
    pub fn state(&self, now: Timestamp) -> ExportState {
        match (self.stage, self.lapses()) {
            (Stage::Refused { .. }, _) => ExportState::Refused,
            (Stage::CarriedOut { .. }, _) => ExportState::CarriedOut,
            (Stage::Asked | Stage::Allowed { .. }, Some(lapses)) if now >= lapses => {
                ExportState::Lapsed
            }
            (Stage::Asked, _) => ExportState::Asked,
            (Stage::Allowed { .. }, _) => ExportState::Allowed,
        }
    }

    /// When it is over by itself; `None`: it is over.
    pub fn lapses(&self) -> Option<Timestamp> {
        match self.stage {
            Stage::Asked => Some(self.at.saturating_add(ASKED_FOR)),
            Stage::Allowed { at, .. } => Some(at.saturating_add(ALLOWED_FOR)),
            Stage::Refused { .. } | Stage::CarriedOut { .. } => None,
        }
    }

    /// The officer who allowed it.
    pub fn allowed_by(&self) -> Option<OfficerId> {
        match self.stage {
            Stage::Allowed { by, .. } => Some(by),
            Stage::CarriedOut { allowed_by, .. } => Some(allowed_by),
            Stage::Asked | Stage::Refused { .. } => None,
        }
    }

    fn is_over(&self, now: Timestamp) -> bool {
        match self.state(now) {
            ExportState::Refused | ExportState::CarriedOut | ExportState::Lapsed => true,
            ExportState::Asked | ExportState::Allowed => false,
        }
    }
}

/// The exports in view. A fold over the journal.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exports {
    asked: BTreeMap<ExportId, Export>,
}

impl Exports {
    pub fn get(&self, export: ExportId) -> Option<&Export> {
        self.asked.get(&export)
    }

    pub fn iter(&self) -> impl Iterator<Item = (ExportId, &Export)> {
        self.asked.iter().map(|(export, asked)| (*export, asked))
    }

    fn has_room(&self, now: Timestamp) -> bool {
        self.asked.len() < MAX_EXPORTS || self.asked.values().any(|export| export.is_over(now))
    }

    // ---- the fold

    pub(crate) fn asked(&mut self, export: ExportId, asked: Export) {
        if self.asked.len() >= MAX_EXPORTS {
            let now = asked.at;
            let over = self.asked.iter().filter(|(_, export)| export.is_over(now));
            if let Some(oldest) = over.min_by_key(|(_, export)| export.at).map(|(id, _)| *id) {
                self.asked.remove(&oldest);
            }
        }
        self.asked.insert(export, asked);
    }

    pub(crate) fn allowed(&mut self, export: ExportId, by: OfficerId, at: Timestamp) {
        if let Some(asked) = self.asked.get_mut(&export) {
            asked.stage = Stage::Allowed { by, at };
        }
    }

    pub(crate) fn refused(
        &mut self,
        export: ExportId,
        why: ExportDenial,
        by: OfficerId,
        at: Timestamp,
    ) {
        if let Some(asked) = self.asked.get_mut(&export).filter(|_| why.ends()) {
            asked.stage = Stage::Refused { by, at };
        }
    }

    pub(crate) fn carried_out(&mut self, export: ExportId, sites: u32, at: Timestamp) {
        if let Some(asked) = self.asked.get_mut(&export)
            && let Some(allowed_by) = asked.allowed_by()
        {
            asked.stage = Stage::CarriedOut {
                allowed_by,
                at,
                sites,
            };
        }
    }
}

/// A peer's protected site, or its area around one: both lead whoever holds the list there.
pub fn is_their_protected_site(notice: &Notice) -> bool {
    let slots = notice.content.slots();
    let names_a_site = slots.is_some_and(|slots| slots.code(SlotCode::Site).is_some());
    notice.side() == Side::Peer && (notice.kind == Kind::ProtectedSite || names_a_site)
}

impl State {
    /// The peer's protected sites on a line that are to be heeded, and can be read.
    pub fn their_protected_sites(
        &self,
        line: LineId,
        now: Timestamp,
    ) -> impl Iterator<Item = &Notice> {
        let live = self.notices.values().filter(move |notice| {
            notice.line() == line && notice.is_live(now) && notice.content.slots().is_some()
        });
        live.filter(|notice| is_their_protected_site(notice))
    }

    pub(crate) fn ask_export(
        &self,
        export: ExportId,
        line: LineId,
        why: &str,
        now: Timestamp,
    ) -> Result<Event, CommandRefused> {
        if !self.lines.contains_key(&line) {
            return Err(CommandRefused::UnknownLine(line));
        }
        if why.trim().is_empty() {
            return Err(CommandRefused::ExportWithoutWhy);
        }
        // As any name that a screen shows: of one line, with nothing hidden in it.
        Slots::new().with(SlotCode::Name, Value::Name(why.to_owned()))?;
        if !self.exports.has_room(now) {
            return Err(CommandRefused::TooManyExports);
        }
        let sites = self.their_protected_sites(line, now).count();
        if sites == 0 {
            return Err(CommandRefused::NothingToExport);
        }
        Ok(Event::ExportAsked {
            export,
            line,
            sites: count(sites),
            why: why.to_owned(),
        })
    }

    /// `Ok(Err)`: refused, and that is in the journal too.
    pub(crate) fn allow_export(
        &self,
        by: OfficerId,
        export: ExportId,
        now: Timestamp,
    ) -> Result<Result<Event, ExportDenial>, CommandRefused> {
        let asked = self.export(export)?;
        Ok(match asked.state(now) {
            _any if asked.by == by => Err(ExportDenial::OwnAsk),
            ExportState::Lapsed => Err(ExportDenial::Lapsed),
            ExportState::Refused | ExportState::CarriedOut => Err(ExportDenial::Over),
            ExportState::Allowed => return Err(CommandRefused::ExportAllowed),
            ExportState::Asked => Ok(Event::ExportAllowed { export }),
        })
    }

    pub(crate) fn refuse_export(
        &self,
        by: OfficerId,
        export: ExportId,
        now: Timestamp,
    ) -> Result<Event, CommandRefused> {
        let asked = self.export(export)?;
        if asked.is_over(now) {
            return Err(CommandRefused::ExportOver);
        }
        let why = match asked.by == by {
            true => ExportDenial::TakenBack,
            false => ExportDenial::ByOfficer,
        };
        Ok(Event::ExportRefused { export, why })
    }

    /// As [`State::allow_export`].
    pub(crate) fn carry_out_export(
        &self,
        by: OfficerId,
        export: ExportId,
        held: (u32, Digest),
        now: Timestamp,
    ) -> Result<Result<Event, ExportDenial>, CommandRefused> {
        let asked = self.export(export)?;
        let (sites, digest) = held;
        Ok(match asked.state(now) {
            _any if asked.by != by => Err(ExportDenial::OtherOfficer),
            ExportState::Asked => Err(ExportDenial::NotAllowed),
            ExportState::Lapsed => Err(ExportDenial::Lapsed),
            ExportState::Refused | ExportState::CarriedOut => Err(ExportDenial::Over),
            ExportState::Allowed => Ok(Event::ExportCarriedOut {
                export,
                sites,
                digest: Some(digest),
            }),
        })
    }

    fn export(&self, export: ExportId) -> Result<&Export, CommandRefused> {
        let found = self.exports.get(export);
        found.ok_or(CommandRefused::UnknownExport)
    }
}

fn count(sites: usize) -> u32 {
    u32::try_from(sites).unwrap_or(u32::MAX)
}
