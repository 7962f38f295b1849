//! Claims and warnings, with what either side said of them.

use super::ms;
use super::notices::points_of;
use super::values::{SlotsShown, slots};
use crate::names;
use model::incident::{Further, Incident};
use model::notice::Withdrawn;
use model::slot::{Evidence, SlotCode, Slots};
use model::state::State;
use model::units::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a claim and a warning have in common.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SaidShown {
    pub entry: String,
    pub line: String,
    /// own or peer.
    pub from: String,
    pub desk: String,
    pub role: String,
    /// Our officer, where we said it.
    pub by: Option<String>,
    /// By the clock of whoever said it.
    pub sent_at: i64,
    /// When it reached the other side, by that side's clock.
    pub arrived: Option<i64>,
    /// When the other node signed that it holds ours: whole seconds, its clock.
    pub delivered: Option<i64>,
    /// When a person was shown it, by the clock of the side that it was said to.
    pub displayed: Option<i64>,
    /// standing, withdrawn, refused, not-said, unreadable.
    pub state: String,
    pub withdrawn_at: Option<i64>,
    pub withdrawn_because: Option<String>,
    pub refused: Option<String>,
    /// `null`: unreadable, or destroyed.
    #[schema(value_type = Object)]
    pub slots: Option<SlotsShown>,
}

/// A claim, and beside it what the other side says: neither is merged into the other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ClaimShown {
    #[serde(flatten)]
    pub said: SaidShown,
    /// When its answer is due, by the clock of whoever claims.
    pub due: i64,
    /// It is due, stands, and has no answer.
    pub overdue: bool,
    /// The answer that counts, which is the last one; `null`: none was given, and none is inferred.
    pub answer: Option<String>,
    pub answers: Vec<FurtherShown>,
    /// Of both sides, in the order in which this node came to know them.
    pub statements: Vec<FurtherShown>,
}

/// A warning. Nothing can agree to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WarningShown {
    #[serde(flatten)]
    pub said: SaidShown,
    /// That it was received, which is not agreement.
    pub received: Option<FurtherShown>,
}

/// What either side said of a claim or a warning after it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FurtherShown {
    pub entry: String,
    pub from: String,
    /// By the clock of whoever said it.
    pub at: i64,
    /// When it came here, where it is theirs.
    pub arrived: Option<i64>,
    /// Our officer, where we said it.
    pub by: Option<String>,
    /// The name that was chosen to be given with it.
    pub name: Option<String>,
    pub answer: Option<String>,
    pub certainty: Option<String>,
    pub evidence: Vec<EvidenceShown>,
    /// Of the words: the original is the authoritative one.
    pub language: Option<String>,
    pub text: Option<String>,
    /// It came after the claim had been withdrawn: the two crossed on the way.
    pub crossed: bool,
    pub refused: Option<String>,
}

/// A file that stays with whoever names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EvidenceShown {
    /// The SHA-256 of its bytes, in 64 hexadecimal digits.
    pub digest: String,
    /// image/jpeg, image/png, image/tiff, application/pdf, video/mp4, audio/wav, text/plain.
    pub media: String,
    /// In bytes.
    pub size: u64,
}

impl EvidenceShown {
    pub fn of(file: &Evidence) -> Self {
        Self {
            digest: file.digest.to_string(),
            media: file.media.to_string(),
            size: file.size,
        }
    }
}

fn said(state: &State, of: &Incident) -> SaidShown {
    let open = of.content.slots();
    let because = |withdrawn: Withdrawn| withdrawn.reason.map(|reason| reason.to_string());
    SaidShown {
        entry: names::entry(of.entry),
        line: of.line().to_string(),
        from: names::side(of.side()).to_owned(),
        desk: of.desk.to_string(),
        role: of.header.role.to_string(),
        by: of.by.map(|by| by.to_string()),
        sent_at: ms(of.header.sent_at),
        arrived: of.arrived.map(ms),
        delivered: of.delivered.map(ms),
        displayed: of.displayed.map(|receipt| ms(receipt.at)),
        state: match of.not_live() {
            Some("not said") => "not-said",
            Some(why) => why,
            None if open.is_none() => "unreadable",
            None => "standing",
        }
        .to_owned(),
        withdrawn_at: of.withdrawn.map(|withdrawn| ms(withdrawn.at)),
        withdrawn_because: of.withdrawn.and_then(because),
        refused: of.refused.map(|reason| reason.to_string()),
        slots: open.map(|open| slots(open, points_of(state, of.line()))),
    }
}

/// `None`: it is a warning.
pub fn claim(state: &State, of: &Incident, now: Timestamp) -> Option<ClaimShown> {
    let due = of.due()?;
    let answer = of.answer().map(|(_, answer)| answer.to_string());
    Some(ClaimShown {
        said: said(state, of),
        due: ms(due),
        overdue: answer.is_none() && of.not_live().is_none() && due <= now,
        answer,
        answers: of.answers().iter().map(further).collect(),
        statements: of.statements().iter().map(further).collect(),
    })
}

/// `None`: it is a claim.
pub fn warning(state: &State, of: &Incident) -> Option<WarningShown> {
    if of.is_claim() {
        return None;
    }
    Some(WarningShown {
        said: said(state, of),
        received: of.received().map(further),
    })
}

fn further(of: &Further) -> FurtherShown {
    let empty = Slots::new();
    let open = of.content.slots().unwrap_or(&empty);
    let text = |slot| open.text(slot).map(str::to_owned);
    let named = |slot: SlotCode| open.code(slot).and_then(|number| slot.code_name(number));
    FurtherShown {
        entry: names::entry(of.entry),
        from: names::side(of.side()).to_owned(),
        at: ms(of.at),
        arrived: of.arrived.map(ms),
        by: of.by.map(|by| by.to_string()),
        name: text(SlotCode::Name),
        answer: named(SlotCode::ClaimAnswer).map(str::to_owned),
        certainty: named(SlotCode::Certainty).map(str::to_owned),
        evidence: open.evidence().iter().map(EvidenceShown::of).collect(),
        language: text(SlotCode::Language),
        text: text(SlotCode::Remarks),
        crossed: of.crossed,
        refused: of.refused.map(|reason| reason.to_string()),
    }
}
