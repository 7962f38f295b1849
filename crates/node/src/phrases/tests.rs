//! What holds of the catalogue and of every language that is built in.

use super::catalogue::{Catalogue, GROUPS, NOT_UNDERSTOOD};
use super::check::{What, check};
use super::said::{said, without_marks};
use super::*;
use model::code::Marker;
use model::place::{Position, StatedPosition};
use model::slot::{SlotCode, Slots, Value};
use model::units::{Millimetres, Timestamp};
use model::window::Window;

fn code(text: &str) -> model::ids::Slug {
    text.parse().unwrap()
}

#[test]
fn there_are_eighty_phrases_and_some_in_every_group_with_every_marker() {
    let all = catalogue().phrases();
    assert!(all.len() >= 80, "{}", all.len());
    for (group, letter) in GROUPS {
        let of_group = all.iter().filter(|phrase| phrase.group == group);
        assert!(of_group.clone().count() >= 3, "{group}");
        let mut codes = of_group.map(|phrase| phrase.code.as_str());
        assert!(codes.all(|code| code.starts_with(letter)), "{group}");
    }
    for marker in Marker::ALL {
        assert!(
            all.iter().any(|phrase| phrase.marker == *marker),
            "{marker}"
        );
    }
    assert!(catalogue().phrase(code(NOT_UNDERSTOOD)).is_some());
}

#[test]
fn what_cancels_or_corrects_names_what_it_speaks_of() {
    for phrase in catalogue().phrases() {
        if model::hotline::changes_earlier(phrase.marker) {
            assert!(
                phrase.required.contains(&SlotCode::Subject),
                "{}",
                phrase.code
            );
        }
        for answer in &phrase.response {
            let answer = catalogue().phrase(*answer).unwrap();
            let answers = [Marker::Answer, Marker::Request];
            assert!(answers.contains(&answer.marker), "{}", answer.code);
        }
    }
}

#[test]
fn every_language_says_every_phrase_with_its_slots_meaning_and_response() {
    let texts = built_in();
    let lacks = check(
        catalogue(),
        &texts,
        &["en".into(), "ru".into(), "ar".into()],
    );
    assert!(lacks.is_empty(), "{lacks:#?}");
    // All were written by a machine, and nobody has said otherwise.
    for language in texts.languages() {
        for phrase in catalogue().phrases() {
            assert_eq!(language.reviewed(phrase), None, "{}", phrase.code);
        }
    }
}

/// Words by which a phrase would allow, order, aim, assure, or say where the other party is.
const BANNED: [(&str, &[&str]); 3] = [
    (
        "en",
        &[
            "permi",
            "approv",
            "authori",
            "cleared",
            "clear to",
            "clearance",
            "guarantee",
            "assur",
            "safe to",
            "target",
            "engage",
            "strike",
            "fire on",
            "allow",
            "grant",
            "you may",
            "free to",
            "your position",
            "your aircraft is",
            "coordinate fire",
            "enemy",
            "hostile",
        ],
    ),
    (
        "ru",
        &[
            "разреш",
            "одобр",
            "гарант",
            "цель ",
            "цели ",
            "целью",
            "позвол",
            "можете",
            "ваша позиция",
            "безопасно для",
            "противник",
            "враг",
            "уничтож",
            "поразить",
            "санкци",
        ],
    ),
    (
        "ar",
        &[
            "نسمح",
            "مسموح",
            "تصريح",
            "موافق",
            "ضمان",
            "نضمن",
            "هدف",
            "أهداف",
            "يمكنكم",
            "العدو",
            "موقعكم",
            "معادٍ",
            "آمن لكم",
            "اقصف",
            "دمّر",
        ],
    ),
];

#[test]
fn no_text_allows_orders_assures_aims_or_says_where_the_other_party_is() {
    let texts = built_in();
    for (language, banned) in BANNED {
        let of = texts.language(language).unwrap();
        for phrase in catalogue().phrases() {
            let said = texts.pattern(language, phrase).text;
            let all = [
                said,
                of.meaning(phrase).unwrap(),
                of.response(phrase).unwrap(),
            ];
            let all = all.join(" ").to_lowercase();
            for word in banned {
                assert!(!all.contains(word), "{} in {language}: {word}", phrase.code);
            }
        }
    }
    // The list finds what it is for.
    assert!("you are cleared to strike".contains("cleared"));
}

fn filled() -> Slots {
    let at = |hours: i64| Timestamp::from_unix_ms(1_474_113_600_000 + hours * 3_600_000).unwrap();
    let place = StatedPosition {
        position: Position::from_e7(352_850_000, 401_760_000).unwrap(),
        precision: Millimetres::from_metres(100),
    };
    Slots::new()
        .with(SlotCode::Place, Value::Place(place))
        .and_then(|slots| {
            let window = Window::new(at(0), at(6)).unwrap();
            slots.with(SlotCode::Window, Value::Window(window))
        })
        .and_then(|slots| slots.with(SlotCode::Count, Value::Number(2)))
        .and_then(|slots| slots.with(SlotCode::Label, Value::Name("لواء 5".into())))
        .unwrap()
}

