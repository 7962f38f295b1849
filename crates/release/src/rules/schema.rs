//! What rules may speak of, as Cedar sees it: the schema, and the names of everything a request is made of.

use super::RulesRefused;
use super::metadata::{Authority, NamedArea};
use cedar_policy::{Context, EntityId, EntityTypeName, EntityUid, RestrictedExpression, Schema};
use model::code::{Desk, Role, Urgency};
use model::ids::{AuthorityId, ElementId, PartyId, PurposeId};
use model::kind::Kind;
use model::slot::SlotCode;
use model::units::Timestamp;
use std::collections::BTreeMap;

const TEXT: &str = include_str!("../../rules/schema.cedarschema");
const AUTHORITY: &str = "entity Authority;";
const AREA: &str = "entity Area;";
const NOW: &str = "  now: datetime,\n";
const PRECISION: &str = "  precision_m: Long,\n";

/// What rules may look at: a rule that is valid where something is not told cannot look at it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Told {
    All,
    NoTime,
    NoPrecision,
}

/// The schema of a rule set with these authorities and areas.
///
/// Without the time in it, it accepts exactly the rules whose decision cannot depend on the time.
pub(super) fn schema(
    authorities: &[Authority],
    areas: &[NamedArea],
    told: Told,
) -> Result<Schema, RulesRefused> {
    let names: Vec<String> = authorities
        .iter()
        .map(|authority| format!("\"{}\"", authority.id))
        .collect();
    let text = TEXT.replace(
        AUTHORITY,
        &format!("entity Authority enum [{}];", names.join(", ")),
    );
    let mut listed: Vec<String> = areas
        .iter()
        .map(|area| format!("\"{}\"", area.id))
        .collect();
    if listed.is_empty() {
        // Cedar lists at least one; no area can have this name.
        listed.push("\"no area is listed\"".to_owned());
    }
    let text = text.replace(AREA, &format!("entity Area enum [{}];", listed.join(", ")));
    let text = match told {
        Told::All => text,
        Told::NoTime => text.replace(NOW, ""),
        Told::NoPrecision => text.replace(PRECISION, ""),
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
    /// In metres; only where a rule looks at it.
    pub precision_m: Option<u32>,
    /// The listed areas that hold all of the message's area, and those that touch it: a bit each, in their order.
    pub within: u64,
    pub touches: u64,
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
    areas: Vec<EntityUid>,
}

impl Vocabulary {
    pub(super) fn new(areas: &[NamedArea]) -> Result<Self, RulesRefused> {
        let action = entity_type("Action")?;
        let mut kinds = BTreeMap::new();
        for &kind in Kind::ALL {
            if let Some(family) = family(kind) {
                kinds.insert(kind, entity(&entity_type(family)?, kind.name()));
            }
        }
        let area = entity_type("Area")?;
        Ok(Self {
            areas: (areas.iter())
                .map(|named| entity(&area, named.id.as_str()))
                .collect(),
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
        for (name, bits) in [("within", key.within), ("touches", key.touches)] {
            let listed = self.areas.iter().enumerate();
            let members = listed.filter(|(bit, _)| bits >> bit & 1 == 1);
            let members = members.map(|(_, uid)| RestrictedExpression::new_entity_uid(uid.clone()));
            pairs.push((name.to_owned(), RestrictedExpression::new_set(members)));
        }
        if let Some(metres) = key.precision_m {
            let metres = RestrictedExpression::new_long(metres.into());
            pairs.push(("precision_m".to_owned(), metres));
        }
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
        Kind::Answer | Kind::ClaimAnswer => Some("Reply"),
        Kind::Withdrawal | Kind::Standing => Some("Announcement"),
        Kind::Phrase => Some("Phrase"),
        Kind::Translation | Kind::TranslationChallenge => Some("Translation"),
        Kind::Claim | Kind::ClaimStatement => Some("Claim"),
        Kind::Warning => Some("Warning"),
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
        | Kind::LineCheckAnswer
        | Kind::WarningReceived => None,
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

    fn river() -> Vec<NamedArea> {
        let centre = model::place::Position::from_e7(353_300_000, 401_400_000).unwrap();
        let radius = model::units::Millimetres::from_metres(5_000);
        let circle = model::place::Circle::new(centre, radius).unwrap();
        vec![NamedArea {
            id: "river".parse().unwrap(),
            area: model::place::Area::Circle(circle),
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
            precision_m: Some(100),
            within: 1,
            touches: 1,
        }
    }

    #[test]
    fn the_time_and_the_authorities_are_where_the_schema_is_changed() {
        assert_eq!(TEXT.matches(NOW).count(), 1);
        assert_eq!(TEXT.matches(AUTHORITY).count(), 1);
        assert_eq!(TEXT.matches(AREA).count(), 1);
        assert_eq!(TEXT.matches(PRECISION).count(), 1);
        assert!(schema(&watch(), &[], Told::NoPrecision).is_ok());
        assert!(schema(&watch(), &river(), Told::All).is_ok());
        assert!(schema(&watch(), &river(), Told::NoTime).is_ok());
    }

    #[test]
    fn rules_decide_about_every_kind_that_has_no_standing_release_or_may_carry_free_text() {
        for &kind in Kind::ALL {
            let free_text = kind.slots().iter().any(|slot| slot.is_free_text());
            let decided = free_text || !kind.has_standing_release();
            assert_eq!(family(kind).is_some(), decided, "{kind}");
        }
    }

    #[test]
    fn the_schema_takes_every_request_that_can_be_made_and_knows_no_other_action() {
        let vocabulary = Vocabulary::new(&river()).unwrap();
        let mut used = BTreeSet::from(["send".to_owned()]);
        for (time, now) in [(Told::All, Some(Timestamp::MAX)), (Told::NoTime, None)] {
            let schema = schema(&watch(), &river(), time).unwrap();
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
        let vocabulary = Vocabulary::new(&river()).unwrap();
        let schema = schema(&watch(), &river(), Told::NoTime).unwrap();
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
