//! What goes, what does not, and what the record says of it.

#![allow(clippy::unwrap_used)]

mod common;

use common::*;
use model::code::{Desk, Role};
use model::kind::Kind;
use model::slot::{SlotCode, Value};
use model::units::{Millimetres, Timestamp};
use release::{Denial, Evaluation, RuleSet, Terms, TooFine, Why};

fn shipped() -> RuleSet {
    RuleSet::shipped().unwrap()
}

fn evaluate(rules: &mut RuleSet, message: &model::message::Message) -> Evaluation {
    rules.evaluate(
        &arrangement(),
        message,
        party("red"),
        &terms(),
        &no_geometry(),
    )
}

#[test]
fn a_notice_goes_under_the_shipped_rules_without_contact_remarks_or_element() {
    let done = evaluate(&mut shipped(), &full(Kind::AirActivity));
    let released = done.released.unwrap();
    assert_eq!(
        slot_names(&released.view().slots),
        "authority amends area second-description band window label precision count air-activity"
    );
    assert_eq!(released.to(), party("red"));
    assert_eq!(released.authority(), authority("deconfliction"));
    assert_eq!(
        done.decision.withheld,
        [SlotCode::Element, SlotCode::Contact, SlotCode::Remarks]
    );
    assert!(done.decision.allowed);
    assert_eq!(done.decision.rules, 4);
    assert_eq!(
        done.decision.because,
        [
            "notice-how-many",
            "notice-may-go",
            "notice-standing-of",
            "notice-what",
            "notice-where-and-when"
        ]
    );
}

#[test]
fn every_kind_that_rules_decide_about_goes_under_the_shipped_rules() {
    let hotline = [Kind::Phrase, Kind::Translation, Kind::TranslationChallenge];
    // Words that are all that a statement or a warning has go with it or hold it back.
    let in_words = [Kind::ClaimStatement, Kind::Warning];
    let whole = |kind: &Kind| hotline.contains(kind) || in_words.contains(kind);
    for kind in decided().into_iter().filter(|kind| !whole(kind)) {
        let done = evaluate(&mut shipped(), &full(kind));
        assert!(done.decision.allowed, "{kind}: {:?}", done.denials);
        for slot in [SlotCode::Element, SlotCode::Contact, SlotCode::Remarks] {
            let withheld = done.decision.withheld.contains(&slot);
            assert_eq!(withheld, kind.slots().contains(&slot), "{kind} {slot}");
        }
    }
}

#[test]
fn an_element_goes_only_if_the_officer_names_it_and_only_that_one() {
    let mut rules = shipped();
    let notice = message(Kind::Movement, "element area window");
    let named = |name: &str| Terms {
        element: Some(name.parse().unwrap()),
        ..terms()
    };
    let unnamed = evaluate(&mut rules, &notice);
    assert_eq!(
        slot_names(&unnamed.released.unwrap().view().slots),
        "area window"
    );
    let done = rules.evaluate(
        &arrangement(),
        &notice,
        party("red"),
        &named("sdf"),
        &no_geometry(),
    );
    assert_eq!(
        slot_names(&done.released.unwrap().view().slots),
        "element area window"
    );
    let other = rules.evaluate(
        &arrangement(),
        &notice,
        party("red"),
        &named("guards"),
        &no_geometry(),
    );
    assert_eq!(other.released, None);
    assert_eq!(other.decision.because, ["message:element"]);
}

#[test]
fn remarks_go_only_where_the_arrangement_has_free_text() {
    let mut rules = shipped();
    let answer = message(Kind::Answer, "subject answer remarks");
    let without = evaluate(&mut rules, &answer);
    assert_eq!(without.decision.withheld, [SlotCode::Remarks]);
    let mut agreed = arrangement();
    agreed.free_text = true;
    let done = rules.evaluate(&agreed, &answer, party("red"), &terms(), &no_geometry());
    assert_eq!(
        slot_names(&done.released.unwrap().view().slots),
        "subject remarks answer"
    );

    // Whatever the rules say.
    let mut lax = rule_set(
        r#"@id("send") permit(principal, action == Action::"send", resource);
           @id("all") permit(principal, action, resource is Reply);"#,
    );
    assert_eq!(
        evaluate(&mut lax, &answer).decision.withheld,
        [SlotCode::Remarks]
    );
}

