//! Releases under a rule set.

use super::Released;
use super::explanation::{Coarsened, Denial, Explanation, SlotRuling};
use crate::precision::{metres, too_fine};
use crate::required::required;
use crate::rules::RuleSet;
use crate::rules::schema::Key;
use crate::rules::verdict::{Ruling, Verdict};
use model::arrangement::Arrangement;
use model::event::Decision;
use model::ids::{AuthorityId, ElementId, PartyId};
use model::kind::Kind;
use model::message::Message;
use model::place::Area;
use model::said::Said;
use model::slot::{SlotCode, Slots};
use model::units::{Millimetres, Timestamp};
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Under what a release is asked for, and when. The purpose is the message's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    pub authority: AuthorityId,
    /// For whom the party speaks, if the officer names that.
    pub element: Option<ElementId>,
    pub now: Timestamp,
}

/// What geometry does in a release: this crate decides that an area goes coarse, not how.
#[derive(Clone, Copy)]
pub struct Geometry<'a> {
    /// Makes the area in `slots` one that covers it and is made of squares so wide, and all else that says where it is to
    /// agree with that. What it refuses is not released, and the words say why and what to do.
    pub coarsen: &'a dyn Fn(&mut Slots, Millimetres) -> Result<(), Said>,
    /// How the first of two areas lies to the second; `None` where that cannot be told.
    pub lies: &'a dyn Fn(&Area, &Area) -> Option<Lies>,
}

/// How an area lies to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lies {
    /// All of it is inside.
    pub within: bool,
    /// Some of it is inside, or on the edge.
    pub touches: bool,
}

/// What became of a release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evaluation {
    /// For the journal. It names rules and slots, and repeats no content.
    pub decision: Decision,
    /// The view that may go; `None` exactly where `decision.allowed` is `false`.
    pub released: Option<Released<Message>>,
    /// Why nothing may go, for the officer to read; empty where something may.
    pub denials: Vec<Denial>,
}

impl RuleSet {
    /// Decides whether `message` may go `to` a party, and which of its fields with it. The default is that nothing may.
    ///
    /// The `arrangement` in force binds before the rules do. What is withheld is not in the released view. Nothing but
    /// the arguments and the rule set goes into the decision. Where a rule that lets the area go says how coarse, the view
    /// holds what `geometry` made of it.
    pub fn evaluate(
        &mut self,
        arrangement: &Arrangement,
        message: &Message,
        to: PartyId,
        terms: &Terms,
        geometry: &Geometry<'_>,
    ) -> Evaluation {
        let judgement = self.judge(arrangement, message, to, terms, geometry);
        let Judgement {
            denials, verdict, ..
        } = judgement;
        let message = judgement.message;
        let withheld: Vec<SlotCode> = withheld(&message, verdict.as_deref()).collect();
        let decision = Decision {
            allowed: denials.is_empty(),
            rules: self.metadata().version,
            because: because(&message, &denials, verdict.as_deref()),
            authority: Some(terms.authority),
            withheld: withheld.clone(),
        };
        let released = denials.is_empty().then(|| {
            let mut view = message.into_owned();
            for slot in withheld {
                view.slots.remove(slot);
            }
            Released::new(to, view, terms.authority)
        });
        Evaluation {
            decision,
            released,
            denials,
        }
    }

    /// What [`RuleSet::evaluate`] would decide, slot by slot and rule by rule: for a person to read before releasing.
    pub fn explain(
        &mut self,
        arrangement: &Arrangement,
        message: &Message,
        to: PartyId,
        terms: &Terms,
        geometry: &Geometry<'_>,
    ) -> Explanation {
        let judgement = self.judge(arrangement, message, to, terms, geometry);
        let Judgement {
            denials,
            verdict,
            message,
            coarsened,
        } = judgement;
        let slots = verdict.as_deref().map_or_else(Vec::new, |verdict| {
            message
                .slots
                .iter()
                .map(|(slot, _)| SlotRuling {
                    slot,
                    ruling: verdict.of(slot).clone(),
                })
                .collect()
        });
        Explanation {
            rules: self.metadata().version,
            denials,
            message: verdict.map(|verdict| verdict.send.clone()),
            slots,
            coarsened,
        }
    }

