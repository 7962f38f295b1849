//! What a release would send, before it is asked for. Nothing is journalled and nothing is sent by a preview, and a
//! release under the same rules, terms and time sends the very slots that it shows: both ask [`evaluate`].

use crate::effect::Refusal;
use crate::ground::{self, Unfit};
use crate::node::Node;
use conflict::shape::Shape;
use model::arrangement::Arrangement;
use model::command::{Acting, Command, ReleaseTerms};
use model::decide::Decided;
use model::event::Decision;
use model::ids::{LineId, PartyId};
use model::message::Message;
use model::said::{Said, Says as _};
use model::slot::{SlotCode, Slots};
use model::state::LineView;
use model::units::{Millimetres, Timestamp};
use release::Advice;
use release::{Coarsened, Denial, Evaluation, Geometry, RuleSet, Ruling, Terms, Why};

/// What would become of one message on one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preview {
    pub line: LineId,
    pub to: PartyId,
    /// What was asked to be said, before the rules had their say.
    pub message: Message,
    /// The very slots that the other party would receive. `None`: nothing would go, for the reasons in `denials`.
    pub goes: Option<Slots>,
    /// What is filled in and would not go, in the order of the slots.
    pub held_back: Vec<HeldBack>,
    /// That a rule makes the area coarse, and how coarse.
    pub coarsened: Option<Coarsened>,
    pub denials: Vec<Denied>,
    /// As it would stand in the journal.
    pub decision: Decision,
}

/// A slot that stays here, and why. The other party cannot tell it from one that was never filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldBack {
    pub slot: SlotCode,
    /// Which names the rules that held it back, if any did.
    pub why: Why,
    /// What the officer can do about it.
    pub advice: Advice,
}

/// Why nothing would go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denied {
    pub denial: Denial,
    /// What the officer can do about it, where the denial does not say so itself.
    pub advice: Option<Advice>,
}

/// What the rules say of `message` on the line of `view`: for a release and for its preview alike.
pub(crate) fn evaluate(
    rules: &mut RuleSet,
    view: &LineView,
    within: Option<&Shape>,
    message: &Message,
    terms: &ReleaseTerms,
    now: Timestamp,
) -> Evaluation {
    let arrangement = &view.arrangement;
    let coarsen = |slots: &mut Slots, to| coarse(slots, to, arrangement, within);
    let geometry = Geometry {
        coarsen: &coarsen,
        lies: &ground::lies,
    };
    rules.evaluate(
        arrangement,
        message,
        view.peer,
        &asked(terms, now),
        &geometry,
    )
}

/// `within`: the arrangement's area.
fn coarse(
    slots: &mut Slots,
    to: Millimetres,
    arrangement: &Arrangement,
    within: Option<&Shape>,
) -> Result<(), Said> {
    let within = within.ok_or_else(|| Unfit::AreaUndrawn.said())?;
    ground::coarsen_area(slots, to, arrangement, within).map_err(|unsound| unsound.words)
}

fn asked(terms: &ReleaseTerms, now: Timestamp) -> Terms {
    Terms {
        authority: terms.authority,
        element: terms.element,
        now,
    }
}

impl Node {
    /// What `command` would let go under the rules if it were given `now`, line by line; nothing for what no rule is
    /// asked about.
    ///
    /// # Errors
    /// Where the command itself would be refused.
    pub fn preview(
        &self,
        by: Acting,
        command: &Command,
        now: Timestamp,
    ) -> Result<Vec<Preview>, Refusal> {
        self.geometry(command)?;
        let steps = match command {
            // Whoever is to consent must be able to see to what.
            Command::ReleaseNotice {
                notice,
                lines,
                terms,
                in_conflict: _,
            } => self.state().would_release(by, *notice, lines, terms, now),
            _other => self.state().decide(by, command, now),
        };
        let steps = steps.map_err(|refused| Refusal::Invalid(refused.said()))?;
        // A copy, for a rule set remembers what it decided.
        let mut rules = self.rules().clone();
        let by_rules = steps.into_iter().filter_map(|step| {
            let Decided::SayByRules { message, terms, .. } = step else {
                return None;
            };
            let view = self.state().lines.get(&message.line)?;
            let within = self.area(message.line);
            Some(preview(&mut rules, view, within, message, &terms, now))
        });
        Ok(by_rules.collect())
    }
}

fn preview(
    rules: &mut RuleSet,
    view: &LineView,
    within: Option<&Shape>,
    mut message: Message,
    terms: &ReleaseTerms,
    now: Timestamp,
) -> Preview {
    // As when it is said: a coarser place is worth more than none.
    ground::coarsen_place(&mut message.slots, view.arrangement.finest);
    let evaluation = evaluate(rules, view, within, &message, terms, now);
    let arrangement = &view.arrangement;
    let coarsen = |slots: &mut Slots, to| coarse(slots, to, arrangement, within);
    let geometry = Geometry {
        coarsen: &coarsen,
        lies: &ground::lies,
    };
    let explained = rules.explain(
        arrangement,
        &message,
        view.peer,
        &asked(terms, now),
        &geometry,
    );
    let held_back = explained
        .slots
        .into_iter()
        .filter_map(|of| match of.ruling {
            Ruling::LetGo { .. } => None,
            Ruling::Withheld(why) => Some(HeldBack {
                slot: of.slot,
                advice: why.advice(rules),
                why,
            }),
        });
    Preview {
        line: message.line,
        to: view.peer,
        coarsened: explained.coarsened,
        held_back: held_back.collect(),
        denials: denied(evaluation.denials, &view.arrangement, rules),
        goes: evaluation.released.map(|going| going.view().slots.clone()),
        decision: evaluation.decision,
        message,
    }
}

fn denied(denials: Vec<Denial>, arrangement: &Arrangement, rules: &RuleSet) -> Vec<Denied> {
    let each = denials.into_iter().map(|denial| Denied {
        advice: denial.advice(arrangement, rules),
        denial,
    });
    each.collect()
}
