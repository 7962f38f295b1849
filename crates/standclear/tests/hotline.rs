//! Phrases from one desk to the other, as officers type and read them.
#![allow(clippy::unwrap_used, reason = "a test that cannot be set up fails")]

mod support;

use serde_json::Value;
use support::{Party, Two, run, until, window};

const RELEASE: [&str; 4] = ["--authority", "deconfliction", "--purpose", "flight-safety"];

fn says<'a>(phrase: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let mut args = vec!["say", phrase, "--line", "air-line", "--desk", "air"];
    args.extend(more);
    args
}

/// What stands last on the hotline of `party`, once it is `wished`.
fn last(party: &Party, wished: impl Fn(&Value) -> bool) -> Value {
    until("the phrase is there", || {
        let all = party.ask(&["hotline"]);
        let last = all.as_array()?.last()?.clone();
        wished(&last).then_some(last)
    })
}

#[test]
fn a_phrase_is_said_read_in_three_languages_read_back_amiss_and_answered() {
    let two = Two::joined();
    let window = window();
    let place = [
        "--place",
        "37S FV 0700 0900",
        "--window",
        &window,
        "--count",
        "2",
    ];
    let mut preview = says("A01", &place);
    preview.extend(RELEASE);
    preview.push("--preview");
    two.first
        .officer(&preview)
        .done()
        .says("nothing is sent by this")
        .says("[ru] Наша авиация")
        .says("they are asked to read back: place, window")
        .says("the rules let it go to russia");
    // Where something is goes by the rules alone.
    let bare = two.first.officer(&says("A01", &place)).ends(1);
    assert!(bare.err.contains("name the authority"), "{bare:?}");
    let mut say = says("a01", &place);
    say.extend(RELEASE);
    two.first.officer(&say).done().says("said as");
    let there = last(&two.second, |_| true);
    let entry = there["entry"].as_str().unwrap();
    for (language, words) in [
        ("en", "We have aircraft active near 37S FV"),
        ("ru", "Наша авиация действует в районе 37S FV"),
        ("ar", "طائراتنا تعمل قرب 37S FV"),
    ] {
        let read = ["hotline", "--language", language];
        two.second
            .officer(&read)
            .done()
            .says(words)
            .says("[unreviewed]");
    }
    two.second
        .officer(&["hotline", entry])
        .done()
        .says("read back   place, window");
    two.second.officer(&["phrase", "displayed", entry]).done();
    let again = |place: &'static str| {
        let mut args = vec!["phrase", "read-back", entry, "--place", place];
        args.extend(["--window", &window, "--count", "2"]);
        two.second.officer(&args)
    };
    let amiss = again("37S FV 1700 0900")
        .ends(1)
        .says("READ BACK OTHERWISE: place");
    assert!(amiss.err.contains("not what was said"), "{amiss:?}");
    last(&two.first, |of| of["read_backs"][0]["matches"] == false);
    again("37S FV 0700 0900").done().says("it is what was said");
    let about = ["--about", entry];
    two.second.officer(&says("R01", &about)).done();
    let answered = |all: &Value| all["answers"][0].is_string();
    until("the answer is there", || {
        let all = two.first.ask(&["hotline"]);
        let first = all.as_array()?.first()?.clone();
        answered(&first).then_some(())
    });
    two.first
        .officer(&["hotline", "--line", "air-line"])
        .done()
        .says("displayed; read back, and it is what was said; answered by");
    // No word of its own where the arrangement has none.
    let mut words = says("L09", &["--words", "hello", "--words-in", "en"]);
    words.extend(RELEASE);
    let refused = two.first.officer(&words).ends(1);
    assert!(refused.err.contains("no free text"), "{refused:?}");
    two.first.officer(&says("Z99", &[])).ends(1);
    two.first
        .officer(&says("L01", &["--words", "hello"]))
        .ends(2);
}

