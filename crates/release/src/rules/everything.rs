//! Whether a permit, or all together, let everything go to anyone, or all of one kind of notice: such a rule set is none.

use super::RulesRefused;
use super::schema::{Key, Vocabulary};
use super::slices::Slices;
use super::verdict::{RuleId, work_out};
use super::{Rule, metadata::Authority};
use cedar_policy::Effect;
use model::code::{Desk, Role, Urgency};
use model::ids::{AuthorityId, ElementId, NotASlug, PartyId, PurposeId};
use model::kind::Kind;
use model::units::Timestamp;
use std::collections::BTreeSet;

/// Refuses a permit that lets every field of every kind go to a party, for a purpose, and for an element that it does
/// not name, whatever the authority, desk, role, urgency and time; and a rule set that does so all in all, for every
/// kind or for one kind of notice: ten permits of a kind each are no narrower than one of all kinds.
///
/// It is asked, not read: `when { true }`, or a list of every field there is, constrains nothing either.
pub(super) fn refuse_everything(
    rules: &[Rule],
    slices: &Slices,
    vocabulary: &Vocabulary,
    authorities: &[Authority],
) -> Result<(), RulesRefused> {
    let strangers =
        strangers(authorities).map_err(|error| RulesRefused::Schema(error.to_string()))?;
    for rule in rules {
        // No forbid, and nothing that has a limit in its head, needs to be asked at length.
        if rule.policy.effect() == Effect::Permit {
            let alone = Slices::new(std::slice::from_ref(rule), vocabulary)?;
            if everything(&alone, vocabulary, &strangers) {
                return Err(RulesRefused::LetsEverythingGo {
                    rule: rule.id.to_string(),
                });
            }
        }
    }
    if everything(slices, vocabulary, &strangers) {
        return Err(RulesRefused::TogetherLetEverythingGo);
    }
    for kind in slices.kinds().filter(|kind| kind.is_notice()) {
        if let Some(by) = all_of(kind, slices, vocabulary, &strangers) {
            let rules: Vec<_> = by.iter().map(|rule| format!("`{rule}`")).collect();
            return Err(RulesRefused::LetsKindGo {
                rules: rules.join(", "),
                kind,
            });
        }
    }
    Ok(())
}

/// The rules by which all of one kind goes to every stranger; `None` if something of it is withheld from one.
fn all_of(
    kind: Kind,
    slices: &Slices,
    vocabulary: &Vocabulary,
    strangers: &[(Key, Timestamp)],
) -> Option<BTreeSet<RuleId>> {
    let mut by = BTreeSet::new();
    for (stranger, now) in strangers {
        let key = Key { kind, ..*stranger };
        let verdict = work_out(vocabulary, slices, &key, Some(*now))?;
        if !verdict.lets_everything_go() {
            return None;
        }
        by.extend(verdict.rules().cloned());
    }
    Some(by)
}

fn everything(slices: &Slices, vocabulary: &Vocabulary, strangers: &[(Key, Timestamp)]) -> bool {
    let some_slice_is_empty = slices.kinds().any(|kind| {
        slices.of(kind).is_none_or(|kind| {
            kind.send.is_empty() || kind.fields.iter().any(|(_, _, rules)| rules.is_empty())
        })
    });
    !some_slice_is_empty
        && strangers.iter().all(|(stranger, now)| {
            slices.kinds().all(|kind| {
                let key = Key { kind, ..*stranger };
                work_out(vocabulary, slices, &key, Some(*now))
                    .is_some_and(|verdict| verdict.lets_everything_go())
            })
        })
}

/// Releases to a party that no rule can have in mind: under each authority, and with each other circumstance in turn.
fn strangers(authorities: &[Authority]) -> Result<Vec<(Key, Timestamp)>, NotASlug> {
    let to: PartyId = "any-party-that-is-not-named".parse()?;
    let purpose: PurposeId = "any-purpose-that-is-not-named".parse()?;
    let element: ElementId = "any-element-that-is-not-named".parse()?;
    let plain = |authority: AuthorityId| Key {
        kind: Kind::AirActivity,
        desk: Desk::Air,
        role: Role::Watch,
        urgency: Urgency::Routine,
        exercise: false,
        // Else remarks are withheld by the arrangement, and no rule would ever let everything go.
        free_text: true,
        to,
        authority,
        purpose,
        element: None,
        precision_m: Some(0),
        within: 0,
        touches: 0,
    };
    let mut keys = Vec::new();
    for authority in authorities {
        let plain = plain(authority.id);
        keys.push(Key {
            exercise: true,
            ..plain
        });
        keys.push(Key {
            precision_m: Some(u32::MAX),
            ..plain
        });
        keys.push(Key {
            within: u64::MAX,
            touches: u64::MAX,
            ..plain
        });
        keys.push(Key {
            element: Some(element),
            ..plain
        });
        keys.extend(Desk::ALL.iter().map(|&desk| Key { desk, ..plain }));
        keys.extend(Role::ALL.iter().map(|&role| Key { role, ..plain }));
        keys.extend(Urgency::ALL.iter().map(|&urgency| Key { urgency, ..plain }));
    }
    Ok(keys
        .into_iter()
        .flat_map(|key| [(key, Timestamp::MIN), (key, Timestamp::MAX)])
        .collect())
}
