use super::*;
use crate::rules::verdict::MAX_CACHED;
use model::code::{Desk, Role, Urgency};
use model::kind::Kind;

const METADATA: &str = "name = \"test\"\nversion = 7\nsigned-off-by = \"counsel\"\n\
    valid-from = \"010000Z JAN 2000\"\n[[authority]]\nid = \"watch\"\ntext = \"the watch\"\n\
    [[authority]]\nid = \"general\"\ntext = \"the general\"\n";

fn parse(text: &str) -> Result<RuleSet, RulesRefused> {
    RuleSet::parse(text, METADATA)
}

fn refused(text: &str) -> String {
    parse(text).unwrap_err().to_string()
}

fn permit(name: &str) -> String {
    format!("@id(\"{name}\") permit (principal, action == Action::\"area\", resource is Notice);\n")
}

fn key() -> Key {
    Key {
        kind: Kind::HazardArea,
        desk: Desk::Air,
        role: Role::Watch,
        urgency: Urgency::Routine,
        exercise: false,
        free_text: false,
        to: "red".parse().unwrap(),
        authority: "watch".parse().unwrap(),
        purpose: "aid".parse().unwrap(),
        element: None,
        precision_m: None,
        within: 0,
        touches: 0,
    }
}

#[test]
fn the_shipped_rules_are_read_and_name_each_rule() {
    let shipped = RuleSet::shipped().unwrap();
    assert_eq!(shipped.metadata().version, 4);
    let advised = shipped.advice("interpreters-release-nothing").unwrap();
    assert!(advised.contains("must release it"), "{advised}");
    assert_eq!(shipped.advice("notice-may-go"), None);
    assert!(
        shipped
            .rules()
            .iter()
            .any(|rule| &**rule == "notice-may-go")
    );
    assert!(format!("{shipped:?}").contains("notice-may-go"));
}

#[test]
fn a_permit_that_lets_everything_go_is_refused_by_name_however_it_is_written() {
    let all: Vec<String> = schema(
        &Metadata::parse(METADATA).unwrap().authorities,
        &[],
        Told::All,
    )
    .unwrap()
    .actions()
    .map(ToString::to_string)
    .collect();
    let listed = format!("action in [{}]", all.join(", "));
    for (head, condition) in [
        ("principal, action, resource", ""),
        ("principal is Party, action, resource", ""),
        (&*format!("principal, {listed}, resource"), ""),
        ("principal, action, resource", "when { 1 < 2 }"),
        (
            "principal, action, resource",
            "when { context.exercise || !context.exercise }",
        ),
        (
            "principal, action, resource",
            "unless { principal == Party::\"red\" }",
        ),
        (
            "principal, action, resource",
            "when { [Authority::\"watch\", Authority::\"general\"].contains(context.authority) }",
        ),
        (
            "principal, action, resource",
            "when { context.now > datetime(\"1969-01-01\") }",
        ),
    ] {
        let rules = format!(
            "{}@id(\"lax\") permit ({head}) {condition};",
            permit("good")
        );
        assert_eq!(
            parse(&rules).unwrap_err(),
            RulesRefused::LetsEverythingGo { rule: "lax".into() },
            "{head} {condition}"
        );
    }
}

#[test]
fn a_permit_that_is_bounded_by_anything_is_taken() {
    for (head, condition) in [
        ("principal == Party::\"red\", action, resource", ""),
        ("principal, action == Action::\"send\", resource", ""),
        ("principal, action, resource is Reply", ""),
        (
            "principal, action, resource",
            "when { context.purpose == Purpose::\"aid\" }",
        ),
        ("principal, action, resource", "when { context.exercise }"),
        (
            "principal, action, resource",
            "when { context.authority == Authority::\"general\" }",
        ),
        (
            "principal, action, resource",
            "when { context.now < datetime(\"2030-01-01\") }",
        ),
        (
            "principal, action, resource",
            "when { context has element }",
        ),
    ] {
        let rules = format!("@id(\"bounded\") permit ({head}) {condition};");
        assert!(
            parse(&rules).is_ok(),
            "{head} {condition}: {:?}",
            parse(&rules)
        );
    }
}

