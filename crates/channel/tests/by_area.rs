//! Rules that look at where an area lies and how precise it is: the very text of docs/release.md.
#![allow(clippy::unwrap_used, reason = "a test that cannot be set up fails")]

mod desk;

use channel::ground::{check_areas, lies};
use channel::preview::Preview;
use desk::*;
use model::command::{Command, ReleaseTerms};
use model::kind::Kind;
use model::place::{Area, Circle};
use model::slot::{SlotCode, Slots, Value};
use model::units::Millimetres;
use release::{Lies, RuleSet};

const BOOK: &str = include_str!("../../../docs/release.md");

/// The blocks of one language in the book, one after the other.
fn blocks(language: &str) -> String {
    let open = format!("```{language}\n");
    let inside = |part: &'static str| part.split("```").next().unwrap();
    BOOK.split(&open as &str).skip(1).map(inside).collect()
}

/// The examples of the book, for the party that these tests have, after the shipped rules.
fn rules() -> RuleSet {
    let mut examples = blocks("cedar").replace("Party::\"red\"", "Party::\"east\"");
    examples = examples.replace(
        "@id(\"notice-where-and-when\")",
        "@id(\"notice-where-and-when-too\")",
    );
    let shipped = RuleSet::shipped().unwrap();
    // It holds from May 2026 on; these tests play in 2016.
    let metadata = blocks("toml").replace("MAY 26", "MAY 16");
    RuleSet::parse(&format!("{}\n{examples}", shipped.text()), &metadata).unwrap()
}

#[test]
fn the_examples_of_the_book_are_rules_and_their_areas_can_be_drawn() {
    let alone = RuleSet::parse(&blocks("cedar"), &blocks("toml")).unwrap();
    assert_eq!(alone.metadata().areas.len(), 2);
    assert_eq!(check_areas(&alone), Ok(()));
}

/// What would go of a circle around these degrees.
fn shown(kind: Kind, place: (i32, i32), radius: i32, more: &[(SlotCode, Value)]) -> Preview {
    let mut node = node(rules());
    let mut slots: Slots = notice(place.0 - MIDDLE.0, place.1 - MIDDLE.1, radius);
    for (slot, value) in more {
        slots.set(*slot, value.clone()).unwrap();
    }
    let notice = drafted(&mut node, kind, slots).expect("a draft");
    let terms = ReleaseTerms {
        authority: "deconfliction".parse().unwrap(),
        purpose: "safety".parse().unwrap(),
        element: None,
    };
    let lines = vec![line()];
    let command = Command::ReleaseNotice {
        in_conflict: model::command::InConflict::Hold,
        notice,
        lines,
        terms,
    };
    node.preview(officer(), &command, at(60)).unwrap().remove(0)
}

const EAST_OF_VALLEY: (i32, i32) = (353_500_000, 401_300_000);

#[test]
fn what_touches_a_named_area_is_told_from_what_does_not() {
    // The valley ends at 40.12 E; a hundredth of a degree is some 909 m here.
    let clear = shown(Kind::HazardArea, EAST_OF_VALLEY, 900, &[]);
    assert!(clear.goes.is_some(), "{:?}", clear.denials);
    let touching = shown(Kind::HazardArea, EAST_OF_VALLEY, 920, &[]);
    assert_eq!(touching.goes, None);
    assert_eq!(touching.decision.because, ["river-valley-stays"]);
    let advice = (touching.denials[0].advice.as_ref()).map(ToString::to_string);
    assert_eq!(
        advice.as_deref(),
        Some("say it by telephone, without the place")
    );
}

#[test]
fn what_lies_within_a_named_area_is_told_from_what_reaches_out_of_it() {
    // The shipped rules let the count of a movement go anyway; here only the example does.
    let plain = release::NamedArea::clone(&rules().metadata().areas[1]);
    let circle = |radius| {
        let centre = position((352_000_000, 405_000_000));
        Area::Circle(Circle::new(centre, Millimetres::from_metres(radius)).unwrap())
    };
    let told = |radius| lies(&circle(radius), &plain.area).unwrap();
    let inside = Lies {
        within: true,
        touches: true,
    };
    let over = Lies {
        within: false,
        touches: true,
    };
    assert_eq!(told(14_999), inside);
    assert_eq!(told(15_001), over);
}

#[test]
fn a_rule_that_asks_for_a_precision_looks_at_what_is_stated_or_given_away() {
    let stated = |mm| [(SlotCode::Precision, Value::Number(mm))];
    let site = |radius, more: &[(SlotCode, Value)]| {
        let shown = shown(Kind::ProtectedSite, EAST_OF_VALLEY, radius, more);
        (shown.goes.is_some(), shown.decision.because)
    };
    assert!(site(500, &[]).0);
    assert_eq!(site(499, &[]), (false, vec!["sites-not-fine".to_owned()]));
    assert!(site(200, &stated(500_000)).0);
    assert!(!site(800, &stated(499_999)).0);
}

#[test]
fn an_area_of_the_rules_that_crosses_itself_is_refused_by_name() {
    let crossing = blocks("toml").replace(
        "[[35.30, 40.10], [35.40, 40.10], [35.40, 40.12], [35.30, 40.12]]",
        "[[35.30, 40.10], [35.40, 40.12], [35.40, 40.10], [35.30, 40.12]]",
    );
    let rules = RuleSet::parse(&blocks("cedar"), &crossing).unwrap();
    let refused = check_areas(&rules).unwrap_err().to_string();
    assert!(
        refused.starts_with("area `river-valley` cannot be drawn: "),
        "{refused}"
    );
}
