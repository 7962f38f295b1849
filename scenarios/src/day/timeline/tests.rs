use super::*;
use crate::scenario::MAX_SCENARIO;

fn the_file() -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("deir-ez-zor-2017.toml"))
        .unwrap()
}

fn changed(from: &str, to: &str) -> Result<Timeline, String> {
    let text = the_file();
    assert!(text.contains(from), "{from}");
    Timeline::parse(&text.replacen(from, to, 1)).map_err(|refused| refused.to_string())
}

fn refused(from: &str, to: &str) -> String {
    changed(from, to).err().unwrap()
}

#[test]
fn everything_that_is_read_on_the_page_is_in_each_language() {
    let timeline = Timeline::parse(&the_file()).unwrap();
    let steps = timeline
        .step
        .iter()
        .flat_map(|step| [&step.title, &step.say]);
    let parties = timeline.party.iter().map(|party| &party.called);
    let all = [&timeline.title, &timeline.about];
    for words in all.into_iter().chain(parties).chain(steps) {
        let written = |text: &str, from: char, to: char| {
            text.chars().any(|letter| (from..=to).contains(&letter))
        };
        assert!(written(&words.ru, 'а', 'я'), "{}", words.ru);
        assert!(written(&words.ar, '\u{621}', '\u{64a}'), "{}", words.ar);
        assert!(words.en.is_ascii(), "{}", words.en);
    }
}

#[test]
fn a_text_that_one_language_lacks_is_refused() {
    let said = refused("ru = \"Проверка авиационной линии\"", "ru = \" \"");
    assert!(
        said.contains("step `line-check` is empty: say it in en, ru and ar"),
        "{said}"
    );
    let said = refused("ru = \"Проверка авиационной линии\"", "");
    assert!(said.contains("missing field `ru`"), "{said}");
}

#[test]
fn a_name_that_leads_nowhere_is_refused_with_what_to_do() {
    let said = refused("of = \"morning-patrol\"", "of = \"evening-patrol\"");
    assert!(
        said.contains("the notice of step `evening-patrol`") && said.contains("an earlier step"),
        "{said}"
    );
    let said = refused("of = \"stop\"", "of = \"morning-patrol\"");
    assert!(
        said.contains("the stop call of step `morning-patrol`"),
        "{said}"
    );
    assert!(refused("by = \"air-watch\"", "by = \"somebody\"").contains("the officer `somebody`"));
    assert!(
        refused("seat = \"russia-duty\"", "seat = \"aid-duty\"")
            .contains("no officer of that party")
    );
    assert!(
        refused(
            "between = [\"coalition\", \"russia\"]",
            "between = [\"coalition\", \"coalition\"]"
        )
        .contains("two different")
    );
    assert!(
        refused("party = \"un-aid\"\ndesks", "party = \"un\"\ndesks")
            .contains("needs a party of this file")
    );
    assert!(refused("name = \"sweep\"\n", "name = \"hospital\"\n").contains("`hospital`"));
    assert!(refused("name = \"un-aid\"\nabout", "name = \"russia\"\nabout").contains("`"));
    assert!(refused("{line}", "0").contains("lacks `{line}`"));
    assert!(refused("format = 1", "format = 2").contains("plays format 1"));
}