#[test]
fn permits_that_let_everything_go_together_are_refused() {
    let families = [
        "Notice",
        "Reply",
        "Announcement",
        "Phrase",
        "Translation",
        "Claim",
        "Warning",
    ];
    let rules: String = families
        .iter()
        .map(|family| {
            let name = family.to_lowercase();
            format!("@id(\"{name}\") permit (principal, action, resource is {family});\n")
        })
        .collect();
    assert_eq!(
        parse(&rules).unwrap_err(),
        RulesRefused::TogetherLetEverythingGo
    );
    // Ten permits, of a kind each, are no narrower than one; nor is one kind of notice, whole, to anyone.
    let kinds: Vec<Kind> = (Kind::ALL.iter().copied())
        .filter(|kind| kind.is_notice())
        .collect();
    assert_eq!(kinds.len(), 10);
    let of_kind = |kind: Kind, fields: &str| {
        format!(
            "@id(\"all-{kind}\") permit (principal, {fields}, resource == Notice::\"{kind}\");\n"
        )
    };
    let ten: String = kinds.iter().map(|&kind| of_kind(kind, "action")).collect();
    assert!(matches!(parse(&ten), Err(RulesRefused::LetsKindGo { .. })));
    for kind in kinds {
        assert_eq!(
            parse(&of_kind(kind, "action")).unwrap_err(),
            RulesRefused::LetsKindGo {
                rules: format!("`all-{kind}`"),
                kind
            }
        );
        assert!(parse(&of_kind(kind, "action == Action::\"area\"")).is_ok());
    }
    let notices = "@id(\"n\") permit (principal, action, resource is Notice);\n";
    assert!(matches!(
        parse(notices),
        Err(RulesRefused::LetsKindGo { .. })
    ));
    let but_one =
        format!("{rules}@id(\"no\") forbid (principal, action == Action::\"contact\", resource);");
    assert!(parse(&but_one).is_ok());
}

#[test]
fn errors_say_which_line_and_which_rule() {
    assert_eq!(
        refused("\n\npermit (principal, action == Action::\"area\", resource is Notice);"),
        "rule number 1 has no name: write @id(\"...\") before it"
    );
    assert_eq!(
        refused(&format!("{}{}", permit("a"), permit("a"))),
        "two rules are named `a`: give one of them another name"
    );
    assert_eq!(
        refused(&permit("A rule")),
        "`A rule` is no name for a rule: use 1 to 64 of a-z, 0-9 and -, beginning with a letter"
    );
    assert_eq!(
        refused(
            "@id(\"later\") permit (principal == ?principal, action == Action::\"area\", resource);"
        ),
        "`?principal` stands for something to be filled in later: write the rule out"
    );
    let text = refused(
        "// one\n// two\n@id(\"typo\") permit (principal, action == Action::\"area\" resource);",
    );
    assert!(
        text.starts_with("the rules cannot be read, line 3: "),
        "{text}"
    );
    let field = refused(&format!(
        "{}{}",
        permit("a"),
        permit("typo").replace("area", "aera")
    ));
    assert!(field.starts_with("rule `typo`, line 2: "), "{field}");
    assert!(field.contains("aera"), "{field}");
}

