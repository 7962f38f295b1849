//! What rules may speak of, as Cedar sees it: the schema, and the names of everything a request is made of.

use super::RulesRefused;
use super::metadata::Authority;
use cedar_policy::{Context, EntityId, EntityTypeName, EntityUid, RestrictedExpression, Schema};
use model::code::{Desk, Role, Urgency};
use model::ids::{AuthorityId, ElementId, PartyId, PurposeId};
use model::kind::Kind;
use model::slot::SlotCode;
use model::units::Timestamp;
use std::collections::BTreeMap;

const TEXT: &str = include_str!("../../rules/schema.cedarschema");
const AUTHORITY: &str = "entity Authority;";
const NOW: &str = "  now: datetime,\n";

/// Whether the rules may look at the time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Time {
    Known,
    Unknown,
}

/// The schema of a rule set with these authorities.
///
/// Without the time in it, it accepts exactly the rules whose decision cannot depend on the time.
pub(super) fn schema(authorities: &[Authority], time: Time) -> Result<Schema, RulesRefused> {
    let names: Vec<String> = authorities
        .iter()
        .map(|authority| format!("\"{}\"", authority.id))
        .collect();
    let text = TEXT.replace(
        AUTHORITY,
        &format!("entity Authority enum [{}];", names.join(", ")),
    );
    let text = match time {
        Time::Known => text,
        Time::Unknown => text.replace(NOW, ""),
    };
    let (schema, _warnings) = Schema::from_cedarschema_str(&text)
        .map_err(|error| RulesRefused::Schema(error.to_string()))?;
    Ok(schema)
}

/// All that a decision may depend on, except the time. What is cached is cached under this, and the context of a
/// request is made of nothing else: so a cached decision cannot depend on anything outside its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    pub kind: Kind,
    pub desk: Desk,
    pub role: Role,
    pub urgency: Urgency,
    pub exercise: bool,
    pub free_text: bool,
    pub to: PartyId,
    pub authority: AuthorityId,
    pub purpose: PurposeId,
    pub element: Option<ElementId>,
}

/// The Cedar names of everything, made once.
#[derive(Clone, Debug)]
pub(super) struct Vocabulary {
    party: EntityTypeName,
    element: EntityTypeName,
    purpose: EntityTypeName,
    authority: EntityTypeName,
    desk: EntityTypeName,
    role: EntityTypeName,
    urgency: EntityTypeName,
    pub(super) send: EntityUid,
    actions: BTreeMap<SlotCode, EntityUid>,
    kinds: BTreeMap<Kind, EntityUid>,
}

impl Vocabulary {
    pub(super) fn new() -> Result<Self, RulesRefused> {
        let action = entity_type("Action")?;
        let mut kinds = BTreeMap::new();
        for &kind in Kind::ALL {
            if let Some(family) = family(kind) {
                kinds.insert(kind, entity(&entity_type(family)?, kind.name()));
            }
        }
        Ok(Self {
            party: entity_type("Party")?,
            element: entity_type("Element")?,
            purpose: entity_type("Purpose")?,
            authority: entity_type("Authority")?,
            desk: entity_type("Desk")?,
            role: entity_type("Role")?,
            urgency: entity_type("Urgency")?,
            send: entity(&action, "send"),
            actions: SlotCode::ALL
                .iter()
                .map(|&slot| (slot, entity(&action, slot.name())))
                .collect(),
            kinds,
        })
    }

    /// The kinds that rules decide about, each as a resource.
    pub(super) fn kinds(&self) -> impl Iterator<Item = (Kind, &EntityUid)> {
        self.kinds.iter().map(|(kind, uid)| (*kind, uid))
    }

    pub(super) fn action(&self, slot: SlotCode) -> Option<&EntityUid> {
        self.actions.get(&slot)
    }

    pub(super) fn principal(&self, to: PartyId) -> EntityUid {
        entity(&self.party, to.as_str())
    }

    /// What Cedar is told of a release. `None` where Cedar refuses it, which it has no reason to.
    pub(super) fn context(&self, key: &Key, now: Option<Timestamp>) -> Option<Context> {
        let named = |name: &'static str, kind: &EntityTypeName, id: &str| {
            (
                name.to_owned(),
                RestrictedExpression::new_entity_uid(entity(kind, id)),
            )
        };
        let flag =
            |name: &'static str, value| (name.to_owned(), RestrictedExpression::new_bool(value));
        let mut pairs = vec![
            named("authority", &self.authority, key.authority.as_str()),
            named("purpose", &self.purpose, key.purpose.as_str()),
            named("desk", &self.desk, key.desk.name()),
            named("role", &self.role, key.role.name()),
            named("urgency", &self.urgency, key.urgency.name()),
            flag("exercise", key.exercise),
            flag("free_text", key.free_text),
        ];
        if let Some(element) = key.element {
            pairs.push(named("element", &self.element, element.as_str()));
        }
        if let Some(now) = now {
            let instant = format!(
                "datetime(\"1970-01-01\").offset(duration(\"{}ms\"))",
                now.as_unix_ms()
            );
            pairs.push(("now".to_owned(), instant.parse().ok()?));
        }
        Context::from_pairs(pairs).ok()
    }
}

