//! Laws that hold whatever the rules are.

#![allow(clippy::unwrap_used)]

mod common;

use common::*;
use model::code::{Desk, Role, Urgency};
use model::message::Message;
use model::slot::SlotCode;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use release::{Evaluation, RuleSet, Terms};
use std::collections::BTreeSet;

/// One generated rule, without its name.
#[derive(Clone, Debug)]
struct Rule {
    permit: bool,
    text: String,
}

const HEADS: [(&str, &str); 6] = [
    ("principal", "resource is Notice"),
    ("principal == Party::\"red\"", "resource"),
    ("principal == Party::\"blue\"", "resource"),
    ("principal", "resource == Notice::\"movement\""),
    ("principal", "resource is Reply"),
    ("principal is Party", "resource is Announcement"),
];
const CONDITIONS: [&str; 7] = [
    "",
    "when { context.desk == Desk::\"air\" }",
    "when { context has element && context.element == Element::\"sdf\" }",
    "unless { context.exercise }",
    "when { context.role == Role::\"watch\" || context.urgency == Urgency::\"immediate\" }",
    "when { context.purpose == Purpose::\"aid\" && context.free_text }",
    "when { context.now < datetime(\"2016-09-17\") }",
];
/// Fields of every family, so that each rule is valid for some kind whatever its head.
const NOTICE: [&str; 7] = [
    "send", "area", "window", "element", "remarks", "count", "contact",
];
const SHARED: [&str; 4] = ["send", "element", "remarks", "authority"];

fn a_rule() -> impl Strategy<Value = Rule> {
    (any::<bool>(), 0..HEADS.len(), select(CONDITIONS.to_vec())).prop_flat_map(
        |(permit, head, condition)| {
            let fields = match head {
                0 | 3 => NOTICE.to_vec(),
                _other_families => SHARED.to_vec(),
            };
            let most = fields.len();
            subsequence(fields, 1..=most).prop_map(move |fields| {
                let (principal, resource) = HEADS[head];
                let effect = if permit { "permit" } else { "forbid" };
                let fields: Vec<String> = fields
                    .iter()
                    .map(|field| format!("Action::\"{field}\""))
                    .collect();
                let text = format!(
                    "{effect} ({principal}, action in [{}], {resource}) {condition};",
                    fields.join(", ")
                );
                Rule { permit, text }
            })
        },
    )
}

fn set(rules: &[Rule]) -> RuleSet {
    let text: String = rules
        .iter()
        .enumerate()
        .map(|(n, rule)| format!("@id(\"rule-{n}\") {}\n", rule.text))
        .collect();
    rule_set(&text)
}

fn a_message() -> impl Strategy<Value = Message> {
    let kind = select(decided()).prop_flat_map(|kind| {
        let slots = kind.slots().to_vec();
        let most = slots.len();
        (Just(kind), subsequence(slots, 0..=most))
    });
    (
        kind,
        select(Role::ALL),
        select(Urgency::ALL),
        select(vec![Desk::Air, Desk::Ground]),
        select(vec!["force-protection", "aid"]),
    )
        .prop_map(|((kind, slots), role, urgency, desk, purpose)| {
            let names: Vec<&str> = slots.iter().map(|slot| slot.name()).collect();
            Message {
                role,
                urgency,
                desk,
                purpose: purpose.parse().unwrap(),
                ..message(kind, &names.join(" "))
            }
        })
}

fn some_terms() -> impl Strategy<Value = Terms> {
    (any::<bool>(), any::<bool>()).prop_map(|(general, element)| Terms {
        authority: authority(if general { "general" } else { "deconfliction" }),
        element: element.then(|| "sdf".parse().unwrap()),
        now: now(),
    })
}

fn evaluate(rules: &mut RuleSet, message: &Message, terms: &Terms, free: bool) -> Evaluation {
    let mut arrangement = arrangement();
    arrangement.free_text = free;
    arrangement.exercise = !free;
    rules.evaluate(&arrangement, message, party("red"), terms, &no_geometry())
}