#[test]
fn the_same_slots_read_alike_in_every_language_and_are_never_reordered() {
    let texts = built_in();
    let phrase = catalogue().named("A01").unwrap();
    let window = "\u{2066}171200Z SEP 16 – 171800Z SEP 16\u{2069}";
    let place = said(SlotCode::Place, filled().value(SlotCode::Place).unwrap());
    assert!(place.starts_with("\u{2066}37S FV"), "{place}");
    for language in texts.languages() {
        let text = texts.say(language.code(), phrase, &filled()).text;
        assert!(text.contains(window) && text.contains(&place), "{text}");
        // What the text has no place for is said after it, a name in its own direction.
        assert!(text.contains("\u{2068}لواء 5\u{2069}"), "{text}");
    }
    let english = texts.say("en", phrase, &filled());
    let label = "(number: 2; name: لواء 5)";
    assert!(
        without_marks(&english.text).starts_with("We have aircraft active near 37S FV")
            || without_marks(&english.text).contains(label),
        "{}",
        english.text
    );
    assert_eq!(without_marks(&english.text).matches('\u{2066}').count(), 0);
    let number = |slot, number| without_marks(&said(slot, &Value::Number(number)));
    assert_eq!(number(SlotCode::Speed, 16_667), "60 km/h");
    assert_eq!(number(SlotCode::Bearing, 221_400), "221.4°");
    assert_eq!(number(SlotCode::Distance, 4_130_000), "4.13 km");
    assert_eq!(number(SlotCode::Speed, u64::MAX).split(' ').count(), 2);
}

#[test]
fn what_is_said_is_what_its_phrase_carries_and_nothing_else() {
    let refused = |typed: &str, slots: &Slots| {
        let phrase = catalogue().named(typed).map_err(|why| why.to_string())?;
        phrase.check(slots).map_err(|why| why.to_string())
    };
    let mut slots = filled();
    slots.remove(SlotCode::Label);
    assert_eq!(refused("a01", &slots), Ok(()));
    assert_eq!(refused(" A01 ", &slots), Ok(()));
    let with_label = refused("A01", &filled()).unwrap_err();
    assert!(with_label.contains("has no `label`"), "{with_label}");
    slots.remove(SlotCode::Window);
    let lacks = refused("A01", &slots).unwrap_err();
    assert!(lacks.contains("needs its `window`"), "{lacks}");
    for nowhere in ["Z99", "", "a1", "../en"] {
        assert!(
            refused(nowhere, &slots)
                .unwrap_err()
                .contains("there is no phrase")
        );
    }
}

#[test]
fn an_unsound_catalogue_is_refused_by_its_code() {
    let read = |phrase: &str| {
        let text = format!("version = 1\n[[phrase]]\n{phrase}");
        Catalogue::read(&text).map(|_| ()).unwrap_err()
    };
    for (phrase, why) in [
        (
            "code = \"a01\"\ngroup = \"sea\"\nmarker = \"question\"",
            "no group sea",
        ),
        (
            "code = \"g01\"\ngroup = \"air\"\nmarker = \"question\"",
            "is a and two digits",
        ),
        (
            "code = \"a01\"\ngroup = \"air\"\nmarker = \"order\"",
            "not one of",
        ),
        (
            "code = \"a01\"\ngroup = \"air\"\nmarker = \"question\"\nrequired = [\"area\"]",
            "no slot of a phrase",
        ),
        (
            "code = \"a01\"\ngroup = \"air\"\nmarker = \"question\"\nread_back = [\"place\"]",
            "no slot of it",
        ),
        (
            "code = \"a01\"\ngroup = \"air\"\nmarker = \"question\"\nresponse = [\"r01\"]",
            "no phrase r01",
        ),
        (
            "code = \"a01\"\ngroup = \"air\"\nmarker = \"question\"\nrequired = [\"place\"]\noptional = [\"place\"]",
            "twice",
        ),
    ] {
        let said = read(phrase);
        assert!(said.contains(why), "{said}");
    }
}

