//! What a release would send, and what an answer would give away.

use super::ms;
use super::notices::{Measured, read};
use super::values::{SlotsShown, area_shown};
use crate::names;
use crate::said::Text;
use channel::objection::{Conclusion, Reveals};
use channel::preview::{Denied, Preview};
use model::element::TELLS_NAME;
use model::ids::ElementId;
use model::ids::NoticeId;
use model::said::{Message, Said, Says};
use model::state::State;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use utoipa::ToSchema;

/// What a release would send on one line. Nothing was journalled or sent by asking.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct PreviewShown {
    pub line: String,
    /// The party that would receive it.
    pub to: String,
    /// What it would receive, as its own screen would show it; `null`: nothing, and `why` says why.
    pub received: Option<ReceivedShown>,
    /// What is filled in and stays here. The other party cannot tell it from what was never filled in.
    pub held_back: Vec<HeldBackShown>,
    /// How wide the squares are, at least, of which the area is made that would go, in millimetres; `null`: it goes as
    /// it is.
    pub coarsened_mm: Option<i64>,
    /// Why nothing would go, and what to do about it, for the officer to read; a sentence each.
    #[schema(value_type = Vec<String>)]
    pub why: Vec<Text>,
    /// The element whose draft it is has not consented that this goes on this line: it goes once it has.
    #[serde(default)]
    pub consent_missing: bool,
    /// The rules that decided, by name.
    pub because: Vec<String>,
    /// The version of the rules.
    pub rules: u32,
    /// If nothing would go: the authorities under which the rules in force would let it go.
    pub authorities: Vec<String>,
}

/// A notice as the party that it goes to would read it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReceivedShown {
    pub kind: String,
    pub desk: String,
    pub purpose: String,
    pub role: String,
    pub urgency: String,
    /// Where the reader's own node would find it.
    pub measured: Option<Measured>,
    /// What the reader would be asked to enter again.
    pub read_back_items: Vec<String>,
    #[schema(value_type = Object)]
    pub slots: SlotsShown,
}

/// A slot that is held back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct HeldBackShown {
    pub slot: String,
    #[schema(value_type = String)]
    pub why: Text,
    /// What to do about it.
    #[schema(value_type = String)]
    pub advice: Text,
}

/// `authorities`: under which others it could go, where nothing would.
pub fn preview(state: &State, preview: &Preview, authorities: Vec<String>) -> PreviewShown {
    let message = &preview.message;
    let received = preview.goes.as_ref().map(|said| {
        let (measured, read_back_items, slots) = read(state, preview.line, said);
        ReceivedShown {
            kind: message.kind.to_string(),
            desk: message.desk.to_string(),
            purpose: message.purpose.to_string(),
            role: message.role.to_string(),
            urgency: message.urgency.to_string(),
            measured,
            read_back_items,
            slots,
        }
    });
    let held_back = preview.held_back.iter().map(|held| HeldBackShown {
        slot: held.slot.to_string(),
        why: held.why.said().into(),
        advice: held.advice.said().into(),
    });
    PreviewShown {
        line: preview.line.to_string(),
        to: preview.to.to_string(),
        received,
        held_back: held_back.collect(),
        coarsened_mm: preview.coarsened.as_ref().map(|to| to.to.as_mm()),
        consent_missing: false,
        why: preview.denials.iter().map(denied).collect(),
        because: preview.decision.because.clone(),
        rules: preview.decision.rules,
        authorities,
    }
}

/// `shown`, with what the element of the draft has to say to it.
pub fn consented(
    state: &State,
    draft: NoticeId,
    preview: &Preview,
    mut shown: PreviewShown,
) -> PreviewShown {
    let Some(element) = state.element_of_draft(draft) else {
        return shown;
    };
    shown.consent_missing = !state.elements.may_tell(draft, preview.line);
    let drafted = state.drafts.get(&draft).map(|draft| &draft.slots);
    let not_named = TELLS_NAME.into_iter().filter(|slot| {
        let is_filled = drafted.is_some_and(|slots| slots.value(*slot).is_some());
        is_filled && preview.message.slots.value(*slot).is_none()
    });
    shown.held_back.extend(not_named.map(|slot| HeldBackShown {
        slot: slot.to_string(),
        why: NotNamed(element).said().into(),
        advice: NoteConsent.said().into(),
    }));
    shown
}

/// Why something is denied, and what to do about it, in one sentence.
pub fn denied(denied: &Denied) -> Text {
    let denial = denied.denial.said();
    let said = match &denied.advice {
        Some(advice) => Said::of("denied-advised", &format!("{denial}; {advice}"))
            .with("denial", denial)
            .with("advice", advice),
        None => denial,
    };
    said.into()
}

/// Why a name is held back.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("element `{0}` has not consented to be named to this party")]
pub struct NotNamed(ElementId);

impl Says for NotNamed {
    const MESSAGES: &'static [Message] = &[Message {
        id: "not-named",
        slots: &["element"],
    }];

    fn said(&self) -> Said {
        Said::of("not-named", self).with("element", &self.0)
    }
}

/// What to do about that.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("note its consent (`standclear element consent --named`)")]
pub struct NoteConsent;

impl Says for NoteConsent {
    const MESSAGES: &'static [Message] = &[Message {
        id: "note-consent",
        slots: &[],
    }];

    fn said(&self) -> Said {
        Said::of("note-consent", self)
    }
}

/// What an answer to a notice of the other party would give away. Nothing was said or recorded by asking.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RevealsShown {
    /// What the other party can conclude, in words.
    #[schema(value_type = String)]
    pub concludes: Text,
    /// The same as a code: something-is-there, nothing-is-there.
    #[serde(default)]
    pub conclusion: String,
    /// Whether that is more than our own notices on this line have told it.
    pub is_news: bool,
    /// The smallest area that it can conclude it of: the one it gave notice of.
    #[schema(value_type = Object)]
    pub area: Json,
    /// Unix milliseconds, both included.
    pub from: i64,
    pub until: i64,
    /// Our live notices on this line that share ground and time with it.
    pub told: Vec<String>,
    /// Our drafts that do, and of which nothing was told on this line.
    pub untold: Vec<String>,
}

pub fn reveals(found: &Reveals) -> RevealsShown {
    let conclusion = match found.conclusion {
        Conclusion::SomethingIsThere => "something-is-there",
        Conclusion::NothingIsThere => "nothing-is-there",
    };
    RevealsShown {
        concludes: found.conclusion.said().into(),
        conclusion: conclusion.to_owned(),
        is_news: found.is_news(),
        area: area_shown(&found.area),
        from: ms(found.window.from()),
        until: ms(found.window.until()),
        told: found.told.iter().copied().map(names::entry).collect(),
        untold: found.untold.iter().map(ToString::to_string).collect(),
    }
}
