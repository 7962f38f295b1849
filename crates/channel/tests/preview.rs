//! What a preview shows is what a release sends, whatever the draft, the rules and the terms.
#![allow(clippy::unwrap_used, reason = "a test that cannot be set up fails")]

mod desk;

use channel::effect::Effect;
use channel::preview::Preview;
use desk::*;
use model::code::Desk;
use model::command::{Command, ReleaseTerms};
use model::event::Event;
use model::ids::NoticeId;
use model::kind::Kind;
use model::slot::{SlotCode, Slots, Value};
use proptest::prelude::*;
use release::{RuleSet, Why};
use std::sync::LazyLock;

const METADATA: &str = "name = \"own\"\nversion = 3\nsigned-off-by = \"a test\"\nvalid-from = \"010000Z JAN 2000\"\n\
    [[authority]]\nid = \"deconfliction\"\ntext = \"the watch\"\n\
    [[authority]]\nid = \"counsel\"\ntext = \"counsel\"\n";

/// The shipped rules, and some of one's own after them.
fn with(more: &str) -> RuleSet {
    let shipped = RuleSet::shipped().unwrap();
    RuleSet::parse(&format!("{}\n{more}", shipped.text()), METADATA).unwrap()
}

static RULE_SETS: LazyLock<Vec<RuleSet>> = LazyLock::new(|| {
    vec![
        RuleSet::shipped().unwrap(),
        with(
            "@id(\"coarse\") @coarsen(\"3 km\") permit (principal, action == Action::\"area\", resource is Notice);",
        ),
        with(
            "@id(\"no-label\") @advice(\"say the name by telephone\")\nforbid (principal, action == Action::\"label\", resource);",
        ),
        with(
            "@id(\"no-window\") forbid (principal, action == Action::\"window\", resource is Notice);",
        ),
        with(
            "@id(\"counsel-too\") permit (principal, action == Action::\"send\", resource is Notice) \
              when { context.authority == Authority::\"counsel\" };",
        ),
    ]
});

fn released(effects: &[Effect]) -> (Option<Slots>, model::event::Decision) {
    let sent = effects.iter().find_map(|effect| match effect {
        Effect::Send(outgoing) => Some(outgoing.message.view().slots.clone()),
        _other_effect => None,
    });
    let decided = effects.iter().find_map(|effect| match effect {
        Effect::Append(append) => match &append.fact.event {
            Event::ReleaseDecided { decision, .. } => Some(decision.clone()),
            _other_fact => None,
        },
        _other_effect => None,
    });
    (sent, decided.unwrap())
}

fn release_of(notice: NoticeId, terms: &ReleaseTerms) -> Command {
    Command::ReleaseNotice {
        notice,
        lines: vec![line()],
        terms: terms.clone(),
        in_conflict: model::command::InConflict::Hold,
    }
}

fn terms(authority: &str, element: Option<&str>) -> ReleaseTerms {
    ReleaseTerms {
        authority: authority.parse().unwrap(),
        purpose: "safety".parse().unwrap(),
        element: element.map(|element| element.parse().unwrap()),
    }
}

fn extras() -> impl Strategy<Value = Vec<(SlotCode, Value)>> {
    let all = vec![
        (SlotCode::Label, Value::Name("Larch".into())),
        (SlotCode::Contact, Value::Name("the gate".into())),
        (SlotCode::Element, Value::Slug("sdf".parse().unwrap())),
        (SlotCode::Precision, Value::Number(50_000)),
        (SlotCode::Count, Value::Number(3)),
    ];
    let most = all.len();
    prop::sample::subsequence(all, 0..=most)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn a_release_sends_the_very_slots_that_its_preview_showed(
        rules in 0..RULE_SETS.len(),
        north in -20_000_000..20_000_000i32,
        east in -20_000_000..20_000_000i32,
        radius in 5..9_000i32,
        extras in extras(),
        authority in prop::sample::select(vec!["deconfliction", "counsel", "nobody"]),
        element in prop::sample::select(vec![None, Some("sdf")]),
    ) {
        let mut node = node(RULE_SETS[rules].clone());
        let mut slots = notice(north / 10, east / 10, radius);
        for (slot, value) in extras {
            slots.set(slot, value).unwrap();
        }
        let Some(draft) = drafted(&mut node, Kind::PositionArea, slots) else { return Ok(()) };
        let command = release_of(draft, &terms(authority, element));
        let before = node.state().clone();
        let previews = node.preview(officer(), &command, at(60)).unwrap();
        prop_assert_eq!(node.state(), &before);
        let [shown] = &previews[..] else { panic!("one line, one preview") };
        let (sent, decision) = released(&commanded(&mut node, at(60), command));
        prop_assert_eq!(&sent, &shown.goes);
        prop_assert_eq!(&decision, &shown.decision);
        prop_assert_eq!(shown.goes.is_some(), shown.denials.is_empty());
        // Nothing is filled in that neither goes nor is shown to stay.
        let held: Vec<SlotCode> = shown.held_back.iter().map(|held| held.slot).collect();
        for (slot, _) in shown.message.slots.iter() {
            let goes = sent.as_ref().is_some_and(|sent| sent.value(slot).is_some());
            prop_assert!(goes != held.contains(&slot) || sent.is_none(), "{}", slot);
        }
    }
}