#[test]
fn a_phrase_and_what_is_translated_go_whole_where_the_arrangement_has_free_text_or_not_at_all() {
    let mut agreed = arrangement();
    agreed.free_text = true;
    for kind in [Kind::Phrase, Kind::Translation, Kind::TranslationChallenge] {
        let all = full(kind);
        let none = evaluate(&mut shipped(), &all);
        assert_eq!(none.released, None, "{kind}");
        let done = shipped().evaluate(&agreed, &all, party("red"), &terms(), &no_geometry());
        assert_eq!(done.decision.withheld, [SlotCode::Element], "{kind}");
        let mut translated = all;
        translated.role = Role::Interpreter;
        let by = shipped().evaluate(&agreed, &translated, party("red"), &terms(), &no_geometry());
        assert_eq!(by.decision.allowed, kind != Kind::Phrase, "{kind}");
    }
    // Without words and telephone numbers no free text is asked for.
    let placed = message(Kind::Phrase, "phrase marker place window label");
    let done = evaluate(&mut shipped(), &placed);
    assert_eq!(
        slot_names(&done.released.unwrap().view().slots),
        "window label place phrase marker"
    );
    // Nor does it go with a hole in it.
    let mut no_place = rule_set(
        r#"@id("send") permit(principal, action == Action::"send", resource);
           @id("all") permit(principal, action, resource is Phrase);
           @id("no-place") forbid(principal, action == Action::"place", resource);"#,
    );
    assert_eq!(evaluate(&mut no_place, &placed).released, None);
}

#[test]
fn a_claim_and_a_warning_go_with_where_and_when_or_not_at_all() {
    let mut agreed = arrangement();
    agreed.free_text = true;
    for kind in [Kind::Claim, Kind::ClaimStatement, Kind::Warning] {
        let done = shipped().evaluate(&agreed, &full(kind), party("red"), &terms(), &no_geometry());
        assert_eq!(done.decision.withheld, [SlotCode::Element], "{kind}");
    }
    // Words that are all that a statement or a warning has hold it back; those of a claim stay here alone.
    for (kind, goes) in [
        (Kind::Claim, true),
        (Kind::ClaimAnswer, true),
        (Kind::ClaimStatement, false),
        (Kind::Warning, false),
    ] {
        let done = evaluate(&mut shipped(), &full(kind));
        assert_eq!(done.decision.allowed, goes, "{kind}");
    }
    // What somebody's own rules keep back goes with no claim, and the claim goes without it.
    let mut discreet = rule_set(
        r#"@id("send") permit(principal, action == Action::"send", resource is Claim);
           @id("all") permit(principal, action, resource is Claim);
           @id("no-evidence") forbid(principal, action in [Action::"evidence", Action::"whose"], resource);"#,
    );
    let claim = message(Kind::Claim, "claim certainty area window whose evidence");
    let done = evaluate(&mut discreet, &claim);
    assert_eq!(
        slot_names(&done.released.unwrap().view().slots),
        "area window claim certainty"
    );
    let mut nowhere = rule_set(
        r#"@id("send") permit(principal, action == Action::"send", resource is Claim);
           @id("all") permit(principal, action, resource is Claim);
           @id("no-area") forbid(principal, action == Action::"area", resource);"#,
    );
    assert_eq!(evaluate(&mut nowhere, &claim).released, None);
}

#[test]
fn an_interpreter_releases_nothing() {
    let mut notice = message(Kind::HazardArea, "area window");
    notice.role = Role::Interpreter;
    let done = evaluate(&mut shipped(), &notice);
    assert_eq!(done.released, None);
    assert_eq!(done.decision.because, ["interpreters-release-nothing"]);
    assert_eq!(
        done.denials[0].to_string(),
        "`hazard-area` may not go: forbidden by interpreters-release-nothing"
    );
    assert_eq!(
        done.denials[0]
            .advice(&arrangement(), &shipped())
            .map(|advice| advice.to_string())
            .as_deref(),
        Some("an officer on watch, a liaison or a commander must release it")
    );
}