#[test]
fn a_language_is_added_as_a_file_and_read_again_when_it_changes() {
    let party = tempfile::tempdir().unwrap();
    let phrases = Phrases::of(party.path());
    assert_eq!(phrases.texts().languages().count(), 3);
    let folder = party.path().join(FOLDER);
    fs::create_dir(&folder).unwrap();
    let file = folder.join("fa.ftl");
    let write = |text: &str| fs::write(&file, text).unwrap();
    write(
        "language = فارسی\ndirection = rtl\nr01 = فهمیدیم.\n    .reviewed = Dr Rahimi, 2026-11-20\n",
    );
    let texts = phrases.texts();
    let phrase = catalogue().named("R01").unwrap();
    let said = texts.say("fa", phrase, &Slots::new());
    assert_eq!(
        (said.text.as_str(), said.language.as_str()),
        ("فهمیدیم.", "fa")
    );
    assert_eq!(said.reviewed.as_deref(), Some("Dr Rahimi, 2026-11-20"));
    assert!(texts.language("fa").unwrap().is_right_to_left());
    // What it lacks is said in English, and that it is.
    let other = texts.say("fa", catalogue().named("R02").unwrap(), &Slots::new());
    assert_eq!(
        (other.text.as_str(), other.language.as_str()),
        ("Not understood.", "en")
    );
    write("r01 = بله.\n    .reviewed = somebody\n");
    let texts = phrases.texts();
    let said = texts.say("fa", phrase, &Slots::new());
    assert_eq!((said.text.as_str(), said.reviewed), ("بله.", None));
    let lacks = check(catalogue(), &texts, &["ps".into()]);
    let has = |of: &str, what: What| lacks.iter().any(|lack| lack.of == of && lack.what == what);
    assert!(has("r01", What::Review));
    assert!(has("r01", What::Attribute("meaning".into())));
    assert!(has("r02", What::Text));
    assert!(has("marker-question", What::Text));
    assert!(has("", What::Language));
    // Of a language that is built in, it takes the place of what it says.
    fs::write(folder.join("en.ftl"), "r01 = We have it.\n").unwrap();
    let said = phrases.texts().say("en", phrase, &Slots::new());
    assert_eq!(said.text, "We have it.");
}

#[test]
fn the_check_names_a_slot_that_a_text_does_not_say_or_should_not() {
    let folder = tempfile::tempdir().unwrap();
    let text = "a01 = { $window } and { $colour }.\n    .meaning = m\n    .response = r\n";
    fs::write(folder.path().join("fa.ftl"), text).unwrap();
    let texts = texts_in(folder.path()).unwrap();
    let lacks = check(catalogue(), &texts, &[]);
    let of_a01: Vec<String> = lacks
        .iter()
        .filter(|lack| lack.language == "fa" && lack.of == "a01")
        .map(ToString::to_string)
        .collect();
    assert_eq!(of_a01.len(), 2, "{of_a01:?}");
    assert!(of_a01[0].contains("does not say { $place }"), "{of_a01:?}");
    assert!(of_a01[1].contains("colour"), "{of_a01:?}");
}

#[test]
fn what_is_no_language_or_too_large_is_passed_over_and_told() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &[u8]| fs::write(folder.path().join(name), text).unwrap();
    let unread = |wanted: &str| {
        let texts = texts_in(folder.path()).unwrap();
        let found = texts.unread.iter().find(|of| of.file == wanted).cloned();
        (found.map(|of| of.why), texts)
    };
    write("Klingon.ftl", b"r01 = x\n");
    let (why, texts) = unread("Klingon.ftl");
    assert!(why.unwrap().contains("called by its language"));
    assert!(texts.language("Klingon").is_none());
    write("fa.ftl", b"r01 = x\nthis is no entry\n");
    assert!(unread("fa.ftl").0.unwrap().contains("not all of it"));
    assert!(unread("fa.ftl").1.language("fa").unwrap().has("r01"));
    write("ku.ftl", b"\xff\xfe");
    assert!(unread("ku.ftl").0.is_some());
    let at_limit = |extra: usize| {
        let mut text = b"r01 = x\n#".to_vec();
        text.resize(MAX_FILE as usize + extra, b' ');
        text
    };
    write("ps.ftl", &at_limit(0));
    assert!(unread("ps.ftl").1.language("ps").is_some());
    write("ps.ftl", &at_limit(1));
    let (why, texts) = unread("ps.ftl");
    assert!(why.unwrap().contains("shorten it"));
    assert!(texts.language("ps").is_none());
}

#[test]
fn so_many_languages_are_read_and_not_one_more() {
    let folder = tempfile::tempdir().unwrap();
    for number in 0..=MAX_LANGUAGES {
        let letter = |of: usize| char::from(b'a' + (of % 26) as u8);
        let name = format!("x{}{}.ftl", letter(number / 26), letter(number));
        fs::write(folder.path().join(name), "r01 = x\n").unwrap();
    }
    let texts = texts_in(folder.path()).unwrap();
    assert_eq!(texts.languages().count(), 3 + MAX_LANGUAGES);
    assert_eq!(texts.unread.len(), 1);
}