#[test]
fn each_limit_holds_and_one_more_is_refused() {
    let most = format!("minutes = [40, {MAX_MINUTES}]");
    assert!(changed("minutes = [40, 130]", &most).is_ok());
    let said = refused(
        "minutes = [40, 130]",
        &format!("minutes = [40, {}]", MAX_MINUTES + 1),
    );
    assert!(
        said.contains("step `morning-patrol`") && said.contains("at most 20160"),
        "{said}"
    );
    assert!(refused("minutes = [40, 130]", "minutes = [40, 40]").contains("in order"));

    let places = |count: usize| {
        format!(
            "places = [\n{}",
            "[\"a\", \"b\", \"c\"],\n".repeat(count - 12)
        )
    };
    assert!(changed("places = [\n", &places(MAX_SWEEP)).is_ok());
    assert!(refused("places = [\n", &places(MAX_SWEEP + 1)).contains("31 places, and at most 30"));

    let told = "told = \"not-all-yet\"\n";
    let unit = "[[step.do.units.unit]]\nname = \"Elm\"\narea = {}\nhas_it = false\n";
    let units = |count: usize| format!("{told}{}", unit.repeat(count - 3));
    assert!(changed(told, &units(MAX_UNITS)).is_ok());
    assert!(refused(told, &units(MAX_UNITS + 1)).contains("11 units, and at most 10"));

    let title = |length: usize| format!("en = \"{}\"", "x".repeat(length));
    assert!(changed("en = \"The air line is checked\"", &title(MAX_TEXT)).is_ok());
    assert!(
        refused("en = \"The air line is checked\"", &title(MAX_TEXT + 1))
            .contains("step `line-check`")
    );

    let whole = the_file();
    let steps = whole.matches("[[step]]").count();
    let conflict = |number: usize| {
        format!(
            "\n[[step]]\nname = \"s{number}\"\nshows = \"s\"\ntitle = {{ en = \"e\", ru = \"р\", ar = \"ع\" }}\n\
             say = {{ en = \"e\", ru = \"р\", ar = \"ع\" }}\n[step.do.conflict]\nof = \"hospital\"\nwith = \"convoy\"\nstands = true\n"
        )
    };
    let with = |count: usize| {
        format!(
            "{whole}{}",
            (steps..count).map(conflict).collect::<String>()
        )
    };
    assert!(Timeline::parse(&with(MAX_STEPS)).is_ok());
    assert!(
        Timeline::parse(&with(MAX_STEPS + 1))
            .err()
            .unwrap()
            .to_string()
            .contains("101 steps")
    );

    let officer = |number: usize| {
        format!(
            "[[officer]]\nname = \"o{number}\"\nparty = \"russia\"\ndesks = [\"air\"]\nrole = \"watch\"\non_watch = false\nabout = \"a\"\n\n"
        )
    };
    let there = whole.matches("[[officer]]").count();
    let officers = |count: usize| {
        let more: String = (there..count).map(officer).collect();
        whole.replacen("[[officer]]", &format!("{more}[[officer]]"), 1)
    };
    assert!(Timeline::parse(&officers(MAX_OFFICERS)).is_ok());
    assert!(
        Timeline::parse(&officers(MAX_OFFICERS + 1))
            .err()
            .unwrap()
            .to_string()
            .contains("21 officers")
    );

    let party = |number: usize| {
        format!(
            "[[officer]]\nname = \"p{number}\"\nparty = \"p{number}\"\ndesks = [\"air\"]\nrole = \"watch\"\non_watch = false\nabout = \"a\"\n\n\
             [[party]]\nname = \"p{number}\"\nabout = \"a\"\nlanguage = \"en\"\nseat = \"p{number}\"\n\
             called = {{ en = \"e\", ru = \"р\", ar = \"ع\" }}\n\n"
        )
    };
    let parties = |count: usize| {
        let more: String = (3..count).map(party).collect();
        whole.replacen("[[officer]]", &format!("{more}[[officer]]"), 1)
    };
    assert!(Timeline::parse(&parties(MAX_PARTIES)).is_ok());
    assert!(
        Timeline::parse(&parties(MAX_PARTIES + 1))
            .err()
            .unwrap()
            .to_string()
            .contains("5 parties")
    );

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("big.toml");
    let most = usize::try_from(MAX_SCENARIO).unwrap();
    let fill = |size: usize| format!("{whole}#{}", " ".repeat(size - whole.len() - 1));
    std::fs::write(&path, fill(most)).unwrap();
    assert!(Timeline::read(&path).is_ok());
    std::fs::write(&path, fill(most + 1)).unwrap();
    assert!(matches!(
        Timeline::read(&path),
        Err(ScenarioError::TooLarge(_))
    ));
}