#[test]
fn every_denial_comes_with_what_can_be_done_about_it() {
    let notice = message(Kind::HazardArea, "area second-description window");
    let advice = |rules: &mut RuleSet, message: &model::message::Message, under: &str| {
        let asked = release::Terms {
            authority: authority(under),
            ..terms()
        };
        let done = rules.evaluate(
            &arrangement(),
            message,
            party("red"),
            &asked,
            &no_geometry(),
        );
        let denial = done.denials.first().unwrap();
        denial.advice(&arrangement(), rules).unwrap().to_string()
    };
    let mut rules = shipped();
    assert_eq!(
        advice(&mut rules, &notice, "counsel"),
        "there are deconfliction"
    );
    let mut elsewhere = notice.clone();
    elsewhere.desk = Desk::Senior;
    assert!(advice(&mut rules, &elsewhere, "deconfliction").starts_with("there are air"));
    let mut unlisted = notice.clone();
    unlisted.purpose = "pastime".parse().unwrap();
    assert!(advice(&mut rules, &unlisted, "deconfliction").starts_with("there are "));
    let mut silent =
        rule_set(r#"@id("a") permit(principal, action == Action::"send", resource is Reply);"#);
    let said = advice(&mut silent, &notice, "deconfliction");
    assert!(
        said.contains("under another authority") && said.contains("version"),
        "{said}"
    );
    let mut strict =
        rule_set(r#"@id("a") forbid(principal, action == Action::"send", resource is Notice);"#);
    let said = advice(&mut strict, &notice, "deconfliction");
    assert!(
        said.starts_with("ask whoever answers for the release rules"),
        "{said}"
    );
}

#[test]
fn with_no_rule_nothing_goes_and_no_rule_is_named() {
    let done = evaluate(
        &mut rule_set(""),
        &message(Kind::HazardArea, "area window hazard"),
    );
    assert_eq!(done.released, None);
    assert!(!done.decision.allowed);
    assert_eq!(done.decision.rules, 7);
    assert!(done.decision.because.is_empty());
    assert_eq!(
        done.decision.withheld,
        [SlotCode::Area, SlotCode::Window, SlotCode::Hazard]
    );
    assert!(done.denials.contains(&Denial::Required {
        slot: SlotCode::Area,
        why: Why::NoRule
    }));
}

#[test]
fn a_notice_whose_area_would_be_withheld_does_not_go() {
    let mut rules = rule_set(
        r#"@id("send") permit(principal, action == Action::"send", resource is Notice);
           @id("when") permit(principal, action == Action::"window", resource is Notice);
           @id("where") permit(principal, action == Action::"area", resource is Notice);
           @id("no-hospital-place") forbid(principal, action == Action::"area", resource == Notice::"protected-site");"#,
    );
    assert!(
        evaluate(&mut rules, &message(Kind::HazardArea, "area window"))
            .decision
            .allowed
    );
    let done = evaluate(&mut rules, &message(Kind::ProtectedSite, "area window"));
    assert_eq!(done.released, None);
    assert_eq!(done.decision.because, ["no-hospital-place"]);
    assert_eq!(
        done.denials[0].to_string(),
        "`area` may not go, and without it nothing does: forbidden by no-hospital-place"
    );
}

#[test]
fn a_second_description_is_required_unless_the_arrangement_exempts_the_kind() {
    let mut rules = rule_set(
        r#"@id("some") permit(principal, action in [Action::"send", Action::"area", Action::"window"], resource);"#,
    );
    let notice = message(Kind::CautionArea, "area second-description window");
    assert!(!evaluate(&mut rules, &notice).decision.allowed);
    let mut single = arrangement();
    single.single_description = vec![Kind::CautionArea];
    let done = rules.evaluate(&single, &notice, party("red"), &terms(), &no_geometry());
    assert_eq!(
        slot_names(&done.released.unwrap().view().slots),
        "area window"
    );
}

#[test]
fn the_arrangement_binds_before_the_rules_do() {
    let notice = || message(Kind::HazardArea, "area window");
    let because = |change: &dyn Fn(&mut model::message::Message, &mut Terms)| {
        let (mut message, mut terms) = (notice(), terms());
        change(&mut message, &mut terms);
        let done = shipped().evaluate(
            &arrangement(),
            &message,
            party("red"),
            &terms,
            &no_geometry(),
        );
        assert_eq!(done.released, None);
        done.decision.because.join(" ")
    };
    assert_eq!(
        because(&|m, _| m.purpose = "curiosity".parse().unwrap()),
        "arrangement:purpose"
    );
    assert_eq!(because(&|m, _| m.desk = Desk::Senior), "arrangement:desk");
    assert_eq!(
        because(&|m, _| m.line = model::ids::LineId::from_random([8; 16])),
        "arrangement:line"
    );
    assert_eq!(
        because(&|_, t| t.authority = authority("nobody")),
        "rules:authority"
    );
    assert_eq!(
        because(&|_, t| t.now = Timestamp::MIN),
        "rules:not-in-force"
    );
    assert_eq!(
        because(&|m, _| {
            let other = Value::Slug("general".parse().unwrap());
            m.slots.set(SlotCode::Authority, other).unwrap();
        }),
        "message:authority"
    );
    assert_eq!(
        because(&|m, _| {
            m.slots
                .set(SlotCode::Area, Value::Area(circle(99)))
                .unwrap();
        }),
        "arrangement:finest"
    );
    let stranger = shipped().evaluate(
        &arrangement(),
        &notice(),
        party("green"),
        &terms(),
        &no_geometry(),
    );
    assert_eq!(stranger.decision.because, ["arrangement:recipient"]);
}

#[test]
fn a_position_finer_than_agreed_is_denied_with_what_to_do() {
    let mut notice = message(Kind::ProtectedSite, "area window precision");
    notice
        .slots
        .set(SlotCode::Precision, Value::Number(1_000))
        .unwrap();
    let done = evaluate(&mut shipped(), &notice);
    assert_eq!(
        done.denials,
        [Denial::TooFine(TooFine {
            slot: SlotCode::Area,
            stated: Millimetres::from_metres(1),
            finest: Millimetres::from_metres(100),
        })]
    );
}

#[test]
fn what_goes_under_the_standing_release_alone_is_not_for_rules_to_decide() {
    for &kind in Kind::ALL.iter().filter(|kind| !decided().contains(kind)) {
        let done = evaluate(&mut shipped(), &message(kind, ""));
        assert_eq!(done.denials, [Denial::StandingOnly(kind)]);
        assert_eq!(done.released, None);
    }
}

#[test]
fn a_slot_that_the_kind_does_not_have_never_goes() {
    let mut notice = message(Kind::HazardArea, "area window");
    notice
        .slots
        .set(SlotCode::Name, value(SlotCode::Name))
        .unwrap();
    let done = evaluate(&mut shipped(), &notice);
    assert_eq!(
        slot_names(&done.released.unwrap().view().slots),
        "area window"
    );
    assert_eq!(done.decision.withheld, [SlotCode::Name]);
}

#[test]
fn a_forbid_that_cannot_be_worked_out_lets_nothing_go() {
    let mut rules = rule_set(
        r#"@id("some") permit(principal, action in [Action::"send", Action::"area", Action::"window"], resource);
           @id("broken") forbid(principal, action == Action::"send", resource)
           when { context.now.toTime().toMilliseconds() * 9223372036854775807 == 1 };"#,
    );
    let done = evaluate(&mut rules, &message(Kind::HazardArea, "area window"));
    assert_eq!(done.released, None);
    assert_eq!(done.decision.because, ["broken"]);
}

#[test]
fn a_rule_that_ends_on_a_date_ends_then_although_decisions_are_kept() {
    let mut rules = rule_set(
        r#"@id("some") permit(principal, action in [Action::"send", Action::"area", Action::"window"], resource);
           @id("until-2020") forbid(principal, action == Action::"send", resource == Notice::"hazard-area")
           when { context.now >= datetime("2020-01-01") };"#,
    );
    let notice = message(Kind::HazardArea, "area window");
    let mut at = |ms| {
        let now = Timestamp::from_unix_ms(ms).unwrap();
        let terms = Terms { now, ..terms() };
        rules
            .evaluate(
                &arrangement(),
                &notice,
                party("red"),
                &terms,
                &no_geometry(),
            )
            .decision
            .allowed
    };
    let new_year = 1_577_836_800_000;
    assert_eq!(
        [at(new_year - 1), at(new_year), at(new_year - 1)],
        [true, false, true]
    );
}

#[test]
fn an_explanation_reads_slot_by_slot() {
    let notice = message(
        Kind::AirActivity,
        "element area window contact remarks count",
    );
    let told = shipped().explain(
        &arrangement(),
        &notice,
        party("red"),
        &terms(),
        &no_geometry(),
    );
    assert_eq!(
        told.to_string(),
        "\
rules, version 4
the message          goes: notice-may-go
element              withheld: no rule lets it go
area                 goes: notice-where-and-when
window               goes: notice-where-and-when
contact              withheld: no rule lets it go
remarks              withheld: the arrangement has no free text
count                goes: notice-how-many
"
    );
    let mut senior = notice;
    senior.desk = Desk::Senior;
    let told = shipped().explain(
        &arrangement(),
        &senior,
        party("red"),
        &terms(),
        &no_geometry(),
    );
    assert!(told.to_string().ends_with(
        "not released: desk `senior` is not in the arrangement of this line: choose one that is\n"
    ));
}
