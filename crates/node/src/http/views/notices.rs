//! Notices and drafts, and where this node itself finds them.

use super::ms;
use super::values::{SlotsShown, slots};
use crate::names;
use crate::said::Text;
use conflict::geodesy::leg;
use model::arrangement::ReferencePoint;
use model::ids::LineId;
use model::notice::{Draft, Notice, NoticeState, critical_items};
use model::said::second_said;
use model::slot::{SlotCode, Slots};
use model::state::State;
use model::units::{Millis, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A notice as said on one line.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct NoticeShown {
    pub entry: String,
    pub line: String,
    /// own or peer.
    pub from: String,
    pub kind: String,
    pub desk: String,
    pub state: String,
    pub sent_at: i64,
    pub draft: Option<String>,
    pub delivered: Option<i64>,
    pub arrived: Option<i64>,
    pub displayed: Option<i64>,
    pub read_back: Option<i64>,
    pub answer: Option<String>,
    pub answered_at: Option<i64>,
    pub downstream: Option<String>,
    pub refused: Option<String>,
    /// It was said later before its window opens than the arrangement asks.
    #[serde(default)]
    pub late: bool,
    /// Until when the arrangement asks a person to read it back, and to answer it. Silence is neither.
    #[serde(default)]
    pub read_back_by: Option<i64>,
    #[serde(default)]
    pub answer_by: Option<i64>,
    /// The later notice that takes its place.
    #[serde(default)]
    pub amended_by: Option<String>,
    /// Ours: the enrolled element whose it is, told to the other party or not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub element: Option<String>,
    /// Ours: its element no longer consents to what it tells. Withdraw it.
    #[serde(default)]
    pub consent_withdrawn: bool,
    /// Where this node itself finds it, from the reference point that it names; else from the nearest one.
    pub measured: Option<Measured>,
    /// What the reader is asked to enter again.
    pub read_back_items: Vec<String>,
    /// `null`: unreadable, or destroyed.
    #[schema(value_type = Object)]
    pub slots: Option<SlotsShown>,
}

/// Where a notice's shape is from a reference point of the arrangement: measured here, on the shape, not taken from
/// what was said. A reader who knows the ground sees by it that a place is not the one that is meant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Measured {
    pub reference: String,
    /// Thousandths of a degree from true north.
    pub bearing: u32,
    pub distance_mm: i64,
    /// `the centre is 200.18° and 9.5 km from Deir ez-Zor airfield`, in the reader's language.
    #[schema(value_type = String)]
    pub text: Text,
}

fn measured(state: &State, line: LineId, slots: &Slots) -> Option<Measured> {
    let (area, second) = (slots.area()?, slots.second());
    let anchor = second.map_or_else(|| area.first_anchor(), |second| second.anchor());
    let at = area.position_of(anchor).ok()?;
    let points = &state.arrangement(line)?.reference_points;
    let named =
        second.and_then(|second| points.iter().find(|point| point.id == second.reference()));
    let point = named.or_else(|| {
        points
            .iter()
            .min_by_key(|point| leg(point.position, at).distance)
    })?;
    let leg = leg(point.position, at);
    Some(Measured {
        reference: point.id.to_string(),
        bearing: leg.bearing.as_millidegrees(),
        distance_mm: leg.distance.as_mm(),
        text: second_said(anchor, leg.bearing, leg.distance, &point.name).into(),
    })
}

/// The reference points of a line; none where it is not in force.
pub(in crate::http) fn points_of(state: &State, line: LineId) -> &[ReferencePoint] {
    let agreed = state.arrangement(line);
    agreed.map_or(&[], |agreed| &agreed.reference_points)
}

/// What a notice says, as whoever reads it sees it: measured, to be read back, slot by slot.
pub(super) fn read(
    state: &State,
    line: LineId,
    said: &Slots,
) -> (Option<Measured>, Vec<String>, SlotsShown) {
    let items = critical_items(said);
    (
        measured(state, line, said),
        items.iter().map(SlotCode::to_string).collect(),
        slots(said, points_of(state, line)),
    )
}