/// What goes: the slots of the view, or nothing.
fn gone(done: &Evaluation) -> Option<BTreeSet<SlotCode>> {
    let view = done.released.as_ref()?.view();
    Some(view.slots.iter().map(|(slot, _)| slot).collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_view_holds_what_was_let_go_unchanged_and_nothing_withheld(
        rules in vec(a_rule(), 0..8), message in a_message(), terms in some_terms(), free: bool,
    ) {
        let done = evaluate(&mut set(&rules), &message, &terms, free);
        prop_assert_eq!(done.decision.allowed, done.released.is_some());
        prop_assert_eq!(done.decision.allowed, done.denials.is_empty());
        let withheld: BTreeSet<SlotCode> = done.decision.withheld.iter().copied().collect();
        if let Some(released) = done.released {
            let mut expected = message.clone();
            for slot in withheld {
                prop_assert!(expected.slots.remove(slot).is_some());
            }
            prop_assert_eq!(released.view(), &expected);
            prop_assert_eq!(released.to(), party("red"));
            prop_assert_eq!(released.authority(), terms.authority);
        }
    }

    #[test]
    fn removing_a_permit_never_releases_more_and_removing_a_forbid_never_less(
        rules in vec(a_rule(), 1..8), removed: prop::sample::Index, message in a_message(), terms in some_terms(),
        free: bool,
    ) {
        let with = evaluate(&mut set(&rules), &message, &terms, free);
        let mut fewer = rules.clone();
        let rule = fewer.remove(removed.index(rules.len()));
        let without = evaluate(&mut set(&fewer), &message, &terms, free);
        let (more, less) = if rule.permit { (with, without) } else { (without, with) };
        match (gone(&less), gone(&more)) {
            (None, _) => {}
            (Some(less), Some(more)) => prop_assert!(less.is_subset(&more)),
            (Some(_), None) => prop_assert!(false, "a message went only with {}", rule.text),
        }
    }

    #[test]
    fn a_forbid_wins_over_every_permit(
        rules in vec(a_rule(), 0..8), message in a_message(), terms in some_terms(), free: bool,
    ) {
        let mut rules = rules;
        let text = "forbid (principal, action == Action::\"send\", resource);".to_owned();
        rules.push(Rule { permit: false, text });
        let name = format!("rule-{}", rules.len() - 1);
        let done = evaluate(&mut set(&rules), &message, &terms, free);
        prop_assert!(done.released.is_none());
        prop_assert!(done.decision.because.contains(&name));
    }

    #[test]
    fn a_decision_is_the_same_when_it_is_made_again_from_memory_or_by_another_node(
        rules in vec(a_rule(), 0..8), asked in vec((a_message(), some_terms(), any::<bool>()), 1..8),
    ) {
        let never_asked = set(&rules);
        let mut kept = never_asked.clone();
        for _ in 0..2 {
            for (message, terms, free) in &asked {
                let fresh = evaluate(&mut never_asked.clone(), message, terms, *free);
                prop_assert_eq!(evaluate(&mut kept, message, terms, *free), fresh);
            }
        }
    }

    #[test]
    fn rules_in_another_order_decide_the_same(
        rules in vec(a_rule(), 0..8), message in a_message(), terms in some_terms(), free: bool,
    ) {
        let texts: Vec<String> = rules
            .iter()
            .enumerate()
            .map(|(n, rule)| format!("@id(\"rule-{n}\") {}\n", rule.text))
            .collect();
        let forward = evaluate(&mut rule_set(&texts.concat()), &message, &terms, free);
        let backward: String = texts.iter().rev().cloned().collect();
        prop_assert_eq!(evaluate(&mut rule_set(&backward), &message, &terms, free), forward);
    }

    #[test]
    fn bytes_that_are_no_rules_are_refused_and_never_panic(text in ".{0,200}", metadata in ".{0,200}") {
        prop_assert!(RuleSet::parse(&text, &metadata).is_err());
        let _whatever = RuleSet::parse(&text, METADATA);
    }
}
