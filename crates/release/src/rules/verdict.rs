//! What the rules say of one message and each of its fields, and the cache of that.

use super::schema::{Key, Vocabulary};
use super::slices::Slices;
use cedar_policy::{
    AuthorizationError, Authorizer, Context, Decision, Entities, EntityUid, PolicySet, Request,
};
use model::slot::SlotCode;
use model::units::Timestamp;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The most verdicts that are kept. Beyond that all are forgotten, and made again as they are needed.
pub const MAX_CACHED: usize = 4_096;

/// The name of a rule: its `@id`.
pub type RuleId = Arc<str>;

/// Whether something may go, and by which rules. Rules are in the order of their names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ruling {
    LetGo { by: Vec<RuleId> },
    Withheld(Why),
}

/// Why something may not go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// No rule permits it: the default.
    NoRule,
    /// These forbid it, whatever permits it.
    Forbidden { by: Vec<RuleId> },
    /// These could not be worked out (a number too large, say). Nothing goes until they are mended.
    RuleFailed { by: Vec<RuleId> },
    /// Free text, and the arrangement has none.
    NoFreeText,
    /// The kind of message has no such field.
    NotOfThisKind,
}

impl Ruling {
    pub fn lets_go(&self) -> bool {
        match self {
            Ruling::LetGo { .. } => true,
            Ruling::Withheld(_) => false,
        }
    }

    /// The rules that decided; none for a denial by default, or by the arrangement.
    pub fn rules(&self) -> &[RuleId] {
        match self {
            Ruling::LetGo { by }
            | Ruling::Withheld(Why::Forbidden { by } | Why::RuleFailed { by }) => by,
            Ruling::Withheld(Why::NoRule | Why::NoFreeText | Why::NotOfThisKind) => &[],
        }
    }
}

/// What the rules say of a message and of every field that its kind has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Verdict {
    pub send: Ruling,
    fields: Vec<(SlotCode, Ruling)>,
}

static NOT_OF_THIS_KIND: Ruling = Ruling::Withheld(Why::NotOfThisKind);

impl Verdict {
    pub fn of(&self, slot: SlotCode) -> &Ruling {
        self.fields
            .iter()
            .find(|(field, _)| *field == slot)
            .map_or(&NOT_OF_THIS_KIND, |(_, ruling)| ruling)
    }

    pub fn lets_everything_go(&self) -> bool {
        self.send.lets_go() && self.fields.iter().all(|(_, ruling)| ruling.lets_go())
    }

    /// Each rule that decided about the message or a field of it.
    pub fn rules(&self) -> impl Iterator<Item = &RuleId> {
        let fields = self.fields.iter().flat_map(|(_, ruling)| ruling.rules());
        self.send.rules().iter().chain(fields)
    }
}

/// Verdicts by what they depend on.
#[derive(Clone, Debug, Default)]
pub(super) struct Cache(BTreeMap<Key, Arc<Verdict>>);

impl Cache {
    pub(super) fn find(&self, key: &Key) -> Option<Arc<Verdict>> {
        self.0.get(key).cloned()
    }

    pub(super) fn keep(&mut self, key: Key, verdict: Arc<Verdict>) {
        if self.0.len() >= MAX_CACHED {
            self.0.clear();
        }
        self.0.insert(key, verdict);
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}

/// Works out the verdict on `key`. `None`: its kind is not for rules to decide.
pub(super) fn work_out(
    vocabulary: &Vocabulary,
    slices: &Slices,
    key: &Key,
    now: Option<Timestamp>,
) -> Option<Verdict> {
    let kind = slices.of(key.kind)?;
    let asked = Asked {
        principal: vocabulary.principal(key.to),
        resource: kind.resource.clone(),
        context: vocabulary.context(key, now)?,
    };
    let send = asked.ruling(&vocabulary.send, &kind.send);
    let fields = kind.fields.iter().map(|(slot, action, rules)| {
        let ruling = if slot.is_free_text() && !key.free_text {
            Ruling::Withheld(Why::NoFreeText)
        } else {
            asked.ruling(action, rules)
        };
        (*slot, ruling)
    });
    Some(Verdict {
        send,
        fields: fields.collect(),
    })
}

struct Asked {
    principal: EntityUid,
    resource: EntityUid,
    context: Context,
}

impl Asked {
    fn ruling(&self, action: &EntityUid, rules: &PolicySet) -> Ruling {
        if rules.is_empty() {
            return Ruling::Withheld(Why::NoRule);
        }
        let request = Request::new(
            self.principal.clone(),
            action.clone(),
            self.resource.clone(),
            self.context.clone(),
            None,
        );
        let Ok(request) = request else {
            return Ruling::Withheld(Why::NoRule);
        };
        let response = Authorizer::new().is_authorized(&request, rules, &Entities::empty());
        // A rule that fails is skipped by Cedar. A skipped prohibition would let go, so nothing goes.
        let failed = named(response.diagnostics().errors().map(|error| match error {
            AuthorizationError::PolicyEvaluationError(error) => error.policy_id(),
        }));
        if !failed.is_empty() {
            return Ruling::Withheld(Why::RuleFailed { by: failed });
        }
        let by = named(response.diagnostics().reason());
        match response.decision() {
            Decision::Allow => Ruling::LetGo { by },
            Decision::Deny if by.is_empty() => Ruling::Withheld(Why::NoRule),
            Decision::Deny => Ruling::Withheld(Why::Forbidden { by }),
        }
    }
}

fn named<'a>(ids: impl Iterator<Item = &'a cedar_policy::PolicyId>) -> Vec<RuleId> {
    let mut names: Vec<RuleId> = ids
        .map(|id| RuleId::from(AsRef::<str>::as_ref(id)))
        .collect();
    names.sort();
    names.dedup();
    names
}