fn previewed(rules: RuleSet, slots: Slots, authority: &str) -> Preview {
    let mut node = node(rules);
    let draft = drafted(&mut node, Kind::PositionArea, slots).unwrap();
    let command = release_of(draft, &terms(authority, None));
    let mut previews = node.preview(officer(), &command, at(60)).unwrap();
    previews.remove(0)
}

#[test]
fn what_is_held_back_is_shown_with_its_rule_and_its_advice() {
    let slots = notice(0, 0, 500)
        .with(SlotCode::Label, Value::Name("Larch".into()))
        .unwrap()
        .with(SlotCode::Contact, Value::Name("the gate".into()))
        .unwrap();
    let shown = previewed(RULE_SETS[2].clone(), slots, "deconfliction");
    let goes = shown.goes.unwrap();
    assert!(goes.area().is_some() && goes.value(SlotCode::Label).is_none());
    let held: Vec<_> = (shown.held_back.iter())
        .map(|held| (held.slot, held.why.to_string(), held.advice.to_string()))
        .collect();
    assert_eq!(
        held[0],
        (
            SlotCode::Label,
            "forbidden by no-label".to_owned(),
            "say the name by telephone".to_owned()
        )
    );
    assert_eq!(shown.held_back[1].slot, SlotCode::Contact);
    assert_eq!(shown.held_back[1].why, Why::NoRule);
    assert!(held[1].2.contains("ask whoever answers for"), "{held:?}");
}

#[test]
fn a_denied_release_is_shown_as_nothing_and_why() {
    let shown = previewed(RULE_SETS[3].clone(), notice(0, 0, 500), "deconfliction");
    assert_eq!(shown.goes, None);
    let why: Vec<String> = (shown.denials.iter())
        .map(|denied| denied.denial.to_string())
        .collect();
    assert_eq!(
        why,
        ["`window` may not go, and without it nothing does: forbidden by no-window"]
    );
    assert_eq!(shown.decision.because, ["no-window"]);
}

#[test]
fn what_a_release_would_be_refused_for_its_preview_is_refused_for() {
    let mut node = node(RULE_SETS[0].clone());
    let draft = drafted(&mut node, Kind::PositionArea, notice(0, 0, 500)).unwrap();
    let unknown = release_of(
        NoticeId::from_random([9; 16]),
        &terms("deconfliction", None),
    );
    let refused = node.preview(officer(), &unknown, at(60)).unwrap_err();
    assert!(
        refused.to_string().contains("there is no such draft"),
        "{refused}"
    );
    let known = release_of(draft, &terms("deconfliction", None));
    assert_eq!(node.preview(officer(), &known, at(60)).unwrap().len(), 1);
    let over = node.preview(officer(), &known, at(100_000)).unwrap_err();
    assert!(over.to_string().contains("window"), "{over}");
    assert_eq!(Desk::Air, node.state().drafts[&draft].desk);
}

#[test]
fn a_release_names_whom_it_goes_to() {
    let mut node = node(RULE_SETS[0].clone());
    let draft = drafted(&mut node, Kind::PositionArea, notice(0, 0, 500)).unwrap();
    let nobody = Command::ReleaseNotice {
        notice: draft,
        lines: Vec::new(),
        terms: terms("deconfliction", None),
        in_conflict: model::command::InConflict::Hold,
    };
    let refused = node.preview(officer(), &nobody, at(60)).unwrap_err();
    assert!(refused.to_string().contains("name one line"), "{refused}");
    let effects = commanded(&mut node, at(60), nobody);
    assert!(!(effects.iter()).any(|effect| matches!(effect, Effect::Append(_) | Effect::Send(_))));
}
