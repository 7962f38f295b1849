//! What the API shows: plain data, times in Unix milliseconds, positions in every customary form.

use model::event::Bytes;
use model::units::Timestamp;

mod calls;
mod hotline;
mod incidents;
mod lines;
mod notices;
mod outcomes;
mod previews;
mod values;

pub use calls::{AnswerShown, CallShown, call};
pub use hotline::{
    CataloguedShown, ChallengeShown, LanguageShown, OriginalShown, PhraseShown, PhraseText,
    PhrasesShown, ReadBackShown, TranslationShown, catalogued, phrase, spoken,
};
pub use incidents::{
    ClaimShown, EvidenceShown, FurtherShown, SaidShown, WarningShown, claim, warning,
};
pub use lines::{LineShown, Numbers, line, numbers, open_calls};
pub(super) use notices::points_of;
pub use notices::{DraftShown, Measured, NoticeShown, SiteConsentShown, draft, notice};
pub use outcomes::{Outcome, ReleasedOn, Stopped, Warning, not_stopped, outcome, released_on};
pub use previews::{
    HeldBackShown, NotNamed, NoteConsent, PreviewShown, ReceivedShown, RevealsShown, consented,
    denied, preview, reveals,
};
pub use values::{SlotsShown, area_shown, place, slots};

pub(super) fn ms(at: Timestamp) -> i64 {
    at.as_unix_ms()
}

/// Bytes as standard base64.
pub fn base64(bytes: &Bytes) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}