    fn judge<'m>(
        &mut self,
        arrangement: &Arrangement,
        message: &'m Message,
        to: PartyId,
        terms: &Terms,
        geometry: &Geometry<'_>,
    ) -> Judgement<'m> {
        let mut untold = Vec::new();
        let (mut within, mut touches) = (0, 0);
        if let Some(area) = message.slots.area() {
            for (bit, named) in self.metadata().areas.iter().enumerate() {
                match (geometry.lies)(area, &named.area) {
                    Some(lies) => {
                        within |= u64::from(lies.within) << bit;
                        touches |= u64::from(lies.touches) << bit;
                    }
                    None => untold.push(Denial::Undrawable(named.id)),
                }
            }
        }
        let precision_m = match self.looks_at_precision {
            true => Some(metres(&message.slots)),
            false => None,
        };
        let key = Key {
            kind: message.kind,
            desk: message.desk,
            role: message.role,
            urgency: message.urgency,
            exercise: arrangement.exercise,
            free_text: arrangement.free_text,
            to,
            authority: terms.authority,
            purpose: message.purpose,
            element: terms.element,
            precision_m,
            within,
            touches,
        };
        let verdict = self.verdict(&key, terms.now);
        let coarsened = verdict.as_deref().and_then(|verdict| {
            let (to, by) = self.coarsest(verdict)?;
            // Never finer than the arrangement allows either.
            let to = to.max(arrangement.finest);
            message
                .slots
                .area()
                .is_some()
                .then_some(Coarsened { to, by })
        });
        let mut said = Cow::Borrowed(message);
        let not_coarse = coarsened.as_ref().and_then(|coarsened| {
            let made = (geometry.coarsen)(&mut said.to_mut().slots, coarsened.to);
            made.err().map(|why| Denial::NotCoarsened {
                coarsened: coarsened.clone(),
                why,
            })
        });
        let mut denials = self.bounds(arrangement, &said, to, terms);
        denials.extend(not_coarse);
        denials.extend(untold);
        match verdict.as_deref() {
            None => denials.push(Denial::StandingOnly(message.kind)),
            Some(verdict) => denials.extend(by_rules(arrangement, &said, verdict)),
        }
        Judgement {
            denials,
            verdict,
            message: said,
            coarsened,
        }
    }

    /// What arrangement and metadata deny, whatever the rules say.
    fn bounds(
        &self,
        arrangement: &Arrangement,
        message: &Message,
        to: PartyId,
        terms: &Terms,
    ) -> Vec<Denial> {
        let mut denials = Vec::new();
        let mut deny_unless = |held: bool, denial: Denial| {
            if !held {
                denials.push(denial);
            }
        };
        deny_unless(message.line == arrangement.line, Denial::OtherLine);
        deny_unless(arrangement.parties.contains(&to), Denial::Recipient(to));
        deny_unless(
            arrangement.desks.contains(&message.desk),
            Denial::Desk(message.desk),
        );
        deny_unless(
            arrangement.has_purpose(message.purpose),
            Denial::Purpose(message.purpose),
        );
        deny_unless(
            self.metadata().in_force(terms.now),
            Denial::RulesNotInForce(self.metadata().version),
        );
        deny_unless(
            self.metadata().lists(terms.authority),
            Denial::Authority(terms.authority),
        );
        deny_unless(
            named_so(message, SlotCode::Authority, terms.authority.as_str()),
            Denial::AuthorityDiffers,
        );
        deny_unless(
            terms
                .element
                .is_none_or(|element| named_so(message, SlotCode::Element, element.as_str())),
            Denial::ElementDiffers,
        );
        denials.extend(
            too_fine(&message.slots, arrangement.finest)
                .into_iter()
                .map(Denial::TooFine),
        );
        denials
    }
}

struct Judgement<'m> {
    denials: Vec<Denial>,
    verdict: Option<Arc<Verdict>>,
    /// As it would go, but for what is withheld: made coarse, where a rule says so.
    message: Cow<'m, Message>,
    coarsened: Option<Coarsened>,
}

/// Whether the slot is empty, or says `name`: what is said to the other party is what was decided on.
fn named_so(message: &Message, slot: SlotCode, name: &str) -> bool {
    message.slots.text(slot).is_none_or(|said| said == name)
}

/// What the rules deny: the message itself, or a slot that it says nothing without.
fn by_rules(arrangement: &Arrangement, message: &Message, verdict: &Verdict) -> Vec<Denial> {
    let mut denials = Vec::new();
    if let Ruling::Withheld(why) = &verdict.send {
        denials.push(Denial::Message {
            kind: message.kind,
            why: why.clone(),
        });
    }
    for (slot, _) in message.slots.iter() {
        if let Ruling::Withheld(why) = verdict.of(slot)
            && is_required(arrangement, message.kind, slot)
        {
            denials.push(Denial::Required {
                slot,
                why: why.clone(),
            });
        }
    }
    denials
}

/// A second description is required wherever the arrangement does not say that one description is enough.
fn is_required(arrangement: &Arrangement, kind: Kind, slot: SlotCode) -> bool {
    let second = slot == SlotCode::Second
        && kind.is_notice()
        && !arrangement.single_description.contains(&kind);
    second || required(kind).contains(&slot)
}

/// The slots that are filled in and do not go. With no say of the rules, that is all of them.
fn withheld<'a>(
    message: &'a Message,
    verdict: Option<&'a Verdict>,
) -> impl Iterator<Item = SlotCode> + 'a {
    message
        .slots
        .iter()
        .map(|(slot, _)| slot)
        .filter(move |&slot| verdict.is_none_or(|verdict| !verdict.of(slot).lets_go()))
}

/// The rules that decided, by name, each once. Of a denial, those that denied.
fn because(message: &Message, denials: &[Denial], verdict: Option<&Verdict>) -> Vec<String> {
    let names: BTreeSet<&str> = if denials.is_empty() {
        verdict.map_or_else(BTreeSet::new, |verdict| {
            let of_slots = message
                .slots
                .iter()
                .flat_map(|(slot, _)| verdict.of(slot).rules());
            verdict
                .send
                .rules()
                .iter()
                .chain(of_slots)
                .map(AsRef::as_ref)
                .collect()
        })
    } else {
        denials.iter().flat_map(Denial::because).collect()
    };
    names.into_iter().map(str::to_owned).collect()
}