#[test]
fn words_are_translated_challenged_and_corrected() {
    let two = Two::apart();
    two.first.add(&two.second);
    two.second.add(&two.first);
    let text = two.base.path().join("air-line.toml");
    let mut new = two
        .first
        .standclear(&["arrangement", "new", "--with", "russia"]);
    run(new.args(["--name", "air-line", "--out"]).arg(&text)).done();
    support::fill_in(&text);
    let agreed = std::fs::read_to_string(&text).unwrap();
    let agreed = agreed.replace("free_text = false", "free_text = true");
    std::fs::write(&text, agreed).unwrap();
    for party in [&two.first, &two.second] {
        run(party.standclear(&["arrangement", "sign"]).arg(&text)).done();
    }
    for party in [&two.first, &two.second] {
        run(party.standclear(&["line", "join"]).arg(&text)).done();
    }
    two.first.is_up();
    let mut say = says("L09", &["--words", "Ждём до темноты", "--words-in", "ru"]);
    say.extend(RELEASE);
    two.first.officer(&say).done();
    let there = last(&two.second, |_| true);
    let entry = there["entry"].as_str().unwrap();
    let translate = |text: &'static str, more: &[&str]| {
        let mut args = vec![
            "phrase",
            "translate",
            entry,
            "--language",
            "en",
            "--text",
            text,
        ];
        args.extend(["--name", "Lt Petrova"]);
        args.extend(more);
        args.extend(RELEASE);
        two.second.officer(&args).done();
    };
    translate("We wait in the dark", &[]);
    let here = last(&two.first, |of| of["translations"][0].is_object());
    let first = here["translations"][0]["entry"].as_str().unwrap();
    let mut challenge = vec!["phrase", "challenge", first, "--text", "until dark"];
    challenge.extend(RELEASE);
    two.first.officer(&challenge).done().says("challenged as");
    let there = last(&two.second, |of| {
        of["translations"][0]["state"] == "challenged"
    });
    let first = there["translations"][0]["entry"].as_str().unwrap();
    translate("We wait until dark", &["--amends", first]);
    let here = last(&two.first, |of| of["translations"][1].is_object());
    two.first
        .officer(&["hotline", here["entry"].as_str().unwrap()])
        .done()
        .says("\"Ждём до темноты\" [ru]")
        .says("[en] \"We wait until dark\" by Lt Petrova")
        .says("corrected")
        .says("by us: until dark");
}

#[test]
fn the_catalogue_is_listed_and_its_texts_are_checked() {
    let two = Two::apart();
    two.first
        .officer(&["phrase", "list", "--group", "distress", "--language", "ru"])
        .done()
        .says("МЭЙДЭЙ")
        .says("не проверено");
    let shown = two.first.ask(&["phrase", "list"]);
    assert!(shown["phrases"].as_array().unwrap().len() >= 80);
    let no_group = two
        .first
        .officer(&["phrase", "list", "--group", "sea"])
        .ends(1);
    assert!(no_group.err.contains("unsafe-approach"), "{no_group:?}");
    let no_language = two
        .first
        .officer(&["phrase", "list", "--language", "fa"])
        .ends(1);
    assert!(no_language.err.contains("`fa.ftl`"), "{no_language:?}");
    two.first
        .run(&["phrases", "check"])
        .done()
        .says("nothing is missing");
    let folder = two.first.folder.join("phrases");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("fa.ftl"), "r01 = فهمیدیم.\n").unwrap();
    two.first
        .run(&["phrases", "check"])
        .ends(1)
        .says("fa: r02 has no text")
        .says("fa: r01 has no `.meaning`");
    // A running node reads it at once.
    two.first
        .officer(&["phrase", "list", "--language", "fa"])
        .done()
        .says("فهمیدیم.");
    let missing = run(two
        .first
        .standclear(&["phrases", "check", "--language", "ps"])
        .arg(two.base.path().join("russia")))
    .ends(1);
    assert!(
        missing.out.contains("ps: there is no such language"),
        "{missing:?}"
    );
    run(two.first.standclear(&["phrases", "check"]).arg("nowhere")).ends(1);
}