#[test]
fn a_rule_that_speaks_of_what_there_is_not_is_refused() {
    for bad in [
        "@id(\"x\") permit (principal, action == Action::\"track\", resource);",
        "@id(\"x\") permit (principal, action == Action::\"send\", resource == Notice::\"stop-call\");",
        "@id(\"x\") forbid (principal, action == Action::\"send\", resource == Notice::\"movment\");",
        "@id(\"x\") permit (principal, action == Action::\"send\", resource is Target);",
        "@id(\"x\") permit (principal, action == Action::\"send\", resource) when { context.authority == Authority::\"wacht\" };",
        "@id(\"x\") permit (principal, action == Action::\"send\", resource) when { context.desk == Desk::\"sea\" };",
        "@id(\"x\") permit (principal, action == Action::\"send\", resource) when { context.element == Element::\"sdf\" };",
        "@id(\"x\") permit (principal, action == Action::\"send\", resource) when { context.mood == \"good\" };",
        // It can never apply: a reply has no area.
        "@id(\"x\") permit (principal, action == Action::\"area\", resource is Reply);",
        // Letters of two scripts that look alike.
        "@id(\"x\") permit (principal == Party::\"r\u{435}d\", action == Action::\"send\", resource);",
    ] {
        assert!(
            matches!(parse(bad), Err(RulesRefused::Meaning { ref rule, .. }) if rule.as_deref() == Some("x")),
            "{bad}: {:?}",
            parse(bad)
        );
    }
}

#[test]
fn rules_are_read_up_to_their_limits() {
    let rules = |count: usize| -> String { (0..count).map(|n| permit(&format!("r{n}"))).collect() };
    assert_eq!(parse(&rules(MAX_RULES)).unwrap().rules().len(), MAX_RULES);
    assert_eq!(
        parse(&rules(MAX_RULES + 1)).unwrap_err(),
        RulesRefused::TooMany {
            given: MAX_RULES + 1
        }
    );
    let padded = |bytes: usize| {
        let rule = permit("a");
        format!("{rule}//{}", " ".repeat(bytes - rule.len() - 2))
    };
    assert!(parse(&padded(MAX_RULES_TEXT)).is_ok());
    assert_eq!(
        parse(&padded(MAX_RULES_TEXT + 1)).unwrap_err(),
        RulesRefused::TooLong {
            given: MAX_RULES_TEXT + 1
        }
    );
    let advised = |advice: &str| parse(&format!("@advice(\"{advice}\") {}", permit("a")));
    let longest = "a".repeat(MAX_ADVICE);
    assert_eq!(advised(&longest).unwrap().advice("a"), Some(&*longest));
    for bad in [&*"a".repeat(MAX_ADVICE + 1), " ", "one\\ntwo"] {
        let refused = RulesRefused::BadAdvice { rule: "a".into() };
        assert_eq!(advised(bad).unwrap_err(), refused, "{bad}");
    }
    let name = |bytes: usize| parse(&permit(&"n".repeat(bytes)));
    assert!(name(MAX_RULE_ID).is_ok());
    assert!(matches!(
        name(MAX_RULE_ID + 1),
        Err(RulesRefused::BadName { .. })
    ));
}

fn conditioned(condition: &str) -> String {
    permit("deep").replace(';', &format!(" when {{ {condition} }};"))
}

#[test]
fn brackets_and_operators_are_read_up_to_their_limit() {
    let within = |text: &str| nesting(text).is_ok();
    let deepest = MAX_NESTING / BRACKET;
    for open in ["(", "[", "{", "if "] {
        assert!(within(&open.repeat(deepest)), "{open}");
        assert!(!within(&format!("{}+", open.repeat(deepest))), "{open}");
    }
    assert!(within(&"()".repeat(1_000)));
    assert!(within(&"gif iff ".repeat(1_000)));
    let operators = |count: usize| format!("{};", "+".repeat(count));
    assert!(within(&operators(MAX_NESTING).repeat(3)));
    assert_eq!(
        nesting(&format!("a\n+{}", operators(MAX_NESTING))),
        Err(RulesRefused::TooDeep { line: 2 })
    );
    assert!(matches!(
        parse(&conditioned(&"(".repeat(100_000))),
        Err(RulesRefused::TooDeep { .. })
    ));
}

