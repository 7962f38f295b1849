use super::*;

const SMALL: &str = r#"
format = 1
title = "A small one"
about = "a"
times = "t"
not_shown = []
[[party]]
name = "north"
about = "n"
[[party]]
name = "south"
about = "s"
[[officer]]
name = "watch"
party = "north"
desk = "air"
role = "watch"
on_watch = true
about = "on watch"
[arrangement]
text = "line = '{line}'"
[[fact]]
name = "known"
at = "15:55"
what = "w"
source = "s"
[[step]]
name = "call"
title = "Stop"
facts = ["known"]
human = { seconds = 15, because = "b" }
[step.do.stop]
by = "watch"
alarm_within_ms = 500
[[step]]
name = "taken"
title = "Accept"
[step.do.accept]
by = "watch"
of = "call"
"#;

fn refused(text: &str) -> String {
    Scenario::parse(text).unwrap_err().to_string()
}

fn changed(from: &str, to: &str) -> String {
    assert!(SMALL.contains(from), "{from}");
    refused(&SMALL.replacen(from, to, 1))
}

#[test]
fn a_scenario_is_read_with_its_steps_in_order() {
    let scenario = Scenario::parse(SMALL).unwrap();
    let names: Vec<&str> = scenario
        .step
        .iter()
        .map(|step| step.name.as_str())
        .collect();
    assert_eq!(names, ["call", "taken"]);
    assert!(matches!(&scenario.step[0].act, Act::Stop(stop) if stop.trouble.is_none()));
    assert_eq!(
        scenario.step[0].human.as_ref().map(|human| human.seconds),
        Some(15)
    );
}

#[test]
fn the_scenario_of_this_folder_is_good() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("deir-ez-zor-2016.toml");
    let scenario = Scenario::read(&path).unwrap();
    let told: Vec<&str> = scenario
        .step
        .iter()
        .flat_map(|step| &step.facts)
        .map(String::as_str)
        .collect();
    for fact in &scenario.fact {
        assert!(
            told.contains(&fact.name.as_str()),
            "no step stands on the fact `{}`",
            fact.name
        );
    }
}

#[test]
fn a_word_that_is_not_known_is_refused_with_its_line() {
    let said = changed("alarm_within_ms", "alarm_within");
    assert!(
        said.contains("unknown field `alarm_within`") && said.contains("line"),
        "{said}"
    );
    let said = changed("[step.do.accept]", "[step.do.applaud]");
    assert!(said.contains("unknown variant `applaud`"), "{said}");
}

#[test]
fn a_name_that_leads_nowhere_is_refused_with_what_to_do() {
    assert_eq!(
        changed("of = \"call\"", "of = \"cal\""),
        "step `taken` names the stop call of step `cal`, which is not in the scenario: name an earlier step that makes a \
         stop call"
    );
    assert!(
        changed("facts = [\"known\"]", "facts = [\"unknown\"]").contains("add it with its source")
    );
    assert!(changed("by = \"watch\"", "by = \"nobody\"").contains("the officer `nobody`"));
    assert!(changed("name = \"south\"", "name = \"north\"").contains("two different parties"));
    assert!(
        changed("party = \"north\"", "party = \"east\"")
            .contains("`east`, whose officer is `watch`")
    );
}

#[test]
fn a_step_cannot_be_about_a_later_one() {
    let said = refused(&SMALL.replacen("name = \"call\"", "name = \"later\"", 1));
    assert!(said.contains("`call`"), "{said}");
}

#[test]
fn a_distance_that_cannot_be_is_refused() {
    let notice = r#"
[[step]]
name = "notice"
title = "Notice"
[step.do.notice]
by = "watch"
kind = "air-activity"
purpose = "p"
authority = "a"
centre = "35.2, 40.1"
radius = "1500 m"
precision = "100 m"
centre_from = "a"
second = { reference = "airfield", bearing = "10.0", distance = "100 m", from = "b" }
band = "SFC to FL200"
opens_in_minutes = 10
lasts_minutes = 60
expect = { refused = { apart_km = [3.0, 9.0] } }
"#;
    assert!(Scenario::parse(&format!("{SMALL}{notice}")).is_ok());
    for bad in ["[9.0, 3.0]", "[nan, 9.0]", "[-1.0, 9.0]", "[0.0, inf]"] {
        let text = format!("{SMALL}{}", notice.replacen("[3.0, 9.0]", bad, 1));
        assert!(
            refused(&text).contains("step `notice`: no distance lies between"),
            "{bad}"
        );
    }
}

