//! The rules, sorted by what they may apply to: deciding costs time for each rule that is looked at.

use super::schema::Vocabulary;
use super::{Rule, RulesRefused};
use cedar_policy::{ActionConstraint, EntityUid, Policy, PolicySet, ResourceConstraint};
use model::kind::Kind;
use model::slot::SlotCode;
use std::collections::BTreeMap;
use std::sync::Arc;

/// For each kind and each of its fields, the rules that may apply.
#[derive(Clone, Debug)]
pub(super) struct Slices(BTreeMap<Kind, KindSlices>);

#[derive(Clone, Debug)]
pub(super) struct KindSlices {
    pub resource: EntityUid,
    pub send: Arc<PolicySet>,
    pub fields: Vec<(SlotCode, EntityUid, Arc<PolicySet>)>,
    /// A rule that may apply looks at the time: nothing of this kind is cached.
    pub timed: bool,
}

impl Slices {
    pub(super) fn new(rules: &[Rule], vocabulary: &Vocabulary) -> Result<Self, RulesRefused> {
        let mut shared = BTreeMap::new();
        let mut slices = BTreeMap::new();
        for (kind, resource) in vocabulary.kinds() {
            let mut timed = false;
            let mut slice = |action: &EntityUid| {
                let chosen: Vec<usize> = (0..rules.len())
                    .filter(|&at| may_apply(&rules[at].policy, action, resource))
                    .collect();
                timed |= chosen.iter().any(|&at| rules[at].timed);
                policies(&mut shared, rules, chosen)
            };
            let send = slice(&vocabulary.send)?;
            let mut fields = Vec::new();
            for &slot in kind.slots() {
                if let Some(action) = vocabulary.action(slot) {
                    fields.push((slot, action.clone(), slice(action)?));
                }
            }
            slices.insert(
                kind,
                KindSlices {
                    resource: resource.clone(),
                    send,
                    fields,
                    timed,
                },
            );
        }
        Ok(Self(slices))
    }

    pub(super) fn of(&self, kind: Kind) -> Option<&KindSlices> {
        self.0.get(&kind)
    }

    /// The kinds that rules decide about.
    pub(super) fn kinds(&self) -> impl Iterator<Item = Kind> {
        self.0.keys().copied()
    }
}

/// One policy set for each choice of rules, however many fields share it.
fn policies(
    shared: &mut BTreeMap<Vec<usize>, Arc<PolicySet>>,
    rules: &[Rule],
    chosen: Vec<usize>,
) -> Result<Arc<PolicySet>, RulesRefused> {
    if let Some(made) = shared.get(&chosen) {
        return Ok(made.clone());
    }
    let set = PolicySet::from_policies(chosen.iter().map(|&at| rules[at].policy.clone()))
        .map_err(|error| RulesRefused::Schema(error.to_string()))?;
    let set = Arc::new(set);
    shared.insert(chosen, set.clone());
    Ok(set)
}

/// Whether the head of a rule leaves room for this action and this resource. The schema has no groups and no
/// hierarchy, so `in` means one of these.
pub(super) fn may_apply(policy: &Policy, action: &EntityUid, resource: &EntityUid) -> bool {
    let action = match policy.action_constraint() {
        ActionConstraint::Any => true,
        ActionConstraint::Eq(named) => named == *action,
        ActionConstraint::In(named) => named.contains(action),
    };
    action
        && match policy.resource_constraint() {
            ResourceConstraint::Any => true,
            ResourceConstraint::Eq(named) | ResourceConstraint::In(named) => named == *resource,
            ResourceConstraint::Is(kind) => kind == *resource.type_name(),
            ResourceConstraint::IsIn(kind, named) => {
                kind == *resource.type_name() && named == *resource
            }
        }
}