pub fn notice(state: &State, notice: &Notice, now: Timestamp) -> NoticeShown {
    let said = notice.content.slots();
    let (measured, read_back_items, slots) = match said.map(|said| read(state, notice.line(), said))
    {
        Some((measured, items, slots)) => (measured, items, Some(slots)),
        None => (None, Vec::new(), None),
    };
    let receipts = &notice.receipts;
    let answered = receipts.answered.as_ref();
    let sent_at = notice.header.sent_at;
    let agreed = state
        .arrangement(notice.line())
        .map(|agreed| agreed.deadlines);
    let opens = said.and_then(Slots::window).map(|window| window.from());
    let by = |within: Millis| ms(sent_at.saturating_add(within));
    NoticeShown {
        entry: names::entry(notice.entry),
        line: notice.line().to_string(),
        from: names::side(notice.side()).to_owned(),
        kind: notice.kind.to_string(),
        desk: notice.desk.to_string(),
        state: NoticeState::name(notice.state(now)).to_owned(),
        sent_at: ms(notice.header.sent_at),
        draft: notice.draft.map(|draft| draft.to_string()),
        delivered: receipts.delivered.map(ms),
        arrived: receipts.arrived.map(ms),
        displayed: receipts.displayed.as_ref().map(|receipt| ms(receipt.at)),
        read_back: receipts.read_back.as_ref().map(|receipt| ms(receipt.at)),
        answer: answered.map(|answered| answered.answer.to_string()),
        answered_at: answered.map(|answered| ms(answered.at)),
        downstream: receipts.downstream.map(|(_, said)| said.to_string()),
        refused: notice.refused.map(|reason| reason.to_string()),
        late: agreed
            .zip(opens)
            .is_some_and(|(agreed, opens)| sent_at.saturating_add(agreed.lead) > opens),
        read_back_by: agreed.map(|agreed| by(agreed.read_back)),
        answer_by: agreed.map(|agreed| by(agreed.answer)),
        amended_by: notice.amended_by.map(names::entry),
        element: (state.element_of_notice(notice.entry)).map(|of| of.to_string()),
        consent_withdrawn: state.is_told_without_consent(notice, now),
        measured,
        read_back_items,
        slots,
    }
}

/// A notice of ours that has not been released; only this node knows it.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct DraftShown {
    pub draft: String,
    pub kind: String,
    pub desk: String,
    pub drafted_at: i64,
    pub released: Vec<String>,
    /// The enrolled element whose it is: it goes to no line that is not consented to below.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub element: Option<String>,
    /// What that element, as the draft says now, has consented to or withdrawn, line by line. A consent without a release
    /// asks the desk for one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub consents: Vec<SiteConsentShown>,
    #[schema(value_type = Object)]
    pub slots: SlotsShown,
}

/// What was said about telling a site to the other party of a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SiteConsentShown {
    pub line: String,
    /// `false`: it is withdrawn; what was said is to be withdrawn too.
    pub given: bool,
    pub at: i64,
    /// by-its-officer, in-person, by-letter, by-telephone.
    pub how: String,
}

pub fn draft(state: &State, id: model::ids::NoticeId, draft: &Draft) -> DraftShown {
    let of_site = state.elements.of_site(id);
    // It goes to no line yet: those of its desk name points alike, or it would be refused on one of them.
    let named = draft.slots.second().map(|second| second.reference());
    let points = state
        .lines_of(draft.desk)
        .map(|(_, view)| &view.arrangement.reference_points[..]);
    let points = points
        .filter(|points| points.iter().any(|point| Some(point.id) == named))
        .last();
    let points = points.unwrap_or_default();
    DraftShown {
        element: state.element_of_draft(id).map(|of| of.to_string()),
        consents: of_site
            .map(|(line, consent)| SiteConsentShown {
                line: line.to_string(),
                given: consent.given,
                at: ms(consent.noted.at),
                how: consent.noted.how.to_string(),
            })
            .collect(),
        draft: id.to_string(),
        kind: draft.kind.to_string(),
        desk: draft.desk.to_string(),
        drafted_at: ms(draft.drafted_at),
        released: draft.released.iter().copied().map(names::entry).collect(),
        slots: slots(&draft.slots, points),
    }
}