/// The deepest that each way of nesting may go, with a mistake at its very bottom.
fn deepest_mistakes() -> Vec<String> {
    let ways = [
        ("", ".a", "context", " == 1"),
        ("context.exercise||", "", "", "context.bad"),
        ("true&&", "", "", "context.bad"),
        ("1+", "", "", "context.bad == 2"),
        ("", "-1", "context.bad", " == 2"),
        ("if context.exercise then true else ", "", "", "context.bad"),
        ("if ", " then true else true", "context.bad", ""),
        ("(context.exercise||", ")", "context.bad", ""),
        ("[", "]", "context.bad", " == 1"),
        ("{a:", "}", "context.bad", " == 1"),
    ];
    ways.iter()
        .map(|(before, after, inner, end)| {
            (1..)
                .map(|n| {
                    conditioned(&format!(
                        "{}{inner}{}{end}",
                        before.repeat(n),
                        after.repeat(n)
                    ))
                })
                .take_while(|rule| nesting(rule).is_ok())
                .last()
                .unwrap()
        })
        .collect()
}

fn on_thread<T: Send + 'static>(stack: usize, work: impl FnOnce() -> T + Send + 'static) -> T {
    let thread = std::thread::Builder::new().stack_size(stack).spawn(work);
    thread.unwrap().join().unwrap()
}

#[test]
fn a_mistake_is_found_however_deep_it_lies_and_however_small_the_stack() {
    on_thread(128 * 1024, || {
        for rule in deepest_mistakes() {
            let refused = parse(&rule).unwrap_err();
            assert!(
                matches!(refused, RulesRefused::Meaning { .. }),
                "{rule}: {refused}"
            );
        }
    });
}

#[test]
fn the_deepest_rules_decide_the_same_however_small_the_stack() {
    let deepest = |before: &str, inner: &str, after: &str| {
        (1..)
            .map(|n| conditioned(&format!("{}{inner}{}", before.repeat(n), after.repeat(n))))
            .take_while(|rule| nesting(rule).is_ok())
            .last()
            .unwrap()
    };
    for rule in [
        deepest("context.free_text||", "context.exercise", ""),
        deepest("", "context.exercise", "&&context.exercise"),
        deepest(
            "if context.free_text then false else ",
            "context.exercise",
            "",
        ),
        deepest("(context.free_text||", "context.exercise", ")"),
        deepest("1-", "1 < 2", ""),
        permit("shallow"),
    ] {
        let rules = parse(&rule).unwrap();
        for stack in [128 * 1024, rules.stack - 64 * 1024, rules.stack + 64 * 1024] {
            let mut rules = rules.clone();
            let verdict = on_thread(stack, move || {
                rules
                    .verdict(
                        &Key {
                            exercise: true,
                            ..key()
                        },
                        Timestamp::MIN,
                    )
                    .unwrap()
            });
            let area = verdict.of(model::slot::SlotCode::Area);
            assert!(area.lets_go(), "{rule}, {stack}: {area}");
        }
    }
}

#[test]
fn deciding_by_the_shipped_rules_needs_no_stack_of_its_own() {
    assert!(RuleSet::shipped().unwrap().stack < 1_536 * 1024);
}

#[test]
fn text_in_quotes_and_comments_is_not_taken_for_brackets() {
    let many = "(".repeat(1_000);
    let label = "a".repeat(10_000);
    let quoted = format!("principal == Party::\"{label}\\\"\" && principal != Party::\"(\"");
    let rules = format!("// {many}\n{}", conditioned(&quoted));
    assert_eq!(
        nesting(&rules),
        nesting(&conditioned(
            "principal == principal && principal != principal"
        ))
    );
    assert!(parse(&rules).is_ok(), "{:?}", parse(&rules));
}

#[test]
fn what_was_decided_is_kept_up_to_a_limit() {
    let mut rules = parse(&permit("a")).unwrap();
    for n in 0..=MAX_CACHED {
        let purpose = format!("p{n}").parse().unwrap();
        rules.verdict(&Key { purpose, ..key() }, Timestamp::MIN);
        assert!(rules.cached() <= MAX_CACHED);
    }
    assert_eq!(rules.cached(), 1);
}