#[test]
fn each_limit_holds_and_one_more_is_refused() {
    let step = |number: usize| {
        format!("\n[[step]]\nname = \"s{number}\"\ntitle = \"t\"\n[step.do.count]\n")
    };
    let steps = |count: usize| format!("{SMALL}{}", (2..count).map(step).collect::<String>());
    assert!(Scenario::parse(&steps(MAX_STEPS)).is_ok());
    assert!(refused(&steps(MAX_STEPS + 1)).contains("101 steps"));

    let fact = |number: usize| {
        format!("\n[[fact]]\nname = \"f{number}\"\nat = \"a\"\nwhat = \"w\"\nsource = \"s\"\n")
    };
    let facts = |count: usize| format!("{SMALL}{}", (1..count).map(fact).collect::<String>());
    assert!(Scenario::parse(&facts(MAX_FACTS)).is_ok());
    assert!(refused(&facts(MAX_FACTS + 1)).contains("51 facts"));

    let officer = |number: usize| {
        format!(
            "\n[[officer]]\nname = \"o{number}\"\nparty = \"north\"\ndesk = \"air\"\nrole = \"watch\"\non_watch = false\nabout = \"a\"\n"
        )
    };
    let officers = |count: usize| format!("{SMALL}{}", (1..count).map(officer).collect::<String>());
    assert!(Scenario::parse(&officers(MAX_OFFICERS)).is_ok());
    assert!(refused(&officers(MAX_OFFICERS + 1)).contains("21 officers"));

    let title = |length: usize| {
        SMALL.replacen(
            "title = \"Stop\"",
            &format!("title = \"{}\"", "x".repeat(length)),
            1,
        )
    };
    assert!(Scenario::parse(&title(MAX_TEXT)).is_ok());
    assert!(refused(&title(MAX_TEXT + 1)).contains("step `call`"));

    let human = |seconds: u32| SMALL.replacen("seconds = 15", &format!("seconds = {seconds}"), 1);
    assert!(Scenario::parse(&human(MAX_HUMAN_SECONDS)).is_ok());
    assert!(refused(&human(MAX_HUMAN_SECONDS + 1)).contains("at most 86400"));

    let killed = |after: u32| {
        let trouble =
            format!("trouble = {{ caller-killed = {{ after_ms = {after} }} }}\nalarm_within_ms");
        SMALL.replacen("alarm_within_ms", &trouble, 1)
    };
    assert!(Scenario::parse(&killed(MAX_KILL_AFTER_MS)).is_ok());
    assert!(refused(&killed(MAX_KILL_AFTER_MS + 1)).contains("at most 10000 are waited"));
}

#[test]
fn a_file_beyond_its_limit_or_missing_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("big.toml");
    let most = usize::try_from(MAX_SCENARIO).unwrap();
    let fill = |size: usize| format!("{SMALL}#{}", " ".repeat(size - SMALL.len() - 1));
    std::fs::write(&path, fill(most)).unwrap();
    assert!(Scenario::read(&path).is_ok());
    std::fs::write(&path, fill(most + 1)).unwrap();
    assert!(matches!(
        Scenario::read(&path),
        Err(ScenarioError::TooLarge(_))
    ));
    assert!(matches!(
        Scenario::read(&folder.path().join("none")),
        Err(ScenarioError::Read { .. })
    ));
}

#[test]
fn another_format_and_a_missing_placeholder_are_refused() {
    assert!(changed("format = 1", "format = 2").contains("plays format 1"));
    assert!(changed("{line}", "0").contains("lacks `{line}`"));
}
