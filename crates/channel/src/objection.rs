//! What an answer to a notice gives away, for the officer to see before it goes.
//!
//! The other party knows its own notice, and learns the code. From an objection it concludes that something of ours is,
//! or will be, in or near the area that it gave notice of, in that window: nothing smaller, for it does not know what
//! of ours is meant; and nothing larger. A small notice therefore gives away more than a large one, and many small ones
//! a map (`fishing`). Looked at are ground and time. Heights, and the distances that the arrangement asks, are not:
//! what is named here may be far above, and what is near without touching is not named.

use crate::effect::Refusal;
use crate::ground::{Unfit, lies};
use crate::node::Node;
use model::code::Answer;
use model::decide::CommandRefused;
use model::ids::NoticeId;
use model::line::{EntryRef, Side};
use model::place::Area;
use model::said::Says as _;
use model::slot::Slots;
use model::units::Timestamp;
use model::window::Window;

/// What the other party can conclude from an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reveals {
    pub conclusion: Conclusion,
    /// The smallest area that it can conclude it of: the one that it gave notice of.
    pub area: Area,
    pub window: Window,
    /// Our live notices on that line which share ground and time with it: of these it was told already.
    pub told: Vec<EntryRef>,
    /// Our drafts which share ground and time with it, and of which nothing is told on that line.
    pub untold: Vec<NoticeId>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Conclusion {
    /// That something of ours is there.
    #[error(
        "that something of yours is or will be in or near this area, in this window; not what, and not where in it"
    )]
    SomethingIsThere,
    /// That nothing of ours that minds is there, as far as this desk knows.
    #[error(
        "that nothing of yours that minds is in this area in this window, as far as this desk knows"
    )]
    NothingIsThere,
}

model::says! { Conclusion, "concludes":
    "something-is-there" SomethingIsThere;
    "nothing-is-there" NothingIsThere;
}

impl Reveals {
    /// Whether the answer tells more than our own notices on the line have told.
    pub fn is_news(&self) -> bool {
        match self.conclusion {
            Conclusion::SomethingIsThere => self.told.is_empty(),
            Conclusion::NothingIsThere => true,
        }
    }
}

impl Node {
    /// What `answer` to a notice of the other party would give away. Nothing is said or recorded by asking.
    ///
    /// # Errors
    /// Where there is no such notice, it is ours, or it says no place and time that can be read.
    pub fn reveals(
        &self,
        notice: EntryRef,
        answer: Answer,
        now: Timestamp,
    ) -> Result<Reveals, Refusal> {
        let invalid = |refused: CommandRefused| Refusal::Invalid(refused.said());
        let state = self.state();
        let asked = state
            .notices
            .get(&notice)
            .ok_or_else(|| invalid(CommandRefused::UnknownNotice))?;
        if asked.side() == Side::Own {
            return Err(invalid(CommandRefused::NoticeIsOurs));
        }
        let slots = asked.content.slots();
        let (Some(area), Some(window)) =
            (slots.and_then(Slots::area), slots.and_then(Slots::window))
        else {
            return Err(Refusal::Invalid(Unfit::NoPlaceAndTime.said()));
        };
        let line = asked.line();
        let shares = |ours: &Slots| match (ours.area(), ours.window()) {
            (Some(place), Some(time)) => {
                time.from() <= window.until()
                    && window.from() <= time.until()
                    && lies(place, area).is_some_and(|lies| lies.touches)
            }
            (None, _) | (_, None) => false,
        };
        let told = state.notices.values().filter(|ours| {
            let on_line = ours.side() == Side::Own && ours.line() == line && ours.is_live(now);
            on_line && ours.content.slots().is_some_and(shares)
        });
        let untold = state.drafts.iter().filter(|(_, draft)| {
            let is_over = draft
                .slots
                .window()
                .is_some_and(|window| window.until() < now);
            let went = draft.released.iter().any(|entry| {
                let live = state
                    .notices
                    .get(entry)
                    .is_some_and(|ours| ours.is_live(now));
                entry.log.line == line && live
            });
            !is_over && !went && shares(&draft.slots)
        });
        Ok(Reveals {
            conclusion: match answer {
                Answer::Objection | Answer::Concern | Answer::CannotComply => {
                    Conclusion::SomethingIsThere
                }
                Answer::NoObjection => Conclusion::NothingIsThere,
            },
            area: area.clone(),
            window,
            told: told.map(|ours| ours.entry).collect(),
            untold: untold.map(|(id, _)| *id).collect(),
        })
    }
}