#[test]
fn only_kinds_whose_rules_look_at_the_time_are_decided_anew_each_time() {
    let timed = "@id(\"t\") forbid (principal, action == Action::\"area\", resource == Notice::\"movement\") \
        when { context.now > datetime(\"2020-01-01\") };";
    let mut rules = parse(&format!("{}{timed}", permit("a"))).unwrap();
    rules.verdict(
        &Key {
            kind: Kind::Movement,
            ..key()
        },
        Timestamp::MIN,
    );
    assert_eq!(rules.cached(), 0);
    rules.verdict(&key(), Timestamp::MIN);
    assert_eq!(rules.cached(), 1);
    let family = timed
        .replace("== Notice::\"movement\"", "is Announcement")
        .replace("area", "send");
    let mut rules = parse(&format!("{}{family}", permit("a"))).unwrap();
    rules.verdict(&key(), Timestamp::MIN);
    assert_eq!(rules.cached(), 1);
}

#[test]
fn rules_are_replaced_only_by_a_newer_version() {
    let [first, changed] = ["a", "b"].map(|name| parse(&permit(name)).unwrap());
    let newer = METADATA.replace("version = 7", "version = 8");
    let newer = RuleSet::parse(&permit("b"), &newer).unwrap();
    let after = |rules: &RuleSet, held: &RuleSet| {
        rules.may_follow(held.metadata().version, held.text(), held.metadata_text())
    };
    assert_eq!(after(&first, &first), Ok(()));
    assert_eq!(
        after(&changed, &first),
        Err(RulesRefused::NotNewer {
            given: 7,
            current: 7
        })
    );
    assert_eq!(after(&newer, &first), Ok(()));
    assert!(after(&first, &newer).is_err());
    // Where the text was destroyed, the version is all there is to go by.
    assert_eq!(changed.may_follow(7, "", ""), Ok(()));
    assert!(changed.may_follow(8, "", "").is_err());
}

fn coarse(before: &str, rule: &str) -> Result<RuleSet, RulesRefused> {
    RuleSet::parse(&format!("@id(\"rule\") {before} {rule}"), METADATA)
}

const AN_AREA: &str =
    "permit (principal == Party::\"red\", action == Action::\"area\", resource is Notice);";

#[test]
fn coarsen_says_a_distance_within_its_limits() {
    for good in ["10m", "500 m", "1km", "1 km", "100 km", "100000m"] {
        let read = coarse(&format!("@coarsen(\"{good}\")"), AN_AREA);
        assert!(read.is_ok(), "{good}: {read:?}");
    }
    let over = [
        "9 m",
        "101 km",
        "100001m",
        "",
        "km",
        "1",
        "-1 km",
        "+1 km",
        "1.5 km",
        "1  km",
        "1 nm",
        "9999999 m",
        "999999 km",
    ];
    for bad in over {
        let refused = coarse(&format!("@coarsen(\"{bad}\")"), AN_AREA).unwrap_err();
        assert_eq!(
            refused,
            RulesRefused::BadCoarsen {
                rule: "rule".into()
            },
            "{bad}"
        );
    }
}

#[test]
fn coarsen_stands_only_where_a_rule_lets_an_area_go() {
    for rule in [
        "permit (principal == Party::\"red\", action == Action::\"label\", resource is Notice);",
        "permit (principal == Party::\"red\", action, resource is Reply);",
        "forbid (principal, action == Action::\"area\", resource is Notice);",
    ] {
        let refused = coarse("@coarsen(\"1 km\")", rule).unwrap_err();
        assert_eq!(
            refused,
            RulesRefused::NothingToCoarsen {
                rule: "rule".into()
            },
            "{rule}"
        );
    }
}

#[test]
fn a_misspelled_annotation_is_refused_for_it_would_let_too_much_go() {
    let refused = coarse("@coarse(\"1 km\")", AN_AREA).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "rule `rule` carries `@coarse`, which says nothing here: there are @id, @advice, @coarsen"
    );
}