fn entity_type(name: &str) -> Result<EntityTypeName, RulesRefused> {
    name.parse()
        .map_err(|_| RulesRefused::Schema(format!("`{name}` is no name")))
}

fn entity(kind: &EntityTypeName, id: &str) -> EntityUid {
    EntityUid::from_type_name_and_id(kind.clone(), EntityId::new(id))
}

/// What a kind is to the rules: notices, and what may carry free text. `None` for all that goes under the standing
/// release alone.
fn family(kind: Kind) -> Option<&'static str> {
    match kind {
        Kind::AirActivity
        | Kind::HazardArea
        | Kind::PositionArea
        | Kind::Movement
        | Kind::ProtectedSite
        | Kind::NoFireArea
        | Kind::RestrictedFireArea
        | Kind::CoordinationLine
        | Kind::CautionArea
        | Kind::TransitRequest => Some("Notice"),
        Kind::Answer => Some("Reply"),
        Kind::Withdrawal | Kind::Standing => Some("Announcement"),
        Kind::StopCall
        | Kind::StopDetails
        | Kind::StopRenewal
        | Kind::StopAcceptance
        | Kind::StopAnswer
        | Kind::StopEnd
        | Kind::StopLifted
        | Kind::StopResumed
        | Kind::StopRaisedInError
        | Kind::Received
        | Kind::Refused
        | Kind::Displayed
        | Kind::ReadBack
        | Kind::Downstream
        | Kind::LineCheck
        | Kind::LineCheckAnswer => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cedar_policy::Request;
    use std::collections::BTreeSet;

    fn watch() -> Vec<Authority> {
        vec![Authority {
            id: "watch".parse().unwrap(),
            text: "the watch".into(),
        }]
    }

    fn key(kind: Kind) -> Key {
        Key {
            kind,
            desk: Desk::Air,
            role: Role::Watch,
            urgency: Urgency::Routine,
            exercise: true,
            free_text: false,
            to: "red".parse().unwrap(),
            authority: "watch".parse().unwrap(),
            purpose: "force-protection".parse().unwrap(),
            element: Some("sdf".parse().unwrap()),
        }
    }

    #[test]
    fn the_time_and_the_authorities_are_where_the_schema_is_changed() {
        assert_eq!(TEXT.matches(NOW).count(), 1);
        assert_eq!(TEXT.matches(AUTHORITY).count(), 1);
        assert!(schema(&watch(), Time::Known).is_ok());
        assert!(schema(&watch(), Time::Unknown).is_ok());
    }

    #[test]
    fn rules_decide_about_every_kind_that_has_no_standing_release_or_may_carry_free_text() {
        for &kind in Kind::ALL {
            let free_text = kind.slots().contains(&SlotCode::Remarks);
            let decided = free_text || !kind.has_standing_release();
            assert_eq!(family(kind).is_some(), decided, "{kind}");
        }
    }

    #[test]
    fn the_schema_takes_every_request_that_can_be_made_and_knows_no_other_action() {
        let vocabulary = Vocabulary::new().unwrap();
        let mut used = BTreeSet::from(["send".to_owned()]);
        for (time, now) in [(Time::Known, Some(Timestamp::MAX)), (Time::Unknown, None)] {
            let schema = schema(&watch(), time).unwrap();
            for (kind, resource) in vocabulary.kinds() {
                let fields = kind.slots().iter().map(|&slot| {
                    used.insert(slot.name().to_owned());
                    vocabulary.action(slot).unwrap()
                });
                for action in fields.chain([&vocabulary.send]) {
                    let request = Request::new(
                        vocabulary.principal("red".parse().unwrap()),
                        action.clone(),
                        resource.clone(),
                        vocabulary.context(&key(kind), now).unwrap(),
                        Some(&schema),
                    );
                    assert!(request.is_ok(), "{kind} {action}: {request:?}");
                }
            }
            let known: BTreeSet<String> = schema
                .actions()
                .map(|action| action.id().unescaped().to_owned())
                .collect();
            assert_eq!(known, used);
            assert_eq!(schema.action_groups().count(), 0);
        }
    }

    #[test]
    fn every_desk_role_and_urgency_is_known_to_the_schema() {
        let vocabulary = Vocabulary::new().unwrap();
        let schema = schema(&watch(), Time::Unknown).unwrap();
        let accepted = |key: Key| {
            let (_, resource) = vocabulary
                .kinds()
                .find(|(kind, _)| *kind == key.kind)
                .unwrap();
            Request::new(
                vocabulary.principal(key.to),
                vocabulary.send.clone(),
                resource.clone(),
                vocabulary.context(&key, None).unwrap(),
                Some(&schema),
            )
            .is_ok()
        };
        let air = key(Kind::AirActivity);
        for &desk in Desk::ALL {
            assert!(accepted(Key { desk, ..air }), "{desk}");
        }
        for &role in Role::ALL {
            assert!(accepted(Key { role, ..air }), "{role}");
        }
        for &urgency in Urgency::ALL {
            assert!(accepted(Key { urgency, ..air }), "{urgency}");
        }
        let authority = "other".parse().unwrap();
        assert!(
            !accepted(Key { authority, ..air }),
            "an authority that is not listed"
        );
    }
}
